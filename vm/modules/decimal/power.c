/* Decimal numbers: roots and powers. */
#include "vm/modules/decimal/number.h"
#include <math.h>

/* ---- square root -------------------------------------------------------------------------------------------------- */

/* r = the root of c * 10^(2 * exp), where c is no square: digits to the precision and one that says "and more". */
static int inexact_root(Dec *r, const Dec *c, int64_t exp, DecContext *ctx) {
    int64_t shift = ctx->prec + 1 - (c->digits + 1) / 2;
    Dec scaled;
    dec_init(&scaled);
    int status = shift >= 0 ? dec_shift_left(&scaled, c, 2 * shift, ctx) : dec_copy(&scaled, c, ctx);
    if (status == 0 && shift < 0) dec_drop_digits(&scaled, -2 * shift, DEC_ROUND_DOWN);
    mpz_t root;
    mpz_init(root);
    if (status == 0) status = dec_get_mpz(root, &scaled, ctx);
    if (status == 0) {
        mpz_sqrt(root, root);
        status = dec_set_mpz(r, root, exp - shift, ctx);
    }
    if (status == 0 && r->words[0] % 5 == 0) r->words[0]++;
    mpz_clear(root);
    dec_free(&scaled);
    return status;
}

static int finite_root(Dec *r, const Dec *a, DecContext *ctx) {
    int64_t exp = a->exp >> 1;
    Dec c;
    mpz_t root;
    dec_init(&c);
    mpz_init(root);
    int status = dec_shift_left(&c, a, a->exp & 1, ctx) < 0 || dec_get_mpz(root, &c, ctx) < 0 ? -1 : 0;
    if (status == 0 && mpz_perfect_square_p(root)) {
        mpz_sqrt(root, root);
        status = dec_set_mpz(r, root, exp, ctx);
    } else if (status == 0) {
        status = inexact_root(r, &c, exp, ctx);
    }
    mpz_clear(root);
    dec_free(&c);
    return status;
}

void dec_sqrt(Dec *r, const Dec *a, DecContext *ctx) {
    if (dec_nan_1(r, a, ctx)) return;
    if (dec_is_zero(a)) {
        dec_set_zero(r, a->negative, a->exp >> 1);
        return dec_finish(r, ctx);
    }
    if (a->negative) return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    if (a->kind == DEC_INF) return dec_set_inf(r, false);
    DecContext inner = *ctx;
    inner.rounding = DEC_ROUND_HALF_EVEN;
    if (finite_root(r, a, &inner) == 0) dec_finish(r, &inner);
    else dec_set_invalid(r, DEC_NO_MEMORY, &inner);
    ctx->status = inner.status;
}

/* ---- exact powers --------------------------------------------------------------------------------------------------- */

/* base * 10^exp to the power n; base is no multiple of 10. */
typedef struct Power {
    mpz_t base;
    int64_t exp, n;
} Power;

enum { POWER_EXACT, POWER_INEXACT, POWER_HUGE /* a power of ten beyond all limits */ };

/* y = n / d in lowest terms, d > 1: the d-th root of p, if it is exact. */
static int take_root(Power *p, const Dec *y, DecContext *ctx) {
    int64_t zeros = words_trailing_zeros(y->words, y->size), places = -y->exp - zeros;
    if (places > 61) return POWER_INEXACT; /* d is at least 2^places */
    mpz_t n, d, g;
    mpz_inits(n, d, g, NULL);
    int result = POWER_INEXACT;
    if (dec_get_mpz(n, y, ctx) == 0) {
        mpz_ui_pow_ui(g, 10, (unsigned long)zeros);
        mpz_divexact(n, n, g);
        mpz_ui_pow_ui(d, 10, (unsigned long)places);
        mpz_gcd(g, n, d);
        mpz_divexact(n, n, g);
        mpz_divexact(d, d, g);
        int64_t divisor = mpz_sizeinbase(d, 2) <= 62 ? mpz_get_si(d) : 0;
        bool one = mpz_cmp_ui(p->base, 1) == 0;
        if (divisor && p->exp % divisor == 0 &&
            (one || ((size_t)divisor <= mpz_sizeinbase(p->base, 2) && mpz_root(p->base, p->base, (unsigned long)divisor)))) {
            p->exp /= divisor;
            result = mpz_sizeinbase(n, 2) <= 62 ? POWER_EXACT : one && p->exp ? POWER_HUGE : POWER_INEXACT;
            p->n = result == POWER_EXACT ? mpz_get_si(n) : 1;
            if (y->negative) p->n = -p->n;
        }
    }
    mpz_clears(n, d, g, NULL);
    return result;
}

/* p = a^b as base, exponent and n. */
static int power_parts(Power *p, const Dec *a, const Dec *b, DecContext *ctx) {
    int64_t zeros = words_trailing_zeros(a->words, a->size);
    if (dec_get_mpz(p->base, a, ctx) < 0) return POWER_INEXACT;
    if (zeros) {
        mpz_t ten;
        mpz_init(ten);
        mpz_ui_pow_ui(ten, 10, (unsigned long)zeros);
        mpz_divexact(p->base, p->base, ten);
        mpz_clear(ten);
    }
    p->exp = a->exp + zeros;
    if (!dec_is_integer(b)) return take_root(p, b, ctx);
    if (dec_get_i64(b, &p->n)) return POWER_EXACT;
    p->n = b->negative ? -1 : 1;
    return mpz_cmp_ui(p->base, 1) == 0 ? POWER_HUGE : POWER_INEXACT;
}

