/* Module _datetime: datetime. Local time follows PEP 495: fold tells apart the two readings of a clock that was set back. */
#include "vm/modules/datetime.h"

static PyDateTime GS *ref(Value v) { return REF(PyDateTime, v); }
Fields datetime_fields(Value v) {
    PyDateTime GS *d = ref(v);
    return (Fields){(int)d->date.year, (int)d->date.month, (int)d->date.day, (int)d->hour, (int)d->minute, (int)d->second, (int)d->us, (int)GET(d, fold)};
}

/* ---- construction ------------------------------------------------------------------------------------------------- */

static Value fill(Value type, const Fields *f, Value zone) {
    Value v = type == py_type(TYPE_DATETIME) ? py_alloc_id(TYPE_DATETIME, 0) : py_alloc(type, 0);
    if (!v) return 0;
    PyDateTime GS *d = ref(v);
    d->date.year = f->year, d->date.month = f->month, d->date.day = f->day;
    d->hour = f->hour, d->minute = f->minute, d->second = f->second, d->us = f->us, d->fold = f->fold;
    d->tzinfo = zone;
    return v;
}
static Value fill_plain(const Fields *f, Value zone) { return fill(py_type(TYPE_DATETIME), f, zone); }
Value datetime_make(Value type, const Fields *f, Value zone) {
    if (type == py_type(TYPE_DATETIME)) return check_date(f) < 0 || check_time(f) < 0 || zone_check(zone) < 0 ? 0 : fill_plain(f, zone);
    const Value args[] = {int_make(f->year), int_make(f->month), int_make(f->day), int_make(f->hour), int_make(f->minute), int_make(f->second), int_make(f->us), zone};
    Value v = py_call(type, args, 8, 0);
    if (v && f->fold && is_datetime(v)) SET(ref(v), fold, 1);
    return v;
}

static Value from_state(Value type, const uint8_t *s, Value zone) {
    Fields f = {s[0] << 8 | s[1], s[2] & 0x7f, s[3], s[4], s[5], s[6], s[7] << 16 | s[8] << 8 | s[9], s[2] >> 7};
    return zone_check(zone) < 0 ? py_raise(TYPE_TypeError, "bad tzinfo state arg") : fill(type, &f, zone);
}
static Value datetime_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *cache;
    uint8_t s[10];
    Fields f = {0};
    Value bound[9];
    if (nargs >= 1 && nargs <= 2 && !kwnames && state_bytes(args[0], 10, s) && (s[2] & 0x7f) >= 1 && (s[2] & 0x7f) <= 12)
        return from_state(type, s, nargs == 2 ? args[1] : VM_NONE);
    if (date_check_given(args, nargs) < 0) return 0;
    if (builtin_bind_init(&cache, "(year, month, day, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)", "function", args, nargs, kwnames, bound) < 0) return 0;
    int *const fields[] = {&f.year, &f.month, &f.day, &f.hour, &f.minute, &f.second, &f.us, 0, &f.fold};
    for (int i = 0; i < 9; i++)
        if (fields[i] && bound[i] && date_int_argument(bound[i], fields[i]) < 0) return 0;
    Value zone = bound[7] ? bound[7] : VM_NONE;
    return check_date(&f) < 0 || check_time(&f) < 0 || zone_check(zone) < 0 ? 0 : fill(type, &f, zone);
}

/* ---- UTC offsets, local time ---------------------------------------------------------------------------------------- */

static Value offset_of(Value v) { return zone_offset(zone_of(v), "utcoffset", v); }
static Delta since_start(const Fields *f) { return (Delta){0, fields_seconds(f), f->us}; }

