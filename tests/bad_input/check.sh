#!/bin/bash
# What no program should look like: the last line on stderr names python3.11's error class, and the exit status is its.
# What no program should meet (full disks, closed streams, broken pipes, limits): all that is written is the same.
dir=$(mktemp -d)
trap 'chmod -R u+rwx "$dir"; rm -rf "$dir"' EXIT

# Class of the exception that stderr ends with, or the line itself without the program's name.
error_of() { sed -n '$p' "$1" | sed -E 's/^([A-Za-z_.]+(Error|Exception|Interrupt|Exit)):.*/\1/; s/^[^: ]*(weft|python3)[^:]*: //; s/`python -h/`weft -h/'; }

same_as_python() { # NAME ARGUMENTS...
    local name=$1
    shift
    (cd "$dir" && timeout 300 /usr/bin/python3.11 "$@" >"$dir/out1" 2>"$dir/err1" </dev/null)
    local status1=$?
    (cd "$dir" && timeout 300 "$WEFT" "$@" >"$dir/out2" 2>"$dir/err2" </dev/null)
    local status2=$?
    if [[ $status1 -eq $status2 && $(error_of "$dir/err1") == "$(error_of "$dir/err2")" ]] && cmp -s "$dir/out1" "$dir/out2"; then
        echo "ok bad input: $name"
    else
        echo "FAIL bad input: $name: exit status $status2 instead of $status1"
        echo "  python3.11: $(tail -1 "$dir/err1" | cut -c1-200)"
        echo "  weft:       $(tail -1 "$dir/err2" | cut -c1-200)"
    fi
}

cd "$dir" || exit 1
head -c 100000 "$WEFT" >binary.py
printf 'print(1)\n\0\1\2' >nul.py
printf 'x = "\xff\xfe"\n' >not_utf8.py
printf '# coding: no-such-codec\n' >codec.py
/usr/bin/python3.11 - <<'P'
open("long_line.py", "w").write("x = [" + "1, " * 350000 + "]\nprint(len(x))\n")
open("long_name.py", "w").write("a" * 1000000 + " = 1\nprint(len(dir()[0]))\n")
open("parentheses.py", "w").write("x = " + "(" * 10000 + ")" * 10000 + "\n")
open("unclosed.py", "w").write("(" * 10000)
open("unary.py", "w").write("x = " + "-" * 20000 + "1\n")
open("blocks.py", "w").write("".join(" " * i + "if 1:\n" for i in range(110)) + " " * 110 + "pass\n")
open("recursion.py", "w").write("def f(n):\n    return f(n + 1) + 1\nf(0)\n")
open("recursion_caught.py", "w").write(
    "def f(n):\n    return f(n + 1) + 1\nfor i in range(3):\n    try: f(0)\n    except RecursionError as e: print(type(e).__name__, e)\n")
open("repr_recursion.py", "w").write("x = []\nfor i in range(100000): x = [x]\nrepr(x)\n")
open("eq_recursion.py", "w").write("x = []; y = []\nfor i in range(100000): x, y = [x], [y]\nx == y\n")
open("getattr_recursion.py", "w").write("class A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\nA().y\n")
open("exit_status.py", "w").write("import sys\nsys.exit(77)\n")
open("exit_text.py", "w").write("raise SystemExit('gone')\n")
open("raise_class.py", "w").write("class E(Exception): pass\nraise E('x' * 10000)\n")
open("crlf.py", "wb").write(b"x = 1\r\nif x:\r\n    print('crlf')\r\n")
open("no_newline.py", "w").write("print('end')")
open("empty.py", "w").close()
open("indent.py", "w").write("if 1:\n        x\n    y\n")
open("surrogate.py", "w").write("print('\\ud800')\n")
P
for program in binary nul not_utf8 codec long_line long_name parentheses unclosed unary blocks recursion recursion_caught \
    repr_recursion eq_recursion getattr_recursion exit_status exit_text raise_class crlf no_newline empty indent surrogate; do
    same_as_python "$program" "$program.py"
done
mkdir no_main
same_as_python "missing file" no_such_file.py
same_as_python "directory without __main__" "$dir/no_main"
same_as_python "missing module" -m no_such_module
same_as_python "unknown option" --no-such-option
same_as_python "list of an unreadable directory" -c 'import os; os.listdir("/no/such/dir")'
if [[ $(id -u) -ne 0 ]]; then
    mkdir closed && touch closed/x.py && chmod 0 closed
    same_as_python "unreadable directory" closed
    same_as_python "file in an unreadable directory" closed/x.py
