/* itertools: compress, dropwhile, takewhile, filterfalse, islice. */
#include "vm/modules/containers.h"

/* ---- compress: a the data, b the selectors */

METHOD(compress_new) {
    Value data = py_iter(args[1]), selectors = data ? py_iter(args[2]) : 0;
    return selectors ? tool_new(args[0], data, selectors) : 0;
}
static Value compress_next(Value self) {
    for (;;) {
        Value item = py_next(TOOL(self)->a);
        if (!item || item == VM_STOP) return item;
        Value selector = py_next(TOOL(self)->b);
        if (!selector || selector == VM_STOP) return selector;
        int keep = py_truth(selector);
        if (keep) return keep < 0 ? 0 : item;
    }
}
METHOD(reduce_pair) {
    return tool_reduce(args[0], py_tuple_pack(2, TOOL(args[0])->a, TOOL(args[0])->b), 0);
}
static const PyMethodDef pair_methods[] = {REDUCE_METHOD(reduce_pair), {0}};
const PyTypeSpec py_spec_it_compress = {
    .doc = "Return data elements corresponding to true selector elements.\n\nForms a shorter "
           "iterator from selected data elements using the selectors to\nchoose the data elements.",
    .slots = {.iter = iterator_self, .next = compress_next},
    .methods = pair_methods,
    .new_signature = "(data, selectors)",
    .new_fn = compress_new,
    .raw_words = 4,
};

/* ---- dropwhile (m: dropping is over), takewhile (m: taking is over), filterfalse: a the
 * predicate, b the iterator */

METHOD(predicate_new) {
    Value it = py_iter(args[2]);
    return it ? tool_new(args[0], args[1], it) : 0;
}
static int holds(Value predicate, Value item) {
    Value verdict = py_call1(predicate, item);
    return verdict ? py_truth(verdict) : -1;
}

static Value dropwhile_next(Value self) {
    PyItertool GS *t = TOOL(self);
    for (;;) {
        Value item = py_next(t->b);
        if (!item || item == VM_STOP || GET(t, m)) return item;
        int drop = holds(t->a, item);
        if (drop < 0) return 0;
        if (drop) continue;
        SET(t, m, 1);
        return item;
    }
}
static Value takewhile_next(Value self) {
    PyItertool GS *t = TOOL(self);
    if (GET(t, m)) return VM_STOP;
    Value item = py_next(t->b);
    if (!item || item == VM_STOP) return item;
    int take = holds(t->a, item);
    if (take) return take < 0 ? 0 : item;
    SET(t, m, 1);
    return VM_STOP;
}
static Value filterfalse_next(Value self) {
    PyItertool GS *t = TOOL(self);
    bool plain = t->a == VM_NONE || t->a == py_type(TYPE_BOOL);
    for (;;) {
        Value item = py_next(t->b);
        if (!item || item == VM_STOP) return item;
        int drop = plain ? py_truth(item) : holds(t->a, item);
        if (drop <= 0) return drop < 0 ? 0 : item;
    }
}

METHOD(reduce_while) {
    PyItertool GS *t = TOOL(args[0]);
    return tool_reduce(args[0], py_tuple_pack(2, t->a, t->b), int_make(GET(t, m)));
}
METHOD(setstate_while) {
    int over = py_truth(args[1]);
    if (over < 0) return 0;
    SET(TOOL(args[0]), m, over);
    return VM_NONE;
}
static const PyMethodDef while_methods[] = {
    REDUCE_METHOD(reduce_while), SETSTATE_METHOD(setstate_while), {0}};
const PyTypeSpec py_spec_it_dropwhile = {
    .doc =
        "Drop items from the iterable while predicate(item) is true.\n\nAfterwards, return every "
        "element until the iterable is exhausted.",
    .slots = {.iter = iterator_self, .next = dropwhile_next},
    .methods = while_methods,
    .new_signature = "(predicate, iterable, /)",
    .new_fn = predicate_new,
    .raw_words = 4,
};
const PyTypeSpec py_spec_it_takewhile = {
    .doc =
        "Return successive entries from an iterable as long as the predicate evaluates to true for "
        "each entry.",
    .slots = {.iter = iterator_self, .next = takewhile_next},
    .methods = while_methods,
    .new_signature = "(predicate, iterable, /)",
    .new_fn = predicate_new,
    .raw_words = 4,
};
const PyTypeSpec py_spec_it_filterfalse = {
    .doc =
        "Return those items of iterable for which function(item) is false.\n\nIf function is None, "
        "return the items that are false.",
    .slots = {.iter = iterator_self, .next = filterfalse_next},
    .methods = pair_methods,
    .new_signature = "(function, iterable, /)",
    .new_fn = predicate_new,
    .raw_words = 4,
};

