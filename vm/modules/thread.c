/* Module _thread: starting threads, identities. Locks are in lock.c, thread-local data in thread_local.c.
 *
 * Note THREAD START. The starter ends its transaction (so that all the new thread can reach is committed), creates the OS thread
 * while detached, and waits until the new thread holds function and arguments as roots of its own; until then they are in
 * the starter's registers. The new thread begins with an inevitable transaction, as it has no interpreter loop to come back to. */
#define _GNU_SOURCE
#include "stm/atomic.h"
#include "vm/exec/frame.h"
#include "vm/exec/safepoint.h"
#include "vm/exec/trace.h"
#include "vm/modules/clock.h"
#include "vm/modules/lock.h"
#include "vm/modules/signal.h"
#include "vm/objects/structseq.h"
#include "vm/runtime.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREAD(name)                                                                                                  \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

static uint64_t running_threads; /* started by start_new_thread and not ended: _thread._count() */
static size_t thread_stack_size; /* 0: the system's default */

/* ---- the new thread ------------------------------------------------------------------------------------------------------------- */

typedef struct Start {
    VmThread *thread;
    sem_t ready;  /* posted by the child when it holds its roots, or could not register */
    bool failed;
} Start;

/* An exception that nobody in the thread has caught. SystemExit ends a thread silently. */
static void report_uncaught(Value function) {
    if (py_error_is(TYPE_SystemExit)) {
        py_error_clear();
        return;
    }
    py_write_unraisable_message("Exception ignored in thread started by", function);
}

static void end_of_thread(VmThread *thread) {
    trace_thread_ends(thread);
    thread_locals_end(thread);
    if (thread->sentinel) py_lock_release(thread->sentinel);
    vm_thread_leave(thread);
    stm_detach();
    gc_thread_detach();
    stm_thread_unregister();
    atomic_sub_relaxed(&running_threads, 1);
    vm_thread_free(thread);
}

/* The C library hands out the stacks of threads that have ended again: what those have left there would be taken for references. */
__attribute__((noinline)) static void clear_stack(void) {
    enum { CLEARED = 16384 };
    uint8_t room[CLEARED];
    memset(room, 0, sizeof room);
    __asm__ volatile("" : : "r"(room) : "memory");
}

static void *thread_main(void *argument) {
    clear_stack();
    Start *start = argument;
    VmThread *thread = start->thread;
    StmThread *self = stm_thread_register();
    if (self) {
        self->vm = thread;
        vm_thread_enter(thread);
        thread->c_stack_base = thread->c_scan_from = __builtin_frame_address(0); /* above it are thread-local variables of C: no roots */
    }
    if (!self || !gc_thread_attach(thread)) {
        if (self) stm_thread_unregister();
        start->failed = true;
        sem_post(&start->ready);
        return 0;
    }
    atomic_add_relaxed(&running_threads, 1);
    sem_post(&start->ready); /* `start` is gone from here on */
    stm_attach_inevitable("start of a thread");
    if (!py_call_kw(thread->start[0], thread->start[1], thread->start[2])) report_uncaught(thread->start[0]);
    end_of_thread(thread);
    return 0;
}

/* ---- the program's end ------------------------------------------------------------------------------------------------------------- */

static uint32_t freezing;

static int see_to_freeze(void) {
    if (!atomic_load_relaxed(&freezing) || vm_signal_is_main()) return 0;
    stm_post_event(stm_self); /* should this transaction be lost, its re-run comes here again */
    if (stm_self->atomic_depth) return 0;
    VM_C_SAFEPOINT(stm_detach());
    for (;;) pause(); /* signals are the main thread's: until the process exits */
}

static void post_freeze_stw(StmThread *thread, void *arg) {
    (void)arg;
    if (thread != stm_self) stm_post_event(thread);
}

void vm_threads_freeze(void) {
    if (!SEG->multi) return;
    atomic_store_seqcst(&freezing, 1);
    gc_minor();
    while (!stm_stop_world()) continue;
    stm_for_each_thread_stw(post_freeze_stw, 0);
    stm_resume_world();
}

void vm_threads_init(void) { vm_add_event_handler(see_to_freeze); }

/* ---- starting ------------------------------------------------------------------------------------------------------------------------ */

