/* format_number.c -- __format__ of int, float and complex. */
#include "vm/objects/format.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

/* ---- doubles -------------------------------------------------------------------------------- */

/* Puts a point before the exponent or at the end, where there is none. */
static size_t add_point(char *text, size_t n) {
    if (memchr(text, '.', n) || memchr(text, 'n', n)) return n; /* inf and nan stay as they are */
    char *e = memchr(text, 'e', n), *at = e ? e : text + n;
    memmove(at + 1, at, n - (size_t)(at - text) + 1);
    *at = '.';
    return n + 1;
}

/* Without a type but with a precision: like g, but a number that would have `precision` digits
 * before the point takes an exponent already, and another one gets ".0". */
static size_t double_general(char *out, size_t room, double d, int precision, bool alternate) {
    size_t n = py_double_format(out, room, d, 'e', precision - 1, alternate);
    char *e = memchr(out, 'e', n);
    if (!e) return n;
    int exponent = (int)strtol(e + 1, 0, 10);
    if (exponent < -4 || exponent + 1 > precision - 1) {
        char *point = memchr(out, '.', n), *end = e;
        while (!alternate && point && end[-1] == '0') end--;
        if (!alternate && point && end[-1] == '.') end--;
        memmove(end, e, n - (size_t)(e - out) + 1);
        return strlen(out);
    }
    n = py_double_format(out, room, d, 'g', precision, alternate);
    if (!memchr(out, '.', n)) {
        memcpy(out + n, ".0", 3);
        n += 2;
    }
    return n;
}

char *format_double(double d, uint32_t type, int64_t precision, bool alternate, bool add_dot_zero,
                    size_t *length) {
    if (precision > INT_MAX - 400) return (char *)py_raise(TYPE_ValueError, "precision too big");
    int digits = precision < 0 ? 6 : (int)precision;
    size_t room = 400 + (size_t)digits;
    Value raw = py_raw_new(room);
    if (!raw) return 0;
    char *out = stm_flat(REF(PyRaw, raw)->data, room, true);
    if (type == 'n') type = 'g';
    if (!type && precision < 0) {
        *length = py_double_format(out, room, d, 'r', 0, add_dot_zero);
        if (alternate) *length = add_point(out, *length);
    } else if (!type && add_dot_zero && isfinite(d)) {
        *length = double_general(out, room, d, digits ? digits : 1, alternate);
    } else if (!type) {
        *length = py_double_format(out, room, d, 'g', digits ? digits : 1, alternate);
    } else if (type == '%') {
        *length = py_double_format(out, room, d * 100, 'f', digits, alternate);
        memcpy(out + *length, "%", 2);
        ++*length;
    } else {
        *length = py_double_format(out, room, d, (char)type, digits, alternate);
    }
    return out;
}

void format_split_double(char *text, size_t length, NumberText *number) {
    *number = (NumberText){.prefix = ""};
    if (*text == '-') {
        number->negative = true;
        text++;
        length--;
    }
    while (number->digit_count < length && text[number->digit_count] >= '0' &&
           text[number->digit_count] <= '9')
        number->digit_count++;
    number->digits = text;
    number->rest = text + number->digit_count;
    number->rest_count = length - number->digit_count;
}

/* -0.00 becomes 0.00 under the option z. */
static void coerce_zero(NumberText *number) {
    for (size_t i = 0; i < number->digit_count; i++)
        if (number->digits[i] != '0') return;
    for (size_t i = 0; i < number->rest_count; i++) {
        char c = number->rest[i];
        if (c == 'e' || c == 'E' || c == '%') break;
        if (c != '0' && c != '.') return;
    }
    number->negative = false;
}

static bool is_float_type(uint32_t type) {
    return type < 128 && type && strchr("eEfFgGn%", (int)type);
}

static Value format_double_spec(double d, const FormatSpec *spec) {
    size_t length;
    char *text =
        format_double(d, spec->type, spec->precision, spec->alternate, !spec->type, &length);
    if (!text) return 0;
    NumberText number;
    format_split_double(text, length, &number);
    if (spec->zero_coerced) coerce_zero(&number);
    PyStrBuilder b;
    py_builder_init(&b);
    return format_number_layout(&b, spec, &number) < 0 ? 0 : py_builder_finish(&b);
}

Value py_format_float(Value v, Value spec_text) {
    if (str_length(spec_text) == 0) return py_str(v);
    StrView text = str_view(spec_text);
    FormatSpec spec;
    if (format_spec_parse(&text, v, 0, '>', &spec) < 0) return 0;
    if (spec.type && !is_float_type(spec.type)) {
        format_unknown_type(spec.type, v);
        return 0;
    }
    return format_double_spec(py_float_value(v), &spec);
}

/* ---- int ------------------------------------------------------------------------------------ */

