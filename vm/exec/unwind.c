/* Exceptions on their way: handlers, traceback entries, leaving frames. */
#include "vm/exec/generator.h"
#include "vm/exec/save.h"
#include "vm/exec/trace.h"
#include "vm/objects/code_parts.h"

const VmHandler *vm_find_handler(const VmCode *code, uint32_t at) {
    const VmHandler *h = code->handlers;
    for (uint32_t i = 0; i < code->handler_count; i++, h++)
        if (at >= h->start && at < h->end) return h;
    return 0;
}

void vm_traceback_add(VmThread *thread, VmFrame *frame) {
    Value exception = thread->exception;
    Value object = py_frame_object(thread, frame);
    if (!object) return;
    PyException GS *e = REF(PyException, exception);
    Value next = GET(e, traceback);
    StmRef ref = gc_alloc(TYPE_TRACEBACK, 2 | GCK_MUTABLE, sizeof(PyTraceback));
    PyTraceback GS *t = REF(PyTraceback, ref);
    uint32_t at = (uint32_t)(frame->pc - frame->code->instrs);
    t->lasti = CODE_WORD * (uint64_t)at;
    t->lineno = (uint64_t)(int64_t)vm_code_line_near(frame->code, at);
    t->next = next ? next : VM_NONE;
    t->frame = object;
    SET(e, traceback, ref);
}

static bool is_without_context(Value exception) {
    Value context = GET(REF(PyException, exception), context);
    return !context || context == VM_NONE;
}

/* The frame is left with an exception. True: it was an iterator's end, the caller goes on. */
static bool leave_raising(VmThread *thread, VmFrame *frame) {
    uint8_t action = frame->action;
    VmFrame *caller = frame->prev;
    if (UNLIKELY(thread->tracing)) trace_return(thread, frame, 0);
    if (frame->generator) {
        generator_convert_exception(thread, frame);
        generator_finish(thread, frame);
    }
    if (frame->flags & (FRAME_OBJECT | FRAME_WATERMARK)) frame_leave_slow(thread, frame);
    thread->frame = caller;
    if (action == VM_RETURN_GENERATOR_FROM && caller->flags & FRAME_HANDLES && thread->exception == thread->thrown &&
        is_without_context(thread->exception))
        py_raise_object(thread->exception);
    if (action != VM_RETURN_FOR_ITER || frame->flags & FRAME_ENTRY || !py_error_is(TYPE_StopIteration))
        return false;
    if (UNLIKELY(thread->tracing)) {
        trace_exception(thread, caller);
        if (!py_error_is(TYPE_StopIteration)) return false;
    }
    py_error_clear();
    caller->pc += 2 + (int16_t)caller->pc->c;
    return true;
}

/* The instruction that RERAISE x stands for: code that looks at the frame afterwards sees the original line. */
static const VmInstr *raised_from(const VmThread *thread, const VmFrame *frame) {
    const VmInstr *pc = frame->pc;
    if (pc->op != OP_RERAISE || !pc->x) return pc;
    uint32_t at = frame->code->instr_count;
    if (pc->x == 1) {
        if (thread->raised_frame == frame) at = thread->raised_at;
    } else {
        Value traceback = GET(REF(PyException, thread->exception), traceback);
        if (frame->object && traceback && traceback != VM_NONE && REF(PyTraceback, traceback)->frame == frame->object)
            at = (uint32_t)(REF(PyTraceback, traceback)->lasti / CODE_WORD);
    }
    return at < frame->code->instr_count ? frame->code->instrs + at : pc;
}

bool vm_unwind(VmThread *thread, bool add_entry) {
    for (;; add_entry = true) {
        VmFrame *frame = thread->frame;
        if (UNLIKELY(!thread->exception)) stm_fatal("failure without an exception");
        if (add_entry) vm_traceback_add(thread, frame);
        if (UNLIKELY(thread->tracing) && add_entry) trace_exception(thread, frame);
        const VmHandler *h = vm_find_handler(frame->code, (uint32_t)(frame->pc - frame->code->instrs));
        const VmInstr *from = raised_from(thread, frame);
        if (h) {
            thread->raised_frame = frame;
            thread->raised_at = (uint32_t)(from - frame->code->instrs);
            frame->registers[h->exception_reg] = thread->exception;
            thread->exception = 0;
            frame->pc = frame->code->instrs + h->target;
            return true;
        }
        frame->pc = from;
        bool entry = frame->flags & FRAME_ENTRY;
        if (leave_raising(thread, frame)) return true;
        if (entry) return false;
    }
}

bool vm_unwind_caller(VmThread *thread) {
    VmFrame *frame = thread->frame;
    bool entry = frame->flags & FRAME_ENTRY;
    return leave_raising(thread, frame) || (!entry && vm_unwind(thread, true));
}
