/* The raise statement, matching of except clauses, and match statements' class and mapping patterns. */
#include "vm/exec/interp.h"
#include "vm/objects/exceptions.h"
#include "vm/objects/type.h"

static bool is_exception_class(Value v) {
    return py_is_type(v) && py_type_is_subtype(v, py_type(TYPE_BaseException));
}

/* An instance for what follows `raise` (or `from`). */
static Value as_instance(Value v, const char *complaint) {
    if (is_exception_class(v)) {
        Value e = py_call0(v);
        if (e && !py_is_exception(e))
            return py_raise(TYPE_TypeError, "calling %R should have returned an instance of BaseException, not %R",
                            v, py_type_of(e));
        return e;
    }
    if (py_is_exception(v)) return v;
    return py_raise(TYPE_TypeError, "%s", complaint);
}

/* x: 0 re-raise what is handled, 1 raise a, 2 raise a from cause. An exception is set afterwards. */
void vm_raise_statement(VmThread *thread, VmFrame *frame, unsigned x, Value a, Value cause) {
    (void)frame;
    if (x == 0) {
        if (thread->handled == VM_NONE || !thread->handled)
            py_raise(TYPE_RuntimeError, "No active exception to reraise");
        else
            thread->exception = thread->handled;
        return;
    }
    Value e = as_instance(a, "exceptions must derive from BaseException");
    if (!e) return;
    if (x == 2) {
        Value from = cause == VM_NONE ? VM_NONE
                                      : as_instance(cause, "exception causes must derive from BaseException");
        if (!from || py_exception_set_cause(e, from) < 0) return;
    }
    py_raise_object(e);
}

static int check_pattern(Value pattern) {
    if (is_exception_class(pattern)) return 0;
    if (py_is_tuple(pattern)) {
        for (int64_t i = 0; i < tuple_length(pattern); i++)
            if (!is_exception_class(tuple_item(pattern, i))) goto bad;
        return 0;
    }
bad:
    return py_raise_int(TYPE_TypeError,
                        "catching classes that do not inherit from BaseException is not allowed");
}

int vm_exception_match(Value exception, Value pattern) {
    Value type = py_type_of(exception);
    if (LIKELY(py_is_type(pattern))) {
        if (LIKELY(type == pattern)) return 1;
        return check_pattern(pattern) < 0 ? -1 : py_type_is_subtype(type, pattern);
    }
    if (check_pattern(pattern) < 0) return -1;
    for (int64_t i = 0; i < tuple_length(pattern); i++)
        if (py_type_is_subtype(type, tuple_item(pattern, i))) return 1;
    return 0;
}

/* ---- except* ---------------------------------------------------------------------------------- */

static bool is_group_class(Value type) {
    return py_type_is_subtype(type, py_type(TYPE_BaseExceptionGroup));
}

static int check_group_pattern(Value pattern) {
    bool tuple = py_is_tuple(pattern);
    if (check_pattern(pattern) < 0) return -1;
    for (int64_t i = 0; i < (tuple ? tuple_length(pattern) : 1); i++)
        if (is_group_class(tuple ? tuple_item(pattern, i) : pattern))
            return py_raise_int(TYPE_TypeError,
                                "catching ExceptionGroup with except* is not allowed. Use except instead.");
    return 0;
}

int vm_exception_group_match(Value exception, Value pattern, Value *match, Value *rest) {
    *match = VM_NONE;
    *rest = exception;
    if (exception == VM_NONE) return 0;
    if (check_group_pattern(pattern) < 0) return -1;
    int whole = vm_exception_match(exception, pattern);
    if (whole < 0) return -1;
    if (!is_group_class(py_type_of(exception))) {
        if (!whole) return 0;
        Value tuple = py_tuple_from(&exception, 1), args[2] = {NAME(empty), tuple};
        *match = tuple ? py_call(py_type(TYPE_BaseExceptionGroup), args, 2, 0) : 0;
        *rest = VM_NONE;
        if (!*match) return -1;
        Value traceback = GET(REF(PyException, exception), traceback);
        return traceback && traceback != VM_NONE ? py_exception_set_traceback(*match, traceback) : 0;
    }
    if (whole) {
        *match = exception;
        *rest = VM_NONE;
        return 0;
    }
    return py_exception_group_split(exception, pattern, match, rest);
}

