# Dicts: methods, order, views, errors, odd keys.
def err(fn, *args, **kw):
    try:
        return fn(*args, **kw)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


d = {"a": 1, "b": 2}
d["c"] = 3
d["a"] = 10
print(d, len(d), d["b"], "c" in d, "z" in d, d.get("z"), d.get("z", 5))  # expect: {'a': 10, 'b': 2, 'c': 3} 3 2 True False None 5
del d["a"]
d["a"] = 4
print(d, list(d), list(d.items()), list(d.values()))  # expect: {'b': 2, 'c': 3, 'a': 4} ['b', 'c', 'a'] [('b', 2), ('c', 3), ('a', 4)] [2, 3, 4]
print(d.pop("b"), d.pop("nope", "dflt"), d.setdefault("q", 9), d.setdefault("q", 1), d)  # expect: 2 dflt 9 9 {'c': 3, 'a': 4, 'q': 9}
print(d.popitem(), d)  # expect: ('q', 9) {'c': 3, 'a': 4}
d.update({"x": 1}, y=2)
d.update([("z", 3)], w=4)
print(d)  # expect: {'c': 3, 'a': 4, 'x': 1, 'y': 2, 'z': 3, 'w': 4}
print({"a": 1} | {"b": 2}, {"a": 1} | {"a": 2})  # expect: {'a': 1, 'b': 2} {'a': 2}
d |= [("k", "v")]
print(d)  # expect: {'c': 3, 'a': 4, 'x': 1, 'y': 2, 'z': 3, 'w': 4, 'k': 'v'}
print(d == dict(d), d != {}, {1: 2} == {1.0: 2.0}, {1: 2} == {1: 3})  # expect: True True True False
print(dict(a=1, b=2), dict([(1, 2)]), dict({3: 4}, c=5), dict.fromkeys("ab"), dict.fromkeys([1, 2], 0))  # expect: {'a': 1, 'b': 2} {1: 2} {3: 4, 'c': 5} {'a': None, 'b': None} {1: 0, 2: 0}
print(list(reversed({"a": 1, "b": 2})), list(reversed({"a": 1}.items())), list(reversed({1: 2, 3: 4}.values())))  # expect: ['b', 'a'] [('a', 1)] [4, 2]
k = {"a": 1, "b": 2}.keys()
print(k, {"a": 1}.values(), {"a": 1}.items(), len(k), "a" in k)  # expect: dict_keys(['a', 'b']) dict_values([1]) dict_items([('a', 1)]) 2 True
print(sorted(k & {"a", "z"}), sorted(k | ["q"]), sorted(k - {"a"}), sorted(k ^ {"b", "n"}))  # expect: ['a'] ['a', 'b', 'q'] ['b'] ['a', 'n']
print(k == {"a", "b"}, k <= {"a", "b", "c"}, k < {"a", "b"}, k.isdisjoint(["z"]), ("a", 1) in {"a": 1}.items())  # expect: True True False True True
print({"a": 1}.items() & [("a", 1), ("b", 2)], {1: 2}.keys().mapping)  # expect: {('a', 1)} {1: 2}
r = {}
r["self"] = r
print(r, {}, {1: {2: [3]}})  # expect: {'self': {...}} {} {1: {2: [3]}}
print({1: "i", 1.0: "f", True: "t"}, {0: 1}[False], {2**70: 1}[2**70], {(1, 2): 3}[1, 2], {None: 0}[None])  # expect: {1: 't'} 1 1 3 0
print(err(lambda: {}["k"]))  # expect: KeyError: 'k'
print(err({}.pop, 1))  # expect: KeyError: 1
print(err({}.popitem))  # expect: KeyError: 'popitem(): dictionary is empty'
print(err({}.__delitem__, 3))  # expect: KeyError: 3
print(err(lambda: {[]: 1}))  # expect: TypeError: unhashable type: 'list'
print(err(lambda: {}[[]]))  # expect: TypeError: unhashable type: 'list'
print(err(dict, 5))  # expect: TypeError: 'int' object is not iterable
print(err(dict, [1]))  # expect: TypeError: cannot convert dictionary update sequence element #0 to a sequence
print(err(dict, [(1, 2, 3)]))  # expect: ValueError: dictionary update sequence element #0 has length 3; 2 is required
print(err(dict, 1, 2))  # expect: TypeError: dict expected at most 1 argument, got 2
print(err({}.update, 1, 2))  # expect: TypeError: update expected at most 1 argument, got 2
print(err(lambda: {} | []))  # expect: TypeError: unsupported operand type(s) for |: 'dict' and 'list'
print(err(lambda: hash({})))  # expect: TypeError: unhashable type: 'dict'


