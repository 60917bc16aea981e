/* Module _posixsubprocess: fork_exec.
 *
 * The child shares the parent's memory (vfork) until exec, so everything it needs is copied to C memory before, and the
 * transaction is inevitable from then on. Only a preexec_fn, which is Python code, needs a real fork. */
#define _GNU_SOURCE
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

typedef struct Launch {
    char **argv, **executables, **env; /* ended by 0; env 0: the parent's */
    char *cwd;                         /* or 0 */
    int *keep;                         /* descriptors that stay open, ascending */
    size_t keep_count;
    gid_t *groups;
    int64_t group_count; /* -1: leave them */
    int p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write;
    int restore_signals, new_session, process_group, umask, close_fds;
    int64_t uid, gid; /* -1: leave */
    Value preexec;    /* or VM_NONE */
    sigset_t mask;    /* the parent's */
} Launch;

/* ---- arguments ----------------------------------------------------------------------------------------------- */

static char *copy_bytes(Value v, const char *what) {
    Value bytes = fspath(v);
    if (bytes && py_is_str(bytes)) bytes = py_encode(bytes, "utf-8", "surrogateescape");
    if (!bytes) return 0;
    size_t length = (size_t)REF(PyBytes, bytes)->length;
    const char *data = stm_flat(bytes_data(bytes), length + 1, false);
    if (memchr(data, 0, length)) return py_raise(TYPE_ValueError, "embedded null byte in %s", what), NULL;
    char *copy = malloc(length + 1);
    if (!copy) return py_raise_memory(), NULL;
    memcpy(copy, data, length);
    copy[length] = 0;
    return copy;
}

static void free_list(char **list) {
    for (size_t i = 0; list && list[i]; i++) free(list[i]);
    free(list);
}
static char **copy_list(Value sequence, const char *what) {
    Value tuple = py_tuple_from_iterable(sequence);
    if (!tuple) return 0;
    int64_t count = tuple_length(tuple);
    char **list = calloc((size_t)count + 1, sizeof *list);
    if (!list) return py_raise_memory(), NULL;
    for (int64_t i = 0; i < count; i++)
        if (!(list[i] = copy_bytes(tuple_item(tuple, i), what))) return free_list(list), NULL;
    return list;
}

static int copy_keep(Launch *l, Value fds) {
    l->keep_count = (size_t)tuple_length(fds);
    l->keep = malloc((l->keep_count + 1) * sizeof *l->keep);
    if (!l->keep) return py_raise_memory(), -1;
    for (size_t i = 0; i < l->keep_count; i++) {
        int64_t fd;
        Value v = tuple_item(fds, (int64_t)i);
        if (!py_is_int(v) || py_int_as_i64(v, &fd) || fd < 0 || fd > INT32_MAX || (i && fd <= l->keep[i - 1]))
            return py_raise_int(TYPE_ValueError, "bad value(s) in fds_to_keep");
        l->keep[i] = (int)fd;
    }
    return 0;
}

static int copy_groups(Launch *l, Value groups) {
    l->group_count = -1;
    if (groups == VM_NONE) return 0;
    if (!py_is_list(groups)) return py_raise_int(TYPE_TypeError, "setgroups argument must be a sequence");
    int64_t count = py_list_length(groups);
    l->groups = malloc((size_t)(count + 1) * sizeof *l->groups);
    if (!l->groups) return py_raise_memory(), -1;
    for (int64_t i = 0; i < count; i++) {
        uint32_t id;
        Value item = py_list_item(groups, i);
        if (!py_is_int(item)) return py_raise_int(TYPE_TypeError, "extra_groups must be integers");
        if (owner_argument(item, "gid", &id) < 0) {
            py_error_clear();
            return py_raise_int(TYPE_ValueError, "invalid group id");
        }
        l->groups[i] = (gid_t)id;
    }
    l->group_count = count;
    return 0;
}

