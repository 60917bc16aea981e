/* Start-up, threads, the hooks that stm calls, and the allocations that are not the nursery's. */
#include "gc/internal.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

GcThread *gc_threads;

void gc_init(const GcConfig *config) {
    gc_config = *config;
    gc_tables_init();
    gc_config.nursery_bytes = gc_nursery_bytes(gc_config.nursery_bytes);
    if (!gc_config.min_threshold) gc_config.min_threshold = 32u << 20;
    if (!gc_config.markers) {
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        gc_config.markers = cores < 1 ? 1 : cores > 4 ? 4 : (unsigned)cores;
    }
#ifndef NDEBUG
    gc_config.poison = true;
#endif
    if (gc_config.stress) gc_config.poison = true;
    gc_counts.threshold_bytes = gc_config.min_threshold;
    stm_hooks.object_size = gc_object_size;
    stm_hooks.segment_borrowed = gc_segment_enter;
    stm_hooks.collect_for_commit = gc_before_end;
    stm_hooks.collect_minor = gc_minor;
    stm_hooks.collect_wanted = gc_safepoint;
    stm_hooks.page_group = gc_page_group;
    stm_hooks.discard_young = gc_aborted;
    stm_hooks.mode_changed = gc_mode_changed;
    stm_hooks.forked = gc_forked;
    stm_hooks.committed = gc_committed;
}

void gc_set_stress(bool on) {
    gc_config.stress = on;
    gc_config.poison |= on;
    if (on) gc_raise(STM_CTL_COLLECT);
}

static uint64_t last_address_stamp; /* atomic */
void gc_addresses_change(GcThread *thread) { thread->address_stamp = atomic_add_relaxed(&last_address_stamp, 1) + 1; }
uint64_t gc_address_stamp(void) { return gc_my_thread()->address_stamp; }

bool gc_thread_attach(void *vm_thread) {
    GcThread *thread = stm_calloc_lines(sizeof *thread);
    if (!thread) return false;
    thread->vm_thread = vm_thread;
    gc_addresses_change(thread);
    pthread_mutex_lock(&gc_lock);
    thread->next = gc_threads;
    if (gc_threads) gc_threads->prev = thread;
    gc_threads = thread;
    stm_self->gc = thread; /* under gc_lock: a collection may be looking through all threads now */
    pthread_mutex_unlock(&gc_lock);
    return true;
}

static void thread_free(GcThread *thread) {
    GcRefs *lists[] = {&thread->fresh_old,   &thread->young_large, &thread->young_weak,
                       &thread->txn_weak,    &thread->queued_weak, &thread->taken_weak,
                       &thread->young_final, &thread->txn_final,   &thread->queued_final,
                       &thread->taken_final, &thread->own_large};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) gc_refs_free(lists[i]);
    free(thread->own.items);
    free(thread->ids.items);
    free(thread);
}

void gc_thread_detach(void) {
    GcThread *thread = stm_self->gc;
    pthread_mutex_lock(&gc_lock);
    if (thread->prev)
        thread->prev->next = thread->next;
    else
        gc_threads = thread->next;
    if (thread->next) thread->next->prev = thread->prev;
    stm_self->gc = NULL;
    pthread_mutex_unlock(&gc_lock);
    gc_minor_forget();
    thread_free(thread);
}

static struct {
    pthread_mutex_t lock;
    StmRef free, end;
} permanent = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- hooks of stm --------------------------------------------------------------------------- */

void gc_before_end(void) {
    gc_minor_collect(true);
    bool major = atomic_load_relaxed(&gc_want_major) && gc_is_enabled();
    if (UNLIKELY(major || gc_memory_is_short())) gc_raise(STM_CTL_COLLECT); /* transactions may end long before a nursery is full */
}

void gc_committed(void) {
    GcThread *thread = gc_my_thread();
    gc_queues_end(thread, true);
    thread->own.n = thread->own_large.n = 0;
}

/* Old objects of this transaction lose their start bits, so that no conservative root finds them;
 * their lines come back with the next mark. */
