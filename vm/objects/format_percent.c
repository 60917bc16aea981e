/* format_percent.c -- the operator % of str, bytes and bytearray. For the latter two the format and
 * the output are handled as Latin-1 text, one character a byte. */
#include "vm/objects/bytes_methods.h"
#include "vm/objects/format.h"
#include "vm/objects/int.h"

#include <limits.h>

enum { FLAG_LEFT = 1, FLAG_SIGN = 2, FLAG_SPACE = 4, FLAG_ALTERNATE = 8, FLAG_ZERO = 16 };

typedef struct Percent {
    Value format; /* a str, or a bytes: immutable, so read anew after calls */
    bool bytes;
    size_t at, length;
    Value args, mapping_or_0;
    int64_t next,
        count; /* of a tuple; -2 and -1 while a single argument waits, -1 and -1 after it */
    PyStrBuilder out;
    /* The conversion at hand. */
    unsigned flags;
    int64_t width, precision; /* -1: none */
    uint32_t type;
} Percent;

static uint32_t format_at(const Percent *p, size_t i) {
    return p->bytes ? REF(PyBytes, p->format)->data[i] : str_at(p->format, i);
}

static Value next_argument(Percent *p) {
    if (p->next >= p->count)
        return py_raise(TYPE_TypeError, "not enough arguments for format string");
    int64_t i = p->next++;
    return p->count < 0 ? p->args : tuple_item(p->args, i);
}

/* ---- parsing -------------------------------------------------------------------------------- */

static int read_char(Percent *p, uint32_t *c) {
    if (p->at >= p->length) return py_raise_int(TYPE_ValueError, "incomplete format");
    *c = format_at(p, p->at++);
    return 0;
}

/* "(key)": the argument is the mapping's item. */
static int read_key_may_call(Percent *p) {
    if (!p->mapping_or_0) return py_raise_int(TYPE_TypeError, "format requires a mapping");
    size_t start = p->at, depth = 1;
    for (; depth && p->at < p->length; p->at++) {
        uint32_t c = format_at(p, p->at);
        depth += c == '(' ? 1 : c == ')' ? (size_t)-1 : 0;
    }
    if (depth) return py_raise_int(TYPE_ValueError, "incomplete format key");
    size_t end = p->at - 1;
    Value key = p->bytes ? py_bytes_new(byte_view_self(p->format).data + start, end - start)
                         : py_str_substring(p->format, start, end);
    p->args = key ? py_getitem(p->mapping_or_0, key) : 0;
    p->next = -2;
    p->count = -1;
    return p->args ? 0 : -1;
}

/* A number up to `limit` or '*'; c is the character at hand and becomes the one behind. */
static int read_number(Percent *p, uint32_t *c, const char *name, int64_t limit, int64_t *number) {
    if (*c == '*') {
        Value v = next_argument(p);
        if (!v) return -1;
        if (!py_is_int(v)) return py_raise_int(TYPE_TypeError, "* wants int");
        if (py_int_as_i64(v, number) || *number > limit || *number < -limit)
            return py_raise_int(TYPE_OverflowError, "Python int too large to convert to C %s",
                                limit == INT_MAX ? "int" : "ssize_t");
        return read_char(p, c);
    }
    while (*c - '0' < 10) {
        if (*number > limit / 10 - 1) return py_raise_int(TYPE_ValueError, "%s too big", name);
        *number = (*number < 0 ? 0 : *number) * 10 + (*c - '0');
        if (read_char(p, c) < 0) return -1;
    }
    return 0;
}

static unsigned flag_of(uint32_t c) {
    switch (c) {
    case '-': return FLAG_LEFT;
    case '+': return FLAG_SIGN;
    case ' ': return FLAG_SPACE;
    case '#': return FLAG_ALTERNATE;
    case '0': return FLAG_ZERO;
    default: return 0;
    }
}

