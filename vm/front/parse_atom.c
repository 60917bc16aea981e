/* parse_atom.c -- names, literals, displays, comprehensions, slices. */
#include "parser.h"

AstExpr *new_name(Parser *p, const Token *token, AstEnum ctx) {
    AstExpr *e = NEW_EXPR(p, Name, pos_of_token(token));
    e->Name.id = token->name;
    e->Name.ctx = ctx;
    return e;
}

static AstExpr *parse_singleton(Parser *p, AstConstKind kind) {
    AstExpr *e = NEW_EXPR(p, Constant, pos_of_token(peek(p)));
    e->Constant.value.kind = kind;
    advance(p);
    return e;
}

/* --- comprehensions -------------------------------------------------------------------------- */

static bool at_comprehension(const Parser *p) {
    TokenType type = peek_type(p);
    return type == TOK_FOR || (type == TOK_ASYNC && peek_ahead(p, 1) == TOK_FOR);
}

static AstComprehension *parse_clause(Parser *p) {
    AstComprehension *c = ARENA_NEW(p->arena, AstComprehension);
    c->is_async = accept(p, TOK_ASYNC);
    if (!accept(p, TOK_FOR)) return NULL;
    c->target = parse_star_targets(p);
    if (!c->target || !accept(p, TOK_IN)) return NULL;
    c->iter = parse_disjunction(p);
    if (!c->iter) return NULL;
    int mark = p->stack_top;
    while (accept(p, TOK_IF)) {
        AstExpr *test = parse_disjunction(p);
        if (!test) return NULL;
        push(p, test);
    }
    POP_SEQ(p, mark, c->ifs);
    if (c->is_async) require_version(p, 6, "Async comprehensions are");
    return c;
}

bool parse_comprehension_clauses(Parser *p, AstComprehensionSeq *seq) {
    int mark = p->stack_top;
    do {
        AstComprehension *c = parse_clause(p);
        if (!c) return false;
        push(p, c);
    } while (at_comprehension(p));
    POP_SEQ(p, mark, *seq);
    return true;
}

/* The clauses and the closing bracket, after the element. */
static AstExpr *finish_comprehension(Parser *p, int start, AstKind kind, TokenType close,
                                     AstExpr *elt) {
    AstComprehensionSeq generators;
    if (elt->kind == EXPR_Starred) return NULL;
    if (!parse_comprehension_clauses(p, &generators) || !accept(p, close)) return NULL;
    /* ListComp, SetComp and GeneratorExp have one layout. */
    AstExpr *e = NEW_EXPR(p, ListComp, pos_from(p, start));
    e->kind = kind;
    e->ListComp.elt = elt;
    e->ListComp.generators = generators;
    return e;
}
_Static_assert(offsetof(AstIn_ListComp, generators) == offsetof(AstIn_GeneratorExp, generators) &&
                   offsetof(AstIn_ListComp, generators) == offsetof(AstIn_SetComp, generators),
               "finish_comprehension fills them through one of them");

/* --- displays -------------------------------------------------------------------------------- */

/* The items after FIRST up to CLOSE, which is consumed; items may be starred or named. */
static bool parse_items(Parser *p, AstExpr *first, TokenType close, AstExprSeq *seq) {
    int mark = p->stack_top;
    push(p, first);
    while (accept(p, TOK_COMMA) && peek_type(p) != close) {
        AstExpr *next = parse_star_named_expression(p);
        if (!next) return false;
        push(p, next);
    }
    POP_SEQ(p, mark, *seq);
    return accept(p, close);
}

static AstExpr *parse_list(Parser *p) {
    int start = p->pos;
    AstExprSeq elts = {0};
    advance(p);
    if (!accept(p, TOK_RBRACKET)) {
        AstExpr *first = parse_star_named_expression(p);
        if (!first) return NULL;
        if (at_comprehension(p))
            return finish_comprehension(p, start, EXPR_ListComp, TOK_RBRACKET, first);
        if (!parse_items(p, first, TOK_RBRACKET, &elts)) return NULL;
    }
    AstExpr *e = NEW_EXPR(p, List, pos_from(p, start));
    e->List.elts = elts;
    e->List.ctx = AST_Load;
    return e;
}

