/* Module binascii: base64, uuencode, quoted-printable. Outputs are built in bytes objects of the largest size they can have
 * and cut at the end. */
#include "vm/modules/binascii.h"
#include "vm/objects/str.h"

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

typedef struct Output {
    Value bytes;
    uint8_t *data;
    size_t length;
} Output;
static int output_start(Output *out, size_t most) {
    *out = (Output){.bytes = py_bytes_new(0, most)};
    if (out->bytes) out->data = stm_flat(bytes_data(out->bytes), most, true);
    return out->bytes ? 0 : -1;
}
static void put(Output *out, uint8_t c) { out->data[out->length++] = c; }
static Value output_finish(const Output *out) { return py_bytes_new(out->data, out->length); }

/* ---- base64 ------------------------------------------------------------------------------------------------- */

FUNCTION(b2a_base64) {
    PyBuffer view;
    Output out;
    int newline = args[1] ? py_truth(args[1]) : 1;
    if (newline < 0 || py_get_buffer(args[0], &view, false) < 0) return 0;
    const uint8_t *in = view.data;
    if (output_start(&out, (size_t)view.length / 3 * 4 + 5) < 0) return py_release_buffer(&view), 0;
    for (int64_t i = 0; i < view.length; i += 3) {
        int64_t left = view.length - i;
        uint32_t word = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) | (left > 2 ? in[i + 2] : 0);
        put(&out, (uint8_t)base64_digits[word >> 18]);
        put(&out, (uint8_t)base64_digits[word >> 12 & 63]);
        put(&out, left > 1 ? (uint8_t)base64_digits[word >> 6 & 63] : '=');
        put(&out, left > 2 ? (uint8_t)base64_digits[word & 63] : '=');
    }
    if (newline) put(&out, '\n');
    py_release_buffer(&view);
    return output_finish(&out);
}

static int base64_value(uint8_t c) {
    const char *at = c ? strchr(base64_digits, c) : 0;
    return at ? (int)(at - base64_digits) : -1;
}

/* 0, or -1 with an exception. */
static int decode_base64(Output *out, const uint8_t *in, int64_t length, bool strict) {
    int quad = 0, pads = 0;
    uint8_t left = 0;
    bool padded = false;
    if (strict && length && in[0] == '=') return py_raise_int(TYPE_BINASCII_ERROR, "Leading padding not allowed");
    for (int64_t i = 0; i < length; i++) {
        if (in[i] == '=') {
            padded = true;
            if (quad >= 2 && quad + ++pads >= 4) { /* the end; what follows does not count */
                if (strict && i + 1 < length) return py_raise_int(TYPE_BINASCII_ERROR, "Excess data after padding");
                return 0;
            }
            continue;
        }
        int value = base64_value(in[i]);
        if (value < 0) {
            if (strict) return py_raise_int(TYPE_BINASCII_ERROR, "Only base64 data is allowed");
            continue;
        }
        if (strict && padded) return py_raise_int(TYPE_BINASCII_ERROR, "Discontinuous padding not allowed");
        pads = 0;
        switch (quad) {
        case 0: break;
        case 1: put(out, (uint8_t)(left << 2 | value >> 4)); break;
        case 2: put(out, (uint8_t)(left << 4 | value >> 2)); break;
        default: put(out, (uint8_t)(left << 6 | value)); break;
        }
        left = (uint8_t)(quad == 0 ? value : quad == 1 ? value & 15 : value & 3);
        quad = (quad + 1) & 3;
    }
    if (quad == 1)
        return py_raise_int(TYPE_BINASCII_ERROR, "Invalid base64-encoded string: number of data characters (%zu) cannot be 1 more than a multiple of 4",
                            out->length / 3 * 4 + 1);
    return quad ? py_raise_int(TYPE_BINASCII_ERROR, "Incorrect padding") : 0;
}
FUNCTION(a2b_base64) {
    PyBuffer view;
    Output out;
    int strict = args[1] ? py_truth(args[1]) : 0;
    if (strict < 0 || ascii_buffer(args[0], &view) < 0) return 0;
    int status = output_start(&out, (size_t)view.length / 4 * 3 + 4);
    if (status == 0) status = decode_base64(&out, view.data, view.length, strict);
    py_release_buffer(&view);
    return status < 0 ? 0 : output_finish(&out);
}

