/* Module faulthandler: tracebacks of threads when a signal comes, after a time, or as the process dies.
 *
 * Frames are flat memory, names of code are permanent, so they can be written without a transaction. Other threads are looked at
 * while the world is stopped. What a signal or the timer asks for is done by the main thread at its next safepoint, or when its
 * wait or system call has been interrupted, as handlers of signals are (signal.c): a thread that never comes to
 * a safepoint is not shown. A dying process shows the thread that is to blame alone. */
#define _GNU_SOURCE
#include "vm/modules/signal_parts.h"
#include "stm/atomic.h"
#include "vm/exec/frame.h"
#include "vm/exec/safepoint.h"
#include "vm/modules/clock.h"
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include "vm/modules/signal.h"
#include "vm/runtime.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- writing ------------------------------------------------------------------------------------------ */

enum { FRAMES_MAX = 100, TEXT_MAX = 500 };

/* A permanent str as ASCII, the rest escaped; "..." behind TEXT_MAX characters. */
static void put_text(int fd, Value text) {
    char out[TEXT_MAX * (sizeof "\\U00000000" - 1) + sizeof "..."];
    const PyStr *str = stm_base_flat(text);
    const uint8_t *data = str->data;
    if (str->external) data = ((const PyRaw *)stm_base_flat(*(const Value *)str->data))->data;
    size_t at = 0, n = str->length < TEXT_MAX ? str->length : TEXT_MAX;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = str->width == 1 ? data[i] : str->width == 2 ? ((const uint16_t *)data)[i] : ((const uint32_t *)data)[i];
        const char *format = c >= ' ' && c < 127 ? "%c" : c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
        at += (size_t)sprintf(out + at, format, c);
    }
    strcpy(out + at, str->length > TEXT_MAX ? "..." : "");
    dprintf(fd, "%s", out);
}

static void dump_frames(int fd, const VmFrame *frame) {
    for (int n = 0; frame; frame = frame->prev, n++) {
        if (n == FRAMES_MAX) {
            dprintf(fd, "  ...\n");
            return;
        }
        dprintf(fd, "  File \"");
        put_text(fd, frame->code->filename);
        dprintf(fd, "\", line %d in ", vm_code_line_near(frame->code, (uint32_t)(frame->pc - frame->code->instrs)));
        put_text(fd, frame->code->name);
        dprintf(fd, "\n");
    }
}

static void dump_head(int fd, const char *which, const VmThread *thread) {
    dprintf(fd, "%s 0x%016lx (most recent call first):\n", which, (unsigned long)thread->ident);
}

#define STACK_HEAD "Stack (most recent call first):\n"

typedef struct Dump {
    int fd;
    const VmThread *current; /* or 0 */
    bool first;
} Dump;

static void dump_thread_stw(StmThread *stm_thread, void *arg) {
    Dump *dump = arg;
    const VmThread *thread = stm_thread->vm;
    if (!thread) return;
    if (!dump->first) dprintf(dump->fd, "\n");
    dump->first = false;
    dump_head(dump->fd, thread == dump->current ? "Current thread" : "Thread", thread);
    dump_frames(dump->fd, thread->frame);
}

/* The running transaction is inevitable. */
static void dump(int fd, bool all, const VmThread *current) {
    Dump d = {.fd = fd, .current = current, .first = true};
    if (!all) {
        dprintf(fd, STACK_HEAD);
        dump_frames(fd, vm_thread()->frame);
        return;
    }
    gc_minor();
    while (!stm_stop_world()) continue;
    stm_for_each_thread_stw(dump_thread_stw, &d);
    stm_resume_world();
}

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

/* file=sys.stderr, all_threads=True at args[0], args[1]. */
static int dump_arguments(const Value *args, int *fd, bool *all) {
    int truth = args[1] ? py_truth(args[1]) : 1;
    *all = truth > 0;
    return truth < 0 ? -1 : file_argument(args[0], fd);
}

FUNCTION(faulthandler_dump_traceback) {
    int fd;
    bool all;
    if (dump_arguments(args, &fd, &all) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("faulthandler"); dump(fd, all, vm_thread()));
    return VM_NONE;
}

/* ---- a dying process ------------------------------------------------------------------------------------ */

static struct {
    uint32_t on;
    int fd;
    bool all;
} fatal;
static const int fatal_signals[] = {SIGBUS, SIGILL, SIGFPE, SIGABRT}; /* and SIGSEGV, through stm's hook */
enum { N_FATAL = sizeof fatal_signals / sizeof *fatal_signals };
static struct sigaction fatal_before[N_FATAL];

