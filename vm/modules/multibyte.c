/* Modules _multibytecodec and _codecs_*: encodings of several bytes a character, over the C library's iconv.
 *
 * A conversion is opened for each call, so no state of iconv lives longer than a C frame. What a stateful encoding has in its
 * shift state between two calls is given to the next one again: the last character for an encoder, the last escape sequences
 * for a decoder. Converting those has no effect but the state. */
#include "vm/exec/safepoint.h"
#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/objects/bytes.h"
#include "vm/objects/codec.h"
#include "vm/objects/int.h"
#include <errno.h>
#include <iconv.h>

/* OWN_ASCII: bytes below 128 that begin a character are ASCII, where iconv has another character for one or two of them. */
typedef enum MultibyteKind { PLAIN, STATEFUL, OWN_ASCII } MultibyteKind;
typedef struct Multibyte {
    const char *name, *iconv_name;
    MultibyteKind kind;
} Multibyte;
static const Multibyte multibyte_codecs[] = {
#define CODEC(module, name, iconv_name, kind) {#name, iconv_name, kind},
#include "vm/modules/multibyte.tbl"
#undef CODEC
};
enum { CODEC_COUNT = sizeof multibyte_codecs / sizeof *multibyte_codecs };

static const Multibyte *multibyte_of(Value codec) { return &multibyte_codecs[REF(PyMultibyteCodec, codec)->number]; }
static PyMultibyteStream GS *stream_of(Value self) { return REF(PyMultibyteStream, self); }

static iconv_t conversion(const char *to, const char *from) {
    iconv_t cd = iconv_open(to, from);
    if (cd == (iconv_t)-1) py_raise(TYPE_LookupError, "the C library has no conversion from %s to %s", from, to);
    return cd;
}

/* ---- encoding ----------------------------------------------------------------------------------------------------- */

typedef struct MultibyteEncode {
    Encode run; /* first: what put gets */
    iconv_t cd;
    bool own_ascii;
} MultibyteEncode;

static int put(Encode *run, uint32_t c) {
    MultibyteEncode *e = (MultibyteEncode *)run;
    char bytes[64], *in = (char *)&c, *out = bytes;
    size_t left = sizeof c, room = sizeof bytes;
    if (e->own_ascii && c < 128) return byte_builder_byte(&run->out, (uint8_t)c) < 0 ? -1 : 1;
    if (iconv(e->cd, &in, &left, &out, &room) == (size_t)-1) return 0;
    return byte_builder_add(&run->out, bytes, (size_t)(out - bytes)) < 0 ? -1 : 1;
}
/* The end of the text; or, to look only, whether the last character is still held back: it may combine with the next. */
static int put_end(MultibyteEncode *e, bool look, bool *held) {
    char bytes[64], *out = bytes;
    size_t room = sizeof bytes;
    iconv(e->cd, 0, 0, &out, &room);
    *held = look && out != bytes;
    return look ? 0 : byte_builder_add(&e->run.out, bytes, (size_t)(out - bytes));
}

/* text as bytes; `before` (or 0) are characters that have been encoded already. *held: the last one is to be given again. */
static Value encode(const Multibyte *m, Value text, const char *errors, Value before, bool final, bool *held) {
    MultibyteEncode e = {.run = {.text = text, .encoding = m->name, .reason = "illegal multibyte sequence", .put = put}};
    e.run.errors = codec_errors_kind(errors);
    e.run.errors_name = errors;
    e.own_ascii = m->kind == OWN_ASCII;
    e.cd = conversion(m->iconv_name, "UTF-32LE");
    if (e.cd == (iconv_t)-1) return 0;
    vm_c_memory_enter();
    for (size_t i = 0; before && i < str_length(before); i++) put(&e.run, str_at(before, i));
    e.run.out = (ByteBuilder){0};
    int status = codec_encode_run(&e.run, 0);
    if (status == 0 && (final || m->kind != STATEFUL)) status = put_end(&e, !final, held);
    vm_c_memory_leave();
    iconv_close(e.cd);
    return status < 0 ? 0 : byte_builder_finish(&e.run.out);
}

