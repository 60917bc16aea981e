/* Module builtins: functions that go through an iterable. */
#include "vm/exec/generator.h"
#include "vm/modules/builtins.h"

BUILTIN(builtin_iter) {
    if (!args[1]) return py_iter(args[0]);
    if (!py_callable(args[0])) return py_raise(TYPE_TypeError, "iter(v, w): v must be callable");
    Value self = py_alloc_id(TYPE_CALL_ITER, 0);
    if (!self) return 0;
    REF(PyIter, self)->a = args[0];
    REF(PyIter, self)->b = args[1];
    return self;
}

BUILTIN(builtin_next) {
    if (!vm_type_of(args[0])->slots->next || !py_type_lookup(py_type_of(args[0]), NAME(__next__)))
        return py_raise(TYPE_TypeError, "'%T' object is not an iterator", args[0]);
    Value item = py_next(args[0]);
    if (item == VM_STOP) {
        if (args[1]) return args[1];
        return generator_end_as_exception(args[0]);
    }
    if (!item && args[1] && py_error_is(TYPE_StopIteration)) {
        py_error_clear();
        return args[1];
    }
    return item;
}

/* any (looking for true) and all (looking for false). */
static Value search_truth(Value iterable, int wanted) {
    Value iterator = py_iter(iterable);
    if (!iterator) return 0;
    for (Value item; (item = py_next(iterator)) != VM_STOP;) {
        int truth = item ? py_truth(item) : -1;
        if (truth < 0) return 0;
        if (truth == wanted) return vm_bool(wanted);
    }
    return vm_bool(!wanted);
}
BUILTIN(builtin_any) { return search_truth(args[0], 1); }
BUILTIN(builtin_all) { return search_truth(args[0], 0); }

BUILTIN(builtin_sorted) {
    Value list = py_list_from_iterable(args[0]);
    int reverse = list && args[2] ? py_truth(args[2]) : 0;
    if (!list || reverse < 0) return 0;
    return py_list_sort(list, args[1] ? args[1] : VM_NONE, reverse) < 0 ? 0 : list;
}

static Value sum_start(Value start) {
    if (!start) return int_make(0);
    if (py_is_str(start)) return py_raise(TYPE_TypeError, "sum() can't sum strings [use ''.join(seq) instead]");
    if (py_is_bytes(start)) return py_raise(TYPE_TypeError, "sum() can't sum bytes [use b''.join(seq) instead]");
    if (is_ref(start) && py_is_instance_of(start, TYPE_BYTEARRAY))
        return py_raise(TYPE_TypeError, "sum() can't sum bytearray [use b''.join(seq) instead]");
    return start;
}

BUILTIN(builtin_sum) {
    Value total = sum_start(args[1]), iterator = total ? py_iter(args[0]) : 0;
    if (!iterator) return 0;
    for (Value item; (item = py_next(iterator)) != VM_STOP;) {
        if (!item) return 0;
        if (is_int(total) && is_int(item)) total = py_int_from_i64(int_value(total) + int_value(item));
        else if (is_float(total) && is_float(item)) total = float_make(float_value(total) + float_value(item));
        else total = py_binary(PY_OP_ADD, total, item);
        if (!total) return 0;
    }
    return total;
}

/* ---- min and max -------------------------------------------------------------------------------------------------------------- */

typedef struct Extreme {
    const char *name;
    int op;
    Value key, best, best_key;
} Extreme;

static int consider(Extreme *e, Value item) {
    Value item_key = e->key ? py_call1(e->key, item) : item;
    if (!item_key) return -1;
    if (e->best) {
        int better = py_compare_bool(item_key, e->best_key, e->op);
        if (better <= 0) return better;
    }
    e->best = item;
    e->best_key = item_key;
    return 0;
}

