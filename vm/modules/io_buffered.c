/* Module _io: BufferedReader, BufferedWriter, BufferedRandom, BufferedRWPair.
 *
 * What is read ahead is a bytes object and a position in it; what waits to be written is a PyRaw and its fill. Both are transactional
 * data like any other. Writing out takes the waiting bytes, then calls the raw stream, which ends the transaction: `lock` is
 * held from taking the chunk until the raw call has returned, so that chunks reach the file in the order of the commits.
 *
 * B1. At most one of the two holds data: a write first gives back what was read ahead (by seeking), a read first writes out. */
#include "vm/modules/io.h"
#include "vm/modules/lock.h"
#include <stdlib.h>
#include <unistd.h>

static Buffered GS *of(Value self) { return REF(Buffered, self); }

static Value raw_of(Value self) {
    uint64_t flags = GET(of(self), flags);
    if (flags & BUFFERED_READY) return GET(of(self), raw);
    return py_raise(TYPE_ValueError, flags & BUFFERED_DETACHED ? "raw stream has been detached" : "I/O operation on uninitialized object");
}

static bool is_file(Value raw) { return has_type(raw, TYPE_FILE_IO); }

static int raw_closed(Value raw) {
    if (is_file(raw)) return GET(REF(FileIO, raw), fd) < 0;
    Value closed = py_getattr_c(raw, "closed");
    return closed ? py_truth(closed) : -1;
}

static Value open_raw(Value self, const char *what) {
    Value raw = raw_of(self);
    int closed = raw ? raw_closed(raw) : -1;
    if (closed > 0) return py_raise(TYPE_ValueError, "%s of closed file", what);
    return closed < 0 ? 0 : raw;
}

/* ---- the raw stream ---------------------------------------------------------------------------------------------------------------------- */

/* One read of at most `size` bytes: bytes, or None if it would block. */
static Value raw_read(Value raw, int64_t size) {
    if (is_file(raw)) return file_io_read(raw, size);
    Value length = int_make(size), array = py_call1(py_type(TYPE_BYTEARRAY), length);
    Value got = array ? py_call_method(raw, "readinto", 1, &array) : 0;
    if (!got || got == VM_NONE) return got;
    int64_t count = py_index_int64(got, "OverflowError");
    if (count == -1 && py_error()) return 0;
    if (count < 0 || count > size)
        return py_raise(TYPE_OSError, "raw readinto() returned invalid length %ld (should have been between 0 and %ld)", (long)count, (long)size);
    Value slice = py_slice_new(VM_NONE, int_make(count), VM_NONE), part = slice ? py_getitem(array, slice) : 0;
    return part ? py_call1(py_type(TYPE_BYTES), part) : 0;
}

/* One write: number of bytes, -1 error, -2 would block. `copy` is C memory. */
static int64_t raw_write(Value raw, const char *copy, size_t length) {
    Value written;
    if (is_file(raw)) {
        written = file_io_write(raw, copy, length);
    } else {
        Value bytes = py_bytes_new(copy, length), view = bytes ? py_call1(py_type(TYPE_MEMORYVIEW), bytes) : 0;
        written = view ? py_call_method(raw, "write", 1, &view) : 0;
    }
    if (!written) return -1;
    if (written == VM_NONE) return -2;
    int64_t count = py_index_int64(written, "OverflowError");
    if (count == -1 && py_error()) return -1;
    if (count < 0 || count > (int64_t)length)
        return py_raise_int(TYPE_OSError, "raw write() returned invalid length %ld (should have been between 0 and %zu)", (long)count, length);
    return count;
}

static int64_t raw_seek(Value raw, int64_t offset, int whence) {
    const Value args[] = {py_int_from_i64(offset), int_make(whence)};
    Value position = py_call_method(raw, "seek", 2, args);
    int64_t result = position ? py_index_int64(position, "OverflowError") : -1;
    if (result < 0 && !py_error()) return py_raise_int(TYPE_OSError, "Raw stream returned invalid position %ld", (long)result);
    return result;
}

/* ---- writing out -------------------------------------------------------------------------------------------------------------------------- */

