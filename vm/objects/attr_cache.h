/* What inline caches ask about attributes: one place decides what an access means, the interpreter
 * (and the JIT) only replay it.
 *
 * Guards, to be compared at each use before the form is followed; an answer stays true for ever
 * while they hold, so entries are never invalidated:
 *   every form      shape_of(v) == shape
 *   all but MODULE_VALUE, and CLASS_*:
 *                   version of v's type == version
 *   MODULE_VALUE    keys_version of the module's dict == version; the type's version need not
 *                   be compared
 *   CLASS_*         version of v itself == version, and, if meta_version is not 0, of v's type == meta_version
 * Guards need no read markers: versions are guard words (stm_write_guard), and what instance.c says of shapes (I2).
 * Versions are never reused, and change with each change of the class or of a base that could
 * change an answer. One change does not: when a plain value (ATTR_CELL below) is replaced by another
 * plain value in a class's dict. Such an attribute comes as owner and index, with value 0: read it
 * each time with attr_entry. For methods and descriptors `value` is the object itself unless it is
 * young or of this transaction (then 0: use attr_entry, it is right too). */
#ifndef VM_OBJECTS_ATTR_CACHE_H
#define VM_OBJECTS_ATTR_CACHE_H

#include "vm/vm.h"

enum {
#define ATTR_FORM(name, kinds, what) ATTR_##name,
#include "vm/objects/attr_form.tbl"
#undef ATTR_FORM
    ATTR_FORM_COUNT
};

typedef struct AttrLookup {
    uint8_t form;      /* ATTR_* */
    uint32_t shape;    /* shape id of the object */
    uint32_t owner;    /* type id whose dict holds the attribute (forms TYPE_*, PROPERTY, CLASS_*) */
    uint32_t index;    /* entry number in that dict, or in the module's; item of the extra array */
    uint32_t offset;   /* bytes from the object; SHAPE_EXTRA_TAIL: the object's last word */
    uint32_t new_shape;
    uint64_t version, meta_version;
    Value value;       /* the descriptor, function or value; 0: read the entry */
    const PyGetSetDef *getset;
    bool shadows;      /* ADD_INLINE: the class has an attribute of that name */
} AttrLookup;

/* What v.name means now, for a load or a store. `name` must be interned. Never calls, never raises;
 * form GENERIC when it cannot be cached (or does not exist). */
void py_attr_lookup_load(Value v, Value name, AttrLookup *out);
void py_attr_lookup_store(Value v, Value name, AttrLookup *out);

/* The attribute in entry `index` of the dict of type `owner`, marked as read. */
static inline Value attr_entry(uint32_t owner, uint32_t index) {
    PyType GS *type = REF(PyType, vm_shapes[owner]->type->object);
    return dict_entry_value(type->dict, index);
}

/* Address of the word `extra` (or any tail word) of an object. */
static inline Value GS *attr_extra_word(Value v, uint32_t offset) {
    uintptr_t end = offset == SHAPE_EXTRA_TAIL ? gc_object_size(STM_OBJ(v)) - 8 : offset;
    return (Value GS *)((uintptr_t)v + end);
}

/* The attribute `name` of type's MRO with its place: the entry of owner's dict. False: absent. Never
 * calls. `name` interned. */
bool py_type_find(Value type, Value name, uint32_t *owner, uint32_t *index, Value *value);

#endif
