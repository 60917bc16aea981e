/* Module builtins: its table, and the functions on single objects. */
#include "vm/modules/ast/ast_module.h"
#include "vm/audit.h"
#include "vm/console.h"
#include "vm/modules/builtins.h"
#include "vm/runtime.h"
#include "vm/objects/int.h"
#include <stdio.h>

BUILTIN(builtin_abs) { return py_absolute(args[0]); }
BUILTIN(builtin_ascii) { return py_ascii(args[0]); }
BUILTIN(builtin_callable) { return vm_bool(py_callable(args[0])); }
BUILTIN(builtin_repr) { return py_repr(args[0]); }
BUILTIN(builtin_divmod) { return py_binary(PY_OP_DIVMOD, args[0], args[1]); }
BUILTIN(builtin_id) {
    Value id = py_int_from_u64(is_ref(args[0]) ? gc_id(args[0]) : args[0]);
    return id && VM_AUDIT("builtins.id", py_tuple_pack(1, id)) < 0 ? 0 : id;
}

BUILTIN(builtin_hash) {
    int64_t hash = py_hash(args[0]);
    return hash == -1 ? 0 : py_int_from_i64(hash);
}

BUILTIN(builtin_len) {
    int64_t length = py_length(args[0]);
    return length < 0 ? 0 : py_int_from_i64(length);
}

static Value in_base(Value v, int base) {
    Value index = py_index(v);
    return index ? py_int_to_str(index, base, true) : 0;
}
BUILTIN(builtin_bin) { return in_base(args[0], 2); }
BUILTIN(builtin_oct) { return in_base(args[0], 8); }
BUILTIN(builtin_hex) { return in_base(args[0], 16); }

BUILTIN(builtin_chr) {
    Value index = py_index(args[0]);
    int64_t c;
    if (!index) return 0;
    if (py_int_as_i64(index, &c) || c > INT32_MAX || c < INT32_MIN)
        return py_raise(TYPE_OverflowError, "Python int too large to convert to C int");
    if (c < 0 || c > 0x10ffff) return py_raise(TYPE_ValueError, "chr() arg not in range(0x110000)");
    return py_str_char((uint32_t)c);
}

BUILTIN(builtin_ord) {
    int64_t length;
    if (py_is_str(args[0])) {
        length = REF(PyStr, args[0])->length;
        if (length == 1) return int_make(str_char(str_data(args[0]), REF(PyStr, args[0])->width, 0));
    } else if (py_is_bytes(args[0]) || py_is_instance_of(args[0], TYPE_BYTEARRAY)) {
        PyBuffer buffer;
        if (py_get_buffer(args[0], &buffer, false) < 0) return 0;
        length = buffer.length;
        int first = length ? *(uint8_t *)buffer.data : 0;
        py_release_buffer(&buffer);
        if (length == 1) return int_make(first);
    } else {
        return py_raise(TYPE_TypeError, "ord() expected string of length 1, but %T found", args[0]);
    }
    return py_raise(TYPE_TypeError, "ord() expected a character, but string of length %ld found", (long)length);
}

BUILTIN(builtin_format) {
    Value spec = args[1] ? args[1] : NAME(empty);
    if (!py_is_str(spec)) return py_raise(TYPE_TypeError, "format() argument 2 must be str, not %T", spec);
    return py_format(args[0], spec);
}

BUILTIN(builtin_pow) { return py_power(args[0], args[1], args[2] ? args[2] : VM_NONE); }

BUILTIN(builtin_round) {
    Value method = py_lookup_special(args[0], NAME(__round__));
    if (!method)
        return py_error() ? 0 : py_raise(TYPE_TypeError, "type %T doesn't define __round__ method", args[0]);
    return !args[1] || args[1] == VM_NONE ? py_call0(method) : py_call1(method, args[1]);
}

/* ---- attributes ------------------------------------------------------------------------------------------------------------ */

static int check_attribute_name(Value name) {
    return py_is_str(name) ? 0 : py_raise_int(TYPE_TypeError, "attribute name must be string, not '%T'", name);
}

