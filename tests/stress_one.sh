#!/bin/bash
# stress_one.sh PROGRAM [OPTION...]: one stress program, with 3 threads and little work, under $WEFT.
program=$1
shift
out=$(timeout 600 "$WEFT" "$@" "stress/$program.py" 3 0.02 2>&1)
status=$?
if [[ $status -eq 0 && $out == "ok $program" ]]; then
    echo "ok stress/$program $*"
else
    echo "FAIL stress/$program $* (exit status $status)"
    tail -n 40 <<<"$out"
fi
