/* Module _io: FileIO, a stream over a file descriptor without buffer. */
#define _GNU_SOURCE
#include "vm/audit.h"
#include "vm/modules/io.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static FileIO GS *file_of(Value self) { return REF(FileIO, self); }

static int open_fd(Value self) {
    int64_t fd = GET(file_of(self), fd);
    return fd >= 0 ? (int)fd : py_raise_int(TYPE_ValueError, "I/O operation on closed file");
}

static bool has_flag(Value self, uint64_t flag) { return (GET(file_of(self), flags) & flag) != 0; }
static void set_flag(Value self, uint64_t flag) { SET(file_of(self), flags, GET(file_of(self), flags) | flag); }

/* ---- opening --------------------------------------------------------------------------------------------------------------------------- */

/* Flags of open(2) and of FileIO for "r", "w", "x", "a" with an optional "+" (and "b", ignored). */
static int parse_mode(const char *mode, int *os_flags, uint64_t *flags) {
    int kinds = 0, plus = 0;
    *os_flags = 0;
    for (const char *p = mode; *p; p++) {
        switch (*p) {
        case 'r': kinds++, *flags |= FILE_IO_READ; break;
        case 'w': kinds++, *flags |= FILE_IO_WRITE, *os_flags |= O_CREAT | O_TRUNC; break;
        case 'x': kinds++, *flags |= FILE_IO_WRITE | FILE_IO_CREATED, *os_flags |= O_CREAT | O_EXCL; break;
        case 'a': kinds++, *flags |= FILE_IO_WRITE | FILE_IO_APPEND, *os_flags |= O_CREAT | O_APPEND; break;
        case '+': plus++; break;
        case 'b': break;
        default: return py_raise_int(TYPE_ValueError, "invalid mode: %s", mode);
        }
    }
    if (kinds != 1 || plus > 1)
        return py_raise_int(TYPE_ValueError, "Must have exactly one of create/read/write/append mode and at most one plus");
    if (plus) *flags |= FILE_IO_READ | FILE_IO_WRITE;
    bool both = (*flags & FILE_IO_READ) && (*flags & FILE_IO_WRITE);
    *os_flags |= (both ? O_RDWR : *flags & FILE_IO_READ ? O_RDONLY : O_WRONLY) | O_CLOEXEC;
    return 0;
}

static int call_opener(Value opener, Value name, int os_flags) {
    Value fd = py_call2(opener, name, int_make(os_flags));
    int result;
    if (!fd) return -1;
    if (!py_is_int(fd)) return py_raise_int(TYPE_TypeError, "expected integer from opener");
    if (int_argument(fd, &result) < 0) return -1;
    return result >= 0 ? result : py_raise_int(TYPE_ValueError, "opener returned %d", result);
}

static int open_path(Value name, int os_flags) {
    Path path;
    int fd;
    if (path_init(&path, name, "open", "path", 0) < 0) {
        if (!is_exactly(py_error(), TYPE_ValueError)) return -1;
        py_error_clear();
        return py_raise_int(TYPE_ValueError, "embedded null byte");
    }
    SYSTEM_CALL(fd, open(path.text, os_flags, 0666));
    if (fd < 0) path_error(&path);
    return fd;
}

/* Directories cannot be read as files; the descriptor must exist. */
static int check_fd(int fd, Value name) {
    struct stat st;
    if (fstat(fd, &st) < 0) return errno == EBADF ? (posix_error(), -1) : 0;
    if (!S_ISDIR(st.st_mode)) return 0;
    py_raise_errno(EISDIR, name);
    return -1;
}

static int file_setup(Value self, Value name, const char *mode, bool close_fd, Value opener) {
    int os_flags, fd;
    uint64_t flags = 0;
    if (parse_mode(mode, &os_flags, &flags) < 0) return -1;
    if (VM_AUDIT("open", py_tuple_pack(3, name, py_str_c(mode), int_make(os_flags))) < 0) return -1;
    bool given = py_is_int(name);
    if (given) {
        if (int_argument(name, &fd) < 0) return -1;
        if (fd < 0) return py_raise_int(TYPE_ValueError, "negative file descriptor");
    } else {
        if (!close_fd) return py_raise_int(TYPE_ValueError, "Cannot use closefd=False with file name");
        fd = opener != VM_NONE ? call_opener(opener, name, os_flags) : open_path(name, os_flags);
        if (fd < 0) return -1;
    }
    if (check_fd(fd, name) < 0) {
        if (!given) close(fd);
        return -1;
    }
    SET(file_of(self), fd, fd);
    SET(file_of(self), flags, flags | (close_fd ? FILE_IO_CLOSE_FD : 0));
    SET(file_of(self), name, name);
    if (py_setattr(self, NAME(name), name) < 0) return -1;
    if (flags & FILE_IO_APPEND) lseek(fd, 0, SEEK_END);
    return 0;
}

