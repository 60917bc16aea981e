/* ast_check.c -- the form of trees that a program made (see ast_check.h).
 *
 * One walk by reflection checks what holds for all classes: which sequences must not be empty, that nothing is missing, contexts,
 * positions. What is special about a class stands in check_expr_kind, check_stmt_kind and check_pattern_kind. */
#include "ast_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    Arena *arena;
    FrontError *error;
} Checker;

static bool check_expr(Checker *c, const AstExpr *e, AstEnum context);
static bool check_pattern(Checker *c, const AstPattern *p, bool star_allowed);
static bool check_fields(Checker *c, const AstClass *class, const void *node, AstEnum own_context);

static bool fail_as(Checker *c, FrontErrorClass kind, const char *format, va_list ap) {
    char *message = arena_alloc(c->arena, 512);
    vsnprintf(message, 512, format, ap);
    *c->error = (FrontError){.kind = kind, .message = message};
    return false;
}
__attribute__((format(printf, 2, 3))) static bool fail(Checker *c, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    fail_as(c, FRONT_VALUE_ERROR, format, ap);
    va_end(ap);
    return false;
}
__attribute__((format(printf, 2, 3))) static bool fail_type(Checker *c, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    fail_as(c, FRONT_TYPE_ERROR, format, ap);
    va_end(ap);
    return false;
}

/* ---- small things -------------------------------------------------------------------------------------------------- */

static bool check_position(Checker *c, const AstPos *p) {
    if (p->lineno > p->end_lineno) return fail(c, "AST node line range (%d, %d) is not valid", p->lineno, p->end_lineno);
    if ((p->lineno < 0 && p->end_lineno != p->lineno) || (p->col_offset < 0 && p->col_offset != p->end_col_offset))
        return fail(c, "AST node column range (%d, %d) for line range (%d, %d) is not valid", p->col_offset, p->end_col_offset,
                    p->lineno, p->end_lineno);
    if (p->lineno == p->end_lineno && p->col_offset > p->end_col_offset)
        return fail(c, "line %d, column %d-%d is not a valid range", p->lineno, p->col_offset, p->end_col_offset);
    return true;
}

static bool check_name(Checker *c, const char *name) {
    static const char *const constants[] = {"None", "True", "False"};
    for (int i = 0; i < 3; i++)
        if (strcmp(name, constants[i]) == 0) return fail(c, "identifier field can't represent '%s' constant", name);
    return true;
}

static bool check_capture(Checker *c, const char *name) {
    if (strcmp(name, "_") == 0) return fail(c, "can't capture name '_' in patterns");
    return check_name(c, name);
}

static bool check_constant(Checker *c, const AstConst *k) {
    return k->kind != CONST_INVALID || fail_type(c, "got an invalid type in Constant: %s", k->bytes.data);
}

/* ---- patterns ------------------------------------------------------------------------------------------------------ */

static bool is_number(const AstExpr *e, bool real, bool imaginary) {
    if (e->kind != EXPR_Constant) return false;
    AstConstKind kind = e->Constant.value.kind;
    return (real && (kind == CONST_INT || kind == CONST_BIGINT || kind == CONST_FLOAT)) || (imaginary && kind == CONST_COMPLEX);
}
static bool is_negative(const AstExpr *e, bool imaginary) {
    return e->kind == EXPR_UnaryOp && e->UnaryOp.op == AST_USub && is_number(e->UnaryOp.operand, true, imaginary);
}
static bool is_sum_of_parts(const AstExpr *e) {
    if (e->kind != EXPR_BinOp || (e->BinOp.op != AST_Add && e->BinOp.op != AST_Sub)) return false;
    const AstExpr *left = e->BinOp.left;
    return (is_number(left, true, false) || is_negative(left, false)) && is_number(e->BinOp.right, false, true);
}

