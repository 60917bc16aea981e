/* Major collection: stop the world, mark, clear weak references, queue finalizers, sweep lazily.
 *
 * It starts when the heap has grown by GROWTH over what the last one found alive. Where memory is
 * limited, the threshold is drawn nearer to the limit's half way.
 *
 * Small objects cannot fail one by one: C code makes them in the middle of everything. So a reserve is kept, enough for what is
 * made between two safepoints, and the VM is told when a major collection has not brought the heap below it. */
#include "gc/internal.h"

#define GROWTH(live) ((live) + (live) / 5 * 4)

bool gc_want_major;
static bool enabled = true;

void gc_enable(bool on) { atomic_store_relaxed(&enabled, on); }
bool gc_is_enabled(void) { return atomic_load_relaxed(&enabled); }

static void pause_ended(uint64_t ns) {
    if (ns > atomic_load_relaxed(&gc_counts.longest_ns))
        atomic_store_relaxed(&gc_counts.longest_ns, ns);
}

void gc_count_minor(uint64_t ns, uint64_t bytes, uint64_t pinned) {
    atomic_add_relaxed(&gc_counts.minor_count, 1);
    atomic_add_relaxed(&gc_counts.minor_ns, ns);
    atomic_add_relaxed(&gc_counts.promoted_bytes, bytes);
    atomic_add_relaxed(&gc_counts.pinned_objects, pinned);
    pause_ended(ns);
}

/* Reserved: nurseries with what overflows and survives of them, and a sixteenth for holes; of a small heap a quarter. The nurseries
 * of all segments: each thread sees to memory when its own is full, and promotes what it has when another one does. */
static uint64_t limit_without_reserve(void) {
    uint64_t limit = gc_config.heap_limit ? gc_config.heap_limit : gc_heap_end - HEAP_START;
    uint64_t reserve = (2 + 2 * (uint64_t)atomic_load_relaxed(&gc_nurseries)) * gc_config.nursery_bytes + limit / 16;
    return limit - (reserve < limit / 4 ? reserve : limit / 4);
}

static void set_threshold(uint64_t live) {
    uint64_t threshold = GROWTH(live), limit = limit_without_reserve();
    if (threshold < gc_config.min_threshold) threshold = gc_config.min_threshold;
    if (threshold > limit) threshold = live < limit ? live + (limit - live) / 2 : limit;
    gc_counts.threshold_bytes = threshold;
}

/* Consecutive used blocks are offered to stm as one run. */
static void reshare_pages(void) {
    StmRef end = gc_heap_end >> GC_BLOCK_SHIFT, top = gc_top_block(), run = 0;
    for (StmRef b = HEAP_START >> GC_BLOCK_SHIFT; b <= top && b < end; b++) {
        bool used = gc_states[b] == GC_BLOCK_SMALL || gc_states[b] == GC_BLOCK_LARGE;
        if (used && !run) run = b;
        if (!used && run) {
            stm_reshare_page_run_stw(run * GC_BLOCK_PAGES, (b - run) * GC_BLOCK_PAGES);
            run = 0;
        }
    }
}

static void collect_stw(void) {
    gc_sweep_finish();
    gc_mark_begin();
    pthread_mutex_lock(&gc_lock);
    gc_weak_major(false);
    gc_final_major();
    gc_weak_major(true);
    pthread_mutex_unlock(&gc_lock);
    gc_ids_after_mark();
    if (gc_config.hooks->sweep_tables) gc_config.hooks->sweep_tables();
    uint64_t live = gc_mark_end();
    gc_large_sweep();
    gc_sweep_begin();
    gc_counts.heap_bytes = gc_counts.marked_bytes = live;
    gc_counts.pinned_bytes = 0;
    set_threshold(live);
    atomic_store_relaxed(&gc_want_major, false);
    if (SEG->multi) reshare_pages();
}

void gc_major(void) {
    uint64_t count = gc_counts.major_count;
    gc_minor_collect(false);
    uint64_t start = gc_now_ns();
    do {
        if (gc_counts.major_count != count) return;
    } while (!stm_stop_world());
    if (gc_counts.major_count == count) {
        collect_stw();
        gc_counts.major_count++;
        uint64_t ns = gc_now_ns() - start;
        gc_counts.major_ns += ns;
        pause_ended(ns);
        stm_event_collection(ns, true);
    }
    stm_resume_world();
    gc_run_release(atomic_load_relaxed(&gc_counts.heap_bytes) / 4 + (4u << 20));
    if (gc_events_pending()) gc_raise(STM_CTL_EVENTS);
}

size_t gc_collect_full(void) {
    uint64_t before = atomic_load_relaxed(&gc_counts.heap_bytes);
    gc_major();
    uint64_t after = atomic_load_relaxed(&gc_counts.heap_bytes);
    if (!SEG->multi) {
        gc_sweep_finish();
        gc_run_release(after / 8 + (1u << 20));
    }
    return before > after ? before - after : 0;
}

bool gc_memory_is_short(void) {
    return (stm_pages_in_use() << STM_PAGE_SHIFT) > limit_without_reserve();
}

static void see_to_memory(void) {
    if (LIKELY(!gc_memory_is_short())) return;
    for (int i = 0; i < 2 && gc_memory_is_short(); i++) { /* the second begins with sweeping what the first has marked */
        gc_major();
        if (!SEG->multi) gc_sweep_finish();
        gc_run_release(0);
    }
    if (gc_memory_is_short() && gc_config.hooks->memory_is_short) gc_config.hooks->memory_is_short();
}

void gc_minor(void) { gc_minor_collect(false); }

void gc_safepoint(void) {
    /* Stress: what is broken stays broken, so the whole heap need not be walked at every safepoint. */
    enum { STRESS_MAJOR = 64, STRESS_VERIFY = 8 };
    uint64_t count = atomic_load_relaxed(&gc_counts.minor_count);
    bool verify = count % STRESS_VERIFY == 0;
    if ((atomic_load_relaxed(&gc_want_major) && gc_is_enabled()) ||
        (gc_config.stress && count % STRESS_MAJOR == 0))
        gc_major();
    else if (!gc_nursery_is_empty(gc_my_segment()) || gc_my_thread()->young_large.n ||
             gc_config.stress)
        gc_minor_collect(false);
    see_to_memory();
    if (gc_config.stress) {
        if (!SEG->multi && verify) gc_verify();
        gc_raise(STM_CTL_COLLECT);
    }
}

void gc_stats(GcStats *out) {
    const uint64_t *from = (const uint64_t *)&gc_counts;
    uint64_t *to = (uint64_t *)out;
    for (size_t i = 0; i < sizeof *out / sizeof *to; i++) to[i] = atomic_load_relaxed(&from[i]);
}
