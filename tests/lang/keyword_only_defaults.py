# Keyword-only defaults: found by their place, or looked up when __kwdefaults__ is not as it was made.
def f(a, *, x, c=3, d=4):
    return a, x, c, d


def g(*, a=1, b=2):
    return a, b


print(f(1, x=2), f(1, x=2, d=9))  # expect: (1, 2, 3, 4) (1, 2, 3, 9)
del g.__kwdefaults__["a"]
g.__kwdefaults__["a"] = 7
print(g(), g(b=0))  # expect: (7, 2) (7, 0)
f.__kwdefaults__ = {"d": 1, "c": 2}
print(f(1, x=2))  # expect: (1, 2, 2, 1)


class Name(str):
    __hash__ = str.__hash__

    def __eq__(self, other):
        raise ZeroDivisionError("compared")


f.__kwdefaults__ = {Name("c"): 1, "d": 2}
try:
    f(1, x=2)
except ZeroDivisionError as error:
    print("raised", error)  # expect: raised compared
