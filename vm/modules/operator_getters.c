/* operator.itemgetter, attrgetter, methodcaller: immutable callables. PyOperator: a the tuple of
 * items or names; for attrgetter b is the tuple of the names' parts (a str, or a tuple where
 * dotted); for methodcaller a is the name, b the arguments and c the keywords (a dict or 0). */
#include "vm/modules/containers.h"

#define GETTER(v) REF(PyOperator, v)

static Value getter_new(Value type, Value a, Value b, Value c) {
    Value self = py_alloc(type, 0);
    if (!self) return 0;
    GETTER(self)->a = a;
    GETTER(self)->b = b;
    GETTER(self)->c = c;
    return self;
}

/* The one argument of a call of the getter, or 0 with TypeError. */
static Value single_argument(const char *name, const Value *args, size_t nargs, Value kwnames) {
    if (no_keywords(name, kwnames) < 0) return 0;
    if (nargs == 1) return args[0];
    return py_raise(TYPE_TypeError, "%s expected 1 argument, got %zu", name, nargs);
}

/* The results for each of `keys`: one as it is, several as a tuple. */
static Value each(Value keys, Value v, Value (*get)(Value, Value)) {
    int64_t n = tuple_length(keys);
    if (n == 1) return get(v, tuple_item(keys, 0));
    Value row = py_tuple_new((size_t)n);
    for (int64_t i = 0; row && i < n; i++) {
        Value item = get(v, tuple_item(keys, i));
        if (!item) return 0;
        tuple_store(row, i, item);
    }
    return row;
}

/* name(repr, repr ...) */
static Value getter_text(const char *name, Value items) {
    Value text = py_str_format("operator.%s(", name);
    for (int64_t i = 0; text && i < tuple_length(items); i++)
        text = py_str_format(i ? "%S, %R" : "%S%R", text, tuple_item(items, i));
    return text ? py_str_format("%S)", text) : 0;
}
METHOD(getter_reduce) { return py_tuple_pack(2, py_type_of(args[0]), GETTER(args[0])->a); }
static const PyMethodDef getter_methods[] = {REDUCE_METHOD(getter_reduce), {0}};

/* ---- itemgetter */

NEW_SLOT(itemgetter_make) {
    if (no_keywords("itemgetter", kwnames) < 0) return 0;
    if (!nargs) return py_raise(TYPE_TypeError, "itemgetter expected 1 argument, got 0");
    Value items = py_tuple_from(args, nargs);
    return items ? getter_new(type, items, 0, 0) : 0;
}
static Value itemgetter_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    Value v = single_argument("itemgetter", args, nargs, kwnames);
    return v ? each(GETTER(self)->a, v, py_getitem) : 0;
}
static Value itemgetter_repr(Value self) {
    return getter_text("itemgetter", GETTER(self)->a);
}
const PyTypeSpec py_spec_itemgetter = {
    .doc =
        "Return a callable object that fetches the given item(s) from its operand.\nAfter f = "
        "itemgetter(2), the call f(r) returns r[2].\nAfter g = itemgetter(2, 5, 3), the call g(r) "
        "returns (r[2], r[5], r[3])",
    .slots = {.new = itemgetter_make, .call = itemgetter_call, .repr = itemgetter_repr},
    .methods = getter_methods,
};

/* ---- attrgetter */