static bool check_match_value(Checker *c, const AstExpr *e) {
    if (!check_expr(c, e, AST_Load)) return false;
    if (e->kind == EXPR_Constant) {
        AstConstKind kind = e->Constant.value.kind;
        bool ok = is_number(e, true, true) || kind == CONST_STR || kind == CONST_BYTES;
        return ok || fail(c, "unexpected constant inside of a literal pattern");
    }
    if (e->kind == EXPR_Attribute || e->kind == EXPR_JoinedStr || is_negative(e, true) || is_sum_of_parts(e)) return true;
    return fail(c, "patterns may only match literals and attribute lookups");
}

static bool is_singleton(const AstConst *k) { return k->kind == CONST_NONE || k->kind == CONST_TRUE || k->kind == CONST_FALSE; }

static bool check_mapping(Checker *c, const AstPattern *p) {
    if (p->MatchMapping.keys.count != p->MatchMapping.patterns.count)
        return fail(c, "MatchMapping doesn't have the same number of keys as patterns");
    if (p->MatchMapping.rest && !check_capture(c, p->MatchMapping.rest)) return false;
    for (int i = 0; i < p->MatchMapping.keys.count; i++) {
        const AstExpr *key = p->MatchMapping.keys.items[i];
        if (!key) return fail(c, "None disallowed in expression list");
        bool singleton = key->kind == EXPR_Constant && is_singleton(&key->Constant.value);
        if (!singleton && !check_match_value(c, key)) return false;
    }
    return true;
}

static bool check_class_pattern(Checker *c, const AstPattern *p) {
    if (p->MatchClass.kwd_attrs.count != p->MatchClass.kwd_patterns.count)
        return fail(c, "MatchClass doesn't have the same number of keyword attributes as patterns");
    if (!check_expr(c, p->MatchClass.cls, AST_Load)) return false;
    const AstExpr *cls = p->MatchClass.cls;
    while (cls->kind == EXPR_Attribute) cls = cls->Attribute.value;
    if (cls->kind != EXPR_Name) return fail(c, "MatchClass cls field can only contain Name or Attribute nodes.");
    for (int i = 0; i < p->MatchClass.kwd_attrs.count; i++)
        if (!check_name(c, p->MatchClass.kwd_attrs.items[i])) return false;
    return true;
}

static bool check_pattern_kind(Checker *c, const AstPattern *p, bool star_allowed) {
    switch (p->kind) {
    case PATTERN_MatchValue: return check_match_value(c, p->MatchValue.value);
    case PATTERN_MatchSingleton:
        return is_singleton(&p->MatchSingleton.value) || fail(c, "MatchSingleton can only contain True, False and None");
    case PATTERN_MatchMapping: return check_mapping(c, p);
    case PATTERN_MatchClass: return check_class_pattern(c, p);
    case PATTERN_MatchStar:
        if (!star_allowed) return fail(c, "can't use MatchStar here");
        return !p->MatchStar.name || check_capture(c, p->MatchStar.name);
    case PATTERN_MatchAs:
        if (p->MatchAs.name) return check_capture(c, p->MatchAs.name);
        return !p->MatchAs.pattern || fail(c, "MatchAs must specify a target name if a pattern is given");
    case PATTERN_MatchOr: return p->MatchOr.patterns.count >= 2 || fail(c, "MatchOr requires at least 2 patterns");
    default: return true;
    }
}

static bool check_pattern(Checker *c, const AstPattern *p, bool star_allowed) {
    const AstClass *class = ast_class_of_kind(p->kind);
    if (!check_position(c, &p->pos) || !check_pattern_kind(c, p, star_allowed)) return false;
    /* The expressions of these have rules of their own, kept above. */
    if (p->kind == PATTERN_MatchValue) return true;
    return check_fields(c, class, p, AST_Load);
}

/* ---- expressions --------------------------------------------------------------------------------------------------- */

static const char *context_name(AstEnum context) { return ast_enum_name(context); }

/* The context that the node itself says it has; Load where it cannot say. */
static AstEnum own_context(const AstExpr *e) {
    switch (e->kind) {
    case EXPR_Attribute: return e->Attribute.ctx;
    case EXPR_Subscript: return e->Subscript.ctx;
    case EXPR_Starred: return e->Starred.ctx;
    case EXPR_Name: return e->Name.ctx;
    case EXPR_List: return e->List.ctx;
    case EXPR_Tuple: return e->Tuple.ctx;
    default: return AST_ENUM_COUNT;
    }
}

