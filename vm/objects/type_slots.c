/* type_slots.c -- slots of Python classes: each looks its special method up on the class and calls it.
 *
 * All Python classes share one table, so an assignment to a class's __add__ needs no update of slots.
 * Where the method found is the wrapper of a built-in type's own slot (a class that derives from list
 * and does not override), that C function is called at once. What CPython tells from an empty slot,
 * these functions tell from a missing method, with the same errors. The binary operators are in
 * type_slots_binary.c. */
#include "vm/exec/arguments.h"
#include "vm/objects/type.h"
#include "vm/objects/iterators.h"
#include "vm/objects/slot_wrapper.h"
#include "vm/objects/type_slots.h"

/* ---- calling special methods -------------------------------------------------------------------- */

/* The slots of the built-in type whose wrapper `method` is, when v is an instance; 0: something else. */
static const PySlots *wrapped_slots(Value method, Value v, Value name) {
    return descr_wrapped_slots(method, name, py_type_of(v));
}

Value special_invoke(Value method, Value v, const Value *args, size_t nargs, Value kwnames) {
    switch (shape_of(method)) {
    case TYPE_WRAPPER_DESCR: return descr_wrapper_call(method, v, args, nargs, kwnames);
    case TYPE_FUNCTION:
    case TYPE_METHOD_DESCR: return vm_call_with(method, v, args, nargs, kwnames);
    default: {
        Value bound = descr_bind(method, v, py_type_of(v));
        return bound ? py_call(bound, args, nargs, kwnames) : 0;
    }
    }
}

Value special_call(Value v, Value name, const Value *args, size_t nargs) {
    Value method = py_type_lookup(py_type_of(v), name);
    return method ? special_invoke(method, v, args, nargs, 0) : VM_UNBOUND;
}

/* The same where a method that cannot be bound (a property that raises) counts as missing: VM_UNBOUND. */
static Value invoke_if_bound(Value method, Value v, const Value *args, size_t nargs) {
    uint32_t kind = shape_of(method);
    if (LIKELY(kind == TYPE_FUNCTION || kind == TYPE_METHOD_DESCR || kind == TYPE_WRAPPER_DESCR))
        return special_invoke(method, v, args, nargs, 0);
    Value bound = descr_bind(method, v, py_type_of(v));
    if (bound) return py_call(bound, args, nargs, 0);
    py_error_clear();
    return VM_UNBOUND;
}

/* ---- text, hash, call ------------------------------------------------------------------------------ */

#define FIND(method, v, dunder)  Value method = py_type_lookup(py_type_of(v), NAME(dunder))
#define OWN_SLOTS(method, v, dunder) wrapped_slots(method, v, NAME(dunder))

static Value class_repr(Value v) {
    FIND(method, v, __repr__);
    const PySlots *own = OWN_SLOTS(method, v, __repr__);
    return own ? own->repr(v) : special_invoke(method, v, 0, 0, 0);
}

static Value class_str(Value v) {
    FIND(method, v, __str__);
    const PySlots *own = OWN_SLOTS(method, v, __str__);
    return own ? own->str(v) : special_invoke(method, v, 0, 0, 0);
}

static int64_t class_hash(Value v) {
    FIND(method, v, __hash__);
    if (!method || method == VM_NONE) return py_hash_unhashable(v);
    const PySlots *own = OWN_SLOTS(method, v, __hash__);
    if (own) return own->hash(v);
    Value result = invoke_if_bound(method, v, 0, 0);
    if (!result) return -1;
    if (result == VM_UNBOUND) return py_hash_unhashable(v);
    if (!py_is_int(result)) return py_raise_int(TYPE_TypeError, "__hash__ method should return an integer");
    int64_t hash;
    if (py_int_as_i64(result, &hash) != 0) hash = py_int_hash(result);
    return hash == -1 ? -2 : hash;
}

static Value class_call(Value v, const Value *args, size_t nargs, Value kwnames) {
    FIND(method, v, __call__);
    if (!method) return py_raise(TYPE_TypeError, "'%T' object is not callable", v);
    const PySlots *own = OWN_SLOTS(method, v, __call__);
    if (own) return own->call(v, args, nargs, kwnames);
    if (py_enter_recursion(" while calling a Python object") < 0) return 0;
    Value result = special_invoke(method, v, args, nargs, kwnames);
    py_leave_recursion();
    return result;
}

static Value class_compare(Value v, Value other, int op) {
    const Value names[] = {NAME(__lt__), NAME(__le__), NAME(__eq__), NAME(__ne__), NAME(__gt__), NAME(__ge__)};
    Value method = py_type_lookup(py_type_of(v), names[op]);
    if (!method) return VM_NOT_IMPLEMENTED;
    const PySlots *own = wrapped_slots(method, v, names[op]);
    if (own) return own->richcompare(v, other, op);
    Value result = invoke_if_bound(method, v, &other, 1);
    return result == VM_UNBOUND ? VM_NOT_IMPLEMENTED : result;
}

/* ---- iteration --------------------------------------------------------------------------------------- */

