/* Module faulthandler: the traceback of the calling thread on demand.
 *
 * enable() only remembers that it was called: page faults belong to the runtime, which reports a real crash itself. */
#include "stm/atomic.h"
#include "vm/exec/frame.h"
#include "vm/exec/safepoint.h"
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include "vm/runtime.h"
#include <stdio.h>
#include <unistd.h>

static bool enabled;

/* The descriptor of `file` (an int, an object with fileno(), None: sys.stderr), flushed. */
static int file_argument(Value file, int *fd) {
    if (!file || file == VM_NONE) {
        file = vm_sys_get("stderr");
        if (!file || file == VM_NONE) return py_raise_int(TYPE_RuntimeError, "sys.stderr is None");
    }
    if (py_is_int(file)) {
        if (int_argument(file, fd) < 0) return -1;
        return *fd < 0 ? py_raise_int(TYPE_ValueError, "file is not a valid file descripter") : 0;
    }
    if (fd_argument(file, fd) < 0) return -1;
    if (!py_call_method(file, "flush", 0, 0)) py_error_clear();
    return 0;
}

static void write_text(int fd, Value text) {
    size_t length;
    const char *utf8 = text ? py_str_utf8(text, &length) : 0;
    if (!utf8) {
        py_error_clear();
        return;
    }
    ssize_t written = write(fd, utf8, length);
    (void)written;
}

FUNCTION(faulthandler_dump_traceback) {
    int fd;
    if (file_argument(args[0], &fd) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("faulthandler"));
    VmThread *thread = vm_thread();
    write_text(fd, py_str_format("Current thread 0x%lx (most recent call first):\n", (unsigned long)thread->ident));
    for (VmFrame *frame = vm_current_frame(); frame; frame = frame->prev)
        write_text(fd, py_str_format("  File \"%S\", line %d in %S\n", frame->code->filename, vm_code_line_near(frame->code, (uint32_t)(frame->pc - frame->code->instrs)),
                                     frame->code->name));
    return VM_NONE;
}
FUNCTION(faulthandler_enable) {
    int fd;
    if (file_argument(args[0], &fd) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("faulthandler"));
    atomic_store_relaxed(&enabled, true);
    return VM_NONE;
}
FUNCTION(faulthandler_disable) {
    VM_C_SAFEPOINT(stm_become_inevitable("faulthandler"));
    bool was = atomic_load_relaxed(&enabled);
    atomic_store_relaxed(&enabled, false);
    return vm_bool(was);
}
FUNCTION(faulthandler_is_enabled) { return vm_bool(atomic_load_relaxed(&enabled)); }

static const PyMethodDef faulthandler_functions[] = {
    {"dump_traceback", "($module, /, file=sys.stderr, all_threads=True)", faulthandler_dump_traceback, 0, "Dump the traceback of the current thread into file."},
    {"enable", "($module, /, file=sys.stderr, all_threads=True)", faulthandler_enable, 0, "Enable the fault handler."},
    {"disable", "($module, /)", faulthandler_disable, 0, "Disable the fault handler."},
    {"is_enabled", "($module, /)", faulthandler_is_enabled, 0, "Check if the handler is enabled."},
    {0}};
const PyModuleDef py_module_faulthandler = {.doc = "faulthandler module.", .functions = faulthandler_functions};
