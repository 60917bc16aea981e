/* type_new.c -- making classes: type.__new__ and what it does to a class body's dict.
 *
 * The static part (VmType, shapes) is made outside the transaction and is simply not used when the
 * transaction aborts. The class counts as made once its MRO is set; __set_name__ and
 * __init_subclass__ then run on it. */
#include "vm/exec/arguments.h"
#include "stm/atomic.h"
#include "vm/objects/type.h"
#include "vm/exec/frame.h"

int type_check_name(Value name) {
    size_t length;
    const char *text = py_str_utf8(name, &length);
    if (!text) return -1;
    return strlen(text) == length ? 0 : py_raise_int(TYPE_ValueError, "type name must not contain null characters");
}

/* A docstring must be Unicode text without lone surrogates when the class is made. */
static int check_doc(Value dict) {
    Value doc = py_dict_get_str(dict, NAME(__doc__));
    return doc && (doc == VM_UNBOUND || !py_is_str(doc) || py_str_utf8(doc, 0)) ? 0 : -1;
}

/* ---- metaclass -------------------------------------------------------------------------------------- */

/* The most derived metaclass of `metatype` and the bases'; 0 with TypeError. */
Value py_type_metaclass(Value metatype, Value bases) {
    Value winner = metatype;
    for (int64_t i = 0; i < tuple_length(bases); i++) {
        Value meta = py_type_of(tuple_item(bases, i));
        if (py_type_is_subtype(winner, meta)) continue;
        if (!py_type_is_subtype(meta, winner))
            return py_raise(TYPE_TypeError,
                            "metaclass conflict: the metaclass of a derived class must be a "
                            "(non-strict) subclass of the metaclasses of all its bases");
        winner = meta;
    }
    return winner;
}

static int check_bases(Value bases) {
    for (int64_t i = 0; i < tuple_length(bases); i++) {
        Value base = tuple_item(bases, i);
        if (py_is_type(base)) continue;
        Value entries = py_getattr_opt(base, NAME(__mro_entries__));
        if (!entries) return -1;
        if (entries != VM_UNBOUND)
            return py_raise_int(TYPE_TypeError, "type() doesn't support MRO entry resolution; use "
                                                "types.new_class()");
    }
    return 0;
}

/* ---- __slots__ ---------------------------------------------------------------------------------------- */

typedef struct SlotPlan {
    Value names; /* list of mangled member names, or 0: no __slots__ */
    bool add_dict, add_weakref;
    bool by_name; /* members are kept among the attributes (payload reaches to the object's end) */
} SlotPlan;

/* Private names are mangled with the class's name. */
static Value mangle(Value class_name, Value name) {
    const char *text = py_str_utf8(name, 0), *cls = py_str_utf8(class_name, 0);
    if (!text || !cls) return 0;
    size_t n = strlen(text);
    if (n < 3 || text[0] != '_' || text[1] != '_' || (text[n - 1] == '_' && text[n - 2] == '_'))
        return py_intern(name);
    while (*cls == '_') cls++;
    if (!*cls) return py_intern(name);
    Value mangled = py_str_format("_%s%s", cls, text);
    return mangled ? py_intern(mangled) : 0;
}

static int slot_item(SlotPlan *plan, const VmType *base, Value class_name, Value item, Value dict) {
    if (!py_is_str(item))
        return py_raise_int(TYPE_TypeError, "__slots__ items must be strings, not '%T'", item);
    Value is_identifier = py_call_method(item, "isidentifier", 0, 0);
    if (!is_identifier) return -1;
    if (is_identifier != VM_TRUE)
        return py_raise_int(TYPE_TypeError, "__slots__ must be identifiers");
    if (py_str_equal(item, NAME(__dict__))) {
        if (base->flags & (VM_TYPE_HAS_DICT | VM_TYPE_TYPE_SUB) || plan->add_dict)
            return py_raise_int(TYPE_TypeError, "__dict__ slot disallowed: we already got one");
        plan->add_dict = true;
        return 0;
    }
    if (py_str_equal(item, NAME(__weakref__))) {
        if (base->flags & VM_TYPE_WEAKREF || plan->add_weakref)
            return py_raise_int(TYPE_TypeError, "__weakref__ slot disallowed: we already got one");
        plan->add_weakref = true;
        return 0;
    }
    Value name = mangle(class_name, item);
    if (!name) return -1;
    if (name != NAME(__qualname__) && name != NAME(__classcell__)) {
        Value present = py_dict_get(dict, name);
        if (!present) return -1;
        if (present != VM_UNBOUND)
            return py_raise_int(TYPE_ValueError, "%R in __slots__ conflicts with class variable", name);
    }
    return py_list_append(plan->names, name);
}

