/* Module _collections: defaultdict, _tuplegetter, _count_elements. deque is in deque.c, OrderedDict
 * in odict.c. */
#include "vm/modules/containers.h"

/* ---- defaultdict */

static Value factory_of(Value self) { return GET(REF(PyDefaultDict, self), factory); }

NEW_SLOT(defaultdict_make) {
    Value self = py_alloc(type, 0);
    if (self) REF(PyDefaultDict, self)->factory = VM_NONE;
    return self;
}

static int defaultdict_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    Value factory = nargs ? args[0] : VM_NONE;
    if (factory != VM_NONE && !py_callable(factory))
        return py_raise_int(TYPE_TypeError, "first argument must be callable or None");
    SET(REF(PyDefaultDict, self), factory, factory);
    size_t own = nargs ? 1 : 0;
    return dict_update_args(self, "dict", args + own, nargs - own, kwnames);
}

METHOD(defaultdict_missing) {
    Value factory = factory_of(args[0]);
    if (factory == VM_NONE) return py_raise_value(TYPE_KeyError, args[1]);
    Value value = py_call0(factory);
    if (!value || py_setitem(args[0], args[1], value) < 0) return 0;
    return value;
}

static Value defaultdict_copy_of(Value self) {
    return py_call2(py_type_of(self), factory_of(self), self);
}
METHOD(defaultdict_copy) { return defaultdict_copy_of(args[0]); }

METHOD(defaultdict_reduce) {
    Value factory = factory_of(args[0]);
    Value made = factory == VM_NONE ? py_tuple_new(0) : py_tuple_pack(1, factory);
    Value items = made ? py_call_method(args[0], "items", 0, 0) : 0,
          it = items ? py_iter(items) : 0;
    return it ? py_tuple_pack(5, py_type_of(args[0]), made, VM_NONE, VM_NONE, it) : 0;
}

static Value defaultdict_repr(Value self) {
    Value body = py_spec_dict.slots.repr(self), factory = factory_of(self), text;
    if (!body) return 0;
    int entered = factory == VM_NONE ? 0 : py_repr_enter(factory);
    if (entered < 0) return 0;
    text = entered ? py_str_c("...") : py_repr(factory);
    if (!entered && factory != VM_NONE) py_repr_leave(factory);
    return text ? py_str_format("%S(%S, %S)", py_type_name(py_type_of(self)), text, body) : 0;
}

static Value defaultdict_or(Value a, Value b) {
    if (!py_is_dict(a) || !py_is_dict(b)) return VM_NOT_IMPLEMENTED;
    Value self = py_is_instance_of(a, TYPE_DEFAULTDICT) ? a : b;
    Value result =
        self == a ? defaultdict_copy_of(a) : py_call2(py_type_of(self), factory_of(self), a);
    return result && dict_merge(result, b, true) == 0 ? result : 0;
}

static int defaultdict_set_factory(Value self, Value value_or_0) {
    SET(REF(PyDefaultDict, self), factory, value_or_0 ? value_or_0 : VM_NONE);
    return 0;
}

static const PyMethodDef defaultdict_methods[] = {
    {"__missing__", "($self, key, /)", defaultdict_missing, 0,
     "__missing__(key) # Called by __getitem__ for missing key; pseudo-code:\n  if "
     "self.default_factory is None: raise KeyError((key,))\n  self[key] = value = "
     "self.default_factory()\n  return value\n"},
    {"copy", "($self, /)", defaultdict_copy, 0, "D.copy() -> a shallow copy of D."},
    {"__copy__", "($self, /)", defaultdict_copy, 0, "D.copy() -> a shallow copy of D."},
    {"__reduce__", "($self, /)", defaultdict_reduce, 0, "Return state information for pickling."},
    CLASS_GETITEM,
    {0}};
static const PyGetSetDef defaultdict_getsets[] = {
    {"default_factory", factory_of, defaultdict_set_factory,
     "Factory for default value called by __missing__()."},
    {0}};
const PyTypeSpec py_spec_defaultdict = {
    .doc = "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\nThe "
           "default factory is called without arguments to produce\na new value when a key is not "
           "present, in __getitem__ only.\nA defaultdict compares equal to a dict with the same "
           "items.\nAll remaining arguments are treated the same as if they were\npassed to the "
           "dict constructor, including keyword arguments.",
    .slots = {.new = defaultdict_make,
              .init = defaultdict_init,
              .repr = defaultdict_repr,
              .or_ = defaultdict_or},
    .methods = defaultdict_methods,
    .getsets = defaultdict_getsets,
    .raw_words = 3,
};

/* ---- _tuplegetter: the descriptor of a namedtuple's field */

