/* symtable_visit.c -- the first pass: what the text of each scope does with each name.
 *
 * The order of visits is CPython's, because it decides which of several errors is reported and the
 * order of names in a scope. */
#include "symtable_build.h"

#include <string.h>

static bool visit_stmt(SymBuilder *b, AstStmt *s);
static bool visit_expr(SymBuilder *b, AstExpr *e);
static bool visit_pattern(SymBuilder *b, AstPattern *pattern);

static bool visit_stmts(SymBuilder *b, AstStmtSeq seq) {
    for (int i = 0; i < seq.count; i++)
        if (!visit_stmt(b, seq.items[i])) return false;
    return true;
}

static bool visit_optional(SymBuilder *b, AstExpr *e) { return !e || visit_expr(b, e); }

static bool visit_exprs(SymBuilder *b, AstExprSeq seq) {
    for (int i = 0; i < seq.count; i++)
        if (!visit_optional(b, seq.items[i])) return false;
    return true;
}

static bool visit_keywords(SymBuilder *b, AstKeywordSeq seq) {
    for (int i = 0; i < seq.count; i++)
        if (!visit_expr(b, seq.items[i]->value)) return false;
    return true;
}

/* --- functions ------------------------------------------------------------------------------- */

static bool define_params(SymBuilder *b, AstArgSeq seq) {
    for (int i = 0; i < seq.count; i++)
        if (!sym_define(b, seq.items[i]->arg, SYM_DEF_PARAM, &seq.items[i]->pos)) return false;
    return true;
}

static bool visit_arguments(SymBuilder *b, AstArguments *a) {
    if (!define_params(b, a->posonlyargs) || !define_params(b, a->args) ||
        !define_params(b, a->kwonlyargs))
        return false;
    if (a->vararg) {
        if (!sym_define(b, a->vararg->arg, SYM_DEF_PARAM, &a->vararg->pos)) return false;
        b->scope->varargs = true;
    }
    if (a->kwarg) {
        if (!sym_define(b, a->kwarg->arg, SYM_DEF_PARAM, &a->kwarg->pos)) return false;
        b->scope->varkeywords = true;
    }
    return true;
}

/* Under 'from __future__ import annotations' an annotation gets a scope that is thrown away: it is
 * visited only for the errors it may hold. */
static bool enter_annotation(SymBuilder *b, const void *node, const AstPos *pos) {
    if (!(b->table->future & SYM_FUTURE_ANNOTATIONS)) return false;
    sym_enter(b, "_annotation", SYM_ANNOTATION, node, pos);
    return true;
}

static bool visit_annotation(SymBuilder *b, AstExpr *annotation) {
    if (!annotation) return true;
    bool own_scope = enter_annotation(b, annotation, &annotation->pos);
    bool good = visit_expr(b, annotation);
    if (own_scope) sym_leave(b);
    return good;
}

static bool visit_arg_annotations(SymBuilder *b, AstArgSeq seq) {
    for (int i = 0; i < seq.count; i++)
        if (!visit_optional(b, seq.items[i]->annotation)) return false;
    return true;
}

static bool visit_annotations(SymBuilder *b, const AstStmt *s, AstArguments *a, AstExpr *returns) {
    bool own_scope = enter_annotation(b, s, &s->pos);
    bool good = visit_arg_annotations(b, a->posonlyargs) && visit_arg_annotations(b, a->args) &&
                (!a->vararg || visit_optional(b, a->vararg->annotation)) &&
                (!a->kwarg || visit_optional(b, a->kwarg->annotation)) &&
                visit_arg_annotations(b, a->kwonlyargs);
    if (own_scope) sym_leave(b);
    return good && visit_annotation(b, returns);
}

