/* Functions written in Python, and bound methods. */
#include "vm/exec/arguments.h"
#include "vm/exec/interp.h"
#include "vm/objects/type.h"
#include "vm/runtime.h"

#define FUNCTION(v) REF(PyFunction, v)

/* ---- functions -------------------------------------------------------------------------------- */

Value py_callable_text(Value callable) {
    Value qualname = py_getattr_opt(callable, NAME(__qualname__));
    if (!qualname || qualname == VM_UNBOUND) return qualname ? py_str(callable) : 0;
    Value module = py_getattr_opt(callable, NAME(__module__));
    if (!module) return 0;
    if (module == VM_UNBOUND || module == VM_NONE || (py_is_str(module) && py_str_equal_c(module, "builtins")))
        return py_str_format("%S()", qualname);
    return py_str_format("%S.%S()", module, qualname);
}

Value vm_current_builtins(void) {
    VmFrame *frame = vm_current_frame();
    return frame && frame->function ? frame_builtins(frame) : vm_runtime.builtins_dict;
}

/* The dict of built-in names that code with these globals uses. */
static Value builtins_of(Value globals) {
    Value found = py_dict_get_str(globals, NAME(__builtins__));
    if (found && found != VM_UNBOUND) {
        if (py_is_instance_of(found, TYPE_MODULE)) return py_module_dict(found);
        return found; /* where it is no mapping, looking up a name says so */
    }
    return vm_current_builtins();
}

Value py_function_new(Value code, Value globals) {
    Value v = py_alloc_id(TYPE_FUNCTION, 0);
    if (!v) return 0;
    VmCode *c = vm_code((uint32_t)REF(PyCode, code)->code_id);
    PyFunction GS *f = FUNCTION(v);
    f->version = c->id;
    f->code_id = c->id;
    f->code = code;
    f->globals = globals;
    f->builtins = builtins_of(globals);
    f->name = c->name;
    f->qualname = c->qualname;
    f->doc = atomic_load_acquire(&c->doc); /* 0: the unread code has it */
    f->defaults = f->kwdefaults = f->closure = VM_NONE;
    Value module = py_dict_get_str(globals, NAME(__name__));
    f->module = module && module != VM_UNBOUND ? module : VM_NONE;
    return v;
}

static int check_closure(VmCode *code, Value closure) {
    if (!is_exactly(closure, TYPE_TUPLE)) {
        if (code->free_count && closure == VM_NONE) return py_raise_int(TYPE_TypeError, "arg 5 (closure) must be tuple");
        return closure == VM_NONE ? 0 : py_raise_int(TYPE_TypeError, "arg 5 (closure) must be None or tuple");
    }
    int64_t count = tuple_length(closure);
    if (count != code->free_count)
        return py_raise_int(TYPE_ValueError, "%S requires closure of length %u, not %zd", code->name, code->free_count,
                            (ssize_t)count);
    for (int64_t i = 0; i < count; i++)
        if (!is_exactly(tuple_item(closure, i), TYPE_CELL))
            return py_raise_int(TYPE_TypeError, "arg 5 (closure) expected cell, found %T", tuple_item(closure, i));
    return 0;
}

static Value function_new(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value code = args[1], globals = args[2];
    if (!is_exactly(code, TYPE_CODE))
        return py_raise(TYPE_TypeError, "function() argument 'code' must be code, not %T", code);
    if (!py_is_dict(globals))
        return py_raise(TYPE_TypeError, "function() argument 'globals' must be dict, not %T", globals);
    Value name = args[3] ? args[3] : VM_NONE, defaults = args[4] ? args[4] : VM_NONE;
    Value closure = args[5] ? args[5] : VM_NONE;
    if (name != VM_NONE && !py_is_str(name)) return py_raise(TYPE_TypeError, "arg 3 (name) must be None or string");
    if (defaults != VM_NONE && !py_is_tuple(defaults))
        return py_raise(TYPE_TypeError, "arg 4 (defaults) must be None or tuple");
    if (check_closure(vm_code((uint32_t)REF(PyCode, code)->code_id), closure) < 0) return 0;
    Value v = py_function_new(code, globals);
    if (!v) return 0;
    if (name != VM_NONE) FUNCTION(v)->name = name;
    FUNCTION(v)->defaults = defaults;
    FUNCTION(v)->closure = closure;
    return v;
}

static Value function_repr(Value self) {
    return py_str_format("<function %S at %p>", GET(FUNCTION(self), qualname), (void *)gc_id(self));
}

