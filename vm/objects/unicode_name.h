/* unicode_name.h -- names of characters (Unicode 14). */
#ifndef VM_OBJECTS_UNICODE_NAME_H
#define VM_OBJECTS_UNICODE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UNICODE_NAME_MAX = 256, UNICODE_SEQUENCE_MAX = 4 };

/* Writes the name of c, ended by NUL, to `out` of UNICODE_NAME_MAX bytes; false: it has none. */
bool unicode_name(uint32_t c, char *out);
/* The character of this name (ASCII letters in either case), or -1. Aliases (NameAliases.txt) count if `aliases`. */
int32_t unicode_by_name(const char *name, size_t length, bool aliases);
/* The named sequence of this name: writes up to UNICODE_SEQUENCE_MAX characters and returns their number; 0: none. */
size_t unicode_sequence_by_name(const char *name, size_t length, uint32_t *out);

#endif
