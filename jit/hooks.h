/* What the VM calls in the JIT. Nothing fills or calls it yet: when the layer is there, vm/main.c fills it at start-up and every entry may be 0. None may collect or abort unless it says so. */
#ifndef JIT_HOOKS_H
#define JIT_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct JitHooks {
    /* A loop's back edge or a function's entry has become hot: (code id, instruction). True: recording has begun, the
     * interpreter goes on with the table of recording labels. */
    bool (*start_recording)(uint32_t code_id, uint32_t instr);
    /* Before each instruction while recording; false: recording is over or was given up. */
    bool (*record)(uint32_t code_id, uint32_t instr, const uint64_t *registers);
    /* Machine code for this place: its entry, 0 if there is none. Looked up when a counter overflows, kept in the EXT word. */
    void *(*trace_at)(uint32_t code_id, uint32_t instr);
    /* The world changes between solo and multi mode: traces without barriers are not entered any more. */
    void (*mode_changed)(bool multi);
    /* Roots: constants in machine code (they never move). */
    void (*visit_constants)(void (*visit)(void *context, uint64_t value), void *context);
} JitHooks;

#endif