static int read_conversion_may_call(Percent *p) {
    uint32_t c = 0;
    p->flags = 0;
    p->width = p->precision = -1;
    if (read_char(p, &c) < 0) return -1;
    if (c == '(' && (read_key_may_call(p) < 0 || read_char(p, &c) < 0)) return -1;
    for (unsigned flag; (flag = flag_of(c));) {
        p->flags |= flag;
        if (read_char(p, &c) < 0) return -1;
    }
    bool star = c == '*';
    if (read_number(p, &c, "width", INT64_MAX, &p->width) < 0) return -1;
    if (p->width < 0 && star) {
        p->flags |= FLAG_LEFT;
        p->width = -p->width;
    }
    if (c == '.') {
        p->precision = 0;
        if (read_char(p, &c) < 0 ||
            read_number(p, &c, p->bytes ? "prec" : "precision", INT_MAX, &p->precision) < 0)
            return -1;
        if (p->precision < 0) p->precision = 0;
    }
    if ((c == 'h' || c == 'l' || c == 'L') && read_char(p, &c) < 0) return -1;
    p->type = c;
    return 0;
}

/* ---- output --------------------------------------------------------------------------------- */

static int add_padded(Percent *p, const StrView *sign_and_prefix, size_t zeros,
                      const StrView *body) {
    size_t n = sign_and_prefix->length + zeros + body->length;
    size_t pad = p->width > (int64_t)n ? (size_t)p->width - n : 0;
    if (!pad && !zeros && !sign_and_prefix->length) return str_builder_view(&p->out, body);
    bool left = p->flags & FLAG_LEFT, fill_zero = (p->flags & FLAG_ZERO) && !left;
    PyStrBuilder *b = &p->out;
    if (!left && !fill_zero && str_builder_fill(b, ' ', pad) < 0) return -1;
    if (str_builder_view(b, sign_and_prefix) < 0) return -1;
    if (str_builder_fill(b, '0', zeros + (fill_zero ? pad : 0)) < 0 ||
        str_builder_view(b, body) < 0)
        return -1;
    return left ? str_builder_fill(b, ' ', pad) : 0;
}

static int add_text(Percent *p, const StrView *text, bool truncate) {
    StrView none = {"", 0, 1, true};
    StrView body = *text;
    if (truncate && p->precision >= 0 && (size_t)p->precision < body.length)
        body = view_part(text, 0, (size_t)p->precision);
    p->flags &= ~(unsigned)FLAG_ZERO;
    return add_padded(p, &none, 0, &body);
}

/* `text` is an ASCII number, maybe with '-'. */
static int add_number(Percent *p, const char *text, size_t length, const char *prefix,
                      bool integer) {
    char head[4];
    size_t n = 0, zeros = 0;
    if (*text == '-') {
        head[n++] = '-';
        text++;
        length--;
    } else if (p->flags & (FLAG_SIGN | FLAG_SPACE)) {
        head[n++] = p->flags & FLAG_SIGN ? '+' : ' ';
    }
    while (*prefix) head[n++] = *prefix++;
    if (integer && p->precision > (int64_t)length) zeros = (size_t)p->precision - length;
    StrView before = {head, n, 1, true}, body = {text, length, 1, true};
    return add_padded(p, &before, zeros, &body);
}

static int add_integer_may_call(Percent *p, Value v) {
    uint32_t type = p->type;
    bool exact = type == 'o' || type == 'x' || type == 'X';
    Value number = py_is_int(v) ? v : 0;
    if (!number && exact && py_type_lookup(py_type_of(v), NAME(__index__))) number = py_index(v);
    if (!number && !exact && !py_error() && !py_is_str(v) && !vm_type_of(v)->slots->get_buffer) {
        Value type_of = py_type_of(v);
        bool real = py_is_float(v) || py_type_lookup(type_of, NAME(__int__)) ||
                    py_type_lookup(type_of, NAME(__index__)) ||
                    py_type_lookup(type_of, NAME(__trunc__));
        if (real) number = py_call1(py_type(TYPE_INT), v);
    }
    if (!number) {
        if (py_error() && !py_error_is(TYPE_TypeError)) return -1;
        py_error_clear();
        return py_raise_int(TYPE_TypeError,
                            exact ? "%%%c format: an integer is required, not %T"
                                  : "%%%c format: a real number is required, not %T",
                            (int)(p->bytes && type == 'i' ? 'd' : type), v);
    }
    const char *prefix = !exact || !(p->flags & FLAG_ALTERNATE) ? ""
                         : type == 'o'                          ? "0o"
                         : type == 'x'                          ? "0x"
                                                                : "0X";
    int base = type == 'o' ? 8 : exact ? 16 : 10;
    if (is_int(number) && type != 'X') {
        char digits[INT_SMALL_ROOM], *end = digits + sizeof digits, *start = int_small_text(int_value(number), base, false, end);
        return add_number(p, start, (size_t)(end - start), prefix, true);
    }
    Value digits = py_int_to_str(number, base, false);
    if (!digits) return -1;
    StrView text = str_view(digits);
    if (type != 'X') return add_number(p, text.data, text.length, prefix, true);
    Value raw = py_raw_new(text.length);
    if (!raw) return -1;
    char *upper = stm_flat(REF(PyRaw, raw)->data, text.length, true);
    for (size_t i = 0; i < text.length; i++) {
        char c = ((const char *)text.data)[i];
        upper[i] = c >= 'a' ? c & ~32 : c;
    }
    return add_number(p, upper, text.length, prefix, true);
}

