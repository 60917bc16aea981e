/* attr_cache.c -- what an attribute access means, for inline caches: see attr_cache.h. */
#include "vm/objects/type.h"
#include "vm/objects/module_object.h"

/* May a cache hold the reference itself? An old object never moves, and lives as long as the class
 * that refers to it has this version. */
static Value holdable(Value v) { return is_ref(v) && gc_is_young(v) ? 0 : v; }

static bool plain_load(const VmType *t) {
    if (!(t->flags & VM_TYPE_HEAP)) return t->slots->getattro == py_generic_getattr;
    Value method = py_type_lookup(t->object, NAME(__getattribute__));
    const PySlots *slots = descr_wrapped_slots(method, NAME(__getattribute__), t->object);
    return slots && slots->getattro == py_generic_getattr;
}

static bool plain_store(const VmType *t) {
    if (!(t->flags & VM_TYPE_HEAP)) return t->slots->setattro == py_generic_setattr;
    Value method = py_type_lookup(t->object, NAME(__setattr__));
    const PySlots *slots = descr_wrapped_slots(method, NAME(__setattr__), t->object);
    return slots && slots->setattro == py_generic_setattr;
}

static const PyGetSetDef *getset_def(Value descr) {
    PyMethodDescr GS *d = REF(PyMethodDescr, descr);
    return d->extra_raw ? &vm_shapes[d->extra_raw]->type->spec->getsets[d->def_id] : 0;
}

/* The slot of a data descriptor that needs no call of its __get__; form GENERIC otherwise, also where the descriptor
 * is another type's and so raises. */
static void data_descriptor(Value type, Value descr, AttrLookup *out) {
    switch (shape_of(descr)) {
    case TYPE_PROPERTY:
        out->form = ATTR_PROPERTY;
        out->value = holdable(descr);
        break;
    case TYPE_MEMBER_DESCR:
        if (!py_type_is_subtype(type, REF(PyMemberDescr, descr)->owner)) break;
        if (REF(PyMemberDescr, descr)->kind == MEMBER_NAMED) break;
        if (REF(PyMemberDescr, descr)->kind != MEMBER_WORD) {
            out->getset = getset_def(descr);
            out->form = ATTR_GETSET;
            break;
        }
        out->form = ATTR_MEMBER;
        out->offset = (uint32_t)REF(PyMemberDescr, descr)->offset;
        break;
    case TYPE_GETSET_DESCR:
        if (!py_type_is_subtype(type, REF(PyMethodDescr, descr)->owner) || !(out->getset = getset_def(descr))) break;
        out->form = ATTR_GETSET;
        break;
    default: break;
    }
}

static bool own_slot(const VmShape *shape, Value name, AttrLookup *out) {
    int i = shape_find(shape, name);
    if (i < 0) return false;
    if ((uint32_t)i < shape->inline_slots) {
        out->form = ATTR_OWN_INLINE;
        out->offset = shape->extra_offset + 8 + 8 * (uint32_t)i;
    } else {
        out->form = ATTR_OWN_EXTRA;
        out->offset = shape->extra_offset;
        out->index = (uint32_t)i - shape->inline_slots;
    }
    return true;
}

/* A class attribute that is no data descriptor, found for an instance. */
static void class_attribute(Value name, Value found, AttrLookup *out) {
    switch (shape_of(found)) {
    case TYPE_FUNCTION: case TYPE_METHOD_DESCR: case TYPE_WRAPPER_DESCR:
        out->form = ATTR_TYPE_METHOD;
        out->value = holdable(found);
        return;
    case TYPE_STATICMETHOD:
    case TYPE_CLASSMETHOD: {
        Value inner = holdable(REF(PyWrapped, found)->inner);
        bool is_static = shape_of(found) == TYPE_STATICMETHOD;
        if (!inner || (!is_static && !has_type(inner, TYPE_FUNCTION))) return;
        out->form = is_static ? ATTR_TYPE_VALUE : ATTR_TYPE_CLASSMETHOD;
        out->value = inner;
        return;
    }
    default:
        if (descr_has_get(found)) return;
        out->form = ATTR_TYPE_VALUE;
        out->value = attr_is_cell(name, found) ? 0 : holdable(found);
    }
}

