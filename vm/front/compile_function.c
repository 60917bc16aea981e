/* Functions, lambdas and classes: defaults, annotations, decorators, closures. */
#include "vm/front/compiler.h"

enum { PART_DEFAULTS = 1, PART_KWDEFAULTS = 2, PART_ANNOTATIONS = 4, PART_CLOSURE = 8 };

/* Position of what belongs to the code object as a whole. */
static AstPos entry_pos(const Unit *u) {
    if (u->kind == UNIT_MODULE) return (AstPos){0, 0, 1, 0};
    return (AstPos){u->first_line, 0, u->first_line, 0};
}

void compile_entry(Compiler *c) {
    Unit *u = c->unit;
    AstPos pos = entry_pos(u);
    if (u->flags & (CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR))
        emit(c, &pos, OP_RETURN_GENERATOR, 0, 0, 0, 0);
    else
        emit(c, &pos, OP_RESUME, 0, 0, 0, 0);
    for (int i = 0; i < u->scope->cellvars.count; i++)
        emit(c, &pos, OP_MAKE_CELL, 0, name_cell(c, u->scope->cellvars.items[i]), 0, 0);
}

void compile_make_function(Compiler *c, const AstPos *pos, Reg dst, int code, const SymScope *scope,
                           Reg first, int parts) {
    int mark = temp_mark(c);
    if (code < 0) return;
    if (first == NO_REG) first = temp_mark(c);
    int n = scope->freevars.count;
    if (n) { /* the closure tuple follows the other parts */
        Reg closure = temp_new(c), cells = temp_run(c, n);
        for (int i = 0; i < n; i++)
            emit_move(c, pos, cells + i, name_cell(c, scope->freevars.items[i]));
        emit(c, pos, OP_BUILD_TUPLE, 0, closure, cells, n);
        parts |= PART_CLOSURE;
    }
    emit(c, pos, OP_MAKE_FUNCTION, parts, dst, code, first);
    temp_release(c, mark);
}

/* ---- defaults and annotations ------------------------------------------------------------------
 */

static int positional_defaults(Compiler *c, const AstPos *pos, const AstArguments *args) {
    if (!args->defaults.count) return 0;
    AstExpr tuple = {.kind = EXPR_Tuple, .pos = *pos, .Tuple = {args->defaults, AST_Load}};
    Reg dst = temp_new(c);
    bool constant = true;
    for (int i = 0; i < args->defaults.count; i++)
        if (args->defaults.items[i]->kind != EXPR_Constant) constant = false;
    if (constant) {
        AstConst *k = ARENA_NEW(c->arena, AstConst);
        AstConst *items = ARENA_ARRAY(c->arena, AstConst, args->defaults.count);
        for (int i = 0; i < args->defaults.count; i++)
            items[i] = args->defaults.items[i]->Constant.value;
        k->kind = CONST_TUPLE;
        k->items.data = items;
        k->items.count = (size_t)args->defaults.count;
        emit_constant(c, pos, dst, k);
    } else
        compile_tuple(c, &tuple, dst);
    return PART_DEFAULTS;
}

static int keyword_defaults(Compiler *c, const AstPos *pos, const AstArguments *args) {
    int mark = temp_mark(c), count = 0;
    for (int i = 0; i < args->kw_defaults.count; i++)
        if (args->kw_defaults.items[i]) count++;
    if (!count) return 0;
    Reg dict = temp_new(c), pair = temp_run(c, 2);
    emit(c, pos, OP_BUILD_MAP, 0, dict, pair, 0);
    for (int i = 0; i < args->kw_defaults.count; i++) {
        const AstExpr *value = args->kw_defaults.items[i];
        if (!value) continue;
        const char *name = compile_mangle(c, args->kwonlyargs.items[i]->arg);
        emit_constant(c, pos, pair, constant_str(c, name));
        compile_expr_into(c, value, pair + 1);
        emit(c, pos, OP_MAP_ADD, 0, dict, pair, pair + 1);
    }
    temp_release(c, mark + 1);
    return PART_KWDEFAULTS;
}

