/* int: arithmetic. Values in 63 bits are tagged; larger ones are PyInt objects, whose limbs GMP's mpn functions work on in
 * place. A PyInt that is exactly an int never holds a value that fits a tag (I1: is_int(v) is the test for "small"); an instance of a subclass may. */
#include "vm/objects/int_long.h"
#include <math.h>

void int_view(IntView *view, Value v) {
    if (is_int(v) || is_bool(v)) {
        int64_t i = is_int(v) ? int_value(v) : v == VM_TRUE;
        view->negative = i < 0;
        view->small = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
        view->limbs = &view->small;
        view->count = i != 0;
        return;
    }
    PyInt GS *big = REF(PyInt, v);
    view->negative = big->size < 0;
    view->count = (size_t)(big->size < 0 ? -big->size : big->size);
    view->limbs = stm_flat(big->limbs, view->count * sizeof(mp_limb_t), false);
}

int int_result(IntResult *result, size_t count) {
    result->object = gc_alloc(TYPE_INT, GC_KIND_LEAF, sizeof(PyInt) + (count ? count : 1) * sizeof(mp_limb_t));
    if (!result->object) return py_raise_memory(), -1;
    result->limbs = stm_flat(REF(PyInt, result->object)->limbs, count * sizeof(mp_limb_t), true);
    return 0;
}

Value int_finish(IntResult *result, size_t count, bool negative) {
    while (count && result->limbs[count - 1] == 0) count--;
    if (count == 0) return int_make(0);
    if (count == 1) {
        mp_limb_t limb = result->limbs[0];
        if (limb <= (mp_limb_t)VM_INT_MAX + negative) return int_make(negative ? (int64_t)(0 - limb) : (int64_t)limb);
    }
    REF(PyInt, result->object)->size = negative ? -(int64_t)count : (int64_t)count;
    return result->object;
}

Value py_int_from_limbs(const uint64_t *limbs, size_t count, bool negative) {
    IntResult result;
    if (int_result(&result, count) < 0) return 0;
    memcpy(result.limbs, limbs, count * sizeof(mp_limb_t));
    return int_finish(&result, count, negative);
}

Value py_int_box(int64_t i) {
    if (LIKELY(int_fits(i))) return int_make(i);
    uint64_t magnitude = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    return py_int_from_limbs(&magnitude, 1, i < 0);
}

Value py_int_from_u64(uint64_t i) {
    return i <= (uint64_t)VM_INT_MAX ? int_make((int64_t)i) : py_int_from_limbs(&i, 1, false);
}

Value py_int_from_double(double d) {
    if (isnan(d)) return py_raise(TYPE_ValueError, "cannot convert float NaN to integer");
    if (isinf(d)) return py_raise(TYPE_OverflowError, "cannot convert float infinity to integer");
    if (fabs(d) < 4e18) return py_int_from_i64((int64_t)d);
    int exponent;
    double fraction = frexp(fabs(d), &exponent);
    uint64_t mantissa = (uint64_t)ldexp(fraction, 53);
    Value v = py_int_lshift(int_make((int64_t)mantissa), int_make(exponent - 53));
    return v && d < 0 ? py_int_sub(int_make(0), v) : v;
}

int py_int_as_i64(Value v, int64_t *out) {
    if (is_int(v)) return *out = int_value(v), 0;
    IntView view;
    int_view(&view, v);
    if (view.count > 1) return 1;
    mp_limb_t limb = view.count ? view.limbs[0] : 0;
    if (limb > (mp_limb_t)INT64_MAX + view.negative) return 1;
    *out = view.negative ? (int64_t)(0 - limb) : (int64_t)limb;
    return 0;
}

int64_t py_int_i64_or_raise(Value v, const char *c_type) {
    int64_t i;
    if (py_int_as_i64(v, &i) == 0) return i;
    return py_raise_int(TYPE_OverflowError, "Python int too large to convert to C %s", c_type);
}

/* ---- sums ------------------------------------------------------------------------------------------------------------ */

/* |a| + |b| with the sign given. */
static Value add_magnitudes(const IntView *a, const IntView *b, bool negative) {
    if (a->count < b->count) return add_magnitudes(b, a, negative);
    IntResult result;
    if (int_result(&result, a->count + 1) < 0) return 0;
    mp_limb_t carry = b->count ? mpn_add(result.limbs, a->limbs, (mp_size_t)a->count, b->limbs, (mp_size_t)b->count)
                               : (mpn_copyi(result.limbs, a->limbs, (mp_size_t)a->count), (mp_limb_t)0);
    result.limbs[a->count] = carry;
    return int_finish(&result, a->count + 1, negative);
}

