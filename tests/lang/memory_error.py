# A heap that is full raises MemoryError where the program is, and goes on when something is freed.
# options: --heap-limit=64M
# not under: --gc-stress (a collection of the whole heap at every safepoint)
# not under: --stm-quantum=1 (a million transactions)


def fill(make):
    kept = []
    try:
        while True:
            kept.append(make())
    except MemoryError:
        count = len(kept)
        kept = None
    return count > 1000


print(fill(lambda: [None] * 1000))  # expect: True
print(fill(lambda: (1, 2)))  # expect: True
try:
    x = [0] * 10**9
except MemoryError:
    print("large")  # expect: large


class Node:
    pass


def chain():
    node = None
    try:
        while True:
            fresh = Node()
            fresh.next, node = node, fresh
    except MemoryError:
        return node is not None


print(chain())  # expect: True
print(len([None] * 100000))  # expect: 100000

# Two threads near the limit: they get MemoryErrors, whoever of them has taken the memory, and the program goes on.
import threading


def fill_thrice():
    start.wait()
    for n in 1000, 50, 2000:
        fill(lambda: [1] * n)


start = threading.Event()
threads = [threading.Thread(target=fill_thrice) for _ in range(2)]
threading.excepthook = lambda args: None  # it may come outside of fill() too,
for thread in threads:
    thread.start()
start.set()
while any(thread.is_alive() for thread in threads):
    try:
        for thread in threads:
            thread.join()
    except MemoryError:  # and to this thread
        pass
print(fill(lambda: [None] * 1000))  # expect: True
