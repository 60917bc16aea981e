/* From a unit's instructions to a VmCode: layout with inline caches, jump distances, exception
 * table, tables of constants and names. */
#include "vm/front/compiler.h"
#include "vm/exec/opinfo.h"
#include "vm/exec/verify_code.h"
#include "vm/runtime.h"
#include <stdlib.h>

typedef struct {
    Compiler *c;
    Unit *unit;
    VmCode *code;
    int32_t *offset;   /* word at which an instruction starts; one more for the end */
    bool *far;         /* a conditional jump whose distance does not fit: jumps around a JUMP */
    int32_t *constant; /* final index of a constant */
} Assembly;

static void *code_memory(size_t count, size_t size) {
    void *p = calloc(count ? count : 1, size);
    if (!p) stm_out_of_memory("out of memory for code");
    return p;
}

/* ---- layout -----------------------------------------------------------------------------------
 */

static bool takes_item(const IrInstr *i) { return i->op == OP_FOR_ITER || i->op == OP_FOR_LOOP; }

static int size_of(const Assembly *a, int n) {
    const IrInstr *i = &a->unit->code[n];
    int size = 1 + vm_op_info(i->op)->ext_words;
    if (a->far[n]) size += takes_item(i) ? 2 : 1;
    return size;
}

static bool short_jump(const IrInstr *i) {
    return i->label != NO_LABEL && vm_op_info(i->op)->c == 'J';
}

static void layout(Assembly *a) {
    Unit *u = a->unit;
    for (bool again = true; again;) {
        int32_t at = 0;
        again = false;
        for (int n = 0; n < u->count; n++) a->offset[n] = at, at += size_of(a, n);
        a->offset[u->count] = at;
        for (int n = 0; n < u->count; n++) {
            const IrInstr *i = &u->code[n];
            if (!short_jump(i) || a->far[n]) continue;
            int distance = a->offset[u->labels[i->label].position] - a->offset[n];
            if (distance > INT16_MIN + 8 && distance < INT16_MAX - 8) continue;
            a->far[n] = again = true;
        }
    }
}

/* ---- constants and names ------------------------------------------------------------------------
 */

/* Behind the constants that instructions refer to, co_consts shows the values that stand in instructions themselves. */
typedef struct {
    Value *values;
    uint32_t count;
    Value *index; /* hash table over them, 0: free */
    uint32_t mask;
} Immediates;

static void note_immediate(Immediates *m, Value v) {
    uint32_t at = (uint32_t)((v ^ v >> 17) * 0x9e3779b9u) & m->mask;
    while (m->index[at] && m->index[at] != v) at = (at + 1) & m->mask;
    if (m->index[at]) return;
    m->index[at] = m->values[m->count++] = v;
}

static void find_immediates(Assembly *a, Immediates *m) {
    Unit *u = a->unit;
    uint32_t capacity = 16;
    while (capacity < 2 * (uint32_t)u->count) capacity *= 2;
    *m = (Immediates){.values = ARENA_ARRAY(a->c->arena, Value, u->count), .index = ARENA_ARRAY(a->c->arena, Value, capacity)};
    m->mask = capacity - 1;
    for (int i = 0; i < u->count; i++) {
        const IrInstr *instr = &u->code[i];
        const VmOpInfo *info = vm_op_info(instr->op);
        Value loaded = (Value)(int64_t)instr->b;
        if (instr->op == OP_LOAD_IMM && loaded != VM_UNBOUND) note_immediate(m, loaded);
        if (info->b == 'I') note_immediate(m, int_make(instr->b));
        if (info->c == 'I') note_immediate(m, int_make(instr->c));
    }
}

/* The first constant of a function is its docstring or None. */
static bool begins_with_doc(const Unit *u) {
    return u->kind == UNIT_FUNCTION || u->kind == UNIT_ASYNC_FUNCTION || u->kind == UNIT_LAMBDA;
}

/* Operands of 16 bits must reach their constants: where there are very many, those come first. */
static void number_constants(Assembly *a) {
    Unit *u = a->unit;
    int n = u->constant_count, next = begins_with_doc(u);
    a->constant = ARENA_ARRAY(a->c->arena, int32_t, n);
    if (n < UINT16_MAX) {
        for (int i = 0; i < n; i++) a->constant[i] = next + i;
        return;
    }
    for (int i = 0; i < n; i++) a->constant[i] = -1;
    for (int i = 0; i < u->count; i++) {
        const IrInstr *instr = &u->code[i];
        int k = instr->op == OP_MAKE_FUNCTION ? instr->b
                : instr->op == OP_MATCH_CLASS ? instr->c
                                              : -1;
        if (k >= 0 && a->constant[k] < 0) a->constant[k] = next++;
    }
    for (int i = 0; i < n; i++)
        if (a->constant[i] < 0) a->constant[i] = next++;
}

