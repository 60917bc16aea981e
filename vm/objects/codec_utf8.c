/* codec_utf8.c -- UTF-8, ASCII, Latin-1: what is all right goes through tight loops, and only text
 * with errors takes the drivers of codec_errors.c. */
#include "vm/objects/codec.h"

/* ---- encoding ------------------------------------------------------------------------------- */

unsigned utf8_put(uint8_t *to, uint32_t c) {
    if (c < 0x80) return *to = (uint8_t)c, 1;
    unsigned n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (unsigned i = n - 1; i > 0; i--, c >>= 6) to[i] = 0x80 | (c & 0x3f);
    *to = lead[n] | (uint8_t)c;
    return n;
}

size_t utf8_size(const StrView *v) {
    if (v->ascii) return v->length;
    size_t bytes = 0;
    for (size_t i = 0; i < v->length; i++) {
        uint32_t c = view_char(v, i);
        bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }
    return bytes;
}

uint8_t *utf8_write(uint8_t *to, const StrView *v) {
    for (size_t i = 0; i < v->length; i++) to += utf8_put(to, view_char(v, i));
    return to;
}

static bool is_surrogate(uint32_t c) { return (c & ~0x7ffu) == 0xd800; }

static int utf8_encode_put(Encode *e, uint32_t c) {
    if (is_surrogate(c)) return 0;
    uint8_t bytes[4];
    return byte_builder_add(&e->out, bytes, utf8_put(bytes, c)) < 0 ? -1 : 1;
}
static bool utf8_encode_can(Encode *e, uint32_t c) {
    (void)e;
    return !is_surrogate(c);
}

Value codec_utf8_encode(Value text, const char *errors) {
    StrView v = str_view(text);
    if (v.ascii) return py_bytes_new(v.data, v.length);
    bool clean = true;
    for (size_t i = 0; v.width > 1 && clean && i < v.length; i++)
        clean = !is_surrogate(view_char(&v, i));
    if (clean) {
        Value bytes = py_bytes_new(0, utf8_size(&v));
        if (bytes) utf8_write(bytes_fill(bytes), &v);
        return bytes;
    }
    Encode e = {.text = text,
                .encoding = "utf-8",
                .reason = "surrogates not allowed",
                .errors = codec_errors_kind(errors),
                .errors_name = errors,
                .put = utf8_encode_put,
                .can = utf8_encode_can};
    return codec_encode_finish(&e, 0);
}

static int ascii_put(Encode *e, uint32_t c) {
    return c > 127 ? 0 : byte_builder_byte(&e->out, (uint8_t)c) < 0 ? -1 : 1;
}
static bool ascii_can(Encode *e, uint32_t c) {
    (void)e;
    return c < 128;
}
static int latin1_put(Encode *e, uint32_t c) {
    return c > 255 ? 0 : byte_builder_byte(&e->out, (uint8_t)c) < 0 ? -1 : 1;
}
static bool latin1_can(Encode *e, uint32_t c) {
    (void)e;
    return c < 256;
}

Value codec_ascii_encode(Value text, const char *errors) {
    StrView v = str_view(text);
    if (v.ascii) return py_bytes_new(v.data, v.length);
    Encode e = {.text = text,
                .encoding = "ascii",
                .reason = "ordinal not in range(128)",
                .errors = codec_errors_kind(errors),
                .errors_name = errors,
                .put = ascii_put,
                .can = ascii_can};
    return codec_encode_finish(&e, 0);
}

Value codec_latin1_encode(Value text, const char *errors) {
    StrView v = str_view(text);
    if (v.width == 1) return py_bytes_new(v.data, v.length);
    Encode e = {.text = text,
                .encoding = "latin-1",
                .reason = "ordinal not in range(256)",
                .errors = codec_errors_kind(errors),
                .errors_name = errors,
                .put = latin1_put,
                .can = latin1_can};
    return codec_encode_finish(&e, 0);
}

/* ---- decoding ------------------------------------------------------------------------------- */

/* The character at p, its length in *n; or UTF8_BAD with *n bytes that cannot be part of another,
 * or UTF8_SHORT if the data ends inside what may be one. */
