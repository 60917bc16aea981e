/* Module math: functions of one or two doubles over libm, with Python's errors. Integers and folds are in math_int.c. */
#define _GNU_SOURCE
#include "vm/objects/float.h"
#include "vm/objects/int.h"
#include <errno.h>
#include <math.h>

extern const PyMethodDef math_int_functions[]; /* math_int.c */

#define MATH(name)                                                                                                    \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

static Value domain_error(void) { return py_raise(TYPE_ValueError, "math domain error"); }
static Value range_error(void) { return py_raise(TYPE_OverflowError, "math range error"); }

/* The result of a function whose value is finite for finite arguments, but for poles and overflow. */
static Value checked(double result, bool finite_arguments, bool may_overflow) {
    if (isnan(result) && finite_arguments) return domain_error();
    if (isinf(result) && finite_arguments) return may_overflow ? range_error() : domain_error();
    return float_make(result);
}

#define UNARY(name, expression, may_overflow)                                                                         \
    MATH(math_##name) {                                                                                               \
        double x;                                                                                                     \
        if (py_as_double(args[0], &x) < 0) return 0;                                                                  \
        double result = expression;                                                                                   \
        if (isnan(result) && !isnan(x)) return domain_error();                                                        \
        return checked(result, isfinite(x), may_overflow);                                                            \
    }
UNARY(acos, acos(x), false)
UNARY(acosh, acosh(x), false)
UNARY(asin, asin(x), false)
UNARY(asinh, asinh(x), false)
UNARY(atan, atan(x), false)
UNARY(atanh, atanh(x), false)
UNARY(cbrt, cbrt(x), false)
UNARY(cos, cos(x), false)
UNARY(cosh, cosh(x), true)
UNARY(erf, erf(x), false)
UNARY(erfc, erfc(x), false)
UNARY(exp, exp(x), true)
UNARY(exp2, exp2(x), true)
UNARY(expm1, expm1(x), true)
UNARY(fabs, fabs(x), false)
UNARY(log1p, log1p(x), false)
UNARY(sin, sin(x), false)
UNARY(sinh, sinh(x), true)
UNARY(sqrt, sqrt(x), false)
UNARY(tan, tan(x), false)
UNARY(tanh, tanh(x), false)
UNARY(degrees, x * (180.0 / M_PI), true)
UNARY(radians, x * (M_PI / 180.0), false)

/* At the poles (0, -1, -2 ...) a domain error, elsewhere overflow. */
MATH(math_gamma) {
    double x;
    if (py_as_double(args[0], &x) < 0) return 0;
    if (x == 0 || (x < 0 && (isinf(x) || x == floor(x)))) return domain_error();
    return checked(tgamma(x), isfinite(x), true);
}
MATH(math_lgamma) {
    double x;
    int sign;
    if (py_as_double(args[0], &x) < 0) return 0;
    if (x <= 0 && isfinite(x) && x == floor(x)) return domain_error();
    return checked(lgamma_r(x, &sign), isfinite(x), true);
}

static int two(const Value *args, double *x, double *y) {
    return py_as_double(args[0], x) < 0 || py_as_double(args[1], y) < 0 ? -1 : 0;
}

