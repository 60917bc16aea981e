/* Module _decimal: __format__. A number is rounded as the specification says, cut into its parts, and laid out with fill,
 * sign and groups of digits, whose separators may be the locale's. */
#include "vm/modules/decimal/decimal.h"
#include "vm/objects/str.h"
#include "vm/objects/str_methods.h"
#include <limits.h>
#include <locale.h>
#include <stdlib.h>

enum { MARK_ROOM = 5, GROUPING_ROOM = 32 };
typedef struct Spec {
    uint32_t fill, align; /* align: < > = ^, or z: zeros after the sign */
    uint32_t sign, type;
    bool no_negative_zero;
    int64_t width, precision; /* precision -1: none */
    char point[MARK_ROOM], separator[MARK_ROOM];
    char grouping[GROUPING_ROOM]; /* as localeconv() has it */
} Spec;

/* ---- the specification ------------------------------------------------------------------------------------------------ */

typedef struct Reader {
    StrView text;
    size_t at;
} Reader;
static uint32_t peek(const Reader *r, size_t ahead) { return r->at + ahead < r->text.length ? view_char(&r->text, r->at + ahead) : 0; }
static bool at_end(const Reader *r) { return r->at >= r->text.length; }
static bool accept(Reader *r, uint32_t c) {
    if (at_end(r) || peek(r, 0) != c) return false;
    r->at++;
    return true;
}
static bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }
static bool is_sign(uint32_t c) { return c == '+' || c == '-' || c == ' '; }

/* -1: none, -2: too large. */
static int64_t read_number(Reader *r) {
    int64_t n = -1;
    for (uint32_t d; (d = peek(r, 0) - '0') < 10; r->at++) {
        if (n > (INT64_MAX - (int64_t)d) / 10) return -2;
        n = (n < 0 ? 0 : n) * 10 + d;
    }
    return n;
}

static bool read_align(Reader *r, Spec *spec) {
    if (r->text.length - r->at >= 2 && is_align(peek(r, 1))) {
        spec->fill = peek(r, 0), spec->align = peek(r, 1);
        r->at += 2;
        return true;
    }
    if (!is_align(peek(r, 0))) return false;
    spec->align = peek(r, 0);
    r->at++;
    return true;
}
static void read_sign(Reader *r, Spec *spec) {
    spec->no_negative_zero = accept(r, 'z');
    if (is_sign(peek(r, 0))) spec->sign = peek(r, 0), r->at++;
    if (!spec->no_negative_zero) spec->no_negative_zero = accept(r, 'z');
}

static bool take_mark(char *out, const char *mark, bool required) {
    size_t n = strlen(mark);
    if (n >= MARK_ROOM || (required && n == 0)) return false;
    memcpy(out, mark, n + 1);
    return true;
}
static bool take_grouping(Spec *spec, const char *grouping) {
    size_t n = strlen(grouping);
    if (n >= GROUPING_ROOM) return false;
    for (size_t i = 0; i < n; i++)
        if (grouping[i] < 0) return false;
    memcpy(spec->grouping, grouping, n + 1);
    return true;
}
static bool take_locale(Spec *spec) {
    const struct lconv *l = localeconv();
    return take_mark(spec->point, l->decimal_point, true) && take_mark(spec->separator, l->thousands_sep, false) &&
           take_grouping(spec, l->grouping);
}

static bool read_type(Reader *r, Spec *spec) {
    if (at_end(r)) return true;
    uint32_t c = peek(r, 0);
    r->at++;
    if (c == 'n' || c == 'N') {
        if (*spec->separator || !take_locale(spec)) return false;
        c = c == 'n' ? 'g' : 'G';
    } else if (c > 127 || !strchr("eEfFgG%", (int)c)) {
        return false;
    }
    spec->type = c;
    return at_end(r);
}