static int create_os_thread(Start *start, pthread_t *id) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    size_t stack_size = atomic_load_relaxed(&thread_stack_size);
    if (stack_size) pthread_attr_setstacksize(&attributes, stack_size + C_STACK_MARGIN);
    int err = pthread_create(id, &attributes, thread_main, start);
    pthread_attr_destroy(&attributes);
    return err;
}

/* Raw: args stay in the caller's registers, which the collector updates. */
static Value thread_start_new(const Value *args, size_t nargs, Value kwnames) {
    if (kwnames && tuple_length(kwnames)) return py_raise(TYPE_TypeError, "start_new_thread() takes no keyword arguments");
    if (nargs < 2 || nargs > 3)
        return py_raise(TYPE_TypeError, "start_new_thread expected at %s argument%s, got %zu", nargs < 2 ? "least 2" : "most 3", "s", nargs);
    if (!py_callable(args[0])) return py_raise(TYPE_TypeError, "first arg must be callable");
    if (!py_is_tuple(args[1])) return py_raise(TYPE_TypeError, "2nd arg must be a tuple");
    if (nargs == 3 && !py_is_dict(args[2])) return py_raise(TYPE_TypeError, "optional 3rd arg must be a dictionary");
    Start start = {.thread = vm_thread_new(false)};
    if (!start.thread) return py_raise(TYPE_RuntimeError, "can't start new thread");
    VmCSafepoint safepoint;
    vm_c_safepoint_enter(&safepoint);
    stm_enter_multi();
    sem_init(&start.ready, 0, 0);
    stm_detach();
    for (size_t i = 0; i < nargs; i++) start.thread->start[i] = args[i];
    pthread_t id;
    int err = create_os_thread(&start, &id);
    if (!err)
        while (sem_wait(&start.ready) < 0) {} /* EINTR */
    sem_destroy(&start.ready);
    stm_attach_inevitable("start of a thread");
    vm_c_safepoint_leave(&safepoint);
    if (!err && !start.failed) return py_int_from_u64((uint64_t)id);
    vm_thread_free(start.thread);
    return py_raise(TYPE_RuntimeError, "can't start new thread");
}

/* ---- small functions ------------------------------------------------------------------------------------------------------------------- */

THREAD(thread_get_ident) { return py_int_from_u64(vm_thread()->ident); }
THREAD(thread_get_native_id) { return int_make((int64_t)syscall(SYS_gettid)); }
THREAD(thread_count) { return int_make((int64_t)atomic_load_relaxed(&running_threads)); }
THREAD(thread_allocate_lock) { return py_lock_new(); }
THREAD(thread_exit) {
    Value exception = py_call0(py_type(TYPE_SystemExit));
    return exception ? py_raise_object(exception) : 0;
}

THREAD(thread_set_sentinel) {
    Value lock = py_lock_new();
    if (lock) vm_thread()->sentinel = lock;
    return lock;
}

THREAD(thread_stack_size_function) {
    int64_t size = args[0] ? py_index_int64(args[0], "OverflowError") : 0;
    int64_t before = (int64_t)atomic_load_relaxed(&thread_stack_size);
    if (size == -1 && py_error()) return 0;
    if (size < 0) return py_raise(TYPE_ValueError, "size must be 0 or a positive value");
    if (size && size < 32768) return py_raise(TYPE_ValueError, "size not valid: %ld bytes", (long)size);
    if (!args[0]) return int_make(before);
    VM_C_SAFEPOINT(stm_become_inevitable("thread stack size")); /* C memory: a re-run would see its own write */
    before = (int64_t)atomic_load_relaxed(&thread_stack_size);
    atomic_store_relaxed(&thread_stack_size, (size_t)size);
    return int_make(before);
}

THREAD(thread_interrupt_main) {
    int64_t number = args[0] ? py_index_int64(args[0], "OverflowError") : SIGINT;
    if (number == -1 && py_error()) return 0;
    if (number < 1 || number >= NSIG) return py_raise(TYPE_ValueError, "signal number out of range");
    VM_C_SAFEPOINT(stm_become_inevitable("interrupt_main"));
    vm_signal_simulate((int)number);
    return vm_run_events_may_call() < 0 ? 0 : VM_NONE; /* this may be the main thread, and about to sleep */
}

