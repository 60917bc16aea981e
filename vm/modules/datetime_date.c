/* Module _datetime: date, and the tuple that isocalendar() gives. */
#include "vm/modules/datetime.h"
#include "vm/objects/structseq.h"
#include "vm/objects/type.h"

Fields date_fields(Value v) {
    PyDate GS *d = REF(PyDate, v);
    return (Fields){.year = (int)d->year, .month = (int)d->month, .day = (int)d->day};
}

/* ---- construction --------------------------------------------------------------------------------------------- */

static Value date_fill(Value type, const Fields *f) {
    Value v = py_alloc(type, 0);
    if (!v) return 0;
    PyDate GS *d = REF(PyDate, v);
    d->year = f->year, d->month = f->month, d->day = f->day;
    return v;
}
/* By the class, so that subclasses see their own constructor. */
Value date_make(Value type, const Fields *f) {
    if (type == py_type(TYPE_DATE)) return check_date(f) < 0 ? 0 : date_fill(type, f);
    if (type == py_type(TYPE_DATETIME)) return datetime_make(type, f, VM_NONE);
    return py_call3(type, int_make(f->year), int_make(f->month), int_make(f->day));
}

static Value date_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *cache;
    uint8_t state[4];
    Fields f = {0};
    Value bound[3];
    if (nargs == 1 && !kwnames && state_bytes(args[0], 4, state) && state[2] >= 1 && state[2] <= 12) {
        f.year = state[0] << 8 | state[1], f.month = state[2], f.day = state[3];
        return date_fill(type, &f);
    }
    if (date_check_given(args, nargs) < 0) return 0;
    if (builtin_bind_init(&cache, "(year, month, day)", "function", args, nargs, kwnames, bound) < 0) return 0;
    if (date_int_argument(bound[0], &f.year) < 0 || date_int_argument(bound[1], &f.month) < 0 || date_int_argument(bound[2], &f.day) < 0 || check_date(&f) < 0) return 0;
    return date_fill(type, &f);
}

FUNCTION(date_fromtimestamp) {
    int64_t seconds, us;
    Fields f;
    return timestamp_argument(args[1], &seconds, &us) < 0 || local_fields(seconds, &f) < 0 ? 0 : date_make(args[0], &f);
}
FUNCTION(date_today) {
    Value time = py_import_attr("time", "time"), now = time ? py_call0(time) : 0;
    return now ? py_call_method(args[0], "fromtimestamp", 1, &now) : 0;
}
FUNCTION(date_fromordinal) {
    int ordinal;
    Fields f = {0};
    if (date_int_argument(args[1], &ordinal) < 0) return 0;
    if (ordinal < 1) return py_raise(TYPE_ValueError, "ordinal must be >= 1");
    fields_set_ordinal(&f, ordinal);
    return check_date(&f) < 0 ? 0 : date_make(args[0], &f);
}
FUNCTION(date_fromisoformat) {
    char text[ISO_TEXT_ROOM];
    Fields f = {0};
    int64_t length = iso_text(args[1], text);
    if (length < 0) return 0;
    if ((length != 7 && length != 8 && length != 10) || iso_parse_date(text, (size_t)length, &f) < 0) return iso_error(args[1]);
    return date_make(args[0], &f);
}
FUNCTION(date_fromisocalendar) {
    int part[3];
    Fields f = {0};
    for (int i = 0; i < 3; i++) {
        if (date_int_argument(args[i + 1], &part[i]) == 0) continue;
        if (!py_error_is(TYPE_OverflowError)) return 0;
        py_error_clear();
        return py_raise(TYPE_ValueError, "ISO calendar component out of range");
    }
    switch (iso_week_date(&f, part[0], part[1], part[2])) {
    case 0: return date_make(args[0], &f);
    case -1: return py_raise(TYPE_ValueError, "Year is out of range: %d", part[0]);
    case -2: return py_raise(TYPE_ValueError, "Invalid week: %d", part[1]);
    default: return py_raise(TYPE_ValueError, "Invalid weekday: %d (range is [1, 7])", part[2]);
    }
}

/* ---- slots ------------------------------------------------------------------------------------------------------ */

static Value date_iso(Value v) {
    Fields f = date_fields(v);
    char text[32];
    snprintf(text, sizeof text, "%04d-%02d-%02d", f.year, f.month, f.day);
    return py_str_c(text);
}
static Value date_repr(Value v) {
    Fields f = date_fields(v);
    return py_str_format("%s%S(%d, %d, %d)", is_exactly(v, TYPE_DATE) ? "datetime." : "", py_type_name(py_type_of(v)), f.year, f.month, f.day);
}
static Value date_str(Value v) { return py_call_method(v, "isoformat", 0, 0); }
static int64_t date_hash(Value v) {
    Fields f = date_fields(v);
    const uint8_t state[4] = {(uint8_t)(f.year >> 8), (uint8_t)f.year, (uint8_t)f.month, (uint8_t)f.day};
    return state_hash(state, sizeof state);
}
static Value date_compare(Value a, Value b, int op) {
    if (!is_date(b)) return VM_NOT_IMPLEMENTED;
    Fields x = date_fields(a), y = date_fields(b);
    return order_result(compare_fields(&x, &y), op);
}

