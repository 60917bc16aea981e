/* What a traced thread does besides running its instructions: see trace.h. */
#include "vm/exec/trace.h"
#include "vm/exec/generator.h"
#include "vm/exec/interp_variants.h"
#include "vm/exec/opinfo.h"
#include "vm/modules/lsprof.h"

static bool is_traced(const VmThread *thread) { return thread->trace_function || thread->profile_function; }

static void refresh_tracing(VmThread *thread) { thread->tracing = is_traced(thread) && !thread->tracer_depth; }

/* As if it had been announced: lines begin in comparison with it. */
static void note_instruction(VmFrame *frame, const VmInstr *pc) {
    SET(REF(PyFrameObject, frame->object), traced, (uint64_t)(pc - frame->code->instrs) + 1);
}

void trace_set_functions(VmThread *thread, Value trace, Value profile) {
    bool before = is_traced(thread);
    stm_become_inevitable("a trace function is set");
    thread->trace_function = trace;
    thread->profile_function = profile;
    for (VmFrame *frame = thread->frame; frame; frame = frame->prev) {
        frame->flags |= FRAME_TRACED; /* I1 */
        if (frame->object) note_instruction(frame, frame->pc);
    }
    refresh_tracing(thread);
    interp_tracers_changed((int)is_traced(thread) - (int)before);
}

void trace_thread_ends(VmThread *thread) {
    if (is_traced(thread)) interp_tracers_changed(-1);
    thread->trace_function = thread->profile_function = 0;
}

void trace_forked(VmThread *thread) { interp_tracers_changed((int)is_traced(thread) - (int)interp_tracers); }

void trace_suspend(VmThread *thread) {
    thread->tracer_depth++;
    thread->tracing = false;
}
void trace_resume(VmThread *thread) {
    thread->tracer_depth--;
    refresh_tracing(thread);
}

/* ---- calling the functions ---------------------------------------------------------------------- */

/* Without events meanwhile, and with `pending` out of the way: it is there again if nothing is raised. */
static Value call_tracer(VmThread *thread, VmFrame *frame, Value tracer, const char *event, Value arg) {
    Value object = py_frame_object(thread, frame), pending = thread->exception;
    if (!object) return 0;
    Value args[3] = {object, py_intern_c(event), arg ? arg : VM_NONE};
    const char *outer_event = thread->trace_event;
    VmFrame *outer_frame = thread->trace_frame;
    thread->exception = 0;
    trace_suspend(thread);
    thread->trace_event = event;
    thread->trace_frame = frame;
    Value result = py_frame_locals_refresh(object) < 0 ? 0 : py_call(tracer, args, 3, 0);
    if (result && py_frame_locals_store(object) < 0) result = 0;
    thread->trace_event = outer_event;
    thread->trace_frame = outer_frame;
    trace_resume(thread);
    if (result) thread->exception = pending;
    else vm_traceback_add(thread, frame); /* of the function's call, besides that of the frame's own raising */
    return result;
}

/* What the trace function gives, if not None, is the frame's from now on. A failing one is no longer used. */
static int trace_event(VmThread *thread, VmFrame *frame, Value tracer, const char *event, Value arg) {
    Value result = call_tracer(thread, frame, tracer, event, arg);
    if (!result) {
        Value error = thread->exception;
        trace_set_functions(thread, 0, thread->profile_function);
        thread->exception = error;
    }
    if (frame->object && result != VM_NONE) SET(REF(PyFrameObject, frame->object), trace, result);
    return result ? 0 : -1;
}

static int local_event(VmThread *thread, VmFrame *frame, const char *event, Value arg) {
    Value tracer = thread->trace_function && frame->object ? GET(REF(PyFrameObject, frame->object), trace) : 0;
    return tracer ? trace_event(thread, frame, tracer, event, arg) : 0;
}

static int profile_event(VmThread *thread, VmFrame *frame, const char *event, Value arg) {
    Value profiler = thread->profile_function;
    if (!profiler || !thread->tracing) return 0;
    if (is_profiler(profiler)) {
        if (!strcmp(event, "call")) return profiler_enter(profiler, frame, 0);
        profiler_leave(profiler, false);
        return 0;
    }
    if (call_tracer(thread, frame, thread->profile_function, event, arg)) return 0;
    trace_set_functions(thread, thread->trace_function, 0);
    return -1;
}

