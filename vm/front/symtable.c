/* symtable.c -- scopes, their tables of names, and the map from nodes to scopes. */
#include "symtable_build.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_MAX_DEPTH = 3000 };

bool sym_fail(SymBuilder *b, FrontErrorClass kind, const AstPos *pos, const char *format, ...) {
    if (b->failed) return false;
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    b->failed = true;
    *b->error =
        (SymError){.kind = (int)kind, .message = arena_copy(b->arena, message, strlen(message))};
    if (pos) {
        b->error->pos = *pos;
        b->error->has_pos = true;
    }
    return false;
}

/* --- names of a scope ------------------------------------------------------------------------ */

int sym_find(const SymScope *scope, const char *name) {
    if (!scope->index_capacity) return -1;
    uint32_t mask = scope->index_capacity - 1;
    for (uint32_t slot = arena_name_hash(name) & mask; scope->index[slot];
         slot = (slot + 1) & mask) {
        int i = (int)scope->index[slot] - 1;
        if (scope->symbols[i].name == name) return i;
    }
    return -1;
}

static void insert_index(SymScope *scope, int i) {
    uint32_t mask = scope->index_capacity - 1,
             slot = arena_name_hash(scope->symbols[i].name) & mask;
    while (scope->index[slot]) slot = (slot + 1) & mask;
    scope->index[slot] = (uint32_t)i + 1;
}

static void grow_symbols(Arena *arena, SymScope *scope) {
    uint32_t capacity = scope->symbol_capacity ? 2 * scope->symbol_capacity : 8;
    Symbol *symbols = ARENA_ARRAY(arena, Symbol, capacity);
    if (scope->symbol_count)
        memcpy(symbols, scope->symbols, (size_t)scope->symbol_count * sizeof *symbols);
    scope->symbols = symbols;
    scope->symbol_capacity = capacity;
    scope->index_capacity = 2 * capacity;
    scope->index = ARENA_ARRAY(arena, uint32_t, scope->index_capacity);
    for (int i = 0; i < scope->symbol_count; i++) insert_index(scope, i);
}

Symbol *sym_add(Arena *arena, SymScope *scope, const char *name) {
    if ((uint32_t)scope->symbol_count == scope->symbol_capacity) grow_symbols(arena, scope);
    Symbol *symbol = &scope->symbols[scope->symbol_count];
    symbol->name = name;
    insert_index(scope, scope->symbol_count++);
    return symbol;
}

const Symbol *symtable_lookup(const SymScope *scope, const char *name) {
    int i = sym_find(scope, name);
    return i < 0 ? NULL : &scope->symbols[i];
}

const char *sym_mangle(SymBuilder *b, const char *name) {
    return ast_mangle(b->arena, b->class_name, name);
}

int sym_flags(SymBuilder *b, const SymScope *scope, const char *name) {
    int i = sym_find(scope, sym_mangle(b, name));
    return i < 0 ? 0 : scope->symbols[i].flags;
}

static void append_name(Arena *arena, AstNameSeq *seq, const char *name) {
    /* Full at each power of two. */
    if ((seq->count & (seq->count - 1)) == 0) {
        const char **items = ARENA_ARRAY(arena, const char *, seq->count ? 2 * seq->count : 1);
        if (seq->count) memcpy(items, seq->items, (size_t)seq->count * sizeof *items);
        seq->items = items;
    }
    seq->items[seq->count++] = name;
}

bool sym_define_in(SymBuilder *b, SymScope *scope, const char *name, int flag, const AstPos *pos) {
    const char *mangled = sym_mangle(b, name);
    int i = sym_find(scope, mangled);
    Symbol *symbol = i < 0 ? sym_add(b->arena, scope, mangled) : &scope->symbols[i];
    if (flag & symbol->flags & SYM_DEF_PARAM)
        return sym_fail(b, FRONT_SYNTAX_ERROR, pos,
                        "duplicate argument '%s' in function definition", name);
    int flags = symbol->flags | flag;
    if (scope->comp_iter_target) {
        if (flags & (SYM_DEF_GLOBAL | SYM_DEF_NONLOCAL))
            return sym_fail(
                b, FRONT_SYNTAX_ERROR, pos,
                "comprehension inner loop cannot rebind assignment expression target '%s'", name);
        flags |= SYM_DEF_COMP_ITER;
    }
    symbol->flags = (uint16_t)flags;
    if (flag & SYM_DEF_PARAM) append_name(b->arena, &scope->params, mangled);
    if (flag & SYM_DEF_GLOBAL && !(flag & SYM_DEF_PARAM) && scope != b->table->top) {
        /* The module knows the names that functions declare global. */
        SymScope *top = b->table->top;
        i = sym_find(top, mangled);
        Symbol *global = i < 0 ? sym_add(b->arena, top, mangled) : &top->symbols[i];
        global->flags |= (uint16_t)flag;
    }
    return true;
}