/* `seconds` count from the start of ordinal 0 in both. 0, or -1 with an exception. */
enum { FOLD_SECONDS = 24 * 3600 };
static int local_seconds(int64_t utc, int64_t *local) {
    Fields f;
    if (local_fields(utc - EPOCH_ORDINAL * DAY_SECONDS, &f) < 0 || check_date(&f) < 0) return -1;
    *local = fields_seconds(&f);
    return 0;
}
/* The UTC second that the local clock shows as t: of two, the one that fold says; of none, by the offset before or after the gap. */
static int utc_seconds(int64_t t, int fold, int64_t *utc) {
    int64_t local, before, after, other, by_other;
    if (local_seconds(t, &local) < 0) return -1;
    int64_t a = local - t, u1 = t - a, t1;
    if (local_seconds(u1, &t1) < 0) return -1;
    if (t1 == t) { /* found one: is there another on the other side? */
        if (local_seconds(u1 + (fold ? FOLD_SECONDS : -FOLD_SECONDS), &other) < 0) return -1;
        int64_t b = other - (u1 + (fold ? FOLD_SECONDS : -FOLD_SECONDS));
        if (a == b) return *utc = u1, 0;
        before = b;
    } else {
        before = t1 - u1;
    }
    int64_t u2 = t - before;
    if (local_seconds(u2, &by_other) < 0) return -1;
    after = by_other;
    if (after == t) *utc = u2;
    else if (t1 == t) *utc = u1;
    else *utc = (u1 > u2) == !fold ? u1 : u2;
    return 0;
}

/* The local fields of a timestamp, with fold. */
static int local_with_fold(int64_t timestamp, Fields *f) {
    int64_t utc = timestamp + EPOCH_ORDINAL * DAY_SECONDS, probe;
    if (local_fields(timestamp, f) < 0 || check_date(f) < 0) return -1;
    if (utc - FOLD_SECONDS < DAY_SECONDS) return 0; /* before year 1 */
    int64_t seconds = fields_seconds(f);
    if (local_seconds(utc - FOLD_SECONDS, &probe) < 0) return -1;
    int64_t transition = seconds - probe - FOLD_SECONDS;
    if (transition >= 0) return 0;
    if (local_seconds(utc + transition, &probe) < 0) return -1;
    f->fold = probe == seconds;
    return 0;
}

static Value at_timestamp(Value type, int64_t seconds, int64_t us, Value zone, bool local) {
    Fields f = {0};
    int64_t utc;
    if (local) {
        if (local_with_fold(seconds, &f) < 0) return 0;
    } else {
        bool bad = __builtin_add_overflow(seconds, EPOCH_ORDINAL * DAY_SECONDS, &utc) || utc < DAY_SECONDS || utc >= (MAX_ORDINAL + 1) * DAY_SECONDS;
        if (bad) return py_raise(TYPE_ValueError, "year is out of range");
        fields_set_seconds(&f, utc);
    }
    f.us = (int)us;
    return datetime_make(type, &f, zone);
}

FUNCTION(datetime_fromtimestamp) {
    Value zone = args[2] ? args[2] : VM_NONE;
    int64_t seconds, us;
    if (zone_check(zone) < 0 || timestamp_argument(args[1], &seconds, &us) < 0) return 0;
    Value v = at_timestamp(args[0], seconds, us, zone, zone == VM_NONE);
    return v && zone != VM_NONE ? py_call_method(zone, "fromutc", 1, &v) : v;
}
FUNCTION(datetime_utcfromtimestamp) {
    int64_t seconds, us;
    return timestamp_argument(args[1], &seconds, &us) < 0 ? 0 : at_timestamp(args[0], seconds, us, VM_NONE, false);
}
static Value now_at(Value type, Value zone, bool local) {
    Value clock = py_import_attr("time", "time_ns"), ns = clock ? py_call0(clock) : 0;
    int64_t t;
    if (!ns || py_int_as_i64(ns, &t)) return ns ? py_raise(TYPE_OverflowError, "timestamp out of range for platform time_t") : 0;
    int64_t us = t / 1000;
    return at_timestamp(type, us / 1000000, us % 1000000, zone, local);
}
FUNCTION(datetime_now) {
    Value zone = args[1] ? args[1] : VM_NONE;
    if (zone_check(zone) < 0) return 0;
    Value v = now_at(args[0], zone, zone == VM_NONE);
    return v && zone != VM_NONE ? py_call_method(zone, "fromutc", 1, &v) : v;
}
FUNCTION(datetime_utcnow) { return now_at(args[0], VM_NONE, false); }

