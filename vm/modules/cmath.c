/* Module cmath: the C library's complex functions, with Python's errors: EDOM for an invalid operation on finite arguments, overflow
 * for an infinite result of finite ones. */
#define _GNU_SOURCE
#include "vm/modules/module.h"
#include <complex.h>
#include <fenv.h>
#include <math.h>
#ifndef CMPLX /* glibc has it for gcc alone */
#define CMPLX(x, y) __builtin_complex((double)(x), (double)(y))
#endif

/* A complex, float, int, or what __complex__, __float__ or __index__ gives. */
static int complex_argument(Value v, double complex *out) {
    double d;
    if (py_is_instance_of(v, TYPE_COMPLEX)) {
        *out = CMPLX(REF(PyComplex, v)->real, REF(PyComplex, v)->imag);
        return 0;
    }
    Value method = py_lookup_special(v, NAME(__complex__));
    if (!method && py_error()) return -1;
    if (method) {
        Value result = py_call0(method);
        if (!result) return -1;
        if (!py_is_instance_of(result, TYPE_COMPLEX)) return py_raise_int(TYPE_TypeError, "__complex__ returned non-complex (type %T)", result);
        return complex_argument(result, out);
    }
    if (py_as_double(v, &d) < 0) return -1;
    *out = CMPLX(d, 0);
    return 0;
}
static bool finite_complex(double complex z) { return isfinite(creal(z)) && isfinite(cimag(z)); }
static bool nan_complex(double complex z) { return isnan(creal(z)) || isnan(cimag(z)); }
static Value complex_value(double complex z) { return py_complex_new(creal(z), cimag(z)); }

