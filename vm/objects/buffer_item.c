/* buffer_item.c -- items of typed buffers: native formats of one character. */
#include "vm/objects/memoryview.h"

int64_t buffer_item_size(char format) {
    switch (format) {
    case 'b': case 'B': case 'c': case '?': return 1;
    case 'h': case 'H': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'l': case 'L': case 'q': case 'Q': case 'n': case 'N': case 'P': case 'd': return 8;
    default: return 0;
    }
}

static bool is_signed(char format) { return strchr("bhilqn", format) != 0; }

Value buffer_item_get(const void *data, char format) {
    uint64_t bits = 0;
    int64_t size = buffer_item_size(format);
    if (!size) return py_raise(TYPE_NotImplementedError, "memoryview: format %c not supported", format);
    memcpy(&bits, data, (size_t)size);
    float f;
    double d;
    switch (format) {
    case '?': return vm_bool(bits != 0);
    case 'c': return py_bytes_new(data, 1);
    case 'f': return memcpy(&f, data, 4), float_make(f);
    case 'd': return memcpy(&d, data, 8), float_make(d);
    default: break;
    }
    if (!is_signed(format)) return py_int_from_u64(bits);
    int shift = (int)(64 - 8 * size);
    return py_int_from_i64((int64_t)(bits << shift) >> shift);
}

static int raise_type(char format) {
    return py_raise_int(TYPE_TypeError, "memoryview: invalid type for format '%c'", format);
}
static int raise_value(char format) {
    return py_raise_int(TYPE_ValueError, "memoryview: invalid value for format '%c'", format);
}

/* An integer of `size` bytes into `bits`; 0 or -1. */
static int pack_int(Value v, char format, int64_t size, uint64_t *bits) {
    int64_t i;
    Value index = py_index(v);
    if (!index) {
        if (!py_error_is(TYPE_TypeError)) return -1;
        py_error_clear();
        return raise_type(format);
    }
    if (py_int_as_i64(index, &i) != 0) {
        Value low = py_int_from_u64(0), high = py_int_from_u64(UINT64_MAX);
        if (size != 8 || is_signed(format) || py_int_compare(index, low) < 0 || py_int_compare(index, high) > 0)
            return raise_value(format);
        Value mod = py_int_sub(index, py_int_lshift(int_make(1), int_make(63)));
        if (!mod || py_int_as_i64(mod, &i) != 0) return -1;
        *bits = (uint64_t)i + (UINT64_C(1) << 63);
        return 0;
    }
    int width = (int)(8 * size);
    if (is_signed(format) ? width < 64 && (i < -(INT64_C(1) << (width - 1)) || i >= INT64_C(1) << (width - 1))
                          : i < 0 || (width < 64 && i >= INT64_C(1) << width))
        return raise_value(format);
    *bits = (uint64_t)i;
    return 0;
}

int buffer_item_set_may_call(void *data, char format, Value v) {
    uint64_t bits = 0;
    int64_t size = buffer_item_size(format);
    double d;
    float f;
    switch (format) {
    case '?': {
        int truth = py_truth(v);
        if (truth < 0) return -1;
        bits = (uint64_t)truth;
        break;
    }
    case 'c':
        if (!py_is_bytes(v)) return raise_type(format);
        if (REF(PyBytes, v)->length != 1) return raise_value(format);
        bits = bytes_data(v)[0];
        break;
    case 'f': case 'd':
        if (py_as_double(v, &d) < 0) return py_error_is(TYPE_TypeError) ? (py_error_clear(), raise_type(format)) : -1;
        f = (float)d;
        memcpy(&bits, format == 'f' ? (void *)&f : (void *)&d, (size_t)size);
        break;
    default:
        if (!size)
            return py_raise_int(TYPE_NotImplementedError, "memoryview: format %c not supported", format);
        if (pack_int(v, format, size, &bits) < 0) return -1;
    }
    memcpy(data, &bits, (size_t)size);
    return 0;
}