FUNCTION(datetime_combine) {
    if (!is_date(args[1])) return py_raise(TYPE_TypeError, "combine() argument 1 must be datetime.date, not %T", args[1]);
    if (!is_time(args[2])) return py_raise(TYPE_TypeError, "combine() argument 2 must be datetime.time, not %T", args[2]);
    PyTime GS *t = REF(PyTime, args[2]);
    Fields f = date_fields(args[1]);
    f.hour = (int)t->hour, f.minute = (int)t->minute, f.second = (int)t->second, f.us = (int)t->us, f.fold = (int)GET(t, fold);
    Value zone = args[3] ? args[3] : t->tzinfo;
    return zone_check(zone) < 0 ? 0 : datetime_make(args[0], &f, zone);
}
FUNCTION(datetime_fromisoformat) {
    char text[ISO_TEXT_ROOM];
    Fields f = {0};
    IsoZone iso = {0};
    int64_t length = iso_text(args[1], text);
    if (length < 0) return 0;
    size_t n = (size_t)length, date_end = iso_separator(text, n), at = date_end + 1;
    bool good = date_end && iso_parse_date(text, date_end, &f) == 0;
    while (at < n && ((uint8_t)text[at] & 0xc0) == 0x80) at++; /* any character may separate date and time */
    if (good && n > date_end) good = iso_parse_time(text + at, n - at, &f, &iso) == 0;
    if (!good) return iso_error(args[1]);
    Value zone = iso.given ? zone_from_iso(&iso) : VM_NONE;
    return zone ? check_date(&f) < 0 || check_time(&f) < 0 ? 0 : datetime_make(args[0], &f, zone) : 0;
}
FUNCTION(datetime_strptime) {
    Value parse = py_import_attr("_strptime", "_strptime_datetime");
    return parse ? py_call3(parse, args[0], args[1], args[2]) : 0;
}

/* ---- text ---------------------------------------------------------------------------------------------------------- */

static Value datetime_repr(Value v) {
    Fields f = datetime_fields(v);
    char text[96], *at = text + sprintf(text, "%d, %d, %d, %d, %d", f.year, f.month, f.day, f.hour, f.minute);
    if (f.second || f.us) at += sprintf(at, ", %d", f.second);
    if (f.us) at += sprintf(at, ", %d", f.us);
    if (f.fold) sprintf(at, ", fold=1");
    Value zone = zone_of(v), suffix = zone == VM_NONE ? NAME(empty) : py_str_format(", tzinfo=%R", zone);
    return suffix ? py_str_format("%s%S(%s%S)", is_exactly(v, TYPE_DATETIME) ? "datetime." : "", py_type_name(py_type_of(v)), text, suffix) : 0;
}
static Value iso_with(Value v, uint32_t separator, Value timespec_or_0) {
    Fields f = datetime_fields(v);
    char date[32];
    snprintf(date, sizeof date, "%04d-%02d-%02d", f.year, f.month, f.day);
    Value text = time_text(&f, timespec_or_0), offset = text ? offset_of(v) : 0, suffix = offset ? offset_text(offset, ":") : 0;
    return suffix ? py_str_format("%s%S%S%S", date, py_str_char(separator), text, suffix) : 0;
}
static Value datetime_str(Value v) {
    Value separator = py_intern_c(" ");
    return py_call_method(v, "isoformat", 1, &separator);
}
FUNCTION(datetime_isoformat) {
    if (args[1] && (!py_is_str(args[1]) || str_length(args[1]) != 1))
        return py_raise(TYPE_TypeError, "isoformat() argument 1 must be a unicode character, not %T", args[1]);
    return iso_with(args[0], args[1] ? str_at(args[1], 0) : 'T', args[2]);
}

