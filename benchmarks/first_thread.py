"""How long the first start of a thread takes with a heap of about 1 GB: `weft first_thread.py [MEGABYTES]`."""
import sys
import threading
import time

megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
heap = [list(range(8000)) for _ in range(megabytes * 1000000 // 64000)]
start = time.perf_counter()
thread = threading.Thread(target=len, args=(heap,))
thread.start()
thread.join()
first = time.perf_counter() - start
start = time.perf_counter()
thread = threading.Thread(target=len, args=(heap,))
thread.start()
thread.join()
print(first, f"second thread {time.perf_counter() - start:.6f}")
