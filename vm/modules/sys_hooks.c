/* Module sys: hooks (excepthook, displayhook, trace and profile functions, audit) and what the async machinery sets. */
#include "vm/exec/trace.h"
#include "vm/audit.h"
#include "vm/exec/safepoint.h"
#include "vm/modules/sys.h"
#include "vm/objects/structseq.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- display and errors ---------------------------------------------------------------------------------------------- */

/* What the stream cannot encode is shown by backslash escapes. */
static int display_text(Value out, Value text) {
    if (py_call_method(out, "write", 1, &text)) return 0;
    if (!py_error_is(TYPE_UnicodeEncodeError)) return -1;
    py_error_clear();
    Value encoding = py_getattr_c(out, "encoding");
    const Value args[] = {encoding, py_intern_c("backslashreplace")};
    Value bytes = encoding ? py_call_method(text, "encode", 2, args) : 0, buffer = bytes ? py_getattr_opt(out, py_intern_c("buffer")) : 0;
    if (!buffer) return -1;
    if (buffer != VM_UNBOUND) return py_call_method(buffer, "write", 1, &bytes) ? 0 : -1;
    const Value decode_args[] = {encoding, py_intern_c("strict")};
    text = py_call_method(bytes, "decode", 2, decode_args);
    return text && py_call_method(out, "write", 1, &text) ? 0 : -1;
}

SYS(sys_displayhook) {
    if (args[0] == VM_NONE) return VM_NONE;
    Value builtins = vm_runtime.builtins_dict, out = vm_sys_get("stdout");
    if (py_dict_set_c(builtins, "_", VM_NONE) < 0) return 0;
    if (!out) return py_raise(TYPE_RuntimeError, "lost sys.stdout");
    Value text = py_repr(args[0]), newline = py_str_char('\n');
    if (!text || display_text(out, text) < 0 || !py_call_method(out, "write", 1, &newline)) return 0;
    return py_dict_set_c(builtins, "_", args[0]) < 0 ? 0 : VM_NONE;
}

static void write_stderr(Value text) {
    Value err = vm_sys_get("stderr");
    if (!text || !err || err == VM_NONE || !py_call_method(err, "write", 1, &text)) py_error_clear();
}

SYS(sys_excepthook) {
    if (!py_is_exception(args[1])) {
        write_stderr(py_str_format("TypeError: print_exception(): Exception expected for value, %T found\n", args[1]));
        return VM_NONE;
    }
    if (args[2] != VM_NONE) SET(REF(PyException, args[1]), traceback, args[2]);
    vm_print_error(args[1]);
    return VM_NONE;
}

SYS(sys_unraisablehook) {
    Value value = tuple_item(args[0], 1), message = tuple_item(args[0], 3), object = tuple_item(args[0], 4);
    if (object != VM_NONE) write_stderr(py_str_format("%S: %R\n", message != VM_NONE ? message : py_str_c("Exception ignored in"), object));
    else if (message != VM_NONE) write_stderr(py_str_format("%S:\n", message));
    if (value != VM_NONE) vm_print_error(value);
    return VM_NONE;
}

/* The pending exception cannot be raised where it occurred (__del__, callbacks): report it. */
void py_write_unraisable(Value where_or_0) { py_write_unraisable_message(0, where_or_0); }

void py_write_unraisable_message(const char *message_or_0, Value where_or_0) {
    Value exception = py_error_take();
    if (!exception) return;
    Value traceback = GET(REF(PyException, exception), traceback);
    const Value fields[] = {py_type_of(exception), exception, traceback ? traceback : VM_NONE,
                            message_or_0 ? py_str_c(message_or_0) : VM_NONE, where_or_0 ? where_or_0 : VM_NONE};
    Value arguments = py_structseq_new(TYPE_SYS_UNRAISABLE, fields, 5, 5), hook = vm_sys_get("unraisablehook");
    if (!hook || hook == VM_NONE || !arguments || VM_AUDIT("sys.unraisablehook", py_tuple_pack(2, hook, arguments)) < 0 || !py_call1(hook, arguments)) py_error_clear();
}

/* module.attribute, of builtins without a dot; VM_UNBOUND if there is none such. */
static Value named_hook(const char *name) {
    const char *dot = strrchr(name, '.');
    Value path = dot ? py_str_new(name, (size_t)(dot - name)) : py_str_c("builtins");
    const char *module_name = path ? py_str_utf8(path, 0) : 0;
    Value module = module_name && dot != name ? py_import(module_name) : 0;
    if (!module) return !py_error() || py_error_is(TYPE_ImportError) ? (py_error_clear(), VM_UNBOUND) : 0;
    return py_getattr_opt(module, py_intern_c(dot ? dot + 1 : name));
}

