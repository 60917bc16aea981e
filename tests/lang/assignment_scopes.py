# Assignment in all its forms: order of evaluation, unpacking, walrus, augmented, deletion, scopes.
def trace(log, name, value=None):
    log.append(name)
    return value


def order():
    log = []
    d = {}
    trace(log, "d1", d)[trace(log, "k1", 1)] = trace(log, "d2", d)[trace(log, "k2", 2)] = trace(log, "v", 5)
    return log, d


print(order())  # expect: (['v', 'd1', 'k1', 'd2', 'k2'], {1: 5, 2: 5})


def swaps():
    a, b, c = 1, 2, 3
    a, b = b, a
    a, b, c = c, a, b
    x = [0, 1]
    i = 0
    i, x[i] = 1, 9
    p = q = [1]
    p += [2]
    return a, b, c, i, x, p is q, q


print(swaps())  # expect: (3, 2, 1, 1, [0, 9], True, [1, 2])


def unpack():
    a, *b, c = range(5)
    (d, e), [f, *g] = (1, 2), "xyz"
    *h, = "ab"
    for i, (j, k) in enumerate([(1, 2), (3, 4)]):
        pass
    [m, n] = {1: 2, 3: 4}
    return a, b, c, d, e, f, g, h, i, j, k, m, n


print(unpack())  # expect: (0, [1, 2, 3], 4, 1, 2, 'x', ['y', 'z'], ['a', 'b'], 1, 3, 4, 1, 3)
def err(f):
    try:
        f()
    except Exception as e:
        return type(e).__name__ + ": " + str(e)


def few():
    a, b, c = [1, 2]


def many():
    a, b = 1, 2, 3


def many2():
    a, b = [1, 2, 3]


def few_star():
    a, b, *c, d = [1, 2]


def not_iter():
    a, b = 5


print(err(few), err(many), err(many2), err(few_star), err(not_iter), sep="; ")  # expect: ValueError: not enough values to unpack (expected 3, got 2); ValueError: too many values to unpack (expected 2); ValueError: too many values to unpack (expected 2); ValueError: not enough values to unpack (expected at least 3, got 2); TypeError: cannot unpack non-iterable int object


def walrus():
    out = []
    x = 1
    out.append(x + (x := 5) + x)
    out.append([y := 2, y * 2, y])
    out.append(x * (x := 3) - x)
    out.append((x, (x := 4), x))
    out.append(x < (x := 10) < x + 1)
    d = {}
    d[x] = (x := 11)
    out.append(d)
    out.append([z := i for i in range(3)] + [z])
    while (n := len(out)) < 8:
        out.append(n)
    if (q := x) and q == 11:
        out.append(q)
    out.append(f"{(w := 3)}{w}")
    f = lambda a: (t := a) + t
    out.append(f(2))
    x += (x := 100)
    out.append(x)
    return out


print(walrus())  # expect: [11, [2, 4, 2], 12, (3, 4, 4), True, {11: 11}, [0, 1, 2, 2], 7, 11, '33', 4, 111]


class Box:
    pass


def augmented():
    b = Box()
    b.v = 1
    b.v += 2
    d = {"k": [1]}
    d["k"] += [2]
    d["k"][0] -= 5
    n = 7
    n //= 2
    n <<= 3
    n |= 1
    n **= 2
    n %= 100
    n ^= 3
    n >>= 1
    n &= 0xff
    n *= 2
    n -= 1
    f = 5
    f /= 2
    s = "a"
    s += "b"
    s *= 2
    t = (1,)
    t += (2,)
    return b.v, d, n, f, s, t


print(augmented())  # expect: (3, {'k': [-4, 2]}, 25, 2.5, 'abab', (1, 2))
G = 1


def globals_():
    global G, H
    G += 1
    H = G * 2
    del G
    return H


print(globals_(), H, "G" in globals())  # expect: 4 4 False


def counter():
    n = 0

    def inc(by=1):
        nonlocal n
        n += by
        return n

    def get():
        return n

    return inc, get


inc, get = counter()
print(inc(), inc(5), get())  # expect: 1 6 6


def cells(a, b=2, *c, d=4, **e):
    def inner():
        return a, b, c, d, e

    a += 1
    return inner()


