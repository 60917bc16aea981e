/* Module posix: waiting for children with more than their status, and spawning. */
#define _GNU_SOURCE
#include "vm/modules/posix.h"
#include "vm/runtime.h"
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static const PyGetSetDef waitid_fields[] = {{"si_pid", structseq_get_0, 0, 0},    {"si_uid", structseq_get_1, 0, 0}, {"si_signo", structseq_get_2, 0, 0},
                                            {"si_status", structseq_get_3, 0, 0}, {"si_code", structseq_get_4, 0, 0}, {0}};
STRUCTSEQ_SPEC(waitid_result, "waitid_result: Result from waitid.", waitid_fields, "posix");

static double seconds(struct timeval t) { return (double)t.tv_sec + 1e-6 * (double)t.tv_usec; }

/* (pid, status, resource.struct_rusage). */
static Value usage_result(pid_t pid, int status, const struct rusage *u) {
    if (pid < 0) return posix_error();
    Value type = py_import_attr("resource", "struct_rusage"), fields = type ? py_tuple_new(16) : 0;
    if (!fields) return 0;
    const Value values[16] = {float_make(seconds(u->ru_utime)), float_make(seconds(u->ru_stime)), int_make(u->ru_maxrss), int_make(u->ru_ixrss),
                              int_make(u->ru_idrss), int_make(u->ru_isrss), int_make(u->ru_minflt), int_make(u->ru_majflt), int_make(u->ru_nswap),
                              int_make(u->ru_inblock), int_make(u->ru_oublock), int_make(u->ru_msgsnd), int_make(u->ru_msgrcv),
                              int_make(u->ru_nsignals), int_make(u->ru_nvcsw), int_make(u->ru_nivcsw)};
    fields = py_tuple_from(values, 16);
    Value usage = fields ? py_call1(type, fields) : 0;
    return usage ? py_tuple_pack(3, int_make(pid), int_make(status), usage) : 0;
}
static Value wait_with_usage(int wanted, int options) {
    int status = 0;
    pid_t pid;
    struct rusage usage;
    memset(&usage, 0, sizeof usage);
    SYSTEM_CALL(pid, (pid_t)VM_BLOCKING(SYS_wait4, wanted, (long)&status, options, (long)&usage));
    return usage_result(pid, status, &usage);
}
POSIX(posix_wait3) {
    int options;
    return int_argument(args[0], &options) < 0 ? 0 : wait_with_usage(-1, options);
}
POSIX(posix_wait4) {
    int pid, options;
    return int_argument(args[0], &pid) < 0 || int_argument(args[1], &options) < 0 ? 0 : wait_with_usage(pid, options);
}
POSIX(posix_waitid) {
    int kind, id, options, result;
    siginfo_t info = {0};
    if (int_argument(args[0], &kind) < 0 || int_argument(args[1], &id) < 0 || int_argument(args[2], &options) < 0) return 0;
    SYSTEM_CALL(result, (int)VM_BLOCKING(SYS_waitid, kind, id, (long)&info, options));
    if (result < 0) return posix_error();
    if (info.si_pid == 0) return VM_NONE;
    const Value fields[] = {int_make(info.si_pid), int_make(info.si_uid), int_make(info.si_signo), int_make(info.si_status), int_make(info.si_code)};
    return py_structseq_new(TYPE_WAITID_RESULT, fields, 5, 5);
}
POSIX(posix_pidfd_open) {
    int pid, flags = 0, fd;
    if (int_argument(args[0], &pid) < 0 || (args[1] && int_argument(args[1], &flags) < 0)) return 0;
    SYSTEM_CALL(fd, (int)syscall(SYS_pidfd_open, pid, flags));
    return fd < 0 ? posix_error() : int_make(fd);
}

/* ---- spawning ----------------------------------------------------------------------------------------------------------------------- */

enum { SPAWN_OPEN, SPAWN_CLOSE, SPAWN_DUP2 };

typedef struct Spawn {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    short flags;
} Spawn;

