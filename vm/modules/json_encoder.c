/* Module _json: the encoder: a value's whole text, written to one builder. `default`, a given `encoder` and items() of dict
 * subclasses run Python code: lists are read item by item. */
#include "vm/modules/json.h"
#include "vm/objects/builtin.h"
#include "vm/objects/float.h"
#include <math.h>

enum { SORT_KEYS = 1, SKIP_KEYS = 2, ALLOW_NAN = 4, PLAIN_TEXT = 8, PLAIN_ASCII = 16 /* `encoder` is the one of this module */ };

/* A container that is being written, and those around it. */
typedef struct Enclosing {
    Value container;
    const struct Enclosing *outer;
} Enclosing;
typedef struct Encode {
    JsonEncoder GS *options;
    PyStrBuilder out;
    const Enclosing *enclosing;
} Encode;

static int encode(Encode *e, Value v);

static int put_text(Encode *e, const char *ascii) { return py_builder_ascii(&e->out, ascii, strlen(ascii)); }

static int put_string(Encode *e, Value text) {
    if (e->options->flags & (PLAIN_TEXT | PLAIN_ASCII)) return json_put_string(&e->out, text, e->options->flags & PLAIN_ASCII);
    Value encoded = py_call1(e->options->encoder, text);
    if (!encoded) return -1;
    if (!py_is_str(encoded)) return py_raise_int(TYPE_TypeError, "encoder() must return a string, not %T", encoded);
    return py_builder_str(&e->out, encoded);
}

/* The text of an int, float, bool or None; 0 with an exception. Subclasses give what the number itself would. */
static Value scalar_text(Encode *e, Value v) {
    if (v == VM_NONE) return py_intern_c("null");
    if (is_bool(v)) return py_intern_c(v == VM_TRUE ? "true" : "false");
    if (py_is_int(v)) return py_int_to_str(v, 10, false);
    double d = py_float_value(v);
    if (isfinite(d)) return py_float_repr(d);
    if (!(e->options->flags & ALLOW_NAN)) return py_raise(TYPE_ValueError, "Out of range float values are not JSON compliant");
    return py_intern_c(isnan(d) ? "NaN" : d > 0 ? "Infinity" : "-Infinity");
}
static int put_scalar(Encode *e, Value v) {
    if (v == VM_NONE || is_bool(v)) return put_text(e, v == VM_NONE ? "null" : v == VM_TRUE ? "true" : "false");
    if (is_float(v)) { /* finite */
        char text[64];
        return py_builder_ascii(&e->out, text, py_double_format(text, sizeof text, float_value(v), 'r', 0, true));
    }
    Value text = scalar_text(e, v);
    return text ? py_builder_str(&e->out, text) : -1;
}
static bool is_scalar(Value v) { return v == VM_NONE || is_bool(v) || py_is_int(v) || py_is_float(v); }

/* ---- containers ----------------------------------------------------------------------------------------------- */

/* -1: circular, where the encoder looks for it (`markers`). */
static int enter(Encode *e, Value v, Enclosing *own) {
    *own = (Enclosing){v, e->enclosing};
    e->enclosing = own;
    if (e->options->markers == VM_NONE) return 0;
    for (const Enclosing *outer = own->outer; outer; outer = outer->outer)
        if (outer->container == v) return py_raise_int(TYPE_ValueError, "Circular reference detected");
    return 0;
}
static void leave(Encode *e) { e->enclosing = e->enclosing->outer; }

static int encode_items(Encode *e, Value sequence) {
    bool list = py_is_list(sequence);
    for (int64_t i = 0; i < (list ? py_list_length(sequence) : tuple_length(sequence)); i++) {
        if (i && py_builder_str(&e->out, e->options->item_separator) < 0) return -1;
        if (encode(e, list ? py_list_item(sequence, i) : tuple_item(sequence, i)) < 0) return -1;
    }
    return 0;
}
static int encode_list(Encode *e, Value sequence) {
    Enclosing own;
    if (!(py_is_list(sequence) ? py_list_length(sequence) : tuple_length(sequence))) return put_text(e, "[]");
    if (enter(e, sequence, &own) < 0 || put_text(e, "[") < 0 || encode_items(e, sequence) < 0) return -1;
    leave(e);
    return put_text(e, "]");
}

/* 1: written, 0: skipped, -1. */
static int encode_pair(Encode *e, Value key, Value value, bool first) {
    Value text = key;
    if (!py_is_str(key)) {
        if (!is_scalar(key)) {
            if (e->options->flags & SKIP_KEYS) return 0;
            return py_raise_int(TYPE_TypeError, "keys must be str, int, float, bool or None, not %T", key);
        }
        if (!(text = scalar_text(e, key))) return -1;
    }
    if (!first && py_builder_str(&e->out, e->options->item_separator) < 0) return -1;
    if (put_string(e, text) < 0 || py_builder_str(&e->out, e->options->key_separator) < 0) return -1;
    return encode(e, value) < 0 ? -1 : 1;
}

