/* try, except*, with.
 *
 * An exception handler starts with PUSH_EXC, which saves what was handled before in a register of
 * its own; every way out restores it with POP_EXC. While the handler's body runs, a second handler
 * (the clean-up) is active that only restores and raises again. One register is enough for both
 * exceptions: when the second arrives, the first is the handled one or no longer wanted. */
#include "vm/front/compiler.h"

typedef struct {
    Reg exception, saved;
    int cleanup;
    Block block;
} Handling;

/* RERAISE's x */
enum { RERAISE_AS_CAUGHT = 1, RERAISE_AS_TRACED = 2 };

static void statements(Compiler *c, const AstStmtSeq *body) {
    for (int i = 0; i < body->count; i++) compile_stmt(c, body->items[i]);
}

/* The code behind `handler`: the exception becomes the handled one. */
static void handling_begin(Compiler *c, Handling *h, int handler, const AstPos *pos) {
    handler_bind(c, handler);
    emit(c, &compile_no_pos, OP_PUSH_EXC, 0, h->saved, h->exception, 0);
    h->cleanup = handler_new(c, h->exception);
    h->block.reg = h->saved;
    block_push(c, &h->block, BLOCK_HANDLER, pos);
    c->unit->handler = h->cleanup;
}

static void handling_end(Compiler *c, Handling *h) {
    block_pop(c, &h->block);
    handler_bind(c, h->cleanup);
    emit(c, &compile_no_pos, OP_POP_EXC, 0, h->saved, 0, 0);
    emit(c, &compile_no_pos, OP_RERAISE, RERAISE_AS_CAUGHT, h->exception, 0, 0);
}

/* ---- except ------------------------------------------------------------------------------------
 */

/* The body of `except E as name`; the name is unbound on every way out. */
static void named_body(Compiler *c, const AstExceptHandler *clause, const Handling *h) {
    Block block = {.name = clause->name};
    if (compile_forbidden_name(c, &clause->pos, clause->name, AST_Store)) return;
    compile_name_store(c, &clause->pos, clause->name, h->exception);
    block_push(c, &block, BLOCK_NAMED, &clause->pos);
    int failed = handler_new(c, h->exception);
    c->unit->handler = failed;
    statements(c, &clause->body);
    block_pop(c, &block);
    int done = label_new(c);
    block_unwind(c, &block, &compile_no_pos);
    emit_jump(c, &compile_no_pos, OP_JUMP, 0, 0, 0, done);
    handler_bind(c, failed);
    block_unwind(c, &block, &compile_no_pos);
    emit(c, &compile_no_pos, OP_RERAISE, RERAISE_AS_CAUGHT, h->exception, 0, 0);
    label_bind(c, done);
}

static void except_clause(Compiler *c, const AstExceptHandler *clause, const Handling *h, int end) {
    int mark = temp_mark(c), next = label_new(c);
    if (clause->type) {
        Reg t = temp_new(c);
        Reg type = compile_operand(c, clause->type, t);
        emit(c, &clause->pos, OP_EXC_MATCH, 0, t, h->exception, type);
        emit_jump(c, &clause->pos, OP_JUMP_IF_FALSE, 0, t, 0, next);
    } else {
        emit_line(c, &clause->pos);
    }
    temp_release(c, mark);
    if (clause->name)
        named_body(c, clause, h);
    else
        statements(c, &clause->body);
    emit(c, &compile_no_pos, OP_POP_EXC, 0, h->saved, 0, 0);
    emit_jump(c, &compile_no_pos, OP_JUMP, 0, 0, 0, end);
    label_bind(c, next);
}

static void try_except(Compiler *c, const AstStmt *s) {
    const AstExceptHandlerSeq *clauses = &s->Try.handlers;
    int mark = temp_mark(c), end = label_new(c);
    Handling h = {.exception = temp_new(c), .saved = temp_new(c)};
    int handler = handler_new(c, h.exception);
    Block block = {0};
    emit_line(c, &s->pos);
    block_push(c, &block, BLOCK_TRY, &s->pos);
    c->unit->handler = handler;
    statements(c, &s->Try.body);
    block_pop(c, &block);
    statements(c, &s->Try.orelse);
    emit_jump(c, &compile_no_pos, OP_JUMP, 0, 0, 0, end);
    handling_begin(c, &h, handler, &s->pos);
    for (int i = 0; i < clauses->count; i++) {
        const AstExceptHandler *clause = clauses->items[i];
        if (!clause->type && i < clauses->count - 1) {
            compile_error(c, &clause->pos, "default 'except:' must be last");
            return;
        }
        except_clause(c, clause, &h, end);
    }
    const AstPos *last = &clauses->items[clauses->count - 1]->pos;
    emit(c, last, OP_RERAISE, 0, h.exception, 0, 0);
    handling_end(c, &h);
    label_bind(c, end);
    temp_release(c, mark);
}

/* ---- except* -----------------------------------------------------------------------------------
 */

