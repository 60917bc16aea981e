# Deep nesting is an error and never a crash, on small C stacks too; what the compiler refuses; warnings of literals.
import ast
import symtable
import threading
import warnings

warnings.simplefilter("ignore")
deep = ["-" * 5000 + "a", "a" + "+a" * 12000, "lambda:" * 5000 + "a", "with " + "a as b," * 6000 + "c: pass", "match a:\n case " + "1|" * 5000 + "2: pass",
        "a if b else " * 5000 + "c", "from __future__ import annotations\ndef f(x: a" + ".b" * 5000 + "): pass", "if a: pass\n" + "elif a: pass\n" * 5000]


def attempt(function, source, seen):
    try:
        function(source)
    except (RecursionError, MemoryError, SyntaxError):
        pass
    seen.append(function.__name__)


def round_trip(source):
    return compile(ast.parse(source), "f", "exec")


def compiled(source):
    return compile(source, "f", "exec")


def scopes(source):
    return symtable.symtable(source, "f", "exec")


def everything(seen):
    for source in deep:
        for function in (compiled, round_trip, scopes):
            attempt(function, source, seen)


for size in (0, 128 * 1024):
    threading.stack_size(size)
    seen = []
    thread = threading.Thread(target=everything, args=(seen,))
    thread.start()
    thread.join()
    print(len(seen))
# expect: 24
# expect: 24


def message(source):
    try:
        compile(source, "f", "exec")
    except SyntaxError as e:
        return e.msg
    return "fine"


names = ",".join("a%d" % i for i in range(256))
print(message(names + ", *b = x"))  # expect: too many expressions in star-unpacking assignment
print(message("match x:\n case [" + names + ", *b]: pass"))  # expect: too many expressions in star-unpacking sequence pattern
print(message("match x:\n case {0: _, False: _}: pass"))  # expect: mapping pattern checks duplicate key (False)
print(message("match x:\n case {1+1j: _, 1+1j: _}: pass"))  # expect: mapping pattern checks duplicate key ((1+1j))
print(message("match x:\n case f'': pass"))  # expect: patterns may only match literals and attribute lookups
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for source in (r"'\501'", r"b'\777'", r"'\377'", r"'\z'", r"f'\{1}'"):
        compile(source, "f", "eval")
    print([str(w.message) for w in caught])  # expect: ["invalid octal escape sequence '\\501'", "invalid octal escape sequence '\\777'", "invalid escape sequence '\\z'", "invalid escape sequence '\\{'"]
