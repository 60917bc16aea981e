/* Items of buffers by their format, and what the files memoryview*.c share. */
#ifndef VM_OBJECTS_MEMORYVIEW_H
#define VM_OBJECTS_MEMORYVIEW_H

#include "vm/layouts.h"

/* Bytes of a native item of this format character (struct module's), 0: unknown. */
int64_t buffer_item_size(char format);
/* The item at `data` as an object; 0 with NotImplementedError or MemoryError. */
Value buffer_item_get(const void *data, char format);
/* Store v; 0, or -1 with TypeError, ValueError. May call. */
int buffer_item_set_may_call(void *data, char format, Value v);

/* ---- views ---------------------------------------------------------------------------------------- */

enum { MEMORYVIEW_MAX_DIMS = 64 };
/* Lengths and strides of all dimensions. */
typedef struct ViewDims {
    int count;
    int64_t length[MEMORYVIEW_MAX_DIMS], stride[MEMORYVIEW_MAX_DIMS];
} ViewDims;
void view_dims(Value v, ViewDims *dims);
/* A view of the same exporter with these dimensions, `offset` bytes from the start of its buffer. */
Value view_like(Value v, int64_t offset, const ViewDims *dims);
/* A view of any exporter, as memoryview() makes it. */
Value view_from(Value exporter);
/* 0, or -1 with BufferError while buffers of the view are held. */
int view_release_now(Value v);
int view_check_released(Value v); /* ValueError */

static inline PyMemoryView GS *view_of(Value v) { return REF(PyMemoryView, v); }
/* The format without '@' if it is one character, or 0. */
char view_format_char(Value v);
int64_t view_bytes(Value v); /* of all items */
bool view_is_contiguous(Value v, bool fortran);

/* The flat address of the first item. Valid until the next safepoint; pair with py_release_buffer. */
uint8_t *view_memory(Value v, PyBuffer *buffer, bool writable);
/* All items as bytes in one piece, outside the heap: malloc'ed. 0 with MemoryError. */
Value view_tobytes(Value v); /* in C order */
uint8_t *view_gather(Value v, bool fortran, size_t *size);

/* Subscripts (memoryview_items.c). */
Value view_getitem(Value v, Value key);
int view_setitem(Value v, Value key, Value value_or_0);
Value view_item_at(Value v, int64_t i); /* of the one dimension */
Value view_tolist(const Value *args, size_t nargs, Value kwnames);
/* memoryview.cast (memoryview_cast.c). */
Value view_cast(const Value *args, size_t nargs, Value kwnames);

#endif
