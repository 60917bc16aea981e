/* codec.c -- from an encoding's name to its functions. The usual encodings are known by name and
 * need neither a look-up nor Python code; the others come from the registry, which the package
 * `encodings` fills when it is first asked. */
#include "vm/objects/codec.h"
#include "vm/objects/codec_state.h"
#include "vm/runtime.h"

/* ---- the encodings known here --------------------------------------------------------------- */

typedef enum {
    NATIVE_NONE,
    NATIVE_UTF8,
    NATIVE_ASCII,
    NATIVE_LATIN1,
    NATIVE_UTF16,
    NATIVE_UTF16_LE,
    NATIVE_UTF16_BE,
    NATIVE_UTF32,
    NATIVE_UTF32_LE,
    NATIVE_UTF32_BE
} CodecNative;

static CodecNative codec_native(const char *encoding) {
    static const struct {
        const char *name;
        CodecNative native;
    } known[] = {{"utf-8", NATIVE_UTF8},         {"utf8", NATIVE_UTF8},
                 {"ascii", NATIVE_ASCII},        {"us-ascii", NATIVE_ASCII},
                 {"latin-1", NATIVE_LATIN1},     {"latin1", NATIVE_LATIN1},
                 {"iso-8859-1", NATIVE_LATIN1},  {"iso8859-1", NATIVE_LATIN1},
                 {"utf-16", NATIVE_UTF16},       {"utf16", NATIVE_UTF16},
                 {"utf-16-le", NATIVE_UTF16_LE}, {"utf-16-be", NATIVE_UTF16_BE},
                 {"utf-32", NATIVE_UTF32},       {"utf32", NATIVE_UTF32},
                 {"utf-32-le", NATIVE_UTF32_LE}, {"utf-32-be", NATIVE_UTF32_BE}};
    if (!encoding || !strcmp(encoding, "utf-8")) return NATIVE_UTF8;
    char name[16];
    size_t n = 0;
    for (; encoding[n] && n < sizeof name - 1; n++) {
        char c = encoding[n];
        name[n] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? c | 32 : c;
    }
    if (encoding[n]) return NATIVE_NONE;
    name[n] = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(name, known[i].name)) return known[i].native;
    return NATIVE_NONE;
}

static Value decode_native(CodecNative native, const char *data, size_t length,
                           const char *errors) {
    int order = native == NATIVE_UTF16_LE || native == NATIVE_UTF32_LE   ? -1
                : native == NATIVE_UTF16_BE || native == NATIVE_UTF32_BE ? 1
                                                                         : 0;
    switch (native) {
    case NATIVE_UTF8: return codec_utf8_decode(data, length, errors, 0);
    case NATIVE_ASCII: return codec_ascii_decode(data, length, errors);
    case NATIVE_LATIN1: return codec_latin1_decode(data, length);
    case NATIVE_UTF16:
    case NATIVE_UTF16_LE:
    case NATIVE_UTF16_BE: return codec_utf16_decode(data, length, errors, &order, 0);
    default: return codec_utf32_decode(data, length, errors, &order, 0);
    }
}

static Value encode_native(CodecNative native, Value s, const char *errors) {
    switch (native) {
    case NATIVE_UTF8: return codec_utf8_encode(s, errors);
    case NATIVE_ASCII: return codec_ascii_encode(s, errors);
    case NATIVE_LATIN1: return codec_latin1_encode(s, errors);
    case NATIVE_UTF16: return codec_utf16_encode(s, errors, 0);
    case NATIVE_UTF16_LE: return codec_utf16_encode(s, errors, -1);
    case NATIVE_UTF16_BE: return codec_utf16_encode(s, errors, 1);
    case NATIVE_UTF32: return codec_utf32_encode(s, errors, 0);
    case NATIVE_UTF32_LE: return codec_utf32_encode(s, errors, -1);
    default: return codec_utf32_encode(s, errors, 1);
    }
}

/* ---- registry ------------------------------------------------------------------------------- */

Value codec_state(CodecState which) {
    static const char *const keys[] = {"_search_functions", "_search_cache", "_error_handlers"};
    Value module = py_import("_codecs");
    if (!module) return 0;
    Value dict = py_module_dict(module), state = py_dict_get_c(dict, keys[which]);
    if (state != VM_UNBOUND) return state;
    state = which == CODEC_STATE_SEARCH ? py_list_new(0) : py_dict_new();
    if (!state || py_dict_set_c(dict, keys[which], state) < 0) return 0;
    return state;
}

int codec_register(Value function) {
    if (!py_callable(function)) return py_raise_int(TYPE_TypeError, "argument must be callable");
    Value search = codec_state(CODEC_STATE_SEARCH);
    return search ? py_list_append(search, function) : -1;
}

