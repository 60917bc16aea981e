# Bytecode of sources in a folder that cannot be written goes to the user's cache folder, and is read from there.
import os
import shutil
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory() as top:
    source, home = top + "/source", top + "/home"
    os.chmod(top, 0o755)
    os.mkdir(source)
    os.mkdir(home)
    with open(source + "/told.py", "w") as f:
        f.write("print('run')\n")
    os.chmod(source, 0o555)
    nobody = 65534 if os.geteuid() == 0 else None  # root may write everywhere
    if nobody:
        os.chown(home, nobody, nobody)
    environment = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": source}

    def run(**more):
        result = subprocess.run([sys.executable, "-S", "-c", "import told, sys; print(told.__cached__ == told.__spec__.cached)"],
                                env=environment | more, user=nobody, capture_output=True, text=True)
        print(result.stdout.split() + result.stderr.split())

    def cached(folder):
        return [name for root, _, names in os.walk(folder) for name in names if name.startswith("told")]

    run(PYTHONDONTWRITEBYTECODE="1")  # expect: ['run', 'True']
    print(cached(home))  # expect: []
    run()  # expect: ['run', 'True']
    print(cached(f"{home}/.cache/weft{source}"), cached(source))  # expect: ['told.weft-311.pyc'] ['told.py']
    run()  # expect: ['run', 'True']
    with open(f"{home}/.cache/weft{source}/told.weft-311.pyc", "r+b") as f:
        f.truncate(8)
    run()  # expect: ['run', 'True']
    run(XDG_CACHE_HOME=home + "/other")  # expect: ['run', 'True']
    print(cached(f"{home}/other/weft{source}"))  # expect: ['told.weft-311.pyc']
    if nobody:  # what belongs to somebody else is not read
        shutil.copytree(home + "/.cache", home + "/foreign")
        with open(f"{home}/foreign/weft{source}/told.weft-311.pyc", "r+b") as f:
            f.write(b"garbage")
    run(XDG_CACHE_HOME=home + "/foreign")  # expect: ['run', 'True']
    os.chmod(source, 0o755)
