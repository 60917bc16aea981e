/* Resuming and suspending generators; delegation; throw and close. The Python types are in
 * objects/generator.c. */
#include "vm/exec/generator.h"
#include "vm/exec/save.h"
#include "vm/objects/type.h"

static PyGenerator GS *gen_of(Value v) { return REF(PyGenerator, v); }
static VmCode *gen_code(Value v) { return vm_code((uint32_t)gen_of(v)->code_id); }

const char *generator_noun(Value v) {
    switch (shape_of(v)) {
    case TYPE_COROUTINE: return "coroutine";
    case TYPE_ASYNC_GENERATOR: return "async generator";
    default: return "generator";
    }
}

/* ---- frames in and out ------------------------------------------------------------------------ */

static uint32_t object_type(const VmCode *code) {
    return code->flags & CODE_COROUTINE         ? TYPE_COROUTINE
           : code->flags & CODE_ASYNC_GENERATOR ? TYPE_ASYNC_GENERATOR
                                                : TYPE_GENERATOR;
}

/* cr_origin: (file, line, function) of the innermost callers; 0 without memory. */
static Value origin_of(const VmFrame *frame, uint32_t depth) {
    uint32_t count = 0;
    for (const VmFrame *f = frame; f && count < depth; f = f->prev) count++;
    Value origin = py_tuple_new(count);
    for (uint32_t i = 0; origin && i < count; i++, frame = frame->prev) {
        int line = vm_code_line_near(frame->code, (uint32_t)(frame->pc - frame->code->instrs));
        Value entry = py_tuple_pack(3, frame->code->filename, int_make(line), frame->code->name);
        if (!entry) return 0;
        REF(PyTuple, origin)->items[i] = entry;
    }
    return origin;
}

Value generator_from_frame(VmThread *thread, VmFrame *frame) {
    VmCode *code = frame->code;
    Value v = py_alloc_id(object_type(code), code->register_count * sizeof(Value));
    if (!v) return 0;
    PyGenerator GS *g = gen_of(v);
    PyFunction GS *function = REF(PyFunction, frame->function);
    g->code_id = code->id;
    g->lasti = (uint64_t)(frame->pc - code->instrs);
    g->state = GEN_CREATED;
    g->function = frame->function;
    g->name = GET(function, name);
    g->qualname = GET(function, qualname);
    g->handled = VM_NONE;
    for (uint32_t i = 0; i < code->register_count; i++) g->registers[i] = frame->registers[i];
    if (!(code->flags & CODE_COROUTINE)) return v;
    if (UNLIKELY(!(code->flags & CODE_OPTIMIZED))) g->finalizer = frame->locals;
    generator_register_finalizer(v);
    if (LIKELY(!thread->origin_depth)) return v;
    g->origin = origin_of(frame->prev, thread->origin_depth);
    return g->origin ? v : 0;
}

static void set_state(PyGenerator GS *g, uint64_t state) {
    if (UNLIKELY(SEG->multi)) stm_write(&g->head, &g->state);
    g->state = state;
}

static Value raise_running(Value v) {
    return py_raise(TYPE_ValueError, "%s already executing", generator_noun(v));
}

