/* Safepoints of the interpreter. */
#ifndef VM_EXEC_SAFEPOINT_H
#define VM_EXEC_SAFEPOINT_H

#include "vm/exec/frame.h"

typedef enum VmSafepoint {
    VM_SAFEPOINT_GO_ON,
    VM_SAFEPOINT_RELOAD, /* the transaction starts again: thread->frame is another one */
    VM_SAFEPOINT_RAISED  /* a signal handler raised, or an asynchronous exception came */
} VmSafepoint;

/* Nonzero: vm_safepoint_slow must be called. One load: control and multi are neighbours, what follows
 * them is shifted out. */
static inline bool vm_safepoint_wanted(void) {
    _Static_assert(offsetof(StmSegment, multi) == offsetof(StmSegment, control) + 4, "neighbours");
    return *(volatile uint64_t GS *)&SEG->control << 24 != 0;
}

/* thread->frame->pc is the instruction to come back to. Counts one unit of work (multi mode). */
VmSafepoint vm_safepoint_slow(VmThread *thread);

/* Called at safepoints when STM_CTL_EVENTS was set, in the order of registration: 0, or -1 with an
 * exception. For modules: signals, finalizers, callbacks of weak references. */
enum { VM_EVENT_HANDLERS = 8 };
void vm_add_event_handler(int (*handler_may_call)(void));

/* From C that was woken from a wait: handlers of signals and other events. 0, or -1 with an exception. */
int vm_run_events_may_call(void);

#endif
