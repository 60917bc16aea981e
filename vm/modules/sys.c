/* Module sys: functions. See sys_info.c for constants, sys_hooks.c for hooks. */
#include "vm/audit.h"
#include "vm/exec/safepoint.h"
#include "vm/modules/sys.h"
#include "vm/objects/int.h"

Value vm_sys_get(const char *name) {
    Value value = py_dict_get_c(vm_runtime.sys_dict, name);
    if (!value) py_error_clear();
    return value == VM_UNBOUND ? 0 : value;
}

int vm_sys_set(const char *name, Value value) { return value ? py_dict_set_c(vm_runtime.sys_dict, name, value) : -1; }

SYS(sys_exit) {
    Value exception = args[0] && args[0] != VM_NONE ? 0 : py_call0(py_type(TYPE_SystemExit));
    if (args[0] && args[0] != VM_NONE) {
        if (py_is_instance_of(args[0], TYPE_SystemExit)) exception = args[0];
        else if (py_is_tuple(args[0])) exception = py_call_kw(py_type(TYPE_SystemExit), args[0], 0);
        else exception = py_call1(py_type(TYPE_SystemExit), args[0]);
    }
    return exception ? py_raise_object(exception) : 0;
}

SYS(sys_exc_info) {
    Value handled = vm_thread()->handled;
    if (!handled || handled == VM_NONE) return py_tuple_pack(3, VM_NONE, VM_NONE, VM_NONE);
    Value traceback = GET(REF(PyException, handled), traceback);
    return py_tuple_pack(3, py_type_of(handled), handled, traceback ? traceback : VM_NONE);
}
SYS(sys_exception) {
    Value handled = vm_thread()->handled;
    return handled ? handled : VM_NONE;
}

SYS(sys_intern) {
    if (is_ref(args[0]) && is_exactly(args[0], TYPE_STR)) return py_intern(args[0]);
    return py_raise(TYPE_TypeError, py_is_str(args[0]) ? "can't intern %T" : "intern() argument must be str, not %T", args[0]);
}

SYS(sys_getrecursionlimit) { return int_make(atomic_load_relaxed(&vm_recursion_limit)); }
SYS(sys_setrecursionlimit) {
    int64_t limit = py_index_int64(args[0], "int");
    if (limit == -1 && py_error()) return 0;
    if (limit < 1) return py_raise(TYPE_ValueError, "recursion limit must be greater or equal than 1");
    if (limit > INT32_MAX) return py_raise(TYPE_OverflowError, "Python int too large to convert to C int");
    VmThread *thread = vm_thread();
    uint64_t depth = thread->frame ? thread->frame->depth + thread->c_depth + 2 : 0; /* the outermost frame has depth 0; this call */
    if (depth >= (uint64_t)limit)
        return py_raise(TYPE_RecursionError, "cannot set the recursion limit to %ld at the recursion depth %lu: the limit is too low",
                        (long)limit, (unsigned long)depth);
    VM_C_SAFEPOINT(stm_become_inevitable("sys.setrecursionlimit"));
    atomic_store_relaxed(&vm_recursion_limit, (uint32_t)limit);
    thread->depth_limit = (uint32_t)limit - thread->c_depth;
    return VM_NONE;
}

SYS(sys_getsizeof) {
    Value method = py_lookup_special(args[0], NAME(__sizeof__));
    Value size = method ? py_call0(method) : 0;
    if (!size && args[1] && (!py_error() || py_error_is(TYPE_TypeError))) {
        py_error_clear();
        return args[1];
    }
    return size;
}

/* There are no reference counts: what the caller would see for an object with one other owner. */
SYS(sys_getrefcount) { return int_make(2); }

static VmFrame *frame_at_depth(int64_t depth) {
    VmFrame *frame = vm_current_frame();
    while (frame && depth-- > 0) frame = frame->prev;
    return frame;
}
SYS(sys_getframe) {
    int64_t depth = args[0] ? py_index_int64(args[0], "int") : 0;
    if (depth == -1 && py_error()) return 0;
    VmFrame *frame = frame_at_depth(depth < 0 ? 0 : depth);
    Value object = frame ? py_frame_object(vm_thread(), frame) : py_raise(TYPE_ValueError, "call stack is not deep enough");
    return object && VM_AUDIT("sys._getframe", py_tuple_pack(1, object)) < 0 ? 0 : object;
}

SYS(sys_getdefaultencoding) { return NAME(utf8); }
SYS(sys_getfilesystemencodeerrors) { return py_intern_c("surrogateescape"); }
SYS(sys_zero) { return int_make(0); }
SYS(sys_is_finalizing) { return vm_bool(vm_is_finalizing()); }
SYS(sys_none) { return VM_NONE; }

