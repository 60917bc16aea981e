/* itertools: groupby, tee, zip_longest. */
#include "vm/modules/containers.h"

/* ---- groupby: a the iterator, b the key function or None, c the key of the current group, d the
 * current key, e the current item (0: none yet), f the grouper handed out last */

METHOD(groupby_new) {
    Value it = py_iter(args[1]);
    return it ? tool_new(args[0], it, args[2] ? args[2] : VM_NONE) : 0;
}

/* Take one more item: 1, 0 at the end, -1. */
static int groupby_step(PyItertool GS *t) {
    Value item = py_next(t->a);
    if (!item || item == VM_STOP) return item ? 0 : -1;
    Value key = t->b == VM_NONE ? item : py_call1(t->b, item);
    if (!key) return -1;
    SET(t, e, item);
    SET(t, d, key);
    return 1;
}

static Value groupby_next(Value self) {
    PyItertool GS *t = TOOL(self);
    SET(t, f, 0);
    for (;;) { /* skip the rest of the last group */
        Value key = GET(t, d), target = GET(t, c);
        if (key) {
            if (!target) break;
            int equal = py_equal(target, key);
            if (equal < 0) return 0;
            if (!equal) break;
        }
        int more = groupby_step(t);
        if (more <= 0) return more < 0 ? 0 : VM_STOP;
    }
    Value key = GET(t, d);
    SET(t, c, key);
    Value group = tool_new(py_type(TYPE_IT_GROUPER), self, key);
    if (!group) return 0;
    SET(t, f, group);
    return py_tuple_pack(2, key, group);
}

/* a the groupby, b the group's key */
static Value grouper_next(Value self) {
    Value parent = TOOL(self)->a;
    PyItertool GS *t = TOOL(parent);
    if (GET(t, f) != self) return VM_STOP;
    if (!GET(t, e)) {
        int more = groupby_step(t);
        if (more <= 0) return more < 0 ? 0 : VM_STOP;
    }
    int equal = py_equal(TOOL(self)->b, GET(t, d));
    if (equal <= 0) return equal < 0 ? 0 : VM_STOP;
    Value item = GET(t, e);
    SET(t, e, 0);
    return item ? item : VM_STOP; /* the comparison may have taken it */
}

METHOD(groupby_reduce) {
    PyItertool GS *t = TOOL(args[0]);
    Value key = GET(t, d), item = GET(t, e), target = GET(t, c), state = 0;
    if (key && item && target && !(state = py_tuple_pack(3, item, target, key))) return 0;
    return tool_reduce(args[0], py_tuple_pack(2, t->a, t->b), state);
}
METHOD(groupby_setstate) {
    if (!py_is_tuple(args[1]) || tuple_length(args[1]) != 3)
        return py_raise(TYPE_TypeError, "state is not a tuple");
    SET(TOOL(args[0]), e, tuple_item(args[1], 0));
    SET(TOOL(args[0]), c, tuple_item(args[1], 1));
    SET(TOOL(args[0]), d, tuple_item(args[1], 2));
    return VM_NONE;
}
static const PyMethodDef groupby_methods[] = {
    REDUCE_METHOD(groupby_reduce), SETSTATE_METHOD(groupby_setstate), {0}};
const PyTypeSpec py_spec_it_groupby = {
    .doc =
        "make an iterator that returns consecutive keys and groups from the iterable\n\n  "
        "iterable\n    Elements to divide into groups according to the key function.\n  key\n    A "
        "function for computing the group category for each element.\n    If the key function is "
        "not specified or is None, the element itself\n    is used for grouping.",
    .slots = {.iter = iterator_self, .next = groupby_next},
    .methods = groupby_methods,
    .new_signature = "(iterable, key=None)",
    .new_fn = groupby_new,
    .raw_words = 4,
};
METHOD(grouper_new) {
    if (!py_is_instance_of(args[1], TYPE_IT_GROUPBY)) return py_raise(TYPE_TypeError, "_grouper() argument 1 must be itertools.groupby, not %T", args[1]);
    Value group = tool_new(py_type(TYPE_IT_GROUPER), args[1], args[2]);
    if (group) SET(TOOL(args[1]), f, group);
    return group;
}
/* A group that the groupby has left is empty for good. */
METHOD(grouper_reduce) {
    Value parent = TOOL(args[0])->a;
    if (GET(TOOL(parent), f) != args[0]) {
        Value empty = py_tuple_new(0);
        return empty ? iterator_reduce("iter", empty, 0) : 0;
    }
    return tool_reduce(args[0], py_tuple_pack(2, parent, TOOL(args[0])->b), 0);
}
static const PyMethodDef grouper_methods[] = {REDUCE_METHOD(grouper_reduce), {0}};
const PyTypeSpec py_spec_it_grouper = {.slots = {.iter = iterator_self, .next = grouper_next},
                                       .methods = grouper_methods,
                                       .new_signature = "(parent, tgtkey, /)",
                                       .new_fn = grouper_new,
                                       .raw_words = 4};

