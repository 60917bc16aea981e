/* Signals, for start-up. */
#ifndef VM_MODULES_SIGNAL_H
#define VM_MODULES_SIGNAL_H

#include "vm/vm.h"

/* On the main thread, in solo mode: Ctrl-C raises KeyboardInterrupt from now on, SIGPIPE is ignored (writes fail
 * with BrokenPipeError). 0 or -1 with an exception. */
int vm_signals_init(void);

/* From handlers of signals and from threads that stm does not know: the main thread runs its event handlers soon. */
void vm_signal_wake_main(void);
/* The same from threads alone: its system call is interrupted too (Python's functions go on with it, PEP 475). */
void vm_signal_interrupt_main(void);
/* As if it had arrived: its Python function, if there is one, runs soon. From an inevitable transaction. */
void vm_signal_simulate(int number);
bool vm_signal_is_main(void); /* the calling thread */

#endif
