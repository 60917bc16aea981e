/* format_spec.c -- the format mini-language: parsing a specification, laying out numbers, and the
 * __format__ of str. */
#include "vm/objects/format.h"
#include "vm/objects/str_methods.h"

#include <limits.h>

/* ---- parsing -------------------------------------------------------------------------------- */

typedef struct {
    const StrView *text;
    size_t at;
} SpecReader;

static uint32_t peek(const SpecReader *r, size_t ahead) {
    return r->at + ahead < r->text->length ? view_char(r->text, r->at + ahead) : 0;
}
static bool accept(SpecReader *r, uint32_t c) {
    if (r->at >= r->text->length || peek(r, 0) != c) return false;
    r->at++;
    return true;
}
static bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

/* A decimal number; -1: none, -2: exception. */
static int64_t read_number(SpecReader *r) {
    int64_t number = -1;
    while (peek(r, 0) - '0' < 10) {
        number = (number < 0 ? 0 : number) * 10 + (peek(r, 0) - '0');
        if (number > INT64_C(0x7fffffffffffffff) / 16)
            return py_raise_int(TYPE_ValueError, "Too many decimal digits in format string") - 1;
        r->at++;
    }
    return number;
}

static void read_align(SpecReader *r, FormatSpec *spec) {
    if (r->text->length >= 2 && is_align(peek(r, 1))) {
        spec->fill = peek(r, 0);
        spec->align = peek(r, 1);
        spec->fill_given = spec->align_given = true;
        r->at += 2;
    } else if (is_align(peek(r, 0))) {
        spec->align = peek(r, 0);
        spec->align_given = true;
        r->at++;
    }
}

static int read_thousands(SpecReader *r, FormatSpec *spec) {
    if (accept(r, ',')) spec->thousands = ',';
    if (peek(r, 0) == '_') {
        if (spec->thousands)
            return py_raise_int(TYPE_ValueError, "Cannot specify both ',' and '_'.");
        spec->thousands = '_';
        r->at++;
    }
    if (spec->thousands == '_' && peek(r, 0) == ',')
        return py_raise_int(TYPE_ValueError, "Cannot specify both ',' and '_'.");
    return 0;
}

static int check_thousands(const FormatSpec *spec) {
    uint32_t type = spec->type;
    if (!spec->thousands || !type || (type < 128 && strchr("defgEGF%", (int)type))) return 0;
    if (spec->thousands == '_' && type < 128 && strchr("boxX", (int)type)) return 0;
    if (type > 32 && type < 128)
        return py_raise_int(TYPE_ValueError, "Cannot specify '%c' with '%c'.", (int)spec->thousands,
                            (int)type);
    return py_raise_int(TYPE_ValueError, "Cannot specify '%c' with '\\x%x'.", (int)spec->thousands,
                        type);
}

int format_spec_parse(const StrView *text, Value object, uint32_t default_type,
                      uint32_t default_align, FormatSpec *spec) {
    SpecReader r = {text, 0};
    *spec = (FormatSpec){
        .fill = ' ', .align = default_align, .sign = 0, .precision = -1, .type = default_type};
    read_align(&r, spec);
    uint32_t c = peek(&r, 0);
    if (c == '+' || c == '-' || c == ' ') {
        spec->sign = c;
        r.at++;
    }
    spec->zero_coerced = accept(&r, 'z');
    spec->alternate = accept(&r, '#');
    if (!spec->fill_given && accept(&r, '0')) {
        spec->fill = '0';
        if (!spec->align_given && default_align == '>') spec->align = '=';
    }
    spec->width = read_number(&r);
    if (spec->width == -2 || read_thousands(&r, spec) < 0) return -1;
    if (accept(&r, '.')) {
        spec->precision = read_number(&r);
        if (spec->precision == -2) return -1;
        if (spec->precision < 0)
            return py_raise_int(TYPE_ValueError, "Format specifier missing precision");
    }
    if (text->length - r.at > 1) {
        Value whole = str_from_view(text);
        return whole ? py_raise_int(TYPE_ValueError,
                                    "Invalid format specifier '%S' for object of type '%T'", whole,
                                    object)
                     : -1;
    }
    if (text->length > r.at) spec->type = peek(&r, 0);
    return check_thousands(spec);
}

int format_unknown_type(uint32_t type, Value object) {
    if (type > 32 && type < 128)
        return py_raise_int(TYPE_ValueError, "Unknown format code '%c' for object of type '%T'",
                            (int)type, object);
    return py_raise_int(TYPE_ValueError, "Unknown format code '\\x%x' for object of type '%T'",
                        type, object);
}

/* ---- layout --------------------------------------------------------------------------------- */

/* The digits from the right in groups, zeros before them up to min_width columns. Counts the
 * columns; writes them (ending at `end`, downwards) if that is not 0. */