static int compare_magnitudes(const IntView *a, const IntView *b) {
    if (a->count != b->count) return a->count < b->count ? -1 : 1;
    return a->count ? mpn_cmp(a->limbs, b->limbs, (mp_size_t)a->count) : 0;
}

/* |a| - |b|, negated if `negative`. */
static Value subtract_magnitudes(const IntView *a, const IntView *b, bool negative) {
    if (compare_magnitudes(a, b) < 0) return subtract_magnitudes(b, a, !negative);
    IntResult result;
    if (int_result(&result, a->count) < 0) return 0;
    if (b->count) mpn_sub(result.limbs, a->limbs, (mp_size_t)a->count, b->limbs, (mp_size_t)b->count);
    else mpn_copyi(result.limbs, a->limbs, (mp_size_t)a->count);
    return int_finish(&result, a->count, negative);
}

static Value add_signed(Value a, Value b, bool subtract) {
    IntView x, y;
    int_view(&x, a);
    int_view(&y, b);
    bool y_negative = y.negative != subtract;
    if (x.negative == y_negative) return add_magnitudes(&x, &y, x.negative);
    return subtract_magnitudes(&x, &y, x.negative);
}

Value py_int_add(Value a, Value b) {
    if (is_int(a) && is_int(b)) return py_int_from_i64(int_value(a) + int_value(b)); /* 63 bits each: no overflow */
    return add_signed(a, b, false);
}

Value py_int_sub(Value a, Value b) {
    if (is_int(a) && is_int(b)) return py_int_from_i64(int_value(a) - int_value(b));
    return add_signed(a, b, true);
}

int py_int_compare(Value a, Value b) {
    if (is_int(a) && is_int(b)) return (int_value(a) > int_value(b)) - (int_value(a) < int_value(b));
    IntView x, y;
    int_view(&x, a);
    int_view(&y, b);
    if (x.negative != y.negative) return x.negative ? -1 : 1;
    int magnitude = compare_magnitudes(&x, &y);
    return x.negative ? -magnitude : magnitude;
}

/* ---- products ---------------------------------------------------------------------------------------------------------- */

Value py_int_mul(Value a, Value b) {
    int64_t product;
    if (is_int(a) && is_int(b) && !__builtin_mul_overflow(int_value(a), int_value(b), &product))
        return py_int_from_i64(product);
    IntView x, y;
    int_view(&x, a);
    int_view(&y, b);
    if (!x.count || !y.count) return int_make(0);
    const IntView *longer = x.count >= y.count ? &x : &y, *shorter = longer == &x ? &y : &x;
    IntResult result;
    if (int_result(&result, x.count + y.count) < 0) return 0;
    if (a == b) mpn_sqr(result.limbs, x.limbs, (mp_size_t)x.count);
    else mpn_mul(result.limbs, longer->limbs, (mp_size_t)longer->count, shorter->limbs, (mp_size_t)shorter->count);
    return int_finish(&result, x.count + y.count, x.negative != y.negative);
}

/* Floor division of big operands: quotient and remainder, either pointer may be 0. b is not 0. */
static int divide_big(Value a, Value b, Value *quotient, Value *remainder) {
    IntView x, y;
    int_view(&x, a);
    int_view(&y, b);
    bool opposite = x.negative != y.negative;
    if (compare_magnitudes(&x, &y) < 0) {
        bool adjust = opposite && x.count;
        if (quotient) *quotient = int_make(adjust ? -1 : 0);
        if (remainder) *remainder = adjust ? py_int_add(a, b) : is_bool(a) ? int_make(a == VM_TRUE) : py_int_add(a, int_make(0));
        return remainder && !*remainder ? -1 : 0;
    }
    IntResult q, r;
    size_t q_count = x.count - y.count + 1;
    if (int_result(&q, q_count + 1) < 0 || int_result(&r, y.count) < 0) return -1;
    mpn_tdiv_qr(q.limbs, r.limbs, 0, x.limbs, (mp_size_t)x.count, y.limbs, (mp_size_t)y.count);
    q.limbs[q_count] = 0;
    bool exact = mpn_zero_p(r.limbs, (mp_size_t)y.count);
    if (opposite && !exact) { /* truncated towards zero so far: floor is one below, with the remainder's sign that of b */
        q.limbs[q_count] = mpn_add_1(q.limbs, q.limbs, (mp_size_t)q_count, 1);
        mpn_sub_n(r.limbs, y.limbs, r.limbs, (mp_size_t)y.count);
    }
    if (quotient) *quotient = int_finish(&q, q_count + 1, opposite);
    if (remainder) *remainder = int_finish(&r, y.count, y.negative);
    return 0;
}