int codec_unregister(Value function) {
    Value search = codec_state(CODEC_STATE_SEARCH), cache = codec_state(CODEC_STATE_CACHE);
    if (!search || !cache) return -1;
    for (int64_t i = 0; i < py_list_length(search); i++) {
        if (py_list_item(search, i) != function) continue;
        Value done = py_call_method(cache, "clear", 0, 0);
        return done ? py_setitem(search, py_int_from_i64(i), 0) : -1;
    }
    return 0;
}

/* Lower case, every run of other characters than letters, digits and dots one underscore. */
static Value normalised(const char *encoding) {
    PyStrBuilder b;
    py_builder_init(&b);
    bool gap = false;
    for (const char *p = encoding; *p; p++) {
        uint8_t c = (uint8_t)*p;
        bool kept =
            (c - '0' >= 0 && c - '0' < 10) || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '.';
        if (kept && gap && b.length && py_builder_char(&b, '_') < 0) return 0;
        gap = !kept;
        if (kept && py_builder_char(&b, c >= 'A' && c <= 'Z' ? c | 32 : c) < 0) return 0;
    }
    return py_builder_finish(&b);
}

Value codec_lookup(const char *encoding) {
    Value key = normalised(encoding), name = py_str_c(encoding),
          cache = codec_state(CODEC_STATE_CACHE);
    if (!key || !name || !cache) return 0;
    Value info = py_dict_get(cache, key);
    if (info != VM_UNBOUND) return info;
    Value package = py_import("encodings"), search = codec_state(CODEC_STATE_SEARCH);
    if (!package || !search) return 0;
    for (int64_t i = 0; i < py_list_length(search); i++) {
        info = py_call1(py_list_item(search, i), key);
        if (!info) return 0;
        if (info == VM_NONE) continue;
        if (!py_is_tuple(info) || tuple_length(info) != 4)
            return py_raise(TYPE_TypeError, "codec search functions must return 4-tuples");
        return py_dict_set(cache, key, info) < 0 ? 0 : info;
    }
    return py_raise(TYPE_LookupError, "unknown encoding: %S", name);
}

/* ---- coding by the registry ----------------------------------------------------------------- */

enum { CODEC_ENCODER, CODEC_DECODER };

/* An exception that is made of nothing but its message can be made again with a longer one. */
static bool can_be_made_again(Value exception) {
    Value type = py_type_of(exception), base = py_type(TYPE_BaseException);
    Value args = GET(REF(PyException, exception), args), dict = py_getattr_opt(exception, NAME(__dict__));
    if (!dict) return py_error_clear(), false;
    return vm_type_of(exception)->layout_type == vm_type(base)->layout_type &&
           py_type_lookup(type, NAME(__init__)) == py_type_lookup(base, NAME(__init__)) &&
           py_type_lookup(type, NAME(__new__)) == py_type_lookup(base, NAME(__new__)) && tuple_length(args) <= 1 &&
           (tuple_length(args) == 0 || py_is_str(tuple_item(args, 0))) && (!py_is_dict(dict) || py_dict_length(dict) == 0);
}

/* The exception set becomes the cause of one that names the codec. */
static void name_codec(int which, Value encoding) {
    Value cause = py_error_take();
    if (!can_be_made_again(cause)) return py_error_restore(cause);
    Value message = py_str_format("%s with '%S' codec failed (%S: %S)", which == CODEC_ENCODER ? "encoding" : "decoding", encoding,
                                  py_type_name(py_type_of(cause)), cause);
    Value exception = message ? py_call1(py_type_of(cause), message) : 0;
    if (!exception || !py_is_exception(exception)) return py_error_restore(cause);
    SET(REF(PyException, exception), cause, cause);
    SET(REF(PyException, exception), context, cause);
    SET(REF(PyException, exception), suppress_context, 1);
    py_raise_object(exception);
}

static Value apply_may_call(Value info, int which, Value object, Value encoding, Value errors_or_0) {
    Value args[2] = {object, errors_or_0};
    Value result = py_call(tuple_item(info, which), args, errors_or_0 ? 2 : 1, 0);
    if (!result) return name_codec(which, encoding), 0;
    if (py_is_tuple(result) && tuple_length(result) == 2) return tuple_item(result, 0);
    return py_raise(TYPE_TypeError, which == CODEC_ENCODER
                                        ? "encoder must return a tuple (object, integer)"
                                        : "decoder must return a tuple (object,integer)");
}

