"""Kernels for threads. `threads.py NAME THREADS SCALE` runs THREADS threads, each with one share of work, and prints the wall
seconds from the first start to the last join, and a result by which lost updates would show. 0 threads: one share, by
the main thread alone.
"""
import concurrent.futures
import sys
import threading
import time


def primes(shared, index, n):
    count = 0
    for k in range(3, n, 2):
        d = 3
        while d * d <= k:
            if k % d == 0:
                break
            d += 2
        else:
            count += 1
    return count


def mandelbrot(shared, index, n):
    total = 0
    for row in range(n):
        cy = 2.4 * row / n - 1.2
        for column in range(n):
            cx = 3.0 * column / n - 2.1
            x = y = 0.0
            for step in range(100):
                x2, y2 = x * x, y * y
                if x2 + y2 > 4.0:
                    break
                y = 2.0 * x * y + cy
                x = x2 - y2 + cx
            total += step
    return total


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def move(self, dx, dy):
        self.x += dx
        self.y += dy
        return self


def objects(shared, index, n):
    points = [Point(i, -i) for i in range(100)]
    total = 0
    for i in range(n):
        p = points[i % 100].move(i & 3, 1)
        total += p.x - p.y & 7
    return total


def dicts(shared, index, n):
    counts = {}
    for i in range(n):
        key = i * 7919 % 5003
        counts[key] = counts.get(key, 0) + 1
    return sum(counts.values())


class Node:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left = left
        self.right = right


def make_tree(depth):
    return Node(make_tree(depth - 1), make_tree(depth - 1)) if depth else None


def count_tree(node):
    return 1 + count_tree(node.left) + count_tree(node.right) if node else 0


def trees(shared, index, n):
    return sum(count_tree(make_tree(12)) for _ in range(n))


def shared_read(shared, index, n):
    table, names = shared["table"], shared["names"]
    total = 0
    for i in range(n):
        total += table[names[i % 1000]] & 7
    return total


class Adder:
    def __init__(self):
        self.base = 3

    def add(self, a, b):
        return a + b + self.base


def shared_method(shared, index, n):
    adder = shared["adder"]
    total = 0
    for i in range(n):
        total = adder.add(total, i) & 0xFFFF
    return total


def arrays(shared, index, n):
    array, x = [0] * 200000, index + 1
    for _ in range(n):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        array[(x >> 4) % 200000] += 1
    return sum(array)


def coarse_lock(shared, index, n):
    lock, mine = shared["lock"], shared["rows"][index]
    for i in range(n):
        with lock:
            mine[i % 64] += 1
    return sum(mine)


def task(k):
    """One to five milliseconds."""
    return primes(None, 0, 10000 + k % 5 * 5000)


def pool(shared, index, n):
    return sum(map(task, range(n)))


def pool_run(threads, n):
    """The main thread submits n tasks for each of the pool's threads."""
    with concurrent.futures.ThreadPoolExecutor(threads) as executor:
        futures = [executor.submit(task, k % n) for k in range(threads * n)]
        return sum(future.result() for future in futures)


KERNELS = {  # name: (function, work of one thread for a second or a little more of Weft in solo mode on the reference machine)
    "primes": (primes, 2500000),
    "mandelbrot": (mandelbrot, 1000),
    "objects": (objects, 32000000),
    "dicts": (dicts, 55000000),
    "trees": (trees, 2400),
    "shared_read": (shared_read, 75000000),
    "shared_method": (shared_method, 55000000),
    "arrays": (arrays, 60000000),
    "coarse_lock": (coarse_lock, 18000000),
    "pool": (pool, 680),
}


def threads_run(function, shared, threads, work):
    results = [0] * max(1, threads)

    def run(index):
        results[index] = function(shared, index, work)

    if threads == 0:
        run(0)
    workers = [threading.Thread(target=run, args=(i,)) for i in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(results)


def main():
    function, work = KERNELS[sys.argv[1]]
    threads, scale = int(sys.argv[2]), float(sys.argv[3])
    work = max(1, int(work * scale))
    names = [f"key{i}" for i in range(1000)]
    shared = {
        "names": names,
        "table": {name: i for i, name in enumerate(names)},
        "adder": Adder(),
        "lock": threading.Lock(),
        "rows": [[0] * 64 for _ in range(max(1, threads))],
    }
    start = time.perf_counter()
    if function is pool and threads:
        result = pool_run(threads, work)
    else:
        result = threads_run(function, shared, threads, work)
    print(time.perf_counter() - start, result)


if __name__ == "__main__":
    main()
