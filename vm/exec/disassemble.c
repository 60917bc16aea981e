/* Listing of code objects, one line for each instruction, from opcode.tbl's operand letters. */
#include "vm/exec/opinfo.h"

static void print_value(FILE *out, Value v) {
    Value repr = py_repr(v);
    const char *text = repr ? py_str_utf8(repr, 0) : 0;
    if (!text) py_error_clear();
    fprintf(out, "%.60s", text ? text : "?");
}

static void print_name(FILE *out, Value name) {
    const char *text = py_str_utf8(name, 0);
    if (!text) py_error_clear();
    fputs(text ? text : "?", out);
}

/* r3, or r3:name for a variable */
static void print_register(const VmCode *code, uint32_t reg, FILE *out) {
    fprintf(out, " r%u", reg);
    if (reg >= code->local_count + code->cell_count + code->free_count) return;
    fputc(':', out);
    print_name(out, code->local_names[reg]);
}

/* What LOAD_IMM's bits stand for. */
static void print_immediate(int32_t bits, FILE *out) {
    Value v = (Value)(int64_t)bits;
    if (v == VM_UNBOUND)
        fputs(" unbound", out);
    else if (is_int(v))
        fprintf(out, " %lld", (long long)int_value(v));
    else {
        fputc(' ', out);
        print_value(out, v);
    }
}

static void print_operand(const VmCode *code, uint32_t at, char letter, int32_t value,
                          const VmOpInfo *info, FILE *out) {
    switch (letter) {
    case 'R':
    case 'W':
    case 'B':
    case 'D': print_register(code, (uint32_t)value, out); break;
    case 'K':
        fprintf(out, " k%d(", value);
        if ((uint32_t)value < code->constant_count) print_value(out, code->constants[value]);
        fputc(')', out);
        break;
    case 'N':
        fputs(" .", out);
        if ((uint32_t)value < code->name_count) print_name(out, code->names[value]);
        break;
    case 'I':
        if (code->instrs[at].op == OP_LOAD_IMM)
            print_immediate(value, out);
        else
            fprintf(out, " #%d", value);
        break;
    case 'U':
    case 'E': fprintf(out, " #%d", value); break;
    case 'J': fprintf(out, " ->%d", (int)at + 1 + info->ext_words + value); break;
    default: break;
    }
}

static bool is_signed(char letter) { return letter == 'I' || letter == 'J'; }

static void print_instr(const VmCode *code, uint32_t at, FILE *out) {
    VmInstr i = code->instrs[at];
    const VmOpInfo *info = vm_op_info(i.op);
    const VmPosition *p = &code->positions[at];
    fprintf(out, "%4d:%-3d %5u  %-20s", p->line, p->col, at, info->name);
    if (info->x == 'U') fprintf(out, " [%u]", i.x);
    print_operand(code, at, info->a, i.a, info, out);
    if (info->bc)
        print_operand(code, at, info->bc, i.bc, info, out);
    else {
        print_operand(code, at, info->b, is_signed(info->b) ? (int16_t)i.b : i.b, info, out);
        print_operand(code, at, info->c, is_signed(info->c) ? (int16_t)i.c : i.c, info, out);
    }
    if (info->data)
        print_operand(code, at, 'K', (int32_t)code->instrs[at + info->ext_words].word, info, out);
    fputc('\n', out);
}

void vm_disassemble(VmCode *code, FILE *out) {
    if (!vm_code_ready(code)) return;
    fputs("code ", out);
    print_name(out, code->qualname);
    fprintf(out, ", line %d, flags %#x, %u registers: %u locals, %u cells, %u free\n",
            code->first_line, code->flags, code->register_count, code->local_count,
            code->cell_count, code->free_count);
    for (uint32_t at = 0; at < code->instr_count;) {
        print_instr(code, at, out);
        at += 1u + vm_op_info(code->instrs[at].op)->ext_words;
    }
    for (uint32_t i = 0; i < code->handler_count; i++) {
        const VmHandler *h = &code->handlers[i];
        fprintf(out, "  %u..%u -> %u, exception in r%u\n", h->start, h->end - 1, h->target,
                h->exception_reg);
    }
    for (uint32_t i = 0; i < code->constant_count; i++) {
        Value v = code->constants[i];
        if (!is_ref(v) || !is_exactly(v, TYPE_CODE)) continue;
        fputc('\n', out);
        vm_disassemble(vm_code((uint32_t)REF(PyCode, v)->code_id), out);
    }
}
