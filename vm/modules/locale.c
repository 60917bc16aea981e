/* Module _locale. The C locale of the process: LC_CTYPE from the environment, as python3 has it after start. */
#define _GNU_SOURCE
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include "vm/modules/locale.h"
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <wchar.h>

MODULE_EXCEPTION(locale_error, 0, "locale");

void vm_locale_init(void) {
    const char *name = setlocale(LC_CTYPE, "");
    if (!name || strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0) setlocale(LC_CTYPE, "C.UTF-8");
}

static Value text(const char *s) { return py_decode(s, strlen(s), "utf-8", "surrogateescape"); }

FUNCTION(locale_setlocale) {
    int category;
    if (int_argument(args[0], &category) < 0) return 0;
    const char *name = 0;
    if (args[1] && args[1] != VM_NONE) {
        if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "setlocale() argument 2 must be str or None, not %T", args[1]);
        if (!(name = py_str_utf8(args[1], 0))) return 0;
    }
    char copy[512];
    if (name) snprintf(copy, sizeof copy, "%s", name);
    if (name) VM_C_SAFEPOINT(stm_become_inevitable("setlocale"));
    const char *result = setlocale(category, name ? copy : 0);
    if (result) return text(result);
    return py_raise(TYPE_LOCALE_ERROR, name ? "unsupported locale setting" : "locale query failed");
}

/* "\3\2\177": group sizes, then 0 (repeat) or CHAR_MAX (no more). */
static Value grouping(const char *s) {
    Value list = py_list_new(0);
    if (!list || !*s) return list;
    for (; *s && *s != CHAR_MAX; s++)
        if (py_list_append(list, int_make(*s)) < 0) return 0;
    return py_list_append(list, int_make(*s)) < 0 ? 0 : list;
}
FUNCTION(locale_localeconv) {
    const struct lconv *l = localeconv();
    Value dict = py_dict_new();
    const struct {
        const char *name;
        Value value;
    } rows[] = {
        {"int_curr_symbol", text(l->int_curr_symbol)}, {"currency_symbol", text(l->currency_symbol)}, {"mon_decimal_point", text(l->mon_decimal_point)},
        {"mon_thousands_sep", text(l->mon_thousands_sep)}, {"mon_grouping", grouping(l->mon_grouping)}, {"positive_sign", text(l->positive_sign)},
        {"negative_sign", text(l->negative_sign)}, {"int_frac_digits", int_make(l->int_frac_digits)}, {"frac_digits", int_make(l->frac_digits)},
        {"p_cs_precedes", int_make(l->p_cs_precedes)}, {"p_sep_by_space", int_make(l->p_sep_by_space)}, {"n_cs_precedes", int_make(l->n_cs_precedes)},
        {"n_sep_by_space", int_make(l->n_sep_by_space)}, {"p_sign_posn", int_make(l->p_sign_posn)}, {"n_sign_posn", int_make(l->n_sign_posn)},
        {"decimal_point", text(l->decimal_point)}, {"thousands_sep", text(l->thousands_sep)}, {"grouping", grouping(l->grouping)}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!dict || !rows[i].value || py_dict_set_c(dict, rows[i].name, rows[i].value) < 0) return 0;
    return dict;
}

static wchar_t *wide(Value v, const char *function, int number) {
    if (!py_is_str(v)) return py_raise(TYPE_TypeError, "%s() argument %d must be str, not %T", function, number, v), NULL;
    size_t length = REF(PyStr, v)->length;
    VM_C_SAFEPOINT(stm_become_inevitable("locale"));
    wchar_t *out = malloc((length + 1) * sizeof *out);
    if (!out) return py_raise_memory(), NULL;
    for (size_t i = 0; i < length; i++) out[i] = (wchar_t)str_char(str_data(v), REF(PyStr, v)->width, i);
    out[length] = 0;
    if (wcslen(out) == length) return out;
    free(out);
    return py_raise(TYPE_ValueError, "embedded null character"), NULL;
}
FUNCTION(locale_strcoll) {
    wchar_t *a = wide(args[0], "strcoll", 1), *b = a ? wide(args[1], "strcoll", 2) : 0;
    Value result = b ? int_make(wcscoll(a, b)) : 0;
    free(a), free(b);
    return result;
}
FUNCTION(locale_strxfrm) {
    wchar_t *s = wide(args[0], "strxfrm", 1);
    if (!s) return 0;
    size_t length = wcsxfrm(0, s, 0);
    wchar_t *out = malloc((length + 1) * sizeof *out);
    if (out) wcsxfrm(out, s, length + 1);
    Value result = out ? py_str_from_u32((uint32_t *)out, length) : py_raise_memory();
    free(s), free(out);
    return result;
}
FUNCTION(locale_nl_langinfo) {
    int key;
    return int_argument(args[0], &key) < 0 ? 0 : text(nl_langinfo(key));
}
FUNCTION(locale_getencoding) { return text(strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968") ? nl_langinfo(CODESET) : "UTF-8"); }

static const PyMethodDef locale_functions[] = {
    {"setlocale", "($module, category, locale=None, /)", locale_setlocale, 0, "Activates/queries locale processing."},
    {"localeconv", "($module, /)", locale_localeconv, 0, "Returns numeric and monetary locale-specific parameters."},
    {"strcoll", "($module, os1, os2, /)", locale_strcoll, 0, "Compares two strings according to the locale."},
    {"strxfrm", "($module, string, /)", locale_strxfrm, 0, "Return a string that can be used as a key for locale-aware comparisons."},
    {"nl_langinfo", "($module, key, /)", locale_nl_langinfo, 0, "Return the value for the locale information associated with key."},
    {"getencoding", "($module, /)", locale_getencoding, 0, "Get the current locale encoding."},
    {0}};
#define C CONSTANT
static const IntConstant constants[] = {
    C(LC_CTYPE), C(LC_TIME), C(LC_COLLATE), C(LC_MONETARY), C(LC_MESSAGES), C(LC_NUMERIC), C(LC_ALL), C(CHAR_MAX), C(DAY_1), C(DAY_2), C(DAY_3), C(DAY_4),
    C(DAY_5), C(DAY_6), C(DAY_7), C(ABDAY_1), C(ABDAY_2), C(ABDAY_3), C(ABDAY_4), C(ABDAY_5), C(ABDAY_6), C(ABDAY_7), C(MON_1), C(MON_2), C(MON_3), C(MON_4),
    C(MON_5), C(MON_6), C(MON_7), C(MON_8), C(MON_9), C(MON_10), C(MON_11), C(MON_12), C(ABMON_1), C(ABMON_2), C(ABMON_3), C(ABMON_4), C(ABMON_5), C(ABMON_6),
    C(ABMON_7), C(ABMON_8), C(ABMON_9), C(ABMON_10), C(ABMON_11), C(ABMON_12), C(RADIXCHAR), C(THOUSEP), C(CRNCYSTR), C(D_FMT), C(D_T_FMT), C(T_FMT), C(AM_STR),
    C(PM_STR), C(CODESET), C(T_FMT_AMPM), C(ERA), C(ERA_D_FMT), C(ERA_D_T_FMT), C(ERA_T_FMT), C(ALT_DIGITS), C(YESEXPR), C(NOEXPR)};
#undef C
static int locale_init(Value module) {
    return ADD_CONSTANTS(module, constants) < 0 ? -1 : py_module_add(module, "Error", py_type(TYPE_LOCALE_ERROR));
}
const PyModuleDef py_module_locale = {.doc = "Support for POSIX locales.", .functions = locale_functions, .init = locale_init};