static bool check_context(Checker *c, const AstExpr *e, AstEnum wanted) {
    AstEnum own = own_context(e);
    if (own == AST_ENUM_COUNT)
        return wanted == AST_Load || fail(c, "expression which can't be assigned to in %s context", context_name(wanted));
    if (own == wanted) return true;
    return fail(c, "expression must have %s context but has %s instead", context_name(wanted), context_name(own));
}

static bool check_expr_kind(Checker *c, const AstExpr *e) {
    switch (e->kind) {
    case EXPR_BoolOp: return e->BoolOp.values.count >= 2 || fail(c, "BoolOp with less than 2 values");
    case EXPR_Dict:
        return e->Dict.keys.count == e->Dict.values.count || fail(c, "Dict doesn't have the same number of keys as values");
    case EXPR_ListComp: return e->ListComp.generators.count || fail(c, "comprehension with no generators");
    case EXPR_SetComp: return e->SetComp.generators.count || fail(c, "comprehension with no generators");
    case EXPR_GeneratorExp: return e->GeneratorExp.generators.count || fail(c, "comprehension with no generators");
    case EXPR_DictComp: return e->DictComp.generators.count || fail(c, "comprehension with no generators");
    case EXPR_Compare:
        if (!e->Compare.comparators.count) return fail(c, "Compare with no comparators");
        return e->Compare.comparators.count == e->Compare.ops.count ||
               fail(c, "Compare has a different number of comparators and operands");
    case EXPR_Constant: return check_constant(c, &e->Constant.value);
    case EXPR_Name: return check_name(c, e->Name.id);
    case EXPR_NamedExpr: return e->NamedExpr.target->kind == EXPR_Name || fail_type(c, "NamedExpr target must be a Name");
    default: return true;
    }
}

static bool check_expr(Checker *c, const AstExpr *e, AstEnum context) {
    if (!check_position(c, &e->pos) || !check_context(c, e, context) || !check_expr_kind(c, e)) return false;
    return check_fields(c, ast_class_of_kind(e->kind), e, context);
}

/* ---- statements ---------------------------------------------------------------------------------------------------- */

static bool check_try(Checker *c, const AstStmt *s) {
    const char *name = ast_class_of_kind(s->kind)->name;
    const AstIn_Try *t = &s->Try;
    if (s->kind == STMT_TryStar) {
        _Static_assert(sizeof(AstIn_Try) == sizeof(AstIn_TryStar), "Try and TryStar have the same fields");
        t = (const AstIn_Try *)(const void *)&s->TryStar;
    }
    if (!t->handlers.count && !t->finalbody.count) return fail(c, "%s has neither except handlers nor finalbody", name);
    if (!t->handlers.count && t->orelse.count) return fail(c, "%s has orelse but no except handlers", name);
    return true;
}

static bool check_stmt_kind(Checker *c, const AstStmt *s) {
    switch (s->kind) {
    case STMT_AnnAssign:
        if (s->AnnAssign.simple && s->AnnAssign.target->kind != EXPR_Name)
            return fail_type(c, "AnnAssign with simple non-Name target");
        return true;
    case STMT_Raise: return s->Raise.exc || !s->Raise.cause || fail(c, "Raise with cause but no exception");
    case STMT_Try:
    case STMT_TryStar: return check_try(c, s);
    case STMT_ImportFrom: return s->ImportFrom.level >= 0 || fail(c, "Negative ImportFrom level");
    default: return true;
    }
}

static bool check_stmt(Checker *c, const AstStmt *s) {
    if (!check_position(c, &s->pos) || !check_stmt_kind(c, s)) return false;
    return check_fields(c, ast_class_of_kind(s->kind), s, AST_Load);
}

static bool check_arguments(Checker *c, const AstArguments *a) {
    if (a->defaults.count > a->posonlyargs.count + a->args.count) return fail(c, "more positional defaults than args on arguments");
    if (a->kw_defaults.count != a->kwonlyargs.count)
        return fail(c, "length of kwonlyargs is not the same as kw_defaults on arguments");
    return true;
}

