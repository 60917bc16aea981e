/* operation.c -- operations on any object: text, hash, truth, comparison, length, items, iteration.
 * Operators are in operation_number.c, calls in exec/call.c. */
#include "vm/exec/frame.h"
#include "vm/exec/safepoint.h"
#include "vm/objects/format.h"
#include "vm/objects/type.h"
#include "vm/objects/iterators.h"
#include "vm/objects/list.h"
#include "vm/objects/type_slots.h"

#include <stdio.h>

/* ---- text ---------------------------------------------------------------------------------------- */

static Value check_text(Value result, const char *what) {
    if (!result || py_is_str(result)) return result;
    return py_raise(TYPE_TypeError, "%s returned non-string (type %T)", what, result);
}

Value py_repr(Value v) {
    if (py_enter_recursion(" while getting the repr of an object") < 0) return 0;
    Value result = slots_of(v)->repr(v);
    py_leave_recursion();
    return check_text(result, "__repr__");
}

Value py_str(Value v) {
    if (is_exactly(v, TYPE_STR)) return v;
    if (py_enter_recursion(" while getting the str of an object") < 0) return 0;
    Value result = slots_of(v)->str(v);
    py_leave_recursion();
    return check_text(result, "__str__");
}

Value py_ascii(Value v) {
    Value text = py_repr(v);
    if (!text || REF(PyStr, text)->ascii) return text;
    PyStrBuilder b;
    py_builder_init(&b);
    PyStr GS *str = REF(PyStr, text);
    for (size_t i = 0; i < str->length; i++) {
        uint32_t c = str_char(str_data(text), str->width, i);
        char escape[16];
        int n = snprintf(escape, sizeof escape, c < 128      ? "%c"
                                                : c < 0x100   ? "\\x%02x"
                                                : c < 0x10000 ? "\\u%04x"
                                                              : "\\U%08x", c);
        if (py_builder_ascii(&b, escape, (size_t)n) < 0) return 0;
    }
    return py_builder_finish(&b);
}

Value py_format(Value v, Value spec_str) {
    if (is_exactly(v, TYPE_STR) && REF(PyStr, spec_str)->length == 0) return v;
    if (is_int(v)) return py_format_int(v, spec_str); /* numbers' and strings' own methods */
    if (is_float(v)) return py_format_float(v, spec_str);
    if (is_exactly(v, TYPE_STR)) return format_str_spec(v, spec_str);
    Value result = special_call(v, NAME(__format__), &spec_str, 1);
    if (!result || py_is_str(result)) return result;
    if (result == VM_UNBOUND)
        return py_raise(TYPE_TypeError, "Type %T doesn't define __format__", v);
    return py_raise(TYPE_TypeError, "__format__ must return a str, not %T", result);
}

/* The objects being shown: pairs (object, outer pair or None) from the innermost outwards. */
int py_repr_enter(Value v) {
    Value outer = vm_thread()->repr_list;
    for (Value at = outer; at && at != VM_NONE; at = tuple_item(at, 1))
        if (tuple_item(at, 0) == v) return 1;
    Value pair = py_tuple_pack(2, v, outer ? outer : VM_NONE);
    if (!pair) return -1;
    vm_thread()->repr_list = pair;
    return 0;
}

void py_repr_leave(Value v) {
    (void)v;
    Value outer = tuple_item(vm_thread()->repr_list, 1);
    vm_thread()->repr_list = outer == VM_NONE ? 0 : outer;
}

/* ---- hash, truth ------------------------------------------------------------------------------------ */

int64_t py_hash(Value v) {
    if (is_exactly(v, TYPE_STR)) return py_str_hash(v);
    return slots_of(v)->hash(v);
}

int py_truth(Value v) {
    if (is_bool(v)) return v == VM_TRUE;
    if (v == VM_NONE) return 0;
    if (is_int(v)) return int_value(v) != 0;
    const PySlots *slots = slots_of(v);
    if (slots->boolean) return slots->boolean(v);
    if (!slots->length) return 1;
    int64_t length = slots->length(v);
    return length < 0 ? -1 : length > 0;
}

/* ---- comparison ---------------------------------------------------------------------------------------- */

