/* range and its iterators. A range is immutable and holds int objects of any size; it is walked
 * with 64-bit numbers where they do, else by int arithmetic (longrange_iterator: a the next number,
 * b the step, c the count that remains). */
#include "vm/objects/iterators.h"

static const Value zero = (Value)0 << 1 | 1, one = (Value)1 << 1 | 1;
static bool is_negative(Value i) { return py_int_compare(i, zero) < 0; }

/* ---- creation */

static Value range_count(Value start, Value stop, Value step) {
    bool down = is_negative(step);
    if (py_int_compare(start, stop) * (down ? -1 : 1) >= 0) return zero;
    Value span = down ? py_int_sub(start, stop) : py_int_sub(stop, start);
    Value stride = down && span ? py_int_sub(zero, step) : step;
    Value last = span && stride ? py_int_sub(span, one) : 0;
    Value steps = last ? py_int_floordiv(last, stride) : 0;
    return steps ? py_int_add(steps, one) : 0;
}

static Value range_from(Value start, Value stop, Value step) {
    Value length = range_count(start, stop, step), v = length ? py_alloc_id(TYPE_RANGE, 0) : 0;
    if (!v) return 0;
    PyRange GS *r = REF(PyRange, v);
    r->start = start;
    r->stop = stop;
    r->step = step;
    r->length = length;
    return v;
}

NEW_SLOT(range_make) {
    if (kwnames && tuple_length(kwnames))
        return py_raise(TYPE_TypeError, "range() takes no keyword arguments");
    if (nargs < 1) return py_raise(TYPE_TypeError, "range expected at least 1 argument, got 0");
    if (nargs > 3)
        return py_raise(TYPE_TypeError, "range expected at most 3 arguments, got %zu", nargs);
    Value bounds[3] = {zero, 0, one};
    for (size_t i = 0; i < nargs; i++) {
        Value bound = py_index_exact(args[i]);
        if (!bound) return 0;
        bounds[nargs == 1 ? 1 : i] = bound;
    }
    if (py_int_compare(bounds[2], zero) == 0)
        return py_raise(TYPE_ValueError, "range() arg 3 must not be zero");
    return range_from(bounds[0], bounds[1], bounds[2]);
}

/* ---- slots */

static int64_t range_length(Value self) {
    int64_t length;
    if (py_int_as_i64(REF(PyRange, self)->length, &length) == 0) return length;
    return py_raise_int(TYPE_OverflowError, "Python int too large to convert to C ssize_t");
}
static int range_truth(Value self) { return REF(PyRange, self)->length != zero; }

static Value range_repr(Value self) {
    PyRange GS *r = REF(PyRange, self);
    if (r->step == one) return py_str_format("range(%R, %R)", r->start, r->stop);
    return py_str_format("range(%R, %R, %R)", r->start, r->stop, r->step);
}

/* start + i * step, i any int. */
static Value range_at(PyRange GS *r, Value i) {
    Value offset = py_int_mul(i, r->step);
    return offset ? py_int_add(r->start, offset) : 0;
}

static Value range_getitem(Value self, Value key) {
    PyRange GS *r = REF(PyRange, self);
    if (is_exactly(key, TYPE_SLICE)) {
        Value start, stop, step;
        if (slice_wide_indices(key, r->length, &start, &stop, &step) < 0) return 0;
        if (!(step = py_int_mul(r->step, step)) || !(start = range_at(r, start)) ||
            !(stop = range_at(r, stop)))
            return 0;
        return range_from(start, stop, step);
    }
    if (!has_index(key))
        return py_raise(TYPE_TypeError, "range indices must be integers or slices, not %T", key);
    Value i = py_index(key);
    if (i && is_negative(i)) i = py_int_add(i, r->length);
    if (!i) return 0;
    if (is_negative(i) || py_int_compare(i, r->length) >= 0)
        return py_raise(TYPE_IndexError, "range object index out of range");
    return range_at(r, i);
}

/* Position of an int in the range: an int object, VM_UNBOUND if it is not there, 0 on error. */
static Value range_position(PyRange GS *r, Value i) {
    bool down = is_negative(r->step);
    int after_start = py_int_compare(i, r->start), after_stop = py_int_compare(i, r->stop);
    if (down ? after_start > 0 || after_stop <= 0 : after_start < 0 || after_stop >= 0)
        return VM_UNBOUND;
    Value offset = py_int_sub(i, r->start), rest = offset ? py_int_mod(offset, r->step) : 0;
    if (!rest) return 0;
    return py_int_compare(rest, zero) == 0 ? py_int_floordiv(offset, r->step) : VM_UNBOUND;
}

static bool is_plain_int(Value v) { return is_exactly(v, TYPE_INT) || is_bool(v); }

