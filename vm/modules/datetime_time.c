/* Module _datetime: time, a time of day with or without a tzinfo. */
#include "vm/modules/datetime.h"

static PyTime GS *time_ref(Value v) { return REF(PyTime, v); }
static Fields time_fields(Value v) {
    PyTime GS *t = time_ref(v);
    return (Fields){1900, 1, 1, (int)t->hour, (int)t->minute, (int)t->second, (int)t->us, (int)GET(t, fold)};
}

/* ---- construction ------------------------------------------------------------------------------------------------- */

static Value time_fill(Value type, const Fields *f, Value zone) {
    Value v = py_alloc(type, 0);
    if (!v) return 0;
    PyTime GS *t = time_ref(v);
    t->hour = f->hour, t->minute = f->minute, t->second = f->second, t->us = f->us, t->fold = f->fold;
    t->tzinfo = zone;
    return v;
}
Value time_make(Value type, const Fields *f, Value zone) {
    if (type == py_type(TYPE_TIME)) return time_fill(type, f, zone);
    const Value args[] = {int_make(f->hour), int_make(f->minute), int_make(f->second), int_make(f->us), zone};
    Value v = py_call(type, args, 5, 0);
    if (v && f->fold && is_time(v)) SET(time_ref(v), fold, 1);
    return v;
}

static Value time_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *cache;
    uint8_t s[6];
    Fields f = {0};
    Value bound[6];
    if (nargs >= 1 && nargs <= 2 && !kwnames && state_bytes(args[0], 6, s) && (s[0] & 0x7f) < 24) {
        Value zone = nargs == 2 ? args[1] : VM_NONE;
        if (zone_check(zone) < 0) return py_raise(TYPE_TypeError, "bad tzinfo state arg");
        f = (Fields){.hour = s[0] & 0x7f, .minute = s[1], .second = s[2], .us = s[3] << 16 | s[4] << 8 | s[5], .fold = s[0] >> 7};
        return time_fill(type, &f, zone);
    }
    if (builtin_bind_init(&cache, "(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)", "function", args, nargs, kwnames, bound) < 0) return 0;
    int *const fields[] = {&f.hour, &f.minute, &f.second, &f.us, 0, &f.fold};
    for (int i = 0; i < 6; i++)
        if (fields[i] && bound[i] && date_int_argument(bound[i], fields[i]) < 0) return 0;
    Value zone = bound[4] ? bound[4] : VM_NONE;
    return check_time(&f) < 0 || zone_check(zone) < 0 ? 0 : time_fill(type, &f, zone);
}

FUNCTION(time_fromisoformat) {
    char text[ISO_TEXT_ROOM];
    Fields f = {0};
    IsoZone iso;
    int64_t length = iso_text(args[1], text);
    if (length < 0) return 0;
    bool marked = *text == 'T';
    if (iso_parse_time(text + marked, (size_t)length - marked, &f, &iso) < 0) return iso_error(args[1]);
    Value zone = iso.given ? zone_from_iso(&iso) : VM_NONE;
    return !zone || check_time(&f) < 0 ? 0 : time_make(args[0], &f, zone);
}

/* ---- slots ---------------------------------------------------------------------------------------------------------- */

static Value offset_of(Value v) { return zone_offset(time_ref(v)->tzinfo, "utcoffset", VM_NONE); }
static Value without_fold(Value v) {
    Fields f = time_fields(v);
    if (!f.fold) return v;
    f.fold = 0;
    return time_fill(py_type(TYPE_TIME), &f, time_ref(v)->tzinfo);
}

static Value time_repr(Value v) {
    Fields f = time_fields(v);
    char text[64], *at = text + sprintf(text, "%d, %d", f.hour, f.minute);
    if (f.second || f.us) at += sprintf(at, ", %d", f.second);
    if (f.us) at += sprintf(at, ", %d", f.us);
    Value zone = time_ref(v)->tzinfo, suffix = zone == VM_NONE ? NAME(empty) : py_str_format(", tzinfo=%R", zone);
    return suffix ? py_str_format("%s%S(%s%S%s)", is_exactly(v, TYPE_TIME) ? "datetime." : "", py_type_name(py_type_of(v)), text, suffix, f.fold ? ", fold=1" : "") : 0;
}
static Value time_str(Value v) { return py_call_method(v, "isoformat", 0, 0); }

