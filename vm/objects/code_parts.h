/* Code objects from Python's point of view: the parts that code() and replace() take, and the table of positions. */
#ifndef VM_OBJECTS_CODE_PARTS_H
#define VM_OBJECTS_CODE_PARTS_H

#include "vm/exec/code.h"

/* Bytes of co_code for an instruction word; positions and offsets count units of CODE_UNIT bytes, as in CPython. */
enum { CODE_WORD = sizeof(VmInstr), CODE_UNIT = 2, UNITS_PER_WORD = CODE_WORD / CODE_UNIT };

/* co_code: the instructions without what their inline caches have learnt. */
Value code_bytes(const VmCode *code);
/* co_exceptiontable: the VmHandlers. */
Value code_handler_bytes(const VmCode *code);
/* co_linetable, in the format of CPython 3.11 (Objects/locations.md). */
Value code_linetable(const VmCode *code);
/* False: nothing is known of where any instruction comes from; the table is empty. */
bool code_has_positions(const VmCode *code);
/* The positions that such a table gives to COUNT words, or 0 with an exception; the caller frees them. */
VmPosition *code_positions_of(Value linetable, int32_t first_line, uint32_t count);

/* The type's own: code(...), replace(...). */
Value code_new_may_call(const Value *args, size_t nargs, Value kwnames);
Value code_replace_may_call(const Value *args, size_t nargs, Value kwnames);
extern const char code_new_signature[], code_replace_signature[];

#endif
