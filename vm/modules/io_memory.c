/* Module _io: BytesIO over a bytearray, StringIO over a str (pieces that are written at the end wait in a list). */
#include "vm/modules/io.h"
#include "vm/objects/bytearray.h"
#include "vm/objects/str.h"
#include <unistd.h>

/* ---- BytesIO ----------------------------------------------------------------------------------------------------------------------------- */

static BytesIO GS *bytes_of(Value self) { return REF(BytesIO, self); }
static int bytes_open(Value self) {
    if (!GET(bytes_of(self), closed)) return 0;
    return py_raise_int(TYPE_ValueError, "I/O operation on closed file.");
}
static Value array_of(Value self) {
    Value array = GET(bytes_of(self), array);
    if (array) return array;
    array = py_call0(py_type(TYPE_BYTEARRAY));
    if (array) SET(bytes_of(self), array, array);
    return array;
}
static int64_t array_length(Value self) {
    Value array = array_of(self);
    return array ? GET(REF(PyByteArray, array), length) : -1;
}

/* Before what changes the content: BufferError while a buffer of it is held (getbuffer). */
static int check_exports(Value self) {
    Value array = GET(bytes_of(self), array);
    if (!array) return 0;
    bytearray_settle(array);
    return bytearray_check_exports(array);
}

/* [from, to) of the content as bytes. */
static Value content(Value self, int64_t from, int64_t to) {
    Value array = array_of(self);
    PyBuffer buffer;
    if (!array || py_get_buffer(array, &buffer, false) < 0) return 0;
    Value bytes = py_bytes_new(0, (size_t)(to - from));
    if (bytes && to > from) memcpy(stm_flat(bytes_data(bytes), (size_t)(to - from), true), (char *)buffer.data + from, (size_t)(to - from));
    py_release_buffer(&buffer);
    return bytes;
}

static Value take_bytes(Value self, int64_t count) {
    int64_t position = GET(bytes_of(self), position), left = array_length(self) - position;
    if (left < 0) left = 0;
    if (count < 0 || count > left) count = left;
    SET(bytes_of(self), position, position + count);
    return count ? content(self, position, position + count) : py_bytes_new("", 0);
}

IO(bytes_read) {
    int64_t size;
    return io_size_argument(args[1], &size) < 0 || bytes_open(args[0]) < 0 ? 0 : take_bytes(args[0], size);
}
IO(bytes_readline) {
    int64_t limit;
    if (io_size_argument(args[1], &limit) < 0 || bytes_open(args[0]) < 0) return 0;
    PyBuffer buffer;
    Value array = array_of(args[0]);
    if (!array || py_get_buffer(array, &buffer, false) < 0) return 0;
    int64_t position = GET(bytes_of(args[0]), position), left = buffer.length - position;
    if (left < 0) left = 0;
    if (limit >= 0 && limit < left) left = limit;
    const char *data = (char *)buffer.data + position, *end = left ? memchr(data, '\n', (size_t)left) : 0;
    py_release_buffer(&buffer);
    return take_bytes(args[0], end ? end - data + 1 : left);
}
IO(bytes_readinto) {
    PyBuffer buffer;
    if (bytes_open(args[0]) < 0 || writable_buffer(args[1], &buffer) < 0) return 0;
    Value data = take_bytes(args[0], buffer.length);
    int64_t length = data ? REF(PyBytes, data)->length : 0;
    if (length) memcpy(buffer.data, stm_flat(bytes_data(data), (size_t)length, false), (size_t)length);
    py_release_buffer(&buffer);
    return data ? int_make(length) : 0;
}

/* Make the content `length` bytes long, zero-filled. */
static int resize_bytes(Value self, int64_t length) {
    Value array = array_of(self);
    if (!array) return -1;
    int64_t now = array_length(self);
    if (length < now) {
        Value slice = py_slice_new(int_make(length), VM_NONE, VM_NONE);
        return slice ? py_setitem(array, slice, 0) : -1;
    }
    Value zeros = py_call1(py_type(TYPE_BYTES), int_make(length - now));
    return zeros && py_call_method(array, "extend", 1, &zeros) ? 0 : -1;
}

