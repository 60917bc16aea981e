/* What the files of module _asyncio share. The semantics are those of asyncio.futures and asyncio.tasks, which see. */
#ifndef VM_MODULES_ASYNCIO_H
#define VM_MODULES_ASYNCIO_H

#include "vm/modules/layouts.h"
#include "vm/vm.h"

/* What the Python half of the package defines: imported with the module. ASYNCIO_NAME(id, module, name) */
#define ASYNCIO_NAMES                                                                                                 \
    ASYNCIO_NAME(CancelledError, "asyncio.exceptions", "CancelledError")                                              \
    ASYNCIO_NAME(InvalidStateError, "asyncio.exceptions", "InvalidStateError")                                        \
    ASYNCIO_NAME(future_repr, "asyncio.base_futures", "_future_repr")                                                 \
    ASYNCIO_NAME(task_repr, "asyncio.base_tasks", "_task_repr")                                                       \
    ASYNCIO_NAME(task_get_stack, "asyncio.base_tasks", "_task_get_stack")                                             \
    ASYNCIO_NAME(task_print_stack, "asyncio.base_tasks", "_task_print_stack")                                         \
    ASYNCIO_NAME(iscoroutine, "asyncio.coroutines", "iscoroutine")                                                    \
    ASYNCIO_NAME(get_event_loop_policy, "asyncio.events", "get_event_loop_policy")                                    \
    ASYNCIO_NAME(extract_stack, "traceback", "extract_stack")                                                         \
    ASYNCIO_NAME(WeakSet, "weakref", "WeakSet")
enum {
#define ASYNCIO_NAME(id, module, name) ASYNCIO_##id,
    ASYNCIO_NAMES
#undef ASYNCIO_NAME
    ASYNCIO_IMPORTED,
    ASYNCIO_all_tasks = ASYNCIO_IMPORTED, /* WeakSet */
    ASYNCIO_current_tasks,                /* dict from loops */
    ASYNCIO_context_keyword,              /* ("context",) */
    ASYNCIO_STATE
};
extern Value asyncio_state; /* a tuple */
#define STATE(id) tuple_item(asyncio_state, ASYNCIO_##id)

enum { FUTURE_PENDING, FUTURE_CANCELLED, FUTURE_FINISHED };
enum {
    FUTURE_LOG_TRACEBACK = 1,       /* an exception that nobody has asked for yet */
    FUTURE_BLOCKING = 2,            /* _asyncio_future_blocking: yielded by await, not by yield */
    FUTURE_MUST_CANCEL = 4,         /* task: the next step throws CancelledError */
    FUTURE_LOG_DESTROY_PENDING = 8, /* task */
    FUTURE_FINALIZED = 16,          /* the collector knows that it may have something to tell */
};

static inline PyFuture GS *future_of(Value v) { return REF(PyFuture, v); }
static inline PyTask GS *task_of(Value v) { return REF(PyTask, v); }
static inline bool is_future(Value v) { return has_type(v, TYPE_FUTURE) || has_type(v, TYPE_TASK); } /* not of a subclass */
static inline bool future_flag(Value v, uint64_t flag) { return (GET(future_of(v), flags) & flag) != 0; }
void future_set_flag(Value self, uint64_t flag, bool on);
void future_register_finalizer(Value self);
bool future_wants_finalizer(const uint64_t *object); /* the collector's question; of a Future or Task itself */

/* All: 0 or -1 with an exception, unless said otherwise. All may call. */
int future_init(Value self, Value loop);
int future_set_result(Value self, Value result);
int future_set_exception(Value self, Value exception);
int future_cancel(Value self, Value message); /* 1, or 0: it was done */
Value future_result(Value self);              /* or 0 with its exception */
Value future_cancelled_error(Value self);     /* the CancelledError to be raised */
int future_add_callback(Value self, Value callback, Value context);
/* loop.call_soon(callback[, argument], context=context), with context left out if it is 0. */
int asyncio_call_soon(Value loop, Value callback, Value argument_or_0, Value context_or_0);
/* loop.call_exception_handler, from a finalizer: what it raises is reported. */
void future_tell_handler(Value self, const char *key, Value message, Value exception_or_0);
Value future_run_del(Value self); /* __del__ */

Value asyncio_running_loop(void); /* or VM_NONE */
Value asyncio_event_loop(void);   /* running, or of the policy */
int asyncio_register_task(Value task);
int asyncio_enter_task(Value loop, Value task);
int asyncio_leave_task(Value loop, Value task);

#endif