static bool read_spec(Value text, Spec *spec, bool capitals) {
    Reader r = {str_view(text), 0};
    *spec = (Spec){.fill = ' ', .align = '>', .sign = '-', .type = capitals ? 'G' : 'g', .width = 0, .precision = -1, .point = "."};
    bool aligned = read_align(&r, spec);
    read_sign(&r, spec);
    if (accept(&r, '0')) {
        if (aligned) return false;
        spec->fill = '0', spec->align = 'z';
    }
    if (peek(&r, 0) == '0') return false;
    int64_t width = read_number(&r);
    if (width == -2) return false;
    if (width > 0) spec->width = width;
    if (accept(&r, ',')) {
        strcpy(spec->separator, ",");
        strcpy(spec->grouping, "\3\3");
    }
    if (accept(&r, '.') && (spec->precision = read_number(&r)) < 0) return false;
    return read_type(&r, spec);
}

/* The marks of a dict in the form of locale.localeconv(): for tests and other programs that know better than the process. */
static int take_override(Spec *spec, Value dict) {
    static const char *const names[] = {"decimal_point", "thousands_sep", "grouping"};
    if (!py_is_dict(dict)) return py_raise_int(TYPE_TypeError, "optional argument must be a dict");
    for (int i = 0; i < 3; i++) {
        Value v = py_dict_get_c(dict, names[i]);
        if (v == VM_UNBOUND) continue;
        if (!v || !py_is_str(v)) return v ? py_raise_int(TYPE_TypeError, "bad argument type for built-in operation") : -1;
        const char *text = py_str_utf8(v, 0);
        if (!text) return -1;
        bool good = i == 2 ? take_grouping(spec, text) : take_mark(i == 0 ? spec->point : spec->separator, text, i == 0);
        if (!good) return py_raise_int(TYPE_ValueError, "invalid override dict");
    }
    return 0;
}

/* ---- parts ---------------------------------------------------------------------------------------------------------- */

typedef struct Parts {
    const char *whole, *fraction; /* digits */
    int64_t whole_count, fraction_zeros, fraction_count;
    char tail[32]; /* exponent or % */
} Parts;

/* Rounds to `digits` digits; a carry may make one more of them, which goes. */
static void round_digits(Dec *d, int64_t digits, DecRounding rounding) {
    if (d->digits <= digits) return;
    dec_drop_digits(d, d->digits - digits, rounding);
    if (d->digits > digits) dec_drop_digits(d, d->digits - digits, DEC_ROUND_DOWN);
}

static int round_to_spec(Dec *d, const Spec *spec, DecRounding rounding, DecContext *ctx) {
    uint32_t type = spec->type | 0x20;
    bool fixed = type == 'f' || spec->type == '%';
    if (spec->type == '%') d->exp += 2;
    if (spec->precision >= 0) {
        if (fixed) {
            Dec r;
            dec_init(&r);
            int status = dec_rescale(&r, d, -spec->precision, rounding, ctx);
            dec_swap(d, &r);
            dec_free(&r);
            if (status < 0) return -1;
        } else if (!dec_zero_words(d)) {
            round_digits(d, type == 'e' ? spec->precision + 1 : spec->precision ? spec->precision : 1, rounding);
            if (type == 'e' && spec->precision + 1 > d->digits) {
                int64_t zeros = spec->precision + 1 - d->digits;
                if (dec_shift_left(d, d, zeros, ctx) < 0) return -1;
                d->exp -= zeros;
            }
        }
    }
    if (fixed && dec_zero_words(d) && d->exp > 0) d->exp = 0;
    return 0;
}

/* Digits before the point. */
static int64_t point_place(const Dec *d, const Spec *spec) {
    uint32_t type = spec->type | 0x20;
    int64_t left = d->exp + d->digits;
    if (type == 'e') return dec_zero_words(d) && spec->precision >= 0 ? 1 - spec->precision : 1;
    if (type == 'g') return d->exp <= 0 && left > -6 ? left : 1;
    return left;
}

