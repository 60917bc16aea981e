/* weakref.c -- weakref.ref, and what happens when referents die. The target is in the object's raw word:
 * gc follows and clears it. */
#include "vm/objects/weakref.h"
#include "vm/exec/generator.h"
#include "vm/objects/type.h"

#include <stdlib.h>

Value py_weakref_new(Value type, Value v, Value callback) {
    if (!is_ref(v) || !type_flag(v, VM_TYPE_WEAKREF))
        return py_raise(TYPE_TypeError, "cannot create weak reference to '%T' object", v);
    Value ref = py_alloc(type, 0);
    if (!ref) return 0;
    PyWeakref GS *w = REF(PyWeakref, ref);
    w->target = v;
    if (callback && callback != VM_NONE) {
        SET(w, callback, callback);
        w->head.kind |= GCK_WEAKREF;
    }
    gc_weakref_register(v, ref);
    return ref;
}

Value py_weakref_target(Value weakref) {
    Value target = GET(REF(PyWeakref, weakref), target);
    return target ? target : VM_NONE;
}

Value py_weakrefs_of(Value v) {
    Value list = py_list_new(0);
    size_t n = 0;
    StmRef *refs = list && is_ref(v) ? gc_weakrefs(&n) : 0;
    for (size_t i = 0; refs && i < n; i++)
        if (GET(REF(PyWeakref, refs[i]), target) == v && py_list_append(list, refs[i]) < 0) list = 0, n = 0;
    free(refs);
    return list;
}

/* ---- the type ------------------------------------------------------------------------------------- */

static Value weakref_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    if (kwnames && tuple_length(kwnames) && type == py_type(TYPE_WEAKREF))
        return py_raise(TYPE_TypeError, "ref() takes no keyword arguments");
    if (nargs < 1 || nargs > 2)
        return py_raise(TYPE_TypeError, "__new__ expected at %s %d argument%s, got %zu", nargs ? "most" : "least",
                        nargs ? 2 : 1, nargs ? "s" : "", nargs);
    return py_weakref_new(type, args[0], nargs > 1 ? args[1] : VM_NONE);
}

static int weakref_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    (void)self, (void)args;
    if (kwnames && tuple_length(kwnames)) return py_raise_int(TYPE_TypeError, "ref() takes no keyword arguments");
    if (nargs < 1 || nargs > 2)
        return py_raise_int(TYPE_TypeError, "__init__ expected at %s %d argument%s, got %zu", nargs ? "most" : "least",
                            nargs ? 2 : 1, nargs ? "s" : "", nargs);
    return 0;
}

static Value weakref_call(Value self, const Value *args, size_t nargs, Value kwnames) {
    (void)args;
    if (nargs) return py_raise(TYPE_TypeError, "weakref() takes no arguments (%zu given)", nargs);
    if (kwnames && tuple_length(kwnames)) return py_raise(TYPE_TypeError, "weakref() takes no keyword arguments");
    return py_weakref_target(self);
}

static int64_t weakref_hash(Value self) {
    PyWeakref GS *w = REF(PyWeakref, self);
    Value known = GET(w, hash);
    int64_t hash;
    if (known) return py_int_as_i64(known, &hash), hash;
    Value target = py_weakref_target(self);
    if (target == VM_NONE) return py_raise_int(TYPE_TypeError, "weak object has gone away");
    if ((hash = py_hash(target)) == -1) return -1;
    Value kept = py_int_from_i64(hash);
    if (!kept) return -1;
    SET(w, hash, kept);
    return hash;
}

static Value weakref_compare(Value self, Value other, int op) {
    if ((op != PY_EQ && op != PY_NE) || !py_is_instance_of(other, TYPE_WEAKREF)) return VM_NOT_IMPLEMENTED;
    Value a = py_weakref_target(self), b = py_weakref_target(other);
    if (a == VM_NONE || b == VM_NONE) return vm_bool((self == other) == (op == PY_EQ));
    return py_compare(a, b, op);
}

