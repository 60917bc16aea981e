/* Module _pickle: objects by their reducers, and by name. */
#include "vm/modules/pickle.h"

static int fail_with(const char *format, Value a, Value b) { return py_raise_int(TYPE_PICKLING_ERROR, format, a, b); }

/* ---- by name ------------------------------------------------------------------------------------------------------ */

/* `object.a.b` for "a.b": VM_UNBOUND if it is not there; *parent_or_0 is what the last name is an attribute of. */
Value pickle_attribute(Value object, Value dotted, Value *parent_or_0) {
    Value dot = py_intern_c("."), names = py_call_method(dotted, "split", 1, &dot);
    Value parent = object;
    for (int64_t i = 0; names && i < py_list_length(names); i++) {
        Value name = py_list_item(names, i);
        if (py_str_equal_c(name, "<locals>")) return VM_UNBOUND;
        parent = object;
        object = py_getattr_opt(object, name);
        if (!object || object == VM_UNBOUND) return object;
    }
    if (parent_or_0) *parent_or_0 = parent;
    return names ? object : 0;
}

/* The name of the module that has v under its name: __module__, or a search through sys.modules. */
static Value module_name_of(Value v, Value dotted) {
    Value name = py_getattr_opt(v, NAME(__module__)), modules, copy, key, module;
    if (!name || (name != VM_UNBOUND && name != VM_NONE)) return name;
    if (!(modules = py_import_attr("sys", "modules")) || !(copy = py_call1(py_type(TYPE_DICT), modules))) return 0;
    for (int64_t at = 0; py_dict_next(copy, &at, &key, &module);) {
        if (module == VM_NONE || (py_is_str(key) && (py_str_equal_c(key, "__main__") || py_str_equal_c(key, "__mp_main__")))) continue;
        Value found = pickle_attribute(module, dotted, 0);
        if (!found) py_error_clear();
        if (found == v) return key;
    }
    return py_intern_c("__main__");
}

static int put_number_op(Pickle *p, uint8_t op, uint64_t n, int bytes) {
    uint8_t text[9] = {op};
    for (int i = 0; i < bytes; i++) text[i + 1] = (uint8_t)(n >> 8 * i);
    return pickle_put(p, text, (size_t)bytes + 1);
}
/* A code of copyreg.add_extension: 1 written, 0 none, -1. */
static int save_extension(Pickle *p, Value module, Value name) {
    Value registry = py_import_attr("copyreg", "_extension_registry"), key = registry ? py_tuple_pack(2, module, name) : 0;
    Value code = key ? py_dict_get(registry, key) : 0;
    int64_t n;
    if (!code || code == VM_UNBOUND) return code ? 0 : -1;
    if (!py_is_int(code) || py_int_as_i64(code, &n)) return fail_with("Can't pickle %R: extension code %R isn't an integer", name, code);
    if (n <= 0 || n > INT32_MAX) return fail_with("Can't pickle %R: extension code %R is out of range", name, code);
    int status = n < 256 ? put_number_op(p, OP_EXT1, (uint64_t)n, 1) : n < 65536 ? put_number_op(p, OP_EXT2, (uint64_t)n, 2) : put_number_op(p, OP_EXT4, (uint64_t)n, 4);
    return status < 0 ? -1 : 1;
}

int pickle_map_names(const char *of_names, const char *of_modules, Value *module, Value *name) {
    Value names = py_import_attr("_compat_pickle", of_names), modules = names ? py_import_attr("_compat_pickle", of_modules) : 0;
    Value key = modules ? py_tuple_pack(2, *module, *name) : 0, pair = key ? py_dict_get(names, key) : 0;
    if (!pair) return -1;
    if (pair != VM_UNBOUND) {
        *module = tuple_item(pair, 0), *name = tuple_item(pair, 1);
        return 0;
    }
    Value other = py_dict_get(modules, *module);
    if (other && other != VM_UNBOUND) *module = other;
    return other ? 0 : -1;
}
static int put_global_lines(Pickle *p, Value v, Value module, Value name) {
    (void)v;
    if (p->protocol < 3 && p->fix_imports && pickle_map_names("REVERSE_NAME_MAPPING", "REVERSE_IMPORT_MAPPING", &module, &name) < 0) return -1;
    const char *encoding = p->protocol >= 3 ? "utf-8" : "ascii";
    Value texts[2] = {py_encode(module, encoding, "strict"), 0};
    if (texts[0]) texts[1] = py_encode(name, encoding, "strict");
    if (!texts[1]) {
        if (!py_error_is(TYPE_UnicodeEncodeError)) return -1;
        py_error_clear();
        return py_raise_int(TYPE_PICKLING_ERROR, "can't pickle global identifier '%S.%S' using pickle protocol %d", module, name, p->protocol);
    }
    if (pickle_op(p, OP_GLOBAL) < 0) return -1;
    for (int i = 0; i < 2; i++) {
        size_t n = bytes_length(texts[i]);
        if (pickle_put(p, stm_flat(bytes_data(texts[i]), n, false), n) < 0 || pickle_put(p, "\n", 1) < 0) return -1;
    }
    return 0;
}

