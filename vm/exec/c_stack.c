/* Putting the C stack back when a transaction that began inside a nested interpreter is aborted after that one has returned.
 *
 *     loop 1 -> sum() -> loop 2 (a generator's step; the transaction ends and the next begins) -> back in sum() -> loop 2' ... abort
 *
 * The abort must go back to the begin, in loop 2, whose C frame and those below it, sum()'s and loop 1's, have run on since. So
 * a transaction that begins in a nested loop copies the C stack between the outermost loop and this one (some
 * hundred bytes), and the abort copies it back before it jumps: as the "rewind jumps" of stmgc c8 do with a shadow stack.
 *
 * I1. While the loop in which the transaction began is on the C stack, the frames below it have not run: nothing to restore.
 * I2. The copy holds no reference to a young object: the nursery was empty when it was made. Old objects do not move, and those
 *     in the copy are kept by c_stack_visit.
 * I3. C frames are all that is put back. Memory from malloc that such a frame holds across a call is not: vm_c_memory_enter.
 * I4. A transaction that begins in the middle of C code (after a wait, a system call) has no copy: the frame of that C code is not
 *     below the loop, so it either is inevitable, or its instruction runs again from the start. It becomes inevitable when
 *     its loop ends. */
#include "vm/exec/c_stack.h"
#include <alloca.h>
#include <stdlib.h>

typedef struct VmCStack {
    uint8_t *low;     /* where the bytes belong */
    size_t size, room;
    uint8_t *bytes;
    bool saved;       /* a copy for the running transaction exists */
    bool gone;        /* the loop in which it began has ended */
    bool aborted;     /* c_stack_aborted */
} VmCStack;

/* What copying costs at every begin; deeper recursion through C is inevitable as it returns. */
enum { C_STACK_MAX = 64 << 10, BELOW_MARGIN = 512 };

#ifdef WEFT_SAN_thread
#define C_STACK_OFF true /* its longjmp knows only frames that have not returned */
#else
#define C_STACK_OFF false
#endif

VmCStack *c_stack_new(void) { return calloc(1, sizeof(VmCStack)); }

void c_stack_free(VmThread *thread) {
    free(thread->c_stack->bytes);
    free(thread->c_stack);
}

/* Red zones of AddressSanitizer are copied like everything else. */
__attribute__((no_sanitize("address"))) static void copy(uint8_t *to, const uint8_t *from, size_t size) {
    for (size_t i = 0; i < size; i += 8) *(volatile uint64_t *)(to + i) = *(const volatile uint64_t *)(from + i);
}

void c_stack_save(VmThread *thread) {
    VmCStack *s = thread->c_stack;
    if (s->aborted) { /* the same begin again: the copy is still right */
        s->aborted = false;
        return;
    }
    s->saved = s->gone = false;
    if (C_STACK_OFF || thread->nesting < 2 || !thread->at_safepoint) return; /* I4 */
    uint8_t *low = (uint8_t *)thread->c_scan_from;
    size_t size = (size_t)((uint8_t *)thread->outer_scan_from - low) & ~(size_t)7;
    if (size > C_STACK_MAX) return;
    if (size > s->room) {
        uint8_t *grown = realloc(s->bytes, size);
        if (!grown) return;
        s->bytes = grown;
        s->room = size;
    }
    copy(s->bytes, low, size);
    s->low = low;
    s->size = size;
    s->saved = true;
}

bool c_stack_outlive(VmThread *thread) {
    VmCStack *s = thread->c_stack;
    if (s->gone) return true;
    if (!s->saved || thread->c_memory || stm_self->inevitable) return false;
    s->gone = true;
    stm_self->c_depth += UINT32_MAX / 2; /* no loop of its own is left: aborts jump */
    return true;
}

void c_stack_forget(VmThread *thread) { thread->c_stack->gone = thread->c_stack->saved = false; }

void c_stack_aborted(VmThread *thread) { thread->c_stack->aborted = true; }

void c_stack_visit(VmThread *thread, GcVisitor *v) {
    VmCStack *s = thread->c_stack;
    if (s->gone) gc_visit_stack(v, s->bytes, s->bytes + s->size);
}

/* On a frame below all that is written. */
__attribute__((noinline, no_sanitize("address"))) static _Noreturn void put_back(VmCStack *s) {
    copy(s->low, s->bytes, s->size);
    s->gone = false;
    siglongjmp(*stm_self->abort_jmp, 1);
}

__attribute__((noinline, no_sanitize("address"))) void c_stack_jump(void) {
    VmThread *thread = vm_thread();
    VmCStack *s = thread ? thread->c_stack : 0;
    if (!s || !s->gone) return;
    uint8_t *here = __builtin_frame_address(0);
    if (here > s->low - BELOW_MARGIN) {
        volatile uint8_t *room = alloca((size_t)(here - s->low) + 2 * BELOW_MARGIN);
        room[0] = 0;
    }
    put_back(s);
}
