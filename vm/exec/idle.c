/* See idle.h. */
#include "vm/exec/idle.h"
#include "stm/atomic.h"
#include "vm/exec/generator.h"
#include "vm/exec/safepoint.h"
#include "vm/modules/clock.h"
#include "vm/objects/weakref.h"
#include <time.h>

enum {
    FIRST_LOOK_NS = 100000000,
    IDLE_SHARE = 20,  /* the process is idle if it used less than this part of the time between two looks */
    PAUSE_SHARE = 50, /* such collections take at most this part of the time */
    WORK_NS = 300000, /* collect only after the process has used so much time since the last one */
};
#define HEAP_MAX (128ull << 20) /* a larger heap takes too long to collect while others may wake up */

static int64_t next_collection, cpu_at_collection; /* not transactional: which of several threads collects does not matter */

int64_t vm_idle_deadline(VmIdle *idle, int64_t deadline_ns) {
    if (!idle->look_at) {
        idle->interval = FIRST_LOOK_NS;
        idle->look_at = clock_ns(CLOCK_MONOTONIC) + idle->interval;
    }
    return deadline_ns >= 0 && deadline_ns <= idle->look_at ? deadline_ns : idle->look_at;
}

/* May this thread collect now? It has the right to until it sets next_collection. */
static bool take_turn(int64_t now, int64_t cpu) {
    int64_t next = atomic_load_relaxed(&next_collection);
    if (now < next || cpu < atomic_load_relaxed(&cpu_at_collection) + WORK_NS) return false;
    return atomic_cas_seqcst(&next_collection, &next, INT64_MAX);
}

/* In a method called by the loop, which holds nothing that the caller's registers do not (VM_WAIT_SAFEPOINT): once nothing is young,
 * what lies above the loop's C frame need not be scanned. */
static void collect(void) {
    VmThread *thread = vm_thread();
    VM_C_SAFEPOINT(stm_become_inevitable("collection of an idle program"));
    generator_forget_running(thread);
    VM_C_SAFEPOINT(gc_minor());
    thread->at_safepoint = true;
    thread->c_scan_low = thread->c_scan_from;
    gc_collect_full();
    thread->at_safepoint = false;
}

void vm_idle_look_may_call(VmIdle *idle) {
    int64_t now = clock_ns(CLOCK_MONOTONIC), cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    bool quiet = idle->cpu && (cpu - idle->cpu) * IDLE_SHARE < idle->interval;
    idle->cpu = cpu;
    idle->interval *= 2;
    idle->look_at = now + idle->interval;
    GcStats stats;
    gc_stats(&stats);
    if (!quiet || stats.heap_bytes > HEAP_MAX || stm_self->atomic_depth || !take_turn(now, cpu)) return;
    collect();
    int64_t end = clock_ns(CLOCK_MONOTONIC);
    idle->cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    atomic_store_relaxed(&cpu_at_collection, idle->cpu);
    atomic_store_relaxed(&next_collection, end + (end - now) * PAUSE_SHARE);
    VM_DETACHED("collection of an idle program", (void)0); /* what was found dead is seen to once this has committed */
    vm_run_finalizers_may_call();
}