static int raise_blocking(int64_t written) {
    Value args = py_tuple_pack(3, int_make(EAGAIN), py_str_c("write could not complete without blocking"), int_make(written));
    Value exception = args ? py_call_kw(py_type(TYPE_BlockingIOError), args, 0) : 0;
    if (exception) py_raise_object(exception);
    return -1;
}

/* Write all of `copy`; what could not be written goes back to the front of `pending` (its room permitting). */
static int write_chunk(Value self, Value raw, char *copy, size_t length) {
    size_t done = 0;
    int64_t count = 0;
    while (done < length) {
        count = raw_write(raw, copy + done, length - done);
        if (count < 0) break;
        done += (size_t)count;
    }
    if (done == length) return 0;
    Buffered GS *b = of(self);
    size_t left = length - done, fill = (size_t)GET(b, fill);
    if (left + fill <= (size_t)b->size) {
        Value pending = GET(b, pending);
        stm_write_range(STM_OBJ(pending), REF(PyRaw, pending)->data, left + fill);
        char *data = stm_flat(REF(PyRaw, pending)->data, left + fill, true);
        memmove(data + left, data, fill);
        memcpy(data, copy + done, left);
        SET(b, fill, (int64_t)(left + fill));
    }
    return count == -2 ? raise_blocking((int64_t)done) : -1;
}

/* Take the waiting bytes and write them, holding the lock. */
static int flush_pending(Value self) {
    if (GET(of(self), fill) == 0) return 0;
    Value lock = of(self)->lock;
    if (py_lock_acquire(lock, -1) < 0) return -1;
    int64_t fill = GET(of(self), fill);
    Value raw = GET(of(self), raw), pending = GET(of(self), pending);
    char small[IO_DEFAULT_BUFFER], *copy = fill <= (int64_t)sizeof small ? small : malloc((size_t)fill);
    int status = copy ? 0 : (py_raise_memory(), -1);
    if (copy && fill) {
        stm_read_range(REF(PyRaw, pending)->data, (size_t)fill);
        memcpy(copy, stm_flat(REF(PyRaw, pending)->data, (size_t)fill, false), (size_t)fill);
        SET(of(self), fill, 0);
        vm_c_memory_enter();
        status = write_chunk(self, raw, copy, (size_t)fill);
        vm_c_memory_leave();
    }
    if (copy != small) free(copy);
    py_lock_release(lock);
    return status;
}

/* B1: before writing, give back what was read ahead. */
static int drop_read_ahead(Value self) {
    Value chunk = GET(of(self), chunk);
    int64_t ahead = chunk ? REF(PyBytes, chunk)->length - GET(of(self), position) : 0;
    SET(of(self), chunk, 0);
    SET(of(self), position, 0);
    return ahead && raw_seek(GET(of(self), raw), -ahead, SEEK_CUR) < 0 ? -1 : 0;
}

int buffered_flush(Value self) {
    if (flush_pending(self) < 0) return -1;
    return (GET(of(self), flags) & (BUFFERED_READ | BUFFERED_WRITE)) == (BUFFERED_READ | BUFFERED_WRITE) ? drop_read_ahead(self) : 0;
}

void buffered_give_up(Value self, int64_t size) {
    if (of(self)->size <= size) SET(of(self), fill, 0);
}

