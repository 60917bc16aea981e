"""The module trace: counted lines, annotated listings, called functions."""
import os
import re
import subprocess
import sys

PROGRAM = '''import helper

def classify(n):
    """Doc."""
    if n % 2:
        return "odd"
    else:
        return "even"

class A:
    x = 1
    def m(self):
        with open("/dev/null", "rb") as f:
            return [c for c in f]

def loop():
    i = 0
    while True:
        i += 1
        try:
            if i == 3:
                continue
            if i > 5:
                break
        finally:
            helper.note(i)

for i in range(4):
    classify(i)
A().m()
loop()
if 0:
    never()
x = (1,
     helper.note(2),
     3)
'''


def run(*args):
    done = subprocess.run([sys.executable, "-m", "trace", *args, "program.py"], capture_output=True, text=True)
    # cb: of a weak reference to a lock of importlib, which dies at once only where references are counted.
    out = re.sub(r"(?m)^.*importlib.*\bcb\n", "", done.stdout)
    # A class is found as what refers to the function's dict, if nothing else does: a collector may not yet have found the class body dead.
    if "--trace" not in args:
        out = "\n".join(sorted(re.sub(r"\bA\.m\b", "m", out).split("\n")))
    print(done.returncode, re.sub(r"(?m)^\d+\.\d\d |\d+\.\d\d:", "T:", out), done.stderr, sep="\n")


with open("program.py", "w") as file:
    file.write(PROGRAM)
with open("helper.py", "w") as file:
    file.write("seen = []\ndef note(i):\n    seen.append(i)\n    return i\n")
run("--trace", "--ignore-module=helper,_bootstrap,_bootstrap_external")
run("--count", "--missing", "--summary", "--ignore-dir=" + os.path.dirname(os.__file__), "-C", "covers")
for name in sorted(os.listdir("covers")):
    print(name, open(os.path.join("covers", name)).read())
run("--listfuncs", "--ignore-dir=" + os.path.dirname(os.__file__))
run("--trackcalls", "--ignore-dir=" + os.path.dirname(os.__file__))
run("--trace", "--timing", "--ignore-module=helper,_bootstrap,_bootstrap_external")
