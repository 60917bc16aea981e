/* enumerate, reversed, zip, map, filter. */
#include "vm/objects/iterators.h"

static Value adaptor_new(Value type, Value a, Value b, int64_t index) {
    Value self = py_alloc(type, 0);
    if (!self) return 0;
    REF(PyIter, self)->a = a;
    REF(PyIter, self)->b = b;
    REF(PyIter, self)->index = index;
    return self;
}

/* The iterators of args[0, n) as a tuple. */
static Value iterators_of(const Value *args, size_t n) {
    Value tuple = py_tuple_new(n);
    for (size_t i = 0; tuple && i < n; i++) {
        Value it = py_iter(args[i]);
        if (!it) return 0;
        stm_write(REF(StmObject, tuple), &REF(PyTuple, tuple)->items[i]);
        REF(PyTuple, tuple)->items[i] = it;
    }
    return tuple;
}

static bool has_keywords(Value kwnames) { return kwnames && tuple_length(kwnames); }

/* ---- enumerate: a the iterator; index the next number, or b the number once it is too large */

METHOD(enumerate_new) {
    Value it = py_iter(args[1]), start = args[2] ? py_index(args[2]) : int_make(0);
    if (!it || !start) return 0;
    return adaptor_new(args[0], it, is_int(start) ? 0 : start,
                       is_int(start) ? int_value(start) : 0);
}

static Value enumerate_count(PyIter GS *it) {
    Value large = GET(it, b);
    return large ? large : int_make(GET(it, index));
}

static Value enumerate_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value item = py_next(it->a);
    if (!item || item == VM_STOP) return item;
    Value number = enumerate_count(it);
    if (is_int(number) && int_value(number) < VM_INT_MAX) {
        SET(it, index, int_value(number) + 1);
    } else {
        Value next = py_int_add(number, int_make(1));
        if (!next) return 0;
        SET(it, b, next);
    }
    return py_tuple_pack(2, number, item);
}

METHOD(enumerate_reduce) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value state = py_tuple_pack(2, it->a, enumerate_count(it));
    return state ? py_tuple_pack(2, py_type_of(args[0]), state) : 0;
}

static const PyMethodDef enumerate_methods[] = {
    {"__reduce__", "($self, /)", enumerate_reduce, 0, "Return state information for pickling."},
    CLASS_GETITEM,
    {0}};
const PyTypeSpec py_spec_enumerate = {
    .doc = "Return an enumerate object.\n\n  iterable\n    an object supporting iteration\n\nThe "
           "enumerate object yields pairs containing a count (from start, which\ndefaults to zero) "
           "and a value yielded by the iterable argument.\n\nenumerate is useful for obtaining an "
           "indexed list:\n    (0, seq[0]), (1, seq[1]), (2, seq[2]), ...",
    .slots = {.iter = iterator_self, .next = enumerate_next},
    .methods = enumerate_methods,
    .new_signature = "(iterable, start=0)",
    .new_fn = enumerate_new,
    .raw_words = 2,
};

/* ---- reversed: a the sequence, index the next position */

NEW_SLOT(reversed_make) {
    if (has_keywords(kwnames) && type_takes(type, TYPE_REVERSED, NAME(__init__)))
        return py_raise(TYPE_TypeError, "reversed() takes no keyword arguments");
    if (nargs != 1) return py_raise(TYPE_TypeError, "reversed expected 1 argument, got %zu", nargs);
    Value own = py_type_lookup(py_type_of(args[0]), NAME(__reversed__));
    if (own && own != VM_NONE) {
        Value method = py_lookup_special(args[0], NAME(__reversed__));
        return method ? py_call0(method) : 0;
    }
    if (own || py_is_dict(args[0]) || !py_type_lookup(py_type_of(args[0]), NAME(__getitem__)))
        return py_raise(TYPE_TypeError, "'%T' object is not reversible", args[0]);
    int64_t length = py_length(args[0]);
    return length < 0 ? 0 : adaptor_new(type, args[0], 0, length - 1);
}

static Value reversed_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value sequence = GET(it, a);
    int64_t i = GET(it, index);
    if (!sequence || i < 0) return VM_STOP;
    Value item = py_getitem(sequence, int_make(i));
    if (item) {
        SET(it, index, i - 1);
        return item;
    }
    item = iterator_stop_or_error(true);
    if (item == VM_STOP) iterator_end(self);
    return item;
}

