/* Module _datetime: what date, time and datetime share: arguments, texts, timestamps, pickled states. */
#define _GNU_SOURCE
#include "vm/modules/datetime.h"
#include <errno.h>
#include <math.h>
#include <time.h>

int date_int_argument(Value v, int *out) {
    Value index = py_index(v);
    int64_t i;
    if (!index) return -1;
    if (py_int_as_i64(index, &i)) return py_raise_int(TYPE_OverflowError, "Python int too large to convert to C int");
    if (i != (int32_t)i)
        return py_raise_int(TYPE_OverflowError, i > 0 ? "signed integer is greater than maximum" : "signed integer is less than minimum");
    *out = (int)i;
    return 0;
}
int date_check_given(const Value *args, size_t nargs) {
    int ignored;
    for (size_t i = 0; nargs < 3 && i < nargs; i++)
        if (date_int_argument(args[i], &ignored) < 0) return -1;
    return 0;
}

int compare_fields(const Fields *a, const Fields *b) {
    const int x[] = {a->year, a->month, a->day, a->hour, a->minute, a->second, a->us};
    const int y[] = {b->year, b->month, b->day, b->hour, b->minute, b->second, b->us};
    for (int i = 0; i < 7; i++)
        if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
    return 0;
}

/* ---- timestamps ------------------------------------------------------------------------------------------------- */

int local_fields(int64_t seconds, Fields *f) {
    struct tm tm;
    time_t t = seconds;
    errno = 0;
    if (!localtime_r(&t, &tm)) {
        if (errno == EOVERFLOW) return py_raise_int(TYPE_ValueError, "year is out of range");
        return (int)py_raise_errno(errno ? errno : EINVAL, 0) - 1;
    }
    *f = (Fields){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec > 59 ? 59 : tm.tm_sec, 0, 0};
    return 0;
}

int timestamp_argument(Value v, int64_t *seconds, int64_t *us) {
    static const char overflow[] = "timestamp out of range for platform time_t";
    *us = 0;
    if (!py_is_float(v)) {
        Value index = py_index(v);
        if (!index) return -1;
        return py_int_as_i64(index, seconds) ? py_raise_int(TYPE_OverflowError, overflow) : 0;
    }
    double d = py_float_value(v), whole, part = modf(d, &whole);
    if (isnan(d)) return py_raise_int(TYPE_ValueError, "Invalid value NaN (not a number)");
    part = nearbyint(part * 1e6); /* half to even */
    if (part >= 1e6) part -= 1e6, whole += 1;
    else if (part < 0) part += 1e6, whole -= 1;
    if (!(whole >= -9223372036854775808.0 && whole < 9223372036854775808.0)) return py_raise_int(TYPE_OverflowError, overflow);
    *seconds = (int64_t)whole;
    *us = (int64_t)part;
    return 0;
}

Value struct_time_of(const Fields *f, int dst) {
    int64_t day = ordinal_of(f->year, f->month, f->day) - ordinal_of(f->year, 1, 1) + 1;
    Value fields = py_tuple_pack(9, int_make(f->year), int_make(f->month), int_make(f->day), int_make(f->hour), int_make(f->minute), int_make(f->second),
                                 int_make(weekday_of(f->year, f->month, f->day)), int_make(day), int_make(dst));
    Value type = fields ? py_import_attr("time", "struct_time") : 0;
    return type ? py_call1(type, fields) : 0;
}

/* ---- texts -------------------------------------------------------------------------------------------------------- */

Value time_text(const Fields *f, Value timespec_or_0) {
    static const char *const specs[] = {"auto", "hours", "minutes", "seconds", "milliseconds", "microseconds"};
    int spec = 0;
    if (timespec_or_0) {
        if (!py_is_str(timespec_or_0)) return py_raise(TYPE_TypeError, "isoformat() argument 'timespec' must be str, not %T", timespec_or_0);
        while (spec < 6 && !py_str_equal_c(timespec_or_0, specs[spec])) spec++;
        if (spec == 6) return py_raise(TYPE_ValueError, "Unknown timespec value");
    }
    if (spec == 0) spec = f->us ? 5 : 3;
    char text[40], *at = text + sprintf(text, "%02d", f->hour);
    if (spec >= 2) at += sprintf(at, ":%02d", f->minute);
    if (spec >= 3) at += sprintf(at, ":%02d", f->second);
    if (spec == 4) sprintf(at, ".%03d", f->us / 1000);
    if (spec == 5) sprintf(at, ".%06d", f->us);
    return py_str_c(text);
}

