/* str_builder.c -- PyStrBuilder: text that grows at its end, then becomes a str.
 *
 * The buffer is a PyRaw that only the C local refers to. It may grow old while Python code runs
 * between two appends, so every append tests its barrier flag. */
#include "vm/objects/str.h"

#define BUILDER_FIRST_BYTES 120

void py_builder_init(PyStrBuilder *b) { *b = (PyStrBuilder){.width = 1}; }

static void *builder_room(PyStrBuilder *b, size_t n) {
    PyRaw GS *raw = REF(PyRaw, b->raw);
    uint8_t GS *at = raw->data + b->length * b->width;
    if (UNLIKELY(raw->head.flags & STMF_BARRIER)) stm_write_range((StmObj)raw, at, n * b->width);
    return stm_flat(at, n * b->width, true);
}

static int builder_resize(PyStrBuilder *b, size_t capacity, unsigned width) {
    if (capacity > STR_MAX_LENGTH) return (int)py_raise_memory() - 1;
    Value raw = py_raw_new(capacity * width);
    if (!raw) return -1;
    if (b->length) {
        const void *from = stm_flat(REF(PyRaw, b->raw)->data, b->length * b->width, false);
        flat_copy(stm_flat(REF(PyRaw, raw)->data, b->length * width, true), width, from, b->width,
                  b->length);
    }
    b->raw = raw;
    b->capacity = capacity;
    b->width = (uint8_t)width;
    return 0;
}

/* Room for n characters of one byte that are no larger than the largest so far, and no barrier: the common case. */
static inline bool room_at_hand(const PyStrBuilder *b, size_t n, uint32_t max_char) {
    return n <= b->capacity - b->length && b->width == 1 && max_char <= b->max_char && b->raw && !(REF(PyRaw, b->raw)->head.flags & STMF_BARRIER);
}

int str_builder_reserve(PyStrBuilder *b, size_t n, uint32_t max_char) {
    unsigned width = width_for(max_char);
    if (width < b->width) width = b->width;
    if (max_char > b->max_char) b->max_char = max_char;
    if (UNLIKELY(n > STR_MAX_LENGTH)) return (int)py_raise_memory() - 1;
    size_t need = b->length + n;
    if (LIKELY(need <= b->capacity && width == b->width)) return 0;
    size_t capacity = need <= b->capacity ? b->capacity : need + need / 2;
    if (capacity * width < BUILDER_FIRST_BYTES) capacity = BUILDER_FIRST_BYTES / width;
    return builder_resize(b, capacity, width);
}

int py_builder_char(PyStrBuilder *b, uint32_t c) {
    if (LIKELY(room_at_hand(b, 1, c))) {
        REF(PyRaw, b->raw)->data[b->length++] = (uint8_t)c;
        return 0;
    }
    if (str_builder_reserve(b, 1, c) < 0) return -1;
    PyRaw GS *raw = REF(PyRaw, b->raw);
    uint8_t GS *at = raw->data + b->length * b->width;
    if (UNLIKELY(raw->head.flags & STMF_BARRIER)) stm_write_range((StmObj)raw, at, b->width);
    if (b->width == 1)
        *at = (uint8_t)c;
    else if (b->width == 2)
        *(uint16_t GS *)at = (uint16_t)c;
    else
        *(uint32_t GS *)at = c;
    b->length++;
    return 0;
}

int str_builder_view(PyStrBuilder *b, const StrView *v) {
    if (v->length == 0) return 0;
    if (LIKELY(v->ascii && v->width == 1 && room_at_hand(b, v->length, 0x7f))) {
        memcpy(stm_flat(REF(PyRaw, b->raw)->data + b->length, v->length, true), v->data, v->length);
        b->length += v->length;
        return 0;
    }
    uint32_t max_char = v->ascii ? 0x7f : flat_max_char(v->data, v->width, v->length);
    if (str_builder_reserve(b, v->length, max_char) < 0) return -1;
    flat_copy(builder_room(b, v->length), b->width, v->data, v->width, v->length);
    b->length += v->length;
    return 0;
}

int py_builder_str(PyStrBuilder *b, Value s) {
    StrView v = str_view(s);
    return str_builder_view(b, &v);
}

int py_builder_ascii(PyStrBuilder *b, const char *s, size_t length) {
    StrView v = {s, length, 1, true};
    return str_builder_view(b, &v);
}

int str_builder_fill(PyStrBuilder *b, uint32_t c, size_t times) {
    if (times == 0) return 0;
    if (str_builder_reserve(b, times, c) < 0) return -1;
    flat_fill(builder_room(b, times), b->width, times, c);
    b->length += times;
    return 0;
}

Value py_builder_finish(PyStrBuilder *b) {
    if (b->length == 0) return NAME(empty);
    const void *data = stm_flat(REF(PyRaw, b->raw)->data, b->length * b->width, false);
    if (b->length == 1) return py_str_char(flat_char(data, b->width, 0));
    Value s = py_str_alloc(b->length, b->max_char);
    if (s) flat_copy(str_fill(s), width_for(b->max_char), data, b->width, b->length);
    return s;
}
