/* Solo and multi mode, and fork.
 *
 * M1: solo: one thread; its segment maps the whole base in place; all used pages are EXCLUSIVE to
 * it; no markers, no undo, no log; written objects are only remembered for the collector. M2: the
 * switch to multi makes all used pages CLEAN, readable in every segment; no memory is copied. Old
 * objects have their barriers armed, because the minor collection arms them. */
#define _GNU_SOURCE
#include "stm/internal.h"
#include <errno.h>
#include <unistd.h>

static void mode_set(bool multi) {
    stm_world.multi = multi;
    for (unsigned i = 1; i <= stm_world.n_segments; i++) stm_world.segs[i].hot->multi = multi;
}

void mode_start(void) {
    enum { ALONE_NS = 20000000 };
    stm_world.alone_ns = ALONE_NS;
    stm_world.solo_segment = 1;
    if (stm_world.config.start_multi)
        mode_set(true);
    else
        mem_map_excl(&stm_world.segs[1], HEAP_PAGE0, stm_world.heap_pages);
}

void stm_stay_multi(void) { stm_world.config.start_multi = true; }

/* All used pages get one state; the others stay FREE. */
static void mode_set_pages(StmPageState state, unsigned owner) {
    for (uint64_t i = 0; i < stm_world.top; i++)
        if ((stm_world.pages[i].state & 0xff) != STM_PAGE_FREE &&
            (stm_world.pages[i].state & 0xff) != STM_PAGE_PERMANENT) {
            stm_world.pages[i].state = (uint32_t)state | owner << 8;
            stm_world.pages[i].changed = 0;
        }
}

/* FREE pages are mapped without access too: when one is claimed, only its owner's mapping changes.
 */
static void mode_open_segment(StmSegmentState *seg) {
    uint64_t top = stm_world.top;
    mem_map_none(seg, HEAP_PAGE0, stm_world.heap_pages);
    for (uint64_t i = 0, n; i < top; i += n) {
        unsigned state = stm_world.pages[i].state & 0xff;
        for (n = 1; i + n < top && (stm_world.pages[i + n].state & 0xff) == state;) n++;
        uint8_t local = STM_LOCAL_SHARED;
        if (state == STM_PAGE_FREE)
            local = STM_LOCAL_STALE;
        else if (state == STM_PAGE_PERMANENT)
            local = STM_LOCAL_EXCL;
        memset(seg->local + i, local, n);
        if (local == STM_LOCAL_SHARED) mem_map_shared(seg, HEAP_PAGE0 + i, n);
        if (local == STM_LOCAL_EXCL) mem_map_excl(seg, HEAP_PAGE0 + i, n);
    }
}

void stm_enter_multi(void) {
    if (SEG->multi) return;
    StmThreadState *me = stm_self->state;
    if (stm_hooks.collect_minor) stm_hooks.collect_minor();
    stm_rearm_written();
    mode_set_pages(STM_PAGE_CLEAN, 0);
    for (unsigned i = 1; i <= stm_world.n_segments; i++) {
        StmSegmentState *seg = &stm_world.segs[i];
        mode_open_segment(seg);
        seg->pos = stm_world.log.base_entry;
        seg->evicted = seg != me->seg;
        seg->version_uses = UINT32_MAX;
    }
    stm_world.alone_since = 0;
    mode_set(true);
    if (stm_hooks.mode_changed) stm_hooks.mode_changed(true);
    if (stm_hooks.loop_changed) stm_hooks.loop_changed(true);
    transaction_begin();
    transaction_inevitable_fresh("multi mode begins");
    segment_control_or(me->seg, STM_CTL_BUDGET);
}

/* ---- back to solo ------------------------------------------------------------------------- */

static bool mode_is_alone(void) {
    if (stm_world.config.start_multi || atomic_load_relaxed(&stm_world.pool.n_threads) != 1)
        return stm_world.alone_since = 0, false;
    int64_t now = now_ns();
    if (!stm_world.alone_since) stm_world.alone_since = now;
    return now - stm_world.alone_since > stm_world.alone_ns;
}

static void mode_enter_solo_locked(StmThreadState *me) {
    me->in_transaction = false;
    mode_set_pages(STM_PAGE_EXCLUSIVE, me->seg->index);
    for (unsigned i = 1; i <= stm_world.n_segments; i++) {
        StmSegmentState *seg = &stm_world.segs[i];
        if (seg == me->seg)
            mem_map_excl(seg, HEAP_PAGE0, stm_world.heap_pages);
        else
            mem_map_none(seg, HEAP_PAGE0, stm_world.heap_pages);
        memset(seg->local, STM_LOCAL_STALE, stm_world.top);
    }
    stm_world.solo_segment = me->seg->index;
    mode_set(false);
    me->seg->hot->budget = INT64_MAX;
    if (stm_hooks.mode_changed) stm_hooks.mode_changed(false);
    if (stm_hooks.loop_changed) stm_hooks.loop_changed(false);
}

/* At the very start of a transaction: when this thread has been alone for a while, and the base is
 * complete, go solo. Coming back for a moment only would cost remapping twice, so a program that
 * starts threads again and again has to be alone for longer each time. */
