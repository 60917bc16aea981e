/* Weak references to objects, over gc's weak table. */
#ifndef VM_OBJECTS_WEAKREF_H
#define VM_OBJECTS_WEAKREF_H

#include "vm/vm.h"

/* A weak reference of `type` (or TYPE_WEAKPROXY ...) to v, with a callback or VM_NONE. 0 with TypeError if instances of v's
 * type cannot be referred to weakly. */
Value py_weakref_new(Value type, Value v, Value callback);
Value py_weakproxy_new(Value v, Value callback);
/* A list of the weak references to v that have not been collected (it looks at all there are). */
Value py_weakrefs_of(Value v);
Value py_weakref_target(Value weakref); /* VM_NONE when it has died */
/* Runs the callbacks of weak references whose targets died, and finalizers of unreachable objects, as long as there are any: first
 * those of Python code, oldest first, which may use the others (__del__, generators), then those of C types, youngest first: a
 * text file flushes into its buffer before that is closed.
 * Called for STM_CTL_EVENTS, between bytecodes. Exceptions go to sys.unraisablehook. */
void vm_run_finalizers_may_call(void);
void weakref_events_init(void); /* once: from now on deaths are seen to at safepoints */

#endif
