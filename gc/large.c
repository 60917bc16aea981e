/* Large objects: more than GC_MAX_SMALL bytes, in page runs of their own, never moved.
 *
 * Born young: without barrier flag, on their thread's list; the next minor collection scans those
 * it reaches whole and frees the others, so that short-lived big buffers cost no major collection.
 * Old ones are freed by a major collection, or as if they were young again when their owner says that they are dead
 * (gc_retire). Their size is in gc_pages, at their first page.
 *
 * I4  gc_large lists every large object exactly once; gc_pages[first].index is its place there.
 * I6  A young large object is known to the thread that made it alone: others neither read it (its pages must
 *     stay where it writes without barriers) nor change its `young`. */
#include "gc/internal.h"
#include <string.h>

/* So many bytes of young large objects call for a minor collection. */
#define YOUNG_LARGE_MAX (8u << 20)

GcRefs gc_large;

static GcPage *head(StmRef ref) { return &gc_pages[ref >> STM_PAGE_SHIFT]; }
static size_t pages_for(size_t bytes) { return (bytes + STM_PAGE - 1) >> STM_PAGE_SHIFT; }

size_t gc_large_bytes(StmRef ref) { return head(ref)->bytes; }
bool gc_large_is_young(StmRef ref) { return head(ref)->young != 0; }

size_t gc_object_size(StmObj obj) {
    return obj->size ? (size_t)obj->size * STM_GRANULE : gc_large_bytes(STM_REF(obj));
}

static void want_major_above_threshold(uint64_t bytes) {
    if (bytes <= gc_counts.threshold_bytes || atomic_load_relaxed(&gc_want_major)) return;
    atomic_store_relaxed(&gc_want_major, true);
    gc_raise(STM_CTL_COLLECT);
}

void gc_account(int64_t bytes) {
    uint64_t now = atomic_add_relaxed(&gc_counts.heap_bytes, (uint64_t)bytes) + (uint64_t)bytes;
    if (bytes <= 0) return;
    if (now > atomic_load_relaxed(&gc_counts.heap_peak_bytes))
        atomic_store_relaxed(&gc_counts.heap_peak_bytes, now);
    want_major_above_threshold(now + atomic_load_relaxed(&gc_counts.pinned_bytes));
}

void gc_account_pinned(uint64_t bytes) {
    uint64_t now = atomic_add_relaxed(&gc_counts.pinned_bytes, bytes) + bytes;
    want_major_above_threshold(now + atomic_load_relaxed(&gc_counts.heap_bytes));
}

bool gc_out_of_memory(size_t wanted) {
    if (!gc_config.heap_limit) return false;
    if (atomic_load_relaxed(&gc_counts.heap_bytes) + wanted > gc_config.heap_limit) return true;
    return wanted > GC_MAX_SMALL && gc_reserve_pages() + pages_for(wanted) > gc_free_pages();
}

static void look_at_memory(void) {
    if (UNLIKELY(gc_memory_is_short())) gc_raise(STM_CTL_COLLECT);
}

static void mark_pages(StmRef ref, size_t from, size_t to) {
    StmRef first = ref >> STM_PAGE_SHIFT;
    for (size_t i = from; i < to; i++)
        gc_pages[first + i] = (GcPage){.state = GC_PAGE_LARGE_REST, .run = (uint32_t)i};
    for (StmRef b = (first + from) / GC_BLOCK_PAGES; b <= (first + to - 1) / GC_BLOCK_PAGES; b++)
        atomic_store_relaxed(&gc_states[b], GC_BLOCK_LARGE);
}

static void list_add_locked(StmRef ref) {
    head(ref)->index = (uint32_t)gc_large.n;
    gc_refs_push(&gc_large, ref);
}

static void list_remove_locked(StmRef ref) {
    StmRef last = gc_large.items[--gc_large.n];
    gc_large.items[head(ref)->index] = last;
    head(last)->index = head(ref)->index;
}

