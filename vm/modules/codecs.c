/* Module _codecs: the registry and the encodings of vm/objects/codec*.c, as codecs.py and the
 * package encodings use them. Encoders return (bytes, characters used), decoders (str, bytes used).
 */
#include "vm/objects/codec.h"

/* ---- arguments ------------------------------------------------------------------------------ */

/* None or a str; the text lasts until the next safepoint. */
static int errors_argument(Value v, const char *function, const char **errors) {
    *errors = 0;
    if (!v || v == VM_NONE) return 0;
    if (!py_is_str(v))
        return py_raise_int(TYPE_TypeError, "%s() argument 2 must be str or None, not %T", function,
                            v);
    *errors = py_str_utf8(v, 0);
    return *errors ? 0 : -1;
}

static Value with_count(Value result, size_t count) {
    return result ? py_tuple_pack(2, result, py_int_from_u64(count)) : 0;
}

typedef struct DecodeCall {
    ByteView data;
    const char *errors;
    size_t used;
    bool final;
} DecodeCall;
static int decode_call(const Value *args, const char *function, Value final, bool accept_text,
                       DecodeCall *call) {
    int is_final = final ? py_truth(final) : 0;
    if (is_final < 0 || errors_argument(args[1], function, &call->errors) < 0) return -1;
    call->final = is_final;
    if (accept_text && py_is_str(args[0])) {
        size_t length;
        const char *text = py_str_utf8(args[0], &length);
        if (!text) return -1;
        call->data = (ByteView){.data = (const uint8_t *)text, .length = length};
    } else if (byte_view_get(args[0], &call->data) < 0) {
        return -1;
    }
    call->used = call->data.length;
    return 0;
}
static Value decode_done(DecodeCall *call, Value text) {
    byte_view_release(&call->data);
    return with_count(text, call->used);
}

static int text_argument(Value v, const char *function) {
    if (py_is_str(v)) return 0;
    return py_raise_int(TYPE_TypeError, "%s() argument 1 must be str, not %T", function, v);
}

/* ---- encoders and decoders ------------------------------------------------------------------ */

