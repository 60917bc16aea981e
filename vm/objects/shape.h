/* Shapes (hidden classes): which attributes an instance has and where. C memory, shared by all
 * threads, append-only: see shape.c. Names are interned strings. */
#ifndef VM_OBJECTS_SHAPE_H
#define VM_OBJECTS_SHAPE_H

#include "vm/objects/attr_cache.h"

enum {
    SHAPE_MAX_SLOTS = 128,        /* attributes of one shape; beyond: dictionary mode */
    SHAPE_MAX_KIDS = 128,         /* transitions from one shape */
    SHAPE_MAX_PER_TYPE = 4096,    /* shapes of one type */
    SHAPE_FIRST_INLINE = 4,       /* inline slots of a new class */
    SHAPE_MAX_INLINE = 20,        /* the most that a class may learn */
    SHAPE_ID_LIMIT = 1 << 24      /* ids in all */
};

/* Reserves the table of ids. Once, before anything else of vm. */
void shape_tables_init(void);
/* A shape and its type for built-in type `id`, or with id 0 for a new class: both get the next id. */
VmType *shape_new_type(uint32_t id);
/* The shape without attributes for `inline_slots` inline slots of the type. */
VmShape *shape_root(VmType *type, uint32_t inline_slots);
/* New instances of the type get so many inline slots from here on: their shape. */
VmShape *shape_widen(VmType *type, uint32_t inline_slots);
/* The shape of instances in dictionary mode. */
VmShape *shape_dict_mode(VmType *type);
/* Number of the attribute's slot, or -1. Lock-free. */
int shape_find(const VmShape *shape, Value name);
/* The shape with one attribute more, 0 when a cap is reached: then the instance gets a dictionary. */
VmShape *shape_add(VmShape *shape, Value name);
/* The attribute names in slot order; `out` has room for slot_count. */
void shape_names(const VmShape *shape, Value *out);
/* While a type is made: the names of its __slots__ (a list of interned strings, or 0). */
void shape_set_members(VmType *type, Value names_or_0);
/* While a type is made: its layout or root shape is set, alloc_size follows. */
void shape_set_root(VmType *type, VmShape *root);

static inline uint64_t shape_mark(Value v) { /* the shape id, with the header marked as read */
    stm_read(STM_OBJ(v));
    return STM_OBJ(v)->shape;
}

/* ---- attributes of an instance by its shape (instance.c) ----------------------------------------
 * `name` is interned, v a reference. None looks at the class. */

bool instance_has_attributes(Value v);
Value instance_get(Value v, Value name); /* VM_UNBOUND: absent; 0: error (odd keys in the dict) */
int instance_set(Value v, Value name, Value value);
int instance_delete(Value v, Value name); /* 1 deleted, 0 absent, -1 */
Value instance_dict(Value v);             /* the dict, made if need be: dictionary mode from now on */
int instance_set_dict(Value v, Value dict);
Value instance_dict_copy(Value v); /* a new dict, without changing the mode (__getstate__, copy) */
int64_t instance_count(Value v);   /* number of attributes */
/* Make v an instance of `type` (layouts agree): __class__ assignment. */
int instance_set_class(Value v, VmType *type);

#endif