int buffered_write_flat(Value self, const void *flat, size_t length) {
    Buffered GS *b = of(self);
    if (GET(b, chunk) && drop_read_ahead(self) < 0) return -1;
    int64_t fill = GET(b, fill);
    if (fill + (int64_t)length > b->size) {
        /* too big to wait: copied to C memory, as writing out ends the transaction */
        char *copy = malloc(length + 1);
        if (!copy) return py_raise_memory(), -1;
        memcpy(copy, flat, length);
        vm_c_memory_enter();
        int status = flush_pending(self);
        if (status == 0 && (int64_t)length > b->size) {
            Value lock = b->lock;
            status = py_lock_acquire(lock, -1) < 0 ? -1 : 0;
            if (status == 0) {
                status = write_chunk(self, GET(b, raw), copy, length);
                py_lock_release(lock);
            }
        } else if (status == 0) {
            status = buffered_write_flat(self, copy, length);
        }
        vm_c_memory_leave();
        free(copy);
        return status;
    }
    Value pending = GET(b, pending);
    if (!pending) {
        pending = gc_alloc_old(TYPE_RAW, GC_KIND_LEAF | GCK_MUTABLE, sizeof(PyRaw) + (size_t)b->size);
        if (!pending) return py_raise_memory(), -1;
        REF(PyRaw, pending)->capacity = (uint64_t)b->size;
        SET(b, pending, pending);
    }
    uint8_t GS *to = REF(PyRaw, pending)->data + fill;
    stm_write_range(STM_OBJ(pending), to, length);
    memcpy(stm_flat(to, length, true), flat, length);
    SET(b, fill, fill + (int64_t)length);
    return 0;
}

/* ---- reading ---------------------------------------------------------------------------------------------------------------------------------- */

static int64_t ahead_of(Value self) {
    Value chunk = GET(of(self), chunk);
    return chunk ? REF(PyBytes, chunk)->length - GET(of(self), position) : 0;
}

/* `size` bytes of what has been read ahead, as bytes. */
static Value take_ahead(Value self, int64_t size) {
    int64_t position = GET(of(self), position);
    Value chunk = GET(of(self), chunk);
    if (!size || !chunk) return py_bytes_new("", 0);
    SET(of(self), position, position + size);
    if (position == 0 && size == REF(PyBytes, chunk)->length) return chunk;
    Value bytes = py_bytes_new(0, (size_t)size);
    if (bytes) memcpy(stm_flat(bytes_data(bytes), (size_t)size, true), stm_flat(bytes_data(chunk) + position, (size_t)size, false), (size_t)size);
    return bytes;
}

/* What one call reads is one piece of the stream: a call that needs more than has been read ahead holds this lock. It is
 * recursive for raw streams in Python that come back to this one. */
static int begin_read(Value self) {
    return flush_pending(self) < 0 || py_rlock_acquire(of(self)->read_lock, -1) < 0 ? -1 : 0;
}
static Value end_read(Value self, Value result) {
    py_rlock_release(of(self)->read_lock);
    return result;
}
static bool has_ahead(Value self, int64_t size) { return ahead_of(self) >= size && !py_lock_is_held(of(self)->read_lock); }

/* Read a chunk ahead when there is none: 1, 0 at the end, -2 would block, -1. */
static int fill_ahead(Value self, int64_t size) {
    Value chunk = raw_read(GET(of(self), raw), size);
    if (!chunk) return -1;
    if (chunk == VM_NONE) return -2;
    SET(of(self), chunk, chunk);
    SET(of(self), position, 0);
    return REF(PyBytes, chunk)->length > 0;
}

static Value join_parts(Value parts) {
    if (py_list_length(parts) == 1) return py_list_item(parts, 0);
    Value empty = py_bytes_new("", 0);
    return empty ? py_call_method(empty, "join", 1, &parts) : 0;
}

static Value read_everything(Value self) {
    Value head = take_ahead(self, ahead_of(self));
    if (!head || flush_pending(self) < 0) return 0;
    Value raw = GET(of(self), raw), readall = py_getattr_opt(raw, py_intern_c("readall"));
    if (!readall) return 0;
    if (readall != VM_UNBOUND) {
        Value rest = py_call0(readall);
        if (!rest) return 0;
        if (rest != VM_NONE && !py_is_bytes(rest)) return py_raise(TYPE_TypeError, "readall() should return bytes");
        if (rest == VM_NONE) return REF(PyBytes, head)->length ? head : VM_NONE;
        return REF(PyBytes, head)->length ? py_binary(PY_OP_ADD, head, rest) : rest;
    }
    Value parts = py_list_from(&head, 1);
    int status = parts ? 1 : -1;
    while (status > 0 && (status = fill_ahead(self, of(self)->size)) > 0)
        if (py_list_append(parts, take_ahead(self, ahead_of(self))) < 0) status = -1;
    return status == -1 ? 0 : join_parts(parts);
}

