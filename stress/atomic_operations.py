"""What one bytecode or one call into C does is atomic: exact totals without locks."""
import collections
import itertools
from common import THREADS, amount, ok, run

N = amount(2000)
appended, shared_dict, shared_set, queue = [], {}, set(), collections.deque()
counter, setdefault = itertools.count(), {}
numbers, winners = [], []
big = {}


class Shared:
    pass


shared = Shared()


def work(me):
    mine = []
    for i in range(N):
        appended.append((me, i))
        shared_dict[me, i] = i
        shared_set.add(i)
        queue.append(i)
        mine.append(next(counter))
        if setdefault.setdefault(i, me) == me:
            winners.append(i)
        setattr(shared, f"a{me}_{i % 50}", i)
        big[me * N + i] = str(i)
    numbers.extend(mine)


popped = []


def consume():
    mine = []
    while True:
        try:
            mine.append(queue.popleft())
        except IndexError:
            break
    popped.extend(mine)


run(*[(work, (t,)) for t in range(THREADS)])
assert len(appended) == THREADS * N and len(set(appended)) == THREADS * N
for t in range(THREADS):
    assert [i for who, i in appended if who == t] == list(range(N))
assert len(shared_dict) == THREADS * N and all(shared_dict[t, i] == i for t in range(THREADS) for i in range(N))
assert shared_set == set(range(N))
assert sorted(numbers) == list(range(THREADS * N))
assert len(setdefault) == N and sorted(winners) == list(range(N)), len(winners)
assert len(vars(shared)) == THREADS * min(N, 50)
assert len(big) == THREADS * N and all(big[t * N + i] == str(i) for t in range(THREADS) for i in range(N))
assert len(queue) == THREADS * N
run(*[consume] * THREADS)
assert len(queue) == 0 and collections.Counter(popped) == collections.Counter(list(range(N)) * THREADS)
ok("atomic_operations")
