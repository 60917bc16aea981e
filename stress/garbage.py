"""Garbage in several threads: cycles, weak references and their callbacks, __del__, while others commit."""
import gc
import weakref
from common import THREADS, amount, ok, run


class Node:
    def __init__(self, value):
        self.value, self.other = value, None


deleted, called = [], []


class Noisy:
    def __init__(self, me, i):
        self.name = me, i

    def __del__(self):
        deleted.append(self.name)


def work(me):
    keep, weak = {}, weakref.WeakValueDictionary()
    for i in range(amount(1000)):
        a, b = Node(i), Node([i] * 10)
        a.other, b.other = b, a
        if i % 10 == 0:
            keep[i] = a
            weak[i] = a
        if i % 50 == 0:
            Noisy(me, i)
            r = weakref.ref(Node(i), lambda _: called.append(i))
            del r
        if i % 500 == 250:
            gc.collect()
        text = "".join(str(j) for j in range(20))
        assert len(text) == 30
    for i, a in keep.items():
        assert a.value == i and a.other.value == [i] * 10 and a.other.other is a and weak[i] is a
    keep.clear()
    del a, b


run(*[(work, (t,)) for t in range(THREADS)])
gc.collect()
gc.collect()
expected = [(t, i) for t in range(THREADS) for i in range(0, amount(1000), 50)]
assert len(deleted) == len(set(deleted)) and set(deleted) <= set(expected)
assert len(deleted) > len(expected) // 2, (len(deleted), len(expected))
ok("garbage")
