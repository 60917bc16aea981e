/* Module stm: transactions as a program sees them.
 *
 * `with stm.atomic:` keeps safepoints from ending the transaction (StmThread.atomic_depth). An abort runs the whole block again;
 * the depth is saved and restored with the thread's frames (exec/safepoint.c). System calls in the block make the transaction
 * inevitable and are made inside it; only a wait for a lock or for another thread still ends it, as others must be able to change
 * what is waited for. In solo mode there is nothing to do but to count, as a second thread may be started inside. */
#include "vm/runtime.h"

#define STM(name)                                                                                                     \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

STM(atomic_enter) {
    stm_self->atomic_depth++;
    return args[0];
}

STM(atomic_exit) {
    if (stm_self->atomic_depth == 0) return py_raise(TYPE_RuntimeError, "stm.atomic: not inside the block");
    /* Others wait while we are inevitable: the next safepoint ends the transaction. */
    if (--stm_self->atomic_depth == 0 && SEG->multi && stm_self->inevitable) SEG->budget = -1;
    return VM_FALSE;
}

static const PyMethodDef atomic_methods[] = {{"__enter__", "($self, /)", atomic_enter, 0, "Begin a block that is one transaction."},
                                             {"__exit__", "($self, /, *args)", atomic_exit, 0, "End the block."},
                                             {0}};
static Value atomic_repr(Value self) {
    (void)self;
    return py_str_c("stm.atomic");
}
static Value atomic_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_raise(TYPE_TypeError, "cannot create '%N' instances", type);
}
const PyTypeSpec py_spec_stm_atomic = {
    .doc = "The context manager stm.atomic: what is done in its block happens at once for all other threads. Blocks may be nested.",
    .slots = {.repr = atomic_repr, .new = atomic_new},
    .methods = atomic_methods,
    .raw_words = GC_KIND_LEAF,
    .module = "stm"};

STM(module_in_atomic) { return vm_bool(stm_self->atomic_depth != 0); }

static int add_number(Value dict, const char *name, uint64_t number) {
    Value value = py_int_from_u64(number);
    return value ? py_dict_set_c(dict, name, value) : -1;
}

STM(module_stats) {
    StmStats stm;
    GcStats gc;
    stm_total_stats(&stm);
    gc_stats(&gc);
    Value dict = py_dict_new();
    if (!dict) return 0;
    const uint64_t *counts = (const uint64_t *)&stm;
    for (unsigned i = 0; stm_stat_name(i); i++)
        if (add_number(dict, stm_stat_name(i), counts[i]) < 0) return 0;
    const struct {
        const char *name;
        uint64_t number;
    } heap[] = {{"minor_collections", gc.minor_count},    {"major_collections", gc.major_count}, {"heap_bytes", gc.heap_bytes},
                {"heap_peak_bytes", gc.heap_peak_bytes}, {"permanent_bytes", gc.permanent_bytes}};
    for (size_t i = 0; i < sizeof heap / sizeof *heap; i++)
        if (add_number(dict, heap[i].name, heap[i].number) < 0) return 0;
    return py_dict_set_c(dict, "multi", vm_bool(!stm_is_solo())) < 0 ? 0 : dict;
}

static const PyMethodDef stm_functions[] = {
    {"stats", "($module, /)", module_stats, 0,
     "A dict of this process's counters, of all its threads: transactions, aborts, records, page operations, times in ns, the heap."},
    {"in_atomic", "($module, /)", module_in_atomic, 0, "Is the caller inside a block of stm.atomic?"},
    {0}};

static int stm_init_module(Value module) {
    Value atomic = gc_alloc_permanent(TYPE_STM_ATOMIC, GC_KIND_LEAF, sizeof(StmObject) + sizeof(Value));
    return py_module_add(module, "atomic", atomic);
}
const PyModuleDef py_module_stm = {.doc = "Transactions: atomic blocks and counters. See docs/using.md.",
                                   .functions = stm_functions,
                                   .init = stm_init_module};
