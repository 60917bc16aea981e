"""The language in threads: generators, exceptions, thread-local data, classes and their attributes, imports, closures."""
import threading
from common import THREADS, amount, ok, run

N = amount(300)


def numbers(n):
    for i in range(n):
        try:
            yield i
        finally:
            pass


def generators():
    for _ in range(N):
        assert sum(numbers(50)) == 1225
        g = numbers(5)
        next(g), next(g)
        g.close()
        assert list(x * 2 for x in numbers(4)) == [0, 2, 4, 6]


def exceptions():
    def deep(n):
        if n == 0:
            raise ValueError("bottom")
        return deep(n - 1)

    for i in range(N):
        try:
            try:
                deep(20)
            except ValueError as e:
                raise KeyError(i) from e
        except KeyError as e:
            assert e.args == (i,) and str(e.__cause__) == "bottom"
            depth, tb = 0, e.__cause__.__traceback__
            while tb:
                depth, tb = depth + 1, tb.tb_next
            assert depth == 22, depth


local = threading.local()


def thread_local(me=threading.get_ident):
    local.x = me()
    for _ in range(N):
        local.count = getattr(local, "count", 0) + 1
        assert local.x == me()
    assert local.count == N


class Base:
    level = 0

    def method(self):
        return self.level


def classes():
    for i in range(N // 3):
        made = type(f"C{i}", (Base,), {"level": i, "own": lambda self: self.method() + 1})
        c = made()
        assert c.own() == i + 1
        made.level = -i
        assert c.method() == -i
        c.level = "instance"
        assert c.method() == "instance"
        Base.touched = i


def imports():
    import string, textwrap, colorsys
    from collections import OrderedDict
    assert colorsys.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0) and OrderedDict(a=1)["a"] == 1
    assert textwrap.dedent("  x") == "x" and string.digits == "0123456789"


def sorting():
    for i in range(N):
        data = [(j * 7919 + i) % 101 for j in range(60)]
        assert sorted(data, key=lambda v: -v) == sorted(data, reverse=True)
        d = {str(k): k for k in data}
        assert all(d[k] == int(k) for k in d)
        assert "%s-%d" % ("a", i) == f"a-{i}"


for function in (imports, generators, exceptions, thread_local, classes, sorting):
    run(*[function] * THREADS)
run(imports, generators, exceptions, thread_local, classes, sorting)
ok("features")