METHOD(reversed_length_hint) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value sequence = GET(it, a);
    int64_t length = sequence ? py_length(sequence) : 0, rest = GET(it, index) + 1;
    if (length < 0) return 0;
    return int_make(sequence && length >= rest ? rest : 0);
}
METHOD(reversed_reduce) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value sequence = GET(it, a), rest = py_tuple_pack(1, sequence ? sequence : py_tuple_new(0));
    if (!rest || !sequence) return rest ? py_tuple_pack(2, py_type_of(args[0]), rest) : 0;
    return py_tuple_pack(3, py_type_of(args[0]), rest, int_make(GET(it, index)));
}
METHOD(reversed_setstate) {
    PyIter GS *it = REF(PyIter, args[0]);
    int64_t i = py_index_int64(args[1], "OverflowError");
    if (i == -1 && py_error()) return 0;
    Value sequence = GET(it, a);
    if (!sequence) return VM_NONE;
    int64_t length = py_length(sequence);
    if (length < 0) return 0;
    SET(it, index, i < -1 ? -1 : i > length - 1 ? length - 1 : i);
    return VM_NONE;
}

static const PyMethodDef reversed_methods[] = {
    {"__length_hint__", "($self, /)", reversed_length_hint, 0,
     "Private method returning an estimate of len(list(it))."},
    {"__reduce__", "($self, /)", reversed_reduce, 0, "Return state information for pickling."},
    {"__setstate__", "($self, state, /)", reversed_setstate, 0,
     "Set state information for unpickling."},
    {0}};
const PyTypeSpec py_spec_reversed = {
    .doc = "reversed(sequence, /)\n--\n\nReturn a reverse iterator over the values of the given sequence.",
    .slots = {.new = reversed_make, .iter = iterator_self, .next = reversed_next},
    .methods = reversed_methods,
    .raw_words = 2,
};

/* ---- zip: a the tuple of iterators, limit 1 if strict */

METHOD(zip_new) {
    int64_t n = tuple_length(args[1]);
    int strict = args[2] ? py_truth(args[2]) : 0;
    if (strict < 0) return 0;
    Value its = py_tuple_new((size_t)n);
    for (int64_t i = 0; its && i < n; i++) {
        Value it = py_iter(tuple_item(args[1], i));
        if (!it) return 0;
        stm_write(REF(StmObject, its), &REF(PyTuple, its)->items[i]);
        REF(PyTuple, its)->items[i] = it;
    }
    Value self = its ? adaptor_new(args[0], its, 0, 0) : 0;
    if (self) REF(PyIter, self)->limit = strict;
    return self;
}

static Value zip_length_error(int64_t argument, const char *how) {
    return py_raise(TYPE_ValueError, "zip() argument %d is %s than argument%s%d", (int)argument + 1,
                    how, argument == 1 ? " " : "s 1-", (int)argument);
}

/* Iterator `i` ended. Strict: all must have, and it must have been the first. */
static Value zip_end(PyIter GS *it, int64_t i) {
    if (!GET(it, limit)) return VM_STOP;
    if (i) return zip_length_error(i, "shorter");
    for (i = 1; i < tuple_length(it->a); i++) {
        Value item = py_next(tuple_item(it->a, i));
        if (!item) return 0;
        if (item != VM_STOP) return zip_length_error(i, "longer");
    }
    return VM_STOP;
}

static Value zip_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    int64_t n = tuple_length(it->a);
    if (!n) return VM_STOP;
    Value row = py_tuple_new((size_t)n);
    for (int64_t i = 0; row && i < n; i++) {
        Value item = py_next(tuple_item(it->a, i));
        if (!item) return 0;
        if (item == VM_STOP) return zip_end(it, i);
        stm_write_read(REF(StmObject, row), &REF(PyTuple, row)->items[i]);
        REF(PyTuple, row)->items[i] = item;
    }
    return row;
}

METHOD(zip_reduce) {
    PyIter GS *it = REF(PyIter, args[0]);
    return GET(it, limit) ? py_tuple_pack(3, py_type_of(args[0]), it->a, VM_TRUE)
                          : py_tuple_pack(2, py_type_of(args[0]), it->a);
}
METHOD(zip_setstate) {
    int strict = py_truth(args[1]);
    if (strict < 0) return 0;
    SET(REF(PyIter, args[0]), limit, strict);
    return VM_NONE;
}
static const PyMethodDef zip_methods[] = {
    {"__reduce__", "($self, /)", zip_reduce, 0, "Return state information for pickling."},
    {"__setstate__", "($self, state, /)", zip_setstate, 0, "Set state information for unpickling."},
    {0}};
