/* The functions behind the methods of str (str_methods.tbl says which). */
#ifndef VM_OBJECTS_STR_METHODS_H
#define VM_OBJECTS_STR_METHODS_H

#include "vm/objects/str.h"

#define METHOD(name, signature, flags, doc) PyFn_decl(str_method_##name);
#define PyFn_decl(function)                 Value function(const Value *args, size_t nargs, Value kwnames)
#include "vm/objects/str_methods.tbl"
#undef METHOD
#undef PyFn_decl

#endif
