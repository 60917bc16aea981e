/* int: constructor, methods, power; bool. */
#include "vm/objects/int_long.h"

/* ---- power ------------------------------------------------------------------------------------------------------------ */

/* r = a to the power of b modulo c, with c's sign; none: a has no inverse. */
static void compute_power_mod(IntLong *l) {
    mpz_t base, exponent, modulus;
    mpz_init_set(base, l->a);
    mpz_init_set(exponent, l->b);
    mpz_init_set(modulus, l->c);
    mpz_abs(modulus, modulus);
    l->none = mpz_sgn(exponent) < 0 && !mpz_invert(base, base, modulus);
    mpz_abs(exponent, exponent);
    if (!l->none) mpz_powm(l->r, base, exponent, modulus);
    if (mpz_sgn(l->c) < 0 && mpz_sgn(l->r)) mpz_sub(l->r, modulus, l->r), mpz_neg(l->r, l->r);
    mpz_clears(base, exponent, modulus, NULL);
}

static Value power_mod(Value base, Value exponent, Value mod) {
    if (mod == int_make(0) || mod == VM_FALSE) return py_raise(TYPE_ValueError, "pow() 3rd argument cannot be 0");
    Value result = int_long_result_may_call(compute_power_mod, base, exponent, mod, 0);
    return result || py_error() ? result : py_raise(TYPE_ValueError, "base is not invertible for the given modulus");
}

static Value multiply_may_call(Value a, Value b) { return int_long_both(a, b) ? int_long_mul_may_call(a, b) : py_int_mul(a, b); }

Value py_int_pow(Value base, Value exponent, Value mod) {
    if (mod != VM_NONE) return power_mod(base, exponent, mod);
    int64_t e;
    bool huge = py_int_as_i64(exponent, &e) != 0;
    IntView view;
    int_view(&view, exponent);
    if (view.negative) { /* int ** negative int is a float */
        double x = py_int_as_double(base), y = py_int_as_double(exponent);
        if (py_error()) return 0;
        return py_binary(PY_OP_POW, float_make(x), float_make(y));
    }
    size_t bits = py_int_bit_length(base);
    if (bits <= 1 && huge) { /* 0, 1, -1 */
        if (bits == 0) return int_make(0);
        int_view(&view, base);
        return int_make(view.negative && (REF(PyInt, exponent)->limbs[0] & 1) ? -1 : 1);
    }
    if (huge || (bits > 1 && (double)bits * (double)e > 3e11)) return py_raise_memory();
    Value result = int_make(1), square = base;
    for (;;) {
        if (e & 1) result = multiply_may_call(result, square);
        e >>= 1;
        if (!e || !result) return result;
        square = multiply_may_call(square, square);
        if (!square) return 0;
    }
}

/* ---- constructor --------------------------------------------------------------------------------------------------------- */

/* An instance of a subclass with the value of the exact int v. */
static Value subclass_instance(Value type, Value v) {
    IntView view;
    int_view(&view, v);
    size_t count = view.count;
    Value self = py_alloc(type, (count ? count : 1) * sizeof(mp_limb_t));
    if (!self) return 0;
    int_view(&view, v);
    PyInt GS *object = REF(PyInt, self);
    for (size_t i = 0; i < count; i++) object->limbs[i] = view.limbs[i];
    object->size = view.negative ? -(int64_t)count : (int64_t)count;
    return self;
}

static Value exact(Value v) { return is_int(v) || is_exactly(v, TYPE_INT) ? v : py_int_add(v, int_make(0)); }

static Value from_buffer(Value x, int base) {
    PyBuffer buffer;
    if (py_get_buffer(x, &buffer, false) < 0) return 0;
    Value text = py_decode(buffer.data, (size_t)buffer.length, "ascii", "surrogateescape");
    py_release_buffer(&buffer);
    if (!text) return 0;
    Value v = py_int_from_text(text, base);
    if (!v && py_error_is(TYPE_ValueError)) {
        py_error_clear();
        return int_raise_literal(x, base);
    }
    return v;
}

static bool is_byte_text(Value v) { return py_is_bytes(v) || py_is_instance_of(v, TYPE_BYTEARRAY); }

/* int(x) for any x, as an exact int. */
static Value convert(Value x) {
    if (is_int(x)) return x;
    if (py_is_str(x)) return py_int_from_text(x, 10);
    Value method = py_lookup_special(x, NAME(__int__));
    Value result = 0;
    if (method) {
        result = py_call0(method);
        if (result && !py_is_int(result)) return py_raise(TYPE_TypeError, "__int__ returned non-int (type %T)", result);
        if (!result) return 0;
        bool strict = is_int(result) || is_exactly(result, TYPE_INT);
        return strict || py_warn_int_subclass("__int__", result) == 0 ? exact(result) : 0;
    }
    if (py_error()) return 0;
    if (vm_type_of(x)->slots->index && (method = py_lookup_special(x, NAME(__index__)))) return (result = py_index(x)) ? exact(result) : 0;
    if (py_error()) return 0;
    if ((method = py_lookup_special(x, NAME(__trunc__)))) {
        if (py_warn(TYPE_DeprecationWarning, 1, "The delegation of int() to __trunc__ is deprecated.") < 0) return 0;
        result = py_call0(method);
        if (!result) return 0;
        if (py_is_int(result)) return exact(result);
        Value index = py_lookup_special(result, NAME(__index__));
        if (!index) return py_error() ? 0 : py_raise(TYPE_TypeError, "__trunc__ returned non-Integral (type %T)", result);
        return (result = py_index(result)) ? exact(result) : 0;
    }
    if (py_error()) return 0;
    if (vm_type_of(x)->slots->get_buffer) return from_buffer(x, 10);
    return py_raise(TYPE_TypeError, "int() argument must be a string, a bytes-like object or a real number, not '%T'", x);
}