/* ---- uuencode: a length character, then groups of four --------------------------------------------------------------- */

FUNCTION(b2a_uu) {
    PyBuffer view;
    Output out;
    int backtick = args[1] ? py_truth(args[1]) : 0;
    if (backtick < 0 || py_get_buffer(args[0], &view, false) < 0) return 0;
    const uint8_t *in = view.data;
    if (view.length > 45 || output_start(&out, 64) < 0) {
        py_release_buffer(&view);
        return py_error() ? 0 : py_raise(TYPE_BINASCII_ERROR, "At most 45 bytes at once");
    }
    uint8_t zero = backtick ? '`' : ' ';
    put(&out, view.length ? (uint8_t)(' ' + view.length) : zero);
    for (int64_t i = 0; i < view.length; i += 3) {
        uint32_t word = 0;
        for (int64_t k = 0; k < 3; k++) word = word << 8 | (i + k < view.length ? in[i + k] : 0);
        for (int shift = 18; shift >= 0; shift -= 6) put(&out, word >> shift & 63 ? (uint8_t)(' ' + (word >> shift & 63)) : zero);
    }
    put(&out, '\n');
    py_release_buffer(&view);
    return output_finish(&out);
}

static int decode_uu(Output *out, const uint8_t *in, int64_t length) {
    size_t wanted = length ? (size_t)(in[0] - ' ') & 63 : 32;
    uint32_t word = 0;
    int bits = 0;
    int64_t i = length ? 1 : 0;
    for (; out->length < wanted; i++) {
        uint8_t c = i < length ? in[i] : 0;
        if (c == '\n' || c == '\r' || i >= length) c = 0;
        else if (c < ' ' || c > ' ' + 64) return py_raise_int(TYPE_BINASCII_ERROR, "Illegal char");
        else c = (uint8_t)(c - ' ') & 63;
        word = word << 6 | c;
        bits += 6;
        if (bits >= 8) bits -= 8, put(out, (uint8_t)(word >> bits));
    }
    for (; i < length; i++)
        if (in[i] != ' ' && in[i] != ' ' + 64 && in[i] != '\n' && in[i] != '\r') return py_raise_int(TYPE_BINASCII_ERROR, "Trailing garbage");
    return 0;
}
FUNCTION(a2b_uu) {
    PyBuffer view;
    Output out;
    if (ascii_buffer(args[0], &view) < 0) return 0;
    int status = output_start(&out, 64);
    if (status == 0) status = decode_uu(&out, view.data, view.length);
    py_release_buffer(&view);
    return status < 0 ? 0 : output_finish(&out);
}

/* ---- quoted-printable ------------------------------------------------------------------------------------------------- */

static int hex_value(uint8_t c) { return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1; }

FUNCTION(a2b_qp) {
    PyBuffer view;
    Output out;
    int header = args[1] ? py_truth(args[1]) : 0;
    if (header < 0 || ascii_buffer(args[0], &view) < 0) return 0;
    const uint8_t *in = view.data;
    int64_t n = view.length, i = 0;
    if (output_start(&out, (size_t)n + 1) < 0) return py_release_buffer(&view), 0;
    while (i < n) {
        if (in[i] == '=') {
            if (++i >= n) break;
            if (in[i] == '\n' || in[i] == '\r') { /* a soft line break */
                while (i < n && in[i] != '\n') i++;
                i++;
            } else if (in[i] == '=') { /* a broken encoder's "==" */
                put(&out, '=');
                i++;
            } else if (i + 1 < n && hex_value(in[i]) >= 0 && hex_value(in[i + 1]) >= 0) {
                put(&out, (uint8_t)(hex_value(in[i]) << 4 | hex_value(in[i + 1])));
                i += 2;
            } else {
                put(&out, '=');
            }
        } else {
            put(&out, header && in[i] == '_' ? ' ' : in[i]);
            i++;
        }
    }
    py_release_buffer(&view);
    return output_finish(&out);
}

