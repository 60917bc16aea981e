/* Expressions: operators, tests, attributes, subscripts; dispatch to the files of the larger ones.
 * Every function compiles into `dst` under I2 of compiler.h: only a temporary may be used as
 * scratch. */
#include "vm/front/compiler.h"

typedef void (*ExprFn)(Compiler *c, const AstExpr *e, Reg dst);

/* A temporary to work in: dst itself where allowed. */
static Reg scratch_for(Compiler *c, Reg dst) { return is_temp(c, dst) ? dst : temp_new(c); }

/* ---- operands -------------------------------------------------------------------------------- */

static bool node_has_walrus(const void *node, const AstClass *cls);

static bool field_has_walrus(const void *item, AstBaseType type) {
    if (!item) return false;
    if (type == AST_IS_expr) {
        const AstExpr *e = item;
        return e->kind == EXPR_NamedExpr || node_has_walrus(e, ast_class_of_kind(e->kind));
    }
    if (type == AST_IS_comprehension || type == AST_IS_keyword)
        return node_has_walrus(item, ast_class_of_type(type));
    return false;
}

static bool node_has_walrus(const void *node, const AstClass *cls) {
    for (int i = 0; i < cls->field_count; i++) {
        const AstField *f = &cls->fields[i];
        const void *at = (const char *)node + f->offset;
        if (f->type != AST_IS_expr && f->type != AST_IS_comprehension && f->type != AST_IS_keyword)
            continue;
        if (f->quantity == AST_ONE || f->quantity == AST_OPT) {
            if (field_has_walrus(*(void *const *)at, f->type)) return true;
            continue;
        }
        const AstPtrSeq *seq = at;
        for (int k = 0; k < seq->count; k++)
            if (field_has_walrus(seq->items[k], f->type)) return true;
    }
    return false;
}

bool compile_rebinds(Compiler *c, const AstExpr *e) {
    return c->has_walrus && e && field_has_walrus(e, AST_IS_expr);
}

Reg compile_operand(Compiler *c, const AstExpr *e, Reg scratch) {
    if (e->kind == EXPR_Name) {
        Reg local = name_local(c, e->Name.id);
        if (local != NO_REG) {
            emit(c, &e->pos, OP_CHECK_BOUND, 0, local, 0, 0);
            return local;
        }
    }
    Reg dst = scratch != NO_REG && is_temp(c, scratch) ? scratch : temp_new(c);
    compile_expr_into(c, e, dst);
    return dst;
}

Reg compile_operand_before(Compiler *c, const AstExpr *e, Reg scratch, const AstExpr *later) {
    Reg r = compile_operand(c, e, scratch);
    if (is_temp(c, r) || !compile_rebinds(c, later)) return r;
    Reg copy = scratch != NO_REG && is_temp(c, scratch) ? scratch : temp_new(c);
    emit_move(c, &e->pos, copy, r);
    return copy;
}

/* ---- operators ------------------------------------------------------------------------------- */

int compile_binary_op(AstEnum op) {
    switch (op) {
    case AST_Add: return OP_ADD;
    case AST_Sub: return OP_SUB;
    case AST_Mult: return OP_MUL;
    case AST_MatMult: return OP_MATMUL;
    case AST_Div: return OP_TRUEDIV;
    case AST_FloorDiv: return OP_FLOORDIV;
    case AST_Mod: return OP_MOD;
    case AST_Pow: return OP_POW;
    case AST_LShift: return OP_LSHIFT;
    case AST_RShift: return OP_RSHIFT;
    case AST_BitAnd: return OP_AND;
    case AST_BitXor: return OP_XOR;
    default: return OP_OR;
    }
}

bool compile_small_int(const AstExpr *e, int *value) {
    if (e->kind != EXPR_Constant || e->Constant.value.kind != CONST_INT) return false;
    int64_t i = e->Constant.value.integer;
    *value = (int)i;
    return i >= INT16_MIN && i <= INT16_MAX;
}

static int immediate_form(int op) {
    switch (op) {
    case OP_ADD: return OP_ADD_I;
    case OP_SUB: return OP_SUB_I;
    case OP_MUL: return OP_MUL_I;
    case OP_FLOORDIV: return OP_FLOORDIV_I;
    case OP_MOD: return OP_MOD_I;
    case OP_AND: return OP_AND_I;
    case OP_LSHIFT: return OP_LSHIFT_I;
    case OP_RSHIFT: return OP_RSHIFT_I;
    default: return OP_NOP;
    }
}

