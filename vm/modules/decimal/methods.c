/* Module _decimal: methods of Decimals. Most are rows of operations.tbl. */
#include "vm/modules/decimal/decimal.h"
#include "vm/modules/decimal/methods.h"

/* ---- operations ------------------------------------------------------------------------------------------------------- */

Value decimal_unary(Value context, Value x, DecUnary *operation, DecRounding rounding) {
    DecimalOp op;
    Dec a, r;
    dec_init(&a), dec_init(&r);
    if (!context || decimal_operand_or_raise(&a, x) < 0) return 0;
    decimal_begin(&op, context);
    if (rounding != DEC_ROUNDING_COUNT) op.ctx.rounding = rounding;
    operation(&r, &a, &op.ctx);
    dec_free(&a);
    return decimal_end(&op, &r);
}
Value decimal_binary(Value context, Value x, Value y, DecBinary *operation, DecRounding rounding) {
    DecimalOp op;
    Dec a, b, r;
    dec_init(&a), dec_init(&b), dec_init(&r);
    int status = !context || decimal_operand_or_raise(&a, x) < 0 || decimal_operand_or_raise(&b, y) < 0 ? -1 : 0;
    if (status == 0) {
        decimal_begin(&op, context);
        if (rounding != DEC_ROUNDING_COUNT) op.ctx.rounding = rounding;
        operation(&r, &a, &b, &op.ctx);
    }
    dec_free(&a), dec_free(&b);
    return status < 0 ? 0 : decimal_end(&op, &r);
}
static Value ternary(Value context, const Value *operands, DecTernary *operation) {
    DecimalOp op;
    Dec values[3], r;
    int status = context ? 0 : -1;
    dec_init(&r);
    for (int i = 0; i < 3; i++) {
        dec_init(&values[i]);
        if (status == 0) status = decimal_operand_or_raise(&values[i], operands[i]);
    }
    if (status == 0) {
        decimal_begin(&op, context);
        operation(&r, &values[0], &values[1], &values[2], &op.ctx);
    }
    for (int i = 0; i < 3; i++) dec_free(&values[i]);
    return status < 0 ? 0 : decimal_end(&op, &r);
}
Value decimal_fma(Value context, Value x, Value y, Value z) { return ternary(context, (const Value[]){x, y, z}, dec_fma); }
Value decimal_divmod(Value context, Value x, Value y) {
    DecimalOp op;
    Dec a, b, q, r;
    dec_init(&a), dec_init(&b), dec_init(&q), dec_init(&r);
    Value quotient = 0, remainder = 0;
    if (decimal_operand_or_raise(&a, x) == 0 && decimal_operand_or_raise(&b, y) == 0) {
        decimal_begin(&op, context);
        dec_divmod(&q, &r, &a, &b, &op.ctx);
        if (op.ctx.status & DEC_NO_MEMORY) op.ctx.status = DEC_NO_MEMORY;
        if (context_signal(context, op.ctx.status) == 0 && (quotient = decimal_new(&q))) remainder = decimal_new(&r);
    }
    dec_free(&a), dec_free(&b), dec_free(&q), dec_free(&r);
    return remainder ? py_tuple_pack(2, quotient, remainder) : 0;
}
Value decimal_power(Value context, Value x, Value y, Value modulus_or_none) {
    if (!modulus_or_none || modulus_or_none == VM_NONE) return decimal_binary(context, x, y, dec_power, DEC_ROUNDING_COUNT);
    return ternary(context, (const Value[]){x, y, modulus_or_none}, dec_power_mod);
}

Value decimal_predicate(Value context, Value x, Predicate *test) {
    DecimalOp op = {0};
    Dec a;
    dec_init(&a);
    if (decimal_operand_or_raise(&a, x) < 0) return 0;
    if (context) decimal_begin(&op, context);
    Value result = vm_bool(test(&a, &op.ctx));
    dec_free(&a);
    return result;
}

