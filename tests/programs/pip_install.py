"""A virtual environment, into which pip installs a wheel and a source tree from a local folder; a wheel of another interpreter is refused."""
import os
import re
import subprocess
import sys
import zipfile

# The other's: python3.11's on Weft.
OTHER = "pp39-pypy39_pp73-linux_x86_64" if sys.implementation.name == "cpython" else "cp311-cp311-linux_x86_64"


def wheel(name, tag, files):
    info = f"{name}-1.0.dist-info"
    files = {**files, f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
             f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
             f"{info}/entry_points.txt": f"[console_scripts]\n{name}-run = {name}:main\n"}
    with zipfile.ZipFile(f"wheels/{name}-1.0-{tag}.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in files) + f"{info}/RECORD,,\n")


def run(*args):
    done = subprocess.run(args, capture_output=True, text=True, env={**os.environ, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    text = re.sub(r".*(DEPRECATION|TLS/SSL).*\n|Looking in links: .*\n|sha256=\w+|/tmp/pip-\S+|size=\d+|Stored in directory.*\n", "", done.stdout + done.stderr)
    text = re.sub(r"\.(cpython|weft)-311\.pyc", ".pyc", text)
    print("\n".join(map(str, (*args[1:], done.returncode, text))).replace(OTHER, "OTHER"))


os.mkdir("wheels")
wheel("pureone", "py3-none-any", {"pureone/__init__.py": "value = 42\ndef main(): print('run', value)\n"})
wheel("extension", OTHER, {"extension.so": "\x7fELF"})
os.makedirs("tree/treeone")
with open("tree/treeone/__init__.py", "w") as file:
    file.write("value = 7\n")
with open("tree/setup.py", "w") as file:
    file.write("from setuptools import setup\nsetup(name='treeone', version='2.0', packages=['treeone'])\n")
run(sys.executable, "-m", "venv", "env")
print(open("env/pyvenv.cfg").read().splitlines()[1], sorted(n for n in os.listdir("env/bin") if n.startswith("pip")))
python = os.path.abspath("env/bin/python")
run(python, "-m", "pip", "install", "--find-links", "wheels", "pureone")
run(python, "-m", "pip", "install", "--no-build-isolation", "--no-deps", "./tree")
run(python, "-m", "pip", "install", f"wheels/extension-1.0-{OTHER}.whl")
run(python, "-m", "pip", "install", "--find-links", "wheels", "extension")
run(python, "-m", "pip", "list", "--format=freeze", "--exclude=setuptools")
run(python, "-m", "pip", "show", "-f", "pureone")
run(python, "-m", "pip", "check")
run("env/bin/pureone-run")
run(python, "-c", "import pureone, treeone, sys; print(pureone.value, treeone.value, sys.prefix != sys.base_prefix)")
run(python, "-m", "pip", "uninstall", "-y", "pureone", "treeone")
run(python, "-c", "import pureone")
