# match statements: every kind of pattern, captures, guards, failures that leave names alone.
class P:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


class K:
    A = 1
    B = "b"


def kind(v):
    match v:
        case 0:
            return "zero"
        case -1 | 1.5 | 2 + 3j:
            return "number"
        case "s" | b"b":
            return "text"
        case None:
            return "none"
        case True:
            return "true"
        case K.B:
            return "dotted"
        case []:
            return "empty"
        case [x]:
            return "one", x
        case [1, [a, b], *rest]:
            return "nested", a, b, rest
        case (first, *_, last) if first == last:
            return "ends", first
        case [_, _, 3]:
            return "third"
        case [*init, "end"]:
            return "init", init
        case {"k": 1, "v": v2}:
            return "map", v2
        case {"t": {"u": u}, **others}:
            return "deep", u, others
        case {}:
            return "mapping"
        case P(0, y=0):
            return "origin"
        case P(x, y) if x == y:
            return "diagonal", x
        case P(x=px, y=[py, *_]):
            return "attr", px, py
        case P():
            return "point"
        case int(n) | float(n):
            return "num", n
        case str() as s:
            return "str", s
        case [P(x=a), _] | [_, P(x=a)]:
            return "either", a
        case (2 | 3) as z, w:
            return "as", z, w
        case _:
            return "other"


for v in [0]:
    pass
print([kind(v) for v in (0, -1, 1.5, 2 + 3j, "s", b"b", None, True, "b")])  # expect: ['zero', 'number', 'number', 'number', 'text', 'text', 'none', 'true', 'dotted']
print([kind(v) for v in ([], [7], (1, [2, 3], 4, 5), [9, 8, 9], [1, 2, 3], [4, "end"], ["end"])])  # expect: ['empty', ('one', 7), ('nested', 2, 3, [4, 5]), ('ends', 9), 'third', ('init', [4]), ('one', 'end')]
print([kind(v) for v in ({"k": 1, "v": 2, "w": 3}, {"t": {"u": 1}, "a": 2}, {}, {"zz": 1})])  # expect: [('map', 2), ('deep', 1, {'a': 2}), 'mapping', 'mapping']
print([kind(v) for v in (P(0, 0), P(3, 3), P(1, [2, 3]), P(1, 2), 42, 4.25, "hello", [P(5, 6), 1], [1, P(7, 8)], (2, 9), {1, 2}, object)])  # expect: ['origin', ('diagonal', 3), ('attr', 1, 2), 'point', ('num', 42), ('num', 4.25), ('str', 'hello'), ('either', 5), ('either', 7), ('as', 2, 9), 'other', 'other']


def bindings(v):
    a = b = "unset"
    match v:
        case [a, 1]:
            pass
        case [a, b] if a > b:
            pass
        case (a, b):
            return "last", a, b
    return a, b


print(bindings([5, 1]), bindings([5, 2]), bindings([1, 2]), bindings(0))  # expect: (5, 'unset') (5, 2) ('last', 1, 2) ('unset', 'unset')


def rebinding(x):
    match x:
        case [x, y] if x == 2:
            return "a", x
        case [y, z]:
            return "b", x, y, z
    return x


print(rebinding([2, 3]), rebinding([4, 5]), rebinding(6))  # expect: ('a', 2) ('b', 4, 4, 5) 6


def err(v, which):
    try:
        match v:
            case P(a, b, c) if which == 1:
                pass
            case K(a) if which == 2:
                pass
            case P(1, x=2):
                pass
    except TypeError as e:
        return str(e)


print(err(P(1, 2), 1))  # expect: P() accepts 2 positional sub-patterns (3 given)
print(err(K(), 1))  # expect: K() accepts 0 positional sub-patterns (1 given)
print(err(P(1, 2), 0))  # expect: P() accepts 2 positional sub-patterns (3 given)


class Seq:
    def __len__(self):
        return 2

    def __getitem__(self, i):
        if i > 1:
            raise IndexError
        return i


import collections.abc

collections.abc.Sequence.register(Seq)


def registered(v):
    match v:
        case [a, b]:
            return a, b
    return None


print(registered(Seq()), registered("ab"), registered(b"ab"), registered(bytearray(b"ab")), registered(range(2)))  # expect: (0, 1) None None None (0, 1)


def loop():
    out = []
    for v in range(5):
        match v:
            case 1:
                continue
            case 3:
                break
            case n:
                out.append(n)
    return out


print(loop())  # expect: [0, 2]
match = {"match": 1, "case": 2}
match match:
    case {"case": case}:
        print(case)  # expect: 2
match 1, 2:
    case 1, x:
        print(x)  # expect: 2