/* ---- decoding ----------------------------------------------------------------------------------------------------- */

/* One step of the conversion: what has been converted goes to d->out; errno or 0. */
static int convert(iconv_t cd, Decode *d) {
    uint32_t chars[256];
    char *in = (char *)d->data + d->position, *out = (char *)chars;
    size_t left = d->length - d->position, room = sizeof chars;
    bool end = left == 0;
    int error = iconv(cd, end ? 0 : &in, end ? 0 : &left, &out, &room) == (size_t)-1 ? errno : 0;
    for (size_t i = 0; i < (sizeof chars - room) / sizeof *chars; i++)
        if (py_builder_char(&d->out, chars[i]) < 0) return -1;
    if (!end) d->position = (size_t)((const uint8_t *)in - d->data);
    return error;
}

/* The same for one character. */
static int convert_one(iconv_t cd, Decode *d) {
    size_t all = d->length;
    int error = EINVAL;
    if (d->data[d->position] < 128) return py_builder_char(&d->out, d->data[d->position++]);
    for (d->length = d->position + 1; error == EINVAL && d->length <= all; d->length++) error = convert(cd, d);
    d->length = all;
    return error;
}

static int decode_run(iconv_t cd, Decode *d, bool own_ascii) {
    while (d->position < d->length) {
        int error = own_ascii ? convert_one(cd, d) : convert(cd, d);
        if (error < 0) return -1;
        if (error == EINVAL && !d->final) break;
        if ((error == EILSEQ && codec_decode_error(d, d->position, d->position + 1, "illegal multibyte sequence") < 0) ||
            (error == EINVAL && codec_decode_error(d, d->position, d->length, "incomplete multibyte sequence") < 0))
            return -1;
    }
    size_t position = d->position, length = d->length;
    d->length = d->position;
    int error = convert(cd, d); /* what it has held back for a combination */
    d->length = length;
    d->position = position;
    return error < 0 ? -1 : 0;
}

/* bytes as text; *consumed: how many, if not all must be. `before`: escape sequences to begin with, or 0. */
static Value decode(const Multibyte *m, Value bytes, const char *errors, Value before, size_t *consumed) {
    Decode d;
    iconv_t cd = conversion("UTF-32LE", m->iconv_name);
    if (cd == (iconv_t)-1) return 0;
    ByteView view = byte_view_self(bytes);
    codec_decode_init(&d, view.data, view.length, m->name, errors);
    d.object = bytes;
    d.final = !consumed;
    vm_c_memory_enter();
    if (before) {
        char nothing[16], *in = (char *)byte_view_self(before).data, *out = nothing;
        size_t left = byte_view_self(before).length, room = sizeof nothing;
        iconv(cd, &in, &left, &out, &room);
    }
    int status = decode_run(cd, &d, m->kind == OWN_ASCII);
    vm_c_memory_leave();
    iconv_close(cd);
    if (consumed) *consumed = d.position;
    return status < 0 ? 0 : py_builder_finish(&d.out);
}

/* ---- shift states of decoders: the last escape sequence of each of the two code sets, and the last SO or SI ---------------- */

typedef struct Shift {
    uint8_t escapes[2][8], lengths[2], shift;
} Shift;

static void scan_shifts(Shift *s, const uint8_t *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (data[i] == 0x0e || data[i] == 0x0f) s->shift = data[i];
        if (data[i] != 0x1b) continue;
        size_t end = i + 1;
        while (end < length && data[end] >= 0x20 && data[end] < 0x30) end++;
        if (end >= length || end - i >= sizeof s->escapes[0]) continue;
        uint8_t set = data[i + 1] == '$' ? data[i + 2] : data[i + 1];
        int which = set == ')' || set == '*' || set == '.';
        s->lengths[which] = (uint8_t)(end + 1 - i);
        memcpy(s->escapes[which], data + i, end + 1 - i);
    }
}
static Value shifts_after(Value before, Value bytes, size_t consumed) {
    Shift s = {0};
    ByteBuilder b = {0};
    if (before) scan_shifts(&s, byte_view_self(before).data, byte_view_self(before).length);
    scan_shifts(&s, byte_view_self(bytes).data, consumed);
    for (int i = 1; i >= 0; i--)
        if (byte_builder_add(&b, s.escapes[i], s.lengths[i]) < 0) return 0;
    if (s.shift && byte_builder_byte(&b, s.shift) < 0) return 0;
    return byte_builder_finish(&b);
}

