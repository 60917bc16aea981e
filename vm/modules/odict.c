/* collections.OrderedDict. A dict keeps its order already, so an OrderedDict is stored as one; it
 * adds the operations on the order, and honours methods that a subclass overrides.
 *
 * move_to_end to the right costs a deletion and an insertion; to the left it rebuilds the table. */
#include "vm/modules/containers.h"

static bool is_odict(Value v) { return py_is_instance_of(v, TYPE_ORDERED_DICT); }

/* ---- filling, through __setitem__ where a subclass may have its own */

static int store(Value self, Value key, Value value) {
    return is_exactly(self, TYPE_ORDERED_DICT) ? py_dict_set(self, key, value)
                                               : py_setitem(self, key, value);
}

static int update_from_pairs(Value self, Value it) {
    Value item;
    while ((item = py_next(it)) != VM_STOP) {
        Value pair = item ? py_tuple_from_iterable(item) : 0;
        if (!pair) return -1;
        if (tuple_length(pair) != 2)
            return py_raise_int(TYPE_ValueError,
                                tuple_length(pair) < 2 ? "need more than %zd values to unpack"
                                                       : "too many values to unpack (expected 2)",
                                (ssize_t)tuple_length(pair));
        if (store(self, tuple_item(pair, 0), tuple_item(pair, 1)) < 0) return -1;
    }
    return 0;
}

static int update_from(Value self, Value other) {
    if (is_exactly(self, TYPE_ORDERED_DICT) && py_is_dict(other) && dict_iterates_plainly(other))
        return dict_merge(self, other, true);
    bool keyed = py_is_dict(other);
    if (!keyed) {
        Value found = py_getattr_opt(other, NAME(keys));
        if (!found) return -1;
        keyed = found != VM_UNBOUND;
    }
    if (!keyed) {
        Value items = py_getattr_opt(other, NAME(items)), it;
        if (!items) return -1;
        if (items != VM_UNBOUND && !(other = py_call0(items))) return -1;
        return (it = py_iter(other)) ? update_from_pairs(self, it) : -1;
    }
    Value keys = py_call_method(other, "keys", 0, 0), it = keys ? py_iter(keys) : 0, key;
    if (!it) return -1;
    while ((key = py_next(it)) != VM_STOP) {
        Value value = key ? py_getitem(other, key) : 0;
        if (!value || store(self, key, value) < 0) return -1;
    }
    return 0;
}

static int update_args(Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs && update_from(self, args[0]) < 0) return -1;
    int64_t keywords = kwnames ? tuple_length(kwnames) : 0;
    for (int64_t i = 0; i < keywords; i++)
        if (store(self, tuple_item(kwnames, i), args[nargs + (size_t)i]) < 0) return -1;
    return 0;
}

NEW_SLOT(odict_make) { return py_alloc(type, 0); }

static int odict_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs > 1)
        return py_raise_int(TYPE_TypeError, "expected at most 1 arguments, got %zu", nargs);
    return update_args(self, args, nargs, kwnames);
}
static Value odict_update(const Value *args, size_t nargs, Value kwnames) {
    if (nargs > 2)
        return py_raise(TYPE_TypeError, "update() takes at most 1 positional argument (%zu given)",
                        nargs - 1);
    return update_args(args[0], args + 1, nargs - 1, kwnames) < 0 ? 0 : VM_NONE;
}

METHOD(odict_fromkeys) {
    Value self = py_call0(args[0]), fill = args[2] ? args[2] : VM_NONE;
    Value it = self ? py_iter(args[1]) : 0, key;
    if (!it) return 0;
    while ((key = py_next(it)) != VM_STOP)
        if (!key || py_setitem(self, key, fill) < 0) return 0;
    return self;
}

