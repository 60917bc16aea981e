/* Fast paths of dicts for the interpreter, and what the files of dict share. */
#ifndef VM_OBJECTS_DICT_H
#define VM_OBJECTS_DICT_H

#include "vm/objects/hash_table.h"

/* Look up an exact str or tagged int: the value, VM_UNBOUND if absent, or 0 (no exception) when an
 * odd key must be compared: then call py_dict_get. Does not call. */
static inline Value dict_get_fast(Value dict, Value simple_key) {
    PyTable GS *t = TABLE(dict);
    int64_t n = table_probe(t, simple_key, DICT_SHIFT);
    if (LIKELY(n >= 0)) return dict_entry_value(dict, n);
    return n == TABLE_ABSENT ? VM_UNBOUND : 0;
}

/* The value of `key` if that is the key of entry `n` (its place when the dict was made), 0: look it up. Marks as a look-up does. */
static inline Value dict_value_at(Value dict, int64_t n, Value key) {
    Value entries = GET(TABLE(dict), entries);
    if (UNLIKELY(!entries)) return 0;
    PyArray GS *e = REF(PyArray, entries);
    if (UNLIKELY(2 * (uint64_t)n + 1 >= e->capacity || e->items[2 * n] != key)) return 0;
    return dict_entry_value(dict, n);
}

/* Replace the value of a present exact str or tagged int; false if it is absent or odd: then call
 * py_dict_set. Does not call. */
static inline bool dict_replace_fast(Value dict, Value simple_key, Value value) {
    PyTable GS *t = TABLE(dict);
    int64_t n = table_probe(t, simple_key, DICT_SHIFT);
    if (UNLIKELY(n < 0)) return false;
    SET_VALUE(REF(PyArray, t->entries), items[2 * n + 1], value);
    return true;
}

/* d[key] for exact dicts and subclasses (with __missing__). May call. */
Value dict_subscript(Value dict, Value key);
int dict_store(Value dict, Value key, Value value_or_0);
/* Is the iteration of this dict subclass the built-in one, so that entries can be read directly? */
bool dict_iterates_plainly(Value dict);
/* Update from `other` as dict.update(): override false keeps present keys. May call. */
int dict_merge(Value dict, Value other, bool override);
/* The dict.update()/dict() signature: at most one positional argument and keywords. May call. */
int dict_update_args(Value dict, const char *name, const Value *args, size_t nargs, Value kwnames);
/* A new iterator over the dict: type_id one of TYPE_DICT_*_ITER. */
Value dict_iter_new(uint32_t type_id, Value dict);
Value dict_view_new(uint32_t type_id, Value dict);
int dict_equal(Value a, Value b); /* may call */

#endif
