/* float: tagged where the exponent is common, PyFloat otherwise (value.h). Arithmetic as IEEE 754 double with Python's
 * errors. */
#include "vm/objects/float.h"
#include "vm/objects/int.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>

Value py_float_box(double d) {
    Value v = gc_alloc(TYPE_FLOAT, GC_KIND_LEAF, sizeof(PyFloat));
    REF(PyFloat, v)->value = d;
    return v;
}

double py_float_value(Value v) { return is_float(v) ? float_value(v) : REF(PyFloat, v)->value; }

static int check_exact_float(Value v, Value result) {
    if (is_float(result) || is_exactly(result, TYPE_FLOAT)) return 0;
    return py_warn(TYPE_DeprecationWarning, 1,
                   "%T.__float__ returned non-float (type %T).  The ability to return an instance of a strict subclass of "
                   "float is deprecated, and may not be supported in a future version of Python.",
                   v, result);
}
static double from_dunder_float(Value v) {
    Value method = py_lookup_special(v, NAME(__float__));
    if (!method) {
        if (py_error()) return -1;
        if (py_lookup_special(v, NAME(__index__))) {
            Value index = py_index(v);
            return index ? py_int_as_double(index) : -1;
        }
        if (!py_error()) py_raise(TYPE_TypeError, "must be real number, not %T", v);
        return -1;
    }
    Value result = py_call0(method);
    if (!result) return -1;
    if (py_is_float(result)) return check_exact_float(v, result) < 0 ? -1 : py_float_value(result);
    py_raise(TYPE_TypeError, "%T.__float__ returned non-float (type %T)", v, result);
    return -1;
}

int py_as_double(Value v, double *out) {
    if (py_is_float(v)) return *out = py_float_value(v), 0;
    if (is_int(v)) return *out = (double)int_value(v), 0;
    *out = is_exactly(v, TYPE_INT) || is_bool(v) ? py_int_as_double(v) : from_dunder_float(v);
    return *out == -1.0 && py_error() ? -1 : 0;
}

/* Operand of a binary operation: 1 converted, 0 not a number that floats know, -1 error. */
static int operand(Value v, double *out) {
    if (py_is_float(v)) return *out = py_float_value(v), 1;
    if (!py_is_int(v)) return 0;
    *out = py_int_as_double(v);
    return *out == -1.0 && py_error() ? -1 : 1;
}

#define OPERANDS(a, b)                                                                                                \
    double x, y;                                                                                                      \
    int known = operand(a, &x);                                                                                       \
    if (known > 0) known = operand(b, &y);                                                                            \
    if (known <= 0) return known ? 0 : VM_NOT_IMPLEMENTED

static Value float_add(Value a, Value b) {
    OPERANDS(a, b);
    return float_make(x + y);
}
static Value float_sub(Value a, Value b) {
    OPERANDS(a, b);
    return float_make(x - y);
}
static Value float_mul(Value a, Value b) {
    OPERANDS(a, b);
    return float_make(x * y);
}
static Value float_truediv(Value a, Value b) {
    OPERANDS(a, b);
    if (y == 0) return py_raise(TYPE_ZeroDivisionError, "float division by zero");
    return float_make(x / y);
}

double py_float_mod(double a, double b) {
    double r = fmod(a, b);
    if (r == 0) return copysign(0.0, b);
    return (r < 0) != (b < 0) ? r + b : r;
}

double py_float_floordiv(double a, double b) {
    double r = fmod(a, b), q = (a - r) / b;
    if (r != 0 && (r < 0) != (b < 0)) q -= 1;
    if (q == 0) return copysign(0.0, a / b);
    double down = floor(q);
    return q - down > 0.5 ? down + 1 : down; /* q is an integer but for rounding */
}

static Value float_mod(Value a, Value b) {
    OPERANDS(a, b);
    if (y == 0) return py_raise(TYPE_ZeroDivisionError, "float modulo");
    return float_make(py_float_mod(x, y));
}
static Value float_floordiv(Value a, Value b) {
    OPERANDS(a, b);
    if (y == 0) return py_raise(TYPE_ZeroDivisionError, "float floor division by zero");
    return float_make(py_float_floordiv(x, y));
}
static Value float_divmod(Value a, Value b) {
    OPERANDS(a, b);
    if (y == 0) return py_raise(TYPE_ZeroDivisionError, "float divmod()");
    return py_tuple_pack(2, float_make(py_float_floordiv(x, y)), float_make(py_float_mod(x, y)));
}

