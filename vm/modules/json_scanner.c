/* Module _json: the scanner, which reads one value of a text. Recursive descent; hooks may run Python code at every step, and
 * the text does not change. */
#include "vm/modules/json.h"
#include "vm/objects/builtin.h"

typedef struct Scan {
    JsonScanner GS *options;
    Value text;
    Value memo; /* dict: equal keys of one text are one object */
    int64_t length;
    const uint8_t GS *data; /* the characters: on the C stack an interior pointer, so they stay in place while hooks run */
    unsigned width;
} Scan;

static Value scan_value(const Scan *s, int64_t at, int64_t *end);

static inline uint32_t char_at(const Scan *s, int64_t at) { return at < s->length ? str_char(s->data, s->width, (size_t)at) : 0; }
static int64_t skip_space(const Scan *s, int64_t at) {
    for (uint32_t c; (c = char_at(s, at)) == ' ' || c == '\t' || c == '\n' || c == '\r';) at++;
    return at;
}
static Value no_value(int64_t at) { return py_raise_value(TYPE_StopIteration, py_int_from_i64(at)); }

/* ---- objects and arrays --------------------------------------------------------------------------------------- */

/* "key": value at `at`; the pair goes into a list of pairs if `pairs`, else into a dict. -1, or *end is behind it. */
static int scan_member(const Scan *s, int64_t at, bool pairs, Value into, int64_t *end) {
    if (char_at(s, at) != '"') return json_raise("Expecting property name enclosed in double quotes", s->text, at), -1;
    Value key = json_scan_string(s->text, at + 1, s->options->strict, &at);
    if (!key || !(key = py_dict_setdefault(s->memo, key, key))) return -1;
    at = skip_space(s, at);
    if (char_at(s, at) != ':') return json_raise("Expecting ':' delimiter", s->text, at), -1;
    Value value = scan_value(s, skip_space(s, at + 1), end);
    if (!value) return -1;
    if (!pairs) return py_dict_set(into, key, value);
    Value pair = py_tuple_pack(2, key, value);
    return pair ? py_list_append(into, pair) : -1;
}

/* The text behind the opening brace. */
static Value scan_object(const Scan *s, int64_t at, int64_t *end) {
    bool pairs = s->options->object_pairs_hook != VM_NONE;
    Value result = pairs ? py_list_new(0) : py_dict_new();
    at = skip_space(s, at);
    while (result && char_at(s, at) != '}') {
        if (scan_member(s, at, pairs, result, &at) < 0) return 0;
        at = skip_space(s, at);
        if (char_at(s, at) == '}') break;
        if (char_at(s, at) != ',') return json_raise("Expecting ',' delimiter", s->text, at);
        at = skip_space(s, at + 1);
        if (char_at(s, at) == '}') return json_raise("Expecting property name enclosed in double quotes", s->text, at);
    }
    *end = at + 1;
    if (!result) return 0;
    if (pairs) return py_call1(s->options->object_pairs_hook, result);
    return s->options->object_hook == VM_NONE ? result : py_call1(s->options->object_hook, result);
}

static Value scan_array(const Scan *s, int64_t at, int64_t *end) {
    Value list = py_list_new(0);
    at = skip_space(s, at);
    while (list && char_at(s, at) != ']') {
        Value item = scan_value(s, at, &at);
        if (!item || py_list_append(list, item) < 0) return 0;
        at = skip_space(s, at);
        if (char_at(s, at) == ']') break;
        if (char_at(s, at) != ',') return json_raise("Expecting ',' delimiter", s->text, at);
        at = skip_space(s, at + 1);
        if (char_at(s, at) == ']') return no_value(at);
    }
    *end = at + 1;
    return list;
}

static Value scan_nested(const Scan *s, int64_t at, int64_t *end, bool object) {
    if (py_enter_recursion(object ? " while decoding a JSON object from a unicode string" : " while decoding a JSON array from a unicode string") < 0)
        return 0;
    Value result = object ? scan_object(s, at, end) : scan_array(s, at, end);
    py_leave_recursion();
    return result;
}

/* ---- numbers and constants ------------------------------------------------------------------------------------ */

static bool is_digit(uint32_t c) { return c >= '0' && c <= '9'; }
static int64_t skip_digits(const Scan *s, int64_t at) {
    while (is_digit(char_at(s, at))) at++;
    return at;
}

static Value number_of(const Scan *s, int64_t start, int64_t end, bool real) {
    Value text = py_str_substring(s->text, (size_t)start, (size_t)end);
    return text ? py_call1(real ? s->options->parse_float : s->options->parse_int, text) : 0;
}

