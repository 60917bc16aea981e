/* The types set, frozenset and their iterator: slots and methods. Storage is in set.c. */
#include "vm/objects/iterators.h"
#include "vm/objects/set.h"

/* A set as an item of a set (in, remove, discard) is looked up as a frozenset. */
static Value hashable_item(Value item) {
    if (!is_any_set(item) || is_frozen(item)) return 0;
    Value frozen = py_alloc_id(TYPE_FROZENSET, 0);
    return frozen && table_copy(TABLE(frozen), TABLE(item), SET_SHIFT) == 0 ? frozen : 0;
}

static int lookup_item(Value set, Value item, int (*operation)(Value, Value)) {
    int result = operation(set, item);
    if (result >= 0 || !py_error_is(TYPE_TypeError)) return result;
    Value error = py_error_take(), frozen = hashable_item(item);
    if (frozen) return operation(set, frozen);
    py_error_restore(error);
    return -1;
}

/* ---- creation */

NEW_SLOT(set_make) { return py_alloc(type, 0); }

static int set_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    if (kwnames && tuple_length(kwnames))
        return py_raise_int(TYPE_TypeError, "set() takes no keyword arguments");
    if (nargs > 1)
        return py_raise_int(TYPE_TypeError, "set expected at most 1 argument, got %zu", nargs);
    if (py_set_length(self)) table_clear(TABLE(self));
    return nargs ? py_set_update(self, args[0]) : 0;
}

NEW_SLOT(frozenset_make) {
    bool exact = type == py_type(TYPE_FROZENSET);
    if (kwnames && tuple_length(kwnames) && type_takes(type, TYPE_FROZENSET, NAME(__init__)))
        return py_raise(TYPE_TypeError, "frozenset() takes no keyword arguments");
    if (nargs > 1)
        return py_raise(TYPE_TypeError, "frozenset expected at most 1 argument, got %zu", nargs);
    if (exact && nargs && is_exactly(args[0], TYPE_FROZENSET)) return args[0];
    if (exact && !nargs) return py_frozenset_empty();
    Value set = py_alloc(type, 0);
    if (!set || (nargs && py_set_update(set, args[0]) < 0)) return 0;
    return exact && !py_set_length(set) ? py_frozenset_empty() : set;
}

/* ---- slots */

static Value set_repr(Value self) {
    Value type = py_type_of(self);
    if (!py_set_length(self)) return py_str_format("%N()", type);
    int entered = py_repr_enter(self);
    if (entered) return entered < 0 ? 0 : py_str_format("%N(...)", type);
    Value list = py_list_from_iterable(self), text = list ? py_repr(list) : 0;
    py_repr_leave(self);
    if (!text) return 0;
    Value inner = py_str_substring(text, 1, REF(PyStr, text)->length - 1);
    if (!inner) return 0;
    if (is_exactly(self, TYPE_SET)) return py_str_format("{%S}", inner);
    return py_str_format("%N({%S})", type, inner);
}

/* The same for every order of insertion, and the one that collections.abc.Set._hash computes. */
static int64_t frozenset_hash(Value self) {
    PySet GS *set = REF(PySet, self);
    int64_t hash = GET(set, hash);
    if (hash) return hash;
    uint64_t sum = 1927868237u * (uint64_t)(GET(set, used) + 1);
    Value key;
    for (int64_t n = 0; (n = table_next(TABLE(self), n, &key, 0, SET_SHIFT)) >= 0; n++) {
        uint64_t item = (uint64_t)table_entry_hash(TABLE(self), n, key);
        sum ^= (item ^ item << 16 ^ 89869747u) * 3644798167u;
    }
    sum ^= sum >> 11 ^ sum >> 25;
    hash = (int64_t)(sum * 69069u + 907133923u);
    if (hash == -1 || hash == 0) hash = 590923713;
    SET(set, hash, hash);
    return hash;
}

