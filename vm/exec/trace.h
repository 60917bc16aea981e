/* Events for the functions of sys.settrace and sys.setprofile.
 *
 * A thread that has such a function runs interp_traced (interp.c), which comes here before every instruction and as it leaves a
 * frame; the other loops do not. `tracing` of the thread says whether events are wanted now: not while such a function runs.
 *
 * I1. A frame with FRAME_TRACED has had its "call", or is older than the function: so a frame without it has just been entered.
 * I2. An instruction is announced once, also where an abort makes it run again: transactions begin after the announcement, and
 *     `trace_skip` is set where one begins again. */
#ifndef VM_EXEC_TRACE_H
#define VM_EXEC_TRACE_H

#include "vm/exec/frame.h"

/* thread->frame is about to execute frame->pc, which a trace function may change. 0, or -1 with an exception. */
int trace_instruction(VmThread *thread, VmFrame *frame);
/* It is about to return or yield `result` (0: to leave by thread->exception, which another one may replace). */
int trace_return(VmThread *thread, VmFrame *frame, Value result);
/* thread->exception has reached the running frame. A trace function may replace it. */
void trace_exception(VmThread *thread, VmFrame *frame);
/* What a for loop or `yield from` iterates over has ended with `result`: where that is told by StopIteration, it is seen. */
int trace_iterator_end(VmThread *thread, Value iterator, Value result);
/* Call a function in C that bytecode calls, with profile events around. */
Value trace_c_call(VmThread *thread, Value callable, const Value *args, size_t nargs, Value kwnames);

/* f_lineno = line, by a trace function that was told of a line of the frame. 0 or -1. */
int trace_jump(VmThread *thread, VmFrame *frame, int64_t line);

/* sys.settrace, sys.setprofile: 0 for None. */
void trace_set_functions(VmThread *thread, Value trace_or_0, Value profile_or_0);
/* No events until trace_resume; these nest. */
void trace_suspend(VmThread *thread);
void trace_resume(VmThread *thread);
Value trace_call_tracing(VmThread *thread, Value function, Value args_tuple); /* sys.call_tracing */
void trace_thread_ends(VmThread *thread);
void trace_forked(VmThread *thread); /* in the child: the only thread */

#endif
