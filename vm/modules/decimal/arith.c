/* Decimal numbers: sums, products, signs. */
#include "vm/modules/decimal/number.h"

/* ---- sums --------------------------------------------------------------------------------------------------------- */

static void set_exact_zero(Dec *r, bool negative, int64_t exp, DecContext *ctx) {
    dec_set_zero(r, negative, exp);
    dec_finish(r, ctx);
}

/* One operand is 0: the other, with digits down to the lower exponent as far as they fit. */
static void add_zero(Dec *r, const Dec *a, int64_t zero_exp, bool negative, DecContext *ctx) {
    int64_t exp = a->exp - ctx->prec - 1;
    if (zero_exp > exp) exp = zero_exp;
    if (exp > a->exp) exp = a->exp;
    if (dec_shift_left(r, a, a->exp - exp, ctx) < 0) return;
    r->exp = exp;
    r->negative = negative;
    dec_finish(r, ctx);
}

/* r = |a| + |b| or their difference, both with b's exponent; a's words may be r's. */
static int combine(Dec *r, const Dec *a, bool a_negative, const Dec *b, bool b_negative, DecContext *ctx) {
    int order = a_negative == b_negative ? 0 : words_compare(a->words, a->size, b->words, b->size);
    bool swap = a_negative == b_negative ? a->size < b->size : order < 0;
    const Dec *x = swap ? b : a, *y = swap ? a : b;
    size_t n = x->size;
    if (a == r && n + 1 > r->room) { /* it has been made with room for that, but for a longer b */
        Dec copy;
        dec_init(&copy);
        int status = dec_reserve(&copy, n + 1, ctx);
        if (status == 0) status = combine(&copy, a, a_negative, b, b_negative, ctx);
        dec_swap(r, &copy);
        dec_free(&copy);
        return status;
    }
    if (a != r && dec_reserve(r, n + 1, ctx) < 0) return -1;
    if (a_negative == b_negative) {
        r->words[n] = words_add(r->words, x->words, n, y->words, y->size);
        r->size = n + (r->words[n] != 0);
    } else {
        words_sub(r->words, x->words, n, y->words, y->size);
        r->size = n;
    }
    r->kind = DEC_FINITE;
    r->exp = b->exp;
    r->negative = swap ? b_negative : a_negative;
    dec_strip(r);
    if (dec_zero_words(r) && a_negative != b_negative) r->negative = ctx->rounding == DEC_ROUND_FLOOR;
    return 0;
}

/* The common case of one word each, with exponents that are near. */
static bool add_small(Dec *r, const Dec *a, const Dec *b, bool b_negative, DecContext *ctx) {
    int64_t difference = a->exp - b->exp;
    if (a->size + b->size > 2 || difference >= WORD_DIGITS || difference <= -WORD_DIGITS) return false;
    DoubleWord x = a->words[0], y = b->words[0];
    if (difference > 0) x *= words_pow10[difference];
    else y *= words_pow10[-difference];
    bool negative = a->negative;
    if (negative == b_negative) x += y;
    else if (x > y) x -= y;
    else if (x < y) x = y - x, negative = b_negative;
    else x = 0, negative = ctx->rounding == DEC_ROUND_FLOOR;
    dec_set_double(r, x, difference > 0 ? b->exp : a->exp, negative);
    dec_finish(r, ctx);
    return true;
}

