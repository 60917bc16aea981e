/* Page states and who may change them.
 *
 * A heap page is FREE, EXCLUSIVE(s), CLEAN, VERSIONED or PERMANENT (StmWorld.pages); in each
 * segment it is STALE (no access), SHARED (reads the base), PRIVATE (a copy) or EXCL (the base in
 * place) (local).
 *
 * P1: EXCLUSIVE(s): EXCL in s, STALE in all others. Nobody else has read it since it became so.
 * P2: CLEAN: SHARED or STALE everywhere. The base's page does not change.
 * P3: SHARED in s: no log entry between the base and s's position has a record on the page.
 * P4: PRIVATE in s: the page as of s's position, plus what s's running transaction wrote.
 * P5: PageInfo.changed of a page that is or was EXCLUSIVE is the position of the last transaction
 *     that changed an old object in place: who sees the page has a snapshot at least as new.
 * P6: who becomes the owner of a page has a snapshot at least as new as the last transaction that
 *     has read it (a move: StmSegmentState.last_seq; re-sharing: all are at the log's tail).
 *     Otherwise its in-place write, serialised at its snapshot, would precede a read of the old
 *     value. (The model found this one: stress/model, MOVE_AFTER_READS.)
 * P7: the base's bytes of a page that is not EXCLUSIVE are committed ones, with flags armed.
 *
 * Transitions that change another segment's access happen under page_lock, with that segment
 * SERVED, or the page holding nothing alive. The owner's own SHARED -> PRIVATE needs no lock. */
#include "stm/internal.h"

static void page_set(uint64_t page, StmPageState state, unsigned owner) {
    atomic_store_release(&page_info(page)->state, (uint32_t)state | owner << 8);
}

StmPageState stm_page_state(uint64_t page, unsigned *owner) {
    uint32_t state = atomic_load_acquire(&page_info(page)->state);
    if (owner) *owner = state >> 8;
    return (StmPageState)(state & 0xff);
}

static bool page_is_excl_of(uint64_t page, const StmSegmentState *seg) {
    unsigned owner;
    return stm_page_state(page, &owner) == STM_PAGE_EXCLUSIVE && owner == seg->index;
}

/* First write here to a SHARED page. The kernel copies the base's page, which stands still (P3). */
void page_privatise(StmSegmentState *seg, uint64_t page) {
    volatile char *at = seg->base + PAGE_REF(page);
    *at = *at;
    *page_local(seg, page) = STM_LOCAL_PRIVATE;
    page_set(page, STM_PAGE_VERSIONED, 0);
    if (seg->thread) stat_add(&seg->thread->stats.page_privatised, 1);
}

/* No access from now on; a copy is dropped. */
void page_make_stale(StmSegmentState *seg, uint64_t page, size_t n) {
    bool copies = false;
    for (size_t i = 0; i < n; i++) {
        copies |= (*page_local(seg, page + i) & STM_LOCAL_MASK) == STM_LOCAL_PRIVATE;
        *page_local(seg, page + i) = STM_LOCAL_STALE;
    }
    if (copies) mem_drop_copies(seg, page, n);
    mem_protect(seg, page, n, false);
}

enum { AROUND_FIRST = 4, AROUND_MAX = 64, AROUND_TIGHT = 4096 };

/* A visitor faults on `page`: it gets more and more pages at once when it goes on in sequence. */
void page_around_start(StmSegmentState *visitor, uint64_t page) {
    if (atomic_load_relaxed(&stm_world.maps_tight))
        visitor->around_pages = AROUND_TIGHT;
    else if (page != visitor->around_next || visitor->around_pages > AROUND_MAX)
        visitor->around_pages = AROUND_FIRST;
    else if (visitor->around_pages < AROUND_MAX)
        visitor->around_pages *= 2;
}

/* How many pages from `page` on it may get, within what the collector lets go together (never a
 * nursery). */
