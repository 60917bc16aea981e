# A store that follows a look-up of the same key in the same dict, and all that may come between them (vm/objects/found.h).
import gc
import threading


def between(change, size=20, key=3):
    """d[key] = d[key] + 1, with change(d) after the look-up."""
    d = {i: i for i in range(size)}
    d.update({"s%d" % i: i for i in range(size)})
    before = d[key]

    def value():
        change(d)
        return before + 1

    old = d.get(key)
    d[key] = value()
    assert old is not None and d[key] == before + 1, (change, d)
    assert key in d and sorted(map(str, d)) == sorted(set(map(str, d)))
    return list(d.items())


def delete(d): del d[3]
def delete_another(d): del d[2]
def clear(d): d.clear()
def clear_and_fill(d):
    d.clear()
    d[1] = 1
def grow(d):
    for i in range(1000, 1100): d[i] = i
def squeeze(d):
    for i in list(d):
        if i != 3: del d[i]
    for i in range(2000, 2050): d[i] = i
def move_to_end(d): d[3] = d.pop(3)
def collect(d): gc.collect()
def make_garbage(d):
    for i in range(200000): [i]
def popitem(d):
    while d: d.popitem()
def same_key_elsewhere(d):
    other = {3: "other", "s3": 1}
    other[3]
    other.get(3)
def replaced_by_update(d): d.update({3: 99, 5000: 1})


for change in (delete, delete_another, clear, clear_and_fill, grow, squeeze, move_to_end, collect, make_garbage, popitem,
               same_key_elsewhere, replaced_by_update):
    items = between(change)
    print(change.__name__, len(items), items.index((3, 4)))
# expect: delete 40 39
# expect: delete_another 39 2
# expect: clear 1 0
# expect: clear_and_fill 2 1
# expect: grow 140 3
# expect: squeeze 51 0
# expect: move_to_end 40 39
# expect: collect 40 3
# expect: make_garbage 40 3
# expect: popitem 1 0
# expect: same_key_elsewhere 40 3
# expect: replaced_by_update 41 3

# A dict and a key that die between: others come to lie where they were.
def die():
    for i in range(2000):
        d = {str(i) + "k": i, 7: 7, 8: 8}
        assert 7 in d
        d = {8: 8, 7: "seven", str(i): i}
        d[7] = i
        key = "x" * (i % 5)
        e = {key: 1}
        e.get(key)
        del e
        e = {"y" * (i % 5): 2}
        e["x" * (i % 5)] = 3
        assert list(d.items()) == [(8, 8), (7, i), (str(i), i)] and len(e) == (1 if i % 5 == 0 else 2), (i, d, e)
die()

# Each key is made right after a collection, so it often lies where the one was that was looked up last.
def again_at_the_same_place(step):
    d, expected = {"k0": 0, "k1": 0, "k2": 0}, [0, 0, 0]
    for i in range(40):
        gc.collect()
        key = "k%d" % (i % 3)
        if i % step: continue
        d[key] = i
        expected[i % 3] = i
        assert list(d.values()) == expected, (i, key, d)
        d.get(key)
again_at_the_same_place(1)
again_at_the_same_place(2)

# Present by `in`, by get, by subscript; subclasses; keys of other types.
class Sub(dict):
    def __setitem__(self, key, value):
        super().__setitem__(key, value * 10)

s = Sub(a=1)
s["a"] += 1
print(s)  # expect: {'a': 20}
d = {1: "int", "k": 0}
if True in d: d[True] = "bool"
if 1.0 in d: d[1.0] += "!"
d["k"] = d.get("k") + 1
d["k"] += 1
print(d)  # expect: {1: 'bool!', 'k': 2}

# Counting: every update of a shared dict by many threads arrives.
counts = {i: 0 for i in range(50)}
lock = threading.Lock()

def count(step):
    for i in range(4000):
        with lock:
            counts[i * step % 50] = counts.get(i * step % 50, 0) + 1
            counts[i * step % 50] += 1

threads = [threading.Thread(target=count, args=(step,)) for step in (1, 3, 7)]
for t in threads: t.start()
for t in threads: t.join()
print(sum(counts.values()))  # expect: 24000
