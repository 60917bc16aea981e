/* Import: the C half. Finding and loading is importlib's own Python code (_bootstrap.py and _bootstrap_external.py of the
 * standard library); here is what they stand on: built-in modules and __import__'s fast path. import_start.c starts them.
 *
 * I1. Every module that C code creates is in sys.modules before its init runs. */
#include "vm/audit.h"
#include "vm/exec/code.h"
#include "vm/exec/frame.h"
#include "vm/modules/clock.h"
#include "vm/runtime.h"
#include <stdio.h>

#define MODULE(c_name, name) extern const PyModuleDef py_module_##c_name;
#include "vm/modules/modules.tbl"
#undef MODULE
static const struct {
    const char *name;
    const PyModuleDef *def;
} builtin_modules[] = {
#define MODULE(c_name, name) {name, &py_module_##c_name},
#include "vm/modules/modules.tbl"
#undef MODULE
};
enum { MODULE_COUNT = sizeof builtin_modules / sizeof *builtin_modules };

/* ---- built-in modules -------------------------------------------------------------------------------------------------- */

Value vm_builtin_module_names(void) {
    Value list = py_list_new(0);
    for (size_t i = 0; list && i < MODULE_COUNT; i++)
        if (py_list_append(list, py_intern_c(builtin_modules[i].name)) < 0) return 0;
    return list && py_list_sort(list, VM_NONE, false) == 0 ? py_list_to_tuple(list) : 0;
}

static const PyModuleDef *find_builtin(const char *name) {
    for (size_t i = 0; i < MODULE_COUNT; i++)
        if (strcmp(builtin_modules[i].name, name) == 0) return builtin_modules[i].def;
    return 0;
}

bool vm_is_builtin_module(Value name) {
    const char *text = py_str_utf8(name, 0);
    if (!text) py_error_clear();
    return text && find_builtin(text);
}

static int fill_module(Value module, Value name, const PyModuleDef *def) {
    Value dict = py_module_dict(module), doc = def->doc ? py_str_c(def->doc) : VM_NONE;
    if (!doc || py_dict_set(dict, NAME(__doc__), doc) < 0) return -1;
    for (const PyMethodDef *function = def->functions; function && function->name; function++) {
        Value object = py_builtin_new(function, module, name);
        if (!object || py_dict_set(dict, py_intern_c(function->name), object) < 0) return -1;
    }
    return def->init ? def->init(module) : 0;
}

Value vm_builtin_module_create(const char *name_text) {
    const PyModuleDef *def = find_builtin(name_text);
    if (!def) return 0;
    Value name = py_intern_c(name_text), module = py_dict_get(vm_runtime.modules, name);
    if (module && module != VM_UNBOUND) return module;
    module = module ? py_module_new(name) : 0;
    return module && vm_builtin_module_fill(name_text, module) == 0 ? module : 0;
}

int vm_builtin_module_fill(const char *name_text, Value module) {
    if (SEG->multi) stm_become_inevitable("a built-in module is initialised"); /* init sets variables of C */
    Value name = py_intern_c(name_text);
    if (py_dict_set(vm_runtime.modules, name, module) < 0) return -1;
    if (fill_module(module, name, find_builtin(name_text)) == 0) return 0;
    Value error = py_error_take();
    py_dict_delete(vm_runtime.modules, name);
    py_error_restore(error);
    return -1;
}

int py_module_add(Value module, const char *name, Value value) {
    return value ? py_dict_set(py_module_dict(module), py_intern_c(name), value) : -1;
}

int py_module_add_type(Value module, uint32_t type_id) {
    Value type = py_type(type_id);
    return py_dict_set(py_module_dict(module), py_type_name(type), type);
}

/* ---- tracebacks without importlib ------------------------------------------------------------------------------------------ */

static const VmCode *code_of_traceback(Value traceback) {
    Value frame = REF(PyTraceback, traceback)->frame, code = frame ? py_getattr_c(frame, "f_code") : 0;
    if (!code) py_error_clear();
    return code && is_exactly(code, TYPE_CODE) ? vm_code((uint32_t)REF(PyCode, code)->code_id) : 0;
}

