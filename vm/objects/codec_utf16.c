/* codec_utf16.c -- UTF-16 and UTF-32, in both byte orders, with and without byte order mark. */
#include "vm/objects/codec.h"

static bool is_surrogate(uint32_t c) { return (c & ~0x7ffu) == 0xd800; }

static uint8_t *put_unit(uint8_t *to, uint32_t unit, unsigned size, int order) {
    for (unsigned i = 0; i < size; i++) to[order > 0 ? size - 1 - i : i] = (uint8_t)(unit >> 8 * i);
    return to + size;
}

static uint32_t get_unit(const uint8_t *p, unsigned size, int order) {
    uint32_t unit = 0;
    for (unsigned i = 0; i < size; i++) unit |= (uint32_t)p[order > 0 ? size - 1 - i : i] << 8 * i;
    return unit;
}

/* ---- encoding ------------------------------------------------------------------------------- */

static int utf16_put(Encode *e, uint32_t c) {
    if (is_surrogate(c)) return 0;
    uint8_t *to = byte_builder_room(&e->out, c < 0x10000 ? 2 : 4);
    if (!to) return -1;
    if (c < 0x10000) {
        put_unit(to, c, 2, e->order);
    } else {
        to = put_unit(to, 0xd7c0 + (c >> 10), 2, e->order);
        put_unit(to, 0xdc00 | (c & 0x3ff), 2, e->order);
    }
    return 1;
}

static int utf32_put(Encode *e, uint32_t c) {
    if (is_surrogate(c)) return 0;
    uint8_t *to = byte_builder_room(&e->out, 4);
    if (!to) return -1;
    put_unit(to, c, 4, e->order);
    return 1;
}

static Value encode(Value text, const char *errors, int order, unsigned size,
                    const char *const names[3]) {
    Encode e = {.text = text,
                .encoding = names[order + 1],
                .reason = "surrogates not allowed",
                .errors = codec_errors_kind(errors),
                .errors_name = errors,
                .order = order,
                .put = size == 2 ? utf16_put : utf32_put};
    if (order == 0) {
        uint8_t *to = byte_builder_room(&e.out, size);
        if (!to) return 0;
        put_unit(to, 0xfeff, size, -1);
        e.order = -1;
    }
    return codec_encode_finish(&e, 0);
}

Value codec_utf16_encode(Value text, const char *errors, int order) {
    static const char *const names[3] = {"utf-16-le", "utf-16", "utf-16-be"};
    return encode(text, errors, order, 2, names);
}
Value codec_utf32_encode(Value text, const char *errors, int order) {
    static const char *const names[3] = {"utf-32-le", "utf-32", "utf-32-be"};
    return encode(text, errors, order, 4, names);
}

/* ---- decoding ------------------------------------------------------------------------------- */

/* Reads a byte order mark if `order` is 0: sets it, and returns the bytes to skip. */
static size_t read_mark(const uint8_t *data, size_t length, unsigned size, int *order) {
    if (*order || length < size) return 0;
    if (get_unit(data, size, -1) == 0xfeff) return *order = -1, size;
    if (get_unit(data, size, 1) == 0xfeff) return *order = 1, size;
    return 0;
}

/* One step of UTF-16 at d->position: 0 done, 1 wait for more data, -1. */
static int utf16_step(Decode *d, int order) {
    size_t at = d->position, left = d->length - at;
    if (left < 2) return d->final ? codec_decode_error(d, at, d->length, "truncated data") : 1;
    uint32_t c = get_unit(d->data + at, 2, order);
    if (!is_surrogate(c)) {
        d->position += 2;
        return py_builder_char(&d->out, c);
    }
    if (c >= 0xdc00) return codec_decode_error(d, at, at + 2, "illegal encoding");
    if (left < 4)
        return d->final ? codec_decode_error(d, at, d->length, "unexpected end of data") : 1;
    uint32_t low = get_unit(d->data + at + 2, 2, order);
    if (low < 0xdc00 || low > 0xdfff)
        return codec_decode_error(d, at, at + 2, "illegal UTF-16 surrogate");
    d->position += 4;
    return py_builder_char(&d->out, ((c - 0xd7c0) << 10) + (low - 0xdc00));
}

static int utf32_step(Decode *d, int order) {
    size_t at = d->position;
    if (d->length - at < 4)
        return d->final ? codec_decode_error(d, at, d->length, "truncated data") : 1;
    uint32_t c = get_unit(d->data + at, 4, order);
    if (is_surrogate(c))
        return codec_decode_error(d, at, at + 4,
                                  "code point in surrogate code point range(0xd800, 0xe000)");
    if (c > STR_MAX_CHAR)
        return codec_decode_error(d, at, at + 4, "code point not in range(0x110000)");
    d->position += 4;
    return py_builder_char(&d->out, c);
}

static Value decode(const void *data, size_t length, const char *errors, int *order,
                    size_t *consumed, unsigned size, const char *const names[2],
                    int (*step)(Decode *, int)) {
    Decode d;
    size_t mark = read_mark(data, length, size, order);
    codec_decode_init(&d, data, length, names[*order > 0], errors);
    d.final = !consumed;
    d.position = mark;
    while (d.position < d.length) {
        int status = step(&d, *order);
        if (status < 0) return 0;
        if (status > 0) break;
    }
    if (consumed) *consumed = d.position;
    return py_builder_finish(&d.out);
}

Value codec_utf16_decode(const void *data, size_t length, const char *errors, int *order,
                         size_t *consumed) {
    static const char *const names[2] = {"utf-16-le", "utf-16-be"};
    return decode(data, length, errors, order, consumed, 2, names, utf16_step);
}
Value codec_utf32_decode(const void *data, size_t length, const char *errors, int *order,
                         size_t *consumed) {
    static const char *const names[2] = {"utf-32-le", "utf-32-be"};
    return decode(data, length, errors, order, consumed, 4, names, utf32_step);
}
