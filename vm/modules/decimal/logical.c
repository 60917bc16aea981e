/* Decimal numbers: operations on digits as such: logical ones, shifts and rotations; exponents as numbers. */
#include "vm/modules/decimal/number.h"
#include <stdlib.h>
#include <string.h>

/* ---- digits 0 and 1 ----------------------------------------------------------------------------------------------- */

static bool only_bits(const Dec *a) {
    if (dec_is_special(a) || a->negative || a->exp != 0) return false;
    for (size_t i = 0; i < a->size; i++)
        for (uint64_t w = a->words[i]; w; w /= 10)
            if (w % 10 > 1) return false;
    return true;
}

enum { LOGICAL_AND, LOGICAL_OR, LOGICAL_XOR };
static uint64_t combine_words(uint64_t x, uint64_t y, int op) {
    uint64_t r = 0;
    for (int i = 0; i < WORD_DIGITS && (x || y); i++, x /= 10, y /= 10) {
        bool p = x % 10, q = y % 10;
        r += words_pow10[i] * (op == LOGICAL_AND ? p & q : op == LOGICAL_OR ? p | q : p ^ q);
    }
    return r;
}

/* The lowest `digits` digits of r stay. */
static void keep_low(Dec *r, int64_t digits) {
    if (r->digits <= digits) return;
    size_t n = digits ? words_for(digits) : 1;
    if (digits == 0) r->words[0] = 0;
    else if (digits % WORD_DIGITS) r->words[n - 1] %= words_pow10[digits % WORD_DIGITS];
    r->size = n;
    dec_strip(r);
}

static void logical(Dec *r, const Dec *a, const Dec *b, int op, DecContext *ctx) {
    if (!only_bits(a) || !only_bits(b)) return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    size_t n = a->size > b->size ? a->size : b->size;
    if (dec_reserve(r, n, ctx) < 0) return;
    for (size_t i = 0; i < n; i++) r->words[i] = combine_words(i < a->size ? a->words[i] : 0, i < b->size ? b->words[i] : 0, op);
    r->size = n;
    r->kind = DEC_FINITE, r->negative = false, r->exp = 0;
    dec_strip(r);
    keep_low(r, ctx->prec);
}
void dec_logical_and(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) { logical(r, a, b, LOGICAL_AND, ctx); }
void dec_logical_or(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) { logical(r, a, b, LOGICAL_OR, ctx); }
void dec_logical_xor(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) { logical(r, a, b, LOGICAL_XOR, ctx); }

void dec_logical_invert(Dec *r, const Dec *a, DecContext *ctx) {
    Dec ones;
    dec_init(&ones);
    if (!only_bits(a)) {
        dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    } else if (dec_set_max(&ones, false, ctx), ones.kind == DEC_FINITE) {
        words_div_1(ones.words, ones.words, ones.size, 9);
        ones.exp = 0;
        logical(r, a, &ones, LOGICAL_XOR, ctx);
    } else {
        dec_set_invalid(r, 0, ctx);
    }
    dec_free(&ones);
}

/* ---- shifts --------------------------------------------------------------------------------------------------------- */

/* The number of places in b, or false with NaN in r: an integer within [-prec, prec]. */
static bool places(Dec *r, const Dec *a, const Dec *b, int64_t *out, DecContext *ctx) {
    if (dec_nan_2(r, a, b, ctx)) return false;
    if (!dec_is_special(b) && b->exp == 0 && dec_get_i64(b, out) && *out <= ctx->prec && *out >= -ctx->prec) return true;
    dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    return false;
}

void dec_shift(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    int64_t by;
    if (!places(r, a, b, &by, ctx)) return;
    if (a->kind == DEC_INF || by < 0) {
        if (dec_copy(r, a, ctx) < 0 || a->kind == DEC_INF) return;
        keep_low(r, ctx->prec);
        dec_drop_digits(r, -by, DEC_ROUND_DOWN);
        r->exp = a->exp;
        return;
    }
    Dec low; /* no more digits than stay */
    dec_init(&low);
    if (dec_copy(&low, a, ctx) == 0) {
        keep_low(&low, ctx->prec - by);
        dec_shift_left(r, &low, by, ctx);
        r->exp = a->exp, r->negative = a->negative;
    }
    dec_free(&low);
}

void dec_rotate(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    int64_t by;
    if (!places(r, a, b, &by, ctx)) return;
    if (a->kind == DEC_INF) {
        dec_copy(r, a, ctx);
        return;
    }
    if (by < 0) by += ctx->prec;
    Dec low, high;
    dec_init(&low);
    dec_init(&high);
    if (dec_copy(&low, a, ctx) == 0) {
        keep_low(&low, ctx->prec);
        if (dec_copy(&high, &low, ctx) == 0) {
            dec_drop_digits(&high, ctx->prec - by, DEC_ROUND_DOWN);
            keep_low(&low, ctx->prec - by);
            size_t n = words_for(ctx->prec);
            if (dec_reserve(r, n + 2, ctx) == 0 && dec_shift_left(r, &low, by, ctx) == 0) {
                for (size_t i = r->size; i < n; i++) r->words[i] = 0;
                if (r->size < n) r->size = n;
                words_add(r->words, r->words, r->size, high.words, high.size);
                r->kind = DEC_FINITE, r->negative = a->negative, r->exp = a->exp;
                dec_strip(r);
            }
        }
    }
    dec_free(&low);
    dec_free(&high);
}

/* ---- exponents --------------------------------------------------------------------------------------------------------- */

void dec_logb(Dec *r, const Dec *a, DecContext *ctx) {
    if (dec_nan_1(r, a, ctx)) return;
    if (a->kind == DEC_INF) return dec_set_inf(r, false);
    if (dec_zero_words(a)) {
        ctx->status |= DEC_DIVISION_BY_ZERO;
        return dec_set_inf(r, true);
    }
    int64_t adjusted = dec_adjusted(a);
    dec_set_word(r, (uint64_t)(adjusted < 0 ? -adjusted : adjusted), 0, adjusted < 0);
    dec_finish(r, ctx);
}

void dec_scaleb(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    if (dec_nan_2(r, a, b, ctx)) return;
    int64_t by, most = 2 * (ctx->emax + ctx->prec);
    if (dec_is_special(b) || b->exp != 0 || !dec_get_i64(b, &by) || by > most || by < -most)
        return dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    if (dec_copy(r, a, ctx) < 0 || a->kind == DEC_INF) return;
    r->exp += by;
    dec_finish(r, ctx);
}
