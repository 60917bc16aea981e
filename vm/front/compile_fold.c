/* Constant folding on the tree, as CPython does it before it looks at scopes: operators on
 * constants, tuples of constants, constant containers behind `in` and `for`, __debug__. The walk is
 * driven by the field tables of ast.tbl. Nodes are only as large as their kind, so a folded
 * expression is a new node in its parent's field. */
#include "vm/front/compiler.h"

typedef struct {
    Arena *arena;
    int optimize;
    bool annotations; /* annotations become strings: they stay as they are written */
    bool has_walrus, too_deep;
    int depth, max_depth;
} Fold;

static void fold_fields(Fold *f, void *node, const AstClass *cls);
static void fold_expr(Fold *f, AstExpr **slot);
static void fold_stmt(Fold *f, AstStmt *s);
static void fold_body(Fold *f, AstStmtSeq *body);

static void fold_item(Fold *f, void **slot, AstBaseType type) {
    void *item = *slot;
    if (!item || f->too_deep) return;
    switch (type) {
    case AST_IS_expr: fold_expr(f, (AstExpr **)slot); return;
    case AST_IS_stmt: fold_stmt(f, item); return;
    case AST_IS_pattern: {
        AstPattern *p = item;
        fold_fields(f, p, ast_class_of_kind(p->kind));
        return;
    }
    case AST_IS_comprehension:
    case AST_IS_arguments:
    case AST_IS_arg:
    case AST_IS_keyword:
    case AST_IS_withitem:
    case AST_IS_match_case:
    case AST_IS_excepthandler: fold_fields(f, item, ast_class_of_type(type)); return;
    default: return;
    }
}

static bool is_annotation(const AstField *field) {
    return !strcmp(field->name, "annotation") || !strcmp(field->name, "returns");
}

static bool is_node(AstBaseType type) {
    return type != AST_IS_identifier && type != AST_IS_string && type != AST_IS_int &&
           type != AST_IS_constant && type != AST_IS_expr_context && type != AST_IS_boolop &&
           type != AST_IS_operator && type != AST_IS_unaryop && type != AST_IS_cmpop;
}

static void fold_fields(Fold *f, void *node, const AstClass *cls) {
    if (++f->depth > f->max_depth || arena_stack_is_low(f->arena)) f->too_deep = true;
    for (int i = 0; i < cls->field_count && !f->too_deep; i++) {
        const AstField *field = &cls->fields[i];
        void *at = (char *)node + field->offset;
        if (!is_node(field->type) || (f->annotations && is_annotation(field))) continue;
        if (field->quantity == AST_ONE || field->quantity == AST_OPT) {
            fold_item(f, at, field->type);
            continue;
        }
        const AstPtrSeq *seq = at;
        for (int k = 0; k < seq->count; k++) fold_item(f, &seq->items[k], field->type);
    }
    f->depth--;
}

/* ---- expressions ------------------------------------------------------------------------------
 */

static void become_constant(Fold *f, AstExpr **slot, const AstConst *k) {
    AstExpr *e = ARENA_NEW(f->arena, AstExpr);
    e->kind = EXPR_Constant;
    e->pos = (*slot)->pos;
    e->Constant.value = *k;
    *slot = e;
}

static bool constant_items(Fold *f, const AstExprSeq *elts, AstConstKind kind, AstConst *out) {
    for (int i = 0; i < elts->count; i++)
        if (elts->items[i]->kind != EXPR_Constant) return false;
    AstConst *items = ARENA_ARRAY(f->arena, AstConst, elts->count ? elts->count : 1);
    for (int i = 0; i < elts->count; i++) items[i] = elts->items[i]->Constant.value;
    out->kind = kind;
    out->items.data = items;
    out->items.count = (size_t)elts->count;
    return true;
}

