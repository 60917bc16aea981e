/* Module _asyncio: Task: a future that runs a coroutine, one step for each call from the loop. While a task is not done, either its
 * step is scheduled, or `waiter` is a future whose callbacks wake it. */
#include "stm/atomic.h"
#include "vm/exec/generator.h"
#include "vm/modules/asyncio.h"
#include "vm/modules/module.h"
#include "vm/objects/builtin.h"
#include "vm/objects/list.h"
#include "vm/runtime.h"

/* ---- what the loop calls --------------------------------------------------------------------------------------------------- */

static Value task_call_new(uint32_t type, Value task, Value exception_or_0) {
    Value call = py_alloc_id(type, 0);
    if (!call) return 0;
    REF(PyTaskCall, call)->task = task;
    REF(PyTaskCall, call)->exception = exception_or_0;
    return call;
}
static int step_soon(Value task, Value exception_or_0) {
    Value call = task_call_new(TYPE_TASK_STEP, task, exception_or_0);
    return call ? asyncio_call_soon(GET(future_of(task), loop), call, 0, GET(task_of(task), context)) : -1;
}
/* The coroutine is to see an error of its own making. */
static int fail_soon(Value task, const char *format, Value about) {
    Value error = py_call1(py_type(TYPE_RuntimeError), py_str_format(format, task, about));
    return error ? step_soon(task, error) : -1;
}

/* ---- what the coroutine yields ------------------------------------------------------------------------------------------------ */

/* 1: `waited` takes the cancellation; 0, -1. */
static int cancel_waited(Value waited, Value message) {
    Value method = py_getattr_c(waited, "cancel"), kwnames = py_tuple_pack(1, py_intern_c("msg"));
    Value done = method && kwnames ? py_call(method, (const Value[]){message ? message : VM_NONE}, 0, kwnames) : 0;
    return done ? py_truth(done) : -1;
}

/* Wait for a future: one of this module's classes itself, or whatever has the protocol. */
static int add_wakeup(Value task, Value future, bool ours) {
    Value wakeup = task_call_new(TYPE_TASK_WAKEUP, task, 0), context = GET(task_of(task), context);
    if (!wakeup) return -1;
    if (ours) return future_add_callback(future, wakeup, context);
    Value method = py_getattr_c(future, "add_done_callback");
    return method && py_call(method, (const Value[]){wakeup, context}, 1, STATE(context_keyword)) ? 0 : -1;
}

static Value loop_of_any(Value future) {
    Value method = py_getattr_opt(future, py_intern_c("get_loop"));
    if (!method) return 0;
    return method == VM_UNBOUND ? py_getattr_c(future, "_loop") : py_call0(method);
}

static int wait_for(Value task, Value future, bool ours, bool blocking) {
    Value loop = ours ? GET(future_of(future), loop) : loop_of_any(future);
    if (!loop && py_error()) return -1;
    if (loop != GET(future_of(task), loop)) return fail_soon(task, "Task %R got Future %R attached to a different loop", future);
    if (!blocking) return fail_soon(task, "yield was used instead of yield from in task %R with %R", future);
    if (ours) future_set_flag(future, FUTURE_BLOCKING, false);
    else if (py_setattr(future, py_intern_c("_asyncio_future_blocking"), VM_FALSE) < 0) return -1;
    if (add_wakeup(task, future, ours) < 0) return -1;
    SET(task_of(task), waiter, future);
    if (!future_flag(task, FUTURE_MUST_CANCEL)) return 0;
    int cancelled = cancel_waited(future, GET(future_of(task), cancel_message));
    if (cancelled > 0) future_set_flag(task, FUTURE_MUST_CANCEL, false);
    return cancelled < 0 ? -1 : 0;
}

