/* Decimal numbers in C memory: their words, rounding, special values. See number.h. */
#include "vm/modules/decimal/number.h"
#include <stdlib.h>
#include <string.h>

const DecContext dec_max_context = {DEC_MAX_PREC, DEC_MAX_EMAX, DEC_MIN_EMIN, DEC_ROUND_HALF_EVEN, false, 0};

void dec_free_words(Dec *r) { free(r->words); }

int dec_reserve(Dec *r, size_t words, DecContext *ctx) {
    if (words <= r->room) return 0;
    if (r->room == 0 && words <= DEC_SMALL_WORDS) {
        r->words = r->small;
        r->room = DEC_SMALL_WORDS;
        return 0;
    }
    uint64_t *fresh = words < SIZE_MAX / 64 ? malloc(words * sizeof *fresh) : 0;
    if (!fresh) {
        dec_set_invalid(r, DEC_NO_MEMORY, ctx);
        return -1;
    }
    dec_free(r);
    r->words = fresh;
    r->room = words;
    return 0;
}

void dec_strip(Dec *r) {
    r->size = words_strip(r->words, r->size);
    r->digits = words_digits(r->words, r->size);
}

/* Room for one word is always there or made without malloc. */
static void one_word(Dec *r, uint64_t w, int64_t digits) {
    if (r->room == 0) r->words = r->small, r->room = DEC_SMALL_WORDS;
    r->words[0] = w;
    r->size = 1;
    r->digits = digits;
}
void dec_set_word(Dec *r, uint64_t w, int64_t exp, bool negative) {
    one_word(r, w, word_digits(w));
    r->kind = DEC_FINITE, r->exp = exp, r->negative = negative;
}
void dec_set_double(Dec *r, DoubleWord v, int64_t exp, bool negative) {
    if (r->room == 0) r->words = r->small, r->room = DEC_SMALL_WORDS;
    uint64_t high = word_split(v, &r->words[0]);
    r->kind = DEC_FINITE, r->exp = exp, r->negative = negative;
    r->size = 1 + (high != 0);
    if (high) r->words[1] = high;
    r->digits = high ? WORD_DIGITS + word_digits(high) : word_digits(r->words[0]);
}
void dec_set_zero(Dec *r, bool negative, int64_t exp) { dec_set_word(r, 0, exp, negative); }
static void set_special(Dec *r, int kind, bool negative) {
    one_word(r, 0, 0);
    r->kind = (uint8_t)kind, r->exp = 0, r->negative = negative;
}
void dec_set_inf(Dec *r, bool negative) { set_special(r, DEC_INF, negative); }
void dec_set_invalid(Dec *r, uint32_t status, DecContext *ctx) {
    set_special(r, DEC_QNAN, false);
    ctx->status |= status;
}

void dec_set_max(Dec *r, bool negative, DecContext *ctx) {
    size_t n = words_for(ctx->prec);
    if (dec_reserve(r, n, ctx) < 0) return;
    for (size_t i = 0; i < n; i++) r->words[i] = WORD_BASE - 1;
    if (ctx->prec % WORD_DIGITS) r->words[n - 1] = words_pow10[ctx->prec % WORD_DIGITS] - 1;
    r->kind = DEC_FINITE, r->negative = negative, r->exp = dec_etop(ctx);
    r->size = n, r->digits = ctx->prec;
}

int dec_set_words(Dec *r, const uint64_t *words, size_t n, DecContext *ctx) {
    if (dec_reserve(r, n, ctx) < 0) return -1;
    memmove(r->words, words, n * sizeof *words);
    r->size = n;
    return 0;
}

int dec_copy(Dec *r, const Dec *a, DecContext *ctx) {
    if (r == a) return 0;
    if (dec_set_words(r, a->words, a->size, ctx) < 0) return -1;
    r->kind = a->kind, r->negative = a->negative, r->exp = a->exp, r->digits = a->digits;
    return 0;
}

void dec_borrow(Dec *r, const Dec *a) {
    dec_free(r);
    r->kind = a->kind, r->negative = a->negative, r->exp = a->exp, r->digits = a->digits;
    r->size = a->size, r->words = a->words, r->room = 0;
}

void dec_swap(Dec *a, Dec *b) {
    Dec t = *a;
    *a = *b;
    *b = t;
    if (a->words == b->small) a->words = a->small;
    if (b->words == a->small) b->words = b->small;
}

