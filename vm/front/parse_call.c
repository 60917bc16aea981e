/* parse_call.c -- the arguments of calls and of class definitions. */
#include "parser.h"

/* How far the list has come: what may still follow is what CPython's grammar allows. */
typedef enum {
    ONLY_POSITIONAL,   /* everything may follow */
    AFTER_KEYWORD,     /* no plain positional argument any more */
    AFTER_DOUBLE_STAR, /* nor *iterable */
} ArgumentStage;

static AstKeyword *parse_keyword(Parser *p, bool double_star) {
    int start = p->pos;
    const char *name = double_star ? NULL : peek(p)->name;
    p->pos += double_star ? 1 : 2;
    AstExpr *value = parse_expression(p);
    if (!value) return NULL;
    AstKeyword *keyword = ARENA_NEW(p->arena, AstKeyword);
    keyword->pos = pos_from(p, start);
    keyword->arg = name;
    keyword->value = value;
    return keyword;
}

/* Reads one argument into *ARG or *KEYWORD. Returns false on an error. */
static bool parse_argument(Parser *p, ArgumentStage *stage, AstExpr **arg, AstKeyword **keyword) {
    *arg = NULL;
    *keyword = NULL;
    TokenType type = peek_type(p);
    if (type == TOK_POWER || (type == TOK_NAME && peek_ahead(p, 1) == TOK_ASSIGN)) {
        *keyword = parse_keyword(p, type == TOK_POWER);
        if (type == TOK_POWER)
            *stage = AFTER_DOUBLE_STAR;
        else if (*stage == ONLY_POSITIONAL)
            *stage = AFTER_KEYWORD;
        return *keyword != NULL;
    }
    if (type == TOK_STAR) {
        if (*stage == AFTER_DOUBLE_STAR) return false;
        *arg = parse_starred(p, parse_expression);
        return *arg != NULL;
    }
    if (*stage != ONLY_POSITIONAL) return false;
    *arg = parse_named_expression(p);
    return *arg && peek_type(p) != TOK_ASSIGN;
}

/* Keywords grow on the stack above the positional arguments and are sorted out at the end. */
static void split_arguments(Parser *p, int mark, const uint8_t *is_keyword, int count,
                            AstExprSeq *args, AstKeywordSeq *keywords) {
    int keyword_count = 0;
    for (int i = 0; i < count; i++) keyword_count += is_keyword[i];
    if (count > keyword_count)
        args->items = ARENA_ARRAY(p->arena, AstExpr *, count - keyword_count);
    if (keyword_count) keywords->items = ARENA_ARRAY(p->arena, AstKeyword *, keyword_count);
    for (int i = 0; i < count; i++) {
        if (is_keyword[i])
            keywords->items[keywords->count++] = p->stack[mark + i];
        else
            args->items[args->count++] = p->stack[mark + i];
    }
    p->stack_top = mark;
}

/* At '(': reads up to and including ')'. */
bool parse_arguments(Parser *p, AstExprSeq *args, AstKeywordSeq *keywords) {
    int open = p->pos, mark = p->stack_top, count = 0, capacity = 64;
    uint8_t few[64], *is_keyword = few;
    ArgumentStage stage = ONLY_POSITIONAL;
    advance(p);
    while (peek_type(p) != TOK_RPAREN) {
        AstExpr *arg;
        AstKeyword *keyword;
        if (!parse_argument(p, &stage, &arg, &keyword)) return false;
        if (count == 0 && arg && (peek_type(p) == TOK_FOR || peek_type(p) == TOK_ASYNC)) {
            /* A generator expression that shares the call's parentheses. */
            p->pos = open;
            AstExpr *generator = parse_generator_expression(p);
            if (!generator) return false;
            push(p, generator);
            split_arguments(p, mark, (const uint8_t[]){0}, 1, args, keywords);
            return true;
        }
        if (count == capacity) {
            uint8_t *more = arena_alloc(p->arena, 2 * (size_t)capacity);
            memcpy(more, is_keyword, (size_t)capacity);
            is_keyword = more;
            capacity *= 2;
        }
        is_keyword[count++] = keyword != NULL;
        push(p, keyword ? (void *)keyword : (void *)arg);
        if (!accept(p, TOK_COMMA)) break;
    }
    if (!accept(p, TOK_RPAREN)) return false;
    split_arguments(p, mark, is_keyword, count, args, keywords);
    return true;
}