/* For n < 0: 1 / 2^k is 5^k / 10^k, and the other way round. False for other bases. */
static bool invert_base(Power *p) {
    unsigned long twos = mpz_scan1(p->base, 0), fives;
    if (twos && mpz_sizeinbase(p->base, 2) == twos + 1) {
        mpz_ui_pow_ui(p->base, 5, twos);
        p->exp = -p->exp - (int64_t)twos;
    } else {
        mpz_t five;
        mpz_init_set_ui(five, 5);
        fives = mpz_remove(p->base, p->base, five);
        mpz_clear(five);
        if (mpz_cmp_ui(p->base, 1) != 0) return false;
        mpz_set_ui(p->base, 1);
        mpz_mul_2exp(p->base, p->base, fives);
        p->exp = -p->exp - (int64_t)fives;
    }
    p->n = -p->n;
    return true;
}

static int64_t clip_exponent(__int128 exp) {
    const int64_t most = INT64_C(1) << 61;
    return exp > most ? most : exp < -most ? -most : (int64_t)exp;
}

/* r = p, if it has no more than `digits` digits. */
static bool exact_power(Dec *r, Power *p, int64_t digits, DecContext *ctx) {
    if (p->n < 0 && !invert_base(p)) return false;
    __int128 exp = (__int128)p->exp * p->n;
    if (mpz_cmp_ui(p->base, 1) == 0) return dec_set_word(r, 1, clip_exponent(exp), false), true;
    if ((double)p->n * (double)(mpz_sizeinbase(p->base, 2) - 1) * 0.30102999 > (double)digits) return false;
    mpz_pow_ui(p->base, p->base, (unsigned long)p->n);
    return dec_set_mpz(r, p->base, clip_exponent(exp), ctx) == 0 && r->digits <= digits;
}

/* Trailing zeros, as many as fit, towards the exponent that a product of n factors a has. */
static void pad_to_ideal(Dec *r, const Dec *a, const Dec *b, int64_t digits, DecContext *ctx) {
    int64_t n;
    if (!dec_get_i64(b, &n) || n < 0) return;
    int64_t zeros = r->exp - clip_exponent((__int128)a->exp * n);
    if (zeros > digits - r->digits) zeros = digits - r->digits;
    if (zeros > 0 && dec_shift_left(r, r, zeros, ctx) == 0) r->exp -= zeros;
}

/* An exact result of an exponent that is no integer: said to be inexact, with all digits. */
static void finish_as_inexact(Dec *r, DecContext *ctx) {
    int64_t zeros = ctx->prec + 1 - r->digits;
    if (zeros > 0) {
        if (dec_shift_left(r, r, zeros, ctx) < 0) return;
        r->exp -= zeros;
    }
    uint32_t before = ctx->status;
    ctx->status = 0;
    dec_finish(r, ctx);
    if (ctx->status & DEC_SUBNORMAL) ctx->status |= DEC_UNDERFLOW;
    ctx->status |= before | DEC_INEXACT;
}

/* Finite a > 0 other than 1, finite b other than 0. */
static void power_finite(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    Power p;
    mpz_init(p.base);
    int kind = power_parts(&p, a, b, ctx);
    bool integer = dec_is_integer(b);
    if (kind == POWER_HUGE) {
        dec_set_word(r, 1, (p.exp > 0) == (p.n > 0) ? ctx->emax + 1 : dec_etiny(ctx) - 1, false);
        dec_finish(r, ctx);
    } else if (kind == POWER_EXACT && exact_power(r, &p, ctx->prec + 1, ctx)) {
        if (integer) pad_to_ideal(r, a, b, ctx->prec + 1, ctx);
        if (integer) dec_finish(r, ctx);
        else finish_as_inexact(r, ctx);
    } else if (!(ctx->status & DEC_NO_MEMORY)) {
        dec_power_real(r, a, b, ctx);
    }
    mpz_clear(p.base);
}

/* ---- powers ------------------------------------------------------------------------------------------------------------ */

static bool equals_one(const Dec *a) {
    if (dec_is_special(a) || dec_adjusted(a) != 0) return false;
    int64_t zeros = a->digits - 1;
    return a->words[a->size - 1] == words_pow10[zeros % WORD_DIGITS] && words_trailing_zeros(a->words, a->size) == zeros;
}

