/* Module unicodedata: the character database, of Unicode 14 and (ucd_3_2_0) of Unicode 3.2.0.
 *
 * Names, bidirectional classes, combining classes and decompositions are libunistring's; category and numeric values those of
 * vm/objects/unicode_data.c, the rest generated tables. The old database is the new one with a list of changes; what it did not
 * assign has no property. */
#include "vm/front/unicode.h"
#include "vm/modules/module.h"
#include "vm/modules/unicodedata_tables.h"
#include "vm/objects/str.h"
#include "vm/objects/unicode_data.h"
#include "vm/objects/unicode_name.h"
#include <stdio.h>
#include <unictype.h>
#include <uninorm.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define RANK(table, field, c) rank(&(table)[0] field, COUNT(table), sizeof *(table), c)

/* ---- tables --------------------------------------------------------------------------------------------------- */

/* The number of rows of a sorted table whose first code is at most c. */
static size_t rank(const void *firsts, size_t count, size_t row_size, uint32_t c) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (*(const uint32_t *)((const char *)firsts + middle * row_size) <= c) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool is_assigned(uint32_t c, bool old) {
    return old ? RANK(old_assigned_edges, , c) & 1 : strcmp(unicode_category(c), "Cn") != 0;
}

/* The value that a property of c had in the old database, if it was another one; or 0. */
static const char *changed(uint32_t c, int property, bool old) {
    for (size_t i = 0; old && i < COUNT(old_changes); i++)
        if (old_changes[i].property == property && c >= old_changes[i].first && c <= old_changes[i].last) return old_changes[i].value;
    return 0;
}

/* ---- arguments -------------------------------------------------------------------------------------------------- */

static int64_t character(Value v, const char *where) {
    if (py_is_str(v) && str_length(v) == 1) return str_at(v, 0);
    return py_raise_int(TYPE_TypeError, "%s must be a unicode character, not %T", where, v);
}
#define CHARACTER(where)                                                                                                           \
    int64_t c = character(args[0], where);                                                                                         \
    if (c < 0) return 0

static Value value_or_default(Value value_or_0, Value default_or_0, const char *message) {
    if (value_or_0) return value_or_0;
    return default_or_0 ? default_or_0 : py_raise(TYPE_ValueError, "%s", message);
}

/* ---- properties --------------------------------------------------------------------------------------------------- */

static Value data_decimal(const Value *args, bool old) {
    CHARACTER("decimal() argument 1");
    const char *was = changed((uint32_t)c, OLD_DECIMAL, old);
    int i = was ? *was - '0' : is_assigned((uint32_t)c, old) ? unicode_decimal((uint32_t)c) : -1;
    return value_or_default(i < 0 ? 0 : int_make(i), args[1], "not a decimal");
}
static Value data_digit(const Value *args, bool old) {
    (void)old;
    CHARACTER("digit() argument 1");
    int i = unicode_digit((uint32_t)c);
    return value_or_default(i < 0 ? 0 : int_make(i), args[1], "not a digit");
}
static Value data_numeric(const Value *args, bool old) {
    CHARACTER("numeric() argument 1");
    double d;
    bool numeric = is_assigned((uint32_t)c, old) && unicode_numeric((uint32_t)c, &d);
    return value_or_default(numeric ? float_make(d) : 0, args[1], "not a numeric character");
}
static Value data_category(const Value *args, bool old) {
    CHARACTER("category() argument");
    const char *was = changed((uint32_t)c, OLD_CATEGORY, old);
    return py_str_c(was ? was : is_assigned((uint32_t)c, old) ? unicode_category((uint32_t)c) : "Cn");
}
/* libunistring has no names for the classes of the isolates, U+2066 to U+2069. */
static const char *bidi_name(uint32_t c) {
    static const char *const isolates[] = {"LRI", "RLI", "FSI", "PDI"};
    return c >= 0x2066 && c <= 0x2069 ? isolates[c - 0x2066] : uc_bidi_class_name(uc_bidi_class(c));
}
static Value data_bidirectional(const Value *args, bool old) {
    CHARACTER("bidirectional() argument");
    const char *was = changed((uint32_t)c, OLD_BIDIRECTIONAL, old);
    return py_str_c(was ? was : is_assigned((uint32_t)c, old) ? bidi_name((uint32_t)c) : "");
}
static Value data_combining(const Value *args, bool old) {
    CHARACTER("combining() argument");
    return int_make(is_assigned((uint32_t)c, old) ? uc_combining_class((uint32_t)c) : 0);
}
static Value data_mirrored(const Value *args, bool old) {
    CHARACTER("mirrored() argument");
    const char *was = changed((uint32_t)c, OLD_MIRRORED, old);
    return int_make(was ? *was - '0' : is_assigned((uint32_t)c, old) && RANK(mirrored_edges, , (uint32_t)c) & 1);
}
static Value data_east_asian_width(const Value *args, bool old) {
    CHARACTER("east_asian_width() argument");
    const char *was = changed((uint32_t)c, OLD_EAST_ASIAN_WIDTH, old);
    if (was) return py_str_c(was);
    size_t width = is_assigned((uint32_t)c, old) ? width_runs[RANK(width_runs, .first, (uint32_t)c) - 1].width : 0;
    return py_str_c(width_names[width]);
}

