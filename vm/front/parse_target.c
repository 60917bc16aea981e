/* parse_target.c -- what can be assigned to, looped over or deleted.
 *
 * Targets are parsed as expressions and then checked and marked. That accepts exactly what
 * CPython's grammar accepts: a target is a name, attribute, subscript, or a display of targets. */
#include "parser.h"

static bool set_context_all(Parser *p, AstExprSeq elts, AstEnum ctx) {
    for (int i = 0; i < elts.count; i++)
        if (!set_context(p, elts.items[i], ctx)) return false;
    return true;
}

/* Marks E as stored or deleted; false where it cannot be. */
bool set_context(Parser *p, AstExpr *e, AstEnum ctx) {
    switch (e->kind) {
    case EXPR_Name: e->Name.ctx = ctx; return true;
    case EXPR_Attribute: e->Attribute.ctx = ctx; return true;
    case EXPR_Subscript: e->Subscript.ctx = ctx; return true;
    case EXPR_Starred:
        e->Starred.ctx = ctx;
        return ctx == AST_Store && set_context(p, e->Starred.value, ctx);
    case EXPR_Tuple: e->Tuple.ctx = ctx; return set_context_all(p, e->Tuple.elts, ctx);
    case EXPR_List: e->List.ctx = ctx; return set_context_all(p, e->List.elts, ctx);
    default: return false;
    }
}

bool is_single_target(const AstExpr *e) {
    return e->kind == EXPR_Name || e->kind == EXPR_Attribute || e->kind == EXPR_Subscript;
}

AstExpr *parse_star_target(Parser *p) {
    int start = p->pos;
    if (accept(p, TOK_STAR)) {
        if (peek_type(p) == TOK_STAR) return NULL;
        AstExpr *value = parse_star_target(p);
        if (!value) return NULL;
        AstExpr *e = NEW_EXPR(p, Starred, pos_from(p, start));
        e->Starred.value = value;
        e->Starred.ctx = AST_Store;
        return e;
    }
    AstExpr *e = parse_primary(p);
    return e && set_context(p, e, AST_Store) ? e : NULL;
}

static bool at_target(const Parser *p) {
    switch (peek_type(p)) {
    case TOK_NAME:
    case TOK_LPAREN:
    case TOK_LBRACKET:
    case TOK_LBRACE:
    case TOK_STAR:
    case TOK_STRING:
    case TOK_NUMBER:
    case TOK_TRUE:
    case TOK_FALSE:
    case TOK_NONE:
    case TOK_ELLIPSIS: return true;
    default: return false;
    }
}

AstExpr *parse_star_targets(Parser *p) {
    int start = p->pos, mark = p->stack_top;
    AstExpr *first = parse_star_target(p);
    if (!first || peek_type(p) != TOK_COMMA) return first;
    push(p, first);
    while (accept(p, TOK_COMMA) && at_target(p)) {
        AstExpr *next = parse_star_target(p);
        if (!next) return NULL;
        push(p, next);
    }
    AstExpr *e = NEW_EXPR(p, Tuple, pos_from(p, start));
    POP_SEQ(p, mark, e->Tuple.elts);
    e->Tuple.ctx = AST_Store;
    return e;
}

/* --- for error messages ---------------------------------------------------------------------- */

static AstExpr *find_invalid_in(AstExprSeq elts, TargetKind kind) {
    for (int i = 0; i < elts.count; i++) {
        AstExpr *bad = find_invalid_target(elts.items[i], kind);
        if (bad) return bad;
    }
    return NULL;
}

AstExpr *find_invalid_target(AstExpr *e, TargetKind kind) {
    switch (e->kind) {
    case EXPR_List: return find_invalid_in(e->List.elts, kind);
    case EXPR_Tuple: return find_invalid_in(e->Tuple.elts, kind);
    case EXPR_Starred: return kind == TARGETS_DEL ? e : find_invalid_target(e->Starred.value, kind);
    case EXPR_Compare:
        /* "for x in y": the loop's target is what stands before the first 'in'. */
        if (kind == TARGETS_FOR && e->Compare.ops.items[0] == AST_In)
            return find_invalid_target(e->Compare.left, kind);
        return kind == TARGETS_FOR ? NULL : e;
    case EXPR_Name:
    case EXPR_Subscript:
    case EXPR_Attribute: return NULL;
    default: return e;
    }
}

static const char *constant_description(const AstConst *value) {
    switch (value->kind) {
    case CONST_NONE: return "None";
    case CONST_TRUE: return "True";
    case CONST_FALSE: return "False";
    case CONST_ELLIPSIS: return "ellipsis";
    default: return "literal";
    }
}

const char *expr_description(const AstExpr *e) {
    switch (e->kind) {
    case EXPR_Attribute: return "attribute";
    case EXPR_Subscript: return "subscript";
    case EXPR_Starred: return "starred";
    case EXPR_Name: return "name";
    case EXPR_List: return "list";
    case EXPR_Tuple: return "tuple";
    case EXPR_Lambda: return "lambda";
    case EXPR_Call: return "function call";
    case EXPR_BoolOp:
    case EXPR_BinOp:
    case EXPR_UnaryOp: return "expression";
    case EXPR_GeneratorExp: return "generator expression";
    case EXPR_Yield:
    case EXPR_YieldFrom: return "yield expression";
    case EXPR_Await: return "await expression";
    case EXPR_ListComp: return "list comprehension";
    case EXPR_SetComp: return "set comprehension";
    case EXPR_DictComp: return "dict comprehension";
    case EXPR_Dict: return "dict literal";
    case EXPR_Set: return "set display";
    case EXPR_JoinedStr:
    case EXPR_FormattedValue: return "f-string expression";
    case EXPR_Constant: return constant_description(&e->Constant.value);
    case EXPR_Compare: return "comparison";
    case EXPR_IfExp: return "conditional expression";
    case EXPR_NamedExpr: return "named expression";
    default: return "expression";
    }
}
