/* The type list: slots and methods. Storage is in list.c, sort in list_sort.c. */
#include "vm/objects/list.h"
#include "vm/objects/str.h"

#define UNUSED_ARGS (void)nargs, (void)kwnames

static int list_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    if (kwnames && tuple_length(kwnames) && type_takes(py_type_of(self), TYPE_LIST, NAME(__new__)))
        return py_raise_int(TYPE_TypeError, "list() takes no keyword arguments");
    if (nargs > 1)
        return py_raise_int(TYPE_TypeError, "list expected at most 1 argument, got %zu", nargs);
    if (py_list_length(self)) list_splice(REF(PyList, self), 0, py_list_length(self), 0, 0, 0);
    return nargs ? py_list_extend(self, args[0]) : 0;
}

static Value list_make(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, UNUSED_ARGS;
    return type == py_type(TYPE_LIST) ? py_list_new(0) : py_alloc(type, 0);
}

static Value item_or_0(Value list, int64_t i) { return list_get_fast(list, i); }

static Value list_compare(Value a, Value b, int op) {
    if (!py_is_list(a) || !py_is_list(b)) return VM_NOT_IMPLEMENTED;
    return sequence_compare(a, b, op, item_or_0, py_list_length);
}

static Value list_repr(Value self) {
    if (!py_list_length(self)) return py_str_c("[]");
    int entered = py_repr_enter(self);
    if (entered) return entered < 0 ? 0 : py_str_c("[...]");
    PyStrBuilder b;
    py_builder_init(&b);
    bool ok = py_builder_char(&b, '[') == 0;
    for (int64_t i = 0; ok && i < py_list_length(self); i++) {
        Value text = py_repr(py_list_item(self, i));
        ok =
            text && (i == 0 || py_builder_ascii(&b, ", ", 2) == 0) && py_builder_str(&b, text) == 0;
    }
    ok = ok && py_builder_char(&b, ']') == 0;
    py_repr_leave(self);
    return ok ? py_builder_finish(&b) : 0;
}

/* ---- subscription */

static int index_error(const char *what) {
    return py_raise_int(TYPE_IndexError, "%s index out of range", what);
}

/* The index as 0 <= *i < length; -1 with an exception. May call. */
static int list_index_of(Value self, Value key, int64_t *i, const char *what) {
    if (!has_index(key))
        return py_raise_int(TYPE_TypeError, "list indices must be integers or slices, not %T", key);
    *i = is_int(key) ? int_value(key) : py_index_int64(key, "IndexError");
    if (*i == -1 && !is_int(key) && py_error()) return -1;
    int64_t length = py_list_length(self);
    if (*i < 0) *i += length;
    return *i < 0 || *i >= length ? index_error(what) : 0;
}

static Value list_getitem(Value self, Value key) {
    int64_t start, stop, step, count;
    if (is_int(key) && int_value(key) >= 0) {
        Value item = list_get_fast(self, int_value(key));
        if (LIKELY(item)) return item;
    }
    if (!is_exactly(key, TYPE_SLICE))
        return list_index_of(self, key, &start, "list") < 0 ? 0 : py_list_item(self, start);
    if (py_slice_indices(key, py_list_length(self), &start, &stop, &step, &count) < 0) return 0;
    if (step == 1) return list_slice(self, start, start + count);
    Value list = py_list_new((size_t)count);
    if (!list || !count) return list;
    PyArray GS *to = REF(PyArray, REF(PyList, list)->items);
    for (int64_t i = 0; i < count; i++) to->items[i] = py_list_item(self, start + i * step);
    return list;
}

static int delete_extended(Value self, int64_t start, int64_t step, int64_t count) {
    PyList GS *l = REF(PyList, self);
    if (count == 0) return 0;
    if (step < 0) {
        start += (count - 1) * step;
        step = -step;
    }
    int64_t length = py_list_length(self), to = start;
    PyArray GS *array = REF(PyArray, GET(l, items));
    stm_write_range((StmObj)array, &array->items[start], (size_t)(length - start) * sizeof(Value));
    for (int64_t from = start; from < length; from++) {
        int64_t skipped = (from - start) / step;
        if ((from - start) % step == 0 && skipped < count) continue;
        array->items[to++] = array->items[from];
    }
    for (int64_t i = to; i < length; i++) array->items[i] = 0;
    SET(l, length, to);
    return 0;
}