void compile_annotation(Compiler *c, const AstExpr *e, Reg dst) {
    if (c->annotations) {
        AstConst *k = ARENA_NEW(c->arena, AstConst);
        k->kind = CONST_STR;
        k->bytes.data = compile_unparse(c->arena, e, &k->bytes.length);
        if (!k->bytes.data) {
            compile_fail_too_deep(c);
            return;
        }
        emit_constant(c, &e->pos, dst, k);
    } else if (e->kind == EXPR_Starred) { /* *args: *Ts */
        compile_expr_into(c, e->Starred.value, dst);
        emit(c, &e->pos, OP_UNPACK, 0, dst, dst, 1);
    } else
        compile_expr_into(c, e, dst);
}

static int annotate(Compiler *c, const char *name, const AstExpr *annotation) {
    if (!annotation) return 0;
    Reg pair = temp_run(c, 2);
    emit_constant(c, &annotation->pos, pair, constant_str(c, compile_mangle(c, name)));
    compile_annotation(c, annotation, pair + 1);
    return 2;
}

static int annotate_all(Compiler *c, const AstArgSeq *args) {
    int count = 0;
    for (int i = 0; i < args->count; i++)
        count += annotate(c, args->items[i]->arg, args->items[i]->annotation);
    return count;
}

static int annotations(Compiler *c, const AstPos *pos, const AstArguments *args,
                       const AstExpr *returns) {
    int mark = temp_mark(c), count = 0;
    Reg tuple = temp_new(c);
    count += annotate_all(c, &args->args);
    count += annotate_all(c, &args->posonlyargs);
    if (args->vararg) count += annotate(c, args->vararg->arg, args->vararg->annotation);
    count += annotate_all(c, &args->kwonlyargs);
    if (args->kwarg) count += annotate(c, args->kwarg->arg, args->kwarg->annotation);
    count += annotate(c, arena_intern_str(c->arena, "return"), returns);
    temp_release(c, mark);
    if (!count) return 0;
    emit(c, pos, OP_BUILD_TUPLE, 0, tuple, tuple + 1, count);
    temp_new(c);
    return PART_ANNOTATIONS;
}

static bool check_arg(Compiler *c, const AstPos *pos, const AstArg *a) {
    return a && compile_forbidden_name(c, pos, a->arg, AST_Store);
}

static bool check_arguments(Compiler *c, const AstPos *pos, const AstArguments *args) {
    const AstArgSeq *groups[3] = {&args->posonlyargs, &args->args, &args->kwonlyargs};
    for (int g = 0; g < 3; g++)
        for (int i = 0; i < groups[g]->count; i++)
            if (check_arg(c, pos, groups[g]->items[i])) return false;
    return !check_arg(c, pos, args->vararg) && !check_arg(c, pos, args->kwarg);
}

static void set_arguments(Unit *u, const AstArguments *args) {
    u->posonly_count = (uint32_t)args->posonlyargs.count;
    u->arg_count = u->posonly_count + (uint32_t)args->args.count;
    u->kwonly_count = (uint32_t)args->kwonlyargs.count;
}

/* ---- decorators: R[base + 2 i] is decorator i, the decorated thing goes to R[base + 2 n]
 * ---------- */

static Reg decorators(Compiler *c, const AstExprSeq *list) {
    Reg base = temp_run(c, 2 * list->count + 1);
    for (int i = 0; i < list->count; i++) compile_expr_into(c, list->items[i], base + 2 * i);
    return base;
}

static void apply_decorators(Compiler *c, const AstExprSeq *list, Reg base) {
    for (int i = list->count - 1; i >= 0; i--)
        emit(c, &list->items[i]->pos, OP_CALL, 1, base + 2 * i, base + 2 * i, 1);
}

static AstPos first_pos(const AstStmt *s, const AstExprSeq *list) {
    AstPos pos = s->pos;
    if (list->count) pos.lineno = list->items[0]->pos.lineno;
    return pos;
}

/* ---- functions ---------------------------------------------------------------------------------
 */

/* FunctionDef and AsyncFunctionDef have the same fields. */
static void function_body(Compiler *c, const AstStmtSeq *body, const AstArguments *args) {
    Unit *u = c->unit;
    set_arguments(u, args);
    if (c->optimize < 2) u->doc = ast_docstring(body);
    compile_entry(c);
    compile_body(c, body);
}

