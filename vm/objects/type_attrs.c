/* type_attrs.c -- the type `type`: attributes and methods of classes. */
#include "stm/atomic.h"
#include "vm/audit.h"
#include "vm/objects/type.h"

/* ---- names ---------------------------------------------------------------------------------------- */

static int check_writable(Value type, Value value_or_0, const char *name) {
    if (!type_is_heap(type))
        return py_raise_int(TYPE_TypeError, "cannot set '%s' attribute of immutable type '%S'", name,
                            type_full_name(type));
    if (!value_or_0)
        return py_raise_int(TYPE_TypeError, "cannot delete '%s' attribute of immutable type '%N'", name, type);
    return 0;
}

static Value get_name(Value type) { return py_type_name(type); }

static int set_name(Value type, Value value) {
    if (check_writable(type, value, "__name__") < 0 || VM_AUDIT("object.__setattr__", py_tuple_pack(3, type, NAME(__name__), value)) < 0) return -1;
    if (!py_is_str(value))
        return py_raise_int(TYPE_TypeError, "can only assign string to %N.__name__, not '%T'", type, value);
    if (type_check_name(value) < 0) return -1;
    SET(REF(PyType, type), name, value);
    return 0;
}

static Value get_qualname(Value type) { return GET(REF(PyType, type), qualname); }

static int set_qualname(Value type, Value value) {
    if (check_writable(type, value, "__qualname__") < 0) return -1;
    if (!py_is_str(value))
        return py_raise_int(TYPE_TypeError, "can only assign string to %N.__qualname__, not '%T'", type, value);
    SET(REF(PyType, type), qualname, value);
    return 0;
}

static Value get_module(Value type) { return type_module(type); }
static int set_module(Value type, Value value) {
    if (check_writable(type, value, "__module__") < 0) return -1;
    return type_dict_set(type, NAME(__module__), value) < 0 ? -1 : 0;
}

static Value get_doc(Value type) {
    if (!type_is_heap(type)) return GET(REF(PyType, type), doc);
    Value doc = py_dict_get_str(type_dict(type), NAME(__doc__));
    return !doc ? 0 : doc == VM_UNBOUND ? VM_NONE : descr_bind(doc, 0, type);
}
static int set_doc(Value type, Value value) {
    if (check_writable(type, value, "__doc__") < 0) return -1;
    return type_dict_set(type, NAME(__doc__), value) < 0 ? -1 : 0;
}

/* "(a, b)" of a doc that begins "name(a, b)\n--\n\n". */
static Value signature_in(const char *doc, const char *name_or_0) {
    const char *end = doc ? strstr(doc, ")\n--\n\n") : 0, *start = end ? strchr(doc, '(') : 0;
    if (!start || start > end) return VM_NONE;
    size_t length = (size_t)(start - doc);
    if (name_or_0 && (strlen(name_or_0) != length || memcmp(doc, name_or_0, length) != 0)) return VM_NONE;
    return py_str_new(start, (size_t)(end + 1 - start));
}

static Value get_text_signature(Value type) {
    const PyTypeSpec *spec = type_is_heap(type) ? 0 : type_vm(type)->spec;
    if (spec && spec->new_signature) return py_str_c(spec->new_signature);
    if (spec) return signature_in(spec->doc, 0);
    Value doc = py_dict_get_str(type_dict(type), NAME(__doc__));
    if (!doc || doc == VM_UNBOUND || !py_is_str(doc)) return doc ? VM_NONE : 0;
    const char *text = py_str_utf8(doc, 0), *name = text ? py_str_utf8(py_type_name(type), 0) : 0;
    return name ? signature_in(text, name) : (py_error_clear(), VM_NONE);
}

/* ---- bases --------------------------------------------------------------------------------------------- */

static Value get_bases(Value type) { return GET(REF(PyType, type), bases); }
static Value get_base(Value type) { return type_base(type); }
static Value get_mro(Value type) {
    Value mro = type_mro(type);
    return mro ? mro : VM_NONE;
}

/* New MROs for the type and all that derive from it; `undo` gets (type, new, old) of each. A mro() of a metaclass may
 * assign to __bases__ itself: what it did on the way is newer, and stays. */
