/* The tables beside the heap: block states, lines, start and mark bits, and the vectors gc uses.
 *
 * All tables cover the whole window and are indexed by the offset itself, shifted: the part below
 * HEAP_START is reserved too and never touched. Reserving costs address space only; a table's page
 * becomes real when the heap beside it is first used.
 *
 * I1  A start bit is set exactly for the old and permanent objects that a collection has not found
 *     dead, and for none in a young block.
 * I2  A line byte equals gc_epoch iff an old object was placed there or found there by the last
 *     mark, or a cursor holds the line; in unswept blocks other values mean nothing. */
#include "gc/internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

uint8_t *gc_states;
const uint8_t *gc_block_states;
GcBlock *gc_blocks;
GcPage *gc_pages;
uint8_t *gc_lines;
uint64_t *gc_start_bits, *gc_mark_bits;
uint8_t gc_epoch = 1;
char *gc_base;
uint64_t gc_heap_end;
GcSegment gc_segments[GC_MAX_SEGMENTS];
GcConfig gc_config;
GcStats gc_counts;
pthread_mutex_t gc_lock = PTHREAD_MUTEX_INITIALIZER;

static void *table_reserve(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    if (p == MAP_FAILED)
        stm_out_of_memory("cannot reserve %zu MiB for heap tables: %s", bytes >> 20, strerror(errno));
    madvise(p, bytes, MADV_DONTDUMP); /* mostly holes, and as useful as the heap, which is not there */
    return p;
}

void gc_tables_init(void) {
    uint64_t end = gc_heap_end = stm_heap_end();
    gc_base = stm_base_flat(0);
    gc_block_states = gc_states = table_reserve(end >> GC_BLOCK_SHIFT);
    gc_blocks = table_reserve((end >> GC_BLOCK_SHIFT) * sizeof *gc_blocks);
    gc_pages = table_reserve(((end >> STM_PAGE_SHIFT) + 1) * sizeof *gc_pages);
    gc_lines = table_reserve(end >> GC_LINE_SHIFT);
    gc_start_bits = table_reserve(end >> 6);
    gc_mark_bits = table_reserve(end >> 6);
}

/* ---- bits ----------------------------------------------------------------------------------- */

/* Bits `from` (inclusive) up to the word's end. */
static uint64_t bits_from(StmRef ref) { return ~0ull << (ref >> 3 & 63); }

void gc_clear_starts(StmRef start, StmRef end) {
    if (start >= end) return;
    StmRef first = start >> 9, last = end >> 9;
    if (first == last) {
        gc_start_bits[first] &= ~(bits_from(start) & ~bits_from(end));
        return;
    }
    gc_start_bits[first] &= ~bits_from(start);
    if (last > first + 1) memset(&gc_start_bits[first + 1], 0, (last - first - 1) * 8);
    if (end & 511) gc_start_bits[last] &= bits_from(end);
}

StmRef gc_next_start(StmRef from, StmRef end) {
    while (from < end) {
        uint64_t bits = gc_start_bits[from >> 9] & bits_from(from);
        if (bits) {
            StmRef found = (from & ~511ull) + ((StmRef)__builtin_ctzll(bits) << 3);
            return found < end ? found : end;
        }
        from = (from | 511) + 1;
    }
    return end;
}

static StmRef find_small(StmRef word) {
    StmRef lowest = word - GC_MAX_SMALL;
    uint64_t bits = gc_start_bits[word >> 9] & ~(bits_from(word) << 1);
    for (StmRef at = word;;) {
        if (bits) {
            StmRef ref = (at & ~511ull) + (((StmRef)63 - __builtin_clzll(bits)) << 3);
            size_t bytes = hdr_bytes(*(GcWord *)(gc_base + ref));
            return word < ref + bytes ? ref : 0;
        }
        at = (at & ~511ull) - 8;
        if (at < lowest || at < HEAP_START) return 0;
        bits = gc_start_bits[at >> 9];
    }
}

/* Exact for objects that nobody frees or resizes meanwhile: one's own, or all when the world is stopped. Tags that change while they
 * are read give some page or none. */
__attribute__((no_sanitize("thread"))) uint64_t gc_large_page(uint64_t page) {
    if (gc_pages[page].state == GC_PAGE_LARGE_REST) {
        uint32_t back = gc_pages[page].run;
        if (back > page) return 0;
        page -= back;
    }
    return gc_pages[page].state == GC_PAGE_LARGE ? page : 0;
}

/* Window 0; solo, the segment's own window: its pages are there already, and each page that is also touched in another
 * window costs a fault and counts twice as resident. */
void gc_choose_base(void) { gc_base = SEG->multi ? stm_base_flat(0) : (char *)SEG->self_base; }

StmRef gc_find_old(StmRef word) {
    if (word < HEAP_START || word >= gc_heap_end) return 0;
    uint8_t state = gc_state_of(word);
    if (state == GC_BLOCK_SMALL) return find_small(word & ~7ull);
    return state == GC_BLOCK_LARGE ? gc_large_page(word >> STM_PAGE_SHIFT) << STM_PAGE_SHIFT : 0;
}

StmRef gc_object_at(StmRef ref) { return gc_find_old(ref); }

/* ---- vectors -------------------------------------------------------------------------------- */

static void *grow(void *items, size_t *cap, size_t item) {
    *cap = *cap ? *cap * 2 : 16;
    items = realloc(items, *cap * item);
    if (!items) stm_out_of_memory("out of memory for the collector's own tables");
    return items;
}

void gc_refs_grow(GcRefs *refs) { refs->items = grow(refs->items, &refs->cap, sizeof(StmRef)); }

void gc_refs_append(GcRefs *to, GcRefs *from) {
    for (size_t i = 0; i < from->n; i++) gc_refs_push(to, from->items[i]);
    from->n = 0;
}

void gc_refs_free(GcRefs *refs) {
    free(refs->items);
    *refs = (GcRefs){0};
}

void gc_spans_push(GcSpans *spans, StmRef start, StmRef end) {
    if (spans->n && spans->items[spans->n - 1].end == start) {
        spans->items[spans->n - 1].end = end;
        return;
    }
    if (spans->n == spans->cap) spans->items = grow(spans->items, &spans->cap, sizeof(GcSpan));
    spans->items[spans->n++] = (GcSpan){start, end};
}

uint64_t gc_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
