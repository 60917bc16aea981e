/* Parts of module zlib. */
#ifndef VM_MODULES_ZLIB_H
#define VM_MODULES_ZLIB_H

#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include <zlib.h>

#define DEF_MEM_LEVEL 8

/* Output of a stream in growing C memory: next_out and avail_out of the stream point into it. */
typedef struct ZlibSink {
    z_stream *stream; /* avail_out is 0 at the start */
    uint8_t *data;
    size_t capacity, first;
} ZlibSink;
bool sink_grow(ZlibSink *sink, size_t most_or_0); /* false: no memory, or `most` bytes are there */
Value sink_finish(ZlibSink *sink, bool good);     /* bytes, or 0; frees */
int zlib_feed(z_stream *stream, const uint8_t **next, size_t *left); /* Z_FINISH with the last part */
Value zlib_raise(const z_stream *stream, int code, const char *doing); /* zlib.error, always 0 */
extern const PyMethodDef zlib_stream_functions[];

#endif