static bool is_of_importlib(const VmCode *code) {
    return code && (py_str_equal_c(code->filename, vm_bootstrap_names[0]) || py_str_equal_c(code->filename, vm_bootstrap_names[1]));
}

/* The entries of importlib's own frames say nothing to users: all go from an ImportError; from other errors, which come out of
 * the module's code, each run of them that ends in importlib's call of that code. */
static void trim_traceback(void) {
    Value exception = py_error_take();
    bool always = py_is_instance_of(exception, TYPE_ImportError);
    Value before = 0, run_start = 0; /* the last entry that stays; the one before the current run of importlib's */
    bool inside = false;
    for (Value entry = GET(REF(PyException, exception), traceback); entry && entry != VM_NONE; entry = GET(REF(PyTraceback, entry), next)) {
        const VmCode *code = code_of_traceback(entry);
        bool importlib = is_of_importlib(code);
        if (importlib && !inside) run_start = before;
        inside = importlib;
        if (importlib && (always || py_str_equal_c(code->name, "_call_with_frames_removed"))) {
            Value next = GET(REF(PyTraceback, entry), next);
            if (run_start) SET(REF(PyTraceback, run_start), next, next);
            else SET(REF(PyException, exception), traceback, next);
            before = run_start;
        } else {
            before = entry;
        }
    }
    py_error_restore(exception);
}

/* ---- __import__ --------------------------------------------------------------------------------------------------------- */

static Value call_bootstrap(const char *function, const Value *args, size_t nargs) {
    if (!vm_runtime.bootstrap) return py_raise(TYPE_ImportError, "import of %R before importlib is there", args[0]);
    Value callable = py_getattr_c(vm_runtime.bootstrap, function);
    return callable ? py_call(callable, args, nargs, 0) : 0;
}

/* The package that relative imports in a module with these globals start from. */
static Value calc_package(Value globals) {
    Value package = py_dict_get(globals, NAME(__package__)), spec = py_dict_get(globals, NAME(__spec__));
    if (!package || !spec) return 0;
    if (package != VM_UNBOUND && package != VM_NONE) {
        if (py_is_str(package)) return package;
        return py_raise(TYPE_TypeError, "package must be a string");
    }
    if (spec != VM_UNBOUND && spec != VM_NONE) return py_getattr_c(spec, "parent");
    return call_bootstrap("_calc___package__", &globals, 1);
}

static Value resolve_name(Value name, Value globals, int64_t level) {
    if (level == 0) return name;
    if (!globals || !py_is_dict(globals)) return py_raise(TYPE_KeyError, "'__name__' not in globals");
    Value package = calc_package(globals);
    if (!package) return 0;
    if (REF(PyStr, package)->length == 0)
        return py_raise(TYPE_ImportError, "attempted relative import with no known parent package");
    Value args[3] = {name, package, int_make(level)};
    return call_bootstrap("_resolve_name", args, 3);
}

/* A module that another thread is importing: wait for it, as importlib does. */
static int wait_if_initializing(Value module, Value name) {
    Value spec = py_getattr_opt(module, NAME(__spec__));
    if (!spec) return -1;
    if (spec == VM_UNBOUND || spec == VM_NONE) return 0;
    Value flag = py_getattr_opt(spec, py_intern_c("_initializing"));
    if (!flag) return -1;
    int busy = flag == VM_UNBOUND ? 0 : py_truth(flag);
    if (busy <= 0) return busy;
    return call_bootstrap("_lock_unlock_module", &name, 1) ? 0 : -1;
}

static Value sys_or_none(const char *name) {
    Value value = vm_sys_get(name);
    return value ? value : VM_NONE;
}
static Value import_event(Value name) {
    return py_tuple_pack(5, name, VM_NONE, sys_or_none("path"), sys_or_none("meta_path"), sys_or_none("path_hooks"));
}

