/* bytearray.c -- the storage of bytearrays, and what changes it.
 *
 * The bytes are raw->data[start : start + length]. raw never moves, so a buffer's address lasts;
 * while exports > 0 it is not replaced either. Deleting at the front only advances start. */
#include "vm/objects/bytearray.h"

static Value storage_new(size_t capacity) {
    capacity = (capacity + 8) & ~(size_t)7; /* room for one more, as programs that look at __alloc__ expect */
    if (capacity > (size_t)INT64_MAX / 4) return py_raise_memory();
    StmRef ref = gc_alloc_old(TYPE_RAW, GC_KIND_LEAF | GCK_MUTABLE, sizeof(PyRaw) + capacity);
    if (!ref) return py_raise_memory();
    REF(PyRaw, ref)->capacity = capacity;
    return ref;
}

Value py_bytearray_new(const void *data, size_t length) {
    Value self = py_alloc_id(TYPE_BYTEARRAY, 0);
    if (!self || bytearray_splice(self, 0, 0, data, length) < 0) return 0;
    return self;
}

int bytearray_check_exports(Value self) {
    PyByteArray GS *array = REF(PyByteArray, self);
    if (LIKELY(GET(array, exports) == 0 && (!GET(array, holds) || !buffer_is_held(self)))) return 0;
    return py_raise_int(TYPE_BufferError, array->typecode ? "cannot resize an array that is exporting buffers"
                                                          : "Existing exports of data: object cannot be re-sized");
}

static uint8_t nothing; /* what zero bytes are written to */

uint8_t *bytearray_writable(Value self, size_t from, size_t n) {
    PyByteArray GS *array = REF(PyByteArray, self);
    if (n == 0) return &nothing;
    PyRaw GS *raw = REF(PyRaw, GET(array, raw));
    uint8_t GS *at = raw->data + GET(array, start) + from;
    stm_write_range((StmObj)raw, at, n);
    return stm_flat(at, n, true);
}

/* New storage with `gap` uninitialised bytes in place of [low, high). */
static int splice_into_new(Value self, size_t low, size_t high, size_t gap) {
    ByteView old = byte_view_self(self);
    size_t length = old.length - (high - low) + gap;
    Value raw = storage_new(length + (gap ? length / 4 + 8 : 0));
    if (!raw) return -1;
    uint8_t *to = stm_flat(REF(PyRaw, raw)->data, length, true);
    memcpy(to, old.data, low);
    memcpy(to + low + gap, old.data + high, old.length - high);
    PyByteArray GS *array = REF(PyByteArray, self);
    SET(array, raw, raw);
    SET(array, start, 0);
    SET(array, length, (int64_t)length);
    return 0;
}

/* Makes [low, high) `gap` bytes long; what it then holds is to be written. */
static int open_gap(Value self, size_t low, size_t high, size_t gap) {
    PyByteArray GS *array = REF(PyByteArray, self);
    size_t length = (size_t)GET(array, length), start = (size_t)GET(array, start),
           removed = high - low;
    if (gap == removed) return 0;
    if (bytearray_check_exports(self) < 0) return -1;
    size_t new_length = length - removed + gap;
    Value raw = GET(array, raw);
    if (low == 0 && gap < removed) {
        SET(array, start, (int64_t)(start + removed - gap));
        SET(array, length, (int64_t)new_length);
        return 0;
    }
    if (!raw || start + new_length >= REF(PyRaw, raw)->capacity)
        return splice_into_new(self, low, high, gap);
    if (high < length) {
        uint8_t GS *at = REF(PyRaw, raw)->data + start + low;
        size_t n = (new_length > length ? new_length : length) - low;
        stm_write_range((StmObj)REF(PyRaw, raw), at, n);
        uint8_t *flat = stm_flat(at, n, true);
        memmove(flat + gap, flat + removed, length - high);
    }
    SET(array, length, (int64_t)new_length);
    return 0;
}

