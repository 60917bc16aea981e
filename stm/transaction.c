/* Transactions: begin, commit, abort, inevitable, detach and attach.
 *
 * T1: between begin and commit the only traces of a transaction are in its segment's view, its undo
 *     list and the saved thread state.
 * T2: a commit with records has imported the whole log when its compare-and-swap succeeds, so it is
 *     serialised at the tail. One without records is serialised at its snapshot: what it wrote is
 * on EXCLUSIVE pages, which nobody else has read (page.c, P1, P5). T3: while a committer is parked
 * its pages may be taken away, which makes more of its writes need records: they are collected
 * again after every wait. */
#include "stm/internal.h"

/* ---- begin -------------------------------------------------------------------------------- */

/* The next read version. A version may serve several short transactions of one thread: it only
 * makes the read set larger. */
static void begin_version(StmThreadState *me, StmSegmentState *seg) {
    enum { SHORT_UNITS = 64, SHARED_BY = 8 };
    bool was_short = me->budget_start - seg->hot->budget < SHORT_UNITS && me->retries == 0;
    if (was_short && seg->version_uses < SHARED_BY) {
        seg->version_uses++;
        return;
    }
    seg->version_uses = 1;
    if (++seg->hot->version == 0) {
        mem_clear_markers(seg);
        seg->hot->version = 1;
        stat_add(&me->thread->stats.marker_wraps, 1);
    }
}

/* On a borrowed segment: moves it to the log's tail. Never aborts. */
void transaction_begin(void) {
    StmThread *thread = stm_self;
    StmThreadState *me = thread->state;
    StmSegmentState *seg = me->seg;
    import_to_tail(seg, false);
    log_maintain(seg);
    memset(seg->lost, 0, sizeof seg->lost);
    begin_version(me, seg);
    me->begin_seq = seg->pos->seq;
    me->begin_ns = now_ns();
    me->in_transaction = true;
    contention_set_budget(me, seg);
    if (stm_hooks.save_thread) stm_hooks.save_thread();
    if (stm_world.events_on && stm_hooks.current_place) me->begin_place = stm_hooks.current_place();
    event_take_posted(me);
}

/* ---- commit ------------------------------------------------------------------------------- */

static void draft_record(StmThreadState *me, StmRef at, const uint64_t *now, size_t n, bool header,
                         uint64_t place) {
    while (n) {
        size_t part = n < RECORD_MAX_GRANULES ? n : RECORD_MAX_GRANULES;
        GROW(me->draft, me->cap_draft, me->n_draft + RECORD_HEAD + part);
        uint64_t *to = me->draft + me->n_draft;
        to[0] = at | (uint64_t)part << 48 | header;
        to[1] = place;
        memcpy(to + RECORD_HEAD, now, part * STM_GRANULE);
        me->n_draft += RECORD_HEAD + part;
        me->n_draft_records++;
        at += part * STM_GRANULE;
        now += part;
        n -= part;
        header = false;
    }
}

/* Records of what differs in [from, to), which lies on a page that is not EXCLUSIVE. */
static void draft_compare(StmThreadState *me, UndoEntry *e, StmRef from, StmRef to) {
    static const uint64_t flags_mask = (uint64_t)0xff << (8 * offsetof(StmObject, flags));
    const uint64_t *now = (const uint64_t *)(me->seg->base + from);
    const uint64_t *old = undo_old(&me->undo, e) + (from - e->start) / STM_GRANULE;
    size_t n = (to - from) / STM_GRANULE;
    for (size_t i = 0; i < n;) {
        bool header = e->inside == 0 && from + i * STM_GRANULE == e->start;
        uint64_t differs = now[i] ^ old[i];
        if (header) differs &= ~flags_mask;
        if (!differs) {
            i++;
            continue;
        }
        size_t run = 1;
        while (i + run < n && now[i + run] != old[i + run]) run++;
        draft_record(me, from + i * STM_GRANULE, now + i, run, header, e->place);
        i += run;
    }
}

