/* Natural numbers in base 10^19: see words.h. */
#include "vm/modules/decimal/words.h"
#include <stdlib.h>
#include <string.h>

enum {
    KRONECKER_WORDS = 160,   /* from here on products are GMP's */
    GMP_DIVISION_WORDS = 80, /* quotients, of divisor and quotient this long */
    GMP_TEXT_WORDS = 40      /* conversion between the bases by GMP's text functions */
};

const uint64_t words_pow10[WORD_DIGITS + 1] = {
    1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u, 10000000000u, 100000000000u,
    1000000000000u, 10000000000000u, 100000000000000u, 1000000000000000u, 10000000000000000u, 100000000000000000u,
    1000000000000000000u, WORD_BASE};

int words_compare(const uint64_t *a, size_t na, const uint64_t *b, size_t nb) {
    if (na != nb) return na < nb ? -1 : 1;
    while (na-- > 0)
        if (a[na] != b[na]) return a[na] < b[na] ? -1 : 1;
    return 0;
}

uint64_t words_add_1(uint64_t *a, size_t n, uint64_t w) {
    for (size_t i = 0; i < n && w; i++) {
        uint64_t room = WORD_BASE - a[i];
        a[i] = w >= room ? w - room : a[i] + w;
        w = w >= room;
    }
    return w;
}

uint64_t words_add(uint64_t *r, const uint64_t *a, size_t na, const uint64_t *b, size_t nb) {
    uint64_t carry = 0;
    for (size_t i = 0; i < na; i++) {
        uint64_t y = (i < nb ? b[i] : 0) + carry, room = WORD_BASE - a[i];
        carry = y >= room;
        r[i] = carry ? y - room : a[i] + y;
    }
    return carry;
}

void words_sub(uint64_t *r, const uint64_t *a, size_t na, const uint64_t *b, size_t nb) {
    uint64_t borrow = 0;
    for (size_t i = 0; i < na; i++) {
        uint64_t y = (i < nb ? b[i] : 0) + borrow;
        borrow = y > a[i];
        r[i] = borrow ? a[i] + (WORD_BASE - y) : a[i] - y;
    }
}

uint64_t words_mul_1(uint64_t *r, const uint64_t *a, size_t n, uint64_t w) {
    uint64_t carry = 0;
    for (size_t i = 0; i < n; i++) carry = word_split((DoubleWord)a[i] * w + carry, &r[i]);
    return carry;
}

/* (high * 2^64 + low) / d, the quotient below 2^64. */
static inline uint64_t divide_double(DoubleWord v, uint64_t d, uint64_t *rest) {
    uint64_t quotient;
    __asm__("divq %4" : "=a"(quotient), "=d"(*rest) : "a"((uint64_t)v), "d"((uint64_t)(v >> 64)), "r"(d) : "cc");
    return quotient;
}

uint64_t words_div_1(uint64_t *q, const uint64_t *a, size_t n, uint64_t d) {
    uint64_t rest = 0;
    while (n-- > 0) q[n] = divide_double((DoubleWord)rest * WORD_BASE + a[n], d, &rest);
    return rest;
}

/* ---- products --------------------------------------------------------------------------------------------------- */

/* Column by column: the products of one are added up, then split once. */
static void multiply_columns(uint64_t *r, const uint64_t *a, size_t na, const uint64_t *b, size_t nb) {
    DoubleWord sum = 0;
    for (size_t k = 0; k + 1 < na + nb; k++) {
        uint64_t over = 0;
        for (size_t i = k < nb ? 0 : k - nb + 1; i < na && i <= k; i++)
            over += __builtin_add_overflow(sum, (DoubleWord)a[i] * b[k - i], &sum);
        uint64_t middle, high = word_split((DoubleWord)over << 64 | (uint64_t)(sum >> 64), &middle);
        uint64_t low = word_split((DoubleWord)middle << 64 | (uint64_t)sum, &r[k]);
        sum = (DoubleWord)high << 64 | low;
    }
    r[na + nb - 1] = (uint64_t)sum;
}

