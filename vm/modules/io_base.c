/* Module _io: the abstract bases, whose mixin methods work by calling the others. */
#include "vm/modules/io.h"

Value io_unsupported_operation;

Value io_unsupported(const char *message) {
    Value text = py_str_c(message), exception = text ? py_call1(io_unsupported_operation, text) : 0;
    return exception ? py_raise_object(exception) : 0;
}

Value io_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_alloc(type, 0);
}

int io_check_closed(Value self) {
    Value closed = py_getattr(self, py_intern_c("closed"));
    int yes = closed ? py_truth(closed) : -1;
    return yes > 0 ? py_raise_int(TYPE_ValueError, "I/O operation on closed file.") : yes;
}

bool io_true_attr(Value self, const char *name, int *status) {
    Value answer = py_call_method(self, name, 0, 0);
    int yes = answer ? py_truth(answer) : -1;
    if (yes < 0) *status = -1;
    return yes > 0;
}

int io_size_argument(Value v, int64_t *size) {
    *size = -1;
    if (!v || v == VM_NONE) return 0;
    if (!py_is_int(v) && !py_type_lookup(py_type_of(v), NAME(__index__)))
        return py_raise_int(TYPE_TypeError, "argument should be integer or None, not '%T'", v);
    *size = py_index_int64(v, "OverflowError");
    return *size == -1 && py_error() ? -1 : 0;
}

Value io_close_after(Value stream, Value error_or_0) {
    Value done = py_call_method(stream, "close", 0, 0);
    if (!error_or_0) return done;
    if (done) return py_error_restore(error_or_0), (Value)0;
    Value error = py_error_take();
    if (error != error_or_0) SET(REF(PyException, error), context, error_or_0);
    return py_error_restore(error), (Value)0;
}

int io_repr_enter(Value self) {
    int status = py_repr_enter(self);
    return status > 0 ? py_raise_int(TYPE_RuntimeError, "reentrant call inside %T.__repr__", self) : status;
}

/* ---- _IOBase ------------------------------------------------------------------------------------------------------------------------- */

#define UNSUPPORTED(name) IO(base_##name) { return io_unsupported(#name); }
UNSUPPORTED(seek)
UNSUPPORTED(truncate)
UNSUPPORTED(fileno)
UNSUPPORTED(read)
UNSUPPORTED(read1)
UNSUPPORTED(write)
UNSUPPORTED(detach)
IO(base_readline_text) { return io_unsupported("readline"); }

IO(base_false) { return VM_FALSE; }
IO(base_isatty) { return io_check_closed(args[0]) < 0 ? 0 : VM_FALSE; }
IO(base_tell) {
    const Value seek_args[] = {int_make(0), int_make(1)};
    return py_call_method(args[0], "seek", 2, seek_args);
}

static Value closed_name(void) { return py_intern_c("__IOBase_closed"); }
static Value get_closed(Value self) {
    Value flag = py_getattr_opt(self, closed_name());
    return flag ? vm_bool(flag != VM_UNBOUND) : 0;
}

IO(base_flush) { return get_closed(args[0]) == VM_TRUE ? py_raise(TYPE_ValueError, "I/O operation on closed file.") : VM_NONE; }

IO(base_close) {
    if (get_closed(args[0]) == VM_TRUE) return VM_NONE;
    Value flushed = py_call_method(args[0], "flush", 0, 0), error = flushed ? 0 : py_error_take();
    if (py_setattr(args[0], closed_name(), VM_TRUE) < 0) return 0;
    if (error) return py_error_restore(error), (Value)0;
    return VM_NONE;
}

void io_dealloc_warn(Value below, Value stream) {
    Value warn = py_getattr_opt(below, py_intern_c("_dealloc_warn"));
    if (!warn || (warn != VM_UNBOUND && !py_call1(warn, stream))) py_error_clear();
}

Value io_closed_by_del(Value self, Value result) {
    if (!result && vm_options.dev_mode) py_write_unraisable(self);
    py_error_clear();
    return VM_NONE;
}

