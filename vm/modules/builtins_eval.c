/* Module builtins: compile, eval, exec, and class bodies. */
#include "vm/exec/interp.h"
#include "vm/modules/builtins.h"
#include <stdlib.h>

/* ---- running code -------------------------------------------------------------------------------------------------------------- */

static Value run_with_locals(Value function, Value locals) {
    VmThread *thread = vm_thread();
    VmFrame *frame = vm_bind_frame(thread, function, 0, 0, 0);
    if (!frame) return 0;
    frame->locals = locals;
    return vm_run_nested(thread, frame, false);
}

/* Run a code object as a module or class body does: names go to `locals`. May call. */
static Value run_code(Value code, Value globals, Value locals, Value closure) {
    Value builtins = py_dict_get(globals, NAME(__builtins__));
    if (!builtins) return 0;
    if (builtins == VM_UNBOUND && py_dict_set(globals, NAME(__builtins__), vm_current_builtins()) < 0) return 0;
    Value function = py_function_new(code, globals);
    if (!function) return 0;
    REF(PyFunction, function)->closure = closure;
    return run_with_locals(function, locals);
}

static Value check_mapping(Value v, const char *who, const char *which) {
    if (py_is_dict(v) || vm_type_of(v)->slots->getitem) return v;
    return py_raise(TYPE_TypeError, "%s() arg %s must be a mapping, not %T", who, which, v);
}

/* globals and locals of exec and eval as given, or those of the calling frame. */
static int scopes(const char *who, Value *globals, Value *locals) {
    if (*globals == VM_NONE) *globals = 0;
    if (*locals == VM_NONE) *locals = 0;
    if (!*globals) {
        VmFrame *frame = vm_current_frame();
        if (!frame) return py_raise_int(TYPE_SystemError, "globals and locals cannot be NULL");
        *globals = frame_globals(frame);
        if (!*locals) *locals = py_frame_locals(frame);
        if (!*locals) return -1;
    }
    if (!py_is_dict(*globals)) {
        if (strcmp(who, "eval") == 0) return py_raise_int(TYPE_TypeError, "globals must be a dict");
        return py_raise_int(TYPE_TypeError, "exec() globals must be a dict, not %T", *globals);
    }
    if (!*locals) *locals = *globals;
    if (*locals != *globals && !check_mapping(*locals, who, "2")) return -1;
    return 0;
}

/* ---- compile --------------------------------------------------------------------------------------------------------------------- */

/* Source given as str or bytes-like into C memory; the caller frees it. */
static char *source_text(Value source, const char *who, const char *what, size_t *length) {
    char *copy = 0;
    if (py_is_str(source)) {
        const char *text = py_str_utf8(source, length);
        if (!text) return 0;
        copy = malloc(*length + 1);
        if (copy) memcpy(copy, text, *length);
    } else {
        PyBuffer buffer;
        if (!vm_type_of(source)->slots->get_buffer && !py_is_bytes(source)) {
            py_raise(TYPE_TypeError, "%s() arg 1 must be a %s object", who, what);
            return 0;
        }
        if (py_get_buffer(source, &buffer, false) < 0) return 0;
        *length = (size_t)buffer.length;
        copy = malloc(*length + 1);
        if (copy) memcpy(copy, buffer.data, *length);
        py_release_buffer(&buffer);
    }
    if (!copy) return py_raise_memory(), (char *)0;
    copy[*length] = 0;
    if (strlen(copy) != *length) {
        free(copy);
        py_raise(TYPE_ValueError, "source code string cannot contain null bytes");
        return 0;
    }
    return copy;
}

/* The future features of the code that calls: inherited by what it compiles. */
static uint32_t inherited_flags(void) {
    VmFrame *frame = vm_current_frame();
    return frame ? frame->code->flags & (CODE_FUTURE_ANNOTATIONS | 0x1ff0000) : 0;
}

static Value compile_text(Value source, const char *who, const char *what, const char *filename, const char *mode, uint32_t flags, int optimize) {
    size_t length;
    char *text = source_text(source, who, what, &length);
    if (!text) return 0;
    bool is_str = py_is_str(source);
    Value code = vm_compile(text, length, filename, mode, flags | (is_str ? VM_COMPILE_IGNORE_COOKIE : 0), optimize, false);
    free(text);
    return code;
}