static Value add_days(Value date, int64_t days) {
    Fields f = date_fields(date);
    int64_t ordinal = ordinal_of(f.year, f.month, f.day) + days;
    if (ordinal < 1 || ordinal > MAX_ORDINAL) return py_raise(TYPE_OverflowError, "date value out of range");
    fields_set_ordinal(&f, ordinal);
    return date_make(py_type_of(date), &f);
}
static Value date_add(Value a, Value b) {
    if (is_datetime(a) || is_datetime(b)) return VM_NOT_IMPLEMENTED;
    if (is_date(a) && is_delta(b)) return add_days(a, delta_of(b).days);
    if (is_delta(a) && is_date(b)) return add_days(b, delta_of(a).days);
    return VM_NOT_IMPLEMENTED;
}
static Value date_sub(Value a, Value b) {
    if (!is_date(a) || is_datetime(a) || is_datetime(b)) return VM_NOT_IMPLEMENTED;
    if (is_delta(b)) return add_days(a, -delta_of(b).days);
    if (!is_date(b)) return VM_NOT_IMPLEMENTED;
    Fields x = date_fields(a), y = date_fields(b);
    return delta_new(ordinal_of(x.year, x.month, x.day) - ordinal_of(y.year, y.month, y.day), 0, 0);
}

/* ---- methods ------------------------------------------------------------------------------------------------------ */

static const char *const day_names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const month_names[] = {"", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
FUNCTION(date_ctime) {
    Fields f = is_datetime(args[0]) ? datetime_fields(args[0]) : date_fields(args[0]);
    char text[64];
    snprintf(text, sizeof text, "%s %s %2d %02d:%02d:%02d %04d", day_names[weekday_of(f.year, f.month, f.day)], month_names[f.month], f.day, f.hour, f.minute, f.second, f.year);
    return py_str_c(text);
}
FUNCTION(date_isoformat) { return date_iso(args[0]); }
FUNCTION(date_strftime) {
    if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "strftime() argument 1 must be str, not %T", args[1]);
    Value tuple = py_call_method(args[0], "timetuple", 0, 0);
    return tuple ? format_wrapped(args[0], args[1], tuple, args[0]) : 0;
}
FUNCTION(date_format) {
    if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "__format__() argument 1 must be str, not %T", args[1]);
    return str_length(args[1]) ? py_call_method(args[0], "strftime", 1, &args[1]) : py_str(args[0]);
}
FUNCTION(date_timetuple) {
    Fields f = date_fields(args[0]);
    return struct_time_of(&f, -1);
}
static int64_t ordinal(Value v) {
    Fields f = date_fields(v);
    return ordinal_of(f.year, f.month, f.day);
}
FUNCTION(date_toordinal) { return int_make(ordinal(args[0])); }
FUNCTION(date_weekday) { return int_make((ordinal(args[0]) + 6) % 7); }
FUNCTION(date_isoweekday) { return int_make((ordinal(args[0]) + 6) % 7 + 1); }
FUNCTION(date_isocalendar) {
    Fields f = date_fields(args[0]);
    int year, week, weekday;
    iso_week_of(&f, &year, &week, &weekday);
    const Value items[] = {int_make(year), int_make(week), int_make(weekday)};
    return py_structseq_new(TYPE_ISO_DATE, items, 3, 3);
}
FUNCTION(date_replace) {
    Fields f = date_fields(args[0]);
    if ((args[1] && date_int_argument(args[1], &f.year) < 0) || (args[2] && date_int_argument(args[2], &f.month) < 0) || (args[3] && date_int_argument(args[3], &f.day) < 0)) return 0;
    return check_date(&f) < 0 ? 0 : date_make(py_type_of(args[0]), &f);
}
FUNCTION(date_reduce) {
    Fields f = date_fields(args[0]);
    const uint8_t state[4] = {(uint8_t)(f.year >> 8), (uint8_t)f.year, (uint8_t)f.month, (uint8_t)f.day};
    Value bytes = py_bytes_new(state, sizeof state), arguments = bytes ? py_tuple_pack(1, bytes) : 0;
    return arguments ? py_tuple_pack(2, py_type_of(args[0]), arguments) : 0;
}

