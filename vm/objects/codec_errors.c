/* codec_errors.c -- what happens to what cannot be encoded or decoded: the built-in error handlers,
 * and the drivers that call them or registered ones. */
#include "vm/objects/codec.h"
#include "vm/objects/codec_state.h"
#include "vm/objects/unicode_name.h"

static const char *const handler_names[] = {
    "strict",      "ignore",          "replace",      "backslashreplace", "xmlcharrefreplace",
    "namereplace", "surrogateescape", "surrogatepass"};

CodecErrors codec_errors_kind(const char *name) {
    if (!name) return CODEC_STRICT;
    for (int i = 0; i < CODEC_REGISTERED; i++)
        if (!strcmp(name, handler_names[i])) return (CodecErrors)i;
    return CODEC_REGISTERED;
}

/* ---- exceptions ----------------------------------------------------------------------------- */

static Value make_exception(uint32_t type_id, const char *encoding, Value object, size_t start,
                            size_t end, const char *reason) {
    Value args[5] = {py_str_c(encoding), object, py_int_from_u64(start), py_int_from_u64(end),
                     py_str_c(reason)};
    return args[0] && args[4] ? py_call(py_type(type_id), args, 5, 0) : 0;
}

void codec_raise_encode(const char *encoding, Value text, size_t start, size_t end,
                        const char *reason) {
    Value exception = make_exception(TYPE_UnicodeEncodeError, encoding, text, start, end, reason);
    if (exception) py_raise_object(exception);
}

/* ---- what surrogatepass needs to know of an encoding ----------------------------------------- */

typedef enum {
    UNIT_NONE,
    UNIT_UTF8,
    UNIT_UTF16_LE,
    UNIT_UTF16_BE,
    UNIT_UTF32_LE,
    UNIT_UTF32_BE
} CodecUnit;

static CodecUnit codec_unit(const char *encoding) {
    char name[16];
    size_t n = 0;
    for (const char *p = encoding; *p; p++) {
        if (*p == '-' || *p == '_') continue;
        if (n + 1 == sizeof name) return UNIT_NONE;
        name[n++] = *p >= 'A' && *p <= 'Z' ? *p | 32 : *p;
    }
    name[n] = 0;
    if (!strcmp(name, "utf8") || !strcmp(name, "cp65001")) return UNIT_UTF8;
    if (!strcmp(name, "utf16") || !strcmp(name, "utf16le")) return UNIT_UTF16_LE;
    if (!strcmp(name, "utf16be")) return UNIT_UTF16_BE;
    if (!strcmp(name, "utf32") || !strcmp(name, "utf32le")) return UNIT_UTF32_LE;
    return !strcmp(name, "utf32be") ? UNIT_UTF32_BE : UNIT_NONE;
}

static int unit_size(CodecUnit unit) {
    return unit == UNIT_UTF8 ? 3 : unit <= UNIT_UTF16_BE ? 2 : 4;
}

static void unit_put(CodecUnit unit, uint8_t *to, uint32_t c) {
    int size = unit_size(unit);
    if (unit == UNIT_UTF8) {
        utf8_put(to, c);
        return;
    }
    bool big = unit == UNIT_UTF16_BE || unit == UNIT_UTF32_BE;
    for (int i = 0; i < size; i++) to[big ? size - 1 - i : i] = (uint8_t)(c >> 8 * i);
}

/* The surrogate at p, or 0. */
static uint32_t unit_get(CodecUnit unit, const uint8_t *p) {
    int size = unit_size(unit);
    uint32_t c = 0;
    if (unit == UNIT_UTF8) {
        if ((p[0] & 0xf0) != 0xe0 || (p[1] & 0xc0) != 0x80 || (p[2] & 0xc0) != 0x80) return 0;
        c = (p[0] & 15u) << 12 | (p[1] & 63u) << 6 | (p[2] & 63u);
    } else {
        bool big = unit == UNIT_UTF16_BE || unit == UNIT_UTF32_BE;
        for (int i = 0; i < size; i++) c |= (uint32_t)p[big ? size - 1 - i : i] << 8 * i;
    }
    return c >= 0xd800 && c <= 0xdfff ? c : 0;
}

/* ---- built-in handlers of encoders ---------------------------------------------------------- */