/* R[dst] = left <op> right; in_place: the x= form. */
static void binary(Compiler *c, const AstPos *pos, int op, bool in_place, Reg dst, Reg left,
                   const AstExpr *right, Reg scratch) {
    int value, immediate = immediate_form(op);
    if (immediate != OP_NOP && compile_small_int(right, &value)) {
        emit(c, pos, immediate, in_place, dst, left, value);
        return;
    }
    Reg r = compile_operand(c, right, scratch);
    emit(c, pos, op, in_place, dst, left, r);
}

/* `"..." % (a, b)` with only %s, %r and %a is the f-string of it. */
static bool format_parts(Compiler *c, const AstExpr *e, AstExprSeq *parts) {
    const AstConst *k = compile_static_value(e->BinOp.left);
    const AstExpr *right = e->BinOp.right;
    if (e->BinOp.op != AST_Mod || !k || k->kind != CONST_STR || right->kind != EXPR_Tuple)
        return false;
    const AstExprSeq *args = &right->Tuple.elts;
    const char *p = k->bytes.data, *end = p + k->bytes.length;
    parts->items = ARENA_ARRAY(c->arena, AstExpr *, 2 * args->count + 1);
    parts->count = 0;
    int used = 0;
    char *text = arena_alloc(c->arena, k->bytes.length + 1);
    for (int i = 0; i < args->count; i++)
        if (args->items[i]->kind == EXPR_Starred) return false;
    for (;;) {
        char *start = text;
        while (p < end && (*p != '%' || (p + 1 < end && p[1] == '%'))) {
            if (*p == '%') p++;
            *text++ = *p++;
        }
        if (text > start) {
            AstExpr *piece = ARENA_NEW(c->arena, AstExpr);
            piece->kind = EXPR_Constant;
            piece->pos = e->BinOp.left->pos;
            piece->Constant.value.kind = CONST_STR;
            piece->Constant.value.bytes.data = start;
            piece->Constant.value.bytes.length = (size_t)(text - start);
            parts->items[parts->count++] = piece;
        }
        if (p >= end) return used == args->count;
        if (p + 1 >= end || !strchr("sra", p[1]) || used == args->count) return false;
        AstExpr *value = ARENA_NEW(c->arena, AstExpr);
        value->kind = EXPR_FormattedValue;
        value->pos = args->items[used]->pos;
        value->FormattedValue.value = args->items[used++];
        value->FormattedValue.conversion = p[1];
        parts->items[parts->count++] = value;
        p += 2;
    }
}

static void expr_bin_op(Compiler *c, const AstExpr *e, Reg dst) {
    AstExprSeq parts;
    if (format_parts(c, e, &parts) && parts.count) {
        AstExpr joined = {.kind = EXPR_JoinedStr, .pos = e->pos, .JoinedStr.values = parts};
        compile_joined_str(c, &joined, dst);
        return;
    }
    int mark = temp_mark(c);
    Reg left = compile_operand_before(c, e->BinOp.left, dst, e->BinOp.right);
    binary(c, &e->pos, compile_binary_op(e->BinOp.op), false, dst, left, e->BinOp.right,
           left == dst ? NO_REG : dst);
    temp_release(c, mark);
}

static void expr_unary_op(Compiler *c, const AstExpr *e, Reg dst) {
    int mark = temp_mark(c);
    Reg r = compile_operand(c, e->UnaryOp.operand, dst);
    int op = e->UnaryOp.op == AST_Invert ? OP_INVERT
             : e->UnaryOp.op == AST_Not  ? OP_NOT
             : e->UnaryOp.op == AST_UAdd ? OP_POS
                                         : OP_NEG;
    emit(c, &e->pos, op, 0, dst, r, 0);
    temp_release(c, mark);
}