/* A new one of the same type with the same items. */
static Value odict_copy_of(Value self) {
    Value copy = py_call0(py_type_of(self)), key, value;
    bool exact = is_exactly(self, TYPE_ORDERED_DICT);
    if (!copy) return 0;
    for (int64_t n = 0; (n = table_next(TABLE(self), n, &key, &value, DICT_SHIFT)) >= 0; n++) {
        bool plain = exact && table_is_simple(key);
        if (!plain && !(value = exact ? dict_subscript(self, key) : py_getitem(self, key))) return 0;
        if (store(copy, key, value) < 0) return 0;
    }
    return copy;
}
METHOD(odict_copy) { return odict_copy_of(args[0]); }

/* ---- slots */

static Value odict_repr(Value self) {
    Value name = py_type_name(py_type_of(self));
    if (!py_dict_length(self)) return py_str_format("%S()", name);
    int entered = py_repr_enter(self);
    if (entered) return entered < 0 ? 0 : py_str_c("...");
    Value items = py_call_method(self, "items", 0, 0),
          list = items ? py_list_from_iterable(items) : 0;
    Value text = list ? py_str_format("%S(%R)", name, list) : 0;
    py_repr_leave(self);
    return text;
}

static Value odict_compare(Value a, Value b, int op) {
    if ((op != PY_EQ && op != PY_NE) || !py_is_dict(a) || !py_is_dict(b)) return VM_NOT_IMPLEMENTED;
    int equal = dict_equal(a, b);
    if (equal > 0 && is_odict(a) && is_odict(b)) {
        Value keys = py_dict_keys_list(a), others = py_dict_keys_list(b);
        equal = keys && others ? py_compare_bool(keys, others, PY_EQ) : -1;
    }
    return equal < 0 ? 0 : vm_bool(equal == (op == PY_EQ));
}

static Value odict_or(Value a, Value b) {
    if (!py_is_dict(a) || !py_is_dict(b)) return VM_NOT_IMPLEMENTED;
    Value result = py_call1(py_type_of(is_odict(a) ? a : b), a);
    return result && update_from(result, b) == 0 ? result : 0;
}
static Value odict_ior(Value self, Value other) { return update_from(self, other) < 0 ? 0 : self; }

/* ---- methods */

METHOD(odict_popitem) {
    int last = args[1] ? py_truth(args[1]) : 1;
    if (last < 0) return 0;
    Value key, value;
    int64_t n = last ? INT64_MAX : table_first(TABLE(args[0]), DICT_SHIFT);
    n = n < 0  ? -1
        : last ? table_previous(TABLE(args[0]), n, &key, &value, DICT_SHIFT)
               : table_next(TABLE(args[0]), n, &key, &value, DICT_SHIFT);
    if (n < 0) return py_raise(TYPE_KeyError, "dictionary is empty");
    Value pair = py_tuple_pack(2, key, value);
    if (!pair) return 0;
    table_delete(TABLE(args[0]), n, DICT_SHIFT);
    return pair;
}

/* Put the key of entry n first: a rebuilt table. */
static int move_first(Value self, int64_t n, int64_t hash) {
    PyTable GS *t = TABLE(self);
    Value old = py_dict_copy(self), key, value;
    if (!old || table_next(t, n, &key, &value, DICT_SHIFT) < 0) return -1;
    table_clear(t);
    if (table_insert(t, key, value, hash, DICT_SHIFT) < 0) return -1;
    Value moved = key;
    for (int64_t i = 0; (i = table_next(TABLE(old), i, &key, &value, DICT_SHIFT)) >= 0; i++)
        if (key != moved &&
            table_insert(t, key, value, table_entry_hash(TABLE(old), i, key), DICT_SHIFT) < 0)
            return -1;
    return 0;
}

