/* Operators, subscripts and iteration on objects whose class is written in Python: the special method's
 * frame is pushed, with a return action that knows how to go on. Everything else goes to the generic
 * operations (py_binary and so on). */
#include "vm/exec/interp.h"
#include "vm/exec/interp_iter.h"
#include "vm/exec/interp_subscript.h"
#include "vm/objects/type.h"

/* Interned names of the special methods by PY_OP_*: plain, reflected, in place. */
static Value op_names[PY_OP_COUNT][3];
static Value compare_names[6];

void vm_operator_names_init(void) {
    static const char *const stems[PY_OP_COUNT] = {
        [PY_OP_ADD] = "add",           [PY_OP_SUB] = "sub",
        [PY_OP_MUL] = "mul",           [PY_OP_MATMUL] = "matmul",
        [PY_OP_TRUEDIV] = "truediv",   [PY_OP_FLOORDIV] = "floordiv",
        [PY_OP_MOD] = "mod",           [PY_OP_DIVMOD] = "divmod",
        [PY_OP_POW] = "pow",           [PY_OP_LSHIFT] = "lshift",
        [PY_OP_RSHIFT] = "rshift",     [PY_OP_AND] = "and",
        [PY_OP_XOR] = "xor",           [PY_OP_OR] = "or"};
    static const char *const prefixes[3] = {"", "r", "i"};
    static const char *const compares[6] = {"lt", "le", "eq", "ne", "gt", "ge"};
    char name[32];
    for (int op = 0; op < PY_OP_COUNT; op++)
        for (int form = 0; form < 3; form++) {
            snprintf(name, sizeof name, "__%s%s__", prefixes[form], stems[op]);
            op_names[op][form] = py_intern_c(name);
        }
    for (int op = 0; op < 6; op++) {
        snprintf(name, sizeof name, "__%s__", compares[op]);
        compare_names[op] = py_intern_c(name);
    }
}

static bool is_heap_object(Value v) {
    return is_ref(v) && STM_OBJ(v)->shape >= TYPE_BUILTIN_COUNT && type_flag(v, VM_TYPE_HEAP);
}

/* The Python function that is `name` of v's class; 0: absent, or something else (*other is set). */
static Value python_method(Value v, Value name, bool *other) {
    Value found = py_type_lookup(py_type_of(v), name);
    if (found && has_type(found, TYPE_FUNCTION)) return found;
    if (found) *other = true;
    return 0;
}

static Value push_method(VmThread *thread, Value function, Value self, Value arg, uint8_t action) {
    Value args[2] = {self, arg};
    VmFrame *frame = vm_bind_frame(thread, function, args, arg ? 2 : 1, 0);
    if (!frame) return 0;
    frame->result_reg = frame->prev->pc->a;
    frame->action = action;
    return VM_PUSHED;
}

/* ---- binary operators ------------------------------------------------------------------------- */

static int op_of(const VmInstr *pc) {
    switch (pc->op) {
    case OP_ADD: case OP_ADD_I: return PY_OP_ADD;
    case OP_SUB: case OP_SUB_I: return PY_OP_SUB;
    case OP_MUL: case OP_MUL_I: return PY_OP_MUL;
    case OP_MATMUL: return PY_OP_MATMUL;
    case OP_TRUEDIV: return PY_OP_TRUEDIV;
    case OP_FLOORDIV: case OP_FLOORDIV_I: return PY_OP_FLOORDIV;
    case OP_MOD: case OP_MOD_I: return PY_OP_MOD;
    case OP_POW: return PY_OP_POW;
    case OP_LSHIFT: case OP_LSHIFT_I: return PY_OP_LSHIFT;
    case OP_RSHIFT: case OP_RSHIFT_I: return PY_OP_RSHIFT;
    case OP_AND: case OP_AND_I: return PY_OP_AND;
    case OP_XOR: return PY_OP_XOR;
    default: return PY_OP_OR;
    }
}

static bool has_immediate(uint8_t op) { return op >= OP_ADD_I && op <= OP_RSHIFT_I; }

/* The operands of the operator instruction at frame->pc: still in their registers. */
static void operands(const VmFrame *frame, Value *a, Value *b) {
    const VmInstr *pc = frame->pc;
    *a = frame->registers[pc->b];
    *b = has_immediate(pc->op) ? int_make((int16_t)pc->c) : frame->registers[pc->c];
}

/* The right operand's turn first: its class derives from the left one's and overrides the method. */
static bool right_goes_first(Value a, Value b, int op) {
    Value ta = py_type_of(a), tb = py_type_of(b);
    return ta != tb && py_type_is_subtype(tb, ta) &&
           py_type_lookup(tb, op_names[op][1]) != py_type_lookup(ta, op_names[op][1]);
}

