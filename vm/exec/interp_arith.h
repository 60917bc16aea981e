/* Arithmetic on tagged ints and floats: each gives the result, or 0 where the general way must be
 * taken (overflow, division by zero, other types). No side effects, no exceptions. */
#ifndef VM_EXEC_INTERP_ARITH_H
#define VM_EXEC_INTERP_ARITH_H

#include "vm/vm.h"
#include <math.h>

static inline bool both_int(Value a, Value b) { return a & b & 1; }
static inline bool both_float(Value a, Value b) { return is_float(a) && is_float(b); }

/* a is tagged, b too: as doubles. False if one is neither. An int beyond 2^53 is not converted:
 * the general way rounds and compares exactly. */
static inline bool arith_doubles(Value a, Value b, double *x, double *y) {
    const int64_t exact = INT64_C(1) << 53;
    if (is_float(a)) *x = float_value(a);
    else if (is_int(a) && int_value(a) <= exact && int_value(a) >= -exact) *x = (double)int_value(a);
    else return false;
    if (is_float(b)) *y = float_value(b);
    else if (is_int(b) && int_value(b) <= exact && int_value(b) >= -exact) *y = (double)int_value(b);
    else return false;
    return true;
}

static inline Value int_or_0(int64_t i) { return LIKELY(int_fits(i)) ? int_make(i) : 0; }

static inline Value arith_add_int(Value a, Value b) {
    int64_t r;
    return LIKELY(!__builtin_add_overflow((int64_t)a, (int64_t)(b - 1), &r)) ? (Value)r : 0;
}
static inline Value arith_sub_int(Value a, Value b) {
    int64_t r;
    return LIKELY(!__builtin_sub_overflow((int64_t)a, (int64_t)(b - 1), &r)) ? (Value)r : 0;
}
static inline Value arith_mul_int(Value a, Value b) {
    int64_t r;
    return LIKELY(!__builtin_mul_overflow((int64_t)(a - 1), int_value(b), &r)) ? (Value)r | 1 : 0;
}
static inline Value arith_floordiv_int(Value a, Value b) {
    int64_t x = int_value(a), y = int_value(b);
    if (UNLIKELY(y == 0)) return 0;
    int64_t q = x / y;
    if (x % y != 0 && (x ^ y) < 0) q--;
    return int_or_0(q);
}
static inline Value arith_mod_int(Value a, Value b) {
    int64_t x = int_value(a), y = int_value(b);
    if (UNLIKELY(y == 0)) return 0;
    int64_t r = ((uint64_t)x | (uint64_t)y) >> 32 ? x % y : (int64_t)((uint32_t)x % (uint32_t)y);
    if (r != 0 && (r ^ y) < 0) r += y;
    return int_make(r);
}
static inline Value arith_lshift_int(Value a, Value b) {
    int64_t x = int_value(a), n = int_value(b);
    if (UNLIKELY(n < 0 || n > 61)) return 0;
    int64_t r = (int64_t)((uint64_t)x << n);
    return LIKELY(r >> n == x) ? int_or_0(r) : 0;
}
static inline Value arith_rshift_int(Value a, Value b) {
    int64_t n = int_value(b);
    if (UNLIKELY(n < 0)) return 0;
    return int_make(int_value(a) >> (n > 63 ? 63 : n));
}
static inline Value arith_truediv(Value a, Value b) {
    double x, y;
    if (!arith_doubles(a, b, &x, &y) || y == 0.0) return 0;
    return float_make(x / y);
}

/* At least one operand is a float. */
static inline Value arith_add_float(Value a, Value b) {
    double x, y;
    return arith_doubles(a, b, &x, &y) ? float_make(x + y) : 0;
}
static inline Value arith_sub_float(Value a, Value b) {
    double x, y;
    return arith_doubles(a, b, &x, &y) ? float_make(x - y) : 0;
}
static inline Value arith_mul_float(Value a, Value b) {
    double x, y;
    return arith_doubles(a, b, &x, &y) ? float_make(x * y) : 0;
}

static inline bool compare_int(int op, int64_t a, int64_t b) {
    switch (op) {
    case PY_LT: return a < b;
    case PY_LE: return a <= b;
    case PY_EQ: return a == b;
    case PY_NE: return a != b;
    case PY_GT: return a > b;
    default: return a >= b;
    }
}
static inline bool compare_double(int op, double a, double b) {
    switch (op) {
    case PY_LT: return a < b;
    case PY_LE: return a <= b;
    case PY_EQ: return a == b;
    case PY_NE: return a != b;
    case PY_GT: return a > b;
    default: return a >= b;
    }
}

/* Compare without calling: 1, 0, or -1: take the general way. */
static inline int compare_simple(int op, Value a, Value b) {
    if (both_int(a, b)) return compare_int(op, (int64_t)a, (int64_t)b);
    double x, y;
    if (arith_doubles(a, b, &x, &y)) return compare_double(op, x, y);
    if ((op == PY_EQ || op == PY_NE) && is_ref(a) && is_ref(b) && STM_OBJ(a)->shape == TYPE_STR &&
        STM_OBJ(b)->shape == TYPE_STR) {
        PyStr GS *s = REF(PyStr, a), *t = REF(PyStr, b);
        bool equal = a == b || (s->length == t->length && !(s->interned & t->interned) &&
                                py_str_equal(a, b));
        return equal == (op == PY_EQ);
    }
    return -1;
}

#endif
