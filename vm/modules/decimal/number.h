/* Decimal numbers in C memory, and the operations of the General Decimal Arithmetic Specification 1.70 on them.
 *
 * An operation is `dec_op(r, a, b, ctx)`: r is initialised and no operand; what it signals is added to ctx->status, memory that
 * is short included (DEC_NO_MEMORY: r is then NaN). Nothing here touches the heap or raises, so no memory is held across a
 * safepoint. */
#ifndef VM_MODULES_DECIMAL_NUMBER_H
#define VM_MODULES_DECIMAL_NUMBER_H

#include "vm/modules/decimal/words.h"

enum { DEC_FINITE, DEC_INF, DEC_QNAN, DEC_SNAN };
enum { DEC_SMALL_WORDS = 6 };
typedef struct Dec {
    uint8_t negative, kind;
    int64_t exp;
    int64_t digits;     /* of the coefficient, 1 for 0; of a NaN's payload, 0 without */
    size_t size, room;  /* words; room 0: they belong to somebody else */
    uint64_t *words;    /* stripped */
    uint64_t small[DEC_SMALL_WORDS];
} Dec; /* never copied by assignment: words may point into it */

#define DEC_MAX_PREC  INT64_C(999999999999999999)
#define DEC_MAX_EMAX  INT64_C(999999999999999999)
#define DEC_MIN_EMIN  (-DEC_MAX_EMAX)
#define DEC_MIN_ETINY (DEC_MIN_EMIN - (DEC_MAX_PREC - 1))

typedef enum { /* in the order of rounding.tbl */
#define ROUNDING(name) DEC_##name,
#include "vm/modules/decimal/rounding.tbl"
#undef ROUNDING
    DEC_ROUNDING_COUNT
} DecRounding;

/* Conditions, bits of a status. */
enum {
    DEC_CLAMPED = 1 << 0,
    DEC_CONVERSION_SYNTAX = 1 << 1,
    DEC_DIVISION_BY_ZERO = 1 << 2,
    DEC_DIVISION_IMPOSSIBLE = 1 << 3,
    DEC_DIVISION_UNDEFINED = 1 << 4,
    DEC_FLOAT_OPERATION = 1 << 5,
    DEC_INEXACT = 1 << 6,
    DEC_INVALID_CONTEXT = 1 << 7,
    DEC_INVALID_OPERATION = 1 << 8,
    DEC_OVERFLOW = 1 << 9,
    DEC_ROUNDED = 1 << 10,
    DEC_SUBNORMAL = 1 << 11,
    DEC_UNDERFLOW = 1 << 12,
    DEC_NO_MEMORY = 1 << 13,
    DEC_INVALID = DEC_CONVERSION_SYNTAX | DEC_DIVISION_IMPOSSIBLE | DEC_DIVISION_UNDEFINED | DEC_INVALID_CONTEXT | DEC_INVALID_OPERATION,
};

typedef struct DecContext {
    int64_t prec, emax, emin;
    DecRounding rounding;
    bool clamp;
    uint32_t status;
} DecContext;
static inline int64_t dec_etiny(const DecContext *ctx) { return ctx->emin - (ctx->prec - 1); }
static inline int64_t dec_etop(const DecContext *ctx) { return ctx->emax - (ctx->prec - 1); }
extern const DecContext dec_max_context; /* the largest precision and exponents, nothing of its status set */

/* ---- numbers (number.c) --------------------------------------------------------------------------------------------- */

static inline void dec_init(Dec *r) { /* 0 */
    r->negative = 0, r->kind = DEC_FINITE, r->exp = 0, r->digits = 1;
    r->size = 1, r->room = DEC_SMALL_WORDS, r->words = r->small;
    r->small[0] = 0;
}
void dec_free_words(Dec *r);
static inline void dec_free(Dec *r) {
    if (r->room > DEC_SMALL_WORDS) dec_free_words(r);
}
static inline bool dec_is_special(const Dec *a) { return a->kind != DEC_FINITE; }
static inline bool dec_is_nan(const Dec *a) { return a->kind >= DEC_QNAN; }
static inline bool dec_is_zero(const Dec *a) { return a->kind == DEC_FINITE && a->size == 1 && a->words[0] == 0; }
static inline bool dec_zero_words(const Dec *a) { return a->size == 1 && a->words[0] == 0; }
static inline int64_t dec_adjusted(const Dec *a) { return a->exp + a->digits - 1; }
static inline bool dec_is_integer(const Dec *a) {
    return a->kind == DEC_FINITE && (a->exp >= 0 || dec_zero_words(a) || words_trailing_zeros(a->words, a->size) >= -a->exp);
}
bool dec_is_odd(const Dec *a); /* an integer */
bool dec_is_subnormal(const Dec *a, const DecContext *ctx); /* finite and not 0, below emin */

