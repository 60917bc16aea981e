/* Module itertools: count, cycle, repeat, chain, accumulate, pairwise, starmap, and the module
 * itself. The others are in itertools_select.c, itertools_group.c and itertools_combine.c. */
#include "vm/modules/containers.h"

/* ---- count: a the next number, b the step */

METHOD(count_new) {
    Value start = args[1] ? args[1] : int_make(0), step = args[2] ? args[2] : int_make(1);
    const Value given[2] = {start, step};
    for (int i = 0; i < 2; i++) {
        Value type = py_type_of(given[i]);
        bool number =
            py_is_int(given[i]) || py_is_float(given[i]) || is_exactly(given[i], TYPE_COMPLEX) ||
            has_index(given[i]) || py_type_lookup(type, NAME(__float__)) ||
            py_type_lookup(type, NAME(__int__)) || py_type_lookup(type, NAME(__complex__));
        if (!number) return py_raise(TYPE_TypeError, "a number is required");
    }
    return tool_new(args[0], start, step);
}
static Value count_next(Value self) {
    Value number = GET(TOOL(self), a), step = TOOL(self)->b;
    bool plain = is_exactly(number, TYPE_INT) && is_exactly(step, TYPE_INT);
    Value next = plain ? py_int_add(number, step) : py_binary(PY_OP_ADD, number, step);
    if (!next) return 0;
    SET(TOOL(self), a, next);
    return number;
}
static bool is_one(Value v) { return v == int_make(1); }
static Value count_repr(Value self) {
    Value number = GET(TOOL(self), a), step = TOOL(self)->b, name = py_type_name(py_type_of(self));
    if (is_one(step)) return py_str_format("%S(%R)", name, number);
    return py_str_format("%S(%R, %R)", name, number, step);
}
METHOD(count_reduce) {
    Value number = GET(TOOL(args[0]), a), step = TOOL(args[0])->b;
    return tool_reduce(args[0],
                       is_one(step) ? py_tuple_pack(1, number) : py_tuple_pack(2, number, step), 0);
}
static const PyMethodDef count_methods[] = {REDUCE_METHOD(count_reduce), {0}};
const PyTypeSpec py_spec_it_count = {
    .doc =
        "Return a count object whose .__next__() method returns consecutive values.\n\nEquivalent "
        "to:\n    def count(firstval=0, step=1):\n        x = firstval\n        while 1:\n         "
        "  "
        " yield x\n            x += step",
    .slots = {.iter = iterator_self, .next = count_next, .repr = count_repr},
    .methods = count_methods,
    .new_signature = "(start=0, step=1)",
    .new_fn = count_new,
    .raw_words = 4,
};

/* ---- cycle: a the iterator (0 once it ended), b the list of its items, m the position in it */

METHOD(cycle_new) {
    Value it = py_iter(args[1]), saved = py_list_new(0);
    return it ? tool_new(args[0], it, saved) : 0;
}
static Value cycle_next(Value self) {
    PyItertool GS *t = TOOL(self);
    Value it = GET(t, a), saved = GET(t, b);
    if (it) {
        Value item = py_next(it);
        if (item && item != VM_STOP) {
            if (!GET(t, n) && py_list_append(saved, item) < 0) return 0;
            return item;
        }
        if (!item) return 0;
        SET(t, a, 0);
    }
    int64_t i = GET(t, m);
    Value item = list_get_fast(saved, i);
    if (!item) return VM_STOP;
    SET(t, m, i + 1 < py_list_length(saved) ? i + 1 : 0);
    return item;
}
METHOD(cycle_reduce) {
    PyItertool GS *t = TOOL(args[0]);
    Value it = GET(t, a), saved = GET(t, b);
    if (it) {
        Value state = py_tuple_pack(2, saved, vm_bool(GET(t, n)));
        return tool_reduce(args[0], py_tuple_pack(1, it), state);
    }
    int64_t i = GET(t, m), length = py_list_length(saved);
    Value rest = list_slice(saved, i, length), again = rest ? py_iter(rest) : 0;
    Value state = again ? py_tuple_pack(2, saved, VM_TRUE) : 0;
    return state ? tool_reduce(args[0], py_tuple_pack(1, again), state) : 0;
}
METHOD(cycle_setstate) {
    if (!py_is_tuple(args[1])) return py_raise(TYPE_TypeError, "state is not a tuple");
    if (tuple_length(args[1]) != 2 || !is_exactly(tuple_item(args[1], 0), TYPE_LIST))
        return py_raise(TYPE_TypeError,
                        "cycle.__setstate__() argument must be a (list, int) tuple");
    if (!py_is_int(tuple_item(args[1], 1)))
        return py_raise(TYPE_TypeError, "'%T' object cannot be interpreted as an integer", tuple_item(args[1], 1));
    int full = py_truth(tuple_item(args[1], 1));
    if (full < 0) return 0;
    SET(TOOL(args[0]), b, tuple_item(args[1], 0));
    SET(TOOL(args[0]), n, full); /* n: the items are saved already */
    return VM_NONE;
}
static const PyMethodDef cycle_methods[] = {
    REDUCE_METHOD(cycle_reduce), SETSTATE_METHOD(cycle_setstate), {0}};
