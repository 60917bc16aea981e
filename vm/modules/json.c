/* Module _json: strings in and out, and the module. Scanner and encoder are in json_scanner.c and json_encoder.c. */
#include "vm/modules/json.h"

Value json_raise(const char *message, Value text, int64_t position) {
    Value type = py_import_attr("json.decoder", "JSONDecodeError"), what = type ? py_str_c(message) : 0;
    Value error = what ? py_call3(type, what, text, py_int_from_i64(position)) : 0;
    return error ? py_raise_object(error) : 0;
}

/* ---- in ----------------------------------------------------------------------------------------------------- */

static int64_t length_of(Value text) { return (int64_t)str_length(text); }

/* The number that four hexadecimal digits at `at` give, or -1. */
static int32_t hex_code(Value text, int64_t at) {
    int32_t code = 0;
    for (int64_t i = at; i < at + 4; i++) {
        uint32_t c = str_at(text, (size_t)i), lower = c | 0x20;
        if (c >= '0' && c <= '9') code = code << 4 | (int32_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f') code = code << 4 | (int32_t)(lower - 'a' + 10);
        else return -1;
    }
    return code;
}

/* \uXXXX whose `u` is at *at, with the low surrogate that may follow: the character, *at behind it. -1: JSONDecodeError. */
static int64_t unicode_escape(Value text, int64_t *at) {
    static const char error[] = "Invalid \\uXXXX escape";
    int64_t u = *at, length = length_of(text);
    int32_t code = u + 5 < length ? hex_code(text, u + 1) : -1;
    if (code < 0) return json_raise(error, text, u), -1;
    *at = u + 5;
    bool pair = code >= 0xd800 && code <= 0xdbff && u + 11 < length && str_at(text, (size_t)u + 5) == '\\' && str_at(text, (size_t)u + 6) == 'u';
    if (!pair) return code;
    int32_t low = hex_code(text, u + 7);
    if (low < 0) return json_raise(error, text, u + 6), -1;
    if (low < 0xdc00 || low > 0xdfff) return code;
    *at = u + 11;
    return 0x10000 + ((int64_t)(code - 0xd800) << 10 | (low - 0xdc00));
}

/* The escape whose backslash is at *at: the character, *at behind it. -1: JSONDecodeError. */
static int64_t escape(Value text, int64_t *at, int64_t begin) {
    static const char codes[] = "\"\\/bfnrt", chars[] = "\"\\/\b\f\n\r\t";
    if (*at + 1 == length_of(text)) return json_raise("Unterminated string starting at", text, begin), -1;
    uint32_t c = str_at(text, (size_t)*at + 1);
    if (c == 'u') {
        ++*at;
        return unicode_escape(text, at);
    }
    const char *found = c && c < 128 ? strchr(codes, (int)c) : 0;
    if (!found) return json_raise("Invalid \\escape", text, *at), -1;
    *at += 2;
    return chars[found - codes];
}

/* Where the run of plain characters ends that begins at `at`. */
static int64_t plain_end(Value text, int64_t at, bool strict) {
    const StrView v = str_view(text);
    int64_t length = (int64_t)v.length;
    if (v.width == 1) {
        const uint8_t *data = v.data;
        while (at < length && data[at] != '"' && data[at] != '\\' && (data[at] > 0x1f || !strict)) at++;
        return at;
    }
    for (; at < length; at++) {
        uint32_t c = view_char(&v, (size_t)at);
        if (c == '"' || c == '\\' || (c <= 0x1f && strict)) break;
    }
    return at;
}

Value json_scan_string(Value text, int64_t start, bool strict, int64_t *end) {
    PyStrBuilder out;
    bool empty = true;
    if (start < 0 || start > length_of(text)) return py_raise(TYPE_ValueError, "end is out of bounds");
    for (int64_t at = start;;) {
        int64_t stop = plain_end(text, at, strict);
        if (stop == length_of(text)) return json_raise("Unterminated string starting at", text, start - 1);
        uint32_t c = str_at(text, (size_t)stop);
        if (c == '"') *end = stop + 1;
        if (c == '"' && empty) return py_str_substring(text, (size_t)at, (size_t)stop);
        if (empty) py_builder_init(&out);
        empty = false;
        StrView all = str_view(text), part = view_part(&all, (size_t)at, (size_t)stop);
        if (str_builder_view(&out, &part) < 0) return 0;
        if (c == '"') return py_builder_finish(&out);
        if (c != '\\') return json_raise("Invalid control character at", text, stop);
        int64_t code = escape(text, &stop, start - 1);
        if (code < 0 || py_builder_char(&out, (uint32_t)code) < 0) return 0;
        at = stop;
    }
}

FUNCTION(json_scanstring) {
    int64_t start = py_index_int64(args[1], "OverflowError"), end;
    if (start == -1 && py_error()) return 0;
    int strict = args[2] ? py_truth(args[2]) : 1;
    if (strict < 0) return 0;
    if (!py_is_str(args[0])) return py_raise(TYPE_TypeError, "first argument must be a string, not %T", args[0]);
    Value string = json_scan_string(args[0], start, strict, &end);
    return string ? py_tuple_pack(2, string, py_int_from_i64(end)) : 0;
}

/* ---- out ---------------------------------------------------------------------------------------------------- */

static inline bool is_plain(uint32_t c, bool ascii) { return c >= 0x20 && c != '"' && c != '\\' && (!ascii || c < 0x7f); }

static int put_escape(PyStrBuilder *out, uint32_t c) {
    static const char codes[] = "\"\\bfnrt", chars[] = "\"\\\b\f\n\r\t";
    const char *found = c && c < 128 ? strchr(chars, (int)c) : 0;
    char text[16];
    if (found) {
        text[0] = '\\';
        text[1] = codes[found - chars];
        return py_builder_ascii(out, text, 2);
    }
    int n = c < 0x10000 ? snprintf(text, sizeof text, "\\u%04x", c)
                        : snprintf(text, sizeof text, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 | (c & 0x3ff));
    return py_builder_ascii(out, text, (size_t)n);
}

int json_put_string(PyStrBuilder *out, Value text, bool ascii) {
    size_t length = str_length(text);
    if (py_builder_char(out, '"') < 0) return -1;
    for (size_t at = 0; at < length;) {
        StrView v = str_view(text);
        size_t stop = at;
        if (v.width == 1)
            while (stop < length && is_plain(((const uint8_t *)v.data)[stop], ascii)) stop++;
        else
            while (stop < length && is_plain(view_char(&v, stop), ascii)) stop++;
        StrView part = view_part(&v, at, stop);
        part.ascii = v.ascii || ascii;
        if (str_builder_view(out, &part) < 0) return -1;
        if (stop < length && put_escape(out, str_at(text, stop)) < 0) return -1;
        at = stop + 1;
    }
    return py_builder_char(out, '"');
}

static Value encoded(Value text, bool ascii) {
    PyStrBuilder out;
    py_builder_init(&out);
    if (!py_is_str(text)) return py_raise(TYPE_TypeError, "first argument must be a string, not %T", text);
    return json_put_string(&out, text, ascii) < 0 ? 0 : py_builder_finish(&out);
}
Value json_encode_basestring(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return encoded(args[0], false);
}
Value json_encode_basestring_ascii(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return encoded(args[0], true);
}

/* ---- the module ----------------------------------------------------------------------------------------------- */

static const PyMethodDef json_functions[] = {
    {"encode_basestring_ascii", "($module, string, /)", json_encode_basestring_ascii, 0,
     "encode_basestring_ascii(string) -> string\n\nReturn an ASCII-only JSON representation of a Python string"},
    {"encode_basestring", "($module, string, /)", json_encode_basestring, 0,
     "encode_basestring(string) -> string\n\nReturn a JSON representation of a Python string"},
    {"scanstring", "($module, string, end, strict=True, /)", json_scanstring, 0,
     "scanstring(string, end, strict=True) -> (string, end)\n\nScan the string s for a JSON string. End is the index of the\n"
     "character in s after the quote that started the JSON string."},
    {0}};
static int json_init(Value module) {
    return py_module_add(module, "make_scanner", py_type(TYPE_JSON_SCANNER)) < 0 || py_module_add(module, "make_encoder", py_type(TYPE_JSON_ENCODER)) < 0 ? -1 : 0;
}
const PyModuleDef py_module_json = {.doc = "json speedups\n", .functions = json_functions, .init = json_init};