static int yielded(Value task, Value v) {
    if (v == task) return fail_soon(task, "Task cannot await on itself: %R", 0);
    if (is_future(v)) return wait_for(task, v, true, future_flag(v, FUTURE_BLOCKING));
    if (v == VM_NONE) return step_soon(task, 0);
    Value blocking = py_getattr_opt(v, py_intern_c("_asyncio_future_blocking"));
    if (!blocking) return -1;
    if (blocking != VM_UNBOUND && blocking != VM_NONE) {
        int truth = py_truth(blocking);
        return truth < 0 ? -1 : wait_for(task, v, false, truth);
    }
    if (is_exactly(v, TYPE_GENERATOR))
        return fail_soon(task, "yield was used instead of yield from for generator in task %R with %R", v);
    Value error = py_call1(py_type(TYPE_RuntimeError), py_str_format("Task got bad yield: %R", v));
    return error ? step_soon(task, error) : -1;
}

/* ---- steps ---------------------------------------------------------------------------------------------------------------------- */

/* As generator_send, for any object with the methods of a coroutine. */
static Value resume(Value coroutine, Value exception_or_0) {
    if (exception_or_0) return generator_throw_any(coroutine, exception_or_0);
    if (!type_flag(coroutine, VM_TYPE_HEAP) || py_type_lookup(py_type_of(coroutine), NAME(__next__))) return generator_send_any(coroutine, VM_NONE);
    const Value none = VM_NONE;
    Value v = py_call_method(coroutine, "send", 1, &none);
    return v ? v : generator_stop_from_exception();
}

static int ended(Value task, Value result) {
    if (!future_flag(task, FUTURE_MUST_CANCEL)) return future_set_result(task, result);
    future_set_flag(task, FUTURE_MUST_CANCEL, false); /* just before it stopped */
    return future_cancel(task, GET(future_of(task), cancel_message)) < 0 ? -1 : 0;
}

static int failed(Value task) {
    Value error = py_error_take();
    if (py_type_is_subtype(py_type_of(error), STATE(CancelledError))) {
        SET(future_of(task), cancelled_error, error);
        return future_cancel(task, VM_NONE) < 0 ? -1 : 0;
    }
    if (future_set_exception(task, error) < 0) return -1;
    if (!py_is_instance_of(error, TYPE_KeyboardInterrupt) && !py_is_instance_of(error, TYPE_SystemExit)) return 0;
    py_error_restore(error);
    return -1;
}

static int run_step(Value task, Value exception_or_0) {
    if (GET(future_of(task), state) != FUTURE_PENDING) {
        Value text = py_str_format("__step(): already done: %R %R", task, exception_or_0 ? exception_or_0 : py_str_c(""));
        Value error = text ? py_call1(STATE(InvalidStateError), text) : 0;
        return error ? py_raise_object(error), -1 : -1;
    }
    if (future_flag(task, FUTURE_MUST_CANCEL)) {
        bool cancels = exception_or_0 && py_type_is_subtype(py_type_of(exception_or_0), STATE(CancelledError));
        if (!cancels && !(exception_or_0 = future_cancelled_error(task))) return -1;
        future_set_flag(task, FUTURE_MUST_CANCEL, false);
    }
    SET(task_of(task), waiter, 0);
    Value coroutine = GET(task_of(task), coroutine);
    if (!coroutine) return py_raise_int(TYPE_RuntimeError, "uninitialized Task object");
    Value v = resume(coroutine, exception_or_0);
    if (!v) return failed(task);
    if (v != VM_STOP) return yielded(task, v);
    Value result = vm_thread()->generator_result;
    return ended(task, result);
}

static Value step(Value task, Value exception_or_0) {
    Value loop = GET(future_of(task), loop);
    if (asyncio_enter_task(loop, task) < 0) return 0;
    int status = run_step(task, exception_or_0);
    Value error = status < 0 ? py_error_take() : 0;
    if (asyncio_leave_task(loop, task) < 0) return 0;
    if (!error) return VM_NONE;
    py_error_restore(error);
    return 0;
}

static Value step_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    (void)args;
    if (kwnames && tuple_length(kwnames)) return py_raise(TYPE_TypeError, "function takes no keyword arguments");
    if (nargs) return py_raise(TYPE_TypeError, "function takes no positional arguments");
    return step(REF(PyTaskCall, self)->task, REF(PyTaskCall, self)->exception);
}

