#!/bin/bash
# check.sh PROGRAM [OPTION...]: runs PROGRAM under $WEFT with the options and compares its standard output, line by line, with its
# "# expect: TEXT" comments. A line "# options: OPTION..." in it adds options, "# not under: OPTION (why)" leaves it out of
# runs with that option. Prints "ok NAME" or "FAIL NAME" with the first differences.
program=$1
shift
name="$program $*"
while read -r unwanted; do
    [[ " $* " == *" $unwanted"* ]] && exit 0
done < <(sed -n 's/^# not under: \([^ ]*\).*/\1/p' "$program")
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