Value py_float_pow(double a, double b) {
    if (a == 0 && b < 0 && isfinite(b)) return py_raise(TYPE_ZeroDivisionError, "0.0 cannot be raised to a negative power");
    if (a < 0 && isfinite(a) && isfinite(b) && b != floor(b))
        return py_binary(PY_OP_POW, py_complex_new(a, 0), py_complex_new(b, 0));
    double result = pow(a, b);
    if (isinf(result) && isfinite(a) && isfinite(b)) {
        Value args = py_tuple_pack(2, int_make(ERANGE), py_str_c("Numerical result out of range"));
        Value error = args ? py_call_kw(py_type(TYPE_OverflowError), args, 0) : 0;
        return error ? py_raise_object(error) : 0;
    }
    return float_make(result);
}

static Value float_pow(Value a, Value b, Value mod) {
    OPERANDS(a, b);
    if (mod != VM_NONE)
        return py_raise(TYPE_TypeError, "pow() 3rd argument not allowed unless all arguments are integers");
    return py_float_pow(x, y);
}

/* ---- comparison and hash --------------------------------------------------------------------------------------------------- */

/* d against a big int, exactly: by the integer part, then the fraction. d is finite. */
static int compare_with_int(double d, Value i) {
    if (is_int(i) && llabs(int_value(i)) <= (INT64_C(1) << 53)) {
        double e = (double)int_value(i);
        return (d > e) - (d < e);
    }
    double whole = trunc(d);
    int order = py_int_compare(py_int_from_double(whole), i);
    return order ? order : (d > whole) - (d < whole);
}

static Value float_compare(Value a, Value b, int op) {
    double x = py_float_value(a);
    int order;
    if (py_is_float(b)) {
        double y = py_float_value(b);
        if (isnan(x) || isnan(y)) return vm_bool(op == PY_NE);
        order = (x > y) - (x < y);
    } else if (py_is_int(b)) {
        if (isnan(x)) return vm_bool(op == PY_NE);
        order = isinf(x) ? (x > 0 ? 1 : -1) : compare_with_int(x, b);
    } else {
        return VM_NOT_IMPLEMENTED;
    }
    switch (op) {
    case PY_LT: return vm_bool(order < 0);
    case PY_LE: return vm_bool(order <= 0);
    case PY_EQ: return vm_bool(order == 0);
    case PY_NE: return vm_bool(order != 0);
    case PY_GT: return vm_bool(order > 0);
    default: return vm_bool(order >= 0);
    }
}

/* Equal to the hash of an equal int: the value modulo 2^61 - 1, by 28 bits of the mantissa at a time. */
int64_t py_float_hash(double d) {
    if (isinf(d)) return d > 0 ? 314159 : -314159;
    int exponent;
    double mantissa = frexp(fabs(d), &exponent);
    uint64_t hash = 0;
    while (mantissa != 0) {
        hash = (hash << 28 & ((UINT64_C(1) << 61) - 1)) | hash >> 33;
        mantissa *= 1 << 28;
        exponent -= 28;
        uint64_t bits = (uint64_t)mantissa;
        mantissa -= (double)bits;
        hash += bits;
        if (hash >= (UINT64_C(1) << 61) - 1) hash -= (UINT64_C(1) << 61) - 1;
    }
    exponent = exponent >= 0 ? exponent % 61 : 60 - (-1 - exponent) % 61;
    hash = (hash << exponent & ((UINT64_C(1) << 61) - 1)) | hash >> (61 - exponent);
    int64_t result = d < 0 ? -(int64_t)hash : (int64_t)hash;
    return result == -1 ? -2 : result;
}

static int64_t float_slot_hash(Value v) {
    double d = py_float_value(v);
    if (!isnan(d)) return py_float_hash(d);
    return py_identity_hash(v); /* as Python does since 3.10 */
}

/* ---- other slots ---------------------------------------------------------------------------------------------------------- */

static Value exact(Value v) { return is_float(v) || is_exactly(v, TYPE_FLOAT) ? v : float_make(py_float_value(v)); }
static Value float_neg(Value v) { return float_make(-py_float_value(v)); }
static Value float_abs(Value v) { return float_make(fabs(py_float_value(v))); }
static int float_boolean(Value v) { return py_float_value(v) != 0; }
static Value float_int(Value v) { return py_int_from_double(py_float_value(v)); }
static Value float_repr(Value v) { return py_float_repr(py_float_value(v)); }

