/* generic_alias.c -- types.GenericAlias: list[int]. Attributes that are not its own are the origin's. */
#include "vm/objects/generic_alias.h"
#include "vm/objects/iterators.h"
#include "vm/objects/type.h"

static Value origin_of(Value v) { return REF(PyGenericAlias, v)->origin; }
static Value args_of(Value v) { return REF(PyGenericAlias, v)->args; }

static Value alias_make(Value type, Value origin, Value args, bool starred) {
    if (!py_is_tuple(args) && !(args = py_tuple_from(&args, 1))) return 0;
    Value v = py_alloc(type, 0);
    if (!v) return 0;
    SET(REF(PyGenericAlias, v), origin, origin);
    SET(REF(PyGenericAlias, v), args, args);
    SET(REF(PyGenericAlias, v), starred, vm_bool(starred));
    return v;
}

static Value alias_new(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return alias_make(args[0], args[1], args[2], false);
}

/* ---- repr ------------------------------------------------------------------------------------------- */

int generic_repr_item(PyStrBuilder *b, Value v) {
    if (v == VM_ELLIPSIS) return py_builder_ascii(b, "...", 3);
    bool plain = false;
    Value origin = py_getattr_opt(v, NAME(__origin__)), args = origin ? py_getattr_opt(v, NAME(__args__)) : 0;
    if (!args) return -1;
    plain = origin == VM_UNBOUND || args == VM_UNBOUND;
    Value qualname = plain ? py_getattr_opt(v, NAME(__qualname__)) : VM_UNBOUND;
    Value module = qualname && qualname != VM_UNBOUND ? py_getattr_opt(v, NAME(__module__)) : VM_UNBOUND;
    if (!qualname || !module) return -1;
    Value text;
    if (qualname == VM_UNBOUND || module == VM_UNBOUND || module == VM_NONE)
        text = py_repr(v);
    else if (py_is_str(module) && py_str_equal(module, NAME(builtins)))
        text = py_str(qualname);
    else
        text = py_str_format("%S.%S", module, qualname);
    return text ? py_builder_str(b, text) : -1;
}

static int repr_argument(PyStrBuilder *b, Value v) {
    if (!py_is_list(v)) return generic_repr_item(b, v);
    if (py_builder_char(b, '[') < 0) return -1;
    for (int64_t i = 0; i < py_list_length(v); i++)
        if ((i && py_builder_ascii(b, ", ", 2) < 0) || generic_repr_item(b, py_list_item(v, i)) < 0) return -1;
    return py_builder_char(b, ']');
}

static Value alias_repr(Value v) {
    PyStrBuilder b;
    py_builder_init(&b);
    if (REF(PyGenericAlias, v)->starred == VM_TRUE && py_builder_char(&b, '*') < 0) return 0;
    if (generic_repr_item(&b, origin_of(v)) < 0 || py_builder_char(&b, '[') < 0) return 0;
    Value args = args_of(v);
    for (int64_t i = 0; i < tuple_length(args); i++)
        if ((i && py_builder_ascii(&b, ", ", 2) < 0) || repr_argument(&b, tuple_item(args, i)) < 0) return 0;
    if (tuple_length(args) == 0 && py_builder_ascii(&b, "()", 2) < 0) return 0;
    return py_builder_char(&b, ']') < 0 ? 0 : py_builder_finish(&b);
}

/* ---- parameters --------------------------------------------------------------------------------------- */

static int add_once(Value list, Value v) {
    for (int64_t i = 0; i < py_list_length(list); i++)
        if (py_list_item(list, i) == v) return 0;
    return py_list_append(list, v);
}

static int collect_parameters(Value list, Value items) {
    for (int64_t i = 0; i < tuple_length(items); i++) {
        Value item = tuple_item(items, i);
        if (is_ref(item) && py_is_type(item)) continue;
        Value subst = py_getattr_opt(item, NAME(__typing_subst__));
        if (!subst) return -1;
        if (subst != VM_UNBOUND) {
            if (add_once(list, item) < 0) return -1;
            continue;
        }
        Value inner = py_is_tuple(item) ? item : py_getattr_opt(item, NAME(__parameters__));
        if (!inner || (inner != VM_UNBOUND && py_is_tuple(inner) && collect_parameters(list, inner) < 0))
            return -1;
    }
    return 0;
}

