/* Items of buffers by their format, and memoryview's own helpers. */
#ifndef VM_OBJECTS_MEMORYVIEW_H
#define VM_OBJECTS_MEMORYVIEW_H

#include "vm/layouts.h"

/* Bytes of a native item of this format character (struct module's), 0: unknown. */
int64_t buffer_item_size(char format);
/* The item at `data` as an object; 0 with NotImplementedError or MemoryError. */
Value buffer_item_get(const void *data, char format);
/* Store v; 0, or -1 with TypeError, ValueError. May call. */
int buffer_item_set_may_call(void *data, char format, Value v);

#endif
