/* Module _abc: abstract base classes (PEP 3119), the C half of abc.py.
 *
 * Each class made by ABCMeta has an _abc_data object with its registry and the caches of issubclass: sets of weak references, kept as Python sets
 * so that transactions see them like any data. A negative cache is good for one value of the invalidation counter, which
 * every register() anywhere raises. */
#include "stm/atomic.h"
#include "vm/modules/layouts.h"
#include "vm/vm.h"
#include "vm/runtime.h"

const PyTypeSpec py_spec_abc_data = {.doc = "Internal state held by ABC machinery.", .raw_words = 1, .module = "_abc"};

/* A heap object holds the counter, so that it is transactional: the version field of one AbcData that belongs to no class. */
static Value counter;

#define ABC(name)                                                                                                     \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

static AbcData GS *abc_data(Value cls) {
    Value data = py_getattr(cls, py_intern_c("_abc_impl"));
    if (!data) return 0;
    if (is_ref(data) && is_exactly(data, TYPE_ABC_DATA)) return REF(AbcData, data);
    py_raise(TYPE_TypeError, "_abc_impl is set to a wrong type");
    return 0;
}

static uint64_t current_version(void) { return GET(REF(AbcData, counter), negative_version); }

/* ---- sets of weak references ------------------------------------------------------------------------------------------------ */

static int add_weak(AbcData GS *data, Value GS *set_field, Value object) {
    Value set = (stm_read(set_field), *set_field);
    if (!set) {
        set = py_set_new();
        if (!set) return -1;
        stm_write((StmObj)data, set_field);
        *set_field = set;
    }
    Value reference = py_call1(py_type(TYPE_WEAKREF), object);
    return reference ? py_set_add(set, reference) : -1;
}

static int has_weak(Value GS *set_field, Value object) {
    Value set = (stm_read(set_field), *set_field);
    if (!set || py_set_length(set) == 0) return 0;
    Value reference = py_call1(py_type(TYPE_WEAKREF), object);
    if (!reference) return py_error_is(TYPE_TypeError) ? (py_error_clear(), 0) : -1;
    return py_set_contains(set, reference);
}

/* ---- _abc_init ------------------------------------------------------------------------------------------------------------------ */

static int add_if_abstract(Value set, Value name, Value value) {
    Value flag = py_getattr_opt(value, NAME(__isabstractmethod__));
    int abstract = !flag ? -1 : flag == VM_UNBOUND ? 0 : py_truth(flag);
    return abstract > 0 ? py_set_add(set, name) : abstract;
}

static int collect_inherited(Value cls, Value base, Value set) {
    Value names = py_getattr_opt(base, NAME(__abstractmethods__));
    if (!names || names == VM_UNBOUND) return names ? 0 : -1;
    Value iterator = py_iter(names);
    if (!iterator) return -1;
    for (Value name; (name = py_next(iterator)) != VM_STOP;) {
        if (!name) return -1;
        Value value = py_getattr_opt(cls, name);
        if (!value || (value != VM_UNBOUND && add_if_abstract(set, name, value) < 0)) return -1;
    }
    return 0;
}

static int compute_abstract_methods(Value cls) {
    Value set = py_set_new(), namespace = py_getattr(cls, NAME(__dict__));
    Value items = namespace ? py_call_method(namespace, "items", 0, 0) : 0, list = items ? py_list_from_iterable(items) : 0;
    if (!set || !list) return -1;
    for (int64_t i = 0; i < py_list_length(list); i++) {
        Value item = py_list_item(list, i);
        if (add_if_abstract(set, tuple_item(item, 0), tuple_item(item, 1)) < 0) return -1;
    }
    Value bases = py_getattr(cls, NAME(__bases__));
    for (int64_t i = 0; bases && i < tuple_length(bases); i++)
        if (collect_inherited(cls, tuple_item(bases, i), set) < 0) return -1;
    Value frozen = bases ? py_frozenset_from_iterable(set) : 0;
    return frozen ? py_setattr(cls, NAME(__abstractmethods__), frozen) : -1;
}

/* collections.abc marks Sequence and Mapping for match statements: `__abc_tpflags__` in the class, 1 << 5 or 1 << 6. Flags of types are C
 * memory: set once, never taken back, so a transaction that is run again sets them again. */
enum { MARK_SEQUENCE = 1 << 5, MARK_MAPPING = 1 << 6 };