/* What stands for %z, %Z or %f in a format of strftime. */
static Value directive_text(Value object, uint32_t c, Value zone_arg) {
    if (c == 'f') {
        int us = is_datetime(object) ? datetime_fields(object).us : is_time(object) ? (int)REF(PyTime, object)->us : 0;
        return py_str_format("%c%c%c%c%c%c", '0' + us / 100000, '0' + us / 10000 % 10, '0' + us / 1000 % 10, '0' + us / 100 % 10, '0' + us / 10 % 10, '0' + us % 10);
    }
    bool has_zone = is_datetime(object) || is_time(object);
    Value zone = !has_zone ? VM_NONE : is_time(object) ? REF(PyTime, object)->tzinfo : zone_of(object);
    if (c == 'z') {
        Value offset = zone_offset(zone, "utcoffset", zone_arg);
        return offset ? offset_text(offset, "") : 0;
    }
    Value name = zone_name(zone, zone_arg);
    if (!name || name == VM_NONE) return name ? NAME(empty) : 0;
    Value pair[2] = {py_intern_c("%"), py_intern_c("%%")};
    Value replaced = py_call_method(name, "replace", 2, pair);
    return !replaced || py_is_str(replaced) ? replaced : py_raise(TYPE_TypeError, "tzname.replace() did not return a string");
}

Value format_wrapped(Value object, Value format, Value timetuple, Value zone_arg) {
    PyStrBuilder out;
    py_builder_init(&out);
    for (size_t i = 0, n = str_length(format); i < n; i++) {
        uint32_t c = str_at(format, i), next = i + 1 < n ? str_at(format, i + 1) : 0;
        if (c != '%' || i + 1 == n) {
            if (py_builder_char(&out, c) < 0) return 0;
            continue;
        }
        i++;
        if (next == 'z' || next == 'Z' || next == 'f') {
            Value text = directive_text(object, next, zone_arg);
            if (!text || py_builder_str(&out, text) < 0) return 0;
        } else if (py_builder_char(&out, '%') < 0 || py_builder_char(&out, next) < 0) {
            return 0;
        }
    }
    Value plain = py_builder_finish(&out), strftime = plain ? py_import_attr("time", "strftime") : 0;
    return strftime ? py_call2(strftime, plain, timetuple) : 0;
}

Value iso_error(Value text) { return py_raise(TYPE_ValueError, "Invalid isoformat string: %R", text); }
int64_t iso_text(Value v, char *out) {
    if (!py_is_str(v)) return py_raise_int(TYPE_TypeError, "fromisoformat: argument must be str");
    Value bytes = py_encode(v, "utf-8", "surrogatepass");
    if (!bytes) return -1;
    int64_t n = REF(PyBytes, bytes)->length;
    if (n >= ISO_TEXT_ROOM) return iso_error(v), -1;
    memcpy(out, stm_flat(bytes_data(bytes), (size_t)n, false), (size_t)n);
    out[n] = 0;
    return n;
}

/* ---- states ------------------------------------------------------------------------------------------------------- */

int64_t state_hash(const uint8_t *state, size_t length) { return py_hash_bytes(state, length); }
bool state_bytes(Value v, size_t length, uint8_t *out) {
    if (py_is_bytes(v) && (size_t)REF(PyBytes, v)->length == length) {
        for (size_t i = 0; i < length; i++) out[i] = bytes_data(v)[i];
        return true;
    }
    if (!py_is_str(v) || str_length(v) != length) return false;
    for (size_t i = 0; i < length; i++) {
        if (str_at(v, i) > 255) return false;
        out[i] = (uint8_t)str_at(v, i);
    }
    return true;
}
