/* Code objects made by programs: code(...) and code.replace(...). The instructions are this machine's own, and are
 * checked (verify_code.c). */
#include "vm/exec/opinfo.h"
#include "vm/exec/verify_code.h"
#include "vm/front/compiler.h"
#include "vm/objects/code_parts.h"
#include <stdlib.h>

/* The parts, in the order of code()'s parameters. */
#define CODE_PARTS(X)                                                                                                               \
    X(argcount) X(posonlyargcount) X(kwonlyargcount) X(nlocals) X(stacksize) X(flags) X(code) X(consts) X(names) X(varnames)        \
    X(filename) X(name) X(qualname) X(firstlineno) X(linetable) X(exceptiontable) X(freevars) X(cellvars)
#define PART(name) PART_##name,
enum { CODE_PARTS(PART) PART_COUNT };
#define PART_TEXT(name) "co_" #name,
static const char *const part_names[] = {CODE_PARTS(PART_TEXT)};

const char code_new_signature[] = "(argcount, posonlyargcount, kwonlyargcount, nlocals, stacksize, flags, codestring, constants, names, "
                                  "varnames, filename, name, qualname, firstlineno, linetable, exceptiontable, freevars=(), cellvars=(), /)";
#define REPLACE_PARAMETER(name) ", co_" #name "=None"
const char code_replace_signature[] = "($self, /, *" CODE_PARTS(REPLACE_PARAMETER) ")";

Value code_bytes(const VmCode *code) {
    Value bytes = py_bytes_new(code->instrs, code->instr_count * sizeof *code->instrs);
    if (!bytes) return 0;
    for (uint32_t at = 0; at < code->instr_count; at++) {
        const VmOpInfo *info = vm_op_info(code->instrs[at].op);
        if (info->cache) memset(stm_flat(bytes_data(bytes) + (at + 1) * CODE_WORD, CODE_WORD, true), 0, CODE_WORD);
        if (info->cache) REF(PyBytes, bytes)->data[(at + 1) * CODE_WORD] = OP_EXT;
        at += info->ext_words;
    }
    return bytes;
}

Value code_handler_bytes(const VmCode *code) { return py_bytes_new(code->handlers, code->handler_count * sizeof *code->handlers); }

/* ---- a code object under construction --------------------------------------------------------------------------------------------- */

static void draft_free(VmCode *d) {
    free(d->instrs);
    free(d->constants);
    free(d->names);
    free(d->local_names);
    free(d->cell_of_local);
    free(d->handlers);
    free(d->positions);
}

static int wrong_type(int part, const char *wanted, Value v) {
    return py_raise_int(TYPE_TypeError, "code: %s must be %s, not %T", part_names[part], wanted, v);
}

static int take_count(const Value *parts, int part, uint32_t *out) {
    Value v = parts[part];
    if (!py_is_int(v)) return wrong_type(part, "int", v);
    int64_t i = py_index_int64(v, "int");
    if (py_error()) return -1;
    if (i < 0 || i > INT32_MAX) return py_raise_int(TYPE_ValueError, "code: %s must not be negative", part_names[part]);
    *out = (uint32_t)i;
    return 0;
}

static int take_text(const Value *parts, int part, Value *out) {
    if (!py_is_str(parts[part])) return wrong_type(part, "str", parts[part]);
    *out = py_intern(parts[part]);
    return *out ? 0 : -1;
}

/* A part that is bytes, as an array of words of SIZE bytes. */
static int take_array(const Value *parts, int part, size_t size, void *out, uint32_t *count) {
    Value v = parts[part];
    if (!py_is_bytes(v)) return wrong_type(part, "bytes", v);
    size_t length = (size_t)REF(PyBytes, v)->length;
    if (length % size || length / size > INT32_MAX) return py_raise_int(TYPE_ValueError, "code: %s is malformed", part_names[part]);
    void *copy = malloc(length + 1);
    if (!copy) return py_raise_memory(), -1;
    memcpy(copy, stm_flat(bytes_data(v), length, false), length);
    *(void **)out = copy;
    *count = (uint32_t)(length / size);
    return 0;
}

/* Permanent copies of a tuple's items, behind those that are there; NAMES: they must be str, and are interned. */
static int add_values(const Value *parts, int part, bool names, Value **items, uint32_t *count) {
    Value tuple = parts[part];
    if (!py_is_tuple(tuple)) return wrong_type(part, "tuple", tuple);
    size_t more = (size_t)tuple_length(tuple);
    Value *grown = realloc(*items, (*count + more + 1) * sizeof *grown);
    if (!grown) return py_raise_memory(), -1;
    *items = grown;
    for (size_t i = 0; i < more; i++) {
        Value v = tuple_item(tuple, (int64_t)i);
        if (names && !py_is_str(v)) return py_raise_int(TYPE_TypeError, "name tuples must contain only strings, not '%T'", v);
        grown[*count] = names ? py_intern(v) : py_permanent(v);
        if (!grown[(*count)++]) return -1;
    }
    return 0;
}

