/* The profiler of module _lsprof, as the trace functions (vm/exec/trace.c) call it. */
#ifndef VM_MODULES_LSPROF_H
#define VM_MODULES_LSPROF_H

#include "vm/exec/frame.h"

/* Is a profile function one of these, to be told of events without a call of Python? */
static inline bool is_profiler(Value v) { return is_ref(v) && vm_type_of(v)->layout_type == TYPE_PROFILER; }
/* The frame is entered, or calls `callable` in C (else 0). 0, or -1 with an exception. */
int profiler_enter(Value profiler, const VmFrame *frame, Value callable);
/* What was entered last is left. An exception on its way stays. */
void profiler_leave(Value profiler, bool callable_in_c);

#endif
