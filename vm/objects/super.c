/* super.c -- super objects: attribute look-up that starts behind a class in an object's MRO. */
#include "vm/objects/type.h"

/* The class whose MRO is searched; 0 with TypeError. */
static Value check_object(Value type, Value obj) {
    if (py_is_type(obj) && py_type_is_subtype(obj, type)) return obj;
    if (py_type_is_subtype(py_type_of(obj), type)) return py_type_of(obj);
    Value shown = py_getattr_opt(obj, NAME(__class__));
    if (!shown) return 0;
    if (shown != VM_UNBOUND && py_is_type(shown) && shown != py_type_of(obj) && py_type_is_subtype(shown, type))
        return shown;
    return py_raise(TYPE_TypeError, "super(type, obj): obj must be an instance or subtype of type");
}

static int super_fill(Value self, Value type, Value obj) {
    if (!py_is_type(type)) return py_raise_int(TYPE_TypeError, "super() argument 1 must be a type, not %T", type);
    Value obj_type = 0;
    if (obj == VM_NONE) obj = 0;
    if (obj && !(obj_type = check_object(type, obj))) return -1;
    PySuper GS *s = REF(PySuper, self);
    SET(s, type, type);
    SET(s, obj, obj);
    SET(s, obj_type, obj_type);
    return 0;
}

Value py_super_new(Value type, Value obj) {
    Value self = py_alloc_id(TYPE_SUPER, 0);
    return self && super_fill(self, type, obj) == 0 ? self : 0;
}

static int super_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    if (kwnames && tuple_length(kwnames)) return py_raise_int(TYPE_TypeError, "super() takes no keyword arguments");
    if (nargs == 0) return py_raise_int(TYPE_RuntimeError, "super(): no arguments");
    if (nargs > 2) return py_raise_int(TYPE_TypeError, "super expected at most 2 arguments, got %zu", nargs);
    return super_fill(self, args[0], nargs > 1 ? args[1] : VM_NONE);
}

/* What stands behind `type` in the MRO of obj_type under this name, unbound; VM_UNBOUND: nothing. */
static Value find_behind(Value type, Value obj_type, Value name) {
    Value mro = type_mro(obj_type);
    int64_t n = mro ? tuple_length(mro) : 0, i = 0;
    while (i < n && tuple_item(mro, i) != type) i++;
    for (i++; i < n; i++) {
        Value found = py_dict_get_str(type_dict(tuple_item(mro, i)), name);
        if (found != VM_UNBOUND) return found;
    }
    return VM_UNBOUND;
}

static Value super_getattro(Value self, Value name) {
    PySuper GS *s = REF(PySuper, self);
    Value obj_type = GET(s, obj_type);
    if (obj_type && py_is_str(name) && !py_str_equal(name, NAME(__class__))) {
        Value obj = GET(s, obj), found = find_behind(GET(s, type), obj_type, py_intern(name));
        if (!found) return 0;
        if (found != VM_UNBOUND) return descr_bind(found, obj == obj_type ? 0 : obj, obj_type);
    }
    return py_generic_getattr(self, name);
}

static Value super_get(Value self, Value obj_or_0, Value type) {
    (void)type;
    PySuper GS *s = REF(PySuper, self);
    if (!obj_or_0 || obj_or_0 == VM_NONE || GET(s, obj)) return self;
    if (!is_exactly(self, TYPE_SUPER)) return py_call2(py_type_of(self), GET(s, type), obj_or_0);
    return py_super_new(GET(s, type), obj_or_0);
}

static Value super_repr(Value self) {
    PySuper GS *s = REF(PySuper, self);
    Value type = GET(s, type), obj_type = GET(s, obj_type);
    if (!type) return py_str_c("<super: <class 'NULL'>, NULL>");
    if (!obj_type) return py_str_format("<super: <class '%S'>, NULL>", py_type_name(type));
    return py_str_format("<super: <class '%S'>, <%S object>>", py_type_name(type), py_type_name(obj_type));
}

static Value or_none(Value v) { return v ? v : VM_NONE; }
static Value get_thisclass(Value self) { return or_none(GET(REF(PySuper, self), type)); }
static Value get_self(Value self) { return or_none(GET(REF(PySuper, self), obj)); }
static Value get_self_class(Value self) { return or_none(GET(REF(PySuper, self), obj_type)); }

static const PyGetSetDef super_getsets[] = {
    {"__thisclass__", get_thisclass, 0, "the class invoking super()"},
    {"__self__", get_self, 0, "the instance invoking super(); may be None"},
    {"__self_class__", get_self_class, 0, "the type of the instance invoking super(); may be None"},
    {0}};

const PyTypeSpec py_spec_super = {
    .doc = "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\nsuper(type, obj) -> "
           "bound super object; requires isinstance(obj, type)\nsuper(type, type2) -> bound super object; requires "
           "issubclass(type2, type)\nTypical use to call a cooperative superclass method:\nclass C(B):\n    def meth(self, "
           "arg):\n        super().meth(arg)\nThis works for class methods too:\nclass C(B):\n    @classmethod\n    def "
           "cmeth(cls, arg):\n        super().cmeth(arg)\n",
    .slots = {.repr = super_repr, .init = super_init, .getattro = super_getattro, .descr_get = super_get},
    .getsets = super_getsets};
