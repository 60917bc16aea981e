/* The nursery: where objects are born, and the segments' part of it.
 *
 * A segment's nursery is a few runs of heap blocks in state GC_BLOCK_YOUNG, claimed EXCLUSIVE like
 * all its blocks. Allocation bumps through the runs one after the other, so every run holds a
 * gapless row of objects from its start to `used`. Past the last regular run come overflow runs:
 * C code that cannot be interrupted gets more room and the collect flag is raised. Fresh memory costs more than what is
 * done with it, so a segment begins with a small part of its nursery and gets the rest when that is full.
 *
 * Note "Pinned objects". What a C frame holds must not move, yet the nursery must be empty when a
 * transaction ends (the next thread uses it, other segments must be able to see what was
 * published). So a minor collection promotes a pinned object *in place*: its block leaves the
 * nursery and becomes an ordinary old block whose other lines are free for promotion. The nursery
 * then gets other blocks in exchange. Nothing young outlives a collection, pinned or not. */
#include "gc/internal.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NURSERY_MAX    (2ul << 20)
#define OVERFLOW_BYTES (256 * 1024)
#define GROWTH_BYTES   (256 * 1024)
#define PARTIAL_KEPT   64 /* blocks with holes: 2 MiB */
#define MAX_REGULAR    (NURSERY_MAX / GC_BLOCK) /* runs; the others are for overflow */

void gc_raise(uint32_t control_bit) {
    StmSegment *flat = (StmSegment *)(SEG->self_base + SEG_OFFSET);
    atomic_or_relaxed(&flat->control, control_bit);
}

size_t gc_nursery_bytes(size_t wanted) {
    enum { OF_LIMIT = 16, LEAST = 2 * GC_BLOCK }; /* so that what gc_reserve_pages asks for is about a sixth of the limit */
    if (wanted) return (wanted + GC_BLOCK - 1) & -GC_BLOCK;
    long l2 = sysconf(_SC_LEVEL2_CACHE_SIZE);
    size_t bytes = l2 > 1 << 20 ? NURSERY_MAX : NURSERY_MAX / 2;
    size_t most = gc_config.heap_limit / (OF_LIMIT * stm_segment_count()) & -GC_BLOCK;
    if (!gc_config.heap_limit || most >= bytes) return bytes;
    return most > LEAST ? most : LEAST;
}

static void use_run(GcSegment *segment, unsigned i) {
    segment->current = i;
    SEG->nursery_free = segment->runs[i].start;
    SEG->nursery_end = segment->runs[i].end;
}

/* From the beginning. Where memory is short, the collector looks at it before the nursery is full: major.c, Note "Reserve". */
static void start_over(GcSegment *segment) {
    use_run(segment, 0);
    size_t room = gc_nursery_room() & -GC_BLOCK;
    segment->watched = room < segment->regular_bytes;
    if (LIKELY(!segment->watched)) return;
    if (!room) gc_raise(STM_CTL_COLLECT);
    if (SEG->nursery_free + room < SEG->nursery_end) SEG->nursery_end = SEG->nursery_free + room;
}

static bool try_add_run(GcSegment *segment, size_t bytes, uint64_t leave) {
    StmRef start = gc_blocks_take(bytes / GC_BLOCK, GC_BLOCK_YOUNG, leave);
    if (!start) return false;
    segment->runs[segment->n_runs] = (GcSpan){start, start + bytes};
    segment->used[segment->n_runs++] = start;
    return true;
}

static void add_run(GcSegment *segment, size_t bytes) {
    if (segment->n_runs == GC_RESERVED_RUNS)
        stm_out_of_memory("out of memory: C code filled %u nursery chunks", GC_RESERVED_RUNS);
    if (!try_add_run(segment, bytes, 0)) stm_out_of_memory("out of memory: no page left for new objects");
}

/* One more regular run, if the nursery has not got its size yet. */
static bool grow(GcSegment *segment) {
    size_t missing = gc_config.nursery_bytes - segment->regular_bytes, bytes = missing < GROWTH_BYTES ? missing : GROWTH_BYTES;
    if (!bytes || segment->n_regular == MAX_REGULAR || !try_add_run(segment, bytes, gc_reserve_pages())) return false;
    segment->regular_bytes += bytes;
    segment->n_regular = segment->n_runs;
    return true;
}

static void free_runs(GcSegment *segment, unsigned from) {
    for (unsigned i = from; i < segment->n_runs; i++) {
        GcSpan run = segment->runs[i];
        gc_blocks_free(run.start, (run.end - run.start) / GC_BLOCK, SEG->index);
    }
    segment->n_runs = from;
}

