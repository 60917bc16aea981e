/* Decimal numbers: order. */
#include "vm/modules/decimal/number.h"

/* Word i of a * 10^digits. */
static uint64_t shifted_word(const Dec *a, int64_t digits, size_t i) {
    size_t words = (size_t)digits / WORD_DIGITS;
    uint64_t low = words_pow10[digits % WORD_DIGITS], high = WORD_BASE / low, w = 0;
    if (i >= words && i - words < a->size) w = a->words[i - words] % high * low;
    if (i > words && low > 1) w += a->words[i - words - 1] / high;
    return w;
}

/* Coefficients of numbers with the same adjusted exponent. */
static int compare_aligned(const Dec *a, const Dec *b) {
    if (a->digits == b->digits) return words_compare(a->words, a->size, b->words, b->size);
    if (a->digits > b->digits) return -compare_aligned(b, a);
    for (size_t i = b->size; i-- > 0;) {
        uint64_t w = shifted_word(a, b->digits - a->digits, i);
        if (w != b->words[i]) return w < b->words[i] ? -1 : 1;
    }
    return 0;
}

static int compare_magnitudes(const Dec *a, const Dec *b) {
    if (a->kind == DEC_INF || b->kind == DEC_INF) return (a->kind == DEC_INF) - (b->kind == DEC_INF);
    bool a_zero = dec_zero_words(a), b_zero = dec_zero_words(b);
    if (a_zero || b_zero) return b_zero - a_zero;
    int64_t x = dec_adjusted(a), y = dec_adjusted(b);
    return x != y ? (x < y ? -1 : 1) : compare_aligned(a, b);
}

int dec_order(const Dec *a, const Dec *b) {
    int order = compare_magnitudes(a, b);
    if (a->negative == b->negative) return a->negative ? -order : order;
    return dec_is_zero(a) && dec_is_zero(b) ? 0 : a->negative ? -1 : 1;
}

static void set_order(Dec *r, int order) { dec_set_word(r, order != 0, 0, order < 0); }

void dec_compare(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    if (!dec_nan_2(r, a, b, ctx)) set_order(r, dec_order(a, b));
}
void dec_compare_signal(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    if (!dec_nan_2(r, a, b, ctx)) return set_order(r, dec_order(a, b));
    ctx->status |= DEC_INVALID_OPERATION;
}

static int nan_rank(const Dec *a) { return a->kind == DEC_SNAN ? 1 : a->kind == DEC_QNAN ? 2 : 0; }
static int order_exponents(const Dec *a, const Dec *b) { return (a->exp > b->exp) - (a->exp < b->exp); }

/* The total order of magnitudes: numbers, signaling, quiet NaN; equal ones by exponent or payload. */
static int order_total_mag(const Dec *a, const Dec *b) {
    int x = nan_rank(a), y = nan_rank(b);
    if (x != y) return x < y ? -1 : 1;
    int order = x ? words_compare(a->words, a->size, b->words, b->size) : compare_magnitudes(a, b);
    return order || x || a->kind == DEC_INF ? order : order_exponents(a, b);
}
static int order_total(const Dec *a, const Dec *b) {
    if (a->negative != b->negative) return a->negative ? -1 : 1;
    return a->negative ? -order_total_mag(a, b) : order_total_mag(a, b);
}
void dec_compare_total(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    (void)ctx;
    set_order(r, order_total(a, b));
}
void dec_compare_total_mag(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    (void)ctx;
    set_order(r, order_total_mag(a, b));
}

/* The larger (sign 1) or smaller (-1) of the two. A quiet NaN gives way to a number. */
static void choose(Dec *r, const Dec *a, const Dec *b, int sign, bool magnitude, DecContext *ctx) {
    const Dec *chosen;
    if (a->kind == DEC_QNAN && !dec_is_nan(b)) chosen = b;
    else if (b->kind == DEC_QNAN && !dec_is_nan(a)) chosen = a;
    else if (dec_nan_2(r, a, b, ctx)) return;
    else {
        int order = magnitude ? compare_magnitudes(a, b) : dec_order(a, b);
        if (order == 0) order = order_total(a, b);
        chosen = sign * order >= 0 ? a : b;
        if (order == 0 && sign < 0) chosen = a;
    }
    if (dec_copy(r, chosen, ctx) == 0) dec_finish(r, ctx);
}
void dec_max(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) { choose(r, a, b, 1, false, ctx); }
void dec_min(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) { choose(r, a, b, -1, false, ctx); }
void dec_max_mag(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) { choose(r, a, b, 1, true, ctx); }
void dec_min_mag(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) { choose(r, a, b, -1, true, ctx); }
