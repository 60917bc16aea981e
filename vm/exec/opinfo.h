/* What opcode.tbl says about each instruction's form, for whoever walks code: assembler,
 * disassembler, verifier. */
#ifndef VM_EXEC_OPINFO_H
#define VM_EXEC_OPINFO_H

#include "vm/exec/code.h"

typedef uint16_t VmFacts; /* what is known of a register: FACTS_* */
enum {
#define KIND(name, implied, what) FACT_BIT_##name,
#include "vm/exec/operand_kind.tbl"
#undef KIND
};
enum {
#define KIND(name, implied, what) FACTS_##name = 1 << FACT_BIT_##name | (implied),
#include "vm/exec/operand_kind.tbl"
#undef KIND
};

enum { VM_OPERANDS = 3, VM_RUN_KINDS = 3 };

typedef struct VmOpInfo {
    const char *name;
    char x, a, b, c;   /* operand letters; b and c are 0 where bc is set */
    char bc;           /* letter of the joined operand, or 0 */
    uint8_t ext_words; /* EXT words that follow */
    bool cache, data;  /* +cache, +ext */
    bool raises, calls, jumps;
    bool ends;        /* control does not go on to the next instruction */
    uint16_t x_limit; /* x is below it */
    VmFacts facts[VM_OPERANDS][VM_RUN_KINDS]; /* of the register at a, b, c; of a run: of its first, second and all further ones */
} VmOpInfo;

extern VmOpInfo vm_op_table[OP_COUNT];
void vm_op_table_init(void);
static inline const VmOpInfo *vm_op_info(unsigned op) { return &vm_op_table[op]; }

/* How many registers the run stands for that the instruction reads (its operand B) or writes (D). */
uint32_t vm_run_read(VmInstr i);
uint32_t vm_run_written(VmInstr i);

#endif
