/* Subscripts of exact built-in containers, without calls. */
#ifndef VM_EXEC_INTERP_SUBSCRIPT_H
#define VM_EXEC_INTERP_SUBSCRIPT_H

#include "vm/objects/dict.h"
#include "vm/objects/list.h"

static inline Value dict_item(Value found) { return found == VM_UNBOUND ? 0 : found; }
static __attribute__((noinline)) Value dict_item_full(Value dict, Value simple_key) { return dict_item(dict_get_full(dict, simple_key)); }

/* What subscript_get_fast leaves over. */
static __attribute__((noinline)) Value subscript_get_other(Value v, Value key) {
    uint32_t shape = STM_OBJ(v)->shape;
    if (is_int(key)) {
        int64_t i = int_value(key);
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
    }
    if (shape == TYPE_DICT && table_is_simple(key)) {
        Value item = dict_get_fast(v, key);
        return LIKELY(item) ? dict_item(item) : dict_item_full(v, key);
    }
    return 0;
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
