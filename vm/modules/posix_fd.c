/* Module posix: file descriptors. */
#define _GNU_SOURCE
#include "vm/audit.h"
#include "vm/modules/posix.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <unistd.h>

static const PyGetSetDef terminal_size_fields[] = {{"columns", structseq_get_0, 0, "width of the terminal window in characters"},
                                                   {"lines", structseq_get_1, 0, "height of the terminal window in characters"},
                                                   {0}};
STRUCTSEQ_SPEC(terminal_size, "A tuple of (columns, lines) for holding terminal window size", terminal_size_fields, "os");

POSIX(posix_open) {
    Path path;
    int flags, mode = 0777, dir_fd, fd;
    if (path_init(&path, args[0], "open", "path", 0) < 0 || int_argument(args[1], &flags) < 0 || (args[2] && int_argument(args[2], &mode) < 0) ||
        dir_fd_argument(args[3], &dir_fd) < 0)
        return 0;
    if (VM_AUDIT("open", py_tuple_pack(3, args[0], VM_NONE, int_make(flags))) < 0) return 0;
    SYSTEM_CALL(fd, openat(dir_fd, path.text, flags | O_CLOEXEC, mode));
    return fd < 0 ? path_error(&path) : int_make(fd);
}

POSIX(posix_close) {
    int fd, result;
    if (int_argument(args[0], &fd) < 0) return 0;
    int err;
    VM_DETACHED("close", result = close(fd); err = errno); /* never again: after EINTR the descriptor is closed all the same */
    errno = err;
    return result < 0 && err != EINTR ? posix_error() : VM_NONE;
}

POSIX(posix_closerange) {
    int low, high;
    if (int_argument(args[0], &low) < 0 || int_argument(args[1], &high) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("closerange"));
    if (low < high) close_range((unsigned)(low < 0 ? 0 : low), (unsigned)high - 1, 0);
    return VM_NONE;
}

static bool inheritable_flag(Value v) { return v && py_truth(v) > 0; }

POSIX(posix_dup) {
    int fd, copy;
    if (int_argument(args[0], &fd) < 0) return 0;
    SYSTEM_CALL(copy, fcntl(fd, F_DUPFD_CLOEXEC, 0));
    return copy < 0 ? posix_error() : int_make(copy);
}
POSIX(posix_dup2) {
    int fd, to, result;
    if (int_argument(args[0], &fd) < 0 || int_argument(args[1], &to) < 0) return 0;
    bool inheritable = !args[2] || inheritable_flag(args[2]);
    SYSTEM_CALL(result, inheritable || fd == to ? dup2(fd, to) : dup3(fd, to, O_CLOEXEC));
    return result < 0 ? posix_error() : int_make(result);
}

static Value make_pipe(int flags) {
    int fds[2], result;
    SYSTEM_CALL(result, pipe2(fds, flags));
    return result < 0 ? posix_error() : py_tuple_pack(2, int_make(fds[0]), int_make(fds[1]));
}
POSIX(posix_pipe) { return make_pipe(O_CLOEXEC); }
POSIX(posix_pipe2) {
    int flags;
    return int_argument(args[0], &flags) < 0 ? 0 : make_pipe(flags);
}

/* ---- bytes in and out: through C memory, as the heap must not be touched while detached ------------------------------------------- */

static Value read_bytes(int fd, int64_t length, int64_t offset) {
    if (length < 0) return errno = EINVAL, posix_error();
    if (length > 0x7ffff000) length = 0x7ffff000;
    char small[4096], *buffer = length <= (int64_t)sizeof small ? small : malloc((size_t)length);
    if (!buffer) return py_raise_memory();
    ssize_t got;
    SYSTEM_CALL(got, offset < 0 ? VM_BLOCKING(SYS_read, fd, (long)buffer, length) : pread(fd, buffer, (size_t)length, offset));
    Value bytes = got < 0 ? posix_error() : py_bytes_new(buffer, (size_t)got);
    if (buffer != small) free(buffer);
    return bytes;
}
POSIX(posix_read) {
    int fd;
    int64_t length = py_index_int64(args[1], "OverflowError");
    if ((length == -1 && py_error()) || int_argument(args[0], &fd) < 0) return 0;
    return read_bytes(fd, length, -1);
}
POSIX(posix_pread) {
    int fd;
    int64_t length = py_index_int64(args[1], "OverflowError"), offset = py_index_int64(args[2], "OverflowError");
    if (py_error() || int_argument(args[0], &fd) < 0) return 0;
    return read_bytes(fd, length, offset);
}

