/* The verifier of compiled code, for debug builds and for code that comes from a cache file.
 *
 * Checked: opcodes and EXT words, operands within the tables, jumps and handlers to the start of
 * instructions, control never leaves the end; and by data-flow, that every temporary is written
 * before it is read on every path. A handler starts with what is written at every instruction that
 * may raise into it. */
#include "vm/exec/verify_code.h"
#include "vm/exec/opinfo.h"
#include <stdarg.h>
#include <stdlib.h>

typedef struct {
    const VmCode *code;
    char *text;
    size_t size;
    bool failed;
    bool *starts;     /* an instruction starts at this word */
    int fixed, words; /* registers of variables; 64-bit words of a set of temporaries */
    uint64_t *
        written; /* a set for each word of code: written before it; reached[] tells whether known */
    bool *reached, *queued;
    uint32_t *queue, top;
} Check;

static bool fault(Check *k, uint32_t at, const char *format, ...) {
    if (k->failed) return false;
    k->failed = true;
    va_list ap;
    va_start(ap, format);
    int n = snprintf(k->text, k->size, "instruction %u: ", at);
    if (n > 0 && (size_t)n < k->size) vsnprintf(k->text + n, k->size - (size_t)n, format, ap);
    va_end(ap);
    return false;
}

/* ---- form ---------------------------------------------------------------------------------------
 */

static bool find_starts(Check *k) {
    const VmCode *code = k->code;
    uint32_t at = 0;
    while (at < code->instr_count) {
        unsigned op = code->instrs[at].op;
        if (op >= OP_COUNT || op == OP_EXT) return fault(k, at, "opcode %u", op);
        k->starts[at] = true;
        at += 1u + vm_op_info(op)->ext_words;
    }
    if (at != code->instr_count) return fault(k, at, "EXT words beyond the end");
    return true;
}

static bool check_target(Check *k, uint32_t at, int64_t target) {
    if (target >= 0 && target < k->code->instr_count && k->starts[target]) return true;
    return fault(k, at, "jump to %lld", (long long)target);
}

/* How many registers operand `letter` of the instruction stands for. */
static uint32_t run_length(VmInstr i, char letter, char which) {
    if (letter == 'R' || letter == 'W') return 1;
    switch (i.op) {
    case OP_LOAD_METHOD:
    case OP_LOAD_SPECIAL:
    case OP_EXC_GROUP_MATCH: return 2;
    case OP_UNPACK: return i.c;
    case OP_UNPACK_EX: return i.c + 1u + i.x;
    case OP_BUILD_SLICE: return 3;
    case OP_CALL:
    case OP_CALL_KW: return 2u + i.c;
    case OP_CALL_EX: return 3;
    case OP_BUILD_LIST:
    case OP_BUILD_TUPLE:
    case OP_BUILD_SET:
    case OP_BUILD_STRING: return i.c;
    case OP_BUILD_MAP: return 2u * i.c;
    case OP_IMPORT_NAME:
    case OP_WITH_EXCEPT_START:
    case OP_MATCH_CLASS: return 2;
    case OP_MAKE_FUNCTION: return (uint32_t)__builtin_popcount(i.x & 15);
    default: return which == 'b' ? 1 : 0;
    }
}

/* Some operations look at fewer registers than their letters say. */
static bool ignores(VmInstr i, char which) {
    if (i.op == OP_RAISE) return which == 'a' ? i.x == 0 : i.x < 2;
    return i.op == OP_FORMAT_VALUE && which == 'c' && !(i.x & 4);
}

static uint32_t fixed_registers(const VmCode *code) { return code->local_count + code->cell_count + code->free_count; }

