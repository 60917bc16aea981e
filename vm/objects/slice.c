/* slice. Immutable. */
#include "vm/objects/list.h"

Value py_slice_new(Value start, Value stop, Value step) {
    StmRef ref = gc_alloc(TYPE_SLICE, 0, sizeof(PySlice));
    PySlice GS *slice = REF(PySlice, ref);
    slice->start = start;
    slice->stop = stop;
    slice->step = step;
    return ref;
}

/* A bound as a 64-bit number, clipped. None leaves *out. */
static int bound(Value v, int64_t *out) {
    if (v == VM_NONE) return 0;
    if (is_int(v)) {
        *out = int_value(v);
        return 0;
    }
    if (!has_index(v))
        return py_raise_int(TYPE_TypeError,
                            "slice indices must be integers or None or have an __index__ method");
    *out = py_index_int64(v, 0);
    return *out == -1 && py_error() ? -1 : 0;
}

static int64_t clip(int64_t i, int64_t length, bool backwards) {
    if (i < 0) {
        i += length;
        return i < 0 ? (backwards ? -1 : 0) : i;
    }
    return i < length ? i : backwards ? length - 1 : length;
}

int py_slice_indices(Value slice, int64_t length, int64_t *start, int64_t *stop, int64_t *step,
                     int64_t *count) {
    PySlice GS *s = REF(PySlice, slice);
    *step = 1;
    if (bound(s->step, step) < 0) return -1;
    if (*step == 0) return py_raise_int(TYPE_ValueError, "slice step cannot be zero");
    if (*step < -INT64_MAX) *step = -INT64_MAX;
    bool backwards = *step < 0;
    *start = backwards ? INT64_MAX : 0;
    *stop = backwards ? INT64_MIN : INT64_MAX;
    if (bound(s->start, start) < 0 || bound(s->stop, stop) < 0) return -1;
    *start = clip(*start, length, backwards);
    *stop = clip(*stop, length, backwards);
    if (backwards)
        *count = *stop < *start ? (*start - *stop - 1) / -*step + 1 : 0;
    else
        *count = *start < *stop ? (*stop - *start - 1) / *step + 1 : 0;
    return 0;
}

static Value slice_make(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)type;
    if (kwnames && tuple_length(kwnames))
        return py_raise(TYPE_TypeError, "slice() takes no keyword arguments");
    if (nargs < 1) return py_raise(TYPE_TypeError, "slice expected at least 1 argument, got 0");
    if (nargs > 3)
        return py_raise(TYPE_TypeError, "slice expected at most 3 arguments, got %zu", nargs);
    if (nargs == 1) return py_slice_new(VM_NONE, args[0], VM_NONE);
    return py_slice_new(args[0], args[1], nargs == 3 ? args[2] : VM_NONE);
}

static Value slice_tuple(Value self) {
    PySlice GS *s = REF(PySlice, self);
    return py_tuple_pack(3, s->start, s->stop, s->step);
}

static Value slice_repr(Value self) {
    PySlice GS *s = REF(PySlice, self);
    return py_str_format("slice(%R, %R, %R)", s->start, s->stop, s->step);
}

static Value slice_compare(Value a, Value b, int op) {
    if (!is_exactly(a, TYPE_SLICE) || !is_exactly(b, TYPE_SLICE)) return VM_NOT_IMPLEMENTED;
    if (a == b) return vm_bool(op == PY_EQ || op == PY_LE || op == PY_GE);
    Value x = slice_tuple(a), y = slice_tuple(b);
    return x && y ? py_compare(x, y, op) : 0;
}

/* slice.indices(): in unbounded integers. `v` is None or an index; returns the clipped bound. */
static Value wide_bound(Value v, Value length, Value low, Value high, Value if_none) {
    if (v == VM_NONE) return if_none;
    if (!has_index(v))
        return py_raise(TYPE_TypeError,
                        "slice indices must be integers or None or have an __index__ method");
    Value i = py_index(v);
    if (!i) return 0;
    if (py_int_compare(i, int_make(0)) < 0) {
        i = py_int_add(i, length);
        return i && py_int_compare(i, low) < 0 ? low : i;
    }
    return py_int_compare(i, high) > 0 ? high : i;
}

int slice_wide_indices(Value slice, Value length, Value *start, Value *stop, Value *step) {
    PySlice GS *s = REF(PySlice, slice);
    Value zero = int_make(0);
    *step = int_make(1);
    if (s->step != VM_NONE) {
        if (!has_index(s->step))
            return py_raise_int(TYPE_TypeError, "slice indices must be integers or None or have an "
                                                "__index__ method");
        if (!(*step = py_index(s->step))) return -1;
        if (py_int_compare(*step, zero) == 0)
            return py_raise_int(TYPE_ValueError, "slice step cannot be zero");
    }
    bool backwards = py_int_compare(*step, zero) < 0;
    Value low = backwards ? int_make(-1) : zero;
    Value high = backwards ? py_int_sub(length, int_make(1)) : length;
    if (!high) return -1;
    *start = wide_bound(s->start, length, low, high, backwards ? high : low);
    *stop = *start ? wide_bound(s->stop, length, low, high, backwards ? low : high) : 0;
    return *stop ? 0 : -1;
}

METHOD(slice_indices) {
    Value length = py_index(args[1]), start, stop, step;
    if (!length) return 0;
    if (py_int_compare(length, int_make(0)) < 0)
        return py_raise(TYPE_ValueError, "length should not be negative");
    if (slice_wide_indices(args[0], length, &start, &stop, &step) < 0) return 0;
    return py_tuple_pack(3, start, stop, step);
}

static Value slice_reduce(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return py_tuple_pack(2, py_type(TYPE_SLICE), slice_tuple(args[0]));
}

static Value slice_start(Value self) { return REF(PySlice, self)->start; }
static Value slice_stop(Value self) { return REF(PySlice, self)->stop; }
static Value slice_step(Value self) { return REF(PySlice, self)->step; }

static const PyMethodDef slice_methods[] = {
    {"indices", "($self, length, /)", slice_indices, 0,
     "S.indices(len) -> (start, stop, stride)\n\nAssuming a sequence of length len, calculate the "
     "start and stop\nindices, and the stride length of the extended slice described by\nS. Out "
     "of bounds indices are clipped in a manner consistent with the\nhandling of normal slices."},
    {"__reduce__", "($self, /)", slice_reduce, 0, "Return state information for pickling."},
    {0}};
static const PyGetSetDef slice_getsets[] = {
    {"start", slice_start, 0, 0}, {"stop", slice_stop, 0, 0}, {"step", slice_step, 0, 0}, {0}};

const PyTypeSpec py_spec_slice = {
    .doc = "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.  This is used for "
           "extended slicing (e.g. a[0:10:2]).",
    .slots = {.new = slice_make,
              .repr = slice_repr,
              .richcompare = slice_compare,
              .hash = py_hash_unhashable},
    .methods = slice_methods,
    .getsets = slice_getsets,
};