/* ---- MultibyteCodec ---------------------------------------------------------------------------------------------------------- */

static int errors_argument(Value v, const char **out) {
    *out = "strict";
    return !v || v == VM_NONE ? 0 : str_optional_utf8(v, "codec", "errors", out);
}

FUNCTION(codec_encode) {
    const char *errors;
    Value text = py_is_str(args[1]) ? args[1] : py_raise(TYPE_TypeError, "couldn't convert the object to str.");
    if (!text || errors_argument(args[2], &errors) < 0) return 0;
    bool held;
    Value bytes = encode(multibyte_of(args[0]), text, errors, 0, true, &held);
    return bytes ? py_tuple_pack(2, bytes, int_make((int64_t)str_length(text))) : 0;
}
FUNCTION(codec_decode) {
    const char *errors;
    Value bytes = bytes_from_buffer(args[1]);
    if (!bytes || errors_argument(args[2], &errors) < 0) return 0;
    Value text = decode(multibyte_of(args[0]), bytes, errors, 0, 0);
    return text ? py_tuple_pack(2, text, int_make(REF(PyBytes, bytes)->length)) : 0;
}
static const PyMethodDef codec_methods[] = {{"encode", "($self, /, input, errors=None)", codec_encode, 0, "Encode a str; (bytes, length)."},
                                            {"decode", "($self, /, input, errors=None)", codec_decode, 0, "Decode bytes; (str, length)."},
                                            {0}};
const PyTypeSpec py_spec_multibyte_codec = {.methods = codec_methods, .raw_words = 1, .module = "_multibytecodec"};

/* ---- incremental and stream codecs: `pending` waits for what follows, `shift` is what brings the shift state back ------------ */

static Value stream_new(Value type, Value stream_or_0, Value errors_or_0) {
    Value codec = py_getattr_c(type, "codec");
    if (!codec) return 0;
    if (!has_type(codec, TYPE_MULTIBYTE_CODEC)) return py_raise(TYPE_TypeError, "codec is unexpected type");
    Value self = py_alloc(type, 0), errors = errors_or_0 ? errors_or_0 : NAME(strict_errors);
    if (!self || str_check(errors, "errors") < 0) return 0;
    SET(stream_of(self), codec, codec);
    SET(stream_of(self), errors, errors);
    SET(stream_of(self), stream, stream_or_0);
    return self;
}
FUNCTION(incremental_new) { return stream_new(args[0], 0, args[1]); }
FUNCTION(reader_new) { return stream_new(args[0], args[1], args[2]); }
static int stream_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    (void)self, (void)args, (void)nargs, (void)kwnames;
    return 0;
}

static Value encode_next(Value self, Value text, bool final) {
    const Multibyte *m = multibyte_of(stream_of(self)->codec);
    const char *errors = py_str_utf8(GET(stream_of(self), errors), 0);
    Value pending = GET(stream_of(self), pending);
    bool held = false;
    if (!py_is_str(text)) return py_raise(TYPE_TypeError, "couldn't convert the object to str.");
    if (pending && !(text = py_str_concat(pending, text))) return 0;
    Value bytes = errors ? encode(m, text, errors, GET(stream_of(self), shift), final, &held) : 0;
    if (!bytes) return 0;
    size_t n = str_length(text);
    Value last = n ? py_str_substring(text, n - 1, n) : 0;
    SET(stream_of(self), pending, held ? last : 0);
    if (m->kind == STATEFUL && (final || last)) SET(stream_of(self), shift, final ? 0 : last);
    return bytes;
}

