"""Thread pools, futures, executors, queues of other orders, timers, waits that end by time, threads by the dozen."""
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from common import THREADS, amount, ok, run


def test_map():
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(3):
            assert list(pool.map(lambda x: x * x, range(amount(200)))) == [x * x for x in range(amount(200))]


def test_futures():
    def job(i):
        if i % 7 == 3:
            raise ValueError(i)
        return [i] * (i % 5)

    with ThreadPoolExecutor(THREADS) as pool:
        futures = {pool.submit(job, i): i for i in range(amount(150))}
        seen = set()
        for f in as_completed(futures, timeout=200):
            i = futures[f]
            seen.add(i)
            if i % 7 == 3:
                assert f.exception().args == (i,)
            else:
                assert f.result() == [i] * (i % 5)
    assert seen == set(range(amount(150)))


def test_pools_in_pools():
    def inner(x):
        return x + 1

    def outer(n):
        with ThreadPoolExecutor(2) as pool:
            return sum(pool.map(inner, range(n)))

    with ThreadPoolExecutor(THREADS) as pool:
        jobs = [pool.submit(outer, n) for n in range(amount(20))]
        done, rest = wait(jobs, timeout=200)
        assert not rest and [f.result() for f in jobs] == [n * (n + 1) // 2 for n in range(amount(20))]


def test_priority():
    q, out, n = queue.PriorityQueue(), [], amount(150)

    def put(me):
        for i in range(n):
            q.put((i * 7919 % 101, me, i))

    run(*[(put, (t,)) for t in range(THREADS)])

    def get():
        got = []
        while True:
            try:
                got.append(q.get_nowait())
            except queue.Empty:
                break
        assert got == sorted(got)
        out.extend(got)

    run(*[get] * THREADS)
    assert len(out) == len(set(out)) == THREADS * n


def test_simple_queue():
    q, back, n = queue.SimpleQueue(), queue.SimpleQueue(), amount(200)

    def server():
        while (item := q.get()) is not None:
            back.put(item + 1)

    def client(me):
        for i in range(n):
            q.put(i)

    servers = [threading.Thread(target=server) for _ in range(THREADS)]
    for s in servers:
        s.start()
    run(*[(client, (t,)) for t in range(THREADS)])
    got = sorted(back.get(timeout=100) for _ in range(n * THREADS))
    for _ in servers:
        q.put(None)
    for s in servers:
        s.join(100)
    assert got == sorted(list(range(1, n + 1)) * THREADS)


def test_timeouts():
    """Waits that end by their time while others change what is waited for."""
    lock, empty, ended = threading.Lock(), queue.Queue(), []

    def taker():
        for i in range(amount(30)):
            if lock.acquire(timeout=0.001 * (i % 3)):
                time.sleep(0.0005)
                lock.release()
            try:
                empty.get(timeout=0.0005)
                raise AssertionError
            except queue.Empty:
                ended.append(1)

    run(*[taker] * THREADS)
    assert len(ended) == THREADS * amount(30) and not lock.locked()


def test_timers():
    fired, all_done = [], threading.Semaphore(0)

    def fire(i):
        fired.append(i)
        all_done.release()

    timers = [threading.Timer(0.002 * (i % 4), fire, (i,)) for i in range(amount(30))]
    for t in timers:
        t.start()
    never = threading.Timer(100, fire, (-1,))
    never.start()
    never.cancel()
    for _ in timers:
        assert all_done.acquire(timeout=100)
    assert sorted(fired) == list(range(len(timers)))


def test_short_threads():
    """Threads that start threads, each a moment long."""
    count, lock = [0], threading.Lock()

    def leaf():
        with lock:
            count[0] += 1

    def starter():
        for _ in range(amount(20)):
            t = threading.Thread(target=leaf)
            t.start()
            t.join(100)

    run(*[starter] * THREADS)
    assert count[0] == THREADS * amount(20)


test_map()
test_futures()
test_pools_in_pools()
test_priority()
test_simple_queue()
test_timeouts()
test_timers()
test_short_threads()
ok("pools")