/* breakpoint(): pdb.set_trace, or what PYTHONBREAKPOINT names. */
SYS(sys_breakpointhook) {
    const char *name = vm_options.ignore_environment ? 0 : getenv("PYTHONBREAKPOINT");
    if (!name || !*name) name = "pdb.set_trace";
    if (!strcmp(name, "0")) return VM_NONE;
    Value hook = named_hook(name);
    if (hook == VM_UNBOUND)
        return py_warn(TYPE_RuntimeWarning, 0, "Ignoring unimportable $PYTHONBREAKPOINT: \"%s\"", name) < 0 ? 0 : VM_NONE;
    return hook ? py_call(hook, args, nargs, kwnames) : 0;
}

/* ---- tracing ----------------------------------------------------------------------------------------------------------- */

SYS(sys_gettrace) {
    Value function = vm_thread()->trace_function;
    return function ? function : VM_NONE;
}
SYS(sys_getprofile) {
    Value function = vm_thread()->profile_function;
    return function ? function : VM_NONE;
}

SYS(sys_settrace) {
    VmThread *thread = vm_thread();
    trace_set_functions(thread, args[0] == VM_NONE ? 0 : args[0], thread->profile_function);
    return VM_NONE;
}
SYS(sys_setprofile) {
    VmThread *thread = vm_thread();
    trace_set_functions(thread, thread->trace_function, args[0] == VM_NONE ? 0 : args[0]);
    return VM_NONE;
}
SYS(sys_call_tracing) {
    if (!py_is_tuple(args[1])) return py_raise(TYPE_TypeError, "call_tracing() argument 2 must be tuple, not %T", args[1]);
    return trace_call_tracing(vm_thread(), args[0], args[1]);
}

/* ---- audit ------------------------------------------------------------------------------------------------------------------ */

uint32_t vm_audit_hooks;
static Value audit_hooks; /* list */

/* A hook is traced only if it says so. */
static int call_hook(Value hook, Value event, Value arguments) {
    VmThread *thread = vm_thread();
    uint32_t tracing = thread->tracing;
    if (tracing) {
        thread->tracing = 0;
        Value wish = py_getattr_opt(hook, py_intern_c("__cantrace__"));
        int can = !wish ? -1 : wish == VM_UNBOUND ? 0 : py_truth(wish);
        if (can < 0) return thread->tracing = tracing, -1;
        if (can) thread->tracing = tracing;
    }
    Value result = py_call2(hook, event, arguments);
    if (tracing) vm_thread()->tracing = tracing;
    return result ? 0 : -1;
}

static int run_hooks(Value event, Value arguments) {
    for (int64_t i = 0; i < py_list_length(audit_hooks); i++)
        if (call_hook(py_list_item(audit_hooks, i), event, arguments) < 0) return -1;
    return 0;
}

int vm_audit_may_call(const char *event, Value args_tuple_or_0) {
    Value name = py_intern_c(event), arguments = args_tuple_or_0 || py_error() ? args_tuple_or_0 : py_tuple_new(0);
    return arguments ? run_hooks(name, arguments) : -1;
}

SYS(sys_audit) {
    if (kwnames && tuple_length(kwnames)) return py_raise(TYPE_TypeError, "sys.audit() takes no keyword arguments");
    if (nargs == 0) return py_raise(TYPE_TypeError, "audit() missing 1 required positional argument: 'event'");
    if (!py_is_str(args[0])) return py_raise(TYPE_TypeError, "expected str for argument 'event', not %T", args[0]);
    if (!atomic_load_relaxed(&vm_audit_hooks)) return VM_NONE;
    Value arguments = py_tuple_from(args + 1, nargs - 1);
    return arguments && run_hooks(args[0], arguments) == 0 ? VM_NONE : 0;
}

SYS(sys_addaudithook) {
    if (VM_AUDIT("sys.addaudithook", 0) < 0) { /* an older hook may refuse it, without a word */
        if (!py_error_is(TYPE_Exception)) return 0;
        py_error_clear();
        return VM_NONE;
    }
    VM_C_SAFEPOINT(stm_become_inevitable("sys.addaudithook"));
    if (py_list_append(audit_hooks, args[0]) < 0) return 0;
    atomic_add_relaxed(&vm_audit_hooks, 1);
    return VM_NONE;
}

