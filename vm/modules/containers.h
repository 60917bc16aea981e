/* Layouts and shared functions of _collections, itertools, _functools and _operator. */
#ifndef VM_MODULES_CONTAINERS_H
#define VM_MODULES_CONTAINERS_H

#include "vm/objects/dict.h"
#include "vm/objects/iterators.h"

/* A ring buffer: item i, first <= i < last, is items[i & (capacity - 1)], capacity a power of two;
 * all others are 0. So that a producer and a consumer conflict only over an empty deque, append
 * reads `last` and its slot but not `first`, and popleft `first` and its slot but not `last`. */
typedef struct {
    StmObject head;
    int64_t first, last;
    int64_t maxlen; /* -1: unlimited */
    Value items;    /* PyArray, or 0 */
} PyDeque;

typedef struct {
    PyDict dict;
    Value factory; /* VM_NONE: none */
} PyDefaultDict;

typedef struct {
    StmObject head;
    int64_t index;
    Value doc;
} PyTupleGetter;

/* Iterators of itertools: the meaning of the fields is each type's own. */
typedef struct {
    StmObject head;
    int64_t m, n, o, p;
    Value a, b, c, d, e, f;
} PyItertool;
#define TOOL(v) REF(PyItertool, v)

typedef struct {
    StmObject head;
    Value function, args /* tuple */, keywords /* dict */;
} PyPartial;

typedef struct {
    StmObject head;
    Value compare, object /* 0: the factory that cmp_to_key returned */;
} PyCmpKey;

typedef struct {
    StmObject head;
    int64_t maxsize; /* -1: unlimited */
    uint64_t typed;
    Value function, cache /* dict: key -> result, least recently used first */,
        counts /* PyRaw: hits and misses of each segment */, info_type;
} PyLruCache;

typedef struct {
    StmObject head;
    Value a, b, c; /* itemgetter, attrgetter: items; methodcaller: name, args, keywords */
} PyOperator;

/* A new iterator of itertools (type: the class to make). */
static inline Value tool_new(Value type, Value a, Value b) {
    Value self = py_alloc(type, 0);
    if (!self) return 0;
    TOOL(self)->a = a;
    TOOL(self)->b = b;
    return self;
}
/* (type(self), arguments) and (type(self), arguments, state) for __reduce__; 0s are passed on. */
static inline Value tool_reduce(Value self, Value args_tuple, Value state_or_0) {
    if (!args_tuple) return 0;
    return state_or_0 ? py_tuple_pack(3, py_type_of(self), args_tuple, state_or_0)
                      : py_tuple_pack(2, py_type_of(self), args_tuple);
}
#define REDUCE_METHOD(fn)                                                                          \
    { "__reduce__", "($self, /)", fn, 0, "Return state information for pickling." }
#define SETSTATE_METHOD(fn)                                                                        \
    { "__setstate__", "($self, state, /)", fn, 0, "Set state information for unpickling." }

/* Raise unless there are no keywords: 0, or -1 with "name() takes no keyword arguments". */
static inline int no_keywords(const char *name, Value kwnames) {
    if (!kwnames || !tuple_length(kwnames)) return 0;
    return py_raise_int(TYPE_TypeError, "%s() takes no keyword arguments", name);
}
/* Store into a tuple under construction while Python code may run. */
static inline void tuple_store(Value tuple, int64_t i, Value item) {
    stm_write(REF(StmObject, tuple), &REF(PyTuple, tuple)->items[i]);
    REF(PyTuple, tuple)->items[i] = item;
}

#endif
