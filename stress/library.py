"""The library in threads: every piece is used for the first time by all threads at once, so that what C code of the VM keeps for
itself (tables of names, shapes, signatures, formats, patterns, code) is filled by several at a time."""
import sys
import threading
from common import THREADS, amount, ok, run

N = amount(10)
barrier = threading.Barrier(THREADS)


def patterns():
    import re
    for i in range(N):
        assert re.findall(rf"a{i}(b|c)+", f"xa{i}bcb a{i}c") == ["b", "c"]
        assert re.sub(r"(?P<n>\d+)", lambda m: str(int(m["n"]) + 1), "7 9") == "8 10"


def code():
    for i in range(N):
        space = {}
        exec(compile(f"def f(x, *, y={i}):\n  class C:\n    z{i} = x\n  return C.z{i} + y\nr = f(1) + sum(k for k in range(3))", "<code>", "exec"), space)
        assert space["r"] == i + 4
        assert eval(f"[lambda: {i}][0]()") == i
        try:
            exec("def f(:")
        except SyntaxError as e:
            assert e.lineno == 1


def classes():
    import abc
    import collections
    import enum
    import functools

    class Shape(abc.ABC):
        @abc.abstractmethod
        def area(self): ...

    for i in range(N):
        made = type(f"Made{i}", (Shape,), {"area": lambda self: self.side, f"only{i}": i})
        thing = made()
        for k in range(5):
            setattr(thing, f"attribute{i}_{k}", k)
        thing.side = i
        assert thing.area() == i and isinstance(thing, Shape) and len(vars(thing)) == 6
        Shape.register(type(f"Other{i}", (), {"__slots__": ("a", "b")}))
        point = collections.namedtuple(f"P{i}", "x y")(1, y=2)
        assert point.y == 2 and point._replace(x=5) == (5, 2)
        assert enum.Enum("E", "A B").B.value == 2
        cached = functools.lru_cache(maxsize=8)(lambda x: x * i)
        assert [cached(k % 3) for k in range(9)] == [k % 3 * i for k in range(9)]
        assert functools.partial(int, base=2)("101") == 5


def text():
    for i in range(N):
        assert "{:>8.3f}|{:,}|{!r}".format(i / 7, 10 ** i, "é") == f"{i / 7:>8.3f}|{10 ** i:,}|{'é'!r}"
        assert float(repr(i / 3)) == i / 3 and int(str(7 ** (i + 40))) == 7 ** (i + 40)
        assert "".join(sys.intern(f"interned {i} {k}")[-1] for k in range(5)) == "01234"
        for codec in ("utf-8", "utf-16", "latin-1", "cp1252", "ascii", "utf-7"):
            assert "abc".encode(codec).decode(codec) == "abc"
        assert "straße".upper().casefold() == "strasse" and "%-5s%05d" % ("a", i) == f"a    {i:05d}"


def formats():
    import binascii
    import csv
    import hashlib
    import io
    import json
    import marshal
    import pickle
    import struct
    import zlib
    for i in range(N):
        data = {"list": [1, 2.5, None, True, f"text {i}"], "i": i}
        assert json.loads(json.dumps(data, sort_keys=True)) == data
        assert pickle.loads(pickle.dumps(data)) == data and marshal.loads(marshal.dumps(data)) == data
        assert struct.unpack(f"<{i + 1}HqD"[:-1], struct.pack(f"<{i + 1}Hq", *range(i + 1), -i))[-1] == -i
        assert zlib.decompress(zlib.compress(b"abc" * i)) == b"abc" * i
        assert list(csv.reader(io.StringIO('a,"b,c",%d\n' % i))) == [["a", "b,c", str(i)]]
        assert hashlib.sha256(b"x").hexdigest()[:4] == "2d71" and binascii.crc32(b"x") == 2363233923
        hashlib.new("md5", b"x"), hashlib.blake2b(b"x").digest()