static bool is_zero(Value v) { return v == int_make(0) || v == VM_FALSE || (is_ref(v) && REF(PyInt, v)->size == 0); }

static Value raise_zero_division(const char *what) { return py_raise(TYPE_ZeroDivisionError, "%s", what); }

Value py_int_floordiv(Value a, Value b) {
    if (is_zero(b)) return raise_zero_division("integer division or modulo by zero");
    if (is_int(a) && is_int(b)) {
        int64_t x = int_value(a), y = int_value(b), q = x / y;
        return py_int_from_i64(q - ((x % y != 0) && ((x < 0) != (y < 0))));
    }
    Value quotient;
    return divide_big(a, b, &quotient, 0) < 0 ? 0 : quotient;
}

Value py_int_mod(Value a, Value b) {
    if (is_zero(b)) return raise_zero_division("integer modulo by zero");
    if (is_int(a) && is_int(b)) {
        int64_t x = int_value(a), y = int_value(b), r = x % y;
        return int_make(r != 0 && ((r < 0) != (y < 0)) ? r + y : r);
    }
    Value remainder;
    return divide_big(a, b, 0, &remainder) < 0 ? 0 : remainder;
}

Value py_int_divmod(Value a, Value b) {
    if (is_zero(b)) return raise_zero_division("integer division or modulo by zero");
    Value quotient, remainder;
    if (divide_big(a, b, &quotient, &remainder) < 0) return 0;
    return py_tuple_pack(2, quotient, remainder);
}

/* ---- shifts and bits ------------------------------------------------------------------------------------------------------ */

size_t py_int_bit_length(Value v) {
    IntView view;
    int_view(&view, v);
    return view.count ? view.count * 64 - (size_t)__builtin_clzll(view.limbs[view.count - 1]) : 0;
}

static Value shift_left(Value a, uint64_t bits) {
    IntView x;
    int_view(&x, a);
    size_t limbs = bits / 64, rest = bits % 64, count = x.count + limbs + 1;
    IntResult result;
    if (x.count == 0) return int_make(0);
    if (int_result(&result, count) < 0) return 0;
    mpn_zero(result.limbs, (mp_size_t)limbs);
    if (rest) result.limbs[count - 1] = mpn_lshift(result.limbs + limbs, x.limbs, (mp_size_t)x.count, (unsigned)rest);
    else mpn_copyi(result.limbs + limbs, x.limbs, (mp_size_t)x.count), result.limbs[count - 1] = 0;
    return int_finish(&result, count, x.negative);
}

/* Floor: for negative numbers one more in magnitude if any bit fell off. */
static Value shift_right(Value a, uint64_t bits) {
    IntView x;
    int_view(&x, a);
    size_t limbs = bits / 64, rest = bits % 64;
    if (limbs >= x.count) return int_make(x.negative ? -1 : 0);
    size_t count = x.count - limbs;
    IntResult result;
    if (int_result(&result, count + 1) < 0) return 0;
    mp_limb_t lost = 0;
    for (size_t i = 0; i < limbs; i++) lost |= x.limbs[i];
    if (rest) lost |= mpn_rshift(result.limbs, x.limbs + limbs, (mp_size_t)count, (unsigned)rest);
    else mpn_copyi(result.limbs, x.limbs + limbs, (mp_size_t)count);
    result.limbs[count] = x.negative && lost ? mpn_add_1(result.limbs, result.limbs, (mp_size_t)count, 1) : 0;
    return int_finish(&result, count + 1, x.negative);
}

/* As python3.11, which cannot count more digits of 30 bits than that. */
static Value raise_too_long(const IntView *bits) {
    unsigned __int128 all = bits->limbs[0] | (unsigned __int128)(bits->count > 1 ? bits->limbs[1] : 0) << 64;
    if (bits->count <= 2 && all / 30 < (UINT64_C(1) << 61) - 7) return py_raise_memory();
    return py_raise(TYPE_OverflowError, "too many digits in integer");
}