static Value extreme(const char *name, int op, const Value *args, size_t nargs, Value kwnames) {
    Extreme e = {.name = name, .op = op};
    Value fallback = 0;
    for (int64_t k = 0; kwnames && k < tuple_length(kwnames); k++) {
        Value keyword = tuple_item(kwnames, k), value = args[nargs + (size_t)k];
        if (py_str_equal_c(keyword, "key")) e.key = value == VM_NONE ? 0 : value;
        else if (py_str_equal_c(keyword, "default")) fallback = value;
        else return py_raise(TYPE_TypeError, "'%S' is an invalid keyword argument for %s()", keyword, name);
    }
    if (nargs == 0) return py_raise(TYPE_TypeError, "%s expected at least 1 argument, got 0", name);
    if (nargs > 1 && fallback)
        return py_raise(TYPE_TypeError, "Cannot specify a default for %s() with multiple positional arguments", name);
    if (nargs > 1) {
        for (size_t i = 0; i < nargs; i++)
            if (consider(&e, args[i]) < 0) return 0;
        return e.best;
    }
    Value iterator = py_iter(args[0]);
    if (!iterator) return 0;
    for (Value item; (item = py_next(iterator)) != VM_STOP;)
        if (!item || consider(&e, item) < 0) return 0;
    if (e.best) return e.best;
    return fallback ? fallback : py_raise(TYPE_ValueError, "%s() arg is an empty sequence", name);
}
BUILTIN(builtin_max) { return extreme("max", PY_GT, args, nargs, kwnames); }
BUILTIN(builtin_min) { return extreme("min", PY_LT, args, nargs, kwnames); }

/* ---- asynchronous -------------------------------------------------------------------------------------------------------------- */

BUILTIN(builtin_aiter) {
    Value method = py_lookup_special(args[0], NAME(__aiter__));
    if (!method) return py_error() ? 0 : py_raise(TYPE_TypeError, "'%T' object is not an async iterable", args[0]);
    Value iterator = py_call0(method);
    if (iterator && !py_type_lookup(py_type_of(iterator), NAME(__anext__)))
        return py_raise(TYPE_TypeError, "aiter() returned not an async iterator of type '%T'", iterator);
    return iterator;
}

BUILTIN(builtin_anext) {
    Value method = py_lookup_special(args[0], NAME(__anext__));
    if (!method) return py_error() ? 0 : py_raise(TYPE_TypeError, "'%T' object is not an async iterator", args[0]);
    Value awaitable = py_call0(method);
    return awaitable && args[1] ? anext_awaitable_new(awaitable, args[1]) : awaitable;
}

const PyMethodDef builtins_fold_functions[] = {
    {"iter", "($module, object, sentinel=None, /)", builtin_iter, 0, "Get an iterator from an object."},
    {"next", "($module, iterator, default=None, /)", builtin_next, PY_METHOD_DRAIN * VM_RETURN_GENERATOR_NEXT, "Return the next item from the iterator."},
    {"any", "($module, iterable, /)", builtin_any, PY_METHOD_DRAIN * VM_RETURN_DRAIN_ANY, "Return True if bool(x) is True for any x in the iterable."},
    {"all", "($module, iterable, /)", builtin_all, PY_METHOD_DRAIN * VM_RETURN_DRAIN_ALL, "Return True if bool(x) is True for all values x in the iterable."},
    {"sorted", "($module, iterable, /, *, key=None, reverse=False)", builtin_sorted, PY_METHOD_DRAIN * VM_RETURN_DRAIN_COLLECT, "Return a new list containing all items from the iterable in ascending order."},
    {"sum", "($module, iterable, /, start=0)", builtin_sum, PY_METHOD_DRAIN * VM_RETURN_DRAIN_SUM, "Return the sum of a 'start' value (default: 0) plus an iterable of numbers"},
    {"max", 0, builtin_max, PY_METHOD_DRAIN * VM_RETURN_DRAIN_MAX, "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value\n\nThe "
     "biggest item of an iterable, or of two or more arguments; `default` where the iterable is empty."},
    {"min", 0, builtin_min, PY_METHOD_DRAIN * VM_RETURN_DRAIN_MIN, "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value\n\nThe "
     "smallest item of an iterable, or of two or more arguments; `default` where the iterable is empty."},
    {"aiter", "($module, async_iterable, /)", builtin_aiter, 0, "Return an AsyncIterator for an AsyncIterable object."},
    {"anext", "($module, aiterator, default=None, /)", builtin_anext, 0, "Return the next item from the async iterator."},
    {0}};
