# marshal: values and code objects survive a round trip; damaged data is an error, never a crash.
import marshal

values = [None, True, False, ..., 0, -1, 2**31, -2**31 - 1, 2**62, -10**40, 1.5, -0.0, 1e300, float("inf"), 3 - 4j, "", "abc", "é", "\U0001f600", "\ud800",
          "x" * 300, b"", b"\x00\xff", (), (1, (2, 3)), [1, [2]], {"a": 1, 2: (3,)}, {1, 2}, frozenset({"a"}), StopIteration]
again = marshal.loads(marshal.dumps(values))
print(again == values, [type(v).__name__ for v in again] == [type(v).__name__ for v in values], str(again[11]))  # expect: True True -0.0
source = '''
def f(a, b=2, *args, c: int = 3, **kw):
    "doc"
    def inner(): return a + b, args, c, kw
    try:
        return inner()
    finally:
        pass
class C(object):
    x = [i * 2 for i in range(3)]
    def m(self): return super().__repr__()[:2]
result = f(1, 5, 6, c=7, d=8), C.x, C().m(), f.__doc__, f.__annotations__
'''
code = compile(source, "<made>", "exec")
data = marshal.dumps(code)
ns = {}
exec(marshal.loads(data), ns)
print(ns["result"])  # expect: ((6, (6,), 7, {'d': 8}), [0, 2, 4], '<C', 'doc', {'c': <class 'int'>})
print(marshal.dumps(marshal.loads(data)) == data, marshal.loads(data).co_filename, marshal.loads(bytearray(data)).co_name)  # expect: True <made> <module>


def attempt(data):
    try:
        marshal.loads(data)
        return "loaded"
    except (ValueError, EOFError, TypeError) as e:
        return type(e).__name__


print({attempt(data[:n]) for n in range(0, len(data), 7)})  # expect: {'EOFError'}
damaged = set()
for n in range(5, len(data), 11):
    damaged.add(attempt(data[:n] + bytes([data[n] ^ 0x55]) + data[n + 1:]))
print(damaged)  # expect: {'ValueError'}
print({attempt(bytes([k]) + b"\xff\xff\xff\xff" * 3) for k in range(256)} <= {"ValueError", "EOFError", "TypeError", "loaded"})  # expect: True
for bad in (object(), 1 .__add__, lambda: 0):
    try:
        marshal.dumps([bad])
        print("no error")
    except ValueError as e:
        last = str(e)
print(last)  # expect: unmarshallable object
deep = []
for i in range(5000):
    deep = [deep]
try:
    marshal.dumps(deep)
except ValueError as e:
    print(e)  # expect: object too deeply nested to marshal
recursive = []
recursive.append(recursive)
try:
    marshal.dumps(recursive)
except ValueError as e:
    print(e)  # expect: object too deeply nested to marshal
try:
    marshal.loads(b"")
except EOFError as e:
    print(e)  # expect: marshal data too short

# What functions hold is read when it is first needed.
lazy_source = '''
def plain(a, /, b=2, *, c=3): return a, b, c
def asked(x):
    "what it says"
    y = [x]
    def inner():
        "inside"
        return y
    return inner
class P:
    @property
    def value(self): "doc of value"; return 7
def replaced(): "first"; return 1
def other(): "second"; return 2
'''
def fresh():
    names = {}
    exec(marshal.loads(marshal.dumps(compile(lazy_source, "<lazy>", "exec"))), names)
    return names
n = fresh()
print(n["asked"].__doc__, n["asked"].__code__.co_consts is n["asked"].__code__.co_consts, n["asked"](5)(), n["asked"](5).__doc__)  # expect: what it says True [5] inside
print(n["plain"](1), n["plain"](1, c=5), n["plain"].__code__.co_varnames, n["plain"].__code__.co_kwonlyargcount)  # expect: (1, 2, 3) (1, 2, 5) ('a', 'b', 'c') 1
print(n["P"].value.__doc__, n["P"]().value)  # expect: doc of value 7
n["replaced"].__code__ = n["other"].__code__
print(n["replaced"].__doc__, n["replaced"](), n["other"].__doc__)  # expect: first 2 second
a, b = fresh(), fresh()
print(all(a[k].__code__ == b[k].__code__ and hash(a[k].__code__) == hash(b[k].__code__) for k in ("plain", "asked", "other")))  # expect: True
a, b = fresh(), fresh()
print(marshal.dumps(a["asked"].__code__) == marshal.dumps(b["asked"].__code__), a["plain"].__code__ == b["other"].__code__)  # expect: True False
c = fresh()["asked"].__code__.replace(co_name="new")
print(c.co_name, c.co_cellvars, [k.co_name for k in c.co_consts if hasattr(k, "co_name")], c.co_filename)  # expect: new ('y',) ['inner'] <lazy>
try:
    fresh()["plain"]()
except TypeError as e:
    print(e)  # expect: plain() missing 1 required positional argument: 'a'
import threading
shared, seen = fresh(), []
threads = [threading.Thread(target=lambda: seen.append((shared["asked"](1)(), shared["plain"](2)))) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(seen == [([1], (2, 2, 3))] * 4)  # expect: True
