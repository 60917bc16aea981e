/* Module posix: what files are: stat, access, mode, owner, times. */
#define _GNU_SOURCE
#include "vm/modules/posix.h"
#include "vm/modules/clock.h"
#include <fcntl.h>
#include <math.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define G(i, name) {name, structseq_get_##i, 0, 0}
static const PyGetSetDef stat_fields[] = {
    G(0, "st_mode"), G(1, "st_ino"), G(2, "st_dev"), G(3, "st_nlink"), G(4, "st_uid"), G(5, "st_gid"), G(6, "st_size"),
    G(7, "_integer_atime"), G(8, "_integer_mtime"), G(9, "_integer_ctime"), G(10, "st_atime"), G(11, "st_mtime"), G(12, "st_ctime"),
    G(13, "st_atime_ns"), G(14, "st_mtime_ns"), G(15, "st_ctime_ns"), G(16, "st_blksize"), G(17, "st_blocks"), G(18, "st_rdev"), {0}};
STRUCTSEQ_SPEC(stat_result, "stat_result: Result from stat, fstat, or lstat.", stat_fields, "os");
static const PyGetSetDef statvfs_fields[] = {G(0, "f_bsize"), G(1, "f_frsize"), G(2, "f_blocks"), G(3, "f_bfree"), G(4, "f_bavail"),
                                             G(5, "f_files"), G(6, "f_ffree"), G(7, "f_favail"), G(8, "f_flag"), G(9, "f_namemax"),
                                             G(10, "f_fsid"), {0}};
STRUCTSEQ_SPEC(statvfs_result, "statvfs_result: Result from statvfs or fstatvfs.", statvfs_fields, "os");
#undef G

static int64_t timespec_ns(struct timespec t) { return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec; }

static Value stat_value(const struct stat *st) {
    int64_t times[3] = {timespec_ns(st->st_atim), timespec_ns(st->st_mtim), timespec_ns(st->st_ctim)};
    Value fields[19] = {int_make(st->st_mode), py_int_from_u64(st->st_ino), py_int_from_u64(st->st_dev), int_make((int64_t)st->st_nlink),
                        int_make(st->st_uid), int_make(st->st_gid), py_int_from_i64(st->st_size)};
    for (int i = 0; i < 3; i++) {
        fields[7 + i] = int_make(times[i] / 1000000000 - (times[i] % 1000000000 < 0));
        fields[10 + i] = float_make((double)times[i] * 1e-9);
        fields[13 + i] = py_int_from_i64(times[i]);
    }
    fields[16] = int_make(st->st_blksize);
    fields[17] = int_make(st->st_blocks);
    fields[18] = py_int_from_u64(st->st_rdev);
    return py_structseq_new(TYPE_STAT_RESULT, fields, 19, 10);
}

