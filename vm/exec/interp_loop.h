/* The interpreter loop: threaded dispatch over register bytecode. Included by interp_solo.c, interp_multi.c and
 * interp_traced.c, which define STM_COMPILED_MULTI (0 or 1), INTERP_TRACED (0 or 1) and INTERP_LOOP, its name: see interp.c.
 *
 * Hot state is in C locals: pc (the instruction being executed), frame (its registers follow it), code
 * (of the frame). Nothing else survives an instruction, so after a safepoint, a push or a pop the three
 * are simply read again from thread->frame ("reload").
 *
 * I1. frame->pc == pc whenever C code is called that may look at frames, call, or raise (SAVE).
 * I2. thread->frame == frame, always.
 * I3. No reference is kept in a C variable across a safepoint of this loop. Across helpers that run
 *     nested loops it may be: the C stack is scanned then.
 * I4. Barriers: registers need none. Every heap access here goes through GET/SET, stm_read/stm_write,
 *     or reads what never changes. */
#ifndef VM_EXEC_INTERP_LOOP_H
#define VM_EXEC_INTERP_LOOP_H

#include "vm/exec/cache.h"
#include "vm/exec/drain.h"
#include "vm/exec/generator.h"
#include "vm/exec/interp.h"
#include "vm/exec/interp_arith.h"
#include "vm/exec/interp_variants.h"
#include "vm/exec/interp_iter.h"
#include "vm/exec/interp_subscript.h"
#include "vm/exec/trace.h"
#include "vm/objects/type.h"

#define R(i) (frame->registers[i])
#define A    (pc->a)
#define B    (pc->b)
#define C    (pc->c)
#define X    (pc->x)
#define SAVE (frame->pc = pc)

#if INTERP_TRACED
#define DISPATCH() goto traced
#define TRACING    UNLIKELY(thread->tracing)
#else
/* Other threads overwrite labels when modes change: the old and the new one are both right. For the sanitizer that is an atomic
 * load; as one it would take a register in each instruction. */
#ifdef WEFT_SAN_thread
#define LABEL(op) atomic_load_relaxed(&labels[op])
#else
#define LABEL(op) labels[op]
#endif
#define DISPATCH() goto dispatch
#define TRACING false
#endif
#define NEXT(words)                                                                                \
    do {                                                                                           \
        pc += (words);                                                                             \
        DISPATCH();                                                                                \
    } while (0)
#define RELOAD()                                                                                   \
    do {                                                                                           \
        frame = thread->frame;                                                                     \
        code = frame->code;                                                                        \
        pc = frame->pc;                                                                            \
        DISPATCH();                                                                                \
    } while (0)
/* Store what a helper gave, or go into the frame that it pushed, or raise. */
#define STORE_RESULT(value, words)                                                                 \
    do {                                                                                           \
        Value stored_ = (value);                                                                   \
        if (UNLIKELY(stored_ == 0)) goto error;                                                    \
        if (UNLIKELY(stored_ == VM_PUSHED)) RELOAD();                                              \
        R(A) = stored_;                                                                            \
        NEXT(words);                                                                               \
    } while (0)
#define STORE_OR_RAISE(value, words)                                                               \
    do {                                                                                           \
        Value stored_ = (value);                                                                   \
        if (UNLIKELY(stored_ == 0)) goto error;                                                    \
        R(A) = stored_;                                                                            \
        NEXT(words);                                                                               \
    } while (0)
#define CHECK_STATUS(status, words)                                                                \
    do {                                                                                           \
        if (UNLIKELY((status) < 0)) goto error;                                                    \
        NEXT(words);                                                                               \
    } while (0)

/* int by `int_fn`, floats by `float_fn` (either may refuse), everything else by vm_binary. */
#define ARITHMETIC(name, int_fn, float_fn, op_code)                                                \
    OP_CASE(name) {                                                                                \
        Value a = R(B), b = R(C), r;                                                               \
        if (LIKELY(both_int(a, b))) r = int_fn(a, b);                                              \
        else r = float_fn(a, b);                                                                   \
        if (LIKELY(r)) {                                                                           \
            R(A) = r;                                                                              \
            NEXT(2);                                                                               \
        }                                                                                          \
        SAVE;                                                                                      \
        STORE_RESULT(vm_binary(thread, frame, op_code, a, b, X), 2);                               \
    }
