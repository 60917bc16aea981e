#!/bin/bash
# check.sh PROGRAM [OPTION...]: runs PROGRAM under $WEFT with the options and compares its standard output, line by line, with its
# "# expect: TEXT" comments. A first line "# options: OPTION..." adds options, "# only: solo" leaves the program out of
# the other runs. Prints "ok NAME" or "FAIL NAME" with the first differences.
program=$1
shift
name="$program $*"
if [[ $# -gt 0 ]] && grep -q '^# only: solo$' "$program"; then exit 0; fi
read -ra own < <(sed -n 's/^# options: //p' "$program")
expected=$(sed -n 's/^.*# expect: \{0,1\}//p' "$program"; echo x)
errors=$(mktemp)
# The guard is for hangs alone: it is far above what any program needs on a slow machine.
got=$(timeout 300 "$WEFT" "${own[@]}" "$@" "$program" 2>"$errors" </dev/null; echo "x$?")
status=${got##*x}
got=${got%x*}x
if [[ $got == "$expected" && $status -eq 0 ]]; then
    echo "ok $name"
else
    echo "FAIL $name (exit status $status)"
    diff <(echo "${expected%x}") <(echo "${got%x}") | head -6
    tail -4 "$errors"
fi
rm -f "$errors"