/* The qualified name of what a function has made: "f.<locals>.g". */
static bool is_local_name(Value name) {
    const char *text = py_is_str(name) ? py_str_utf8(name, 0) : 0;
    if (!text) py_error_clear();
    return text && strstr(text, "<locals>");
}

int pickle_save_global(Pickle *p, Value v, Value name_or_0) {
    Value name = name_or_0;
    if (!name) {
        name = py_getattr_opt(v, NAME(__qualname__));
        if (name == VM_UNBOUND) name = py_getattr(v, NAME(__name__));
        if (!name) return -1;
    }
    if (is_local_name(name)) return py_raise_int(TYPE_AttributeError, "Can't pickle local object %R", name);
    Value module_name = module_name_of(v, name), parent = 0;
    if (!module_name) return -1;
    Value import = py_import_attr("builtins", "__import__"), modules = import && py_call1(import, module_name) ? py_import_attr("sys", "modules") : 0;
    Value module = modules ? py_dict_get(modules, module_name) : 0;
    if (!module || module == VM_UNBOUND) {
        py_error_clear();
        return fail_with("Can't pickle %R: import of module %R failed", v, module_name);
    }
    Value found = pickle_attribute(module, name, &parent);
    if (!found) return -1;
    if (found == VM_UNBOUND) return py_raise_int(TYPE_PICKLING_ERROR, "Can't pickle %R: attribute lookup %S on %S failed", v, name, module_name);
    if (found != v) return py_raise_int(TYPE_PICKLING_ERROR, "Can't pickle %R: it's not the same object as %S.%S", v, module_name, name);
    Value dot = py_intern_c("."), parts = py_call_method(name, "rpartition", 1, &dot);
    if (!parts) return -1;
    if (parent == module) name = tuple_item(parts, 2);
    if (p->protocol >= 2) {
        int done = save_extension(p, module_name, name);
        if (done) return done < 0 ? -1 : 0;
    }
    if (p->protocol >= 4) {
        if (pickle_save(p, module_name, true) < 0 || pickle_save(p, name, true) < 0 || pickle_op(p, OP_STACK_GLOBAL) < 0) return -1;
    } else if (parent != module) {
        Value getattr = py_import_attr("builtins", "getattr");
        Value arguments = getattr ? py_tuple_pack(2, parent, tuple_item(parts, 2)) : 0, reduced = arguments ? py_tuple_pack(2, getattr, arguments) : 0;
        return reduced ? pickle_save_reduced(p, reduced, v) : -1;
    } else if (put_global_lines(p, v, module_name, name) < 0) {
        return -1;
    }
    return pickle_memoize(p, v);
}

/* ---- (callable, arguments, state, items, pairs, setter) --------------------------------------------------------------- */

static int check_iterator(Value v, const char *which, Value function) {
    if (v == VM_NONE || py_type_lookup(py_type_of(v), NAME(__next__))) return 0;
    return py_raise_int(TYPE_PICKLING_ERROR, "%s element of the tuple returned by %S must be an iterator, not %T", which, function, v);
}

