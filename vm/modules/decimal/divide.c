/* Decimal numbers: division, with digits to the precision or with a whole quotient. */
#include "vm/modules/decimal/number.h"

/* ---- quotients to the precision ------------------------------------------------------------------------------------ */

/* r = a / b to at least `digits` digits; if inexact, the last is neither 0 nor 5, so that rounding comes out right. */
static int divide_digits(Dec *r, const Dec *a, const Dec *b, int64_t digits, bool *exact, DecContext *ctx) {
    int64_t shift = b->digits - a->digits + digits;
    Dec shifted, rest;
    dec_init(&shifted);
    dec_init(&rest);
    *exact = true;
    int status;
    if (shift >= 0) {
        status = dec_shift_left(&shifted, a, shift, ctx);
    } else { /* digits of a that do not count but for being there */
        status = dec_copy(&shifted, a, ctx);
        if (status == 0) *exact = !dec_drop_digits(&shifted, -shift, DEC_ROUND_DOWN);
    }
    if (status == 0 && shifted.size >= b->size) {
        size_t n = shifted.size - b->size + 1;
        status = dec_reserve(r, n, ctx) < 0 || dec_reserve(&rest, b->size, ctx) < 0 ? -1 : 0;
        if (status == 0 && words_divide(r->words, rest.words, shifted.words, shifted.size, b->words, b->size) < 0) {
            dec_set_invalid(r, DEC_NO_MEMORY, ctx);
            status = -1;
        }
        r->size = n;
        if (status == 0) *exact &= words_zero(rest.words, b->size);
    }
    if (status == 0) {
        r->kind = DEC_FINITE, r->negative = a->negative != b->negative;
        r->exp = a->exp - b->exp - shift;
        if (!*exact && r->words[0] % 5 == 0) r->words[0]++;
        dec_strip(r);
    }
    dec_free(&shifted);
    dec_free(&rest);
    return status;
}

/* Takes trailing zeros off an exact result while its exponent is below `ideal`. */
static void strip_zeros(Dec *r, int64_t ideal) {
    if (r->exp >= ideal || dec_zero_words(r)) return;
    int64_t zeros = words_trailing_zeros(r->words, r->size);
    if (zeros > ideal - r->exp) zeros = ideal - r->exp;
    if (zeros) dec_drop_digits(r, zeros, DEC_ROUND_DOWN);
}

static void divide_finite(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    bool exact;
    uint32_t before = ctx->status;
    if (divide_digits(r, a, b, ctx->prec + 1, &exact, ctx) < 0) {
        /* No memory for that many digits: an exact quotient has no more than these. */
        int64_t digits = a->digits + 4 * b->digits;
        if (digits >= ctx->prec) return;
        ctx->status = before;
        if (divide_digits(r, a, b, digits, &exact, ctx) < 0) return;
        if (!exact) return dec_set_invalid(r, DEC_NO_MEMORY, ctx);
    }
    if (exact) strip_zeros(r, a->exp - b->exp);
    dec_finish(r, ctx);
}

void dec_divide(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    bool negative = a->negative != b->negative;
    if (dec_is_special(a) || dec_is_special(b)) {
        if (dec_nan_2(r, a, b, ctx)) return;
        if (a->kind == DEC_INF && b->kind == DEC_INF) return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
        if (a->kind == DEC_INF) return dec_set_inf(r, negative);
        ctx->status |= DEC_CLAMPED;
        return dec_set_zero(r, negative, dec_etiny(ctx));
    }
    if (dec_zero_words(b)) {
        if (dec_zero_words(a)) return dec_set_invalid(r, DEC_DIVISION_UNDEFINED, ctx);
        ctx->status |= DEC_DIVISION_BY_ZERO;
        return dec_set_inf(r, negative);
    }
    if (!dec_zero_words(a)) return divide_finite(r, a, b, ctx);
    dec_set_zero(r, negative, a->exp - b->exp);
    dec_finish(r, ctx);
}

