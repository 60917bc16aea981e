/* Weak references: objects whose first word after the header holds another object weakly.
 *
 * Registered objects are listed per thread while young or uncommitted, then in gc_weak. A pass
 * before finalizers clears the words whose target is unreachable (so that a finalizer cannot be
 * surprised by a weak reference to what is being finalized); a pass after them looks at those weak
 * references that only a finalizer has brought back.
 *
 * A young target is referred to only by young weak references: the reference is made after its
 * target. So minor collections look at young ones only. */
#include "gc/internal.h"

#include <stdlib.h>
#include <string.h>

GcRefs gc_weak;

void gc_weakref_register(StmRef target, StmRef weakref) {
    GC_ASSERT(*(volatile uint64_t GS *)(uintptr_t)(weakref + 8) == target);
    (void)target;
    gc_refs_push(&gc_my_thread()->young_weak, weakref);
}

StmRef *gc_weakrefs(size_t *n) {
    const GcThread *self = gc_my_thread();
    pthread_mutex_lock(&gc_lock);
    const GcRefs *lists[] = {&self->young_weak, &self->txn_weak, &gc_weak};
    *n = lists[0]->n + lists[1]->n + lists[2]->n;
    StmRef *out = *n ? malloc(*n * sizeof *out) : NULL, *to = out;
    for (int i = 0; out && i < 3; i++) {
        if (lists[i]->n) memcpy(to, lists[i]->items, lists[i]->n * sizeof *out);
        to += lists[i]->n;
    }
    pthread_mutex_unlock(&gc_lock);
    stm_extend_snapshot(); /* some may be newer: queue.c */
    return out;
}

static bool wants_callback(const GcWord *weakref) { return hdr_kind(weakref[0]) & GCK_WEAKREF; }

void gc_weak_minor(GcThread *thread, bool finalizers_done) {
    GcRefs *young = &thread->young_weak;
    size_t kept = 0;
    for (size_t i = 0; i < young->n; i++) {
        StmRef ref = gc_minor_forward(young->items[i]);
        if (!ref) {
            if (!finalizers_done) young->items[kept++] = young->items[i];
            continue;
        }
        GcWord *words = (GcWord *)(SEG->self_base + ref);
        if (!words[1]) continue;
        words[1] = gc_minor_forward(words[1]);
        if (words[1])
            gc_refs_push(&thread->txn_weak, ref);
        else if (wants_callback(words))
            gc_refs_push(&thread->queued_weak, ref);
    }
    young->n = kept;
}

/* ---- major ---------------------------------------------------------------------------------- */

/* Those of a running transaction are read in its view: where an id was reserved for one and the page
 * was taken away before it moved there, the committed heap has nothing of it yet. */
static void weak_list(GcRefs *list, StmThread *maker, bool finalizers_done) {
    size_t kept = 0;
    for (size_t i = 0; i < list->n; i++) {
        StmRef ref = list->items[i];
        const GcWord *words = maker ? stm_thread_flat_stw(maker, ref, 2 * sizeof(GcWord))
                                    : stm_base_flat(ref);
        if (!gc_marked(ref)) {
            if (!finalizers_done) list->items[kept++] = ref;
        } else if (words[1] && gc_marked(words[1])) {
            list->items[kept++] = ref;
        } else if (words[1]) {
            stm_poke_stw(ref + 8, 0);
            if (!wants_callback(words)) continue;
            if (maker)
                gc_refs_push(&((GcThread *)maker->gc)->queued_weak, ref);
            else
                gc_queue_push(&gc_cleared, ref);
        }
    }
    list->n = kept;
}

static void weak_of_thread(StmThread *maker, void *finalizers_done) {
    GcThread *thread = maker->gc;
    if (thread) weak_list(&thread->txn_weak, maker, *(bool *)finalizers_done);
}

void gc_weak_major(bool finalizers_done) {
    weak_list(&gc_weak, NULL, finalizers_done);
    stm_for_each_thread_stw(weak_of_thread, &finalizers_done);
}