static void expr_bool_op(Compiler *c, const AstExpr *e, Reg dst) {
    const AstExprSeq *values = &e->BoolOp.values;
    int jump = e->BoolOp.op == AST_And ? OP_JUMP_IF_FALSE : OP_JUMP_IF_TRUE;
    int mark = temp_mark(c), end = label_new(c);
    for (int i = 0; i < values->count; i++) {
        if (i == values->count - 1) {
            compile_expr_into(c, values->items[i], dst);
            break;
        }
        if (is_temp(c, dst)) {
            compile_expr_into(c, values->items[i], dst);
            emit_jump(c, &e->pos, jump, 0, dst, 0, end);
        } else { /* dst keeps its value until the result is known */
            Reg r = compile_operand(c, values->items[i], NO_REG);
            if (r == dst)
                emit_jump(c, &e->pos, jump, 0, r, 0, end);
            else {
                int next = label_new(c);
                emit_jump(c, &e->pos, jump == OP_JUMP_IF_TRUE ? OP_JUMP_IF_FALSE : OP_JUMP_IF_TRUE,
                          0, r, 0, next);
                emit_move(c, &e->pos, dst, r);
                emit_jump(c, &e->pos, OP_JUMP, 0, 0, 0, end);
                label_bind(c, next);
            }
            temp_release(c, mark);
        }
    }
    label_bind(c, end);
    temp_release(c, mark);
}

/* ---- comparisons ----------------------------------------------------------------------------- */

static int order_of(AstEnum op) { /* PY_LT .., or -1 */
    switch (op) {
    case AST_Lt: return PY_LT;
    case AST_LtE: return PY_LE;
    case AST_Eq: return PY_EQ;
    case AST_NotEq: return PY_NE;
    case AST_Gt: return PY_GT;
    case AST_GtE: return PY_GE;
    default: return -1;
    }
}

static void compare(Compiler *c, const AstPos *pos, AstEnum op, Reg dst, Reg left, Reg right) {
    int order = order_of(op);
    if (order >= 0)
        emit(c, pos, OP_COMPARE, order, dst, left, right);
    else if (op == AST_Is || op == AST_IsNot)
        emit(c, pos, OP_IS, op == AST_IsNot, dst, left, right);
    else
        emit(c, pos, OP_CONTAINS, op == AST_NotIn, dst, left, right);
}

static bool is_none(const AstExpr *e) {
    const AstConst *k = compile_static_value(e);
    return k && k->kind == CONST_NONE;
}

static void compare_jump(Compiler *c, const AstPos *pos, AstEnum op, Reg left,
                         const AstExpr *right_expr, Reg right, int label, bool condition) {
    int order = order_of(op), value;
    if (order >= 0) {
        int x = order | condition << 3;
        if (right == NO_REG && compile_small_int(right_expr, &value)) {
            emit_jump(c, pos, OP_JUMP_CMP_I, x, left, value, label);
            return;
        }
        emit_jump(c, pos, OP_JUMP_CMP, x, left, right, label);
    } else if (op == AST_Is || op == AST_IsNot) {
        bool wanted = (op == AST_Is) == condition;
        if (right == NO_REG)
            emit_jump(c, pos, wanted ? OP_JUMP_IF_NONE : OP_JUMP_IF_NOT_NONE, 0, left, 0, label);
        else
            emit_jump(c, pos, OP_JUMP_IS, wanted, left, right, label);
    } else {
        Reg result = temp_new(c);
        emit(c, pos, OP_CONTAINS, op == AST_NotIn, result, left, right);
        emit_jump(c, pos, condition ? OP_JUMP_IF_TRUE : OP_JUMP_IF_FALSE, 0, result, 0, label);
    }
}

/* Does the fused jump need no register for its right side? */
static bool right_is_immediate(AstEnum op, const AstExpr *right) {
    int value;
    if (order_of(op) >= 0) return compile_small_int(right, &value);
    return (op == AST_Is || op == AST_IsNot) && is_none(right);
}

static void jump_if_compare(Compiler *c, const AstExpr *e, int label, bool condition) {
    int mark = temp_mark(c), n = e->Compare.ops.count;
    compile_check_compare(c, e);
    const AstExprSeq *rights = &e->Compare.comparators;
    const AstEnum *ops = e->Compare.ops.items;
    int fail = n > 1 && condition ? label_new(c) : label;
    Reg left = compile_operand_before(c, e->Compare.left, NO_REG, rights->items[0]);
    for (int i = 0; i < n; i++) {
        const AstExpr *right_expr = rights->items[i];
        bool last = i == n - 1;
        Reg right = NO_REG;
        if (!last || !right_is_immediate(ops[i], right_expr))
            right = compile_operand_before(c, right_expr, NO_REG, last ? 0 : rights->items[i + 1]);
        compare_jump(c, &e->pos, ops[i], left, right_expr, right, last ? label : fail,
                     last && condition);
        left = right;
    }
    if (fail != label) label_bind(c, fail);
    temp_release(c, mark);
}