IO(bytes_write) {
    Value self = args[0];
    PyBuffer buffer;
    if (bytes_open(self) < 0 || check_exports(self) < 0) return 0;
    if (py_is_str(args[1])) return py_raise(TYPE_TypeError, "a bytes-like object is required, not 'str'");
    if (py_get_buffer(args[1], &buffer, false) < 0) return 0;
    int64_t length = buffer.length;
    py_release_buffer(&buffer);
    if (!length) return int_make(0);
    int64_t position = GET(bytes_of(self), position), now = array_length(self);
    if (position > now && resize_bytes(self, position) < 0) return 0;
    Value array = array_of(self);
    if (position >= now) {
        if (!array || !py_call_method(array, "extend", 1, args + 1)) return 0;
    } else {
        Value data = py_call1(py_type(TYPE_BYTES), args[1]);
        Value slice = data ? py_slice_new(int_make(position), int_make(position + length), VM_NONE) : 0;
        if (!slice || py_setitem(array, slice, data) < 0) return 0;
    }
    SET(bytes_of(self), position, position + length);
    return int_make(length);
}

/* The new position of a seek in a stream of `end` items at `now`; -1 with ValueError. */
static int64_t seek_position(const Value *args, int64_t now, int64_t end) {
    int whence = 0;
    int64_t offset = py_index_int64(args[1], "OverflowError");
    if ((offset == -1 && py_error()) || (args[2] && int_argument(args[2], &whence) < 0)) return -1;
    if (whence < 0 || whence > 2) return py_raise_int(TYPE_ValueError, "invalid whence (%d, should be 0, 1 or 2)", whence);
    if (whence == 0 && offset < 0) return py_raise_int(TYPE_ValueError, "negative seek value %ld", (long)offset);
    int64_t position = offset + (whence == 1 ? now : whence == 2 ? end : 0);
    return position < 0 ? 0 : position;
}
IO(bytes_seek) {
    if (bytes_open(args[0]) < 0) return 0;
    int64_t position = seek_position(args, GET(bytes_of(args[0]), position), array_length(args[0]));
    if (position < 0) return 0;
    SET(bytes_of(args[0]), position, position);
    return int_make(position);
}
IO(bytes_tell) { return bytes_open(args[0]) < 0 ? 0 : int_make(GET(bytes_of(args[0]), position)); }
IO(bytes_truncate) {
    if (bytes_open(args[0]) < 0 || check_exports(args[0]) < 0) return 0;
    int64_t size = !args[1] || args[1] == VM_NONE ? GET(bytes_of(args[0]), position) : py_index_int64(args[1], "OverflowError");
    if (size == -1 && py_error()) return 0;
    if (size < 0) return py_raise(TYPE_ValueError, "negative size value %ld", (long)size);
    if (size < array_length(args[0]) && resize_bytes(args[0], size) < 0) return 0;
    return int_make(size);
}
IO(bytes_getvalue) { return bytes_open(args[0]) < 0 ? 0 : content(args[0], 0, array_length(args[0])); }
IO(bytes_getbuffer) {
    Value array = bytes_open(args[0]) < 0 ? 0 : array_of(args[0]);
    return array ? py_call1(py_type(TYPE_MEMORYVIEW), array) : 0;
}
IO(bytes_close) {
    if (check_exports(args[0]) < 0) return 0;
    SET(bytes_of(args[0]), closed, 1);
    SET(bytes_of(args[0]), array, 0);
    return VM_NONE;
}
IO(bytes_true) { return bytes_open(args[0]) < 0 ? 0 : VM_TRUE; }
IO(bytes_false) { return bytes_open(args[0]) < 0 ? 0 : VM_FALSE; }
IO(bytes_flush) { return bytes_open(args[0]) < 0 ? 0 : VM_NONE; }
IO(bytes_init) {
    if (check_exports(args[0]) < 0) return 0;
    Value initial = args[1] && args[1] != VM_NONE ? bytes_from_buffer(args[1]) : py_bytes_new("", 0);
    Value array = initial ? py_call1(py_type(TYPE_BYTEARRAY), initial) : 0;
    if (!array) return 0;
    SET(bytes_of(args[0]), array, array);
    SET(bytes_of(args[0]), position, 0);
    SET(bytes_of(args[0]), closed, 0);
    return VM_NONE;
}
IO_INIT(bytes_init_slot, bytes_init, "BytesIO", "(initial_bytes=b'')", 1)
/* The attributes as pickling keeps them: a copy of the dict, or None. */
static Value attributes_of(Value self) {
    Value dict = py_getattr_opt(self, NAME(__dict__));
    return !dict ? 0 : dict == VM_UNBOUND || !py_dict_length(dict) ? VM_NONE : py_dict_copy(dict);
}
/* Position and attributes out of a state: 0 with *position set, or -1. `nth` are the words for their places in it. */
static int restore_state(Value self, Value position, Value attributes, const char *const nth[2], int64_t *out) {
    if (!py_is_int(position)) return py_raise_int(TYPE_TypeError, "%s item of state must be an integer, got %T", nth[0], position);
    *out = py_index_int64(position, "OverflowError");
    if (*out == -1 && py_error()) return -1;
    if (*out < 0) return py_raise_int(TYPE_ValueError, "position value cannot be negative");
    if (attributes == VM_NONE) return 0;
    if (!py_is_dict(attributes)) return py_raise_int(TYPE_TypeError, "%s item of state should be a dict, got a %T", nth[1], attributes);
    Value dict = py_instance_dict(self);
    return dict ? py_dict_update(dict, attributes) : -1;
}
IO(bytes_getstate) {
    Value value = bytes_getvalue(args, 1, 0), attributes = value ? attributes_of(args[0]) : 0;
    return attributes ? py_tuple_pack(3, value, int_make(GET(bytes_of(args[0]), position)), attributes) : 0;
}
IO(bytes_setstate) {
    static const char *const nth[2] = {"second", "third"};
    Value state = args[1];
    int64_t position;
    if (!py_is_tuple(state) || tuple_length(state) != 3)
        return py_raise(TYPE_TypeError, "_io.BytesIO.__setstate__ argument should be 3-tuple, got %T", state);
    if (bytes_open(args[0]) < 0) return 0;
    const Value init[] = {args[0], tuple_item(state, 0)};
    if (!bytes_init(init, 2, 0) || restore_state(args[0], tuple_item(state, 1), tuple_item(state, 2), nth, &position) < 0) return 0;
    SET(bytes_of(args[0]), position, position);
    return VM_NONE;
}
static Value bytes_closed(Value self) { return vm_bool(GET(bytes_of(self), closed) != 0); }
static Value bytes_self(Value self) { return bytes_open(self) < 0 ? 0 : self; }
static Value bytes_next(Value self) {
    const Value args[] = {self, 0};
    Value line = bytes_readline(args, 2, 0);
    return line && REF(PyBytes, line)->length == 0 ? VM_STOP : line;
}
static const PyMethodDef bytes_methods[] = {
    {"read", "($self, size=-1, /)", bytes_read, 0, 0}, {"read1", "($self, size=-1, /)", bytes_read, 0, 0},
    {"readline", "($self, size=-1, /)", bytes_readline, 0, 0}, {"readinto", "($self, buffer, /)", bytes_readinto, 0, 0},
    {"write", "($self, b, /)", bytes_write, 0, 0}, {"seek", "($self, pos, whence=0, /)", bytes_seek, 0, 0},
    {"tell", "($self, /)", bytes_tell, 0, 0}, {"truncate", "($self, size=None, /)", bytes_truncate, 0, 0},
    {"getvalue", "($self, /)", bytes_getvalue, 0, 0}, {"getbuffer", "($self, /)", bytes_getbuffer, 0, 0},
    {"close", "($self, /)", bytes_close, 0, 0}, {"seekable", "($self, /)", bytes_true, 0, 0},
    {"readable", "($self, /)", bytes_true, 0, 0}, {"writable", "($self, /)", bytes_true, 0, 0},
    {"isatty", "($self, /)", bytes_false, 0, 0}, {"flush", "($self, /)", bytes_flush, 0, 0},
    {"__getstate__", "($self, /)", bytes_getstate, 0, 0}, {"__setstate__", "($self, state, /)", bytes_setstate, 0, 0}, {0}};
