/* Text encodings: what codec*.c and vm/modules/codecs.c share. */
#ifndef VM_OBJECTS_CODEC_H
#define VM_OBJECTS_CODEC_H

#include "vm/objects/bytes.h"

/* ---- error handlers (codec_errors.c) -------------------------------------------------------- */

typedef enum CodecErrors {
    CODEC_STRICT,
    CODEC_IGNORE,
    CODEC_REPLACE,
    CODEC_BACKSLASHREPLACE,
    CODEC_XMLCHARREFREPLACE,
    CODEC_NAMEREPLACE,
    CODEC_SURROGATEESCAPE,
    CODEC_SURROGATEPASS,
    CODEC_REGISTERED /* a Python callable, by name */
} CodecErrors;
CodecErrors codec_errors_kind(const char *name_or_0);
/* codecs.lookup_error, codecs.register_error. */
Value codec_lookup_error(const char *name);
int codec_register_error(Value name, Value handler);
/* The built-in handlers as Python callables see them: (exception) -> (replacement, position). */
Value codec_handle_exception(CodecErrors kind, Value exception);

void codec_raise_encode(const char *encoding, Value text, size_t start, size_t end,
                        const char *reason);

/* ---- encoding ------------------------------------------------------------------------------- */

/* A str on its way to bytes. An encoder gives `put` and `can`; codec_encode_run does the rest. */
typedef struct Encode Encode;
struct Encode {
    Value text;
    const char *encoding; /* as the exception names it */
    const char *reason;
    CodecErrors errors;
    const char *errors_name;
    Value handler; /* of CODEC_REGISTERED, once looked up */
    Value mapping; /* charmap */
    int order;     /* utf-16, utf-32: -1 little, 1 big */
    ByteBuilder out;
    int (*put)(Encode *e, uint32_t c);  /* 1; 0: cannot be encoded; -1: exception */
    bool (*can)(Encode *e, uint32_t c); /* extends a run of what cannot be encoded; may be 0 */
};
/* Encodes text[start:] to e->out. Handlers may run Python code. */
int codec_encode_run(Encode *e, size_t start);
Value codec_encode_finish(Encode *e, size_t start); /* run, then the bytes */

/* ---- decoding ------------------------------------------------------------------------------- */

/* Bytes on their way to a str. `data` is flat: it is set anew after an error handler ran. */
typedef struct Decode {
    const uint8_t *data;
    size_t length, position;
    Value object; /* a bytes object with the same content, made when a handler wants it */
    const char *encoding;
    CodecErrors errors;
    const char *errors_name;
    Value handler;
    bool final; /* an incomplete sequence at the end is an error, not left for later */
    PyStrBuilder out;
} Decode;
void codec_decode_init(Decode *d, const void *data, size_t length, const char *encoding,
                       const char *errors);
/* data[start:end] cannot be decoded: apply the handler, which appends to out and moves position.
 * 0, or -1 with an exception. */
int codec_decode_error(Decode *d, size_t start, size_t end, const char *reason);

/* ---- the encodings: final decoders consume everything; with a `consumed` they may leave an
 * incomplete sequence at the end ------------------------------------------------------------- */

size_t utf8_size(const StrView *v); /* surrogates count as three bytes */
uint8_t *utf8_write(uint8_t *to, const StrView *v);
unsigned utf8_put(uint8_t *to, uint32_t c);
Value codec_utf8_encode(Value text, const char *errors);
Value codec_ascii_encode(Value text, const char *errors);
Value codec_latin1_encode(Value text, const char *errors);
Value codec_utf8_decode(const void *data, size_t length, const char *errors, size_t *consumed_or_0);
Value codec_ascii_decode(const void *data, size_t length, const char *errors);
Value codec_latin1_decode(const void *data, size_t length);
/* order: -1 little, 1 big, 0 native with a byte order mark. *order of decoders: in: as given; out:
 * what was found. */
Value codec_utf16_encode(Value text, const char *errors, int order);
Value codec_utf32_encode(Value text, const char *errors, int order);
Value codec_utf16_decode(const void *data, size_t length, const char *errors, int *order,
                         size_t *consumed_or_0);
Value codec_utf32_decode(const void *data, size_t length, const char *errors, int *order,
                         size_t *consumed_or_0);
Value codec_utf7_encode(Value text, const char *errors);
Value codec_utf7_decode(const void *data, size_t length, const char *errors, size_t *consumed_or_0);
Value codec_unicode_escape_encode(Value text);
Value codec_raw_unicode_escape_encode(Value text);
Value codec_unicode_escape_decode(const void *data, size_t length, const char *errors,
                                  size_t *consumed_or_0);
Value codec_raw_unicode_escape_decode(const void *data, size_t length, const char *errors,
                                      size_t *consumed_or_0);
Value codec_escape_encode(const uint8_t *data, size_t length);
Value codec_escape_decode(const void *data, size_t length, const char *errors);
Value codec_charmap_encode(Value text, const char *errors, Value mapping_or_None);
Value codec_charmap_decode(const void *data, size_t length, const char *errors,
                           Value mapping_or_None);
Value codec_charmap_build(Value table);

/* ---- registry (codec.c) --------------------------------------------------------------------- */

Value codec_lookup(const char *encoding); /* the CodecInfo tuple */
int codec_register(Value search_function);
int codec_unregister(Value search_function);
/* codecs.encode and codecs.decode: any object to any object. */
Value codec_encode_object(Value object, const char *encoding, const char *errors_or_0);
Value codec_decode_object(Value object, const char *encoding, const char *errors_or_0);

#endif
