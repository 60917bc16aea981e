/* list: storage, the interface for C code (vm.h) and slicing. Methods are in list_methods.c. */
#include "vm/objects/list.h"

static Value list_alloc(void) {
    StmRef ref = gc_alloc(TYPE_LIST, 1 | GCK_MUTABLE, sizeof(PyList));
    REF(PyList, ref)->length = 0;
    REF(PyList, ref)->items = 0;
    return ref;
}

/* ---- construction */

Value py_list_new(size_t length) {
    Value list = list_alloc();
    if (!length) return list;
    Value items = py_array_new(length);
    if (!items) return 0;
    for (size_t i = 0; i < length; i++) REF(PyArray, items)->items[i] = VM_NONE;
    REF(PyList, list)->items = items;
    REF(PyList, list)->length = (int64_t)length;
    return list;
}

Value py_list_from(const Value *items, size_t length) {
    Value list = list_alloc();
    if (!length) return list;
    Value array = py_array_new(length);
    if (!array) return 0;
    for (size_t i = 0; i < length; i++) REF(PyArray, array)->items[i] = items[i];
    REF(PyList, list)->items = array;
    REF(PyList, list)->length = (int64_t)length;
    return list;
}

Value list_slice(Value list, int64_t low, int64_t high) {
    Value copy = list_alloc();
    if (high <= low) return copy;
    Value items = GET(REF(PyList, list), items), array = py_array_new((size_t)(high - low));
    if (!array) return 0;
    array_copy(REF(PyArray, array), 0, REF(PyArray, items), (size_t)low, (size_t)(high - low));
    REF(PyList, copy)->items = array;
    REF(PyList, copy)->length = high - low;
    return copy;
}

Value py_list_to_tuple(Value list) {
    int64_t length = py_list_length(list);
    Value tuple = py_tuple_new((size_t)length);
    if (!tuple || !length) return tuple;
    PyArray GS *array = REF(PyArray, GET(REF(PyList, list), items));
    stm_read_range(array->items, (size_t)length * sizeof(Value));
    for (int64_t i = 0; i < length; i++) REF(PyTuple, tuple)->items[i] = array->items[i];
    return tuple;
}

Value py_list_from_iterable(Value iterable) {
    if (is_exactly(iterable, TYPE_LIST)) return list_slice(iterable, 0, py_list_length(iterable));
    Value list = list_alloc();
    return py_list_extend(list, iterable) < 0 ? 0 : list;
}

/* ---- room */

/* Give the list an array of at least `capacity` items, its content kept. */
int list_reserve(PyList GS *list, size_t capacity) {
    Value old = GET(list, items);
    size_t length = (size_t)GET(list, length);
    if (old && capacity <= REF(PyArray, old)->capacity) return 0;
    if (old && sizeof(PyArray) + capacity * sizeof(Value) > GC_MAX_SMALL &&
        REF(StmObject, old)->size == 0) {
        PyArray GS *array = REF(PyArray, old);
        stm_write((StmObj)array, &array->capacity);
        if (gc_grow_large(old, sizeof(PyArray) + capacity * sizeof(Value))) {
            array->capacity = capacity;
            return 0;
        }
    }
    Value grown = py_array_new(capacity);
    if (!grown) return -1;
    if (old) array_copy(REF(PyArray, grown), 0, REF(PyArray, old), 0, length);
    SET_COVERED(list, items, grown);
    gc_retire(old);
    return 0;
}

static size_t grown_capacity(size_t length) { return length + (length >> 2) + 4; }

int py_list_append(Value list, Value item) {
    PyList GS *l = REF(PyList, list);
    int64_t length = GET(l, length);
    Value items = GET(l, items);
    if (!items || (uint64_t)length >= REF(PyArray, items)->capacity) {
        if (list_reserve(l, grown_capacity((size_t)length)) < 0) return -1;
        items = l->items;
    }
    SET(REF(PyArray, items), items[length], item);
    SET(l, length, length + 1);
    return 0;
}

int list_splice(PyList GS *list, int64_t low, int64_t high, PyArray GS *source,
                int64_t source_index, int64_t count) {
    int64_t length = GET(list, length), grown = length + count - (high - low);
    if (grown == 0) {
        SET_COVERED(list, items, 0);
        SET(list, length, 0);
        return 0;
    }
    Value items = GET(list, items);
    if (!items || (uint64_t)grown > REF(PyArray, items)->capacity) {
        size_t room = length ? grown_capacity((size_t)grown) : (size_t)grown;
        if (list_reserve(list, room) < 0) return -1;
        items = list->items;
    }
    PyArray GS *array = REF(PyArray, items);
    array_move(array, (size_t)(low + count), (size_t)high, (size_t)(length - high));
    if (grown < length) array_clear(array, (size_t)grown, (size_t)(length - grown));
    if (count) {
        stm_write_range((StmObj)array, &array->items[low], (size_t)count * sizeof(Value));
        array_copy(array, (size_t)low, source, (size_t)source_index, (size_t)count);
    }
    if (grown != length) SET(list, length, grown);
    return 0;
}

