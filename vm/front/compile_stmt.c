/* Simple statements and the targets of assignments. */
#include "vm/front/compiler.h"

/* ---- storing ----------------------------------------------------------------------------------
 */

static bool is_sequence(const AstExpr *e) { return e->kind == EXPR_Tuple || e->kind == EXPR_List; }

static const AstExprSeq *elements(const AstExpr *e) {
    return e->kind == EXPR_Tuple ? &e->Tuple.elts : &e->List.elts;
}

/* The first register if the targets are locals in consecutive registers, in order; else NO_REG. */
static Reg consecutive_locals(Compiler *c, const AstExprSeq *targets) {
    Reg first = NO_REG;
    for (int i = 0; i < targets->count; i++) {
        const AstExpr *t = targets->items[i];
        Reg r = t->kind == EXPR_Name ? name_local(c, t->Name.id) : NO_REG;
        if (r == NO_REG || (i > 0 && r != first + i)) return NO_REG;
        if (i == 0) first = r;
    }
    return first;
}

static void store_sequence(Compiler *c, const AstExpr *target, Reg value) {
    const AstExprSeq *elts = elements(target);
    int mark = temp_mark(c), star = -1, n = elts->count;
    for (int i = 0; i < n; i++) {
        if (elts->items[i]->kind != EXPR_Starred) continue;
        if (star >= 0) {
            compile_error(c, &target->pos, "multiple starred expressions in assignment");
            return;
        }
        star = i;
    }
    if (star > UNPACK_MAX || (star >= 0 && n - star - 1 > UNPACK_MAX)) {
        compile_error(c, &target->pos, "too many expressions in star-unpacking assignment");
        return;
    }
    Reg first = consecutive_locals(c, elts);
    if (first != NO_REG) {
        for (int i = 0; i < n; i++)
            compile_forbidden_name(c, &elts->items[i]->pos, elts->items[i]->Name.id, AST_Store);
        emit(c, &target->pos, OP_UNPACK, 0, first, value, n);
        return;
    }
    first = temp_run(c, n ? n : 1);
    if (star < 0)
        emit(c, &target->pos, OP_UNPACK, 0, first, value, n);
    else
        emit(c, &target->pos, OP_UNPACK_EX, n - star - 1, first, value, star);
    for (int i = 0; i < n; i++) {
        const AstExpr *t = elts->items[i];
        compile_store(c, t->kind == EXPR_Starred ? t->Starred.value : t, first + i);
    }
    temp_release(c, mark);
}

void compile_store(Compiler *c, const AstExpr *target, Reg value) {
    int mark = temp_mark(c);
    switch (target->kind) {
    case EXPR_Name:
        if (!compile_forbidden_name(c, &target->pos, target->Name.id, AST_Store))
            compile_name_store(c, &target->pos, target->Name.id, value);
        break;
    case EXPR_Attribute: {
        if (compile_forbidden_name(c, &target->pos, target->Attribute.attr, AST_Store)) return;
        Reg object = compile_operand(c, target->Attribute.value, NO_REG);
        AstPos pos = compile_attr_pos(target, target->pos);
        if (!c->unit->dead)
            emit(c, &pos, OP_STORE_ATTR, 0, object, value,
                 name_add(c, compile_mangle(c, target->Attribute.attr)));
        break;
    }
    case EXPR_Subscript: {
        Reg object =
            compile_operand_before(c, target->Subscript.value, NO_REG, target->Subscript.slice);
        Reg index = compile_operand(c, target->Subscript.slice, NO_REG);
        emit(c, &target->pos, OP_SETITEM, 0, object, index, value);
        break;
    }
    case EXPR_Tuple:
    case EXPR_List:
        if (!compile_enter_recursion(c)) return;
        store_sequence(c, target, value);
        compile_leave_recursion(c);
        break;
    case EXPR_Starred:
        compile_error(c, &target->pos, "starred assignment target must be in a list or tuple");
        break;
    default: compile_error(c, &target->pos, "cannot assign to this expression"); break;
    }
    temp_release(c, mark);
}

/* ---- assignment -------------------------------------------------------------------------------
 */

/* Is the local in register `r` the target of one of the first `count` targets, or could it be? */
static bool stored_before(Compiler *c, const AstExprSeq *targets, int count, Reg r) {
    for (int i = 0; i < count; i++) {
        const AstExpr *t = targets->items[i];
        if (t->kind != EXPR_Name) {
            if (is_sequence(t) || compile_rebinds(c, t)) return true;
        } else if (name_local(c, t->Name.id) == r)
            return true;
    }
    return false;
}