/* Kronecker's substitution: a polynomial's value at 2^192 holds its coefficients side by side, so one product of integers is
 * that of the polynomials, whose coefficients stay below 2^192. */
static void spread(uint64_t *out, const uint64_t *a, size_t n) {
    for (size_t i = 0; i < n; i++) out[3 * i] = a[i], out[3 * i + 1] = out[3 * i + 2] = 0;
}
static int multiply_kronecker(uint64_t *r, const uint64_t *a, size_t na, const uint64_t *b, size_t nb) {
    uint64_t *room = malloc((na + nb) * 6 * sizeof *room);
    if (!room) return -1;
    uint64_t *x = room, *y = x + 3 * na, *product = y + 3 * nb;
    spread(x, a, na);
    if (a == b && na == nb) {
        mpn_sqr(product, x, (mp_size_t)(3 * na));
    } else {
        spread(y, b, nb);
        mpn_mul(product, x, (mp_size_t)(3 * na), y, (mp_size_t)(3 * nb));
    }
    uint64_t carry_low = 0, carry_high = 0;
    for (size_t k = 0; k < na + nb; k++) {
        const uint64_t *c = product + 3 * k;
        DoubleWord sum = (DoubleWord)c[1] << 64 | c[0], carry = (DoubleWord)carry_high << 64 | carry_low;
        uint64_t over = c[2] + __builtin_add_overflow(sum, carry, &sum), middle;
        carry_high = word_split((DoubleWord)over << 64 | (uint64_t)(sum >> 64), &middle);
        carry_low = word_split((DoubleWord)middle << 64 | (uint64_t)sum, &r[k]);
    }
    free(room);
    return 0;
}

int words_mul(uint64_t *r, const uint64_t *a, size_t na, const uint64_t *b, size_t nb) {
    if (na < nb) return words_mul(r, b, nb, a, na);
    if (nb == 1) return r[na] = words_mul_1(r, a, na, b[0]), 0;
    if (nb >= KRONECKER_WORDS) return multiply_kronecker(r, a, na, b, nb);
    multiply_columns(r, a, na, b, nb);
    return 0;
}

/* ---- quotients -------------------------------------------------------------------------------------------------- */

/* The next word of the quotient of u (nv + 1 words) by v, taken off u. Knuth, algorithm D, steps D3 to D6. */
static uint64_t quotient_word(uint64_t *u, const uint64_t *v, size_t nv) {
    uint64_t top = v[nv - 1], q, rest;
    bool check = true; /* while the rest is below the base */
    if (u[nv] >= top) q = WORD_BASE - 1, check = u[nv - 1] < WORD_BASE - top, rest = u[nv - 1] + top;
    else q = divide_double((DoubleWord)u[nv] * WORD_BASE + u[nv - 1], top, &rest);
    while (check && (DoubleWord)q * v[nv - 2] > (DoubleWord)rest * WORD_BASE + u[nv - 2]) {
        q--;
        check = rest < WORD_BASE - top;
        rest += top;
    }
    uint64_t carry = 0, low;
    for (size_t i = 0; i < nv; i++) {
        carry = word_split((DoubleWord)q * v[i] + carry, &low);
        carry += low > u[i];
        u[i] = low > u[i] ? u[i] + (WORD_BASE - low) : u[i] - low;
    }
    if (carry > u[nv]) {
        q--;
        carry -= words_add(u, u, nv, v, nv);
    }
    u[nv] -= carry;
    return q;
}

static int divide_knuth(uint64_t *q, uint64_t *r, const uint64_t *a, size_t na, const uint64_t *b, size_t nb) {
    uint64_t small[32], *u = na + nb + 1 <= 32 ? small : malloc((na + nb + 1) * sizeof *u), *v = u + na + 1;
    if (!u) return -1;
    uint64_t factor = WORD_BASE / (b[nb - 1] + 1);
    words_mul_1(v, b, nb, factor);
    u[na] = words_mul_1(u, a, na, factor);
    for (size_t j = na - nb + 1; j-- > 0;) q[j] = quotient_word(u + j, v, nb);
    if (r) words_div_1(r, u, nb, factor);
    if (u != small) free(u);
    return 0;
}

