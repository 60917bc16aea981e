"""How many primes are below a limit, by trial division in threads.

    primes.py [THREADS [LIMIT]]

Threads take the next chunk of numbers from one shared counter, under a lock.
"""
import sys
import threading
import time

CHUNK = 1000


def is_prime(n):
    if n < 4:
        return n > 1
    if n % 2 == 0:
        return False
    d = 3
    while d * d <= n:
        if n % d == 0:
            return False
        d += 2
    return True


class Work:
    def __init__(self, limit):
        self.limit = limit
        self.next = 0
        self.found = 0
        self.lock = threading.Lock()

    def take(self):
        with self.lock:
            start = self.next
            self.next += CHUNK
        return start

    def run(self):
        found = 0
        while (start := self.take()) < self.limit:
            for n in range(start, min(start + CHUNK, self.limit)):
                if is_prime(n):
                    found += 1
        with self.lock:
            self.found += found


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    work = Work(int(sys.argv[2]) if len(sys.argv) > 2 else 300000)
    start = time.perf_counter()
    workers = [threading.Thread(target=work.run) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    took = time.perf_counter() - start
    print(f"{work.found} primes below {work.limit}")
    print(f"threads: {threads}, time: {took:.2f} s")


main()
