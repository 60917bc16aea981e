/* object.c -- allocation of instances, and the type object. */
#include "stm/atomic.h"
#include "vm/audit.h"
#include "vm/objects/type.h"

/* ---- allocation --------------------------------------------------------------------------------- */

static Value alloc_shape(Value type_object, const VmType *t, uint32_t shape, size_t bytes) {
    StmRef ref = gc_alloc(shape, t->kind, bytes);
    if (UNLIKELY(!ref)) return py_raise_memory();
    if (LIKELY(bytes <= GC_MAX_SMALL)) /* large objects are zero already */
        for (uint64_t GS *p = (uint64_t GS *)(ref + 8), *end = (uint64_t GS *)(ref + bytes); p < end; p++)
            *p = 0;
    if (UNLIKELY(type_has_flag(type_object, VM_TYPE_HAS_DEL))) gc_finalizer_register(ref);
    return ref;
}

Value py_alloc(Value type_object, size_t payload) {
    VmType *t = type_vm(type_object);
    const VmShape *root = vm_shapes[atomic_load_acquire(&t->root_shape)]; /* pairs with shape_widen */
    if (t->flags & VM_TYPE_VARSIZE) {
        size_t tail = root->extra_offset ? 8 : 0;
        size_t bytes = ((t->layout_size + payload + 7) & ~(size_t)7) + tail;
        return alloc_shape(type_object, t, root->id, bytes < 16 ? 16 : bytes);
    }
    uint32_t wanted = atomic_load_relaxed(&t->wanted_inline);
    if (UNLIKELY(wanted > root->inline_slots && !root->dict_mode)) root = shape_widen(t, wanted);
    size_t bytes = t->layout_size;
    if (root->extra_offset && !root->dict_mode) bytes = root->extra_offset + 8 + 8 * root->inline_slots;
    return alloc_shape(type_object, t, root->id, bytes < 16 ? 16 : bytes);
}

Value py_alloc_id(uint32_t type_id, size_t payload) {
    const VmType *t = vm_shapes[type_id]->type;
    size_t bytes = t->alloc_size;
    if (t->flags & VM_TYPE_VARSIZE) bytes = (t->layout_size + payload + 7) & ~(size_t)7;
    if (bytes < 16) bytes = 16;
    StmRef ref = gc_alloc(type_id, t->kind, bytes);
    if (UNLIKELY(!ref)) return py_raise_memory();
    if (LIKELY(bytes <= GC_MAX_SMALL))
        for (uint64_t GS *p = (uint64_t GS *)(ref + 8), *end = (uint64_t GS *)(ref + bytes); p < end; p++)
            *p = 0;
    return ref;
}

/* ---- __new__, __init__ ------------------------------------------------------------------------------ */

static bool has_excess(size_t nargs, Value kwnames) {
    return nargs || (kwnames && tuple_length(kwnames));
}

static Value raise_abstract(Value type) {
    Value names = py_dict_get_str(type_dict(type), NAME(__abstractmethods__));
    if (!names || names == VM_UNBOUND || !(names = py_list_from_iterable(names))) return 0;
    if (py_list_sort(names, VM_NONE, false) < 0) return 0;
    Value joined = py_str_join(py_str_c(", "), names);
    if (!joined) return 0;
    return py_raise(TYPE_TypeError, "Can't instantiate abstract class %N with abstract method%s %S", type,
                    py_list_length(names) == 1 ? "" : "s", joined);
}

static Value object_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args;
    if (UNLIKELY(has_excess(nargs, kwnames))) {
        if (type_new_owner(type) != TYPE_OBJECT)
            return py_raise(TYPE_TypeError,
                            "object.__new__() takes exactly one argument (the type to instantiate)");
        if (type_init_owner(type) == TYPE_OBJECT)
            return py_raise(TYPE_TypeError, "%N() takes no arguments", type);
    }
    if (UNLIKELY(type_has_flag(type, VM_TYPE_ABSTRACT))) return raise_abstract(type);
    return py_alloc(type, 0);
}

static int object_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    (void)args;
    if (LIKELY(!has_excess(nargs, kwnames))) return 0;
    Value type = py_type_of(self);
    if (type_init_owner(type) != TYPE_OBJECT)
        return py_raise_int(TYPE_TypeError, "object.__init__() takes exactly one argument (the instance "
                                            "to initialize)");
    if (type_new_owner(type) == TYPE_OBJECT)
        return py_raise_int(TYPE_TypeError,
                            "%N.__init__() takes exactly one argument (the instance to initialize)", type);
    return 0;
}

