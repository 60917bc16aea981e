/* Async generators and what awaits them: the objects that asend(), athrow() and aclose() give, and the
 * instructions of `await`, `async for` and `async with`.
 *
 * An async generator yields two things: what an inner `await` passes outwards (seen by the event loop), and
 * values for its consumer, which ASYNC_GEN_WRAP has put into a wrapper; the awaitable of asend() unwraps
 * them and ends with them as its result. */
#include "vm/exec/generator.h"
#include "vm/objects/list.h"
#include "vm/objects/type.h"

#define GEN(v) REF(PyGenerator, v)
#define ASYNC_OP(v) REF(PyAsyncGenOp, v)
enum { OP_INIT, OP_ITER, OP_CLOSED };

Value async_gen_wrap(Value value) {
    StmRef ref = gc_alloc(TYPE_ASYNC_GEN_WRAPPED, 0, sizeof(PyWrapped));
    REF(PyWrapped, ref)->inner = value;
    return ref;
}
const PyTypeSpec py_spec_async_gen_wrapped = {0};

/* ---- running one step ------------------------------------------------------------------------- */

static void flag_set(Value gen, uint64_t flag, bool on) {
    uint64_t flags = GET(GEN(gen), flags);
    SET(GEN(gen), flags, on ? flags | flag : flags & ~flag);
}
static void op_state(Value op, uint64_t state) { SET(ASYNC_OP(op), state, state); }
static bool is_wrapped(Value v) { return v && is_exactly(v, TYPE_ASYNC_GEN_WRAPPED); }

static Value raise_stop_async(void) {
    Value e = py_alloc_id(TYPE_StopAsyncIteration, 0), args = py_tuple_new(0);
    if (!e || !args) return 0;
    REF(PyException, e)->args = args;
    return py_raise_object(e);
}

static bool ended(void) { return py_error_is(TYPE_StopAsyncIteration) || py_error_is(TYPE_GeneratorExit); }

/* What the generator gave, as its consumer's awaitable gives it: VM_STOP with the consumer's value. */
static Value unwrap(Value gen, Value result) {
    if (result == VM_STOP) {
        raise_stop_async();
        result = 0;
    }
    if (!result) {
        if (ended()) flag_set(gen, GEN_FLAG_CLOSED, true);
        flag_set(gen, GEN_FLAG_RUNNING_ASYNC, false);
        return 0;
    }
    if (!is_wrapped(result)) return result;
    flag_set(gen, GEN_FLAG_RUNNING_ASYNC, false);
    generator_set_result(REF(PyWrapped, result)->inner);
    return VM_STOP;
}

/* ---- asend ------------------------------------------------------------------------------------ */

