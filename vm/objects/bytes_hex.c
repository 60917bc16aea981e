/* bytes_hex.c -- hex and fromhex of bytes and bytearray. */
#include "vm/objects/bytes_methods.h"
#include "vm/objects/bytes_hex.h"

Value bytes_hex(const uint8_t *data, size_t length, uint32_t separator, int64_t group) {
    static const char digits[] = "0123456789abcdef";
    size_t size = group < 0 ? (size_t)-group : (size_t)group;
    size_t separators = separator != BYTES_HEX_TOGETHER && size && length ? (length - 1) / size : 0;
    if (length > STR_MAX_LENGTH / 3) return py_raise_memory();
    PyStrBuilder b;
    py_builder_init(&b);
    if (str_builder_reserve(&b, 2 * length + separators, 127) < 0) return 0;
    for (size_t i = 0; i < length; i++) {
        /* Positive groups are counted from the right. */
        bool cut = separators && i && (group > 0 ? (length - i) % size == 0 : i % size == 0);
        if (cut && py_builder_char(&b, separator) < 0) return 0;
        char pair[2] = {digits[data[i] >> 4], digits[data[i] & 15]};
        if (py_builder_ascii(&b, pair, 2) < 0) return 0;
    }
    return py_builder_finish(&b);
}

int bytes_hex_arguments_may_call(Value sep, Value per_sep, uint32_t *separator, int64_t *group) {
    *separator = BYTES_HEX_TOGETHER;
    *group = 1;
    if (per_sep) {
        *group = py_index_int64(per_sep, "OverflowError");
        if (*group == -1 && py_error()) return -1;
    }
    if (!sep) return 0;
    int64_t length = py_length(sep);
    if (length < 0) return -1;
    if (length != 1) return py_raise_int(TYPE_ValueError, "sep must be length 1.");
    if (!py_is_str(sep) && !py_is_bytes(sep))
        return py_raise_int(TYPE_TypeError, "sep must be str or bytes.");
    *separator = py_is_str(sep) ? str_at(sep, 0) : bytes_data(sep)[0];
    return *separator > 127 && py_is_str(sep) ? py_raise_int(TYPE_ValueError, "sep must be ASCII.") : 0;
}

PY_FN(bytes_method_hex) {
    uint32_t separator;
    int64_t group;
    if (bytes_hex_arguments_may_call(args[1], args[2], &separator, &group) < 0) return 0;
    if (separator > 127 && separator != BYTES_HEX_TOGETHER) return py_raise(TYPE_ValueError, "sep must be ASCII.");
    ByteView v = byte_view_self(args[0]);
    return bytes_hex(v.data, v.length, separator, group);
}

static int hex_value(uint32_t c) {
    if (c - '0' < 10) return (int)(c - '0');
    c |= 32;
    return c - 'a' < 6 ? (int)(c - 'a' + 10) : -1;
}

static Value fromhex_error(size_t at) {
    return py_raise(TYPE_ValueError, "non-hexadecimal number found in fromhex() arg at position %zu", at);
}
static Value fromhex_not_ascii(const StrView *v) {
    size_t at = 0;
    while (view_char(v, at) < 128) at++;
    return fromhex_error(at);
}

PY_FN(bytes_method_fromhex) {
    if (!py_is_str(args[1]))
        return py_raise(TYPE_TypeError, "fromhex() argument must be str, not %T", args[1]);
    StrView v = str_view(args[1]);
    if (!REF(PyStr, args[1])->ascii) return fromhex_not_ascii(&v);
    ByteBuilder b = {0};
    for (size_t i = 0; i < v.length;) {
        uint32_t c = view_char(&v, i);
        if (c == ' ' || (c >= 9 && c <= 13)) {
            i++;
            continue;
        }
        int high = hex_value(c), low = -1;
        if (high >= 0) {
            i++;
            low = i < v.length ? hex_value(view_char(&v, i)) : -1;
        }
        if (low < 0) return fromhex_error(i);
        if (byte_builder_byte(&b, (uint8_t)(high << 4 | low)) < 0) return 0;
        i++;
    }
    Value bytes = byte_builder_finish(&b);
    if (!bytes || args[0] == py_type(TYPE_BYTES)) return bytes;
    return py_call1(args[0], bytes);
}