MATH(math_atan2) {
    double x, y;
    return two(args, &x, &y) < 0 ? 0 : float_make(atan2(x, y));
}
MATH(math_copysign) {
    double x, y;
    return two(args, &x, &y) < 0 ? 0 : float_make(copysign(x, y));
}
MATH(math_nextafter) {
    double x, y;
    return two(args, &x, &y) < 0 ? 0 : float_make(nextafter(x, y));
}
MATH(math_fmod) {
    double x, y;
    if (two(args, &x, &y) < 0) return 0;
    double result = fmod(x, y);
    return isnan(result) && !isnan(x) && !isnan(y) ? domain_error() : float_make(result);
}
MATH(math_remainder) {
    double x, y;
    if (two(args, &x, &y) < 0) return 0;
    double result = remainder(x, y);
    return isnan(result) && !isnan(x) && !isnan(y) ? domain_error() : float_make(result);
}
MATH(math_pow) {
    double x, y;
    if (two(args, &x, &y) < 0) return 0;
    double result = pow(x, y);
    if (!isfinite(x) || !isfinite(y)) return float_make(result);
    if (isnan(result) || (isinf(result) && x == 0)) return domain_error();
    return isinf(result) ? range_error() : float_make(result);
}
MATH(math_ldexp) {
    double x;
    int64_t exponent;
    if (py_as_double(args[0], &x) < 0) return 0;
    if (!py_is_int(args[1])) return py_raise(TYPE_TypeError, "Expected an int as second argument to ldexp.");
    if (py_int_as_i64(args[1], &exponent)) exponent = py_int_compare(args[1], int_make(0)) < 0 ? -100000 : 100000;
    if (x == 0 || !isfinite(x)) return float_make(x);
    double result = ldexp(x, (int)(exponent > 100000 ? 100000 : exponent < -100000 ? -100000 : exponent));
    return isinf(result) ? range_error() : float_make(result);
}
MATH(math_frexp) {
    double x;
    int exponent = 0;
    if (py_as_double(args[0], &x) < 0) return 0;
    double fraction = isfinite(x) && x != 0 ? frexp(x, &exponent) : x;
    return py_tuple_pack(2, float_make(fraction), int_make(exponent));
}
MATH(math_modf) {
    double x, whole;
    if (py_as_double(args[0], &x) < 0) return 0;
    double fraction = modf(x, &whole);
    return py_tuple_pack(2, float_make(fraction), float_make(whole));
}
MATH(math_ulp) {
    double x;
    if (py_as_double(args[0], &x) < 0) return 0;
    x = fabs(x);
    if (!isfinite(x)) return float_make(x);
    double above = nextafter(x, INFINITY);
    return float_make(isinf(above) ? x - nextafter(x, -INFINITY) : above - x);
}

#define TEST(name, expression)                                                                                        \
    MATH(math_##name) {                                                                                               \
        double x;                                                                                                     \
        return py_as_double(args[0], &x) < 0 ? 0 : vm_bool(expression);                                               \
    }
TEST(isfinite, isfinite(x) != 0)
TEST(isinf, isinf(x) != 0)
TEST(isnan, isnan(x) != 0)

MATH(math_isclose) {
    double a, b, relative = 1e-9, absolute = 0;
    if (two(args, &a, &b) < 0 || (args[2] && py_as_double(args[2], &relative) < 0) || (args[3] && py_as_double(args[3], &absolute) < 0)) return 0;
    if (relative < 0 || absolute < 0) return py_raise(TYPE_ValueError, "tolerances must be non-negative");
    if (a == b) return VM_TRUE;
    if (isinf(a) || isinf(b)) return VM_FALSE;
    double difference = fabs(b - a);
    return vm_bool(difference <= fabs(relative * b) || difference <= fabs(relative * a) || difference <= absolute);
}

/* ---- logarithms: of integers of any size ------------------------------------------------------------------------------------------------ */

static int logarithm(Value v, double (*log_function)(double), double *out) {
    double x;
    if (py_is_int(v)) {
        IntView view;
        int_view(&view, v);
        if (view.negative || !view.count) return domain_error(), -1;
        if (view.count > 15) { /* beyond double: 2^shift * x */
            int64_t shift = (int64_t)py_int_bit_length(v) - 64;
            x = py_int_scaled_double(&view, -shift);
            *out = log_function(x) + (double)shift * log_function(2.0);
            return 0;
        }
    }
    if (py_as_double(v, &x) < 0) return -1;
    if (x < 0 || x == 0) return domain_error(), -1;
    *out = log_function(x);
    return 0;
}
MATH(math_log) {
    double x, base;
    if (logarithm(args[0], log, &x) < 0) return 0;
    if (!args[1]) return float_make(x);
    if (logarithm(args[1], log, &base) < 0) return 0;
    if (base == 0) return py_raise(TYPE_ZeroDivisionError, "float division by zero");
    return float_make(x / base);
}
MATH(math_log2) {
    double x;
    return logarithm(args[0], log2, &x) < 0 ? 0 : float_make(x);
}
MATH(math_log10) {
    double x;
    return logarithm(args[0], log10, &x) < 0 ? 0 : float_make(x);
}

/* ---- to integers -------------------------------------------------------------------------------------------------------------------------- */

static Value rounded(Value v, Value name, double (*function)(double)) {
    if (!is_float(v) && !is_exactly(v, TYPE_FLOAT)) {
        Value method = py_lookup_special(v, name);
        if (method) return py_call0(method);
        if (py_error()) return 0;
    }
    double x;
    return py_as_double(v, &x) < 0 ? 0 : py_int_from_double(function(x));
}
MATH(math_ceil) { return rounded(args[0], NAME(__ceil__), ceil); }
MATH(math_floor) { return rounded(args[0], NAME(__floor__), floor); }
MATH(math_trunc) {
    if (is_float(args[0])) return py_int_from_double(float_value(args[0]));
    Value method = py_lookup_special(args[0], NAME(__trunc__));
    if (!method) return py_error() ? 0 : py_raise(TYPE_TypeError, "type %T doesn't define __trunc__ method", args[0]);
    return py_call0(method);
}

