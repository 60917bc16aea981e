/* Module _decimal: Decimals from and to other types, and in comparison with them. */
#include "vm/modules/decimal/decimal.h"
#include "vm/objects/int.h"
#include "vm/objects/str.h"
#include "vm/objects/type.h"
#include "vm/objects/unicode_data.h"
#include <math.h>
#include <stdlib.h>

/* ---- from int, float ------------------------------------------------------------------------------------------------ */

int decimal_from_int(Dec *d, Value v, DecContext *ctx) {
    IntView view;
    int_view(&view, v);
    if (view.count <= 1) {
        uint64_t w = view.count ? view.limbs[0] : 0;
        dec_set_word(d, w < WORD_BASE ? w : w - WORD_BASE, 0, view.negative);
        if (w >= WORD_BASE) d->words[1] = 1, d->size = 2, d->digits = WORD_DIGITS + 1;
        return 0;
    }
    mpz_t z;
    mpz_roinit_n(z, view.limbs, (mp_size_t)view.count);
    if (dec_set_mpz(d, z, 0, ctx) < 0) return -1;
    d->negative = view.negative;
    return 0;
}

int decimal_from_double(Dec *d, double value, DecContext *ctx) {
    bool negative = signbit(value);
    if (isnan(value)) {
        dec_set_invalid(d, 0, ctx);
        d->negative = negative;
        return 0;
    }
    if (isinf(value)) return dec_set_inf(d, negative), 0;
    int exp;
    double fraction = frexp(fabs(value), &exp);
    uint64_t mantissa = (uint64_t)ldexp(fraction, 53);
    exp -= 53;
    while (mantissa && !(mantissa & 1)) mantissa >>= 1, exp++;
    if (!mantissa) exp = 0;
    mpz_t z;
    mpz_init_set_ui(z, mantissa);
    if (exp >= 0) mpz_mul_2exp(z, z, (unsigned long)exp); /* m * 2^-k is m * 5^k * 10^-k */
    else {
        mpz_t power;
        mpz_init(power);
        mpz_ui_pow_ui(power, 5, (unsigned long)-exp);
        mpz_mul(z, z, power);
        mpz_clear(power);
    }
    int status = dec_set_mpz(d, z, exp < 0 ? exp : 0, ctx);
    d->negative = negative;
    mpz_clear(z);
    return status;
}

int decimal_operand(Dec *d, Value v) {
    if (is_decimal(v)) return decimal_load(d, v), 1;
    if (!py_is_int(v)) return 0;
    DecContext ctx = dec_max_context;
    return decimal_from_int(d, v, &ctx) == 0 ? 1 : (py_raise_memory(), -1);
}
static Value raise_unsupported(Value v) { return py_raise(TYPE_TypeError, "conversion from %T to Decimal is not supported", v); }
int decimal_operand_or_raise(Dec *d, Value v) {
    int found = decimal_operand(d, v);
    if (found == 0) raise_unsupported(v);
    return found > 0 ? 0 : -1;
}

/* ---- from text ---------------------------------------------------------------------------------------------------------- */

/* The characters in ASCII; without spaces around and underscores, if `loose`. Decimal digits of any script count, others
 * make the text invalid. */
static size_t ascii_text(char *out, const StrView *text, bool loose) {
    size_t start = 0, end = text->length, n = 0;
    while (loose && start < end && unicode_is_space(view_char(text, start))) start++;
    while (loose && end > start && unicode_is_space(view_char(text, end - 1))) end--;
    for (size_t i = start; i < end; i++) {
        uint32_t c = view_char(text, i);
        if (loose && c == '_') continue;
        int digit = c < 128 ? -1 : unicode_decimal(c);
        out[n++] = c < 128 ? (char)c : digit >= 0 ? (char)('0' + digit) : '?';
    }
    return n;
}

static void parse_text(Dec *d, Value v, bool loose, DecContext *ctx) {
    StrView text = str_view(v);
    char small[128], *ascii = text.length <= sizeof small ? small : malloc(text.length);
    if (!ascii) return dec_set_invalid(d, DEC_NO_MEMORY, ctx);
    size_t n = ascii_text(ascii, &text, loose);
    if (!dec_parse(d, ascii, n, ctx) && !(ctx->status & DEC_NO_MEMORY)) dec_set_invalid(d, DEC_CONVERSION_SYNTAX, ctx);
    if (ascii != small) free(ascii);
}