void gc_nursery_claim(GcSegment *segment) {
    for (unsigned i = 0; i < segment->n_runs; i++) {
        GcSpan run = segment->runs[i];
        if (!gc_claim(run.start, run.end - run.start, true))
            stm_out_of_memory("out of memory: no page for new objects");
    }
}

void gc_nursery_free(GcSegment *segment) {
    free_runs(segment, 0);
}

bool gc_nursery_is_empty(GcSegment *segment) {
    return segment->current == 0 && SEG->nursery_free == segment->runs[0].start;
}

void gc_segment_enter(void) {
    GcSegment *segment = gc_my_segment();
    if (segment->n_runs == 0) {
        segment->regular_bytes = gc_config.nursery_bytes < GROWTH_BYTES ? gc_config.nursery_bytes : GROWTH_BYTES;
        add_run(segment, segment->regular_bytes);
        segment->n_regular = segment->n_runs;
    }
    gc_nursery_claim(segment);
    start_over(segment);
    if (gc_config.stress) gc_raise(STM_CTL_COLLECT);
}

void gc_nursery_retire(GcSegment *segment) { segment->used[segment->current] = SEG->nursery_free; }

/* The next run for gc_alloc. Overflow runs double, so that 64 suffice for any memory. */
static void next_run(GcSegment *segment) {
    if (segment->watched) {
        segment->watched = false;
        gc_raise(STM_CTL_COLLECT);
        SEG->nursery_end = segment->runs[segment->current].end;
        return;
    }
    gc_nursery_retire(segment);
    unsigned next = segment->current + 1;
    if (next == segment->n_regular && !grow(segment)) gc_raise(STM_CTL_COLLECT);
    if (next == segment->n_runs) {
        unsigned overflow = next - segment->n_regular;
        size_t bytes = (size_t)OVERFLOW_BYTES << (overflow < 12 ? overflow : 12);
        add_run(segment, bytes);
    }
    use_run(segment, next);
}

StmRef gc_alloc_slow(uint32_t shape, uint8_t kind, size_t bytes) {
    bytes = bytes < 16 ? 16 : (bytes + 7) & ~(size_t)7;
    if (bytes > GC_MAX_SMALL) return gc_alloc_large(shape, kind, bytes);
    while (SEG->nursery_free + bytes > SEG->nursery_end) next_run(gc_my_segment());
    return gc_alloc(shape, kind, bytes);
}

/* ---- after a collection --------------------------------------------------------------------- */

static void poison(GcSegment *segment, unsigned run, const GcRefs *pinned) {
    StmRef at = segment->runs[run].start, end = segment->used[run];
    char *view = (char *)SEG->self_base;
    for (size_t i = 0; i < pinned->n; i++) {
        StmRef ref = pinned->items[i];
        if (ref < at || ref >= end) continue;
        memset(view + at, 0xdb, ref - at);
        at = ref + hdr_bytes(*(GcWord *)(view + ref));
    }
    memset(view + at, 0xdb, end - at);
}

/* The block becomes an old one; pinned objects in it already have their lines and start bits. */
static void block_to_old(GcSegment *segment, StmRef block, int class) {
    StmRef b = block >> GC_BLOCK_SHIFT;
    atomic_store_relaxed(&gc_states[b], GC_BLOCK_SMALL);
    gc_blocks[b] = (GcBlock){.owner = SEG->index, .mutable = class == GC_MUTABLE};
    gc_refs_push(&segment->blocks[class], block);
    gc_refs_push(&segment->partial[class], block);
}

/* Gives the block's free pages back to the system; they stay this segment's. How many. */
static size_t discard_free_pages(StmRef block) {
    enum { PAGE_LINES = STM_PAGE / GC_LINE };
    const uint8_t *lines = gc_lines + (block >> GC_LINE_SHIFT);
    size_t first = 0, page = 0, discarded = 0;
    for (unsigned line = 0; line < GC_BLOCK_LINES; line += PAGE_LINES, page++) {
        unsigned used = 0;
        for (unsigned i = 0; i < PAGE_LINES; i++) used |= lines[line + i] == gc_epoch;
        if (used && page > first) stm_discard_pages((block >> STM_PAGE_SHIFT) + first, page - first);
        discarded += !used;
        if (used) first = page + 1;
    }
    if (page > first) stm_discard_pages((block >> STM_PAGE_SHIFT) + first, page - first);
    return discarded;
}

