/* Write barriers' slow path, barriers over ranges, the remembered set.
 *
 * B1: a header without STMF_BARRIER (a card with both CARD bits) says: in the remembered set, and
 * in multi mode in the undo list (or made by this transaction), all its pages writable. B2: pages
 * of the running segment are taken away only while it is parked, so what a pass over an object's
 * pages has found holds until this thread touches a page without access. */
#include "stm/internal.h"

/* A card's byte: 0: untouched. First a single granule is undone and remembered, so that scattered
 * writes copy 8 bytes and not the card; a write to another granule then takes the whole card, and a write to a page on which
 * PAGE_AFTER cards have been touched the whole page (whose
 * undo copies are the newer ones: undo.c, U4). Stores of what is no reference are not remembered. */
enum {
    PAGE_AFTER = 16,
    CARD_UNDONE = 1,
    CARD_REMEMBERED = 2,
    CARD_SINGLE = 0x80, /* of the granule in the bits of CARD_GRANULE only */
    CARD_GRANULE = 0x0f,
    CARD_SINGLE_REMEMBERED = 0x20
};

/* Fault on a page without access; may abort (jump). The fault handler changes page states behind
 * the compiler's back. */
static void barrier_touch(StmSegmentState *seg, uint64_t page) {
    (void)*(volatile uint8_t GS *)PAGE_REF(page);
    __asm__ volatile("" : : : "memory");
    if ((*page_local(seg, page) & LOCAL_MASK) == LOCAL_STALE)
        stm_fatal("page %#lx is STALE in segment %u, but accessible", page, seg->index);
}

static void barrier_remember(StmRef obj, StmRef start, StmRef end) {
    StmWritten *written = SEG->written;
    StmUndoLog *undo = written->undo;
    written->remembered = grow_array(written->remembered, &undo->cap_remembered,
                                     written->n_remembered + 1, sizeof *written->remembered);
    written->remembered[written->n_remembered++] = (StmRemembered){obj, start, end};
}