/* ---- whole quotients -------------------------------------------------------------------------------------------------- */

/* Coefficients with one exponent: b's may be borrowed by y. */
static int align(Dec *x, Dec *y, const Dec *a, const Dec *b, DecContext *ctx) {
    int64_t difference = a->exp - b->exp;
    if (dec_shift_left(x, a, difference > 0 ? difference : 0, ctx) < 0) return -1;
    if (difference < 0) return dec_shift_left(y, b, -difference, ctx);
    dec_borrow(y, b);
    return 0;
}

static int whole_quotient(Dec *q, Dec *r, const Dec *x, const Dec *y, DecContext *ctx) {
    dec_set_zero(q, false, 0);
    if (x->size < y->size) return dec_copy(r, x, ctx);
    size_t n = x->size - y->size + 1;
    if (dec_reserve(q, n, ctx) < 0 || dec_reserve(r, y->size, ctx) < 0) return -1;
    if (words_divide(q->words, r->words, x->words, x->size, y->words, y->size) < 0) return ctx->status |= DEC_NO_MEMORY, -1;
    q->size = n;
    r->size = y->size;
    dec_strip(q);
    dec_strip(r);
    return 0;
}

/* The whole quotient, truncated, and the remainder of finite a and of b, which is not 0. -1: neither could be made. */
static int divide_whole(Dec *q, Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    bool negative = a->negative != b->negative;
    int64_t ideal = b->kind == DEC_INF || a->exp < b->exp ? a->exp : b->exp, difference = dec_adjusted(a) - dec_adjusted(b);
    if (dec_zero_words(a) || b->kind == DEC_INF || difference <= -2) {
        dec_set_zero(q, negative, 0);
        if (dec_shift_left(r, a, a->exp - ideal, ctx) < 0) return -1;
        r->exp = ideal;
        return 0;
    }
    Dec x, y;
    dec_init(&x);
    dec_init(&y);
    int status = -1;
    if (difference <= ctx->prec && align(&x, &y, a, b, ctx) == 0 && whole_quotient(q, r, &x, &y, ctx) == 0 && q->digits <= ctx->prec) {
        q->kind = r->kind = DEC_FINITE;
        q->negative = negative, r->negative = a->negative;
        q->exp = 0, r->exp = ideal;
        status = 0;
    } else if (!(ctx->status & DEC_NO_MEMORY)) {
        ctx->status |= DEC_DIVISION_IMPOSSIBLE;
    }
    dec_free(&x);
    dec_free(&y);
    return status;
}

void dec_divmod(Dec *q, Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    if (dec_nan_2(q, a, b, ctx)) {
        dec_nan_2(r, a, b, ctx);
        return;
    }
    bool negative = a->negative != b->negative;
    if (a->kind == DEC_INF) {
        if (b->kind == DEC_INF) dec_set_invalid(q, 0, ctx);
        else dec_set_inf(q, negative);
        return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    }
    if (dec_is_zero(b)) {
        dec_set_invalid(r, dec_is_zero(a) ? DEC_DIVISION_UNDEFINED : DEC_DIVISION_BY_ZERO | DEC_INVALID_OPERATION, ctx);
        if (dec_is_zero(a)) dec_set_invalid(q, 0, ctx);
        else dec_set_inf(q, negative);
        return;
    }
    if (divide_whole(q, r, a, b, ctx) < 0) {
        dec_set_invalid(q, 0, ctx);
        dec_set_invalid(r, 0, ctx);
        return;
    }
    if (b->kind != DEC_INF) dec_finish(q, ctx); /* as below */
    dec_finish(r, ctx);
}

/* One of the two results is wanted. */
static void divide_for(Dec *r, const Dec *a, const Dec *b, bool quotient, DecContext *ctx) {
    Dec other;
    dec_init(&other);
    if (divide_whole(quotient ? r : &other, quotient ? &other : r, a, b, ctx) < 0) dec_set_invalid(r, 0, ctx);
    else if (!quotient || b->kind != DEC_INF) dec_finish(r, ctx); /* 0 of an infinite divisor stays as it is */
    dec_free(&other);
}

