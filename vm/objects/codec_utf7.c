/* codec_utf7.c -- UTF-7 (RFC 2152). */
#include "vm/objects/codec.h"

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int base64_value(uint32_t c) {
    const char *at = c && c < 128 ? strchr(base64_digits, (int)c) : 0;
    return at ? (int)(at - base64_digits) : -1;
}

/* Characters that stand for themselves: RFC 2152's sets D and O, and white space. */
static bool is_direct(uint32_t c) {
    if (c == '\t' || c == '\n' || c == '\r') return true;
    return c >= ' ' && c < 127 && c != '+' && c != '\\' && c != '~';
}

/* ---- encoding ------------------------------------------------------------------------------- */

typedef struct {
    ByteBuilder out;
    uint32_t bits, count; /* waiting for a digit */
    bool shifted;
} Utf7Writer;

static int put_bits(Utf7Writer *w, uint32_t unit) {
    w->bits = w->bits << 16 | unit;
    w->count += 16;
    while (w->count >= 6) {
        w->count -= 6;
        if (byte_builder_byte(&w->out, (uint8_t)base64_digits[w->bits >> w->count & 63]) < 0)
            return -1;
    }
    return 0;
}

static int flush_bits(Utf7Writer *w) {
    if (w->count &&
        byte_builder_byte(&w->out, (uint8_t)base64_digits[w->bits << (6 - w->count) & 63]) < 0)
        return -1;
    w->count = w->bits = 0;
    return 0;
}

static int put_char(Utf7Writer *w, uint32_t c) {
    if (is_direct(c)) {
        if (w->shifted) {
            if (flush_bits(w) < 0) return -1;
            if ((base64_value(c) >= 0 || c == '-') && byte_builder_byte(&w->out, '-') < 0)
                return -1;
        }
        w->shifted = false;
        return byte_builder_byte(&w->out, (uint8_t)c);
    }
    if (!w->shifted) {
        if (c == '+') return byte_builder_add(&w->out, "+-", 2);
        if (byte_builder_byte(&w->out, '+') < 0) return -1;
        w->shifted = true;
    }
    if (c < 0x10000) return put_bits(w, c);
    return put_bits(w, 0xd7c0 + (c >> 10)) < 0 ? -1 : put_bits(w, 0xdc00 | (c & 0x3ff));
}

Value codec_utf7_encode(Value text, const char *errors) {
    (void)errors; /* everything can be encoded */
    StrView v = str_view(text);
    Utf7Writer w = {.shifted = false};
    for (size_t i = 0; i < v.length; i++)
        if (put_char(&w, view_char(&v, i)) < 0) return 0;
    if (flush_bits(&w) < 0 || (w.shifted && byte_builder_byte(&w.out, '-') < 0)) return 0;
    return byte_builder_finish(&w.out);
}

/* ---- decoding ------------------------------------------------------------------------------- */

typedef struct {
    Decode d;
    bool shifted;
    size_t shift_start, out_start; /* where the shifted section began, in data and in the output */
    uint32_t bits, count, surrogate;
} Utf7Reader;

static int add_unit(Utf7Reader *r, uint32_t unit) {
    uint32_t high = r->surrogate;
    r->surrogate = 0;
    if (high && (unit & ~0x3ffu) == 0xdc00)
        return py_builder_char(&r->d.out, ((high - 0xd7c0) << 10) + (unit & 0x3ff));
    if (high && py_builder_char(&r->d.out, high) < 0) return -1;
    if ((unit & ~0x3ffu) != 0xd800) return py_builder_char(&r->d.out, unit);
    r->surrogate = unit;
    return 0;
}

static int step_shifted(Utf7Reader *r, uint32_t c) {
    int value = base64_value(c);
    if (value >= 0) {
        r->bits = r->bits << 6 | (uint32_t)value;
        r->count += 6;
        r->d.position++;
        if (r->count < 16) return 0;
        r->count -= 16;
        uint32_t unit = r->bits >> r->count & 0xffff;
        r->bits &= (1u << r->count) - 1;
        return add_unit(r, unit);
    }
    r->shifted = false;
    if (r->count >= 6)
        return codec_decode_error(&r->d, r->shift_start, r->d.position + 1,
                                  "partial character in shift sequence");
    if (r->count && r->bits)
        return codec_decode_error(&r->d, r->shift_start, r->d.position + 1,
                                  "non-zero padding bits in shift sequence");
    if (r->surrogate && c < 128 && c != '+' && py_builder_char(&r->d.out, r->surrogate) < 0)
        return -1;
    r->surrogate = 0;
    if (c == '-') r->d.position++;
    return 0;
}

static int step_direct(Utf7Reader *r, uint32_t c) {
    Decode *d = &r->d;
    size_t at = d->position;
    if (c >= 128) return codec_decode_error(d, at, at + 1, "unexpected special character");
    d->position++;
    if (c != '+') return py_builder_char(&d->out, c);
    if (at + 1 < d->length && d->data[at + 1] == '-') {
        d->position++;
        return py_builder_char(&d->out, '+');
    }
    if (at + 1 < d->length && base64_value(d->data[at + 1]) < 0)
        return codec_decode_error(d, at, at + 2, "ill-formed sequence");
    r->shifted = true;
    r->shift_start = at;
    r->out_start = d->out.length;
    r->bits = r->count = r->surrogate = 0;
    return 0;
}

Value codec_utf7_decode(const void *data, size_t length, const char *errors, size_t *consumed) {
    Utf7Reader r = {.shifted = false};
    codec_decode_init(&r.d, data, length, "utf7", errors);
    for (;;) {
        while (r.d.position < r.d.length) {
            uint32_t c = r.d.data[r.d.position];
            if ((r.shifted ? step_shifted(&r, c) : step_direct(&r, c)) < 0) return 0;
        }
        if (!r.shifted || consumed) break;
        r.shifted = false;
        if (!r.surrogate && r.count < 6 && !(r.count && r.bits)) break;
        if (codec_decode_error(&r.d, r.shift_start, r.d.length, "unterminated shift sequence") < 0)
            return 0;
    }
    if (consumed) {
        *consumed = r.shifted ? r.shift_start : r.d.position;
        if (r.shifted) r.d.out.length = r.out_start;
    }
    return py_builder_finish(&r.d.out);
}
