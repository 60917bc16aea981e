"""Damaged marshal data, cache files and code objects: an exception or a value, never a crash. For Weft alone: what is written is its own.

Code that passes the checks is run, for a moment: it does what it likes with a few harmless names.
"""
import importlib.util
import marshal
import opcode
import os
import signal
import struct
import subprocess
import sys
import tempfile
import types

import fuzzing

VALUES = [None, True, 1, -(2**31), 2**90, -(2**40), 1.5, 2j, "text", "\xe9\u20ac\U0001f600", "\ud800", b"bytes", (1, (2, "x")), [1, [2]], {"a": 1, 2: {3: 4}},
          {1, 2}, frozenset("ab"), ..., StopIteration, ("same", "same"), tuple(range(300))]
SOURCES = ["x = 1\nprint(x)", "def f(a, *b, c=1, **d):\n    try:\n        return lambda: a + c\n    finally:\n        del b",
           "async def g():\n    async with x as y:\n        yield [i async for i in y]", "class C:\n    def m(self):\n        return super().m()",
           "for i in range(3):\n    match i:\n        case [a, *_] | {'k': a}: pass\n        case C(a): pass"]
DATA = [marshal.dumps(value, version) for value in VALUES for version in (1, 2, 4)]
CODES = [compile(source, "f", "exec") for source in SOURCES]


# Most kinds of instructions, in functions that can be called without arguments.
RUNNABLE = """
def calls(a=1, *b, c=(2, 3), **d):
    x = sorted([c[0], a], key=lambda v: -v)
    return [str(a), *x, max(x), sum(v for v in x), dict(k=a, **d), f"{a!r:>5}{c}", "-".join(map(str, x))]
def closures(n=3):
    total = 0
    def add(k):
        nonlocal total
        total += k
        return total
    for i in range(n): add(i)
    del n
    return total, add
def handled(values=(1, "x", None, [])):
    out = []
    for v in values:
        try:
            out.append(v + 1)
        except TypeError as error:
            try: raise ValueError(v) from error
            except (ValueError, KeyError): out.append(None)
            finally: del v
        else: continue
    return out
def grouped():
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2), OSError(3)])
    except* ValueError as e: return_value = e
    except* (TypeError, OSError): raise
    return return_value
def managed():
    class Manager:
        count = 0
        def __init__(self, x): self.x = x
        def __enter__(self): return super().__init__() or self
        def __exit__(self, *args): return self.x
    with Manager(True) as m, Manager(m.x) as n:
        n.x, m.count = m.count, n
        assert m is n, "odd"
    return m.x[0]
def generating(n=4):
    def inner(k):
        got = yield k
        while got: got = yield from [got, k]
        return k
    for i in range(n):
        try: x = yield from inner(i)
        except ZeroDivisionError: x = yield
        finally: n -= 1
    return x
def matched(subject=({"k": [1, 2, 3]}, 5, "s", complex(1), None)):
    for part in subject:
        match part:
            case {"k": [first, *rest], **others} if rest: yield first, rest, others
            case int(real=r) | str(r): yield r
            case None: yield "none"
            case _: yield -part
def comprehended(data={"a": [1, 2], "b": [3]}):
    first, *middle, last = [*data, 7, *data.values()]
    data["c"], data["a"][0:1] = last, (9, 8)
    del data["b"], middle[:1]
    return {k: {v for v in data[k] if v > 1} for k in data}, [(x, y) for x in middle for y in data if x != y is not None]
async def awaiting():
    async def one(): return 1
    async def many():
        for i in range(3): yield await one() + i
    class Manager:
        async def __aenter__(self): return self
        async def __aexit__(self, *args): return True
    async with Manager() as m:
        return [i async for i in many() if i % 2 == 0], await m
def annotated(a: int = 1, /, *, b: str = "x") -> list:
    global g
    g = a
    h: int = g
    g <<= 3
    x = g if a < 2 <= g else ~g
    while x > 0:
        x -= 3
        if not x % 7: break
    else: import math; from math import pi as p
    return a and b or x, g ** 2 // 3, -g % 4, g @ x if x is None else 0
"""
NAMES = {name: getattr(__builtins__, name) for name in """sorted str max sum dict map range TypeError ValueError KeyError ExceptionGroup OSError super
    ZeroDivisionError complex int __build_class__ AssertionError RuntimeError repr len list tuple""".split()}
CALLS = [code for code in compile(RUNNABLE, "runnable", "exec").co_consts if isinstance(code, types.CodeType)]
OPERATIONS = sorted(opcode.opmap.values())


def all_codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            yield from all_codes(constant)


CODES = [inner for code in CODES for inner in all_codes(code)]
CODE_DATA = [marshal.dumps(code) for code in CODES]


def loaded(data):
    value = marshal.loads(data)
    repr(value)
    return type(value).__name__


def change_code(rng):
    code = rng.choice(CODES + CALLS)
    changes = {}
    for part in rng.sample(["co_code", "co_exceptiontable", "co_linetable", "co_consts", "co_names", "co_varnames", "co_stacksize", "co_flags",
                            "co_argcount", "co_nlocals", "co_freevars", "co_cellvars"], rng.randrange(1, 4)):
        old = getattr(code, part)
        if isinstance(old, bytes):
            changes[part] = bytes(fuzzing.mutate(rng, old, 2))
        elif isinstance(old, int):
            changes[part] = rng.choice((0, 1, 2, 65535, 65536, 2**31 - 1, old + 1, old ^ 0x20, old & 0x3f))
        else:
            changes[part] = old[: rng.randrange(len(old) + 1)] + ("x",) * rng.randrange(3)
    new = code.replace(**changes)
    marshal.loads(marshal.dumps(new))
    list(new.co_positions()), list(new.co_lines()), repr(new), hash(new)
    return run(new) if code in CALLS else "code"