/* ---- items */

int64_t py_list_length(Value list) { return GET(REF(PyList, list), length); }

Value py_list_item(Value list, int64_t i) {
    PyArray GS *array = REF(PyArray, REF(PyList, list)->items);
    return GET(array, items[i]);
}

void py_list_set_item(Value list, int64_t i, Value item) {
    PyArray GS *array = REF(PyArray, REF(PyList, list)->items);
    SET(array, items[i], item);
}

/* Append the storage of an exact list or tuple. */
static int extend_from_sequence(Value list, Value sequence) {
    PyList GS *l = REF(PyList, list);
    bool is_list = is_exactly(sequence, TYPE_LIST);
    int64_t count = is_list ? py_list_length(sequence) : tuple_length(sequence);
    int64_t length = GET(l, length);
    if (!count) return 0;
    Value items = GET(l, items);
    if (!items || (uint64_t)(length + count) > REF(PyArray, items)->capacity) {
        size_t want = (size_t)(length + count);
        if (list_reserve(l, length ? grown_capacity(want) : want) < 0) return -1;
    }
    PyArray GS *array = REF(PyArray, l->items);
    stm_write_range((StmObj)array, &array->items[length], (size_t)count * sizeof(Value));
    if (is_list) {
        PyArray GS *source = REF(PyArray, GET(REF(PyList, sequence), items));
        array_copy(array, (size_t)length, source, 0, (size_t)count);
    } else {
        for (int64_t i = 0; i < count; i++) array->items[length + i] = tuple_item(sequence, i);
    }
    SET(l, length, length + count);
    return 0;
}

int py_list_extend(Value list, Value iterable) {
    if (is_exactly(iterable, TYPE_LIST) || is_exactly(iterable, TYPE_TUPLE))
        return extend_from_sequence(list, iterable);
    Value it = py_iter(iterable), item;
    if (!it) return -1;
    int64_t hint = py_length_hint(iterable, 8);
    if (hint < 0) return -1;
    PyList GS *l = REF(PyList, list);
    int64_t length = GET(l, length);
    if (hint > 0 && hint < INT64_C(1) << 40 && list_reserve(l, (size_t)(length + hint)) < 0) {
        if (!py_error_is(TYPE_MemoryError)) return -1;
        py_error_clear(); /* the hint may be wrong */
    }
    while ((item = py_next(it)) != VM_STOP)
        if (!item || list_append_fast(list, item) < 0) return -1;
    return 0;
}

/* ---- helpers shared with tuple */

Value sequence_compare(Value a, Value b, int op, Value (*item)(Value, int64_t),
                       int64_t (*length)(Value)) {
    if ((op == PY_EQ || op == PY_NE) && length(a) != length(b)) return vm_bool(op == PY_NE);
    for (int64_t i = 0;; i++) {
        Value x = i < length(a) ? item(a, i) : 0, y = i < length(b) ? item(b, i) : 0;
        if (!x || !y) break;
        if (x == y) continue;
        int equal = py_compare_bool(x, y, PY_EQ);
        if (equal < 0) return 0;
        if (equal) continue;
        if (i >= length(a) || i >= length(b)) break; /* the comparison has shortened them */
        if (op == PY_EQ) return VM_FALSE;
        if (op == PY_NE) return VM_TRUE;
        return py_compare(x, y, op);
    }
    int64_t n = length(a), m = length(b);
    return vm_bool(op == PY_LT   ? n < m
                   : op == PY_LE ? n <= m
                   : op == PY_EQ ? n == m
                   : op == PY_NE ? n != m
                   : op == PY_GT ? n > m
                                 : n >= m);
}

static int clip_bound(Value v, int64_t length, int64_t *out) {
    if (!has_index(v))
        return py_raise_int(TYPE_TypeError,
                            "slice indices must be integers or have an __index__ method");
    int64_t i = py_index_int64(v, 0);
    if (i == -1 && py_error()) return -1;
    if (i < 0 && (i += length) < 0) i = 0;
    *out = i;
    return 0;
}

int sequence_index_bounds(Value start_or_0, Value stop_or_0, int64_t length, int64_t *start,
                          int64_t *stop) {
    *start = 0;
    *stop = length;
    if (start_or_0 && clip_bound(start_or_0, length, start) < 0) return -1;
    if (stop_or_0 && clip_bound(stop_or_0, length, stop) < 0) return -1;
    return 0;
}

Value type_class_getitem(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return py_call2(py_type(TYPE_GENERICALIAS), args[0], args[1]);
}
