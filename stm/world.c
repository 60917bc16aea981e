/* Stopping the world. See the state diagram in README.md.
 *
 * W1: a thread counts as stopped when it has no transaction, or waits in world_join with an empty
 *     nursery. A thread that waits in a page fault or in the middle of C code does not: it goes on
 * to its next safepoint, because those it waits for are parked. W2: when all are stopped the log's
 * tail stands still; then each validates and imports up to it, or aborts, on its own thread
 * (VALIDATE), before stm_stop_world returns. */
#define _GNU_SOURCE
#include "stm/internal.h"
#include <sched.h>
#include <time.h>

enum { STOP_GATHER, STOP_VALIDATE };

static void world_timed_wait(void) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&stm_world.stop.changed, &stm_world.stop.lock, &until);
}

void world_init(void) {
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&stm_world.stop.lock, NULL);
    pthread_cond_init(&stm_world.stop.changed, &attr);
    pthread_condattr_destroy(&attr);
}

/* A thread has detached: it may be the one that the stopper waits for. */
void world_notify(void) {
    pthread_mutex_lock(&stm_world.stop.lock);
    pthread_cond_broadcast(&stm_world.stop.changed);
    pthread_mutex_unlock(&stm_world.stop.lock);
}

/* Without a segment: until transactions may begin again. */
void world_wait_resumed(void) {
    pthread_mutex_lock(&stm_world.stop.lock);
    pthread_cond_broadcast(&stm_world.stop.changed);
    while (stm_world.stop.stopping)
        pthread_cond_wait(&stm_world.stop.changed, &stm_world.stop.lock);
    pthread_mutex_unlock(&stm_world.stop.lock);
}

/* VALIDATE, on a stopped thread. stop.lock held, let go meanwhile. */
static bool world_validate(StmSegmentState *seg) {
    pthread_mutex_unlock(&stm_world.stop.lock);
    segment_unpark(seg);
    bool good = true;
    if (seg->thread->state->in_transaction && !import_to_tail(seg, true)) {
        good = false;
        transaction_abort("conflict");
        transaction_begin();
        seg->thread->state->restarted = true;
    }
    segment_park(seg);
    pthread_mutex_lock(&stm_world.stop.lock);
    stm_world.stop.validated++;
    pthread_cond_broadcast(&stm_world.stop.changed);
    return good;
}

static bool world_join_once(StmSegmentState *seg) {
    bool good = true;
    if (stm_hooks.collect_minor) stm_hooks.collect_minor();
    segment_park(seg);
    pthread_mutex_lock(&stm_world.stop.lock);
    uint64_t epoch = stm_world.stop.epoch;
#define STILL (stm_world.stop.stopping && stm_world.stop.epoch == epoch)
    if (STILL) {
        seg->stopped = true;
        pthread_cond_broadcast(&stm_world.stop.changed);
    }
    while (STILL && stm_world.stop.phase == STOP_GATHER)
        pthread_cond_wait(&stm_world.stop.changed, &stm_world.stop.lock);
    if (STILL) good = world_validate(seg);
    while (STILL) pthread_cond_wait(&stm_world.stop.changed, &stm_world.stop.lock);
#undef STILL
    seg->stopped = false;
    pthread_mutex_unlock(&stm_world.stop.lock);
    segment_unpark(seg);
    return good;
}

/* At a safepoint: stop while somebody stops the world. False: this transaction was aborted
 * meanwhile; another one has begun, and the caller goes the way of a restart (transaction_restart
 * knows). */
bool world_join(void) {
    bool good = true;
    while (UNLIKELY(atomic_load_seqcst(&stm_world.stop.stopping))) {
        if (stm_world.stop.stopper == stm_self) return good;
        if (!world_join_once(stm_self->state->seg)) good = false;
    }
    return good;
}

/* stop.lock held. */
static unsigned world_still_running(unsigned *stopped) {
    unsigned running = 0;
    *stopped = 0;
    pthread_mutex_lock(&stm_world.page_lock); /* nobody is SERVED while we hold it */
    for (unsigned i = 1; i <= stm_world.n_segments; i++) {
        StmSegmentState *seg = &stm_world.segs[i];
        if (seg == stm_self->state->seg) continue;
        unsigned state = WORD_STATE(atomic_load_seqcst(&seg->word));
        if (seg->stopped)
            ++*stopped;
        else if (state != WORD_IDLE && state != WORD_FREE)
            running++;
    }
    pthread_mutex_unlock(&stm_world.page_lock);
    return running;
}

static void world_gather(void) {
    StmSegmentState *mine = stm_self->state->seg;
    for (unsigned i = 1; i <= stm_world.n_segments; i++)
        segment_control_or(&stm_world.segs[i], STM_CTL_STOP);
    segment_park(mine); /* others may need our pages to get to a safepoint */
    pthread_mutex_lock(&stm_world.stop.lock);
    unsigned stopped;
    while (world_still_running(&stopped)) world_timed_wait();
    stm_world.stop.phase = STOP_VALIDATE;
    pthread_cond_broadcast(&stm_world.stop.changed);
    while (stm_world.stop.validated < stopped)
        pthread_cond_wait(&stm_world.stop.changed, &stm_world.stop.lock);
    pthread_mutex_unlock(&stm_world.stop.lock);
    segment_unpark(mine);
}

