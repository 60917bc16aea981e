/* str_translate.c -- str.translate and str.maketrans. */
#include "vm/objects/str_methods.h"

/* What table[c] says: a str in *text, or a code in *code, with *text 0 (c itself if the table has
 * nothing, and VM_NONE in *text to delete it). May call. */
static int translate_char_may_call(Value table, uint32_t c, Value *text, uint32_t *code) {
    Value key = py_int_from_i64(c), item;
    *text = 0;
    *code = c;
    if (is_exactly(table, TYPE_DICT)) {
        item = py_dict_get(table, key);
        if (item == VM_UNBOUND) return 0;
    } else {
        item = py_getitem(table, key);
    }
    if (!item) {
        if (!py_error_is(TYPE_LookupError)) return -1;
        py_error_clear();
        return 0;
    }
    if (item == VM_NONE || py_is_str(item)) {
        *text = item;
        return 0;
    }
    if (!py_is_int(item))
        return py_raise_int(TYPE_TypeError, "character mapping must return integer, None or str");
    int64_t number;
    if (py_int_as_i64(item, &number) || number < 0 || number > STR_MAX_CHAR)
        return py_raise_int(TYPE_ValueError, "character mapping must be in range(0x110000)");
    *code = (uint32_t)number;
    return 0;
}

PY_FN(str_method_translate) {
    Value s = args[0], table = args[1];
    PyStrBuilder b;
    py_builder_init(&b);
    size_t n = str_length(s);
    /* What an ASCII character was last found to become; 0xff: not asked yet, 0xfe: deleted. */
    uint8_t known[128];
    bool cache = is_exactly(table, TYPE_DICT);
    memset(known, 0xff, sizeof known);
    for (size_t i = 0; i < n; i++) {
        uint32_t c = str_at(s, i), code;
        Value text;
        if (cache && c < 128 && known[c] != 0xff) {
            if (known[c] != 0xfe && py_builder_char(&b, known[c]) < 0) return 0;
            continue;
        }
        if (translate_char_may_call(table, c, &text, &code) < 0) return 0;
        if (text == VM_NONE) {
            if (c < 128) known[c] = 0xfe;
        } else if (text) {
            if (py_builder_str(&b, text) < 0) return 0;
        } else {
            if (c < 128 && code < 128) known[c] = (uint8_t)code;
            if (py_builder_char(&b, code) < 0) return 0;
        }
    }
    return py_builder_finish(&b);
}

static Value maketrans_from_dict(Value from) {
    if (!is_exactly(from, TYPE_DICT))
        return py_raise(TYPE_TypeError,
                        "if you give only one argument to maketrans it must be a dict");
    Value table = py_dict_new(), key, value;
    if (!table) return 0;
    for (int64_t at = 0; py_dict_next(from, &at, &key, &value);) {
        if (py_is_str(key)) {
            if (str_length(key) != 1)
                return py_raise(TYPE_ValueError,
                                "string keys in translate table must be of length 1");
            key = py_int_from_i64(str_at(key, 0));
        } else if (!py_is_int(key)) {
            return py_raise(TYPE_TypeError, "keys in translate table must be strings or integers");
        }
        if (py_dict_set(table, key, value) < 0) return 0;
    }
    return table;
}

PY_FN(str_method_maketrans) {
    Value x = args[0], y = args[1], z = args[2];
    if (!y) return maketrans_from_dict(x);
    if (!py_is_str(y))
        return py_raise(TYPE_TypeError, "maketrans() argument 2 must be str, not %T", y);
    if (z && !py_is_str(z))
        return py_raise(TYPE_TypeError, "maketrans() argument 3 must be str, not %T", z);
    if (!py_is_str(x))
        return py_raise(TYPE_TypeError,
                        "first maketrans argument must be a string if there is a second argument");
    if (str_length(x) != str_length(y))
        return py_raise(TYPE_ValueError,
                        "the first two maketrans arguments must have equal length");
    Value table = py_dict_new();
    if (!table) return 0;
    for (size_t i = 0; i < str_length(x); i++)
        if (py_dict_set(table, py_int_from_i64(str_at(x, i)), py_int_from_i64(str_at(y, i))) < 0)
            return 0;
    for (size_t i = 0; z && i < str_length(z); i++)
        if (py_dict_set(table, py_int_from_i64(str_at(z, i)), VM_NONE) < 0) return 0;
    return table;
}
