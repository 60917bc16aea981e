/* type.c -- type objects: versions, look-ups along the MRO with their cache, attribute access on
 * classes, calls of classes.
 *
 * I1. A type's version changes (type_modified) with every change of its own or a base's dict, bases
 *     or MRO that could change what a look-up finds or how it binds, also in every subclass. It does
 *     not when a plain value replaces a plain value (attr_is_cell): the look-up finds the same entry.
 * I2. So (version, name) -> entry of a dict is true for ever, and may be cached outside the
 *     transactions; the entry's value is read with a barrier each time.
 * I3. A class's dict is only written through type_dict_set. */
#include "stm/atomic.h"
#include "vm/objects/type.h"

#include <stdlib.h>

VmType *vm_type(Value type_object) { return type_vm(type_object); }

/* ---- versions ----------------------------------------------------------------------------------- */

static uint64_t last_version; /* atomic; never given twice, also not after an abort */

uint64_t type_next_version(void) {
    return atomic_add_relaxed(&last_version, 1) + 1;
}

void type_modified(Value type) {
    SET_GUARD(REF(PyType, type), version, type_next_version());
    Value list = GET(REF(PyType, type), subclasses);
    int64_t n = list ? py_list_length(list) : 0;
    for (int64_t i = 0; i < n; i++) type_modified(py_list_item(list, i));
}

void type_update_flags(Value type) {
    Value del = py_type_lookup(type, NAME(__del__));
    if (!del) return;
    type_set_flag(type, VM_TYPE_HAS_DEL, true);
    Value list = GET(REF(PyType, type), subclasses);
    for (int64_t i = 0; list && i < py_list_length(list); i++) type_update_flags(py_list_item(list, i));
}

/* ---- look-up -------------------------------------------------------------------------------------- */

enum { LOOKUP_CACHE = 1024, LOOKUP_SEGMENTS = 256, ABSENT = UINT32_MAX };

typedef struct LookupEntry {
    uint64_t version;
    Value name;
    uint32_t owner, index; /* owner ABSENT: the name is not there */
} LookupEntry;

/* One per segment, so that the thread on the segment has it for itself. */
static LookupEntry *lookup_caches[LOOKUP_SEGMENTS];

static LookupEntry *lookup_entry(uint64_t version, Value name) {
    LookupEntry **cache = &lookup_caches[SEG->index % LOOKUP_SEGMENTS];
    if (UNLIKELY(!*cache) && !(*cache = calloc(LOOKUP_CACHE, sizeof **cache)))
        stm_out_of_memory("out of memory for the look-up cache");
    uint64_t hash = (name >> 4) * UINT64_C(0x9E3779B97F4A7C15) + version * UINT64_C(0xC2B2AE3D27D4EB4F);
    return &(*cache)[hash >> 40 & (LOOKUP_CACHE - 1)];
}

static void find_in_mro(Value type, Value name, LookupEntry *e) {
    e->owner = ABSENT;
    Value mro = type_mro(type);
    int64_t n = mro ? tuple_length(mro) : 0;
    for (int64_t i = 0; i < n; i++) {
        Value at = tuple_item(mro, i), dict = type_dict(at);
        int64_t index = dict ? py_dict_entry_index(dict, name) : -1;
        if (index < 0) continue;
        e->owner = (uint32_t)REF(PyType, at)->id;
        e->index = (uint32_t)index;
        return;
    }
}

bool py_type_find(Value type, Value name, uint32_t *owner, uint32_t *index, Value *value) {
    uint64_t version = type_version(type);
    LookupEntry *e = lookup_entry(version, name);
    if (UNLIKELY(e->version != version || e->name != name)) {
        LookupEntry found = {version, name, 0, 0};
        find_in_mro(type, name, &found);
        *e = found;
    }
    if (e->owner == ABSENT) return false;
    *owner = e->owner;
    *index = e->index;
    *value = attr_entry(e->owner, e->index);
    return true;
}

