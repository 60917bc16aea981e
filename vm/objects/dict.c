/* dict: the interface for C code (vm.h). The type and its methods are in dict_methods.c, the table
 * itself in hash_table.c. */
#include "stm/atomic.h"
#include "vm/objects/dict.h"

static uint64_t next_keys_version =
    1; /* atomic; a number is never used twice, also by aborted runs */

Value py_dict_new(void) { return py_alloc_id(TYPE_DICT, 0); }

/* ---- single keys */

static Value entry_value(PyTable GS *t, int64_t n) {
    PyArray GS *e = REF(PyArray, GET(t, entries));
    return GET(e, items[2 * n + 1]);
}

Value dict_get_full(Value dict, Value simple_key) {
    int64_t n = table_probe_full(TABLE(dict), simple_key, DICT_SHIFT);
    return dict_found_value(dict, REF(PyArray, TABLE(dict)->entries), simple_key, n);
}

static __attribute__((noinline)) Value get_any(Value dict, Value key) {
    if (table_is_simple(key)) {
        Value value = dict_get_full(dict, key);
        if (value) return value;
    }
    int64_t hash, n = table_find(TABLE(dict), key, &hash, DICT_SHIFT);
    if (n >= 0) return entry_value(TABLE(dict), n);
    return n == TABLE_ABSENT ? VM_UNBOUND : 0;
}

Value py_dict_get(Value dict, Value key) {
    if (LIKELY(table_is_simple(key))) {
        Value value = dict_get_fast(dict, key);
        if (LIKELY(value)) return value;
    }
    return get_any(dict, key);
}

bool dict_replace(Value dict, Value simple_key, Value value) {
    PyTable GS *t = TABLE(dict);
    int64_t n = table_probe(t, simple_key, DICT_SHIFT);
    if (UNLIKELY(n < 0)) return false;
    SET_VALUE(REF(PyArray, t->entries), items[2 * n + 1], value);
    return true;
}

Value py_dict_get_str(Value dict, Value str_key) {
    int64_t n = table_find_simple(TABLE(dict), str_key, DICT_SHIFT);
    if (LIKELY(n >= 0)) return entry_value(TABLE(dict), n);
    return n == TABLE_ABSENT ? VM_UNBOUND : py_dict_get(dict, str_key);
}

Value py_dict_get_c(Value dict, const char *key) {
    Value str = py_str_c(key);
    return str ? py_dict_get_str(dict, str) : 0;
}

int py_dict_set(Value dict, Value key, Value value) {
    PyTable GS *t = TABLE(dict);
    int64_t hash, n = table_find(t, key, &hash, DICT_SHIFT);
    if (n == TABLE_ERROR) return -1;
    if (n == TABLE_ABSENT) return table_insert(t, key, value, hash, DICT_SHIFT);
    SET_VALUE(REF(PyArray, t->entries), items[2 * n + 1], value);
    return 0;
}

int py_dict_set_c(Value dict, const char *key, Value value) {
    Value str = py_intern_c(key);
    return str ? py_dict_set(dict, str, value) : -1;
}

int py_dict_delete(Value dict, Value key) {
    int64_t hash, n = table_find(TABLE(dict), key, &hash, DICT_SHIFT);
    if (n < 0) return n == TABLE_ABSENT ? 0 : -1;
    table_delete(TABLE(dict), n, DICT_SHIFT);
    return 1;
}

Value py_dict_pop(Value dict, Value key) {
    int64_t hash, n = table_find(TABLE(dict), key, &hash, DICT_SHIFT);
    if (n < 0) return n == TABLE_ABSENT ? VM_UNBOUND : 0;
    Value value = entry_value(TABLE(dict), n);
    table_delete(TABLE(dict), n, DICT_SHIFT);
    return value;
}

Value py_dict_setdefault(Value dict, Value key, Value value) {
    int64_t hash, n = table_find(TABLE(dict), key, &hash, DICT_SHIFT);
    if (n >= 0) return entry_value(TABLE(dict), n);
    if (n == TABLE_ERROR || table_insert(TABLE(dict), key, value, hash, DICT_SHIFT) < 0) return 0;
    return value;
}

/* ---- the whole dict */

int64_t py_dict_length(Value dict) { return GET(TABLE(dict), used); }

bool py_dict_next(Value dict, int64_t *position, Value *key, Value *value) {
    Value k, v = 0;
    int64_t n = table_next(TABLE(dict), *position, &k, &v, DICT_SHIFT);
    if (n < 0) return false;
    *position = n + 1;
    if (key) *key = k;
    if (value) *value = v;
    return true;
}

Value py_dict_copy(Value dict) {
    Value copy = py_dict_new();
    if (!copy || table_copy(TABLE(copy), TABLE(dict), DICT_SHIFT) < 0) return 0;
    return copy;
}

Value py_dict_keys_list(Value dict) {
    Value list = py_list_new(0), key;
    if (!list || list_reserve(REF(PyList, list), (size_t)py_dict_length(dict)) < 0) return 0;
    for (int64_t position = 0; py_dict_next(dict, &position, &key, 0);)
        if (py_list_append(list, key) < 0) return 0;
    return list;
}

/* ---- inline caches */

int64_t py_dict_entry_index(Value dict, Value str_key) {
    int64_t n = table_find_simple(TABLE(dict), str_key, DICT_SHIFT);
    return n >= 0 ? n : -1;
}