static Value shift(Value a, Value b, bool left) {
    IntView by;
    int_view(&by, b);
    if (by.negative) return py_raise(TYPE_ValueError, "negative shift count");
    if (is_zero(a)) return int_make(0);
    if (by.count > 1 || (by.count && by.limbs[0] >= (UINT64_C(1) << 40))) {
        if (left) return raise_too_long(&by);
        IntView x;
        int_view(&x, a);
        return int_make(x.negative ? -1 : 0);
    }
    uint64_t bits = by.count ? by.limbs[0] : 0;
    if (is_int(a) && !left) return int_make(int_value(a) >> (bits > 62 ? 62 : bits));
    if (is_int(a) && bits < 62) {
        int64_t x = int_value(a), shifted = (int64_t)((uint64_t)x << bits);
        if (shifted >> bits == x) return py_int_from_i64(shifted);
    }
    return left ? shift_left(a, bits) : shift_right(a, bits);
}

Value py_int_lshift(Value a, Value b) { return shift(a, b, true); }
static Value int_rshift(Value a, Value b) { return shift(a, b, false); }

/* Limb i of the two's complement of a view, sign-extended. `borrow` runs along: start with 1. */
static mp_limb_t complement_limb(const IntView *v, size_t i, mp_limb_t *borrow) {
    mp_limb_t limb = i < v->count ? v->limbs[i] : 0;
    if (!v->negative) return limb;
    mp_limb_t result = ~limb + *borrow;
    *borrow = *borrow && limb == 0;
    return result;
}

static Value bitwise(Value a, Value b, char op) {
    IntView x, y;
    int_view(&x, a);
    int_view(&y, b);
    size_t count = (x.count > y.count ? x.count : y.count) + 1;
    IntResult result;
    if (int_result(&result, count) < 0) return 0;
    mp_limb_t x_borrow = 1, y_borrow = 1;
    for (size_t i = 0; i < count; i++) {
        mp_limb_t p = complement_limb(&x, i, &x_borrow), q = complement_limb(&y, i, &y_borrow);
        result.limbs[i] = op == '&' ? p & q : op == '|' ? p | q : p ^ q;
    }
    bool negative = result.limbs[count - 1] >> 63;
    if (negative) mpn_neg(result.limbs, result.limbs, (mp_size_t)count);
    return int_finish(&result, count, negative);
}

/* ---- to double --------------------------------------------------------------------------------------------------------- */

/* The top 64 bits of |v| with a sticky lowest bit, and the power of two they stand for. */
static uint64_t top_bits(const IntView *v, int64_t *exponent) {
    size_t count = v->count;
    unsigned lead = (unsigned)__builtin_clzll(v->limbs[count - 1]);
    uint64_t top = v->limbs[count - 1] << lead;
    mp_limb_t lost = 0;
    if (count > 1) {
        if (lead) top |= v->limbs[count - 2] >> (64 - lead);
        lost = lead ? v->limbs[count - 2] << lead : v->limbs[count - 2];
        for (size_t i = 0; i + 2 < count; i++) lost |= v->limbs[i];
    }
    *exponent = (int64_t)(count - 1) * 64 - lead;
    return top | (lost != 0);
}

double py_int_scaled_double(const IntView *v, int64_t exponent) {
    if (!v->count) return 0.0;
    int64_t shift;
    uint64_t top = top_bits(v, &shift);
    /* 64 -> 53 bits by hand: round half to even; ldexp is then exact but for subnormals, which callers exclude */
    uint64_t mantissa = top >> 11, rest = top & 0x7ff;
    if (rest > 0x400 || (rest == 0x400 && (mantissa & 1))) mantissa++;
    int64_t power = shift + 11 + exponent;
    double d = power > 2000 ? INFINITY : ldexp((double)mantissa, (int)(power < -3000 ? -3000 : power));
    return v->negative ? -d : d;
}

double py_int_as_double(Value v) {
    if (is_int(v)) return (double)int_value(v);
    IntView view;
    int_view(&view, v);
    double d = py_int_scaled_double(&view, 0);
    if (isinf(d)) return py_raise(TYPE_OverflowError, "int too large to convert to float"), -1.0;
    return d;
}