BUILTIN(builtin_getattr) {
    if (check_attribute_name(args[1]) < 0) return 0;
    if (!args[2]) return py_getattr(args[0], args[1]);
    Value value = py_getattr_opt(args[0], args[1]);
    return value == VM_UNBOUND ? args[2] : value;
}
BUILTIN(builtin_hasattr) {
    if (check_attribute_name(args[1]) < 0) return 0;
    Value value = py_getattr_opt(args[0], args[1]);
    return value ? vm_bool(value != VM_UNBOUND) : 0;
}
BUILTIN(builtin_setattr) {
    if (check_attribute_name(args[1]) < 0) return 0;
    return py_setattr(args[0], args[1], args[2]) < 0 ? 0 : VM_NONE;
}
BUILTIN(builtin_delattr) {
    if (check_attribute_name(args[1]) < 0) return 0;
    return py_setattr(args[0], args[1], 0) < 0 ? 0 : VM_NONE;
}

BUILTIN(builtin_isinstance) {
    int yes = py_isinstance(args[0], args[1]);
    return yes < 0 ? 0 : vm_bool(yes);
}
BUILTIN(builtin_issubclass) {
    int yes = py_issubclass(args[0], args[1]);
    return yes < 0 ? 0 : vm_bool(yes);
}

static Value current_locals(void) {
    VmFrame *frame = vm_current_frame();
    return frame ? py_frame_locals(frame) : py_raise(TYPE_SystemError, "frame does not exist");
}

BUILTIN(builtin_vars) {
    if (!args[0]) return current_locals();
    Value dict = py_getattr_opt(args[0], NAME(__dict__));
    return dict == VM_UNBOUND ? py_raise(TYPE_TypeError, "vars() argument must have __dict__ attribute") : dict;
}
BUILTIN(builtin_locals) { return current_locals(); }
BUILTIN(builtin_globals) {
    VmFrame *frame = vm_current_frame();
    return frame ? frame_globals(frame) : py_raise(TYPE_SystemError, "frame does not exist");
}

BUILTIN(builtin_dir) {
    Value names;
    if (args[0]) {
        Value method = py_lookup_special(args[0], NAME(__dir__));
        if (!method) return py_error() ? 0 : py_raise(TYPE_TypeError, "object does not provide __dir__");
        names = py_call0(method);
    } else {
        Value locals = current_locals();
        names = locals ? py_call_method(locals, "keys", 0, 0) : 0;
    }
    Value list = names ? py_list_from_iterable(names) : 0;
    return list && py_list_sort(list, VM_NONE, false) == 0 ? list : 0;
}

/* ---- input and output -------------------------------------------------------------------------------------------------------- */

/* A str argument that may be None: the text, `fallback` for None, 0 with TypeError. */
static Value text_or(Value v, const char *name, Value fallback) {
    if (!v || v == VM_NONE) return fallback;
    return py_is_str(v) ? v : py_raise(TYPE_TypeError, "%s must be None or a string, not %T", name, v);
}

static int write_to(Value file, Value text) { return py_call_method(file, "write", 1, &text) ? 0 : -1; }

BUILTIN(builtin_print) {
    Value items = args[0], file = args[3];
    Value separator = text_or(args[1], "sep", py_str_char(' ')), end = separator ? text_or(args[2], "end", py_str_char('\n')) : 0;
    if (!end) return 0;
    if (!file || file == VM_NONE) {
        file = vm_sys_get("stdout");
        if (!file) return py_raise(TYPE_RuntimeError, "lost sys.stdout");
        if (file == VM_NONE) return VM_NONE;
    }
    for (int64_t i = 0; i < tuple_length(items); i++) {
        if (i && write_to(file, separator) < 0) return 0;
        Value text = py_str(tuple_item(items, i));
        if (!text || write_to(file, text) < 0) return 0;
    }
    if (write_to(file, end) < 0) return 0;
    int flush = args[4] ? py_truth(args[4]) : 0;
    if (flush < 0 || (flush && !py_call_method(file, "flush", 0, 0))) return 0;
    return VM_NONE;
}

/* input() on the process's own terminal: the prompt belongs to the line editor. */
static Value input_line(Value in, Value prompt) {
    Value text = prompt ? py_str(prompt) : NAME(empty), encoding = text ? py_getattr_c(in, "encoding") : 0;
    const char *name = encoding && py_is_str(encoding) ? py_str_utf8(encoding, 0) : 0;
    char copy[64];
    if (!name) return 0;
    snprintf(copy, sizeof copy, "%s", name);
    Value bytes = py_encode(text, copy, "backslashreplace"), line = bytes ? vm_console_line(bytes) : 0;
    if (!line) return 0;
    size_t length = (size_t)REF(PyBytes, line)->length;
    return py_decode(stm_flat(bytes_data(line), length, false), length, copy, "surrogateescape");
}