static const PyGetSetDef bytes_getsets[] = {{"closed", bytes_closed, 0, 0}, {0}};
const PyTypeSpec py_spec_bytes_io = {.doc = "BytesIO(initial_bytes=b'')\n--\n\nBuffered I/O implementation using an in-memory bytes buffer.",
                                     .slots = {.new = io_new, .init = bytes_init_slot, .iter = bytes_self, .next = bytes_next},
                                     .methods = bytes_methods,
                                     .getsets = bytes_getsets,
                                     .raw_words = 3,
                                     .has_dict = true,
                                     .module = "_io"};

/* ---- StringIO ------------------------------------------------------------------------------------------------------------------------------ */

enum { STRING_CLOSED = 1, STRING_TRANSLATE = 2, STRING_UNIVERSAL = 4, STRING_LIST = 8, STRING_READY = 16, STRING_SEEN_SHIFT = 8 };

static StringIO GS *string_of(Value self) { return REF(StringIO, self); }
static int string_open(Value self) {
    uint64_t flags = GET(string_of(self), flags);
    if (!(flags & STRING_READY)) return py_raise_int(TYPE_ValueError, "I/O operation on uninitialized object");
    return flags & STRING_CLOSED ? py_raise_int(TYPE_ValueError, "I/O operation on closed file") : 0;
}

