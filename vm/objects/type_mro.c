/* type_mro.c -- bases: method resolution order (C3), layouts, metaclasses, lists of subclasses. */
#include "vm/objects/type.h"

bool py_type_is_subtype(Value type, Value base) {
    if (type == base) return true;
    Value mro = type_mro(type);
    if (UNLIKELY(!mro)) { /* being made: mro() of its metaclass is running */
        for (Value at = type; at && at != VM_NONE; at = type_base(at))
            if (at == base) return true;
        return false;
    }
    PyTuple GS *t = REF(PyTuple, mro);
    for (int64_t i = 0; i < t->length; i++)
        if (t->items[i] == base) return true;
    return false;
}

/* ---- C3 ---------------------------------------------------------------------------------------- */

/* Is `type` in the tail (after position at[i]) of one of the sequences? */
static bool in_some_tail(const Value *seqs, const int64_t *at, int64_t n, Value type) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = at[i] + 1; k < tuple_length(seqs[i]); k++)
            if (tuple_item(seqs[i], k) == type) return true;
    return false;
}

static Value raise_inconsistent(const Value *seqs, const int64_t *at, int64_t n) {
    PyStrBuilder b;
    py_builder_init(&b);
    Value seen = py_list_new(0);
    if (!seen) return 0;
    for (int64_t i = 0; i < n; i++) {
        if (at[i] >= tuple_length(seqs[i])) continue;
        Value head = tuple_item(seqs[i], at[i]);
        bool known = false;
        for (int64_t k = 0; k < py_list_length(seen); k++) known |= py_list_item(seen, k) == head;
        if (known) continue;
        Value name = py_type_name(head);
        if ((py_list_length(seen) && py_builder_ascii(&b, ", ", 2) < 0) ||
            py_builder_str(&b, name) < 0 || py_list_append(seen, head) < 0)
            return 0;
    }
    Value names = py_builder_finish(&b);
    if (!names) return 0;
    return py_raise(TYPE_TypeError, "Cannot create a consistent method resolution\norder (MRO) for bases %S",
                    names);
}

static Value merge(Value type, const Value *seqs, int64_t *at, int64_t n) {
    Value out = py_list_new(0);
    if (!out || py_list_append(out, type) < 0) return 0;
    for (;;) {
        Value next = 0;
        bool rest = false;
        for (int64_t i = 0; i < n && !next; i++) {
            if (at[i] >= tuple_length(seqs[i])) continue;
            rest = true;
            Value head = tuple_item(seqs[i], at[i]);
            if (!in_some_tail(seqs, at, n, head)) next = head;
        }
        if (!rest) return py_list_to_tuple(out);
        if (!next) return raise_inconsistent(seqs, at, n);
        if (py_list_append(out, next) < 0) return 0;
        for (int64_t i = 0; i < n; i++)
            if (at[i] < tuple_length(seqs[i]) && tuple_item(seqs[i], at[i]) == next) at[i]++;
    }
}

Value type_mro_linearize(Value type, Value bases) {
    int64_t n = tuple_length(bases);
    Value seqs[n + 1];
    int64_t at[n + 1];
    memset(at, 0, sizeof at);
    for (int64_t i = 0; i < n; i++) {
        Value base = tuple_item(bases, i);
        for (int64_t k = i + 1; k < n; k++)
            if (tuple_item(bases, k) == base)
                return py_raise(TYPE_TypeError, "duplicate base class %N", base);
        seqs[i] = type_mro(base);
        if (!seqs[i]) return py_raise(TYPE_TypeError, "Cannot extend an incomplete type '%N'", base);
    }
    seqs[n] = bases;
    return merge(type, seqs, at, n + 1);
}

