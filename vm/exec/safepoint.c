/* Safepoints, and what stm asks of the interpreter: saving and restoring frames, naming the place where
 * a thread is. See frame.c for the invariants of saves.
 *
 * Which loop an abort comes back to: the one in which the running transaction began, whose jump buffer
 * stm then has. Loops entered since are counted in stm_self->c_depth: their C frames are dropped by the
 * jump. If that loop has ended meanwhile, the C stack is put back first (c_stack.c). */
#include "vm/exec/opinfo.h"
#include "vm/exec/safepoint.h"
#include "vm/exec/c_stack.h"
#include "vm/exec/describe.h"
#include "vm/exec/interp.h"
#include "vm/exec/save.h"

static int (*event_handlers[VM_EVENT_HANDLERS])(void);
static unsigned event_handler_count;

void vm_add_event_handler(int (*handler_may_call)(void)) {
    if (event_handler_count == VM_EVENT_HANDLERS) stm_fatal("too many event handlers");
    event_handlers[event_handler_count++] = handler_may_call;
}

static int handle_events_may_call(VmThread *thread) {
    if (thread->async_exception) {
        Value exception = thread->async_exception;
        thread->async_exception = 0;
        if (py_is_type(exception)) {
            exception = py_call0(exception);
            if (!exception) return -1;
        }
        py_raise_object(exception);
        return -1;
    }
    /* Before finalizers and callbacks: what a signal's handler raises is not theirs to swallow. */
    int status = vm_check_signals_may_call();
    for (unsigned i = 0; status == 0 && i < event_handler_count; i++) status = event_handlers[i]();
    if (status < 0) stm_post_event(stm_self); /* for the others */
    return status;
}

/* Signals, finalizers, weak references' callbacks, asynchronous exceptions. */
static int see_to_events_may_call(VmThread *thread) {
    const VmFrame *outer = thread->in_events;
    thread->in_events = thread->frame;
    int status = handle_events_may_call(thread);
    thread->in_events = outer;
    return status;
}

void vm_memory_is_short(void) {
    VmThread *thread = vm_thread();
    if (!thread || thread->async_exception) return;
    thread->async_exception = py_type(TYPE_MemoryError);
    stm_post_event(stm_self);
}

int vm_run_events_may_call(void) {
    vm_c_memory_enter(); /* the caller is in the middle of a system call's arguments */
    int status = see_to_events_may_call(vm_thread());
    vm_c_memory_leave();
    return status;
}

VmSafepoint vm_safepoint_slow(VmThread *thread) {
    thread->at_safepoint = true;
    thread->c_scan_low = thread->c_scan_from;
    StmSafepoint told = stm_safepoint_slow();
    thread->at_safepoint = false;
    switch (told) {
    case STM_SP_CONTINUE: return VM_SAFEPOINT_GO_ON;
    case STM_SP_RESTARTED: return VM_SAFEPOINT_RELOAD;
    case STM_SP_EVENTS: break;
    }
    return see_to_events_may_call(thread) < 0 ? VM_SAFEPOINT_RAISED : VM_SAFEPOINT_GO_ON;
}

/* ---- hooks of stm ----------------------------------------------------------------------------- */

static void save_thread(void) {
    VmThread *thread = vm_thread();
    if (!thread) return;
    thread->found.in = 0;
    thread->begin_nesting = thread->nesting;
    thread->begin_atomic_depth = stm_self->atomic_depth;
    stm_self->abort_jmp = thread->loop_jmp;
    stm_self->c_depth = thread->dropped_loops; /* after an abort: stm jumps, once it has begun again */
    frame_save_begin(thread);
    c_stack_save(thread);
}

static void restore_thread(void) {
    VmThread *thread = vm_thread();
    if (!thread) return;
    frame_save_restore(thread);
    c_stack_aborted(thread);
    thread->dropped_loops = stm_self->c_depth;
    thread->nesting = thread->begin_nesting;
    thread->loop_jmp = stm_self->abort_jmp;
    stm_self->atomic_depth = thread->begin_atomic_depth;
    if (thread->async_exception) stm_post_event(stm_self); /* it may have been raised, and the event be gone */
}

/* What the saved frames referred to must not be kept for long by a thread that waits; nor what stands in the dead C frames of the
 * collection that the commit began with. */
static void forget_saved(void) {
    VmThread *thread = vm_thread();
    if (!thread) return;
    thread->c_scan_low = thread->wait_scan ? thread->wait_scan : thread->c_scan_from;
    frame_save_forget(thread);
    memset(&thread->saved_state.exception, 0, VM_THREAD_VALUES * sizeof(Value));
}

/* Solo: there is nothing to go back to, so what the last transaction has saved must not keep anything alive. */
static void loop_changed(bool multi) {
    interp_mode_changed(multi);
    VmThread *thread = vm_thread();
    if (multi || !thread) return;
    forget_saved();
    c_stack_forget(thread);
}

/* A place is code id and instruction, packed: survives the thread and needs no memory of its own. */
static uint64_t current_place(void) {
    VmThread *thread = stm_self ? stm_self->vm : 0;
    VmFrame *frame = thread ? thread->frame : 0;
    if (!frame) return 0;
    return (uint64_t)frame->code->id << 32 | (uint32_t)(frame->pc - frame->code->instrs);
}

static void copy_text(char *out, size_t size, Value str) {
    size_t length = REF(PyStr, str)->length, at = 0;
    const uint8_t GS *data = str_data(str);
    for (; at < length && at + 1 < size; at++) {
        uint32_t c = str_char(data, REF(PyStr, str)->width, at);
        out[at] = c >= ' ' && c < 127 ? (char)c : '?';
    }
    out[at] = 0;
}

static void describe_place(uint64_t place, char *text, size_t size) {
    VmCode *code = vm_code((uint32_t)(place >> 32));
    char name[200];
    if (!code || (uint32_t)place >= code->instr_count) {
        snprintf(text, size, "?");
        return;
    }
    copy_text(name, sizeof name, code->filename);
    snprintf(text, size, "%s:%d", name, vm_code_line_near(code, (uint32_t)place));
}

void vm_exec_init(void) {
    vm_op_table_init();
    interp_mode_changed(false);
    stm_hooks.loop_changed = loop_changed;
    stm_hooks.save_thread = save_thread;
    stm_hooks.restore_thread = restore_thread;
    stm_hooks.forget_saved = forget_saved;
    stm_hooks.jump = c_stack_jump;
    stm_hooks.current_place = current_place;
    stm_hooks.describe_place = describe_place;
    stm_hooks.describe_object = vm_describe_object;
}
