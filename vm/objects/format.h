/* format.h -- the format mini-language and %-formatting: what format_*.c share. */
#ifndef VM_OBJECTS_FORMAT_H
#define VM_OBJECTS_FORMAT_H

#include "vm/objects/str.h"

typedef struct FormatSpec {
    uint32_t fill, align, sign; /* sign: '-' (the default), '+' or ' ' */
    bool fill_given, align_given, alternate, zero_coerced;
    int64_t width;      /* -1: none */
    int64_t precision;  /* -1: none */
    uint32_t thousands; /* ',', '_' or 0 */
    uint32_t type;      /* the given one or the default */
} FormatSpec;
/* Parses `text` for an object of this type. 0, or -1 with ValueError. */
int format_spec_parse(const StrView *text, Value object, uint32_t default_type,
                      uint32_t default_align, FormatSpec *spec);
int format_unknown_type(uint32_t type, Value object); /* ValueError, -1 */

/* A number in ASCII, cut into what the layout treats differently. */
typedef struct NumberText {
    bool negative, upper;
    const char *prefix;
    const char *digits; /* of the integer part: grouped, zero-filled */
    size_t digit_count;
    const char *rest; /* the point and what follows; or inf and nan */
    size_t rest_count;
} NumberText;
int format_number_layout(PyStrBuilder *b, const FormatSpec *spec, const NumberText *number);

Value format_str_spec(Value s, Value spec);

/* Text of a finite or special double for presentation type e E f F g G % n, or 0: repr, or with a
 * precision like g but with a point. In a heap buffer; *length without the NUL. 0: exception. */
char *format_double(double d, uint32_t type, int64_t precision, bool alternate, bool add_dot_zero,
                    size_t *length);
void format_split_double(char *text, size_t length, NumberText *number);

#endif
