/* Module zlib: one-shot functions and checksums. Streams: zlib_stream.c.
 *
 * The library works on C memory that it allocates itself, so whatever calls it is inevitable first. */
#include "vm/modules/zlib.h"
#include "vm/exec/safepoint.h"
#include <stdlib.h>

MODULE_EXCEPTION(zlib_error, 0, "zlib");

Value zlib_raise(const z_stream *stream, int code, const char *doing) {
    const char *why = code == Z_BUF_ERROR ? "incomplete or truncated stream" : code == Z_STREAM_ERROR ? "inconsistent stream state" : code == Z_DATA_ERROR ? "invalid input data" : 0;
    if (code == Z_VERSION_ERROR) why = "library version mismatch";
    else if (stream && stream->msg) why = stream->msg;
    if (code == Z_MEM_ERROR) return py_raise(TYPE_MemoryError, "Out of memory while %s", doing);
    return why ? py_raise(TYPE_ZLIB_ERROR, "Error %d %s: %s", code, doing, why) : py_raise(TYPE_ZLIB_ERROR, "Error %d %s", code, doing);
}

/* ---- growing output ---------------------------------------------------------------------------------------------- */

bool sink_grow(ZlibSink *sink, size_t most) {
    size_t used = sink->capacity - sink->stream->avail_out, capacity = sink->capacity ? sink->capacity * 2 : sink->first;
    if (most && capacity > most) capacity = most;
    uint8_t *data = capacity > used ? realloc(sink->data, capacity) : 0;
    if (!data) return false;
    sink->data = data;
    sink->stream->next_out = data + used;
    sink->stream->avail_out = (uInt)(capacity - used);
    sink->capacity = capacity;
    return true;
}
Value sink_finish(ZlibSink *sink, bool good) {
    size_t used = sink->capacity - sink->stream->avail_out;
    Value bytes = good ? py_bytes_new(sink->data ? sink->data : (uint8_t *)"", used) : 0;
    free(sink->data);
    return bytes;
}

/* Copies of input: at most UINT_MAX bytes at a time go to the library. */
int zlib_feed(z_stream *stream, const uint8_t **next, size_t *left) {
    size_t n = *left > UINT32_MAX ? UINT32_MAX : *left;
    stream->next_in = (Bytef *)(uintptr_t)*next;
    stream->avail_in = (uInt)n;
    *next += n;
    *left -= n;
    return *left ? Z_NO_FLUSH : Z_FINISH;
}

/* ---- compress and decompress --------------------------------------------------------------------------------------- */

FUNCTION(zlib_compress) {
    int level = Z_DEFAULT_COMPRESSION, bits = MAX_WBITS;
    FlatBytes in;
    if ((args[1] && int_argument(args[1], &level) < 0) || (args[2] && int_argument(args[2], &bits) < 0)) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("zlib"));
    if (flat_bytes(&in, args[0]) < 0) return 0;
    z_stream stream = {0};
    int code = deflateInit2(&stream, level, Z_DEFLATED, bits, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY);
    if (code != Z_OK) {
        flat_bytes_free(&in);
        return code == Z_STREAM_ERROR ? py_raise(TYPE_ZLIB_ERROR, "Bad compression level") : zlib_raise(&stream, code, "while compressing data");
    }
    ZlibSink sink = {.stream = &stream, .first = 16384};
    const uint8_t *next = in.data;
    size_t left = in.length;
    int flush;
    bool good = true;
    do {
        flush = zlib_feed(&stream, &next, &left);
        do {
            good = stream.avail_out || sink_grow(&sink, 0);
            if (good) code = deflate(&stream, flush);
        } while (good && stream.avail_out == 0);
    } while (good && flush != Z_FINISH);
    if (!good) py_raise_memory();
    else if (code != Z_STREAM_END) zlib_raise(&stream, code, "while compressing data"), good = false;
    Value result = sink_finish(&sink, good);
    deflateEnd(&stream);
    flat_bytes_free(&in);
    return result;
}