/* A container that is only searched or iterated needs not be a list or set. */
static void fold_container(Fold *f, AstExpr **slot) {
    AstExpr *e = *slot;
    AstConst k;
    if (e->kind == EXPR_Set) {
        if (constant_items(f, &e->Set.elts, CONST_FROZENSET, &k)) become_constant(f, slot, &k);
        return;
    }
    if (e->kind != EXPR_List) return;
    if (constant_items(f, &e->List.elts, CONST_TUPLE, &k)) {
        become_constant(f, slot, &k);
        return;
    }
    for (int i = 0; i < e->List.elts.count; i++)
        if (e->List.elts.items[i]->kind == EXPR_Starred) return;
    AstExpr *tuple = ARENA_NEW(f->arena, AstExpr);
    tuple->kind = EXPR_Tuple;
    tuple->pos = e->pos;
    tuple->Tuple.elts = e->List.elts;
    tuple->Tuple.ctx = AST_Load;
    *slot = tuple;
}

static void fold_unary_op(Fold *f, AstExpr **slot) {
    AstExpr *e = *slot, *operand = e->UnaryOp.operand;
    AstConst k;
    if (operand->kind == EXPR_Constant) {
        if (e->UnaryOp.op == AST_Not) {
            k.kind = constant_truth(&operand->Constant.value) ? CONST_FALSE : CONST_TRUE;
            become_constant(f, slot, &k);
        } else if (fold_unary(f->arena, e->UnaryOp.op, &operand->Constant.value, &k))
            become_constant(f, slot, &k);
        return;
    }
    if (e->UnaryOp.op != AST_Not || operand->kind != EXPR_Compare ||
        operand->Compare.ops.count != 1)
        return;
    AstEnum *op = &operand->Compare.ops.items[0];
    switch (*op) { /* only these give a bool that `not` would turn round */
    case AST_Is: *op = AST_IsNot; break;
    case AST_IsNot: *op = AST_Is; break;
    case AST_In: *op = AST_NotIn; break;
    case AST_NotIn: *op = AST_In; break;
    default: return;
    }
    *slot = operand;
}

static void fold_compare(Fold *f, AstExpr *e) {
    int last = e->Compare.ops.count - 1;
    AstEnum op = e->Compare.ops.items[last];
    if (op == AST_In || op == AST_NotIn) fold_container(f, &e->Compare.comparators.items[last]);
}

static void fold_generators(Fold *f, AstComprehensionSeq *generators) {
    for (int i = 0; i < generators->count; i++) fold_container(f, &generators->items[i]->iter);
}

static void fold_this_expr(Fold *f, AstExpr **slot) {
    AstExpr *e = *slot;
    AstConst k;
    switch (e->kind) {
    case EXPR_NamedExpr: f->has_walrus = true; return;
    case EXPR_UnaryOp: fold_unary_op(f, slot); return;
    case EXPR_BinOp:
        if (e->BinOp.left->kind == EXPR_Constant && e->BinOp.right->kind == EXPR_Constant &&
            fold_binary(f->arena, e->BinOp.op, &e->BinOp.left->Constant.value,
                        &e->BinOp.right->Constant.value, &k))
            become_constant(f, slot, &k);
        return;
    case EXPR_Tuple:
        if (e->Tuple.ctx == AST_Load && constant_items(f, &e->Tuple.elts, CONST_TUPLE, &k))
            become_constant(f, slot, &k);
        return;
    case EXPR_Subscript:
        if (e->Subscript.ctx == AST_Load && e->Subscript.value->kind == EXPR_Constant &&
            e->Subscript.slice->kind == EXPR_Constant &&
            fold_subscript(f->arena, &e->Subscript.value->Constant.value,
                           &e->Subscript.slice->Constant.value, &k))
            become_constant(f, slot, &k);
        return;
    case EXPR_Compare: fold_compare(f, e); return;
    case EXPR_ListComp: fold_generators(f, &e->ListComp.generators); return;
    case EXPR_SetComp: fold_generators(f, &e->SetComp.generators); return;
    case EXPR_DictComp: fold_generators(f, &e->DictComp.generators); return;
    case EXPR_GeneratorExp: fold_generators(f, &e->GeneratorExp.generators); return;
    case EXPR_Name:
        if (e->Name.ctx == AST_Load && !strcmp(e->Name.id, "__debug__")) {
            k.kind = f->optimize > 0 ? CONST_FALSE : CONST_TRUE;
            become_constant(f, slot, &k);
        }
        return;
    default: return;
    }
}

