/* Which temporaries of a frame hold a value that is still needed. */
#ifndef VM_EXEC_LIVENESS_H
#define VM_EXEC_LIVENESS_H

#include "vm/exec/frame.h"

/* Overwrite the temporaries that are dead at frame->pc, so that they keep no garbage. Locals, cells
 * and free variables are always live: debuggers and `locals()` see them. */
void liveness_clear_dead(VmFrame *frame, const VmFrame *callee);

#endif
