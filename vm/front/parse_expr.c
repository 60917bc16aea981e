/* parse_expr.c -- expressions from the comma down to the primary, by precedence. */
#include "parser.h"

/* --- what can begin an expression ------------------------------------------------------------ */

static const bool starts_expression[TOK_COUNT] = {
    [TOK_NAME] = true,   [TOK_NUMBER] = true,   [TOK_STRING] = true,   [TOK_LPAREN] = true,
    [TOK_LBRACE] = true, [TOK_LBRACKET] = true, [TOK_ELLIPSIS] = true, [TOK_TRUE] = true,
    [TOK_FALSE] = true,  [TOK_NONE] = true,     [TOK_MINUS] = true,    [TOK_PLUS] = true,
    [TOK_TILDE] = true,  [TOK_NOT] = true,      [TOK_LAMBDA] = true,   [TOK_AWAIT] = true,
};

static bool at_expression(const Parser *p) { return starts_expression[peek_type(p)]; }
static bool at_star_expression(const Parser *p) {
    return starts_expression[peek_type(p)] || peek_type(p) == TOK_STAR;
}

/* --- binary operators ------------------------------------------------------------------------ */

typedef struct {
    uint8_t precedence; /* 0: no binary operator; '|' 1 ... '*' 6 */
    uint8_t op;         /* AstEnum */
} BinaryOperator;

static const BinaryOperator binary_operators[TOK_COUNT] = {
    [TOK_VBAR] = {1, AST_BitOr},    [TOK_CARET] = {2, AST_BitXor},
    [TOK_AMPER] = {3, AST_BitAnd},  [TOK_LSHIFT] = {4, AST_LShift},
    [TOK_RSHIFT] = {4, AST_RShift}, [TOK_PLUS] = {5, AST_Add},
    [TOK_MINUS] = {5, AST_Sub},     [TOK_STAR] = {6, AST_Mult},
    [TOK_SLASH] = {6, AST_Div},     [TOK_DOUBLE_SLASH] = {6, AST_FloorDiv},
    [TOK_PERCENT] = {6, AST_Mod},   [TOK_AT] = {6, AST_MatMult},
};

static AstExpr *parse_factor(Parser *p);

static AstExpr *new_binop(Parser *p, int start, AstExpr *left, AstEnum op, AstExpr *right) {
    AstExpr *e = NEW_EXPR(p, BinOp, pos_from(p, start));
    e->BinOp.left = left;
    e->BinOp.op = op;
    e->BinOp.right = right;
    return e;
}

/* Precedence climbing. The operation starts at the first *token*, which may be a bracket around
 * LEFT. */
static AstExpr *parse_binary(Parser *p, int min_precedence) {
    int start = p->pos;
    AstExpr *left = parse_factor(p);
    while (left) {
        BinaryOperator op = binary_operators[peek_type(p)];
        if (op.precedence < min_precedence || op.precedence == 0) break;
        advance(p);
        AstExpr *right = parse_binary(p, op.precedence + 1);
        if (!right) return NULL;
        left = new_binop(p, start, left, op.op, right);
        if (op.op == AST_MatMult) require_version(p, 5, "The '@' operator is");
    }
    return left;
}

AstExpr *parse_bitwise_or(Parser *p) { return parse_binary(p, 1); }

static AstExpr *parse_await_primary(Parser *p) {
    int start = p->pos;
    if (!accept(p, TOK_AWAIT)) return parse_primary(p);
    AstExpr *value = parse_primary(p);
    if (!value) return NULL;
    AstExpr *e = NEW_EXPR(p, Await, pos_from(p, start));
    e->Await.value = value;
    require_version(p, 5, "Await expressions are");
    return e;
}

static AstExpr *parse_power(Parser *p) {
    int start = p->pos;
    AstExpr *left = parse_await_primary(p);
    if (!left || !accept(p, TOK_POWER)) return left;
    AstExpr *right = enter(p) ? parse_factor(p) : NULL;
    leave(p);
    if (!right) return NULL;
    return new_binop(p, start, left, AST_Pow, right);
}

static AstExpr *parse_factor(Parser *p) {
    int start = p->pos;
    AstEnum op;
    switch (peek_type(p)) {
    case TOK_PLUS: op = AST_UAdd; break;
    case TOK_MINUS: op = AST_USub; break;
    case TOK_TILDE: op = AST_Invert; break;
    default: return parse_power(p);
    }
    advance(p);
    AstExpr *operand = enter(p) ? parse_factor(p) : NULL;
    leave(p);
    if (!operand) return NULL;
    AstExpr *e = NEW_EXPR(p, UnaryOp, pos_from(p, start));
    e->UnaryOp.op = op;
    e->UnaryOp.operand = operand;
    return e;
}

/* --- comparisons ----------------------------------------------------------------------------- */

