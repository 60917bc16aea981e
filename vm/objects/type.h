/* Types, descriptors and built-in functions, as their own files see them. */
#ifndef VM_OBJECTS_TYPE_H
#define VM_OBJECTS_TYPE_H

#include "vm/objects/shape.h"
#include "vm/objects/builtin.h"

/* ---- start-up (runtime_types.c) ---------------------------------------------------------------- */

/* First step, before strings: all built-in types exist and their instances can be made, but types
 * have no names and no attributes. */
void vm_types_init_early(void);
/* Second step, after py_intern_init: names, attributes, docs. */
void vm_types_init(void);
/* The global roots: the built-in type objects (all others hang on them). For GcHooks.visit_globals. */
void vm_types_visit(GcVisitor *visitor);

/* ---- types (type.c type_mro.c type_new.c) -------------------------------------------------------- */

static inline VmType *type_vm(Value type) {
    return vm_shapes[REF(PyType, type)->id]->type;
}
static inline Value type_mro(Value type) { return GET(REF(PyType, type), mro); }
static inline Value type_dict(Value type) { return GET(REF(PyType, type), dict); }
static inline Value type_base(Value type) { return GET(REF(PyType, type), base); }
static inline uint64_t type_version(Value type) { return REF(PyType, type)->version; } /* a guard word */
/* PyType.flags: VM_TYPE_HAS_DEL, VM_TYPE_ABSTRACT. */
static inline bool type_has_flag(Value type, uint32_t flag) { return (REF(PyType, type)->flags & flag) != 0; }
static inline void type_set_flag(Value type, uint32_t flag, bool on) {
    if (type_has_flag(type, flag) == on) return;
    uint64_t flags = REF(PyType, type)->flags;
    SET_GUARD(REF(PyType, type), flags, on ? flags | flag : flags & ~(uint64_t)flag);
}
static inline bool type_is_heap(Value type) { return (type_vm(type)->flags & VM_TYPE_HEAP) != 0; }

/* A new version for the type and what derives from it: call with every change. */
void type_modified(Value type);
uint64_t type_next_version(void);
/* Linearization of the bases (C3): a tuple, or 0 with TypeError. Does not call. */
Value type_mro_linearize(Value type, Value bases);
/* The same with mro() of a metaclass. */
Value type_mro_compute_may_call(Value type, Value bases);
/* The base that gives the C layout, checked: 0 with TypeError. */
Value type_best_base(Value bases);
/* Number the layouts: may instances of one become instances of the other? */
bool type_same_layout(const VmType *a, const VmType *b);
int type_add_subclass(Value base, Value type);
void type_remove_subclass(Value base, Value type);
/* Set the flags that follow from the attributes found on the class (__del__). */
void type_update_flags(Value type);
/* What no class may be called: -1 with an exception. */
int type_check_name(Value name);
/* type(name, bases, dict, **kwargs) and calls of classes. */
Value type_call(Value type, const Value *args, size_t nargs, Value kwnames);
Value type_new(Value metatype, const Value *args, size_t nargs, Value kwnames);
int type_init(Value type, const Value *args, size_t nargs, Value kwnames);
Value type_getattro(Value type, Value name);
Value type_getattr_opt(Value type, Value name); /* interned name; VM_UNBOUND: absent */
bool attr_is_cell(Value name, Value value);
int type_dict_set(Value type, Value name, Value value_or_0); /* any type; 1: was absent (delete), 0, -1 */
Value type_module(Value type); /* __module__ */
int type_setattro(Value type, Value name, Value value_or_0);
Value type_repr(Value type);
/* Text of module.qualname as repr and errors show it; builtins without the module. */
Value type_full_name(Value type);
/* The id of the built-in type whose __new__ (__init__) this type inherits, 0: a Python function. */
uint32_t type_new_owner(Value type);
uint32_t type_init_owner(Value type);
/* Slots.new of types with new_fn: binds by new_signature. */
Value type_new_bound(Value type, const Value *args, size_t nargs, Value kwnames);
/* The __init__ to call after object's plain allocation when `type` is called: the function of the
 * class; VM_NONE: none, and no arguments are allowed; 0: the general way (type_call). No exception.
 * Valid while the type's version stays. Does not call. */