/* By the tag that libunistring gives. */
static const char *const decomposition_tags[] = {
    [UC_DECOMP_CANONICAL] = "",           [UC_DECOMP_FONT] = "<font>",         [UC_DECOMP_NOBREAK] = "<noBreak>",
    [UC_DECOMP_INITIAL] = "<initial>",    [UC_DECOMP_MEDIAL] = "<medial>",     [UC_DECOMP_FINAL] = "<final>",
    [UC_DECOMP_ISOLATED] = "<isolated>",  [UC_DECOMP_CIRCLE] = "<circle>",     [UC_DECOMP_SUPER] = "<super>",
    [UC_DECOMP_SUB] = "<sub>",            [UC_DECOMP_VERTICAL] = "<vertical>", [UC_DECOMP_WIDE] = "<wide>",
    [UC_DECOMP_NARROW] = "<narrow>",      [UC_DECOMP_SMALL] = "<small>",       [UC_DECOMP_SQUARE] = "<square>",
    [UC_DECOMP_FRACTION] = "<fraction>",  [UC_DECOMP_COMPAT] = "<compat>"};

static Value data_decomposition(const Value *args, bool old) {
    CHARACTER("decomposition() argument");
    ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];
    char text[16 + 8 * UC_DECOMPOSITION_MAX_LENGTH] = "";
    int tag, count = -1;
    bool hangul = c >= 0xac00 && c < 0xd7a4; /* these decompose by rule */
    if (!hangul && is_assigned((uint32_t)c, old)) count = uc_decomposition((uint32_t)c, &tag, parts);
    size_t length = count < 0 ? 0 : (size_t)snprintf(text, sizeof text, "%s", decomposition_tags[tag]);
    for (int i = 0; i < count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%04X", length ? " " : "", (unsigned)parts[i]);
    return py_str_ascii(text, length);
}

/* ---- names ----------------------------------------------------------------------------------------------------------- */

static Value data_name(const Value *args, bool old) {
    CHARACTER("name() argument 1");
    char name[UNICODE_NAME_MAX];
    bool named = is_assigned((uint32_t)c, old) && unicode_name((uint32_t)c, name);
    return value_or_default(named ? py_str_c(name) : 0, args[1], "no such name");
}

/* The name's UTF-8: a str's, or any bytes. */
static int name_argument(Value v, PyBuffer *view) {
    Value text = py_is_str(v) ? py_encode(v, "utf-8", "strict") : v;
    return text ? py_get_buffer(text, view, false) : -1;
}
static Value raise_unknown(const char *name, size_t length) {
    if (length > UNICODE_NAME_MAX) return py_raise(TYPE_KeyError, "name too long");
    Value text = py_decode(name, strnlen(name, length), "utf-8", "replace"); /* as printf would show it */
    return text ? py_raise(TYPE_KeyError, "undefined character name '%S'", text) : 0;
}
static Value data_lookup(const Value *args, bool old) {
    PyBuffer name;
    if (name_argument(args[0], &name) < 0) return 0;
    uint32_t codes[UNICODE_SEQUENCE_MAX];
    size_t length = (size_t)name.length, count = 0;
    int32_t c = unicode_by_name(name.data, length, !old);
    if (c < 0 && !old) count = unicode_sequence_by_name(name.data, length, codes);
    else if (c >= 0 && is_assigned((uint32_t)c, old)) *codes = (uint32_t)c, count = 1;
    Value text = count ? py_str_from_u32(codes, count) : raise_unknown(name.data, length);
    py_release_buffer(&name);
    return text;
}

/* ---- normalization ------------------------------------------------------------------------------------------------------ */

typedef struct Form {
    bool compose, compatible;
} Form;

static int form_argument(Value v, Form *form) {
    static const char *const names[] = {"NFD", "NFC", "NFKD", "NFKC"};
    for (int i = 0; i < 4; i++)
        if (py_str_equal_c(v, names[i])) return *form = (Form){i & 1, i & 2}, 0;
    return py_raise_int(TYPE_ValueError, "invalid normalization form");
}
static int check_arguments(const char *function, const Value *args) {
    for (int i = 0; i < 2; i++)
        if (!py_is_str(args[i])) return py_raise_int(TYPE_TypeError, "%s() argument %d must be str, not %T", function, i + 1, args[i]);
    return 0;
}

