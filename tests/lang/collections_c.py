# _collections: deque, defaultdict, OrderedDict, namedtuple, Counter.
from collections import deque, defaultdict, OrderedDict, namedtuple, Counter, ChainMap
import copy, pickle


def err(fn, *args, **kw):
    try:
        return fn(*args, **kw)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


d = deque([1, 2, 3])
d.append(4)
d.appendleft(0)
d.extend([5, 6])
d.extendleft([-1, -2])
print(d, len(d), d[0], d[-1], d[3])  # expect: deque([-2, -1, 0, 1, 2, 3, 4, 5, 6]) 9 -2 6 1
print(d.pop(), d.popleft(), d)  # expect: 6 -2 deque([-1, 0, 1, 2, 3, 4, 5])
d.rotate(2)
print(d)  # expect: deque([4, 5, -1, 0, 1, 2, 3])
d.rotate(-3)
print(d, d.index(3), d.count(3), 3 in d, 77 in d)  # expect: deque([0, 1, 2, 3, 4, 5, -1]) 3 1 True False
d.insert(2, "x")
d.remove(3)
del d[0]
d[0] = "y"
d.reverse()
print(d)  # expect: deque([-1, 5, 4, 2, 'x', 'y'])
m = deque("abcdef", maxlen=3)
m.append("g")
print(m, m.maxlen, m + deque("zz"), m * 2, deque([1]) * 3)  # expect: deque(['e', 'f', 'g'], maxlen=3) 3 deque(['g', 'z', 'z'], maxlen=3) deque(['e', 'f', 'g'], maxlen=3) deque([1, 1, 1])
m.appendleft("q")
print(m, list(reversed(m)), m == deque(["q", "e", "f"]), deque([1, 2]) < deque([1, 3]))  # expect: deque(['q', 'e', 'f'], maxlen=3) ['f', 'e', 'q'] True True
print(err(m.insert, 0, 1))  # expect: IndexError: deque already at its maximum size
print(err(deque().pop))  # expect: IndexError: pop from an empty deque
print(err(deque().popleft))  # expect: IndexError: pop from an empty deque
print(err(lambda: d[99]))  # expect: IndexError: deque index out of range
print(err(lambda: d["a"]))  # expect: TypeError: sequence index must be integer, not 'str'
print(err(d.remove, 77))  # expect: ValueError: 77 is not in deque
print(err(deque, [], -1))  # expect: ValueError: maxlen must be non-negative
print(err(deque, 5))  # expect: TypeError: 'int' object is not iterable
print(err(lambda: hash(deque())))  # expect: TypeError: unhashable type: 'collections.deque'


def mutate():
    q = deque([1, 2])
    for x in q:
        q.append(x)


print(err(mutate))  # expect: RuntimeError: deque mutated during iteration
q = deque()
for i in range(10000):
    q.append(i)
    if i % 3 == 0:
        q.popleft()
