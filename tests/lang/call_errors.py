# TypeErrors of calls of Python functions, word for word.
def error(f, *args, **kwargs):
    try:
        return f(*args, **kwargs)
    except TypeError as e:
        return e


def none(): pass
def one(a): pass
def two(a, b): pass
def three(a, b, c): pass
def opt(a, b=1, c=2): return a, b, c
def kwonly(a, *, k, m=3): return a, k, m
def posonly(a, b, /, c): return a, b, c
def star(*args, **kw): return args, kw
def everything(a, b=2, *args, c, d=4, **kw): return a, b, args, c, d, kw


class C:
    def method(self, x): pass
    def __init__(self, x): self.x = x


print(error(none, 1))  # expect: none() takes 0 positional arguments but 1 was given
print(error(none, 1, 2))  # expect: none() takes 0 positional arguments but 2 were given
print(error(one))  # expect: one() missing 1 required positional argument: 'a'
print(error(one, 1, 2))  # expect: one() takes 1 positional argument but 2 were given
print(error(two))  # expect: two() missing 2 required positional arguments: 'a' and 'b'
print(error(three))  # expect: three() missing 3 required positional arguments: 'a', 'b', and 'c'
print(error(opt))  # expect: opt() missing 1 required positional argument: 'a'
print(error(opt, 1, 2, 3, 4))  # expect: opt() takes from 1 to 3 positional arguments but 4 were given
print(error(opt, 1, z=2))  # expect: opt() got an unexpected keyword argument 'z'
print(error(opt, 1, a=2))  # expect: opt() got multiple values for argument 'a'
print(error(opt, 1, c=5))  # expect: (1, 1, 5)
print(error(kwonly, 1))  # expect: kwonly() missing 1 required keyword-only argument: 'k'
print(error(kwonly, 1, 2))  # expect: kwonly() takes 1 positional argument but 2 were given
print(error(kwonly, 1, 2, k=3))  # expect: kwonly() takes 1 positional argument but 2 positional arguments (and 1 keyword-only argument) were given
print(error(kwonly, 1, k=3))  # expect: (1, 3, 3)
print(error(posonly, 1, b=2, c=3))  # expect: posonly() got some positional-only arguments passed as keyword arguments: 'b'
print(error(posonly, 1, 2, c=3))  # expect: (1, 2, 3)
print(error(star, 1, a=2))  # expect: ((1,), {'a': 2})
print(error(everything, 1, 2, 3, c=5, z=6))  # expect: (1, 2, (3,), 5, 4, {'z': 6})
print(error(C))  # expect: C.__init__() missing 1 required positional argument: 'x'
print(error(C(1).method))  # expect: C.method() missing 1 required positional argument: 'x'
print(error(C(1).method, 1, 2))  # expect: C.method() takes 2 positional arguments but 3 were given
print(error(lambda: opt(*5)))  # expect: __main__.opt() argument after * must be an iterable, not int
print(error(lambda: opt(**5)))  # expect: __main__.opt() argument after ** must be a mapping, not int
print(error(lambda: opt(**{"a": 1}, **{"a": 2})))  # expect: __main__.opt() got multiple values for keyword argument 'a'
print(error(lambda: opt(**{1: 2})))  # expect: keywords must be strings
print(error(lambda: 5()))  # expect: 'int' object is not callable
print(error(lambda: [*5]))  # expect: Value after * must be an iterable, not int
print(error(lambda: {**5}))  # expect: 'int' object is not a mapping


class Bad:
    def __init__(self): return 5


print(error(Bad))  # expect: __init__() should return None, not 'int'


def deep(n): return deep(n + 1)
try:
    deep(0)
except RecursionError as e:
    print(e)  # expect: maximum recursion depth exceeded
