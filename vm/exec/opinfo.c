/* The table behind opinfo.h, made from opcode.tbl at the start. */
#include "vm/exec/opinfo.h"

static const struct {
    const char *name, *operands, *effects;
} rows[] = {
#define OP(name, operands, effects, what) {#name, operands, effects},
#include "vm/opcode.tbl"
#undef OP
};

static const struct {
    const char *name;
    size_t length;
    VmFacts facts;
} kinds[] = {
#define KIND(name, implied, what) {#name, sizeof #name - 1, FACTS_##name},
#include "vm/exec/operand_kind.tbl"
#undef KIND
};

VmOpInfo vm_op_table[OP_COUNT];

static bool ends_flow(unsigned op) {
    return op == OP_JUMP || op == OP_JUMP_BACK || op == OP_RETURN || op == OP_RAISE ||
           op == OP_RERAISE;
}

static VmFacts facts_of(const char *name, size_t length) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].length == length && memcmp(kinds[i].name, name, length) == 0) return kinds[i].facts;
    stm_fatal("opcode.tbl: kind %.*s", (int)length, name);
}

/* "object,any": the last kind is that of the rest, too. */
static void fill_kinds(const char *s, VmFacts *facts) {
    for (int k = 0; k < VM_RUN_KINDS; k++) {
        size_t length = strcspn(s, ", ");
        facts[k] = facts_of(s, length);
        if (s[length] == ',') s += length + 1;
    }
}

/* "rcj a:list x<4". */
static void fill_effects(const char *s, VmOpInfo *i) {
    for (; *s && *s != ' '; s++) i->raises |= *s == 'r', i->calls |= *s == 'c', i->jumps |= *s == 'j' && (i->bc == 'J' || i->c == 'J');
    for (; *s; s += strcspn(s, " ")) {
        s++;
        if (*s == 'x') i->x_limit = (uint16_t)(s[2] - '0');
        else fill_kinds(s + 2, i->facts[*s - 'a']);
    }
}

/* "UWRR +cache", "-R bc:J": four letters, the last two joined after "bc:". */
static void fill(unsigned op, VmOpInfo *out) {
    const char *s = rows[op].operands;
    VmOpInfo i = {.name = rows[op].name, .x_limit = UINT8_MAX + 1};
    const char *joined = strstr(s, "bc:");
    for (int n = 0; n < VM_OPERANDS * VM_RUN_KINDS; n++) (&i.facts[0][0])[n] = FACTS_object;
    i.x = s[0];
    i.a = s[1] == ' ' ? '-' : s[1];
    if (joined)
        i.bc = joined[3];
    else
        i.b = s[2], i.c = s[3];
    i.cache = strstr(s, "+cache") != 0;
    i.data = strstr(s, "+ext") != 0;
    i.ext_words = i.cache + i.data;
    fill_effects(rows[op].effects, &i);
    i.ends = ends_flow(op);
    *out = i;
}

void vm_op_table_init(void) {
    for (unsigned i = 0; i < OP_COUNT; i++) fill(i, &vm_op_table[i]);
}

uint32_t vm_run_read(VmInstr i) {
    switch (i.op) {
    case OP_CALL:
    case OP_CALL_KW: return 2u + i.c;
    case OP_CALL_EX:
    case OP_FOR_LOOP:
    case OP_BUILD_SLICE: return 3;
    case OP_BUILD_MAP: return 2u * i.c;
    case OP_IMPORT_NAME:
    case OP_WITH_EXCEPT_START:
    case OP_MATCH_CLASS: return 2;
    case OP_MAKE_FUNCTION: return (uint32_t)__builtin_popcount(i.x);
    default: return i.c; /* displays */
    }
}

uint32_t vm_run_written(VmInstr i) {
    switch (i.op) {
    case OP_UNPACK: return i.c;
    case OP_GET_LOOP: return 3;
    case OP_UNPACK_EX: return i.c + 1u + i.x;
    default: return 2; /* function and self; the two parts of a group */
    }
}
