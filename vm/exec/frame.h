/* Frames of Python code and the thread's state. Frames live on the thread's Python stack: flat
 * memory outside the heap, so registers are written without barriers; they are exact roots of the
 * collector, and a transaction's begin saves the top frame (older ones when returned into) so that
 * an abort can restore them.
 *
 * I1. Frames of a thread are contiguous: a frame's callee starts right behind its registers. So the
 *     words from the oldest frame to the end of the running one are all initialised.
 * I2. `pc` of a frame is the instruction being executed. It is up to date whenever C code that may
 *     look at frames, call or raise is running.
 * I3. A frame with FRAME_WATERMARK is the youngest one that a collection or a transaction's begin
 *     has seen. Leaving it takes the slow path (frame_leave_slow), which sees to the frame below
 *     before that one runs: saves it, for a transaction; notes that it may get young references,
 *     for minor collections. So neither costs anything where no such event happened. */
#ifndef VM_EXEC_FRAME_H
#define VM_EXEC_FRAME_H

#include "vm/exec/code.h"
#include "vm/objects/found.h"
#include <setjmp.h>

enum { /* what leaving a frame does with its result */
#define RETURN_ACTION(name, what) VM_RETURN_##name,
#include "vm/exec/return_action.tbl"
#undef RETURN_ACTION
       VM_RETURN_COUNT
};

enum {
    FRAME_ENTRY = 1,     /* called from C by vm_call_nested: leaving it leaves the interpreter loop */
    FRAME_WATERMARK = 2, /* I3 */
    FRAME_OBJECT = 4,    /* `object` is set: it takes the locals over when the frame is left */
    FRAME_TRACED = 8,    /* trace.h I1 */
    FRAME_HANDLES = 16   /* of a generator: thread->handled is its own, not its resumer's */
};

typedef struct VmFrame {
    struct VmFrame *prev; /* caller, or 0 at the bottom of a thread */
    VmCode *code;
    const VmInstr *pc; /* I2 */
    Value function;    /* PyFunction: always there */
    union {
        Value locals;          /* mapping for LOAD_NAME (module and class bodies), or 0 */
        Value resumer_handled; /* generators: the exception that the resumer is handling */
        Value instance;        /* action INIT: the new object */
    };
    Value object;        /* PyFrameObject if somebody asked, or 0 */
    Value generator;     /* the PyGenerator this frame belongs to, or 0 */
    uint16_t result_reg; /* of the caller: where RETURN puts the value, according to `action` */
    union {
        struct {
            uint8_t action; /* VM_RETURN_* */
            uint8_t flags;  /* FRAME_* */
        };
        uint16_t leave; /* both: 0 for the plain return */
    };
    uint32_t depth; /* number of frames below, for RecursionError */
    Value registers[];
} VmFrame;

/* The part of a thread's state that an abort takes back; saved whole at begin. */
typedef struct VmThreadState {
    VmFrame *frame;   /* running frame */
    Value exception;  /* set by py_raise: on its way to a handler; 0: none */
    Value handled;    /* sys.exc_info(): the exception being handled, or VM_NONE; a generator swaps
                         its own in */
    Value repr_list;  /* objects being repr'd, or 0 */
    Value context;    /* contextvars, or 0 */
    Value async_exception;
    Value trace_function, profile_function; /* or 0 */
    Value async_gen_firstiter, async_gen_finalizer;
    Value generator_result; /* of the generator that has just ended under C code */
    Value thrown;           /* what a generator's throw() under way has raised, or 0 */
    Value sentinel;         /* the lock that is released when the thread ends (threading's), or 0 */
    Value locals;           /* list of weak references to the _thread._local objects that it has used, or 0 */
    Value running_loop;     /* asyncio's, or 0 */
    Value start[3];         /* what a new thread calls: function, args, kwargs or 0 */
    const char *trace_event; /* that the innermost trace function is told of, */
    VmFrame *trace_frame;    /* for this frame; or 0 */
    const VmFrame *in_events; /* handlers of events run that were called in the middle of this frame's instruction; or 0 */
    struct VmArguments *arguments; /* long ones of calls under way: arguments.h */
    uint32_t c_memory;    /* C functions on the C stack that hold malloc'ed memory while they call */
    uint32_t depth_limit; /* a frame whose depth reaches this raises RecursionError: the recursion
                             limit less c_depth */
    uint32_t c_depth;     /* recursion in C helpers (py_enter_recursion) */
    uint32_t tracing;     /* trace or profile function set, and not running now (trace.h) */
    uint32_t tracer_depth; /* trace and profile functions that run */
    uint32_t origin_depth; /* sys.set_coroutine_origin_tracking_depth */
} VmThreadState;