/* ---- comparing, hashing ------------------------------------------------------------------------------------------- */

static Value with_fold(Value v, int fold) {
    Fields f = datetime_fields(v);
    if (f.fold == fold) return v;
    f.fold = fold;
    return fill_plain(&f, zone_of(v));
}
/* Does the offset depend on fold? Such times equal no time of another zone. */
static int fold_matters(Value v, Value offset) {
    Value flipped = with_fold(v, !datetime_fields(v).fold), other = flipped ? offset_of(flipped) : 0;
    if (!other) return -1;
    if (other == VM_NONE || offset == VM_NONE) return other != offset;
    return delta_compare(delta_of(other), delta_of(offset)) != 0;
}
static int same_offsets(Value a, Value b) {
    if (a == VM_NONE || b == VM_NONE) return a == b;
    return delta_compare(delta_of(a), delta_of(b)) == 0;
}
static Delta utc_delta(const Fields *f, Value offset) {
    Delta d = since_start(f), o = delta_of(offset);
    d.seconds -= delta_seconds(o), d.us -= o.us;
    if (d.us < 0) d.us += 1000000, d.seconds--;
    return d;
}

static Value datetime_compare(Value a, Value b, int op) {
    bool equality = op == PY_EQ || op == PY_NE;
    if (!is_datetime(b)) {
        if (!is_date(b)) return VM_NOT_IMPLEMENTED;
        return equality ? vm_bool(op == PY_NE) : py_raise(TYPE_TypeError, "can't compare datetime.datetime to datetime.date");
    }
    Fields x = datetime_fields(a), y = datetime_fields(b);
    if (zone_of(a) == zone_of(b)) return order_result(compare_fields(&x, &y), op);
    Value left = offset_of(a), right = left ? offset_of(b) : 0;
    if (!right) return 0;
    int order;
    if (same_offsets(left, right)) order = compare_fields(&x, &y);
    else if (left != VM_NONE && right != VM_NONE) order = delta_compare(utc_delta(&x, left), utc_delta(&y, right));
    else if (equality) return vm_bool(op == PY_NE);
    else return py_raise(TYPE_TypeError, "can't compare offset-naive and offset-aware datetimes");
    if (equality && order == 0) {
        int matters = fold_matters(a, left);
        if (matters == 0) matters = fold_matters(b, right);
        if (matters < 0) return 0;
        order = matters;
    }
    return order_result(order, op);
}

static void state_of(const Fields *f, bool fold, uint8_t *s) {
    s[0] = (uint8_t)(f->year >> 8), s[1] = (uint8_t)f->year, s[2] = (uint8_t)(f->month | (fold && f->fold ? 0x80 : 0)), s[3] = (uint8_t)f->day;
    s[4] = (uint8_t)f->hour, s[5] = (uint8_t)f->minute, s[6] = (uint8_t)f->second;
    s[7] = (uint8_t)(f->us >> 16), s[8] = (uint8_t)(f->us >> 8), s[9] = (uint8_t)f->us;
}
static int64_t datetime_hash(Value v) {
    Value plain = with_fold(v, 0), offset = plain ? offset_of(plain) : 0;
    if (!offset) return -1;
    Fields f = datetime_fields(plain);
    if (offset == VM_NONE) {
        uint8_t state[10];
        state_of(&f, false, state);
        return state_hash(state, sizeof state);
    }
    Delta d = utc_delta(&f, offset);
    Value delta = delta_new(0, d.seconds, d.us);
    return delta ? py_hash(delta) : -1;
}

/* ---- arithmetic --------------------------------------------------------------------------------------------------- */

