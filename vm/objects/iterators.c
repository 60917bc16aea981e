/* Iterators over sequences (list, tuple, anything with __getitem__) and iter(callable, sentinel).
 * PyIter: index the next position, a the sequence (0: exhausted). */
#include "vm/objects/iterators.h"

/* ---- helpers */

Value iterator_reduce(const char *builtin, Value argument, Value state_or_0) {
    Value function = py_import_attr("builtins", builtin);
    Value args = function ? py_tuple_pack(1, argument) : 0;
    if (!args) return 0;
    return state_or_0 ? py_tuple_pack(3, function, args, state_or_0)
                      : py_tuple_pack(2, function, args);
}

Value iterator_reduce_list(Value items) { return iterator_reduce("iter", items, 0); }

Value iterator_stop_or_error(bool index) {
    if (!py_error_is(TYPE_StopIteration) && !(index && py_error_is(TYPE_IndexError))) return 0;
    py_error_clear();
    return VM_STOP;
}

/* ---- steps */

static Value list_iter_next(Value self) { return iter_next_list(self); }

static Value list_rev_iter_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value list = GET(it, a);
    if (!list) return VM_STOP;
    int64_t i = GET(it, index);
    Value item = i >= 0 ? list_get_fast(list, i) : 0;
    if (!item) return iterator_end(self);
    SET(it, index, i - 1);
    return item;
}

static Value tuple_iter_next(Value self) { return iter_next_tuple(self); }

static Value seq_iter_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value sequence = GET(it, a);
    if (!sequence) return VM_STOP;
    int64_t i = GET(it, index);
    Value item = py_getitem(sequence, int_make(i));
    if (item) {
        SET(it, index, i + 1);
        return item;
    }
    item = iterator_stop_or_error(true);
    if (item == VM_STOP) iterator_end(self);
    return item;
}

/* a the callable, b the sentinel */
static Value call_iter_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value callable = GET(it, a), sentinel = it->b;
    if (!callable) return VM_STOP;
    Value item = py_call0(callable);
    if (!item) {
        item = iterator_stop_or_error(false);
        if (item == VM_STOP) iterator_end(self);
        return item;
    }
    int equal = py_equal(item, sentinel);
    if (equal < 0) return 0;
    return equal ? iterator_end(self) : item;
}

/* ---- methods */

METHOD(sequence_length_hint) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value sequence = GET(it, a);
    int64_t length = sequence ? py_length(sequence) : 0, i = GET(it, index);
    if (length < 0) {
        if (!py_error_is(TYPE_TypeError)) return 0;
        py_error_clear();
        return VM_NOT_IMPLEMENTED;
    }
    return int_make(length > i ? length - i : 0);
}

METHOD(reverse_length_hint) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value sequence = GET(it, a);
    int64_t length = sequence ? py_length(sequence) : 0, rest = GET(it, index) + 1;
    if (length < 0) return 0;
    return int_make(length >= rest ? rest : 0);
}

METHOD(sequence_reduce) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value sequence = GET(it, a);
    if (sequence) return iterator_reduce("iter", sequence, int_make(GET(it, index)));
    Value empty = is_exactly(args[0], TYPE_LIST_ITER) ? py_list_new(0) : py_tuple_new(0);
    return empty ? iterator_reduce("iter", empty, 0) : 0;
}

METHOD(list_reverse_reduce) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value list = GET(it, a);
    if (list) return iterator_reduce("reversed", list, int_make(GET(it, index)));
    return iterator_reduce("iter", py_list_new(0), 0);
}

METHOD(call_reduce) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value callable = GET(it, a), function = py_import_attr("builtins", "iter"), pair;
    if (!function) return 0;
    if (!callable) return iterator_reduce("iter", py_tuple_new(0), 0);
    return (pair = py_tuple_pack(2, callable, it->b)) ? py_tuple_pack(2, function, pair) : 0;
}

/* Set the position, clipped to the sequence; the reverse iterator also has -1. */
METHOD(sequence_setstate) {
    PyIter GS *it = REF(PyIter, args[0]);
    int64_t i = py_index_int64(args[1], "OverflowError"), low = 0, high = INT64_MAX;
    if (i == -1 && py_error()) return 0;
    Value sequence = GET(it, a);
    if (!sequence) return VM_NONE;
    if (!is_exactly(args[0], TYPE_SEQ_ITER)) {
        if ((high = py_length(sequence)) < 0) return 0;
    }
    if (is_exactly(args[0], TYPE_LIST_REV_ITER)) {
        low = -1;
        high--;
    }
    SET(it, index, i < low ? low : i > high ? high : i);
    return VM_NONE;
}

#define HINT_DOC   "Private method returning an estimate of len(list(it))."
#define REDUCE_DOC "Return state information for pickling."
#define STATE_DOC  "Set state information for unpickling."
static const PyMethodDef sequence_methods[] = {
    {"__length_hint__", "($self, /)", sequence_length_hint, 0, HINT_DOC},
    {"__reduce__", "($self, /)", sequence_reduce, 0, REDUCE_DOC},
    {"__setstate__", "($self, state, /)", sequence_setstate, 0, STATE_DOC},
    {0}};
static const PyMethodDef list_reverse_methods[] = {
    {"__length_hint__", "($self, /)", reverse_length_hint, 0, HINT_DOC},
    {"__reduce__", "($self, /)", list_reverse_reduce, 0, REDUCE_DOC},
    {"__setstate__", "($self, state, /)", sequence_setstate, 0, STATE_DOC},
    {0}};
static const PyMethodDef call_methods[] = {{"__reduce__", "($self, /)", call_reduce, 0, REDUCE_DOC},
                                           {0}};

#define ITER_SPEC(cname, step, method_table)                                                       \
    const PyTypeSpec py_spec_##cname = {                                                           \
        .slots = {.iter = iterator_self, .next = step}, .methods = method_table, .raw_words = 2}
ITER_SPEC(list_iter, list_iter_next, sequence_methods);
ITER_SPEC(list_rev_iter, list_rev_iter_next, list_reverse_methods);
ITER_SPEC(tuple_iter, tuple_iter_next, sequence_methods);
ITER_SPEC(seq_iter, seq_iter_next, sequence_methods);
ITER_SPEC(call_iter, call_iter_next, call_methods);