static AstExpr *new_tuple(Parser *p, int start, AstExprSeq elts) {
    AstExpr *e = NEW_EXPR(p, Tuple, pos_from(p, start));
    e->Tuple.elts = elts;
    e->Tuple.ctx = AST_Load;
    return e;
}

/* A tuple, a generator expression, or a group: which has no node of its own. */
static AstExpr *parse_parenthesised(Parser *p) {
    int start = p->pos;
    AstExprSeq elts = {0};
    advance(p);
    if (accept(p, TOK_RPAREN)) return new_tuple(p, start, elts);
    if (peek_type(p) == TOK_YIELD) {
        AstExpr *e = parse_yield(p);
        return e && accept(p, TOK_RPAREN) ? e : NULL;
    }
    AstExpr *first = parse_star_named_expression(p);
    if (!first) return NULL;
    if (at_comprehension(p))
        return finish_comprehension(p, start, EXPR_GeneratorExp, TOK_RPAREN, first);
    if (peek_type(p) != TOK_COMMA)
        return first->kind != EXPR_Starred && accept(p, TOK_RPAREN) ? first : NULL;
    return parse_items(p, first, TOK_RPAREN, &elts) ? new_tuple(p, start, elts) : NULL;
}

AstExpr *parse_generator_expression(Parser *p) {
    int start = p->pos;
    advance(p);
    AstExpr *first = parse_named_expression(p);
    if (!first || !at_comprehension(p)) return NULL;
    return finish_comprehension(p, start, EXPR_GeneratorExp, TOK_RPAREN, first);
}

static AstExpr *parse_dict_comprehension(Parser *p, int start, AstExpr *key, AstExpr *value) {
    AstComprehensionSeq generators;
    if (!parse_comprehension_clauses(p, &generators) || !accept(p, TOK_RBRACE)) return NULL;
    AstExpr *e = NEW_EXPR(p, DictComp, pos_from(p, start));
    e->DictComp.key = key;
    e->DictComp.value = value;
    e->DictComp.generators = generators;
    return e;
}

/* The items of a dict display; keys and values alternate on the stack. KEY is the first key if it
 * has been read already, else NULL. */
static AstExpr *parse_dict_items(Parser *p, int start, AstExpr *key) {
    int mark = p->stack_top, count = 0;
    do {
        AstExpr *value;
        if (!key && peek_type(p) == TOK_RBRACE) break;
        if (!key && accept(p, TOK_POWER)) {
            value = parse_bitwise_or(p);
        } else {
            if (!key) key = parse_expression(p);
            if (!key || !accept(p, TOK_COLON)) return NULL;
            value = parse_expression(p);
        }
        if (!value) return NULL;
        if (count == 0 && key && at_comprehension(p))
            return parse_dict_comprehension(p, start, key, value);
        push(p, key);
        push(p, value);
        count++;
        key = NULL;
    } while (accept(p, TOK_COMMA));
    if (!accept(p, TOK_RBRACE)) return NULL;
    AstExpr *e = NEW_EXPR(p, Dict, pos_from(p, start));
    if (count) {
        e->Dict.keys.items = ARENA_ARRAY(p->arena, AstExpr *, count);
        e->Dict.values.items = ARENA_ARRAY(p->arena, AstExpr *, count);
    }
    e->Dict.keys.count = e->Dict.values.count = count;
    for (int i = 0; i < count; i++) {
        e->Dict.keys.items[i] = p->stack[mark + 2 * i];
        e->Dict.values.items[i] = p->stack[mark + 2 * i + 1];
    }
    p->stack_top = mark;
    return e;
}

