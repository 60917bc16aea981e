/* A part of the loop's function, with its macros and variables: displays, exceptions, match. Included by interp_loop.h. */

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