static void young_add(StmRef ref) {
    GcThread *thread = gc_my_thread();
    gc_refs_push(&thread->young_large, ref);
    thread->young_large_bytes += head(ref)->bytes;
    if (thread->young_large_bytes > YOUNG_LARGE_MAX) gc_raise(STM_CTL_COLLECT);
}

StmRef gc_alloc_large(uint32_t shape, uint8_t kind, size_t bytes) {
    bytes = (bytes + 7) & ~(size_t)7;
    size_t pages = pages_for(bytes);
    if (bytes > gc_heap_end || gc_out_of_memory(bytes)) return 0;
    bool dirty;
    pthread_mutex_lock(&gc_lock);
    StmRef ref = gc_run_take(pages, 1, SEG->index, gc_reserve_pages(), &dirty);
    if (ref) {
        mark_pages(ref, 0, pages);
        gc_pages[ref >> STM_PAGE_SHIFT] =
            (GcPage){.state = GC_PAGE_LARGE, .young = 1, .run = (uint32_t)pages, .bytes = bytes};
        list_add_locked(ref);
    }
    pthread_mutex_unlock(&gc_lock);
    if (!ref) return 0;
    if (!gc_claim(ref, pages * STM_PAGE, dirty)) {
        gc_large_free(ref);
        return 0;
    }
    if (dirty) memset((char *)SEG->self_base + ref, 0, bytes);
    *(GcWord *)(SEG->self_base + ref) = shape | (uint64_t)kind << 40;
    gc_set_start(ref);
    young_add(ref);
    gc_account((int64_t)bytes);
    look_at_memory();
    return ref;
}

void gc_large_free(StmRef ref) {
    size_t bytes = head(ref)->bytes, pages = head(ref)->run;
    gc_clear_starts(ref, ref + 8);
    pthread_mutex_lock(&gc_lock);
    list_remove_locked(ref);
    gc_run_free(ref, pages, SEG->index);
    pthread_mutex_unlock(&gc_lock);
    gc_account(-(int64_t)bytes);
}

/* May this object change its size now? Others must not see it, nor an abort bring it back. */
static bool may_resize(StmRef ref) { return head(ref)->young || !SEG->multi; }

bool gc_grow_large(StmRef ref, size_t new_bytes) {
    if (STM_OBJ(ref)->size || gc_state_of(ref) != GC_BLOCK_LARGE) return false;
    new_bytes = (new_bytes + 7) & ~(size_t)7;
    size_t bytes = head(ref)->bytes, pages = head(ref)->run, new_pages = pages_for(new_bytes);
    if (new_bytes <= bytes) return true;
    if (!may_resize(ref) || gc_out_of_memory(new_bytes - bytes)) return false;
    StmRef at = ref + pages * STM_PAGE;
    if (new_pages > pages) {
        bool dirty;
        pthread_mutex_lock(&gc_lock);
        bool taken = gc_run_take_at(at, new_pages - pages, SEG->index, gc_reserve_pages(), &dirty);
        if (taken) mark_pages(ref, pages, new_pages);
        pthread_mutex_unlock(&gc_lock);
        if (!taken) return false;
        if (!gc_claim(at, (new_pages - pages) * STM_PAGE, dirty)) {
            pthread_mutex_lock(&gc_lock);
            gc_run_free(at, new_pages - pages, 0);
            pthread_mutex_unlock(&gc_lock);
            return false;
        }
        if (dirty) memset((char *)SEG->self_base + at, 0, (new_pages - pages) * STM_PAGE);
    }
    size_t tail = (new_pages > pages ? at : ref + new_bytes) - (ref + bytes);
    memset((char *)SEG->self_base + ref + bytes, 0, tail);
    head(ref)->bytes = new_bytes;
    head(ref)->run = (uint32_t)new_pages;
    /* Remembered as a whole, up to its old end: the next write has to remember it again. */
    if (!(STM_OBJ(ref)->flags & STMF_CARDS) && !gc_large_is_young(ref))
        STM_OBJ(ref)->flags |= STMF_BARRIER;
    gc_account((int64_t)(new_bytes - bytes));
    look_at_memory();
    return true;
}

