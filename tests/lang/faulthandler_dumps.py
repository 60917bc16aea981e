# faulthandler: tracebacks on demand, for a signal, after a time, of a process that dies
import faulthandler, os, re, signal, subprocess, sys, tempfile, threading, time


def lines(f):
    f.seek(0)
    text = re.sub(r"0x[0-9a-f]{16}", "ID", f.read())
    f.seek(0)
    f.truncate()
    return [line.strip() for line in text.splitlines() if "threading.py" not in line]


def here(name):
    return f'File "{__file__}", line {sys._getframe(1).f_lineno} in {name}'


f = tempfile.TemporaryFile("w+")
faulthandler.dump_traceback(f, all_threads=False); at = here("<module>")
print(lines(f) == ["Stack (most recent call first):", at])  # expect: True

started, stop = threading.Event(), threading.Event()


def other():
    started.set()
    stop.wait()


t = threading.Thread(target=other)
t.start()
started.wait()
time.sleep(0.01)
faulthandler.dump_traceback(f)
got = lines(f)
print(got[0], any(" in other" in line for line in got))  # expect: Thread ID (most recent call first): True
print([line for line in got if line.startswith("Current")])  # expect: ['Current thread ID (most recent call first):']
stop.set()
t.join()

called = []
signal.signal(signal.SIGUSR1, lambda *a: called.append(a[0] == signal.SIGUSR1))
faulthandler.register(signal.SIGUSR1, f, all_threads=False, chain=True)
os.kill(os.getpid(), signal.SIGUSR1); at = here("<module>")
print(lines(f) == ["Stack (most recent call first):", at], called)  # expect: True [True]
print(faulthandler.unregister(signal.SIGUSR1), faulthandler.unregister(signal.SIGUSR1))  # expect: True False
try:
    faulthandler.register(signal.SIGSEGV)
except RuntimeError as e:
    print(e)  # expect: signal 11 cannot be registered, use enable() instead

faulthandler.dump_traceback_later(0.05, file=f)
end = time.monotonic() + 60
while not os.fstat(f.fileno()).st_size and time.monotonic() < end:
    time.sleep(0.02)
faulthandler.dump_traceback_later(60, file=f)
faulthandler.cancel_dump_traceback_later()
print(lines(f)[:2])  # expect: ['Timeout (0:00:00.050000)!', 'Thread ID (most recent call first):']

code = "import faulthandler; faulthandler.enable(); print(faulthandler.is_enabled(), flush=True); faulthandler._read_null()"
dead = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
print(dead.returncode, dead.stdout.strip())  # expect: -11 True
print(dead.stderr.splitlines()[0], dead.stderr.splitlines()[-1])  # expect: Fatal Python error: Segmentation fault   File "<string>", line 1 in <module>
code = "import faulthandler, time; faulthandler.dump_traceback_later(0.01, exit=True); time.sleep(60)"
print(subprocess.run([sys.executable, "-c", code], stderr=subprocess.DEVNULL).returncode)  # expect: 1
