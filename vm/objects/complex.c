/* complex: arithmetic as C99's, with Python's errors; text in the form (a+bj). */
#include "vm/objects/float.h"
#include "vm/objects/int.h"
#include <complex.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#ifndef CMPLX /* clang 14 with glibc 2.36 */
#define CMPLX(x, y) __builtin_complex((double)(x), (double)(y))
#endif
typedef double complex Complex;

Value py_complex_new(double real, double imag) {
    Value v = gc_alloc(TYPE_COMPLEX, GC_KIND_LEAF, sizeof(PyComplex));
    REF(PyComplex, v)->real = real;
    REF(PyComplex, v)->imag = imag;
    return v;
}

static bool py_is_complex(Value v) { return is_ref(v) && py_is_instance_of(v, TYPE_COMPLEX); }
static Complex value(Value v) { return CMPLX(REF(PyComplex, v)->real, REF(PyComplex, v)->imag); }
static Value make(Complex c) { return py_complex_new(creal(c), cimag(c)); }

static int operand(Value v, Complex *out) {
    double d;
    if (py_is_complex(v)) return *out = value(v), 1;
    if (!py_is_float(v) && !py_is_int(v)) return 0;
    if (py_as_double(v, &d) < 0) return -1;
    return *out = CMPLX(d, 0), 1;
}

#define OPERANDS(a, b)                                                                                                \
    Complex x, y;                                                                                                     \
    int known = operand(a, &x);                                                                                       \
    if (known > 0) known = operand(b, &y);                                                                            \
    if (known <= 0) return known ? 0 : VM_NOT_IMPLEMENTED

static Value complex_add(Value a, Value b) {
    OPERANDS(a, b);
    return py_complex_new(creal(x) + creal(y), cimag(x) + cimag(y));
}
static Value complex_sub(Value a, Value b) {
    OPERANDS(a, b);
    return py_complex_new(creal(x) - creal(y), cimag(x) - cimag(y));
}
static Complex multiply(Complex x, Complex y) {
    return CMPLX(creal(x) * creal(y) - cimag(x) * cimag(y), creal(x) * cimag(y) + cimag(x) * creal(y));
}
static Value complex_mul(Value a, Value b) {
    OPERANDS(a, b);
    return make(multiply(x, y));
}

/* Smith's method: scales by the larger part of the divisor. */
static Complex divide(Complex x, Complex y) {
    double a = creal(y), b = cimag(y);
    if (fabs(a) >= fabs(b)) {
        double ratio = b / a, denominator = a + b * ratio;
        return CMPLX((creal(x) + cimag(x) * ratio) / denominator, (cimag(x) - creal(x) * ratio) / denominator);
    }
    double ratio = a / b, denominator = a * ratio + b;
    return CMPLX((creal(x) * ratio + cimag(x)) / denominator, (cimag(x) * ratio - creal(x)) / denominator);
}
static Value complex_truediv(Value a, Value b) {
    OPERANDS(a, b);
    if (y == 0) return py_raise(TYPE_ZeroDivisionError, "complex division by zero");
    return make(divide(x, y));
}

static Complex power_int(Complex x, long n) {
    Complex result = 1;
    for (unsigned long bits = (unsigned long)labs(n); bits; bits >>= 1) {
        if (bits & 1) result = multiply(result, x);
        x = multiply(x, x);
    }
    return n < 0 ? divide(1, result) : result;
}

static Value complex_pow(Value a, Value b, Value mod) {
    OPERANDS(a, b);
    if (mod != VM_NONE) return py_raise(TYPE_ValueError, "complex modulo");
    Complex result;
    if (y == 0) {
        result = 1;
    } else if (x == 0) {
        if (cimag(y) != 0 || creal(y) < 0) return py_raise(TYPE_ZeroDivisionError, "0.0 to a negative or complex power");
        result = 0;
    } else if (cimag(y) == 0 && creal(y) == floor(creal(y)) && fabs(creal(y)) <= 100) {
        result = power_int(x, (long)creal(y));
    } else {
        double length = pow(hypot(creal(x), cimag(x)), creal(y)), angle = atan2(cimag(x), creal(x)), phase = angle * creal(y);
        if (cimag(y) != 0) {
            length /= exp(angle * cimag(y));
            phase += cimag(y) * log(hypot(creal(x), cimag(x)));
        }
        result = CMPLX(length * cos(phase), length * sin(phase));
    }
    bool finite = isfinite(creal(x)) && isfinite(cimag(x)) && isfinite(creal(y)) && isfinite(cimag(y));
    if (finite && (isinf(creal(result)) || isinf(cimag(result)))) return py_raise(TYPE_OverflowError, "complex exponentiation");
    return make(result);
}