Value py_type_lookup(Value type, Value name) {
    uint32_t owner, index;
    Value value;
    if (UNLIKELY(!REF(PyStr, name)->interned)) name = py_intern(name);
    return py_type_find(type, name, &owner, &index, &value) ? value : 0;
}

Value py_lookup_special(Value v, Value name) {
    Value type = py_type_of(v), found = py_type_lookup(type, name);
    return found ? descr_bind(found, v, type) : 0;
}

bool type_has(Value type, Value name) {
    Value found = py_type_lookup(type, name);
    return found && found != VM_NONE;
}

/* ---- whose __new__, __init__ ------------------------------------------------------------------------ */

uint32_t type_new_owner(Value type) {
    Value found = py_type_lookup(type, NAME(__new__));
    if (found && is_exactly(found, TYPE_STATICMETHOD)) found = REF(PyWrapped, found)->inner;
    if (!found || !is_exactly(found, TYPE_BUILTIN)) return 0;
    VmDef *def = vm_def(REF(PyBuiltin, found)->def_id);
    return def->is_new ? def->owner : 0;
}

uint32_t type_init_owner(Value type) {
    Value found = py_type_lookup(type, NAME(__init__));
    if (!found || !is_exactly(found, TYPE_WRAPPER_DESCR)) return 0;
    return (uint32_t)REF(PyType, REF(PyMethodDescr, found)->owner)->id;
}

Value py_type_plain_init(Value type) {
    const VmType *t = type_vm(type);
    if (py_type_of(type) != py_type(TYPE_TYPE) || type_has_flag(type, VM_TYPE_ABSTRACT) ||
        !(t->flags & VM_TYPE_HEAP) || type_new_owner(type) != TYPE_OBJECT)
        return 0;
    Value init = py_type_lookup(type, NAME(__init__));
    if (init && has_type(init, TYPE_FUNCTION)) return init;
    return type_init_owner(type) == TYPE_OBJECT ? VM_NONE : 0;
}

/* ---- calling a class ---------------------------------------------------------------------------------- */

Value type_call(Value type, const Value *args, size_t nargs, Value kwnames) {
    if (type == py_type(TYPE_TYPE)) {
        size_t named = kwnames ? (size_t)tuple_length(kwnames) : 0;
        if (nargs == 1 && !named) return py_type_of(args[0]);
        if (nargs != 3) return py_raise(TYPE_TypeError, "type() takes 1 or 3 arguments");
    }
    if (type == py_type(TYPE_STR) && nargs == 1 && !kwnames) return py_str(args[0]);
    const VmType *t = type_vm(type);
    if (!t->slots->new)
        return py_raise(TYPE_TypeError, "cannot create '%S' instances", type_full_name(type));
    Value made = t->slots->new(type, args, nargs, kwnames);
    if (!made || !py_type_is_subtype(py_type_of(made), type)) return made;
    int (*init)(Value, const Value *, size_t, Value) = slots_of(made)->init;
    const PySlots *plain = vm_shapes[TYPE_OBJECT]->type->slots;
    if (init == plain->init && py_type_of(made) == type && !(t->flags & VM_TYPE_HEAP) && t->slots->new != plain->new)
        return made; /* the type's own __new__ has seen to the arguments */
    return !init || init(made, args, nargs, kwnames) == 0 ? made : 0;
}

/* ---- attributes of classes ------------------------------------------------------------------------------ */

bool descr_has_get(Value v) {
    const VmType *t = vm_type_of(v);
    if (!(t->flags & VM_TYPE_HEAP)) return t->slots->descr_get != 0;
    return py_type_lookup(t->object, NAME(__get__)) != 0;
}

bool descr_has_set(Value v) {
    const VmType *t = vm_type_of(v);
    if (!(t->flags & VM_TYPE_HEAP)) return t->slots->descr_set != 0;
    return py_type_lookup(t->object, NAME(__set__)) || py_type_lookup(t->object, NAME(__delete__));
}

