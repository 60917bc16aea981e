/* weakproxy.c -- weakref.proxy: objects that pass every operation on to what they refer to weakly. */
#include "vm/objects/weakref.h"
#include "vm/objects/type.h"

Value py_weakproxy_new(Value v, Value callback) {
    return py_weakref_new(py_type(py_callable(v) ? TYPE_CALLABLE_WEAKPROXY : TYPE_WEAKPROXY), v, callback);
}

static bool is_proxy(Value v) { return is_exactly(v, TYPE_WEAKPROXY) || is_exactly(v, TYPE_CALLABLE_WEAKPROXY); }

/* The object meant: v's target if v is a proxy. 0 with ReferenceError when that is dead. */
static Value meant(Value v) {
    if (!is_proxy(v)) return v;
    Value target = GET(REF(PyWeakref, v), target);
    return target ? target : py_raise(TYPE_ReferenceError, "weakly-referenced object no longer exists");
}

static Value proxy_repr(Value v) {
    Value target = GET(REF(PyWeakref, v), target);
    Value shown = target ? target : VM_NONE;
    return py_str_format("<weakproxy at 0x%lx to %T at 0x%lx>", (unsigned long)gc_id(v), shown,
                         (unsigned long)(target ? gc_id(target) : VM_NONE));
}

#define UNARY(name, operation)                                                                     \
    static Value name(Value v) {                                                                   \
        Value o = meant(v);                                                                        \
        return o ? operation(o) : 0;                                                               \
    }
#define BINARY(name, op)                                                                           \
    static Value name(Value a, Value b) {                                                          \
        Value x = meant(a), y = x ? meant(b) : 0;                                                  \
        return y ? py_binary(op, x, y) : 0;                                                        \
    }
UNARY(proxy_str, py_str)
UNARY(proxy_iter, py_iter)
UNARY(proxy_neg, py_negative)
UNARY(proxy_pos, py_positive)
UNARY(proxy_abs, py_absolute)
UNARY(proxy_invert, py_invert)
UNARY(proxy_index, py_index)
BINARY(proxy_add, PY_OP_ADD)
BINARY(proxy_sub, PY_OP_SUB)
BINARY(proxy_mul, PY_OP_MUL)
BINARY(proxy_matmul, PY_OP_MATMUL)
BINARY(proxy_truediv, PY_OP_TRUEDIV)
BINARY(proxy_floordiv, PY_OP_FLOORDIV)
BINARY(proxy_mod, PY_OP_MOD)
BINARY(proxy_divmod, PY_OP_DIVMOD)
BINARY(proxy_lshift, PY_OP_LSHIFT)
BINARY(proxy_rshift, PY_OP_RSHIFT)
BINARY(proxy_and, PY_OP_AND)
BINARY(proxy_xor, PY_OP_XOR)
BINARY(proxy_or, PY_OP_OR)
BINARY(proxy_iadd, PY_OP_ADD + PY_OP_INPLACE)
BINARY(proxy_isub, PY_OP_SUB + PY_OP_INPLACE)
BINARY(proxy_imul, PY_OP_MUL + PY_OP_INPLACE)
BINARY(proxy_imatmul, PY_OP_MATMUL + PY_OP_INPLACE)
BINARY(proxy_itruediv, PY_OP_TRUEDIV + PY_OP_INPLACE)
BINARY(proxy_ifloordiv, PY_OP_FLOORDIV + PY_OP_INPLACE)
BINARY(proxy_imod, PY_OP_MOD + PY_OP_INPLACE)
BINARY(proxy_ipow, PY_OP_POW + PY_OP_INPLACE)
BINARY(proxy_ilshift, PY_OP_LSHIFT + PY_OP_INPLACE)
BINARY(proxy_irshift, PY_OP_RSHIFT + PY_OP_INPLACE)
BINARY(proxy_iand, PY_OP_AND + PY_OP_INPLACE)
BINARY(proxy_ixor, PY_OP_XOR + PY_OP_INPLACE)
BINARY(proxy_ior, PY_OP_OR + PY_OP_INPLACE)

