"""Damaged marshal data, cache files and code objects: an exception or a value, never a crash. For Weft alone: what is written is its own.

Code that passes the checks is not run: it may do anything that a program can.
"""
import importlib.util
import marshal
import os
import subprocess
import sys
import tempfile

import fuzzing

VALUES = [None, True, 1, -(2**31), 2**90, -(2**40), 1.5, 2j, "text", "\xe9\u20ac\U0001f600", "\ud800", b"bytes", (1, (2, "x")), [1, [2]], {"a": 1, 2: {3: 4}},
          {1, 2}, frozenset("ab"), ..., StopIteration, ("same", "same"), tuple(range(300))]
SOURCES = ["x = 1\nprint(x)", "def f(a, *b, c=1, **d):\n    try:\n        return lambda: a + c\n    finally:\n        del b",
           "async def g():\n    async with x as y:\n        yield [i async for i in y]", "class C:\n    def m(self):\n        return super().m()",
           "for i in range(3):\n    match i:\n        case [a, *_] | {'k': a}: pass\n        case C(a): pass"]
DATA = [marshal.dumps(value, version) for value in VALUES for version in (1, 2, 4)]
CODES = [compile(source, "f", "exec") for source in SOURCES]


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
    code = rng.choice(CODES)
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
    return "code"


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
        case 1 | 2 | 3 | 4 | 5 | 6:
            yield "code " + fuzzing.outcome(change_code, rng)
        case 7 | 8 | 9 | 10:
            yield "code data " + fuzzing.outcome(loaded, fuzzing.mutate(rng, rng.choice(CODE_DATA)))
        case _:
            yield "data " + fuzzing.outcome(loaded, fuzzing.mutate(rng, rng.choice(DATA)))


if __name__ == "__main__":
    sys.dont_write_bytecode = False
    fuzzing.run(case)