/* ---- events ------------------------------------------------------------------------------------- */

/* A resumed generator is seen still at its yield, or its entry. */
static void show_at_yield(VmFrame *frame, Value object, bool on) {
    PyFrameObject GS *o = REF(PyFrameObject, object);
    const VmInstr *instrs = frame->code->instrs;
    if (!frame->generator || frame->pc == instrs || frame->pc->op == OP_YIELD_FROM) return;
    if (on) SET(o, lasti, (uint64_t)(frame->pc - 1 - instrs));
    SET(o, flags, on ? GET(o, flags) | FRAME_OBJECT_AT : GET(o, flags) & ~(uint64_t)FRAME_OBJECT_AT);
}

static int announce_call(VmThread *thread, VmFrame *frame) {
    if (!thread->trace_function && is_profiler(thread->profile_function)) {
        frame->flags |= FRAME_TRACED;
        return profiler_enter(thread->profile_function, frame, 0);
    }
    Value object = py_frame_object(thread, frame);
    if (!object) return -1;
    const VmInstr *pc = frame->pc;
    if (frame->generator && pc->op == OP_YIELD_FROM) note_instruction(frame, pc);
    else if (frame->generator && pc > frame->code->instrs && pc[-1].op == OP_YIELD) note_instruction(frame, pc - 1);
    frame->flags |= FRAME_TRACED;
    show_at_yield(frame, object, true);
    int status = thread->trace_function ? trace_event(thread, frame, thread->trace_function, "call", 0) : 0;
    if (status == 0) status = profile_event(thread, frame, "call", 0);
    show_at_yield(frame, object, false);
    return status;
}

/* Instructions at a function's entry that stand for no source. */
static bool is_entry(const VmInstr *pc) {
    return pc->op == OP_RESUME || pc->op == OP_RETURN_GENERATOR || pc->op == OP_MAKE_CELL;
}

/* Does a line begin at instruction `at`? The one before was `last` - 1: a jump back begins a line again, but for the waiting
 * of `yield from`. */
static bool is_new_line(const VmCode *code, uint32_t at, uint64_t last) {
    int line = vm_code_line(code, at);
    if (line < 0) return false;
    if (last == 0) return true;
    return line != vm_code_line(code, (uint32_t)last - 1) || (at < last - 1 && code->instrs[at].op != OP_YIELD_FROM);
}

static int announce_instruction(VmThread *thread, VmFrame *frame) {
    VmCode *code = frame->code;
    PyFrameObject GS *o = REF(PyFrameObject, frame->object);
    uint32_t at = (uint32_t)(frame->pc - code->instrs);
    uint64_t last = GET(o, traced), flags = GET(o, flags);
    if (vm_code_line(code, at) >= 0) SET(o, traced, at + 1);
    if (!(flags & FRAME_OBJECT_NO_LINES) && is_new_line(code, at, last)) {
        if (local_event(thread, frame, "line", 0) < 0) return -1;
        if (frame->pc != code->instrs + at) return 0; /* f_lineno was set */
    }
    flags = GET(REF(PyFrameObject, frame->object), flags);
    return flags & FRAME_OBJECT_OPCODES && thread->tracing ? local_event(thread, frame, "opcode", 0) : 0;
}

/* The compiler leaves checks out where a variable is bound for certain, which a trace function may have changed. */
static int check_variables(VmFrame *frame) {
    const VmInstr i = *frame->pc;
    const VmOpInfo *info = vm_op_info(i.op);
    const char letters[VM_OPERANDS] = {info->a, info->bc ? '-' : info->b, info->bc ? '-' : info->c};
    const uint32_t operands[VM_OPERANDS] = {i.a, i.b, i.c};
    for (int o = 0; o < VM_OPERANDS; o++) {
        uint32_t count = letters[o] == 'R' ? 1 : letters[o] == 'B' ? vm_run_read(i) : 0;
        for (uint32_t reg = operands[o]; reg < operands[o] + count && reg < frame->code->local_count; reg++) {
            bool needed = i.op == OP_MOVE || info->facts[o][0] != FACTS_any;
            if (LIKELY(!needed || frame->registers[reg] != VM_UNBOUND)) continue;
            vm_raise_unbound(frame, reg, false);
            return -1;
        }
    }
    return 0;
}

