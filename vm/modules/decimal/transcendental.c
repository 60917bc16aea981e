/* Decimal numbers: exponentials and logarithms.
 *
 * Values are computed in binary fixed point (an mpz_t x with `bits` stands for x / 2^bits), to some decimal places more than the
 * precision asks for, and again to more until the digits after it tell on which side of the nearest rounding boundary
 * the result lies (Ziv, "Fast evaluation of elementary mathematical functions with correctly rounded last bit", 1991). */
#include "vm/modules/decimal/number.h"
#include <math.h>
#include <stdlib.h>

static unsigned long bits_for(int64_t digits) { return (unsigned long)((double)digits * 3.3219281) + 16; }
static unsigned long log2_of(unsigned long n) { return 64 - (unsigned long)__builtin_clzl(n | 1); }

/* ---- constants ---------------------------------------------------------------------------------------------------- */

/* Binary splitting of the sum of m^(from-k) / (2k+1), from <= k < to: t / (b * power). */
typedef struct Split {
    mpz_t t, b, power;
} Split;
static void split_init(Split *s) { mpz_inits(s->t, s->b, s->power, NULL); }
static void split_clear(Split *s) { mpz_clears(s->t, s->b, s->power, NULL); }
static void split_sum(Split *s, unsigned long m, unsigned long from, unsigned long to) {
    if (to - from == 1) {
        mpz_set_ui(s->t, m);
        mpz_set_ui(s->b, 2 * from + 1);
        mpz_set_ui(s->power, m);
        return;
    }
    Split right;
    split_init(&right);
    unsigned long middle = from + (to - from) / 2;
    split_sum(s, m, from, middle);
    split_sum(&right, m, middle, to);
    mpz_mul(s->t, s->t, right.b);
    mpz_mul(s->t, s->t, right.power);
    mpz_addmul(s->t, right.t, s->b);
    mpz_mul(s->b, s->b, right.b);
    mpz_mul(s->power, s->power, right.power);
    split_clear(&right);
}

/* r += factor * artanh(1/n). */
static void add_artanh(mpz_t r, unsigned long factor, unsigned long n, unsigned long bits) {
    Split s;
    split_init(&s);
    split_sum(&s, n * n, 0, bits / (2 * (log2_of(n) - 1)) + 2);
    mpz_mul(s.b, s.b, s.power);
    mpz_mul_ui(s.b, s.b, n);
    mpz_mul_ui(s.t, s.t, factor);
    mpz_mul_2exp(s.t, s.t, bits);
    mpz_tdiv_q(s.t, s.t, s.b);
    mpz_add(r, r, s.t);
    split_clear(&s);
}

/* ln 2 and ln 10 with an error below 2^-bits. */
static void fixed_ln2(mpz_t r, unsigned long bits) {
    mpz_set_ui(r, 0);
    add_artanh(r, 14, 31, bits + 8);
    add_artanh(r, 10, 49, bits + 8);
    add_artanh(r, 6, 161, bits + 8);
    mpz_tdiv_q_2exp(r, r, 8);
}
static void fixed_ln10(mpz_t r, unsigned long bits) {
    mpz_set_ui(r, 0);
    add_artanh(r, 46, 31, bits + 8);
    add_artanh(r, 34, 49, bits + 8);
    add_artanh(r, 20, 161, bits + 8);
    mpz_tdiv_q_2exp(r, r, 8);
}

/* ---- functions in fixed point ---------------------------------------------------------------------------------------- */

/* r = e^x for 0 <= x < 4: Taylor's series of x / 2^halvings, squared as often. The error is below 2^-bits. */
static void fixed_exp(mpz_t r, const mpz_t x, unsigned long bits) {
    unsigned long halvings = (unsigned long)sqrt((double)bits) / 2 + 4, guard = halvings + 2 * log2_of(bits) + 16, work = bits + guard;
    mpz_t t, term;
    mpz_inits(t, term, NULL);
    mpz_mul_2exp(t, x, guard);
    mpz_tdiv_q_2exp(t, t, halvings);
    mpz_set_ui(term, 1);
    mpz_mul_2exp(term, term, work);
    mpz_set(r, term);
    for (unsigned long n = 1; mpz_sgn(term); n++) {
        mpz_mul(term, term, t);
        mpz_tdiv_q_2exp(term, term, work);
        mpz_tdiv_q_ui(term, term, n);
        mpz_add(r, r, term);
    }
    for (unsigned long i = 0; i < halvings; i++) {
        mpz_mul(r, r, r);
        mpz_tdiv_q_2exp(r, r, work);
    }
    mpz_tdiv_q_2exp(r, r, guard);
    mpz_clears(t, term, NULL);
}