const PyTypeSpec py_spec_it_cycle = {
    .doc = "Return elements from the iterable until it is exhausted. Then repeat the sequence "
           "indefinitely.",
    .slots = {.iter = iterator_self, .next = cycle_next},
    .methods = cycle_methods,
    .new_signature = "(iterable, /)",
    .new_fn = cycle_new,
    .raw_words = 4,
};

/* ---- repeat: a the object, m how often still, -1 for ever */

METHOD(repeat_new) {
    int64_t times = -1;
    if (args[2]) {
        Value number = py_index(args[2]);
        if (!number) return 0;
        times = py_index_int64(number, "OverflowError");
        if (times == -1 && py_error()) return 0;
        if (times < 0) times = 0;
    }
    Value self = tool_new(args[0], args[1], 0);
    if (self) TOOL(self)->m = times;
    return self;
}
static Value repeat_next(Value self) {
    int64_t times = GET(TOOL(self), m);
    if (times == 0) return VM_STOP;
    if (times > 0) SET(TOOL(self), m, times - 1);
    return TOOL(self)->a;
}
static Value repeat_repr(Value self) {
    int64_t times = GET(TOOL(self), m);
    Value name = py_type_name(py_type_of(self));
    if (times < 0) return py_str_format("%S(%R)", name, TOOL(self)->a);
    return py_str_format("%S(%R, %zd)", name, TOOL(self)->a, (ssize_t)times);
}
METHOD(repeat_length_hint) {
    int64_t times = GET(TOOL(args[0]), m);
    return times < 0 ? py_raise(TYPE_TypeError, "len() of unsized object") : int_make(times);
}
METHOD(repeat_reduce) {
    int64_t times = GET(TOOL(args[0]), m);
    Value object = TOOL(args[0])->a;
    return tool_reduce(
        args[0], times < 0 ? py_tuple_pack(1, object) : py_tuple_pack(2, object, int_make(times)),
        0);
}
static const PyMethodDef repeat_methods[] = {
    {"__length_hint__", "($self, /)", repeat_length_hint, 0,
     "Private method returning an estimate of len(list(it))."},
    REDUCE_METHOD(repeat_reduce),
    {0}};
const PyTypeSpec py_spec_it_repeat = {
    .doc = "repeat(object [,times]) -> create an iterator which returns the object\nfor the "
           "specified number of times.  If not specified, returns the object\nendlessly.",
    .slots = {.iter = iterator_self, .next = repeat_next, .repr = repeat_repr},
    .methods = repeat_methods,
    .new_signature = "(object, times=<unrepresentable>)",
    .new_fn = repeat_new,
    .raw_words = 4,
};

/* ---- chain: a the iterator over iterables (0 at the end), b the current iterator or 0 */

