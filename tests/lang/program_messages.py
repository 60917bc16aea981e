# What a program says on stderr at its end, of its imports and of its own errors.
import os
import subprocess
import sys
import tempfile


def run(*arguments, **environment):
    result = subprocess.run([sys.executable, *arguments], capture_output=True, env=os.environ | environment)
    for line in result.stderr.decode("utf-8", "replace").splitlines():
        print(line.replace(os.getcwd(), ".").split(" 0x")[0].rstrip())
    print("--")


run("-Wd", "-c", "f = open('/dev/null')")
# expect: sys:1: ResourceWarning: unclosed file <_io.TextIOWrapper name='/dev/null' mode='r' encoding='UTF-8'>
# expect: --
run("-c", "import sys; del sys.excepthook; raise KeyError(1)")
# expect: sys.excepthook is missing
# expect: Traceback (most recent call last):
# expect:   File "<string>", line 1, in <module>
# expect: KeyError: 1
# expect: --
run("-c", "import atexit; atexit.register(lambda: 1/0)")
# expect: Exception ignored in atexit callback: <function <lambda> at
# expect: Traceback (most recent call last):
# expect:   File "<string>", line 1, in <lambda>
# expect: ZeroDivisionError: division by zero
# expect: --
run("-X", "warn_default_encoding", "-c", "open('/dev/null').close(); import io; io.TextIOWrapper(io.BytesIO(), 'utf-8')")
# expect: <string>:1: EncodingWarning: 'encoding' argument not specified
# expect: --

with tempfile.TemporaryDirectory() as folder:
    name = folder + "/program.py"

    def run_file(source):
        with open(name, "wb") as f:
            f.write(source)
        os.chdir(folder)
        run("program.py")

    run_file(b"try: pass\n")  # what is missing at the end has no column
    # expect:   File "./program.py", line 1
    # expect:     try: pass
    # expect: SyntaxError: expected 'except' or 'finally' block
    # expect: --
    run_file(b"(x := (1,))[(0)] = 2\n")
    # expect: Traceback (most recent call last):
    # expect:   File "./program.py", line 1, in <module>
    # expect:     (x := (1,))[(0)] = 2
    # expect:     ~~~~~~~~~~~^^^^^
    # expect: TypeError: 'tuple' object does not support item assignment
    # expect: --
    run_file("# coding: gbk\nraise ValueError('\u4e02\u5100')\n".encode("gbk"))
    # expect: Traceback (most recent call last):
    # expect:   File "./program.py", line 2, in <module>
    # expect:     raise ValueError('丂儀')
    # expect: ValueError: 丂儀
    # expect: --
    times = subprocess.run([sys.executable, "-X", "importtime", "-c", "import json"], capture_output=True, text=True).stderr
    lines = [line.split("|") for line in times.splitlines()]
    print(lines[0][0], [name for _, _, name in lines if name.strip() in ("json", "json.decoder")])
    # expect: import time: self [us]  ['   json.decoder', ' json']
