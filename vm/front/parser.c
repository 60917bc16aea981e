/* parser.c -- the driver: source to tokens, the fast parser, and on failure the diagnosis. */
#include <stdlib.h>

#include "parser.h"

void parser_grow_stack(Parser *p) {
    p->stack_capacity = p->stack_capacity ? 2 * p->stack_capacity : 256;
    p->stack = realloc(p->stack, (size_t)p->stack_capacity * sizeof *p->stack);
    if (!p->stack) abort();
}

void parser_pop_seq(Parser *p, int mark, AstPtrSeq *seq) {
    seq->count = p->stack_top - mark;
    seq->items = NULL;
    if (seq->count) {
        seq->items = ARENA_ARRAY(p->arena, void *, seq->count);
        memcpy(seq->items, p->stack + mark, (size_t)seq->count * sizeof *seq->items);
    }
    p->stack_top = mark;
}

/* --- tokens ---------------------------------------------------------------------------------- */

static void note_type_ignore(Parser *p, const Token *token) {
    AstTypeIgnore *ignore = ARENA_NEW(p->arena, AstTypeIgnore);
    ignore->lineno = token->lineno;
    ignore->tag = arena_copy(p->arena, token->start, token->length);
    push(p, ignore);
}

/* Before 3.7 "async" and "await" were keywords inside of "async def" alone. */
enum { ASYNC_KEYWORD_VERSION = 7 };
static void demote_async(Parser *p) {
    int indent = 0, def_indent = 0;
    bool inside = false, header_done = false;
    for (int i = 0; i < p->count; i++) {
        Token *token = &p->tokens[i];
        if (token->type == TOK_INDENT || token->type == TOK_DEDENT) {
            indent += token->type == TOK_INDENT ? 1 : -1;
            continue;
        }
        TokenType before = i ? (TokenType)p->tokens[i - 1].type : TOK_NEWLINE;
        bool line_starts = before == TOK_NEWLINE || before == TOK_INDENT || before == TOK_DEDENT;
        if (inside && header_done && line_starts && token->type != TOK_TYPE_COMMENT && indent <= def_indent) inside = false;
        if (token->type == TOK_NEWLINE) header_done = true;
        if (inside || (token->type != TOK_ASYNC && token->type != TOK_AWAIT)) continue;
        if (token->type == TOK_ASYNC && p->tokens[i + 1].type == TOK_DEF)
            inside = true, header_done = false, def_indent = indent;
        else
            token->type = TOK_NAME;
    }
}

/* Reads all tokens ahead: the tokenizer needs no help from the parser. */
static void read_tokens(Parser *p) {
    p->capacity = (int)(p->source_length / 4) + 64;
    p->tokens = malloc((size_t)p->capacity * sizeof *p->tokens);
    if (!p->tokens) abort();
    TokenType type;
    do {
        if (p->count == p->capacity) {
            p->capacity *= 2;
            p->tokens = realloc(p->tokens, (size_t)p->capacity * sizeof *p->tokens);
            if (!p->tokens) abort();
        }
        Token *token = &p->tokens[p->count];
        tokenizer_next(&p->tokenizer, token);
        type = (TokenType)token->type;
        if (type == TOK_TYPE_IGNORE)
            note_type_ignore(p, token);
        else
            p->count++;
    } while (type != TOK_END && type != TOK_ERROR);
    POP_SEQ(p, 0, p->type_ignores);
    if (p->options->feature_version && p->options->feature_version < ASYNC_KEYWORD_VERSION) demote_async(p);
}

static void init_parser(Parser *p, const char *source, size_t length, int lineno, int col) {
    p->source = source;
    p->source_length = length;
    p->starting_lineno = lineno;
    p->starting_col = col;
    Tokenizer *t = &p->tokenizer;
    tokenizer_init(t, p->arena, source, length);
    t->type_comments = (p->flags & FRONT_TYPE_COMMENTS) != 0;
    t->imply_newlines = p->options->mode == FRONT_SINGLE && !p->fstring;
    t->imply_dedent = !(p->flags & FRONT_DONT_IMPLY_DEDENT);
    t->warnings = p->warnings;
    if (p->fstring) {
        t->starting_lineno = lineno;
        t->starting_col = col;
        t->lineno = lineno - 1;
    }
    p->name_match = arena_intern_str(p->arena, "match");
    p->name_case = arena_intern_str(p->arena, "case");
    p->name_underscore = arena_intern_str(p->arena, "_");
    read_tokens(p);
}