METHOD(odict_move_to_end) {
    int last = args[2] ? py_truth(args[2]) : 1;
    if (last < 0) return 0;
    PyTable GS *t = TABLE(args[0]);
    int64_t hash, n = table_find(t, args[1], &hash, DICT_SHIFT);
    if (n == TABLE_ERROR) return 0;
    if (n == TABLE_ABSENT) return py_raise_value(TYPE_KeyError, args[1]);
    Value key, value;
    table_next(t, n, &key, &value, DICT_SHIFT);
    if (!last) {
        bool first = table_next(t, 0, &key, 0, DICT_SHIFT) == n;
        return first || move_first(args[0], n, hash) == 0 ? VM_NONE : 0;
    }
    if (table_previous(t, INT64_MAX, &key, &value, DICT_SHIFT) == n) return VM_NONE;
    table_next(t, n, &key, &value, DICT_SHIFT);
    table_delete(t, n, DICT_SHIFT);
    return table_insert(t, key, value, hash, DICT_SHIFT) < 0 ? 0 : VM_NONE;
}

METHOD(odict_pop) {
    Value value = py_dict_pop(args[0], args[1]);
    if (value != VM_UNBOUND) return value;
    return args[2] ? args[2] : py_raise_value(TYPE_KeyError, args[1]);
}

METHOD(odict_setdefault) {
    Value self = args[0], key = args[1], fill = args[2] ? args[2] : VM_NONE;
    if (is_exactly(self, TYPE_ORDERED_DICT)) return py_dict_setdefault(self, key, fill);
    int present = py_contains(self, key);
    if (present < 0) return 0;
    if (present) return py_getitem(self, key);
    return py_setitem(self, key, fill) < 0 ? 0 : fill;
}

METHOD(odict_reduce) {
    Value state = py_call_method(args[0], "__getstate__", 0, 0);
    Value items = state ? py_call_method(args[0], "items", 0, 0) : 0,
          it = items ? py_iter(items) : 0;
    Value empty = it ? py_tuple_new(0) : 0;
    return empty ? py_tuple_pack(5, py_type_of(args[0]), empty, state, VM_NONE, it) : 0;
}

METHOD(odict_keys) { return dict_view_new(TYPE_ODICT_KEYS, args[0]); }
METHOD(odict_values) { return dict_view_new(TYPE_ODICT_VALUES, args[0]); }
METHOD(odict_items) { return dict_view_new(TYPE_ODICT_ITEMS, args[0]); }

/* ---- iterators: a the dict, index the next entry, limit its keys_version at the start, which
 * changes with every change of keys or order; b: what to yield, c: VM_TRUE backwards */

enum { YIELD_KEYS, YIELD_VALUES, YIELD_ITEMS };

static Value walk(Value dict, int what, bool reverse) {
    int64_t start = reverse ? GET(TABLE(dict), fill) - 1 : 0;
    int64_t version = (int64_t)py_dict_keys_version(dict);
    Value it = iterator_new(TYPE_ODICT_ITER, dict, start, version);
    if (!it) return 0;
    REF(PyIter, it)->b = int_make(what);
    REF(PyIter, it)->c = vm_bool(reverse);
    return it;
}

static Value odict_iter_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value dict = GET(it, a), key, value;
    if (!dict) return VM_STOP;
    PyTable GS *t = TABLE(dict);
    if ((int64_t)GET(t, keys_version) != GET(it, limit))
        return py_raise(TYPE_RuntimeError, "OrderedDict mutated during iteration");
    bool reverse = it->c == VM_TRUE;
    int64_t at = GET(it, index);
    int64_t n = reverse ? table_previous(t, at, &key, &value, DICT_SHIFT)
                        : table_next(t, at, &key, &value, DICT_SHIFT);
    if (n < 0) return iterator_end(self);
    SET(it, index, reverse ? n - 1 : n + 1);
    int64_t what = int_value(it->b);
    /* Values are looked up: a key whose hash has changed is not found. */
    if (what != YIELD_KEYS && GET(t, hashes) && !table_is_simple(key)) {
        value = py_dict_get(dict, key);
        if (!value || value == VM_UNBOUND) return value ? py_raise_value(TYPE_KeyError, key) : 0;
    }
    return what == YIELD_KEYS ? key : what == YIELD_VALUES ? value : py_tuple_pack(2, key, value);
}