/* Was this part raised again unchanged (same traceback, cause and context as the original group)? */
static bool is_same_origin(Value e, Value original) {
    PyException GS *a = REF(PyException, e), *b = REF(PyException, original);
    return GET(a, traceback) == GET(b, traceback) && GET(a, cause) == GET(b, cause) &&
           GET(a, context) == GET(b, context);
}

static int add_leaves(Value e, Value list) {
    if (!is_group_class(py_type_of(e))) return py_list_append(list, e);
    Value parts = GET(REF(PyExceptionGroup, e), exceptions);
    for (int64_t i = 0; i < tuple_length(parts); i++)
        if (add_leaves(tuple_item(parts, i), list) < 0) return -1;
    return 0;
}

/* The part of `group` whose leaves are in `wanted`: keeps the group's structure and metadata. */
static Value project(Value group, Value wanted) {
    if (!is_group_class(py_type_of(group))) {
        for (int64_t i = 0; i < py_list_length(wanted); i++)
            if (py_list_item(wanted, i) == group) return group;
        return VM_NONE;
    }
    Value parts = GET(REF(PyExceptionGroup, group), exceptions), kept = py_list_new(0);
    if (!kept) return 0;
    for (int64_t i = 0; i < tuple_length(parts); i++) {
        Value part = project(tuple_item(parts, i), wanted);
        if (!part || (part != VM_NONE && py_list_append(kept, part) < 0)) return 0;
    }
    if (py_list_length(kept) == 0) return VM_NONE;
    if (py_list_length(kept) == tuple_length(parts)) {
        bool same = true;
        for (int64_t i = 0; i < tuple_length(parts); i++)
            same = same && py_list_item(kept, i) == tuple_item(parts, i);
        if (same) return group;
    }
    Value derived = py_call_method(group, "derive", 1, &kept);
    if (!derived) return 0;
    PyException GS *from = REF(PyException, group), *to = REF(PyException, derived);
    SET(to, traceback, GET(from, traceback));
    SET(to, context, GET(from, context));
    SET(to, cause, GET(from, cause));
    SET(to, suppress_context, GET(from, suppress_context));
    return derived;
}

Value vm_exception_group_result(Value original, Value parts) {
    if (py_list_length(parts) == 0) return VM_NONE;
    for (int64_t i = 0; i < py_list_length(parts); i++)
        if (py_list_item(parts, i) != VM_NONE && !py_is_exception(py_list_item(parts, i)))
            return py_raise(TYPE_TypeError, "no exception in an except* statement");
    if (!is_group_class(py_type_of(original))) return py_list_item(parts, 0);
    Value raised = py_list_new(0), leaves = py_list_new(0);
    if (!raised || !leaves) return 0;
    for (int64_t i = 0; i < py_list_length(parts); i++) {
        Value e = py_list_item(parts, i);
        if (e == VM_NONE) continue;
        int status = is_same_origin(e, original) ? add_leaves(e, leaves) : py_list_append(raised, e);
        if (status < 0) return 0;
    }
    Value again = py_list_length(leaves) ? project(original, leaves) : VM_NONE;
    if (!again) return 0;
    if (py_list_length(raised) == 0) return again;
    if (again != VM_NONE && py_list_append(raised, again) < 0) return 0;
    Value args[2] = {NAME(empty), raised};
    return py_call(py_type(TYPE_BaseExceptionGroup), args, 2, 0);
}

/* ---- match ------------------------------------------------------------------------------------ */

