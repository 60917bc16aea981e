/* A check of finished code: see verify_code.c. */
#ifndef VM_EXEC_VERIFY_CODE_H
#define VM_EXEC_VERIFY_CODE_H

#include "vm/exec/code.h"

/* Fatal, after a disassembly on stderr, if the code is not well-formed. */
void vm_verify_code(VmCode *code);
/* The first fault, in `text`; or 0. */
const char *vm_code_fault(const VmCode *code, char *text, size_t size);

#endif
