/* Integers beyond vm.h: limb views for the files that work on big ints. */
#ifndef VM_OBJECTS_INT_H
#define VM_OBJECTS_INT_H

#include "vm/vm.h"
#include <gmp.h>

/* An integer's magnitude and sign. `limbs` is flat (valid until the next safepoint) or points into the view itself, so
 * a view is used where it was made and never copied. */
typedef struct IntView {
    const mp_limb_t *limbs;
    size_t count; /* 0 for zero; the top limb is not 0 */
    bool negative;
    mp_limb_t small;
} IntView;

void int_view(IntView *view, Value v); /* any py_is_int */
/* A result under construction: `count` limbs of fresh heap memory, then int_finish. 0: MemoryError. */
typedef struct IntResult {
    Value object;
    mp_limb_t *limbs;
} IntResult;
int int_result(IntResult *result, size_t count);
Value int_finish(IntResult *result, size_t count, bool negative); /* normalised: tagged where it fits */

/* The digits of a small int, before `end`; base 2, 8, 10 or 16. Returns where they start. */
enum { INT_SMALL_ROOM = 72 };
char *int_small_text(int64_t i, int base, bool prefix, char *end);

extern int64_t py_int_max_str_digits; /* sys.set_int_max_str_digits; 0: no limit */
/* int() and float() take any decimal digits and spaces of Unicode: the ASCII form, stripped; other characters stay (number_text.c). */
Value py_str_to_decimal_ascii(Value text);
Value py_int_from_text(Value text, int base); /* int(text, base): whitespace, sign, prefix, underscores; ValueError */
Value int_raise_literal(Value given, int base);          /* its ValueError, for what was given instead of a text too */
Value py_int_pow(Value base, Value exponent, Value mod_or_none);
Value py_int_true_divide(Value a, Value b);
Value py_int_divmod(Value a, Value b);
size_t py_int_bit_length(Value v);
/* Two's complement bytes (int.to_bytes); `out` has `length` bytes. -1: does not fit (no exception). */
int py_int_to_bytes(Value v, uint8_t *out, size_t length, bool little, bool is_signed);
Value py_int_from_bytes(const uint8_t *data, size_t length, bool little, bool is_signed);
/* The double nearest to v times 2^-shift, round half to even, where shift is chosen by the caller; inf if too large. */
double py_int_scaled_double(const IntView *v, int64_t exponent);

#endif
