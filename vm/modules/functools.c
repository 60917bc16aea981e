/* Module _functools: partial, reduce, cmp_to_key. The lru_cache wrapper is in lru_cache.c. */
#include "vm/modules/containers.h"
#include "vm/objects/shape.h"

/* ---- partial: immutable but for __setstate__ */

enum { PARTIAL_INLINE = 16 };
#define PARTIAL(v) REF(PyPartial, v)

/* The tuples a and b[0, n) joined. */
static Value joined(Value tuple, const Value *more, size_t n) {
    int64_t length = tuple_length(tuple);
    Value sum = py_tuple_new((size_t)length + n);
    if (!sum) return 0;
    for (int64_t i = 0; i < length; i++) REF(PyTuple, sum)->items[i] = tuple_item(tuple, i);
    for (size_t i = 0; i < n; i++) REF(PyTuple, sum)->items[length + (int64_t)i] = more[i];
    return sum;
}
/* A copy of `keywords` with those of a call added. */
static Value merged_keywords(Value keywords, const Value *values, Value kwnames) {
    Value dict = py_dict_copy(keywords);
    for (int64_t i = 0; dict && kwnames && i < tuple_length(kwnames); i++)
        if (py_dict_set(dict, tuple_item(kwnames, i), values[i]) < 0) return 0;
    return dict;
}

NEW_SLOT(partial_make) {
    if (nargs < 1) return py_raise(TYPE_TypeError, "type 'partial' takes at least one argument");
    Value function = args[0], bound = py_tuple_new(0), keywords = py_dict_new();
    if (!py_callable(function))
        return py_raise(TYPE_TypeError, "the first argument must be callable");
    if (!bound || !keywords) return 0;
    if (is_exactly(function, TYPE_PARTIAL)) { /* without attributes: flatten */
        bound = GET(PARTIAL(function), args);
        keywords = GET(PARTIAL(function), keywords);
        function = GET(PARTIAL(function), function);
    }
    bound = joined(bound, args + 1, nargs - 1);
    keywords = merged_keywords(keywords, args + nargs, kwnames);
    Value self = bound && keywords ? py_alloc(type, 0) : 0;
    if (!self) return 0;
    PARTIAL(self)->function = function;
    PARTIAL(self)->args = bound;
    PARTIAL(self)->keywords = keywords;
    return self;
}

static Value partial_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    Value function = GET(PARTIAL(self), function), bound = GET(PARTIAL(self), args);
    Value keywords = GET(PARTIAL(self), keywords), row[PARTIAL_INLINE];
    size_t own = (size_t)tuple_length(bound), named = kwnames ? (size_t)tuple_length(kwnames) : 0;
    if (py_dict_length(keywords) || own + nargs + named > PARTIAL_INLINE) {
        Value all = joined(bound, args, nargs);
        Value dict = all ? merged_keywords(keywords, args + nargs, kwnames) : 0;
        return dict ? py_call_kw(function, all, dict) : 0;
    }
    for (size_t i = 0; i < own; i++) row[i] = tuple_item(bound, (int64_t)i);
    for (size_t i = 0; i < nargs + named; i++) row[own + i] = args[i];
    return py_call(function, row, own + nargs, kwnames);
}

static Value partial_text(Value self) {
    Value bound = GET(PARTIAL(self), args), keywords = GET(PARTIAL(self), keywords), key, value;
    Value text = py_str_format("%S(%R",
                               is_exactly(self, TYPE_PARTIAL) ? py_str_c("functools.partial")
                                                              : py_type_name(py_type_of(self)),
                               GET(PARTIAL(self), function));
    for (int64_t i = 0; text && i < tuple_length(bound); i++)
        text = py_str_format("%S, %R", text, tuple_item(bound, i));
    for (int64_t n = 0; text && py_dict_next(keywords, &n, &key, &value);)
        text = py_str_format("%S, %S=%R", text, key, value);
    return text ? py_str_format("%S)", text) : 0;
}
static Value partial_repr(Value self) {
    int entered = py_repr_enter(self);
    if (entered) return entered < 0 ? 0 : py_str_c("...");
    Value text = partial_text(self);
    py_repr_leave(self);
    return text;
}

METHOD(partial_reduce) {
    Value self = args[0], function = GET(PARTIAL(self), function);
    Value attributes = instance_count(self) ? py_instance_dict(self) : VM_NONE;
    Value made = attributes ? py_tuple_pack(1, function) : 0;
    Value state = made ? py_tuple_pack(4, function, GET(PARTIAL(self), args),
                                       GET(PARTIAL(self), keywords), attributes)
                       : 0;
    return state ? py_tuple_pack(3, py_type_of(self), made, state) : 0;
}
METHOD(partial_setstate) {
    Value self = args[0], state = args[1];
    bool ok = py_is_tuple(state) && tuple_length(state) == 4 && py_callable(tuple_item(state, 0)) &&
              py_is_tuple(tuple_item(state, 1)) &&
              (tuple_item(state, 2) == VM_NONE || py_is_dict(tuple_item(state, 2)));
    if (!ok) return py_raise(TYPE_TypeError, "invalid partial state");
    Value bound = py_tuple_from_iterable(tuple_item(state, 1)), given = tuple_item(state, 2);
    Value keywords = given == VM_NONE ? py_dict_new() : is_exactly(given, TYPE_DICT) ? given : py_dict_copy(given);
    if (!bound || !keywords) return 0;
    SET(PARTIAL(self), function, tuple_item(state, 0));
    SET(PARTIAL(self), args, bound);
    SET(PARTIAL(self), keywords, keywords);
    Value attributes = tuple_item(state, 3);
    if (attributes != VM_NONE && !py_is_dict(attributes))
        return py_raise(TYPE_TypeError, "invalid partial state");
    if (attributes == VM_NONE && !(attributes = py_dict_new())) return 0;
    return instance_set_dict(self, attributes) < 0 ? 0 : VM_NONE;
}
static Value partial_func(Value self) { return GET(PARTIAL(self), function); }
static Value partial_args(Value self) { return GET(PARTIAL(self), args); }
static Value partial_keywords(Value self) { return GET(PARTIAL(self), keywords); }
static const PyMethodDef partial_methods[] = {
    REDUCE_METHOD(partial_reduce), SETSTATE_METHOD(partial_setstate), CLASS_GETITEM, {0}};
