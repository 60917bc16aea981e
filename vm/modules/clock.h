/* Time as C modules handle it: nanoseconds in int64. */
#ifndef VM_MODULES_CLOCK_H
#define VM_MODULES_CLOCK_H

#include "vm/vm.h"
#include <time.h>

int64_t clock_ns(clockid_t clock);
/* Seconds given as int or float: nanoseconds, rounded up so that no wait is too short. -1 with an exception (ValueError for
 * NaN, OverflowError); negative values are the caller's to refuse. */
int clock_from_seconds(Value seconds, int64_t *ns);

#endif