static void expr_compare(Compiler *c, const AstExpr *e, Reg dst) {
    const AstExprSeq *rights = &e->Compare.comparators;
    const AstEnum *ops = e->Compare.ops.items;
    int mark = temp_mark(c), n = e->Compare.ops.count;
    compile_check_compare(c, e);
    if (n == 1) {
        Reg left = compile_operand_before(c, e->Compare.left, dst, rights->items[0]);
        Reg right = compile_operand(c, rights->items[0], left == dst ? NO_REG : dst);
        compare(c, &e->pos, ops[0], dst, left, right);
        temp_release(c, mark);
        return;
    }
    int end = label_new(c);
    Reg result = scratch_for(c, dst);
    Reg left = compile_operand_before(c, e->Compare.left, NO_REG, rights->items[0]);
    for (int i = 0; i < n; i++) {
        bool last = i == n - 1;
        Reg right =
            compile_operand_before(c, rights->items[i], NO_REG, last ? 0 : rights->items[i + 1]);
        compare(c, &e->pos, ops[i], result, left, right);
        if (!last) emit_jump(c, &e->pos, OP_JUMP_IF_FALSE, 0, result, 0, end);
        left = right;
    }
    label_bind(c, end);
    emit_move(c, &e->pos, dst, result);
    temp_release(c, mark);
}

/* ---- conditions ------------------------------------------------------------------------------ */

static void jump_if_bool_op(Compiler *c, const AstExpr *e, int label, bool condition) {
    const AstExprSeq *values = &e->BoolOp.values;
    bool is_or = e->BoolOp.op == AST_Or;
    int n = values->count;
    /* `or` jumps out early on truth, `and` on falsehood: to the label, or past the whole. */
    int early = is_or == condition ? label : label_new(c);
    for (int i = 0; i < n - 1; i++) compile_jump_if(c, values->items[i], early, is_or);
    compile_jump_if(c, values->items[n - 1], label, condition);
    if (early != label) label_bind(c, early);
}

static void jump_if_conditional(Compiler *c, const AstExpr *e, int label, bool condition) {
    int orelse = label_new(c), end = label_new(c);
    compile_jump_if(c, e->IfExp.test, orelse, false);
    compile_jump_if(c, e->IfExp.body, label, condition);
    emit_jump(c, &e->pos, OP_JUMP, 0, 0, 0, end);
    label_bind(c, orelse);
    compile_jump_if(c, e->IfExp.orelse, label, condition);
    label_bind(c, end);
}

static void jump_if(Compiler *c, const AstExpr *e, int label, bool condition) {
    const AstConst *k = compile_static_value(e);
    if (k) {
        if (constant_truth(k) == condition) emit_jump(c, &e->pos, OP_JUMP, 0, 0, 0, label);
        else emit_line(c, &e->pos);
        return;
    }
    switch (e->kind) {
    case EXPR_UnaryOp:
        if (e->UnaryOp.op != AST_Not) break;
        compile_jump_if(c, e->UnaryOp.operand, label, !condition);
        return;
    case EXPR_BoolOp: jump_if_bool_op(c, e, label, condition); return;
    case EXPR_Compare: jump_if_compare(c, e, label, condition); return;
    case EXPR_IfExp: jump_if_conditional(c, e, label, condition); return;
    default: break;
    }
    int mark = temp_mark(c);
    Reg r = compile_operand(c, e, NO_REG);
    emit_jump(c, &e->pos, condition ? OP_JUMP_IF_TRUE : OP_JUMP_IF_FALSE, 0, r, 0, label);
    temp_release(c, mark);
}

void compile_jump_if(Compiler *c, const AstExpr *e, int label, bool condition) {
    if (!compile_enter_recursion(c)) return;
    jump_if(c, e, label, condition);
    compile_leave_recursion(c);
}

static void expr_if_exp(Compiler *c, const AstExpr *e, Reg dst) {
    int orelse = label_new(c), end = label_new(c);
    compile_jump_if(c, e->IfExp.test, orelse, false);
    compile_expr_into(c, e->IfExp.body, dst);
    emit_jump(c, &e->pos, OP_JUMP, 0, 0, 0, end);
    label_bind(c, orelse);
    compile_expr_into(c, e->IfExp.orelse, dst);
    label_bind(c, end);
}

