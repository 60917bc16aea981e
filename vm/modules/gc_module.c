/* Module gc: control of the collector. Generations are the nursery (0) and the old objects (1 and 2). */
#include "vm/audit.h"
#include "stm/atomic.h"
#include "vm/exec/generator.h"
#include "vm/exec/safepoint.h"
#include "vm/objects/builtin.h"
#include "vm/objects/weakref.h"
#include "vm/runtime.h"

#define GC(name)                                                                                                      \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

static Value callbacks; /* gc.callbacks */
static int64_t thresholds[3] = {700, 10, 10}; /* kept for programs that read them back: Weft collects by bytes */
static int64_t debug_flags;

GC(gc_enable_function) {
    gc_enable(true);
    return VM_NONE;
}
GC(gc_disable) {
    gc_enable(false);
    return VM_NONE;
}
GC(gc_isenabled) { return vm_bool(gc_is_enabled()); }

static int tell_callbacks(const char *phase, int64_t generation) {
    for (int64_t i = 0; i < py_list_length(callbacks); i++) {
        Value info = py_dict_new();
        if (!info || py_dict_set_c(info, "generation", int_make(generation)) < 0 || py_dict_set_c(info, "collected", int_make(0)) < 0 ||
            py_dict_set_c(info, "uncollectable", int_make(0)) < 0)
            return -1;
        if (!py_call2(py_list_item(callbacks, i), py_intern_c(phase), info)) py_write_unraisable(py_list_item(callbacks, i));
    }
    return 0;
}

/* Has the program called it, and no C function (nor a finalizer of this very call)? What lies between the interpreter loop and here has
 * no further use for its references then. */
static bool called_by_loop(const VmThread *thread, PyFn fn) { return thread->collecting != thread->frame && vm_called_by_loop(fn); }

/* What a program has just let go of is to be found dead: stale words on the C stack must not keep it, nor that the running
 * transaction has made it. An abort comes back to the CALL. */
static void collect_full(VmThread *thread, bool by_loop, void (*collect)(void)) {
    if (by_loop) {
        thread->at_safepoint = true;
        thread->c_scan_low = thread->c_scan_from;
        if (SEG->multi && !stm_self->atomic_depth) stm_commit_and_begin();
    }
    generator_forget_running(thread);
    if (by_loop) collect();
    else VM_C_SAFEPOINT(collect());
    thread->at_safepoint = false;
}

static void collect_all(void) { gc_collect_full(); }

GC(gc_collect) {
    int64_t generation = args[0] ? py_index_int64(args[0], "OverflowError") : 2;
    if (generation == -1 && py_error()) return 0;
    if (generation < 0 || generation > 2) return py_raise(TYPE_ValueError, "invalid generation");
    VmThread *thread = vm_thread();
    const VmFrame *outer = thread->collecting;
    bool by_loop = called_by_loop(thread, gc_collect);
    thread->collecting = thread->frame;
    int status = tell_callbacks("start", generation);
    if (status == 0) {
        if (generation == 0) VM_C_SAFEPOINT(gc_minor());
        else collect_full(thread, by_loop, collect_all);
        VM_DETACHED("gc.collect", (void)0); /* what was found dead is seen to once this has committed */
        vm_run_finalizers_may_call();
        status = tell_callbacks("stop", generation);
    }
    thread->collecting = outer;
    if (status < 0) return 0;
    return int_make(0); /* dead objects are not counted one by one */
}

typedef struct Collected {
    Value list;
} Collected;
static void append_value(void *context, Value v) {
    Collected *c = context;
    uint32_t id = vm_type_of(v)->id;
    if (v == VM_UNBOUND || v == VM_STOP || id == TYPE_RAW || v == c->list) return;
    if (id == TYPE_ARRAY) gc_values(STM_OBJ(v), append_value, c); /* storage, invisible to Python */
    else py_list_append(c->list, v);
}

GC(gc_get_referents) {
    if (VM_AUDIT("gc.get_referents", py_tuple_pack(1, py_tuple_from(args, nargs))) < 0) return 0;
    Collected c = {.list = py_list_new(0)};
    for (size_t i = 0; c.list && i < nargs; i++)
        if (is_ref(args[i])) gc_values(STM_OBJ(args[i]), append_value, &c);
    return c.list;
}

