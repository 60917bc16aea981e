/* Module _warnings: filtering and issuing warnings, the C half of warnings.py, whose semantics it follows.
 *
 * The filters, the default action and the once-registry are read from the module `warnings` when it has been imported (the
 * program may have replaced them there), from this module before. */
#include "stm/atomic.h"
#include "vm/exec/frame.h"
#include "vm/objects/str.h"
#include "vm/runtime.h"

static Value filters, once_registry, default_action; /* as at start */
static uint64_t filters_version;                     /* changes of the filters make registries stale */

#define WARN(name)                                                                                                    \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

/* An attribute of module warnings, or the fallback if that is not imported. 0 with exception. */
static Value setting(const char *name, Value fallback) {
    Value module = py_dict_get_c(vm_runtime.modules, "warnings");
    if (!module || module == VM_UNBOUND || module == VM_NONE) return module ? fallback : 0;
    Value value = py_getattr_opt(module, py_intern_c(name));
    return value == VM_UNBOUND ? fallback : value;
}

/* ---- filters ---------------------------------------------------------------------------------------------------------------- */

/* A filter's message or module: None, a compiled pattern, or (before warnings.py is there) a str to be equal to. */
static int matches_text(Value pattern, Value text) {
    if (pattern == VM_NONE) return 1;
    if (py_is_str(pattern)) return py_str_equal(pattern, text);
    Value match = py_call_method(pattern, "match", 1, &text);
    return match ? py_truth(match) : -1;
}

/* 1 if the filter (action, message, category, module, line) applies. */
static int filter_applies(Value filter, Value text, Value category, Value module, int64_t line) {
    int applies = matches_text(tuple_item(filter, 1), text);
    if (applies > 0) applies = py_issubclass(category, tuple_item(filter, 2));
    if (applies > 0) applies = matches_text(tuple_item(filter, 3), module);
    if (applies <= 0) return applies;
    int64_t wanted = py_index_int64(tuple_item(filter, 4), "int");
    if (wanted == -1 && py_error()) return -1;
    return wanted == 0 || wanted == line;
}

/* The filters, those seen last where `warnings` has lost its own. */
static Value current_filters(void) {
    Value own = vm_builtin_module_create("_warnings"), last = own ? py_dict_get_c(py_module_dict(own), "filters") : 0;
    Value list = last ? setting("filters", last == VM_UNBOUND ? filters : last) : 0;
    return list && list != last && py_module_add(own, "filters", list) < 0 ? 0 : list;
}

static Value find_action(Value text, Value category, Value module, int64_t line) {
    Value list = current_filters();
    if (!list) return 0;
    if (!py_is_list(list)) return py_raise(TYPE_ValueError, "_warnings.filters must be a list");
    for (int64_t i = 0; i < py_list_length(list); i++) {
        Value filter = py_list_item(list, i);
        if (!py_is_tuple(filter) || tuple_length(filter) != 5)
            return py_raise(TYPE_ValueError, "_warnings.filters item %ld isn't a 5-tuple", (long)i);
        int applies = filter_applies(filter, text, category, module, line);
        if (applies) return applies < 0 ? 0 : tuple_item(filter, 0);
    }
    return setting("defaultaction", default_action);
}

/* 1 if the key is in the registry already; adds it otherwise. A registry of older filters is emptied. */
static int seen_before(Value registry, Value key, bool add) {
    Value version_name = py_intern_c("version"), version = py_dict_get(registry, version_name);
    if (!version) return -1;
    Value now = int_make((int64_t)atomic_load_relaxed(&filters_version));
    if (version == VM_UNBOUND || version != now) {
        if (!py_call_method(registry, "clear", 0, 0)) return -1;
        if (py_dict_set(registry, version_name, now) < 0) return -1;
    } else {
        Value known = py_dict_get(registry, key);
        int truth = !known ? -1 : known == VM_UNBOUND ? 0 : py_truth(known);
        if (truth) return truth;
    }
    return add ? py_dict_set(registry, key, VM_TRUE) : 0;
}

/* ---- showing ------------------------------------------------------------------------------------------------------------------- */

static int show_plain(Value filename, int64_t line, Value text, Value category) {
    Value err = vm_sys_get("stderr");
    if (!err || err == VM_NONE) return 0;
    Value shown = py_str_format("%S:%ld: %S: %S\n", filename, (long)line, py_type_name(category), text);
    return shown && py_call_method(err, "write", 1, &shown) ? 0 : -1;
}