Value generator_push(VmThread *thread, Value v, Value sent, uint16_t result_reg, uint8_t action) {
    PyGenerator GS *g = gen_of(v);
    uint64_t state = GET(g, state);
    if (UNLIKELY(state == GEN_DONE)) {
        if (shape_of(v) == TYPE_COROUTINE)
            return py_raise(TYPE_RuntimeError, "cannot reuse already awaited coroutine");
        thread->generator_result = VM_NONE;
        return VM_STOP;
    }
    if (UNLIKELY(state == GEN_RUNNING)) return raise_running(v);
    if (UNLIKELY(state == GEN_CREATED && sent != VM_NONE && sent != VM_UNBOUND))
        return py_raise(TYPE_TypeError, "can't send non-None value to a just-started %s",
                        generator_noun(v));
    VmCode *code = gen_code(v);
    VmFrame *caller = thread->frame;
    VmFrame *frame = caller ? frame_end(caller) : (VmFrame *)thread->stack;
    uint32_t depth = caller ? caller->depth + 1 : 0, count = code->register_count;
    if (UNLIKELY((uint8_t *)&frame->registers[count] > thread->stack_limit ||
                 depth >= thread->depth_limit))
        return frame_raise_recursion("");
    stm_read(&g->flags); /* GEN_RESUMED: for all that a resume reads */
    const VmInstr *pc = code->instrs + g->lasti;
    frame->prev = caller;
    frame->code = code;
    frame->function = g->function;
    frame->resumer_handled = thread->handled;
    frame->object = g->frame;
    frame->generator = v;
    frame->result_reg = result_reg;
    frame->action = action;
    frame->flags = g->frame ? FRAME_OBJECT : 0;
    frame->depth = depth;
    for (uint32_t i = 0; i < count; i++) frame->registers[i] = g->registers[i];
    frame->pc = pc->op == OP_YIELD_FROM ? pc : pc + 1;
    if (LIKELY(sent != VM_UNBOUND)) {
        if (state == GEN_SUSPENDED) frame->registers[pc->a] = sent;
    } else {
        frame->pc = pc;
    }
    if (g->handled != VM_NONE) {
        thread->handled = g->handled;
        frame->flags |= FRAME_HANDLES;
    }
    set_state(g, GEN_RUNNING);
    thread->frame = frame;
    return VM_PUSHED;
}

/* thread->handled as it was before the resume. */
static Value give_handled_back(VmThread *thread, VmFrame *frame) {
    Value own = frame->flags & FRAME_HANDLES ? thread->handled : VM_NONE;
    thread->handled = frame->resumer_handled;
    return own;
}

void generator_suspend(VmThread *thread, VmFrame *frame) {
    PyGenerator GS *g = gen_of(frame->generator);
    uint32_t count = frame->code->register_count, used = frame->pc->c;
    stm_read(&g->flags);
    if (UNLIKELY(g->head.flags & STMF_BARRIER))
        stm_write_range(&g->head, &g->lasti, gc_object_size(&g->head) - 16);
    g->flags += GEN_RESUMED;
    g->lasti = (uint64_t)(frame->pc - frame->code->instrs);
    g->state = GEN_SUSPENDED;
    g->handled = give_handled_back(thread, frame);
    g->frame = frame->object;
    for (uint32_t i = 0; i < used; i++) g->registers[i] = frame->registers[i];
    for (uint32_t i = used; i < count; i++) g->registers[i] = VM_UNBOUND;
    if (frame->code->handler_count && !(g->flags & GEN_FLAG_FINALIZER) &&
        vm_find_handler(frame->code, (uint32_t)g->lasti))
        generator_register_finalizer(frame->generator);
    if (UNLIKELY(frame->flags & FRAME_WATERMARK)) {
        frame->flags &= (uint8_t)~FRAME_OBJECT;
        frame_leave_slow(thread, frame);
    }
    thread->frame = frame->prev;
}

void generator_finish(VmThread *thread, VmFrame *frame) {
    PyGenerator GS *g = gen_of(frame->generator);
    uint32_t count = frame->code->register_count;
    stm_write_range(&g->head, &g->lasti, gc_object_size(&g->head) - 16);
    g->lasti = (uint64_t)(frame->pc - frame->code->instrs);
    g->state = GEN_DONE;
    g->flags = (g->flags | GEN_FLAG_CLOSED) + GEN_RESUMED;
    g->handled = VM_NONE;
    g->frame = 0;
    for (uint32_t i = 0; i < count; i++) g->registers[i] = VM_UNBOUND;
    give_handled_back(thread, frame);
}

/* Raise RuntimeError(text) because of thread->exception. */
static void raise_from_pending(VmThread *thread, const char *noun, const char *what) {
    Value cause = thread->exception;
    py_raise(TYPE_RuntimeError, "%s raised %s", noun, what);
    PyException GS *e = REF(PyException, thread->exception);
    SET(e, cause, cause);
    SET(e, context, cause);
    SET(e, suppress_context, 1);
}

