/* Which temporaries of a frame hold a value that is still needed. */
#ifndef VM_EXEC_LIVENESS_H
#define VM_EXEC_LIVENESS_H

#include "vm/exec/frame.h"

/* Overwrite the temporaries that are dead at frame->pc, so that they keep no garbage; `callee`, or 0, is the frame above, which may
 * have taken over the arguments of a call. Locals, cells and free variables are always live: debuggers and `locals()` see them. */
void liveness_clear_dead(VmFrame *frame, const VmFrame *callee);

/* For whom a temporary is live. */
typedef enum LivenessUse { LIVENESS_ANY, LIVENESS_ITERATOR /* of a loop */, LIVENESS_HANDLED /* POP_EXC */ } LivenessUse;
/* A malloc'ed table of liveness_words() words for each instruction: bit i is register fixed_count + i. 0: no memory. */
uint64_t *liveness_compute(const VmCode *code, LivenessUse use);
static inline uint32_t liveness_words(const VmCode *code) { return (code->register_count - code->fixed_count) / 64 + 1; }

#endif