static int show(Value filename, int64_t line, Value text, Value category, Value message, Value source_line, Value source) {
    Value module = py_import("warnings");
    Value show_function = module ? py_getattr_opt(module, py_intern_c("_showwarnmsg")) : 0;
    if (!show_function || show_function == VM_UNBOUND) {
        py_error_clear();
        return show_plain(filename, line, text, category);
    }
    Value factory = py_getattr_c(module, "WarningMessage");
    const Value args[] = {message, category, filename, int_make(line), VM_NONE, source_line ? source_line : VM_NONE, source ? source : VM_NONE};
    Value object = factory ? py_call(factory, args, 7, 0) : 0;
    return object && py_call1(show_function, object) ? 0 : -1;
}

/* ---- issuing ---------------------------------------------------------------------------------------------------------------------- */

typedef struct Warning {
    Value category, message, text, filename, module, registry, source_line, source;
    int64_t line;
} Warning;

static Value module_from_filename(Value filename) {
    size_t length = str_length(filename);
    if (length == 0) return py_str_c("<unknown>");
    Value suffix = py_intern_c(".py");
    if (length >= 3 && py_str_equal(py_str_substring(filename, length - 3, length), suffix)) return py_str_substring(filename, 0, length - 3);
    return filename;
}

static int normalise(Warning *w) {
    if (py_is_instance_of(w->message, TYPE_Warning)) {
        w->text = py_str(w->message);
        w->category = py_type_of(w->message);
    } else {
        w->text = w->message;
        w->message = py_call1(w->category, w->text);
    }
    if (w->text && !py_is_str(w->text)) w->text = py_str(w->text);
    return w->text && w->message ? 0 : -1;
}

static int issue(Warning *w) {
    if (w->module == VM_NONE) return 0;
    if (!w->module) w->module = module_from_filename(w->filename);
    if (!w->module || normalise(w) < 0) return -1;
    bool has_registry = w->registry && w->registry != VM_NONE;
    Value key = py_tuple_pack(3, w->text, w->category, int_make(w->line));
    int seen = !key ? -1 : has_registry ? seen_before(w->registry, key, false) : 0;
    if (seen) return seen < 0 ? -1 : 0;
    Value action = find_action(w->text, w->category, w->module, w->line);
    if (!action) return -1;
    if (!py_is_str(action)) return py_raise_int(TYPE_TypeError, "action must be a string, not '%T'", action);
    if (py_str_equal_c(action, "error")) return py_raise_object(w->message), -1;
    if (py_str_equal_c(action, "ignore")) return 0;
    if (py_str_equal_c(action, "once")) {
        Value registry = has_registry ? w->registry : setting("onceregistry", once_registry);
        Value once_key = registry ? py_tuple_pack(2, w->text, w->category) : 0;
        seen = once_key ? seen_before(registry, once_key, true) : -1;
    } else if (py_str_equal_c(action, "module")) {
        Value module_key = py_tuple_pack(3, w->text, w->category, int_make(0));
        seen = has_registry ? seen_before(w->registry, module_key, true) : 0;
    } else if (py_str_equal_c(action, "default")) {
        seen = has_registry ? seen_before(w->registry, key, true) : 0;
    } else if (!py_str_equal_c(action, "always")) {
        return py_raise_int(TYPE_RuntimeError, "Unrecognized action (%R) in warnings.filters:\n %R", action, w->category);
    }
    if (seen) return seen < 0 ? -1 : 0;
    return show(w->filename, w->line, w->text, w->category, w->message, w->source_line, w->source);
}

static bool is_importlib_frame(const VmFrame *frame) {
    const char *name = py_str_utf8(frame->code->filename, 0);
    if (!name) py_error_clear();
    return name && strstr(name, "importlib") && strstr(name, "_bootstrap");
}

/* Fill in where the warning comes from: `level` frames up, 1 the caller. */
static int set_context(Warning *w, int64_t level) {
    VmFrame *frame = vm_current_frame();
    bool skip = level > 1 && frame && !is_importlib_frame(frame);
    while (frame && --level > 0)
        do frame = frame->prev;
        while (skip && frame && is_importlib_frame(frame));
    Value globals = frame ? frame_globals(frame) : vm_runtime.sys_dict;
    w->filename = frame ? frame->code->filename : py_str_c("sys");
    w->line = frame ? vm_code_line_near(frame->code, (uint32_t)(frame->pc - frame->code->instrs)) : 1;
    Value registry_name = py_intern_c("__warningregistry__");
    w->registry = py_dict_get(globals, registry_name);
    if (w->registry == VM_UNBOUND) {
        w->registry = py_dict_new();
        if (!w->registry || py_dict_set(globals, registry_name, w->registry) < 0) return -1;
    }
    w->module = py_dict_get(globals, NAME(__name__));
    if (!w->registry || !w->module) return -1;
    if (w->module == VM_UNBOUND || !(w->module == VM_NONE || py_is_str(w->module))) w->module = py_str_c("<string>");
    return w->filename && w->module ? 0 : -1;
}

