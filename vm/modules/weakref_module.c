/* Module _weakref. */
#include "vm/objects/weakref.h"

static Value weakref_proxy(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return py_weakproxy_new(args[0], args[1] ? args[1] : VM_NONE);
}

/* For weakref.WeakValueDictionary: delete the key if its value is a dead reference. */
static Value weakref_remove_dead(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (!py_is_dict(args[0])) return py_raise(TYPE_TypeError, "_remove_dead_weakref() argument 1 must be dict, not %T", args[0]);
    Value reference = py_dict_get(args[0], args[1]);
    if (!reference) return 0;
    if (reference == VM_UNBOUND || !py_is_instance_of(reference, TYPE_WEAKREF)) return VM_NONE;
    if (py_weakref_target(reference) != VM_NONE) return VM_NONE;
    return py_dict_delete(args[0], args[1]) < 0 ? 0 : VM_NONE;
}

static Value weakref_count(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value list = py_weakrefs_of(args[0]);
    return list ? int_make(py_list_length(list)) : 0;
}

static Value weakref_list(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return py_weakrefs_of(args[0]);
}

static const PyMethodDef weakref_functions[] = {
    {"getweakrefcount", "($module, object, /)", weakref_count, 0, "Return the number of weak references to 'object'."},
    {"getweakrefs", "($module, object, /)", weakref_list, 0, "Return a list of all weak reference objects pointing to 'object'."},
    {"proxy", "($module, object, callback=None, /)", weakref_proxy, 0, "Create a proxy object that weakly references 'object'."},
    {"_remove_dead_weakref", "($module, dct, key, /)", weakref_remove_dead, 0, "Atomically remove key from dict if it points to a dead weakref."},
    {0}};
static int weakref_init(Value module) {
    return py_module_add(module, "ref", py_type(TYPE_WEAKREF)) < 0 || py_module_add(module, "ReferenceType", py_type(TYPE_WEAKREF)) < 0 ||
                   py_module_add(module, "ProxyType", py_type(TYPE_WEAKPROXY)) < 0 ||
                   py_module_add(module, "CallableProxyType", py_type(TYPE_CALLABLE_WEAKPROXY)) < 0
               ? -1
               : 0;
}
const PyModuleDef py_module_weakref = {.doc = "Weak-reference support module.", .functions = weakref_functions, .init = weakref_init};
