# C code that calls Python, with transactions that begin inside the calls and are aborted after they have returned.
import _queue
import functools
import itertools
import threading

shared = [0]


def touch(x):
    shared[0] += 1
    for _ in range(3):
        pass
    return x


class Key:
    def __init__(self, value):
        self.value = value

    def __hash__(self):
        return hash(touch(self.value))

    def __eq__(self, other):
        return touch(self.value) == other.value

    def __lt__(self, other):
        return touch(self.value) < other.value

    def __repr__(self):
        return f"Key({touch(self.value)})"


def work(n):
    total = sum(touch(i) for i in range(n))
    ordered = sorted(range(n), key=lambda i: touch(-i))
    keyed = sorted(Key(i * 7 % n) for i in range(n))
    table = {Key(i % 5): i for i in range(n)}
    text = ",".join(str(touch(i)) for i in range(n))
    mapped = list(map(touch, filter(lambda i: touch(i) % 2, range(n))))
    reduced = functools.reduce(lambda a, b: touch(a) + b, range(n))
    grouped = [(k, len(list(g))) for k, g in itertools.groupby(range(n), key=lambda i: touch(i) // 4)]
    biggest = max((touch(i) for i in range(n)), key=lambda i: touch(i) % 13)
    nested = sum(sum(touch(j) for j in range(i)) for i in range(8))
    many = len("{}" * 90) and max(*(touch(i) for i in range(3000)))
    return (total, ordered[0], [k.value for k in keyed] == list(range(n)), sorted(table.values()), len(text), sum(mapped), reduced,
            grouped[-1], biggest, nested, repr([Key(1), Key(2)]), many)


expected = work(40)
print(expected)  # expect: (780, 39, True, [35, 36, 37, 38, 39], 109, 400, 780, (9, 4), 12, 56, '[Key(1), Key(2)]', 2999)
results = []
threads = [threading.Thread(target=lambda: results.append(work(40))) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(results == [expected] * 4, shared[0] % 5)  # expect: True 0

# C code that waits in the middle of its work: what it has committed there is not done, or forgotten, by a second run.
queue = _queue.SimpleQueue()
results.clear()
threads = [threading.Thread(target=lambda: results.extend(list(iter(queue.get, None)))) for _ in range(3)]
for thread in threads:
    thread.start()
for i in range(100):
    queue.put(i)
    while i % 4 == 3 and not queue.empty():
        pass
for thread in threads:
    queue.put(None)
for thread in threads:
    thread.join()
print(sorted(results) == list(range(100)), queue.empty())  # expect: True True