void dec_divide_int(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    if (dec_nan_2(r, a, b, ctx)) return;
    bool negative = a->negative != b->negative;
    if (a->kind == DEC_INF) {
        if (b->kind == DEC_INF) return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
        return dec_set_inf(r, negative);
    }
    if (!dec_is_zero(b)) return divide_for(r, a, b, true, ctx);
    if (dec_is_zero(a)) return dec_set_invalid(r, DEC_DIVISION_UNDEFINED, ctx);
    ctx->status |= DEC_DIVISION_BY_ZERO;
    dec_set_inf(r, negative);
}

void dec_remainder(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    if (dec_nan_2(r, a, b, ctx)) return;
    if (a->kind == DEC_INF) return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    if (dec_is_zero(b)) return dec_set_invalid(r, dec_is_zero(a) ? DEC_DIVISION_UNDEFINED : DEC_INVALID_OPERATION, ctx);
    divide_for(r, a, b, false, ctx);
}

/* r, the remainder of a quotient q, becomes r - y if that is nearer to 0, or as near and q odd. The sign flips then. */
static int nearest_remainder(Dec *q, Dec *r, const Dec *y, DecContext *ctx) {
    Dec twice;
    dec_init(&twice);
    int status = dec_reserve(&twice, r->size + 1, ctx);
    if (status == 0) {
        twice.words[r->size] = words_mul_1(twice.words, r->words, r->size, 2);
        twice.size = r->size + 1;
        dec_strip(&twice);
        int order = words_compare(twice.words, twice.size, y->words, y->size);
        if (order > 0 || (order == 0 && (q->words[0] & 1))) {
            status = dec_reserve(&twice, y->size, ctx);
            if (status == 0) {
                words_sub(twice.words, y->words, y->size, r->words, r->size);
                twice.size = y->size;
                dec_strip(&twice);
                twice.negative = !r->negative;
                dec_swap(r, &twice);
                if (words_add_1(q->words, q->size, 1)) q->digits = q->size * WORD_DIGITS + 1;
                else dec_strip(q);
            }
        }
    }
    dec_free(&twice);
    return status;
}

static void remainder_near_finite(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    int64_t ideal = a->exp < b->exp ? a->exp : b->exp, difference = dec_adjusted(a) - dec_adjusted(b);
    if (dec_zero_words(a) || difference <= -2) {
        if (dec_shift_left(r, a, a->exp - ideal, ctx) < 0) return;
        r->exp = ideal;
        return dec_finish(r, ctx);
    }
    if (difference >= ctx->prec + 1) return dec_set_invalid(r, DEC_DIVISION_IMPOSSIBLE, ctx);
    Dec x, y, q;
    dec_init(&x);
    dec_init(&y);
    dec_init(&q);
    int status = align(&x, &y, a, b, ctx) < 0 || whole_quotient(&q, r, &x, &y, ctx) < 0 ? -1 : 0;
    r->kind = DEC_FINITE, r->negative = a->negative;
    if (status == 0) status = nearest_remainder(&q, r, &y, ctx);
    r->exp = ideal;
    if (status < 0) dec_set_invalid(r, 0, ctx);
    else if (q.digits > ctx->prec) dec_set_invalid(r, DEC_DIVISION_IMPOSSIBLE, ctx);
    else dec_finish(r, ctx);
    dec_free(&x);
    dec_free(&y);
    dec_free(&q);
}

void dec_remainder_near(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    if (dec_nan_2(r, a, b, ctx)) return;
    if (a->kind == DEC_INF) return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    if (dec_is_zero(b)) return dec_set_invalid(r, dec_is_zero(a) ? DEC_DIVISION_UNDEFINED : DEC_INVALID_OPERATION, ctx);
    if (b->kind != DEC_INF) return remainder_near_finite(r, a, b, ctx);
    if (dec_copy(r, a, ctx) == 0) dec_finish(r, ctx);
}
