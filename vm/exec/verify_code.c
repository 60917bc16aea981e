/* The verifier of compiled code, for debug builds, for code that comes from a cache file and for code that programs make.
 *
 * Checked: opcodes and EXT words; jumps and handlers to the start of instructions, jumps forwards but for JUMP_BACK, which is a safepoint;
 * control never leaves the end; operands within the code's tables; constants of the types that instructions ask for. And by data-flow, that
 * every register holds what its reader relies on (operand_kind.tbl) on every path.
 *
 * The data-flow is one walk in the order of the words. What is known of the registers is kept where ways meet only: at the targets of jumps and
 * handlers. As nothing but JUMP_BACK leads back, all other ways to a place have been followed when the walk comes to it; where a JUMP_BACK
 * brings less than was known at the loop's head, the walk begins there again.
 *
 * I1. A handler starts with what is known at every instruction that it covers, as trace functions may raise before any.
 * I2. Of variables nothing is known but whether they are bound, and which are cells: trace functions may rebind them. */
#include "vm/exec/verify_code.h"
#include "vm/exec/opinfo.h"
#include <stdarg.h>
#include <stdlib.h>

typedef uint64_t __attribute__((may_alias)) FactsWord;
enum { FACTS_PER_WORD = sizeof(FactsWord) / sizeof(VmFacts) };

enum { /* of a word of code: an instruction starts, ways meet; above: number of what is known there */
       MARK_START = 1,
       MARK_TARGET = 2,
       MARK_SHIFT = 2
};

