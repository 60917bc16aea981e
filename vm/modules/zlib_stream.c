/* Module zlib: compressobj and decompressobj.
 *
 * The library's streams are C memory with pointers: the heap object holds the number of one (native_table.h). Streams change only in
 * inevitable transactions, one call at a time (the object's users must not share it among threads without a lock). */
#include "vm/modules/native_table.h"
#include "vm/modules/zlib.h"
#include <stdlib.h>

static PyZlib GS *zlib_of(Value v) { return REF(PyZlib, v); }
static bool is_compressor(Value v) { return is_exactly(v, TYPE_ZLIB_COMPRESS); }

static Value zlib_new(uint32_t type_id, z_stream *stream) {
    Value self = py_alloc_id(type_id, 0), empty = py_bytes_new("", 0);
    size_t id = self && empty ? native_add(stream) : 0;
    if (!id) return py_error() ? 0 : py_raise_memory();
    gc_finalizer_register(self);
    zlib_of(self)->stream = id;
    zlib_of(self)->unused = zlib_of(self)->tail = empty;
    return self;
}
FUNCTION(zlib_del) {
    VM_C_SAFEPOINT(stm_become_inevitable("zlib"));
    z_stream *stream = native_remove(GET(zlib_of(args[0]), stream));
    SET(zlib_of(args[0]), stream, 0);
    if (stream) {
        if (is_compressor(args[0])) deflateEnd(stream);
        else inflateEnd(stream);
        free(stream);
    }
    return VM_NONE;
}

static int dictionary_argument(Value v, FlatBytes *out) {
    out->length = 0;
    out->data = out->small;
    if (!v || v == VM_NONE) return 0;
    if (flat_bytes(out, v) == 0) return 1;
    if (!py_error_is(TYPE_TypeError)) return -1;
    py_error_clear();
    return py_raise_int(TYPE_TypeError, "zdict argument must support the buffer protocol");
}

/* ---- compressobj ---------------------------------------------------------------------------------------------------- */

FUNCTION(zlib_compressobj) {
    int values[5] = {Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY};
    FlatBytes dictionary;
    for (int i = 0; i < 5; i++)
        if (args[i] && int_argument(args[i], &values[i]) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("zlib"));
    if (dictionary_argument(args[5], &dictionary) < 0) return 0;
    z_stream *stream = calloc(1, sizeof *stream);
    int code = stream ? deflateInit2(stream, values[0], values[1], values[2], values[3], values[4]) : Z_MEM_ERROR;
    if (code == Z_OK && dictionary.length) code = deflateSetDictionary(stream, dictionary.data, (uInt)dictionary.length);
    flat_bytes_free(&dictionary);
    if (code == Z_OK) return zlib_new(TYPE_ZLIB_COMPRESS, stream);
    free(stream);
    return code == Z_STREAM_ERROR ? py_raise(TYPE_ValueError, "Invalid initialization option") : zlib_raise(0, code, "while creating compression object");
}

static Value compress_some(Value self, FlatBytes *in, int last_flush) {
    z_stream *stream = native_at(GET(zlib_of(self), stream));
    if (!stream) return py_raise(TYPE_ZLIB_ERROR, "Error -2 while compressing data: inconsistent stream state");
    ZlibSink sink = {.stream = stream, .first = 16384};
    const uint8_t *next = in->data;
    size_t left = in->length;
    int code = Z_OK, flush;
    bool good = true;
    stream->avail_out = 0;
    do {
        flush = zlib_feed(stream, &next, &left) == Z_FINISH ? last_flush : Z_NO_FLUSH;
        do {
            good = stream->avail_out || sink_grow(&sink, 0);
            if (good) code = deflate(stream, flush);
        } while (good && stream->avail_out == 0 && code != Z_STREAM_ERROR);
    } while (good && left);
    if (!good) py_raise_memory();
    else if (code == Z_STREAM_ERROR) zlib_raise(stream, code, last_flush == Z_NO_FLUSH ? "while compressing data" : "while flushing"), good = false;
    return sink_finish(&sink, good);
}
FUNCTION(compress_compress) {
    FlatBytes in;
    VM_C_SAFEPOINT(stm_become_inevitable("zlib"));
    if (flat_bytes(&in, args[1]) < 0) return 0;
    Value result = compress_some(args[0], &in, Z_NO_FLUSH);
    flat_bytes_free(&in);
    return result;
}
FUNCTION(compress_flush) {
    int mode = Z_FINISH;
    FlatBytes none = {.length = 0};
    none.data = none.small;
    if (args[1] && int_argument(args[1], &mode) < 0) return 0;
    if (mode == Z_NO_FLUSH) return py_bytes_new("", 0);
    VM_C_SAFEPOINT(stm_become_inevitable("zlib"));
    Value result = compress_some(args[0], &none, mode);
    if (result && mode == Z_FINISH) {
        z_stream *stream = native_remove(GET(zlib_of(args[0]), stream));
        SET(zlib_of(args[0]), stream, 0);
        deflateEnd(stream);
        free(stream);
    }
    return result;
}
FUNCTION(compress_copy) {
    VM_C_SAFEPOINT(stm_become_inevitable("zlib"));
    z_stream *stream = native_at(GET(zlib_of(args[0]), stream)), *copy = calloc(1, sizeof *copy);
    int code = !copy ? Z_MEM_ERROR : stream ? deflateCopy(copy, stream) : Z_STREAM_ERROR;
    if (code == Z_OK) return zlib_new(TYPE_ZLIB_COMPRESS, copy);
    free(copy);
    return code == Z_STREAM_ERROR ? py_raise(TYPE_ValueError, "Inconsistent stream state") : zlib_raise(0, code, "while copying compression object");
}
static const PyMethodDef compress_methods[] = {
    {"compress", "($self, data, /)", compress_compress, 0, "Returns a bytes object containing compressed data."},
    {"flush", "($self, mode=zlib.Z_FINISH, /)", compress_flush, 0, "Return a bytes object containing any remaining compressed data."},
    {"copy", "($self, /)", compress_copy, 0, "Return a copy of the compression object."},
    {"__copy__", "($self, /)", compress_copy, 0, 0},
    {"__deepcopy__", "($self, memo, /)", compress_copy, 0, 0},
    {"__del__", "($self, /)", zlib_del, 0, 0},
    {0}};