BUILTIN(builtin_compile) {
    Value mode_value = args[2];
    if (!py_is_str(mode_value)) return py_raise(TYPE_TypeError, "compile() argument 'mode' must be str, not %T", mode_value);
    size_t name_length;
    Value file = args[1];
    if (!py_is_str(file)) {
        file = py_is_bytes(file) ? py_decode_fs(stm_flat(bytes_data(file), (size_t)REF(PyBytes, file)->length, false),
                                                (size_t)REF(PyBytes, file)->length)
                                 : py_call_method(py_import("os"), "fsdecode", 1, &file);
        if (!file) return 0;
    }
    const char *mode_text = py_str_utf8(mode_value, 0), *name = mode_text ? py_str_utf8(file, &name_length) : 0;
    if (!name) return 0;
    static const char *const modes[] = {"exec", "eval", "single"};
    const char *mode = 0;
    for (int i = 0; i < 3; i++)
        if (strcmp(modes[i], mode_text) == 0) mode = modes[i];
    if (!mode) return py_raise(TYPE_ValueError, "compile() mode must be 'exec', 'eval' or 'single'");
    int64_t flags = args[3] ? py_index_int64(args[3], "int") : 0, optimize = args[5] ? py_index_int64(args[5], "int") : -1;
    int dont_inherit = args[4] ? py_truth(args[4]) : 0;
    if (py_error()) return 0;
    if (optimize < -1 || optimize > 2) return py_raise(TYPE_ValueError, "compile(): invalid optimize value");
    char *filename = strdup(name); /* outlives allocation below */
    if (!filename) return py_raise_memory();
    uint32_t all = (uint32_t)flags | (dont_inherit ? 0 : inherited_flags());
    Value code = compile_text(args[0], "compile", "string, bytes or AST", filename, mode, all, (int)optimize);
    free(filename);
    return code;
}

/* eval ignores leading blanks. */
static Value strip_leading(Value source) {
    if (!py_is_str(source)) return source;
    size_t i = 0, length = REF(PyStr, source)->length;
    while (i < length) {
        uint32_t c = str_char(str_data(source), REF(PyStr, source)->width, i);
        if (c != ' ' && c != '\t') break;
        i++;
    }
    return i ? py_str_substring(source, i, length) : source;
}

/* A tuple of as many cells as the code has free variables; VM_NONE where it has none. */
static bool closure_fits(Value closure, uint32_t free_count) {
    if (!free_count) return closure == VM_NONE;
    if (!is_exactly(closure, TYPE_TUPLE) || tuple_length(closure) != free_count) return false;
    for (uint32_t i = 0; i < free_count; i++)
        if (!is_exactly(tuple_item(closure, i), TYPE_CELL)) return false;
    return true;
}

static Value code_of(Value source, const char *who, const char *mode, Value closure) {
    if (is_exactly(source, TYPE_CODE)) {
        VmCode *code = vm_code((uint32_t)REF(PyCode, source)->code_id);
        if (closure_fits(closure ? closure : VM_NONE, code->free_count)) return source;
        if (strcmp(who, "eval") == 0)
            return py_raise(TYPE_TypeError, "code object passed to eval() may not contain free variables");
        if (!code->free_count) return py_raise(TYPE_TypeError, "cannot use a closure with this code object");
        return py_raise(TYPE_TypeError, "code object requires a closure of exactly length %u", code->free_count);
    }
    if (closure && closure != VM_NONE)
        return py_raise(TYPE_TypeError, "closure can only be used when source is a code object");
    return compile_text(source, who, "string, bytes or code", "<string>", mode, inherited_flags(), -1);
}

BUILTIN(builtin_eval) {
    Value globals = args[1] ? args[1] : VM_NONE, locals = args[2] ? args[2] : VM_NONE;
    if (locals != VM_NONE && !check_mapping(locals, "eval", "2")) return 0;
    if (scopes("eval", &globals, &locals) < 0) return 0;
    Value source = strip_leading(args[0]), code = source ? code_of(source, "eval", "eval", 0) : 0;
    return code ? run_code(code, globals, locals, VM_NONE) : 0;
}

BUILTIN(builtin_exec) {
    Value globals = args[1] ? args[1] : VM_NONE, locals = args[2] ? args[2] : VM_NONE, closure = args[3] ? args[3] : VM_NONE;
    if (scopes("exec", &globals, &locals) < 0) return 0;
    Value code = code_of(args[0], "exec", "exec", closure);
    return code && run_code(code, globals, locals, closure) ? VM_NONE : 0;
}

/* ---- class statements -------------------------------------------------------------------------------------------------------------- */