/* 1^b: how many zeros follow depends on a's exponent. */
static void power_of_one(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    int64_t least = 1 - ctx->prec, exp = least;
    if (dec_is_integer(b)) {
        int64_t factor;
        if (b->negative) factor = 0;
        else if (!dec_get_i64(b, &factor) || factor > ctx->prec) factor = ctx->prec;
        exp = clip_exponent((__int128)a->exp * factor);
        if (exp < least) exp = least, ctx->status |= DEC_ROUNDED;
    } else {
        ctx->status |= DEC_INEXACT | DEC_ROUNDED;
    }
    dec_set_word(r, 1, 0, false);
    if (dec_shift_left(r, r, -exp, ctx) == 0) r->exp = exp;
}

/* |a|^b with a sign to come. */
static void power_positive(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    if (dec_is_zero(a) || a->kind == DEC_INF) {
        if (dec_is_zero(a) == (bool)b->negative) dec_set_inf(r, false);
        else dec_set_zero(r, false, 0);
        return;
    }
    if (equals_one(a)) return power_of_one(r, a, b, ctx);
    if (b->kind == DEC_INF) {
        if (!b->negative == (dec_adjusted(a) < 0)) dec_set_zero(r, false, 0);
        else dec_set_inf(r, false);
        return;
    }
    power_finite(r, a, b, ctx);
}

void dec_power(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    if (dec_nan_2(r, a, b, ctx)) return;
    if (dec_is_zero(b)) {
        if (dec_is_zero(a)) return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
        return dec_set_word(r, 1, 0, false);
    }
    bool negative = false;
    Dec magnitude;
    dec_init(&magnitude);
    dec_borrow(&magnitude, a);
    DecContext inner = *ctx;
    if (a->negative) {
        if (dec_is_integer(b)) negative = dec_is_odd(b);
        else if (!dec_is_zero(a)) return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
        magnitude.negative = false;
        /* rounding is that of the result with its sign */
        if (negative && inner.rounding == DEC_ROUND_CEILING) inner.rounding = DEC_ROUND_FLOOR;
        else if (negative && inner.rounding == DEC_ROUND_FLOOR) inner.rounding = DEC_ROUND_CEILING;
    }
    power_positive(r, &magnitude, b, &inner);
    ctx->status = inner.status;
    if (!dec_is_nan(r)) r->negative = negative;
}

/* ---- modular powers ------------------------------------------------------------------------------------------------------ */

/* r = base^exponent mod m, all from coefficients and exponents. */
static void power_mod_mpz(mpz_t r, const mpz_t base, int64_t base_exp, const mpz_t exponent, int64_t exp, const mpz_t m) {
    mpz_t ten;
    mpz_init_set_ui(ten, 10);
    mpz_powm_ui(r, ten, (unsigned long)base_exp, m);
    mpz_mul(r, r, base);
    mpz_mod(r, r, m);
    for (; exp > 0; exp -= WORD_DIGITS - 1) mpz_powm_ui(r, r, words_pow10[exp < WORD_DIGITS ? exp : WORD_DIGITS - 1], m);
    mpz_powm(r, r, exponent, m);
    mpz_clear(ten);
}

static int power_mod_finite(Dec *r, const Dec *a, const Dec *b, const Dec *modulus, DecContext *ctx) {
    Dec parts[3];
    const Dec *operands[3] = {a, b, modulus};
    mpz_t values[3], result;
    mpz_init(result);
    int status = 0;
    for (int i = 0; i < 3; i++) {
        dec_init(&parts[i]);
        mpz_init(values[i]);
        const Dec *from = operands[i];
        if (status == 0) status = dec_rescale(&parts[i], from, from->exp < 0 || i == 2 ? 0 : from->exp, DEC_ROUND_DOWN, ctx) < 0 ? -1 : 0;
        if (status == 0) status = dec_get_mpz(values[i], &parts[i], ctx);
    }
    if (status == 0) {
        power_mod_mpz(result, values[0], parts[0].exp, values[1], parts[1].exp, values[2]);
        status = dec_set_mpz(r, result, 0, ctx);
    }
    for (int i = 0; i < 3; i++) {
        dec_free(&parts[i]);
        mpz_clear(values[i]);
    }
    mpz_clear(result);
    return status;
}

static bool nan_3(Dec *r, const Dec *a, const Dec *b, const Dec *c, DecContext *ctx) {
    if (dec_is_nan(a) || dec_is_nan(b)) {
        if (c->kind == DEC_SNAN && a->kind != DEC_SNAN && b->kind != DEC_SNAN) return dec_nan_1(r, c, ctx);
        return dec_nan_2(r, a, b, ctx);
    }
    return dec_nan_1(r, c, ctx);
}

void dec_power_mod(Dec *r, const Dec *a, const Dec *b, const Dec *modulus, DecContext *ctx) {
    if (nan_3(r, a, b, modulus, ctx)) return;
    if (!dec_is_integer(a) || !dec_is_integer(b) || !dec_is_integer(modulus) || (b->negative && !dec_is_zero(b)) || dec_is_zero(modulus) ||
        dec_adjusted(modulus) >= ctx->prec || (dec_is_zero(a) && dec_is_zero(b)))
        return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    bool negative = a->negative && dec_is_odd(b);
    if (power_mod_finite(r, a, b, modulus, ctx) < 0) return dec_set_invalid(r, DEC_NO_MEMORY, ctx);
    r->negative = negative;
}
