/* What the methods of Decimals and those of contexts share. Operands are Decimals or ints, or TypeError; a context of 0 passes an
 * exception on. */
#ifndef VM_MODULES_DECIMAL_METHODS_H
#define VM_MODULES_DECIMAL_METHODS_H

#include "vm/modules/decimal/decimal.h"

/* rounding: DEC_ROUNDING_COUNT leaves the context's. */
Value decimal_unary(Value context, Value x, DecUnary *operation, DecRounding rounding);
Value decimal_binary(Value context, Value x, Value y, DecBinary *operation, DecRounding rounding);
Value decimal_fma(Value context, Value x, Value y, Value z);
typedef bool Predicate(const Dec *a, const DecContext *ctx);
Value decimal_predicate(Value context, Value x, Predicate *test);
enum { SIGN_POSITIVE, SIGN_CHANGED, SIGN_OF_OTHER };
Value decimal_copy_sign(Value x, Value y, int how);
Value decimal_same_quantum(Value x, Value y);
Value decimal_number_class(Value context, Value x);
Value decimal_radix(void);

#endif