/* ---- repr, hash, comparison --------------------------------------------------------------------------- */

static Value object_repr(Value self) {
    Value type = py_type_of(self), module = type_module(type);
    Value qualname = GET(REF(PyType, type), qualname);
    if (!module) return 0;
    unsigned long id = (unsigned long)(is_ref(self) ? gc_id(self) : self);
    if (!py_is_str(module) || py_str_equal(module, NAME(builtins)))
        return py_str_format("<%S object at 0x%lx>", type_is_heap(type) ? qualname : py_type_name(type), id);
    return py_str_format("<%S.%S object at 0x%lx>", module, qualname, id);
}

/* str() looks at what it is. */
static Value object_str(Value self) {
    if (py_enter_recursion(" while getting the repr of an object") < 0) return 0;
    Value text = slots_of(self)->repr(self);
    py_leave_recursion();
    return text;
}

int64_t py_identity_hash(Value self) {
    uint64_t id = is_ref(self) ? gc_id(self) : self;
    return (int64_t)(id >> 4 | id << 60) == -1 ? -2 : (int64_t)(id >> 4 | id << 60);
}

int64_t py_hash_unhashable(Value v) {
    return py_raise_int(TYPE_TypeError, "unhashable type: '%T'", v);
}

static Value object_compare(Value self, Value other, int op) {
    if (op == PY_EQ) return self == other ? VM_TRUE : VM_NOT_IMPLEMENTED;
    if (op != PY_NE) return VM_NOT_IMPLEMENTED;
    Value (*compare)(Value, Value, int) = slots_of(self)->richcompare;
    Value equal = compare(self, other, PY_EQ);
    if (!equal || equal == VM_NOT_IMPLEMENTED) return equal;
    int truth = py_truth(equal);
    return truth < 0 ? 0 : vm_bool(!truth);
}

/* ---- methods --------------------------------------------------------------------------------------------- */

static Value object_format(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (!py_is_str(args[1]))
        return py_raise(TYPE_TypeError, "__format__() argument must be str, not %T", args[1]);
    if (REF(PyStr, args[1])->length)
        return py_raise(TYPE_TypeError, "unsupported format string passed to %T.__format__", args[0]);
    return py_str(args[0]);
}

static Value object_sizeof(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return int_make(is_ref(args[0]) ? (int64_t)gc_object_size(STM_OBJ(args[0])) : 24);
}

static int merge_class_names(Value dict, Value type) {
    Value mro = type_mro(type);
    for (int64_t i = tuple_length(mro) - 1; i >= 0; i--)
        if (py_dict_update(dict, type_dict(tuple_item(mro, i))) < 0) return -1;
    return 0;
}

static Value object_dir(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value names = py_dict_new(), own = py_getattr_opt(args[0], NAME(__dict__));
    if (!names || !own) return 0;
    Value type = py_getattr_opt(args[0], NAME(__class__));
    if (!type) return 0;
    if (type != VM_UNBOUND && py_is_type(type) && merge_class_names(names, type) < 0) return 0;
    if (own != VM_UNBOUND && py_is_dict(own) && py_dict_update(names, own) < 0) return 0;
    return py_dict_keys_list(names);
}

/* The names of members from __slots__: a list that copyreg makes once per class, or None. */
static Value slot_names(Value type) {
    Value names = py_dict_get_c(type_dict(type), "__slotnames__");
    if (!names) return 0;
    if (names == VM_UNBOUND) {
        Value copyreg = py_import("copyreg");
        names = copyreg ? py_call_method(copyreg, "_slotnames", 1, &type) : 0;
    }
    if (!names || names == VM_NONE || py_is_list(names)) return names;
    return py_raise(TYPE_TypeError, "%N.__slotnames__ should be a list or None, not %T", type, names);
}

/* The members that are set: a dict, or None. */
static Value slot_state(Value self) {
    if (!type_is_heap(py_type_of(self))) return VM_NONE;
    Value state = VM_NONE, names = slot_names(py_type_of(self));
    if (!names) return 0;
    for (int64_t i = 0; names != VM_NONE && i < py_list_length(names); i++) {
        Value name = py_list_item(names, i), value = py_getattr_opt(self, name);
        if (!value) return 0;
        if (value == VM_UNBOUND) continue;
        if (state == VM_NONE && !(state = py_dict_new())) return 0;
        if (py_dict_set(state, name, value) < 0) return 0;
    }
    return state;
}

