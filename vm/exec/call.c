/* Calls: from bytecode by pushing frames, from C by nested loops. See interp.h.
 *
 * Nested loops and transactions (vm.h vm_call_nested): a transaction may end and another one begin inside
 * one: an abort then brings the C frames back, if need be (c_stack.c). */
#include "vm/exec/arguments.h"
#include "stm/atomic.h"
#include "vm/exec/c_stack.h"
#include "vm/exec/interp.h"
#include "vm/exec/generator.h"
#include "vm/exec/trace.h"
#include "vm/objects/type.h"
#include <stdlib.h>

/* ---- classes ---------------------------------------------------------------------------------- */

/* What a call of a class does, for a version of it: entries as in cache.h, found by a hint table. */
typedef struct InitEntry {
    Value type, init; /* init: a Python function, VM_NONE, or 0: the general way */
    uint64_t version;
} InitEntry;
enum { INIT_LIMIT = 1 << 16, INIT_HINTS = 1 << 10 };
static InitEntry init_entries[INIT_LIMIT];
static uint32_t init_count = 1, init_hints[INIT_HINTS];

/* As py_type_plain_init. */
static Value plain_init(Value type) {
    uint32_t *hint = &init_hints[(type >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 54];
    const InitEntry *e = &init_entries[atomic_load_acquire(hint)];
    if (LIKELY(e->type == type && e->version == type_version(type))) return e->init;
    Value init = py_type_plain_init(type);
    uint64_t version = type_version(type);
    if (!version || (is_ref(init) && init && gc_is_young(init))) return init;
    uint32_t n = atomic_add_relaxed(&init_count, 1);
    if (n >= INIT_LIMIT) {
        atomic_store_relaxed(&init_count, INIT_LIMIT);
        return init;
    }
    init_entries[n] = (InitEntry){type, init, version};
    atomic_store_release(hint, n);
    return init;
}

static Value call_class(VmThread *thread, Value type, Value *args, size_t nargs, Value kwnames,
                        uint16_t result_reg) {
    Value init = plain_init(type);
    if (!init) return vm_type_of(type)->slots->call(type, args, nargs, kwnames);
    if (init == VM_NONE) {
        if (nargs || kwnames) return vm_type_of(type)->slots->call(type, args, nargs, kwnames);
        return py_alloc(type, 0);
    }
    Value instance = py_alloc(type, 0);
    if (!instance) return 0;
    args[-1] = instance;
    VmFrame *frame = vm_bind_frame(thread, init, args - 1, nargs + 1, kwnames);
    if (!frame) return 0;
    frame->instance = instance;
    frame->result_reg = result_reg;
    frame->action = VM_RETURN_INIT;
    return VM_PUSHED;
}

/* ---- from bytecode ---------------------------------------------------------------------------- */

Value vm_call_push(VmThread *thread, Value callable, Value *args, size_t nargs, Value kwnames,
                   uint16_t result_reg, uint8_t action) {
    for (int depth = 0;; depth++) {
        if (LIKELY(is_function(callable))) {
            VmFrame *frame = vm_bind_frame(thread, callable, args, nargs, kwnames);
            if (UNLIKELY(!frame)) return 0;
            frame->result_reg = result_reg;
            frame->action = action;
            return VM_PUSHED;
        }
        if (depth) break; /* args[-1] is taken */
        if (is_exactly(callable, TYPE_METHOD)) {
            args--;
            nargs++;
            args[0] = REF(PyMethod, callable)->self;
            callable = REF(PyMethod, callable)->func;
        } else if (is_exactly(callable, TYPE_TYPE) && action == VM_RETURN_NEXT) {
            return call_class(thread, callable, args, nargs, kwnames, result_reg);
        } else if (is_ref(callable) && type_flag(callable, VM_TYPE_HEAP)) {
            Value call = py_type_lookup(py_type_of(callable), NAME(__call__));
            if (!call || !is_function(call)) break;
            args--;
            nargs++;
            args[0] = callable;
            callable = call;
        } else {
            break;
        }
    }
    Value (*call)(Value, const Value *, size_t, Value) = slots_of(callable)->call;
    if (UNLIKELY(!call)) return py_raise(TYPE_TypeError, "'%T' object is not callable", callable);
    if (UNLIKELY(thread->tracing) && (is_exactly(callable, TYPE_BUILTIN) || is_exactly(callable, TYPE_METHOD_DESCR)))
        return trace_c_call(thread, callable, args, nargs, kwnames);
    return vm_with_signals_may_call(call(callable, args, nargs, kwnames));
}

static Value positional_tuple(Value callable, Value positional) {
    if (is_exactly(positional, TYPE_TUPLE)) return positional;
    if (!py_iterable(positional)) {
        Value text = py_callable_text(callable);
        return text ? py_raise(TYPE_TypeError, "%S argument after * must be an iterable, not %T", text,
                               positional)
                    : 0;
    }
    return py_tuple_from_iterable(positional);
}

/* Lay out positional and keyword values flat; the names of the keywords, or 0 if there are none or with
 * an exception. */
static Value flatten_arguments(Value tuple, Value keywords, Value *out) {
    size_t n = (size_t)tuple_length(tuple), at = 0;
    for (size_t i = 0; i < n; i++) out[i] = tuple_item(tuple, (int64_t)i);
    if (!keywords || py_dict_length(keywords) == 0) return 0;
    Value names = py_tuple_new((size_t)py_dict_length(keywords)), key, value;
    int64_t position = 0;
    while (names && py_dict_next(keywords, &position, &key, &value)) {
        if (UNLIKELY(!py_is_str(key))) return py_raise(TYPE_TypeError, "keywords must be strings");
        REF(PyTuple, names)->items[at] = key;
        out[n + at++] = value;
    }
    return names;
}

Value vm_call_ex(VmThread *thread, Value callable, Value positional, Value keywords,
                 uint16_t result_reg) {
    if (keywords == VM_UNBOUND) keywords = 0;
    if (keywords && !is_exactly(keywords, TYPE_DICT)) {
        Value copy = py_dict_new();
        if (!copy || py_dict_merge_unique(copy, keywords, callable) < 0) return 0;
        keywords = copy;
    }
    Value tuple = positional_tuple(callable, positional);
    if (!tuple) return 0;
    size_t n = (size_t)tuple_length(tuple);
    size_t total = n + (keywords ? (size_t)py_dict_length(keywords) : 0);
    ARGUMENTS(args, total + 1);
    if (!args) return 0;
    Value names = flatten_arguments(tuple, keywords, args + 1);
    Value result = 0;
    if (names || !py_error())
        result = vm_call_push(thread, callable, args + 1, n, names, result_reg, VM_RETURN_NEXT);
    ARGUMENTS_DONE(args);
    return result;
}

/* ---- nested loops ----------------------------------------------------------------------------- */

/* The loop has ended. If the running transaction began inside it, an abort puts the C stack back, or, where that cannot
 * be, must not happen any more. Becoming inevitable may itself be aborted: then the frame
 * below the loop is on top, and interp_enter comes here again. */
static void outlive_loop(VmThread *thread, uint32_t nesting) {
    bool began_inside = SEG->multi && thread->begin_nesting >= nesting;
    if (began_inside && nesting > 1 && c_stack_outlive(thread)) {
        stm_self->c_depth--;
    } else if (began_inside) {
        stm_become_inevitable("a transaction began inside a nested interpreter");
        thread->begin_nesting = nesting - 1;
        c_stack_forget(thread);
        stm_self->c_depth = 0;
    } else {
        stm_self->c_depth--;
    }
}

/* Of the frames that the caller has pushed, one unless it is generators that delegate, the oldest enters the loop. */
static VmFrame *frame_below_loop(VmFrame *frame) {
    while (!(frame->flags & FRAME_ENTRY)) frame = frame->prev;
    return frame->prev;
}

Value interp_enter(VmThread *thread, bool throwing) {
    sigjmp_buf jump;
    sigjmp_buf *const outer_jump = thread->loop_jmp;
    const uint8_t *const outer_scan = thread->c_scan_from;
    VmFrame *const below = frame_below_loop(thread->frame);
    const uint32_t nesting = thread->nesting + 1;
    const uint8_t *stack_pointer;
    __builtin_unwind_init(); /* the callers' registers are on the stack now, for the collector */
    __asm__ volatile("mov %%rsp, %0" : "=r"(stack_pointer));
    stm_self->c_depth++;
    volatile bool unwinding = throwing;
    volatile Value result = 0; /* on the stack: where it refers to stays in place over a commit */
    if (sigsetjmp(jump, 0) != 0) { /* aborted: thread state, frames and C stack are those of the begin; or vm_call_again */
        unwinding = thread->exception != 0;
        thread->trace_skip = thread->tracing && !unwinding;
        thread->at_safepoint = false;
        thread->wait_scan = 0;
        thread->collecting = 0;
        thread->dropped_loops = 0;
        if (!thread->call_again) stm_self->c_depth = 0;
        thread->call_again = false;
    }
    thread->nesting = nesting;
    thread->loop_jmp = &jump;
    thread->c_scan_from = stack_pointer;
    if (nesting == 1) thread->outer_scan_from = stack_pointer;
    /* A thread's outermost loop: the transaction began before there was a frame to come back to. */
    if (nesting == 1 && SEG->multi && thread->begin_nesting == 0)
        stm_become_inevitable("the interpreter is entered");
    if (thread->frame != below) result = interp_loop(thread, unwinding);
    outlive_loop(thread, nesting);
    thread->nesting = nesting - 1;
    thread->loop_jmp = outer_jump;
    thread->c_scan_from = outer_scan;
    return result;
}

void vm_call_again(VmThread *thread) {
    thread->call_again = true;
    siglongjmp(*thread->loop_jmp, 1);
}

Value vm_run_nested(VmThread *thread, VmFrame *frame, bool throwing) {
    frame->flags |= FRAME_ENTRY;
    return interp_enter(thread, throwing);
}

/* Python functions, and methods of them; nothing else needs a loop. */
Value vm_call_nested(Value callable, const Value *args, size_t nargs, Value kwnames) {
    VmThread *thread = vm_thread();
    if (UNLIKELY(vm_c_stack_is_low(thread))) return frame_raise_recursion(" while calling a Python object");
    if (!is_function(callable)) return py_call(callable, args, nargs, kwnames);
    VmFrame *frame = vm_bind_frame(thread, callable, args, nargs, kwnames);
    return frame ? vm_run_nested(thread, frame, false) : 0;
}

static Value call_method_object(Value method, const Value *args, size_t nargs, Value kwnames) {
    return vm_call_with(REF(PyMethod, method)->func, REF(PyMethod, method)->self, args, nargs, kwnames);
}

Value py_call(Value callable, const Value *args, size_t nargs, Value kwnames) {
    if (is_function(callable)) return vm_call_nested(callable, args, nargs, kwnames);
    if (is_exactly(callable, TYPE_BUILTIN)) {
        PyBuiltin GS *builtin = REF(PyBuiltin, callable);
        return py_builtin_call(vm_def(builtin->def_id), builtin->self, args, nargs, kwnames);
    }
    if (is_exactly(callable, TYPE_METHOD)) return call_method_object(callable, args, nargs, kwnames);
    Value (*call)(Value, const Value *, size_t, Value) = slots_of(callable)->call;
    if (UNLIKELY(!call)) return py_raise(TYPE_TypeError, "'%T' object is not callable", callable);
    if (UNLIKELY(py_enter_recursion(" while calling a Python object") < 0)) return 0;
    Value result = call(callable, args, nargs, kwnames);
    py_leave_recursion();
    return result;
}

bool vm_called_by_loop(PyFn fn) {
    const VmThread *thread = vm_thread();
    const VmFrame *frame = thread->frame;
    if (!frame || (frame->pc->op != OP_CALL && frame->pc->op != OP_CALL_KW) || thread->tracing || thread->in_events == frame)
        return false;
    Value callable = frame->registers[frame->pc->b];
    if (is_exactly(callable, TYPE_BUILTIN)) return vm_def(REF(PyBuiltin, callable)->def_id)->def->fn == fn;
    return is_exactly(callable, TYPE_METHOD_DESCR) && vm_def(REF(PyMethodDescr, callable)->def_id)->def->fn == fn;
}

Value py_call0(Value callable) { return py_call(callable, 0, 0, 0); }
Value py_call1(Value callable, Value a) { return py_call(callable, &a, 1, 0); }
Value py_call2(Value callable, Value a, Value b) {
    Value args[] = {a, b};
    return py_call(callable, args, 2, 0);
}
Value py_call3(Value callable, Value a, Value b, Value c) {
    Value args[] = {a, b, c};
    return py_call(callable, args, 3, 0);
}

Value py_call_method(Value v, const char *name, size_t nargs, const Value *args) {
    Value method = py_getattr_c(v, name);
    return method ? py_call(method, args, nargs, 0) : 0;
}

Value py_call_kw(Value callable, Value tuple, Value keywords_or_0) {
    size_t n = (size_t)tuple_length(tuple);
    size_t total = n + (keywords_or_0 ? (size_t)py_dict_length(keywords_or_0) : 0);
    ARGUMENTS(args, total);
    if (!args) return 0;
    Value names = flatten_arguments(tuple, keywords_or_0, args);
    Value result = names || !py_error() ? py_call(callable, args, n, names) : 0;
    ARGUMENTS_DONE(args);
    return result;
}

bool py_callable(Value v) {
    if (is_ref(v) && type_flag(v, VM_TYPE_HEAP)) return type_has(py_type_of(v), NAME(__call__));
    return slots_of(v)->call != 0;
}

/* ---- recursion -------------------------------------------------------------------------------- */

int py_enter_recursion(const char *where) {
    VmThread *thread = vm_thread();
    uint32_t depth = thread->frame ? thread->frame->depth : 0;
    if (UNLIKELY(depth + 1 >= thread->depth_limit || vm_c_stack_is_low(thread))) {
        frame_raise_recursion(where);
        return -1;
    }
    thread->depth_limit--;
    thread->c_depth++;
    return 0;
}

void py_leave_recursion(void) {
    VmThread *thread = vm_thread();
    thread->depth_limit++;
    thread->c_depth--;
}
