#!/usr/bin/python3.11
"""Compares the front end with CPython 3.11's own parser and symbol table.

    compare.py DRIVER ast FILE...        trees must be equal, attributes and all
    compare.py DRIVER symtable FILE...   scopes and the classification of names
    compare.py DRIVER warnings FILE...   warnings of the tokenizer and the parser
    compare.py DRIVER errors FILE        snippets: class, message, line, offset, end, text
    compare.py DRIVER fuzz SEED FILE...  mutated files: both accept, or both reject alike
    compare.py DRIVER quick              a subset of all that for "make test"

DRIVER is the program built from tests/unit/front/ast_dump.c. A FILE that is a directory stands for the
Python files below it. The last line is "N passed, N failed".
"""
import ast
import os
import random
import re
import subprocess
import sys
import tempfile
import unicodedata
import warnings

import _symtable

MODES = {"exec": 0, "eval": 1, "single": 2, "func_type": 3}
HERE = os.path.dirname(os.path.abspath(__file__))
STDLIB = "/usr/lib/python3.11"


class Driver:
    """The C program, kept running: one request and one answer at a time."""

    def __init__(self, path, names=()):
        self.names = tempfile.NamedTemporaryFile("w", suffix=".names")
        for name in names:
            try:
                self.names.write(f"{ord(unicodedata.lookup(name)):x} {name}\n")
            except (KeyError, TypeError):
                pass
        self.names.flush()
        self.path = path
        self.start()

    def start(self):
        self.process = subprocess.Popen([self.path, self.names.name],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, source, what, mode="exec", flags=0):
        pipe = self.process.stdin
        try:
            pipe.write(b"%d %d %d %s\n" % (MODES[mode], flags, len(source), what.encode()))
            pipe.write(source)
            pipe.flush()
            length = int(self.process.stdout.readline())
            return self.process.stdout.read(length).decode("utf-8", "replace")
        except (ValueError, BrokenPipeError):
            code = self.process.wait()
            self.start()
            return f"CRASH {code}"


class Score:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, label, ours, theirs, show=True):
        if ours == theirs or (theirs is None and ours.startswith("SyntaxError")):
            self.passed += 1
            return
        self.failed += 1
        if show and self.failed <= 40:
            at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
            start = max(0, at - 60) if len(theirs) > 400 else 0
            print(f"{label}\n  ours:   {ours[start:start + 300]!r}\n  theirs: {theirs[start:start + 300]!r}")

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


def python_files(paths):
    for path in paths:
        if os.path.isdir(path):
            for folder, dirs, files in os.walk(path):
                dirs.sort()
                for name in sorted(files):
                    if name.endswith(".py"):
                        yield os.path.join(folder, name)
        else:
            yield path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def character_names(paths):
    """The names in \\N{...}, so that the driver needs no Unicode database."""
    names = set()
    for path in paths:
        names.update(m.decode() for m in re.findall(rb"\\N\{([A-Za-z0-9 -]+)\}", read(path)))
    return names


def describe(error):
    """A SyntaxError as the driver prints it."""
    if not isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {str(error)!r} 0 -1 None None None"
    return (f"{type(error).__name__}: {error.msg!r} {error.lineno} {error.offset} "
            f"{error.end_lineno} {error.end_offset} {error.text!r}")


def expected_ast(source, mode="exec", flags=0):
    try:
        sys.set_int_max_str_digits(4300)
        tree = compile(source, "<s>", mode, ast.PyCF_ONLY_AST | flags, dont_inherit=True)
    except UnicodeDecodeError:
        return None  # leaks out of CPython; a SyntaxError here
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError) as error:
        return describe(error)
    sys.set_int_max_str_digits(0)
    try:
        return ast.dump(tree, include_attributes=True)
    except RecursionError:
        return None