static void fatal_dump(int number) {
    static uint32_t dying; /* a crash while this runs does not come here again */
    if (!atomic_load_relaxed(&fatal.on) || atomic_exchange_seqcst(&dying, 1)) return;
    const char *what = number == SIGSEGV  ? "Segmentation fault"
                       : number == SIGBUS ? "Bus error"
                       : number == SIGILL ? "Illegal instruction"
                       : number == SIGFPE ? "Floating point exception"
                                          : "Aborted";
    dprintf(fatal.fd, "Fatal Python error: %s\n\n", what);
    const VmThread *thread = stm_self ? stm_self->vm : 0;
    if (!thread) return;
    if (fatal.all)
        dump_head(fatal.fd, "Current thread", thread);
    else
        dprintf(fatal.fd, STACK_HEAD);
    dump_frames(fatal.fd, thread->frame);
}

static void fatal_handler(int number) {
    fatal_dump(number);
    for (int i = 0; i < N_FATAL; i++)
        if (fatal_signals[i] == number) sigaction(number, &fatal_before[i], 0);
    raise(number);
}

static void fatal_set(bool on) {
    if (on == atomic_load_relaxed(&fatal.on)) return;
    atomic_store_relaxed(&fatal.on, on);
    stm_hooks.dying = fatal_dump;
    struct sigaction action = {.sa_handler = fatal_handler, .sa_flags = SA_NODEFER | SA_ONSTACK};
    for (int i = 0; i < N_FATAL; i++) {
        if (on)
            sigaction(fatal_signals[i], &action, &fatal_before[i]);
        else
            sigaction(fatal_signals[i], &fatal_before[i], 0);
    }
}

FUNCTION(faulthandler_enable) {
    int fd;
    bool all;
    if (dump_arguments(args, &fd, &all) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("faulthandler"));
    fatal.fd = fd;
    fatal.all = all;
    fatal_set(true);
    return VM_NONE;
}
FUNCTION(faulthandler_disable) {
    VM_C_SAFEPOINT(stm_become_inevitable("faulthandler"));
    bool was = atomic_load_relaxed(&fatal.on);
    fatal_set(false);
    return vm_bool(was);
}
FUNCTION(faulthandler_is_enabled) { return vm_bool(atomic_load_relaxed(&fatal.on)); }

/* For tests of programs that want to see a crash. */
static Value crash(int number) {
    VM_C_SAFEPOINT(stm_become_inevitable("faulthandler"));
    raise(number);
    return VM_NONE;
}
FUNCTION(faulthandler_sigsegv) { return crash(SIGSEGV); }
FUNCTION(faulthandler_sigfpe) { return crash(SIGFPE); }
FUNCTION(faulthandler_sigabrt) { return crash(SIGABRT); }
FUNCTION(faulthandler_read_null) {
    VM_C_SAFEPOINT(stm_become_inevitable("faulthandler"));
    return int_make(*(volatile int *)(intptr_t)int_value(int_make(0)));
}

/* ---- signals --------------------------------------------------------------------------------------------- */

static struct Registered { /* changed by inevitable transactions alone */
    bool on, all, chain;
    int fd;
    uint32_t pending; /* set by the handler */
    struct sigaction before;
} registered[NSIG];
static uint32_t any_pending;

/* Chained: what handled the signal before. */
static bool registered_has_function(const struct Registered *r) {
    return !(r->before.sa_flags & SA_SIGINFO) && r->before.sa_handler != SIG_DFL && r->before.sa_handler != SIG_IGN;
}

static void registered_handler(int number) {
    int err = errno;
    const struct Registered *r = &registered[number];
    if (r->chain && registered_has_function(r)) r->before.sa_handler(number);
    atomic_store_seqcst(&registered[number].pending, 1);
    atomic_store_seqcst(&any_pending, 1);
    vm_signal_wake_main();
    errno = err;
}

static void registered_action(struct sigaction *action) {
    *action = (struct sigaction){.sa_handler = registered_handler, .sa_flags = SA_ONSTACK};
}

/* The default action. */
static void registered_chain(int number) {
    struct sigaction action;
    registered_action(&action);
    sigaction(number, &registered[number].before, 0);
    raise(number);
    sigaction(number, &action, 0);
}

static int signal_to_register(Value v, int *number) {
    if (int_argument(v, number) < 0) return -1;
    if (*number < 1 || *number >= NSIG) return py_raise_int(TYPE_ValueError, "signal number out of range");
    bool is_fatal = *number == SIGSEGV;
    for (int i = 0; i < N_FATAL; i++) is_fatal |= fatal_signals[i] == *number;
    return is_fatal ? py_raise_int(TYPE_RuntimeError, "signal %d cannot be registered, use enable() instead", *number) : 0;
}

