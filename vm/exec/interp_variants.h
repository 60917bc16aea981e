/* The two compilations of interp_loop.h: see interp.c. */
#ifndef VM_EXEC_INTERP_VARIANTS_H
#define VM_EXEC_INTERP_VARIANTS_H

#include "vm/exec/interp.h"

#define VM_SWITCH_LOOP VM_UNBOUND /* no function results in the sentinel: the mode has changed, go on in the other loop */

/* As interp_loop, or VM_SWITCH_LOOP. interp_solo without thread: fill in its table of labels, for multi mode if `throwing`. */
Value interp_solo(VmThread *thread, bool throwing);
Value interp_multi(VmThread *thread, bool throwing);
extern const void *interp_solo_labels[];

#endif