/* Seconds and microseconds since midnight UTC. */
static Delta utc_delta(const Fields *f, Value offset) {
    Delta d = delta_of(offset);
    int64_t seconds = f->hour * 3600 + f->minute * 60 + f->second - delta_seconds(d), us = f->us - d.us;
    if (us < 0) us += 1000000, seconds--;
    return (Delta){0, seconds, us};
}
static int64_t time_hash(Value v) {
    Value plain = without_fold(v), offset = plain ? offset_of(plain) : 0;
    if (!offset) return -1;
    Fields f = time_fields(plain);
    if (offset == VM_NONE) {
        const uint8_t state[6] = {(uint8_t)f.hour, (uint8_t)f.minute, (uint8_t)f.second, (uint8_t)(f.us >> 16), (uint8_t)(f.us >> 8), (uint8_t)f.us};
        return state_hash(state, sizeof state);
    }
    Delta d = utc_delta(&f, offset);
    Value delta = delta_new(0, d.seconds, d.us);
    return delta ? py_hash(delta) : -1;
}
static Value time_compare(Value a, Value b, int op) {
    if (!is_time(b)) return VM_NOT_IMPLEMENTED;
    Fields x = time_fields(a), y = time_fields(b);
    if (time_ref(a)->tzinfo == time_ref(b)->tzinfo) return order_result(compare_fields(&x, &y), op);
    Value left = offset_of(a), right = left ? offset_of(b) : 0;
    if (!right) return 0;
    if (left == VM_NONE && right == VM_NONE) return order_result(compare_fields(&x, &y), op);
    if (left != VM_NONE && right != VM_NONE) return order_result(delta_compare(utc_delta(&x, left), utc_delta(&y, right)), op);
    if (op == PY_EQ || op == PY_NE) return vm_bool(op == PY_NE);
    return py_raise(TYPE_TypeError, "can't compare offset-naive and offset-aware times");
}

/* ---- methods ---------------------------------------------------------------------------------------------------------- */

FUNCTION(time_isoformat) {
    Fields f = time_fields(args[0]);
    Value text = time_text(&f, args[1]), offset = text ? offset_of(args[0]) : 0, suffix = offset ? offset_text(offset, ":") : 0;
    return suffix ? py_str_concat(text, suffix) : 0;
}
FUNCTION(time_strftime) {
    if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "strftime() argument 1 must be str, not %T", args[1]);
    Fields f = time_fields(args[0]);
    Value tuple = py_tuple_pack(9, int_make(1900), int_make(1), int_make(1), int_make(f.hour), int_make(f.minute), int_make(f.second), int_make(0), int_make(1), int_make(-1));
    return tuple ? format_wrapped(args[0], args[1], tuple, VM_NONE) : 0;
}
FUNCTION(time_format) {
    if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "__format__() argument 1 must be str, not %T", args[1]);
    return str_length(args[1]) ? py_call_method(args[0], "strftime", 1, &args[1]) : py_str(args[0]);
}
FUNCTION(time_utcoffset) { return offset_of(args[0]); }
FUNCTION(time_dst) { return zone_offset(time_ref(args[0])->tzinfo, "dst", VM_NONE); }
FUNCTION(time_tzname) { return zone_name(time_ref(args[0])->tzinfo, VM_NONE); }
FUNCTION(time_replace) {
    Fields f = time_fields(args[0]);
    int *const fields[] = {&f.hour, &f.minute, &f.second, &f.us, 0, &f.fold};
    for (int i = 0; i < 6; i++)
        if (fields[i] && args[i + 1] && date_int_argument(args[i + 1], fields[i]) < 0) return 0;
    Value zone = args[5] ? args[5] : time_ref(args[0])->tzinfo;
    return check_time(&f) < 0 || zone_check(zone) < 0 ? 0 : time_make(py_type_of(args[0]), &f, zone);
}
static Value reduce(Value v, int64_t protocol) {
    Fields f = time_fields(v);
    uint8_t hour = (uint8_t)(f.hour | (protocol > 3 && f.fold ? 0x80 : 0));
    const uint8_t state[6] = {hour, (uint8_t)f.minute, (uint8_t)f.second, (uint8_t)(f.us >> 16), (uint8_t)(f.us >> 8), (uint8_t)f.us};
    Value bytes = py_bytes_new(state, sizeof state), zone = time_ref(v)->tzinfo;
    Value arguments = !bytes ? 0 : zone == VM_NONE ? py_tuple_pack(1, bytes) : py_tuple_pack(2, bytes, zone);
    return arguments ? py_tuple_pack(2, py_type_of(v), arguments) : 0;
}
FUNCTION(time_reduce_ex) {
    int64_t protocol = py_index_int64(args[1], 0);
    return protocol == -1 && py_error() ? 0 : reduce(args[0], protocol);
}
FUNCTION(time_reduce) { return reduce(args[0], 2); }

