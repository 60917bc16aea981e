/* attribute.c -- getattr, setattr, delattr in all their forms. What is cached: attr_cache.c. */
#include "vm/exec/frame.h"
#include "vm/objects/type.h"
#include "vm/objects/module_object.h"

/* ---- errors ------------------------------------------------------------------------------------- */

int attr_raise_named(Value v, Value name) {
    Value error = py_error();
    if (error && vm_type_of(error)->layout_type == vm_shapes[TYPE_AttributeError]->type->layout_type) {
        SET(REF(PyAttributeError, error), obj, v);
        SET(REF(PyAttributeError, error), name, name);
    }
    return -1;
}

/* An AttributeError that says nothing about what was looked for, where: from Python code. */
static Value complete_error(Value v, Value name) {
    Value error = py_error();
    if (error && vm_type_of(error)->layout_type == vm_shapes[TYPE_AttributeError]->type->layout_type &&
        !GET(REF(PyAttributeError, error), obj) && !GET(REF(PyAttributeError, error), name))
        attr_raise_named(v, name);
    return 0;
}

Value attr_raise_missing(Value v, Value name) {
    if (py_is_type(v))
        py_raise(TYPE_AttributeError, "type object '%N' has no attribute '%S'", v, name);
    else
        py_raise(TYPE_AttributeError, "'%T' object has no attribute '%S'", v, name);
    attr_raise_named(v, name);
    return 0;
}

static int raise_not_str(Value name) {
    return py_raise_int(TYPE_TypeError, "attribute name must be string, not '%T'", name);
}

/* ---- load ----------------------------------------------------------------------------------------- */

Value attr_generic_opt(Value v, Value name) {
    const VmType *t = vm_type_of(v);
    Value found = py_type_lookup(t->object, name);
    Value (*get)(Value, Value, Value) = found ? slots_of(found)->descr_get : 0;
    if (get && descr_has_set(found) && descr_has_get(found)) return get(found, v, t->object);
    if (t->flags & VM_TYPE_HAS_DICT && is_ref(v)) {
        Value own = instance_get(v, name);
        if (own != VM_UNBOUND) return own;
    }
    if (get) return get(found, v, t->object);
    return found ? found : VM_UNBOUND;
}

/* Built-in slot functions that can tell absence without an exception. */
static Value load_by_slot(Value (*slot)(Value, Value), Value v, Value name) {
    if (slot == py_generic_getattr) return attr_generic_opt(v, name);
    if (slot == type_getattro) return type_getattr_opt(v, name);
    if (slot == module_getattro) return module_getattr_opt(v, name);
    return slot(v, name);
}

static Value heap_getattr_opt(Value v, Value name, const VmType *t) {
    Value method = py_type_lookup(t->object, NAME(__getattribute__));
    const PySlots *own = descr_wrapped_slots(method, NAME(__getattribute__), t->object);
    Value hook, found;
    if (LIKELY(own)) {
        found = load_by_slot(own->getattro, v, name);
        if (found && found != VM_UNBOUND) return found;
    } else {
        found = special_call(v, NAME(__getattribute__), &name, 1);
        if (found) return found;
    }
    if (!found && !py_error_is(TYPE_AttributeError)) return 0;
    hook = py_type_lookup(t->object, NAME(__getattr__));
    if (!hook) return found;
    if (!found) py_error_clear();
    return special_call(v, NAME(__getattr__), &name, 1);
}

/* VM_UNBOUND or an AttributeError when absent. */
static Value load(Value v, Value name) {
    const VmType *t = vm_type_of(v);
    if (vm_check_c_stack() < 0) return 0;
    if (UNLIKELY(!py_is_str(name))) return raise_not_str(name), 0;
    if (UNLIKELY(!REF(PyStr, name)->interned) && !(name = py_intern(name))) return 0;
    if (t->flags & VM_TYPE_HEAP) return heap_getattr_opt(v, name, t);
    return load_by_slot(t->slots->getattro, v, name);
}

Value py_getattr(Value v, Value name) {
    Value found = load(v, name);
    if (UNLIKELY(!found)) return complete_error(v, name);
    if (LIKELY(found != VM_UNBOUND)) return found;
    return is_ref(v) && module_check(v) ? module_raise_missing(v, name) : attr_raise_missing(v, name);
}

Value py_getattr_opt(Value v, Value name) {
    Value found = load(v, name);
    if (LIKELY(found) || !py_error_is(TYPE_AttributeError)) return found;
    py_error_clear();
    return VM_UNBOUND;
}

Value py_getattr_c(Value v, const char *name) { return py_getattr(v, py_intern_c(name)); }

Value py_generic_getattr(Value v, Value name) {
    if (UNLIKELY(!py_is_str(name))) return raise_not_str(name), 0;
    Value found = attr_generic_opt(v, py_intern(name));
    return found == VM_UNBOUND ? attr_raise_missing(v, name) : found;
}

/* ---- store, delete ------------------------------------------------------------------------------------ */

int py_generic_setattr(Value v, Value name, Value value_or_0) {
    if (UNLIKELY(!py_is_str(name))) return raise_not_str(name);
    name = py_intern(name);
    const VmType *t = vm_type_of(v);
    Value found = py_type_lookup(t->object, name);
    if (found && descr_has_set(found)) return slots_of(found)->descr_set(found, v, value_or_0);
    if (!(t->flags & VM_TYPE_HAS_DICT) || !is_ref(v)) {
        if (!found)
            py_raise(TYPE_AttributeError, "'%T' object has no attribute '%S'", v, name);
        else
            py_raise(TYPE_AttributeError, "'%T' object attribute '%S' is read-only", v, name);
        return attr_raise_named(v, name);
    }
    if (value_or_0) return instance_set(v, name, value_or_0);
    int done = instance_delete(v, name);
    if (done == 0) attr_raise_missing(v, name);
    return done > 0 ? 0 : -1;
}

int py_setattr(Value v, Value name, Value value_or_0) {
    const VmType *t = vm_type_of(v);
    if (UNLIKELY(!py_is_str(name))) return raise_not_str(name);
    if (!(t->flags & VM_TYPE_HEAP)) return t->slots->setattro(v, name, value_or_0);
    Value special = value_or_0 ? NAME(__setattr__) : NAME(__delattr__);
    Value method = py_type_lookup(t->object, special);
    const PySlots *own = descr_wrapped_slots(method, special, t->object);
    if (LIKELY(own)) return own->setattro(v, name, value_or_0);
    Value args[] = {name, value_or_0};
    return special_call(v, special, args, value_or_0 ? 2 : 1) ? 0 : -1;
}

/* ---- __dict__ ------------------------------------------------------------------------------------------- */

Value py_instance_dict(Value v) {
    if (is_ref(v) && vm_type_of(v)->flags & VM_TYPE_HAS_DICT) return instance_dict(v);
    return attr_raise_missing(v, NAME(__dict__));
}
