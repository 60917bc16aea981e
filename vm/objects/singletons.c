/* singletons.c -- the types of None, NotImplemented and Ellipsis: immediates, one value each. The empty bytes and frozenset: constants. */
#include "stm/atomic.h"
#include "vm/front/compiler.h"
#include "vm/objects/type.h"

/* The object that all threads agree on: the first that is made. */
static Value keep_first(Value *single, Value made) {
    Value known = 0;
    if (!made) return 0;
    return atomic_cas_acqrel(single, &known, made) ? made : known; /* publishes the object; pairs with the loads below */
}

Value py_bytes_empty(void) {
    static Value single;
    Value known = atomic_load_acquire(&single);
    return known ? known : keep_first(&single, gc_alloc_permanent(TYPE_BYTES, GC_KIND_LEAF, sizeof(PyBytes) + 1));
}

Value py_frozenset_empty(void) {
    static Value single;
    Value known = atomic_load_acquire(&single);
    if (known) return known;
    Value made = py_alloc_id(TYPE_FROZENSET, 0);
    return keep_first(&single, made ? py_permanent(made) : 0);
}

static Value make_single(Value type, const Value *args, size_t nargs, Value kwnames, Value single,
                         const char *name) {
    (void)type, (void)args;
    if (nargs || (kwnames && tuple_length(kwnames))) return py_raise(TYPE_TypeError, "%s takes no arguments", name);
    return single;
}

static Value none_repr(Value v) { return (void)v, py_str_c("None"); }
static int none_truth(Value v) { return (void)v, 0; }
static int64_t none_hash(Value v) { return (void)v, INT64_C(0xfca86420); }
static Value none_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    return make_single(type, args, nargs, kwnames, VM_NONE, "NoneType");
}
static Value none_or(Value a, Value b) { return py_union_from_pair(a, b); }

const PyTypeSpec py_spec_nonetype = {
    .slots = {.repr = none_repr, .hash = none_hash, .new = none_new, .boolean = none_truth, .or_ = none_or}};

static Value notimplemented_repr(Value v) { return (void)v, py_str_c("NotImplemented"); }
static int notimplemented_truth(Value v) {
    (void)v;
    return py_warn(TYPE_DeprecationWarning, 1, "NotImplemented should not be used in a boolean context") < 0 ? -1 : 1;
}
static Value notimplemented_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    return make_single(type, args, nargs, kwnames, VM_NOT_IMPLEMENTED, "NotImplementedType");
}
static Value notimplemented_reduce(const Value *args, size_t nargs, Value kwnames) {
    return (void)args, (void)nargs, (void)kwnames, py_str_c("NotImplemented");
}
static const PyMethodDef notimplemented_methods[] = {{"__reduce__", "($self, /)", notimplemented_reduce, 0, 0}, {0}};

const PyTypeSpec py_spec_notimplemented = {
    .slots = {.repr = notimplemented_repr, .new = notimplemented_new, .boolean = notimplemented_truth},
    .methods = notimplemented_methods};

static Value ellipsis_repr(Value v) { return (void)v, py_str_c("Ellipsis"); }
static Value ellipsis_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    return make_single(type, args, nargs, kwnames, VM_ELLIPSIS, "EllipsisType");
}
static Value ellipsis_reduce(const Value *args, size_t nargs, Value kwnames) {
    return (void)args, (void)nargs, (void)kwnames, py_str_c("Ellipsis");
}
static const PyMethodDef ellipsis_methods[] = {{"__reduce__", "($self, /)", ellipsis_reduce, 0, 0}, {0}};

const PyTypeSpec py_spec_ellipsis = {.slots = {.repr = ellipsis_repr, .new = ellipsis_new},
                                     .methods = ellipsis_methods};
