/* Module _lzma: xz and raw LZMA streams by liblzma. Filters are dicts: lzma_filter.c. */
#include "vm/modules/lzma.h"
#include <stdlib.h>

MODULE_EXCEPTION(lzma_error, "Call to liblzma failed.", "_lzma");

static Value lzma_raise(lzma_ret code) {
    switch (code) {
    case LZMA_UNSUPPORTED_CHECK: return py_raise(TYPE_LZMA_ERROR, "Unsupported integrity check");
    case LZMA_MEM_ERROR: return py_raise_memory();
    case LZMA_MEMLIMIT_ERROR: return py_raise(TYPE_LZMA_ERROR, "Memory usage limit exceeded");
    case LZMA_FORMAT_ERROR: return py_raise(TYPE_LZMA_ERROR, "Input format not supported by decoder");
    case LZMA_OPTIONS_ERROR: return py_raise(TYPE_LZMA_ERROR, "Invalid or unsupported options");
    case LZMA_DATA_ERROR: return py_raise(TYPE_LZMA_ERROR, "Corrupt input data");
    case LZMA_BUF_ERROR: return py_raise(TYPE_LZMA_ERROR, "Insufficient buffer space");
    case LZMA_PROG_ERROR: return py_raise(TYPE_LZMA_ERROR, "Internal error");
    default: return py_raise(TYPE_LZMA_ERROR, "Unrecognized error from liblzma: %d", code);
    }
}

enum { CHECK_UNKNOWN = LZMA_CHECK_ID_MAX + 1 };
typedef struct LzmaStream {
    lzma_stream stream;
    lzma_check check; /* decoders: once the stream's head has been read */
} LzmaStream;

static CodecStatus run(LzmaStream *memory, CodecSpan *in, CodecSpan *out, lzma_action action) {
    lzma_stream *stream = &memory->stream;
    stream->next_in = in->next;
    stream->avail_in = in->left;
    stream->next_out = out->next;
    stream->avail_out = out->left;
    lzma_ret code = lzma_code(stream, action);
    while (code == LZMA_GET_CHECK || code == LZMA_NO_CHECK) { /* it only tells */
        memory->check = lzma_get_check(stream);
        code = lzma_code(stream, action);
    }
    *in = (CodecSpan){in->next + (in->left - stream->avail_in), stream->avail_in};
    *out = (CodecSpan){stream->next_out, stream->avail_out};
    if (code == LZMA_STREAM_END) return CODEC_END;
    bool good = code == LZMA_OK || (code == LZMA_BUF_ERROR && (!in->left || !out->left));
    return good ? CODEC_MORE : (lzma_raise(code), CODEC_FAILED);
}
static CodecStatus compress_step(void *stream, CodecSpan *in, CodecSpan *out, bool finish) {
    return run(stream, in, out, finish ? LZMA_FINISH : LZMA_RUN);
}
static CodecStatus decompress_step(void *stream, CodecSpan *in, CodecSpan *out, bool finish) {
    (void)finish;
    return run(stream, in, out, LZMA_RUN);
}

/* ---- objects ------------------------------------------------------------------------------------------------------------------- */

static void stream_free(LzmaStream *memory) {
    if (memory) lzma_end(&memory->stream);
    free(memory);
}

/* An object for the stream, whose initialisation gave `code` or set an exception. */
static Value wrap(uint32_t type_id, LzmaStream *memory, lzma_ret code, lzma_check check) {
    Value self = py_error() ? 0 : code == LZMA_OK ? codec_new(type_id, memory) : lzma_raise(code);
    if (self) REF(CodecStream, self)->check = memory->check = check;
    else stream_free(memory);
    return self;
}

static lzma_ret init_raw(lzma_stream *stream, Value specifications, bool encode) {
    LzmaFilters filters;
    if (filter_chain_from(&filters, specifications) < 0) return LZMA_OK;
    lzma_ret code = encode ? lzma_raw_encoder(stream, filters.chain) : lzma_raw_decoder(stream, filters.chain);
    filter_chain_free(&filters);
    return code;
}
static lzma_ret init_encoder(lzma_stream *stream, int format, lzma_check check, uint32_t preset, Value specifications) {
    LzmaFilters filters;
    lzma_options_lzma options;
    if (format == FORMAT_RAW) return init_raw(stream, specifications, true);
    if (specifications == VM_NONE) {
        if (format == FORMAT_XZ) return lzma_easy_encoder(stream, preset, check);
        return lzma_lzma_preset(&options, preset) ? (py_raise(TYPE_LZMA_ERROR, "Invalid compression preset: %u", preset), LZMA_OK) : lzma_alone_encoder(stream, &options);
    }
    if (filter_chain_from(&filters, specifications) < 0) return LZMA_OK;
    lzma_ret code = LZMA_OK;
    if (format == FORMAT_XZ) code = lzma_stream_encoder(stream, filters.chain, check);
    else if (filters.chain[0].id == LZMA_FILTER_LZMA1 && filters.chain[1].id == LZMA_VLI_UNKNOWN) code = lzma_alone_encoder(stream, filters.chain[0].options);
    else py_raise(TYPE_ValueError, "Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter");
    filter_chain_free(&filters);
    return code;
}

