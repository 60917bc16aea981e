#!/bin/sh
# Builds the comparison driver when it is out of date and runs compare.py with the given arguments.
#
#   tests/front/run.sh                  the subset for "make test"
#   tests/front/run.sh ast [FILE...]    see compare.py
#
# CC, CFLAGS and BUILD may be set, e.g. CC=clang CFLAGS="-O1 -fsanitize=address,undefined" BUILD=build/front-san.
set -e
cd "$(dirname "$0")/../.."
CC=${CC:-gcc}
CFLAGS=${CFLAGS:--O1 -g}
BUILD=${BUILD:-build/front}
driver=$BUILD/ast_dump
mkdir -p "$BUILD"

# The front end up to the symbol table: what this folder needs of vm/front.
sources=tests/unit/front/ast_dump.c
for name in arena ast unicode unicode_normal source tokenizer tokenize_number parser errors symtable symtable_visit \
    symtable_analyze diagnose diagnose_grammar diagnose_actions parse_atom parse_call parse_compound parse_expr \
    parse_fstring parse_number parse_params parse_pattern parse_stmt parse_string parse_target; do
    sources="$sources vm/front/$name.c"
done

if [ ! -x "$driver" ] || [ -n "$(find vm/front tests/unit/front -newer "$driver" -name '*.[cht]*' | head -1)" ]; then
    # shellcheck disable=SC2086
    $CC -std=gnu17 $CFLAGS -Wall -Wextra -Werror -I. $sources -lunistring -lm -o "$driver"
fi
what=${1:-quick}
[ $# -gt 0 ] && shift
exec /usr/bin/python3.11 tests/front/compare.py "$driver" "$what" "$@"