static Value write_bytes(int fd, Value data, int64_t offset) {
    PyBuffer view;
    if (py_get_buffer(data, &view, false) < 0) return 0;
    size_t length = view.length > 0x7ffff000 ? 0x7ffff000 : (size_t)view.length;
    char small[4096], *buffer = length <= sizeof small ? small : malloc(length);
    if (buffer) memcpy(buffer, view.data, length);
    py_release_buffer(&view);
    if (!buffer) return py_raise_memory();
    ssize_t written;
    SYSTEM_CALL(written, offset < 0 ? VM_BLOCKING(SYS_write, fd, (long)buffer, (long)length) : pwrite(fd, buffer, length, offset));
    if (buffer != small) {
        int err = errno;
        free(buffer);
        errno = err;
    }
    return written < 0 ? posix_error() : int_make(written);
}
POSIX(posix_write) {
    int fd;
    return int_argument(args[0], &fd) < 0 ? 0 : write_bytes(fd, args[1], -1);
}
POSIX(posix_pwrite) {
    int fd;
    int64_t offset = py_index_int64(args[2], "OverflowError");
    return (offset == -1 && py_error()) || int_argument(args[0], &fd) < 0 ? 0 : write_bytes(fd, args[1], offset);
}

POSIX(posix_lseek) {
    int fd, how;
    int64_t position = py_index_int64(args[1], "OverflowError");
    if ((position == -1 && py_error()) || int_argument(args[0], &fd) < 0 || int_argument(args[2], &how) < 0) return 0;
    off_t result;
    SYSTEM_CALL(result, lseek(fd, position, how));
    return result < 0 ? posix_error() : py_int_from_i64(result);
}

POSIX(posix_ftruncate) {
    int fd, result;
    int64_t length = py_index_int64(args[1], "OverflowError");
    if ((length == -1 && py_error()) || int_argument(args[0], &fd) < 0) return 0;
    SYSTEM_CALL(result, ftruncate(fd, length));
    return result < 0 ? posix_error() : VM_NONE;
}

static Value synchronise(Value v, int (*call)(int)) {
    int fd, result;
    if (fd_argument(v, &fd) < 0) return 0;
    SYSTEM_CALL(result, call(fd));
    return result < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_fsync) { return synchronise(args[0], fsync); }
POSIX(posix_fdatasync) { return synchronise(args[0], fdatasync); }

/* ---- what a descriptor is ---------------------------------------------------------------------------------------------------------------- */

POSIX(posix_isatty) {
    int fd;
    return int_argument(args[0], &fd) < 0 ? 0 : vm_bool(isatty(fd));
}
POSIX(posix_ttyname) {
    int fd;
    char name[256];
    if (int_argument(args[0], &fd) < 0) return 0;
    int err = ttyname_r(fd, name, sizeof name);
    return err ? py_raise_errno(err, 0) : py_decode_fs(name, strlen(name));
}
POSIX(posix_get_inheritable) {
    int fd;
    if (int_argument(args[0], &fd) < 0) return 0;
    int flags = fcntl(fd, F_GETFD);
    return flags < 0 ? posix_error() : vm_bool(!(flags & FD_CLOEXEC));
}
POSIX(posix_set_inheritable) {
    int fd, result;
    if (int_argument(args[0], &fd) < 0) return 0;
    int inheritable = py_truth(args[1]);
    if (inheritable < 0) return 0;
    SYSTEM_CALL(result, fcntl(fd, F_SETFD, inheritable ? 0 : FD_CLOEXEC));
    return result < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_get_blocking) {
    int fd;
    if (int_argument(args[0], &fd) < 0) return 0;
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? posix_error() : vm_bool(!(flags & O_NONBLOCK));
}
POSIX(posix_set_blocking) {
    int fd, blocking = py_truth(args[1]), result;
    if (blocking < 0 || int_argument(args[0], &fd) < 0) return 0;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return posix_error();
    SYSTEM_CALL(result, fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK));
    return result < 0 ? posix_error() : VM_NONE;
}

POSIX(posix_get_terminal_size) {
    int fd = STDOUT_FILENO;
    struct winsize size;
    if (args[0] && int_argument(args[0], &fd) < 0) return 0;
    if (ioctl(fd, TIOCGWINSZ, &size) < 0) return posix_error();
    const Value fields[] = {int_make(size.ws_col), int_make(size.ws_row)};
    return py_structseq_new(TYPE_TERMINAL_SIZE, fields, 2, 2);
}

POSIX(posix_device_encoding) {
    int fd;
    if (int_argument(args[0], &fd) < 0) return 0;
    return isatty(fd) ? NAME(utf8) : VM_NONE;
}

