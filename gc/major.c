/* Major collection: stop the world, mark, clear weak references, queue finalizers, sweep lazily.
 *
 * It starts when the heap has grown by GROWTH over what the last one found alive. Where memory is
 * limited, the threshold is drawn nearer to the limit's half way.
 *
 * Note "Reserve". Small objects cannot fail one by one: C code makes them in the middle of everything, and a minor collection must
 * find room for all that survives. So pages are kept free, and the VM is told when major collections do not bring that about.
 *
 * R1  A minor collection of y young bytes takes at most evacuation(y): objects of up to 8 KiB leave less than a quarter of a
 *     block unused, and each of the four cursors may have begun a block. What is pinned takes no page, as its block stays where
 *     it is; the nursery gets another for it only while the reserve is whole.
 * R2  What may fail (large objects, growth of nurseries, old objects) leaves gc_reserve_pages() free: enough for every segment's
 *     nursery, and as much again for what C code makes past its end. That is asked under the lock under which pages are taken.
 * R3  A sixteenth of the limit above that, memory is short. Then each nursery is filled by no more than a quarter of its
 *     segment's share of what is free (gc_nursery_room), and after the VM has been told it is told again when an eighth of
 *     one share more is taken. As telling it stops the world, at which all nurseries get empty and are measured anew,
 *     all segments together take less than half of what was free between two such stops: by R1, (1/4 * 4/3 + 1/8) of it.
 *     So it may go on as long as it likes without memory, MemoryErrors coming ever faster, in the end at each safepoint.
 * Not covered is C code that makes more between two safepoints than the reserve has: it ends the program. */
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

/* In pages: the Note "Reserve". */
static uint64_t look_again = UINT64_MAX; /* the VM has been told, and is not told again while more is free */

static uint64_t evacuation(uint64_t young_bytes) { return young_bytes + young_bytes / 3 + 2 * GC_CLASSES * GC_BLOCK; }
static uint64_t segments(void) { return SEG->multi ? stm_segment_count() : 1; }

static uint64_t reserve_for(uint64_t n) {
    uint64_t wanted = n * (evacuation(2 * gc_config.nursery_bytes) >> STM_PAGE_SHIFT), half = gc_limit_pages() / 2;
    return wanted < half ? wanted : half;
}

uint64_t gc_reserve_pages(void) { return reserve_for(segments()); }

static uint64_t short_below(void) { return gc_reserve_pages() + gc_limit_pages() / 16; }

bool gc_memory_is_low(void) { return UNLIKELY(gc_free_pages() < short_below()); }
bool gc_memory_is_short(void) { return gc_memory_is_low() && gc_free_pages() <= atomic_load_relaxed(&look_again); }

size_t gc_nursery_room(void) {
    uint64_t free = gc_free_pages();
    return LIKELY(free >= short_below()) ? SIZE_MAX : (free << STM_PAGE_SHIFT) / (4 * segments());
}

bool gc_old_room_left(void) {
    uint64_t free = gc_free_pages();
    if (LIKELY(free >= short_below())) return true;
    if (free <= atomic_load_relaxed(&look_again)) gc_raise(STM_CTL_COLLECT);
    return free > gc_reserve_pages() / 8;
}

static void set_threshold(uint64_t live) {
    uint64_t threshold = GROWTH(live), limit = (gc_limit_pages() - short_below()) << STM_PAGE_SHIFT;
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

static void tell_vm(void) {
    uint64_t free = gc_free_pages(), more = free / (8 * segments());
    atomic_store_relaxed(&look_again, more < GC_BLOCK_PAGES ? UINT64_MAX : free - more);
    if (gc_config.hooks->memory_is_short) gc_config.hooks->memory_is_short();
}

static void see_to_memory(void) {
    if (LIKELY(!gc_memory_is_short())) return;
    for (int i = 0; i < 2 && gc_memory_is_low(); i++) { /* the second begins with sweeping what the first has marked */
        gc_major();
        if (!SEG->multi) gc_sweep_finish();
    }
    if (gc_memory_is_low())
        tell_vm();
    else
        atomic_store_relaxed(&look_again, UINT64_MAX);
}

void gc_minor(void) {
    gc_minor_collect(false);
    /* Threads may be about to start: what garbage holds would be missing from what is reserved for them. */
    if (!SEG->multi && UNLIKELY(gc_free_pages() < reserve_for(stm_segment_count()) + gc_limit_pages() / 16)) {
        gc_major();
        gc_sweep_finish();
    }
    if (LIKELY(!gc_memory_is_short())) return;
    gc_raise(STM_CTL_COLLECT);
    /* An inevitable transaction that does not end must not stop the world. */
    if (stm_self->inevitable && gc_free_pages() < gc_reserve_pages() / 2) tell_vm();
}

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
