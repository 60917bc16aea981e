/* Compressors and decompressors of _bz2 and _lzma: see codec_stream.h. */
#include "vm/modules/codec_stream.h"
#include <stdlib.h>

static CodecStream GS *codec_of(Value v) { return REF(CodecStream, v); }

Value codec_new(uint32_t type_id, void *stream) {
    Value self = py_alloc_id(type_id, 0), empty = py_bytes_new("", 0);
    size_t number = self && empty ? native_add(stream) : 0;
    if (!number) return py_error() ? 0 : py_raise_memory();
    gc_finalizer_register(self);
    codec_of(self)->stream = number;
    codec_of(self)->needs_input = true;
    codec_of(self)->unused = codec_of(self)->pending = empty;
    return self;
}

/* ---- growing output ----------------------------------------------------------------------------------------------------------- */

typedef struct Output {
    uint8_t *data;
    size_t capacity, most; /* at most so many bytes are wanted */
    CodecSpan span;        /* what is free of data */
} Output;

static size_t output_used(const Output *o) { return o->capacity - o->span.left; }

/* More room, if more output is wanted. */
static bool output_grow(Output *o) {
    size_t used = output_used(o), capacity = o->capacity ? o->capacity * 2 : 16384;
    if (capacity > o->most) capacity = o->most;
    if (capacity <= o->capacity) return false;
    uint8_t *data = realloc(o->data, capacity);
    if (!data) return py_raise_memory(), false;
    *o = (Output){data, capacity, o->most, {data + used, capacity - used}};
    return true;
}
static Value output_finish(Output *o, bool good) {
    Value bytes = good ? py_bytes_new(o->data ? o->data : (uint8_t *)"", output_used(o)) : 0;
    free(o->data);
    return bytes;
}

/* ---- compression ---------------------------------------------------------------------------------------------------------------- */

Value codec_compress(Value self, Value data, bool finish, CodecStep step) {
    FlatBytes in = {.length = 0};
    in.data = in.small;
    codec_enter("compression");
    void *stream = native_at(GET(codec_of(self), stream));
    if (!stream) return py_raise(TYPE_ValueError, finish ? "Repeated call to flush()" : "Compressor has been flushed");
    if (data && flat_bytes(&in, data) < 0) return 0;
    Output out = {.most = SIZE_MAX / 2};
    CodecSpan span = {in.data, in.length};
    CodecStatus status = CODEC_MORE;
    while (status == CODEC_MORE && (finish || span.left || (out.capacity && !out.span.left))) {
        if (!out.span.left && !output_grow(&out)) status = CODEC_FAILED;
        else status = step(stream, &span, &out.span, finish);
    }
    flat_bytes_free(&in);
    return output_finish(&out, status != CODEC_FAILED);
}

/* ---- decompression ------------------------------------------------------------------------------------------------------------------ */

/* What is left of the input: after the stream's end it is the user's, before it waits for the next call. */
static int keep_rest(Value self, const CodecSpan *rest, bool end, bool output_full) {
    Value bytes = py_bytes_new(rest->left ? rest->next : (uint8_t *)"", rest->left), empty = py_bytes_new("", 0);
    if (!bytes || !empty) return -1;
    CodecStream GS *c = codec_of(self);
    SET(c, pending, end ? empty : bytes);
    SET(c, needs_input, !end && !rest->left && !output_full);
    if (end) {
        SET(c, eof, true);
        SET(c, unused, bytes);
    }
    return 0;
}

static Value decompress(Value self, void *stream, CodecSpan *in, size_t most, CodecStep step) {
    Output out = {.most = most};
    CodecStatus status = CODEC_MORE;
    bool full = false;
    if (!in->left && !REF(PyBytes, codec_of(self)->pending)->length && GET(codec_of(self), needs_input)) return py_bytes_new("", 0);
    for (;;) {
        if (!out.span.left && !output_grow(&out)) {
            full = true;
            break;
        }
        size_t before = in->left, room = out.span.left;
        status = step(stream, in, &out.span, false);
        if (status != CODEC_MORE || (!in->left && out.span.left)) break;
        if (before == in->left && room == out.span.left) break;
    }
    bool good = status != CODEC_FAILED && !py_error();
    if (!good) SET(codec_of(self), needs_input, false);
    else if (keep_rest(self, in, status == CODEC_END, full) < 0) good = false;
    return output_finish(&out, good);
}

Value codec_decompress(const Value *args, CodecStep step) {
    Value self = args[0];
    int64_t most = args[2] ? py_index_int64(args[2], "OverflowError") : -1;
    if (most == -1 && py_error()) return 0;
    codec_enter("decompression");
    CodecStream GS *c = codec_of(self);
    if (GET(c, eof)) return py_raise(TYPE_EOFError, is_exactly(self, TYPE_LZMA_DECOMPRESSOR) ? "Already at end of stream" : "End of stream already reached");
    if (!GET(c, stream)) return py_raise(TYPE_ValueError, "Decompressor is unusable after a previous error");
    Value pending = GET(c, pending), data = args[1];
    if (REF(PyBytes, pending)->length) {
        Value added = py_call1(py_type(TYPE_BYTES), data);
        data = added ? py_binary(PY_OP_ADD, pending, added) : 0;
    }
    FlatBytes in;
    if (!data || flat_bytes(&in, data) < 0) return 0;
    CodecSpan span = {in.data, in.length};
    Value result = decompress(self, native_at(c->stream), &span, most < 0 ? SIZE_MAX / 2 : (size_t)most, step);
    flat_bytes_free(&in);
    return result;
}

static Value get_eof(Value self) { return vm_bool(GET(codec_of(self), eof)); }
static Value get_needs_input(Value self) { return vm_bool(GET(codec_of(self), needs_input)); }
static Value get_unused(Value self) { return GET(codec_of(self), unused); }
const PyGetSetDef codec_decompressor_getsets[] = {
    {"eof", get_eof, 0, "True if the end-of-stream marker has been reached."},
    {"needs_input", get_needs_input, 0, "True if more input is needed before more decompressed data can be produced."},
    {"unused_data", get_unused, 0, "Data found after the end of the compressed stream."},
    {0}};