static void fold_expr(Fold *f, AstExpr **slot) {
    fold_fields(f, *slot, ast_class_of_kind((*slot)->kind));
    if (!f->too_deep) fold_this_expr(f, slot);
}

/* ---- statements -------------------------------------------------------------------------------
 */

/* A string that only folding has made of an expression is no docstring: it is hidden in an
 * f-string. */
static void fold_body(Fold *f, AstStmtSeq *body) {
    bool documented = ast_docstring(body) != 0;
    for (int i = 0; i < body->count && !f->too_deep; i++) fold_stmt(f, body->items[i]);
    if (documented || !ast_docstring(body)) return;
    AstStmt *first = body->items[0];
    AstExpr *joined = ARENA_NEW(f->arena, AstExpr);
    AstExpr **values = ARENA_ARRAY(f->arena, AstExpr *, 1);
    values[0] = first->Expr.value;
    joined->kind = EXPR_JoinedStr;
    joined->pos = first->pos;
    joined->JoinedStr.values = (AstExprSeq){1, values};
    first->Expr.value = joined;
}

static void fold_definition(Fold *f, AstStmt *s, AstStmtSeq *body) {
    AstStmtSeq saved = *body;
    body->count = 0; /* the other fields first, then the body with its docstring rule */
    fold_fields(f, s, ast_class_of_kind(s->kind));
    *body = saved;
    if (++f->depth > f->max_depth)
        f->too_deep = true;
    else
        fold_body(f, body);
    f->depth--;
}

static void fold_stmt(Fold *f, AstStmt *s) {
    /* a chain of elif is walked in a loop */
    while (s->kind == STMT_If && s->If.orelse.count == 1 &&
           s->If.orelse.items[0]->kind == STMT_If && !f->too_deep) {
        if (++f->depth > f->max_depth) f->too_deep = true;
        fold_expr(f, &s->If.test);
        for (int i = 0; i < s->If.body.count; i++) fold_stmt(f, s->If.body.items[i]);
        f->depth--;
        s = s->If.orelse.items[0];
    }
    switch (s->kind) {
    case STMT_FunctionDef: fold_definition(f, s, &s->FunctionDef.body); return;
    case STMT_AsyncFunctionDef: fold_definition(f, s, &s->AsyncFunctionDef.body); return;
    case STMT_ClassDef: fold_definition(f, s, &s->ClassDef.body); return;
    default: break;
    }
    fold_fields(f, s, ast_class_of_kind(s->kind));
    if (s->kind == STMT_For)
        fold_container(f, &s->For.iter);
    else if (s->kind == STMT_AsyncFor)
        fold_container(f, &s->AsyncFor.iter);
}

bool compile_fold(Arena *arena, AstMod *mod, int optimize, bool annotations, int max_depth,
                  bool *has_walrus) {
    Fold f = {
        .arena = arena, .optimize = optimize, .annotations = annotations, .max_depth = max_depth};
    switch (mod->kind) {
    case MOD_Module: fold_body(&f, &mod->Module.body); break;
    case MOD_Interactive:
        for (int i = 0; i < mod->Interactive.body.count; i++)
            fold_stmt(&f, mod->Interactive.body.items[i]);
        break;
    case MOD_Expression: fold_expr(&f, &mod->Expression.body); break;
    default: break;
    }
    *has_walrus = f.has_walrus;
    return !f.too_deep;
}
