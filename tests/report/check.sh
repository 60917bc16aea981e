#!/bin/bash
# Planted conflicts are reported at their lines, with object and attribute or index; odd logs are no crash.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
program=tests/report/planted.py
line() { grep -n "planted: $1" "$program" | cut -d: -f1; }

# Whether threads meet depends on the machine: more rounds until they have.
planted() { # KIND PATTERN LINE...
    local kind=$1 pattern=$2 rounds=20000 missing
    shift 2
    for _ in 1 2 3 4; do
        timeout 300 "$WEFT" --stm-log "$dir/log" "$program" "$kind" $rounds || { echo "FAIL report: $kind (the program)" && return; }
        "$WEFT" stm-report "$dir/log" >"$dir/report" 2>&1 || break
        missing=
        grep -q "$pattern" "$dir/report" || missing="$pattern"
        for number in "$@"; do grep -q "changed at .*planted.py:$number\$" "$dir/report" || missing+=" line $number"; done
        grep -q "aborted at .*planted.py:[0-9]" "$dir/report" || missing+=" reader's line"
        [[ -z $missing ]] && echo "ok report: $kind" && return
        rounds=$((rounds * 4))
    done
    echo "FAIL report: $kind: the report lacks $missing"
    head -20 "$dir/report"
}
planted attribute 'Account\.balance' "$(line attribute)"
planted item 'list\[7\]' "$(line 'item written')"

for title in commits inevitable 'page ops' 'longest pause'; do
    if grep -q "$title" "$dir/report"; then echo "ok report: $title"; else echo "FAIL report: no $title"; fi
done
printf '{"event":"abort","thread":1,"lost_ns":5,"why":"x"}\n{"event":"ab' >"$dir/cut"
if "$WEFT" stm-report "$dir/cut" | grep -q '1 lines were not understood'; then echo "ok report: cut"; else echo "FAIL report: cut"; fi
"$WEFT" stm-report "$dir/none" 2>"$dir/err"
if [[ $? -eq 1 ]] && grep -q 'No such file' "$dir/err"; then echo "ok report: missing"; else echo "FAIL report: missing"; fi
