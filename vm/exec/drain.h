/* Draining: a call of sum(), any(), ", ".join(), list() ... with a generator runs the generator's frame on the caller's loop, and what it
 * yields is taken by the loop itself: no nested interpreter, no suspending between items.
 *
 * The generator's frame is pushed as by FOR_ITER, with a DRAIN action. Its result_reg is the register of the caller's CALL
 * that held the generator: there is what the items go into (a list, a set, or a cell with the total so far), so that nothing of the
 * caller's frame is written while the generator is on top (frame.h I3).
 *
 * next(g) and g.send(v) are taken in the same way, by the action GENERATOR_NEXT: the generator runs on the caller's loop until it yields.
 *
 * I1. An item is taken in place only where no Python code can run for it (drain_take). Else the generator is suspended first, as it
 *     would be for the function in C, and resumed after (drain_step). */
#ifndef VM_EXEC_DRAIN_H
#define VM_EXEC_DRAIN_H

#include "vm/exec/generator.h"
#include "vm/objects/builtin.h"

/* CALL of a builtin that drains (def->drain): its result, VM_PUSHED, or 0. self_or_0 as py_builtin_call. */
Value drain_call(VmThread *thread, VmFrame *frame, VmDef *def, Value self_or_0, Value *args, size_t nargs);
/* CALL of a class with one generator: VM_STOP if the class is none that drains. */
Value drain_class(VmThread *thread, VmFrame *frame, Value type, Value *arg);
/* `frame`, a generator's, yields `item`: false if it is to be suspended for it. */
bool drain_take(VmFrame *frame, uint8_t action, Value item);
/* The generator has been suspended, or may have ended since: the call's result, VM_PUSHED, VM_STOP as
 * drain_end, or 0. */
Value drain_step(VmThread *thread, Value generator, uint16_t reg, uint8_t action, Value item);
/* The generator has ended, the caller is on top again: the call's result; VM_STOP: the CALL is to be done anew, with what is in
 * the register now. */
Value drain_end(VmFrame *frame, uint16_t reg, uint8_t action);

#endif