static int announce(VmThread *thread, VmFrame *frame) {
    if (thread->trace_skip) {
        thread->trace_skip = false;
        return 0;
    }
    if (frame->pc->op == OP_RETURN_GENERATOR) return 0; /* entered when it is resumed */
    if (!(frame->flags & FRAME_TRACED) && announce_call(thread, frame) < 0) return -1;
    if (!thread->trace_function || !frame->object || is_entry(frame->pc)) return 0;
    if (!GET(REF(PyFrameObject, frame->object), trace)) return 0;
    return announce_instruction(thread, frame);
}

int trace_instruction(VmThread *thread, VmFrame *frame) {
    if (announce(thread, frame) < 0) return -1;
    return UNLIKELY(atomic_load_relaxed(&py_frame_locals_unbound)) ? check_variables(frame) : 0;
}

int trace_return(VmThread *thread, VmFrame *frame, Value result) {
    if (!(frame->flags & FRAME_TRACED)) return 0;
    if (local_event(thread, frame, "return", result) < 0) return -1;
    return profile_event(thread, frame, "return", result);
}

void trace_exception(VmThread *thread, VmFrame *frame) {
    if (!thread->trace_function || !frame->object) return;
    Value exception = thread->exception, traceback = GET(REF(PyException, exception), traceback);
    Value arg = py_tuple_pack(3, py_type_of(exception), exception, traceback ? traceback : VM_NONE);
    if (arg) local_event(thread, frame, "exception", arg);
}

int trace_iterator_end(VmThread *thread, Value it, Value result) {
    bool raises = result != VM_NONE || type_flag(it, VM_TYPE_HEAP) || shape_of(it) == TYPE_COROUTINE || is_async_op(it);
    if (!raises || !thread->trace_function) return 0;
    generator_raise_stop(result);
    trace_exception(thread, thread->frame);
    if (!py_error_is(TYPE_StopIteration)) return -1;
    py_error_clear();
    return 0;
}

/* ---- functions in C ----------------------------------------------------------------------------- */

/* As profile functions see it: a method without its object is shown bound. */
static Value shown_callable(Value callable, const Value *args, size_t nargs) {
    if (!is_exactly(callable, TYPE_METHOD_DESCR) || nargs == 0) return callable;
    Value bound = py_getattr_opt(args[0], REF(PyMethodDescr, callable)->name);
    if (!bound) py_error_clear();
    return bound && bound != VM_UNBOUND ? bound : callable;
}

/* A profiler in C is told of functions as they are. */
static Value profiled_call(VmThread *thread, Value callable, const Value *args, size_t nargs, Value kwnames) {
    if (profiler_enter(thread->profile_function, thread->frame, callable) < 0) return 0;
    Value result = py_call(callable, args, nargs, kwnames), profiler = thread->profile_function;
    if (profiler && is_profiler(profiler) && thread->tracing) profiler_leave(profiler, true);
    return result;
}

Value trace_c_call(VmThread *thread, Value callable, const Value *args, size_t nargs, Value kwnames) {
    if (thread->profile_function && is_profiler(thread->profile_function)) return profiled_call(thread, callable, args, nargs, kwnames);
    VmFrame *frame = thread->frame;
    Value shown = shown_callable(callable, args, nargs);
    if (profile_event(thread, frame, "c_call", shown) < 0) return 0;
    Value result = py_call(callable, args, nargs, kwnames);
    if (profile_event(thread, frame, result ? "c_return" : "c_exception", shown) < 0) return 0;
    return result;
}

Value trace_call_tracing(VmThread *thread, Value function, Value args) {
    uint32_t depth = thread->tracer_depth;
    thread->tracer_depth = 0;
    refresh_tracing(thread);
    Value result = py_call_kw(function, args, 0);
    thread->tracer_depth = depth;
    refresh_tracing(thread);
    return result;
}
