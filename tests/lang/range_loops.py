# A loop over a range keeps its state in registers: what it yields at the limits of small ints, which ranges it takes,
# what may change meanwhile, and that nobody sees the difference.
import sys

top = 2**62  # the first int that is not small


def items(*bounds):
    found = []
    for i in range(*bounds):
        found.append(i)
    return found


for bounds in [(0,), (-3,), (3,), (2, 5), (5, 2), (5, 2, -1), (0, 10, 3), (10, 0, -3), (0, 1, top), (top - 3, top), (top - 3, top - 1),
               (top - 3, top + 2), (-top, -top + 2), (-top + 2, -top, -1), (-top + 2, -top - 2, -1), (-top, top, top - 1), (-top, top - 1, top - 1),
               (2**64, 2**64 + 2), (0, 2**70, 2**69), (True,), (0, 3, True)]:
    assert items(*bounds) == list(range(*bounds)), bounds
print(items(top - 2, top - 1), items(-top + 1, -top, -1))  # expect: [4611686018427387902] [-4611686018427387903]

# The range's object is not used up; the loop's variable does not drive it; nested loops have their own state.
r = range(3)
print([(i, j) for _ in "x" for i in r for j in r if i < j])  # expect: [(0, 1), (0, 2), (1, 2)]
seen = []
for i in r:
    seen.append(i)
    i = 100
    r = range(0)
print(seen, i)  # expect: [0, 1, 2] 100

# An empty one leaves the variable alone, `else` and `break` are those of any loop.
i = "before"
for i in range(0):
    print("never")
else:
    print(i)  # expect: before
for i in range(10):
    if i == 3:
        break
else:
    print("never")
print(i)  # expect: 3


class Numbers:
    """Loops whose iterator is none of the built-in ones take the same way in."""

    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if not self.n:
            raise StopIteration
        self.n -= 1
        return self.n


def mixed(source):
    total = []
    for i in source:
        total.append(i)
    return total


print(*map(mixed, (range(3), Numbers(3), (x for x in range(3)), [0, 1], iter(range(3)), {"a": 1}, b"a", enumerate("a"))))
# expect: [0, 1, 2] [2, 1, 0] [0, 1, 2] [0, 1] [0, 1, 2] ['a'] [97] [(0, 'a')]


class Range:
    """range has no subclasses: an object that has the iterator of one."""

    def __iter__(self):
        return iter(range(2))


print(mixed(Range()))  # expect: [0, 1]
for wrong in (5, None, 1.5):
    try:
        mixed(wrong)
    except TypeError as error:
        print(error)
# expect: 'int' object is not iterable
# expect: 'NoneType' object is not iterable
# expect: 'float' object is not iterable


# A generator waits in the middle of one; what is thrown in finds the state again.
def generator():
    for i in range(5):
        try:
            yield i
        except ValueError:
            yield "caught"


g = generator()
print(next(g), g.throw(ValueError), next(g), next(g))  # expect: 0 caught 1 2
g.close()


# A jump out of the loop by a debugger, and none into it.
def traced():
    for i in range(3):
        result = i
    return "left"


def tracer(line, target):
    def trace(frame, event, argument):
        if event == "line" and frame.f_lineno == frame.f_code.co_firstlineno + line:
            sys.settrace(None)
            try:
                frame.f_lineno = frame.f_code.co_firstlineno + target
            except ValueError as error:
                print(error)
        return trace

    return trace


for line, target in ((2, 3), (1, 2)):
    sys.settrace(tracer(line, target))
    result = traced()
    sys.settrace(None)
    print(result)
# expect: left
# expect: can't jump into the body of a for loop
# expect: left
