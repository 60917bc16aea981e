/* Write barriers' slow path, barriers over ranges, the remembered set.
 *
 * B1: a header without STMF_BARRIER says: in the remembered set, and in multi mode in the undo list (or made by this
 * transaction), all its pages writable. Of a granule of a large array the bit in its REMEMBERED card says the first, the bit in its
 * card the second. B2: pages of the running segment are taken away only while it is parked, so what a pass over an object's
 * pages has found holds until this thread touches a page without access.
 *
 * Large arrays (STMF_CARDS) are undone by granules, so that a scattered write costs 16 bytes and no copy. A page of which
 * HOT_AFTER granules have been written is then copied whole, its other granules need nothing more; the pages of an array that is written
 * all over are so each transaction, so such a page is taken whole at once (HOT_AGAIN) the next HEAT_HINTS times.
 * StmSegmentState.heat of a page: the granules that the running transaction has undone there, and above HEAT_HINT how many more
 * times the page is taken to be hot. */
#include "stm/internal.h"

enum { HOT_AFTER = 60, HOT_AGAIN = 4, HEAT_HINTS = 3 };

/* Fault on a page without access; may abort (jump). The fault handler changes page states behind
 * the compiler's back. */
static void barrier_touch(StmSegmentState *seg, uint64_t page) {
    (void)*(volatile uint8_t GS *)PAGE_REF(page);
    __asm__ volatile("" : : : "memory");
    if ((*page_local(seg, page) & STM_LOCAL_MASK) == STM_LOCAL_STALE)
        stm_fatal("page %#lx is STALE in segment %u, but accessible", page, seg->index);
}

static void barrier_remember(StmRef obj, StmRef start, StmRef end) {
    StmWritten *written = SEG->written;
    StmUndoLog *undo = written->undo;
    written->remembered = grow_array(written->remembered, &undo->cap_remembered,
                                     written->n_remembered + 1, sizeof *written->remembered);
    written->remembered[written->n_remembered++] = (StmRemembered){obj, start, end};
}

static uint8_t *card_of(StmRef addr) { return (uint8_t *)SEG->self_base + (addr >> STM_CARD_SHIFT); }
static uint8_t *remembered_card(StmRef addr) { return card_of(addr) + REMEMBERED_BASE; }
static uint8_t card_bit(StmRef addr) { return (uint8_t)(1u << (addr >> STM_GRANULE_SHIFT & 7)); }
static bool card_has_values(StmObj obj) { return (obj->kind & GC_KIND_MASK) != GC_KIND_LEAF; }

void stm_rearm_written(void) {
    StmWritten *written = SEG->written;
    for (size_t i = 0; i < written->n_remembered; i++) {
        StmRemembered *r = &written->remembered[i];
        StmObj obj = STM_OBJ(r->obj);
        if (!(obj->flags & STMF_CARDS))
            obj->flags |= STMF_BARRIER;
        else
            memset(remembered_card(r->start), 0, (size_t)(remembered_card(r->end - 1) - remembered_card(r->start)) + 1);
    }
    written->n_remembered = 0;
}

/* Make every page of [start, end) writable here. Touching a page without access may abort (jump),
 * or wait, during which others may take pages of ours: then look at all of them again (B2). */
static void barrier_make_writable(StmRef start, StmRef end) {
    StmSegmentState *seg = stm_self->state->seg;
    bool again;
    do {
        again = false;
        for (uint64_t page = PAGE_OF(start); page <= PAGE_OF(end - 1); page++) {
            switch (seg->local[page - HEAP_PAGE0] & STM_LOCAL_MASK) {
            case STM_LOCAL_STALE:
                barrier_touch(seg, page);
                again = true;
                break;
            case STM_LOCAL_SHARED: page_privatise(seg, page); break;
            default: break;
            }
        }
    } while (again);
}

static void barrier_undo(StmRef obj, StmRef start, StmRef end) {
    StmThreadState *me = stm_self->state;
    barrier_make_writable(start, end);
    uint64_t place = UNLIKELY(stm_world.events_on) && stm_hooks.current_place ? stm_hooks.current_place() : 0;
    undo_push(&me->undo, obj, start, end - start, me->seg->base + start, place);
    for (uint64_t page = PAGE_OF(start); page <= PAGE_OF(end - 1); page++)
        me->seg->local[page - HEAP_PAGE0] |= LOCAL_UNDO;
    stat_add(&stm_self->stats.undo_copies, 1);
}

/* ---- large arrays ------------------------------------------------------------------------- */

