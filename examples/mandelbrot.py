"""The Mandelbrot set as text, its rows computed by threads.

    mandelbrot.py [THREADS [WIDTH]]
"""
import sys
import threading
import time

SHADES = " .:-=+*#%@"
STEPS = 500


def escape_step(cx, cy):
    x = y = 0.0
    for step in range(STEPS):
        x2, y2 = x * x, y * y
        if x2 + y2 > 4.0:
            return step
        y = 2.0 * x * y + cy
        x = x2 - y2 + cx
    return STEPS


def compute_rows(rows, first, stride, width):
    height = len(rows)
    for row in range(first, height, stride):
        cy = 2.4 * row / height - 1.2
        rows[row] = [escape_step(3.0 * column / width - 2.1, cy) for column in range(width)]


def shade(step):
    return "@" if step == STEPS else SHADES[min(step, 40) * 9 // 41]


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    width = int(sys.argv[2]) if len(sys.argv) > 2 else 240
    rows = [None] * (width // 2)
    start = time.perf_counter()
    workers = [threading.Thread(target=compute_rows, args=(rows, i, threads, width)) for i in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    took = time.perf_counter() - start
    for row in rows[:: max(1, len(rows) // 24)]:
        print("".join(shade(step) for step in row[:: max(1, width // 72)]).rstrip())
    print(f"sum of steps: {sum(map(sum, rows))}")
    print(f"threads: {threads}, time: {took:.2f} s")


main()