static int update_mros(Value type, Value undo) {
    Value old = type_mro(type), mro = type_mro_compute_may_call(type, GET(REF(PyType, type), bases));
    if (!mro) return -1;
    if (type_mro(type) != old) return 0;
    Value change = py_tuple_pack(3, type, mro, old ? old : VM_NONE);
    if (!change || py_list_append(undo, change) < 0) return -1;
    SET(REF(PyType, type), mro, mro);
    Value list = GET(REF(PyType, type), subclasses);
    for (int64_t i = 0; list && i < py_list_length(list); i++)
        if (update_mros(py_list_item(list, i), undo) < 0) return -1;
    return 0;
}

static void restore_mros(Value undo) {
    for (int64_t i = py_list_length(undo) - 1; i >= 0; i--) {
        Value change = py_list_item(undo, i), type = tuple_item(change, 0), old = tuple_item(change, 2);
        if (type_mro(type) != tuple_item(change, 1)) continue;
        SET_VALUE(REF(PyType, type), mro, old == VM_NONE ? 0 : old);
    }
}

/* The MRO does not tell while it is being computed anew: the chain of base classes does. */
static bool derives(Value type, Value from) {
    if (py_type_is_subtype(type, from)) return true;
    for (Value at = type; at && at != VM_NONE; at = type_base(at))
        if (at == from) return true;
    return false;
}

static int check_bases(Value type, Value value) {
    if (!py_is_tuple(value))
        return py_raise_int(TYPE_TypeError, "can only assign tuple to %N.__bases__, not %T", type, value);
    if (tuple_length(value) == 0)
        return py_raise_int(TYPE_TypeError, "can only assign non-empty tuple to %N.__bases__, not ()", type);
    for (int64_t i = 0; i < tuple_length(value); i++) {
        Value base = tuple_item(value, i);
        if (!py_is_type(base))
            return py_raise_int(TYPE_TypeError, "%N.__bases__ must be tuple of classes, not '%T'", type, base);
        if (derives(base, type))
            return py_raise_int(TYPE_TypeError, "a __bases__ item causes an inheritance cycle");
    }
    return 0;
}

static int set_bases(Value type, Value value) {
    if (check_writable(type, value, "__bases__") < 0 || VM_AUDIT("object.__setattr__", py_tuple_pack(3, type, NAME(__bases__), value)) < 0 ||
        check_bases(type, value) < 0)
        return -1;
    Value new_base = type_best_base(value), old_base = type_base(type);
    if (!new_base) return -1;
    VmType *from = vm_type(old_base), *to = vm_type(new_base);
    if (from->layout_type != to->layout_type || from->layout_size != to->layout_size)
        return py_raise_int(TYPE_TypeError, "__bases__ assignment: '%N' object layout differs from '%N'",
                            new_base, old_base);
    PyType GS *t = REF(PyType, type);
    Value old_bases = GET(t, bases), undo = py_list_new(0);
    if (!undo) return -1;
    SET(t, bases, value);
    SET(t, base, new_base);
    if (update_mros(type, undo) < 0) {
        restore_mros(undo);
        if (GET(t, bases) != value) return -1;
        SET(t, bases, old_bases);
        SET(t, base, old_base);
        return -1;
    }
    if (GET(t, bases) != value) return 0;
    for (int64_t i = 0; i < tuple_length(old_bases); i++) type_remove_subclass(tuple_item(old_bases, i), type);
    for (int64_t i = 0; i < tuple_length(value); i++)
        if (type_add_subclass(tuple_item(value, i), type) < 0) return -1;
    type_modified(type);
    type_update_flags(type);
    return 0;
}

/* ---- numbers ---------------------------------------------------------------------------------------------- */

/* Types whose objects, found on a class, may be called with the instance in front instead of being bound. */
static bool calls_as_method(uint32_t id) {
    return id == TYPE_FUNCTION || id == TYPE_METHOD_DESCR || id == TYPE_WRAPPER_DESCR || id == TYPE_LRU_CACHE;
}

