/* bytes_methods.c -- find and its kin, replace, join, padding, translate of bytes and bytearray. */
#include "vm/runtime.h"
#include "vm/objects/bytes_methods.h"

/* ---- find ----------------------------------------------------------------------------------- */

/* A needle: bytes-like, or an int that is one byte, kept in *byte. */
static int needle_get_may_call(Value v, ByteView *view, uint8_t *byte) {
    if (vm_type_of(v)->slots->get_buffer) return byte_view_get(v, view);
    if (!py_is_int(v) && !py_type_lookup(py_type_of(v), NAME(__index__)))
        return py_raise_int(TYPE_TypeError,
                            "argument should be integer or bytes-like object, not '%T'", v);
    int value = byte_from_may_call(v, "byte must be in range(0, 256)");
    if (value < 0) return -1;
    *byte = (uint8_t)value;
    *view = (ByteView){.data = byte, .length = 1};
    return 0;
}

typedef int64_t (*FindFn)(const StrView *, const StrView *, size_t, size_t);

/* -2: exception. */
static int64_t find(const Value *args, FindFn fn) {
    int64_t start, end;
    ByteView needle;
    uint8_t byte;
    int64_t length = (int64_t)byte_view_self(args[0]).length;
    if (str_range_may_call(args[2], args[3], length, &start, &end) < 0) return -2;
    if (needle_get_may_call(args[1], &needle, &byte) < 0) return -2;
    ByteView hay = byte_view_self(args[0]);
    StrView h = byte_str_view(&hay), n = byte_str_view(&needle);
    if (end > (int64_t)h.length) end = (int64_t)h.length;
    int64_t at = start > end ? -1 : fn(&h, &n, (size_t)start, (size_t)end);
    byte_view_release(&needle);
    return at;
}

PY_FN(bytes_method_find) {
    int64_t at = find(args, flat_find);
    return at == -2 ? 0 : int_make(at);
}
PY_FN(bytes_method_rfind) {
    int64_t at = find(args, flat_rfind);
    return at == -2 ? 0 : int_make(at);
}
static Value found_or_raise(int64_t at) {
    if (at == -2) return 0;
    return at < 0 ? py_raise(TYPE_ValueError, "subsection not found") : int_make(at);
}
PY_FN(bytes_method_index) { return found_or_raise(find(args, flat_find)); }
PY_FN(bytes_method_rindex) { return found_or_raise(find(args, flat_rfind)); }

static int64_t count_all(const StrView *hay, const StrView *needle, size_t start, size_t end) {
    return flat_count(hay, needle, start, end, -1);
}
PY_FN(bytes_method_count) {
    int64_t count = find(args, count_all);
    return count == -2 ? 0 : int_make(count < 0 ? 0 : count);
}

int bytes_contains(Value self, Value item) {
    ByteView needle;
    uint8_t byte;
    if (py_is_int(item) || (!vm_type_of(item)->slots->get_buffer &&
                            py_type_lookup(py_type_of(item), NAME(__index__)))) {
        if (needle_get_may_call(item, &needle, &byte) < 0) return -1;
    } else if (byte_view_get(item, &needle) < 0) {
        return -1;
    }
    ByteView hay = byte_view_self(self);
    StrView h = byte_str_view(&hay), n = byte_str_view(&needle);
    bool found = flat_find(&h, &n, 0, h.length) >= 0;
    byte_view_release(&needle);
    return found;
}

static int matches(Value self, Value affix, int64_t start, int64_t end, bool at_end) {
    ByteView part;
    if (byte_view_get(affix, &part) < 0) return -1;
    ByteView v = byte_view_self(self);
    int64_t n = (int64_t)part.length;
    if (end > (int64_t)v.length) end = (int64_t)v.length;
    bool match =
        end - start >= n && !memcmp(v.data + (at_end ? end - n : start), part.data, part.length);
    byte_view_release(&part);
    return match;
}

