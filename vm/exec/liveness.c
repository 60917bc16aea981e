/* Liveness of temporaries, by a backward pass over a code object's instructions: made at the first
 * collection that meets a frame of it, kept with the code.
 *
 * live[i * words ...] is the set of temporaries (register number less fixed_count) whose value is needed
 * when instruction i is executing: what i reads, and what later instructions or a handler read before
 * writing it. */
#include "stm/atomic.h"
#include "vm/exec/liveness.h"
#include "vm/exec/interp.h"
#include "vm/exec/opinfo.h"
#include <stdlib.h>

typedef struct Pass {
    const VmCode *code;
    uint64_t *live;
    uint32_t fixed, words;
    LivenessUse use;
    bool changed;
} Pass;

static void set_bit(const Pass *p, uint64_t *set, uint32_t reg) {
    if (reg < p->fixed || reg >= p->code->register_count) return;
    reg -= p->fixed;
    set[reg / 64] |= UINT64_C(1) << reg % 64;
}
static void clear_bit(const Pass *p, uint64_t *set, uint32_t reg) {
    if (reg < p->fixed || reg >= p->code->register_count) return;
    reg -= p->fixed;
    set[reg / 64] &= ~(UINT64_C(1) << reg % 64);
}

static void add_reads(const Pass *p, const VmInstr *i, const VmOpInfo *info, uint64_t *set) {
    if (p->use == LIVENESS_ITERATOR) {
        if (i->op == OP_FOR_ITER || i->op == OP_GET_ANEXT) set_bit(p, set, i->b);
        for (uint32_t k = 0; i->op == OP_FOR_LOOP && k < vm_run_read(*i); k++) set_bit(p, set, i->b + k);
        return;
    }
    if (p->use == LIVENESS_HANDLED) {
        if (i->op == OP_POP_EXC) set_bit(p, set, i->a);
        return;
    }
    if (info->a == 'R') set_bit(p, set, i->a);
    if (info->b == 'R') set_bit(p, set, i->b);
    if (info->c == 'R') set_bit(p, set, i->c);
    if (info->b == 'B' || info->c == 'B') {
        uint32_t first = info->b == 'B' ? i->b : i->c;
        uint32_t length = vm_run_read(*i);
        bool no_self = i->x && (i->op == OP_CALL || i->op == OP_CALL_KW); /* R[b+1] was not written */
        for (uint32_t k = 0; k < length; k++)
            if (k != 1 || !no_self) set_bit(p, set, first + k);
    }
    if (i->op == OP_YIELD_FROM || i->op == OP_LOAD_SUPER || i->op == OP_MAKE_CELL) set_bit(p, set, i->a);
}

static uint64_t *set_at(const Pass *p, uint32_t i) { return p->live + (size_t)i * p->words; }

static void add_set(const Pass *p, uint64_t *to, uint32_t from) {
    if (from >= p->code->instr_count) return;
    for (uint32_t w = 0; w < p->words; w++) to[w] |= set_at(p, from)[w];
}

static void visit(Pass *p, uint32_t at, const uint32_t *handler_of) {
    const VmInstr *i = &p->code->instrs[at];
    const VmOpInfo *info = vm_op_info(i->op);
    uint32_t next = at + 1 + info->ext_words;
    uint64_t set[p->words];
    memset(set, 0, sizeof set);
    if (!info->ends || i->op == OP_JUMP || i->op == OP_JUMP_BACK) {
        bool always = i->op == OP_JUMP || i->op == OP_JUMP_BACK;
        if (!always) add_set(p, set, next);
        if (info->jumps) {
            int32_t offset = info->bc == 'J' ? i->bc : (int16_t)i->c;
            add_set(p, set, (uint32_t)((int32_t)next + offset));
        }
    }
    if (info->a == 'W') clear_bit(p, set, i->a);
    for (uint32_t k = 0; info->a == 'D' && k < vm_run_written(*i); k++) clear_bit(p, set, i->a + k);
    if (handler_of[at] != UINT32_MAX) {
        const VmHandler *h = &p->code->handlers[handler_of[at]];
        uint64_t in_handler[p->words];
        memset(in_handler, 0, sizeof in_handler);
        add_set(p, in_handler, h->target);
        clear_bit(p, in_handler, h->exception_reg);
        for (uint32_t w = 0; w < p->words; w++) set[w] |= in_handler[w];
    }
    add_reads(p, i, info, set);
    uint64_t *old = set_at(p, at);
    for (uint32_t w = 0; w < p->words; w++) {
        if (old[w] != set[w]) p->changed = true;
        old[w] = set[w];
    }
}

