"""Programs of one thread, of varied kind (single/): `single_thread.py NAME SCALE` prints the seconds it took and its result.

Chosen before anything was tuned by them. The amount of work is for about half a second of python3.11.
"""
import importlib
import sys
import time

KERNELS = {  # name: (module, amount of work)
    "scheduler": ("objects", 220000),
    "visitors": ("objects", 900),
    "vectors": ("objects", 500000),
    "records": ("objects", 250000),
    "search_tree": ("objects", 200000),
    "tak": ("calls", 240),
    "queens": ("calls", 300),
    "decorators": ("calls", 250000),
    "pipeline": ("calls", 2500000),
    "permutations": ("calls", 900),
    "coroutines": ("calls", 1500000),
    "validation": ("calls", 130000),
    "memo": ("calls", 12000),
    "word_count": ("text", 120000),
    "formatting": ("text", 120000),
    "characters": ("text", 12000),
    "tables": ("text", 2000),
    "regex_tokens": ("text", 25000),
    "regex_logs": ("text", 200000),
    "json_reader": ("text", 900),
    "serialise": ("text", 3500),
    "bytes_work": ("text", 15000),
    "nbody": ("numbers", 50000),
    "spectral": ("numbers", 80),
    "fannkuch": ("numbers", 35),
    "mandelbrot": ("numbers", 130000),
    "matrices": ("numbers", 600),
    "sieve": ("numbers", 220),
    "pi_digits": ("numbers", 2000),
    "keys": ("numbers", 800),
    "random_walk": ("numbers", 2700000),
    "life": ("containers", 5000),
    "shortest_paths": ("containers", 350),
    "breadth_first": ("containers", 300),
    "grouping": ("containers", 2200),
    "lru": ("containers", 1300000),
    "slices": ("containers", 35000),
    "quicksort": ("containers", 350),
    "combinations": ("containers", 7000),
    "floyd_warshall": ("containers", 900),
    "interpreter": ("containers", 1200),
}


def main():
    module, work = KERNELS[sys.argv[1]]
    function = getattr(importlib.import_module("single." + module), sys.argv[1])
    work = max(1, int(work * float(sys.argv[2])))
    start = time.perf_counter()
    result = function(work)
    print(time.perf_counter() - start, result)


if __name__ == "__main__":
    main()