int bytearray_splice(Value self, size_t low, size_t high, const void *data, size_t n) {
    if (open_gap(self, low, high, n) < 0) return -1;
    if (n == 0) return 0;
    uint8_t *to = bytearray_writable(self, low, n);
    if (data)
        memcpy(to, data, n);
    else
        memset(to, 0, n);
    return 0;
}

/* ---- in-place operators, subscripts --------------------------------------------------------- */

/* The bytes of v, in memory that stays while self changes. */
static int stable_bytes_may_call(Value self, Value v, Value *bytes) {
    if (is_exactly(v, TYPE_BYTES)) return *bytes = v, 0;
    if (v != self && !vm_type_of(v)->slots->get_buffer) {
        ByteBuilder b = {0};
        if (py_length_hint(v, 0) < 0) return -1; /* its errors are the caller's */
        if (bytes_from_iterable_may_call(&b, v, 0, "byte must be in range(0, 256)") < 0) return -1;
        *bytes = byte_builder_finish(&b);
        return *bytes ? 0 : -1;
    }
    *bytes = bytes_from_buffer(v);
    return *bytes ? 0 : -1;
}

int bytearray_extend_may_call(Value self, Value v) {
    Value bytes;
    if (stable_bytes_may_call(self, v, &bytes) < 0) return -1;
    bytearray_settle(self);
    size_t end = byte_view_self(self).length;
    ByteView view = byte_view_self(bytes);
    return bytearray_splice(self, end, end, view.data, view.length);
}

static int delete_steps(Value self, int64_t start, int64_t step, int64_t count) {
    if (count <= 0) return 0;
    if (bytearray_check_exports(self) < 0) return -1;
    if (step < 0) {
        start += (count - 1) * step;
        step = -step;
    }
    size_t length = byte_view_self(self).length;
    uint8_t *data = bytearray_writable(self, 0, length), *to = data + start;
    for (int64_t i = start; i < (int64_t)length; i++) {
        bool drop = (i - start) % step == 0 && (i - start) / step < count;
        if (!drop) *to++ = data[i];
    }
    SET(REF(PyByteArray, self), length, to - data);
    return 0;
}

static int set_slice_may_call(Value self, Value slice, Value value) {
    Value bytes = 0;
    if (value) {
        if (py_is_int(value))
            return py_raise_int(
                TYPE_TypeError,
                "can assign only bytes, buffers, or iterables of ints in range(0, 256)");
        if (py_is_str(value))
            return py_raise_int(TYPE_TypeError, "string argument without an encoding");
        if (stable_bytes_may_call(self, value, &bytes) < 0) return -1;
    }
    int64_t start, stop, step, count;
    for (int pass = 0; pass < 2; pass++) { /* again after what may have let others in */
        if (py_slice_indices(slice, (int64_t)byte_view_self(self).length, &start, &stop, &step, &count) < 0) return -1;
        if (count < 0) count = 0;
        if (!pass && count != (value ? (int64_t)byte_view_self(bytes).length : 0)) bytearray_settle(self);
    }
    ByteView view = {0};
    if (value) view = byte_view_self(bytes);
    if (step == 1)
        return bytearray_splice(self, (size_t)start, (size_t)(start + count), view.data,
                                view.length);
    if (view.length == 0) return delete_steps(self, start, step, count);
    if ((int64_t)view.length != count)
        return py_raise_int(TYPE_ValueError,
                            "attempt to assign bytes of size %zu to extended slice of size %ld",
                            view.length, (long)count);
    for (int64_t i = 0; i < count; i++)
        *bytearray_writable(self, (size_t)(start + i * step), 1) = view.data[i];
    return 0;
}

