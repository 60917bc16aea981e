# Calls: every kind of argument, defaults, decorators, methods, super, errors, f-strings.
import array
import collections


def f(a, b=2, /, c=3, *args, d, e=5, **kw):
    return a, b, c, args, d, e, kw



print(f(1, d=4))  # expect: (1, 2, 3, (), 4, 5, {})
print(f(1, 2, 3, 4, 5, d=6, z=7))  # expect: (1, 2, 3, (4, 5), 6, 5, {'z': 7})
print(f(*[1, 2], *(3,), **{"d": 4}, **{"y": 5}))  # expect: (1, 2, 3, (), 4, 5, {'y': 5})
print(f(0, *"ab", d=1, **{"e": 2}, k=3))  # expect: (0, 'a', 'b', (), 1, 2, {'k': 3})


def err(call):
    try:
        return call()
    except TypeError as e:
        return str(e)


print(err(lambda: f()))  # expect: f() missing 1 required positional argument: 'a'
print(err(lambda: f(1)))  # expect: f() missing 1 required keyword-only argument: 'd'
print(err(lambda: f(1, d=1, **{"d": 2})))  # expect: __main__.f() got multiple values for keyword argument 'd'
print(err(lambda: f(*5)))  # expect: __main__.f() argument after * must be an iterable, not int
print(err(lambda: f(**5)))  # expect: __main__.f() argument after ** must be a mapping, not int
print(err(lambda: f(1, *None, d=1)))  # expect: Value after * must be an iterable, not NoneType
print(err(lambda: (lambda x: x)(1, 2)))  # expect: <lambda>.<locals>.<lambda>() takes 1 positional argument but 2 were given
print(err(lambda: (lambda x: x)(y=2)))  # expect: <lambda>.<locals>.<lambda>() got an unexpected keyword argument 'y'
log = []


def deco(tag):
    log.append("make " + tag)

    def apply(fn):
        log.append("apply " + tag)
        return lambda *a: (tag, fn(*a))

    return apply


@deco("outer")
@deco("inner")
def decorated(x):
    return x * 2


print(decorated(4), log)  # expect: ('outer', ('inner', 8)) ['make outer', 'make inner', 'apply inner', 'apply outer']


def defaults(a=[], *, b=len("abc"), c=None):
    a.append(b)
    return a


defaults()
print(defaults(b=1), defaults.__defaults__, defaults.__kwdefaults__)  # expect: [3, 1] ([3, 1],) {'b': 3, 'c': None}


def annotated(a: int, /, b: "str" = "x", *c: float, d: list[int] = None, **e: dict) -> tuple[int, ...]:
    "doc"


print(annotated.__annotations__, annotated.__doc__)  # expect: {'b': 'str', 'a': <class 'int'>, 'c': <class 'float'>, 'd': list[int], 'e': <class 'dict'>, 'return': tuple[int, ...]} doc


class Base:
    def __init__(self, *a, **k):
        self.got = (a, k)

    def name(self):
        return "base"

    @classmethod
    def make(cls, *a):
        return cls(*a)

    @staticmethod
    def plain(x):
        return x

    @property
    def prop(self):
        return self.got


class Derived(Base, metaclass=type):
    """doc of class"""

    def __init__(self, x):
        super().__init__(x, y=1)

    def name(self):
        def nested():
            return super(Derived, self).name()

        return "derived of " + super().name() + nested()

    @classmethod
    def make(cls, *a):
        return super().make(*a)


d = Derived.make(3)
print(d.got, d.name(), d.prop, d.plain(7), Derived.__doc__, Derived.make.__qualname__)  # expect: ((3,), {'y': 1}) derived of basebase ((3,), {'y': 1}) 7 doc of class Derived.make


class Meta(type):
    def __new__(mcls, name, bases, ns, **kw):
        cls = super().__new__(mcls, name, bases, ns)
        cls.kw = kw
        return cls

    def __init__(cls, name, bases, ns, **kw):
        super().__init__(name, bases, ns)

    @classmethod
    def __prepare__(mcls, name, bases, **kw):
        return {"prepared": name}


class WithMeta(*(Base,), metaclass=Meta, **{"opt": 1}):
    own = prepared + "!"


print(WithMeta.kw, WithMeta.own, WithMeta.__mro__[1].__name__)  # expect: {'opt': 1} WithMeta! Base


class InitSub:
    def __init_subclass__(cls, /, tag=None, **kw):
        cls.tag = tag


class Sub(InitSub, tag="t"):
    pass