static bool plain(const AstExprSeq *seq) {
    for (int i = 0; i < seq->count; i++)
        if (seq->items[i]->kind == EXPR_Starred) return false;
    return true;
}

/* The last value of `a, b = x, y` may go straight to its local if storing the others cannot raise
 * or overwrite it: that local, else NO_REG. */
static Reg last_local(Compiler *c, const AstExprSeq *targets, const AstExpr *value) {
    Reg last = NO_REG;
    for (int i = targets->count - 1; i >= 0; i--) {
        const AstExpr *t = targets->items[i];
        Reg r = t->kind == EXPR_Name ? name_local(c, t->Name.id) : NO_REG;
        if (r == NO_REG || r == last) return NO_REG;
        if (last == NO_REG) last = r;
    }
    return value->kind == EXPR_Name ? NO_REG : last;
}

/* `a, b = b, a`: item by item, without a tuple. */
static bool assign_pairwise(Compiler *c, const AstExpr *target, const AstExpr *value) {
    if (!is_sequence(target) || value->kind != EXPR_Tuple) return false;
    const AstExprSeq *targets = elements(target), *values = &value->Tuple.elts;
    int n = targets->count;
    if (n != values->count || n == 0 || n > 16 || !plain(targets) || !plain(values)) return false;
    int mark = temp_mark(c);
    Reg regs[16], last = last_local(c, targets, values->items[n - 1]);
    for (int i = 0; i < n; i++) {
        if (i == n - 1 && last != NO_REG) {
            compile_expr_into(c, values->items[i], regs[i] = last);
            break;
        }
        regs[i] = compile_operand(c, values->items[i], NO_REG);
        bool rebound =
            regs[i] == last || (!is_temp(c, regs[i]) && stored_before(c, targets, i, regs[i]));
        for (int k = i + 1; k < n && !rebound; k++)
            rebound = !is_temp(c, regs[i]) && compile_rebinds(c, values->items[k]);
        for (int k = 0; k < n && !rebound; k++)
            rebound = !is_temp(c, regs[i]) && compile_rebinds(c, targets->items[k]);
        if (!rebound) continue;
        Reg copy = temp_new(c);
        emit_move(c, &values->items[i]->pos, copy, regs[i]);
        regs[i] = copy;
    }
    for (int i = 0; i < n; i++) compile_store(c, targets->items[i], regs[i]);
    temp_release(c, mark);
    return true;
}

static void assign(Compiler *c, const AstStmt *s) {
    const AstExprSeq *targets = &s->Assign.targets;
    const AstExpr *value = s->Assign.value, *first = targets->items[0];
    int mark = temp_mark(c);
    if (targets->count == 1) {
        Reg local = first->kind == EXPR_Name ? name_local(c, first->Name.id) : NO_REG;
        if (local != NO_REG) {
            if (!compile_forbidden_name(c, &first->pos, first->Name.id, AST_Store))
                compile_expr_into(c, value, local);
            return;
        }
        if (assign_pairwise(c, first, value)) return;
    }
    Reg r = compile_operand(c, value, NO_REG);
    bool rebound = targets->count > 1 && stored_before(c, targets, targets->count - 1, r);
    for (int i = 0; i < targets->count && !rebound; i++)
        rebound = compile_rebinds(c, targets->items[i]);
    if (!is_temp(c, r) && rebound) {
        Reg copy = temp_new(c);
        emit_move(c, &value->pos, copy, r);
        r = copy;
    }
    for (int i = 0; i < targets->count; i++) compile_store(c, targets->items[i], r);
    temp_release(c, mark);
}

static void augmented(Compiler *c, const AstPos *pos, AstEnum operator, Reg dst, Reg left,
                      const AstExpr *right) {
    int op = compile_binary_op(operator), value;
    static const struct {
        int op, immediate;
    } forms[] = {{OP_ADD, OP_ADD_I},           {OP_SUB, OP_SUB_I},      {OP_MUL, OP_MUL_I},
                 {OP_FLOORDIV, OP_FLOORDIV_I}, {OP_MOD, OP_MOD_I},      {OP_AND, OP_AND_I},
                 {OP_LSHIFT, OP_LSHIFT_I},     {OP_RSHIFT, OP_RSHIFT_I}};
    if (compile_small_int(right, &value))
        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
            if (forms[i].op == op) {
                emit(c, pos, forms[i].immediate, 1, dst, left, value);
                return;
            }
    Reg r = compile_operand(c, right, NO_REG);
    emit(c, pos, op, 1, dst, left, r);
}

