/* Locks of Python (_thread.lock, RLock) for C code. See the Note LOCKS in lock.c. */
#ifndef VM_MODULES_LOCK_H
#define VM_MODULES_LOCK_H

#include "vm/vm.h"

Value py_lock_new(void);
/* 1 acquired, 0 not within the time, -1 a signal's handler raised. deadline_ns: CLOCK_MONOTONIC; negative: wait for ever;
 * 0: do not wait. May end the transaction. */
int py_lock_acquire(Value lock, int64_t deadline_ns);
void py_lock_release(Value lock); /* the lock is held */
/* Timeout arguments as threading has them: blocking and timeout to a deadline. -1: ValueError, OverflowError. */
int py_lock_deadline(Value blocking_or_0, Value timeout_or_0, int64_t *deadline_ns);

#endif
