# The end of a program: files are written out, finalizers run, functions of atexit; audit hooks
# not under: --gc-stress (starts programs anew; the option is not passed on)
import os, subprocess, sys, tempfile


def run(program, *args):
    p = subprocess.run([sys.executable, *args, "-c", program], capture_output=True, text=True)
    return p.returncode, p.stdout.split("\n")[:-1], p.stderr.strip().splitlines()[-1:]


with tempfile.TemporaryDirectory() as d:
    path = os.path.join(d, "left_open")
    print(run(f"f = open({path!r}, 'w'); f.write('to the end'); del f.__class__") [0])  # expect: 1
    print(open(path).read())  # expect: to the end
    print(run(f"f = open({path!r}, 'w'); g = f.buffer; f.write('twice '); g.write(b'seen')"), open(path).read() in ("seentwice ", "twice seen"))
    # expect: (0, [], []) True

print(run("""
import atexit, sys
class A:
    def __init__(self, name): self.name = name
    def __del__(self): print(self.name, sys.is_finalizing())
atexit.register(print, "first registered")
atexit.register(print, "then")
a = A("global")
def g():
    try: yield
    finally: print("generator")
x = g(); next(x)
print("end of the text")
"""))  # expect: (0, ['end of the text', 'then', 'first registered', 'global True', 'generator'], [])

print(run("import threading, time; threading.Thread(target=lambda: (time.sleep(.05), print('waited for'))).start(); print('main is through')"))
# expect: (0, ['main is through', 'waited for'], [])

seen = []
sys.addaudithook(lambda event, args: seen.append((event, args)) if event.startswith(("own.", "exec", "object.")) else None)
sys.audit("own.event", 1, "two")
eval("1 + 1")


class C:
    pass


C.__name__ = "D"
print([event for event, args in seen], seen[0][1])  # expect: ['own.event', 'exec', 'object.__setattr__'] (1, 'two')
print(run("import sys\ndef hook(e, a):\n  if e == 'open': raise RuntimeError('no files')\nsys.addaudithook(hook)\nopen('/dev/null')"))
# expect: (1, [], ['RuntimeError: no files'])
