"""What the programs in this folder share: how many threads, how much work, and running them."""
import sys
import threading

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 4
SCALE = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0


def amount(n):
    """So much work, scaled by the second argument of the program; at least 4."""
    return max(4, int(n * SCALE))


def run(*targets, timeout=240):
    """Run functions in threads (each may be a pair of function and args); any exception in one fails the program."""
    failures = []

    def guarded(function, args):
        try:
            function(*args)
        except BaseException as e:
            failures.append(f"{type(e).__name__}: {e}")
            raise

    threads = []
    for target in targets:
        function, args = target if isinstance(target, tuple) else (target, ())
        threads.append(threading.Thread(target=guarded, args=(function, args), daemon=True))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout)
        assert not thread.is_alive(), "a thread hangs"
    assert not failures, failures


def ok(name):
    print("ok", name)