/* With an argument `final`: the decoder may leave an incomplete end. */
#define DECODER(name, accept_text, call_expression)                                                \
    static PY_FN(name##_decode) {                                                                  \
        DecodeCall call;                                                                           \
        if (decode_call(args, #name "_decode", args[2], accept_text, &call) < 0) return 0;         \
        size_t *used = call.final ? 0 : &call.used;                                                \
        const void *data = call.data.data;                                                         \
        size_t length = call.data.length;                                                          \
        return decode_done(&call, call_expression);                                                \
    }
#define ENCODER(name, call_expression)                                                             \
    static PY_FN(name##_encode) {                                                                  \
        const char *errors;                                                                        \
        Value text = args[0];                                                                      \
        if (text_argument(text, #name "_encode") < 0) return 0;                                    \
        if (errors_argument(args[1], #name "_encode", &errors) < 0) return 0;                      \
        return with_count(call_expression, str_length(text));                                      \
    }

static Value decode_utf16(const void *data, size_t length, const char *errors, int order,
                          size_t *used) {
    return codec_utf16_decode(data, length, errors, &order, used);
}
static Value decode_utf32(const void *data, size_t length, const char *errors, int order,
                          size_t *used) {
    return codec_utf32_decode(data, length, errors, &order, used);
}

DECODER(utf_8, false, codec_utf8_decode(data, length, call.errors, used))
DECODER(utf_7, false, codec_utf7_decode(data, length, call.errors, used))
DECODER(utf_16, false, decode_utf16(data, length, call.errors, 0, used))
DECODER(utf_16_le, false, decode_utf16(data, length, call.errors, -1, used))
DECODER(utf_16_be, false, decode_utf16(data, length, call.errors, 1, used))
DECODER(utf_32, false, decode_utf32(data, length, call.errors, 0, used))
DECODER(utf_32_le, false, decode_utf32(data, length, call.errors, -1, used))
DECODER(utf_32_be, false, decode_utf32(data, length, call.errors, 1, used))

ENCODER(utf_8, codec_utf8_encode(text, errors))
ENCODER(utf_7, codec_utf7_encode(text, errors))
ENCODER(ascii, codec_ascii_encode(text, errors))
ENCODER(latin_1, codec_latin1_encode(text, errors))
ENCODER(utf_16_le, codec_utf16_encode(text, errors, -1))
ENCODER(utf_16_be, codec_utf16_encode(text, errors, 1))
ENCODER(utf_32_le, codec_utf32_encode(text, errors, -1))
ENCODER(utf_32_be, codec_utf32_encode(text, errors, 1))
ENCODER(unicode_escape, ((void)errors, codec_unicode_escape_encode(text)))
ENCODER(raw_unicode_escape, ((void)errors, codec_raw_unicode_escape_encode(text)))
ENCODER(charmap, codec_charmap_encode(text, errors, args[2] ? args[2] : VM_NONE))

/* The default of `final` is True for these two. */
#define ESCAPE_DECODER(name)                                                                       \
    static PY_FN(name##_decode) {                                                                  \
        DecodeCall call;                                                                           \
        if (decode_call(args, #name "_decode", args[2] ? args[2] : VM_TRUE, true, &call) < 0)      \
            return 0;                                                                              \
        return decode_done(&call,                                                                  \
                           codec_##name##_decode(call.data.data, call.data.length, call.errors,    \
                                                 call.final ? 0 : &call.used));                    \
    }
ESCAPE_DECODER(unicode_escape)
ESCAPE_DECODER(raw_unicode_escape)

static PY_FN(ascii_decode) {
    DecodeCall call;
    if (decode_call(args, "ascii_decode", 0, false, &call) < 0) return 0;
    return decode_done(&call, codec_ascii_decode(call.data.data, call.data.length, call.errors));
}
static PY_FN(latin_1_decode) {
    DecodeCall call;
    if (decode_call(args, "latin_1_decode", 0, false, &call) < 0) return 0;
    return decode_done(&call, codec_latin1_decode(call.data.data, call.data.length));
}
static PY_FN(charmap_decode) {
    DecodeCall call;
    if (decode_call(args, "charmap_decode", 0, false, &call) < 0) return 0;
    return decode_done(&call, codec_charmap_decode(call.data.data, call.data.length, call.errors,
                                                   args[2] ? args[2] : VM_NONE));
}
static PY_FN(escape_decode) {
    DecodeCall call;
    if (decode_call(args, "escape_decode", 0, true, &call) < 0) return 0;
    return decode_done(&call, codec_escape_decode(call.data.data, call.data.length, call.errors));
}
static PY_FN(escape_encode) {
    if (!py_is_bytes(args[0]))
        return py_raise(TYPE_TypeError, "escape_encode() argument 1 must be bytes, not %T",
                        args[0]);
    ByteView view = byte_view_self(args[0]);
    return with_count(codec_escape_encode(view.data, view.length), view.length);
}
static PY_FN(readbuffer_encode) {
    DecodeCall call;
    if (decode_call(args, "readbuffer_encode", 0, true, &call) < 0) return 0;
    return decode_done(&call, py_bytes_new(call.data.data, call.data.length));
}

/* utf_16_encode and utf_32_encode take a byte order; the ..._ex_decode functions return it too. */
typedef Value (*WideEncodeFn)(Value, const char *, int);
typedef Value (*WideDecodeFn)(const void *, size_t, const char *, int *, size_t *);

static int order_argument(Value v, int *order) {
    int64_t number = v ? py_index_int64(v, "OverflowError") : 0;
    if (number == -1 && py_error()) return -1;
    *order = number < 0 ? -1 : number > 0;
    return 0;
}
static Value wide_encode(const Value *args, const char *function, WideEncodeFn encode) {
    const char *errors;
    int order;
    if (text_argument(args[0], function) < 0 || order_argument(args[2], &order) < 0) return 0;
    if (errors_argument(args[1], function, &errors) < 0) return 0;
    return with_count(encode(args[0], errors, order), str_length(args[0]));
}
static PY_FN(utf_16_encode) { return wide_encode(args, "utf_16_encode", codec_utf16_encode); }
static PY_FN(utf_32_encode) { return wide_encode(args, "utf_32_encode", codec_utf32_encode); }

static Value wide_ex_decode(const Value *args, const char *function, WideDecodeFn decode) {
    DecodeCall call;
    int order;
    if (order_argument(args[2], &order) < 0 ||
        decode_call(args, function, args[3], false, &call) < 0)
        return 0;
    Value text =
        decode(call.data.data, call.data.length, call.errors, &order, call.final ? 0 : &call.used);
    byte_view_release(&call.data);
    return text ? py_tuple_pack(3, text, py_int_from_u64(call.used), int_make(order)) : 0;
}
static PY_FN(utf_16_ex_decode) {
    return wide_ex_decode(args, "utf_16_ex_decode", codec_utf16_decode);
}
static PY_FN(utf_32_ex_decode) {
    return wide_ex_decode(args, "utf_32_ex_decode", codec_utf32_decode);
}

/* ---- registry ------------------------------------------------------------------------------- */

static const char *name_argument(Value v, const char *function) {
    if (py_is_str(v)) return py_str_utf8(v, 0);
    return (const char *)py_raise(TYPE_TypeError, "%s() argument must be str, not %T", function, v);
}

static PY_FN(codecs_register) { return codec_register(args[0]) < 0 ? 0 : VM_NONE; }
static PY_FN(codecs_unregister) { return codec_unregister(args[0]) < 0 ? 0 : VM_NONE; }
static PY_FN(codecs_lookup) {
    const char *name = name_argument(args[0], "lookup");
    return name ? codec_lookup(name) : 0;
}
static PY_FN(codecs_lookup_error) {
    const char *name = name_argument(args[0], "lookup_error");
    return name ? codec_lookup_error(name) : 0;
}
static PY_FN(codecs_register_error) {
    if (!py_is_str(args[0]))
        return py_raise(TYPE_TypeError, "register_error() argument 1 must be str, not %T", args[0]);
    return codec_register_error(args[0], args[1]) < 0 ? 0 : VM_NONE;
}
static PY_FN(codecs_encode) {
    const char *encoding, *errors;
    if (str_optional_utf8(args[1], "encode", "encoding", &encoding) < 0) return 0;
    if (str_optional_utf8(args[2], "encode", "errors", &errors) < 0) return 0;
    return codec_encode_object(args[0], encoding ? encoding : "utf-8", errors);
}
static PY_FN(codecs_decode) {
    const char *encoding, *errors;
    if (str_optional_utf8(args[1], "decode", "encoding", &encoding) < 0) return 0;
    if (str_optional_utf8(args[2], "decode", "errors", &errors) < 0) return 0;
    return codec_decode_object(args[0], encoding ? encoding : "utf-8", errors);
}
static PY_FN(charmap_build) {
    if (text_argument(args[0], "charmap_build") < 0) return 0;
    return codec_charmap_build(args[0]);
}

#define ENCODE_ROW(name)                                                                           \
    { #name "_encode", "($module, str, errors=None, /)", name##_encode, 0, 0 }
#define DECODE_ROW(name)                                                                           \
    { #name "_decode", "($module, data, errors=None, /)", name##_decode, 0, 0 }
#define DECODE_FINAL_ROW(name)                                                                     \
    { #name "_decode", "($module, data, errors=None, final=False, /)", name##_decode, 0, 0 }
static const PyMethodDef codecs_functions[] = {
    {"register", "($module, search_function, /)", codecs_register, 0,
     "Register a function that finds codecs."},
    {"unregister", "($module, search_function, /)", codecs_unregister, 0,
     "Remove a search function."},
    {"lookup", "($module, encoding, /)", codecs_lookup, 0, "The CodecInfo of an encoding."},
    {"lookup_error", "($module, name, /)", codecs_lookup_error, 0,
     "The error handler of this name."},
    {"register_error", "($module, errors, handler, /)", codecs_register_error, 0,
     "Register an error handler."},
    {"encode", "($module, /, obj, encoding='utf-8', errors='strict')", codecs_encode, 0,
     "Encode obj by a codec."},
    {"decode", "($module, /, obj, encoding='utf-8', errors='strict')", codecs_decode, 0,
     "Decode obj by a codec."},
    {"charmap_build", "($module, map, /)", charmap_build, 0, 0},
    {"charmap_encode", "($module, str, errors=None, mapping=None, /)", charmap_encode, 0, 0},
    {"charmap_decode", "($module, data, errors=None, mapping=None, /)", charmap_decode, 0, 0},
    {"escape_encode", "($module, data, errors=None, /)", escape_encode, 0, 0},
    {"readbuffer_encode", "($module, data, errors=None, /)", readbuffer_encode, 0, 0},
    {"utf_16_encode", "($module, str, errors=None, byteorder=0, /)", utf_16_encode, 0, 0},
    {"utf_32_encode", "($module, str, errors=None, byteorder=0, /)", utf_32_encode, 0, 0},
    {"utf_16_ex_decode", "($module, data, errors=None, byteorder=0, final=False, /)",
     utf_16_ex_decode, 0, 0},
    {"utf_32_ex_decode", "($module, data, errors=None, byteorder=0, final=False, /)",
     utf_32_ex_decode, 0, 0},
    {"unicode_escape_decode", "($module, data, errors=None, final=True, /)", unicode_escape_decode,
     0, 0},
    {"raw_unicode_escape_decode", "($module, data, errors=None, final=True, /)",
     raw_unicode_escape_decode, 0, 0},
    ENCODE_ROW(utf_8),
    ENCODE_ROW(utf_7),
    ENCODE_ROW(ascii),
    ENCODE_ROW(latin_1),
    ENCODE_ROW(utf_16_le),
    ENCODE_ROW(utf_16_be),
    ENCODE_ROW(utf_32_le),
    ENCODE_ROW(utf_32_be),
    ENCODE_ROW(unicode_escape),
    ENCODE_ROW(raw_unicode_escape),
    DECODE_FINAL_ROW(utf_8),
    DECODE_FINAL_ROW(utf_7),
    DECODE_FINAL_ROW(utf_16),
    DECODE_FINAL_ROW(utf_16_le),
    DECODE_FINAL_ROW(utf_16_be),
    DECODE_FINAL_ROW(utf_32),
    DECODE_FINAL_ROW(utf_32_le),
    DECODE_FINAL_ROW(utf_32_be),
    DECODE_ROW(ascii),
    DECODE_ROW(latin_1),
    DECODE_ROW(escape),
    {0},
};

const PyModuleDef py_module_codecs = {.functions = codecs_functions};
