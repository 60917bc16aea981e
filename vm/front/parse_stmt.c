/* parse_stmt.c -- simple statements, and the lines that hold them. */
#include "parser.h"

const char *parse_type_comment(Parser *p) {
    const Token *token = peek(p);
    if (!accept(p, TOK_TYPE_COMMENT)) return NULL;
    return arena_copy(p->arena, token->start, token->length);
}

/* --- assignments and expression statements --------------------------------------------------- */

static const uint8_t augmented_operators[TOK_COUNT] = {
    [TOK_PLUS_ASSIGN] = AST_Add,      [TOK_MINUS_ASSIGN] = AST_Sub,
    [TOK_STAR_ASSIGN] = AST_Mult,     [TOK_SLASH_ASSIGN] = AST_Div,
    [TOK_PERCENT_ASSIGN] = AST_Mod,   [TOK_AMPER_ASSIGN] = AST_BitAnd,
    [TOK_VBAR_ASSIGN] = AST_BitOr,    [TOK_CARET_ASSIGN] = AST_BitXor,
    [TOK_LSHIFT_ASSIGN] = AST_LShift, [TOK_RSHIFT_ASSIGN] = AST_RShift,
    [TOK_POWER_ASSIGN] = AST_Pow,     [TOK_DOUBLE_SLASH_ASSIGN] = AST_FloorDiv,
    [TOK_AT_ASSIGN] = AST_MatMult,
};

/* At ':'. A bare name is "simple"; attributes, subscripts and parenthesised names are not. */
static AstStmt *parse_annotated(Parser *p, int start, AstExpr *target) {
    if (!is_single_target(target)) return NULL;
    bool simple = target->kind == EXPR_Name && p->pos == start + 1;
    set_context(p, target, AST_Store);
    advance(p);
    AstExpr *annotation = parse_expression(p), *value = NULL;
    if (!annotation) return NULL;
    if (accept(p, TOK_ASSIGN) && !(value = parse_yield_or_star_expressions(p))) return NULL;
    AstStmt *s = NEW_STMT(p, AnnAssign, pos_from(p, start));
    s->AnnAssign.target = target;
    s->AnnAssign.annotation = annotation;
    s->AnnAssign.value = value;
    s->AnnAssign.simple = simple;
    require_version(p, 6, target->kind == EXPR_Name && simple ? "Variable annotation syntax is" : "Variable annotations syntax is");
    return s;
}

/* At '=', after the first target. */
static AstStmt *parse_assignment(Parser *p, int start, AstExpr *e) {
    int mark = p->stack_top;
    while (accept(p, TOK_ASSIGN)) {
        if (!set_context(p, e, AST_Store)) return NULL;
        push(p, e);
        e = parse_yield_or_star_expressions(p);
        if (!e) return NULL;
    }
    AstPos pos = pos_from(p, start);
    const char *type_comment = parse_type_comment(p);
    if (type_comment) pos = pos_from(p, start);
    AstStmt *s = NEW_STMT(p, Assign, pos);
    POP_SEQ(p, mark, s->Assign.targets);
    s->Assign.value = e;
    s->Assign.type_comment = type_comment;
    return s;
}

static AstStmt *parse_augmented(Parser *p, int start, AstExpr *target) {
    AstEnum op = augmented_operators[peek_type(p)];
    if (!is_single_target(target)) return NULL;
    set_context(p, target, AST_Store);
    if (op == AST_MatMult) require_version(p, 5, "The '@' operator is");
    advance(p);
    AstExpr *value = parse_yield_or_star_expressions(p);
    if (!value) return NULL;
    AstStmt *s = NEW_STMT(p, AugAssign, pos_from(p, start));
    s->AugAssign.target = target;
    s->AugAssign.op = op;
    s->AugAssign.value = value;
    return s;
}

static AstStmt *new_expr_stmt(Parser *p, int start, AstExpr *value) {
    if (!value) return NULL;
    AstStmt *s = NEW_STMT(p, Expr, pos_from(p, start));
    s->Expr.value = value;
    return s;
}

static AstStmt *parse_expression_statement(Parser *p) {
    int start = p->pos;
    AstExpr *e = parse_star_expressions(p);
    if (!e) return NULL;
    TokenType type = peek_type(p);
    if (type == TOK_ASSIGN) return parse_assignment(p, start, e);
    if (type == TOK_COLON) return parse_annotated(p, start, e);
    if (augmented_operators[type]) return parse_augmented(p, start, e);
    return new_expr_stmt(p, start, e);
}
_Static_assert(AST_Add > 0, "0 in augmented_operators means: not one of them");

