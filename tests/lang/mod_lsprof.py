# Module _lsprof, which cProfile stands on.
import _lsprof
import cProfile
import gc
import threading


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def gen(n):
    for i in range(n):
        yield len(str(i))


def thrower(n):
    if n == 0:
        raise ValueError
    thrower(n - 1)


def work():
    fib(5)
    sum(gen(3))
    try:
        thrower(2)
    except ValueError:
        pass
    [].append(1)
    return sorted([2, 1], key=lambda x: -x)


def name(code):
    return code if isinstance(code, str) else code.co_name


def rows(p):
    return sorted((name(e.code), e.callcount, e.reccallcount) for e in p.getstats())


def callees(p, of):
    return [sorted((name(s.code), s.callcount, s.reccallcount) for s in e.calls or ()) for e in p.getstats() if name(e.code) == of]


gc.collect()  # callbacks of the import system's weak references are not to be profiled
p = _lsprof.Profiler()
p.enable()
work()
p.disable()
for row in rows(p):
    print(*row)
# expect: <built-in method builtins.len> 3 0
# expect: <built-in method builtins.sorted> 1 0
# expect: <built-in method builtins.sum> 1 0
# expect: <lambda> 2 0
# expect: <method 'append' of 'list' objects> 1 0
# expect: <method 'disable' of '_lsprof.Profiler' objects> 1 0
# expect: fib 15 14
# expect: gen 4 0
# expect: thrower 3 2
# expect: work 1 0
print(callees(p, "fib"), callees(p, "gen"))  # expect: [[('fib', 14, 12)]] [[('<built-in method builtins.len>', 3, 0)]]
print(callees(p, "<built-in method builtins.sorted>"))  # expect: [[('<lambda>', 2, 0)]]
print([all(0 <= e.inlinetime <= e.totaltime + 1e-9 for e in p.getstats()), type(p.getstats()[0]).__name__])  # expect: [True, 'profiler_entry']
p.clear()
print(p.getstats())  # expect: []

# Another timer; without functions in C; without callees.
ticks = iter(range(10, 1000, 10))
p = _lsprof.Profiler(lambda: next(ticks), 0.5, builtins=False)
p.enable(subcalls=False)
fib(2)
p.disable()
for e in p.getstats():
    print(name(e.code), *e[1:])  # expect: fib 3 2 25.0 25.0 None
p = _lsprof.Profiler(lambda: 1 / 2)
p.enable()
fib(1)
p.disable()
print(p.getstats()[0][1:5])  # expect: (1, 0, 0.0, 0.0)

# The profiled thread alone is; each may have a profiler of its own.
counts = {}


def in_thread(i):
    own = cProfile.Profile()
    own.runcall(fib, i)
    counts[i] = rows(own)[-1]


p = cProfile.Profile()
with p:
    threads = [threading.Thread(target=in_thread, args=(i,)) for i in range(2, 6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
print(any(r[0] in ("fib", "in_thread") for r in rows(p)), [counts[i] for i in sorted(counts)])
# expect: False [('fib', 3, 2), ('fib', 5, 4), ('fib', 9, 8), ('fib', 15, 14)]

# What was entered before, or has not returned, and what is raised to the outside.
p = cProfile.Profile()


def starts():
    p.enable()


starts()
try:
    thrower(1)
except ValueError:
    fib(1)
p.create_stats()
print(sorted((k[2], v[0], v[1]) for k, v in p.stats.items() if "disable" not in k[2]))  # expect: [('create_stats', 1, 1), ('fib', 1, 1), ('thrower', 1, 2)]


class Sub(_lsprof.Profiler):
    pass


for args in ("x", "y"), (None, 0.0, True, True, 5):
    try:
        Sub(*args)
    except TypeError as e:
        print(e)
# expect: must be real number, not str
# expect: Profiler() takes at most 4 arguments (5 given)
