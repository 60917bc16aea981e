/* Module _asyncio: the running loop of each thread, the registry of tasks, and the module. */
#include "vm/modules/asyncio.h"
#include "vm/exec/safepoint.h"
#include "vm/modules/module.h"
#include "vm/runtime.h"
#include <pthread.h>

Value asyncio_state;

/* ---- loops ------------------------------------------------------------------------------------------------------------ */

Value asyncio_running_loop(void) {
    Value loop = vm_thread()->running_loop;
    return loop ? loop : VM_NONE;
}

Value asyncio_event_loop(void) {
    Value loop = asyncio_running_loop();
    if (loop != VM_NONE) return loop;
    Value policy = py_call0(STATE(get_event_loop_policy));
    return policy ? py_call_method(policy, "get_event_loop", 0, 0) : 0;
}

FUNCTION(asyncio_get_event_loop) { return asyncio_event_loop(); }
FUNCTION(asyncio_get_running_loop_or_none) { return asyncio_running_loop(); }
FUNCTION(asyncio_get_running_loop) {
    Value loop = asyncio_running_loop();
    return loop == VM_NONE ? py_raise(TYPE_RuntimeError, "no running event loop") : loop;
}
FUNCTION(asyncio_set_running_loop) {
    vm_thread()->running_loop = args[0] == VM_NONE ? 0 : args[0];
    return VM_NONE;
}

static void forked(void) { vm_thread()->running_loop = 0; } /* it is the parent's */

int asyncio_call_soon(Value loop, Value callback, Value argument_or_0, Value context_or_0) {
    Value row[3] = {callback}, method = py_getattr_c(loop, "call_soon");
    size_t nargs = 1;
    if (!method) return -1;
    if (argument_or_0) row[nargs++] = argument_or_0;
    if (context_or_0) row[nargs] = context_or_0;
    return py_call(method, row, nargs, context_or_0 ? STATE(context_keyword) : 0) ? 0 : -1;
}

/* ---- tasks ------------------------------------------------------------------------------------------------------------ */

int asyncio_register_task(Value task) { return py_call_method(STATE(all_tasks), "add", 1, &task) ? 0 : -1; }

int asyncio_enter_task(Value loop, Value task) {
    Value other = py_dict_get(STATE(current_tasks), loop);
    if (!other) return -1;
    if (other == VM_UNBOUND) return py_dict_set(STATE(current_tasks), loop, task);
    return py_raise_int(TYPE_RuntimeError, "Cannot enter into task %R while another task %R is being executed.", task, other);
}
int asyncio_leave_task(Value loop, Value task) {
    Value other = py_dict_get(STATE(current_tasks), loop);
    if (!other) return -1;
    if (other == task) return py_dict_delete(STATE(current_tasks), loop) < 0 ? -1 : 0;
    return py_raise_int(TYPE_RuntimeError, "Leaving task %R does not match the current task %R.", task,
                        other == VM_UNBOUND ? VM_NONE : other);
}

static Value none_or_0(int status) { return status < 0 ? 0 : VM_NONE; }
FUNCTION(register_task) { return none_or_0(asyncio_register_task(args[0])); }
FUNCTION(unregister_task) { return py_call_method(STATE(all_tasks), "discard", 1, args) ? VM_NONE : 0; }
FUNCTION(enter_task) { return none_or_0(asyncio_enter_task(args[0], args[1])); }
FUNCTION(leave_task) { return none_or_0(asyncio_leave_task(args[0], args[1])); }

/* ---- the module --------------------------------------------------------------------------------------------------------- */

static const PyMethodDef functions[] = {
    {"get_event_loop", "($module, /)", asyncio_get_event_loop, 0,
     "Return an asyncio event loop.\n\nWhen called from a coroutine or a callback (e.g. scheduled with\ncall_soon or similar API), this function will always return the\nrunning event loop."},
    {"_get_event_loop", "($module, /, stacklevel=3)", asyncio_get_event_loop, 0, 0},
    {"get_running_loop", "($module, /)", asyncio_get_running_loop, 0,
     "Return the running event loop.  Raise a RuntimeError if there is none.\n\nThis function is thread-specific."},
    {"_get_running_loop", "($module, /)", asyncio_get_running_loop_or_none, 0, "Return the running event loop or None."},
    {"_set_running_loop", "($module, loop, /)", asyncio_set_running_loop, 0, "Set the running event loop."},
    {"_register_task", "($module, /, task)", register_task, 0, "Register a new task in asyncio as executed by loop."},
    {"_unregister_task", "($module, /, task)", unregister_task, 0, "Unregister a task."},
    {"_enter_task", "($module, /, loop, task)", enter_task, 0, "Enter into task execution or resume suspended task."},
    {"_leave_task", "($module, /, loop, task)", leave_task, 0, "Leave task execution or suspend a task."},
    {0}};

static Value new_state(void) {
    static const char *const names[ASYNCIO_IMPORTED][2] = {
#define ASYNCIO_NAME(id, module, name) {module, name},
        ASYNCIO_NAMES
#undef ASYNCIO_NAME
    };
    Value items[ASYNCIO_STATE];
    for (int i = 0; i < ASYNCIO_IMPORTED; i++)
        if (!(items[i] = py_import_attr(names[i][0], names[i][1]))) return 0;
    items[ASYNCIO_all_tasks] = py_call0(items[ASYNCIO_WeakSet]);
    items[ASYNCIO_current_tasks] = py_dict_new();
    items[ASYNCIO_context_keyword] = py_tuple_pack(1, py_intern_c("context"));
    for (int i = ASYNCIO_IMPORTED; i < ASYNCIO_STATE; i++)
        if (!items[i]) return 0;
    return py_tuple_from(items, ASYNCIO_STATE);
}

static int asyncio_init(Value module) {
    Value state = new_state();
    if (!state) return -1;
    VM_C_SAFEPOINT(stm_become_inevitable("import of _asyncio"));
    if (!asyncio_state) { /* a second import goes on with the same tasks */
        vm_root_register(&asyncio_state);
        pthread_atfork(0, 0, forked);
        asyncio_state = state;
    }
    if (py_module_add_type(module, TYPE_FUTURE) < 0 || py_module_add_type(module, TYPE_TASK) < 0) return -1;
    return py_module_add(module, "_all_tasks", STATE(all_tasks)) < 0 ? -1 : py_module_add(module, "_current_tasks", STATE(current_tasks));
}
const PyModuleDef py_module_asyncio = {.doc = "Accelerator module for asyncio", .functions = functions, .init = asyncio_init};
