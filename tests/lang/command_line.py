# The command line: options, variables, exit statuses, the prompt, programs of all kinds
# not under: --gc-stress (starts the program anew some twenty times; the option is not passed on)
import os, subprocess, sys, tempfile, zipfile

environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


def run(*args, input="", **variables):
    p = subprocess.run([sys.executable, *args], input=input, capture_output=True, text=True, env={**environment, **variables})
    return p.returncode, p.stdout.strip(), p.stderr.strip().splitlines()[-1:]


flags = "import sys; f = sys.flags; print(f.optimize, f.inspect, f.quiet, f.isolated, f.safe_path, f.bytes_warning, sys.argv[1:])"
print(run("-OOqIb", "-c", flags, "-x", "y"))  # expect: (0, "2 0 1 1 True 1 ['-x', 'y']", [])
print(run("-c", flags, PYTHONOPTIMIZE="text", PYTHONSAFEPATH="1"))  # expect: (0, '1 0 0 0 True 0 []', [])
print(run("-c", "assert 0; print(__debug__, __doc__)", PYTHONOPTIMIZE="1"))  # expect: (0, 'False None', [])
print(run("-X", "int_max_str_digits=640", "-c", "import sys; print(sys.get_int_max_str_digits())"))  # expect: (0, '640', [])
print(run("-X", "int_max_str_digits=5", "-c", "0")[0])  # expect: 1
print(run("-W", "error", "-bb", "-c", "import sys; print(sys.warnoptions)", PYTHONWARNINGS="ignore"))
# expect: (0, "['ignore', 'error', 'error::BytesWarning']", [])
print(run("-z")[0], run("-c")[0], run("-m", "no_such_module")[0], run("/no/such/file")[0])  # expect: 2 2 1 2
print(run("-c", "import sys; sys.exit(7)")[0], run("-c", "raise SystemExit('why')"))  # expect: 7 (1, '', ['why'])
print(run("-c", "import sys; print(sys.orig_argv[1:])", "a"))
# expect: (0, "['-c', 'import sys; print(sys.orig_argv[1:])', 'a']", [])
print(run(input="print(1 + 1)\n"), run("-", "arg", input="import sys; print(sys.argv)"))
# expect: (0, '2', []) (0, "['-', 'arg']", [])

dialogue = "x = 4\nif x:\n    x * 10\n\n_ + 1\n1 / 0\ndef f(\n  a): return a\n\nf('end')\n"
print(run("-q", "-i", input=dialogue)[:2])  # expect: (0, "40\n41\n'end'")
print(run("-i", "-c", "y = 5; 1 / 0", input="y\n")[:2])  # expect: (0, '5')
print(run("-q", "-i", input="import sys\nsys.ps1 = 1\nsys.exit(3)\nprint('not here')\n")[:2])  # expect: (3, '')

with tempfile.TemporaryDirectory() as d:
    startup = os.path.join(d, "startup.py")
    with open(startup, "w") as f:
        f.write("z = 'from startup'\n")
    print(run("-q", "-i", input="z\n", PYTHONSTARTUP=startup)[:2])  # expect: (0, "'from startup'")
    script = os.path.join(d, "__main__.py")
    with open(script, "w") as f:
        f.write("not python at all\nimport sys\nprint(__name__, sys.argv[1:], sys.path[0] == " + repr(d) + ")\n")
    print(run("-x", script, "1"))  # expect: (0, "__main__ ['1'] True", [])
    with open(script, "w") as f:
        f.write("import sys, helper\nprint(__name__, helper.value)\n")
    with open(os.path.join(d, "helper.py"), "w") as f:
        f.write("value = 'helped'\n")
    print(run(d), run("-I", d))  # expect: (0, '__main__ helped', []) (0, '__main__ helped', [])
    archive = os.path.join(d, "program.zip")
    with zipfile.ZipFile(archive, "w") as z:
        for name in "__main__.py", "helper.py":
            z.write(os.path.join(d, name), name)
    print(run(archive))  # expect: (0, '__main__ helped', [])
    with open(os.path.join(d, "where.py"), "w") as f:
        f.write("import sys\nprint(__file__, sys.path[0])\n")
    os.mkdir(os.path.join(d, "folder"))
    os.rename(os.path.join(d, "where.py"), os.path.join(d, "folder", "__main__.py"))
    result = subprocess.run([sys.executable, "folder"], capture_output=True, text=True, env=environment, cwd=d)
    print(result.stdout.split() == [os.path.join(d, "folder", "__main__.py"), os.path.join(d, "folder")])  # expect: True
    with open(archive, "rb") as f:
        content = f.read()
    with open(archive, "wb") as f:
        f.write(b"#!/usr/bin/env python3\n" + content)
    print(run(archive))  # expect: (0, '__main__ helped', [])
    print(run("-c", "import helper; print(helper.__file__)", PYTHONPATH=archive)[1].endswith("program.zip/helper.py"))  # expect: True
    print(run("-c", "import py_compile; py_compile.compile('helper.py', 'h.pyc')", PYTHONPATH=d)[0])  # expect: 1
    import py_compile
    compiled = py_compile.compile(os.path.join(d, "helper.py"), os.path.join(d, "h.pyc"))
    print(run("-i", compiled, input="value\n")[:2])  # expect: (0, "'helped'")
    with open(os.path.join(d, "broken.py"), "w") as f:
        f.write("import helper\n1 / 0\n")
    result = subprocess.run([sys.executable, "-c", "import broken"], capture_output=True, text=True, env={**environment, "PYTHONPATH": d})
    print(result.stderr.count("File "), "importlib" in result.stderr)  # expect: 2 False
