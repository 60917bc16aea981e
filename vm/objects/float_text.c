/* float: text in and out. What the exact short ways of float_digits.c do not cover is left to glibc's printf and strtod, which
 * round correctly. */
#define _GNU_SOURCE
#include "stm/atomic.h"
#include "vm/objects/float.h"
#include "vm/objects/int.h"
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* strtod and printf follow LC_NUMERIC; Python's floats do not. */
static locale_t c_locale(void) {
    static locale_t locale;
    locale_t known = atomic_load_acquire(&locale);
    if (known) return known;
    known = newlocale(LC_ALL_MASK, "C", 0);
    atomic_store_release(&locale, known); /* a lost race leaks one locale object */
    return known;
}

static double parse_c(const char *text, char **end) { return strtod_l(text, end, c_locale()); }

static void print_c(char *out, size_t size, const char *format, int precision, double d) {
    locale_t before = uselocale(c_locale());
    snprintf(out, size, format, precision, d);
    uselocale(before);
}

static size_t special_text(char *out, double d) {
    const char *text = isnan(d) ? "nan" : d < 0 ? "-inf" : "inf";
    strcpy(out, text);
    return strlen(text);
}

/* repr's layout: plain between 1e-4 and 1e16, else scientific; `alternate` keeps ".0". */
static size_t repr_text(char *out, double d, bool add_dot_zero) {
    char digits[32], *p = out;
    int exponent = 0, count = 1;
    digits[0] = '0';
    if (signbit(d)) *p++ = '-';
    if (d != 0) count = float_shortest_digits(d, digits, &exponent);
    if (exponent < -4 || exponent >= 16) {
        *p++ = digits[0];
        if (count > 1) *p++ = '.';
        memcpy(p, digits + 1, (size_t)count - 1);
        p += count - 1;
        p += sprintf(p, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return (size_t)(p - out);
    }
    if (exponent < 0) {
        p += sprintf(p, "0.%.*s", -exponent - 1, "000");
        memcpy(p, digits, (size_t)count);
        p += count;
        *p = 0;
        return (size_t)(p - out);
    }
    for (int i = 0; i <= exponent || i < count; i++) {
        if (i == exponent + 1) *p++ = '.';
        *p++ = i < count ? digits[i] : '0';
    }
    if (count <= exponent + 1 && add_dot_zero) *p++ = '.', *p++ = '0';
    *p = 0;
    return (size_t)(p - out);
}

/* `out` has room for FLOAT_TEXT_ROOM(precision) bytes. Codes e E f F g G as printf, r is repr (precision ignored), with
 * `alternate` as printf's #, and for r: always a ".0". Returns the length. */
size_t py_double_format(char *out, size_t out_size, double d, char code, int precision, bool alternate) {
    if (!isfinite(d)) {
        size_t length = special_text(out, d);
        if (code == 'E' || code == 'F' || code == 'G')
            for (char *p = out; *p; p++) *p &= (char)(*p == '-' ? 0xff : 0xdf);
        return length;
    }
    if (code == 'r') return repr_text(out, d, alternate);
    size_t length = code == 'f' && !alternate ? float_fixed_digits(d, precision, out) : 0;
    if (length) {
        out[length] = 0;
        return length;
    }
    char format[8];
    snprintf(format, sizeof format, alternate ? "%%#.*%c" : "%%.*%c", code);
    print_c(out, out_size, format, precision, d);
    return strlen(out);
}

Value py_float_repr(double d) {
    char text[64];
    return py_str_ascii(text, py_double_format(text, sizeof text, d, 'r', 0, true));
}

/* ---- parsing ------------------------------------------------------------------------------------------------------------ */

/* What strtod takes but Python does not: hexadecimal, nan(...), leading space. */
static bool plain_number(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (!strchr("0123456789+-.eE", text[i]) || !text[i]) return false;
    return length > 0;
}

static int special_number(const char *text, size_t length, double *out) {
    static const char *const names[] = {"inf", "infinity", "nan"};
    bool negative = length && *text == '-';
    if (length && (*text == '-' || *text == '+')) text++, length--;
    for (int i = 0; i < 3; i++) {
        if (strlen(names[i]) != length || strncasecmp(text, names[i], length) != 0) continue;
        *out = i == 2 ? NAN : INFINITY;
        if (negative) *out = -*out;
        return 0;
    }
    return -1;
}

int py_double_parse(const char *text, size_t length, double *out) {
    if (float_parse_short(text, length, out)) return 0;
    if (!plain_number(text, length)) return special_number(text, length, out);
    char small[128], *copy = length < sizeof small ? small : malloc(length + 1), *end;
    if (!copy) return -1;
    memcpy(copy, text, length);
    copy[length] = 0;
    *out = parse_c(copy, &end);
    int status = end == copy + length ? 0 : -1;
    if (copy != small) free(copy);
    return status;
}

/* Drop underscores between digits in place; the new length, or -1 if one stands elsewhere. */
static int64_t drop_underscores(char *text, size_t length) {
    size_t kept = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '_') {
            text[kept++] = text[i];
            continue;
        }
        bool between = i > 0 && i + 1 < length && text[i - 1] >= '0' && text[i - 1] <= '9' && text[i + 1] >= '0' && text[i + 1] <= '9';
        if (!between) return -1;
    }
    return (int64_t)kept;
}

