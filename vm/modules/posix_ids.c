/* Module posix: users, groups, sessions, priorities: whose a process is and how it is scheduled. */
#define _GNU_SOURCE
#include "vm/modules/posix.h"
#include "vm/objects/int.h"
#include <grp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- numbers of users and groups ---------------------------------------------------------------------------------------------- */

int owner_argument(Value v, const char *kind, uint32_t *id) {
    int64_t number;
    Value index = py_is_int(v) ? v : py_type_lookup(py_type_of(v), NAME(__index__)) ? py_index(v) : 0;
    if (!index) return py_error() ? -1 : py_raise_int(TYPE_TypeError, "%s should be integer, not %T", kind, v);
    bool fits = py_int_as_i64(index, &number) == 0;
    if (!fits) number = py_int_compare(index, int_make(0)) < 0 ? -2 : (int64_t)UINT32_MAX + 1;
    if (number < -1) return py_raise_int(TYPE_OverflowError, "%s is less than minimum", kind);
    if (number > UINT32_MAX) return py_raise_int(TYPE_OverflowError, "%s is greater than maximum", kind);
    *id = (uint32_t)number;
    return 0;
}

static int id_arguments(const Value *args, int count, const char *kind, uint32_t *ids) {
    for (int i = 0; i < count; i++)
        if (owner_argument(args[i], kind, &ids[i]) < 0) return -1;
    return 0;
}
#define SET_IDS(name, count, kind, call)                                                                              \
    POSIX(posix_##name) {                                                                                             \
        uint32_t id[3];                                                                                               \
        int result;                                                                                                   \
        if (id_arguments(args, count, kind, id) < 0) return 0;                                                        \
        VM_C_SAFEPOINT(stm_become_inevitable(#name));                                                                 \
        result = call;                                                                                                \
        return result < 0 ? posix_error() : VM_NONE;                                                                  \
    }
SET_IDS(setuid, 1, "uid", setuid(id[0]))
SET_IDS(seteuid, 1, "uid", seteuid(id[0]))
SET_IDS(setgid, 1, "gid", setgid(id[0]))
SET_IDS(setegid, 1, "gid", setegid(id[0]))
SET_IDS(setreuid, 2, "uid", setreuid(id[0], id[1]))
SET_IDS(setregid, 2, "gid", setregid(id[0], id[1]))
SET_IDS(setresuid, 3, "uid", setresuid(id[0], id[1], id[2]))
SET_IDS(setresgid, 3, "gid", setresgid(id[0], id[1], id[2]))

static Value three(int result, uint32_t a, uint32_t b, uint32_t c) {
    return result < 0 ? posix_error() : py_tuple_pack(3, int_make(a), int_make(b), int_make(c));
}
POSIX(posix_getresuid) {
    uid_t real = 0, effective = 0, saved = 0;
    int result = getresuid(&real, &effective, &saved);
    return three(result, real, effective, saved);
}
POSIX(posix_getresgid) {
    gid_t real = 0, effective = 0, saved = 0;
    int result = getresgid(&real, &effective, &saved);
    return three(result, real, effective, saved);
}

enum { GROUPS_MAX = 65536 };
/* Frees the groups; NULL: no memory. count < 0: errno. */
static Value group_list(gid_t *groups, int count) {
    if (!groups) return py_raise_memory();
    Value list = count < 0 ? posix_error() : py_list_new(0);
    for (int i = 0; list && i < count; i++)
        if (py_list_append(list, int_make(groups[i])) < 0) list = 0;
    free(groups);
    return list;
}
POSIX(posix_getgroups) {
    gid_t *groups = malloc(GROUPS_MAX * sizeof *groups);
    return group_list(groups, groups ? getgroups(GROUPS_MAX, groups) : 0);
}
POSIX(posix_setgroups) {
    if (!py_is_list(args[0]) && !py_is_tuple(args[0])) return py_raise(TYPE_TypeError, "setgroups argument must be a sequence");
    Value items = py_tuple_from_iterable(args[0]);
    if (!items) return 0;
    int64_t n = tuple_length(items);
    if (n > GROUPS_MAX) return py_raise(TYPE_ValueError, "too many groups");
    for (int64_t i = 0; i < n; i++) {
        uint32_t group;
        if (!py_is_int(tuple_item(items, i))) return py_raise(TYPE_TypeError, "groups must be integers");
        if (owner_argument(tuple_item(items, i), "gid", &group) < 0) return 0;
    }
    VM_C_SAFEPOINT(stm_become_inevitable("setgroups"));
    gid_t *groups = malloc((n ? (size_t)n : 1) * sizeof *groups);
    if (!groups) return py_raise_memory();
    for (int64_t i = 0; i < n; i++) owner_argument(tuple_item(items, i), "gid", &groups[i]);
    int result = setgroups((size_t)n, groups), err = errno;
    free(groups);
    errno = err;
    return result < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_initgroups) {
    Path name;
    uint32_t group;
    int result;
    if (path_init(&name, args[0], "initgroups", "username", 0) < 0 || owner_argument(args[1], "gid", &group) < 0) return 0;
    SYSTEM_CALL(result, initgroups(name.text, group));
    return result < 0 ? posix_error() : VM_NONE;
}
/* Allocates: *groups stays NULL where there is no memory. */
static int get_group_list(const char *name, gid_t group, gid_t **groups, int *count) {
    *groups = malloc(GROUPS_MAX * sizeof **groups);
    return *groups ? getgrouplist(name, group, *groups, count) : -1;
}
POSIX(posix_getgrouplist) {
    Path name;
    uint32_t group;
    gid_t *groups = 0;
    int count = GROUPS_MAX, result;
    if (path_init(&name, args[0], "getgrouplist", "user", 0) < 0 || owner_argument(args[1], "gid", &group) < 0) return 0;
    SYSTEM_CALL(result, get_group_list(name.text, group, &groups, &count));
    return group_list(groups, result < 0 ? -1 : count);
}

/* ---- sessions and process groups ------------------------------------------------------------------------------------------------- */

#define WITH_INTS(name, count, call, result_value)                                                                    \
    POSIX(posix_##name) {                                                                                             \
        int a[3], result;                                                                                             \
        for (int i = 0; i < count; i++)                                                                               \
            if (int_argument(args[i], &a[i]) < 0) return 0;                                                           \
        VM_C_SAFEPOINT(stm_become_inevitable(#name));                                                                 \
        result = call;                                                                                                \
        return result < 0 ? posix_error() : result_value;                                                             \
    }
WITH_INTS(getsid, 1, getsid(a[0]), int_make(result))
WITH_INTS(getpgid, 1, getpgid(a[0]), int_make(result))
WITH_INTS(setpgid, 2, setpgid(a[0], a[1]), VM_NONE)
WITH_INTS(tcgetpgrp, 1, tcgetpgrp(a[0]), int_make(result))
WITH_INTS(tcsetpgrp, 2, tcsetpgrp(a[0], a[1]), VM_NONE)
WITH_INTS(setpriority, 3, setpriority((__priority_which_t)a[0], (id_t)a[1], a[2]), VM_NONE)
WITH_INTS(sched_get_priority_max, 1, sched_get_priority_max(a[0]), int_make(result))
WITH_INTS(sched_get_priority_min, 1, sched_get_priority_min(a[0]), int_make(result))
WITH_INTS(sched_getscheduler, 1, sched_getscheduler(a[0]), int_make(result))

POSIX(posix_setsid) {
    VM_C_SAFEPOINT(stm_become_inevitable("setsid"));
    return setsid() < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_setpgrp) {
    VM_C_SAFEPOINT(stm_become_inevitable("setpgrp"));
    return setpgid(0, 0) < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_getpriority) {
    int which, who;
    if (int_argument(args[0], &which) < 0 || int_argument(args[1], &who) < 0) return 0;
    errno = 0;
    int result = getpriority((__priority_which_t)which, (id_t)who);
    return errno ? posix_error() : int_make(result);
}
POSIX(posix_nice) {
    int increment;
    if (int_argument(args[0], &increment) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("nice"));
    errno = 0;
    int result = nice(increment);
    return result == -1 && errno ? posix_error() : int_make(result);
}
POSIX(posix_chroot) {
    Path path;
    int result;
    if (path_init(&path, args[0], "chroot", "path", 0) < 0) return 0;
    SYSTEM_CALL(result, chroot(path.text));
    return result < 0 ? path_error(&path) : VM_NONE;
}

/* ---- scheduling --------------------------------------------------------------------------------------------------------------------- */

static const PyGetSetDef sched_param_fields[] = {{"sched_priority", structseq_get_0, 0, "the scheduling priority"}, {0}};
static Value sched_param_value(int priority) {
    const Value fields[] = {int_make(priority)};
    return py_structseq_new(TYPE_SCHED_PARAM, fields, 1, 1);
}
/* sched_param(sched_priority): the priority itself, not a sequence. */
static Value sched_param_make(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return py_structseq_new(TYPE_SCHED_PARAM, args + 1, 1, 1);
}
POSIX(sched_param_reduce) {
    Value arguments = py_tuple_pack(1, tuple_item(args[0], 0));
    return arguments ? py_tuple_pack(2, py_type_of(args[0]), arguments) : 0;
}
static const PyMethodDef sched_param_methods[] = {{"__reduce__", "($self, /)", sched_param_reduce, 0, 0}, {0}};
const PyTypeSpec py_spec_sched_param = {.doc = "Currently has only one field: sched_priority",
                                        .slots = {.repr = py_structseq_repr},
                                        .methods = sched_param_methods,
                                        .getsets = sched_param_fields,
                                        .new_signature = "(sched_priority)",
                                        .new_fn = sched_param_make,
                                        .raw_words = 1,
                                        .module = "posix"};

static int param_argument(Value v, struct sched_param *param) {
    if (!py_is_instance_of(v, TYPE_SCHED_PARAM)) return py_raise_int(TYPE_TypeError, "must have a sched_param object");
    return int_argument(tuple_item(v, 0), &param->sched_priority);
}
POSIX(posix_sched_setscheduler) {
    int pid, policy;
    struct sched_param param;
    if (int_argument(args[0], &pid) < 0 || int_argument(args[1], &policy) < 0 || param_argument(args[2], &param) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("sched_setscheduler"));
    return sched_setscheduler(pid, policy, &param) < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_sched_setparam) {
    int pid;
    struct sched_param param;
    if (int_argument(args[0], &pid) < 0 || param_argument(args[1], &param) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("sched_setparam"));
    return sched_setparam(pid, &param) < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_sched_getparam) {
    int pid;
    struct sched_param param;
    if (int_argument(args[0], &pid) < 0) return 0;
    return sched_getparam(pid, &param) < 0 ? posix_error() : sched_param_value(param.sched_priority);
}
POSIX(posix_sched_rr_get_interval) {
    int pid;
    struct timespec interval;
    if (int_argument(args[0], &pid) < 0) return 0;
    if (sched_rr_get_interval(pid, &interval) < 0) return posix_error();
    return float_make((double)interval.tv_sec + 1e-9 * (double)interval.tv_nsec);
}
POSIX(posix_sched_setaffinity) {
    int pid, cpu;
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    Value items = int_argument(args[0], &pid) < 0 ? 0 : py_tuple_from_iterable(args[1]);
    if (!items) return 0;
    for (int64_t i = 0; i < tuple_length(items); i++) {
        if (!py_is_int(tuple_item(items, i))) return py_raise(TYPE_TypeError, "expected an iterator of ints, but iterator yielded %T", tuple_item(items, i));
        if (int_argument(tuple_item(items, i), &cpu) < 0) return 0;
        if (cpu < 0) return py_raise(TYPE_ValueError, "negative CPU number");
        if (cpu >= CPU_SETSIZE) return errno = EINVAL, posix_error();
        CPU_SET(cpu, &cpus);
    }
    VM_C_SAFEPOINT(stm_become_inevitable("sched_setaffinity"));
    return sched_setaffinity(pid, sizeof cpus, &cpus) < 0 ? posix_error() : VM_NONE;
}

#define ROW(name, signature, text) {#name, "($module, " signature ")", posix_##name, 0, text}
const PyMethodDef posix_ids_functions[] = {
    ROW(setuid, "uid, /", "Set the current process's user id."),
    ROW(seteuid, "euid, /", "Set the current process's effective user id."),
    ROW(setgid, "gid, /", "Set the current process's group id."),
    ROW(setegid, "egid, /", "Set the current process's effective group id."),
    ROW(setreuid, "ruid, euid, /", "Set the current process's real and effective user ids."),
    ROW(setregid, "rgid, egid, /", "Set the current process's real and effective group ids."),
    ROW(setresuid, "ruid, euid, suid, /", "Set the current process's real, effective, and saved user ids."),
    ROW(setresgid, "rgid, egid, sgid, /", "Set the current process's real, effective, and saved group ids."),
    ROW(getresuid, "/", "Return a tuple of the current process's real, effective, and saved user ids."),
    ROW(getresgid, "/", "Return a tuple of the current process's real, effective, and saved group ids."),
    ROW(getgroups, "/", "Return list of supplemental group IDs for the process."),
    ROW(setgroups, "groups, /", "Set the groups of the current process to list."),
    ROW(initgroups, "username, gid, /", "Initialize the group access list."),
    ROW(getgrouplist, "user, group, /", "Returns a list of groups to which a user belongs."),
    ROW(getsid, "pid, /", "Call the system call getsid(pid) and return the result."),
    ROW(setsid, "/", "Call the system call setsid()."),
    ROW(getpgid, "/, pid", "Call the system call getpgid(), and return the result."),
    ROW(setpgid, "pid, pgrp, /", "Call the system call setpgid(pid, pgrp)."),
    ROW(setpgrp, "/", "Make the current process the leader of its process group."),
    ROW(tcgetpgrp, "fd, /", "Return the process group associated with the terminal specified by fd."),
    ROW(tcsetpgrp, "fd, pgid, /", "Set the process group associated with the terminal specified by fd."),
    ROW(getpriority, "/, which, who", "Return program scheduling priority."),
    ROW(setpriority, "/, which, who, priority", "Set program scheduling priority."),
    ROW(nice, "increment, /", "Add increment to the priority of process and return the new priority."),
    ROW(chroot, "/, path", "Change root directory to path."),
    ROW(sched_get_priority_max, "/, policy", "Get the maximum scheduling priority for policy."),
    ROW(sched_get_priority_min, "/, policy", "Get the minimum scheduling priority for policy."),
    ROW(sched_getscheduler, "pid, /", "Get the scheduling policy for the process identified by pid."),
    ROW(sched_setscheduler, "pid, policy, param, /", "Set the scheduling policy for the process identified by pid."),
    ROW(sched_getparam, "pid, /", "Returns scheduling parameters for the process identified by pid."),
    ROW(sched_setparam, "pid, param, /", "Set scheduling parameters for the process identified by pid."),
    ROW(sched_rr_get_interval, "pid, /", "Return the round-robin quantum for the process identified by pid, in seconds."),
    ROW(sched_setaffinity, "pid, mask, /", "Set the CPU affinity of the process identified by pid to mask."),
    {0}};