/* ---- attributes, subscripts, names ------------------------------------------------------------
 */

/* Where attribute and method accesses are reported when they are spread over lines: at the name. */
AstPos compile_attr_pos(const AstExpr *attribute, AstPos pos) {
    if (pos.lineno == attribute->pos.end_lineno) return pos;
    int length = (int)strlen(attribute->Attribute.attr);
    pos.lineno = attribute->pos.end_lineno;
    if (length <= attribute->pos.end_col_offset) {
        pos.col_offset = attribute->pos.end_col_offset - length;
    } else
        pos.col_offset = pos.end_col_offset = -1;
    return pos;
}

static void expr_attribute(Compiler *c, const AstExpr *e, Reg dst) {
    int mark = temp_mark(c);
    Reg r = compile_operand(c, e->Attribute.value, dst);
    AstPos pos = compile_attr_pos(e, e->pos);
    if (!c->unit->dead)
        emit(c, &pos, OP_LOAD_ATTR, 0, dst, r, name_add(c, compile_mangle(c, e->Attribute.attr)));
    temp_release(c, mark);
}

static void expr_subscript(Compiler *c, const AstExpr *e, Reg dst) {
    int mark = temp_mark(c);
    compile_check_subscripter(c, &e->pos, e->Subscript.value);
    compile_check_index(c, &e->pos, e->Subscript.value, e->Subscript.slice);
    Reg r = compile_operand_before(c, e->Subscript.value, dst, e->Subscript.slice);
    Reg index = compile_operand(c, e->Subscript.slice, r == dst ? NO_REG : dst);
    emit(c, &e->pos, OP_GETITEM, 0, dst, r, index);
    temp_release(c, mark);
}

static void expr_slice(Compiler *c, const AstExpr *e, Reg dst) {
    int mark = temp_mark(c);
    Reg base = temp_run(c, 3);
    const AstExpr *parts[3] = {e->Slice.lower, e->Slice.upper, e->Slice.step};
    for (int i = 0; i < 3; i++) {
        if (parts[i])
            compile_expr_into(c, parts[i], base + i);
        else
            emit_none(c, &e->pos, base + i);
    }
    emit(c, &e->pos, OP_BUILD_SLICE, 0, dst, base, 0);
    temp_release(c, mark);
}

static void expr_name(Compiler *c, const AstExpr *e, Reg dst) {
    compile_name_load(c, &e->pos, e->Name.id, dst);
}

static void expr_constant(Compiler *c, const AstExpr *e, Reg dst) {
    emit_constant(c, &e->pos, dst, &e->Constant.value);
}

static void expr_named(Compiler *c, const AstExpr *e, Reg dst) {
    const AstExpr *target = e->NamedExpr.target;
    int mark = temp_mark(c);
    if (compile_forbidden_name(c, &e->pos, target->Name.id, AST_Store)) return;
    Reg local = name_local(c, target->Name.id);
    if (local != NO_REG) {
        compile_expr_into(c, e->NamedExpr.value, local);
        emit_move(c, &e->pos, dst, local);
    } else {
        Reg r = compile_operand(c, e->NamedExpr.value, dst);
        compile_name_store(c, &target->pos, target->Name.id, r);
        emit_move(c, &e->pos, dst, r);
    }
    temp_release(c, mark);
}

static void expr_starred(Compiler *c, const AstExpr *e, Reg dst) {
    (void)dst;
    if (e->Starred.ctx == AST_Store)
        compile_error(c, &e->pos, "starred assignment target must be in a list or tuple");
    else
        compile_error(c, &e->pos, "can't use starred expression here");
}

/* ---- generators and coroutines -----------------------------------------------------------------
 */

static void expr_yield(Compiler *c, const AstExpr *e, Reg dst) {
    int mark = temp_mark(c);
    if (c->unit->scope->block != SYM_FUNCTION) {
        compile_error(c, &e->pos, "'yield' outside function");
        return;
    }
    Reg r;
    if (e->Yield.value)
        r = compile_operand(c, e->Yield.value, dst);
    else
        emit_none(c, &e->pos, r = scratch_for(c, dst));
    if (c->unit->scope->coroutine) {
        Reg wrapped = is_temp(c, r) ? r : scratch_for(c, dst);
        emit(c, &e->pos, OP_ASYNC_GEN_WRAP, 0, wrapped, r, 0);
        r = wrapped;
    }
    emit(c, &e->pos, OP_YIELD, 0, dst, r, dst == mark - 1 && is_temp(c, dst) ? dst : mark);
    temp_release(c, mark);
}

