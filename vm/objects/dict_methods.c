/* The type dict: slots and methods. */
#include "vm/objects/dict.h"
#include "vm/objects/iterators.h"

/* ---- creation */

NEW_SLOT(dict_make) { return type == py_type(TYPE_DICT) ? py_dict_new() : py_alloc(type, 0); }

int dict_update_args(Value dict, const char *name, const Value *args, size_t nargs, Value kwnames) {
    if (nargs > 1)
        return py_raise_int(TYPE_TypeError, "%s expected at most 1 argument, got %zu", name, nargs);
    if (nargs && dict_merge(dict, args[0], true) < 0) return -1;
    int64_t keywords = kwnames ? tuple_length(kwnames) : 0;
    for (int64_t i = 0; i < keywords; i++)
        if (py_dict_set(dict, tuple_item(kwnames, i), args[nargs + (size_t)i]) < 0) return -1;
    return 0;
}

static int dict_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    return dict_update_args(self, "dict", args, nargs, kwnames);
}

/* Sets and dicts know the hashes of their keys, which differ. */
static bool keys_are_hashed(Value v) {
    return is_exactly(v, TYPE_SET) || is_exactly(v, TYPE_FROZENSET) || is_exactly(v, TYPE_DICT);
}
static Value fill_hashed(Value dict, Value keys, Value fill) {
    Value key;
    int shift = is_exactly(keys, TYPE_DICT) ? DICT_SHIFT : SET_SHIFT;
    for (int64_t n = 0; (n = table_next(TABLE(keys), n, &key, 0, shift)) >= 0; n++)
        if (table_insert(TABLE(dict), key, fill, table_entry_hash(TABLE(keys), n, key), DICT_SHIFT) < 0) return 0;
    return dict;
}

METHOD(dict_fromkeys) {
    Value dict = py_call0(args[0]), fill = args[2] ? args[2] : VM_NONE;
    if (!dict) return 0;
    bool exact = is_exactly(dict, TYPE_DICT);
    if (exact && !py_dict_length(dict) && keys_are_hashed(args[1])) return fill_hashed(dict, args[1], fill);
    Value it = py_iter(args[1]), key;
    if (!it) return 0;
    while ((key = py_next(it)) != VM_STOP) {
        if (!key) return 0;
        if ((exact ? py_dict_set(dict, key, fill) : py_setitem(dict, key, fill)) < 0) return 0;
    }
    return dict;
}

/* ---- slots */

Value dict_subscript(Value dict, Value key) {
    Value value = py_dict_get(dict, key);
    if (LIKELY(value != VM_UNBOUND)) return value;
    if (!is_exactly(dict, TYPE_DICT)) {
        Value missing = py_lookup_special(dict, NAME(__missing__));
        if (missing) return py_call1(missing, key);
        if (py_error()) return 0;
    }
    return py_raise_value(TYPE_KeyError, key);
}

int dict_store(Value dict, Value key, Value value_or_0) {
    if (value_or_0) return py_dict_set(dict, key, value_or_0);
    int deleted = py_dict_delete(dict, key);
    if (deleted) return deleted < 0 ? -1 : 0;
    py_raise_value(TYPE_KeyError, key);
    return -1;
}

static int dict_contains(Value self, Value key) {
    int64_t hash, n = table_find(TABLE(self), key, &hash, DICT_SHIFT);
    return n >= 0 ? 1 : n == TABLE_ABSENT ? 0 : -1;
}

static Value dict_repr(Value self) {
    if (!py_dict_length(self)) return py_str_c("{}");
    int entered = py_repr_enter(self);
    if (entered) return entered < 0 ? 0 : py_str_c("{...}");
    PyStrBuilder b;
    py_builder_init(&b);
    bool ok = py_builder_char(&b, '{') == 0, first = true;
    Value key, value;
    for (int64_t n = 0; ok && py_dict_next(self, &n, &key, &value); first = false) {
        Value key_text = py_repr(key), text = key_text ? py_repr(value) : 0;
        ok = text && (first || py_builder_ascii(&b, ", ", 2) == 0) &&
             py_builder_str(&b, key_text) == 0 && py_builder_ascii(&b, ": ", 2) == 0 &&
             py_builder_str(&b, text) == 0;
    }
    ok = ok && py_builder_char(&b, '}') == 0;
    py_repr_leave(self);
    return ok ? py_builder_finish(&b) : 0;
}

