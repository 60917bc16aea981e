/* What the built-in iterators share: all are PyIter { index, limit, a, b, c }. An exhausted one has
 * a == 0. */
#ifndef VM_OBJECTS_ITERATORS_H
#define VM_OBJECTS_ITERATORS_H

#include "vm/objects/list.h"

static inline Value iterator_new(uint32_t type_id, Value a, int64_t index, int64_t limit) {
    StmRef ref = py_alloc_id(type_id, 0);
    if (!ref) return 0;
    REF(PyIter, ref)->a = a;
    REF(PyIter, ref)->index = index;
    REF(PyIter, ref)->limit = limit;
    return ref;
}
static inline Value iterator_end(Value it) {
    PyIter GS *i = REF(PyIter, it);
    SET(i, a, 0);
    SET(i, index, i->index + 1); /* who reads the counter with a marker needs none for `a` */
    return VM_STOP;
}

/* Steps of the commonest iterators, exact ones: the next item, VM_STOP at the end. The counters are raw words: in solo mode they
 * need no write barrier, for no reference is stored. Of words that always change together one marker says that all have been read: the
 * counter's, which changes at the end too (iterator_end). */
static inline Value iter_next_range(Value it) {
    PyRangeIter GS *r = REF(PyRangeIter, it);
    int64_t remaining = GET(r, remaining), next = r->next;
    if (UNLIKELY(remaining <= 0)) return VM_STOP;
    SET_RAW_READ(r, remaining, remaining - 1);
    r->next = next + r->step;
    return LIKELY(int_fits(next)) ? int_make(next) : py_int_from_i64(next);
}

/* The loop's range as its three registers (GET_LOOP); false: not all its numbers are tagged ints. Items lie between start and stop. */
static inline bool range_to_loop(Value range, Value *state) {
    PyRange GS *r = REF(PyRange, range);
    if (UNLIKELY(!is_int(r->start & r->stop & r->step & r->length))) return false;
    state[0] = r->length;
    state[1] = r->start;
    state[2] = r->step;
    return true;
}

static inline Value iter_next_list(Value it) {
    PyIter GS *i = REF(PyIter, it);
    int64_t index = GET(i, index);
    Value list = i->a;
    if (UNLIKELY(!list)) return VM_STOP;
    Value item = list_get_fast(list, index);
    if (UNLIKELY(!item)) return iterator_end(it);
    SET_RAW_READ(i, index, index + 1);
    return item;
}

static inline Value iter_next_tuple(Value it) {
    PyIter GS *i = REF(PyIter, it);
    int64_t index = GET(i, index);
    Value tuple = i->a;
    if (UNLIKELY(!tuple)) return VM_STOP;
    if (UNLIKELY(index >= tuple_length(tuple))) return iterator_end(it);
    SET_RAW_READ(i, index, index + 1);
    return tuple_item(tuple, index);
}

static inline Value iterator_self(Value it) { return it; }
/* An int object of any size as a Value: 63 bits fit. */
static inline Value count_value(int64_t i) { return py_int_from_i64(i); }

/* Iterator by __getitem__ with 0, 1, 2 ... until IndexError. */
static inline Value seq_iter_new(Value sequence) {
    return iterator_new(TYPE_SEQ_ITER, sequence, 0, 0);
}
/* The StopIteration (and with `index`, the IndexError) that a call raised becomes the iterator's
 * end: VM_STOP, or 0 with the other exception. */
Value iterator_stop_or_error(bool index);

/* For __reduce__: (iter, (argument,)) or (iter, (argument,), state). */
Value iterator_reduce(const char *builtin, Value argument, Value state_or_0);
/* The rest of `it` as a list, then (iter, (list,)): for iterators that cannot be rebuilt. */
Value iterator_reduce_list(Value items);

#endif