static void add_finite(Dec *r, const Dec *a, const Dec *b, bool b_negative, DecContext *ctx) {
    bool a_zero = dec_zero_words(a), b_zero = dec_zero_words(b), a_negative = a->negative;
    if (a_zero && b_zero) {
        bool negative = a_negative == b_negative ? a_negative : ctx->rounding == DEC_ROUND_FLOOR;
        return set_exact_zero(r, negative, a->exp < b->exp ? a->exp : b->exp, ctx);
    }
    if (a_zero) return add_zero(r, b, a->exp, b_negative, ctx);
    if (b_zero) return add_zero(r, a, b->exp, a_negative, ctx);
    if (add_small(r, a, b, b_negative, ctx)) return;
    bool swap = a->exp < b->exp, high_negative = swap ? b_negative : a_negative, low_negative = swap ? a_negative : b_negative;
    const Dec *high = swap ? b : a, *low = swap ? a : b;
    /* what lies wholly below the digits that count acts through its sign alone */
    int64_t floor = high->exp + (high->digits - ctx->prec - 2 < -1 ? high->digits - ctx->prec - 2 : -1);
    Dec tiny;
    dec_init(&tiny);
    if (dec_adjusted(low) < floor) {
        dec_set_word(&tiny, 1, floor, low_negative);
        low = &tiny;
    }
    int status = 0;
    if (high->exp > low->exp) {
        status = dec_reserve(r, words_for(high->digits + high->exp - low->exp) + 2, ctx);
        if (status == 0) status = dec_shift_left(r, high, high->exp - low->exp, ctx);
        high = r;
    }
    if (status == 0 && combine(r, high, high_negative, low, low_negative, ctx) == 0) dec_finish(r, ctx);
}

static void add_signed(Dec *r, const Dec *a, const Dec *b, bool negate, DecContext *ctx) {
    if (!dec_is_special(a) && !dec_is_special(b)) return add_finite(r, a, b, b->negative != negate, ctx);
    if (dec_nan_2(r, a, b, ctx)) return;
    bool b_negative = b->negative != negate;
    if (a->kind == DEC_INF && b->kind == DEC_INF && a->negative != b_negative) return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    dec_set_inf(r, a->kind == DEC_INF ? a->negative : b_negative);
}
void dec_add(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) { add_signed(r, a, b, false, ctx); }
void dec_subtract(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) { add_signed(r, a, b, true, ctx); }

/* ---- signs -------------------------------------------------------------------------------------------------------- */

static void copy_with_sign(Dec *r, const Dec *a, bool negative, DecContext *ctx) {
    if (dec_nan_1(r, a, ctx) || dec_copy(r, a, ctx) < 0) return;
    r->negative = dec_is_zero(a) ? negative && ctx->rounding == DEC_ROUND_FLOOR : negative;
    dec_finish(r, ctx);
}
void dec_plus(Dec *r, const Dec *a, DecContext *ctx) { copy_with_sign(r, a, a->negative, ctx); }
void dec_minus(Dec *r, const Dec *a, DecContext *ctx) { copy_with_sign(r, a, !a->negative, ctx); }
void dec_abs(Dec *r, const Dec *a, DecContext *ctx) { copy_with_sign(r, a, false, ctx); }

/* ---- products ------------------------------------------------------------------------------------------------------- */

/* The exact product; infinities too. */
static int multiply_exactly(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    bool negative = a->negative != b->negative;
    if (dec_is_special(a) || dec_is_special(b)) {
        if (dec_is_zero(a) || dec_is_zero(b)) return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx), -1;
        return dec_set_inf(r, negative), 0;
    }
    if (a->size + b->size == 2) return dec_set_double(r, (DoubleWord)a->words[0] * b->words[0], a->exp + b->exp, negative), 0;
    if (dec_reserve(r, a->size + b->size, ctx) < 0) return -1;
    if (words_mul(r->words, a->words, a->size, b->words, b->size) < 0) return dec_set_invalid(r, DEC_NO_MEMORY, ctx), -1;
    r->kind = DEC_FINITE, r->negative = negative, r->exp = a->exp + b->exp;
    r->size = a->size + b->size;
    dec_strip(r);
    return 0;
}

void dec_multiply(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    if (!dec_nan_2(r, a, b, ctx) && multiply_exactly(r, a, b, ctx) == 0) dec_finish(r, ctx);
}

void dec_fma(Dec *r, const Dec *a, const Dec *b, const Dec *c, DecContext *ctx) {
    Dec product;
    dec_init(&product);
    if (dec_is_nan(a) || dec_is_nan(b)) { /* signaling ones first, from the left */
        if (c->kind == DEC_SNAN && a->kind != DEC_SNAN && b->kind != DEC_SNAN) dec_nan_1(r, c, ctx);
        else dec_nan_2(r, a, b, ctx);
    } else if (multiply_exactly(&product, a, b, ctx) == 0) {
        dec_add(r, &product, c, ctx);
    } else {
        dec_set_invalid(r, 0, ctx);
    }
    dec_free(&product);
}
