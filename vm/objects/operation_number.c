/* operation_number.c -- operators on any operands: which slot is asked in which order, and the errors
 * when none knows the other operand. */
#include "vm/objects/type.h"

static const struct {
    uint16_t slot, inplace; /* offsets in PySlots; 0: none */
    const char *sign, *inplace_sign;
} operators[PY_OP_COUNT] = {
#define OPERATOR(op, slot, islot, sign)                                                            \
    [PY_OP_##op] = {offsetof(PySlots, slot), offsetof(PySlots, islot), sign, sign "="},
    OPERATOR(ADD, add, iadd, "+") OPERATOR(SUB, sub, isub, "-") OPERATOR(MUL, mul, imul, "*")
    OPERATOR(MATMUL, matmul, imatmul, "@") OPERATOR(TRUEDIV, truediv, itruediv, "/")
    OPERATOR(FLOORDIV, floordiv, ifloordiv, "//") OPERATOR(MOD, mod, imod, "%")
    OPERATOR(LSHIFT, lshift, ilshift, "<<") OPERATOR(RSHIFT, rshift, irshift, ">>")
    OPERATOR(AND, and_, iand, "&") OPERATOR(XOR, xor, ixor, "^") OPERATOR(OR, or_, ior, "|")
#undef OPERATOR
    [PY_OP_DIVMOD] = {offsetof(PySlots, divmod), 0, "divmod()", "divmod()"},
    [PY_OP_POW] = {offsetof(PySlots, pow), offsetof(PySlots, ipow), "** or pow()", "**="}};

static PyBinaryFn slot_at(const VmType *t, size_t offset) {
    return *(const PyBinaryFn *)((const char *)t->slots + offset);
}

/* Left operand first, but the right one first where its type derives from the left one's. */
static Value binary(size_t offset, Value a, Value b) {
    const VmType *ta = vm_type_of(a), *tb = vm_type_of(b);
    PyBinaryFn left = slot_at(ta, offset), right = ta == tb ? 0 : slot_at(tb, offset);
    if (left == right) right = 0;
    if (left && right && py_type_is_subtype(tb->object, ta->object)) {
        Value result = right(a, b);
        if (result != VM_NOT_IMPLEMENTED) return result;
        right = 0;
    }
    if (left) {
        Value result = left(a, b);
        if (result != VM_NOT_IMPLEMENTED) return result;
    }
    return right ? right(a, b) : VM_NOT_IMPLEMENTED;
}

typedef Value (*TernaryFn)(Value, Value, Value);

static TernaryFn pow_slot(Value v) { return slots_of(v)->pow; }

static Value ternary_pow(Value a, Value b, Value mod) {
    const VmType *ta = vm_type_of(a), *tb = vm_type_of(b);
    TernaryFn left = pow_slot(a), right = ta == tb ? 0 : pow_slot(b);
    if (left == right) right = 0;
    Value result;
    if (left && right && py_type_is_subtype(tb->object, ta->object)) {
        if ((result = right(a, b, mod)) != VM_NOT_IMPLEMENTED) return result;
        right = 0;
    }
    if (left && (result = left(a, b, mod)) != VM_NOT_IMPLEMENTED) return result;
    if (right && (result = right(a, b, mod)) != VM_NOT_IMPLEMENTED) return result;
    TernaryFn third = mod == VM_NONE ? 0 : pow_slot(mod);
    return third && third != left && third != right ? third(a, b, mod) : VM_NOT_IMPLEMENTED;
}

static bool is_builtin_print(Value v) {
    if (!is_ref(v) || !is_exactly(v, TYPE_BUILTIN)) return false;
    Value name = py_getattr_c(v, "__name__");
    if (!name) py_error_clear();
    return name && py_is_str(name) && py_str_equal_c(name, "print");
}

/* The concatenation of sequences and their repetition have texts of their own. */
static Value raise_operands(int op, bool inplace, Value a, Value b) {
    if (op == PY_OP_ADD) {
        if (py_is_str(a)) return py_raise(TYPE_TypeError, "can only concatenate str (not \"%T\") to str", b);
        if (py_is_list(a)) {
            if (!inplace)
                return py_raise(TYPE_TypeError, "can only concatenate list (not \"%T\") to list", b);
        } else if (py_is_tuple(a)) {
            return py_raise(TYPE_TypeError, "can only concatenate tuple (not \"%T\") to tuple", b);
        } else if (py_is_bytes(a)) {
            return py_raise(TYPE_TypeError, "can't concat %T to bytes", b);
        } else if (py_is_instance_of(a, TYPE_BYTEARRAY)) {
            return py_raise(TYPE_TypeError, "can't concat %T to bytearray", b);
        }
    }
    if (op == PY_OP_MUL) {
        enum { REPEATS = VM_TYPE_STR_SUB | VM_TYPE_BYTES_SUB | VM_TYPE_LIST_SUB | VM_TYPE_TUPLE_SUB };
        if (type_flag(a, REPEATS) || py_is_instance_of(a, TYPE_BYTEARRAY))
            return py_raise(TYPE_TypeError, "can't multiply sequence by non-int of type '%T'", b);
        if (type_flag(b, REPEATS) || py_is_instance_of(b, TYPE_BYTEARRAY))
            return py_raise(TYPE_TypeError, "can't multiply sequence by non-int of type '%T'", a);
    }
    const char *hint = op == PY_OP_RSHIFT && is_builtin_print(a) ? ". Did you mean \"print(<message>, file=<output_stream>)\"?" : "";
    return py_raise(TYPE_TypeError, "unsupported operand type(s) for %s: '%T' and '%T'%s",
                    inplace ? operators[op].inplace_sign : operators[op].sign, a, b, hint);
}

Value py_binary(int op, Value a, Value b) {
    bool inplace = op >= PY_OP_INPLACE;
    if (inplace) {
        op -= PY_OP_INPLACE;
        PyBinaryFn slot = operators[op].inplace ? slot_at(vm_type_of(a), operators[op].inplace) : 0;
        Value result = slot ? slot(a, b) : VM_NOT_IMPLEMENTED;
        if (result != VM_NOT_IMPLEMENTED) return result;
    }
    Value result = op == PY_OP_POW ? ternary_pow(a, b, VM_NONE) : binary(operators[op].slot, a, b);
    if (LIKELY(result != VM_NOT_IMPLEMENTED)) return result;
    return raise_operands(op, inplace, a, b);
}

Value py_power(Value a, Value b, Value mod) {
    Value result = ternary_pow(a, b, mod);
    if (result != VM_NOT_IMPLEMENTED) return result;
    if (mod == VM_NONE) return raise_operands(PY_OP_POW, false, a, b);
    return py_raise(TYPE_TypeError, "unsupported operand type(s) for ** or pow(): '%T', '%T', '%T'", a, b, mod);
}

Value py_negative(Value v) {
    PyUnaryFn slot = slots_of(v)->neg;
    return slot ? slot(v) : py_raise(TYPE_TypeError, "bad operand type for unary -: '%T'", v);
}

Value py_positive(Value v) {
    PyUnaryFn slot = slots_of(v)->pos;
    return slot ? slot(v) : py_raise(TYPE_TypeError, "bad operand type for unary +: '%T'", v);
}

Value py_invert(Value v) {
    PyUnaryFn slot = slots_of(v)->invert;
    return slot ? slot(v) : py_raise(TYPE_TypeError, "bad operand type for unary ~: '%T'", v);
}

Value py_absolute(Value v) {
    PyUnaryFn slot = slots_of(v)->abs;
    return slot ? slot(v) : py_raise(TYPE_TypeError, "bad operand type for abs(): '%T'", v);
}

Value py_index(Value v) {
    if (is_int(v) || py_is_int(v)) return v;
    PyUnaryFn slot = slots_of(v)->index;
    if (!slot) return py_raise(TYPE_TypeError, "'%T' object cannot be interpreted as an integer", v);
    Value result = slot(v);
    if (!result || is_int(result) || is_exactly(result, TYPE_INT)) return result;
    if (py_is_int(result)) return py_warn_int_subclass("__index__", result) < 0 ? 0 : result;
    return py_raise(TYPE_TypeError, "__index__ returned non-int (type %T)", result);
}

Value py_index_exact(Value v) {
    Value index = py_index(v);
    if (!index || is_int(index) || is_exactly(index, TYPE_INT)) return index;
    return py_int_add(index, int_make(0));
}

int py_warn_int_subclass(const char *method, Value result) {
    return py_warn(TYPE_DeprecationWarning, 1,
                   "%s returned non-int (type %T).  The ability to return an instance of a strict subclass of int is "
                   "deprecated, and may not be supported in a future version of Python.",
                   method, result);
}

int64_t py_index_int64(Value v, const char *overflow_type_or_0) {
    if (is_int(v)) return int_value(v);
    Value index = py_index(v);
    int64_t i;
    if (!index) return -1;
    if (py_int_as_i64(index, &i) == 0) return i;
    if (!overflow_type_or_0) return py_int_compare(index, int_make(0)) < 0 ? INT64_MIN : INT64_MAX;
    bool index_error = !strcmp(overflow_type_or_0, "IndexError");
    if (index_error || !strcmp(overflow_type_or_0, "OverflowError"))
        return py_raise_int(index_error ? TYPE_IndexError : TYPE_OverflowError,
                            "cannot fit '%T' into an index-sized integer", v);
    return py_raise_int(TYPE_OverflowError, "Python int too large to convert to C %s", overflow_type_or_0);
}
