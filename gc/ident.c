/* id(): an offset that stays when the object moves.
 *
 * An old object's id is its offset. A young one that is asked gets its future old slot at once: the
 * slot is its id, and the minor collection moves it there. One that is pinned then keeps its place
 * and has an id that is not its own offset: those few are in a table, and the slot stays taken as
 * long as the object lives. */
#include "gc/internal.h"
#include <stdlib.h>
#include <string.h>

static GcIds pinned_ids; /* under gc_lock */

static size_t place(const GcIds *ids, StmRef ref) {
    size_t i = (ref >> 3) * 0x9e3779b97f4a7c15ull >> 20 & (ids->cap - 1);
    while (ids->items[i].start && ids->items[i].start != ref) i = (i + 1) & (ids->cap - 1);
    return i;
}

static StmRef ids_find(const GcIds *ids, StmRef ref) {
    return ids->cap ? ids->items[place(ids, ref)].end : 0;
}

static void ids_add(GcIds *ids, StmRef ref, StmRef slot) {
    if (ids->n * 2 >= ids->cap) {
        GcIds bigger = {.cap = ids->cap ? ids->cap * 2 : 64};
        bigger.items = calloc(bigger.cap, sizeof *bigger.items);
        if (!bigger.items) stm_out_of_memory("out of memory for the table of ids");
        for (size_t i = 0; i < ids->cap; i++)
            if (ids->items[i].start) ids_add(&bigger, ids->items[i].start, ids->items[i].end);
        free(ids->items);
        *ids = bigger;
    }
    ids->items[place(ids, ref)] = (GcSpan){ref, slot};
    ids->n++;
}

uint64_t gc_id(StmRef ref) {
    if (!value_is_ref(ref)) return ref;
    StmObj obj = STM_OBJ(ref);
    if (gc_state_of(ref) != GC_BLOCK_YOUNG) {
        if (!(obj->kind & GCK_HAS_ID)) return ref;
        pthread_mutex_lock(&gc_lock);
        StmRef slot = ids_find(&pinned_ids, ref);
        pthread_mutex_unlock(&gc_lock);
        return slot;
    }
    GcThread *thread = gc_my_thread();
    if (obj->kind & GCK_HAS_ID) return ids_find(&thread->ids, ref);
    int class = obj->kind & GCK_MUTABLE ? GC_MUTABLE : GC_IMMUTABLE;
    if (SEG->multi) gc_cursors_revalidate(gc_my_segment());
    size_t bytes = gc_object_size(obj);
    StmRef slot = gc_old_room(gc_my_segment(), class, bytes);
    /* For stm it is an object of this transaction from now on: others may come to its page. */
    uint64_t header = (uint64_t)GC_KIND_LEAF << 40 | (uint64_t)(bytes / 8) << 48;
    *(GcWord *)(SEG->self_base + slot) = SEG->multi ? header | HDR_FLAG(STMF_OWN) : header;
    if (SEG->multi) {
        stm_note_own(slot, slot + bytes);
        gc_spans_push(&thread->own, slot, slot + bytes);
    }
    ids_add(&thread->ids, ref, slot);
    obj->kind |= GCK_HAS_ID;
    return slot;
}

StmRef gc_id_slot(GcThread *thread, StmRef young) { return ids_find(&thread->ids, young); }

void gc_id_pinned(GcThread *thread, StmRef ref) {
    pthread_mutex_lock(&gc_lock);
    ids_add(&pinned_ids, ref, ids_find(&thread->ids, ref));
    pthread_mutex_unlock(&gc_lock);
}

void gc_ids_forget_young(GcThread *thread) {
    if (!thread->ids.n) return;
    free(thread->ids.items);
    thread->ids = (GcIds){0};
}

void gc_ids_after_mark(void) {
    GcIds old = pinned_ids;
    pinned_ids = (GcIds){0};
    for (size_t i = 0; i < old.cap; i++) {
        StmRef ref = old.items[i].start, slot = old.items[i].end;
        if (!ref || !gc_marked(ref)) continue;
        gc_use_lines(slot, slot + STM_GRANULE);
        ids_add(&pinned_ids, ref, slot);
    }
    free(old.items);
}
