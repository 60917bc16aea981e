/* property.c -- property, staticmethod, classmethod. Fields that were not given hold 0. */
#include "vm/objects/type.h"

static Value or_zero(Value v) { return v == VM_NONE ? 0 : v; }
static Value or_none(Value v) { return v ? v : VM_NONE; }

/* ---- property ------------------------------------------------------------------------------------ */

static int property_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *signature;
    Value in[4];
    if (builtin_bind_init(&signature, "(fget=None, fset=None, fdel=None, doc=None)", "property", args, nargs,
                          kwnames, in) < 0)
        return -1;
    PyProperty GS *p = REF(PyProperty, self);
    Value doc = or_zero(in[3]), getter = or_zero(in[0]);
    SET(p, get, getter);
    SET(p, set, or_zero(in[1]));
    SET(p, del, or_zero(in[2]));
    SET(p, doc, doc);
    if (doc || !getter) return 0;
    doc = py_getattr_opt(getter, NAME(__doc__));
    if (!doc) {
        py_error_clear();
        return 0;
    }
    if (doc == VM_UNBOUND || doc == VM_NONE) return 0;
    SET(p, doc, doc);
    if (shape_of(self) == TYPE_PROPERTY || !type_is_heap(py_type_of(self))) return 0;
    return py_setattr(self, NAME(__doc__), doc);
}

static Value raise_no(Value self, Value obj, const char *what) {
    Value name = GET(REF(PyProperty, self), name), of = GET(REF(PyType, py_type_of(obj)), qualname);
    if (name) return py_raise(TYPE_AttributeError, "property %R of %R object has no %s", name, of, what);
    return py_raise(TYPE_AttributeError, "property of %R object has no %s", of, what);
}

static Value property_get(Value self, Value obj_or_0, Value type) {
    (void)type;
    if (!obj_or_0 || (obj_or_0 == VM_NONE && type && type != py_type(TYPE_NONETYPE))) return self;
    Value getter = GET(REF(PyProperty, self), get);
    return getter ? py_call1(getter, obj_or_0) : raise_no(self, obj_or_0, "getter");
}

static int property_set(Value self, Value obj, Value value_or_0) {
    PyProperty GS *p = REF(PyProperty, self);
    Value f = value_or_0 ? GET(p, set) : GET(p, del);
    if (!f) return raise_no(self, obj, value_or_0 ? "setter" : "deleter"), -1;
    return (value_or_0 ? py_call2(f, obj, value_or_0) : py_call1(f, obj)) ? 0 : -1;
}

/* A copy with one function replaced; the docstring of a new getter replaces one that came from the old. */
static Value property_copy(Value self, Value get, Value set, Value del) {
    PyProperty GS *p = REF(PyProperty, self);
    Value old_get = GET(p, get), doc = GET(p, doc);
    Value getter = get ? get : or_none(old_get);
    if (old_get && doc) { /* was it the old getter's? then let the getter give it again */
        Value of_getter = py_getattr_opt(old_get, NAME(__doc__));
        if (!of_getter) return 0;
        if (of_getter == doc) doc = 0;
    }
    Value args[] = {getter, set ? set : or_none(GET(p, set)), del ? del : or_none(GET(p, del)), or_none(doc)};
    Value copy = py_call(py_type_of(self), args, 4, 0);
    if (copy && py_is_instance_of(copy, TYPE_PROPERTY)) SET(REF(PyProperty, copy), name, GET(p, name));
    return copy;
}

static Value property_getter(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return property_copy(args[0], args[1], 0, 0);
}
static Value property_setter(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return property_copy(args[0], 0, args[1], 0);
}
static Value property_deleter(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return property_copy(args[0], 0, 0, args[1]);
}

static Value property_set_name(const Value *args, size_t nargs, Value kwnames) {
    if (nargs != 3 || kwnames)
        return py_raise(TYPE_TypeError, "__set_name__() takes 2 positional arguments but %zu were given",
                        nargs - 1);
    SET(REF(PyProperty, args[0]), name, args[2]);
    return VM_NONE;
}

