# Functions that go through a generator on the caller's loop (vm/exec/drain.h): as if they called next().
import sys

print(sum(x for x in range(5)), sum((x for x in [0.5, 0.25]), 1.5), sum((x for x in "ab"), 7) if 0 else "")  # expect: 10 2.25 
print(sum(x > 2 for x in range(6)), sum(x for x in [1, 2.5, True, 1 << 70]))  # expect: 3 1.1805916207174113e+21
print(any(x == 3 for x in range(5)), any(x for x in []), all(x for x in "abc"), all(x for x in [1, "", 2]))  # expect: True False True False
print(min(x for x in [3, 1, 2]), max(x for x in "hello"), max(x for x in [1, 2.5, 2]), min(x for x in [(2, 1), (1, 5)]))  # expect: 1 o 2.5 (1, 5)
print(list(x for x in range(3)), tuple(x for x in range(3)), sorted(x for x in "bca"), "-".join(c for c in "xyz"))  # expect: [0, 1, 2] (0, 1, 2) ['a', 'b', 'c'] x-y-z
print(set(x % 2 for x in range(9)), frozenset(c for c in "aaa"), set((x,) for x in range(2)) == {(0,), (1,)})  # expect: {0, 1} frozenset({'a'}) True
join = ", ".join
print(join(str(x) for x in range(3)), list(list(y for y in range(x)) for x in range(3)))  # expect: 0, 1, 2 [[], [0], [0, 1]]


def failing(call, *args):
    try:
        return call(*args)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


print(failing(lambda: min(x for x in [])))  # expect: ValueError: min() arg is an empty sequence
print(failing(lambda: max(x for x in [1, "a"])))  # expect: TypeError: '>' not supported between instances of 'str' and 'int'
print(failing(lambda: sum(x for x in [1, "a"])))  # expect: TypeError: unsupported operand type(s) for +: 'int' and 'str'
print(failing(lambda: sum((x for x in "ab"), "")))  # expect: TypeError: sum() can't sum strings [use ''.join(seq) instead]
print(failing(lambda: ",".join(x for x in ["a", 1])))  # expect: TypeError: sequence item 1: expected str instance, int found
print(failing(lambda: set([x] for x in range(2))))  # expect: TypeError: unhashable type: 'list'
print(failing(lambda: list(1 // x for x in [1, 0])))  # expect: ZeroDivisionError: integer division or modulo by zero


def stopping():
    yield 1
    raise StopIteration


print(failing(lambda: sum(stopping())))  # expect: RuntimeError: generator raised StopIteration

# What stops early leaves the generator suspended, what fails too.
g = (x for x in range(10))
print(any(x == 3 for x in g), next(g), all(x < 6 for x in g), next(g), sum(g), list(g))  # expect: True 4 False 7 17 []


def talking(n):
    for i in range(n):
        print("item", i, end="; ")
        yield i
    print("end", end="; ")
    return "result"


class Number:
    """Its addition and comparison run Python code while the generator is suspended."""
    source = None

    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        if Number.source is not None:
            print("running", Number.source.gi_running, next(Number.source).value, end="; ")
        return Number(self.value + other.value)

    def __radd__(self, other):
        return Number(self.value + other)

    def __lt__(self, other):
        return self.value < other.value

    def __bool__(self):
        return self.value > 2


print(sum(talking(3)))  # expect: item 0; item 1; item 2; end; 3
Number.source = source = (Number(i) for i in range(7))
print(sum(source).value)  # expect: running False 2; running False 4; running False 6; 9
print(min(Number(i) for i in [4, 2, 8]).value, any(Number(i) for i in range(5)), all(Number(i) for i in [3, 1]))  # expect: 2 True False


def delegating():
    got = yield from (x for x in range(3))
    yield from talking(2)
    yield got


print(list(delegating()))  # expect: item 0; item 1; end; [0, 1, 2, 0, 1, None]
print(sum(x for x in delegating() if x))  # expect: item 0; item 1; end; 4


# A generator that is running, or has ended.
def itself():
    yield failing(lambda: sum(me))


me = itself()
print(list(me), list(me), sum(me), failing(lambda: max(me)))  # expect: ['ValueError: generator already executing'] [] 0 ValueError: max() arg is an empty sequence


# Frames and tracebacks are those of a call from the caller.
def names():
    frame = sys._getframe(1)
    while frame:
        yield frame.f_code.co_name
        frame = frame.f_back


def outer():
    return list(names())[:2]


print(outer())  # expect: ['outer', '<module>']


def events():
    seen = []

    def profile(frame, event, arg):
        seen.append((event, getattr(arg, "__name__", None) if event.startswith("c_") else frame.f_code.co_name))

    def three():
        yield from range(3)

    sys.setprofile(profile)
    sum(three())
    sys.setprofile(None)
    return seen[:4], len(seen)


print(events())  # expect: ([('c_call', 'sum'), ('call', 'three'), ('return', 'three'), ('call', 'three')], 11)


def turned_on():
    yield 1
    sys.setprofile(lambda frame, event, arg: None)
    yield 2
    sys.setprofile(None)
    yield 3


print(sum(turned_on()), list(turned_on()))  # expect: 6 [1, 2, 3]


def deep(n):
    return sum(deep(n - 1) for _ in range(1)) + 1 if n else 0


print(deep(200), failing(deep, 100000))  # expect: 200 RecursionError: maximum recursion depth exceeded
print(len("".join(chr(97 + i % 26) for i in range(100000))), sum(float(i) for i in range(100000)))  # expect: 100000 4999950000.0


# next() and send() resume on the caller's loop too.
def echo():
    got = []
    try:
        while True:
            got.append((yield len(got)))
    except ValueError as error:
        yield f"caught {error}"
    return got


e = echo()
send = e.send
print(next(e), e.send("a"), send("b"), next(e), e.throw(ValueError("v")))  # expect: 0 1 2 3 caught v
print(failing(lambda: next(e)), failing(next, e), next(e, "default"), failing(lambda: e.send(1)))  # expect: StopIteration: ['a', 'b', None] StopIteration:  default StopIteration: 
e = echo()
print(failing(lambda: e.send(5)), failing(lambda: e.send()), failing(lambda: next()), failing(lambda: next(1)))
# expect: TypeError: can't send non-None value to a just-started generator TypeError: generator.send() takes exactly one argument (0 given) TypeError: next expected at least 1 argument, got 0 TypeError: 'int' object is not an iterator


def resumes_itself():
    yield failing(lambda: next(r))
    yield failing(lambda: r.send(None))


r = resumes_itself()
print(next(r), "|", next(r))  # expect: ValueError: generator already executing | ValueError: generator already executing


async def coroutine():
    return "done"


c = coroutine()
print(failing(lambda: c.send(None)), failing(lambda: c.send(None)))  # expect: StopIteration: done RuntimeError: cannot reuse already awaited coroutine


def handles():
    try:
        raise KeyError("inner")
    except KeyError:
        yield sys.exc_info()[0].__name__
        yield sys.exc_info()[0].__name__
    yield sys.exc_info()[0]


h = handles()
try:
    raise OSError
except OSError:
    print(next(h), sys.exc_info()[0].__name__, next(h), sys.exc_info()[0].__name__, next(h).__name__)  # expect: KeyError OSError KeyError OSError OSError