static int id_argument(Value v, const char *kind, int64_t *id) {
    uint32_t given;
    *id = -1;
    if (v == VM_NONE) return 0;
    if (owner_argument(v, kind, &given) < 0) return -1;
    *id = given;
    return 0;
}

static void launch_free(Launch *l) {
    free_list(l->argv), free_list(l->executables), free_list(l->env);
    free(l->cwd), free(l->keep), free(l->groups);
}

static int launch_fill(Launch *l, const Value *args) {
    int *const fds[] = {&l->p2cread, &l->p2cwrite, &l->c2pread, &l->c2pwrite, &l->errread, &l->errwrite, &l->errpipe_read, &l->errpipe_write};
    for (int i = 0; i < 8; i++)
        if (int_argument(args[6 + i], fds[i]) < 0) return -1;
    if ((l->close_fds = py_truth(args[2])) < 0 || (l->restore_signals = py_truth(args[14])) < 0 || (l->new_session = py_truth(args[15])) < 0 ||
        int_argument(args[16], &l->process_group) < 0 || id_argument(args[17], "gid", &l->gid) < 0 || id_argument(args[19], "uid", &l->uid) < 0 ||
        int_argument(args[20], &l->umask) < 0)
        return -1;
    l->preexec = args[21];
    if (l->close_fds && l->errpipe_write < 3) return py_raise_int(TYPE_ValueError, "errpipe_write must be >= 3");
    if (!py_is_tuple(args[3])) return py_raise_int(TYPE_TypeError, "fork_exec() argument 4 must be tuple, not %T", args[3]);
    if (copy_keep(l, args[3]) < 0 || copy_groups(l, args[18]) < 0) return -1;
    if (!(l->executables = copy_list(args[1], "executable"))) return -1;
    if (args[0] != VM_NONE && !(l->argv = copy_list(args[0], "arguments"))) return -1;
    if (args[5] != VM_NONE && !(l->env = copy_list(args[5], "environment"))) return -1;
    return args[4] != VM_NONE && !(l->cwd = copy_bytes(args[4], "cwd")) ? -1 : 0;
}

/* ---- the child: system calls only -------------------------------------------------------------------------------- */

/* All descriptors from 3 on that are not kept. */
static void close_others(const Launch *l) {
    unsigned from = 3;
    for (size_t i = 0; i < l->keep_count; i++) {
        if (l->keep[i] < (int)from) continue;
        if (l->keep[i] > (int)from) close_range(from, (unsigned)l->keep[i] - 1, 0);
        from = (unsigned)l->keep[i] + 1;
    }
    close_range(from, ~0u, 0);
}

static int set_inheritable(int fd) {
    int flags = fcntl(fd, F_GETFD);
    return flags < 0 || fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) < 0 ? -1 : 0;
}
static int place(int fd, int target) {
    if (fd == target) return set_inheritable(fd);
    return fd < 0 ? 0 : dup2(fd, target) < 0 ? -1 : 0;
}

static int child_descriptors(Launch *l) {
    for (size_t i = 0; i < l->keep_count; i++)
        if (l->keep[i] != l->errpipe_write && set_inheritable(l->keep[i]) < 0) return -1;
    const int parents[] = {l->p2cwrite, l->c2pread, l->errread, l->errpipe_read};
    for (int i = 0; i < 4; i++)
        if (parents[i] >= 0) close(parents[i]);
    /* Out of the way of the standard descriptors that are set below. */
    if (l->c2pwrite == 0 && (l->c2pwrite = dup(l->c2pwrite)) < 0) return -1;
    while (l->errwrite == 0 || l->errwrite == 1)
        if ((l->errwrite = dup(l->errwrite)) < 0) return -1;
    return place(l->p2cread, 0) < 0 || place(l->c2pwrite, 1) < 0 || place(l->errwrite, 2) < 0 ? -1 : 0;
}