typedef struct {
    const VmCode *code;
    char *text;
    size_t size;
    bool failed;
    bool generator;
    uint32_t fixed; /* registers of variables */
    uint32_t *marks;
    uint32_t target_count, stride; /* stride: registers, up to whole words */
    VmFacts *targets;              /* facts of all registers at each target that a way has led to */
    uint32_t reached;              /* of them; they are numbered from 1 */
    VmFacts *now;                  /* before the instruction that is looked at */
    uint32_t handler;              /* the row of the table that covers it or comes next */
    bool covered;
    uint32_t lost_from, lost_to; /* registers of which less is known than the handler has been told */
    uint32_t again;              /* a target before this place of which less is known now; or UINT32_MAX */
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

/* ---- form --------------------------------------------------------------------------------------------------------------------------- */

static int64_t jump_target(const VmInstr *i, const VmOpInfo *info, uint32_t at) {
    return (int64_t)at + 1 + info->ext_words + (info->bc == 'J' ? i->bc : (int16_t)i->c);
}

static bool mark_target(Check *k, uint32_t at, int64_t target) {
    if (target < 0 || target >= k->code->instr_count) return fault(k, at, "jump to %lld", (long long)target);
    k->target_count += !(k->marks[target] & MARK_TARGET);
    k->marks[target] |= MARK_TARGET;
    return true;
}

static bool mark_instrs(Check *k) {
    const VmCode *code = k->code;
    uint32_t at = 0;
    while (at < code->instr_count) {
        const VmInstr *i = &code->instrs[at];
        if (i->op >= OP_COUNT || i->op == OP_EXT) return fault(k, at, "opcode %u", i->op);
        const VmOpInfo *info = vm_op_info(i->op);
        k->marks[at] |= MARK_START;
        if (info->jumps) {
            int64_t target = jump_target(i, info, at);
            if ((target <= at) != (i->op == OP_JUMP_BACK)) return fault(k, at, "jump to %lld", (long long)target);
            if (!mark_target(k, at, target)) return false;
        }
        at += 1u + info->ext_words;
    }
    return at == code->instr_count || fault(k, at, "EXT words beyond the end");
}

static bool mark_handlers(Check *k) {
    const VmCode *code = k->code;
    uint32_t end = 0;
    for (uint32_t n = 0; n < code->handler_count; n++) {
        const VmHandler *h = &code->handlers[n];
        if (h->start < end || h->start >= h->end || h->end > code->instr_count || h->target < h->end ||
            h->exception_reg >= code->register_count)
            return fault(k, h->start, "handler %u", n);
        if (!mark_target(k, h->start, h->target)) return false;
        end = h->end;
    }
    return true;
}

static bool check_targets(Check *k) {
    for (uint32_t at = 0; k->target_count && at < k->code->instr_count; at++)
        if (k->marks[at] == MARK_TARGET) return fault(k, at, "is a target inside of an instruction");
    return true;
}

/* ---- ways ----------------------------------------------------------------------------------------------------------------------------- */

static VmFacts *facts_at(const Check *k, uint32_t number) { return k->targets + (size_t)(number - 1) * k->stride; }

/* A way leads to a target with what is known now. True: it is less than what was known there. */
static bool flow_to(Check *k, uint32_t target) {
    uint32_t number = k->marks[target] >> MARK_SHIFT;
    if (!number) {
        number = ++k->reached;
        k->marks[target] |= number << MARK_SHIFT;
        memcpy(facts_at(k, number), k->now, k->stride * sizeof(VmFacts));
        return false;
    }
    FactsWord *to = (FactsWord *)facts_at(k, number), lost = 0;
    const FactsWord *from = (const FactsWord *)k->now;
    for (uint32_t w = 0; w < k->stride / FACTS_PER_WORD; w++) {
        lost |= to[w] & ~from[w];
        to[w] &= from[w];
    }
    return lost != 0;
}

/* The handler's own register is written on the way to it. */
static void flow_to_handler(Check *k) {
    const VmHandler *h = &k->code->handlers[k->handler];
    VmFacts was = k->now[h->exception_reg];
    k->now[h->exception_reg] = h->exception_reg < k->fixed ? FACTS_object : FACTS_exception;
    flow_to(k, h->target);
    k->now[h->exception_reg] = was;
}

static void tell_handler(Check *k) {
    const VmHandler *h = &k->code->handlers[k->handler];
    VmFacts *to = facts_at(k, k->marks[h->target] >> MARK_SHIFT);
    for (uint32_t r = k->lost_from; r < k->lost_to; r++)
        if (r != h->exception_reg) to[r] &= k->now[r];
}

/* Before the instruction at `at`; `met`: other ways have come in. */
static void enter_handlers(Check *k, uint32_t at, bool met) {
    const VmCode *code = k->code;
    bool same = k->covered;
    while (k->handler < code->handler_count && code->handlers[k->handler].end <= at) k->handler++, same = false;
    k->covered = k->handler < code->handler_count && code->handlers[k->handler].start <= at;
    if (k->covered && (!same || met)) flow_to_handler(k);
    else if (k->covered && k->lost_from < k->lost_to) tell_handler(k);
    k->lost_from = UINT32_MAX, k->lost_to = 0;
}

/* ---- registers ---------------------------------------------------------------------------------------------------------------------- */

static bool is_cell_variable(const VmCode *code, uint32_t reg) {
    return reg >= code->local_count || code->cell_of_local[reg] >= 0;
}

static void set_facts(Check *k, uint32_t reg, VmFacts facts) {
    if (UNLIKELY(k->now[reg] & ~facts)) {
        if (reg < k->lost_from) k->lost_from = reg;
        if (reg >= k->lost_to) k->lost_to = reg + 1;
    }
    k->now[reg] = facts;
}

static bool write(Check *k, uint32_t at, uint32_t reg, VmFacts facts) {
    if (UNLIKELY(reg >= k->code->register_count)) return fault(k, at, "register %u of %u", reg, k->code->register_count);
    if (reg < k->fixed) {
        if (UNLIKELY(facts == FACTS_handled)) return fault(k, at, "r%u is a variable", reg);
        VmFacts kept = is_cell_variable(k->code, reg) ? FACTS_cell : FACTS_object; /* I2 */
        facts &= kept;
    }
    set_facts(k, reg, facts);
    return true;
}

static bool read(Check *k, uint32_t at, uint32_t reg, VmFacts needed) {
    if (LIKELY(reg < k->code->register_count && (k->now[reg] & needed) == needed)) return true;
    if (reg >= k->code->register_count) return fault(k, at, "register %u of %u", reg, k->code->register_count);
    return fault(k, at, k->now[reg] & FACTS_any ? "r%u holds something else" : "r%u is read unwritten", reg);
}

static VmFacts kind_in_run(const VmFacts *facts, uint32_t n) { return facts[n < VM_RUN_KINDS ? n : VM_RUN_KINDS - 1]; }

static bool read_run(Check *k, uint32_t at, const VmInstr *i, uint32_t first, const VmFacts *facts) {
    uint32_t count = vm_run_read(*i);
    if ((uint64_t)first + count > k->code->register_count) return fault(k, at, "register %u of %u", first + count - 1, k->code->register_count);
    bool call = i->op == OP_CALL || i->op == OP_CALL_KW;
    for (uint32_t n = 0; n < count; n++) {
        if (call && n == 1 && i->x) continue; /* the self slot of a plain call */
        if (!read(k, at, first + n, kind_in_run(facts, n))) return false;
    }
    if (!call) return true;
    /* Calls use their arguments' registers for themselves. */
    if (first < k->fixed) return fault(k, at, "arguments in variables");
    for (uint32_t n = 0; n < count; n++) set_facts(k, first + n, n == 1 ? FACTS_any : FACTS_object);
    return true;
}

/* Some operations look at fewer registers than their letters say. */
static bool ignores(const VmInstr *i, int operand) {
    if (i->op == OP_RAISE) return operand == 0 ? i->x == 0 : i->x < 2;
    return i->op == OP_FORMAT_VALUE && operand == 2 && !(i->x & 4);
}

static bool is_read_too(unsigned op) { return op == OP_YIELD_FROM || op == OP_LOAD_SUPER || op == OP_MAKE_CELL; }

static bool check_operand(Check *k, uint32_t at, const VmInstr *i, char letter, int operand, int32_t value) {
    const VmFacts *facts = vm_op_info(i->op)->facts[operand];
    switch (letter) {
    case 'R': return ignores(i, operand) ? value == 0 || (uint32_t)value < k->code->register_count || fault(k, at, "register %d", value)
                                         : read(k, at, (uint32_t)value, facts[0]);
    case 'B': return read_run(k, at, i, (uint32_t)value, facts);
    case 'W': return !is_read_too(i->op) || read(k, at, (uint32_t)value, i->op == OP_MAKE_CELL ? FACTS_any : facts[0]);
    case 'K': return (uint32_t)value < k->code->constant_count || fault(k, at, "constant %d", value);
    case 'N': return (uint32_t)value < k->code->name_count || fault(k, at, "name %d", value);
    case 'E': if (!k->generator) return fault(k, at, "no generator");
              return ((uint32_t)value >= k->fixed && (uint32_t)value <= k->code->register_count) || fault(k, at, "end of temporaries %d", value);
    default: return true;
    }
}

static bool check_operands(Check *k, uint32_t at, const VmInstr *i, const VmOpInfo *info) {
    if (UNLIKELY(i->x >= info->x_limit)) return fault(k, at, "x is %u", i->x);
    if (!check_operand(k, at, i, info->a, 0, i->a)) return false;
    if (info->bc) return check_operand(k, at, i, info->bc, 1, i->bc);
    return check_operand(k, at, i, info->b, 1, i->b) && check_operand(k, at, i, info->c, 2, i->c);
}

/* ---- operations that ask for more ------------------------------------------------------------------------------------------------------ */

static bool is_tuple_of_str(Value v) {
    if (!is_ref(v) || !is_exactly(v, TYPE_TUPLE)) return false;
    for (int64_t n = 0; n < tuple_length(v); n++)
        if (!is_ref(tuple_item(v, n)) || !is_exactly(tuple_item(v, n), TYPE_STR)) return false;
    return true;
}

static bool check_keywords(Check *k, uint32_t at, const VmInstr *i) {
    uint64_t number = i[vm_op_info(i->op)->ext_words].word;
    if (number >= k->code->constant_count) return fault(k, at, "constant of names");
    Value names = k->code->constants[number];
    return (is_tuple_of_str(names) && tuple_length(names) <= i->c) || fault(k, at, "names of keywords");
}

static bool check_function(Check *k, uint32_t at, const VmInstr *i) {
    Value constant = k->code->constants[i->b];
    if (i->x > 15) return fault(k, at, "x is %u", i->x);
    if (!is_ref(constant) || !is_exactly(constant, TYPE_CODE)) return fault(k, at, "no code");
    bool has_frees = vm_code((uint32_t)REF(PyCode, constant)->code_id)->free_count > 0, has_closure = i->x & 8;
    if (has_frees != has_closure) return fault(k, at, "closure");
    if (i->x & 4 && !read(k, at, i->c + (uint32_t)__builtin_popcount(i->x & 3), FACTS_tuple)) return false; /* annotations */
    return !has_closure || read(k, at, i->c + vm_run_read(*i) - 1, FACTS_cells);
}

static bool check_immediate(Check *k, uint32_t at, Value v) {
    bool fine = is_int(v) || v == VM_NONE || is_bool(v) || v == VM_ELLIPSIS || v == VM_UNBOUND;
    return fine || fault(k, at, "immediate %#llx", (unsigned long long)v);
}

static bool check_special(Check *k, uint32_t at, const VmInstr *i) {
    switch (i->op) {
    case OP_LOAD_IMM: return check_immediate(k, at, (Value)(int64_t)i->bc);
    case OP_CALL_KW: return check_keywords(k, at, i);
    case OP_MAKE_FUNCTION: return check_function(k, at, i);
    case OP_MATCH_CLASS: return is_tuple_of_str(k->code->constants[i->c]) || fault(k, at, "names of attributes");
    case OP_LOAD_SUPER: return !i->x || read(k, at, i->c, FACTS_cell);
    case OP_JUMP_CMP:
    case OP_JUMP_CMP_I: return (i->x & 7) <= PY_GE || fault(k, at, "x is %u", i->x);
    case OP_RETURN_GENERATOR: return at == 0 || fault(k, at, "is no entry");
    case OP_YIELD_FROM: return (i->a < i->c && i->b < i->c) || fault(k, at, "forgets what it needs");
    default: return true;
    }
}

static VmFacts facts_of_constant(Value v) {
    if (!is_ref(v)) return FACTS_object;
    return is_exactly(v, TYPE_STR) ? FACTS_str : is_exactly(v, TYPE_TUPLE) ? FACTS_tuple : FACTS_object;
}

static VmFacts facts_of_tuple(const Check *k, const VmInstr *i) {
    VmFacts all = FACTS_cell;
    for (uint32_t n = 0; n < i->c; n++) all &= k->now[i->b + n];
    return i->c && all == FACTS_cell ? FACTS_cells : FACTS_tuple;
}

/* What R[a] holds after the instruction. */
static VmFacts facts_written(const Check *k, const VmInstr *i, const VmOpInfo *info) {
    switch (i->op) {
    case OP_MOVE: return k->now[i->b];
    case OP_LOAD_CONST: return facts_of_constant(k->code->constants[i->bc]);
    case OP_LOAD_IMM: return (Value)(int64_t)i->bc == VM_UNBOUND ? FACTS_any : FACTS_object;
    case OP_BUILD_TUPLE: return facts_of_tuple(k, i);
    default: return info->facts[0][0];
    }
}

static bool write_results(Check *k, uint32_t at, const VmInstr *i, const VmOpInfo *info) {
    if (info->a == 'W') return write(k, at, i->a, facts_written(k, i, info));
    if (info->a == 'D') {
        uint32_t count = vm_run_written(*i);
        for (uint32_t n = 0; n < count; n++)
            if (!write(k, at, i->a + n, kind_in_run(info->facts[0], n))) return false;
    }
    if (i->op == OP_CHECK_BOUND) set_facts(k, i->a, k->now[i->a] | FACTS_object);
    return true;
}

/* ---- the walk ------------------------------------------------------------------------------------------------------------------------- */

/* A jump that tells None from an exception. */
static void jump_by_none(Check *k, const VmInstr *i, uint32_t target) {
    VmFacts was = k->now[i->a], not_none = (was & FACTS_maybe_exception) == FACTS_maybe_exception ? FACTS_exception : was;
    if (i->op == OP_JUMP_IF_NOT_NONE) k->now[i->a] = not_none;
    flow_to(k, target);
    k->now[i->a] = i->op == OP_JUMP_IF_NONE ? not_none : was;
}

/* The temporaries from `first` on; an exception thrown into the waiting generator is handled without them. */
static void forget(Check *k, uint32_t first) {
    for (uint32_t reg = first; reg < k->code->register_count; reg++) set_facts(k, reg, 0);
    if (k->covered && k->lost_from < k->lost_to) tell_handler(k);
}

/* False: control does not go on behind the instruction. */
static bool step(Check *k, uint32_t at, uint32_t next) {
    const VmInstr *i = &k->code->instrs[at];
    const VmOpInfo *info = vm_op_info(i->op);
    if (!check_operands(k, at, i, info) || !check_special(k, at, i)) return false;
    if (info->c == 'E') forget(k, i->c);
    if (info->jumps) {
        uint32_t target = (uint32_t)jump_target(i, info, at);
        if (i->op == OP_JUMP_IF_NONE || i->op == OP_JUMP_IF_NOT_NONE) jump_by_none(k, i, target);
        else if (flow_to(k, target) && target < k->again && i->op == OP_JUMP_BACK) k->again = target;
    }
    if (info->ends) return false;
    if (next >= k->code->instr_count) return fault(k, at, "control runs off the end");
    return write_results(k, at, i, info);
}

/* From a place that is known. */
static void walk(Check *k, uint32_t at) {
    const VmCode *code = k->code;
    bool runs = at == 0;
    k->handler = 0;
    k->covered = false;
    k->lost_from = UINT32_MAX, k->lost_to = 0;
    k->again = UINT32_MAX;
    for (uint32_t next; at < code->instr_count && !k->failed; at = next) {
        next = at + 1 + vm_op_info(code->instrs[at].op)->ext_words;
        bool met = k->marks[at] & MARK_TARGET;
        if (met) {
            if (runs) flow_to(k, at);
            runs = k->marks[at] >> MARK_SHIFT;
            if (runs) memcpy(k->now, facts_at(k, k->marks[at] >> MARK_SHIFT), k->stride * sizeof(VmFacts));
        }
        if (!runs) continue;
        enter_handlers(k, at, met);
        runs = step(k, at, next);
    }
}

static void set_entry(Check *k) {
    const VmCode *code = k->code;
    uint32_t parameters = code->arg_count + code->kwonly_count + !!(code->flags & CODE_VARARGS) + !!(code->flags & CODE_VARKEYWORDS);
    uint32_t frees = code->local_count + code->cell_count;
    for (uint32_t r = 0; r < k->stride; r++)
        k->now[r] = r < parameters ? FACTS_object : r < frees ? FACTS_any : r < k->fixed ? FACTS_cell : 0;
}

static void check_flow(Check *k) {
    k->stride = (k->code->register_count + FACTS_PER_WORD) / FACTS_PER_WORD * FACTS_PER_WORD;
    k->targets = malloc(((size_t)k->target_count + 1) * k->stride * sizeof(VmFacts));
    if (!k->targets) stm_out_of_memory("out of memory while checking code");
    k->now = k->targets + (size_t)k->target_count * k->stride;
    k->generator = k->code->instrs[0].op == OP_RETURN_GENERATOR;
    set_entry(k);
    walk(k, 0);
    while (k->again != UINT32_MAX && !k->failed) walk(k, k->again);
    free(k->targets);
}

const char *vm_code_fault(const VmCode *code, char *text, size_t size) {
    Check k = {.code = code, .text = text, .size = size, .fixed = code->local_count + code->cell_count + code->free_count};
    if (!code->instr_count) {
        fault(&k, 0, "no code");
        return text;
    }
    k.marks = calloc(code->instr_count, sizeof *k.marks);
    if (!k.marks) stm_out_of_memory("out of memory while checking code");
    if (mark_instrs(&k) && mark_handlers(&k) && check_targets(&k)) check_flow(&k);
    free(k.marks);
    return k.failed ? text : 0;
}

void vm_verify_code(VmCode *code) {
    char text[200];
    if (!vm_code_fault(code, text, sizeof text)) return;
    vm_disassemble(code, stderr);
    stm_fatal("bad code: %s", text);
}
