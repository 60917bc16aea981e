/* Module _datetime: timedelta. Days, seconds and microseconds are normalised; what goes beyond 64 bits of microseconds is
 * computed with int objects. */
#include "vm/modules/datetime.h"
#include "vm/objects/int.h"
#include <math.h>

static Value delta_with_type(Value type, int64_t days, int64_t seconds, int64_t us) {
    int64_t carry = us / 1000000 - (us % 1000000 < 0);
    us -= carry * 1000000;
    seconds += carry;
    carry = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
    seconds -= carry * DAY_SECONDS;
    days += carry;
    if (days < -MAX_DELTA_DAYS || days > MAX_DELTA_DAYS)
        return py_raise(TYPE_OverflowError, "days=%ld; must have magnitude <= %d", (long)days, MAX_DELTA_DAYS);
    Value v = type == py_type(TYPE_TIMEDELTA) ? py_alloc_id(TYPE_TIMEDELTA, 0) : py_alloc(type, 0);
    if (!v) return 0;
    PyDelta GS *d = REF(PyDelta, v);
    d->days = days, d->seconds = seconds, d->us = us;
    return v;
}
Value delta_new(int64_t days, int64_t seconds, int64_t us) { return delta_with_type(py_type(TYPE_TIMEDELTA), days, seconds, us); }

/* ---- as microseconds, an int object --------------------------------------------------------------------------- */

static Value million(void) { return int_make(1000000); }
static Value delta_us(Value v) {
    Delta d = delta_of(v);
    Value scaled = py_int_mul(int_make(delta_seconds(d)), million());
    return scaled ? py_int_add(scaled, int_make(d.us)) : 0;
}
static Value delta_from_us(Value type, Value us) {
    Value seconds = py_int_floordiv(us, million()), rest = py_int_mod(us, million());
    Value days = seconds ? py_int_floordiv(seconds, int_make(DAY_SECONDS)) : 0, second = days ? py_int_mod(seconds, int_make(DAY_SECONDS)) : 0;
    int64_t d;
    if (!second || !rest) return 0;
    if (py_int_as_i64(days, &d) || d != (int32_t)d) return py_raise(TYPE_OverflowError, "Python int too large to convert to C int");
    return delta_with_type(type, d, int_value(second), int_value(rest));
}

/* a / b to the nearest int, half to even. */
static Value divide_nearest(Value a, Value b) {
    if (py_int_compare(b, int_make(0)) == 0) return py_raise(TYPE_ZeroDivisionError, "integer division or modulo by zero");
    Value q = py_int_floordiv(a, b), r = q ? py_int_mod(a, b) : 0, twice = r ? py_int_add(r, r) : 0;
    if (!twice) return 0;
    int order = py_int_compare(twice, b);
    if (py_int_compare(b, int_make(0)) < 0) order = -order; /* r has b's sign */
    bool odd = py_int_mod(q, int_make(2)) == int_make(1);
    return order > 0 || (order == 0 && odd) ? py_int_add(q, int_make(1)) : q;
}

/* ---- construction --------------------------------------------------------------------------------------------- */

/* Adds `v` times `factor` microseconds: whole ones to *sum, the rest of a float to *rest. */
static int accumulate(const char *name, Value v, int64_t factor, Value *sum, double *rest) {
    if (py_is_int(v)) {
        Value us = py_int_mul(v, int_make(factor));
        return us && (*sum = py_int_add(*sum, us)) ? 0 : -1;
    }
    if (!py_is_float(v)) return py_raise_int(TYPE_TypeError, "unsupported type for timedelta %s component: %T", name, v);
    double whole, part = modf(py_float_value(v), &whole), part_whole;
    Value n = py_int_from_double(whole), us = n ? py_int_mul(n, int_make(factor)) : 0;
    if (!us || !(*sum = py_int_add(*sum, us))) return -1;
    if (part == 0) return 0;
    *rest += modf((double)factor * part, &part_whole);
    us = py_int_from_double(part_whole);
    return us && (*sum = py_int_add(*sum, us)) ? 0 : -1;
}

