/* Module _lsprof: what cProfile is made of: calls are counted and timed by function, and by function and caller.
 *
 * All state is heap data, so an aborted transaction leaves no counts behind. A thread is profiled if its profile function is the
 * profiler. Functions are told apart by a number: the id of their code, or below 0 that of their definition in C. */
#include "vm/modules/lsprof.h"
#include "vm/exec/trace.h"
#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/objects/builtin.h"
#include "vm/objects/structseq.h"
#include <math.h>
#include <time.h>

enum { SUBCALLS = 1, BUILTINS = 2 }; /* PyProfiler.flags */

/* ---- time ---------------------------------------------------------------------------------------------------------------- */

/* In units of PyProfiler.unit, or in nanoseconds if that is 0. A timer that fails says 0. */
static int64_t timer_ticks(PyProfiler GS *p) {
    VmThread *thread = vm_thread();
    Value pending = thread->exception, timer = GET(p, timer);
    double unit = GET(p, unit), seconds = 0;
    int64_t ticks = 0;
    thread->exception = 0;
    trace_suspend(thread);
    Value now = py_call0(timer);
    bool failed = !now;
    if (now && unit > 0) {
        ticks = py_index_int64(now, "OverflowError");
        failed = ticks == -1 && py_error();
    } else if (now) {
        failed = py_as_double(now, &seconds) < 0;
        ticks = fabs(seconds) < 9e9 ? (int64_t)floor(seconds * 1e9) : 0;
    }
    if (failed) py_write_unraisable(timer);
    trace_resume(thread);
    thread->exception = pending;
    return failed ? 0 : ticks;
}
static int64_t ticks(PyProfiler GS *p) {
    if (GET(p, timer)) return timer_ticks(p);
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
static Value seconds_of(PyProfiler GS *p, int64_t n) {
    double unit = GET(p, unit);
    return float_make((double)n * (GET(p, timer) && unit > 0 ? unit : 1e-9));
}

/* ---- entries ---------------------------------------------------------------------------------------------------------------- */

/* "<method 'append' of 'list' objects>", "<built-in method math.sqrt>" */
static Value callable_name(Value callable) {
    if (is_exactly(callable, TYPE_METHOD_DESCR)) return py_repr(callable);
    PyBuiltin GS *b = REF(PyBuiltin, callable);
    Value self = b->self, module = b->module, name = py_str_c(vm_def(b->def_id)->def->name);
    if (!name) return 0;
    if (self && self != VM_NONE && !is_exactly(self, TYPE_MODULE)) {
        Value found = py_type_lookup(py_type_of(self), py_intern(name));
        if (found) return py_repr(found);
    }
    if (module && module != VM_NONE && py_is_str(module)) return py_str_format("<built-in method %S.%S>", module, name);
    return py_str_format("<built-in method %S>", name);
}

static int64_t key_of(const VmFrame *frame, Value callable) {
    if (!callable) return frame->code->id;
    if (is_exactly(callable, TYPE_METHOD_DESCR)) return -1 - (int64_t)REF(PyMethodDescr, callable)->def_id;
    return -1 - (int64_t)REF(PyBuiltin, callable)->def_id;
}

static Value new_entry(Value dict, Value key, Value code) {
    Value entry = code ? py_alloc_id(TYPE_PROFILE_ENTRY, 0) : 0;
    if (!entry) return 0;
    REF(PyProfileEntry, entry)->code = code;
    return py_dict_set(dict, key, entry) < 0 ? 0 : entry;
}

/* The profiler's entry of a function. */
static Value entry_of(PyProfiler GS *p, const VmFrame *frame, Value callable, Value key) {
    Value dict = GET(p, entries), entry = py_dict_get(dict, key);
    if (entry != VM_UNBOUND) return entry;
    return new_entry(dict, key, callable ? callable_name(callable) : frame->code->object);
}

/* The entry for calls of it by the function of `caller`. */
static Value callee_entry(Value caller, Value key, Value code) {
    PyProfileEntry GS *c = REF(PyProfileEntry, caller);
    Value dict = GET(c, callees);
    if (!dict) {
        if (!(dict = py_dict_new())) return 0;
        SET(c, callees, dict);
    }
    Value entry = py_dict_get(dict, key);
    return entry == VM_UNBOUND ? new_entry(dict, key, code) : entry;
}

static void begin_call(Value entry) {
    if (entry) SET(REF(PyProfileEntry, entry), depth, GET(REF(PyProfileEntry, entry), depth) + 1);
}

/* Time spent under a function that calls itself is that of the outermost call. */
static void end_call(Value entry, int64_t total, int64_t own) {
    if (!entry) return;
    PyProfileEntry GS *e = REF(PyProfileEntry, entry);
    int64_t depth = GET(e, depth) - 1;
    SET(e, depth, depth);
    if (depth == 0) SET(e, total, GET(e, total) + total);
    else SET(e, recursive, GET(e, recursive) + 1);
    SET(e, own, GET(e, own) + own);
    SET(e, calls, GET(e, calls) + 1);
}

/* ---- events ----------------------------------------------------------------------------------------------------------------- */

int profiler_enter(Value profiler, const VmFrame *frame, Value callable) {
    PyProfiler GS *p = REF(PyProfiler, profiler);
    uint64_t flags = GET(p, flags);
    if (callable && !(flags & BUILTINS)) return 0;
    Value key = int_make(key_of(frame, callable)), previous = GET(p, call);
    Value entry = entry_of(p, frame, callable, key), call = entry ? py_alloc_id(TYPE_PROFILE_CALL, 0) : 0, sub = 0;
    if (!call) return -1;
    if (previous && flags & SUBCALLS) {
        sub = callee_entry(GET(REF(PyProfileCall, previous), entry), key, REF(PyProfileEntry, entry)->code);
        if (!sub) return -1;
    }
    PyProfileCall GS *c = REF(PyProfileCall, call);
    c->entry = entry;
    c->callee = sub;
    c->previous = previous;
    begin_call(entry);
    begin_call(sub);
    SET(p, call, call);
    int64_t now = ticks(p);
    SET(c, start, now);
    return 0;
}

static void leave_call(PyProfiler GS *p) {
    Value call = GET(p, call);
    if (!call) return; /* entered before it was enabled */
    PyProfileCall GS *c = REF(PyProfileCall, call);
    int64_t total = ticks(p) - GET(c, start), own = total - GET(c, under);
    Value previous = GET(c, previous);
    SET(p, call, previous);
    if (previous) SET(REF(PyProfileCall, previous), under, GET(REF(PyProfileCall, previous), under) + total);
    end_call(GET(c, entry), total, own);
    end_call(GET(c, callee), total, own);
}

void profiler_leave(Value profiler, bool callable_in_c) {
    PyProfiler GS *p = REF(PyProfiler, profiler);
    if (!callable_in_c || GET(p, flags) & BUILTINS) leave_call(p);
}

/* ---- Profiler ---------------------------------------------------------------------------------------------------------------- */

static Value profiler_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    Value dict = py_dict_new(), self = dict ? py_alloc(type, 0) : 0;
    if (self) REF(PyProfiler, self)->entries = dict;
    return self;
}