static Value complex_neg(Value v) { return make(CMPLX(-creal(value(v)), -cimag(value(v)))); }
static Value complex_pos(Value v) { return is_exactly(v, TYPE_COMPLEX) ? v : make(value(v)); }
static Value complex_abs(Value v) {
    Complex c = value(v);
    double length = hypot(creal(c), cimag(c));
    if (isinf(length) && isfinite(creal(c)) && isfinite(cimag(c)))
        return py_raise(TYPE_OverflowError, "absolute value too large");
    return float_make(length);
}
static int complex_boolean(Value v) { return value(v) != 0; }

static int64_t complex_hash(Value v) {
    Complex c = value(v);
    uint64_t real = isnan(creal(c)) ? v >> 4 : (uint64_t)py_float_hash(creal(c));
    uint64_t imag = isnan(cimag(c)) ? v >> 4 : (uint64_t)py_float_hash(cimag(c));
    int64_t hash = (int64_t)(real + 1000003 * imag);
    return hash == -1 ? -2 : hash;
}

static Value complex_compare(Value a, Value b, int op) {
    if (op != PY_EQ && op != PY_NE) return VM_NOT_IMPLEMENTED;
    bool equal;
    if (py_is_complex(b)) {
        equal = value(a) == value(b);
    } else if (py_is_float(b) || py_is_int(b)) {
        int real = cimag(value(a)) == 0 ? py_compare_bool(float_make(creal(value(a))), b, PY_EQ) : 0;
        if (real < 0) return 0;
        equal = real;
    } else {
        return VM_NOT_IMPLEMENTED;
    }
    return vm_bool(equal == (op == PY_EQ));
}

static Value complex_repr(Value v) {
    Complex c = value(v);
    char real[64], imag[64], text[140];
    py_double_format(imag, sizeof imag, cimag(c), 'r', 0, false);
    if (creal(c) == 0 && !signbit(creal(c))) {
        snprintf(text, sizeof text, "%sj", imag);
    } else {
        py_double_format(real, sizeof real, creal(c), 'r', 0, false);
        snprintf(text, sizeof text, "(%s%s%sj)", real, *imag == '-' ? "" : "+", imag);
    }
    return py_str_c(text);
}

/* ---- construction --------------------------------------------------------------------------------------------------------- */

/* The longest prefix of [p, end) that is a float; 0 length if none. */
static size_t float_prefix(const char *p, const char *end, double *out) {
    const char *q = p;
    if (q < end && (*q == '+' || *q == '-')) q++;
    const char *digits = q;
    while (q < end && (strchr("0123456789.", *q) || ((*q == 'e' || *q == 'E') && q > p) ||
                       ((*q == '+' || *q == '-') && (q[-1] == 'e' || q[-1] == 'E'))))
        q++;
    if (q == digits || !strchr("0123456789.", q[-1])) {
        q = p;
        if (q < end && (*q == '+' || *q == '-')) q++;
        while (q < end && ((*q | 0x20) >= 'a' && (*q | 0x20) <= 'z') && (*q | 0x20) != 'j') q++;
    }
    return q > p && py_double_parse(p, (size_t)(q - p), out) == 0 ? (size_t)(q - p) : 0;
}

static int parse_complex(const char *p, const char *end, double *real, double *imag) {
    *real = *imag = 0;
    if (p < end && *p == '(' && end[-1] == ')') {
        p++, end--;
        while (p < end && *p == ' ') p++;
        while (p < end && end[-1] == ' ') end--;
    }
    double first;
    size_t length = float_prefix(p, end, &first);
    if (length) {
        p += length;
        if (p == end) return *real = first, 0;
        if ((*p | 0x20) == 'j') return *imag = first, p + 1 == end ? 0 : -1;
        *real = first;
    }
    /* now a signed imaginary part, whose digits may be missing: +j */
    if (end - p >= 1 && (length == 0 || *p == '+' || *p == '-')) {
        double sign = *p == '-' ? -1 : 1;
        size_t used = float_prefix(p, end, imag);
        if (!used) {
            *imag = sign;
            used = *p == '+' || *p == '-';
        }
        p += used;
        if (p + 1 == end && (*p | 0x20) == 'j') return 0;
    }
    return -1;
}

static Value complex_from_text(Value text) {
    Value ascii = py_str_to_decimal_ascii(text);
    size_t length, kept = 0;
    const char *utf8 = ascii ? py_str_utf8(ascii, &length) : 0;
    if (!utf8) return 0;
    char *copy = malloc(length + 1);
    if (!copy) return py_raise_memory();
    size_t text_end = strnlen(utf8, length);
    bool good = length > 0, grouped = text_end == length || !memchr(utf8, '_', text_end); /* underscores stand between digits */
    for (size_t i = 0; i < length; i++) {
        if (utf8[i] == '_' && i < text_end) grouped = grouped && i && i + 1 < length && utf8[i - 1] >= '0' && utf8[i - 1] <= '9' && utf8[i + 1] >= '0' && utf8[i + 1] <= '9';
        else copy[kept++] = utf8[i];
    }
    double real, imag;
    if (!grouped) return free(copy), py_raise(TYPE_ValueError, "could not convert string to complex: %R", text);
    good = good && kept && parse_complex(copy, copy + kept, &real, &imag) == 0;
    free(copy);
    return good ? py_complex_new(real, imag) : py_raise(TYPE_ValueError, "complex() arg is a malformed string");
}

