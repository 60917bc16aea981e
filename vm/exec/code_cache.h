/* The marshal format: Python's own for constants and containers, with a code type of Weft's (cache
 * tag "weft-311").
 *
 * A code object is written as 'c', the length of what follows, a checksum of it, and the fields;
 * the first of them names the instruction set. So damaged data and data of another build are
 * rejected before anything is believed. Code inside code has neither length nor checksum of its own. Every code has a head
 * (what making a function needs) and a body with its length, which is read when the function is first called. */
#ifndef VM_EXEC_CODE_CACHE_H
#define VM_EXEC_CODE_CACHE_H

#include "vm/exec/code.h"

enum { MARSHAL_VERSION = 4, MARSHAL_MAX_DEPTH = 2000 };

/* bytes of `v`: None, bool, Ellipsis, StopIteration, numbers, str, bytes and other buffers, tuple,
 * list, dict, set, frozenset, code of these. ValueError "unmarshallable object" or "object too
 * deeply nested to marshal". Does not call Python. */
Value vm_marshal_dumps(Value v);

/* Reads one object. *used (may be NULL) gets the number of bytes read. EOFError, ValueError or
 * TypeError for bad data. */
Value vm_marshal_loads(const uint8_t *data, size_t length, size_t *used);

/* Changes whenever opcode.tbl, the compiler or this format does: the magic number of cache files.
 */
uint32_t vm_instruction_set_id(void);
uint64_t vm_cache_checksum(const uint8_t *data, size_t length);

#endif