BUILTIN(builtin_input) {
    Value in = vm_sys_get("stdin"), out = vm_sys_get("stdout"), err = vm_sys_get("stderr");
    if (!in || in == VM_NONE) return py_raise(TYPE_RuntimeError, "input(): lost sys.stdin");
    if (!out || out == VM_NONE) return py_raise(TYPE_RuntimeError, "input(): lost sys.stdout");
    if (!err || err == VM_NONE) return py_raise(TYPE_RuntimeError, "input(): lost sys.stderr");
    if (VM_AUDIT("builtins.input", py_tuple_pack(1, args[0] ? args[0] : VM_NONE)) < 0) return 0;
    if (!py_call_method(err, "flush", 0, 0)) py_error_clear();
    bool console = vm_console_owns(in, out);
    if (args[0] && !console) {
        Value prompt = py_str(args[0]);
        if (!prompt || write_to(out, prompt) < 0) return 0;
    }
    if (!py_call_method(out, "flush", 0, 0)) py_error_clear();
    Value line = console ? input_line(in, args[0]) : py_call_method(in, "readline", 0, 0);
    if (!line) return 0;
    if (!py_is_str(line)) return py_raise(TYPE_TypeError, "object.readline() returned non-string");
    size_t length = REF(PyStr, line)->length;
    if (length == 0) return py_raise(TYPE_EOFError, "EOF when reading a line");
    bool newline = str_char(str_data(line), REF(PyStr, line)->width, length - 1) == '\n';
    return newline ? py_str_substring(line, 0, length - 1) : line;
}

BUILTIN(builtin_open) {
    Value open = py_import_attr("_io", "open");
    return open ? py_call(open, args, nargs, kwnames) : 0;
}

BUILTIN(builtin_breakpoint) {
    Value hook = vm_sys_get("breakpointhook");
    if (!hook) return py_raise(TYPE_RuntimeError, "lost sys.breakpointhook");
    return py_call(hook, args, nargs, kwnames);
}

BUILTIN(builtin_import) {
    int64_t level = args[4] ? py_index_int64(args[4], "int") : 0;
    if (level == -1 && py_error()) return 0;
    return vm_import(args[0], args[1] == VM_NONE ? 0 : args[1], args[3], level);
}

static const PyMethodDef builtins_functions[] = {
    {"abs", "($module, x, /)", builtin_abs, 0, "Return the absolute value of the argument."},
    {"ascii", "($module, obj, /)", builtin_ascii, 0, "Return an ASCII-only representation of an object."},
    {"bin", "($module, number, /)", builtin_bin, 0, "Return the binary representation of an integer."},
    {"breakpoint", 0, builtin_breakpoint, 0, "Call sys.breakpointhook(*args, **kws)."},
    {"callable", "($module, obj, /)", builtin_callable, 0, "Return whether the object is callable."},
    {"chr", "($module, i, /)", builtin_chr, 0, "Return a Unicode string of one character with ordinal i; 0 <= i <= 0x10ffff."},
    {"delattr", "($module, obj, name, /)", builtin_delattr, 0, "Deletes the named attribute from the given object."},
    {"dir", "($module, object=None, /)", builtin_dir, 0, "Return an alphabetized list of names comprising some of the attributes of the given object."},
    {"divmod", "($module, x, y, /)", builtin_divmod, 0, "Return the tuple (x//y, x%y)."},
    {"format", "($module, value, format_spec='', /)", builtin_format, 0, "Return type(value).__format__(value, format_spec)"},
    {"getattr", "($module, object, name, default=None, /)", builtin_getattr, 0, "Get a named attribute from an object."},
    {"globals", "($module, /)", builtin_globals, 0, "Return the dictionary containing the current scope's global variables."},
    {"hasattr", "($module, obj, name, /)", builtin_hasattr, 0, "Return whether the object has an attribute with the given name."},
    {"hash", "($module, obj, /)", builtin_hash, 0, "Return the hash value for the given object."},
    {"hex", "($module, number, /)", builtin_hex, 0, "Return the hexadecimal representation of an integer."},
    {"id", "($module, obj, /)", builtin_id, 0, "Return the identity of an object."},
    {"input", "($module, prompt='', /)", builtin_input, 0, "Read a string from standard input.  The trailing newline is stripped."},
    {"isinstance", "($module, obj, class_or_tuple, /)", builtin_isinstance, 0, "Return whether an object is an instance of a class or of a subclass thereof."},
    {"issubclass", "($module, cls, class_or_tuple, /)", builtin_issubclass, 0, "Return whether 'cls' is derived from another class or is the same class."},
    {"len", "($module, obj, /)", builtin_len, 0, "Return the number of items in a container."},
    {"locals", "($module, /)", builtin_locals, 0, "Return a dictionary containing the current scope's local variables."},
    {"oct", "($module, number, /)", builtin_oct, 0, "Return the octal representation of an integer."},
    {"open", 0, builtin_open, 0, "Open file and return a stream.  Raise OSError upon failure."},
    {"ord", "($module, c, /)", builtin_ord, 0, "Return the Unicode code point for a one-character string."},
    {"pow", "($module, /, base, exp, mod=None)", builtin_pow, 0, "Equivalent to base**exp with 2 arguments or base**exp % mod with 3 arguments."},
    {"print", "($module, /, *args, sep=' ', end='\\n', file=None, flush=False)", builtin_print, 0, "Prints the values to a stream, or to sys.stdout by default."},
    {"repr", "($module, obj, /)", builtin_repr, 0, "Return the canonical string representation of the object."},
    {"round", "($module, /, number, ndigits=None)", builtin_round, 0, "Round a number to a given precision in decimal digits."},
    {"setattr", "($module, obj, name, value, /)", builtin_setattr, 0, "Sets the named attribute on the given object to the specified value."},
    {"vars", "($module, object=None, /)", builtin_vars, 0, "Without arguments, equivalent to locals(). With an argument, equivalent to object.__dict__."},
    {"__import__", "($module, /, name, globals=None, locals=None, fromlist=(), level=0)", builtin_import, 0, "Import a module."},
    {0}};

