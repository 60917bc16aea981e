/* See drain.h. */
#include "vm/exec/drain.h"
#include "vm/objects/type.h"

static bool is_generator(Value v) { return is_ref(v) && shape_of(v) == TYPE_GENERATOR; }

/* Put `into` where the generator is, and resume that. */
static Value begin(VmThread *thread, VmFrame *frame, Value *arg, Value into, uint8_t action) {
    Value generator = *arg;
    if (!into) return 0;
    *arg = into;
    Value pushed = generator_push(thread, generator, VM_NONE, (uint16_t)(arg - frame->registers), action);
    if (pushed == VM_PUSHED) return pushed;
    *arg = generator;
    return pushed; /* it has ended before, or cannot be resumed: the function says what then */
}

static Value new_cell(Value content) {
    Value cell = gc_alloc(TYPE_CELL, GCK_MUTABLE, sizeof(PyCell));
    REF(PyCell, cell)->value = content;
    return cell;
}

static Value first_content(uint8_t action, const Value *args, size_t nargs) {
    switch (action) {
    case VM_RETURN_DRAIN_COLLECT: return py_list_new(0);
    case VM_RETURN_DRAIN_SUM: return new_cell(nargs > 1 ? args[1] : int_make(0));
    case VM_RETURN_DRAIN_MIN: case VM_RETURN_DRAIN_MAX: return new_cell(VM_UNBOUND);
    default: return VM_NONE;
    }
}

/* next(g), g.send(v): VM_STOP if it is something else, or has ended. */
static Value resume(VmThread *thread, VmFrame *frame, const VmDef *def, Value self_or_0, const Value *args, size_t nargs) {
    bool bound = def->owner && self_or_0;
    if (nargs != (size_t)(def->owner && !bound) + 1) return VM_STOP;
    Value generator = bound ? self_or_0 : args[0], sent = def->owner ? args[!bound] : VM_NONE;
    if (!is_ref(generator)) return VM_STOP;
    uint32_t shape = shape_of(generator);
    if (shape != TYPE_GENERATOR && (shape != TYPE_COROUTINE || !def->owner)) return VM_STOP;
    if (GET(REF(PyGenerator, generator), state) == GEN_DONE) return VM_STOP;
    return generator_push(thread, generator, sent, frame->pc->a, VM_RETURN_GENERATOR_NEXT);
}

Value drain_call(VmThread *thread, VmFrame *frame, VmDef *def, Value self_or_0, Value *args, size_t nargs) {
    uint8_t action = def->drain;
    if (action == VM_RETURN_GENERATOR_NEXT) {
        Value pushed = resume(thread, frame, def, self_or_0, args, nargs);
        return pushed != VM_STOP ? pushed : py_builtin_call(def, self_or_0, args, nargs, 0);
    }
    size_t at = def->owner && !self_or_0, given = nargs - at;
    bool fits = given == 1 || (given == 2 && action == VM_RETURN_DRAIN_SUM && (is_int(args[1]) || is_float(args[1])));
    if (fits && is_generator(args[at])) {
        Value pushed = begin(thread, frame, &args[at], first_content(action, args, nargs), action);
        if (pushed != VM_STOP) return pushed;
    }
    return py_builtin_call(def, self_or_0, args, nargs, 0);
}

Value drain_class(VmThread *thread, VmFrame *frame, Value type, Value *arg) {
    if (type == py_type(TYPE_LIST) || type == py_type(TYPE_TUPLE)) return begin(thread, frame, arg, py_list_new(0), VM_RETURN_DRAIN_COLLECT);
    if (type == py_type(TYPE_SET) || type == py_type(TYPE_FROZENSET)) return begin(thread, frame, arg, py_set_new(), VM_RETURN_DRAIN_SET);
    return VM_STOP;
}

/* Truth, hash and comparisons among those of one kind call nothing. */
static bool is_simple(Value v) { return !is_ref(v) || shape_of(v) == TYPE_STR; }
static bool is_one_kind(Value a, Value b) { return is_int(a) ? is_int(b) : is_float(a) ? is_float(b) : is_ref(a) && is_ref(b); }

