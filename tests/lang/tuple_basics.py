# Tuples, slices, ranges.
def err(fn, *args):
    try:
        return fn(*args)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


t = (1, "a", 2.5, None)
print(t, len(t), t[1:3], t[::-1], t[-1], (1,), ())  # expect: (1, 'a', 2.5, None) 4 ('a', 2.5) (None, 2.5, 'a', 1) None (1,) ()
print(t + (5,), (1, 2) * 2, 2 * (0,), t.index("a"), t.count(1), 2.5 in t)  # expect: (1, 'a', 2.5, None, 5) (1, 2, 1, 2) (0, 0) 1 1 True
print((1, 2) < (1, 3), (1,) < (1, 0), (1, 2) == (1, 2), (1, 2) != (1, 2))  # expect: True True True False
print(hash((1, 2, 3)), hash(()), hash((1, (2, 3.5))), hash((1.0, 2)) == hash((1, 2)))  # expect: 529344067295497451 5740354900026072187 -9148893311433065316 True
print(tuple("abc"), tuple([1, 2]), tuple(x for x in range(3)), t[:] is t, tuple(t) is t)  # expect: ('a', 'b', 'c') (1, 2) (0, 1, 2) True True
print(err(lambda: t[9]))  # expect: IndexError: tuple index out of range
print(err(lambda: t["a"]))  # expect: TypeError: tuple indices must be integers or slices, not str
print(err(lambda: t + [1]))  # expect: TypeError: can only concatenate tuple (not "list") to tuple
print(err(lambda: hash(([],))))  # expect: TypeError: unhashable type: 'list'
print(err(t.index, 99))  # expect: ValueError: tuple.index(x): x not in tuple
print(err(tuple, 3))  # expect: TypeError: 'int' object is not iterable


class P(tuple):
    def __new__(cls, *args):
        return super().__new__(cls, args)

    @property
    def first(self):
        return self[0]


p = P(7, 8)
p.extra = 1
print(p, p.first, p.extra, type(p + (1,)), type(p[:]), p == (7, 8), hash(p) == hash((7, 8)))  # expect: (7, 8) 7 1 <class 'tuple'> <class 'tuple'> True True
l = []
u = (l,)
l.append(u)
print(u)  # expect: ([(...)],)
r = range(10)
print(r, list(r), len(r), r[3], r[-1], r[2:8:3], r[::-1], 5 in r, 5.0 in r, "a" in r)  # expect: range(0, 10) [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] 10 3 9 range(2, 8, 3) range(9, -1, -1) True True False
print(range(1, 10, 3), list(range(10, 0, -4)), range(0), len(range(5, 0)), bool(range(0)))  # expect: range(1, 10, 3) [10, 6, 2] range(0, 0) 0 False
print(range(3) == range(0, 3, 1), range(0) == range(5, 5), range(0, 4, 2) == range(0, 3, 2), hash(range(3)) == hash(range(0, 3)))  # expect: True True True True
print(r.index(4), r.count(4), r.count(40), r.start, r.stop, r.step)  # expect: 4 1 0 0 10 1
print(range(2**70)[2**69], range(2**65, 2**65 + 3)[-1], list(range(2**64, 2**64 + 2)))  # expect: 590295810358705651712 36893488147419103234 [18446744073709551616, 18446744073709551617]
print(list(reversed(range(5))), list(reversed(range(0, 10, 3))), list(range(-5, 5, 4)))  # expect: [4, 3, 2, 1, 0] [9, 6, 3, 0] [-5, -1, 3]
print(err(range, 1, 2, 0))  # expect: ValueError: range() arg 3 must not be zero
print(err(lambda: r[20]))  # expect: IndexError: range object index out of range
print(err(lambda: r["x"]))  # expect: TypeError: range indices must be integers or slices, not str
print(err(range, 1.5))  # expect: TypeError: 'float' object cannot be interpreted as an integer
print(err(r.index, 77))  # expect: ValueError: 77 is not in range
print(err(lambda: len(range(2**70))))  # expect: OverflowError: Python int too large to convert to C ssize_t
print(err(range))  # expect: TypeError: range expected at least 1 argument, got 0
s = slice(1, 5, 2)
print(s, s.start, s.stop, s.step, s.indices(4), slice(None).indices(3), slice(None, None, -1).indices(5))  # expect: slice(1, 5, 2) 1 5 2 (1, 4, 2) (0, 3, 1) (4, -1, -1)
print(slice(3), slice(1, 2) == slice(1, 2), slice(1, 2) < slice(1, 3), slice(-3, None).indices(10))  # expect: slice(None, 3, None) True True (7, 10, 1)
print(err(lambda: hash(slice(1))))  # expect: TypeError: unhashable type: 'slice'
print(err(slice(0, 1, 0).indices, 4))  # expect: ValueError: slice step cannot be zero
print(err(slice("a").indices, 4))  # expect: TypeError: slice indices must be integers or None or have an __index__ method
print(err(slice(1).indices, -1))  # expect: ValueError: length should not be negative
it = iter(range(3))
print(next(it), it.__length_hint__(), list(it), list(it))  # expect: 0 2 [1, 2] []
e = enumerate("ab", 5)
print(list(e), list(enumerate([], 1)), list(enumerate("a", 2**62 - 1)), list(enumerate("a", 2**64)))  # expect: [(5, 'a'), (6, 'b')] [] [(4611686018427387903, 'a')] [(18446744073709551616, 'a')]
print(list(zip("abc", [1, 2])), list(zip()), list(zip("ab", "cd", strict=True)))  # expect: [('a', 1), ('b', 2)] [] [('a', 'c'), ('b', 'd')]
print(err(lambda: list(zip("ab", "c", strict=True))))  # expect: ValueError: zip() argument 2 is shorter than argument 1
print(err(lambda: list(zip("a", "cd", strict=True))))  # expect: ValueError: zip() argument 2 is longer than argument 1
print(err(lambda: list(zip("ab", "cd", "e", strict=True))))  # expect: ValueError: zip() argument 3 is shorter than arguments 1-2
print(list(map(lambda a, b: a + b, [1, 2, 3], [10, 20])), list(map(str, [1])))  # expect: [11, 22] ['1']
print(list(filter(None, [0, 1, "", "a"])), list(filter(lambda x: x > 1, [1, 2, 3])))  # expect: [1, 'a'] [2, 3]
print(err(map, 1))  # expect: TypeError: map() must have at least two arguments.
print(err(filter, 1))  # expect: TypeError: filter expected 2 arguments, got 1
print(err(zip, 1))  # expect: TypeError: 'int' object is not iterable
print(err(enumerate, 1))  # expect: TypeError: 'int' object is not iterable
print(err(reversed, 5))  # expect: TypeError: 'int' object is not reversible
print(err(reversed, {1}))  # expect: TypeError: 'set' object is not reversible


