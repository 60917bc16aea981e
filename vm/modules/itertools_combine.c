/* itertools: product, permutations, combinations, combinations_with_replacement. Common: a the pool
 * (a tuple; for product a tuple of pools), b a PyRaw of indices into it, m the length of a result,
 * n 0 before the first, 1 after it, 2 at the end. The algorithms are those of the module's
 * documentation. */
#include "vm/modules/containers.h"

enum { FRESH, RUNNING, ENDED };

static int64_t index_get(Value raw, int64_t i) {
    int64_t GS *at = (int64_t GS *)REF(PyRaw, raw)->data + i;
    stm_read(at);
    return *at;
}
static void index_set(Value raw, int64_t i, int64_t value) {
    int64_t GS *at = (int64_t GS *)REF(PyRaw, raw)->data + i;
    stm_write(REF(StmObject, raw), at);
    *at = value;
}
static Value indices_new(int64_t count) {
    Value raw = py_raw_new((size_t)count * sizeof(int64_t));
    for (int64_t i = 0; raw && i < count; i++) index_set(raw, i, 0);
    return raw;
}

static Value combine_new(Value type, Value pool, int64_t length, int64_t indices, bool possible) {
    Value self = tool_new(type, pool, 0);
    if (!self) return 0;
    TOOL(self)->m = length;
    TOOL(self)->n = possible ? FRESH : ENDED;
    TOOL(self)->b = possible ? indices_new(indices) : 0;
    return !possible || TOOL(self)->b ? self : 0;
}

/* The result that the indices stand for. */
static Value combine_result(PyItertool GS *t) {
    Value row = py_tuple_new((size_t)t->m);
    for (int64_t i = 0; row && i < t->m; i++)
        REF(PyTuple, row)->items[i] = tuple_item(t->a, index_get(t->b, i));
    return row;
}
static Value combine_end(PyItertool GS *t) {
    SET(t, n, ENDED);
    return VM_STOP;
}

/* The argument r: -1 with an exception. */
static int64_t length_arg(Value v, const char *type_error) {
    if (type_error && !py_is_int(v)) return py_raise_int(TYPE_TypeError, "%s", type_error);
    Value number = py_index(v);
    int64_t r = number ? py_index_int64(number, "OverflowError") : -1;
    if (r < 0 && !py_error()) py_raise(TYPE_ValueError, "r must be non-negative");
    return r < 0 ? -1 : r;
}

/* (type, (pool, r)[, tuple of indices]) */
static Value combine_reduce(Value self) {
    PyItertool GS *t = TOOL(self);
    if (GET(t, n) == ENDED) {
        Value empty = py_tuple_new(0);
        return tool_reduce(self, py_tuple_pack(2, empty, int_make(t->m ? t->m : 1)), 0);
    }
    Value state = 0;
    if (GET(t, n) == RUNNING) {
        if (!(state = py_tuple_new((size_t)t->m))) return 0;
        for (int64_t i = 0; i < t->m; i++)
            REF(PyTuple, state)->items[i] = int_make(index_get(t->b, i));
    }
    return tool_reduce(self, py_tuple_pack(2, t->a, int_make(t->m)), state);
}
METHOD(combine_reduce_method) { return combine_reduce(args[0]); }

/* Indices from a state tuple, each clipped to its pool. */
static Value combine_setstate(PyItertool GS *t, Value state, bool pools) {
    if (py_is_tuple(state) && tuple_length(state) == t->m && GET(t, n) == ENDED) return VM_NONE;
    if (!py_is_tuple(state) || tuple_length(state) != t->m || !t->b)
        return py_raise(TYPE_ValueError, "invalid arguments");
    for (int64_t i = 0; i < t->m; i++) {
        int64_t index = py_index_int64(tuple_item(state, i), "OverflowError");
        if (index == -1 && py_error()) return 0;
        int64_t limit = tuple_length(pools ? tuple_item(t->a, i) : t->a) - 1;
        index_set(t->b, i, index < 0 ? 0 : index > limit ? limit : index);
    }
    SET(t, n, RUNNING);
    return VM_NONE;
}
METHOD(combine_setstate_method) { return combine_setstate(TOOL(args[0]), args[1], false); }
static const PyMethodDef combine_methods[] = {
    REDUCE_METHOD(combine_reduce_method), SETSTATE_METHOD(combine_setstate_method), {0}};

/* ---- product */

