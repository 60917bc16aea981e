/* Passes over the instructions of a unit before assembly: jump threading, removal of unreachable
 * code, of jumps to the next instruction and of NOPs, removal of CHECK_BOUND where the local is certainly
 * bound. A line that the program goes through keeps an instruction, for trace functions.
 *
 * The last is a forward data-flow analysis over basic blocks. Parameters are bound at entry; a
 * store or a passed CHECK_BOUND binds, a store of UNBOUND unbinds; a handler starts with what is
 * bound at every instruction that may raise into it. */
#include "vm/front/compiler.h"
#include "vm/exec/opinfo.h"

enum { MAX_THREADING = 16 };

static bool may_raise(const IrInstr *i) {
    const VmOpInfo *info = vm_op_info(i->op);
    return info->raises || info->calls;
}

static int target_of(const Unit *u, const IrInstr *i) { return u->labels[i->label].position; }

/* Is an event for the line of `i` no loss, right after `before`? */
static bool line_may_go(const IrInstr *i, const IrInstr *before) {
    return i->pos.lineno < 0 || i->pos.lineno == before->pos.lineno;
}

static void thread_jumps(Unit *u) {
    for (int n = 0; n < u->count; n++) {
        IrInstr *i = &u->code[n];
        if (i->label == NO_LABEL || i->op == OP_JUMP_BACK) continue;
        for (int hops = 0; hops < MAX_THREADING; hops++) {
            const IrInstr *to = &u->code[target_of(u, i)];
            if (to->op != OP_JUMP || to->label == i->label || !line_may_go(to, i)) break;
            i->label = to->label;
        }
        const IrInstr *to = &u->code[target_of(u, i)];
        if (i->op != OP_JUMP || (to->op != OP_RETURN && to->op != OP_JUMP_BACK)) continue;
        if (i->pos.lineno >= 0 && !line_may_go(to, i)) continue;
        AstPos pos = to->pos.lineno < 0 ? i->pos : to->pos;
        *i = *to;
        i->pos = pos;
    }
}

/* ---- reachable code ---------------------------------------------------------------------------
 */

static void reach(const Unit *u, bool *reached, int *stack, int *top, int at) {
    (void)u;
    if (reached[at]) return;
    reached[at] = true;
    stack[(*top)++] = at;
}

static bool *find_reachable(Compiler *c, const Unit *u) {
    bool *reached = ARENA_ARRAY(c->arena, bool, u->count);
    int *stack = ARENA_ARRAY(c->arena, int, u->count), top = 0;
    reach(u, reached, stack, &top, 0);
    while (top) {
        int at = stack[--top];
        const IrInstr *i = &u->code[at];
        if (i->label != NO_LABEL) reach(u, reached, stack, &top, target_of(u, i));
        if (!vm_op_info(i->op)->ends) reach(u, reached, stack, &top, at + 1);
        if (i->handler != NO_HANDLER && may_raise(i))
            reach(u, reached, stack, &top, u->labels[u->handlers[i->handler].label].position);
    }
    return reached;
}

/* Keeps the instructions with keep[i]; labels move to the next one kept. */
static void compact(Compiler *c, Unit *u, const bool *keep) {
    int32_t *moved = ARENA_ARRAY(c->arena, int32_t, u->count + 1);
    int n = 0;
    for (int i = 0; i < u->count; i++) {
        moved[i] = n;
        if (keep[i]) u->code[n++] = u->code[i];
    }
    moved[u->count] = n;
    for (int i = 0; i < u->label_count; i++)
        if (u->labels[i].position >= 0) u->labels[i].position = moved[u->labels[i].position];
    u->count = n;
}

static void drop_jumps_to_next(Compiler *c, Unit *u) {
    for (bool again = true; again;) {
        bool *keep = ARENA_ARRAY(c->arena, bool, u->count);
        again = false;
        for (int i = 0; i < u->count; i++) {
            IrInstr *jump = &u->code[i];
            keep[i] = jump->op != OP_JUMP || target_of(u, jump) != i + 1;
            if (!keep[i] && jump->pos.lineno >= 0) jump->op = OP_NOP, jump->label = NO_LABEL, keep[i] = true;
            again |= !keep[i];
        }
        if (again) compact(c, u, keep);
    }
}

/* ---- pairs of instructions ----------------------------------------------------------------------
 */

