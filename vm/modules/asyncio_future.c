/* Module _asyncio: Future, and what `await` of one iterates over. */
#include "vm/exec/generator.h"
#include "vm/modules/asyncio.h"
#include "vm/modules/module.h"
#include "vm/objects/builtin.h"
#include "vm/objects/list.h"
#include "vm/objects/type.h"
#include "vm/runtime.h"

void future_set_flag(Value self, uint64_t flag, bool on) {
    uint64_t flags = GET(future_of(self), flags);
    if (((flags & flag) != 0) != on) SET(future_of(self), flags, flags ^ flag);
}

void future_register_finalizer(Value self) {
    if (future_flag(self, FUTURE_FINALIZED) || type_has_flag(py_type_of(self), VM_TYPE_HAS_DEL)) return;
    future_set_flag(self, FUTURE_FINALIZED, true);
    gc_finalizer_register(self);
}

bool future_wants_finalizer(const uint64_t *object) {
    const PyFuture *f = (const PyFuture *)object;
    if (f->flags & FUTURE_LOG_TRACEBACK) return true;
    return f->state == FUTURE_PENDING && (f->flags & FUTURE_LOG_DESTROY_PENDING);
}

static Value loop_of(Value self) {
    Value loop = GET(future_of(self), loop);
    return loop ? loop : py_raise(TYPE_RuntimeError, "Future object is not initialized.");
}
static uint64_t state_of(Value self) { return GET(future_of(self), state); }
static Value invalid_state(const char *message) {
    Value error = py_call1(STATE(InvalidStateError), py_str_c(message));
    return error ? py_raise_object(error) : 0;
}

/* ---- initialization ------------------------------------------------------------------------------------------------------ */

int future_init(Value self, Value loop) {
    PyFuture GS *f = future_of(self);
    SET(f, state, FUTURE_PENDING);
    SET(f, flags, GET(f, flags) & FUTURE_FINALIZED);
    SET(f, cancels, 0);
    for (Value GS *field = &f->loop; field <= &f->cancelled_error; field++) {
        stm_write((StmObj)f, field);
        *field = 0;
    }
    if (loop == VM_NONE && !(loop = asyncio_event_loop())) return -1;
    SET(f, loop, loop);
    Value debug = py_call_method(loop, "get_debug", 0, 0);
    int traced = debug ? py_truth(debug) : -1;
    if (traced <= 0) return traced;
    Value stack = py_call0(STATE(extract_stack));
    if (!stack) return -1;
    SET(future_of(self), source_traceback, stack);
    return 0;
}
static int init(Value self, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *parsed;
    Value bound[1];
    if (builtin_bind_init(&parsed, "(*, loop=None)", "Future", args, nargs, kwnames, bound) < 0) return -1;
    return future_init(self, bound[0] ? bound[0] : VM_NONE);
}
static Value make(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_alloc(type, 0);
}

/* ---- callbacks ------------------------------------------------------------------------------------------------------------ */

int future_add_callback(Value self, Value callback, Value context) {
    if (!loop_of(self)) return -1;
    if (state_of(self) != FUTURE_PENDING) return asyncio_call_soon(loop_of(self), callback, self, context);
    Value pair = py_tuple_pack(2, callback, context), callbacks = GET(future_of(self), callbacks);
    if (!pair) return -1;
    if (callbacks) return py_list_append(callbacks, pair);
    callbacks = py_list_from(&pair, 1);
    if (!callbacks) return -1;
    SET(future_of(self), callbacks, callbacks);
    return 0;
}

static int schedule_callbacks(Value self) {
    Value callbacks = GET(future_of(self), callbacks), loop = GET(future_of(self), loop);
    if (!callbacks) return 0;
    SET(future_of(self), callbacks, 0);
    for (int64_t i = 0; i < py_list_length(callbacks); i++) {
        Value pair = py_list_item(callbacks, i);
        if (asyncio_call_soon(loop, tuple_item(pair, 0), self, tuple_item(pair, 1)) < 0) return -1;
    }
    return 0;
}

FUNCTION(future_add_done_callback) {
    Value context = args[2] ? args[2] : vm_copy_context();
    return context && future_add_callback(args[0], args[1], context) == 0 ? VM_NONE : 0;
}