Value generic_parameters_may_call(Value args) {
    Value list = py_list_new(0);
    return list && collect_parameters(list, args) == 0 ? py_list_to_tuple(list) : 0;
}

static Value get_parameters(Value v) {
    Value found = GET(REF(PyGenericAlias, v), parameters);
    if (found) return found;
    if ((found = generic_parameters_may_call(args_of(v)))) SET(REF(PyGenericAlias, v), parameters, found);
    return found;
}

static int64_t index_of(Value tuple, Value v) {
    for (int64_t i = 0; i < tuple_length(tuple); i++)
        if (tuple_item(tuple, i) == v) return i;
    return -1;
}

/* An argument that itself has parameters (list[T] inside dict[str, list[T]]). */
static Value substitute_inner(Value arg, Value parameters, Value values) {
    Value inner = py_getattr_opt(arg, NAME(__parameters__));
    if (!inner || inner == VM_UNBOUND || !py_is_tuple(inner) || tuple_length(inner) == 0) return inner ? arg : 0;
    Value list = py_list_new(0);
    for (int64_t i = 0; list && i < tuple_length(inner); i++) {
        Value p = tuple_item(inner, i);
        int64_t at = index_of(parameters, p);
        Value v = at >= 0 ? tuple_item(values, at) : p;
        Value variadic = py_getattr_opt(p, py_intern_c("__typing_is_unpacked_typevartuple__"));
        if (!variadic) return 0;
        if (at >= 0 && py_is_tuple(v) && py_type_name(py_type_of(p)) && py_str_equal_c(py_type_name(py_type_of(p)), "TypeVarTuple")) {
            if (py_list_extend(list, v) < 0) return 0;
        } else if (py_list_append(list, v) < 0) {
            return 0;
        }
    }
    return list ? py_getitem(arg, py_list_to_tuple(list)) : 0;
}

/* *tuple[int, str] among the items stands for its arguments, unless they end in an ellipsis. */
static Value unpacked_items(Value item) {
    Value items = py_is_tuple(item) ? item : py_tuple_from(&item, 1), list = py_list_new(0);
    if (!items || !list) return 0;
    for (int64_t i = 0; i < tuple_length(items); i++) {
        Value one = tuple_item(items, i), inner = VM_UNBOUND;
        bool class = is_ref(one) && py_is_type(one);
        if (!class && !(inner = py_getattr_opt(one, py_intern_c("__typing_unpacked_tuple_args__")))) return 0;
        int64_t n = inner != VM_UNBOUND && py_is_tuple(inner) ? tuple_length(inner) : -1;
        bool spread = n == 0 || (n > 0 && tuple_item(inner, n - 1) != VM_ELLIPSIS);
        if ((spread ? py_list_extend(list, inner) : py_list_append(list, one)) < 0) return 0;
    }
    return py_list_to_tuple(list);
}

/* The items that replace the parameters, one each: after the hooks of type variables, and checked. */
static Value prepare_values(Value self, Value parameters, Value item) {
    Value values = unpacked_items(item);
    int64_t n = tuple_length(parameters);
    for (int64_t i = 0; values && i < n; i++) {
        Value hook = py_getattr_opt(tuple_item(parameters, i), NAME(__typing_prepare_subst__));
        if (!hook) return 0;
        if (hook == VM_UNBOUND || hook == VM_NONE) continue;
        values = py_call2(hook, self, values);
        if (values && !py_is_tuple(values)) values = py_tuple_from(&values, 1);
    }
    if (!values || tuple_length(values) == n) return values;
    return py_raise(TYPE_TypeError, "Too %s arguments for %R; actual %ld, expected %ld",
                    tuple_length(values) > n ? "many" : "few", self, (long)tuple_length(values), (long)n);
}