void compile_function(Compiler *c, const AstStmt *s) {
    bool is_async = s->kind == STMT_AsyncFunctionDef;
    const AstIn_FunctionDef *f =
        is_async ? (const AstIn_FunctionDef *)&s->AsyncFunctionDef : &s->FunctionDef;
    if (!check_arguments(c, &s->pos, f->args)) return;
    int mark = temp_mark(c);
    Reg base = decorators(c, &f->decorator_list), result = base + 2 * f->decorator_list.count;
    Reg first = temp_mark(c);
    int parts = positional_defaults(c, &s->pos, f->args);
    parts |= keyword_defaults(c, &s->pos, f->args);
    parts |= annotations(c, &s->pos, f->args, f->returns);
    AstPos pos = first_pos(s, &f->decorator_list);
    Unit *u = unit_enter(c, is_async ? UNIT_ASYNC_FUNCTION : UNIT_FUNCTION, s, f->name, &pos);
    if (!u) return;
    function_body(c, &f->body, f->args);
    const SymScope *scope = u->scope;
    int code = unit_leave_to_constant(c);
    compile_make_function(c, &s->pos, result, code, scope, first, parts);
    apply_decorators(c, &f->decorator_list, base);
    if (!compile_forbidden_name(c, &s->pos, f->name, AST_Store))
        compile_name_store(c, &s->pos, f->name, base);
    temp_release(c, mark);
}

void compile_lambda(Compiler *c, const AstExpr *e, Reg dst) {
    const AstArguments *args = e->Lambda.args;
    if (!check_arguments(c, &e->pos, args)) return;
    int mark = temp_mark(c);
    Reg first = temp_mark(c);
    int parts = positional_defaults(c, &e->pos, args);
    parts |= keyword_defaults(c, &e->pos, args);
    Unit *u = unit_enter(c, UNIT_LAMBDA, e, arena_intern_str(c->arena, "<lambda>"), &e->pos);
    if (!u) return;
    set_arguments(u, args);
    compile_entry(c);
    const AstExpr *body = e->Lambda.body;
    Reg r = compile_operand(c, body, NO_REG);
    emit(c, &body->pos, OP_RETURN, 0, r, 0, 0);
    const SymScope *scope = u->scope;
    int code = unit_leave_to_constant(c);
    compile_make_function(c, &e->pos, dst, code, scope, first, parts);
    temp_release(c, mark);
}

/* ---- classes -----------------------------------------------------------------------------------
 */

static void class_body(Compiler *c, const AstStmt *s) {
    Unit *u = c->unit;
    AstPos pos = entry_pos(u);
    int mark = temp_mark(c);
    Reg t = temp_new(c);
    compile_entry(c);
    compile_name_load(c, &pos, arena_intern_str(c->arena, "__name__"), t);
    compile_name_store(c, &pos, arena_intern_str(c->arena, "__module__"), t);
    emit_constant(c, &pos, t, constant_str(c, u->qualname));
    compile_name_store(c, &pos, arena_intern_str(c->arena, "__qualname__"), t);
    temp_release(c, mark);
    compile_body(c, &s->ClassDef.body);
    t = temp_new(c);
    if (u->scope->needs_class_closure) {
        Reg cell = name_cell(c, arena_intern_str(c->arena, "__class__"));
        emit_move(c, &compile_no_pos, t, cell);
        compile_name_store(c, &compile_no_pos, arena_intern_str(c->arena, "__classcell__"), t);
    } else
        emit_none(c, &compile_no_pos, t);
    emit(c, &compile_no_pos, OP_RETURN, 0, t, 0, 0);
}

void compile_class(Compiler *c, const AstStmt *s) {
    const AstIn_ClassDef *k = &s->ClassDef;
    int mark = temp_mark(c);
    Reg base = decorators(c, &k->decorator_list), result = base + 2 * k->decorator_list.count;
    AstPos pos = first_pos(s, &k->decorator_list);
    Unit *u = unit_enter(c, UNIT_CLASS, s, k->name, &pos);
    if (!u) return;
    class_body(c, s);
    const SymScope *scope = u->scope;
    int code = unit_leave_to_constant(c);
    Reg call = temp_run(c, 4);
    emit(c, &s->pos, OP_LOAD_BUILD_CLASS, 0, call, 0, 0);
    compile_make_function(c, &s->pos, call + 2, code, scope, NO_REG, 0);
    emit_constant(c, &s->pos, call + 3, constant_str(c, k->name));
    compile_call_args(c, &s->pos, result, call, 2, false, &k->bases, &k->keywords);
    apply_decorators(c, &k->decorator_list, base);
    if (!compile_forbidden_name(c, &s->pos, k->name, AST_Store))
        compile_name_store(c, &s->pos, k->name, base);
    temp_release(c, mark);
}
