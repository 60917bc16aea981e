/* Modules, as attribute access sees them. */
#ifndef VM_OBJECTS_MODULE_OBJECT_H
#define VM_OBJECTS_MODULE_OBJECT_H

#include "vm/objects/type.h"

static inline bool module_check(Value v) { return vm_type_of(v)->solid_base == TYPE_MODULE; }
Value module_getattro(Value module, Value name);
/* With the module's own __getattr__; VM_UNBOUND: absent. May call. */
Value module_getattr_opt(Value module, Value name);
Value module_raise_missing(Value module, Value name); /* 0 */

#endif
