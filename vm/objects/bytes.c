/* bytes.c -- bytes objects, the views and builders that bytes and bytearray share, buffers. */
#include "vm/objects/bytes.h"
#include "vm/objects/memoryview.h"

/* ---- making --------------------------------------------------------------------------------- */

Value py_bytes_new(const void *data, size_t length) {
    if (length == 0) return py_bytes_empty();
    if (length > (size_t)INT64_MAX / 2) return py_raise_memory();
    StmRef ref = gc_alloc(TYPE_BYTES, GC_KIND_LEAF, sizeof(PyBytes) + length + 1);
    if (!ref) return py_raise_memory();
    PyBytes GS *bytes = REF(PyBytes, ref);
    bytes->length = (int64_t)length;
    bytes->hash = 0;
    bytes->data[length] = 0;
    if (data) memcpy(stm_flat(bytes->data, length, true), data, length);
    return ref;
}

Value bytes_like_new(Value like, const void *data, size_t length) {
    return py_is_bytes(like) ? py_bytes_new(data, length) : py_bytearray_new(data, length);
}

/* ---- views ---------------------------------------------------------------------------------- */

ByteView byte_view_self(Value v) {
    ByteView view = {.hold = false};
    if (py_is_bytes(v)) {
        view.length = bytes_length(v);
        view.data = stm_flat(REF(PyBytes, v)->data, view.length, false);
        return view;
    }
    PyByteArray GS *array = REF(PyByteArray, v);
    view.length = (size_t)GET(array, length);
    Value raw = GET(array, raw);
    if (view.length == 0 || !raw) {
        view.data = (const uint8_t *)"";
        view.length = 0;
        return view;
    }
    const uint8_t GS *data = REF(PyRaw, raw)->data + GET(array, start);
    stm_read_range(data, view.length);
    view.data = stm_flat(data, view.length, false);
    return view;
}

int byte_view_get(Value v, ByteView *view) {
    if (py_is_bytes(v) || py_is_bytearray(v)) {
        *view = byte_view_self(v);
        return 0;
    }
    if (py_get_buffer(v, &view->buffer, false) < 0) return -1;
    view->hold = true;
    view->data = view->buffer.data;
    view->length = (size_t)view->buffer.length;
    return 0;
}

void byte_view_release(ByteView *view) {
    if (view->hold) py_release_buffer(&view->buffer);
    view->hold = false;
}

/* ---- buffers -------------------------------------------------------------------------------- */

int py_get_buffer(Value v, PyBuffer *buffer, bool writable) {
    const PySlots *slots = vm_type_of(v)->slots;
    *buffer = (PyBuffer){.owner = v, .item_size = 1, .format = "B"};
    if (slots->get_buffer) return slots->get_buffer(v, buffer, writable);
    if (writable)
        return py_raise_int(TYPE_TypeError, "a read-write bytes-like object is required, not '%T'",
                            v);
    return py_raise_int(TYPE_TypeError, "a bytes-like object is required, not '%T'", v);
}

void py_release_buffer(PyBuffer *buffer) {
    if (!buffer->owner) return;
    const PySlots *slots = vm_type_of(buffer->owner)->slots;
    if (slots->release_buffer) slots->release_buffer(buffer->owner, buffer);
    buffer->owner = 0;
}

Value bytes_from_buffer(Value v) {
    if (is_exactly(v, TYPE_MEMORYVIEW)) return view_tobytes(v);
    ByteView view;
    if (byte_view_get(v, &view) < 0) return 0;
    Value bytes = py_bytes_new(view.data, view.length);
    byte_view_release(&view);
    return bytes;
}

/* ---- builder -------------------------------------------------------------------------------- */

uint8_t *byte_builder_room_slow(ByteBuilder *b, size_t n) {
    if (UNLIKELY(n > (size_t)INT64_MAX / 4)) return (uint8_t *)py_raise_memory();
    size_t need = b->length + n;
    if (need > b->capacity || !b->raw) {
        size_t capacity = need + need / 2 < 120 ? 120 : need + need / 2;
        Value raw = py_raw_new(capacity);
        if (!raw) return 0;
        if (b->length)
            memcpy(stm_flat(REF(PyRaw, raw)->data, b->length, true),
                   stm_flat(REF(PyRaw, b->raw)->data, b->length, false), b->length);
        b->raw = raw;
        b->capacity = capacity;
    }
    PyRaw GS *raw = REF(PyRaw, b->raw);
    uint8_t GS *at = raw->data + b->length;
    if (UNLIKELY(raw->head.flags & STMF_BARRIER)) stm_write_range((StmObj)raw, at, n);
    b->length = need;
    return stm_flat(at, n, true);
}

static const void *builder_data(ByteBuilder *b) {
    return b->length ? stm_flat(REF(PyRaw, b->raw)->data, b->length, false) : "";
}
Value byte_builder_finish(ByteBuilder *b) { return py_bytes_new(builder_data(b), b->length); }
Value byte_builder_finish_like(ByteBuilder *b, Value like) {
    return bytes_like_new(like, builder_data(b), b->length);
}

/* ---- repr ----------------------------------------------------------------------------------- */

Value bytes_repr(const uint8_t *data, size_t length, const char *prefix, const char *suffix) {
    static const char hex_digits[] = "0123456789abcdef";
    bool single = memchr(data, '\'', length), both = single && memchr(data, '"', length);
    char quote = single && !both ? '"' : '\'';
    PyStrBuilder b;
    py_builder_init(&b);
    if (str_builder_reserve(&b, length + 8, 0) < 0 ||
        py_builder_ascii(&b, prefix, strlen(prefix)) < 0)
        return 0;
    if (py_builder_char(&b, (uint32_t)quote) < 0) return 0;
    for (size_t i = 0; i < length; i++) {
        uint8_t c = data[i];
        char out[4] = {'\\', (char)c};
        size_t n = 2;
        if (c == '\n' || c == '\r' || c == '\t')
            out[1] = c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
        else if (c < ' ' || c >= 127)
            out[1] = 'x', out[2] = hex_digits[c >> 4], out[3] = hex_digits[c & 15], n = 4;
        else if (c != quote && c != '\\' &&
                 (c != '\'' || !*suffix)) /* a bytearray escapes it always */
            out[0] = (char)c, n = 1;
        if (py_builder_ascii(&b, out, n) < 0) return 0;
    }
    if (py_builder_char(&b, (uint32_t)quote) < 0 ||
        py_builder_ascii(&b, suffix, strlen(suffix)) < 0)
        return 0;
    return py_builder_finish(&b);
}

int byte_from_may_call(Value v, const char *message) {
    int64_t i;
    if (LIKELY(is_int(v))) {
        i = int_value(v);
    } else {
        Value index = py_index(v);
        if (!index) return -1;
        if (py_int_as_i64(index, &i)) i = -1;
    }
    if (i < 0 || i > 255) return py_raise_int(TYPE_ValueError, "%s", message);
    return (int)i;
}