static Value file_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    Value self = py_alloc(type, 0);
    if (!self) return 0;
    file_of(self)->fd = -1;
    io_finalize_later(self);
    return self;
}

Value file_io_open(Value type, Value name, const char *mode, bool close_fd, Value opener) {
    Value self = file_new(type, 0, 0, 0);
    return self && file_setup(self, name, mode, close_fd, opener) == 0 ? self : 0;
}

IO(file_init) {
    const char *mode = "r";
    if (args[2]) {
        if (!py_is_str(args[2])) return py_raise(TYPE_TypeError, "FileIO() argument 'mode' must be str, not %T", args[2]);
        if (!(mode = py_str_utf8(args[2], 0))) return 0;
    }
    char copy[16];
    if (strlen(mode) >= sizeof copy) return py_raise(TYPE_ValueError, "invalid mode: %S", args[2]);
    strcpy(copy, mode);
    int close_fd = args[3] ? py_truth(args[3]) : 1;
    if (close_fd < 0) return 0;
    return file_setup(args[0], args[1], copy, close_fd, args[4] ? args[4] : VM_NONE) < 0 ? 0 : VM_NONE;
}

IO_INIT(file_init_slot, file_init, "FileIO", "(file, mode='r', closefd=True, opener=None)", 4)

/* ---- reading and writing --------------------------------------------------------------------------------------------------------------- */

static int check_flag(Value self, uint64_t flag, const char *what) {
    int fd = open_fd(self);
    if (fd < 0) return -1;
    if (has_flag(self, flag)) return fd;
    io_unsupported(what);
    return -1;
}

/* bytes from a read into C memory; None where it would block. */
Value file_io_read(Value self, int64_t size) {
    int fd = check_flag(self, FILE_IO_READ, "File not open for reading");
    if (fd < 0) return 0;
    if (size > 0x7ffff000) size = 0x7ffff000;
    char small[IO_DEFAULT_BUFFER], *buffer = size <= (int64_t)sizeof small ? small : malloc((size_t)size);
    if (!buffer) return py_raise_memory();
    ssize_t got;
    SYSTEM_CALL(got, VM_BLOCKING(SYS_read, fd, (long)buffer, size));
    Value result = got >= 0 ? py_bytes_new(buffer, (size_t)got) : !py_error() && errno == EAGAIN ? VM_NONE : posix_error();
    if (buffer != small) free(buffer);
    return result;
}

Value file_io_write(Value self, const void *flat, size_t length) {
    int fd = check_flag(self, FILE_IO_WRITE, "File not open for writing");
    if (fd < 0) return 0;
    if (length > 0x7ffff000) length = 0x7ffff000;
    ssize_t written;
    SYSTEM_CALL(written, VM_BLOCKING(SYS_write, fd, (long)flat, (long)length));
    if (written >= 0) return int_make(written);
    return !py_error() && errno == EAGAIN ? VM_NONE : posix_error();
}

/* Room for what is left of a regular file, or a growing guess. */
static Value read_all(Value self) {
    int fd = check_flag(self, FILE_IO_READ, "File not open for reading");
    if (fd < 0) return 0;
    struct stat st;
    off_t position = lseek(fd, 0, SEEK_CUR);
    size_t room = fstat(fd, &st) == 0 && position >= 0 && st.st_size > position ? (size_t)(st.st_size - position) + 1 : IO_DEFAULT_BUFFER, used = 0;
    char *buffer = malloc(room);
    ssize_t got = 0;
    while (buffer) {
        SYSTEM_CALL(got, VM_BLOCKING(SYS_read, fd, (long)(buffer + used), (long)(room - used)));
        if (got <= 0) break;
        used += (size_t)got;
        if (used == room) buffer = realloc(buffer, room += room > (1 << 24) ? room / 2 : room);
    }
    if (!buffer) return py_raise_memory();
    Value result = got < 0 && (py_error() || errno != EAGAIN || !used) ? (!py_error() && errno == EAGAIN ? VM_NONE : posix_error()) : py_bytes_new(buffer, used);
    free(buffer);
    return result;
}
IO(file_readall) { return read_all(args[0]); }

IO(file_read) {
    int64_t size;
    if (io_size_argument(args[1], &size) < 0) return 0;
    return size < 0 ? read_all(args[0]) : file_io_read(args[0], size);
}