void gc_aborted(void) {
    GcThread *thread = gc_my_thread();
    static const GcRefs nothing;
    gc_nursery_retire(gc_my_segment());
    gc_nursery_reset(gc_my_segment(), &nothing);
    gc_addresses_change(thread);
    while (thread->young_large.n) gc_large_free(thread->young_large.items[--thread->young_large.n]);
    for (size_t i = 0; i < thread->own.n; i++) {
        GcSpan span = thread->own.items[i];
        gc_clear_starts(span.start, span.end);
    }
    while (thread->own_large.n) gc_large_free(thread->own_large.items[--thread->own_large.n]);
    thread->own.n = thread->fresh_old.n = thread->young_weak.n = thread->young_final.n = 0;
    thread->young_large_bytes = 0;
    gc_ids_forget_young(thread);
    gc_queues_end(thread, false);
}

/* May this page change its owner when a neighbour does? Not if new objects are made on it; nor if no object begins on it: mostly
 * its owner's cursor is on its way there. Asked by any thread while others allocate: the answer matters, and is exact, only for pages
 * whose owner is stopped meanwhile; a torn look at others' tags or bits stays inside the tables. */
__attribute__((no_sanitize("thread"))) static bool page_may_follow(uint64_t page) {
    uint8_t state = gc_state_of(page << STM_PAGE_SHIFT);
    if (state == GC_BLOCK_SMALL) {
        const uint64_t *bits = gc_start_bits + (page << STM_PAGE_SHIFT >> 9);
        uint64_t any = 0;
        for (size_t i = 0; i < STM_PAGE >> 9; i++) any |= bits[i];
        return any != 0;
    }
    if (state != GC_BLOCK_LARGE) return false;
    page = gc_large_page(page);
    return !page || !gc_pages[page].young;
}

void gc_page_group(uint64_t page, uint64_t *first, size_t *n) {
    enum { GROUP_PAGES = 512 };
    uint64_t end = page + 1;
    while (end < page + GROUP_PAGES && page_may_follow(end)) end++;
    *first = page;
    *n = end - page;
}

/* To multi mode: all pages have become CLEAN, also those that new objects are made on. To solo
 * mode: all pages are this segment's, so what other segments had is handed to it. */
void gc_mode_changed(bool multi) {
    GcSegment *mine = gc_my_segment();
    gc_choose_base();
    if (multi) {
        gc_cursors_reset(mine);
        gc_nursery_claim(mine);
        if (gc_memory_is_short()) gc_raise(STM_CTL_COLLECT); /* more is reserved now */
        return;
    }
    for (unsigned s = 1; s < GC_MAX_SEGMENTS; s++) {
        GcSegment *other = &gc_segments[s];
        if (other == mine) continue;
        gc_nursery_free(other);
        gc_cursors_reset(other);
        for (int class = 0; class < GC_CLASSES; class ++) {
            gc_refs_append(&mine->blocks[class], &other->blocks[class]);
            other->swept[class] = 0;
        }
    }
}

void gc_forked(void) {
    pthread_mutex_init(&gc_lock, NULL);
    pthread_mutex_init(&permanent.lock, NULL);
    gc_mark_forked();
    GcThread *mine = gc_my_thread(), *t = gc_threads, *next;
    for (; t; t = next) {
        next = t->next;
        if (t == mine) continue;
        gc_queues_end(t, false);
        thread_free(t);
    }
    mine->next = mine->prev = NULL;
    gc_threads = mine;
}

/* ---- roots ---------------------------------------------------------------------------------- */

void gc_visit(GcVisitor *v, uint64_t *slots, size_t n) { v->slots(v, (GcWord *)slots, n); }
void gc_visit_heap(GcVisitor *v, StmRef start, size_t n) {
    v->slots(v, (GcWord *)(v->view + start), n);
}
void gc_visit_stack(GcVisitor *v, const void *low, const void *high) {
    uintptr_t from = ((uintptr_t)low + 7) & ~(uintptr_t)7, to = (uintptr_t)high & ~(uintptr_t)7;
    v->words(v, (const GcWord *)from, (const GcWord *)to);
}

/* ---- old and permanent objects -------------------------------------------------------------- */