/* ---- tee: branches walk a list of nodes, made as the first of them gets there. Node: a the item
 * (0: not taken yet), b the next node or 0, c the source iterator, m 1 while the source is being
 * asked */

static Value node_new(Value source) {
    Value node = tool_new(py_type(TYPE_IT_TEE_DATA), 0, 0);
    if (node) TOOL(node)->c = source;
    return node;
}

/* a the node that holds the branch's next item */
static Value tee_next(Value self) {
    Value node = GET(TOOL(self), a);
    PyItertool GS *n = TOOL(node);
    Value item = GET(n, a);
    if (!item) {
        if (GET(n, m)) return py_raise(TYPE_RuntimeError, "cannot re-enter the tee iterator");
        SET(n, m, 1);
        item = py_next(n->c);
        SET(n, m, 0);
        if (!item || item == VM_STOP) return item;
        Value next = node_new(n->c);
        if (!next) return 0;
        SET(n, a, item);
        SET(n, b, next);
    }
    SET(TOOL(self), a, GET(n, b));
    return item;
}

static Value tee_branch(Value iterable) {
    if (is_exactly(iterable, TYPE_IT_TEE))
        return tool_new(py_type(TYPE_IT_TEE), GET(TOOL(iterable), a), 0);
    Value it = py_iter(iterable), node = it ? node_new(it) : 0;
    return node ? tool_new(py_type(TYPE_IT_TEE), node, 0) : 0;
}
METHOD(tee_new) { return tee_branch(args[1]); }

/* For pickling: a branch is its node; a node the source, the items taken so far as a list, and the node behind them. */
METHOD(tee_reduce) {
    Value empty = py_tuple_new(0), arguments = empty ? py_tuple_pack(1, empty) : 0;
    Value state = arguments ? py_tuple_pack(2, GET(TOOL(args[0]), a), int_make(0)) : 0;
    return state ? py_tuple_pack(3, py_type(TYPE_IT_TEE), arguments, state) : 0;
}
METHOD(tee_setstate) {
    if (!py_is_tuple(args[1]) || tuple_length(args[1]) != 2) return py_raise(TYPE_TypeError, "state is not a tuple");
    Value node = tuple_item(args[1], 0);
    int64_t index = py_index_int64(tuple_item(args[1], 1), "OverflowError");
    if (index == -1 && py_error()) return 0;
    if (!is_exactly(node, TYPE_IT_TEE_DATA))
        return py_raise(TYPE_TypeError, "__setstate__() argument must be an itertools._tee_dataobject, not %T", node);
    for (; index > 0 && GET(TOOL(node), b); index--) node = GET(TOOL(node), b);
    if (index) return py_raise(TYPE_ValueError, "Index out of range");
    SET(TOOL(args[0]), a, node);
    return VM_NONE;
}
METHOD(tee_data_reduce) {
    Value items = py_list_new(0), node = args[0], item;
    for (; items && (item = GET(TOOL(node), a)); node = GET(TOOL(node), b))
        if (py_list_append(items, item) < 0) return 0;
    Value arguments = items ? py_tuple_pack(3, TOOL(args[0])->c, items, VM_NONE) : 0;
    return arguments ? py_tuple_pack(2, py_type(TYPE_IT_TEE_DATA), arguments) : 0;
}
METHOD(tee_data_new) {
    if (!is_exactly(args[2], TYPE_LIST)) return py_raise(TYPE_TypeError, "_tee_dataobject() argument 2 must be list, not %T", args[2]);
    if (args[3] != VM_NONE) return py_raise(TYPE_ValueError, "_tee_dataobject() has no next link");
    Value first = node_new(args[1]), node = first;
    for (int64_t i = 0; node && i < py_list_length(args[2]); i++) {
        Value next = node_new(args[1]);
        if (!next) return 0;
        SET(TOOL(node), a, py_list_item(args[2], i));
        SET(TOOL(node), b, next);
        node = next;
    }
    return node ? first : 0;
}
METHOD(tee_copy) { return tool_new(py_type(TYPE_IT_TEE), GET(TOOL(args[0]), a), 0); }
static const PyMethodDef tee_methods[] = {
    {"__copy__", "($self, /)", tee_copy, 0, "Returns an independent iterator."},
    REDUCE_METHOD(tee_reduce), SETSTATE_METHOD(tee_setstate), {0}};