static Value convert(Value x) {
    bool text = py_is_str(x) && (is_exactly(x, TYPE_STR) || !py_type_lookup(py_type_of(x), NAME(__float__)));
    if (text) return py_float_from_text(x);
    if (is_float(x)) return x;
    double d;
    if (vm_type_of(x)->slots->get_buffer) {
        PyBuffer buffer;
        if (py_get_buffer(x, &buffer, false) < 0) return 0;
        Value text = py_decode(buffer.data, (size_t)buffer.length, "ascii", "surrogateescape");
        py_release_buffer(&buffer);
        Value v = text ? py_float_from_text(text) : 0;
        if (v || !text) return v;
        py_error_clear();
        return py_raise(TYPE_ValueError, "could not convert string to float: %R", x);
    }
    if (!py_is_float(x) && !py_is_int(x)) {
        bool can = vm_type_of(x)->slots->float_ || vm_type_of(x)->slots->index;
        Value method = can ? py_lookup_special(x, NAME(__float__)) : 0;
        if (!method && !py_error() && can) method = py_lookup_special(x, NAME(__index__));
        if (!method)
            return py_error() ? 0 : py_raise(TYPE_TypeError, "float() argument must be a string or a real number, not '%T'", x);
    }
    if (is_ref(x) && !is_exactly(x, TYPE_FLOAT) && !is_exactly(x, TYPE_INT)) {
        Value method = py_lookup_special(x, NAME(__float__)); /* a subclass may override it */
        if (method) {
            Value result = py_call0(method);
            if (result && !py_is_float(result))
                return py_raise(TYPE_TypeError, "%T.__float__ returned non-float (type %T)", x, result);
            return result && check_exact_float(x, result) == 0 ? exact(result) : 0;
        }
        if (py_error()) return 0;
    }
    return py_as_double(x, &d) < 0 ? 0 : float_make(d);
}

static Value float_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    if (kwnames && tuple_length(kwnames) && type_takes(type, TYPE_FLOAT, NAME(__init__)))
        return py_raise(TYPE_TypeError, "float() takes no keyword arguments");
    if (nargs > 1) return py_raise(TYPE_TypeError, "float expected at most 1 argument, got %zu", nargs);
    Value v = nargs ? convert(args[0]) : float_make(0.0);
    if (!v || type == py_type(TYPE_FLOAT)) return v;
    Value self = py_alloc(type, 0);
    if (self) REF(PyFloat, self)->value = py_float_value(v);
    return self;
}

/* ---- methods ----------------------------------------------------------------------------------------------------------------- */

#define METHOD(name) static Value name(const Value *args, size_t nargs __attribute__((unused)), Value kwnames __attribute__((unused)))

METHOD(float_conjugate) { return exact(args[0]); }
METHOD(float_trunc) { return float_int(args[0]); }
METHOD(float_floor) { return py_int_from_double(floor(py_float_value(args[0]))); }
METHOD(float_ceil) { return py_int_from_double(ceil(py_float_value(args[0]))); }
METHOD(float_is_integer) {
    double d = py_float_value(args[0]);
    return vm_bool(isfinite(d) && floor(d) == d);
}
METHOD(float_hex) { return py_float_hex(py_float_value(args[0])); }
METHOD(float_fromhex) {
    if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "bad argument type for built-in operation");
    Value v = py_float_from_hex(args[1]);
    return v && args[0] != py_type(TYPE_FLOAT) ? py_call1(args[0], v) : v;
}
METHOD(float_getnewargs) { return py_tuple_pack(1, exact(args[0])); }
METHOD(float_format) {
    if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "__format__() argument must be str, not %T", args[1]);
    return py_format_float(args[0], args[1]);
}

METHOD(float_as_integer_ratio) {
    double d = py_float_value(args[0]);
    if (isinf(d)) return py_raise(TYPE_OverflowError, "cannot convert Infinity to integer ratio");
    if (isnan(d)) return py_raise(TYPE_ValueError, "cannot convert NaN to integer ratio");
    int exponent;
    double fraction = frexp(d, &exponent);
    for (int i = 0; i < 300 && fraction != floor(fraction); i++) fraction *= 2, exponent--;
    Value numerator = py_int_from_double(fraction), denominator = int_make(1);
    if (exponent > 0) numerator = py_int_lshift(numerator, int_make(exponent));
    else denominator = py_int_lshift(denominator, int_make(-exponent));
    return numerator && denominator ? py_tuple_pack(2, numerator, denominator) : 0;
}