int dict_equal(Value a, Value b) {
    if (py_dict_length(a) != py_dict_length(b)) return 0;
    Value key, value;
    for (int64_t n = 0; (n = table_next(TABLE(a), n, &key, &value, DICT_SHIFT)) >= 0; n++) {
        int64_t hash = table_entry_hash(TABLE(a), n, key), at = TABLE_ODD;
        if (table_is_simple(key)) at = table_find_simple(TABLE(b), key, DICT_SHIFT);
        if (at == TABLE_ODD) at = table_find_hashed(TABLE(b), key, hash, DICT_SHIFT);
        if (at < 0) return at == TABLE_ABSENT ? 0 : -1;
        int equal = py_equal(value, dict_entry_value(b, at));
        if (equal <= 0) return equal;
    }
    return 1;
}

static Value dict_compare(Value a, Value b, int op) {
    if ((op != PY_EQ && op != PY_NE) || !py_is_dict(a) || !py_is_dict(b)) return VM_NOT_IMPLEMENTED;
    int equal = dict_equal(a, b);
    return equal < 0 ? 0 : vm_bool(equal == (op == PY_EQ));
}

static Value dict_or(Value a, Value b) {
    if (!py_is_dict(a) || !py_is_dict(b)) return VM_NOT_IMPLEMENTED;
    Value result = is_exactly(a, TYPE_DICT) ? py_dict_copy(a) : py_call_method(a, "copy", 0, 0);
    return result && dict_merge(result, b, true) == 0 ? result : 0;
}

static Value dict_ior(Value self, Value other) {
    return dict_merge(self, other, true) < 0 ? 0 : self;
}

/* ---- methods */

METHOD(dict_get) {
    Value value = py_dict_get(args[0], args[1]);
    return value != VM_UNBOUND ? value : args[2] ? args[2] : VM_NONE;
}
METHOD(dict_setdefault) {
    return py_dict_setdefault(args[0], args[1], args[2] ? args[2] : VM_NONE);
}
METHOD(dict_pop) {
    Value value = py_dict_pop(args[0], args[1]);
    if (value != VM_UNBOUND) return value;
    return args[2] ? args[2] : py_raise_value(TYPE_KeyError, args[1]);
}
METHOD(dict_popitem) {
    Value key, value;
    int64_t n = table_previous(TABLE(args[0]), INT64_MAX, &key, &value, DICT_SHIFT);
    if (n < 0) return py_raise(TYPE_KeyError, "popitem(): dictionary is empty");
    Value pair = py_tuple_pack(2, key, value);
    if (pair) table_delete(TABLE(args[0]), n, DICT_SHIFT);
    return pair;
}
static Value dict_update(const Value *args, size_t nargs, Value kwnames) {
    return dict_update_args(args[0], "update", args + 1, nargs - 1, kwnames) < 0 ? 0 : VM_NONE;
}
METHOD(dict_clear) {
    table_clear(TABLE(args[0]));
    return VM_NONE;
}
METHOD(dict_contains_method) {
    int found = dict_contains(args[0], args[1]);
    return found < 0 ? 0 : vm_bool(found);
}
METHOD(dict_getitem_method) { return dict_subscript(args[0], args[1]); }
METHOD(dict_copy) { return py_dict_copy(args[0]); }
METHOD(dict_keys) { return dict_view_new(TYPE_DICT_KEYS, args[0]); }
METHOD(dict_values) { return dict_view_new(TYPE_DICT_VALUES, args[0]); }
METHOD(dict_items) { return dict_view_new(TYPE_DICT_ITEMS, args[0]); }
METHOD(dict_reversed) { return dict_iter_new(TYPE_DICT_REV_KEY_ITER, args[0]); }
static Value dict_iter(Value self) { return dict_iter_new(TYPE_DICT_KEY_ITER, self); }
METHOD(dict_sizeof) {
    PyTable GS *t = TABLE(args[0]);
    size_t bytes = gc_object_size((StmObj)t);
    if (GET(t, entries)) bytes += gc_object_size(REF(StmObject, t->entries));
    if (GET(t, index)) bytes += gc_object_size(REF(StmObject, t->index));
    if (GET(t, hashes)) bytes += gc_object_size(REF(StmObject, t->hashes));
    return int_make((int64_t)bytes);
}

