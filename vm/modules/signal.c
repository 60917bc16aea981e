/* Module _signal: Python functions that handle signals. Waiting for signals and timers: signal_wait.c.
 *
 * Note SIGNALS. The system's handler only sets flags, posts an event to the main thread and writes to the wake-up
 * descriptor; on another thread it also ends the main thread's system call (forward). The main thread sees the event at its next
 * safepoint, before a system call, or when a wait or a system call was interrupted (Note BLOCKING), and runs the Python functions
 * there, in an inevitable transaction: what was taken from the flags cannot be handed out a second time.
 *
 * S1. SIGSEGV and SIGBUS belong to the runtime (page faults): a handler for them is remembered but never called. */
#define _GNU_SOURCE
#include "stm/atomic.h"
#include "vm/modules/signal.h"
#include "vm/exec/blocking.h"
#include "vm/exec/safepoint.h"
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include "vm/modules/signal_parts.h"
#include "vm/objects/int_long.h"
#include <pthread.h>
#include <unistd.h>

static StmThread *main_thread;
/* Set by handlers, on any thread. A handler sets pending[], then vm_signals_pending; the main thread clears vm_signals_pending, then looks. */
static uint32_t pending[NSIG];
uint32_t vm_signals_pending;
static int wakeup_fd = -1;
static bool restarts[NSIG]; /* siginterrupt(number, False) */
static bool warn_on_full_buffer = true;
static Value handlers; /* list of NSIG: what signal.getsignal() gives */

/* ---- arrival ------------------------------------------------------------------------------------------ */

static void note_arrival(int number) {
    atomic_store_seqcst(&pending[number], 1);
    atomic_store_seqcst(&vm_signals_pending, 1);
    stm_post_event(main_thread);
    int fd = atomic_load_relaxed(&wakeup_fd);
    if (fd >= 0) {
        uint8_t byte = (uint8_t)number;
        ssize_t written = write(fd, &byte, 1);
        (void)written; /* a full pipe wakes its reader as well */
    }
}

static void forward(void);

static void arrived(int number, siginfo_t *info, void *context) {
    (void)info;
    int err = errno;
    note_arrival(number);
    if (stm_self != main_thread) forward();
    else if (!restarts[number]) vm_blocking_give_up(context);
    errno = err;
    int_long_signal_arrived();
}

void vm_signal_wake_main(void) { stm_post_event(main_thread); }

static void interrupted(int number, siginfo_t *info, void *context) {
    (void)number, (void)info;
    if (stm_self == main_thread) vm_blocking_give_up(context);
}

/* The main thread's system call ends. On any thread, in handlers too. */
static void forward(void) {
    struct sigaction action;
    if (sigaction(SIGRTMAX, 0, &action) == 0 && action.sa_handler == SIG_DFL) {
        action = (struct sigaction){.sa_sigaction = interrupted, .sa_flags = SA_ONSTACK | SA_SIGINFO};
        sigaction(SIGRTMAX, &action, 0);
    }
    pthread_kill((pthread_t)((VmThread *)main_thread->vm)->ident, SIGRTMAX);
}

void vm_signal_interrupt_main(void) {
    vm_signal_wake_main();
    forward();
}

void vm_signal_simulate(int number) {
    if (py_callable(py_list_item(handlers, number))) note_arrival(number);
}

bool vm_signal_is_main(void) { return stm_self == main_thread; }

static int run_handler_may_call(int number) {
    Value handler = py_list_item(handlers, number);
    if (!py_callable(handler)) return 0; /* set back to SIG_DFL or SIG_IGN meanwhile */
    VmFrame *running = vm_current_frame();
    Value frame = running ? py_frame_object(vm_thread(), running) : VM_NONE;
    return frame && py_call2(handler, int_make(number), frame) ? 0 : -1;
}

int vm_run_signals_may_call(void) {
    if (!atomic_load_seqcst(&vm_signals_pending) || stm_self != main_thread) return 0;
    stm_post_event(main_thread); /* should this transaction be lost at the next line, its re-run comes here again */
    VM_C_SAFEPOINT(stm_become_inevitable("signal"));
    atomic_store_seqcst(&vm_signals_pending, 0);
    faulthandler_dump_wanted(); /* of the stack as the signal has met it */
    for (int number = 1; number < NSIG; number++) {
        if (!atomic_exchange_seqcst(&pending[number], 0)) continue;
        if (run_handler_may_call(number) == 0) continue;
        atomic_store_seqcst(&vm_signals_pending, 1); /* others wait for the next safepoint */
        return -1;
    }
    return 0;
}