static int add_escape(PyStrBuilder *b, uint32_t c) {
    char out[16];
    const char *format = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
    return py_builder_ascii(b, out, (size_t)snprintf(out, sizeof out, format, c));
}

static int add_name(PyStrBuilder *b, uint32_t c) {
    char name[UNICODE_NAME_MAX];
    if (!unicode_name(c, name)) return add_escape(b, c);
    if (py_builder_ascii(b, "\\N{", 3) < 0 || py_builder_ascii(b, name, strlen(name)) < 0) return -1;
    return py_builder_char(b, '}');
}

/* Bytes for text[start:end] if all are surrogates of the right sort; 0 without exception if not. */
static Value surrogate_bytes(CodecErrors kind, const char *encoding, Value text, size_t start,
                             size_t end) {
    CodecUnit unit = kind == CODEC_SURROGATEPASS ? codec_unit(encoding) : UNIT_NONE;
    if (kind == CODEC_SURROGATEPASS && unit == UNIT_NONE) return 0;
    ByteBuilder b = {0};
    for (size_t i = start; i < end; i++) {
        uint32_t c = str_at(text, i);
        bool wanted =
            kind == CODEC_SURROGATEPASS ? c >= 0xd800 && c <= 0xdfff : c >= 0xdc80 && c <= 0xdcff;
        if (!wanted) return 0;
        uint8_t *to = byte_builder_room(&b, unit == UNIT_NONE ? 1 : (size_t)unit_size(unit));
        if (!to) return 0;
        if (unit == UNIT_NONE)
            *to = (uint8_t)(c - 0xdc00);
        else
            unit_put(unit, to, c);
    }
    return byte_builder_finish(&b);
}

/* A str or bytes in place of text[start:end]; 0: raise (an exception may be set already). */
static Value encode_replacement_may_call(CodecErrors kind, const char *encoding, Value text,
                                         size_t start, size_t end) {
    if (kind == CODEC_STRICT) return 0;
    if (kind == CODEC_IGNORE) return NAME(empty);
    if (kind == CODEC_SURROGATEESCAPE || kind == CODEC_SURROGATEPASS)
        return surrogate_bytes(kind, encoding, text, start, end);
    PyStrBuilder b;
    py_builder_init(&b);
    for (size_t i = start; i < end; i++) {
        uint32_t c = str_at(text, i);
        int status;
        if (kind == CODEC_REPLACE) {
            status = py_builder_char(&b, '?');
        } else if (kind == CODEC_XMLCHARREFREPLACE) {
            char out[16];
            status = py_builder_ascii(&b, out, (size_t)snprintf(out, sizeof out, "&#%u;", c));
        } else {
            status = kind == CODEC_NAMEREPLACE ? add_name(&b, c) : add_escape(&b, c);
        }
        if (status < 0) return 0;
    }
    return py_builder_finish(&b);
}

/* ---- built-in handlers of decoders ---------------------------------------------------------- */

/* A str in place of data[start:*end]; may move *end. 0: raise, or an exception is set. */
static Value decode_replacement(CodecErrors kind, const char *encoding, const uint8_t *data,
                                size_t length, size_t start, size_t *end) {
    uint32_t c;
    PyStrBuilder b;
    py_builder_init(&b);
    switch (kind) {
    case CODEC_IGNORE: return NAME(empty);
    case CODEC_REPLACE: return py_str_char(0xfffd);
    case CODEC_BACKSLASHREPLACE:
        for (size_t i = start; i < *end; i++)
            if (add_escape(&b, data[i]) < 0) return 0;
        return py_builder_finish(&b);
    case CODEC_SURROGATEESCAPE: {
        size_t i = start;
        for (; i < *end && i < start + 4 && data[i] >= 128; i++)
            if (py_builder_char(&b, 0xdc00 + data[i]) < 0) return 0;
        if (i == start) return 0;
        *end = i;
        return py_builder_finish(&b);
    }
    case CODEC_SURROGATEPASS: {
        CodecUnit unit = codec_unit(encoding);
        if (unit == UNIT_NONE || length - start < (size_t)unit_size(unit)) return 0;
        c = unit_get(unit, data + start);
        if (!c) return 0;
        *end = start + (size_t)unit_size(unit);
        return py_str_char(c);
    }
    default: return 0;
    }
}