static Value set_compare(Value a, Value b, int op) {
    if (!is_any_set(a) || !is_any_set(b)) return VM_NOT_IMPLEMENTED;
    int64_t n = py_set_length(a), m = py_set_length(b);
    int result;
    switch (op) {
    case PY_EQ:
    case PY_NE:
        result = n == m ? set_is_subset(a, b) : 0;
        if (result >= 0 && op == PY_NE) result = !result;
        break;
    case PY_LE: result = set_is_subset(a, b); break;
    case PY_LT: result = n < m ? set_is_subset(a, b) : 0; break;
    case PY_GE: result = set_is_subset(b, a); break;
    default: result = n > m ? set_is_subset(b, a) : 0; break;
    }
    return result < 0 ? 0 : vm_bool(result);
}

static int set_contains(Value self, Value item) { return lookup_item(self, item, py_set_contains); }
Value set_iter(Value self) { return iterator_new(TYPE_SET_ITER, self, 0, py_set_length(self)); }

/* ---- operators and their methods */

typedef int (*SetOperation)(Value set, Value other);

static Value operate(Value a, Value b, SetOperation operation) {
    if (!is_any_set(a) || !is_any_set(b)) return VM_NOT_IMPLEMENTED;
    Value result = set_copy_of(a);
    return result && operation(result, b) == 0 ? result : 0;
}
static Value operate_in_place(Value a, Value b, SetOperation operation) {
    if (!is_any_set(b)) return VM_NOT_IMPLEMENTED;
    return operation(a, b) < 0 ? 0 : a;
}
static Value set_or(Value a, Value b) { return operate(a, b, set_merge); }
static Value set_sub(Value a, Value b) { return operate(a, b, set_remove_all); }
static Value set_and(Value a, Value b) { return operate(a, b, set_keep_common); }
static Value set_xor(Value a, Value b) { return operate(a, b, set_toggle_all); }
static Value set_ior(Value a, Value b) { return operate_in_place(a, b, set_merge); }
static Value set_isub(Value a, Value b) { return operate_in_place(a, b, set_remove_all); }
static Value set_iand(Value a, Value b) { return operate_in_place(a, b, set_keep_common); }
static Value set_ixor(Value a, Value b) { return operate_in_place(a, b, set_toggle_all); }

/* Apply to each of a tuple of iterables. */
static Value operate_many(Value set, Value others, SetOperation operation) {
    for (int64_t i = 0; set && i < tuple_length(others); i++) {
        Value other = set_from_any(tuple_item(others, i));
        if (!other || operation(set, other) < 0) return 0;
    }
    return set;
}
static Value none_if(Value ok) { return ok ? VM_NONE : 0; }

METHOD(set_update) {
    for (int64_t i = 0; i < tuple_length(args[1]); i++)
        if (py_set_update(args[0], tuple_item(args[1], i)) < 0) return 0;
    return VM_NONE;
}
METHOD(set_union) {
    Value result = set_copy_of(args[0]);
    for (int64_t i = 0; result && i < tuple_length(args[1]); i++)
        if (py_set_update(result, tuple_item(args[1], i)) < 0) return 0;
    return result;
}
METHOD(set_difference) { return operate_many(set_copy_of(args[0]), args[1], set_remove_all); }
METHOD(set_difference_update) { return none_if(operate_many(args[0], args[1], set_remove_all)); }
METHOD(set_intersection) { return operate_many(set_copy_of(args[0]), args[1], set_keep_common); }
METHOD(set_intersection_update) { return none_if(operate_many(args[0], args[1], set_keep_common)); }
METHOD(set_symmetric_difference) {
    Value other = set_from_any(args[1]), result = other ? set_copy_of(args[0]) : 0;
    return result && set_toggle_all(result, other) == 0 ? result : 0;
}
METHOD(set_symmetric_difference_update) {
    Value other = set_from_any(args[1]);
    return other && set_toggle_all(args[0], other) == 0 ? VM_NONE : 0;
}
METHOD(set_issubset) {
    Value other = set_from_any(args[1]);
    int result = other ? set_is_subset(args[0], other) : -1;
    return result < 0 ? 0 : vm_bool(result);
}
METHOD(set_issuperset) {
    if (is_any_set(args[1])) {
        int result = set_is_subset(args[1], args[0]);
        return result < 0 ? 0 : vm_bool(result);
    }
    Value it = py_iter(args[1]), item;
    if (!it) return 0;
    while ((item = py_next(it)) != VM_STOP) {
        int found = item ? py_set_contains(args[0], item) : -1;
        if (found <= 0) return found < 0 ? 0 : VM_FALSE;
    }
    return VM_TRUE;
}
METHOD(set_isdisjoint) {
    Value walk = args[1], probe = args[0], item;
    if (is_any_set(walk) && py_set_length(walk) > py_set_length(probe)) {
        walk = args[0];
        probe = args[1];
    }
    Value it = is_any_set(walk) ? set_iter(walk) : py_iter(walk);
    if (!it) return 0;
    while ((item = py_next(it)) != VM_STOP) {
        int found = item ? py_set_contains(probe, item) : -1;
        if (found) return found < 0 ? 0 : VM_FALSE;
    }
    return VM_TRUE;
}

