/* descriptor.c -- method_descriptor, classmethod_descriptor, getset_descriptor and member_descriptor:
 * what stands in the dicts of built-in types, and the members that __slots__ makes. */
#include "vm/objects/type.h"
#include "vm/objects/slot_wrapper.h"
#include "vm/objects/weakref.h"

/* ---- into a type's dict ------------------------------------------------------------------------- */

static Value descr_new(uint32_t type_id, uint64_t def_id, uint64_t raw, Value owner, Value name) {
    Value descr = py_alloc_id(type_id, 0);
    if (!descr) return 0;
    PyMethodDescr GS *d = REF(PyMethodDescr, descr);
    d->def_id = def_id;
    d->extra_raw = raw;
    d->owner = owner;
    d->name = name;
    return descr;
}

Value py_method_descr_new(const PyMethodDef *def, Value owner) {
    return descr_new(TYPE_METHOD_DESCR, vm_def_register(def, (uint32_t)REF(PyType, owner)->id), 0, owner, py_intern_c(def->name));
}

void descr_add_methods(uint32_t type_id, Value dict) {
    const VmType *t = vm_shapes[type_id]->type;
    for (const PyMethodDef *m = t->spec->methods; m && m->name; m++) {
        Value name = py_intern_c(m->name), value;
        uint64_t def_id = vm_def_register(m, type_id);
        if (m->flags & PY_METHOD_STATIC) {
            Value inner = py_alloc_id(TYPE_BUILTIN, 0);
            REF(PyBuiltin, inner)->def_id = def_id;
            value = py_alloc_id(TYPE_STATICMETHOD, 0);
            REF(PyWrapped, value)->inner = inner;
        } else {
            uint32_t kind = m->flags & PY_METHOD_CLASS ? TYPE_CLASSMETHOD_DESCR : TYPE_METHOD_DESCR;
            value = descr_new(kind, def_id, 0, t->object, name);
        }
        py_dict_set(dict, name, value);
    }
}

bool descr_is_slot_method(Value descr) {
    return is_exactly(descr, TYPE_METHOD_DESCR) && vm_def(REF(PyMethodDescr, descr)->def_id)->def->flags & PY_METHOD_SLOT;
}

/* ---- what they share ------------------------------------------------------------------------------- */

static Value descr_name(Value self) { return REF(PyMethodDescr, self)->name; }
static Value descr_objclass(Value self) { return REF(PyMethodDescr, self)->owner; }
static Value descr_qualname(Value self) {
    PyMethodDescr GS *d = REF(PyMethodDescr, self);
    return py_str_format("%S.%S", GET(REF(PyType, d->owner), qualname), d->name);
}

/* Of a getset_descriptor, or of a member_descriptor of a built-in type. */
static const PyGetSetDef *getset_of(Value self) {
    PyMethodDescr GS *d = REF(PyMethodDescr, self);
    return d->extra_raw ? &vm_shapes[d->extra_raw]->type->spec->getsets[d->def_id]
                        : &descr_instance_getsets[d->def_id];
}

static Value descr_doc(Value self) {
    const char *doc = 0;
    switch (shape_of(self)) {
    case TYPE_METHOD_DESCR: case TYPE_CLASSMETHOD_DESCR:
        doc = vm_def(REF(PyMethodDescr, self)->def_id)->def->doc;
        break;
    case TYPE_GETSET_DESCR: doc = getset_of(self)->doc; break;
    case TYPE_WRAPPER_DESCR: doc = wrapper_of(self)->doc; break;
    default: break;
    }
    return doc ? py_str_c(doc) : VM_NONE;
}