METHOD(tuplegetter_new) {
    int64_t index = py_index_int64(args[1], "OverflowError");
    if (index == -1 && py_error()) return 0;
    Value self = py_alloc(args[0], 0);
    if (!self) return 0;
    REF(PyTupleGetter, self)->index = index;
    REF(PyTupleGetter, self)->doc = args[2];
    return self;
}

static Value tuplegetter_get(Value self, Value obj_or_0, Value type) {
    (void)type;
    int64_t index = REF(PyTupleGetter, self)->index;
    if (!obj_or_0 || obj_or_0 == VM_NONE) return self;
    if (!py_is_tuple(obj_or_0))
        return py_raise(TYPE_TypeError,
                        "descriptor for index '%zd' for tuple subclasses doesn't apply to '%T' "
                        "object",
                        (ssize_t)index, obj_or_0);
    if (index < 0 || index >= tuple_length(obj_or_0))
        return py_raise(TYPE_IndexError, "tuple index out of range");
    return tuple_item(obj_or_0, index);
}
static int tuplegetter_set(Value self, Value obj, Value value_or_0) {
    (void)self, (void)obj;
    return py_raise_int(TYPE_AttributeError,
                        value_or_0 ? "can't set attribute" : "can't delete attribute");
}
static Value tuplegetter_repr(Value self) {
    PyTupleGetter GS *getter = REF(PyTupleGetter, self);
    return py_str_format("%S(%zd, %R)", py_type_name(py_type_of(self)), (ssize_t)getter->index,
                         GET(getter, doc));
}
METHOD(tuplegetter_reduce) {
    PyTupleGetter GS *getter = REF(PyTupleGetter, args[0]);
    Value state = py_tuple_pack(2, int_make(getter->index), GET(getter, doc));
    return state ? py_tuple_pack(2, py_type_of(args[0]), state) : 0;
}
static Value tuplegetter_doc(Value self) { return GET(REF(PyTupleGetter, self), doc); }
static int tuplegetter_set_doc(Value self, Value value_or_0) {
    SET(REF(PyTupleGetter, self), doc, value_or_0 ? value_or_0 : VM_NONE);
    return 0;
}
static const PyMethodDef tuplegetter_methods[] = {
    {"__reduce__", "($self, /)", tuplegetter_reduce, 0, 0}, {0}};
static const PyGetSetDef tuplegetter_getsets[] = {
    {"__doc__", tuplegetter_doc, tuplegetter_set_doc, 0}, {0}};
const PyTypeSpec py_spec_tuplegetter = {
    .slots = {.descr_get = tuplegetter_get, .descr_set = tuplegetter_set, .repr = tuplegetter_repr},
    .methods = tuplegetter_methods,
    .getsets = tuplegetter_getsets,
    .new_signature = "(index, doc, /)",
    .new_fn = tuplegetter_new,
    .raw_words = 1,
};

/* ---- functions */

static Value next_count(Value old) {
    Value one = int_make(1);
    if (old == VM_UNBOUND) return one;
    return is_exactly(old, TYPE_INT) ? py_int_add(old, one) : py_binary(PY_OP_ADD, old, one);
}

static bool inherits(Value type, Value name) {
    return py_type_lookup(type, name) == py_type_lookup(py_type(TYPE_DICT), name);
}

METHOD(count_elements) {
    Value mapping = args[0], it = py_iter(args[1]), item, type = py_type_of(mapping);
    if (!it) return 0;
    bool plain =
        py_is_dict(mapping) && inherits(type, NAME(get)) && inherits(type, NAME(__setitem__));
    Value get = plain ? 0 : py_getattr(mapping, NAME(get));
    if (!plain && !get) return 0;
    while ((item = py_next(it)) != VM_STOP) {
        if (!item) return 0;
        Value old = plain ? py_dict_get(mapping, item) : py_call2(get, item, int_make(0));
        Value count = old ? next_count(old) : 0;
        if (!count) return 0;
        if ((plain ? py_dict_set(mapping, item, count) : py_setitem(mapping, item, count)) < 0)
            return 0;
    }
    return VM_NONE;
}

static const PyMethodDef collections_functions[] = {
    {"_count_elements", "(mapping, iterable, /)", count_elements, 0,
     "Count elements in the iterable, updating the mapping"},
    {0}};

static int collections_init(Value module) {
    static const uint32_t types[] = {TYPE_DEQUE,      TYPE_DEFAULTDICT,    TYPE_ORDERED_DICT,
                                     TYPE_DEQUE_ITER, TYPE_DEQUE_REV_ITER, TYPE_TUPLEGETTER};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (py_module_add_type(module, types[i]) < 0) return -1;
    return 0;
}

const PyModuleDef py_module_collections = {
    .doc = "High performance data structures.\n- deque:        ordered collection accessible from "
           "endpoints only\n- defaultdict:  dict subclass with a default value factory\n",
    .functions = collections_functions,
    .init = collections_init,
};