/* Young again. Containers that grow would leave a trail of several times their size until the next major collection. */
void gc_retire(StmRef ref) {
    if (!ref || SEG->multi || STM_OBJ(ref)->size || gc_state_of(ref) != GC_BLOCK_LARGE || head(ref)->young) return;
    atomic_store_relaxed(&head(ref)->young, 1);
    young_add(ref);
}

void gc_shrink_large(StmRef ref, size_t new_bytes) {
    if (STM_OBJ(ref)->size || gc_state_of(ref) != GC_BLOCK_LARGE) return;
    new_bytes = (new_bytes + 7) & ~(size_t)7;
    if (new_bytes < 16) new_bytes = 16;
    size_t bytes = head(ref)->bytes, pages = head(ref)->run, new_pages = pages_for(new_bytes);
    if (new_bytes >= bytes || !may_resize(ref)) return;
    head(ref)->bytes = new_bytes;
    head(ref)->run = (uint32_t)new_pages;
    if (new_pages < pages) {
        pthread_mutex_lock(&gc_lock);
        gc_run_free(ref + new_pages * STM_PAGE, pages - new_pages, SEG->index);
        pthread_mutex_unlock(&gc_lock);
    }
    gc_account(-(int64_t)(bytes - new_bytes));
}

/* ---- collections ---------------------------------------------------------------------------- */

/* The young object of this thread that covers the word, or 0. A word of a C stack may be a remnant that meets
 * another thread's young object: that is not ours to touch (I6), so its tag alone does not do. */
StmRef gc_large_young_at(const GcThread *thread, StmRef word) {
    StmRef found = gc_large_page(word >> STM_PAGE_SHIFT) << STM_PAGE_SHIFT;
    for (size_t i = thread->young_large.n; i-- > 0;)
        if (thread->young_large.items[i] == found) return found;
    return 0;
}

bool gc_large_reach(StmRef ref) {
    if (head(ref)->young != 1) return false;
    atomic_store_relaxed(&head(ref)->young, 2);
    return true;
}

/* What is large is undone, and remembered, by cards: a transaction's first write must not copy it. In solo mode, where there is no
 * undo, that pays for the bigger arrays of Values only. */
static uint8_t card_flag(StmRef ref) {
    bool values = (STM_OBJ(ref)->kind & GC_KIND_MASK) != GC_KIND_LEAF;
    return gc_large_bytes(ref) > (values && !SEG->multi ? GC_CARDS_ABOVE : GC_MAX_SMALL) ? STMF_CARDS : 0;
}

void gc_large_after_minor(GcThread *thread, uint8_t flags) {
    for (size_t i = 0; i < thread->young_large.n; i++) {
        StmRef ref = thread->young_large.items[i];
        if (head(ref)->young == 1) {
            gc_large_free(ref);
            continue;
        }
        atomic_store_relaxed(&head(ref)->young, 0);
        STM_OBJ(ref)->flags = flags | card_flag(ref);
        StmRef end = ref + head(ref)->bytes;
        if (SEG->multi) gc_refs_push(&thread->own_large, ref);
        if (flags & STMF_OWN) stm_note_own(ref, end);
    }
    thread->young_large.n = 0;
    thread->young_large_bytes = 0;
}

void gc_large_sweep(void) {
    for (size_t i = 0; i < gc_large.n;) {
        StmRef ref = gc_large.items[i];
        if (gc_marked(ref) || head(ref)->young) {
            gc_mark_bits[ref >> 9] &= ~(1ull << (ref >> 3 & 63));
            i++;
        } else {
            gc_large_free(ref);
        }
    }
}