/* Comparing may change the list. */
FUNCTION(future_remove_done_callback) {
    Value self = args[0], callbacks = GET(future_of(self), callbacks), kept = py_list_new(0);
    int64_t removed = 0;
    if (!loop_of(self) || !kept) return 0;
    for (int64_t i = 0; callbacks && i < py_list_length(callbacks); i++) {
        Value pair = py_list_item(callbacks, i);
        int same = py_compare_bool(tuple_item(pair, 0), args[1], PY_EQ);
        if (same < 0 || (!same && py_list_append(kept, pair) < 0)) return 0;
        removed += same;
    }
    if (removed && GET(future_of(self), callbacks)) SET(future_of(self), callbacks, py_list_length(kept) ? kept : 0);
    return int_make(removed);
}

/* ---- results -------------------------------------------------------------------------------------------------------------- */

int future_set_result(Value self, Value result) {
    if (!loop_of(self) || (state_of(self) != FUTURE_PENDING && !invalid_state("invalid state"))) return -1;
    SET(future_of(self), result, result);
    SET(future_of(self), state, FUTURE_FINISHED);
    return schedule_callbacks(self);
}

int future_set_exception(Value self, Value exception) {
    if (!loop_of(self) || (state_of(self) != FUTURE_PENDING && !invalid_state("invalid state"))) return -1;
    if (py_is_type(exception) && py_type_is_subtype(exception, py_type(TYPE_BaseException)) && !(exception = py_call0(exception))) return -1;
    if (state_of(self) != FUTURE_PENDING) return invalid_state("invalid state"), -1;
    if (!py_is_exception(exception)) return py_raise_int(TYPE_TypeError, "invalid exception object");
    if (has_type(exception, TYPE_StopIteration))
        return py_raise_int(TYPE_TypeError, "StopIteration interacts badly with generators and cannot be raised into a Future");
    SET(future_of(self), exception, exception);
    SET_VALUE(future_of(self), traceback, GET(REF(PyException, exception), traceback));
    SET(future_of(self), state, FUTURE_FINISHED);
    if (schedule_callbacks(self) < 0) return -1;
    future_set_flag(self, FUTURE_LOG_TRACEBACK, true);
    future_register_finalizer(self);
    return 0;
}

int future_cancel(Value self, Value message) {
    future_set_flag(self, FUTURE_LOG_TRACEBACK, false);
    if (!loop_of(self)) return -1;
    if (state_of(self) != FUTURE_PENDING) return 0;
    SET(future_of(self), state, FUTURE_CANCELLED);
    SET_VALUE(future_of(self), cancel_message, message);
    return schedule_callbacks(self) < 0 ? -1 : 1;
}

Value future_cancelled_error(Value self) {
    Value error = GET(future_of(self), cancelled_error), message = GET(future_of(self), cancel_message);
    SET(future_of(self), cancelled_error, 0);
    if (error) return error;
    return message && message != VM_NONE ? py_call1(STATE(CancelledError), message) : py_call0(STATE(CancelledError));
}
static Value raise_cancelled(Value self) {
    Value error = future_cancelled_error(self);
    return error ? py_raise_object(error) : 0;
}

Value future_result(Value self) {
    if (!GET(future_of(self), loop)) return invalid_state("Future object is not initialized.");
    if (state_of(self) == FUTURE_CANCELLED) return raise_cancelled(self);
    if (state_of(self) == FUTURE_PENDING) return invalid_state("Result is not set.");
    future_set_flag(self, FUTURE_LOG_TRACEBACK, false);
    Value exception = GET(future_of(self), exception);
    if (!exception) return GET(future_of(self), result);
    Value traceback = GET(future_of(self), traceback);
    SET_VALUE(REF(PyException, exception), traceback, traceback ? traceback : VM_NONE);
    return py_raise_object(exception);
}

FUNCTION(future_result_method) { return future_result(args[0]); }
FUNCTION(future_exception_method) {
    Value self = args[0];
    if (!GET(future_of(self), loop)) return invalid_state("Future object is not initialized.");
    if (state_of(self) == FUTURE_CANCELLED) return raise_cancelled(self);
    if (state_of(self) == FUTURE_PENDING) return invalid_state("Exception is not set.");
    future_set_flag(self, FUTURE_LOG_TRACEBACK, false);
    Value exception = GET(future_of(self), exception);
    return exception ? exception : VM_NONE;
}
FUNCTION(future_set_result_method) { return future_set_result(args[0], args[1]) < 0 ? 0 : VM_NONE; }
FUNCTION(future_set_exception_method) { return future_set_exception(args[0], args[1]) < 0 ? 0 : VM_NONE; }
FUNCTION(future_cancel_method) {
    int done = future_cancel(args[0], args[1] ? args[1] : VM_NONE);
    return done < 0 ? 0 : vm_bool(done);
}
FUNCTION(future_cancelled) { return vm_bool(state_of(args[0]) == FUTURE_CANCELLED); }
FUNCTION(future_done) { return vm_bool(state_of(args[0]) != FUTURE_PENDING); }
FUNCTION(future_get_loop) { return loop_of(args[0]); }
FUNCTION(future_make_cancelled_error) { return future_cancelled_error(args[0]); }

