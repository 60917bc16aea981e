/* Module posix: vectors of buffers, moving data inside the kernel, special descriptors, terminals. */
#define _GNU_SOURCE
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include "vm/objects/int.h"
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sysmacros.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utmp.h>

static int offset_argument(Value v, int64_t *offset) {
    *offset = py_index_int64(v, "OverflowError");
    return *offset == -1 && py_error() ? -1 : 0;
}

/* ---- vectors: one buffer of C memory for all, as nothing of the heap can be touched while detached ---------------------------------- */

/* The buffers' lengths added up; -1 with an exception. */
static int64_t total_length(Value items, bool writable) {
    int64_t total = 0;
    for (int64_t i = 0; i < tuple_length(items); i++) {
        PyBuffer view;
        if (py_get_buffer(tuple_item(items, i), &view, writable) < 0) return -1;
        total += view.length;
        py_release_buffer(&view);
    }
    return total;
}
static Value buffers_argument(Value v, const char *function) {
    if (py_is_list(v) || py_is_tuple(v) || vm_type_of(v)->slots->getitem) return py_tuple_from_iterable(v);
    return py_raise(TYPE_TypeError, "%s() arg 2 must be a sequence", function);
}
/* Copy between the buffers and `data`, at most `length` bytes. */
static int copy_buffers(Value items, uint8_t *data, size_t length, bool into_buffers) {
    for (int64_t i = 0; length && i < tuple_length(items); i++) {
        PyBuffer view;
        if (py_get_buffer(tuple_item(items, i), &view, into_buffers) < 0) return -1;
        size_t n = (size_t)view.length < length ? (size_t)view.length : length;
        if (into_buffers) memcpy(view.data, data, n);
        else memcpy(data, view.data, n);
        py_release_buffer(&view);
        data += n;
        length -= n;
    }
    return 0;
}
enum { NO_OFFSET = -1 };
static Value read_vector(Value fd_value, Value buffers, int64_t offset, int flags, const char *function) {
    int fd;
    FlatBytes room;
    Value items = int_argument(fd_value, &fd) < 0 ? 0 : buffers_argument(buffers, function);
    int64_t total = items ? total_length(items, true) : -1;
    if (total < 0 || flat_bytes_room(&room, (size_t)total) < 0) return 0;
    struct iovec one = {room.data, room.length};
    ssize_t got;
    if (offset == NO_OFFSET) SYSTEM_CALL(got, readv(fd, &one, 1));
    else SYSTEM_CALL(got, preadv2(fd, &one, 1, offset, flags));
    Value result = got < 0 ? posix_error() : copy_buffers(items, room.data, (size_t)got, true) < 0 ? 0 : int_make(got);
    flat_bytes_free(&room);
    return result;
}
static Value write_vector(Value fd_value, Value buffers, int64_t offset, int flags, const char *function) {
    int fd;
    FlatBytes data;
    Value items = int_argument(fd_value, &fd) < 0 ? 0 : buffers_argument(buffers, function);
    int64_t total = items ? total_length(items, false) : -1;
    if (total < 0 || flat_bytes_room(&data, (size_t)total) < 0) return 0;
    ssize_t written = -1;
    bool copied = copy_buffers(items, data.data, data.length, false) == 0;
    struct iovec one = {data.data, data.length};
    if (copied && offset == NO_OFFSET) SYSTEM_CALL(written, writev(fd, &one, 1));
    else if (copied) SYSTEM_CALL(written, pwritev2(fd, &one, 1, offset, flags));
    flat_bytes_free(&data);
    return !copied ? 0 : written < 0 ? posix_error() : int_make(written);
}
static int vector_options(const Value *args, int64_t *offset, int *flags) {
    *flags = 0;
    if (offset_argument(args[2], offset) < 0 || (args[3] && int_argument(args[3], flags) < 0)) return -1;
    if (*offset == NO_OFFSET) *offset = INT64_MIN; /* the kernel refuses both */
    return 0;
}
POSIX(posix_readv) { return read_vector(args[0], args[1], NO_OFFSET, 0, "readv"); }
POSIX(posix_writev) { return write_vector(args[0], args[1], NO_OFFSET, 0, "writev"); }
POSIX(posix_preadv) {
    int64_t offset;
    int flags;
    return vector_options(args, &offset, &flags) < 0 ? 0 : read_vector(args[0], args[1], offset, flags, "preadv");
}
POSIX(posix_pwritev) {
    int64_t offset;
    int flags;
    return vector_options(args, &offset, &flags) < 0 ? 0 : write_vector(args[0], args[1], offset, flags, "pwritev");
}