static bool check_operand(Check *k, uint32_t at, char letter, char which, int32_t value) {
    const VmCode *code = k->code;
    VmInstr i = code->instrs[at];
    const VmOpInfo *info = vm_op_info(i.op);
    if (ignores(i, which)) return true;
    switch (letter) {
    case 'R':
    case 'W':
    case 'B':
    case 'D': {
        uint32_t n = run_length(i, letter, which);
        if (n && (uint32_t)value + n > code->register_count)
            return fault(k, at, "register %d of %u", value, code->register_count);
        return true;
    }
    case 'K':
        if ((uint32_t)value >= code->constant_count) return fault(k, at, "constant %d", value);
        return true;
    case 'N':
        if ((uint32_t)value >= code->name_count) return fault(k, at, "name %d", value);
        return true;
    case 'E':
        if ((uint32_t)value < fixed_registers(code) || (uint32_t)value > code->register_count) return fault(k, at, "end of temporaries %d", value);
        return true;
    case 'J': return check_target(k, at, (int64_t)at + 1 + info->ext_words + value);
    default: return true;
    }
}

static bool check_form(Check *k) {
    const VmCode *code = k->code;
    for (uint32_t at = 0; at < code->instr_count; at++) {
        if (!k->starts[at]) continue;
        VmInstr i = code->instrs[at];
        const VmOpInfo *info = vm_op_info(i.op);
        if (!check_operand(k, at, info->a, 'a', i.a)) return false;
        if (info->bc) {
            if (!check_operand(k, at, info->bc, 'b', i.bc)) return false;
        } else if (!check_operand(k, at, info->b, 'b', i.b) ||
                   !check_operand(k, at, info->c, 'c', info->c == 'J' ? (int16_t)i.c : i.c))
            return false;
        if (info->data) {
            uint64_t data = code->instrs[at + info->ext_words].word;
            if (data >= code->constant_count) return fault(k, at, "constant of names");
        }
    }
    for (uint32_t n = 0; n < code->handler_count; n++) {
        const VmHandler *h = &code->handlers[n];
        if (h->start >= h->end || h->end > code->instr_count ||
            h->exception_reg >= code->register_count)
            return fault(k, h->start, "handler %u", n);
        if (!check_target(k, h->start, h->target)) return false;
    }
    return true;
}

/* ---- temporaries: written before read
 * -------------------------------------------------------------- */

static bool is_written(const Check *k, const uint64_t *set, uint32_t reg) {
    if ((int)reg < k->fixed) return true;
    reg -= (uint32_t)k->fixed;
    return set[reg / 64] >> reg % 64 & 1;
}

static void mark_written(const Check *k, uint64_t *set, uint32_t reg) {
    if ((int)reg < k->fixed) return;
    reg -= (uint32_t)k->fixed;
    set[reg / 64] |= UINT64_C(1) << reg % 64;
}

static void mark_forgotten(const Check *k, uint64_t *set, uint32_t first) {
    for (uint32_t reg = first; reg < k->code->register_count; reg++)
        set[(reg - (uint32_t)k->fixed) / 64] &= ~(UINT64_C(1) << (reg - (uint32_t)k->fixed) % 64);
}

static bool reads_run(Check *k, uint32_t at, const uint64_t *set, uint32_t first, uint32_t n) {
    VmInstr i = k->code->instrs[at];
    bool call = (i.op == OP_CALL || i.op == OP_CALL_KW) && i.x;
    for (uint32_t r = 0; r < n; r++) {
        if (call && r == 1) continue; /* the self slot of a plain call */
        if (!is_written(k, set, first + r)) return fault(k, at, "r%u is read unwritten", first + r);
    }
    return true;
}

static bool check_reads(Check *k, uint32_t at, const uint64_t *set) {
    VmInstr i = k->code->instrs[at];
    const VmOpInfo *info = vm_op_info(i.op);
    const char letters[3] = {info->a, info->bc ? '-' : info->b, info->bc ? '-' : info->c};
    const uint32_t values[3] = {i.a, i.b, i.c};
    for (int o = 0; o < 3; o++) {
        char which = (char)('a' + o);
        bool both =
            o == 0 && (i.op == OP_YIELD_FROM || i.op == OP_LOAD_SUPER); /* read and written */
        if (letters[o] != 'R' && letters[o] != 'B' && !both) continue;
        if (ignores(i, which)) continue;
        uint32_t n = both ? 1 : run_length(i, letters[o], which);
        if (!reads_run(k, at, set, values[o], n)) return false;
    }
    return true;
}