unsigned page_around(StmSegmentState *visitor, uint64_t page) {
    uint64_t group = page;
    size_t most = AROUND_TIGHT;
    if (stm_hooks.page_group) {
        stm_hooks.page_group(page, &group, &most);
        most -= page - group;
    }
    return most < visitor->around_pages ? (unsigned)most : visitor->around_pages;
}

/* ---- taking pages away -------------------------------------------------------------------- */

static void serve_restore_base(void *arg, StmRef from, StmRef to, uint64_t *old) {
    (void)arg;
    memcpy(base_flat(from), old, to - from);
}

/* An object made by the owner's transaction lies on the page: from here on it is treated as an old
 * one whose content when the transaction began is the base's (undo.c, U3). */
static void serve_own_object(StmUndoLog *undo, StmRef obj, StmRef end, uint64_t page, char *copy) {
    StmRef from = obj < PAGE_REF(page) ? PAGE_REF(page) : obj;
    StmRef to = end > PAGE_REF(page + 1) ? PAGE_REF(page + 1) : end;
    if (from >= to) return;
    if (from == obj) {
        StmObject *base = (StmObject *)base_flat(obj);
        StmObject *mine = (StmObject *)(copy + (obj - PAGE_REF(page)));
        base->flags = (base->flags & ~(STMF_OWN | STMF_UNDONE)) | STMF_BARRIER;
        mine->flags = (mine->flags & ~STMF_OWN) | STMF_UNDONE;
    }
    undo_push(undo, obj, from, to - from, base_flat(from), 0);
}

static void serve_own_objects(StmSegmentState *owner, uint64_t page, char *copy) {
    StmUndoLog *undo = &owner->thread->state->undo;
    for (size_t i = 0; i < undo->n_own; i++) {
        OwnRange range = undo->own[i];
        if (range.start >= PAGE_REF(page + 1) || range.end <= PAGE_REF(page)) continue;
        for (StmRef at = range.start; at < range.end && at < PAGE_REF(page + 1);) {
            StmObject *obj = (StmObject *)(owner->base + at); /* as the owner sees it */
            StmRef end = obj->size ? at + obj->size * (uint64_t)STM_GRANULE : range.end;
            serve_own_object(undo, at, end, page, copy);
            at = end;
        }
    }
}

/* The owner's transaction has written on the page: that goes into a copy of its own, the base gets
 * back what is committed. */
static void serve_written_page(StmSegmentState *owner, uint64_t page) {
    char copy[STM_PAGE];
    char *at = owner->base + PAGE_REF(page);
    StmUndoLog *undo = &owner->thread->state->undo;
    memcpy(copy, at, STM_PAGE);
    undo_for_page(undo, page, serve_restore_base, NULL);
    serve_own_objects(owner, page, copy);
    mem_map_shared(owner, page, 1);
    memcpy(at, copy, STM_PAGE);
    *page_local(owner, page) = STM_LOCAL_PRIVATE | LOCAL_UNDO;
    page_set(page, STM_PAGE_VERSIONED, 0);
}

static bool serve_is_written(StmSegmentState *owner, uint64_t page) {
    if (*page_local(owner, page) & LOCAL_UNDO) return true;
    return owner->thread && undo_owns_on_page(&owner->thread->state->undo, page);
}

/* Take `page`, EXCLUSIVE to `owner`, away from it, with neighbours that its transaction has not
 * written. They become CLEAN (VERSIONED if written); with `move` (the owner is nobody's segment)
 * EXCLUSIVE to the visitor, whose position is new enough (P5). page_lock held; the owner is SERVED
 * or the caller's own. */