Value posix_stat_path(const Path *path, int dir_fd, bool follow) {
    struct stat st;
    int result;
    if (path->fd >= 0) SYSTEM_CALL(result, fstat(path->fd, &st));
    else SYSTEM_CALL(result, fstatat(dir_fd, path->text, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    return result < 0 ? path_error(path) : stat_value(&st);
}

/* follow_symlinks=True of many functions. */
static int follow_argument(Value v) { return v ? py_truth(v) : 1; }

POSIX(posix_stat) {
    Path path;
    int dir_fd, follow = follow_argument(args[2]);
    if (follow < 0 || path_init(&path, args[0], "stat", "path", PATH_FD) < 0 || dir_fd_argument(args[1], &dir_fd) < 0) return 0;
    return posix_stat_path(&path, dir_fd, follow);
}
POSIX(posix_lstat) {
    Path path;
    int dir_fd;
    if (path_init(&path, args[0], "lstat", "path", 0) < 0 || dir_fd_argument(args[1], &dir_fd) < 0) return 0;
    return posix_stat_path(&path, dir_fd, false);
}
POSIX(posix_fstat) {
    Path path = {.fd = -1};
    return int_argument(args[0], &path.fd) < 0 ? 0 : posix_stat_path(&path, 0, true);
}

static Value statvfs_path(const Path *path) {
    struct statvfs st;
    int result;
    if (path->fd >= 0) SYSTEM_CALL(result, fstatvfs(path->fd, &st));
    else SYSTEM_CALL(result, statvfs(path->text, &st));
    if (result < 0) return path_error(path);
    const Value fields[] = {py_int_from_u64(st.f_bsize), py_int_from_u64(st.f_frsize), py_int_from_u64(st.f_blocks), py_int_from_u64(st.f_bfree),
                            py_int_from_u64(st.f_bavail), py_int_from_u64(st.f_files), py_int_from_u64(st.f_ffree), py_int_from_u64(st.f_favail),
                            py_int_from_u64(st.f_flag), py_int_from_u64(st.f_namemax), py_int_from_u64(st.f_fsid)};
    return py_structseq_new(TYPE_STATVFS_RESULT, fields, 11, 10);
}
POSIX(posix_statvfs) {
    Path path;
    return path_init(&path, args[0], "statvfs", "path", PATH_FD) < 0 ? 0 : statvfs_path(&path);
}
POSIX(posix_fstatvfs) {
    Path path = {.fd = -1};
    return fd_argument(args[0], &path.fd) < 0 ? 0 : statvfs_path(&path);
}

POSIX(posix_access) {
    Path path;
    int mode, dir_fd, effective = args[3] ? py_truth(args[3]) : 0, follow = follow_argument(args[4]), result;
    if (effective < 0 || follow < 0 || path_init(&path, args[0], "access", "path", 0) < 0 || int_argument(args[1], &mode) < 0 ||
        dir_fd_argument(args[2], &dir_fd) < 0)
        return 0;
    int flags = (effective ? AT_EACCESS : 0) | (follow ? 0 : AT_SYMLINK_NOFOLLOW);
    SYSTEM_CALL(result, faccessat(dir_fd, path.text, mode, flags));
    return py_error() ? 0 : vm_bool(result == 0);
}

POSIX(posix_chmod) {
    Path path;
    int mode, dir_fd, follow = follow_argument(args[3]), result;
    if (follow < 0 || path_init(&path, args[0], "chmod", "path", PATH_FD) < 0 || int_argument(args[1], &mode) < 0 || dir_fd_argument(args[2], &dir_fd) < 0)
        return 0;
    if (path.fd >= 0) SYSTEM_CALL(result, fchmod(path.fd, (mode_t)mode));
    else SYSTEM_CALL(result, fchmodat(dir_fd, path.text, (mode_t)mode, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    return result < 0 ? path_error(&path) : VM_NONE;
}

POSIX(posix_fchmod) {
    int fd, mode, result;
    if (int_argument(args[0], &fd) < 0 || int_argument(args[1], &mode) < 0) return 0;
    SYSTEM_CALL(result, fchmod(fd, (mode_t)mode));
    return result < 0 ? posix_error() : VM_NONE;
}

POSIX(posix_umask) {
    int mask;
    if (int_argument(args[0], &mask) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("umask"));
    return int_make(umask((mode_t)mask));
}

/* One of utime's pair: seconds (int or float), or nanoseconds. */
static int time_argument(Value v, bool nanoseconds, struct timespec *t) {
    int64_t ns;
    if (nanoseconds) {
        Value index = py_index(v);
        if (!index) return -1;
        if (py_int_as_i64(index, &ns)) return py_raise_int(TYPE_OverflowError, "timestamp out of range for platform time_t");
    } else if (py_is_float(v)) {
        double d = py_float_value(v);
        if (isnan(d)) return py_raise_int(TYPE_ValueError, "Invalid value NaN (not a number)");
        if (!(fabs(d) < 9e9)) return py_raise_int(TYPE_OverflowError, "timestamp out of range for platform time_t");
        ns = (int64_t)floor(d * 1e9);
    } else if (clock_from_seconds(v, &ns) < 0) {
        return -1;
    }
    t->tv_sec = ns / 1000000000 - (ns % 1000000000 < 0);
    t->tv_nsec = ns - (int64_t)t->tv_sec * 1000000000;
    return 0;
}

POSIX(posix_utime) {
    Path path;
    struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
    int dir_fd, follow = follow_argument(args[4]), result;
    if (follow < 0 || path_init(&path, args[0], "utime", "path", PATH_FD) < 0 || dir_fd_argument(args[3], &dir_fd) < 0) return 0;
    bool has_times = args[1] && args[1] != VM_NONE, has_ns = args[2] != 0;
    if (has_times && has_ns) return py_raise(TYPE_ValueError, "utime: you may specify either 'times' or 'ns' but not both");
    Value pair = has_times ? args[1] : args[2];
    if (has_times || has_ns) {
        if (!py_is_tuple(pair) || tuple_length(pair) != 2)
            return py_raise(TYPE_TypeError, has_ns ? "utime: 'ns' must be a tuple of two ints" : "utime: 'times' must be either a tuple of two ints or None");
        for (int i = 0; i < 2; i++)
            if (time_argument(tuple_item(pair, i), has_ns, &times[i]) < 0) return 0;
    }
    if (path.fd >= 0) SYSTEM_CALL(result, futimens(path.fd, times));
    else SYSTEM_CALL(result, utimensat(dir_fd, path.text, times, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    return result < 0 ? path_error(&path) : VM_NONE;
}

POSIX(posix_major) {
    int64_t device = py_index_int64(args[0], "OverflowError");
    return device == -1 && py_error() ? 0 : int_make(major((dev_t)device));
}
POSIX(posix_minor) {
    int64_t device = py_index_int64(args[0], "OverflowError");
    return device == -1 && py_error() ? 0 : int_make(minor((dev_t)device));
}

const PyMethodDef posix_stat_functions[] = {
    {"stat", "($module, /, path, *, dir_fd=None, follow_symlinks=True)", posix_stat, 0, "Perform a stat system call on the given path."},
    {"lstat", "($module, /, path, *, dir_fd=None)", posix_lstat, 0, "Perform a stat system call on the given path, without following symbolic links."},
    {"fstat", "($module, /, fd)", posix_fstat, 0, "Perform a stat system call on the given file descriptor."},
    {"statvfs", "($module, /, path)", posix_statvfs, 0, "Perform a statvfs system call on the given path."},
    {"fstatvfs", "($module, fd, /)", posix_fstatvfs, 0, "Perform an fstatvfs system call on the given fd."},
    {"access", "($module, /, path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)", posix_access, 0, "Use the real uid/gid to test for access to a path."},
    {"chmod", "($module, /, path, mode, *, dir_fd=None, follow_symlinks=True)", posix_chmod, 0, "Change the access permissions of a file."},
    {"fchmod", "($module, /, fd, mode)", posix_fchmod, 0, "Change the access permissions of the file given by file descriptor fd."},
    {"umask", "($module, mask, /)", posix_umask, 0, "Set the current numeric umask and return the previous umask."},
    {"utime", "($module, /, path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True)", posix_utime, 0, "Set the access and modified time of path."},
    {"major", "($module, device, /)", posix_major, 0, "Extracts a device major number from a raw device number."},
    {"minor", "($module, device, /)", posix_minor, 0, "Extracts a device minor number from a raw device number."},
    {0}};
