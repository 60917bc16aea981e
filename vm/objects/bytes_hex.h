/* bytes_hex.h -- hexadecimal text of bytes, as memoryview.hex and binascii.hexlify want it too. */
#ifndef VM_OBJECTS_BYTES_HEX_H
#define VM_OBJECTS_BYTES_HEX_H

#include "vm/objects/bytes.h"

enum { BYTES_HEX_TOGETHER = 256 }; /* no separator */
/* group: bytes between separators, counted from the right, from the left if < 0.
 */
Value bytes_hex(const uint8_t *data, size_t length, uint32_t separator, int64_t group);
/* The arguments sep and bytes_per_sep (0: not given): 0 or -1. */
int bytes_hex_arguments_may_call(Value sep, Value per_sep, uint32_t *separator, int64_t *group);

#endif
