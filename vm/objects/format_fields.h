/* format_fields.h -- the syntax of str.format, for format_fields.c and module _string. */
#ifndef VM_OBJECTS_FORMAT_FIELDS_H
#define VM_OBJECTS_FORMAT_FIELDS_H

#include "vm/objects/str.h"

/* A piece of a format string: literal text, then maybe a replacement field. Positions are in the
 * string. */
typedef struct FieldMarkup {
    size_t literal_start, literal_end;
    bool present; /* there is a field */
    size_t name_start, name_end;
    uint32_t conversion; /* 0: none */
    size_t spec_start, spec_end;
    bool nested; /* the specification contains fields */
} FieldMarkup;
/* Reads the piece at *at (moved behind it) of s[:end]: 1; 0 at the end; -1 with ValueError. */
int field_markup_next(Value s, size_t *at, size_t end, FieldMarkup *markup);

/* The first part of a field name: *index >= 0 if it is a number, else -1; *end: where it ends. */
int field_first(Value s, size_t start, size_t limit, size_t *end, int64_t *index);
/* The next ".name" or "[key]" of a field name: 1, 0 at the end, -1 with ValueError. *name is a str,
 * or an int for "[12]". */
int field_next(Value s, size_t *at, size_t end, bool *is_attribute, Value *name);

#endif