FUNCTION(faulthandler_register) {
    int number, fd, chain = args[3] ? py_truth(args[3]) : 0;
    bool all;
    if (chain < 0 || signal_to_register(args[0], &number) < 0 || dump_arguments(args + 1, &fd, &all) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("faulthandler"));
    struct Registered *r = &registered[number];
    r->fd = fd;
    r->all = all;
    r->chain = chain;
    if (r->on) return VM_NONE;
    struct sigaction action;
    registered_action(&action);
    /* What is chained is known before the first signal can come here. */
    if (sigaction(number, 0, &r->before) < 0 || sigaction(number, &action, 0) < 0) return py_raise_errno(errno, 0);
    r->on = true;
    return VM_NONE;
}

FUNCTION(faulthandler_unregister) {
    int number;
    if (signal_to_register(args[0], &number) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("faulthandler"));
    struct Registered *r = &registered[number];
    if (!r->on) return VM_FALSE;
    r->on = false;
    sigaction(number, &r->before, 0);
    return VM_TRUE;
}

/* ---- after a time ---------------------------------------------------------------------------------------- */

/* What dump_traceback_later wants, and the thread that waits for it: started once, not known to stm. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* CLOCK_MONOTONIC */
    bool running, armed, repeat, exit;
    uint32_t due; /* the main thread is to dump; it looks without the lock */
    int fd;
    int64_t ns;
    struct timespec deadline;
} later = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct timespec in_ns(int64_t ns) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    ns += t.tv_nsec;
    return (struct timespec){.tv_sec = t.tv_sec + ns / 1000000000, .tv_nsec = ns % 1000000000};
}

static void later_expired(void) {
    enum { GRACE_NS = 1000000000 };
    atomic_store_seqcst(&later.due, 1);
    later.armed = later.repeat;
    later.deadline = in_ns(later.ns);
    vm_signal_interrupt_main();
    if (!later.exit) return;
    struct timespec end = in_ns(GRACE_NS); /* the exit does not depend on the main thread */
    while (later.due)
        if (pthread_cond_timedwait(&later.changed, &later.lock, &end) == ETIMEDOUT) break;
    _exit(1);
}

static void *later_main(void *arg) {
    pthread_mutex_lock(&later.lock);
    for (;;) {
        if (!later.armed) {
            pthread_cond_wait(&later.changed, &later.lock);
            continue;
        }
        struct timespec deadline = later.deadline;
        bool over = pthread_cond_timedwait(&later.changed, &later.lock, &deadline) == ETIMEDOUT;
        bool same = deadline.tv_sec == later.deadline.tv_sec && deadline.tv_nsec == later.deadline.tv_nsec;
        if (over && later.armed && same) later_expired();
    }
    return arg;
}

/* later.lock is held. False: the system refuses a thread. */
static bool later_start(void) {
    if (later.running) return true;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&later.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t id;
    later.running = pthread_create(&id, 0, later_main, 0) == 0;
    pthread_sigmask(SIG_SETMASK, &before, 0);
    if (later.running) pthread_detach(id);
    return later.running;
}

FUNCTION(faulthandler_dump_traceback_later) {
    int64_t ns;
    int fd, repeat = args[1] ? py_truth(args[1]) : 0, exit = args[3] ? py_truth(args[3]) : 0;
    if (repeat < 0 || exit < 0 || clock_from_seconds(args[0], &ns) < 0 || file_argument(args[2], &fd) < 0) return 0;
    if (ns <= 0) return py_raise(TYPE_ValueError, "timeout must be greater than 0");
    VM_C_SAFEPOINT(stm_become_inevitable("faulthandler"));
    pthread_mutex_lock(&later.lock);
    bool good = later_start();
    later.armed = good;
    atomic_store_seqcst(&later.due, 0);
    later.fd = fd;
    later.ns = ns;
    later.repeat = repeat;
    later.exit = exit;
    later.deadline = in_ns(ns);
    if (good) pthread_cond_broadcast(&later.changed);
    pthread_mutex_unlock(&later.lock);
    return good ? VM_NONE : py_raise(TYPE_RuntimeError, "unable to start watchdog thread");
}