/* The new total, or 0 if it takes more than this. */
static Value sum_simple(Value total, Value item) {
    if (is_int(total) && is_int(item)) return py_int_from_i64(int_value(total) + int_value(item));
    if (is_int(total) && is_bool(item)) return py_int_from_i64(int_value(total) + (item == VM_TRUE));
    if (is_float(total) && is_float(item)) return float_make(float_value(total) + float_value(item));
    return 0;
}

static int better(uint8_t action, Value item, Value best) {
    return best == VM_UNBOUND ? 1 : py_compare_bool(item, best, action == VM_RETURN_DRAIN_MIN ? PY_LT : PY_GT);
}

bool drain_take(VmFrame *frame, uint8_t action, Value item) {
    Value into = frame->prev->registers[frame->result_reg], content, total;
    switch (action) {
    case VM_RETURN_DRAIN_COLLECT: return py_list_append(into, item) == 0 || (py_error_clear(), false);
    case VM_RETURN_DRAIN_SET: return is_simple(item) && (py_set_add(into, item) == 0 || (py_error_clear(), false));
    case VM_RETURN_DRAIN_SUM:
        if (!(total = sum_simple(GET(REF(PyCell, into), value), item))) return false;
        SET(REF(PyCell, into), value, total);
        return true;
    case VM_RETURN_DRAIN_ANY: return is_simple(item) && !py_truth(item);
    case VM_RETURN_DRAIN_ALL: return is_simple(item) && py_truth(item);
    default:
        content = GET(REF(PyCell, into), value);
        if (!is_simple(item) || (content != VM_UNBOUND && !(is_simple(content) && is_one_kind(content, item)))) return false;
        if (better(action, item, content) > 0) SET(REF(PyCell, into), value, item);
        return true;
    }
}

Value drain_end(VmFrame *frame, uint16_t reg, uint8_t action) {
    Value into = frame->registers[reg], content;
    switch (action) {
    case VM_RETURN_DRAIN_COLLECT: return frame->registers[frame->pc->b] == py_type(TYPE_LIST) ? into : VM_STOP;
    case VM_RETURN_DRAIN_SET: return frame->registers[frame->pc->b] == py_type(TYPE_SET) ? into : VM_STOP;
    case VM_RETURN_DRAIN_ANY: return VM_FALSE;
    case VM_RETURN_DRAIN_ALL: return VM_TRUE;
    default:
        content = GET(REF(PyCell, into), value);
        if (content != VM_UNBOUND) return content;
        frame->registers[reg] = py_tuple_new(0); /* the function itself knows what to say */
        return VM_STOP;
    }
}

/* One item, with all that it may call: 1 go on, 0 the call's result is known, -1. */
static int take_may_call(Value into, uint8_t action, Value item) {
    Value total;
    int status;
    switch (action) {
    case VM_RETURN_DRAIN_COLLECT: return py_list_append(into, item) < 0 ? -1 : 1;
    case VM_RETURN_DRAIN_SET: return py_set_add(into, item) < 0 ? -1 : 1;
    case VM_RETURN_DRAIN_SUM:
        if (!(total = py_binary(PY_OP_ADD, GET(REF(PyCell, into), value), item))) return -1;
        SET(REF(PyCell, into), value, total);
        return 1;
    case VM_RETURN_DRAIN_ANY: case VM_RETURN_DRAIN_ALL:
        status = py_truth(item);
        return status < 0 ? -1 : status == (action == VM_RETURN_DRAIN_ALL);
    default:
        status = better(action, item, GET(REF(PyCell, into), value));
        if (status > 0) SET(REF(PyCell, into), value, item);
        return status < 0 ? -1 : 1;
    }
}

Value drain_step(VmThread *thread, Value generator, uint16_t reg, uint8_t action, Value item) {
    VmFrame *frame = thread->frame;
    int status = take_may_call(frame->registers[reg], action, item);
    if (status < 0) return 0;
    if (status == 0) return vm_bool(action == VM_RETURN_DRAIN_ANY);
    Value pushed = generator_push(thread, generator, VM_NONE, reg, action);
    return pushed == VM_STOP ? drain_end(frame, reg, action) : pushed;
}
