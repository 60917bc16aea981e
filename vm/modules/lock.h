/* Locks of Python (_thread.lock, RLock) for C code. See the Note LOCKS in lock.c. */
#ifndef VM_MODULES_LOCK_H
#define VM_MODULES_LOCK_H

#include "vm/vm.h"

Value py_lock_new(void);
/* 1 acquired, 0 not within the time, -1 a signal's handler raised. deadline_ns: CLOCK_MONOTONIC; negative: wait for ever;
 * 0: do not wait. May end the transaction. */
int py_lock_acquire(Value lock, int64_t deadline_ns);
void py_lock_release(Value lock); /* the lock is held */
/* A recursive lock; what acquire returns is as above. release: -1, no exception, if this thread does not hold it. */
Value py_rlock_new(void);
int py_rlock_acquire(Value lock, int64_t deadline_ns);
int py_rlock_release(Value lock);
bool py_lock_is_held(Value lock); /* by any thread */
void py_lock_reset(Value lock);   /* in the child of a fork: nobody holds it */
/* Timeout arguments as threading has them: blocking and timeout to a deadline. -1: ValueError, OverflowError. */
int py_lock_deadline(Value blocking_or_0, Value timeout_or_0, int64_t *deadline_ns);

#endif
