"""Condition, Event, Queue, Barrier, Semaphore: blocking and waking, timeouts, hand-off of a lock without starvation."""
import queue
import threading
import time
from common import THREADS, amount, ok, run


def test_queue():
    q, results = queue.Queue(5), []
    n = amount(300)

    def produce(me):
        for i in range(n):
            q.put((me, i))

    def consume():
        for _ in range(n):
            results.append(q.get(timeout=60))
            q.task_done()

    run(*[(produce, (t,)) for t in range(THREADS)], *[consume] * THREADS)
    assert sorted(results) == [(t, i) for t in range(THREADS) for i in range(n)]
    q.join()


def test_condition():
    turn, condition, order = [0], threading.Condition(), []
    n = amount(40)

    def work(me):
        for _ in range(n):
            with condition:
                while turn[0] % THREADS != me:
                    assert condition.wait(60)
                order.append(me)
                turn[0] += 1
                condition.notify_all()

    run(*[(work, (t,)) for t in range(THREADS)])
    assert order == list(range(THREADS)) * n


def test_barrier():
    barrier, phase, n = threading.Barrier(THREADS), [0] * THREADS, amount(20)

    def work(me):
        for i in range(n):
            phase[me] = i
            barrier.wait(60)
            assert all(p == i for p in phase), phase
            barrier.wait(60)

    run(*[(work, (t,)) for t in range(THREADS)])


def test_event_and_timeouts():
    event, seen = threading.Event(), []

    def wait():
        seen.append(event.wait(60))

    def late():
        time.sleep(0.05)
        event.set()

    run(late, *[wait] * THREADS)
    assert seen == [True] * THREADS
    lock = threading.Lock()
    lock.acquire()
    start = time.monotonic()
    assert not lock.acquire(timeout=0.1)
    assert 0.09 < time.monotonic() - start < 20
    assert not threading.Event().wait(0.01)
    assert not lock.acquire(False)
    lock.release()


def test_hand_off():
    """One thread takes a lock again and again, working inside: the others get it too, soon."""
    lock, stop, waits = threading.Lock(), [False], []

    def hog():
        while not stop[0]:
            with lock:
                sum(range(3000))

    def other():
        for _ in range(10):
            start = time.monotonic()
            with lock:
                waits.append(time.monotonic() - start)
        counts.append(1)
        if len(counts) == THREADS:
            stop[0] = True

    counts = []
    run(hog, *[other] * THREADS)
    assert len(waits) == 10 * THREADS


def test_semaphore():
    semaphore, inside, most, lock = threading.Semaphore(2), [0], [0], threading.Lock()

    def work():
        for _ in range(amount(50)):
            with semaphore:
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                with lock:
                    inside[0] -= 1

    run(*[work] * THREADS)
    assert inside[0] == 0 and most[0] <= 2


test_queue()
test_condition()
test_barrier()
test_event_and_timeouts()
test_hand_off()
test_semaphore()
ok("blocking")