static Value read_up_to(Value self, int64_t size) {
    Value parts = py_list_new(0);
    int status = parts ? 1 : -1;
    bool some = false;
    while (size > 0 && status > 0) {
        int64_t ahead = ahead_of(self), take = ahead < size ? ahead : size;
        if (take) {
            Value part = take_ahead(self, take);
            if (!part || py_list_append(parts, part) < 0) return 0;
            size -= take;
            some = true;
            continue;
        }
        int64_t want = size > of(self)->size ? size : of(self)->size;
        status = fill_ahead(self, want);
    }
    if (status == -1) return 0;
    if (status == -2 && !some) return VM_NONE;
    return some ? join_parts(parts) : py_bytes_new("", 0);
}

Value buffered_read(Value self, int64_t size) {
    if (size >= 0 && has_ahead(self, size)) return take_ahead(self, size);
    if (begin_read(self) < 0) return 0;
    return end_read(self, size < 0 ? read_everything(self) : read_up_to(self, size));
}

static Value read_once(Value self, int64_t size) {
    if (!ahead_of(self) && fill_ahead(self, size > of(self)->size ? size : of(self)->size) == -1) return 0;
    int64_t ahead = ahead_of(self);
    return take_ahead(self, ahead < size ? ahead : size);
}
Value buffered_read1(Value self, int64_t size) {
    if (size < 0) size = of(self)->size;
    if (size == 0) return py_bytes_new("", 0);
    if (has_ahead(self, size)) return take_ahead(self, size);
    return begin_read(self) < 0 ? 0 : end_read(self, read_once(self, size));
}

static Value read_line(Value self, int64_t limit) {
    Value parts = 0;
    for (;;) {
        int64_t ahead = ahead_of(self), position = GET(of(self), position);
        if (ahead) {
            Value chunk = GET(of(self), chunk);
            int64_t most = limit >= 0 && limit < ahead ? limit : ahead;
            const char *data = stm_flat(bytes_data(chunk) + position, (size_t)most, false);
            const char *end = memchr(data, '\n', (size_t)most);
            int64_t take = end ? end - data + 1 : most;
            Value part = take_ahead(self, take);
            if (!part) return 0;
            if (limit >= 0) limit -= take;
            if ((end || limit == 0) && !parts) return part;
            if (!parts && !(parts = py_list_new(0))) return 0;
            if (py_list_append(parts, part) < 0) return 0;
            if (end || limit == 0) return join_parts(parts);
        }
        int status = limit == 0 ? 0 : fill_ahead(self, of(self)->size);
        if (status == -1) return 0;
        if (status <= 0) return parts ? join_parts(parts) : py_bytes_new("", 0);
    }
}

/* ---- methods ------------------------------------------------------------------------------------------------------------------------------------ */