static Value get_flags(Value type) {
    const VmType *t = type_vm(type);
    int64_t flags = 1 << 12 | 1 << 18; /* ready, default */
    if (t->flags & VM_TYPE_HEAP) flags |= 1 << 9 | 1 << 14;
    else flags |= 1 << 8;
    if (t->flags & VM_TYPE_BASE) flags |= 1 << 10;
    if (calls_as_method(t->id)) flags |= 1 << 17;
    if (type_has_flag(type, VM_TYPE_ABSTRACT)) flags |= 1 << 20;
    if (t->flags & VM_TYPE_SEQUENCE) flags |= 1 << 5;
    if (t->flags & VM_TYPE_MAPPING) flags |= 1 << 6;
    if (t->flags & VM_TYPE_INT_SUB) flags |= 1 << 24;
    if (t->flags & VM_TYPE_LIST_SUB) flags |= 1 << 25;
    if (t->flags & VM_TYPE_TUPLE_SUB) flags |= 1 << 26;
    if (t->flags & VM_TYPE_BYTES_SUB) flags |= 1 << 27;
    if (t->flags & VM_TYPE_STR_SUB) flags |= 1 << 28;
    if (t->flags & VM_TYPE_DICT_SUB) flags |= 1 << 29;
    if (t->flags & VM_TYPE_EXCEPTION) flags |= 1 << 30;
    if (t->flags & VM_TYPE_TYPE_SUB) flags |= INT64_C(1) << 31;
    return int_make(flags);
}

static Value get_basicsize(Value type) { return int_make(type_vm(type)->layout_size); }
static Value get_itemsize(Value type) {
    const VmType *t = type_vm(type);
    return int_make(!(t->flags & VM_TYPE_VARSIZE) ? 0 : t->flags & (VM_TYPE_BYTES_SUB | VM_TYPE_STR_SUB) ? 1 : 8);
}
static Value get_dictoffset(Value type) {
    return int_make(type_vm(type)->flags & VM_TYPE_HAS_DICT ? type_vm(type)->layout_size : 0);
}
static Value get_weakrefoffset(Value type) {
    return int_make(type_vm(type)->flags & VM_TYPE_WEAKREF ? type_vm(type)->layout_size : 0);
}

/* ---- dict, annotations, abstract methods ------------------------------------------------------------------- */

static Value get_dict(Value type) {
    Value dict = type_dict(type), proxy = dict ? py_alloc_id(TYPE_MAPPINGPROXY, 0) : 0;
    if (proxy) REF(PyWrapped, proxy)->inner = dict;
    return proxy ? proxy : VM_NONE;
}

static Value get_annotations(Value type) {
    if (!type_is_heap(type))
        return py_raise(TYPE_AttributeError, "type object '%N' has no attribute '__annotations__'", type);
    Value found = py_dict_get_str(type_dict(type), NAME(__annotations__));
    if (!found) return 0;
    if (found != VM_UNBOUND) return descr_bind(found, 0, type);
    if (!(found = py_dict_new()) || type_dict_set(type, NAME(__annotations__), found) < 0) return 0;
    return found;
}

static int set_annotations(Value type, Value value) {
    if (!type_is_heap(type))
        return py_raise_int(TYPE_TypeError, "cannot set '__annotations__' attribute of immutable type '%S'",
                            type_full_name(type));
    int done = type_dict_set(type, NAME(__annotations__), value);
    return done == 1 ? py_raise_int(TYPE_AttributeError, "__annotations__") : done;
}

static Value get_abstractmethods(Value type) {
    Value found = type == py_type(TYPE_TYPE) ? VM_UNBOUND
                                             : py_dict_get_str(type_dict(type), NAME(__abstractmethods__));
    if (found != VM_UNBOUND) return found;
    py_raise(TYPE_AttributeError, "__abstractmethods__");
    attr_raise_named(type, NAME(__abstractmethods__));
    return 0;
}