const PyTypeSpec py_spec_zlib_compress = {.methods = compress_methods, .raw_words = 2, .module = "zlib"};

/* ---- decompressobj ---------------------------------------------------------------------------------------------------- */

FUNCTION(zlib_decompressobj) {
    int bits = MAX_WBITS;
    if (args[0] && int_argument(args[0], &bits) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("zlib"));
    FlatBytes dictionary;
    int given = dictionary_argument(args[1], &dictionary);
    if (given < 0) return 0;
    z_stream *stream = calloc(1, sizeof *stream);
    int code = stream ? inflateInit2(stream, bits) : Z_MEM_ERROR;
    if (code == Z_OK && given && bits < 0) code = inflateSetDictionary(stream, dictionary.data, (uInt)dictionary.length);
    Value kept = given ? py_bytes_new(dictionary.data, dictionary.length) : 0;
    flat_bytes_free(&dictionary);
    if (code != Z_OK) {
        free(stream);
        return code == Z_STREAM_ERROR ? py_raise(TYPE_ValueError, "Invalid initialization option") : zlib_raise(0, code, "while creating decompression object");
    }
    Value self = zlib_new(TYPE_ZLIB_DECOMPRESS, stream);
    if (self) zlib_of(self)->dictionary = kept;
    return self;
}

static int use_dictionary(Value self, z_stream *stream) {
    Value bytes = zlib_of(self)->dictionary;
    if (!bytes) return Z_NEED_DICT;
    size_t length = (size_t)REF(PyBytes, bytes)->length;
    return inflateSetDictionary(stream, stm_flat(bytes_data(bytes), length, false), (uInt)length);
}

/* What the library did not take: after the stream's end unused_data, before it (a limit was reached) unconsumed_tail. */
static int keep_rest(Value self, const uint8_t *rest, size_t length, bool end) {
    Value tail = py_bytes_new(end ? (const uint8_t *)"" : rest, end ? 0 : length);
    if (!tail) return -1;
    SET(zlib_of(self), tail, tail);
    if (!end) return 0;
    Value unused = py_bytes_new(rest, length), before = GET(zlib_of(self), unused);
    if (unused && REF(PyBytes, before)->length) unused = py_binary(PY_OP_ADD, before, unused);
    if (!unused) return -1;
    SET(zlib_of(self), unused, unused);
    SET(zlib_of(self), eof, true);
    return 0;
}

