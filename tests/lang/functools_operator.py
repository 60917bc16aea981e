# _functools, _operator, _heapq, _bisect.
import functools, operator, heapq, bisect, pickle, copy
from functools import partial, reduce, cmp_to_key, lru_cache, cache


def err(fn, *args, **kw):
    try:
        return fn(*args, **kw)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


def show(*a, **k):
    return a, k


p = partial(show, 1, x=2)
print(p(3), p(3, x=5, y=6), p.func is show, p.args, p.keywords)  # expect: ((1, 3), {'x': 2}) ((1, 3), {'x': 5, 'y': 6}) True (1,) {'x': 2}
pp = partial(p, 4, z=9)
print(pp.args, pp.keywords, pp(), partial(int, base=2)("101"))  # expect: (1, 4) {'x': 2, 'z': 9} ((1, 4), {'x': 2, 'z': 9}) 5
print(partial(int, "7"), partial(int, 1, a=2))  # expect: functools.partial(<class 'int'>, '7') functools.partial(<class 'int'>, 1, a=2)
print(err(partial), err(partial, 3), partial(show, *range(20))(20)[0][-1])  # expect: TypeError: type 'partial' takes at least one argument TypeError: the first argument must be callable 20
p.note = "n"
print(p.note, partial(p).func is p, pickle.loads(pickle.dumps(partial(int, "5")))(), copy.copy(partial(max, 3))(9))  # expect: n True 5 9
print(reduce(lambda a, b: a * b, [1, 2, 3, 4]), reduce(operator.add, [], 5), reduce(operator.add, "abc"))  # expect: 24 5 abc
print(err(reduce, operator.add, []), err(reduce, operator.add, 5))  # expect: TypeError: reduce() of empty iterable with no initial value TypeError: reduce() arg 2 must support iteration
k = cmp_to_key(lambda a, b: b - a)
print(sorted([1, 3, 2], key=k), k(1) < k(2), k(1) == k(1), k(5).obj)  # expect: [3, 2, 1] False True 5
print(err(lambda: k(1) < 3))  # expect: TypeError: other argument must be K instance


@lru_cache(maxsize=2)
def f(x, y=0):
    return x + y


print(f(1), f(1), f(2), f(3), f(1), f(1, y=2), f.cache_info())  # expect: 1 1 2 3 1 3 CacheInfo(hits=1, misses=5, maxsize=2, currsize=2)
f.cache_clear()
print(f.cache_info(), f.__wrapped__(4), f.__name__, f.cache_parameters())  # expect: CacheInfo(hits=0, misses=0, maxsize=2, currsize=0) 4 f {'maxsize': 2, 'typed': False}


@cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(80), fib.cache_info())  # expect: 23416728348467685 CacheInfo(hits=78, misses=81, maxsize=None, currsize=81)


@lru_cache(typed=True)
def ty(x):
    return type(x).__name__


print(ty(1), ty(1.0), ty(True), ty.cache_info().currsize, err(ty, []))  # expect: int float bool 3 TypeError: unhashable type: 'list'


class C:
    @lru_cache
    def m(self, x):
        return x * 2

    @functools.cached_property
    def cp(self):
        return 42

    @functools.singledispatchmethod
    def sd(self, x):
        return "obj"

    @sd.register
    def _(self, x: int):
        return "int"


c = C()
print(c.m(4), C.m(c, 4), C.m.cache_info().hits, c.cp, c.sd("a"), c.sd(1))  # expect: 8 8 1 42 obj int
print(operator.itemgetter(1)([5, 6]), operator.itemgetter(0, 2)("abc"), operator.itemgetter("a")({"a": 1}), operator.itemgetter(slice(1, 3))("abcd"))  # expect: 6 ('a', 'c') 1 bc
print(operator.attrgetter("real")(5), operator.attrgetter("real", "imag")(5), operator.attrgetter("__class__.__name__")(5))  # expect: 5 (5, 0) int
print(operator.methodcaller("upper")("a"), operator.methodcaller("split", ",", maxsplit=1)("a,b,c"))  # expect: A ['a', 'b,c']
print(operator.itemgetter(1, "a"), operator.attrgetter("a.b"), operator.methodcaller("f", 1, a=2))  # expect: operator.itemgetter(1, 'a') operator.attrgetter('a.b') operator.methodcaller('f', 1, a=2)
print(err(operator.itemgetter), err(operator.attrgetter, 1), err(operator.itemgetter(5), [1]), err(operator.methodcaller))  # expect: TypeError: itemgetter expected 1 argument, got 0 TypeError: attribute name must be a string IndexError: list index out of range TypeError: methodcaller needs at least one argument, the method name
print(operator.add(1, 2), operator.sub(5, 3), operator.concat([1], [2]), operator.iadd([1], [2]), operator.pow(2, 5), operator.not_(0))  # expect: 3 2 [1, 2] [1, 2] 32 True
print(operator.contains([1], 1), operator.countOf([1, 2, 1], 1), operator.indexOf("abc", "c"), operator.length_hint([1, 2]), operator.length_hint(5, 7))  # expect: True 2 2 2 7
print(operator.is_(1, 1), operator.is_not(1, 2), operator.truth([]), operator.index(True), operator.neg(3), operator.inv(3), operator.lt(1, 2), operator.call(max, 1, 2))  # expect: True True False 1 -3 -4 True 2
print(err(operator.concat, 1, 2), err(operator.indexOf, [1], 2), err(operator.countOf, 1, 2))  # expect: TypeError: 'int' object can't be concatenated ValueError: sequence.index(x): x not in sequence TypeError: argument of type 'int' is not iterable
print(pickle.loads(pickle.dumps(operator.itemgetter(1)))("ab"), pickle.loads(pickle.dumps(operator.methodcaller("split", sep="b")))("abc"))  # expect: b ['a', 'c']
h = []
for x in [5, 1, 8, 3, 9, 2]:
    heapq.heappush(h, x)
print(h, heapq.heappop(h), heapq.heappushpop(h, 0), heapq.heapreplace(h, 7), h)  # expect: [3, 5, 8, 7, 9] 1 0 2 [3, 5, 8, 7, 9]
data = [(x * 7919) % 1000 for x in range(300)]
hh = data[:]
heapq.heapify(hh)
print([heapq.heappop(hh) for _ in range(len(hh))] == sorted(data), heapq.nlargest(3, data), heapq.nsmallest(3, data, key=lambda v: -v))  # expect: True [996, 993, 990] [996, 993, 990]
print(list(heapq.merge([1, 4], [2, 3])), err(heapq.heappop, []), err(heapq.heappush, (), 1), err(heapq.heapify, [1, "a"]))  # expect: [1, 2, 3, 4] IndexError: index out of range TypeError: heappush() argument 1 must be list, not tuple TypeError: '<' not supported between instances of 'int' and 'str'
s = [1, 2, 2, 3]
print(bisect.bisect(s, 2), bisect.bisect_left(s, 2), bisect.bisect_right(s, 9), bisect.bisect(s, 2, 0, 1), bisect.bisect_left(["a", "bb", "ccc"], 2, key=len))  # expect: 3 1 4 1 1
bisect.insort(s, 2.5)
bisect.insort_left(s, 0)
print(s, err(bisect.bisect, s, 1, -1), err(bisect.bisect, [1], "a"))  # expect: [0, 1, 2, 2, 2.5, 3] ValueError: lo must be non-negative TypeError: '<' not supported between instances of 'str' and 'int'
