/* Module posix: processes and the system. */
#define _GNU_SOURCE
#include "vm/exec/trace.h"
#include "vm/audit.h"
#include "vm/modules/posix.h"
#include "vm/runtime.h"
#include <fcntl.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

extern char **environ;

#define G(i, name) {name, structseq_get_##i, 0, 0}
static const PyGetSetDef times_fields[] = {G(0, "user"), G(1, "system"), G(2, "children_user"), G(3, "children_system"), G(4, "elapsed"), {0}};
STRUCTSEQ_SPEC(times_result, "times_result: Result from os.times().", times_fields, "posix");
static const PyGetSetDef uname_fields[] = {G(0, "sysname"), G(1, "nodename"), G(2, "release"), G(3, "version"), G(4, "machine"), {0}};
STRUCTSEQ_SPEC(uname_result, "uname_result: Result from os.uname().", uname_fields, "posix");
#undef G

#define GETTER(name, call)                                                                                            \
    POSIX(posix_##name) { return int_make((int64_t)(call)); }
GETTER(getpid, getpid())
GETTER(getppid, getppid())
GETTER(getuid, getuid())
GETTER(geteuid, geteuid())
GETTER(getgid, getgid())
GETTER(getegid, getegid())
GETTER(getpgrp, getpgrp())

POSIX(posix_cpu_count) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? int_make(n) : VM_NONE;
}
POSIX(posix_sched_getaffinity) {
    int pid;
    cpu_set_t cpus;
    if (int_argument(args[0], &pid) < 0) return 0;
    if (sched_getaffinity(pid, sizeof cpus, &cpus) < 0) return posix_error();
    Value set = py_set_new();
    for (int i = 0; set && i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &cpus) && py_set_add(set, int_make(i)) < 0) return 0;
    return set;
}
POSIX(posix_sched_yield) {
    VM_DETACHED("sched_yield", sched_yield());
    return VM_NONE;
}

POSIX(posix_kill) {
    int pid, number, result;
    if (int_argument(args[0], &pid) < 0 || int_argument(args[1], &number) < 0) return 0;
    SYSTEM_CALL(result, kill(pid, number));
    if (result < 0) return posix_error();
    return vm_run_events_may_call() < 0 ? 0 : VM_NONE; /* it may have been for this process */
}
POSIX(posix_killpg) {
    int group, number, result;
    if (int_argument(args[0], &group) < 0 || int_argument(args[1], &number) < 0) return 0;
    SYSTEM_CALL(result, killpg(group, number));
    return result < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_exit) {
    int status;
    if (int_argument(args[0], &status) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("_exit"));
    _exit(status);
}
POSIX(posix_abort) { abort(); }

POSIX(posix_system) {
    Path command;
    int result;
    if (path_init(&command, args[0], "system", "command", 0) < 0) return 0;
    if (VM_AUDIT("os.system", py_tuple_pack(1, args[0])) < 0) return 0;
    SYSTEM_CALL(result, system(command.text));
    return int_make(result);
}

/* ---- fork ------------------------------------------------------------------------------------------------------------------------------ */

static Value before_fork, after_in_parent, after_in_child; /* lists of callables */

static void run_fork_hooks(Value hooks, bool newest_first) {
    int64_t count = py_list_length(hooks);
    for (int64_t i = 0; i < count && i < py_list_length(hooks); i++) {
        Value hook = py_list_item(hooks, newest_first ? count - 1 - i : i);
        if (!py_call0(hook)) py_write_unraisable(hook);
    }
}

POSIX(posix_fork) {
    if (VM_AUDIT("os.fork", 0) < 0) return 0;
    run_fork_hooks(before_fork, true);
    pid_t pid;
    if (vm_import_lock_before_fork() < 0) return 0;
    VM_C_SAFEPOINT(pid = stm_fork());
    int err = errno;
    vm_import_lock_after_fork();
    if (pid == 0) trace_forked(vm_thread());
    run_fork_hooks(pid == 0 ? after_in_child : after_in_parent, false);
    errno = err;
    return pid < 0 ? posix_error() : int_make(pid);
}

