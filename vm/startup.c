/* The runtime's life: layers up in order, the module that the command line names, layers down. */
#define _GNU_SOURCE /* strchrnul */
#include "vm/objects/int_long.h"
#include "vm/exec/generator.h"
#include "stm/atomic.h"
#include "vm/exec/safepoint.h"
#include "vm/install.h"
#include "vm/modules/locale.h"
#include "vm/modules/signal.h"
#include "vm/objects/int.h"
#include "vm/objects/str.h"
#include "vm/objects/type.h"
#include "vm/runtime.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

VmOptions vm_options;
VmRuntime vm_runtime;

/* ---- global roots -------------------------------------------------------------------------------------------------- */

/* Variables of C are set by the initialisation of modules, in an inevitable transaction (import.c): no abort leaves one behind. What
 * one refers to is young at first, so the thread that set it has it as a root of its minor collections too. */
enum { ROOT_MAX = 512 };
static struct {
    Value *variable;
    VmThread *set_by;
} roots[ROOT_MAX];
static size_t root_count;

void vm_root_register(Value *variable) {
    size_t i = atomic_load_relaxed(&root_count); /* one registers at a time: inevitable */
    if (i >= ROOT_MAX) stm_fatal("more than %d global roots", ROOT_MAX);
    roots[i].variable = variable;
    roots[i].set_by = vm_thread();
    atomic_store_release(&root_count, i + 1); /* pairs with the loads of the visits */
}

void vm_roots_visit_young(VmThread *thread, GcVisitor *visitor) {
    size_t n = atomic_load_acquire(&root_count);
    for (size_t i = 0; i < n; i++)
        if (roots[i].set_by == thread) gc_visit(visitor, roots[i].variable, 1);
}

static void visit_globals(GcRootKind kind, GcVisitor *visitor) {
    (void)kind;
    vm_types_visit(visitor);
    gc_visit(visitor, (Value *)&vm_runtime, sizeof vm_runtime / sizeof(Value));
    size_t n = atomic_load_acquire(&root_count);
    for (size_t i = 0; i < n; i++) gc_visit(visitor, roots[i].variable, 1);
}

/* ---- start ------------------------------------------------------------------------------------------------------------ */

/* Called within collections. Registers of frame objects are gone through forwards only. */
static bool ends_with_array(uint32_t shape, size_t bytes) {
    const VmShape *s = shape ? vm_shapes[shape] : 0;
    return !s || !s->type || (bytes > s->type->basic_size && s->type->id != TYPE_FRAME);
}

static int start_layers(void) {
    StmConfig stm = {.heap_limit = vm_options.heap_limit, .event_log = vm_options.stm_log};
    if (!vm_options.stress_after_main) stm.quantum = vm_options.stm_quantum, stm.chaos_seed = vm_options.stm_chaos;
    if (!stm_init(&stm)) return -1;
    StmThread *self = stm_thread_register();
    VmThread *thread = self ? vm_thread_new(true) : 0;
    if (!thread) return fprintf(stderr, "weft: out of memory\n"), -1;
    static GcHooks hooks;
    hooks.visit_globals = visit_globals;
    hooks.memory_is_short = vm_memory_is_short;
    hooks.wants_finalizer = generator_wants_finalizer;
    hooks.ends_with_array = ends_with_array;
    vm_thread_hooks(&hooks);
    const GcConfig gc = {.hooks = &hooks,
                         .heap_limit = vm_options.heap_limit,
                         .stress = vm_options.gc_stress && !vm_options.stress_after_main};
    vm_exec_init();
    gc_init(&gc);
    self->vm = thread;
    vm_thread_enter(thread);
    if (!gc_thread_attach(thread)) return fprintf(stderr, "weft: out of memory\n"), -1;
    stm_attach();
    return 0;
}

static int start_objects(void) {
    int_long_setup();
    vm_types_init_early();
    if (py_hash_init(vm_options.hash_seed) < 0) {
        fprintf(stderr, "Fatal Python error: config_init_hash_seed: PYTHONHASHSEED must be \"random\" or an integer in range "
                        "[0; 4294967295]\n");
        return -1;
    }
    py_intern_init();
    vm_operator_names_init();
    vm_types_init();
    vm_runtime.modules = py_dict_new();
    vm_runtime.builtins = vm_builtin_module_create("builtins");
    if (!vm_runtime.builtins) return -1;
    vm_runtime.builtins_dict = py_module_dict(vm_runtime.builtins);
    Value sys = py_module_new(py_intern_c("sys"));
    vm_runtime.sys = sys;
    vm_runtime.sys_dict = sys ? py_module_dict(sys) : 0;
    return !sys ? -1 : vm_builtin_module_fill("sys", sys);
}

/* sys.path before site: the standard library, and nothing of the machine's that site.py would add. */
static int set_path(void) {
    Value path = vm_sys_get("path");
    char zip[4096], dynload[4096];
    snprintf(zip, sizeof zip, "%s", vm_options.stdlib);
    char *slash = strrchr(zip, '/');
    if (slash) snprintf(slash, sizeof zip - (size_t)(slash - zip), "/python311.zip");
    snprintf(dynload, sizeof dynload, "%s/lib-dynload", vm_options.stdlib);
    const char *extra = vm_options.ignore_environment ? 0 : getenv("PYTHONPATH");
    while (extra && *extra) {
        size_t length = strcspn(extra, ":");
        Value entry = py_decode_fs(length ? extra : ".", length ? length : 1);
        if (!entry || py_list_append(path, entry) < 0) return -1;
        extra += length + (extra[length] == ':');
    }
    const char *const entries[] = {zip, vm_options.stdlib, dynload};
    for (int i = 0; i < 3; i++)
        if (py_list_append(path, py_decode_fs(entries[i], strlen(entries[i]))) < 0) return -1;
    return 0;
}