Value decimal_copy_sign(Value x, Value y, int how) {
    Dec a, b;
    dec_init(&a), dec_init(&b);
    if (decimal_operand_or_raise(&a, x) < 0) return 0;
    if (how == SIGN_OF_OTHER && decimal_operand_or_raise(&b, y) < 0) return dec_free(&a), 0;
    a.negative = how == SIGN_OF_OTHER ? b.negative : how == SIGN_CHANGED ? !a.negative : 0;
    Value result = decimal_new(&a);
    dec_free(&a), dec_free(&b);
    return result;
}

Value decimal_same_quantum(Value x, Value y) {
    Dec a, b;
    dec_init(&a), dec_init(&b);
    if (decimal_operand_or_raise(&a, x) < 0) return 0;
    if (decimal_operand_or_raise(&b, y) < 0) return dec_free(&a), 0;
    bool same = a.kind == DEC_FINITE ? b.kind == DEC_FINITE && a.exp == b.exp : dec_is_nan(&a) ? dec_is_nan(&b) : b.kind == DEC_INF;
    dec_free(&a), dec_free(&b);
    return vm_bool(same);
}

Value decimal_number_class(Value context, Value x) {
    DecimalOp op;
    Dec a;
    dec_init(&a);
    if (!context || decimal_operand_or_raise(&a, x) < 0) return 0;
    decimal_begin(&op, context);
    const char *name = a.kind == DEC_INF ? "Infinity" : dec_is_zero(&a) ? "Zero" : "Normal";
    if (dec_is_subnormal(&a, &op.ctx)) name = "Subnormal";
    bool negative = a.negative, nan = dec_is_nan(&a), signaling = a.kind == DEC_SNAN;
    dec_free(&a);
    if (nan) return py_str_c(signaling ? "sNaN" : "NaN");
    return py_str_format("%s%s", negative ? "-" : "+", name);
}

Value decimal_radix(void) {
    Dec ten;
    dec_init(&ten);
    dec_set_word(&ten, 10, 0, false);
    return decimal_new(&ten);
}

/* ---- methods ------------------------------------------------------------------------------------------------------------ */