print(len(q), q[0], q[-1], sum(q), q[len(q) // 2])  # expect: 6666 3334 9999 44438889 6667
print(copy.copy(m), pickle.loads(pickle.dumps(m)), m.copy().maxlen, list(copy.copy(iter(deque([1, 2])))))  # expect: deque(['q', 'e', 'f'], maxlen=3) deque(['q', 'e', 'f'], maxlen=3) 3 [1, 2]
r = deque()
r.append(r)
print(r)  # expect: deque([[...]])
z = deque([1, 2, 3])
z += z
z *= 2
print(z)  # expect: deque([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3])
dd = defaultdict(list)
dd["a"].append(1)
dd["b"]
print(dd, dd.default_factory, dd.get("zz"), defaultdict(int, {1: 2}, a=3))  # expect: defaultdict(<class 'list'>, {'a': [1], 'b': []}) <class 'list'> None defaultdict(<class 'int'>, {1: 2, 'a': 3})
print(err(lambda: defaultdict(None)[3]))  # expect: KeyError: 3
print(err(defaultdict, 5))  # expect: TypeError: first argument must be callable or None
print(dd.copy(), dd | {"c": 1}, type({} | dd), pickle.loads(pickle.dumps(dd)))  # expect: defaultdict(<class 'list'>, {'a': [1], 'b': []}) defaultdict(<class 'list'>, {'a': [1], 'b': [], 'c': 1}) <class 'collections.defaultdict'> defaultdict(<class 'list'>, {'a': [1], 'b': []})
cnt = defaultdict(int)
for ch in "mississippi":
    cnt[ch] += 1
print(dict(cnt))  # expect: {'m': 1, 'i': 4, 's': 4, 'p': 2}
od = OrderedDict([("a", 1), ("b", 2), ("c", 3)])
od.move_to_end("a")
print(od, list(od), list(reversed(od)))  # expect: OrderedDict([('b', 2), ('c', 3), ('a', 1)]) ['b', 'c', 'a'] ['a', 'c', 'b']
od.move_to_end("c", last=False)
print(od.popitem(last=False), od.popitem(), od)  # expect: ('c', 3) ('a', 1) OrderedDict([('b', 2)])
print(OrderedDict(a=1, b=2) == OrderedDict(b=2, a=1), OrderedDict(a=1, b=2) == dict(b=2, a=1))  # expect: False True
print(od.keys(), od.values(), od.items(), OrderedDict(), od | {"z": 1}, od.setdefault("n", 4), od.pop("n"))  # expect: odict_keys(['b']) odict_values([2]) odict_items([('b', 2)]) OrderedDict() OrderedDict([('b', 2), ('z', 1)]) 4 4
print(err(od.pop, "nope"), err(OrderedDict().popitem), err(od.move_to_end, "q"))  # expect: KeyError: 'nope' KeyError: 'dictionary is empty' KeyError: 'q'


def churn():
    o = OrderedDict.fromkeys("ab")
    for k in o:
        o.move_to_end(k)


print(err(churn))  # expect: RuntimeError: OrderedDict mutated during iteration
lru = OrderedDict()
for i in range(5000):
    lru[i % 70] = i
    lru.move_to_end(i % 70)
    if len(lru) > 50:
        lru.popitem(last=False)
print(len(lru), next(iter(lru)), list(lru)[-1])  # expect: 50 50 29


class OD(OrderedDict):
    def __setitem__(self, k, v):
        super().__setitem__(k, v * 2)


o = OD(a=1)
o.update(b=2)
o.tag = 1
print(o, o.copy() == o, copy.copy(o).tag, pickle.loads(pickle.dumps(OrderedDict(a=1))))  # expect: OD([('a', 2), ('b', 4)]) False 1 OrderedDict([('a', 1)])
P = namedtuple("P", "x y", defaults=[5])
p = P(1)
print(p, p.x, p.y, p._replace(x=9), p._asdict(), P._fields, p == (1, 5), P.x.__doc__)  # expect: P(x=1, y=5) 1 5 P(x=9, y=5) {'x': 1, 'y': 5} ('x', 'y') True Alias for field number 0
print(err(lambda: setattr(p, "x", 3)))  # expect: AttributeError: can't set attribute
c = Counter("abracadabra")
print(c, c.most_common(2), c["zz"], c + Counter("aa"), sum(c.values()))  # expect: Counter({'a': 5, 'b': 2, 'r': 2, 'c': 1, 'd': 1}) [('a', 5), ('b', 2)] 0 Counter({'a': 7, 'b': 2, 'r': 2, 'c': 1, 'd': 1}) 11
c.update("zzz")
c.subtract("a")
print(c, Counter(a=1) == Counter(a=1, b=0))  # expect: Counter({'a': 4, 'z': 3, 'b': 2, 'r': 2, 'c': 1, 'd': 1}) True
cm = ChainMap({"a": 1}, {"a": 2, "b": 3})
print(cm["a"], cm["b"], sorted(cm))  # expect: 1 3 ['a', 'b']