static int add_float_may_call(Percent *p, Value v) {
    double d;
    if (p->bytes && !py_is_float(v) && !py_is_int(v) &&
        !py_type_lookup(py_type_of(v), NAME(__float__)) &&
        !py_type_lookup(py_type_of(v), NAME(__index__)))
        return py_raise_int(TYPE_TypeError, "float argument required, not %T", v);
    if (py_as_double(v, &d) < 0) return -1;
    size_t length;
    int64_t precision = p->precision < 0 ? 6 : p->precision;
    char *text = format_double(d, p->type, precision, p->flags & FLAG_ALTERNATE, false, &length);
    return text ? add_number(p, text, length, "", false) : -1;
}

static int add_char_may_call(Percent *p, Value v) {
    uint8_t byte;
    StrView text = {&byte, 1, 1, false};
    if (p->bytes) {
        if ((py_is_bytes(v) || py_is_bytearray(v)) && byte_view_self(v).length == 1) {
            byte = *byte_view_self(v).data;
            return add_text(p, &text, false);
        }
        if (!py_is_int(v) && !py_type_lookup(py_type_of(v), NAME(__index__)))
            return py_raise_int(TYPE_TypeError,
                                "%%c requires an integer in range(256) or a single byte");
        Value index = py_index(v);
        int64_t c;
        if (!index) return -1;
        if (py_int_as_i64(index, &c) || c < 0 || c > 255)
            return py_raise_int(TYPE_OverflowError, "%%c arg not in range(256)");
        byte = (uint8_t)c;
        return add_text(p, &text, false);
    }
    if (py_is_str(v)) {
        if (str_length(v) != 1) return py_raise_int(TYPE_TypeError, "%%c requires int or char");
        text = str_view(v);
        return add_text(p, &text, false);
    }
    if (!py_is_int(v) && !py_type_lookup(py_type_of(v), NAME(__index__)))
        return py_raise_int(TYPE_TypeError, "%%c requires int or char");
    Value index = py_index(v);
    int64_t c;
    if (!index) return -1;
    if (py_int_as_i64(index, &c) || c < 0 || c > STR_MAX_CHAR)
        return py_raise_int(TYPE_OverflowError, "%%c arg not in range(0x110000)");
    Value s = py_str_char((uint32_t)c);
    if (!s) return -1;
    text = str_view(s);
    return add_text(p, &text, false);
}

static int add_object_may_call(Percent *p, Value v) {
    Value s = p->type == 's' ? py_str(v) : p->type == 'r' && !p->bytes ? py_repr(v) : py_ascii(v);
    if (!s) return -1;
    StrView text = str_view(s);
    return add_text(p, &text, true);
}

/* %s and %b of bytes. */
static int add_bytes_may_call(Percent *p, Value v) {
    if (!vm_type_of(v)->slots->get_buffer) {
        Value method = py_lookup_special(v, NAME(__bytes__));
        if (!method) {
            if (py_error()) return -1;
            return py_raise_int(TYPE_TypeError,
                                "%%b requires a bytes-like object, or an object that implements "
                                "__bytes__, not '%T'",
                                v);
        }
        Value result = py_call0(method);
        if (!result) return -1;
        if (!py_is_bytes(result))
            return py_raise_int(TYPE_TypeError, "__bytes__ returned non-bytes (type %T)", result);
        v = result;
    }
    ByteView view;
    if (byte_view_get(v, &view) < 0) return -1;
    StrView text = byte_str_view(&view);
    int status = add_text(p, &text, true);
    byte_view_release(&view);
    return status;
}