/* The parts of a finite number; *digits is their memory, from malloc. */
static int split_number(const Dec *d, const Spec *spec, Parts *parts, char **digits) {
    int64_t point = point_place(d, spec), room = d->digits > point ? d->digits : point, exp = d->exp + d->digits - point;
    char *text = room < INT64_C(1) << 40 ? malloc((size_t)room + 1) : 0;
    if (!text) return -1;
    words_to_digits(text, d->digits, d->words, '0');
    if (point > d->digits) memset(text + d->digits, '0', (size_t)(point - d->digits));
    *digits = text;
    *parts = (Parts){.whole = point > 0 ? text : "0", .whole_count = point > 0 ? point : 1};
    if (point < d->digits) {
        parts->fraction = text + (point > 0 ? point : 0);
        parts->fraction_zeros = point < 0 ? -point : 0;
        parts->fraction_count = d->digits - (point > 0 ? point : 0);
    }
    uint32_t type = spec->type;
    if (type == '%') strcpy(parts->tail, "%");
    else if (exp != 0 || (type | 0x20) == 'e') sprintf(parts->tail, "%c%+ld", type & 0x20 ? 'e' : 'E', (long)exp);
    return 0;
}

/* ---- layout --------------------------------------------------------------------------------------------------------- */

static int64_t mark_length(const char *mark) { /* in characters */
    int64_t n = 0;
    for (; *mark; mark++) n += (*mark & 0xc0) != 0x80;
    return n;
}
static int add_mark(PyStrBuilder *b, const char *mark) {
    Value s = *mark ? py_str_c(mark) : 0;
    return !*mark ? 0 : s ? py_builder_str(b, s) : -1;
}

/* The lengths of the groups of `count` digits, zeros before them up to `width` columns; from the right. How many there are. */
static size_t group_lengths(const Spec *spec, int64_t count, int64_t width, int64_t *out) {
    const char *group = spec->grouping;
    int64_t separator = mark_length(spec->separator), size = *group && *spec->separator ? *group : INT64_MAX;
    size_t n = 0;
    for (;;) {
        if (size == CHAR_MAX) size = INT64_MAX;
        int64_t length = count > width ? count : width;
        if (length < 1) length = 1;
        if (length > size) length = size;
        if (out) out[n] = length;
        n++;
        count = count > length ? count - length : 0;
        width -= length;
        if (!count && width <= 0) return n;
        width -= separator;
        if (size != INT64_MAX && group[1]) size = *++group;
    }
}

/* Digits in groups, with zeros before them. */
static int add_grouped(PyStrBuilder *b, const Spec *spec, const Parts *parts, int64_t width, int64_t *lengths, size_t groups) {
    group_lengths(spec, parts->whole_count, width, lengths);
    int64_t zeros = -parts->whole_count;
    for (size_t i = 0; i < groups; i++) zeros += lengths[i];
    const char *p = parts->whole;
    for (size_t i = groups; i-- > 0;) {
        int64_t lead = zeros < lengths[i] ? zeros : lengths[i];
        zeros -= lead;
        if (str_builder_fill(b, '0', (size_t)lead) < 0 || py_builder_ascii(b, p, (size_t)(lengths[i] - lead)) < 0) return -1;
        p += lengths[i] - lead;
        if (i && add_mark(b, spec->separator) < 0) return -1;
    }
    return 0;
}

static int add_number(PyStrBuilder *b, const Spec *spec, const Parts *parts, int64_t width) {
    size_t groups = group_lengths(spec, parts->whole_count, width, 0);
    int64_t *lengths = malloc(groups * sizeof *lengths);
    if (!lengths) return py_raise_memory(), -1;
    int status = add_grouped(b, spec, parts, width, lengths, groups);
    free(lengths);
    if (status < 0) return -1;
    if (parts->fraction_zeros + parts->fraction_count) {
        if (add_mark(b, spec->point) < 0 || str_builder_fill(b, '0', (size_t)parts->fraction_zeros) < 0 ||
            py_builder_ascii(b, parts->fraction, (size_t)parts->fraction_count) < 0)
            return -1;
    }
    return py_builder_ascii(b, parts->tail, strlen(parts->tail));
}