static Value has_affix(const Value *args, bool at_end) {
    const char *name = at_end ? "endswith" : "startswith";
    Value self = args[0], affix = args[1];
    int64_t start, end;
    if (str_range_may_call(args[2], args[3], (int64_t)byte_view_self(self).length, &start, &end) <
        0)
        return 0;
    if (py_is_tuple(affix)) {
        for (int64_t i = 0; i < tuple_length(affix); i++) {
            int match = matches(self, tuple_item(affix, i), start, end, at_end);
            if (match) return match < 0 ? 0 : VM_TRUE;
        }
        return VM_FALSE;
    }
    if (!vm_type_of(affix)->slots->get_buffer)
        return py_raise(TYPE_TypeError, "%s first arg must be bytes or a tuple of bytes, not %T",
                        name, affix);
    int match = matches(self, affix, start, end, at_end);
    return match < 0 ? 0 : vm_bool(match);
}
PY_FN(bytes_method_startswith) { return has_affix(args, false); }
PY_FN(bytes_method_endswith) { return has_affix(args, true); }

/* ---- replace -------------------------------------------------------------------------------- */

static Value replace(Value self, const ByteView *old, const ByteView *new, int64_t limit) {
    ByteView view = byte_view_self(self);
    StrView v = byte_str_view(&view), o = byte_str_view(old);
    int64_t times = o.length > v.length ? 0 : flat_count(&v, &o, 0, v.length, limit);
    if (times == 0)
        return is_exactly(self, TYPE_BYTES) ? self : bytes_like_new(self, view.data, view.length);
    size_t length = v.length - (size_t)times * o.length;
    if (new->length && (size_t)times > ((size_t)INT64_MAX - length) / new->length)
        return py_raise(TYPE_OverflowError, "replace bytes is too long");
    ByteBuilder b = {0};
    length += (size_t)times * new->length;
    uint8_t *to = byte_builder_room(&b, length);
    if (!to) return 0;
    size_t from = 0;
    for (int64_t i = 0; i < times; i++) {
        size_t at = o.length ? (size_t)flat_find(&v, &o, from, v.length) : from + (i > 0);
        memcpy(to, view.data + from, at - from);
        to += at - from;
        memcpy(to, new->data, new->length);
        to += new->length;
        from = at + o.length;
    }
    memcpy(to, view.data + from, view.length - from);
    return byte_builder_finish_like(&b, self);
}

PY_FN(bytes_method_replace) {
    int64_t limit = -1;
    if (args[3]) {
        limit = py_index_int64(args[3], "OverflowError");
        if (limit == -1 && py_error()) return 0;
    }
    ByteView old, new;
    if (byte_view_get(args[1], &old) < 0) return 0;
    Value result = 0;
    if (byte_view_get(args[2], &new) == 0) {
        result = replace(args[0], &old, &new, limit);
        byte_view_release(&new);
    }
    byte_view_release(&old);
    return result;
}

/* ---- join ----------------------------------------------------------------------------------- */

PY_FN(bytes_method_join) {
    Value self = args[0], sequence = args[1];
    if (!is_exactly(sequence, TYPE_LIST) && !is_exactly(sequence, TYPE_TUPLE)) {
        sequence = py_list_from_iterable(sequence);
        if (!sequence && py_error_is(TYPE_TypeError) &&
            !py_type_lookup(py_type_of(args[1]), NAME(__iter__)) &&
            !py_type_lookup(py_type_of(args[1]), NAME(__getitem__))) {
            py_error_clear();
            return py_raise(TYPE_TypeError, "can only join an iterable");
        }
        if (!sequence) return 0;
    }
    bool list = is_exactly(sequence, TYPE_LIST);
    int64_t count = list ? py_list_length(sequence) : tuple_length(sequence);
    if (count == 1 && is_exactly(self, TYPE_BYTES)) {
        Value only = list ? py_list_item(sequence, 0) : tuple_item(sequence, 0);
        if (is_exactly(only, TYPE_BYTES)) return only;
    }
    ByteBuilder b = {0};
    for (int64_t i = 0; i < count; i++) {
        Value item = list ? py_list_item(sequence, i) : tuple_item(sequence, i);
        ByteView view;
        if (!vm_type_of(item)->slots->get_buffer)
            return py_raise(TYPE_TypeError,
                            "sequence item %ld: expected a bytes-like object, %T found", (long)i,
                            item);
        if (i) {
            ByteView sep = byte_view_self(self);
            if (byte_builder_add(&b, sep.data, sep.length) < 0) return 0;
        }
        if (byte_view_get(item, &view) < 0) return 0;
        int status = byte_builder_add(&b, view.data, view.length);
        byte_view_release(&view);
        if (status < 0) return 0;
    }
    return byte_builder_finish_like(&b, self);
}

