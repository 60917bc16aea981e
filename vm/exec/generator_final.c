/* What happens to generators, coroutines and async generators that become unreachable before they have ended. */
#include "vm/exec/generator.h"
#include "vm/modules/asyncio.h"

static PyGenerator GS *gen_of(Value v) { return REF(PyGenerator, v); }

void generator_register_finalizer(Value v) {
    uint64_t flags = GET(gen_of(v), flags);
    if (flags & GEN_FLAG_FINALIZER) return;
    SET(gen_of(v), flags, flags | GEN_FLAG_FINALIZER);
    gc_finalizer_register(v);
}

bool generator_wants_finalizer(const uint64_t *object) {
    const PyGenerator *g = (const PyGenerator *)object;
    switch (g->head.shape) {
    case TYPE_GENERATOR: return g->state == GEN_SUSPENDED;
    case TYPE_COROUTINE: return g->state == GEN_CREATED || g->state == GEN_SUSPENDED;
    case TYPE_ASYNC_GENERATOR: return g->state == GEN_SUSPENDED || (g->state == GEN_CREATED && g->finalizer);
    case TYPE_FUTURE:
    case TYPE_TASK: return future_wants_finalizer(object);
    default: return true;
    }
}

/* By warnings._warn_unawaited_coroutine, where that is to be had. */
static int warn_unawaited(Value v) {
    Value warnings = py_import("warnings");
    Value function = warnings ? py_getattr_opt(warnings, py_intern_c("_warn_unawaited_coroutine")) : 0;
    if (!function) return -1;
    if (function != VM_UNBOUND) {
        if (py_call1(function, v)) return 0;
        if (py_error_is(TYPE_RuntimeWarning)) return -1;
        py_write_unraisable(v);
    }
    return py_warn(TYPE_RuntimeWarning, 1, "coroutine '%S' was never awaited", GET(gen_of(v), qualname));
}

static int close_unawaited(Value v) {
    if (warn_unawaited(v) < 0) py_write_unraisable(v);
    return generator_close(v);
}

void generator_finalize_may_call(Value v) {
    uint64_t state = GET(gen_of(v), state), flags = GET(gen_of(v), flags);
    if (state == GEN_DONE || state == GEN_RUNNING) return;
    Value finalizer = GET(gen_of(v), finalizer);
    int status;
    if (shape_of(v) == TYPE_ASYNC_GENERATOR && finalizer && !(flags & GEN_FLAG_CLOSED))
        status = py_call1(finalizer, v) ? 0 : -1;
    else if (shape_of(v) == TYPE_COROUTINE && state == GEN_CREATED) status = close_unawaited(v);
    else status = generator_close(v);
    if (status < 0) py_write_unraisable(v);
}

void generator_forget_running(VmThread *thread) {
    for (const VmFrame *frame = thread->frame; frame; frame = frame->prev) {
        if (!frame->generator || GET(gen_of(frame->generator), state) != GEN_RUNNING) continue;
        PyGenerator GS *g = gen_of(frame->generator);
        stm_write_range(&g->head, &g->registers[0], frame->code->register_count * sizeof(Value));
        for (uint32_t i = 0; i < frame->code->register_count; i++) g->registers[i] = VM_UNBOUND;
    }
}