static Value proxy_pow(Value a, Value b, Value mod) {
    Value x = meant(a), y = x ? meant(b) : 0, z = y ? meant(mod) : 0;
    return z ? py_power(x, y, z) : 0;
}
static Value proxy_call(Value v, const Value *args, size_t nargs, Value kwnames) {
    Value o = meant(v);
    return o ? py_call(o, args, nargs, kwnames) : 0;
}
static Value proxy_getattro(Value v, Value name) {
    Value o = meant(v);
    return o ? py_getattr(o, name) : 0;
}
static int proxy_setattro(Value v, Value name, Value value_or_0) {
    Value o = meant(v);
    return o ? py_setattr(o, name, value_or_0) : -1;
}
static Value proxy_compare(Value v, Value other, int op) {
    Value x = meant(v), y = x ? meant(other) : 0;
    return y ? py_compare(x, y, op) : 0;
}
static Value proxy_next(Value v) {
    Value o = meant(v);
    if (!o) return 0;
    const VmType *t = vm_type_of(o);
    bool iterator = t->flags & VM_TYPE_HEAP ? type_has(t->object, NAME(__next__)) : t->slots->next != 0;
    if (!iterator) return py_raise(TYPE_TypeError, "Weakref proxy referenced a non-iterator '%T' object", o);
    return py_next(o);
}
static int proxy_truth(Value v) {
    Value o = meant(v);
    return o ? py_truth(o) : -1;
}
static int64_t proxy_length(Value v) {
    Value o = meant(v);
    return o ? py_length(o) : -1;
}
static Value proxy_getitem(Value v, Value key) {
    Value o = meant(v);
    return o ? py_getitem(o, key) : 0;
}
static int proxy_setitem(Value v, Value key, Value value_or_0) {
    Value o = meant(v);
    return o ? py_setitem(o, key, value_or_0) : -1;
}
static int proxy_contains(Value v, Value item) {
    Value o = meant(v);
    return o ? py_contains(o, item) : -1;
}

static Value proxy_method(const char *name, const Value *args) {
    Value o = meant(args[0]);
    return o ? py_call_method(o, name, 0, 0) : 0;
}
static Value proxy_bytes(const Value *args, size_t nargs, Value kwnames) {
    return (void)nargs, (void)kwnames, proxy_method("__bytes__", args);
}
static Value proxy_reversed(const Value *args, size_t nargs, Value kwnames) {
    return (void)nargs, (void)kwnames, proxy_method("__reversed__", args);
}
static const PyMethodDef proxy_methods[] = {
    {"__bytes__", "($self, /)", proxy_bytes, 0, 0}, {"__reversed__", "($self, /)", proxy_reversed, 0, 0}, {0}};

#define PROXY_SLOTS                                                                                \
    .repr = proxy_repr, .str = proxy_str, .hash = py_hash_unhashable, .getattro = proxy_getattro,  \
    .setattro = proxy_setattro, .richcompare = proxy_compare, .iter = proxy_iter,                  \
    .next = proxy_next, .add = proxy_add, .sub = proxy_sub, .mul = proxy_mul,                      \
    .matmul = proxy_matmul, .truediv = proxy_truediv, .floordiv = proxy_floordiv,                  \
    .mod = proxy_mod, .divmod = proxy_divmod, .pow = proxy_pow, .lshift = proxy_lshift,            \
    .rshift = proxy_rshift, .and_ = proxy_and, .xor = proxy_xor, .or_ = proxy_or,                  \
    .iadd = proxy_iadd, .isub = proxy_isub, .imul = proxy_imul, .imatmul = proxy_imatmul,          \
    .itruediv = proxy_itruediv, .ifloordiv = proxy_ifloordiv, .imod = proxy_imod,                  \
    .ipow = proxy_ipow, .ilshift = proxy_ilshift, .irshift = proxy_irshift, .iand = proxy_iand,    \
    .ixor = proxy_ixor, .ior = proxy_ior, .neg = proxy_neg, .pos = proxy_pos, .abs = proxy_abs,    \
    .invert = proxy_invert, .boolean = proxy_truth, .index = proxy_index,                          \
    .length = proxy_length, .getitem = proxy_getitem, .setitem = proxy_setitem,                    \
    .contains = proxy_contains

const PyTypeSpec py_spec_weakproxy = {
    .slots = {PROXY_SLOTS}, .methods = proxy_methods, .raw_words = 1, .module = "weakref"};
const PyTypeSpec py_spec_callable_weakproxy = {
    .slots = {PROXY_SLOTS, .call = proxy_call}, .methods = proxy_methods, .raw_words = 1, .module = "weakref"};
