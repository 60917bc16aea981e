/* System calls that may wait for long, without the gap between the last look at signals and the call.
 *
 * Note BLOCKING. A signal's handler only sets a flag; arriving after the caller's last look at it and before the system call, it
 * would be seen when the call ends by itself. So the last look and the call are a few known instructions: where a handler finds
 * that it has interrupted them before the call has begun, it lets them go on as if the call had failed with EINTR. */
#ifndef VM_EXEC_BLOCKING_H
#define VM_EXEC_BLOCKING_H

#include "stm/atomic.h"
#include <sys/syscall.h>

/* As syscall(2) with six arguments. Fails with EINTR at once while the flag that this thread watches is set. Detached. */
long vm_blocking_call(long number, const long *arguments);
#define VM_BLOCKING(number, ...) vm_blocking_call(number, (const long[6]){__VA_ARGS__})

/* For the thread that sees to signals: set by their handlers, cleared when they are seen to. */
void vm_blocking_watch(const uint32_t *flag);
/* From a handler on that thread, after it has set the flag: a call that has not begun is given up. */
void vm_blocking_give_up(void *ucontext);

#endif
