/* Segments: borrowed from a pool at the start of a transaction, given back lazily; parked while
 * their thread waits; served by others meanwhile. Note "segment word" in README.md.
 *
 * S1: RUNNING: only its thread touches it (and dead pages by others, under page_lock).
 * S2: from IDLE its thread, or any thread in the pool's name, may take it by compare-and-swap; from
 *     PARKED only its thread may go on.
 * S3: SERVED exists only inside a page_lock section. */
#define _GNU_SOURCE
#include "stm/internal.h"

void segment_control_or(StmSegmentState *seg, uint32_t bits) {
    atomic_or_seqcst(&seg->hot->control, bits);
}

/* ---- parking and serving ------------------------------------------------------------------ */

/* From here to unpark others may take pages away. Those who asked before are served first. */
void segment_park_locked(StmSegmentState *seg) {
    atomic_and_seqcst(&seg->hot->control, ~(uint32_t)STM_CTL_PAGES);
    page_serve_requests(seg);
    atomic_store_seqcst(&seg->word, WORD(WORD_PARKED, seg->thread->id));
}

void segment_park(StmSegmentState *seg) {
    pthread_mutex_lock(&stm_world.page_lock);
    segment_park_locked(seg);
    pthread_mutex_unlock(&stm_world.page_lock);
}

void segment_unpark_locked(StmSegmentState *seg) {
    atomic_store_seqcst(&seg->word, WORD(WORD_RUNNING, seg->thread->id));
}

void segment_unpark(StmSegmentState *seg) {
    pthread_mutex_lock(&stm_world.page_lock);
    segment_unpark_locked(seg);
    pthread_mutex_unlock(&stm_world.page_lock);
}

/* Stop the segment where it is, if its thread does not run. page_lock held until segment_served. */
bool segment_try_serve(StmSegmentState *seg, uint64_t *word) {
    uint64_t seen = atomic_load_seqcst(&seg->word);
    while (WORD_STATE(seen) != WORD_RUNNING) {
        stm_assert(WORD_STATE(seen) != WORD_SERVED);
        *word = seen;
        if (atomic_cas_seqcst(&seg->word, &seen, WORD(WORD_SERVED, WORD_THREAD(seen)))) return true;
    }
    return false;
}

void segment_served(StmSegmentState *seg, uint64_t word) { atomic_store_seqcst(&seg->word, word); }

/* Idle segments that hold the base back leave the log. */
void segment_evict_idle(uint64_t older_than_seq) {
    pthread_mutex_lock(&stm_world.page_lock);
    for (unsigned i = 1; i <= stm_world.n_segments; i++) {
        StmSegmentState *seg = &stm_world.segs[i];
        uint64_t word;
        /* Its position is only compared, so an entry that has moved on meanwhile does no harm: the
         * entry itself is alive, because the segment is not evicted (L2, L3). */
        if (atomic_load_seqcst(&seg->evicted)) continue;
        uint64_t seen = atomic_load_seqcst(&seg->word);
        if (WORD_STATE(seen) != WORD_IDLE && WORD_STATE(seen) != WORD_FREE) continue;
        if (!segment_try_serve(seg, &word)) continue;
        bool idle = WORD_STATE(word) == WORD_IDLE || WORD_STATE(word) == WORD_FREE;
        if (idle && seg->pos->seq < older_than_seq) {
            page_evict_copies(seg);
            atomic_store_seqcst(&seg->evicted, true);
            if (stm_self) stat_add(&stm_self->stats.evictions, 1);
        }
        segment_served(seg, word);
    }
    pthread_mutex_unlock(&stm_world.page_lock);
}

/* ---- the pool ----------------------------------------------------------------------------- */

static bool pool_take(StmThreadState *me, StmSegmentState *seg, uint64_t seen) {
    return atomic_cas_seqcst(&seg->word, &seen, WORD(WORD_RUNNING, me->thread->id));
}

/* A free segment, best the last one; else one whose thread is detached. pool.lock held. */
static StmSegmentState *pool_find(StmThreadState *me) {
    for (int stealing = 0; stealing <= 1; stealing++)
        for (unsigned k = 0; k <= stm_world.n_segments; k++) {
            StmSegmentState *seg = k == 0 ? me->seg : &stm_world.segs[k];
            if (!seg || (!stm_world.multi && seg->index != stm_world.solo_segment)) continue;
            uint64_t seen = atomic_load_seqcst(&seg->word);
            unsigned state = WORD_STATE(seen);
            if (state == WORD_SERVED) { /* somebody is at it: it will be idle again soon */
                pthread_mutex_lock(&stm_world.page_lock);
                seen = atomic_load_seqcst(&seg->word);
                pthread_mutex_unlock(&stm_world.page_lock);
                state = WORD_STATE(seen);
            }
            bool fits = state == WORD_FREE ||
                        (state == WORD_IDLE && (stealing || WORD_THREAD(seen) == me->thread->id));
            if (fits && pool_take(me, seg, seen)) return seg;
        }
    return NULL;
}

static void pool_enqueue(StmThreadState *me) {
    me->queue_next = NULL;
    if (stm_world.pool.queue_tail)
        stm_world.pool.queue_tail->queue_next = me;
    else
        stm_world.pool.queue_head = me;
    stm_world.pool.queue_tail = me;
    atomic_add_seqcst(&stm_world.pool.n_waiting, 1);
}