static Value weakref_repr(Value self) {
    Value target = py_weakref_target(self);
    unsigned long id = (unsigned long)gc_id(self);
    if (target == VM_NONE) return py_str_format("<weakref at 0x%lx; dead>", id);
    Value name = py_getattr_opt(target, NAME(__name__));
    if (!name) return 0;
    unsigned long to = (unsigned long)gc_id(target);
    if (name == VM_UNBOUND || !py_is_str(name))
        return py_str_format("<weakref at 0x%lx; to '%T' at 0x%lx>", id, target, to);
    return py_str_format("<weakref at 0x%lx; to '%T' at 0x%lx (%S)>", id, target, to, name);
}

static Value get_callback(Value self) {
    Value callback = py_weakref_target(self) == VM_NONE ? 0 : GET(REF(PyWeakref, self), callback);
    return callback ? callback : VM_NONE;
}

static Value weakref_class_getitem(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return py_call2(py_type(TYPE_GENERICALIAS), args[0], args[1]);
}

static const PyMethodDef weakref_methods[] = {
    {"__class_getitem__", "($type, item, /)", weakref_class_getitem, PY_METHOD_CLASS, "See PEP 585"}, {0}};
static const PyGetSetDef weakref_getsets[] = {{"__callback__", get_callback, 0, 0}, {0}};

const PyTypeSpec py_spec_weakref = {.slots = {.repr = weakref_repr,
                                              .hash = weakref_hash,
                                              .call = weakref_call,
                                              .richcompare = weakref_compare,
                                              .new = weakref_new,
                                              .init = weakref_init},
                                    .methods = weakref_methods,
                                    .getsets = weakref_getsets,
                                    .raw_words = 1,
                                    .module = "weakref"};

/* ---- deaths ------------------------------------------------------------------------------------------ */

static void run_callback(Value weakref) {
    PyWeakref GS *w = REF(PyWeakref, weakref);
    Value callback = GET(w, callback);
    if (!callback) return;
    SET(w, callback, 0);
    if (!py_call1(callback, weakref)) py_write_unraisable(callback);
}

static void run_del(Value v) {
    if (is_generator_like(v)) {
        generator_finalize_may_call(v);
        return;
    }
    Value method = py_lookup_special(v, NAME(__del__));
    if (method ? !py_call0(method) : py_error() != 0)
        py_write_unraisable(method ? py_type_lookup(py_type_of(v), NAME(__del__)) : 0);
}

/* The callbacks of one object's references run from the newest to the oldest; the queue has them in order of creation. */
static void run_callbacks(void) {
    for (Value first = gc_next_cleared_weakref(), v; first; first = gc_next_cleared_weakref()) {
        Value all = py_list_from(&first, 1);
        while (all && (v = gc_next_cleared_weakref())) py_list_append(all, v);
        for (int64_t i = all ? py_list_length(all) - 1 : -1; i >= 0; i--) run_callback(py_list_item(all, i));
        py_error_clear();
    }
}

static bool is_of_python(Value v) { return type_flag(v, VM_TYPE_HEAP) || is_generator_like(v); }

/* The queue has the youngest first. */
static void run_finalizers(void) {
    Value of_python = py_list_new(0), of_c = of_python ? py_list_new(0) : 0, v;
    while ((v = gc_next_finalizable()))
        if (!of_c || py_list_append(is_of_python(v) ? of_python : of_c, v) < 0) run_del(v);
    for (int64_t i = of_c ? py_list_length(of_python) : 0; i-- > 0;) run_del(py_list_item(of_python, i));
    for (int64_t i = 0; of_c && i < py_list_length(of_c); i++) run_del(py_list_item(of_c, i));
}

void vm_run_finalizers_may_call(void) {
    Value pending = py_error_take();
    while (gc_events_pending()) {
        run_callbacks();
        run_finalizers();
    }
    py_error_restore(pending);
}

static int see_to_deaths_may_call(void) {
    if (gc_events_pending()) vm_run_finalizers_may_call();
    return 0;
}

void weakref_events_init(void) { vm_add_event_handler(see_to_deaths_may_call); }
