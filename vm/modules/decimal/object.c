/* Module _decimal: Decimal objects: layout, operators, the type. */
#include "vm/modules/decimal/decimal.h"
#include "vm/objects/builtin.h"
#include "vm/objects/type.h"

/* ---- objects ------------------------------------------------------------------------------------------------------ */

/* info: digits << 3 | kind << 1 | sign */
void decimal_load(Dec *d, Value v) {
    PyDecimal GS *o = REF(PyDecimal, v);
    uint64_t info = o->info;
    d->negative = info & 1, d->kind = info >> 1 & 3;
    d->digits = (int64_t)(info >> 3);
    d->exp = o->exp;
    d->size = words_for(d->digits);
    if (d->size <= 2) { /* one word or two: cheaper than a flat view */
        d->small[0] = o->words[0];
        if (d->size == 2) d->small[1] = o->words[1];
        d->words = d->small, d->room = DEC_SMALL_WORDS;
    } else {
        d->words = stm_flat(o->words, d->size * sizeof(uint64_t), false);
        d->room = 0;
    }
}

Value decimal_make(Value type, const Dec *d) {
    size_t bytes = d->size * sizeof(uint64_t);
    Value v = type == py_type(TYPE_DECIMAL) ? py_alloc_id(TYPE_DECIMAL, bytes) : py_alloc(type, bytes);
    if (!v) return 0;
    PyDecimal GS *o = REF(PyDecimal, v);
    o->exp = d->exp;
    o->info = (uint64_t)d->digits << 3 | (uint64_t)d->kind << 1 | d->negative;
    if (d->size <= 2) {
        o->words[0] = d->words[0];
        if (d->size == 2) o->words[1] = d->words[1];
    } else {
        memcpy(stm_flat(o->words, bytes, true), d->words, bytes);
    }
    return v;
}

void decimal_begin(DecimalOp *op, Value context) {
    PyDecimalContext GS *c = context_of(context);
    op->context = context;
    op->ctx = (DecContext){GET(c, prec), GET(c, emax), GET(c, emin), (DecRounding)GET(c, rounding), GET(c, clamp), 0};
}
Value decimal_end(DecimalOp *op, Dec *r) {
    Value result = context_signal(op->context, op->ctx.status) < 0 ? 0 : decimal_new(r);
    dec_free(r);
    return result;
}

/* ---- operators ------------------------------------------------------------------------------------------------------ */

static Value binary(Value x, Value y, DecBinary *operation) {
    Value context = context_current();
    if (!context) return 0;
    DecimalOp op;
    Dec a, b, r;
    dec_init(&a), dec_init(&b), dec_init(&r);
    int found = decimal_operand(&a, x);
    if (found > 0) found = decimal_operand(&b, y);
    Value result = found < 0 ? 0 : VM_NOT_IMPLEMENTED;
    if (found > 0) {
        decimal_begin(&op, context);
        operation(&r, &a, &b, &op.ctx);
        result = decimal_end(&op, &r);
    }
    dec_free(&a);
    dec_free(&b);
    return result;
}
#define BINARY_SLOT(name, operation)                                                                                  \
    static Value slot_##name(Value a, Value b) { return binary(a, b, operation); }
BINARY_SLOT(add, dec_add)
BINARY_SLOT(sub, dec_subtract)
BINARY_SLOT(mul, dec_multiply)
BINARY_SLOT(truediv, dec_divide)
BINARY_SLOT(floordiv, dec_divide_int)
BINARY_SLOT(mod, dec_remainder)

static bool all_operands(const Value *operands, int count) {
    for (int i = 0; i < count; i++)
        if (!is_decimal(operands[i]) && !py_is_int(operands[i])) return false;
    return true;
}
static Value slot_divmod(Value x, Value y) {
    const Value operands[] = {x, y};
    if (!all_operands(operands, 2)) return VM_NOT_IMPLEMENTED;
    Value context = context_current();
    return context ? decimal_divmod(context, x, y) : 0;
}
static Value slot_pow(Value x, Value y, Value modulus) {
    const Value operands[] = {x, y, modulus};
    if (!all_operands(operands, modulus == VM_NONE ? 2 : 3)) return VM_NOT_IMPLEMENTED;
    Value context = context_current();
    return context ? decimal_power(context, x, y, modulus) : 0;
}

static Value unary(Value x, DecUnary *operation) {
    Value context = context_current();
    if (!context) return 0;
    DecimalOp op;
    Dec a, r;
    dec_init(&a), dec_init(&r);
    decimal_load(&a, x);
    decimal_begin(&op, context);
    operation(&r, &a, &op.ctx);
    return decimal_end(&op, &r);
}
static Value slot_neg(Value a) { return unary(a, dec_minus); }
static Value slot_pos(Value a) { return unary(a, dec_plus); }
static Value slot_abs(Value a) { return unary(a, dec_abs); }

static int slot_boolean(Value v) {
    Dec d;
    dec_init(&d);
    decimal_load(&d, v);
    return !dec_is_zero(&d);
}
static Value slot_int(Value v) { return decimal_to_int(v, DEC_ROUND_DOWN); }
static Value slot_float(Value v) { return decimal_to_float(v); }
static Value slot_str(Value v) {
    Value context = context_current();
    return context ? decimal_str(v, false, context) : 0;
}
static Value slot_repr(Value v) {
    Value text = slot_str(v);
    return text ? py_str_format("Decimal('%S')", text) : 0;
}

FUNCTION(decimal_construct) {
    Value context = context_argument(args[2]);
    return context ? decimal_convert(args[0], args[1] ? args[1] : int_make(0), context, true) : 0;
}

static Value get_real(Value v) { return v; }
static Value get_imag(Value v) {
    Dec zero;
    (void)v;
    dec_init(&zero);
    return decimal_new(&zero);
}
static const PyGetSetDef getsets[] = {{"real", get_real, 0, 0}, {"imag", get_imag, 0, 0}, {0}};
const PyTypeSpec py_spec_decimal = {
    .doc = "Decimal(value='0', context=None): a decimal number from an int, a text, a float, a tuple of sign, digits and exponent,\n"
           "or another one. The value is taken over exactly; the context says whether an invalid text raises an exception.",
    .slots = {.repr = slot_repr, .str = slot_str, .hash = decimal_hash, .richcompare = decimal_richcompare, .add = slot_add, .sub = slot_sub,
              .mul = slot_mul, .truediv = slot_truediv, .floordiv = slot_floordiv, .mod = slot_mod, .divmod = slot_divmod, .pow = slot_pow,
              .neg = slot_neg, .pos = slot_pos, .abs = slot_abs, .boolean = slot_boolean, .int_ = slot_int, .float_ = slot_float},
    .methods = decimal_methods,
    .getsets = getsets,
    .new_signature = "(value=\"0\", context=None)",
    .new_fn = decimal_construct,
    .raw_words = GC_KIND_LEAF,
    .module = "decimal"};