Value py_type_plain_init(Value type);

/* ---- slots of Python classes (type_slots.c) ------------------------------------------------------ */

extern const PySlots py_generic_slots;
extern const PySlots py_generic_buffer_slots; /* the same for classes that derive from an exporter of buffers */
/* Does the class (or its layout's built-in) define this special method, other than as None? */
bool type_has(Value type, Value name);
static inline const PySlots *slots_of(Value v) { return vm_type_of(v)->slots; }
/* Call special method `name` of v's type: VM_UNBOUND if there is none. */
Value special_call(Value v, Value name, const Value *args, size_t nargs);

/* ---- wrappers of slots (descriptor.c) ------------------------------------------------------------- */

bool descr_is_slot_method(Value descr); /* a PY_METHOD_SLOT */
/* The slots of the built-in type whose wrapper for `name` `method` is, when `type` derives from it; 0: something else. */
static inline const PySlots *descr_wrapped_slots(Value method, Value name, Value type) {
    if (!method || !(is_exactly(method, TYPE_WRAPPER_DESCR) || descr_is_slot_method(method))) return 0;
    PyMethodDescr GS *d = REF(PyMethodDescr, method);
    if (d->name != name || !py_type_is_subtype(type, d->owner)) return 0;
    return type_vm(d->owner)->slots;
}
/* Put wrapper descriptors for all slots that the spec itself sets into the dict of a built-in type. */
void descr_add_slot_wrappers(uint32_t type_id, Value dict);
void descr_add_methods(uint32_t type_id, Value dict);
Value py_method_descr_new(const PyMethodDef *def, Value owner); /* a method of C for any class */
/* Call a wrapper_descriptor for v without making a bound object. */
Value descr_wrapper_call(Value descr, Value v, const Value *args, size_t nargs, Value kwnames);
/* Fill the table of wrappers; once, after interning works. */
void descr_init(void);
Value descr_new_member(Value owner, Value name, uint32_t offset, bool by_name);
Value descr_new_dict_getset(Value owner);
Value descr_new_weakref_getset(Value owner);
extern const PyGetSetDef descr_instance_getsets[];

/* The value that `descr` found on a type gives for v (descr_get), or descr itself. `type` is v's. */
static inline Value descr_bind(Value descr, Value v_or_0, Value type) {
    Value (*get)(Value, Value, Value) = slots_of(descr)->descr_get;
    return get ? get(descr, v_or_0, type) : descr;
}
/* Is it a data descriptor, any descriptor: by its type. */
bool descr_has_get(Value v);
bool descr_has_set(Value v);

extern const PyGetSetDef type_getsets[];
extern const PyMethodDef type_methods[];
/* What type's own __instancecheck__, __subclasscheck__ do (instance_check.c). 1, 0, -1. */
int type_instance_check(Value v, Value cls);
int type_subclass_check(Value derived, Value cls);
/* The most derived metaclass of `metatype` and the bases'; 0 with TypeError (type_new.c). */
Value py_type_metaclass(Value metatype, Value bases);
/* a | b for classes; VM_NOT_IMPLEMENTED (union.c) */
Value py_union_from_pair(Value a, Value b);

Value py_method_new(Value func, Value self); /* exec/function.c */

/* ---- attribute.c ----------------------------------------------------------------------------------- */

Value attr_raise_missing(Value v, Value name); /* AttributeError with name and obj, 0 */
int attr_raise_named(Value v, Value name); /* stores name and obj in the AttributeError just raised; -1 */
/* object.__getattribute__; VM_UNBOUND instead of AttributeError when nothing is found. */
Value attr_generic_opt(Value v, Value name);

#endif