static const uint8_t swapped[] = {PY_GT, PY_GE, PY_EQ, PY_NE, PY_LT, PY_LE};

static Value compare(Value a, Value b, int op) {
    const VmType *ta = vm_type_of(a), *tb = vm_type_of(b);
    bool tried = ta != tb && ta->id != TYPE_OBJECT && tb->slots->richcompare &&
                 py_type_is_subtype(tb->object, ta->object);
    Value result;
    if (tried) {
        result = tb->slots->richcompare(b, a, swapped[op]);
        if (result != VM_NOT_IMPLEMENTED) return result;
    }
    if (ta->slots->richcompare) {
        result = ta->slots->richcompare(a, b, op);
        if (result != VM_NOT_IMPLEMENTED) return result;
    }
    if (!tried && tb->slots->richcompare) {
        result = tb->slots->richcompare(b, a, swapped[op]);
        if (result != VM_NOT_IMPLEMENTED) return result;
    }
    if (op == PY_EQ) return vm_bool(a == b);
    if (op == PY_NE) return vm_bool(a != b);
    static const char *const signs[] = {"<", "<=", "==", "!=", ">", ">="};
    return py_raise(TYPE_TypeError, "'%s' not supported between instances of '%T' and '%T'", signs[op], a, b);
}

static bool int_compare(int64_t a, int64_t b, int op) {
    switch (op) {
    case PY_LT: return a < b;
    case PY_LE: return a <= b;
    case PY_EQ: return a == b;
    case PY_NE: return a != b;
    case PY_GT: return a > b;
    default: return a >= b;
    }
}

/* Of two small ints, floats or texts, which compare without a call: 1, 0, or -1: of others. */
static inline int compare_plain(Value a, Value b, int op) {
    if (is_int(a) && is_int(b)) return int_compare(int_value(a), int_value(b), op);
    if (is_float(a) && is_float(b)) { /* no NaN is tagged */
        double x = float_value(a), y = float_value(b);
        return int_compare((x > y) - (x < y), 0, op);
    }
    if (!is_exactly(a, TYPE_STR) || !is_exactly(b, TYPE_STR)) return -1;
    if (op == PY_EQ || op == PY_NE) return py_str_equal(a, b) == (op == PY_EQ);
    return int_compare(py_str_compare(a, b), 0, op);
}

Value py_compare(Value a, Value b, int op) {
    int plain = compare_plain(a, b, op);
    if (plain >= 0) return vm_bool(plain);
    if (py_enter_recursion(" in comparison") < 0) return 0;
    Value result = compare(a, b, op);
    py_leave_recursion();
    return result;
}

int py_compare_bool(Value a, Value b, int op) {
    if (a == b && (op == PY_EQ || op == PY_NE)) return op == PY_EQ;
    int plain = compare_plain(a, b, op);
    if (plain >= 0) return plain;
    Value result = py_compare(a, b, op);
    return result ? py_truth(result) : -1;
}

int py_equal(Value a, Value b) { return py_compare_bool(a, b, PY_EQ); }

/* ---- length, items ---------------------------------------------------------------------------------------- */

int64_t py_length(Value v) {
    int64_t (*length)(Value) = slots_of(v)->length;
    if (length) return length(v);
    return py_raise_int(TYPE_TypeError, "object of type '%T' has no len()", v);
}

int64_t py_length_hint(Value v, int64_t fallback) {
    const VmType *t = vm_type_of(v);
    bool sized = t->flags & VM_TYPE_HEAP ? type_has(t->object, NAME(__len__)) : t->slots->length != 0;
    if (sized) {
        int64_t length = py_length(v);
        if (length >= 0 || !py_error_is(TYPE_TypeError)) return length;
        py_error_clear();
    }
    Value hint = special_call(v, NAME(__length_hint__), 0, 0);
    if (hint == VM_UNBOUND || hint == VM_NOT_IMPLEMENTED) return fallback;
    if (!hint) {
        if (!py_error_is(TYPE_TypeError)) return -1;
        py_error_clear();
        return fallback;
    }
    if (!py_is_int(hint))
        return py_raise_int(TYPE_TypeError, "__length_hint__ must be an integer, not %T", hint);
    int64_t length = py_int_i64_or_raise(hint, "ssize_t");
    if (length == -1 && py_error()) return -1;
    return length >= 0 ? length : py_raise_int(TYPE_ValueError, "__length_hint__() should return >= 0");
}