static Value decode_next(Value self, Value bytes_like, bool final) {
    const Multibyte *m = multibyte_of(stream_of(self)->codec);
    const char *errors = py_str_utf8(GET(stream_of(self), errors), 0);
    Value pending = GET(stream_of(self), pending), before = GET(stream_of(self), shift);
    Value bytes = errors ? bytes_from_buffer(bytes_like) : 0;
    if (bytes && pending) bytes = py_binary(PY_OP_ADD, pending, bytes);
    size_t consumed = bytes ? (size_t)REF(PyBytes, bytes)->length : 0, length = consumed;
    Value text = bytes ? decode(m, bytes, errors, before, final ? 0 : &consumed) : 0;
    if (!text) return 0;
    Value rest = consumed < length ? py_bytes_new(byte_view_self(bytes).data + consumed, length - consumed) : 0;
    Value shift = m->kind == STATEFUL && !final ? shifts_after(before, bytes, consumed) : 0;
    if (py_error()) return 0;
    SET(stream_of(self), pending, rest);
    SET(stream_of(self), shift, shift);
    return text;
}

FUNCTION(encoder_encode) {
    int final = args[2] ? py_truth(args[2]) : 0;
    return final < 0 ? 0 : encode_next(args[0], args[1], final);
}
FUNCTION(decoder_decode) {
    int final = args[2] ? py_truth(args[2]) : 0;
    return final < 0 ? 0 : decode_next(args[0], args[1], final);
}
FUNCTION(stream_reset) {
    SET(stream_of(args[0]), pending, 0);
    SET(stream_of(args[0]), shift, 0);
    return VM_NONE;
}

/* ---- states as numbers: a byte 1 on top keeps leading zeros ---- */

static Value number_from(Value bytes_or_0) {
    uint8_t data[24];
    size_t n = bytes_or_0 ? (size_t)REF(PyBytes, bytes_or_0)->length : 0;
    if (!n || n >= sizeof data) return int_make(0);
    memcpy(data, byte_view_self(bytes_or_0).data, n);
    data[n] = 1;
    return py_int_from_bytes(data, n + 1, true, false);
}
/* 0 without exception: none. */
static Value bytes_from_number(Value number) {
    uint8_t data[24];
    size_t n = sizeof data;
    if (!py_is_int(number)) return py_raise(TYPE_TypeError, "state must be an integer");
    if (py_int_to_bytes(number, data, sizeof data, true, false) < 0) return 0;
    while (n && !data[n - 1]) n--;
    return n > 1 ? py_bytes_new(data, n - 1) : 0;
}
FUNCTION(encoder_getstate) {
    Value pending = GET(stream_of(args[0]), pending), shift = GET(stream_of(args[0]), shift);
    if (!pending && !shift) return int_make(0);
    Value text = py_str_format("%S\n%S", pending ? pending : NAME(empty), shift ? shift : NAME(empty));
    return text ? number_from(py_encode(text, "utf-8", "surrogatepass")) : 0;
}
FUNCTION(encoder_setstate) {
    Value bytes = bytes_from_number(args[1]), newline = py_str_char('\n'), parts = 0;
    if (py_error()) return 0;
    if (bytes) {
        Value text = py_decode((const char *)byte_view_self(bytes).data, byte_view_self(bytes).length, "utf-8", "surrogatepass");
        parts = text ? py_call_method(text, "partition", 1, &newline) : 0;
        if (!parts) return 0;
    }
    Value pending = parts ? tuple_item(parts, 0) : 0, shift = parts ? tuple_item(parts, 2) : 0;
    SET(stream_of(args[0]), pending, pending && str_length(pending) ? pending : 0);
    SET(stream_of(args[0]), shift, shift && str_length(shift) ? shift : 0);
    return VM_NONE;
}
FUNCTION(encoder_reset) {
    Value bytes = GET(stream_of(args[0]), shift) ? encode_next(args[0], NAME(empty), true) : NAME(empty);
    return bytes ? stream_reset(args, 1, 0) : 0;
}
FUNCTION(decoder_getstate) {
    Value pending = GET(stream_of(args[0]), pending);
    if (!pending && !(pending = py_bytes_new("", 0))) return 0;
    return py_tuple_pack(2, pending, number_from(GET(stream_of(args[0]), shift)));
}
FUNCTION(decoder_setstate) {
    if (!py_is_tuple(args[1]) || tuple_length(args[1]) != 2 || !py_is_bytes(tuple_item(args[1], 0)))
        return py_raise(TYPE_TypeError, "setstate(): illegal state argument");
    Value pending = tuple_item(args[1], 0), shift = bytes_from_number(tuple_item(args[1], 1));
    if (py_error()) return 0;
    SET(stream_of(args[0]), pending, REF(PyBytes, pending)->length ? pending : 0);
    SET(stream_of(args[0]), shift, shift);
    return VM_NONE;
}