static Value get_fget(Value self) { return or_none(GET(REF(PyProperty, self), get)); }
static Value get_fset(Value self) { return or_none(GET(REF(PyProperty, self), set)); }
static Value get_fdel(Value self) { return or_none(GET(REF(PyProperty, self), del)); }
static Value get_doc(Value self) { return or_none(GET(REF(PyProperty, self), doc)); }
static int set_doc(Value self, Value value_or_0) {
    SET(REF(PyProperty, self), doc, or_zero(value_or_0));
    return 0;
}

/* Is v marked abstract? 1, 0, -1. */
static int is_abstract(Value v) {
    Value mark = v ? py_getattr_opt(v, NAME(__isabstractmethod__)) : VM_UNBOUND;
    return !mark ? -1 : mark == VM_UNBOUND ? 0 : py_truth(mark);
}

static Value property_is_abstract(Value self) {
    PyProperty GS *p = REF(PyProperty, self);
    int result = is_abstract(GET(p, get));
    if (result == 0) result = is_abstract(GET(p, set));
    if (result == 0) result = is_abstract(GET(p, del));
    return result < 0 ? 0 : vm_bool(result);
}

static const PyMethodDef property_methods[] = {
    {"getter", "($self, fget, /)", property_getter, 0, "Descriptor to obtain a copy of the property with a different getter."},
    {"setter", "($self, fset, /)", property_setter, 0, "Descriptor to obtain a copy of the property with a different setter."},
    {"deleter", "($self, fdel, /)", property_deleter, 0, "Descriptor to obtain a copy of the property with a different deleter."},
    {"__set_name__", 0, property_set_name, 0, "Method to set name of a property."},
    {0}};
static const PyGetSetDef property_getsets[] = {{"fget", get_fget, 0, 0},
                                               {"fset", get_fset, 0, 0},
                                               {"fdel", get_fdel, 0, 0},
                                               {"__doc__", get_doc, set_doc, 0},
                                               {"__isabstractmethod__", property_is_abstract, 0, 0},
                                               {0}};

const PyTypeSpec py_spec_property = {
    .doc = "property(fget=None, fset=None, fdel=None, doc=None)\n--\n\nProperty attribute.\n\n  fget\n    function to be used for getting an attribute value\n  fset\n    "
           "function to be used for setting an attribute value\n  fdel\n    function to be used for del'ing an "
           "attribute\n  doc\n    docstring\n\nTypical use is to define a managed attribute x:\n\nclass C(object):\n"
           "    def getx(self): return self._x\n    def setx(self, value): self._x = value\n    def delx(self): del "
           "self._x\n    x = property(getx, setx, delx, \"I'm the 'x' property.\")\n\nDecorators make defining new "
           "properties or modifying existing ones easy:\n\nclass C(object):\n    @property\n    def x(self):\n        "
           "\"I am the 'x' property.\"\n        return self._x\n    @x.setter\n    def x(self, value):\n        self._x = "
           "value\n    @x.deleter\n    def x(self):\n        del self._x",
    .slots = {.init = property_init, .descr_get = property_get, .descr_set = property_set},
    .methods = property_methods,
    .getsets = property_getsets,
    .new_signature = 0};

/* ---- staticmethod, classmethod ----------------------------------------------------------------------- */

static int copy_attribute(Value self, Value from, Value name) {
    Value v = py_getattr_opt(from, name);
    if (!v) return -1;
    return v == VM_UNBOUND ? 0 : instance_set(self, name, v);
}

static int wrapped_init(Value self, const Value *args, size_t nargs, Value kwnames, const char *name) {
    if (kwnames && tuple_length(kwnames))
        return py_raise_int(TYPE_TypeError, "%s() takes no keyword arguments", name);
    if (nargs != 1) return py_raise_int(TYPE_TypeError, "%s expected 1 argument, got %zu", name, nargs);
    SET(REF(PyWrapped, self), inner, args[0]);
    const Value names[] = {NAME(__module__), NAME(__name__), NAME(__qualname__), NAME(__doc__),
                           NAME(__annotations__)};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (copy_attribute(self, args[0], names[i]) < 0) return -1;
    return 0;
}

