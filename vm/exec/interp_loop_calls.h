/* A part of the loop's function, with its macros and variables: calls, generators. Included by interp_loop.h. */

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
