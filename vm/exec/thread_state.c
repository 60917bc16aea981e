/* VmThread: making, entering, freeing one; its exact and conservative roots. */
#define _GNU_SOURCE /* pthread_getattr_np */
#include "stm/atomic.h"
#include "vm/exec/arguments.h"
#include "vm/exec/c_stack.h"
#include "vm/exec/save.h"
#include "vm/exec/liveness.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    MAIN_STACK_BYTES = 256 << 20, /* reserved address space; memory comes with use */
    THREAD_STACK_BYTES = 32 << 20,
    STACK_SLACK = 4096
};

VmThread *vm_thread_new(bool main_thread) {
    VmThread *thread = stm_calloc_lines(sizeof *thread);
    if (!thread) return 0;
    thread->c_stack = c_stack_new();
    if (!thread->c_stack) {
        free(thread);
        return 0;
    }
    size_t bytes = main_thread ? MAIN_STACK_BYTES : THREAD_STACK_BYTES;
    thread->stack = mmap(0, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (thread->stack == MAP_FAILED) {
        c_stack_free(thread);
        free(thread);
        return 0;
    }
    thread->stack_end = thread->stack + bytes;
    thread->stack_limit = thread->stack_end - STACK_SLACK;
    thread->handled = VM_NONE;
    thread->depth_limit = atomic_load_relaxed(&vm_recursion_limit);
    return thread;
}

/* For the main thread the library opens a file of /proc, which it may be unable to. */
static void *find_c_stack(size_t *size) {
    pthread_attr_t attributes;
    void *low = 0;
    int failed = pthread_getattr_np(pthread_self(), &attributes);
    if (failed == 0) {
        failed = pthread_attr_getstack(&attributes, &low, size);
        pthread_attr_destroy(&attributes);
    }
    if (failed) {
        fprintf(stderr, "weft: cannot find the C stack: %s\n", strerror(failed));
        exit(EXIT_FAILURE);
    }
    return low;
}

void vm_thread_enter(VmThread *thread) {
    size_t size;
    void *low = find_c_stack(&size);
    thread->c_stack_base = (uint8_t *)low + size;
    thread->c_stack_limit = (uint8_t *)low + (size > 3 * C_STACK_MARGIN / 2 ? C_STACK_MARGIN : size / 2);
    thread->c_scan_from = thread->c_stack_base;
    thread->ident = (uint64_t)pthread_self();
}

/* Between its last commit, which tells those who wait for the thread, and its leaving the list of threads it may stand for long. */
void vm_thread_leave(VmThread *thread) {
    stm_become_inevitable("the end of a thread");
    thread->state = (VmThreadState){.handled = VM_NONE};
    thread->saved_state = thread->state;
    frame_save_forget(thread);
    c_stack_forget(thread);
    thread->at_safepoint = true; /* its C frames have no further use for their references */
    thread->c_scan_from = thread->c_scan_low = thread->c_stack_base;
}

void vm_thread_free(VmThread *thread) {
    frame_save_forget(thread);
    c_stack_free(thread);
    munmap(thread->stack, (size_t)(thread->stack_end - thread->stack));
    free(thread);
}

/* ---- roots ------------------------------------------------------------------------------------ */

static void visit_frame(VmFrame *frame, const VmFrame *callee, GcVisitor *v) {
    gc_visit(v, &frame->function, 4); /* function, locals, object, generator */
    _Static_assert(offsetof(VmFrame, generator) == offsetof(VmFrame, function) + 24, "one run");
    liveness_clear_dead(frame, callee);
    gc_visit(v, frame->registers, frame->code->register_count);
}

static void visit_thread(void *vm_thread, GcRootKind kind, GcVisitor *v) {
    VmThread *thread = vm_thread;
    if (!thread) return;
    thread->found.in = 0;
    gc_visit(v, &thread->exception, VM_THREAD_VALUES);
    VmFrame *last = kind == GC_ROOTS_YOUNG ? thread->gc_watermark : 0;
    for (VmFrame *frame = thread->frame, *callee = 0; frame; callee = frame, frame = frame->prev) {
        visit_frame(frame, callee, v);
        if (frame == last) break;
    }
    if (kind == GC_ROOTS_YOUNG) {
        vm_roots_visit_young(thread, v);
        thread->gc_watermark = thread->frame;
        if (thread->frame) thread->frame->flags |= FRAME_WATERMARK;
        return;
    }
    gc_visit(v, &thread->saved_state.exception, VM_THREAD_VALUES);
    for (VmSave *save = thread->saves; save; save = save->next) {
        VmFrame *copy = (VmFrame *)save->bytes;
        gc_visit(v, &copy->function, 4);
        gc_visit(v, copy->registers, copy->code->register_count);
    }
}

/* From the innermost loop's C frame upwards; where the collection happens in a C helper above that loop
 * (gc.collect(), the end of a transaction before a system call), from here. */
static void visit_stacks(void *vm_thread, GcVisitor *v) {
    VmThread *thread = vm_thread;
    if (!thread) return;
    const uint8_t *from = thread->c_scan_low;
    if (stm_self && thread == stm_self->vm) {
        __builtin_unwind_init(); /* the callers' registers too */
        __asm__ volatile("mov %%rsp, %0" : "=r"(from));
        if (thread->at_safepoint) from = thread->c_scan_from;
        thread->c_scan_low = thread->wait_scan ? thread->wait_scan : from; /* for others' collections, if it detaches now */
    }
    if (from && from < thread->c_stack_base) gc_visit_stack(v, from, thread->c_stack_base);
    vm_arguments_visit(thread, v);
    c_stack_visit(thread, v);
}

/* The loop itself keeps no reference in C variables across its safepoints. */
void vm_thread_hooks(GcHooks *hooks) {
    hooks->visit_roots = visit_thread;
    hooks->visit_stacks = visit_stacks;
}
