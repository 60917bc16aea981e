/* Module _signal: masks, waiting, timers. */
#define _GNU_SOURCE
#include "vm/modules/clock.h"
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include "vm/modules/signal_parts.h"
#include <sys/syscall.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* ---- sets of signals ------------------------------------------------------------------------------------- */

static int set_argument(Value iterable, sigset_t *set) {
    Value it = py_iter(iterable), item;
    if (!it) return -1;
    sigemptyset(set);
    while ((item = py_next(it)) != VM_STOP) {
        if (!item) return -1;
        int64_t number = py_index_int64(item, 0); /* clipped */
        if (number == -1 && py_error()) return -1;
        if (number < 1 || number >= NSIG)
            return py_raise_int(TYPE_ValueError, "signal number %ld out of range [1; %d]", (long)number, NSIG - 1);
        sigaddset(set, (int)number); /* refused: one of the C library's own */
    }
    return 0;
}

static Value set_result(const sigset_t *set) {
    Value result = py_set_new();
    for (int number = 1; result && number < NSIG; number++)
        if (sigismember(set, number) == 1 && py_set_add(result, int_make(number)) < 0) return 0;
    return result;
}

FUNCTION(signal_pthread_sigmask) {
    int how, err;
    sigset_t set, before;
    if (int_argument(args[0], &how) < 0 || set_argument(args[1], &set) < 0) return 0;
    sigdelset(&set, SIGSEGV); /* page faults */
    sigdelset(&set, SIGBUS);
    VM_DETACHED("pthread_sigmask", err = pthread_sigmask(how, &set, &before));
    return signal_sent(err) ? set_result(&before) : 0;
}
FUNCTION(signal_sigpending) {
    sigset_t set;
    VM_C_SAFEPOINT(stm_become_inevitable("sigpending"));
    return sigpending(&set) < 0 ? py_raise_errno(errno, 0) : set_result(&set);
}
FUNCTION(signal_sigwait) {
    sigset_t set;
    int number, err;
    if (set_argument(args[0], &set) < 0) return 0;
    VM_DETACHED("sigwait", err = sigwait(&set, &number));
    return err ? py_raise_errno(err, 0) : int_make(number);
}

static const PyGetSetDef siginfo_fields[] = {{"si_signo", structseq_get_0, 0, "signal number"},
                                             {"si_code", structseq_get_1, 0, "signal code"},
                                             {"si_errno", structseq_get_2, 0, "errno associated with this signal"},
                                             {"si_pid", structseq_get_3, 0, "sending process ID"},
                                             {"si_uid", structseq_get_4, 0, "real user ID of sending process"},
                                             {"si_status", structseq_get_5, 0, "exit value or signal"},
                                             {"si_band", structseq_get_6, 0, "band event for SIGPOLL"},
                                             {0}};
STRUCTSEQ_SPEC(struct_siginfo, "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be accessed either as a tuple of\n(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\nor via the attributes si_signo, si_code, and so on.", siginfo_fields, "signal");

static Value siginfo_result(const siginfo_t *info) {
    const Value fields[] = {int_make(info->si_signo), int_make(info->si_code), int_make(info->si_errno), int_make(info->si_pid),
                            int_make(info->si_uid), int_make(info->si_status), int_make(info->si_band)};
    return py_structseq_new(TYPE_STRUCT_SIGINFO, fields, 7, 7);
}
FUNCTION(signal_sigwaitinfo) {
    sigset_t set;
    siginfo_t info;
    int result;
    if (set_argument(args[0], &set) < 0) return 0;
    SYSTEM_CALL(result, sigwaitinfo(&set, &info));
    return result < 0 ? posix_error() : siginfo_result(&info);
}
FUNCTION(signal_sigtimedwait) {
    sigset_t set;
    siginfo_t info;
    int64_t ns;
    if (set_argument(args[0], &set) < 0 || clock_from_seconds(args[1], &ns) < 0) return 0;
    if (ns < 0) return py_raise(TYPE_ValueError, "timeout must be non-negative");
    int64_t end = clock_ns(CLOCK_MONOTONIC) + ns;
    for (;;) {
        struct timespec left = {ns / 1000000000, ns % 1000000000};
        int result, err;
        VM_DETACHED("sigtimedwait", result = sigtimedwait(&set, &info, &left); err = errno);
        if (result >= 0) return siginfo_result(&info);
        if (err == EAGAIN) return VM_NONE;
        if (err != EINTR) return py_raise_errno(err, 0);
        if (vm_run_events_may_call() < 0) return 0;
        ns = end - clock_ns(CLOCK_MONOTONIC);
        if (ns < 0) return VM_NONE;
    }
}
FUNCTION(signal_pause) {
    VM_DETACHED("pause", VM_BLOCKING(SYS_pause, 0));
    return vm_run_events_may_call() < 0 ? 0 : VM_NONE;
}

/* ---- timers ------------------------------------------------------------------------------------------------ */

FUNCTION(signal_alarm) {
    int seconds;
    unsigned left;
    if (int_argument(args[0], &seconds) < 0) return 0;
    VM_DETACHED("alarm", left = alarm((unsigned)seconds));
    return int_make(left);
}