static bool invert(IrInstr *i) {
    switch (i->op) {
    case OP_JUMP_IF_TRUE: i->op = OP_JUMP_IF_FALSE; return true;
    case OP_JUMP_IF_FALSE: i->op = OP_JUMP_IF_TRUE; return true;
    case OP_JUMP_IF_NONE: i->op = OP_JUMP_IF_NOT_NONE; return true;
    case OP_JUMP_IF_NOT_NONE: i->op = OP_JUMP_IF_NONE; return true;
    case OP_JUMP_IS: i->x ^= 1; return true;
    case OP_JUMP_CMP:
    case OP_JUMP_CMP_I: i->x ^= 8; return true;
    default: return false;
    }
}

static bool *find_targets(Compiler *c, const Unit *u) {
    bool *target = ARENA_ARRAY(c->arena, bool, u->count + 1);
    for (int n = 0; n < u->count; n++) {
        const IrInstr *i = &u->code[n];
        if (i->label != NO_LABEL) target[target_of(u, i)] = true;
        if (i->handler != NO_HANDLER && may_raise(i))
            target[u->labels[u->handlers[i->handler].label].position] = true;
    }
    return target;
}

/* Those whose line the instruction before or behind has too; if that behind has none, it takes it. */
static void drop_nops(Compiler *c, Unit *u) {
    bool *target = find_targets(c, u), *keep = ARENA_ARRAY(c->arena, bool, u->count), any = false;
    for (int n = 0, before = -1; n < u->count; n++) {
        IrInstr *i = &u->code[n], *next = &u->code[n + 1];
        keep[n] = true;
        if (target[n]) before = -1;
        if (i->op == OP_NOP && n + 1 < u->count) {
            keep[n] = !(line_may_go(i, next) || (before >= 0 && line_may_go(i, &u->code[before])));
            if (keep[n] && next->pos.lineno < 0 && !target[n + 1]) next->pos = i->pos, keep[n] = false;
        }
        any |= !keep[n];
        if (keep[n]) before = vm_op_info(i->op)->ends ? -1 : n;
    }
    if (any) compact(c, u, keep);
}

/* A value that is only moved to be returned. */
static bool moves_to_return(const Unit *u, int n) {
    const IrInstr *move = &u->code[n], *ret = &u->code[n + 1];
    return move->op == OP_MOVE && ret->op == OP_RETURN && ret->a == move->a &&
           move->a >= u->temp_base;
}

/* `return a if c else b` returns each directly. `if c: break`: the opposite condition jumps where
 * the JUMP would. */
static void merge_pairs(Compiler *c, Unit *u) {
    bool *target = find_targets(c, u), *keep = ARENA_ARRAY(c->arena, bool, u->count), any = false;
    for (int n = 0; n < u->count; n++) keep[n] = true;
    for (int n = 0; n + 1 < u->count; n++) {
        if (target[n + 1] || !moves_to_return(u, n)) continue;
        u->code[n + 1].a = u->code[n].b;
        keep[n] = false;
        any = true;
    }
    for (int n = 0; n + 2 < u->count; n++) {
        IrInstr *i = &u->code[n], *jump = &u->code[n + 1];
        if (i->label == NO_LABEL || target_of(u, i) != n + 2 || jump->op != OP_JUMP ||
            target[n + 1] || !line_may_go(jump, i) || !invert(i))
            continue;
        i->label = jump->label;
        keep[n + 1] = false;
        any = true;
    }
    if (any) compact(c, u, keep);
}

/* ---- definite assignment ------------------------------------------------------------------------
 */

typedef struct {
    Unit *unit;
    int words; /* of a set of locals */
    int block_count;
    int *starts;   /* first instruction of each block, and the end */
    int *block_at; /* block that starts at an instruction, or -1 */
    uint64_t *in;  /* block_count sets: bound at its start */
    bool *queued;
    int *queue, top;
} Flow;

static void find_blocks(Compiler *c, Flow *f) {
    Unit *u = f->unit;
    bool *leader = ARENA_ARRAY(c->arena, bool, u->count + 1);
    leader[0] = true;
    for (int n = 0; n < u->count; n++) {
        const IrInstr *i = &u->code[n];
        if (i->label != NO_LABEL) leader[target_of(u, i)] = true;
        if (i->label != NO_LABEL || vm_op_info(i->op)->ends) leader[n + 1] = true;
        if (i->handler != NO_HANDLER && may_raise(i))
            leader[u->labels[u->handlers[i->handler].label].position] = true;
    }
    f->starts = ARENA_ARRAY(c->arena, int, u->count + 1);
    f->block_at = ARENA_ARRAY(c->arena, int, u->count + 1);
    for (int n = 0; n < u->count; n++) {
        f->block_at[n] = leader[n] ? f->block_count : -1;
        if (leader[n]) f->starts[f->block_count++] = n;
    }
    f->starts[f->block_count] = u->count;
}