/* ---- padding -------------------------------------------------------------------------------- */

static Value pad(Value self, size_t left, size_t right, uint8_t fill) {
    ByteView v = byte_view_self(self);
    if (!left && !right && is_exactly(self, TYPE_BYTES)) return self;
    ByteBuilder b = {0};
    if (left + right > (size_t)INT64_MAX / 4) return py_raise_memory();
    uint8_t *to = byte_builder_room(&b, left + right + v.length);
    if (!to) return 0;
    memset(to, fill, left);
    memcpy(to + left, v.data, v.length);
    memset(to + left + v.length, fill, right);
    return byte_builder_finish_like(&b, self);
}

/* How many bytes are missing, or -1. */
static int64_t missing_may_call(const Value *args, const char *name, uint8_t *fill) {
    int64_t width = py_index_int64(args[1], "OverflowError");
    if (width == -1 && py_error()) return -1;
    *fill = ' ';
    if (args[2]) {
        ByteView view = {0};
        if (py_is_bytes(args[2]) || py_is_bytearray(args[2])) view = byte_view_self(args[2]);
        if (view.length != 1)
            return py_raise_int(TYPE_TypeError,
                                "%s() argument 2 must be a byte string of length 1, not %T", name,
                                args[2]);
        *fill = *view.data;
    }
    int64_t length = (int64_t)byte_view_self(args[0]).length;
    return width > length ? width - length : 0;
}

PY_FN(bytes_method_ljust) {
    uint8_t fill;
    int64_t n = missing_may_call(args, "ljust", &fill);
    return n < 0 ? 0 : pad(args[0], 0, (size_t)n, fill);
}
PY_FN(bytes_method_rjust) {
    uint8_t fill;
    int64_t n = missing_may_call(args, "rjust", &fill);
    return n < 0 ? 0 : pad(args[0], (size_t)n, 0, fill);
}
PY_FN(bytes_method_center) {
    uint8_t fill;
    int64_t n = missing_may_call(args, "center", &fill);
    if (n < 0) return 0;
    int64_t width = n + (int64_t)byte_view_self(args[0]).length, left = n / 2 + (n & width & 1);
    return pad(args[0], (size_t)left, (size_t)(n - left), fill);
}

PY_FN(bytes_method_zfill) {
    int64_t width = py_index_int64(args[1], "OverflowError");
    if (width == -1 && py_error()) return 0;
    ByteView v = byte_view_self(args[0]);
    if (width <= (int64_t)v.length) return pad(args[0], 0, 0, 0);
    if (width > INT64_MAX / 4) return py_raise_memory();
    size_t zeros = (size_t)width - v.length, sign = v.length && (*v.data == '+' || *v.data == '-');
    ByteBuilder b = {0};
    uint8_t *to = byte_builder_room(&b, (size_t)width);
    if (!to) return 0;
    memcpy(to, v.data, sign);
    memset(to + sign, '0', zeros);
    memcpy(to + sign + zeros, v.data + sign, v.length - sign);
    return byte_builder_finish_like(&b, args[0]);
}

PY_FN(bytes_method_expandtabs) {
    int64_t size = 8;
    if (args[1]) {
        size = py_index_int64(args[1], "OverflowError");
        if (size == -1 && py_error()) return 0;
    }
    ByteView v = byte_view_self(args[0]);
    ByteBuilder b = {0};
    size_t column = 0;
    for (size_t i = 0; i < v.length; i++) {
        uint8_t c = v.data[i];
        size_t n = c != '\t' ? 1 : size <= 0 ? 0 : (size_t)size - column % (size_t)size;
        if (n > (size_t)INT64_MAX / 4) return py_raise(TYPE_OverflowError, "result too long");
        uint8_t *to = n ? byte_builder_room(&b, n) : (uint8_t *)&n;
        if (!to) return 0;
        if (n) memset(to, c == '\t' ? ' ' : c, n);
        column = c == '\n' || c == '\r' ? 0 : column + n;
    }
    return byte_builder_finish_like(&b, args[0]);
}