static int range_contains(Value self, Value item) {
    if (is_plain_int(item)) {
        Value position = range_position(REF(PyRange, self), item);
        return position ? position != VM_UNBOUND : -1;
    }
    Value it = py_iter(self), member;
    if (!it) return -1;
    while ((member = py_next(it)) != VM_STOP) {
        int equal = member ? py_equal(member, item) : -1;
        if (equal) return equal;
    }
    return 0;
}

/* What equality and hash see: (length, start or None, step or None). */
static Value range_identity(Value self) {
    PyRange GS *r = REF(PyRange, self);
    bool empty = r->length == zero, single = r->length == one;
    return py_tuple_pack(3, r->length, empty ? VM_NONE : r->start,
                         empty || single ? VM_NONE : r->step);
}
static Value range_compare(Value a, Value b, int op) {
    if ((op != PY_EQ && op != PY_NE) || !is_exactly(a, TYPE_RANGE) || !is_exactly(b, TYPE_RANGE))
        return VM_NOT_IMPLEMENTED;
    Value x = range_identity(a), y = range_identity(b);
    return x && y ? py_compare(x, y, op) : 0;
}
static int64_t range_hash(Value self) {
    Value identity = range_identity(self);
    return identity ? py_hash(identity) : -1;
}

/* ---- iterators */

/* Walk `length` numbers from `start`. */
static Value walk(Value start, Value step, Value length) {
    int64_t first, stride, count, span, end;
    if (py_int_as_i64(start, &first) == 0 && py_int_as_i64(step, &stride) == 0 &&
        py_int_as_i64(length, &count) == 0 && !__builtin_mul_overflow(stride, count, &span) &&
        !__builtin_add_overflow(first, span, &end)) {
        Value it = py_alloc_id(TYPE_RANGE_ITER, 0);
        if (!it) return 0;
        REF(PyRangeIter, it)->next = first;
        REF(PyRangeIter, it)->step = stride;
        REF(PyRangeIter, it)->remaining = count;
        REF(PyRangeIter, it)->start = first;
        return it;
    }
    Value it = iterator_new(TYPE_LONGRANGE_ITER, start, 0, 0);
    if (!it) return 0;
    REF(PyIter, it)->b = step;
    REF(PyIter, it)->c = length;
    return it;
}

static Value range_iter(Value self) {
    PyRange GS *r = REF(PyRange, self);
    return walk(r->start, r->step, r->length);
}
METHOD(range_reversed) {
    PyRange GS *r = REF(PyRange, args[0]);
    Value last = py_int_sub(r->length, one), step = py_int_sub(zero, r->step);
    Value start = last && step ? range_at(r, last) : 0;
    return start ? walk(start, step, r->length) : 0;
}

static Value range_iter_next(Value self) { return iter_next_range(self); }

static Value longrange_iter_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value value = GET(it, a), remaining = GET(it, c), next;
    if (py_int_compare(remaining, zero) <= 0) return VM_STOP;
    if (!(next = py_int_add(value, it->b)) || !(remaining = py_int_sub(remaining, one))) return 0;
    SET(it, a, next);
    SET(it, c, remaining);
    return value;
}

/* The iterator's state as int objects. */
static void iterator_state(Value self, Value *next, Value *step, Value *remaining) {
    if (is_exactly(self, TYPE_RANGE_ITER)) {
        PyRangeIter GS *it = REF(PyRangeIter, self);
        *next = count_value(GET(it, next));
        *step = count_value(it->step);
        *remaining = count_value(GET(it, remaining));
    } else {
        PyIter GS *it = REF(PyIter, self);
        *next = GET(it, a);
        *step = it->b;
        *remaining = GET(it, c);
    }
}

METHOD(range_iter_length_hint) {
    Value next, step, remaining;
    iterator_state(args[0], &next, &step, &remaining);
    return remaining;
}
/* How many were taken; a longrange_iterator begins where it stands. */
static Value iterator_taken(Value self, Value next, Value step) {
    if (!is_exactly(self, TYPE_RANGE_ITER)) return zero;
    Value gone = py_int_sub(next, count_value(REF(PyRangeIter, self)->start));
    return gone ? py_int_floordiv(gone, step) : 0;
}
/* (iter, (the whole range,), how many were taken) */
METHOD(range_iter_reduce) {
    Value next, step, remaining;
    iterator_state(args[0], &next, &step, &remaining);
    Value taken = iterator_taken(args[0], next, step);
    Value before = taken ? py_int_mul(step, taken) : 0, start = before ? py_int_sub(next, before) : 0;
    Value span = start ? py_int_mul(step, remaining) : 0, stop = span ? py_int_add(next, span) : 0;
    Value range = stop ? range_from(start, stop, step) : 0;
    return range ? iterator_reduce("iter", range, taken) : 0;
}
METHOD(range_iter_setstate) {
    Value next, step, remaining, skip = py_index(args[1]);
    if (!skip) return 0;
    iterator_state(args[0], &next, &step, &remaining);
    if (is_negative(skip)) skip = zero;
    if (py_int_compare(skip, remaining) > 0) skip = remaining;
    Value offset = py_int_mul(skip, step);
    if (!offset || !(next = py_int_add(next, offset)) || !(remaining = py_int_sub(remaining, skip)))
        return 0;
    if (is_exactly(args[0], TYPE_RANGE_ITER)) {
        int64_t i;
        py_int_as_i64(next, &i);
        SET(REF(PyRangeIter, args[0]), next, i);
        py_int_as_i64(remaining, &i);
        SET(REF(PyRangeIter, args[0]), remaining, i);
    } else {
        SET(REF(PyIter, args[0]), a, next);
        SET(REF(PyIter, args[0]), c, remaining);
    }
    return VM_NONE;
}