static void world_release(void) {
    for (unsigned i = 1; i <= stm_world.n_segments; i++)
        atomic_and_seqcst(&stm_world.segs[i].hot->control, ~(uint32_t)STM_CTL_STOP);
    pthread_mutex_lock(&stm_world.stop.lock);
    stm_world.stop.stopper = NULL;
    atomic_store_seqcst(&stm_world.stop.stopping, 0);
    pthread_cond_broadcast(&stm_world.stop.changed);
    pthread_mutex_unlock(&stm_world.stop.lock);
}

/* The base comes to the log's tail. Only segments without transaction can hold it back, and those are
 * evicted; but not one that its thread has just taken: it sees that the world stops and gives the
 * segment back at once (segment_borrow), so look again. */
static void world_drain_log(void) {
    for (;;) {
        segment_evict_idle(UINT64_MAX);
        log_advance(true);
        if (!log_next_closed(stm_world.log.base_entry)) return;
        sched_yield();
    }
}

/* The stopper's transaction is lost. `fresh`: it has done nothing yet, so it begins again in place. */
static bool world_stop_lost(bool fresh) {
    StmThreadState *me = stm_self->state;
    if (!fresh) transaction_restart_jump("conflict");
    if (!me->restarted) {
        transaction_abort("conflict");
        transaction_begin();
    }
    me->restarted = false;
    return false;
}

static bool world_stop(bool fresh) {
    if (!SEG->multi) return true;
    StmThreadState *me = stm_self->state;
    pthread_mutex_lock(&stm_world.stop.lock);
    if (stm_world.stop.stopper) {
        pthread_mutex_unlock(&stm_world.stop.lock);
        return world_join() ? false : world_stop_lost(fresh);
    }
    stm_world.stop.stopper = stm_self;
    stm_world.stop.epoch++;
    stm_world.stop.phase = STOP_GATHER;
    stm_world.stop.validated = 0;
    for (unsigned i = 1; i <= stm_world.n_segments; i++) stm_world.segs[i].stopped = false;
    /* Pairs with segment_borrow: it becomes RUNNING, then looks whether we stop. */
    atomic_store_seqcst(&stm_world.stop.stopping, 1);
    pthread_mutex_unlock(&stm_world.stop.lock);
    world_gather();
    if (!me->open && !import_to_tail(me->seg, true)) {
        world_release();
        return world_stop_lost(fresh);
    }
    pthread_mutex_lock(&stm_world.pool.lock); /* no thread comes or goes meanwhile */
    world_drain_log();
#ifdef WEFT_DEBUG
    if (!me->open) verify_pages_stw(); /* an open entry's records are only in its own pages */
#endif
    return true;
}

bool stm_stop_world(void) { return world_stop(false); }
bool world_stop_fresh(void) { return world_stop(true); }

void stm_resume_world(void) {
    if (!SEG->multi) return;
    pthread_mutex_unlock(&stm_world.pool.lock);
    world_release();
}

/* ---- what the collector looks at ----------------------------------------------------------- */

void stm_for_each_thread_stw(void (*fn)(StmThread *thread, void *arg), void *arg) {
    for (StmThread *t = stm_world.pool.threads; t; t = t->next) fn(t, arg);
}

bool stm_has_transaction_stw(StmThread *thread) { return thread->state->in_transaction; }

void *stm_thread_flat_stw(StmThread *thread, StmRef ref, size_t bytes) {
    StmThreadState *state = thread->state;
    if (!stm_world.multi) return stm_self->state->seg->base + ref;
    if (!state->in_transaction) return base_flat(ref);
    for (uint64_t page = PAGE_OF(ref); bytes && page <= PAGE_OF(ref + bytes - 1); page++)
        if ((*page_local(state->seg, page) & STM_LOCAL_MASK) == STM_LOCAL_STALE) return base_flat(ref);
    return state->seg->base + ref;
}

typedef struct Poke {
    StmRef ref;
    uint64_t value;
} Poke;

static void poke_piece(void *arg, StmRef obj, StmRef start, uint64_t *old, size_t n) {
    (void)obj;
    const Poke *poke = arg;
    if (start <= poke->ref && poke->ref < start + n * STM_GRANULE) old[(poke->ref - start) / STM_GRANULE] = poke->value;
}

void stm_poke_stw(StmRef ref, uint64_t value) {
    *(uint64_t *)base_flat(ref) = value;
    if (!stm_world.multi) return;
    for (unsigned i = 1; i <= stm_world.n_segments; i++) {
        StmSegmentState *seg = &stm_world.segs[i];
        if ((*page_local(seg, PAGE_OF(ref)) & STM_LOCAL_MASK) == STM_LOCAL_PRIVATE)
            *(uint64_t *)(seg->base + ref) = value;
    }
    Poke poke = {ref, value};
    for (StmThread *t = stm_world.pool.threads; t; t = t->next) undo_for_each(&t->state->undo, poke_piece, &poke);
}

typedef struct UndoVisit {
    StmUndoVisitor *fn;
    void *arg;
    StmThread *thread;
} UndoVisit;

static void visit_piece(void *arg, StmRef obj, StmRef start, uint64_t *old, size_t n) {
    const UndoVisit *visit = arg;
    const uint64_t *now = (const uint64_t *)(visit->thread->state->seg->base + start);
    visit->fn(visit->arg, visit->thread, obj, start - obj, old, now, n);
}

void stm_for_each_undo_stw(StmUndoVisitor *fn, void *arg) {
    for (StmThread *t = stm_world.pool.threads; t; t = t->next) {
        UndoVisit visit = {fn, arg, t};
        undo_for_each(&t->state->undo, visit_piece, &visit);
    }
}
