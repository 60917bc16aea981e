/* Module posix: arguments, errors, constants, the module. */
#define _GNU_SOURCE
#include "vm/modules/posix.h"
#include "vm/objects/weakref.h"
#include <fcntl.h>
#include <dlfcn.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/memfd.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <sys/wait.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <unistd.h>

extern char **environ;

/* ---- arguments ------------------------------------------------------------------------------------------------------------------- */

Value fspath(Value v) {
    if (py_is_str(v) || py_is_bytes(v)) return v;
    Value method = py_lookup_special(v, NAME(__fspath__));
    if (!method)
        return py_error() ? 0 : py_raise(TYPE_TypeError, "expected str, bytes or os.PathLike object, not %T", v);
    Value path = py_call0(method);
    if (!path || py_is_str(path) || py_is_bytes(path)) return path;
    return py_raise(TYPE_TypeError, "expected %T.__fspath__() to return str or bytes, not %T", v, path);
}

int int_argument(Value v, int *out) {
    int64_t i = py_index_int64(v, "OverflowError");
    if (i == -1 && py_error()) return -1;
    if (i != (int)i) return py_raise_int(TYPE_OverflowError, "signed integer is %s", i > 0 ? "greater than maximum" : "less than minimum");
    *out = (int)i;
    return 0;
}

int fd_argument(Value v, int *fd) {
    if (!py_is_int(v) && !py_type_lookup(py_type_of(v), NAME(__index__))) {
        Value method = py_getattr_opt(v, NAME(fileno));
        if (!method) return -1;
        if (method == VM_UNBOUND) return py_raise_int(TYPE_TypeError, "argument must be an int, or have a fileno() method.");
        v = py_call0(method);
        if (!v) return -1;
        if (!py_is_int(v)) return py_raise_int(TYPE_TypeError, "fileno() returned a non-integer");
    }
    if (int_argument(v, fd) < 0) return -1;
    if (*fd < 0) return py_raise_int(TYPE_ValueError, "file descriptor cannot be a negative integer (%d)", *fd);
    return 0;
}

int dir_fd_argument(Value v, int *fd) {
    *fd = AT_FDCWD;
    if (!v || v == VM_NONE) return 0;
    if (!py_is_int(v) && !py_type_lookup(py_type_of(v), NAME(__index__)))
        return py_raise_int(TYPE_TypeError, "argument should be integer or None, not %T", v);
    Value index = py_index(v);
    if (!index) return -1;
    int64_t number;
    bool fits = py_int_as_i64(index, &number) == 0;
    if (fits && number == (int)number) return *fd = (int)number, 0;
    bool less = py_int_compare(index, int_make(0)) < 0;
    return py_raise_int(TYPE_OverflowError, less ? "fd is less than minimum" : "fd is greater than maximum");
}

static const char *path_types(int allowed) {
    return allowed & PATH_FD && allowed & PATH_NONE ? "string, bytes, os.PathLike, integer or None"
           : allowed & PATH_FD                             ? "string, bytes, os.PathLike or integer"
           : allowed & PATH_NONE                           ? "string, bytes, os.PathLike or None"
                                                           : "string, bytes or os.PathLike";
}
static int path_type_error(Value v, const char *function, const char *argument, int allowed) {
    return py_raise_int(TYPE_TypeError, "%s: %s should be %s, not %T", function, argument, path_types(allowed), v);
}