/* The items to assign, in an array that is not the list's own: a list or tuple's as a list. */
static Value assigned_items(Value self, Value value, const char *error) {
    if (value == self) return list_slice(value, 0, py_list_length(value));
    if (is_exactly(value, TYPE_LIST)) return value;
    if (error && !py_type_lookup(py_type_of(value), NAME(__iter__)) &&
        !py_type_lookup(py_type_of(value), NAME(__getitem__)))
        return py_raise(TYPE_TypeError, "%s", error);
    return py_list_from_iterable(value);
}

static int list_set_slice(Value self, Value key, Value value) {
    int64_t start, stop, step, count;
    if (py_slice_indices(key, py_list_length(self), &start, &stop, &step, &count) < 0) return -1;
    PyList GS *l = REF(PyList, self);
    if (!value) {
        if (step == 1) return list_splice(l, start, start + count, 0, 0, 0);
        return delete_extended(self, start, step, count);
    }
    Value source = assigned_items(self, value,
                                  step == 1 ? "can only assign an iterable"
                                            : "must assign iterable to extended slice");
    if (!source) return -1;
    /* making the list may have called Python, which may have changed this one */
    if (py_slice_indices(key, py_list_length(self), &start, &stop, &step, &count) < 0) return -1;
    int64_t given = py_list_length(source);
    PyArray GS *items = REF(PyArray, GET(REF(PyList, source), items));
    if (step == 1) return list_splice(l, start, start + count, items, 0, given);
    if (given != count)
        return py_raise_int(TYPE_ValueError,
                            "attempt to assign sequence of size %zd to extended slice of size %zd",
                            (ssize_t)given, (ssize_t)count);
    for (int64_t i = 0; i < count; i++)
        py_list_set_item(self, start + i * step, GET(items, items[i]));
    return 0;
}

static int list_setitem(Value self, Value key, Value value) {
    if (is_int(key) && value && list_set_fast(self, int_value(key), value)) return 0;
    if (is_exactly(key, TYPE_SLICE)) return list_set_slice(self, key, value);
    int64_t i;
    if (list_index_of(self, key, &i, "list assignment") < 0) return -1;
    if (!value) return list_splice(REF(PyList, self), i, i + 1, 0, 0, 0);
    py_list_set_item(self, i, value);
    return 0;
}

static int list_contains(Value self, Value item) {
    for (int64_t i = 0; i < py_list_length(self); i++) {
        int equal = py_equal(py_list_item(self, i), item);
        if (equal) return equal;
    }
    return 0;
}

/* ---- arithmetic */

static Value list_add(Value a, Value b) {
    if (!py_is_list(a)) return VM_NOT_IMPLEMENTED;
    if (!py_is_list(b)) {
        if (str_defers_to(b, py_intern_c("__radd__"))) return VM_NOT_IMPLEMENTED;
        return py_raise(TYPE_TypeError, "can only concatenate list (not \"%T\") to list", b);
    }
    int64_t n = py_list_length(a), m = py_list_length(b);
    Value sum = py_list_new(0);
    if (!n && !m) return sum;
    Value items = py_array_new((size_t)(n + m));
    if (!items) return 0;
    if (n) array_copy(REF(PyArray, items), 0, REF(PyArray, REF(PyList, a)->items), 0, (size_t)n);
    if (m)
        array_copy(REF(PyArray, items), (size_t)n, REF(PyArray, REF(PyList, b)->items), 0,
                   (size_t)m);
    REF(PyList, sum)->items = items;
    REF(PyList, sum)->length = n + m;
    return sum;
}

static Value list_iadd(Value self, Value other) {
    return py_list_extend(self, other) < 0 ? 0 : self;
}

/* The items `times` times over, as an array of its own; *total is its length. */
static Value repeated(Value self, int64_t times, int64_t *total) {
    int64_t n = py_list_length(self);
    if (times < 0) times = 0;
    if (__builtin_mul_overflow(n, times, total) || *total > INT64_MAX / 16)
        return py_raise_memory();
    Value items = py_array_new((size_t)*total);
    if (!items || !*total) return items;
    PyArray GS *to = REF(PyArray, items), *from = REF(PyArray, GET(REF(PyList, self), items));
    if (n == 1) {
        Value item = GET(from, items[0]);
        for (int64_t i = 0; i < *total; i++) to->items[i] = item;
        return items;
    }
    for (int64_t at = 0; at < *total; at += n) array_copy(to, (size_t)at, from, 0, (size_t)n);
    return items;
}

static Value list_mul(Value a, Value b) {
    if (!py_is_list(a)) {
        Value swap = a;
        a = b;
        b = swap;
    }
    if (!has_index(b)) return VM_NOT_IMPLEMENTED;
    int64_t times = py_index_int64(b, "OverflowError"), total;
    if (times == -1 && py_error()) return 0;
    Value list = py_list_new(0), items = repeated(a, times, &total);
    if (!items) return 0;
    if (total) {
        REF(PyList, list)->items = items;
        REF(PyList, list)->length = total;
    }
    return list;
}