/* The array was made by this transaction: its pages need no undo. */
static void card_own_page(StmRef addr) {
    uint64_t page = PAGE_OF(addr);
    undo_note_own_page(&stm_self->state->undo, page);
    memset(card_of(PAGE_REF(page)), STM_CARD_WHOLE, STM_PAGE / STM_CARD);
}

/* All of the array on the page is undone, at once. */
static void card_undo_page(StmObj obj, StmRef addr) {
    StmRef start = PAGE_REF(PAGE_OF(addr)), end = start + STM_PAGE, object_end = STM_REF(obj) + object_bytes(obj);
    barrier_undo(STM_REF(obj), start, end < object_end ? end : object_end);
    memset(card_of(start), STM_CARD_WHOLE, STM_PAGE / STM_CARD);
    uint8_t *heat = page_heat(stm_self->state->seg, PAGE_OF(addr));
    unsigned hints = *heat >> HEAT_HINT;
    *heat = (uint8_t)((hints ? hints - 1 : HEAT_HINTS) << HEAT_HINT);
}

static void card_undo(StmObj obj, StmRef start) {
    StmThreadState *me = stm_self->state;
    StmSegmentState *seg = me->seg;
    if (obj->flags & STMF_OWN) {
        card_own_page(start);
        return;
    }
    uint8_t *heat = page_heat(seg, PAGE_OF(start));
    if ((*heat & HEAT_COUNT) >= (*heat >> HEAT_HINT ? HOT_AGAIN : HOT_AFTER)) {
        card_undo_page(obj, start);
        return;
    }
    if (start == STM_REF(obj)) {
        barrier_undo(start, start, start + STM_GRANULE);
    } else {
        uint8_t *local = page_local(seg, PAGE_OF(start));
        if ((*local & STM_LOCAL_MASK) != STM_LOCAL_EXCL) barrier_make_writable(start, start + STM_GRANULE);
        uint64_t place = UNLIKELY(stm_world.events_on) && stm_hooks.current_place ? stm_hooks.current_place() : 0;
        undo_push_granule(&me->undo, obj, start, *(uint64_t GS *)start, place);
        *local |= LOCAL_UNDO;
        stat_add(&stm_self->stats.undo_copies, 1);
    }
    ++*heat;
    *card_of(start) |= card_bit(start);
}

/* The first granule of a card alone; if there is a second one, the card. Solo, the array may grow in place before the
 * collection: so its last card is remembered whole, and gc looks at as much of it as there is. */
static void card_remember(StmObj obj, StmRef start) {
    uint8_t *card = remembered_card(start);
    StmRef from = start & ~(STM_CARD - 1);
    if (*card)
        barrier_remember(STM_REF(obj), from, from + STM_CARD);
    else
        barrier_remember(STM_REF(obj), start, start + STM_GRANULE);
    *card = *card ? STM_CARD_WHOLE : card_bit(start);
}

static void card_remember_range(StmObj obj, StmRef start, StmRef end) {
    StmWritten *written = SEG->written;
    for (StmRef at = start & ~(STM_CARD - 1); at < end; at += STM_CARD) {
        if (*remembered_card(at) == STM_CARD_WHOLE) continue;
        *remembered_card(at) = STM_CARD_WHOLE;
        StmRemembered *last = written->n_remembered ? &written->remembered[written->n_remembered - 1] : NULL;
        if (last && last->obj == STM_REF(obj) && last->end == at)
            last->end = at + STM_CARD;
        else
            barrier_remember(STM_REF(obj), at, at + STM_CARD);
    }
}

/* [start, end) of an array, whole granules on one page. */
static void card_undo_range(StmObj obj, StmRef start, StmRef end) {
    bool most = end - start >= HOT_AFTER * STM_GRANULE;
    for (StmRef at = start; at < end; at += STM_GRANULE) {
        if (*card_of(at) & card_bit(at)) continue;
        if (most && !(obj->flags & STMF_OWN)) {
            card_undo_page(obj, start);
            return;
        }
        card_undo(obj, at);
    }
}

static void card_write(StmObj obj, StmRef addr) {
    StmRef start = GRANULE_OF(addr);
    if (SEG->multi && !(*card_of(start) & card_bit(start))) card_undo(obj, start);
    if (card_has_values(obj) && !(*remembered_card(start) & card_bit(start))) card_remember(obj, start);
}

static void card_write_range(StmObj obj, StmRef start, StmRef end) {
    start = GRANULE_OF(start);
    end = (end + STM_GRANULE - 1) & ~(StmRef)(STM_GRANULE - 1);
    if (card_has_values(obj)) card_remember_range(obj, start, end);
    if (!SEG->multi) return;
    for (StmRef at = start, next; at < end; at = next) {
        next = PAGE_REF(PAGE_OF(at) + 1);
        card_undo_range(obj, at, next < end ? next : end);
    }
    /* A later page's fault may have taken an earlier one away, but its copy stays writable (U1). */
}