IO(file_readinto) {
    PyBuffer buffer;
    if (writable_buffer(args[1], &buffer) < 0) return 0;
    Value data = file_io_read(args[0], buffer.length);
    int64_t length = data && data != VM_NONE ? REF(PyBytes, data)->length : 0;
    if (length && io_fill_buffer(args[1], data) < 0) data = 0;
    py_release_buffer(&buffer);
    return !data || data == VM_NONE ? data : int_make(length);
}

IO(file_write) {
    PyBuffer buffer;
    if (py_get_buffer(args[1], &buffer, false) < 0) return 0;
    size_t length = (size_t)buffer.length;
    char small[IO_DEFAULT_BUFFER], *copy = length <= sizeof small ? small : malloc(length);
    if (copy) memcpy(copy, buffer.data, length);
    py_release_buffer(&buffer);
    Value written = copy ? file_io_write(args[0], copy, length) : py_raise_memory();
    if (copy != small) free(copy);
    return written;
}

/* ---- position, state ---------------------------------------------------------------------------------------------------------------------- */

static Value seek_to(Value self, int64_t offset, int whence) {
    int fd = open_fd(self);
    if (fd < 0) return 0;
    off_t position;
    SYSTEM_CALL(position, lseek(fd, offset, whence));
    return position < 0 ? posix_error() : py_int_from_i64(position);
}
IO(file_seek) {
    if (py_is_float(args[1])) return py_raise(TYPE_TypeError, "an integer is required");
    int64_t offset = py_index_int64(args[1], "OverflowError");
    int whence = 0;
    if ((offset == -1 && py_error()) || (args[2] && int_argument(args[2], &whence) < 0)) return 0;
    return seek_to(args[0], offset, whence);
}
IO(file_tell) { return seek_to(args[0], 0, SEEK_CUR); }

IO(file_truncate) {
    int fd = check_flag(args[0], FILE_IO_WRITE, "File not open for writing"), result;
    if (fd < 0) return 0;
    Value size = args[1] && args[1] != VM_NONE ? args[1] : seek_to(args[0], 0, SEEK_CUR);
    int64_t length = size ? py_index_int64(size, "OverflowError") : -1;
    if (length == -1 && py_error()) return 0;
    SYSTEM_CALL(result, ftruncate(fd, length));
    return result < 0 ? posix_error() : size;
}

static bool fd_seekable(Value self, int fd) {
    if (!has_flag(self, FILE_IO_SEEK_KNOWN)) set_flag(self, FILE_IO_SEEK_KNOWN | (lseek(fd, 0, SEEK_CUR) >= 0 ? FILE_IO_SEEKABLE : 0));
    return has_flag(self, FILE_IO_SEEKABLE);
}
IO(file_seekable) {
    int fd = open_fd(args[0]);
    return fd < 0 ? 0 : vm_bool(fd_seekable(args[0], fd));
}
IO(file_readable) { return open_fd(args[0]) < 0 ? 0 : vm_bool(has_flag(args[0], FILE_IO_READ)); }
IO(file_writable) { return open_fd(args[0]) < 0 ? 0 : vm_bool(has_flag(args[0], FILE_IO_WRITE)); }
IO(file_fileno) {
    int fd = open_fd(args[0]);
    return fd < 0 ? 0 : int_make(fd);
}
IO(file_isatty) {
    int fd = open_fd(args[0]);
    return fd < 0 ? 0 : vm_bool(isatty(fd));
}

static int close_descriptor(Value self) {
    int64_t fd = GET(file_of(self), fd);
    if (fd < 0) return 0;
    bool really = has_flag(self, FILE_IO_CLOSE_FD);
    SET(file_of(self), fd, -1);
    if (!really) return 0;
    int result, err;
    VM_DETACHED("close", result = close((int)fd); err = errno);
    errno = err;
    return result < 0 && err != EINTR ? (posix_error(), -1) : 0;
}

IO(file_close) {
    Value base = py_type_lookup(py_type(TYPE_IO_BASE), py_intern_c("close"));
    bool flushed = base && py_call1(base, args[0]);
    Value error = flushed ? 0 : py_error_take();
    if (close_descriptor(args[0]) < 0) return 0;
    if (error) py_error_restore(error);
    return error ? 0 : VM_NONE;
}

/* The warning about a stream over this file that is collected without having been closed. */
static void warn_unclosed(Value file, Value stream) {
    if (GET(file_of(file), fd) < 0 || !has_flag(file, FILE_IO_CLOSE_FD)) return;
    if (py_warn(TYPE_ResourceWarning, 1, "unclosed file %R", stream) < 0) py_write_unraisable(stream);
}
IO(file_dealloc_warn) { return warn_unclosed(args[0], args[1]), VM_NONE; }