/* Room for so many words, what was there may be lost. -1 and DEC_NO_MEMORY. */
int dec_reserve(Dec *r, size_t words, DecContext *ctx);
void dec_strip(Dec *r); /* size and digits after a change of the words */
void dec_set_word(Dec *r, uint64_t w, int64_t exp, bool negative);
void dec_set_double(Dec *r, DoubleWord v, int64_t exp, bool negative); /* v < 10^38 + 10^19 */
void dec_set_zero(Dec *r, bool negative, int64_t exp);
void dec_set_inf(Dec *r, bool negative);
void dec_set_invalid(Dec *r, uint32_t status, DecContext *ctx); /* NaN */
void dec_set_max(Dec *r, bool negative, DecContext *ctx); /* the largest finite number */
int dec_copy(Dec *r, const Dec *a, DecContext *ctx);
void dec_swap(Dec *a, Dec *b);
void dec_borrow(Dec *r, const Dec *a); /* r refers to a's words */
int dec_set_words(Dec *r, const uint64_t *words, size_t n, DecContext *ctx);
/* The coefficient's magnitude. */
int dec_get_mpz(mpz_t z, const Dec *a, DecContext *ctx);
int dec_set_mpz(Dec *r, const mpz_t z, int64_t exp, DecContext *ctx); /* with z's sign */
bool dec_get_i64(const Dec *a, int64_t *out); /* an integer with magnitude below 2^62 */

/* coefficient * 10^digits, exponent as it is; a may be r. */
int dec_shift_left(Dec *r, const Dec *a, int64_t digits, DecContext *ctx);
/* Rounds r so that its exponent grows by `digits`: was it inexact? */
bool dec_drop_digits(Dec *r, int64_t digits, DecRounding rounding);
/* Rounds r to the context and its exponents. */
void dec_finish(Dec *r, DecContext *ctx);
void dec_fix_nan(Dec *r, const DecContext *ctx);
/* If an operand is NaN, r becomes the result. */
bool dec_nan_1(Dec *r, const Dec *a, DecContext *ctx);
bool dec_nan_2(Dec *r, const Dec *a, const Dec *b, DecContext *ctx);

/* ---- operations ------------------------------------------------------------------------------------------------------- */

typedef void DecUnary(Dec *r, const Dec *a, DecContext *ctx);
typedef void DecTernary(Dec *r, const Dec *a, const Dec *b, const Dec *c, DecContext *ctx);
typedef void DecBinary(Dec *r, const Dec *a, const Dec *b, DecContext *ctx);

DecBinary dec_add, dec_subtract, dec_multiply; /* arith.c */
DecUnary dec_plus, dec_minus, dec_abs;
DecTernary dec_fma;
DecBinary dec_divide, dec_divide_int, dec_remainder, dec_remainder_near; /* divide.c */
void dec_divmod(Dec *q, Dec *r, const Dec *a, const Dec *b, DecContext *ctx);

int dec_order(const Dec *a, const Dec *b); /* compare.c; neither is NaN */
DecBinary dec_compare, dec_compare_signal, dec_compare_total, dec_compare_total_mag;
DecBinary dec_max, dec_min, dec_max_mag, dec_min_mag;

DecBinary dec_quantize; /* round.c */
/* To this exponent, digits without limit: the value does not change if exp <= a's. */
int dec_rescale(Dec *r, const Dec *a, int64_t exp, DecRounding rounding, DecContext *ctx);
DecUnary dec_to_integral_value, dec_to_integral_exact, dec_reduce;
DecUnary dec_next_plus, dec_next_minus;
DecBinary dec_next_toward;

DecBinary dec_logical_and, dec_logical_or, dec_logical_xor; /* logical.c */
DecUnary dec_logical_invert, dec_logb;
DecBinary dec_shift, dec_rotate, dec_scaleb;

DecUnary dec_sqrt; /* power.c */
DecBinary dec_power;
DecTernary dec_power_mod;
DecUnary dec_exp, dec_ln, dec_log10; /* transcendental.c */
DecBinary dec_power_real; /* a^b of finite a > 0 other than 1, of a result that is not exact at the precision */

/* ---- text (text.c) ------------------------------------------------------------------------------------------------------ */

/* A number of ASCII text: the whole of it. False: not one. r is exact, with exponents beyond the limits cut to them. */
bool dec_parse(Dec *r, const char *text, size_t length, DecContext *ctx);
/* Scientific or engineering notation, from malloc; 0: no memory. */
char *dec_text(const Dec *a, bool engineering, bool capitals, size_t *length);

#endif