def change_words(rng, code):
    """Fields of instructions take other small numbers, or those of others."""
    words = [list(struct.unpack("<BBHHH", code.co_code[at : at + 8])) for at in range(0, len(code.co_code), 8)]
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        word, other = rng.choice(words), rng.choice(words)
        field = rng.randrange(5)
        match rng.randrange(6):
            case 0: word[field] = other[field]
            case 1: word[:] = other
            case 2: word[:], other[:] = other[:], word[:]
            case 3: word[field] ^= 1 << rng.randrange(8 if field < 2 else 16)
            case 4: word[0] = rng.choice(OPERATIONS)
            case 5 if field: word[field] = rng.randrange(256 if field == 1 else code.co_nlocals + code.co_stacksize + 2)
    return b"".join(struct.pack("<BBHHH", *word) for word in words)


def change_handlers(rng, code):
    table = bytearray(code.co_exceptiontable)
    if table:
        at = rng.randrange(len(table) // 4) * 4
        struct.pack_into("<H", table, at, (table[at] + rng.randrange(-3, 4)) & 0xff)
    return bytes(table)


def change_nested(rng, code):
    """The code, or one of those within, with other words."""
    inner = [n for n, constant in enumerate(code.co_consts) if isinstance(constant, types.CodeType)]
    if inner and rng.randrange(2):
        constants = list(code.co_consts)
        n = rng.choice(inner)
        constants[n] = change_nested(rng, constants[n])
        return code.replace(co_consts=tuple(constants))
    changes = {"co_code": change_words(rng, code)}
    if not rng.randrange(4): changes["co_exceptiontable"] = change_handlers(rng, code)
    if not rng.randrange(6):
        part = rng.choice(["co_consts", "co_names"])
        values = list(getattr(code, part))
        rng.shuffle(values)
        changes[part] = tuple(values)
    return code.replace(**changes)


def stop(*_):
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    raise TimeoutError


def run(code):
    """A function of this code is called, and what it gives is run to its end."""
    function = types.FunctionType(code, {"__builtins__": NAMES, "__name__": "fuzz"}, None, (1, 2, 3)[: code.co_argcount],
                                  tuple(types.CellType(n) for n in range(len(code.co_freevars))))
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        result = function()
        if hasattr(result, "send"):
            for n in range(9):
                result.send(None) if n != 5 else result.throw(ZeroDivisionError)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return type(result).__name__


def run_changed(rng):
    code = change_nested(rng, rng.choice(CALLS))
    return run(code)


def checksum(data):
    """vm_cache_checksum."""
    mask = 2**64 - 1
    h = len(data)
    whole = len(data) // 8 * 8
    for (word,) in struct.iter_unpack("<Q", data[:whole]):
        h = (h ^ word) * 0x9E3779B97F4A7C15 & mask
        h ^= h >> 29
    h = (h ^ int.from_bytes(data[whole:], "little")) * 0x9E3779B97F4A7C15 & mask
    return h ^ h >> 32


def run_sealed(rng):
    """Damaged bytes of code whose checksum is right."""
    data = marshal.dumps(rng.choice(CALLS))
    type_and_length, inside = data[:1], data[13:]
    inside = inside[:4] + fuzzing.mutate(rng, inside[4:], 2)
    return run(marshal.loads(type_and_length + struct.pack("<IQ", len(inside), checksum(inside)) + inside))


def import_damaged(rng):
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "damaged.py")
        with open(source, "w") as file:
            file.write("value = [i * i for i in range(5)]\n")
        subprocess.run([sys.executable, "-c", "import damaged"], cwd=folder, check=True)
        cache = importlib.util.cache_from_source(source)
        with open(cache, "rb") as file:
            data = file.read()
        with open(cache, "wb") as file:
            file.write(fuzzing.mutate(rng, data))
        done = subprocess.run([sys.executable, "-c", "import damaged; print(damaged.value)"], cwd=folder, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            sys.exit(f"exit status {done.returncode} with a damaged cache")
        return "imported" if done.stdout == "[0, 1, 4, 9, 16]\n" else done.stderr.splitlines()[-1]


def case(rng):
    match rng.randrange(20):
        case 0 if not rng.randrange(10):
            yield "cache " + fuzzing.outcome(import_damaged, rng)
        case 1 | 2 | 3:
            yield "code " + fuzzing.outcome(change_code, rng)
        case 4 | 5 | 6 | 11 | 12:
            yield "run " + fuzzing.outcome(run_changed, rng)
        case 13 | 14:
            yield "sealed " + fuzzing.outcome(run_sealed, rng)
        case 7 | 8 | 9 | 10:
            yield "code data " + fuzzing.outcome(loaded, fuzzing.mutate(rng, rng.choice(CODE_DATA)))
        case _:
            yield "data " + fuzzing.outcome(loaded, fuzzing.mutate(rng, rng.choice(DATA)))


if __name__ == "__main__":
    sys.dont_write_bytecode = False
    signal.signal(signal.SIGALRM, stop)
    fuzzing.run(case)