void stm_rearm_written(void) {
    StmWritten *written = SEG->written;
    char *window = (char *)SEG->self_base;
    for (size_t i = 0; i < written->n_remembered; i++) {
        StmRemembered *r = &written->remembered[i];
        StmObj obj = STM_OBJ(r->obj);
        if (!(obj->flags & STMF_CARDS)) {
            obj->flags |= STMF_BARRIER;
            continue;
        }
        char *card = window + CARDS_BASE + (r->start >> STM_CARD_SHIFT);
        if (!SEG->multi)
            *card = 0;
        else
            *card &= *card & (char)CARD_SINGLE ? ~CARD_SINGLE_REMEMBERED : ~CARD_REMEMBERED;
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
            switch (seg->local[page - HEAP_PAGE0] & LOCAL_MASK) {
            case LOCAL_STALE:
                barrier_touch(seg, page);
                again = true;
                break;
            case LOCAL_SHARED: page_privatise(seg, page); break;
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

/* The same for one granule of a large array. */
static void barrier_undo_granule(StmObj obj, StmRef start) {
    StmThreadState *me = stm_self->state;
    uint8_t *local = page_local(me->seg, PAGE_OF(start));
    if ((*local & LOCAL_MASK) != LOCAL_EXCL) barrier_make_writable(start, start + STM_GRANULE);
    uint64_t place = UNLIKELY(stm_world.events_on) && stm_hooks.current_place ? stm_hooks.current_place() : 0;
    undo_push_granule(&me->undo, STM_REF(obj), start, *(uint64_t GS *)start, place);
    *local |= LOCAL_UNDO;
    stat_add(&stm_self->stats.undo_copies, 1);
}

static bool card_page_is_dense(StmRef addr) {
    const uint64_t *cards = (const uint64_t *)((char *)SEG->self_base + CARDS_BASE + (PAGE_REF(PAGE_OF(addr)) >> STM_CARD_SHIFT));
    const uint64_t low = 0x7f7f7f7f7f7f7f7f, ones = 0x0101010101010101;
    uint64_t touched = 0; /* a byte of it counts one card in four */
    for (unsigned i = 0; i < STM_PAGE / STM_CARD / 8; i++) touched += ((((cards[i] & low) + low) | cards[i]) >> 7) & ones;
    return touched * ones >> 56 >= PAGE_AFTER;
}

/* All of the object on the page is undone, at once. */
static void barrier_card_page(StmObj obj, StmRef addr) {
    StmRef page = PAGE_REF(PAGE_OF(addr)), start = page, end = page + STM_PAGE, object_end = STM_REF(obj) + object_bytes(obj);
    if (start < STM_REF(obj)) start = STM_REF(obj);
    if (end > object_end) end = object_end;
    barrier_undo(STM_REF(obj), start, end);
    unsigned char *cards = (unsigned char *)SEG->self_base + CARDS_BASE;
    for (StmRef card = start >> STM_CARD_SHIFT; card <= (end - 1) >> STM_CARD_SHIFT; card++)
        if (cards[card] != (CARD_UNDONE | CARD_REMEMBERED)) cards[card] = CARD_UNDONE;
}

/* The first granule of a card that is written; or, `rearmed`, again after a minor collection. */
static void barrier_card_single(StmObj obj, StmRef addr, unsigned char *card, bool plain) {
    StmRef start = addr & ~(StmRef)(STM_GRANULE - 1);
    if (SEG->multi && *card == 0) {
        if (obj->flags & STMF_OWN)
            undo_note_card(&stm_self->state->undo, addr);
        else
            barrier_undo_granule(obj, start);
    }
    if (!plain) barrier_remember(STM_REF(obj), start, start + STM_GRANULE);
    unsigned granule = start / STM_GRANULE % (STM_CARD / STM_GRANULE);
    *card = (unsigned char)(CARD_SINGLE | (plain ? 0 : CARD_SINGLE_REMEMBERED) | granule);
}

static void barrier_card_whole(StmObj obj, StmRef addr, unsigned char *card, bool plain) {
    StmRef start = addr & ~(STM_CARD - 1), end = start + STM_CARD;
    StmRef object_end = STM_REF(obj) + object_bytes(obj);
    if (start < STM_REF(obj)) start = STM_REF(obj);
    /* Solo, the object may grow in place before the collection: its last card is remembered whole.
     */
    if (SEG->multi && end > object_end) end = object_end;
    bool undone = !(*card & CARD_SINGLE) && (*card & CARD_UNDONE);
    if (plain && undone) return;
    if (SEG->multi && !undone) {
        if (!(obj->flags & STMF_OWN))
            barrier_undo(STM_REF(obj), start, end);
        else if (*card == 0)
            undo_note_card(&stm_self->state->undo, addr);
    }
    if (!plain) barrier_remember(STM_REF(obj), start, end);
    *card = CARD_UNDONE | (plain ? 0 : CARD_REMEMBERED);
}

/* Large arrays: a byte a card instead of the header's flag. In solo mode stm_rearm_written clears
 * it altogether, so that none is left when multi mode begins. */
static void barrier_card(StmObj obj, StmRef addr, size_t bytes, bool plain) {
    unsigned char *card = (unsigned char *)SEG->self_base + CARDS_BASE + (addr >> STM_CARD_SHIFT);
    if (*card == (CARD_UNDONE | CARD_REMEMBERED)) return;
    if (plain && (*card == CARD_UNDONE || (obj->flags & STMF_OWN))) return;
    unsigned granule = addr / STM_GRANULE % (STM_CARD / STM_GRANULE);
    bool one = addr % STM_GRANULE + bytes <= STM_GRANULE;
    bool same = (*card & CARD_SINGLE) && (*card & CARD_GRANULE) == granule;
    if (one && same && (plain || (*card & CARD_SINGLE_REMEMBERED))) return;
    if (SEG->multi && !same && *card != CARD_UNDONE && !(obj->flags & STMF_OWN) && card_page_is_dense(addr)) {
        barrier_card_page(obj, addr);
        if (plain) return;
    }
    if (one && (*card == 0 || same))
        barrier_card_single(obj, addr, card, plain);
    else
        barrier_card_whole(obj, addr, card, plain);
}

void stm_write_slow(StmObj obj, const volatile void GS *addr) {
    unsigned flags = obj->flags;
    if (flags & STMF_CARDS) {
        barrier_card(obj, STM_REF(addr), 1, false);
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
    if (obj->flags & STMF_CARDS) barrier_card(obj, STM_REF(addr), 1, true);
    else stm_write_slow(obj, addr);
}

void stm_write_guard(StmObj obj, const volatile void GS *addr) {
    stm_write(obj, addr);
    /* Without an undo copy the object is this transaction's own: nobody else has seen it. */
    if (!SEG->multi || !(obj->flags & (STMF_UNDONE | STMF_CARDS))) return;
    StmUndoLog *undo = &stm_self->state->undo;
    GROW(undo->guards, undo->cap_guards, undo->n_guards + 1);
    undo->guards[undo->n_guards++] = STM_REF(addr) & ~(StmRef)(STM_GRANULE - 1);
}

void stm_fill_word(uint64_t GS *word, uint64_t value) {
    if (SEG->multi) {
        StmRef ref = STM_REF(word);
        atomic_store_relaxed((uint64_t *)base_flat(ref), value); /* what SHARED and EXCL pages show */
        if ((*page_local(stm_self->state->seg, PAGE_OF(ref)) & LOCAL_MASK) != LOCAL_PRIVATE) return;
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
    if (!(obj->flags & STMF_CARDS)) {
        stm_write_slow(obj, addr);
        return;
    }
    StmRef at = STM_REF(addr), end = at + bytes;
    while (at < end) {
        StmRef next = (at & ~(STM_CARD - 1)) + STM_CARD;
        barrier_card(obj, at, (next < end ? next : end) - at, false);
        at = next;
    }
    /* A later card's fault may have taken an earlier page, but its copy stays writable (U1). */
}

void *stm_flat(const volatile void GS *ref, size_t bytes, bool for_write) {
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
            if ((seg->local[page - HEAP_PAGE0] & LOCAL_MASK) == LOCAL_STALE) {
                barrier_touch(seg, page);
                again = true;
            }
    } while (again);
    return flat;
}