/* ---- inside the kernel ----------------------------------------------------------------------------------------------------------------- */

typedef struct Move {
    int from, to;
    int64_t count;
    off_t from_offset, to_offset;
    off_t *from_at, *to_at; /* 0: the descriptor's own position */
} Move;
static int move_arguments(Move *m, const Value *args) {
    int64_t offset;
    if (int_argument(args[0], &m->from) < 0 || int_argument(args[1], &m->to) < 0 || offset_argument(args[2], &m->count) < 0) return -1;
    if (m->count < 0) return py_raise_int(TYPE_ValueError, "negative value for 'count' not allowed");
    m->from_at = m->to_at = 0;
    if (args[3] && args[3] != VM_NONE) {
        if (offset_argument(args[3], &offset) < 0) return -1;
        m->from_offset = offset;
        m->from_at = &m->from_offset;
    }
    if (args[4] && args[4] != VM_NONE) {
        if (offset_argument(args[4], &offset) < 0) return -1;
        m->to_offset = offset;
        m->to_at = &m->to_offset;
    }
    return 0;
}
POSIX(posix_splice) {
    Move m;
    int flags = 0;
    ssize_t moved;
    if (move_arguments(&m, args) < 0 || (args[5] && int_argument(args[5], &flags) < 0)) return 0;
    SYSTEM_CALL(moved, splice(m.from, m.from_at, m.to, m.to_at, (size_t)m.count, (unsigned)flags));
    return moved < 0 ? posix_error() : int_make(moved);
}
POSIX(posix_copy_file_range) {
    Move m;
    ssize_t moved;
    if (move_arguments(&m, args) < 0) return 0;
    SYSTEM_CALL(moved, copy_file_range(m.from, m.from_at, m.to, m.to_at, (size_t)m.count, 0));
    return moved < 0 ? posix_error() : int_make(moved);
}
POSIX(posix_posix_fadvise) {
    int fd, advice, err;
    int64_t offset, length;
    if (int_argument(args[0], &fd) < 0 || offset_argument(args[1], &offset) < 0 || offset_argument(args[2], &length) < 0 || int_argument(args[3], &advice) < 0) return 0;
    VM_DETACHED("posix_fadvise", err = posix_fadvise(fd, offset, length, advice));
    return err ? py_raise_errno(err, 0) : VM_NONE;
}
POSIX(posix_posix_fallocate) {
    int fd, err;
    int64_t offset, length;
    if (int_argument(args[0], &fd) < 0 || offset_argument(args[1], &offset) < 0 || offset_argument(args[2], &length) < 0) return 0;
    VM_DETACHED("posix_fallocate", err = posix_fallocate(fd, offset, length));
    return err ? py_raise_errno(err, 0) : VM_NONE;
}
POSIX(posix_lockf) {
    int fd, command, result;
    int64_t length;
    if (int_argument(args[0], &fd) < 0 || int_argument(args[1], &command) < 0 || offset_argument(args[2], &length) < 0) return 0;
    SYSTEM_CALL(result, lockf(fd, command, length));
    return result < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_sync) {
    VM_DETACHED("sync", sync());
    return VM_NONE;
}

/* ---- descriptors without a file ----------------------------------------------------------------------------------------------------------- */

