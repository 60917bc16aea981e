/* Audit events (PEP 578). */
#ifndef VM_AUDIT_H
#define VM_AUDIT_H

#include "stm/atomic.h"
#include "vm/vm.h"

extern uint32_t vm_audit_hooks; /* how many there are; hooks are never taken away */

/* Call the hooks: 0, or -1 with the exception that one has raised. Arguments: a tuple, made only if there are hooks. May call. */
int vm_audit_may_call(const char *event, Value args_tuple_or_0);
#define VM_AUDIT(event, arguments) (__builtin_expect(atomic_load_relaxed(&vm_audit_hooks) != 0, 0) ? vm_audit_may_call(event, arguments) : 0)

#endif