enum { VM_THREAD_VALUES = (offsetof(VmThreadState, trace_event) - offsetof(VmThreadState, exception)) / 8 };

typedef struct VmThread {
    VmFound found; /* first: vm_found() */
    union {
        VmThreadState state;
        struct {
            VmFrame *frame;
            Value exception, handled, repr_list, context, async_exception;
            Value trace_function, profile_function, async_gen_firstiter, async_gen_finalizer;
            Value generator_result, thrown, sentinel, locals, running_loop, start[3];
            const char *trace_event;
            VmFrame *trace_frame;
            const VmFrame *in_events;
            struct VmArguments *arguments;
            uint32_t c_memory, depth_limit, c_depth, tracing, tracer_depth, origin_depth;
        };
    };
    uint8_t *stack_limit;         /* a frame must end below this */
    uint8_t *stack, *stack_end;   /* Python stack: mmap'ed */
    VmFrame *gc_watermark;        /* this frame and those above may hold young references */
    VmFrame *save_watermark;      /* this frame and those above are saved or were pushed since the
                                     transaction began; 0 in solo mode */
    uint32_t nesting;             /* interpreter loops on the C stack */
    uint32_t begin_nesting;       /* the one in which the running transaction began */
    uint32_t dropped_loops;       /* abort: inner loops whose C frames the jump to loop_jmp drops */
    uint32_t begin_atomic_depth;  /* blocks of stm.atomic around its begin */
    sigjmp_buf *loop_jmp;         /* of the innermost loop */
    const uint8_t *c_scan_from;   /* C stack from here to c_stack_base lies below the innermost loop */
    const uint8_t *outer_scan_from; /* c_scan_from of the outermost loop */
    const uint8_t *c_scan_low;    /* the same when this thread is stopped or detached */
    const uint8_t *wait_scan;     /* c_scan_low of the wait under way in a method called by the loop: VM_WAIT_SAFEPOINT; or 0 */
    VmFrame *raised_frame;        /* the last handler was entered in this frame, */
    uint32_t raised_at;           /* from this instruction: for RERAISE x=1, which follows at once */
    const VmFrame *collecting;    /* a gc.collect() that this frame has called runs */
    bool trace_skip;              /* the next instruction has been announced: trace.h I2 */
    bool call_again;              /* the jump to loop_jmp is no abort (vm_call_again) */
    const VmInstr *settled;       /* the instruction that is run again after a collection for its sake (buffer_hold.c) */
    bool at_safepoint;            /* in the loop's own safepoint: no C helper above the loop */
    struct VmCStack *c_stack;     /* what lay below the loop in which the transaction began: c_stack.c */
    const uint8_t *c_stack_base;  /* end of the C frames that may hold references */
    const uint8_t *c_stack_limit; /* lowest that recursion may reach */
    uint64_t ident;               /* threading.get_ident() */
    uint8_t daemon, finished;
    VmThreadState saved_state;
    struct VmSave *saves; /* frames saved by the running transaction, newest first */
    struct VmThread *next, *prev_thread;
} VmThread;
_Static_assert(offsetof(VmThread, found) == 0, "vm_found()");

/* startup.c: global roots that this thread has set, which may be young. */
void vm_roots_visit_young(VmThread *thread, GcVisitor *visitor);

static inline VmThread *vm_thread(void) { return (VmThread *)SEG->vm_thread; }

extern uint32_t vm_recursion_limit; /* sys.setrecursionlimit */