/* The child of a fork has one thread, whichever called it, and none of the parent's signals. */
static void forked(void) {
    main_thread = stm_self;
    vm_blocking_watch(&vm_signals_pending);
    for (int number = 1; number < NSIG; number++) pending[number] = 0;
    vm_signals_pending = 0;
}

/* ---- setting handlers ------------------------------------------------------------------------------------ */

int signal_argument(Value v, int *number) {
    if (int_argument(v, number) < 0) return -1;
    if (*number >= 1 && *number < NSIG) return 0;
    return py_raise_int(TYPE_ValueError, "signal number out of range");
}

static bool of_runtime(int number) { return number == SIGSEGV || number == SIGBUS; } /* S1 */

static const struct sigaction on_arrival = {.sa_sigaction = arrived, .sa_flags = SA_SIGINFO};
static const struct sigaction on_default = {.sa_handler = SIG_DFL}, on_ignore = {.sa_handler = SIG_IGN};

static int install(int number, const struct sigaction *action) {
    restarts[number] = false;
    return of_runtime(number) ? 0 : sigaction(number, action, 0);
}

FUNCTION(signal_signal) {
    int number;
    if (int_argument(args[0], &number) < 0) return 0;
    Value handler = args[1];
    if (stm_self != main_thread)
        return py_raise(TYPE_ValueError, "signal only works in main thread of the main interpreter");
    if (number < 1 || number >= NSIG) return py_raise(TYPE_ValueError, "signal number out of range");
    const struct sigaction *action = &on_arrival;
    if (py_is_int(handler) && py_int_compare(handler, int_make(0)) == 0) action = &on_default;
    else if (py_is_int(handler) && py_int_compare(handler, int_make(1)) == 0) action = &on_ignore;
    else if (!py_callable(handler))
        return py_raise(TYPE_TypeError, "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
    if (vm_run_signals_may_call() < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("signal.signal"));
    if (install(number, action) < 0) return py_raise_errno(errno, 0);
    Value before = py_list_item(handlers, number);
    py_list_set_item(handlers, number, handler);
    return before;
}

FUNCTION(signal_getsignal) {
    int number;
    return signal_argument(args[0], &number) < 0 ? 0 : py_list_item(handlers, number);
}

FUNCTION(signal_default_int_handler) { return py_raise_object(py_call0(py_type(TYPE_KeyboardInterrupt))); }

FUNCTION(signal_siginterrupt) {
    int number, flag;
    struct sigaction action;
    if (signal_argument(args[0], &number) < 0 || int_argument(args[1], &flag) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("siginterrupt"));
    if (sigaction(number, 0, &action) < 0) return py_raise_errno(errno, 0);
    restarts[number] = !flag;
    if (flag) action.sa_flags &= ~SA_RESTART;
    else action.sa_flags |= SA_RESTART;
    return sigaction(number, &action, 0) < 0 ? py_raise_errno(errno, 0) : VM_NONE;
}

FUNCTION(signal_set_wakeup_fd) {
    int fd, before = atomic_load_relaxed(&wakeup_fd);
    struct stat status;
    if (int_argument(args[0], &fd) < 0) return 0;
    int warn = args[1] ? py_truth(args[1]) : 1;
    if (warn < 0) return 0;
    if (stm_self != main_thread)
        return py_raise(TYPE_ValueError, "set_wakeup_fd only works in main thread of the main interpreter");
    if (fd != -1) {
        if (fstat(fd, &status) < 0) return py_raise_errno(errno, 0);
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0) return py_raise_errno(errno, 0);
        if (!(flags & O_NONBLOCK)) return py_raise(TYPE_ValueError, "the fd %d must be in non-blocking mode", fd);
    }
    VM_C_SAFEPOINT(stm_become_inevitable("set_wakeup_fd"));
    atomic_store_relaxed(&wakeup_fd, fd);
    warn_on_full_buffer = warn;
    return int_make(before);
}

/* What is sent to this thread arrives before the function returns. */
Value signal_sent(int err) {
    if (err) return py_raise_errno(err, 0);
    return vm_run_signals_may_call() < 0 ? 0 : VM_NONE;
}
FUNCTION(signal_raise_signal) {
    int number, result, err;
    if (int_argument(args[0], &number) < 0) return 0;
    VM_DETACHED("raise_signal", result = raise(number); err = errno);
    return signal_sent(result ? err : 0);
}
FUNCTION(signal_pthread_kill) {
    int number, err;
    int64_t thread;
    if (!py_is_int(args[0]) || py_int_as_i64(args[0], &thread))
        return py_raise(TYPE_TypeError, "an integer is required (got type %T)", args[0]);
    if (int_argument(args[1], &number) < 0) return 0;
    VM_DETACHED("pthread_kill", err = pthread_kill((pthread_t)thread, number));
    return signal_sent(err);
}