/* Bases other than the one of the layout may bring attributes and weak references. */
static void plan_from_bases(SlotPlan *plan, const VmType *base, Value bases) {
    for (int64_t i = 0; i < tuple_length(bases); i++) {
        uint32_t more = vm_type(tuple_item(bases, i))->flags & ~base->flags;
        if (more & VM_TYPE_HAS_DICT && !(base->flags & VM_TYPE_TYPE_SUB)) plan->add_dict = true;
        if (more & VM_TYPE_WEAKREF) plan->add_weakref = true;
    }
}

/* In the order of their names, so that equal sets of slots give equal layouts. */
static int plan_slots(SlotPlan *plan, const VmType *base, Value class_name, Value bases, Value dict) {
    Value slots = py_dict_get_str(dict, NAME(__slots__));
    *plan = (SlotPlan){0};
    if (!slots) return -1;
    if (slots == VM_UNBOUND) {
        plan->add_dict = !(base->flags & (VM_TYPE_HAS_DICT | VM_TYPE_TYPE_SUB));
        plan->add_weakref = !(base->flags & VM_TYPE_WEAKREF);
        return 0;
    }
    if (!(plan->names = py_list_new(0))) return -1;
    Value items = py_is_str(slots) ? py_tuple_from(&slots, 1) : py_tuple_from_iterable(slots);
    if (!items) return -1;
    bool sized = (base->flags & VM_TYPE_VARSIZE && !(base->flags & VM_TYPE_STR_SUB)) ||
                 base->flags & VM_TYPE_TYPE_SUB;
    if (tuple_length(items) && sized) {
        bool only_dict = tuple_length(items) == 1 && py_is_str(tuple_item(items, 0)) &&
                         py_str_equal(tuple_item(items, 0), NAME(__dict__));
        if (!only_dict)
            return py_raise_int(TYPE_TypeError, "nonempty __slots__ not supported for subtype of '%N'",
                                base->object);
    }
    for (int64_t i = 0; i < tuple_length(items); i++)
        if (slot_item(plan, base, class_name, tuple_item(items, i), dict) < 0) return -1;
    plan_from_bases(plan, base, bases);
    if (py_list_sort(plan->names, VM_NONE, false) < 0) return -1;
    plan->by_name = base->flags & VM_TYPE_VARSIZE;
    return 0;
}

/* ---- the static part ------------------------------------------------------------------------------------ */

static uint8_t instance_kind(const VmType *base, const VmType *type, bool tail) {
    uint8_t kind = base->kind & GC_KIND_MASK;
    if (kind == GC_KIND_LEAF && tail) kind = GC_KIND_LEAF_LAST;
    if (kind == GC_KIND_LEAF && !(base->flags & VM_TYPE_VARSIZE) && type->layout_size)
        kind = (uint8_t)(vm_shapes[base->solid_base]->type->basic_size / 8 - 1);
    return kind;
}

