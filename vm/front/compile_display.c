/* Displays: lists, tuples, sets, dicts, f-strings. Short ones are built from a run of registers;
 * long ones piece by piece, so that a table of 10,000 entries needs no more registers than one
 * of 32. */
#include "vm/front/compiler.h"

enum {
    DISPLAY_RUN = 32, /* elements built at once */
    TUPLE_RUN = 256,  /* the same for tuples, which cannot grow */
    MIN_CONST_LIST =
        3, /* lists and sets of constants from this length on are copied from a constant */
};

static int leading_plain(const AstExprSeq *elts, int limit) {
    int n = 0;
    while (n < elts->count && n < limit && elts->items[n]->kind != EXPR_Starred) n++;
    return n;
}

static Reg evaluate_run(Compiler *c, const AstExprSeq *elts, int from, int count) {
    Reg first = temp_run(c, count);
    for (int i = 0; i < count; i++) compile_expr_into(c, elts->items[from + i], first + i);
    return first;
}

typedef struct {
    int build, append, extend;
} DisplayOps;

/* R[dst], a temporary: the elements from number `from` on are added. */
static void add_rest(Compiler *c, const AstPos *pos, const AstExprSeq *elts, int from, Reg dst,
                     const DisplayOps *ops) {
    for (int i = from; i < elts->count; i++) {
        int mark = temp_mark(c);
        const AstExpr *e = elts->items[i];
        bool star = e->kind == EXPR_Starred;
        Reg r = compile_operand(c, star ? e->Starred.value : e, NO_REG);
        emit(c, pos, star ? ops->extend : ops->append, 0, dst, r, 0);
        temp_release(c, mark);
    }
}

static const DisplayOps list_ops = {OP_BUILD_LIST, OP_LIST_APPEND, OP_LIST_EXTEND};
static const DisplayOps set_ops = {OP_BUILD_SET, OP_SET_ADD, OP_SET_UPDATE};

void compile_list_of(Compiler *c, const AstPos *pos, const AstExprSeq *elts, Reg dst, Reg first,
                     int given) {
    int mark = temp_mark(c), n = 0;
    if (!given) {
        n = leading_plain(elts, DISPLAY_RUN);
        first = evaluate_run(c, elts, 0, n);
        given = n;
    }
    emit(c, pos, OP_BUILD_LIST, 0, dst, first, given);
    add_rest(c, pos, elts, n, dst, &list_ops);
    temp_release(c, mark);
}

static const AstConst *all_constant(Compiler *c, const AstExprSeq *elts, AstConstKind kind) {
    for (int i = 0; i < elts->count; i++)
        if (elts->items[i]->kind != EXPR_Constant) return 0;
    AstConst *items = ARENA_ARRAY(c->arena, AstConst, elts->count);
    for (int i = 0; i < elts->count; i++) items[i] = elts->items[i]->Constant.value;
    AstConst *k = ARENA_NEW(c->arena, AstConst);
    k->kind = kind;
    k->items.data = items;
    k->items.count = (size_t)elts->count;
    return k;
}

static void display(Compiler *c, const AstPos *pos, const AstExprSeq *elts, Reg dst,
                    const DisplayOps *ops, AstConstKind constant_kind) {
    int mark = temp_mark(c);
    int n = leading_plain(elts, DISPLAY_RUN);
    const AstConst *k = elts->count >= MIN_CONST_LIST ? all_constant(c, elts, constant_kind) : 0;
    if (!k && n == elts->count) {
        Reg first = evaluate_run(c, elts, 0, n);
        emit(c, pos, ops->build, 0, dst, first, n);
    } else {
        Reg result = is_temp(c, dst) ? dst : temp_new(c);
        if (k) {
            Reg items = temp_new(c);
            emit(c, pos, ops->build, 0, result, items, 0);
            emit_constant(c, pos, items, k);
            emit(c, pos, ops->extend, 0, result, items, 0);
        } else {
            Reg first = evaluate_run(c, elts, 0, n);
            emit(c, pos, ops->build, 0, result, first, n);
            add_rest(c, pos, elts, n, result, ops);
        }
        emit_move(c, pos, dst, result);
    }
    temp_release(c, mark);
}

void compile_list(Compiler *c, const AstExpr *e, Reg dst) {
    display(c, &e->pos, &e->List.elts, dst, &list_ops, CONST_TUPLE);
}