/* What the __del__ of a class in Python finds as its super's. */
IO(base_del) {
    Value closed = py_getattr_c(args[0], "closed");
    if (!closed || py_truth(closed) != 0) return py_error_clear(), VM_NONE;
    return io_closed_by_del(args[0], py_call_method(args[0], "close", 0, 0));
}

static Value check_mode(const Value *args, const char *method, const char *message) {
    int status = 0;
    bool yes = io_true_attr(args[0], method, &status);
    if (status < 0) return 0;
    return yes ? VM_TRUE : io_unsupported(message);
}
IO(base_check_closed) { return io_check_closed(args[0]) < 0 ? 0 : VM_NONE; }
IO(base_check_seekable) { return check_mode(args, "seekable", "File or stream is not seekable."); }
IO(base_check_readable) { return check_mode(args, "readable", "File or stream is not readable."); }
IO(base_check_writable) { return check_mode(args, "writable", "File or stream is not writable."); }

IO(base_enter) { return io_check_closed(args[0]) < 0 ? 0 : args[0]; }
IO(base_exit) { return py_call_method(args[0], "close", 0, 0); }

/* A byte at a time, or by peek() where there is one. */
IO(base_readline) {
    int64_t limit;
    if (io_size_argument(args[1], &limit) < 0) return 0;
    Value peek = py_getattr_opt(args[0], py_intern_c("peek")), parts = py_list_new(0);
    if (!peek || !parts) return 0;
    int64_t total = 0;
    while (limit < 0 || total < limit) {
        int64_t want = 1;
        if (peek != VM_UNBOUND) {
            Value ahead = py_call1(peek, int_make(1));
            if (!ahead) return 0;
            if (!py_is_bytes(ahead)) return py_raise(TYPE_OSError, "peek() should have returned a bytes object, not '%T'", ahead);
            int64_t length = REF(PyBytes, ahead)->length;
            const char *data = stm_flat(bytes_data(ahead), (size_t)length, false);
            const char *end = memchr(data, '\n', (size_t)length);
            want = end ? end - data + 1 : length ? length : 1;
            if (limit >= 0 && want > limit - total) want = limit - total;
        }
        Value size = int_make(want), piece = py_call_method(args[0], "read", 1, &size);
        if (!piece) return 0;
        if (!py_is_bytes(piece)) return py_raise(TYPE_OSError, "read() should have returned a bytes object, not '%T'", piece);
        int64_t length = REF(PyBytes, piece)->length;
        if (length == 0) break;
        total += length;
        if (py_list_append(parts, piece) < 0) return 0;
        if (bytes_data(piece)[length - 1] == '\n') break;
    }
    Value empty = py_bytes_new("", 0);
    return empty ? py_call_method(empty, "join", 1, &parts) : 0;
}

IO(base_readlines) {
    int64_t hint, total = 0;
    if (io_size_argument(args[1], &hint) < 0) return 0;
    Value lines = py_list_new(0), iterator = lines ? py_iter(args[0]) : 0;
    if (!iterator) return 0;
    for (Value line; (line = py_next(iterator)) != VM_STOP;) {
        if (!line || py_list_append(lines, line) < 0) return 0;
        int64_t length = py_length(line);
        if (length < 0) return 0;
        total += length;
        if (hint > 0 && total >= hint) break;
    }
    return lines;
}

IO(base_writelines) {
    if (io_check_closed(args[0]) < 0) return 0;
    Value iterator = py_iter(args[1]);
    if (!iterator) return 0;
    for (Value line; (line = py_next(iterator)) != VM_STOP;)
        if (!line || !py_call_method(args[0], "write", 1, &line)) return 0;
    return VM_NONE;
}

static Value base_iter(Value self) { return io_check_closed(self) < 0 ? 0 : self; }
static Value base_next(Value self) {
    Value line = py_call_method(self, "readline", 0, 0);
    int64_t length = line ? py_length(line) : -1;
    return length < 0 ? 0 : length == 0 ? VM_STOP : line;
}

