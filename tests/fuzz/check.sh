#!/bin/bash
# A few seconds of each fuzz program with fixed seeds, on Weft and on python3.11: the outputs must be equal.
# Longer: FUZZ_SEED=5 FUZZ_TIMES=100 tests/fuzz/check.sh
cd "$(dirname "$0")" || exit 1
seed=${FUZZ_SEED:-2} times=${FUZZ_TIMES:-1}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

same() { # NAME COUNT ARGUMENTS...
    local name=$1 count=$2
    shift 2
    /usr/bin/python3.11 "$name.py" "$seed" $((count * times)) 0 "$@" >"$out/python" 2>&1
    timeout 1000 "$WEFT" "$name.py" "$seed" $((count * times)) 0 "$@" >"$out/weft" 2>&1
    local status=$?
    if [[ $status -eq 0 ]] && cmp -s "$out/python" "$out/weft"; then
        echo "ok fuzz: $name $*"
    else
        echo "FAIL fuzz: $name $* (exit status $status)"
        diff -a "$out/python" "$out/weft" | cut -c1-200 | head -20
    fi
}

same source 120
for targets in "int_of_text int_of_bytes float_of_text float_fromhex complex_of_text" "format_spec str_format percent" \
    "fromisoformat datetime_state" "struct_format memory_cast array_of_bytes" "json_text csv_text expat" "pattern template" \
    "inflate bunzip unxz ascii_data" "decode encode unicode_data"; do
    # shellcheck disable=SC2086
    same values 60 $targets
done
same pickles 150
timeout 1000 "$WEFT" marshal_data.py "$seed" $((600 * times)) >/dev/null 2>"$out/errors" && echo "ok fuzz: marshal_data" || { echo "FAIL fuzz: marshal_data" && tail -5 "$out/errors"; }
timeout 1000 "$WEFT" recursion.py '^(hash_alias|descr_chain|call_chain|it_filter|union)$' | sed 's/^ok /ok fuzz: recursion /'
