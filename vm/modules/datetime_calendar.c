/* Module _datetime: the calendar, and ISO 8601 texts as the module reads them. Plain C. */
#include "vm/modules/datetime.h"

static const int month_days[] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

static bool is_leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }
int days_in_month(int year, int month) { return month_days[month] + (month == 2 && is_leap(year)); }

static int64_t days_before_year(int64_t year) {
    int64_t y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400;
}
int64_t ordinal_of(int year, int month, int day) {
    int64_t days = days_before_year(year) + day;
    for (int m = 1; m < month; m++) days += days_in_month(year, m);
    return days;
}
void fields_set_ordinal(Fields *f, int64_t ordinal) {
    int year = (int)(ordinal * 400 / 146097); /* at most one off */
    if (year < 1) year = 1;
    while (days_before_year(year + 1) < ordinal) year++;
    while (days_before_year(year) >= ordinal) year--;
    int64_t day = ordinal - days_before_year(year);
    int month = 1;
    for (; day > days_in_month(year, month); month++) day -= days_in_month(year, month);
    f->year = year, f->month = month, f->day = (int)day;
}

int64_t fields_seconds(const Fields *f) {
    return ordinal_of(f->year, f->month, f->day) * DAY_SECONDS + f->hour * 3600 + f->minute * 60 + f->second;
}
void fields_set_seconds(Fields *f, int64_t seconds) {
    fields_set_ordinal(f, seconds / DAY_SECONDS);
    int rest = (int)(seconds % DAY_SECONDS);
    f->hour = rest / 3600, f->minute = rest / 60 % 60, f->second = rest % 60;
}

int64_t iso_year_start(int year) {
    int64_t first = days_before_year(year) + 1, weekday = (first + 6) % 7;
    return first - weekday + (weekday > 3 ? 7 : 0); /* the week of the first Thursday */
}
void iso_week_of(const Fields *f, int *year, int *week, int *weekday) {
    int64_t ordinal = ordinal_of(f->year, f->month, f->day);
    *year = f->year;
    if (ordinal < iso_year_start(*year)) --*year;
    else if (ordinal >= iso_year_start(*year + 1)) ++*year;
    int64_t days = ordinal - iso_year_start(*year);
    *week = (int)(days / 7) + 1;
    *weekday = (int)(days % 7) + 1;
}
int iso_week_date(Fields *f, int64_t year, int64_t week, int64_t weekday) {
    if (year < MIN_YEAR || year > MAX_YEAR) return -1;
    int64_t weeks = (iso_year_start((int)year + 1) - iso_year_start((int)year)) / 7;
    if (week < 1 || week > weeks) return -2;
    if (weekday < 1 || weekday > 7) return -3;
    int64_t ordinal = iso_year_start((int)year) + (week - 1) * 7 + weekday - 1;
    if (ordinal < 1 || ordinal > MAX_ORDINAL) return -1;
    fields_set_ordinal(f, ordinal);
    return 0;
}

int check_date(const Fields *f) {
    if (f->year < MIN_YEAR || f->year > MAX_YEAR) return py_raise_int(TYPE_ValueError, "year %d is out of range", f->year);
    if (f->month < 1 || f->month > 12) return py_raise_int(TYPE_ValueError, "month must be in 1..12");
    if (f->day < 1 || f->day > days_in_month(f->year, f->month)) return py_raise_int(TYPE_ValueError, "day is out of range for month");
    return 0;
}
int check_time(const Fields *f) {
    if (f->hour < 0 || f->hour > 23) return py_raise_int(TYPE_ValueError, "hour must be in 0..23");
    if (f->minute < 0 || f->minute > 59) return py_raise_int(TYPE_ValueError, "minute must be in 0..59");
    if (f->second < 0 || f->second > 59) return py_raise_int(TYPE_ValueError, "second must be in 0..59");
    if (f->us < 0 || f->us > 999999) return py_raise_int(TYPE_ValueError, "microsecond must be in 0..999999");
    return f->fold == 0 || f->fold == 1 ? 0 : py_raise_int(TYPE_ValueError, "fold must be either 0 or 1");
}

