/* Named tuples made by C modules (time.struct_time, os.stat_result, sys.version_info ...): rows of types.tbl with base TUPLE and
 * flag V, whose PyTypeSpec lists the fields as getsets: {"tm_year", structseq_get_0}, ... in order. Fields beyond the visible ones lie
 * behind the tuple's length. A name that begins with an underscore stands for a field without one: an item alone. */
#ifndef VM_OBJECTS_STRUCTSEQ_H
#define VM_OBJECTS_STRUCTSEQ_H

#include "vm/vm.h"

/* An instance from `total` values, of which the first `visible` are the tuple's items. */
Value py_structseq_new(uint32_t type_id, const Value *values, size_t total, size_t visible);
Value py_structseq_repr(Value self);
static inline bool py_structseq_is_unnamed(const PyGetSetDef *field) { return field->name[0] == '_'; }
/* new_fn with signature STRUCTSEQ_SIGNATURE: from a sequence of between visible and total items. visible is kept in a
 * table by type id: structseq_register. */
Value py_structseq_make(const Value *args, size_t nargs, Value kwnames);
void py_structseq_register(uint32_t type_id, size_t visible); /* at module init: also n_fields etc. on the type */
extern const PyMethodDef py_structseq_methods[];
#define STRUCTSEQ_SIGNATURE "(sequence, dict=None)"

#define STRUCTSEQ_GETTERS(X)                                                                                          \
    X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) X(18) X(19) X(20)    \
    X(21) X(22) X(23) X(24)
#define DECLARE_GETTER(i) Value structseq_get_##i(Value self);
STRUCTSEQ_GETTERS(DECLARE_GETTER)
#undef DECLARE_GETTER
#define STRUCTSEQ_SPEC(c_name, text, fields, module_name)                                                             \
    const PyTypeSpec py_spec_##c_name = {.doc = text,                                                                 \
                                         .slots = {.repr = py_structseq_repr},                                        \
                                         .methods = py_structseq_methods,                                             \
                                         .getsets = fields,                                                           \
                                         .new_signature = STRUCTSEQ_SIGNATURE,                                        \
                                         .new_fn = py_structseq_make,                                                 \
                                         .raw_words = 1,                                                              \
                                         .module = module_name}

#endif