static Value apply(Value v, double complex (*function)(double complex)) {
    double complex z = 0;
    if (complex_argument(v, &z) < 0) return 0;
    feclearexcept(FE_DIVBYZERO);
    double complex result = function(z);
    bool pole = finite_complex(z) && !finite_complex(result) && fetestexcept(FE_DIVBYZERO);
    if (pole) return py_raise(TYPE_ValueError, "math domain error");
    if (!nan_complex(z) && nan_complex(result)) return py_raise(TYPE_ValueError, "math domain error");
    if (finite_complex(z) && !finite_complex(result)) return py_raise(TYPE_OverflowError, "math range error");
    return complex_value(result);
}
#define UNARY(name)                                                                                                   \
    FUNCTION(cmath_##name) { return apply(args[0], c##name); }
/* C leaves one part open where the other is 0 and this one NaN. */
static double complex acosh_of(double complex z) { return creal(z) == 0 && isnan(cimag(z)) ? CMPLX(NAN, NAN) : cacosh(z); }
static double complex tanh_of(double complex z) { return creal(z) == 0 && isnan(cimag(z)) ? CMPLX(NAN, NAN) : ctanh(z); }
static double complex tan_of(double complex z) { return cimag(z) == 0 && isnan(creal(z)) ? CMPLX(NAN, NAN) : ctan(z); }
FUNCTION(cmath_acosh) { return apply(args[0], acosh_of); }
FUNCTION(cmath_tan) { return apply(args[0], tan_of); }
FUNCTION(cmath_tanh) { return apply(args[0], tanh_of); }
UNARY(acos) UNARY(asin) UNARY(asinh) UNARY(atan) UNARY(atanh) UNARY(cos) UNARY(cosh) UNARY(exp) UNARY(sin) UNARY(sinh)
UNARY(sqrt)

static Value logarithm(Value v, double complex *out) {
    double complex z = 0;
    if (complex_argument(v, &z) < 0) return 0;
    if (z == 0) return py_raise(TYPE_ValueError, "math domain error");
    *out = clog(z);
    return VM_NONE;
}
FUNCTION(cmath_log) {
    double complex x = 0, base = 0;
    if (!logarithm(args[0], &x)) return 0;
    if (!args[1]) return complex_value(x);
    if (!logarithm(args[1], &base)) return 0;
    return base == 0 ? py_raise(TYPE_ValueError, "math domain error") : complex_value(x / base);
}
FUNCTION(cmath_log10) {
    double complex x = 0;
    return logarithm(args[0], &x) ? complex_value(CMPLX(creal(x) / M_LN10, cimag(x) / M_LN10)) : 0;
}
FUNCTION(cmath_phase) {
    double complex z = 0;
    return complex_argument(args[0], &z) < 0 ? 0 : float_make(carg(z));
}
FUNCTION(cmath_polar) {
    double complex z = 0;
    if (complex_argument(args[0], &z) < 0) return 0;
    double r = cabs(z);
    if (isinf(r) && finite_complex(z)) return py_raise(TYPE_OverflowError, "math range error");
    return py_tuple_pack(2, float_make(r), float_make(carg(z)));
}
FUNCTION(cmath_rect) {
    double r, phi;
    if (py_as_double(args[0], &r) < 0 || py_as_double(args[1], &phi) < 0) return 0;
    if (isinf(phi) && r != 0 && !isnan(r)) return py_raise(TYPE_ValueError, "math domain error");
    if (r == 0 && !isfinite(phi)) return py_complex_new(0, 0);
    if (isinf(r) && isnan(phi)) return py_complex_new(INFINITY, NAN);
    if (phi == 0) return py_complex_new(r, isnan(r) ? 0 : isinf(r) ? (r < 0 ? -phi : phi) : r * phi);
    return py_complex_new(r * cos(phi), r * sin(phi));
}
#define TEST(name, expression)                                                                                        \
    FUNCTION(cmath_##name) {                                                                                          \
        double complex z = 0;                                                                                             \
        return complex_argument(args[0], &z) < 0 ? 0 : vm_bool(expression);                                           \
    }
TEST(isfinite, finite_complex(z))
TEST(isnan, nan_complex(z))
TEST(isinf, isinf(creal(z)) || isinf(cimag(z)))
FUNCTION(cmath_isclose) {
    double complex a, b;
    double relative = 1e-9, absolute = 0;
    if (complex_argument(args[0], &a) < 0 || complex_argument(args[1], &b) < 0 || (args[2] && py_as_double(args[2], &relative) < 0) ||
        (args[3] && py_as_double(args[3], &absolute) < 0))
        return 0;
    if (relative < 0 || absolute < 0) return py_raise(TYPE_ValueError, "tolerances must be non-negative");
    if (a == b) return VM_TRUE;
    if (isinf(creal(a)) || isinf(cimag(a)) || isinf(creal(b)) || isinf(cimag(b))) return VM_FALSE;
    double difference = cabs(a - b);
    return vm_bool(difference <= relative * cabs(b) || difference <= relative * cabs(a) || difference <= absolute);
}

#define ONE(name) {#name, "($module, z, /)", cmath_##name, 0, 0}
static const PyMethodDef cmath_functions[] = {
    ONE(acos), ONE(acosh), ONE(asin), ONE(asinh), ONE(atan), ONE(atanh), ONE(cos), ONE(cosh), ONE(exp), ONE(sin), ONE(sinh), ONE(sqrt), ONE(tan),
    ONE(tanh), ONE(log10), ONE(phase), ONE(polar), ONE(isfinite), ONE(isnan), ONE(isinf),
    {"log", "($module, z, base=<unrepresentable>, /)", cmath_log, 0, "log(z[, base]) -> the logarithm of z to the given base."},
    {"rect", "($module, r, phi, /)", cmath_rect, 0, "Convert from polar coordinates to rectangular coordinates."},
    {"isclose", "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)", cmath_isclose, 0, "Determine whether two complex numbers are close in value."},
    {0}};
static int cmath_init(Value module) {
    return py_module_add(module, "pi", float_make(M_PI)) < 0 || py_module_add(module, "e", float_make(M_E)) < 0 || py_module_add(module, "tau", float_make(2 * M_PI)) < 0 ||
                   py_module_add(module, "inf", float_make(INFINITY)) < 0 || py_module_add(module, "nan", float_make(NAN)) < 0 ||
                   py_module_add(module, "infj", py_complex_new(0, INFINITY)) < 0 || py_module_add(module, "nanj", py_complex_new(0, NAN)) < 0
               ? -1
               : 0;
}
const PyModuleDef py_module_cmath = {.doc = "This module provides access to mathematical functions for complex\nnumbers.", .functions = cmath_functions, .init = cmath_init};