static void finish_parser(Parser *p) {
    free(p->tokens);
    free(p->stack);
}

/* --- the start rules ------------------------------------------------------------------------- */

static AstMod *new_mod(Parser *p, AstKind kind) {
    AstMod *mod = ARENA_NEW(p->arena, AstMod);
    mod->kind = kind;
    return mod;
}

static AstMod *parse_file(Parser *p) {
    AstMod *mod = new_mod(p, MOD_Module);
    if (!parse_statements(p, TOK_END, &mod->Module.body)) return NULL;
    mod->Module.type_ignores = p->type_ignores;
    return mod;
}

static AstMod *parse_interactive(Parser *p) {
    AstMod *mod = new_mod(p, MOD_Interactive);
    int mark = p->stack_top;
    bool compound;
    if (peek_type(p) == TOK_NEWLINE) {
        push(p, NEW_STMT(p, Pass, pos_of_token(peek(p))));
        advance(p);
    } else if (!parse_statement(p, &compound) || (compound && !accept(p, TOK_NEWLINE))) {
        return NULL;
    }
    POP_SEQ(p, mark, mod->Interactive.body);
    return mod;
}

static bool accept_end(Parser *p) {
    while (accept(p, TOK_NEWLINE)) continue;
    return peek_type(p) == TOK_END;
}

static AstMod *parse_eval(Parser *p) {
    AstMod *mod = new_mod(p, MOD_Expression);
    mod->Expression.body = parse_expression_list(p);
    return mod->Expression.body && accept_end(p) ? mod : NULL;
}

/* "(int, *str, **Any) -> bool", the type comment of a function. Stars are ignored. */
static AstMod *parse_function_type(Parser *p) {
    AstMod *mod = new_mod(p, MOD_FunctionType);
    int mark = p->stack_top, stars = 0;
    if (!accept(p, TOK_LPAREN)) return NULL;
    while (peek_type(p) != TOK_RPAREN || p->stack_top > mark) {
        int now = accept(p, TOK_STAR) ? 1 : accept(p, TOK_POWER) ? 2 : 0;
        if (stars && now <= stars) return NULL;
        stars = now;
        AstExpr *type = parse_expression(p);
        if (!type) return NULL;
        push(p, type);
        if (!accept(p, TOK_COMMA)) break;
    }
    POP_SEQ(p, mark, mod->FunctionType.argtypes);
    if (!accept(p, TOK_RPAREN) || !accept(p, TOK_ARROW)) return NULL;
    mod->FunctionType.returns = parse_expression(p);
    return mod->FunctionType.returns && accept_end(p) ? mod : NULL;
}

/* --- the public entry ------------------------------------------------------------------------ */

static const char *const start_rules[] = {[FRONT_EXEC] = "file",
                                          [FRONT_EVAL] = "eval",
                                          [FRONT_SINGLE] = "interactive",
                                          [FRONT_FUNC_TYPE] = "func_type"};

/* After a statement of FRONT_SINGLE only blank lines and comments may follow. */
static bool rest_is_blank(Parser *p) {
    Tokenizer t;
    p->fill = p->pos;
    replay_tokenizer(p, &t);
    for (const char *s = t.cur; *s;) {
        while (*s && strchr(" \t\n\f", *s)) s++;
        if (!*s) break;
        if (*s != '#') return false;
        while (*s && *s != '\n') s++;
    }
    return true;
}

static void raise_memory_error(Parser *p) {
    *p->error = (FrontError){.kind = FRONT_MEMORY_ERROR, .message = ""};
}

