/* Parts of module select. */
#ifndef VM_MODULES_SELECT_H
#define VM_MODULES_SELECT_H

#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include <poll.h>
#include <sys/select.h>
#include <time.h>

/* Time to a deadline (CLOCK_MONOTONIC) for a system call: 0 if that is negative (for ever), at least zero. */
struct timespec *select_time_left(int64_t deadline_ns, struct timespec *out);
int epoll_init(Value module);

#endif
