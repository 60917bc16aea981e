/* What other files need of the exception objects, beyond vm.h. */
#ifndef VM_OBJECTS_EXCEPTIONS_H
#define VM_OBJECTS_EXCEPTIONS_H

#include "vm/vm.h"

Value py_exception_args(Value self);                          /* a tuple */
int py_exception_set_traceback(Value self, Value value);      /* None or traceback */
int py_exception_set_cause(Value self, Value value);          /* also sets __suppress_context__ */
uint32_t py_oserror_type(int err);                            /* type id of OSError's subclass for an errno */

/* Part a group (or a single exception) by a class, a tuple of classes or a callable; None for an empty part. May call. */
int py_exception_group_split(Value self, Value condition, Value *match, Value *rest);

#endif
