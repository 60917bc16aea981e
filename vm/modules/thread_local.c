/* _thread._local: attributes that are each thread's own.
 *
 * A thread keeps a dict from the identity of each _local that it has used to that object's dict in this thread. The dict of a _local
 * that dies stays until the thread ends. */
#include "vm/exec/frame.h"
#include "vm/modules/layouts.h"
#include "vm/objects/type.h"

/* The attributes of `self` in this thread; the first use runs __init__ with the arguments of the constructor. */
static Value local_dict_may_call(Value self) {
    VmThread *thread = vm_thread();
    if (!thread->locals) {
        Value locals = py_dict_new();
        if (!locals) return 0;
        thread->locals = locals;
    }
    Value key = py_int_from_u64(gc_id(self)), dict = py_dict_get(thread->locals, key);
    if (dict != VM_UNBOUND) return dict;
    dict = py_dict_new();
    if (!dict || py_dict_set(thread->locals, key, dict) < 0) return 0;
    Value args = REF(ThreadLocal, self)->args, kwargs = REF(ThreadLocal, self)->kwargs;
    Value init = args ? py_lookup_special(self, NAME(__init__)) : 0;
    if (!init || type_init_owner(py_type_of(self)) == TYPE_OBJECT) return py_error() ? 0 : dict;
    if (py_call_kw(init, args, kwargs)) return dict;
    Value error = py_error_take();
    py_dict_delete(thread->locals, key);
    py_error_restore(error);
    return 0;
}

static Value local_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    bool plain = type_init_owner(type) == TYPE_OBJECT;
    if (plain && (nargs || (kwnames && tuple_length(kwnames)))) return py_raise(TYPE_TypeError, "Initialization arguments are not supported");
    Value tuple = py_tuple_from(args, nargs), keywords = 0;
    if (kwnames && tuple_length(kwnames)) keywords = py_dict_new();
    for (int64_t k = 0; keywords && k < tuple_length(kwnames); k++)
        if (py_dict_set(keywords, tuple_item(kwnames, k), args[nargs + (size_t)k]) < 0) return 0;
    Value self = tuple ? py_alloc(type, 0) : 0, dict = self ? py_dict_new() : 0;
    if (!dict) return 0;
    REF(ThreadLocal, self)->args = tuple;
    REF(ThreadLocal, self)->kwargs = keywords;
    VmThread *thread = vm_thread(); /* type.__call__ runs __init__ for the thread that makes it */
    if (!thread->locals) thread->locals = py_dict_new();
    if (!thread->locals || py_dict_set(thread->locals, py_int_from_u64(gc_id(self)), dict) < 0) return 0;
    return self;
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