static Value wakeup_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs != 1 || (kwnames && tuple_length(kwnames)))
        return py_raise(TYPE_TypeError, "TaskWakeupMethWrapper() takes exactly one argument (%zu given)", nargs);
    Value result = is_future(args[0]) ? future_result(args[0]) : py_call_method(args[0], "result", 0, 0);
    return step(REF(PyTaskCall, self)->task, result ? 0 : py_error_take());
}

static Value call_get_self(Value self) { return REF(PyTaskCall, self)->task; }
static Value wakeup_get_name(Value self) { return (void)self, py_intern_c("TaskWakeupMethWrapper"); }
static const PyGetSetDef step_getsets[] = {{"__self__", call_get_self, 0, 0}, {0}};
static const PyGetSetDef wakeup_getsets[] = {
    {"__self__", call_get_self, 0, 0}, {"__name__", wakeup_get_name, 0, 0}, {"__qualname__", wakeup_get_name, 0, 0}, {0}};
const PyTypeSpec py_spec_task_step = {.slots = {.call = step_call}, .getsets = step_getsets, .module = "_asyncio"};
const PyTypeSpec py_spec_task_wakeup = {.slots = {.call = wakeup_call}, .getsets = wakeup_getsets, .module = "_asyncio"};

/* ---- the object ------------------------------------------------------------------------------------------------------------------- */

static int check_coroutine(Value self, Value coroutine) {
    if (is_exactly(coroutine, TYPE_COROUTINE)) return 0;
    Value answer = py_call1(STATE(iscoroutine), coroutine);
    int truth = answer ? py_truth(answer) : -1;
    if (truth) return truth < 0 ? -1 : 0;
    future_set_flag(self, FUTURE_LOG_DESTROY_PENDING, false);
    return py_raise_int(TYPE_TypeError, "a coroutine was expected, got %R", coroutine);
}

static Value new_name(Value given) {
    static uint64_t counter;
    if (given == VM_NONE) return py_str_format("Task-%lu", (unsigned long)(atomic_add_relaxed(&counter, 1) + 1));
    return is_exactly(given, TYPE_STR) ? given : py_str(given);
}

static int task_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *parsed;
    Value bound[4]; /* coro, loop, name, context */
    if (builtin_bind_init(&parsed, "(coro, *, loop=None, name=None, context=None)", "Task", args, nargs, kwnames, bound) < 0) return -1;
    if (future_init(self, bound[1] ? bound[1] : VM_NONE) < 0 || check_coroutine(self, bound[0]) < 0) return -1;
    Value context = bound[3] && bound[3] != VM_NONE ? bound[3] : vm_copy_context();
    Value name = context ? new_name(bound[2] ? bound[2] : VM_NONE) : 0;
    if (!name) return -1;
    PyTask GS *task = task_of(self);
    SET(task, waiter, 0);
    SET(task, coroutine, bound[0]);
    SET(task, context, context);
    SET(task, name, name);
    future_set_flag(self, FUTURE_LOG_DESTROY_PENDING, true);
    future_register_finalizer(self);
    return step_soon(self, 0) < 0 ? -1 : asyncio_register_task(self);
}

FUNCTION(task_del) {
    Value self = args[0];
    if (GET(future_of(self), state) == FUTURE_PENDING && future_flag(self, FUTURE_LOG_DESTROY_PENDING)) {
        future_set_flag(self, FUTURE_LOG_DESTROY_PENDING, false);
        future_tell_handler(self, "task", py_str_c("Task was destroyed but it is pending!"), 0);
    }
    return future_run_del(self);
}

