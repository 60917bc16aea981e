/* slot_wrapper.c -- wrapper_descriptor and method-wrapper: the special methods of built-in types as
 * Python objects. A wrapper descriptor is (row of the table below, owner); calling it calls the
 * owner's slot function. */
#include "vm/objects/type.h"
#include "vm/objects/slot_wrapper.h"
#include "vm/exec/generator.h"

enum { WRAPPER_MAX = 128 };

static Wrapper wrappers[WRAPPER_MAX]; /* from slots.tbl, filled once by descr_init */
static unsigned wrapper_count;

const Wrapper *wrapper_of(Value descr) { return &wrappers[REF(PyMethodDescr, descr)->def_id]; }

static const char *wrapper_doc(const char *name) {
    static const char *const docs[][2] = {
#define SLOT_DOC(name, text) {name, text},
#include "vm/objects/slot_doc.tbl"
#undef SLOT_DOC
    };
    for (size_t i = 0; i < sizeof docs / sizeof *docs; i++)
        if (!strcmp(docs[i][0], name)) return docs[i][1];
    return 0;
}

static void add_wrapper(const char *name, size_t offset, WrapperKind kind, int variant) {
    if (wrapper_count == WRAPPER_MAX) stm_fatal("table of slot wrappers is too small");
    wrappers[wrapper_count++] =
        (Wrapper){py_intern_c(name), wrapper_doc(name), (uint32_t)offset, (uint8_t)kind, (uint8_t)variant};
}

/* `names`: one, or the six comparisons in the order of PY_LT .. */
static void add_row(const char *names, const char *reflected, size_t offset, WrapperKind kind) {
    if (kind == WRAP_NEW) return;
    if (kind == WRAP_COMPARE) {
        static const char *const six[] = {"__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"};
        for (int op = PY_LT; op <= PY_GE; op++) add_wrapper(six[op], offset, kind, op);
        return;
    }
    add_wrapper(names, offset, kind, 0);
    if (reflected) add_wrapper(reflected, offset, kind, 1);
}

void descr_init(void) {
#define SLOT(field, kind, name, reflected) add_row(name, reflected, offsetof(PySlots, field), WRAP_##kind);
#include "vm/slots.tbl"
#undef SLOT
}

/* ---- into a type's dict ----------------------------------------------------------------------- */

/* Text, bytes, list and tuple concatenate without a reflected method. */
static bool is_skipped(uint32_t type_id, const Wrapper *w) {
    bool sequence = type_id == TYPE_STR || type_id == TYPE_BYTES || type_id == TYPE_BYTEARRAY ||
                    type_id == TYPE_LIST || type_id == TYPE_TUPLE || type_id == TYPE_TYPED_ARRAY;
    return sequence && w->variant == 1 && w->offset == offsetof(PySlots, add);
}

static void set_new(uint32_t type_id, Value dict) {
    Value b = py_alloc_id(TYPE_BUILTIN, 0);
    REF(PyBuiltin, b)->def_id = vm_def_register_new(type_id);
    REF(PyBuiltin, b)->self = py_type(type_id);
    py_dict_set(dict, NAME(__new__), b);
}

void descr_add_slot_wrappers(uint32_t type_id, Value dict) {
    const VmType *t = vm_shapes[type_id]->type;
    const char *own = (const char *)&t->spec->slots;
    for (unsigned i = 0; i < wrapper_count; i++) {
        const Wrapper *w = &wrappers[i];
        if (!*(void *const *)(own + w->offset) || is_skipped(type_id, w)) continue;
        Value descr = py_alloc_id(TYPE_WRAPPER_DESCR, 0);
        PyMethodDescr GS *d = REF(PyMethodDescr, descr);
        d->def_id = i;
        d->owner = t->object;
        d->name = w->name;
        py_dict_set(dict, w->name, descr);
    }
    if (t->slots->hash == py_hash_unhashable) py_dict_set(dict, NAME(__hash__), VM_NONE);
    if (t->spec->slots.new || t->spec->new_fn) set_new(type_id, dict);
}

/* ---- calls ---------------------------------------------------------------------------------------- */

static int check_count(size_t nargs, size_t least, size_t most) {
    if (nargs >= least && nargs <= most) return 0;
    if (least == most)
        return py_raise_int(TYPE_TypeError, "expected %zu argument%s, got %zu", least,
                            least == 1 ? "" : "s", nargs);
    return py_raise_int(TYPE_TypeError, "expected at %s %zu argument%s, got %zu",
                        nargs < least ? "least" : "most", nargs < least ? least : most,
                        (nargs < least ? least : most) == 1 ? "" : "s", nargs);
}

static Value none_or_error(int result) { return result < 0 ? 0 : VM_NONE; }
static Value bool_or_error(int result) { return result < 0 ? 0 : vm_bool(result); }

