"""Modules that are programs: json.tool, zipapp, tokenize, ast, dis-free ones, calendar, base64, tarfile, zipfile, gzip ..."""
import os
import re
import subprocess
import sys


def run(*args, data=None, blot=None):
    done = subprocess.run([sys.executable, *args], input=data, capture_output=True, text=True)
    out = done.stdout + done.stderr
    print(args, done.returncode, re.sub(blot, "...", out) if blot else out, sep="\n")


with open("data.json", "w") as file:
    file.write('{"b": [1, 2.50, "\\u00e9\\ud83d\\ude00", null, true], "a": {"x": {}}, "c": []}\n')
with open("lines.json", "w") as file:
    file.write('{"a": 1}\n[2]\n')
for options in ([], ["--sort-keys"], ["--indent", "1"], ["--tab"], ["--compact"], ["--no-indent"], ["--no-ensure-ascii"]):
    run("-m", "json.tool", *options, "data.json")
run("-m", "json.tool", "--json-lines", "lines.json")
run("-m", "json.tool", "lines.json")
run("-m", "json.tool", data='{"a": tru')
run("-m", "json.tool", "-h")
os.mkdir("app")
with open("app/__main__.py", "w") as file:
    file.write("import sys, helper\nprint('app', helper.value, sys.argv[1:], __name__, __file__)\n")
with open("app/helper.py", "w") as file:
    file.write("value = 42\ndef go(): print('go', value)\n")
run("-m", "zipapp", "app", "-p", "/usr/bin/env python3", "-c")
run("app.pyz", "1", "2")
run("-m", "zipapp", "app.pyz", "--info")
os.remove("app/__main__.py")
run("-m", "zipapp", "app", "-m", "helper:go", "-o", "go.pyz")
run("go.pyz")
run("-m", "zipapp", "app")
with open("sample.py", "w") as file:
    file.write("import os\n\nclass A(dict):\n    '''doc'''\n    def m(self, x=1): return [x for y in self]\n\nasync def f(): await g()\n")
run("-m", "tokenize", "sample.py")
run("-m", "tokenize", "-e", data="x = 'a' + 1.5j\n")
run("-m", "tokenize", data="(1\n")
run("-m", "ast", "-a", "sample.py")
run("-m", "ast", "-m", "eval", data="1 + 2")
run("-m", "pyclbr", "sample.py")
run("-m", "tabnanny", "-v", "sample.py")
run("-m", "py_compile", "sample.py")
run("-m", "calendar", "2024", "2")
run("-m", "calendar", "-t", "html", "2023")
run("-m", "base64", "-e", data="text to encode")
run("-m", "base64", "-d", data="dGV4dA==")
run("-m", "quopri", data="caf\u00e9 = x\n")
run("-m", "tarfile", "-v", "-c", "a.tar.gz", "app", "data.json")
run("-m", "tarfile", "-l", "a.tar.gz")
run("-m", "tarfile", "-t", "data.json")
run("-m", "zipfile", "-c", "a.zip", "app", "data.json")
run("-m", "zipfile", "-t", "a.zip")
run("-m", "zipfile", "-l", "a.zip", blot=r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
run("-m", "zipfile", "-e", "a.zip", "out")
print(sorted(os.listdir("out")))
run("-m", "gzip", "data.json")
run("-m", "gzip", "-d", "data.json.gz")
run("-m", "sysconfig", blot=r"(?s).*")
run("-m", "this")
run("-m", "textwrap")
run("-m", "pickletools", "-a", "sample.pickle")
import pickle
with open("sample.pickle", "wb") as file:
    pickle.dump({"a": [1, 2.5, None, b"x"], "t": (1, 2)}, file, 4)
run("-m", "pickletools", "-a", "sample.pickle")
run("-m", "pickle", "sample.pickle")
run("-m", "code", data="x = 3\nprint(x)\nfor i in range(2):\n  print(i)\n\n1/0\n", blot=r"Python.*\n.*\n.*\n")
run("-m", "inspect", "textwrap:dedent")
run("-m", "inspect", "--details", "json", blot=r"Cached: .*|Loader: .*")
run("-m", "site", "--help", blot=r"(?s).*")
run("-m", "mimetypes", "a.tar.gz", "b.html")
run("-m", "difflib")
run("-m", "locale", blot="(?s).*")
run("-m", "nosuch")
run("-m", "json")
run("-m", "encodings.rot_13", data="Uryyb\n")
run("-m", "sre_constants", blot=r"(?s).*")
run("-m", "fileinput", "sample.py")
run("-m", "turtledemo.nosuch", blot=r"(?s).*")
run("-m", "platform", blot="(?s).*")
run("-m", "compileall", "-h")
run("-m", "venv", "-h")
run("-m", "unittest", "discover", "-s", "app", blot=r"in [\d.]+s")
run("-m", "dis", "-h")
