/* if, loops, and leaving blocks by return, break and continue.
 *
 * Leaving a block runs its clean-up (a copy of the finally body, the exit call of `with`, ...) in
 * place, under the handler that is active outside that block. */
#include "vm/front/compiler.h"

enum { MAX_BLOCKS = 20 };

void block_push(Compiler *c, Block *block, BlockKind kind, const AstPos *pos) {
    Unit *u = c->unit;
    if (++u->block_depth > MAX_BLOCKS) compile_error(c, pos, "too many statically nested blocks");
    block->outer = u->block;
    block->kind = kind;
    block->handler = u->handler;
    block->pos = *pos;
    u->block = block;
}

void block_pop(Compiler *c, Block *block) {
    c->unit->block = block->outer;
    c->unit->handler = block->handler;
    c->unit->block_depth--;
}

static void unbind_name(Compiler *c, const AstPos *pos, const char *name) {
    Reg local = name_local(c, name);
    if (local != NO_REG) {
        emit(c, pos, OP_LOAD_IMM, 0, local, (int)VM_UNBOUND, 0);
        return;
    }
    int mark = temp_mark(c);
    Reg none = temp_new(c);
    emit_none(c, pos, none);
    compile_name_store(c, pos, name, none);
    compile_name_delete(c, pos, name);
    temp_release(c, mark);
}

void block_unwind(Compiler *c, Block *block, const AstPos *pos) {
    switch (block->kind) {
    case BLOCK_LOOP:
    case BLOCK_TRY: return;
    case BLOCK_FINALLY_TRY:
        for (int i = 0; i < block->finalbody->count; i++)
            compile_stmt(c, block->finalbody->items[i]);
        return;
    case BLOCK_HANDLER: emit(c, pos, OP_POP_EXC, 0, block->reg, 0, 0); return;
    case BLOCK_NAMED: unbind_name(c, pos, block->name); return;
    case BLOCK_WITH: compile_with_exit(c, &block->pos, block->reg, block->is_async); return;
    case BLOCK_GROUP:
        compile_error(c, pos, "'break', 'continue' and 'return' cannot appear in an except* block");
        return;
    }
}

/* Cleans up the blocks inside `until`, innermost first. The caller emits the jump and then calls
 * wind_again. The jump's place: none if other lines were run on the way. */
static const AstPos *unwind_blocks(Compiler *c, Block *until, const AstPos *pos) {
    Unit *u = c->unit;
    const AstPos *jump_pos = pos;
    for (Block *b = u->block; b != until && !c->failed; b = b->outer) {
        u->handler = b->handler;
        u->block = b->outer;
        block_unwind(c, b, pos);
        if (b->kind == BLOCK_FINALLY_TRY || b->kind == BLOCK_WITH) jump_pos = &compile_no_pos;
    }
    return jump_pos;
}

static void wind_again(Compiler *c, Block *block, int handler) {
    c->unit->block = block;
    c->unit->handler = handler;
}

static Block *innermost_loop(const Unit *u) {
    Block *b = u->block;
    while (b && b->kind != BLOCK_LOOP) b = b->outer;
    return b;
}

static bool unwinding_runs_code(const Unit *u) {
    for (const Block *b = u->block; b; b = b->outer)
        if (b->kind == BLOCK_FINALLY_TRY || b->kind == BLOCK_WITH || b->kind == BLOCK_NAMED)
            return true;
    return false;
}

void compile_return(Compiler *c, const AstStmt *s) {
    Unit *u = c->unit;
    const AstExpr *value = s->Return.value;
    if (u->scope->block != SYM_FUNCTION) {
        compile_error(c, &s->pos, "'return' outside function");
        return;
    }
    if (value && u->scope->coroutine && u->scope->generator) {
        compile_error(c, &s->pos, "'return' with value in async generator");
        return;
    }
    int mark = temp_mark(c), handler = u->handler;
    Block *block = u->block;
    const AstConst *k = compile_static_value(value);
    Reg r = NO_REG;
    if (value && !k) {
        r = compile_operand(c, value, NO_REG);
        if (!is_temp(c, r) && unwinding_runs_code(u)) {
            Reg copy = temp_new(c);
            emit_move(c, &value->pos, copy, r);
            r = copy;
        }
    }
    if (k) emit_line(c, &value->pos);
    if (!value || value->pos.lineno != s->pos.lineno) emit_line(c, &s->pos);
    const AstPos *pos = unwind_blocks(c, 0, &s->pos);
    if (r == NO_REG) {
        r = temp_new(c);
        if (k)
            emit_constant(c, pos, r, k);
        else
            emit_none(c, pos, r);
    }
    emit(c, pos, OP_RETURN, 0, r, 0, 0);
    wind_again(c, block, handler);
    temp_release(c, mark);
}

static void leave_loop(Compiler *c, const AstStmt *s, bool again) {
    Unit *u = c->unit;
    int handler = u->handler;
    Block *block = u->block, *loop = innermost_loop(u);
    if (!loop) {
        /* blocks of except* on the way complain first, as they do inside a loop */
        unwind_blocks(c, 0, &s->pos);
        wind_again(c, block, handler);
        compile_error(c, &s->pos,
                      again ? "'continue' not properly in loop" : "'break' outside loop");
        return;
    }
    emit_line(c, &s->pos);
    const AstPos *pos = unwind_blocks(c, loop, &s->pos);
    u->handler = loop->handler;
    if (again)
        emit_jump(c, pos, OP_JUMP_BACK, 0, 0, 0, loop->continue_label);
    else
        emit_jump(c, pos, OP_JUMP, 0, 0, 0, loop->break_label);
    wind_again(c, block, handler);
}