POSIX(posix_urandom) {
    int64_t length = py_index_int64(args[0], "OverflowError");
    if (length == -1 && py_error()) return 0;
    if (length < 0) return py_raise(TYPE_ValueError, "negative argument not allowed");
    Value bytes = py_bytes_new(0, (size_t)length);
    if (!bytes) return 0;
    char *data = stm_flat(bytes_data(bytes), (size_t)length, true);
    for (int64_t done = 0; done < length;) {
        ssize_t got = getrandom(data + done, (size_t)(length - done), 0);
        if (got < 0 && errno != EINTR) return posix_error();
        if (got > 0) done += got;
    }
    return bytes;
}

POSIX(posix_sendfile) {
    int out, in;
    if (int_argument(args[0], &out) < 0 || int_argument(args[1], &in) < 0) return 0;
    bool has_offset = args[2] != VM_NONE;
    int64_t offset = has_offset ? py_index_int64(args[2], "OverflowError") : 0, count = py_index_int64(args[3], "OverflowError");
    if (py_error()) return 0;
    off_t position = offset;
    ssize_t sent;
    SYSTEM_CALL(sent, sendfile(out, in, has_offset ? &position : 0, (size_t)count));
    return sent < 0 ? posix_error() : int_make(sent);
}

const PyMethodDef posix_fd_functions[] = {
    {"open", "($module, /, path, flags, mode=511, *, dir_fd=None)", posix_open, 0, "Open a file for low level IO.  Returns a file descriptor (integer)."},
    {"close", "($module, /, fd)", posix_close, 0, "Close a file descriptor."},
    {"closerange", "($module, fd_low, fd_high, /)", posix_closerange, 0, "Closes all file descriptors in [fd_low, fd_high), ignoring errors."},
    {"dup", "($module, fd, /)", posix_dup, 0, "Return a duplicate of a file descriptor."},
    {"dup2", "($module, /, fd, fd2, inheritable=True)", posix_dup2, 0, "Duplicate file descriptor."},
    {"pipe", "($module, /)", posix_pipe, 0, "Create a pipe."},
    {"pipe2", "($module, flags, /)", posix_pipe2, 0, "Create a pipe with flags set atomically."},
    {"read", "($module, fd, length, /)", posix_read, 0, "Read from a file descriptor.  Returns a bytes object."},
    {"pread", "($module, fd, length, offset, /)", posix_pread, 0, "Read a number of bytes from a file descriptor starting at a particular offset."},
    {"write", "($module, fd, data, /)", posix_write, 0, "Write a bytes object to a file descriptor."},
    {"pwrite", "($module, fd, buffer, offset, /)", posix_pwrite, 0, "Write bytes to a file descriptor starting at a particular offset."},
    {"lseek", "($module, fd, position, how, /)", posix_lseek, 0, "Set the position of a file descriptor.  Return the new position."},
    {"ftruncate", "($module, fd, length, /)", posix_ftruncate, 0, "Truncate a file, specified by file descriptor, to a specific length."},
    {"fsync", "($module, /, fd)", posix_fsync, 0, "Force write of fd to disk."},
    {"fdatasync", "($module, /, fd)", posix_fdatasync, 0, "Force write of fd to disk without forcing update of metadata."},
    {"isatty", "($module, fd, /)", posix_isatty, 0, "Return True if the fd is connected to a terminal."},
    {"ttyname", "($module, fd, /)", posix_ttyname, 0, "Return the name of the terminal device connected to 'fd'."},
    {"get_inheritable", "($module, fd, /)", posix_get_inheritable, 0, "Get the close-on-exe flag of the specified file descriptor."},
    {"set_inheritable", "($module, fd, inheritable, /)", posix_set_inheritable, 0, "Set the inheritable flag of the specified file descriptor."},
    {"get_blocking", "($module, fd, /)", posix_get_blocking, 0, "Get the blocking mode of the file descriptor."},
    {"set_blocking", "($module, fd, blocking, /)", posix_set_blocking, 0, "Set the blocking mode of the specified file descriptor."},
    {"get_terminal_size", "($module, fd=1, /)", posix_get_terminal_size, 0, "Return the size of the terminal window as (columns, lines)."},
    {"device_encoding", "($module, /, fd)", posix_device_encoding, 0, "Return a string describing the encoding of a terminal's file descriptor."},
    {"urandom", "($module, size, /)", posix_urandom, 0, "Return a bytes object containing random bytes suitable for cryptographic use."},
    {"sendfile", "($module, /, out_fd, in_fd, offset, count)", posix_sendfile, 0, "Copy count bytes from file descriptor in_fd to file descriptor out_fd."},
    {0}};