/* Through correctly rounded decimal text: round(x, n) is the double nearest to x's decimal expansion cut at n digits. */
METHOD(float_round) {
    double d = py_float_value(args[0]);
    if (!args[1] || args[1] == VM_NONE) {
        if (!isfinite(d)) return py_int_from_double(d);
        return py_int_from_double(rint(d));
    }
    int64_t digits = py_index_int64(args[1], 0);
    if (digits == -1 && py_error()) return 0;
    if (!isfinite(d) || digits > 323) return exact(args[0]);
    if (digits < -308) return float_make(copysign(0.0, d));
    char text[FLOAT_TEXT_ROOM(330)];
    double rounded;
    if (digits >= 0) {
        py_double_format(text, sizeof text, d, 'f', (int)digits, false);
        py_double_parse(text, strlen(text), &rounded);
    } else { /* exact integer part first: then the integer's own rounding, as |d| below 2^53 need not be one */
        Value whole = py_int_from_double(d), unit = py_int_pow(int_make(10), int_make(-digits), VM_NONE);
        Value rest = whole && unit ? py_int_mod(whole, unit) : 0, down = rest ? py_int_sub(whole, rest) : 0;
        Value twice = down ? py_int_add(rest, rest) : 0;
        if (!twice) return 0;
        int order = py_int_compare(twice, unit);
        if (order == 0) {
            double fraction = d - trunc(d);
            Value odd = py_int_mod(py_int_floordiv(down, unit), int_make(2));
            order = fraction > 0 ? 1 : fraction < 0 ? -1 : odd == int_make(1) ? 1 : -1;
        }
        rounded = py_int_as_double(order > 0 ? py_int_add(down, unit) : down);
        if (rounded == 0) rounded = copysign(0.0, d);
    }
    if (isinf(rounded) || (rounded == -1.0 && py_error()))
        return py_error() ? 0 : py_raise(TYPE_OverflowError, "rounded value too large to represent");
    return float_make(rounded);
}

METHOD(float_getformat) {
    if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "__getformat__() argument must be str, not %T", args[1]);
    if (py_str_equal_c(args[1], "double") || py_str_equal_c(args[1], "float"))
        return py_str_c("IEEE, little-endian");
    return py_raise(TYPE_ValueError, "__getformat__() argument 1 must be 'double' or 'float'");
}

static const PyMethodDef float_methods[] = {
    {"conjugate", "($self, /)", float_conjugate, 0, "Return self, the complex conjugate of any float."},
    {"__trunc__", "($self, /)", float_trunc, 0, "Return the Integral closest to x between 0 and x."},
    {"__floor__", "($self, /)", float_floor, 0, "Return the floor as an Integral."},
    {"__ceil__", "($self, /)", float_ceil, 0, "Return the ceiling as an Integral."},
    {"__round__", "($self, ndigits=None, /)", float_round, 0, "Return the Integral closest to x, rounding half toward even."},
    {"as_integer_ratio", "($self, /)", float_as_integer_ratio, 0, "Return a pair of integers, whose ratio is exactly equal to the original float."},
    {"is_integer", "($self, /)", float_is_integer, 0, "Return True if the float is an integer."},
    {"hex", "($self, /)", float_hex, 0, "Return a hexadecimal representation of a floating-point number."},
    {"fromhex", "($type, string, /)", float_fromhex, PY_METHOD_CLASS, "Create a floating-point number from a hexadecimal string."},
    {"__getnewargs__", "($self, /)", float_getnewargs, 0, 0},
    {"__getformat__", "($type, typestr, /)", float_getformat, PY_METHOD_CLASS, "You probably don't want to use this function."},
    {"__format__", "($self, format_spec, /)", float_format, 0, "Formats the float according to format_spec."},
    {0}};
static Value get_imag(Value self) { return (void)self, float_make(0.0); }
static const PyGetSetDef float_getsets[] = {{"real", exact, 0, "the real part of a complex number"},
                                            {"imag", get_imag, 0, "the imaginary part of a complex number"},
                                            {0}};
const PyTypeSpec py_spec_float = {
    .doc = "float(x=0, /)\n--\n\nConvert a string or number to a floating point number, if possible.",
    .slots = {.repr = float_repr, .hash = float_slot_hash, .richcompare = float_compare, .new = float_new, .add = float_add,
              .sub = float_sub, .mul = float_mul, .truediv = float_truediv, .floordiv = float_floordiv, .mod = float_mod,
              .divmod = float_divmod, .pow = float_pow, .neg = float_neg, .pos = exact, .abs = float_abs,
              .boolean = float_boolean, .int_ = float_int, .float_ = exact},
    .methods = float_methods,
    .getsets = float_getsets,
    .raw_words = GC_KIND_LEAF};