Value generic_substitute_may_call(Value self, Value args, Value parameters, Value item) {
    if (tuple_length(parameters) == 0) return py_raise(TYPE_TypeError, "%R is not a generic class", self);
    Value values = prepare_values(self, parameters, item), out = py_list_new(0);
    if (!values || !out) return 0;
    for (int64_t i = 0; i < tuple_length(args); i++) {
        Value arg = tuple_item(args, i), unpacked = VM_UNBOUND, new;
        if (is_ref(arg) && py_is_type(arg)) {
            if (py_list_append(out, arg) < 0) return 0;
            continue;
        }
        if (!(unpacked = py_getattr_opt(arg, py_intern_c("__typing_is_unpacked_typevartuple__")))) return 0;
        Value subst = py_getattr_opt(arg, NAME(__typing_subst__));
        if (!subst) return 0;
        if (subst != VM_UNBOUND) {
            int64_t at = index_of(parameters, arg);
            new = at < 0 ? arg : py_call1(subst, tuple_item(values, at));
        } else {
            new = substitute_inner(arg, parameters, values);
        }
        if (!new) return 0;
        bool spread = unpacked != VM_UNBOUND && py_truth(unpacked) == 1 && py_is_tuple(new);
        if ((spread ? py_list_extend(out, new) : py_list_append(out, new)) < 0) return 0;
    }
    return py_list_to_tuple(out);
}

static Value alias_getitem(Value v, Value item) {
    Value parameters = get_parameters(v);
    if (!parameters) return 0;
    Value args = generic_substitute_may_call(v, args_of(v), parameters, item);
    return args ? alias_make(py_type(TYPE_GENERICALIAS), origin_of(v), args,
                             REF(PyGenericAlias, v)->starred == VM_TRUE)
                : 0;
}

/* ---- behaviour ------------------------------------------------------------------------------------------ */

static const char *const own_attributes[] = {
    "__class__", "__origin__", "__args__", "__unpacked__", "__parameters__", "__typing_unpacked_tuple_args__",
    "__mro_entries__", "__reduce_ex__", "__reduce__", "__copy__", "__deepcopy__"};

static Value alias_getattro(Value v, Value name) {
    if (!py_is_str(name)) return py_generic_getattr(v, name);
    if (py_str_equal_c(name, "__bases__")) return py_getattr(origin_of(v), name);
    for (size_t i = 0; i < sizeof own_attributes / sizeof *own_attributes; i++)
        if (py_str_equal_c(name, own_attributes[i])) return py_generic_getattr(v, name);
    return py_getattr(origin_of(v), name);
}

static Value alias_call(Value v, const Value *args, size_t nargs, Value kwnames) {
    Value made = py_call(origin_of(v), args, nargs, kwnames);
    if (!made || py_setattr(made, NAME(__orig_class__), v) == 0) return made;
    if (!py_error_is(TYPE_AttributeError) && !py_error_is(TYPE_TypeError)) return 0;
    py_error_clear();
    return made;
}

static Value alias_compare(Value a, Value b, int op) {
    if ((op != PY_EQ && op != PY_NE) || !py_is_instance_of(b, TYPE_GENERICALIAS)) return VM_NOT_IMPLEMENTED;
    int equal = REF(PyGenericAlias, a)->starred == REF(PyGenericAlias, b)->starred;
    if (equal) equal = py_equal(origin_of(a), origin_of(b));
    if (equal > 0) equal = py_equal(args_of(a), args_of(b));
    return equal < 0 ? 0 : vm_bool(equal == (op == PY_EQ));
}

static int64_t alias_hash(Value v) {
    int64_t a = py_hash(origin_of(v)), b = a == -1 ? -1 : py_hash(args_of(v));
    return b == -1 ? -1 : (a ^ b) == -1 ? -2 : a ^ b;
}

static Value alias_or(Value a, Value b) { return py_union_from_pair(a, b); }

/* *list[int]: an iterator that gives the alias once, starred. */
static Value alias_iter(Value v) { return iterator_new(TYPE_GENERICALIAS_ITER, v, 0, 0); }