/* threading.excepthook in C: the traceback of an exception that ended a thread. */
static const PyGetSetDef except_args_fields[] = {{"exc_type", structseq_get_0, 0, 0},
                                                 {"exc_value", structseq_get_1, 0, 0},
                                                 {"exc_traceback", structseq_get_2, 0, 0},
                                                 {"thread", structseq_get_3, 0, 0},
                                                 {0}};
STRUCTSEQ_SPEC(thread_except_args, "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.", except_args_fields, "_thread");

THREAD(thread_excepthook) {
    if (!is_exactly(args[0], TYPE_THREAD_EXCEPT_ARGS))
        return py_raise(TYPE_TypeError, "_thread.excepthook argument type must be ExceptHookArgs");
    Value type = tuple_item(args[0], 0), exception = tuple_item(args[0], 1), thread = tuple_item(args[0], 3);
    if (type == py_type(TYPE_SystemExit)) return VM_NONE;
    Value name = thread == VM_NONE ? VM_UNBOUND : py_getattr_opt(thread, py_intern_c("_name"));
    if (!name) return 0;
    Value shown = name == VM_UNBOUND ? py_int_from_u64(vm_thread()->ident) : name;
    Value text = py_str_format("Exception in thread %S:\n", shown), err = vm_sys_get("stderr");
    if (!text) return 0;
    bool own = (!err || err == VM_NONE) && thread != VM_NONE; /* sys.stderr as it was when the thread was made */
    if (own && !(err = py_getattr_c(thread, "_stderr"))) return 0;
    if (!err || err == VM_NONE) return VM_NONE;
    if (!py_call_method(err, "write", 1, &text)) return 0;
    if (exception == VM_NONE) return VM_NONE;
    if (own) vm_print_error_on(exception, err);
    else vm_print_error(exception);
    return VM_NONE;
}

static const PyMethodDef thread_functions[] = {
    {"start_new_thread", 0, thread_start_new, 0, "Start a new thread and return its identifier."},
    {"start_new", 0, thread_start_new, 0, "An obsolete synonym of start_new_thread()."},
    {"allocate_lock", "($module, /)", thread_allocate_lock, 0, "Create a new lock object."},
    {"allocate", "($module, /)", thread_allocate_lock, 0, "An obsolete synonym of allocate_lock()."},
    {"exit", "($module, /)", thread_exit, 0, "This is synonymous to ``raise SystemExit''."},
    {"exit_thread", "($module, /)", thread_exit, 0, 0},
    {"get_ident", "($module, /)", thread_get_ident, 0, "Return a non-zero integer that uniquely identifies the current thread."},
    {"get_native_id", "($module, /)", thread_get_native_id, 0, "Return a non-negative integer identifying the thread as reported by the OS."},
    {"interrupt_main", "($module, signum=signal.SIGINT, /)", thread_interrupt_main, 0, "Simulate the arrival of the given signal in the main thread."},
    {"stack_size", "($module, size=0, /)", thread_stack_size_function, 0, "Return the thread stack size used when creating new threads."},
    {"_count", "($module, /)", thread_count, 0, "Return the number of currently running Python threads."},
    {"_set_sentinel", "($module, /)", thread_set_sentinel, 0, "Set a sentinel lock that will be released when the current thread\nstate is finalized."},
    {"_excepthook", "($module, args, /)", thread_excepthook, 0, "Handle uncaught Thread.run() exception."},
    {0}};

static int thread_init(Value module) {
    py_structseq_register(TYPE_THREAD_EXCEPT_ARGS, 4);
    return py_module_add(module, "LockType", py_type(TYPE_LOCK)) < 0 || py_module_add(module, "RLock", py_type(TYPE_RLOCK)) < 0 ||
                   py_module_add(module, "_local", py_type(TYPE_THREAD_LOCAL)) < 0 ||
                   py_module_add(module, "_ExceptHookArgs", py_type(TYPE_THREAD_EXCEPT_ARGS)) < 0 ||
                   py_module_add(module, "error", py_type(TYPE_RuntimeError)) < 0 ||
                   py_module_add(module, "TIMEOUT_MAX", float_make(4611686018.0)) < 0
               ? -1
               : 0;
}
const PyModuleDef py_module_thread = {
    .doc = "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.",
    .functions = thread_functions,
    .init = thread_init};