Value getitem_missing(Value v, Value key) {
    if (!is_ref(v) || !py_is_type(v)) return py_raise(TYPE_TypeError, "'%T' object is not subscriptable", v);
    if (v == py_type(TYPE_TYPE)) {
        Value alias_args[] = {v, key};
        return py_call(py_type(TYPE_GENERICALIAS), alias_args, 2, 0);
    }
    Value method = py_getattr_opt(v, NAME(__class_getitem__));
    if (!method) return 0;
    if (method != VM_UNBOUND && method != VM_NONE) return py_call1(method, key);
    return py_raise(TYPE_TypeError, "type '%S' is not subscriptable", type_full_name(v));
}

Value py_getitem(Value v, Value key) {
    Value (*get)(Value, Value) = slots_of(v)->getitem;
    return get ? get(v, key) : getitem_missing(v, key);
}

int setitem_missing(Value v, Value key, Value value_or_0) {
    const VmType *t = vm_type_of(v);
    bool by_position = has_index(key) && (t->flags & VM_TYPE_HEAP || t->slots->length);
    if (value_or_0) return py_raise_int(TYPE_TypeError, "'%T' object does not support item assignment", v);
    return py_raise_int(TYPE_TypeError, by_position ? "'%T' object doesn't support item deletion" : "'%T' object does not support item deletion", v);
}

int py_setitem(Value v, Value key, Value value_or_0) {
    int (*set)(Value, Value, Value) = slots_of(v)->setitem;
    return set ? set(v, key, value_or_0) : setitem_missing(v, key, value_or_0);
}

int contains_by_iteration(Value v, Value item) {
    const VmType *t = vm_type_of(v);
    bool iterable = t->flags & VM_TYPE_HEAP
                        ? type_has(t->object, NAME(__iter__)) || type_has(t->object, NAME(__getitem__))
                        : t->slots->iter || t->slots->getitem;
    if (!iterable) return py_raise_int(TYPE_TypeError, "argument of type '%T' is not iterable", v);
    Value it = py_iter(v), next;
    if (!it) return -1;
    while ((next = py_next(it)) != VM_STOP) {
        if (!next) return -1;
        int equal = py_equal(next, item);
        if (equal) return equal;
    }
    return 0;
}

int py_contains(Value container, Value item) {
    int (*contains)(Value, Value) = slots_of(container)->contains;
    return contains ? contains(container, item) : contains_by_iteration(container, item);
}

/* ---- iteration --------------------------------------------------------------------------------------------- */

static bool is_iterator(Value v) {
    const VmType *t = vm_type_of(v);
    return t->flags & VM_TYPE_HEAP ? type_has(t->object, NAME(__next__)) : t->slots->next != 0;
}

bool py_iterable(Value v) {
    const VmType *t = vm_type_of(v);
    if (!(t->flags & VM_TYPE_HEAP)) return t->slots->iter || t->slots->getitem;
    return py_type_lookup(t->object, NAME(__iter__)) || py_type_lookup(t->object, NAME(__getitem__));
}

Value py_iter(Value v) {
    if (vm_check_c_stack() < 0) return 0;
    const PySlots *slots = slots_of(v);
    if (!slots->iter) {
        if (slots->getitem && !py_is_dict(v)) return seq_iter_new(v);
        return py_raise(TYPE_TypeError, "'%T' object is not iterable", v);
    }
    Value it = slots->iter(v);
    if (!it || LIKELY(is_iterator(it))) return it;
    return py_raise(TYPE_TypeError, "iter() returned non-iterator of type '%T'", it);
}

Value py_next(Value iterator) {
    if (vm_check_c_stack() < 0 || vm_check_signals_may_call() < 0) return 0;
    Value (*next)(Value) = slots_of(iterator)->next;
    if (LIKELY(next)) return next(iterator);
    return py_raise(TYPE_TypeError, "'%T' object is not an iterator", iterator);
}