static int take_collection_mark(Value cls) {
    Value name = py_intern_c("__abc_tpflags__"), own = py_getattr(cls, NAME(__dict__));
    int has = own ? py_contains(own, name) : -1;
    if (has <= 0) return has;
    Value mark = py_getattr(cls, name);
    if (!mark) return -1;
    if (is_int(mark)) {
        if ((int_value(mark) & MARK_SEQUENCE) && (int_value(mark) & MARK_MAPPING))
            return py_raise_int(TYPE_TypeError, "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING");
        uint32_t bits = (int_value(mark) & MARK_SEQUENCE ? VM_TYPE_SEQUENCE : 0) | (int_value(mark) & MARK_MAPPING ? VM_TYPE_MAPPING : 0);
        atomic_or_relaxed(&vm_type(cls)->flags, bits);
    }
    return py_setattr(cls, name, 0);
}

static int mark_subclasses(Value cls, uint32_t bits) {
    if (!(vm_type(cls)->flags & VM_TYPE_HEAP)) return 0; /* str and bytes are registered, and match no sequence pattern */
    if (!bits || (vm_type(cls)->flags & (VM_TYPE_SEQUENCE | VM_TYPE_MAPPING)) == bits) return 0;
    atomic_or_relaxed(&vm_type(cls)->flags, bits);
    Value subclasses = py_call_method(cls, "__subclasses__", 0, 0);
    for (int64_t i = 0; subclasses && i < py_list_length(subclasses); i++)
        if (mark_subclasses(py_list_item(subclasses, i), bits) < 0) return -1;
    return subclasses ? 0 : -1;
}

ABC(abc_init) {
    if (compute_abstract_methods(args[0]) < 0 || take_collection_mark(args[0]) < 0) return 0;
    Value data = py_alloc_id(TYPE_ABC_DATA, 0);
    if (!data) return 0;
    REF(AbcData, data)->negative_version = current_version();
    return py_setattr(args[0], py_intern_c("_abc_impl"), data) < 0 ? 0 : VM_NONE;
}

/* ---- registration and tests -------------------------------------------------------------------------------------------------------- */

ABC(abc_register) {
    if (!py_is_type(args[1])) return py_raise(TYPE_TypeError, "Can only register classes");
    int known = py_issubclass(args[1], args[0]);
    if (known) return known < 0 ? 0 : args[1];
    int cycle = py_issubclass(args[0], args[1]);
    if (cycle) return cycle < 0 ? 0 : py_raise(TYPE_RuntimeError, "Refusing to create an inheritance cycle");
    AbcData GS *data = abc_data(args[0]);
    if (!data || add_weak(data, &data->registry, args[1]) < 0) return 0;
    SET(REF(AbcData, counter), negative_version, current_version() + 1);
    uint32_t bits = vm_type(args[0])->flags & (VM_TYPE_SEQUENCE | VM_TYPE_MAPPING);
    return mark_subclasses(args[1], bits) < 0 ? 0 : args[1];
}

/* Does a class in the registry, or a subclass found by __subclasses__, claim `subclass`? */
static int registered_or_derived(AbcData GS *data, Value cls, Value subclass) {
    Value registry = GET(data, registry);
    Value copy = registry ? py_list_from_iterable(registry) : py_list_new(0);
    for (int64_t i = 0; copy && i < py_list_length(copy); i++) {
        Value registered = py_call0(py_list_item(copy, i));
        if (!registered) return -1;
        int yes = registered == VM_NONE ? 0 : py_issubclass(subclass, registered);
        if (yes) return yes;
    }
    Value subclasses = copy ? py_call_method(cls, "__subclasses__", 0, 0) : 0;
    if (!subclasses) return -1;
    if (!py_is_list(subclasses)) return py_raise_int(TYPE_TypeError, "__subclasses__() must return a list");
    for (int64_t i = 0; i < py_list_length(subclasses); i++) {
        int yes = py_issubclass(subclass, py_list_item(subclasses, i));
        if (yes) return yes;
    }
    return 0;
}

static int compute_subclass(AbcData GS *data, Value cls, Value subclass) {
    Value hook = py_getattr(cls, py_intern_c("__subclasshook__")), answer = hook ? py_call1(hook, subclass) : 0;
    if (!answer) return -1;
    if (is_bool(answer)) return answer == VM_TRUE;
    if (answer != VM_NOT_IMPLEMENTED)
        return py_raise_int(TYPE_AssertionError, "__subclasshook__ must return either False, True, or NotImplemented");
    if (py_type_is_subtype(subclass, cls)) return 1;
    return registered_or_derived(data, cls, subclass);
}

