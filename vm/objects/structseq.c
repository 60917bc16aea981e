/* Named tuples of C modules: see structseq.h. */
#include "vm/objects/structseq.h"
#include "vm/objects/type.h"

static uint8_t visible_fields[TYPE_BUILTIN_COUNT];

#define DEFINE_GETTER(i)                                                                                              \
    Value structseq_get_##i(Value self) { return REF(PyTuple, self)->items[i]; }
STRUCTSEQ_GETTERS(DEFINE_GETTER)
#undef DEFINE_GETTER

static size_t field_count(const PyTypeSpec *spec) {
    size_t n = 0;
    while (spec->getsets[n].name) n++;
    return n;
}

Value py_structseq_new(uint32_t type_id, const Value *values, size_t total, size_t visible) {
    Value self = py_alloc_id(type_id, total * sizeof(Value));
    if (!self) return 0;
    PyTuple GS *tuple = REF(PyTuple, self);
    tuple->length = (int64_t)visible;
    for (size_t i = 0; i < total; i++) tuple->items[i] = values[i];
    return self;
}

Value py_structseq_repr(Value self) {
    const PyGetSetDef *fields = vm_type_of(self)->spec->getsets;
    Value parts = py_list_new(0);
    for (int64_t i = 0; parts && i < tuple_length(self); i++) { /* items without a name are called as the fields after them */
        while (py_structseq_is_unnamed(fields)) fields++;
        Value part = py_str_format("%s=%R", fields++->name, tuple_item(self, i));
        if (!part || py_list_append(parts, part) < 0) return 0;
    }
    Value joined = parts ? py_str_join(py_intern_c(", "), parts) : 0;
    Value name = joined ? type_full_name(py_type_of(self)) : 0;
    return name ? py_str_format("%S(%S)", name, joined) : 0;
}

Value py_structseq_make(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    VmType *type = vm_type(args[0]);
    size_t total = field_count(type->spec), visible = visible_fields[type->id];
    if (args[2] && !py_is_dict(args[2]))
        return py_raise(TYPE_TypeError, "%S() takes a dict as second arg, if any", type_full_name(args[0]));
    Value sequence = py_tuple_from_iterable(args[1]);
    if (!sequence) return 0;
    size_t given = (size_t)tuple_length(sequence);
    if (given < visible || given > total) {
        const char *bound = total == visible ? "a" : given < visible ? "an at least" : "an at most";
        return py_raise(TYPE_TypeError, "%S() takes %s %zu-sequence (%zu-sequence given)", type_full_name(args[0]), bound,
                        given < visible ? visible : total, given);
    }
    Value values[64];
    for (size_t i = 0; i < total; i++) {
        values[i] = i < given ? tuple_item(sequence, (int64_t)i) : VM_NONE;
        if (i < given || !args[2]) continue;
        Value named = py_dict_get(args[2], py_intern_c(type->spec->getsets[i].name));
        if (!named) return 0;
        if (named != VM_UNBOUND) values[i] = named;
    }
    return py_structseq_new(type->id, values, total, visible);
}

/* (type, (visible items, {hidden name: value})) */
static Value structseq_reduce(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    const PyTypeSpec *spec = vm_type_of(args[0])->spec;
    PyTuple GS *tuple = REF(PyTuple, args[0]);
    Value items = py_tuple_new((size_t)tuple->length), hidden = py_dict_new();
    if (!items || !hidden) return 0;
    for (int64_t i = 0; i < tuple->length; i++) REF(PyTuple, items)->items[i] = tuple->items[i];
    for (size_t i = (size_t)tuple->length; i < field_count(spec); i++)
        if (py_dict_set_c(hidden, spec->getsets[i].name, tuple->items[i]) < 0) return 0;
    Value arguments = py_tuple_pack(2, items, hidden);
    return arguments ? py_tuple_pack(2, py_type_of(args[0]), arguments) : 0;
}
const PyMethodDef py_structseq_methods[] = {{"__reduce__", "($self, /)", structseq_reduce, 0, 0}, {0}};

void py_structseq_register(uint32_t type_id, size_t visible) {
    const PyTypeSpec *spec = vm_shapes[type_id]->type->spec;
    size_t total = field_count(spec);
    visible_fields[type_id] = (uint8_t)visible;
    size_t unnamed = 0;
    for (size_t i = 0; i < total; i++) unnamed += py_structseq_is_unnamed(&spec->getsets[i]);
    Value dict = REF(PyType, py_type(type_id))->dict, names = py_tuple_new(visible - unnamed);
    for (size_t i = 0, at = 0; i < visible; i++)
        if (!py_structseq_is_unnamed(&spec->getsets[i]))
            REF(PyTuple, names)->items[at++] = py_intern_c(spec->getsets[i].name);
    py_dict_set_c(dict, "n_sequence_fields", int_make((int64_t)visible));
    py_dict_set_c(dict, "n_fields", int_make((int64_t)total));
    py_dict_set_c(dict, "n_unnamed_fields", int_make((int64_t)unnamed));
    py_dict_set_c(dict, "__match_args__", names);
}