METHOD(product_new) {
    int64_t repeat = args[2] ? py_index_int64(args[2], "OverflowError") : 1;
    if (repeat == -1 && py_error()) return 0;
    if (repeat < 0) return py_raise(TYPE_ValueError, "repeat argument cannot be negative");
    int64_t given = repeat ? tuple_length(args[1]) : 0, count;
    if (__builtin_mul_overflow(given, repeat, &count) || count > INT64_MAX / 64)
        return py_raise(TYPE_OverflowError, "repeat argument too large");
    Value pools = py_tuple_new((size_t)count);
    bool possible = true;
    for (int64_t i = 0; pools && i < count; i++) {
        Value pool = i < given ? py_tuple_from_iterable(tuple_item(args[1], i))
                               : tuple_item(pools, i - given);
        if (!pool) return 0;
        tuple_store(pools, i, pool);
        possible = possible && tuple_length(pool);
    }
    return pools ? combine_new(args[0], pools, count, count, possible) : 0;
}
static Value product_next(Value self) {
    PyItertool GS *t = TOOL(self);
    if (GET(t, n) == ENDED) return VM_STOP;
    if (GET(t, n) == RUNNING) {
        int64_t i = t->m - 1;
        for (; i >= 0; i--) {
            int64_t next = index_get(t->b, i) + 1;
            if (next < tuple_length(tuple_item(t->a, i))) {
                index_set(t->b, i, next);
                break;
            }
            index_set(t->b, i, 0);
        }
        if (i < 0) return combine_end(t);
    }
    SET(t, n, RUNNING);
    Value row = py_tuple_new((size_t)t->m);
    for (int64_t i = 0; row && i < t->m; i++)
        REF(PyTuple, row)->items[i] = tuple_item(tuple_item(t->a, i), index_get(t->b, i));
    return row;
}
METHOD(product_reduce) {
    PyItertool GS *t = TOOL(args[0]);
    Value state = 0;
    if (GET(t, n) == ENDED) {
        Value empty = py_tuple_new(0);
        return tool_reduce(args[0], empty ? py_tuple_pack(1, empty) : 0, 0);
    }
    if (GET(t, n) == RUNNING) {
        if (!(state = py_tuple_new((size_t)t->m))) return 0;
        for (int64_t i = 0; i < t->m; i++)
            REF(PyTuple, state)->items[i] = int_make(index_get(t->b, i));
    }
    return tool_reduce(args[0], t->a, state);
}
METHOD(product_setstate) { return combine_setstate(TOOL(args[0]), args[1], true); }
static const PyMethodDef product_methods[] = {
    REDUCE_METHOD(product_reduce), SETSTATE_METHOD(product_setstate), {0}};
const PyTypeSpec py_spec_it_product = {
    .doc = "product(*iterables, repeat=1) --> product object\n\nCartesian product of input "
           "iterables.  "
           "Equivalent to nested for-loops.\n\nFor example, product(A, B) returns the same as:  "
           "((x,y) "
           "for x in A for y in B).",
    .slots = {.iter = iterator_self, .next = product_next},
    .methods = product_methods,
    .new_signature = "(*iterables, repeat=1)",
    .new_fn = product_new,
    .raw_words = 4,
};

/* ---- permutations: b the indices of the whole pool, c the countdowns of each place */

METHOD(permutations_new) {
    Value pool = py_tuple_from_iterable(args[1]);
    if (!pool) return 0;
    int64_t n = tuple_length(pool), r = n;
    if (args[2] && args[2] != VM_NONE && (r = length_arg(args[2], "Expected int as r")) < 0)
        return 0;
    Value self = combine_new(args[0], pool, r, n, r <= n);
    if (!self || r > n) return self;
    Value cycles = indices_new(r);
    if (!cycles) return 0;
    for (int64_t i = 0; i < n; i++) index_set(TOOL(self)->b, i, i);
    for (int64_t i = 0; i < r; i++) index_set(cycles, i, n - i);
    TOOL(self)->c = cycles;
    return self;
}
static bool permutations_step(PyItertool GS *t) {
    int64_t n = tuple_length(t->a);
    for (int64_t i = t->m - 1; i >= 0; i--) {
        int64_t left = index_get(t->c, i) - 1, own = index_get(t->b, i);
        if (left) {
            index_set(t->c, i, left);
            index_set(t->b, i, index_get(t->b, n - left));
            index_set(t->b, n - left, own);
            return true;
        }
        for (int64_t j = i; j < n - 1; j++) index_set(t->b, j, index_get(t->b, j + 1));
        index_set(t->b, n - 1, own);
        index_set(t->c, i, n - i);
    }
    return false;
}
static Value permutations_next(Value self) {
    PyItertool GS *t = TOOL(self);
    if (GET(t, n) == ENDED) return VM_STOP;
    if (GET(t, n) == RUNNING && !permutations_step(t)) return combine_end(t);
    SET(t, n, RUNNING);
    return combine_result(t);
}
static Value indices_tuple(Value raw, int64_t count) {
    Value tuple = py_tuple_new((size_t)count);
    for (int64_t i = 0; tuple && i < count; i++)
        REF(PyTuple, tuple)->items[i] = int_make(index_get(raw, i));
    return tuple;
}
METHOD(permutations_reduce) {
    PyItertool GS *t = TOOL(args[0]);
    if (GET(t, n) != RUNNING) return combine_reduce(args[0]);
    Value indices = indices_tuple(t->b, tuple_length(t->a));
    Value cycles = indices ? indices_tuple(t->c, t->m) : 0;
    Value state = cycles ? py_tuple_pack(2, indices, cycles) : 0;
    return state ? tool_reduce(args[0], py_tuple_pack(2, t->a, int_make(t->m)), state) : 0;
}
METHOD(permutations_setstate) {
    PyItertool GS *t = TOOL(args[0]);
    Value state = args[1];
    int64_t n = tuple_length(t->a);
    bool ok = py_is_tuple(state) && tuple_length(state) == 2 && t->b && t->c &&
              py_is_tuple(tuple_item(state, 0)) && py_is_tuple(tuple_item(state, 1)) &&
              tuple_length(tuple_item(state, 0)) == n && tuple_length(tuple_item(state, 1)) == t->m;
    if (!ok) return py_raise(TYPE_ValueError, "invalid arguments");
    for (int64_t i = 0; i < n; i++) {
        int64_t index = py_index_int64(tuple_item(tuple_item(state, 0), i), "OverflowError");
        if (index == -1 && py_error()) return 0;
        index_set(t->b, i, index < 0 ? 0 : index > n - 1 ? n - 1 : index);
    }
    for (int64_t i = 0; i < t->m; i++) {
        int64_t left = py_index_int64(tuple_item(tuple_item(state, 1), i), "OverflowError");
        if (left == -1 && py_error()) return 0;
        index_set(t->c, i, left < 1 ? 1 : left > n - i ? n - i : left);
    }
    SET(t, n, RUNNING);
    return VM_NONE;
}
static const PyMethodDef permutations_methods[] = {
    REDUCE_METHOD(permutations_reduce), SETSTATE_METHOD(permutations_setstate), {0}};