/* ---- handlers as Python sees them ----------------------------------------------------------- */

static Value unknown_exception(Value exception) {
    return py_raise(TYPE_TypeError, "don't know how to handle %T in error callback", exception);
}

static void clamp_range(Value exception, size_t length, size_t *start, size_t *end) {
    PyUnicodeError GS *e = REF(PyUnicodeError, exception);
    int64_t i = py_index_int64(GET(e, start), 0), j = py_index_int64(GET(e, end), 0),
            n = (int64_t)length;
    *start = (size_t)(i < 0 ? 0 : i >= n ? (n ? n - 1 : 0) : i);
    *end = (size_t)(j < 1 ? 1 : j > n ? n : j);
    if (*end < *start) *end = *start;
}

static Value handle_decode(CodecErrors kind, Value exception) {
    PyUnicodeError GS *e = REF(PyUnicodeError, exception);
    Value object = GET(e, object);
    if (!object || !py_is_bytes(object))
        return py_raise(TYPE_TypeError, "object attribute must be bytes");
    size_t start, end;
    ByteView v = byte_view_self(object);
    clamp_range(exception, v.length, &start, &end);
    if (kind == CODEC_XMLCHARREFREPLACE || kind == CODEC_NAMEREPLACE)
        return unknown_exception(exception);
    const char *encoding = py_str_utf8(GET(e, encoding), 0);
    if (!encoding) return 0;
    Value text = decode_replacement(kind, encoding, v.data, v.length, start, &end);
    if (!text) return py_error() ? 0 : py_raise_object(exception);
    return py_tuple_pack(2, text, py_int_from_u64(end));
}

static Value handle_translate(CodecErrors kind, Value exception) {
    PyUnicodeError GS *e = REF(PyUnicodeError, exception);
    Value object = GET(e, object);
    size_t start, end;
    clamp_range(exception, str_length(object), &start, &end);
    Value text;
    PyStrBuilder b;
    py_builder_init(&b);
    if (kind == CODEC_IGNORE)
        text = NAME(empty);
    else if (kind == CODEC_REPLACE)
        text = str_builder_fill(&b, 0xfffd, end - start) < 0 ? 0 : py_builder_finish(&b);
    else if (kind == CODEC_BACKSLASHREPLACE)
        text = encode_replacement_may_call(kind, "", object, start, end);
    else
        return unknown_exception(exception);
    return text ? py_tuple_pack(2, text, py_int_from_u64(end)) : 0;
}

Value codec_handle_exception(CodecErrors kind, Value exception) {
    if (kind == CODEC_STRICT) {
        if (py_is_exception(exception)) return py_raise_object(exception);
        return py_raise(TYPE_TypeError, "codec must pass exception instance");
    }
    if (!is_ref(exception)) return unknown_exception(exception);
    if (py_is_instance_of(exception, TYPE_UnicodeDecodeError))
        return handle_decode(kind, exception);
    if (py_is_instance_of(exception, TYPE_UnicodeTranslateError))
        return handle_translate(kind, exception);
    if (!py_is_instance_of(exception, TYPE_UnicodeEncodeError)) return unknown_exception(exception);
    PyUnicodeError GS *e = REF(PyUnicodeError, exception);
    Value object = GET(e, object);
    if (!object || !py_is_str(object)) return py_raise(TYPE_TypeError, "object attribute must be unicode");
    size_t start, end;
    clamp_range(exception, str_length(object), &start, &end);
    const char *encoding = py_str_utf8(GET(e, encoding), 0);
    if (!encoding) return 0;
    Value replacement = encode_replacement_may_call(kind, encoding, object, start, end);
    if (!replacement) return py_error() ? 0 : py_raise_object(exception);
    return py_tuple_pack(2, replacement, py_int_from_u64(end));
}