static void aug_assign_name(Compiler *c, const AstStmt *s) {
    const AstExpr *target = s->AugAssign.target, *value = s->AugAssign.value;
    if (compile_forbidden_name(c, &target->pos, target->Name.id, AST_Store)) return;
    Reg left = compile_operand_before(c, target, NO_REG, value);
    Reg local = name_local(c, target->Name.id);
    augmented(c, &s->pos, s->AugAssign.op, local != NO_REG ? local : left, left, value);
    if (local == NO_REG) compile_name_store(c, &target->pos, target->Name.id, left);
}

static void aug_assign(Compiler *c, const AstStmt *s) {
    const AstExpr *target = s->AugAssign.target, *value = s->AugAssign.value;
    int mark = temp_mark(c);
    if (target->kind == EXPR_Name)
        aug_assign_name(c, s);
    else if (target->kind == EXPR_Attribute) {
        if (compile_forbidden_name(c, &target->pos, target->Attribute.attr, AST_Store)) return;
        Reg object = compile_operand_before(c, target->Attribute.value, NO_REG, value);
        AstPos pos = compile_attr_pos(target, target->pos);
        Reg t = temp_new(c);
        int name = c->unit->dead ? 0 : name_add(c, compile_mangle(c, target->Attribute.attr));
        emit(c, &pos, OP_LOAD_ATTR, 0, t, object, name);
        augmented(c, &s->pos, s->AugAssign.op, t, t, value);
        emit(c, &pos, OP_STORE_ATTR, 0, object, t, name);
    } else if (target->kind == EXPR_Subscript) {
        bool rebinds = compile_rebinds(c, value);
        Reg object = compile_operand_before(c, target->Subscript.value, NO_REG,
                                            rebinds ? value : target->Subscript.slice);
        Reg index = compile_operand_before(c, target->Subscript.slice, NO_REG, value);
        Reg t = temp_new(c);
        emit(c, &target->pos, OP_GETITEM, 0, t, object, index);
        augmented(c, &s->pos, s->AugAssign.op, t, t, value);
        emit(c, &target->pos, OP_SETITEM, 0, object, index, t);
    } else
        compile_error(c, &s->pos, "invalid node type for augmented assignment");
    temp_release(c, mark);
}

static bool is_namespace(const Unit *u) { return u->kind == UNIT_MODULE || u->kind == UNIT_CLASS; }

static void ann_assign_name(Compiler *c, const AstStmt *s) {
    const AstExpr *target = s->AnnAssign.target;
    if (compile_forbidden_name(c, &target->pos, target->Name.id, AST_Store)) return;
    if (!s->AnnAssign.simple || !is_namespace(c->unit)) return;
    Reg value = temp_new(c), dict = temp_new(c), key = temp_new(c);
    compile_annotation(c, s->AnnAssign.annotation, value);
    compile_name_load(c, &s->pos, arena_intern_str(c->arena, "__annotations__"), dict);
    emit_constant(c, &s->pos, key, constant_str(c, compile_mangle(c, target->Name.id)));
    emit(c, &s->pos, OP_SETITEM, 0, dict, key, value);
}

/* The parts of a target without a value are evaluated for their effects. */
static void effect_of_target(Compiler *c, const AstExpr *target) {
    if (target->kind == EXPR_Attribute) {
        if (!compile_forbidden_name(c, &target->pos, target->Attribute.attr, AST_Store))
            compile_effect(c, target->Attribute.value);
    } else if (target->kind == EXPR_Subscript) {
        compile_effect(c, target->Subscript.value);
        compile_effect(c, target->Subscript.slice);
    }
}

static void ann_assign(Compiler *c, const AstStmt *s) {
    const AstExpr *target = s->AnnAssign.target, *value = s->AnnAssign.value;
    int mark = temp_mark(c);
    if (value) {
        AstExpr *targets[1] = {(AstExpr *)target};
        AstStmt plain_assign = {.kind = STMT_Assign, .pos = s->pos};
        plain_assign.Assign.targets = (AstExprSeq){1, targets};
        plain_assign.Assign.value = (AstExpr *)value;
        assign(c, &plain_assign);
    }
    if (target->kind == EXPR_Name)
        ann_assign_name(c, s);
    else if (!value)
        effect_of_target(c, target);
    if (!s->AnnAssign.simple && is_namespace(c->unit) && !c->annotations)
        compile_effect(c, s->AnnAssign.annotation);
    temp_release(c, mark);
}

