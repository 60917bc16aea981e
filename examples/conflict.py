"""A conflict to look at: all threads add to one entry of one dict.

    conflict.py [THREADS [ROUNDS]]

    weft --stm-log out.jsonl examples/conflict.py; weft stm-report out.jsonl

The report names the line marked below, the dict and its key. Counting in a local variable and adding once at the end would
make it go away.
"""
import sys
import threading
import time

counts = {"rounds": 0, "other": 0}
lock = threading.Lock()


def work(rounds):
    x = 1
    for _ in range(rounds):
        for _ in range(20):
            x = x * 1103515245 % 2147483648 + 12345
        with lock:
            counts["rounds"] += 1  # the conflict


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    start = time.perf_counter()
    workers = [threading.Thread(target=work, args=(rounds,)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    took = time.perf_counter() - start
    print(f"rounds: {counts['rounds']}, expected {threads * rounds}")
    print(f"threads: {threads}, time: {took:.2f} s")
    if counts["rounds"] != threads * rounds:
        sys.exit("updates were lost")


main()
