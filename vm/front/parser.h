/* parser.h -- the parser's state and the functions that its files share. Internal to the front end.
 *
 * Two parsers share one array of tokens:
 *   - the fast one (parse_*.c), hand-written recursive descent, builds the tree. On anything
 * unexpected it returns NULL and says nothing;
 *   - the diagnosing one (diagnose.c), a small PEG interpreter over grammar.tbl, runs only then,
 * and finds the error that CPython's grammar would find, in its order. P1. A fast function that
 * returns NULL may leave p->pos anywhere; who tries something else resets it. P2. Accepting is the
 * fast parser's decision; both accept the same language. P3. A function raises an error at most
 * once: front_raise keeps the first. */
#ifndef WEFT_FRONT_PARSER_H
#define WEFT_FRONT_PARSER_H

#include <string.h>

#include "tokenizer.h"

typedef struct Parser {
    Arena *arena;
    const FrontOptions *options;
    Token *tokens; /* all of them: the last is TOK_END or TOK_ERROR */
    int count, capacity;
    int pos;   /* index of the next token */
    int depth; /* nesting of the fast parser's functions */
    int deepest;
    Tokenizer tokenizer; /* which made the tokens; later replayed for errors */
    const char *source;
    size_t source_length;
    bool columns_in_chars; /* false: error columns count bytes, a quirk of sources without an
                              encoding */
    bool fstring;          /* parsing the text of a replacement field */
    int starting_lineno, starting_col; /* of an f-string expression */
    unsigned flags;                    /* FRONT_* */
    FrontError *error;                 /* error->kind is set once something was raised */
    FrontWarning **warnings;           /* NULL: not wanted, or already reported */
    AstTypeIgnoreSeq type_ignores;
    FrontError too_new;       /* kind is set: the first syntax newer than options->feature_version */
    int fill; /* diagnosing: how many tokens CPython would have read by now */
    /* interned names that the parser compares with */
    const char *name_match, *name_case, *name_underscore;
    /* a stack on which sequences grow before they are copied to the arena */
    void **stack;
    int stack_top, stack_capacity;
} Parser;

/* --- tokens ---------------------------------------------------------------------------------- */

static inline const Token *peek(const Parser *p) { return &p->tokens[p->pos]; }
static inline TokenType peek_type(const Parser *p) { return (TokenType)p->tokens[p->pos].type; }
/* The type of the token K after the next; the array ends in END or ERROR, which nothing steps over.
 */
static inline TokenType peek_ahead(const Parser *p, int k) {
    int i = p->pos + k;
    return (TokenType)p->tokens[i < p->count ? i : p->count - 1].type;
}
static inline void advance(Parser *p) {
    if (p->pos < p->count - 1) p->pos++;
}
static inline bool accept(Parser *p, TokenType type) {
    if (peek_type(p) != type) return false;
    advance(p);
    return true;
}
static inline bool at_soft_keyword(const Parser *p, const char *name) {
    const Token *t = peek(p);
    return t->type == TOK_NAME && t->name == name;
}

/* From the token with index START to the one before the current. */
static inline AstPos pos_from(const Parser *p, int start) {
    const Token *a = &p->tokens[start], *b = &p->tokens[p->pos - 1];
    return (AstPos){a->lineno, a->col_offset, b->end_lineno, b->end_col_offset};
}
static inline AstPos pos_of_token(const Token *t) {
    return (AstPos){t->lineno, t->col_offset, t->end_lineno, t->end_col_offset};
}
/* From the start of node position A to the token before the current. */
static inline AstPos pos_since(const Parser *p, AstPos a) {
    const Token *b = &p->tokens[p->pos - 1];
    a.end_lineno = b->end_lineno;
    a.end_col_offset = b->end_col_offset;
    return a;
}

/* --- nodes ----------------------------------------------------------------------------------- */

#define NODE_SIZE(Type, Kind) (offsetof(Type, Kind) + sizeof(((Type *)0)->Kind))
/* Allocates only what the kind needs: an AstExpr of kind Name is much smaller than one of kind
 * Call. */
