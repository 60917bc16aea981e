/* bytes and bytearray, shared among bytes*.c, codec*.c and format*.c. */
#ifndef VM_OBJECTS_BYTES_H
#define VM_OBJECTS_BYTES_H

#include "vm/objects/str.h"

Value py_bytes_empty(void); /* the one there is */

static inline size_t bytes_length(Value v) { return (size_t)REF(PyBytes, v)->length; }
static inline bool py_is_bytearray(Value v) {
    return is_ref(v) && py_is_instance_of(v, TYPE_BYTEARRAY);
}

/* Flat bytes of a bytes-like object, good until the next safepoint. `hold` says that an export has
 * to be released: use byte_view_get and byte_view_release, which cost nothing for bytes and
 * bytearray (whose storage cannot change without a call). */
typedef struct ByteView {
    const uint8_t *data;
    size_t length;
    bool hold;
    PyBuffer buffer;
} ByteView;
/* 0, or -1 with TypeError "a bytes-like object is required, not '...'". */
int byte_view_get(Value v, ByteView *view);
void byte_view_release(ByteView *view);
/* The content of any exporter as a bytes object, of memoryviews in C order. */
Value bytes_from_buffer(Value v);
/* The bytes of an exact or derived bytes or bytearray, read-marked; never fails. */
ByteView byte_view_self(Value v);
static inline StrView byte_str_view(const ByteView *v) {
    return (StrView){v->data, v->length, 1, false};
}

/* Flat address of a bytes object that py_bytes_new(0, n) has just made: nothing has been touched since. */
static inline uint8_t *bytes_fill(Value v) { return stm_flat_new(REF(PyBytes, v)->data); }
/* A new bytearray with this content (data 0: uninitialised zero bytes). */
Value py_bytearray_new(const void *data_or_0, size_t length);
/* A bytes or a bytearray, whichever `like` is. */
Value bytes_like_new(Value like, const void *data, size_t length);
/* "b'...'" */
Value bytes_repr(const uint8_t *data, size_t length, const char *prefix, const char *suffix);
/* An int 0..255 from an object with __index__; -1 with ValueError `message` or TypeError. */
int byte_from_may_call(Value v, const char *message);

/* Bytes that grow at their end, as PyStrBuilder. */
typedef struct ByteBuilder {
    Value raw;
    size_t length, capacity;
} ByteBuilder;
/* n more bytes to be written at the flat address returned; 0 with MemoryError. */
uint8_t *byte_builder_room_slow(ByteBuilder *b, size_t n);
static inline uint8_t *byte_builder_room(ByteBuilder *b, size_t n) {
    if (UNLIKELY(n > b->capacity - b->length || !b->raw || REF(PyRaw, b->raw)->head.flags & STMF_BARRIER)) return byte_builder_room_slow(b, n);
    uint8_t GS *at = REF(PyRaw, b->raw)->data + b->length;
    b->length += n;
    return stm_flat(at, n, true);
}
static inline int byte_builder_add(ByteBuilder *b, const void *data, size_t n) {
    if (n == 0) return 0;
    uint8_t *to = byte_builder_room(b, n);
    if (!to) return -1;
    memcpy(to, data, n);
    return 0;
}
static inline int byte_builder_byte(ByteBuilder *b, uint8_t byte) {
    uint8_t *to = byte_builder_room(b, 1);
    if (!to) return -1;
    *to = byte;
    return 0;
}
Value byte_builder_finish(ByteBuilder *b); /* bytes */
Value byte_builder_finish_like(ByteBuilder *b, Value like);

#endif
