/* Module errno. */
#include "vm/vm.h"
#include <errno.h>

static int errno_init(Value module) {
    Value codes = py_dict_new();
    static const struct {
        const char *name;
        int number;
    } errors[] = {
#define ERRNO(name) {#name, name},
#include "vm/modules/errno.tbl"
#undef ERRNO
    };
    for (size_t i = 0; codes && i < sizeof errors / sizeof *errors; i++) {
        Value name = py_intern_c(errors[i].name), number = int_make(errors[i].number);
        if (py_module_add(module, errors[i].name, number) < 0 || py_dict_set(codes, number, name) < 0) return -1;
    }
    return py_module_add(module, "errorcode", codes);
}
const PyModuleDef py_module_errno = {
    .doc = "This module makes available standard errno system symbols.", .init = errno_init};