/* Bases with __mro_entries__ (PEP 560) replaced by what it gives; the tuple itself if there is none. */
static Value resolve_bases(Value bases) {
    Value list = 0;
    for (int64_t i = 0; i < tuple_length(bases); i++) {
        Value base = tuple_item(bases, i);
        Value method = py_is_type(base) ? VM_UNBOUND : py_getattr_opt(base, NAME(__mro_entries__));
        if (!method) return 0;
        if (method == VM_UNBOUND) {
            if (list && py_list_append(list, base) < 0) return 0;
            continue;
        }
        Value entries = py_call1(method, bases);
        if (!entries) return 0;
        if (!py_is_tuple(entries)) return py_raise(TYPE_TypeError, "__mro_entries__ must return a tuple");
        if (!list) {
            list = py_list_new(0);
            for (int64_t k = 0; list && k < i; k++)
                if (py_list_append(list, tuple_item(bases, k)) < 0) return 0;
        }
        if (!list || py_list_extend(list, entries) < 0) return 0;
    }
    return list ? py_list_to_tuple(list) : bases;
}

/* The most derived of the metaclass and the types of the bases. */
static Value winning_metaclass(Value meta, Value bases) {
    for (int64_t i = 0; i < tuple_length(bases); i++) {
        Value type = py_type_of(tuple_item(bases, i));
        if (py_type_is_subtype(meta, type)) continue;
        if (!py_type_is_subtype(type, meta))
            return py_raise(TYPE_TypeError, "metaclass conflict: the metaclass of a derived class must be a (non-strict) "
                                            "subclass of the metaclasses of all its bases");
        meta = type;
    }
    return meta;
}

static Value prepare_namespace(Value meta, Value name, Value bases, Value keywords) {
    Value prepare = py_getattr_opt(meta, NAME(__prepare__));
    if (!prepare) return 0;
    if (prepare == VM_UNBOUND) return py_dict_new();
    Value arguments = py_tuple_pack(2, name, bases), namespace = arguments ? py_call_kw(prepare, arguments, keywords) : 0;
    if (!namespace || py_is_dict(namespace) || vm_type_of(namespace)->slots->getitem) return namespace;
    Value who = py_is_type(meta) ? py_type_name(meta) : py_str_c("<metaclass>");
    return py_raise(TYPE_TypeError, "%S.__prepare__() must return a mapping, not %T", who, namespace);
}

static int check_class_cell(Value cell, Value cls, Value name) {
    if (!is_ref(cell) || !is_exactly(cell, TYPE_CELL) || !py_is_type(cls)) return 0;
    Value inside = GET(REF(PyCell, cell), value);
    if (inside == VM_UNBOUND)
        return py_raise_int(TYPE_RuntimeError,
                            "__class__ not set defining %R as %R. Was __classcell__ propagated to type.__new__?", name, cls);
    if (inside != cls) return py_raise_int(TYPE_TypeError, "__class__ set to %R defining %R as %R", inside, name, cls);
    return 0;
}

BUILTIN(builtin_build_class) {
    Value function = args[0], name = args[1], keywords = args[3] ? args[3] : py_dict_new();
    if (!has_type(function, TYPE_FUNCTION)) return py_raise(TYPE_TypeError, "__build_class__: func must be a function");
    if (!py_is_str(name)) return py_raise(TYPE_TypeError, "__build_class__: name is not a string");
    Value original = args[2], bases = resolve_bases(original);
    if (!bases || !keywords) return 0;
    Value meta = py_dict_pop(keywords, NAME(metaclass));
    if (!meta) return 0;
    if (meta == VM_UNBOUND) meta = tuple_length(bases) ? py_type_of(tuple_item(bases, 0)) : py_type(TYPE_TYPE);
    if (py_is_type(meta)) meta = winning_metaclass(meta, bases);
    Value namespace = meta ? prepare_namespace(meta, name, bases, keywords) : 0;
    Value cell = namespace ? run_with_locals(function, namespace) : 0;
    if (!cell) return 0;
    if (bases != original && py_setitem(namespace, py_intern_c("__orig_bases__"), original) < 0) return 0;
    Value arguments = py_tuple_pack(3, name, bases, namespace);
    Value cls = arguments ? py_call_kw(meta, arguments, keywords) : 0;
    return cls && check_class_cell(cell, cls, name) == 0 ? cls : 0;
}

const PyMethodDef builtins_eval_functions[] = {
    {"compile", "($module, /, source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)", builtin_compile, 0, "Compile source into a code object that can be executed by exec() or eval()."},
    {"eval", "($module, source, globals=None, locals=None, /)", builtin_eval, 0, "Evaluate the given source in the context of globals and locals."},
    {"exec", "($module, source, globals=None, locals=None, /, *, closure=None)", builtin_exec, 0, "Execute the given source in the context of globals and locals."},
    {"__build_class__", "($module, func, name, /, *bases, **kwds)", builtin_build_class, 0, "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\nInternal helper function used by the class statement."},
    {0}};
