/* Value: what a register, a field, a list item holds. 64 bits:
 *   ...xxx1  a 63-bit integer                    ...xx10  a float whose exponent is in the common
 * range
 *   ...x000  a reference (offset of an object)   ...x100  a singleton or sentinel
 * 0 is no object: as a result it means "failed, the exception is set in the thread". */
#ifndef VM_VALUE_H
#define VM_VALUE_H

#include "gc/gc.h"
#include <string.h>

typedef uint64_t Value;

#define VM_FALSE           ((Value)0x04)
#define VM_TRUE            ((Value)0x0c)
#define VM_NONE            ((Value)0x14)
#define VM_NOT_IMPLEMENTED ((Value)0x1c)
#define VM_ELLIPSIS        ((Value)0x24)
#define VM_UNBOUND                                                                                 \
    ((Value)0x2c) /* sentinel: an unset local, a deleted entry; never reaches Python code */
#define VM_STOP ((Value)0x34) /* sentinel: an iterator's end, without a StopIteration object */

static inline bool is_int(Value v) {
    return v & 1;
} /* tagged; a big int is a reference: see py_is_int */
static inline bool is_float(Value v) { return (v & 3) == 2; }
static inline bool is_ref(Value v) {
    return (v & 7) == 0;
} /* true also for 0: callers hold real values */
static inline bool is_bool(Value v) { return (v | 8) == 0x0c; }
static inline Value vm_bool(bool b) { return VM_FALSE + ((Value)b << 3); }

#define VM_INT_MAX INT64_C(0x3fffffffffffffff)
#define VM_INT_MIN (-VM_INT_MAX - 1)
static inline bool int_fits(int64_t i) { return i >= VM_INT_MIN && i <= VM_INT_MAX; }
static inline int64_t int_value(Value v) { return (int64_t)v >> 1; }
static inline Value int_make(int64_t i) { return (Value)i << 1 | 1; } /* only if int_fits */

/* Floats: adding 1 << 60 turns the exponents whose top bits are 011 or 100 into 10x, and the
 * rotation brings that 10 into the tag's place. 0.0 takes the pattern 2 (that of 2^-256, which is
 * boxed, as are -0.0, NaN and the extremes). */
#define VM_FLOAT_BIAS (UINT64_C(1) << 60)
#define VM_FLOAT_ZERO ((Value)2)
static inline double float_value(Value v) {
    uint64_t bits = v == VM_FLOAT_ZERO ? 0 : (v >> 3 | v << 61) - VM_FLOAT_BIAS;
    double d;
    memcpy(&d, &bits, 8);
    return d;
}
/* The tagged form, or 0 if `d` must be boxed. */
static inline Value float_tag(double d) {
    uint64_t bits;
    memcpy(&bits, &d, 8);
    uint64_t biased = bits + VM_FLOAT_BIAS, v = biased << 3 | biased >> 61;
    if (LIKELY((v & 3) == 2 && v != VM_FLOAT_ZERO)) return v;
    return bits == 0 ? VM_FLOAT_ZERO : 0;
}
Value py_float_box(double d);
static inline Value float_make(double d) {
    Value v = float_tag(d);
    return LIKELY(v) ? v : py_float_box(d);
}

/* A reference as a typed pointer in the %gs space: REF(PyList, v)->length. */
#define REF(T, v) ((T GS *)(uintptr_t)(v))
#define VAL(p)    ((Value)(uintptr_t)(p))

#endif