def times():
    import calendar
    import datetime
    import random
    import time
    for i in range(N):
        assert datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc).strftime("%Y-%m-%d %j") == "2024-02-29 060"
        assert time.strptime("2001-02-03", "%Y-%m-%d").tm_yday == 34 and calendar.isleap(2024)
        assert random.Random(7).randrange(1000) == random.Random(7).randrange(1000)
        time.localtime(i), time.monotonic(), random.random()


def numbers():
    import decimal
    import fractions
    import itertools
    import math
    import operator
    import statistics
    for i in range(N):
        assert decimal.Decimal("1.10") + i == decimal.Decimal(f"{i + 1}.10")
        assert fractions.Fraction(1, 3) * 3 == 1 and math.comb(10, 3) == 120 and statistics.mean([i, i]) == i
        assert list(itertools.islice(itertools.accumulate(itertools.count(1)), 4)) == [1, 3, 6, 10]
        assert sorted([(3, "c"), (1, "a")], key=operator.itemgetter(0))[0][1] == "a" and pow(3, 200, 7) == 2
        assert complex("1+2j") * 2 == 2 + 4j and round(2.675, 2) == 2.67


def deaths():
    import contextvars
    import gc
    import weakref
    variable = contextvars.ContextVar("variable", default=0)
    dead = []

    class Node:
        def __del__(self):
            dead.append(1)

    for i in range(N):
        node = Node()
        node.self = node
        weakref.finalize(node, dead.append, 2)
        table = weakref.WeakValueDictionary({i: node})
        variable.set(i)
        assert contextvars.copy_context()[variable] == i and table[i] is node
        del node
    gc.collect()
    gc.get_stats(), gc.get_count(), gc.isenabled()


def errors():
    import io
    import logging
    import traceback
    import warnings
    stream = io.StringIO()
    logger = logging.getLogger(f"logger {threading.get_ident()}")
    logger.addHandler(logging.StreamHandler(stream))
    logger.propagate = False
    for i in range(N):
        try:
            {}[i]
        except KeyError:
            assert f"KeyError: {i}" in traceback.format_exc()
            logger.exception("caught %d", i)
        try:
            [].no_such_attribute
        except AttributeError as e:
            assert "no_such_attribute" in str(e)
        try:
            raise ExceptionGroup("group", [ValueError(i), TypeError()])
        except* ValueError as group:
            assert group.exceptions[0].args == (i,)
        except* TypeError:
            pass
        warnings.warn("deprecated", DeprecationWarning)
        assert sys._getframe().f_lineno > 0
    assert stream.getvalue().count("Traceback") == N


def system():
    import glob
    import os
    import socket
    import tempfile
    for i in range(N):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, f"file{i}")
            with open(path, "w", encoding="utf-8") as f:
                print("line", i, file=f)
            assert open(path, "rb").read() == b"line %d\n" % i and glob.glob(directory + "/f*") == [path]
            assert os.stat(path).st_size == len(f"line {i}\n") and os.listdir(directory) == [f"file{i}"]
        a, b = socket.socketpair()
        with a, b:
            a.sendall(b"ping")
            assert b.recv(10) == b"ping"
        os.environ.get("HOME"), os.getpid(), os.urandom(4)


def coroutines():
    import asyncio

    async def worker(queue):
        total = 0
        while (item := await queue.get()) is not None:
            await asyncio.sleep(0)
            total += item
        return total

    async def program():
        queue = asyncio.Queue(2)
        task = asyncio.create_task(worker(queue))
        for i in range(N):
            await queue.put(i)
        await queue.put(None)
        return await task

    assert asyncio.run(program()) == N * (N - 1) // 2


def one_thread():
    for piece in pieces:
        barrier.wait()
        try:
            piece()
        except BaseException:
            barrier.abort()
            raise


pieces = [patterns, code, classes, text, formats, times, numbers, deaths, errors, system, coroutines]
import warnings
warnings.simplefilter("ignore")
run(*[one_thread] * THREADS)
ok("library")
