/* Parts of module binascii. */
#ifndef VM_MODULES_BINASCII_H
#define VM_MODULES_BINASCII_H

#include "vm/modules/module.h"

/* The bytes of a bytes-like object or of an ASCII string. -1 with TypeError or ValueError. */
int ascii_buffer(Value v, PyBuffer *view);
extern const PyMethodDef binascii_text_functions[];

#endif
