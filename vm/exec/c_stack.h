/* The C stack below nested interpreters, for aborts: see c_stack.c. */
#ifndef VM_EXEC_C_STACK_H
#define VM_EXEC_C_STACK_H

#include "vm/exec/frame.h"

struct VmCStack *c_stack_new(void); /* NULL: no memory */
void c_stack_free(VmThread *thread);

/* A transaction begins: copy what lies below the innermost loop, if that can be put back later. */
void c_stack_save(VmThread *thread);
/* The loop in which the running transaction began has ended, and C code below it goes on. False: that must not be undone. */
bool c_stack_outlive(VmThread *thread);
/* The running transaction is inevitable: no abort comes. */
void c_stack_forget(VmThread *thread);
/* It has been aborted, and c_stack_save comes next, for its second run. */
void c_stack_aborted(VmThread *thread);
/* Before the jump to the loop in which the transaction began: put the stack back, and jump, if it is not there any more. */
void c_stack_jump(void);
/* The saved words are roots while the stack itself does not hold them. */
void c_stack_visit(VmThread *thread, GcVisitor *v);

#endif