/* ---- the module ---------------------------------------------------------------------------------------------------------------- */

static const uint32_t builtin_types[] = {
    TYPE_OBJECT, TYPE_TYPE, TYPE_INT, TYPE_BOOL, TYPE_FLOAT, TYPE_COMPLEX, TYPE_STR, TYPE_BYTES, TYPE_BYTEARRAY, TYPE_MEMORYVIEW,
    TYPE_TUPLE, TYPE_LIST, TYPE_DICT, TYPE_SET, TYPE_FROZENSET, TYPE_RANGE, TYPE_SLICE, TYPE_PROPERTY, TYPE_STATICMETHOD,
    TYPE_CLASSMETHOD, TYPE_SUPER, TYPE_ENUMERATE, TYPE_REVERSED, TYPE_ZIP, TYPE_MAP, TYPE_FILTER};

static int add_functions(Value module, const PyMethodDef *functions) {
    Value name = py_intern_c("builtins");
    for (; functions->name; functions++)
        if (py_module_add(module, functions->name, py_builtin_new(functions, module, name)) < 0) return -1;
    return 0;
}

static int builtins_init(Value module) {
    for (size_t i = 0; i < sizeof builtin_types / sizeof *builtin_types; i++)
        if (py_module_add_type(module, builtin_types[i]) < 0) return -1;
    for (uint32_t id = TYPE_BaseException; id <= TYPE_EncodingWarning; id++)
        if (py_module_add_type(module, id) < 0) return -1;
    const struct {
        const char *name;
        Value value;
    } constants[] = {{"None", VM_NONE}, {"True", VM_TRUE}, {"False", VM_FALSE}, {"Ellipsis", VM_ELLIPSIS},
                     {"NotImplemented", VM_NOT_IMPLEMENTED}, {"__debug__", vm_bool(!vm_options.optimize)},
                     {"EnvironmentError", py_type(TYPE_OSError)}, {"IOError", py_type(TYPE_OSError)}};
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (py_module_add(module, constants[i].name, constants[i].value) < 0) return -1;
    if (add_functions(module, builtins_eval_functions) < 0 || add_functions(module, builtins_fold_functions) < 0 ||
        add_functions(module, builtins_compile_functions) < 0)
        return -1;
    if (ast_init() < 0) return -1;
    vm_runtime.import_function = py_dict_get_c(py_module_dict(module), "__import__");
    return 0;
}

const PyModuleDef py_module_builtins = {
    .doc = "Built-in functions, types, exceptions, and other objects.", .functions = builtins_functions, .init = builtins_init};