StmRef gc_alloc_old(uint32_t shape, uint8_t kind, size_t bytes) {
    bytes = bytes < 16 ? 16 : (bytes + 7) & ~(size_t)7;
    if (bytes > GC_MAX_SMALL) return gc_alloc_large(shape, kind, bytes);
    if (gc_out_of_memory(bytes) || !gc_old_room_left()) return 0;
    int class = kind & GCK_MUTABLE ? GC_MUTABLE : GC_IMMUTABLE;
    if (SEG->multi) gc_cursors_revalidate(gc_my_segment());
    StmRef ref = gc_old_room(gc_my_segment(), class, bytes);
    memset((char *)SEG->self_base + ref, 0, bytes);
    *(volatile uint64_t GS *)ref = shape | (uint64_t)kind << 40 | (uint64_t)(bytes / 8) << 48;
    gc_set_start(ref);
    GcThread *thread = gc_my_thread();
    gc_refs_push(&thread->fresh_old, ref);
    if (SEG->multi) {
        STM_OBJ(ref)->flags = STMF_OWN;
        stm_note_own(ref, ref + bytes);
        gc_spans_push(&thread->own, ref, ref + bytes);
    }
    gc_account((int64_t)bytes);
    return ref;
}


/* Permanent objects count as marked for ever, so that marking stops at them without a test of its
 * own. */
static StmRef permanent_chunk(size_t bytes) {
    size_t blocks = (bytes + GC_BLOCK - 1) / GC_BLOCK;
    bool dirty;
    pthread_mutex_lock(&gc_lock);
    StmRef start = gc_run_take(blocks * GC_BLOCK_PAGES, GC_BLOCK_PAGES, 0, 0, &dirty);
    for (size_t i = 0; start && i < blocks * GC_BLOCK_PAGES; i++)
        gc_pages[(start >> STM_PAGE_SHIFT) + i].state = GC_PAGE_BLOCK;
    pthread_mutex_unlock(&gc_lock);
    if (!start || !gc_claim_permanent(start, blocks * GC_BLOCK))
        stm_out_of_memory("out of memory: no page left for code and constants");
    if (dirty) memset((char *)SEG->self_base + start, 0, blocks * GC_BLOCK);
    for (size_t i = 0; i < blocks; i++)
        atomic_store_relaxed(&gc_states[(start >> GC_BLOCK_SHIFT) + i], GC_BLOCK_PERMANENT);
    return start;
}

/* A quarter of what there is, in whole blocks: the rest of the last chunk is memory without use. */
static size_t permanent_chunk_bytes(void) {
    enum { MIN = 128 << 10, MAX = 1 << 20 };
    uint64_t quarter = atomic_load_relaxed(&gc_counts.permanent_bytes) / 4 & -(uint64_t)GC_BLOCK;
    return quarter < MIN ? MIN : quarter > MAX ? MAX : quarter;
}

StmRef gc_alloc_permanent(uint32_t shape, uint8_t kind, size_t bytes) {
    bytes = bytes < 16 ? 16 : (bytes + 7) & ~(size_t)7;
    bool large = bytes / 8 > UINT16_MAX;
    pthread_mutex_lock(&permanent.lock);
    StmRef ref;
    size_t chunk = permanent_chunk_bytes();
    if (bytes > chunk / 4) {
        ref = permanent_chunk(bytes);
    } else {
        if (permanent.free + bytes > permanent.end) {
            permanent.free = permanent_chunk(chunk);
            permanent.end = permanent.free + chunk;
        }
        ref = permanent.free;
        permanent.free += bytes;
    }
    gc_set_start(ref);
    gc_mark_bits[ref >> 9] |= 1ull << (ref >> 3 & 63);
    if (large) gc_pages[ref >> STM_PAGE_SHIFT].bytes = bytes;
    atomic_add_relaxed(&gc_counts.permanent_bytes, bytes);
    *(volatile uint64_t GS *)ref =
        shape | (uint64_t)kind << 40 | (large ? 0 : (uint64_t)(bytes / 8) << 48);
    pthread_mutex_unlock(&permanent.lock);
    return ref;
}

bool gc_is_permanent(StmRef ref) { return gc_state_of(ref) == GC_BLOCK_PERMANENT; }

void gc_values(StmObj obj, void (*fn)(void *ctx, uint64_t value), void *ctx) {
    size_t words = gc_object_size(obj) / 8;
    uint64_t header = *(volatile uint64_t GS *)STM_REF(obj);
    for (size_t i = hdr_first_value(header, words); i < words; i++) {
        uint64_t v = *(volatile uint64_t GS *)(STM_REF(obj) + i * 8);
        if (v) fn(ctx, v);
    }
}