static const PyMethodDef tee_data_methods[] = {REDUCE_METHOD(tee_data_reduce), {0}};
const PyTypeSpec py_spec_it_tee = {
    .doc = "Iterator wrapped to make it copyable.",
    .slots = {.iter = iterator_self, .next = tee_next},
    .methods = tee_methods,
    .new_signature = "(iterable, /)",
    .new_fn = tee_new,
    .raw_words = 4,
};
const PyTypeSpec py_spec_it_tee_data = {.doc = "Data container common to multiple tee objects.",
                                        .methods = tee_data_methods,
                                        .new_signature = "(iterable, values, next, /)",
                                        .new_fn = tee_data_new,
                                        .raw_words = 4};

METHOD(tee) {
    int64_t n = args[1] ? py_index_int64(args[1], "OverflowError") : 2;
    if (n == -1 && py_error()) return 0;
    if (n < 0) return py_raise(TYPE_ValueError, "n must be >= 0");
    Value branches = py_tuple_new((size_t)n);
    if (!branches || !n) return branches;
    Value it = py_iter(args[0]);
    Value copy = it ? py_getattr_opt(it, NAME(__copy__)) : 0;
    Value first = !copy ? 0 : copy == VM_UNBOUND ? tee_branch(it) : it;
    if (!first || (copy == VM_UNBOUND && !(copy = py_getattr(first, NAME(__copy__))))) return 0;
    tuple_store(branches, 0, first);
    for (int64_t i = 1; i < n; i++) {
        Value branch = py_call0(copy);
        if (!branch) return 0;
        tuple_store(branches, i, branch);
    }
    return branches;
}
const PyMethodDef itertools_functions[] = {
    {"tee", "(iterable, n=2, /)", tee, 0, "Returns a tuple of n independent iterators."}, {0}};

/* ---- zip_longest: a the list of iterators (None once ended), b the fill value, m how many are
 * left */

static Value zip_longest_make(Value type, const Value *args, size_t nargs, Value kwnames) {
    Value fill = VM_NONE, its = py_list_new(0);
    for (int64_t i = 0; kwnames && i < tuple_length(kwnames); i++) {
        if (!py_str_equal_c(tuple_item(kwnames, i), "fillvalue"))
            return py_raise(TYPE_TypeError, "zip_longest() got an unexpected keyword argument");
        fill = args[nargs + (size_t)i];
    }
    for (size_t i = 0; i < nargs; i++) {
        Value it = py_iter(args[i]);
        if (!it || py_list_append(its, it) < 0) return 0;
    }
    Value self = tool_new(type, its, fill);
    if (self) TOOL(self)->m = (int64_t)nargs;
    return self;
}
static Value zip_longest_next(Value self) {
    PyItertool GS *t = TOOL(self);
    int64_t n = py_list_length(t->a);
    if (!n || !GET(t, m)) return VM_STOP;
    Value row = py_tuple_new((size_t)n);
    for (int64_t i = 0; row && i < n; i++) {
        Value it = py_list_item(t->a, i), item = it == VM_NONE ? GET(t, b) : py_next(it);
        if (!item) {
            SET(t, m, 0);
            return 0;
        }
        if (item == VM_STOP) {
            int64_t left = GET(t, m) - 1;
            SET(t, m, left);
            if (left <= 0) return VM_STOP;
            py_list_set_item(t->a, i, VM_NONE);
            item = GET(t, b);
        }
        tuple_store(row, i, item);
    }
    return row;
}
METHOD(zip_longest_reduce) {
    PyItertool GS *t = TOOL(args[0]);
    int64_t n = py_list_length(t->a);
    Value its = py_tuple_new((size_t)n);
    for (int64_t i = 0; its && i < n; i++) {
        Value it = py_list_item(t->a, i);
        if (it == VM_NONE) it = py_tuple_new(0);
        if (!it) return 0;
        tuple_store(its, i, it);
    }
    return tool_reduce(args[0], its, GET(t, b));
}
METHOD(zip_longest_setstate) {
    SET(TOOL(args[0]), b, args[1]);
    return VM_NONE;
}
static const PyMethodDef zip_longest_methods[] = {
    REDUCE_METHOD(zip_longest_reduce), SETSTATE_METHOD(zip_longest_setstate), {0}};
const PyTypeSpec py_spec_it_zip_longest = {
    .doc =
        "zip_longest(iter1 [,iter2 [...]], [fillvalue=None]) --> zip_longest object\n\nReturn a "
        "zip_longest object whose .__next__() method returns a tuple where\nthe i-th element comes "
        "from the i-th iterable argument.  The .__next__()\nmethod continues until the longest "
        "iterable in the argument sequence\nis exhausted and then it raises StopIteration.  When "
        "the shorter iterables\nare exhausted, the fillvalue is substituted in their place.  The "
        "fillvalue\ndefaults to None or can be specified by a keyword argument.",
    .slots = {.new = zip_longest_make, .iter = iterator_self, .next = zip_longest_next},
    .methods = zip_longest_methods,
    .raw_words = 4,
};