static Value descr_signature(Value self) {
    uint32_t kind = shape_of(self);
    if (kind == TYPE_METHOD_DESCR || kind == TYPE_CLASSMETHOD_DESCR) {
        const char *text = vm_def(REF(PyMethodDescr, self)->def_id)->def->signature;
        return text ? py_str_c(text) : VM_NONE;
    }
    if (kind != TYPE_WRAPPER_DESCR) return VM_NONE;
    const Wrapper *w = wrapper_of(self);
    if (w->kind == WRAP_CALL || w->kind == WRAP_INIT) return py_str_c("($self, /, *args, **kwargs)");
    size_t least, most;
    wrapper_arity(w, &least, &most);
    if (w->kind == WRAP_DESCR_SET)
        return py_str_c(least == 1 ? "($self, instance, /)" : "($self, instance, value, /)");
    if ((w->kind == WRAP_SETATTR && least == 1) || w->offset == offsetof(PySlots, getattro)) return py_str_c("($self, name, /)");
    bool key = w->kind == WRAP_SETITEM || w->offset == offsetof(PySlots, getitem) || w->kind == WRAP_CONTAINS;
    if (w->kind == WRAP_DESCR_GET) return py_str_c("($self, instance, owner=None, /)");
    if (w->kind == WRAP_TERNARY) return py_str_c("($self, value, mod=None, /)");
    return py_str_c(least == 0   ? "($self, /)"
                    : least == 1 ? key ? "($self, key, /)" : "($self, value, /)"
                    : key        ? "($self, key, value, /)"
                                 : "($self, name, value, /)");
}

static Value descr_reduce(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value getattr = py_import_attr("builtins", "getattr");
    if (!getattr) return 0;
    PyMethodDescr GS *d = REF(PyMethodDescr, args[0]);
    return py_tuple_pack(2, getattr, py_tuple_pack(2, d->owner, d->name));
}

const PyMethodDef descr_methods[] = {{"__reduce__", "($self, /)", descr_reduce, 0, 0}, {0}};
const PyGetSetDef descr_getsets[] = {{"__name__", descr_name, 0, 0},
                                     {"__qualname__", descr_qualname, 0, 0},
                                     {"__objclass__", descr_objclass, 0, 0},
                                     {"__doc__", descr_doc, 0, 0},
                                     {"__text_signature__", descr_signature, 0, 0},
                                     {0}};

static int check_applies(Value self, Value obj) {
    PyMethodDescr GS *d = REF(PyMethodDescr, self);
    if (LIKELY(py_type_is_subtype(py_type_of(obj), d->owner))) return 0;
    return py_raise_int(TYPE_TypeError, "descriptor '%S' for '%F' objects doesn't apply to a '%T' object",
                        d->name, d->owner, obj);
}

/* ---- method_descriptor --------------------------------------------------------------------------------- */

static Value method_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    PyMethodDescr GS *d = REF(PyMethodDescr, self);
    if (!nargs)
        return py_raise(TYPE_TypeError, "unbound method %N.%S() needs an argument", d->owner, d->name);
    if (check_applies(self, args[0]) < 0) return 0;
    return py_builtin_call(vm_def(d->def_id), 0, args, nargs, kwnames);
}

static Value bound_builtin(uint64_t def_id, Value self) {
    Value bound = py_alloc_id(TYPE_BUILTIN, 0);
    if (!bound) return 0;
    REF(PyBuiltin, bound)->def_id = def_id;
    REF(PyBuiltin, bound)->self = self;
    return bound;
}

static Value method_get(Value self, Value obj_or_0, Value type) {
    (void)type;
    if (!obj_or_0) return self;
    if (check_applies(self, obj_or_0) < 0) return 0;
    return bound_builtin(REF(PyMethodDescr, self)->def_id, obj_or_0);
}

static Value method_repr(Value self) {
    PyMethodDescr GS *d = REF(PyMethodDescr, self);
    return py_str_format("<method '%S' of '%F' objects>", d->name, d->owner);
}

const PyTypeSpec py_spec_method_descr = {
    .slots = {.repr = method_repr, .call = method_call, .descr_get = method_get},
    .methods = descr_methods,
    .getsets = descr_getsets,
    .raw_words = 2};

/* ---- classmethod_descriptor -------------------------------------------------------------------------------- */

static Value classmethod_bind(Value self, Value type, int arg) {
    PyMethodDescr GS *d = REF(PyMethodDescr, self);
    if (!py_is_type(type))
        return py_raise(TYPE_TypeError,
                        "descriptor '%S' for type '%F' needs a type, not a '%T' as arg %d", d->name,
                        d->owner, type, arg);
    if (!py_type_is_subtype(type, d->owner))
        return py_raise(TYPE_TypeError, "descriptor '%S' requires a subtype of '%F' but received '%F'",
                        d->name, d->owner, type);
    return bound_builtin(d->def_id, type);
}

