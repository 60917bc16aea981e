/* Frames of Python code and the thread's state. Frames live on the thread's Python stack: flat
 * memory outside the heap, so registers are written without barriers; they are exact roots of the
 * collector, and a transaction's begin saves the top frame (older ones when returned into) so that
 * an abort can restore them. */
#ifndef VM_EXEC_FRAME_H
#define VM_EXEC_FRAME_H

#include "vm/exec/code.h"
#include <setjmp.h>

typedef struct VmFrame {
    struct VmFrame *prev; /* caller, or 0 at the bottom of a thread */
    VmCode *code;
    const VmInstr
        *pc; /* the instruction being executed, while another frame runs or C code is called */
    Value function;          /* PyFunction, or 0 (module and class bodies run by exec) */
    Value globals, builtins; /* dicts */
    Value locals;            /* mapping for LOAD_NAME, or 0 */
    Value object;            /* PyFrameObject if somebody asked, or 0 */
    Value generator;         /* the PyGenerator this frame belongs to, or 0 */
    uint16_t result_reg;     /* of the caller: where RETURN puts the value, according to `action` */
    uint8_t action;          /* VM_RETURN_*: return_action.tbl */
    uint8_t entry;  /* 1: called from C by vm_call_nested: RETURN leaves the interpreter loop */
    uint32_t saved; /* watermark of transaction saves */
    Value registers[];
} VmFrame;

typedef struct VmThread {
    VmFrame *frame;                           /* running frame */
    uint8_t *stack, *stack_end, *stack_limit; /* Python stack */
    Value exception; /* set by py_raise: on its way to a handler; 0: none */
    Value handled; /* sys.exc_info(): the exception being handled, or VM_NONE; a generator swaps its
                      own in */
    int32_t depth; /* Python calls, for RecursionError */
    int32_t c_depth; /* recursion in C helpers */
    int32_t nesting; /* interpreter loops on the C stack */
    const uint8_t *c_stack_limit;
    uint64_t ident;  /* threading.get_ident() */
    Value repr_list; /* objects being repr'd, or 0 */
    Value context;   /* contextvars, or 0 */
    Value async_exception;
    Value trace_function, profile_function; /* or 0 */
    Value async_gen_firstiter, async_gen_finalizer;
    uint8_t daemon, finished;
    struct VmThread *next, *prev_thread;
    sigjmp_buf abort_target; /* where a transaction's abort re-enters the interpreter */
    void *saves;             /* frames saved by the running transaction */
} VmThread;

static inline VmThread *vm_thread(void) { return (VmThread *)SEG->vm_thread; }

#endif