static const PyMethodDef date_methods[] = {
    {"fromtimestamp", "($type, timestamp, /)", date_fromtimestamp, PY_METHOD_CLASS, "Create a date from a POSIX timestamp.\n\nThe timestamp is a number, e.g. created via time.time(), that is interpreted\nas local time."},
    {"fromordinal", "($type, ordinal, /)", date_fromordinal, PY_METHOD_CLASS, "int -> date corresponding to a proleptic Gregorian ordinal."},
    {"fromisoformat", "($type, date_string, /)", date_fromisoformat, PY_METHOD_CLASS, "str -> Construct a date from a string in ISO 8601 format."},
    {"fromisocalendar", "($type, year, week, day)", date_fromisocalendar, PY_METHOD_CLASS, "int, int, int -> Construct a date from the ISO year, week number and weekday.\n\nThis is the inverse of the function date.isocalendar()"},
    {"today", "($type, /)", date_today, PY_METHOD_CLASS, "Current date or datetime:  same as self.__class__.fromtimestamp(time.time())."},
    {"ctime", "($self, /)", date_ctime, 0, "Return ctime() style string."},
    {"strftime", "($self, format)", date_strftime, 0, "format -> strftime() style string."},
    {"__format__", "($self, format, /)", date_format, 0, "Formats self with strftime."},
    {"timetuple", "($self, /)", date_timetuple, 0, "Return time tuple, compatible with time.localtime()."},
    {"isocalendar", "($self, /)", date_isocalendar, 0, "Return a named tuple containing ISO year, week number, and weekday."},
    {"isoformat", "($self, /)", date_isoformat, 0, "Return string in ISO 8601 format, YYYY-MM-DD."},
    {"isoweekday", "($self, /)", date_isoweekday, 0, "Return the day of the week represented by the date.\nMonday == 1 ... Sunday == 7"},
    {"toordinal", "($self, /)", date_toordinal, 0, "Return proleptic Gregorian ordinal.  January 1 of year 1 is day 1."},
    {"weekday", "($self, /)", date_weekday, 0, "Return the day of the week represented by the date.\nMonday == 0 ... Sunday == 6"},
    {"replace", "($self, year=<unrepresentable>, month=<unrepresentable>, day=<unrepresentable>)", date_replace, 0, "Return date with new specified fields."},
    {"__reduce__", "($self, /)", date_reduce, 0, "__reduce__() -> (cls, state)"},
    {0}};
static Value get_year(Value v) { return int_make(REF(PyDate, v)->year); }
static Value get_month(Value v) { return int_make(REF(PyDate, v)->month); }
static Value get_day(Value v) { return int_make(REF(PyDate, v)->day); }
static const PyGetSetDef date_getsets[] = {{"year", get_year, 0, 0}, {"month", get_month, 0, 0}, {"day", get_day, 0, 0}, {0}};
const PyTypeSpec py_spec_date = {.doc = "date(year, month, day) --> date object",
                                 .slots = {.new = date_new, .repr = date_repr, .str = date_str, .hash = date_hash, .richcompare = date_compare, .add = date_add, .sub = date_sub},
                                 .methods = date_methods,
                                 .getsets = date_getsets,
                                 .raw_words = 3,
                                 .module = "datetime"};

/* ---- IsoCalendarDate ---------------------------------------------------------------------------------------------- */

FUNCTION(iso_date_reduce) {
    Value plain = py_tuple_pack(3, tuple_item(args[0], 0), tuple_item(args[0], 1), tuple_item(args[0], 2));
    Value arguments = plain ? py_tuple_pack(1, plain) : 0;
    return arguments ? py_tuple_pack(2, py_type(TYPE_TUPLE), arguments) : 0;
}
static Value iso_date_repr(Value v) {
    return py_str_format("datetime.%S(year=%R, week=%R, weekday=%R)", py_type_name(py_type_of(v)), tuple_item(v, 0), tuple_item(v, 1), tuple_item(v, 2));
}
static Value iso_date_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_raise(TYPE_TypeError, "cannot create '%N' instances", type);
}
static const PyMethodDef iso_date_methods[] = {{"__reduce__", "($self, /)", iso_date_reduce, 0, 0}, {0}};
static const PyGetSetDef iso_date_getsets[] = {{"year", structseq_get_0, 0, 0}, {"week", structseq_get_1, 0, 0}, {"weekday", structseq_get_2, 0, 0}, {0}};
const PyTypeSpec py_spec_iso_date = {.doc = "The result of date.isocalendar() or datetime.isocalendar()\n\nThis object may be accessed either as a tuple of\n  ((year, week, weekday))\nor via the object attributes as named in the above tuple.",
                                     .slots = {.new = iso_date_new, .repr = iso_date_repr},
                                     .methods = iso_date_methods,
                                     .getsets = iso_date_getsets,
                                     .raw_words = 1,
                                     .module = "datetime"};