/* Slots that take one argument beside self. */
static Value call_one(const Wrapper *w, void *slot, Value self, Value arg) {
    switch (w->kind) {
    case WRAP_BINARY:
        return w->variant ? ((PyBinaryFn)slot)(arg, self) : ((PyBinaryFn)slot)(self, arg);
    case WRAP_METHOD_ONE: return ((PyBinaryFn)slot)(self, arg);
    case WRAP_COMPARE: return ((Value (*)(Value, Value, int))slot)(self, arg, w->variant);
    case WRAP_CONTAINS: return bool_or_error(((int (*)(Value, Value))slot)(self, arg));
    default: return none_or_error(((int (*)(Value, Value, Value))slot)(self, arg, 0)); /* deletions */
    }
}

static Value call_none(const Wrapper *w, void *slot, Value self) {
    switch (w->kind) {
    case WRAP_NEXT: {
        Value v = ((PyUnaryFn)slot)(self);
        return v == VM_STOP ? generator_end_as_exception(self) : v;
    }
    case WRAP_INQUIRY: return bool_or_error(((int (*)(Value))slot)(self));
    case WRAP_HASH: {
        int64_t hash = ((int64_t(*)(Value))slot)(self);
        return hash == -1 ? 0 : py_int_from_i64(hash);
    }
    case WRAP_LENGTH: {
        int64_t length = ((int64_t(*)(Value))slot)(self);
        return length < 0 ? 0 : py_int_from_i64(length);
    }
    default: return ((PyUnaryFn)slot)(self);
    }
}

static Value call_descr_get(void *slot, Value self, const Value *args, size_t nargs) {
    Value obj = args[0] == VM_NONE ? 0 : args[0], type = nargs < 2 || args[1] == VM_NONE ? 0 : args[1];
    if (!obj && !type) return py_raise(TYPE_TypeError, "__get__(None, None) is invalid");
    return ((Value(*)(Value, Value, Value))slot)(self, obj, type ? type : py_type_of(obj));
}

static Value call_ternary(const Wrapper *w, void *slot, Value self, const Value *args, size_t nargs) {
    Value mod = nargs > 1 ? args[1] : VM_NONE;
    Value (*f)(Value, Value, Value) = (Value(*)(Value, Value, Value))slot;
    return w->variant ? f(args[0], self, mod) : f(self, args[0], mod);
}

/* object.__setattr__(a_class, ...) would pass by what the class's own built-in base checks. */
static int check_setattr(const Wrapper *w, Value self, const void *slot) {
    const VmType *solid = vm_shapes[vm_type_of(self)->solid_base]->type;
    if ((const void *)solid->slots->setattro == slot) return 0;
    return py_raise_int(TYPE_TypeError, "can't apply this %S to %T object", w->name, self);
}

Value wrapper_call(const Wrapper *w, Value owner, Value self, const Value *args, size_t nargs,
                   Value kwnames) {
    void *slot = *(void *const *)((const char *)type_vm(owner)->slots + w->offset);
    if (w->kind == WRAP_CALL)
        return ((Value(*)(Value, const Value *, size_t, Value))slot)(self, args, nargs, kwnames);
    if (w->kind == WRAP_INIT)
        return none_or_error(((int (*)(Value, const Value *, size_t, Value))slot)(self, args, nargs, kwnames));
    if (kwnames && tuple_length(kwnames))
        return py_raise(TYPE_TypeError, "wrapper %S() takes no keyword arguments", w->name);
    size_t least, most;
    wrapper_arity(w, &least, &most);
    if (check_count(nargs, least, most) < 0) return 0;
    if (w->kind == WRAP_SETATTR && check_setattr(w, self, slot) < 0) return 0;
    switch (w->kind) {
    case WRAP_DESCR_GET: return call_descr_get(slot, self, args, nargs);
    case WRAP_TERNARY: return call_ternary(w, slot, self, args, nargs);
    case WRAP_SETATTR: case WRAP_SETITEM: case WRAP_DESCR_SET:
        return none_or_error(((int (*)(Value, Value, Value))slot)(self, args[0], nargs > 1 ? args[1] : 0));
    default: return nargs ? call_one(w, slot, self, args[0]) : call_none(w, slot, self);
    }
}

void wrapper_arity(const Wrapper *w, size_t *least, size_t *most) {
    switch (w->kind) {
    case WRAP_BINARY: case WRAP_METHOD_ONE: case WRAP_COMPARE: case WRAP_CONTAINS:
        *least = *most = 1;
        break;
    case WRAP_TERNARY: case WRAP_DESCR_GET:
        *least = 1;
        *most = 2;
        break;
    case WRAP_SETATTR: case WRAP_SETITEM: case WRAP_DESCR_SET: *least = *most = w->variant ? 1 : 2; break;
    default: *least = *most = 0; break;
    }
}

static int check_self(Value descr, Value self) {
    PyMethodDescr GS *d = REF(PyMethodDescr, descr);
    if (LIKELY(py_type_is_subtype(py_type_of(self), d->owner))) return 0;
    return py_raise_int(TYPE_TypeError, "descriptor '%S' requires a '%N' object but received a '%T'",
                        d->name, d->owner, self);
}

Value descr_wrapper_call(Value descr, Value v, const Value *args, size_t nargs, Value kwnames) {
    if (UNLIKELY(check_self(descr, v) < 0)) return 0;
    return wrapper_call(wrapper_of(descr), REF(PyMethodDescr, descr)->owner, v, args, nargs, kwnames);
}

