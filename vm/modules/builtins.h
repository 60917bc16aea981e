/* Parts of module builtins. */
#ifndef VM_MODULES_BUILTINS_H
#define VM_MODULES_BUILTINS_H

#include "vm/exec/frame.h"
#include "vm/runtime.h"

extern const PyMethodDef builtins_eval_functions[];  /* builtins_eval.c: compile exec eval __build_class__ ... */
extern const PyMethodDef builtins_fold_functions[]; /* builtins_fold.c: all any max min next iter sorted sum ... */

#define BUILTIN(name)                                                                                                 \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

#endif
