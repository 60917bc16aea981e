/* The table behind opinfo.h, made from opcode.tbl at the start. */
#include "vm/exec/opinfo.h"

static const struct {
    const char *name, *operands, *effects;
} rows[] = {
#define OP(name, operands, effects, what) {#name, operands, effects},
#include "vm/opcode.tbl"
#undef OP
};

VmOpInfo vm_op_table[OP_COUNT];

static bool ends_flow(unsigned op) {
    return op == OP_JUMP || op == OP_JUMP_BACK || op == OP_RETURN || op == OP_RAISE ||
           op == OP_RERAISE;
}

/* "UWRR +cache", "-R bc:J": four letters, the last two joined after "bc:". */
static void fill(unsigned op, VmOpInfo *out) {
    const char *s = rows[op].operands;
    VmOpInfo i = {.name = rows[op].name};
    const char *joined = strstr(s, "bc:");
    i.x = s[0];
    i.a = s[1] == ' ' ? '-' : s[1];
    if (joined)
        i.bc = joined[3];
    else
        i.b = s[2], i.c = s[3];
    i.cache = strstr(s, "+cache") != 0;
    i.data = strstr(s, "+ext") != 0;
    i.ext_words = i.cache + i.data;
    i.raises = strchr(rows[op].effects, 'r') != 0;
    i.calls = strchr(rows[op].effects, 'c') != 0;
    i.jumps = strchr(rows[op].effects, 'j') != 0 && (i.bc == 'J' || i.c == 'J');
    i.ends = ends_flow(op);
    *out = i;
}

void vm_op_table_init(void) {
    for (unsigned i = 0; i < OP_COUNT; i++) fill(i, &vm_op_table[i]);
}
