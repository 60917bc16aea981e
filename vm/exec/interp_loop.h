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
#define DISPATCH()                                                                                 \
    do {                                                                                           \
        goto *LABEL(pc->op);                                                                       \
    } while (0)
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

    /* ---- operators ---- */

    ARITHMETIC(ADD, arith_add_int, arith_add_float, PY_OP_ADD)
    ARITHMETIC(SUB, arith_sub_int, arith_sub_float, PY_OP_SUB)
    ARITHMETIC(MUL, arith_mul_int, arith_mul_float, PY_OP_MUL)
    ARITHMETIC(MATMUL, NO_FLOAT, NO_FLOAT, PY_OP_MATMUL)
    ARITHMETIC(TRUEDIV, arith_truediv, arith_truediv, PY_OP_TRUEDIV)
    ARITHMETIC(FLOORDIV, arith_floordiv_int, NO_FLOAT, PY_OP_FLOORDIV)
    ARITHMETIC(MOD, arith_mod_int, NO_FLOAT, PY_OP_MOD)
    ARITHMETIC(POW, NO_FLOAT, NO_FLOAT, PY_OP_POW)
    ARITHMETIC(LSHIFT, arith_lshift_int, NO_FLOAT, PY_OP_LSHIFT)
    ARITHMETIC(RSHIFT, arith_rshift_int, NO_FLOAT, PY_OP_RSHIFT)
    ARITHMETIC(AND, BIT_AND, NO_FLOAT, PY_OP_AND)
    ARITHMETIC(XOR, BIT_XOR, NO_FLOAT, PY_OP_XOR)
    ARITHMETIC(OR, BIT_OR, NO_FLOAT, PY_OP_OR)
    ARITHMETIC_I(ADD_I, arith_add_int, arith_add_float, PY_OP_ADD)
    ARITHMETIC_I(SUB_I, arith_sub_int, arith_sub_float, PY_OP_SUB)
    ARITHMETIC_I(MUL_I, arith_mul_int, arith_mul_float, PY_OP_MUL)
    ARITHMETIC_I(FLOORDIV_I, arith_floordiv_int, NO_FLOAT, PY_OP_FLOORDIV)
    ARITHMETIC_I(MOD_I, arith_mod_int, NO_FLOAT, PY_OP_MOD)
    ARITHMETIC_I(AND_I, BIT_AND, NO_FLOAT, PY_OP_AND)
    ARITHMETIC_I(LSHIFT_I, arith_lshift_int, NO_FLOAT, PY_OP_LSHIFT)
    ARITHMETIC_I(RSHIFT_I, arith_rshift_int, NO_FLOAT, PY_OP_RSHIFT)

    OP_CASE(NEG) {
        Value v = R(B);
        if (LIKELY(is_int(v) && int_value(v) != VM_INT_MIN)) {
            R(A) = int_make(-int_value(v));
            NEXT(1);
        }
        SAVE;
        STORE_OR_RAISE(py_negative(v), 1);
    }
    OP_CASE(POS) {
        SAVE;
        STORE_OR_RAISE(py_positive(R(B)), 1);
    }
    OP_CASE(INVERT) {
        Value v = R(B);
        if (LIKELY(is_int(v))) {
            R(A) = ~v | 1;
            NEXT(1);
        }
        SAVE;
        STORE_OR_RAISE(py_invert(v), 1);
    }
    OP_CASE(NOT) {
        Value v = R(B);
        if (LIKELY(is_bool(v))) {
            R(A) = v ^ 8;
            NEXT(1);
        }
        SAVE;
        int truth = py_truth(v);
        if (UNLIKELY(truth < 0)) goto error;
        R(A) = vm_bool(!truth);
        NEXT(1);
    }
    OP_CASE(COMPARE) {
        Value a = R(B), b = R(C);
        int truth = compare_simple(X, a, b);
        if (LIKELY(truth >= 0)) {
            R(A) = vm_bool(truth);
            NEXT(2);
        }
        SAVE;
        STORE_RESULT(vm_compare(thread, frame, X, a, b, VM_RETURN_COMPARE), 2);
    }
    OP_CASE(IS) {
        R(A) = vm_bool((R(B) == R(C)) != X);
        NEXT(1);
    }
    OP_CASE(CONTAINS) {
        SAVE;
        result = vm_contains(thread, frame, R(C), R(B));
        if (UNLIKELY(!result)) goto error;
        if (UNLIKELY(result == VM_PUSHED)) RELOAD();
        R(A) = X ? result ^ 8 : result;
        NEXT(1);
    }

    /* ---- jumps ---- */

    OP_CASE(JUMP) NEXT(1 + pc->bc);
    OP_CASE(JUMP_BACK) {
        if (UNLIKELY(vm_safepoint_wanted())) goto safepoint;
        NEXT(1 + pc->bc);
    }
    OP_CASE(JUMP_IF_TRUE) {
        Value v = R(A);
        if (v == VM_TRUE) NEXT(1 + pc->bc);
        if (v == VM_FALSE || v == VM_NONE) NEXT(1);
        SAVE;
        int truth = is_int(v) ? int_value(v) != 0 : py_truth(v);
        if (UNLIKELY(truth < 0)) goto error;
        NEXT(truth ? 1 + pc->bc : 1);
    }
    OP_CASE(JUMP_IF_FALSE) {
        Value v = R(A);
        if (v == VM_TRUE) NEXT(1);
        if (v == VM_FALSE || v == VM_NONE) NEXT(1 + pc->bc);
        SAVE;
        int truth = is_int(v) ? int_value(v) != 0 : py_truth(v);
        if (UNLIKELY(truth < 0)) goto error;
        NEXT(truth ? 1 : 1 + pc->bc);
    }
    OP_CASE(JUMP_IF_NONE) NEXT(R(A) == VM_NONE ? 1 + pc->bc : 1);
    OP_CASE(JUMP_IF_NOT_NONE) NEXT(R(A) != VM_NONE ? 1 + pc->bc : 1);
    OP_CASE(JUMP_CMP) {
        Value a = R(A), b = R(B);
        int truth;
        if (LIKELY(both_int(a, b))) truth = compare_int(X & 7, (int64_t)a, (int64_t)b);
        else truth = compare_simple(X & 7, a, b);
        if (LIKELY(truth >= 0)) {
            if (truth == X >> 3) NEXT(2 + (int16_t)C);
            NEXT(2);
        }
        SAVE;
        result = vm_compare(thread, frame, X & 7, a, b, VM_RETURN_JUMP);
        goto compared;
    }
    OP_CASE(JUMP_CMP_I) {
        Value a = R(A), b = int_make((int16_t)B);
        int truth;
        if (LIKELY(is_int(a))) truth = compare_int(X & 7, (int64_t)a, (int64_t)b);
        else truth = compare_simple(X & 7, a, b);
        if (LIKELY(truth >= 0)) {
            if (truth == X >> 3) NEXT(2 + (int16_t)C);
            NEXT(2);
        }
        SAVE;
        result = vm_compare(thread, frame, X & 7, a, b, VM_RETURN_JUMP);
    }