static bool visit_function(SymBuilder *b, AstStmt *s) {
    AstIn_FunctionDef *f = &s->FunctionDef;
    if (!sym_define(b, f->name, SYM_DEF_LOCAL, &s->pos) || !visit_exprs(b, f->args->defaults) ||
        !visit_exprs(b, f->args->kw_defaults) || !visit_annotations(b, s, f->args, f->returns) ||
        !visit_exprs(b, f->decorator_list))
        return false;
    SymScope *scope = sym_enter(b, f->name, SYM_FUNCTION, s, &s->pos);
    scope->coroutine = s->kind == STMT_AsyncFunctionDef;
    bool good = visit_arguments(b, f->args) && visit_stmts(b, f->body);
    sym_leave(b);
    return good;
}

static bool visit_lambda(SymBuilder *b, AstExpr *e) {
    AstArguments *a = e->Lambda.args;
    if (!visit_exprs(b, a->defaults) || !visit_exprs(b, a->kw_defaults)) return false;
    sym_enter(b, "lambda", SYM_FUNCTION, e, &e->pos);
    bool good = visit_arguments(b, a) && visit_expr(b, e->Lambda.body);
    sym_leave(b);
    return good;
}

static bool visit_class(SymBuilder *b, AstStmt *s) {
    AstIn_ClassDef *c = &s->ClassDef;
    if (!sym_define(b, c->name, SYM_DEF_LOCAL, &s->pos) || !visit_exprs(b, c->bases) ||
        !visit_keywords(b, c->keywords) || !visit_exprs(b, c->decorator_list))
        return false;
    const char *outer = b->class_name;
    b->class_name = c->name;
    sym_enter(b, c->name, SYM_CLASS, s, &s->pos);
    bool good = visit_stmts(b, c->body);
    sym_leave(b);
    b->class_name = outer;
    return good;
}

/* --- comprehensions -------------------------------------------------------------------------- */

static bool visit_comp_target(SymBuilder *b, AstExpr *target) {
    b->scope->comp_iter_target = true;
    bool good = visit_expr(b, target);
    b->scope->comp_iter_target = false;
    return good;
}

static bool visit_comp_iter(SymBuilder *b, AstExpr *iter) {
    b->scope->comp_iter_expr++;
    bool good = visit_expr(b, iter);
    b->scope->comp_iter_expr--;
    return good;
}

static bool visit_inner_clauses(SymBuilder *b, AstComprehensionSeq clauses) {
    for (int i = 1; i < clauses.count; i++) {
        AstComprehension *c = clauses.items[i];
        if (!visit_comp_target(b, c->target) || !visit_comp_iter(b, c->iter) ||
            !visit_exprs(b, c->ifs))
            return false;
        if (c->is_async) b->scope->coroutine = true;
    }
    return true;
}

/* The iterable of the first clause belongs to the scope around; all else to a function of its own.
 */
static bool visit_comprehension(SymBuilder *b, AstExpr *e, SymComp comp, const char *name,
                                AstComprehensionSeq clauses, AstExpr *elt, AstExpr *value) {
    AstComprehension *first = clauses.items[0];
    if (!visit_comp_iter(b, first->iter)) return false;
    SymScope *scope = sym_enter(b, name, SYM_FUNCTION, e, &e->pos);
    scope->comp = comp;
    scope->coroutine = first->is_async;
    bool good = sym_define(b, b->name_dot0, SYM_DEF_PARAM, &e->pos) &&
                visit_comp_target(b, first->target) && visit_exprs(b, first->ifs) &&
                visit_inner_clauses(b, clauses) && visit_optional(b, value) && visit_expr(b, elt);
    scope->generator = comp == SYM_GENEXP;
    sym_leave(b);
    if (scope->coroutine && !scope->generator) b->scope->coroutine = true;
    return good;
}