print(Sub.tag)  # expect: t
o = d
print("abc".upper().lower().replace("b", "x").split("x"), [].append(1), "{}-{k}".format(1, k=2), ",".join(str(i) for i in range(3)))  # expect: ['a', 'c'] None 1-2 0,1,2
n, w, s = 3.14159, 10, "str"
print(f"{n:.2f}|{n:>{w}.3f}|{s!r:^9}|{{x}}|{n=}|{s!s}{1 + 1}|{'nested ' + f'{w}'}|{s:{'>'}{w}}")  # expect: 3.14|     3.142|  'str'  |{x}|n=3.14159|str2|nested 10|       str
print(f"", f"a" "b" f"{1}", f"{s}", f"{s!a}", f"{[i for i in range(2)]}", f"{(lambda: 5)()}", f"{ {1: 2}[1] }")  # expect:  ab1 str 'str' [0, 1] 5 2
print((lambda *a, k=1, **kw: (a, k, kw))(1, 2, k=3, z=4), (lambda: (yield))().__class__.__name__)  # expect: ((1, 2), 3, {'z': 4}) generator


def gen(n):
    got = yield "start"
    while n:
        got = yield (n, got)
        n -= 1
    return "result"


def outer(n):
    r = yield from gen(n)
    yield r


g = outer(2)
print(next(g), g.send("a"), g.send("b"), g.send("c"))  # expect: start (2, 'a') (1, 'b') result
print(list(gen(1)), [*gen(0)], dict(zip("ab", gen(3))))  # expect: ['start', (1, None)] ['start'] {'a': 'start', 'b': (3, None)}


def throwing():
    while True:
        try:
            yield 1
        except ValueError as e:
            yield str(e)


t = throwing()
next(t)
print(t.throw(ValueError("thrown")), next(t))  # expect: thrown 1
k = dict(a=1, b=2)
print({**k, "c": 3, **{"a": 9}}, [*k, *k.values()], (*k, 1), {*k, "z"} == {"a", "b", "z"})  # expect: {'a': 9, 'b': 2, 'c': 3} ['a', 'b', 1, 2] ('a', 'b', 1) True
print(max(3, 1, key=lambda v: -v), sorted([3, 1, 2], reverse=True), int("ff", base=16), print is not None)  # expect: 1 [3, 2, 1] 255 True


def many(*a, **k):
    return len(a), len(k)


print(many(*range(3000), 1, 2, **{"k%d" % i: i for i in range(500)}, last=1))  # expect: (3002, 501)
print(type("T", (Base,), {"x": 1}).x, Base.name(d), (Base.plain)(5))  # expect: 1 base 5


class Callable:
    def __call__(self, *a, **k):
        return a, k

    def __getitem__(self, i):
        return i

    def __contains__(self, x):
        return x == 1

    def __lt__(self, o):
        return "lt"

    def __matmul__(self, o):
        return "mm"

    def __neg__(self):
        return "neg"

    def __bool__(self):
        return False


c = Callable()
print(c(1, k=2), c[1:2, ..., None], c[1, 2], 1 in c, 2 not in c, c < 1, c @ c, -c, not c, c or "or", (c and "and") is c, "T" if c else "F")  # expect: ((1,), {'k': 2}) (slice(1, 2, None), Ellipsis, None) (1, 2) True True lt mm neg True or True F


# What __contains__ returns may have a __bool__ in Python.
class Odd:
    def __init__(self, value):
        self.value = value

    def __bool__(self):
        return self.value % 2 == 1

    def __contains__(self, item):
        return Odd(self.value + item)


def contains(a, item, odd):
    found = item in odd
    absent = item not in odd
    return a, found, absent, item, odd.value


print(contains("a", 2, Odd(1)), contains("a", 1, Odd(1)))  # expect: ('a', True, False, 2, 1) ('a', False, True, 1, 1)


# The right operand's method is asked before a sequence refuses it.
class Right:
    def __radd__(self, other):
        return type(other).__name__

    def __rmul__(self, other):
        return "mul"


print([v + Right() for v in ((1,), [1], "a", b"a", bytearray(), collections.deque(), array.array("i"))])  # expect: ['tuple', 'list', 'str', 'bytes', 'bytearray', 'deque', 'array']
print([v * Right() for v in ((1,), [1], "a", b"a", bytearray(), collections.deque(), array.array("i"))])  # expect: ['mul', 'mul', 'mul', 'mul', 'mul', 'mul', 'mul']
for v in (1,), [1], collections.deque():
    try:
        v + 1
    except TypeError as e:
        print(e)
# expect: can only concatenate tuple (not "int") to tuple
# expect: can only concatenate list (not "int") to list
# expect: can only concatenate deque (not "int") to deque