int dec_get_mpz(mpz_t z, const Dec *a, DecContext *ctx) {
    if (words_to_mpz(z, a->words, a->size) == 0) return 0;
    ctx->status |= DEC_NO_MEMORY;
    return -1;
}
int dec_set_mpz(Dec *r, const mpz_t z, int64_t exp, DecContext *ctx) {
    if (dec_reserve(r, words_room_mpz(z), ctx) < 0) return -1;
    int64_t size = words_from_mpz(r->words, z);
    if (size < 0) return dec_set_invalid(r, DEC_NO_MEMORY, ctx), -1;
    r->size = (size_t)size;
    r->kind = DEC_FINITE, r->negative = mpz_sgn(z) < 0, r->exp = exp;
    dec_strip(r);
    return 0;
}

bool dec_get_i64(const Dec *a, int64_t *out) {
    if (!dec_is_integer(a)) return false;
    uint64_t w = 0;
    if (!dec_zero_words(a)) {
        if (dec_adjusted(a) >= WORD_DIGITS) return false;
        if (a->exp >= 0) {
            w = a->words[0] * words_pow10[a->exp];
        } else { /* at most 19 digits are left of it */
            size_t skip = (size_t)-a->exp / WORD_DIGITS;
            uint64_t low = words_pow10[-a->exp % WORD_DIGITS];
            w = a->words[skip] / low;
            if (skip + 1 < a->size && low > 1) w += a->words[skip + 1] * (WORD_BASE / low);
        }
    }
    if (w >> 62) return false;
    *out = a->negative ? -(int64_t)w : (int64_t)w;
    return true;
}

bool dec_is_odd(const Dec *a) {
    if (a->exp > 0 || dec_adjusted(a) < 0) return false;
    size_t word = (size_t)-a->exp / WORD_DIGITS;
    return (a->words[word] / words_pow10[-a->exp % WORD_DIGITS]) & 1;
}

bool dec_is_subnormal(const Dec *a, const DecContext *ctx) {
    return a->kind == DEC_FINITE && !dec_zero_words(a) && dec_adjusted(a) < ctx->emin;
}

/* ---- rounding ----------------------------------------------------------------------------------------------------- */

int dec_shift_left(Dec *r, const Dec *a, int64_t digits, DecContext *ctx) {
    if (digits == 0 || dec_zero_words(a)) return dec_copy(r, a, ctx);
    if (a->digits + digits <= WORD_DIGITS) {
        uint64_t w = a->words[0] * words_pow10[digits];
        uint8_t kind = a->kind;
        dec_set_word(r, w, a->exp, a->negative);
        r->kind = kind;
        return 0;
    }
    size_t room = words_for(a->digits + digits) + 1;
    if (r == a && r->room < room) { /* the words must survive */
        Dec wide;
        dec_init(&wide);
        int status = dec_shift_left(&wide, a, digits, ctx);
        dec_swap(r, &wide);
        dec_free(&wide);
        return status;
    }
    if (dec_reserve(r, room, ctx) < 0) return -1;
    r->kind = a->kind, r->negative = a->negative, r->exp = a->exp;
    r->digits = a->digits + digits;
    r->size = words_shift_left(r->words, a->words, a->size, digits);
    return 0;
}

static bool rounds_up(WordsRest rest, DecRounding rounding, bool negative, uint64_t last) {
    switch (rounding) {
    case DEC_ROUND_UP: return rest != REST_ZERO;
    case DEC_ROUND_DOWN: return false;
    case DEC_ROUND_CEILING: return rest != REST_ZERO && !negative;
    case DEC_ROUND_FLOOR: return rest != REST_ZERO && negative;
    case DEC_ROUND_HALF_UP: return rest >= REST_HALF;
    case DEC_ROUND_HALF_DOWN: return rest > REST_HALF;
    case DEC_ROUND_HALF_EVEN: return rest > REST_HALF || (rest == REST_HALF && (last & 1));
    default: return rest != REST_ZERO && last % 5 == 0; /* ROUND_05UP */
    }
}

/* The same for one word and fewer digits than it has. */
static bool drop_from_word(Dec *r, int64_t digits, DecRounding rounding) {
    uint64_t unit = words_pow10[digits], quotient = r->words[0] / unit, part = r->words[0] - quotient * unit;
    WordsRest rest = part == 0 ? REST_ZERO : part < unit / 2 ? REST_BELOW : part == unit / 2 ? REST_HALF : REST_ABOVE;
    r->words[0] = quotient + rounds_up(rest, rounding, r->negative, quotient % 10);
    r->digits = word_digits(r->words[0]);
    r->exp += digits;
    return rest != REST_ZERO;
}

bool dec_drop_digits(Dec *r, int64_t digits, DecRounding rounding) {
    WordsRest rest;
    if (r->size == 1 && digits > 0 && digits < r->digits) return drop_from_word(r, digits, rounding);
    if (digits >= r->digits) {
        rest = words_rest(r->words, r->size, digits);
        r->words[0] = 0;
        r->size = 1;
    } else {
        rest = words_shift_right(r->words, r->words, r->size, digits, &r->size);
    }
    r->exp += digits;
    if (rounds_up(rest, rounding, r->negative, r->words[0] % 10) && words_add_1(r->words, r->size, 1))
        r->words[r->size++] = 1; /* digits have been dropped: the word is there, as r was longer or had 19 nines at most */
    r->digits = words_digits(r->words, r->size);
    return rest != REST_ZERO;
}

