/* list.sort. Where all keys are of one exact simple type, they are compared in C on flat memory,
 * with no chance of Python running: kinds INT, FLOAT, STR and TUPLE. Otherwise (ANY) a permutation
 * of entry numbers is sorted, kept in a heap object, and keys are compared by `<`.
 *
 * I1: while Python code can run, the list is empty and its array belongs to the sort.
 * I2: the original array changes only after the last comparison: an exception leaves it whole. */
#include "vm/exec/safepoint.h"
#include "vm/modules/signal.h"
#include "vm/objects/list.h"

typedef enum { SORT_INT, SORT_FLOAT, SORT_STR, SORT_TUPLE, SORT_ANY } SortKind;

typedef struct {
    int64_t key; /* order of the keys as far as a number can tell */
    Value object, value;
} SortItem;

/* ---- comparison of simple keys, without calls */

static bool simple_less(Value a, Value b) {
    if (is_int(a) && is_int(b)) return int_value(a) < int_value(b);
    if (is_exactly(a, TYPE_STR)) return py_str_compare(a, b) < 0;
    if (py_is_float(a) && py_is_float(b)) return py_float_value(a) < py_float_value(b);
    return py_compare_bool(a, b, PY_LT) == 1;
}
static bool simple_equal(Value a, Value b) {
    if (a == b) return true;
    if (is_int(a) && is_int(b)) return false;
    if (is_exactly(a, TYPE_STR)) return py_str_equal(a, b) == 1;
    if (py_is_float(a) && py_is_float(b)) return py_float_value(a) == py_float_value(b);
    return py_compare_bool(a, b, PY_EQ) == 1;
}
static bool tuple_less(Value a, Value b) {
    int64_t n = tuple_length(a), m = tuple_length(b);
    for (int64_t i = 0; i < n && i < m; i++) {
        Value x = tuple_item(a, i), y = tuple_item(b, i);
        if (!simple_equal(x, y)) return simple_less(x, y);
    }
    return n < m;
}

/* The kernels' context: may a signal stop them? */
static bool stopped(bool may_be) { return may_be && UNLIKELY(atomic_load_relaxed(&vm_signals_pending)) && vm_signal_is_main(); }

#define SORT_NAME(x)        ints_##x
#define SORT_CONTEXT        bool
#define SORT_ELEM           int64_t
#define SORT_PTR            int64_t *
#define SORT_PUT(cx, p, e)  ((void)(cx), *(p) = (e))
#define SORT_LESS(cx, a, b) ((a) < (b))
#define SORT_STOP           stopped
#include "vm/objects/sort_merge.h"

#define SORT_NAME(x)        numbers_##x
#define SORT_CONTEXT        bool
#define SORT_ELEM           SortItem
#define SORT_PTR            SortItem *
#define SORT_PUT(cx, p, e)  ((void)(cx), *(p) = (e))
#define SORT_LESS(cx, a, b) ((a).key < (b).key)
#define SORT_STOP           stopped
#include "vm/objects/sort_merge.h"

#define SORT_NAME(x)       strings_##x
#define SORT_CONTEXT       bool
#define SORT_ELEM          SortItem
#define SORT_PTR           SortItem *
#define SORT_PUT(cx, p, e) ((void)(cx), *(p) = (e))
#define SORT_LESS(cx, a, b)                                                                        \
    ((a).key != (b).key ? (a).key < (b).key : py_str_compare((a).object, (b).object) < 0)
#define SORT_STOP           stopped
#include "vm/objects/sort_merge.h"

#define SORT_NAME(x)        tuples_##x
#define SORT_CONTEXT        bool
#define SORT_ELEM           SortItem
#define SORT_PTR            SortItem *
#define SORT_PUT(cx, p, e)  ((void)(cx), *(p) = (e))
#define SORT_LESS(cx, a, b) tuple_less((a).object, (b).object)
#define SORT_STOP           stopped
#include "vm/objects/sort_merge.h"

typedef struct {
    PyArray GS *keys;
    StmObj raw;
} SortAny;
static int any_less(SortAny *cx, uint32_t a, uint32_t b) {
    Value x = GET(cx->keys, items[a]), y = GET(cx->keys, items[b]);
    return py_compare_bool(x, y, PY_LT);
}

#define SORT_NAME(x)        any_##x
#define SORT_CONTEXT        SortAny *
#define SORT_ELEM           uint32_t
#define SORT_PTR            uint32_t GS *
#define SORT_PUT(cx, p, e)  (stm_write((cx)->raw, (p)), *(p) = (e))
#define SORT_LESS(cx, a, b) any_less(cx, a, b)
#include "vm/objects/sort_merge.h"

/* ---- which kind */

