"""fork, subprocess and the end of the process with threads running: each child is a program of its own that checks itself."""
import _imp
import os
import signal
import subprocess
import sys
import threading
import time
from common import THREADS, amount, ok, run

BUSY = """
import os, signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell runs us in the background
shared, lock = {}, threading.Lock()
def busy(me):
    n = 0
    while True:
        n += 1
        with lock:
            shared[n & 63] = [me, n]
threads = [threading.Thread(target=busy, args=(t,), daemon=True) for t in range(%d)]
for t in threads:
    t.start()
""" % THREADS

ENDS = {  # what the main thread does then: status, what it prints
    "time.sleep(0.02); print('end')": (0, b"end\n"),
    "time.sleep(0.02); sys.exit(3)": (3, b""),
    "time.sleep(0.02); raise ValueError": (1, b""),
    "time.sleep(0.02); os._exit(4)": (4, b""),
    "import atexit; atexit.register(print, 'last'); time.sleep(0.01)": (0, b"last\n"),
    "os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)": (-signal.SIGTERM, b""),
    "signal.raise_signal(signal.SIGINT)": (-signal.SIGINT, b""),
    "import _thread\ntry: _thread.interrupt_main(); time.sleep(60)\nexcept KeyboardInterrupt: print('caught')": (0, b"caught\n"),
    "import gc; [gc.collect() for _ in range(5)]; print(len(shared) <= 64)": (0, b"True\n"),
}


def check(code, status, out):
    child = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=200)
    assert (child.returncode, child.stdout) == (status, out), (code, child)


def test_ends():
    """Daemon threads in the middle of transactions when the process ends."""
    for end, (status, out) in ENDS.items():
        check(BUSY + end, status, out)


def test_interrupt():
    """SIGINT from outside, while threads work and the main thread waits for one."""
    for wait in ("threads[0].join()", "lock2 = threading.Lock(); lock2.acquire(); lock2.acquire()", "time.sleep(100)",
                 "threading.Event().wait()", "import queue; queue.Queue().get()",
                 "while True: pass"):
        code = BUSY + "try:\n    print('ready', flush=True)\n    " + wait.replace("; ", "\n    ") + "\nexcept KeyboardInterrupt:\n    print('interrupted')"
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert child.stdout.readline() == b"ready\n"
        time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=200)
        assert (child.returncode, out) == (0, b"interrupted\n"), (wait, child.returncode, out, err)


def test_subprocess():
    """Several threads start processes at once, while others change the heap."""
    stop, shared = [], {}

    def busy():
        n = 0
        while not stop:
            n += 1
            shared[n % 50] = [n]

    def starter(me):
        for i in range(max(2, amount(6))):
            out = subprocess.run(["echo", f"{me} {i}"], stdout=subprocess.PIPE, timeout=200).stdout
            assert out == b"%d %d\n" % (me, i)
            both = subprocess.run(["cat"], input=b"x" * 70000, stdout=subprocess.PIPE, timeout=200).stdout
            assert both == b"x" * 70000

    worker = threading.Thread(target=busy, daemon=True)
    worker.start()
    try:
        run(*[(starter, (t,)) for t in range(THREADS)])
    finally:
        stop.append(1)
    worker.join(100)


def in_child(me, expected):
    """The forked child has this thread alone; it goes on with the heap as it was, and may start threads again."""
    assert expected == [[me, i] for i in range(100)] and threading.active_count() == 1
    out = []
    more = [threading.Thread(target=lambda k=k: out.append(sum(range(k)))) for k in range(3)]
    for t in more:
        t.start()
    for t in more:
        t.join()
    assert sorted(out) == [0, 0, 1]
    import gc
    gc.collect()
    assert len(expected) == 100


def test_fork():
    stop, shared = [], {}

    def busy():
        n = 0
        while not stop:
            n += 1
            shared[n % 50] = [n] * (n % 7)

    def forker(me):
        mine = [[me, i] for i in range(100)]
        for _ in range(max(2, amount(4))):
            pid = os.fork()
            if pid == 0:
                status = 9
                try:
                    in_child(me, mine)
                    status = 0
                finally:
                    os._exit(status)
            assert os.waitpid(pid, 0) == (pid, 0)

    workers = [threading.Thread(target=busy, daemon=True) for _ in range(2)]
    for w in workers:
        w.start()
    try:
        run(*[(forker, (t,)) for t in range(THREADS)])
    finally:
        stop.append(1)
    for w in workers:
        w.join(100)
    assert not _imp.lock_held()  # each fork held it, once


test_ends()
test_interrupt()
test_subprocess()
test_fork()
ok("processes")
