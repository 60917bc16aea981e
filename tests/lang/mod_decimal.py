# Module decimal over _decimal: arithmetic, contexts, signals, conversions, texts, formats, pickles, threads.
import copy, decimal, math, operator, pickle, threading
from decimal import *
from fractions import Fraction
import _decimal


def error(f, *args, **kw):
    try:
        print(repr(f(*args, **kw)))
    except Exception as e:
        print(type(e).__name__, e)


D = Decimal
print(decimal.Decimal is _decimal.Decimal, D.__module__, repr(D), getcontext())
# expect: True decimal <class 'decimal.Decimal'> Context(prec=28, rounding=ROUND_HALF_EVEN, Emin=-999999, Emax=999999, capitals=1, clamp=0, flags=[], traps=[InvalidOperation, DivisionByZero, Overflow])
# Arithmetic is exact up to the precision, and then rounded.
print(D("1.10") + D("2.2"), D("1.10") - 3, 2 * D("1.50"), D(1) / 3, D(-7) // 2, D(-7) % 2, divmod(D("7.5"), 2), +D("1e-7"), -D("0.0"), abs(D("-2.50")))
# expect: 3.30 -1.90 3.00 0.3333333333333333333333333333 -3 -1 (Decimal('3'), Decimal('1.5')) 1E-7 0.0 2.50
print(D(2) ** 100, D(2) ** -2, D("1.21") ** D("0.5"), pow(D(7), 100, 13), D(2).sqrt(), D(1).exp(), D(10).ln(), D("0.001").log10())
# expect: 1.267650600228229401496703205E+30 0.25 1.100000000000000000000000000 9 1.414213562373095048801688724 2.718281828459045235360287471 2.302585092994045684017991455 -3
print(D("99999999999999999999999999999") + 1, D("1e28") + D("0.5"), D("1e50") + 1, D("123456789012345678901234567890") * D("98765432109876543210"))
# expect: 1.000000000000000000000000000E+29 1.000000000000000000000000000E+28 1.000000000000000000000000000E+50 1.219326311370217952249657064E+49
print(D("12.345").quantize(D("0.01")), D("12.345").quantize(D("0.01"), ROUND_DOWN), D("12.5").to_integral_value(), D("1200.00").normalize(), D("1.5").remainder_near(1))
# expect: 12.34 12.34 12 1.2E+3 -0.5
print(D("1.5").fma(2, D("0.1")), D(101).logical_xor(111), D(12345).rotate(-2), D(12345).shift(2), D("1.5").scaleb(3), D("150").logb(), D(1).next_plus(), D(1).next_toward(0))
# expect: 3.1 10 4500000000000000000000000123 1234500 1.5E+3 2 1.000000000000000000000000001 0.9999999999999999999999999999
print(D("nan").max(1), D(1).min(D("-inf")), D("1.0").compare_total(1), D("7.50").same_quantum(D("0.01")), D("-0").is_signed(), D("1E-1000000").number_class())
# expect: 1 -Infinity -1 True True +Subnormal
# Signals are flagged or raised.
error(lambda: D(1) / 0)  # expect: DivisionByZero [<class 'decimal.DivisionByZero'>]
error(lambda: D(0) / 0)  # expect: InvalidOperation [<class 'decimal.DivisionUndefined'>]
error(D, "1.2.3")  # expect: InvalidOperation [<class 'decimal.ConversionSyntax'>]
error(lambda: D("sNaN") + 1)  # expect: InvalidOperation [<class 'decimal.InvalidOperation'>]
error(lambda: D(10) ** 1000000)  # expect: Overflow [<class 'decimal.Overflow'>]
error(lambda: divmod(D(1), 0))  # expect: InvalidOperation [<class 'decimal.InvalidOperation'>, <class 'decimal.DivisionByZero'>]
error(lambda: D(10**30) // 1)  # expect: InvalidOperation [<class 'decimal.DivisionImpossible'>]
error(lambda: D("nan") < 1)  # expect: InvalidOperation [<class 'decimal.InvalidOperation'>]
print(issubclass(DivisionByZero, ZeroDivisionError), Underflow.__bases__, issubclass(FloatOperation, TypeError))
# expect: True (<class 'decimal.Inexact'>, <class 'decimal.Rounded'>, <class 'decimal.Subnormal'>) True
with localcontext() as c:
    c.traps[DivisionByZero] = False
    c.clear_flags()
    print(D(-1) / 0, D(2) / 3, [s.__name__ for s, on in c.flags.items() if on])
# expect: -Infinity 0.6666666666666666666666666667 ['DivisionByZero', 'Inexact', 'Rounded']
with localcontext(prec=5, rounding=ROUND_UP, Emin=-9, Emax=9, clamp=1, traps=[]) as c:
    print(D(1) / 3, D("1e-13") * 1, D("1e9") * 10, D("1e9") * 1, c)
    c.traps[FloatOperation] = True
    error(D, 1.5)
    error(lambda: D(1) < 1.5)
    print(D(1) == 1.5)
# expect: 0.33334 1E-13 Infinity 1.0000E+9 Context(prec=5, rounding=ROUND_UP, Emin=-9, Emax=9, capitals=1, clamp=1, flags=[Clamped, InvalidOperation, DivisionByZero, Inexact, Overflow, Rounded, Subnormal], traps=[])
# expect: FloatOperation [<class 'decimal.FloatOperation'>]
# expect: FloatOperation [<class 'decimal.FloatOperation'>]
# expect: False
print(getcontext().prec, len(getcontext().flags), type(getcontext().traps).__name__)  # expect: 28 9 SignalDict
error(Context, prec=0)  # expect: ValueError valid range for prec is [1, MAX_PREC]
error(Context, rounding="up")
# expect: TypeError valid values for rounding are:
# expect:   [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,
# expect:    ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,
# expect:    ROUND_05UP]
error(setattr, Context(), "Emax", 1.0)  # expect: TypeError an integer is required
error(Context().traps.__setitem__, "Inexact", True)
# expect: KeyError 'valid values for signals are:\n  [InvalidOperation, FloatOperation, DivisionByZero,\n   Overflow, Underflow, Subnormal, Inexact, Rounded,\n   Clamped]'
error(localcontext, 1)  # expect: TypeError optional argument must be a context
error(setcontext, None)  # expect: TypeError argument must be a context
# Conversions.
print(D(1.1), D.from_float(0.5), D((1, (1, 2, 3), -2)), D((0, (), "F")), D("  -1_000.5e+3 "), D("\u0661\u0662.\uff15"), D(True), Context(prec=3).create_decimal("12.345"))
# expect: 1.100000000000000088817841970012523233890533447265625 0.5 -1.23 Infinity -1.0005E+6 12.5 1 12.3
print(int(D("-12.9")), float(D("1e-5")), math.floor(D("-1.5")), math.ceil(D("1.5")), math.trunc(D("-1.5")), round(D("2.5")), round(D("1.2345"), 2), D("0.375").as_integer_ratio())
# expect: -12 1e-05 -2 2 -1 2 1.23 (3, 8)
print(D("-12.50").as_tuple(), D("NaN12").as_tuple(), complex(D("1.5")), bool(D("0E9")), D(10**40), int(D("1E+30")))
# expect: DecimalTuple(sign=1, digits=(1, 2, 5, 0), exponent=-2) DecimalTuple(sign=0, digits=(1, 2), exponent='n') (1.5+0j) False 10000000000000000000000000000000000000000 1000000000000000000000000000000
print(hash(D("1.5")) == hash(1.5) == hash(Fraction(3, 2)), hash(D("1e20")) == hash(10**20), {D("1.0"): 1}[1], D("1.5") == Fraction(3, 2), D("0.1") == 0.1, D(3) > Fraction(5, 2), D(1) == 1 + 0j)
# expect: True True 1 True False True True
error(D, object())  # expect: TypeError conversion from object to Decimal is not supported
error(D, [1, 2])  # expect: ValueError argument must be a sequence of length 3
error(D, (0, (10,), 0))  # expect: ValueError coefficient must be a tuple of digits
error(D, (2, (1,), 0))  # expect: ValueError sign must be an integer with the value 0 or 1
error(D, "1e9999999999999999999")  # expect: InvalidOperation [<class 'decimal.InvalidOperation'>]
error(int, D("inf"))  # expect: OverflowError cannot convert Infinity to integer
error(hash, D("sNaN"))  # expect: TypeError Cannot hash a signaling NaN value
error(lambda: D(1) + 1.5)  # expect: TypeError unsupported operand type(s) for +: 'decimal.Decimal' and 'float'
error(D(1).quantize, "x")  # expect: TypeError conversion from str to Decimal is not supported
# Texts.
for text in "0.000001", "1E-7", "123E+3", "-0E+2", "12E-12", "NaN", "-sNaN7", "-Infinity":
    print(D(text), repr(D(text)), D(text).to_eng_string())
# expect: 0.000001 Decimal('0.000001') 0.000001
# expect: 1E-7 Decimal('1E-7') 100E-9
# expect: 1.23E+5 Decimal('1.23E+5') 123E+3
# expect: -0E+2 Decimal('-0E+2') -0.0E+3
# expect: 1.2E-11 Decimal('1.2E-11') 12E-12
# expect: NaN Decimal('NaN') NaN
# expect: -sNaN7 Decimal('-sNaN7') -sNaN7
# expect: -Infinity Decimal('-Infinity') -Infinity
for spec in "", ".2f", "012,.1f", "x^+14", ".3e", "%", ".2%", "G", "z.0f", "<9", "é>8.1f", "n":
    print(f"{spec!r}: [{D('1234.567'):{spec}}] [{D('-0.04'):{spec}}] [{D('-inf'):{spec}}]")
# expect: '': [1234.567] [-0.04] [-Infinity]
# expect: '.2f': [1234.57] [-0.04] [-Infinity]
# expect: '012,.1f': [00,001,234.6] [-0,000,000.0] [   -Infinity]
# expect: 'x^+14': [xx+1234.567xxx] [xxxx-0.04xxxxx] [xx-Infinityxxx]
# expect: '.3e': [1.235e+3] [-4.000e-2] [-Infinity]
# expect: '%': [123456.7%] [-4%] [-Infinity%]
# expect: '.2%': [123456.70%] [-4.00%] [-Infinity%]
# expect: 'G': [1234.567] [-0.04] [-Infinity]
# expect: 'z.0f': [1235] [0] [-Infinity]
# expect: '<9': [1234.567 ] [-0.04    ] [-Infinity]
# expect: 'é>8.1f': [éé1234.6] [éééé-0.0] [-Infinity]
# expect: 'n': [1234.567] [-0.04] [-Infinity]
error(format, D(1), "x")  # expect: ValueError invalid format string
error(format, D(1), "z#")  # expect: ValueError invalid format string
# Objects: subclasses, copies, pickles.
class Money(Decimal):
    def __str__(self):
        return f"${self:.2f}"


m = Money("5.5")
m.currency = "USD"
print(m, type(m + 1).__name__, type(Money.from_float(0.5)).__name__, copy.deepcopy(D("1.50")), repr(m), m.__reduce__()[1])
# expect: $5.50 Decimal Money 1.50 Decimal('5.5') ('5.5',)
print(pickle.loads(pickle.dumps(D("-1.50E+7"))), pickle.loads(pickle.dumps(Context(prec=7, traps=[Inexact]))), copy.copy(getcontext()).prec)
# expect: -1.50E+7 Context(prec=7, rounding=ROUND_HALF_EVEN, Emin=-999999, Emax=999999, capitals=1, clamp=0, flags=[], traps=[Inexact]) 28
print(sorted([D(3), D("1.5"), 2, D("-inf")]), max(D(1), 2.5), sum([D("0.1")] * 10), operator.index(int(D(7))))
# expect: [Decimal('-Infinity'), Decimal('1.5'), 2, Decimal('3')] 2.5 1.0 7
# Long numbers: products, quotients, roots and texts of thousands of digits.
with localcontext(prec=5000):
    third = D(1) / 3
    print(third * 3 == D("0." + "9" * 5000), (third * third).adjusted(), hash(D(2).sqrt()), hash(D(2).sqrt() ** 2 - 2) != 0, str(D(2) ** 15000)[:12])
    print((D(10) ** 4000 + 7) * (D(10) ** 4000 - 7) == D(10) ** 8000 - 49, D(7) ** 5000 // D(7) ** 4990, D(7) ** 5000 % D(7) ** 4990)
# expect: True -1 1438660340218533631 True 281796087963
# expect: True 282475249 0
with localcontext(prec=300):
    print(D(2).exp().ln(), D(3).ln().exp().quantize(D("1e-290")) == 3, D(1000).log10(), str(D("1.000001").ln())[-10:])
# expect: 2.00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000 True 3 3416070E-7
with localcontext(Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)):
    print(D(4) / 2, D("40E9").sqrt(), D(400) ** -1, D(10**223).log10(), divmod(D(10), 3))
    error(lambda: D(1) / 3)
# expect: 2 2.0E+5 0.0025 223 (Decimal('3'), Decimal('1'))
# expect: MemoryError 


# Each thread has its own context.
def count(prec, out):
    getcontext().prec = prec
    out.append((prec, str(sum(D(1) / n for n in range(1, 200)))))


results = []
threads = [threading.Thread(target=count, args=(prec, results)) for prec in (5, 10, 15)]
[t.start() for t in threads], [t.join() for t in threads]
print(sorted(results), getcontext().prec)  # expect: [(5, '5.8727'), (10, '5.873030952'), (15, '5.87303094812147')] 28