typedef struct {
    Reg rest;   /* what no clause has taken yet, or None */
    Reg raised; /* list of what the clauses raised */
} Group;

/* One except* clause. Exceptions of its body are collected. */
static void group_clause(Compiler *c, const AstExceptHandler *clause, const Group *g) {
    int mark = temp_mark(c), next = label_new(c), failed;
    Reg match = temp_run(c, 2), saved = temp_new(c), exception = temp_new(c);
    Reg type = compile_operand(c, clause->type, exception);
    emit(c, &clause->pos, OP_EXC_GROUP_MATCH, 0, match, g->rest, type);
    emit_jump(c, &clause->pos, OP_JUMP_IF_NONE, 0, match, 0, next);
    emit_move(c, &clause->pos, g->rest, match + 1);
    emit(c, &clause->pos, OP_PUSH_EXC, 0, saved, match, 0);
    failed = handler_new(c, exception);
    Block group = {0}, named = {.name = clause->name};
    block_push(c, &group, BLOCK_GROUP, &clause->pos);
    if (clause->name) {
        if (compile_forbidden_name(c, &clause->pos, clause->name, AST_Store)) return;
        compile_name_store(c, &clause->pos, clause->name, match);
        block_push(c, &named, BLOCK_NAMED, &clause->pos);
    }
    c->unit->handler = failed;
    statements(c, &clause->body);
    if (clause->name) block_pop(c, &named);
    block_pop(c, &group);
    if (clause->name) block_unwind(c, &named, &compile_no_pos);
    int done = label_new(c);
    emit_jump(c, &compile_no_pos, OP_JUMP, 0, 0, 0, done);
    handler_bind(c, failed);
    if (clause->name) block_unwind(c, &named, &compile_no_pos);
    emit(c, &compile_no_pos, OP_LIST_APPEND, 0, g->raised, exception, 0);
    label_bind(c, done);
    emit(c, &compile_no_pos, OP_POP_EXC, 0, saved, 0, 0);
    label_bind(c, next);
    temp_release(c, mark);
}

static void try_group(Compiler *c, const AstStmt *s) {
    const AstExceptHandlerSeq *clauses = &s->TryStar.handlers;
    int mark = temp_mark(c), end = label_new(c), nothing = label_new(c);
    Handling h = {.exception = temp_new(c), .saved = temp_new(c)};
    Reg original = temp_new(c), result = temp_new(c);
    Group g = {.rest = temp_new(c), .raised = temp_new(c)};
    int handler = handler_new(c, h.exception);
    Block block = {0};
    emit_line(c, &s->pos);
    block_push(c, &block, BLOCK_TRY, &s->pos);
    c->unit->handler = handler;
    statements(c, &s->TryStar.body);
    block_pop(c, &block);
    statements(c, &s->TryStar.orelse);
    emit_jump(c, &compile_no_pos, OP_JUMP, 0, 0, 0, end);
    handling_begin(c, &h, handler, &s->pos);
    emit_move(c, &compile_no_pos, original, h.exception);
    emit_move(c, &compile_no_pos, g.rest, h.exception);
    emit(c, &compile_no_pos, OP_BUILD_LIST, 0, g.raised, g.raised, 0);
    for (int i = 0; i < clauses->count; i++) group_clause(c, clauses->items[i], &g);
    emit(c, &compile_no_pos, OP_LIST_APPEND, 0, g.raised, g.rest, 0);
    emit(c, &compile_no_pos, OP_EXC_GROUP_RESULT, 0, result, original, g.raised);
    emit_jump(c, &compile_no_pos, OP_JUMP_IF_NONE, 0, result, 0, nothing);
    emit(c, &compile_no_pos, OP_RERAISE, 0, result, 0, 0);
    label_bind(c, nothing);
    emit(c, &compile_no_pos, OP_POP_EXC, 0, h.saved, 0, 0);
    emit_jump(c, &compile_no_pos, OP_JUMP, 0, 0, 0, end);
    handling_end(c, &h);
    label_bind(c, end);
    temp_release(c, mark);
}

/* ---- finally -----------------------------------------------------------------------------------
 */

static void try_finally(Compiler *c, const AstStmt *s, const AstStmtSeq *finalbody, bool clauses,
                        void (*inner)(Compiler *, const AstStmt *)) {
    int mark = temp_mark(c), end = label_new(c);
    Handling h = {.exception = temp_new(c), .saved = temp_new(c)};
    int handler = handler_new(c, h.exception);
    Block block = {.finalbody = finalbody};
    emit_line(c, &s->pos);
    block_push(c, &block, BLOCK_FINALLY_TRY, &s->pos);
    c->unit->handler = handler;
    if (clauses)
        inner(c, s);
    else
        statements(c, &s->Try.body);
    block_pop(c, &block);
    statements(c, finalbody);
    emit_jump(c, &compile_no_pos, OP_JUMP, 0, 0, 0, end);
    handling_begin(c, &h, handler, &s->pos);
    statements(c, finalbody);
    emit(c, &compile_no_pos, OP_RERAISE, 0, h.exception, 0, 0);
    handling_end(c, &h);
    label_bind(c, end);
    temp_release(c, mark);
}

