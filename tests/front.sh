#!/bin/bash
# The front end against CPython's: its own counts become one line each.
out=$(BUILD="$BUILD/front" tests/front/run.sh 2>&1)
last=$(tail -1 <<<"$out")
if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    [[ ${BASH_REMATCH[2]} -gt 0 ]] && head -20 <<<"$out"
    for ((i = 0; i < BASH_REMATCH[1]; i++)); do echo "ok front $i"; done
    for ((i = 0; i < BASH_REMATCH[2]; i++)); do echo "FAIL front $i"; done
else
    echo "FAIL front"
    tail -5 <<<"$out"
fi