static Value class_iter(Value v) {
    FIND(method, v, __iter__);
    if (method && method != VM_NONE) {
        const PySlots *own = OWN_SLOTS(method, v, __iter__);
        Value result = own ? own->iter(v) : invoke_if_bound(method, v, 0, 0);
        if (result != VM_UNBOUND) return result;
    }
    if (method != VM_NONE && type_has(py_type_of(v), NAME(__getitem__))) return seq_iter_new(v);
    return py_raise(TYPE_TypeError, "'%T' object is not iterable", v);
}

static Value class_next(Value v) {
    FIND(method, v, __next__);
    if (!method) return py_raise(TYPE_TypeError, "'%T' object is not an iterator", v);
    const PySlots *own = OWN_SLOTS(method, v, __next__);
    if (own) return own->next(v);
    Value result = special_invoke(method, v, 0, 0, 0);
    return result ? result : iterator_stop_or_error(false);
}

/* ---- descriptors, creation ------------------------------------------------------------------------------ */

static Value class_descr_get(Value v, Value obj_or_0, Value type) {
    FIND(method, v, __get__);
    if (!method) return v;
    const PySlots *own = OWN_SLOTS(method, v, __get__);
    if (own) return own->descr_get(v, obj_or_0, type);
    if (vm_check_c_stack() < 0) return 0;
    Value args[] = {obj_or_0 ? obj_or_0 : VM_NONE, type ? type : VM_NONE};
    return special_invoke(method, v, args, 2, 0);
}

static int class_descr_set(Value v, Value obj, Value value_or_0) {
    Value name = value_or_0 ? NAME(__set__) : NAME(__delete__), method = py_type_lookup(py_type_of(v), name);
    if (!method) return py_raise_int(TYPE_AttributeError, "%S", name);
    const PySlots *own = wrapped_slots(method, v, name);
    if (own) return own->descr_set(v, obj, value_or_0);
    Value args[] = {obj, value_or_0};
    return special_invoke(method, v, args, value_or_0 ? 2 : 1, 0) ? 0 : -1;
}

static Value class_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    Value found = py_type_lookup(type, NAME(__new__));
    uint32_t owner = type_new_owner(type);
    if (!found) return py_raise(TYPE_TypeError, "cannot create '%F' instances", type);
    if (owner) {
        const VmType *solid = vm_shapes[type_vm(type)->solid_base]->type;
        const PySlots *slots = vm_shapes[owner]->type->slots;
        if (solid->slots->new == slots->new) return slots->new(type, args, nargs, kwnames);
    }
    Value function = descr_bind(found, 0, type);
    return function ? vm_call_with(function, type, args, nargs, kwnames) : 0;
}

static int class_init(Value v, const Value *args, size_t nargs, Value kwnames) {
    FIND(method, v, __init__);
    if (!method) return 0;
    const PySlots *own = OWN_SLOTS(method, v, __init__);
    if (own) return own->init(v, args, nargs, kwnames);
    Value result = special_invoke(method, v, args, nargs, kwnames);
    if (!result) return -1;
    if (result == VM_NONE) return 0;
    return py_raise_int(TYPE_TypeError, "__init__() should return None, not '%T'", result);
}

/* ---- truth, length, items ---------------------------------------------------------------------------------- */

static int64_t class_length(Value v) {
    FIND(method, v, __len__);
    if (!method) return py_raise_int(TYPE_TypeError, "object of type '%T' has no len()", v);
    const PySlots *own = OWN_SLOTS(method, v, __len__);
    if (own) return own->length(v);
    Value result = special_invoke(method, v, 0, 0, 0);
    if (!result || !(result = py_index(result))) return -1;
    int64_t length;
    bool negative = py_int_compare(result, int_make(0)) < 0;
    if (negative) return py_raise_int(TYPE_ValueError, "__len__() should return >= 0");
    if (py_int_as_i64(result, &length) != 0)
        return py_raise_int(TYPE_OverflowError, "cannot fit 'int' into an index-sized integer");
    return length;
}

static int class_boolean(Value v) {
    FIND(method, v, __bool__);
    if (!method) {
        if (!py_type_lookup(py_type_of(v), NAME(__len__))) return 1;
        int64_t length = class_length(v);
        return length < 0 ? -1 : length > 0;
    }
    const PySlots *own = OWN_SLOTS(method, v, __bool__);
    if (own) return own->boolean(v);
    Value result = special_invoke(method, v, 0, 0, 0);
    if (!result) return -1;
    if (is_bool(result)) return result == VM_TRUE;
    return py_raise_int(TYPE_TypeError, "__bool__ should return bool, returned %T", result);
}

static Value class_getitem(Value v, Value key) {
    FIND(method, v, __getitem__);
    if (!method) return getitem_missing(v, key);
    const PySlots *own = OWN_SLOTS(method, v, __getitem__);
    return own ? own->getitem(v, key) : special_invoke(method, v, &key, 1, 0);
}

