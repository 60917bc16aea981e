/* The digits of a double, by exact integer arithmetic in one or two words: the shortest that read back as it, and those of a
 * fixed number of decimals. And the double nearest to a short decimal.
 *
 * Shortest: Raffaello Giulietti, "The Schubfach way to render doubles" (2020). A double c * 2^q rounds from an interval of
 * width 2^q; with k so that 10^k <= 2^q < 10^(k+1), a multiple of 10^(k+1) lies in it at most once and one of 10^k at least
 * once. Both candidates are found from c * 2^q * 10^-k, of which one product of a word and a two-word power of ten,
 * rounded to odd, gives enough bits to decide every comparison (section 9 of the paper). */
#include "stm/atomic.h"
#include "vm/objects/float.h"
#include <gmp.h>
#include <math.h>
#include <stdlib.h>

typedef unsigned __int128 Wide;

enum { POWER_MIN = -292, POWER_MAX = 324 }; /* of ten: all that -k can be */

typedef struct Power {
    uint64_t low, high; /* ceil(10^e * 2^(127 - floor(log2(10^e)))): 128 bits, the top one set; high is 0 if not yet known */
} Power;

static int floor_log2_pow10(int e) { return (e * 1741647) >> 19; }
static int floor_log10_pow2(int e) { return (e * 1262611) >> 22; }
static int floor_log10_three_quarters_pow2(int e) { return (e * 1262611 - 524031) >> 22; }

static void power_compute(int e, uint64_t *low, uint64_t *high) {
    mpz_t ten, value;
    int shift = 127 - floor_log2_pow10(e);
    mpz_init(ten);
    mpz_init(value);
    mpz_ui_pow_ui(ten, 10, (unsigned long)abs(e));
    if (e < 0) {
        mpz_setbit(value, (mp_bitcnt_t)shift);
        mpz_cdiv_q(value, value, ten);
    } else if (shift >= 0) {
        mpz_mul_2exp(value, ten, (mp_bitcnt_t)shift);
    } else {
        mpz_cdiv_q_2exp(value, ten, (mp_bitcnt_t)-shift);
    }
    *low = mpz_getlimbn(value, 0);
    *high = mpz_getlimbn(value, 1);
    mpz_clear(ten);
    mpz_clear(value);
}

/* Computed when first needed; threads that race write the same. */
static Wide power_of_ten(int e) {
    static Power powers[POWER_MAX - POWER_MIN + 1];
    Power *p = &powers[e - POWER_MIN];
    uint64_t low, high = atomic_load_acquire(&p->high);
    if (UNLIKELY(!high)) {
        power_compute(e, &low, &high);
        atomic_store_relaxed(&p->low, low);
        atomic_store_release(&p->high, high);
    }
    return (Wide)high << 64 | atomic_load_relaxed(&p->low);
}

/* The top 64 bits of the product, the last of them set if any bit is lost. */
static uint64_t round_to_odd(Wide g, uint64_t c) {
    Wide low = (Wide)(uint64_t)g * c, top = (g >> 64) * c + (low >> 64);
    return (uint64_t)(top >> 64) | ((uint64_t)top > 1);
}

/* |d| (finite, not 0) is nearest to the result times 10^exponent, among the shortest that read back as it. */
static uint64_t shortest(double d, int *exponent) {
    uint64_t bits;
    memcpy(&bits, &d, 8);
    uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7ff);
    uint64_t c = biased ? fraction | UINT64_C(1) << 52 : fraction;
    int q = biased ? biased - 1075 : -1074;
    if (-52 <= q && q <= 0 && (c & ((UINT64_C(1) << -q) - 1)) == 0) { /* an integer below 2^53 */
        *exponent = 0;
        return c >> -q;
    }
    bool even = (c & 1) == 0, closer_below = fraction == 0 && biased > 1;
    int k = closer_below ? floor_log10_three_quarters_pow2(q) : floor_log10_pow2(q);
    int h = q + floor_log2_pow10(-k) + 1;
    Wide g = power_of_ten(-k);
    uint64_t below = round_to_odd(g, (4 * c - 2 + closer_below) << h) + !even;
    uint64_t value = round_to_odd(g, 4 * c << h), above = round_to_odd(g, (4 * c + 2) << h) - !even;
    uint64_t s = value / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool down_inside = below <= 40 * tens, up_inside = 40 * tens + 40 <= above;
        if (down_inside != up_inside) {
            *exponent = k + 1;
            return tens + up_inside;
        }
    }
    bool down_inside = below <= 4 * s, up_inside = 4 * s + 4 <= above;
    *exponent = k;
    if (down_inside != up_inside) return s + up_inside;
    uint64_t middle = 4 * s + 2;
    return s + (value > middle || (value == middle && (s & 1)));
}

/* n in decimal, not ended; the number of digits. */
static int decimal_digits(uint64_t n, char *out) {
    char reversed[20];
    int count = 0;
    do reversed[count++] = (char)('0' + n % 10);
    while (n /= 10);
    for (int i = 0; i < count; i++) out[i] = reversed[count - 1 - i];
    return count;
}

int float_shortest_digits(double d, char *digits, int *exponent) {
    int scale;
    uint64_t n = shortest(fabs(d), &scale);
    int count = decimal_digits(n, digits);
    *exponent = scale + count - 1;
    while (count > 1 && digits[count - 1] == '0') count--;
    return count;
}

/* 10^n that a double holds exactly. */
static const double exact_powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* d = c * 2^q; c * 10^precision fits in 128 bits, and is divided by 2^-q, half to even. */
size_t float_fixed_digits(double d, int precision, char *out) {
    uint64_t bits;
    memcpy(&bits, &d, 8);
    int biased = (int)(bits >> 52 & 0x7ff), q = biased ? biased - 1075 : -1074;
    uint64_t c = (bits & ((UINT64_C(1) << 52) - 1)) | (biased ? UINT64_C(1) << 52 : 0);
    if (precision > 17 || q > 0) return 0;
    Wide product = (Wide)c * (uint64_t)exact_powers[precision], quotient = 0;
    if (-q < 128) {
        quotient = product >> -q;
        Wide rest = q ? product & (((Wide)1 << -q) - 1) : 0, half = q ? (Wide)1 << (-q - 1) : 1;
        if (rest > half || (rest == half && (quotient & 1))) quotient++;
    }
    if (quotient >> 64) return 0;
    char digits[24], *p = out;
    int count = decimal_digits((uint64_t)quotient, digits);
    if (bits >> 63) *p++ = '-';
    for (int i = count - 1 < precision ? precision : count - 1; i >= 0; i--) {
        *p++ = i < count ? digits[count - 1 - i] : '0';
        if (i == precision && precision) *p++ = '.';
    }
    return (size_t)(p - out);
}

/* W. D. Clinger, "How to read floating point numbers accurately" (1990), the easy case: digits below 2^53 and a power of ten
 * that is exact need one rounding. */
bool float_parse_short(const char *text, size_t length, double *out) {
    uint64_t n = 0;
    size_t i = 0, digits = 0, decimals = 0;
    bool negative = false, point = false;
    if (length && (*text == '-' || *text == '+')) negative = text[i++] == '-';
    for (; i < length; i++) {
        if (text[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || ++digits > 15) return false;
        n = n * 10 + (uint64_t)(text[i] - '0');
        decimals += point;
    }
    if (!digits) return false;
    *out = (double)n / exact_powers[decimals];
    if (negative) *out = -*out;
    return true;
}