POSIX(posix_memfd_create) {
    Path name;
    uint64_t flags = MFD_CLOEXEC;
    int fd;
    if (path_init(&name, args[0], "memfd_create", "name", 0) < 0 || (args[1] && unsigned_argument(args[1], &flags) < 0)) return 0;
    SYSTEM_CALL(fd, memfd_create(name.text, (unsigned)flags));
    return fd < 0 ? posix_error() : int_make(fd);
}
POSIX(posix_eventfd) {
    int64_t initial = py_index_int64(args[0], "OverflowError");
    int flags = EFD_CLOEXEC, fd;
    if ((initial == -1 && py_error()) || (args[1] && int_argument(args[1], &flags) < 0)) return 0;
    if (initial < 0 || initial > UINT32_MAX) return py_raise(TYPE_OverflowError, "Python int too large to convert to C unsigned int");
    SYSTEM_CALL(fd, eventfd((unsigned)initial, flags));
    return fd < 0 ? posix_error() : int_make(fd);
}
POSIX(posix_eventfd_read) {
    int fd, result;
    eventfd_t value;
    if (fd_argument(args[0], &fd) < 0) return 0;
    SYSTEM_CALL(result, eventfd_read(fd, &value));
    return result < 0 ? posix_error() : py_int_from_u64(value);
}
POSIX(posix_eventfd_write) {
    int fd, result;
    uint64_t value;
    if (fd_argument(args[0], &fd) < 0 || unsigned_argument(args[1], &value) < 0) return 0;
    SYSTEM_CALL(result, eventfd_write(fd, value));
    return result < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_getrandom) {
    int flags = 0;
    int64_t size;
    FlatBytes room;
    ssize_t got;
    if (offset_argument(args[0], &size) < 0 || (args[1] && int_argument(args[1], &flags) < 0)) return 0;
    if (size < 0) return errno = EINVAL, posix_error();
    if (flat_bytes_room(&room, (size_t)size) < 0) return 0;
    SYSTEM_CALL(got, getrandom(room.data, room.length, (unsigned)flags));
    Value bytes = got < 0 ? posix_error() : py_bytes_new(room.data, (size_t)got);
    flat_bytes_free(&room);
    return bytes;
}
POSIX(posix_makedev) {
    int major_number, minor_number;
    if (int_argument(args[0], &major_number) < 0 || int_argument(args[1], &minor_number) < 0) return 0;
    return py_int_from_u64(makedev((unsigned)major_number, (unsigned)minor_number));
}

/* ---- terminals ------------------------------------------------------------------------------------------------------------------------------ */

POSIX(posix_openpty) {
    int master, slave, result, err;
    VM_DETACHED("openpty", result = openpty(&master, &slave, 0, 0, 0); err = errno; if (result == 0) {
        fcntl(master, F_SETFD, FD_CLOEXEC);
        fcntl(slave, F_SETFD, FD_CLOEXEC);
    });
    errno = err;
    return result < 0 ? posix_error() : py_tuple_pack(2, int_make(master), int_make(slave));
}
POSIX(posix_login_tty) {
    int fd, result;
    if (fd_argument(args[0], &fd) < 0) return 0;
    SYSTEM_CALL(result, login_tty(fd));
    return result < 0 ? posix_error() : VM_NONE;
}
POSIX(posix_ctermid) {
    char name[L_ctermid];
    return *ctermid(name) ? py_decode_fs(name, strlen(name)) : posix_error();
}

#define ROW(name, signature, text) {#name, "($module, " signature ")", posix_##name, 0, text}
const PyMethodDef posix_io_functions[] = {
    ROW(readv, "fd, buffers, /", "Read from a file descriptor fd into an iterable of buffers."),
    ROW(writev, "fd, buffers, /", "Iterate over buffers, and write the contents of each to a file descriptor."),
    ROW(preadv, "fd, buffers, offset, flags=0, /", "Reads from a file descriptor into a number of mutable bytes-like objects."),
    ROW(pwritev, "fd, buffers, offset, flags=0, /", "Writes the contents of bytes-like objects to a file descriptor at a given offset."),
    ROW(splice, "/, src, dst, count, offset_src=None, offset_dst=None, flags=0", "Transfer count bytes from one pipe to a descriptor or vice versa."),
    ROW(copy_file_range, "/, src, dst, count, offset_src=None, offset_dst=None", "Copy count bytes from one file descriptor to another."),
    ROW(posix_fadvise, "fd, offset, length, advice, /", "Announce an intention to access data in a specific pattern."),
    ROW(posix_fallocate, "fd, offset, length, /", "Ensure a file has allocated at least a particular number of bytes on disk."),
    ROW(lockf, "fd, command, length, /", "Apply, test or remove a POSIX lock on an open file descriptor."),
    ROW(sync, "/", "Force write of everything to disk."),
    ROW(memfd_create, "/, name, flags=MFD_CLOEXEC", "Create an anonymous file."),
    ROW(eventfd, "/, initval, flags=EFD_CLOEXEC", "Creates and returns an event notification file descriptor."),
    ROW(eventfd_read, "/, fd", "Read eventfd value."),
    ROW(eventfd_write, "/, fd, value", "Write eventfd value."),
    ROW(getrandom, "/, size, flags=0", "Obtain a series of random bytes."),
    ROW(makedev, "major, minor, /", "Composes a raw device number from the major and minor device numbers."),
    ROW(openpty, "/", "Open a pseudo-terminal."),
    ROW(login_tty, "fd, /", "Prepare the tty of which fd is a file descriptor for a new login session."),
    ROW(ctermid, "/", "Return the name of the controlling terminal for this process."),
    {0}};
