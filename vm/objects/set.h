/* What the files of set and frozenset share. Storage: hash_table.h with SET_SHIFT. */
#ifndef VM_OBJECTS_SET_H
#define VM_OBJECTS_SET_H

#include "vm/objects/hash_table.h"

static inline bool is_any_set(Value v) { /* set, frozenset and subclasses */
    return is_ref(v) && type_flag(v, VM_TYPE_SET_SUB);
}
static inline bool is_frozen(Value v) { return py_is_instance_of(v, TYPE_FROZENSET); }
/* A new set of the same kind (set or frozenset, no subclass) with the same items, or empty. */
Value set_copy_of(Value set);
Value set_empty_like(Value set);
/* A set with the items of any iterable; a set or frozenset is returned as it is. May call. */
Value set_from_any(Value iterable);
/* The in-place operations; `other` any set. 0 or -1. May call. */
int set_merge(Value set, Value other);
int set_remove_all(Value set, Value other);
int set_keep_common(Value set, Value other);
int set_toggle_all(Value set, Value other);
int set_is_subset(Value a, Value b); /* 1, 0, -1 */
Value set_iter(Value self);

#endif
