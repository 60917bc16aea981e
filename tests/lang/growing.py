# Containers that grow over many sizes: storage that was outgrown is freed while others are at work on it.
import gc

a, d, s = [], {}, set()
for i in range(6000):
    a.append(str(i))
    d[i, 1] = a
    s.add(i * 3)
print(len(a), a[5999], len(d), len(s), sum(map(len, a)), d[777, 1] is a)  # expect: 6000 5999 6000 6000 22890 True


# Iterators and comparisons that meet a change of size.
class Key:
    table = {}
    grown = False

    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return 5

    def __eq__(self, other):
        if not Key.grown:
            Key.grown = True
            for i in range(2500):
                Key.table[i] = [i]
            gc.collect()
        return isinstance(other, Key) and self.n == other.n


for i in range(3):
    Key.table[Key(i)] = i
print(Key.table[Key(2)], len(Key.table), Key.table[2499])  # expect: 2 2503 [2499]
x = list(range(3000))
for n, v in enumerate(x):
    if len(x) < 6000:
        x.append(v)
print(len(x), sum(x), n)  # expect: 6000 8997000 5999


class Grow:
    def __init__(self, target, size):
        self.target, self.size = target, size

    def __lt__(self, other):
        while len(self.target) < self.size:
            self.target.append([0])
        return self.size < other.size


for round in range(3):
    y = [[i] for i in range(3000)]
    y += [Grow(y, 6000), Grow(y, 6001)]
    print(max(y[3000], y[3001]).size, len(y), y[2345])
# expect: 6001 6000 [2345]
# expect: 6001 6000 [2345]
# expect: 6001 6000 [2345]
from collections import deque
q = deque()
for i in range(4000):
    q.append(i)
    if i % 3 == 0: q.popleft()
print(len(q), q[0], q[-1])  # expect: 2666 1334 3999
b = {}
for round in range(3):
    for i in range(2000): b[i] = [i]
    c = list(b.items())
    b.clear()
    assert len(c) == 2000 and c[777] == (777, [777])
print(len(b))  # expect: 0