/* ---- deletion, import, raise, assert ------------------------------------------------------------
 */

static void delete_target(Compiler *c, const AstExpr *target) {
    int mark = temp_mark(c);
    switch (target->kind) {
    case EXPR_Name:
        if (!compile_forbidden_name(c, &target->pos, target->Name.id, AST_Del))
            compile_name_delete(c, &target->pos, target->Name.id);
        break;
    case EXPR_Attribute: {
        if (compile_forbidden_name(c, &target->pos, target->Attribute.attr, AST_Del)) return;
        Reg object = compile_operand(c, target->Attribute.value, NO_REG);
        AstPos pos = compile_attr_pos(target, target->pos);
        if (!c->unit->dead)
            emit(c, &pos, OP_DELETE_ATTR, 0, 0, object,
                 name_add(c, compile_mangle(c, target->Attribute.attr)));
        break;
    }
    case EXPR_Subscript: {
        Reg object =
            compile_operand_before(c, target->Subscript.value, NO_REG, target->Subscript.slice);
        Reg index = compile_operand(c, target->Subscript.slice, NO_REG);
        emit(c, &target->pos, OP_DELITEM, 0, 0, object, index);
        break;
    }
    case EXPR_Tuple:
    case EXPR_List:
        if (!compile_enter_recursion(c)) return;
        for (int i = 0; i < elements(target)->count; i++)
            delete_target(c, elements(target)->items[i]);
        compile_leave_recursion(c);
        break;
    default: compile_error(c, &target->pos, "cannot delete this expression"); break;
    }
    temp_release(c, mark);
}

static const AstConst *constant_of_int(Compiler *c, int value) {
    AstConst *k = ARENA_NEW(c->arena, AstConst);
    k->kind = CONST_INT;
    k->integer = value;
    return k;
}

static void store_import(Compiler *c, const AstPos *pos, const char *name, Reg value) {
    if (!compile_forbidden_name(c, pos, name, AST_Store)) compile_name_store(c, pos, name, value);
}

static void import_as(Compiler *c, const AstPos *pos, const AstAlias *alias, Reg module) {
    const char *dot = strchr(alias->name, '.');
    if (!alias->asname) {
        size_t length = dot ? (size_t)(dot - alias->name) : strlen(alias->name);
        store_import(c, pos, arena_intern(c->arena, alias->name, length), module);
        return;
    }
    while (dot) { /* import a.b.c as m: walk down by `from` */
        const char *name = dot + 1;
        dot = strchr(name, '.');
        size_t length = dot ? (size_t)(dot - name) : strlen(name);
        emit(c, pos, OP_IMPORT_FROM, 0, module, module,
             name_add(c, arena_intern(c->arena, name, length)));
    }
    store_import(c, pos, alias->asname, module);
}

static void import(Compiler *c, const AstStmt *s) {
    for (int i = 0; i < s->Import.names.count; i++) {
        const AstAlias *alias = s->Import.names.items[i];
        int mark = temp_mark(c);
        Reg base = temp_run(c, 2);
        emit_constant(c, &s->pos, base, constant_of_int(c, 0));
        emit_none(c, &s->pos, base + 1);
        if (!c->unit->dead)
            emit(c, &s->pos, OP_IMPORT_NAME, 0, base, base,
                 name_add(c, arena_intern_str(c->arena, alias->name)));
        import_as(c, &s->pos, alias, base);
        temp_release(c, mark);
    }
}

static void import_from(Compiler *c, const AstStmt *s) {
    const AstAliasSeq *names = &s->ImportFrom.names;
    const char *module = s->ImportFrom.module ? s->ImportFrom.module : "";
    if (s->pos.lineno > c->table->future_lineno && strcmp(module, "__future__") == 0) {
        compile_error(c, &s->pos, "from __future__ imports must occur at the beginning of the file");
        return;
    }
    AstConst *items = ARENA_ARRAY(c->arena, AstConst, names->count);
    AstConst *list = ARENA_NEW(c->arena, AstConst);
    for (int i = 0; i < names->count; i++) items[i] = *constant_str(c, names->items[i]->name);
    list->kind = CONST_TUPLE, list->items.data = items, list->items.count = (size_t)names->count;
    int mark = temp_mark(c);
    Reg base = temp_run(c, 2);
    emit_constant(c, &s->pos, base, constant_of_int(c, s->ImportFrom.level));
    emit_constant(c, &s->pos, base + 1, list);
    if (!c->unit->dead)
        emit(c, &s->pos, OP_IMPORT_NAME, 0, base, base,
             name_add(c, arena_intern_str(c->arena, module)));
    for (int i = 0; i < names->count; i++) {
        const AstAlias *alias = names->items[i];
        if (!strcmp(alias->name, "*")) {
            emit(c, &s->pos, OP_IMPORT_STAR, 0, base, 0, 0);
            break;
        }
        if (c->unit->dead) break;
        emit(c, &s->pos, OP_IMPORT_FROM, 0, base + 1, base,
             name_add(c, arena_intern_str(c->arena, alias->name)));
        store_import(c, &s->pos, alias->asname ? alias->asname : alias->name, base + 1);
    }
    temp_release(c, mark);
}

