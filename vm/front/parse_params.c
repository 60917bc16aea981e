/* parse_params.c -- the parameters of functions and lambdas.
 *
 * Both have one grammar, except that a lambda's parameters end at ':' and have neither annotations
 * nor type comments. */
#include "parser.h"

/* The parts under construction: each is a range of one temporary array on the parser's stack. */
typedef struct {
    Parser *p;
    bool lambda;
    TokenType end;     /* ')' or ':' */
    int mark;          /* the parameters on the stack: positional first */
    int posonly_count; /* set at '/' */
    int default_count;
    AstExpr **defaults; /* of positional parameters */
    int default_capacity;
} ParameterList;

static AstArg *parse_parameter(ParameterList *list, bool star) {
    Parser *p = list->p;
    int start = p->pos;
    const char *name = peek(p)->name;
    if (!accept(p, TOK_NAME)) return NULL;
    AstExpr *annotation = NULL;
    if (!list->lambda && accept(p, TOK_COLON)) {
        annotation = star && peek_type(p) == TOK_STAR ? parse_starred(p, parse_bitwise_or)
                                                      : parse_expression(p);
        if (!annotation) return NULL;
    }
    AstArg *arg = ARENA_NEW(p->arena, AstArg);
    arg->pos = pos_from(p, start);
    arg->arg = name;
    arg->annotation = annotation;
    return arg;
}

/* After a parameter: a comma or the end must follow, and a type comment may stand on either side of
 * it. */
static bool finish_parameter(ParameterList *list, AstArg *arg) {
    Parser *p = list->p;
    bool comma = accept(p, TOK_COMMA);
    if (!list->lambda) arg->type_comment = parse_type_comment(p);
    return comma || peek_type(p) == list->end;
}

static bool parse_default(Parser *p, AstExpr **value) {
    *value = NULL;
    if (!accept(p, TOK_ASSIGN)) return true;
    *value = parse_expression(p);
    return *value != NULL;
}

static void add_default(ParameterList *list, AstExpr *value) {
    if (list->default_count == list->default_capacity) {
        int capacity = list->default_capacity ? 2 * list->default_capacity : 8;
        AstExpr **more = ARENA_ARRAY(list->p->arena, AstExpr *, capacity);
        if (list->default_count)
            memcpy(more, list->defaults, (size_t)list->default_count * sizeof *more);
        list->defaults = more;
        list->default_capacity = capacity;
    }
    list->defaults[list->default_count++] = value;
}

/* Parameters before '*', and the '/' among them. */
static bool parse_positional(ParameterList *list) {
    Parser *p = list->p;
    for (;;) {
        if (peek_type(p) == TOK_SLASH) {
            if (list->posonly_count || p->stack_top == list->mark) return false;
            list->posonly_count = p->stack_top - list->mark;
            advance(p);
            if (!accept(p, TOK_COMMA) && peek_type(p) != list->end) return false;
            require_version(p, 8, "Positional-only parameters are");
        } else if (peek_type(p) == TOK_NAME) {
            AstExpr *value;
            AstArg *arg = parse_parameter(list, false);
            if (!arg || !parse_default(p, &value) || !finish_parameter(list, arg)) return false;
            if (!value && list->default_count) return false;
            if (value) add_default(list, value);
            push(p, arg);
        } else {
            return true;
        }
    }
}

/* Parameters after '*' or '*args', up to '**' or the end. */
static bool parse_keyword_only(ParameterList *list, AstArguments *arguments) {
    Parser *p = list->p;
    int mark = p->stack_top, count = 0;
    while (peek_type(p) == TOK_NAME) {
        AstExpr *value;
        AstArg *arg = parse_parameter(list, false);
        if (!arg || !parse_default(p, &value) || !finish_parameter(list, arg)) return false;
        push(p, arg);
        push(p, value);
        count++;
    }
    if (count) {
        arguments->kwonlyargs.items = ARENA_ARRAY(p->arena, AstArg *, count);
        arguments->kw_defaults.items = ARENA_ARRAY(p->arena, AstExpr *, count);
    }
    arguments->kwonlyargs.count = arguments->kw_defaults.count = count;
    for (int i = 0; i < count; i++) {
        arguments->kwonlyargs.items[i] = p->stack[mark + 2 * i];
        arguments->kw_defaults.items[i] = p->stack[mark + 2 * i + 1];
    }
    p->stack_top = mark;
    return true;
}

static bool parse_star(ParameterList *list, AstArguments *arguments) {
    Parser *p = list->p;
    bool bare = accept(p, TOK_COMMA);
    if (!bare) {
        arguments->vararg = parse_parameter(list, !list->lambda);
        if (!arguments->vararg || !finish_parameter(list, arguments->vararg)) return false;
    }
    return parse_keyword_only(list, arguments) && (!bare || arguments->kwonlyargs.count > 0);
}

/* Up to, but not including, the closing ')' or the lambda's ':'. */
AstArguments *parse_parameters(Parser *p, bool lambda) {
    AstArguments *arguments = ARENA_NEW(p->arena, AstArguments);
    ParameterList list = {
        .p = p, .lambda = lambda, .end = lambda ? TOK_COLON : TOK_RPAREN, .mark = p->stack_top};
    if (!parse_positional(&list)) return NULL;
    POP_SEQ(p, list.mark + list.posonly_count, arguments->args);
    POP_SEQ(p, list.mark, arguments->posonlyargs);
    arguments->defaults.count = list.default_count;
    arguments->defaults.items = list.defaults;
    if (accept(p, TOK_STAR) && !parse_star(&list, arguments)) return NULL;
    if (accept(p, TOK_POWER)) {
        arguments->kwarg = parse_parameter(&list, false);
        if (!arguments->kwarg || !finish_parameter(&list, arguments->kwarg)) return NULL;
    }
    return arguments;
}

AstExpr *parse_lambda(Parser *p) {
    int start = p->pos;
    advance(p);
    AstArguments *arguments = parse_parameters(p, true);
    if (!arguments || !accept(p, TOK_COLON)) return NULL;
    AstExpr *body = parse_expression(p);
    if (!body) return NULL;
    AstExpr *e = NEW_EXPR(p, Lambda, pos_from(p, start));
    e->Lambda.args = arguments;
    e->Lambda.body = body;
    return e;
}