static void pool_dequeue_head(void) {
    StmThreadState *head = stm_world.pool.queue_head;
    stm_world.pool.queue_head = head->queue_next;
    if (!head->queue_next) stm_world.pool.queue_tail = NULL;
    atomic_sub_seqcst(&stm_world.pool.n_waiting, 1);
    if (stm_world.pool.queue_head) pthread_cond_signal(&stm_world.pool.queue_head->segment_cond);
}

static void pool_ask_for_turns(void) {
    for (unsigned i = 1; i <= stm_world.n_segments; i++)
        segment_control_or(&stm_world.segs[i], STM_CTL_YIELD);
}

/* First come, first served: only the head of the queue takes a segment. */
static StmSegmentState *pool_wait(StmThreadState *me) {
    pthread_mutex_lock(&stm_world.pool.lock);
    StmSegmentState *seg = NULL;
    if (!stm_world.pool.queue_head) seg = pool_find(me);
    if (!seg) {
        pool_enqueue(me);
        stat_add(&me->thread->stats.waits, 1);
        while (stm_world.pool.queue_head != me || !(seg = pool_find(me))) {
            struct timespec until;
            clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_nsec += 5000000;
            if (until.tv_nsec >= 1000000000) {
                until.tv_nsec -= 1000000000;
                until.tv_sec++;
            }
            if (stm_world.pool.queue_head == me) {
                pool_ask_for_turns();
                pthread_cond_timedwait(&me->segment_cond, &stm_world.pool.lock, &until);
            } else {
                pthread_cond_wait(&me->segment_cond, &stm_world.pool.lock);
            }
        }
        pool_dequeue_head();
    }
    pthread_mutex_unlock(&stm_world.pool.lock);
    return seg;
}

/* ---- borrowing ---------------------------------------------------------------------------- */

static void segment_enter(StmThreadState *me, StmSegmentState *seg, bool same) {
    StmThread *thread = me->thread;
    if (!same) {
        if (me->seg && me->seg != seg) stat_add(&thread->stats.segment_switches, 1);
        me->seg = seg;
        seg->thread = thread;
        seg->version_uses = UINT32_MAX; /* what its last thread read is not ours */
        mem_set_gs(seg->base);
        StmSegment *hot = seg->hot;
        hot->stm_thread = thread;
        hot->gc_thread = thread->gc;
        hot->vm_thread = thread->vm;
        hot->written = &me->written;
        hot->multi = stm_world.multi;
        seg->borrowed_ns = now_ns();
    }
    if (seg->evicted) log_restart_at_base(seg);
    thread->attached = true;
    if (!same && stm_hooks.segment_borrowed) stm_hooks.segment_borrowed();
}

/* Get a segment RUNNING for the calling thread; waits for its turn, and while the world is stopped.
 */
void segment_borrow(void) {
    StmThreadState *me = stm_self->state;
    for (;;) {
        StmSegmentState *seg = me->seg;
        bool same = seg && !me->yielding && pool_take(me, seg, WORD(WORD_IDLE, me->thread->id));
        if (!same) {
            me->yielding = false;
            seg = pool_wait(me);
        }
        /* Pairs with world_stop: stopping is set, then words are looked at. */
        if (LIKELY(!atomic_load_seqcst(&stm_world.stop.stopping))) {
            segment_enter(me, seg, same);
            return;
        }
        if (!same) seg->thread = NULL;
        uint64_t word = same ? WORD(WORD_IDLE, me->thread->id) : WORD(WORD_FREE, 0);
        atomic_store_seqcst(&seg->word, word);
        world_wait_resumed();
    }
}

/* A segment may have become free: the first of those who wait looks. */
void segment_wake_waiters(void) {
    if (LIKELY(!atomic_load_seqcst(&stm_world.pool.n_waiting))) return;
    pthread_mutex_lock(&stm_world.pool.lock);
    if (stm_world.pool.queue_head) pthread_cond_signal(&stm_world.pool.queue_head->segment_cond);
    pthread_mutex_unlock(&stm_world.pool.lock);
}

/* The transaction is over. The segment stays ours until somebody wants it; `yield`: go to the end
 * of the queue. */
void segment_give_back(bool yield) {
    StmThreadState *me = stm_self->state;
    StmSegmentState *seg = me->seg;
    stm_self->attached = false;
    me->yielding = yield;
    StmThread *owner = yield ? NULL : me->thread;
    if (yield) seg->thread = NULL;
    atomic_store_seqcst(&seg->word, owner ? WORD(WORD_IDLE, owner->id) : WORD(WORD_FREE, 0));
    /* Who waits for us has said so before it looked at the word. */
    if (UNLIKELY(atomic_load_seqcst(&seg->hot->control) & STM_CTL_PAGES)) {
        pthread_mutex_lock(&stm_world.page_lock);
        for (unsigned i = 1; i <= stm_world.n_segments; i++) {
            StmSegmentState *visitor = &stm_world.segs[i];
            if (!visitor->want_page) continue;
            atomic_add_seqcst(&visitor->wake, 1);
            futex_wake(&visitor->wake, 1);
        }
        pthread_mutex_unlock(&stm_world.page_lock);
    }
    segment_wake_waiters();
    if (UNLIKELY(atomic_load_seqcst(&stm_world.stop.stopping))) world_notify();
}