/* The whole text as one str; pieces are joined. */
static Value whole(Value self) {
    uint64_t flags = GET(string_of(self), flags);
    Value text = GET(string_of(self), text);
    if (!(flags & STRING_LIST)) return text;
    text = py_str_join(NAME(empty), text);
    if (!text) return 0;
    SET(string_of(self), text, text);
    SET(string_of(self), flags, flags & ~(uint64_t)STRING_LIST);
    return text;
}

/* What write() was given, with newlines as this stream stores them. */
static Value convert_newlines(Value self, Value text) {
    uint64_t flags = GET(string_of(self), flags), seen = flags >> STRING_SEEN_SHIFT;
    if (flags & STRING_UNIVERSAL) {
        bool pending = false;
        text = io_translate_newlines(text, flags & STRING_TRANSLATE, &pending, true, &seen);
        if (text) SET(string_of(self), flags, (flags & ((1 << STRING_SEEN_SHIFT) - 1)) | seen << STRING_SEEN_SHIFT);
        return text;
    }
    Value newline = GET(string_of(self), newline);
    if (newline == VM_NONE || py_str_equal_c(newline, "\n")) return text;
    const Value replace[] = {py_str_char('\n'), newline};
    return py_call_method(text, "replace", 2, replace);
}

static int write_text(Value self, Value text) {
    text = convert_newlines(self, text);
    if (!text) return -1;
    int64_t length = (int64_t)str_length(text), position = GET(string_of(self), position);
    if (!length) return 0;
    uint64_t flags = GET(string_of(self), flags);
    if (flags & STRING_LIST) { /* only appended to: the position is at the end */
        if (py_list_append(GET(string_of(self), text), text) < 0) return -1;
    } else {
        Value now = GET(string_of(self), text);
        int64_t end = (int64_t)str_length(now);
        if (position == end) {
            const Value parts[] = {now, text};
            Value list = py_list_from(parts, 2);
            if (!list) return -1;
            SET(string_of(self), text, list);
            SET(string_of(self), flags, flags | STRING_LIST);
        } else {
            Value gap = position > end ? py_str_alloc((size_t)(position - end), 0) : NAME(empty);
            if (!gap) return -1;
            if (position > end) memset(str_fill(gap), 0, (size_t)(position - end));
            int64_t after = position + length < end ? position + length : end;
            Value head = py_str_substring(now, 0, (size_t)(position < end ? position : end)), tail = py_str_substring(now, (size_t)after, (size_t)end);
            if (!head || !tail) return -1;
            Value joined = py_str_concat(py_str_concat(head, gap), text);
            joined = joined ? py_str_concat(joined, tail) : 0;
            if (!joined) return -1;
            SET(string_of(self), text, joined);
        }
    }
    SET(string_of(self), position, position + length);
    return 0;
}