static char sign_char(const Spec *spec, bool negative) { return negative ? '-' : spec->sign == '-' ? 0 : (char)spec->sign; }

/* Sign and body with the fill that the width asks for. */
static Value lay_out(const Spec *spec, char sign, Value body) {
    int64_t pad = spec->width - (int64_t)str_length(body) - (sign != 0), left = 0, middle = 0, right = 0;
    if (pad < 0) pad = 0;
    if ((uint64_t)pad > STR_MAX_LENGTH) return py_raise_memory();
    switch (spec->align) {
    case '<': right = pad; break;
    case '^': left = pad / 2, right = pad - left; break;
    case '=':
    case 'z': middle = pad; break;
    default: left = pad; break;
    }
    if (!pad && !sign) return body;
    PyStrBuilder b;
    py_builder_init(&b);
    if (str_builder_fill(&b, spec->fill, (size_t)left) < 0 || (sign && py_builder_char(&b, (uint8_t)sign) < 0) ||
        str_builder_fill(&b, spec->fill, (size_t)middle) < 0 || py_builder_str(&b, body) < 0)
        return 0;
    return str_builder_fill(&b, spec->fill, (size_t)right) < 0 ? 0 : py_builder_finish(&b);
}

static Value format_special(Dec *d, Spec *spec) {
    size_t n;
    bool negative = d->negative;
    d->negative = 0;
    if (spec->align == 'z') spec->align = '>', spec->fill = ' ';
    char *text = dec_text(d, false, true, &n);
    if (!text) return py_raise_memory();
    if (spec->type == '%') text[n++] = '%'; /* there is room */
    Value body = py_str_ascii(text, n);
    free(text);
    return body ? lay_out(spec, sign_char(spec, negative), body) : 0;
}

static Value format_finite(Dec *d, const Spec *spec, DecRounding rounding) {
    DecContext ctx = dec_max_context;
    Parts parts;
    char *digits = 0;
    if (round_to_spec(d, spec, rounding, &ctx) < 0 || split_number(d, spec, &parts, &digits) < 0) return py_raise_memory();
    char sign = sign_char(spec, d->negative && !(spec->no_negative_zero && dec_zero_words(d)));
    int64_t fraction = parts.fraction_zeros + parts.fraction_count;
    int64_t around = (sign != 0) + (int64_t)strlen(parts.tail) + (fraction ? fraction + mark_length(spec->point) : 0);
    int64_t width = spec->align == 'z' ? spec->width - around : 0;
    PyStrBuilder b;
    py_builder_init(&b);
    Value body = 0;
    if (width > (int64_t)STR_MAX_LENGTH || fraction > (int64_t)STR_MAX_LENGTH) py_raise_memory();
    else if (add_number(&b, spec, &parts, width) == 0) body = py_builder_finish(&b);
    free(digits);
    return body ? lay_out(spec, sign, body) : 0;
}

Value decimal_format(Value v, Value text, Value override_or_0) {
    Value context = context_current();
    if (!context) return 0;
    if (!py_is_str(text)) return py_raise(TYPE_TypeError, "format arg must be str");
    if (!py_str_utf8(text, 0)) return 0;
    Spec spec;
    if (!read_spec(text, &spec, GET(context_of(context), capitals))) return py_raise(TYPE_ValueError, "invalid format string");
    if (override_or_0 && take_override(&spec, override_or_0) < 0) return 0;
    if (spec.width > DEC_MAX_PREC || spec.precision > DEC_MAX_PREC)
        return py_raise(TYPE_ValueError, "format specification exceeds internal limits of _decimal");
    Dec loaded, d;
    DecContext ctx = dec_max_context;
    dec_init(&loaded), dec_init(&d);
    decimal_load(&loaded, v);
    Value result = 0;
    if (dec_copy(&d, &loaded, &ctx) < 0) py_raise_memory();
    else if (d.kind != DEC_FINITE) result = format_special(&d, &spec);
    else result = format_finite(&d, &spec, (DecRounding)GET(context_of(context), rounding));
    dec_free(&d);
    return result;
}