static inline size_t frame_size(const VmCode *code) {
    return sizeof(VmFrame) + code->register_count * sizeof(Value);
}
static inline void *frame_end(const VmFrame *frame) {
    return (uint8_t *)frame + frame_size(frame->code);
}
static inline Value frame_globals(const VmFrame *frame) {
    return REF(PyFunction, frame->function)->globals;
}
/* Of code that has names in a mapping: that, or 0. */
static inline Value frame_namespace(const VmFrame *frame) {
    if (frame->code->flags & CODE_OPTIMIZED) return 0;
    return UNLIKELY(frame->generator) ? REF(PyGenerator, frame->generator)->finalizer : frame->locals;
}
static inline Value frame_builtins(const VmFrame *frame) {
    return REF(PyFunction, frame->function)->builtins;
}

/* ---- frame.c ---- */

/* Push a frame for `code`, all registers UNBOUND, above the running frame. 0 with RecursionError.
 * The caller stores the arguments, action and result register. */
VmFrame *frame_push(VmThread *thread, VmCode *code, Value function);
/* The running frame is about to be left and has flags or an object: see to them. The result of the
 * call (or 0) is kept where the collector finds it. */
void frame_leave_slow(VmThread *thread, VmFrame *frame);
/* Before a write to a frame that is not running: f_locals, f_trace, object. */
void frame_touch(VmThread *thread, VmFrame *frame);
/* The innermost frame of Python code that users see, or 0. */
VmFrame *vm_current_frame(void);
Value vm_current_builtins(void); /* the dict of built-in names of whoever runs (objects/function.c) */
/* RecursionError "maximum recursion depth exceeded<where>". Always 0. */
Value frame_raise_recursion(const char *where);
enum { C_STACK_MARGIN = 192 << 10 }; /* for C helpers that recurse without asking */
/* No room for another nested loop or for C helpers that recurse. */
static inline bool vm_c_stack_is_low(const VmThread *thread) {
    return (const uint8_t *)__builtin_frame_address(0) < thread->c_stack_limit;
}
/* In C functions that recurse as deep as the data is nested: -1 with RecursionError where the C stack is at its end. */
static inline int vm_check_c_stack(void) {
    return UNLIKELY(vm_c_stack_is_low(vm_thread())) ? (frame_raise_recursion(""), -1) : 0;
}

/* ---- locals and line numbers (frame_object.c) ---- */

Value py_frame_object(VmThread *thread, VmFrame *frame); /* its PyFrameObject; 0: MemoryError */
/* A frame object as of a frame that was left at instruction `at`, without variables. BACK_OR_0: a frame object. 0: MemoryError. */
Value py_frame_object_of(const VmCode *code, Value function, uint32_t at, Value back_or_0);
Value py_frame_locals(VmFrame *frame);                   /* what locals() gives in this frame */
/* The dict of f_locals, if there is one, from the locals; and back, after a trace function: 0 or -1. */
int py_frame_locals_refresh(Value object);
int py_frame_locals_store(Value object);
extern bool py_frame_locals_unbound; /* that has unbound a variable, once */
enum {
    FRAME_OBJECT_LIVE = 1,
    FRAME_OBJECT_NO_LINES = 2,
    FRAME_OBJECT_OPCODES = 4,
    FRAME_OBJECT_AT = 8 /* `lasti` is where it stands: the yield of a generator whose "call" is announced */
};
int vm_code_line(const VmCode *code, uint32_t instr);    /* -1: none */
int vm_code_line_near(const VmCode *code, uint32_t instr); /* where it has none, that of what stands before it */

/* ---- threads (thread_state.c) ---- */

/* Make the state of a new thread; the calling thread fills in its C stack by vm_thread_enter. 0 when
 * the system refuses memory. main: the big Python stack. */
VmThread *vm_thread_new(bool main_thread);
void vm_thread_enter(VmThread *thread); /* on the OS thread itself, before any Python code */
void vm_thread_leave(VmThread *thread); /* no Python code from here on: it keeps nothing alive any more */
void vm_thread_free(VmThread *thread);
void vm_thread_hooks(GcHooks *hooks); /* fills in visit_roots and visit_stacks, for gc_init */
void vm_exec_init(void); /* hooks of stm that concern threads (safepoint.c): once, at start-up */
void vm_operator_names_init(void); /* once, when strings can be interned (interp_binary.c) */

#endif
