/* Instructions that are not hot enough for the loop itself: names, displays, functions, imports, with,
 * super, formatting. Functions return 0 or -1 with an exception set. */
#include "vm/exec/interp.h"
#include "vm/objects/str.h"
#include "vm/objects/type.h"
#include "vm/runtime.h"

/* ---- names ------------------------------------------------------------------------------------ */

void vm_raise_name_error(Value name) {
    py_raise(TYPE_NameError, "name '%S' is not defined", name);
    if (py_error_is(TYPE_NameError)) REF(PyNameError, py_error())->name = name;
}

/* Of the variable that a register holds; that which holds no variable of the code is its class's outer __class__. */
static Value variable_name(const VmCode *code, uint32_t reg) {
    bool known = reg < code->local_count + code->cell_count + code->free_count;
    return known ? code->local_names[reg] : NAME(__class__);
}

void vm_raise_unbound(VmFrame *frame, uint32_t reg, bool free_variable) {
    Value name = variable_name(frame->code, reg);
    if (!free_variable)
        py_raise(TYPE_UnboundLocalError, "cannot access local variable '%S' where it is not associated with a value",
                 name);
    else
        py_raise(TYPE_NameError,
                 "cannot access free variable '%S' where it is not associated with a value in enclosing scope",
                 name);
}

Value vm_namespace_get(Value mapping, Value name) {
    if (is_exactly(mapping, TYPE_DICT)) return py_dict_get_str(mapping, name);
    Value value = py_getitem(mapping, name);
    if (value || !py_error_is(TYPE_KeyError)) return value;
    py_error_clear();
    return VM_UNBOUND;
}

Value vm_load_name(VmFrame *frame, Value name) {
    Value places[3] = {frame_namespace(frame), frame_globals(frame), frame_builtins(frame)};
    for (int i = 0; i < 3; i++) {
        if (!places[i]) continue;
        Value value = vm_namespace_get(places[i], name);
        if (value != VM_UNBOUND) return value;
    }
    vm_raise_name_error(name);
    return 0;
}

static Value namespace_of(VmFrame *frame) {
    Value mapping = frame_namespace(frame);
    return mapping ? mapping : frame_globals(frame);
}

int vm_store_name(VmFrame *frame, Value name, Value value) {
    Value mapping = namespace_of(frame);
    return is_exactly(mapping, TYPE_DICT) ? py_dict_set(mapping, name, value)
                                          : py_setitem(mapping, name, value);
}

static int namespace_delete(Value mapping, Value name) {
    int status;
    if (is_exactly(mapping, TYPE_DICT)) {
        status = py_dict_delete(mapping, name);
        if (status > 0) return 0;
        if (status < 0) return -1;
    } else {
        if (py_setitem(mapping, name, 0) == 0) return 0;
        if (!py_error_is(TYPE_KeyError)) return -1;
        py_error_clear();
    }
    vm_raise_name_error(name);
    return -1;
}

int vm_delete_name(VmFrame *frame, Value name) { return namespace_delete(namespace_of(frame), name); }
int vm_delete_global(VmFrame *frame, Value name) { return namespace_delete(frame_globals(frame), name); }

Value vm_load_class_deref(VmFrame *frame, uint32_t reg) {
    Value name = variable_name(frame->code, reg), cell = frame->registers[reg];
    if (frame->locals) {
        Value value = vm_namespace_get(frame->locals, name);
        if (value != VM_UNBOUND) return value;
    }
    Value value = GET(REF(PyCell, cell), value);
    if (value != VM_UNBOUND) return value;
    vm_raise_unbound(frame, reg, true);
    return 0;
}

/* ---- functions, classes ----------------------------------------------------------------------- */