#define UNARY(name, operation, doc)                                                                                    \
    FUNCTION(method_##name) { return decimal_unary(context_argument(args[1]), args[0], operation, DEC_ROUNDING_COUNT); }
#define BINARY(name, operation, doc)                                                                                   \
    FUNCTION(method_##name) { return decimal_binary(context_argument(args[2]), args[0], args[1], operation, DEC_ROUNDING_COUNT); }
#define CONTEXT_UNARY(name, operation, doc)
#define CONTEXT_BINARY(name, operation, doc)
#define PREDICATE(name, expression, doc)                                                                               \
    static bool test_##name(const Dec *a, const DecContext *ctx __attribute__((unused))) { return expression; }        \
    FUNCTION(method_##name) { return decimal_predicate(0, args[0], test_##name); }
#define CONTEXT_PREDICATE(name, expression, doc)                                                                       \
    static bool test_##name(const Dec *a, const DecContext *ctx) { return expression; }                                \
    FUNCTION(method_##name) {                                                                                          \
        Value context = context_argument(args[1]);                                                                     \
        return context ? decimal_predicate(context, args[0], test_##name) : 0;                                                 \
    }
#include "vm/modules/decimal/operations.tbl"
#undef UNARY
#undef BINARY
#undef CONTEXT_UNARY
#undef CONTEXT_BINARY
#undef PREDICATE
#undef CONTEXT_PREDICATE

/* An optional rounding mode: DEC_ROUNDING_COUNT leaves the context's; false with TypeError. */
static bool optional_rounding(Value v, DecRounding *out) {
    *out = DEC_ROUNDING_COUNT;
    if (!v || v == VM_NONE) return true;
    *out = rounding_argument(v);
    return *out != DEC_ROUNDING_COUNT;
}
FUNCTION(method_quantize) {
    DecRounding rounding;
    Value context = context_argument(args[3]);
    return context && optional_rounding(args[2], &rounding) ? decimal_binary(context, args[0], args[1], dec_quantize, rounding) : 0;
}
static Value to_integral(const Value *args, DecUnary *operation) {
    DecRounding rounding;
    Value context = context_argument(args[2]);
    return context && optional_rounding(args[1], &rounding) ? decimal_unary(context, args[0], operation, rounding) : 0;
}
FUNCTION(method_to_integral_value) { return to_integral(args, dec_to_integral_value); }
FUNCTION(method_to_integral_exact) { return to_integral(args, dec_to_integral_exact); }
FUNCTION(method_fma) { return decimal_fma(context_argument(args[3]), args[0], args[1], args[2]); }

static bool has_context(Value v) { return context_argument(v) != 0; }
FUNCTION(method_copy_abs) { return decimal_copy_sign(args[0], 0, SIGN_POSITIVE); }
FUNCTION(method_copy_negate) { return decimal_copy_sign(args[0], 0, SIGN_CHANGED); }
FUNCTION(method_copy_sign) { return has_context(args[2]) ? decimal_copy_sign(args[0], args[1], SIGN_OF_OTHER) : 0; }
FUNCTION(method_same_quantum) { return has_context(args[2]) ? decimal_same_quantum(args[0], args[1]) : 0; }
FUNCTION(method_number_class) { return decimal_number_class(context_argument(args[1]), args[0]); }
FUNCTION(method_radix) { return decimal_radix(); }
FUNCTION(method_self) { return args[0]; }
FUNCTION(method_is_canonical) { return VM_TRUE; }
FUNCTION(method_adjusted) {
    Dec d;
    dec_init(&d);
    decimal_load(&d, args[0]);
    return dec_is_special(&d) ? int_make(0) : py_int_from_i64(dec_adjusted(&d));
}
FUNCTION(method_as_tuple) { return decimal_as_tuple(args[0]); }
FUNCTION(method_as_integer_ratio) { return decimal_as_ratio(args[0]); }
FUNCTION(method_to_eng_string) {
    Value context = context_argument(args[1]);
    return context ? decimal_str(args[0], true, context) : 0;
}
FUNCTION(method_from_float) {
    Value context = context_current(), v = context ? decimal_convert_float(py_type(TYPE_DECIMAL), args[1], context, true) : 0;
    return v && args[0] != py_type(TYPE_DECIMAL) ? py_call1(args[0], v) : v;
}

FUNCTION(method_floor) { return decimal_to_int(args[0], DEC_ROUND_FLOOR); }
FUNCTION(method_ceil) { return decimal_to_int(args[0], DEC_ROUND_CEILING); }
FUNCTION(method_trunc) { return decimal_to_int(args[0], DEC_ROUND_DOWN); }
FUNCTION(method_round) {
    if (!args[1]) return decimal_to_int(args[0], DEC_ROUND_HALF_EVEN);
    if (!py_is_int(args[1])) return py_raise(TYPE_TypeError, "optional arg must be an integer");
    int64_t places = py_int_i64_or_raise(args[1], "ssize_t");
    if (places == -1 && py_error()) return 0;
    DecimalOp op;
    Dec a, unit, r;
    Value context = context_current();
    if (!context) return 0;
    dec_init(&a), dec_init(&unit), dec_init(&r);
    decimal_begin(&op, context);
    decimal_load(&a, args[0]);
    dec_set_word(&unit, 1, places == INT64_MIN ? INT64_MAX : -places, false);
    dec_quantize(&r, &a, &unit, &op.ctx);
    return decimal_end(&op, &r);
}
FUNCTION(method_complex) {
    Value real = decimal_to_float(args[0]);
    return real ? py_complex_new(py_float_value(real), 0) : 0;
}
FUNCTION(method_format) { return decimal_format(args[0], args[1], args[2]); }
FUNCTION(method_reduce) {
    Value context = context_current(), text = context ? decimal_str(args[0], false, context) : 0;
    Value arguments = text ? py_tuple_pack(1, text) : 0;
    return arguments ? py_tuple_pack(2, py_type_of(args[0]), arguments) : 0;
}
FUNCTION(method_sizeof) {
    Dec d;
    dec_init(&d);
    decimal_load(&d, args[0]);
    return int_make((int64_t)(sizeof(PyDecimal) + d.size * sizeof(uint64_t)));
}

#define UNARY(name, operation, doc) {#name, "($self, /, context=None)", method_##name, 0, doc},
#define BINARY(name, operation, doc) {#name, "($self, /, other, context=None)", method_##name, 0, doc},
#define CONTEXT_UNARY(name, operation, doc)
#define CONTEXT_BINARY(name, operation, doc)
#define PREDICATE(name, expression, doc) {#name, "($self, /)", method_##name, 0, doc},
#define CONTEXT_PREDICATE(name, expression, doc) {#name, "($self, /, context=None)", method_##name, 0, doc},
const PyMethodDef decimal_methods[] = {
#include "vm/modules/decimal/operations.tbl"
    {"quantize", "($self, /, exp, rounding=None, context=None)", method_quantize, 0, "The value with the exponent of another one."},
    {"to_integral", "($self, /, rounding=None, context=None)", method_to_integral_value, 0, "Rounded to an integer, silently."},
    {"to_integral_value", "($self, /, rounding=None, context=None)", method_to_integral_value, 0, "Rounded to an integer, silently."},
    {"to_integral_exact", "($self, /, rounding=None, context=None)", method_to_integral_exact, 0, "Rounded to an integer; signals what was rounded."},
    {"fma", "($self, /, other, third, context=None)", method_fma, 0, "self * other + third, rounded once."},
    {"copy_abs", "($self, /)", method_copy_abs, 0, "The magnitude, not rounded."},
    {"copy_negate", "($self, /)", method_copy_negate, 0, "The negative value, not rounded."},
    {"copy_sign", "($self, /, other, context=None)", method_copy_sign, 0, "The value with the sign of another one."},
    {"same_quantum", "($self, /, other, context=None)", method_same_quantum, 0, "Have both the same exponent, or are both NaN or infinite?"},
    {"number_class", "($self, /, context=None)", method_number_class, 0, "What sort of number it is, as a text."},
    {"radix", "($self, /)", method_radix, 0, "Decimal(10)."},
    {"canonical", "($self, /)", method_self, 0, "The same: all representations are canonical."},
    {"is_canonical", "($self, /)", method_is_canonical, 0, "True."},
    {"conjugate", "($self, /)", method_self, 0, "The same."},
    {"adjusted", "($self, /)", method_adjusted, 0, "The exponent of the first digit; 0 for special values."},
    {"as_tuple", "($self, /)", method_as_tuple, 0, "Sign, digits and exponent as a named tuple."},
    {"as_integer_ratio", "($self, /)", method_as_integer_ratio, 0, "A pair of ints in lowest terms whose quotient it is."},
    {"to_eng_string", "($self, /, context=None)", method_to_eng_string, 0, "Text in engineering notation."},
    {"from_float", "($type, f, /)", method_from_float, PY_METHOD_CLASS, "The exact value of a float or int."},
    {"__copy__", "($self, /)", method_self, 0, 0},
    {"__deepcopy__", "($self, memo, /)", method_self, 0, 0},
    {"__floor__", "($self, /)", method_floor, 0, 0},
    {"__ceil__", "($self, /)", method_ceil, 0, 0},
    {"__trunc__", "($self, /)", method_trunc, 0, 0},
    {"__round__", "($self, ndigits=<unrepresentable>, /)", method_round, 0, 0},
    {"__complex__", "($self, /)", method_complex, 0, 0},
    {"__format__", "($self, format_spec, override=<unrepresentable>, /)", method_format, 0, 0},
    {"__reduce__", "($self, /)", method_reduce, 0, 0},
    {"__sizeof__", "($self, /)", method_sizeof, 0, 0},
    {0}};
