/* parse_compound.c -- statements with blocks. */
#include "parser.h"

/* The last token that is not a line end or a change of indentation. */
static const Token *last_real_token(const Parser *p) {
    const Token *token = &p->tokens[p->pos - 1];
    while (token->type == TOK_NEWLINE || token->type == TOK_INDENT || token->type == TOK_DEDENT)
        token--;
    return token;
}

/* Where a statement with blocks that begins at token START ends. */
static AstPos block_pos(const Parser *p, int start) {
    const Token *first = &p->tokens[start], *last = last_real_token(p);
    return (AstPos){first->lineno, first->col_offset, last->end_lineno, last->end_col_offset};
}

/* After ':'. */
bool parse_block(Parser *p, AstStmtSeq *seq) {
    int mark = p->stack_top;
    if (!accept(p, TOK_NEWLINE)) {
        if (!parse_simple_stmts(p)) return false;
        POP_SEQ(p, mark, *seq);
        return true;
    }
    if (!accept(p, TOK_INDENT)) return false;
    bool good = enter(p) && parse_statements(p, TOK_DEDENT, seq) && seq->count;
    leave(p);
    return good && accept(p, TOK_DEDENT);
}

static bool parse_colon_block(Parser *p, AstStmtSeq *seq) {
    return accept(p, TOK_COLON) && parse_block(p, seq);
}

/* A clause such as "else:"; absent leaves *SEQ empty. */
static bool parse_optional_clause(Parser *p, TokenType keyword, AstStmtSeq *seq) {
    *seq = (AstStmtSeq){0};
    return !accept(p, keyword) || parse_colon_block(p, seq);
}

/* --- if, while, for -------------------------------------------------------------------------- */

/* A chain of elif is built forwards and nested afterwards, so that its length costs no C stack. */
static AstStmt *parse_if(Parser *p) {
    int mark = p->stack_top;
    AstStmtSeq orelse = {0};
    do {
        int start = p->pos;
        advance(p);
        AstExpr *test = parse_named_expression(p);
        AstStmtSeq body;
        if (!test || !parse_colon_block(p, &body)) return NULL;
        AstStmt *s = NEW_STMT(p, If, pos_of_token(&p->tokens[start]));
        s->If.test = test;
        s->If.body = body;
        push(p, s);
    } while (peek_type(p) == TOK_ELIF);
    if (p->stack_top - mark > p->deepest) p->deepest = p->stack_top - mark;
    if (!parse_optional_clause(p, TOK_ELSE, &orelse)) return NULL;
    const Token *last = last_real_token(p);
    AstStmt *s = NULL;
    while (p->stack_top > mark) {
        AstStmt *inner = s;
        s = p->stack[--p->stack_top];
        s->pos.end_lineno = last->end_lineno;
        s->pos.end_col_offset = last->end_col_offset;
        if (inner) {
            s->If.orelse.items = ARENA_ARRAY(p->arena, AstStmt *, 1);
            s->If.orelse.items[0] = inner;
            s->If.orelse.count = 1;
        } else {
            s->If.orelse = orelse;
        }
    }
    return s;
}

static AstStmt *parse_while(Parser *p) {
    int start = p->pos;
    advance(p);
    AstExpr *test = parse_named_expression(p);
    AstStmtSeq body, orelse;
    if (!test || !parse_colon_block(p, &body) || !parse_optional_clause(p, TOK_ELSE, &orelse))
        return NULL;
    AstStmt *s = NEW_STMT(p, While, block_pos(p, start));
    s->While.test = test;
    s->While.body = body;
    s->While.orelse = orelse;
    return s;
}