static Value object_getstate(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value self = args[0], state = VM_NONE;
    const VmType *t = vm_type_of(self);
    if (is_ref(self) && t->flags & VM_TYPE_HAS_DICT && instance_count(self) > 0) {
        state = instance_dict_copy(self);
        if (!state) return 0;
    }
    Value slots = slot_state(self);
    if (!slots) return 0;
    if (slots == VM_NONE) return state;
    return py_tuple_pack(2, state, slots);
}

static Value reduce_old(Value self, Value protocol) {
    Value copyreg = py_import("copyreg");
    if (!copyreg) return 0;
    Value args[] = {self, protocol};
    return py_call_method(copyreg, "_reduce_ex", 2, args);
}

static bool fill_new_args(Value self, Value *args, Value *kwargs) {
    Value hook = py_lookup_special(self, NAME(__getnewargs_ex__)), result;
    *args = *kwargs = 0;
    if (hook) {
        if (!(result = py_call0(hook))) return false;
        if (!py_is_tuple(result))
            return py_raise(TYPE_TypeError, "__getnewargs_ex__ should return a tuple, not '%T'", result);
        if (tuple_length(result) != 2)
            return py_raise(TYPE_ValueError,
                            "__getnewargs_ex__ should return a tuple of length 2, not %ld",
                            (long)tuple_length(result));
        *args = tuple_item(result, 0);
        *kwargs = tuple_item(result, 1);
        if (!py_is_tuple(*args))
            return py_raise(TYPE_TypeError,
                            "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '%T'",
                            *args);
        if (!py_is_dict(*kwargs))
            return py_raise(TYPE_TypeError,
                            "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '%T'",
                            *kwargs);
        return true;
    }
    if (py_error() || !(hook = py_lookup_special(self, NAME(__getnewargs__)))) return !py_error();
    if (!(result = py_call0(hook))) return false;
    if (!py_is_tuple(result))
        return py_raise(TYPE_TypeError, "__getnewargs__ should return a tuple, not '%T'", result);
    *args = result;
    return true;
}

/* An iterator for pickling list items or dict items, None for other objects. */
static Value contents_iterator(Value self, bool dict) {
    if (!(dict ? py_is_dict(self) : py_is_list(self))) return VM_NONE;
    Value items = dict ? py_call_method(self, "items", 0, 0) : self;
    return items ? py_iter(items) : 0;
}

static Value reduce_new(Value self) {
    Value args, kwargs, copyreg, function, function_args, type = py_type_of(self);
    if (!fill_new_args(self, &args, &kwargs) || !(copyreg = py_import("copyreg"))) return 0;
    Value state = py_call_method(self, "__getstate__", 0, 0);
    if (!state) return 0;
    bool plain = !args && !kwargs;
    uint32_t solid = type_vm(type)->solid_base;
    bool hidden = vm_shapes[solid]->type->basic_size > sizeof(StmObject) && !py_is_list(self) && !py_is_dict(self) &&
                  type_takes(type, TYPE_OBJECT, py_intern_c("__getstate__")); /* state in C that nobody would save */
    if (plain && (type_vm(type)->flags & VM_TYPE_VARSIZE || hidden || !type_vm(type)->slots->new))
        return py_raise(TYPE_TypeError, "cannot pickle '%T' object", self);
    if (kwargs && py_dict_length(kwargs)) {
        if (!(function = py_getattr_c(copyreg, "__newobj_ex__"))) return 0;
        function_args = py_tuple_pack(3, type, args, kwargs);
    } else {
        if (!(function = py_getattr_c(copyreg, "__newobj__"))) return 0;
        size_t n = args ? (size_t)tuple_length(args) : 0;
        if ((function_args = py_tuple_new(n + 1))) {
            SET(REF(PyTuple, function_args), items[0], type);
            for (size_t i = 0; i < n; i++)
                SET(REF(PyTuple, function_args), items[i + 1], tuple_item(args, (int64_t)i));
        }
    }
    Value list_items = contents_iterator(self, false), dict_items = contents_iterator(self, true);
    if (!function_args || !list_items || !dict_items) return 0;
    return py_tuple_pack(5, function, function_args, state, list_items, dict_items);
}