IO(string_init) {
    Value self = args[0], initial = args[1] ? args[1] : VM_NONE, newline = args[2] ? args[2] : py_str_char('\n');
    if (newline != VM_NONE && !py_is_str(newline)) return py_raise(TYPE_TypeError, "newline must be str or None, not %T", newline);
    if (newline != VM_NONE && str_length(newline) && !py_str_equal_c(newline, "\n") && !py_str_equal_c(newline, "\r") && !py_str_equal_c(newline, "\r\n"))
        return py_raise(TYPE_ValueError, "illegal newline value: %R", newline);
    if (initial != VM_NONE && !py_is_str(initial)) return py_raise(TYPE_TypeError, "initial_value must be str or None, not %T", initial);
    bool universal = newline == VM_NONE || str_length(newline) == 0;
    SET(string_of(self), newline, newline);
    SET(string_of(self), text, NAME(empty));
    SET(string_of(self), position, 0);
    SET(string_of(self), flags, STRING_READY | (universal ? STRING_UNIVERSAL : 0) | (newline == VM_NONE ? STRING_TRANSLATE : 0));
    if (initial != VM_NONE && write_text(self, initial) < 0) return 0;
    SET(string_of(self), position, 0);
    return whole(self) ? VM_NONE : 0;
}
IO_INIT(string_init_slot, string_init, "StringIO", "(initial_value='', newline='\\n')", 2)

IO(string_write) {
    if (string_open(args[0]) < 0) return 0;
    if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "string argument expected, got '%T'", args[1]);
    return write_text(args[0], args[1]) < 0 ? 0 : int_make((int64_t)str_length(args[1]));
}