/* ---- streams ---- */

/* By read or readline of the stream, until something comes of it. */
static Value read_by(Value self, const char *method, Value size_or_None) {
    Value stream = GET(stream_of(self), stream);
    int64_t size = size_or_None && size_or_None != VM_NONE ? py_index_int64(size_or_None, "OverflowError") : -1;
    if (size == -1 && py_error()) return 0;
    if (size == 0) return NAME(empty);
    for (;;) {
        Value count = py_int_from_i64(size), data = py_call_method(stream, method, size >= 0, &count);
        if (!data) return 0;
        if (!py_is_bytes(data)) return py_raise(TYPE_TypeError, "stream function returned a non-bytes object (%T)", data);
        bool end = size < 0 || REF(PyBytes, data)->length == 0;
        Value text = decode_next(self, data, end);
        if (!text || end || str_length(text)) return text;
        size = 1; /* the rest of a character */
    }
}
FUNCTION(reader_read) { return read_by(args[0], "read", args[1]); }
FUNCTION(reader_readline) { return read_by(args[0], "readline", args[1]); }
FUNCTION(reader_readlines) {
    Value text = read_by(args[0], "read", args[1]), keep = VM_TRUE;
    return text ? py_call_method(text, "splitlines", 1, &keep) : 0;
}
static Value write_bytes(Value self, Value bytes) { return bytes ? py_call_method(GET(stream_of(self), stream), "write", 1, &bytes) : 0; }
FUNCTION(writer_write) { return write_bytes(args[0], encode_next(args[0], args[1], false)) ? VM_NONE : 0; }
FUNCTION(writer_writelines) {
    Value iterator = py_iter(args[1]);
    for (Value line; iterator && (line = py_next(iterator)) != VM_STOP;)
        if (!line || !write_bytes(args[0], encode_next(args[0], line, false))) return 0;
    return iterator ? VM_NONE : 0;
}
FUNCTION(writer_reset) {
    Value bytes = encode_next(args[0], NAME(empty), true);
    if (!bytes || (REF(PyBytes, bytes)->length && !write_bytes(args[0], bytes))) return 0;
    return stream_reset(args, 1, 0);
}

static Value get_errors(Value self) { return GET(stream_of(self), errors); }
static int set_errors(Value self, Value value_or_0) {
    if (!value_or_0) return py_raise_int(TYPE_AttributeError, "cannot delete attribute");
    if (!py_is_str(value_or_0)) return py_raise_int(TYPE_TypeError, "errors must be a string");
    SET(stream_of(self), errors, value_or_0);
    return 0;
}
static Value get_stream(Value self) { return GET(stream_of(self), stream); }
static const PyGetSetDef incremental_getsets[] = {{"errors", get_errors, set_errors, "how to treat errors"}, {0}};
static const PyGetSetDef stream_getsets[] = {{"errors", get_errors, set_errors, "how to treat errors"}, {"stream", get_stream, 0, 0}, {0}};

