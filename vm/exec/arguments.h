/* Arrays of Values for a call that is being prepared, too long for the C stack when a program passes thousands of arguments.
 *
 * Long ones are malloc'ed and listed in the thread, so the collector scans them as it does the C stack. */
#ifndef VM_EXEC_ARGUMENTS_H
#define VM_EXEC_ARGUMENTS_H

#include "vm/exec/frame.h"

enum { ARGUMENTS_ON_STACK = 2048 };

/* COUNT Values, or 0 with MemoryError; to be freed in the reverse order. */
Value *vm_arguments_new(size_t count);
void vm_arguments_free(void);

void vm_arguments_visit(VmThread *thread, GcVisitor *v);

/* Declares NAME, an array of COUNT Values; 0: MemoryError is set. */
#define ARGUMENTS(name, count)                                                                                                      \
    Value name##_on_stack[(count) && (count) <= ARGUMENTS_ON_STACK ? (count) : 1];                                                     \
    Value *name = (count) <= ARGUMENTS_ON_STACK ? name##_on_stack : vm_arguments_new(count)
#define ARGUMENTS_DONE(name) (name == name##_on_stack ? (void)0 : vm_arguments_free())

/* fn(first, *args, **keywords) of a C function that takes its arguments raw. */
typedef Value (*VmRawFunction)(const Value *args, size_t nargs, Value kwnames);
Value vm_call_raw_with(VmRawFunction fn, Value first, const Value *args, size_t nargs, Value kwnames);
/* callable(first, *args, **keywords) */
Value vm_call_with(Value callable, Value first, const Value *args, size_t nargs, Value kwnames);

#endif