static bool make_constants(Assembly *a) {
    Unit *u = a->unit;
    Immediates shown;
    find_immediates(a, &shown);
    uint32_t count = (uint32_t)u->constant_count + begins_with_doc(u);
    a->code->constants = code_memory((size_t)count + shown.count, sizeof(Value));
    a->code->constants[0] = a->code->doc;
    for (uint32_t i = 0; i < shown.count; i++)
        if (shown.values[i] != VM_NONE || !begins_with_doc(u) || a->code->doc != VM_NONE) a->code->constants[count++] = shown.values[i];
    a->code->constant_count = count;
    for (int i = 0; i < u->constant_count; i++) {
        const IrConst *k = &u->constants[i];
        Value v = k->constant ? constant_value(k->constant) : k->code;
        if (!v) return false;
        a->code->constants[a->constant[i]] = v;
    }
    return true;
}

static Value intern(const char *name) { return py_intern_c(name); }

static void make_names(Assembly *a) {
    Unit *u = a->unit;
    VmCode *code = a->code;
    const SymScope *scope = u->scope;
    code->names = code_memory((size_t)u->name_count, sizeof(Value));
    code->name_count = (uint32_t)u->name_count;
    for (int i = 0; i < u->name_count; i++) code->names[i] = intern(u->names[i]);
    int total = u->local_count + u->cell_count + u->free_count, n = u->local_count;
    code->local_names = code_memory((size_t)total, sizeof(Value));
    code->cell_of_local = code_memory((size_t)u->local_count, sizeof(int32_t));
    for (int i = 0; i < u->local_count; i++) {
        code->local_names[i] = intern(scope->locals.items[i]);
        code->cell_of_local[i] = -1;
    }
    int cells = 0;
    for (int i = 0; i < u->local_count; i++) {
        const Symbol *s = symtable_lookup(scope, scope->locals.items[i]);
        if (s && s->scope == SYM_CELL) code->cell_of_local[i] = cells++;
    }
    for (int i = 0; i < scope->cellvars.count; i++) {
        int32_t reg;
        if (name_map_get(&u->registers, scope->cellvars.items[i], &reg) && reg >= u->local_count)
            code->local_names[n++] = intern(scope->cellvars.items[i]);
    }
    for (int i = 0; i < scope->freevars.count; i++)
        code->local_names[n++] = intern(scope->freevars.items[i]);
}

/* ---- instructions ------------------------------------------------------------------------------
 */

static bool fits(Assembly *a, int value, bool is_signed) {
    if (is_signed ? value >= INT16_MIN && value <= INT16_MAX : value >= 0 && value <= UINT16_MAX)
        return true;
    AstPos pos = {a->unit->first_line, 0, a->unit->first_line, 0};
    compile_error(a->c, &pos, "too many names, constants or nested values in one block");
    return false;
}

/* An operand as the instruction holds it. */
static int operand(const Assembly *a, char letter, int value) {
    return letter == 'K' ? a->constant[value] : value;
}

static void put_position(Assembly *a, int at, const AstPos *pos) {
    VmPosition *p = &a->code->positions[at];
    *p = (VmPosition){pos->lineno, pos->end_lineno, -1, -1};
    if (pos->lineno < 0)
        p->end_line = -1;
    else if (vm_options.no_debug_ranges)
        p->end_line = p->line;
    else if (pos->col_offset <= INT16_MAX && pos->end_col_offset <= INT16_MAX) {
        p->col = (int16_t)pos->col_offset;
        p->end_col = (int16_t)pos->end_col_offset;
    }
}

static void put_jump(Assembly *a, int at, int target, const AstPos *pos) {
    a->code->instrs[at] = (VmInstr){.op = OP_JUMP, .bc = target - (at + 1)};
    put_position(a, at, pos);
}

/* The conditional jump that is taken when `i` is not. */
static void invert(VmInstr *out) {
    if (out->op == OP_JUMP_IS)
        out->x ^= 1;
    else
        out->x ^= 8;
}