/* Registers: locals, cells that are no locals, free variables; then temporaries. */
static int take_variables(VmCode *d, const Value *parts) {
    uint32_t nlocals, stack, total = 0, cells = 0;
    Value *cell_names = 0;
    if (take_count(parts, PART_nlocals, &nlocals) < 0 || take_count(parts, PART_stacksize, &stack) < 0) return -1;
    if (add_values(parts, PART_varnames, true, &d->local_names, &total) < 0) return -1;
    if (nlocals != total) return py_raise_int(TYPE_ValueError, "code: co_nlocals != len(co_varnames)");
    d->local_count = nlocals;
    d->cell_of_local = malloc((nlocals + 1) * sizeof *d->cell_of_local);
    if (!d->cell_of_local) return py_raise_memory(), -1;
    for (uint32_t i = 0; i < nlocals; i++) d->cell_of_local[i] = -1;
    int failed = add_values(parts, PART_cellvars, true, &cell_names, &cells);
    Value *grown = failed ? 0 : realloc(d->local_names, (total + cells + 1) * sizeof(Value));
    if (grown) d->local_names = grown;
    for (uint32_t i = 0; grown && i < cells; i++) {
        uint32_t local = 0;
        while (local < nlocals && grown[local] != cell_names[i]) local++;
        if (local < nlocals) d->cell_of_local[local] = (int32_t)i;
        else grown[total++] = cell_names[i], d->cell_count++;
    }
    free(cell_names);
    if (!grown || add_values(parts, PART_freevars, true, &d->local_names, &total) < 0) return -1;
    d->free_count = total - nlocals - d->cell_count;
    d->register_count = total + stack;
    return stack > UINT16_MAX || d->register_count > UINT16_MAX ? py_raise_int(TYPE_ValueError, "code: too many variables") : 0;
}

static int take_parts(VmCode *d, const Value *parts) {
    uint32_t line = 0;
    if (take_count(parts, PART_argcount, &d->arg_count) < 0 || take_count(parts, PART_posonlyargcount, &d->posonly_count) < 0 ||
        take_count(parts, PART_kwonlyargcount, &d->kwonly_count) < 0 || take_count(parts, PART_flags, &d->flags) < 0 ||
        take_count(parts, PART_firstlineno, &line) < 0 || take_variables(d, parts) < 0)
        return -1;
    d->first_line = (int32_t)line;
    if (take_text(parts, PART_filename, &d->filename) < 0 || take_text(parts, PART_name, &d->name) < 0 ||
        take_text(parts, PART_qualname, &d->qualname) < 0 ||
        take_array(parts, PART_code, CODE_WORD, &d->instrs, &d->instr_count) < 0 ||
        take_array(parts, PART_exceptiontable, sizeof(VmHandler), &d->handlers, &d->handler_count) < 0 ||
        add_values(parts, PART_consts, false, &d->constants, &d->constant_count) < 0 ||
        add_values(parts, PART_names, true, &d->names, &d->name_count) < 0)
        return -1;
    if (!py_is_bytes(parts[PART_linetable])) return wrong_type(PART_linetable, "bytes", parts[PART_linetable]);
    d->positions = code_positions_of(parts[PART_linetable], d->first_line, d->instr_count);
    Value table = d->positions ? code_linetable(d) : 0;
    int same = table ? py_equal(table, parts[PART_linetable]) : -1;
    if (same == 0) d->linetable = py_permanent(parts[PART_linetable]);
    return same < 0 || (same == 0 && !d->linetable) ? -1 : 0;
}

/* Code with other instructions than its stack was measured for gets the registers that they name. */
static void widen_stack(VmCode *d) {
    uint32_t most = d->register_count;
    for (uint32_t at = 0; at < d->instr_count; at++) {
        VmInstr i = d->instrs[at];
        if (i.op >= OP_COUNT) return; /* the verifier refuses it */
        const VmOpInfo *info = vm_op_info(i.op);
        const char letters[3] = {info->a, info->bc ? '-' : info->b, info->bc ? '-' : info->c};
        const uint16_t operands[3] = {i.a, i.b, i.c};
        for (int o = 0; o < 3; o++)
            if (letters[o] && strchr("RW", letters[o]) && operands[o] + 1u > most) most = operands[o] + 1u;
        at += info->ext_words;
    }
    d->register_count = most;
}