uint64_t py_dict_keys_version(Value dict) {
    PyTable GS *t = TABLE(dict);
    uint64_t version = GET(t, keys_version);
    if (version) return version;
    version = atomic_add_relaxed(&next_keys_version, 1);
    SET(t, keys_version, version);
    return version;
}

void py_dict_entry_set(Value dict, int64_t entry, Value value) {
    PyArray GS *e = REF(PyArray, GET(TABLE(dict), entries));
    SET(e, items[2 * entry + 1], value);
}

/* ---- merging */

bool dict_iterates_plainly(Value dict) {
    return is_exactly(dict, TYPE_DICT) || py_type_lookup(py_type_of(dict), NAME(__iter__)) ==
                                              py_type_lookup(py_type(TYPE_DICT), NAME(__iter__));
}

/* From a dict whose entries can be read directly. Its keys may call, and then change it. */
static int merge_dict(Value dict, Value other, bool override) {
    PyTable GS *from = TABLE(other), *to = TABLE(dict);
    if (from == to || !GET(from, used)) return 0;
    if (!GET(to, fill)) return table_copy(to, from, DICT_SHIFT);
    int64_t used = GET(from, used);
    Value key, value;
    for (int64_t n = 0; (n = table_next(from, n, &key, &value, DICT_SHIFT)) >= 0; n++) {
        int64_t hash = table_entry_hash(from, n, key), at = TABLE_ODD;
        if (table_is_simple(key)) at = table_find_simple(to, key, DICT_SHIFT);
        if (at == TABLE_ODD) at = table_find_hashed(to, key, hash, DICT_SHIFT);
        if (at == TABLE_ERROR) return -1;
        if (at == TABLE_ABSENT) {
            if (table_insert(to, key, value, hash, DICT_SHIFT) < 0) return -1;
        } else if (override) {
            py_dict_entry_set(dict, at, value);
        }
        if (GET(from, used) != used)
            return py_raise_int(TYPE_RuntimeError, "dict mutated during update");
    }
    return 0;
}

static int merge_keys(Value dict, Value mapping, bool override) {
    Value keys = py_call_method(mapping, "keys", 0, 0);
    Value it = keys ? py_iter(keys) : 0, key;
    if (!it) return -1;
    while ((key = py_next(it)) != VM_STOP) {
        if (!key) return -1;
        if (!override) {
            Value present = py_dict_get(dict, key);
            if (!present) return -1;
            if (present != VM_UNBOUND) continue;
        }
        Value value = py_getitem(mapping, key);
        if (!value || py_dict_set(dict, key, value) < 0) return -1;
    }
    return 0;
}

static int merge_pairs(Value dict, Value iterable, bool override) {
    Value it = py_iter(iterable), item;
    if (!it) return -1;
    for (int64_t i = 0; (item = py_next(it)) != VM_STOP; i++) {
        if (!item) return -1;
        Value pair = py_tuple_from_iterable(item);
        if (!pair) {
            if (!py_error_is(TYPE_TypeError)) return -1;
            py_error_clear();
            return py_raise_int(
                TYPE_TypeError,
                "cannot convert dictionary update sequence element #%zd to a sequence", i);
        }
        if (tuple_length(pair) != 2)
            return py_raise_int(
                TYPE_ValueError,
                "dictionary update sequence element #%zd has length %zd; 2 is required", i,
                (ssize_t)tuple_length(pair));
        Value key = tuple_item(pair, 0), value = tuple_item(pair, 1);
        if (override ? py_dict_set(dict, key, value) < 0 : !py_dict_setdefault(dict, key, value))
            return -1;
    }
    return 0;
}

int dict_merge(Value dict, Value other, bool override) {
    if (py_is_dict(other) && dict_iterates_plainly(other)) return merge_dict(dict, other, override);
    Value keys = py_getattr_opt(other, NAME(keys));
    if (!keys) return -1;
    return keys == VM_UNBOUND ? merge_pairs(dict, other, override)
                              : merge_keys(dict, other, override);
}

int py_dict_update(Value dict, Value mapping_or_iterable) {
    return dict_merge(dict, mapping_or_iterable, true);
}

int py_dict_merge_unique(Value dict, Value mapping, Value callable) {
    Value text, keys, it, key;
    if (!py_is_dict(mapping)) {
        keys = py_getattr_opt(mapping, NAME(keys));
        if (!keys) return -1;
        if (keys == VM_UNBOUND) {
            if (!(text = py_callable_text(callable))) return -1;
            return py_raise_int(TYPE_TypeError, "%S argument after ** must be a mapping, not %T",
                                text, mapping);
        }
    }
    bool plain = py_is_dict(mapping) && dict_iterates_plainly(mapping);
    if (plain && !py_dict_length(dict)) return merge_dict(dict, mapping, true);
    keys = plain ? py_dict_keys_list(mapping) : py_call_method(mapping, "keys", 0, 0);
    if (!keys || !(it = py_iter(keys))) return -1;
    while ((key = py_next(it)) != VM_STOP) {
        Value old = key ? py_dict_get(dict, key) : 0, value;
        if (!old) return -1;
        if (old != VM_UNBOUND) {
            if (!(text = py_callable_text(callable))) return -1;
            return py_raise_int(TYPE_TypeError, "%S got multiple values for keyword argument '%S'",
                                text, key);
        }
        if (!(value = py_getitem(mapping, key)) || py_dict_set(dict, key, value) < 0) return -1;
    }
    return 0;
}