static void put_instr(Assembly *a, int n) {
    const Unit *u = a->unit;
    const IrInstr *i = &u->code[n];
    const VmOpInfo *info = vm_op_info(i->op);
    int at = a->offset[n], next = at + 1 + info->ext_words;
    VmInstr *out = &a->code->instrs[at];
    *out = (VmInstr){.op = i->op, .x = i->x};
    if (!fits(a, i->a, false)) return;
    out->a = (uint16_t)i->a;
    int target = i->label == NO_LABEL ? 0 : a->offset[u->labels[i->label].position];
    if (info->bc)
        out->bc = info->bc == 'J' ? target - next : operand(a, info->bc, i->b);
    else {
        int b = operand(a, info->b, i->b), d = operand(a, info->c, i->c);
        if (!fits(a, b, info->b == 'I') || !fits(a, d, info->c == 'I')) return;
        out->b = (uint16_t)b, out->c = (uint16_t)d;
    }
    for (int w = at; w < next; w++) {
        if (w > at) a->code->instrs[w] = (VmInstr){.word = 0};
        put_position(a, w, &i->pos);
    }
    if (info->data) a->code->instrs[next - 1].word = (uint64_t)a->constant[i->ext];
    if (!short_jump(i)) return;
    if (!a->far[n])
        out->c = (uint16_t)(int16_t)(target - next);
    else if (takes_item(i)) { /* the end leads to the second of two jumps */
        out->c = 1;
        put_jump(a, next, next + 2, &i->pos);
        put_jump(a, next + 1, target, &i->pos);
    } else {
        out->c = 1;
        invert(out);
        put_jump(a, next, target, &i->pos);
    }
}

/* One row for each stretch of instructions with the same innermost handler; rows do not overlap.
 * Instructions that cannot raise do not interrupt a stretch. */
static void make_handlers(Assembly *a) {
    const Unit *u = a->unit;
    VmHandler *rows = code_memory((size_t)u->count, sizeof *rows);
    uint32_t count = 0;
    int current = NO_HANDLER;
    for (int n = 0; n < u->count; n++) {
        const IrInstr *i = &u->code[n];
        const VmOpInfo *info = vm_op_info(i->op);
        if (!info->raises && !info->calls) continue;
        if (i->handler != NO_HANDLER) {
            const IrHandler *h = &u->handlers[i->handler];
            if (i->handler != current)
                rows[count++] =
                    (VmHandler){.start = (uint32_t)a->offset[n],
                                .target = (uint32_t)a->offset[u->labels[h->label].position],
                                .exception_reg = (uint16_t)h->exception,
                                .lasti_reg = UINT16_MAX};
            rows[count - 1].end = (uint32_t)a->offset[n + 1];
        }
        current = i->handler;
    }
    a->code->handlers = code_memory(count, sizeof *rows);
    memcpy(a->code->handlers, rows, count * sizeof *rows);
    a->code->handler_count = count;
    free(rows);
}

static void describe(Assembly *a) {
    Unit *u = a->unit;
    VmCode *code = a->code;
    code->flags = u->flags;
    code->arg_count = u->arg_count;
    code->posonly_count = u->posonly_count;
    code->kwonly_count = u->kwonly_count;
    code->local_count = (uint32_t)u->local_count;
    code->cell_count = (uint32_t)u->cell_count;
    code->free_count = (uint32_t)u->free_count;
    code->register_count = (uint32_t)u->temp_max;
    code->first_line = u->first_line;
    code->name = intern(u->name);
    code->qualname = intern(u->qualname);
    code->filename = a->c->filename_value;
    code->doc = u->doc ? constant_value(u->doc) : VM_NONE;
}

Value compile_assemble(Compiler *c, Unit *u) {
    Assembly a = {.c = c, .unit = u};
    a.offset = ARENA_ARRAY(c->arena, int32_t, u->count + 1);
    a.far = ARENA_ARRAY(c->arena, bool, u->count);
    layout(&a);
    number_constants(&a);
    if (!fits(&a, u->temp_max, false) || !fits(&a, u->name_count, false)) return 0;
    a.code = vm_code_new();
    if (!a.code) return 0;
    uint32_t words = (uint32_t)a.offset[u->count];
    a.code->instrs = code_memory(words, sizeof(VmInstr));
    a.code->positions = code_memory(words, sizeof(VmPosition));
    a.code->instr_count = words;
    for (int n = 0; n < u->count; n++) put_instr(&a, n);
    if (c->failed) return 0;
    make_handlers(&a);
    make_names(&a);
    describe(&a);
    if (!a.code->doc || !make_constants(&a)) {
        c->failed = true; /* a Python exception is set */
        return 0;
    }
#ifdef WEFT_DEBUG
    vm_verify_code(a.code);
#endif
    return py_code_object(a.code);
}
