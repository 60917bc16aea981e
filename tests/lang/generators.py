# Generators: send, throw, close, delegation, their exceptions and attributes.
def count(n):
    for i in range(n):
        got = yield i
        if got: print("got", got)
    return "end"


def outer():
    result = yield from count(2)
    print("result", result)
    yield "last"


g = outer()
print(next(g))  # expect: 0
try:
    print(g.send("x"))  # expect: got x
except StopIteration:
    pass
# expect: 1
print(next(g))  # expect: result end
# expect: last
print(next(g, "none"))  # expect: none
print(list(count(3)))  # expect: [0, 1, 2]


def catcher():
    while True:
        try:
            yield 1
        except ValueError as e:
            yield e.args
        except GeneratorExit:
            print("closing")
            raise


c = catcher()
next(c)
print(c.throw(ValueError("a", 2)))  # expect: ('a', 2)
next(c)
c.close()  # expect: closing
c.close()
print(list(c))  # expect: []


def stubborn():
    while True:
        try:
            yield
        except GeneratorExit:
            pass


s = stubborn()
next(s)
try:
    s.close()
except RuntimeError as e:
    print(e)  # expect: generator ignored GeneratorExit


def leaks():
    raise StopIteration(3)
    yield


try:
    next(leaks())
except RuntimeError as e:
    print(e, repr(e.__cause__))  # expect: generator raised StopIteration StopIteration(3)

try:
    count(1).send(5)
except TypeError as e:
    print(e)  # expect: can't send non-None value to a just-started generator


def recursive():
    yield next(me)


me = recursive()
try:
    next(me)
except ValueError as e:
    print(e)  # expect: generator already executing

g = count(5)
print(g.gi_frame.f_lineno, g.gi_running, g.gi_yieldfrom)  # expect: 2 False None
next(g)
print(g.gi_frame.f_locals, g.gi_suspended)  # expect: {'n': 5, 'i': 0} True


class Sub:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n > 2: raise StopIteration("value")
        return self.n
    def throw(self, *args): return "thrown"
    def close(self): print("sub closed")


def delegate():
    print((yield from Sub()))


d = delegate()
print(next(d), d.throw(ValueError))  # expect: 1 thrown
d.close()  # expect: sub closed
print(list(delegate()))  # expect: value
# expect: [1, 2]


def handled():
    import sys
    try:
        raise KeyError("inner")
    except KeyError:
        yield sys.exc_info()[1]
    yield sys.exc_info()[1]


h = handled()
try:
    raise ValueError("outer")
except ValueError:
    import sys
    print(repr(next(h)), repr(sys.exc_info()[1]))  # expect: KeyError('inner') ValueError('outer')
    print(repr(next(h)))  # expect: ValueError('outer')


def depth(n):
    if n: yield from depth(n - 1)
    yield n


print(sum(depth(300)))  # expect: 45150
print(sum(x * y for x in range(10) for y in range(x)))  # expect: 870


# Recursion through C code ends in RecursionError, whatever the limit.
import sys


def deep():
    yield next(deep())


limit = sys.getrecursionlimit()
sys.setrecursionlimit(1000000)
try:
    next(deep())
except RecursionError:
    print("deep")  # expect: deep
sys.setrecursionlimit(limit)
