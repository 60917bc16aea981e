/* Safepoints of the interpreter. */
#ifndef VM_EXEC_SAFEPOINT_H
#define VM_EXEC_SAFEPOINT_H

#include "vm/exec/frame.h"

typedef enum VmSafepoint {
    VM_SAFEPOINT_GO_ON,
    VM_SAFEPOINT_RELOAD, /* the transaction starts again: thread->frame is another one */
    VM_SAFEPOINT_RAISED  /* a signal handler raised, or an asynchronous exception came */
} VmSafepoint;

/* Must vm_safepoint_slow be called? Solo: one load, control and multi are neighbours, what follows them
 * is shifted out. Multi: counts one unit of the transaction's budget. */
static inline bool vm_safepoint_wanted(void) {
    _Static_assert(offsetof(StmSegment, multi) == offsetof(StmSegment, control) + 4, "neighbours");
#if defined STM_COMPILED_MULTI && STM_COMPILED_MULTI
    return UNLIKELY(SEG->control != 0) || UNLIKELY(--SEG->budget < 0);
#else
    if (LIKELY(*(volatile uint64_t GS *)&SEG->control << 24 == 0)) return false;
    return SEG->control != 0 || --SEG->budget < 0;
#endif
}

/* thread->frame->pc is the instruction to come back to. */
VmSafepoint vm_safepoint_slow(VmThread *thread);

/* The collector's hook: MemoryError at the running thread's next safepoint. */
void vm_memory_is_short(void);

/* Called at safepoints when STM_CTL_EVENTS was set, in the order of registration: 0, or -1 with an
 * exception. For modules: signals, finalizers, callbacks of weak references. */
enum { VM_EVENT_HANDLERS = 8 };
void vm_add_event_handler(int (*handler_may_call)(void));

/* A C function that other C code may have called ends a transaction or collects (system calls, waits, gc.collect): as below a
 * nested interpreter, what the C frames refer to must stay in place. Between enter and leave the collector scans the C
 * stack from here on; registers that callers may have references in are kept in the struct. An abort that jumps past leave is
 * fine: the interpreter loop sets the limit again. */
typedef struct VmCSafepoint {
    uint64_t registers[6];
    VmThread *thread; /* SEG may be another thread's by the end: the statement may be a detach */
    const uint8_t *outer;
} VmCSafepoint;
static inline void vm_c_safepoint_enter(VmCSafepoint *s) {
    const uint8_t *stack_pointer;
    __asm__ volatile("movq %%rbx, 0(%1)\n\tmovq %%rbp, 8(%1)\n\tmovq %%r12, 16(%1)\n\tmovq %%r13, 24(%1)\n\t"
                     "movq %%r14, 32(%1)\n\tmovq %%r15, 40(%1)\n\tmovq %%rsp, %0"
                     : "=&r"(stack_pointer)
                     : "r"(s->registers)
                     : "memory");
    s->thread = vm_thread();
    s->outer = s->thread->c_scan_from;
    s->thread->c_scan_from = stack_pointer;
}
static inline void vm_c_safepoint_leave(VmCSafepoint *s) { s->thread->c_scan_from = s->outer; }
/* The statement inside such a bracket. */
#define VM_C_SAFEPOINT(statement)                                                                                     \
    do {                                                                                                              \
        VmCSafepoint c_safepoint;                                                                                     \
        vm_c_safepoint_enter(&c_safepoint);                                                                           \
        statement;                                                                                                    \
        vm_c_safepoint_leave(&c_safepoint);                                                                           \
    } while (0)
/* The same for a wait, `by_loop`: in a method that the loop has called (vm_called_by_loop). While it waits, others' collections scan the
 * C stack from the loop's frame on, so that stale words above it, where much has been called, keep nothing alive for as long as
 * the wait. What the C frames there hold they must find in the caller's registers again, which are roots: the method's
 * arguments, and what those refer to and nobody replaces. Nothing of it moves: the transaction has ended before the wait, which makes all old. */
#define VM_WAIT_SAFEPOINT(by_loop, statement)                                                                         \
    do {                                                                                                              \
        VmCSafepoint c_safepoint;                                                                                     \
        vm_c_safepoint_enter(&c_safepoint);                                                                           \
        vm_thread()->wait_scan = (by_loop) ? c_safepoint.outer : 0;                                                   \
        statement;                                                                                                    \
        vm_thread()->wait_scan = 0;                                                                                   \
        vm_c_safepoint_leave(&c_safepoint);                                                                           \
    } while (0)
/* Has the running frame's CALL called the function `fn`, and no C function, nor a handler of events that came meanwhile? Then a transaction that begins inside `fn`, before it has
 * done anything, may be lost: the CALL is run again. Under a C function between them it would repeat that one's work, which
 * is committed: it is to become inevitable. */
bool vm_called_by_loop(PyFn fn);
/* Leave the C frames above the innermost loop, which must not have done anything yet, and run the frame's instruction again. */
void vm_call_again(struct VmThread *thread) __attribute__((noreturn));
/* A system call, detached: `statement` may touch C memory alone. Inside stm.atomic it is part of the transaction instead. */
#define VM_DETACHED(why, statement)                                                                                   \
    do {                                                                                                              \
        if (stm_self->atomic_depth) {                                                                                 \
            stm_become_inevitable(why);                                                                               \
            statement;                                                                                                \
        } else {                                                                                                      \
            VM_C_SAFEPOINT(stm_detach(); statement; stm_attach_inevitable(why));                                      \
        }                                                                                                             \
    } while (0)

/* The same for a wait in the function `fn`: by VM_WAIT_SAFEPOINT, with its demands, where the loop has called it. */
#define VM_DETACHED_WAIT(fn, why, statement)                                                                          \
    do {                                                                                                              \
        if (stm_self->atomic_depth || !vm_called_by_loop(fn)) VM_DETACHED(why, statement);                            \
        else VM_WAIT_SAFEPOINT(true, stm_detach(); statement; stm_attach_inevitable(why));                            \
    } while (0)

/* Around calls of Python by C code that holds malloc'ed memory, or changes C memory, across them: an abort after such a
 * call has returned would bring the C frame back (c_stack.c), but not that memory. So a transaction that began in the call
 * becomes inevitable as it returns. An abort that jumps past leave is fine. */
static inline void vm_c_memory_enter(void) { vm_thread()->c_memory++; }
static inline void vm_c_memory_leave(void) { vm_thread()->c_memory--; }

extern uint32_t vm_signals_pending; /* signal.c: for the main thread */
int vm_run_signals_may_call(void);
/* In C loops that Ctrl-C should end: 0, or -1 with an exception. */
static inline int vm_check_signals_may_call(void) {
    return UNLIKELY(atomic_load_relaxed(&vm_signals_pending)) ? vm_run_signals_may_call() : 0;
}

int vm_run_events_may_call(void);
/* The same for C that holds malloc'ed memory: before system calls, which would wait in spite of a signal that has come. */
static inline int vm_check_events_may_call(void) {
    return UNLIKELY(atomic_load_relaxed(&vm_signals_pending)) ? vm_run_events_may_call() : 0;
}

/* What a function in C has returned, unless a signal came that raises: one that has come to its system call must not wait
 * for a safepoint outside of the `try` around the call. */
static inline Value vm_with_signals_may_call(Value result) {
    return result && vm_check_signals_may_call() < 0 ? 0 : result;
}

/* From C that was woken from a wait: handlers of signals and other events. 0, or -1 with an exception. */
int vm_run_events_may_call(void);

#endif
