/* Parametrised types: what generic_alias.c and union.c share. */
#ifndef VM_OBJECTS_GENERIC_ALIAS_H
#define VM_OBJECTS_GENERIC_ALIAS_H

#include "vm/vm.h"

/* The type variables in args, each once, in order: a tuple. May call. */
Value generic_parameters_may_call(Value args);
/* args with the parameters replaced by `item` (one or a tuple); `self` is for messages. May call. */
Value generic_substitute_may_call(Value self, Value args, Value parameters, Value item);
/* Appends how v shows inside a repr: classes by their qualified name, ... as "...". */
int generic_repr_item(PyStrBuilder *b, Value v);
Value py_union_new(Value members); /* from a flat tuple, duplicates dropped; one member: that itself */

#endif