/* A file that nobody closed: closed when it is collected. */
IO(file_del) {
    if (GET(file_of(args[0]), fd) < 0 || !has_flag(args[0], FILE_IO_CLOSE_FD)) return VM_NONE;
    warn_unclosed(args[0], args[0]);
    return io_closed_by_del(args[0], close_descriptor(args[0]) < 0 ? 0 : VM_NONE);
}

static const char *mode_text(uint64_t flags) {
    bool both = (flags & FILE_IO_READ) && (flags & FILE_IO_WRITE);
    if (flags & FILE_IO_CREATED) return both ? "xb+" : "xb";
    if (flags & FILE_IO_APPEND) return both ? "ab+" : "ab";
    return both ? "rb+" : flags & FILE_IO_READ ? "rb" : "wb";
}
static Value get_mode(Value self) { return py_intern_c(mode_text(GET(file_of(self), flags))); }
static Value get_closed(Value self) { return vm_bool(GET(file_of(self), fd) < 0); }
static Value get_close_fd(Value self) { return vm_bool(has_flag(self, FILE_IO_CLOSE_FD)); }
static Value get_blksize(Value self) {
    struct stat st;
    int64_t fd = GET(file_of(self), fd);
    return int_make(fd >= 0 && fstat((int)fd, &st) == 0 && st.st_blksize > 1 ? st.st_blksize : IO_DEFAULT_BUFFER);
}

static Value file_repr(Value self) {
    if (GET(file_of(self), fd) < 0) return py_str_c("<_io.FileIO [closed]>");
    Value name = py_getattr_opt(self, NAME(name));
    if (!name) return 0;
    const char *mode = mode_text(GET(file_of(self), flags)), *close_fd = has_flag(self, FILE_IO_CLOSE_FD) ? "True" : "False";
    if (name == VM_UNBOUND) return py_str_format("<_io.FileIO fd=%ld mode='%s' closefd=%s>", (long)GET(file_of(self), fd), mode, close_fd);
    if (io_repr_enter(self) < 0) return 0;
    Value text = py_str_format("<_io.FileIO name=%R mode='%s' closefd=%s>", name, mode, close_fd);
    py_repr_leave(self);
    return text;
}

static const PyMethodDef file_methods[] = {
    {"__del__", "($self, /)", file_del, 0, 0},
    {"_dealloc_warn", "($self, source, /)", file_dealloc_warn, 0, 0},
    {"read", "($self, size=-1, /)", file_read, 0, "Read at most size bytes, returned as bytes."},
    {"readall", "($self, /)", file_readall, 0, "Read all data from the file, returned as bytes."},
    {"readinto", "($self, buffer, /)", file_readinto, 0, "Same as RawIOBase.readinto()."},
    {"write", "($self, b, /)", file_write, 0, "Write buffer b to file, return number of bytes written."},
    {"seek", "($self, pos, whence=0, /)", file_seek, 0, "Move to new file position and return the file position."},
    {"tell", "($self, /)", file_tell, 0, "Current file position."},
    {"truncate", "($self, size=None, /)", file_truncate, 0, "Truncate the file to at most size bytes and return the truncated size."},
    {"close", "($self, /)", file_close, 0, "Close the file."},
    {"seekable", "($self, /)", file_seekable, 0, "True if file supports random-access."},
    {"readable", "($self, /)", file_readable, 0, "True if file was opened in a read mode."},
    {"writable", "($self, /)", file_writable, 0, "True if file was opened in a write mode."},
    {"fileno", "($self, /)", file_fileno, 0, "Return the underlying file descriptor (an integer)."},
    {"isatty", "($self, /)", file_isatty, 0, "True if the file is connected to a TTY device."},
    {0}};
static const PyGetSetDef file_getsets[] = {{"closed", get_closed, 0, "True if the file is closed"},
                                           {"closefd", get_close_fd, 0, "True if the file descriptor will be closed by close()."},
                                           {"mode", get_mode, 0, "String giving the file mode"},
                                           {"_blksize", get_blksize, 0, 0},
                                           {0}};
const PyTypeSpec py_spec_file_io = {.doc = "FileIO(file, mode='r', closefd=True, opener=None)\n--\n\nOpen a file.",
                                    .slots = {.new = file_new, .init = file_init_slot, .repr = file_repr},
                                    .methods = file_methods,
                                    .getsets = file_getsets,
                                    .raw_words = 2,
                                    .has_dict = true,
                                    .module = "_io"};
