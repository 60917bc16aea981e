/* Decimal numbers: text in and out. */
#include "vm/modules/decimal/number.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- in ----------------------------------------------------------------------------------------------------------- */

/* Does the text at *p begin with this word, in any case? Then p is behind it. */
static bool take_word(const char **p, const char *end, const char *word) {
    size_t n = strlen(word);
    if ((size_t)(end - *p) < n) return false;
    for (size_t i = 0; i < n; i++)
        if (((*p)[i] | 0x20) != word[i]) return false;
    *p += n;
    return true;
}
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The coefficient from digits with perhaps a point among them. */
static bool read_coefficient(Dec *r, const char *digits, const char *point, const char *end, DecContext *ctx) {
    while (digits < end && (*digits == '0' || digits == point)) digits++;
    int64_t count = end - digits - (point && digits <= point);
    if (dec_reserve(r, words_for(count ? count : 1), ctx) < 0) return false;
    r->words[0] = 0;
    if (point && digits <= point) { /* the point's place is closed */
        char small[256], *text = count <= 256 ? small : malloc((size_t)count);
        if (!text) return dec_set_invalid(r, DEC_NO_MEMORY, ctx), false;
        memcpy(text, digits, (size_t)(point - digits));
        memcpy(text + (point - digits), point + 1, (size_t)(end - point - 1));
        words_from_digits(r->words, text, count, '0');
        if (text != small) free(text);
    } else {
        words_from_digits(r->words, digits, count, '0');
    }
    r->size = words_for(count ? count : 1);
    dec_strip(r);
    return true;
}

/* An exponent, cut where it is beyond the limits of all contexts, whatever the digits before it. */
#define MOST_EXPONENT INT64_C(4000000000000000000)
static int64_t read_exponent(const char *p, const char *end) {
    int64_t exp = 0;
    bool negative = *p == '-';
    for (p += *p == '-' || *p == '+'; p < end; p++)
        exp = exp > MOST_EXPONENT / 10 ? MOST_EXPONENT : exp * 10 + (*p - '0');
    return negative ? -exp : exp;
}

static bool parse_finite(Dec *r, const char *p, const char *end, DecContext *ctx) {
    const char *digits = p, *point = 0;
    while (p < end && (is_digit(*p) || (*p == '.' && !point))) {
        if (*p == '.') point = p;
        p++;
    }
    const char *stop = p;
    if (stop - digits - (point != 0) == 0) return false;
    int64_t exp = 0;
    if (p < end) {
        if ((*p++ | 0x20) != 'e') return false;
        const char *number = p;
        p += p < end && (*p == '-' || *p == '+');
        if (p == end) return false;
        for (; p < end; p++)
            if (!is_digit(*p)) return false;
        exp = read_exponent(number, end);
    }
    r->exp = exp - (point ? stop - point - 1 : 0);
    r->kind = DEC_FINITE;
    return read_coefficient(r, digits, point, stop, ctx);
}

bool dec_parse(Dec *r, const char *text, size_t length, DecContext *ctx) {
    const char *p = text, *end = text + length;
    bool negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    dec_set_zero(r, negative, 0);
    if (p < end && (is_digit(*p) || *p == '.')) return parse_finite(r, p, end, ctx);
    if (take_word(&p, end, "inf")) {
        if (p < end && !take_word(&p, end, "inity")) return false;
        dec_set_inf(r, negative);
        return p == end;
    }
    bool signaling = p < end && (*p | 0x20) == 's';
    p += signaling;
    if (!take_word(&p, end, "nan")) return false;
    for (const char *q = p; q < end; q++)
        if (!is_digit(*q)) return false;
    if (!read_coefficient(r, p, 0, end, ctx)) return false;
    r->kind = signaling ? DEC_SNAN : DEC_QNAN;
    if (dec_zero_words(r)) r->digits = 0;
    return true;
}

/* ---- out ------------------------------------------------------------------------------------------------------------ */

static size_t special_text(char *out, const Dec *a) {
    size_t n = (size_t)sprintf(out, "%s%s", a->negative ? "-" : "", a->kind == DEC_INF ? "Infinity" : a->kind == DEC_SNAN ? "sNaN" : "NaN");
    if (a->digits) words_to_digits(out + n, a->digits, a->words, '0');
    return n + (size_t)a->digits;
}

/* Digits before the point; the exponent that is written follows from it. */
static int64_t point_place(const Dec *a, bool engineering) {
    int64_t left = a->exp + a->digits;
    if (a->exp <= 0 && left > -6) return left;
    if (!engineering) return 1;
    if (dec_zero_words(a)) return ((left + 1) % 3 + 3) % 3 - 1;
    return ((left - 1) % 3 + 3) % 3 + 1;
}

static size_t zeros(char *out, int64_t n) {
    memset(out, '0', (size_t)n);
    return (size_t)n;
}

char *dec_text(const Dec *a, bool engineering, bool capitals, size_t *length) {
    char *out = malloc((size_t)a->digits + 64), *p = out;
    if (!out) return 0;
    if (a->kind != DEC_FINITE) return *length = special_text(out, a), out;
    int64_t point = point_place(a, engineering), exp = a->exp + a->digits - point;
    if (a->negative) *p++ = '-';
    if (point <= 0) {
        *p++ = '0', *p++ = '.';
        p += zeros(p, -point);
    }
    words_to_digits(p, a->digits, a->words, '0');
    if (point >= a->digits) {
        p += a->digits;
        p += zeros(p, point - a->digits);
    } else if (point > 0) {
        memmove(p + point + 1, p + point, (size_t)(a->digits - point));
        p[point] = '.';
        p += a->digits + 1;
    } else {
        p += a->digits;
    }
    if (exp != 0) p += sprintf(p, "%c%+ld", capitals ? 'E' : 'e', (long)exp);
    *length = (size_t)(p - out);
    return out;
}