FUNCTION(faulthandler_cancel_dump_traceback_later) {
    VM_C_SAFEPOINT(stm_become_inevitable("faulthandler"));
    pthread_mutex_lock(&later.lock);
    later.armed = false;
    atomic_store_seqcst(&later.due, 0);
    if (later.running) pthread_cond_broadcast(&later.changed);
    pthread_mutex_unlock(&later.lock);
    return VM_NONE;
}

static void later_dump(void) {
    pthread_mutex_lock(&later.lock);
    bool due = later.due != 0;
    int fd = later.fd;
    int64_t us = later.ns / 1000;
    pthread_mutex_unlock(&later.lock);
    if (!due) return;
    long seconds = us / 1000000;
    char fraction[10] = "";
    if (us % 1000000) snprintf(fraction, sizeof fraction, ".%06d", (int)(us % 1000000));
    dprintf(fd, "Timeout (%ld:%02ld:%02ld%s)!\n", seconds / 3600, seconds / 60 % 60, seconds % 60, fraction);
    dump(fd, true, 0);
    pthread_mutex_lock(&later.lock);
    atomic_store_seqcst(&later.due, 0);
    pthread_cond_broadcast(&later.changed);
    pthread_mutex_unlock(&later.lock);
}

/* A child of fork has neither the timer's thread nor its wish. */
static void forked(void) {
    pthread_mutex_init(&later.lock, 0);
    later.running = later.armed = false;
    later.due = 0;
    for (int number = 1; number < NSIG; number++) registered[number].pending = 0;
    any_pending = 0;
}

/* ---- the main thread's side -------------------------------------------------------------------------------- */

int faulthandler_dump_wanted(void) {
    if (!vm_signal_is_main() || !(atomic_load_seqcst(&any_pending) | atomic_load_seqcst(&later.due))) return 0;
    vm_signal_wake_main(); /* should this transaction be lost at the next line, its re-run comes here again */
    VM_C_SAFEPOINT(stm_become_inevitable("faulthandler"));
    atomic_store_seqcst(&any_pending, 0);
    VM_C_SAFEPOINT(later_dump());
    for (int number = 1; number < NSIG; number++) {
        struct Registered *r = &registered[number];
        if (!atomic_exchange_seqcst(&r->pending, 0) || !r->on) continue; /* unregistered meanwhile */
        VM_C_SAFEPOINT(dump(r->fd, r->all, vm_thread()));
        if (r->chain && !registered_has_function(r)) registered_chain(number);
    }
    return 0;
}

void vm_faulthandler_init(void) {
    vm_add_event_handler(faulthandler_dump_wanted);
    pthread_atfork(0, 0, forked);
}

static const PyMethodDef faulthandler_functions[] = {
    {"dump_traceback", "($module, /, file=sys.stderr, all_threads=True)", faulthandler_dump_traceback, 0, "Dump the traceback of the current thread, or of all threads if all_threads is True, into file."},
    {"enable", "($module, /, file=sys.stderr, all_threads=True)", faulthandler_enable, 0, "Enable the fault handler."},
    {"disable", "($module, /)", faulthandler_disable, 0, "Disable the fault handler."},
    {"is_enabled", "($module, /)", faulthandler_is_enabled, 0, "Check if the handler is enabled."},
    {"register", "($module, /, signum, file=sys.stderr, all_threads=True, chain=False)", faulthandler_register, 0, "Register a handler for the signal 'signum': dump the traceback of the current thread, or of all threads if all_threads is True, into file."},
    {"unregister", "($module, signum, /)", faulthandler_unregister, 0, "Unregister the handler of the signal 'signum' registered by register()."},
    {"dump_traceback_later", "($module, /, timeout, repeat=False, file=sys.stderr, exit=False)", faulthandler_dump_traceback_later, 0, "Dump the traceback of all threads in timeout seconds, or each timeout seconds if repeat is True. If exit is True, call _exit(1)."},
    {"cancel_dump_traceback_later", "($module, /)", faulthandler_cancel_dump_traceback_later, 0, "Cancel the previous call to dump_traceback_later()."},
    {"_sigsegv", "($module, release_gil=False, /)", faulthandler_sigsegv, 0, "Raise a SIGSEGV signal."},
    {"_sigfpe", "($module, /)", faulthandler_sigfpe, 0, "Raise a SIGFPE signal."},
    {"_sigabrt", "($module, /)", faulthandler_sigabrt, 0, "Raise a SIGABRT signal."},
    {"_read_null", "($module, /)", faulthandler_read_null, 0, "Read from NULL, raise a SIGSEGV or SIGBUS signal depending on the platform."},
    {0}};
const PyModuleDef py_module_faulthandler = {.doc = "faulthandler module.", .functions = faulthandler_functions};