static size_t decompose(uint32_t c, Form form, bool old, uint32_t *out) {
    for (size_t i = 0; old && i < COUNT(old_decompositions); i++)
        if (old_decompositions[i][0] == c) return *out = old_decompositions[i][1], 1;
    if (old && !is_assigned(c, true)) return *out = c, 1;
    return unicode_decompose(c, form.compatible, out);
}

/* text in this form; text itself if it is so already. */
static Value normalized(Value text, Form form, bool old) {
    StrView view = str_view(text);
    if (view.ascii) return str_exact(text);
    uint32_t *codes = __builtin_malloc(view.length * UNICODE_NFKC_GROWTH * sizeof *codes);
    size_t count = 0;
    if (!codes) return py_raise_memory();
    for (size_t i = 0; i < view.length; i++) count += decompose(view_char(&view, i), form, old, codes + count);
    unicode_reorder(codes, count);
    if (form.compose) count = unicode_recompose(codes, count);
    bool same = count == view.length;
    for (size_t i = 0; same && i < count; i++) same = codes[i] == view_char(&view, i);
    Value result = same ? str_exact(text) : py_str_from_u32(codes, count);
    __builtin_free(codes);
    return result;
}

static Value data_normalize(const Value *args, bool old) {
    Form form;
    if (check_arguments("normalize", args) < 0) return 0;
    if (str_length(args[1]) == 0) return str_exact(args[1]);
    return form_argument(args[0], &form) < 0 ? 0 : normalized(args[1], form, old);
}
static Value data_is_normalized(const Value *args, bool old) {
    Form form;
    if (check_arguments("is_normalized", args) < 0) return 0;
    if (str_length(args[1]) == 0) return VM_TRUE;
    if (form_argument(args[0], &form) < 0) return 0;
    Value text = normalized(args[1], form, old);
    return text ? vm_bool(py_str_equal(text, args[1])) : 0;
}

/* ---- the module and its type: each function is also a method of ucd_3_2_0 --------------------------------------------------- */

#define FUNCTIONS(F)                                                                                                               \
    F(decimal, "chr, default=<unrepresentable>, /", "Decimal value of a character as an int, else the default, else ValueError.")  \
    F(digit, "chr, default=<unrepresentable>, /", "Digit value of a character as an int, else the default, else ValueError.")      \
    F(numeric, "chr, default=<unrepresentable>, /", "Numeric value of a character as a float, else the default, else ValueError.") \
    F(category, "chr, /", "General category of a character.")                                                                      \
    F(bidirectional, "chr, /", "Bidirectional class of a character, '' if it has none.")                                           \
    F(combining, "chr, /", "Canonical combining class of a character, 0 if it has none.")                                          \
    F(mirrored, "chr, /", "1 if the character is mirrored in bidirectional text, else 0.")                                         \
    F(east_asian_width, "chr, /", "East Asian width of a character.")                                                              \
    F(decomposition, "chr, /", "Decomposition mapping of a character, '' if it has none.")                                         \
    F(name, "chr, default=<unrepresentable>, /", "Name of a character, else the default, else ValueError.")                        \
    F(lookup, "name, /", "The character, or sequence of characters, of this name; KeyError if there is none.")                     \
    F(normalize, "form, unistr, /", "The text in normal form NFC, NFKC, NFD or NFKD.")                                             \
    F(is_normalized, "form, unistr, /", "Whether the text is in normal form NFC, NFKC, NFD or NFKD.")

#define DEFINE(name, parameters, doc)                                                                                              \
    FUNCTION(new_##name) { return data_##name(args, false); }                                                                      \
    FUNCTION(old_##name) { return data_##name(args + 1, true); }
FUNCTIONS(DEFINE)
#define MODULE_ROW(name, parameters, doc) {#name, "($module, " parameters ")", new_##name, 0, doc},
#define TYPE_ROW(name, parameters, doc)   {#name, "($self, " parameters ")", old_##name, 0, doc},
static const PyMethodDef module_functions[] = {FUNCTIONS(MODULE_ROW){0}};
static const PyMethodDef ucd_methods[] = {FUNCTIONS(TYPE_ROW){0}};

static Value ucd_get_version(Value self) {
    (void)self;
    return py_str_c("3.2.0");
}
static const PyGetSetDef ucd_getsets[] = {{"unidata_version", ucd_get_version, 0, 0}, {0}};
const PyTypeSpec py_spec_ucd = {.methods = ucd_methods, .getsets = ucd_getsets, .module = "unicodedata"};

static int unicodedata_init(Value module) {
    Value old = py_alloc_id(TYPE_UCD, 0), version = py_str_c("14.0.0");
    if (!old || !version || py_module_add(module, "unidata_version", version) < 0) return -1;
    return py_module_add(module, "ucd_3_2_0", old) < 0 ? -1 : py_module_add_type(module, TYPE_UCD);
}
const PyModuleDef py_module_unicodedata = {.doc = "The Unicode character database, version 14.0.0.",
                                           .functions = module_functions,
                                           .init = unicodedata_init};
