/* What the files of module _signal share. */
#ifndef VM_MODULES_SIGNAL_PARTS_H
#define VM_MODULES_SIGNAL_PARTS_H

#include "vm/runtime.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>

int signal_argument(Value v, int *number); /* ValueError when out of range */
Value signal_sent(int err); /* None once handlers have run; OSError when err is not 0 */
int signal_wait_init(Value module);
/* faulthandler.c: writes the dumps that signals have asked for. */
int faulthandler_dump_wanted(void);

#endif
