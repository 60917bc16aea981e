/* What opcode.tbl says about each instruction's form, for whoever walks code: assembler,
 * disassembler, verifier. */
#ifndef VM_EXEC_OPINFO_H
#define VM_EXEC_OPINFO_H

#include "vm/exec/code.h"

typedef struct VmOpInfo {
    const char *name;
    char x, a, b, c;   /* operand letters; b and c are 0 where bc is set */
    char bc;           /* letter of the joined operand, or 0 */
    uint8_t ext_words; /* EXT words that follow */
    bool cache, data;  /* +cache, +ext */
    bool raises, calls, jumps;
    bool ends; /* control does not go on to the next instruction */
} VmOpInfo;

extern VmOpInfo vm_op_table[OP_COUNT];
void vm_op_table_init(void);
static inline const VmOpInfo *vm_op_info(unsigned op) { return &vm_op_table[op]; }

#endif
