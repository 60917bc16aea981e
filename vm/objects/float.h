/* float beyond vm.h: exact operations that other files need. */
#ifndef VM_OBJECTS_FLOAT_H
#define VM_OBJECTS_FLOAT_H

#include "vm/vm.h"

double py_float_mod(double a, double b);      /* Python's %: sign of b; b is not 0 */
double py_float_floordiv(double a, double b); /* b is not 0 */
Value py_float_pow(double a, double b);       /* a complex for a fractional power of a negative number */
Value py_float_hex(double d);
Value py_float_from_hex(Value text);
Value py_float_from_text(Value text);         /* float(text): strips, underscores; ValueError */
/* float_digits.c. The shortest digits of |d| (finite, not 0) that read back as it: their number, 1 to 17, and the decimal exponent
 * of the first. `digits` has room for 20, and is not ended. */
int float_shortest_digits(double d, char *digits, int *exponent);
/* printf's %.*f of a finite d, not ended: its length, or 0 where two words do not suffice. `out` has room for 40. */
size_t float_fixed_digits(double d, int precision, char *out);
/* [sign] digits with or without a point, at most 15 digits: false for all else. */
bool float_parse_short(const char *text, size_t length, double *out);
/* Text of a number in one of Python's styles; the longest result for the largest double with `precision` digits. */
#define FLOAT_TEXT_ROOM(precision) ((size_t)(precision) + 340)

#endif
