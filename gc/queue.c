/* The queues between collector and VM: cleared weak references and finalizable objects.
 *
 * What a collection finds inside a transaction becomes everybody's when the transaction commits;
 * what a transaction takes from a queue goes back to its front when the transaction aborts. In solo
 * mode nothing aborts and both are immediate. Objects in queues are strong roots. */
#include "gc/internal.h"
#include <string.h>

GcQueue gc_cleared, gc_finalizable;

void gc_queue_push(GcQueue *queue, StmRef ref) { gc_refs_push(&queue->refs, ref); }

static size_t queue_length(const GcQueue *queue) { return queue->refs.n - queue->head; }

static StmRef queue_next(GcQueue *queue, GcRefs *taken) {
    StmRef ref = 0;
    pthread_mutex_lock(&gc_lock);
    if (queue->head < queue->refs.n) ref = queue->refs.items[queue->head++];
    if (queue->head == queue->refs.n) queue->head = queue->refs.n = 0;
    pthread_mutex_unlock(&gc_lock);
    if (ref && SEG->multi) gc_refs_push(taken, ref);
    return ref;
}

StmRef gc_next_cleared_weakref(void) {
    return queue_next(&gc_cleared, &gc_my_thread()->taken_weak);
}
StmRef gc_next_finalizable(void) {
    return queue_next(&gc_finalizable, &gc_my_thread()->taken_final);
}

bool gc_events_pending(void) {
    pthread_mutex_lock(&gc_lock);
    size_t n = queue_length(&gc_cleared) + queue_length(&gc_finalizable);
    pthread_mutex_unlock(&gc_lock);
    return n != 0;
}

static void put_back(GcQueue *queue, GcRefs *taken) {
    size_t n = taken->n, rest = queue_length(queue);
    for (size_t i = 0; i < n; i++) gc_refs_push(&queue->refs, 0);
    StmRef *first = queue->refs.items + queue->head;
    memmove(first + n, first, rest * sizeof *first);
    memcpy(first, taken->items, n * sizeof *first);
}

static void end_locked(GcThread *t, bool committed) {
    if (committed) {
        gc_refs_append(&gc_weak, &t->txn_weak);
        gc_refs_append(&gc_final, &t->txn_final);
        gc_refs_append(&gc_cleared.refs, &t->queued_weak);
        gc_refs_append(&gc_finalizable.refs, &t->queued_final);
    } else {
        if (t->taken_weak.n) put_back(&gc_cleared, &t->taken_weak);
        if (t->taken_final.n) put_back(&gc_finalizable, &t->taken_final);
    }
}

void gc_queues_end(GcThread *t, bool committed) {
    bool news = t->queued_weak.n || t->queued_final.n || t->taken_weak.n || t->taken_final.n;
    if (news || t->txn_weak.n || t->txn_final.n) {
        pthread_mutex_lock(&gc_lock);
        end_locked(t, committed);
        pthread_mutex_unlock(&gc_lock);
    }
    t->txn_weak.n = t->txn_final.n = t->queued_weak.n = t->queued_final.n = 0;
    t->taken_weak.n = t->taken_final.n = 0;
    if (news && gc_events_pending()) gc_raise(STM_CTL_EVENTS);
}

static void visit(GcVisitor *v, GcRefs *refs) { v->slots(v, refs->items, refs->n); }

void gc_queues_visit(GcThread *t, GcVisitor *v) {
    visit(v, &t->queued_weak);
    visit(v, &t->queued_final);
    visit(v, &t->taken_weak);
    visit(v, &t->taken_final);
}

void gc_queues_visit_global(GcVisitor *v) {
    v->slots(v, gc_cleared.refs.items + gc_cleared.head, queue_length(&gc_cleared));
    v->slots(v, gc_finalizable.refs.items + gc_finalizable.head, queue_length(&gc_finalizable));
}