static Value check_category(Value message, Value category) {
    if (py_is_instance_of(message, TYPE_Warning)) return py_type_of(message);
    if (!category || category == VM_NONE) return py_type(TYPE_UserWarning);
    if (py_is_type(category) && py_type_is_subtype(category, py_type(TYPE_Warning))) return category;
    return py_raise(TYPE_TypeError, "category must be a Warning subclass, not '%T'", category);
}

WARN(warnings_warn) {
    int64_t level = args[2] ? py_index_int64(args[2], "int") : 1;
    if (level == -1 && py_error()) return 0;
    Warning w = {.category = check_category(args[0], args[1]), .message = args[0], .source = args[3]};
    if (!w.category || set_context(&w, level) < 0) return 0;
    return issue(&w) < 0 ? 0 : VM_NONE;
}

/* The line of source that a module's loader gives, for warn_explicit's module_globals. */
static Value loader_line(Value globals, int64_t line) {
    Value loader = py_dict_get(globals, NAME(__loader__)), name = py_dict_get(globals, NAME(__name__));
    if (!loader || !name) return 0;
    if (loader == VM_UNBOUND || name == VM_UNBOUND) return VM_NONE;
    Value get = py_getattr_opt(loader, py_intern_c("get_source")), source = !get || get == VM_UNBOUND ? get : py_call1(get, name);
    if (!source) return 0;
    if (source == VM_UNBOUND || source == VM_NONE) return VM_NONE;
    Value split = py_getattr_c(py_type(TYPE_STR), "splitlines"); /* not that of a subclass */
    Value lines = split ? py_call1(split, source) : 0;
    if (!lines) return 0;
    return line >= 1 && line <= py_list_length(lines) ? py_list_item(lines, line - 1) : VM_NONE;
}

WARN(warnings_warn_explicit) {
    Warning w = {.message = args[0], .category = args[1], .filename = args[2], .module = args[4], .registry = args[5], .source = args[7]};
    w.line = py_index_int64(args[3], "int");
    if (w.line == -1 && py_error()) return 0;
    if (!py_is_str(w.filename)) return py_raise(TYPE_TypeError, "warn_explicit() argument 'filename' must be str, not %T", w.filename);
    if (w.registry && w.registry != VM_NONE && !py_is_dict(w.registry))
        return py_raise(TYPE_TypeError, "'registry' must be a dict or None");
    if (args[6] && args[6] != VM_NONE) {
        if (!py_is_dict(args[6])) return py_raise(TYPE_TypeError, "module_globals must be a dict, not '%T'", args[6]);
        w.source_line = loader_line(args[6], w.line);
        if (!w.source_line) return 0;
    }
    return issue(&w) < 0 ? 0 : VM_NONE;
}

WARN(warnings_filters_mutated) {
    atomic_add_relaxed(&filters_version, 1);
    return VM_NONE;
}

static const PyMethodDef warnings_functions[] = {
    {"warn", "($module, /, message, category=None, stacklevel=1, source=None)", warnings_warn, 0, "Issue a warning, or maybe ignore it or raise an exception."},
    {"warn_explicit", "($module, /, message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None)", warnings_warn_explicit, 0, "Low-level interface to warnings functionality."},
    {"_filters_mutated", "($module, /)", warnings_filters_mutated, 0, 0},
    {0}};

static int add_filter(const char *action, uint32_t category, const char *module) {
    Value name = module ? py_intern_c(module) : VM_NONE;
    Value filter = py_tuple_pack(5, py_intern_c(action), VM_NONE, py_type(category), name, int_make(0));
    return filter ? py_list_append(filters, filter) : -1;
}

static int warnings_init(Value module) {
    filters = py_list_new(0);
    once_registry = py_dict_new();
    default_action = py_intern_c("default");
    vm_root_register(&filters);
    vm_root_register(&once_registry);
    if (add_filter("default", TYPE_DeprecationWarning, "__main__") < 0 || add_filter("ignore", TYPE_DeprecationWarning, 0) < 0 ||
        add_filter("ignore", TYPE_PendingDeprecationWarning, 0) < 0 || add_filter("ignore", TYPE_ImportWarning, 0) < 0 ||
        add_filter("ignore", TYPE_ResourceWarning, 0) < 0)
        return -1;
    return py_module_add(module, "filters", filters) < 0 || py_module_add(module, "_onceregistry", once_registry) < 0 ||
                   py_module_add(module, "_defaultaction", default_action) < 0
               ? -1
               : 0;
}
const PyModuleDef py_module_warnings = {
    .doc = "_warnings provides basic warning filtering support.\nIt is a helper module to speed up interpreter start-up.",
    .functions = warnings_functions,
    .init = warnings_init};