/* ---- from tuples ---------------------------------------------------------------------------------------------------------- */

/* A tuple's third item: an exponent, or the letter of a special value. */
static int tuple_exponent(Value v, int64_t *exp, char *special) {
    *exp = 0, *special = 0;
    if (py_is_str(v)) {
        static const char letters[] = "FnN";
        for (const char *p = letters; *p && !*special; p++) {
            char text[2] = {*p, 0};
            if (py_str_equal_c(v, text)) *special = *p;
        }
        return *special ? 0 : py_raise_int(TYPE_ValueError, "string argument in the third position must be 'F', 'n' or 'N'");
    }
    if (!py_is_int(v)) return py_raise_int(TYPE_ValueError, "exponent must be an integer");
    *exp = py_int_i64_or_raise(v, "ssize_t");
    return *exp == -1 && py_error() ? -1 : 0;
}
static int raise_no_digits(void) { return py_raise_int(TYPE_ValueError, "coefficient must be a tuple of digits"); }
static int tuple_digits(Dec *d, Value digits, DecContext *ctx) {
    int64_t count = tuple_length(digits);
    char small[128], *text = count <= (int64_t)sizeof small ? small : malloc((size_t)count);
    int status = text && dec_reserve(d, words_for(count), ctx) == 0 ? 0 : -1;
    if (status < 0) ctx->status |= DEC_NO_MEMORY, status = 0;
    for (int64_t i = 0; i < count && status == 0 && text; i++) {
        Value item = tuple_item(digits, i);
        if (is_bool(item)) item = int_make(item == VM_TRUE);
        if (!is_int(item) || int_value(item) < 0 || int_value(item) > 9) status = raise_no_digits();
        else text[i] = (char)int_value(item);
    }
    if (status == 0 && !(ctx->status & DEC_NO_MEMORY)) {
        d->words[0] = 0;
        words_from_digits(d->words, text, count, 0);
        d->size = words_for(count);
        dec_strip(d);
    }
    if (text != small) free(text);
    return status;
}

static int from_tuple(Dec *d, Value v, DecContext *ctx) {
    Value parts = py_tuple_from_iterable(v);
    if (!parts) return -1;
    if (tuple_length(parts) != 3) return py_raise_int(TYPE_ValueError, "argument must be a sequence of length 3");
    Value sign = tuple_item(parts, 0), digits = tuple_item(parts, 1);
    int64_t negative = 2, exp;
    char special;
    if (!py_is_int(sign) || py_int_as_i64(sign, &negative) != 0 || (negative != 0 && negative != 1))
        return py_raise_int(TYPE_ValueError, "sign must be an integer with the value 0 or 1");
    if (tuple_exponent(tuple_item(parts, 2), &exp, &special) < 0) return -1;
    if (py_is_list(digits)) digits = py_list_to_tuple(digits);
    if (!digits) return -1;
    if (!py_is_tuple(digits)) return raise_no_digits();
    if (special == 'F') return dec_set_inf(d, negative), 0;
    if (tuple_digits(d, digits, ctx) < 0) return -1;
    d->kind = special == 'n' ? DEC_QNAN : special == 'N' ? DEC_SNAN : DEC_FINITE;
    d->negative = (uint8_t)negative;
    const int64_t most = INT64_C(1) << 62;
    d->exp = exp > most ? most : exp < -most ? -most : exp;
    if (special && dec_zero_words(d)) d->digits = 0;
    return 0;
}

/* ---- Decimal(v) ----------------------------------------------------------------------------------------------------------- */

/* Rounds what was exact to the context; or checks that it has a place among all Decimals, as it is. */
static Value finish_conversion(Value type, Dec *d, DecimalOp *op, bool exact) {
    if (exact) {
        DecContext most = dec_max_context;
        dec_finish(d, &most);
        op->ctx.status |= most.status & DEC_NO_MEMORY;
        if (most.status & (DEC_INEXACT | DEC_ROUNDED | DEC_CLAMPED)) dec_set_invalid(d, DEC_INVALID_OPERATION, &op->ctx);
    } else if (dec_is_nan(d) && d->digits > op->ctx.prec - op->ctx.clamp) {
        dec_set_invalid(d, DEC_CONVERSION_SYNTAX, &op->ctx);
    } else {
        dec_finish(d, &op->ctx);
    }
    Value result = context_signal(op->context, op->ctx.status) < 0 ? 0 : decimal_make(type, d);
    dec_free(d);
    return result;
}