int path_init(Path *path, Value v, const char *function, const char *argument, int allowed) {
    path->fd = -1;
    path->is_bytes = false;
    path->object = v && v != VM_NONE ? v : 0;
    if (!v || v == VM_NONE) {
        if (!(allowed & PATH_NONE)) return path_type_error(VM_NONE, function, argument, allowed);
        strcpy(path->text, ".");
        return 0;
    }
    if ((allowed & PATH_FD) && py_is_int(v)) return int_argument(v, &path->fd);
    if ((allowed & PATH_FD) && !py_is_str(v) && !py_is_bytes(v) && py_type_lookup(py_type_of(v), NAME(__index__))) return int_argument(v, &path->fd);
    if (!py_is_str(v) && !py_is_bytes(v)) {
        Value method = py_lookup_special(v, NAME(__fspath__));
        if (!method && !py_error() && vm_type_of(v)->slots->get_buffer) {
            if (py_warn(TYPE_DeprecationWarning, 1, "%s: %s should be %s, not %T", function, argument, path_types(allowed), v) < 0) return -1;
            if (!(v = py_call1(py_type(TYPE_BYTES), v))) return -1;
        } else if (!method) return py_error() ? -1 : path_type_error(v, function, argument, allowed);
        else if (!(v = fspath(v))) return -1;
    }
    path->is_bytes = py_is_bytes(v);
    Value bytes = path->is_bytes ? v : py_encode(v, "utf-8", "surrogateescape");
    if (!bytes) return -1;
    size_t length = (size_t)REF(PyBytes, bytes)->length;
    const char *data = stm_flat(bytes_data(bytes), length, false);
    if (memchr(data, 0, length)) return py_raise_int(TYPE_ValueError, "%s: embedded null %s in %s", function, path->is_bytes ? "byte" : "character", argument);
    if (length >= sizeof path->text) length = sizeof path->text - 1; /* the kernel says ENAMETOOLONG */
    memcpy(path->text, data, length);
    path->text[length] = 0;
    return 0;
}

Value path_result(const Path *path, const char *text, size_t length) {
    return path->is_bytes ? py_bytes_new(text, length) : py_decode_fs(text, length);
}

enum { COLLECTIONS = 2, COLLECTIONS_MULTI = 8 }; /* the first of young objects alone; other threads open files, too */

/* Files are closed when they are found dead, which may be long after the last reference to them has gone. */
static void close_dead_files_may_call(unsigned collection) {
    if (collection == 0) VM_C_SAFEPOINT(gc_minor());
    else VM_C_SAFEPOINT(gc_collect_full());
    VM_DETACHED("files that nobody refers to", (void)0); /* what was found dead is seen to once this has committed */
    vm_c_memory_enter(); /* the caller is in the middle of a system call's arguments */
    vm_run_finalizers_may_call();
    vm_c_memory_leave();
}

bool vm_system_call_again_may_call(int err, unsigned *tries) {
    if (err == EINTR) return vm_run_events_may_call() == 0;
    bool full = err == EMFILE || err == ENFILE;
    if (full && *tries < (SEG->multi ? COLLECTIONS_MULTI : COLLECTIONS)) {
        close_dead_files_may_call((*tries)++);
        return true;
    }
    errno = err;
    return false;
}

Value posix_error(void) { return py_error() ? 0 : py_raise_errno(errno, 0); }
Value path_error(const Path *path) { return py_error() ? 0 : py_raise_errno(errno, path->object); }

/* ---- environment --------------------------------------------------------------------------------------------------------------------- */

static Value environment(void) {
    Value dict = py_dict_new();
    for (char **entry = environ; dict && entry && *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        if (!equals) continue;
        Value name = py_bytes_new(*entry, (size_t)(equals - *entry)), value = py_bytes_new(equals + 1, strlen(equals + 1));
        if (!name || !value || !py_dict_setdefault(dict, name, value)) return 0;
    }
    return dict;
}

/* setenv changes the process: the transaction must not run again. */
POSIX(posix_putenv) {
    Path name, value;
    if (path_init(&name, args[0], "putenv", "name", 0) < 0 || path_init(&value, args[1], "putenv", "value", 0) < 0) return 0;
    if (!*name.text || strchr(name.text, '=')) return py_raise(TYPE_ValueError, "illegal environment variable name");
    VM_C_SAFEPOINT(stm_become_inevitable("putenv"));
    return setenv(name.text, value.text, 1) < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_unsetenv) {
    Path name;
    if (path_init(&name, args[0], "unsetenv", "name", 0) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("unsetenv"));
    return unsetenv(name.text) < 0 ? posix_error() : VM_NONE;
}

POSIX(posix_fspath) { return fspath(args[0]); }
POSIX(posix_strerror) {
    int err;
    return int_argument(args[0], &err) < 0 ? 0 : py_str_c(strerror(err));
}