static int fill_from_mpz(uint64_t *r, size_t n, const mpz_t z) {
    uint64_t *room = malloc(words_room_mpz(z) * sizeof *room);
    int64_t size = room ? words_from_mpz(room, z) : -1;
    for (size_t i = 0; size >= 0 && i < n; i++) r[i] = i < (size_t)size ? room[i] : 0;
    free(room);
    return size < 0 ? -1 : 0;
}
static int divide_gmp(uint64_t *q, uint64_t *r, const uint64_t *a, size_t na, const uint64_t *b, size_t nb) {
    mpz_t x, y, quotient;
    mpz_inits(x, y, quotient, NULL);
    int status = words_to_mpz(x, a, na) < 0 || words_to_mpz(y, b, nb) < 0 ? -1 : 0;
    if (status == 0) {
        mpz_tdiv_qr(quotient, x, x, y);
        if (fill_from_mpz(q, na - nb + 1, quotient) < 0 || (r && fill_from_mpz(r, nb, x) < 0)) status = -1;
    }
    mpz_clears(x, y, quotient, NULL);
    return status;
}

int words_divide(uint64_t *q, uint64_t *r, const uint64_t *a, size_t na, const uint64_t *b, size_t nb) {
    if (nb == 1) {
        uint64_t rest = words_div_1(q, a, na, b[0]);
        if (r) r[0] = rest;
        return 0;
    }
    if (nb >= GMP_DIVISION_WORDS && na - nb >= GMP_DIVISION_WORDS) return divide_gmp(q, r, a, na, b, nb);
    return divide_knuth(q, r, a, na, b, nb);
}

/* ---- digits ----------------------------------------------------------------------------------------------------- */

size_t words_shift_left(uint64_t *r, const uint64_t *a, size_t n, int64_t digits) {
    size_t words = (size_t)digits / WORD_DIGITS;
    uint64_t carry = 0;
    if (digits % WORD_DIGITS) carry = words_mul_1(r, a, n, words_pow10[digits % WORD_DIGITS]);
    else if (r != a) memmove(r, a, n * sizeof *r);
    memmove(r + words, r, n * sizeof *r);
    memset(r, 0, words * sizeof *r);
    if (carry) r[words + n++] = carry;
    return words_strip(r, words + n);
}

WordsRest words_rest(const uint64_t *a, size_t n, int64_t digits) {
    if (digits == 0) return REST_ZERO;
    size_t top = (size_t)(digits - 1) / WORD_DIGITS; /* the word with the highest dropped digit */
    if (top >= n) return words_zero(a, n) ? REST_ZERO : REST_BELOW;
    int kept = (int)((digits - 1) % WORD_DIGITS) + 1;
    uint64_t part = kept == WORD_DIGITS ? a[top] : a[top] % words_pow10[kept], half = words_pow10[kept] / 2;
    if (part != half) return part > half ? REST_ABOVE : part || !words_zero(a, top) ? REST_BELOW : REST_ZERO;
    return words_zero(a, top) ? REST_HALF : REST_ABOVE;
}

WordsRest words_shift_right(uint64_t *r, const uint64_t *a, size_t n, int64_t digits, size_t *size) {
    WordsRest rest = words_rest(a, n, digits);
    size_t words = (size_t)digits / WORD_DIGITS, left = n - words;
    if (digits % WORD_DIGITS) {
        uint64_t low = words_pow10[digits % WORD_DIGITS], high = words_pow10[WORD_DIGITS - digits % WORD_DIGITS];
        uint64_t part = a[words] / low;
        for (size_t i = 0; i + 1 < left; i++) {
            uint64_t next = a[words + i + 1], quotient = next / low;
            r[i] = (next - quotient * low) * high + part;
            part = quotient;
        }
        r[left - 1] = part;
    } else {
        memmove(r, a + words, left * sizeof *r);
    }
    *size = words_strip(r, left);
    return rest;
}