Value decimal_convert_float(Value type, Value v, Value context, bool exact) {
    DecimalOp op;
    Dec d;
    if (!py_is_int(v) && !py_is_float(v)) return py_raise(TYPE_TypeError, "argument must be int or float");
    decimal_begin(&op, context);
    dec_init(&d);
    if (py_is_int(v)) decimal_from_int(&d, v, &op.ctx);
    else decimal_from_double(&d, py_float_value(v), &op.ctx);
    return finish_conversion(type, &d, &op, exact);
}

Value decimal_convert(Value type, Value v, Value context, bool exact) {
    if (is_decimal(v) && exact && type == py_type(TYPE_DECIMAL) && is_exactly(v, TYPE_DECIMAL)) return v;
    if (py_is_float(v) && context_signal(context, DEC_FLOAT_OPERATION) < 0) return 0;
    if (py_is_float(v) || py_is_int(v)) return decimal_convert_float(type, v, context, exact);
    DecimalOp op;
    Dec d;
    decimal_begin(&op, context);
    dec_init(&d);
    if (is_decimal(v)) {
        decimal_load(&d, v);
        if (exact) return decimal_make(type, &d);
        Dec copy; /* rounding changes the words */
        dec_init(&copy);
        dec_copy(&copy, &d, &op.ctx);
        return finish_conversion(type, &copy, &op, false);
    }
    if (py_is_str(v)) {
        parse_text(&d, v, exact, &op.ctx);
    } else if (!py_is_tuple(v) && !py_is_list(v)) {
        return raise_unsupported(v);
    } else if (from_tuple(&d, v, &op.ctx) < 0) {
        dec_free(&d);
        return 0;
    }
    return finish_conversion(type, &d, &op, exact);
}

/* ---- to int, float ---------------------------------------------------------------------------------------------------------- */

/* |d| as an integer in z, exactly. */
static int integer_to_mpz(mpz_t z, const Dec *d) {
    DecContext ctx = dec_max_context;
    if (d->exp <= 0) return dec_get_mpz(z, d, &ctx) == 0 ? 0 : (py_raise_memory(), -1);
    Dec wide;
    dec_init(&wide);
    int status = dec_shift_left(&wide, d, d->exp, &ctx) == 0 && dec_get_mpz(z, &wide, &ctx) == 0 ? 0 : (py_raise_memory(), -1);
    dec_free(&wide);
    return status;
}
static Value int_from_mpz(const mpz_t z, bool negative) { return py_int_from_limbs(mpz_limbs_read(z), mpz_size(z), negative); }

Value decimal_to_int(Value v, DecRounding rounding) {
    Dec d, whole;
    dec_init(&d);
    decimal_load(&d, v);
    if (dec_is_nan(&d)) return py_raise(TYPE_ValueError, "cannot convert NaN to integer");
    if (d.kind == DEC_INF) return py_raise(TYPE_OverflowError, "cannot convert Infinity to integer");
    DecContext ctx = dec_max_context;
    ctx.rounding = rounding;
    dec_init(&whole);
    dec_to_integral_value(&whole, &d, &ctx);
    int64_t small;
    if (!(ctx.status & DEC_NO_MEMORY) && dec_get_i64(&whole, &small)) return dec_free(&whole), py_int_from_i64(small);
    mpz_t z;
    mpz_init(z);
    Value result = ctx.status & DEC_NO_MEMORY ? py_raise_memory() : integer_to_mpz(z, &whole) < 0 ? 0 : int_from_mpz(z, whole.negative);
    mpz_clear(z);
    dec_free(&whole);
    return result;
}

Value decimal_to_float(Value v) {
    Dec d;
    dec_init(&d);
    decimal_load(&d, v);
    if (d.kind == DEC_SNAN) return py_raise(TYPE_ValueError, "cannot convert signaling NaN to float");
    if (d.kind == DEC_QNAN) return float_make(d.negative ? -NAN : NAN);
    if (d.kind == DEC_INF) return float_make(d.negative ? -INFINITY : INFINITY);
    size_t n;
    double value = 0;
    char *text = dec_text(&d, false, true, &n);
    if (!text) return py_raise_memory();
    text[n] = 0; /* there is room */
    int status = py_double_parse(text, n, &value);
    free(text);
    return status < 0 ? py_raise(TYPE_ValueError, "could not convert Decimal to float") : float_make(value);
}