/* The scope around a comprehension is where its ':=' binds. */
static bool bind_outside_comprehension(SymBuilder *b, const AstExpr *target) {
    const char *name = target->Name.id;
    for (SymScope *scope = b->scope; scope; scope = scope->parent) {
        if (scope->comp != SYM_NO_COMP) {
            if (sym_flags(b, scope, name) & SYM_DEF_COMP_ITER)
                return sym_fail(
                    b, FRONT_SYNTAX_ERROR, &target->pos,
                    "assignment expression cannot rebind comprehension iteration variable '%s'",
                    name);
            continue;
        }
        if (scope->block == SYM_FUNCTION) {
            int flag =
                sym_flags(b, scope, name) & SYM_DEF_GLOBAL ? SYM_DEF_GLOBAL : SYM_DEF_NONLOCAL;
            if (!sym_define(b, name, flag, &target->pos)) return false;
            sym_note_directive(b, name, &target->pos);
            return sym_define_in(b, scope, name, SYM_DEF_LOCAL, &target->pos);
        }
        if (scope->block == SYM_MODULE) {
            if (!sym_define(b, name, SYM_DEF_GLOBAL, &target->pos)) return false;
            sym_note_directive(b, name, &target->pos);
            return sym_define_in(b, scope, name, SYM_DEF_GLOBAL, &target->pos);
        }
        if (scope->block == SYM_CLASS)
            return sym_fail(
                b, FRONT_SYNTAX_ERROR, &target->pos,
                "assignment expression within a comprehension cannot be used in a class body");
    }
    return true;
}

static bool not_in_annotation(SymBuilder *b, const AstExpr *e, const char *what) {
    if (b->scope->block != SYM_ANNOTATION) return true;
    return sym_fail(b, FRONT_SYNTAX_ERROR, &e->pos, "'%s' can not be used within an annotation",
                    what);
}

static bool visit_named_expr(SymBuilder *b, AstExpr *e) {
    if (!not_in_annotation(b, e, "named expression")) return false;
    if (b->scope->comp_iter_expr > 0)
        return sym_fail(
            b, FRONT_SYNTAX_ERROR, &e->pos,
            "assignment expression cannot be used in a comprehension iterable expression");
    if (b->scope->comp != SYM_NO_COMP && !bind_outside_comprehension(b, e->NamedExpr.target))
        return false;
    return visit_expr(b, e->NamedExpr.value) && visit_expr(b, e->NamedExpr.target);
}

static bool visit_yield(SymBuilder *b, AstExpr *e, AstExpr *value) {
    static const char *const places[] = {[SYM_LISTCOMP] = "list comprehension",
                                         [SYM_SETCOMP] = "set comprehension",
                                         [SYM_DICTCOMP] = "dict comprehension",
                                         [SYM_GENEXP] = "generator expression"};
    if (!not_in_annotation(b, e, "yield expression") || !visit_optional(b, value)) return false;
    b->scope->generator = true;
    if (b->scope->comp == SYM_NO_COMP) return true;
    return sym_fail(b, FRONT_SYNTAX_ERROR, &e->pos, "'yield' inside %s", places[b->scope->comp]);
}

static bool visit_name(SymBuilder *b, AstExpr *e) {
    bool load = e->Name.ctx == AST_Load;
    if (!sym_define(b, e->Name.id, load ? SYM_USE : SYM_DEF_LOCAL, &e->pos)) return false;
    /* super() without arguments needs the class. */
    if (load && b->scope->block == SYM_FUNCTION && e->Name.id == b->name_super)
        return sym_define(b, b->name_class, SYM_USE, &e->pos);
    return true;
}

/* --- expressions ----------------------------------------------------------------------------- */