/* a / b correctly rounded: scale so that the integer quotient has at least 66 bits, keep a sticky bit, round once. */
Value py_int_true_divide(Value a, Value b) {
    if (is_zero(b)) return raise_zero_division("division by zero");
    if (is_int(a) && is_int(b)) {
        int64_t x = int_value(a), y = int_value(b);
        int64_t limit = INT64_C(1) << 53;
        if (x >= -limit && x <= limit && y >= -limit && y <= limit) return float_make((double)x / (double)y);
    }
    if (is_zero(a)) return float_make(py_int_compare(b, int_make(0)) < 0 ? -0.0 : 0.0);
    int64_t shift = 66 - ((int64_t)py_int_bit_length(a) - (int64_t)py_int_bit_length(b));
    if (shift > 1200) { /* tiny: round at the subnormal's last bit, 2^-1074, and not twice */
        shift = 1200;
    } else if (shift < -1200) {
        return py_raise(TYPE_OverflowError, "integer division result too large for a float");
    }
    Value x = shift > 0 ? py_int_lshift(a, int_make(shift)) : a;
    Value y = shift < 0 ? py_int_lshift(b, int_make(-shift)) : b;
    if (!x || !y) return 0;
    IntView vx, vy;
    int_view(&vx, x);
    int_view(&vy, y);
    bool negative = vx.negative != vy.negative;
    Value quotient, remainder;
    Value px = negative && vx.negative ? py_int_sub(int_make(0), x) : x, py = negative && vy.negative ? py_int_sub(int_make(0), y) : y;
    if (!px || !py || divide_big(px, py, &quotient, &remainder) < 0) return 0;
    int64_t bits = (int64_t)py_int_bit_length(quotient);
    /* keep 53 bits, or fewer when the result is subnormal */
    int64_t drop = bits - 53, lowest = -1074 + shift;
    if (drop < lowest) drop = lowest;
    double d;
    if (drop <= 0) {
        d = ldexp(py_int_as_double(quotient), (int)-shift);
    } else {
        Value kept = shift_right(quotient, (uint64_t)drop);
        Value back = kept ? shift_left(kept, (uint64_t)drop) : 0, rest = back ? py_int_sub(quotient, back) : 0;
        Value half = rest ? shift_left(int_make(1), (uint64_t)drop - 1) : 0;
        if (!half) return 0;
        int order = py_int_compare(rest, half);
        bool up = order > 0 || (order == 0 && (!is_zero(remainder) || (int_value(kept) & 1)));
        d = ldexp((double)(int_value(kept) + up), (int)(drop - shift));
    }
    if (isinf(d)) return py_raise(TYPE_OverflowError, "integer division result too large for a float");
    return float_make(negative ? -d : d);
}

/* ---- hash ------------------------------------------------------------------------------------------------------------------ */

/* Modulo 2^61 - 1, so that equal int, float and Fraction values hash alike (as Python's reference says). */
int64_t py_int_hash(Value v) {
    const uint64_t modulus = (UINT64_C(1) << 61) - 1;
    if (is_int(v)) {
        int64_t i = int_value(v);
        if (LIKELY((uint64_t)(i < 0 ? -i : i) < modulus)) return i == -1 ? -2 : i;
    }
    IntView view;
    int_view(&view, v);
    uint64_t hash = 0;
    for (size_t i = view.count; i-- > 0;) {
        /* hash * 2^64 + limb, with 2^64 = 8 (mod 2^61 - 1) */
        unsigned __int128 sum = (unsigned __int128)hash * 8 + view.limbs[i];
        hash = (uint64_t)(sum % modulus);
    }
    int64_t signed_hash = view.negative ? -(int64_t)hash : (int64_t)hash;
    return signed_hash == -1 ? -2 : signed_hash;
}

/* ---- slots ------------------------------------------------------------------------------------------------------------------ */

static Value long_floordiv(Value a, Value b) {
    Value quotient;
    return int_long_divide_may_call(a, b, &quotient, 0) < 0 ? 0 : quotient;
}
static Value long_mod(Value a, Value b) {
    Value remainder;
    return int_long_divide_may_call(a, b, 0, &remainder) < 0 ? 0 : remainder;
}
static Value long_divmod(Value a, Value b) {
    Value quotient, remainder;
    return int_long_divide_may_call(a, b, &quotient, &remainder) < 0 ? 0 : py_tuple_pack(2, quotient, remainder);
}