/* One of file_actions: (POSIX_SPAWN_OPEN, fd, path, flags, mode), (POSIX_SPAWN_CLOSE, fd), (POSIX_SPAWN_DUP2, fd, new_fd). */
static int add_action(Spawn *spawn, Value action) {
    int a[5], err;
    Path path;
    if (!py_is_tuple(action) || !tuple_length(action)) return py_raise_int(TYPE_TypeError, "Each file_actions element must be a non-empty tuple");
    if (int_argument(tuple_item(action, 0), &a[0]) < 0) return -1;
    static const int64_t lengths[] = {5, 2, 3};
    static const char *const names[] = {"open", "close", "dup2"};
    if (a[0] < 0 || a[0] > SPAWN_DUP2) return py_raise_int(TYPE_TypeError, "Unknown file_actions identifier");
    if (tuple_length(action) != lengths[a[0]])
        return py_raise_int(TYPE_TypeError, "A %s file_action tuple must have %d elements", names[a[0]], (int)lengths[a[0]]);
    for (int i = 1; i < lengths[a[0]]; i++) {
        if (a[0] == SPAWN_OPEN && i == 2 ? path_init(&path, tuple_item(action, 2), "posix_spawn", "path", 0) < 0 : int_argument(tuple_item(action, i), &a[i]) < 0)
            return -1;
    }
    if (a[0] == SPAWN_OPEN) err = posix_spawn_file_actions_addopen(&spawn->actions, a[1], path.text, a[3], (mode_t)a[4]);
    else if (a[0] == SPAWN_CLOSE) err = posix_spawn_file_actions_addclose(&spawn->actions, a[1]);
    else err = posix_spawn_file_actions_adddup2(&spawn->actions, a[1], a[2]);
    return err ? (py_raise_errno(err, 0), -1) : 0;
}

static int add_actions(Spawn *spawn, Value sequence) {
    if (!sequence || sequence == VM_NONE) return 0;
    if (!py_is_tuple(sequence) && !py_is_list(sequence)) return py_raise_int(TYPE_TypeError, "file_actions must be a sequence or None");
    Value items = py_tuple_from_iterable(sequence);
    for (int64_t i = 0; items && i < tuple_length(items); i++)
        if (add_action(spawn, tuple_item(items, i)) < 0) return -1;
    return items ? 0 : -1;
}

static int signal_set(Value iterable, sigset_t *set) {
    Value items = py_tuple_from_iterable(iterable);
    sigemptyset(set);
    for (int64_t i = 0; items && i < tuple_length(items); i++) {
        int number;
        if (int_argument(tuple_item(items, i), &number) < 0) return -1;
        if (number < 1 || number >= NSIG) return py_raise_int(TYPE_ValueError, "signal number %d out of range [1; %d]", number, NSIG - 1);
        sigaddset(set, number);
    }
    return items ? 0 : -1;
}

static int scheduler_argument(Spawn *spawn, Value pair) {
    int policy;
    struct sched_param param;
    if (!pair || pair == VM_NONE) return 0;
    if (!py_is_tuple(pair) || tuple_length(pair) != 2) return py_raise_int(TYPE_TypeError, "A scheduler tuple must have two elements");
    if (!py_is_instance_of(tuple_item(pair, 1), TYPE_SCHED_PARAM)) return py_raise_int(TYPE_TypeError, "must have a sched_param object");
    if (int_argument(tuple_item(tuple_item(pair, 1), 0), &param.sched_priority) < 0) return -1;
    if (tuple_item(pair, 0) != VM_NONE) {
        if (int_argument(tuple_item(pair, 0), &policy) < 0) return -1;
        posix_spawnattr_setschedpolicy(&spawn->attributes, policy);
        spawn->flags |= POSIX_SPAWN_SETSCHEDULER;
    }
    posix_spawnattr_setschedparam(&spawn->attributes, &param);
    spawn->flags |= POSIX_SPAWN_SETSCHEDPARAM;
    return 0;
}