static AstStmt *parse_for(Parser *p, int start, bool async) {
    advance(p);
    AstExpr *target = parse_star_targets(p);
    if (!target || !accept(p, TOK_IN)) return NULL;
    AstExpr *iter = parse_star_expressions(p);
    AstStmtSeq body, orelse;
    if (!iter || !accept(p, TOK_COLON)) return NULL;
    const char *type_comment = parse_type_comment(p);
    if (!parse_block(p, &body) || !parse_optional_clause(p, TOK_ELSE, &orelse)) return NULL;
    AstStmt *s = NEW_STMT(p, For, block_pos(p, start));
    if (async) s->kind = STMT_AsyncFor, require_version(p, 5, "Async for loops are");
    s->For.target = target;
    s->For.iter = iter;
    s->For.body = body;
    s->For.orelse = orelse;
    s->For.type_comment = type_comment;
    return s;
}

/* --- with ------------------------------------------------------------------------------------ */

static AstWithItem *parse_with_item(Parser *p) {
    AstExpr *context = parse_expression(p), *target = NULL;
    if (!context) return NULL;
    if (accept(p, TOK_AS)) {
        target = parse_star_target(p);
        TokenType type = peek_type(p);
        if (!target || (type != TOK_COMMA && type != TOK_RPAREN && type != TOK_COLON)) return NULL;
    }
    AstWithItem *item = ARENA_NEW(p->arena, AstWithItem);
    item->context_expr = context;
    item->optional_vars = target;
    return item;
}

/* Items up to the ':', which is consumed. */
static bool parse_with_items(Parser *p, bool parenthesised, AstWithItemSeq *items) {
    int mark = p->stack_top;
    if (parenthesised) advance(p);
    do {
        if (parenthesised && p->stack_top > mark && peek_type(p) == TOK_RPAREN) break;
        AstWithItem *item = parse_with_item(p);
        if (!item) return false;
        push(p, item);
    } while (accept(p, TOK_COMMA));
    POP_SEQ(p, mark, *items);
    return (!parenthesised || accept(p, TOK_RPAREN)) && accept(p, TOK_COLON);
}

static AstStmt *parse_with(Parser *p, int start, bool async) {
    AstWithItemSeq items;
    advance(p);
    int retry = p->pos, mark = p->stack_top;
    const char *type_comment = NULL;
    bool parenthesised = peek_type(p) == TOK_LPAREN && parse_with_items(p, true, &items);
    if (!parenthesised) {
        /* The parenthesis, if any, belongs to the first item's expression. */
        p->pos = retry;
        p->stack_top = mark;
        if (!parse_with_items(p, false, &items)) return NULL;
        type_comment = parse_type_comment(p);
    }
    AstStmtSeq body;
    if (!parse_block(p, &body)) return NULL;
    AstStmt *s = NEW_STMT(p, With, block_pos(p, start));
    if (async) s->kind = STMT_AsyncWith, require_version(p, 5, "Async with statements are");
    if (parenthesised) require_version(p, 9, "Parenthesized context managers are");
    s->With.items = items;
    s->With.body = body;
    s->With.type_comment = type_comment;
    return s;
}

/* --- try ------------------------------------------------------------------------------------- */

static AstExceptHandler *parse_handler(Parser *p, bool *star) {
    int start = p->pos;
    advance(p);
    AstExceptHandler *handler = ARENA_NEW(p->arena, AstExceptHandler);
    *star = accept(p, TOK_STAR);
    if (*star || peek_type(p) != TOK_COLON) {
        handler->type = parse_expression(p);
        if (!handler->type) return NULL;
        if (accept(p, TOK_AS)) {
            handler->name = peek(p)->name;
            if (!accept(p, TOK_NAME)) return NULL;
        }
    }
    if (!parse_colon_block(p, &handler->body)) return NULL;
    handler->pos = block_pos(p, start);
    return handler;
}