/* ---- wrapper_descriptor ------------------------------------------------------------------------------ */

static Value wrapper_descr_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    PyMethodDescr GS *d = REF(PyMethodDescr, self);
    if (!nargs)
        return py_raise(TYPE_TypeError, "descriptor '%S' of '%F' object needs an argument", d->name, d->owner);
    return descr_wrapper_call(self, args[0], args + 1, nargs - 1, kwnames);
}

static Value wrapper_descr_get(Value self, Value obj_or_0, Value type) {
    (void)type;
    PyMethodDescr GS *d = REF(PyMethodDescr, self);
    if (!obj_or_0) return self;
    if (!py_type_is_subtype(py_type_of(obj_or_0), d->owner))
        return py_raise(TYPE_TypeError, "descriptor '%S' for '%F' objects doesn't apply to a '%T' object",
                        d->name, d->owner, obj_or_0);
    Value bound = py_alloc_id(TYPE_METHOD_WRAPPER, 0);
    if (!bound) return 0;
    REF(PyMethod, bound)->func = self;
    REF(PyMethod, bound)->self = obj_or_0;
    return bound;
}

static Value wrapper_descr_repr(Value self) {
    PyMethodDescr GS *d = REF(PyMethodDescr, self);
    return py_str_format("<slot wrapper '%S' of '%F' objects>", d->name, d->owner);
}

const PyTypeSpec py_spec_wrapper_descr = {
    .slots = {.repr = wrapper_descr_repr, .call = wrapper_descr_call, .descr_get = wrapper_descr_get},
    .methods = descr_methods,
    .getsets = descr_getsets,
    .raw_words = 2};

/* ---- method-wrapper ------------------------------------------------------------------------------------- */

static Value method_wrapper_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    PyMethod GS *m = REF(PyMethod, self);
    return wrapper_call(wrapper_of(m->func), REF(PyMethodDescr, m->func)->owner, m->self, args, nargs,
                        kwnames);
}

static Value method_wrapper_repr(Value self) {
    PyMethod GS *m = REF(PyMethod, self);
    unsigned long id = (unsigned long)(is_ref(m->self) ? gc_id(m->self) : m->self);
    return py_str_format("<method-wrapper '%S' of %T object at 0x%lx>", wrapper_of(m->func)->name, m->self, id);
}

static Value method_wrapper_compare(Value self, Value other, int op) {
    if (!is_exactly(other, TYPE_METHOD_WRAPPER) || (op != PY_EQ && op != PY_NE)) return VM_NOT_IMPLEMENTED;
    PyMethod GS *a = REF(PyMethod, self), *b = REF(PyMethod, other);
    return vm_bool((a->func == b->func && a->self == b->self) == (op == PY_EQ));
}

static int64_t method_wrapper_hash(Value self) {
    PyMethod GS *m = REF(PyMethod, self);
    uint64_t of_self = is_ref(m->self) ? gc_id(m->self) : m->self;
    return (int64_t)((of_self ^ gc_id(m->func) * 31) >> 1);
}

static Value method_wrapper_name(Value self) { return wrapper_of(REF(PyMethod, self)->func)->name; }
static Value method_wrapper_self(Value self) { return REF(PyMethod, self)->self; }
static Value method_wrapper_doc(Value self) {
    return py_getattr(REF(PyMethod, self)->func, NAME(__doc__));
}
static Value method_wrapper_objclass(Value self) {
    return REF(PyMethodDescr, REF(PyMethod, self)->func)->owner;
}
static Value method_wrapper_qualname(Value self) {
    return py_getattr(REF(PyMethod, self)->func, NAME(__qualname__));
}
static Value method_wrapper_signature(Value self) {
    return py_getattr(REF(PyMethod, self)->func, NAME(__text_signature__));
}
static Value method_wrapper_reduce(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value getattr = py_import_attr("builtins", "getattr");
    if (!getattr) return 0;
    Value name = method_wrapper_name(args[0]);
    return py_tuple_pack(2, getattr, py_tuple_pack(2, REF(PyMethod, args[0])->self, name));
}

static const PyMethodDef method_wrapper_methods[] = {
    {"__reduce__", "($self, /)", method_wrapper_reduce, 0, 0}, {0}};
static const PyGetSetDef method_wrapper_getsets[] = {{"__name__", method_wrapper_name, 0, 0},
                                                     {"__qualname__", method_wrapper_qualname, 0, 0},
                                                     {"__self__", method_wrapper_self, 0, 0},
                                                     {"__objclass__", method_wrapper_objclass, 0, 0},
                                                     {"__doc__", method_wrapper_doc, 0, 0},
                                                     {"__text_signature__", method_wrapper_signature, 0, 0},
                                                     {0}};

const PyTypeSpec py_spec_method_wrapper = {.slots = {.repr = method_wrapper_repr,
                                                     .call = method_wrapper_call,
                                                     .hash = method_wrapper_hash,
                                                     .richcompare = method_wrapper_compare},
                                           .methods = method_wrapper_methods,
                                           .getsets = method_wrapper_getsets};