static void raise_stmt(Compiler *c, const AstStmt *s) {
    int mark = temp_mark(c);
    Reg exception = 0, cause = 0;
    if (s->Raise.exc) exception = compile_operand_before(c, s->Raise.exc, NO_REG, s->Raise.cause);
    if (s->Raise.cause) cause = compile_operand(c, s->Raise.cause, NO_REG);
    emit(c, &s->pos, OP_RAISE, s->Raise.cause ? 2 : s->Raise.exc ? 1 : 0, exception, cause, 0);
    temp_release(c, mark);
}

/* A failed assertion is reported where the comparison stands that decided last, else at the
 * statement. */
static const AstPos *assertion_pos(const AstExpr *test, const AstPos *pos) {
    switch (test->kind) {
    case EXPR_Compare: return &test->pos;
    case EXPR_UnaryOp:
        return test->UnaryOp.op == AST_Not ? assertion_pos(test->UnaryOp.operand, pos) : pos;
    case EXPR_BoolOp:
        for (int i = 0; i < test->BoolOp.values.count; i++)
            pos = assertion_pos(test->BoolOp.values.items[i], pos);
        return pos;
    case EXPR_IfExp:
        pos = assertion_pos(test->IfExp.test, pos);
        return assertion_pos(test->IfExp.orelse, assertion_pos(test->IfExp.body, pos));
    default: return pos;
    }
}

static void assert_stmt(Compiler *c, const AstStmt *s) {
    const AstExpr *test = s->Assert.test;
    const AstConst *k = compile_static_value(test);
    if ((test->kind == EXPR_Tuple && test->Tuple.elts.count > 0) ||
        (k && k->kind == CONST_TUPLE && k->items.count > 0))
        compile_warn(c, &s->pos, "assertion is always true, perhaps remove parentheses?");
    if (c->optimize) return;
    int mark = temp_mark(c), end = label_new(c);
    compile_jump_if(c, test, end, true);
    Reg base = temp_run(c, 2);
    const AstPos *pos = assertion_pos(test, &s->pos);
    emit(c, pos, OP_LOAD_ASSERTION_ERROR, 0, base, 0, 0);
    if (s->Assert.msg) {
        compile_expr_into(c, s->Assert.msg, temp_new(c));
        emit(c, pos, OP_CALL, 1, base, base, 1);
    }
    emit(c, pos, OP_RAISE, 1, base, 0, 0);
    label_bind(c, end);
    temp_release(c, mark);
}

static void expr_stmt(Compiler *c, const AstStmt *s) {
    if (c->interactive && c->unit->kind == UNIT_MODULE) {
        int mark = temp_mark(c);
        Reg r = compile_operand(c, s->Expr.value, NO_REG);
        emit(c, &s->pos, OP_PRINT_EXPR, 0, r, 0, 0);
        temp_release(c, mark);
    } else if (s->Expr.value->kind == EXPR_Constant)
        emit_line(c, &s->pos);
    else
        compile_effect(c, s->Expr.value);
}

/* ---- dispatch ---------------------------------------------------------------------------------
 */

