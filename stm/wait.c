/* Sleeping until a commit changes a granule: elided locks, stm.retry(). And events for a thread.
 *
 * Note "waiting for a granule": a waiter enters its bucket, remembers its futex word, begins at the
 * log's tail and looks; only then it sleeps. A committer publishes, then looks for waiters. Both
 * are sequentially consistent, so either the waiter sees the new value or the committer sees the
 * waiter. */
#include "stm/internal.h"

enum { WAIT_BUCKETS = 256 };
static struct WaitBucket {
    pthread_mutex_t lock;
    StmThreadState *head;
} wait_buckets[WAIT_BUCKETS];
/* How many wait on pages of this hash: a commit looks through the entries of such pages only. */
enum { WAIT_PAGES = 1024 };
static uint32_t wait_pages[WAIT_PAGES];

static uint32_t *wait_page(uint64_t page) { return &wait_pages[page % WAIT_PAGES]; }

static struct WaitBucket *wait_bucket(StmRef granule) {
    return &wait_buckets[(granule / STM_GRANULE * 0x9e3779b97f4a7c15ull) >> 56];
}

void wait_init(void) {
    for (unsigned i = 0; i < WAIT_BUCKETS; i++) {
        pthread_mutex_init(&wait_buckets[i].lock, NULL);
        wait_buckets[i].head = NULL;
    }
    memset(wait_pages, 0, sizeof wait_pages);
}

static void wait_wake_thread(StmThreadState *waiter) {
    atomic_add_seqcst(&waiter->event_futex, 1);
    futex_wake(&waiter->event_futex, 1);
}

static void wait_wake_granule(StmRef granule) {
    struct WaitBucket *bucket = wait_bucket(granule);
    if (!atomic_load_seqcst(&bucket->head)) return;
    pthread_mutex_lock(&bucket->lock);
    for (StmThreadState *w = bucket->head; w; w = w->wait_next)
        if (w->wait_ref == granule) wait_wake_thread(w);
    pthread_mutex_unlock(&bucket->lock);
}

static void wait_wake_piece(void *seg, StmRef obj, StmRef start, uint64_t *old, size_t n) {
    (void)obj;
    uint32_t waiters = 0;
    /* Seqcst, after the commit's compare-and-swap: pairs with wait_enter. */
    for (uint64_t page = PAGE_OF(start); page <= PAGE_OF(start + n * STM_GRANULE - 1); page++)
        waiters |= atomic_load_seqcst(wait_page(page));
    if (!waiters) return;
    const uint64_t *now = (const uint64_t *)(((StmSegmentState *)seg)->base + start);
    for (size_t i = 0; i < n; i++)
        if (old[i] != now[i]) wait_wake_granule(start + i * STM_GRANULE);
}

/* After a commit: whoever waits for what it changed, on EXCLUSIVE pages too. */
void wait_wake_changed(StmThreadState *me) { undo_for_each(&me->undo, wait_wake_piece, me->seg); }

static void wait_enter(StmThreadState *me, StmRef granule) {
    struct WaitBucket *bucket = wait_bucket(granule);
    me->wait_ref = granule;
    pthread_mutex_lock(&bucket->lock);
    me->wait_next = bucket->head;
    atomic_store_seqcst(&bucket->head, me);
    pthread_mutex_unlock(&bucket->lock);
    me->in_bucket = true;
    atomic_add_seqcst(wait_page(PAGE_OF(granule)), 1);
    atomic_add_seqcst(&stm_world.n_granule_waiters, 1);
}

/* Also when an abort jumps out of stm_wait_granule. */
void wait_leave(StmThreadState *me) {
    if (!me->in_bucket) return;
    me->in_bucket = false;
    struct WaitBucket *bucket = wait_bucket(me->wait_ref);
    pthread_mutex_lock(&bucket->lock);
    StmThreadState **at = &bucket->head;
    while (*at != me) at = &(*at)->wait_next;
    atomic_store_seqcst(at, me->wait_next);
    pthread_mutex_unlock(&bucket->lock);
    atomic_sub_seqcst(wait_page(PAGE_OF(me->wait_ref)), 1);
    atomic_sub_seqcst(&stm_world.n_granule_waiters, 1);
}

/* Why not to sleep (any more); -1: sleep. Attached. */
static int wait_reason(StmThreadState *me, StmRef granule, uint64_t seen, int64_t deadline) {
    if (*(volatile uint64_t GS *)granule != seen) return STM_WAIT_CHANGED;
    if (atomic_load_seqcst(&me->event_posted)) return STM_WAIT_EVENT;
    if (deadline >= 0 && now_ns() >= deadline) return STM_WAIT_TIMEOUT;
    return -1;
}

StmWait stm_wait_granule(StmRef ref, uint64_t seen, int64_t deadline_ns) {
    StmThreadState *me = stm_self->state;
    StmRef granule = ref & ~(StmRef)(STM_GRANULE - 1);
    bool multi = SEG->multi;
    if (multi) stm_detach_slow();
    wait_enter(me, granule);
    int reason;
    for (;;) {
        uint32_t word = atomic_load_seqcst(&me->event_futex);
        if (multi) {
            segment_borrow();
            /* A read set of its own, empty: the look at the granule does not abort. */
            me->seg->version_uses = UINT32_MAX;
            transaction_begin();
        }
        reason = wait_reason(me, granule, seen, deadline_ns);
        if (reason >= 0) break;
        if (multi) {
            me->in_transaction = false;
            segment_give_back(false);
        }
        int64_t left = deadline_ns < 0 ? -1 : deadline_ns - now_ns();
        if (left < 0 && deadline_ns >= 0) left = 0;
        stat_add(&stm_self->stats.waits, 1);
        futex_wait(&me->event_futex, word, left);
    }
    wait_leave(me);
    return (StmWait)reason;
}

/* The thread has a segment again: what was posted becomes its control bit. It stays posted until a
 * safepoint has told the VM. */
void event_take_posted(StmThreadState *me) {
    if (atomic_load_seqcst(&me->event_posted)) segment_control_or(me->seg, STM_CTL_EVENTS);
}

void stm_post_event(StmThread *thread) {
    StmThreadState *state = thread->state;
    atomic_store_seqcst(&state->event_posted, true);
    atomic_add_seqcst(&state->event_futex, 1);
    futex_wake(&state->event_futex, 1);
    /* Pairs with transaction_begin: RUNNING first, then it looks at event_posted. */
    StmSegmentState *seg = atomic_load_seqcst(&state->seg);
    if (!seg) return;
    uint64_t word = atomic_load_seqcst(&seg->word);
    if (WORD_STATE(word) != WORD_RUNNING && WORD_STATE(word) != WORD_PARKED) return;
    if (WORD_THREAD(word) == thread->id) segment_control_or(seg, STM_CTL_EVENTS);
}
