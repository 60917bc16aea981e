# Edges of numbers and containers: strict subclasses, huge values, iteration over what changes, pickled iterators.
import bisect, cmath, itertools, math, operator, pickle, warnings
from collections import OrderedDict


def error(f, *args, **kw):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        try:
            print(f(*args, **kw))
        except Exception as e:
            print(type(e).__name__, str(e)[:100])


class Index:
    def __index__(self):
        return True

    __int__ = __index__

    def __float__(self):
        return Float(1.5)


class Float(float):
    def __floor__(self):
        return 'floor'


class Sub(list):
    pass


class Init(tuple):
    def __init__(self, items, extra=0):
        self.extra = extra


class Hash:
    n = 0
    __repr__ = lambda self: 'Hash'

    def __hash__(self):
        Hash.n += 1
        return Hash.n * 1001


error(operator.index, Index())  # expect: DeprecationWarning __index__ returned non-int (type bool).  The ability to return an instance of a strict subclass of i
error(int, Index())  # expect: DeprecationWarning __int__ returned non-int (type bool).  The ability to return an instance of a strict subclass of int
error(float, Index())  # expect: DeprecationWarning Index.__float__ returned non-float (type Float).  The ability to return an instance of a strict subc
error(Sub, x=1)  # expect: TypeError list() takes no keyword arguments
error(set, x=1)  # expect: TypeError set() takes no keyword arguments
print(operator.index(True), Init([1, 2], extra=3).extra, math.floor(Float(2.5)), type(range(True).stop).__name__)  # expect: 1 3 floor int
print(int(memoryview(b'12')[1:]), float(memoryview(b'2.5')), pow(-0.0, -float('inf')), complex(c := 1j) is c)  # expect: 2 2.5 inf True
error(float, b'1\xa0')  # expect: ValueError could not convert string to float: b'1\xa0'
error(float.fromhex, '0x1p\uff10')  # expect: ValueError invalid hexadecimal floating-point string
print(float.fromhex('0x0.ffffffffffffecp-1022'), float.fromhex('-0x.8p-1074'), float.fromhex('0x1.fffffffffffff8p0'), 5e-324, 1e-320)  # expect: 2.225073858507201e-308 -0.0 2.0 5e-324 1e-320
error(float.fromhex, '0x1p1024')  # expect: OverflowError hexadecimal value too large to represent as a float
print(len(range(2**63 - 1)), bisect.bisect(range(2**63 - 1), 2**63 - 5), math.perm(1, 2**100))  # expect: 9223372036854775807 9223372036854775804 0
print(cmath.rect(0, float('inf')), cmath.acosh(complex(0, float('nan'))))  # expect: 0j (nan+nanj)
error(cmath.atanh, 1)  # expect: ValueError math domain error
it = iter(range(2**32 + 2))
it.__setstate__(2**32 + 1)
print(it.__reduce__(), next(pickle.loads(pickle.dumps(it))))  # expect: (<built-in function iter>, (range(0, 4294967298),), 4294967297) 4294967297
a, b = itertools.tee('abc')
next(a)
print(list(pickle.loads(pickle.dumps(a))), list(b), list(pickle.loads(pickle.dumps(next(itertools.groupby([1, 1, 2]))))[1]))  # expect: ['b', 'c'] ['a', 'b', 'c'] [1, 1]


def change_while_iterating(d):
    for i, key in enumerate(d):
        del d[key]
        d[i + 100] = 0


error(change_while_iterating, dict.fromkeys(range(20)))  # expect: RuntimeError dictionary keys changed during iteration


def sort_while_changing(items):
    def key(x):
        items.append(x)
        items.clear()
        return x
    items.sort(key=key)


error(sort_while_changing, [2, 1])  # expect: ValueError list modified during sort
hashed = OrderedDict({Hash(): i for i in range(10)})
error(lambda: len(list(hashed.values())))  # expect: KeyError Hash


class Clear:
    def __eq__(self, other):
        del left[:], right[:]
        return NotImplemented


left, right = [Clear()], [Clear()]
print(left == right)  # expect: True
groups = None


class Nested:
    def __init__(self, v):
        pass

    def __eq__(self, other):
        next(group, None)
        return True


group = next(itertools.groupby(range(10), Nested))[1]
print(next(group, 'end'))  # expect: 0

# gcd of small, negative and large ints
import math

print([math.gcd(i, j) for i in (0, -12, 18, 2**62, -2**62, 2**70) for j in (0, 8, -27, -2**62, 3 * 2**65)])
# expect: [0, 8, 27, 4611686018427387904, 110680464442257309696, 12, 4, 3, 4, 12, 18, 2, 9, 2, 6, 4611686018427387904, 8, 1, 4611686018427387904, 4611686018427387904, 4611686018427387904, 8, 1, 4611686018427387904, 4611686018427387904, 1180591620717411303424, 8, 1, 4611686018427387904, 36893488147419103232]


# The separators 28 to 31 are white space of texts but not around numbers; underscores and what no number has.
def made(of, text):
    try:
        return of(text)
    except ValueError as error:
        return ascii(error)


print(made(int, "\x1f1"), made(int, b"1\x1c"), made(float, "\u2003\x1d1"), made(int, "\u20031\x85\n"))
# expect: ValueError("invalid literal for int() with base 10: '\\x1f1'") ValueError("invalid literal for int() with base 10: b'1\\x1c'") ValueError("could not convert string to float: '\\u2003\\x1d1'") 1
print(made(complex, "1_0\xe9_"), made(complex, "_1\xe9"), made(complex, "1_0\0"))
# expect: ValueError('complex() arg is a malformed string') ValueError("could not convert string to complex: '_1\xe9'") ValueError("could not convert string to complex: '1_0\\x00'")
print(made(lambda f: f % 1, b"%\xd9"), made(lambda f: f % 1, b"%\n"), made(lambda f: f % 1, "%\n"))
# expect: ValueError() ValueError("unsupported format character '\n' (0xa) at index 1") ValueError("unsupported format character '?' (0xa) at index 1")
for distance in 1 << 63, 30 << 61:
    try:
        1 << distance
    except (MemoryError, OverflowError) as error:
        print(repr(error))
# expect: MemoryError()
# expect: OverflowError('too many digits in integer')