static Value raise_operands(int op, Value a, Value b, bool inplace) {
    static const char *const symbols[] = {"+",  "-",  "*",  "@", "/", "//", "%",
                                          "divmod()", "** or pow()", "<<", ">>", "&", "^", "|"};
    static const char *const inplace_symbols[] = {"+=", "-=", "*=",  "@=",  "/=", "//=", "%=",
                                                  "divmod()", "**=", "<<=", ">>=", "&=", "^=", "|="};
    return py_raise(TYPE_TypeError, "unsupported operand type(s) for %s: '%T' and '%T'",
                    inplace ? inplace_symbols[op] : symbols[op], a, b);
}

Value vm_binary(VmThread *thread, VmFrame *frame, int op, Value a, Value b, bool inplace) {
    (void)frame;
    if (!is_heap_object(a) && !is_heap_object(b))
        return py_binary(op + (inplace ? PY_OP_INPLACE : 0), a, b);
    bool other = false;
    if (inplace) {
        Value method = python_method(a, op_names[op][2], &other);
        if (method) return push_method(thread, method, a, b, VM_RETURN_INPLACE);
        if (other) return py_binary(op + PY_OP_INPLACE, a, b);
    }
    if (right_goes_first(a, b, op)) return py_binary(op + (inplace ? PY_OP_INPLACE : 0), a, b);
    Value method = python_method(a, op_names[op][0], &other);
    if (method) return push_method(thread, method, a, b, VM_RETURN_BINARY);
    if (!other && py_type_of(a) != py_type_of(b)) {
        method = python_method(b, op_names[op][1], &other);
        if (method) return push_method(thread, method, b, a, VM_RETURN_REFLECTED);
    }
    return py_binary(op + (inplace ? PY_OP_INPLACE : 0), a, b);
}

/* The right operand's reflected method, whatever it is; the left one's has given NotImplemented. */
static Value try_reflected(VmThread *thread, int op, Value a, Value b, bool inplace) {
    bool other = false;
    if (py_type_of(a) == py_type_of(b)) return raise_operands(op, a, b, inplace);
    Value method = python_method(b, op_names[op][1], &other);
    if (method) return push_method(thread, method, b, a, VM_RETURN_REFLECTED);
    Value result = VM_NOT_IMPLEMENTED;
    if (other) {
        Value bound = py_lookup_special(b, op_names[op][1]);
        if (!bound) return 0;
        result = py_call1(bound, a);
    }
    return result == VM_NOT_IMPLEMENTED ? raise_operands(op, a, b, inplace) : result;
}

static Value after_inplace(VmThread *thread, int op, Value a, Value b) {
    bool other = false;
    Value method = right_goes_first(a, b, op) ? 0 : python_method(a, op_names[op][0], &other);
    if (method) return push_method(thread, method, a, b, VM_RETURN_BINARY);
    return py_binary(op, a, b);
}

/* ---- comparisons ------------------------------------------------------------------------------ */

static const uint8_t swapped[6] = {PY_GT, PY_GE, PY_EQ, PY_NE, PY_LT, PY_LE};

/* JUMP_CMP and COMPARE have their operands in different places. */
static int compare_operands(const VmFrame *frame, Value *a, Value *b) {
    const VmInstr *pc = frame->pc;
    bool jump = pc->op != OP_COMPARE;
    *a = frame->registers[jump ? pc->a : pc->b];
    *b = pc->op == OP_JUMP_CMP_I ? int_make((int16_t)pc->b) : frame->registers[jump ? pc->b : pc->c];
    return jump ? pc->x & 7 : pc->x;
}

Value vm_compare(VmThread *thread, VmFrame *frame, int op, Value a, Value b, uint8_t jump_action) {
    (void)frame;
    (void)jump_action;
    bool other = false;
    if (!is_heap_object(a) || (py_type_of(a) != py_type_of(b) &&
                               py_type_is_subtype(py_type_of(b), py_type_of(a))))
        return py_compare(a, b, op);
    Value method = python_method(a, compare_names[op], &other);
    if (!method) return py_compare(a, b, op);
    return push_method(thread, method, a, b, VM_RETURN_COMPARE);
}

static Value compare_default(int op, Value a, Value b) {
    static const char *const symbols[] = {"<", "<=", "==", "!=", ">", ">="};
    if (op == PY_EQ) return vm_bool(a == b);
    if (op == PY_NE) return vm_bool(a != b);
    return py_raise(TYPE_TypeError, "'%s' not supported between instances of '%T' and '%T'", symbols[op],
                    a, b);
}

static Value after_compare(VmThread *thread, int op, Value a, Value b) {
    bool other = false;
    if (is_heap_object(b)) {
        Value method = python_method(b, compare_names[swapped[op]], &other);
        if (method) return push_method(thread, method, b, a, VM_RETURN_COMPARE_REFLECTED);
    }
    Value (*slot)(Value, Value, int) = slots_of(b)->richcompare;
    Value result = slot ? slot(b, a, swapped[op]) : VM_NOT_IMPLEMENTED;
    return result == VM_NOT_IMPLEMENTED ? compare_default(op, a, b) : result;
}