static Value convert_with_base(Value x, Value base_value) {
    int64_t base = py_index_int64(base_value, 0);
    if (base == -1 && py_error()) return 0;
    if ((base != 0 && base < 2) || base > 36)
        return py_raise(TYPE_ValueError, "int() base must be >= 2 and <= 36, or 0");
    if (py_is_str(x)) return py_int_from_text(x, (int)base);
    if (is_byte_text(x)) return from_buffer(x, (int)base);
    return py_raise(TYPE_TypeError, "int() can't convert non-string with explicit base");
}

Value py_int_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    Value base = nargs > 1 ? args[1] : 0;
    size_t keywords = kwnames ? (size_t)tuple_length(kwnames) : 0;
    for (size_t k = 0; k < keywords; k++) {
        if (!py_str_equal_c(tuple_item(kwnames, (int64_t)k), "base"))
            return py_raise(TYPE_TypeError, "'%S' is an invalid keyword argument for int()", tuple_item(kwnames, (int64_t)k));
        base = args[nargs + k];
    }
    if (nargs + keywords > 2) return py_raise(TYPE_TypeError, "int() takes at most 2 arguments (%zu given)", nargs + keywords);
    if (nargs == 0 && base) return py_raise(TYPE_TypeError, "int() missing string argument");
    Value v = nargs == 0 ? int_make(0) : base ? convert_with_base(args[0], base) : convert(args[0]);
    if (!v || type == py_type(TYPE_INT)) return v;
    return subclass_instance(type, v);
}

/* ---- methods ------------------------------------------------------------------------------------------------------------- */

#define METHOD(name) static Value name(const Value *args, size_t nargs __attribute__((unused)), Value kwnames __attribute__((unused)))

METHOD(int_self) { return exact(args[0]); }
METHOD(int_bit_length) { return int_make((int64_t)py_int_bit_length(args[0])); }
METHOD(int_bit_count) {
    IntView view;
    int_view(&view, args[0]);
    return int_make(view.count ? (int64_t)mpn_popcount(view.limbs, (mp_size_t)view.count) : 0);
}
METHOD(int_as_integer_ratio) { return py_tuple_pack(2, exact(args[0]), int_make(1)); }
METHOD(int_getnewargs) { return py_tuple_pack(1, exact(args[0])); }
METHOD(int_format) {
    if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "__format__() argument must be str, not %T", args[1]);
    return py_format_int(args[0], args[1]);
}
METHOD(int_sizeof) {
    IntView view;
    int_view(&view, args[0]);
    return int_make(is_int(args[0]) ? 8 : (int64_t)(sizeof(PyInt) + view.count * 8));
}

/* round(n, -k): to the nearest multiple of 10^k, ties to even. */
METHOD(int_round) {
    if (!args[1] || args[1] == VM_NONE) return exact(args[0]);
    Value digits = py_index(args[1]);
    if (!digits) return 0;
    if (py_int_compare(digits, int_make(0)) >= 0) return exact(args[0]);
    Value unit = py_int_pow(int_make(10), py_int_sub(int_make(0), digits), VM_NONE);
    Value rest = unit ? py_int_mod(args[0], unit) : 0;
    Value down = rest ? py_int_sub(args[0], rest) : 0, twice = down ? py_int_add(rest, rest) : 0;
    if (!twice) return 0;
    int order = py_int_compare(twice, unit);
    if (order == 0) {
        Value quotient = py_int_floordiv(down, unit);
        Value odd = quotient ? py_int_mod(quotient, int_make(2)) : 0;
        if (!odd) return 0;
        order = odd == int_make(1) ? 1 : -1;
    }
    return order > 0 ? py_int_add(down, unit) : down;
}

static int byte_order(Value order, bool *little) {
    *little = order && py_str_equal_c(order, "little");
    if (!order || *little || py_str_equal_c(order, "big")) return 0;
    return py_raise_int(TYPE_ValueError, "byteorder must be either 'little' or 'big'");
}