void mode_maybe_solo(void) {
    if (LIKELY(atomic_load_relaxed(&stm_world.pool.n_threads) > 1) || !mode_is_alone()) return;
    static const int64_t alone_max_ns = 5000000000;
    StmThreadState *me = stm_self->state;
    pthread_mutex_lock(&stm_world.pool.lock);
    if (stm_world.pool.n_threads == 1 && !me->open && undo_is_empty(&me->undo) && me->undo.n_own == 0) {
        segment_evict_idle(UINT64_MAX);
        log_advance(true);
        if (stm_world.log.base_entry == me->seg->pos && !atomic_load_acquire(&me->seg->pos->next))
            mode_enter_solo_locked(me);
        if (!stm_world.multi && stm_world.alone_ns < alone_max_ns) stm_world.alone_ns *= 2;
    }
    pthread_mutex_unlock(&stm_world.pool.lock);
}

/* ---- fork --------------------------------------------------------------------------------- */

static bool fork_copy_run(int fd, uint64_t first, size_t n) {
    const char *window = stm_world.multi ? stm_world.windows : stm_world.segs[stm_world.solo_segment].base;
    const char *from = window + PAGE_REF(HEAP_PAGE0 + first); /* solo: pages that are mapped already */
    size_t bytes = n << STM_PAGE_SHIFT, done = 0;
    while (done < bytes) {
        ssize_t k = pwrite(fd, from + done, bytes - done, (off_t)(PAGE_REF(first) + done));
        if (k < 0 && errno != EINTR) return false;
        if (k > 0) done += (size_t)k;
    }
    return true;
}

/* A memfd for the child with the used pages of the base; -1: no memory. */
static int fork_copy_heap(void) {
    MemLimits limits;
    mem_lift_limits(&limits);
    int fd = mem_new_memfd();
    uint64_t top = stm_world.top;
    for (uint64_t i = 0, n; fd >= 0 && i < top; i += n + 1) {
        for (n = 0; i + n < top && (stm_world.pages[i + n].state & 0xff) != STM_PAGE_FREE;) n++;
        if (n == 0 || fork_copy_run(fd, i, n)) continue;
        close(fd);
        fd = -1;
    }
    mem_restore_limits(&limits);
    return fd;
}

static void fork_undo_piece(void *seg, StmRef obj, StmRef start, uint64_t *old, size_t n) {
    (void)obj;
    for (size_t i = 0; i < n; i++, start += STM_GRANULE)
        if ((*page_local(seg, PAGE_OF(start)) & STM_LOCAL_MASK) == STM_LOCAL_EXCL) *(uint64_t *)base_flat(start) = old[i];
}

/* Threads that the child does not have wrote in place on EXCLUSIVE pages: back to what is
 * committed. */
static void fork_undo_others(StmThreadState *me) {
    for (StmThread *t = stm_world.pool.threads; t; t = t->next) {
        StmThreadState *state = t->state;
        if (state != me && state->in_transaction) undo_for_each(&state->undo, fork_undo_piece, state->seg);
    }
}

static void fork_in_child(StmThreadState *me, int fd) {
    close(stm_world.memfd);
    stm_world.memfd = fd;
    mem_map_base();
    fork_undo_others(me);
    locks_init();
    stm_world.pool.threads = me->thread;
    me->thread->next = NULL;
    stm_world.pool.n_threads = 1;
    stm_world.pool.queue_head = stm_world.pool.queue_tail = NULL;
    stm_world.pool.n_waiting = 0;
    stm_world.n_granule_waiters = 0;
    stm_world.stop.stopper = NULL;
    stm_world.stop.stopping = 0;
    for (unsigned i = 1; i <= stm_world.n_segments; i++) {
        StmSegmentState *seg = &stm_world.segs[i];
        if (seg == me->seg) continue;
        seg->thread = NULL;
        seg->word = WORD(WORD_FREE, 0);
        seg->stopped = false;
        seg->want_page = 0;
    }
    events_in_child();
    me->seg->hot->control = 0;
    mode_enter_solo_locked(me);
    if (stm_hooks.forked) stm_hooks.forked();
}

pid_t stm_fork(void) {
    StmThreadState *me = stm_self->state;
    bool multi = SEG->multi;
    if (multi) {
        /* What the caller has done for the fork (locks that it holds over it) is committed here: from now on nothing may jump, or it
         * would be done a second time. */
        if (!transaction_commit()) transaction_restart_jump("conflict");
        transaction_begin();
        while (!world_stop_fresh()) continue;
    }
    int fd = fork_copy_heap();
    pid_t pid = fd < 0 ? -1 : fork();
    int error = fd < 0 ? ENOMEM : errno;
    if (pid == 0) {
        fork_in_child(me, fd);
        if (stm_world.config.start_multi) stm_enter_multi();
        return 0;
    }
    if (fd >= 0) close(fd);
    if (multi) {
        stm_resume_world();
        transaction_inevitable_fresh("after fork");
    }
    errno = error;
    return pid;
}