NEW_SLOT(chain_make) {
    if (type_takes(type, TYPE_IT_CHAIN, NAME(__init__)) && no_keywords("chain", kwnames) < 0) return 0;
    Value tuple = py_tuple_from(args, nargs), it = tuple ? py_iter(tuple) : 0;
    return it ? tool_new(type, it, 0) : 0;
}
METHOD(chain_from_iterable) {
    Value it = py_iter(args[1]);
    return it ? tool_new(args[0], it, 0) : 0;
}
static Value chain_next(Value self) {
    PyItertool GS *t = TOOL(self);
    for (;;) {
        Value source = GET(t, a), active = GET(t, b);
        if (!source) return VM_STOP;
        if (active) {
            Value item = py_next(active);
            if (item != VM_STOP) return item;
            SET(t, b, 0);
        }
        Value iterable = py_next(source);
        if (!iterable || iterable == VM_STOP) {
            SET(t, a, 0);
            return iterable;
        }
        Value it = py_iter(iterable);
        if (!it) {
            SET(t, a, 0);
            return 0;
        }
        SET(t, b, it);
    }
}
METHOD(chain_reduce) {
    Value source = GET(TOOL(args[0]), a), active = GET(TOOL(args[0]), b);
    if (!source) return tool_reduce(args[0], py_tuple_new(0), 0);
    return tool_reduce(args[0], py_tuple_new(0),
                       active ? py_tuple_pack(2, source, active) : py_tuple_pack(1, source));
}
static bool is_iterator(Value v) { return py_type_lookup(py_type_of(v), NAME(__next__)) != 0; }
METHOD(chain_setstate) {
    if (!py_is_tuple(args[1])) return py_raise(TYPE_TypeError, "state is not a tuple");
    int64_t n = tuple_length(args[1]);
    bool good = n == 1 || n == 2;
    for (int64_t i = 0; good && i < n; i++) good = is_iterator(tuple_item(args[1], i));
    if (!good) return py_raise(TYPE_TypeError, "Arguments must be iterators.");
    SET(TOOL(args[0]), a, tuple_item(args[1], 0));
    SET(TOOL(args[0]), b, n == 2 ? tuple_item(args[1], 1) : 0);
    return VM_NONE;
}
static const PyMethodDef chain_methods[] = {
    {"from_iterable", "($type, iterable, /)", chain_from_iterable, PY_METHOD_CLASS,
     "Alternative chain() constructor taking a single iterable argument that evaluates lazily."},
    REDUCE_METHOD(chain_reduce),
    SETSTATE_METHOD(chain_setstate),
    CLASS_GETITEM,
    {0}};
const PyTypeSpec py_spec_it_chain = {
    .doc =
        "chain(*iterables) --> chain object\n\nReturn a chain object whose .__next__() method "
        "returns elements from the\nfirst iterable until it is exhausted, then elements from the "
        "next\niterable, until all of the iterables are exhausted.",
    .slots = {.new = chain_make, .iter = iterator_self, .next = chain_next},
    .methods = chain_methods,
    .raw_words = 4,
};

/* ---- accumulate: a the iterator, b the function or None, c the total or 0, d initial or 0 */

METHOD(accumulate_new) {
    Value it = py_iter(args[1]);
    Value self = it ? tool_new(args[0], it, args[2] ? args[2] : VM_NONE) : 0;
    if (self && args[3] && args[3] != VM_NONE) TOOL(self)->d = args[3];
    return self;
}
static Value accumulate_next(Value self) {
    PyItertool GS *t = TOOL(self);
    Value initial = GET(t, d);
    if (initial) {
        SET(t, c, initial);
        SET(t, d, 0);
        return initial;
    }
    Value item = py_next(t->a);
    if (!item || item == VM_STOP) return item;
    Value total = GET(t, c);
    if (!total)
        total = item;
    else
        total = t->b == VM_NONE ? py_binary(PY_OP_ADD, total, item) : py_call2(t->b, total, item);
    if (total) SET(t, c, total);
    return total;
}
METHOD(accumulate_reduce) {
    PyItertool GS *t = TOOL(args[0]);
    Value initial = GET(t, d), total = GET(t, c), source = t->a;
    if (initial) {
        Value head = py_tuple_pack(1, initial), both = head ? py_tuple_pack(2, head, source) : 0;
        Value parts = both ? py_iter(both) : 0;
        if (!parts || !(source = tool_new(py_type(TYPE_IT_CHAIN), parts, 0))) return 0;
    }
    if (total == VM_NONE) { /* as a state it would say: no total yet */
        Value parts = py_tuple_pack(2, py_tuple_pack(1, VM_NONE), source), it = parts ? py_iter(parts) : 0;
        Value chain = it ? tool_new(py_type(TYPE_IT_CHAIN), it, 0) : 0;
        Value again = chain ? tool_new(py_type(TYPE_IT_ACCUMULATE), chain, t->b) : 0;
        Value slice = again ? py_tuple_pack(3, again, int_make(1), VM_NONE) : 0;
        return slice ? py_tuple_pack(2, py_type(TYPE_IT_ISLICE), slice) : 0;
    }
    return tool_reduce(args[0], py_tuple_pack(2, source, t->b), total ? total : VM_NONE);
}
METHOD(accumulate_setstate) {
    SET(TOOL(args[0]), c, args[1] == VM_NONE ? 0 : args[1]);
    return VM_NONE;
}
static const PyMethodDef accumulate_methods[] = {
    REDUCE_METHOD(accumulate_reduce), SETSTATE_METHOD(accumulate_setstate), {0}};
