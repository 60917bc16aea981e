#!/bin/bash
# All fast tests: unit tests, the front end's comparison, language programs in every mode, bad input, short runs of the fuzz programs,
# the conflict report, programs that others wrote (where their packages are), CPython's own tests of the language and its types.
# WEFT is the program to test, BUILD its build directory, JOBS how many run at a time (2), SKIP a pattern of jobs to leave out.
# Arguments: which parts (all).
# Prints failures as they come and ends with "N passed, N failed"; the exit status says whether all passed.
cd "$(dirname "$0")/.." || exit 1
export WEFT=${WEFT:-$PWD/weft} BUILD=${BUILD:?}
[[ $WEFT == /* ]] || WEFT=$PWD/$WEFT
export PYTHONDONTWRITEBYTECODE=1 PYTHONHASHSEED=0
JOBS=${JOBS:-2}
parts=("$@")
[[ ${#parts[@]} -eq 0 ]] && parts=(unit front lang bad_input fuzz report examples programs conformance)
results=$(mktemp)
trap 'rm -f "$results"' EXIT

# One job a line: a shell command that prints "ok ..." and "FAIL ..." lines.
jobs_of() {
    case $1 in
    unit)
        for test in "$BUILD"/tests/unit/*/*_test; do [[ -x $test ]] && echo "tests/unit.sh $test"; done
        ;;
    front) echo "tests/front.sh" ;;
    lang)
        for program in tests/lang/*.py; do
            echo "tests/lang/check.sh $program"
            echo "tests/lang/check.sh $program --gc-stress --stress-after=main"
            for seed in ${CHAOS_SEEDS:-1 7}; do echo "tests/lang/check.sh $program --stm-chaos=$seed --stm-multi --stress-after=main"; done
            echo "tests/lang/check.sh $program --stm-quantum=1 --stm-multi --stress-after=main"
            echo "tests/lang/check.sh $program --stm-multi"
        done
        ;;
    bad_input) echo "tests/bad_input/check.sh" ;;
    fuzz) echo "tests/fuzz/check.sh" ;;
    report) echo "tests/report/check.sh" ;;
    examples) echo "tests/examples.sh" ;;
    programs) echo "tests/programs/run.py --weft $WEFT fast" ;;
    conformance) for tier in T1a T1b; do echo "tests/conformance/run.py --weft $WEFT --jobs 1 $tier"; done ;;
    *) echo "tests/run.sh: no part '$1'" >&2 && exit 2 ;;
    esac
}

for part in "${parts[@]}"; do jobs_of "$part"; done | grep -vE -e "${SKIP:-^$}" |
    xargs -P "$JOBS" -d '\n' -n 1 bash -c 'out=$(eval "$0" 2>&1) || out="$out"$'"'\\n'"'"FAIL $0"; printf "%s\n" "$out"' |
    tee "$results" | grep -v '^ok '
passed=$(grep -c '^ok ' "$results")
failed=$(grep -c '^FAIL ' "$results")
echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