/* ---- what others call --------------------------------------------------------------------- */

void stm_write_slow(StmObj obj, const volatile void GS *addr) {
    unsigned flags = obj->flags;
    if (flags & STMF_CARDS) {
        card_write(obj, STM_REF(addr));
        return;
    }
    StmRef start = STM_REF(obj), end = start + object_bytes(obj);
    unsigned undone = 0;
    if (SEG->multi && !(flags & (STMF_OWN | STMF_UNDONE))) {
        barrier_undo(start, start, end);
        undone = STMF_UNDONE;
    }
    barrier_remember(start, start, end);
    /* Read again: a wait inside barrier_undo may have let others change OWN into UNDONE. */
    obj->flags = (obj->flags & ~STMF_BARRIER) | undone;
}

void stm_write_plain_slow(StmObj obj, const volatile void GS *addr) {
    StmRef start = GRANULE_OF(STM_REF(addr));
    if (!(obj->flags & STMF_CARDS)) stm_write_slow(obj, addr);
    else if (SEG->multi && !stm_card_undone(addr)) card_undo(obj, start);
}

/* After the barrier. Without an undo copy the object is this transaction's own: nobody else has seen it. */
static bool barrier_is_own(StmObj obj) { return !SEG->multi || !(obj->flags & (STMF_UNDONE | STMF_CARDS)); }

void stm_write_guard(StmObj obj, const volatile void GS *addr) {
    stm_write(obj, addr);
    if (barrier_is_own(obj)) return;
    StmUndoLog *undo = &stm_self->state->undo;
    GROW(undo->guards, undo->cap_guards, undo->n_guards + 1);
    undo->guards[undo->n_guards++] = GRANULE_OF(STM_REF(addr));
}

void stm_write_covered(StmObj obj, const volatile void GS *addr, StmRef old) {
    stm_write(obj, addr);
    if (!old || barrier_is_own(obj)) return;
    /* Nobody has a marker in what this transaction has made: so a loop that fills and clears a list notes one cover. */
    if (STM_OBJ(old)->flags & STMF_OWN || !(STM_OBJ(old)->flags & (STMF_BARRIER | STMF_UNDONE))) return;
    StmUndoLog *undo = &stm_self->state->undo;
    GROW(undo->covers, undo->cap_covers, undo->n_covers + 1);
    undo->covers[undo->n_covers++] = (LogCover){GRANULE_OF(STM_REF(addr)), old, old + object_bytes(STM_OBJ(old))};
}

void stm_fill_word(uint64_t GS *word, uint64_t value) {
    if (SEG->multi) {
        StmRef ref = STM_REF(word);
        atomic_store_relaxed((uint64_t *)base_flat(ref), value); /* what SHARED and EXCL pages show */
        if ((*page_local(stm_self->state->seg, PAGE_OF(ref)) & STM_LOCAL_MASK) != STM_LOCAL_PRIVATE) return;
    }
    *word = value;
}

void stm_read_range(const volatile void GS *addr, size_t bytes) {
    if (!SEG->multi || bytes == 0) return;
    StmRef first = STM_REF(addr) >> STM_GRANULE_SHIFT;
    StmRef last = (STM_REF(addr) + bytes - 1) >> STM_GRANULE_SHIFT;
    memset((char *)SEG->self_base + first, SEG->version, last - first + 1);
}

void stm_write_range(StmObj obj, const volatile void GS *addr, size_t bytes) {
    stm_read_range(addr, bytes);
    if (bytes == 0 || !(obj->flags & STMF_BARRIER)) return;
    if (obj->flags & STMF_CARDS) card_write_range(obj, STM_REF(addr), STM_REF(addr) + bytes);
    else stm_write_slow(obj, addr);
}

void *stm_flat_slow(const volatile void GS *ref, size_t bytes, bool for_write) {
    char *flat = (char *)SEG->self_base + STM_REF(ref);
    StmRef start = STM_REF(ref), end = start + bytes;
    if (!SEG->multi || bytes == 0 || start < HEAP_START) return flat;
    if (for_write) {
        barrier_make_writable(start, end);
        return flat;
    }
    StmSegmentState *seg = stm_self->state->seg;
    bool again;
    do {
        again = false;
        for (uint64_t page = PAGE_OF(start); page <= PAGE_OF(end - 1); page++)
            if ((seg->local[page - HEAP_PAGE0] & STM_LOCAL_MASK) == STM_LOCAL_STALE) {
                barrier_touch(seg, page);
                again = true;
            }
    } while (again);
    return flat;
}