class Seq:
    def __getitem__(self, i):
        if i >= 3:
            raise IndexError
        return i * 10

    def __len__(self):
        return 3


print(list(Seq()), list(reversed(Seq())), 20 in Seq(), list(zip(Seq(), "ab")))  # expect: [0, 10, 20] [20, 10, 0] True [(0, 'a'), (10, 'b')]
count = 0


def tick():
    global count
    count += 1
    return count


print(list(iter(tick, 4)))  # expect: [1, 2, 3]
import copy, pickle

it = iter([1, 2, 3])
next(it)
jt = copy.copy(it)
print(list(it), list(jt))  # expect: [2, 3] [2, 3]
print(list(pickle.loads(pickle.dumps(iter((1, 2))))), list(copy.copy(enumerate("ab"))), list(copy.copy(reversed([1, 2]))))  # expect: [1, 2] [(0, 'a'), (1, 'b')] [2, 1]

# order and equality of what compares without a call, and of what does not
nan = float("nan")
pairs = [(1, 2.5), (1, -0.0), (1, 0.0), (True, 0), (0.5, "b"), (0.5, "a"), (0.5, "ä"), (1 << 70, 1), (1, 1 << 70), (1,), (1, (2, "x")), (1, (2, "y")), (1, (2,))]
print(sorted(p for p in pairs if type(p[-1]) in (int, float)))
# expect: [(1,), (1, -0.0), (1, 0.0), (True, 0), (1, 2.5), (1, 1180591620717411303424), (1180591620717411303424, 1)]
print(sorted(p for p in pairs if type(p[-1]) is str))  # expect: [(0.5, 'a'), (0.5, 'b'), (0.5, 'ä')]
print(sorted(p for p in pairs if type(p[-1]) is tuple))  # expect: [(1, (2,)), (1, (2, 'x')), (1, (2, 'y'))]
print((nan,) == (nan,), (nan,) == (float("nan"),), (nan, 1) < (nan, 2), (nan,) < (1.0,), (1.0,) < (nan,), (1, nan) != (1, nan))
# expect: True False True False False False
print((1, 2) <= (1, 2), (1, 2) < (1, 2), (1,) < (1, 2), (1, 2) > (1,), (2,) >= (1, 9), () < (0,), (1, 2) != (1, 2, 3))
# expect: True False True True True True True
keys = {(1, (2, "x" * k)): k for k in range(12)}
print(keys[1.0, (True + 1, "xxx")], (1, (2, "y")) in keys, ((), ((),)) in {((), ((),)): 1}, {(0.0,): 1}[-0.0,], (None,) in {(0,): 1})
# expect: 3 False True 1 False


def deep(n):
    t = ()
    for _ in range(n):
        t = (t, n)
    return t


print(deep(30) == deep(30), {deep(30): 1}[deep(30)], deep(30) < deep(31))  # expect: True 1 True
