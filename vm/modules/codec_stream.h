/* Compressors and decompressors of _bz2 and _lzma: what they have in common. Streams are C memory of the libraries, by number in
 * native_table.h; they change in inevitable transactions only. */
#ifndef VM_MODULES_CODEC_STREAM_H
#define VM_MODULES_CODEC_STREAM_H

#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/modules/native_table.h"
#include "vm/modules/posix.h"

typedef struct CodecSpan { /* the part of input or output that is left */
    uint8_t *next;
    size_t left;
} CodecSpan;

/* One step of a library: takes some input, gives some output. */
typedef enum { CODEC_MORE, CODEC_END, CODEC_FAILED /* an exception is set */ } CodecStatus;
typedef CodecStatus (*CodecStep)(void *stream, CodecSpan *in, CodecSpan *out, bool finish);

Value codec_new(uint32_t type_id, void *stream); /* on failure the caller still owns the stream */
/* All of `data` through a compressor. finish: to the end of the stream. bytes or 0. */
Value codec_compress(Value self, Value data_or_0, bool finish, CodecStep step);
/* decompress(data, max_length): args as bound. */
Value codec_decompress(const Value *args, CodecStep step);
extern const PyGetSetDef codec_decompressor_getsets[]; /* eof, needs_input, unused_data */

static inline void codec_enter(const char *library) { VM_C_SAFEPOINT(stm_become_inevitable(library)); }

#endif