/* ---- the walk ------------------------------------------------------------------------------------------------------ */

static bool named(const AstField *field, const char *name) { return strcmp(field->name, name) == 0; }

/* The context of the expressions in a field. */
static AstEnum field_context(const AstClass *class, const AstField *field, AstEnum own) {
    if (named(field, "targets")) return class == ast_class_of_kind(STMT_Delete) ? AST_Del : AST_Store;
    if (named(field, "target") || named(field, "optional_vars")) return AST_Store;
    if (named(field, "elts") || class == ast_class_of_kind(EXPR_Starred)) return own;
    return AST_Load;
}

static bool may_be_empty(const AstClass *class, const AstField *field) {
    bool mod = class == ast_class_of_kind(MOD_Module) || class == ast_class_of_kind(MOD_Interactive);
    return mod || !(named(field, "body") || named(field, "targets") || named(field, "items") || named(field, "cases") ||
                    named(field, "names"));
}

static bool check_item(Checker *c, const AstClass *class, const AstField *field, const void *item, AstEnum own) {
    const AstClass *item_class = ast_class_of_type(field->type);
    switch (field->type) {
    case AST_IS_expr:
        /* The context of a NamedExpr's target, a Name, says nothing. */
        if (class == ast_class_of_kind(EXPR_NamedExpr) && named(field, "target")) return check_expr(c, item, own_context(item));
        return check_expr(c, item, field_context(class, field, own));
    case AST_IS_stmt: return check_stmt(c, item);
    case AST_IS_pattern: return check_pattern(c, item, class == ast_class_of_kind(PATTERN_MatchSequence));
    case AST_IS_arguments: return check_fields(c, item_class, item, AST_Load) && check_arguments(c, item);
    default: break;
    }
    if (!item_class || field->type == AST_IS_type_ignore) return true;
    if (item_class->has_pos && !check_position(c, item)) return false;
    return check_fields(c, item_class, item, AST_Load);
}

static bool check_items(Checker *c, const AstClass *class, const AstField *field, const AstPtrSeq *seq, AstEnum own) {
    if (!seq->count && !may_be_empty(class, field)) return fail(c, "empty %s on %s", field->name, class->name);
    if (AST_IS_ENUMERATION(field->type) || field->type <= AST_IS_constant || field->type == AST_IS_type_ignore) return true;
    for (int i = 0; i < seq->count; i++) {
        if (!seq->items[i] && field->quantity == AST_OPTSEQ) continue;
        if (!seq->items[i])
            return fail(c, "None disallowed in %s list",
                        field->type == AST_IS_expr ? "expression" : field->type == AST_IS_stmt ? "statement" : ast_type_name(field->type));
        if (!check_item(c, class, field, seq->items[i], own)) return false;
    }
    return true;
}

static bool check_field(Checker *c, const AstClass *class, const AstField *field, const void *node, AstEnum own) {
    const void *where = (const char *)node + field->offset;
    if (field->quantity == AST_SEQ || field->quantity == AST_OPTSEQ) {
        if (class == ast_class_of_kind(PATTERN_MatchMapping) && field->type == AST_IS_expr) return true; /* check_mapping */
        return check_items(c, class, field, where, own);
    }
    if (AST_IS_ENUMERATION(field->type) || field->type <= AST_IS_constant || field->type == AST_IS_type_ignore) return true;
    const void *item = *(const void *const *)where;
    return !item || check_item(c, class, field, item, own);
}

/* In the order of declaration, but a comprehension's clauses before its element. */
static bool check_fields(Checker *c, const AstClass *class, const void *node, AstEnum own) {
    for (int elements = 0; elements <= 1; elements++)
        for (int i = 0; i < class->field_count; i++)
            if ((class->fields[i].type != AST_IS_comprehension) == elements && !check_field(c, class, &class->fields[i], node, own))
                return false;
    return true;
}

bool ast_check(Arena *arena, const AstMod *mod, FrontError *error) {
    Checker c = {arena, error};
    return check_fields(&c, ast_class_of_kind(mod->kind), mod, AST_Load);
}