/* y += 2 (x - e^y) / (x + e^y): Halley's step triples the number of correct bits. */
static void halley_step(mpz_t y, const mpz_t x, unsigned long bits) {
    mpz_t e, sum;
    mpz_inits(e, sum, NULL);
    fixed_exp(e, y, bits);
    mpz_add(sum, x, e);
    mpz_sub(e, x, e);
    mpz_mul_2exp(e, e, bits + 1);
    mpz_tdiv_q(e, e, sum);
    mpz_add(y, y, e);
    if (mpz_sgn(y) < 0) mpz_set_ui(y, 0);
    mpz_clears(e, sum, NULL);
}

/* r = ln x for 1 <= x < 2; the error is below 2^-bits. */
static void fixed_ln(mpz_t r, const mpz_t x, unsigned long bits) {
    unsigned long steps[64], work = bits + 8;
    int count = 0;
    for (unsigned long b = work; b > 45; b = b / 3 + 5) steps[count++] = b;
    mpz_t part;
    mpz_init(part);
    if (bits > 60) mpz_tdiv_q_2exp(part, x, bits - 60);
    else mpz_mul_2exp(part, x, 60 - bits);
    unsigned long have = 60;
    mpz_set_d(r, log(mpz_get_d(part) / 0x1p60) * 0x1p60);
    if (mpz_sgn(r) < 0) mpz_set_ui(r, 0);
    while (count-- > 0) {
        unsigned long want = steps[count];
        if (want >= have) mpz_mul_2exp(r, r, want - have);
        else mpz_tdiv_q_2exp(r, r, have - want);
        if (bits >= want) mpz_tdiv_q_2exp(part, x, bits - want);
        else mpz_mul_2exp(part, x, want - bits);
        halley_step(r, part, want);
        have = want;
    }
    if (have >= bits) mpz_tdiv_q_2exp(r, r, have - bits);
    else mpz_mul_2exp(r, r, bits - have);
    mpz_clear(part);
}

/* r = r * 10^exp. */
static void scale_by_ten(mpz_t r, int64_t exp) {
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)(exp < 0 ? -exp : exp));
    if (exp < 0) mpz_fdiv_q(r, r, power);
    else mpz_mul(r, r, power);
    mpz_clear(power);
}

/* A positive number's logarithm, of its coefficient and exponent apart: r = ln c, with an error below 2^-bits. */
static int coefficient_ln(mpz_t r, const Dec *a, unsigned long bits, DecContext *ctx) {
    mpz_t c, ln2;
    mpz_inits(c, ln2, NULL);
    int status = dec_get_mpz(c, a, ctx);
    if (status == 0) {
        unsigned long size = mpz_sizeinbase(c, 2) - 1, work = bits + log2_of(size) + 4;
        if (work >= size) mpz_mul_2exp(c, c, work - size);
        else mpz_tdiv_q_2exp(c, c, size - work);
        fixed_ln(r, c, work);
        fixed_ln2(ln2, work);
        mpz_addmul_ui(r, ln2, size);
        mpz_tdiv_q_2exp(r, r, work - bits);
    }
    mpz_clears(c, ln2, NULL);
    return status;
}
enum { EXPONENT_BITS = 66 }; /* more than an exponent has */
static int fixed_ln_of(mpz_t r, const Dec *a, unsigned long bits, DecContext *ctx) {
    mpz_t ln10;
    mpz_init(ln10);
    int status = coefficient_ln(r, a, bits + EXPONENT_BITS, ctx);
    if (status == 0) {
        fixed_ln10(ln10, bits + EXPONENT_BITS);
        if (a->exp >= 0) mpz_addmul_ui(r, ln10, (unsigned long)a->exp);
        else mpz_submul_ui(r, ln10, (unsigned long)-a->exp);
        mpz_fdiv_q_2exp(r, r, EXPONENT_BITS);
    }
    mpz_clear(ln10);
    return status;
}

/* e^x, x with `bits` + EXPONENT_BITS: r = its first digit and `places` more; the exponent of the first. */
static void fixed_exp_digits(mpz_t r, mpz_t x, unsigned long bits, int64_t places, mpz_t exp10) {
    unsigned long work = bits + EXPONENT_BITS;
    mpz_t ln10;
    mpz_init(ln10);
    fixed_ln10(ln10, work);
    mpz_fdiv_qr(exp10, x, x, ln10);
    fixed_exp(r, x, work);
    mpz_ui_pow_ui(ln10, 10, (unsigned long)places);
    mpz_mul(r, r, ln10);
    mpz_tdiv_q_2exp(r, r, work);
    mpz_clear(ln10);
}

/* ---- Ziv's loop ------------------------------------------------------------------------------------------------------- */

/* What is wanted to `places`: the result is value * 10^(exp10 - places), with an error below 1 beyond truncation. */
typedef struct Job {
    int (*evaluate)(struct Job *job, int64_t places, DecContext *ctx);
    const Dec *a, *b;
    mpz_t value, exp10;
} Job;