def expected_warnings(source):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            compile(source, "<s>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        except (SyntaxError, ValueError):
            return None
    return "OK" + "".join(f"\n{w.lineno} {w.message}" for w in caught)


def compare_warnings(driver, score, files):
    for path in files:
        source = read(path)
        if not foreign(source) and (theirs := expected_warnings(source)):
            score.check(path, driver.ask(source, "w"), theirs)


def foreign(source):
    """Encodings that the driver leaves to a hook which it does not have."""
    head = b"\n".join(source.split(b"\n")[:2])
    match = re.search(rb"coding[:=]\s*([-\w.]+)", head)
    return match and match[1].lower() not in (b"utf-8", b"utf8", b"latin-1", b"iso-8859-1", b"ascii",
                                              b"latin1", b"us-ascii", b"utf_8", b"iso8859-1")


def compare_ast(driver, score, files):
    for path in files:
        source = read(path)
        if not foreign(source):
            score.check(path, driver.ask(source, "a"), expected_ast(source))


def snippets(path):
    """One per line, with a mode before "|" if it is not exec; the corpus explains its signs itself."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            if not line or line.startswith("##"):
                continue
            mode, bar, text = line.partition("|")
            if not bar or mode not in MODES:
                mode, text = "exec", line
            text = text.replace("⏎", "\n").replace("⇥", "\t").replace("␌", "\f")
            yield mode, re.sub("«(.*?)×([0-9]+)»", lambda m: m[1] * int(m[2]), text)


def compare_errors(driver, score, path):
    for mode, text in snippets(path):
        for source in (text.encode(), (text + "\n").encode()):
            score.check(f"{mode}|{source!r}", driver.ask(source, "a", mode), expected_ast(source, mode))
            if mode == "exec":
                score.check(f"symtable|{source!r}", driver.ask(source, "s", mode), expected_symtable(source))


# --- symbol tables ------------------------------------------------------------------------------

def dump_scope(table, out, depth):
    """One line per scope and per name with its flag word, in the driver's format."""
    kind = {_symtable.TYPE_MODULE: "module", _symtable.TYPE_CLASS: "class",
            _symtable.TYPE_FUNCTION: "function"}[table.type]
    pad = " " * depth
    out.append(f"{pad}{kind} {table.name} {table.lineno} {int(table.nested)}")
    out.extend(f"{pad} {name} {flags}" for name, flags in sorted(table.symbols.items()))
    out.append(" ".join([f"{pad} params:", *table.varnames]))
    for child in table.children:
        dump_scope(child, out, depth + 1)


def expected_symtable(source):
    try:
        sys.setrecursionlimit(1000)
        table = _symtable.symtable(source, "<s>", "exec")
    except UnicodeDecodeError:
        return None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return describe(error)
    finally:
        sys.setrecursionlimit(20000)
    out = []
    dump_scope(table, out, 0)
    return "\n".join(out) + "\n"


def compare_symtable(driver, score, files):
    for path in files:
        source = read(path)
        if not foreign(source):
            score.check(path, driver.ask(source, "s"), expected_symtable(source))


# --- fuzzing ------------------------------------------------------------------------------------

def mutate(rng, source):
    data = bytearray(source)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        if not data:
            break
        at = rng.randrange(len(data))
        size = rng.choice((1, 1, 1, 2, 4, 12))
        kind = rng.randrange(4)
        if kind == 0:
            del data[at:at + size]
        elif kind == 1:
            data[at:at] = data[at:at + size]
        elif kind == 2:
            data[at] = rng.choice(b"()[]{}:;,.=+-*'\"#@\\ \t\nabfr0_!~^|&<>%/x\x00\xff\xc3")
        else:
            start = rng.randrange(len(data))
            data[at:at] = data[start:start + size]
    return bytes(data)


def excerpt(rng, source):
    """Some consecutive lines: small sources make fuzzing fast."""
    lines = source.split(b"\n")
    start = rng.randrange(len(lines))
    return b"\n".join(lines[start:start + rng.randrange(1, 40)]) + b"\n"


def compare_fuzz(driver, score, seed, files, rounds=20):
    rng = random.Random(seed)
    for path in files:
        source = read(path)
        if foreign(source):
            continue
        for _ in range(rounds):
            mutated = mutate(rng, excerpt(rng, source))
            if foreign(mutated):
                continue
            ours, theirs = driver.ask(mutated, "a"), expected_ast(mutated)
            score.check(f"{path}: {mutated!r}" if len(mutated) < 1500 else path, ours, theirs)


def quick(driver, score):
    files = list(python_files([STDLIB]))[::60]
    compare_ast(driver, score, files)
    compare_symtable(driver, score, files)
    compare_warnings(driver, score, files)
    compare_errors(driver, score, os.path.join(HERE, "errors.txt"))
    compare_fuzz(driver, score, 1, files[::4], rounds=5)


def main(arguments):
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20000)
    path, what, *rest = arguments
    score = Score()
    seed = int(rest.pop(0)) if what == "fuzz" else 0
    if what == "errors":
        compare_errors(Driver(path, ["BULLET"]), score, rest[0])
        return score.finish()
    files = list(python_files(rest or [STDLIB]))
    driver = Driver(path, character_names(files) | {"BULLET"})
    if what == "warnings":
        compare_warnings(driver, score, files)
    elif what == "ast":
        compare_ast(driver, score, files)
    elif what == "symtable":
        compare_symtable(driver, score, files)
    elif what == "fuzz":
        compare_fuzz(driver, score, seed, files)
    elif what == "quick":
        quick(driver, score)
    return score.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
