/* Arguments of calls: arrays longer than the C stack should hold, and calls with one more in front. See arguments.h. */
#include "vm/exec/arguments.h"
#include "vm/exec/safepoint.h"
#include <stdlib.h>

typedef struct VmArguments {
    struct VmArguments *outer;
    size_t count;
    Value values[];
} VmArguments;

Value *vm_arguments_new(size_t count) {
    VmThread *thread = vm_thread();
    VmArguments *made = calloc(1, sizeof *made + count * sizeof(Value));
    if (!made) return py_raise_memory(), (Value *)0;
    made->outer = thread->arguments;
    made->count = count;
    thread->arguments = made;
    vm_c_memory_enter();
    return made->values;
}

void vm_arguments_free(void) {
    VmThread *thread = vm_thread();
    VmArguments *last = thread->arguments;
    thread->arguments = last->outer;
    free(last);
    vm_c_memory_leave();
}

void vm_arguments_visit(VmThread *thread, GcVisitor *v) {
    for (VmArguments *a = thread->arguments; a; a = a->outer) gc_visit_stack(v, a->values, a->values + a->count);
}

static size_t count_all(size_t nargs, Value kwnames) { return nargs + (kwnames ? (size_t)tuple_length(kwnames) : 0); }

Value vm_call_raw_with(VmRawFunction fn, Value first, const Value *args, size_t nargs, Value kwnames) {
    size_t all = count_all(nargs, kwnames);
    ARGUMENTS(with, all + 1);
    if (!with) return 0;
    with[0] = first;
    values_copy(with + 1, args, all);
    Value result = fn(with, nargs + 1, kwnames);
    ARGUMENTS_DONE(with);
    return result;
}

Value vm_call_with(Value callable, Value first, const Value *args, size_t nargs, Value kwnames) {
    if (UNLIKELY(vm_c_stack_is_low(vm_thread()))) return frame_raise_recursion(" while calling a Python object");
    size_t all = count_all(nargs, kwnames);
    ARGUMENTS(with, all + 1);
    if (!with) return 0;
    with[0] = first;
    values_copy(with + 1, args, all);
    Value result = py_call(callable, with, nargs + 1, kwnames);
    ARGUMENTS_DONE(with);
    return result;
}