static VmType *make_static(const VmType *base, Value bases, const SlotPlan *plan) {
    enum { FROM_BASE = VM_TYPE_VARSIZE | VM_TYPE_EXCEPTION | VM_TYPE_HAS_DICT | VM_TYPE_WEAKREF |
                       VM_TYPE_INT_SUB | VM_TYPE_STR_SUB | VM_TYPE_BYTES_SUB | VM_TYPE_TUPLE_SUB |
                       VM_TYPE_LIST_SUB | VM_TYPE_DICT_SUB | VM_TYPE_TYPE_SUB | VM_TYPE_FLOAT_SUB |
                       VM_TYPE_SET_SUB };
    VmType *type = shape_new_type(0);
    VmShape *root = vm_shapes[type->id], *from = vm_shapes[base->id];
    int64_t members = plan->names ? py_list_length(plan->names) : 0;
    type->flags = VM_TYPE_HEAP | VM_TYPE_BASE | (base->flags & FROM_BASE);
    if (plan->add_dict) type->flags |= VM_TYPE_HAS_DICT;
    if (plan->add_weakref) type->flags |= VM_TYPE_WEAKREF;
    for (int64_t i = 0; i < tuple_length(bases); i++) {
        uint32_t flags = vm_type(tuple_item(bases, i))->flags & (VM_TYPE_MAPPING | VM_TYPE_SEQUENCE);
        type->flags |= flags;
        if (flags) break;
    }
    type->basic_size = base->basic_size;
    type->layout_size = base->layout_size + (plan->by_name ? 0 : 8 * (uint32_t)members);
    type->solid_base = base->solid_base;
    shape_set_members(type, plan->names);
    type->layout_type = members && !plan->by_name ? type->id : base->layout_type;
    bool attributes = type->flags & VM_TYPE_HAS_DICT || (members && plan->by_name) || from->extra_offset;
    bool tail = attributes && type->flags & VM_TYPE_VARSIZE;
    type->kind = instance_kind(base, type, tail);
    if (attributes || members || base->kind & GCK_MUTABLE) {
        type->kind |= GCK_MUTABLE;
        type->flags |= VM_TYPE_MUTABLE;
    }
    bool exporter = vm_shapes[base->solid_base]->type->slots->get_buffer != 0;
    type->slots = exporter ? &py_generic_buffer_slots : &py_generic_slots;
    if (from->dict_mode) {
        root->extra_offset = from->extra_offset;
        root->dict_mode = 1;
    } else if (attributes) {
        root->extra_offset = tail ? SHAPE_EXTRA_TAIL : type->layout_size;
        uint32_t inline_slots = base->flags & VM_TYPE_HEAP ? atomic_load_relaxed(&base->wanted_inline) : 0;
        if (inline_slots < SHAPE_FIRST_INLINE) inline_slots = SHAPE_FIRST_INLINE;
        root->inline_slots = tail || !(type->flags & VM_TYPE_HAS_DICT) ? 0 : inline_slots;
        type->wanted_inline = root->inline_slots;
    }
    shape_set_root(type, root);
    return type;
}

/* ---- the class's dict -------------------------------------------------------------------------------------- */

static int wrap_function(Value dict, Value name, uint32_t wrapper_type) {
    Value f = py_dict_get_str(dict, name);
    if (!f) return -1;
    if (!is_ref(f) || vm_type_of(f)->id != TYPE_FUNCTION) return 0; /* with attributes too */
    Value wrapped = py_alloc_id(wrapper_type, 0);
    if (!wrapped) return -1;
    SET(REF(PyWrapped, wrapped), inner, f);
    return py_dict_set(dict, name, wrapped);
}

static int set_module(Value dict) {
    Value module = py_dict_get_str(dict, NAME(__module__));
    if (module != VM_UNBOUND) return module ? 0 : -1;
    VmFrame *frame = vm_current_frame();
    Value globals = frame && frame->function ? frame_globals(frame) : 0;
    if (!globals) return 0;
    module = py_dict_get_str(globals, NAME(__name__));
    if (module == VM_UNBOUND) return 0;
    return module ? py_dict_set(dict, NAME(__module__), module) : -1;
}

static int take_qualname(Value type, Value dict) {
    Value qualname = py_dict_pop(dict, NAME(__qualname__));
    if (!qualname) return -1;
    if (qualname == VM_UNBOUND)
        qualname = GET(REF(PyType, type), name);
    else if (!py_is_str(qualname))
        return py_raise_int(TYPE_TypeError, "type __qualname__ must be a str, not %T", qualname);
    SET(REF(PyType, type), qualname, qualname);
    return 0;
}

static int take_classcell(Value type, Value dict) {
    Value cell = py_dict_pop(dict, NAME(__classcell__));
    if (!cell) return -1;
    if (cell == VM_UNBOUND) return 0;
    if (!is_exactly(cell, TYPE_CELL))
        return py_raise_int(TYPE_TypeError, "__classcell__ must be a nonlocal cell, not %R",
                            py_type_of(cell));
    SET(REF(PyCell, cell), value, type);
    return 0;
}

