# What nobody has closed is not lost: files that die, and all that lives when the program ends
import gc, os, subprocess, sys, tempfile

with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "f")

    def leave_open():
        f = open(path, "w")
        f.write("unclosed")

    import warnings
    warnings.simplefilter("ignore")
    leave_open()
    gc.collect()
    print(open(path).read())  # expect: unclosed

    def run(code):
        return subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)

    print(run("import sys; f = open(sys.argv[1], 'w'); f.write('at exit')").returncode, open(path).read())  # expect: 0 at exit
    code = """
import atexit, threading, time
class D:
    def __del__(self): print("del", [i for i in range(3)])
def g():
    try: yield
    finally: print("finally")
d, started = D(), threading.Event()
kept = g(); next(kept)
atexit.register(print, "atexit")
def daemon():
    started.set()
    while True: [D for i in range(3)]
threading.Thread(target=daemon, daemon=True).start()
started.wait()
print("end")
"""
    done = run(code)
    print(done.returncode, sorted(done.stdout.splitlines()), done.stderr)  # expect: 0 ['atexit', 'del [0, 1, 2]', 'end', 'finally'] 
    print(done.stdout.splitlines()[:2])  # expect: ['end', 'atexit']