static int timeval_argument(Value v, struct timeval *t) {
    double seconds;
    if (!v) {
        *t = (struct timeval){0, 0};
        return 0;
    }
    if (py_as_double(v, &seconds) < 0) return -1;
    seconds = ceil(seconds * 1e6);
    if (!(fabs(seconds) < 9.2e18)) return py_raise_int(TYPE_OverflowError, "timestamp out of range for platform time_t");
    int64_t us = (int64_t)seconds;
    t->tv_sec = us / 1000000 - (us % 1000000 < 0);
    t->tv_usec = us - t->tv_sec * 1000000;
    return 0;
}
static Value itimer_result(int result, int err, const struct itimerval *timer) {
    if (result < 0) {
        Value pair = py_tuple_pack(2, int_make(err), py_str_c(strerror(err)));
        Value error = pair ? py_call_kw(py_type(TYPE_ITIMER_ERROR), pair, 0) : 0;
        return error ? py_raise_object(error) : 0;
    }
    return py_tuple_pack(2, float_make((double)timer->it_value.tv_sec + (double)timer->it_value.tv_usec / 1e6),
                         float_make((double)timer->it_interval.tv_sec + (double)timer->it_interval.tv_usec / 1e6));
}
FUNCTION(signal_setitimer) {
    int which, result, err;
    struct itimerval timer, before = {0};
    if (int_argument(args[0], &which) < 0 || timeval_argument(args[1], &timer.it_value) < 0 || timeval_argument(args[2], &timer.it_interval) < 0) return 0;
    VM_DETACHED("setitimer", result = setitimer((unsigned)which, &timer, &before); err = errno);
    return itimer_result(result, err, &before);
}
FUNCTION(signal_getitimer) {
    int which, result, err;
    struct itimerval timer = {0};
    if (int_argument(args[0], &which) < 0) return 0;
    VM_DETACHED("getitimer", result = getitimer((unsigned)which, &timer); err = errno);
    return itimer_result(result, err, &timer);
}

/* ---- the rest ---------------------------------------------------------------------------------------------- */

FUNCTION(signal_strsignal) {
    int number;
    if (signal_argument(args[0], &number) < 0) return 0;
    const char *text = strsignal(number);
    return text && strncmp(text, "Unknown signal", 14) ? py_str_c(text) : VM_NONE;
}
FUNCTION(signal_valid_signals) {
    sigset_t all;
    sigfillset(&all);
    return set_result(&all);
}
FUNCTION(signal_pidfd_send_signal) {
    int fd, number, flags = 0, result, err;
    if (int_argument(args[0], &fd) < 0 || int_argument(args[1], &number) < 0 || (args[3] && int_argument(args[3], &flags) < 0)) return 0;
    if (args[2] && args[2] != VM_NONE) return py_raise(TYPE_TypeError, "siginfo must be None");
    VM_DETACHED("pidfd_send_signal", result = (int)syscall(SYS_pidfd_send_signal, fd, number, 0, flags); err = errno);
    return signal_sent(result < 0 ? err : 0);
}

static const PyMethodDef functions[] = {
    {"pthread_sigmask", "($module, how, mask, /)", signal_pthread_sigmask, 0, "Fetch and/or change the signal mask of the calling thread."},
    {"sigpending", "($module, /)", signal_sigpending, 0, "Examine pending signals."},
    {"sigwait", "($module, sigset, /)", signal_sigwait, 0, "Wait for a signal."},
    {"sigwaitinfo", "($module, sigset, /)", signal_sigwaitinfo, 0, "Wait synchronously until one of the signals in *sigset* is delivered."},
    {"sigtimedwait", "($module, sigset, timeout, /)", signal_sigtimedwait, 0, "Like sigwaitinfo(), but with a timeout."},
    {"pause", "($module, /)", signal_pause, 0, "Wait until a signal arrives."},
    {"alarm", "($module, seconds, /)", signal_alarm, 0, "Arrange for SIGALRM to arrive after the given number of seconds."},
    {"setitimer", "($module, which, seconds, interval=0.0, /)", signal_setitimer, 0, "Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF)."},
    {"getitimer", "($module, which, /)", signal_getitimer, 0, "Returns current value of given itimer."},
    {"strsignal", "($module, signalnum, /)", signal_strsignal, 0, "Return the system description of the given signal."},
    {"valid_signals", "($module, /)", signal_valid_signals, 0, "Return a set of valid signal numbers on this platform."},
    {"pidfd_send_signal", "($module, pidfd, signalnum, siginfo=None, flags=0, /)", signal_pidfd_send_signal, 0, "Send a signal to a process referred to by a pid file descriptor."},
    {0}};

int signal_wait_init(Value module) {
    py_structseq_register(TYPE_STRUCT_SIGINFO, 7);
    if (py_module_add_type(module, TYPE_STRUCT_SIGINFO) < 0) return -1;
    for (const PyMethodDef *def = functions; def->name; def++)
        if (py_module_add(module, def->name, py_builtin_new(def, module, py_intern_c("_signal"))) < 0) return -1;
    return 0;
}