static void draft_granules(StmThreadState *me) {
    StmUndoLog *undo = &me->undo;
    uint64_t in_place = 0;
    for (size_t i = 0; i < undo->n_granules; i++) {
        StmRef at = undo_granule_ref(&undo->granules[i]);
        uint64_t page = PAGE_OF(at);
        if (page != in_place && page_in_place(me->seg, page)) in_place = page;
        if (page == in_place) continue;
        const uint64_t *now = (const uint64_t *)(me->seg->base + at);
        if (*now != undo->granules[i].old) draft_record(me, at, now, 1, false, stm_world.events_on ? undo->granule_places[i] : 0);
    }
}

static void draft_cover(StmThreadState *me, const LogCover *cover) {
    size_t at = me->n_draft + me->n_draft_covers++ * COVER_WORDS;
    GROW(me->draft, me->cap_draft, at + COVER_WORDS);
    memcpy(me->draft + at, cover, sizeof *cover);
}

/* The transaction's records: what differs from the undo copies, page by page. */
static void draft_build(StmThreadState *me) {
    me->n_draft = me->n_draft_records = me->n_draft_covers = 0;
    uint64_t in_place = 0; /* a page found EXCLUSIVE: many entries follow others of the same page */
    for (size_t i = 0; i < me->undo.n; i++) {
        UndoEntry *e = &me->undo.entries[i];
        StmRef from = e->start, end = from + e->bytes;
        while (from < end) {
            uint64_t page = PAGE_OF(from);
            StmRef to = PAGE_REF(page + 1);
            if (to > end) to = end;
            if (page != in_place && page_in_place(me->seg, page)) in_place = page;
            if (page != in_place) draft_compare(me, e, from, to);
            from = to;
        }
    }
    draft_granules(me);
    /* A guard word or covered word on an EXCLUSIVE page has been read by nobody else (page.c, P1, P5). */
    me->draft_guard = 0;
    for (size_t i = 0; i < me->undo.n_guards && !me->draft_guard; i++)
        if (!page_in_place(me->seg, PAGE_OF(me->undo.guards[i]))) me->draft_guard = me->undo.guards[i];
    for (size_t i = 0; i < me->undo.n_covers; i++)
        if (!page_in_place(me->seg, PAGE_OF(me->undo.covers[i].word))) draft_cover(me, &me->undo.covers[i]);
}

/* Somebody's inevitable transaction is at the tail. Parked; joins a stop of the world. */
static bool commit_wait_open(StmSegmentState *seg, LogEntry *open) {
    stat_add(&seg->thread->stats.waits, 1);
    segment_park(seg);
    futex_wait(&open->closed, 0, 2000000);
    segment_unpark(seg);
    return world_join();
}

/* Above the log's limit: help the base forward, then wait for those who hold it back. */
static bool commit_wait_space(StmSegmentState *seg) {
    Log *log = &stm_world.log;
    while (log_bytes() > log->limit) {
        if (!import_to_tail(seg, true)) return false;
        segment_evict_idle(seg->pos->seq);
        log_advance(true);
        if (log_bytes() <= log->limit) break;
        for (unsigned i = 1; i <= stm_world.n_segments; i++)
            if (&stm_world.segs[i] != seg) segment_control_or(&stm_world.segs[i], STM_CTL_EXTEND);
        uint32_t seen = atomic_load_seqcst(&log->space_futex);
        stat_add(&seg->thread->stats.waits, 1);
        segment_park(seg);
        if (log_bytes() > log->limit) futex_wait(&log->space_futex, seen, 1000000);
        segment_unpark(seg);
        if (!world_join()) return false;
    }
    return true;
}

static bool commit_publish(StmThreadState *me) {
    StmSegmentState *seg = me->seg;
    for (;;) {
        if (!import_to_tail(seg, true)) return false;
        /* Acquire: an open entry's fields. */
        LogEntry *open = atomic_load_acquire(&seg->pos->next);
        if (open && !atomic_load_acquire(&open->closed)) {
            if (!commit_wait_open(seg, open)) return false;
            draft_build(me); /* T3 */
            continue;
        }
        if (open) continue;
        LogEntry *entry = log_entry_new(me->draft, me->n_draft, me->n_draft_covers);
        entry->thread = me->thread->id;
        entry->guard = me->draft_guard;
        if (stm_world.events_on && stm_hooks.current_place)
            entry->place = stm_hooks.current_place();
        if (log_append(seg->pos, entry)) {
            atomic_store_release(&seg->pos, entry);
            return true;
        }
        free(entry);
    }
}

