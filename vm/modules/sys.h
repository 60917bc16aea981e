/* Parts of module sys. */
#ifndef VM_MODULES_SYS_H
#define VM_MODULES_SYS_H

#include "vm/exec/frame.h"
#include "vm/runtime.h"

extern const PyMethodDef sys_hook_functions[]; /* sys_hooks.c: excepthook, displayhook, trace, audit ... */
extern const PyMethodDef sys_thread_functions[]; /* sys_threads.c */
int sys_add_info(Value module);                /* sys_info.c: constants and structures */
int sys_init_hooks(Value module);

#define SYS(name)                                                                                                     \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

#endif
