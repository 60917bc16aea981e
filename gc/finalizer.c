/* Finalizers: a registered object that becomes unreachable is kept alive, with all it refers to,
 * and handed to the VM once, in a queue. After that it is an ordinary object: the next collection
 * that finds it unreachable frees it. Of those that die together the youngest comes first: what was made later is what
 * uses the other (a text file flushes into its buffer, which writes to its descriptor). */
#include "gc/internal.h"

GcRefs gc_final;

static bool wanted(const GcWord *object) {
    return !gc_config.hooks->wants_finalizer || gc_config.hooks->wants_finalizer(object);
}

void gc_finalizer_register(StmRef obj) { gc_refs_push(&gc_my_thread()->young_final, obj); }

void gc_final_minor(GcThread *thread) {
    GcRefs *young = &thread->young_final;
    /* First find all the dead: one may be reachable from another. */
    size_t n = young->n, dead = 0;
    for (size_t i = 0; i < n; i++) {
        StmRef ref = gc_minor_forward(young->items[i]);
        if (ref)
            gc_refs_push(&thread->txn_final, ref);
        else if (wanted(gc_minor_words(young->items[i])))
            young->items[dead++] = young->items[i];
    }
    for (size_t i = dead; i-- > 0;)
        gc_refs_push(&thread->queued_final, gc_minor_keep(young->items[i]));
    young->n = 0;
}

static void final_list(GcRefs *list, GcThread *owner) {
    size_t kept = 0;
    GcRefs found = {0};
    for (size_t i = 0; i < list->n; i++) {
        if (gc_marked(list->items[i]))
            list->items[kept++] = list->items[i];
        else if (owner || wanted(stm_base_flat(list->items[i])))
            gc_refs_push(&found, list->items[i]);
    }
    list->n = kept;
    for (size_t dead = found.n; dead-- > 0;) {
        gc_mark_from(found.items[dead]);
        if (owner)
            gc_refs_push(&owner->queued_final, found.items[dead]);
        else
            gc_queue_push(&gc_finalizable, found.items[dead]);
    }
    gc_refs_free(&found);
}

/* A transaction's own finalizable objects come first: what they refer to may be among the
 * committed ones, which then wait for the next collection. */
void gc_final_major(void) {
    for (GcThread *t = gc_threads; t; t = t->next) final_list(&t->txn_final, t);
    final_list(&gc_final, NULL);
}

void gc_finalizer_forget_all(void) {
    pthread_mutex_lock(&gc_lock);
    gc_my_thread()->young_final.n = gc_my_thread()->txn_final.n = gc_final.n = 0;
    pthread_mutex_unlock(&gc_lock);
}

void gc_finalize_all(void) {
    GcThread *thread = gc_my_thread();
    gc_minor();
    pthread_mutex_lock(&gc_lock);
    for (size_t i = thread->txn_final.n; i-- > 0;) gc_refs_push(&gc_finalizable.refs, thread->txn_final.items[i]);
    for (size_t i = gc_final.n; i-- > 0;) gc_refs_push(&gc_finalizable.refs, gc_final.items[i]);
    thread->txn_final.n = gc_final.n = 0;
    pthread_mutex_unlock(&gc_lock);
}