void page_serve(StmSegmentState *owner, uint64_t page, StmSegmentState *visitor, bool move) {
    StmThread *counter = visitor->thread;
    stm_assert(page_is_excl_of(page, owner));
    stat_add(&counter->stats.page_transfers, 1);
    if (serve_is_written(owner, page)) {
        serve_written_page(owner, page);
        return;
    }
    uint64_t newest = page_info(page)->changed, pos = visitor->pos->seq;
    if (newest < pos) newest = pos;
    size_t n = 1, around = page_around(visitor, page);
    while (n < around && page + n < HEAP_PAGE0 + heap_top() && page_is_excl_of(page + n, owner) &&
           page_info(page + n)->changed <= newest && !serve_is_written(owner, page + n))
        n++;
    visitor->around_next = page + n;
    if (move) {
        mem_map_none(owner, page, n);
        mem_map_excl(visitor, page, n);
    } else {
        mem_map_shared(owner, page, n);
    }
    for (size_t i = 0; i < n; i++) {
        *page_local(owner, page + i) = move ? STM_LOCAL_STALE : STM_LOCAL_SHARED;
        if (move) *page_local(visitor, page + i) = STM_LOCAL_EXCL;
        page_set(page + i, move ? STM_PAGE_EXCLUSIVE : STM_PAGE_CLEAN, move ? visitor->index : 0);
    }
    stat_add(&counter->stats.page_transfers, n - 1);
}

/* Serve everybody who waits for a page of `owner` (the caller's own segment). page_lock held. */
void page_serve_requests(StmSegmentState *owner) {
    for (unsigned i = 1; i <= stm_world.n_segments; i++) {
        StmSegmentState *visitor = &stm_world.segs[i];
        if (visitor == owner || visitor->want_page == 0) continue;
        if (!page_is_excl_of(visitor->want_page, owner)) continue;
        page_serve(owner, visitor->want_page, visitor, false);
        visitor->want_page = 0;
        atomic_add_seqcst(&visitor->wake, 1);
        futex_wake(&visitor->wake, 1);
    }
}

/* ---- claims and releases ------------------------------------------------------------------ */

static bool page_is_free(uint64_t page) { return stm_page_state(page, NULL) == STM_PAGE_FREE; }

/* How it is mapped; PRIVATE as SHARED. */
static unsigned page_mapping(StmSegmentState *seg, uint64_t page) {
    unsigned local = *page_local(seg, page) & STM_LOCAL_MASK;
    return local == STM_LOCAL_PRIVATE ? STM_LOCAL_SHARED : local;
}

/* A system call for each run that the segment maps alike. */
static void pages_take(StmSegmentState *seg, uint64_t first, size_t n) {
    for (uint64_t page = first, next; page < first + n; page = next) {
        unsigned mapping = page_mapping(seg, page);
        for (next = page + 1; next < first + n && page_mapping(seg, next) == mapping;) next++;
        if (mapping == STM_LOCAL_EXCL) {
            mem_map_none(seg, page, next - page);
            memset(page_local(seg, page), STM_LOCAL_STALE, next - page);
        } else if (mapping == STM_LOCAL_SHARED) {
            page_make_stale(seg, page, next - page);
        }
    }
}

/* The pages hold nothing: nobody but `except` may keep access to them. Free ones are STALE everywhere. Others may run
 * meanwhile. page_lock held. */
static void pages_take_from_all(uint64_t first, size_t n, const StmSegmentState *except) {
    for (uint64_t page = first, next; page < first + n; page = next) {
        bool free = page_is_free(page);
        for (next = page + 1; next < first + n && page_is_free(next) == free;) next++;
        for (unsigned i = 1; i <= stm_world.n_segments && !free; i++)
            if (&stm_world.segs[i] != except) pages_take(&stm_world.segs[i], page, next - page);
    }
}