static const PyMethodDef time_methods[] = {
    {"fromisoformat", "($type, string, /)", time_fromisoformat, PY_METHOD_CLASS, "string -> time from a string in ISO 8601 format"},
    {"isoformat", "($self, timespec='auto')", time_isoformat, 0, "Return string in ISO 8601 format, [HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM]."},
    {"strftime", "($self, format)", time_strftime, 0, "format -> strftime() style string."},
    {"__format__", "($self, format, /)", time_format, 0, "Formats self with strftime."},
    {"utcoffset", "($self, /)", time_utcoffset, 0, "Return self.tzinfo.utcoffset(self)."},
    {"tzname", "($self, /)", time_tzname, 0, "Return self.tzinfo.tzname(self)."},
    {"dst", "($self, /)", time_dst, 0, "Return self.tzinfo.dst(self)."},
    {"replace", "($self, hour=<unrepresentable>, minute=<unrepresentable>, second=<unrepresentable>, microsecond=<unrepresentable>, tzinfo=<unrepresentable>, *, fold=<unrepresentable>)",
     time_replace, 0, "Return time with new specified fields."},
    {"__reduce_ex__", "($self, protocol, /)", time_reduce_ex, 0, "__reduce_ex__(proto) -> (cls, state)"},
    {"__reduce__", "($self, /)", time_reduce, 0, "__reduce__() -> (cls, state)"},
    {0}};
static Value get_hour(Value v) { return int_make(time_ref(v)->hour); }
static Value get_minute(Value v) { return int_make(time_ref(v)->minute); }
static Value get_second(Value v) { return int_make(time_ref(v)->second); }
static Value get_us(Value v) { return int_make(time_ref(v)->us); }
static Value get_fold(Value v) { return int_make(GET(time_ref(v), fold)); }
static Value get_zone(Value v) { return time_ref(v)->tzinfo; }
static const PyGetSetDef time_getsets[] = {{"hour", get_hour, 0, 0}, {"minute", get_minute, 0, 0}, {"second", get_second, 0, 0}, {"microsecond", get_us, 0, 0},
                                           {"tzinfo", get_zone, 0, 0}, {"fold", get_fold, 0, 0}, {0}};
const PyTypeSpec py_spec_time = {
    .doc = "time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object\n\nAll arguments are optional. tzinfo may be None, or an instance of\na tzinfo subclass. The remaining arguments may be ints.",
    .slots = {.new = time_new, .repr = time_repr, .str = time_str, .hash = time_hash, .richcompare = time_compare},
    .methods = time_methods,
    .getsets = time_getsets,
    .raw_words = 5,
    .module = "datetime"};
