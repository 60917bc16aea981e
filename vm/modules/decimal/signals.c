/* Module _decimal: conditions as exceptions, and the dictionaries of signals that a context shows. */
#include "vm/modules/decimal/decimal.h"
#include "vm/objects/type.h"

#define DECIMAL_EXCEPTION(c_name) MODULE_EXCEPTION(c_name, 0, "decimal");
DECIMAL_EXCEPTION(dec_exception)
DECIMAL_EXCEPTION(dec_clamped)
DECIMAL_EXCEPTION(dec_rounded)
DECIMAL_EXCEPTION(dec_inexact)
DECIMAL_EXCEPTION(dec_subnormal)
DECIMAL_EXCEPTION(dec_underflow)
DECIMAL_EXCEPTION(dec_overflow)
DECIMAL_EXCEPTION(dec_division_by_zero)
DECIMAL_EXCEPTION(dec_float_operation)
DECIMAL_EXCEPTION(dec_invalid_operation)
DECIMAL_EXCEPTION(dec_conversion_syntax)
DECIMAL_EXCEPTION(dec_division_impossible)
DECIMAL_EXCEPTION(dec_division_undefined)
DECIMAL_EXCEPTION(dec_invalid_context)

typedef struct Condition {
    uint32_t type, bits;
} Condition;
static const Condition signals[] = {
#define SIGNAL(id, bits) {TYPE_##id, bits},
#define CONDITION(id, bits)
#include "vm/modules/decimal/conditions.tbl"
#undef SIGNAL
#undef CONDITION
};
static const Condition conditions[] = {
#define SIGNAL(id, bits)
#define CONDITION(id, bits) {TYPE_##id, bits},
#include "vm/modules/decimal/conditions.tbl"
#undef SIGNAL
#undef CONDITION
};
enum { SIGNAL_COUNT = sizeof signals / sizeof *signals, CONDITION_COUNT = sizeof conditions / sizeof *conditions };

static int append_classes(Value list, const Condition *from, size_t count, uint32_t status) {
    for (size_t i = 0; i < count; i++)
        if (status & from[i].bits && py_list_append(list, py_type(from[i].type)) < 0) return -1;
    return 0;
}
Value signals_list(uint32_t status) {
    Value list = py_list_new(0);
    return list && append_classes(list, signals, SIGNAL_COUNT, status) == 0 ? list : 0;
}
/* The same with the conditions in place of the first signal, which is what they have in common. */
static Value conditions_list(uint32_t status) {
    Value list = py_list_new(0);
    if (!list || append_classes(list, conditions, CONDITION_COUNT, status) < 0) return 0;
    return append_classes(list, signals + 1, SIGNAL_COUNT - 1, status) == 0 ? list : 0;
}

Value signals_text(uint32_t status) {
    static const uint32_t order[] = {DEC_CLAMPED, DEC_INVALID, DEC_DIVISION_BY_ZERO, DEC_INEXACT, DEC_FLOAT_OPERATION,
                                     DEC_OVERFLOW, DEC_ROUNDED, DEC_SUBNORMAL, DEC_UNDERFLOW};
    char text[200] = "[";
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        for (size_t k = 0; status & order[i] && k < SIGNAL_COUNT; k++)
            if (signals[k].bits == order[i]) {
                if (text[1]) strcat(text, ", ");
                strcat(text, py_str_utf8(py_type_name(py_type(signals[k].type)), 0));
            }
    strcat(text, "]");
    return py_str_c(text);
}

int context_signal_slow(Value context, uint32_t status) {
    PyDecimalContext GS *c = context_of(context);
    if (status & DEC_NO_MEMORY) return py_raise_memory(), -1;
    uint64_t before = GET(c, status);
    if ((before | status) != before) SET(c, status, before | status);
    uint32_t trapped = status & (uint32_t)GET(c, traps);
    for (size_t i = 0; i < SIGNAL_COUNT && trapped; i++) {
        if (!(trapped & signals[i].bits)) continue;
        Value list = conditions_list(trapped);
        return list ? py_raise_value(signals[i].type, list), -1 : -1;
    }
    return 0;
}

/* ---- dictionaries of signals ---------------------------------------------------------------------------------------- */

static PyDecimalSignals GS *dict_of(Value v) { return REF(PyDecimalSignals, v); }

/* The signal that a key means; 0 with KeyError. */
static uint32_t signal_bits(Value key) {
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        if (key == py_type(signals[i].type)) return signals[i].bits;
    return (uint32_t)py_raise(TYPE_KeyError, "valid values for signals are:\n  [InvalidOperation, FloatOperation, DivisionByZero,\n"
                                             "   Overflow, Underflow, Subnormal, Inexact, Rounded,\n   Clamped]");
}

Value signals_dict_new(Value context, bool traps) {
    Value class = decimal_shared(SHARED_SIGNAL_DICT), self = class ? py_alloc(class, 0) : 0;
    if (!self) return 0;
    dict_of(self)->traps = traps;
    dict_of(self)->context = context;
    return self;
}

static Value signals_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_alloc(type, 0);
}
static int signals_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    (void)self, (void)args, (void)nargs, (void)kwnames;
    return 0;
}

/* The bits; -1 with an exception for a dictionary of no context. */
static int64_t dict_bits(Value self) {
    Value context = dict_of(self)->context;
    if (!context) return py_raise_int(TYPE_ValueError, "invalid signal dict");
    return (int64_t)(dict_of(self)->traps ? GET(context_of(context), traps) : GET(context_of(context), status));
}
static int set_dict_bits(Value self, uint64_t bits) {
    PyDecimalContext GS *c = context_of(dict_of(self)->context);
    if (dict_of(self)->traps) SET(c, traps, bits);
    else SET(c, status, bits);
    return 0;
}

