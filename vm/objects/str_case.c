/* str_case.c -- case conversions and the is...() questions. ASCII text takes byte loops; the rest
 * goes through the full mappings of unicode_data.h. */
#include "vm/objects/str_methods.h"
#include "vm/objects/unicode_data.h"

/* ---- conversions ---------------------------------------------------------------------------- */

static bool ascii_is_lower(uint32_t c) { return c - 'a' < 26; }
static bool ascii_is_upper(uint32_t c) { return c - 'A' < 26; }

typedef enum { CASE_LOWER, CASE_UPPER, CASE_SWAP, CASE_FOLD, CASE_TITLE, CASE_CAPITALIZE } CaseKind;

/* In title and capitalize: `inside` tells that the character is not the first of its word. */
static uint8_t ascii_convert(CaseKind kind, uint8_t c, bool inside) {
    switch (kind) {
    case CASE_LOWER:
    case CASE_FOLD: return ascii_is_upper(c) ? c | 32 : c;
    case CASE_UPPER: return ascii_is_lower(c) ? c & ~32 : c;
    case CASE_SWAP: return ascii_is_lower(c) || ascii_is_upper(c) ? c ^ 32 : c;
    default: return ascii_convert(inside ? CASE_LOWER : CASE_UPPER, c, inside);
    }
}

static Value convert_ascii(Value s, CaseKind kind) {
    size_t n = str_length(s);
    Value out = py_str_alloc(n, 0x7f);
    if (!out) return 0;
    uint8_t *to = str_fill(out);
    const uint8_t *from = str_view(s).data;
    bool inside = false;
    for (size_t i = 0; i < n; i++) {
        to[i] = ascii_convert(kind, from[i], inside);
        inside = kind == CASE_CAPITALIZE || ascii_is_lower(from[i] | 32);
    }
    return out;
}

/* A capital sigma becomes the final form behind a cased letter and not before one, case-ignorable
 * characters skipped. */
static uint32_t lower_sigma(const StrView *v, size_t at) {
    size_t i = at;
    while (i > 0 && unicode_is_case_ignorable(view_char(v, i - 1))) i--;
    if (i == 0 || !unicode_is_cased(view_char(v, i - 1))) return 0x3c3;
    for (i = at + 1; i < v->length && unicode_is_case_ignorable(view_char(v, i));) i++;
    return i < v->length && unicode_is_cased(view_char(v, i)) ? 0x3c3 : 0x3c2;
}

static size_t convert_lower(const StrView *v, size_t at, uint32_t *out) {
    uint32_t c = view_char(v, at);
    if (c != 0x3a3) return unicode_lower(c, out);
    *out = lower_sigma(v, at);
    return 1;
}

static size_t convert_char(const StrView *v, size_t at, CaseKind kind, bool inside, uint32_t *out) {
    uint32_t c = view_char(v, at);
    switch (kind) {
    case CASE_LOWER: return convert_lower(v, at, out);
    case CASE_UPPER: return unicode_upper(c, out);
    case CASE_FOLD: return unicode_fold(c, out);
    case CASE_SWAP:
        if (unicode_is_upper(c)) return convert_lower(v, at, out);
        if (unicode_is_lower(c)) return unicode_upper(c, out);
        return *out = c, 1;
    default: return inside ? convert_lower(v, at, out) : unicode_title(c, out);
    }
}

static Value convert(Value s, CaseKind kind) {
    if (str_length(s) == 0) return NAME(empty);
    if (str_is_ascii(s) && str_length(s) > 1) return convert_ascii(s, kind);
    PyStrBuilder b;
    py_builder_init(&b);
    StrView v = str_view(s);
    if (str_builder_reserve(&b, v.length, 0) < 0) return 0;
    bool inside = false;
    for (size_t i = 0; i < v.length; i++) {
        uint32_t out[UNICODE_CASE_MAX];
        size_t count = convert_char(&v, i, kind, inside, out);
        for (size_t j = 0; j < count; j++)
            if (py_builder_char(&b, out[j]) < 0) return 0;
        inside = kind == CASE_CAPITALIZE || unicode_is_cased(view_char(&v, i));
    }
    return py_builder_finish(&b);
}

PY_FN(str_method_lower) { return convert(args[0], CASE_LOWER); }
PY_FN(str_method_upper) { return convert(args[0], CASE_UPPER); }
PY_FN(str_method_swapcase) { return convert(args[0], CASE_SWAP); }
PY_FN(str_method_casefold) { return convert(args[0], CASE_FOLD); }
PY_FN(str_method_title) { return convert(args[0], CASE_TITLE); }
PY_FN(str_method_capitalize) { return convert(args[0], CASE_CAPITALIZE); }

/* ---- questions ------------------------------------------------------------------------------ */

/* Is it not empty, and does `test` hold for all? */
static Value all_chars(Value s, bool (*test)(uint32_t)) {
    StrView v = str_view(s);
    for (size_t i = 0; i < v.length; i++)
        if (!test(view_char(&v, i))) return VM_FALSE;
    return vm_bool(v.length > 0);
}

PY_FN(str_method_isalnum) { return all_chars(args[0], unicode_is_alnum); }
PY_FN(str_method_isalpha) { return all_chars(args[0], unicode_is_alpha); }
PY_FN(str_method_isdecimal) { return all_chars(args[0], unicode_is_decimal); }
PY_FN(str_method_isdigit) { return all_chars(args[0], unicode_is_digit); }
PY_FN(str_method_isnumeric) { return all_chars(args[0], unicode_is_numeric); }
PY_FN(str_method_isspace) { return all_chars(args[0], unicode_is_space); }
PY_FN(str_method_isascii) { return vm_bool(str_is_ascii(args[0])); }

PY_FN(str_method_isprintable) {
    return vm_bool(str_length(args[0]) == 0 || all_chars(args[0], unicode_is_shown) == VM_TRUE);
}

PY_FN(str_method_isidentifier) {
    StrView v = str_view(args[0]);
    if (v.length == 0 || !unicode_is_id_start(view_char(&v, 0))) return VM_FALSE;
    for (size_t i = 1; i < v.length; i++)
        if (!unicode_is_id_part(view_char(&v, i))) return VM_FALSE;
    return VM_TRUE;
}

/* No character of the other cases, and one of this. */
static Value all_cased(Value s, bool (*wanted)(uint32_t), bool (*excluded)(uint32_t)) {
    StrView v = str_view(s);
    bool seen = false;
    for (size_t i = 0; i < v.length; i++) {
        uint32_t c = view_char(&v, i);
        if (excluded(c) || unicode_is_title(c)) return VM_FALSE;
        seen = seen || wanted(c);
    }
    return vm_bool(seen);
}

PY_FN(str_method_islower) { return all_cased(args[0], unicode_is_lower, unicode_is_upper); }
PY_FN(str_method_isupper) { return all_cased(args[0], unicode_is_upper, unicode_is_lower); }

PY_FN(str_method_istitle) {
    StrView v = str_view(args[0]);
    bool inside = false, seen = false;
    for (size_t i = 0; i < v.length; i++) {
        uint32_t c = view_char(&v, i);
        bool starts = unicode_is_upper(c) || unicode_is_title(c), goes_on = unicode_is_lower(c);
        if (inside ? starts : goes_on) return VM_FALSE;
        inside = starts || goes_on;
        seen = seen || inside;
    }
    return vm_bool(seen);
}