METHOD(odict_iter_reduce) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value copy = iterator_new(TYPE_ODICT_ITER, GET(it, a), GET(it, index), GET(it, limit));
    if (!copy) return 0;
    REF(PyIter, copy)->b = it->b;
    REF(PyIter, copy)->c = it->c;
    Value list = py_list_from_iterable(copy);
    return list ? iterator_reduce_list(list) : 0;
}

static Value odict_iter(Value self) { return walk(self, YIELD_KEYS, false); }
METHOD(odict_reversed) { return walk(args[0], YIELD_KEYS, true); }

static Value inner(Value view) { return REF(PyWrapped, view)->inner; }
static Value keys_iter(Value self) { return walk(inner(self), YIELD_KEYS, false); }
static Value values_iter(Value self) { return walk(inner(self), YIELD_VALUES, false); }
static Value items_iter(Value self) { return walk(inner(self), YIELD_ITEMS, false); }
METHOD(keys_reversed) { return walk(inner(args[0]), YIELD_KEYS, true); }
METHOD(values_reversed) { return walk(inner(args[0]), YIELD_VALUES, true); }
METHOD(items_reversed) { return walk(inner(args[0]), YIELD_ITEMS, true); }

static const PyMethodDef odict_iter_methods[] = {
    {"__reduce__", "($self, /)", odict_iter_reduce, 0, "Return state information for pickling"},
    {0}};
const PyTypeSpec py_spec_odict_iter = {.slots = {.iter = iterator_self, .next = odict_iter_next},
                                       .methods = odict_iter_methods,
                                       .raw_words = 2};

#define VIEW_SPEC(name)                                                                            \
    static const PyMethodDef name##_methods[] = {                                                  \
        {"__reversed__", "($self, /)", name##_reversed, 0, 0}, {0}};                               \
    const PyTypeSpec py_spec_odict_##name = {.slots = {.iter = name##_iter},                       \
                                             .methods = name##_methods}
VIEW_SPEC(keys);
VIEW_SPEC(values);
VIEW_SPEC(items);

static const PyMethodDef odict_methods[] = {
    {"fromkeys", "($type, /, iterable, value=None)", odict_fromkeys, PY_METHOD_CLASS,
     "Create a new ordered dictionary with keys from iterable and values set to value."},
    {"__reduce__", "($self, /)", odict_reduce, 0, "Return state information for pickling"},
    {"setdefault", "($self, /, key, default=None)", odict_setdefault, 0,
     "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for "
     "key if key is in the dictionary, else default."},
    {"pop", "($self, /, key, default=<unrepresentable>)", odict_pop, 0,
     "od.pop(key[,default]) -> v, remove specified key and return the corresponding value.\n\nIf "
     "the key is not found, return the default if given; otherwise,\nraise a KeyError."},
    {"popitem", "($self, /, last=True)", odict_popitem, 0,
     "Remove and return a (key, value) pair from the dictionary.\n\nPairs are returned in LIFO "
     "order if last is true or FIFO order if false."},
    {"keys", "($self, /)", odict_keys, 0, 0},
    {"values", "($self, /)", odict_values, 0, 0},
    {"items", "($self, /)", odict_items, 0, 0},
    {"update", 0, odict_update, 0, 0},
    {"copy", "($self, /)", odict_copy, 0, "od.copy() -> a shallow copy of od"},
    {"__reversed__", "($self, /)", odict_reversed, 0, "od.__reversed__() <==> reversed(od)"},
    {"move_to_end", "($self, /, key, last=True)", odict_move_to_end, 0,
     "Move an existing element to the end (or beginning if last is false).\n\nRaise KeyError if "
     "the element does not exist."},
    {0}};

const PyTypeSpec py_spec_ordered_dict = {
    .doc = "Dictionary that remembers insertion order",
    .slots = {.new = odict_make,
              .init = odict_init,
              .repr = odict_repr,
              .hash = py_hash_unhashable,
              .richcompare = odict_compare,
              .iter = odict_iter,
              .or_ = odict_or,
              .ior = odict_ior},
    .methods = odict_methods,
    .raw_words = 3,
    .has_dict = true,
};
