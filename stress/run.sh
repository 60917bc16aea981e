#!/bin/bash
# Stress programs in many modes: run.sh [seconds|short|smoke]; smoke is for slow builds. Prints "N passed, N failed"; WEFT names the binary.
cd "$(dirname "$0")" || exit 2
WEFT=${WEFT:-../weft}
limit=${1:-short}
programs=(bank atomic_operations history blocking many_threads garbage features printing
          containers pools handover processes library guards)
# mode | scale of the work (slow modes do less)
modes=("|1" "--stm-quantum=100|0.5" "--stm-quantum=7|0.2" "--stm-quantum=1|0.1"
       "--stm-multi|0.3" "--stm-chaos=1 --stress-after=main|0.2" "--stm-chaos=2 --stress-after=main|0.2"
       "--stm-chaos=3 --stm-quantum=7 --stress-after=main|0.1" "--stm-chaos=4 --stm-quantum=1 --stress-after=main|0.05"
       "--gc-stress --stress-after=main|0.02" "--gc-stress --stm-chaos=5 --stm-quantum=7 --stress-after=main|0.02")
threads=(2 4 8)
[ "$limit" = short ] && threads=(4)
[ "$limit" = smoke ] && threads=(3) &&
    modes=("|0.2" "--stm-chaos=3 --stm-quantum=7 --stress-after=main|0.1" "--gc-stress --stress-after=main|0.02")
passed=0 failed=0 round=0 start=$SECONDS
while :; do
    for program in "${programs[@]}"; do
        for mode in "${modes[@]}"; do
            for n in "${threads[@]}"; do
                [[ $limit == [0-9]* ]] && ((SECONDS - start >= limit)) && break 4
                read -ra options <<<"${mode%|*}"
                out=$(timeout 300 "$WEFT" "${options[@]}" "$program.py" "$n" "${mode#*|}" 2>&1)
                status=$?
                if [ "$status" -eq 0 ] && [ "$out" = "ok $program" ]; then
                    ((passed++))
                else
                    ((failed++))
                    echo "FAIL ${options[*]} $program.py $n ${mode#*|}: $(tail -n 3 <<<"$out" | cut -c1-300)"
                fi
            done
        done
    done
    ((round++))
    [[ $limit == [0-9]* ]] || break
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