static int set_flag(PyProfiler GS *p, uint64_t flag, Value on) {
    int truth = on ? py_truth(on) : -2;
    if (truth == -1) return -1;
    if (truth >= 0) SET(p, flags, truth ? GET(p, flags) | flag : GET(p, flags) & ~flag);
    return 0;
}

static int profiler_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *signature;
    Value a[4];
    if (builtin_bind_init(&signature, "(timer=None, timeunit=0.0, subcalls=True, builtins=True)", "Profiler", args, nargs, kwnames, a) < 0)
        return -1;
    PyProfiler GS *p = REF(PyProfiler, self);
    double unit = 0;
    if (a[1] && py_as_double(a[1], &unit) < 0) return -1;
    SET(p, unit, unit);
    SET(p, timer, a[0] && a[0] != VM_NONE ? a[0] : 0);
    return set_flag(p, SUBCALLS, a[2] ? a[2] : VM_TRUE) < 0 ? -1 : set_flag(p, BUILTINS, a[3] ? a[3] : VM_TRUE);
}

FUNCTION(profiler_enable) {
    PyProfiler GS *p = REF(PyProfiler, args[0]);
    if (set_flag(p, SUBCALLS, args[1]) < 0 || set_flag(p, BUILTINS, args[2]) < 0) return 0;
    VmThread *thread = vm_thread();
    trace_set_functions(thread, thread->trace_function, args[0]);
    return VM_NONE;
}

/* Calls that have not returned end here. */
FUNCTION(profiler_disable) {
    PyProfiler GS *p = REF(PyProfiler, args[0]);
    VmThread *thread = vm_thread();
    trace_set_functions(thread, thread->trace_function, 0);
    while (GET(p, call)) leave_call(p);
    return VM_NONE;
}

FUNCTION(profiler_clear) {
    PyProfiler GS *p = REF(PyProfiler, args[0]);
    Value dict = py_dict_new();
    if (!dict) return 0;
    SET(p, entries, dict);
    SET(p, call, 0);
    return VM_NONE;
}