void generator_convert_exception(VmThread *thread, VmFrame *frame) {
    Value v = frame->generator;
    if (py_error_is(TYPE_StopIteration))
        raise_from_pending(thread, generator_noun(v), "StopIteration");
    else if (shape_of(v) == TYPE_ASYNC_GENERATOR && py_error_is(TYPE_StopAsyncIteration))
        raise_from_pending(thread, generator_noun(v), "StopAsyncIteration");
}

Value generator_raise_stop(Value value) {
    Value e = py_alloc_id(TYPE_StopIteration, 0);
    Value args = value == VM_NONE ? py_tuple_new(0) : py_tuple_from(&value, 1);
    if (!e || !args) return 0;
    REF(PyStopIteration, e)->args = args;
    REF(PyStopIteration, e)->value = value;
    return py_raise_object(e);
}

bool generator_return(VmThread *thread, uint8_t action, uint16_t result_reg, Value result) {
    VmFrame *frame = thread->frame;
    switch (action) {
    case VM_RETURN_GENERATOR_FOR: frame->pc += 2 + (int16_t)frame->pc->c; return true;
    case VM_RETURN_GENERATOR_FROM:
        frame->registers[result_reg] = result;
        frame->pc += 1;
        return true;
    default: generator_raise_stop(result); return false;
    }
}

/* ---- from C ----------------------------------------------------------------------------------- */

Value generator_send(Value v, Value sent) {
    VmThread *thread = vm_thread();
    if (UNLIKELY(vm_c_stack_is_low(thread))) return frame_raise_recursion("");
    Value pushed = generator_push(thread, v, sent, 0, VM_RETURN_GENERATOR_C);
    return pushed == VM_PUSHED ? vm_run_nested(thread, thread->frame, false) : pushed;
}

Value generator_stop_from_exception(void) {
    if (!py_error_is(TYPE_StopIteration)) return 0;
    Value e = py_error_take(), value = GET(REF(PyStopIteration, e), value);
    generator_set_result(value ? value : VM_NONE);
    return VM_STOP;
}

Value generator_send_any(Value it, Value sent) {
    if (is_generator_like(it)) return generator_send(it, sent);
    uint32_t shape = shape_of(it);
    if (is_async_op(it)) return async_op_send(it, sent);
    if (shape == TYPE_COROUTINE_WRAPPER) return generator_send(REF(PyWrapped, it)->inner, sent);
    Value value;
    if (sent != VM_NONE) {
        value = py_call_method(it, "send", 1, &sent);
    } else if (type_flag(it, VM_TYPE_HEAP)) {
        Value next = py_lookup_special(it, NAME(__next__));
        if (!next) {
            if (!py_error())
                py_raise(TYPE_TypeError, "'%T' object is not an iterator", it);
            return 0;
        }
        value = py_call0(next);
    } else {
        generator_set_result(VM_NONE);
        value = py_next(it);
    }
    return value ? value : generator_stop_from_exception();
}

Value generator_delegate(VmThread *thread, VmFrame *frame, Value it, Value sent) {
    const VmInstr *pc = frame->pc;
    Value value = LIKELY(is_generator_like(it))
                      ? generator_push(thread, it, sent, pc->a, VM_RETURN_GENERATOR_FROM)
                      : generator_send_any(it, sent);
    if (value == VM_STOP) frame->registers[pc->a] = thread->generator_result;
    return value;
}

Value generator_yield_from_iter(VmFrame *frame, Value v) {
    uint32_t shape = shape_of(v);
    if (shape == TYPE_GENERATOR) return v;
    if (shape == TYPE_COROUTINE) {
        if (frame->code->flags & (CODE_COROUTINE | CODE_ITERABLE_COROUTINE)) return v;
        return py_raise(TYPE_TypeError,
                        "cannot 'yield from' a coroutine object in a non-coroutine generator");
    }
    return py_iter(v);
}

Value generator_stop_as_exception(Value value) {
    return value == VM_STOP ? generator_raise_stop(vm_thread()->generator_result) : value;
}

Value generator_end_as_exception(Value it) {
    bool has_result = is_generator_like(it) || is_async_op(it) || shape_of(it) == TYPE_COROUTINE_WRAPPER || shape_of(it) == TYPE_FUTURE_ITER;
    return generator_raise_stop(has_result ? vm_thread()->generator_result : VM_NONE);
}