static void child_signals(const Launch *l) {
    struct sigaction action;
    for (int number = 1; number < NSIG; number++) { /* no handler of the parent's may run in memory that is shared */
        if (sigaction(number, 0, &action) < 0 || action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) continue;
        signal(number, SIG_DFL);
    }
    if (l->restore_signals) signal(SIGPIPE, SIG_DFL), signal(SIGXFSZ, SIG_DFL);
    sigprocmask(SIG_SETMASK, &l->mask, 0);
}

static int child_identity(const Launch *l) {
    if (l->new_session && setsid() < 0) return -1;
    if (l->process_group >= 0 && setpgid(0, l->process_group) < 0) return -1;
    if (l->group_count >= 0 && setgroups((size_t)l->group_count, l->groups) < 0) return -1;
    if (l->gid != -1 && setregid((gid_t)l->gid, (gid_t)l->gid) < 0) return -1;
    return l->uid != -1 && setreuid((uid_t)l->uid, (uid_t)l->uid) < 0 ? -1 : 0;
}

static void report(const Launch *l, const char *kind, int err, const char *message) {
    char text[160];
    int length = snprintf(text, sizeof text, "%s:%X:%s", kind, (unsigned)err, message);
    ssize_t written = write(l->errpipe_write, text, (size_t)length);
    (void)written;
}

static _Noreturn void child(Launch *l) {
    const char *stage = "noexec";
    if (child_descriptors(l) < 0) goto failed;
    if (l->cwd && chdir(l->cwd) < 0) goto failed;
    if (l->umask >= 0) umask((mode_t)l->umask);
    child_signals(l);
    if (child_identity(l) < 0) goto failed;
    if (l->preexec != VM_NONE && !py_call0(l->preexec)) { /* a forked process: Python may run */
        report(l, "SubprocessError", 0, "Exception occurred in preexec_fn.");
        _exit(255);
    }
    if (l->close_fds) close_others(l);
    stage = "";
    int first = 0;
    for (char **path = l->executables; *path; path++) {
        execve(*path, l->argv, l->env ? l->env : environ);
        if (errno != ENOENT && errno != ENOTDIR && !first) first = errno;
    }
    if (first) errno = first;
failed:
    report(l, "OSError", errno, stage);
    _exit(255);
}

/* ---- the parent ---------------------------------------------------------------------------------------------------- */

static __attribute__((noinline)) pid_t start(Launch *l) {
    pid_t pid = vfork();
    if (pid == 0) child(l);
    return pid;
}

FUNCTION(fork_exec) {
    Launch l = {0};
    VM_C_SAFEPOINT(stm_become_inevitable("fork_exec"));
    vm_c_memory_enter();
    int filled = launch_fill(&l, args);
    vm_c_memory_leave();
    if (filled < 0) return launch_free(&l), 0;
    pid_t pid;
    int err;
    sigset_t all;
    sigfillset(&all);
    if (l.preexec != VM_NONE) {
        pthread_sigmask(SIG_BLOCK, 0, &l.mask);
        VM_C_SAFEPOINT(pid = stm_fork());
        if (pid == 0) child(&l);
        err = errno;
    } else {
        sigdelset(&all, SIGSEGV);
        pthread_sigmask(SIG_BLOCK, &all, &l.mask);
        VM_DETACHED("fork_exec", pid = start(&l); err = errno);
        pthread_sigmask(SIG_SETMASK, &l.mask, 0);
    }
    launch_free(&l);
    return pid < 0 ? py_raise_errno(err, 0) : int_make(pid);
}

static const PyMethodDef posixsubprocess_functions[] = {
    {"fork_exec",
     "($module, args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, "
     "errpipe_write, restore_signals, start_new_session, process_group, gid, extra_groups, uid, umask, preexec_fn, allow_vfork, /)",
     fork_exec, 0, "Spawn a fresh new child process."},
    {0}};
const PyModuleDef py_module_posixsubprocess = {.doc = "A POSIX helper for the subprocess module.", .functions = posixsubprocess_functions};