/* ---- single items */

METHOD(set_add) { return py_set_add(args[0], args[1]) < 0 ? 0 : VM_NONE; }
METHOD(set_discard) { return lookup_item(args[0], args[1], py_set_discard) < 0 ? 0 : VM_NONE; }
METHOD(set_remove) {
    int found = lookup_item(args[0], args[1], py_set_discard);
    if (found == 0) return py_raise_value(TYPE_KeyError, args[1]);
    return found < 0 ? 0 : VM_NONE;
}
METHOD(set_pop) {
    int64_t n = table_first(TABLE(args[0]), SET_SHIFT);
    if (n < 0) return py_raise(TYPE_KeyError, "pop from an empty set");
    PyArray GS *e = REF(PyArray, GET(TABLE(args[0]), entries));
    Value item = GET(e, items[n]);
    table_delete(TABLE(args[0]), n, SET_SHIFT);
    return item;
}
METHOD(set_clear) {
    table_clear(TABLE(args[0]));
    return VM_NONE;
}
METHOD(set_copy) { return is_exactly(args[0], TYPE_FROZENSET) ? args[0] : set_copy_of(args[0]); }
METHOD(set_reduce) {
    Value list = py_list_from_iterable(args[0]), items = list ? py_tuple_pack(1, list) : 0;
    Value state = items ? py_call_method(args[0], "__getstate__", 0, 0) : 0;
    return state ? py_tuple_pack(3, py_type_of(args[0]), items, state) : 0;
}
METHOD(set_sizeof) {
    PyTable GS *t = TABLE(args[0]);
    size_t bytes = gc_object_size((StmObj)t);
    if (GET(t, entries)) bytes += gc_object_size(REF(StmObject, t->entries));
    if (GET(t, index)) bytes += gc_object_size(REF(StmObject, t->index));
    return int_make((int64_t)bytes);
}

METHOD(set_contains_method) {
    int found = set_contains(args[0], args[1]);
    return found < 0 ? 0 : vm_bool(found);
}

#define FROZEN_METHODS                                                                             \
    {"__contains__", "($self, object, /)", set_contains_method, PY_METHOD_SLOT, "x.__contains__(y) <==> y in x."}, \
    {"__reduce__", "($self, /)", set_reduce, 0, "Return state information for pickling."},         \
        {"__sizeof__", "($self, /)", set_sizeof, 0,                                                \
         "S.__sizeof__() -> size of S in memory, in bytes"},                                       \
        {"copy", "($self, /)", set_copy, 0, "Return a shallow copy of a set."},                    \
        {"difference", "($self, /, *others)", set_difference, 0,                                   \
         "Return the difference of two or more sets as a new set."},                               \
        {"intersection", "($self, /, *others)", set_intersection, 0,                               \
         "Return the intersection of two sets as a new set."},                                     \
        {"isdisjoint", "($self, other, /)", set_isdisjoint, 0,                                     \
         "Return True if two sets have a null intersection."},                                     \
        {"issubset", "($self, other, /)", set_issubset, 0,                                         \
         "Report whether another set contains this set."},                                         \
        {"issuperset", "($self, other, /)", set_issuperset, 0,                                     \
         "Report whether this set contains another set."},                                         \
        {"symmetric_difference", "($self, other, /)", set_symmetric_difference, 0,                 \
         "Return the symmetric difference of two sets as a new set."},                             \
        {"union", "($self, /, *others)", set_union, 0, "Return the union of sets as a new set."},  \
        CLASS_GETITEM