static void statement(Compiler *c, const AstStmt *s) {
    switch (s->kind) {
    case STMT_FunctionDef:
    case STMT_AsyncFunctionDef: compile_function(c, s); break;
    case STMT_ClassDef: compile_class(c, s); break;
    case STMT_Return: compile_return(c, s); break;
    case STMT_Delete:
        for (int i = 0; i < s->Delete.targets.count; i++)
            delete_target(c, s->Delete.targets.items[i]);
        break;
    case STMT_Assign: assign(c, s); break;
    case STMT_AugAssign: aug_assign(c, s); break;
    case STMT_AnnAssign: ann_assign(c, s); break;
    case STMT_For: compile_for(c, s); break;
    case STMT_AsyncFor: compile_async_for(c, s); break;
    case STMT_While: compile_while(c, s); break;
    case STMT_If: compile_if(c, s); break;
    case STMT_With:
    case STMT_AsyncWith: compile_with(c, s); break;
    case STMT_Match: compile_match(c, s); break;
    case STMT_Raise: raise_stmt(c, s); break;
    case STMT_Try: compile_try(c, s); break;
    case STMT_TryStar: compile_try_star(c, s); break;
    case STMT_Assert: assert_stmt(c, s); break;
    case STMT_Import: import(c, s); break;
    case STMT_ImportFrom: import_from(c, s); break;
    case STMT_Expr: expr_stmt(c, s); break;
    case STMT_Break: compile_break(c, s); break;
    case STMT_Continue: compile_continue(c, s); break;
    case STMT_Pass: emit_line(c, &s->pos); break;
    default: break; /* global, nonlocal */
    }
}

void compile_stmt(Compiler *c, const AstStmt *s) {
    if (c->failed || !compile_enter_recursion(c)) return;
    statement(c, s);
    compile_leave_recursion(c);
}

static bool annotates(const AstStmt *s);

bool compile_has_annotations(const AstStmtSeq *body) {
    for (int i = 0; i < body->count; i++)
        if (annotates(body->items[i])) return true;
    return false;
}

static bool handlers_annotate(const AstExceptHandlerSeq *handlers) {
    for (int i = 0; i < handlers->count; i++)
        if (compile_has_annotations(&handlers->items[i]->body)) return true;
    return false;
}

/* Does the statement, outside of functions and classes in it, contain an annotated assignment? */
static bool annotates(const AstStmt *s) {
    switch (s->kind) {
    case STMT_AnnAssign: return true;
    case STMT_For:
        return compile_has_annotations(&s->For.body) || compile_has_annotations(&s->For.orelse);
    case STMT_AsyncFor:
        return compile_has_annotations(&s->AsyncFor.body) ||
               compile_has_annotations(&s->AsyncFor.orelse);
    case STMT_While:
        return compile_has_annotations(&s->While.body) || compile_has_annotations(&s->While.orelse);
    case STMT_If:
        return compile_has_annotations(&s->If.body) || compile_has_annotations(&s->If.orelse);
    case STMT_With: return compile_has_annotations(&s->With.body);
    case STMT_AsyncWith: return compile_has_annotations(&s->AsyncWith.body);
    case STMT_Match:
        for (int i = 0; i < s->Match.cases.count; i++)
            if (compile_has_annotations(&s->Match.cases.items[i]->body)) return true;
        return false;
    case STMT_Try:
        return compile_has_annotations(&s->Try.body) || handlers_annotate(&s->Try.handlers) ||
               compile_has_annotations(&s->Try.orelse) ||
               compile_has_annotations(&s->Try.finalbody);
    case STMT_TryStar:
        return compile_has_annotations(&s->TryStar.body) ||
               handlers_annotate(&s->TryStar.handlers) ||
               compile_has_annotations(&s->TryStar.orelse) ||
               compile_has_annotations(&s->TryStar.finalbody);
    default: return false;
    }
}

/* The body of a module, class or function. A docstring of a function has been taken already; the
 * others assign it. */
void compile_body(Compiler *c, const AstStmtSeq *body) {
    int first = 0;
    if (is_namespace(c->unit)) {
        if (compile_has_annotations(body)) {
            AstPos pos =
                c->unit->kind == UNIT_MODULE && body->count ? body->items[0]->pos : compile_no_pos;
            emit(c, &pos, OP_SETUP_ANNOTATIONS, 0, 0, 0, 0);
        }
        const AstConst *doc = ast_docstring(body);
        if (doc && c->optimize < 2 && !c->interactive) {
            int mark = temp_mark(c);
            Reg r = temp_new(c);
            emit_constant(c, &body->items[0]->pos, r, doc);
            compile_name_store(c, &body->items[0]->pos, arena_intern_str(c->arena, "__doc__"), r);
            temp_release(c, mark);
            c->unit->doc = doc;
        }
        if (doc && !c->interactive) first = 1;
    } else if (c->unit->doc) {
        first = 1;
    }
    for (int i = first; i < body->count; i++) compile_stmt(c, body->items[i]);
}
