/* Comprehensions and generator expressions: a code object of their own, called at once with the
 * outermost iterator. */
#include "vm/front/compiler.h"

typedef struct {
    const AstExpr *node;
    const AstComprehensionSeq *generators;
    const AstExpr *element, *value; /* value: of a dict's pair */
    Reg result;                     /* NO_REG: generator expression */
} Comprehension;

static void emit_element(Compiler *c, const Comprehension *k) {
    int mark = temp_mark(c);
    const AstPos *pos = &k->node->pos;
    if (k->node->kind == EXPR_DictComp) {
        Reg key = compile_operand_before(c, k->element, NO_REG, k->value);
        Reg value = compile_operand(c, k->value, NO_REG);
        emit(c, pos, OP_MAP_ADD, 0, k->result, key, value);
    } else if (k->node->kind == EXPR_GeneratorExp) {
        Reg r = compile_operand(c, k->element, NO_REG), sent = temp_new(c);
        if (c->unit->scope->coroutine) {
            emit(c, pos, OP_ASYNC_GEN_WRAP, 0, sent, r, 0);
            r = sent;
        }
        emit(c, pos, OP_YIELD, 0, sent, r, mark);
    } else {
        Reg r = compile_operand(c, k->element, NO_REG);
        emit(c, pos, k->node->kind == EXPR_ListComp ? OP_LIST_APPEND : OP_SET_ADD, 0, k->result, r,
             0);
    }
    temp_release(c, mark);
}

static void generator(Compiler *c, const Comprehension *k, int number);

static void generator_body(Compiler *c, const Comprehension *k, int number, int next) {
    const AstExprSeq *ifs = &k->generators->items[number]->ifs;
    for (int i = 0; i < ifs->count; i++) compile_jump_if(c, ifs->items[i], next, false);
    if (number + 1 < k->generators->count)
        generator(c, k, number + 1);
    else
        emit_element(c, k);
}

static void sync_generator(Compiler *c, const Comprehension *k, int number, Reg iterator) {
    const AstPos *pos = &k->node->pos;
    int top = label_new(c), next = label_new(c), end = label_new(c);
    label_bind(c, top);
    compile_for_iter(c, pos, number ? OP_FOR_LOOP : OP_FOR_ITER, k->generators->items[number]->target, iterator, end);
    generator_body(c, k, number, next);
    label_bind(c, next);
    emit_jump(c, &k->element->pos, OP_JUMP_BACK, 0, 0, 0, top);
    label_bind(c, end);
}

static void async_generator(Compiler *c, const Comprehension *k, int number, Reg iterator) {
    const AstPos *pos = &k->node->pos;
    int mark = temp_mark(c), top = label_new(c), next = label_new(c);
    Reg exception = temp_new(c), item = temp_new(c);
    int outer = c->unit->handler, handler = handler_new(c, exception);
    label_bind(c, top);
    c->unit->handler = handler;
    emit(c, pos, OP_GET_ANEXT, 0, item, iterator, 0);
    compile_delegate(c, pos, item, item);
    c->unit->handler = outer;
    compile_store(c, k->generators->items[number]->target, item);
    generator_body(c, k, number, next);
    label_bind(c, next);
    emit_jump(c, &k->element->pos, OP_JUMP_BACK, 0, 0, 0, top);
    handler_bind(c, handler);
    emit(c, pos, OP_END_ASYNC_FOR, 0, exception, 0, 0);
    temp_release(c, mark);
}

static void generator(Compiler *c, const Comprehension *k, int number) {
    const AstComprehension *g = k->generators->items[number];
    const AstPos *pos = &k->node->pos;
    int mark = temp_mark(c);
    Reg iterator = 0; /* ".0": the only parameter */
    if (!compile_enter_recursion(c)) return;
    if (number > 0) iterator = g->is_async ? compile_async_loop_start(c, pos, g->iter) : compile_loop_start(c, pos, g->iter);
    if (g->is_async)
        async_generator(c, k, number, iterator);
    else
        sync_generator(c, k, number, iterator);
    temp_release(c, mark);
    compile_leave_recursion(c);
}

static void comprehension_body(Compiler *c, Comprehension *k) {
    compile_entry(c);
    if (k->node->kind == EXPR_GeneratorExp)
        k->result = NO_REG;
    else {
        k->result = temp_new(c);
        int build = k->node->kind == EXPR_ListComp  ? OP_BUILD_LIST
                    : k->node->kind == EXPR_SetComp ? OP_BUILD_SET
                                                    : OP_BUILD_MAP;
        emit(c, &k->node->pos, build, 0, k->result, k->result, 0);
    }
    generator(c, k, 0);
    Reg result = k->result;
    if (result == NO_REG) emit_none(c, &k->node->pos, result = temp_new(c));
    emit(c, &k->node->pos, OP_RETURN, 0, result, 0, 0);
}

static Comprehension describe(const AstExpr *e) {
    Comprehension k = {.node = e, .result = NO_REG};
    switch (e->kind) {
    case EXPR_ListComp: k.generators = &e->ListComp.generators, k.element = e->ListComp.elt; break;
    case EXPR_SetComp: k.generators = &e->SetComp.generators, k.element = e->SetComp.elt; break;
    case EXPR_DictComp:
        k.generators = &e->DictComp.generators;
        k.element = e->DictComp.key, k.value = e->DictComp.value;
        break;
    default: k.generators = &e->GeneratorExp.generators, k.element = e->GeneratorExp.elt; break;
    }
    return k;
}

static const char *name_of(const AstExpr *e) {
    return e->kind == EXPR_ListComp   ? "<listcomp>"
           : e->kind == EXPR_SetComp  ? "<setcomp>"
           : e->kind == EXPR_DictComp ? "<dictcomp>"
                                      : "<genexpr>";
}

void compile_comprehension(Compiler *c, const AstExpr *e, Reg dst) {
    Comprehension k = describe(e);
    const AstComprehension *outermost = k.generators->items[0];
    int mark = temp_mark(c);
    Unit *outer = c->unit;
    Unit *u = unit_enter(c, UNIT_COMPREHENSION, e, arena_intern_str(c->arena, name_of(e)), &e->pos);
    if (!u) return;
    bool awaited = u->scope->coroutine && e->kind != EXPR_GeneratorExp;
    if (awaited && !compile_may_await(c, outer) && outer->kind != UNIT_COMPREHENSION)
        compile_error(c, &e->pos, "asynchronous comprehension outside of an asynchronous function");
    comprehension_body(c, &k);
    const SymScope *scope = u->scope;
    int code = unit_leave_to_constant(c);
    Reg base = temp_run(c, 3);
    compile_make_function(c, &e->pos, base, code, scope, NO_REG, 0);
    Reg r = compile_operand(c, outermost->iter, base + 2);
    emit(c, &e->pos, outermost->is_async ? OP_GET_AITER : OP_GET_ITER, 0, base + 2, r, 0);
    if (awaited) {
        emit(c, &e->pos, OP_CALL, 1, base, base, 1);
        compile_await(c, &e->pos, base, 0);
        emit_move(c, &e->pos, dst, base);
    } else
        emit(c, &e->pos, OP_CALL, 1, dst, base, 1);
    temp_release(c, mark);
}