/* fork with a new terminal as the child's: its own descriptors, as login_tty arranges. */
POSIX(posix_forkpty) {
    int master, slave;
    run_fork_hooks(before_fork, true);
    VM_C_SAFEPOINT(stm_become_inevitable("forkpty"));
    if (openpty(&master, &slave, 0, 0, 0) < 0) return posix_error();
    pid_t pid;
    if (vm_import_lock_before_fork() < 0) return close(master), close(slave), (Value)0;
    VM_C_SAFEPOINT(pid = stm_fork());
    int err = errno;
    vm_import_lock_after_fork();
    if (pid == 0) {
        close(master);
        login_tty(slave);
        trace_forked(vm_thread());
    } else {
        close(slave);
        fcntl(master, F_SETFD, FD_CLOEXEC);
        if (pid < 0) close(master);
    }
    run_fork_hooks(pid == 0 ? after_in_child : after_in_parent, false);
    errno = err;
    return pid < 0 ? posix_error() : py_tuple_pack(2, int_make(pid), int_make(pid ? master : -1));
}

POSIX(posix_register_at_fork) {
    const Value lists[] = {before_fork, after_in_child, after_in_parent};
    static const char *const names[] = {"before", "after_in_child", "after_in_parent"};
    if (!args[0] && !args[1] && !args[2]) return py_raise(TYPE_TypeError, "At least one argument is required.");
    for (int i = 0; i < 3; i++)
        if (args[i] && !py_callable(args[i])) return py_raise(TYPE_TypeError, "'%s' must be callable, not %T", names[i], args[i]);
    for (int i = 0; i < 3; i++)
        if (args[i] && py_list_append(lists[i], args[i]) < 0) return 0;
    return VM_NONE;
}

/* ---- waiting ---------------------------------------------------------------------------------------------------------------------------- */

static Value wait_result(pid_t pid, int status) { return pid < 0 ? posix_error() : py_tuple_pack(2, int_make(pid), int_make(status)); }
POSIX(posix_waitpid) {
    int wanted, options, status = 0;
    pid_t pid;
    if (int_argument(args[0], &wanted) < 0 || int_argument(args[1], &options) < 0) return 0;
    SYSTEM_CALL(pid, (pid_t)VM_BLOCKING(SYS_wait4, wanted, (long)&status, options));
    return wait_result(pid, status);
}
POSIX(posix_wait) {
    int status = 0;
    pid_t pid;
    SYSTEM_CALL(pid, (pid_t)VM_BLOCKING(SYS_wait4, -1, (long)&status));
    return wait_result(pid, status);
}

#define STATUS(name, expression, convert)                                                                             \
    POSIX(posix_##name) {                                                                                             \
        int status;                                                                                                   \
        return int_argument(args[0], &status) < 0 ? 0 : convert(expression);                                          \
    }
STATUS(WIFEXITED, WIFEXITED(status), vm_bool)
STATUS(WEXITSTATUS, WEXITSTATUS(status), int_make)
STATUS(WIFSIGNALED, WIFSIGNALED(status), vm_bool)
STATUS(WTERMSIG, WTERMSIG(status), int_make)
STATUS(WIFSTOPPED, WIFSTOPPED(status), vm_bool)
STATUS(WSTOPSIG, WSTOPSIG(status), int_make)
STATUS(WIFCONTINUED, WIFCONTINUED(status) != 0, vm_bool)
STATUS(WCOREDUMP, WCOREDUMP(status) != 0, vm_bool)

POSIX(posix_waitstatus_to_exitcode) {
    int status;
    if (int_argument(args[0], &status) < 0) return 0;
    if (WIFEXITED(status)) return int_make(WEXITSTATUS(status));
    if (WIFSIGNALED(status)) return int_make(-WTERMSIG(status));
    return py_raise(TYPE_ValueError, "process stopped by delivery of signal %d", WSTOPSIG(status));
}

/* ---- exec ------------------------------------------------------------------------------------------------------------------------------ */

void posix_strings_free(char **strings) {
    for (char **p = strings; p && *p; p++) free(*p);
    free(strings);
}

/* A name of the file system as bytes without NUL. */
static Value fs_bytes(Value v) {
    Value path = fspath(v), bytes = path && py_is_str(path) ? py_encode(path, "utf-8", "surrogateescape") : path;
    if (!bytes) return 0;
    size_t length = (size_t)REF(PyBytes, bytes)->length;
    if (memchr(stm_flat(bytes_data(bytes), length, false), 0, length))
        return py_raise(TYPE_ValueError, py_is_str(path) ? "embedded null character" : "embedded null byte");
    return bytes;
}
static char *bytes_copy(Value bytes) {
    size_t length = (size_t)REF(PyBytes, bytes)->length;
    char *copy = malloc(length + 1);
    if (!copy) return py_raise_memory(), (char *)0;
    memcpy(copy, stm_flat(bytes_data(bytes), length, false), length);
    copy[length] = 0;
    return copy;
}

