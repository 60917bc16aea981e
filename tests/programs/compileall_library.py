"""Compiles a copy of a part of the standard library, and imports from what that wrote."""
import compileall
import io
import contextlib
import os
import shutil
import subprocess
import sys
from library import ROOT, files

names = files(sys.argv[1])
for name in names:
    os.makedirs(os.path.dirname(os.path.join("lib", name)), exist_ok=True)
    shutil.copy(os.path.join(ROOT, name), os.path.join("lib", name))
for bad, text in [("bad", "x = (\n"), ("worse", "def f():\n  return 1\n return 2\n"), ("nul", "\0")]:
    with open(f"lib/{bad}.py", "w") as file:
        file.write(text)
out = io.StringIO()
with contextlib.redirect_stdout(out):
    ok = compileall.compile_dir("lib", quiet=0, optimize=[0, 1, 2], workers=1)
print(ok, *sorted(out.getvalue().splitlines()), sep="\n")
written = [name for _, _, names in os.walk("lib") for name in names if name.endswith(".pyc")]
print(len(names), len(written), len({name.split(".")[0] for name in written}))
print(subprocess.run([sys.executable, "-m", "compileall", "-q", "-b", "lib/json"], capture_output=True, text=True))
for name in os.listdir("lib/json"):
    if name.endswith(".py"):
        os.remove(os.path.join("lib/json", name))
code = "import sys; sys.path.insert(0, 'lib'); import json; print(json.__file__, json.dumps([1, {'a': None}]))"
print(subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True).stdout)