Value vm_make_function(VmFrame *frame, Value code, unsigned parts, const Value *from) {
    Value function = py_function_new(code, frame_globals(frame));
    if (!function) return 0;
    const Value *closure = parts & 8 ? from + __builtin_popcount(parts & 7) : 0;
    if (closure && UNLIKELY(tuple_length(*closure) != vm_code((uint32_t)REF(PyCode, code)->code_id)->free_count))
        return py_raise(TYPE_ValueError, "closure of another length");
    PyFunction GS *f = REF(PyFunction, function);
    if (parts & 1) f->defaults = *from++;
    if (parts & 2) f->kwdefaults = *from++;
    if (parts & 4) f->annotations = *from++;
    if (closure) f->closure = *closure;
    return function;
}

Value vm_build_class_function(VmFrame *frame) {
    Value builtins = frame_builtins(frame);
    Value value = vm_namespace_get(builtins, NAME(__build_class__));
    return value == VM_UNBOUND ? py_raise(TYPE_NameError, "__build_class__ not found") : value;
}

int vm_setup_annotations(VmFrame *frame) {
    Value mapping = namespace_of(frame), present = vm_namespace_get(mapping, NAME(__annotations__));
    if (present != VM_UNBOUND) return present ? 0 : -1;
    Value dict = py_dict_new();
    return dict ? vm_store_name(frame, NAME(__annotations__), dict) : -1;
}

/* The zero-argument form without a call of type super; R[a] is what the name `super` means here. */
Value vm_load_super(VmThread *thread, VmFrame *frame) {
    (void)thread;
    const VmInstr *pc = frame->pc;
    Value super = frame->registers[pc->a];
    if (super != py_type(TYPE_SUPER)) return py_call0(super);
    Value type = GET(REF(PyCell, frame->registers[pc->b]), value);
    if (type == VM_UNBOUND) return py_raise(TYPE_RuntimeError, "super(): empty __class__ cell");
    Value self = frame->registers[pc->c];
    if (pc->x) self = GET(REF(PyCell, self), value);
    if (self == VM_UNBOUND) return py_raise(TYPE_RuntimeError, "super(): arg[0] deleted");
    return py_call2(super, type, self);
}

/* ---- with ------------------------------------------------------------------------------------- */

int vm_load_special(VmFrame *frame, unsigned which, Value v, Value *out) {
    (void)frame;
    static const char *const protocol[] = {"context manager", "context manager", "asynchronous context manager",
                                           "asynchronous context manager"};
    const Value names[] = {NAME(__enter__), NAME(__exit__), NAME(__aenter__), NAME(__aexit__)};
    Value type = py_type_of(v), found = py_type_lookup(type, names[which]);
    if (!found)
        return py_raise_int(TYPE_TypeError, "'%T' object does not support the %s protocol%s", v,
                            protocol[which],
                            which == 1   ? " (missed __exit__ method)"
                            : which == 3 ? " (missed __aexit__ method)"
                                         : "");
    if (is_function(found) || is_exactly(found, TYPE_METHOD_DESCR)) {
        out[0] = found;
        out[1] = v;
        return 0;
    }
    found = descr_bind(found, v, type);
    if (!found) return -1;
    out[0] = found;
    out[1] = VM_UNBOUND;
    return 0;
}

/* ---- displays --------------------------------------------------------------------------------- */

Value vm_build_string(const Value *parts, size_t count) {
    size_t length = 0;
    uint32_t max_char = 127;
    for (size_t i = 0; i < count; i++) {
        PyStr GS *s = REF(PyStr, parts[i]);
        length += s->length;
        uint32_t top = s->ascii ? 127 : s->width == 1 ? 255 : s->width == 2 ? 65535 : STR_MAX_CHAR;
        if (top > max_char) max_char = top;
    }
    if (count == 1) return parts[0];
    if (length == 0) return NAME(empty);
    Value result = py_str_alloc(length, max_char);
    if (!result) return 0;
    unsigned width = width_for(max_char);
    char *to = str_fill(result);
    for (size_t i = 0; i < count; i++) {
        StrView view = str_view(parts[i]);
        flat_copy(to, width, view.data, view.width, view.length);
        to += view.length * width;
    }
    return result;
}