ABC(abc_subclasscheck) {
    Value cls = args[0], subclass = args[1];
    if (!py_is_type(subclass)) return py_raise(TYPE_TypeError, "issubclass() arg 1 must be a class");
    AbcData GS *data = abc_data(cls);
    if (!data) return 0;
    int cached = has_weak(&data->cache, subclass);
    if (cached) return cached < 0 ? 0 : VM_TRUE;
    if (GET(data, negative_version) < current_version()) {
        SET(data, negative_cache, 0);
        SET(data, negative_version, current_version());
    } else if ((cached = has_weak(&data->negative_cache, subclass))) {
        return cached < 0 ? 0 : VM_FALSE;
    }
    int yes = compute_subclass(data, cls, subclass);
    if (yes < 0 || add_weak(data, yes ? &data->cache : &data->negative_cache, subclass) < 0) return 0;
    return vm_bool(yes);
}

ABC(abc_instancecheck) {
    Value cls = args[0], type = py_type_of(args[1]), subclass = py_getattr(args[1], NAME(__class__));
    AbcData GS *data = subclass ? abc_data(cls) : 0;
    if (!data) return 0;
    int cached = py_is_type(subclass) ? has_weak(&data->cache, subclass) : 0;
    if (cached) return cached < 0 ? 0 : VM_TRUE;
    Value answer = py_call_method(cls, "__subclasscheck__", 1, &subclass);
    if (!answer || subclass == type) return answer;
    int yes = py_truth(answer);
    return yes ? (yes < 0 ? 0 : answer) : py_call_method(cls, "__subclasscheck__", 1, &type);
}

/* ---- inspection ------------------------------------------------------------------------------------------------------------------------ */

static Value copy_set(Value set) {
    Value copy = py_set_new();
    return copy && (!set || py_set_update(copy, set) == 0) ? copy : 0;
}
ABC(abc_get_dump) {
    AbcData GS *data = abc_data(args[0]);
    if (!data) return 0;
    Value registry = copy_set(GET(data, registry)), cache = copy_set(GET(data, cache)), negative = copy_set(GET(data, negative_cache));
    if (!registry || !cache || !negative) return 0;
    return py_tuple_pack(4, registry, cache, negative, py_int_from_u64(GET(data, negative_version)));
}
ABC(abc_reset_registry) {
    AbcData GS *data = abc_data(args[0]);
    if (!data) return 0;
    SET(data, registry, 0);
    return VM_NONE;
}
ABC(abc_reset_caches) {
    AbcData GS *data = abc_data(args[0]);
    if (!data) return 0;
    SET(data, cache, 0);
    SET(data, negative_cache, 0);
    return VM_NONE;
}
ABC(abc_get_cache_token) { return py_int_from_u64(current_version()); }

static const PyMethodDef abc_functions[] = {
    {"get_cache_token", "($module, /)", abc_get_cache_token, 0, "Returns the current ABC cache token."},
    {"_abc_init", "($module, self, /)", abc_init, 0, "Internal ABC helper for class set-up. Should be never used outside abc module."},
    {"_abc_register", "($module, self, subclass, /)", abc_register, 0, 0},
    {"_abc_instancecheck", "($module, self, instance, /)", abc_instancecheck, 0, 0},
    {"_abc_subclasscheck", "($module, self, subclass, /)", abc_subclasscheck, 0, 0},
    {"_get_dump", "($module, self, /)", abc_get_dump, 0, 0},
    {"_reset_registry", "($module, self, /)", abc_reset_registry, 0, 0},
    {"_reset_caches", "($module, self, /)", abc_reset_caches, 0, 0},
    {0}};
static int abc_module_init(Value module) {
    (void)module;
    counter = gc_alloc_old(TYPE_ABC_DATA, 1 | GCK_MUTABLE, sizeof(AbcData));
    if (!counter) return py_raise_memory(), -1;
    vm_root_register(&counter);
    return 0;
}
const PyModuleDef py_module_abc = {.doc = "Module contains faster C implementation of abc.ABCMeta", .functions = abc_functions, .init = abc_module_init};