static const PyMethodDef frozenset_methods[] = {FROZEN_METHODS, {0}};
static const PyMethodDef set_methods[] = {
    FROZEN_METHODS,
    {"add", "($self, object, /)", set_add, 0, "Add an element to a set."},
    {"clear", "($self, /)", set_clear, 0, "Remove all elements from this set."},
    {"discard", "($self, object, /)", set_discard, 0,
     "Remove an element from a set if it is a member."},
    {"difference_update", "($self, /, *others)", set_difference_update, 0,
     "Remove all elements of another set from this set."},
    {"intersection_update", "($self, /, *others)", set_intersection_update, 0,
     "Update a set with the intersection of itself and another."},
    {"pop", "($self, /)", set_pop, 0, "Remove and return an arbitrary set element."},
    {"remove", "($self, object, /)", set_remove, 0,
     "Remove an element from a set; it must be a member."},
    {"symmetric_difference_update", "($self, other, /)", set_symmetric_difference_update, 0,
     "Update a set with the symmetric difference of itself and another."},
    {"update", "($self, /, *others)", set_update, 0,
     "Update a set with the union of itself and others."},
    {0}};

const PyTypeSpec py_spec_set = {
    .doc = "set() -> new empty set object\nset(iterable) -> new set object\n\nBuild an unordered "
           "collection of unique elements.",
    .slots = {.new = set_make,
              .init = set_init,
              .repr = set_repr,
              .hash = py_hash_unhashable,
              .richcompare = set_compare,
              .iter = set_iter,
              .length = py_set_length,
              .contains = set_contains,
              .sub = set_sub,
              .and_ = set_and,
              .xor = set_xor,
              .or_ = set_or,
              .isub = set_isub,
              .iand = set_iand,
              .ixor = set_ixor,
              .ior = set_ior},
    .methods = set_methods,
    .raw_words = 3,
};
const PyTypeSpec py_spec_frozenset = {
    .doc = "frozenset() -> empty frozenset object\nfrozenset(iterable) -> frozenset "
           "object\n\nBuild an immutable unordered collection of unique elements.",
    .slots = {.new = frozenset_make,
              .repr = set_repr,
              .hash = frozenset_hash,
              .richcompare = set_compare,
              .iter = set_iter,
              .length = py_set_length,
              .contains = set_contains,
              .sub = set_sub,
              .and_ = set_and,
              .xor = set_xor,
              .or_ = set_or},
    .methods = frozenset_methods,
    .raw_words = 3,
};

/* ---- the iterator: index = entry number, limit = the set's length at the start */

static Value set_iter_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value set = GET(it, a), item;
    if (!set) return VM_STOP;
    if (py_set_length(set) != GET(it, limit)) {
        SET(it, limit, -1);
        return py_raise(TYPE_RuntimeError, "Set changed size during iteration");
    }
    int64_t n = table_next(TABLE(set), GET(it, index), &item, 0, SET_SHIFT);
    if (n < 0) return iterator_end(self);
    SET(it, index, n + 1);
    return item;
}

/* The items to come, without moving the iterator. */
static Value set_iter_rest(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value list = py_list_new(0), set = GET(it, a), item;
    if (!list || !set) return list;
    for (int64_t n = GET(it, index); (n = table_next(TABLE(set), n, &item, 0, SET_SHIFT)) >= 0; n++)
        if (py_list_append(list, item) < 0) return 0;
    return list;
}
METHOD(set_iter_length_hint) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value set = GET(it, a);
    if (!set || py_set_length(set) != GET(it, limit)) return int_make(0);
    Value list = set_iter_rest(args[0]);
    return list ? int_make(py_list_length(list)) : 0;
}
METHOD(set_iter_reduce) {
    Value list = set_iter_rest(args[0]);
    return list ? iterator_reduce_list(list) : 0;
}
static const PyMethodDef set_iter_methods[] = {
    {"__length_hint__", "($self, /)", set_iter_length_hint, 0,
     "Private method returning an estimate of len(list(it))."},
    {"__reduce__", "($self, /)", set_iter_reduce, 0, "Return state information for pickling."},
    {0}};
const PyTypeSpec py_spec_set_iter = {
    .slots = {.iter = iterator_self, .next = set_iter_next},
    .methods = set_iter_methods,
    .raw_words = 2,
};