FUNCTION(task_cancel) {
    Value self = args[0], message = args[1] ? args[1] : VM_NONE;
    future_set_flag(self, FUTURE_LOG_TRACEBACK, false);
    if (GET(future_of(self), state) != FUTURE_PENDING) return VM_FALSE;
    SET(future_of(self), cancels, GET(future_of(self), cancels) + 1);
    Value waiter = GET(task_of(self), waiter);
    if (waiter) {
        int taken = cancel_waited(waiter, message);
        if (taken) return taken < 0 ? 0 : VM_TRUE;
    }
    future_set_flag(self, FUTURE_MUST_CANCEL, true);
    SET_VALUE(future_of(self), cancel_message, message);
    return VM_TRUE;
}
FUNCTION(task_cancelling) { return int_make(GET(future_of(args[0]), cancels)); }
FUNCTION(task_uncancel) {
    int64_t cancels = GET(future_of(args[0]), cancels);
    if (cancels > 0) SET(future_of(args[0]), cancels, --cancels);
    return int_make(cancels);
}
FUNCTION(task_set_result) { return py_raise(TYPE_RuntimeError, "Task does not support set_result operation"); }
FUNCTION(task_set_exception) { return py_raise(TYPE_RuntimeError, "Task does not support set_exception operation"); }
FUNCTION(task_get_stack) { return py_call2(STATE(task_get_stack), args[0], args[1] ? args[1] : VM_NONE); }
FUNCTION(task_print_stack) { return py_call3(STATE(task_print_stack), args[0], args[1] ? args[1] : VM_NONE, args[2] ? args[2] : VM_NONE); }
static Value or_none(Value v) { return v ? v : VM_NONE; }
FUNCTION(task_get_coro) { return or_none(GET(task_of(args[0]), coroutine)); }
FUNCTION(task_get_name) { return or_none(GET(task_of(args[0]), name)); }
FUNCTION(task_set_name) {
    Value name = new_name(args[1] == VM_NONE ? py_str(args[1]) : args[1]);
    if (!name) return 0;
    SET(task_of(args[0]), name, name);
    return VM_NONE;
}

static Value repr(Value self) { return py_call1(STATE(task_repr), self); }

static Value get_log_destroy_pending(Value self) { return vm_bool(future_flag(self, FUTURE_LOG_DESTROY_PENDING)); }
static int set_log_destroy_pending(Value self, Value v) {
    int on = v ? py_truth(v) : py_raise_int(TYPE_AttributeError, "cannot delete attribute");
    if (on < 0) return -1;
    future_set_flag(self, FUTURE_LOG_DESTROY_PENDING, on);
    return 0;
}
static Value get_must_cancel(Value self) { return vm_bool(future_flag(self, FUTURE_MUST_CANCEL)); }
static Value get_coroutine(Value self) { return or_none(GET(task_of(self), coroutine)); }
static Value get_waiter(Value self) { return or_none(GET(task_of(self), waiter)); }

static const PyGetSetDef getsets[] = {{"_log_destroy_pending", get_log_destroy_pending, set_log_destroy_pending, 0},
                                      {"_must_cancel", get_must_cancel, 0, 0},
                                      {"_coro", get_coroutine, 0, 0},
                                      {"_fut_waiter", get_waiter, 0, 0},
                                      {0}};
static const PyMethodDef methods[] = {
    {"set_result", "($self, result, /)", task_set_result, 0, 0},
    {"set_exception", "($self, exception, /)", task_set_exception, 0, 0},
    {"cancel", "($self, /, msg=None)", task_cancel, 0, "Request that this task cancel itself."},
    {"cancelling", "($self, /)", task_cancelling, 0, "Return the count of the task's cancellation requests."},
    {"uncancel", "($self, /)", task_uncancel, 0, "Decrement the task's count of cancellation requests."},
    {"get_stack", "($self, /, *, limit=None)", task_get_stack, 0, "Return the list of stack frames for this task's coroutine."},
    {"print_stack", "($self, /, *, limit=None, file=None)", task_print_stack, 0, "Print the stack or traceback for this task's coroutine."},
    {"get_coro", "($self, /)", task_get_coro, 0, 0},
    {"get_name", "($self, /)", task_get_name, 0, 0},
    {"set_name", "($self, value, /)", task_set_name, 0, 0},
    {"__del__", "($self, /)", task_del, 0, 0},
    CLASS_GETITEM,
    {0}};
const PyTypeSpec py_spec_task = {.doc = "A coroutine wrapped in a Future.",
                                 .slots = {.init = task_init, .repr = repr},
                                 .methods = methods,
                                 .getsets = getsets,
                                 .raw_words = 3,
                                 .has_dict = true,
                                 .module = "_asyncio"};