/* ---- translate, decode ---------------------------------------------------------------------- */

PY_FN(bytes_method_translate) {
    ByteView table = {0}, drop = {0};
    bool mapped = args[1] != VM_NONE;
    if (mapped && byte_view_get(args[1], &table) < 0) return 0;
    Value result = 0;
    if (mapped && table.length != 256) {
        py_raise(TYPE_ValueError, "translation table must be 256 characters long");
    } else if (!args[2] || byte_view_get(args[2], &drop) == 0) {
        bool dropped[256] = {false};
        for (size_t i = 0; i < drop.length; i++) dropped[drop.data[i]] = true;
        ByteView v = byte_view_self(args[0]);
        ByteBuilder b = {0};
        uint8_t *to = byte_builder_room(&b, v.length), *start = to;
        for (size_t i = 0; to && i < v.length; i++)
            if (!dropped[v.data[i]]) *to++ = mapped ? table.data[v.data[i]] : v.data[i];
        if (to) {
            b.length = (size_t)(to - start);
            result = byte_builder_finish_like(&b, args[0]);
        }
        byte_view_release(&drop);
    }
    byte_view_release(&table);
    return result;
}

PY_FN(bytes_method_maketrans) {
    ByteView from, to;
    if (byte_view_get(args[0], &from) < 0) return 0;
    Value result = 0;
    if (byte_view_get(args[1], &to) == 0) {
        if (from.length != to.length) {
            py_raise(TYPE_ValueError, "maketrans arguments must have same length");
        } else {
            uint8_t table[256];
            for (int i = 0; i < 256; i++) table[i] = (uint8_t)i;
            for (size_t i = 0; i < from.length; i++) table[from.data[i]] = to.data[i];
            result = py_bytes_new(table, 256);
        }
        byte_view_release(&to);
    }
    byte_view_release(&from);
    return result;
}

PY_FN(bytes_method_decode) {
    const char *encoding, *errors;
    if (str_optional_utf8(args[1], "decode", "encoding", &encoding) < 0) return 0;
    if (str_optional_utf8(args[2], "decode", "errors", &errors) < 0) return 0;
    ByteView v = byte_view_self(args[0]);
    if (v.length == 0 && !vm_options.dev_mode) return NAME(empty); /* whatever the encoding */
    return py_decode((const char *)v.data, v.length, encoding ? encoding : "utf-8", errors);
}

/* ---- subscripts ----------------------------------------------------------------------------- */

int bytes_index_may_call(Value self, Value key, int64_t *index) {
    bool array = !py_is_bytes(self);
    if (is_int(key)) {
        *index = int_value(key);
    } else {
        if (!py_is_int(key) && !py_type_lookup(py_type_of(key), NAME(__index__)))
            return py_raise_int(TYPE_TypeError, "%s indices must be integers or slices, not %T",
                                array ? "bytearray" : "byte", key);
        *index = py_index_int64(key, "IndexError");
        if (*index == -1 && py_error()) return -1;
    }
    int64_t length = array ? GET(REF(PyByteArray, self), length) : REF(PyBytes, self)->length;
    if (*index < 0) *index += length;
    if (*index >= 0 && *index < length) return 0;
    return py_raise_int(TYPE_IndexError,
                        array ? "bytearray index out of range" : "index out of range");
}

Value bytes_slice(Value self, Value slice) {
    int64_t start, stop, step, count;
    if (py_slice_indices(slice, (int64_t)byte_view_self(self).length, &start, &stop, &step,
                         &count) < 0)
        return 0;
    ByteView v = byte_view_self(self);
    if (count <= 0) return bytes_like_new(self, "", 0);
    if (start + (count - 1) * step >= (int64_t)v.length)
        return bytes_like_new(self, "", 0); /* shrunk by a call */
    if (step == 1 && count == (int64_t)v.length && is_exactly(self, TYPE_BYTES)) return self;
    if (step == 1) return bytes_like_new(self, v.data + start, (size_t)count);
    Value out = bytes_like_new(self, 0, (size_t)count);
    if (!out) return 0;
    uint8_t *to = (uint8_t *)byte_view_self(out).data;
    for (int64_t i = 0; i < count; i++) to[i] = v.data[start + i * step];
    return out;
}