static const PyMethodDef signal_functions[] = {
    {"signal", "($module, signalnum, handler, /)", signal_signal, 0, "Set the action for the given signal."},
    {"getsignal", "($module, signalnum, /)", signal_getsignal, 0, "Return the current action for the given signal."},
    {"default_int_handler", "($module, signalnum, frame, /)", signal_default_int_handler, 0, "The default handler for SIGINT installed by Python."},
    {"siginterrupt", "($module, signalnum, flag, /)", signal_siginterrupt, 0, "Change system call restart behaviour."},
    {"set_wakeup_fd", "($module, fd, /, *, warn_on_full_buffer=True)", signal_set_wakeup_fd, 0, "Sets the fd to be written to (with the signal number) when a signal comes in."},
    {"raise_signal", "($module, signalnum, /)", signal_raise_signal, 0, "Send a signal to the executing process."},
    {"pthread_kill", "($module, thread_id, signalnum, /)", signal_pthread_kill, 0, "Send a signal to a thread."},
    {0}};

/* ---- the module ---------------------------------------------------------------------------------------- */

#define C CONSTANT
static const IntConstant constants[] = {
    C(SIGHUP), C(SIGINT), C(SIGQUIT), C(SIGILL), C(SIGTRAP), C(SIGIOT), C(SIGABRT), C(SIGFPE), C(SIGKILL), C(SIGBUS), C(SIGSEGV),
    C(SIGSYS), C(SIGPIPE), C(SIGALRM), C(SIGTERM), C(SIGUSR1), C(SIGUSR2), C(SIGCLD), C(SIGCHLD), C(SIGPWR), C(SIGIO), C(SIGURG),
    C(SIGWINCH), C(SIGPOLL), C(SIGSTOP), C(SIGTSTP), C(SIGCONT), C(SIGTTIN), C(SIGTTOU), C(SIGVTALRM), C(SIGPROF), C(SIGXCPU),
    C(SIGXFSZ), C(SIGSTKFLT), C(NSIG), C(SIG_BLOCK), C(SIG_UNBLOCK), C(SIG_SETMASK), C(ITIMER_REAL), C(ITIMER_VIRTUAL),
    C(ITIMER_PROF), {"SIG_DFL", 0}, {"SIG_IGN", 1}};
#undef C

static const PyMethodDef default_int_handler[] = {
    {"default_int_handler", "($module, signalnum, frame, /)", signal_default_int_handler, 0, "The default handler for SIGINT installed by Python."}};

int vm_signals_init(void) {
    main_thread = stm_self;
    vm_blocking_watch(&vm_signals_pending);
    handlers = py_list_new(NSIG);
    if (!handlers) return -1;
    vm_root_register(&handlers);
    pthread_atfork(0, 0, forked);
    install(SIGPIPE, &on_ignore);
    install(SIGXFSZ, &on_ignore);
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        bool known = sigaction(number, 0, &action) == 0 || number < SIGRTMIN;
        bool ignored = known && action.sa_handler == SIG_IGN;
        py_list_set_item(handlers, number, int_make(ignored));
        if (number != SIGINT || ignored) continue;
        Value handler = py_builtin_new(default_int_handler, 0, py_intern_c("_signal"));
        if (!handler || install(SIGINT, &on_arrival) < 0) return -1;
        py_list_set_item(handlers, SIGINT, handler);
    }
    return 0;
}

static int signal_init(Value module) {
    if (ADD_CONSTANTS(module, constants) < 0 || signal_wait_init(module) < 0) return -1;
    Value handler = py_list_item(handlers, SIGINT);
    if (py_callable(handler) && py_module_add(module, "default_int_handler", handler) < 0) return -1;
    return py_module_add(module, "SIGRTMIN", int_make(SIGRTMIN)) < 0 || py_module_add(module, "SIGRTMAX", int_make(SIGRTMAX)) < 0 ||
                   py_module_add(module, "ItimerError", py_type(TYPE_ITIMER_ERROR)) < 0
               ? -1
               : 0;
}
const PyModuleDef py_module_signal = {
    .doc = "This module provides mechanisms to use signal handlers in Python.", .functions = signal_functions, .init = signal_init};
MODULE_EXCEPTION(itimer_error, 0, "signal");