static const PyMethodDef base_methods[] = {
    {"seek", "($self, offset, whence=0, /)", base_seek, 0, "Change the stream position to the given byte offset."},
    {"tell", "($self, /)", base_tell, 0, "Return current stream position."},
    {"truncate", "($self, size=None, /)", base_truncate, 0, "Truncate file to size bytes."},
    {"flush", "($self, /)", base_flush, 0, "Flush write buffers, if applicable."},
    {"close", "($self, /)", base_close, 0, "Flush and close the IO object."},
    {"__del__", "($self, /)", base_del, 0, 0},
    {"seekable", "($self, /)", base_false, 0, "Return whether object supports random access."},
    {"readable", "($self, /)", base_false, 0, "Return whether object was opened for reading."},
    {"writable", "($self, /)", base_false, 0, "Return whether object was opened for writing."},
    {"_checkClosed", "($self, /)", base_check_closed, 0, 0},
    {"_checkSeekable", "($self, /)", base_check_seekable, 0, 0},
    {"_checkReadable", "($self, /)", base_check_readable, 0, 0},
    {"_checkWritable", "($self, /)", base_check_writable, 0, 0},
    {"fileno", "($self, /)", base_fileno, 0, "Returns underlying file descriptor if one exists."},
    {"isatty", "($self, /)", base_isatty, 0, "Return whether this is an 'interactive' stream."},
    {"readline", "($self, size=-1, /)", base_readline, 0, "Read and return a line from the stream."},
    {"readlines", "($self, hint=-1, /)", base_readlines, 0, "Return a list of lines from the stream."},
    {"writelines", "($self, lines, /)", base_writelines, 0, "Write a list of lines to stream."},
    {"__enter__", "($self, /)", base_enter, 0, 0},
    {"__exit__", "($self, /, *args)", base_exit, 0, 0},
    {0}};
static const PyGetSetDef base_getsets[] = {{"closed", get_closed, 0, 0}, {0}};
const PyTypeSpec py_spec_io_base = {.doc = "The abstract base class for all I/O classes.",
                                    .slots = {.new = io_new, .iter = base_iter, .next = base_next},
                                    .methods = base_methods,
                                    .getsets = base_getsets,
                                    .raw_words = 0,
                                    .has_dict = true,
                                    .module = "_io"};

/* ---- _RawIOBase ---------------------------------------------------------------------------------------------------------------------- */

IO(raw_readall) {
    Value parts = py_list_new(0), size = int_make(65536), empty = py_bytes_new("", 0);
    for (;;) {
        Value piece = parts ? py_call_method(args[0], "read", 1, &size) : 0;
        if (!piece) return 0;
        if (piece == VM_NONE) {
            if (py_list_length(parts) == 0) return VM_NONE;
            break;
        }
        if (!py_is_bytes(piece)) return py_raise(TYPE_TypeError, "read() should return bytes");
        if (REF(PyBytes, piece)->length == 0) break;
        if (py_list_append(parts, piece) < 0) return 0;
    }
    return py_call_method(empty, "join", 1, &parts);
}

IO(raw_read) {
    int64_t size;
    if (io_size_argument(args[1], &size) < 0) return 0;
    if (size < 0) return py_call_method(args[0], "readall", 0, 0);
    Value length = int_make(size), array = py_call1(py_type(TYPE_BYTEARRAY), length);
    Value got = array ? py_call_method(args[0], "readinto", 1, &array) : 0;
    if (!got || got == VM_NONE) return got;
    int64_t count = py_index_int64(got, "OverflowError");
    if (count == -1 && py_error()) return 0;
    if (count < 0 || count > size) return py_raise(TYPE_ValueError, "readinto returned %ld outside buffer size %ld", (long)count, (long)size);
    Value slice = py_slice_new(VM_NONE, int_make(count), VM_NONE), part = slice ? py_getitem(array, slice) : 0;
    return part ? py_call1(py_type(TYPE_BYTES), part) : 0;
}
static const PyMethodDef raw_methods[] = {{"read", "($self, size=-1, /)", raw_read, 0, 0},
                                          {"readall", "($self, /)", raw_readall, 0, "Read until EOF, using multiple read() call."},
                                          {0}};
