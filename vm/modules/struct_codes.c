/* Packing and unpacking of single values: integers of 1 to 8 bytes, floats of 2, 4 and 8, in both byte orders. */
#include "vm/modules/struct_codes.h"
#include "vm/objects/int.h"
#include <math.h>

static void put_word(uint8_t *out, uint64_t word, int size, bool big) {
    for (int i = 0; i < size; i++, word >>= 8) out[big ? size - 1 - i : i] = (uint8_t)word;
}
static uint64_t get_word(const uint8_t *data, int size, bool big) {
    uint64_t word = 0;
    for (int i = 0; i < size; i++) word = word << 8 | data[big ? i : size - 1 - i];
    return word;
}

/* ---- IEEE half precision --------------------------------------------------------------------------------------- */

/* Rounds half to even; 0, or -1 if a finite value is too large. */
static int half_from_double(double d, uint16_t *out) {
    uint16_t sign = signbit(d) ? 0x8000 : 0;
    d = fabs(d);
    if (isnan(d)) return *out = sign | 0x7e00, 0;
    if (isinf(d)) return *out = sign | 0x7c00, 0;
    if (d >= 65520.0) return -1;
    int exponent;
    frexp(d, &exponent);               /* d = m * 2^exponent, m in [0.5, 1) */
    if (exponent < -13) exponent = -13; /* subnormal: units of 2^-24 */
    double units = nearbyint(ldexp(d, 11 - exponent)); /* up to 2^11 units of 2^(exponent - 11) */
    if (units >= 2048) units /= 2, exponent++;
    unsigned mantissa = (unsigned)units;
    *out = sign | (uint16_t)(mantissa < 1024 ? mantissa : (unsigned)(exponent + 14) << 10 | (mantissa & 1023));
    return 0;
}
static double half_to_double(uint16_t half) {
    int exponent = half >> 10 & 31, mantissa = half & 1023;
    double d = exponent == 31 ? (mantissa ? NAN : INFINITY)
               : exponent     ? ldexp(1024 + mantissa, exponent - 25)
                              : ldexp(mantissa, -24);
    return half & 0x8000 ? -d : d;
}

/* ---- packing ----------------------------------------------------------------------------------------------------- */

static int pack_float(uint8_t *out, char code, int size, bool big, Value v) {
    double d;
    uint64_t word;
    if (py_as_double(v, &d) < 0) {
        py_error_clear();
        return py_raise_int(TYPE_STRUCT_ERROR, "required argument is not a float");
    }
    if (code == 'd') {
        memcpy(&word, &d, 8);
    } else if (code == 'f' || code == 'F') {
        float f = (float)d;
        uint32_t bits;
        if (isinf(f) && !isinf(d) && code == 'f') return py_raise_int(TYPE_OverflowError, "float too large to pack with f format");
        memcpy(&bits, &f, 4);
        word = bits;
    } else {
        uint16_t half;
        if (half_from_double(d, &half) < 0) return py_raise_int(TYPE_OverflowError, "float too large to pack with e format");
        word = half;
    }
    put_word(out, word, size, big);
    return 0;
}

/* CPython has functions of its own for big-endian numbers, with other words. */
static int raise_range(char code, int size, bool is_signed, bool big) {
    uint64_t top = size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1;
    long low = is_signed ? -(long)(top / 2) - 1 : 0;
    const char *name = code == 'b' ? "byte" : code == 'B' ? "ubyte" : big ? 0 : code == 'h' ? "short" : code == 'H' ? "ushort" : 0;
    if (name) return py_raise_int(TYPE_STRUCT_ERROR, "%s format requires %ld <= number <= %lu", name, low, (unsigned long)(is_signed ? top / 2 : top));
    return py_raise_int(TYPE_STRUCT_ERROR, "'%c' format requires %ld <= number <= %lu", code, low, (unsigned long)(is_signed ? top / 2 : top));
}