compared: {
    if (UNLIKELY(!result)) goto error;
    if (UNLIKELY(result == VM_PUSHED)) RELOAD();
    int truth = py_truth(result);
    if (UNLIKELY(truth < 0)) goto error;
    NEXT(truth == X >> 3 ? 2 + (int16_t)C : 2);
}
    OP_CASE(JUMP_IS) NEXT((R(A) == R(B)) == X ? 1 + (int16_t)C : 1);

    /* ---- iteration ---- */

    OP_CASE(GET_ITER) {
        SAVE;
        STORE_RESULT(iter_get(thread, frame, R(B)), 1);
    }
    OP_CASE(FOR_ITER) {
        Value it = R(B), item;
        if (LIKELY(is_ref(it))) {
            uint32_t shape = STM_OBJ(it)->shape;
            if (shape == TYPE_RANGE_ITER) {
                item = iter_next_range(it);
            } else if (shape == TYPE_LIST_ITER) {
                item = iter_next_list(it);
            } else if (shape == TYPE_TUPLE_ITER) {
                item = iter_next_tuple(it);
            } else {
                SAVE;
                item = shape == TYPE_GENERATOR
                           ? generator_push(thread, it, VM_NONE, A, VM_RETURN_GENERATOR_FOR)
                           : iter_next_slow(thread, frame, it);
                if (UNLIKELY(item == VM_PUSHED)) RELOAD();
                if (UNLIKELY(!item)) goto error;
            }
            if (LIKELY(item != VM_STOP)) {
                R(A) = item;
                NEXT(2);
            }
            NEXT(2 + (int16_t)C);
        }
        SAVE;
        py_next(it);
        goto error;
    }

    /* ---- calls ---- */

    OP_CASE(CALL) {
        Value callable = R(B);
        Value *args = &R(B + 2);
        uint32_t nargs = C;
        if (!X && args[-1] != VM_UNBOUND) {
            args--;
            nargs++;
        }
        SAVE;
        if (LIKELY(is_ref(callable))) {
            uint32_t shape = STM_OBJ(callable)->shape;
            if (LIKELY(shape == TYPE_FUNCTION)) {
                PyFunction GS *function = REF(PyFunction, callable);
                VmCode *callee = vm_code((uint32_t)function->code_id);
                VmFrame *pushed = (VmFrame *)&R(code->register_count);
                uint32_t count = callee->register_count;
                if (LIKELY(atomic_load_acquire(&callee->simple_args) == nargs && /* pairs with publish_body */
                           (uint8_t *)&pushed->registers[count] <= thread->stack_limit &&
                           frame->depth + 1 < thread->depth_limit)) {
                    pushed->prev = frame;
                    pushed->code = callee;
                    pushed->function = callable;
                    pushed->locals = 0;
                    pushed->object = 0;
                    pushed->generator = 0;
                    pushed->result_reg = A;
                    pushed->leave = 0;
                    pushed->depth = frame->depth + 1;
                    uint32_t i = 0;
                    for (; i < nargs; i++) pushed->registers[i] = args[i];
                    for (; i < count; i++) pushed->registers[i] = VM_UNBOUND;
                    if (callee->free_count) {
                        Value closure = function->closure;
                        uint32_t first = callee->local_count + callee->cell_count;
                        for (uint32_t k = 0; k < callee->free_count; k++)
                            pushed->registers[first + k] = tuple_item(closure, k);
                    }
                    pushed->pc = callee->instrs;
                    thread->frame = frame = pushed;
                    code = callee;
                    pc = callee->instrs;
                    DISPATCH();
                }
            } else if (TRACING) { /* vm_call_push tells of functions in C */
            } else if (shape == TYPE_METHOD_DESCR) {
                VmDef *def = vm_def(REF(PyMethodDescr, callable)->def_id);
                if (LIKELY(nargs && shape_of(args[0]) == def->owner)) {
                    if (UNLIKELY(def->drain)) STORE_RESULT(drain_call(thread, frame, def, 0, args, nargs), 2);
                    STORE_OR_RAISE(vm_with_signals_may_call(LIKELY(vm_def_fits(def, nargs)) ? def->def->fn(args, nargs, 0)
                                                                                            : py_builtin_call(def, 0, args, nargs, 0)), 2);
                }
            } else if (shape == TYPE_BUILTIN) {
                PyBuiltin GS *builtin = REF(PyBuiltin, callable);
                VmDef *def = vm_def(builtin->def_id);
                if (UNLIKELY(def->drain)) STORE_RESULT(drain_call(thread, frame, def, builtin->self, args, nargs), 2);
                bool fits = !def->owner && vm_def_fits(def, nargs) && is_exactly(builtin->self, TYPE_MODULE);
                STORE_OR_RAISE(vm_with_signals_may_call(fits ? def->def->fn(args, nargs, 0)
                                                             : py_builtin_call(def, builtin->self, args, nargs, 0)), 2);
            } else if (shape == TYPE_TYPE && nargs == 1 && is_ref(args[0]) && STM_OBJ(args[0])->shape == TYPE_GENERATOR) {
                result = drain_class(thread, frame, callable, args);
                if (result != VM_STOP) STORE_RESULT(result, 2);
            }
        }
        if (X) args[-1] = VM_UNBOUND;
        STORE_RESULT(vm_call_push(thread, callable, args, nargs, 0, A, VM_RETURN_NEXT), 2);
    }
    OP_CASE(CALL_KW) {
        Value *args = &R(B + 2);
        uint32_t nargs = C;
        Value kwnames = code->constants[pc[2].word];
        if (X) args[-1] = VM_UNBOUND;
        else if (args[-1] != VM_UNBOUND) {
            args--;
            nargs++;
        }
        nargs -= (uint32_t)tuple_length(kwnames);
        SAVE;
        STORE_RESULT(vm_call_push(thread, R(B), args, nargs, kwnames, A, VM_RETURN_NEXT), 3);
    }
    OP_CASE(CALL_EX) {
        SAVE;
        STORE_RESULT(vm_call_ex(thread, R(B), R(B + 1), R(B + 2), A), 1);
    }
    OP_CASE(RETURN) {
        result = R(A);
        SAVE;
    }