/* --- keyword statements ---------------------------------------------------------------------- */

static bool at_end_of_statement(const Parser *p) {
    return peek_type(p) == TOK_NEWLINE || peek_type(p) == TOK_SEMI;
}

static AstStmt *parse_return(Parser *p) {
    int start = p->pos;
    AstExpr *value = NULL;
    advance(p);
    if (!at_end_of_statement(p) && !(value = parse_star_expressions(p))) return NULL;
    AstStmt *s = NEW_STMT(p, Return, pos_from(p, start));
    s->Return.value = value;
    return s;
}

static AstStmt *parse_raise(Parser *p) {
    int start = p->pos;
    AstExpr *exc = NULL, *cause = NULL;
    advance(p);
    if (!at_end_of_statement(p)) {
        exc = parse_expression(p);
        if (!exc) return NULL;
        if (accept(p, TOK_FROM) && !(cause = parse_expression(p))) return NULL;
    }
    AstStmt *s = NEW_STMT(p, Raise, pos_from(p, start));
    s->Raise.exc = exc;
    s->Raise.cause = cause;
    return s;
}

static AstStmt *parse_assert(Parser *p) {
    int start = p->pos;
    advance(p);
    AstExpr *test = parse_expression(p), *msg = NULL;
    if (!test) return NULL;
    if (accept(p, TOK_COMMA) && !(msg = parse_expression(p))) return NULL;
    AstStmt *s = NEW_STMT(p, Assert, pos_from(p, start));
    s->Assert.test = test;
    s->Assert.msg = msg;
    return s;
}

static AstStmt *parse_del(Parser *p) {
    int start = p->pos, mark = p->stack_top;
    advance(p);
    do {
        if (p->stack_top > mark && at_end_of_statement(p)) break;
        AstExpr *target = parse_primary(p);
        if (!target || !set_context(p, target, AST_Del)) return NULL;
        push(p, target);
    } while (accept(p, TOK_COMMA));
    if (!at_end_of_statement(p)) return NULL;
    AstStmt *s = NEW_STMT(p, Delete, pos_from(p, start));
    POP_SEQ(p, mark, s->Delete.targets);
    return s;
}

/* 'global' and 'nonlocal' have one layout. */
static AstStmt *parse_name_list(Parser *p, AstKind kind) {
    int start = p->pos, mark = p->stack_top;
    advance(p);
    do {
        if (peek_type(p) != TOK_NAME) return NULL;
        push(p, (void *)(uintptr_t)peek(p)->name);
        advance(p);
    } while (accept(p, TOK_COMMA));
    AstStmt *s = NEW_STMT(p, Global, pos_from(p, start));
    s->kind = kind;
    POP_SEQ(p, mark, s->Global.names);
    return s;
}

/* --- imports --------------------------------------------------------------------------------- */

static const char *parse_dotted_name(Parser *p) {
    const char *name = peek(p)->name;
    if (!accept(p, TOK_NAME)) return NULL;
    while (accept(p, TOK_DOT)) {
        const char *part = peek(p)->name;
        if (!accept(p, TOK_NAME)) return NULL;
        name = arena_intern_str(p->arena, arena_printf(p->arena, "%s.%s", name, part));
    }
    return name;
}

static AstAlias *parse_alias(Parser *p, bool dotted) {
    int start = p->pos;
    const char *name, *asname = NULL;
    if (dotted) {
        name = parse_dotted_name(p);
        if (!name) return NULL;
    } else {
        name = peek(p)->name;
        if (!accept(p, TOK_NAME)) return NULL;
    }
    if (accept(p, TOK_AS)) {
        asname = peek(p)->name;
        if (!accept(p, TOK_NAME)) return NULL;
    }
    AstAlias *alias = ARENA_NEW(p->arena, AstAlias);
    alias->pos = pos_from(p, start);
    alias->name = name;
    alias->asname = asname;
    return alias;
}

static AstStmt *parse_import(Parser *p) {
    int start = p->pos, mark = p->stack_top;
    advance(p);
    do {
        AstAlias *alias = parse_alias(p, true);
        if (!alias) return NULL;
        push(p, alias);
    } while (accept(p, TOK_COMMA));
    AstStmt *s = NEW_STMT(p, Import, pos_from(p, start));
    POP_SEQ(p, mark, s->Import.names);
    return s;
}

