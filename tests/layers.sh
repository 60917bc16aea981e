#!/bin/bash
# Rejects an include of a layer above: stm <- gc <- vm. Prints offenders; the exit status says whether there are any.
cd "$(dirname "$0")/.." || exit 1
bad=$(grep -nE '#include "(gc|vm|jit)/' stm/*.[ch]; grep -nE '#include "(vm|jit)/' gc/*.[ch]
    grep -rnE '#include "(stm|gc)/internal\.h"' vm --include='*.[ch]')
[[ -z $bad ]] && exit 0
echo "$bad"
echo "layers: the includes above go upwards, or past a layer's public header"
exit 1
