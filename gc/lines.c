/* Old space: bump allocation into free lines (Immix; Blackburn and McKinley, PLDI 2008).
 *
 * A cursor holds a hole: consecutive free lines of one block, all on pages EXCLUSIVE to this
 * segment. Objects of up to a line always fit some hole. Bigger ones that do not fit the hole at
 * hand go to a second cursor over fresh blocks, so that they do not waste holes.
 *
 * I3  The lines of a hole are marked used when the cursor takes it; what a cursor leaves unused
 *     comes back with the next mark. */
#include "gc/internal.h"
#include <string.h>

/* A hole is given up after this many medium objects in a row did not fit it: else a program that
 * keeps only medium objects would fill fresh blocks for ever. */
#define MISSES 8

static void cursor_take(GcCursor *cursor, StmRef start, StmRef end) {
    gc_minor_hole(cursor);
    cursor->free = cursor->scan = start;
    cursor->end = end;
    if (start < end) gc_use_lines(start, end);
}

/* Whole pages of a hole that is not ours hold nothing alive: they can become ours. */
static bool claim_pages(GcCursor *cursor, StmRef start, StmRef end, size_t bytes) {
    start = (start + STM_PAGE - 1) & -STM_PAGE;
    end &= -STM_PAGE;
    if (start >= end || end - start < bytes) return false;
    if (!stm_claim_pages(start >> STM_PAGE_SHIFT, (end - start) >> STM_PAGE_SHIFT)) return false;
    cursor->line = (unsigned)((end - cursor->block) / GC_LINE);
    cursor_take(cursor, start, end);
    return true;
}

/* The next hole of cursor->block of at least `bytes`; false: none left. */
static bool cursor_next_hole(GcCursor *cursor, size_t bytes) {
    if (!cursor->block) return false;
    const uint8_t *lines = gc_lines + (cursor->block >> GC_LINE_SHIFT);
    for (unsigned line = cursor->line; line < GC_BLOCK_LINES;) {
        if (lines[line] == gc_epoch) {
            line++;
            continue;
        }
        unsigned past = line + 1;
        while (past < GC_BLOCK_LINES && lines[past] != gc_epoch) past++;
        StmRef start = cursor->block + line * GC_LINE, end = cursor->block + past * GC_LINE;
        size_t owned = SEG->multi ? stm_owned_bytes(start, end - start) : end - start;
        if (owned >= bytes && owned >= GC_LINE) {
            end = start + owned / GC_LINE * GC_LINE;
            cursor->line = (unsigned)((end - cursor->block) / GC_LINE);
            cursor_take(cursor, start, end);
            return true;
        }
        if (owned == 0 && claim_pages(cursor, start, end, bytes)) return true;
        /* Skip the page that is not ours, or the hole that is too small. */
        line = owned < end - start
                   ? ((line * GC_LINE + (unsigned)owned) / 4096 + 1) * (4096 / GC_LINE)
                   : past;
    }
    cursor->block = 0;
    return false;
}

static StmRef fresh_block(GcSegment *segment, int class) {
    StmRef block = gc_blocks_take(1, GC_BLOCK_SMALL, 0);
    if (!block) stm_out_of_memory("out of memory: no page left for surviving objects");
    gc_blocks[block >> GC_BLOCK_SHIFT].mutable = class == GC_MUTABLE;
    memset(gc_lines + (block >> GC_LINE_SHIFT), 0, GC_BLOCK_LINES);
    gc_refs_push(&segment->blocks[class], block);
    return block;
}

/* A block with free lines: a swept one that waits, else the next that is swept with enough free
 * lines to be worth walking, else a fresh one. */
static StmRef next_block(GcSegment *segment, int class) {
    if (segment->partial[class].n)
        return segment->partial[class].items[--segment->partial[class].n];
    GcRefs *blocks = &segment->blocks[class];
    while (segment->swept[class] < blocks->n) {
        StmRef block = blocks->items[segment->swept[class]++];
        if (!gc_blocks[block >> GC_BLOCK_SHIFT].unswept) continue;
        if (gc_sweep_block(block) >= GC_BLOCK_LINES / 16) return block;
    }
    return fresh_block(segment, class);
}

StmRef gc_cursor_slow(GcSegment *segment, int class, size_t bytes) {
    GcCursor *cursor = &segment->cursors[class];
    bool fresh =
        bytes > GC_LINE && cursor->end - cursor->free >= GC_LINE && ++cursor->misses % MISSES != 0;
    if (fresh) cursor = &segment->medium[class];
    if (gc_memory_is_low()) fresh = false;
    while (cursor->free + bytes > cursor->end)
        if (!cursor_next_hole(cursor, bytes)) {
            cursor->block = fresh ? fresh_block(segment, class) : next_block(segment, class);
            cursor->line = 0;
        }
    StmRef ref = cursor->free;
    cursor->free += bytes;
    return ref;
}

void gc_cursors_reset(GcSegment *segment) {
    for (int class = 0; class < GC_CLASSES; class ++) {
        segment->cursors[class] = segment->medium[class] = (GcCursor){0};
        segment->partial[class].n = 0;
    }
}

/* Pages of the hole have been taken away: it shrinks to the first run of pages that have not. */
static void cursor_keep_owned(GcCursor *cursor) {
    size_t owned = stm_owned_bytes(cursor->free, cursor->end - cursor->free);
    while (!owned) {
        cursor->free = (cursor->free / STM_PAGE + 1) * STM_PAGE;
        if (cursor->free >= cursor->end) {
            cursor->free = cursor->end = cursor->scan = 0;
            return;
        }
        owned = stm_owned_bytes(cursor->free, cursor->end - cursor->free);
    }
    cursor->end = cursor->free + owned;
    cursor->scan = cursor->free;
}

void gc_cursors_revalidate(GcSegment *segment) {
    for (int class = 0; class < GC_CLASSES; class ++)
        for (int i = 0; i < 2; i++) {
            GcCursor *cursor = i ? &segment->medium[class] : &segment->cursors[class];
            size_t left = cursor->end - cursor->free;
            if (left && stm_owned_bytes(cursor->free, left) < left) cursor_keep_owned(cursor);
        }
}
