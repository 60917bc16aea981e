"""cProfile and profile over the same program: counts, callers and callees; times are blotted out."""
import cProfile
import gc
import io
import os
import profile
import pstats
import re
import subprocess
import sys
import threading

PROGRAM = '''import sys
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def gen(n):
    for i in range(n): yield i * i
def sorter(data): return sorted(data, key=lambda x: -x)
class C:
    def __init__(self): self.items = []
    def add(self, x): self.items.append(x)
    def __len__(self): return len(self.items)
def thrower(n):
    if n == 0: raise ValueError(n)
    thrower(n - 1)
def main():
    fib(9)
    print(sum(gen(10)), sorter([3, 1, 2]))
    c = C()
    for i in range(5): c.add(i)
    print(len(c), max(c.items), "a-b".split("-"), dict.fromkeys("ab"), [].sort())
    try: thrower(3)
    except ValueError: pass
    try: int("x")
    except ValueError: pass
    exec("fib(2)")
    print(list(map(fib, range(3))), isinstance(c, C), getattr(c, "items"))
if __name__ == "__main__": main()
'''


def blot(text):
    text = re.sub(r"(?m)^\w{3} \w{3} .*out.prof$", "DATE", text)
    text = re.sub(r"in \d+\.\d+ seconds", "in N seconds", text)
    text = re.sub(r"(?m)^( *[\d/]+) +\d+\.\d+ +\d+\.\d+ +\d+\.\d+ +\d+\.\d+ ", r"\1 T ", text)
    text = re.sub(r" \d+\.\d{3}\b", " T", text)
    return re.sub(" {2,}", "  ", re.sub(r"0x[0-9a-f]+", "ADDRESS", text))


def show(stats_of, order="calls"):
    out = io.StringIO()
    stats = pstats.Stats(*stats_of, stream=out).strip_dirs().sort_stats(order)
    stats.print_stats()
    stats.print_callers()
    stats.print_callees("fib|main|sorter")
    print("\n".join(sorted(blot(out.getvalue()).splitlines())))  # what has the same name has no order


with open("program.py", "w") as file:
    file.write(PROGRAM)
for module in ("cProfile", "profile"):
    done = subprocess.run([sys.executable, "-m", module, "-s", "ncalls", "program.py"], capture_output=True, text=True)
    print(done.returncode, "\n".join(sorted(blot(done.stdout).splitlines())), done.stderr)
    subprocess.run([sys.executable, "-m", module, "-o", "out.prof", "program.py"], stdout=subprocess.DEVNULL)
    show(["out.prof"])
sys.path.insert(0, os.getcwd())
import program
sys.stdout, real = io.StringIO(), sys.stdout
for one in (cProfile.Profile(), cProfile.Profile(subcalls=False, builtins=False)):
    gc.collect()  # what finalizers do does not count
    one.enable()
    program.main()
    one.disable()
    print(file=real)
    real.write(f"{len(one.getstats())}\n")
    sys.stdout, keep = real, sys.stdout
    show([one])
    sys.stdout = keep
sys.stdout = real
one = cProfile.Profile(lambda: 7, 0.5)
print(one.runcall(program.fib, 5))
for entry in sorted(one.getstats(), key=str):
    print(entry.code if isinstance(entry.code, str) else entry.code.co_name, *entry[1:5])
with cProfile.Profile() as one:
    thread = threading.Thread(target=program.fib, args=(8,))
    thread.start()
    thread.join()
print("fib" in {getattr(e.code, "co_name", "") for e in one.getstats()})
print(cProfile.runctx("x = fib(3)", {"fib": program.fib}, {}, "out.prof"), pstats.Stats("out.prof").total_calls)
one = cProfile.Profile()
print(one.runctx("fib(4)", {"fib": program.fib}, {}) is one, one.getstats()[0].__class__)
