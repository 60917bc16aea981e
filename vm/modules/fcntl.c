/* Module fcntl. */
#define _GNU_SOURCE
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>

enum { ARGUMENT_ROOM = 1024 };

typedef struct Argument {
    char data[ARGUMENT_ROOM + 1];
    int64_t length; /* -1: a number */
    uint64_t number;
} Argument;

static int argument_from(Argument *out, Value v, const char *function) {
    out->length = -1;
    out->number = 0;
    if (!v) return 0;
    if (py_is_int(v) || (!py_is_str(v) && py_type_lookup(py_type_of(v), NAME(__index__)))) return unsigned_argument(v, &out->number);
    Value bytes = py_is_str(v) ? py_encode(v, "utf-8", "strict") : v;
    PyBuffer view;
    if (!bytes || py_get_buffer(bytes, &view, false) < 0) return -1;
    out->length = view.length;
    if (view.length <= ARGUMENT_ROOM) memcpy(out->data, view.data, (size_t)view.length);
    py_release_buffer(&view);
    if (out->length <= ARGUMENT_ROOM) return 0;
    return py_raise_int(TYPE_ValueError, "%s argument 3 is too long", function);
}

FUNCTION(fcntl_fcntl) {
    int fd, command, result;
    Argument a;
    if (fd_argument(args[0], &fd) < 0 || int_argument(args[1], &command) < 0 || argument_from(&a, args[2], "fcntl") < 0) return 0;
    if (a.length < 0) SYSTEM_CALL(result, fcntl(fd, command, a.number));
    else SYSTEM_CALL(result, fcntl(fd, command, a.data));
    if (result < 0) return posix_error();
    return a.length < 0 ? int_make(result) : py_bytes_new(a.data, (size_t)a.length);
}

FUNCTION(fcntl_ioctl) {
    int fd, result;
    uint64_t request;
    Argument a;
    if (fd_argument(args[0], &fd) < 0 || unsigned_argument(args[1], &request) < 0 || argument_from(&a, args[2], "ioctl") < 0) return 0;
    int mutate = args[3] ? py_truth(args[3]) : 1;
    if (mutate < 0) return 0;
    if (a.length < 0) SYSTEM_CALL(result, ioctl(fd, (uint32_t)request, a.number));
    else SYSTEM_CALL(result, ioctl(fd, (uint32_t)request, a.data));
    if (result < 0) return posix_error();
    if (a.length < 0) return int_make(result);
    if (!mutate || py_is_str(args[2]) || py_is_bytes(args[2])) return py_bytes_new(a.data, (size_t)a.length);
    PyBuffer view;
    if (py_get_buffer(args[2], &view, true) < 0) return py_error_clear(), py_bytes_new(a.data, (size_t)a.length);
    memcpy(view.data, a.data, (size_t)(view.length < a.length ? view.length : a.length));
    py_release_buffer(&view);
    return int_make(result);
}

FUNCTION(fcntl_flock) {
    int fd, operation, result;
    if (fd_argument(args[0], &fd) < 0 || int_argument(args[1], &operation) < 0) return 0;
    SYSTEM_CALL(result, (int)VM_BLOCKING(SYS_flock, fd, operation));
    return result < 0 ? posix_error() : VM_NONE;
}

FUNCTION(fcntl_lockf) {
    int fd, command, whence = 0, result;
    if (fd_argument(args[0], &fd) < 0 || int_argument(args[1], &command) < 0 || (args[4] && int_argument(args[4], &whence) < 0)) return 0;
    struct flock lock = {.l_whence = (short)whence};
    if (command == LOCK_UN) lock.l_type = F_UNLCK;
    else if (command & LOCK_SH) lock.l_type = F_RDLCK;
    else if (command & LOCK_EX) lock.l_type = F_WRLCK;
    else return py_raise(TYPE_ValueError, "unrecognized lockf argument");
    lock.l_len = args[2] ? py_index_int64(args[2], "OverflowError") : 0;
    lock.l_start = args[3] ? py_index_int64(args[3], "OverflowError") : 0;
    if (py_error()) return 0;
    SYSTEM_CALL(result, (int)VM_BLOCKING(SYS_fcntl, fd, command & LOCK_NB ? F_SETLK : F_SETLKW, (long)&lock));
    return result < 0 ? posix_error() : VM_NONE;
}

static const PyMethodDef fcntl_functions[] = {
    {"fcntl", "($module, fd, cmd, arg=0, /)", fcntl_fcntl, 0, "Perform the operation `cmd` on file descriptor fd."},
    {"ioctl", "($module, fd, request, arg=0, mutate_flag=True, /)", fcntl_ioctl, 0, "Perform the operation request on file descriptor fd."},
    {"flock", "($module, fd, operation, /)", fcntl_flock, 0, "Perform the lock operation `operation` on file descriptor `fd`."},
    {"lockf", "($module, fd, cmd, len=0, start=0, whence=0, /)", fcntl_lockf, 0, "A wrapper around the fcntl() locking calls."},
    {0}};
#define C CONSTANT
static const IntConstant constants[] = {
    C(LOCK_SH), C(LOCK_EX), C(LOCK_NB), C(LOCK_UN), C(LOCK_MAND), C(LOCK_READ), C(LOCK_WRITE), C(LOCK_RW), C(F_DUPFD), C(F_DUPFD_CLOEXEC),
    C(F_GETFD), C(F_SETFD), C(F_GETFL), C(F_SETFL), C(F_GETLK), C(F_SETLK), C(F_SETLKW), C(F_OFD_GETLK), C(F_OFD_SETLK), C(F_OFD_SETLKW),
    C(F_GETOWN), C(F_SETOWN), C(F_GETSIG), C(F_SETSIG), C(F_RDLCK), C(F_WRLCK), C(F_UNLCK), {"F_GETLK64", F_GETLK}, {"F_SETLK64", F_SETLK},
    {"F_SETLKW64", F_SETLKW}, C(FASYNC), C(F_SETLEASE), C(F_GETLEASE), C(F_NOTIFY), C(F_EXLCK), C(F_SHLCK), C(DN_ACCESS), C(DN_MODIFY),
    C(DN_CREATE), C(DN_DELETE), C(DN_RENAME), C(DN_ATTRIB), {"DN_MULTISHOT", (uint32_t)DN_MULTISHOT}, C(F_ADD_SEALS), C(F_GET_SEALS), C(F_SEAL_SEAL), C(F_SEAL_SHRINK),
    C(F_SEAL_GROW), C(F_SEAL_WRITE), C(F_SETPIPE_SZ), C(F_GETPIPE_SZ), C(FD_CLOEXEC), C(FICLONE), C(FICLONERANGE)};
#undef C
static int fcntl_init(Value module) { return ADD_CONSTANTS(module, constants); }
const PyModuleDef py_module_fcntl = {.doc = "This module performs file control and I/O control on file\ndescriptors.", .functions = fcntl_functions, .init = fcntl_init};