static bool page_claim_multi(StmSegmentState *seg, uint64_t first, size_t n) {
    pthread_mutex_lock(&stm_world.page_lock);
    pages_take_from_all(first, n, seg);
    size_t i = 0;
    while (i < n) { /* runs that are not mapped in place yet */
        size_t run = 0;
        while (i + run < n && (*page_local(seg, first + i + run) & STM_LOCAL_MASK) != STM_LOCAL_EXCL) run++;
        if (run) mem_map_excl(seg, first + i, run);
        i += run + 1;
    }
    for (uint64_t page = first; page < first + n; page++) {
        *page_local(seg, page) = STM_LOCAL_EXCL;
        page_info(page)->changed = 0;
        page_set(page, STM_PAGE_EXCLUSIVE, seg->index);
    }
    pthread_mutex_unlock(&stm_world.page_lock);
    return true;
}

bool stm_claim_pages(uint64_t first, size_t n) {
    StmWorld *w = &stm_world;
    StmSegmentState *seg = stm_self->state->seg;
    if (first < HEAP_PAGE0 || first - HEAP_PAGE0 + n > w->heap_pages) return false;
    size_t fresh = 0;
    for (uint64_t page = first; page < first + n; page++)
        fresh += stm_page_state(page, NULL) == STM_PAGE_FREE;
    uint64_t used = atomic_add_relaxed(&w->pages_used, fresh) + fresh;
    uint64_t limit = w->config.heap_limit >> STM_PAGE_SHIFT;
    if (limit && fresh && used > limit) {
        atomic_add_relaxed(&w->pages_used, -fresh);
        return false;
    }
    pthread_mutex_lock(&w->page_lock);
    if (first - HEAP_PAGE0 + n > w->top) atomic_store_relaxed(&w->top, first - HEAP_PAGE0 + n);
    pthread_mutex_unlock(&w->page_lock);
    if (w->multi)
        page_claim_multi(seg, first, n);
    else
        for (uint64_t page = first; page < first + n; page++)
            page_set(page, STM_PAGE_EXCLUSIVE, seg->index);
    stat_add(&stm_self->stats.pages_claimed, n);
    if (!fresh || mem_populate(seg, first, n)) return true;
    stm_release_pages(first, n);
    return false;
}

bool stm_claim_permanent_pages(uint64_t first, size_t n) {
    if (!stm_claim_pages(first, n)) return false;
    StmSegmentState *mine = stm_self->state->seg;
    pthread_mutex_lock(&stm_world.page_lock);
    for (unsigned i = 1; stm_world.multi && i <= stm_world.n_segments; i++) {
        StmSegmentState *seg = &stm_world.segs[i];
        if (seg == mine) continue;
        mem_map_excl(seg, first, n);
        memset(page_local(seg, first), STM_LOCAL_EXCL, n);
    }
    for (uint64_t page = first; page < first + n; page++) page_set(page, STM_PAGE_PERMANENT, 0);
    pthread_mutex_unlock(&stm_world.page_lock);
    return true;
}

void stm_release_pages(uint64_t first, size_t n) {
    pthread_mutex_lock(&stm_world.page_lock);
    size_t used = 0;
    if (stm_world.multi) pages_take_from_all(first, n, NULL);
    for (uint64_t page = first; page < first + n; page++) {
        if (stm_page_state(page, NULL) == STM_PAGE_FREE) continue;
        used++;
        page_set(page, STM_PAGE_FREE, 0);
    }
    mem_punch(first, n);
    pthread_mutex_unlock(&stm_world.page_lock);
    atomic_add_relaxed(&stm_world.pages_used, -used);
}

void stm_discard_pages(uint64_t first, size_t n) { mem_punch(first, n); }

size_t stm_owned_bytes(StmRef from, size_t bytes) {
    if (!SEG->multi || bytes == 0) return bytes;
    StmSegmentState *seg = stm_self->state->seg;
    StmRef end = from + bytes;
    for (uint64_t page = PAGE_OF(from); page <= PAGE_OF(end - 1); page++)
        if ((*page_local(seg, page) & STM_LOCAL_MASK) != STM_LOCAL_EXCL)
            return page == PAGE_OF(from) ? 0 : PAGE_REF(page) - from;
    return bytes;
}