static Value compressor_new(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    int format = FORMAT_XZ, check = -1;
    uint32_t preset = LZMA_PRESET_DEFAULT;
    Value preset_value = args[3] ? args[3] : VM_NONE, filters = args[4] ? args[4] : VM_NONE;
    if ((args[1] && int_argument(args[1], &format) < 0) || (args[2] && int_argument(args[2], &check) < 0)) return 0;
    if (preset_value != VM_NONE && filters != VM_NONE) return py_raise(TYPE_ValueError, "Cannot specify both preset and filter chain");
    if (preset_value != VM_NONE && lzma_u32(preset_value, &preset) < 0) return 0;
    if (format != FORMAT_XZ && check != -1 && check != LZMA_CHECK_NONE) return py_raise(TYPE_ValueError, "Integrity checks are only supported by FORMAT_XZ");
    if (format != FORMAT_XZ && format != FORMAT_ALONE && format != FORMAT_RAW) return py_raise(TYPE_ValueError, "Invalid container format: %d", format);
    if (format == FORMAT_RAW && filters == VM_NONE) return py_raise(TYPE_ValueError, "Must specify filters for FORMAT_RAW");
    if (check == -1) check = LZMA_CHECK_CRC64;
    codec_enter("lzma");
    LzmaStream *memory = calloc(1, sizeof *memory);
    lzma_stream *stream = memory ? &memory->stream : 0;
    vm_c_memory_enter();
    lzma_ret code = stream ? init_encoder(stream, format, (lzma_check)check, preset, filters) : LZMA_MEM_ERROR;
    vm_c_memory_leave();
    return wrap(TYPE_LZMA_COMPRESSOR, memory, code, 0);
}

static Value decompressor_new(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    int format = FORMAT_AUTO;
    uint64_t limit = UINT64_MAX;
    Value filters = args[3] ? args[3] : VM_NONE;
    if (args[1] && int_argument(args[1], &format) < 0) return 0;
    bool limited = args[2] && args[2] != VM_NONE;
    if (limited && format == FORMAT_RAW) return py_raise(TYPE_ValueError, "Cannot specify memory limit with FORMAT_RAW");
    if (limited && lzma_u64(args[2], &limit) < 0) return 0;
    if (format == FORMAT_RAW && filters == VM_NONE) return py_raise(TYPE_ValueError, "Must specify filters for FORMAT_RAW");
    if (format != FORMAT_RAW && filters != VM_NONE) return py_raise(TYPE_ValueError, "Cannot specify filters except with FORMAT_RAW");
    if (format < FORMAT_AUTO || format > FORMAT_RAW) return py_raise(TYPE_ValueError, "Invalid container format: %d", format);
    codec_enter("lzma");
    const uint32_t flags = LZMA_TELL_ANY_CHECK | LZMA_TELL_NO_CHECK;
    LzmaStream *memory = calloc(1, sizeof *memory);
    lzma_stream *stream = memory ? &memory->stream : 0;
    vm_c_memory_enter();
    lzma_ret code = !stream                  ? LZMA_MEM_ERROR
                    : format == FORMAT_AUTO  ? lzma_auto_decoder(stream, limit, flags)
                    : format == FORMAT_XZ    ? lzma_stream_decoder(stream, limit, flags)
                    : format == FORMAT_ALONE ? lzma_alone_decoder(stream, limit)
                                             : init_raw(stream, filters, false);
    vm_c_memory_leave();
    return wrap(TYPE_LZMA_DECOMPRESSOR, memory, code, format == FORMAT_ALONE || format == FORMAT_RAW ? LZMA_CHECK_NONE : CHECK_UNKNOWN);
}

static void end_stream(Value self) {
    CodecStream GS *c = REF(CodecStream, self);
    LzmaStream *memory = native_remove(GET(c, stream));
    SET(c, stream, 0);
    stream_free(memory);
}
FUNCTION(lzma_del) {
    codec_enter("lzma");
    end_stream(args[0]);
    return VM_NONE;
}
FUNCTION(lzma_compress) { return codec_compress(args[0], args[1], false, compress_step); }
FUNCTION(lzma_flush) {
    Value result = codec_compress(args[0], 0, true, compress_step);
    if (result) end_stream(args[0]);
    return result;
}
FUNCTION(lzma_decompress) {
    Value result = codec_decompress(args, decompress_step);
    CodecStream GS *c = REF(CodecStream, args[0]);
    if (result) SET(c, check, ((LzmaStream *)native_at(c->stream))->check);
    return result;
}
FUNCTION(lzma_no_pickle) { return py_raise(TYPE_TypeError, "cannot pickle '%T' object", args[0]); }
static Value get_check(Value self) { return int_make((int64_t)GET(REF(CodecStream, self), check)); }
static Value get_eof(Value self) { return codec_decompressor_getsets[0].get(self); }
static Value get_needs_input(Value self) { return codec_decompressor_getsets[1].get(self); }
static Value get_unused(Value self) { return codec_decompressor_getsets[2].get(self); }