/* ---- the end ---------------------------------------------------------------------------------------------------------------- */

void future_tell_handler(Value self, const char *key, Value message, Value exception_or_0) {
    Value context = py_dict_new(), source = GET(future_of(self), source_traceback), loop = GET(future_of(self), loop);
    bool ok = context && message && loop && py_dict_set_c(context, "message", message) == 0 && py_dict_set_c(context, key, self) == 0 &&
              (!exception_or_0 || py_dict_set_c(context, "exception", exception_or_0) == 0) &&
              (!source || py_dict_set_c(context, "source_traceback", source) == 0);
    if (!ok || !py_call_method(loop, "call_exception_handler", 1, &context)) py_write_unraisable(self);
}

Value future_run_del(Value self) {
    if (!future_flag(self, FUTURE_LOG_TRACEBACK)) return VM_NONE;
    future_set_flag(self, FUTURE_LOG_TRACEBACK, false);
    Value message = py_str_format("%S exception was never retrieved", py_type_name(py_type_of(self)));
    future_tell_handler(self, "future", message, GET(future_of(self), exception));
    return VM_NONE;
}
FUNCTION(future_del) { return future_run_del(args[0]); }

static Value repr(Value self) { return py_call1(STATE(future_repr), self); }

/* ---- attributes --------------------------------------------------------------------------------------------------------------- */

static int cannot_delete(void) { return py_raise_int(TYPE_AttributeError, "cannot delete attribute"); }
static Value or_none(Value v) { return v ? v : VM_NONE; }

static Value get_state(Value self) {
    static const char *const names[] = {"PENDING", "CANCELLED", "FINISHED"};
    return loop_of(self) ? py_intern_c(names[state_of(self)]) : 0;
}
static Value get_blocking(Value self) { return vm_bool(GET(future_of(self), loop) && future_flag(self, FUTURE_BLOCKING)); }
static int set_blocking(Value self, Value v) {
    if (!v) return cannot_delete();
    int on = py_truth(v);
    if (on < 0 || !loop_of(self)) return -1;
    future_set_flag(self, FUTURE_BLOCKING, on);
    return 0;
}
static Value get_log_traceback(Value self) { return loop_of(self) ? vm_bool(future_flag(self, FUTURE_LOG_TRACEBACK)) : 0; }
static int set_log_traceback(Value self, Value v) {
    if (!v) return cannot_delete();
    int on = py_truth(v);
    if (on < 0) return -1;
    if (on) return py_raise_int(TYPE_ValueError, "_log_traceback can only be set to False");
    future_set_flag(self, FUTURE_LOG_TRACEBACK, false);
    return 0;
}
static Value get_callbacks(Value self) {
    Value callbacks = loop_of(self) ? GET(future_of(self), callbacks) : 0;
    return callbacks ? py_list_from_iterable(callbacks) : py_error() ? 0 : VM_NONE;
}
static Value get_cancel_message(Value self) { return or_none(GET(future_of(self), cancel_message)); }
static int set_cancel_message(Value self, Value v) {
    if (!v) return cannot_delete();
    SET_VALUE(future_of(self), cancel_message, v);
    return 0;
}
static Value get_loop(Value self) { return or_none(GET(future_of(self), loop)); }
static Value get_result(Value self) { return loop_of(self) ? or_none(GET(future_of(self), result)) : 0; }
static Value get_exception(Value self) { return loop_of(self) ? or_none(GET(future_of(self), exception)) : 0; }
static Value get_source_traceback(Value self) { return loop_of(self) ? or_none(GET(future_of(self), source_traceback)) : 0; }