/* ---- islice: a the iterator (0 at the end), m the position of the next item to return, n the stop
 * (-1: none), o the step, p how many items were taken */

/* A bound: None gives `if_none`. -1 unless a number from `low` on. */
static int64_t islice_bound(Value v, int64_t if_none, int64_t low) {
    if (v == VM_NONE) return if_none;
    int64_t i = has_index(v) ? py_index_int64(v, "OverflowError") : -1;
    if (i == -1 && py_error()) py_error_clear();
    return i < low ? -2 : i;
}

NEW_SLOT(islice_make) {
    if (type_takes(type, TYPE_IT_ISLICE, NAME(__init__)) && no_keywords("islice", kwnames) < 0) return 0;
    if (nargs < 2)
        return py_raise(TYPE_TypeError, "islice expected at least 2 arguments, got %zu", nargs);
    if (nargs > 4)
        return py_raise(TYPE_TypeError, "islice expected at most 4 arguments, got %zu", nargs);
    int64_t stop = islice_bound(args[nargs == 2 ? 1 : 2], -1, 0);
    int64_t start = nargs == 2 ? 0 : islice_bound(args[1], 0, 0);
    int64_t step = nargs == 4 ? islice_bound(args[3], 1, 1) : 1;
    if (stop == -2 && (nargs == 2 || start != -2))
        return py_raise(TYPE_ValueError, "Stop argument for islice() must be None or an integer: 0 "
                                         "<= x <= sys.maxsize.");
    if (start == -2 || stop == -2)
        return py_raise(TYPE_ValueError,
                        "Indices for islice() must be None or an integer: 0 <= x <= "
                        "sys.maxsize.");
    if (step == -2)
        return py_raise(TYPE_ValueError, "Step for islice() must be a positive integer or None.");
    Value it = py_iter(args[0]), self = it ? tool_new(type, it, 0) : 0;
    if (!self) return 0;
    TOOL(self)->m = start;
    TOOL(self)->n = stop;
    TOOL(self)->o = step;
    return self;
}

static Value islice_next(Value self) {
    PyItertool GS *t = TOOL(self);
    Value it = GET(t, a), item;
    if (!it) return VM_STOP;
    int64_t next = GET(t, m), stop = GET(t, n);
    while (GET(t, p) < next) { /* skipped ones; stop may come before */
        if (stop != -1 && GET(t, p) >= stop) goto end;
        item = py_next(it);
        if (!item) return 0;
        if (item == VM_STOP) goto end;
        SET(t, p, GET(t, p) + 1);
    }
    if (stop != -1 && GET(t, p) >= stop) goto end;
    item = py_next(it);
    if (!item) return 0;
    if (item == VM_STOP) goto end;
    SET(t, p, GET(t, p) + 1);
    int64_t following;
    if (__builtin_add_overflow(next, GET(t, o), &following) || (stop != -1 && following > stop))
        following = stop == -1 ? INT64_MAX : stop;
    SET(t, m, following);
    return item;
end:
    SET(t, a, 0);
    return VM_STOP;
}

METHOD(islice_reduce) {
    PyItertool GS *t = TOOL(args[0]);
    Value it = GET(t, a);
    if (!it) {
        Value empty = py_iter(py_list_new(0));
        return empty ? tool_reduce(args[0], py_tuple_pack(2, empty, int_make(0)), int_make(0)) : 0;
    }
    int64_t stop = GET(t, n);
    Value bounds = py_tuple_pack(4, it, int_make(GET(t, m)), stop == -1 ? VM_NONE : int_make(stop),
                                 int_make(GET(t, o)));
    return tool_reduce(args[0], bounds, int_make(GET(t, p)));
}
METHOD(islice_setstate) {
    int64_t taken = py_index_int64(args[1], "OverflowError");
    if (taken == -1 && py_error()) return 0;
    SET(TOOL(args[0]), p, taken);
    return VM_NONE;
}
static const PyMethodDef islice_methods[] = {
    REDUCE_METHOD(islice_reduce), SETSTATE_METHOD(islice_setstate), {0}};
const PyTypeSpec py_spec_it_islice = {
    .doc =
        "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> "
        "islice "
        "object\n\nReturn an iterator whose next() method returns selected values from "
        "an\niterable. "
        " If start is specified, will skip all preceding elements;\notherwise, start defaults to "
        "zero.  Step defaults to one.  If\nspecified as another value, step determines how many "
        "values are\nskipped between successive calls.  Works like a slice() on a list\nbut "
        "returns "
        "an iterator.",
    .slots = {.new = islice_make, .iter = iterator_self, .next = islice_next},
    .methods = islice_methods,
    .raw_words = 4,
};
