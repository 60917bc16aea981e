"""The command line and the functions of timeit; figures are blotted out."""
import re
import subprocess
import sys
import timeit


def run(*args):
    done = subprocess.run([sys.executable, "-W", "ignore", "-m", "timeit", *args], capture_output=True, text=True)
    print(done.returncode, re.sub(r"\d+(\.\d+)?(e-\d+)? (n|u|m)?sec", "N sec", done.stdout), done.stderr)


run("-n", "10", "-r", "3", "-s", "x = [1, 2]", "sum(x)")
run("-n", "5", "-v", "-u", "msec", "pass")
run("-n", "2", "-p", "1 +")
run("-n", "1", "for i in range(3):", "  j = i", "1 / 0")
run("-h")
for name in ("timeit", "repeat", "autorange"):
    pass
print(timeit.timeit("f()", globals={"f": lambda: 1}, number=100) > 0, len(timeit.repeat("1", number=3, repeat=4)))
print(timeit.Timer(lambda: None).autorange()[0] >= 100)
try:
    timeit.timeit("1 +")
except SyntaxError as error:
    print(error)
timer = timeit.Timer("1 / 0")
try:
    timer.timeit(1)
except ZeroDivisionError:
    timer.print_exc(sys.stdout)