static size_t group_digits(char *end, const NumberText *number, size_t min_width,
                           uint32_t separator, size_t group) {
    size_t left = number->digit_count, columns = 0;
    int64_t wanted = (int64_t)min_width;
    for (bool first = true;; first = false) {
        size_t n = left > (wanted > 0 ? (size_t)wanted : 0) ? left
                   : wanted > 0                             ? (size_t)wanted
                                                            : 0;
        if (n < 1) n = 1;
        if (separator && n > group) n = group;
        if (!first) {
            columns++;
            if (end) *--end = (char)separator;
        }
        for (size_t i = 0; i < n; i++) {
            char c = left ? number->digits[--left] : '0';
            if (number->upper && c >= 'a') c &= ~32;
            if (end) *--end = c;
        }
        columns += n;
        wanted -= (int64_t)n;
        if (!left && wanted <= 0) return columns;
        wanted--;
    }
}

static int add_upper(PyStrBuilder *b, const char *text, size_t n, bool upper) {
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (py_builder_char(b, (uint8_t)(upper && c >= 'a' && c <= 'z' ? c & ~32 : c)) < 0)
            return -1;
    }
    return 0;
}

int format_number_layout(PyStrBuilder *b, const FormatSpec *spec, const NumberText *number) {
    char sign = number->negative                         ? '-'
                : spec->sign == '+' || spec->sign == ' ' ? (char)spec->sign
                                                         : 0;
    size_t prefix = strlen(number->prefix), around = (sign != 0) + prefix + number->rest_count;
    size_t width = spec->width < 0 ? 0 : (size_t)spec->width;
    if (width > STR_MAX_LENGTH) return py_raise_memory(), -1;
    size_t group =
        spec->type == 'b' || spec->type == 'o' || spec->type == 'x' || spec->type == 'X' ? 4 : 3;
    size_t min_digits =
        spec->fill == '0' && spec->align == '=' && width > around ? width - around : 0;
    size_t columns =
        number->digit_count ? group_digits(0, number, min_digits, spec->thousands, group) : 0;
    size_t total = around + columns, pad = width > total ? width - total : 0, left = 0, middle = 0,
           right = 0;
    if (pad > STR_MAX_LENGTH) return (int)py_raise_memory() - 1;
    switch (spec->align) {
    case '<': right = pad; break;
    case '^': left = pad / 2, right = pad - left; break;
    case '=': middle = pad; break;
    default: left = pad; break;
    }
    if (str_builder_fill(b, spec->fill, left) < 0 ||
        (sign && py_builder_char(b, (uint8_t)sign) < 0))
        return -1;
    if (add_upper(b, number->prefix, prefix, number->upper) < 0) return -1;
    if (str_builder_fill(b, spec->fill, middle) < 0) return -1;
    if (columns) {
        Value raw = py_raw_new(columns);
        if (!raw) return -1;
        char *text = stm_flat(REF(PyRaw, raw)->data, columns, true);
        group_digits(text + columns, number, min_digits, spec->thousands, group);
        if (py_builder_ascii(b, text, columns) < 0) return -1;
    }
    if (py_builder_ascii(b, number->rest, number->rest_count) < 0) return -1;
    return str_builder_fill(b, spec->fill, right);
}

/* ---- str ------------------------------------------------------------------------------------ */

static int check_str_spec(const FormatSpec *spec, Value s) {
    if (spec->type != 's') return format_unknown_type(spec->type, s);
    if (spec->sign == ' ')
        return py_raise_int(TYPE_ValueError, "Space not allowed in string format specifier");
    if (spec->sign)
        return py_raise_int(TYPE_ValueError, "Sign not allowed in string format specifier");
    if (spec->zero_coerced)
        return py_raise_int(TYPE_ValueError,
                            "Negative zero coercion (z) not allowed in string format specifier");
    if (spec->alternate)
        return py_raise_int(TYPE_ValueError,
                            "Alternate form (#) not allowed in string format specifier");
    if (spec->align == '=')
        return py_raise_int(TYPE_ValueError,
                            "'=' alignment not allowed in string format specifier");
    return 0;
}

Value format_str_spec(Value s, Value spec_text) {
    if (str_length(spec_text) == 0) return str_exact(s);
    StrView text = str_view(spec_text), v = str_view(s);
    FormatSpec spec;
    if (format_spec_parse(&text, s, 's', '<', &spec) < 0 || check_str_spec(&spec, s) < 0) return 0;
    size_t n = spec.precision >= 0 && (size_t)spec.precision < v.length ? (size_t)spec.precision
                                                                        : v.length;
    size_t pad = spec.width > (int64_t)n ? (size_t)spec.width - n : 0;
    if (!pad) return py_str_substring(s, 0, n);
    if (pad > STR_MAX_LENGTH) return py_raise_memory();
    size_t left = spec.align == '>' ? pad : spec.align == '^' ? pad / 2 : 0;
    StrView part = view_part(&v, 0, n);
    PyStrBuilder b;
    py_builder_init(&b);
    if (str_builder_reserve(&b, n + pad, spec.fill) < 0) return 0;
    if (str_builder_fill(&b, spec.fill, left) < 0 || str_builder_view(&b, &part) < 0) return 0;
    return str_builder_fill(&b, spec.fill, pad - left) < 0 ? 0 : py_builder_finish(&b);
}

PY_FN(str_method___format__) {
    if (!py_is_str(args[1]))
        return py_raise(TYPE_TypeError, "__format__() argument must be str, not %T", args[1]);
    if (str_length(args[1]) == 0) return is_exactly(args[0], TYPE_STR) ? args[0] : py_str(args[0]);
    return format_str_spec(args[0], args[1]);
}
