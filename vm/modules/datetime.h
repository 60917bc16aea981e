/* Parts of module _datetime. The objects never change once made. */
#ifndef VM_MODULES_DATETIME_H
#define VM_MODULES_DATETIME_H

#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/objects/builtin.h"
#include "vm/objects/str.h"

enum { MIN_YEAR = 1, MAX_YEAR = 9999, MAX_ORDINAL = 3652059, MAX_DELTA_DAYS = 999999999 };
#define DAY_SECONDS INT64_C(86400)
#define EPOCH_ORDINAL INT64_C(719163) /* 1970-01-01 */

/* ---- the calendar (datetime_calendar.c): proleptic Gregorian, ordinal 1 is the 1st of January of year 1 ------- */

typedef struct Fields {
    int year, month, day, hour, minute, second, us, fold;
} Fields;
/* A UTC offset as a text gives it. */
typedef struct IsoZone {
    bool given;
    int64_t seconds, us;
} IsoZone;

int days_in_month(int year, int month);
int64_t ordinal_of(int year, int month, int day);
void fields_set_ordinal(Fields *f, int64_t ordinal);
/* Seconds since the start of ordinal 0, and back. */
int64_t fields_seconds(const Fields *f);
void fields_set_seconds(Fields *f, int64_t seconds);
static inline int weekday_of(int year, int month, int day) { return (int)((ordinal_of(year, month, day) + 6) % 7); } /* Monday: 0 */
int64_t iso_year_start(int year); /* ordinal of the Monday of its first week */
void iso_week_of(const Fields *f, int *year, int *week, int *weekday);
/* 0; -1, -2, -3 when year, week or weekday is out of range. */
int iso_week_date(Fields *f, int64_t year, int64_t week, int64_t weekday);
/* Texts of ASCII (others have been made invalid), ended by NUL: 0, or -1 if they are none. */
int iso_parse_date(const char *text, size_t length, Fields *f);
int iso_parse_time(const char *text, size_t length, Fields *f, IsoZone *zone);
size_t iso_separator(const char *text, size_t length); /* where the date ends; 0: invalid */
/* 0 or ValueError. */
int check_date(const Fields *f);
int check_time(const Fields *f);

/* ---- timedelta (datetime_delta.c) ----------------------------------------------------------------------------- */

typedef struct Delta {
    int64_t days, seconds, us;
} Delta;
static inline bool is_delta(Value v) { return is_ref(v) && py_is_instance_of(v, TYPE_TIMEDELTA); }
static inline Delta delta_of(Value v) {
    PyDelta GS *d = REF(PyDelta, v);
    return (Delta){d->days, d->seconds, d->us};
}
Value delta_new(int64_t days, int64_t seconds, int64_t us); /* normalised; OverflowError */
static inline int64_t delta_seconds(Delta d) { return d.days * DAY_SECONDS + d.seconds; }
static inline int delta_compare(Delta a, Delta b) {
    int64_t x = delta_seconds(a), y = delta_seconds(b);
    return x != y ? (x < y ? -1 : 1) : (a.us > b.us) - (a.us < b.us);
}
Value order_result(int order, int op);

/* ---- tzinfo, timezone (datetime_zone.c) ----------------------------------------------------------------------- */

int zone_check(Value zone);                 /* None or a tzinfo: 0, or TypeError */
Value zone_utc(void);
Value zone_new(Value delta, Value name_or_0); /* UTC itself for offset 0 without name */
/* zone.utcoffset(arg), zone.dst(arg): a timedelta or None; None for no zone. */
Value zone_offset(Value zone, const char *method, Value arg);
Value zone_name(Value zone, Value arg);
Value zone_from_iso(const IsoZone *zone);
/* "+hh:mm[:ss[.ffffff]]" of an offset, nothing of None. */
Value offset_text(Value offset, const char *separator);

/* ---- date, datetime, time ------------------------------------------------------------------------------------- */

static inline bool is_date(Value v) { return is_ref(v) && py_is_instance_of(v, TYPE_DATE); }
static inline bool is_datetime(Value v) { return is_ref(v) && py_is_instance_of(v, TYPE_DATETIME); }
static inline bool is_time(Value v) { return is_ref(v) && py_is_instance_of(v, TYPE_TIME); }
static inline Value zone_of(Value datetime) { return REF(PyDateTime, datetime)->tzinfo; }
Fields date_fields(Value date);     /* time 0 */
Fields datetime_fields(Value datetime);
Value date_make(Value type, const Fields *f);
Value datetime_make(Value type, const Fields *f, Value zone);
Value time_make(Value type, const Fields *f, Value zone);
/* An int argument as C int: OverflowError. */
int date_int_argument(Value v, int *out);
/* Those of year, month and day that are there are looked at before one is missed: 0 or -1. */
int date_check_given(const Value *args, size_t nargs);
int compare_fields(const Fields *a, const Fields *b); /* by date and time, not fold */
/* The local time of seconds since 1970, as fields: 0, or an exception. */
int local_fields(int64_t seconds, Fields *f);
/* A timestamp: whole seconds and microseconds, rounded half to even. */
int timestamp_argument(Value v, int64_t *seconds, int64_t *us);
/* "hh[:mm[:ss[.mmm[uuu]]]]" as timespec says, or automatic. */
Value time_text(const Fields *f, Value timespec_or_0);
/* strftime of time.strftime, with %z, %Z and %f of `object` written out before. */
Value format_wrapped(Value object, Value format, Value timetuple, Value zone_arg);
/* The text of an isoformat argument in `out`, other than ASCII as invalid characters. Its length, -1 with ValueError or TypeError. */
enum { ISO_TEXT_ROOM = 256 };
int64_t iso_text(Value v, char *out);
Value iso_error(Value text);
Value struct_time_of(const Fields *f, int dst);
int64_t state_hash(const uint8_t *state, size_t length);
/* A pickled state of so many bytes, as bytes or as a Latin-1 str: its bytes in `out`; false if `v` is none. */
bool state_bytes(Value v, size_t length, uint8_t *out);

#endif