/* ---- asynchronous generators -------------------------------------------------------------------------------------------------- */

static Value or_none(Value v) { return v ? v : VM_NONE; }

SYS(sys_get_asyncgen_hooks) {
    VmThread *thread = vm_thread();
    const Value hooks[] = {or_none(thread->async_gen_firstiter), or_none(thread->async_gen_finalizer)};
    return py_structseq_new(TYPE_SYS_ASYNCGEN_HOOKS, hooks, 2, 2);
}

SYS(sys_set_asyncgen_hooks) {
    static const char *const names[] = {"firstiter", "finalizer"};
    for (int i = 0; i < 2; i++)
        if (args[i] && args[i] != VM_NONE && !py_callable(args[i]))
            return py_raise(TYPE_TypeError, "callable %s expected, got %T", names[i], args[i]);
    VmThread *thread = vm_thread();
    if (args[0]) thread->async_gen_firstiter = args[0] == VM_NONE ? 0 : args[0];
    if (args[1]) thread->async_gen_finalizer = args[1] == VM_NONE ? 0 : args[1];
    return VM_NONE;
}

SYS(sys_get_coroutine_origin_tracking_depth) { return int_make(vm_thread()->origin_depth); }
SYS(sys_set_coroutine_origin_tracking_depth) {
    int64_t depth = py_index_int64(args[0], "OverflowError");
    if (depth == -1 && py_error()) return 0;
    if (depth < 0) return py_raise(TYPE_ValueError, "depth must be >= 0");
    vm_thread()->origin_depth = depth > INT32_MAX ? INT32_MAX : (uint32_t)depth;
    return VM_NONE;
}

const PyMethodDef sys_hook_functions[] = {
    {"displayhook", "($module, object, /)", sys_displayhook, 0, "Print an object to sys.stdout and also save it in builtins._"},
    {"excepthook", "($module, exctype, value, traceback, /)", sys_excepthook, 0, "Handle an exception by displaying it with a traceback on sys.stderr."},
    {"unraisablehook", "($module, unraisable, /)", sys_unraisablehook, 0, "Handle an unraisable exception."},
    {"breakpointhook", 0, sys_breakpointhook, 0, "This hook function is called by built-in breakpoint()."},
    {"gettrace", "($module, /)", sys_gettrace, 0, "Return the global debug tracing function set with sys.settrace."},
    {"getprofile", "($module, /)", sys_getprofile, 0, "Return the profiling function set with sys.setprofile."},
    {"settrace", "($module, function, /)", sys_settrace, 0,
     "settrace(function)\n\nSet the global debug tracing function. It is called for each function call and what follows in it."},
    {"setprofile", "($module, function, /)", sys_setprofile, 0,
     "setprofile(function)\n\nSet the profiling function. It is called for each function call and return."},
    {"call_tracing", "($module, func, args, /)", sys_call_tracing, 0,
     "Call func(*args), while tracing is enabled.\n\nThe tracing state is saved, and restored afterwards: for a debugger that debugs some other code recursively."},
    {"audit", 0, sys_audit, 0, "Passes the event to any hooks that are attached."},
    {"addaudithook", "($module, /, hook)", sys_addaudithook, 0, "Adds a new audit hook callback."},
    {"get_asyncgen_hooks", "($module, /)", sys_get_asyncgen_hooks, 0, "Return the installed asynchronous generators hooks."},
    {"set_asyncgen_hooks", "($module, /, firstiter=None, finalizer=None)", sys_set_asyncgen_hooks, 0, "Set a finalizer for async generators objects."},
    {"get_coroutine_origin_tracking_depth", "($module, /)", sys_get_coroutine_origin_tracking_depth, 0, "Check status of origin tracking for coroutine objects in this thread."},
    {"set_coroutine_origin_tracking_depth", "($module, /, depth)", sys_set_coroutine_origin_tracking_depth, 0, "Enable or disable origin tracking for coroutine objects in this thread."},
    {0}};

int sys_init_hooks(Value module) {
    Value dict = py_module_dict(module);
    audit_hooks = py_list_new(0);
    vm_root_register(&audit_hooks);
    static const char *const kept[] = {"displayhook", "excepthook", "unraisablehook", "breakpointhook"};
    for (size_t i = 0; i < 4; i++) {
        char name[40];
        snprintf(name, sizeof name, "__%s__", kept[i]);
        Value hook = py_dict_get_c(dict, kept[i]);
        if (!hook || py_module_add(module, name, hook) < 0) return -1;
    }
    return 0;
}