static int add_conversion_may_call(Percent *p) {
    size_t index = p->at - 1;
    Value v = next_argument(p);
    if (!v) return -1;
    switch (p->type) {
    case 'b':
        if (!p->bytes) break;
        return add_bytes_may_call(p, v);
    case 's':
        if (p->bytes) return add_bytes_may_call(p, v);
        return add_object_may_call(p, v);
    case 'r':
    case 'a': return add_object_may_call(p, v);
    case 'd':
    case 'i':
    case 'u':
    case 'o':
    case 'x':
    case 'X': return add_integer_may_call(p, v);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G': return add_float_may_call(p, v);
    case 'c': return add_char_may_call(p, v);
    }
    bool after_number = (p->width >= 0 || p->precision >= 0) && format_at(p, index - 1) >= '0' && format_at(p, index - 1) <= '9';
    if (p->bytes && p->type > 127 && !after_number) { /* python3.11 fails to show it */
        Value error = py_call0(py_type(TYPE_ValueError));
        if (error) py_raise_object(error);
        return -1;
    }
    uint32_t shown = p->bytes || (p->type >= 31 && p->type < 127) ? p->type : '?';
    return py_raise_int(TYPE_ValueError, "unsupported format character '%c' (0x%x) at index %zu",
                        (int)shown, p->type, index);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int add_literal(Percent *p) {
    size_t start = p->at;
    if (p->bytes) {
        ByteView view = byte_view_self(p->format);
        const uint8_t *stop = memchr(view.data + start, '%', p->length - start);
        p->at = stop ? (size_t)(stop - view.data) : p->length;
        StrView whole = byte_str_view(&view), part = view_part(&whole, start, p->at);
        return str_builder_view(&p->out, &part);
    }
    StrView whole = str_view(p->format);
    int64_t stop = flat_find_char(&whole, '%', start, p->length);
    p->at = stop < 0 ? p->length : (size_t)stop;
    StrView part = view_part(&whole, start, p->at);
    return str_builder_view(&p->out, &part);
}

static int percent_run_may_call(Percent *p) {
    while (p->at < p->length) {
        if (add_literal(p) < 0) return -1;
        if (p->at == p->length) break;
        p->at++;
        if (p->at < p->length && format_at(p, p->at) == '%') {
            p->at++;
            if (py_builder_char(&p->out, '%') < 0) return -1;
            continue;
        }
        if (read_conversion_may_call(p) < 0 || add_conversion_may_call(p) < 0) return -1;
    }
    if (p->next < p->count && !p->mapping_or_0)
        return py_raise_int(TYPE_TypeError, "not all arguments converted during %s formatting",
                            p->bytes ? "bytes" : "string");
    return 0;
}

static void percent_init(Percent *p, Value format, bool bytes, Value args) {
    *p = (Percent){.format = format, .bytes = bytes, .args = args, .next = -2, .count = -1};
    p->length = bytes ? bytes_length(format) : str_length(format);
    if (py_is_tuple(args)) {
        p->next = 0;
        p->count = tuple_length(args);
    } else if (is_ref(args) && !py_is_str(args) && !(bytes && (py_is_bytes(args) || py_is_bytearray(args))) &&
               py_type_lookup(py_type_of(args), NAME(__getitem__))) {
        p->mapping_or_0 = args;
    }
    py_builder_init(&p->out);
}

Value str_percent_format(Value format, Value args) {
    Percent p;
    percent_init(&p, format, false, args);
    return percent_run_may_call(&p) < 0 ? 0 : py_builder_finish(&p.out);
}

Value bytes_percent_format(Value format, Value args) {
    ByteView view = byte_view_self(format);
    Value fixed = is_exactly(format, TYPE_BYTES) ? format : py_bytes_new(view.data, view.length);
    if (!fixed) return 0;
    Percent p;
    percent_init(&p, fixed, true, args);
    if (percent_run_may_call(&p) < 0) return 0;
    const void *data =
        p.out.length ? stm_flat(REF(PyRaw, p.out.raw)->data, p.out.length, false) : "";
    return bytes_like_new(format, data, p.out.length);
}