static int class_setitem(Value v, Value key, Value value_or_0) {
    Value name = value_or_0 ? NAME(__setitem__) : NAME(__delitem__), method = py_type_lookup(py_type_of(v), name);
    if (!method) return setitem_missing(v, key, value_or_0);
    const PySlots *own = wrapped_slots(method, v, name);
    if (own) return own->setitem(v, key, value_or_0);
    Value args[] = {key, value_or_0};
    return special_invoke(method, v, args, value_or_0 ? 2 : 1, 0) ? 0 : -1;
}

static int class_contains(Value v, Value item) {
    FIND(method, v, __contains__);
    if (method == VM_NONE) return py_raise_int(TYPE_TypeError, "'%T' object is not a container", v);
    if (!method) return contains_by_iteration(v, item);
    const PySlots *own = OWN_SLOTS(method, v, __contains__);
    if (own) return own->contains(v, item);
    Value result = special_invoke(method, v, &item, 1, 0);
    return result ? py_truth(result) : -1;
}

/* ---- unary operators, conversions ----------------------------------------------------------------------------- */

#define UNARY_SLOT(field, dunder, on_missing)                                                      \
    static Value class_##field(Value v) {                                                          \
        FIND(method, v, dunder);                                                                   \
        if (!method) return on_missing;                                                            \
        const PySlots *own = OWN_SLOTS(method, v, dunder);                                         \
        return own ? own->field(v) : special_invoke(method, v, 0, 0, 0);                           \
    }

static Value missing_int(Value v) {
    if (type_has(py_type_of(v), NAME(__index__))) return py_index(v);
    return py_raise(TYPE_TypeError,
                    "int() argument must be a string, a bytes-like object or a real number, not '%T'", v);
}

static Value missing_float(Value v) {
    if (!type_has(py_type_of(v), NAME(__index__)))
        return py_raise(TYPE_TypeError, "float() argument must be a string or a real number, not '%T'", v);
    Value index = py_index(v);
    if (!index) return 0;
    double d = py_int_as_double(index);
    return d == -1.0 && py_error() ? 0 : float_make(d);
}

UNARY_SLOT(neg, __neg__, py_raise(TYPE_TypeError, "bad operand type for unary -: '%T'", v))
UNARY_SLOT(pos, __pos__, py_raise(TYPE_TypeError, "bad operand type for unary +: '%T'", v))
UNARY_SLOT(abs, __abs__, py_raise(TYPE_TypeError, "bad operand type for abs(): '%T'", v))
UNARY_SLOT(invert, __invert__, py_raise(TYPE_TypeError, "bad operand type for unary ~: '%T'", v))
UNARY_SLOT(index, __index__, py_raise(TYPE_TypeError, "'%T' object cannot be interpreted as an integer", v))
UNARY_SLOT(int_, __int__, missing_int(v))
UNARY_SLOT(float_, __float__, missing_float(v))
UNARY_SLOT(await, __await__, py_raise(TYPE_TypeError, "object %T can't be used in 'await' expression", v))
UNARY_SLOT(aiter, __aiter__,
           py_raise(TYPE_TypeError, "'async for' requires an object with __aiter__ method, got %T", v))
UNARY_SLOT(anext, __anext__,
           py_raise(TYPE_TypeError, "'async for' requires an iterator with __anext__ method, got %T", v))

/* ---- buffers: of classes whose layout is that of an exporter --------------------------------------------------------------------------------------------------- */

static const PySlots *solid_slots(Value v) { return vm_shapes[vm_type_of(v)->solid_base]->type->slots; }

static int class_get_buffer(Value v, PyBuffer *buffer, bool writable) {
    return solid_slots(v)->get_buffer(v, buffer, writable);
}

static void class_release_buffer(Value v, PyBuffer *buffer) {
    void (*release)(Value, PyBuffer *) = solid_slots(v)->release_buffer;
    if (release) release(v, buffer);
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

#define BINARY_OPERATOR(field, name, reflected) .field = class_##field,
#define INPLACE_OPERATOR(field, name)           .field = class_##field,
#define CLASS_SLOTS                                                                                \
    .repr = class_repr, .str = class_str, .hash = class_hash, .call = class_call,                  \
    .getattro = py_getattr, .setattro = py_setattr, .richcompare = class_compare,                  \
    .iter = class_iter, .next = class_next, .descr_get = class_descr_get,                          \
    .descr_set = class_descr_set, .new = class_new, .init = class_init,                            \
    CLASS_BINARY_OPERATORS(BINARY_OPERATOR) CLASS_INPLACE_OPERATORS(INPLACE_OPERATOR)              \
    .pow = class_pow, .neg = class_neg, .pos = class_pos, .abs = class_abs,                        \
    .invert = class_invert, .boolean = class_boolean, .index = class_index, .int_ = class_int_,    \
    .float_ = class_float_, .length = class_length, .getitem = class_getitem,                      \
    .setitem = class_setitem, .contains = class_contains, .await = class_await,                    \
    .aiter = class_aiter, .anext = class_anext

const PySlots py_generic_slots = {CLASS_SLOTS};
const PySlots py_generic_buffer_slots = {
    CLASS_SLOTS, .get_buffer = class_get_buffer, .release_buffer = class_release_buffer};