uint64_t stm_heap_end(void) { return stm_world.window; }
unsigned stm_segment_count(void) { return stm_world.n_segments; }
uint64_t stm_pages_in_use(void) { return atomic_load_relaxed(&stm_world.pages_used); }
void *stm_base_flat(StmRef ref) { return base_flat(ref); }

/* ---- eviction, re-sharing ----------------------------------------------------------------- */

/* An idle segment forgets its copies: SHARED again, whatever the base will be by then. */
void page_evict_copies(StmSegmentState *seg) {
    for (uint64_t i = 0; i < heap_top();) {
        size_t n = 0;
        while (i + n < heap_top() && (seg->local[i + n] & STM_LOCAL_MASK) == STM_LOCAL_PRIVATE) {
            seg->local[i + n] = STM_LOCAL_SHARED;
            n++;
        }
        if (n) mem_drop_copies(seg, HEAP_PAGE0 + i, n);
        i += n + 1;
    }
}

static bool page_may_have_readers_stw(StmSegmentState *seg) {
    /* Stopped threads are PARKED. Of another segment even the thread may change: somebody may have taken it from IDLE, to find that
     * the world is stopped (segment_borrow). */
    bool stopped = WORD_STATE(atomic_load_seqcst(&seg->word)) == WORD_PARKED;
    return (stopped || seg == stm_self->state->seg) && seg->thread->state->in_transaction;
}

/* The segment that alone has used the page since it was last shared, or NULL. P1 wants that no
 * other running transaction has read it: its reads would not be validated against in-place writes.
 * Markers cannot tell: guard words and covered words get none. But who has no access now has read there only if its transaction has
 * lost the page (StmSegmentState.lost). */
static StmSegmentState *page_only_user(uint64_t page) {
    StmSegmentState *user = NULL;
    for (unsigned i = 1; i <= stm_world.n_segments; i++) {
        StmSegmentState *seg = &stm_world.segs[i];
        unsigned local = *page_local(seg, page) & STM_LOCAL_MASK;
        if (local == STM_LOCAL_PRIVATE) {
            if (user) return NULL;
            user = seg;
        } else if (local == STM_LOCAL_SHARED) {
            return NULL;
        }
    }
    for (unsigned i = 1; user && i <= stm_world.n_segments; i++) {
        StmSegmentState *seg = &stm_world.segs[i];
        if (seg == user || !page_may_have_readers_stw(seg)) continue;
        if (page_may_be_lost(seg, page)) return NULL;
    }
    return user;
}

static void page_reshare_stw(uint64_t page) {
    if (stm_page_state(page, NULL) != STM_PAGE_VERSIONED) return;
    for (unsigned i = 1; i <= stm_world.n_segments; i++)
        if (*page_local(&stm_world.segs[i], page) & LOCAL_UNDO) return;
    StmSegmentState *user = page_only_user(page);
    if (user) {
        mem_map_excl(user, page, 1);
        *page_local(user, page) = STM_LOCAL_EXCL;
        page_info(page)->changed = user->pos->seq;
        page_set(page, STM_PAGE_EXCLUSIVE, user->index);
        return;
    }
    for (unsigned i = 1; i <= stm_world.n_segments; i++) {
        StmSegmentState *seg = &stm_world.segs[i];
        unsigned local = *page_local(seg, page) & STM_LOCAL_MASK;
        if (local == STM_LOCAL_PRIVATE) {
            mem_drop_copies(seg, page, 1);
            *page_local(seg, page) = STM_LOCAL_SHARED;
        }
    }
    page_set(page, STM_PAGE_CLEAN, 0);
}

void stm_reshare_page_run_stw(uint64_t first, size_t n) {
    if (!stm_world.multi) return;
    pthread_mutex_lock(&stm_world.page_lock);
    for (uint64_t page = first; page < first + n; page++) page_reshare_stw(page);
    pthread_mutex_unlock(&stm_world.page_lock);
}
