/* The three compilations of interp_loop.h: see interp.c. */
#ifndef VM_EXEC_INTERP_VARIANTS_H
#define VM_EXEC_INTERP_VARIANTS_H

#include "vm/exec/interp.h"

#define VM_SWITCH_LOOP VM_UNBOUND /* no function results in the sentinel: the mode has changed, go on in the other loop */

/* As interp_loop, or VM_SWITCH_LOOP. interp_solo and interp_multi without thread: fill in the table of labels, with ones that
 * ask whether to leave the loop if `throwing`. */
Value interp_solo(VmThread *thread, bool throwing);
Value interp_multi(VmThread *thread, bool throwing);
Value interp_traced(VmThread *thread, bool throwing);
extern const void *interp_solo_labels[], *interp_multi_labels[];

extern uint32_t interp_tracers; /* threads with a trace or profile function */
void interp_tracers_changed(int by);

#endif