#define ONE(name, text) {#name, "($module, x, /)", math_##name, 0, text}
#define TWO(name, text) {#name, "($module, x, y, /)", math_##name, 0, text}
static const PyMethodDef math_functions[] = {
    ONE(acos, "Return the arc cosine (measured in radians) of x."), ONE(acosh, "Return the inverse hyperbolic cosine of x."),
    ONE(asin, "Return the arc sine (measured in radians) of x."), ONE(asinh, "Return the inverse hyperbolic sine of x."),
    ONE(atan, "Return the arc tangent (measured in radians) of x."), ONE(atanh, "Return the inverse hyperbolic tangent of x."),
    ONE(cbrt, "Return the cube root of x."), ONE(cos, "Return the cosine of x (measured in radians)."),
    ONE(cosh, "Return the hyperbolic cosine of x."), ONE(erf, "Error function at x."), ONE(erfc, "Complementary error function at x."),
    ONE(exp, "Return e raised to the power of x."), ONE(exp2, "Return 2 raised to the power of x."), ONE(expm1, "Return exp(x)-1."),
    ONE(fabs, "Return the absolute value of the float x."), ONE(log1p, "Return the natural logarithm of 1+x (base e)."),
    ONE(sin, "Return the sine of x (measured in radians)."), ONE(sinh, "Return the hyperbolic sine of x."),
    ONE(sqrt, "Return the square root of x."), ONE(tan, "Return the tangent of x (measured in radians)."),
    ONE(tanh, "Return the hyperbolic tangent of x."), ONE(degrees, "Convert angle x from radians to degrees."),
    ONE(radians, "Convert angle x from degrees to radians."), ONE(gamma, "Gamma function at x."),
    ONE(lgamma, "Natural logarithm of absolute value of Gamma function at x."), ONE(frexp, "Return the mantissa and exponent of x, as pair (m, e)."),
    ONE(modf, "Return the fractional and integer parts of x."), ONE(ulp, "Return the value of the least significant bit of the float x."),
    ONE(isfinite, "Return True if x is neither an infinity nor a NaN, and False otherwise."),
    ONE(isinf, "Return True if x is a positive or negative infinity, and False otherwise."),
    ONE(isnan, "Return True if x is a NaN (not a number), and False otherwise."), ONE(log2, "Return the base 2 logarithm of x."),
    ONE(log10, "Return the base 10 logarithm of x."), ONE(ceil, "Return the ceiling of x as an Integral."),
    ONE(floor, "Return the floor of x as an Integral."), ONE(trunc, "Truncates the Real x to the nearest Integral toward 0."),
    TWO(atan2, "Return the arc tangent (measured in radians) of y/x."),
    TWO(copysign, "Return a float with the magnitude (absolute value) of x but the sign of y."),
    TWO(nextafter, "Return the next floating-point value after x towards y."), TWO(fmod, "Return fmod(x, y), according to platform C."),
    TWO(remainder, "Difference between x and the closest integer multiple of y."), TWO(pow, "Return x**y (x to the power of y)."),
    {"ldexp", "($module, x, i, /)", math_ldexp, 0, "Return x * (2**i)."},
    {"log", "($module, x, base=math.e, /)", math_log, 0, "Return the logarithm of x to the given base."},
    {"isclose", "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)", math_isclose, 0, "Determine whether two floating point numbers are close in value."},
    {0}};

static int math_init(Value module) {
    const struct {
        const char *name;
        double value;
    } constants[] = {{"pi", M_PI}, {"e", M_E}, {"tau", 2 * M_PI}, {"inf", INFINITY}, {"nan", NAN}};
    for (size_t i = 0; i < 5; i++)
        if (py_module_add(module, constants[i].name, float_make(constants[i].value)) < 0) return -1;
    for (const PyMethodDef *function = math_int_functions; function->name; function++)
        if (py_module_add(module, function->name, py_builtin_new(function, module, py_intern_c("math"))) < 0) return -1;
    return 0;
}
const PyModuleDef py_module_math = {
    .doc = "This module provides access to the mathematical functions\ndefined by the C standard.", .functions = math_functions, .init = math_init};
