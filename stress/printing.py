"""Lines that threads write with one write each come out whole, and each thread's in its order."""
import os
from common import THREADS, amount, ok, run

N = amount(300)
path = f"{os.environ.get('TMPDIR', '/tmp')}/weft-printing-{os.getpid()}"
with open(path, "w") as out:

    def work(me):
        for i in range(N):
            out.write(f"{me} {i} {'x' * (i % 40)}\n")

    run(*[(work, (t,)) for t in range(THREADS)])
with open(path) as lines:
    text = lines.read().splitlines()
os.unlink(path)
assert len(text) == THREADS * N, len(text)
following = [0] * THREADS
for line in text:
    me, i, rest = line.split(" ")
    assert int(i) == following[int(me)] and rest == "x" * (int(i) % 40), line
    following[int(me)] += 1
ok("printing")
