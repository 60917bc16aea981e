# Code objects: equality, replace(), code(), positions; what dis shows; late __future__ imports; warnings of the front end.
import dis
import inspect
import types
import warnings


def f(a, b=2, /, *args, c=3):
    x = [a, b, c]
    return lambda: (a, args, x)


code = f.__code__
again = compile("def f(a, b):\n    return a + b, 1, (2.5, 'x')\n", "one", "exec").co_consts[0]
same = compile("def f(a, b):\n    return a + b, 1, (2.5, 'x')\n", "two", "exec").co_consts[0]
other = compile("def f(a, b):\n    return a + b, 1, (2.5, 'y')\n", "two", "exec").co_consts[0]
print(again == same, hash(again) == hash(same), again == other, again != other, again is same)  # expect: True True False True False
print(compile("-0.0", "f", "eval") == compile("0.0", "f", "eval"), compile("(1,)", "f", "eval") == compile("(True,)", "f", "eval"))  # expect: False False
print(code.replace() == code, code.replace(co_name="g") == code, code.replace(co_name="g").co_name)  # expect: True False g
parts = [getattr(again, "co_" + n) for n in "argcount posonlyargcount kwonlyargcount nlocals stacksize flags code consts names varnames filename "
         "name qualname firstlineno linetable exceptiontable freevars cellvars".split()]
made = types.CodeType(*parts)
print(made == again, types.FunctionType(made, {})(20, 3))  # expect: True (23, 1, (2.5, 'x'))
wide = code.replace(co_freevars=("outer",), co_varnames=code.co_varnames + ("y",), co_nlocals=code.co_nlocals + 1)
g = types.FunctionType(wide, {}, "g", (9,), (types.CellType(5),))
print(g(1)(), wide.co_freevars, wide.co_varnames[-1]) if g.__kwdefaults__ is None and not setattr(g, "__kwdefaults__", {"c": 7}) else None  # expect: (1, (), [1, 9, 7]) ('outer',) y
for change in ({"co_nlocals": 1}, {"co_code": b"\xff" * 8}, {"co_code": b"abc"}, {"co_argcount": 50}, {"co_consts": ()}, {"co_linetable": 5}):
    try:
        code.replace(**change)
    except (ValueError, TypeError) as e:
        print(type(e).__name__)
# expect: ValueError
# expect: ValueError
# expect: ValueError
# expect: ValueError
# expect: ValueError
# expect: TypeError


def lines(code):
    "The lines of a packed table, as its format says."
    line, table, i, out = code.co_firstlineno, code.co_linetable, 0, []

    def varint():
        nonlocal i
        value, shift = table[i] & 63, 6
        while table[i] & 64:
            i += 1
            value |= (table[i] & 63) << shift
            shift += 6
        i += 1
        return value

    while i < len(table):
        form, units = table[i] >> 3 & 15, (table[i] & 7) + 1
        i += 1
        if form >= 13 and form != 15:
            delta = varint()
            line += -(delta >> 1) if delta & 1 else delta >> 1
            if form == 14:
                varint(), varint(), varint()
        elif form in (10, 11, 12):
            line += form - 10
            i += 2
        elif form < 10:
            i += 1
        out += [None if form == 15 else line] * units
    return out


def long(a):
    try:
        return a.b(a,
                   1)
    except ValueError:
        for a in a: pass
    a[0] += 1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000 - a


for c in (code, long.__code__):
    positions = list(c.co_positions())
    spread = [line for start, end, line in c.co_lines() for _ in range(start, end, 2)]
    print(lines(c) == [p[0] for p in positions] == spread, len(positions) * 2 == len(c.co_code))  # expect: True True
# expect: True True
empty = code.replace(co_linetable=b"")
print(list(empty.co_lines()), list(empty.co_positions()), empty == code)  # expect: [] [] False
names = [i.opname for i in dis.get_instructions(long)]
print(names[0], "LOAD_METHOD" in names, names[-1] in ("RETURN", "RERAISE"), code._varname_from_oparg(0))  # expect: RESUME True True a
tb = None
try:
    1 / 0
except ZeroDivisionError as e:
    tb = e.__traceback__
print(list(tb.tb_frame.f_code.co_positions())[tb.tb_lasti // 2][2:])  # expect: (4, 9)

for source in ("import x\nfrom __future__ import division", "def f():\n  from __future__ import annotations"):
    try:
        compile(source, "f", "exec")
    except SyntaxError as e:
        print(e.msg, e.lineno, e.offset)
# expect: from __future__ imports must occur at the beginning of the file 2 1
# expect: from __future__ imports must occur at the beginning of the file 2 3
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    compile("1if x else y", bytearray(b"f"), "eval")
    print([(w.category.__name__, str(w.message)) for w in caught])  # expect: [('DeprecationWarning', 'path should be string, bytes, or os.PathLike, not bytearray'), ('SyntaxWarning', 'invalid decimal literal')]


# The line of a frame that an exception has left is the one that raised, whatever clean-ups ran.
def in_handler():
    try:
        1 / 0
    except ZeroDivisionError as e:
        1 / 0
        pass


def in_finally():
    try:
        1 / 0
    finally:
        1 / 0
        pass


class Plain:
    def __enter__(self): return self
    def __exit__(self, *args): pass


def in_with():
    with Plain():
        1 / 0
        pass


def unmatched():
    try:
        1 / 0
    except TypeError as e:
        pass


for function in (in_handler, in_finally, in_with, unmatched):
    try:
        function()
    except ZeroDivisionError as e:
        frame = e.__traceback__.tb_next.tb_frame
        print(frame.f_lineno - frame.f_code.co_firstlineno, e.__traceback__.tb_next.tb_lineno - frame.f_code.co_firstlineno)
# expect: 4 4
# expect: 4 4
# expect: 2 2
# expect: 3 2


# Names are those of globals and attributes.
def outer(x):
    y = 1

    def inner():
        nonlocal y
        y = x + len(absent.absentee)
        return y

    return inner


print(outer(1).__code__.co_names, outer(1).__code__.co_freevars, outer.__code__.co_names)  # expect: ('len', 'absent', 'absentee') ('x', 'y') ()
print(sorted(inspect.getclosurevars(outer(1)).unbound))  # expect: ['absent', 'absentee']
code = outer(1).__code__
print(code.replace(co_names=code.co_names) == code)  # expect: True


def unbound(a):
    del a
    return a


for replaced in unbound.__code__, unbound.__code__.replace(co_varnames=("b",)), unbound.__code__.replace(co_cellvars=("c",)):
    unbound.__code__ = replaced
    try:
        unbound(1)
    except UnboundLocalError as e:
        print(e)
# expect: cannot access local variable 'a' where it is not associated with a value
# expect: cannot access local variable 'b' where it is not associated with a value
# expect: cannot access local variable 'a' where it is not associated with a value