/* What the words of inline caches were given says nothing here. */
static void clear_caches(VmCode *d) {
    for (uint32_t at = 0; at < d->instr_count; at++) {
        const VmOpInfo *info = vm_op_info(d->instrs[at].op);
        if (info->cache) d->instrs[at + 1].word = 0;
        at += info->ext_words;
    }
}

static Value finish(VmCode *d) {
    uint64_t parameters = (uint64_t)d->arg_count + d->kwonly_count + !!(d->flags & CODE_VARARGS) + !!(d->flags & CODE_VARKEYWORDS);
    if (d->posonly_count > d->arg_count) return py_raise(TYPE_ValueError, "code: co_posonlyargcount is larger than co_argcount");
    if (parameters > d->local_count) return py_raise(TYPE_ValueError, "code: co_varnames is too small");
    char text[200];
    if (vm_code_fault(d, text, sizeof text)) return py_raise(TYPE_ValueError, "code: %s", text);
    clear_caches(d);
    VmCode *code = vm_code_new();
    d->id = code->id;
    *code = *d;
    return py_code_object(code);
}

/* ---- code() --------------------------------------------------------------------------------------------------------------------------- */

Value code_new_may_call(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value parts[PART_COUNT];
    for (int i = 0; i < PART_COUNT; i++) parts[i] = args[i + 1] ? args[i + 1] : py_tuple_new(0);
    VmCode draft = {.doc = VM_NONE};
    Value result = take_parts(&draft, parts) < 0 ? 0 : finish(&draft);
    if (!result) draft_free(&draft);
    return result;
}

/* ---- replace() ------------------------------------------------------------------------------------------------------------------------ */

/* An operand that is a register, FIRST or behind it, becomes DELTA more. -1: no such register. */
static int move_operand(char letter, uint16_t *operand, uint32_t first, uint32_t delta) {
    if ((letter != 'R' && letter != 'W' && letter != 'B' && letter != 'D') || *operand < first) return 0;
    if (*operand + delta > UINT16_MAX) return -1;
    *operand = (uint16_t)(*operand + delta);
    return 0;
}

static int move_registers(VmCode *d, uint32_t first, uint32_t delta) {
    int failed = 0;
    for (uint32_t at = 0; delta && at < d->instr_count && !failed; at++) {
        VmInstr *i = &d->instrs[at];
        if (i->op >= OP_COUNT) return 0; /* the verifier refuses it */
        const VmOpInfo *info = vm_op_info(i->op);
        failed = move_operand(info->a, &i->a, first, delta);
        if (!info->bc) failed |= move_operand(info->b, &i->b, first, delta) | move_operand(info->c, &i->c, first, delta);
        at += info->ext_words;
    }
    for (uint32_t n = 0; delta && n < d->handler_count && !failed; n++)
        failed = move_operand('W', &d->handlers[n].exception_reg, first, delta);
    return failed ? py_raise_int(TYPE_ValueError, "code: too many variables") : 0;
}

/* The instructions of OLD for the variables of D: groups of registers that have grown move what is behind them. */
static int fit_registers(VmCode *d, const VmCode *old) {
    uint32_t before_frees = old->local_count + old->cell_count, before_temporaries = before_frees + old->free_count;
    if (d->local_count < old->local_count || d->cell_count < old->cell_count || d->free_count < old->free_count)
        return py_raise_int(TYPE_ValueError, "code: too few variables");
    if (move_registers(d, before_temporaries, d->free_count - old->free_count) < 0) return -1;
    if (move_registers(d, before_frees, d->cell_count - old->cell_count) < 0) return -1;
    return move_registers(d, old->local_count, d->local_count - old->local_count);
}

Value code_replace_may_call(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    VmCode *old = vm_code((uint32_t)REF(PyCode, args[0])->code_id);
    if (!vm_code_ready(old)) return 0;
    Value parts[PART_COUNT];
    for (int i = 0; i < PART_COUNT; i++) {
        parts[i] = args[i + 1] ? args[i + 1] : py_getattr_c(args[0], part_names[i]);
        if (!parts[i]) return 0;
    }
    VmCode draft = {.doc = old->doc};
    int failed = take_parts(&draft, parts);
    if (!failed && args[PART_code + 1]) widen_stack(&draft);
    if (!failed && !args[PART_code + 1]) failed = fit_registers(&draft, old);
    Value result = failed ? 0 : finish(&draft);
    if (!result) draft_free(&draft);
    return result;
}
