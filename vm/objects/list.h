/* Fast paths of lists and helpers over their storage, for the interpreter and the container files.
 *
 * I1: items[0, length) of a list's array are not 0, items[length, capacity) are 0. So a reader with
 *     an index >= 0 needs no look at `length`, and does not conflict with threads that append.
 * I2: `items` is a covered word (stm/README.md): who reads an item, or finds that there is none below the array's capacity, has
 *     marked it in the array. Who finds no array, or an index beyond its capacity, marks `length`: it changes before
 *     there is such an item.
 * None of these calls Python, collects or raises, unless it says so. */
#ifndef VM_OBJECTS_LIST_H
#define VM_OBJECTS_LIST_H

#include "vm/vm.h"

/* Head of a function in a method table: its bound arguments are in args[]. */
#define METHOD(name)                                                                               \
    static Value name(const Value *args, __attribute__((unused)) size_t nargs,                     \
                      __attribute__((unused)) Value kwnames)
/* Head of a function for slots.new. */
#define NEW_SLOT(name)                                                                             \
    static Value name(__attribute__((unused)) Value type,                                          \
                      __attribute__((unused)) const Value *args,                                   \
                      __attribute__((unused)) size_t nargs, __attribute__((unused)) Value kwnames)

/* The array, to go on to its item `i` at once; null if it is not as long (I2). */
static inline PyArray GS *list_array_for(PyList GS *list, int64_t i) {
    Value items = list->items;
    if (LIKELY(items && (uint64_t)i < REF(PyArray, items)->capacity)) return REF(PyArray, items);
    stm_read(&list->length);
    return 0;
}

/* Item `i` of a list or subclass; 0 without exception if it is not in [0, length): then take the
 * slow path, which counts from the end or raises. */
static inline Value list_get_fast(Value list, int64_t i) {
    PyArray GS *array = list_array_for(REF(PyList, list), i);
    return LIKELY(array) ? GET(array, items[i]) : 0;
}

/* Store item `i`; false if it is not in [0, length). */
static inline bool list_set_fast(Value list, int64_t i, Value item) {
    PyArray GS *array = list_array_for(REF(PyList, list), i);
    if (UNLIKELY(!array || !GET(array, items[i]))) return false;
    SET_VALUE_READ(array, items[i], item);
    return true;
}

/* 0, or -1 with MemoryError. */
static inline int list_append_fast(Value list, Value item) {
    PyList GS *l = REF(PyList, list);
    int64_t length = GET(l, length);
    PyArray GS *array = list_array_for(l, length);
    if (UNLIKELY(!array)) return py_list_append(list, item);
    SET_VALUE(array, items[length], item);
    SET_RAW_READ(l, length, length + 1);
    return 0;
}

/* Copy into a fresh array / within one (with barriers) / set items to 0 (with barriers). */
void array_copy(PyArray GS *to, size_t to_index, PyArray GS *from, size_t from_index, size_t count);
void array_move(PyArray GS *array, size_t to, size_t from, size_t count);
void array_clear(PyArray GS *array, size_t start, size_t count);

/* Make room for `capacity` items without changing the length. 0 or -1 with MemoryError. */
int list_reserve(PyList GS *list, size_t capacity);
/* Replace items [low, high) by `count` Values of `source` (0: none; not the list's own array).
 * 0 or -1 with MemoryError. */
int list_splice(PyList GS *list, int64_t low, int64_t high, PyArray GS *source,
                int64_t source_index, int64_t count);
/* A new exact list of items [low, high). */
Value list_slice(Value list, int64_t low, int64_t high);
Value list_method_sort(const Value *args, size_t nargs, Value kwnames);

/* Rich comparison of two sequences item by item: used by list and tuple. `item` gives item i or 0
 * beyond the end. May call. */
Value sequence_compare(Value a, Value b, int op, Value (*item)(Value, int64_t),
                       int64_t (*length)(Value));
/* Is this usable as an index (an int or has __index__)? Does not call. */
static inline bool has_index(Value v) {
    return py_is_int(v) || py_type_lookup(py_type_of(v), NAME(__index__)) != 0;
}
/* Start and stop of index(): clipped to [0, length]. -1 with TypeError. May call. */
int sequence_index_bounds(Value start_or_0, Value stop_or_0, int64_t length, int64_t *start,
                          int64_t *stop);
/* slice.indices() for a length of any size: int objects. 0, or -1 with an exception. May call. */
int slice_wide_indices(Value slice, Value length, Value *start, Value *stop, Value *step);
/* cls[item] for built-in generic types. */
Value type_class_getitem(const Value *args, size_t nargs, Value kwnames);
#define CLASS_GETITEM                                                                              \
    { "__class_getitem__", "($type, item, /)", type_class_getitem, PY_METHOD_CLASS, "See PEP 585" }

#endif