fi

# A command line, which calls the interpreter $PY.
same_command() { # NAME COMMAND
    local which out=()
    for which in /usr/bin/python3.11 "$WEFT"; do
        rm -rf "$dir/work" && mkdir "$dir/work"
        ln -sfn "$which" "$dir/python3"
        out+=("$(cd "$dir/work" && PY="$dir/python3" timeout 300 bash -c "$2" 2>&1 </dev/null; echo "status $?")")
    done
    if [[ ${out[0]} == "${out[1]}" ]]; then
        echo "ok bad input: $1"
    else
        echo "FAIL bad input: $1"
        diff <(echo "${out[0]}") <(echo "${out[1]}") | cut -c1-200 | head -12
    fi
}

unset PYTHONUNBUFFERED
same_command "full stdout" '$PY -c "print(1)" >/dev/full'
same_command "full stdout, flushed" '$PY -c "print(1, flush=True)" >/dev/full'
same_command "full stdout, exit" '$PY -c "import sys; print(1); sys.exit(3)" >/dev/full'
same_command "full stderr" '$PY -c "1/0" 2>/dev/full'
same_command "full file" '$PY -c "
f = open(\"/dev/full\", \"w\"); f.write(\"x\")
for i in range(2):
    try: f.close()
    except OSError as e: print(e)
print(f.closed, f.buffer.raw.closed)"'
same_command "broken pipe" '$PY -c "for i in range(100000): print(i)" | true; echo ${PIPESTATUS[0]}'
for stream in "<&-" ">&-" "2>&-"; do
    same_command "closed $stream" "\$PY -c 'import sys; print(sys.stdin, sys.stdout, sys.stderr); 1/0' $stream"
    same_command "closed $stream, input" "echo x | \$PY -c 'print(input())' $stream"
done
same_command "stdout closed by the program" '$PY -c "import os; os.close(1); print(1)"'
same_command "file too large" '$PY -c "
import resource, signal
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
f = open(\"x\", \"wb\", 0)
try:
    while True: print(f.write(bytes(700)), flush=True)
except OSError as e: print(e)
import os
if os.fork(): os.wait()
else: print(\"forked\")"'
same_command "limits of a child" '$PY -c "
import resource, subprocess
for limit, most in (resource.RLIMIT_AS, 1 << 28), (resource.RLIMIT_DATA, 1 << 28), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_STACK, 1 << 20):
    print(subprocess.run([\"sh\", \"-c\", \"ulimit -v; ulimit -d; ulimit -f; ulimit -s\"], capture_output=True,
                         preexec_fn=lambda: resource.setrlimit(limit, (most, most))))"'
same_command "too many open files" 'ulimit -n 30; $PY -c "
files = []
try:
    while True: files.append(open(\"/dev/null\"))
except OSError as e: print(e)
import os, socket, subprocess
for f in os.pipe, os.getcwd, socket.socket, lambda: os.listdir(\".\"), lambda: subprocess.run([\"true\"]):
    try: f()
    except OSError as e: print(e)
files = None
print(len(os.listdir(\".\")))"'
same_command "no directory of cached code" 'echo "x = 1" >m.py; touch __pycache__; $PY -c "import m; print(m.x)"; PYTHONPYCACHEPREFIX=/dev/null/x $PY -c "import m; print(m.x)"'
mkdir "$dir/full"
if mount -t tmpfs -o size=64k weft "$dir/full" 2>/dev/null; then
    trap 'umount "$dir/full"; chmod -R u+rwx "$dir"; rm -rf "$dir"' EXIT
    for n in {1..900}; do echo "name_$n = [$n, 'a text of this line: $n', ($n, $n)]"; done >"$dir/full/big.py"
    head -c 64000 /dev/zero >"$dir/full/filler" 2>/dev/null
    same_command "cached code on a full disk" "export PYTHONDONTWRITEBYTECODE= PYTHONPATH=$dir/full
        for i in 1 2; do \$PY -c 'import big; print(big.name_900)'; ls $dir/full | grep -v __pycache__; find $dir/full/__pycache__ -type f; done"
fi