static AstStmt *parse_try(Parser *p) {
    int start = p->pos, mark = p->stack_top;
    AstStmtSeq body, orelse = {0}, finalbody;
    advance(p);
    if (!parse_colon_block(p, &body)) return NULL;
    bool group = false;
    while (peek_type(p) == TOK_EXCEPT) {
        bool star;
        AstExceptHandler *handler = parse_handler(p, &star);
        if (!handler || (p->stack_top > mark && star != group)) return NULL;
        group = star;
        push(p, handler);
    }
    AstExceptHandlerSeq handlers;
    POP_SEQ(p, mark, handlers);
    if (handlers.count && !parse_optional_clause(p, TOK_ELSE, &orelse)) return NULL;
    if (!parse_optional_clause(p, TOK_FINALLY, &finalbody)) return NULL;
    if (!handlers.count && !finalbody.count) return NULL;
    AstStmt *s = NEW_STMT(p, Try, block_pos(p, start));
    if (group) s->kind = STMT_TryStar, require_version(p, 11, "Exception groups are");
    s->Try.body = body;
    s->Try.handlers = handlers;
    s->Try.orelse = orelse;
    s->Try.finalbody = finalbody;
    return s;
}

/* --- def and class --------------------------------------------------------------------------- */

/* After "def f(...):" a type comment may stand on the same line or on the next. False: two of them.
 */
static bool parse_function_type_comment(Parser *p, const char **comment) {
    *comment = NULL;
    if (peek_type(p) == TOK_NEWLINE && peek_ahead(p, 1) == TOK_TYPE_COMMENT &&
        peek_ahead(p, 2) == TOK_NEWLINE && peek_ahead(p, 3) == TOK_INDENT)
        advance(p);
    else if (peek_type(p) == TOK_TYPE_COMMENT && peek_ahead(p, 1) == TOK_NEWLINE &&
             peek_ahead(p, 2) == TOK_TYPE_COMMENT)
        return false;
    *comment = parse_type_comment(p);
    return true;
}

static AstStmt *parse_def(Parser *p, int start, bool async, AstExprSeq decorators) {
    advance(p);
    const char *name = peek(p)->name;
    if (!accept(p, TOK_NAME) || !accept(p, TOK_LPAREN)) return NULL;
    AstArguments *arguments = parse_parameters(p, false);
    if (!arguments || !accept(p, TOK_RPAREN)) return NULL;
    AstExpr *returns = NULL;
    if (accept(p, TOK_ARROW) && !(returns = parse_expression(p))) return NULL;
    const char *type_comment;
    AstStmtSeq body;
    if (!accept(p, TOK_COLON) || !parse_function_type_comment(p, &type_comment) ||
        !parse_block(p, &body))
        return NULL;
    AstStmt *s = NEW_STMT(p, FunctionDef, block_pos(p, start));
    if (async) s->kind = STMT_AsyncFunctionDef, require_version(p, 5, "Async functions are");
    s->FunctionDef.name = name;
    s->FunctionDef.args = arguments;
    s->FunctionDef.body = body;
    s->FunctionDef.decorator_list = decorators;
    s->FunctionDef.returns = returns;
    s->FunctionDef.type_comment = type_comment;
    return s;
}

static AstStmt *parse_class(Parser *p, AstExprSeq decorators) {
    int start = p->pos;
    AstExprSeq bases = {0};
    AstKeywordSeq keywords = {0};
    AstStmtSeq body;
    advance(p);
    const char *name = peek(p)->name;
    if (!accept(p, TOK_NAME)) return NULL;
    /* A generator expression may not share these parentheses. */
    if (peek_type(p) == TOK_LPAREN) {
        int open = p->pos;
        if (!parse_arguments(p, &bases, &keywords)) return NULL;
        if (bases.count == 1 && bases.items[0]->kind == EXPR_GeneratorExp &&
            bases.items[0]->pos.lineno == p->tokens[open].lineno &&
            bases.items[0]->pos.col_offset == p->tokens[open].col_offset)
            return NULL;
    }
    if (!parse_colon_block(p, &body)) return NULL;
    AstStmt *s = NEW_STMT(p, ClassDef, block_pos(p, start));
    s->ClassDef.name = name;
    s->ClassDef.bases = bases;
    s->ClassDef.keywords = keywords;
    s->ClassDef.body = body;
    s->ClassDef.decorator_list = decorators;
    return s;
}