Value vm_match_keys(Value subject, Value keys) {
    int64_t n = tuple_length(keys);
    Value values = py_tuple_new((size_t)n), seen = py_set_new();
    if (!values || !seen) return 0;
    for (int64_t i = 0; i < n; i++) {
        Value key = tuple_item(keys, i), value;
        int known = py_set_contains(seen, key);
        if (known < 0 || (!known && py_set_add(seen, key) < 0)) return 0;
        if (known) return py_raise(TYPE_ValueError, "mapping pattern checks duplicate key (%R)", key);
        if (is_exactly(subject, TYPE_DICT)) {
            value = py_dict_get(subject, key);
            if (!value) return 0;
            if (value == VM_UNBOUND) return VM_NONE;
        } else {
            /* get() with a default of its own: __missing__ must not make up values. */
            Value missing = py_alloc_id(TYPE_OBJECT, 0), args[2] = {key, missing};
            value = missing ? py_call_method(subject, "get", 2, args) : 0;
            if (!value) return 0;
            if (value == missing) return VM_NONE;
        }
        REF(PyTuple, values)->items[i] = value;
    }
    return values;
}

/* One attribute pattern: its value; VM_UNBOUND: no match. */
static Value match_attribute(Value subject, Value cls, Value name, Value seen) {
    int known = py_set_contains(seen, name);
    if (known < 0 || (!known && py_set_add(seen, name) < 0)) return 0;
    if (known) return py_raise(TYPE_TypeError, "%N() got multiple sub-patterns for attribute %R", cls, name);
    return py_getattr_opt(subject, name);
}

/* These match themselves as their only positional pattern. */
static bool matches_self(Value cls) {
    static const uint16_t types[] = {TYPE_BOOL, TYPE_BYTEARRAY, TYPE_BYTES, TYPE_DICT, TYPE_FLOAT, TYPE_FROZENSET,
                                     TYPE_INT, TYPE_LIST, TYPE_SET, TYPE_STR, TYPE_TUPLE};
    for (unsigned i = 0; i < sizeof types / sizeof *types; i++)
        if (py_type_is_subtype(cls, py_type(types[i]))) return true;
    return false;
}

Value vm_match_class(Value subject, Value cls, unsigned positional, Value names) {
    if (!py_is_type(cls)) return py_raise(TYPE_TypeError, "called match pattern must be a class");
    int is_instance = py_isinstance(subject, cls);
    if (is_instance <= 0) return is_instance < 0 ? 0 : VM_NONE;
    int64_t named = tuple_length(names), at = 0;
    Value values = py_tuple_new(positional + (size_t)named), seen = py_set_new(), value;
    if (!values || !seen) return 0;
    if (positional) {
        Value match_args = py_getattr_opt(cls, NAME(__match_args__));
        if (!match_args) return 0;
        bool self = match_args == VM_UNBOUND && matches_self(cls);
        if (match_args == VM_UNBOUND) match_args = py_tuple_new(0);
        if (!is_exactly(match_args, TYPE_TUPLE))
            return py_raise(TYPE_TypeError, "%N.__match_args__ must be a tuple (got %T)", cls, match_args);
        int64_t allowed = self ? 1 : tuple_length(match_args);
        if (positional > allowed)
            return py_raise(TYPE_TypeError, "%N() accepts %zd positional sub-pattern%s (%u given)", cls,
                            (ssize_t)allowed, allowed == 1 ? "" : "s", positional);
        for (unsigned i = 0; i < positional; i++) {
            if (self) {
                value = subject;
            } else {
                Value name = tuple_item(match_args, i);
                if (!py_is_str(name))
                    return py_raise(TYPE_TypeError, "__match_args__ elements must be strings (got %T)", name);
                value = match_attribute(subject, cls, name, seen);
            }
            if (!value || value == VM_UNBOUND) return value ? VM_NONE : 0;
            REF(PyTuple, values)->items[at++] = value;
        }
    }
    for (int64_t i = 0; i < named; i++) {
        value = match_attribute(subject, cls, tuple_item(names, i), seen);
        if (!value || value == VM_UNBOUND) return value ? VM_NONE : 0;
        REF(PyTuple, values)->items[at++] = value;
    }
    return values;
}
