#!/bin/bash
# What no program should look like: the last line on stderr names python3.11's error class, and the exit status is its.
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