/* args: path, argv, env, file_actions, setpgroup, resetids, setsid, setsigmask, setsigdef, scheduler. */
static int spawn_options(Spawn *spawn, const Value *args) {
    int group, reset = args[5] ? py_truth(args[5]) : 0, session = args[6] ? py_truth(args[6]) : 0;
    sigset_t set;
    if (add_actions(spawn, args[3]) < 0 || reset < 0 || session < 0) return -1;
    if (args[4]) {
        if (int_argument(args[4], &group) < 0) return -1;
        posix_spawnattr_setpgroup(&spawn->attributes, group);
        spawn->flags |= POSIX_SPAWN_SETPGROUP;
    }
    if (reset) spawn->flags |= POSIX_SPAWN_RESETIDS;
    if (session) spawn->flags |= POSIX_SPAWN_SETSID;
    if (args[7]) {
        if (signal_set(args[7], &set) < 0) return -1;
        posix_spawnattr_setsigmask(&spawn->attributes, &set);
        spawn->flags |= POSIX_SPAWN_SETSIGMASK;
    }
    if (args[8]) {
        if (signal_set(args[8], &set) < 0) return -1;
        posix_spawnattr_setsigdefault(&spawn->attributes, &set);
        spawn->flags |= POSIX_SPAWN_SETSIGDEF;
    }
    return scheduler_argument(spawn, args[9]);
}

static Value run_spawn(Spawn *spawn, const Value *args, const char *function, bool search) {
    Path path;
    pid_t pid;
    if (spawn_options(spawn, args) < 0 || path_init(&path, args[0], function, "path", 0) < 0) return 0;
    posix_spawnattr_setflags(&spawn->attributes, spawn->flags);
    char **arguments = posix_arguments(args[1], function), **variables = !arguments ? 0 : args[2] == VM_NONE ? environ : posix_environment(args[2]);
    int err = 0;
    if (arguments && variables) {
        VM_C_SAFEPOINT(stm_become_inevitable("spawn"));
        err = (search ? posix_spawnp : posix_spawn)(&pid, path.text, &spawn->actions, &spawn->attributes, arguments, variables);
    }
    bool good = arguments && variables;
    posix_strings_free(arguments);
    if (args[2] != VM_NONE) posix_strings_free(variables);
    errno = err;
    return !good ? 0 : err ? path_error(&path) : int_make(pid);
}
static Value spawn_process(const Value *args, const char *function, bool search) {
    Spawn spawn = {.flags = 0};
    VM_C_SAFEPOINT(stm_become_inevitable("spawn"));
    posix_spawn_file_actions_init(&spawn.actions);
    posix_spawnattr_init(&spawn.attributes);
    vm_c_memory_enter();
    Value result = run_spawn(&spawn, args, function, search);
    vm_c_memory_leave();
    posix_spawnattr_destroy(&spawn.attributes);
    posix_spawn_file_actions_destroy(&spawn.actions);
    return result;
}
POSIX(posix_posix_spawn) { return spawn_process(args, "posix_spawn", false); }
POSIX(posix_posix_spawnp) { return spawn_process(args, "posix_spawnp", true); }

#define SPAWN_SIGNATURE "($module, path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, setsigmask=(), setsigdef=(), scheduler=None)"
const PyMethodDef posix_wait_functions[] = {
    {"wait3", "($module, /, options)", posix_wait3, 0, "Wait for completion of a child process."},
    {"wait4", "($module, /, pid, options)", posix_wait4, 0, "Wait for completion of a specific child process."},
    {"waitid", "($module, idtype, id, options, /)", posix_waitid, 0, "Returns the result of waiting for a process or processes."},
    {"pidfd_open", "($module, /, pid, flags=0)", posix_pidfd_open, 0, "Return a file descriptor referring to the process *pid*."},
    {"posix_spawn", SPAWN_SIGNATURE, posix_posix_spawn, 0, "Execute the program specified by path in a new process."},
    {"posix_spawnp", SPAWN_SIGNATURE, posix_posix_spawnp, 0, "Execute the program specified by path in a new process."},
    {0}};