int bytearray_setitem(Value self, Value key, Value value) {
    if (is_exactly(key, TYPE_SLICE)) return set_slice_may_call(self, key, value);
    int64_t i;
    int byte = 0;
    if (!value) bytearray_settle(self);
    if (bytes_index_may_call(self, key, &i) < 0) return -1;
    if (value) {
        byte = byte_from_may_call(value, "byte must be in range(0, 256)");
        if (byte < 0 || bytes_index_may_call(self, int_make(i), &i) < 0) return -1;
        *bytearray_writable(self, (size_t)i, 1) = (uint8_t)byte;
        return 0;
    }
    return bytearray_splice(self, (size_t)i, (size_t)i + 1, 0, 0);
}

/* ---- methods that change it ----------------------------------------------------------------- */

PY_FN(bytearray_append) {
    int byte = byte_from_may_call(args[1], "byte must be in range(0, 256)");
    if (byte < 0) return 0;
    uint8_t data = (uint8_t)byte;
    bytearray_settle(args[0]);
    size_t end = byte_view_length(args[0]);
    return bytearray_splice(args[0], end, end, &data, 1) < 0 ? 0 : VM_NONE;
}

PY_FN(bytearray_extend) {
    if (!vm_type_of(args[1])->slots->get_buffer &&
        !py_type_lookup(py_type_of(args[1]), NAME(__iter__)) &&
        !py_type_lookup(py_type_of(args[1]), NAME(__getitem__)))
        return py_raise(TYPE_TypeError, "can't extend bytearray with %T", args[1]);
    return bytearray_extend_may_call(args[0], args[1]) < 0 ? 0 : VM_NONE;
}

PY_FN(bytearray_insert) {
    int64_t at = py_index_int64(args[1], "OverflowError");
    if (at == -1 && py_error()) return 0;
    int byte = byte_from_may_call(args[2], "byte must be in range(0, 256)");
    if (byte < 0) return 0;
    bytearray_settle(args[0]);
    int64_t length = (int64_t)byte_view_length(args[0]);
    uint8_t data = (uint8_t)byte;
    at = at < 0 ? at + length : at;
    at = at < 0 ? 0 : at > length ? length : at;
    return bytearray_splice(args[0], (size_t)at, (size_t)at, &data, 1) < 0 ? 0 : VM_NONE;
}

PY_FN(bytearray_pop) {
    int64_t at = -1;
    if (args[1]) {
        at = py_index_int64(args[1], "OverflowError");
        if (at == -1 && py_error()) return 0;
    }
    bytearray_settle(args[0]);
    ByteView v = byte_view_self(args[0]);
    if (v.length == 0) return py_raise(TYPE_IndexError, "pop from empty bytearray");
    if (at < 0) at += (int64_t)v.length;
    if (at < 0 || at >= (int64_t)v.length)
        return py_raise(TYPE_IndexError, "pop index out of range");
    uint8_t byte = v.data[at];
    return bytearray_splice(args[0], (size_t)at, (size_t)at + 1, 0, 0) < 0 ? 0 : int_make(byte);
}

PY_FN(bytearray_remove) {
    int byte = byte_from_may_call(args[1], "byte must be in range(0, 256)");
    if (byte < 0) return 0;
    bytearray_settle(args[0]);
    ByteView v = byte_view_self(args[0]);
    const uint8_t *at = memchr(v.data, byte, v.length);
    if (!at) return py_raise(TYPE_ValueError, "value not found in bytearray");
    size_t i = (size_t)(at - v.data);
    return bytearray_splice(args[0], i, i + 1, 0, 0) < 0 ? 0 : VM_NONE;
}

PY_FN(bytearray_clear) {
    bytearray_settle(args[0]);
    return bytearray_splice(args[0], 0, byte_view_length(args[0]), 0, 0) < 0 ? 0 : VM_NONE;
}

PY_FN(bytearray_reverse) {
    size_t n = byte_view_length(args[0]);
    uint8_t *data = bytearray_writable(args[0], 0, n);
    for (size_t i = 0, j = n; i + 1 < j; i++) {
        uint8_t byte = data[i];
        data[i] = data[--j];
        data[j] = byte;
    }
    return VM_NONE;
}