static PY_FN(handle_strict) { return codec_handle_exception(CODEC_STRICT, args[0]); }
static PY_FN(handle_ignore) { return codec_handle_exception(CODEC_IGNORE, args[0]); }
static PY_FN(handle_replace) { return codec_handle_exception(CODEC_REPLACE, args[0]); }
static PY_FN(handle_backslash) { return codec_handle_exception(CODEC_BACKSLASHREPLACE, args[0]); }
static PY_FN(handle_xml) { return codec_handle_exception(CODEC_XMLCHARREFREPLACE, args[0]); }
static PY_FN(handle_name) { return codec_handle_exception(CODEC_NAMEREPLACE, args[0]); }
static PY_FN(handle_escape) { return codec_handle_exception(CODEC_SURROGATEESCAPE, args[0]); }
static PY_FN(handle_pass) { return codec_handle_exception(CODEC_SURROGATEPASS, args[0]); }
static const PyMethodDef handler_functions[] = {
    {"strict_errors", "(error, /)", handle_strict, 0, "Implements the 'strict' error handling."},
    {"ignore_errors", "(error, /)", handle_ignore, 0, "Implements the 'ignore' error handling."},
    {"replace_errors", "(error, /)", handle_replace, 0, "Implements the 'replace' error handling."},
    {"backslashreplace_errors", "(error, /)", handle_backslash, 0,
     "Implements 'backslashreplace'."},
    {"xmlcharrefreplace_errors", "(error, /)", handle_xml, 0, "Implements 'xmlcharrefreplace'."},
    {"namereplace_errors", "(error, /)", handle_name, 0, "Implements 'namereplace'."},
    {"surrogateescape", "(error, /)", handle_escape, 0, "Implements 'surrogateescape'."},
    {"surrogatepass", "(error, /)", handle_pass, 0, "Implements 'surrogatepass'."},
};

Value codec_lookup_error(const char *name) {
    Value registered = codec_state(CODEC_STATE_ERRORS);
    if (!registered) return 0;
    Value handler = py_dict_get_c(registered, name);
    if (handler != VM_UNBOUND) return handler;
    CodecErrors kind = codec_errors_kind(name);
    if (kind == CODEC_REGISTERED)
        return py_raise(TYPE_LookupError, "unknown error handler name '%s'", name);
    handler = py_builtin_new(&handler_functions[kind], 0, 0);
    if (!handler || py_dict_set_c(registered, name, handler) < 0) return 0;
    return handler;
}

int codec_register_error(Value name, Value handler) {
    if (!py_callable(handler)) return py_raise_int(TYPE_TypeError, "handler must be callable");
    Value registered = codec_state(CODEC_STATE_ERRORS);
    return registered ? py_dict_set(registered, name, handler) : -1;
}

/* ---- drivers -------------------------------------------------------------------------------- */

/* (replacement, position) from a registered handler: checks both; a position from the end is made
 * absolute. */
static Value call_handler_may_call(const char *name, Value *handler, Value exception, size_t length,
                                   bool encoding, size_t *position) {
    if (!*handler) *handler = codec_lookup_error(name); /* once: a call may move the name's text */
    if (!*handler) return 0;
    Value result = py_call1(*handler, exception);
    if (!result) return 0;
    bool right =
        py_is_tuple(result) && tuple_length(result) == 2 && py_is_int(tuple_item(result, 1));
    Value text = right ? tuple_item(result, 0) : 0;
    if (!right || !(py_is_str(text) || (encoding && py_is_bytes(text))))
        return py_raise(TYPE_TypeError,
                        encoding ? "encoding error handler must return (str/bytes, int) tuple"
                                 : "decoding error handler must return (str, int) tuple");
    int64_t at = py_index_int64(tuple_item(result, 1), "IndexError");
    if (at == -1 && py_error()) return 0;
    int64_t absolute = at < 0 ? at + (int64_t)length : at;
    if (absolute < 0 || absolute > (int64_t)length)
        return py_raise(TYPE_IndexError, "position %ld from error handler out of bounds", (long)absolute);
    *position = (size_t)absolute;
    return text;
}

/* The escaped bytes at the start of text[*start:end] as bytes; moves *start to the first character that is none. */
static int unescape_surrogates(Encode *e, size_t *start, size_t end) {
    for (; *start < end; ++*start) {
        uint32_t c = str_at(e->text, *start);
        if (c < 0xdc80 || c > 0xdcff) return 0;
        if (byte_builder_byte(&e->out, (uint8_t)(c - 0xdc00)) < 0) return -1;
    }
    return 0;
}