/* Store a comparison's result, or jump by its truth. */
static bool finish_compare(VmFrame *frame, Value result) {
    const VmInstr *pc = frame->pc;
    if (pc->op == OP_COMPARE) {
        frame->registers[pc->a] = result;
        frame->pc += 2;
        return true;
    }
    int truth = py_truth(result);
    if (truth < 0) return false;
    frame->pc += truth == pc->x >> 3 ? 2 + (int16_t)pc->c : 2;
    return true;
}

bool vm_return_binary(VmThread *thread, VmFrame *caller, uint8_t action, Value result) {
    Value a, b;
    bool compare = action == VM_RETURN_COMPARE || action == VM_RETURN_COMPARE_REFLECTED;
    if (result == VM_NOT_IMPLEMENTED) {
        int op = compare ? compare_operands(caller, &a, &b) : (operands(caller, &a, &b), op_of(caller->pc));
        bool inplace = !compare && caller->pc->x;
        switch (action) {
        case VM_RETURN_INPLACE: result = after_inplace(thread, op, a, b); break;
        case VM_RETURN_BINARY: result = try_reflected(thread, op, a, b, inplace); break;
        case VM_RETURN_REFLECTED: result = raise_operands(op, a, b, inplace); break;
        case VM_RETURN_COMPARE: result = after_compare(thread, op, a, b); break;
        default: result = compare_default(op, a, b);
        }
        if (!result) return false;
        if (result == VM_PUSHED) return true;
    }
    if (compare) return finish_compare(caller, result);
    caller->registers[caller->pc->a] = result;
    caller->pc += vm_op_words[caller->pc->op];
    return true;
}

/* ---- subscripts, membership ------------------------------------------------------------------- */

/* The slots of the built-in type that v's class has `name` from; 0: something else. */
static const PySlots *inherited_slots(Value v, Value name) {
    Value type = py_type_of(v);
    return descr_wrapped_slots(py_type_lookup(type, name), name, type);
}

Value vm_getitem(VmThread *thread, VmFrame *frame, Value v, Value key) {
    (void)frame;
    bool other = false;
    if (is_heap_object(v)) {
        Value method = python_method(v, NAME(__getitem__), &other);
        if (method) return push_method(thread, method, v, key, VM_RETURN_NEXT);
        const PySlots *own = other ? inherited_slots(v, NAME(__getitem__)) : 0;
        if (own) return own->getitem(v, key);
    }
    return py_getitem(v, key);
}

Value vm_setitem(VmThread *thread, VmFrame *frame, Value v, Value key, Value value) {
    (void)frame;
    bool other = false;
    Value method = is_heap_object(v) ? python_method(v, NAME(__setitem__), &other) : 0;
    const PySlots *own = other ? inherited_slots(v, NAME(__setitem__)) : 0;
    if (own) return own->setitem(v, key, value) < 0 ? 0 : 1;
    if (!method) return py_setitem(v, key, value) < 0 ? 0 : 1;
    Value args[3] = {v, key, value};
    VmFrame *pushed = vm_bind_frame(thread, method, args, 3, 0);
    if (!pushed) return 0;
    pushed->action = VM_RETURN_DISCARD;
    return VM_PUSHED;
}

Value vm_contains(VmThread *thread, VmFrame *frame, Value container, Value item) {
    (void)frame;
    bool other = false;
    if (is_heap_object(container)) {
        Value method = python_method(container, NAME(__contains__), &other);
        if (method) return push_method(thread, method, container, item, VM_RETURN_TRUTH);
    } else if (is_exactly(container, TYPE_DICT) && table_is_simple(item)) {
        Value found = dict_get_fast(container, item);
        if (UNLIKELY(!found)) found = dict_get_full(container, item);
        if (LIKELY(found)) return vm_bool(found != VM_UNBOUND);
    }
    int status = py_contains(container, item);
    return status < 0 ? 0 : vm_bool(status);
}

/* ---- iteration -------------------------------------------------------------------------------- */

Value iter_get(VmThread *thread, VmFrame *frame, Value v) {
    (void)frame;
    bool other = false;
    if (is_ref(v) && STM_OBJ(v)->shape == TYPE_GENERATOR) return v;
    if (is_heap_object(v)) {
        Value method = python_method(v, NAME(__iter__), &other);
        if (method) return push_method(thread, method, v, 0, VM_RETURN_ITER);
    }
    return py_iter(v);
}

Value iter_next_slow(VmThread *thread, VmFrame *frame, Value it) {
    (void)frame;
    bool other = false;
    if (is_heap_object(it)) {
        Value method = python_method(it, NAME(__next__), &other);
        if (method) return push_method(thread, method, it, 0, VM_RETURN_FOR_ITER);
        return py_next(it);
    }
    Value (*next)(Value) = slots_of(it)->next;
    return LIKELY(next) ? next(it) : py_next(it);
}
