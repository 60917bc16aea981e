"""Objects that change threads: generators, coroutines, exceptions with tracebacks, frames, weak references, closures, iterators; collections
asked for by several threads at once; ids; context variables; imports of the same modules."""
import contextvars
import gc
import importlib
import os
import queue
import sys
import tempfile
import threading
import weakref
from common import THREADS, amount, ok, run

N = amount(150)


def ring(step):
    """Each thread takes an object from its queue, works on it, and passes it on: every object visits all threads."""
    queues = [queue.SimpleQueue() for _ in range(THREADS)]
    rounds = max(2, N // 8)

    def work(me):
        for _ in range(rounds):
            obj = queues[me].get(timeout=200)
            queues[(me + 1) % THREADS].put(step(obj, me))

    return queues, lambda: run(*[(work, (t,)) for t in range(THREADS)]), rounds


def test_generators():
    def source(start):
        total = start
        try:
            while True:
                got = yield total
                total += got or 0
        finally:
            closed.append(start)

    def delegating(start):
        yield from source(start)

    closed, sums = [], [0]

    def step(g, me):
        g.send(me)
        return g

    queues, go, rounds = ring(step)
    made = []
    for t in range(THREADS):
        g = (delegating if t % 2 else source)(t)
        assert next(g) == t
        made.append(g)
        queues[t].put(g)
    go()
    sums = sum(next(g) - t for t, g in enumerate(made))
    assert sums == rounds * sum(range(THREADS)), sums
    for g in made:
        g.close()
    assert sorted(closed) == list(range(THREADS))


def test_shared_iterators():
    """next() of one iterator in several threads: every item once."""
    n = N * 5
    for it in (iter(list(range(n))), iter(range(n)), enumerate(range(n)), zip(range(n), range(n)), map(int, range(n)), reversed(range(n))):
        seen = []

        def take(it=it):
            for x in it:
                seen.append(x)

        run(*[take] * THREADS)
        assert len(seen) == len(set(seen)) == n, (it, len(seen))


def test_exceptions():
    def fail(n):
        if n == 0:
            raise KeyError("deep")
        local = [n] * n
        fail(n - 1)
        return local

    def step(e, me):
        try:
            raise e
        except KeyError as caught:
            assert caught is e
        try:
            try:
                fail(me % 5)
            except KeyError as inner:
                raise ValueError(me) from inner
        except ValueError as outer:
            frame = outer.__cause__.__traceback__
            while frame.tb_next:
                frame = frame.tb_next
            assert frame.tb_frame.f_locals["n"] == 0
            assert outer.__context__ is outer.__cause__
        return e.with_traceback(None)

    queues, go, _ = ring(step)
    for t in range(THREADS):
        queues[t].put(KeyError(t))
    go()


class Node:
    def __init__(self, n):
        self.n, self.links = n, []


def test_weak_references():
    cache, refs, called = weakref.WeakValueDictionary(), [], []
    keys = weakref.WeakKeyDictionary()

    def work(me):
        kept = []
        for i in range(N):
            node = Node((me, i))
            node.links.append(node)
            cache[me, i % 7] = node
            keys[node] = i
            refs.append(weakref.ref(node, lambda r: called.append(1)))
            other = cache.get(((me + 1) % THREADS, i % 7))
            assert other is None or other.n[0] == (me + 1) % THREADS
            if i % 10 == 0:
                kept.append(node)
                assert id(node) == id(kept[-1]) and id(node) != id(kept)
            if i % 40 == 39:
                gc.collect()
        for node in kept:
            assert node.links[0] is node and keys[node] == node.n[1]

    run(*[(work, (t,)) for t in range(THREADS)])
    gc.collect()
    gc.collect()
    assert all(r() is None or r().links[0] is r() for r in refs)


def test_collections():
    """gc.collect() everywhere, over large arrays and what they hold."""
    def work(me):
        for i in range(max(3, N // 20)):
            big = [[j] for j in range(3000)]
            table = {j: str(j) for j in range(500)}
            data = bytearray(20000)
            data[i] = me + 1
            gc.collect()
            assert big[2999] == [2999] and table[499] == "499" and data[i] == me + 1
            del big[1000:]
            gc.collect()
            assert len(big) == 1000 and big[999] == [999] and sum(map(len, big)) == 1000

    run(*[(work, (t,)) for t in range(THREADS)])


def test_all_objects():
    """gc.get_objects() while others make objects and drop them: whole objects only."""
    def work(me):
        for i in range(max(3, N // 30)):
            keep = [[Node(j)] for j in range(300)]
            for k in keep:
                k.append(keep)
            del keep[::2]
            if me < 2:
                seen = sum(1 for o in gc.get_objects() if type(o) is Node and getattr(o, "links", []) == [])
                assert seen
            gc.collect()
            assert all(type(k[0]) is Node and k[1] is keep for k in keep)

    run(*[(work, (t,)) for t in range(THREADS)])


def test_finalizers():
    """__del__ that resurrects, and finalizers of weakref, once each."""
    back, ended = [], []

    class Phoenix:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            back.append(self)

    def work(me):
        for i in range(N):
            p = Phoenix((me, i))
            weakref.finalize(p, ended.append, (me, i))
            del p
            if i % 50 == 49:
                gc.collect()

    run(*[(work, (t,)) for t in range(THREADS)])
    gc.collect()
    assert len({p.n for p in back}) == len(back) and len(set(ended)) == len(ended)


def test_context():
    var = contextvars.ContextVar("var", default=-1)

    def work(me):
        for i in range(N):
            token = var.set((me, i))
            copy = contextvars.copy_context()
            assert copy.run(var.get) == (me, i)
            var.reset(token)
            assert var.get() == -1

    run(*[(work, (t,)) for t in range(THREADS)])


def test_imports():
    """The same new modules imported by all threads at once: each is executed once."""
    with tempfile.TemporaryDirectory() as folder:
        for i in range(max(3, N // 20)):
            with open(os.path.join(folder, f"stress_module_{i}.py"), "w") as f:
                f.write(f"import stress_count\nstress_count.seen.append({i})\nclass C:\n    x = {i}\ndef f(): return C.x\n")
        with open(os.path.join(folder, "stress_count.py"), "w") as f:
            f.write("seen = []\n")
        sys.path.insert(0, folder)

        def work():
            for i in range(max(3, N // 20)):
                m = importlib.import_module(f"stress_module_{i}")
                assert m.f() == i == m.C().x

        run(*[work] * THREADS)
        import stress_count
        assert stress_count.seen == list(range(max(3, N // 20)))
        sys.path.remove(folder)


test_generators()
test_shared_iterators()
test_exceptions()
test_weak_references()
test_collections()
test_all_objects()
test_finalizers()
test_context()
test_imports()
ok("handover")