#define UTF8_BAD   0xffffffffu
#define UTF8_SHORT 0xfffffffeu
static uint32_t utf8_get(const uint8_t *p, const uint8_t *end, unsigned *n) {
    uint32_t b = p[0];
    *n = 1;
    if (b < 0x80) return b;
    if (b < 0xc2 || b > 0xf4) return UTF8_BAD;
    unsigned need = b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
    uint32_t c = b & (0xff >> (need + 1));
    /* The second byte's range keeps out overlong forms, surrogates and codes beyond the last. */
    uint8_t low = b == 0xe0   ? 0xa0
                  : b == 0xf0 ? 0x90
                              : 0x80,
            high = b == 0xed   ? 0x9f
                   : b == 0xf4 ? 0x8f
                               : 0xbf;
    for (unsigned i = 1; i < need; i++, low = 0x80, high = 0xbf) {
        *n = i;
        if (p + i == end) return UTF8_SHORT;
        if (p[i] < low || p[i] > high) return UTF8_BAD;
        c = c << 6 | (p[i] & 0x3f);
    }
    *n = need;
    return c;
}

/* Length and largest character of the valid UTF-8 at the start; *stop: where it ends. */
static size_t utf8_measure(const uint8_t *data, size_t length, uint32_t *max_char, size_t *stop) {
    const uint8_t *p = data, *end = data + length;
    size_t count = 0;
    uint32_t all = 0;
    while (p < end) {
        uint64_t word;
        while (end - p >= 8 && (memcpy(&word, p, 8), !(word & UINT64_C(0x8080808080808080)))) {
            p += 8;
            count += 8;
        }
        if (p == end) break;
        unsigned n;
        uint32_t c = utf8_get(p, end, &n);
        if (c >= UTF8_SHORT) break;
        if (c > all) all = c;
        p += n;
        count++;
    }
    *max_char = all;
    *stop = (size_t)(p - data);
    return count;
}

/* The slow way, for data with errors, from where they begin. */
static int utf8_decode_run(Decode *d) {
    while (d->position < d->length) {
        size_t at = d->position;
        unsigned n;
        uint32_t c = utf8_get(d->data + at, d->data + d->length, &n);
        if (c < UTF8_SHORT) {
            if (py_builder_char(&d->out, c) < 0) return -1;
            d->position += n;
            continue;
        }
        if (c == UTF8_SHORT && !d->final) return 0;
        /* Half a surrogate at the end may still become a whole one, which an error handler can take. */
        if (!d->final && d->length - at == 2 && d->data[at] == 0xed && (d->data[at + 1] & 0xe0) == 0xa0) return 0;
        const char *reason = c == UTF8_SHORT ? "unexpected end of data"
                             : n == 1 && (d->data[at] < 0xc2 || d->data[at] > 0xf4)
                                 ? "invalid start byte"
                                 : "invalid continuation byte";
        if (codec_decode_error(d, at, c == UTF8_SHORT ? d->length : at + n, reason) < 0) return -1;
    }
    return 0;
}

Value codec_utf8_decode(const void *data, size_t length, const char *errors, size_t *consumed) {
    if (consumed) *consumed = length;
    if (flat_max_char(data, 1, length) < 0x80) return py_str_ascii(data, length);
    uint32_t max_char;
    size_t stop;
    utf8_measure(data, length, &max_char, &stop);
    if (stop == length) return py_str_new(data, length);
    Decode d;
    codec_decode_init(&d, data, length, "utf-8", errors);
    d.final = !consumed;
    if (stop) {
        Value head = py_str_new(data, stop);
        if (!head || py_builder_str(&d.out, head) < 0) return 0;
        d.position = stop;
    }
    if (utf8_decode_run(&d) < 0) return 0;
    if (consumed) *consumed = d.position;
    return py_builder_finish(&d.out);
}

Value codec_ascii_decode(const void *data, size_t length, const char *errors) {
    if (flat_max_char(data, 1, length) < 0x80) return py_str_ascii(data, length);
    Decode d;
    codec_decode_init(&d, data, length, "ascii", errors);
    while (d.position < d.length) {
        size_t at = d.position;
        if (d.data[at] < 128) {
            if (py_builder_char(&d.out, d.data[at]) < 0) return 0;
            d.position++;
        } else if (codec_decode_error(&d, at, at + 1, "ordinal not in range(128)") < 0) {
            return 0;
        }
    }
    return py_builder_finish(&d.out);
}

Value codec_latin1_decode(const void *data, size_t length) {
    return str_from_flat(data, 1, length);
}