void compile_set(Compiler *c, const AstExpr *e, Reg dst) {
    display(c, &e->pos, &e->Set.elts, dst, &set_ops, CONST_FROZENSET);
}

void compile_tuple(Compiler *c, const AstExpr *e, Reg dst) {
    const AstExprSeq *elts = &e->Tuple.elts;
    int mark = temp_mark(c);
    if (leading_plain(elts, TUPLE_RUN) == elts->count) {
        Reg first = evaluate_run(c, elts, 0, elts->count);
        emit(c, &e->pos, OP_BUILD_TUPLE, 0, dst, first, elts->count);
    } else {
        Reg list = is_temp(c, dst) ? dst : temp_new(c);
        compile_list_of(c, &e->pos, elts, list, NO_REG, 0);
        emit(c, &e->pos, OP_LIST_TO_TUPLE, 0, dst, list, 0);
    }
    temp_release(c, mark);
}

void compile_dict(Compiler *c, const AstExpr *e, Reg dst) {
    const AstExprSeq *keys = &e->Dict.keys, *values = &e->Dict.values;
    int mark = temp_mark(c), n = 0;
    while (n < keys->count && n < DISPLAY_RUN / 2 && keys->items[n]) n++;
    bool whole = n == keys->count;
    Reg result = whole || is_temp(c, dst) ? dst : temp_new(c);
    Reg first = temp_run(c, 2 * n);
    for (int i = 0; i < n; i++) {
        compile_expr_into(c, keys->items[i], first + 2 * i);
        compile_expr_into(c, values->items[i], first + 2 * i + 1);
    }
    emit(c, &e->pos, OP_BUILD_MAP, 0, result, first, n);
    for (int i = n; i < keys->count; i++) {
        int inner = temp_mark(c);
        const AstExpr *key = keys->items[i], *value = values->items[i];
        Reg k = key ? compile_operand_before(c, key, NO_REG, value) : NO_REG;
        Reg v = compile_operand(c, value, NO_REG);
        if (key)
            emit(c, &e->pos, OP_MAP_ADD, 0, result, k, v);
        else
            emit(c, &e->pos, OP_DICT_UPDATE, 0, result, v, 0);
        temp_release(c, inner);
    }
    emit_move(c, &e->pos, dst, result);
    temp_release(c, mark);
}

/* ---- f-strings ------------------------------------------------------------------------------- */

void compile_formatted_value(Compiler *c, const AstExpr *e, Reg dst) {
    int mark = temp_mark(c);
    const AstExpr *spec = e->FormattedValue.format_spec;
    int conversion = e->FormattedValue.conversion == 's'   ? 1
                     : e->FormattedValue.conversion == 'r' ? 2
                     : e->FormattedValue.conversion == 'a' ? 3
                                                           : 0;
    Reg value = compile_operand_before(c, e->FormattedValue.value, dst, spec);
    Reg spec_reg = spec ? compile_operand(c, spec, value == dst ? NO_REG : dst) : 0;
    emit(c, &e->pos, OP_FORMAT_VALUE, conversion | (spec ? 4 : 0), dst, value, spec_reg);
    temp_release(c, mark);
}

void compile_joined_str(Compiler *c, const AstExpr *e, Reg dst) {
    const AstExprSeq *values = &e->JoinedStr.values;
    int mark = temp_mark(c), n = values->count;
    if (n == 0)
        emit_constant(c, &e->pos, dst, constant_str(c, ""));
    else if (n == 1)
        compile_expr_into(c, values->items[0], dst);
    else if (n <= DISPLAY_RUN) {
        Reg first = evaluate_run(c, values, 0, n);
        emit(c, &e->pos, OP_BUILD_STRING, 0, dst, first, n);
    } else { /* what has been joined so far is the first piece of the next run */
        Reg first = temp_run(c, DISPLAY_RUN + 1);
        compile_expr_into(c, values->items[0], first);
        for (int done = 1; done < n;) {
            int count = n - done < DISPLAY_RUN ? n - done : DISPLAY_RUN;
            for (int i = 0; i < count; i++)
                compile_expr_into(c, values->items[done + i], first + 1 + i);
            done += count;
            emit(c, &e->pos, OP_BUILD_STRING, 0, done == n ? dst : first, first, count + 1);
        }
    }
    temp_release(c, mark);
}
