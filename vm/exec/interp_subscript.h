/* Subscripts of exact built-in containers, without calls. */
#ifndef VM_EXEC_INTERP_SUBSCRIPT_H
#define VM_EXEC_INTERP_SUBSCRIPT_H

#include "vm/objects/dict.h"
#include "vm/objects/list.h"

static __attribute__((noinline)) Value subscript_get_sequence(Value v, int64_t i) {
    uint32_t shape = STM_OBJ(v)->shape;
    if (shape == TYPE_LIST) return i < 0 ? list_get_fast(v, i + GET(REF(PyList, v), length)) : 0;
    if (shape == TYPE_TUPLE) {
        int64_t length = tuple_length(v);
        if (i < 0) i += length;
        return LIKELY((uint64_t)i < (uint64_t)length) ? tuple_item(v, i) : 0;
    }
    if (shape == TYPE_STR) {
        int64_t length = REF(PyStr, v)->length;
        if (i < 0) i += length;
        if (UNLIKELY((uint64_t)i >= (uint64_t)length)) return 0;
        uint32_t c = str_char(str_data(v), REF(PyStr, v)->width, (size_t)i);
        return py_str_char(c);
    }
    return 0;
}

/* d[key] behind the first step of the look-up. */
static __attribute__((noinline)) Value subscript_get_dict_rest(Value dict, Value simple_key, PyArray GS *e, PyRaw GS *index, int64_t hash) {
    Value item = dict_get_rest(dict, simple_key, (TablePlace){e, index, hash});
    if (UNLIKELY(!item)) item = dict_get_full(dict, simple_key);
    return item == VM_UNBOUND ? 0 : item;
}

/* What subscript_get_fast leaves over. All calls are at its ends: the usual way, a dict, saves no registers. */
static __attribute__((noinline)) Value subscript_get_other(Value v, Value key) {
    if (STM_OBJ(v)->shape == TYPE_DICT && table_is_simple(key)) {
        TablePlace at;
        int64_t n = table_begin(TABLE(v), key, DICT_SHIFT, &at);
        if (LIKELY(n >= 0)) return dict_found_value(v, at.e, key, n);
        return n == TABLE_ABSENT ? 0 : subscript_get_dict_rest(v, key, at.e, at.index, at.hash);
    }
    return is_int(key) ? subscript_get_sequence(v, int_value(key)) : 0;
}

/* v[key], v a reference; 0 without exception: take the general way. */
static inline Value subscript_get_fast(Value v, Value key) {
    if (is_int(key) && STM_OBJ(v)->shape == TYPE_LIST) {
        Value item = list_get_fast(v, int_value(key));
        if (LIKELY(item)) return item;
    }
    return subscript_get_other(v, key);
}

/* v[key] = value; false: take the general way. */
static inline __attribute__((always_inline)) bool subscript_set_fast(Value v, Value key, Value value) {
    uint32_t shape = STM_OBJ(v)->shape;
    if (shape == TYPE_LIST && is_int(key)) return list_set_fast(v, int_value(key), value);
    if (shape == TYPE_DICT && table_is_simple(key)) return dict_replace_fast(v, key, value);
    return false;
}

#endif
