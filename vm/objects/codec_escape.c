/* codec_escape.c -- Python's own backslash escapes as encodings: unicode_escape,
 * raw_unicode_escape, and escape (of bytes). */
#include "vm/objects/codec.h"
#include "vm/objects/unicode_name.h"

static int hex_value(uint32_t c) {
    if (c - '0' < 10) return (int)(c - '0');
    c |= 32;
    return c - 'a' < 6 ? (int)(c - 'a' + 10) : -1;
}

/* The letter behind a backslash that stands for a control character, or -1. */
static int simple_escape(uint8_t c) {
    switch (c) {
    case '\\':
    case '\'':
    case '"': return c;
    case 'a': return 7;
    case 'b': return 8;
    case 'f': return 12;
    case 'n': return 10;
    case 'r': return 13;
    case 't': return 9;
    case 'v': return 11;
    default: return -1;
    }
}

/* ---- encoding ------------------------------------------------------------------------------- */

static int put_escape(ByteBuilder *b, uint32_t c, unsigned digits) {
    char text[16];
    const char *format = digits == 2 ? "\\x%02x" : digits == 4 ? "\\u%04x" : "\\U%08x";
    return byte_builder_add(b, text, (size_t)snprintf(text, sizeof text, format, c));
}

Value codec_unicode_escape_encode(Value text) {
    StrView v = str_view(text);
    ByteBuilder b = {0};
    for (size_t i = 0; i < v.length; i++) {
        uint32_t c = view_char(&v, i);
        int status;
        if (c == '\\' || c == '\n' || c == '\r' || c == '\t') {
            char pair[2] = {'\\', c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : '\\'};
            status = byte_builder_add(&b, pair, 2);
        } else if (c >= ' ' && c < 127) {
            status = byte_builder_byte(&b, (uint8_t)c);
        } else {
            status = put_escape(&b, c, c < 0x100 ? 2 : c < 0x10000 ? 4 : 8);
        }
        if (status < 0) return 0;
    }
    return byte_builder_finish(&b);
}

Value codec_raw_unicode_escape_encode(Value text) {
    StrView v = str_view(text);
    ByteBuilder b = {0};
    for (size_t i = 0; i < v.length; i++) {
        uint32_t c = view_char(&v, i);
        int status =
            c < 256 ? byte_builder_byte(&b, (uint8_t)c) : put_escape(&b, c, c < 0x10000 ? 4 : 8);
        if (status < 0) return 0;
    }
    return byte_builder_finish(&b);
}

Value codec_escape_encode(const uint8_t *data, size_t length) {
    ByteBuilder b = {0};
    for (size_t i = 0; i < length; i++) {
        uint8_t c = data[i];
        int status;
        if (c == '\\' || c == '\'' || c == '\n' || c == '\r' || c == '\t') {
            char pair[2] = {'\\', c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : (char)c};
            status = byte_builder_add(&b, pair, 2);
        } else {
            status = c >= ' ' && c < 127 ? byte_builder_byte(&b, c) : put_escape(&b, c, 2);
        }
        if (status < 0) return 0;
    }
    return byte_builder_finish(&b);
}

/* ---- decoding text -------------------------------------------------------------------------- */

/* `digits` hexadecimal digits at d->position + 2. */
static int decode_hex(Decode *d, unsigned digits, const char *short_reason,
                      const char *large_reason) {
    size_t start = d->position, i = start + 2;
    uint32_t c = 0;
    for (; i < start + 2 + digits && i < d->length && hex_value(d->data[i]) >= 0; i++)
        c = c << 4 | (uint32_t)hex_value(d->data[i]);
    if (i < start + 2 + digits) {
        if (!d->final && i == d->length) return 1;
        return codec_decode_error(d, start, i, short_reason);
    }
    if (c > STR_MAX_CHAR) return codec_decode_error(d, start, i, large_reason);
    d->position = i;
    return py_builder_char(&d->out, c);
}

/* \N{NAME} */
static int decode_name(Decode *d) {
    size_t start = d->position, i = start + 2;
    if (i >= d->length && !d->final) return 1;
    if (i < d->length && d->data[i] == '{') {
        size_t end = ++i;
        while (end < d->length && d->data[end] != '}') end++;
        if (end == d->length && !d->final) return 1;
        if (end < d->length && end > i) {
            int32_t c = unicode_by_name((const char *)d->data + i, end - i, true);
            if (c >= 0) {
                d->position = end + 1;
                return py_builder_char(&d->out, (uint32_t)c);
            }
            return codec_decode_error(d, start, end + 1, "unknown Unicode character name");
        }
        i = end;
    }
    return codec_decode_error(d, start, i, "malformed \\N character escape");
}

static int decode_octal(Decode *d) {
    size_t i = d->position + 1;
    uint32_t c = 0;
    for (size_t stop = i + 3; i < stop && i < d->length && (uint32_t)d->data[i] - '0' < 8; i++)
        c = c << 3 | (d->data[i] - '0');
    if (c > 0377 && py_warn(TYPE_DeprecationWarning, 1, "invalid octal escape sequence '\\%c%c%c'",
                            d->data[i - 3], d->data[i - 2], d->data[i - 1]) < 0)
        return -1;
    d->position = i;
    return py_builder_char(&d->out, c);
}