/* The fast parser found nothing wrong, or is not to be asked. */
static bool too_deep(Parser *p, const char *rule) {
    if (p->deepest <= PARSER_DEPTH_TO_VERIFY) return false;
    return p->deepest > PARSER_MAX_DEPTH || !diagnose_depth(p, rule);
}

static void explain_failure(Parser *p, const char *rule) {
    /* What the fast parser raised, inside a literal, need not be the first error. */
    *p->error = (FrontError){0};
    p->warnings = NULL;
    p->stack_top = 0;
    if (p->deepest > PARSER_MAX_DEPTH)
        raise_memory_error(p);
    else
        diagnose(p, rule);
}

static AstMod *run_parser(Parser *p) {
    FrontMode mode = p->options->mode;
    AstMod *mod = NULL;
    switch (mode) {
    case FRONT_EXEC: mod = parse_file(p); break;
    case FRONT_EVAL: mod = parse_eval(p); break;
    case FRONT_SINGLE: mod = parse_interactive(p); break;
    case FRONT_FUNC_TYPE: mod = parse_function_type(p); break;
    }
    if (mod && too_deep(p, start_rules[mode])) {
        raise_memory_error(p);
        return NULL;
    }
    if (!mod) {
        explain_failure(p, start_rules[mode]);
        return NULL;
    }
    if (p->too_new.kind != FRONT_NO_ERROR) {
        *p->error = p->too_new;
        return NULL;
    }
    if (mode == FRONT_SINGLE && !rest_is_blank(p))
        return raise_here(p, FRONT_SYNTAX_ERROR,
                          "multiple statements found while compiling a single statement");
    return mod;
}

AstMod *front_parse(Arena *arena, const char *source, size_t length, const FrontOptions *options,
                    FrontError *error, FrontWarning **warnings) {
    Source decoded;
    *error = (FrontError){0};
    if (warnings) *warnings = NULL;
    if (!source_decode(arena, source, length, options, &decoded, error)) return NULL;
    tokenizer_intern_keywords(arena);
    Parser p = {.arena = arena,
                .options = options,
                .flags = options->flags,
                .error = error,
                .warnings = warnings,
                .columns_in_chars = decoded.has_encoding};
    init_parser(&p, decoded.text, decoded.length, 0, 0);
    AstMod *mod = run_parser(&p);
    finish_parser(&p);
    return mod;
}

AstExpr *parse_fstring_expression(Parser *outer, const char *text, size_t length, int lineno,
                                  int col) {
    Parser p = {.arena = outer->arena,
                .options = outer->options,
                .flags = outer->flags,
                .error = outer->error,
                .warnings = outer->warnings,
                .fstring = true,
                .depth = outer->depth};
    init_parser(&p, text, length, lineno, col);
    p.too_new = outer->too_new;
    /* What follows the expression, if anything, is ignored: it can only be blank. */
    AstExpr *e = parse_star_expressions(&p);
    if (!e) explain_failure(&p, "fstring");
    if (p.deepest > outer->deepest) outer->deepest = p.deepest;
    outer->too_new = p.too_new;
    finish_parser(&p);
    return e;
}

void front_error_at(Arena *arena, FrontError *error, FrontErrorClass kind, const char *message,
                    const AstPos *pos, const char *source, size_t length) {
    *error = (FrontError){.kind = kind,
                          .message = message,
                          .lineno = pos->lineno,
                          .offset = pos->col_offset + 1,
                          .end_lineno = pos->end_lineno,
                          .end_offset = pos->end_col_offset + 1,
                          .has_end = pos->end_col_offset >= 0};
    if (!source || pos->lineno < 1) return;
    const char *s = source, *end = s + length;
    for (int line = 1; s && line < pos->lineno; line++) {
        s = memchr(s, '\n', (size_t)(end - s));
        if (s) s++;
    }
    if (!s) return;
    const char *newline = memchr(s, '\n', (size_t)(end - s));
    error->text_length = (size_t)((newline ? newline + 1 : end) - s);
    error->text = arena_copy(arena, s, error->text_length);
}
