/* Safepoints' slow path: everything that may happen between two bytecodes, in the order in which it
 * must: pages for those who wait, stops, collections, the end of the transaction, events. */
#include "stm/internal.h"

static StmSafepoint safepoint_restarted(void) {
    if (stm_self->c_depth) transaction_jump();
    return STM_SP_RESTARTED;
}

/* What was asked of the thread, not of the lost transaction, is asked again. */
static StmSafepoint safepoint_restart(const char *why, uint32_t control) {
    transaction_restart(why);
    uint32_t keep = control & (STM_CTL_EVENTS | STM_CTL_COLLECT);
    if (keep) segment_control_or(stm_self->state->seg, keep);
    return safepoint_restarted();
}

static StmSafepoint safepoint_done(uint32_t control) {
    if (!(control & STM_CTL_EVENTS)) return STM_SP_CONTINUE;
    atomic_store_seqcst(&stm_self->state->event_posted, false); /* before the VM looks */
    return STM_SP_EVENTS;
}

static StmSafepoint safepoint_solo(uint32_t control) {
    atomic_and_seqcst(&SEG_FLAT->control, ~control);
    if ((control & STM_CTL_COLLECT) && stm_hooks.collect_wanted) stm_hooks.collect_wanted();
    if (SEG->budget < 0) SEG->budget = INT64_MAX;
    return safepoint_done(control);
}

/* End the transaction and begin the next one. */
static bool safepoint_next_transaction(StmThreadState *me) {
    if (!transaction_commit()) return false;
    if (contention_wants_turn(me)) {
        segment_give_back(true);
        segment_borrow();
    }
    transaction_begin();
    mode_maybe_solo();
    return true;
}

static void safepoint_pause(StmThread *thread, int64_t start) {
    uint64_t ns = (uint64_t)(now_ns() - start);
    if (ns > thread->stats.longest_pause_ns)
        atomic_store_relaxed(&thread->stats.longest_pause_ns, ns);
}

static StmSafepoint safepoint_multi(StmThreadState *me, uint32_t control) {
    StmThread *thread = me->thread;
    StmSegmentState *seg = me->seg;
    bool may_end = thread->atomic_depth == 0;
    bool abortable = !me->open;
    atomic_and_seqcst(&seg->hot->control, ~control);
    if (control & STM_CTL_PAGES) {
        pthread_mutex_lock(&stm_world.page_lock);
        page_serve_requests(seg);
        pthread_mutex_unlock(&stm_world.page_lock);
    }
    if ((control & STM_CTL_ABORT) && abortable) return safepoint_restart("asked to", control);
    bool out = seg->hot->budget < 0;
    if (out && abortable && contention_chaos_aborts(me)) {
        stat_add(&thread->stats.aborts_chaos, 1);
        return safepoint_restart("chaos", control);
    }
    if (out && contention_next_piece(me, seg)) out = false;
    bool turn = (control & STM_CTL_YIELD) && contention_wants_turn(me);
    bool end = out || turn || (control & (STM_CTL_BUDGET | STM_CTL_COLLECT));
    /* Inevitable transactions never wait while open: they end first. */
    if (me->open && (control & STM_CTL_STOP)) end = true;
    if (end && may_end) {
        if (!safepoint_next_transaction(me)) return safepoint_restart("conflict", control);
    } else {
        if ((control & STM_CTL_COLLECT) && stm_hooks.collect_minor) stm_hooks.collect_minor();
        if (out) seg->hot->budget = me->budget_start;
        if ((control & STM_CTL_EXTEND) && !me->open && !import_to_tail(seg, true))
            return safepoint_restart("conflict", control);
    }
    if (!world_join()) return safepoint_restart("conflict", control);
    /* A major collection stops the world: not while others wait for us to end. */
    if ((control & STM_CTL_COLLECT) && stm_hooks.collect_wanted && !me->open)
        stm_hooks.collect_wanted();
    return safepoint_done(control);
}

StmSafepoint stm_safepoint_slow(void) {
    uint32_t control = atomic_load_seqcst(&SEG_FLAT->control);
    if (!SEG->multi) return safepoint_solo(control);
    StmThread *thread = stm_self;
    if (!(control & (STM_CTL_STOP | STM_CTL_PAGES))) return safepoint_multi(thread->state, control);
    int64_t start = now_ns();
    StmSafepoint result = safepoint_multi(thread->state, control);
    safepoint_pause(thread, start);
    return result;
}