static const PyGetSetDef getsets[] = {{"_state", get_state, 0, 0},
                                      {"_asyncio_future_blocking", get_blocking, set_blocking, 0},
                                      {"_loop", get_loop, 0, 0},
                                      {"_callbacks", get_callbacks, 0, 0},
                                      {"_result", get_result, 0, 0},
                                      {"_exception", get_exception, 0, 0},
                                      {"_log_traceback", get_log_traceback, set_log_traceback, 0},
                                      {"_source_traceback", get_source_traceback, 0, 0},
                                      {"_cancel_message", get_cancel_message, set_cancel_message, 0},
                                      {0}};
static const PyMethodDef methods[] = {
    {"result", "($self, /)", future_result_method, 0, "Return the result this future represents."},
    {"exception", "($self, /)", future_exception_method, 0, "Return the exception that was set on this future."},
    {"set_result", "($self, result, /)", future_set_result_method, 0, "Mark the future done and set its result."},
    {"set_exception", "($self, exception, /)", future_set_exception_method, 0, "Mark the future done and set an exception."},
    {"add_done_callback", "($self, fn, /, *, context=<unrepresentable>)", future_add_done_callback, 0, "Add a callback to be run when the future becomes done."},
    {"remove_done_callback", "($self, fn, /)", future_remove_done_callback, 0, "Remove all instances of a callback from the \"call when done\" list."},
    {"cancel", "($self, /, msg=None)", future_cancel_method, 0, "Cancel the future and schedule callbacks."},
    {"cancelled", "($self, /)", future_cancelled, 0, "Return True if the future was cancelled."},
    {"done", "($self, /)", future_done, 0, "Return True if the future is done."},
    {"get_loop", "($self, /)", future_get_loop, 0, "Return the event loop the Future is bound to."},
    {"_make_cancelled_error", "($self, /)", future_make_cancelled_error, 0, "Create the CancelledError to raise if the Future is cancelled."},
    {"__del__", "($self, /)", future_del, 0, 0},
    CLASS_GETITEM,
    {0}};

/* ---- await ---------------------------------------------------------------------------------------------------------------------- */

static Value iter_new(Value self) {
    Value it = loop_of(self) ? py_alloc_id(TYPE_FUTURE_ITER, 0) : 0;
    if (it) REF(PyWrapped, it)->inner = self;
    return it;
}
/* As generator_send. */
static Value iter_step(Value it) {
    Value future = GET(REF(PyWrapped, it), inner);
    generator_set_result(VM_NONE);
    if (!future) return VM_STOP;
    if (state_of(future) == FUTURE_PENDING) {
        if (future_flag(future, FUTURE_BLOCKING)) return py_raise(TYPE_RuntimeError, "await wasn't used with future");
        future_set_flag(future, FUTURE_BLOCKING, true);
        return future;
    }
    SET(REF(PyWrapped, it), inner, 0);
    Value result = future_result(future);
    if (!result) return 0;
    generator_set_result(result);
    return VM_STOP;
}
FUNCTION(iter_send) { return generator_stop_as_exception(iter_step(args[0])); }
FUNCTION(iter_throw) {
    Value exception = generator_throw_argument(args + 1, args[3] ? 3 : args[2] ? 2 : 1);
    SET(REF(PyWrapped, args[0]), inner, 0);
    return exception ? py_raise_object(exception) : 0;
}
FUNCTION(iter_close) {
    SET(REF(PyWrapped, args[0]), inner, 0);
    return VM_NONE;
}
static Value iter_self(Value it) { return it; }
static const PyMethodDef iter_methods[] = {{"send", "($self, value, /)", iter_send, 0, 0},
                                           {"throw", "($self, type, val=None, tb=None, /)", iter_throw, 0, 0},
                                           {"close", "($self, /)", iter_close, 0, 0},
                                           {0}};
const PyTypeSpec py_spec_future_iter = {.slots = {.iter = iter_self, .next = iter_step}, .methods = iter_methods, .module = "_asyncio"};

const PyTypeSpec py_spec_future = {
    .doc = "This class is *almost* compatible with concurrent.futures.Future.\n\n    Differences:\n\n    - result() and exception() do not take a timeout argument and\n      raise an exception when the future isn't done yet.\n\n    - Callbacks registered with add_done_callback() are always called\n      via the event loop's call_soon_threadsafe().\n\n    - This class is not compatible with the wait() and as_completed()\n      methods in the concurrent.futures package.",
    .slots = {.new = make, .init = init, .repr = repr, .iter = iter_new, .await = iter_new},
    .methods = methods,
    .getsets = getsets,
    .raw_words = 3,
    .has_dict = true,
    .module = "_asyncio"};