static Value alias_iter_next(Value it) {
    Value v = GET(REF(PyIter, it), a);
    if (!v) return VM_STOP;
    iterator_end(it);
    return alias_make(py_type(TYPE_GENERICALIAS), origin_of(v), args_of(v), true);
}

static Value alias_iter_reduce(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value v = GET(REF(PyIter, args[0]), a);
    return iterator_reduce("iter", v ? v : py_tuple_new(0), 0);
}

static const PyMethodDef alias_iter_methods[] = {{"__reduce__", "($self, /)", alias_iter_reduce, 0, 0}, {0}};
const PyTypeSpec py_spec_genericalias_iter = {
    .slots = {.iter = iterator_self, .next = alias_iter_next}, .methods = alias_iter_methods, .raw_words = 2};

static Value alias_mro_entries(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value origin = origin_of(args[0]);
    return py_tuple_from(&origin, 1);
}

static Value alias_no_instance(const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_raise(TYPE_TypeError, "isinstance() argument 2 cannot be a parameterized generic");
}
static Value alias_no_subclass(const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_raise(TYPE_TypeError, "issubclass() argument 2 cannot be a parameterized generic");
}

static Value alias_reduce(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value v = args[0], pair = py_tuple_pack(2, origin_of(v), args_of(v));
    if (!pair || REF(PyGenericAlias, v)->starred != VM_TRUE)
        return pair ? py_tuple_pack(2, py_type(TYPE_GENERICALIAS), pair) : 0;
    Value plain = alias_make(py_type(TYPE_GENERICALIAS), origin_of(v), args_of(v), false);
    Value next = py_import_attr("builtins", "next"), it = plain ? py_iter(plain) : 0;
    Value one = it ? py_tuple_from(&it, 1) : 0;
    return next && one ? py_tuple_pack(2, next, one) : 0;
}

static Value alias_dir(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value dir = py_import_attr("builtins", "dir"), names = dir ? py_call1(dir, origin_of(args[0])) : 0;
    for (size_t i = 0; names && i < sizeof own_attributes / sizeof *own_attributes; i++) {
        Value name = py_intern_c(own_attributes[i]);
        int has = py_contains(names, name);
        if (has < 0 || (!has && py_list_append(names, name) < 0)) return 0;
    }
    return names;
}

static Value get_origin(Value v) { return origin_of(v); }
static Value get_args(Value v) { return args_of(v); }
static Value get_unpacked(Value v) { return REF(PyGenericAlias, v)->starred; }
static Value get_unpacked_args(Value v) {
    bool tuple = REF(PyGenericAlias, v)->starred == VM_TRUE && origin_of(v) == py_type(TYPE_TUPLE);
    return tuple ? args_of(v) : VM_NONE;
}

static const PyMethodDef alias_methods[] = {
    {"__mro_entries__", "($self, bases, /)", alias_mro_entries, 0, 0},
    {"__instancecheck__", "($self, instance, /)", alias_no_instance, 0, 0},
    {"__subclasscheck__", "($self, cls, /)", alias_no_subclass, 0, 0},
    {"__reduce__", "($self, /)", alias_reduce, 0, 0},
    {"__dir__", "($self, /)", alias_dir, 0, 0},
    {0}};
static const PyGetSetDef alias_getsets[] = {{"__origin__", get_origin, 0, 0},
                                            {"__args__", get_args, 0, 0},
                                            {"__unpacked__", get_unpacked, 0, 0},
                                            {"__parameters__", get_parameters, 0, "Type variables in the GenericAlias."},
                                            {"__typing_unpacked_tuple_args__", get_unpacked_args, 0, 0},
                                            {0}};

const PyTypeSpec py_spec_genericalias = {
    .doc = "Represent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and t.__args__ is (int,).",
    .slots = {.repr = alias_repr,
              .hash = alias_hash,
              .call = alias_call,
              .getattro = alias_getattro,
              .richcompare = alias_compare,
              .iter = alias_iter,
              .getitem = alias_getitem,
              .or_ = alias_or},
    .methods = alias_methods,
    .getsets = alias_getsets,
    .new_signature = "(origin, args, /)",
    .new_fn = alias_new};
