"""Producer and consumers over queue.Queue: which start below a limit has the longest Collatz sequence?

    queue_pipeline.py [CONSUMERS [LIMIT]]
"""
import queue
import sys
import threading
import time

BATCH = 500


def collatz_length(n):
    length = 1
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        length += 1
    return length


def produce(jobs, limit, consumers):
    for start in range(1, limit, BATCH):
        jobs.put(range(start, min(start + BATCH, limit)))
    for _ in range(consumers):
        jobs.put(None)


def consume(jobs, results):
    while (numbers := jobs.get()) is not None:
        results.put(max((collatz_length(n), -n) for n in numbers))
    results.put(None)


def main():
    consumers = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    limit = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    jobs, results = queue.Queue(maxsize=16), queue.Queue()
    start = time.perf_counter()
    threads = [threading.Thread(target=produce, args=(jobs, limit, consumers))]
    threads += [threading.Thread(target=consume, args=(jobs, results)) for _ in range(consumers)]
    for thread in threads:
        thread.start()
    best, ended, batches = (0, 0), 0, 0
    while ended < consumers:
        result = results.get()
        if result is None:
            ended += 1
        else:
            best = max(best, result)
            batches += 1
    for thread in threads:
        thread.join()
    took = time.perf_counter() - start
    print(f"{batches} batches; the longest sequence below {limit} starts at {-best[1]} and has {best[0]} numbers")
    print(f"threads: {consumers}, time: {took:.2f} s")


main()
