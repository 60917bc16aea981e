/* dump.h -- an AST as text, exactly as ast.dump(tree, include_attributes=True) prints it. */
#ifndef WEFT_TEST_DUMP_H
#define WEFT_TEST_DUMP_H

#include <stdio.h>

#include "front.h"

void dump_module(FILE *out, const AstMod *mod);

/* Scopes, and names with CPython's flag words, as compare.py prints them. */
void dump_scope(FILE *out, const SymScope *scope, int depth);

/* A str as repr() writes it. */
void dump_str(FILE *out, const char *text, size_t length);

#endif
