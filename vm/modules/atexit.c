/* Module atexit: functions to call at the end of the program, last registered first. */
#include "vm/runtime.h"

static Value callbacks; /* list of (function, args tuple, kwargs dict or None) */

static Value atexit_register(const Value *args, size_t nargs, Value kwnames) {
    if (nargs < 1) return py_raise(TYPE_TypeError, "register() takes at least 1 argument (0 given)");
    if (!py_callable(args[0])) return py_raise(TYPE_TypeError, "the first argument must be callable");
    Value keywords = kwnames ? py_dict_new() : VM_NONE;
    for (int64_t k = 0; keywords && kwnames && k < tuple_length(kwnames); k++)
        if (py_dict_set(keywords, tuple_item(kwnames, k), args[nargs + (size_t)k]) < 0) return 0;
    Value arguments = py_tuple_from(args + 1, nargs - 1);
    Value entry = keywords && arguments ? py_tuple_pack(3, args[0], arguments, keywords) : 0;
    return entry && py_list_append(callbacks, entry) == 0 ? args[0] : 0;
}

static Value atexit_clear(const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_call_method(callbacks, "clear", 0, 0);
}

static Value atexit_unregister(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    for (int64_t i = py_list_length(callbacks) - 1; i >= 0; i--) {
        if (i >= py_list_length(callbacks)) continue; /* __eq__ has cleared some */
        int same = py_equal(args[0], tuple_item(py_list_item(callbacks, i), 0));
        if (same < 0) return 0;
        Value index = int_make(i);
        if (same && py_setitem(callbacks, index, 0) < 0) return 0;
    }
    return VM_NONE;
}

static Value atexit_run(const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    while (py_list_length(callbacks)) {
        Value entry = py_call_method(callbacks, "pop", 0, 0);
        if (!entry) return 0;
        Value keywords = tuple_item(entry, 2);
        if (!py_call_kw(tuple_item(entry, 0), tuple_item(entry, 1), keywords == VM_NONE ? 0 : keywords))
            py_write_unraisable_message("Exception ignored in atexit callback", tuple_item(entry, 0));
    }
    return VM_NONE;
}

void vm_run_exit_functions(void) {
    if (callbacks) atexit_run(0, 0, 0);
}

static Value atexit_count(const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return int_make(py_list_length(callbacks));
}

static const PyMethodDef atexit_functions[] = {
    {"register", 0, atexit_register, 0, "Register a function to be executed upon normal program termination"},
    {"unregister", "($module, func, /)", atexit_unregister, 0, "Unregister an exit function which was previously registered using atexit.register"},
    {"_clear", "($module, /)", atexit_clear, 0, "Clear the list of previously registered exit functions."},
    {"_run_exitfuncs", "($module, /)", atexit_run, 0, "Run all registered exit functions."},
    {"_ncallbacks", "($module, /)", atexit_count, 0, "Return the number of registered exit functions."},
    {0}};
static int atexit_init(Value module) {
    (void)module;
    if (callbacks) return 0; /* imported anew: the functions stay */
    callbacks = py_list_new(0);
    vm_root_register(&callbacks);
    return callbacks ? 0 : -1;
}
const PyModuleDef py_module_atexit = {
    .doc = "allow programmer to define multiple exit functions to be executed upon normal program termination.",
    .functions = atexit_functions,
    .init = atexit_init};
