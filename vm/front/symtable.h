/* symtable.h -- the scopes of a module and what each name means in each of them.
 *
 * Names are mangled (ast_mangle) before they enter a scope; look them up mangled.
 * I1. Every function, lambda, class and comprehension node has exactly one scope
 * (symtable_scope_of). I2. After front_symtable every symbol's SCOPE is settled. I3. The order of
 * SymScope.symbols is that of first mention, parameters first where they are declared. */
#ifndef WEFT_FRONT_SYMTABLE_H
#define WEFT_FRONT_SYMTABLE_H

#include "ast.h"

typedef enum { SYM_MODULE, SYM_CLASS, SYM_FUNCTION, SYM_ANNOTATION } SymBlock;

/* Which kind of function scope a comprehension is. */
typedef enum { SYM_NO_COMP, SYM_LISTCOMP, SYM_SETCOMP, SYM_DICTCOMP, SYM_GENEXP } SymComp;

typedef enum {
    SYM_SCOPE_UNKNOWN,
    SYM_LOCAL,
    SYM_GLOBAL_EXPLICIT, /* 'global x' here */
    SYM_GLOBAL_IMPLICIT, /* bound nowhere up to the module */
    SYM_FREE,            /* belongs to an enclosing function */
    SYM_CELL,            /* local here, used by an inner function */
} SymNameScope;

/* Flags of a symbol: how the scope's own text uses the name. */
enum {
    SYM_DEF_GLOBAL = 1,
    SYM_DEF_LOCAL = 2,
    SYM_DEF_PARAM = 4,
    SYM_DEF_NONLOCAL = 8,
    SYM_USE = 16,
    SYM_DEF_FREE_CLASS = 64, /* free here, though the class also binds the name */
    SYM_DEF_IMPORT = 128,
    SYM_DEF_ANNOT = 256,
    SYM_DEF_COMP_ITER = 512, /* an iteration variable of this comprehension */
    SYM_DEF_BOUND = SYM_DEF_LOCAL | SYM_DEF_PARAM | SYM_DEF_IMPORT,
};

typedef struct {
    const char *name; /* mangled, interned */
    uint16_t flags;
    uint8_t scope;                   /* SymNameScope */
    int declared_line, declared_col; /* of its global/nonlocal statement, else 0 */
    int declared_end_line, declared_end_col;
} Symbol;

typedef struct SymScope {
    SymBlock block;
    SymComp comp;
    const char *name; /* "f", "C", "lambda", "listcomp", "genexpr", "top", ... as in CPython */
    const char *class_name; /* for mangling: the innermost class around (or this class), or NULL */
    const void *node;       /* AstMod, AstStmt or AstExpr */
    AstPos pos;
    struct SymScope *parent;
    struct {
        int count;
        struct SymScope **items;
    } children; /* in the order in which CPython's symtable module lists them */

    Symbol *symbols; /* symbol_count of them, in order of first mention */
    int symbol_count;
    AstNameSeq params; /* co_varnames begins with these: posonly, args, kwonly, *vararg, **kwarg */
    AstNameSeq locals; /* all fast locals: params, then SYM_LOCAL names in order of first mention
                          (CPython appends in order of first emission: the compiler may reorder) */
    AstNameSeq cellvars; /* sorted by name; a class that needs __class__ has just that */
    AstNameSeq freevars; /* sorted by name */

    bool nested : 1;         /* inside a function */
    bool has_free : 1;       /* uses a name of an enclosing function */
    bool child_has_free : 1; /* a scope inside does */
    bool generator : 1;
    bool coroutine : 1;           /* async def, or an asynchronous comprehension */
    bool varargs : 1;             /* *args */
    bool varkeywords : 1;         /* **kwargs */
    bool returns_value : 1;       /* has a 'return value' */
    bool needs_class_closure : 1; /* class: an inner function uses __class__ or super() */
    bool comp_iter_target : 1;    /* while the table is built: inside a comprehension's target */
    uint8_t comp_iter_expr;       /* while the table is built: depth inside its iterable */

    uint32_t *index; /* hash from name to symbols; internal */
    uint32_t index_capacity, symbol_capacity;
} SymScope;

/* Features of 'from __future__ import'. Only these change anything in 3.11. */
enum { SYM_FUTURE_ANNOTATIONS = 1, SYM_FUTURE_BARRY_AS_BDFL = 2 };

typedef struct {
    SymScope *top;
    unsigned future;    /* SYM_FUTURE_*, including those passed in */
    unsigned future_co; /* the CO_FUTURE_* bits of all named features, for co_flags */
    int future_lineno;  /* of the last 'from __future__ import', or -1 */
    struct SymNodeMap *map;
} Symtable;

/* Where and why the table could not be built. The caller adds the line's text (front_error_at). */
typedef struct {
    int kind; /* FrontErrorClass */
    const char *message;
    AstPos pos;
    bool has_pos;
} SymError;

/* Builds the table of MOD. FUTURE: SYM_FUTURE_* bits inherited from the code that calls compile().
 * MAX_DEPTH: nesting of nodes before RecursionError; 0 is the default. Returns NULL with *ERROR
 * filled. */
Symtable *front_symtable(Arena *arena, AstMod *mod, unsigned future, int max_depth,
                         SymError *error);

/* The scope of a function, lambda, class, comprehension or module node; NULL if it has none. */
SymScope *symtable_scope_of(const Symtable *table, const void *node);

/* The symbol of a mangled, interned name in a scope, or NULL. */
const Symbol *symtable_lookup(const SymScope *scope, const char *name);

#endif