static int add_members(Value type, const SlotPlan *plan, const VmType *base, Value dict) {
    int64_t n = plan->names ? py_list_length(plan->names) : 0;
    for (int64_t i = 0; i < n; i++) {
        Value name = py_list_item(plan->names, i);
        Value member = descr_new_member(type, name, base->layout_size + 8 * (uint32_t)i, plan->by_name);
        if (!member || py_dict_set(dict, name, member) < 0) return -1;
    }
    if (plan->add_dict) {
        Value getset = descr_new_dict_getset(type);
        if (!getset || py_dict_setdefault(dict, NAME(__dict__), getset) == 0) return -1;
    }
    if (plan->add_weakref) {
        Value getset = descr_new_weakref_getset(type);
        if (!getset || py_dict_setdefault(dict, NAME(__weakref__), getset) == 0) return -1;
    }
    return 0;
}

static int complete_dict(Value type, const SlotPlan *plan, const VmType *base, Value dict) {
    if (set_module(dict) < 0 || take_qualname(type, dict) < 0 ||
        wrap_function(dict, NAME(__new__), TYPE_STATICMETHOD) < 0 ||
        wrap_function(dict, NAME(__init_subclass__), TYPE_CLASSMETHOD) < 0 ||
        wrap_function(dict, NAME(__class_getitem__), TYPE_CLASSMETHOD) < 0 ||
        take_classcell(type, dict) < 0 || add_members(type, plan, base, dict) < 0)
        return -1;
    Value eq = py_dict_get_str(dict, NAME(__eq__)), hash = py_dict_get_str(dict, NAME(__hash__));
    if (!eq || !hash) return -1;
    if (eq != VM_UNBOUND && hash == VM_UNBOUND && py_dict_set(dict, NAME(__hash__), VM_NONE) < 0)
        return -1;
    return py_dict_setdefault(dict, NAME(__doc__), VM_NONE) ? 0 : -1;
}

/* ---- after the class exists ------------------------------------------------------------------------------- */

static int call_set_name(Value type, Value name, Value value) {
    Value method = py_type_lookup(py_type_of(value), NAME(__set_name__));
    if (!method) return 0;
    Value args[] = {type, name};
    if (special_call(value, NAME(__set_name__), args, 2)) return 0;
    Value cause = py_error_take();
    py_raise(TYPE_RuntimeError, "Error calling __set_name__ on '%T' instance %R in '%N'", value, name,
             type);
    Value error = py_error_take();
    SET(REF(PyException, error), cause, cause);
    SET(REF(PyException, error), context, cause);
    SET(REF(PyException, error), suppress_context, 1);
    py_error_restore(error);
    return -1;
}

static int set_names(Value type, Value dict) {
    Value copy = py_dict_copy(dict), name, value;
    if (!copy) return -1;
    for (int64_t at = 0; py_dict_next(copy, &at, &name, &value);)
        if (is_ref(value) && call_set_name(type, name, value) < 0) return -1;
    return 0;
}

/* super(type, type).__init_subclass__(**kwargs) */
static int init_subclass(Value type, const Value *values, Value kwnames) {
    Value mro = type_mro(type), method = 0;
    bool itself = false; /* a mro() of the metaclass may have left it out */
    for (int64_t i = 0; i < tuple_length(mro); i++) itself |= tuple_item(mro, i) == type;
    if (!itself) return py_raise_int(TYPE_TypeError, "super(type, obj): obj must be an instance or subtype of type");
    for (int64_t i = 1; i < tuple_length(mro) && !method; i++) {
        Value found = py_dict_get_str(type_dict(tuple_item(mro, i)), NAME(__init_subclass__));
        if (!found) return -1;
        if (found != VM_UNBOUND) method = found;
    }
    if (!method) return 0;
    if (!kwnames && is_exactly(method, TYPE_CLASSMETHOD_DESCR)) return 0; /* object's: does nothing */
    method = descr_bind(method, 0, type);
    if (!method) return -1;
    return py_call(method, values, 0, kwnames) ? 0 : -1;
}

/* ---- type.__new__ -------------------------------------------------------------------------------------------- */