static SortKind kind_of(Value v) {
    if (is_int(v)) return SORT_INT;
    if (is_float(v)) return SORT_FLOAT;
    if (is_exactly(v, TYPE_STR)) return SORT_STR;
    if (is_exactly(v, TYPE_TUPLE)) return SORT_TUPLE;
    if (is_exactly(v, TYPE_FLOAT)) {
        double d = py_float_value(v);
        return d == d ? SORT_FLOAT : SORT_ANY;
    }
    return SORT_ANY;
}

enum { MAX_COLUMNS = 8 };
/* Do all tuples hold exact numbers or strings, each column of one sort? */
static bool tuples_simple(PyArray GS *keys, int64_t n) {
    uint8_t columns[MAX_COLUMNS] = {0}; /* 1: numbers, 2: strings */
    for (int64_t i = 0; i < n; i++) {
        Value tuple = keys->items[i];
        if (tuple_length(tuple) > MAX_COLUMNS) return false;
        for (int64_t c = 0; c < tuple_length(tuple); c++) {
            Value v = tuple_item(tuple, c);
            uint32_t shape = shape_of(v);
            uint8_t sort = shape == TYPE_INT || shape == TYPE_FLOAT ? 1 : shape == TYPE_STR ? 2 : 0;
            if (!sort || (columns[c] && columns[c] != sort)) return false;
            columns[c] = sort;
        }
    }
    return true;
}

static SortKind classify(PyArray GS *keys, int64_t n) {
    stm_read_range(keys->items, (size_t)n * sizeof(Value));
    SortKind kind = kind_of(keys->items[0]);
    for (int64_t i = 1; i < n && kind != SORT_ANY; i++)
        if (kind_of(keys->items[i]) != kind) kind = SORT_ANY;
    return kind == SORT_TUPLE && !tuples_simple(keys, n) ? SORT_ANY : kind;
}

/* ---- the C kernels */

/* A double as an integer of the same order; both zeros are equal. */
static int64_t float_order(double d) {
    if (d == 0) return 0;
    int64_t bits;
    memcpy(&bits, &d, 8);
    return bits < 0 ? INT64_MIN - bits : bits;
}

/* The first 8 characters of a string, so that different results order as the strings do. With a
 * wide string in the list there is no common prefix format, and 0 is used for all. */
static int64_t str_prefix(Value str) {
    const uint8_t GS *data = str_data(str);
    uint64_t prefix = 0;
    size_t length = REF(PyStr, str)->length;
    for (size_t i = 0; i < 8; i++) prefix = prefix << 8 | (i < length ? data[i] : 0);
    return (int64_t)(prefix ^ UINT64_C(1) << 63);
}

static void fill_items(SortItem *items, PyArray GS *keys, PyArray GS *values, int64_t n,
                       SortKind kind) {
    bool narrow = kind == SORT_STR;
    for (int64_t i = 0; i < n && narrow; i++) narrow = REF(PyStr, keys->items[i])->width == 1;
    for (int64_t i = 0; i < n; i++) {
        Value key = keys->items[i];
        items[i].key = kind == SORT_INT     ? int_value(key)
                       : kind == SORT_FLOAT ? float_order(py_float_value(key))
                       : narrow             ? str_prefix(key)
                                            : 0;
        items[i].object = key;
        items[i].value = values->items[i];
    }
}

static void reverse_items(SortItem *a, int64_t n) {
    for (int64_t i = 0, j = n - 1; i < j; i++, j--) {
        SortItem swap = a[i];
        a[i] = a[j];
        a[j] = swap;
    }
}

/* Ints that are their own keys: equal ones cannot be told apart, so the tagged words are sorted. 1: stopped. */
static int sort_plain_ints(PyArray GS *array, int64_t n, bool reverse, bool may_stop) {
    size_t bytes = (size_t)n * sizeof(Value);
    Value temp = py_raw_new(bytes / 2 + 8);
    if (!temp) return -1;
    stm_write_range((StmObj)array, array->items, bytes);
    int64_t *room = stm_flat(REF(PyRaw, temp)->data, bytes / 2 + 8, true);
    int64_t *flat = stm_flat(array->items, bytes, true);
    if (ints_sort(may_stop, flat, n, room) < 0) return 1;
    for (int64_t i = 0, j = n - 1; reverse && i < j; i++, j--) {
        int64_t swap = flat[i];
        flat[i] = flat[j];
        flat[j] = swap;
    }
    return 0;
}

static int run_kernel(SortKind kind, SortItem *items, int64_t n, SortItem *room, bool may_stop) {
    if (kind == SORT_STR) return strings_sort(may_stop, items, n, room);
    if (kind == SORT_TUPLE) return tuples_sort(may_stop, items, n, room);
    return numbers_sort(may_stop, items, n, room);
}