static bool visit_expr_kind(SymBuilder *b, AstExpr *e) {
    switch (e->kind) {
    case EXPR_BoolOp: return visit_exprs(b, e->BoolOp.values);
    case EXPR_NamedExpr: return visit_named_expr(b, e);
    case EXPR_BinOp: return visit_expr(b, e->BinOp.left) && visit_expr(b, e->BinOp.right);
    case EXPR_UnaryOp: return visit_expr(b, e->UnaryOp.operand);
    case EXPR_Lambda: return visit_lambda(b, e);
    case EXPR_IfExp:
        return visit_expr(b, e->IfExp.test) && visit_expr(b, e->IfExp.body) &&
               visit_expr(b, e->IfExp.orelse);
    case EXPR_Dict: return visit_exprs(b, e->Dict.keys) && visit_exprs(b, e->Dict.values);
    case EXPR_Set: return visit_exprs(b, e->Set.elts);
    case EXPR_ListComp:
        return visit_comprehension(b, e, SYM_LISTCOMP, "listcomp", e->ListComp.generators,
                                   e->ListComp.elt, NULL);
    case EXPR_SetComp:
        return visit_comprehension(b, e, SYM_SETCOMP, "setcomp", e->SetComp.generators,
                                   e->SetComp.elt, NULL);
    case EXPR_DictComp:
        return visit_comprehension(b, e, SYM_DICTCOMP, "dictcomp", e->DictComp.generators,
                                   e->DictComp.key, e->DictComp.value);
    case EXPR_GeneratorExp:
        return visit_comprehension(b, e, SYM_GENEXP, "genexpr", e->GeneratorExp.generators,
                                   e->GeneratorExp.elt, NULL);
    case EXPR_Await:
        if (!not_in_annotation(b, e, "await expression") || !visit_expr(b, e->Await.value))
            return false;
        b->scope->coroutine = true;
        return true;
    case EXPR_Yield: return visit_yield(b, e, e->Yield.value);
    case EXPR_YieldFrom: return visit_yield(b, e, e->YieldFrom.value);
    case EXPR_Compare:
        return visit_expr(b, e->Compare.left) && visit_exprs(b, e->Compare.comparators);
    case EXPR_Call:
        return visit_expr(b, e->Call.func) && visit_exprs(b, e->Call.args) &&
               visit_keywords(b, e->Call.keywords);
    case EXPR_FormattedValue:
        return visit_expr(b, e->FormattedValue.value) &&
               visit_optional(b, e->FormattedValue.format_spec);
    case EXPR_JoinedStr: return visit_exprs(b, e->JoinedStr.values);
    case EXPR_Attribute: return visit_expr(b, e->Attribute.value);
    case EXPR_Subscript:
        return visit_expr(b, e->Subscript.value) && visit_expr(b, e->Subscript.slice);
    case EXPR_Starred: return visit_expr(b, e->Starred.value);
    case EXPR_Name: return visit_name(b, e);
    case EXPR_List: return visit_exprs(b, e->List.elts);
    case EXPR_Tuple: return visit_exprs(b, e->Tuple.elts);
    case EXPR_Slice:
        return visit_optional(b, e->Slice.lower) && visit_optional(b, e->Slice.upper) &&
               visit_optional(b, e->Slice.step);
    default: return true;
    }
}

static bool too_deep(SymBuilder *b) {
    return sym_fail(b, FRONT_RECURSION_ERROR, NULL,
                    "maximum recursion depth exceeded during compilation");
}

static bool enter(SymBuilder *b) { return ++b->depth <= b->max_depth && !arena_stack_is_low(b->arena); }

static bool visit_expr(SymBuilder *b, AstExpr *e) {
    bool good = enter(b) ? visit_expr_kind(b, e) : too_deep(b);
    b->depth--;
    return good;
}

/* --- patterns -------------------------------------------------------------------------------- */

static bool visit_patterns(SymBuilder *b, AstPatternSeq seq) {
    for (int i = 0; i < seq.count; i++)
        if (!visit_pattern(b, seq.items[i])) return false;
    return true;
}

static bool define_capture(SymBuilder *b, const char *name, const AstPos *pos) {
    return !name || sym_define(b, name, SYM_DEF_LOCAL, pos);
}

static bool visit_pattern_kind(SymBuilder *b, AstPattern *p) {
    switch (p->kind) {
    case PATTERN_MatchValue: return visit_expr(b, p->MatchValue.value);
    case PATTERN_MatchSequence: return visit_patterns(b, p->MatchSequence.patterns);
    case PATTERN_MatchStar: return define_capture(b, p->MatchStar.name, &p->pos);
    case PATTERN_MatchMapping:
        return visit_exprs(b, p->MatchMapping.keys) &&
               visit_patterns(b, p->MatchMapping.patterns) &&
               define_capture(b, p->MatchMapping.rest, &p->pos);
    case PATTERN_MatchClass:
        return visit_expr(b, p->MatchClass.cls) && visit_patterns(b, p->MatchClass.patterns) &&
               visit_patterns(b, p->MatchClass.kwd_patterns);
    case PATTERN_MatchAs:
        return (!p->MatchAs.pattern || visit_pattern(b, p->MatchAs.pattern)) &&
               define_capture(b, p->MatchAs.name, &p->pos);
    case PATTERN_MatchOr: return visit_patterns(b, p->MatchOr.patterns);
    default: return true;
    }
}