static Value list_imul(Value self, Value other) {
    if (!has_index(other)) return VM_NOT_IMPLEMENTED;
    int64_t times = py_index_int64(other, "OverflowError"), total;
    if (times == -1 && py_error()) return 0;
    Value items = repeated(self, times, &total);
    if (!items) return 0;
    SET_COVERED(REF(PyList, self), items, total ? items : 0);
    SET(REF(PyList, self), length, total);
    return self;
}

/* ---- methods */

static Value list_append(const Value *args, size_t nargs, Value kwnames) {
    UNUSED_ARGS;
    return list_append_fast(args[0], args[1]) < 0 ? 0 : VM_NONE;
}

static Value list_extend(const Value *args, size_t nargs, Value kwnames) {
    UNUSED_ARGS;
    return py_list_extend(args[0], args[1]) < 0 ? 0 : VM_NONE;
}

/* An integer argument that is clipped to 64 bits. */
static int position_arg(Value v, int64_t *i) {
    Value number = py_index(v);
    if (!number) return -1;
    *i = py_index_int64(number, "OverflowError");
    return *i == -1 && py_error() ? -1 : 0;
}

static Value list_insert(const Value *args, size_t nargs, Value kwnames) {
    UNUSED_ARGS;
    int64_t i;
    if (position_arg(args[1], &i) < 0) return 0;
    PyList GS *l = REF(PyList, args[0]);
    int64_t length = GET(l, length);
    if (i < 0 && (i += length) < 0) i = 0;
    if (i > length) i = length;
    if (py_list_append(args[0], args[2]) < 0) return 0;
    PyArray GS *array = REF(PyArray, l->items);
    array_move(array, (size_t)i + 1, (size_t)i, (size_t)(length - i));
    SET(array, items[i], args[2]);
    return VM_NONE;
}

static Value list_pop(const Value *args, size_t nargs, Value kwnames) {
    UNUSED_ARGS;
    int64_t i = -1;
    if (args[1] && position_arg(args[1], &i) < 0) return 0;
    PyList GS *l = REF(PyList, args[0]);
    int64_t length = GET(l, length);
    if (!length) return py_raise(TYPE_IndexError, "pop from empty list");
    if (i < 0) i += length;
    if (i < 0 || i >= length) return py_raise(TYPE_IndexError, "pop index out of range");
    Value item = py_list_item(args[0], i);
    if (i < length - 1) return list_splice(l, i, i + 1, 0, 0, 0) < 0 ? 0 : item;
    SET(REF(PyArray, l->items), items[i], 0);
    SET(l, length, i);
    return item;
}

static Value list_remove(const Value *args, size_t nargs, Value kwnames) {
    UNUSED_ARGS;
    for (int64_t i = 0; i < py_list_length(args[0]); i++) {
        int equal = py_equal(py_list_item(args[0], i), args[1]);
        if (equal < 0) return 0;
        if (!equal) continue;
        if (i < py_list_length(args[0])) list_splice(REF(PyList, args[0]), i, i + 1, 0, 0, 0);
        return VM_NONE;
    }
    return py_raise(TYPE_ValueError, "list.remove(x): x not in list");
}

static Value list_clear(const Value *args, size_t nargs, Value kwnames) {
    UNUSED_ARGS;
    SET_COVERED(REF(PyList, args[0]), items, 0);
    SET(REF(PyList, args[0]), length, 0);
    return VM_NONE;
}

static Value list_copy(const Value *args, size_t nargs, Value kwnames) {
    UNUSED_ARGS;
    return list_slice(args[0], 0, py_list_length(args[0]));
}

static Value list_index(const Value *args, size_t nargs, Value kwnames) {
    UNUSED_ARGS;
    int64_t start, stop;
    if (sequence_index_bounds(args[2], args[3], py_list_length(args[0]), &start, &stop) < 0)
        return 0;
    for (int64_t i = start; i < stop && i < py_list_length(args[0]); i++) {
        int equal = py_equal(py_list_item(args[0], i), args[1]);
        if (equal) return equal < 0 ? 0 : int_make(i);
    }
    return py_raise(TYPE_ValueError, "%R is not in list", args[1]);
}

static Value list_count(const Value *args, size_t nargs, Value kwnames) {
    UNUSED_ARGS;
    int64_t count = 0;
    for (int64_t i = 0; i < py_list_length(args[0]); i++) {
        int equal = py_equal(py_list_item(args[0], i), args[1]);
        if (equal < 0) return 0;
        count += equal;
    }
    return int_make(count);
}