Value vm_format_value(Value v, Value spec, unsigned x) {
    switch (x & 3) {
    case 1: v = py_str(v); break;
    case 2: v = py_repr(v); break;
    case 3: v = py_ascii(v); break;
    }
    if (!v) return 0;
    if (!spec) {
        if (is_exactly(v, TYPE_STR)) return v;
        if (is_int(v) || is_float(v)) return py_str(v);
        spec = NAME(empty);
    }
    return py_format(v, spec);
}

int vm_list_extend(Value list, Value v, bool star_args) {
    (void)star_args;
    if (!py_iterable(v)) return py_raise_int(TYPE_TypeError, "Value after * must be an iterable, not %T", v);
    return py_list_extend(list, v);
}

int vm_dict_update(Value dict, Value mapping) {
    if (!py_is_dict(mapping)) {
        Value keys = py_getattr_opt(mapping, NAME(keys));
        if (!keys) return -1;
        if (keys == VM_UNBOUND) return py_raise_int(TYPE_TypeError, "'%T' object is not a mapping", mapping);
    }
    return py_dict_update(dict, mapping);
}

static Value raise_too_few(size_t got, size_t want, bool star) {
    return py_raise(TYPE_ValueError, "not enough values to unpack (expected %s%zu, got %zu)",
                    star ? "at least " : "", want, got);
}

/* Items of a list or tuple: as many as there are now. */
static Value unpack_sequence(VmFrame *frame, Value list, size_t count, uint16_t first) {
    size_t length = (size_t)py_list_length(list);
    if (length < count) return raise_too_few(length, count, false);
    if (length > count) return py_raise(TYPE_ValueError, "too many values to unpack (expected %zu)", count);
    for (size_t i = 0; i < count; i++) frame->registers[first + i] = py_list_item(list, (int64_t)i);
    return 1;
}

Value vm_unpack(VmFrame *frame, Value v, size_t count, size_t after, bool star, uint16_t first) {
    if (!star && is_exactly(v, TYPE_LIST)) return unpack_sequence(frame, v, count, first);
    Value it = py_iter(v);
    if (!it) {
        if (!py_iterable(v) && py_error_is(TYPE_TypeError)) {
            py_error_clear();
            py_raise(TYPE_TypeError, "cannot unpack non-iterable %T object", v);
        }
        return 0;
    }
    Value items = py_list_new(0);
    if (!items) return 0;
    if (star) {
        if (py_list_extend(items, it) < 0) return 0;
        size_t length = (size_t)py_list_length(items);
        if (length < count + after) return raise_too_few(length, count + after, true);
        size_t middle = length - count - after;
        Value rest = py_list_new(middle);
        if (!rest) return 0;
        for (size_t i = 0; i < middle; i++)
            py_list_set_item(rest, (int64_t)i, py_list_item(items, (int64_t)(count + i)));
        for (size_t i = 0; i < count; i++) frame->registers[first + i] = py_list_item(items, (int64_t)i);
        frame->registers[first + count] = rest;
        for (size_t i = 0; i < after; i++)
            frame->registers[first + count + 1 + i] = py_list_item(items, (int64_t)(count + middle + i));
        return 1;
    }
    for (size_t i = 0; i <= count; i++) {
        Value item = py_next(it);
        if (!item) return 0;
        if (item == VM_STOP && i < count) return raise_too_few(i, count, false);
        if (item != VM_STOP && i == count)
            return py_raise(TYPE_ValueError, "too many values to unpack (expected %zu)", count);
        if (item != VM_STOP && py_list_append(items, item) < 0) return 0;
    }
    for (size_t i = 0; i < count; i++) frame->registers[first + i] = py_list_item(items, (int64_t)i);
    return 1;
}

/* ---- import ----------------------------------------------------------------------------------- */

Value vm_import_name(VmFrame *frame, Value name, Value level, Value fromlist) {
    Value globals = frame_globals(frame), builtins = frame_builtins(frame);
    Value function = py_is_dict(builtins) ? py_dict_get_str(builtins, NAME(__import__)) : 0;
    if (function == VM_UNBOUND) return py_raise(TYPE_ImportError, "__import__ not found");
    if (!function || function == vm_runtime.import_function)
        return vm_import(name, globals, fromlist, int_value(level));
    Value mapping = frame_namespace(frame), args[5] = {name, globals, mapping ? mapping : VM_NONE, fromlist, level};
    return py_call(function, args, 5, 0);
}