static const PyMethodDef posix_functions[] = {
    {"putenv", "($module, name, value, /)", posix_putenv, 0, "Change or add an environment variable."},
    {"unsetenv", "($module, name, /)", posix_unsetenv, 0, "Delete an environment variable."},
    {"fspath", "($module, /, path)", posix_fspath, 0, "Return the file system path representation of the object."},
    {"strerror", "($module, code, /)", posix_strerror, 0, "Translate an error code to a message string."},
    {0}};

/* ---- the module -------------------------------------------------------------------------------------------------------------------------- */

#define C(name) {#name, name}
static const struct {
    const char *name;
    int64_t value;
} constants[] = {
    C(F_OK), C(R_OK), C(W_OK), C(X_OK), C(O_RDONLY), C(O_WRONLY), C(O_RDWR), C(O_NDELAY), C(O_NONBLOCK), C(O_APPEND), C(O_DSYNC),
    C(O_RSYNC), C(O_SYNC), C(O_NOCTTY), C(O_CREAT), C(O_EXCL), C(O_TRUNC), C(O_CLOEXEC), C(O_ACCMODE), C(O_PATH), C(O_TMPFILE),
    C(O_DIRECTORY), C(O_NOFOLLOW), C(O_DIRECT), C(O_LARGEFILE), C(O_ASYNC), C(O_NOATIME), C(SEEK_SET), C(SEEK_CUR), C(SEEK_END),
    C(SEEK_DATA), C(SEEK_HOLE), C(EX_OK), C(WNOHANG), C(WUNTRACED), C(WCONTINUED), C(WEXITED), C(WSTOPPED), C(WNOWAIT), C(P_ALL), C(P_PID),
    C(P_PGID), C(PRIO_PROCESS), C(PRIO_PGRP), C(PRIO_USER), C(SCHED_OTHER), C(SCHED_BATCH), C(SCHED_IDLE), C(SCHED_FIFO), C(SCHED_RR),
    C(RTLD_LAZY), C(RTLD_NOW), C(RTLD_GLOBAL), C(RTLD_LOCAL), C(RTLD_NODELETE), C(RTLD_NOLOAD), C(RTLD_DEEPBIND), C(GRND_RANDOM),
    C(GRND_NONBLOCK), C(MFD_CLOEXEC), C(MFD_ALLOW_SEALING), C(F_LOCK), C(F_TLOCK), C(F_ULOCK), C(F_TEST), C(ST_RDONLY), C(ST_NOSUID),
    C(NGROUPS_MAX), {"TMP_MAX", 238328}, C(CLD_CONTINUED), C(CLD_DUMPED), C(CLD_EXITED), C(CLD_KILLED), C(CLD_STOPPED), C(CLD_TRAPPED),
    C(EFD_CLOEXEC), C(EFD_NONBLOCK), C(EFD_SEMAPHORE), C(EX_CANTCREAT), C(EX_CONFIG), C(EX_DATAERR), C(EX_IOERR), C(EX_NOHOST), C(EX_NOINPUT),
    C(EX_NOPERM), C(EX_NOUSER), C(EX_OSERR), C(EX_OSFILE), C(EX_PROTOCOL), C(EX_SOFTWARE), C(EX_TEMPFAIL), C(EX_UNAVAILABLE), C(EX_USAGE),
    C(MFD_HUGETLB), C(MFD_HUGE_SHIFT), C(MFD_HUGE_MASK), C(MFD_HUGE_64KB), C(MFD_HUGE_512KB), C(MFD_HUGE_1MB), C(MFD_HUGE_2MB), C(MFD_HUGE_8MB),
    C(MFD_HUGE_16MB), C(MFD_HUGE_32MB), C(MFD_HUGE_256MB), C(MFD_HUGE_512MB), C(MFD_HUGE_1GB), C(MFD_HUGE_2GB), C(MFD_HUGE_16GB), C(O_FSYNC),
    C(POSIX_FADV_DONTNEED), C(POSIX_FADV_NOREUSE), C(POSIX_FADV_NORMAL), C(POSIX_FADV_RANDOM), C(POSIX_FADV_SEQUENTIAL), C(POSIX_FADV_WILLNEED),
    {"POSIX_SPAWN_OPEN", 0}, {"POSIX_SPAWN_CLOSE", 1}, {"POSIX_SPAWN_DUP2", 2}, C(P_PIDFD), C(RWF_APPEND), C(RWF_DSYNC), C(RWF_HIPRI), C(RWF_NOWAIT),
    C(RWF_SYNC), C(SCHED_RESET_ON_FORK), C(SPLICE_F_MORE), C(SPLICE_F_MOVE), C(SPLICE_F_NONBLOCK), C(ST_APPEND), C(ST_MANDLOCK), C(ST_NOATIME),
    C(ST_NODEV), C(ST_NODIRATIME), C(ST_NOEXEC), C(ST_RELATIME), C(ST_SYNCHRONOUS), C(ST_WRITE), C(XATTR_CREATE), C(XATTR_REPLACE),
    C(XATTR_SIZE_MAX)};