static void overflow(Dec *r, DecContext *ctx) {
    bool negative = r->negative, infinite;
    switch (ctx->rounding) {
    case DEC_ROUND_DOWN:
    case DEC_ROUND_05UP: infinite = false; break;
    case DEC_ROUND_CEILING: infinite = !negative; break;
    case DEC_ROUND_FLOOR: infinite = negative; break;
    default: infinite = true; break;
    }
    ctx->status |= DEC_OVERFLOW | DEC_INEXACT | DEC_ROUNDED;
    if (infinite) dec_set_inf(r, negative);
    else dec_set_max(r, negative, ctx);
}

static void finish_zero(Dec *r, DecContext *ctx) {
    int64_t low = dec_etiny(ctx), high = ctx->clamp ? dec_etop(ctx) : ctx->emax;
    int64_t exp = r->exp < low ? low : r->exp > high ? high : r->exp;
    if (exp != r->exp) ctx->status |= DEC_CLAMPED;
    r->exp = exp;
}

/* Drops digits to reach the exponent `lowest`. */
static void finish_rounded(Dec *r, int64_t lowest, bool subnormal, DecContext *ctx) {
    bool inexact = dec_drop_digits(r, lowest - r->exp, ctx->rounding);
    if (r->digits > ctx->prec) dec_drop_digits(r, 1, DEC_ROUND_DOWN); /* 999... became 1000... */
    if (!dec_zero_words(r) && dec_adjusted(r) > ctx->emax) return overflow(r, ctx);
    if (inexact && subnormal) ctx->status |= DEC_UNDERFLOW;
    if (subnormal) ctx->status |= DEC_SUBNORMAL;
    if (inexact) ctx->status |= DEC_INEXACT;
    ctx->status |= DEC_ROUNDED;
    if (dec_zero_words(r)) ctx->status |= DEC_CLAMPED;
}

void dec_finish(Dec *r, DecContext *ctx) {
    if (r->kind != DEC_FINITE) {
        if (dec_is_nan(r)) dec_fix_nan(r, ctx);
        return;
    }
    if (dec_zero_words(r)) return finish_zero(r, ctx);
    int64_t adjusted = dec_adjusted(r);
    if (adjusted > ctx->emax) return overflow(r, ctx);
    bool subnormal = adjusted < ctx->emin;
    int64_t lowest = subnormal ? dec_etiny(ctx) : adjusted - ctx->prec + 1;
    if (r->exp < lowest) {
        finish_rounded(r, lowest, subnormal, ctx);
    } else if (subnormal) {
        ctx->status |= DEC_SUBNORMAL;
    }
    if (ctx->clamp && r->kind == DEC_FINITE && r->exp > dec_etop(ctx)) {
        int64_t pad = r->exp - dec_etop(ctx);
        ctx->status |= DEC_CLAMPED;
        if (dec_shift_left(r, r, pad, ctx) == 0) r->exp -= pad;
    }
}

/* ---- NaN ------------------------------------------------------------------------------------------------------------ */

void dec_fix_nan(Dec *r, const DecContext *ctx) {
    int64_t most = ctx->prec - ctx->clamp;
    if (r->digits <= most) return;
    size_t n = most ? words_for(most) : 1;
    r->words[n - 1] = most == 0 ? 0 : most % WORD_DIGITS ? r->words[n - 1] % words_pow10[most % WORD_DIGITS] : r->words[n - 1];
    r->size = n;
    dec_strip(r);
    if (dec_zero_words(r)) r->digits = 0;
}

static void set_nan(Dec *r, const Dec *a, DecContext *ctx) {
    if (a->kind == DEC_SNAN) ctx->status |= DEC_INVALID_OPERATION;
    if (dec_copy(r, a, ctx) < 0) return;
    r->kind = DEC_QNAN;
    dec_fix_nan(r, ctx);
}
bool dec_nan_1(Dec *r, const Dec *a, DecContext *ctx) {
    if (!dec_is_nan(a)) return false;
    set_nan(r, a, ctx);
    return true;
}
bool dec_nan_2(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    if (!dec_is_nan(a) && !dec_is_nan(b)) return false;
    const Dec *from = a->kind == DEC_SNAN ? a : b->kind == DEC_SNAN ? b : a->kind == DEC_QNAN ? a : b;
    set_nan(r, from, ctx);
    return true;
}