METHOD(int_to_bytes) {
    bool little;
    int is_signed = args[3] ? py_truth(args[3]) : 0;
    int64_t length = args[1] ? py_index_int64(args[1], "int") : 1;
    if (is_signed < 0 || (length == -1 && py_error())) return 0;
    if (args[2] && !py_is_str(args[2])) return py_raise(TYPE_TypeError, "to_bytes() argument 'byteorder' must be str, not %T", args[2]);
    if (byte_order(args[2], &little) < 0) return 0;
    if (length < 0) return py_raise(TYPE_ValueError, "length argument must be non-negative");
    Value bytes = py_bytes_new(0, (size_t)length);
    if (!bytes) return 0;
    IntView view;
    int_view(&view, args[0]);
    if (view.negative && !is_signed) return py_raise(TYPE_OverflowError, "can't convert negative int to unsigned");
    if (py_int_to_bytes(args[0], stm_flat(bytes_data(bytes), (size_t)length, true), (size_t)length, little, is_signed) < 0)
        return py_raise(TYPE_OverflowError, "int too big to convert");
    return bytes;
}

METHOD(int_from_bytes) {
    bool little;
    int is_signed = args[3] ? py_truth(args[3]) : 0;
    if (is_signed < 0) return 0;
    if (args[2] && !py_is_str(args[2])) return py_raise(TYPE_TypeError, "from_bytes() argument 'byteorder' must be str, not %T", args[2]);
    if (byte_order(args[2], &little) < 0) return 0;
    if (py_is_int(args[1]) || py_is_str(args[1])) return py_raise(TYPE_TypeError, "cannot convert '%T' object to bytes", args[1]);
    Value bytes = py_is_bytes(args[1]) ? args[1] : py_call1(py_type(TYPE_BYTES), args[1]);
    if (!bytes) return 0;
    size_t length = (size_t)REF(PyBytes, bytes)->length;
    Value v = py_int_from_bytes(stm_flat(bytes_data(bytes), length, false), length, little, is_signed);
    return v && args[0] != py_type(TYPE_INT) ? py_call1(args[0], v) : v;
}

const PyMethodDef py_int_methods[] = {
    {"conjugate", "($self, /)", int_self, 0, "Returns self, the complex conjugate of any int."},
    {"bit_length", "($self, /)", int_bit_length, 0, "Number of bits necessary to represent self in binary."},
    {"bit_count", "($self, /)", int_bit_count, 0, "Number of ones in the binary representation of the absolute value of self."},
    {"to_bytes", "($self, /, length=1, byteorder='big', *, signed=False)", int_to_bytes, 0,
     "Return an array of bytes representing an integer."},
    {"from_bytes", "($type, /, bytes, byteorder='big', *, signed=False)", int_from_bytes, PY_METHOD_CLASS,
     "Return the integer represented by the given array of bytes."},
    {"as_integer_ratio", "($self, /)", int_as_integer_ratio, 0, "Return a pair of integers, whose ratio is equal to the original int."},
    {"__trunc__", "($self, /)", int_self, 0, "Truncating an Integral returns itself."},
    {"__floor__", "($self, /)", int_self, 0, "Flooring an Integral returns itself."},
    {"__ceil__", "($self, /)", int_self, 0, "Ceiling of an Integral returns itself."},
    {"__round__", "($self, ndigits=None, /)", int_round, 0, "Rounding an Integral returns itself."},
    {"__getnewargs__", "($self, /)", int_getnewargs, 0, 0},
    {"__format__", "($self, format_spec, /)", int_format, 0, 0},
    {"__sizeof__", "($self, /)", int_sizeof, 0, "Returns size in memory, in bytes."},
    {0}};

static Value get_zero(Value self) { return (void)self, int_make(0); }
static Value get_one(Value self) { return (void)self, int_make(1); }
const PyGetSetDef py_int_getsets[] = {{"real", exact, 0, "the real part of a complex number"},
                                      {"imag", get_zero, 0, "the imaginary part of a complex number"},
                                      {"numerator", exact, 0, "the numerator of a rational number in lowest terms"},
                                      {"denominator", get_one, 0, "the denominator of a rational number in lowest terms"},
                                      {0}};

/* ---- bool ------------------------------------------------------------------------------------------------------------------ */

static Value bool_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)type;
    if (kwnames && tuple_length(kwnames)) return py_raise(TYPE_TypeError, "bool() takes no keyword arguments");
    if (nargs > 1) return py_raise(TYPE_TypeError, "bool expected at most 1 argument, got %zu", nargs);
    int truth = nargs ? py_truth(args[0]) : 0;
    return truth < 0 ? 0 : vm_bool(truth);
}

static Value bool_repr(Value v) { return py_intern_c(v == VM_TRUE ? "True" : "False"); }

#define BOOL_BINARY(name, operator, slot)                                                                             \
    static Value bool_##name(Value a, Value b) {                                                                      \
        if (is_bool(a) && is_bool(b)) return vm_bool((a == VM_TRUE) operator(b == VM_TRUE));                          \
        return py_spec_int.slots.slot(a, b);                                                                          \
    }
BOOL_BINARY(and, &, and_)
BOOL_BINARY(or, |, or_)
BOOL_BINARY(xor, ^, xor)

const PyTypeSpec py_spec_bool = {
    .doc = "bool(x) -> bool\n\nReturns True when the argument x is true, False otherwise.",
    .slots = {.repr = bool_repr, .new = bool_new, .and_ = bool_and, .or_ = bool_or, .xor = bool_xor},
    .raw_words = GC_KIND_LEAF};
