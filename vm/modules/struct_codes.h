/* Single values of _struct and array: code is one of "cbBhHiIlLqQnNPefFd?"; F is f without a check
 * for overflow. */
#ifndef VM_MODULES_STRUCT_CODES_H
#define VM_MODULES_STRUCT_CODES_H

#include "vm/vm.h"

/* -1 with struct.error or OverflowError; may call (__index__, __float__, __bool__). */
int struct_pack_one(uint8_t *out, char code, int size, bool big, Value v);
Value struct_unpack_one(const uint8_t *data, char code, int size, bool big); /* does not call */

#endif