const PyTypeSpec py_spec_it_permutations = {
    .doc = "Return successive r-length permutations of elements in the iterable.\n\npermutations"
           "(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)",
    .slots = {.iter = iterator_self, .next = permutations_next},
    .methods = permutations_methods,
    .new_signature = "(iterable, r=None)",
    .new_fn = permutations_new,
    .raw_words = 4,
};

/* ---- combinations */

METHOD(combinations_new) {
    Value pool = py_tuple_from_iterable(args[1]);
    int64_t r = pool ? length_arg(args[2], 0) : -1;
    if (r < 0) return 0;
    Value self = combine_new(args[0], pool, r, r, r <= tuple_length(pool));
    for (int64_t i = 0; self && TOOL(self)->b && i < r; i++) index_set(TOOL(self)->b, i, i);
    return self;
}
static Value combinations_next(Value self) {
    PyItertool GS *t = TOOL(self);
    int64_t n = tuple_length(t->a), r = t->m, i = r - 1;
    if (GET(t, n) == ENDED) return VM_STOP;
    if (GET(t, n) == RUNNING) {
        while (i >= 0 && index_get(t->b, i) == i + n - r) i--;
        if (i < 0) return combine_end(t);
        int64_t next = index_get(t->b, i) + 1;
        for (; i < r; i++) index_set(t->b, i, next++);
    }
    SET(t, n, RUNNING);
    return combine_result(t);
}
const PyTypeSpec py_spec_it_combinations = {
    .doc = "Return successive r-length combinations of elements in the iterable.\n\ncombinations"
           "(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)",
    .slots = {.iter = iterator_self, .next = combinations_next},
    .methods = combine_methods,
    .new_signature = "(iterable, r)",
    .new_fn = combinations_new,
    .raw_words = 4,
};

METHOD(replacement_new) {
    Value pool = py_tuple_from_iterable(args[1]);
    int64_t r = pool ? length_arg(args[2], 0) : -1;
    return r < 0 ? 0 : combine_new(args[0], pool, r, r, tuple_length(pool) > 0 || r == 0);
}
static Value replacement_next(Value self) {
    PyItertool GS *t = TOOL(self);
    int64_t n = tuple_length(t->a), r = t->m, i = r - 1;
    if (GET(t, n) == ENDED) return VM_STOP;
    if (GET(t, n) == RUNNING) {
        while (i >= 0 && index_get(t->b, i) == n - 1) i--;
        if (i < 0) return combine_end(t);
        int64_t next = index_get(t->b, i) + 1;
        for (; i < r; i++) index_set(t->b, i, next);
    }
    SET(t, n, RUNNING);
    return combine_result(t);
}
const PyTypeSpec py_spec_it_combinations_wr = {
    .doc =
        "Return successive r-length combinations of elements in the iterable allowing individual "
        "elements to have successive repeats.\n\ncombinations_with_replacement('ABC', 2) --> "
        "('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')",
    .slots = {.iter = iterator_self, .next = replacement_next},
    .methods = combine_methods,
    .new_signature = "(iterable, r)",
    .new_fn = replacement_new,
    .raw_words = 4,
};