static void commit_close_open(StmThreadState *me) {
    LogEntry *open = me->open;
    me->open = NULL;
    me->thread->inevitable = false;
    /* Our position moves after the entry is closed: until then the anchor is its predecessor. */
    open->guard = me->draft_guard;
    log_close(open, me->draft, me->n_draft, me->n_draft_covers);
    atomic_store_release(&me->seg->pos, open);
    futex_wake(&open->closed, INT32_MAX);
}

static void commit_done(StmThreadState *me, bool logged) {
    StmStats *stats = &me->thread->stats;
    if (atomic_load_seqcst(&stm_world.n_granule_waiters)) wait_wake_changed(me);
    undo_commit(&me->undo, me->seg, me->seg->pos->seq);
    me->seg->last_seq = me->seg->pos->seq;
    me->in_transaction = false;
    me->retries = 0;
    stat_add(&stats->commits, 1);
    if (logged) {
        stat_add(&stats->commits_logged, 1);
        stat_add(&stats->records, me->n_draft_records);
        stat_add(&stats->record_bytes, me->n_draft * sizeof(uint64_t));
    }
    contention_committed(me, me->seg);
    if (stm_hooks.committed) stm_hooks.committed();
    if (stm_hooks.forget_saved) stm_hooks.forget_saved();
}

/* End the running transaction; at a safepoint. False: it has lost and is to be aborted. */
bool transaction_commit(void) {
    StmThreadState *me = stm_self->state;
    if (stm_hooks.collect_for_commit) stm_hooks.collect_for_commit();
    if (me->written.n_remembered) stm_rearm_written();
    me->n_draft = me->n_draft_records = me->n_draft_covers = 0;
    if (undo_is_empty(&me->undo) && !me->open) {
        commit_done(me, false);
        return true;
    }
    int64_t start = now_ns();
    if (!me->open && log_bytes() > stm_world.log.limit && !commit_wait_space(me->seg)) return false;
    draft_build(me);
    bool logged = me->n_draft || me->open;
    if (me->open)
        commit_close_open(me);
    else if (me->n_draft && !commit_publish(me))
        return false;
    commit_done(me, logged);
    if (logged) stat_add(&me->thread->stats.commit_ns, (uint64_t)(now_ns() - start));
    return true;
}

/* ---- abort -------------------------------------------------------------------------------- */

void transaction_abort(const char *why) {
    StmThread *thread = stm_self;
    StmThreadState *me = thread->state;
    if (me->open) stm_fatal("an inevitable transaction (%s) aborts: %s", me->inevitable_why, why);
    wait_leave(me);
    stm_rearm_written();
    undo_restore(&me->undo, me->seg);
    me->in_transaction = false;
    if (stm_hooks.discard_young) stm_hooks.discard_young();
    if (stm_hooks.restore_thread) stm_hooks.restore_thread();
    stat_add(&thread->stats.aborts, 1);
    uint64_t lost = (uint64_t)(now_ns() - me->begin_ns);
    stat_add(&thread->stats.lost_work_ns, lost);
    event_abort(me, why, lost);
    me->retries++;
    contention_lost(me);
}

/* Abort, and begin again: with a shorter budget, and after some aborts inevitable, so that every
 * thread gets on (contention.c). */
void transaction_restart(const char *why) {
    StmThreadState *me = stm_self->state;
    if (me->restarted) { /* world_join has done it */
        me->restarted = false;
        return;
    }
    transaction_abort(why);
    if (contention_wants_turn(me)) {
        segment_give_back(true);
        segment_borrow();
    }
    transaction_begin();
    event_abort_described(me);
    if (contention_wants_inevitable(me)) transaction_inevitable_fresh("many aborts");
}

_Noreturn void transaction_jump(void) {
    if (!stm_self->abort_jmp) stm_fatal("no place to jump to after an abort");
    if (stm_hooks.jump) stm_hooks.jump();
    siglongjmp(*stm_self->abort_jmp, 1);
}

_Noreturn void transaction_restart_jump(const char *why) {
    transaction_restart(why);
    transaction_jump();
}

