#!/bin/bash
# sanitizers.sh address|thread|none: builds Weft with clang and that sanitizer (address: and the one for undefined behaviour), and runs
# tests under it: for address all but the slowest, for thread what has threads, for none the plain ones. A finding ends
# a program with an error; reports come last. Options and suppressions are in stm/sanitizer.c. Ends with "N passed, N failed".
cd "$(dirname "$0")/.." || exit 1
kind=${1:?address, thread or none}
export JOBS=${JOBS:-2} BUILD=build/release-$kind-clang
variables=(SAN="$kind")
[[ $kind == none ]] && variables=(CC=clang)
export WEFT=$PWD/$BUILD/weft PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0
# `make` as a user calls it, whatever the make that runs this was told.
env -u MAKEFLAGS make -s -j"$JOBS" "${variables[@]}" BUILD="$BUILD" all unit >/dev/null ||
    { echo "FAIL the build" && echo "0 passed, 1 failed" && exit 1; }

reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
export TSAN_OPTIONS=log_path=$reports/report ASAN_OPTIONS=log_path=$reports/report
passed=0 failed=0
add() { # COMMAND...: runs tests and adds their "N passed, N failed"
    local out
    out=$("$@" 2>&1)
    [[ $out =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || { echo "FAIL $*: no result" && out+="0 passed, 1 failed"; }
    [[ $out =~ ([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] && ((passed += BASH_REMATCH[1], failed += BASH_REMATCH[2]))
    head -n -1 <<<"$out" | grep .
}

case $kind in
address)
    # Left out: a crash is the sanitizer's to report; and its wide stack frames keep stale references, which hold views.
    of_stacks='faulthandler_dumps|mod_array|mod_re_lazy|memoryview_dead'
    export CC=clang CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all" # of the front end's comparison
    SKIP="large_code|list_(basics|sort).*--gc-stress|$of_stacks" add tests/run.sh unit front lang bad_input fuzz report examples
    add stress/run.sh smoke
    ;;
thread)
    unthreaded=$(grep -LE 'threading|_thread|import stm|concurrent' tests/lang/*.py | paste -sd'|')
    # Left out: its wide stack frames do not fit where others do; without a descriptor left it cannot look at its suppressions.
    SKIP="$unthreaded|faulthandler_dumps|deep_c|files_left_open" add tests/run.sh unit lang report examples
    add stress/run.sh smoke
    ;;
none) SKIP='--(stm|gc)-' add tests/run.sh unit lang report examples ;;
esac
[[ $failed -eq 0 ]] || head -qn 40 "$reports"/* 2>/dev/null | head -n 400
echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
