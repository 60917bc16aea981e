/* Module _bz2: bzip2 by libbz2. */
#include "vm/modules/codec_stream.h"
#include <bzlib.h>
#include <stdlib.h>

static Value bz2_raise(int code) {
    switch (code) {
    case BZ_PARAM_ERROR: return py_raise(TYPE_ValueError, "Internal error - invalid parameters passed to libbzip2");
    case BZ_MEM_ERROR: return py_raise_memory();
    case BZ_DATA_ERROR:
    case BZ_DATA_ERROR_MAGIC: return py_raise(TYPE_OSError, "Invalid data stream");
    case BZ_IO_ERROR: return py_raise(TYPE_OSError, "Unknown I/O error");
    case BZ_UNEXPECTED_EOF: return py_raise(TYPE_EOFError, "Compressed file ended before the logical end-of-stream was detected");
    case BZ_SEQUENCE_ERROR: return py_raise(TYPE_RuntimeError, "Internal error - Invalid sequence of commands sent to libbzip2");
    default: return py_raise(TYPE_OSError, "Unrecognized error from libbzip2: %d", code);
    }
}

static void spans_to_stream(bz_stream *stream, const CodecSpan *in, const CodecSpan *out) {
    stream->next_in = (char *)in->next;
    stream->avail_in = in->left > UINT32_MAX ? UINT32_MAX : (unsigned)in->left;
    stream->next_out = (char *)out->next;
    stream->avail_out = out->left > UINT32_MAX ? UINT32_MAX : (unsigned)out->left;
}
static void spans_from_stream(const bz_stream *stream, CodecSpan *in, CodecSpan *out) {
    in->left -= (size_t)((uint8_t *)stream->next_in - in->next);
    in->next = (uint8_t *)stream->next_in;
    out->left -= (size_t)((uint8_t *)stream->next_out - out->next);
    out->next = (uint8_t *)stream->next_out;
}

static CodecStatus compress_step(void *memory, CodecSpan *in, CodecSpan *out, bool finish) {
    bz_stream *stream = memory;
    spans_to_stream(stream, in, out);
    bool last = finish && stream->avail_in == in->left;
    if (!last && !stream->avail_in) return CODEC_MORE;
    int code = BZ2_bzCompress(stream, last ? BZ_FINISH : BZ_RUN);
    spans_from_stream(stream, in, out);
    if (code == BZ_STREAM_END) return CODEC_END;
    return code == BZ_RUN_OK || code == BZ_FINISH_OK ? CODEC_MORE : (bz2_raise(code), CODEC_FAILED);
}
static CodecStatus decompress_step(void *memory, CodecSpan *in, CodecSpan *out, bool finish) {
    (void)finish;
    bz_stream *stream = memory;
    spans_to_stream(stream, in, out);
    int code = BZ2_bzDecompress(stream);
    spans_from_stream(stream, in, out);
    if (code == BZ_STREAM_END) return CODEC_END;
    return code == BZ_OK ? CODEC_MORE : (bz2_raise(code), CODEC_FAILED);
}

static Value new_stream(uint32_t type_id, int level) {
    codec_enter("bz2");
    bz_stream *stream = calloc(1, sizeof *stream);
    int code = !stream ? BZ_MEM_ERROR : level ? BZ2_bzCompressInit(stream, level, 0, 0) : BZ2_bzDecompressInit(stream, 0, 0);
    if (code != BZ_OK) return free(stream), bz2_raise(code);
    Value self = codec_new(type_id, stream);
    if (self) return self;
    level ? BZ2_bzCompressEnd(stream) : BZ2_bzDecompressEnd(stream);
    free(stream);
    return 0;
}
static Value compressor_new(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    int level = 9;
    if (args[1] && int_argument(args[1], &level) < 0) return 0;
    if (level < 1 || level > 9) return py_raise(TYPE_ValueError, "compresslevel must be between 1 and 9");
    return new_stream(TYPE_BZ2_COMPRESSOR, level);
}
static Value decompressor_new(const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return new_stream(TYPE_BZ2_DECOMPRESSOR, 0);
}

static void end_stream(Value self) {
    CodecStream GS *c = REF(CodecStream, self);
    bz_stream *stream = native_remove(GET(c, stream));
    SET(c, stream, 0);
    if (!stream) return;
    is_exactly(self, TYPE_BZ2_COMPRESSOR) ? BZ2_bzCompressEnd(stream) : BZ2_bzDecompressEnd(stream);
    free(stream);
}
FUNCTION(bz2_del) {
    codec_enter("bz2");
    end_stream(args[0]);
    return VM_NONE;
}
FUNCTION(bz2_compress) { return codec_compress(args[0], args[1], false, compress_step); }
FUNCTION(bz2_flush) {
    Value result = codec_compress(args[0], 0, true, compress_step);
    if (result) end_stream(args[0]);
    return result;
}
/* The library must not be called again after it has refused its data. */
FUNCTION(bz2_decompress) {
    Value result = codec_decompress(args, decompress_step);
    if (!result && py_error_is(TYPE_OSError)) end_stream(args[0]);
    return result;
}
FUNCTION(bz2_no_pickle) { return py_raise(TYPE_TypeError, "cannot pickle '%T' object", args[0]); }

static const PyMethodDef compressor_methods[] = {
    {"compress", "($self, data, /)", bz2_compress, 0, "Provide data to the compressor object."},
    {"flush", "($self, /)", bz2_flush, 0, "Finish the compression process."},
    {"__reduce__", "($self, /)", bz2_no_pickle, 0, 0},
    {"__del__", "($self, /)", bz2_del, 0, 0},
    {0}};
static const PyMethodDef decompressor_methods[] = {
    {"decompress", "($self, /, data, max_length=-1)", bz2_decompress, 0, "Decompress *data*, returning uncompressed data as bytes."},
    {"__reduce__", "($self, /)", bz2_no_pickle, 0, 0},
    {"__del__", "($self, /)", bz2_del, 0, 0},
    {0}};
const PyTypeSpec py_spec_bz2_compressor = {.doc = "Create a compressor object for compressing data incrementally.", .methods = compressor_methods, .raw_words = 4,
                                           .new_signature = "(compresslevel=9, /)", .new_fn = compressor_new, .module = "_bz2"};
const PyTypeSpec py_spec_bz2_decompressor = {.doc = "Create a decompressor object for decompressing data incrementally.", .methods = decompressor_methods,
                                             .getsets = codec_decompressor_getsets, .raw_words = 4, .new_signature = "()", .new_fn = decompressor_new, .module = "_bz2"};

static const PyMethodDef bz2_functions[] = {{0}};
static int bz2_init(Value module) {
    return py_module_add_type(module, TYPE_BZ2_COMPRESSOR) < 0 ? -1 : py_module_add_type(module, TYPE_BZ2_DECOMPRESSOR);
}
const PyModuleDef py_module_bz2 = {.functions = bz2_functions, .init = bz2_init};