/* Objects are first counted, as nothing may be allocated during the walk. */
static void count_object(void *context, StmRef object) {
    uint32_t id = vm_shapes[STM_OBJ(object)->shape]->type->id;
    if (id != TYPE_ARRAY && id != TYPE_RAW) ++*(int64_t *)context;
}
typedef struct Fill {
    Value array;
    int64_t at, room;
} Fill;
static void store_object(void *context, StmRef object) {
    Fill *f = context;
    uint32_t id = vm_shapes[STM_OBJ(object)->shape]->type->id;
    if (id == TYPE_ARRAY || id == TYPE_RAW || object == f->array || f->at >= f->room) return;
    py_list_set_item(f->array, f->at++, object);
}
GC(gc_get_objects) {
    if (VM_AUDIT("gc.get_objects", py_tuple_pack(1, args[0] && args[0] != VM_NONE ? args[0] : int_make(-1))) < 0) return 0;
    if (args[0] && args[0] != VM_NONE) { /* checked, but old objects are of one generation */
        int64_t generation = py_index_int64(args[0], "OverflowError");
        if (generation == -1 && py_error()) return 0;
        if (generation >= 3)
            return py_raise(TYPE_ValueError, "generation parameter must be less than the number of available generations (3)");
        if (generation < 0) return py_raise(TYPE_ValueError, "generation parameter cannot be negative");
    }
    collect_full(vm_thread(), called_by_loop(vm_thread(), gc_get_objects), gc_walk_begin);
    int64_t count = 0;
    gc_for_each_object(count_object, &count);
    Fill f = {.array = py_list_new((size_t)count), .room = count};
    if (f.array) gc_for_each_object(store_object, &f);
    gc_walk_end();
    return f.array;
}

typedef struct Search {
    const Value *targets;
    size_t count;
    Value result; /* list with room for all objects */
    int64_t found;
    bool hit;
} Search;
static void compare_value(void *context, Value v) {
    Search *s = context;
    if (!is_ref(v)) return;
    for (size_t i = 0; i < s->count; i++) s->hit |= v == s->targets[i];
    if (shape_of(v) == TYPE_ARRAY) gc_values(STM_OBJ(v), compare_value, s);
}
static void store_referrer(void *context, StmRef object) {
    Search *s = context;
    uint32_t id = vm_shapes[STM_OBJ(object)->shape]->type->id;
    if (id == TYPE_ARRAY || id == TYPE_RAW || object == s->result) return;
    s->hit = false;
    gc_values(STM_OBJ(object), compare_value, s);
    if (s->hit) py_list_set_item(s->result, s->found++, object);
}
GC(gc_get_referrers) {
    if (VM_AUDIT("gc.get_referrers", py_tuple_pack(1, py_tuple_from(args, nargs))) < 0) return 0;
    VM_C_SAFEPOINT(gc_walk_begin());
    int64_t count = 0;
    gc_for_each_object(count_object, &count);
    Search s = {.targets = args, .count = nargs, .result = py_list_new((size_t)count)};
    if (s.result) gc_for_each_object(store_referrer, &s);
    gc_walk_end();
    Value found = s.result ? py_list_new(0) : 0;
    for (int64_t i = 0; found && i < s.found; i++)
        if (py_list_append(found, py_list_item(s.result, i)) < 0) return 0;
    return found;
}

/* As programs expect it: instances of Python classes, and built-in objects that can refer to others. */
GC(gc_is_tracked) {
    Value v = args[0];
    if (!is_ref(v)) return VM_FALSE;
    if (py_is_type(v)) return vm_bool(type_flag(v, VM_TYPE_HEAP) || vm_type(v)->flags & VM_TYPE_HEAP);
    if (type_flag(v, VM_TYPE_HEAP)) return VM_TRUE;
    bool plain = is_exactly(v, TYPE_OBJECT) || is_exactly(v, TYPE_BYTEARRAY) || is_exactly(v, TYPE_RANGE);
    return vm_bool(!plain && (STM_OBJ(v)->kind & GC_KIND_MASK) != GC_KIND_LEAF);
}
GC(gc_is_finalized) { return VM_FALSE; }
GC(gc_freeze) { return VM_NONE; }
GC(gc_zero) { return int_make(0); }