void compile_delegate(Compiler *c, const AstPos *pos, Reg dst, Reg iterator) {
    Reg value = dst != iterator ? scratch_for(c, dst) : temp_new(c);
    emit_none(c, pos, value);
    emit(c, pos, OP_YIELD_FROM, 0, value, iterator, temp_mark(c));
    emit_move(c, pos, dst, value);
}

static void expr_yield_from(Compiler *c, const AstExpr *e, Reg dst) {
    int mark = temp_mark(c);
    if (c->unit->scope->block != SYM_FUNCTION) {
        compile_error(c, &e->pos, "'yield' outside function");
        return;
    }
    if (c->unit->scope->coroutine && c->unit->kind == UNIT_ASYNC_FUNCTION) {
        compile_error(c, &e->pos, "'yield from' inside async function");
        return;
    }
    Reg iterator = temp_new(c);
    Reg r = compile_operand(c, e->YieldFrom.value, iterator);
    emit(c, &e->pos, OP_GET_YIELD_FROM_ITER, 0, iterator, r, 0);
    compile_delegate(c, &e->pos, dst, iterator);
    temp_release(c, mark);
}

void compile_await(Compiler *c, const AstPos *pos, Reg dst, int kind) {
    int mark = temp_mark(c);
    Reg iterator = temp_new(c);
    emit(c, pos, OP_GET_AWAITABLE, kind, iterator, dst, 0);
    compile_delegate(c, pos, dst, iterator);
    temp_release(c, mark);
}

static void expr_await(Compiler *c, const AstExpr *e, Reg dst) {
    int mark = temp_mark(c);
    if (!compile_may_await(c, c->unit) && c->unit->kind != UNIT_COMPREHENSION) {
        bool function = c->unit->scope->block == SYM_FUNCTION;
        compile_error(c, &e->pos, function ? "'await' outside async function" : "'await' outside function");
        return;
    }
    Reg iterator = temp_new(c);
    Reg r = compile_operand(c, e->Await.value, iterator);
    emit(c, &e->pos, OP_GET_AWAITABLE, 0, iterator, r, 0);
    compile_delegate(c, &e->pos, dst, iterator);
    temp_release(c, mark);
}

/* ---- dispatch -------------------------------------------------------------------------------- */

static const ExprFn expr_functions[AST_KIND_COUNT] = {
    [EXPR_BoolOp] = expr_bool_op,
    [EXPR_NamedExpr] = expr_named,
    [EXPR_BinOp] = expr_bin_op,
    [EXPR_UnaryOp] = expr_unary_op,
    [EXPR_Lambda] = compile_lambda,
    [EXPR_IfExp] = expr_if_exp,
    [EXPR_Dict] = compile_dict,
    [EXPR_Set] = compile_set,
    [EXPR_ListComp] = compile_comprehension,
    [EXPR_SetComp] = compile_comprehension,
    [EXPR_DictComp] = compile_comprehension,
    [EXPR_GeneratorExp] = compile_comprehension,
    [EXPR_Await] = expr_await,
    [EXPR_Yield] = expr_yield,
    [EXPR_YieldFrom] = expr_yield_from,
    [EXPR_Compare] = expr_compare,
    [EXPR_Call] = compile_call,
    [EXPR_FormattedValue] = compile_formatted_value,
    [EXPR_JoinedStr] = compile_joined_str,
    [EXPR_Constant] = expr_constant,
    [EXPR_Attribute] = expr_attribute,
    [EXPR_Subscript] = expr_subscript,
    [EXPR_Starred] = expr_starred,
    [EXPR_Name] = expr_name,
    [EXPR_List] = compile_list,
    [EXPR_Tuple] = compile_tuple,
    [EXPR_Slice] = expr_slice,
};

void compile_expr_into(Compiler *c, const AstExpr *e, Reg dst) {
    if (c->failed || !compile_enter_recursion(c)) return;
    expr_functions[e->kind](c, e, dst);
    compile_leave_recursion(c);
}

void compile_effect(Compiler *c, const AstExpr *e) {
    if (e->kind == EXPR_Constant) return;
    int mark = temp_mark(c);
    compile_operand(c, e, NO_REG);
    temp_release(c, mark);
}