/* ---- throw, close ----------------------------------------------------------------------------- */

/* What a suspended generator delegates to, or 0. */
static Value delegate_of(Value v) {
    PyGenerator GS *g = gen_of(v);
    if (GET(g, state) != GEN_SUSPENDED) return 0;
    const VmInstr *pc = gen_code(v)->instrs + GET(g, lasti);
    return pc->op == OP_YIELD_FROM ? GET(g, registers[pc->b]) : 0;
}

/* The same for a frame on the stack that was resumed to raise. */
static Value delegate_in(const VmFrame *frame) {
    return frame->pc->op == OP_YIELD_FROM ? frame->registers[frame->pc->b] : 0;
}

Value generator_attr_yield_from(Value v) {
    Value it = delegate_of(v);
    return it ? it : VM_NONE;
}

/* close() of a delegate: whatever it is. */
int generator_close_any(Value it) {
    uint32_t shape = shape_of(it);
    if (shape == TYPE_GENERATOR || shape == TYPE_COROUTINE) return generator_close(it);
    if (shape == TYPE_COROUTINE_WRAPPER) return generator_close(REF(PyWrapped, it)->inner);
    Value method = py_getattr_opt(it, NAME(close));
    if (!method) {
        py_write_unraisable(it);
        return 0;
    }
    return method == VM_UNBOUND || py_call0(method) ? 0 : -1;
}

/* Raise `exception` where the running frame, a generator's that was resumed for it, stands. Its context is what that handles
 * itself; what one that delegates to it handles becomes its context when it gets there (leave_raising). */
static void raise_inside(VmThread *thread, Value exception) {
    if (thread->frame->flags & FRAME_HANDLES) py_raise_object(exception);
    else thread->exception = exception;
}

/* Resume the generators from `v` down to the innermost that is to see the exception, frame upon frame as when they run. Their
 * number; where it is not all, an exception is set. */
static int push_waiting(VmThread *thread, Value v, bool all) {
    uint8_t action = VM_RETURN_GENERATOR_C;
    uint16_t result_reg = 0;
    for (int count = 0;; count++) {
        Value it = delegate_of(v);
        if (generator_push(thread, v, VM_UNBOUND, result_reg, action) != VM_PUSHED) return count;
        if (count == 0) thread->frame->flags |= FRAME_ENTRY;
        if (!it || !all || !is_generator_like(it)) return count + 1;
        action = VM_RETURN_GENERATOR_FROM;
        result_reg = thread->frame->pc->a;
        v = it;
    }
}

/* What the delegate of the running frame makes of the exception: as generator_send; 0 also where it knows no throw(). */
static Value throw_into_delegate(VmThread *thread, Value it, Value exception) {
    if (py_is_instance_of(exception, TYPE_GeneratorExit)) {
        if (generator_close_any(it) == 0) raise_inside(thread, exception);
        return 0;
    }
    if (!is_async_op(it) && shape_of(it) != TYPE_COROUTINE_WRAPPER) {
        Value method = py_getattr_opt(it, NAME(throw));
        if (method == VM_UNBOUND) raise_inside(thread, exception);
        if (!method || method == VM_UNBOUND) return 0;
    }
    return generator_throw_any(it, exception);
}

/* The running frame yields `value`, and so do those that delegate to it, up to the one resumed from C. */
static Value yield_on(VmThread *thread, Value value) {
    for (bool entry = false; !entry;) {
        entry = thread->frame->flags & FRAME_ENTRY;
        generator_suspend(thread, thread->frame);
    }
    return value;
}