static AstExpr *parse_braces(Parser *p) {
    int start = p->pos;
    advance(p);
    TokenType type = peek_type(p);
    if (type == TOK_RBRACE || type == TOK_POWER) return parse_dict_items(p, start, NULL);
    AstExpr *first = NULL;
    if (type == TOK_STAR || (type == TOK_NAME && peek_ahead(p, 1) == TOK_WALRUS)) {
        first = parse_star_named_expression(p);
    } else {
        first = parse_expression(p);
        if (first && peek_type(p) == TOK_COLON) return parse_dict_items(p, start, first);
    }
    if (!first) return NULL;
    if (at_comprehension(p)) return finish_comprehension(p, start, EXPR_SetComp, TOK_RBRACE, first);
    AstExprSeq elts;
    if (!parse_items(p, first, TOK_RBRACE, &elts)) return NULL;
    AstExpr *e = NEW_EXPR(p, Set, pos_from(p, start));
    e->Set.elts = elts;
    return e;
}

AstExpr *parse_atom(Parser *p) {
    switch (peek_type(p)) {
    case TOK_NAME: {
        AstExpr *e = new_name(p, peek(p), AST_Load);
        advance(p);
        return e;
    }
    case TOK_NUMBER: return parse_number(p);
    case TOK_STRING: return parse_strings(p);
    case TOK_LPAREN: return parse_parenthesised(p);
    case TOK_LBRACKET: return parse_list(p);
    case TOK_LBRACE: return parse_braces(p);
    case TOK_TRUE: return parse_singleton(p, CONST_TRUE);
    case TOK_FALSE: return parse_singleton(p, CONST_FALSE);
    case TOK_NONE: return parse_singleton(p, CONST_NONE);
    case TOK_ELLIPSIS: return parse_singleton(p, CONST_ELLIPSIS);
    default: return NULL;
    }
}

/* --- subscripts ------------------------------------------------------------------------------ */

/* An optional part of a slice: absent before ':' ',' and ']'. */
static bool parse_slice_part(Parser *p, AstExpr **part) {
    TokenType type = peek_type(p);
    *part = NULL;
    if (type == TOK_COLON || type == TOK_COMMA || type == TOK_RBRACKET) return true;
    *part = parse_expression(p);
    return *part != NULL;
}

static AstExpr *parse_slice(Parser *p) {
    int start = p->pos;
    AstExpr *lower = NULL, *upper = NULL, *step = NULL;
    if (peek_type(p) != TOK_COLON) {
        lower = parse_named_expression(p);
        if (!lower || peek_type(p) != TOK_COLON) return lower;
        if (lower->kind == EXPR_NamedExpr && p->tokens[start].type == TOK_NAME &&
            p->tokens[start + 1].type == TOK_WALRUS)
            return NULL;
    }
    advance(p);
    if (!parse_slice_part(p, &upper)) return NULL;
    if (accept(p, TOK_COLON) && !parse_slice_part(p, &step)) return NULL;
    AstExpr *e = NEW_EXPR(p, Slice, pos_from(p, start));
    e->Slice.lower = lower;
    e->Slice.upper = upper;
    e->Slice.step = step;
    return e;
}

/* The inside of "[...]" after a primary. */
AstExpr *parse_slices(Parser *p) {
    int start = p->pos, mark = p->stack_top;
    do {
        if (p->pos > start && peek_type(p) == TOK_RBRACKET) break;
        bool star = peek_type(p) == TOK_STAR;
        AstExpr *item = star ? parse_starred(p, parse_expression) : parse_slice(p);
        if (!item) return NULL;
        if (p->stack_top == mark && !star && peek_type(p) != TOK_COMMA) return item;
        push(p, item);
    } while (accept(p, TOK_COMMA));
    AstExprSeq elts;
    POP_SEQ(p, mark, elts);
    return new_tuple(p, start, elts);
}
