"""Shared containers that grow and shrink in several threads: lists past the size of large objects, dicts, sets, deques, strings built
piece by piece, sorting, deep recursion, buffers."""
import threading
from collections import OrderedDict, defaultdict, deque
from common import THREADS, amount, ok, run

N = amount(2000)


def test_one_list():
    shared = []

    def grow(me):
        for i in range(N):
            shared.append((me, i))

    run(*[(grow, (t,)) for t in range(THREADS)])
    assert sorted(shared) == [(t, i) for t in range(THREADS) for i in range(N)]
    for me in range(THREADS):
        assert [i for t, i in shared if t == me] == list(range(N))

    def shrink():
        for _ in range(N):
            taken.append(shared.pop())

    taken = []
    run(*[shrink] * THREADS)
    assert not shared and len(set(taken)) == THREADS * N


def test_one_dict():
    shared, counts, order = {}, defaultdict(int), OrderedDict()
    lock = threading.Lock()

    def work(me):
        for i in range(N):
            shared[me, i] = str(i)
            if i % 3 == 0:
                del shared[me, i]
            if i % 8 == 0:
                with lock:
                    counts[i] += 1
                order.setdefault(i, me)

    run(*[(work, (t,)) for t in range(THREADS)])
    assert shared == {(t, i): str(i) for t in range(THREADS) for i in range(N) if i % 3}
    assert counts == {i: THREADS for i in range(0, N, 8)} and sorted(order) == sorted(counts)


def test_big_arrays():
    """Lists of cards: each thread writes its stride, then extends; the others see their own values untouched."""
    size = amount(40000)
    shared, total = [None] * size, [0] * THREADS

    def work(me):
        for i in range(me, size, THREADS):
            shared[i] = [me, i]
        for i in range(me, size, THREADS):
            assert shared[i] == [me, i]
            total[me] += 1
        mine = list(shared[me::THREADS])
        mine.extend([x] for x in range(amount(3000)))
        assert mine[-1] == [amount(3000) - 1]
        del mine[amount(100):]

    run(*[(work, (t,)) for t in range(THREADS)])
    assert sum(total) == size and all(shared[i] == [i % THREADS, i] for i in range(size))
    shared[:] = []


def test_queues_of_all_kinds():
    both, members = deque(maxlen=50), set()

    def work(me):
        for i in range(N):
            both.append((me, i))
            members.add((me, i % 97))
            if i % 2:
                try:
                    both.popleft()
                except IndexError:
                    pass
            else:
                members.discard((me, i % 89))

    run(*[(work, (t,)) for t in range(THREADS)])
    assert len(both) <= 50 and {m for m, _ in members} <= set(range(THREADS))


def test_text():
    texts = [None] * THREADS

    def work(me):
        s, b, array = "", b"", bytearray()
        for i in range(N):
            s += chr(97 + (i + me) % 26) if i % 50 else "\u20ac"
            array += bytes([i % 251])
            if i % 16 == 0:
                b += b"%d," % i
        assert len(s) == len(array) == N and s.count("\u20ac") == (N + 49) // 50
        assert array == bytes(i % 251 for i in range(N))
        assert b == b"".join(b"%d," % i for i in range(0, N, 16))
        texts[me] = s

    run(*[(work, (t,)) for t in range(THREADS)])
    assert len({len(t) for t in texts}) == 1


class Odd:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        return self.n < other.n

    def __eq__(self, other):
        return self.n == other.n

    def __hash__(self):
        return hash(self.n % 7)


def test_sorting():
    """Comparisons in Python: transactions end inside list.sort and inside dict look-ups."""
    source = [(i * 7919) % 1009 for i in range(amount(300))]

    def work(me):
        mine = [Odd(n) for n in source]
        for _ in range(3):
            mine.sort()
            assert [o.n for o in mine] == sorted(source)
            mine.sort(key=lambda o: -o.n)
            assert [o.n for o in mine] == sorted(source, reverse=True)
        table = {}
        for o in mine[:60]:
            table[o] = me, o.n
        assert all(table[Odd(n)] == (me, n) for _, n in table.values())

    run(*[(work, (t,)) for t in range(THREADS)])


def test_recursion():
    def down(n, keep):
        return len(keep) if n == 0 else down(n - 1, keep + [n][:n % 2]) + 1

    def forever():
        return [forever()]

    def work():
        for _ in range(amount(40)):
            assert down(200, []) == 300
        for _ in range(3):
            try:
                forever()
                raise AssertionError
            except RecursionError:
                pass

    run(*[work] * THREADS)


test_one_list()
test_one_dict()
test_big_arrays()
test_queues_of_all_kinds()
test_text()
test_sorting()
test_recursion()
ok("containers")
