/* Module _queue: SimpleQueue, a deque whose readers wait until the number of items put changes. */
#include "vm/exec/idle.h"
#include "vm/exec/safepoint.h"
#include "vm/modules/layouts.h"
#include "vm/modules/lock.h"
#include "vm/modules/module.h"
#include "vm/objects/builtin.h"

MODULE_EXCEPTION(queue_empty, "Exception raised by Queue.get(block=0)/get_nowait().", "_queue");

static Value queue_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args;
    if (type == py_type(TYPE_SIMPLE_QUEUE) && kwnames && tuple_length(kwnames)) return py_raise(TYPE_TypeError, "SimpleQueue() takes no keyword arguments");
    if (type == py_type(TYPE_SIMPLE_QUEUE) && nargs) return py_raise(TYPE_TypeError, "SimpleQueue() takes no positional arguments");
    Value items = py_call0(py_type(TYPE_DEQUE)), counter = py_lock_new(), self = items && counter ? py_alloc(type, 0) : 0;
    if (!self) return 0;
    REF(PySimpleQueue, self)->items = items;
    REF(PySimpleQueue, self)->counter = counter;
    return self;
}
static Value items_of(Value self) { return REF(PySimpleQueue, self)->items; }
static PyLock GS *counter_of(Value self) { return REF(PyLock, REF(PySimpleQueue, self)->counter); }

static Value put(Value self, Value item) {
    if (!py_call_method(items_of(self), "append", 1, &item)) return 0;
    PyLock GS *counter = counter_of(self);
    SET(counter, count, GET(counter, count) + 1);
    stm_end_soon();
    return VM_NONE;
}
FUNCTION(queue_put) { return put(args[0], args[1]); }

/* Where the program has called get() itself, the call is run again after a lost transaction that began in a wait. C code that has called it,
 * as in list(iter(queue.get, None)), has done things before, which are committed by then: it goes on inevitable. */
static Value get(Value self, int64_t deadline_ns, PyFn method) {
    VmIdle idle = {0};
    if (stm_split_here() && vm_called_by_loop(method)) VM_C_SAFEPOINT(stm_commit_and_begin());
    for (;;) {
        if (py_length(items_of(self))) {
            stm_end_soon();
            return py_call_method(items_of(self), "popleft", 0, 0);
        }
        if (deadline_ns == 0) return py_raise_object(py_call0(py_type(TYPE_QUEUE_EMPTY)));
        PyLock GS *counter = counter_of(self);
        uint64_t seen = GET(counter, count);
        StmWait why;
        bool in_c = !vm_called_by_loop(method);
        int64_t until = in_c ? deadline_ns : vm_idle_deadline(&idle, deadline_ns);
        /* Across it: self, an argument, and its counter, which it never replaces. */
        VM_WAIT_SAFEPOINT(!in_c, why = stm_wait_granule(VAL(counter) + offsetof(PyLock, count), seen, until);
                          if (in_c) stm_attach_inevitable("an item taken by C code"));
        if (why == STM_WAIT_TIMEOUT && until == deadline_ns) deadline_ns = 0;
        else if (why == STM_WAIT_TIMEOUT) vm_idle_look_may_call(&idle);
        if (why == STM_WAIT_EVENT && vm_run_events_may_call() < 0) return 0;
    }
}
FUNCTION(queue_get) {
    int block = args[1] ? py_truth(args[1]) : 1;
    int64_t deadline = 0;
    if (block < 0) return 0;
    if (block && (!args[2] || args[2] == VM_NONE)) return get(args[0], -1, queue_get);
    if (block && py_lock_deadline(VM_TRUE, args[2], &deadline) < 0) {
        if (!py_error_is(TYPE_ValueError)) return 0;
        py_error_clear();
        return py_raise(TYPE_ValueError, "'timeout' must be a non-negative number");
    }
    return deadline == -1 ? py_raise(TYPE_ValueError, "'timeout' must be a non-negative number") : get(args[0], deadline, queue_get);
}
FUNCTION(queue_get_nowait) { return get(args[0], 0, queue_get_nowait); }
FUNCTION(queue_empty) { return vm_bool(py_length(items_of(args[0])) == 0); }
FUNCTION(queue_qsize) { return int_make(py_length(items_of(args[0]))); }
FUNCTION(queue_class_getitem) { return py_call2(py_type(TYPE_GENERICALIAS), args[0], args[1]); }

static const PyMethodDef queue_methods[] = {
    {"put", "($self, /, item, block=True, timeout=None)", queue_put, 0, "Put the item on the queue."},
    {"put_nowait", "($self, /, item)", queue_put, 0, "Put an item into the queue without blocking."},
    {"get", "($self, /, block=True, timeout=None)", queue_get, 0, "Remove and return an item from the queue."},
    {"get_nowait", "($self, /)", queue_get_nowait, 0, "Remove and return an item from the queue without blocking."},
    {"empty", "($self, /)", queue_empty, 0, "Return True if the queue is empty, False otherwise (not reliable!)."},
    {"qsize", "($self, /)", queue_qsize, 0, "Return the approximate size of the queue (not reliable!)."},
    {"__class_getitem__", "($type, item, /)", queue_class_getitem, PY_METHOD_CLASS, "See PEP 585"},
    {0}};
const PyTypeSpec py_spec_simple_queue = {
    .doc = "Simple, unbounded, reentrant FIFO queue.", .slots = {.new = queue_new}, .methods = queue_methods, .raw_words = 0, .module = "_queue"};

static int queue_init(Value module) {
    return py_module_add(module, "SimpleQueue", py_type(TYPE_SIMPLE_QUEUE)) < 0 ? -1 : py_module_add(module, "Empty", py_type(TYPE_QUEUE_EMPTY));
}
const PyModuleDef py_module_queue = {
    .doc = "C implementation of the Python queue module.\nThis module is an implementation detail, please do not use it directly.", .init = queue_init};