#define NEW_EXPR(p, Kind, where)                                                                   \
    ((AstExpr *)parser_new_node((p)->arena, NODE_SIZE(AstExpr, Kind), EXPR_##Kind, (where)))
#define NEW_STMT(p, Kind, where)                                                                   \
    ((AstStmt *)parser_new_node((p)->arena, NODE_SIZE(AstStmt, Kind), STMT_##Kind, (where)))
#define NEW_PATTERN(p, Kind, where)                                                                \
    ((AstPattern *)parser_new_node((p)->arena, NODE_SIZE(AstPattern, Kind), PATTERN_##Kind,        \
                                   (where)))

/* AstStmt, AstExpr and AstPattern begin alike: kind, pos. */
static inline void *parser_new_node(Arena *arena, size_t size, AstKind kind, AstPos pos) {
    AstExpr *node = arena_alloc(arena, size);
    node->kind = kind;
    node->pos = pos;
    return node;
}

/* --- sequences under construction ------------------------------------------------------------ */

void parser_grow_stack(Parser *p);
static inline void push(Parser *p, void *item) {
    if (p->stack_top == p->stack_capacity) parser_grow_stack(p);
    p->stack[p->stack_top++] = item;
}
/* Moves everything above MARK into a sequence struct. */
#define POP_SEQ(p, mark, seq) parser_pop_seq((p), (mark), (AstPtrSeq *)(void *)&(seq))
void parser_pop_seq(Parser *p, int mark, AstPtrSeq *seq);

/* --- depth ----------------------------------------------------------------------------------- */

/* The fast parser's own limit on nested calls of expressions and statements: keeps it within about
 * 3 MB of C stack. Text below it that CPython finds too deep is found by counting exactly
 * (parser.c). */
enum { PARSER_MAX_DEPTH = 6000, PARSER_DEPTH_TO_VERIFY = 100 };
static inline bool enter(Parser *p) {
    if (++p->depth > p->deepest) p->deepest = p->depth;
    if (arena_stack_is_low(p->arena)) p->deepest = PARSER_MAX_DEPTH + 1;
    return p->deepest <= PARSER_MAX_DEPTH;
}
static inline void leave(Parser *p) { p->depth--; }

/* --- the grammar, topic by topic -------------------------------------------------------------- */

/* parse_stmt.c, parse_compound.c */
bool parse_statements(Parser *p, TokenType end, AstStmtSeq *seq);
bool parse_statement(Parser *p, bool *compound);
bool parse_simple_stmts(Parser *p);
bool parse_block(Parser *p, AstStmtSeq *seq);
AstStmt *parse_compound(Parser *p);
AstStmt *parse_match(Parser *p);
const char *parse_type_comment(Parser *p);

/* parse_expr.c: each level of precedence */
AstExpr *parse_expression(Parser *p);
AstExpr *parse_disjunction(Parser *p);
AstExpr *parse_bitwise_or(Parser *p);
AstExpr *parse_primary(Parser *p);
AstExpr *parse_named_expression(Parser *p);
AstExpr *parse_star_named_expression(Parser *p);
AstExpr *parse_star_expressions(Parser *p);
AstExpr *parse_yield_or_star_expressions(Parser *p);
AstExpr *parse_expression_list(Parser *p); /* `expressions`: no stars */
AstExpr *parse_yield(Parser *p);
AstExpr *parse_starred(Parser *p, AstExpr *(*operand)(Parser *));

/* parse_atom.c: names, literals, displays, comprehensions */
AstExpr *parse_atom(Parser *p);
bool parse_comprehension_clauses(Parser *p, AstComprehensionSeq *seq);
AstExpr *parse_slices(Parser *p);
AstExpr *new_name(Parser *p, const Token *token, AstEnum ctx);
AstExpr *parse_generator_expression(Parser *p); /* "(x for ...)" or NULL */

/* parse_call.c */
bool parse_arguments(Parser *p, AstExprSeq *args, AstKeywordSeq *keywords);

/* parse_params.c */
AstArguments *parse_parameters(Parser *p, bool lambda);
AstExpr *parse_lambda(Parser *p);

/* parse_target.c */
typedef enum { TARGETS_STAR, TARGETS_DEL, TARGETS_FOR } TargetKind;
bool set_context(Parser *p, AstExpr *e, AstEnum ctx);
AstExpr *parse_star_target(Parser *p);
AstExpr *parse_star_targets(Parser *p);
bool is_single_target(const AstExpr *e);
/* The part of E that cannot be assigned to, or NULL. */
AstExpr *find_invalid_target(AstExpr *e, TargetKind kind);
/* What CPython's messages call E: "function call", "literal", ... */
const char *expr_description(const AstExpr *e);

/* parse_pattern.c */
AstPattern *parse_patterns(Parser *p);
AstPattern *parse_pattern(Parser *p);

/* parse_number.c, parse_string.c, parse_fstring.c */
AstExpr *parse_number(Parser *p);
AstExpr *parse_strings(Parser *p);

/* --- errors (errors.c) ------------------------------------------------------------------------ */

static inline bool raised(const Parser *p) { return p->error->kind != FRONT_NO_ERROR; }
/* At a range with CPython's columns (0-based bytes; end_col -2 means "unknown"). Returns NULL. */
enum { NO_END_COL = -2 };
void *raise_range(Parser *p, FrontErrorClass kind, int lineno, int col, int end_lineno, int end_col,
                  const char *format, ...) __attribute__((format(printf, 7, 8)));
void *raise_at_pos(Parser *p, const AstPos *pos, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* At the last token that was read. */
void *raise_here(Parser *p, FrontErrorClass kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What has been read is syntax of 3.VERSION, read on: "WHAT only supported in Python 3.VERSION and greater". */
void require_version(Parser *p, int version, const char *what);
/* What an error token means. */
void raise_tokenizer_error(Parser *p);
void raise_unclosed_bracket(Parser *p);
/* The tokenizer's state after p->fill tokens. */
void replay_tokenizer(Parser *p, Tokenizer *t);
void warn_at_token(Parser *p, const Token *token, const char *message);

/* --- driver (parser.c), diagnosis (diagnose.c) -------------------------------------------------
 */

/* A parser for the text of an f-string field, whose tokens start at the given place. */
AstExpr *parse_fstring_expression(Parser *outer, const char *text, size_t length, int lineno,
                                  int col);

/* Runs the PEG passes after the fast parser failed, and raises. START names the rule. */
void diagnose(Parser *p, const char *start);
/* Counts the nesting that CPython's parser would need; true if it is within the limit. */
bool diagnose_depth(Parser *p, const char *start);

#endif