_Noreturn void stm_abort_and_restart(const char *why) { transaction_restart_jump(why); }

/* ---- inevitable --------------------------------------------------------------------------- */

/* Put an open entry on the tail. False: the transaction has lost; *open: somebody else's is there.
 */
static bool inevitable_try(StmThreadState *me, const char *why, LogEntry **open) {
    StmSegmentState *seg = me->seg;
    for (;;) {
        if (!import_to_tail(seg, true)) return false;
        *open = atomic_load_acquire(&seg->pos->next);
        if (*open && atomic_load_acquire(&(*open)->closed)) continue;
        if (*open) return true;
        LogEntry *entry = log_entry_new(NULL, 0, 0);
        entry->closed = 0;
        entry->thread = me->thread->id;
        entry->why = why;
        if (!log_append(seg->pos, entry)) {
            free(entry);
            continue;
        }
        me->open = entry;
        me->inevitable_why = why;
        me->thread->inevitable = true;
        stat_add(&me->thread->stats.inevitable, 1);
        event_note(me, EVENT_INEVITABLE, why, 0, 0);
        return true;
    }
}

/* For a transaction that has done nothing yet: it waits as long as it takes, joining stops. Aborts
 * are possible only for what save_thread or describe_object have read. */
void transaction_inevitable_fresh(const char *why) {
    StmThreadState *me = stm_self->state;
    while (!me->open) {
        LogEntry *open = NULL;
        bool good = inevitable_try(me, why, &open);
        if (good && open) good = commit_wait_open(me->seg, open);
        if (good || me->restarted) {
            me->restarted = false;
            continue;
        }
        transaction_abort(why);
        transaction_begin();
    }
}

void stm_become_inevitable(const char *why) {
    StmThreadState *me = stm_self->state;
    if (!SEG->multi || me->open) return;
    LogEntry *open;
    for (;;) {
        if (!inevitable_try(me, why, &open)) transaction_restart_jump("conflict");
        if (!open) {
            /* Others wait: the next safepoint ends it. */
            segment_control_or(me->seg, STM_CTL_BUDGET);
            return;
        }
        stat_add(&me->thread->stats.waits, 1);
        segment_park(me->seg);
        /* In the middle of C code we cannot join a stop of the world, and who is inevitable may be
         * stopped already: give way then. */
        if (!atomic_load_seqcst(&stm_world.stop.stopping)) futex_wait(&open->closed, 0, 2000000);
        segment_unpark(me->seg);
        if (atomic_load_seqcst(&stm_world.stop.stopping) && !atomic_load_acquire(&open->closed))
            transaction_restart_jump("the world stops while another thread is inevitable");
    }
}

void stm_extend_snapshot(void) {
    if (!SEG->multi) return;
    StmThreadState *me = stm_self->state;
    if (me->open) return; /* at the tail already */
    uint64_t before = me->seg->pos->seq;
    if (!import_to_tail(me->seg, true)) transaction_restart_jump("conflict");
    if (me->seg->pos->seq != before) stat_add(&me->thread->stats.extensions, 1);
}

/* ---- detach and attach -------------------------------------------------------------------- */

void stm_detach_slow(void) {
    if (!transaction_commit()) transaction_restart_jump("conflict");
    segment_give_back(false);
}

void stm_attach(void) {
    if (stm_self->attached) return;
    segment_borrow();
    if (stm_world.multi) {
        transaction_begin();
        mode_maybe_solo();
    } else {
        SEG->budget = INT64_MAX;
        event_take_posted(stm_self->state);
    }
}

void stm_attach_inevitable(const char *why) {
    stm_attach();
    if (!SEG->multi || stm_self->inevitable) return;
    transaction_inevitable_fresh(why);
    segment_control_or(stm_self->state->seg, STM_CTL_BUDGET);
}

void stm_commit_and_begin(void) {
    if (!SEG->multi) return;
    if (!transaction_commit()) transaction_restart_jump("conflict");
    if (contention_wants_turn(stm_self->state)) {
        segment_give_back(true);
        segment_borrow();
    }
    transaction_begin();
    if (!world_join()) transaction_restart_jump("conflict");
}