Value decimal_as_ratio(Value v) {
    Dec d;
    dec_init(&d);
    decimal_load(&d, v);
    if (dec_is_nan(&d)) return py_raise(TYPE_ValueError, "cannot convert NaN to integer ratio");
    if (d.kind == DEC_INF) return py_raise(TYPE_OverflowError, "cannot convert Infinity to integer ratio");
    if (dec_zero_words(&d)) return py_tuple_pack(2, int_make(0), int_make(1));
    mpz_t numerator, denominator, common;
    mpz_inits(numerator, denominator, common, NULL);
    int status = integer_to_mpz(numerator, &d);
    mpz_ui_pow_ui(denominator, 10, d.exp < 0 ? (unsigned long)-d.exp : 0);
    mpz_gcd(common, numerator, denominator);
    mpz_divexact(numerator, numerator, common);
    mpz_divexact(denominator, denominator, common);
    Value n = status < 0 ? 0 : int_from_mpz(numerator, d.negative), m = n ? int_from_mpz(denominator, false) : 0;
    mpz_clears(numerator, denominator, common, NULL);
    return m ? py_tuple_pack(2, n, m) : 0;
}

Value decimal_as_tuple(Value v) {
    Dec d;
    dec_init(&d);
    decimal_load(&d, v);
    bool infinite = d.kind == DEC_INF;
    int64_t count = infinite ? 1 : d.digits;
    Value digits = py_tuple_new((size_t)count), class = decimal_shared(SHARED_TUPLE);
    if (!digits || !class) return 0;
    Value GS *items = REF(PyTuple, digits)->items;
    for (int64_t i = count, word = 0; i > 0; word++) {
        uint64_t w = infinite ? 0 : d.words[word];
        for (int k = 0; k < WORD_DIGITS && i > 0; k++, w /= 10) items[--i] = int_make((int64_t)(w % 10));
    }
    Value exp = d.kind == DEC_FINITE ? py_int_from_i64(d.exp) : py_intern_c(infinite ? "F" : d.kind == DEC_QNAN ? "n" : "N");
    return exp ? py_call3(class, int_make(d.negative), digits, exp) : 0;
}

Value decimal_str(Value v, bool engineering, Value context) {
    Dec d;
    dec_init(&d);
    decimal_load(&d, v);
    size_t n;
    char *text = dec_text(&d, engineering, GET(context_of(context), capitals), &n);
    if (!text) return py_raise_memory();
    Value s = py_str_ascii(text, n);
    free(text);
    return s;
}

/* ---- hash ------------------------------------------------------------------------------------------------------------------- */

#define HASH_MODULUS ((UINT64_C(1) << 61) - 1)
static uint64_t multiply_mod(uint64_t a, uint64_t b) { return (uint64_t)((DoubleWord)a * b % HASH_MODULUS); }
static uint64_t power_mod(uint64_t base, uint64_t exponent) {
    uint64_t r = 1;
    for (; exponent; exponent >>= 1, base = multiply_mod(base, base))
        if (exponent & 1) r = multiply_mod(r, base);
    return r;
}

/* coefficient * 10^exp modulo 2^61 - 1, as all numbers have it. */
int64_t decimal_hash(Value v) {
    Dec d;
    dec_init(&d);
    decimal_load(&d, v);
    if (d.kind == DEC_SNAN) return py_raise_int(TYPE_TypeError, "Cannot hash a signaling NaN value");
    if (d.kind == DEC_QNAN) return py_identity_hash(v);
    if (d.kind == DEC_INF) return d.negative ? -314159 : 314159;
    uint64_t hash = 0;
    for (size_t i = d.size; i-- > 0;) hash = (uint64_t)(((DoubleWord)hash * WORD_BASE + d.words[i]) % HASH_MODULUS);
    const uint64_t tenth = UINT64_C(2075258708292324556); /* 10 * tenth is 1 */
    if (d.exp && hash) hash = multiply_mod(hash, power_mod(d.exp < 0 ? tenth : 10, (uint64_t)(d.exp < 0 ? -d.exp : d.exp)));
    int64_t result = d.negative ? -(int64_t)hash : (int64_t)hash;
    return result == -1 ? -2 : result;
}