static Value shifted(Value type, Value v, Delta d, int sign, Value zone) {
    Fields f = datetime_fields(v);
    int64_t seconds = fields_seconds(&f) + sign * delta_seconds(d), us = f.us + sign * d.us;
    if (us < 0) us += 1000000, seconds--;
    if (us >= 1000000) us -= 1000000, seconds++;
    if (seconds < DAY_SECONDS || seconds >= (MAX_ORDINAL + 1) * DAY_SECONDS) return py_raise(TYPE_OverflowError, "date value out of range");
    fields_set_seconds(&f, seconds);
    f.us = (int)us, f.fold = 0;
    return datetime_make(type, &f, zone);
}
static Value datetime_add(Value a, Value b) {
    Value v = is_datetime(a) ? a : b, d = v == a ? b : a;
    return is_datetime(v) && is_delta(d) ? shifted(py_type_of(v), v, delta_of(d), 1, zone_of(v)) : VM_NOT_IMPLEMENTED;
}
static Value datetime_sub(Value a, Value b) {
    if (!is_datetime(a)) return VM_NOT_IMPLEMENTED;
    if (is_delta(b)) return shifted(py_type_of(a), a, delta_of(b), -1, zone_of(a));
    if (!is_datetime(b)) return VM_NOT_IMPLEMENTED;
    Fields x = datetime_fields(a), y = datetime_fields(b);
    int64_t seconds = fields_seconds(&x) - fields_seconds(&y), us = x.us - y.us;
    if (zone_of(a) == zone_of(b)) return delta_new(0, seconds, us);
    Value left = offset_of(a), right = left ? offset_of(b) : 0;
    if (!right) return 0;
    if ((left == VM_NONE) != (right == VM_NONE)) return py_raise(TYPE_TypeError, "can't subtract offset-naive and offset-aware datetimes");
    if (left == VM_NONE) return delta_new(0, seconds, us);
    Delta p = delta_of(left), q = delta_of(right);
    return delta_new(0, seconds - delta_seconds(p) + delta_seconds(q), us - p.us + q.us);
}

/* ---- parts and other times ------------------------------------------------------------------------------------------ */

FUNCTION(datetime_date) {
    Fields f = datetime_fields(args[0]);
    return date_make(py_type(TYPE_DATE), &f);
}
FUNCTION(datetime_time) {
    Fields f = datetime_fields(args[0]);
    return time_make(py_type(TYPE_TIME), &f, VM_NONE);
}
FUNCTION(datetime_timetz) {
    Fields f = datetime_fields(args[0]);
    return time_make(py_type(TYPE_TIME), &f, zone_of(args[0]));
}
FUNCTION(datetime_utcoffset) { return offset_of(args[0]); }
FUNCTION(datetime_dst) { return zone_offset(zone_of(args[0]), "dst", args[0]); }
FUNCTION(datetime_tzname) { return zone_name(zone_of(args[0]), args[0]); }
FUNCTION(datetime_timetuple) {
    Value dst = zone_offset(zone_of(args[0]), "dst", args[0]);
    if (!dst) return 0;
    Fields f = datetime_fields(args[0]);
    return struct_time_of(&f, dst == VM_NONE ? -1 : py_truth(dst));
}
FUNCTION(datetime_utctimetuple) {
    Value offset = offset_of(args[0]), v = !offset ? 0 : offset == VM_NONE ? args[0] : shifted(py_type(TYPE_DATETIME), args[0], delta_of(offset), -1, VM_NONE);
    if (!v) return 0;
    Fields f = datetime_fields(v);
    return struct_time_of(&f, 0);
}
FUNCTION(datetime_timestamp) {
    Fields f = datetime_fields(args[0]);
    if (zone_of(args[0]) == VM_NONE) {
        int64_t utc;
        if (utc_seconds(fields_seconds(&f), f.fold, &utc) < 0) return 0;
        return float_make((double)(utc - EPOCH_ORDINAL * DAY_SECONDS) + f.us / 1e6);
    }
    const Fields epoch = {1970, 1, 1, 0, 0, 0, 0, 0};
    Value start = fill_plain(&epoch, zone_utc()), since = start ? datetime_sub(args[0], start) : 0;
    return since ? py_call_method(since, "total_seconds", 0, 0) : 0;
}