/* 0, -1, or 1: a signal has stopped it, the values are all there. */
static int sort_simple(PyArray GS *keys, PyArray GS *values, int64_t n, bool reverse, SortKind kind, bool may_stop) {
    if (kind == SORT_INT && keys == values) return sort_plain_ints(values, n, reverse, may_stop);
    size_t count = (size_t)n + (size_t)n / 2 + 1, bytes = count * sizeof(SortItem);
    Value temp = py_raw_new(bytes);
    if (!temp) return -1;
    stm_read_range(values->items, (size_t)n * sizeof(Value));
    stm_write_range((StmObj)values, values->items, (size_t)n * sizeof(Value));
    SortItem *items = stm_flat(REF(PyRaw, temp)->data, bytes, true), *room = items + n;
    fill_items(items, keys, values, n, kind);
    if (reverse) reverse_items(items, n);
    if (run_kernel(kind, items, n, room, may_stop) < 0) return 1;
    if (reverse) reverse_items(items, n);
    for (int64_t i = 0; i < n; i++) values->items[i] = items[i].value;
    return 0;
}

/* The values belong to this sort alone. After a signal whose handler has not raised it is done again, to the end. */
static int sort_long_may_call(PyArray GS *keys, PyArray GS *values, int64_t n, bool reverse, SortKind kind) {
    int status = sort_simple(keys, values, n, reverse, kind, true);
    if (status <= 0) return status;
    return vm_check_signals_may_call() < 0 ? -1 : sort_simple(keys, values, n, reverse, kind, false);
}

/* ---- any keys */

/* Sorts by calling `<`. Returns the sorted values as a new array, or 0 with an exception. */
static Value sort_any_may_call(PyArray GS *keys, PyArray GS *values, int64_t n, bool reverse) {
    if (n >= UINT32_MAX) return py_raise_memory();
    Value raw = py_raw_new(((size_t)n + (size_t)n / 2 + 1) * sizeof(uint32_t));
    if (!raw) return 0;
    uint32_t GS *order = (uint32_t GS *)REF(PyRaw, raw)->data;
    for (int64_t i = 0; i < n; i++) order[i] = (uint32_t)(reverse ? n - 1 - i : i);
    SortAny context = {keys, REF(StmObject, raw)};
    if (any_sort(&context, order, n, order + n) < 0) return 0;
    Value sorted = py_array_new((size_t)n);
    if (!sorted) return 0;
    stm_read_range(order, (size_t)n * sizeof(uint32_t));
    for (int64_t i = 0; i < n; i++) {
        uint32_t from = order[reverse ? n - 1 - i : i];
        REF(PyArray, sorted)->items[i] = GET(values, items[from]);
    }
    return sorted;
}

/* The keys of all items, or 0 with an exception. */
static Value compute_keys_may_call(PyArray GS *values, int64_t n, Value function) {
    Value keys = py_array_new((size_t)n);
    for (int64_t i = 0; keys && i < n; i++) {
        Value key = py_call1(function, GET(values, items[i]));
        if (!key) return 0;
        SET(REF(PyArray, keys), items[i], key);
    }
    return keys;
}

enum { LONG_SORT = 100000 }; /* signals stop it */

int py_list_sort(Value list, Value key_or_None, bool reverse) {
    PyList GS *l = REF(PyList, list);
    int64_t n = GET(l, length);
    if (n == 0 || (n == 1 && key_or_None == VM_NONE)) return 0;
    PyArray GS *values = REF(PyArray, GET(l, items)), *keys = values;
    if (key_or_None == VM_NONE && n < LONG_SORT) {
        SortKind kind = classify(values, n);
        if (kind != SORT_ANY) return sort_simple(values, values, n, reverse, kind, false);
    }
    Value result = VAL(values);
    Value none = py_array_new(0); /* still there at the end: nobody has touched the list */
    if (!none) return -1;
    SET_COVERED(l, items, none);
    SET(l, length, 0);
    bool ok = true;
    if (key_or_None != VM_NONE) {
        Value computed = compute_keys_may_call(values, n, key_or_None);
        keys = REF(PyArray, computed);
        ok = computed != 0;
    }
    if (ok && n > 1) {
        SortKind kind = classify(keys, n);
        if (kind == SORT_ANY) {
            Value sorted = sort_any_may_call(keys, values, n, reverse);
            ok = sorted != 0;
            if (sorted) result = sorted;
        } else {
            ok = sort_long_may_call(keys, values, n, reverse, kind) == 0;
        }
    }
    bool modified = GET(l, items) != none;
    SET_COVERED(l, items, result);
    SET(l, length, n);
    if (ok && modified) return py_raise_int(TYPE_ValueError, "list modified during sort");
    return ok ? 0 : -1;
}

Value list_method_sort(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    bool reverse = false;
    if (args[2]) {
        if (!has_index(args[2]))
            return py_raise(TYPE_TypeError, "'%T' object cannot be interpreted as an integer",
                            args[2]);
        int truth = py_truth(args[2]);
        if (truth < 0) return 0;
        reverse = truth;
    }
    return py_list_sort(args[0], args[1] ? args[1] : VM_NONE, reverse) < 0 ? 0 : VM_NONE;
}