FUNCTION(delta_make) {
    static const struct {
        const char *name;
        int arg;
        int64_t factor;
    } parts[] = {{"microseconds", 3, 1}, {"milliseconds", 4, 1000}, {"seconds", 2, 1000000}, {"minutes", 5, 60000000},
                 {"hours", 6, 3600000000}, {"days", 1, DAY_SECONDS * 1000000}, {"weeks", 7, 7 * DAY_SECONDS * 1000000}};
    Value sum = int_make(0);
    double rest = 0;
    for (int i = 0; i < 7; i++)
        if (args[parts[i].arg] && accumulate(parts[i].name, args[parts[i].arg], parts[i].factor, &sum, &rest) < 0) return 0;
    if (rest != 0) { /* half to even of the whole number of microseconds */
        double whole = round(rest);
        if (fabs(whole - rest) == 0.5) {
            int odd = py_int_mod(sum, int_make(2)) == int_make(1);
            whole = 2 * round((rest + odd) * 0.5) - odd;
        }
        Value us = py_int_from_double(whole);
        if (!us || !(sum = py_int_add(sum, us))) return 0;
    }
    return delta_from_us(args[0], sum);
}

/* ---- operators -------------------------------------------------------------------------------------------------- */

static Value delta_add(Value a, Value b) {
    if (!is_delta(a) || !is_delta(b)) return VM_NOT_IMPLEMENTED;
    Delta x = delta_of(a), y = delta_of(b);
    return delta_new(x.days + y.days, x.seconds + y.seconds, x.us + y.us);
}
static Value delta_sub(Value a, Value b) {
    if (!is_delta(a) || !is_delta(b)) return VM_NOT_IMPLEMENTED;
    Delta x = delta_of(a), y = delta_of(b);
    return delta_new(x.days - y.days, x.seconds - y.seconds, x.us - y.us);
}
static Value delta_neg(Value a) {
    Delta d = delta_of(a);
    return delta_new(-d.days, -d.seconds, -d.us);
}
static Value delta_pos(Value a) {
    Delta d = delta_of(a);
    return delta_new(d.days, d.seconds, d.us);
}
static Value delta_abs(Value a) { return REF(PyDelta, a)->days < 0 ? delta_neg(a) : delta_pos(a); }
static int delta_truth(Value a) {
    Delta d = delta_of(a);
    return d.days || d.seconds || d.us;
}

/* us * n / d for a float n/d, or its inverse. */
static Value scale_by_float(Value delta, Value factor, bool divide) {
    Value ratio = py_call_method(factor, "as_integer_ratio", 0, 0);
    if (!ratio) return 0;
    if (py_is_tuple(ratio) && tuple_length(ratio) != 2)
        return py_raise(TYPE_ValueError, "unexpected return type from as_integer_ratio(): expected a 2-tuple, got a %zd-tuple", (ssize_t)tuple_length(ratio));
    if (!py_is_tuple(ratio)) return py_raise(TYPE_TypeError, "unexpected return type from as_integer_ratio(): expected tuple, got '%T'", ratio);
    Value us = delta_us(delta), product = us ? py_binary(PY_OP_MUL, us, tuple_item(ratio, divide)) : 0;
    Value rounded = product ? divide_nearest(product, tuple_item(ratio, !divide)) : 0;
    return rounded ? delta_from_us(py_type(TYPE_TIMEDELTA), rounded) : 0;
}
static Value delta_mul(Value a, Value b) {
    Value delta = is_delta(a) ? a : b, factor = is_delta(a) ? b : a;
    if (py_is_float(factor)) return scale_by_float(delta, factor, false);
    if (!py_is_int(factor)) return VM_NOT_IMPLEMENTED;
    Value us = delta_us(delta), product = us ? py_int_mul(us, factor) : 0;
    return product ? delta_from_us(py_type(TYPE_TIMEDELTA), product) : 0;
}
static Value delta_truediv(Value a, Value b) {
    if (!is_delta(a)) return VM_NOT_IMPLEMENTED;
    if (py_is_float(b)) return scale_by_float(a, b, true);
    Value x = delta_us(a);
    if (is_delta(b)) {
        Value y = x ? delta_us(b) : 0;
        return y ? py_int_true_divide(x, y) : 0;
    }
    if (!py_is_int(b)) return VM_NOT_IMPLEMENTED;
    Value us = x ? divide_nearest(x, b) : 0;
    return us ? delta_from_us(py_type(TYPE_TIMEDELTA), us) : 0;
}
static Value delta_floordiv(Value a, Value b) {
    if (!is_delta(a) || !(is_delta(b) || py_is_int(b))) return VM_NOT_IMPLEMENTED;
    Value x = delta_us(a), y = x && is_delta(b) ? delta_us(b) : b;
    Value q = x && y ? py_int_floordiv(x, y) : 0;
    return q && !is_delta(b) ? delta_from_us(py_type(TYPE_TIMEDELTA), q) : q;
}
static Value delta_mod(Value a, Value b) {
    if (!is_delta(a) || !is_delta(b)) return VM_NOT_IMPLEMENTED;
    Value x = delta_us(a), y = x ? delta_us(b) : 0, r = y ? py_int_mod(x, y) : 0;
    return r ? delta_from_us(py_type(TYPE_TIMEDELTA), r) : 0;
}
static Value delta_divmod(Value a, Value b) {
    if (!is_delta(a) || !is_delta(b)) return VM_NOT_IMPLEMENTED;
    Value q = delta_floordiv(a, b), r = q ? delta_mod(a, b) : 0;
    return r ? py_tuple_pack(2, q, r) : 0;
}

