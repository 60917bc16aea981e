/* Fast paths of dicts for the interpreter, and what the files of dict share. */
#ifndef VM_OBJECTS_DICT_H
#define VM_OBJECTS_DICT_H

#include "vm/objects/found.h"
#include "vm/objects/hash_table.h"

/* What a look-up that found entry `n` of `e`, or TABLE_ABSENT or another of them, answers: the value, VM_UNBOUND if absent, else 0. */
static inline Value dict_found_value(Value dict, PyArray GS *e, Value simple_key, int64_t n) {
    if (UNLIKELY(n < 0)) return n == TABLE_ABSENT ? VM_UNBOUND : 0;
    vm_found_note(dict, simple_key, n);
    return GET(e, items[2 * n + 1]);
}
/* The parts of dict_get_fast behind the first step: without an index, with one. */
static __attribute__((noinline, unused)) Value dict_get_scan(Value dict, Value simple_key, PyArray GS *e, int64_t hash) {
    TablePlace at = {e, 0, hash};
    int64_t n = table_scan_same(at, simple_key, DICT_SHIFT);
    if (n < 0) {
        stm_read(&TABLE(dict)->entries);
        n = table_scan(TABLE(dict), at, simple_key, DICT_SHIFT, false);
    }
    return dict_found_value(dict, e, simple_key, n);
}
static __attribute__((noinline, unused)) Value dict_get_walk(Value dict, Value simple_key, PyArray GS *e, PyRaw GS *index, int64_t hash) {
    TablePlace at = {e, index, hash};
    stm_read(&TABLE(dict)->entries);
    return dict_found_value(dict, e, simple_key, table_walk(TABLE(dict), at, simple_key, DICT_SHIFT, false));
}
/* Behind the first step, which left TABLE_UNSURE. */
static inline __attribute__((always_inline)) Value dict_get_rest(Value dict, Value simple_key, TablePlace at) {
    if (!at.e) return 0;
    return at.index ? dict_get_walk(dict, simple_key, at.e, at.index, at.hash) : dict_get_scan(dict, simple_key, at.e, at.hash);
}
/* Look up an exact str or tagged int: the value, VM_UNBOUND if absent, or 0 (no exception) where it takes a call to tell: then
 * dict_get_full. Calls nothing but its own parts, at its end: the usual way needs no registers that it would have to save. */
static inline __attribute__((always_inline)) Value dict_get_fast(Value dict, Value simple_key) {
    TablePlace at;
    int64_t n = table_begin(TABLE(dict), simple_key, DICT_SHIFT, &at);
    if (LIKELY(n != TABLE_UNSURE)) return dict_found_value(dict, at.e, simple_key, n);
    return dict_get_rest(dict, simple_key, at);
}
/* The same with comparisons of strings; 0 when an odd key must be compared: then py_dict_get. */
Value dict_get_full(Value dict, Value simple_key);

/* The value of `key` if that is the key of entry `n` (its place when the dict was made), 0: look it up. Marks as a look-up does. */
static inline Value dict_value_at(Value dict, int64_t n, Value key) {
    Value entries = TABLE(dict)->entries;
    if (UNLIKELY(!entries)) return 0;
    PyArray GS *e = REF(PyArray, entries);
    if (UNLIKELY(2 * (uint64_t)n + 1 >= e->capacity || e->items[2 * n] != key)) return 0;
    return dict_entry_value(dict, n);
}

/* Replace the value of a present exact str or tagged int; false if it is absent or odd: then call
 * py_dict_set. Does not call Python. */
bool dict_replace(Value dict, Value simple_key, Value value);
static inline bool dict_replace_fast(Value dict, Value simple_key, Value value) {
    const VmFound *found = vm_found();
    if (found->in != dict || found->key != simple_key) return dict_replace(dict, simple_key, value);
    SET_VALUE_READ(REF(PyArray, TABLE(dict)->entries), items[2 * found->entry + 1], value);
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
