/* Module _datetime: tzinfo and timezone, and what asks a tzinfo of any class. */
#include "vm/modules/datetime.h"
#include "vm/objects/type.h"

/* timezone.utc lives in its class's dict; 0 before it is there. */
Value zone_utc(void) {
    Value found = py_dict_get_str(REF(PyType, py_type(TYPE_TIMEZONE))->dict, py_intern_c("utc"));
    return found == VM_UNBOUND ? 0 : found;
}

static bool is_fixed(Value zone) { return is_exactly(zone, TYPE_TIMEZONE); }
static PyTimezone GS *fixed(Value zone) { return REF(PyTimezone, zone); }

int zone_check(Value zone) {
    if (zone == VM_NONE || (is_ref(zone) && py_is_instance_of(zone, TYPE_TZINFO))) return 0;
    return py_raise_int(TYPE_TypeError, "tzinfo argument must be None or of a tzinfo subclass, not type '%T'", zone);
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

static bool within_a_day(Delta d) { return d.days == 0 || (d.days == -1 && (d.seconds || d.us)); }
static Value out_of_range(Value offset) {
    return py_raise(TYPE_ValueError, "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not %R.", offset);
}

Value zone_offset(Value zone, const char *method, Value arg) {
    if (zone == VM_NONE) return VM_NONE;
    if (is_fixed(zone)) return *method == 'u' ? fixed(zone)->offset : VM_NONE;
    Value offset = py_call_method(zone, method, 1, &arg);
    if (!offset || offset == VM_NONE) return offset;
    if (!is_delta(offset)) return py_raise(TYPE_TypeError, "tzinfo.%s() must return None or a timedelta, not '%T'", method, offset);
    if (!within_a_day(delta_of(offset)))
        return py_raise(TYPE_ValueError, "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24).");
    return offset;
}

Value offset_text(Value offset, const char *separator) {
    if (offset == VM_NONE) return NAME(empty);
    Delta d = delta_of(offset);
    int64_t seconds = delta_seconds(d), us = d.us;
    bool negative = seconds < 0;
    if (negative && us) seconds += 1, us = 1000000 - us;
    if (negative) seconds = -seconds;
    char text[40], *at = text;
    at += sprintf(at, "%c%02d%s%02d", negative ? '-' : '+', (int)(seconds / 3600), separator, (int)(seconds / 60 % 60));
    if (seconds % 60 || us) at += sprintf(at, "%s%02d", separator, (int)(seconds % 60));
    if (us) sprintf(at, ".%06d", (int)us);
    return py_str_c(text);
}

static Value fixed_name(Value zone) {
    if (fixed(zone)->name) return fixed(zone)->name;
    Delta d = delta_of(fixed(zone)->offset);
    if (!(d.days || d.seconds || d.us)) return py_intern_c("UTC");
    Value text = offset_text(fixed(zone)->offset, ":");
    return text ? py_str_format("UTC%S", text) : 0;
}

Value zone_name(Value zone, Value arg) {
    if (zone == VM_NONE) return VM_NONE;
    if (is_fixed(zone)) return fixed_name(zone);
    Value name = py_call_method(zone, "tzname", 1, &arg);
    if (!name || name == VM_NONE || py_is_str(name)) return name;
    return py_raise(TYPE_TypeError, "tzinfo.tzname() must return None or a string, not '%T'", name);
}

/* ---- tzinfo ----------------------------------------------------------------------------------------------------- */

#define ABSTRACT(method)                                                                                              \
    FUNCTION(tzinfo_##method) { return py_raise(TYPE_NotImplementedError, "a tzinfo subclass must implement " #method "()"); }
ABSTRACT(tzname) ABSTRACT(utcoffset) ABSTRACT(dst)

/* dt is in UTC: standard time first, then what dst() says of that. */
FUNCTION(tzinfo_fromutc) {
    Value self = args[0], dt = args[1];
    if (!is_datetime(dt)) return py_raise(TYPE_TypeError, "fromutc: argument must be a datetime instance");
    if (zone_of(dt) != self) return py_raise(TYPE_ValueError, "fromutc: dt.tzinfo is not self");
    Value offset = zone_offset(self, "utcoffset", dt);
    if (!offset) return 0;
    if (offset == VM_NONE) return py_raise(TYPE_ValueError, "fromutc: non-None utcoffset() result required");
    Value dst = zone_offset(self, "dst", dt);
    if (!dst) return 0;
    if (dst == VM_NONE) return py_raise(TYPE_ValueError, "fromutc: non-None dst() result required");
    Value standard = py_binary(PY_OP_SUB, offset, dst), result = standard ? py_binary(PY_OP_ADD, dt, standard) : 0;
    if (!result || !(dst = zone_offset(self, "dst", result))) return 0;
    if (dst == VM_NONE) return py_raise(TYPE_ValueError, "fromutc: tz.dst() gave inconsistent results; cannot convert");
    return py_truth(dst) ? py_binary(PY_OP_ADD, result, dst) : result;
}

FUNCTION(tzinfo_reduce) {
    Value get = py_getattr_opt(args[0], py_intern_c("__getinitargs__")), arguments = !get ? 0 : get == VM_UNBOUND ? py_tuple_new(0) : py_call0(get);
    Value state = arguments ? py_call_method(args[0], "__getstate__", 0, 0) : 0;
    return state ? py_tuple_pack(3, py_type_of(args[0]), arguments, state) : 0;
}
static Value tzinfo_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_alloc(type, 0);
}
static const PyMethodDef tzinfo_methods[] = {
    {"tzname", "($self, dt, /)", tzinfo_tzname, 0, "datetime -> string name of time zone."},
    {"utcoffset", "($self, dt, /)", tzinfo_utcoffset, 0, "datetime -> timedelta showing offset from UTC, negative values indicating West of UTC"},
    {"dst", "($self, dt, /)", tzinfo_dst, 0, "datetime -> DST offset as timedelta positive east of UTC."},
    {"fromutc", "($self, dt, /)", tzinfo_fromutc, 0, "datetime in UTC -> datetime in local time."},
    {"__reduce__", "($self, /)", tzinfo_reduce, 0, "-> (cls, state)"},
    {0}};
const PyTypeSpec py_spec_tzinfo = {.doc = "Abstract base class for time zone info objects.", .slots = {.new = tzinfo_new}, .methods = tzinfo_methods, .module = "datetime"};

/* ---- timezone ----------------------------------------------------------------------------------------------------- */

Value zone_new(Value delta, Value name_or_0) {
    Delta d = delta_of(delta);
    if (!within_a_day(d)) return out_of_range(delta);
    Value utc = name_or_0 || d.days || d.seconds || d.us ? 0 : zone_utc();
    if (utc) return utc;
    Value zone = py_alloc_id(TYPE_TIMEZONE, 0);
    if (!zone) return 0;
    fixed(zone)->offset = delta;
    fixed(zone)->name = name_or_0;
    return zone;
}
Value zone_from_iso(const IsoZone *zone) {
    Value offset = delta_new(0, zone->seconds, zone->us);
    return offset ? zone_new(offset, 0) : 0;
}

FUNCTION(timezone_make) {
    if (!is_delta(args[1])) return py_raise(TYPE_TypeError, "timezone() argument 1 must be datetime.timedelta, not %T", args[1]);
    if (args[2] && !py_is_str(args[2])) return py_raise(TYPE_TypeError, "timezone() argument 2 must be str, not %T", args[2]);
    return zone_new(args[1], args[2]);
}

/* dt must be a datetime or None. */
static int check_dt(Value dt, const char *method) {
    if (dt == VM_NONE || is_datetime(dt)) return 0;
    return py_raise_int(TYPE_TypeError, "%s(dt) argument must be a datetime instance or None, not %T", method, dt);
}
FUNCTION(timezone_tzname) { return check_dt(args[1], "tzname") < 0 ? 0 : fixed_name(args[0]); }
FUNCTION(timezone_utcoffset) { return check_dt(args[1], "utcoffset") < 0 ? 0 : fixed(args[0])->offset; }
FUNCTION(timezone_dst) { return check_dt(args[1], "dst") < 0 ? 0 : VM_NONE; }
FUNCTION(timezone_fromutc) {
    if (!is_datetime(args[1])) return py_raise(TYPE_TypeError, "fromutc() argument must be a datetime instance");
    if (zone_of(args[1]) != args[0]) return py_raise(TYPE_ValueError, "fromutc: dt.tzinfo is not self");
    return py_binary(PY_OP_ADD, args[1], fixed(args[0])->offset);
}
FUNCTION(timezone_getinitargs) { return fixed(args[0])->name ? py_tuple_pack(2, fixed(args[0])->offset, fixed(args[0])->name) : py_tuple_pack(1, fixed(args[0])->offset); }
static Value timezone_repr(Value self) {
    if (self == zone_utc()) return py_str_c("datetime.timezone.utc");
    if (fixed(self)->name) return py_str_format("datetime.timezone(%R, %R)", fixed(self)->offset, fixed(self)->name);
    return py_str_format("datetime.timezone(%R)", fixed(self)->offset);
}
static Value timezone_compare(Value a, Value b, int op) {
    if ((op != PY_EQ && op != PY_NE) || !is_fixed(b)) return VM_NOT_IMPLEMENTED;
    return order_result(delta_compare(delta_of(fixed(a)->offset), delta_of(fixed(b)->offset)), op);
}
static int64_t timezone_hash(Value self) { return py_hash(fixed(self)->offset); }
static const PyMethodDef timezone_methods[] = {
    {"tzname", "($self, dt, /)", timezone_tzname, 0, "If name is specified when timezone is created, returns the name.  Otherwise returns offset as 'UTC(+|-)HH:MM'."},
    {"utcoffset", "($self, dt, /)", timezone_utcoffset, 0, "Return fixed offset."},
    {"dst", "($self, dt, /)", timezone_dst, 0, "Return None."},
    {"fromutc", "($self, dt, /)", timezone_fromutc, 0, "datetime in UTC -> datetime in local time."},
    {"__getinitargs__", "($self, /)", timezone_getinitargs, 0, "pickle support"},
    {0}};
const PyTypeSpec py_spec_timezone = {.doc = "Fixed offset from UTC implementation of tzinfo.",
                                     .slots = {.repr = timezone_repr, .str = fixed_name, .hash = timezone_hash, .richcompare = timezone_compare},
                                     .methods = timezone_methods,
                                     .new_signature = "(offset, name=<unrepresentable>)",
                                     .new_fn = timezone_make,
                                     .module = "datetime"};

/* ---- the module ------------------------------------------------------------------------------------------------- */

static int set_bounds(uint32_t type_id, Value least, Value most, Value resolution_or_0) {
    Value type = py_type(type_id);
    if (!least || !most || type_dict_set(type, py_intern_c("min"), least) < 0 || type_dict_set(type, py_intern_c("max"), most) < 0) return -1;
    return resolution_or_0 && type_dict_set(type, py_intern_c("resolution"), resolution_or_0) < 0 ? -1 : 0;
}
static int set_constants(void) {
    const Fields first = {1, 1, 1, 0, 0, 0, 0, 0}, last = {9999, 12, 31, 23, 59, 59, 999999, 0};
    Value date = py_type(TYPE_DATE), datetime = py_type(TYPE_DATETIME), time = py_type(TYPE_TIME);
    Value microsecond = delta_new(0, 0, 1), zero = delta_new(0, 0, 0), minute = delta_new(0, 60, 0);
    if (!microsecond || !zero || !minute) return -1;
    Value utc = zone_new(zero, 0);
    if (!utc) return -1;
    if (set_bounds(TYPE_TIMEDELTA, delta_new(-MAX_DELTA_DAYS, 0, 0), delta_new(MAX_DELTA_DAYS, DAY_SECONDS - 1, 999999), microsecond) < 0 ||
        set_bounds(TYPE_DATE, date_make(date, &first), date_make(date, &last), delta_new(1, 0, 0)) < 0 ||
        set_bounds(TYPE_DATETIME, datetime_make(datetime, &first, VM_NONE), datetime_make(datetime, &last, VM_NONE), microsecond) < 0 ||
        set_bounds(TYPE_TIME, time_make(time, &first, VM_NONE), time_make(time, &last, VM_NONE), microsecond) < 0)
        return -1;
    Value day = delta_new(0, DAY_SECONDS - 60, 0), back = delta_new(-1, 60, 0);
    return !day || !back || set_bounds(TYPE_TIMEZONE, zone_new(back, 0), zone_new(day, 0), 0) < 0 ? -1 : type_dict_set(py_type(TYPE_TIMEZONE), py_intern_c("utc"), utc);
}
static int datetime_init(Value module) {
    static const IntConstant constants[] = {{"MINYEAR", MIN_YEAR}, {"MAXYEAR", MAX_YEAR}};
    static const uint32_t types[] = {TYPE_DATE, TYPE_DATETIME, TYPE_TIME, TYPE_TIMEDELTA, TYPE_TZINFO, TYPE_TIMEZONE};
    if (set_constants() < 0 || ADD_CONSTANTS(module, constants) < 0) return -1;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (py_module_add_type(module, types[i]) < 0) return -1;
    return py_module_add(module, "UTC", zone_utc());
}
const PyModuleDef py_module_datetime = {.doc = "Fast implementation of the datetime type.", .init = datetime_init};