Value order_result(int order, int op) {
    switch (op) {
    case PY_LT: return vm_bool(order < 0);
    case PY_LE: return vm_bool(order <= 0);
    case PY_EQ: return vm_bool(order == 0);
    case PY_NE: return vm_bool(order != 0);
    case PY_GT: return vm_bool(order > 0);
    default: return vm_bool(order >= 0);
    }
}
static Value delta_richcompare(Value a, Value b, int op) { return is_delta(b) ? order_result(delta_compare(delta_of(a), delta_of(b)), op) : VM_NOT_IMPLEMENTED; }
static Value delta_state(Value v) {
    Delta d = delta_of(v);
    return py_tuple_pack(3, int_make(d.days), int_make(d.seconds), int_make(d.us));
}
static int64_t delta_hash(Value v) {
    Value state = delta_state(v);
    return state ? py_hash(state) : -1;
}

/* ---- text ----------------------------------------------------------------------------------------------------- */

static Value delta_repr(Value v) {
    Delta d = delta_of(v);
    char text[120], *at = text;
    if (d.days) at += sprintf(at, "days=%ld", (long)d.days);
    if (d.seconds) at += sprintf(at, "%sseconds=%ld", at > text ? ", " : "", (long)d.seconds);
    if (d.us) at += sprintf(at, "%smicroseconds=%ld", at > text ? ", " : "", (long)d.us);
    if (at == text) at += sprintf(at, "0");
    bool own = is_exactly(v, TYPE_TIMEDELTA);
    return py_str_format("%s%S(%s)", own ? "datetime." : "", py_type_name(py_type_of(v)), text);
}
static Value delta_str(Value v) {
    Delta d = delta_of(v);
    char text[80], *at = text;
    int seconds = (int)d.seconds;
    if (d.days) at += sprintf(at, "%ld day%s, ", (long)d.days, d.days == 1 || d.days == -1 ? "" : "s");
    at += sprintf(at, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if (d.us) sprintf(at, ".%06d", (int)d.us);
    return py_str_c(text);
}

/* ---- the type --------------------------------------------------------------------------------------------------- */

FUNCTION(delta_total_seconds) {
    Value us = delta_us(args[0]);
    return us ? py_int_true_divide(us, million()) : 0;
}
FUNCTION(delta_reduce) {
    Value state = delta_state(args[0]);
    return state ? py_tuple_pack(2, py_type_of(args[0]), state) : 0;
}
static Value get_days(Value v) { return int_make(REF(PyDelta, v)->days); }
static Value get_seconds(Value v) { return int_make(REF(PyDelta, v)->seconds); }
static Value get_us(Value v) { return int_make(REF(PyDelta, v)->us); }
static const PyMethodDef delta_methods[] = {
    {"total_seconds", "($self, /)", delta_total_seconds, 0, "Total seconds in the duration."}, {"__reduce__", "($self, /)", delta_reduce, 0, "__reduce__() -> (cls, state)"}, {0}};
static const PyGetSetDef delta_getsets[] = {{"days", get_days, 0, "Number of days."},
                                            {"seconds", get_seconds, 0, "Number of seconds (>= 0 and less than 1 day)."},
                                            {"microseconds", get_us, 0, "Number of microseconds (>= 0 and less than 1 second)."},
                                            {0}};
const PyTypeSpec py_spec_timedelta = {
    .doc = "Difference between two datetime values.\n\ntimedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)\n\n"
           "All arguments are optional and default to 0.\nArguments may be integers or floats, and may be positive or negative.",
    .slots = {.repr = delta_repr, .str = delta_str, .hash = delta_hash, .richcompare = delta_richcompare, .add = delta_add, .sub = delta_sub, .mul = delta_mul,
              .truediv = delta_truediv, .floordiv = delta_floordiv, .mod = delta_mod, .divmod = delta_divmod, .neg = delta_neg, .pos = delta_pos, .abs = delta_abs,
              .boolean = delta_truth},
    .methods = delta_methods,
    .getsets = delta_getsets,
    .new_signature = "(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)",
    .new_fn = delta_make,
    .raw_words = 3,
    .module = "datetime"};