/* Consumes a comparison operator if there is one. */
static bool accept_comparison(Parser *p, AstEnum *op) {
    switch (peek_type(p)) {
    case TOK_EQUAL: *op = AST_Eq; break;
    case TOK_LESS: *op = AST_Lt; break;
    case TOK_GREATER: *op = AST_Gt; break;
    case TOK_LESS_EQUAL: *op = AST_LtE; break;
    case TOK_GREATER_EQUAL: *op = AST_GtE; break;
    case TOK_IN: *op = AST_In; break;
    case TOK_IS:
        *op = peek_ahead(p, 1) == TOK_NOT ? AST_IsNot : AST_Is;
        if (*op == AST_IsNot) advance(p);
        break;
    case TOK_NOT:
        if (peek_ahead(p, 1) != TOK_IN) return false;
        *op = AST_NotIn;
        advance(p);
        break;
    case TOK_NOT_EQUAL:
        if ((peek(p)->start[0] == '<') != !!(p->flags & FRONT_BARRY_AS_BDFL)) return false;
        *op = AST_NotEq;
        break;
    default: return false;
    }
    advance(p);
    return true;
}

static AstExpr *parse_comparison(Parser *p) {
    int start = p->pos, mark = p->stack_top, count = 0;
    AstExpr *left = parse_bitwise_or(p);
    AstEnum op;
    if (!left || !accept_comparison(p, &op)) return left;
    AstEnum few[8], *ops = few;
    do {
        AstExpr *right = parse_bitwise_or(p);
        if (!right) return NULL;
        push(p, right);
        if (count >= 8 && (count & (count - 1)) == 0) { /* full at each power of two */
            AstEnum *more = ARENA_ARRAY(p->arena, AstEnum, 2 * count);
            memcpy(more, ops, (size_t)count * sizeof *ops);
            ops = more;
        }
        ops[count++] = op;
    } while (accept_comparison(p, &op));
    AstExpr *e = NEW_EXPR(p, Compare, pos_from(p, start));
    e->Compare.left = left;
    e->Compare.ops.count = count;
    e->Compare.ops.items = ARENA_ARRAY(p->arena, AstEnum, count);
    memcpy(e->Compare.ops.items, ops, (size_t)count * sizeof *ops);
    POP_SEQ(p, mark, e->Compare.comparators);
    return e;
}

/* --- boolean operators ----------------------------------------------------------------------- */

static AstExpr *parse_inversion(Parser *p) {
    int start = p->pos;
    if (!accept(p, TOK_NOT)) return parse_comparison(p);
    AstExpr *operand = enter(p) ? parse_inversion(p) : NULL;
    leave(p);
    if (!operand) return NULL;
    AstExpr *e = NEW_EXPR(p, UnaryOp, pos_from(p, start));
    e->UnaryOp.op = AST_Not;
    e->UnaryOp.operand = operand;
    return e;
}

static AstExpr *parse_boolean(Parser *p, TokenType token, AstEnum op,
                              AstExpr *(*operand)(Parser *)) {
    int start = p->pos, mark = p->stack_top;
    AstExpr *first = operand(p);
    if (!first || peek_type(p) != token) return first;
    push(p, first);
    while (accept(p, token)) {
        AstExpr *next = operand(p);
        if (!next) return NULL;
        push(p, next);
    }
    AstExpr *e = NEW_EXPR(p, BoolOp, pos_from(p, start));
    e->BoolOp.op = op;
    POP_SEQ(p, mark, e->BoolOp.values);
    return e;
}

static AstExpr *parse_conjunction(Parser *p) {
    return parse_boolean(p, TOK_AND, AST_And, parse_inversion);
}

AstExpr *parse_disjunction(Parser *p) {
    return parse_boolean(p, TOK_OR, AST_Or, parse_conjunction);
}

static AstExpr *parse_conditional(Parser *p) {
    int start = p->pos;
    if (peek_type(p) == TOK_LAMBDA) return parse_lambda(p);
    AstExpr *body = parse_disjunction(p);
    if (!body || !accept(p, TOK_IF)) return body;
    AstExpr *test = parse_disjunction(p);
    if (!test || !accept(p, TOK_ELSE)) return NULL;
    AstExpr *orelse = parse_expression(p);
    if (!orelse) return NULL;
    AstExpr *e = NEW_EXPR(p, IfExp, pos_from(p, start));
    e->IfExp.test = test;
    e->IfExp.body = body;
    e->IfExp.orelse = orelse;
    return e;
}

AstExpr *parse_expression(Parser *p) {
    AstExpr *e = enter(p) ? parse_conditional(p) : NULL;
    leave(p);
    return e;
}

/* --- named and starred expressions, lists of them -------------------------------------------- */