/* ---- methods */

METHOD(range_index) {
    if (!is_plain_int(args[1])) {
        Value it = py_iter(args[0]), member;
        if (!it) return 0;
        for (int64_t i = 0; (member = py_next(it)) != VM_STOP; i++) {
            int equal = member ? py_equal(member, args[1]) : -1;
            if (equal) return equal < 0 ? 0 : count_value(i);
        }
        return py_raise(TYPE_ValueError, "sequence.index(x): x not in sequence");
    }
    Value position = range_position(REF(PyRange, args[0]), args[1]);
    if (position == VM_UNBOUND) return py_raise(TYPE_ValueError, "%R is not in range", args[1]);
    return position;
}
METHOD(range_count_method) {
    if (is_plain_int(args[1])) {
        int found = range_contains(args[0], args[1]);
        return found < 0 ? 0 : int_make(found);
    }
    Value it = py_iter(args[0]), member;
    if (!it) return 0;
    int64_t count = 0;
    while ((member = py_next(it)) != VM_STOP) {
        int equal = member ? py_equal(member, args[1]) : -1;
        if (equal < 0) return 0;
        count += equal;
    }
    return count_value(count);
}
METHOD(range_reduce) {
    PyRange GS *r = REF(PyRange, args[0]);
    Value bounds = py_tuple_pack(3, r->start, r->stop, r->step);
    return bounds ? py_tuple_pack(2, py_type(TYPE_RANGE), bounds) : 0;
}
static Value range_start(Value self) { return REF(PyRange, self)->start; }
static Value range_stop(Value self) { return REF(PyRange, self)->stop; }
static Value range_step(Value self) { return REF(PyRange, self)->step; }

static const PyMethodDef range_methods[] = {
    {"__reversed__", "($self, /)", range_reversed, 0, "Return a reverse iterator."},
    {"__reduce__", "($self, /)", range_reduce, 0, 0},
    {"count", "($self, value, /)", range_count_method, 0,
     "rangeobject.count(value) -> integer -- return number of occurrences of value"},
    {"index", "($self, value, /)", range_index, 0,
     "rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value "
     "is not present."},
    {0}};
static const PyGetSetDef range_getsets[] = {
    {"start", range_start, 0, 0}, {"stop", range_stop, 0, 0}, {"step", range_step, 0, 0}, {0}};

const PyTypeSpec py_spec_range = {
    .doc = "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an "
           "object that produces a sequence of integers from start (inclusive)\nto stop "
           "(exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.\nstart defaults to "
           "0, and stop is omitted!  range(4) produces 0, 1, 2, 3.\nThese are exactly the valid "
           "indices for a list of 4 elements.\nWhen step is given, it specifies the increment (or "
           "decrement).",
    .slots = {.new = range_make,
              .repr = range_repr,
              .hash = range_hash,
              .richcompare = range_compare,
              .iter = range_iter,
              .length = range_length,
              .boolean = range_truth,
              .getitem = range_getitem,
              .contains = range_contains},
    .methods = range_methods,
    .getsets = range_getsets,
};

static const PyMethodDef range_iter_methods[] = {
    {"__length_hint__", "($self, /)", range_iter_length_hint, 0,
     "Private method returning an estimate of len(list(it))."},
    {"__reduce__", "($self, /)", range_iter_reduce, 0, "Return state information for pickling."},
    {"__setstate__", "($self, state, /)", range_iter_setstate, 0,
     "Set state information for unpickling."},
    {0}};
const PyTypeSpec py_spec_range_iter = {
    .slots = {.iter = iterator_self, .next = range_iter_next},
    .methods = range_iter_methods,
    .raw_words = 4,
};
const PyTypeSpec py_spec_longrange_iter = {
    .slots = {.iter = iterator_self, .next = longrange_iter_next},
    .methods = range_iter_methods,
    .raw_words = 2,
};