static Value list_reverse(const Value *args, size_t nargs, Value kwnames) {
    UNUSED_ARGS;
    int64_t length = py_list_length(args[0]);
    if (length < 2) return VM_NONE;
    PyArray GS *array = REF(PyArray, GET(REF(PyList, args[0]), items));
    stm_write_range((StmObj)array, array->items, (size_t)length * sizeof(Value));
    for (int64_t i = 0, j = length - 1; i < j; i++, j--) {
        Value swap = array->items[i];
        array->items[i] = array->items[j];
        array->items[j] = swap;
    }
    return VM_NONE;
}

static Value iterator_over(uint32_t type_id, Value list, int64_t index) {
    Value it = py_alloc_id(type_id, 0);
    if (!it) return 0;
    REF(PyIter, it)->a = list;
    REF(PyIter, it)->index = index;
    return it;
}
static Value list_iter(Value self) { return iterator_over(TYPE_LIST_ITER, self, 0); }
static Value list_reversed(const Value *args, size_t nargs, Value kwnames) {
    UNUSED_ARGS;
    return iterator_over(TYPE_LIST_REV_ITER, args[0], py_list_length(args[0]) - 1);
}

static Value list_sizeof(const Value *args, size_t nargs, Value kwnames) {
    UNUSED_ARGS;
    Value items = GET(REF(PyList, args[0]), items);
    size_t bytes = gc_object_size(REF(StmObject, args[0]));
    return int_make((int64_t)(bytes + (items ? gc_object_size(REF(StmObject, items)) : 0)));
}

METHOD(list_getitem_method) { return list_getitem(args[0], args[1]); }

static const PyMethodDef list_methods[] = {
    {"__reversed__", "($self, /)", list_reversed, 0, "Return a reverse iterator over the list."},
    {"__sizeof__", "($self, /)", list_sizeof, 0,
     "Return the size of the list in memory, in bytes."},
    {"__getitem__", "($self, index, /)", list_getitem_method, PY_METHOD_SLOT, "x.__getitem__(y) <==> x[y]"},
    {"clear", "($self, /)", list_clear, 0, "Remove all items from list."},
    {"copy", "($self, /)", list_copy, 0, "Return a shallow copy of the list."},
    {"append", "($self, object, /)", list_append, 0, "Append object to the end of the list."},
    {"insert", "($self, index, object, /)", list_insert, 0, "Insert object before index."},
    {"extend", "($self, iterable, /)", list_extend, 0,
     "Extend list by appending elements from the iterable."},
    {"pop", "($self, index=-1, /)", list_pop, 0,
     "Remove and return item at index (default last).\n\nRaises IndexError if list is empty or "
     "index is out of range."},
    {"remove", "($self, value, /)", list_remove, 0,
     "Remove first occurrence of value.\n\nRaises ValueError if the value is not present."},
    {"index", "($self, value, start=0, stop=sys.maxsize, /)", list_index, 0,
     "Return first index of value.\n\nRaises ValueError if the value is not present."},
    {"count", "($self, value, /)", list_count, 0, "Return number of occurrences of value."},
    {"reverse", "($self, /)", list_reverse, 0, "Reverse *IN PLACE*."},
    {"sort", "($self, /, *, key=None, reverse=False)", list_method_sort, 0,
     "Sort the list in ascending order and return None.\n\nThe sort is in-place (i.e. the list "
     "itself is modified) and stable (i.e. the\norder of two equal elements is maintained).\n\nIf "
     "a key function is given, apply it once to each list item and sort them,\nascending or "
     "descending, according to their function values.\n\nThe reverse flag can be set to sort in "
     "descending order."},
    CLASS_GETITEM,
    {0}};

const PyTypeSpec py_spec_list = {
    .doc = "list(iterable=(), /)\n--\n\nBuilt-in mutable sequence.\n\nIf no argument is given, the constructor creates a new "
           "empty list.\nThe argument must be an iterable if specified.",
    .slots = {.new = list_make,
              .init = list_init,
              .repr = list_repr,
              .hash = py_hash_unhashable,
              .richcompare = list_compare,
              .iter = list_iter,
              .length = py_list_length,
              .getitem = list_getitem,
              .setitem = list_setitem,
              .contains = list_contains,
              .add = list_add,
              .mul = list_mul,
              .iadd = list_iadd,
              .imul = list_imul},
    .methods = list_methods,
    .raw_words = 1,
};