/* copyreg.__newobj_ex__(cls, args, kwargs) */
static int save_new_ex(Pickle *p, Value arguments) {
    if (tuple_length(arguments) != 3) return py_raise_int(TYPE_PICKLING_ERROR, "length of the NEWOBJ_EX argument tuple must be exactly 3, not %zd", (ssize_t)tuple_length(arguments));
    Value cls = tuple_item(arguments, 0), args = tuple_item(arguments, 1), kwargs = tuple_item(arguments, 2);
    if (!py_is_type(cls)) return py_raise_int(TYPE_PICKLING_ERROR, "first item from NEWOBJ_EX argument tuple must be a class, not %T", cls);
    if (!py_is_tuple(args)) return py_raise_int(TYPE_PICKLING_ERROR, "second item from NEWOBJ_EX argument tuple must be a tuple, not %T", args);
    if (!py_is_dict(kwargs)) return py_raise_int(TYPE_PICKLING_ERROR, "third item from NEWOBJ_EX argument tuple must be a dict, not %T", kwargs);
    if (p->protocol >= 4)
        return pickle_save(p, cls, true) < 0 || pickle_save(p, args, true) < 0 || pickle_save(p, kwargs, true) < 0 ? -1 : pickle_op(p, OP_NEWOBJ_EX);
    Value make = py_getattr_c(cls, "__new__"), all = make ? py_list_from_iterable(args) : 0;
    Value partial_args = all ? py_list_new(0) : 0, partial = py_import_attr("functools", "partial");
    if (!partial_args || !partial || py_list_append(partial_args, make) < 0 || py_list_append(partial_args, cls) < 0 || py_list_extend(partial_args, all) < 0) return -1;
    Value bound = py_call_kw(partial, py_list_to_tuple(partial_args), kwargs), empty = bound ? py_tuple_new(0) : 0;
    return !empty || pickle_save(p, bound, true) < 0 || pickle_save(p, empty, true) < 0 ? -1 : pickle_op(p, OP_REDUCE);
}
/* copyreg.__newobj__(cls, *args) */
static int save_new(Pickle *p, Value arguments, Value object_or_0) {
    if (tuple_length(arguments) < 1) return py_raise_int(TYPE_PICKLING_ERROR, "__newobj__ arglist is empty");
    Value cls = tuple_item(arguments, 0), has_new = py_getattr_opt(cls, py_intern_c("__new__"));
    if (!has_new) return -1;
    if (has_new == VM_UNBOUND) return py_raise_int(TYPE_PICKLING_ERROR, "args[0] from __newobj__ args has no __new__");
    if (object_or_0) {
        Value own = py_getattr(object_or_0, NAME(__class__));
        if (!own) return -1;
        if (own != cls) return py_raise_int(TYPE_PICKLING_ERROR, "args[0] from __newobj__ args has the wrong class");
    }
    Value rest = py_tuple_new((size_t)tuple_length(arguments) - 1);
    for (int64_t i = 1; rest && i < tuple_length(arguments); i++) REF(PyTuple, rest)->items[i - 1] = tuple_item(arguments, i);
    return !rest || pickle_save(p, cls, true) < 0 || pickle_save(p, rest, true) < 0 ? -1 : pickle_op(p, OP_NEWOBJ);
}

static int save_call(Pickle *p, Value function, Value arguments, Value object_or_0) {
    if (p->protocol >= 2) {
        Value name = py_getattr_opt(function, NAME(__name__));
        if (!name) return -1;
        if (name != VM_UNBOUND && py_is_str(name)) {
            if (py_str_equal_c(name, "__newobj_ex__")) return save_new_ex(p, arguments);
            if (py_str_equal_c(name, "__newobj__")) return save_new(p, arguments, object_or_0);
        }
    }
    return pickle_save(p, function, true) < 0 || pickle_save(p, arguments, true) < 0 ? -1 : pickle_op(p, OP_REDUCE);
}
static int save_state(Pickle *p, Value state, Value setter, Value object) {
    if (setter == VM_NONE) return pickle_save(p, state, true) < 0 ? -1 : pickle_op(p, OP_BUILD);
    return pickle_save(p, setter, true) < 0 || pickle_save(p, object, true) < 0 || pickle_save(p, state, true) < 0 || pickle_op(p, OP_TUPLE2) < 0 || pickle_op(p, OP_REDUCE) < 0
               ? -1
               : pickle_op(p, OP_POP);
}

