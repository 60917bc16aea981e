/* What the modules written in C share: heads of functions, tables of constants. */
#ifndef VM_MODULES_MODULE_H
#define VM_MODULES_MODULE_H

#include "vm/vm.h"

/* Head of a function in a method table; arguments as PyFn says. */
#define FUNCTION(name)                                                                             \
    static Value name(const Value *args __attribute__((unused)),                                   \
                      size_t nargs __attribute__((unused)),                                        \
                      Value kwnames __attribute__((unused)))

typedef struct IntConstant {
    const char *name;
    int64_t value;
} IntConstant;
#define CONSTANT(name) {#name, name}
/* Add each as an int, under its name. 0 or -1. */
int module_add_constants(Value module, const IntConstant *constants, size_t count);
#define ADD_CONSTANTS(module, table)                                                               \
    module_add_constants(module, table, sizeof(table) / sizeof *(table))

/* An exception class of a module: its row is in errors.tbl. */
#define MODULE_EXCEPTION(c_name, text, module_name)                                                \
    const PyTypeSpec py_spec_##c_name = {                                                          \
        .doc = text, .raw_words = 1, .has_dict = true, .module = module_name}

/* The attribute `name` of a built-in module, imported already: 0 with an exception. For module
 * state that must follow transactions: it is in the module's dict. */
Value module_state(const char *module, const char *name);

/* An integer modulo 2^64, as for masks and checksums.
 * -1 with TypeError. */
int unsigned_argument(Value v, uint64_t *out);

/* py_get_buffer for writing, with the TypeError that argument parsing gives. */
int writable_buffer(Value v, PyBuffer *view);

/* Copies of bytes-like arguments in C memory, for work outside of transactions: from `small` if they fit there, else
 * from malloc. */
typedef struct FlatBytes {
    uint8_t *data;
    size_t length;
    uint8_t small[4096];
} FlatBytes;
int flat_bytes(FlatBytes *out, Value bytes_like); /* -1 with an exception */
void flat_bytes_free(FlatBytes *bytes); /* keeps errno */
/* Room for n bytes in the same way. */
int flat_bytes_room(FlatBytes *out, size_t n);

#endif
