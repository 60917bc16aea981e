/* A part of the loop's function, with its macros and variables: operators, jumps, iteration. Included by interp_loop.h. */

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
    OP_CASE(GET_LOOP) {
        Value v = R(B), *state = &R(A);
        if (LIKELY(is_exactly(v, TYPE_RANGE)) && range_to_loop(v, state)) NEXT(1);
        state[1] = state[2] = int_make(0);
        SAVE;
        STORE_RESULT(iter_get(thread, frame, v), 1);
    }
    OP_CASE(FOR_LOOP) {
        Value *state = &R(B), left = state[0], item = state[1];
        if (UNLIKELY(!is_int(left))) goto op_FOR_ITER;
        if (LIKELY((int64_t)left > (int64_t)int_make(0))) {
            state[0] = left - 2;
            state[1] = item + state[2] - 1; /* after the last item whatever int */
            R(A) = item;
            NEXT(2);
        }
        NEXT(2 + (int16_t)C);
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