int pickle_save_reduced(Pickle *p, Value reduced, Value object_or_0) {
    int64_t n = tuple_length(reduced);
    if (n < 2 || n > 6) return py_raise_int(TYPE_PICKLING_ERROR, "tuple returned by __reduce__ must contain 2 through 6 elements");
    Value part[6];
    for (int i = 0; i < 6; i++) part[i] = i < n ? tuple_item(reduced, i) : VM_NONE;
    if (!py_callable(part[0])) return py_raise_int(TYPE_PICKLING_ERROR, "first item of the tuple returned by __reduce__ must be callable");
    if (!py_is_tuple(part[1])) return py_raise_int(TYPE_PICKLING_ERROR, "second item of the tuple returned by __reduce__ must be a tuple");
    if (check_iterator(part[3], "fourth", part[0]) < 0 || check_iterator(part[4], "fifth", part[0]) < 0) return -1;
    if (part[5] != VM_NONE && !py_callable(part[5]))
        return py_raise_int(TYPE_PICKLING_ERROR, "sixth element of the tuple returned by %S must be a function, not %T", part[0], part[5]);
    if (save_call(p, part[0], part[1], object_or_0) < 0) return -1;
    if (object_or_0) { /* it may have come into the memo with its arguments */
        int64_t there = p->fast ? MEMO_ABSENT : pickle_memo_find(p->pickler, object_or_0);
        if (there == MEMO_FAILED) return -1;
        int status = there == MEMO_ABSENT ? pickle_memoize(p, object_or_0) : pickle_op(p, OP_POP) < 0 ? -1 : pickle_get(p, object_or_0);
        if (status < 0) return -1;
    }
    if (part[3] != VM_NONE && pickle_items(p, part[3]) < 0) return -1;
    if (part[4] != VM_NONE && pickle_pairs(p, part[4]) < 0) return -1;
    return part[2] != VM_NONE ? save_state(p, part[2], part[5], object_or_0 ? object_or_0 : VM_NONE) : 0;
}

/* ---- which reducer ---------------------------------------------------------------------------------------------------- */

/* What dispatch_table or copyreg.dispatch_table has for the type: VM_UNBOUND if nothing. */
static Value registered_reducer(Pickle *p, Value type) {
    Value table = p->dispatch_table ? p->dispatch_table : py_import_attr("copyreg", "dispatch_table");
    if (!table) return 0;
    if (is_exactly(table, TYPE_DICT)) return py_dict_get(table, type);
    Value found = py_getitem(table, type);
    if (found || !py_error_is(TYPE_KeyError)) return found;
    py_error_clear();
    return VM_UNBOUND;
}
/* type(None), type(...), type(NotImplemented) have no name to be found by. */
static int save_type(Pickle *p, Value type) {
    Value single = type == py_type(TYPE_NONETYPE) ? VM_NONE : type == py_type(TYPE_ELLIPSIS) ? VM_ELLIPSIS : type == py_type(TYPE_NOTIMPL) ? VM_NOT_IMPLEMENTED : 0;
    if (!single) return pickle_save_global(p, type, 0);
    Value arguments = py_tuple_pack(1, single), reduced = arguments ? py_tuple_pack(2, py_type(TYPE_TYPE), arguments) : 0;
    return reduced ? pickle_save_reduced(p, reduced, type) : -1;
}
static Value reduce_by_method(Pickle *p, Value v) {
    Value method = py_getattr_opt(v, py_intern_c("__reduce_ex__"));
    if (!method) return 0;
    if (method != VM_UNBOUND) return py_call1(method, int_make(p->protocol));
    method = py_getattr_opt(v, py_intern_c("__reduce__"));
    if (method != VM_UNBOUND) return method ? py_call0(method) : 0;
    return py_raise(TYPE_PICKLING_ERROR, "can't pickle '%T' object: %R", v, v);
}

int pickle_save_object(Pickle *p, Value v) {
    Value type = py_type_of(v), reduced = VM_NOT_IMPLEMENTED;
    if (p->reducer_override && !(reduced = py_call1(p->reducer_override, v))) return -1;
    if (reduced == VM_NOT_IMPLEMENTED) {
        if (type == py_type(TYPE_TYPE)) return save_type(p, v);
        if (type == py_type(TYPE_FUNCTION)) return pickle_save_global(p, v, 0);
        Value reducer = registered_reducer(p, type);
        if (!reducer) return -1;
        if (reducer == VM_UNBOUND && py_is_type(v)) return pickle_save_global(p, v, 0);
        if (!(reduced = reducer == VM_UNBOUND ? reduce_by_method(p, v) : py_call1(reducer, v))) return -1;
    }
    if (py_is_str(reduced)) return pickle_save_global(p, v, reduced);
    if (!py_is_tuple(reduced)) return py_raise_int(TYPE_PICKLING_ERROR, "__reduce__ must return a string or tuple");
    return pickle_save_reduced(p, reduced, v);
}