/* May one value of this sort replace another in a class's dict without a new version? */
bool attr_is_cell(Value name, Value value) {
    if (is_ref(value)) {
        const VmType *t = vm_type_of(value);
        if (t->flags & VM_TYPE_HEAP || t->slots->descr_get || t->slots->descr_set || t->slots->call)
            return false;
    }
    PyStr GS *text = REF(PyStr, name);
    return text->length < 2 || str_char(str_data(name), text->width, 0) != '_' ||
           str_char(str_data(name), text->width, 1) != '_';
}

/* Store into or delete from a class's dict; 1: was absent (delete), 0, -1. */
int type_dict_set(Value type, Value name, Value value_or_0) {
    Value dict = type_dict(type);
    if (!value_or_0) {
        int done = py_dict_delete(dict, name);
        if (done < 0) return -1;
        if (done) type_modified(type);
        return !done;
    }
    int64_t at = py_dict_entry_index(dict, name);
    if (at >= 0 && attr_is_cell(name, value_or_0) && attr_is_cell(name, dict_entry_value(dict, at))) {
        py_dict_entry_set(dict, at, value_or_0);
        return 0;
    }
    if (py_dict_set(dict, name, value_or_0) < 0) return -1;
    type_modified(type);
    if (name == NAME(__del__)) type_update_flags(type);
    return 0;
}

int py_type_setattr(Value type, Value name, Value value_or_0) {
    if (!type_is_heap(type))
        return py_raise_int(TYPE_TypeError, "cannot set %R attribute of immutable type '%S'", name,
                            type_full_name(type));
    name = py_intern(name);
    Value meta = py_type_lookup(py_type_of(type), name);
    if (meta && descr_has_set(meta)) {
        int (*set)(Value, Value, Value) = slots_of(meta)->descr_set;
        return set(meta, type, value_or_0);
    }
    int absent = type_dict_set(type, name, value_or_0);
    if (absent <= 0) return absent;
    py_raise(TYPE_AttributeError, "type object '%N' has no attribute '%S'", type, name);
    return attr_raise_named(type, name);
}

int type_setattro(Value type, Value name, Value value_or_0) {
    if (!py_is_str(name))
        return py_raise_int(TYPE_TypeError, "attribute name must be string, not '%T'", name);
    return py_type_setattr(type, name, value_or_0);
}

/* VM_UNBOUND if there is no such attribute. */
Value type_getattr_opt(Value type, Value name) {
    Value meta = py_type_of(type), meta_found = py_type_lookup(meta, name);
    if (meta_found && descr_has_set(meta_found) && descr_has_get(meta_found))
        return descr_bind(meta_found, type, meta);
    Value found = py_type_lookup(type, name);
    if (found) return descr_bind(found, 0, type);
    return meta_found ? descr_bind(meta_found, type, meta) : VM_UNBOUND;
}

Value type_getattro(Value type, Value name) {
    if (!py_is_str(name))
        return py_raise(TYPE_TypeError, "attribute name must be string, not '%T'", name);
    Value found = type_getattr_opt(type, py_intern(name));
    return found == VM_UNBOUND ? attr_raise_missing(type, name) : found;
}

/* ---- names ---------------------------------------------------------------------------------------------- */

Value py_type_name(Value type) { return GET(REF(PyType, type), name); }

Value type_module(Value type) {
    if (!type_is_heap(type)) return REF(PyType, type)->module;
    Value module = py_dict_get_str(type_dict(type), NAME(__module__));
    return module == VM_UNBOUND ? NAME(builtins) : module;
}

Value type_full_name(Value type) {
    Value module = type_module(type);
    if (!module || !py_is_str(module) || type_is_heap(type) || module == NAME(builtins))
        return py_type_name(type);
    return py_str_format("%S.%S", module, py_type_name(type));
}

Value type_repr(Value type) {
    Value module = type_module(type), qualname = GET(REF(PyType, type), qualname);
    if (!module) return 0;
    if (!py_is_str(module) || py_str_equal(module, NAME(builtins)))
        return py_str_format("<class '%S'>", type_is_heap(type) ? qualname : py_type_name(type));
    return py_str_format("<class '%S.%S'>", module, qualname);
}