Value type_mro_compute_may_call(Value type, Value bases) {
    Value meta = py_type_of(type);
    Value found = meta == py_type(TYPE_TYPE) ? 0 : py_type_lookup(meta, NAME(mro));
    if (!found || is_exactly(found, TYPE_METHOD_DESCR)) return type_mro_linearize(type, bases);
    Value result = special_call(type, NAME(mro), 0, 0);
    if (!result) return 0;
    result = py_tuple_from_iterable(result);
    if (!result) return 0;
    const VmType *self = vm_type(type);
    for (int64_t i = 0; i < tuple_length(result); i++) {
        Value item = tuple_item(result, i);
        if (!py_is_type(item))
            return py_raise(TYPE_TypeError, "mro() returned a non-class ('%T')", item);
        Value solid = vm_shapes[vm_type(item)->layout_type]->type->object;
        if (!py_type_is_subtype(vm_shapes[self->solid_base]->type->object, solid) &&
            vm_type(item)->layout_type != self->layout_type && item != type && !type_is_heap(solid))
            return py_raise(TYPE_TypeError, "mro() returned base with unsuitable layout ('%N')", item);
    }
    return result;
}

/* ---- layouts -------------------------------------------------------------------------------------- */

Value type_best_base(Value bases) {
    Value winner = 0, best = 0;
    for (int64_t i = 0; i < tuple_length(bases); i++) {
        Value base = tuple_item(bases, i);
        if (!py_is_type(base)) return py_raise(TYPE_TypeError, "bases must be types");
        const VmType *t = vm_type(base);
        if (!(t->flags & VM_TYPE_BASE))
            return py_raise(TYPE_TypeError, "type '%S' is not an acceptable base type",
                            type_full_name(base));
        Value candidate = vm_shapes[t->layout_type]->type->object;
        if (!winner || (winner != candidate && py_type_is_subtype(candidate, winner))) {
            winner = candidate;
            best = base;
        } else if (!py_type_is_subtype(winner, candidate)) {
            return py_raise(TYPE_TypeError, "multiple bases have instance lay-out conflict");
        }
    }
    return best;
}

/* Do both types' layouts come from the same one by the same __slots__? */
static bool same_members(const VmType *a, const VmType *b) {
    if (a->layout_type == b->layout_type) return true;
    const VmType *x = vm_shapes[a->layout_type]->type, *y = vm_shapes[b->layout_type]->type;
    if (!(x->flags & y->flags & VM_TYPE_HEAP) || x->member_count != y->member_count) return false;
    for (uint32_t i = 0; i < x->member_count; i++)
        if (x->members[i] != y->members[i]) return false;
    return vm_type(type_base(x->object))->layout_type == vm_type(type_base(y->object))->layout_type;
}

bool type_same_layout(const VmType *a, const VmType *b) {
    const VmShape *ra = vm_shapes[a->id], *rb = vm_shapes[b->id];
    return same_members(a, b) && a->layout_size == b->layout_size &&
           a->solid_base == b->solid_base && ra->extra_offset == rb->extra_offset &&
           !((a->flags ^ b->flags) & (VM_TYPE_HAS_DICT | VM_TYPE_WEAKREF)) && (a->kind & GC_KIND_MASK) == (b->kind & GC_KIND_MASK);
}

/* ---- subclasses ------------------------------------------------------------------------------------- */

/* Strong references: an object names its class only by a shape id, which the collector does not
 * follow, so classes live as long as their bases. */
int type_add_subclass(Value base, Value type) {
    PyType GS *b = REF(PyType, base);
    Value list = GET(b, subclasses);
    if (!list) {
        if (!(list = py_list_new(0))) return -1;
        SET(b, subclasses, list);
    }
    return py_list_append(list, type);
}

void type_remove_subclass(Value base, Value type) {
    Value list = GET(REF(PyType, base), subclasses);
    if (!list) return;
    Value kept = py_list_new(0);
    for (int64_t i = 0; kept && i < py_list_length(list); i++)
        if (py_list_item(list, i) != type) py_list_append(kept, py_list_item(list, i));
    if (kept) SET(REF(PyType, base), subclasses, kept);
}
