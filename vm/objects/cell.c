/* Cells of closures. */
#include "vm/objects/type.h"

static Value cell_new(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value v = py_alloc(args[0], 0);
    if (v) REF(PyCell, v)->value = args[1] ? args[1] : VM_UNBOUND;
    return v;
}

static Value cell_repr(Value self) {
    Value value = GET(REF(PyCell, self), value);
    void *at = (void *)gc_id(self);
    if (value == VM_UNBOUND) return py_str_format("<cell at %p: empty>", at);
    return py_str_format("<cell at %p: %T object at %p>", at, value,
                         (void *)(is_ref(value) ? gc_id(value) : value));
}

static Value cell_compare(Value a, Value b, int op) {
    if (!is_exactly(b, TYPE_CELL)) return VM_NOT_IMPLEMENTED;
    Value x = GET(REF(PyCell, a), value), y = GET(REF(PyCell, b), value);
    if (x != VM_UNBOUND && y != VM_UNBOUND) return py_compare(x, y, op);
    return py_compare(int_make(x != VM_UNBOUND), int_make(y != VM_UNBOUND), op);
}

static Value cell_get(Value self) {
    Value value = GET(REF(PyCell, self), value);
    return value == VM_UNBOUND ? py_raise(TYPE_ValueError, "Cell is empty") : value;
}

static int cell_set(Value self, Value value) {
    SET(REF(PyCell, self), value, value ? value : VM_UNBOUND);
    return 0;
}

static const PyGetSetDef cell_getsets[] = {{"cell_contents", cell_get, cell_set, 0}, {0}};

const PyTypeSpec py_spec_cell = {
    .doc = "Create a new cell object.\n\n  contents\n    the contents of the cell. If not specified, the cell will be empty,\n"
           "    and further attempts to access its cell_contents attribute will\n    raise a ValueError.",
    .slots = {.repr = cell_repr, .richcompare = cell_compare, .hash = py_hash_unhashable},
    .getsets = cell_getsets,
    .new_signature = "(contents=<unrepresentable>, /)",
    .new_fn = cell_new,
};
