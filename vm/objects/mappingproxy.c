/* mappingproxy.c -- a read-only view of a mapping: the __dict__ of classes, types.MappingProxyType. */
#include "vm/objects/type.h"

static Value mapping_of(Value proxy) { return REF(PyWrapped, proxy)->inner; }

static Value proxy_new(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value mapping = args[1];
    const VmType *t = vm_type_of(mapping);
    bool good = t->flags & VM_TYPE_HEAP ? type_has(t->object, NAME(__getitem__))
                                        : t->slots->getitem && !py_is_list(mapping) && !py_is_tuple(mapping);
    if (!good) return py_raise(TYPE_TypeError, "mappingproxy() argument must be a mapping, not %T", mapping);
    Value proxy = py_alloc(args[0], 0);
    if (proxy) SET(REF(PyWrapped, proxy), inner, mapping);
    return proxy;
}

static Value proxy_repr(Value v) { return py_str_format("mappingproxy(%R)", mapping_of(v)); }
static Value proxy_str(Value v) { return py_str(mapping_of(v)); }
static int64_t proxy_length(Value v) { return py_length(mapping_of(v)); }
static Value proxy_getitem(Value v, Value key) { return py_getitem(mapping_of(v), key); }
static int proxy_contains(Value v, Value key) { return py_contains(mapping_of(v), key); }
static Value proxy_iter(Value v) { return py_iter(mapping_of(v)); }
static Value proxy_compare(Value v, Value other, int op) { return py_compare(mapping_of(v), other, op); }

static Value unwrap(Value v) { return is_exactly(v, TYPE_MAPPINGPROXY) ? mapping_of(v) : v; }
static Value proxy_or(Value a, Value b) { return py_binary(PY_OP_OR, unwrap(a), unwrap(b)); }
static Value proxy_ior(Value a, Value b) {
    (void)b;
    return py_raise(TYPE_TypeError, "'|=' is not supported by %T; use '|' instead", a);
}

static Value forward(const char *name, const Value *args, size_t nargs) {
    size_t given = 0;
    while (given + 1 < nargs && args[given + 1]) given++;
    return py_call_method(mapping_of(args[0]), name, given, args + 1);
}

#define FORWARD(c_name, name)                                                                      \
    static Value c_name(const Value *args, size_t nargs, Value kwnames) {                          \
        (void)kwnames;                                                                             \
        return forward(name, args, nargs);                                                         \
    }
FORWARD(proxy_get, "get")
FORWARD(proxy_keys, "keys")
FORWARD(proxy_values, "values")
FORWARD(proxy_items, "items")
FORWARD(proxy_copy, "copy")
FORWARD(proxy_reversed, "__reversed__")

static Value proxy_class_getitem(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return py_call2(py_type(TYPE_GENERICALIAS), args[0], args[1]);
}

static const PyMethodDef proxy_methods[] = {
    {"get", "($self, key, default=None, /)", proxy_get, 0, "Return the value for key if key is in the mapping, else default."},
    {"keys", "($self, /)", proxy_keys, 0, "D.keys() -> a set-like object providing a view on D's keys"},
    {"values", "($self, /)", proxy_values, 0, "D.values() -> an object providing a view on D's values"},
    {"items", "($self, /)", proxy_items, 0, "D.items() -> a set-like object providing a view on D's items"},
    {"copy", "($self, /)", proxy_copy, 0, "D.copy() -> a shallow copy of D"},
    {"__reversed__", "($self, /)", proxy_reversed, 0, "D.__reversed__() -> reverse iterator"},
    {"__class_getitem__", "($type, item, /)", proxy_class_getitem, PY_METHOD_CLASS, "See PEP 585"},
    {0}};

const PyTypeSpec py_spec_mappingproxy = {.slots = {.repr = proxy_repr,
                                                   .str = proxy_str,
                                                   .hash = py_hash_unhashable,
                                                   .richcompare = proxy_compare,
                                                   .iter = proxy_iter,
                                                   .length = proxy_length,
                                                   .getitem = proxy_getitem,
                                                   .contains = proxy_contains,
                                                   .or_ = proxy_or,
                                                   .ior = proxy_ior},
                                         .methods = proxy_methods,
                                         .new_signature = "(mapping)",
                                         .new_fn = proxy_new};
