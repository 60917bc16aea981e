#!/bin/bash
# sanitizers.sh address|thread: builds Weft with that sanitizer (address: and that for undefined behaviour), runs the unit tests and
# programs under it: for address all language programs, for thread those and the stress programs that have threads, each
# small. A finding ends a program with an error. Ends with "N passed, N failed".
cd "$(dirname "$0")/.." || exit 1
kind=${1:?address or thread}
export BUILD=build/release-$kind-clang WEFT=$PWD/build/release-$kind-clang/weft PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0
JOBS=${JOBS:-2}
make --no-print-directory -j"$JOBS" SAN="$kind" all unit >/dev/null || { echo "FAIL the build" && echo "0 passed, 1 failed" && exit 1; }

unit_jobs() {
    for test in "$BUILD"/tests/unit/*/*_test; do echo "tests/unit.sh $test"; done
}
# Programs that start threads or change what transactions do, with every kind of end of a transaction.
threaded() { grep -lE 'threading|_thread|import stm|concurrent' tests/lang/*.py; }
stress_jobs() { # OPTION...
    for program in bank atomic_operations history blocking many_threads garbage features printing; do
        echo "tests/stress_one.sh $program $*"
    done
}
jobs_of() {
    unit_jobs
    if [[ $kind == address ]]; then
        for program in tests/lang/*.py; do echo "tests/lang/check.sh $program"; done
        for program in $(threaded); do echo "tests/lang/check.sh $program --stm-chaos=1 --stm-multi --stress-after=main"; done
        stress_jobs
    else
        for program in $(threaded); do echo "tests/lang/check.sh $program"; done
        stress_jobs
        stress_jobs --stm-quantum=7
        stress_jobs --stm-chaos=3 --stress-after=main
    fi
}
results=$(mktemp)
trap 'rm -f "$results"' EXIT
jobs_of | xargs -P "$JOBS" -d '\n' -n 1 bash -c 'out=$(eval "$0" 2>&1) || out="$out"$'"'\\n'"'"FAIL $0"; printf "%s\n" "$out"' |
    tee "$results" | grep -v '^ok '
passed=$(grep -c '^ok ' "$results")
failed=$(grep -c '^FAIL ' "$results")
echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
