/* Which of the loops runs, and the change between them.
 *
 * interp_solo has no read markers and no undo: right only while stm is in solo mode. interp_multi has both, and is right in
 * either mode. So the change from solo to multi must reach interp_solo before its next access to the heap, wherever on the C stack it
 * waits for the call that has started a thread. Its table of labels is overwritten for that: whichever instruction it comes to
 * next leaves the loop. Only the one thread of solo mode runs it, and it is this thread that changes the mode. The way back is
 * taken at safepoints of interp_multi.
 *
 * interp_traced is interp_multi with the events of trace.h. A thread that wants them gets there in the same way: while any does, both
 * tables are overwritten; in interp_multi the labels look whether it is this thread, so others are slower meanwhile. */
#include "stm/atomic.h"
#include "vm/exec/interp.h"
#include "vm/exec/interp_variants.h"

/* By the length of the operands' text: every "+" is a word. (A search in a string is no constant for clang.) */
const uint8_t vm_op_words[OP_COUNT] = {
#define OP(name, operands, effects, what)                                                          \
    [OP_##name] = 1 + (sizeof operands > sizeof "-- bc:-") +                                       \
                  (sizeof operands > sizeof "-- bc:- +cache"),
#include "vm/opcode.tbl"
#undef OP
};

const void *interp_solo_labels[OP_COUNT], *interp_multi_labels[OP_COUNT];
uint32_t interp_tracers;

void interp_mode_changed(bool multi) {
    uint32_t tracers = atomic_load_relaxed(&interp_tracers);
    interp_solo(0, multi || tracers);
    interp_multi(0, tracers);
}

/* In an inevitable transaction, so by one thread at a time. */
void interp_tracers_changed(int by) {
    if (!by) return;
    atomic_add_relaxed(&interp_tracers, (uint32_t)by);
    interp_mode_changed(SEG->multi);
}

Value interp_loop(VmThread *thread, bool throwing) {
    for (;;) {
        Value result = thread->tracing                                      ? interp_traced(thread, throwing)
                       : SEG->multi || atomic_load_relaxed(&interp_tracers) ? interp_multi(thread, throwing)
                                                                            : interp_solo(thread, throwing);
        if (LIKELY(result != VM_SWITCH_LOOP)) return result;
        throwing = false;
    }
}