static Value list_of_items(Value dict) {
    if (!is_exactly(dict, TYPE_DICT)) {
        Value view = py_call_method(dict, "items", 0, 0);
        return view ? py_list_from_iterable(view) : 0;
    }
    Value items = py_list_new(0), key, value;
    for (int64_t at = 0; items && py_dict_next(dict, &at, &key, &value);) {
        Value pair = py_tuple_pack(2, key, value);
        if (!pair || py_list_append(items, pair) < 0) return 0;
    }
    return items;
}
static int encode_pairs(Encode *e, Value dict) {
    Value items = list_of_items(dict);
    if (!items || (e->options->flags & SORT_KEYS && py_list_sort(items, VM_NONE, false) < 0)) return -1;
    bool first = true;
    for (int64_t i = 0; i < py_list_length(items); i++) {
        Value pair = py_list_item(items, i);
        if (!py_is_tuple(pair) || tuple_length(pair) != 2) return py_raise_int(TYPE_ValueError, "items must return 2-tuples");
        int written = encode_pair(e, tuple_item(pair, 0), tuple_item(pair, 1), first);
        if (written < 0) return -1;
        if (written) first = false;
    }
    return 0;
}
static int encode_dict(Encode *e, Value dict) {
    Enclosing own;
    if (!py_dict_length(dict)) return put_text(e, "{}");
    if (enter(e, dict, &own) < 0 || put_text(e, "{") < 0 || encode_pairs(e, dict) < 0) return -1;
    leave(e);
    return put_text(e, "}");
}

/* What default(v) gives, instead of v. */
static int encode_other(Encode *e, Value v) {
    Enclosing own;
    if (enter(e, v, &own) < 0) return -1;
    Value other = py_call1(e->options->fallback, v);
    if (!other || encode(e, other) < 0) return -1;
    leave(e);
    return 0;
}

static int encode(Encode *e, Value v) {
    if (py_is_str(v)) return put_string(e, v);
    if (is_scalar(v)) return put_scalar(e, v);
    if (py_enter_recursion(" while encoding a JSON object") < 0) return -1;
    int done = py_is_list(v) || py_is_tuple(v) ? encode_list(e, v) : py_is_dict(v) ? encode_dict(e, v) : encode_other(e, v);
    py_leave_recursion();
    return done;
}

/* ---- the type --------------------------------------------------------------------------------------------------- */

static Value encoder_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *cache;
    Value bound[2];
    if (builtin_bind_init(&cache, "(obj, _current_indent_level)", "_iterencode", args, nargs, kwnames, bound) < 0) return 0;
    Encode e = {.options = REF(JsonEncoder, self)};
    py_builder_init(&e.out);
    if (encode(&e, bound[0]) < 0) return 0;
    Value text = py_builder_finish(&e.out);
    return text ? py_tuple_pack(1, text) : 0;
}

static uint64_t own_encoder(Value encoder) {
    if (!is_exactly(encoder, TYPE_BUILTIN)) return 0;
    PyFn fn = vm_def(REF(PyBuiltin, encoder)->def_id)->def->fn;
    return fn == json_encode_basestring_ascii ? PLAIN_ASCII : fn == json_encode_basestring ? PLAIN_TEXT : 0;
}

/* args: type, then the parameters of the signature. */
FUNCTION(encoder_new) {
    int sort = py_truth(args[7]), skip = sort < 0 ? -1 : py_truth(args[8]), nan = skip < 0 ? -1 : py_truth(args[9]);
    if (nan < 0) return 0;
    if (args[1] != VM_NONE && !py_is_dict(args[1])) return py_raise(TYPE_TypeError, "make_encoder() argument 1 must be dict or None, not %T", args[1]);
    for (int i = 5; i <= 6; i++)
        if (!py_is_str(args[i])) return py_raise(TYPE_TypeError, "make_encoder() argument %d must be str, not %T", i, args[i]);
    Value self = py_alloc(args[0], 0);
    if (!self) return 0;
    JsonEncoder GS *e = REF(JsonEncoder, self);
    e->flags = (sort ? SORT_KEYS : 0) | (skip ? SKIP_KEYS : 0) | (nan ? ALLOW_NAN : 0) | own_encoder(args[3]);
    e->markers = args[1], e->fallback = args[2], e->encoder = args[3], e->indent = args[4];
    e->key_separator = args[5], e->item_separator = args[6];
    return self;
}

#define MEMBER(name)                                                                                                  \
    static Value get_##name(Value self) { return REF(JsonEncoder, self)->name; }
MEMBER(markers) MEMBER(fallback) MEMBER(encoder) MEMBER(indent) MEMBER(key_separator) MEMBER(item_separator)
#define FLAG(name, flag)                                                                                              \
    static Value get_##name(Value self) { return vm_bool(REF(JsonEncoder, self)->flags & (flag)); }
FLAG(sort_keys, SORT_KEYS) FLAG(skipkeys, SKIP_KEYS)
#define GETTER(name) {#name, get_##name, 0, #name}
static const PyGetSetDef encoder_getsets[] = {GETTER(markers), {"default", get_fallback, 0, "default"}, GETTER(encoder), GETTER(indent), GETTER(key_separator),
                                              GETTER(item_separator), GETTER(sort_keys), GETTER(skipkeys), {0}};
const PyTypeSpec py_spec_json_encoder = {.doc = "_iterencode(obj, _current_indent_level) -> iterable",
                                         .slots = {.call = encoder_call},
                                         .getsets = encoder_getsets,
                                         .new_signature = "(markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
                                         .new_fn = encoder_new,
                                         .raw_words = 1,
                                         .module = "_json"};
