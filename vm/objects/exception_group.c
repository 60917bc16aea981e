/* BaseExceptionGroup and ExceptionGroup (PEP 654): construction, derive, subgroup, split.
 *
 * A group's `exceptions` is a tuple that never changes. split walks the tree of groups; the matching part and the rest are
 * built bottom-up with derive(), so that subclasses keep their type. */
#include "vm/objects/exceptions.h"

/* ---- construction ----------------------------------------------------------------------------------------------- */

static int check_members(Value members, bool *all_are_exceptions) {
    *all_are_exceptions = true;
    for (int64_t i = 0; i < tuple_length(members); i++) {
        Value member = tuple_item(members, i);
        if (!py_is_exception(member))
            return py_raise_int(TYPE_ValueError, "Item %ld of second argument (exceptions) is not an exception", (long)i);
        if (!py_is_instance_of(member, TYPE_Exception)) *all_are_exceptions = false;
    }
    return 0;
}

static Value group_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    if (kwnames && tuple_length(kwnames)) return py_raise(TYPE_TypeError, "%N() takes no keyword arguments", type);
    if (nargs != 2)
        return py_raise(TYPE_TypeError, "BaseExceptionGroup.__new__() takes exactly 2 arguments (%zu given)", nargs);
    if (!py_is_str(args[0])) return py_raise(TYPE_TypeError, "argument 1 must be str, not %T", args[0]);
    if (!vm_type_of(args[1])->slots->getitem || py_is_dict(args[1]))
        return py_raise(TYPE_TypeError, "second argument (exceptions) must be a sequence");
    Value members = py_tuple_from_iterable(args[1]);
    if (!members) return 0;
    if (tuple_length(members) == 0)
        return py_raise(TYPE_ValueError, "second argument (exceptions) must be a non-empty sequence");
    bool plain;
    if (check_members(members, &plain) < 0) return 0;
    if (type == py_type(TYPE_BaseExceptionGroup) && plain) type = py_type(TYPE_ExceptionGroup);
    if (!plain && type == py_type(TYPE_ExceptionGroup))
        return py_raise(TYPE_TypeError, "Cannot nest BaseExceptions in an ExceptionGroup");
    if (!plain && py_type_is_subtype(type, py_type(TYPE_Exception)))
        return py_raise(TYPE_TypeError, "Cannot nest BaseExceptions in '%N'", type);
    Value self = py_alloc(type, 0);
    if (!self) return 0;
    PyExceptionGroup GS *group = REF(PyExceptionGroup, self);
    group->message = args[0];
    group->exceptions = members;
    group->args = py_tuple_from(args, nargs);
    return group->args ? self : 0;
}

static Value group_str(Value self) {
    PyExceptionGroup GS *group = REF(PyExceptionGroup, self);
    long count = (long)tuple_length(group->exceptions);
    return py_str_format("%S (%ld sub-exception%s)", group->message, count, count == 1 ? "" : "s");
}

static Value group_derive(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return py_call2(py_type(TYPE_BaseExceptionGroup), REF(PyExceptionGroup, args[0])->message, args[1]);
}

/* ---- splitting -------------------------------------------------------------------------------------------------------- */

/* 1 if `exception` satisfies the condition: a class, a tuple of classes, or a callable. */
static int matches(Value exception, Value condition) {
    if (py_is_type(condition) || py_is_tuple(condition)) return py_isinstance(exception, condition);
    Value answer = py_call1(condition, exception);
    return answer ? py_truth(answer) : -1;
}

static int check_condition(Value condition) {
    bool good = py_is_type(condition) ? py_type_is_subtype(condition, py_type(TYPE_BaseException)) : py_callable(condition);
    if (py_is_tuple(condition)) {
        good = true;
        for (int64_t i = 0; i < tuple_length(condition); i++) {
            Value item = tuple_item(condition, i);
            good = good && py_is_type(item) && py_type_is_subtype(item, py_type(TYPE_BaseException));
        }
    }
    if (good) return 0;
    return py_raise_int(TYPE_TypeError, "expected a function, exception type or tuple of exception types");
}

