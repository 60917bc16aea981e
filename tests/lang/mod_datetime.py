# Module datetime over _datetime: calendar, arithmetic, time zones, texts, pickles, errors.
import copy, pickle
from datetime import date, datetime, time, timedelta, timezone, tzinfo


def error(f, *args, **kw):
    try:
        print(f(*args, **kw))
    except Exception as e:
        print(type(e).__name__, e)


class Zone(tzinfo):
    # Summer time from April to September, as whole months.
    def utcoffset(self, dt):
        return timedelta(hours=1) + self.dst(dt)

    def dst(self, dt):
        return timedelta(hours=4 <= dt.month <= 9)

    def tzname(self, dt):
        return 'SUMMER' if self.dst(dt) else 'WINTER%'


class Day(date):
    def __new__(cls, *args):
        return super().__new__(cls, *args)


z = Zone()
print(timedelta(weeks=1, days=-0.5, microseconds=0.5, milliseconds=1.0005), repr(timedelta(-1, 5, 7)), repr(timedelta()))  # expect: 6 days, 12:00:00.001001 datetime.timedelta(days=-1, seconds=5, microseconds=7) datetime.timedelta(0)
print(timedelta(1) / 7, timedelta(1) // 7, timedelta(1) % timedelta(hours=5), divmod(timedelta(1), timedelta(hours=5)), timedelta(1) / timedelta(3))  # expect: 3:25:42.857143 3:25:42.857142 4:00:00 (4, datetime.timedelta(seconds=14400)) 0.3333333333333333
print(timedelta(microseconds=3) * 0.5, timedelta(microseconds=5) / 2, timedelta(1) * 2, -timedelta(1, 1), abs(timedelta(-1, 1)), timedelta(days=1e-6).total_seconds())  # expect: 0:00:00.000002 0:00:00.000002 2 days, 0:00:00 -2 days, 23:59:59 23:59:59 0.0864
print(timedelta.min, timedelta.max, timedelta.resolution, bool(timedelta()), hash(timedelta(1)) == hash(timedelta(hours=24)))  # expect: -999999999 days, 0:00:00 999999999 days, 23:59:59.999999 0:00:00.000001 False True
error(timedelta, days=10**9)  # expect: OverflowError days=1000000000; must have magnitude <= 999999999
error(timedelta, days=10**30)  # expect: OverflowError Python int too large to convert to C int
error(timedelta, '1')  # expect: TypeError unsupported type for timedelta days component: str
error(lambda: timedelta(1) / 0)  # expect: ZeroDivisionError integer division or modulo by zero
print(date(2024, 2, 29) + timedelta(366), date(2024, 3, 1) - date(2023, 3, 1), date.max.toordinal(), date.fromordinal(1), date(2020, 2, 29).replace(month=1))  # expect: 2025-03-01 366 days, 0:00:00 3652059 0001-01-01 2020-01-29
print(date(2008, 12, 29).isocalendar(), date.fromisocalendar(2009, 53, 7), date(2000, 1, 2).ctime(), date(2000, 1, 2).strftime('%a %d %z%Z%%f %f|'))  # expect: datetime.IsoCalendarDate(year=2009, week=1, weekday=1) 2010-01-03 Sun Jan  2 00:00:00 2000 Sun 02 %f 000000|
print(repr(Day(2000, 1, 2) + timedelta(1)), type(Day.fromordinal(5)).__name__, f'{date(2000, 1, 2):%d.%m}', f'{date(2000, 1, 2)}')  # expect: Day(2000, 1, 3) Day 02.01 2000-01-02
error(date, 2023, 2, 29)  # expect: ValueError day is out of range for month
error(date, 10000, 1, 1)  # expect: ValueError year 10000 is out of range
error(date, 1.5, 1, 1)  # expect: TypeError 'float' object cannot be interpreted as an integer
error(date.fromisocalendar, 2021, 53, 1)  # expect: ValueError Invalid week: 53
error(date.fromordinal, 0)  # expect: ValueError ordinal must be >= 1
error(lambda: date.max + timedelta(1))  # expect: OverflowError date value out of range
error(lambda: date.min < datetime.min)  # expect: TypeError can't compare datetime.datetime to datetime.date
print(date.min == datetime.min, date.min != datetime.min)  # expect: False True
print([str(date.fromisoformat(text)) for text in ('2011-11-04', '20111104', '2011-W01-3', '2011W013', '2011-W01')])  # expect: ['2011-11-04', '2011-11-04', '2011-01-05', '2011-01-05', '2011-01-03']
print([datetime.fromisoformat(text) for text in ('2011-11-04T00:05:23.283', '20111104T000523Z', '2011-W01-2T00:05:23+04:30', '2011-11-04 01', '2011W0121312-0130')])  # expect: [datetime.datetime(2011, 11, 4, 0, 5, 23, 283000), datetime.datetime(2011, 11, 4, 0, 5, 23, tzinfo=datetime.timezone.utc), datetime.datetime(2011, 1, 4, 0, 5, 23, tzinfo=datetime.timezone(datetime.timedelta(seconds=16200))), datetime.datetime(2011, 11, 4, 1, 0), datetime.datetime(2011, 1, 3, 13, 12, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=81000)))]
error(date.fromisoformat, '2011-1-04')  # expect: ValueError Invalid isoformat string: '2011-1-04'
error(datetime.fromisoformat, '2011-11-04T25:00')  # expect: ValueError hour must be in 0..23
error(time.fromisoformat, '12:3')  # expect: ValueError Invalid isoformat string: '12:3'
error(date.fromisoformat, 5)  # expect: TypeError fromisoformat: argument must be str
print(time(1, 2, 3, 4), repr(time(1, tzinfo=timezone.utc, fold=1)), time(12, tzinfo=timezone.utc) == time(13, tzinfo=timezone(timedelta(hours=1))), time(1, 2).isoformat('milliseconds'))  # expect: 01:02:03.000004 datetime.time(1, 0, tzinfo=datetime.timezone.utc, fold=1) True 01:02:00.000
error(lambda: time(1) < time(1, tzinfo=timezone.utc))  # expect: TypeError can't compare offset-naive and offset-aware times
error(time, 24)  # expect: ValueError hour must be in 0..23
error(time(1).isoformat, 'weeks')  # expect: ValueError Unknown timespec value
print(timezone(timedelta(hours=-3, minutes=-30, seconds=1)), repr(timezone(timedelta(1, -60), 'X')), timezone(timedelta()) is timezone.utc, timezone.min, timezone.max)  # expect: UTC-03:29:59 datetime.timezone(datetime.timedelta(seconds=86340), 'X') True UTC-23:59 UTC+23:59
error(timezone, timedelta(1))  # expect: ValueError offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24), not datetime.timedelta(days=1).
error(timezone, 5)  # expect: TypeError timezone() argument 1 must be datetime.timedelta, not int
d = datetime(2024, 7, 1, 12, 30, 15, 999, z)
print(d, repr(d.timetuple()), d.tzname(), d.utcoffset(), d.dst(), d.strftime('%Z %z %f'))  # expect: 2024-07-01 12:30:15.000999+02:00 time.struct_time(tm_year=2024, tm_mon=7, tm_mday=1, tm_hour=12, tm_min=30, tm_sec=15, tm_wday=0, tm_yday=183, tm_isdst=1) SUMMER 2:00:00 1:00:00 SUMMER +0200 000999
print(d.astimezone(timezone.utc), d.astimezone(timezone.utc).astimezone(z) == d, d - datetime(2024, 1, 1, tzinfo=z), d.replace(month=1, fold=1).isoformat(' ', 'minutes'))  # expect: 2024-07-01 10:30:15.000999+00:00 True 182 days, 12:30:15.000999 2024-01-01 12:30+01:00
print(d.timestamp(), datetime.fromtimestamp(1e9, z), datetime.utcfromtimestamp(-1.5), datetime.fromtimestamp(0.0000005, timezone.utc), hash(d) == hash(d.astimezone(timezone.utc)))  # expect: 1719829815.000999 2001-09-09 03:46:40+02:00 1969-12-31 23:59:58.500000 1970-01-01 00:00:00+00:00 True
print(datetime.strptime('01/02/2003 04:05:06.789 +0130', '%d/%m/%Y %H:%M:%S.%f %z'), datetime.combine(date(2000, 1, 1), time(5, fold=1)))  # expect: 2003-02-01 04:05:06.789000+01:30 2000-01-01 05:00:00
error(lambda: d < datetime(2024, 1, 1))  # expect: TypeError can't compare offset-naive and offset-aware datetimes
error(lambda: d - datetime(2024, 1, 1))  # expect: TypeError can't subtract offset-naive and offset-aware datetimes
error(lambda: datetime.max + timedelta(microseconds=1))  # expect: OverflowError date value out of range
error(datetime.fromtimestamp, float('nan'))  # expect: ValueError Invalid value NaN (not a number)
error(datetime.fromtimestamp, 1e300)  # expect: OverflowError timestamp out of range for platform time_t
error(datetime, 2000, 1, 1, tzinfo='x')  # expect: TypeError tzinfo argument must be None or of a tzinfo subclass, not type 'str'
error(tzinfo().utcoffset, None)  # expect: NotImplementedError a tzinfo subclass must implement utcoffset()
things = [timedelta(1, 2, 3), date(2000, 1, 2), datetime(2000, 1, 2, fold=1), time(1, tzinfo=timezone.utc), timezone(timedelta(1, -1), 'n'), timezone.utc, Day(1, 2, 3), date(2000, 1, 1).isocalendar()]
print(all(pickle.loads(pickle.dumps(x, p)) == x for x in things for p in range(6)), all(copy.deepcopy(x) == x for x in things))  # expect: True True
print(date(b'\x07\xd0\x01\x02'), datetime(b'\x07\xd0\x81\x02\x03\x04\x05\x00\x00\x06', timezone.utc).fold, datetime.__base__.__name__, timezone.__mro__[1].__name__)  # expect: 2000-01-02 1 date tzinfo

# Of ten bytes without dashes eight are looked at.
for text in "2001020304", "20010203\xe9", "2001W055-6", "2001W056\ud8000", "200102033":
    try:
        print(date.fromisoformat(text))
    except ValueError as error:
        print(ascii(error))
# expect: 2001-02-03
# expect: 2001-02-03
# expect: 2001-02-02
# expect: ValueError("Invalid isoformat string: '2001W056\\ud8000'")
# expect: ValueError("Invalid isoformat string: '200102033'")
for text in "2001-02-03\u20ac04:05", "20010201T040506\u0662Z", "20010203T040506Z\0Z", "04:05:06\xe9Z":
    try:
        print(datetime.fromisoformat(text))
    except ValueError as error:
        print(ascii(error))
# expect: 2001-02-03 04:05:00
# expect: ValueError("Invalid isoformat string: '20010201T040506\u0662Z'")
# expect: 2001-02-03 04:05:06+00:00
# expect: ValueError("Invalid isoformat string: '04:05:06\xe9Z'")
