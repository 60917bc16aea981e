/* Decimal numbers: changes of the exponent, neighbours. */
#include "vm/modules/decimal/number.h"

int dec_rescale(Dec *r, const Dec *a, int64_t exp, DecRounding rounding, DecContext *ctx) {
    if (dec_is_special(a)) return dec_copy(r, a, ctx);
    if (dec_zero_words(a)) return dec_set_zero(r, a->negative, exp), 0;
    if (a->exp >= exp) {
        if (dec_shift_left(r, a, a->exp - exp, ctx) < 0) return -1;
        r->exp = exp;
        return 0;
    }
    if (dec_copy(r, a, ctx) < 0) return -1;
    return dec_drop_digits(r, exp - a->exp, rounding);
}

void dec_quantize(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    if (dec_nan_2(r, a, b, ctx)) return;
    if (dec_is_special(a) || dec_is_special(b)) {
        if (a->kind == b->kind) return dec_set_inf(r, a->negative);
        return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    }
    int64_t exp = b->exp;
    if (exp < dec_etiny(ctx) || exp > ctx->emax) return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    if (dec_zero_words(a)) {
        dec_set_zero(r, a->negative, exp);
        return dec_finish(r, ctx);
    }
    if (dec_adjusted(a) > ctx->emax || dec_adjusted(a) - exp + 1 > ctx->prec) return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    int inexact = dec_rescale(r, a, exp, ctx->rounding, ctx);
    if (inexact < 0) return;
    if (dec_adjusted(r) > ctx->emax || r->digits > ctx->prec) return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    if (exp > a->exp) ctx->status |= DEC_ROUNDED | (inexact ? DEC_INEXACT : 0);
    dec_finish(r, ctx);
}

static void to_integral(Dec *r, const Dec *a, uint32_t signals, DecContext *ctx) {
    if (dec_nan_1(r, a, ctx)) return;
    if (dec_is_special(a) || a->exp >= 0) {
        dec_copy(r, a, ctx);
        return;
    }
    int inexact = dec_rescale(r, a, 0, ctx->rounding, ctx);
    if (inexact > 0) ctx->status |= signals;
    else if (!dec_zero_words(a)) ctx->status |= signals & DEC_ROUNDED;
}
void dec_to_integral_value(Dec *r, const Dec *a, DecContext *ctx) { to_integral(r, a, 0, ctx); }
void dec_to_integral_exact(Dec *r, const Dec *a, DecContext *ctx) { to_integral(r, a, DEC_INEXACT | DEC_ROUNDED, ctx); }

void dec_reduce(Dec *r, const Dec *a, DecContext *ctx) {
    if (dec_nan_1(r, a, ctx) || dec_copy(r, a, ctx) < 0) return;
    dec_finish(r, ctx);
    if (dec_is_special(r)) return;
    if (dec_zero_words(r)) {
        r->exp = 0;
        return;
    }
    int64_t most = (ctx->clamp ? dec_etop(ctx) : ctx->emax) - r->exp, zeros = words_trailing_zeros(r->words, r->size);
    if (zeros > most) zeros = most;
    if (zeros > 0) dec_drop_digits(r, zeros, DEC_ROUND_DOWN);
}

/* ---- neighbours --------------------------------------------------------------------------------------------------- */

/* The next number up or down: the sum with something below the smallest one, rounded that way. No signals but of NaN. */
static void next_number(Dec *r, const Dec *a, bool up, DecContext *ctx) {
    if (a->kind == DEC_INF) {
        if (a->negative != up) dec_copy(r, a, ctx);
        else dec_set_max(r, a->negative, ctx);
        return;
    }
    DecContext quiet = *ctx;
    quiet.rounding = up ? DEC_ROUND_CEILING : DEC_ROUND_FLOOR;
    quiet.clamp = false;
    quiet.status = 0;
    Dec tiny, fixed;
    dec_init(&tiny);
    dec_init(&fixed);
    if (dec_copy(&fixed, a, &quiet) == 0) {
        dec_finish(&fixed, &quiet);
        if (!dec_is_special(&fixed) && dec_order(&fixed, a) != 0) { /* rounding has brought it there */
            dec_swap(r, &fixed);
        } else {
            dec_set_word(&tiny, 1, dec_etiny(ctx) - 1, !up);
            dec_add(r, a, &tiny, &quiet);
        }
    }
    ctx->status |= quiet.status & DEC_NO_MEMORY;
    dec_free(&tiny);
    dec_free(&fixed);
}
void dec_next_plus(Dec *r, const Dec *a, DecContext *ctx) {
    if (!dec_nan_1(r, a, ctx)) next_number(r, a, true, ctx);
}
void dec_next_minus(Dec *r, const Dec *a, DecContext *ctx) {
    if (!dec_nan_1(r, a, ctx)) next_number(r, a, false, ctx);
}

void dec_next_toward(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    if (dec_nan_2(r, a, b, ctx)) return;
    int order = dec_order(a, b);
    if (order == 0) {
        if (dec_copy(r, a, ctx) == 0) r->negative = b->negative;
        return;
    }
    next_number(r, a, order < 0, ctx);
    if (r->kind == DEC_INF) {
        ctx->status |= DEC_OVERFLOW | DEC_INEXACT | DEC_ROUNDED;
    } else if (dec_adjusted(r) < ctx->emin) {
        ctx->status |= DEC_UNDERFLOW | DEC_SUBNORMAL | DEC_INEXACT | DEC_ROUNDED;
        if (dec_zero_words(r)) ctx->status |= DEC_CLAMPED;
    }
}