static Value make_object(Value metatype, VmType *st, Value name, Value bases, Value base, Value dict) {
    VmType *meta = vm_type(metatype);
    StmRef ref = gc_alloc_old(meta->root_shape, 3 | GCK_MUTABLE, meta->alloc_size);
    if (!ref) return py_raise_memory();
    PyType GS *type = REF(PyType, ref);
    type->id = st->id;
    type->version = type_next_version();
    for (int64_t i = 0; i < tuple_length(bases); i++)
        type->flags |= REF(PyType, tuple_item(bases, i))->flags & VM_TYPE_HAS_DEL;
    SET(type, name, name);
    SET(type, qualname, name);
    SET(type, module, VM_NONE);
    SET(type, bases, bases);
    SET(type, base, base);
    SET(type, dict, dict);
    SET(type, doc, VM_NONE);
    st->object = ref;
    return ref;
}

static Value new_class(Value metatype, Value name, Value bases, Value dict, const Value *kwvalues,
                       Value kwnames) {
    Value base = type_best_base(bases);
    if (!base) return 0;
    const VmType *base_vm = vm_type(base);
    SlotPlan plan;
    if (type_check_name(name) < 0 || check_doc(dict) < 0) return 0;
    if (!(dict = py_dict_copy(dict)) || plan_slots(&plan, base_vm, name, bases, dict) < 0) return 0;
    VmType *st = make_static(base_vm, bases, &plan);
    Value type = make_object(metatype, st, name, bases, base, dict);
    if (!type || complete_dict(type, &plan, base_vm, dict) < 0) return 0;
    Value mro = type_mro_compute_may_call(type, bases);
    if (!mro) return 0;
    SET(REF(PyType, type), mro, mro);
    for (int64_t i = 0; i < tuple_length(bases); i++)
        if (type_add_subclass(tuple_item(bases, i), type) < 0) return 0;
    type_modified(type);
    type_update_flags(type);
    if (set_names(type, dict) < 0 || init_subclass(type, kwvalues, kwnames) < 0) return 0;
    return type;
}

static Value type_new_from(Value metatype, Value name, Value bases, Value dict, const Value *kwvalues,
                           Value kwnames, const Value *all_args, size_t nargs) {
    if (tuple_length(bases) == 0) {
        Value object = py_type(TYPE_OBJECT);
        if (!(bases = py_tuple_from(&object, 1))) return 0;
    } else {
        if (check_bases(bases) < 0) return 0;
        Value winner = py_type_metaclass(metatype, bases);
        if (!winner) return 0;
        if (winner != metatype) {
            if (type_new_owner(winner) != TYPE_TYPE && all_args) {
                Value new = py_getattr(winner, NAME(__new__));
                return new ? vm_call_with(new, winner, all_args, nargs, kwnames) : 0;
            }
            metatype = winner;
        }
    }
    return new_class(metatype, name, bases, dict, kwvalues, kwnames);
}

Value py_type_new_heap(Value metatype, Value name, Value bases, Value dict) {
    return type_new_from(metatype, name, bases, dict, 0, 0, 0, 0);
}

Value type_new(Value metatype, const Value *args, size_t nargs, Value kwnames) {
    static const char *const kinds[] = {"str", "tuple", "dict"};
    if (nargs != 3)
        return py_raise(TYPE_TypeError, "type.__new__() takes exactly 3 arguments (%zu given)", nargs);
    bool good[] = {py_is_str(args[0]), py_is_tuple(args[1]), py_is_dict(args[2])};
    for (int i = 0; i < 3; i++)
        if (!good[i])
            return py_raise(TYPE_TypeError, "type.__new__() argument %d must be %s, not %T", i + 1,
                            kinds[i], args[i]);
    return type_new_from(metatype, args[0], args[1], args[2], args + nargs, kwnames, args, nargs);
}

int type_init(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)type, (void)args;
    if (kwnames && tuple_length(kwnames) && nargs == 1)
        return py_raise_int(TYPE_TypeError, "type.__init__() takes no keyword arguments");
    if (nargs != 1 && nargs != 3)
        return py_raise_int(TYPE_TypeError, "type.__init__() takes 1 or 3 arguments");
    return 0;
}
