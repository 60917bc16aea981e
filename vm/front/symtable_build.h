/* symtable_build.h -- building the symbol table. Internal to symtable*.c.
 *
 * Two passes, as in CPython: symtable_visit.c walks the tree and notes in every scope how its text
 * uses each name; symtable_analyze.c then decides from the outside in, and back, what each name
 * means. */
#ifndef WEFT_FRONT_SYMTABLE_BUILD_H
#define WEFT_FRONT_SYMTABLE_BUILD_H

#include "front.h"

typedef struct {
    Arena *arena;
    Symtable *table;
    SymScope *scope;        /* the current one */
    const char *class_name; /* for mangling, or NULL */
    SymError *error;
    bool failed;
    int depth, max_depth;
    const char *name_super, *name_class, *name_dot0; /* "super", "__class__", ".0" */
} SymBuilder;

bool sym_fail(SymBuilder *b, FrontErrorClass kind, const AstPos *pos, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Opens a scope for NODE inside the current one. */
SymScope *sym_enter(SymBuilder *b, const char *name, SymBlock block, const void *node,
                    const AstPos *pos);
void sym_leave(SymBuilder *b);

/* The index of a mangled name in SCOPE.symbols, or -1. */
int sym_find(const SymScope *scope, const char *name);
Symbol *sym_add(Arena *arena, SymScope *scope, const char *name);
/* How the current class spells NAME. */
const char *sym_mangle(SymBuilder *b, const char *name);
/* The flags of an unmangled name in SCOPE; 0 if it is not there. */
int sym_flags(SymBuilder *b, const SymScope *scope, const char *name);
bool sym_define_in(SymBuilder *b, SymScope *scope, const char *name, int flag, const AstPos *pos);
bool sym_define(SymBuilder *b, const char *name, int flag, const AstPos *pos);
/* Remembers where a name was declared global or nonlocal, for errors of the analysis. */
void sym_note_directive(SymBuilder *b, const char *name, const AstPos *pos);

bool sym_read_future(SymBuilder *b, const AstMod *mod);
bool sym_visit_module(SymBuilder *b, AstMod *mod);
bool sym_analyze(SymBuilder *b);

#endif