static const PyGetSetDef partial_getsets[] = {
    {"func", partial_func, 0, "function object to use in future partial calls"},
    {"args", partial_args, 0, "tuple of arguments to future partial calls"},
    {"keywords", partial_keywords, 0, "dictionary of keyword arguments to future partial calls"},
    {0}};
const PyTypeSpec py_spec_partial = {
    .doc = "partial(func, *args, **keywords) - new function with partial application\n    of the "
           "given arguments and keywords.\n",
    .slots = {.new = partial_make, .call = partial_call, .repr = partial_repr},
    .methods = partial_methods,
    .getsets = partial_getsets,
    .has_dict = true,
};

/* ---- cmp_to_key */

#define CMP_KEY(v) REF(PyCmpKey, v)

static Value cmp_key_new(Value compare, Value object_or_0) {
    Value self = py_alloc_id(TYPE_CMP_KEY, 0);
    if (!self) return 0;
    CMP_KEY(self)->compare = compare;
    CMP_KEY(self)->object = object_or_0;
    return self;
}
METHOD(cmp_to_key) { return cmp_key_new(args[0], 0); }

static Value cmp_key_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    size_t named = kwnames ? (size_t)tuple_length(kwnames) : 0;
    if (named && !(named == 1 && nargs == 0 && py_str_equal_c(tuple_item(kwnames, 0), "obj")))
        return py_raise(TYPE_TypeError, "'%S' is an invalid keyword argument for K()",
                        tuple_item(kwnames, 0));
    if (nargs + named != 1)
        return nargs ? py_raise(TYPE_TypeError, "K() takes at most 1 argument (%zu given)", nargs)
                     : py_raise(TYPE_TypeError, "K() missing required argument 'obj' (pos 1)");
    return cmp_key_new(CMP_KEY(self)->compare, args[0]);
}
static Value cmp_key_compare(Value a, Value b, int op) {
    if (!is_exactly(b, TYPE_CMP_KEY) || !is_exactly(a, TYPE_CMP_KEY))
        return py_raise(TYPE_TypeError, "other argument must be K instance");
    Value x = GET(CMP_KEY(a), object), y = GET(CMP_KEY(b), object);
    if (!x || !y) return py_raise(TYPE_AttributeError, "object");
    Value order = py_call2(CMP_KEY(a)->compare, x, y);
    return order ? py_compare(order, int_make(0), op) : 0;
}
static Value cmp_key_object(Value self) {
    Value object = GET(CMP_KEY(self), object);
    return object ? object : py_raise(TYPE_AttributeError, "obj");
}
static int cmp_key_set_object(Value self, Value value_or_0) {
    SET(CMP_KEY(self), object, value_or_0);
    return 0;
}
static const PyGetSetDef cmp_key_getsets[] = {
    {"obj", cmp_key_object, cmp_key_set_object, "Value wrapped by a key function."}, {0}};
const PyTypeSpec py_spec_cmp_key = {
    .slots = {.call = cmp_key_call, .richcompare = cmp_key_compare, .hash = py_hash_unhashable},
    .getsets = cmp_key_getsets,
};

/* ---- reduce */

METHOD(reduce) {
    Value it = py_iter(args[1]), total = args[2], item;
    if (!it) {
        if (!py_error_is(TYPE_TypeError)) return 0;
        py_error_clear();
        return py_raise(TYPE_TypeError, "reduce() arg 2 must support iteration");
    }
    while ((item = py_next(it)) != VM_STOP) {
        if (!item) return 0;
        total = total ? py_call2(args[0], total, item) : item;
        if (!total) return 0;
    }
    if (total) return total;
    return py_raise(TYPE_TypeError, "reduce() of empty iterable with no initial value");
}

static const PyMethodDef functools_functions[] = {
    {"reduce", "(function, iterable, initial=<unrepresentable>, /)", reduce, 0,
     "reduce(function, iterable[, initial]) -> value\n\nApply a function of two arguments "
     "cumulatively to the items of a sequence\nor iterable, from left to right, so as to reduce "
     "the "
     "iterable to a single\nvalue.  For example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5]) "
     "calculates\n((((1+2)+3)+4)+5).  If initial is present, it is placed before the items\nof the "
     "iterable in the calculation, and serves as a default when the\niterable is empty."},
    {"cmp_to_key", "(mycmp)", cmp_to_key, 0,
     "Convert a cmp= function into a key= function.\n\n  mycmp\n    Function that compares two "
     "objects."},
    {0}};

static int functools_init(Value module) {
    if (py_module_add_type(module, TYPE_PARTIAL) < 0) return -1;
    return py_module_add_type(module, TYPE_LRU_CACHE);
}

const PyModuleDef py_module_functools = {
    .doc = "Tools that operate on functions.",
    .functions = functools_functions,
    .init = functools_init,
};