#define ARITHMETIC_I(name, int_fn, float_fn, op_code)                                              \
    OP_CASE(name) {                                                                                \
        Value a = R(B), b = int_make((int16_t)C), r;                                               \
        if (LIKELY(is_int(a))) r = int_fn(a, b);                                                   \
        else r = float_fn(a, b);                                                                   \
        if (LIKELY(r)) {                                                                           \
            R(A) = r;                                                                              \
            NEXT(2);                                                                               \
        }                                                                                          \
        SAVE;                                                                                      \
        STORE_RESULT(vm_binary(thread, frame, op_code, a, b, X), 2);                               \
    }
#define NO_FLOAT(a, b) ((Value)0)
#define BIT_AND(a, b)  ((a) & (b))
#define BIT_OR(a, b)   ((a) | (b))
#define BIT_XOR(a, b)  (((a) ^ (b)) | 1)
#define OP_CASE(name)  op_##name:

Value INTERP_LOOP(VmThread *thread, bool throwing) {
    static const void *const all_labels[OP_COUNT] = {
#define OP(name, operands, effects, what) &&op_##name,
#include "vm/opcode.tbl"
#undef OP
    };
#if !INTERP_TRACED
#if STM_COMPILED_MULTI
#define labels interp_multi_labels
#else
#define labels interp_solo_labels
#endif
    if (UNLIKELY(!thread)) { /* fill_labels: fill in the table */
        for (unsigned i = 0; i < OP_COUNT; i++) atomic_store_relaxed(&labels[i], throwing ? &&loop_changed : all_labels[i]);
        return 0;
    }
#endif
    VmFrame *frame = thread->frame;
    VmCode *code = frame->code;
    const VmInstr *pc = frame->pc;
    Value result;
    if (throwing) goto unwind;
    DISPATCH();
#if !INTERP_TRACED
dispatch: /* once: the compiler copies it to where it is used, as one indirect jump through memory */
    goto *LABEL(pc->op);
#endif

    OP_CASE(NOP) NEXT(1);
    OP_CASE(EXT) NEXT(1);

    OP_CASE(RESUME) {
        if (UNLIKELY(vm_safepoint_wanted())) goto safepoint;
        NEXT(1);
    }
    OP_CASE(RETURN_GENERATOR) {
        SAVE;
        result = generator_from_frame(thread, frame);
        if (UNLIKELY(!result)) goto error;
        goto leave;
    }

    /* ---- moves, constants, variables ---- */

    OP_CASE(MOVE) {
        R(A) = R(B);
        NEXT(1);
    }
    OP_CASE(LOAD_CONST) {
        R(A) = code->constants[(uint32_t)pc->bc];
        NEXT(1);
    }
    OP_CASE(LOAD_IMM) {
        R(A) = (Value)(int64_t)pc->bc;
        NEXT(1);
    }
    OP_CASE(CHECK_BOUND) {
        if (LIKELY(R(A) != VM_UNBOUND)) NEXT(1);
        SAVE;
        vm_raise_unbound(frame, A, X);
        goto error;
    }
    OP_CASE(LOAD_GLOBAL) {
        Value value = cache_load_global(frame, cache_word_load(pc + 1));
        if (LIKELY(value)) {
            R(A) = value;
            NEXT(2);
        }
        SAVE;
        STORE_OR_RAISE(vm_load_global(thread, frame), 2);
    }
    OP_CASE(STORE_GLOBAL) {
        SAVE;
        CHECK_STATUS(vm_store_global(thread, frame), 2);
    }
    OP_CASE(DELETE_GLOBAL) {
        SAVE;
        CHECK_STATUS(vm_delete_global(frame, code->names[B]), 1);
    }
    OP_CASE(LOAD_NAME) {
        SAVE;
        Value mapping = frame_namespace(frame);
        if (mapping == 0 || mapping == frame_globals(frame)) {
            Value value = cache_load_global(frame, cache_word_load(pc + 1));
            STORE_OR_RAISE(LIKELY(value) ? value : vm_load_global(thread, frame), 2);
        }
        STORE_OR_RAISE(vm_load_name(frame, code->names[B]), 2);
    }
    OP_CASE(STORE_NAME) {
        SAVE;
        Value mapping = frame_namespace(frame);
        if (mapping == 0 || mapping == frame_globals(frame))
            CHECK_STATUS(vm_store_global(thread, frame), 2);
        CHECK_STATUS(vm_store_name(frame, code->names[B], R(A)), 2);
    }
    OP_CASE(DELETE_NAME) {
        SAVE;
        CHECK_STATUS(vm_delete_name(frame, code->names[B]), 1);
    }
    OP_CASE(LOAD_LOCALS) {
        Value mapping = frame_namespace(frame);
        R(A) = mapping ? mapping : frame_globals(frame);
        NEXT(1);
    }
    OP_CASE(MAKE_CELL) {
        StmRef cell = gc_alloc(TYPE_CELL, GCK_MUTABLE, sizeof(PyCell));
        REF(PyCell, cell)->value = R(A);
        R(A) = cell;
        NEXT(1);
    }
    OP_CASE(LOAD_DEREF) {
        Value value = GET(REF(PyCell, R(B)), value);
        if (LIKELY(value != VM_UNBOUND)) {
            R(A) = value;
            NEXT(1);
        }
        SAVE;
        vm_raise_unbound(frame, B, !X);
        goto error;
    }
    OP_CASE(STORE_DEREF) {
        SAVE;
        SET(REF(PyCell, R(B)), value, R(A));
        NEXT(1);
    }
    OP_CASE(DELETE_DEREF) {
        if (UNLIKELY(GET(REF(PyCell, R(B)), value) == VM_UNBOUND)) {
            SAVE;
            vm_raise_unbound(frame, B, !X);
            goto error;
        }
        SET(REF(PyCell, R(B)), value, VM_UNBOUND);
        NEXT(1);
    }
    OP_CASE(LOAD_CLASS_DEREF) {
        SAVE;
        STORE_OR_RAISE(vm_load_class_deref(frame, B), 1);
    }

    /* ---- attributes ---- */

    OP_CASE(LOAD_ATTR) {
        Value v = R(B), value;
        const VmAttrEntry *e = cache_attr_hit(v, cache_word_load(pc + 1));
        if (LIKELY(e)) {
            if (LIKELY(e->form == ATTR_OWN_INLINE)) {
                if (LIKELY(cache_version_holds(e))) {
                    R(A) = cache_word(v, e->offset);
                    NEXT(2);
                }
            } else if ((value = cache_follow_load(e, v))) {
                R(A) = value;
                NEXT(2);
            }
        }
        SAVE;
        STORE_RESULT(vm_load_attr(thread, frame), 2);
    }
    OP_CASE(STORE_ATTR) {
        Value v = R(A);
        SAVE; /* the first write to an object notes the place for the event log */
        const VmAttrEntry *e = cache_attr_hit(v, cache_word_load(pc + 1));
        if (LIKELY(e && cache_version_holds(e))) {
            if (LIKELY(e->form == ATTR_OWN_INLINE || e->form == ATTR_MEMBER)) {
                cache_store_word(v, e->offset, R(B));
                NEXT(2);
            }
            if (e->form == ATTR_ADD_INLINE) {
                cache_add_attr(e, v, R(B));
                NEXT(2);
            }
        }
        SAVE;
        result = vm_store_attr(thread, frame);
        if (UNLIKELY(!result)) goto error;
        if (UNLIKELY(result == VM_PUSHED)) RELOAD();
        NEXT(2);
    }
    OP_CASE(DELETE_ATTR) {
        SAVE;
        CHECK_STATUS(py_setattr(R(B), code->names[C], 0), 1);
    }
    OP_CASE(LOAD_METHOD) {
        Value v = R(B);
        const VmAttrEntry *e = cache_attr_hit(v, cache_word_load(pc + 1));
        if (LIKELY(e && e->form == ATTR_TYPE_METHOD && cache_version_holds(e))) {
            R(A) = LIKELY(e->value) ? e->value : attr_entry(e->owner, e->index);
            R(A + 1) = v;
            NEXT(2);
        }
        SAVE;
        if (UNLIKELY(!vm_load_method(thread, frame))) goto error;
        NEXT(2);
    }
    OP_CASE(LOAD_SPECIAL) {
        SAVE;
        CHECK_STATUS(vm_load_special(frame, X, R(B), &R(A)), 1);
    }
    OP_CASE(LOAD_SUPER) {
        SAVE;
        STORE_OR_RAISE(vm_load_super(thread, frame), 1);
    }

    /* ---- subscripts ---- */

    OP_CASE(GETITEM) {
        Value v = R(B), key = R(C), item = 0;
        if (LIKELY(is_ref(v))) item = subscript_get_fast(v, key);
        if (LIKELY(item)) {
            R(A) = item;
            NEXT(2);
        }
        SAVE;
        STORE_RESULT(vm_getitem(thread, frame, v, key), 2);
    }
    OP_CASE(SETITEM) {
        Value v = R(A), key = R(B);
        SAVE; /* as above */
        if (LIKELY(is_ref(v) && subscript_set_fast(v, key, R(C)))) NEXT(2);
        result = vm_setitem(thread, frame, v, key, R(C));
        if (UNLIKELY(!result)) goto error;
        if (UNLIKELY(result == VM_PUSHED)) RELOAD();
        NEXT(2);
    }
    OP_CASE(DELITEM) {
        SAVE;
        CHECK_STATUS(py_setitem(R(B), R(C), 0), 1);
    }
    OP_CASE(BUILD_SLICE) {
        SAVE;
        STORE_OR_RAISE(py_slice_new(R(B), R(B + 1), R(B + 2)), 1);
    }

#include "vm/exec/interp_loop_operators.h"
#include "vm/exec/interp_loop_calls.h"
#include "vm/exec/interp_loop_displays.h"

    /* ---- the slow ways ---- */

safepoint: {
    SAVE;
    VmSafepoint status = vm_safepoint_slow(thread);
    if (UNLIKELY(status == VM_SAFEPOINT_RELOAD)) {
        thread->trace_skip = TRACING;
        RELOAD();
    }
    if (UNLIKELY(status == VM_SAFEPOINT_RAISED)) goto error;
    pc += pc->op == OP_JUMP_BACK ? 1 + pc->bc : 1;
#if STM_COMPILED_MULTI && !INTERP_TRACED
    if (UNLIKELY(!SEG->multi && !interp_tracers)) {
        SAVE;
        return VM_SWITCH_LOOP;
    }
#endif
    DISPATCH();
}
#if INTERP_TRACED
traced: {
    SAVE;
    if (UNLIKELY(!thread->tracing)) return VM_SWITCH_LOOP;
    if (UNLIKELY(trace_instruction(thread, frame) < 0)) goto error;
    pc = frame->pc;
    goto *all_labels[pc->op];
}
#else
loop_changed: {
#if STM_COMPILED_MULTI
    if (!thread->tracing) goto *all_labels[pc->op];
#endif
    SAVE;
    return VM_SWITCH_LOOP;
}
#endif
leave_slow: {
    VmFrame *callee = frame;
    uint8_t action = callee->action;
    bool entry = callee->flags & FRAME_ENTRY;
    if (callee->flags & (FRAME_OBJECT | FRAME_WATERMARK)) frame_leave_slow(thread, callee);
    if (callee->generator && action >= VM_RETURN_GENERATOR_FOR) {
        uint16_t result_reg = callee->result_reg; /* a trace function overwrites the callee */
        generator_finish(thread, callee);
        thread->frame = callee->prev;
        if (entry) {
            generator_set_result(result);
            return VM_STOP;
        }
        if (TRACING && action <= VM_RETURN_GENERATOR_FROM && trace_iterator_end(thread, callee->generator, result) < 0)
            goto error_reload;
        if (action >= VM_RETURN_DRAIN_COLLECT) {
            frame = thread->frame;
            code = frame->code;
            pc = frame->pc;
            result = drain_end(frame, result_reg, action);
            if (result == VM_STOP) DISPATCH();
            STORE_RESULT(result, 2);
        }
        if (UNLIKELY(!generator_return(thread, action, result_reg, result))) goto error_reload;
        RELOAD();
    }
    thread->frame = frame = callee->prev;
    if (entry) return result;
    code = frame->code;
    pc = frame->pc;
    switch (action) {
    case VM_RETURN_NEXT: R(callee->result_reg) = result; break;
    case VM_RETURN_DISCARD: break;
    case VM_RETURN_INIT:
        if (UNLIKELY(result != VM_NONE)) {
            py_raise(TYPE_TypeError, "__init__() should return None, not '%T'", result);
            goto error;
        }
        R(callee->result_reg) = callee->instance;
        break;
    case VM_RETURN_TRUTH: {
        uint16_t result_reg = callee->result_reg; /* a __bool__ in Python overwrites the callee */
        int truth = py_truth(result);
        if (UNLIKELY(truth < 0)) goto error;
        R(result_reg) = vm_bool(truth != (pc->op == OP_CONTAINS && X));
        break;
    }
    case VM_RETURN_FOR_ITER: R(callee->result_reg) = result; break;
    case VM_RETURN_ITER:
        if (UNLIKELY(!slots_of(result)->next)) {
            py_raise(TYPE_TypeError, "iter() returned non-iterator of type '%T'", result);
            goto error;
        }
        R(callee->result_reg) = result;
        break;
    default: /* operators */
        if (UNLIKELY(!vm_return_binary(thread, frame, action, result))) goto error;
        RELOAD();
    }
    NEXT(vm_op_words[pc->op]);
}
error_reload:
    frame = thread->frame;
error:
    if (LIKELY(vm_unwind(thread, true))) RELOAD();
    return 0;
unwind_quietly:
    if (LIKELY(vm_unwind(thread, false))) RELOAD();
    return 0;
unwind:
    if (LIKELY(vm_unwind(thread, true))) RELOAD();
    return 0;
}
#undef labels

#endif
