/* Sweeping: after a mark, each old block is looked at when its segment next needs room.
 *
 * A sweep of a block frees the lines that the mark did not use and the start bits of the dead. It
 * reads no object. Blocks without any live line go back to the page runs. Whatever has not been
 * swept by then is swept before the next mark begins (marks are cleared block by block here). */
#include "gc/internal.h"
#include <string.h>

unsigned gc_sweep_block(StmRef block) {
    uint8_t *lines = gc_lines + (block >> GC_LINE_SHIFT);
    unsigned unused = 0;
    for (unsigned i = 0; i < GC_BLOCK_LINES; i++) {
        bool dead = lines[i] != gc_epoch;
        unused += dead;
        lines[i] = dead ? 0 : gc_epoch;
    }
    uint64_t *starts = gc_start_bits + (block >> 9), *marks = gc_mark_bits + (block >> 9);
    for (unsigned i = 0; i < GC_BLOCK / 512; i++) {
        starts[i] &= marks[i];
        marks[i] = 0;
    }
    gc_blocks[block >> GC_BLOCK_SHIFT].unswept = 0;
    return unused;
}

void gc_sweep_begin(void) {
    for (unsigned s = 1; s < GC_MAX_SEGMENTS; s++) {
        GcSegment *segment = &gc_segments[s];
        gc_cursors_reset(segment);
        for (int class = 0; class < GC_CLASSES; class ++) {
            GcRefs *blocks = &segment->blocks[class];
            segment->swept[class] = 0;
            for (size_t i = 0; i < blocks->n; i++)
                gc_blocks[blocks->items[i] >> GC_BLOCK_SHIFT].unswept = 1;
        }
    }
}

/* Sweeps the class's blocks from `from` on and drops the empty ones from its list. */
static void sweep_rest(GcSegment *segment, int class, unsigned owner) {
    GcRefs *blocks = &segment->blocks[class];
    size_t kept = segment->swept[class] < blocks->n ? segment->swept[class] : blocks->n;
    for (size_t i = kept; i < blocks->n; i++) {
        StmRef block = blocks->items[i];
        bool unswept = gc_blocks[block >> GC_BLOCK_SHIFT].unswept;
        unsigned unused = unswept ? gc_sweep_block(block) : 0;
        if (unused == GC_BLOCK_LINES) {
            gc_blocks_free(block, 1, owner);
            continue;
        }
        if (unused >= GC_BLOCK_LINES / 16) gc_refs_push(&segment->partial[class], block);
        blocks->items[kept++] = block;
    }
    blocks->n = kept;
    segment->swept[class] = kept;
}

void gc_sweep_finish(void) {
    for (unsigned s = 1; s < GC_MAX_SEGMENTS; s++)
        for (int class = 0; class < GC_CLASSES; class ++) sweep_rest(&gc_segments[s], class, s);
}