/* Control comes to the block with these locals bound. */
static void flow_to(Flow *f, int instr, const uint64_t *bound) {
    int block = f->block_at[instr];
    uint64_t *in = f->in + (size_t)block * (size_t)f->words;
    bool changed = false;
    for (int w = 0; w < f->words; w++) {
        uint64_t both = in[w] & bound[w];
        changed |= both != in[w];
        in[w] = both;
    }
    if (changed && !f->queued[block]) {
        f->queued[block] = true;
        f->queue[f->top++] = block;
    }
}

static void set_bit(uint64_t *set, int i, bool on) {
    if (on)
        set[i / 64] |= UINT64_C(1) << i % 64;
    else
        set[i / 64] &= ~(UINT64_C(1) << i % 64);
}

static bool is_local(const Unit *u, int reg) { return reg >= 0 && reg < u->local_count; }

static void apply(const Unit *u, const IrInstr *i, uint64_t *bound) {
    char a = vm_op_info(i->op)->a;
    if (i->op == OP_CHECK_BOUND) {
        if (is_local(u, i->a)) set_bit(bound, i->a, true);
    } else if (i->op == OP_LOAD_IMM) {
        if (is_local(u, i->a)) set_bit(bound, i->a, i->b != (int32_t)VM_UNBOUND);
    } else if (a == 'W' || a == 'D') {
        int count = i->op == OP_UNPACK ? i->c : i->op == OP_UNPACK_EX ? i->c + 1 + i->x : 1;
        for (int k = 0; k < count; k++)
            if (is_local(u, i->a + k)) set_bit(bound, i->a + k, true);
    }
}

/* Follows a block from its entry set; with `drop`, notes the CHECK_BOUNDs that cannot fail instead.
 */
static void walk_block(Flow *f, int block, uint64_t *bound, bool *drop) {
    Unit *u = f->unit;
    memcpy(bound, f->in + (size_t)block * (size_t)f->words, (size_t)f->words * 8);
    for (int n = f->starts[block]; n < f->starts[block + 1]; n++) {
        const IrInstr *i = &u->code[n];
        if (drop) {
            if (i->op == OP_CHECK_BOUND && is_local(u, i->a) && (bound[i->a / 64] >> i->a % 64 & 1))
                drop[n] = true;
        } else {
            if (i->handler != NO_HANDLER && may_raise(i))
                flow_to(f, u->labels[u->handlers[i->handler].label].position, bound);
            if (i->label != NO_LABEL) flow_to(f, target_of(u, i), bound);
        }
        apply(u, i, bound);
        if (!drop && n + 1 == f->starts[block + 1] && !vm_op_info(i->op)->ends)
            flow_to(f, n + 1, bound);
    }
}

static void drop_checks(Compiler *c, Unit *u) {
    Flow f = {.unit = u, .words = (u->local_count + 63) / 64};
    find_blocks(c, &f);
    f.in = ARENA_ARRAY(c->arena, uint64_t, (size_t)f.block_count * (size_t)f.words);
    memset(f.in, 0xff, (size_t)f.block_count * (size_t)f.words * 8);
    f.queued = ARENA_ARRAY(c->arena, bool, f.block_count);
    f.queue = ARENA_ARRAY(c->arena, int, f.block_count);
    uint64_t *bound = ARENA_ARRAY(c->arena, uint64_t, f.words);
    for (int i = 0; i < u->scope->params.count; i++) set_bit(bound, i, true);
    memcpy(f.in, bound, (size_t)f.words * 8);
    for (int b = f.block_count - 1; b >= 0; b--) f.queued[b] = true, f.queue[f.top++] = b;
    while (f.top) {
        int block = f.queue[--f.top];
        f.queued[block] = false;
        walk_block(&f, block, bound, 0);
    }
    bool *drop = ARENA_ARRAY(c->arena, bool, u->count);
    for (int b = 0; b < f.block_count; b++) walk_block(&f, b, bound, drop);
    for (int n = 0; n < u->count; n++) drop[n] = !drop[n];
    compact(c, u, drop);
}

void compile_optimize(Compiler *c, Unit *u) {
    thread_jumps(u);
    compact(c, u, find_reachable(c, u));
    drop_jumps_to_next(c, u);
    drop_nops(c, u);
    merge_pairs(c, u);
    if (u->has_checks && u->local_count) drop_checks(c, u);
}
