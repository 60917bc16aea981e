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
/* Text of a number in one of Python's styles; the longest result for the largest double with `precision` digits. */
#define FLOAT_TEXT_ROOM(precision) ((size_t)(precision) + 340)

#endif
