/* _thread._local: attributes that are each thread's own.
 *
 * A _local has a dict from the number of each thread that has used it to its attributes in that thread, so they die with the _local.
 * A thread keeps weak references to the _locals that it has used, and takes its attributes out of them when it ends. */
#include "vm/exec/frame.h"
#include "vm/modules/layouts.h"
#include "vm/objects/type.h"
#include "vm/objects/weakref.h"
#include "vm/runtime.h"

static Value thread_key(void) { return int_make(stm_self->id); }

/* The list of a thread with many short-lived _locals stays short. */
static int forget_dead(VmThread *thread) {
    enum { LOOK_AT = 64 };
    int64_t n = py_list_length(thread->locals);
    if (n < LOOK_AT || (n & (n - 1))) return 0;
    Value live = py_list_new(0);
    for (int64_t i = 0; live && i < n; i++) {
        Value ref = py_list_item(thread->locals, i);
        if (py_weakref_target(ref) != VM_NONE && py_list_append(live, ref) < 0) return -1;
    }
    if (!live) return -1;
    thread->locals = live;
    return 0;
}

/* The attributes of this thread in `self`: a new dict. */
static Value add_dict(Value self) {
    VmThread *thread = vm_thread();
    if (!thread->locals) {
        Value locals = py_list_new(0);
        if (!locals) return 0;
        thread->locals = locals;
    }
    Value dict = py_dict_new(), ref = dict ? py_weakref_new(py_type(TYPE_WEAKREF), self, VM_NONE) : 0;
    if (!ref || forget_dead(thread) < 0 || py_list_append(thread->locals, ref) < 0) return 0;
    return py_dict_set(REF(ThreadLocal, self)->dicts, thread_key(), dict) < 0 ? 0 : dict;
}

/* The attributes of `self` in this thread; the first use runs __init__ with the arguments of the constructor. */
static Value local_dict_may_call(Value self) {
    Value dict = py_dict_get(REF(ThreadLocal, self)->dicts, thread_key());
    if (dict != VM_UNBOUND) return dict;
    dict = add_dict(self);
    if (!dict) return 0;
    Value args = REF(ThreadLocal, self)->args, kwargs = REF(ThreadLocal, self)->kwargs;
    Value init = args ? py_lookup_special(self, NAME(__init__)) : 0;
    if (!init || type_init_owner(py_type_of(self)) == TYPE_OBJECT) return py_error() ? 0 : dict;
    if (py_call_kw(init, args, kwargs)) return dict;
    Value error = py_error_take();
    py_dict_delete(REF(ThreadLocal, self)->dicts, thread_key());
    py_error_restore(error);
    return 0;
}

void thread_locals_end(VmThread *thread) {
    for (int64_t i = 0; thread->locals && i < py_list_length(thread->locals); i++) {
        Value local = py_weakref_target(py_list_item(thread->locals, i));
        if (local != VM_NONE) py_dict_delete(REF(ThreadLocal, local)->dicts, thread_key());
    }
    thread->locals = 0;
}

static Value local_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    bool plain = type_init_owner(type) == TYPE_OBJECT;
    if (plain && (nargs || (kwnames && tuple_length(kwnames)))) return py_raise(TYPE_TypeError, "Initialization arguments are not supported");
    Value tuple = py_tuple_from(args, nargs), keywords = 0;
    if (kwnames && tuple_length(kwnames)) keywords = py_dict_new();
    for (int64_t k = 0; keywords && k < tuple_length(kwnames); k++)
        if (py_dict_set(keywords, tuple_item(kwnames, k), args[nargs + (size_t)k]) < 0) return 0;
    Value dicts = tuple ? py_dict_new() : 0, self = dicts ? py_alloc(type, 0) : 0;
    if (!self) return 0;
    REF(ThreadLocal, self)->args = tuple;
    REF(ThreadLocal, self)->kwargs = keywords;
    REF(ThreadLocal, self)->dicts = dicts;
    return add_dict(self) ? self : 0; /* type.__call__ runs __init__ for the thread that makes it */
}

static Value local_getattro(Value self, Value name) {
    Value dict = local_dict_may_call(self);
    if (!dict) return 0;
    if (py_str_equal_c(name, "__dict__")) return dict;
    Value type = py_type_of(self), found = py_type_lookup(type, name);
    if (found && descr_has_set(found) && descr_has_get(found)) return descr_bind(found, self, type);
    Value value = py_dict_get(dict, name);
    if (value != VM_UNBOUND) return value;
    if (found) return descr_bind(found, self, type);
    return attr_raise_missing(self, name);
}

static int local_setattro(Value self, Value name, Value value) {
    Value dict = local_dict_may_call(self);
    if (!dict) return -1;
    if (py_str_equal_c(name, "__dict__"))
        return py_raise_int(TYPE_AttributeError, "'%T' object attribute '__dict__' is read-only", self);
    Value found = py_type_lookup(py_type_of(self), name);
    if (found && descr_has_set(found)) return vm_type_of(found)->slots->descr_set(found, self, value);
    if (value) return py_dict_set(dict, name, value);
    int deleted = py_dict_delete(dict, name);
    if (deleted == 0) attr_raise_missing(self, name);
    return deleted > 0 ? 0 : -1;
}

const PyTypeSpec py_spec_thread_local = {.doc = "Thread-local data",
                                         .slots = {.new = local_new, .getattro = local_getattro, .setattro = local_setattro},
                                         .raw_words = 0,
                                         .module = "_thread"};