static Value format_char(Value v, FormatSpec *spec) {
    if (spec->sign)
        return py_raise(TYPE_ValueError, "Sign not allowed with integer format specifier 'c'");
    if (spec->alternate)
        return py_raise(TYPE_ValueError,
                        "Alternate form (#) not allowed with integer format specifier 'c'");
    int64_t c = py_int_i64_or_raise(v, "long");
    if (c == -1 && py_error()) return 0;
    if (c < 0 || c > STR_MAX_CHAR)
        return py_raise(TYPE_OverflowError, "%%c arg not in range(0x110000)");
    size_t pad = spec->width > 1 ? (size_t)spec->width - 1 : 0;
    if (pad > STR_MAX_LENGTH) return py_raise_memory();
    size_t left = spec->align == '<' ? 0 : spec->align == '^' ? pad / 2 : pad;
    PyStrBuilder b;
    py_builder_init(&b);
    if (str_builder_fill(&b, spec->fill, left) < 0 || py_builder_char(&b, (uint32_t)c) < 0)
        return 0;
    return str_builder_fill(&b, spec->fill, pad - left) < 0 ? 0 : py_builder_finish(&b);
}

static Value format_digits(Value v, FormatSpec *spec) {
    uint32_t type = spec->type;
    int base = type == 'b' ? 2 : type == 'o' ? 8 : type == 'x' || type == 'X' ? 16 : 10;
    Value digits = py_int_to_str(v, base, false);
    if (!digits) return 0;
    StrView view = str_view(digits);
    NumberText number;
    format_split_double((char *)view.data, view.length, &number);
    number.digit_count += number.rest_count; /* the letters of hexadecimal digits */
    number.rest_count = 0;
    number.upper = type == 'X';
    if (spec->alternate && base != 10) number.prefix = base == 2 ? "0b" : base == 8 ? "0o" : "0x";
    PyStrBuilder b;
    py_builder_init(&b);
    return format_number_layout(&b, spec, &number) < 0 ? 0 : py_builder_finish(&b);
}

Value py_format_int(Value v, Value spec_text) {
    if (str_length(spec_text) == 0) return py_str(v);
    StrView text = str_view(spec_text);
    FormatSpec spec;
    if (format_spec_parse(&text, v, 'd', '>', &spec) < 0) return 0;
    if (spec.type != 'n' && is_float_type(spec.type)) {
        double d = py_int_as_double(v);
        return d == -1.0 && py_error() ? 0 : format_double_spec(d, &spec);
    }
    if (spec.type > 127 || !spec.type || !strchr("bcdoxXn", (int)spec.type)) {
        format_unknown_type(spec.type, v);
        return 0;
    }
    if (spec.precision >= 0)
        return py_raise(TYPE_ValueError, "Precision not allowed in integer format specifier");
    if (spec.zero_coerced)
        return py_raise(TYPE_ValueError,
                        "Negative zero coercion (z) not allowed in integer format specifier");
    return spec.type == 'c' ? format_char(v, &spec) : format_digits(v, &spec);
}

/* ---- complex -------------------------------------------------------------------------------- */

/* One of the two parts; the imaginary one always has a sign unless it stands alone. */
static int add_part(PyStrBuilder *b, double d, const FormatSpec *spec, uint32_t sign) {
    size_t length;
    char *text = format_double(d, spec->type, spec->precision, spec->alternate, false, &length);
    if (!text) return -1;
    NumberText number;
    format_split_double(text, length, &number);
    if (spec->zero_coerced) coerce_zero(&number);
    FormatSpec part = {.fill = ' ',
                       .align = '>',
                       .sign = sign,
                       .width = -1,
                       .thousands = spec->thousands,
                       .type = spec->type};
    return format_number_layout(b, &part, &number);
}

Value py_format_complex(Value v, Value spec_text) {
    if (str_length(spec_text) == 0) return py_str(v);
    StrView text = str_view(spec_text);
    FormatSpec spec;
    if (format_spec_parse(&text, v, 0, '>', &spec) < 0) return 0;
    if (spec.type == '%' || (spec.type && !is_float_type(spec.type))) {
        format_unknown_type(spec.type, v);
        return 0;
    }
    if (spec.fill == '0')
        return py_raise(TYPE_ValueError, "Zero padding is not allowed in complex format specifier");
    if (spec.align == '=')
        return py_raise(TYPE_ValueError,
                        "'=' alignment flag is not allowed in complex format specifier");
    double real = REF(PyComplex, v)->real, imag = REF(PyComplex, v)->imag;
    bool skip_real = !spec.type && real == 0 && !signbit(real),
         parentheses = !spec.type && !skip_real;
    PyStrBuilder b;
    py_builder_init(&b);
    if (parentheses && py_builder_char(&b, '(') < 0) return 0;
    if (!skip_real && add_part(&b, real, &spec, spec.sign) < 0) return 0;
    if (add_part(&b, imag, &spec, skip_real ? spec.sign : '+') < 0) return 0;
    if (py_builder_ascii(&b, "j)", parentheses ? 2 : 1) < 0) return 0;
    Value number = py_builder_finish(&b);
    if (!number || spec.width <= (int64_t)str_length(number)) return number;
    size_t pad = (size_t)spec.width - str_length(number);
    if (pad > STR_MAX_LENGTH) return py_raise_memory();
    size_t left = spec.align == '<' ? 0 : spec.align == '^' ? pad / 2 : pad;
    py_builder_init(&b);
    if (str_builder_fill(&b, spec.fill, left) < 0 || py_builder_str(&b, number) < 0) return 0;
    return str_builder_fill(&b, spec.fill, pad - left) < 0 ? 0 : py_builder_finish(&b);
}