/* -X importtime: own and cumulative time of each import, innermost first. */
static Value find_and_load_timed(const Value args[2]) {
    static int depth;         /* of imports that run */
    static int64_t inner_ns;  /* of those inside the running one that have ended */
    static bool headed;
    if (SEG->multi) stm_become_inevitable("importtime");
    if (!headed) fprintf(stderr, "import time: self [us] | cumulative | imported package\n");
    headed = true;
    int64_t before = inner_ns, start = clock_ns(CLOCK_MONOTONIC);
    inner_ns = 0;
    depth++;
    Value module = call_bootstrap("_find_and_load", args, 2);
    if (SEG->multi) stm_become_inevitable("importtime");
    depth--;
    int64_t all = clock_ns(CLOCK_MONOTONIC) - start, own = all - inner_ns;
    inner_ns = before + all;
    const char *name = py_str_utf8(args[0], 0);
    fprintf(stderr, "import time: %9ld | %10ld | %*s%s\n", (long)((own + 999) / 1000), (long)((all + 999) / 1000), 2 * depth, "", name ? name : "?");
    return module;
}

static Value find_module(Value name) {
    Value module = py_dict_get(vm_runtime.modules, name);
    if (!module) return 0;
    if (module != VM_UNBOUND && module != VM_NONE) return wait_if_initializing(module, name) < 0 ? 0 : module;
    if (VM_AUDIT("import", import_event(name)) < 0) return 0;
    Value args[2] = {name, vm_runtime.import_function};
    return vm_options.import_time ? find_and_load_timed(args) : call_bootstrap("_find_and_load", args, 2);
}

/* `import a.b.c` binds a: the module named by the part of `name` before its first dot, counted from the end for
 * relative names. */
static Value top_module(Value module, Value name, Value full_name, int64_t level) {
    size_t length, full_length;
    const char *text = py_str_utf8(name, &length), *dot = text ? memchr(text, '.', length) : 0;
    if (!text) return 0;
    if (!dot) return module;
    size_t front = (size_t)(dot - text);
    if (level == 0) return find_module(py_str_substring(name, 0, front));
    if (!py_str_utf8(full_name, &full_length)) return 0;
    Value top = py_str_substring(full_name, 0, REF(PyStr, full_name)->length - (REF(PyStr, name)->length - front));
    Value found = top ? py_dict_get(vm_runtime.modules, top) : 0;
    return found == VM_UNBOUND ? py_raise(TYPE_KeyError, "%R not in sys.modules as expected", top) : found;
}

static Value import_by_name(Value name, Value globals, Value fromlist, int64_t level) {
    if (!py_is_str(name)) return py_raise(TYPE_TypeError, "module name must be a string");
    if (level < 0) return py_raise(TYPE_ValueError, "level must be >= 0");
    if (level == 0 && REF(PyStr, name)->length == 0) return py_raise(TYPE_ValueError, "Empty module name");
    Value full_name = resolve_name(name, globals, level);
    Value module = full_name ? find_module(full_name) : 0;
    if (!module) return 0;
    int has_fromlist = fromlist && fromlist != VM_NONE ? py_truth(fromlist) : 0;
    if (has_fromlist < 0) return 0;
    if (!has_fromlist) {
        if (level > 0 && REF(PyStr, name)->length == 0) return module;
        return top_module(module, name, full_name, level);
    }
    Value path = py_getattr_opt(module, NAME(__path__));
    if (!path || path == VM_UNBOUND) return path ? module : 0;
    Value args[3] = {module, fromlist, vm_runtime.import_function};
    return call_bootstrap("_handle_fromlist", args, 3);
}

Value vm_import(Value name, Value globals, Value fromlist, int64_t level) {
    Value module = import_by_name(name, globals, fromlist, level);
    if (!module && vm_runtime.bootstrap && !vm_options.verbose) trim_traceback();
    return module;
}

Value py_import(const char *name_text) {
    Value name = py_intern_c(name_text);
    if (!vm_runtime.bootstrap) {
        Value module = vm_builtin_module_create(name_text);
        return module || py_error() ? module : py_raise(TYPE_ImportError, "no built-in module named %s", name_text);
    }
    Value fromlist = py_tuple_pack(1, NAME(__name__));
    return fromlist ? vm_import(name, 0, fromlist, 0) : 0;
}

Value py_import_attr(const char *module_name, const char *name) {
    Value module = py_import(module_name);
    return module ? py_getattr_c(module, name) : 0;
}