const PyTypeSpec py_spec_raw_io_base = {.doc = "Base class for raw binary I/O.", .slots = {.new = io_new}, .methods = raw_methods, .raw_words = 0, .has_dict = true, .module = "_io"};

/* ---- _BufferedIOBase, _TextIOBase ---------------------------------------------------------------------------------------------------- */

int io_fill_buffer(Value target, Value data) {
    PyBuffer buffer;
    if (writable_buffer(target, &buffer) < 0) return -1;
    int64_t length = REF(PyBytes, data)->length < buffer.length ? REF(PyBytes, data)->length : buffer.length;
    memcpy(buffer.data, stm_flat(bytes_data(data), (size_t)length, false), (size_t)length);
    py_release_buffer(&buffer);
    return 0;
}

static Value read_into(const Value *args, const char *method) {
    PyBuffer buffer;
    if (writable_buffer(args[1], &buffer) < 0) return 0;
    Value size = int_make(buffer.length), data = py_call_method(args[0], method, 1, &size);
    int64_t length = data && py_is_bytes(data) ? REF(PyBytes, data)->length : -1;
    if (length > buffer.length) {
        py_raise(TYPE_ValueError, "read() returned too much data: %ld bytes requested, %ld returned", (long)buffer.length, (long)length);
        length = -1;
    } else if (length < 0 && data) {
        py_raise(TYPE_TypeError, "read() should return bytes");
    } else if (length > 0) {
        if (io_fill_buffer(args[1], data) < 0) length = -1;
    }
    py_release_buffer(&buffer);
    return length < 0 ? 0 : int_make(length);
}
IO(buffered_base_readinto) { return read_into(args, "read"); }
IO(buffered_base_readinto1) { return read_into(args, "read1"); }
static const PyMethodDef buffered_base_methods[] = {
    {"detach", "($self, /)", base_detach, 0, "Disconnect this buffer from its underlying raw stream and return it."},
    {"read", "($self, size=-1, /)", base_read, 0, "Read and return up to n bytes."},
    {"read1", "($self, size=-1, /)", base_read1, 0, "Read and return up to n bytes, with at most one read() call to the underlying raw stream."},
    {"readinto", "($self, buffer, /)", buffered_base_readinto, 0, 0},
    {"readinto1", "($self, buffer, /)", buffered_base_readinto1, 0, 0},
    {"write", "($self, b, /)", base_write, 0, "Write the given buffer to the IO stream."},
    {0}};
const PyTypeSpec py_spec_buffered_io_base = {.doc = "Base class for buffered IO objects.", .slots = {.new = io_new}, .methods = buffered_base_methods, .raw_words = 0, .has_dict = true, .module = "_io"};

static Value get_none(Value self) { return (void)self, VM_NONE; }
static const PyMethodDef text_base_methods[] = {{"detach", "($self, /)", base_detach, 0, 0},
                                                {"read", "($self, size=-1, /)", base_read, 0, 0},
                                                {"readline", "($self, size=-1, /)", base_readline_text, 0, 0},
                                                {"write", "($self, s, /)", base_write, 0, 0},
                                                {0}};
static const PyGetSetDef text_base_getsets[] = {{"encoding", get_none, 0, 0}, {"newlines", get_none, 0, 0}, {"errors", get_none, 0, 0}, {0}};
const PyTypeSpec py_spec_text_io_base = {.doc = "Base class for text I/O.", .slots = {.new = io_new}, .methods = text_base_methods, .getsets = text_base_getsets, .raw_words = 0, .has_dict = true, .module = "_io"};
