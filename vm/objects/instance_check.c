/* instance_check.c -- isinstance and issubclass, for classes, tuples, unions, and objects that only
 * look like classes (by __bases__). */
#include "vm/objects/type.h"

/* ---- objects that look like classes ---------------------------------------------------------------- */

/* __bases__ if it is a tuple; VM_UNBOUND: not a class in any sense; 0: error. */
static Value abstract_bases(Value cls) {
    Value bases = py_getattr_opt(cls, NAME(__bases__));
    if (!bases || bases == VM_UNBOUND) return bases;
    return py_is_tuple(bases) ? bases : VM_UNBOUND;
}

static int abstract_subclass(Value derived, Value cls) {
    if (derived == cls) return 1;
    Value bases = abstract_bases(derived);
    if (!bases) return -1;
    int64_t n = bases == VM_UNBOUND ? 0 : tuple_length(bases);
    int found = 0;
    for (int64_t i = 0; i < n && !found; i++) {
        if (py_enter_recursion(" in __issubclass__") < 0) return -1;
        found = abstract_subclass(tuple_item(bases, i), cls);
        py_leave_recursion();
    }
    return found;
}

static int check_class(Value cls, const char *error) {
    Value bases = abstract_bases(cls);
    if (!bases) return -1;
    return bases == VM_UNBOUND ? py_raise_int(TYPE_TypeError, "%s", error) : 0;
}

/* ---- type.__instancecheck__, type.__subclasscheck__ --------------------------------------------------- */

int type_instance_check(Value v, Value cls) {
    if (py_is_type(cls)) {
        Value type = py_type_of(v);
        if (py_type_is_subtype(type, cls)) return 1;
        Value shown = py_getattr_opt(v, NAME(__class__));
        if (!shown) return -1;
        return shown != VM_UNBOUND && shown != type && py_is_type(shown) && py_type_is_subtype(shown, cls);
    }
    if (check_class(cls, "isinstance() arg 2 must be a type, a tuple of types, or a union") < 0) return -1;
    Value shown = py_getattr_opt(v, NAME(__class__));
    if (!shown) return -1;
    return shown == VM_UNBOUND ? 0 : abstract_subclass(shown, cls);
}

int type_subclass_check(Value derived, Value cls) {
    if (py_is_type(derived) && py_is_type(cls)) return py_type_is_subtype(derived, cls);
    if (check_class(derived, "issubclass() arg 1 must be a class") < 0) return -1;
    if (!is_exactly(cls, TYPE_UNION) &&
        check_class(cls, "issubclass() arg 2 must be a class, a tuple of classes, or a union") < 0)
        return -1;
    return abstract_subclass(derived, cls);
}

/* ---- isinstance, issubclass ------------------------------------------------------------------------------ */

/* The built-in check for classes whose metaclass has none of its own. */
static bool has_plain_check(Value cls, Value name) {
    Value method = py_type_lookup(py_type_of(cls), name);
    return method && is_exactly(method, TYPE_METHOD_DESCR) && REF(PyMethodDescr, method)->owner == py_type(TYPE_TYPE);
}

static int check(Value v, Value cls, Value name, int (*plain)(Value, Value)) {
    if (py_is_tuple(cls)) {
        int found = 0;
        if (py_enter_recursion(" in __instancecheck__") < 0) return -1;
        for (int64_t i = 0; i < tuple_length(cls) && !found; i++)
            found = check(v, tuple_item(cls, i), name, plain);
        py_leave_recursion();
        return found;
    }
    if (is_ref(cls) && py_is_type(cls) && has_plain_check(cls, name)) return plain(v, cls);
    if (py_enter_recursion(" in __instancecheck__") < 0) return -1;
    Value result = special_call(cls, name, &v, 1);
    py_leave_recursion();
    if (result == VM_UNBOUND) return plain(v, cls);
    return result ? py_truth(result) : -1;
}

int py_isinstance(Value v, Value type_or_tuple) {
    if (py_type_of(v) == type_or_tuple) return 1;
    return check(v, type_or_tuple, NAME(__instancecheck__), type_instance_check);
}

int py_issubclass(Value v, Value type_or_tuple) {
    return check(v, type_or_tuple, NAME(__subclasscheck__), type_subclass_check);
}