/* A group like `self` over the list `members`; None if that is empty. */
static Value derive_like(Value self, Value members) {
    if (py_list_length(members) == 0) return VM_NONE;
    Value derived = py_call_method(self, "derive", 1, &members);
    if (!derived) return 0;
    if (!py_is_instance_of(derived, TYPE_BaseExceptionGroup))
        return py_raise(TYPE_TypeError, "derive must return an instance of BaseExceptionGroup");
    PyExceptionGroup GS *from = REF(PyExceptionGroup, self);
    PyExceptionGroup GS *to = REF(PyExceptionGroup, derived);
    SET(to, traceback, GET(from, traceback));
    SET(to, context, GET(from, context));
    SET(to, cause, GET(from, cause));
    Value notes = py_getattr_opt(self, NAME(__notes__));
    if (!notes) return 0;
    if (notes == VM_UNBOUND || !py_is_list(notes)) return derived;
    Value copy = py_list_from_iterable(notes);
    return copy && py_setattr(derived, NAME(__notes__), copy) == 0 ? derived : 0;
}

int py_exception_group_split(Value self, Value condition, Value *match, Value *rest) {
    *match = *rest = VM_NONE;
    int whole = matches(self, condition);
    if (whole < 0) return -1;
    if (whole || !py_is_instance_of(self, TYPE_BaseExceptionGroup)) {
        *(whole ? match : rest) = self;
        return 0;
    }
    if (py_enter_recursion(" in exceptiongroup_split_recursive") < 0) return -1;
    Value members = REF(PyExceptionGroup, self)->exceptions, in = py_list_new(0), out = py_list_new(0);
    int status = in && out ? 0 : -1;
    for (int64_t i = 0; status == 0 && i < tuple_length(members); i++) {
        Value part_in, part_out;
        status = py_exception_group_split(tuple_item(members, i), condition, &part_in, &part_out);
        if (status == 0 && part_in != VM_NONE) status = py_list_append(in, part_in);
        if (status == 0 && part_out != VM_NONE) status = py_list_append(out, part_out);
    }
    if (status == 0) {
        *match = derive_like(self, in);
        *rest = *match ? derive_like(self, out) : 0;
        status = *match && *rest ? 0 : -1;
    }
    py_leave_recursion();
    return status;
}

static Value group_split(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value match, rest;
    if (check_condition(args[1]) < 0 || py_exception_group_split(args[0], args[1], &match, &rest) < 0) return 0;
    return py_tuple_pack(2, match, rest);
}

static Value group_subgroup(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value match, rest;
    if (check_condition(args[1]) < 0 || py_exception_group_split(args[0], args[1], &match, &rest) < 0) return 0;
    return match;
}

static Value group_class_getitem(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return py_call2(py_type(TYPE_GENERICALIAS), args[0], args[1]);
}

static Value get_message(Value self) { return REF(PyExceptionGroup, self)->message; }
static Value get_exceptions(Value self) { return REF(PyExceptionGroup, self)->exceptions; }

static const PyMethodDef group_methods[] = {
    {"derive", "($self, excs, /)", group_derive, 0, 0},
    {"split", "($self, condition, /)", group_split, 0, 0},
    {"subgroup", "($self, condition, /)", group_subgroup, 0, 0},
    {"__class_getitem__", "($type, item, /)", group_class_getitem, PY_METHOD_CLASS, "See PEP 585"},
    {0}};
static const PyGetSetDef group_getsets[] = {
    {"message", get_message, 0, "exception message"}, {"exceptions", get_exceptions, 0, "nested exceptions"}, {0}};
const PyTypeSpec py_spec_BaseExceptionGroup = {.doc = "A combination of multiple unrelated exceptions.",
                                               .slots = {.new = group_new, .str = group_str},
                                               .methods = group_methods,
                                               .getsets = group_getsets,
                                               .raw_words = 1,
                                               .has_dict = true};
/* Layout of BaseExceptionGroup and type Exception: its MRO has both (type_new orders them). */
const PyTypeSpec py_spec_ExceptionGroup = {.raw_words = 1, .has_dict = true};
