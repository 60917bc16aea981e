/* Module _decimal: methods of contexts. Most are rows of operations.tbl. */
#include "vm/modules/decimal/decimal.h"
#include "vm/modules/decimal/methods.h"

#define CONTEXT_UNARY(name, operation, doc)                                                                            \
    FUNCTION(method_##name) { return decimal_unary(args[0], args[1], operation, DEC_ROUNDING_COUNT); }
#define CONTEXT_BINARY(name, operation, doc)                                                                           \
    FUNCTION(method_##name) { return decimal_binary(args[0], args[1], args[2], operation, DEC_ROUNDING_COUNT); }
#define UNARY CONTEXT_UNARY
#define BINARY CONTEXT_BINARY
#define CONTEXT_PREDICATE(name, expression, doc)                                                                       \
    static bool test_##name(const Dec *a, const DecContext *ctx __attribute__((unused))) { return expression; }        \
    FUNCTION(method_##name) { return decimal_predicate(args[0], args[1], test_##name); }
#define PREDICATE CONTEXT_PREDICATE
#include "vm/modules/decimal/operations.tbl"
#undef CONTEXT_UNARY
#undef CONTEXT_BINARY
#undef CONTEXT_PREDICATE

FUNCTION(method_fma) { return decimal_fma(args[0], args[1], args[2], args[3]); }
FUNCTION(method_divmod) { return decimal_divmod(args[0], args[1], args[2]); }
FUNCTION(method_power) { return decimal_power(args[0], args[1], args[2], args[3]); }
FUNCTION(method_copy_abs) { return decimal_copy_sign(args[1], 0, SIGN_POSITIVE); }
FUNCTION(method_copy_negate) { return decimal_copy_sign(args[1], 0, SIGN_CHANGED); }
FUNCTION(method_copy_sign) { return decimal_copy_sign(args[1], args[2], SIGN_OF_OTHER); }
FUNCTION(method_same_quantum) { return decimal_same_quantum(args[1], args[2]); }
FUNCTION(method_number_class) { return decimal_number_class(args[0], args[1]); }
FUNCTION(method_radix) { return decimal_radix(); }

static Value checked_decimal(Value v) { return is_decimal(v) ? v : py_raise(TYPE_TypeError, "argument must be a Decimal"); }
FUNCTION(method_canonical) { return checked_decimal(args[1]); }
FUNCTION(method_is_canonical) { return checked_decimal(args[1]) ? VM_TRUE : 0; }

/* An int as a Decimal, exactly. */
static Value as_decimal(Value v) {
    if (is_decimal(v)) return v;
    Dec d;
    dec_init(&d);
    Value result = decimal_operand_or_raise(&d, v) < 0 ? 0 : decimal_new(&d);
    dec_free(&d);
    return result;
}
FUNCTION(method_copy_decimal) { return as_decimal(args[1]); }
static Value text(const Value *args, bool engineering) {
    Value v = as_decimal(args[1]);
    return v ? decimal_str(v, engineering, args[0]) : 0;
}
FUNCTION(method_to_sci_string) { return text(args, false); }
FUNCTION(method_to_eng_string) { return text(args, true); }

FUNCTION(method_create_decimal) { return decimal_convert(py_type(TYPE_DECIMAL), args[1] ? args[1] : int_make(0), args[0], false); }
FUNCTION(method_create_decimal_from_float) { return decimal_convert_float(py_type(TYPE_DECIMAL), args[1], args[0], false); }
FUNCTION(method_apply) { return decimal_convert(py_type(TYPE_DECIMAL), args[1], args[0], false); }

static int64_t prec_less_one(Value self) { return (int64_t)GET(context_of(self), prec) - 1; }
FUNCTION(method_Etiny) { return py_int_from_i64(GET(context_of(args[0]), emin) - prec_less_one(args[0])); }
FUNCTION(method_Etop) { return py_int_from_i64(GET(context_of(args[0]), emax) - prec_less_one(args[0])); }
FUNCTION(method_clear_flags) {
    SET(context_of(args[0]), status, 0);
    return VM_NONE;
}
FUNCTION(method_clear_traps) {
    SET(context_of(args[0]), traps, 0);
    return VM_NONE;
}
FUNCTION(method_copy) { return context_copy(args[0], true); }
FUNCTION(method_reduce) {
    PyDecimalContext GS *c = context_of(args[0]);
    Value flags = signals_list((uint32_t)GET(c, status)), traps = flags ? signals_list((uint32_t)GET(c, traps)) : 0;
    if (!traps) return 0;
    Value state = py_tuple_pack(8, py_int_from_i64(GET(c, prec)), rounding_name((DecRounding)GET(c, rounding)),
                                py_int_from_i64(GET(c, emin)), py_int_from_i64(GET(c, emax)), int_make((int64_t)GET(c, capitals)),
                                int_make((int64_t)GET(c, clamp)), flags, traps);
    return state ? py_tuple_pack(2, py_type_of(args[0]), state) : 0;
}

#define CONTEXT_UNARY(name, operation, doc)  {#name, "($self, x, /)", method_##name, 0, doc},
#define CONTEXT_BINARY(name, operation, doc) {#name, "($self, x, y, /)", method_##name, 0, doc},
const PyMethodDef decimal_context_methods[] = {
#define CONTEXT_PREDICATE(name, expression, doc) {#name, "($self, x, /)", method_##name, 0, doc},
#include "vm/modules/decimal/operations.tbl"
    {"fma", "($self, x, y, z, /)", method_fma, 0, "x * y + z, rounded once."},
    {"divmod", "($self, x, y, /)", method_divmod, 0, "The quotient's whole part, and the remainder."},
    {"power", "($self, /, a, b, modulo=None)", method_power, 0, "a to the power b, modulo `modulo` if that is given."},
    {"copy_abs", "($self, x, /)", method_copy_abs, 0, "The magnitude, not rounded."},
    {"copy_negate", "($self, x, /)", method_copy_negate, 0, "The negative value, not rounded."},
    {"copy_sign", "($self, x, y, /)", method_copy_sign, 0, "x with the sign of y."},
    {"same_quantum", "($self, x, y, /)", method_same_quantum, 0, "Have both the same exponent, or are both NaN or infinite?"},
    {"number_class", "($self, x, /)", method_number_class, 0, "What sort of number it is, as a text."},
    {"radix", "($self, /)", method_radix, 0, "Decimal(10)."},
    {"canonical", "($self, x, /)", method_canonical, 0, "The same: all representations are canonical."},
    {"is_canonical", "($self, x, /)", method_is_canonical, 0, "True."},
    {"copy_decimal", "($self, x, /)", method_copy_decimal, 0, "The same, not rounded."},
    {"to_sci_string", "($self, x, /)", method_to_sci_string, 0, "Text in scientific notation."},
    {"to_eng_string", "($self, x, /)", method_to_eng_string, 0, "Text in engineering notation."},
    {"create_decimal", "($self, num=\"0\", /)", method_create_decimal, 0, "Decimal(num), rounded."},
    {"create_decimal_from_float", "($self, f, /)", method_create_decimal_from_float, 0, "A float's or int's value, rounded."},
    {"_apply", "($self, x, /)", method_apply, 0, 0},
    {"Etiny", "($self, /)", method_Etiny, 0, "The smallest exponent of a subnormal number."},
    {"Etop", "($self, /)", method_Etop, 0, "The exponent of the largest number."},
    {"clear_flags", "($self, /)", method_clear_flags, 0, "Resets all flags."},
    {"clear_traps", "($self, /)", method_clear_traps, 0, "Resets all traps."},
    {"copy", "($self, /)", method_copy, 0, "A copy with all traps and flags."},
    {"__copy__", "($self, /)", method_copy, 0, 0},
    {"__reduce__", "($self, /)", method_reduce, 0, 0},
    {0}};