/* Can memory be had for numbers with so many digits? GMP ends the process when it cannot. */
static bool has_room(int64_t digits) {
    void *probe = digits < INT64_C(1) << 36 ? malloc((size_t)digits * 4 + 64) : 0;
    free(probe);
    return probe != 0;
}

/* Are all digits of a that count less than 10^digits nines? */
static bool all_nines(const uint64_t *a, int64_t digits) {
    for (; digits >= WORD_DIGITS; digits -= WORD_DIGITS)
        if (*a++ != WORD_BASE - 1) return false;
    return digits == 0 || *a % words_pow10[digits] == words_pow10[digits] - 1;
}
static bool decided(const Dec *r, int64_t prec) {
    int64_t beyond = r->digits - prec - 1;
    return beyond >= 2 && words_rest(r->words, r->size, beyond) != REST_ZERO && !all_nines(r->words, beyond);
}

/* `first`: digits before those that count, which depend on the size of the result. */
static void evaluate_correctly(Dec *r, Job *job, int64_t first, DecContext *ctx) {
    mpz_inits(job->value, job->exp10, NULL);
    for (int64_t extra = 5;; extra = extra * 3) {
        int64_t places = ctx->prec + first + extra;
        if (!has_room(places) || job->evaluate(job, places, ctx) < 0) {
            dec_set_invalid(r, DEC_NO_MEMORY, ctx);
            break;
        }
        if (dec_set_mpz(r, job->value, 0, ctx) < 0) break;
        if (!decided(r, ctx->prec)) continue;
        /* an exponent beyond 62 bits is beyond all limits */
        const int64_t beyond = INT64_C(1) << 62;
        int64_t exp10 = mpz_get_si(job->exp10);
        if (mpz_sizeinbase(job->exp10, 2) > 62) exp10 = mpz_sgn(job->exp10) < 0 ? -beyond : beyond;
        r->exp = exp10 - places;
        dec_finish(r, ctx);
        break;
    }
    mpz_clears(job->value, job->exp10, NULL);
}

/* ---- the operations ------------------------------------------------------------------------------------------------------ */

static int evaluate_exp(Job *job, int64_t places, DecContext *ctx) {
    unsigned long bits = bits_for(places), work = bits + EXPONENT_BITS;
    mpz_t x;
    mpz_init(x);
    int status = dec_get_mpz(x, job->a, ctx);
    if (job->a->negative) mpz_neg(x, x);
    mpz_mul_2exp(x, x, work);
    scale_by_ten(x, job->a->exp);
    if (status == 0) fixed_exp_digits(job->value, x, bits, places, job->exp10);
    mpz_clear(x);
    return status;
}

/* 1 and a little more or less, which no digit shows. */
static void near_one(Dec *r, bool below, DecContext *ctx) {
    dec_set_zero(r, false, 0);
    DecContext wide = *ctx;
    if (below) {
        wide.prec++;
        wide.emax = DEC_MAX_EMAX;
        dec_set_max(r, false, &wide);
        r->exp = -wide.prec;
    } else {
        dec_set_word(r, 1, 0, false);
        if (dec_shift_left(r, r, ctx->prec, &wide) == 0) r->words[0]++;
        r->exp = -ctx->prec;
    }
    ctx->status |= wide.status;
    dec_finish(r, ctx);
}

static void half_even(DecContext *inner, const DecContext *ctx) {
    *inner = *ctx;
    inner->rounding = DEC_ROUND_HALF_EVEN;
}

void dec_exp(Dec *r, const Dec *a, DecContext *ctx) {
    if (dec_nan_1(r, a, ctx)) return;
    if (a->kind == DEC_INF) {
        if (a->negative) dec_set_zero(r, false, 0);
        else dec_set_inf(r, false);
        return;
    }
    if (dec_zero_words(a)) return dec_set_word(r, 1, 0, false);
    DecContext inner;
    half_even(&inner, ctx);
    int64_t adjusted = dec_adjusted(a);
    if (adjusted > 19) {
        dec_set_word(r, 1, a->negative ? dec_etiny(ctx) - 1 : ctx->emax + 1, false);
        dec_finish(r, &inner);
    } else if (adjusted < -ctx->prec - 1) {
        near_one(r, a->negative, &inner);
    } else {
        Job job = {.evaluate = evaluate_exp, .a = a};
        evaluate_correctly(r, &job, 0, &inner);
    }
    ctx->status = inner.status;
}

/* How many places behind the point ln a may begin: 0 unless a is near 1. */
static int64_t places_near_one(const Dec *a) {
    int64_t adjusted = dec_adjusted(a);
    if (adjusted != 0 && adjusted != -1) return 0;
    DecContext exact = dec_max_context;
    Dec one, difference;
    dec_init(&one);
    dec_init(&difference);
    dec_set_word(&one, 1, 0, false);
    exact.prec = a->digits + 2;
    dec_subtract(&difference, a, &one, &exact);
    int64_t places = -dec_adjusted(&difference);
    dec_free(&difference);
    return places > 0 ? places : 0;
}