/* The innermost handler of each instruction: the first that matches. */
static uint32_t *handlers_by_instr(const VmCode *code) {
    uint32_t *out = malloc((code->instr_count + 1) * sizeof *out);
    if (!out) return 0;
    memset(out, 0xff, code->instr_count * sizeof *out);
    for (uint32_t h = code->handler_count; h-- > 0;)
        for (uint32_t i = code->handlers[h].start; i < code->handlers[h].end && i < code->instr_count; i++)
            out[i] = h;
    return out;
}

uint64_t *liveness_compute(const VmCode *code, LivenessUse use) {
    uint32_t words = liveness_words(code);
    Pass pass = {code, calloc((size_t)code->instr_count * words, 8), code->fixed_count, words, use, true};
    uint32_t *handler_of = handlers_by_instr(code);
    uint32_t *starts = malloc(code->instr_count * sizeof *starts), count = 0;
    if (pass.live && handler_of && starts) {
        for (uint32_t i = 0; i < code->instr_count; i += 1 + vm_op_info(code->instrs[i].op)->ext_words)
            starts[count++] = i;
        while (pass.changed) {
            pass.changed = false;
            for (uint32_t k = count; k-- > 0;) visit(&pass, starts[k], handler_of);
        }
    } else {
        free(pass.live);
        pass.live = 0;
    }
    free(handler_of);
    free(starts);
    return pass.live;
}

/* What is needed once the callee, which has the arguments of the instruction at `pc` now, has returned or raised. */
static uint64_t live_after_call(const VmCode *code, const uint64_t *live, uint32_t words, const VmInstr *pc, uint32_t w) {
    uint32_t at = (uint32_t)(pc - code->instrs), next = at + 1 + vm_op_info(pc->op)->ext_words;
    const VmHandler *handler = vm_find_handler(code, at);
    return live[(size_t)next * words + w] | (handler ? live[(size_t)handler->target * words + w] : 0);
}

void liveness_clear_dead(VmFrame *frame, const VmFrame *callee) {
    VmCode *code = frame->code;
    uint32_t temporaries = code->register_count - code->fixed_count;
    if (temporaries == 0) return;
    uint32_t words = liveness_words(code);
    uint64_t *live = atomic_load_acquire(&code->live);
    if (!live) {
        uint64_t *made = liveness_compute(code, LIVENESS_ANY);
        if (!made) return;
        if (atomic_cas_acqrel(&code->live, &live, made))
            live = made;
        else free(made);
    }
    const uint64_t *set = live + (size_t)(frame->pc - code->instrs) * words;
    uint8_t op = frame->pc->op;
    bool handed_over = callee && !(callee->flags & FRAME_ENTRY) && (op == OP_CALL || op == OP_CALL_KW || op == OP_CALL_EX) &&
                       (callee->action == VM_RETURN_NEXT || callee->action == VM_RETURN_INIT);
    for (uint32_t w = 0; w < words; w++) {
        uint64_t needed = handed_over ? live_after_call(code, live, words, frame->pc, w) : set[w];
        for (uint32_t t = w * 64; t < temporaries && t < (w + 1) * 64; t++)
            if (!(needed >> t % 64 & 1)) frame->registers[code->fixed_count + t] = VM_UNBOUND;
    }
}
