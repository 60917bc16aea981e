/* bytearray.h -- the storage of bytearrays: bytearray.c for bytearray_type.c and others. */
#ifndef VM_OBJECTS_BYTEARRAY_H
#define VM_OBJECTS_BYTEARRAY_H

#include "vm/objects/buffer_hold.h"
#include "vm/objects/bytes_methods.h"

static inline size_t byte_view_length(Value bytearray) {
    return (size_t)GET(REF(PyByteArray, bytearray), length);
}
/* Replaces [low, high) by n bytes (zeros if data is 0), which must not lie in this bytearray. 0, or
 * -1 with BufferError while a buffer of it is held, or MemoryError. Does not call. */
int bytearray_splice(Value self, size_t low, size_t high, const void *data_or_0, size_t n);
/* Flat address of n bytes from `from`, prepared for writing; good until the next safepoint. */
uint8_t *bytearray_writable(Value self, size_t from, size_t n);
/* BufferError while a buffer is held. */
int bytearray_check_exports(Value self);
/* Before what changes the size: see buffer_settle_holds. */
static inline void bytearray_settle(Value self) {
    if (GET(REF(PyByteArray, self), holds)) buffer_settle_holds(self);
}
int bytearray_get_buffer(Value self, PyBuffer *buffer, bool writable);
void bytearray_release_buffer(Value self, PyBuffer *buffer);
/* Appends the bytes of a bytes-like object or the integers of an iterable. */
int bytearray_extend_may_call(Value self, Value v);
int bytearray_setitem(Value self, Value key, Value value_or_0);

Value bytearray_append(const Value *args, size_t nargs, Value kwnames);
Value bytearray_extend(const Value *args, size_t nargs, Value kwnames);
Value bytearray_insert(const Value *args, size_t nargs, Value kwnames);
Value bytearray_pop(const Value *args, size_t nargs, Value kwnames);
Value bytearray_remove(const Value *args, size_t nargs, Value kwnames);
Value bytearray_clear(const Value *args, size_t nargs, Value kwnames);
Value bytearray_reverse(const Value *args, size_t nargs, Value kwnames);

#endif