static Value function_get(Value self, Value obj_or_0, Value type) {
    (void)type;
    return obj_or_0 ? py_method_new(self, obj_or_0) : self;
}

static Value function_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    return vm_call_nested(self, args, nargs, kwnames);
}

#define FUNCTION_FIELD(field)                                                                      \
    static Value get_##field(Value self) { return GET(FUNCTION(self), field); }
FUNCTION_FIELD(code)
FUNCTION_FIELD(globals)
FUNCTION_FIELD(builtins)
FUNCTION_FIELD(name)
FUNCTION_FIELD(qualname)
FUNCTION_FIELD(module)
FUNCTION_FIELD(defaults)
FUNCTION_FIELD(kwdefaults)
FUNCTION_FIELD(closure)

static Value get_doc(Value self) {
    Value doc = GET(FUNCTION(self), doc);
    if (doc) return doc;
    return vm_code_doc(vm_code((uint32_t)GET(FUNCTION(self), code_id)));
}

static void new_version(Value self) { SET(FUNCTION(self), version, type_next_version()); }

static int set_code(Value self, Value value) {
    if (!value || !is_exactly(value, TYPE_CODE))
        return py_raise_int(TYPE_TypeError, "__code__ must be set to a code object");
    PyFunction GS *f = FUNCTION(self);
    VmCode *code = vm_code((uint32_t)REF(PyCode, value)->code_id);
    Value closure = GET(f, closure);
    int64_t have = is_exactly(closure, TYPE_TUPLE) ? tuple_length(closure) : 0;
    if (code->free_count != have)
        return py_raise_int(TYPE_ValueError, "%S() requires a code object with %zd free vars, not %u", GET(f, name),
                            (ssize_t)have, code->free_count);
    Value doc = get_doc(self);
    if (!doc) return -1;
    new_version(self);
    SET(f, doc, doc); /* that of the code which it was made with */
    SET(f, code, value);
    SET_GUARD(f, code_id, code->id);
    return 0;
}
static int set_name(Value self, Value value) {
    if (!value || !py_is_str(value)) return py_raise_int(TYPE_TypeError, "__name__ must be set to a string object");
    SET(FUNCTION(self), name, value);
    return 0;
}
static int set_qualname(Value self, Value value) {
    if (!value || !py_is_str(value))
        return py_raise_int(TYPE_TypeError, "__qualname__ must be set to a string object");
    SET(FUNCTION(self), qualname, value);
    return 0;
}
static int set_doc(Value self, Value value) {
    SET(FUNCTION(self), doc, value ? value : VM_NONE);
    return 0;
}
static int set_module(Value self, Value value) {
    SET(FUNCTION(self), module, value ? value : VM_NONE);
    return 0;
}
static int set_defaults(Value self, Value value) {
    if (value && value != VM_NONE && !py_is_tuple(value))
        return py_raise_int(TYPE_TypeError, "__defaults__ must be set to a tuple object");
    new_version(self);
    SET(FUNCTION(self), defaults, value ? value : VM_NONE);
    return 0;
}
static int set_kwdefaults(Value self, Value value) {
    if (value && value != VM_NONE && !py_is_dict(value))
        return py_raise_int(TYPE_TypeError, "__kwdefaults__ must be set to a dict object");
    new_version(self);
    SET(FUNCTION(self), kwdefaults, value ? value : VM_NONE);
    return 0;
}

/* Kept as the tuple that MAKE_FUNCTION got until somebody asks. */
static Value get_annotations(Value self) {
    Value now = GET(FUNCTION(self), annotations);
    if (now && py_is_dict(now)) return now;
    Value dict = py_dict_new();
    if (!dict) return 0;
    for (int64_t i = 0; now && i + 1 < tuple_length(now); i += 2)
        if (py_dict_set(dict, tuple_item(now, i), tuple_item(now, i + 1)) < 0) return 0;
    SET(FUNCTION(self), annotations, dict);
    return dict;
}
static int set_annotations(Value self, Value value) {
    if (value && value != VM_NONE && !py_is_dict(value))
        return py_raise_int(TYPE_TypeError, "__annotations__ must be set to a dict object");
    SET(FUNCTION(self), annotations, value && value != VM_NONE ? value : 0);
    return 0;
}