static Value decompress_some(Value self, FlatBytes *in, size_t most, int flush) {
    z_stream *stream = native_at(GET(zlib_of(self), stream));
    if (!stream) return py_raise(TYPE_ZLIB_ERROR, "Error -2 while decompressing data: inconsistent stream state");
    ZlibSink sink = {.stream = stream, .first = most && most < 16384 ? most : 16384};
    const uint8_t *next = in->data;
    size_t left = in->length;
    const char *doing = "while decompressing data";
    int code = Z_OK;
    bool room = true;
    stream->avail_out = 0;
    do {
        zlib_feed(stream, &next, &left);
        do {
            room = stream->avail_out || sink_grow(&sink, most);
            if (!room) break;
            code = inflate(stream, flush);
            if (code != Z_NEED_DICT) continue;
            if ((code = use_dictionary(self, stream)) != Z_OK && code != Z_NEED_DICT) doing = "while setting zdict";
        } while (stream->avail_out == 0 ? code == Z_OK || code == Z_BUF_ERROR : code == Z_OK && stream->avail_in);
    } while (room && code == Z_OK && left);
    size_t rest = stream->avail_in + left;
    if (code != Z_OK && code != Z_BUF_ERROR && code != Z_STREAM_END) zlib_raise(stream, code, doing);
    else keep_rest(self, in->data + in->length - rest, rest, code == Z_STREAM_END);
    return sink_finish(&sink, !py_error());
}
FUNCTION(decompress_decompress) {
    int64_t most = args[2] ? py_index_int64(args[2], "OverflowError") : 0;
    if (most == -1 && py_error()) return 0;
    if (most < 0) return py_raise(TYPE_ValueError, "max_length must be non-negative");
    FlatBytes in;
    VM_C_SAFEPOINT(stm_become_inevitable("zlib"));
    if (flat_bytes(&in, args[1]) < 0) return 0;
    Value result;
    if (!GET(zlib_of(args[0]), eof)) result = decompress_some(args[0], &in, (size_t)most, Z_SYNC_FLUSH);
    else result = keep_rest(args[0], in.data, in.length, true) < 0 ? 0 : py_bytes_new("", 0);
    flat_bytes_free(&in);
    return result;
}
FUNCTION(decompress_flush) {
    int64_t length = args[1] ? py_index_int64(args[1], "OverflowError") : 16384;
    if (length == -1 && py_error()) return 0;
    if (length <= 0) return py_raise(TYPE_ValueError, "length must be greater than zero");
    if (GET(zlib_of(args[0]), eof)) return py_bytes_new("", 0);
    FlatBytes in;
    VM_C_SAFEPOINT(stm_become_inevitable("zlib"));
    if (flat_bytes(&in, GET(zlib_of(args[0]), tail)) < 0) return 0;
    Value result = decompress_some(args[0], &in, 0, Z_FINISH);
    flat_bytes_free(&in);
    return result;
}
FUNCTION(decompress_copy) {
    VM_C_SAFEPOINT(stm_become_inevitable("zlib"));
    z_stream *stream = native_at(GET(zlib_of(args[0]), stream)), *copy = calloc(1, sizeof *copy);
    int code = !copy ? Z_MEM_ERROR : stream ? inflateCopy(copy, stream) : Z_STREAM_ERROR;
    if (code != Z_OK) {
        free(copy);
        return code == Z_STREAM_ERROR ? py_raise(TYPE_ValueError, "Inconsistent stream state") : zlib_raise(0, code, "while copying decompression object");
    }
    Value self = zlib_new(TYPE_ZLIB_DECOMPRESS, copy);
    if (!self) return 0;
    zlib_of(self)->eof = GET(zlib_of(args[0]), eof);
    zlib_of(self)->unused = GET(zlib_of(args[0]), unused);
    zlib_of(self)->tail = GET(zlib_of(args[0]), tail);
    zlib_of(self)->dictionary = zlib_of(args[0])->dictionary;
    return self;
}
static Value get_unused(Value self) { return GET(zlib_of(self), unused); }
static Value get_tail(Value self) { return GET(zlib_of(self), tail); }
static Value get_eof(Value self) { return vm_bool(GET(zlib_of(self), eof)); }
static const PyMethodDef decompress_methods[] = {
    {"decompress", "($self, data, /, max_length=0)", decompress_decompress, 0, "Return a bytes object containing the decompressed version of the data."},
    {"flush", "($self, length=zlib.DEF_BUF_SIZE, /)", decompress_flush, 0, "Return a bytes object containing any remaining decompressed data."},
    {"copy", "($self, /)", decompress_copy, 0, "Return a copy of the decompression object."},
    {"__copy__", "($self, /)", decompress_copy, 0, 0},
    {"__deepcopy__", "($self, memo, /)", decompress_copy, 0, 0},
    {"__del__", "($self, /)", zlib_del, 0, 0},
    {0}};
static const PyGetSetDef decompress_getsets[] = {{"unused_data", get_unused, 0, 0}, {"unconsumed_tail", get_tail, 0, 0}, {"eof", get_eof, 0, 0}, {0}};
const PyTypeSpec py_spec_zlib_decompress = {.methods = decompress_methods, .getsets = decompress_getsets, .raw_words = 2, .module = "zlib"};

const PyMethodDef zlib_stream_functions[] = {
    {"compressobj", "($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED, wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL, strategy=Z_DEFAULT_STRATEGY, zdict=None)", zlib_compressobj, 0, "Return a compressor object."},
    {"decompressobj", "($module, /, wbits=MAX_WBITS, zdict=b'')", zlib_decompressobj, 0, "Return a decompressor object."},
    {0}};