static Value scan_number(const Scan *s, int64_t start, int64_t *end) {
    int64_t at = start + (char_at(s, start) == '-');
    if (!is_digit(char_at(s, at))) return no_value(start);
    at = char_at(s, at) == '0' ? at + 1 : skip_digits(s, at);
    bool real = char_at(s, at) == '.' && is_digit(char_at(s, at + 1));
    if (real) at = skip_digits(s, at + 1);
    if ((char_at(s, at) | 0x20) == 'e') {
        int64_t digits = at + 1 + (char_at(s, at + 1) == '+' || char_at(s, at + 1) == '-');
        if (is_digit(char_at(s, digits))) {
            real = true;
            at = skip_digits(s, digits);
        }
    }
    *end = at;
    int64_t small = 0;
    bool plain = !real && at - start < 18 && s->options->parse_int == py_type(TYPE_INT);
    if (!plain) return number_of(s, start, at, real);
    bool negative = char_at(s, start) == '-';
    for (int64_t i = start + negative; i < at; i++) small = small * 10 + (char_at(s, i) - '0');
    return int_make(negative ? -small : small);
}

static bool has_word(const Scan *s, int64_t at, const char *word, int64_t *end) {
    for (; *word; word++, at++)
        if (char_at(s, at) != (uint8_t)*word) return false;
    *end = at;
    return true;
}

static Value scan_value(const Scan *s, int64_t at, int64_t *end) {
    static const char *const constants[] = {"NaN", "Infinity", "-Infinity"};
    if (at >= s->length) return no_value(at);
    switch (char_at(s, at)) {
    case '"': return json_scan_string(s->text, at + 1, s->options->strict, end);
    case '{': return scan_nested(s, at + 1, end, true);
    case '[': return scan_nested(s, at + 1, end, false);
    case 'n': return has_word(s, at, "null", end) ? VM_NONE : no_value(at);
    case 't': return has_word(s, at, "true", end) ? VM_TRUE : no_value(at);
    case 'f': return has_word(s, at, "false", end) ? VM_FALSE : no_value(at);
    }
    for (int i = 0; i < 3 && !is_digit(char_at(s, at)); i++)
        if (has_word(s, at, constants[i], end)) {
            Value name = py_intern_c(constants[i]);
            return name ? py_call1(s->options->parse_constant, name) : 0;
        }
    return scan_number(s, at, end);
}

/* ---- the type ------------------------------------------------------------------------------------------------- */

static Value scanner_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *cache;
    Value bound[2];
    if (builtin_bind_init(&cache, "(string, idx)", "scan_once", args, nargs, kwnames, bound) < 0) return 0;
    if (!py_is_str(bound[0])) return py_raise(TYPE_TypeError, "first argument must be a string, not %T", bound[0]);
    int64_t at = py_index_int64(bound[1], "OverflowError"), end;
    if (at == -1 && py_error()) return 0;
    if (at < 0) return py_raise(TYPE_ValueError, "idx cannot be negative");
    PyStr GS *text = REF(PyStr, bound[0]);
    Scan s = {REF(JsonScanner, self), bound[0], py_dict_new(), text->length, str_data(bound[0]), text->width};
    Value value = s.memo ? scan_value(&s, at, &end) : 0;
    return value ? py_tuple_pack(2, value, py_int_from_i64(end)) : 0;
}

FUNCTION(scanner_new) {
    static const char *const names[] = {"object_hook", "object_pairs_hook", "parse_float", "parse_int", "parse_constant"};
    Value strict = py_getattr_c(args[1], "strict"), found[5];
    int truth = strict ? py_truth(strict) : -1;
    if (truth < 0) return 0;
    for (int i = 0; i < 5; i++)
        if (!(found[i] = py_getattr_c(args[1], names[i]))) return 0;
    Value self = py_alloc(args[0], 0);
    if (!self) return 0;
    JsonScanner GS *s = REF(JsonScanner, self);
    s->strict = (uint64_t)truth;
    s->object_hook = found[0], s->object_pairs_hook = found[1];
    s->parse_float = found[2], s->parse_int = found[3], s->parse_constant = found[4];
    return self;
}

#define MEMBER(name)                                                                                                  \
    static Value get_##name(Value self) { return REF(JsonScanner, self)->name; }
MEMBER(object_hook) MEMBER(object_pairs_hook) MEMBER(parse_float) MEMBER(parse_int) MEMBER(parse_constant)
static Value get_strict(Value self) { return vm_bool(REF(JsonScanner, self)->strict); }
#define GETTER(name) {#name, get_##name, 0, #name}
static const PyGetSetDef scanner_getsets[] = {GETTER(strict), GETTER(object_hook), GETTER(object_pairs_hook), GETTER(parse_float), GETTER(parse_int), GETTER(parse_constant), {0}};
const PyTypeSpec py_spec_json_scanner = {.doc = "JSON scanner object",
                                         .slots = {.call = scanner_call},
                                         .getsets = scanner_getsets,
                                         .new_signature = "(context)",
                                         .new_fn = scanner_new,
                                         .raw_words = 1,
                                         .module = "_json"};