static uint64_t switch_interval_us = 5000; /* for programs that read it back */
SYS(sys_getswitchinterval) { return float_make(1e-6 * (double)atomic_load_relaxed(&switch_interval_us)); }
SYS(sys_setswitchinterval) {
    double interval;
    if (py_as_double(args[0], &interval) < 0) return 0;
    if (interval <= 0) return py_raise(TYPE_ValueError, "switch interval must be strictly positive");
    VM_C_SAFEPOINT(stm_become_inevitable("sys.setswitchinterval"));
    atomic_store_relaxed(&switch_interval_us, (uint64_t)(1e6 * interval));
    return VM_NONE;
}

SYS(sys_get_int_max_str_digits) { return int_make(atomic_load_relaxed(&py_int_max_str_digits)); }
SYS(sys_set_int_max_str_digits) {
    int64_t digits = py_index_int64(args[0], "int");
    if (digits == -1 && py_error()) return 0;
    if (digits != 0 && digits < 640) return py_raise(TYPE_ValueError, "maxdigits must be 0 or larger than 640");
    VM_C_SAFEPOINT(stm_become_inevitable("sys.set_int_max_str_digits"));
    atomic_store_relaxed(&py_int_max_str_digits, digits);
    return VM_NONE;
}

static const PyMethodDef sys_functions[] = {
    {"exit", "($module, status=None, /)", sys_exit, 0, "Exit the interpreter by raising SystemExit(status)."},
    {"exc_info", "($module, /)", sys_exc_info, 0, "Return current exception information: (type, value, traceback)."},
    {"exception", "($module, /)", sys_exception, 0, "Return the current exception."},
    {"intern", "($module, string, /)", sys_intern, 0, "``Intern'' the given string."},
    {"getrecursionlimit", "($module, /)", sys_getrecursionlimit, 0, "Return the current value of the recursion limit."},
    {"setrecursionlimit", "($module, limit, /)", sys_setrecursionlimit, 0, "Set the maximum depth of the Python interpreter stack to n."},
    {"getsizeof", "($module, /, object, default=None)", sys_getsizeof, 0, "Return the size of object in bytes."},
    {"getrefcount", "($module, object, /)", sys_getrefcount, 0, "Weft has no reference counts: always 2."},
    {"_getframe", "($module, depth=0, /)", sys_getframe, 0, "Return a frame object from the call stack."},
    {"getdefaultencoding", "($module, /)", sys_getdefaultencoding, 0, "Return the current default encoding used by the Unicode implementation."},
    {"getfilesystemencoding", "($module, /)", sys_getdefaultencoding, 0, "Return the encoding used to convert Unicode filenames to OS filenames."},
    {"getfilesystemencodeerrors", "($module, /)", sys_getfilesystemencodeerrors, 0, "Return the error mode used for Unicode to OS filename conversion."},
    {"getallocatedblocks", "($module, /)", sys_zero, 0, "Return the number of memory blocks currently allocated."},
    {"getunicodeinternedsize", "($module, /)", sys_zero, 0, 0},
    {"getswitchinterval", "($module, /)", sys_getswitchinterval, 0, "Return the current thread switch interval; see sys.setswitchinterval()."},
    {"setswitchinterval", "($module, interval, /)", sys_setswitchinterval, 0, "Set the ideal thread switching delay inside the interpreter."},
    {"get_int_max_str_digits", "($module, /)", sys_get_int_max_str_digits, 0, "Return the maximum string digits limit for non-binary int<->str conversions."},
    {"set_int_max_str_digits", "($module, /, maxdigits)", sys_set_int_max_str_digits, 0, "Set the maximum string digits limit for non-binary int<->str conversions."},
    {"is_finalizing", "($module, /)", sys_is_finalizing, 0, "Return True if Python is exiting."},
    {"_clear_type_cache", "($module, /)", sys_none, 0, "Clear the internal type lookup cache."},
    {0}};

static Value stdlib_names(void) {
    static const char *const names[] = {
#define STDLIB(name) #name,
#include "vm/modules/stdlib.tbl"
#undef STDLIB
    };
    Value list = py_list_new(0);
    for (size_t i = 0; list && i < sizeof names / sizeof *names; i++)
        if (py_list_append(list, py_intern_c(names[i])) < 0) return 0;
    return list ? py_call1(py_type(TYPE_FROZENSET), list) : 0;
}

static int sys_module_init(Value module) {
    const PyMethodDef *const more[] = {sys_hook_functions, sys_thread_functions};
    for (int i = 0; i < 2; i++)
        for (const PyMethodDef *function = more[i]; function->name; function++)
            if (py_module_add(module, function->name, py_builtin_new(function, module, py_intern_c("sys"))) < 0) return -1;
    if (py_module_add(module, "modules", vm_runtime.modules) < 0 || py_module_add(module, "builtin_module_names", vm_builtin_module_names()) < 0) return -1;
    if (py_module_add(module, "stdlib_module_names", stdlib_names()) < 0) return -1;
    return sys_add_info(module) < 0 ? -1 : sys_init_hooks(module);
}

const PyModuleDef py_module_sys = {.doc = "This module provides access to some objects used or maintained by the\ninterpreter and to "
                                          "functions that interact strongly with the interpreter.",
                                   .functions = sys_functions,
                                   .init = sys_module_init};