GC(gc_get_count) {
    GcStats stats;
    gc_stats(&stats);
    return py_tuple_pack(3, int_make(0), int_make((int64_t)stats.minor_count), int_make((int64_t)stats.major_count));
}
static Value threshold(int i) { return int_make(atomic_load_relaxed(&thresholds[i])); }
GC(gc_get_threshold) { return py_tuple_pack(3, threshold(0), threshold(1), threshold(2)); }
GC(gc_set_threshold) {
    for (int i = 0; i < 3; i++) {
        if (!args[i]) continue;
        int64_t value = py_index_int64(args[i], "OverflowError");
        if (value == -1 && py_error()) return 0;
        VM_C_SAFEPOINT(stm_become_inevitable("gc.set_threshold"));
        atomic_store_relaxed(&thresholds[i], value);
    }
    return VM_NONE;
}
GC(gc_get_debug) { return int_make(atomic_load_relaxed(&debug_flags)); }
GC(gc_set_debug) {
    int64_t flags = py_index_int64(args[0], "OverflowError");
    if (py_error()) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("gc.set_debug"));
    atomic_store_relaxed(&debug_flags, flags);
    return VM_NONE;
}

GC(gc_get_stats) {
    GcStats stats;
    gc_stats(&stats);
    Value list = py_list_new(0);
    const uint64_t collections[] = {stats.minor_count, 0, stats.major_count};
    for (int i = 0; list && i < 3; i++) {
        Value entry = py_dict_new();
        if (!entry || py_dict_set_c(entry, "collections", py_int_from_u64(collections[i])) < 0 || py_dict_set_c(entry, "collected", int_make(0)) < 0 ||
            py_dict_set_c(entry, "uncollectable", int_make(0)) < 0 || py_list_append(list, entry) < 0)
            return 0;
    }
    return list;
}

static const PyMethodDef gc_functions[] = {
    {"enable", "($module, /)", gc_enable_function, 0, "Enable automatic garbage collection."},
    {"disable", "($module, /)", gc_disable, 0, "Disable automatic garbage collection."},
    {"isenabled", "($module, /)", gc_isenabled, 0, "Returns true if automatic garbage collection is enabled."},
    {"collect", "($module, /, generation=2)", gc_collect, 0, "Run the garbage collector."},
    {"get_referents", 0, gc_get_referents, 0, "Return the list of objects that are directly referred to by objs."},
    {"get_referrers", 0, gc_get_referrers, 0, "Return the list of objects that directly refer to any of objs."},
    {"get_objects", "($module, /, generation=None)", gc_get_objects, 0, "Return a list of objects tracked by the collector."},
    {"is_tracked", "($module, obj, /)", gc_is_tracked, 0, "Returns true if the object is tracked by the garbage collector."},
    {"is_finalized", "($module, obj, /)", gc_is_finalized, 0, "Returns true if the object has been already finalized by the GC."},
    {"freeze", "($module, /)", gc_freeze, 0, "Freeze all current tracked objects and ignore them for future collections."},
    {"unfreeze", "($module, /)", gc_freeze, 0, "Unfreeze all objects in the permanent generation."},
    {"get_freeze_count", "($module, /)", gc_zero, 0, "Return the number of objects in the permanent generation."},
    {"get_count", "($module, /)", gc_get_count, 0, "Return a three-tuple of the current collection counts."},
    {"get_threshold", "($module, /)", gc_get_threshold, 0, "Return the current collection thresholds."},
    {"set_threshold", "($module, threshold0, threshold1=10, threshold2=10, /)", gc_set_threshold, 0, "Sets the collection thresholds."},
    {"get_debug", "($module, /)", gc_get_debug, 0, "Get the garbage collection debugging flags."},
    {"set_debug", "($module, flags, /)", gc_set_debug, 0, "Set the garbage collection debugging flags."},
    {"get_stats", "($module, /)", gc_get_stats, 0, "Return a list of dictionaries containing per-generation statistics."},
    {0}};

static int gc_module_init(Value module) {
    callbacks = py_list_new(0);
    vm_root_register(&callbacks);
    static const struct {
        const char *name;
        int value;
    } flags[] = {{"DEBUG_STATS", 1}, {"DEBUG_COLLECTABLE", 2}, {"DEBUG_UNCOLLECTABLE", 4}, {"DEBUG_SAVEALL", 32}, {"DEBUG_LEAK", 38}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (py_module_add(module, flags[i].name, int_make(flags[i].value)) < 0) return -1;
    return py_module_add(module, "garbage", py_list_new(0)) < 0 ? -1 : py_module_add(module, "callbacks", callbacks);
}
const PyModuleDef py_module_gc = {
    .doc = "This module provides access to the garbage collector for reference cycles.", .functions = gc_functions, .init = gc_module_init};