/* x.__complex__(), a complex, or a real number as one. */
static int as_complex(Value x, Complex *out, const char *error) {
    if (is_exactly(x, TYPE_COMPLEX)) return *out = value(x), 0;
    Value method = py_lookup_special(x, NAME(__complex__));
    if (method) {
        Value result = py_call0(method);
        if (!result) return -1;
        if (!py_is_complex(result)) return py_raise_int(TYPE_TypeError, "__complex__ returned non-complex (type %T)", result);
        if (!is_exactly(result, TYPE_COMPLEX) &&
            py_warn(TYPE_DeprecationWarning, 1,
                    "__complex__ returned non-complex (type %T).  The ability to return an instance of a strict subclass of "
                    "complex is deprecated, and may not be supported in a future version of Python.",
                    result) < 0)
            return -1;
        return *out = value(result), 0;
    }
    if (py_error()) return -1;
    if (py_is_complex(x)) return *out = value(x), 0;
    bool real = py_is_float(x) || py_is_int(x) || py_lookup_special(x, NAME(__float__)) || (!py_error() && py_lookup_special(x, NAME(__index__)));
    double d;
    if (py_error()) return -1;
    if (!real) return py_raise_int(TYPE_TypeError, error, x);
    return py_as_double(x, &d) < 0 ? -1 : (*out = CMPLX(d, 0), 0);
}

static Value complex_make(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value type = args[0], real = args[1], imag = args[2];
    Complex re = 0, im = 0;
    if (real && !imag && type == py_type(TYPE_COMPLEX) && is_exactly(real, TYPE_COMPLEX)) return real;
    if (real && py_is_str(real)) {
        if (imag) return py_raise(TYPE_TypeError, "complex() can't take second arg if first is a string");
        Value v = complex_from_text(real);
        if (!v) return 0;
        re = value(v);
    } else {
        if (imag && py_is_str(imag)) return py_raise(TYPE_TypeError, "complex() second arg can't be a string");
        if (real && as_complex(real, &re, "complex() first argument must be a string or a number, not '%T'") < 0) return 0;
        if (imag && as_complex(imag, &im, "complex() second argument must be a number, not '%T'") < 0) return 0;
    }
    bool imag_is_complex = imag && py_is_complex(imag);
    double r = creal(re) - (imag_is_complex ? cimag(im) : 0), i = imag ? (cimag(re) + creal(im)) : cimag(re);
    if (imag && !(real && py_is_complex(real))) i = creal(im); /* keeps the sign of a zero */
    if (type == py_type(TYPE_COMPLEX)) return py_complex_new(r, i);
    Value self = py_alloc(type, 0);
    if (self) REF(PyComplex, self)->real = r, REF(PyComplex, self)->imag = i;
    return self;
}

static Value complex_conjugate(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return py_complex_new(REF(PyComplex, args[0])->real, -REF(PyComplex, args[0])->imag);
}
static Value complex_dunder(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return complex_pos(args[0]);
}
static Value complex_getnewargs(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return py_tuple_pack(2, float_make(REF(PyComplex, args[0])->real), float_make(REF(PyComplex, args[0])->imag));
}
static Value complex_format(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "__format__() argument must be str, not %T", args[1]);
    return py_format_complex(args[0], args[1]);
}
static const PyMethodDef complex_methods[] = {
    {"conjugate", "($self, /)", complex_conjugate, 0, "Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j."},
    {"__complex__", "($self, /)", complex_dunder, 0, "Convert this value to exact type complex."},
    {"__getnewargs__", "($self, /)", complex_getnewargs, 0, 0},
    {"__format__", "($self, format_spec, /)", complex_format, 0, "Convert to a string according to format_spec."},
    {0}};
static Value get_real(Value self) { return float_make(REF(PyComplex, self)->real); }
static Value get_imag(Value self) { return float_make(REF(PyComplex, self)->imag); }
static const PyGetSetDef complex_getsets[] = {{"real", get_real, 0, "the real part of a complex number"},
                                              {"imag", get_imag, 0, "the imaginary part of a complex number"},
                                              {0}};
const PyTypeSpec py_spec_complex = {
    .doc = "Create a complex number from a real part and an optional imaginary part.",
    .slots = {.repr = complex_repr, .hash = complex_hash, .richcompare = complex_compare, .add = complex_add, .sub = complex_sub,
              .mul = complex_mul, .truediv = complex_truediv, .pow = complex_pow, .neg = complex_neg, .pos = complex_pos,
              .abs = complex_abs, .boolean = complex_boolean},
    .methods = complex_methods,
    .getsets = complex_getsets,
    .new_signature = "(real=0, imag=0)",
    .new_fn = complex_make,
    .raw_words = GC_KIND_LEAF};
