#!/bin/bash
# Runs one unit test: its exit status says whether all in it is well.
out=$(timeout 300 "$1" 2>&1)
status=$?
if [[ $status -eq 0 ]]; then
    echo "ok $1"
else
    echo "FAIL $1 (exit status $status)"
    tail -8 <<<"$out"
fi