Value py_float_from_text(Value text) {
    Value ascii = py_str_to_decimal_ascii(text);
    size_t length;
    const char *utf8 = ascii ? py_str_utf8(ascii, &length) : 0;
    if (!utf8) return 0;
    char small[128], *copy = length < sizeof small ? small : malloc(length + 1);
    if (!copy) return py_raise_memory();
    memcpy(copy, utf8, length);
    double d;
    int64_t kept = drop_underscores(copy, length);
    int status = kept < 0 ? -1 : py_double_parse(copy, (size_t)kept, &d);
    if (copy != small) free(copy);
    if (status < 0) return py_raise(TYPE_ValueError, "could not convert string to float: %R", text);
    return float_make(d);
}

/* ---- hexadecimal ---------------------------------------------------------------------------------------------------------- */

Value py_float_hex(double d) {
    if (!isfinite(d)) return py_float_repr(d);
    if (d == 0) return py_str_c(signbit(d) ? "-0x0.0p+0" : "0x0.0p+0");
    uint64_t bits;
    memcpy(&bits, &d, 8);
    int exponent = (int)(bits >> 52 & 0x7ff);
    uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
    char text[48];
    snprintf(text, sizeof text, "%s0x%d.%013llxp%+d", d < 0 ? "-" : "", exponent != 0, (unsigned long long)mantissa,
             exponent ? exponent - 1023 : -1022);
    return py_str_c(text);
}

static int hex_digit(char c) {
    const char *digits = "0123456789abcdefABCDEF", *at = c ? strchr(digits, c) : 0;
    return !at ? -1 : at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

/* A magnitude: mantissa * 2^exponent, and some more if `sticky`. */
typedef struct HexNumber {
    uint64_t mantissa;
    int64_t exponent;
    bool sticky;
} HexNumber;

/* hex ['.' hex] ['p' exponent]: where it ends, or 0 if there is none. */
static const char *hex_scan(const char *p, HexNumber *n) {
    bool any = false, point = false;
    for (int digit;; p++) {
        if (*p == '.' && !point) {
            point = true;
            continue;
        }
        if ((digit = hex_digit(*p)) < 0) break;
        any = true;
        bool room = n->mantissa < UINT64_C(1) << 56;
        if (room) n->mantissa = n->mantissa << 4 | (unsigned)digit;
        else n->sticky |= digit != 0;
        n->exponent += (room ? 0 : 4) - (point ? 4 : 0);
    }
    if (!any) return 0;
    if ((*p | 0x20) != 'p') return p;
    bool negative = *++p == '-';
    if (*p == '+' || *p == '-') p++;
    int64_t power = 0;
    const char *digits = p;
    for (; *p >= '0' && *p <= '9'; p++)
        if (power < INT64_C(1) << 50) power = power * 10 + (*p - '0');
    n->exponent += negative ? -power : power;
    return p > digits ? p : 0;
}

/* Rounded half to even, subnormals too; infinite when too large. */
static double hex_round(HexNumber n) {
    if (!n.mantissa) return 0;
    int bits = 64 - __builtin_clzll(n.mantissa);
    int64_t top = n.exponent + bits, keep = top + 1074 < 53 ? top + 1074 : 53;
    if (top > 1024) return INFINITY;
    if (keep < 0) return 0;
    int drop = bits - (int)keep;
    if (drop > 0) {
        uint64_t rest = n.mantissa & ((UINT64_C(1) << drop) - 1), half = UINT64_C(1) << (drop - 1);
        n.mantissa >>= drop;
        n.exponent += drop;
        if (rest > half || (rest == half && (n.sticky || n.mantissa & 1))) n.mantissa++;
    }
    return ldexp((double)n.mantissa, (int)n.exponent);
}

/* [sign] ['0x'] hex ['.' hex] ['p' exponent], or a name of infinity or NaN, between ASCII spaces. */
Value py_float_from_hex(Value text) {
    size_t length;
    const char *utf8 = py_str_utf8(text, &length), *p = utf8;
    if (!utf8) return 0;
    char *copy = malloc(length + 1);
    if (!copy) return py_raise_memory();
    while (length && strchr(" \t\n\v\f\r", *p) && *p) p++, length--;
    while (length && strchr(" \t\n\v\f\r", p[length - 1]) && p[length - 1]) length--;
    memcpy(copy, p, length);
    copy[length] = 0;
    double d;
    bool good = true;
    if (special_number(copy, length, &d) < 0) {
        HexNumber n = {0};
        char *at = copy + (*copy == '-' || *copy == '+');
        if (at[0] == '0' && (at[1] | 0x20) == 'x') at += 2;
        const char *end = hex_scan(at, &n);
        d = copysign(hex_round(n), *copy == '-' ? -1 : 1);
        good = end && (isinf(d) || end == copy + length); /* too large is told before what follows is looked at */
        if (good && isinf(d)) py_raise(TYPE_OverflowError, "hexadecimal value too large to represent as a float");
    }
    free(copy);
    if (!good) return py_raise(TYPE_ValueError, "invalid hexadecimal floating-point string");
    return py_error() ? 0 : float_make(d);
}