static int staticmethod_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    return wrapped_init(self, args, nargs, kwnames, "staticmethod");
}
static int classmethod_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    return wrapped_init(self, args, nargs, kwnames, "classmethod");
}

static Value inner_of(Value self) { return or_none(GET(REF(PyWrapped, self), inner)); }

static Value staticmethod_get(Value self, Value obj_or_0, Value type) {
    (void)obj_or_0, (void)type;
    Value inner = GET(REF(PyWrapped, self), inner);
    return inner ? inner : py_raise(TYPE_RuntimeError, "uninitialized staticmethod object");
}

static Value staticmethod_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    Value inner = GET(REF(PyWrapped, self), inner);
    return inner ? py_call(inner, args, nargs, kwnames)
                 : py_raise(TYPE_RuntimeError, "uninitialized staticmethod object");
}

static Value classmethod_get(Value self, Value obj_or_0, Value type) {
    Value inner = GET(REF(PyWrapped, self), inner);
    if (!inner) return py_raise(TYPE_RuntimeError, "uninitialized classmethod object");
    if (!type) type = py_type_of(obj_or_0);
    if (is_ref(inner) && vm_type_of(inner)->id == TYPE_FUNCTION) return py_method_new(inner, type);
    Value (*get)(Value, Value, Value) = slots_of(inner)->descr_get;
    return get && descr_has_get(inner) ? get(inner, type, type) : py_method_new(inner, type);
}

static Value staticmethod_repr(Value self) { return py_str_format("<staticmethod(%R)>", inner_of(self)); }
static Value classmethod_repr(Value self) { return py_str_format("<classmethod(%R)>", inner_of(self)); }

static Value wrapped_is_abstract(Value self) {
    int result = is_abstract(GET(REF(PyWrapped, self), inner));
    return result < 0 ? 0 : vm_bool(result);
}

static const PyGetSetDef wrapped_getsets[] = {{"__func__", inner_of, 0, 0},
                                              {"__wrapped__", inner_of, 0, 0},
                                              {"__isabstractmethod__", wrapped_is_abstract, 0, 0},
                                              {0}};

const PyTypeSpec py_spec_staticmethod = {
    .doc = "staticmethod(function) -> method\n\nConvert a function to be a static method.\n\nA static method does not "
           "receive an implicit first argument.\nTo declare a static method, use this idiom:\n\n     class C:\n         "
           "@staticmethod\n         def f(arg1, arg2, ...):\n             ...\n\nIt can be called either on the class "
           "(e.g. C.f()) or on an instance\n(e.g. C().f()). Both the class and the instance are ignored, and\nneither "
           "is passed implicitly as the first argument to the method.\n\nStatic methods in Python are similar to those "
           "found in Java or C++.\nFor a more advanced concept, see the classmethod builtin.",
    .slots = {.repr = staticmethod_repr,
              .call = staticmethod_call,
              .init = staticmethod_init,
              .descr_get = staticmethod_get},
    .getsets = wrapped_getsets,
    .has_dict = true};

const PyTypeSpec py_spec_classmethod = {
    .doc = "classmethod(function) -> method\n\nConvert a function to be a class method.\n\nA class method receives the "
           "class as implicit first argument,\njust like an instance method receives the instance.\nTo declare a class "
           "method, use this idiom:\n\n  class C:\n      @classmethod\n      def f(cls, arg1, arg2, ...):\n          "
           "...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. C().f()).  The instance is "
           "ignored except for its class.\nIf a class method is called for a derived class, the derived class\nobject is "
           "passed as the implied first argument.\n\nClass methods are different than C++ or Java static methods.\nIf "
           "you want those, see the staticmethod builtin.",
    .slots = {.repr = classmethod_repr, .init = classmethod_init, .descr_get = classmethod_get},
    .getsets = wrapped_getsets,
    .has_dict = true};