static const PyMethodDef dict_methods[] = {
    {"__sizeof__", "($self, /)", dict_sizeof, 0, "D.__sizeof__() -> size of D in memory, in bytes"},
    {"get", "($self, key, default=None, /)", dict_get, 0,
     "Return the value for key if key is in the dictionary, else default."},
    {"setdefault", "($self, key, default=None, /)", dict_setdefault, 0,
     "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for "
     "key if key is in the dictionary, else default."},
    {"pop", "($self, key, default=<unrepresentable>, /)", dict_pop, 0,
     "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\nIf the key is "
     "not found, return the default if given; otherwise,\nraise a KeyError."},
    {"popitem", "($self, /)", dict_popitem, 0,
     "Remove and return a (key, value) pair as a 2-tuple.\n\nPairs are returned in LIFO (last-in, "
     "first-out) order.\nRaises KeyError if the dict is empty."},
    {"keys", "($self, /)", dict_keys, 0,
     "D.keys() -> a set-like object providing a view on D's keys"},
    {"items", "($self, /)", dict_items, 0,
     "D.items() -> a set-like object providing a view on D's items"},
    {"values", "($self, /)", dict_values, 0,
     "D.values() -> an object providing a view on D's values"},
    {"update", 0, dict_update, 0,
     "D.update([E, ]**F) -> None.  Update D from dict/iterable E and F.\nIf E is present and has a "
     ".keys() method, then does:  for k in E: D[k] = E[k]\nIf E is present and lacks a .keys() "
     "method, then does:  for k, v in E: D[k] = v\nIn either case, this is followed by: for k in "
     "F:  D[k] = F[k]"},
    {"fromkeys", "($type, iterable, value=None, /)", dict_fromkeys, PY_METHOD_CLASS,
     "Create a new dictionary with keys from iterable and values set to value."},
    {"__contains__", "($self, key, /)", dict_contains_method, PY_METHOD_SLOT, "True if the dictionary has the specified key, else False."},
    {"__getitem__", "($self, key, /)", dict_getitem_method, PY_METHOD_SLOT, "x.__getitem__(y) <==> x[y]"},
    {"clear", "($self, /)", dict_clear, 0, "D.clear() -> None.  Remove all items from D."},
    {"copy", "($self, /)", dict_copy, 0, "D.copy() -> a shallow copy of D"},
    {"__reversed__", "($self, /)", dict_reversed, 0,
     "Return a reverse iterator over the dict keys."},
    CLASS_GETITEM,
    {0}};

const PyTypeSpec py_spec_dict = {
    .doc = "dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a "
           "mapping object's\n    (key, value) pairs\ndict(iterable) -> new dictionary initialized "
           "as if via:\n    d = {}\n    for k, v in iterable:\n        d[k] = v\ndict(**kwargs) -> "
           "new dictionary initialized with the name=value pairs\n    in the keyword argument "
           "list.  For example:  dict(one=1, two=2)",
    .slots = {.new = dict_make,
              .init = dict_init,
              .repr = dict_repr,
              .hash = py_hash_unhashable,
              .richcompare = dict_compare,
              .iter = dict_iter,
              .length = py_dict_length,
              .getitem = dict_subscript,
              .setitem = dict_store,
              .contains = dict_contains,
              .or_ = dict_or,
              .ior = dict_ior},
    .methods = dict_methods,
    .raw_words = 3,
};