IO(method_read) {
    int64_t size;
    if (io_size_argument(args[1], &size) < 0) return 0;
    if (size < -1) return py_raise(TYPE_ValueError, "read length must be non-negative or -1");
    return open_raw(args[0], "read") ? buffered_read(args[0], size) : 0;
}
IO(method_read1) {
    int64_t size;
    if (io_size_argument(args[1], &size) < 0) return 0;
    return open_raw(args[0], "read") ? buffered_read1(args[0], size) : 0;
}
static Value peek(Value self) {
    if (!ahead_of(self) && fill_ahead(self, of(self)->size) == -1) return 0;
    int64_t position = GET(of(self), position), ahead = ahead_of(self);
    Value bytes = take_ahead(self, ahead);
    SET(of(self), position, position);
    return bytes;
}
IO(method_peek) { return open_raw(args[0], "peek") && begin_read(args[0]) == 0 ? end_read(args[0], peek(args[0])) : 0; }
IO(method_readline) {
    int64_t limit;
    if (io_size_argument(args[1], &limit) < 0) return 0;
    return open_raw(args[0], "readline") && begin_read(args[0]) == 0 ? end_read(args[0], read_line(args[0], limit)) : 0;
}
/* What has been read ahead; a buffer with more room left than this stream's takes one read of the raw stream besides. */
static Value read_for_readinto1(Value self, int64_t size) {
    int64_t left = size - ahead_of(self);
    Value head = buffered_read1(self, size);
    if (!head || left == size || left <= of(self)->size || begin_read(self) < 0) return head;
    Value rest = end_read(self, ahead_of(self) ? VM_NONE : raw_read(GET(of(self), raw), left));
    return !rest ? 0 : rest == VM_NONE ? head : py_binary(PY_OP_ADD, head, rest);
}
static Value read_into_buffer(const Value *args, bool once) {
    PyBuffer buffer;
    if (!open_raw(args[0], "readinto") || writable_buffer(args[1], &buffer) < 0) return 0;
    Value data = once ? read_for_readinto1(args[0], buffer.length) : buffered_read(args[0], buffer.length);
    int64_t length = data && data != VM_NONE ? REF(PyBytes, data)->length : 0;
    if (length && io_fill_buffer(args[1], data) < 0) data = 0;
    py_release_buffer(&buffer);
    return !data || data == VM_NONE ? data : int_make(length);
}
IO(method_readinto) { return read_into_buffer(args, false); }
IO(method_readinto1) { return read_into_buffer(args, true); }

IO(method_write) {
    PyBuffer buffer;
    if (!open_raw(args[0], "write")) return 0;
    if (py_is_str(args[1])) return py_raise(TYPE_TypeError, "a bytes-like object is required, not 'str'");
    if (py_get_buffer(args[1], &buffer, false) < 0) return 0;
    int64_t length = buffer.length;
    int status = buffered_write_flat(args[0], buffer.data, (size_t)length);
    py_release_buffer(&buffer);
    return status < 0 ? 0 : int_make(length);
}
IO(method_flush) { return open_raw(args[0], "flush") && buffered_flush(args[0]) == 0 ? VM_NONE : 0; }

IO(method_seek) {
    int whence = 0;
    int64_t target = py_index_int64(args[1], "OverflowError");
    if ((target == -1 && py_error()) || (args[2] && int_argument(args[2], &whence) < 0)) return 0;
    if (whence < 0 || whence > 4) return py_raise(TYPE_ValueError, "whence value %d unsupported", whence);
    Value raw = open_raw(args[0], "seek");
    if (!raw || flush_pending(args[0]) < 0) return 0;
    Value seekable = py_call_method(raw, "seekable", 0, 0);
    int can = seekable ? py_truth(seekable) : -1;
    if (can <= 0) return can < 0 ? 0 : io_unsupported("File or stream is not seekable.");
    if (whence == SEEK_CUR) target -= ahead_of(args[0]);
    SET(of(args[0]), chunk, 0);
    SET(of(args[0]), position, 0);
    int64_t position = raw_seek(raw, target, whence);
    return position < 0 ? 0 : py_int_from_i64(position);
}
IO(method_tell) {
    Value raw = raw_of(args[0]);
    Value position = raw ? py_call_method(raw, "tell", 0, 0) : 0;
    int64_t at = position ? py_index_int64(position, "OverflowError") : -1;
    if (at == -1 && py_error()) return 0;
    return py_int_from_i64(at - ahead_of(args[0]) + GET(of(args[0]), fill));
}
IO(method_truncate) {
    Value raw = open_raw(args[0], "truncate");
    if (!raw) return 0;
    if (!(GET(of(args[0]), flags) & BUFFERED_WRITE)) return io_unsupported("truncate");
    Value size = args[1] && args[1] != VM_NONE ? args[1] : method_tell(args, 1, 0);
    if (!size || buffered_flush(args[0]) < 0) return 0;
    return py_call_method(raw, "truncate", 1, &size);
}

