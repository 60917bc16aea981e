/* UnicodeEncodeError, UnicodeDecodeError, UnicodeTranslateError: (encoding, object, start, end, reason). */
#include "vm/objects/exceptions.h"

static bool has_encoding(Value self) {
    return !py_type_is_subtype(py_type_of(self), py_type(TYPE_UnicodeTranslateError));
}
static bool is_decode(Value self) { return py_type_is_subtype(py_type_of(self), py_type(TYPE_UnicodeDecodeError)); }

static int check_arguments(Value self, const Value *args, size_t nargs) {
    size_t expected = has_encoding(self) ? 5 : 4;
    if (nargs != expected)
        return py_raise_int(TYPE_TypeError, "function takes exactly %zu arguments (%zu given)", expected, nargs);
    for (size_t i = 0; i < nargs; i++) {
        size_t field = has_encoding(self) ? i : i + 1;
        if (field == 1 && is_decode(self)) continue; /* any buffer: converted by init */
        bool number = field == 2 || field == 3;
        if (number ? !py_is_int(args[i]) : !py_is_str(args[i])) {
            if (number) return py_raise_int(TYPE_TypeError, "'%T' object cannot be interpreted as an integer", args[i]);
            return py_raise_int(TYPE_TypeError, "argument %zu must be str, not %T", i + 1, args[i]);
        }
    }
    return 0;
}

static int unicode_error_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    if (kwnames && tuple_length(kwnames)) return py_raise_int(TYPE_TypeError, "%T() takes no keyword arguments", self);
    Value tuple = py_tuple_from(args, nargs);
    if (!tuple) return -1;
    SET(REF(PyException, self), args, tuple);
    if (check_arguments(self, args, nargs) < 0) return -1;
    const Value *a = has_encoding(self) ? args : args - 1; /* a[1] is the object in both forms */
    Value object = a[1];
    if (is_decode(self) && !py_is_bytes(object)) {
        object = py_call1(py_type(TYPE_BYTES), object);
        if (!object) return -1;
    }
    PyUnicodeError GS *e = REF(PyUnicodeError, self);
    if (has_encoding(self)) SET(e, encoding, a[0]);
    SET(e, object, object);
    SET(e, start, a[2]);
    SET(e, end, a[3]);
    SET(e, reason, a[4]);
    return 0;
}

static Value quote_char(uint32_t c) {
    if (c <= 0xff) return py_str_format("'\\x%02x'", c);
    return c <= 0xffff ? py_str_format("'\\u%04x'", c) : py_str_format("'\\U%08x'", c);
}

static Value unicode_error_str(Value self) {
    PyUnicodeError GS *e = REF(PyUnicodeError, self);
    Value object = GET(e, object), encoding = GET(e, encoding), reason = GET(e, reason);
    if (!object) return NAME(empty); /* __init__ has not run */
    int64_t start = py_index_int64(GET(e, start), 0), end = py_index_int64(GET(e, end), 0);
    const char *verb = is_decode(self) ? "decode" : has_encoding(self) ? "encode" : "translate";
    int64_t length = is_decode(self) ? REF(PyBytes, object)->length : (int64_t)REF(PyStr, object)->length;
    Value prefix = has_encoding(self) ? py_str_format("'%S' codec can't %s", encoding, verb) : py_str_format("can't %s", verb);
    if (!prefix) return 0;
    if (end != start + 1 || start < 0 || start >= length)
        return py_str_format("%S %s in position %ld-%ld: %S", prefix, is_decode(self) ? "bytes" : "characters", (long)start,
                             (long)(end - 1), reason);
    if (is_decode(self))
        return py_str_format("%S byte 0x%02x in position %ld: %S", prefix, (unsigned)bytes_data(object)[start], (long)start,
                             reason);
    Value quoted = quote_char(str_char(str_data(object), REF(PyStr, object)->width, (size_t)start));
    return quoted ? py_str_format("%S character %S in position %ld: %S", prefix, quoted, (long)start, reason) : 0;
}

#define FIELD(field)                                                                                                  \
    static Value get_##field(Value self) {                                                                            \
        Value v = GET(REF(PyUnicodeError, self), field);                                                              \
        return v ? v : py_raise(TYPE_TypeError, #field " attribute not set");                                         \
    }                                                                                                                 \
    static int set_##field(Value self, Value value) {                                                                 \
        if (!value) return py_raise_int(TYPE_TypeError, "can't delete numeric/char attribute");                       \
        SET(REF(PyUnicodeError, self), field, value);                                                                 \
        return 0;                                                                                                     \
    }
FIELD(encoding)
FIELD(object)
FIELD(start)
FIELD(end)
FIELD(reason)
static const PyGetSetDef unicode_error_getsets[] = {{"encoding", get_encoding, set_encoding, "exception encoding"},
                                                    {"object", get_object, set_object, "exception object"},
                                                    {"start", get_start, set_start, "exception start"},
                                                    {"end", get_end, set_end, "exception end"},
                                                    {"reason", get_reason, set_reason, "exception reason"},
                                                    {0}};
#define SPEC(name, text)                                                                                              \
    const PyTypeSpec py_spec_##name = {.doc = text,                                                                   \
                                       .slots = {.init = unicode_error_init, .str = unicode_error_str},               \
                                       .getsets = unicode_error_getsets,                                              \
                                       .raw_words = 1,                                                                \
                                       .has_dict = true};
SPEC(UnicodeEncodeError, "Unicode encoding error.")
SPEC(UnicodeDecodeError, "Unicode decoding error.")
SPEC(UnicodeTranslateError, "Unicode translation error.")