/* The system's zone at a UTC second (counted from ordinal 0), as a timezone with its name. */
static Value system_zone(int64_t utc) {
    Value stamp = py_int_from_i64(utc - EPOCH_ORDINAL * DAY_SECONDS), localtime = py_import_attr("time", "localtime"), tm = localtime ? py_call1(localtime, stamp) : 0;
    Value seconds = tm ? py_getattr_c(tm, "tm_gmtoff") : 0, name = seconds ? py_getattr_c(tm, "tm_zone") : 0;
    int64_t s;
    if (!name || py_int_as_i64(seconds, &s)) return 0;
    Value offset = delta_new(0, s, 0);
    return offset ? zone_new(offset, name) : 0;
}
static Value system_zone_of_local(Value v) {
    Fields f = datetime_fields(v);
    int64_t utc;
    return utc_seconds(fields_seconds(&f), f.fold, &utc) < 0 ? 0 : system_zone(utc);
}
FUNCTION(datetime_astimezone) {
    Value self = args[0], zone = args[1] ? args[1] : VM_NONE, own = zone_of(self);
    if (zone_check(zone) < 0 || (own == VM_NONE && !(own = system_zone_of_local(self)))) return 0;
    if (own == zone) return self;
    Value offset = zone_offset(own, "utcoffset", self);
    if (offset == VM_NONE) { /* as good as naive */
        if (!(own = system_zone_of_local(self))) return 0;
        if (own == zone) return self;
        offset = zone_offset(own, "utcoffset", self);
    }
    if (!offset) return 0;
    Value utc = shifted(py_type_of(self), self, delta_of(offset), -1, zone_utc());
    if (!utc) return 0;
    Fields f = datetime_fields(utc);
    if (zone == VM_NONE && !(zone = system_zone(fields_seconds(&f)))) return 0;
    Value there = datetime_make(py_type_of(self), &f, zone);
    return there ? py_call_method(zone, "fromutc", 1, &there) : 0;
}
FUNCTION(datetime_replace) {
    Fields f = datetime_fields(args[0]);
    int *const fields[] = {&f.year, &f.month, &f.day, &f.hour, &f.minute, &f.second, &f.us, 0, &f.fold};
    for (int i = 0; i < 9; i++)
        if (fields[i] && args[i + 1] && date_int_argument(args[i + 1], fields[i]) < 0) return 0;
    Value zone = args[8] ? args[8] : zone_of(args[0]);
    return check_date(&f) < 0 || check_time(&f) < 0 || zone_check(zone) < 0 ? 0 : datetime_make(py_type_of(args[0]), &f, zone);
}
static Value reduce(Value v, int64_t protocol) {
    Fields f = datetime_fields(v);
    uint8_t state[10];
    state_of(&f, protocol > 3, state);
    Value bytes = py_bytes_new(state, sizeof state), zone = zone_of(v);
    Value arguments = !bytes ? 0 : zone == VM_NONE ? py_tuple_pack(1, bytes) : py_tuple_pack(2, bytes, zone);
    return arguments ? py_tuple_pack(2, py_type_of(v), arguments) : 0;
}
FUNCTION(datetime_reduce_ex) {
    int64_t protocol = py_index_int64(args[1], 0);
    return protocol == -1 && py_error() ? 0 : reduce(args[0], protocol);
}
FUNCTION(datetime_reduce) { return reduce(args[0], 2); }

/* ---- the type -------------------------------------------------------------------------------------------------------- */