FUNCTION(zlib_decompress) {
    int bits = MAX_WBITS;
    int64_t first = args[2] ? py_index_int64(args[2], "OverflowError") : 16384;
    FlatBytes in;
    if ((first == -1 && py_error()) || (args[1] && int_argument(args[1], &bits) < 0)) return 0;
    if (first < 0) return py_raise(TYPE_ZLIB_ERROR, "bufsize must be non-negative");
    VM_C_SAFEPOINT(stm_become_inevitable("zlib"));
    if (flat_bytes(&in, args[0]) < 0) return 0;
    z_stream stream = {0};
    int code = inflateInit2(&stream, bits);
    if (code != Z_OK) {
        flat_bytes_free(&in);
        return zlib_raise(&stream, code, "while preparing to decompress data");
    }
    ZlibSink sink = {.stream = &stream, .first = first ? (size_t)first : 1};
    const uint8_t *next = in.data;
    size_t left = in.length;
    bool good = true;
    do {
        zlib_feed(&stream, &next, &left);
        do {
            good = stream.avail_out || sink_grow(&sink, 0);
            if (good) code = inflate(&stream, left ? Z_NO_FLUSH : Z_SYNC_FLUSH);
        } while (good && code == Z_OK && (stream.avail_out == 0 || stream.avail_in));
    } while (good && code == Z_OK && left);
    if (!good) py_raise_memory();
    else if (code != Z_STREAM_END) zlib_raise(&stream, code == Z_OK ? Z_BUF_ERROR : code, "while decompressing data"), good = false;
    Value result = sink_finish(&sink, good);
    inflateEnd(&stream);
    flat_bytes_free(&in);
    return result;
}

/* ---- checksums --------------------------------------------------------------------------------------------------------- */

static Value checksum(const Value *args, uint64_t start, uLong (*sum)(uLong, const Bytef *, z_size_t)) {
    PyBuffer view;
    if ((args[1] && unsigned_argument(args[1], &start) < 0) || py_get_buffer(args[0], &view, false) < 0) return 0;
    uLong result = sum((uint32_t)start, view.data, (z_size_t)view.length);
    py_release_buffer(&view);
    return int_make((int64_t)(result & 0xffffffff));
}
FUNCTION(zlib_crc32) { return checksum(args, 0, crc32_z); }
FUNCTION(zlib_adler32) { return checksum(args, 1, adler32_z); }

/* ---- the module ---------------------------------------------------------------------------------------------------------- */

static const PyMethodDef zlib_functions[] = {
    {"compress", "($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)", zlib_compress, 0, "Returns a bytes object containing compressed data."},
    {"decompress", "($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)", zlib_decompress, 0, "Returns a bytes object containing the uncompressed data."},
    {"crc32", "($module, data, value=0, /)", zlib_crc32, 0, "Compute a CRC-32 checksum of data."},
    {"adler32", "($module, data, value=1, /)", zlib_adler32, 0, "Compute an Adler-32 checksum of data."},
    {0}};
#define C CONSTANT
static const IntConstant constants[] = {C(MAX_WBITS), {"DEFLATED", Z_DEFLATED}, {"DEF_MEM_LEVEL", DEF_MEM_LEVEL}, {"DEF_BUF_SIZE", 16384}, C(Z_BEST_SPEED), C(Z_BEST_COMPRESSION), C(Z_DEFAULT_COMPRESSION),
                                        C(Z_FILTERED), C(Z_HUFFMAN_ONLY), C(Z_RLE), C(Z_FIXED), C(Z_DEFAULT_STRATEGY), C(Z_NO_COMPRESSION), C(Z_FINISH), C(Z_NO_FLUSH),
                                        C(Z_PARTIAL_FLUSH), C(Z_SYNC_FLUSH), C(Z_FULL_FLUSH), C(Z_BLOCK), C(Z_TREES)};
#undef C
static int zlib_init(Value module) {
    for (const PyMethodDef *def = zlib_stream_functions; def->name; def++)
        if (py_module_add(module, def->name, py_builtin_new(def, module, py_intern_c("zlib"))) < 0) return -1;
    return ADD_CONSTANTS(module, constants) < 0 || py_module_add(module, "error", py_type(TYPE_ZLIB_ERROR)) < 0 || py_module_add(module, "__version__", py_str_c("1.0")) < 0 ||
                   py_module_add(module, "ZLIB_VERSION", py_str_c(ZLIB_VERSION)) < 0 || py_module_add(module, "ZLIB_RUNTIME_VERSION", py_str_c(zlibVersion())) < 0
               ? -1
               : 0;
}
const PyModuleDef py_module_zlib = {.doc = "The functions in this module allow compression and decompression using the\nzlib library, which is based on GNU zip.",
                                    .functions = zlib_functions,
                                    .init = zlib_init};
