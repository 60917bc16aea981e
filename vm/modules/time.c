/* Module time. Clocks come from outside the heap: reading one first extends the transaction's snapshot, so that no thread sees
 * a time older than data it has seen. */
#define _GNU_SOURCE
#include "vm/modules/clock.h"
#include "vm/exec/safepoint.h"
#include "vm/modules/posix.h"
#include "vm/objects/structseq.h"
#include "vm/runtime.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>

#define TIME(name)                                                                                                    \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

/* ---- clocks ------------------------------------------------------------------------------------------------------------------ */

int64_t clock_ns(clockid_t clock) {
    struct timespec t;
    stm_extend_snapshot();
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static Value as_seconds(int64_t ns) { return float_make((double)ns * 1e-9); }

#define CLOCK(name, id)                                                                                               \
    TIME(time_##name) { return as_seconds(clock_ns(id)); }                                                            \
    TIME(time_##name##_ns) { return py_int_from_i64(clock_ns(id)); }
CLOCK(time, CLOCK_REALTIME)
CLOCK(monotonic, CLOCK_MONOTONIC)
CLOCK(perf_counter, CLOCK_MONOTONIC)
CLOCK(process_time, CLOCK_PROCESS_CPUTIME_ID)
CLOCK(thread_time, CLOCK_THREAD_CPUTIME_ID)

static int clock_argument(Value v, clockid_t *clock) {
    int64_t id = py_index_int64(v, "OverflowError");
    if (id == -1 && py_error()) return -1;
    *clock = (clockid_t)id;
    return 0;
}
static Value read_clock(Value id, bool resolution, bool as_ns) {
    clockid_t clock;
    struct timespec t;
    if (clock_argument(id, &clock) < 0) return 0;
    stm_extend_snapshot();
    if ((resolution ? clock_getres(clock, &t) : clock_gettime(clock, &t)) < 0) return py_raise_errno(errno, 0);
    int64_t ns = (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
    return as_ns ? py_int_from_i64(ns) : as_seconds(ns);
}
TIME(time_clock_gettime) { return read_clock(args[0], false, false); }
TIME(time_clock_gettime_ns) { return read_clock(args[0], false, true); }
TIME(time_clock_getres) { return read_clock(args[0], true, false); }

TIME(time_get_clock_info) {
    static const struct {
        const char *name, *implementation;
        clockid_t id;
        bool adjustable, monotonic;
    } clocks[] = {{"time", "clock_gettime(CLOCK_REALTIME)", CLOCK_REALTIME, true, false},
                  {"monotonic", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, false, true},
                  {"perf_counter", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, false, true},
                  {"process_time", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", CLOCK_PROCESS_CPUTIME_ID, false, true},
                  {"thread_time", "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", CLOCK_THREAD_CPUTIME_ID, false, true}};
    if (!py_is_str(args[0])) return py_raise(TYPE_TypeError, "get_clock_info() argument 1 must be str, not %T", args[0]);
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        if (!py_str_equal_c(args[0], clocks[i].name)) continue;
        struct timespec t;
        clock_getres(clocks[i].id, &t);
        Value info = py_call0(py_type(TYPE_NAMESPACE));
        bool good = info && py_setattr(info, py_intern_c("implementation"), py_str_c(clocks[i].implementation)) == 0 &&
                    py_setattr(info, py_intern_c("monotonic"), vm_bool(clocks[i].monotonic)) == 0 &&
                    py_setattr(info, py_intern_c("adjustable"), vm_bool(clocks[i].adjustable)) == 0 &&
                    py_setattr(info, py_intern_c("resolution"), float_make((double)t.tv_sec + (double)t.tv_nsec * 1e-9)) == 0;
        return good ? info : 0;
    }
    return py_raise(TYPE_ValueError, "unknown clock");
}

/* ---- sleep --------------------------------------------------------------------------------------------------------------------- */

int clock_from_seconds(Value seconds, int64_t *ns) {
    if (py_is_float(seconds)) {
        double d = py_float_value(seconds);
        if (isnan(d)) return py_raise_int(TYPE_ValueError, "Invalid value NaN (not a number)");
        d = ceil(d * 1e9);
        if (!(fabs(d) < 9.2e18)) return py_raise_int(TYPE_OverflowError, "timestamp out of range for platform time_t");
        *ns = (int64_t)d;
        return 0;
    }
    int64_t whole;
    Value index = py_index(seconds);
    if (!index) return -1;
    if (py_int_as_i64(index, &whole) || __builtin_mul_overflow(whole, INT64_C(1000000000), ns))
        return py_raise_int(TYPE_OverflowError, "timestamp too large to convert to C _PyTime_t");
    return 0;
}

/* The deadline is fixed before the first wait, so that a signal's handler does not make the sleep longer. */
TIME(time_sleep) {
    int64_t ns;
    if (clock_from_seconds(args[0], &ns) < 0) return 0;
    if (ns < 0) return py_raise(TYPE_ValueError, "sleep length must be non-negative");
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    int64_t end = (int64_t)deadline.tv_sec * 1000000000 + deadline.tv_nsec + ns;
    deadline.tv_sec = end / 1000000000;
    deadline.tv_nsec = end % 1000000000;
    long result;
    SYSTEM_CALL(result, VM_BLOCKING(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, (long)&deadline));
    return result < 0 ? posix_error() : VM_NONE;
}

/* ---- calendar -------------------------------------------------------------------------------------------------------------------- */

static const PyGetSetDef struct_time_fields[] = {
#define FIELD(i, name) {name, structseq_get_##i, 0, 0}
    FIELD(0, "tm_year"), FIELD(1, "tm_mon"), FIELD(2, "tm_mday"), FIELD(3, "tm_hour"), FIELD(4, "tm_min"), FIELD(5, "tm_sec"),
    FIELD(6, "tm_wday"), FIELD(7, "tm_yday"), FIELD(8, "tm_isdst"), FIELD(9, "tm_zone"), FIELD(10, "tm_gmtoff"),
#undef FIELD
    {0}};
STRUCTSEQ_SPEC(struct_time, "The time value as returned by gmtime(), localtime(), and strptime(), and\naccepted by asctime(), mktime() and strftime().", struct_time_fields, "time");

static Value struct_time(const struct tm *t) {
    const Value fields[] = {int_make(t->tm_year + 1900), int_make(t->tm_mon + 1), int_make(t->tm_mday), int_make(t->tm_hour),
                            int_make(t->tm_min), int_make(t->tm_sec), int_make((t->tm_wday + 6) % 7), int_make(t->tm_yday + 1),
                            int_make(t->tm_isdst), py_str_c(t->tm_zone ? t->tm_zone : ""), int_make(t->tm_gmtoff)};
    return py_structseq_new(TYPE_STRUCT_TIME, fields, 11, 9);
}

static int seconds_argument(Value v, time_t *seconds) {
    if (!v || v == VM_NONE) {
        *seconds = (time_t)(clock_ns(CLOCK_REALTIME) / 1000000000);
        return 0;
    }
    if (py_is_float(v)) {
        double d = floor(py_float_value(v));
        if (isnan(d)) return py_raise_int(TYPE_ValueError, "Invalid value NaN (not a number)");
        if (!(fabs(d) < 9e18)) return py_raise_int(TYPE_OverflowError, "timestamp out of range for platform time_t");
        *seconds = (time_t)d;
        return 0;
    }
    Value index = py_index(v);
    int64_t whole;
    if (!index) return -1;
    if (py_int_as_i64(index, &whole)) return py_raise_int(TYPE_OverflowError, "timestamp out of range for platform time_t");
    *seconds = whole;
    return 0;
}

static Value broken_down(Value v, struct tm *(*convert)(const time_t *, struct tm *)) {
    time_t seconds;
    struct tm t;
    if (seconds_argument(v, &seconds) < 0) return 0;
    errno = 0;
    if (!convert(&seconds, &t)) return py_raise_errno(errno ? errno : EOVERFLOW, 0);
    return struct_time(&t);
}
TIME(time_gmtime) { return broken_down(args[0], gmtime_r); }
TIME(time_localtime) { return broken_down(args[0], localtime_r); }

/* A struct_time or 9-tuple as struct tm, unchecked. */
static int to_tm(Value v, struct tm *t) {
    if (!py_is_tuple(v)) return py_raise_int(TYPE_TypeError, "Tuple or struct_time argument required");
    if (tuple_length(v) != 9) return py_raise_int(TYPE_TypeError, "function takes exactly 9 arguments (%ld given)", (long)tuple_length(v));
    int64_t fields[9];
    for (int i = 0; i < 9; i++) {
        fields[i] = py_index_int64(tuple_item(v, i), "OverflowError");
        if (fields[i] == -1 && py_error()) return -1;
        if (fields[i] != (int)fields[i]) return py_raise_int(TYPE_OverflowError, "signed integer is greater than maximum");
    }
    if (fields[0] < INT32_MIN + 1900) return py_raise_int(TYPE_OverflowError, "year out of range");
    *t = (struct tm){.tm_year = (int)fields[0] - 1900, .tm_mon = (int)fields[1] - 1, .tm_mday = (int)fields[2],
                     .tm_hour = (int)fields[3], .tm_min = (int)fields[4], .tm_sec = (int)fields[5],
                     .tm_wday = (int)((fields[6] + 1) % 7), .tm_yday = (int)fields[7] - 1, .tm_isdst = (int)fields[8]};
    if (is_ref(v) && is_exactly(v, TYPE_STRUCT_TIME)) {
        Value offset = REF(PyTuple, v)->items[10];
        t->tm_gmtoff = offset == VM_NONE ? 0 : int_value(offset);
    }
    return 0;
}

static int check_tm(struct tm *t) {
    if (t->tm_mon == -1) t->tm_mon = 0;
    if (t->tm_mday == 0) t->tm_mday = 1;
    if (t->tm_yday == -1) t->tm_yday = 0;
    const char *bad = t->tm_mon < 0 || t->tm_mon > 11    ? "month out of range"
                      : t->tm_mday < 0 || t->tm_mday > 31 ? "day of month out of range"
                      : t->tm_hour < 0 || t->tm_hour > 23 ? "hour out of range"
                      : t->tm_min < 0 || t->tm_min > 59   ? "minute out of range"
                      : t->tm_sec < 0 || t->tm_sec > 61   ? "seconds out of range"
                      : t->tm_wday < 0                    ? "day of week out of range"
                      : t->tm_yday < 0 || t->tm_yday > 365 ? "day of year out of range"
                                                           : 0;
    return bad ? py_raise_int(TYPE_ValueError, "%s", bad) : 0;
}

/* The argument, or the local time now. */
static int tm_or_now(Value v, struct tm *t) {
    if (v) return to_tm(v, t) < 0 ? -1 : check_tm(t);
    time_t now;
    if (seconds_argument(0, &now) < 0) return -1;
    localtime_r(&now, t);
    return 0;
}

TIME(time_mktime) {
    struct tm t;
    if (to_tm(args[0], &t) < 0) return 0;
    t.tm_wday = -1;
    time_t seconds = mktime(&t);
    if (seconds == -1 && t.tm_wday == -1) return py_raise(TYPE_OverflowError, "mktime argument out of range");
    return float_make((double)seconds);
}

static Value asctime_text(const struct tm *t) {
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[80];
    snprintf(text, sizeof text, "%.3s %.3s%3d %02d:%02d:%02d %d", days + 3 * (t->tm_wday % 7), months + 3 * t->tm_mon, t->tm_mday, t->tm_hour,
             t->tm_min, t->tm_sec, 1900 + t->tm_year);
    return py_str_c(text);
}
TIME(time_asctime) {
    struct tm t;
    return tm_or_now(args[0], &t) < 0 ? 0 : asctime_text(&t);
}
TIME(time_ctime) {
    time_t seconds;
    struct tm t;
    if (seconds_argument(args[0], &seconds) < 0) return 0;
    if (!localtime_r(&seconds, &t)) return py_raise_errno(EOVERFLOW, 0);
    return asctime_text(&t);
}

TIME(time_strftime) {
    struct tm t;
    if (!py_is_str(args[0])) return py_raise(TYPE_TypeError, "strftime() argument 1 must be str, not %T", args[0]);
    if (tm_or_now(args[1], &t) < 0) return 0;
    Value zone = args[1] && is_exactly(args[1], TYPE_STRUCT_TIME) ? REF(PyTuple, args[1])->items[9] : VM_NONE;
    size_t length, zone_length;
    char zone_text[64] = "";
    const char *zone_utf8 = zone != VM_NONE && py_is_str(zone) ? py_str_utf8(zone, &zone_length) : 0;
    if (zone_utf8) snprintf(zone_text, sizeof zone_text, "%s", zone_utf8);
    t.tm_zone = zone_utf8 ? zone_text : tzname[t.tm_isdst > 0];
    const char *format = py_str_utf8(args[0], &length);
    if (!format) return 0;
    if (!length) return NAME(empty);
    if (memchr(format, 0, length)) return py_raise(TYPE_ValueError, "embedded null character");
    char small[512];
    size_t used = strftime(small, sizeof small, format, &t);
    if (used) return py_decode(small, used, "utf-8", "surrogateescape");
    size_t room = 256 * (length + 1);
    Value raw = py_raw_new(room);
    if (!raw) return 0;
    format = py_str_utf8(args[0], &length);
    char *text = stm_flat(REF(PyRaw, raw)->data, room, true);
    used = strftime(text, room, format, &t);
    return py_decode(text, used, "utf-8", "surrogateescape");
}

TIME(time_strptime) {
    Value function = py_import_attr("_strptime", "_strptime_time");
    return function ? py_call(function, args, nargs, kwnames) : 0;
}

static int set_zone_names(Value module) {
    tzset();
    time_t january = 1704067200, july = 1719792000; /* of one year: which of them has summer time? */
    struct tm winter, summer;
    localtime_r(&january, &winter);
    localtime_r(&july, &summer);
    const struct tm *standard = winter.tm_isdst > 0 ? &summer : &winter, *alternative = winter.tm_isdst > 0 ? &winter : &summer;
    Value names = py_tuple_pack(2, py_str_c(standard->tm_zone), py_str_c(alternative->tm_zone));
    return py_module_add(module, "timezone", int_make(-standard->tm_gmtoff)) < 0 ||
                   py_module_add(module, "altzone", int_make(-alternative->tm_gmtoff)) < 0 ||
                   py_module_add(module, "daylight", int_make(standard->tm_gmtoff != alternative->tm_gmtoff)) < 0 ||
                   py_module_add(module, "tzname", names) < 0
               ? -1
               : 0;
}
TIME(time_tzset) { return set_zone_names(py_import("time")) < 0 ? 0 : VM_NONE; }

#define BOTH(name, text) {#name, "($module, /)", time_##name, 0, text}, {#name "_ns", "($module, /)", time_##name##_ns, 0, text " in nanoseconds"}
static const PyMethodDef time_functions[] = {
    BOTH(time, "Return the current time since the Epoch"), BOTH(monotonic, "Monotonic clock, cannot go backward"),
    BOTH(perf_counter, "Performance counter for benchmarking"), BOTH(process_time, "Process time for profiling"),
    BOTH(thread_time, "Thread time for profiling"),
    {"clock_gettime", "($module, clk_id, /)", time_clock_gettime, 0, "Return the time of the specified clock clk_id."},
    {"clock_gettime_ns", "($module, clk_id, /)", time_clock_gettime_ns, 0, "Return the time of the specified clock clk_id as nanoseconds."},
    {"clock_getres", "($module, clk_id, /)", time_clock_getres, 0, "Return the resolution (precision) of the specified clock clk_id."},
    {"get_clock_info", "($module, name, /)", time_get_clock_info, 0, "Get information of the specified clock."},
    {"sleep", "($module, seconds, /)", time_sleep, 0, "Delay execution for a given number of seconds."},
    {"gmtime", "($module, seconds=None, /)", time_gmtime, 0, "Convert seconds since the Epoch to a time tuple expressing UTC (a.k.a. GMT)."},
    {"localtime", "($module, seconds=None, /)", time_localtime, 0, "Convert seconds since the Epoch to a time tuple expressing local time."},
    {"mktime", "($module, tuple, /)", time_mktime, 0, "Convert a time tuple in local time to seconds since the Epoch."},
    {"asctime", "($module, tuple=None, /)", time_asctime, 0, "Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'."},
    {"ctime", "($module, seconds=None, /)", time_ctime, 0, "Convert a time in seconds since the Epoch to a string in local time."},
    {"strftime", "($module, format, tuple=None, /)", time_strftime, 0, "Convert a time tuple to a string according to a format specification."},
    {"strptime", "($module, string, format='%a %b %d %H:%M:%S %Y', /)", time_strptime, 0, "Parse a string to a time tuple according to a format specification."},
    {"tzset", "($module, /)", time_tzset, 0, "Initialize, or reinitialize, the local timezone to the value stored in os.environ['TZ']."},
    {0}};

static int time_init(Value module) {
    const struct {
        const char *name;
        int value;
    } constants[] = {{"CLOCK_REALTIME", CLOCK_REALTIME}, {"CLOCK_MONOTONIC", CLOCK_MONOTONIC}, {"CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW},
                     {"CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID}, {"CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID},
                     {"CLOCK_BOOTTIME", CLOCK_BOOTTIME}, {"CLOCK_TAI", CLOCK_TAI}, {"_STRUCT_TM_ITEMS", 11}};
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (py_module_add(module, constants[i].name, int_make(constants[i].value)) < 0) return -1;
    py_structseq_register(TYPE_STRUCT_TIME, 9);
    return py_module_add_type(module, TYPE_STRUCT_TIME) < 0 ? -1 : set_zone_names(module);
}
const PyModuleDef py_module_time = {
    .doc = "This module provides various functions to manipulate time values.", .functions = time_functions, .init = time_init};
