/* Module _operator: the operators as functions. itemgetter, attrgetter and methodcaller are in
 * operator_getters.c. */
#include "vm/modules/containers.h"

static Value truth(int result) { return result < 0 ? 0 : vm_bool(result); }

#define COMPARISON(name, op)                                                                       \
    METHOD(op_##name) { return py_compare(args[0], args[1], op); }
COMPARISON(lt, PY_LT)
COMPARISON(le, PY_LE)
COMPARISON(eq, PY_EQ)
COMPARISON(ne, PY_NE)
COMPARISON(gt, PY_GT)
COMPARISON(ge, PY_GE)

#define BINARY_OPERATOR(name, op)                                                                  \
    METHOD(op_##name) { return py_binary(op, args[0], args[1]); }                                  \
    METHOD(op_i##name) { return py_binary((op) + PY_OP_INPLACE, args[0], args[1]); }
BINARY_OPERATOR(add, PY_OP_ADD)
BINARY_OPERATOR(sub, PY_OP_SUB)
BINARY_OPERATOR(mul, PY_OP_MUL)
BINARY_OPERATOR(matmul, PY_OP_MATMUL)
BINARY_OPERATOR(truediv, PY_OP_TRUEDIV)
BINARY_OPERATOR(floordiv, PY_OP_FLOORDIV)
BINARY_OPERATOR(mod, PY_OP_MOD)
BINARY_OPERATOR(pow, PY_OP_POW)
BINARY_OPERATOR(lshift, PY_OP_LSHIFT)
BINARY_OPERATOR(rshift, PY_OP_RSHIFT)
BINARY_OPERATOR(and, PY_OP_AND)
BINARY_OPERATOR(xor, PY_OP_XOR)
BINARY_OPERATOR(or, PY_OP_OR)

METHOD(op_truth) { return truth(py_truth(args[0])); }
METHOD(op_not) {
    int result = py_truth(args[0]);
    return result < 0 ? 0 : vm_bool(!result);
}
METHOD(op_is) { return vm_bool(args[0] == args[1]); }
METHOD(op_is_not) { return vm_bool(args[0] != args[1]); }
METHOD(op_neg) { return py_negative(args[0]); }
METHOD(op_pos) { return py_positive(args[0]); }
METHOD(op_abs) { return py_absolute(args[0]); }
METHOD(op_invert) { return py_invert(args[0]); }
METHOD(op_index) { /* an exact int, also for True */
    Value i = py_index_exact(args[0]);
    return i && !is_exactly(i, TYPE_INT) ? py_int_add(i, int_make(0)) : i;
}
METHOD(op_contains) { return truth(py_contains(args[0], args[1])); }
METHOD(op_getitem) { return py_getitem(args[0], args[1]); }
METHOD(op_setitem) { return py_setitem(args[0], args[1], args[2]) < 0 ? 0 : VM_NONE; }
METHOD(op_delitem) { return py_setitem(args[0], args[1], 0) < 0 ? 0 : VM_NONE; }

static bool is_sequence(Value v) {
    return !py_is_dict(v) && py_type_lookup(py_type_of(v), NAME(__getitem__));
}
static Value concat(const Value *args, int op) {
    if (!is_sequence(args[0]))
        return py_raise(TYPE_TypeError, "'%T' object can't be concatenated", args[0]);
    return py_binary(op, args[0], args[1]);
}
METHOD(op_concat) { return concat(args, PY_OP_ADD); }
METHOD(op_iconcat) { return concat(args, PY_OP_ADD + PY_OP_INPLACE); }

METHOD(op_count_of) {
    Value it = py_iter(args[0]), item;
    if (!it) {
        if (!py_error_is(TYPE_TypeError)) return 0;
        py_error_clear();
        return py_raise(TYPE_TypeError, "argument of type '%T' is not iterable", args[0]);
    }
    int64_t count = 0;
    while ((item = py_next(it)) != VM_STOP) {
        int equal = item ? py_equal(item, args[1]) : -1;
        if (equal < 0) return 0;
        count += equal;
    }
    return int_make(count);
}
METHOD(op_index_of) {
    Value it = py_iter(args[0]), item;
    if (!it) {
        if (!py_error_is(TYPE_TypeError)) return 0;
        py_error_clear();
        return py_raise(TYPE_TypeError, "argument of type '%T' is not iterable", args[0]);
    }
    for (int64_t i = 0; (item = py_next(it)) != VM_STOP; i++) {
        int equal = item ? py_equal(item, args[1]) : -1;
        if (equal) return equal < 0 ? 0 : int_make(i);
    }
    return py_raise(TYPE_ValueError, "sequence.index(x): x not in sequence");
}
METHOD(op_length_hint) {
    int64_t fallback = 0;
    if (args[1]) {
        if (!py_is_int(args[1]))
            return py_raise(TYPE_TypeError, "'%T' object cannot be interpreted as an integer",
                            args[1]);
        fallback = py_index_int64(args[1], "OverflowError");
        if (fallback == -1 && py_error()) return 0;
    }
    int64_t hint = py_length_hint(args[0], fallback);
    return hint == -1 && py_error() ? 0 : py_int_from_i64(hint);
}
static Value op_call(const Value *args, size_t nargs, Value kwnames) {
    if (!nargs) return py_raise(TYPE_TypeError, "call expected at least 1 argument, got 0");
    return py_call(args[0], args + 1, nargs - 1, kwnames);
}

/* Do two strings or buffers have the same bytes? The time depends on the second's length alone. */
METHOD(op_compare_digest) {
    const uint8_t *a, *b;
    size_t n, m;
    PyBuffer x = {0}, y = {0};
    if (is_exactly(args[0], TYPE_STR) && is_exactly(args[1], TYPE_STR)) {
        if (!REF(PyStr, args[0])->ascii || !REF(PyStr, args[1])->ascii)
            return py_raise(TYPE_TypeError,
                            "comparing strings with non-ASCII characters is not supported");
        a = (const uint8_t *)py_str_utf8(args[0], &n);
        b = (const uint8_t *)py_str_utf8(args[1], &m);
        if (!a || !b) return 0;
    } else {
        if (py_is_str(args[0]) || py_is_str(args[1]))
            return py_raise(TYPE_TypeError,
                            "unsupported operand types(s) or combination of types: '%T' and '%T'",
                            args[0], args[1]);
        if (py_get_buffer(args[0], &x, false) < 0) return 0;
        if (py_get_buffer(args[1], &y, false) < 0) {
            py_release_buffer(&x);
            return 0;
        }
        a = x.data;
        b = y.data;
        n = (size_t)x.length;
        m = (size_t)y.length;
    }
    volatile uint8_t difference = n != m;
    const uint8_t *left = n == m ? a : b;
    for (size_t i = 0; i < m; i++) difference |= left[i] ^ b[i];
    if (y.owner) {
        py_release_buffer(&y);
        py_release_buffer(&x);
    }
    return vm_bool(difference == 0);
}

#define UNARY_ROW(name, fn, doc)                                                                   \
    { name, "(a, /)", fn, 0, doc }
#define BINARY_ROW(name, fn, doc)                                                                  \
    { name, "(a, b, /)", fn, 0, doc }
static const PyMethodDef operator_functions[] = {
    UNARY_ROW("truth", op_truth, "Return True if a is true, False otherwise."),
    BINARY_ROW("contains", op_contains, "Same as b in a (note reversed operands)."),
    BINARY_ROW("indexOf", op_index_of, "Return the first index of b in a."),
    BINARY_ROW("countOf", op_count_of,
               "Return the number of items in a which are, or which equal, b."),
    BINARY_ROW("is_", op_is, "Same as a is b."),
    BINARY_ROW("is_not", op_is_not, "Same as a is not b."),
    BINARY_ROW("add", op_add, "Same as a + b."),
    BINARY_ROW("sub", op_sub, "Same as a - b."),
    BINARY_ROW("mul", op_mul, "Same as a * b."),
    BINARY_ROW("matmul", op_matmul, "Same as a @ b."),
    BINARY_ROW("floordiv", op_floordiv, "Same as a // b."),
    BINARY_ROW("truediv", op_truediv, "Same as a / b."),
    BINARY_ROW("mod", op_mod, "Same as a % b."),
    UNARY_ROW("neg", op_neg, "Same as -a."),
    UNARY_ROW("pos", op_pos, "Same as +a."),
    UNARY_ROW("abs", op_abs, "Same as abs(a)."),
    UNARY_ROW("inv", op_invert, "Same as ~a."),
    UNARY_ROW("invert", op_invert, "Same as ~a."),
    UNARY_ROW("index", op_index, "Same as a.__index__()"),
    BINARY_ROW("lshift", op_lshift, "Same as a << b."),
    BINARY_ROW("rshift", op_rshift, "Same as a >> b."),
    UNARY_ROW("not_", op_not, "Same as not a."),
    BINARY_ROW("and_", op_and, "Same as a & b."),
    BINARY_ROW("xor", op_xor, "Same as a ^ b."),
    BINARY_ROW("or_", op_or, "Same as a | b."),
    BINARY_ROW("pow", op_pow, "Same as a ** b."),
    BINARY_ROW("iadd", op_iadd, "Same as a += b."),
    BINARY_ROW("isub", op_isub, "Same as a -= b."),
    BINARY_ROW("imul", op_imul, "Same as a *= b."),
    BINARY_ROW("imatmul", op_imatmul, "Same as a @= b."),
    BINARY_ROW("ifloordiv", op_ifloordiv, "Same as a //= b."),
    BINARY_ROW("itruediv", op_itruediv, "Same as a /= b."),
    BINARY_ROW("imod", op_imod, "Same as a %= b."),
    BINARY_ROW("ilshift", op_ilshift, "Same as a <<= b."),
    BINARY_ROW("irshift", op_irshift, "Same as a >>= b."),
    BINARY_ROW("iand", op_iand, "Same as a &= b."),
    BINARY_ROW("ixor", op_ixor, "Same as a ^= b."),
    BINARY_ROW("ior", op_ior, "Same as a |= b."),
    BINARY_ROW("ipow", op_ipow, "Same as a **= b."),
    BINARY_ROW("concat", op_concat, "Same as a + b, for a and b sequences."),
    BINARY_ROW("iconcat", op_iconcat, "Same as a += b, for a and b sequences."),
    BINARY_ROW("getitem", op_getitem, "Same as a[b]."),
    {"setitem", "(a, b, c, /)", op_setitem, 0, "Same as a[b] = c."},
    BINARY_ROW("delitem", op_delitem, "Same as del a[b]."),
    BINARY_ROW("lt", op_lt, "Same as a < b."),
    BINARY_ROW("le", op_le, "Same as a <= b."),
    BINARY_ROW("eq", op_eq, "Same as a == b."),
    BINARY_ROW("ne", op_ne, "Same as a != b."),
    BINARY_ROW("gt", op_gt, "Same as a > b."),
    BINARY_ROW("ge", op_ge, "Same as a >= b."),
    {"length_hint", "(obj, default=0, /)", op_length_hint, 0,
     "Return an estimate of the number of items in obj.\n\nThis is useful for presizing containers "
     "when building from an iterable."},
    BINARY_ROW("_compare_digest", op_compare_digest, "Return 'a == b'."),
    {"call", 0, op_call, 0, "Same as obj(*args, **kwargs)."},
    {0}};

static int operator_init(Value module) {
    static const uint32_t types[] = {TYPE_ITEMGETTER, TYPE_ATTRGETTER, TYPE_METHODCALLER};
    for (int i = 0; i < 3; i++)
        if (py_module_add_type(module, types[i]) < 0) return -1;
    return 0;
}

const PyModuleDef py_module_operator = {
    .doc = "Operator interface.\n\nThis module exports a set of functions implemented in C "
           "corresponding\nto the intrinsic operators of Python.  For example, operator.add(x, "
           "y)\nis equivalent to the expression x+y.",
    .functions = operator_functions,
    .init = operator_init,
};