def mutate():
    m = {1: 1, 2: 2}
    for x in m:
        m[x + 10] = 1


print(err(mutate))  # expect: RuntimeError: dictionary changed size during iteration


def shrink():
    m = {1: 1, 2: 2}
    for x in m:
        del m[x]


print(err(shrink))  # expect: RuntimeError: dictionary changed size during iteration


class M(dict):
    def __missing__(self, key):
        return f"<{key}>"


m = M(a=1)
m.attr = 5
print(m["a"], m["zz"], m.get("zz"), m, type(m.copy()), m.attr, "zz" in m)  # expect: 1 <zz> None {'a': 1} <class 'dict'> 5 False


class Key:
    def __init__(self, v):
        self.v = v

    def __hash__(self):
        return self.v % 3

    def __eq__(self, other):
        return isinstance(other, Key) and self.v == other.v

    def __repr__(self):
        return f"Key({self.v})"


kd = {Key(i): i for i in range(20)}
print(len(kd), kd[Key(7)], Key(21) in kd, kd.pop(Key(3)), len(kd), list(kd)[:4])  # expect: 20 7 False 3 19 [Key(0), Key(1), Key(2), Key(4)]
for i in range(0, 20, 2):
    kd.pop(Key(i), None)
print(list(kd.values()), kd[Key(19)])  # expect: [1, 5, 7, 9, 11, 13, 15, 17, 19] 19


class S(str):
    pass


sd = {"x": 1}
print(sd[S("x")], S("y") in sd)  # expect: 1 False
sd[S("y")] = 2
print(sd["y"], sd, sd["x"], "q" in sd)  # expect: 2 {'x': 1, 'y': 2} 1 False
big = {}
for i in range(3000):
    big[i] = i * 2
    big[str(i)] = i
print(len(big), big[1234], big["2999"], sum(v for v in big.values()))  # expect: 6000 2468 2999 13495500
for i in range(0, 3000, 2):
    del big[i]
print(len(big), 2 in big, big[3], list(big)[:4])  # expect: 4500 False 6 ['0', 1, '1', '2']
for i in range(3000):
    big.pop(str(i))
print(len(big), list(big)[:3], list(big.items())[-1])  # expect: 1500 [1, 3, 5] (2999, 5998)
for i in range(3000, 4000):
    big[i] = 0
    del big[i]
print(len(big), list(big)[-1])  # expect: 1500 2999
q = {}
for i in range(1000):
    q[i] = i
    if len(q) > 3:
        del q[next(iter(q))]
print(q)  # expect: {997: 997, 998: 998, 999: 999}
print({i: i * i for i in range(5)}, {**{"a": 1}, "b": 2, **{"a": 3}})  # expect: {0: 0, 1: 1, 2: 4, 3: 9, 4: 16} {'a': 3, 'b': 2}


class Evil:
    def __init__(self, d):
        self.d = d

    def __hash__(self):
        return hash("spot")

    def __eq__(self, other):
        self.d.clear()
        return False


ed = {}
e = Evil(ed)
ed["spot"] = 1
print(ed.get(e, "gone"), len(ed))  # expect: gone 0
ed["spot"] = 1
ed[e] = 2
print(len(ed))  # expect: 1
print(err(lambda: (lambda **kw: kw)(**{"a": 1}, **{"a": 2})).split(".")[-1])  # expect: <lambda>() got multiple values for keyword argument 'a'
print((lambda **kw: kw)(**{"a": 1}, **{"b": 2}))  # expect: {'a': 1, 'b': 2}
it = iter({1: 2, 3: 4})
print(next(it), it.__length_hint__(), list(it))  # expect: 1 1 [3]