/* ---- ISO texts -------------------------------------------------------------------------------------------------- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
/* `count` digits at p, not beyond `end`; *p moves behind them. -1: they are none. */
static int take_digits(const char **p, const char *end, int count) {
    int number = 0;
    if (end - *p < count) return -1;
    for (int i = 0; i < count; i++, ++*p) {
        if (!is_digit(**p)) return -1;
        number = number * 10 + (**p - '0');
    }
    return number;
}

static int parse_week(const char *p, const char *end, bool dashes, int year, Fields *f) {
    int week = take_digits(&p, end, 2), weekday = 1;
    if (week < 0) return -1;
    if (p < end) {
        if (dashes && *p++ != '-') return -1;
        if ((weekday = take_digits(&p, end, 1)) < 0) return -1;
    }
    return iso_week_date(f, year, week, weekday);
}
/* As in python3.11 more may follow: of ten characters without dashes eight are looked at. */
int iso_parse_date(const char *text, size_t length, Fields *f) {
    const char *p = text, *end = text + length;
    int year = take_digits(&p, end, 4);
    if (year < 0 || p == end) return -1;
    bool dashes = *p == '-';
    p += dashes;
    if (p < end && *p == 'W') return parse_week(p + 1, end, dashes, year, f) < 0 ? -1 : 0;
    f->year = year;
    if ((f->month = take_digits(&p, end, 2)) < 0 || (dashes && (p == end || *p++ != '-'))) return -1;
    return (f->day = take_digits(&p, end, 2)) < 0 ? -1 : 0;
}

/* hh[[:]mm[[:]ss[.f*]]], the fraction also right behind seconds or hours. *rest: something follows that is no part of it. */
static int parse_clock(const char *p, const char *end, int *parts /* 4 */, bool *rest) {
    bool colons = false;
    memset(parts, 0, 4 * sizeof *parts);
    *rest = false;
    for (int i = 0; i < 3; i++) {
        if ((parts[i] = take_digits(&p, end, 2)) < 0) return -1;
        if (p == end) return 0;
        if (i == 0) colons = *p == ':';
        *rest = p + 1 == end && *p; /* a NUL ends the text, too */
        if (p + 1 == end) return 0;
        bool fraction = *p == '.' || *p == ',';
        if (fraction || (colons && *p == ':')) p++;
        else if (colons) return -1;
        if (fraction) break;
    }
    int digits = end - p < 6 ? (int)(end - p) : 6;
    if ((parts[3] = take_digits(&p, end, digits)) < 0) return -1;
    for (; digits < 6; digits++) parts[3] *= 10;
    while (p < end && is_digit(*p)) p++;
    *rest = p < end && *p;
    return 0;
}
int iso_parse_time(const char *text, size_t length, Fields *f, IsoZone *zone) {
    const char *end = text + length, *zone_at = text;
    int parts[4];
    bool rest;
    while (zone_at < end && !memchr("+-Z", *zone_at, 3)) zone_at++;
    *zone = (IsoZone){0};
    if (parse_clock(text, zone_at, parts, &rest) < 0 || (rest && zone_at == end)) return -1;
    f->hour = parts[0], f->minute = parts[1], f->second = parts[2], f->us = parts[3];
    if (zone_at == end) return 0;
    zone->given = true;
    if (*zone_at == 'Z') return zone_at[1] ? -1 : 0;
    if (parse_clock(zone_at + 1, end, parts, &rest) < 0 || rest) return -1;
    int sign = *zone_at == '-' ? -1 : 1;
    zone->seconds = sign * (parts[0] * 3600 + parts[1] * 60 + parts[2]);
    zone->us = sign * parts[3];
    return 0;
}

/* YYYY-MM-DD, YYYYMMDD, YYYY-Www[-D] and YYYYWww[D], with any character before a time. */
size_t iso_separator(const char *s, size_t length) {
    if (length < 7) return 0;
    if (length == 7) return 7;
    if (s[4] == '-') {
        if (s[5] != 'W') return 10;
        if (length == 8 || s[8] != '-') return 8;
        if (length == 9) return 0;
        return length > 10 && is_digit(s[10]) ? 8 : 10; /* the dash is before a time of at least two digits */
    }
    if (s[4] != 'W') return 8;
    size_t digits = 7;
    while (digits < length && is_digit(s[digits])) digits++;
    if (digits < 9) return digits;
    return digits % 2 == 0 ? 7 : 8; /* the digits of a time come in pairs */
}
