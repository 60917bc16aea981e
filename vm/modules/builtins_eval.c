/* Module builtins: eval, exec, and class bodies. */
#include "vm/exec/interp.h"
#include "vm/modules/builtins.h"

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
    return builtins_compile_text(source, who, "string, bytes or code", "<string>", mode, builtins_inherited_flags(), -1);
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
    {"eval", "($module, source, globals=None, locals=None, /)", builtin_eval, 0, "Evaluate the given source in the context of globals and locals."},
    {"exec", "($module, source, globals=None, locals=None, /, *, closure=None)", builtin_exec, 0, "Execute the given source in the context of globals and locals."},
    {"__build_class__", "($module, func, name, /, *bases, **kwds)", builtin_build_class, 0, "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\nInternal helper function used by the class statement."},
    {0}};