IO(method_close) {
    Value raw = raw_of(args[0]);
    if (!raw) return 0;
    int closed = raw_closed(raw);
    if (closed) return closed < 0 ? 0 : VM_NONE;
    Value flushed = py_call_method(args[0], "flush", 0, 0), error = flushed ? 0 : py_error_take();
    return io_close_after(raw, error);
}
IO(method_detach) {
    Value raw = raw_of(args[0]);
    if (!raw || !py_call_method(args[0], "flush", 0, 0)) return 0;
    SET(of(args[0]), raw, VM_NONE);
    SET(of(args[0]), flags, (GET(of(args[0]), flags) & ~(uint64_t)BUFFERED_READY) | BUFFERED_DETACHED);
    return raw;
}
IO(method_dealloc_warn) {
    if (GET(of(args[0]), flags) & BUFFERED_READY) io_dealloc_warn(GET(of(args[0]), raw), args[1]);
    return VM_NONE;
}
/* A stream that nobody closed is flushed when it is collected; the raw stream closes itself. */
IO(method_del) {
    if (!(GET(of(args[0]), flags) & BUFFERED_READY) || raw_closed(GET(of(args[0]), raw)) != 0) return py_error_clear(), VM_NONE;
    io_dealloc_warn(GET(of(args[0]), raw), args[0]);
    return io_closed_by_del(args[0], py_call_method(args[0], "close", 0, 0));
}