/* An address: any integer of 64 bits, signed or not. */
static int pack_address(uint8_t *out, bool big, Value v) {
    uint8_t bytes[8];
    if (py_int_to_bytes(v, bytes, 8, true, py_int_compare(v, int_make(0)) < 0) < 0)
        return py_raise_int(TYPE_STRUCT_ERROR, "int too large to convert");
    put_word(out, get_word(bytes, 8, false), 8, big);
    return 0;
}

static int pack_big_word(uint8_t *out, bool is_signed, Value v) {
    uint8_t bytes[8];
    if (py_int_to_bytes(v, bytes, 8, true, is_signed) < 0) return py_raise_int(TYPE_STRUCT_ERROR, "int too large to convert");
    put_word(out, get_word(bytes, 8, false), 8, true);
    return 0;
}

static int pack_int(uint8_t *out, char code, int size, bool big, Value v) {
    bool is_signed = code >= 'a'; /* b, h, i, l, q, n, unlike their capitals */
    if (!py_is_int(v)) {
        if (!py_type_lookup(py_type_of(v), NAME(__index__)))
            return py_raise_int(TYPE_STRUCT_ERROR, "required argument is not an integer");
        if (!(v = py_index(v))) return -1;
    }
    if (code == 'P') return pack_address(out, big, v);
    if (big && size == 8) return pack_big_word(out, is_signed, v);
    int64_t i;
    uint64_t word;
    if (py_int_as_i64(v, &i) == 0) {
        word = (uint64_t)i;
        if (i < 0 && (code == 'B' || (code == 'H' && !big))) return raise_range(code, size, false, big);
        if (i < 0 && !is_signed) return py_raise_int(TYPE_STRUCT_ERROR, "argument out of range");
    } else {
        IntView view;
        int_view(&view, v);
        if (is_signed || code == 'B' || (code == 'H' && !big) || view.negative || view.count != 1)
            return py_raise_int(TYPE_STRUCT_ERROR, "argument out of range");
        word = view.limbs[0];
        i = -1;
    }
    if (size < 8) {
        int64_t top = (INT64_C(1) << (8 * size - is_signed)) - 1, low = is_signed ? -top - 1 : 0;
        if ((int64_t)word > top || (int64_t)word < low) return raise_range(code, size, is_signed, big);
    }
    put_word(out, word, size, big);
    return 0;
}

int struct_pack_one(uint8_t *out, char code, int size, bool big, Value v) {
    switch (code) {
    case 'e': case 'f': case 'F': case 'd': return pack_float(out, code, size, big, v);
    case '?': {
        int truth = py_truth(v);
        *out = (uint8_t)(truth > 0);
        return truth < 0 ? -1 : 0;
    }
    case 'c':
        if (!py_is_bytes(v) || REF(PyBytes, v)->length != 1)
            return py_raise_int(TYPE_STRUCT_ERROR, "char format requires a bytes object of length 1");
        *out = bytes_data(v)[0];
        return 0;
    default: return pack_int(out, code, size, big, v);
    }
}

/* ---- unpacking ------------------------------------------------------------------------------------------------------ */

Value struct_unpack_one(const uint8_t *data, char code, int size, bool big) {
    uint64_t word = get_word(data, size, big);
    switch (code) {
    case 'c': return py_bytes_new(data, 1);
    case '?': return vm_bool(word != 0);
    case 'e': return float_make(half_to_double((uint16_t)word));
    case 'f': case 'F': {
        uint32_t bits = (uint32_t)word;
        float f;
        memcpy(&f, &bits, 4);
        return float_make(f);
    }
    case 'd': {
        double d;
        memcpy(&d, &word, 8);
        return float_make(d);
    }
    case 'b': case 'h': case 'i': case 'l': case 'q': case 'n':
        return py_int_from_i64((int64_t)(word << (64 - 8 * size)) >> (64 - 8 * size));
    default: return py_int_from_u64(word);
    }
}