leave: {
    if (TRACING && trace_return(thread, frame, result) < 0) {
        if (LIKELY(vm_unwind_caller(thread))) RELOAD();
        return 0;
    }
    if (LIKELY(frame->leave == 0)) {
        VmFrame *caller = frame->prev;
        caller->registers[frame->result_reg] = result;
        thread->frame = frame = caller;
        code = caller->code;
        pc = caller->pc;
        if (LIKELY(pc->op == OP_CALL)) NEXT(2);
        NEXT(vm_op_words[pc->op]);
    }
    goto leave_slow;
}

    /* ---- generators ---- */

    OP_CASE(YIELD) {
        SAVE;
        result = R(B);
        goto yield;
    }
    OP_CASE(YIELD_FROM) {
        SAVE;
        result = generator_delegate(thread, frame, R(B), R(A));
        if (UNLIKELY(!result)) goto error;
        if (UNLIKELY(result == VM_PUSHED)) RELOAD();
        if (result == VM_STOP) { /* exhausted: the result is in R[a] already */
            if (TRACING && trace_iterator_end(thread, R(B), R(A)) < 0) goto error;
            NEXT(1);
        }
        goto yield;
    }
yield: {
    /* Frames of delegating generators are left too, up to the one who wants the value. */
    uint8_t action;
    uint16_t reg;
    Value generator;
    for (;;) {
        action = frame->action;
        bool entry = frame->flags & FRAME_ENTRY;
        if (action >= VM_RETURN_DRAIN_COLLECT && !TRACING && drain_take(frame, action, result)) {
            pc = frame->pc;
            code = frame->code;
            R(A) = VM_NONE;
            NEXT(pc->op == OP_YIELD ? 1 : 0);
        }
        generator = frame->generator;
        reg = frame->result_reg;
        if (TRACING && trace_return(thread, frame, result) < 0) goto error;
        generator_suspend(thread, frame);
        if (entry) return result;
        frame = thread->frame;
        if (action != VM_RETURN_GENERATOR_FROM) break;
    }
    code = frame->code;
    pc = frame->pc;
    if (UNLIKELY(action >= VM_RETURN_DRAIN_COLLECT)) {
        result = drain_step(thread, generator, reg, action, result);
        if (result == VM_STOP) DISPATCH();
        STORE_RESULT(result, 2);
    }
    R(A) = result;
    NEXT(vm_op_words[pc->op]);
}
    OP_CASE(GET_YIELD_FROM_ITER) {
        SAVE;
        STORE_OR_RAISE(generator_yield_from_iter(frame, R(B)), 1);
    }
    OP_CASE(GET_AWAITABLE) {
        SAVE;
        STORE_OR_RAISE(vm_get_awaitable(R(B), X), 1);
    }
    OP_CASE(GET_AITER) {
        SAVE;
        STORE_OR_RAISE(vm_get_aiter(R(B)), 1);
    }
    OP_CASE(GET_ANEXT) {
        SAVE;
        STORE_OR_RAISE(vm_get_anext(R(B)), 1);
    }
    OP_CASE(END_ASYNC_FOR) {
        SAVE;
        if (py_type_is_subtype(py_type_of(R(A)), py_type(TYPE_StopAsyncIteration))) NEXT(1);
        thread->exception = R(A);
        goto unwind_quietly;
    }
    OP_CASE(ASYNC_GEN_WRAP) {
        SAVE;
        STORE_OR_RAISE(async_gen_wrap(R(B)), 1);
    }

    /* ---- displays ---- */

    OP_CASE(BUILD_LIST) {
        SAVE;
        STORE_OR_RAISE(py_list_from(&R(B), C), 1);
    }
    OP_CASE(BUILD_TUPLE) {
        SAVE;
        STORE_OR_RAISE(py_tuple_from(&R(B), C), 1);
    }
    OP_CASE(BUILD_SET) {
        SAVE;
        Value set = py_set_new();
        if (UNLIKELY(!set)) goto error;
        for (uint32_t i = 0; i < C; i++)
            if (UNLIKELY(py_set_add(set, R(B + i)) < 0)) goto error;
        R(A) = set;
        NEXT(1);
    }
    OP_CASE(BUILD_MAP) {
        SAVE;
        Value dict = py_dict_new();
        if (UNLIKELY(!dict)) goto error;
        for (uint32_t i = 0; i < C; i++)
            if (UNLIKELY(py_dict_set(dict, R(B + 2 * i), R(B + 2 * i + 1)) < 0)) goto error;
        R(A) = dict;
        NEXT(1);
    }
    OP_CASE(BUILD_STRING) {
        SAVE;
        STORE_OR_RAISE(vm_build_string(&R(B), C), 1);
    }
    OP_CASE(FORMAT_VALUE) {
        SAVE;
        STORE_OR_RAISE(vm_format_value(R(B), X & 4 ? R(C) : 0, X), 1);
    }
    OP_CASE(LIST_APPEND) CHECK_STATUS(list_append_fast(R(A), R(B)), 1);
    OP_CASE(SET_ADD) {
        SAVE;
        CHECK_STATUS(py_set_add(R(A), R(B)), 1);
    }
    OP_CASE(MAP_ADD) {
        SAVE;
        CHECK_STATUS(py_dict_set(R(A), R(B), R(C)), 1);
    }
    OP_CASE(LIST_EXTEND) {
        SAVE;
        CHECK_STATUS(vm_list_extend(R(A), R(B), X), 1);
    }
    OP_CASE(SET_UPDATE) {
        SAVE;
        CHECK_STATUS(py_set_update(R(A), R(B)), 1);
    }
    OP_CASE(DICT_UPDATE) {
        SAVE;
        CHECK_STATUS(vm_dict_update(R(A), R(B)), 1);
    }
    OP_CASE(DICT_MERGE) {
        SAVE;
        CHECK_STATUS(py_dict_merge_unique(R(A), R(B), R(C)), 1);
    }
    OP_CASE(LIST_TO_TUPLE) {
        SAVE;
        STORE_OR_RAISE(py_list_to_tuple(R(B)), 1);
    }
    OP_CASE(UNPACK) {
        Value v = R(B);
        SAVE;
        if (LIKELY(is_ref(v) && STM_OBJ(v)->shape == TYPE_TUPLE && tuple_length(v) == C)) {
            for (uint32_t i = 0; i < C; i++) R(A + i) = tuple_item(v, i);
            NEXT(1);
        }
        if (UNLIKELY(!vm_unpack(frame, v, C, 0, false, A))) goto error;
        NEXT(1);
    }
    OP_CASE(UNPACK_EX) {
        SAVE;
        if (UNLIKELY(!vm_unpack(frame, R(B), C, X, true, A))) goto error;
        NEXT(1);
    }
    OP_CASE(MAKE_FUNCTION) {
        SAVE;
        STORE_OR_RAISE(vm_make_function(frame, code->constants[B], X, &R(C)), 1);
    }
    OP_CASE(LOAD_BUILD_CLASS) {
        SAVE;
        STORE_OR_RAISE(vm_build_class_function(frame), 1);
    }
    OP_CASE(SETUP_ANNOTATIONS) {
        SAVE;
        CHECK_STATUS(vm_setup_annotations(frame), 1);
    }
    OP_CASE(IMPORT_NAME) {
        SAVE;
        STORE_OR_RAISE(vm_import_name(frame, code->names[C], R(B), R(B + 1)), 1);
    }
    OP_CASE(IMPORT_FROM) {
        SAVE;
        STORE_OR_RAISE(vm_import_from(R(B), code->names[C]), 1);
    }
    OP_CASE(IMPORT_STAR) {
        SAVE;
        CHECK_STATUS(vm_import_star(frame, R(A)), 1);
    }
    OP_CASE(PRINT_EXPR) {
        SAVE;
        CHECK_STATUS(vm_print_expr(R(A)), 1);
    }
    OP_CASE(LOAD_ASSERTION_ERROR) {
        R(A) = py_type(TYPE_AssertionError);
        NEXT(1);
    }

    /* ---- exceptions ---- */

    OP_CASE(RAISE) {
        SAVE;
        bool again = X == 0 && thread->handled && thread->handled != VM_NONE;
        vm_raise_statement(thread, frame, X, R(A), R(B));
        if (again) goto unwind_quietly;
        goto error;
    }
    OP_CASE(RERAISE) {
        SAVE;
        thread->exception = R(A);
        goto unwind_quietly;
    }
    OP_CASE(PUSH_EXC) {
        Value exception = R(B);
        R(A) = thread->handled;
        if (frame->generator && !(frame->flags & FRAME_HANDLES)) {
            R(A) = VM_UNBOUND;
            frame->flags |= FRAME_HANDLES;
        }
        thread->handled = exception;
        NEXT(1);
    }
    OP_CASE(POP_EXC) {
        Value outer = R(A);
        if (UNLIKELY(outer == VM_UNBOUND)) {
            outer = frame->resumer_handled;
            frame->flags &= (uint8_t)~FRAME_HANDLES;
        }
        thread->handled = outer;
        NEXT(1);
    }
    OP_CASE(EXC_MATCH) {
        SAVE;
        int match = vm_exception_match(R(B), R(C));
        if (UNLIKELY(match < 0)) goto error;
        R(A) = vm_bool(match);
        NEXT(1);
    }
    OP_CASE(EXC_GROUP_MATCH) {
        SAVE;
        Value match, rest;
        if (UNLIKELY(vm_exception_group_match(R(B), R(C), &match, &rest) < 0)) goto error;
        R(A) = match;
        R(A + 1) = rest;
        NEXT(1);
    }
    OP_CASE(EXC_GROUP_RESULT) {
        SAVE;
        STORE_OR_RAISE(vm_exception_group_result(R(B), R(C)), 1);
    }
    OP_CASE(WITH_EXCEPT_START) {
        SAVE;
        Value exception = R(C);
        Value traceback = GET(REF(PyException, exception), traceback);
        Value args[5] = {0, R(B + 1), py_type_of(exception), exception,
                         traceback ? traceback : VM_NONE};
        unsigned skip = R(B + 1) == VM_UNBOUND;
        STORE_RESULT(vm_call_push(thread, R(B), args + 1 + skip, 4 - skip, 0, A, VM_RETURN_NEXT), 1);
    }

    /* ---- match ---- */

    OP_CASE(MATCH_MAPPING) {
        R(A) = vm_bool(type_flag(R(B), VM_TYPE_MAPPING));
        NEXT(1);
    }
    OP_CASE(MATCH_SEQUENCE) {
        R(A) = vm_bool(type_flag(R(B), VM_TYPE_SEQUENCE));
        NEXT(1);
    }
    OP_CASE(MATCH_KEYS) {
        SAVE;
        STORE_OR_RAISE(vm_match_keys(R(B), R(C)), 1);
    }
    OP_CASE(MATCH_CLASS) {
        SAVE;
        STORE_OR_RAISE(vm_match_class(R(B), R(B + 1), X, code->constants[C]), 1);
    }
    OP_CASE(GET_LEN) {
        SAVE;
        int64_t length = py_length(R(B));
        if (UNLIKELY(length < 0)) goto error;
        R(A) = int_make(length);
        NEXT(1);
    }

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