AstExpr *parse_named_expression(Parser *p) {
    int start = p->pos;
    if (peek_type(p) != TOK_NAME || peek_ahead(p, 1) != TOK_WALRUS) {
        AstExpr *e = parse_expression(p);
        return e && peek_type(p) != TOK_WALRUS ? e : NULL;
    }
    AstExpr *target = new_name(p, peek(p), AST_Store);
    p->pos += 2;
    AstExpr *value = parse_expression(p);
    if (!value) return NULL;
    AstExpr *e = NEW_EXPR(p, NamedExpr, pos_from(p, start));
    e->NamedExpr.target = target;
    e->NamedExpr.value = value;
    require_version(p, 8, "Assignment expressions are");
    return e;
}

/* At '*': the operand is a bitwise_or in displays and targets, a full expression in calls. */
AstExpr *parse_starred(Parser *p, AstExpr *(*operand)(Parser *)) {
    int start = p->pos;
    advance(p);
    AstExpr *value = operand(p);
    if (!value) return NULL;
    AstExpr *e = NEW_EXPR(p, Starred, pos_from(p, start));
    e->Starred.value = value;
    e->Starred.ctx = AST_Load;
    return e;
}

AstExpr *parse_star_named_expression(Parser *p) {
    if (peek_type(p) == TOK_STAR) return parse_starred(p, parse_bitwise_or);
    return parse_named_expression(p);
}

static AstExpr *parse_star_expression(Parser *p) {
    if (peek_type(p) == TOK_STAR) return parse_starred(p, parse_bitwise_or);
    return parse_expression(p);
}

/* One item, or a tuple without brackets as soon as there is a comma. */
static AstExpr *parse_tuple_of(Parser *p, AstExpr *(*item)(Parser *),
                               bool (*at_item)(const Parser *)) {
    int start = p->pos, mark = p->stack_top;
    AstExpr *first = item(p);
    if (!first || peek_type(p) != TOK_COMMA) return first;
    push(p, first);
    while (accept(p, TOK_COMMA) && at_item(p)) {
        AstExpr *next = item(p);
        if (!next) return NULL;
        push(p, next);
    }
    AstExpr *e = NEW_EXPR(p, Tuple, pos_from(p, start));
    POP_SEQ(p, mark, e->Tuple.elts);
    e->Tuple.ctx = AST_Load;
    return e;
}

AstExpr *parse_star_expressions(Parser *p) {
    return parse_tuple_of(p, parse_star_expression, at_star_expression);
}

AstExpr *parse_expression_list(Parser *p) {
    return parse_tuple_of(p, parse_expression, at_expression);
}

AstExpr *parse_yield(Parser *p) {
    int start = p->pos;
    advance(p);
    if (accept(p, TOK_FROM)) {
        AstExpr *value = parse_expression(p);
        if (!value) return NULL;
        AstExpr *e = NEW_EXPR(p, YieldFrom, pos_from(p, start));
        e->YieldFrom.value = value;
        return e;
    }
    AstExpr *value = NULL;
    if (at_star_expression(p) && !(value = parse_star_expressions(p))) return NULL;
    AstExpr *e = NEW_EXPR(p, Yield, pos_from(p, start));
    e->Yield.value = value;
    return e;
}

AstExpr *parse_yield_or_star_expressions(Parser *p) {
    return peek_type(p) == TOK_YIELD ? parse_yield(p) : parse_star_expressions(p);
}

/* --- primaries: an atom and its trailers ----------------------------------------------------- */

static AstExpr *parse_attribute(Parser *p, AstExpr *value, int start) {
    advance(p);
    const Token *name = peek(p);
    if (!accept(p, TOK_NAME)) return NULL;
    AstExpr *e = NEW_EXPR(p, Attribute, pos_from(p, start));
    e->Attribute.value = value;
    e->Attribute.attr = name->name;
    e->Attribute.ctx = AST_Load;
    return e;
}

static AstExpr *parse_subscript(Parser *p, AstExpr *value, int start) {
    advance(p);
    AstExpr *slice = parse_slices(p);
    if (!slice || !accept(p, TOK_RBRACKET)) return NULL;
    AstExpr *e = NEW_EXPR(p, Subscript, pos_from(p, start));
    e->Subscript.value = value;
    e->Subscript.slice = slice;
    e->Subscript.ctx = AST_Load;
    return e;
}

static AstExpr *parse_call(Parser *p, AstExpr *func, int start) {
    AstExprSeq args = {0};
    AstKeywordSeq keywords = {0};
    if (!parse_arguments(p, &args, &keywords)) return NULL;
    AstExpr *e = NEW_EXPR(p, Call, pos_from(p, start));
    e->Call.func = func;
    e->Call.args = args;
    e->Call.keywords = keywords;
    return e;
}

AstExpr *parse_primary(Parser *p) {
    int start = p->pos;
    AstExpr *e = parse_atom(p);
    while (e) {
        switch (peek_type(p)) {
        case TOK_DOT: e = parse_attribute(p, e, start); break;
        case TOK_LPAREN: e = parse_call(p, e, start); break;
        case TOK_LBRACKET: e = parse_subscript(p, e, start); break;
        default: return e;
        }
    }
    return NULL;
}
