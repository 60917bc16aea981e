"""Kernels of one thread: each is a function of one argument, the amount of work. `solo.py NAME N` prints the seconds it took.

The set covers calls, attributes, dicts, strings, exceptions, floats, ints, lists, sorting, generators, closures, classes, parsing.
"""
import sys
import time


def calls(n):
    def fib(k):
        return k if k < 2 else fib(k - 1) + fib(k - 2)

    return fib(n)


def keyword_calls(n):
    def f(a, b=2, *, c=3):
        return a + b + c

    total = 0
    for i in range(n):
        total += f(i) + f(i, 1) + f(i, b=2) + f(a=i, c=4)
    return total


class Vector:
    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def step(self, d):
        self.x += d
        self.y -= d
        self.z += 1


def attributes(n):
    v, w = Vector(1, 2, 3), Vector(4, 5, 6)
    total = 0
    for i in range(n):
        v.step(i & 3)
        total += v.dot(w) & 255
    return total


class Shape:
    def __init__(self, size):
        self.size = size

    def area(self):
        return 0

    @property
    def double(self):
        return self.size * 2


class Square(Shape):
    def area(self):
        return self.size * self.size


class Strip(Shape):
    def __init__(self, size):
        super().__init__(size)
        self.height = 2

    def area(self):
        return super().area() + self.size * self.height


def classes(n):
    total = 0
    for i in range(n):
        shape = Square(i) if i & 1 else Strip(i)
        total += shape.area() + shape.double
    return total


def dicts(n):
    counts = {}
    for i in range(n):
        key = i * 7919 % 1009
        counts[key] = counts.get(key, 0) + 1
    words = {}
    names = [f"name{i}" for i in range(500)]
    for _ in range(n // 500):
        for name in names:
            if name in words:
                words[name] += 1
            else:
                words[name] = 1
    return len(counts) + len(words)


def strings(n):
    out = []
    for i in range(n):
        s = "item-" + str(i)
        if s.startswith("item-1") and s.endswith("7"):
            s = s.upper().replace("-", "_")
        out.append(f"{s}:{i:05d}")
    text = ",".join(out)
    return len(text.split(",")) + text.count("7") + text.find("ITEM_17")


def exceptions(n):
    def check(i):
        if i % 3 == 0:
            raise ValueError(i)
        return i

    total = 0
    for i in range(n):
        try:
            total += check(i)
        except ValueError as e:
            total -= e.args[0]
        finally:
            total += 1
    return total


def floats(n):
    x, y, vx, vy = 1.0, 0.0, 0.0, 1.0
    for _ in range(n):
        r2 = x * x + y * y
        r3 = r2 * r2**0.5
        vx -= x / r3 * 0.001
        vy -= y / r3 * 0.001
        x += vx * 0.001
        y += vy * 0.001
    return x + y


def ints(n):
    x, total = 12345, 0
    for i in range(n):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        total += (x >> 8) % 1000 ^ i // 3
    return total


def big_ints(n):
    sys.set_int_max_str_digits(0)
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return len(str(a * b)) + a % 1000007


def lists(n):
    sieve = [True] * (n + 1)
    for i in range(2, int(n**0.5) + 1):
        if sieve[i]:
            for j in range(i * i, n + 1, i):
                sieve[j] = False
    evens = [i * 2 for i in range(n // 4)]
    stack = []
    for value in evens:
        stack.append(value)
        if len(stack) > 50:
            stack.pop()
    return sum(1 for i in range(2, n + 1) if sieve[i]) + len(stack)


def matrix(n):
    a = [[i * j % 7 for j in range(n)] for i in range(n)]
    b = [[i + j for j in range(n)] for i in range(n)]
    c = [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]
    return c[n // 2][n // 3]


def sorting(n):
    x, values = 1, []
    for _ in range(n):
        x = x * 1103515245 % 2147483647
        values.append(x)
    by_text = sorted(str(v) for v in values)
    pairs = sorted(((v % 100, -v) for v in values), key=lambda p: (p[0], p[1]))
    return sorted(values)[n // 2] + len(by_text[0]) + pairs[0][1]


def generators(n):
    def numbers(k):
        for i in range(k):
            yield i

    def evens(source):
        for i in source:
            if i % 2 == 0:
                yield i

    return sum(i * i for i in evens(numbers(n)))


def closures(n):
    def counter():
        count = 0

        def step(by):
            nonlocal count
            count += by
            return count

        return step

    steps = [counter() for _ in range(10)]
    for i in range(n):
        steps[i % 10](i)
    return sum(map(lambda f: f(0), steps))


def parsing(n):
    def tokens(text):
        i = 0
        while i < len(text):
            c = text[i]
            if c.isdigit():
                j = i
                while j < len(text) and text[j].isdigit():
                    j += 1
                yield "number", int(text[i:j])
                i = j
            else:
                if c != " ":
                    yield "op", c
                i += 1
        yield "end", None

    class Parser:
        def __init__(self, text):
            self.tokens = tokens(text)
            self.advance()

        def advance(self):
            self.kind, self.value = next(self.tokens)

        def atom(self):
            if self.kind == "number":
                value = self.value
                self.advance()
                return value
            self.advance()
            value = self.expression()
            self.advance()
            return value

        def term(self):
            value = self.atom()
            while self.value in ("*", "%"):
                op = self.value
                self.advance()
                right = self.atom()
                value = value * right if op == "*" else value % (right or 1)
            return value

        def expression(self):
            value = self.term()
            while self.value in ("+", "-"):
                op = self.value
                self.advance()
                value = value + self.term() if op == "+" else value - self.term()
            return value

    return sum(Parser(f"({i} + 17) * (3 + {i % 11} * 2) - {i} % 7 + (1 + (2 + 3) * 4)").expression() for i in range(n))


class Tree:
    def __init__(self, left, right):
        self.left = left
        self.right = right

    def count(self):
        return 1 + (self.left.count() + self.right.count() if self.left else 0)


def trees(n):
    def make(depth):
        return Tree(make(depth - 1), make(depth - 1)) if depth else Tree(None, None)

    return sum(make(10).count() for _ in range(n))


KERNELS = {  # name: (function, amount of work for about half a second of CPython)
    "calls": (calls, 27),
    "keyword_calls": (keyword_calls, 1000000),
    "attributes": (attributes, 1300000),
    "classes": (classes, 800000),
    "dicts": (dicts, 2500000),
    "strings": (strings, 700000),
    "exceptions": (exceptions, 1600000),
    "floats": (floats, 1500000),
    "ints": (ints, 2400000),
    "big_ints": (big_ints, 25000),
    "lists": (lists, 2500000),
    "matrix": (matrix, 200),
    "sorting": (sorting, 200000),
    "generators": (generators, 3500000),
    "closures": (closures, 3500000),
    "parsing": (parsing, 15000),
    "trees": (trees, 600),
}


def main():
    function, work = KERNELS[sys.argv[1]]
    work = max(1, int(work * float(sys.argv[2]))) if function not in (calls, matrix) else work
    start = time.perf_counter()
    result = function(work)
    print(time.perf_counter() - start, result)


if __name__ == "__main__":
    main()