static Value take_text(Value self, int64_t count) {
    Value text = whole(self);
    if (!text) return 0;
    int64_t position = GET(string_of(self), position), left = (int64_t)str_length(text) - position;
    if (left < 0) left = 0;
    if (count < 0 || count > left) count = left;
    if (!count) return NAME(empty);
    SET(string_of(self), position, position + count);
    return py_str_substring(text, (size_t)position, (size_t)(position + count));
}
IO(string_read) {
    int64_t size;
    return io_size_argument(args[1], &size) < 0 || string_open(args[0]) < 0 ? 0 : take_text(args[0], size);
}
static Value string_line(Value self, int64_t limit) {
    Value text = whole(self);
    if (!text) return 0;
    int64_t position = GET(string_of(self), position), length = (int64_t)str_length(text);
    if (position >= length) return NAME(empty);
    uint64_t flags = GET(string_of(self), flags);
    int64_t end = io_find_line_end(text, position, flags & STRING_TRANSLATE ? VM_NONE : GET(string_of(self), newline));
    int64_t count = (end < 0 ? length : end) - position;
    return take_text(self, limit >= 0 && limit < count ? limit : count);
}
IO(string_readline) {
    int64_t limit;
    return io_size_argument(args[1], &limit) < 0 || string_open(args[0]) < 0 ? 0 : string_line(args[0], limit);
}
IO(string_getvalue) { return string_open(args[0]) < 0 ? 0 : whole(args[0]); }
IO(string_tell) { return string_open(args[0]) < 0 ? 0 : int_make(GET(string_of(args[0]), position)); }
IO(string_seek) {
    Value text = string_open(args[0]) < 0 ? 0 : whole(args[0]);
    int whence = 0;
    if (!text || (args[2] && int_argument(args[2], &whence) < 0)) return 0;
    if (whence < 0 || whence > 2) return py_raise(TYPE_ValueError, "Invalid whence (%d, should be 0, 1 or 2)", whence);
    if (whence && args[1] != int_make(0)) return py_raise(TYPE_OSError, "Can't do nonzero cur-relative seeks");
    int64_t offset = py_index_int64(args[1], "OverflowError");
    if (offset == -1 && py_error()) return 0;
    if (whence == 0 && offset < 0) return py_raise(TYPE_ValueError, "Negative seek position %ld", (long)offset);
    int64_t position = whence == 0 ? offset : whence == 1 ? GET(string_of(args[0]), position) : (int64_t)str_length(text);
    SET(string_of(args[0]), position, position);
    return int_make(position);
}
IO(string_truncate) {
    Value text = string_open(args[0]) < 0 ? 0 : whole(args[0]);
    if (!text) return 0;
    int64_t size = !args[1] || args[1] == VM_NONE ? GET(string_of(args[0]), position) : py_index_int64(args[1], "OverflowError");
    if (size == -1 && py_error()) return 0;
    if (size < 0) return py_raise(TYPE_ValueError, "Negative size value %ld", (long)size);
    if (size < (int64_t)str_length(text)) {
        text = py_str_substring(text, 0, (size_t)size);
        if (!text) return 0;
        SET(string_of(args[0]), text, text);
    }
    return int_make(size);
}
IO(string_close) {
    SET(string_of(args[0]), flags, GET(string_of(args[0]), flags) | STRING_CLOSED);
    SET(string_of(args[0]), text, NAME(empty));
    return VM_NONE;
}
IO(string_true) { return string_open(args[0]) < 0 ? 0 : VM_TRUE; }
IO(string_getstate) {
    Value text = string_getvalue(args, 1, 0), attributes = text ? attributes_of(args[0]) : 0;
    return attributes ? py_tuple_pack(4, text, GET(string_of(args[0]), newline), int_make(GET(string_of(args[0]), position)), attributes) : 0;
}
IO(string_setstate) {
    static const char *const nth[2] = {"third", "fourth"};
    Value state = args[1];
    int64_t position;
    if (GET(string_of(args[0]), flags) & STRING_CLOSED && string_open(args[0]) < 0) return 0;
    if (!py_is_tuple(state) || tuple_length(state) < 4)
        return py_raise(TYPE_TypeError, "_io.StringIO.__setstate__ argument should be 4-tuple, got %T", state);
    const Value init[] = {args[0], tuple_item(state, 0), tuple_item(state, 1)};
    if (!string_init(init, 3, 0) || restore_state(args[0], tuple_item(state, 2), tuple_item(state, 3), nth, &position) < 0) return 0;
    Value text = tuple_item(state, 0); /* as it was kept, not with newlines converted again */
    SET(string_of(args[0]), text, text == VM_NONE ? NAME(empty) : str_exact(text));
    SET(string_of(args[0]), position, position);
    return VM_NONE;
}
static Value string_closed(Value self) { return vm_bool((GET(string_of(self), flags) & STRING_CLOSED) != 0); }
static Value string_newlines(Value self) { return io_newlines_seen(GET(string_of(self), flags) >> STRING_SEEN_SHIFT); }
static Value string_line_buffering(Value self) { return string_open(self) < 0 ? 0 : VM_FALSE; }
static Value string_self(Value self) { return string_open(self) < 0 ? 0 : self; }
static Value string_next(Value self) {
    if (string_open(self) < 0) return 0;
    Value line = has_type(self, TYPE_STRING_IO) ? string_line(self, -1) : py_call_method(self, "readline", 0, 0);
    if (line && !py_is_str(line)) return py_raise(TYPE_OSError, "readline() should have returned a str object, not '%T'", line);
    return line && str_length(line) == 0 ? VM_STOP : line;
}
static const PyMethodDef string_methods[] = {
    {"write", "($self, s, /)", string_write, 0, 0}, {"read", "($self, size=-1, /)", string_read, 0, 0},
    {"readline", "($self, size=-1, /)", string_readline, 0, 0}, {"getvalue", "($self, /)", string_getvalue, 0, 0},
    {"tell", "($self, /)", string_tell, 0, 0}, {"seek", "($self, pos, whence=0, /)", string_seek, 0, 0},
    {"truncate", "($self, pos=None, /)", string_truncate, 0, 0}, {"close", "($self, /)", string_close, 0, 0},
    {"seekable", "($self, /)", string_true, 0, 0}, {"readable", "($self, /)", string_true, 0, 0},
    {"writable", "($self, /)", string_true, 0, 0}, {"__getstate__", "($self, /)", string_getstate, 0, 0},
    {"__setstate__", "($self, state, /)", string_setstate, 0, 0}, {0}};
static const PyGetSetDef string_getsets[] = {
    {"closed", string_closed, 0, 0}, {"newlines", string_newlines, 0, 0}, {"line_buffering", string_line_buffering, 0, 0}, {0}};
const PyTypeSpec py_spec_string_io = {.doc = "StringIO(initial_value='', newline='\\n')\n--\n\nText I/O implementation using an in-memory buffer.",
                                      .slots = {.new = io_new, .init = string_init_slot, .iter = string_self, .next = string_next},
                                      .methods = string_methods,
                                      .getsets = string_getsets,
                                      .raw_words = 2,
                                      .has_dict = true,
                                      .module = "_io"};