/* Blocks that pinned objects have taken, blocks[from] and later. They hold little, and where each
 * transaction ends below C code there is one for each. Their holes serve for promotion; where many wait
 * for that already, memory of free pages goes back. */
static void account_pinned_blocks(GcSegment *segment, int class, size_t from) {
    for (size_t i = from; i < segment->blocks[class].n; i++) {
        bool many = segment->partial[class].n > PARTIAL_KEPT;
        size_t free = many ? discard_free_pages(segment->blocks[class].items[i]) : 0;
        atomic_add_relaxed(&gc_counts.released_bytes, free * STM_PAGE);
        gc_account_pinned(GC_BLOCK - free * STM_PAGE);
    }
}

/* Every block that a pinned object touches; `pinned` is sorted by address. */
static void convert_pinned_blocks(GcSegment *segment, const GcRefs *pinned) {
    char *view = (char *)SEG->self_base;
    size_t before[GC_CLASSES];
    for (int class = 0; class < GC_CLASSES; class ++) before[class] = segment->blocks[class].n;
    for (size_t i = 0; i < pinned->n; i++) {
        StmRef ref = pinned->items[i];
        uint64_t h = *(GcWord *)(view + ref);
        StmRef end = ref + hdr_bytes(h);
        int class = hdr_kind(h) & GCK_MUTABLE ? GC_MUTABLE : GC_IMMUTABLE;
        for (StmRef b = ref & -GC_BLOCK; b < end; b += GC_BLOCK)
            if (gc_state_of(b) == GC_BLOCK_YOUNG) {
                memset(gc_lines + (b >> GC_LINE_SHIFT), 0, GC_BLOCK_LINES);
                block_to_old(segment, b, class);
            }
    }
    for (size_t i = 0; i < pinned->n; i++) {
        StmRef ref = pinned->items[i];
        gc_use_lines(ref, ref + hdr_bytes(*(GcWord *)(view + ref)));
        gc_set_start(ref);
    }
    for (int class = 0; class < GC_CLASSES; class ++)
        account_pinned_blocks(segment, class, before[class]);
}

/* Split the runs around blocks that have left. */
static void rebuild_runs(GcSegment *segment) {
    GcSpan old[GC_RESERVED_RUNS];
    unsigned n = segment->n_runs;
    memcpy(old, segment->runs, n * sizeof *old);
    segment->n_runs = 0;
    for (unsigned i = 0; i < n; i++)
        for (StmRef b = old[i].start; b < old[i].end;) {
            StmRef end = b;
            while (end < old[i].end && gc_state_of(end) == GC_BLOCK_YOUNG)
                end += GC_BLOCK;
            if (end > b) {
                if (segment->n_runs < GC_RESERVED_RUNS)
                    segment->runs[segment->n_runs++] = (GcSpan){b, end};
                else
                    gc_blocks_free(b, (end - b) / GC_BLOCK, SEG->index);
            }
            b = end > b ? end : b + GC_BLOCK;
        }
}

/* Back to the size that the nursery has grown to: single blocks take the places of those that have left. The regular size
 * has room for a run per block, so runs are not exchanged for one whole run: that would come from
 * untouched memory every time, as no free run is as long. Bigger nurseries are, when they are in pieces. */
static void resize_runs(GcSegment *segment) {
    size_t want = segment->regular_bytes, have = 0;
    unsigned keep = 0;
    while (keep < segment->n_runs && have < want) {
        have += segment->runs[keep].end - segment->runs[keep].start;
        keep++;
    }
    if (keep > MAX_REGULAR) keep = 0, have = 0;
    free_runs(segment, keep);
    if (have < want && !try_add_run(segment, want - have, keep ? gc_reserve_pages() : 0) && !keep) add_run(segment, GC_BLOCK);
    segment->incomplete = have < want && segment->n_runs == keep;
    segment->n_regular = segment->n_runs;
}

void gc_nursery_reset(GcSegment *segment, const GcRefs *pinned) {
    if (gc_config.poison)
        for (unsigned i = 0; i <= segment->current; i++) poison(segment, i, pinned);
    if (pinned->n) {
        convert_pinned_blocks(segment, pinned);
        rebuild_runs(segment);
        resize_runs(segment);
    } else if (UNLIKELY(segment->incomplete)) {
        resize_runs(segment);
    } else {
        free_runs(segment, segment->n_regular);
    }
    start_over(segment);
}