static void flow_to(Check *k, uint32_t at, const uint64_t *set) {
    uint64_t *in = k->written + (size_t)at * (size_t)k->words;
    bool changed = !k->reached[at];
    for (int w = 0; w < k->words; w++) {
        uint64_t both = k->reached[at] ? in[w] & set[w] : set[w];
        changed |= both != in[w];
        in[w] = both;
    }
    k->reached[at] = true;
    if (changed && !k->queued[at]) {
        k->queued[at] = true;
        k->queue[k->top++] = at;
    }
}

static void flow_to_handler(Check *k, uint32_t at, uint64_t *set, uint64_t *scratch) {
    const VmCode *code = k->code;
    for (uint32_t n = 0; n < code->handler_count; n++) {
        const VmHandler *h = &code->handlers[n];
        if (at < h->start || at >= h->end) continue;
        memcpy(scratch, set, (size_t)k->words * 8);
        mark_written(k, scratch, h->exception_reg);
        flow_to(k, h->target, scratch);
        return;
    }
}

/* The instruction behind is reached for the first time: it comes next, without going through the queue. */
static bool fall_into(Check *k, uint32_t at, const uint64_t *set) {
    if (k->reached[at]) {
        flow_to(k, at, set);
        return false;
    }
    memcpy(k->written + (size_t)at * (size_t)k->words, set, (size_t)k->words * 8);
    return k->reached[at] = true;
}

/* True: control goes on to *at, which is new. */
static bool follow(Check *k, uint32_t *place, uint64_t *set, uint64_t *scratch) {
    const uint32_t at = *place;
    const VmCode *code = k->code;
    VmInstr i = code->instrs[at];
    const VmOpInfo *info = vm_op_info(i.op);
    uint32_t next = at + 1u + info->ext_words;
    memcpy(set, k->written + (size_t)at * (size_t)k->words, (size_t)k->words * 8);
    if (!check_reads(k, at, set)) return false;
    if (info->c == 'E') mark_forgotten(k, set, i.c);
    if (i.op == OP_YIELD_FROM && !(is_written(k, set, i.a) && is_written(k, set, i.b))) return fault(k, at, "forgets what it needs");
    if (info->raises || info->calls) flow_to_handler(k, at, set, scratch);
    if (info->bc == 'J')
        flow_to(k, (uint32_t)((int64_t)next + i.bc), set);
    else if (info->c == 'J')
        flow_to(k, (uint32_t)((int64_t)next + (int16_t)i.c), set);
    if (info->ends) return false;
    if (next >= code->instr_count) return fault(k, at, "control runs off the end");
    if (info->a == 'W' || info->a == 'D') {
        uint32_t n = run_length(i, info->a, 'a');
        for (uint32_t r = 0; r < n; r++) mark_written(k, set, i.a + r);
    }
    *place = next;
    return fall_into(k, next, set);
}

static void check_flow(Check *k) {
    const VmCode *code = k->code;
    k->fixed = (int)fixed_registers(code);
    k->words = ((int)code->register_count - k->fixed + 63) / 64 + 1;
    k->written = calloc((size_t)code->instr_count * (size_t)k->words, 8);
    uint64_t *set = calloc((size_t)k->words * 2, 8);
    flow_to(k, 0, set);
    while (k->top && !k->failed) {
        uint32_t at = k->queue[--k->top];
        k->queued[at] = false;
        while (follow(k, &at, set, set + k->words)) continue;
    }
    free(set);
    free(k->written);
}

const char *vm_code_fault(const VmCode *code, char *text, size_t size) {
    Check k = {.code = code, .text = text, .size = size};
    uint32_t n = code->instr_count;
    k.starts = calloc(n + 1, 1);
    k.reached = calloc(n + 1, 1);
    k.queued = calloc(n + 1, 1);
    k.queue = calloc(n + 1, sizeof *k.queue);
    if (!n)
        fault(&k, 0, "no code");
    else if (find_starts(&k) && check_form(&k))
        check_flow(&k);
    free(k.starts);
    free(k.reached);
    free(k.queued);
    free(k.queue);
    return k.failed ? text : 0;
}

void vm_verify_code(VmCode *code) {
    char text[200];
    if (!vm_code_fault(code, text, sizeof text)) return;
    vm_disassemble(code, stderr);
    stm_fatal("bad code: %s", text);
}
