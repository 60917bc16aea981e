/* Slots of Python classes: what type_slots.c, type_slots_binary.c and operation.c share. */
#ifndef VM_OBJECTS_TYPE_SLOTS_H
#define VM_OBJECTS_TYPE_SLOTS_H

#include "vm/vm.h"

/* The binary operators but pow: X(slot, method, reflected method). */
#define CLASS_BINARY_OPERATORS(X)                                                                  \
    X(add, __add__, __radd__)                                                                      \
    X(sub, __sub__, __rsub__)                                                                      \
    X(mul, __mul__, __rmul__)                                                                      \
    X(matmul, __matmul__, __rmatmul__)                                                             \
    X(truediv, __truediv__, __rtruediv__)                                                          \
    X(floordiv, __floordiv__, __rfloordiv__)                                                       \
    X(mod, __mod__, __rmod__)                                                                      \
    X(divmod, __divmod__, __rdivmod__)                                                             \
    X(lshift, __lshift__, __rlshift__)                                                             \
    X(rshift, __rshift__, __rrshift__)                                                             \
    X(and_, __and__, __rand__)                                                                     \
    X(xor, __xor__, __rxor__)                                                                      \
    X(or_, __or__, __ror__)

/* The in-place operators: X(slot, method). */
#define CLASS_INPLACE_OPERATORS(X)                                                                 \
    X(iadd, __iadd__)                                                                              \
    X(isub, __isub__)                                                                              \
    X(imul, __imul__)                                                                              \
    X(imatmul, __imatmul__)                                                                        \
    X(itruediv, __itruediv__)                                                                      \
    X(ifloordiv, __ifloordiv__)                                                                    \
    X(imod, __imod__)                                                                              \
    X(ipow, __ipow__)                                                                              \
    X(ilshift, __ilshift__)                                                                        \
    X(irshift, __irshift__)                                                                        \
    X(iand, __iand__)                                                                              \
    X(ixor, __ixor__)                                                                              \
    X(ior, __ior__)

#define BINARY_OPERATOR(field, name, reflected) Value class_##field(Value a, Value b);
#define INPLACE_OPERATOR(field, name)           Value class_##field(Value a, Value b);
CLASS_BINARY_OPERATORS(BINARY_OPERATOR)
CLASS_INPLACE_OPERATORS(INPLACE_OPERATOR)
#undef BINARY_OPERATOR
#undef INPLACE_OPERATOR
Value class_pow(Value a, Value b, Value mod_or_None);

/* Call what a look-up on v's class gave, with v bound. */
Value special_invoke(Value method, Value v, const Value *args, size_t nargs, Value kwnames);
/* v[key], v[key] = value of objects without the method: classes may have __class_getitem__. */
Value getitem_missing(Value v, Value key);
int setitem_missing(Value v, Value key, Value value_or_0);
int contains_by_iteration(Value v, Value item);

#endif
