/* type_slots_binary.c -- binary and in-place operators of Python classes.
 *
 * A binary slot gets the operands in source order, whichever of them supplied it. It tries the left
 * operand's method, then the right one's reflected method; first the right one's if its class derives
 * from the left one's and overrides the reflected method. */
#include "vm/objects/type.h"
#include "vm/objects/type_slots.h"

typedef struct Operator {
    size_t offset; /* of the slot in PySlots */
    Value name, reflected;
} Operator;

static bool has_slot(Value v, const Operator *op) {
    const char *ours = (const char *)&py_generic_slots, *slots = (const char *)slots_of(v);
    return *(void *const *)(slots + op->offset) == *(void *const *)(ours + op->offset);
}

static Value call_or_pass(Value v, Value name, Value other) {
    Value method = py_type_lookup(py_type_of(v), name);
    return method ? special_invoke(method, v, &other, 1, 0) : VM_NOT_IMPLEMENTED;
}

static Value operate(Value a, Value b, const Operator *op) {
    Value ta = py_type_of(a), tb = py_type_of(b);
    bool other = ta != tb && has_slot(b, op);
    if (has_slot(a, op)) {
        if (other && py_type_is_subtype(tb, ta) &&
            py_type_lookup(tb, op->reflected) != py_type_lookup(ta, op->reflected)) {
            Value result = call_or_pass(b, op->reflected, a);
            if (result != VM_NOT_IMPLEMENTED) return result;
            other = false;
        }
        Value result = call_or_pass(a, op->name, b);
        if (result != VM_NOT_IMPLEMENTED || ta == tb) return result;
    }
    return other ? call_or_pass(b, op->reflected, a) : VM_NOT_IMPLEMENTED;
}

#define BINARY_OPERATOR(field, dunder, rdunder)                                                    \
    Value class_##field(Value a, Value b) {                                                        \
        const Operator op = {offsetof(PySlots, field), NAME(dunder), NAME(rdunder)};               \
        return operate(a, b, &op);                                                                 \
    }
CLASS_BINARY_OPERATORS(BINARY_OPERATOR)
#undef BINARY_OPERATOR

#define INPLACE_OPERATOR(field, dunder)                                                            \
    Value class_##field(Value a, Value b) { return call_or_pass(a, NAME(dunder), b); }
CLASS_INPLACE_OPERATORS(INPLACE_OPERATOR)
#undef INPLACE_OPERATOR

Value class_pow(Value a, Value b, Value mod_or_None) {
    const Operator op = {offsetof(PySlots, pow), NAME(__pow__), NAME(__rpow__)};
    if (mod_or_None == VM_NONE) return operate(a, b, &op);
    Value method = has_slot(a, &op) ? py_type_lookup(py_type_of(a), NAME(__pow__)) : 0;
    if (!method) return VM_NOT_IMPLEMENTED;
    Value args[] = {b, mod_or_None};
    return special_invoke(method, a, args, 2, 0);
}