static Value throw_into(VmThread *thread, Value v, Value exception) {
    uint64_t state = GET(gen_of(v), state);
    if (state == GEN_RUNNING) return raise_running(v);
    if (state == GEN_DONE) {
        if (shape_of(v) == TYPE_COROUTINE)
            return py_raise(TYPE_RuntimeError, "cannot reuse already awaited coroutine");
        thread->exception = exception;
        return 0;
    }
    int pushed = push_waiting(thread, v, !py_is_instance_of(exception, TYPE_GeneratorExit));
    if (pushed == 0) return 0;
    VmFrame *frame = thread->frame;
    if (py_error()) return interp_enter(thread, true);
    Value it = delegate_in(frame);
    if (!it) {
        raise_inside(thread, exception);
        return interp_enter(thread, true);
    }
    Value value = throw_into_delegate(thread, it, exception);
    if (!value) return interp_enter(thread, true);
    if (value != VM_STOP) return yield_on(thread, value);
    frame->registers[frame->pc->a] = thread->generator_result;
    frame->pc += 1;
    return interp_enter(thread, false);
}

Value generator_throw(Value v, Value exception) {
    VmThread *thread = vm_thread();
    if (UNLIKELY(vm_c_stack_is_low(thread))) return frame_raise_recursion("");
    Value outer = thread->thrown;
    thread->thrown = exception;
    Value value = throw_into(thread, v, exception);
    thread->thrown = outer;
    return value;
}

Value generator_throw_any(Value it, Value exception) {
    if (is_generator_like(it)) return generator_throw(it, exception);
    uint32_t shape = shape_of(it);
    if (is_async_op(it))
        return async_op_throw(it, exception);
    if (shape == TYPE_COROUTINE_WRAPPER)
        return generator_throw(REF(PyWrapped, it)->inner, exception);
    Value value = py_call_method(it, "throw", 1, &exception);
    return value ? value : generator_stop_from_exception();
}

int generator_close(Value v) {
    uint64_t state = GET(gen_of(v), state);
    if (state == GEN_CREATED) {
        PyGenerator GS *g = gen_of(v);
        set_state(g, GEN_DONE);
        SET(g, flags, (g->flags | GEN_FLAG_CLOSED) + GEN_RESUMED);
        SET(g, frame, 0);
        return 0;
    }
    if (state == GEN_DONE) return 0;
    Value exit = py_alloc_id(TYPE_GeneratorExit, 0);
    if (!exit) return -1;
    REF(PyException, exit)->args = py_tuple_new(0);
    Value value = generator_throw(v, exit);
    if (value == VM_STOP) return 0;
    if (value)
        return py_raise_int(TYPE_RuntimeError, "%s ignored GeneratorExit", generator_noun(v));
    if (py_error_is(TYPE_GeneratorExit) || py_error_is(TYPE_StopIteration)) {
        py_error_clear();
        return 0;
    }
    return -1;
}

/* What the class gives, or the exception that says why it gives none. */
static Value instantiate(Value type, Value value) {
    Value e = value == VM_NONE ? py_call0(type) : py_is_tuple(value) ? py_call_kw(type, value, 0) : py_call1(type, value);
    if (e && !py_is_exception(e)) {
        py_raise(TYPE_TypeError, "calling %R should have returned an instance of BaseException, not %R", type,
                 py_type_of(e));
        e = 0;
    }
    return e ? e : py_error_take();
}

Value generator_throw_argument(const Value *args, size_t nargs) {
    Value type = args[0], value = nargs > 1 ? args[1] : VM_NONE;
    Value traceback = nargs > 2 ? args[2] : VM_NONE;
    if (traceback != VM_NONE && !is_exactly(traceback, TYPE_TRACEBACK))
        return py_raise(TYPE_TypeError, "throw() third argument must be a traceback object");
    Value exception = type;
    if (py_is_type(type) && py_type_is_subtype(type, py_type(TYPE_BaseException))) {
        if (value != VM_NONE && py_is_exception(value) && py_is_instance_of(value, TYPE_BaseException) &&
            py_type_is_subtype(py_type_of(value), type))
            exception = value;
        else
            exception = instantiate(type, value);
    } else if (py_is_exception(type)) {
        if (value != VM_NONE)
            return py_raise(TYPE_TypeError, "instance exception may not have a separate value");
    } else {
        return py_raise(TYPE_TypeError,
                        "exceptions must be classes or instances deriving from BaseException, not %T",
                        type);
    }
    if (traceback != VM_NONE) SET(REF(PyException, exception), traceback, traceback);
    return exception;
}