/* Encoding and error handler of the standard streams: PYTHONIOENCODING is "encoding:errors", either may be left out. */
static void stream_encoding(int descriptor, Value *encoding, const char **errors) {
    const char *given = vm_options.ignore_environment ? 0 : getenv("PYTHONIOENCODING"), *colon;
    *encoding = NAME(utf8);
    *errors = vm_options.utf8_mode || vm_options.c_locale || vm_options.lenient_streams ? "surrogateescape" : "strict";
    if (given && *given) {
        colon = strchrnul(given, ':');
        if (colon != given) *encoding = py_str_new(given, (size_t)(colon - given));
        if (*colon && colon[1]) *errors = colon + 1;
        else if (colon != given) *errors = "strict";
    }
    if (descriptor == 2) *errors = "backslashreplace";
}

/* One of the standard streams over its descriptor; None if that was closed. */
static Value open_stream(int descriptor, const char *name, bool for_output) {
    if (vm_options.closed[descriptor]) return VM_NONE;
    Value open = py_import_attr("_io", "open"), wrapper = py_import_attr("_io", "TextIOWrapper");
    if (!open || !wrapper) return 0;
    bool raw = for_output && vm_options.unbuffered;
    Value mode = py_intern_c(for_output ? "wb" : "rb"), buffering = int_make(raw ? 0 : -1), encoding;
    const Value open_args[] = {int_make(descriptor), mode, buffering, VM_NONE, VM_NONE, VM_NONE, VM_FALSE};
    Value buffer = py_call(open, open_args, 7, 0);
    if (!buffer) return 0;
    const char *errors;
    stream_encoding(descriptor, &encoding, &errors);
    bool line_buffered = !raw && (descriptor == 2 || isatty(descriptor));
    Value newline = for_output ? py_intern_c("\n") : VM_NONE; /* what is read may end its lines as it likes */
    const Value args[] = {buffer, encoding, py_intern_c(errors), newline, vm_bool(line_buffered), vm_bool(raw)};
    Value raw_file = raw ? buffer : py_getattr_c(buffer, "raw"), stream = py_call(wrapper, args, 6, 0);
    if (!stream || !raw_file || py_setattr(raw_file, NAME(name), py_intern_c(name)) < 0) return 0;
    return py_setattr(stream, py_intern_c("mode"), py_intern_c(for_output ? "w" : "r")) < 0 ? 0 : stream;
}

/* sys.stdin, stdout, stderr by descriptor. */
static int open_stream_as(int descriptor) {
    static const struct {
        const char *name, *dunder, *file;
    } streams[] = {{"stdin", "__stdin__", "<stdin>"}, {"stdout", "__stdout__", "<stdout>"}, {"stderr", "__stderr__", "<stderr>"}};
    Value stream = open_stream(descriptor, streams[descriptor].file, descriptor > 0);
    return stream && vm_sys_set(streams[descriptor].name, stream) == 0 && vm_sys_set(streams[descriptor].dunder, stream) == 0 ? 0 : -1;
}

static int open_streams(void) {
    for (int i = 0; i < 3; i++)
        if (open_stream_as(i) < 0) return -1;
    return 0;
}

static int enable_fault_handler(void) {
    Value enable = py_import_attr("faulthandler", "enable");
    if (!enable) return -1;
    if (!py_call0(enable)) py_error_clear(); /* no sys.stderr */
    return 0;
}

int vm_start(const VmOptions *options) {
    vm_options = *options;
    vm_locale_init();
    vm_install_init(options->program);
    if (options->int_max_str_digits >= 0) atomic_store_relaxed(&py_int_max_str_digits, options->int_max_str_digits);
    if (start_layers() < 0) return -1;
    vm_faulthandler_init();
    vm_threads_init();
    int status = start_objects();
    if (status == 0) status = set_path();
    if (status == 0 && vm_options.verbose) status = open_stream_as(2); /* for what importlib says of its own start */
    if (status == 0) status = vm_import_init();
    if (status == 0) status = vm_signals_init();
    if (status == 0) status = open_streams();
    gc_finalizer_forget_all(); /* vm_finish flushes the streams, in the end */
    Value open = status == 0 ? py_import_attr("_io", "open") : 0;
    if (status == 0) status = open ? py_dict_set_c(vm_runtime.builtins_dict, "open", open) : -1;
    if (status == 0 && vm_options.fault_handler) status = enable_fault_handler();
    if (status == 0 && !vm_options.no_site) status = py_import("site") ? 0 : -1;
    if (status == 0 && vm_options.warning_count) status = py_import("warnings") ? 0 : -1;
    if (status < 0) {
        Value exception = vm_thread() ? py_error_take() : 0;
        fprintf(stderr, "weft: cannot start\n");
        if (exception) vm_print_error(exception);
    }
    return status;
}
