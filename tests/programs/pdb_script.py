"""A scripted session of the debugger."""
import os
import re
import subprocess
import sys

PROGRAM = '''import sys

def inner(n, *rest, key=None):
    total = 0
    for i in range(n):
        total += i
        if total > 3:
            break
    return total

class Thing:
    def __init__(self, value):
        self.value = value
    def __repr__(self):
        return f"<Thing {self.value}>"

def gen():
    yield 1
    yield 2

def outer(a):
    thing = Thing(a)
    result = inner(a, 1, 2, key="k")
    for x in gen():
        result += x
    return result

print("outer", outer(5))
try:
    outer("x")
except TypeError as e:
    print(e)
with open("/dev/null") as f:
    pass
print([n * 2 for n in range(3)])
{}["missing"]
'''
SESSIONS = ["""
b inner
b 22
b 7, total > 1
commands 2
p a
silent
end
b
c
w
args
u
l
ll
p thing
pp sorted(locals())
d
n
n
s
c
display total
n
n
undisplay total
r
retval
n
disable 1
tbreak 25
c
c
clear 3
whatis inner
source inner
cl 1
!total = 5
interact
exit()
until 26
j 23
n
a
q
""", """
help
h break
unknown_name
p 1 +
p undefined
for i in range(2): print(i)
alias pi for k, v in %1.__dict__.items(): print(k, v)
b Thing.__repr__
b nowhere
b /no/file:3
ignore 1 1
condition 1 1
c
c
w
q
""", """
n
n
n
s
s
s
w
n
c
where
p __exception__
q
q
"""]


def run(session, *args):
    done = subprocess.run([sys.executable, "-m", "pdb", *args, "program.py"], input=session, capture_output=True, text=True)
    print(done.returncode, re.sub(r"0x[0-9a-f]+", "ADDRESS", done.stdout), done.stderr, sep="\n")


with open("program.py", "w") as file:
    file.write(PROGRAM)
for session in SESSIONS:
    run(session)
run("", "-c", "b outer", "-c", "c", "-c", "p a", "-c", "q")
with open("program.py", "w") as file:
    file.write("def f(x):\n    breakpoint()\n    return x\nf(1)\n")
done = subprocess.run([sys.executable, "program.py"], input="p x\nu\nl\nc\n", capture_output=True, text=True)
print(done.returncode, done.stdout, done.stderr)
with open("program.py", "w") as file:
    file.write("def f(x):\n    return g(x)\ndef g(y):\n    return y / 0\nimport pdb, sys\ntry:\n    f(1)\nexcept Exception:\n    pdb.post_mortem()\nx = (\n")
run("w\nq\n")
with open("program.py", "a") as file:
    file.write("1)\n")
done = subprocess.run([sys.executable, "program.py"], input="w\np y\nu\np x\nq\n", capture_output=True, text=True)
print(done.returncode, done.stdout, done.stderr)