/* ---- comparison --------------------------------------------------------------------------------------------------------------- */

/* A Rational n/m: `a` times m is compared with n. Calls Python. 1, 0: no Rational, -1. */
static int rational_operands(Value other, Value *numerator, Value *denominator) {
    if (!is_ref(other) || !(vm_type_of(other)->flags & VM_TYPE_HEAP)) return 0;
    Value rational = py_import_attr("numbers", "Rational");
    int found = rational ? py_isinstance(other, rational) : -1;
    if (found <= 0) return found;
    if (!(*numerator = py_getattr_c(other, "numerator")) || !(*denominator = py_getattr_c(other, "denominator"))) return -1;
    if (py_is_int(*numerator) && py_is_int(*denominator)) return 1;
    return py_raise_int(TYPE_TypeError, "numerator and denominator must be integers");
}

static Value compare_result(Dec *a, Dec *b, int op, Value context) {
    if (dec_is_nan(a) || dec_is_nan(b)) {
        bool signals = a->kind == DEC_SNAN || b->kind == DEC_SNAN || (op != PY_EQ && op != PY_NE);
        if (signals && context_signal(context, DEC_INVALID_OPERATION) < 0) return 0;
        return vm_bool(op == PY_NE);
    }
    int order = dec_order(a, b);
    switch (op) {
    case PY_LT: return vm_bool(order < 0);
    case PY_LE: return vm_bool(order <= 0);
    case PY_EQ: return vm_bool(order == 0);
    case PY_NE: return vm_bool(order != 0);
    case PY_GT: return vm_bool(order > 0);
    default: return vm_bool(order >= 0);
    }
}

static Value compare_rational(Value self, Value numerator, Value denominator, int op, Value context) {
    Dec a, b, scale, product;
    DecContext exact = dec_max_context;
    dec_init(&a), dec_init(&b), dec_init(&scale), dec_init(&product);
    decimal_load(&a, self);
    int status = decimal_from_int(&b, numerator, &exact) < 0 || decimal_from_int(&scale, denominator, &exact) < 0 ? -1 : 0;
    Value result = 0;
    if (status == 0 && a.kind == DEC_FINITE) dec_multiply(&product, &a, &scale, &exact);
    else dec_borrow(&product, &a);
    if (exact.status & DEC_NO_MEMORY) py_raise_memory();
    else result = compare_result(&product, &b, op, context);
    dec_free(&b), dec_free(&scale), dec_free(&product);
    return result;
}

/* The float that `other` stands for in a comparison: 1, 0: none, -1 with FloatOperation. */
static int float_operand(Value other, int op, Value context, double *out) {
    if (py_is_float(other)) {
        *out = py_float_value(other);
        if (op != PY_EQ && op != PY_NE) return context_signal(context, DEC_FLOAT_OPERATION) < 0 ? -1 : 1;
    } else {
        if ((op != PY_EQ && op != PY_NE) || !is_ref(other) || !py_is_instance_of(other, TYPE_COMPLEX)) return 0;
        if (REF(PyComplex, other)->imag != 0) return 0;
        *out = REF(PyComplex, other)->real;
    }
    uint64_t status = GET(context_of(context), status);
    if (!(status & DEC_FLOAT_OPERATION)) SET(context_of(context), status, status | DEC_FLOAT_OPERATION);
    return 1;
}

Value decimal_richcompare(Value self, Value other, int op) {
    Value context = context_current(), result, numerator, denominator;
    if (!context) return 0;
    Dec a, b;
    dec_init(&a), dec_init(&b);
    int found = decimal_operand(&b, other);
    if (found == 0) {
        double value;
        DecContext exact = dec_max_context;
        found = float_operand(other, op, context, &value);
        if (found > 0) decimal_from_double(&b, value, &exact);
        else if (found == 0 && (found = rational_operands(other, &numerator, &denominator)) > 0)
            return compare_rational(self, numerator, denominator, op, context);
    }
    if (found <= 0) return found < 0 ? 0 : VM_NOT_IMPLEMENTED;
    decimal_load(&a, self);
    result = compare_result(&a, &b, op, context);
    dec_free(&b);
    return result;
}