void compile_try(Compiler *c, const AstStmt *s) {
    if (s->Try.finalbody.count)
        try_finally(c, s, &s->Try.finalbody, s->Try.handlers.count > 0, try_except);
    else
        try_except(c, s);
}

void compile_try_star(Compiler *c, const AstStmt *s) {
    if (s->TryStar.finalbody.count)
        try_finally(c, s, &s->TryStar.finalbody, true, try_group);
    else
        try_group(c, s);
}

/* ---- with --------------------------------------------------------------------------------------
 */

/* LOAD_SPECIAL's and GET_AWAITABLE's x */
enum { SPECIAL_ENTER, SPECIAL_EXIT, SPECIAL_AENTER, SPECIAL_AEXIT };
enum { AWAIT_AENTER = 1, AWAIT_AEXIT = 2 };
enum { EXIT_REGISTERS = 5 }; /* function, self, three arguments */

/* The exit call of a block that was not left by an exception. */
void compile_with_exit(Compiler *c, const AstPos *pos, Reg exit, bool is_async) {
    int mark = temp_mark(c);
    Reg result = temp_new(c);
    for (int i = 2; i < EXIT_REGISTERS; i++) emit_none(c, pos, exit + i);
    emit(c, pos, OP_CALL, 0, result, exit, 3);
    if (is_async) compile_await(c, pos, result, AWAIT_AEXIT);
    temp_release(c, mark);
}

static void with_items(Compiler *c, const AstStmt *s, int number);

static void with_failed(Compiler *c, const AstStmt *s, Handling *h, int handler, Reg exit,
                        bool is_async, int end) {
    int mark = temp_mark(c), suppressed = label_new(c);
    Reg t = temp_new(c);
    handling_begin(c, h, handler, &s->pos);
    emit(c, &s->pos, OP_WITH_EXCEPT_START, 0, t, exit, h->exception);
    if (is_async) compile_await(c, &s->pos, t, AWAIT_AEXIT);
    emit_jump(c, &s->pos, OP_JUMP_IF_TRUE, 0, t, 0, suppressed);
    emit(c, &s->pos, OP_RERAISE, RERAISE_AS_TRACED, h->exception, 0, 0);
    label_bind(c, suppressed);
    emit(c, &s->pos, OP_POP_EXC, 0, h->saved, 0, 0);
    emit_jump(c, &s->pos, OP_JUMP, 0, 0, 0, end);
    handling_end(c, h);
    temp_release(c, mark);
}

static void with_item(Compiler *c, const AstStmt *s, const AstWithItem *item, int number,
                      bool is_async) {
    int mark = temp_mark(c), end = label_new(c);
    Reg exit = temp_run(c, EXIT_REGISTERS);
    Handling h = {.exception = temp_new(c), .saved = temp_new(c)};
    int handler = handler_new(c, h.exception), inner = temp_mark(c);
    Reg enter = temp_run(c, 2);
    Reg context = compile_operand(c, item->context_expr, NO_REG);
    emit(c, &s->pos, OP_LOAD_SPECIAL, is_async ? SPECIAL_AENTER : SPECIAL_ENTER, enter, context, 0);
    emit(c, &s->pos, OP_LOAD_SPECIAL, is_async ? SPECIAL_AEXIT : SPECIAL_EXIT, exit, context, 0);
    emit(c, &s->pos, OP_CALL, 0, enter, enter, 0);
    if (is_async) compile_await(c, &s->pos, enter, AWAIT_AENTER);
    Block block = {.reg = exit, .is_async = is_async};
    block_push(c, &block, BLOCK_WITH, &s->pos);
    c->unit->handler = handler;
    if (item->optional_vars) compile_store(c, item->optional_vars, enter);
    temp_release(c, inner);
    with_items(c, s, number + 1);
    block_pop(c, &block);
    compile_with_exit(c, &s->pos, exit, is_async);
    emit_jump(c, &s->pos, OP_JUMP, 0, 0, 0, end);
    with_failed(c, s, &h, handler, exit, is_async, end);
    label_bind(c, end);
    temp_release(c, mark);
}

static void with_items(Compiler *c, const AstStmt *s, int number) {
    bool is_async = s->kind == STMT_AsyncWith;
    const AstWithItemSeq *items = is_async ? &s->AsyncWith.items : &s->With.items;
    if (c->failed) return;
    if (number < items->count)
        with_item(c, s, items->items[number], number, is_async);
    else
        statements(c, is_async ? &s->AsyncWith.body : &s->With.body);
}

void compile_with(Compiler *c, const AstStmt *s) {
    if (s->kind == STMT_AsyncWith && !compile_may_await(c, c->unit)) {
        compile_error(c, &s->pos, "'async with' outside async function");
        return;
    }
    with_items(c, s, 0);
}
