/* Walking over all old objects, for gc.get_objects().
 *
 * With several threads the world is stopped meanwhile: blocks are swept (what the last mark found dead must not
 * come back; what has died since is whole), and what other transactions have made, which nobody else may see
 * yet, is left out. */
#include "gc/internal.h"
#include <stdlib.h>

static GcSpans others; /* objects of others' running transactions, sorted; the world is stopped while it is in use */

static void add_others(StmThread *stm_thread, void *arg) {
    GcThread *thread = stm_thread->gc;
    if (!thread || thread == arg || !stm_has_transaction_stw(stm_thread)) return;
    for (size_t i = 0; i < thread->own.n; i++) gc_spans_push(&others, thread->own.items[i].start, thread->own.items[i].end);
    for (size_t i = 0; i < thread->own_large.n; i++)
        gc_spans_push(&others, thread->own_large.items[i], thread->own_large.items[i] + STM_GRANULE);
}

static int by_start(const void *a, const void *b) {
    const GcSpan *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

static bool is_of_others(StmRef ref) {
    size_t low = 0, high = others.n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (others.items[mid].end <= ref)
            low = mid + 1;
        else
            high = mid;
    }
    return low < others.n && others.items[low].start <= ref;
}

void gc_walk_begin(void) {
    gc_collect_full();
    if (!SEG->multi) return;
    while (!stm_stop_world()) continue;
    gc_sweep_finish();
    stm_for_each_thread_stw(add_others, gc_my_thread());
    if (others.n) qsort(others.items, others.n, sizeof *others.items, by_start);
}

void gc_walk_end(void) {
    others.n = 0;
    stm_resume_world();
}

static void each_in_block(StmRef block, void (*fn)(void *ctx, StmRef obj), void *ctx) {
    StmRef end = block + GC_BLOCK;
    for (StmRef ref = gc_next_start(block, end); ref < end; ref = gc_next_start(ref + 8, end))
        if (!is_of_others(ref)) fn(ctx, ref);
}

void gc_for_each_object(void (*fn)(void *ctx, StmRef obj), void *ctx) {
    for (unsigned s = 1; s < GC_MAX_SEGMENTS; s++)
        for (int class = 0; class < GC_CLASSES; class ++) {
            GcRefs *blocks = &gc_segments[s].blocks[class];
            for (size_t i = 0; i < blocks->n; i++) each_in_block(blocks->items[i], fn, ctx);
        }
    for (size_t i = 0; i < gc_large.n; i++)
        if (!is_of_others(gc_large.items[i])) fn(ctx, gc_large.items[i]);
}