int64_t words_trailing_zeros(const uint64_t *a, size_t n) {
    size_t i = 0;
    while (i + 1 < n && a[i] == 0) i++;
    int zeros = 0;
    for (int step = 16; step; step /= 2)
        if (zeros + step < WORD_DIGITS && a[i] % words_pow10[zeros + step] == 0) zeros += step;
    return (int64_t)i * WORD_DIGITS + zeros;
}

void words_to_digits(char *out, int64_t digits, const uint64_t *a, char zero) {
    char *p = out + digits;
    for (; digits > 0; digits -= WORD_DIGITS) {
        uint64_t w = *a++;
        for (int64_t i = digits < WORD_DIGITS ? digits : WORD_DIGITS; i > 0; i--, w /= 10) *--p = (char)(zero + (char)(w % 10));
    }
}

void words_from_digits(uint64_t *r, const char *digits, int64_t count, char zero) {
    const char *end = digits + count;
    for (; count > 0; count -= WORD_DIGITS) {
        int64_t n = count < WORD_DIGITS ? count : WORD_DIGITS;
        uint64_t w = 0;
        for (const char *p = end - n; p < end; p++) w = w * 10 + (uint64_t)(*p - zero);
        *r++ = w;
        end -= n;
    }
}

/* ---- binary ------------------------------------------------------------------------------------------------------- */

int words_to_mpz(mpz_t z, const uint64_t *a, size_t n) {
    if (n < GMP_TEXT_WORDS) {
        mp_limb_t *limbs = mpz_limbs_write(z, (mp_size_t)n);
        size_t size = 0;
        while (n-- > 0) {
            mp_limb_t carry = size ? mpn_mul_1(limbs, limbs, (mp_size_t)size, WORD_BASE) : 0;
            if (carry) limbs[size++] = carry;
            if (!size) limbs[size++] = a[n];
            else if (mpn_add_1(limbs, limbs, (mp_size_t)size, a[n])) limbs[size++] = 1;
        }
        mpz_limbs_finish(z, (mp_size_t)size);
        return 0;
    }
    int64_t digits = words_digits(a, n);
    char *text = malloc((size_t)digits);
    if (!text) return -1;
    words_to_digits(text, digits, a, 0);
    mp_limb_t *limbs = mpz_limbs_write(z, (mp_size_t)n + 1);
    mpz_limbs_finish(z, (mp_size_t)mpn_set_str(limbs, (unsigned char *)text, (size_t)digits, 10));
    free(text);
    return 0;
}

size_t words_room_mpz(const mpz_t z) { return mpz_sizeinbase(z, 10) / WORD_DIGITS + 2; }

int64_t words_from_mpz(uint64_t *r, const mpz_t z) {
    size_t limbs = mpz_size(z);
    if (limbs == 0) return r[0] = 0, 1;
    mp_limb_t small[GMP_TEXT_WORDS + 1], *copy = limbs <= GMP_TEXT_WORDS ? small : malloc((limbs + 1) * sizeof *copy);
    if (!copy) return -1;
    memcpy(copy, mpz_limbs_read(z), limbs * sizeof *copy);
    int64_t size = 0;
    if (copy == small) {
        while (limbs) {
            r[size++] = mpn_divrem_1(small, 0, small, (mp_size_t)limbs, WORD_BASE);
            limbs -= small[limbs - 1] == 0;
        }
        return size;
    }
    char *text = malloc(mpz_sizeinbase(z, 10) + 2);
    if (text) {
        size_t digits = mpn_get_str((unsigned char *)text, 10, copy, (mp_size_t)limbs), zeros = 0;
        while (zeros + 1 < digits && text[zeros] == 0) zeros++;
        words_from_digits(r, text + zeros, (int64_t)(digits - zeros), 0);
        size = (int64_t)words_for((int64_t)(digits - zeros));
    }
    free(text);
    free(copy);
    return text ? size : -1;
}