void compile_break(Compiler *c, const AstStmt *s) { leave_loop(c, s, false); }
void compile_continue(Compiler *c, const AstStmt *s) { leave_loop(c, s, true); }

static void statements(Compiler *c, const AstStmtSeq *body) {
    for (int i = 0; i < body->count; i++) compile_stmt(c, body->items[i]);
}

/* A chain of elif is a loop here, not a recursion: it may be thousands long. */
void compile_if(Compiler *c, const AstStmt *s) {
    int end = label_new(c);
    for (;;) {
        int next = label_new(c);
        const AstStmtSeq *orelse = &s->If.orelse;
        compile_jump_if(c, s->If.test, next, false);
        statements(c, &s->If.body);
        if (orelse->count) {
            emit_jump(c, &compile_no_pos, OP_JUMP, 0, 0, 0, end);
        }
        label_bind(c, next);
        if (orelse->count != 1 || orelse->items[0]->kind != STMT_If || c->failed) {
            statements(c, orelse);
            break;
        }
        s = orelse->items[0];
    }
    label_bind(c, end);
}

void compile_while(Compiler *c, const AstStmt *s) {
    Block loop = {.continue_label = label_new(c), .break_label = label_new(c)};
    int orelse = label_new(c);
    block_push(c, &loop, BLOCK_LOOP, &s->pos);
    label_bind(c, loop.continue_label);
    compile_jump_if(c, s->While.test, orelse, false);
    if (compile_static_value(s->While.test)) { /* the jump back has the line of the test */
        int again = label_new(c);
        label_bind(c, again);
        statements(c, &s->While.body);
        emit_jump(c, &s->While.test->pos, OP_JUMP_BACK, 0, 0, 0, again);
    } else {
        statements(c, &s->While.body);
        emit_jump(c, &compile_no_pos, OP_JUMP_BACK, 0, 0, 0, loop.continue_label);
    }
    block_pop(c, &loop);
    label_bind(c, orelse);
    statements(c, &s->While.orelse);
    label_bind(c, loop.break_label);
}

void compile_for_iter(Compiler *c, const AstPos *pos, int op, const AstExpr *target, Reg iterator, int end) {
    int mark = temp_mark(c);
    Reg local = target->kind == EXPR_Name ? name_local(c, target->Name.id) : NO_REG;
    if (local != NO_REG) {
        compile_forbidden_name(c, &target->pos, target->Name.id, AST_Store);
        emit_jump(c, pos, op, 0, local, iterator, end);
    } else {
        Reg item = temp_new(c);
        emit_jump(c, pos, op, 0, item, iterator, end);
        compile_store(c, target, item);
    }
    temp_release(c, mark);
}

Reg compile_loop_start(Compiler *c, const AstPos *pos, const AstExpr *iterable) {
    Reg loop = temp_run(c, 3), r = compile_operand(c, iterable, loop);
    emit(c, pos, OP_GET_LOOP, 0, loop, r, 0);
    return loop;
}

Reg compile_async_loop_start(Compiler *c, const AstPos *pos, const AstExpr *iterable) {
    Reg iterator = temp_new(c), r = compile_operand(c, iterable, iterator);
    emit(c, pos, OP_GET_AITER, 0, iterator, r, 0);
    return iterator;
}

void compile_for(Compiler *c, const AstStmt *s) {
    int mark = temp_mark(c), end = label_new(c);
    Block loop = {.continue_label = label_new(c), .break_label = label_new(c)};
    Reg iterator = compile_loop_start(c, &s->pos, s->For.iter);
    block_push(c, &loop, BLOCK_LOOP, &s->pos);
    label_bind(c, loop.continue_label);
    compile_for_iter(c, &s->pos, OP_FOR_LOOP, s->For.target, iterator, end);
    statements(c, &s->For.body);
    emit_jump(c, &compile_no_pos, OP_JUMP_BACK, 0, 0, 0, loop.continue_label);
    block_pop(c, &loop);
    label_bind(c, end);
    statements(c, &s->For.orelse);
    label_bind(c, loop.break_label);
    temp_release(c, mark);
}

void compile_async_for(Compiler *c, const AstStmt *s) {
    if (!compile_may_await(c, c->unit)) {
        compile_error(c, &s->pos, "'async for' outside async function");
        return;
    }
    int mark = temp_mark(c);
    Block loop = {.continue_label = label_new(c), .break_label = label_new(c)};
    Reg iterator = compile_async_loop_start(c, &s->pos, s->AsyncFor.iter), exception = temp_new(c), item = temp_new(c);
    block_push(c, &loop, BLOCK_LOOP, &s->pos);
    label_bind(c, loop.continue_label);
    int handler = handler_new(c, exception);
    c->unit->handler = handler;
    emit(c, &s->pos, OP_GET_ANEXT, 0, item, iterator, 0);
    compile_delegate(c, &s->pos, item, item);
    c->unit->handler = loop.handler;
    compile_store(c, s->AsyncFor.target, item);
    statements(c, &s->AsyncFor.body);
    emit_jump(c, &compile_no_pos, OP_JUMP_BACK, 0, 0, 0, loop.continue_label);
    block_pop(c, &loop);
    handler_bind(c, handler);
    emit(c, &s->pos, OP_END_ASYNC_FOR, 0, exception, 0, 0);
    statements(c, &s->AsyncFor.orelse);
    label_bind(c, loop.break_label);
    temp_release(c, mark);
}
