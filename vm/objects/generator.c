/* The Python types generator and coroutine. What they do is in exec/generator.c. */
#include "vm/exec/generator.h"
#include "vm/objects/type.h"

#define GEN(v) REF(PyGenerator, v)

static Value generator_self(Value self) { return self; }

static Value generator_next(Value self) { return generator_send(self, VM_NONE); }

static Value method_send(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return generator_stop_as_exception(generator_send(args[0], args[1]));
}
static Value method_throw(const Value *args, size_t nargs, Value kwnames) {
    (void)kwnames;
    if (nargs < 2 || nargs > 4)
        return py_raise(TYPE_TypeError, nargs < 2 ? "throw expected at least 1 argument, got %zu"
                                                  : "throw expected at most 3 arguments, got %zu", nargs - 1);
    Value exception = generator_throw_argument(args + 1, nargs - 1);
    return exception ? generator_stop_as_exception(generator_throw(args[0], exception)) : 0;
}
static Value method_close(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return generator_close(args[0]) < 0 ? 0 : VM_NONE;
}

static Value generator_repr(Value self) {
    return py_str_format("<%T object %S at %p>", self, GET(GEN(self), qualname), (void *)gc_id(self));
}

static Value get_name(Value self) { return GET(GEN(self), name); }
static Value get_qualname(Value self) { return GET(GEN(self), qualname); }
static int set_name(Value self, Value value) {
    if (!value || !py_is_str(value)) return py_raise_int(TYPE_TypeError, "__name__ must be set to a string object");
    SET(GEN(self), name, value);
    return 0;
}
static int set_qualname(Value self, Value value) {
    if (!value || !py_is_str(value))
        return py_raise_int(TYPE_TypeError, "__qualname__ must be set to a string object");
    SET(GEN(self), qualname, value);
    return 0;
}
static Value get_code(Value self) { return vm_code((uint32_t)GEN(self)->code_id)->object; }
static Value get_running(Value self) { return vm_bool(GET(GEN(self), state) == GEN_RUNNING); }
static Value get_suspended(Value self) { return vm_bool(GET(GEN(self), state) == GEN_SUSPENDED); }
static Value get_origin(Value self) {
    Value origin = GET(GEN(self), origin);
    return origin ? origin : VM_NONE;
}

Value generator_frame_object(Value self) {
    PyGenerator GS *g = GEN(self);
    uint64_t state = GET(g, state);
    if (state == GEN_DONE) return VM_NONE;
    if (state == GEN_RUNNING) {
        VmThread *thread = vm_thread();
        for (VmFrame *frame = thread->frame; frame; frame = frame->prev)
            if (frame->generator == self) return py_frame_object(thread, frame);
        return VM_NONE; /* another thread runs it */
    }
    Value object = GET(g, frame);
    if (object) return object;
    VmCode *code = vm_code((uint32_t)g->code_id);
    object = py_alloc_id(TYPE_FRAME, code->fixed_count * sizeof(Value));
    if (!object) return 0;
    PyFrameObject GS *o = REF(PyFrameObject, object);
    o->code_id = code->id;
    o->flags = 1; /* live: the generator has the locals */
    o->function = g->function;
    o->generator = self;
    SET(g, frame, object);
    SET(g, flags, g->flags + GEN_RESUMED);
    return object;
}

static const PyMethodDef generator_methods[] = {
    {"send", "($self, arg, /)", method_send, PY_METHOD_DRAIN * VM_RETURN_GENERATOR_NEXT,
     "send(arg) -> send 'arg' into generator,\nreturn next yielded value or raise StopIteration."},
    {"throw", 0, method_throw, 0, "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration."},
    {"close", "($self, /)", method_close, 0, "close() -> raise GeneratorExit inside generator."},
    {0}};
static const PyGetSetDef generator_getsets[] = {{"__name__", get_name, set_name, "name of the generator"},
                                                {"__qualname__", get_qualname, set_qualname, "qualified name of the generator"},
                                                {"gi_yieldfrom", generator_attr_yield_from, 0, "object being iterated by yield from, or None"},
                                                {"gi_running", get_running, 0, 0},
                                                {"gi_frame", generator_frame_object, 0, 0},
                                                {"gi_suspended", get_suspended, 0, 0},
                                                {"gi_code", get_code, 0, 0},
                                                {0}};
const PyTypeSpec py_spec_generator = {
    .slots = {.repr = generator_repr, .iter = generator_self, .next = generator_next},
    .methods = generator_methods,
    .getsets = generator_getsets,
    .raw_words = 4,
};

/* ---- coroutines ------------------------------------------------------------------------------- */

static Value coroutine_await(Value self) {
    StmRef ref = gc_alloc(TYPE_COROUTINE_WRAPPER, 0, sizeof(PyWrapped));
    REF(PyWrapped, ref)->inner = self;
    return ref;
}

static const PyGetSetDef coroutine_getsets[] = {{"__name__", get_name, set_name, "name of the coroutine"},
                                                {"__qualname__", get_qualname, set_qualname, "qualified name of the coroutine"},
                                                {"cr_await", generator_attr_yield_from, 0, "object being awaited on, or None"},
                                                {"cr_running", get_running, 0, 0},
                                                {"cr_frame", generator_frame_object, 0, 0},
                                                {"cr_suspended", get_suspended, 0, 0},
                                                {"cr_code", get_code, 0, 0},
                                                {"cr_origin", get_origin, 0, 0},
                                                {0}};
static const PyMethodDef coroutine_methods[] = {
    {"send", "($self, arg, /)", method_send, PY_METHOD_DRAIN * VM_RETURN_GENERATOR_NEXT,
     "send(arg) -> send 'arg' into coroutine,\nreturn next iterated value or raise StopIteration."},
    {"throw", 0, method_throw, 0,
     "throw(value)\nthrow(type[,value[,traceback]])\n\nRaise exception in coroutine, return next iterated value or raise\nStopIteration."},
    {"close", "($self, /)", method_close, 0, "close() -> raise GeneratorExit inside coroutine."},
    {0}};
const PyTypeSpec py_spec_coroutine = {
    .slots = {.repr = generator_repr, .await = coroutine_await},
    .methods = coroutine_methods,
    .getsets = coroutine_getsets,
    .raw_words = 4,
};

static Value wrapper_inner(Value self) { return REF(PyWrapped, self)->inner; }
static Value wrapper_next(Value self) { return generator_send(wrapper_inner(self), VM_NONE); }
static Value wrapper_send(const Value *args, size_t nargs, Value kwnames) {
    Value inner[2] = {wrapper_inner(args[0]), args[1]};
    return method_send(inner, nargs, kwnames);
}
static Value wrapper_throw(const Value *args, size_t nargs, Value kwnames) {
    Value inner[5] = {wrapper_inner(args[0])};
    for (size_t i = 1; i < nargs && i < 5; i++) inner[i] = args[i];
    return method_throw(inner, nargs, kwnames);
}
static Value wrapper_close(const Value *args, size_t nargs, Value kwnames) {
    Value inner = wrapper_inner(args[0]);
    return method_close(&inner, nargs, kwnames);
}
static const PyMethodDef wrapper_methods[] = {{"send", "($self, arg, /)", wrapper_send, 0, 0},
                                              {"throw", 0, wrapper_throw, 0, 0},
                                              {"close", "($self, /)", wrapper_close, 0, 0},
                                              {0}};
const PyTypeSpec py_spec_coroutine_wrapper = {
    .doc = "A wrapper object implementing __await__ for coroutines.",
    .slots = {.iter = generator_self, .next = wrapper_next},
    .methods = wrapper_methods,
};