static bool visit_pattern(SymBuilder *b, AstPattern *p) {
    bool good = enter(b) ? visit_pattern_kind(b, p) : too_deep(b);
    b->depth--;
    return good;
}

static bool visit_cases(SymBuilder *b, AstMatchCaseSeq cases) {
    for (int i = 0; i < cases.count; i++) {
        AstMatchCase *c = cases.items[i];
        if (!visit_pattern(b, c->pattern) || !visit_optional(b, c->guard) ||
            !visit_stmts(b, c->body))
            return false;
    }
    return true;
}

/* --- statements ------------------------------------------------------------------------------ */

static bool visit_ann_assign(SymBuilder *b, AstStmt *s) {
    AstIn_AnnAssign *a = &s->AnnAssign;
    if (a->target->kind == EXPR_Name) {
        const char *name = a->target->Name.id;
        int flags = sym_flags(b, b->scope, name) & (SYM_DEF_GLOBAL | SYM_DEF_NONLOCAL);
        if (flags && a->simple && b->scope != b->table->top)
            return sym_fail(b, FRONT_SYNTAX_ERROR, &s->pos, "annotated name '%s' can't be %s", name,
                            flags & SYM_DEF_GLOBAL ? "global" : "nonlocal");
        int flag = a->simple ? SYM_DEF_ANNOT | SYM_DEF_LOCAL : a->value ? SYM_DEF_LOCAL : 0;
        if (flag && !sym_define(b, name, flag, &a->target->pos)) return false;
    } else if (!visit_expr(b, a->target)) {
        return false;
    }
    return visit_annotation(b, a->annotation) && visit_optional(b, a->value);
}

static bool visit_directive(SymBuilder *b, AstStmt *s, int flag, const char *word) {
    for (int i = 0; i < s->Global.names.count; i++) {
        const char *name = s->Global.names.items[i];
        int flags = sym_flags(b, b->scope, name);
        if (flags & SYM_DEF_PARAM)
            return sym_fail(b, FRONT_SYNTAX_ERROR, &s->pos, "name '%s' is parameter and %s", name,
                            word);
        if (flags & SYM_USE)
            return sym_fail(b, FRONT_SYNTAX_ERROR, &s->pos,
                            "name '%s' is used prior to %s declaration", name, word);
        if (flags & SYM_DEF_ANNOT)
            return sym_fail(b, FRONT_SYNTAX_ERROR, &s->pos, "annotated name '%s' can't be %s", name,
                            word);
        if (flags & SYM_DEF_LOCAL)
            return sym_fail(b, FRONT_SYNTAX_ERROR, &s->pos,
                            "name '%s' is assigned to before %s declaration", name, word);
        if (!sym_define(b, name, flag, &s->pos)) return false;
        sym_note_directive(b, name, &s->pos);
    }
    return true;
}

static bool visit_aliases(SymBuilder *b, AstAliasSeq names) {
    for (int i = 0; i < names.count; i++) {
        AstAlias *alias = names.items[i];
        const char *name = alias->asname ? alias->asname : alias->name;
        if (strcmp(name, "*") == 0) {
            if (b->scope->block != SYM_MODULE)
                return sym_fail(b, FRONT_SYNTAX_ERROR, &alias->pos,
                                "import * only allowed at module level");
            continue;
        }
        /* "import a.b" binds a. */
        const char *dot = strchr(name, '.');
        if (dot) name = arena_intern(b->arena, name, (size_t)(dot - name));
        if (!sym_define(b, name, SYM_DEF_IMPORT, &alias->pos)) return false;
    }
    return true;
}

