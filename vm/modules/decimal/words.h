/* Arithmetic of natural numbers as arrays of words in base 10^19, the lowest first. So shifting by digits, counting them, and
 * reading and writing text take time in proportion to the length; long products and quotients go through GMP. Flat memory
 * only; no function here touches the heap or raises. Sizes are in words; a size given with a number is never 0. */
#ifndef VM_MODULES_DECIMAL_WORDS_H
#define VM_MODULES_DECIMAL_WORDS_H

#include <gmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned __int128 DoubleWord;

#define WORD_BASE UINT64_C(10000000000000000000)
enum { WORD_DIGITS = 19 };
extern const uint64_t words_pow10[WORD_DIGITS + 1];

/* What a shift to the right dropped, in comparison with half a unit of the last digit that stays. */
typedef enum { REST_ZERO, REST_BELOW, REST_HALF, REST_ABOVE } WordsRest;

static inline size_t words_for(int64_t digits) { return digits <= WORD_DIGITS ? 1 : ((size_t)digits + WORD_DIGITS - 1) / WORD_DIGITS; }
/* v = result * base + *low; v < base * 2^64. Möller and Granlund, "Improved division by invariant integers", algorithm 4. */
static inline uint64_t word_split(DoubleWord v, uint64_t *low) {
    DoubleWord q = (DoubleWord)UINT64_C(0xd83c94fb6d2ac34a) * (uint64_t)(v >> 64) + v;
    uint64_t high = (uint64_t)(q >> 64) + 1, rest = (uint64_t)v - high * WORD_BASE;
    if (rest > (uint64_t)q) high--, rest += WORD_BASE;
    if (rest >= WORD_BASE) high++, rest -= WORD_BASE;
    *low = rest;
    return high;
}
static inline int word_digits(uint64_t w) { /* 1 for 0 */
    int estimate = ((64 - __builtin_clzll(w | 1)) * 1233) >> 12;
    return estimate + (w >= words_pow10[estimate]) + (w == 0);
}
static inline size_t words_strip(const uint64_t *a, size_t n) { /* the size without leading zeros, at least 1 */
    while (n > 1 && a[n - 1] == 0) n--;
    return n;
}
static inline int64_t words_digits(const uint64_t *a, size_t n) { return (int64_t)(n - 1) * WORD_DIGITS + word_digits(a[n - 1]); }
static inline bool words_zero(const uint64_t *a, size_t n) {
    while (n > 0 && a[n - 1] == 0) n--;
    return n == 0;
}

int words_compare(const uint64_t *a, size_t na, const uint64_t *b, size_t nb); /* stripped ones */
/* r = a + b with na >= nb, r = a - b with a >= b: na words; r may be a or b. The sum's carry is returned. */
uint64_t words_add(uint64_t *r, const uint64_t *a, size_t na, const uint64_t *b, size_t nb);
void words_sub(uint64_t *r, const uint64_t *a, size_t na, const uint64_t *b, size_t nb);
uint64_t words_add_1(uint64_t *a, size_t n, uint64_t w);
uint64_t words_mul_1(uint64_t *r, const uint64_t *a, size_t n, uint64_t w); /* r may be a; the carry */
uint64_t words_div_1(uint64_t *q, const uint64_t *a, size_t n, uint64_t d); /* q may be a; the remainder */
/* r has na + nb words, other than a and b. These return -1 where memory is short. */
int words_mul(uint64_t *r, const uint64_t *a, size_t na, const uint64_t *b, size_t nb);
/* na >= nb, b stripped and not 0; q has na - nb + 1 words, r (or 0) nb. */
int words_divide(uint64_t *q, uint64_t *r, const uint64_t *a, size_t na, const uint64_t *b, size_t nb);
/* r = a * 10^digits; r has words_for(a's digits + digits) words or one more, and may be a. The size. */
size_t words_shift_left(uint64_t *r, const uint64_t *a, size_t n, int64_t digits);
/* r = a / 10^digits truncated, 0 <= digits < n * WORD_DIGITS; r may be a. The size is stored, what fell off is returned. */
WordsRest words_shift_right(uint64_t *r, const uint64_t *a, size_t n, int64_t digits, size_t *size);
WordsRest words_rest(const uint64_t *a, size_t n, int64_t digits); /* of a division by 10^digits, which may exceed a's digits */
int64_t words_trailing_zeros(const uint64_t *a, size_t n); /* a is not 0 */
/* Decimal digits, the highest first, values 0 to 9 plus `zero`. */
void words_to_digits(char *out, int64_t digits, const uint64_t *a, char zero);
void words_from_digits(uint64_t *r, const char *digits, int64_t count, char zero);

int words_to_mpz(mpz_t z, const uint64_t *a, size_t n); /* z is initialised */
/* Room for |z| in words; then its words: the size. */
size_t words_room_mpz(const mpz_t z);
int64_t words_from_mpz(uint64_t *r, const mpz_t z); /* -1: no memory */

#endif
