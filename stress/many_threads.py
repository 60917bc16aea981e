"""Threads in waves, and a thousand at once; one long computation against short ones."""
import threading
from common import THREADS, amount, ok, run

total, lock = [0], threading.Lock()


def add(n):
    with lock:
        total[0] += n


for wave in range(amount(20)):
    run(*[(add, (1,)) for _ in range(THREADS)])
assert total[0] == amount(20) * THREADS

go, crowd = threading.Event(), amount(1000)


def wait_and_add():
    assert go.wait(120)
    add(1000)


def release():
    go.set()


total[0] = 0
run(*[wait_and_add] * crowd, release)
assert total[0] == crowd * 1000

short_done, shared = [0], {"value": 0}


def long_computation():
    s = 0
    for i in range(amount(200000)):
        s += i * shared["value"]


def short_one():
    for i in range(amount(2000)):
        with lock:
            shared["value"] += 1
            short_done[0] += 1


run(long_computation, *[short_one] * THREADS)
assert short_done[0] == shared["value"] == THREADS * amount(2000)
ok("many_threads")
