/* module_object.c -- modules. A module's attributes are its dict, always in dictionary mode. */
#include "vm/objects/module_object.h"
#include "vm/runtime.h"

Value py_module_dict(Value module) {
    Value dict = GET(REF(PyModule, module), dict);
    if (LIKELY(dict)) return dict;
    if ((dict = py_dict_new())) SET(REF(PyModule, module), dict, dict);
    return dict;
}

static int module_fill(Value module, Value name, Value doc) {
    Value dict = py_module_dict(module);
    if (!dict) return -1;
    SET(REF(PyModule, module), name, name);
    if (py_dict_set(dict, NAME(__name__), name) < 0 || py_dict_set(dict, NAME(__doc__), doc) < 0 ||
        py_dict_set(dict, NAME(__package__), VM_NONE) < 0 || py_dict_set(dict, NAME(__loader__), VM_NONE) < 0)
        return -1;
    return py_dict_set(dict, NAME(__spec__), VM_NONE);
}

Value py_module_new(Value name) {
    Value module = py_alloc_id(TYPE_MODULE, 0);
    return module && module_fill(module, name, VM_NONE) == 0 ? module : 0;
}

static int module_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *signature;
    Value in[2];
    if (builtin_bind_init(&signature, "(name, doc=None)", "module", args, nargs, kwnames, in) < 0) return -1;
    if (!py_is_str(in[0]))
        return py_raise_int(TYPE_TypeError, "module() argument 'name' must be str, not %T", in[0]);
    return module_fill(self, in[0], in[1] ? in[1] : VM_NONE);
}

/* ---- attributes --------------------------------------------------------------------------------------- */

Value module_getattr_opt(Value module, Value name) {
    Value found = attr_generic_opt(module, name);
    if (found != VM_UNBOUND) return found;
    Value dict = GET(REF(PyModule, module), dict);
    Value hook = dict ? py_dict_get_str(dict, NAME(__getattr__)) : VM_UNBOUND;
    return !hook || hook == VM_UNBOUND ? hook : py_call1(hook, name);
}

/* Is the module in the middle of its import? */
static bool is_initializing(Value dict) {
    Value spec = py_dict_get_str(dict, NAME(__spec__));
    if (!spec || spec == VM_UNBOUND || spec == VM_NONE) return false;
    Value state = py_getattr_opt(spec, py_intern_c("_initializing"));
    if (!state) py_error_clear();
    return state == VM_TRUE;
}

Value module_raise_missing(Value module, Value name) {
    Value dict = py_module_dict(module), own = dict ? py_dict_get_str(dict, NAME(__name__)) : VM_UNBOUND;
    if (!own) return 0;
    if (own == VM_UNBOUND || !py_is_str(own))
        py_raise(TYPE_AttributeError, "module has no attribute '%S'", name);
    else if (is_initializing(dict))
        py_raise(TYPE_AttributeError,
                 "partially initialized module '%S' has no attribute '%S' (most likely due to a circular import)",
                 own, name);
    else
        py_raise(TYPE_AttributeError, "module '%S' has no attribute '%S'", own, name);
    attr_raise_named(module, name);
    return 0;
}

Value module_getattro(Value module, Value name) {
    if (!py_is_str(name)) return py_raise(TYPE_TypeError, "attribute name must be string, not '%T'", name);
    Value found = module_getattr_opt(module, py_intern(name));
    return found == VM_UNBOUND ? module_raise_missing(module, name) : found;
}

/* ---- the type -------------------------------------------------------------------------------------------- */

static Value module_repr(Value self) {
    return vm_runtime.bootstrap ? py_call_method(vm_runtime.bootstrap, "_module_repr", 1, &self) : py_str_c("<module>");
}

static Value module_dir(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value dict = py_getattr(args[0], NAME(__dict__));
    if (dict && !py_is_dict(dict)) return py_raise(TYPE_TypeError, "%T.__dict__ is not a dictionary", args[0]);
    Value hook = dict ? py_dict_get_str(dict, NAME(__dir__)) : 0;
    if (!hook) return 0;
    return hook != VM_UNBOUND ? py_call0(hook) : py_dict_keys_list(dict);
}

static Value get_annotations(Value self) {
    Value dict = py_module_dict(self), found = dict ? py_dict_get_str(dict, NAME(__annotations__)) : 0;
    if (found != VM_UNBOUND) return found;
    found = py_dict_new();
    return found && py_dict_set(dict, NAME(__annotations__), found) == 0 ? found : 0;
}
static int set_annotations(Value self, Value value_or_0) {
    Value dict = py_module_dict(self);
    if (!dict) return -1;
    if (value_or_0) return py_dict_set(dict, NAME(__annotations__), value_or_0);
    int done = py_dict_delete(dict, NAME(__annotations__));
    return done ? done < 0 ? -1 : 0 : py_raise_int(TYPE_AttributeError, "__annotations__");
}

static Value get_dict(Value self) { return py_module_dict(self); }

static const PyMethodDef module_methods[] = {
    {"__dir__", "($self, /)", module_dir, 0, "__dir__() -> list\nspecialized dir() implementation"}, {0}};
static const PyGetSetDef module_getsets[] = {{"__dict__", get_dict, 0, 0},
                                             {"__annotations__", get_annotations, set_annotations, 0},
                                             {0}};

const PyTypeSpec py_spec_module = {
    .doc = "Create a module object.\n\nThe name must be a string; the optional docstring can have any type.",
    .slots = {.repr = module_repr, .getattro = module_getattro, .init = module_init},
    .methods = module_methods,
    .getsets = module_getsets};
