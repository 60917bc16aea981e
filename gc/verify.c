/* The heap verifier: walks every object and is fatal on what the collector must never leave.
 *
 * Only in solo mode or with the world stopped, right after a collection: the nursery is empty. */
#include "gc/internal.h"

static size_t seen;

static _Noreturn void broken(StmRef ref, const char *what, uint64_t value) {
    const GcWord *words = (GcWord *)(gc_base + ref);
    stm_fatal("heap verifier: object %#lx (header %#lx): %s (%#lx)", ref, words[0], what, value);
}

static void check_reference(StmRef from, uint64_t v) {
    if (!value_is_ref(v)) {
        if ((v & 7) == 0 && v != 0) broken(from, "a small number where a Value should be", v);
        return;
    }
    if (v < HEAP_START || v >= gc_heap_end) broken(from, "a reference outside the heap", v);
    switch (gc_states[v >> GC_BLOCK_SHIFT]) {
    case GC_BLOCK_YOUNG:
        if (v >= SEG->nursery_free || v < gc_my_segment()->runs[0].start)
            broken(from, "a reference to an empty nursery", v);
        broken(from, "an old object refers to a young one", v);
    case GC_BLOCK_FREE: broken(from, "a reference into a free block", v);
    case GC_BLOCK_LARGE:
        if (gc_pages[v >> STM_PAGE_SHIFT].state != GC_PAGE_LARGE || v % STM_PAGE)
            broken(from, "a reference to no large object", v);
        break;
    default:
        if (!gc_has_start(v)) broken(from, "a reference to no object", v);
    }
}

static void check_object(void *ctx, StmRef ref) {
    (void)ctx;
    const GcWord *words = (GcWord *)(gc_base + ref);
    uint64_t h = words[0];
    size_t bytes = hdr_bytes(h);
    bool large = gc_states[ref >> GC_BLOCK_SHIFT] == GC_BLOCK_LARGE;
    if (large != !bytes) broken(ref, "wrong size in header", bytes);
    if (large) bytes = gc_large_bytes(ref);
    if ((hdr_kind(h) & GC_KIND_MASK) == 13) broken(ref, "impossible kind", hdr_kind(h));
    if (!(hdr_flags(h) & STMF_BARRIER)) broken(ref, "no barrier flag", hdr_flags(h));
    if (hdr_flags(h) & (STMF_FORWARDED | STMF_PINNED))
        broken(ref, "a flag of minor collections", hdr_flags(h));
    if (!SEG->multi && hdr_flags(h) & STMF_OWN) broken(ref, "OWN in solo mode", hdr_flags(h));
    StmRef next = gc_next_start(ref + 8, ref + bytes);
    if (next < ref + bytes) broken(ref, "another object starts inside", next);
    for (size_t i = hdr_first_value(h, bytes / 8); i < bytes / 8; i++)
        check_reference(ref, words[i]);
    seen++;
}

/* Are the unswept blocks' dead objects in the way? Only what the last mark found is looked at
 * there. */
static void check_block(StmRef block) {
    bool unswept = gc_blocks[block >> GC_BLOCK_SHIFT].unswept;
    StmRef end = block + GC_BLOCK;
    if (gc_states[block >> GC_BLOCK_SHIFT] != GC_BLOCK_SMALL)
        stm_fatal("heap verifier: block %#lx in a list of old blocks has state %d", block,
                  gc_states[block >> GC_BLOCK_SHIFT]);
    for (StmRef ref = gc_next_start(block, end); ref < end; ref = gc_next_start(ref + 8, end)) {
        if (unswept && !gc_marked(ref)) continue;
        check_object(NULL, ref);
        if (gc_lines[ref >> GC_LINE_SHIFT] != gc_epoch) broken(ref, "on a free line", 0);
    }
}

size_t gc_verify(void) {
    seen = 0;
    gc_choose_base();
    for (unsigned s = 1; s < GC_MAX_SEGMENTS; s++)
        for (int class = 0; class < GC_CLASSES; class ++) {
            GcRefs *blocks = &gc_segments[s].blocks[class];
            for (size_t i = 0; i < blocks->n; i++) check_block(blocks->items[i]);
        }
    for (size_t i = 0; i < gc_large.n; i++) check_object(NULL, gc_large.items[i]);
    return seen;
}
