/* Iteration steps that the loop takes inline. Each: the next item, VM_STOP at the end. The counters of
 * iterators are raw words: in solo mode they need no write barrier, for no reference is stored. Of words that
 * always change together one marker says that all have been read: the counter's, which changes at the end too (iterator_end). */
#ifndef VM_EXEC_INTERP_ITER_H
#define VM_EXEC_INTERP_ITER_H

#include "vm/exec/interp.h"
#include "vm/objects/iterators.h"

/* A store to a raw word that has just been read by GET: its marker is there. */
#define SET_RAW(p, field, v)                                                                                            \
    do {                                                                                                                \
        if (STM_MULTI && UNLIKELY((p)->head.flags & STMF_BARRIER)) stm_write_plain_slow((StmObj)(p), &(p)->field);       \
        (p)->field = (v);                                                                                               \
    } while (0)

static inline Value iter_next_range(Value it) {
    PyRangeIter GS *r = REF(PyRangeIter, it);
    int64_t remaining = GET(r, remaining), next = r->next;
    if (UNLIKELY(remaining <= 0)) return VM_STOP;
    SET_RAW(r, remaining, remaining - 1);
    r->next = next + r->step;
    return LIKELY(int_fits(next)) ? int_make(next) : py_int_from_i64(next);
}

static inline Value iter_next_list(Value it) {
    PyIter GS *i = REF(PyIter, it);
    int64_t index = GET(i, index);
    Value list = i->a;
    if (UNLIKELY(!list)) return VM_STOP;
    Value item = list_get_fast(list, index);
    if (UNLIKELY(!item)) return iterator_end(it);
    SET_RAW(i, index, index + 1);
    return item;
}

static inline Value iter_next_tuple(Value it) {
    PyIter GS *i = REF(PyIter, it);
    int64_t index = GET(i, index);
    Value tuple = i->a;
    if (UNLIKELY(!tuple)) return VM_STOP;
    if (UNLIKELY(index >= tuple_length(tuple))) return iterator_end(it);
    SET_RAW(i, index, index + 1);
    return tuple_item(tuple, index);
}

/* interp_binary.c: iter(v) and a step of any other iterator for FOR_ITER; both may push. */
Value iter_get(VmThread *thread, VmFrame *frame, Value v);
Value iter_next_slow(VmThread *thread, VmFrame *frame, Value it);

#endif
