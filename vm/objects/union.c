/* union.c -- types.UnionType: int | None. `inner` is the tuple of members, flat and without duplicates. */
#include "vm/objects/generic_alias.h"
#include "vm/objects/type.h"

static Value members_of(Value v) { return REF(PyWrapped, v)->inner; }

/* None may stand in a union, and classes, parametrised types, other unions. */
static bool is_member(Value v) {
    if (v == VM_NONE) return true;
    return is_ref(v) && (py_is_type(v) || is_exactly(v, TYPE_UNION) || py_is_instance_of(v, TYPE_GENERICALIAS));
}

static int add_member(Value list, Value v) {
    if (v == VM_NONE) v = py_type(TYPE_NONETYPE);
    if (is_exactly(v, TYPE_UNION)) {
        for (int64_t i = 0; i < tuple_length(members_of(v)); i++)
            if (add_member(list, tuple_item(members_of(v), i)) < 0) return -1;
        return 0;
    }
    for (int64_t i = 0; i < py_list_length(list); i++) {
        int same = py_equal(py_list_item(list, i), v);
        if (same) return same < 0 ? -1 : 0;
    }
    return py_list_append(list, v);
}

Value py_union_new(Value members) {
    Value list = py_list_new(0);
    if (!list) return 0;
    for (int64_t i = 0; i < tuple_length(members); i++)
        if (add_member(list, tuple_item(members, i)) < 0) return 0;
    if (py_list_length(list) == 1) return py_list_item(list, 0);
    Value tuple = py_list_to_tuple(list), v = tuple ? py_alloc_id(TYPE_UNION, 0) : 0;
    if (v) SET(REF(PyWrapped, v), inner, tuple);
    return v;
}

Value py_union_from_pair(Value a, Value b) {
    if (!is_member(a) || !is_member(b) || (a == VM_NONE && b == VM_NONE)) return VM_NOT_IMPLEMENTED;
    Value pair[] = {a, b}, members = py_tuple_from(pair, 2);
    return members ? py_union_new(members) : 0;
}

static Value union_repr(Value v) {
    PyStrBuilder b;
    py_builder_init(&b);
    for (int64_t i = 0; i < tuple_length(members_of(v)); i++) {
        Value item = tuple_item(members_of(v), i);
        if (i && py_builder_ascii(&b, " | ", 3) < 0) return 0;
        int done = item == py_type(TYPE_NONETYPE) ? py_builder_ascii(&b, "None", 4) : generic_repr_item(&b, item);
        if (done < 0) return 0;
    }
    return py_builder_finish(&b);
}

static Value member_set(Value v) { return py_frozenset_from_iterable(members_of(v)); }

static int64_t union_hash(Value v) {
    Value set = member_set(v);
    return set ? py_hash(set) : -1;
}

static Value union_compare(Value a, Value b, int op) {
    if ((op != PY_EQ && op != PY_NE) || !is_exactly(b, TYPE_UNION)) return VM_NOT_IMPLEMENTED;
    Value x = member_set(a), y = member_set(b);
    return x && y ? py_compare(x, y, op) : 0;
}

static Value union_or(Value a, Value b) { return py_union_from_pair(a, b); }

/* typing asks each of its forms for __module__. */
static Value union_getattro(Value v, Value name) {
    bool of_type = py_is_str(name) && py_str_equal(name, NAME(__module__));
    return of_type ? py_getattr(py_type_of(v), name) : py_generic_getattr(v, name);
}

static Value get_args(Value v) { return members_of(v); }
static Value get_parameters(Value v) { return generic_parameters_may_call(members_of(v)); }

static Value union_getitem(Value v, Value item) {
    Value parameters = get_parameters(v);
    if (!parameters) return 0;
    Value args = generic_substitute_may_call(v, members_of(v), parameters, item);
    if (!args || tuple_length(args) == 0) return 0;
    Value result = tuple_item(args, 0);
    for (int64_t i = 1; result && i < tuple_length(args); i++)
        result = py_binary(PY_OP_OR, result, tuple_item(args, i));
    return result;
}

/* Parametrised members cannot be checked against. */
static int check_members(Value v, const char *function) {
    for (int64_t i = 0; i < tuple_length(members_of(v)); i++)
        if (py_is_instance_of(tuple_item(members_of(v), i), TYPE_GENERICALIAS))
            return py_raise_int(TYPE_TypeError, "%s() argument 2 cannot be a parameterized generic", function);
    return 0;
}

static Value union_instancecheck(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (check_members(args[0], "isinstance") < 0) return 0;
    int result = py_isinstance(args[1], members_of(args[0]));
    return result < 0 ? 0 : vm_bool(result);
}

static Value union_subclasscheck(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (!py_is_type(args[1])) return py_raise(TYPE_TypeError, "issubclass() arg 1 must be a class");
    if (check_members(args[0], "issubclass") < 0) return 0;
    int result = py_issubclass(args[1], members_of(args[0]));
    return result < 0 ? 0 : vm_bool(result);
}

static const PyMethodDef union_methods[] = {
    {"__instancecheck__", "($self, instance, /)", union_instancecheck, 0, 0},
    {"__subclasscheck__", "($self, cls, /)", union_subclasscheck, 0, 0},
    {0}};
static const PyGetSetDef union_getsets[] = {
    {"__args__", get_args, 0, 0},
    {"__parameters__", get_parameters, 0, "Type variables in the types.UnionType."},
    {0}};

const PyTypeSpec py_spec_union = {.doc = "Represent a PEP 604 union type\n\nE.g. for int | str",
                                  .slots = {.repr = union_repr,
                                            .hash = union_hash,
                                            .getattro = union_getattro,
                                            .richcompare = union_compare,
                                            .getitem = union_getitem,
                                            .or_ = union_or},
                                  .methods = union_methods,
                                  .getsets = union_getsets};
