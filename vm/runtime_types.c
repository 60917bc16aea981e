/* runtime_types.c -- start-up: every row of types.tbl becomes a type.
 *
 * Two steps, because strings and dicts are objects of such types: first the C side (VmType, shape,
 * inherited slots) and the bare type objects with their bases and MROs; later names and attributes.
 * Built-in types never change afterwards, except for their versions and lists of subclasses. */
#include "vm/objects/type.h"
#include "vm/objects/structseq.h"
#include "vm/objects/weakref.h"
#include "vm/layouts.h"

#include <stdlib.h>

enum { B = 1, M = 2, V = 4, W = 8, S = 16, D = 32 };

typedef struct TypeRow {
    const char *name;
    uint32_t base, size, flags;
    const PyTypeSpec *spec;
} TypeRow;

static const TypeRow rows[TYPE_BUILTIN_COUNT] = {
#define NONE 0
#define TYPE(id, cname, name, base, layout, flags)                                                 \
    [TYPE_##id] = {name, TYPE_##base, sizeof(layout), flags, &py_spec_##cname},
#include "vm/types.tbl"
#undef TYPE
#undef NONE
};

const uint32_t vm_immediate_shapes[8] = {
    [VM_FALSE >> 3] = TYPE_BOOL,       [VM_TRUE >> 3] = TYPE_BOOL,
    [VM_NONE >> 3] = TYPE_NONETYPE,    [VM_NOT_IMPLEMENTED >> 3] = TYPE_NOTIMPL,
    [VM_ELLIPSIS >> 3] = TYPE_ELLIPSIS, [VM_UNBOUND >> 3] = TYPE_OBJECT,
    [VM_STOP >> 3] = TYPE_OBJECT,      [7] = TYPE_OBJECT};

/* ---- the C side ------------------------------------------------------------------------------ */

static uint32_t type_row_flags(uint32_t id) {
    uint32_t flags = rows[id].flags, out = 0;
    if (flags & B) out |= VM_TYPE_BASE;
    if (flags & M) out |= VM_TYPE_MUTABLE;
    if (flags & V) out |= VM_TYPE_VARSIZE;
    if (flags & W) out |= VM_TYPE_WEAKREF;
    if (flags & S) out |= VM_TYPE_SEQUENCE;
    if (flags & D) out |= VM_TYPE_MAPPING;
    switch (id) {
    case TYPE_INT: return out | VM_TYPE_INT_SUB;
    case TYPE_STR: return out | VM_TYPE_STR_SUB;
    case TYPE_BYTES: return out | VM_TYPE_BYTES_SUB;
    case TYPE_TUPLE: return out | VM_TYPE_TUPLE_SUB;
    case TYPE_LIST: return out | VM_TYPE_LIST_SUB;
    case TYPE_DICT: return out | VM_TYPE_DICT_SUB;
    case TYPE_TYPE: return out | VM_TYPE_TYPE_SUB;
    case TYPE_FLOAT: return out | VM_TYPE_FLOAT_SUB;
    case TYPE_SET: case TYPE_FROZENSET: return out | VM_TYPE_SET_SUB;
    case TYPE_BaseException: return out | VM_TYPE_EXCEPTION;
    default: return out;
    }
}

enum { /* flags that subtypes have too */
       INHERITED_FLAGS = VM_TYPE_VARSIZE | VM_TYPE_EXCEPTION | VM_TYPE_MAPPING | VM_TYPE_SEQUENCE |
                         VM_TYPE_INT_SUB | VM_TYPE_STR_SUB | VM_TYPE_BYTES_SUB | VM_TYPE_TUPLE_SUB |
                         VM_TYPE_LIST_SUB | VM_TYPE_DICT_SUB | VM_TYPE_TYPE_SUB | VM_TYPE_FLOAT_SUB |
                         VM_TYPE_SET_SUB
};

/* The spec's slots, and the base's where the spec has none. __hash__ follows __eq__: a type that
 * compares in its own way does not inherit the base's hash. object's __new__ is inherited by types
 * that have an __init__ only; others without __new__ cannot be made from Python. */
static const PySlots *slots_inherit(VmType *type, const PyTypeSpec *spec, const VmType *base) {
    PySlots *slots = malloc(sizeof *slots);
    if (!slots) stm_out_of_memory("out of memory for types");
    *slots = spec->slots;
    if (spec->new_fn) slots->new = type_new_bound;
    if (!base) return slots;
    const PySlots *from = base->slots;
    if (spec->slots.richcompare && !spec->slots.hash) slots->hash = py_hash_unhashable;
    if (!slots->new && base->id == TYPE_OBJECT && !spec->slots.init) type->flags |= VM_TYPE_NO_NEW;
#define SLOT(field, kind, name, reflected)                                                         \
    if (!slots->field) slots->field = from->field;
#include "vm/slots.tbl"
#undef SLOT
    if (type->flags & VM_TYPE_NO_NEW) slots->new = 0;
    if (!slots->get_buffer) {
        slots->get_buffer = from->get_buffer;
        slots->release_buffer = from->release_buffer;
    }
    return slots;
}

/* Where instances keep their attributes. */
static void type_place_extra(VmType *type, VmShape *root, bool has_dict) {
    if (has_dict || type->id == TYPE_MODULE) type->flags |= VM_TYPE_HAS_DICT;
    if (type->id == TYPE_MODULE) { /* its dict is the attributes' place */
        root->extra_offset = offsetof(PyModule, dict);
        root->dict_mode = 1;
    } else if (type->id == TYPE_FUNCTION) {
        type->layout_size = type->basic_size = offsetof(PyFunction, extra);
        root->extra_offset = offsetof(PyFunction, extra);
    } else if (has_dict) {
        root->extra_offset = type->flags & VM_TYPE_VARSIZE ? SHAPE_EXTRA_TAIL : type->layout_size;
    }
    shape_set_root(type, root);
}

static void type_make(uint32_t id) {
    const TypeRow *row = &rows[id];
    VmType *type = shape_new_type(id), *base = row->base ? vm_shapes[row->base]->type : 0;
    type->flags = type_row_flags(id) | (base ? base->flags & INHERITED_FLAGS : 0);
    type->basic_size = type->layout_size = row->size;
    type->kind = (uint8_t)(row->spec->raw_words | (type->flags & VM_TYPE_MUTABLE ? GCK_MUTABLE : 0));
    type->solid_base = id;
    type->layout_type = base && base->layout_size == row->size ? base->layout_type : id;
    type->spec = row->spec;
    type->slots = slots_inherit(type, row->spec, base);
    bool has_dict = row->spec->has_dict || id == TYPE_FUNCTION || (base && base->flags & VM_TYPE_HAS_DICT);
    type_place_extra(type, vm_shapes[id], has_dict);
}

/* ---- type objects ------------------------------------------------------------------------------ */

static void type_make_object(uint32_t id) {
    StmRef ref = gc_alloc_old(TYPE_TYPE, 3 | GCK_MUTABLE, sizeof(PyType));
    if (!ref) stm_out_of_memory("no memory for the built-in types");
    PyType GS *type = REF(PyType, ref);
    type->id = id;
    type->version = type_next_version();
    vm_shapes[id]->type->object = ref;
}

enum { MAX_BASES = 3 };
static const uint32_t more_bases[TYPE_BUILTIN_COUNT][MAX_BASES] = {
#define BASES(id, ...) [TYPE_##id] = {__VA_ARGS__},
#include "vm/bases.tbl"
#undef BASES
};
static size_t type_bases(uint32_t id, Value *bases) {
    size_t n = 0;
    while (n < MAX_BASES && more_bases[id][n]) bases[n] = py_type(more_bases[id][n]), n++;
    if (n == 0 && rows[id].base) bases[n++] = py_type(rows[id].base);
    return n;
}

static void type_link(uint32_t id) {
    Value self = py_type(id), mro[16];
    PyType GS *type = REF(PyType, self);
    uint32_t base = rows[id].base;
    SET(type, base, base ? py_type(base) : VM_NONE);
    Value bases[MAX_BASES];
    size_t n = type_bases(id, bases);
    Value tuple = py_tuple_from(bases, n);
    SET(type, bases, tuple);
    n = 0;
    for (uint32_t at = id; at; at = rows[at].base) mro[n++] = py_type(at);
    Value order = tuple_length(tuple) > 1 ? type_mro_linearize(self, tuple) : py_tuple_from(mro, n);
    SET(type, mro, order);
}

void vm_types_init_early(void) {
    shape_tables_init();
    for (uint32_t id = 1; id < TYPE_BUILTIN_COUNT; id++) type_make(id);
    for (uint32_t id = 1; id < TYPE_BUILTIN_COUNT; id++) type_make_object(id);
    for (uint32_t id = 1; id < TYPE_BUILTIN_COUNT; id++) type_link(id);
}

/* ---- names and attributes ------------------------------------------------------------------------ */

static const char *const members[TYPE_BUILTIN_COUNT] = {
#define MEMBERS(id, names) [TYPE_##id] = names,
#include "vm/members.tbl"
#undef MEMBERS
};

static bool is_member(uint32_t id, const char *name) {
    if (rows[id].base == TYPE_TUPLE) return true;
    size_t n = strlen(name);
    for (const char *at = members[id]; at && (at = strstr(at, name)); at += n)
        if ((at == members[id] || at[-1] == ' ') && (at[n] == ' ' || !at[n])) return true;
    return false;
}

static void type_add_getsets(uint32_t id, Value dict) {
    const PyGetSetDef *g = rows[id].spec->getsets;
    for (; g && g->name; g++) {
        if (rows[id].base == TYPE_TUPLE && py_structseq_is_unnamed(g)) continue;
        uint32_t kind = is_member(id, g->name) ? TYPE_MEMBER_DESCR : TYPE_GETSET_DESCR;
        Value name = py_intern_c(g->name), descr = py_alloc_id(kind, 0);
        PyMethodDescr GS *d = REF(PyMethodDescr, descr);
        d->def_id = (uint64_t)(g - rows[id].spec->getsets);
        d->extra_raw = id;
        d->owner = py_type(id);
        d->name = name;
        py_dict_set(dict, name, descr);
    }
}

static void type_name_it(uint32_t id) {
    const TypeRow *row = &rows[id];
    PyType GS *type = REF(PyType, py_type(id));
    const char *dot = strrchr(row->name, '.');
    Value name = py_intern_c(dot ? dot + 1 : row->name), module;
    SET(type, name, name);
    SET(type, qualname, name);
    if (row->spec->module)
        module = py_intern_c(row->spec->module);
    else if (dot)
        module = py_intern(py_str_new(row->name, (size_t)(dot - row->name)));
    else
        module = NAME(builtins);
    SET(type, module, module);
}

/* Instances of the type have attributes, those of its base have none: then __dict__ is the type's own. */
static void type_add_dict_getset(uint32_t id, Value dict) {
    const VmType *type = vm_shapes[id]->type;
    bool base_has = rows[id].base && vm_shapes[rows[id].base]->type->flags & VM_TYPE_HAS_DICT;
    if (type->flags & VM_TYPE_HAS_DICT && !base_has)
        py_dict_setdefault(dict, NAME(__dict__), descr_new_dict_getset(type->object));
}

/* The text after CPython's "name(signature)\n--\n\n" prefix, if the doc has one. */
static Value type_doc(const PyTypeSpec *spec) {
    if (!spec->doc) return VM_NONE;
    const char *end = strstr(spec->doc, "\n--\n\n");
    return py_str_c(end ? end + 5 : spec->doc);
}

static void type_fill(uint32_t id) {
    const PyTypeSpec *spec = rows[id].spec;
    Value dict = py_dict_new(), self = py_type(id);
    SET(REF(PyType, self), dict, dict);
    descr_add_slot_wrappers(id, dict);
    descr_add_methods(id, dict);
    type_add_getsets(id, dict);
    type_add_dict_getset(id, dict);
    Value doc = type_doc(spec);
    SET(REF(PyType, self), doc, doc);
    if (id != TYPE_TYPE) py_dict_setdefault(dict, NAME(__doc__), doc);
    Value bases[MAX_BASES];
    size_t n = type_bases(id, bases);
    for (size_t i = 0; i < n; i++)
        if (type_add_subclass(bases[i], self) < 0) stm_out_of_memory("no memory for the built-in types");
}

void vm_types_init(void) {
    descr_init();
    weakref_events_init();
    for (uint32_t id = 1; id < TYPE_BUILTIN_COUNT; id++) type_name_it(id);
    for (uint32_t id = 1; id < TYPE_BUILTIN_COUNT; id++) type_fill(id);
}

void vm_types_visit(GcVisitor *visitor) {
    for (uint32_t id = 1; id < TYPE_BUILTIN_COUNT; id++)
        gc_visit(visitor, &vm_shapes[id]->type->object, 1);
}
