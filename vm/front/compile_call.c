/* Calls: CALL for positional arguments, CALL_KW with keywords, CALL_EX where a star occurs or there
 * are very many. */
#include "vm/front/compiler.h"

enum { CALL_MAX_ARGS = 1000 }; /* in registers; more go through a list */

static bool has_star(const AstExprSeq *args) {
    for (int i = 0; i < args->count; i++)
        if (args->items[i]->kind == EXPR_Starred) return true;
    return false;
}

static bool has_double_star(const AstKeywordSeq *keywords) {
    for (int i = 0; i < keywords->count; i++)
        if (!keywords->items[i]->arg) return true;
    return false;
}

static bool needs_unpacking(const AstExprSeq *args, const AstKeywordSeq *keywords) {
    return has_star(args) || has_double_star(keywords) ||
           args->count + keywords->count > CALL_MAX_ARGS;
}

static bool check_keywords(Compiler *c, const AstPos *pos, const AstKeywordSeq *keywords) {
    for (int i = 0; i < keywords->count; i++) {
        const AstKeyword *k = keywords->items[i];
        if (!k->arg) continue;
        if (compile_forbidden_name(c, pos, k->arg, AST_Store)) return false;
        for (int j = i + 1; j < keywords->count; j++) {
            if (keywords->items[j]->arg != k->arg) continue;
            compile_error(c, &keywords->items[j]->pos, "keyword argument repeated: %s", k->arg);
            return false;
        }
    }
    return true;
}

/* The values of named keywords go to consecutive temporaries after those in use. */
static void call_keywords(Compiler *c, const AstPos *pos, Reg dst, Reg base, int positional,
                          bool has_self, const AstKeywordSeq *keywords) {
    int n = keywords->count;
    const char **names = ARENA_ARRAY(c->arena, const char *, n);
    for (int i = 0; i < n; i++) {
        names[i] = keywords->items[i]->arg;
        compile_expr_into(c, keywords->items[i]->value, temp_new(c));
    }
    if (c->unit->dead || c->failed) return;
    int tuple = constant_add_names(c, names, n);
    emit(c, pos, OP_CALL_KW, !has_self, dst, base, positional + n);
    c->unit->code[c->unit->count - 1].ext = tuple;
}

/* R[dst] = dict of the keywords; R[callee] names the function in errors. */
static void keyword_dict(Compiler *c, const AstPos *pos, Reg dst, Reg callee,
                         const AstKeywordSeq *keywords) {
    int mark = temp_mark(c);
    Reg key = temp_run(c, 2), group = temp_new(c);
    bool first = true; /* no ** yet: nothing can be repeated */
    emit(c, pos, OP_BUILD_MAP, 0, dst, key, 0);
    for (int i = 0; i < keywords->count; i++) {
        const AstKeyword *k = keywords->items[i];
        if (!k->arg) {
            Reg mapping = compile_operand(c, k->value, key);
            emit(c, pos, OP_DICT_MERGE, 0, dst, mapping, callee);
            first = false;
            continue;
        }
        emit_constant(c, &k->pos, key, constant_str(c, k->arg));
        compile_expr_into(c, k->value, key + 1);
        if (first)
            emit(c, pos, OP_MAP_ADD, 0, dst, key, key + 1);
        else {
            emit(c, pos, OP_BUILD_MAP, 0, group, key, 1);
            emit(c, pos, OP_DICT_MERGE, 0, dst, group, callee);
        }
    }
    temp_release(c, mark);
}

static void call_unpacking(Compiler *c, const AstPos *pos, Reg dst, Reg base, int given,
                           const AstExprSeq *args, const AstKeywordSeq *keywords) {
    Reg list = base + 1, mapping = base + 2;
    while (c->unit->temp_top < base + 3) temp_new(c);
    if (!given && args->count == 1 && args->items[0]->kind == EXPR_Starred)
        compile_expr_into(c, args->items[0]->Starred.value, list);
    else
        compile_list_of(c, pos, args, list, base + 2, given);
    if (keywords->count == 1 && !keywords->items[0]->arg)
        compile_expr_into(c, keywords->items[0]->value, mapping); /* the call copies what it needs */
    else if (keywords->count)
        keyword_dict(c, pos, mapping, base, keywords);
    else
        emit_unbound(c, mapping);
    emit(c, pos, OP_CALL_EX, 0, dst, base, 0);
}