#define UNSET "=<unrepresentable>"
static const PyMethodDef datetime_methods[] = {
    {"now", "($type, tz=None)", datetime_now, PY_METHOD_CLASS, "Returns new datetime object representing current time local to tz."},
    {"utcnow", "($type, /)", datetime_utcnow, PY_METHOD_CLASS, "Return a new datetime representing UTC day and time."},
    {"fromtimestamp", "($type, timestamp, tz=None)", datetime_fromtimestamp, PY_METHOD_CLASS, "timestamp[, tz] -> tz's local time from POSIX timestamp."},
    {"utcfromtimestamp", "($type, timestamp, /)", datetime_utcfromtimestamp, PY_METHOD_CLASS, "Construct a naive UTC datetime from a POSIX timestamp."},
    {"strptime", "($type, date_string, format, /)", datetime_strptime, PY_METHOD_CLASS, "string, format -> new datetime parsed from a string (like time.strptime())."},
    {"combine", "($type, date, time, tzinfo" UNSET ")", datetime_combine, PY_METHOD_CLASS, "date, time -> datetime with same date and time fields"},
    {"fromisoformat", "($type, string, /)", datetime_fromisoformat, PY_METHOD_CLASS, "string -> datetime from a string in most ISO 8601 formats"},
    {"date", "($self, /)", datetime_date, 0, "Return date object with same year, month and day."},
    {"time", "($self, /)", datetime_time, 0, "Return time object with same time but with tzinfo=None."},
    {"timetz", "($self, /)", datetime_timetz, 0, "Return time object with same time and tzinfo."},
    {"timetuple", "($self, /)", datetime_timetuple, 0, "Return time tuple, compatible with time.localtime()."},
    {"timestamp", "($self, /)", datetime_timestamp, 0, "Return POSIX timestamp as float."},
    {"utctimetuple", "($self, /)", datetime_utctimetuple, 0, "Return UTC time tuple, compatible with time.localtime()."},
    {"isoformat", "($self, sep='T', timespec='auto')", datetime_isoformat, 0, "[sep] -> string in ISO 8601 format, YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM]."},
    {"utcoffset", "($self, /)", datetime_utcoffset, 0, "Return self.tzinfo.utcoffset(self)."},
    {"tzname", "($self, /)", datetime_tzname, 0, "Return self.tzinfo.tzname(self)."},
    {"dst", "($self, /)", datetime_dst, 0, "Return self.tzinfo.dst(self)."},
    {"astimezone", "($self, tz=None)", datetime_astimezone, 0, "tz -> convert to local time in new timezone tz"},
    {"replace", "($self, year" UNSET ", month" UNSET ", day" UNSET ", hour" UNSET ", minute" UNSET ", second" UNSET ", microsecond" UNSET ", tzinfo" UNSET ", *, fold" UNSET ")",
     datetime_replace, 0, "Return datetime with new specified fields."},
    {"__reduce_ex__", "($self, protocol, /)", datetime_reduce_ex, 0, "__reduce_ex__(proto) -> (cls, state)"},
    {"__reduce__", "($self, /)", datetime_reduce, 0, "__reduce__() -> (cls, state)"},
    {0}};
static Value get_hour(Value v) { return int_make(ref(v)->hour); }
static Value get_minute(Value v) { return int_make(ref(v)->minute); }
static Value get_second(Value v) { return int_make(ref(v)->second); }
static Value get_us(Value v) { return int_make(ref(v)->us); }
static Value get_fold(Value v) { return int_make(GET(ref(v), fold)); }
static const PyGetSetDef datetime_getsets[] = {{"hour", get_hour, 0, 0}, {"minute", get_minute, 0, 0}, {"second", get_second, 0, 0}, {"microsecond", get_us, 0, 0},
                                               {"tzinfo", zone_of, 0, 0}, {"fold", get_fold, 0, 0}, {0}};
const PyTypeSpec py_spec_datetime = {
    .doc = "datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])\n\nThe year, month and day arguments are required. tzinfo may be None, or an\ninstance of a tzinfo subclass. The remaining arguments may be ints.",
    .slots = {.new = datetime_new, .repr = datetime_repr, .str = datetime_str, .hash = datetime_hash, .richcompare = datetime_compare, .add = datetime_add, .sub = datetime_sub},
    .methods = datetime_methods,
    .getsets = datetime_getsets,
    .raw_words = 8,
    .module = "datetime"};
