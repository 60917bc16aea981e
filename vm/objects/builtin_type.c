/* builtin_type.c -- builtin_function_or_method: functions of modules, bound methods of built-in types,
 * and __new__. */
#include "vm/objects/type.h"

Value py_builtin_new(const PyMethodDef *def, Value self_or_0, Value module_name_or_0) {
    Value v = py_alloc_id(TYPE_BUILTIN, 0);
    if (!v) return 0;
    PyBuiltin GS *b = REF(PyBuiltin, v);
    b->def_id = vm_def_register(def, 0);
    b->self = self_or_0;
    b->module = module_name_or_0;
    return v;
}

static VmDef *def_of(Value v) { return vm_def(REF(PyBuiltin, v)->def_id); }

static Value builtin_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    PyBuiltin GS *b = REF(PyBuiltin, self);
    return py_builtin_call(vm_def(b->def_id), b->self, args, nargs, kwnames);
}

static bool is_bound(Value self) { return self && !has_type(self, TYPE_MODULE); }

static Value builtin_repr(Value v) {
    Value self = REF(PyBuiltin, v)->self;
    const char *name = def_of(v)->def->name;
    if (!is_bound(self)) return py_str_format("<built-in function %s>", name);
    return py_str_format("<built-in method %s of %T object at 0x%lx>", name, self,
                         (unsigned long)(is_ref(self) ? gc_id(self) : self));
}

static Value builtin_compare(Value a, Value b, int op) {
    if ((op != PY_EQ && op != PY_NE) || !is_exactly(b, TYPE_BUILTIN)) return VM_NOT_IMPLEMENTED;
    PyBuiltin GS *x = REF(PyBuiltin, a), *y = REF(PyBuiltin, b);
    return vm_bool((x->def_id == y->def_id && x->self == y->self) == (op == PY_EQ));
}

static int64_t builtin_hash(Value v) {
    PyBuiltin GS *b = REF(PyBuiltin, v);
    uint64_t self = b->self && is_ref(b->self) ? gc_id(b->self) : b->self;
    return (int64_t)((self >> 4 ^ b->def_id * 1000003) & INT64_MAX);
}

static Value get_name(Value v) { return py_intern_c(def_of(v)->def->name); }

static Value get_qualname(Value v) {
    Value self = REF(PyBuiltin, v)->self;
    const VmDef *d = def_of(v);
    if (!is_bound(self)) {
        if (d->owner) return py_str_format("%N.%s", py_type(d->owner), d->def->name);
        return get_name(v);
    }
    Value type = py_is_type(self) ? self : py_type_of(self);
    return py_str_format("%S.%s", GET(REF(PyType, type), qualname), d->def->name);
}

static Value get_self(Value v) {
    Value self = REF(PyBuiltin, v)->self;
    if (self) return self;
    Value module = REF(PyBuiltin, v)->module;
    if (!module || !py_is_str(module)) return VM_NONE;
    Value modules = py_import_attr("sys", "modules");
    Value found = modules && py_is_dict(modules) ? py_dict_get(modules, module) : VM_UNBOUND;
    if (!modules || !found) return 0;
    return found == VM_UNBOUND ? VM_NONE : found;
}

static Value get_module(Value v) {
    Value module = REF(PyBuiltin, v)->module;
    return module ? module : VM_NONE;
}

static Value get_doc(Value v) {
    const char *doc = def_of(v)->def->doc;
    return doc ? py_str_c(doc) : VM_NONE;
}

static Value get_text_signature(Value v) {
    const VmDef *d = def_of(v);
    const char *text = d->is_new ? "($type, *args, **kwargs)" : d->def->signature;
    return text ? py_str_c(text) : VM_NONE;
}

static Value builtin_reduce(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value self = REF(PyBuiltin, args[0])->self, name = get_name(args[0]);
    if (!is_bound(self)) return get_qualname(args[0]);
    Value getattr = py_import_attr("builtins", "getattr");
    return getattr ? py_tuple_pack(2, getattr, py_tuple_pack(2, self, name)) : 0;
}

static const PyMethodDef builtin_methods[] = {{"__reduce__", "($self, /)", builtin_reduce, 0, 0}, {0}};
static const PyGetSetDef builtin_getsets[] = {{"__name__", get_name, 0, 0},
                                              {"__qualname__", get_qualname, 0, 0},
                                              {"__self__", get_self, 0, 0},
                                              {"__module__", get_module, 0, 0},
                                              {"__doc__", get_doc, 0, 0},
                                              {"__text_signature__", get_text_signature, 0, 0},
                                              {0}};

const PyTypeSpec py_spec_builtin = {.slots = {.repr = builtin_repr,
                                              .hash = builtin_hash,
                                              .call = builtin_call,
                                              .richcompare = builtin_compare},
                                    .methods = builtin_methods,
                                    .getsets = builtin_getsets,
                                    .raw_words = 1};