void compile_call_args(Compiler *c, const AstPos *pos, Reg dst, Reg base, int given, bool has_self,
                       const AstExprSeq *args, const AstKeywordSeq *keywords) {
    if (!check_keywords(c, pos, keywords)) return;
    if (needs_unpacking(args, keywords)) {
        call_unpacking(c, pos, dst, base, given, args, keywords);
        return;
    }
    for (int i = 0; i < args->count; i++) compile_expr_into(c, args->items[i], temp_new(c));
    if (keywords->count)
        call_keywords(c, pos, dst, base, given + args->count, has_self, keywords);
    else
        emit(c, pos, OP_CALL, !has_self, dst, base, given + args->count);
}

/* super() without arguments in a method: its implicit ones are registers here. */
static bool call_super(Compiler *c, const AstExpr *e, Reg dst) {
    const Unit *u = c->unit;
    const AstExpr *func = e->Call.func;
    if (func->kind != EXPR_Name || strcmp(func->Name.id, "super") || e->Call.args.count ||
        e->Call.keywords.count || u->scope->block != SYM_FUNCTION || !u->arg_count ||
        u->kind == UNIT_COMPREHENSION)
        return false;
    const Symbol *super = symtable_lookup(u->scope, compile_mangle(c, func->Name.id));
    const char *class_name = arena_intern_str(c->arena, "__class__");
    const Symbol *cell = symtable_lookup(u->scope, class_name);
    if (!cell || cell->scope != SYM_FREE || !super ||
        (super->scope != SYM_GLOBAL_IMPLICIT && super->scope != SYM_GLOBAL_EXPLICIT))
        return false;
    const Symbol *first = symtable_lookup(u->scope, u->scope->params.items[0]);
    int mark = temp_mark(c);
    Reg result = is_temp(c, dst) ? dst : temp_new(c);
    compile_name_load(c, &func->pos, func->Name.id, result);
    emit(c, &e->pos, OP_LOAD_SUPER, first && first->scope == SYM_CELL, result,
         name_cell(c, class_name), 0);
    emit_move(c, &e->pos, dst, result);
    temp_release(c, mark);
    return true;
}

static void call_method(Compiler *c, const AstExpr *e, Reg dst) {
    const AstExpr *method = e->Call.func;
    Reg base = temp_run(c, 2);
    Reg object = compile_operand(c, method->Attribute.value, base);
    AstPos pos = compile_attr_pos(method, method->pos), call_pos = compile_attr_pos(method, e->pos);
    if (!c->unit->dead)
        emit(c, &pos, OP_LOAD_METHOD, 0, base, object,
             name_add(c, compile_mangle(c, method->Attribute.attr)));
    compile_call_args(c, &call_pos, dst, base, 0, true, &e->Call.args, &e->Call.keywords);
}

void compile_call(Compiler *c, const AstExpr *e, Reg dst) {
    int mark = temp_mark(c);
    const AstExpr *func = e->Call.func;
    if (!check_keywords(c, &e->pos, &e->Call.keywords)) return;
    if (call_super(c, e, dst)) return;
    if (func->kind == EXPR_Attribute && !needs_unpacking(&e->Call.args, &e->Call.keywords)) {
        call_method(c, e, dst);
    } else {
        compile_check_caller(c, &e->pos, func);
        Reg base = temp_run(c, 2);
        compile_expr_into(c, func, base);
        compile_call_args(c, &e->pos, dst, base, 0, false, &e->Call.args, &e->Call.keywords);
    }
    temp_release(c, mark);
}