/* What is imported "from" a module: '*', or names, with a trailing comma only inside parentheses.
 */
static bool parse_import_targets(Parser *p, AstAliasSeq *names) {
    int mark = p->stack_top;
    if (peek_type(p) == TOK_STAR) {
        AstAlias *alias = ARENA_NEW(p->arena, AstAlias);
        alias->pos = pos_of_token(peek(p));
        alias->name = arena_intern_str(p->arena, "*");
        advance(p);
        push(p, alias);
        POP_SEQ(p, mark, *names);
        return true;
    }
    bool parenthesised = accept(p, TOK_LPAREN);
    do {
        if (parenthesised && p->stack_top > mark && peek_type(p) == TOK_RPAREN) break;
        AstAlias *alias = parse_alias(p, false);
        if (!alias) return false;
        push(p, alias);
    } while (accept(p, TOK_COMMA));
    POP_SEQ(p, mark, *names);
    return !parenthesised || accept(p, TOK_RPAREN);
}

static AstStmt *parse_import_from(Parser *p) {
    int start = p->pos, level = 0;
    advance(p);
    for (;;) {
        if (accept(p, TOK_DOT))
            level++;
        else if (accept(p, TOK_ELLIPSIS))
            level += 3;
        else
            break;
    }
    const char *module = NULL;
    if (level == 0 || peek_type(p) != TOK_IMPORT) {
        module = parse_dotted_name(p);
        if (!module) return NULL;
    }
    AstAliasSeq names;
    if (!accept(p, TOK_IMPORT) || !parse_import_targets(p, &names)) return NULL;
    AstStmt *s = NEW_STMT(p, ImportFrom, pos_from(p, start));
    s->ImportFrom.module = module;
    s->ImportFrom.names = names;
    s->ImportFrom.level = level;
    return s;
}

/* --- lines ----------------------------------------------------------------------------------- */

static AstStmt *parse_word(Parser *p, AstKind kind) {
    AstStmt *s = NEW_STMT(p, Pass, pos_of_token(peek(p)));
    s->kind = kind;
    advance(p);
    return s;
}

static AstStmt *parse_simple(Parser *p) {
    int start = p->pos;
    switch (peek_type(p)) {
    case TOK_RETURN: return parse_return(p);
    case TOK_IMPORT: return parse_import(p);
    case TOK_FROM: return parse_import_from(p);
    case TOK_RAISE: return parse_raise(p);
    case TOK_PASS: return parse_word(p, STMT_Pass);
    case TOK_BREAK: return parse_word(p, STMT_Break);
    case TOK_CONTINUE: return parse_word(p, STMT_Continue);
    case TOK_DEL: return parse_del(p);
    case TOK_YIELD: {
        AstExpr *value = parse_yield(p);
        return new_expr_stmt(p, start, value);
    }
    case TOK_ASSERT: return parse_assert(p);
    case TOK_GLOBAL: return parse_name_list(p, STMT_Global);
    case TOK_NONLOCAL: return parse_name_list(p, STMT_Nonlocal);
    default: return parse_expression_statement(p);
    }
}

/* A line of simple statements; pushes them. */
bool parse_simple_stmts(Parser *p) {
    do {
        AstStmt *s = parse_simple(p);
        if (!s) return false;
        push(p, s);
    } while (accept(p, TOK_SEMI) && peek_type(p) != TOK_NEWLINE);
    return accept(p, TOK_NEWLINE);
}

/* Pushes one compound statement, or the statements of one line. */
bool parse_statement(Parser *p, bool *compound) {
    AstStmt *s = NULL;
    *compound = true;
    switch (peek_type(p)) {
    case TOK_DEF:
    case TOK_AT:
    case TOK_ASYNC:
    case TOK_IF:
    case TOK_CLASS:
    case TOK_WITH:
    case TOK_FOR:
    case TOK_TRY:
    case TOK_WHILE:
        s = parse_compound(p);
        if (!s) return false;
        break;
    case TOK_NAME:
        if (peek(p)->name == p->name_match) s = parse_match(p);
        break;
    default: break;
    }
    if (s) {
        push(p, s);
        return true;
    }
    *compound = false;
    return parse_simple_stmts(p);
}

/* Statements up to END, which is not consumed. */
bool parse_statements(Parser *p, TokenType end, AstStmtSeq *seq) {
    int mark = p->stack_top;
    bool compound;
    while (peek_type(p) != end)
        if (!parse_statement(p, &compound)) return false;
    POP_SEQ(p, mark, *seq);
    return true;
}