/* A list of bytes as a C array; 0 with an exception. */
static char **string_array(Value list) {
    size_t count = (size_t)py_list_length(list);
    char **strings = calloc(count + 1, sizeof *strings);
    if (!strings) return py_raise_memory(), (char **)0;
    for (size_t i = 0; i < count; i++) {
        if ((strings[i] = bytes_copy(py_list_item(list, (int64_t)i)))) continue;
        posix_strings_free(strings);
        return 0;
    }
    return strings;
}

char **posix_arguments(Value argv, const char *function) {
    if (!py_is_tuple(argv) && !py_is_list(argv)) return py_raise(TYPE_TypeError, "%s: argv must be a tuple or list", function), (char **)0;
    Value items = py_tuple_from_iterable(argv), list = items ? py_list_new(0) : 0;
    if (items && !tuple_length(items)) py_raise(TYPE_ValueError, "%s: argv must not be empty", function);
    for (int64_t i = 0; list && i < tuple_length(items); i++) {
        Value bytes = fs_bytes(tuple_item(items, i));
        if (!bytes || py_list_append(list, bytes) < 0) list = 0;
        if (list && i == 0 && !REF(PyBytes, bytes)->length) py_raise(TYPE_ValueError, "%s: argv first element cannot be empty", function);
    }
    return list && !py_error() ? string_array(list) : 0;
}

/* name=value; a name may start with '=' but not contain another. */
static Value environment_entry(Value key, Value value) {
    Value name = fs_bytes(key), text = name ? fs_bytes(value) : 0;
    if (!text) return 0;
    size_t length = (size_t)REF(PyBytes, name)->length;
    const char *data = stm_flat(bytes_data(name), length, false);
    if (length == 0 || memchr(data + 1, '=', length - 1)) return py_raise(TYPE_ValueError, "illegal environment variable name");
    Value equals = py_bytes_new("=", 1), head = equals ? py_binary(PY_OP_ADD, name, equals) : 0;
    return head ? py_binary(PY_OP_ADD, head, text) : 0;
}
char **posix_environment(Value mapping) {
    Value getter = py_getattr_opt(mapping, py_intern_c("items"));
    if (!getter) return 0;
    if (getter == VM_UNBOUND) return py_raise(TYPE_TypeError, "execve: environment must be a mapping object"), (char **)0;
    Value items = py_call0(getter), pairs = items ? py_list_from_iterable(items) : 0, list = pairs ? py_list_new(0) : 0;
    for (int64_t i = 0; list && i < py_list_length(pairs); i++) {
        Value pair = py_tuple_from_iterable(py_list_item(pairs, i));
        if (pair && tuple_length(pair) != 2) py_raise(TYPE_TypeError, "env.items() must give pairs");
        Value entry = pair && !py_error() ? environment_entry(tuple_item(pair, 0), tuple_item(pair, 1)) : 0;
        if (!entry || py_list_append(list, entry) < 0) list = 0;
    }
    return list ? string_array(list) : 0;
}

static Value execute(Value file, Value argv, Value env, const char *function) {
    Path path;
    if (path_init(&path, file, function, "path", env ? PATH_FD : 0) < 0) return 0;
    vm_c_memory_enter();
    char **arguments = posix_arguments(argv, function), **variables = !arguments ? 0 : env ? posix_environment(env) : environ;
    vm_c_memory_leave();
    if (arguments && variables) {
        VM_C_SAFEPOINT(stm_become_inevitable("exec"));
        if (path.fd >= 0) fexecve(path.fd, arguments, variables);
        else execve(path.text, arguments, variables);
        path_error(&path);
    }
    posix_strings_free(arguments);
    if (env) posix_strings_free(variables);
    return 0;
}
POSIX(posix_execv) { return execute(args[0], args[1], 0, "execv"); }
POSIX(posix_execve) { return execute(args[0], args[1], args[2], "execve"); }

/* ---- the system -------------------------------------------------------------------------------------------------------------------------- */

POSIX(posix_times) {
    struct tms t;
    clock_t elapsed = times(&t);
    double unit = 1.0 / (double)sysconf(_SC_CLK_TCK);
    const Value fields[] = {float_make((double)t.tms_utime * unit), float_make((double)t.tms_stime * unit), float_make((double)t.tms_cutime * unit),
                            float_make((double)t.tms_cstime * unit), float_make((double)elapsed * unit)};
    return py_structseq_new(TYPE_TIMES_RESULT, fields, 5, 5);
}