static Value get_path(Value v, Value path) {
    if (!is_exactly(path, TYPE_TUPLE)) return py_getattr(v, path);
    for (int64_t i = 0; v && i < tuple_length(path); i++) v = py_getattr(v, tuple_item(path, i));
    return v;
}
static Value path_of(Value name) {
    Value dot = py_str_char('.'), parts;
    int dotted = py_contains(name, dot);
    if (dotted <= 0) return dotted < 0 ? 0 : py_intern(name);
    return (parts = py_call_method(name, "split", 1, &dot)) ? py_tuple_from_iterable(parts) : 0;
}
NEW_SLOT(attrgetter_make) {
    if (no_keywords("attrgetter", kwnames) < 0) return 0;
    if (!nargs) return py_raise(TYPE_TypeError, "attrgetter expected 1 argument, got 0");
    Value names = py_tuple_from(args, nargs), paths = names ? py_tuple_new(nargs) : 0;
    for (size_t i = 0; paths && i < nargs; i++) {
        if (!py_is_str(args[i])) return py_raise(TYPE_TypeError, "attribute name must be a string");
        Value path = path_of(args[i]);
        if (!path) return 0;
        tuple_store(paths, (int64_t)i, path);
    }
    return paths ? getter_new(type, names, paths, 0) : 0;
}
static Value attrgetter_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    Value v = single_argument("attrgetter", args, nargs, kwnames);
    return v ? each(GETTER(self)->b, v, get_path) : 0;
}
static Value attrgetter_repr(Value self) {
    return getter_text("attrgetter", GETTER(self)->a);
}
const PyTypeSpec py_spec_attrgetter = {
    .doc =
        "Return a callable object that fetches the given attribute(s) from its operand.\nAfter f = "
        "attrgetter('name'), the call f(r) returns r.name.\nAfter g = attrgetter('name', 'date'), "
        "the call g(r) returns (r.name, r.date).\nAfter h = attrgetter('name.first', 'name.last'), "
        "the call h(r) returns\n(r.name.first, r.name.last).",
    .slots = {.new = attrgetter_make, .call = attrgetter_call, .repr = attrgetter_repr},
    .methods = getter_methods,
};

/* ---- methodcaller */

NEW_SLOT(methodcaller_make) {
    if (!nargs)
        return py_raise(TYPE_TypeError,
                        "methodcaller needs at least one argument, the method name");
    if (!py_is_str(args[0])) return py_raise(TYPE_TypeError, "method name must be a string");
    Value row = py_tuple_from(args + 1, nargs - 1), keywords = 0;
    if (!row) return 0;
    if (kwnames && tuple_length(kwnames) && !(keywords = py_dict_new())) return 0;
    for (int64_t i = 0; keywords && i < tuple_length(kwnames); i++)
        if (py_dict_set(keywords, tuple_item(kwnames, i), args[nargs + (size_t)i]) < 0) return 0;
    Value name = py_intern(args[0]);
    return name ? getter_new(type, name, row, keywords) : 0;
}
static Value methodcaller_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    Value v = single_argument("methodcaller", args, nargs, kwnames);
    Value method = v ? py_getattr(v, GETTER(self)->a) : 0;
    return method ? py_call_kw(method, GETTER(self)->b, GETTER(self)->c) : 0;
}
static Value methodcaller_repr(Value self) {
    Value text = py_str_format("operator.methodcaller(%R", GETTER(self)->a), key, value;
    Value row = GETTER(self)->b, keywords = GETTER(self)->c;
    for (int64_t i = 0; text && i < tuple_length(row); i++)
        text = py_str_format("%S, %R", text, tuple_item(row, i));
    for (int64_t n = 0; text && keywords && py_dict_next(keywords, &n, &key, &value);)
        text = py_str_format("%S, %S=%R", text, key, value);
    return text ? py_str_format("%S)", text) : 0;
}
METHOD(methodcaller_reduce) {
    PyOperator GS *self = GETTER(args[0]);
    Value type = py_type_of(args[0]), name = py_tuple_pack(1, self->a);
    Value partial = name && self->c ? py_import_attr("functools", "partial") : 0;
    if (!name || (self->c && !partial)) return 0;
    if (!self->c) return py_tuple_pack(2, type, py_binary(PY_OP_ADD, name, self->b));
    Value head = py_tuple_pack(2, type, self->a);
    Value maker = head ? py_call_kw(partial, head, self->c) : 0;
    return maker ? py_tuple_pack(2, maker, self->b) : 0;
}
static const PyMethodDef methodcaller_methods[] = {REDUCE_METHOD(methodcaller_reduce), {0}};
const PyTypeSpec py_spec_methodcaller = {
    .doc = "Return a callable object that calls the given method on its operand.\nAfter f = "
           "methodcaller('name'), the call f(r) returns r.name().\nAfter g = methodcaller('name', "
           "'date', foo=1), the call g(r) returns\nr.name('date', foo=1).",
    .slots = {.new = methodcaller_make, .call = methodcaller_call, .repr = methodcaller_repr},
    .methods = methodcaller_methods,
};
