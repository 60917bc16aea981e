/* dump_scope.c -- a symbol table as text, for comparison with the _symtable module. */
#include <stdlib.h>
#include <string.h>

#include "dump.h"

static int compare_symbols(const void *a, const void *b) {
    return strcmp(((const Symbol *)a)->name, ((const Symbol *)b)->name);
}

static void dump_names(FILE *out, int depth, const char *title, AstNameSeq names) {
    fprintf(out, "%*s %s:", depth, "", title);
    for (int i = 0; i < names.count; i++) fprintf(out, " %s", names.items[i]);
    fputc('\n', out);
}

void dump_scope(FILE *out, const SymScope *scope, int depth) {
    static const char *const blocks[] = {"module", "class", "function", "annotation"};
    fprintf(out, "%*s%s %s %d %d\n", depth, "", blocks[scope->block], scope->name,
            scope->pos.lineno, scope->nested);
    size_t size = (size_t)scope->symbol_count * sizeof(Symbol);
    Symbol *sorted = malloc(size + 1);
    if (size) memcpy(sorted, scope->symbols, size);
    qsort(sorted, (size_t)scope->symbol_count, sizeof *sorted, compare_symbols);
    for (int i = 0; i < scope->symbol_count; i++)
        fprintf(out, "%*s %s %d\n", depth, "", sorted[i].name,
                sorted[i].flags | sorted[i].scope << 11);
    free(sorted);
    dump_names(out, depth, "params", scope->params);
    for (int i = 0; i < scope->children.count; i++)
        dump_scope(out, scope->children.items[i], depth + 1);
}
