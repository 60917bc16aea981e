/* Parts of module builtins. */
#ifndef VM_MODULES_BUILTINS_H
#define VM_MODULES_BUILTINS_H

#include "vm/exec/frame.h"
#include "vm/runtime.h"

extern const PyMethodDef builtins_eval_functions[];  /* builtins_eval.c: exec eval __build_class__ */
extern const PyMethodDef builtins_compile_functions[]; /* builtins_compile.c: compile */
extern const PyMethodDef builtins_fold_functions[]; /* builtins_fold.c: all any max min next iter sorted sum ... */

/* Compiles a str or bytes-like object; WHO and WHAT are for errors. May call. */
Value builtins_compile_text(Value source, const char *who, const char *what, const char *filename, const char *mode, uint32_t flags,
                            int optimize);
/* Source given as str or bytes-like, in C memory; the caller frees it. 0 with an exception. */
char *builtins_source_text(Value source, const char *who, const char *what, size_t *length);
/* A path (str, bytes, os.PathLike) for vm_compile, likewise. May call. */
char *builtins_filename(Value path);
/* The future features of the code that calls: inherited by what it compiles. */
uint32_t builtins_inherited_flags(void);

#define BUILTIN(name)                                                                                                 \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

#endif
