/* The table of slot wrappers, and what all descriptors of built-in types share. */
#ifndef VM_OBJECTS_SLOT_WRAPPER_H
#define VM_OBJECTS_SLOT_WRAPPER_H

#include "vm/vm.h"

typedef enum {
    WRAP_UNARY,
    WRAP_NEXT,
    WRAP_BINARY,     /* an operator, of which there may be a reflected variant */
    WRAP_METHOD_ONE, /* one argument, self first */
    WRAP_TERNARY,
    WRAP_HASH,
    WRAP_CALL,
    WRAP_SETATTR,
    WRAP_SETITEM,
    WRAP_COMPARE,
    WRAP_DESCR_GET,
    WRAP_DESCR_SET,
    WRAP_NEW,
    WRAP_INIT,
    WRAP_INQUIRY,
    WRAP_LENGTH,
    WRAP_CONTAINS
} WrapperKind; /* the signature kinds of slots.tbl */

typedef struct Wrapper {
    Value name;      /* interned */
    const char *doc;
    uint32_t offset; /* of the slot in PySlots */
    uint8_t kind;    /* WrapperKind */
    uint8_t variant; /* WRAP_COMPARE: PY_LT ..; else 1: the reflected (deleting) form */
} Wrapper;

const Wrapper *wrapper_of(Value wrapper_descr);
/* Call the slot of `owner` for self, which is an instance of it. */
Value wrapper_call(const Wrapper *w, Value owner, Value self, const Value *args, size_t nargs,
                   Value kwnames);
/* Numbers of arguments that a wrapper takes besides self (not of WRAP_CALL, WRAP_INIT). */
void wrapper_arity(const Wrapper *w, size_t *least, size_t *most);

extern const PyMethodDef descr_methods[];
extern const PyGetSetDef descr_getsets[];

#endif
