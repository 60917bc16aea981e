/* The Python stack: pushing frames, the slow way of leaving them, saves for aborts. See frame.h I1-I3.
 *
 * I4. saves holds a copy of every frame from save_watermark down that existed when the transaction
 *     began, as it was then: a frame is copied before it first runs again or is written from outside.
 * I5. A saved copy holds no young reference: it was made when the nursery was empty, or of a frame that
 *     has not run since. So minor collections need not look at saves. */
#include "vm/exec/save.h"
#include <stdlib.h>

uint32_t vm_recursion_limit = 1000;

/* Beyond the limit, so that handlers of a RecursionError can call functions. */
enum { RECURSION_HEADROOM = 50 };

Value frame_raise_recursion(const char *where) {
    VmThread *thread = vm_thread();
    thread->depth_limit += RECURSION_HEADROOM;
    py_raise(TYPE_RecursionError, "maximum recursion depth exceeded%s", where);
    thread->depth_limit -= RECURSION_HEADROOM;
    return 0;
}

VmFrame *frame_push(VmThread *thread, VmCode *code, Value function) {
    if (UNLIKELY(!vm_code_ready(code))) return 0;
    VmFrame *caller = thread->frame;
    VmFrame *frame = caller ? frame_end(caller) : (VmFrame *)thread->stack;
    uint32_t depth = caller ? caller->depth + 1 : 0;
    if (UNLIKELY((uint8_t *)frame + frame_size(code) > thread->stack_limit ||
                 depth >= thread->depth_limit)) {
        frame_raise_recursion("");
        return 0;
    }
    frame->prev = caller;
    frame->code = code;
    frame->pc = code->instrs;
    frame->function = function;
    frame->locals = 0;
    frame->object = 0;
    frame->generator = 0;
    frame->result_reg = 0;
    frame->leave = 0;
    frame->depth = depth;
    for (uint32_t i = 0; i < code->register_count; i++) frame->registers[i] = VM_UNBOUND;
    thread->frame = frame;
    return frame;
}

/* ---- saves ------------------------------------------------------------------------------------ */

static void save_frame(VmThread *thread, VmFrame *frame) {
    size_t size = frame_size(frame->code);
    VmSave *save = malloc(sizeof *save + size);
    if (!save) stm_out_of_memory("no memory to save a frame of %zu bytes", size);
    save->frame = frame;
    save->size = size;
    memcpy(save->bytes, frame, size);
    save->next = thread->saves;
    thread->saves = save;
}

static void drop_saves(VmThread *thread) {
    for (VmSave *save = thread->saves, *next; save; save = next) {
        next = save->next;
        free(save);
    }
    thread->saves = 0;
}

void frame_save_begin(VmThread *thread) {
    drop_saves(thread);
    VmFrame *top = thread->frame;
    thread->save_watermark = top;
    thread->gc_watermark = top;
    if (top) {
        top->flags |= FRAME_WATERMARK;
        save_frame(thread, top);
    }
    thread->saved_state = thread->state;
}

void frame_save_restore(VmThread *thread) {
    for (VmSave *save = thread->saves; save; save = save->next)
        memcpy(save->frame, save->bytes, save->size);
    thread->state = thread->saved_state;
    thread->save_watermark = thread->frame;
    thread->gc_watermark = thread->frame;
}

void frame_save_forget(VmThread *thread) {
    drop_saves(thread);
    thread->save_watermark = 0;
}

void frame_touch(VmThread *thread, VmFrame *frame) {
    if (thread->save_watermark)
        while (thread->save_watermark > frame) {
            thread->save_watermark = thread->save_watermark->prev;
            save_frame(thread, thread->save_watermark);
        }
    if (thread->gc_watermark > frame) thread->gc_watermark = frame;
    frame->flags |= FRAME_WATERMARK;
}

/* The watermarks that stand at `frame` move to the one below, before that runs. */
static void lower_watermarks(VmThread *thread, VmFrame *frame) {
    VmFrame *below = frame->prev;
    if (thread->gc_watermark == frame) thread->gc_watermark = below;
    if (thread->save_watermark == frame) {
        if (below) save_frame(thread, below);
        thread->save_watermark = below;
    }
    if (below) below->flags |= FRAME_WATERMARK;
}

void frame_leave_slow(VmThread *thread, VmFrame *frame) {
    if (frame->flags & FRAME_OBJECT) py_frame_object_detach(thread, frame);
    if (frame->flags & FRAME_WATERMARK) lower_watermarks(thread, frame);
}

VmFrame *vm_current_frame(void) { return vm_thread()->frame; }