static bool visit_handlers(SymBuilder *b, AstExceptHandlerSeq handlers) {
    for (int i = 0; i < handlers.count; i++) {
        AstExceptHandler *h = handlers.items[i];
        if (!visit_optional(b, h->type) || !define_capture(b, h->name, &h->pos) ||
            !visit_stmts(b, h->body))
            return false;
    }
    return true;
}

static bool visit_with_items(SymBuilder *b, AstWithItemSeq items) {
    for (int i = 0; i < items.count; i++)
        if (!visit_expr(b, items.items[i]->context_expr) ||
            !visit_optional(b, items.items[i]->optional_vars))
            return false;
    return true;
}

static bool visit_stmt_kind(SymBuilder *b, AstStmt *s) {
    switch (s->kind) {
    case STMT_FunctionDef:
    case STMT_AsyncFunctionDef: return visit_function(b, s);
    case STMT_ClassDef: return visit_class(b, s);
    case STMT_Return:
        if (!s->Return.value) return true;
        b->scope->returns_value = true;
        return visit_expr(b, s->Return.value);
    case STMT_Delete: return visit_exprs(b, s->Delete.targets);
    case STMT_Assign: return visit_exprs(b, s->Assign.targets) && visit_expr(b, s->Assign.value);
    case STMT_AugAssign:
        return visit_expr(b, s->AugAssign.target) && visit_expr(b, s->AugAssign.value);
    case STMT_AnnAssign: return visit_ann_assign(b, s);
    case STMT_AsyncFor:
        b->scope->coroutine = true;
        /* fall through */
    case STMT_For:
        return visit_expr(b, s->For.target) && visit_expr(b, s->For.iter) &&
               visit_stmts(b, s->For.body) && visit_stmts(b, s->For.orelse);
    case STMT_While:
        return visit_expr(b, s->While.test) && visit_stmts(b, s->While.body) &&
               visit_stmts(b, s->While.orelse);
    case STMT_If:
        return visit_expr(b, s->If.test) && visit_stmts(b, s->If.body) &&
               visit_stmts(b, s->If.orelse);
    case STMT_AsyncWith:
        b->scope->coroutine = true;
        /* fall through */
    case STMT_With: return visit_with_items(b, s->With.items) && visit_stmts(b, s->With.body);
    case STMT_Match: return visit_expr(b, s->Match.subject) && visit_cases(b, s->Match.cases);
    case STMT_Raise: return visit_optional(b, s->Raise.exc) && visit_optional(b, s->Raise.cause);
    case STMT_Try:
    case STMT_TryStar:
        return visit_stmts(b, s->Try.body) && visit_stmts(b, s->Try.orelse) &&
               visit_handlers(b, s->Try.handlers) && visit_stmts(b, s->Try.finalbody);
    case STMT_Assert: return visit_expr(b, s->Assert.test) && visit_optional(b, s->Assert.msg);
    case STMT_Import: return visit_aliases(b, s->Import.names);
    case STMT_ImportFrom: return visit_aliases(b, s->ImportFrom.names);
    case STMT_Global: return visit_directive(b, s, SYM_DEF_GLOBAL, "global");
    case STMT_Nonlocal: return visit_directive(b, s, SYM_DEF_NONLOCAL, "nonlocal");
    case STMT_Expr: return visit_expr(b, s->Expr.value);
    default: return true;
    }
}

static bool visit_stmt(SymBuilder *b, AstStmt *s) {
    bool good = enter(b) ? visit_stmt_kind(b, s) : too_deep(b);
    b->depth--;
    return good;
}

bool sym_visit_module(SymBuilder *b, AstMod *mod) {

    SymScope *top = sym_enter(b, "top", SYM_MODULE, mod, NULL);
    b->table->top = top;
    switch (mod->kind) {
    case MOD_Module: return visit_stmts(b, mod->Module.body);
    case MOD_Interactive: return visit_stmts(b, mod->Interactive.body);
    case MOD_Expression: return visit_expr(b, mod->Expression.body);
    default:
        return sym_fail(b, FRONT_SYSTEM_ERROR, NULL, "this kind of module has no symbol table");
    }
}