/* The escape at d->position: 0, 1 if more data is needed, -1. */
static int decode_escape_may_call(Decode *d) {
    size_t at = d->position;
    if (at + 1 == d->length)
        return d->final ? codec_decode_error(d, at, at + 1, "\\ at end of string") : 1;
    uint8_t c = d->data[at + 1];
    int simple = simple_escape(c);
    if (simple >= 0 || c == '\n') {
        d->position += 2;
        return c == '\n' ? 0 : py_builder_char(&d->out, (uint32_t)simple);
    }
    switch (c) {
    case 'x': return decode_hex(d, 2, "truncated \\xXX escape", "");
    case 'u': return decode_hex(d, 4, "truncated \\uXXXX escape", "");
    case 'U': return decode_hex(d, 8, "truncated \\UXXXXXXXX escape", "illegal Unicode character");
    case 'N': return decode_name(d);
    }
    if ((uint32_t)c - '0' < 8) return decode_octal(d);
    if (!d->object && !(d->object = py_bytes_new(d->data, d->length))) return -1;
    if (py_warn(TYPE_DeprecationWarning, 1, "invalid escape sequence '\\%c'", c) < 0) return -1;
    d->data = byte_view_self(d->object).data;
    d->position += 2;
    return py_builder_char(&d->out, '\\') < 0 ? -1 : py_builder_char(&d->out, c);
}

static Value decode_text(const void *data, size_t length, const char *encoding, const char *errors,
                         size_t *consumed, int (*escape)(Decode *)) {
    Decode d;
    codec_decode_init(&d, data, length, encoding, errors);
    d.final = !consumed;
    while (d.position < d.length) {
        if (d.data[d.position] != '\\') {
            if (py_builder_char(&d.out, d.data[d.position]) < 0) return 0;
            d.position++;
            continue;
        }
        int status = escape(&d);
        if (status < 0) return 0;
        if (status > 0) break;
    }
    if (consumed) *consumed = d.position;
    return py_builder_finish(&d.out);
}

Value codec_unicode_escape_decode(const void *data, size_t length, const char *errors,
                                  size_t *consumed) {
    return decode_text(data, length, "unicodeescape", errors, consumed, decode_escape_may_call);
}

/* Only \u and \U, and those only behind an even number of backslashes. */
static int decode_raw_escape(Decode *d) {
    size_t at = d->position;
    if (at + 1 == d->length && !d->final) return 1;
    uint8_t c = at + 1 < d->length ? d->data[at + 1] : 0;
    if (c == 'u') return decode_hex(d, 4, "truncated \\uXXXX escape", "");
    if (c == 'U')
        return decode_hex(d, 8, "truncated \\UXXXXXXXX escape", "\\Uxxxxxxxx out of range");
    size_t count = at + 1 < d->length ? 2 : 1;
    StrView pair = {d->data + at, count, 1, false};
    d->position += count;
    return str_builder_view(&d->out, &pair);
}

Value codec_raw_unicode_escape_decode(const void *data, size_t length, const char *errors,
                                      size_t *consumed) {
    return decode_text(data, length, "rawunicodeescape", errors, consumed, decode_raw_escape);
}

/* ---- decoding bytes ------------------------------------------------------------------------- */

/* "\xNN" that is not one: by the error handler. */
static int bad_hex(ByteBuilder *b, const char *errors, size_t position) {
    if (!errors || !strcmp(errors, "strict"))
        return py_raise_int(TYPE_ValueError, "invalid \\x escape at position %zu", position);
    if (!strcmp(errors, "replace")) return byte_builder_byte(b, '?');
    if (!strcmp(errors, "ignore")) return 0;
    return py_raise_int(TYPE_ValueError, "decoding error; unknown error handling code: %s", errors);
}

Value codec_escape_decode(const void *data, size_t length, const char *errors) {
    Value source = py_bytes_new(data, length); /* a warning may run code */
    if (!source) return 0;
    const uint8_t *p = byte_view_self(source).data;
    ByteBuilder b = {0};
    for (size_t i = 0; i < length;) {
        uint8_t c = p[i++];
        int status, simple;
        if (c != '\\') {
            status = byte_builder_byte(&b, c);
        } else if (i == length) {
            return py_raise(TYPE_ValueError, "Trailing \\ in string");
        } else if ((simple = simple_escape(p[i])) >= 0) {
            status = byte_builder_byte(&b, (uint8_t)simple);
            i++;
        } else if (p[i] == '\n') {
            status = 0;
            i++;
        } else if (p[i] == 'x') {
            i++;
            int high = i < length ? hex_value(p[i]) : -1,
                low = i + 1 < length ? hex_value(p[i + 1]) : -1;
            status = high >= 0 && low >= 0 ? byte_builder_byte(&b, (uint8_t)(high << 4 | low))
                                           : bad_hex(&b, errors, i - 2);
            i += high >= 0 && low >= 0 ? 2 : high >= 0 ? 1 : 0;
        } else if ((uint32_t)p[i] - '0' < 8) {
            uint32_t value = 0;
            for (size_t stop = i + 3; i < stop && i < length && (uint32_t)p[i] - '0' < 8; i++)
                value = value << 3 | (p[i] - '0');
            status = value > 0377 ? py_warn(TYPE_DeprecationWarning, 1, "invalid octal escape sequence '\\%c%c%c'", p[i - 3], p[i - 2], p[i - 1]) : 0;
            p = byte_view_self(source).data;
            if (status == 0) status = byte_builder_byte(&b, (uint8_t)value);
        } else {
            status = py_warn(TYPE_DeprecationWarning, 1, "invalid escape sequence '\\%c'", p[i]);
            p = byte_view_self(source).data;
            if (status == 0) status = byte_builder_byte(&b, '\\');
        }
        if (status < 0) return 0;
    }
    return byte_builder_finish(&b);
}
