/* Iteration in the loop. The steps that it takes inline are iterators.h's. */
#ifndef VM_EXEC_INTERP_ITER_H
#define VM_EXEC_INTERP_ITER_H

#include "vm/exec/interp.h"
#include "vm/objects/iterators.h"

/* interp_binary.c: iter(v) and a step of any other iterator for FOR_ITER; both may push. */
Value iter_get(VmThread *thread, VmFrame *frame, Value v);
Value iter_next_slow(VmThread *thread, VmFrame *frame, Value it);

#endif