static AstStmt *parse_async(Parser *p, AstExprSeq decorators) {
    int start = p->pos;
    advance(p);
    switch (peek_type(p)) {
    case TOK_DEF: return parse_def(p, start, true, decorators);
    case TOK_WITH: return decorators.count ? NULL : parse_with(p, start, true);
    case TOK_FOR: return decorators.count ? NULL : parse_for(p, start, true);
    default: return NULL;
    }
}

static AstStmt *parse_decorated(Parser *p) {
    int mark = p->stack_top;
    AstExprSeq decorators;
    while (accept(p, TOK_AT)) {
        AstExpr *decorator = parse_named_expression(p);
        if (!decorator || !accept(p, TOK_NEWLINE)) return NULL;
        push(p, decorator);
    }
    POP_SEQ(p, mark, decorators);
    switch (peek_type(p)) {
    case TOK_DEF: return parse_def(p, p->pos, false, decorators);
    case TOK_CLASS: return parse_class(p, decorators);
    case TOK_ASYNC: return parse_async(p, decorators);
    default: return NULL;
    }
}

AstStmt *parse_compound(Parser *p) {
    AstExprSeq none = {0};
    switch (peek_type(p)) {
    case TOK_DEF: return parse_def(p, p->pos, false, none);
    case TOK_AT: return parse_decorated(p);
    case TOK_ASYNC: return parse_async(p, none);
    case TOK_IF: return parse_if(p);
    case TOK_CLASS: return parse_class(p, none);
    case TOK_WITH: return parse_with(p, p->pos, false);
    case TOK_FOR: return parse_for(p, p->pos, false);
    case TOK_TRY: return parse_try(p);
    case TOK_WHILE: return parse_while(p);
    default: return NULL;
    }
}

/* --- match ----------------------------------------------------------------------------------- */

static AstMatchCase *parse_case(Parser *p) {
    advance(p);
    AstMatchCase *c = ARENA_NEW(p->arena, AstMatchCase);
    c->pattern = parse_patterns(p);
    if (!c->pattern) return NULL;
    if (accept(p, TOK_IF) && !(c->guard = parse_named_expression(p))) return NULL;
    return parse_colon_block(p, &c->body) ? c : NULL;
}

/* A tuple without brackets needs a comma, and may hold starred items. */
static AstExpr *parse_subject(Parser *p) {
    int start = p->pos, mark = p->stack_top;
    AstExpr *first = parse_star_named_expression(p);
    if (!first) return NULL;
    if (peek_type(p) != TOK_COMMA) return first->kind == EXPR_Starred ? NULL : first;
    push(p, first);
    while (accept(p, TOK_COMMA) && peek_type(p) != TOK_COLON) {
        AstExpr *next = parse_star_named_expression(p);
        if (!next) return NULL;
        push(p, next);
    }
    AstExpr *e = NEW_EXPR(p, Tuple, pos_from(p, start));
    POP_SEQ(p, mark, e->Tuple.elts);
    e->Tuple.ctx = AST_Load;
    return e;
}

/* At the name "match", which is a keyword only if a subject, ':' and an indented 'case' follow.
 * NULL with the position unchanged: it is not, or the statement is malformed. */
AstStmt *parse_match(Parser *p) {
    int start = p->pos, mark = p->stack_top;
    advance(p);
    AstExpr *subject = parse_subject(p);
    if (!subject || peek_type(p) != TOK_COLON || peek_ahead(p, 1) != TOK_NEWLINE ||
        peek_ahead(p, 2) != TOK_INDENT)
        goto not_match;
    p->pos += 3;
    p->stack_top = mark;
    do {
        if (!at_soft_keyword(p, p->name_case)) goto not_match;
        AstMatchCase *c = enter(p) ? parse_case(p) : NULL;
        leave(p);
        if (!c) goto not_match;
        push(p, c);
    } while (peek_type(p) != TOK_DEDENT);
    advance(p);
    AstStmt *s = NEW_STMT(p, Match, block_pos(p, start));
    s->Match.subject = subject;
    POP_SEQ(p, mark, s->Match.cases);
    require_version(p, 10, "Pattern matching is");
    return s;

not_match:
    p->pos = start;
    p->stack_top = mark;
    return NULL;
}
