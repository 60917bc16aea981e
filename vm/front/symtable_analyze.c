/* symtable_analyze.c -- the second pass: local, cell, free or global?
 *
 * Going in, each scope gets the names that enclosing functions bind (BOUND) and that enclosing
 * scopes have declared global (GLOBAL). Coming out, it reports the names that it takes from outside
 * (FREE), which makes cells of an enclosing function's locals. */
#include "symtable_build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A set of interned names. Removal marks the slot, so that probing goes on over it. */
typedef struct {
    Arena *arena;
    const char **slots;
    uint32_t used, capacity; /* used counts removed slots too */
} NameSet;

static const char removed_name[] = "";

static bool set_has(const NameSet *set, const char *name) {
    if (!set->capacity) return false;
    uint32_t mask = set->capacity - 1;
    for (uint32_t slot = arena_name_hash(name) & mask; set->slots[slot]; slot = (slot + 1) & mask)
        if (set->slots[slot] == name) return true;
    return false;
}

static void set_add(NameSet *set, const char *name);

static void set_merge(NameSet *set, const NameSet *other) {
    for (uint32_t i = 0; i < other->capacity; i++)
        if (other->slots[i] && other->slots[i] != removed_name) set_add(set, other->slots[i]);
}

static void set_add(NameSet *set, const char *name) {
    if (set_has(set, name)) return;
    if (set->used * 2 >= set->capacity) {
        NameSet bigger = {.arena = set->arena, .capacity = set->capacity ? 2 * set->capacity : 8};
        bigger.slots = ARENA_ARRAY(set->arena, const char *, bigger.capacity);
        set_merge(&bigger, set);
        *set = bigger;
    }
    uint32_t mask = set->capacity - 1, slot = arena_name_hash(name) & mask;
    while (set->slots[slot]) slot = (slot + 1) & mask;
    set->slots[slot] = name;
    set->used++;
}

static void set_remove(NameSet *set, const char *name) {
    if (!set->capacity) return;
    uint32_t mask = set->capacity - 1;
    for (uint32_t slot = arena_name_hash(name) & mask; set->slots[slot]; slot = (slot + 1) & mask)
        if (set->slots[slot] == name) set->slots[slot] = removed_name;
}

/* --- one name -------------------------------------------------------------------------------- */

typedef struct {
    SymBuilder *b;
    SymScope *scope;
    NameSet *bound; /* NULL at module level */
    NameSet *free, *global;
    NameSet local;
} Analysis;

static bool fail_at_directive(Analysis *a, const Symbol *symbol, const char *format) {
    AstPos pos = {symbol->declared_line, symbol->declared_col, symbol->declared_end_line,
                  symbol->declared_end_col};
    char message[400];
    snprintf(message, sizeof message, format, symbol->name);
    return sym_fail(a->b, FRONT_SYNTAX_ERROR, &pos, "%s", message);
}

static void make_free(Analysis *a, Symbol *symbol) {
    symbol->scope = SYM_FREE;
    a->scope->has_free = true;
    set_add(a->free, symbol->name);
}

static bool analyze_name(Analysis *a, Symbol *symbol) {
    if (symbol->flags & SYM_DEF_GLOBAL) {
        if (symbol->flags & SYM_DEF_NONLOCAL)
            return fail_at_directive(a, symbol, "name '%s' is nonlocal and global");
        symbol->scope = SYM_GLOBAL_EXPLICIT;
        set_add(a->global, symbol->name);
        if (a->bound) set_remove(a->bound, symbol->name);
        return true;
    }
    if (symbol->flags & SYM_DEF_NONLOCAL) {
        if (!a->bound)
            return fail_at_directive(a, symbol, "nonlocal declaration not allowed at module level");
        if (!set_has(a->bound, symbol->name))
            return fail_at_directive(a, symbol, "no binding for nonlocal '%s' found");
        make_free(a, symbol);
        return true;
    }
    if (symbol->flags & SYM_DEF_BOUND) {
        symbol->scope = SYM_LOCAL;
        set_add(&a->local, symbol->name);
        set_remove(a->global, symbol->name);
        return true;
    }
    if (a->bound && set_has(a->bound, symbol->name)) {
        make_free(a, symbol);
        return true;
    }
    symbol->scope = SYM_GLOBAL_IMPLICIT;
    if (!set_has(a->global, symbol->name) && a->scope->nested) a->scope->has_free = true;
    return true;
}

/* --- one scope ------------------------------------------------------------------------------- */