static int encode_error_may_call(Encode *e, size_t start, size_t end, size_t *position) {
    Value replacement;
    *position = end;
    if (e->errors == CODEC_SURROGATEESCAPE && e->can) {
        if (unescape_surrogates(e, &start, end) < 0) return -1;
        if (start == end) return 0;
    }
    if (e->errors == CODEC_REGISTERED) {
        Value exception =
            make_exception(TYPE_UnicodeEncodeError, e->encoding, e->text, start, end, e->reason);
        if (!exception) return -1;
        replacement = call_handler_may_call(e->errors_name, &e->handler, exception,
                                            str_length(e->text), true, position);
        if (!replacement) return -1;
    } else {
        replacement = encode_replacement_may_call(e->errors, e->encoding, e->text, start, end);
    }
    if (!replacement) {
        if (!py_error()) codec_raise_encode(e->encoding, e->text, start, end, e->reason);
        return -1;
    }
    CodecUnit unit = codec_unit(e->encoding);
    if (py_is_bytes(replacement)) {
        ByteView v = byte_view_self(replacement);
        if (unit > UNIT_UTF8 && v.length % (size_t)unit_size(unit))
            return codec_raise_encode(e->encoding, e->text, start, end, e->reason), -1;
        return byte_builder_add(&e->out, v.data, v.length);
    }
    for (size_t i = 0; i < str_length(replacement); i++) {
        uint32_t c = str_at(replacement, i);
        int status = unit != UNIT_NONE && c >= 128 ? 0 : e->put(e, c);
        if (status > 0) continue;
        if (status == 0) codec_raise_encode(e->encoding, e->text, start, end, e->reason);
        return -1;
    }
    return 0;
}

int codec_encode_run(Encode *e, size_t start) {
    size_t length = str_length(e->text);
    for (size_t i = start; i < length;) {
        int status = e->put(e, str_at(e->text, i));
        if (status < 0) return -1;
        if (status > 0) {
            i++;
            continue;
        }
        size_t end = i + 1;
        while (e->can && end < length && !e->can(e, str_at(e->text, end))) end++;
        if (py_error()) return -1;
        if (encode_error_may_call(e, i, end, &i) < 0) return -1;
    }
    return 0;
}

Value codec_encode_finish(Encode *e, size_t start) {
    return codec_encode_run(e, start) < 0 ? 0 : byte_builder_finish(&e->out);
}

void codec_decode_init(Decode *d, const void *data, size_t length, const char *encoding,
                       const char *errors) {
    *d = (Decode){.data = data,
                  .length = length,
                  .encoding = encoding,
                  .errors = codec_errors_kind(errors),
                  .errors_name = errors,
                  .final = true};
    py_builder_init(&d->out);
}

int codec_decode_error(Decode *d, size_t start, size_t end, const char *reason) {
    Value text = 0;
    if (d->errors != CODEC_REGISTERED) {
        text = decode_replacement(d->errors, d->encoding, d->data, d->length, start, &end);
        if (!text && py_error()) return -1;
        d->position = end;
    }
    if (text) return py_builder_str(&d->out, text);
    if (!d->object) {
        d->object = py_bytes_new(d->data, d->length);
        if (!d->object) return -1;
    }
    Value exception =
        make_exception(TYPE_UnicodeDecodeError, d->encoding, d->object, start, end, reason);
    if (!exception) return -1;
    if (d->errors != CODEC_REGISTERED) {
        bool encoders_only = d->errors == CODEC_XMLCHARREFREPLACE || d->errors == CODEC_NAMEREPLACE;
        encoders_only ? unknown_exception(exception) : py_raise_object(exception);
        return -1;
    }
    text = call_handler_may_call(d->errors_name, &d->handler, exception, d->length, false,
                                 &d->position);
    if (!text) return -1;
    Value object = GET(REF(PyUnicodeError, exception), object); /* a handler may replace it */
    if (!py_is_bytes(object)) return py_raise_int(TYPE_TypeError, "object attribute must be bytes");
    d->object = object;
    ByteView v = byte_view_self(d->object);
    d->data = v.data;
    d->length = v.length;
    if (d->position > v.length)
        return py_raise_int(TYPE_IndexError, "position %zu from error handler out of bounds",
                            d->position);
    return py_builder_str(&d->out, text);
}