static int64_t signals_length(Value self) { return dict_bits(self) < 0 ? -1 : SIGNAL_COUNT; }
static Value signals_iter(Value self) {
    Value keys[SIGNAL_COUNT];
    if (dict_bits(self) < 0) return 0;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) keys[i] = py_type(signals[i].type);
    Value tuple = py_tuple_from(keys, SIGNAL_COUNT);
    return tuple ? py_iter(tuple) : 0;
}
static Value signals_getitem(Value self, Value key) {
    int64_t all = dict_bits(self);
    uint32_t bits = all < 0 ? 0 : signal_bits(key);
    return bits ? vm_bool(all & bits) : 0;
}
static int signals_setitem(Value self, Value key, Value value_or_0) {
    int64_t all = dict_bits(self);
    if (all < 0) return -1;
    if (!value_or_0) return py_raise_int(TYPE_ValueError, "signal keys cannot be deleted");
    uint32_t bits = signal_bits(key);
    int truth = bits ? py_truth(value_or_0) : -1;
    if (truth < 0) return -1;
    all = dict_bits(self); /* truth may have called */
    return set_dict_bits(self, (uint64_t)(truth ? all | bits : all & ~(int64_t)bits));
}
static Value signals_repr(Value self) {
    int64_t all = dict_bits(self);
    PyStrBuilder b;
    py_builder_init(&b);
    for (size_t i = 0; i < SIGNAL_COUNT && all >= 0; i++) {
        Value item = py_str_format("%s%R:%s", i ? ", " : "{", py_type(signals[i].type), all & signals[i].bits ? "True" : "False");
        if (!item || py_builder_str(&b, item) < 0) return 0;
    }
    return all < 0 || py_builder_char(&b, '}') < 0 ? 0 : py_builder_finish(&b);
}

/* Signals apart, so that conditions within one do not matter. */
static uint32_t whole_signals(uint64_t bits) { return (uint32_t)(bits & DEC_INVALID ? bits | DEC_INVALID : bits); }
static Value signals_compare(Value a, Value b, int op) {
    if (op != PY_EQ && op != PY_NE) return VM_NOT_IMPLEMENTED;
    int64_t x = dict_bits(a);
    if (x < 0) return 0;
    uint32_t y = 0;
    if (is_ref(b) && py_is_instance_of(b, TYPE_DECIMAL_SIGNALS)) {
        int64_t bits = dict_bits(b);
        if (bits < 0) return 0;
        y = (uint32_t)bits;
    } else if (!py_is_dict(b)) {
        return VM_NOT_IMPLEMENTED;
    } else if (signals_from_dict(b, &y) < 0) {
        if (!py_error_is(TYPE_KeyError)) return 0;
        py_error_clear();
        return VM_NOT_IMPLEMENTED;
    }
    return vm_bool((whole_signals((uint64_t)x) == whole_signals(y)) == (op == PY_EQ));
}

FUNCTION(signals_copy) {
    int64_t all = dict_bits(args[0]);
    Value dict = all < 0 ? 0 : py_dict_new();
    for (size_t i = 0; i < SIGNAL_COUNT && dict; i++)
        if (py_dict_set(dict, py_type(signals[i].type), vm_bool(all & signals[i].bits)) < 0) return 0;
    return dict;
}
static const PyMethodDef signals_methods[] = {{"copy", "($self, /)", signals_copy, 0, 0}, {0}};
const PyTypeSpec py_spec_decimal_signals = {.slots = {.new = signals_new, .init = signals_init, .length = signals_length, .iter = signals_iter,
                                                      .getitem = signals_getitem, .setitem = signals_setitem, .repr = signals_repr,
                                                      .richcompare = signals_compare, .hash = py_hash_unhashable},
                                            .methods = signals_methods,
                                            .raw_words = 1,
                                            .module = "decimal"};

/* The class of the dictionaries: the one above as a MutableMapping, from which it has the rest. */
Value signals_class_new(void) {
    Value mapping = py_import_attr("collections.abc", "MutableMapping"), dict = mapping ? py_dict_new() : 0;
    Value bases = dict ? py_tuple_pack(2, py_type(TYPE_DECIMAL_SIGNALS), mapping) : 0;
    return bases ? py_call3(py_type_of(mapping), py_intern_c("SignalDict"), bases, dict) : 0;
}

int signals_from_list(Value list, uint32_t *out) {
    uint32_t all = 0;
    for (int64_t i = 0; i < py_list_length(list); i++) {
        uint32_t bits = 0;
        Value item = py_list_item(list, i);
        for (size_t k = 0; k < CONDITION_COUNT && !bits; k++)
            if (k && item == py_type(conditions[k].type)) bits = conditions[k].bits;
        if (!bits && !(bits = signal_bits(item))) return -1;
        all |= bits;
    }
    *out = all;
    return 0;
}

int signals_from_dict(Value dict, uint32_t *out) {
    if (is_ref(dict) && py_is_instance_of(dict, TYPE_DECIMAL_SIGNALS)) {
        int64_t bits = dict_bits(dict);
        return bits < 0 ? -1 : (*out = (uint32_t)bits, 0);
    }
    if (!py_is_dict(dict)) return py_raise_int(TYPE_TypeError, "argument must be a signal dict");
    uint32_t all = 0;
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        Value v = py_dict_length(dict) == SIGNAL_COUNT ? py_dict_get(dict, py_type(signals[i].type)) : VM_UNBOUND;
        if (v == VM_UNBOUND) return py_raise_int(TYPE_KeyError, "invalid signal dict");
        int truth = v ? py_truth(v) : -1;
        if (truth < 0) return -1;
        if (truth) all |= signals[i].bits;
    }
    *out = all;
    return 0;
}