/* Names that inner functions take from here. */
static void make_cells(SymScope *scope, NameSet *free) {
    for (int i = 0; i < scope->symbol_count; i++) {
        Symbol *symbol = &scope->symbols[i];
        if (symbol->scope != SYM_LOCAL || !set_has(free, symbol->name)) continue;
        symbol->scope = SYM_CELL;
        set_remove(free, symbol->name);
    }
}

/* What inner scopes take from outside passes through this one. */
static void pass_on_free(Analysis *a, const NameSet *free) {
    for (uint32_t i = 0; i < free->capacity; i++) {
        const char *name = free->slots[i];
        if (!name || name == removed_name) continue;
        int at = sym_find(a->scope, name);
        if (at >= 0) {
            Symbol *symbol = &a->scope->symbols[at];
            if (a->scope->block == SYM_CLASS && symbol->flags & (SYM_DEF_BOUND | SYM_DEF_GLOBAL))
                symbol->flags |= SYM_DEF_FREE_CLASS;
            continue;
        }
        if (a->bound && !set_has(a->bound, name)) continue;
        sym_add(a->b->arena, a->scope, name)->scope = SYM_FREE;
    }
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void list_names(Arena *arena, SymScope *scope) {
    AstNameSeq *lists[] = {&scope->locals, &scope->cellvars, &scope->freevars};
    for (int i = 0; i < 3; i++)
        lists[i]->items =
            ARENA_ARRAY(arena, const char *, scope->symbol_count + scope->params.count + 1);
    for (int i = 0; i < scope->params.count; i++)
        scope->locals.items[scope->locals.count++] = scope->params.items[i];
    for (int i = 0; i < scope->symbol_count; i++) {
        const Symbol *symbol = &scope->symbols[i];
        AstNameSeq *list = NULL;
        if (symbol->scope == SYM_CELL)
            list = &scope->cellvars;
        else if (symbol->scope == SYM_FREE || symbol->flags & SYM_DEF_FREE_CLASS)
            list = &scope->freevars;
        else if (symbol->scope == SYM_LOCAL && !(symbol->flags & SYM_DEF_PARAM) &&
                 scope->block == SYM_FUNCTION)
            list = &scope->locals;
        if (list) list->items[list->count++] = symbol->name;
    }
    if (scope->needs_class_closure)
        scope->cellvars.items[scope->cellvars.count++] = arena_intern_str(arena, "__class__");
    /* Interned names compare as UTF-8, which sorts like code points. */
    qsort(scope->cellvars.items, (size_t)scope->cellvars.count, sizeof(char *), compare_names);
    qsort(scope->freevars.items, (size_t)scope->freevars.count, sizeof(char *), compare_names);
}

static bool analyze_scope(SymBuilder *b, SymScope *scope, NameSet *bound, NameSet *free,
                          NameSet *global) {
    Arena *arena = b->arena;
    Analysis a = {b, scope, bound, free, global, {.arena = arena}};
    NameSet inner_bound = {.arena = arena}, inner_free = {.arena = arena},
            inner_global = {.arena = arena};
    bool class = scope->block == SYM_CLASS;
    if (class) {
        /* A class's own names are invisible to its methods. */
        set_merge(&inner_global, global);
        if (bound) set_merge(&inner_bound, bound);
    }
    for (int i = 0; i < scope->symbol_count; i++)
        if (!analyze_name(&a, &scope->symbols[i])) return false;
    if (class) {
        set_add(&inner_bound, b->name_class);
    } else {
        if (scope->block == SYM_FUNCTION) set_merge(&inner_bound, &a.local);
        if (bound) set_merge(&inner_bound, bound);
        set_merge(&inner_global, global);
    }
    for (int i = 0; i < scope->children.count; i++) {
        SymScope *child = scope->children.items[i];
        NameSet child_bound = {.arena = arena}, child_global = {.arena = arena};
        set_merge(&child_bound, &inner_bound);
        set_merge(&child_global, &inner_global);
        if (!analyze_scope(b, child, &child_bound, &inner_free, &child_global)) return false;
        if (child->has_free || child->child_has_free) scope->child_has_free = true;
    }
    if (scope->block == SYM_FUNCTION) {
        make_cells(scope, &inner_free);
    } else if (class && set_has(&inner_free, b->name_class)) {
        set_remove(&inner_free, b->name_class);
        scope->needs_class_closure = true;
    }
    pass_on_free(&a, &inner_free);
    set_merge(free, &inner_free);
    list_names(arena, scope);
    return true;
}

bool sym_analyze(SymBuilder *b) {
    NameSet free = {.arena = b->arena}, global = {.arena = b->arena};
    return analyze_scope(b, b->table->top, NULL, &free, &global);
}