static bool qp_needs_escape(const uint8_t *in, int64_t n, int64_t i, int64_t line, bool quote_tabs, bool text, bool header) {
    uint8_t c = in[i];
    bool line_ends = i + 1 == n || (in[i + 1] == '\n' && text) || (in[i + 1] == '\r' && i + 2 < n && in[i + 2] == '\n' && text);
    if (c > 126 || c == '=' || (header && c == '_')) return true;
    if (c == '.' && line == 0) return i + 1 == n || in[i + 1] == '\n' || in[i + 1] == '\r' || in[i + 1] == 0;
    if (!text && (c == '\r' || c == '\n')) return true;
    if (c == ' ' && header) return quote_tabs || i + 1 == n; /* else it becomes '_' */
    if (c == '\t' || c == ' ') return quote_tabs || line_ends;
    return c < 33 && c != '\r' && c != '\n';
}
/* Appends a soft line break where `width` more characters would pass column 76. */
static void qp_room(Output *out, int64_t *line, int64_t width, bool last, bool crlf) {
    if (*line + width < 76 || (last && *line + width == 76)) {
        *line += width;
        return;
    }
    put(out, '=');
    if (crlf) put(out, '\r');
    put(out, '\n');
    *line = width;
}
FUNCTION(b2a_qp) {
    PyBuffer view;
    Output out;
    int quote_tabs = args[1] ? py_truth(args[1]) : 0, text = args[2] ? py_truth(args[2]) : 1, header = args[3] ? py_truth(args[3]) : 0;
    if (quote_tabs < 0 || text < 0 || header < 0 || py_get_buffer(args[0], &view, false) < 0) return 0;
    const uint8_t *in = view.data;
    int64_t n = view.length, line = 0;
    if (output_start(&out, (size_t)n * 4 + 16) < 0) return py_release_buffer(&view), 0;
    const uint8_t *newline = n ? memchr(in, '\n', (size_t)n) : 0;
    bool crlf = newline && newline > in && newline[-1] == '\r';
    for (int64_t i = 0; i < n; i++) {
        bool end = text && (in[i] == '\n' || (in[i] == '\r' && i + 1 < n && in[i + 1] == '\n'));
        if (end) {
            if (in[i] == '\r') i++;
            if (crlf) put(&out, '\r');
            put(&out, '\n');
            line = 0;
        } else if (qp_needs_escape(in, n, i, line, quote_tabs, text, header)) {
            qp_room(&out, &line, 3, false, crlf);
            put(&out, '='), put(&out, (uint8_t)"0123456789ABCDEF"[in[i] >> 4]), put(&out, (uint8_t)"0123456789ABCDEF"[in[i] & 15]);
        } else {
            bool last = i + 1 == n || in[i + 1] == '\n';
            qp_room(&out, &line, 1, last, crlf);
            put(&out, header && in[i] == ' ' ? '_' : in[i]);
        }
    }
    py_release_buffer(&view);
    return output_finish(&out);
}

const PyMethodDef binascii_text_functions[] = {
    {"b2a_base64", "($module, data, /, *, newline=True)", b2a_base64, 0, "Base64-code line of data."},
    {"a2b_base64", "($module, data, /, *, strict_mode=False)", a2b_base64, 0, "Decode a line of base64 data."},
    {"b2a_uu", "($module, data, /, *, backtick=False)", b2a_uu, 0, "Uuencode line of data."},
    {"a2b_uu", "($module, data, /)", a2b_uu, 0, "Decode a line of uuencoded data."},
    {"b2a_qp", "($module, /, data, quotetabs=False, istext=True, header=False)", b2a_qp, 0, "Encode a string using quoted-printable encoding."},
    {"a2b_qp", "($module, /, data, header=False)", a2b_qp, 0, "Decode a string of qp-encoded data."},
    {0}};