static bool asend_begin(Value op) {
    uint64_t state = GET(ASYNC_OP(op), state);
    if (state == OP_CLOSED)
        return py_raise(TYPE_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
    if (state == OP_ITER) return true;
    Value gen = ASYNC_OP(op)->generator;
    if (GET(GEN(gen), flags) & GEN_FLAG_RUNNING_ASYNC)
        return py_raise(TYPE_RuntimeError, "anext(): asynchronous generator is already running");
    op_state(op, OP_ITER);
    flag_set(gen, GEN_FLAG_RUNNING_ASYNC, true);
    return true;
}

static Value asend_send(Value op, Value sent) {
    bool first = GET(ASYNC_OP(op), state) == OP_INIT;
    if (!asend_begin(op)) return 0;
    Value gen = ASYNC_OP(op)->generator;
    if (first && sent == VM_NONE) sent = ASYNC_OP(op)->value;
    Value result = unwrap(gen, generator_send(gen, sent));
    if (!result || result == VM_STOP) op_state(op, OP_CLOSED);
    return result;
}

static Value asend_throw(Value op, Value exception) {
    if (!asend_begin(op)) return 0;
    Value gen = ASYNC_OP(op)->generator, result = unwrap(gen, generator_throw(gen, exception));
    if (!result || result == VM_STOP) op_state(op, OP_CLOSED);
    return result;
}

/* ---- athrow, aclose --------------------------------------------------------------------------- */

static bool is_aclose(Value op) { return !ASYNC_OP(op)->args; }

static Value raise_ignored(Value op) {
    flag_set(ASYNC_OP(op)->generator, GEN_FLAG_RUNNING_ASYNC, false);
    op_state(op, OP_CLOSED);
    return py_raise(TYPE_RuntimeError, "async generator ignored GeneratorExit");
}

/* The result of a step of the generator, as this awaitable's. */
static Value athrow_result(Value op, Value result) {
    Value gen = ASYNC_OP(op)->generator;
    if (!is_aclose(op)) {
        result = unwrap(gen, result);
        if (!result || result == VM_STOP) op_state(op, OP_CLOSED);
        return result;
    }
    if (is_wrapped(result)) return raise_ignored(op);
    if (result && result != VM_STOP) return result;
    flag_set(gen, GEN_FLAG_RUNNING_ASYNC, false);
    op_state(op, OP_CLOSED);
    if (!result && !ended()) return 0;
    py_error_clear();
    generator_set_result(VM_NONE);
    return VM_STOP;
}

static Value athrow_exception(Value op) {
    if (is_aclose(op)) return py_call0(py_type(TYPE_GeneratorExit));
    Value args = ASYNC_OP(op)->args, flat[3];
    size_t count = (size_t)tuple_length(args);
    for (size_t i = 0; i < count && i < 3; i++) flat[i] = tuple_item(args, (int64_t)i);
    return generator_throw_argument(flat, count);
}

/* Ready to go on: 1; finished already: VM_STOP; 0 with an exception. */
static Value athrow_begin(Value op) {
    Value gen = ASYNC_OP(op)->generator;
    uint64_t state = GET(ASYNC_OP(op), state), flags = GET(GEN(gen), flags);
    if (state == OP_CLOSED)
        return py_raise(TYPE_RuntimeError, "cannot reuse already awaited aclose()/athrow()");
    if (GET(GEN(gen), state) == GEN_DONE) {
        op_state(op, OP_CLOSED);
        generator_set_result(VM_NONE);
        return VM_STOP;
    }
    if (state == OP_ITER) return 1;
    if (flags & GEN_FLAG_RUNNING_ASYNC) {
        op_state(op, OP_CLOSED);
        return py_raise(TYPE_RuntimeError, "%s(): asynchronous generator is already running",
                        is_aclose(op) ? "aclose" : "athrow");
    }
    if (flags & GEN_FLAG_CLOSED) {
        op_state(op, OP_CLOSED);
        return raise_stop_async();
    }
    return 1;
}

static Value athrow_send(Value op, Value sent) {
    Value gen = ASYNC_OP(op)->generator, ready = athrow_begin(op);
    if (ready != 1) return ready;
    if (GET(ASYNC_OP(op), state) == OP_ITER) return athrow_result(op, generator_send(gen, sent));
    if (sent != VM_NONE)
        return py_raise(TYPE_RuntimeError, "can't send non-None value to a just-started coroutine");
    op_state(op, OP_ITER);
    flag_set(gen, GEN_FLAG_RUNNING_ASYNC, true);
    if (is_aclose(op)) flag_set(gen, GEN_FLAG_CLOSED, true);
    Value exception = athrow_exception(op);
    return exception ? athrow_result(op, generator_throw(gen, exception)) : 0;
}

static Value athrow_throw(Value op, Value exception) {
    Value ready = athrow_begin(op);
    if (ready == VM_STOP) return py_raise_object(exception);
    if (ready != 1) return ready;
    op_state(op, OP_ITER);
    flag_set(ASYNC_OP(op)->generator, GEN_FLAG_RUNNING_ASYNC, true);
    return athrow_result(op, generator_throw(ASYNC_OP(op)->generator, exception));
}

/* ---- anext ------------------------------------------------------------------------------------ */

/* `generator` is what __anext__() gave, and its iterator from the first step on; `value` the default. */
Value anext_awaitable_new(Value awaitable, Value fallback) {
    Value op = py_alloc_id(TYPE_ANEXT_AWAITABLE, 0);
    if (!op) return 0;
    ASYNC_OP(op)->generator = awaitable;
    ASYNC_OP(op)->value = fallback;
    return op;
}

static Value anext_iterator(Value op) {
    if (GET(ASYNC_OP(op), state) == OP_INIT) {
        Value it = vm_get_awaitable(GET(ASYNC_OP(op), generator), 0);
        if (!it) return 0;
        SET(ASYNC_OP(op), generator, it);
        op_state(op, OP_ITER);
    }
    return GET(ASYNC_OP(op), generator);
}

static Value anext_result(Value op, Value result) {
    if (result || !py_error_is(TYPE_StopAsyncIteration)) return result;
    py_error_clear();
    generator_set_result(ASYNC_OP(op)->value);
    return VM_STOP;
}

static Value anext_send(Value op, Value sent) {
    Value it = anext_iterator(op);
    return it ? anext_result(op, generator_send_any(it, sent)) : 0;
}

static Value anext_throw(Value op, Value exception) {
    Value it = anext_iterator(op);
    return it ? anext_result(op, generator_throw_any(it, exception)) : 0;
}

Value async_op_send(Value op, Value sent) {
    switch (shape_of(op)) {
    case TYPE_ASYNC_GEN_ASEND: return asend_send(op, sent);
    case TYPE_ASYNC_GEN_ATHROW: return athrow_send(op, sent);
    default: return anext_send(op, sent);
    }
}
Value async_op_throw(Value op, Value exception) {
    switch (shape_of(op)) {
    case TYPE_ASYNC_GEN_ASEND: return asend_throw(op, exception);
    case TYPE_ASYNC_GEN_ATHROW: return athrow_throw(op, exception);
    default: return anext_throw(op, exception);
    }
}

/* ---- types of the awaitables ------------------------------------------------------------------ */

static Value op_self(Value self) { return self; }
static Value op_next(Value self) { return async_op_send(self, VM_NONE); }
static Value op_method_send(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return generator_stop_as_exception(async_op_send(args[0], args[1]));
}
static Value op_method_throw(const Value *args, size_t nargs, Value kwnames) {
    (void)kwnames;
    if (nargs < 2) return py_raise(TYPE_TypeError, "throw expected at least 1 argument, got 0");
    Value exception = generator_throw_argument(args + 1, nargs - 1);
    return exception ? generator_stop_as_exception(async_op_throw(args[0], exception)) : 0;
}
static Value op_method_close(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    op_state(args[0], OP_CLOSED);
    return VM_NONE;
}
static Value anext_close(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value it = anext_iterator(args[0]);
    return it && generator_close_any(it) == 0 ? VM_NONE : 0;
}
static const PyMethodDef op_methods[] = {{"send", "($self, arg, /)", op_method_send, 0, 0},
                                         {"throw", 0, op_method_throw, 0, 0},
                                         {"close", "($self, /)", op_method_close, 0, 0},
                                         {0}};
const PyTypeSpec py_spec_async_gen_asend = {
    .slots = {.iter = op_self, .next = op_next, .await = op_self}, .methods = op_methods, .raw_words = 1};
const PyTypeSpec py_spec_async_gen_athrow = {
    .slots = {.iter = op_self, .next = op_next, .await = op_self}, .methods = op_methods, .raw_words = 1};

static const PyMethodDef anext_methods[] = {{"send", "($self, arg, /)", op_method_send, 0, 0},
                                            {"throw", 0, op_method_throw, 0, 0},
                                            {"close", "($self, /)", anext_close, 0, 0},
                                            {0}};
const PyTypeSpec py_spec_anext_awaitable = {
    .slots = {.iter = op_self, .next = op_next, .await = op_self}, .methods = anext_methods, .raw_words = 1};

/* ---- async generators ------------------------------------------------------------------------- */

static Value op_new(uint32_t type, Value gen, Value value, Value args) {
    VmThread *thread = vm_thread();
    if (!(GET(GEN(gen), flags) & GEN_FLAG_HOOKS_DONE)) {
        flag_set(gen, GEN_FLAG_HOOKS_DONE, true);
        SET(GEN(gen), finalizer, thread->async_gen_finalizer);
        generator_register_finalizer(gen);
        Value hook = thread->async_gen_firstiter;
        if (hook && hook != VM_NONE && !py_call1(hook, gen)) return 0;
    }
    Value op = py_alloc_id(type, 0);
    if (!op) return 0;
    ASYNC_OP(op)->generator = gen;
    ASYNC_OP(op)->value = value;
    ASYNC_OP(op)->args = args;
    return op;
}

static Value async_gen_anext(Value self) { return op_new(TYPE_ASYNC_GEN_ASEND, self, VM_NONE, 0); }
static Value method_asend(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return op_new(TYPE_ASYNC_GEN_ASEND, args[0], args[1], 0);
}
static Value method_athrow(const Value *args, size_t nargs, Value kwnames) {
    (void)kwnames;
    if (nargs < 2 || nargs > 4)
        return py_raise(TYPE_TypeError, nargs < 2 ? "athrow expected at least 1 argument, got %zu"
                                                  : "athrow expected at most 3 arguments, got %zu", nargs - 1);
    Value tuple = py_tuple_from(args + 1, nargs - 1);
    return tuple ? op_new(TYPE_ASYNC_GEN_ATHROW, args[0], VM_NONE, tuple) : 0;
}
static Value method_aclose(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return op_new(TYPE_ASYNC_GEN_ATHROW, args[0], VM_NONE, 0);
}

static Value async_gen_repr(Value self) {
    return py_str_format("<async_generator object %S at %p>", GET(GEN(self), qualname), (void *)gc_id(self));
}
static Value get_name(Value self) { return GET(GEN(self), name); }
static Value get_qualname(Value self) { return GET(GEN(self), qualname); }
static int set_text(Value self, Value value, bool qualified) {
    if (!value || !py_is_str(value))
        return py_raise_int(TYPE_TypeError, "%s must be set to a string object", qualified ? "__qualname__" : "__name__");
    if (qualified) SET(GEN(self), qualname, value);
    else SET(GEN(self), name, value);
    return 0;
}
static int set_name(Value self, Value value) { return set_text(self, value, false); }
static int set_qualname(Value self, Value value) { return set_text(self, value, true); }
static Value get_code(Value self) { return vm_code((uint32_t)GEN(self)->code_id)->object; }
static Value get_running(Value self) {
    return vm_bool((GET(GEN(self), flags) & GEN_FLAG_RUNNING_ASYNC) != 0);
}

static const PyMethodDef async_gen_methods[] = {
    {"asend", "($self, value, /)", method_asend, 0, "asend(v) -> send 'v' in generator."},
    {"athrow", 0, method_athrow, 0, "athrow(value)\nathrow(type[,value[,tb]])\n\nraise exception in generator."},
    {"aclose", "($self, /)", method_aclose, 0, "aclose() -> raise GeneratorExit inside generator."},
    CLASS_GETITEM,
    {0}};
static const PyGetSetDef async_gen_getsets[] = {{"__name__", get_name, set_name, "name of the async generator"},
                                                {"__qualname__", get_qualname, set_qualname, "qualified name of the async generator"},
                                                {"ag_await", generator_attr_yield_from, 0, "object being awaited on, or None"},
                                                {"ag_running", get_running, 0, 0},
                                                {"ag_frame", generator_frame_object, 0, 0},
                                                {"ag_code", get_code, 0, 0},
                                                {0}};
const PyTypeSpec py_spec_async_generator = {
    .slots = {.repr = async_gen_repr, .aiter = op_self, .anext = async_gen_anext},
    .methods = async_gen_methods,
    .getsets = async_gen_getsets,
    .raw_words = 4,
};

/* ---- instructions ----------------------------------------------------------------------------- */

/* The method's result, or VM_UNBOUND where the type has none. */
static Value call_special(Value v, Value name, Value (*slot)(Value)) {
    if (is_ref(v) && type_flag(v, VM_TYPE_HEAP)) return special_call(v, name, 0, 0);
    return slot ? slot(v) : VM_UNBOUND;
}

static bool is_awaitable_generator(Value v) {
    return is_exactly(v, TYPE_COROUTINE) ||
           (is_exactly(v, TYPE_GENERATOR) && vm_code((uint32_t)GEN(v)->code_id)->flags & CODE_ITERABLE_COROUTINE);
}

Value vm_get_awaitable(Value v, unsigned context) {
    if (is_awaitable_generator(v)) {
        if (is_exactly(v, TYPE_COROUTINE) && generator_attr_yield_from(v) != VM_NONE)
            return py_raise(TYPE_RuntimeError, "coroutine is being awaited already");
        return v;
    }
    Value it = call_special(v, NAME(__await__), slots_of(v)->await);
    if (it == VM_UNBOUND) {
        if (context)
            return py_raise(TYPE_TypeError, "'async with' received an object from %s that does not implement __await__: %T",
                            context == 1 ? "__aenter__" : "__aexit__", v);
        return py_raise(TYPE_TypeError, "object %T can't be used in 'await' expression", v);
    }
    if (!it) return 0;
    if (is_awaitable_generator(it)) return py_raise(TYPE_TypeError, "__await__() returned a coroutine");
    bool iterator = type_flag(it, VM_TYPE_HEAP) && is_ref(it) ? type_has(py_type_of(it), NAME(__next__))
                                                              : slots_of(it)->next != 0;
    if (!iterator) return py_raise(TYPE_TypeError, "__await__() returned non-iterator of type '%T'", it);
    return it;
}

static bool has_anext(Value v) {
    if (is_ref(v) && type_flag(v, VM_TYPE_HEAP)) return type_has(py_type_of(v), NAME(__anext__));
    return slots_of(v)->anext != 0;
}

Value vm_get_aiter(Value v) {
    Value it = call_special(v, NAME(__aiter__), slots_of(v)->aiter);
    if (it == VM_UNBOUND)
        return py_raise(TYPE_TypeError, "'async for' requires an object with __aiter__ method, got %T", v);
    if (it && !has_anext(it))
        return py_raise(TYPE_TypeError,
                        "'async for' received an object from __aiter__ that does not implement __anext__: %T", it);
    return it;
}

Value vm_get_anext(Value v) {
    if (is_exactly(v, TYPE_ASYNC_GENERATOR)) return async_gen_anext(v);
    Value next = call_special(v, NAME(__anext__), slots_of(v)->anext);
    if (next == VM_UNBOUND)
        return py_raise(TYPE_TypeError, "'async for' requires an iterator with __anext__ method, got %T", v);
    if (!next) return 0;
    Value awaitable = vm_get_awaitable(next, 0);
    if (awaitable) return awaitable;
    Value cause = py_error_take();
    py_raise(TYPE_TypeError, "'async for' received an invalid object from __anext__: %T", next);
    PyException GS *e = REF(PyException, py_error());
    SET(e, cause, cause);
    SET(e, context, cause);
    SET(e, suppress_context, 1);
    return 0;
}