/* A row of getstats(): `calls` is there in those of the profiler, not in those of a caller. */
static Value row(PyProfiler GS *p, Value entry, uint32_t type, Value calls_or_0) {
    PyProfileEntry GS *e = REF(PyProfileEntry, entry);
    const Value fields[] = {GET(e, code), int_make(GET(e, calls)), int_make(GET(e, recursive)), seconds_of(p, GET(e, total)),
                            seconds_of(p, GET(e, own)), calls_or_0};
    size_t count = calls_or_0 ? 6 : 5;
    return py_structseq_new(type, fields, count, count);
}

static Value callee_rows(PyProfiler GS *p, Value entry) {
    Value dict = GET(REF(PyProfileEntry, entry), callees), rows = dict ? py_list_new(0) : VM_NONE, key, sub;
    if (!dict || !rows) return rows;
    for (int64_t at = 0; py_dict_next(dict, &at, &key, &sub);) {
        Value one = GET(REF(PyProfileEntry, sub), calls) ? row(p, sub, TYPE_PROFILER_SUBENTRY, 0) : VM_NONE;
        if (!one || (one != VM_NONE && py_list_append(rows, one) < 0)) return 0;
    }
    return rows;
}

FUNCTION(profiler_getstats) {
    PyProfiler GS *p = REF(PyProfiler, args[0]);
    Value rows = py_list_new(0), dict = GET(p, entries), key, entry;
    for (int64_t at = 0; rows && py_dict_next(dict, &at, &key, &entry);) {
        if (!GET(REF(PyProfileEntry, entry), calls)) continue;
        Value calls = callee_rows(p, entry), one = calls ? row(p, entry, TYPE_PROFILER_ENTRY, calls) : 0;
        if (!one || py_list_append(rows, one) < 0) return 0;
    }
    return rows;
}

static const PyMethodDef profiler_methods[] = {
    {"getstats", "($self, /)", profiler_getstats, 0, "A list of profiler_entry, one for each function that was called and has returned."},
    {"enable", "($self, /, subcalls=<unrepresentable>, builtins=<unrepresentable>)", profiler_enable, 0,
     "Start collecting profiling information of this thread.\n\nsubcalls: also by caller. builtins: also of functions in C."},
    {"disable", "($self, /)", profiler_disable, 0, "Stop collecting profiling information."},
    {"clear", "($self, /)", profiler_clear, 0, "Clear all profiling information collected so far."},
    {0}};
const PyTypeSpec py_spec_profiler = {.doc = "Profiler(timer=None, timeunit=0.0, subcalls=True, builtins=True)\n\nCounts and times the calls of a thread.",
                                     .slots = {.new = profiler_new, .init = profiler_init},
                                     .methods = profiler_methods,
                                     .raw_words = 2,
                                     .module = "_lsprof"};
const PyTypeSpec py_spec_profile_entry = {.raw_words = 5, .module = "_lsprof"};
const PyTypeSpec py_spec_profile_call = {.raw_words = 2, .module = "_lsprof"};

static const PyGetSetDef entry_fields[] = {
    {"code", structseq_get_0, 0, "code object or name"},       {"callcount", structseq_get_1, 0, "how many times it was called"},
    {"reccallcount", structseq_get_2, 0, "of these, by itself"}, {"totaltime", structseq_get_3, 0, "seconds in it and what it calls"},
    {"inlinetime", structseq_get_4, 0, "seconds in it alone"}, {"calls", structseq_get_5, 0, "what it calls: list of profiler_subentry, or None"},
    {0}};
static const PyGetSetDef subentry_fields[] = {
    {"code", structseq_get_0, 0, "code object or name"},       {"callcount", structseq_get_1, 0, "how many times it was called from there"},
    {"reccallcount", structseq_get_2, 0, "of these, by itself"}, {"totaltime", structseq_get_3, 0, "seconds in it and what it calls"},
    {"inlinetime", structseq_get_4, 0, "seconds in it alone"}, {0}};
STRUCTSEQ_SPEC(profiler_entry, 0, entry_fields, "_lsprof");
STRUCTSEQ_SPEC(profiler_subentry, 0, subentry_fields, "_lsprof");

static int lsprof_init(Value module) {
    py_structseq_register(TYPE_PROFILER_ENTRY, 6);
    py_structseq_register(TYPE_PROFILER_SUBENTRY, 5);
    return py_module_add(module, "Profiler", py_type(TYPE_PROFILER)) < 0 || py_module_add(module, "profiler_entry", py_type(TYPE_PROFILER_ENTRY)) < 0
               ? -1
               : py_module_add(module, "profiler_subentry", py_type(TYPE_PROFILER_SUBENTRY));
}
const PyModuleDef py_module_lsprof = {.doc = "Fast profiler", .init = lsprof_init};