/* The names as objects: their text may lie in the heap, where it does not outlast a call. */
typedef struct CodecNames {
    Value encoding, errors_or_0;
} CodecNames;
static int hold_names(const char *encoding, const char *errors, CodecNames *names) {
    names->encoding = py_str_c(encoding);
    names->errors_or_0 = errors ? py_str_c(errors) : 0;
    return !names->encoding || (errors && !names->errors_or_0) ? -1 : 0;
}

Value codec_encode_object(Value object, const char *encoding, const char *errors) {
    CodecNames names;
    if (hold_names(encoding, errors, &names) < 0) return 0;
    Value info = codec_lookup(encoding);
    return info ? apply_may_call(info, CODEC_ENCODER, object, names.encoding, names.errors_or_0) : 0;
}

Value codec_decode_object(Value object, const char *encoding, const char *errors) {
    CodecNames names;
    if (hold_names(encoding, errors, &names) < 0) return 0;
    Value info = codec_lookup(encoding);
    return info ? apply_may_call(info, CODEC_DECODER, object, names.encoding, names.errors_or_0) : 0;
}

static Value lookup_text_may_call(const char *encoding, Value name, const char *alternative) {
    Value info = codec_lookup(encoding);
    if (!info || is_exactly(info, TYPE_TUPLE)) return info;
    Value flag = py_getattr_opt(info, py_intern_c("_is_text_encoding"));
    if (!flag) return 0;
    int text = flag == VM_UNBOUND ? 1 : py_truth(flag);
    if (text > 0) return info;
    if (text < 0) return 0;
    return py_raise(TYPE_LookupError,
                    "'%S' is not a text encoding; use %s to handle arbitrary codecs", name,
                    alternative);
}

/* In development mode an unknown error handler is an error although it is not needed. 0 or -1. */
static int check_handler_may_call(const char *errors) {
    if (!vm_options.dev_mode || !errors || codec_errors_kind(errors) != CODEC_REGISTERED) return 0;
    return codec_lookup_error(errors) ? 0 : -1;
}

/* The result; errors name codecs that CPython has in Python only. */
static Value name_codec_of(CodecNative native, const char *encoding, int which, Value result) {
    bool named = native == NATIVE_UTF16_LE || native == NATIVE_UTF16_BE || native == NATIVE_UTF32_LE || native == NATIVE_UTF32_BE;
    if (!result && named) name_codec(which, py_str_c(encoding));
    return result;
}

static Value decode_may_call(const char *data, size_t length, const char *encoding, const char *errors) {
    CodecNative native = codec_native(encoding);
    if (native != NATIVE_NONE) return name_codec_of(native, encoding, CODEC_DECODER, decode_native(native, data, length, errors));
    CodecNames names;
    Value bytes = py_bytes_new(data, length);
    if (!bytes || hold_names(encoding, errors, &names) < 0) return 0;
    Value info = lookup_text_may_call(encoding, names.encoding, "codecs.decode()");
    Value text = info ? apply_may_call(info, CODEC_DECODER, bytes, names.encoding, names.errors_or_0) : 0;
    if (!text || py_is_str(text)) return text;
    return py_raise(TYPE_TypeError,
                    "'%S' decoder returned '%T' instead of 'str'; use codecs.decode() to decode to "
                    "arbitrary types",
                    names.encoding, text);
}

Value py_decode(const char *data, size_t length, const char *encoding, const char *errors) {
    Value text = decode_may_call(data, length, encoding, errors);
    return text && check_handler_may_call(errors) < 0 ? 0 : text;
}

static Value encode_may_call(Value s, const char *encoding, const char *errors) {
    CodecNative native = codec_native(encoding);
    if (native != NATIVE_NONE) return name_codec_of(native, encoding, CODEC_ENCODER, encode_native(native, s, errors));
    CodecNames names;
    if (hold_names(encoding, errors, &names) < 0) return 0;
    Value info = lookup_text_may_call(encoding, names.encoding, "codecs.encode()");
    Value bytes = info ? apply_may_call(info, CODEC_ENCODER, s, names.encoding, names.errors_or_0) : 0;
    if (!bytes || py_is_bytes(bytes)) return bytes;
    if (py_is_bytearray(bytes)) {
        ByteView v = byte_view_self(bytes);
        return py_bytes_new(v.data, v.length);
    }
    return py_raise(TYPE_TypeError,
                    "'%S' encoder returned '%T' instead of 'bytes'; use codecs.encode() to encode "
                    "to arbitrary types",
                    names.encoding, bytes);
}

Value py_encode(Value s, const char *encoding, const char *errors) {
    Value bytes = encode_may_call(s, encoding, errors);
    return bytes && check_handler_may_call(errors) < 0 ? 0 : bytes;
}

Value py_decode_fs(const char *data, size_t length) {
    return codec_utf8_decode(data, length, "surrogateescape", 0);
}
