/* Signals, for start-up. */
#ifndef VM_MODULES_SIGNAL_H
#define VM_MODULES_SIGNAL_H

#include "vm/vm.h"

/* On the main thread, in solo mode: Ctrl-C raises KeyboardInterrupt from now on, SIGPIPE is ignored (writes fail
 * with BrokenPipeError). 0 or -1 with an exception. */
int vm_signals_init(void);

#endif