#undef C

static int add_all(Value module, const PyMethodDef *functions) {
    for (; functions->name; functions++)
        if (py_module_add(module, functions->name, py_builtin_new(functions, module, py_intern_c("posix"))) < 0) return -1;
    return 0;
}

/* What os.py asks for to learn which functions take dir_fd, fd, follow_symlinks. */
static Value have_functions(void) {
    static const char *const names[] = {"HAVE_FACCESSAT", "HAVE_FCHDIR", "HAVE_FCHMOD", "HAVE_FCHMODAT", "HAVE_FCHOWN", "HAVE_FCHOWNAT",
                                        "HAVE_FDOPENDIR", "HAVE_FPATHCONF", "HAVE_FSTATAT", "HAVE_FSTATVFS", "HAVE_FTRUNCATE", "HAVE_FUTIMENS",
                                        "HAVE_LINKAT", "HAVE_LCHOWN", "HAVE_LSTAT", "HAVE_MKDIRAT", "HAVE_MKFIFOAT", "HAVE_MKNODAT", "HAVE_OPENAT",
                                        "HAVE_READLINKAT", "HAVE_RENAMEAT", "HAVE_SYMLINKAT", "HAVE_UNLINKAT", "HAVE_UTIMENSAT"};
    Value list = py_list_new(0);
    for (size_t i = 0; list && i < sizeof names / sizeof *names; i++)
        if (py_list_append(list, py_intern_c(names[i])) < 0) return 0;
    return list;
}

static int posix_init(Value module) {
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (py_module_add(module, constants[i].name, py_int_from_i64(constants[i].value)) < 0) return -1;
    static const PyMethodDef *const parts[] = {posix_stat_functions, posix_dir_functions, posix_fd_functions, posix_process_functions, posix_ids_functions,
                                               posix_wait_functions, posix_io_functions, posix_xattr_functions, posix_conf_functions};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (add_all(module, parts[i]) < 0) return -1;
    py_structseq_register(TYPE_SCHED_PARAM, 1);
    py_structseq_register(TYPE_WAITID_RESULT, 5);
    py_structseq_register(TYPE_STAT_RESULT, 10);
    py_structseq_register(TYPE_STATVFS_RESULT, 10);
    py_structseq_register(TYPE_TERMINAL_SIZE, 2);
    py_structseq_register(TYPE_TIMES_RESULT, 5);
    py_structseq_register(TYPE_UNAME_RESULT, 5);
    static const uint32_t types[] = {TYPE_STAT_RESULT, TYPE_STATVFS_RESULT, TYPE_TERMINAL_SIZE, TYPE_TIMES_RESULT, TYPE_UNAME_RESULT, TYPE_DIR_ENTRY,
                                     TYPE_SCHED_PARAM, TYPE_WAITID_RESULT};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (py_module_add_type(module, types[i]) < 0) return -1;
    return py_module_add(module, "environ", environment()) < 0 || py_module_add(module, "_have_functions", have_functions()) < 0 ||
                   py_module_add(module, "error", py_type(TYPE_OSError)) < 0
               ? -1
               : posix_process_init() < 0 ? -1 : posix_conf_init(module);
}
const PyModuleDef py_module_posix = {.doc = "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).",
                                     .functions = posix_functions,
                                     .init = posix_init};