static int set_abstractmethods(Value type, Value value_or_0) {
    int abstract = value_or_0 ? py_truth(value_or_0) : 0;
    if (abstract < 0) return -1;
    if (!type_is_heap(type))
        return py_raise_int(TYPE_TypeError, "cannot set '__abstractmethods__' attribute of immutable type '%S'",
                            type_full_name(type));
    int done = type_dict_set(type, NAME(__abstractmethods__), value_or_0);
    if (done == 1) return py_raise_int(TYPE_AttributeError, "__abstractmethods__");
    type_set_flag(type, VM_TYPE_ABSTRACT, abstract);
    return done;
}

/* ---- methods ------------------------------------------------------------------------------------------------- */

static Value type_mro_method(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value mro = type_mro_linearize(args[0], GET(REF(PyType, args[0]), bases));
    return mro ? py_list_from_iterable(mro) : 0;
}

static Value type_subclasses(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value list = GET(REF(PyType, args[0]), subclasses);
    return list ? py_list_from_iterable(list) : py_list_new(0);
}

static Value type_prepare(const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_dict_new();
}

static Value type_instancecheck(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    int result = type_instance_check(args[1], args[0]);
    return result < 0 ? 0 : vm_bool(result);
}

static Value type_subclasscheck(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    int result = type_subclass_check(args[1], args[0]);
    return result < 0 ? 0 : vm_bool(result);
}

static Value type_dir(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value names = py_dict_new(), mro = type_mro(args[0]);
    if (!names) return 0;
    for (int64_t i = tuple_length(mro) - 1; i >= 0; i--)
        if (py_dict_update(names, type_dict(tuple_item(mro, i))) < 0) return 0;
    return py_dict_keys_list(names);
}

static Value type_sizeof(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return int_make((int64_t)(gc_object_size(STM_OBJ(args[0])) + sizeof(VmType) + sizeof(VmShape)));
}

static Value type_or(Value a, Value b) { return py_union_from_pair(a, b); }

const PyMethodDef type_methods[] = {
    {"mro", "($self, /)", type_mro_method, 0, "Return a type's method resolution order."},
    {"__subclasses__", "($self, /)", type_subclasses, 0, "Return a list of immediate subclasses."},
    {"__prepare__", 0, type_prepare, PY_METHOD_CLASS,
     "__prepare__() -> dict\nused for the class namespace in a class statement"},
    {"__instancecheck__", "($self, instance, /)", type_instancecheck, 0, "Check if an object is an instance."},
    {"__subclasscheck__", "($self, subclass, /)", type_subclasscheck, 0, "Check if a class is a subclass."},
    {"__dir__", "($self, /)", type_dir, 0, "Specialized __dir__ implementation for types."},
    {"__sizeof__", "($self, /)", type_sizeof, 0, "Return memory consumption of the type object."},
    {0}};

const PyGetSetDef type_getsets[] = {{"__name__", get_name, set_name, 0},
                                    {"__qualname__", get_qualname, set_qualname, 0},
                                    {"__module__", get_module, set_module, 0},
                                    {"__bases__", get_bases, set_bases, 0},
                                    {"__base__", get_base, 0, 0},
                                    {"__mro__", get_mro, 0, 0},
                                    {"__doc__", get_doc, set_doc, 0},
                                    {"__dict__", get_dict, 0, 0},
                                    {"__flags__", get_flags, 0, 0},
                                    {"__basicsize__", get_basicsize, 0, 0},
                                    {"__itemsize__", get_itemsize, 0, 0},
                                    {"__dictoffset__", get_dictoffset, 0, 0},
                                    {"__weakrefoffset__", get_weakrefoffset, 0, 0},
                                    {"__annotations__", get_annotations, set_annotations, 0},
                                    {"__abstractmethods__", get_abstractmethods, set_abstractmethods, 0},
                                    {"__text_signature__", get_text_signature, 0, 0},
                                    {0}};

const PyTypeSpec py_spec_type = {
    .doc = "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    .slots = {.repr = type_repr,
              .call = type_call,
              .getattro = type_getattro,
              .setattro = type_setattro,
              .new = type_new,
              .init = type_init,
              .or_ = type_or},
    .methods = type_methods,
    .getsets = type_getsets,
    .raw_words = 3};