static Value classmethod_get(Value self, Value obj_or_0, Value type) {
    return classmethod_bind(self, type ? type : py_type_of(obj_or_0), 2);
}

static Value classmethod_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    PyMethodDescr GS *d = REF(PyMethodDescr, self);
    if (!nargs)
        return py_raise(TYPE_TypeError, "descriptor '%S' of '%F' object needs an argument", d->name, d->owner);
    Value bound = classmethod_bind(self, args[0], 2);
    return bound ? py_builtin_call(vm_def(d->def_id), args[0], args + 1, nargs - 1, kwnames) : 0;
}

const PyTypeSpec py_spec_classmethod_descr = {
    .slots = {.repr = method_repr, .call = classmethod_call, .descr_get = classmethod_get},
    .getsets = descr_getsets,
    .raw_words = 2};

/* ---- getset_descriptor --------------------------------------------------------------------------------------- */

static const VmType *solid_type(Value self) { return vm_shapes[vm_type_of(self)->solid_base]->type; }

/* The __dict__ of a built-in base (type, modules) that keeps it in its own way; 0: none. */
static Value base_dict_descriptor(Value self) {
    if (solid_type(self)->spec->has_dict) return 0;
    Value found = py_type_lookup(solid_type(self)->object, NAME(__dict__));
    return found && descr_has_set(found) ? found : 0;
}

static Value instance_dict_get(Value self) {
    Value of_base = base_dict_descriptor(self);
    return of_base ? descr_bind(of_base, self, py_type_of(self)) : py_instance_dict(self);
}

static int instance_dict_put(Value self, Value value_or_0) {
    Value of_base = base_dict_descriptor(self);
    if (of_base) return slots_of(of_base)->descr_set(of_base, self, value_or_0);
    if (!value_or_0 && solid_type(self)->spec->has_dict)
        return py_raise_int(TYPE_TypeError, "cannot delete __dict__");
    if (!value_or_0) return (value_or_0 = py_dict_new()) ? instance_set_dict(self, value_or_0) : -1;
    if (!py_is_dict(value_or_0))
        return py_raise_int(TYPE_TypeError, "__dict__ must be set to a dictionary, not a '%T'", value_or_0);
    return instance_set_dict(self, value_or_0);
}

static Value instance_weakref_get(Value self) {
    Value list = py_weakrefs_of(self);
    return !list ? 0 : py_list_length(list) ? py_list_item(list, 0) : VM_NONE;
}

/* Of instances of Python classes, not of a spec's getsets: extra_raw is 0. */
const PyGetSetDef descr_instance_getsets[] = {
    {"__dict__", instance_dict_get, instance_dict_put, "dictionary for instance variables (if defined)"},
    {"__weakref__", instance_weakref_get, 0, "list of weak references to the object (if defined)"}};

Value descr_new_dict_getset(Value owner) {
    return descr_new(TYPE_GETSET_DESCR, 0, 0, owner, NAME(__dict__));
}
Value descr_new_weakref_getset(Value owner) {
    return descr_new(TYPE_GETSET_DESCR, 1, 0, owner, NAME(__weakref__));
}

static Value getset_get(Value self, Value obj_or_0, Value type) {
    (void)type;
    if (!obj_or_0) return self;
    if (check_applies(self, obj_or_0) < 0) return 0;
    const PyGetSetDef *def = getset_of(self);
    if (LIKELY(def->get)) return def->get(obj_or_0);
    PyMethodDescr GS *d = REF(PyMethodDescr, self);
    return py_raise(TYPE_AttributeError, "attribute '%S' of '%F' objects is not readable", d->name, d->owner);
}

static int getset_set(Value self, Value obj, Value value_or_0) {
    if (check_applies(self, obj) < 0) return -1;
    const PyGetSetDef *def = getset_of(self);
    if (LIKELY(def->set)) return def->set(obj, value_or_0);
    PyMethodDescr GS *d = REF(PyMethodDescr, self);
    return py_raise_int(TYPE_AttributeError, "attribute '%S' of '%F' objects is not writable", d->name,
                        d->owner);
}

static Value getset_repr(Value self) {
    PyMethodDescr GS *d = REF(PyMethodDescr, self);
    return py_str_format("<attribute '%S' of '%F' objects>", d->name, d->owner);
}

