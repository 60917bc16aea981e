/* namespace.c -- types.SimpleNamespace: attributes from keyword arguments. */
#include "vm/objects/type.h"

static int namespace_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs) return py_raise_int(TYPE_TypeError, "no positional arguments expected");
    int64_t n = kwnames ? tuple_length(kwnames) : 0;
    for (int64_t i = 0; i < n; i++)
        if (instance_set(self, py_intern(tuple_item(kwnames, i)), args[i]) < 0) return -1;
    return 0;
}

static Value namespace_repr(Value self) {
    bool exact = py_type_of(self) == py_type(TYPE_NAMESPACE);
    Value name = exact ? py_str_c("namespace") : py_type_name(py_type_of(self));
    int entered = py_repr_enter(self);
    if (entered) return entered < 0 ? 0 : py_str_format("%S(...)", name);
    Value dict = instance_dict_copy(self), parts = py_list_new(0), key, value, joined = 0;
    for (int64_t at = 0; dict && parts && py_dict_next(dict, &at, &key, &value);) {
        if (!py_is_str(key) || !REF(PyStr, key)->length) continue;
        Value part = py_str_format("%S=%R", key, value);
        if (!part || py_list_append(parts, part) < 0) parts = 0;
    }
    if (dict && parts) joined = py_str_join(py_str_c(", "), parts);
    py_repr_leave(self);
    return joined ? py_str_format("%S(%S)", name, joined) : 0;
}

static Value namespace_compare(Value self, Value other, int op) {
    if (!py_is_instance_of(other, TYPE_NAMESPACE)) return VM_NOT_IMPLEMENTED;
    Value a = instance_dict_copy(self), b = instance_dict_copy(other);
    return a && b ? py_compare(a, b, op) : 0;
}

static Value namespace_reduce(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value dict = py_instance_dict(args[0]), empty = py_tuple_new(0);
    return dict && empty ? py_tuple_pack(3, py_type_of(args[0]), empty, dict) : 0;
}

static const PyMethodDef namespace_methods[] = {
    {"__reduce__", "($self, /)", namespace_reduce, 0, "Return state information for pickling"}, {0}};

const PyTypeSpec py_spec_namespace = {.doc = "A simple attribute-based namespace.\n\nSimpleNamespace(**kwargs)",
                                      .slots = {.repr = namespace_repr,
                                                .hash = py_hash_unhashable,
                                                .richcompare = namespace_compare,
                                                .init = namespace_init},
                                      .methods = namespace_methods,
                                      .has_dict = true};