static Value object_reduce(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return reduce_old(args[0], int_make(0));
}

static Value object_reduce_ex(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value self = args[0], protocol = args[1];
    if (!py_is_int(protocol))
        return py_raise(TYPE_TypeError, "'%T' object cannot be interpreted as an integer", protocol);
    Value reduce = py_type_lookup(py_type_of(self), NAME(__reduce__));
    if (reduce && reduce != py_type_lookup(py_type(TYPE_OBJECT), NAME(__reduce__))) {
        Value bound = py_getattr(self, NAME(__reduce__));
        return bound ? py_call0(bound) : 0;
    }
    return is_int(protocol) && int_value(protocol) < 2 ? reduce_old(self, protocol) : reduce_new(self);
}

static Value object_subclasshook(const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return VM_NOT_IMPLEMENTED;
}

static Value object_init_subclass(const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return VM_NONE;
}

/* ---- __class__ ------------------------------------------------------------------------------------------- */

static Value object_get_class(Value self) { return py_type_of(self); }

static int object_set_class(Value self, Value value_or_0) {
    if (!value_or_0) return py_raise_int(TYPE_TypeError, "can't delete __class__ attribute");
    if (!py_is_type(value_or_0))
        return py_raise_int(TYPE_TypeError, "__class__ must be set to a class, not '%T' object", value_or_0);
    if (VM_AUDIT("object.__setattr__", py_tuple_pack(3, self, NAME(__class__), value_or_0)) < 0) return -1;
    VmType *new = vm_type(value_or_0);
    const VmType *old = vm_type_of(self);
    bool modules = new->solid_base == TYPE_MODULE && old->solid_base == TYPE_MODULE;
    if (!modules && !((new->flags & VM_TYPE_HEAP) && (old->flags & VM_TYPE_HEAP)))
        return py_raise_int(TYPE_TypeError, "__class__ assignment only supported for mutable types or "
                                            "ModuleType subclasses");
    if (!type_same_layout(old, new))
        return py_raise_int(TYPE_TypeError,
                            "__class__ assignment: '%N' object layout differs from '%N'", value_or_0,
                            old->object);
    return instance_set_class(self, new);
}

/* ---- the type ----------------------------------------------------------------------------------------------- */

static const PyMethodDef object_methods[] = {
    {"__reduce_ex__", "($self, protocol, /)", object_reduce_ex, 0, "Helper for pickle."},
    {"__reduce__", "($self, /)", object_reduce, 0, "Helper for pickle."},
    {"__getstate__", "($self, /)", object_getstate, 0, "Helper for pickle."},
    {"__format__", "($self, format_spec, /)", object_format, 0,
     "Default object formatter.\n\nReturn str(self) if format_spec is empty. Raise TypeError otherwise."},
    {"__sizeof__", "($self, /)", object_sizeof, 0, "Size of object in memory, in bytes."},
    {"__dir__", "($self, /)", object_dir, 0, "Default dir() implementation."},
    {"__init_subclass__", "($type, /)", object_init_subclass, PY_METHOD_CLASS,
     "This method is called when a class is subclassed.\n\nThe default implementation does nothing. It "
     "may be\noverridden to extend subclasses.\n"},
    {"__subclasshook__", 0, object_subclasshook, PY_METHOD_CLASS,
     "Abstract classes can override this to customize issubclass().\n\nThis is invoked early on by "
     "abc.ABCMeta.__subclasscheck__().\nIt should return True, False or NotImplemented.  If it "
     "returns\nNotImplemented, the normal algorithm is used.  Otherwise, it\noverrides the normal "
     "algorithm (and the outcome is cached).\n"},
    {0}};

static const PyGetSetDef object_getsets[] = {
    {"__class__", object_get_class, object_set_class, "the object's class"}, {0}};

const PyTypeSpec py_spec_object = {
    .doc = "object()\n--\n\nThe base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a "
           "new featureless\ninstance that has no instance attributes and cannot be given any.\n",
    .slots = {.repr = object_repr,
              .str = object_str,
              .hash = py_identity_hash,
              .getattro = py_generic_getattr,
              .setattro = py_generic_setattr,
              .richcompare = object_compare,
              .new = object_new,
              .init = object_init},
    .methods = object_methods,
    .getsets = object_getsets};
