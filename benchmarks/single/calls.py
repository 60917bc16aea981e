"""Programs of calls, generators, closures and exceptions."""
import contextlib
import functools


def tak(n):
    def tak(x, y, z):
        return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y)) if y < x else z

    return [tak(15 + i % 2, 9, 4) for i in range(n)]


def queens(n):
    def place(row, size, columns, rising, falling):
        if row == size:
            return 1
        count = 0
        for column in range(size):
            if column not in columns and row + column not in rising and row - column not in falling:
                count += place(row + 1, size, columns | {column}, rising | {row + column}, falling | {row - column})
        return count

    return sum(place(0, 7, frozenset(), frozenset(), frozenset()) for _ in range(n))


def decorators(n):
    def counted(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            wrapper.calls += 1
            return function(*args, **kwargs)

        wrapper.calls = 0
        return wrapper

    @counted
    def add(a, b=1):
        return a + b

    @counted
    @counted
    def scale(a, *, by=2):
        return a * by

    compose = functools.reduce(lambda f, g: lambda x: g(f(x)), [add, scale, functools.partial(add, b=3)])
    total = 0
    for i in range(n):
        total += compose(i) + scale(i, by=3)
    return total, add.calls, scale.calls


def pipeline(n):
    def numbers(limit):
        for i in range(limit):
            yield i

    def evens(source):
        for x in source:
            if not x & 1:
                yield x

    def pairs(source):
        previous = None
        for x in source:
            if previous is not None:
                yield previous, x
            previous = x

    total = 0
    for a, b in pairs(evens(x * 3 + 1 for x in numbers(n))):
        total += b - a
    return total


def permutations(n):
    def permute(items):
        if len(items) <= 1:
            yield items
            return
        for i in range(len(items)):
            for rest in permute(items[:i] + items[i + 1:]):
                yield [items[i]] + rest

    def walk(node):
        if node:
            yield from walk(node[0])
            yield node[1]
            yield from walk(node[2])

    tree = None
    for k in range(60):
        tree = (tree, k, (None, -k, None))
    return sum(p[0] * p[-1] for _ in range(n) for p in permute([1, 2, 3, 4, 5])), sum(sum(walk(tree)) for _ in range(n))


def coroutines(n):
    def average():
        total = count = 0
        value = yield 0
        while True:
            total += value
            count += 1
            value = yield total // count

    async def double(x):
        return x * 2

    async def several(k):
        total = 0
        for i in range(k):
            total += await double(i)
        return total

    sink = average()
    next(sink)
    result = 0
    for i in range(n):
        result ^= sink.send(i)
        if i % 8 == 0:
            try:
                several(8).send(None)
            except StopIteration as stop:
                result += stop.value
    return result


class Invalid(ValueError):
    def __init__(self, field, value):
        super().__init__(f"{field}: {value}")
        self.field = field


def validation(n):
    def check(row):
        try:
            age = int(row["age"])
        except ValueError as error:
            raise Invalid("age", row["age"]) from error
        if age < 0:
            raise Invalid("age", age)
        return age + len(row["name"])

    @contextlib.contextmanager
    def counting(counts, key):
        try:
            yield
        finally:
            counts[key] = counts.get(key, 0) + 1

    rows = [{"age": str(i % 90), "name": "n" * (i % 5)} for i in range(20)]
    rows += [{"age": "old", "name": "x"}, {"age": "-4", "name": "y"}, {"age": "7"}, {"age": None, "name": "z"}]
    counts = {}
    for i in range(n):
        row = rows[i % len(rows)]
        try:
            with counting(counts, "rows"):
                counts["sum"] = counts.get("sum", 0) + check(row)
        except Invalid as error:
            counts[error.field] = counts.get(error.field, 0) + 1
        except (KeyError, TypeError) as error:
            counts[type(error).__name__] = counts.get(type(error).__name__, 0) + 1
    return sorted(counts.items())


def memo(n):
    @functools.lru_cache(maxsize=None)
    def ways(amount, coins):
        if amount == 0:
            return 1
        if amount < 0 or not coins:
            return 0
        return ways(amount - coins[0], coins) + ways(amount, coins[1:])

    total = 0
    for i in range(n):
        total += ways(100 + i % 20, (50, 25, 10, 5, 1))
        if i % 20 == 19:
            ways.cache_clear()
    return total