const PyTypeSpec py_spec_getset_descr = {
    .slots = {.repr = getset_repr, .descr_get = getset_get, .descr_set = getset_set},
    .getsets = descr_getsets,
    .raw_words = 2};

/* ---- member_descriptor: __slots__, and fields of built-in types --------------------------------------------------------------------------------- */

Value descr_new_member(Value owner, Value name, uint32_t offset, bool by_name) {
    Value descr = py_alloc_id(TYPE_MEMBER_DESCR, 0);
    if (!descr) return 0;
    PyMemberDescr GS *d = REF(PyMemberDescr, descr);
    d->offset = offset;
    d->kind = by_name ? MEMBER_NAMED : MEMBER_WORD;
    d->owner = owner;
    d->name = name;
    return descr;
}

static Value member_get(Value self, Value obj_or_0, Value type) {
    (void)type;
    if (!obj_or_0) return self;
    if (check_applies(self, obj_or_0) < 0) return 0;
    PyMemberDescr GS *d = REF(PyMemberDescr, self);
    if (d->kind == MEMBER_NAMED) {
        Value v = instance_get(obj_or_0, d->name);
        return v == VM_UNBOUND ? attr_raise_missing(obj_or_0, d->name) : v;
    }
    if (d->kind != MEMBER_WORD) return getset_of(self)->get(obj_or_0);
    Value GS *word = (Value GS *)(uintptr_t)(obj_or_0 + d->offset);
    stm_read(word);
    return *word ? *word : attr_raise_missing(obj_or_0, d->name);
}

static int raise_unset(Value obj, Value name) {
    py_raise(TYPE_AttributeError, "%S", name);
    return attr_raise_named(obj, name);
}

static int member_set(Value self, Value obj, Value value_or_0) {
    if (check_applies(self, obj) < 0) return -1;
    PyMemberDescr GS *d = REF(PyMemberDescr, self);
    if (d->kind == MEMBER_NAMED) {
        if (value_or_0) return instance_set(obj, d->name, value_or_0);
        int done = instance_delete(obj, d->name);
        return done ? done < 0 ? -1 : 0 : raise_unset(obj, d->name);
    }
    if (d->kind != MEMBER_WORD) {
        const PyGetSetDef *def = getset_of(self);
        return def->set ? def->set(obj, value_or_0) : py_raise_int(TYPE_AttributeError, "readonly attribute");
    }
    Value GS *word = (Value GS *)(uintptr_t)(obj + d->offset);
    stm_write(STM_OBJ(obj), word);
    if (!value_or_0 && !*word) return raise_unset(obj, d->name);
    *word = value_or_0;
    return 0;
}

static Value member_repr(Value self) {
    PyMemberDescr GS *d = REF(PyMemberDescr, self);
    return py_str_format("<member '%S' of '%F' objects>", d->name, d->owner);
}

static Value member_name(Value self) { return REF(PyMemberDescr, self)->name; }
static Value member_objclass(Value self) { return REF(PyMemberDescr, self)->owner; }
static Value member_doc(Value self) {
    uint64_t kind = REF(PyMemberDescr, self)->kind;
    if (kind != MEMBER_WORD && kind != MEMBER_NAMED) {
        const char *doc = getset_of(self)->doc;
        return doc ? py_str_c(doc) : VM_NONE;
    }
    Value slots = py_dict_get_str(type_dict(REF(PyMemberDescr, self)->owner), NAME(__slots__));
    if (!slots || slots == VM_UNBOUND || !py_is_dict(slots)) return slots ? VM_NONE : 0;
    Value doc = py_dict_get(slots, REF(PyMemberDescr, self)->name);
    return doc == VM_UNBOUND ? VM_NONE : doc;
}

static const PyGetSetDef member_getsets[] = {{"__name__", member_name, 0, 0},
                                             {"__objclass__", member_objclass, 0, 0},
                                             {"__qualname__", descr_qualname, 0, 0},
                                             {"__doc__", member_doc, 0, 0},
                                             {0}};

const PyTypeSpec py_spec_member_descr = {
    .slots = {.repr = member_repr, .descr_get = member_get, .descr_set = member_set},
    .methods = descr_methods,
    .getsets = member_getsets,
    .raw_words = 2};