static void load_instance(Value v, Value name, AttrLookup *out) {
    const VmShape *shape = vm_shapes[out->shape];
    const VmType *t = shape->type;
    if (!plain_load(t)) return;
    Value found = 0;
    bool exists = py_type_find(t->object, name, &out->owner, &out->index, &found);
    out->version = type_version(t->object);
    if (exists && descr_has_set(found)) {
        if (descr_has_get(found)) data_descriptor(t->object, found, out);
        return;
    }
    if (is_ref(v) && t->flags & VM_TYPE_HAS_DICT) {
        if (shape->dict_mode || own_slot(shape, name, out)) return;
    }
    if (exists) class_attribute(name, found, out);
}

static void load_class(Value type, Value name, AttrLookup *out) {
    const VmType *meta = vm_type_of(type);
    Value found, meta_found = py_type_lookup(meta->object, name);
    if (meta->flags & VM_TYPE_HEAP) {
        Value method = py_type_lookup(meta->object, NAME(__getattribute__));
        if (!method || !is_exactly(method, TYPE_WRAPPER_DESCR) ||
            REF(PyMethodDescr, method)->owner != py_type(TYPE_TYPE))
            return;
        out->meta_version = type_version(meta->object);
    }
    if (meta_found && descr_has_set(meta_found)) return;
    if (!py_type_find(type, name, &out->owner, &out->index, &found)) return;
    out->version = type_version(type);
    switch (shape_of(found)) {
    case TYPE_FUNCTION: case TYPE_METHOD_DESCR: case TYPE_WRAPPER_DESCR:
        out->form = ATTR_CLASS_VALUE;
        out->value = holdable(found);
        return;
    case TYPE_STATICMETHOD:
    case TYPE_CLASSMETHOD: {
        Value inner = holdable(REF(PyWrapped, found)->inner);
        bool is_static = shape_of(found) == TYPE_STATICMETHOD;
        if (!inner || (!is_static && !has_type(inner, TYPE_FUNCTION))) return;
        out->form = is_static ? ATTR_CLASS_VALUE : ATTR_CLASS_METHOD;
        out->value = inner;
        return;
    }
    default:
        if (descr_has_get(found)) return;
        out->form = ATTR_CLASS_VALUE;
        out->value = attr_is_cell(name, found) ? 0 : holdable(found);
    }
}

static void module_entry(Value module, Value name, AttrLookup *out) {
    Value found = py_type_lookup(py_type(TYPE_MODULE), name), dict = py_module_dict(module);
    if (!dict || (found && descr_has_set(found))) return;
    int64_t at = py_dict_entry_index(dict, name);
    if (at < 0) return;
    out->form = ATTR_MODULE_VALUE;
    out->index = (uint32_t)at;
    out->version = py_dict_keys_version(dict);
}

static void lookup_start(Value v, AttrLookup *out) {
    *out = (AttrLookup){.form = ATTR_GENERIC, .shape = shape_of(v)};
    if (is_ref(v)) stm_read(STM_OBJ(v));
}

void py_attr_lookup_load(Value v, Value name, AttrLookup *out) {
    lookup_start(v, out);
    if (is_ref(v) && py_is_type(v))
        load_class(v, name, out);
    else if (out->shape == TYPE_MODULE)
        module_entry(v, name, out);
    else
        load_instance(v, name, out);
}

void py_attr_lookup_store(Value v, Value name, AttrLookup *out) {
    lookup_start(v, out);
    VmShape *shape = vm_shapes[out->shape];
    const VmType *t = shape->type;
    if (!is_ref(v) || py_is_type(v)) return;
    if (out->shape == TYPE_MODULE) {
        module_entry(v, name, out);
        return;
    }
    if (!plain_store(t)) return;
    Value found = 0;
    bool exists = py_type_find(t->object, name, &out->owner, &out->index, &found);
    out->version = type_version(t->object);
    if (exists && descr_has_set(found)) {
        data_descriptor(t->object, found, out);
        if (out->form == ATTR_GETSET && !out->getset->set) out->form = ATTR_GENERIC;
        return;
    }
    if (!(t->flags & VM_TYPE_HAS_DICT) || shape->dict_mode || own_slot(shape, name, out)) return;
    VmShape *wider = shape_add(shape, name);
    if (!wider || shape->slot_count >= shape->inline_slots) return;
    out->form = ATTR_ADD_INLINE;
    out->shadows = exists;
    out->offset = shape->extra_offset + 8 + 8 * shape->slot_count;
    out->new_shape = wider->id;
}