bool sym_define(SymBuilder *b, const char *name, int flag, const AstPos *pos) {
    return sym_define_in(b, b->scope, name, flag, pos);
}

void sym_note_directive(SymBuilder *b, const char *name, const AstPos *pos) {
    int i = sym_find(b->scope, sym_mangle(b, name));
    if (i < 0 || b->scope->symbols[i].declared_line) return;
    Symbol *symbol = &b->scope->symbols[i];
    symbol->declared_line = pos->lineno;
    symbol->declared_col = pos->col_offset;
    symbol->declared_end_line = pos->end_lineno;
    symbol->declared_end_col = pos->end_col_offset;
}

/* --- nodes to scopes ------------------------------------------------------------------------- */

struct SymNodeMap {
    const void **nodes;
    SymScope **scopes;
    uint32_t count, capacity;
};

static uint32_t node_hash(const void *node) {
    return (uint32_t)(((uintptr_t)node >> 3) * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

static void map_put(struct SymNodeMap *map, const void *node, SymScope *scope) {
    uint32_t mask = map->capacity - 1, slot = node_hash(node) & mask;
    while (map->nodes[slot]) slot = (slot + 1) & mask;
    map->nodes[slot] = node;
    map->scopes[slot] = scope;
    map->count++;
}

static void map_add(Arena *arena, struct SymNodeMap *map, const void *node, SymScope *scope) {
    if (map->count * 2 >= map->capacity) {
        struct SymNodeMap old = *map;
        map->capacity = old.capacity ? 2 * old.capacity : 64;
        map->count = 0;
        map->nodes = ARENA_ARRAY(arena, const void *, map->capacity);
        map->scopes = ARENA_ARRAY(arena, SymScope *, map->capacity);
        for (uint32_t i = 0; i < old.capacity; i++)
            if (old.nodes[i]) map_put(map, old.nodes[i], old.scopes[i]);
    }
    map_put(map, node, scope);
}

SymScope *symtable_scope_of(const Symtable *table, const void *node) {
    const struct SymNodeMap *map = table->map;
    uint32_t mask = map->capacity - 1;
    for (uint32_t slot = node_hash(node) & mask; map->nodes[slot]; slot = (slot + 1) & mask)
        if (map->nodes[slot] == node) return map->scopes[slot];
    return NULL;
}

/* --- opening and closing scopes -------------------------------------------------------------- */

static void append_child(Arena *arena, SymScope *parent, SymScope *child) {
    int count = parent->children.count;
    if ((count & (count - 1)) == 0) {
        SymScope **items = ARENA_ARRAY(arena, SymScope *, count ? 2 * count : 1);
        if (count) memcpy(items, parent->children.items, (size_t)count * sizeof *items);
        parent->children.items = items;
    }
    parent->children.items[parent->children.count++] = child;
}

SymScope *sym_enter(SymBuilder *b, const char *name, SymBlock block, const void *node,
                    const AstPos *pos) {
    SymScope *scope = ARENA_NEW(b->arena, SymScope), *parent = b->scope;
    scope->block = block;
    scope->name = name;
    scope->class_name = b->class_name;
    scope->node = node;
    if (pos) scope->pos = *pos;
    scope->parent = parent;
    if (parent) {
        scope->nested = parent->nested || parent->block == SYM_FUNCTION;
        scope->comp_iter_expr = parent->comp_iter_expr;
        /* Annotations under 'from __future__ import annotations' are text: no part of the table. */
        if (block != SYM_ANNOTATION) append_child(b->arena, parent, scope);
    }
    if (block != SYM_ANNOTATION) map_add(b->arena, b->table->map, node, scope);
    b->scope = scope;
    return scope;
}

void sym_leave(SymBuilder *b) { b->scope = b->scope->parent; }

Symtable *front_symtable(Arena *arena, AstMod *mod, unsigned future, int max_depth,
                         SymError *error) {
    SymBuilder b = {
        .arena = arena, .error = error, .max_depth = max_depth ? max_depth : DEFAULT_MAX_DEPTH};
    *error = (SymError){0};
    b.table = ARENA_NEW(arena, Symtable);
    b.table->map = ARENA_NEW(arena, struct SymNodeMap);
    b.table->future = future;
    b.table->future_lineno = -1;
    b.name_super = arena_intern_str(arena, "super");
    b.name_class = arena_intern_str(arena, "__class__");
    b.name_dot0 = arena_intern_str(arena, ".0");
    if (!sym_read_future(&b, mod) || !sym_visit_module(&b, mod) || !sym_analyze(&b)) return NULL;
    return b.table;
}

/* --- from __future__ import ------------------------------------------------------------------ */

enum { CO_FUTURE_BARRY_AS_BDFL = 0x400000, CO_FUTURE_ANNOTATIONS = 0x1000000 };

static bool read_feature(SymBuilder *b, const char *feature, const AstPos *pos) {
    static const char *const always_on[] = {"nested_scopes",    "generators",     "division",
                                            "absolute_import",  "with_statement", "print_function",
                                            "unicode_literals", "generator_stop"};
    for (size_t i = 0; i < sizeof always_on / sizeof *always_on; i++)
        if (strcmp(feature, always_on[i]) == 0) return true;
    if (strcmp(feature, "annotations") == 0) {
        b->table->future |= SYM_FUTURE_ANNOTATIONS;
        b->table->future_co |= CO_FUTURE_ANNOTATIONS;
        return true;
    }
    if (strcmp(feature, "barry_as_FLUFL") == 0) {
        b->table->future |= SYM_FUTURE_BARRY_AS_BDFL;
        b->table->future_co |= CO_FUTURE_BARRY_AS_BDFL;
        return true;
    }
    AstPos start = {pos->lineno, pos->col_offset, pos->lineno, -1};
    if (strcmp(feature, "braces") == 0)
        return sym_fail(b, FRONT_SYNTAX_ERROR, &start, "not a chance");
    return sym_fail(b, FRONT_SYNTAX_ERROR, &start, "future feature %.100s is not defined", feature);
}

/* Only a docstring may stand before these imports. One that comes too late is reported here if it
 * is on the line where the beginning of the file ends, and by the compiler if it comes later still.
 */
bool sym_read_future(SymBuilder *b, const AstMod *mod) {
    if (b->table->future & SYM_FUTURE_ANNOTATIONS) b->table->future_co |= CO_FUTURE_ANNOTATIONS;
    if (mod->kind != MOD_Module && mod->kind != MOD_Interactive) return true;
    const AstStmtSeq *body = mod->kind == MOD_Module ? &mod->Module.body : &mod->Interactive.body;
    bool done = false;
    int last_line = 0;
    for (int i = 0; i < body->count; i++) {
        const AstStmt *s = body->items[i];
        if (done && s->pos.lineno > last_line) break;
        last_line = s->pos.lineno;
        if (s->kind != STMT_ImportFrom || !s->ImportFrom.module ||
            strcmp(s->ImportFrom.module, "__future__") != 0) {
            done |= i > 0 || !ast_docstring(body);
            continue;
        }
        if (done) {
            AstPos pos = {s->pos.lineno, s->pos.col_offset - 1, s->pos.lineno, -1};
            return sym_fail(b, FRONT_SYNTAX_ERROR, &pos,
                            "from __future__ imports must occur at the beginning of the file");
        }
        for (int j = 0; j < s->ImportFrom.names.count; j++)
            if (!read_feature(b, s->ImportFrom.names.items[j]->name, &s->pos)) return false;
        b->table->future_lineno = s->pos.lineno;
    }
    return true;
}
