"""Mutated pieces of the standard library's sources through compile() and ast.parse()."""
import ast
import re

import fuzzing

TOKEN = re.compile(rb"[A-Za-z_]\w*|\d[\w.]*|\s+|\"\"\"|'''|[-+*/%@&|^<>=!~:.]+|.", re.S)
FRAGMENTS = [
    b"async ", b"await ", b"yield ", b"yield from ", b"lambda: ", b"lambda *a, b=1, /: ", b":=", b"->", b"**", b"*", b"/", b"//=",
    b"match x:\n    case [a, *b]: pass\n", b"case _:", b"except* E:", b"finally:\n", b"global x\n", b"nonlocal y\n", b"return ", b"break\n",
    b"continue\n", b"import ", b"from . import *\n", b"f'{x!r:{y}}'", b"f'{", b"}'", b"f\"{a=}\"", b"rb'\\x'", b"b'\\xfg'", b"'\\N{SPACE}'",
    b"'\\N{'", b"'\\u12'", b"'''", b'"""', b"\\\n", b"\\", b"\t", b"    ", b"\f", b"\r", b"\r\n", b"\0", b"\xff", b"\xc3\xa9", b"\xe2\x82\xac",
    b"\xf0\x9f\x98\x80", b"\xef\xbb\xbf", b"0x", b"0b2", b"0o8", b"1_", b"1__0", b"1e", b"1.e5j", b"09", b"9" * 50, b"1e999", b"0xfffffffffffffffffff",
    b"(", b")", b"[", b"]", b"{", b"}", b"((((((((((", b"))))))))))", b"[" * 201, b"(" * 99, b"-" * 90, b"not " * 70, b"...", b"..", b"$", b"?", b"!",
    b"!=", b"<>", b":", b";", b",", b"=", b"==", b"None", b"True", b"__debug__", b"print x", b"exec y", b"@", b"@a\n", b"class C(metaclass=M): x = 1\n",
    b"def f(a, /, b, *, c): pass\n", b"with a as b, c as (d, e):\n", b"if 1:\n  if 2:\n", b"else:", b"elif x:", b"try:\n", b"while 1:\n", b"for x in y:\n",
    b"# coding: latin-1\n", b"# -*- coding: utf-16 -*-\n", b"# coding: none\n", b"# type: ignore\n", b"del (a, b)\n", b"assert (a, b)\n",
    b"raise X from Y\n", b"a.b.c", b"a[b:c, ...]", b"[x for x in y if z]", b"{**a, 'b': c}", b"(yield)", b"x: int = 1\n", b"*a, b = c\n",
]
FILES = [file for file in fuzzing.stdlib_files() if "/lib2to3/tests/data" not in file]


def piece(rng):
    lines = []
    while not lines:
        with open(rng.choice(FILES), "rb") as file:
            lines = file.readlines()
    if rng.randrange(8):
        start = rng.randrange(len(lines))
        while start and lines[start][:1] in b" \t\n)#":
            start -= 1
        lines = lines[start : start + rng.choice((3, 10, 30, 80))]
    return b"".join(lines[:400])


def change_tokens(rng, source):
    tokens = TOKEN.findall(source)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        if not tokens:
            break
        at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
        match rng.randrange(6):
            case 0:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 1:
                del tokens[at]
            case 2:
                tokens[at] = tokens[other]
            case 3:
                tokens[at:at] = tokens[other : other + rng.randrange(1, 8)]
            case 4:
                tokens[at:at] = [rng.choice(FRAGMENTS)]
            case 5:
                tokens[at] = rng.choice(FRAGMENTS)
    return b"".join(tokens)


def mutant(rng):
    source = piece(rng)
    match rng.randrange(8):
        case 0:
            return fuzzing.mutate(rng, source)
        case 1:
            return source[: rng.randrange(len(source) + 1)]
        case 2:
            other = piece(rng)
            return source[: rng.randrange(len(source) + 1)] + other[rng.randrange(len(other) + 1) :]
        case _:
            return change_tokens(rng, source)


def tree(source):
    return fuzzing.digest(ast.dump(ast.parse(source, "f", type_comments=False), include_attributes=True))


def case(rng):
    source = mutant(rng)
    mode = rng.choice(("exec", "exec", "exec", "exec", "eval", "single"))
    if rng.randrange(4) == 0:
        source = source.decode("latin-1" if rng.randrange(3) else "utf-8", "surrogateescape")
    yield "compile " + fuzzing.outcome(compile, source, "f", mode, show=lambda code: "ok")
    yield "parse " + fuzzing.outcome(tree, source)


if __name__ == "__main__":
    fuzzing.run(case)