#define INT_BINARY(name, call)                                                                                        \
    static Value int_slot_##name(Value a, Value b) {                                                                  \
        if (!py_is_int(a) || !py_is_int(b)) return VM_NOT_IMPLEMENTED;                                                \
        return call;                                                                                                  \
    }
INT_BINARY(add, py_int_add(a, b))
INT_BINARY(sub, py_int_sub(a, b))
INT_BINARY(mul, int_long_both(a, b) ? int_long_mul_may_call(a, b) : py_int_mul(a, b))
INT_BINARY(floordiv, int_long_both(a, b) ? long_floordiv(a, b) : py_int_floordiv(a, b))
INT_BINARY(mod, int_long_both(a, b) ? long_mod(a, b) : py_int_mod(a, b))
INT_BINARY(divmod, int_long_both(a, b) ? long_divmod(a, b) : py_int_divmod(a, b))
INT_BINARY(truediv, py_int_true_divide(a, b))
INT_BINARY(lshift, py_int_lshift(a, b))
INT_BINARY(rshift, int_rshift(a, b))
INT_BINARY(and, is_int(a) && is_int(b) ? (a & b) : bitwise(a, b, '&'))
INT_BINARY(or, is_int(a) && is_int(b) ? (a | b) : bitwise(a, b, '|'))
INT_BINARY(xor, is_int(a) && is_int(b) ? ((a ^ b) | 1) : bitwise(a, b, '^'))

static Value int_slot_pow(Value a, Value b, Value mod) {
    if (!py_is_int(a) || !py_is_int(b) || (mod != VM_NONE && !py_is_int(mod))) return VM_NOT_IMPLEMENTED;
    return py_int_pow(a, b, mod);
}

/* The plain int of a bool or of a subclass's instance. */
static Value int_slot_positive(Value v) { return is_int(v) || is_exactly(v, TYPE_INT) ? v : py_int_add(v, int_make(0)); }
static Value int_slot_negative(Value v) { return py_int_sub(int_make(0), v); }
static Value int_slot_absolute(Value v) {
    IntView view;
    int_view(&view, v);
    return view.negative ? int_slot_negative(v) : int_slot_positive(v);
}
static Value int_slot_invert(Value v) { return py_int_sub(int_make(-1), v); }
static int int_slot_boolean(Value v) { return !is_zero(v); }
static Value int_slot_float(Value v) {
    double d = py_int_as_double(v);
    return d == -1.0 && py_error() ? 0 : float_make(d);
}
static Value int_slot_repr(Value v) { return py_int_to_str(v, 10, false); }

static Value int_slot_compare(Value a, Value b, int op) {
    if (!py_is_int(a) || !py_is_int(b)) return VM_NOT_IMPLEMENTED;
    int order = py_int_compare(a, b);
    switch (op) {
    case PY_LT: return vm_bool(order < 0);
    case PY_LE: return vm_bool(order <= 0);
    case PY_EQ: return vm_bool(order == 0);
    case PY_NE: return vm_bool(order != 0);
    case PY_GT: return vm_bool(order > 0);
    default: return vm_bool(order >= 0);
    }
}

extern const PyMethodDef py_int_methods[];
extern const PyGetSetDef py_int_getsets[];
Value py_int_new(Value type, const Value *args, size_t nargs, Value kwnames);

#define INT_SLOTS                                                                                                     \
    .hash = py_int_hash, .richcompare = int_slot_compare, .add = int_slot_add, .sub = int_slot_sub,                   \
    .mul = int_slot_mul, .truediv = int_slot_truediv, .floordiv = int_slot_floordiv, .mod = int_slot_mod,             \
    .divmod = int_slot_divmod, .pow = int_slot_pow, .lshift = int_slot_lshift, .rshift = int_slot_rshift,             \
    .and_ = int_slot_and, .xor = int_slot_xor, .or_ = int_slot_or, .neg = int_slot_negative,                          \
    .pos = int_slot_positive, .abs = int_slot_absolute, .invert = int_slot_invert, .boolean = int_slot_boolean,       \
    .index = int_slot_positive, .int_ = int_slot_positive, .float_ = int_slot_float
const PyTypeSpec py_spec_int = {
    .doc = "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no arguments\nare given.",
    .slots = {INT_SLOTS, .repr = int_slot_repr, .new = py_int_new},
    .methods = py_int_methods,
    .getsets = py_int_getsets,
    .raw_words = GC_KIND_LEAF};
