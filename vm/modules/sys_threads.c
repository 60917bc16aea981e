/* Module sys: what other threads are doing: _current_frames, _current_exceptions.
 *
 * The world is stopped to look at them. What a thread has committed can be shown as it is; what the running transaction of another
 * thread has made cannot be seen yet: its frames are shown with code and line alone, its exception as it was at the transaction's
 * begin. Frames of other threads are copies, without the values of local variables. */
#include "vm/exec/safepoint.h"
#include "vm/modules/sys.h"
#include <stdlib.h>

typedef struct SeenFrame {
    VmCode *code;
    Value function; /* 0: not to be seen */
    Value object;   /* its PyFrameObject or 0: for comparison alone */
    uint32_t at;    /* instruction */
} SeenFrame;

typedef struct SeenThread {
    const VmThread *thread;
    uint64_t ident;
    Value handled;
    size_t first, count; /* of its frames, innermost first */
} SeenThread;

typedef struct Seen {
    SeenThread *threads;
    SeenFrame *frames;
    size_t thread_count, thread_room, frame_count, frame_room;
} Seen;

static void *room_for_one(void *array, size_t count, size_t *room, size_t size) {
    if (count < *room) return array;
    *room = *room ? *room * 2 : 64;
    array = realloc(array, *room * size);
    if (!array) stm_out_of_memory("out of memory for the frames of threads");
    return array;
}

static void see_thread_stw(StmThread *stm_thread, void *arg) {
    Seen *seen = arg;
    const VmThread *thread = stm_thread->vm;
    if (!thread || thread->finished || !thread->frame) return;
    bool open = thread != vm_thread() && stm_has_transaction_stw(stm_thread);
    seen->threads = room_for_one(seen->threads, seen->thread_count, &seen->thread_room, sizeof *seen->threads);
    SeenThread *t = &seen->threads[seen->thread_count++];
    *t = (SeenThread){.thread = thread, .ident = thread->ident, .first = seen->frame_count};
    t->handled = open ? thread->saved_state.handled : thread->handled;
    for (const VmFrame *frame = thread->frame; frame; frame = frame->prev) {
        seen->frames = room_for_one(seen->frames, seen->frame_count, &seen->frame_room, sizeof *seen->frames);
        seen->frames[seen->frame_count++] =
            (SeenFrame){frame->code, open ? 0 : frame->function, frame->object, (uint32_t)(frame->pc - frame->code->instrs)};
    }
    t->count = seen->frame_count - t->first;
}

/* The running transaction is inevitable, so nothing jumps between this and seen_free; and there is no safepoint up to it, so that
 * what was seen stays in place. */
static void see_all(Seen *seen) {
    gc_minor();
    while (!stm_stop_world()) continue;
    stm_for_each_thread_stw(see_thread_stw, seen);
    stm_resume_world();
}

static void seen_free(Seen *seen) {
    free(seen->threads);
    free(seen->frames);
}

static Value copy_of_frame(const SeenFrame *seen, Value back) {
    Value function = seen->function, globals = function ? 0 : py_dict_new();
    if (!function) function = globals ? py_function_new(seen->code->object, globals) : 0;
    return function ? py_frame_object_of(seen->code, function, seen->at, back) : 0;
}

/* Copies of a thread's frames, outermost first: a list, or 0. */
static Value copies_of_frames(const Seen *seen, const SeenThread *t) {
    Value list = py_list_new(0), frame = 0;
    for (size_t i = t->count; list && i-- > 0;)
        if (!(frame = copy_of_frame(&seen->frames[t->first + i], frame)) || py_list_append(list, frame) < 0) return 0;
    return list;
}

static Value innermost_frame(const Seen *seen, const SeenThread *t) {
    VmThread *self = vm_thread();
    if (t->thread == self) return py_frame_object(self, self->frame);
    Value list = copies_of_frames(seen, t);
    return list ? py_list_item(list, (int64_t)t->count - 1) : 0;
}

/* A traceback with copies in place of those frames that its thread still runs. */
static Value copy_of_traceback(const Seen *seen, const SeenThread *t, Value traceback) {
    Value list = copies_of_frames(seen, t), first = VM_NONE, last = 0;
    for (; list && traceback && traceback != VM_NONE; traceback = GET(REF(PyTraceback, traceback), next)) {
        PyTraceback GS *from = REF(PyTraceback, traceback);
        Value copy = py_alloc_id(TYPE_TRACEBACK, 0), frame = GET(from, frame);
        if (!copy) return 0;
        for (size_t i = 0; i < t->count; i++)
            if (seen->frames[t->first + i].object == frame) frame = py_list_item(list, (int64_t)(t->count - 1 - i));
        REF(PyTraceback, copy)->lasti = from->lasti;
        REF(PyTraceback, copy)->lineno = from->lineno;
        REF(PyTraceback, copy)->frame = frame;
        REF(PyTraceback, copy)->next = VM_NONE;
        if (last) SET(REF(PyTraceback, last), next, copy);
        else first = copy;
        last = copy;
    }
    return list ? first : 0;
}

/* As sys.exc_info(). */
static Value exception_of(const Seen *seen, const SeenThread *t) {
    Value handled = t->handled;
    if (!handled || handled == VM_NONE) return py_tuple_pack(3, VM_NONE, VM_NONE, VM_NONE);
    Value traceback = GET(REF(PyException, handled), traceback);
    if (!traceback) traceback = VM_NONE;
    if (t->thread != vm_thread() && !(traceback = copy_of_traceback(seen, t, traceback))) return 0;
    return py_tuple_pack(3, py_type_of(handled), handled, traceback);
}

static Value of_all_threads(bool exceptions) {
    Seen seen = {0};
    VM_C_SAFEPOINT(stm_become_inevitable("threads' frames"); see_all(&seen));
    Value dict = py_dict_new();
    for (size_t i = 0; dict && i < seen.thread_count; i++) {
        const SeenThread *t = &seen.threads[i];
        Value value = exceptions ? exception_of(&seen, t) : innermost_frame(&seen, t);
        if (!value || py_dict_set(dict, py_int_from_u64(t->ident), value) < 0) dict = 0;
    }
    seen_free(&seen);
    return dict;
}

SYS(sys_current_frames) { return of_all_threads(false); }
SYS(sys_current_exceptions) { return of_all_threads(true); }

const PyMethodDef sys_thread_functions[] = {
    {"_current_frames", "($module, /)", sys_current_frames, 0, "Return a dict mapping each thread's thread id to its current stack frame."},
    {"_current_exceptions", "($module, /)", sys_current_exceptions, 0, "Return a dict mapping each thread's identifier to its current raised exception."},
    {0}};
