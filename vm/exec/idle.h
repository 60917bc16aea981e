/* Collections of a program that waits.
 *
 * What a program has dropped stays until it allocates more, so a program in which all wait would never run the finalizers and weak
 * references' callbacks that end the wait (an executor that was dropped tells its threads to stop). A thread that waits for long
 * looks up now and then, and collects where the process does nothing else. C stacks are scanned below the interpreter's loop alone
 * (VM_WAIT_SAFEPOINT). Not a promise all the same: under nested interpreters a stale word may keep what was dropped. */
#ifndef VM_EXEC_IDLE_H
#define VM_EXEC_IDLE_H

#include <stdint.h>

typedef struct VmIdle {
    int64_t look_at;  /* next look, CLOCK_MONOTONIC; 0: not begun */
    int64_t interval; /* between looks: doubles */
    int64_t cpu;      /* what the process had used at the last look; 0: none yet */
} VmIdle;

/* Until when to wait: the deadline (negative: none) or the next look. */
int64_t vm_idle_deadline(VmIdle *idle, int64_t deadline_ns);
/* That time has come, and it is not the deadline. For methods called by the loop, as they wait by VM_WAIT_SAFEPOINT, and with the
 * same demand on what they hold. Events may be waiting after it. */
void vm_idle_look_may_call(VmIdle *idle);

#endif