POSIX(posix_uname) {
    struct utsname u;
    if (uname(&u) < 0) return posix_error();
    const Value fields[] = {py_str_c(u.sysname), py_str_c(u.nodename), py_str_c(u.release), py_str_c(u.version), py_str_c(u.machine)};
    return py_structseq_new(TYPE_UNAME_RESULT, fields, 5, 5);
}

POSIX(posix_getlogin) {
    char name[256];
    int err = getlogin_r(name, sizeof name);
    return err ? py_raise_errno(err, 0) : py_decode_fs(name, strlen(name));
}

POSIX(posix_getloadavg) {
    double averages[3];
    if (getloadavg(averages, 3) != 3) return py_raise(TYPE_OSError, "Load averages are unobtainable");
    return py_tuple_pack(3, float_make(averages[0]), float_make(averages[1]), float_make(averages[2]));
}

#define SIMPLE(name, text) {#name, "($module, /)", posix_##name, 0, text}
#define STATUS_ROW(name, text) {#name, "($module, /, status)", posix_##name, 0, text}
const PyMethodDef posix_process_functions[] = {
    SIMPLE(getpid, "Return the current process id."),
    SIMPLE(getppid, "Return the parent's process id."),
    SIMPLE(getuid, "Return the current process's user id."),
    SIMPLE(geteuid, "Return the current process's effective user id."),
    SIMPLE(getgid, "Return the current process's group id."),
    SIMPLE(getegid, "Return the current process's effective group id."),
    SIMPLE(getpgrp, "Return the current process group id."),
    SIMPLE(cpu_count, "Return the number of CPUs in the system; return None if indeterminable."),
    SIMPLE(sched_yield, "Voluntarily relinquish the CPU."),
    SIMPLE(abort, "Abort the interpreter immediately."),
    SIMPLE(fork, "Fork a child process."),
    SIMPLE(forkpty, "Fork a new process with a new pseudo-terminal as controlling tty."),
    SIMPLE(wait, "Wait for completion of a child process."),
    SIMPLE(times, "Return a collection containing process timing information."),
    SIMPLE(uname, "Return an object identifying the current operating system."),
    SIMPLE(getlogin, "Return the actual login name."),
    SIMPLE(getloadavg, "Return average recent system load information."),
    {"sched_getaffinity", "($module, pid, /)", posix_sched_getaffinity, 0, "Return the affinity of the process identified by pid (or the current process if zero)."},
    {"kill", "($module, pid, signal, /)", posix_kill, 0, "Kill a process with a signal."},
    {"killpg", "($module, pgid, signal, /)", posix_killpg, 0, "Kill a process group with a signal."},
    {"_exit", "($module, /, status)", posix_exit, 0, "Exit to the system with specified status, without normal exit processing."},
    {"system", "($module, /, command)", posix_system, 0, "Execute the command in a subshell."},
    {"waitpid", "($module, pid, options, /)", posix_waitpid, 0, "Wait for completion of a given child process."},
    {"waitstatus_to_exitcode", "($module, /, status)", posix_waitstatus_to_exitcode, 0, "Convert a wait status to an exit code."},
    {"execv", "($module, path, argv, /)", posix_execv, 0, "Execute an executable path with arguments, replacing current process."},
    {"execve", "($module, /, path, argv, env)", posix_execve, 0, "Execute an executable path with arguments, replacing current process."},
    {"register_at_fork", "($module, /, *, before=None, after_in_child=None, after_in_parent=None)", posix_register_at_fork, 0, "Register callables to be called when forking a new process."},
    STATUS_ROW(WIFEXITED, "Return True if the process returning status exited via the exit() system call."),
    STATUS_ROW(WEXITSTATUS, "Return the process return code from status."),
    STATUS_ROW(WIFSIGNALED, "Return True if the process returning status was terminated by a signal."),
    STATUS_ROW(WTERMSIG, "Return the signal that terminated the process that provided the status value."),
    STATUS_ROW(WIFSTOPPED, "Return True if the process returning status was stopped."),
    STATUS_ROW(WSTOPSIG, "Return the signal that stopped the process that provided the status value."),
    STATUS_ROW(WIFCONTINUED, "Return True if a particular process was continued from a job control stop."),
    STATUS_ROW(WCOREDUMP, "Return True if the process returning status was dumped to a core file."),
    {0}};

int posix_process_init(void) {
    Value *const lists[] = {&before_fork, &after_in_parent, &after_in_child};
    for (int i = 0; i < 3; i++) {
        *lists[i] = py_list_new(0);
        vm_root_register(lists[i]);
    }
    return 0;
}
