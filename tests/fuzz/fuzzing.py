"""What the fuzz programs share: cases numbered and drawn from a seed, mutations, and outcomes as one line of text.

A program runs on Weft and on python3.11 alike and prints the same lines, so a difference of the outputs is a finding, and so is a
crash. `program.py SEED COUNT [FIRST]`; with FUZZ_TRACE set a case's number is printed (on stderr) before it runs.
"""
import hashlib
import os
import random
import re
import sys
import warnings

sys.dont_write_bytecode = True
STDLIB = "/usr/lib/python3.11"
# What may differ between the two: addresses, and how a RecursionError says where it was noticed.
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


def run(case, count=300):
    """case(rng) gives the lines of one case."""
    warnings.simplefilter("ignore")
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    count = int(sys.argv[2]) if len(sys.argv) > 2 else count
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    for number in range(first, first + count):
        if os.environ.get("FUZZ_TRACE"):
            os.write(2, b"case %d\n" % number)
        for line in case(random.Random(f"{seed}/{number}")):
            print(number, line.encode("ascii", "backslashreplace").decode())


def outcome(function, *args, show=repr):
    """The result or the exception as a line."""
    try:
        text = show(function(*args))
    except RecursionError:
        return "RecursionError"
    except Exception as error:
        text = f"{type(error).__name__}: {describe(error)}"
    text = ADDRESS.sub("0x", text)
    return text if len(text) < 200 else f"{text[:100]} ... {digest(text)}"


def describe(error):
    if isinstance(error, SyntaxError):
        return repr(error.args)
    return str(error)


def digest(text):
    return hashlib.md5(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def stdlib_files(pattern=r"\.py$"):
    """Sorted, so that both interpreters draw the same."""
    found = []
    for folder, folders, names in os.walk(STDLIB):
        folders[:] = [f for f in folders if f not in ("__pycache__", "dist-packages", "lib-dynload")]
        found += [os.path.join(folder, name) for name in names if re.search(pattern, name)]
    return sorted(found)


# ---- mutations of bytes

INTERESTING = [b"\0", b"\x7f", b"\x80", b"\xff", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\0\0\0\x80", b"\x01", b"\n", b" ", b"-"]


def flip_bit(rng, data):
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def set_byte(rng, data):
    if data:
        data[rng.randrange(len(data))] = rng.randrange(256)


def insert(rng, data):
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.choice(INTERESTING)


def overwrite(rng, data):
    at = rng.randrange(len(data) + 1)
    new = rng.choice(INTERESTING)
    data[at : at + len(new)] = new


def delete(rng, data):
    at = rng.randrange(len(data) + 1)
    del data[at : at + rng.choice((1, 1, 2, 4, 8, 30))]


def repeat(rng, data):
    at = rng.randrange(len(data) + 1)
    data[at:at] = data[at : at + rng.choice((1, 2, 4, 8, 40))] * rng.choice((1, 1, 2, 30))


def splice(rng, data):
    at, to = rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)
    data[to:to] = data[at : at + rng.randrange(1, 40)]


def truncate(rng, data):
    del data[rng.randrange(len(data) + 1) :]


MUTATIONS = [flip_bit, flip_bit, set_byte, insert, overwrite, delete, repeat, splice, truncate]


def mutate(rng, data, most=4):
    data = bytearray(data)
    for _ in range(rng.randrange(1, most + 1)):
        rng.choice(MUTATIONS)(rng, data)
    return bytes(data)


def mutate_text(rng, text, alphabet, most=4):
    """Characters of a text replaced, inserted, deleted, repeated; new ones come from the alphabet (a list of strings)."""
    units = list(text)
    for _ in range(rng.randrange(1, most + 1)):
        at = rng.randrange(len(units) + 1)
        match rng.randrange(5):
            case 0:
                units[at : at + 1] = [rng.choice(alphabet)]
            case 1:
                units[at:at] = [rng.choice(alphabet)]
            case 2:
                del units[at : at + rng.randrange(1, 4)]
            case 3:
                units[at:at] = units[at : at + rng.randrange(1, 6)] * rng.randrange(1, 4)
            case 4:
                to = rng.randrange(len(units) + 1)
                units[to:to] = units[at : at + rng.randrange(1, 8)]
    return "".join(units)