static const PyGetSetDef function_getsets[] = {{"__code__", get_code, set_code, 0},
                                               {"__defaults__", get_defaults, set_defaults, 0},
                                               {"__kwdefaults__", get_kwdefaults, set_kwdefaults, 0},
                                               {"__annotations__", get_annotations, set_annotations, 0},
                                               {"__name__", get_name, set_name, 0},
                                               {"__qualname__", get_qualname, set_qualname, 0},
                                               {"__doc__", get_doc, set_doc, 0},
                                               {"__module__", get_module, set_module, 0},
                                               {"__globals__", get_globals, 0, 0},
                                               {"__builtins__", get_builtins, 0, 0},
                                               {"__closure__", get_closure, 0, 0},
                                               {0}};

const PyTypeSpec py_spec_function = {
    .doc = "Create a function object.\n\n  code\n    a code object\n  globals\n    the globals dictionary\n"
           "  name\n    a string that overrides the name from the code object\n"
           "  argdefs\n    a tuple that specifies the default argument values\n"
           "  closure\n    a tuple that supplies the bindings for free variables",
    .slots = {.repr = function_repr, .call = function_call, .descr_get = function_get},
    .getsets = function_getsets,
    .new_signature = "(code, globals, name=None, argdefs=None, closure=None)",
    .new_fn = function_new,
    .raw_words = 2,
    .has_dict = true,
};

/* ---- methods ---------------------------------------------------------------------------------- */

Value py_method_new(Value func, Value self) {
    StmRef ref = gc_alloc(TYPE_METHOD, 0, sizeof(PyMethod));
    REF(PyMethod, ref)->func = func;
    REF(PyMethod, ref)->self = self;
    return ref;
}

static Value method_make(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (!py_callable(args[1])) return py_raise(TYPE_TypeError, "first argument must be callable");
    if (args[2] == VM_NONE) return py_raise(TYPE_TypeError, "self must not be None");
    return py_method_new(args[1], args[2]);
}

static Value method_func(Value self) { return REF(PyMethod, self)->func; }
static Value method_self(Value self) { return REF(PyMethod, self)->self; }
static Value method_doc(Value self) { return py_getattr(method_func(self), NAME(__doc__)); }

static Value method_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    return vm_call_with(method_func(self), method_self(self), args, nargs, kwnames);
}

static Value method_getattro(Value self, Value name) {
    Value found = attr_generic_opt(self, name);
    return found != VM_UNBOUND ? found : py_getattr(method_func(self), name);
}

static Value method_repr(Value self) {
    Value func = method_func(self), name = py_getattr_opt(func, NAME(__qualname__));
    if (name == VM_UNBOUND) name = py_getattr_opt(func, NAME(__name__));
    if (!name) return 0;
    if (name == VM_UNBOUND || !py_is_str(name)) name = py_str_c("?");
    return py_str_format("<bound method %S of %R>", name, method_self(self));
}

static Value method_compare(Value a, Value b, int op) {
    if ((op != PY_EQ && op != PY_NE) || !is_exactly(b, TYPE_METHOD)) return VM_NOT_IMPLEMENTED;
    int equal = method_self(a) == method_self(b) ? py_equal(method_func(a), method_func(b)) : 0;
    return equal < 0 ? 0 : vm_bool(equal == (op == PY_EQ));
}

static int64_t method_hash(Value self) {
    Value of = method_self(self);
    uint64_t x = is_ref(of) ? gc_id(of) : of;
    int64_t y = py_hash(method_func(self));
    if (y == -1) return -1;
    int64_t hash = (int64_t)(x >> 4 | x << 60) ^ y;
    return hash == -1 ? -2 : hash;
}

static Value method_reduce(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value getattr = py_dict_get_c(vm_runtime.builtins_dict, "getattr");
    Value name = py_getattr(method_func(args[0]), NAME(__name__));
    Value inner = name && getattr ? py_tuple_pack(2, method_self(args[0]), name) : 0;
    return inner ? py_tuple_pack(2, getattr, inner) : 0;
}

static const PyGetSetDef method_getsets[] = {{"__func__", method_func, 0, "the function (or other callable) implementing a method"},
                                             {"__self__", method_self, 0, "the instance to which a method is bound"},
                                             {"__doc__", method_doc, 0, 0},
                                             {0}};
static const PyMethodDef method_methods[] = {{"__reduce__", "($self, /)", method_reduce, 0, 0}, {0}};

const PyTypeSpec py_spec_method = {
    .doc = "Create a bound instance method object.",
    .slots = {.repr = method_repr,
              .hash = method_hash,
              .call = method_call,
              .getattro = method_getattro,
              .richcompare = method_compare},
    .methods = method_methods,
    .getsets = method_getsets,
    .new_signature = "(function, instance, /)",
    .new_fn = method_make,
};