const PyTypeSpec py_spec_it_accumulate = {
    .doc = "Return series of accumulated sums (or other binary function results).",
    .slots = {.iter = iterator_self, .next = accumulate_next},
    .methods = accumulate_methods,
    .new_signature = "(iterable, func=None, *, initial=None)",
    .new_fn = accumulate_new,
    .raw_words = 4,
};

/* ---- pairwise: a the iterator (0 at the end), b the last item or 0 */

METHOD(pairwise_new) {
    Value it = py_iter(args[1]);
    return it ? tool_new(args[0], it, 0) : 0;
}
static Value pairwise_next(Value self) {
    PyItertool GS *t = TOOL(self);
    Value it = GET(t, a), left = GET(t, b);
    if (!it) return VM_STOP;
    if (!left) {
        left = py_next(it);
        if (!left || left == VM_STOP) {
            SET(t, a, 0);
            return left;
        }
        SET(t, b, left);
        if (!(it = GET(t, a))) return VM_STOP;
    }
    Value right = py_next(it);
    if (!right || right == VM_STOP) {
        SET(t, a, 0);
        SET(t, b, 0);
        return right;
    }
    SET(t, b, right);
    return py_tuple_pack(2, left, right);
}
const PyTypeSpec py_spec_it_pairwise = {
    .doc = "Return an iterator of overlapping pairs taken from the input iterator.\n\n    s -> "
           "(s0,s1), (s1,s2), (s2, s3), ...",
    .slots = {.iter = iterator_self, .next = pairwise_next},
    .new_signature = "(iterable, /)",
    .new_fn = pairwise_new,
    .raw_words = 4,
};

/* ---- starmap: a the function, b the iterator */

METHOD(starmap_new) {
    Value it = py_iter(args[2]);
    return it ? tool_new(args[0], args[1], it) : 0;
}
static Value starmap_next(Value self) {
    Value row = py_next(TOOL(self)->b);
    if (!row || row == VM_STOP) return row;
    if (!is_exactly(row, TYPE_TUPLE) && !(row = py_tuple_from_iterable(row))) return 0;
    return py_call_kw(TOOL(self)->a, row, 0);
}
METHOD(starmap_reduce) {
    return tool_reduce(args[0], py_tuple_pack(2, TOOL(args[0])->a, TOOL(args[0])->b), 0);
}
static const PyMethodDef starmap_methods[] = {REDUCE_METHOD(starmap_reduce), {0}};
const PyTypeSpec py_spec_it_starmap = {
    .doc = "Return an iterator whose values are returned from the function evaluated with an "
           "argument tuple taken from the given sequence.",
    .slots = {.iter = iterator_self, .next = starmap_next},
    .methods = starmap_methods,
    .new_signature = "(function, iterable, /)",
    .new_fn = starmap_new,
    .raw_words = 4,
};

/* ---- the module */

extern const PyMethodDef itertools_functions[]; /* itertools_group.c: tee */

static int itertools_init(Value module) {
    for (uint32_t type = TYPE_IT_COUNT; type <= TYPE_IT_TEE; type++)
        if (py_module_add_type(module, type) < 0) return -1;
    return 0;
}

const PyModuleDef py_module_itertools = {
    .doc = "Functional tools for creating and using iterators.\n\nInfinite "
           "iterators:\ncount(start=0, step=1) --> start, start+step, start+2*step, ...\ncycle(p) "
           "--> p0, p1, ... plast, p0, p1, ...\nrepeat(elem [,n]) --> elem, elem, elem, ... "
           "endlessly or up to n times\n",
    .functions = itertools_functions,
    .init = itertools_init,
};