#define TO_RAW(name)                                                                                                  \
    IO(method_##name) {                                                                                               \
        Value raw = raw_of(args[0]);                                                                                  \
        return raw ? py_call_method(raw, #name, 0, 0) : 0;                                                            \
    }
TO_RAW(seekable)
TO_RAW(readable)
TO_RAW(writable)
TO_RAW(fileno)
TO_RAW(isatty)

static Value get_raw(Value self) {
    Value raw = GET(of(self), raw);
    return raw ? raw : VM_NONE;
}
static Value get_closed(Value self) {
    Value raw = raw_of(self);
    return raw ? py_getattr_c(raw, "closed") : 0;
}
static Value get_name(Value self) {
    Value raw = raw_of(self);
    return raw ? py_getattr(raw, NAME(name)) : 0;
}
static int set_name(Value self, Value value) {
    Value raw = raw_of(self);
    return raw ? py_setattr(raw, NAME(name), value) : -1;
}
static Value get_mode(Value self) {
    Value raw = raw_of(self);
    return raw ? py_getattr_c(raw, "mode") : 0;
}
static Value buffered_repr(Value self) {
    Value name = py_getattr_opt(self, NAME(name));
    if (!name) py_error_clear();
    if (!name || name == VM_UNBOUND) return py_str_format("<%T>", self);
    if (io_repr_enter(self) < 0) return 0;
    Value text = py_str_format("<%T name=%R>", self, name);
    py_repr_leave(self);
    return text;
}

#define COMMON                                                                                                        \
    {"flush", "($self, /)", method_flush, 0, 0}, {"seek", "($self, target, whence=0, /)", method_seek, 0, 0},         \
        {"tell", "($self, /)", method_tell, 0, 0}, {"truncate", "($self, pos=None, /)", method_truncate, 0, 0},       \
        {"close", "($self, /)", method_close, 0, 0}, {"detach", "($self, /)", method_detach, 0, 0},                   \
        {"seekable", "($self, /)", method_seekable, 0, 0}, {"fileno", "($self, /)", method_fileno, 0, 0},             \
        {"isatty", "($self, /)", method_isatty, 0, 0}, {"__del__", "($self, /)", method_del, 0, 0}, {"_dealloc_warn", "($self, source, /)", method_dealloc_warn, 0, 0}
#define READING                                                                                                       \
    {"read", "($self, size=-1, /)", method_read, 0, "Read and return up to n bytes."},                                \
        {"read1", "($self, size=-1, /)", method_read1, 0, 0}, {"peek", "($self, size=0, /)", method_peek, 0, 0},      \
        {"readline", "($self, size=-1, /)", method_readline, 0, 0},                                                   \
        {"readinto", "($self, buffer, /)", method_readinto, 0, 0}, {"readinto1", "($self, buffer, /)", method_readinto1, 0, 0}, \
        {"readable", "($self, /)", method_readable, 0, 0}
#define WRITING                                                                                                       \
    {"write", "($self, buffer, /)", method_write, 0, "Write the given buffer to the IO stream."},                     \
        {"writable", "($self, /)", method_writable, 0, 0}
static const PyMethodDef reader_methods[] = {COMMON, READING, {0}};
static const PyMethodDef writer_methods[] = {COMMON, WRITING, {0}};
static const PyMethodDef random_methods[] = {COMMON, READING, WRITING, {0}};
static const PyGetSetDef buffered_getsets[] = {
    {"raw", get_raw, 0, 0}, {"closed", get_closed, 0, 0}, {"name", get_name, set_name, 0}, {"mode", get_mode, 0, 0}, {0}};

/* ---- construction ------------------------------------------------------------------------------------------------------------------------------- */

static Value alloc_buffered(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    Value self = py_alloc(type, 0);
    if (self) io_finalize_later(self);
    return self;
}

static int setup(Value self, Value raw, int64_t size, uint64_t flags) {
    static const char *const checks[] = {"readable", "writable", "seekable"};
    SET(of(self), flags, 0); /* not ready, should this fail */
    static const char *const messages[] = {"File or stream is not readable.", "File or stream is not writable.", "File or stream is not seekable."};
    uint64_t wanted = flags == (BUFFERED_READ | BUFFERED_WRITE) ? 7 : flags;
    for (int i = 0; i < 3; i++) {
        int status = 0;
        if (!(wanted >> i & 1)) continue;
        bool yes = io_true_attr(raw, checks[i], &status);
        if (status < 0) return -1;
        if (!yes) return io_unsupported(messages[i]), -1;
    }
    if (size <= 0) return py_raise_int(TYPE_ValueError, "buffer size must be strictly positive");
    if (size > INT64_C(1) << 46) return py_raise_memory(), -1;
    Value lock = py_lock_new(), read_lock = py_rlock_new();
    if (!lock || !read_lock) return -1;
    SET(of(self), raw, raw);
    SET(of(self), size, size);
    SET(of(self), lock, lock);
    SET(of(self), read_lock, read_lock);
    SET(of(self), chunk, 0);
    SET(of(self), position, 0);
    SET(of(self), flags, flags | BUFFERED_READY);
    return 0;
}

static uint64_t flags_of_type(uint32_t id) {
    return id == TYPE_BUFFERED_READER ? BUFFERED_READ : id == TYPE_BUFFERED_WRITER ? BUFFERED_WRITE : BUFFERED_READ | BUFFERED_WRITE;
}

Value buffered_new(uint32_t type_id, Value raw, int64_t size) {
    Value self = alloc_buffered(py_type(type_id), 0, 0, 0);
    return self && setup(self, raw, size, flags_of_type(type_id)) == 0 ? self : 0;
}

#define CONSTRUCTOR(name, type_name, flags)                                                                           \
    IO(name##_init) {                                                                                                 \
        int64_t size = args[2] ? py_index_int64(args[2], "OverflowError") : IO_DEFAULT_BUFFER;                        \
        if (size == -1 && py_error()) return 0;                                                                       \
        return setup(args[0], args[1], size, flags) < 0 ? 0 : VM_NONE;                                                \
    }                                                                                                                 \
    IO_INIT(name##_init_slot, name##_init, type_name, "(raw, buffer_size=DEFAULT_BUFFER_SIZE)", 2)
CONSTRUCTOR(reader, "BufferedReader", BUFFERED_READ)
CONSTRUCTOR(writer, "BufferedWriter", BUFFERED_WRITE)
CONSTRUCTOR(random, "BufferedRandom", BUFFERED_READ | BUFFERED_WRITE)

#define SPEC(name, text)                                                                                              \
    const PyTypeSpec py_spec_buffered_##name = {.doc = text,                                                          \
                                                .slots = {.new = alloc_buffered, .init = name##_init_slot, .repr = buffered_repr}, \
                                                .methods = name##_methods,                                            \
                                                .getsets = buffered_getsets,                                          \
                                                .raw_words = 4,                                                       \
                                                .has_dict = true,                                                     \
                                                .module = "_io"};
SPEC(reader, "BufferedReader(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nCreate a new buffered reader using the given readable raw IO object.")
SPEC(writer, "BufferedWriter(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffer for a writeable sequential RawIO object.")
SPEC(random, "BufferedRandom(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffered interface to random access streams.")

/* ---- BufferedRWPair --------------------------------------------------------------------------------------------------------------------------- */

IO(pair_init) {
    int64_t size = args[3] ? py_index_int64(args[3], "OverflowError") : IO_DEFAULT_BUFFER;
    if (size == -1 && py_error()) return 0;
    Value reader = buffered_new(TYPE_BUFFERED_READER, args[1], size), writer = reader ? buffered_new(TYPE_BUFFERED_WRITER, args[2], size) : 0;
    if (!writer) return 0;
    SET(REF(BufferedPair, args[0]), reader, reader);
    SET(REF(BufferedPair, args[0]), writer, writer);
    return VM_NONE;
}
IO_INIT(pair_init_slot, pair_init, "BufferedRWPair", "(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)", 3)

static Value forward(Value object, const char *name, const Value *args, size_t nargs) {
    return object ? py_call_method(object, name, nargs, args) : py_raise(TYPE_ValueError, "I/O operation on uninitialized object");
}
#define TO_READER(name)                                                                                               \
    IO(pair_##name) { return forward(GET(REF(BufferedPair, args[0]), reader), #name, args + 1, nargs - 1 && args[1] ? nargs - 1 : 0); }
#define TO_WRITER(name)                                                                                               \
    IO(pair_##name) { return forward(GET(REF(BufferedPair, args[0]), writer), #name, args + 1, nargs - 1); }
TO_READER(read)
TO_READER(read1)
TO_READER(readinto)
TO_READER(readinto1)
TO_READER(peek)
TO_READER(readable)
TO_WRITER(write)
TO_WRITER(flush)
TO_WRITER(writable)
IO(pair_close) {
    Value done = forward(GET(REF(BufferedPair, args[0]), writer), "close", 0, 0), error = done ? 0 : py_error_take();
    return io_close_after(GET(REF(BufferedPair, args[0]), reader), error);
}
IO(pair_isatty) {
    Value writer = forward(GET(REF(BufferedPair, args[0]), writer), "isatty", 0, 0);
    return writer != VM_FALSE ? writer : forward(GET(REF(BufferedPair, args[0]), reader), "isatty", 0, 0);
}
static Value pair_closed(Value self) {
    Value writer = GET(REF(BufferedPair, self), writer);
    return writer ? py_getattr_c(writer, "closed") : py_raise(TYPE_RuntimeError, "the BufferedRWPair object is being garbage-collected");
}
static const PyMethodDef pair_methods[] = {{"read", "($self, size=-1, /)", pair_read, 0, 0},
                                           {"read1", "($self, size=-1, /)", pair_read1, 0, 0},
                                           {"readinto", "($self, buffer, /)", pair_readinto, 0, 0},
                                           {"readinto1", "($self, buffer, /)", pair_readinto1, 0, 0},
                                           {"peek", "($self, size=0, /)", pair_peek, 0, 0},
                                           {"readable", "($self, /)", pair_readable, 0, 0},
                                           {"write", "($self, buffer, /)", pair_write, 0, 0},
                                           {"flush", "($self, /)", pair_flush, 0, 0},
                                           {"writable", "($self, /)", pair_writable, 0, 0},
                                           {"close", "($self, /)", pair_close, 0, 0},
                                           {"isatty", "($self, /)", pair_isatty, 0, 0},
                                           {0}};
static const PyGetSetDef pair_getsets[] = {{"closed", pair_closed, 0, 0}, {0}};
const PyTypeSpec py_spec_buffered_rwpair = {.doc = "BufferedRWPair(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)\n--\n\nA buffered reader and writer object together.",
                                            .slots = {.new = io_new, .init = pair_init_slot},
                                            .methods = pair_methods,
                                            .getsets = pair_getsets,
                                            .raw_words = 0,
                                            .has_dict = true,
                                            .module = "_io"};