static const PyMethodDef encoder_methods[] = {{"encode", "($self, /, input, final=False)", encoder_encode, 0, 0},
                                              {"reset", "($self, /)", encoder_reset, 0, 0},
                                              {"getstate", "($self, /)", encoder_getstate, 0, 0},
                                              {"setstate", "($self, state, /)", encoder_setstate, 0, 0},
                                              {0}};
static const PyMethodDef decoder_methods[] = {{"decode", "($self, /, input, final=False)", decoder_decode, 0, 0},
                                              {"reset", "($self, /)", stream_reset, 0, 0},
                                              {"getstate", "($self, /)", decoder_getstate, 0, 0},
                                              {"setstate", "($self, state, /)", decoder_setstate, 0, 0},
                                              {0}};
static const PyMethodDef reader_methods[] = {{"read", "($self, sizeobj=None, /)", reader_read, 0, 0},
                                             {"readline", "($self, sizeobj=None, /)", reader_readline, 0, 0},
                                             {"readlines", "($self, sizehintobj=None, /)", reader_readlines, 0, 0},
                                             {"reset", "($self, /)", stream_reset, 0, 0},
                                             {0}};
static const PyMethodDef writer_methods[] = {{"write", "($self, strobj, /)", writer_write, 0, 0},
                                             {"writelines", "($self, lines, /)", writer_writelines, 0, 0},
                                             {"reset", "($self, /)", writer_reset, 0, 0},
                                             {0}};
#define STREAM_SPEC(name, make, signature, sets)                                                                              \
    const PyTypeSpec py_spec_multibyte_##name = {.slots = {.init = stream_init}, .methods = name##_methods, .getsets = sets,  \
                                                 .new_signature = signature, .new_fn = make, .module = "_multibytecodec"}
STREAM_SPEC(encoder, incremental_new, "(errors='strict')", incremental_getsets);
STREAM_SPEC(decoder, incremental_new, "(errors='strict')", incremental_getsets);
STREAM_SPEC(reader, reader_new, "(stream, errors='strict')", stream_getsets);
STREAM_SPEC(writer, reader_new, "(stream, errors='strict')", stream_getsets);

/* ---- the modules ------------------------------------------------------------------------------------------------------------- */

typedef enum Family { FAMILY_cn, FAMILY_hk, FAMILY_iso2022, FAMILY_jp, FAMILY_kr, FAMILY_tw } Family;
static const uint8_t families[CODEC_COUNT] = {
#define CODEC(module, name, iconv_name, kind) FAMILY_##module,
#include "vm/modules/multibyte.tbl"
#undef CODEC
};

static Value getcodec(Family family, Value name) {
    if (!py_is_str(name)) return py_raise(TYPE_TypeError, "encoding name must be a string.");
    for (uint64_t i = 0; i < CODEC_COUNT; i++) {
        if (families[i] != family || !py_str_equal_c(name, multibyte_codecs[i].name)) continue;
        Value codec = py_alloc_id(TYPE_MULTIBYTE_CODEC, 0);
        if (codec) REF(PyMultibyteCodec, codec)->number = i;
        return codec;
    }
    return py_raise(TYPE_LookupError, "no such codec is supported.");
}
#define FAMILY(name)                                                                                                          \
    FUNCTION(getcodec_##name) { return getcodec(FAMILY_##name, args[0]); }                                                    \
    static const PyMethodDef functions_##name[] = {{"getcodec", "($module, arg, /)", getcodec_##name, 0, 0}, {0}};            \
    const PyModuleDef py_module_codecs_##name = {.functions = functions_##name}
FAMILY(cn);
FAMILY(hk);
FAMILY(iso2022);
FAMILY(jp);
FAMILY(kr);
FAMILY(tw);

static int multibyte_init(Value module) {
    for (uint32_t id = TYPE_MULTIBYTE_ENCODER; id <= TYPE_MULTIBYTE_WRITER; id++)
        if (py_module_add_type(module, id) < 0) return -1;
    return 0;
}
const PyModuleDef py_module_multibytecodec = {.init = multibyte_init};