const PyTypeSpec py_spec_zip = {
    .doc = "zip(*iterables, strict=False) --> Yield tuples until an input is exhausted.\n\n   >>> "
           "list(zip('abcdefg', range(3), range(4)))\n   [('a', 0, 0), ('b', 1, 1), ('c', 2, "
           "2)]\n\nThe zip object yields n-length tuples, where n is the number of "
           "iterables\npassed as positional arguments to zip().  The i-th element in every "
           "tuple\ncomes from the i-th iterable argument to zip().  This continues until "
           "the\nshortest argument is exhausted.\n\nIf strict is true and one of the arguments is "
           "exhausted before the others,\nraise a ValueError.",
    .slots = {.iter = iterator_self, .next = zip_next},
    .methods = zip_methods,
    .new_signature = "(*iterables, strict=False)",
    .new_fn = zip_new,
    .raw_words = 2,
};

/* ---- map: a the function, b the tuple of iterators */

NEW_SLOT(map_make) {
    if (has_keywords(kwnames) && type_takes(type, TYPE_MAP, NAME(__init__)))
        return py_raise(TYPE_TypeError, "map() takes no keyword arguments");
    if (nargs < 2) return py_raise(TYPE_TypeError, "map() must have at least two arguments.");
    Value its = iterators_of(args + 1, nargs - 1);
    return its ? adaptor_new(type, args[0], its, 0) : 0;
}

static Value map_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    int64_t n = tuple_length(it->b);
    Value few[4], *row = few, storage = 0;
    if (n > 4) {
        if (!(storage = py_tuple_new((size_t)n))) return 0;
    }
    for (int64_t i = 0; i < n; i++) {
        Value item = py_next(tuple_item(it->b, i));
        if (!item || item == VM_STOP) return item;
        if (!storage) {
            row[i] = item;
            continue;
        }
        stm_write(REF(StmObject, storage), &REF(PyTuple, storage)->items[i]);
        REF(PyTuple, storage)->items[i] = item;
    }
    return storage ? py_call_kw(it->a, storage, 0) : py_call(it->a, row, (size_t)n, 0);
}

METHOD(map_reduce) {
    PyIter GS *it = REF(PyIter, args[0]);
    int64_t n = tuple_length(it->b);
    Value state = py_tuple_new((size_t)n + 1);
    if (!state) return 0;
    REF(PyTuple, state)->items[0] = it->a;
    for (int64_t i = 0; i < n; i++) REF(PyTuple, state)->items[i + 1] = tuple_item(it->b, i);
    return py_tuple_pack(2, py_type_of(args[0]), state);
}
static const PyMethodDef map_methods[] = {
    {"__reduce__", "($self, /)", map_reduce, 0, "Return state information for pickling."}, {0}};
const PyTypeSpec py_spec_map = {
    .doc = "map(func, *iterables) --> map object\n\nMake an iterator that computes the function "
           "using arguments from\neach of the iterables.  Stops when the shortest iterable is "
           "exhausted.",
    .slots = {.new = map_make, .iter = iterator_self, .next = map_next},
    .methods = map_methods,
    .raw_words = 2,
};

/* ---- filter: a the function or None, b the iterator */

NEW_SLOT(filter_make) {
    if (has_keywords(kwnames) && type_takes(type, TYPE_FILTER, NAME(__init__)))
        return py_raise(TYPE_TypeError, "filter() takes no keyword arguments");
    if (nargs != 2) return py_raise(TYPE_TypeError, "filter expected 2 arguments, got %zu", nargs);
    Value it = py_iter(args[1]);
    return it ? adaptor_new(type, args[0], it, 0) : 0;
}

static Value filter_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    bool plain = it->a == VM_NONE || it->a == py_type(TYPE_BOOL);
    for (;;) {
        Value item = py_next(it->b);
        if (!item || item == VM_STOP) return item;
        Value verdict = plain ? item : py_call1(it->a, item);
        int keep = verdict ? py_truth(verdict) : -1;
        if (keep) return keep < 0 ? 0 : item;
    }
}

METHOD(filter_reduce) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value state = py_tuple_pack(2, it->a, it->b);
    return state ? py_tuple_pack(2, py_type_of(args[0]), state) : 0;
}
static const PyMethodDef filter_methods[] = {
    {"__reduce__", "($self, /)", filter_reduce, 0, "Return state information for pickling."}, {0}};
const PyTypeSpec py_spec_filter = {
    .doc = "filter(function or None, iterable) --> filter object\n\nReturn an iterator yielding "
           "those items of iterable for which function(item)\nis true. If function is None, return "
           "the items that are true.",
    .slots = {.new = filter_make, .iter = iterator_self, .next = filter_next},
    .methods = filter_methods,
    .raw_words = 2,
};