static const PyMethodDef compressor_methods[] = {
    {"compress", "($self, data, /)", lzma_compress, 0, "Provide data to the compressor object."},
    {"flush", "($self, /)", lzma_flush, 0, "Finish the compression process."},
    {"__reduce__", "($self, /)", lzma_no_pickle, 0, 0},
    {"__del__", "($self, /)", lzma_del, 0, 0},
    {0}};
static const PyMethodDef decompressor_methods[] = {
    {"decompress", "($self, /, data, max_length=-1)", lzma_decompress, 0, "Decompress *data*, returning uncompressed data as bytes."},
    {"__reduce__", "($self, /)", lzma_no_pickle, 0, 0},
    {"__del__", "($self, /)", lzma_del, 0, 0},
    {0}};
static const PyGetSetDef decompressor_getsets[] = {{"check", get_check, 0, "ID of the integrity check used by the input stream."},
                                                   {"eof", get_eof, 0, "True if the end-of-stream marker has been reached."},
                                                   {"needs_input", get_needs_input, 0, "True if more input is needed before more decompressed data can be produced."},
                                                   {"unused_data", get_unused, 0, "Data found after the end of the compressed stream."},
                                                   {0}};
const PyTypeSpec py_spec_lzma_compressor = {.doc = "Create a compressor object for compressing data incrementally.", .methods = compressor_methods, .raw_words = 4,
                                            .new_signature = "(format=FORMAT_XZ, check=-1, preset=None, filters=None)", .new_fn = compressor_new, .module = "_lzma"};
const PyTypeSpec py_spec_lzma_decompressor = {.doc = "Create a decompressor object for decompressing data incrementally.", .methods = decompressor_methods,
                                              .getsets = decompressor_getsets, .raw_words = 4, .new_signature = "(format=FORMAT_AUTO, memlimit=None, filters=None)",
                                              .new_fn = decompressor_new, .module = "_lzma"};

FUNCTION(lzma_is_check_supported) {
    int check;
    return int_argument(args[0], &check) < 0 ? 0 : vm_bool(lzma_check_is_supported((lzma_check)check));
}
static const PyMethodDef lzma_functions[] = {
    {"is_check_supported", "($module, check_id, /)", lzma_is_check_supported, 0, "Test whether the given integrity check is supported."},
    {"_encode_filter_properties", "($module, filter, /)", lzma_encode_filter_properties, 0, "Return a bytes object encoding the options (properties) of the filter specified by *filter* (a dict)."},
    {"_decode_filter_properties", "($module, filter_id, encoded_props, /)", lzma_decode_filter_properties, 0, "Return a dict describing the options (properties) encoded by *encoded_props*."},
    {0}};
static const IntConstant constants[] = {
    {"FORMAT_AUTO", FORMAT_AUTO}, {"FORMAT_XZ", FORMAT_XZ}, {"FORMAT_ALONE", FORMAT_ALONE}, {"FORMAT_RAW", FORMAT_RAW},
    {"CHECK_NONE", LZMA_CHECK_NONE}, {"CHECK_CRC32", LZMA_CHECK_CRC32}, {"CHECK_CRC64", LZMA_CHECK_CRC64}, {"CHECK_SHA256", LZMA_CHECK_SHA256},
    {"CHECK_ID_MAX", LZMA_CHECK_ID_MAX}, {"CHECK_UNKNOWN", CHECK_UNKNOWN}, {"FILTER_LZMA1", LZMA_FILTER_LZMA1}, {"FILTER_LZMA2", LZMA_FILTER_LZMA2},
    {"FILTER_DELTA", LZMA_FILTER_DELTA}, {"FILTER_X86", LZMA_FILTER_X86}, {"FILTER_IA64", LZMA_FILTER_IA64}, {"FILTER_ARM", LZMA_FILTER_ARM},
    {"FILTER_ARMTHUMB", LZMA_FILTER_ARMTHUMB}, {"FILTER_SPARC", LZMA_FILTER_SPARC}, {"FILTER_POWERPC", LZMA_FILTER_POWERPC}, {"MF_HC3", LZMA_MF_HC3},
    {"MF_HC4", LZMA_MF_HC4}, {"MF_BT2", LZMA_MF_BT2}, {"MF_BT3", LZMA_MF_BT3}, {"MF_BT4", LZMA_MF_BT4}, {"MODE_FAST", LZMA_MODE_FAST},
    {"MODE_NORMAL", LZMA_MODE_NORMAL}, {"PRESET_DEFAULT", LZMA_PRESET_DEFAULT}, {"PRESET_EXTREME", LZMA_PRESET_EXTREME}};
static int lzma_init(Value module) {
    return ADD_CONSTANTS(module, constants) < 0 || py_module_add_type(module, TYPE_LZMA_COMPRESSOR) < 0 || py_module_add_type(module, TYPE_LZMA_DECOMPRESSOR) < 0
               ? -1
               : py_module_add(module, "LZMAError", py_type(TYPE_LZMA_ERROR));
}
const PyModuleDef py_module_lzma = {.functions = lzma_functions, .init = lzma_init};