static int evaluate_ln(Job *job, int64_t places, DecContext *ctx) {
    unsigned long bits = bits_for(places);
    int status = fixed_ln_of(job->value, job->a, bits, ctx);
    scale_by_ten(job->value, places);
    mpz_tdiv_q_2exp(job->value, job->value, bits);
    return status;
}
static int evaluate_log10(Job *job, int64_t places, DecContext *ctx) {
    unsigned long bits = bits_for(places) + EXPONENT_BITS;
    mpz_t ln10;
    mpz_init(ln10);
    int status = fixed_ln_of(job->value, job->a, bits, ctx);
    fixed_ln10(ln10, bits);
    scale_by_ten(job->value, places);
    mpz_tdiv_q(job->value, job->value, ln10);
    mpz_clear(ln10);
    return status;
}

/* The cases that logarithms of all bases share. */
static bool logarithm_special(Dec *r, const Dec *a, DecContext *ctx) {
    if (dec_nan_1(r, a, ctx)) return true;
    if (dec_is_zero(a)) dec_set_inf(r, true);
    else if (a->negative) dec_set_invalid(r, DEC_INVALID_OPERATION, ctx);
    else if (a->kind == DEC_INF) dec_set_inf(r, false);
    else return false;
    return true;
}
static bool is_power_of_ten(const Dec *a) {
    int64_t zeros = a->digits - 1;
    return words_trailing_zeros(a->words, a->size) == zeros && a->words[a->size - 1] == words_pow10[zeros % WORD_DIGITS];
}

void dec_ln(Dec *r, const Dec *a, DecContext *ctx) {
    if (logarithm_special(r, a, ctx)) return;
    if (dec_adjusted(a) == 0 && is_power_of_ten(a)) return dec_set_zero(r, false, 0);
    DecContext inner;
    half_even(&inner, ctx);
    Job job = {.evaluate = evaluate_ln, .a = a};
    evaluate_correctly(r, &job, places_near_one(a), &inner);
    ctx->status = inner.status;
}

void dec_log10(Dec *r, const Dec *a, DecContext *ctx) {
    if (logarithm_special(r, a, ctx)) return;
    DecContext inner;
    half_even(&inner, ctx);
    if (is_power_of_ten(a)) {
        int64_t adjusted = dec_adjusted(a);
        dec_set_word(r, (uint64_t)(adjusted < 0 ? -adjusted : adjusted), 0, adjusted < 0);
        dec_finish(r, &inner);
    } else {
        Job job = {.evaluate = evaluate_log10, .a = a};
        evaluate_correctly(r, &job, places_near_one(a) + 1, &inner);
    }
    ctx->status = inner.status;
}

/* a^b = e^(b ln a). */
static int evaluate_power(Job *job, int64_t places, DecContext *ctx) {
    int64_t size = dec_adjusted(job->b) + 2;
    unsigned long bits = bits_for(places), more = size > 0 ? bits_for(size) : 0;
    mpz_t x, y;
    mpz_inits(x, y, NULL);
    int status = fixed_ln_of(x, job->a, bits + EXPONENT_BITS + more, ctx) < 0 || dec_get_mpz(y, job->b, ctx) < 0 ? -1 : 0;
    if (status == 0) {
        mpz_mul(x, x, y);
        if (job->b->negative) mpz_neg(x, x);
        scale_by_ten(x, job->b->exp);
        mpz_fdiv_q_2exp(x, x, more);
        fixed_exp_digits(job->value, x, bits, places, job->exp10);
    }
    mpz_clears(x, y, NULL);
    return status;
}

void dec_power_real(Dec *r, const Dec *a, const Dec *b, DecContext *ctx) {
    /* 10^least <= |log10 a|, |ln a| < 10^19 */
    int64_t near = places_near_one(a), adjusted = dec_adjusted(a), least = adjusted > 0 || adjusted < -1 ? 0 : -near - 2;
    bool grows = (adjusted >= 0) != b->negative;
    if (least + dec_adjusted(b) >= 19) {
        dec_set_word(r, 1, grows ? ctx->emax + 1 : dec_etiny(ctx) - 1, false);
        return dec_finish(r, ctx);
    }
    int64_t most = adjusted > 0 || adjusted < -1 ? 19 : 1 - near;
    if (most + 1 + dec_adjusted(b) + 1 < -ctx->prec - 1) return near_one(r, !grows, ctx);
    Job job = {.evaluate = evaluate_power, .a = a, .b = b};
    evaluate_correctly(r, &job, 0, ctx);
}