print(cells(1), cells(1, 2, 3, d=5, x=6))  # expect: (2, 2, (), 4, {}) (2, 2, (3,), 5, {'x': 6})


def free_unbound():
    def inner():
        return later

    try:
        inner()
    except NameError as e:
        msg = str(e)
    later = 1
    return msg, inner()


print(free_unbound())  # expect: ("cannot access free variable 'later' where it is not associated with a value in enclosing scope", 1)


def del_cell():
    x = 1

    def f():
        return x

    del x
    try:
        f()
    except NameError as e:
        return str(e)


print(del_cell())  # expect: cannot access free variable 'x' where it is not associated with a value in enclosing scope


def deletions():
    d = {1: 2, 3: 4}
    l = [1, 2, 3, 4]
    b = Box()
    b.x = 1
    del d[1], l[1:3], b.x
    a = c = 1
    del (a, [c])
    return d, l, hasattr(b, "x"), "a" in locals()


print(deletions())  # expect: ({3: 4}, [1, 4], False, False)


def slices():
    l = list(range(10))
    l[2:4] = "ab"
    l[::5] = [0, 0]
    return l[1:3], l[:2], l[-1:], l[::-3], l[1:8:2], "hello"[1], (1, 2, 3)[-1]


print(slices())  # expect: ([1, 'a'], [0, 1], [9], [9, 6, 'b', 0], [1, 'b', 0, 7], 'e', 3)


def comps():
    n = 3
    a = [i * n for i in range(4) if i % 2]
    b = {i: j for i, j in zip("ab", range(2))}
    c = {x for y in [[1], [2, 3]] for x in y if x != 2}
    d = list(i + j for i in range(2) for j in range(i, 3))
    e = [[k for k in range(m)] for m in range(3)]
    fs = [lambda: v for v in range(3)]
    return a, b, sorted(c), d, e, [f() for f in fs]


print(comps())  # expect: ([3, 9], {'a': 0, 'b': 1}, [1, 3], [0, 1, 2, 2, 3], [[], [0], [0, 1]], [2, 2, 2])


class Scope:
    n = 2
    vals = [n for _ in range(2)] if False else [i for i in range(n)]
    def method(self):
        return __class__.__name__, self.n

    class Inner:
        y = 1

    z = Inner.y + n


print(Scope.vals, Scope().method(), Scope.z, Scope.Inner.__qualname__, Scope.method.__qualname__)  # expect: [0, 1] ('Scope', 2) 3 Scope.Inner Scope.method
x = "global"


def class_scopes():
    x = "local"

    class C:
        y = x
        x = "class"
        z = x

        def f(self):
            return x

    return C.y, C.z, C().f()


print(class_scopes())  # expect: ('global', 'class', 'local')


def mangled():
    class M:
        __p = 1

        def get(self):
            return self.__p, [self.__p for _ in "a"]

    return M().get(), hasattr(M, "_M__p")


print(mangled())  # expect: ((1, [1]), True)
print(1 + 2 * 3 - 4 // 3 % 5, -2 ** 2, 2 ** -1, "a" * 3 + "b", (1, 2) + (3,), not 0, ~5, 1 << 70, 10 ** 30, -7 // 2, -7 % 3, 7.5 // -2, 7.5 % -2, 0.0 * -1)  # expect: 6 -4 0.5 aaab (1, 2, 3) True -6 1180591620717411303424 1000000000000000000000000000000 -4 2 -4.0 -0.5 -0.0
print([1, 2, 3], {1, 2, 3} == {3, 2, 1}, 3 in [1, 2, 3], 4 not in {1, 2}, "%s-%r-%a" % (1, "x", "é"), "%d%%" % 5)  # expect: [1, 2, 3] True True True 1-'x'-'\xe9' 5%
big = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, x, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, *"ab", 35]
print(len(big), big[10], big[-3:])  # expect: 38 global ['a', 'b', 35]
bigd = {0: x, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9, 10: 10, 11: 11, 12: 12, 13: 13, 14: 14, 15: 15, 16: 16, 17: x, **{"z": 1}, 18: 18}
print(len(bigd), bigd[17], bigd["z"], bigd[18])  # expect: 20 global 1 18
v: int = 5
u: "forward"
print(v, __annotations__)  # expect: 5 {'v': <class 'int'>, 'u': 'forward'}
