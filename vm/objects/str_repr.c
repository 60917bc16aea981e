/* str_repr.c -- repr() and ascii() of str. */
#include "vm/objects/str.h"
#include "vm/objects/unicode_data.h"

static const char hex_digits[] = "0123456789abcdef";

/* Writes c as repr shows it inside `quote`, returns how many characters; 1 where it stays itself.
 */
static unsigned repr_char(uint32_t c, uint32_t quote, bool ascii_only, char out[10]) {
    if (c == quote || c == '\\' || c == '\n' || c == '\r' || c == '\t') {
        out[0] = '\\';
        out[1] = c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : (char)c;
        return 2;
    }
    if (c < 127 ? c >= ' ' : c > 127 && !ascii_only && unicode_is_shown(c)) return 1;
    unsigned digits = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
    out[0] = '\\';
    out[1] = digits == 2 ? 'x' : digits == 4 ? 'u' : 'U';
    for (unsigned i = 0; i < digits; i++) out[2 + i] = hex_digits[c >> 4 * (digits - 1 - i) & 15];
    return digits + 2;
}

static Value quoted(Value s, bool ascii_only) {
    StrView v = str_view(s);
    uint32_t quote = '\'';
    if (flat_find_char(&v, '\'', 0, v.length) >= 0 && flat_find_char(&v, '"', 0, v.length) < 0)
        quote = '"';
    PyStrBuilder b;
    py_builder_init(&b);
    if (str_builder_reserve(&b, v.length + 2, 0) < 0 || py_builder_char(&b, quote) < 0) return 0;
    for (size_t i = 0; i < v.length;) {
        char out[10];
        size_t start = i;
        unsigned count = 1;
        for (; i < v.length && count == 1; i++)
            count = repr_char(view_char(&v, i), quote, ascii_only, out);
        StrView plain = view_part(&v, start, i - (count > 1));
        if (str_builder_view(&b, &plain) < 0) return 0;
        if (count > 1 && py_builder_ascii(&b, out, count) < 0) return 0;
    }
    return py_builder_char(&b, quote) < 0 ? 0 : py_builder_finish(&b);
}

Value str_repr(Value s) { return quoted(s, false); }
Value str_ascii_repr(Value s) { return quoted(s, true); }