static Value raise_cannot_import(Value module, Value name) {
    Value module_name = py_getattr_opt(module, NAME(__name__));
    if (!module_name) return 0;
    if (module_name == VM_UNBOUND || !py_is_str(module_name)) module_name = py_str_c("<unknown module name>");
    Value file = py_getattr_opt(module, NAME(__file__));
    if (!file) return 0;
    bool known = file != VM_UNBOUND && py_is_str(file);
    Value spec = py_getattr_opt(module, NAME(__spec__)), starting = VM_UNBOUND;
    if (spec && spec != VM_UNBOUND && spec != VM_NONE)
        starting = py_getattr_opt(spec, py_intern_c("_initializing"));
    if (starting == VM_TRUE && known)
        py_raise(TYPE_ImportError,
                 "cannot import name %R from partially initialized module %R (most likely due to a circular import) (%S)",
                 name, module_name, file);
    else if (known)
        py_raise(TYPE_ImportError, "cannot import name %R from %R (%S)", name, module_name, file);
    else
        py_raise(TYPE_ImportError, "cannot import name %R from %R (unknown location)", name, module_name);
    Value error = py_error();
    if (error && py_error_is(TYPE_ImportError)) {
        SET(REF(PyImportError, error), name, module_name);
        if (known) SET(REF(PyImportError, error), path, file);
    }
    return 0;
}

Value vm_import_from(Value module, Value name) {
    Value value = py_getattr_opt(module, name);
    if (value != VM_UNBOUND) return value;
    Value package = py_getattr_opt(module, NAME(__name__));
    if (!package) return 0;
    if (package != VM_UNBOUND && py_is_str(package)) {
        Value full = py_str_format("%S.%S", package, name);
        if (!full) return 0;
        value = py_dict_get(vm_runtime.modules, full);
        if (value != VM_UNBOUND) return value;
    }
    return raise_cannot_import(module, name);
}

/* The names that `from module import *` takes: __all__, or all that do not begin with '_'. */
static Value star_names(Value module, bool *explicit) {
    Value all = py_getattr_opt(module, NAME(__all__));
    *explicit = all != VM_UNBOUND;
    if (all != VM_UNBOUND) return all ? py_list_from_iterable(all) : 0;
    Value dict = py_getattr_opt(module, NAME(__dict__));
    if (dict == VM_UNBOUND)
        return py_raise(TYPE_ImportError, "from-import-* object has no __dict__ and no __all__");
    if (!dict) return 0;
    return py_is_dict(dict) ? py_dict_keys_list(dict)
                            : py_list_from_iterable(py_call_method(dict, "keys", 0, 0));
}

int vm_import_star(VmFrame *frame, Value module) {
    bool explicit;
    Value names = star_names(module, &explicit);
    if (!names) return -1;
    for (int64_t i = 0; i < py_list_length(names); i++) {
        Value name = py_list_item(names, i);
        if (!py_is_str(name)) {
            Value who = py_getattr_opt(module, NAME(__name__));
            return py_raise_int(TYPE_TypeError, "%s in %S.%s must be str, not %T", explicit ? "Item" : "Key",
                                who == VM_UNBOUND ? NAME(empty) : who, explicit ? "__all__" : "__dict__", name);
        }
        if (!explicit && REF(PyStr, name)->length && str_at(name, 0) == '_') continue;
        Value value = py_getattr(module, name);
        if (!value || vm_store_name(frame, py_intern(name), value) < 0) return -1;
    }
    return 0;
}

int vm_print_expr(Value v) {
    Value hook = vm_sys_get("displayhook");
    if (!hook) return py_raise_int(TYPE_RuntimeError, "lost sys.displayhook");
    return py_call1(hook, v) ? 0 : -1;
}
