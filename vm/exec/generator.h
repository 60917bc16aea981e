/* Generators, coroutines and async generators: frames that leave the Python stack and come back.
 *
 * I1. While a generator runs, its frame is on the Python stack of the thread that resumed it and
 *     frame->generator refers to it; otherwise its registers are in the object. `state` says which, so
 *     that "already executing" is decided by the transaction that sees the state.
 * I2. A generator that waits in YIELD_FROM stands at that instruction (lasti); R[b] is what it delegates
 *     to. A chain of them is resumed frame upon frame, without C recursion. */
#ifndef VM_EXEC_GENERATOR_H
#define VM_EXEC_GENERATOR_H

#include "vm/exec/interp.h"

enum { GEN_CREATED, GEN_SUSPENDED, GEN_RUNNING, GEN_DONE };
enum {
    GEN_FLAG_HOOKS_DONE = 1,  /* async generator: firstiter hook was called */
    GEN_FLAG_CLOSED = 2,      /* async generator: aclose or exhaustion */
    GEN_FLAG_RUNNING_ASYNC = 4, /* async generator: an asend/athrow/aclose awaits (ag_running) */
    GEN_FLAG_FINALIZER = 8,     /* registered with the collector */
    GEN_RESUMED = 1ll << 32     /* unit of a count: whatever changes in a generator that a resume reads, `flags` changes too,
                                   so that a resume marks this word alone as read */
};

/* ---- for the loop ---- */

/* The generator object for a frame that has just been entered (RETURN_GENERATOR). */
Value generator_from_frame(VmThread *thread, VmFrame *frame);
/* Resume (sent: VM_UNBOUND: to raise where it stands): VM_PUSHED with the frame on top; VM_STOP if it is finished already; 0 with an exception. */
Value generator_push(VmThread *thread, Value generator, Value sent, uint16_t result_reg, uint8_t action);
/* The running frame yields: back into its object; the resumer's frame is on top then. */
void generator_suspend(VmThread *thread, VmFrame *frame);
/* The frame, about to be popped, has returned or raised. */
void generator_finish(VmThread *thread, VmFrame *frame);
/* Its exception as the resumer sees it: a StopIteration becomes a RuntimeError (PEP 479). */
void generator_convert_exception(VmThread *thread, VmFrame *frame);
/* It has returned `result` and its frame is popped: what the resumer's instruction makes of the end.
 * False: an exception is set. */
bool generator_return(VmThread *thread, uint8_t action, uint16_t result_reg, Value result);
/* YIELD_FROM: VM_PUSHED; VM_STOP: R[a] of the frame is the result; 0; or the value to yield on. */
Value generator_delegate(VmThread *thread, VmFrame *frame, Value iterator, Value sent);
Value generator_yield_from_iter(VmFrame *frame, Value v);
static inline void generator_set_result(Value result) { vm_thread()->generator_result = result; }

/* ---- for C code ---- */

static inline bool is_generator_like(Value v) {
    uint32_t shape = shape_of(v);
    return shape == TYPE_GENERATOR || shape == TYPE_COROUTINE || shape == TYPE_ASYNC_GENERATOR;
}
/* StopIteration that is set: its value becomes the result, VM_STOP; any other exception: 0. */
Value generator_stop_from_exception(void);
/* Resume from C: the value yielded; VM_STOP at the end, with its result in
 * vm_thread()->generator_result; 0 with an exception. */
Value generator_send(Value generator, Value sent);
/* The same for anything that can be delegated to. */
Value generator_send_any(Value iterator, Value sent);
/* generator.throw(): results as generator_send. exception: an instance. */
Value generator_throw(Value generator, Value exception);
Value generator_throw_any(Value iterator, Value exception);
int generator_close(Value generator);
int generator_close_any(Value iterator);
/* The instance that throw(type, value, traceback) means; 0 with TypeError. nargs 1 to 3. */
Value generator_throw_argument(const Value *args, size_t nargs);
/* VM_STOP becomes StopIteration carrying the result, for methods. */
Value generator_stop_as_exception(Value value_or_stop);
/* StopIteration for an iterator that has just given VM_STOP: with the result, if it has one. Returns 0. */
Value generator_end_as_exception(Value iterator);
/* Raise StopIteration(value), even where value is a tuple or an exception. Returns 0. */
Value generator_raise_stop(Value value);
const char *generator_noun(Value generator);
Value generator_attr_yield_from(Value generator); /* gi_yieldfrom: the object or None */
Value generator_frame_object(Value generator); /* gi_frame; objects/generator.c */

/* ---- generator_final.c ---- */

/* What becomes unreachable before it has ended is closed. Coroutines are registered as they are made, async generators with
 * their hooks, generators where they first wait under a handler. */
void generator_register_finalizer(Value generator);
bool generator_wants_finalizer(const uint64_t *object); /* the collector's hook; true for all other types */
void generator_finalize_may_call(Value generator);
/* Before a full collection: what the objects of running generators hold from when they were suspended is garbage. */
void generator_forget_running(VmThread *thread);

/* ---- async_generator.c ---- */

Value async_gen_wrap(Value value);
static inline bool is_async_op(Value v) { /* a PyAsyncGenOp */
    uint32_t shape = shape_of(v);
    return shape == TYPE_ASYNC_GEN_ASEND || shape == TYPE_ASYNC_GEN_ATHROW || shape == TYPE_ANEXT_AWAITABLE;
}
Value async_op_send(Value op, Value sent); /* as generator_send */
Value async_op_throw(Value op, Value exception);
Value anext_awaitable_new(Value awaitable, Value fallback); /* anext() with a default */

#endif
