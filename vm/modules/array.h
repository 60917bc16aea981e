/* array.array: what array.c and array_methods.c share. */
#ifndef VM_MODULES_ARRAY_H
#define VM_MODULES_ARRAY_H

#include "vm/vm.h"

typedef struct ArrayType {
    char code;
    int size;               /* of an item in bytes */
    const char *range_name; /* in the errors of integers that do not fit; 0: other words */
} ArrayType;
const ArrayType *array_type_by_code(uint32_t code); /* or 0 */
const ArrayType *array_type_of(Value self);

bool py_is_array(Value v);
Value array_new_empty(Value type_object, const ArrayType *type);
int64_t array_length(Value self);         /* items */
Value array_item(Value self, int64_t i); /* no bounds check */
Value array_to_list(Value self);
Value array_text(Value self); /* of an array of characters */

/* All add at the end; 0 or -1. Those that may call look at the array after it. */
int array_append_may_call(Value self, Value v);
int array_extend_items_may_call(Value self, Value iterable);
int array_append_bytes(Value self, const void *data, size_t bytes); /* not the array's own memory */
int array_append_text(Value self, Value text);

extern const PyMethodDef array_methods[];
extern const PyGetSetDef array_getsets[];
Value array_extend(const Value *args, size_t nargs, Value kwnames);
Value array_clone(const Value *args, size_t nargs, Value kwnames);

#endif
