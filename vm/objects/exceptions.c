/* Built-in exception types: construction, attributes, text. Layouts are in object.h; a Value field that is 0 reads as None.
 *
 * __new__ stores the arguments in `args`; __init__ of the layouts that have fields takes them from there. */
#include "vm/exec/frame.h"
#include "vm/objects/exceptions.h"

static Value none_if_unset(Value v) { return v ? v : VM_NONE; }

static int no_keywords(Value self_type, Value kwnames) {
    if (kwnames && tuple_length(kwnames))
        return py_raise_int(TYPE_TypeError, "%N() takes no keyword arguments", self_type);
    return 0;
}

static Value exception_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)kwnames; /* refused by __init__, unless a subclass's __init__ takes them */
    Value tuple = py_tuple_from(args, nargs);
    Value self = tuple ? py_alloc(type, 0) : 0;
    if (self) REF(PyException, self)->args = tuple;
    return self;
}

static int exception_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_keywords(py_type_of(self), kwnames) < 0) return -1;
    Value tuple = py_tuple_from(args, nargs);
    if (!tuple) return -1;
    SET(REF(PyException, self), args, tuple);
    return 0;
}

Value py_exception_args(Value self) {
    Value args = GET(REF(PyException, self), args);
    return args ? args : py_tuple_new(0);
}

static Value exception_str(Value self) {
    Value args = py_exception_args(self);
    if (!args) return 0;
    switch (tuple_length(args)) {
    case 0: return NAME(empty);
    case 1: return py_str(tuple_item(args, 0));
    default: return py_str(args);
    }
}

static Value exception_repr(Value self) {
    Value args = py_exception_args(self);
    if (!args) return 0;
    Value name = py_type_name(py_type_of(self));
    if (tuple_length(args) == 1) return py_str_format("%S(%R)", name, tuple_item(args, 0));
    return py_str_format("%S%R", name, args);
}

static Value exception_with_traceback(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (py_exception_set_traceback(args[0], args[1]) < 0) return 0;
    return args[0];
}

static Value exception_add_note(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "note must be a str, not '%T'", args[1]);
    Value notes = py_getattr_opt(args[0], NAME(__notes__));
    if (!notes) return 0;
    if (notes == VM_UNBOUND) {
        notes = py_list_new(0);
        if (!notes || py_setattr(args[0], NAME(__notes__), notes) < 0) return 0;
    }
    if (!py_is_list(notes)) return py_raise(TYPE_TypeError, "Cannot add note: __notes__ is not a list");
    return py_list_append(notes, args[1]) < 0 ? 0 : VM_NONE;
}

/* (type, args[, __dict__]) as copyreg and pickle expect. */
static Value exception_reduce(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value arguments = py_exception_args(args[0]), dict = arguments ? py_instance_dict(args[0]) : 0;
    if (!dict) return 0;
    if (py_dict_length(dict) == 0) return py_tuple_pack(2, py_type_of(args[0]), arguments);
    return py_tuple_pack(3, py_type_of(args[0]), arguments, dict);
}

static Value exception_setstate(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (args[1] == VM_NONE) return VM_NONE;
    if (!py_is_dict(args[1])) return py_raise(TYPE_TypeError, "state is not a dictionary");
    int64_t position = 0;
    for (Value key, value; py_dict_next(args[1], &position, &key, &value);)
        if (py_setattr(args[0], key, value) < 0) return 0;
    return VM_NONE;
}

/* ---- attributes of all exceptions ------------------------------------------------------------------------------ */

static Value get_args(Value self) { return py_exception_args(self); }
static int set_args(Value self, Value value) {
    if (!value) return py_raise_int(TYPE_TypeError, "args may not be deleted");
    Value tuple = py_tuple_from_iterable(value);
    if (!tuple) return -1;
    SET(REF(PyException, self), args, tuple);
    return 0;
}
static Value get_traceback(Value self) { return none_if_unset(GET(REF(PyException, self), traceback)); }
int py_exception_set_traceback(Value self, Value value) {
    if (!value) return py_raise_int(TYPE_TypeError, "__traceback__ may not be deleted");
    if (value != VM_NONE && !is_exactly(value, TYPE_TRACEBACK))
        return py_raise_int(TYPE_TypeError, "__traceback__ must be a traceback or None");
    SET(REF(PyException, self), traceback, value);
    return 0;
}
static Value get_context(Value self) { return none_if_unset(GET(REF(PyException, self), context)); }
static int set_context(Value self, Value value) {
    if (!value) return py_raise_int(TYPE_TypeError, "__context__ may not be deleted");
    if (value != VM_NONE && !py_is_exception(value))
        return py_raise_int(TYPE_TypeError, "exception context must be None or derive from BaseException");
    SET(REF(PyException, self), context, value);
    return 0;
}
static Value get_cause(Value self) { return none_if_unset(GET(REF(PyException, self), cause)); }
int py_exception_set_cause(Value self, Value value) {
    if (!value) return py_raise_int(TYPE_TypeError, "__cause__ may not be deleted");
    if (value != VM_NONE && !py_is_exception(value))
        return py_raise_int(TYPE_TypeError, "exception cause must be None or derive from BaseException");
    SET(REF(PyException, self), cause, value);
    SET(REF(PyException, self), suppress_context, 1);
    return 0;
}
static Value get_suppress(Value self) { return vm_bool(GET(REF(PyException, self), suppress_context) != 0); }
static int set_suppress(Value self, Value value) {
    if (!value) return py_raise_int(TYPE_TypeError, "can't delete numeric/char attribute");
    if (!is_bool(value)) return py_raise_int(TYPE_TypeError, "attribute value type must be bool");
    SET(REF(PyException, self), suppress_context, value == VM_TRUE);
    return 0;
}

static const PyMethodDef exception_methods[] = {
    {"with_traceback", "($self, object, /)", exception_with_traceback, 0,
     "Exception.with_traceback(tb) --\n    set self.__traceback__ to tb and return self."},
    {"add_note", "($self, object, /)", exception_add_note, 0,
     "Exception.add_note(note) --\n    add a note to the exception"},
    {"__reduce__", "($self, /)", exception_reduce, 0, 0},
    {"__setstate__", "($self, object, /)", exception_setstate, 0, 0},
    {0}};
static const PyGetSetDef exception_getsets[] = {{"args", get_args, set_args, 0},
                                                {"__traceback__", get_traceback, py_exception_set_traceback, 0},
                                                {"__context__", get_context, set_context, "exception context"},
                                                {"__cause__", get_cause, py_exception_set_cause, "exception cause"},
                                                {"__suppress_context__", get_suppress, set_suppress, 0},
                                                {0}};
const PyTypeSpec py_spec_BaseException = {
    .doc = "Common base class for all exceptions",
    .slots = {.new = exception_new, .init = exception_init, .str = exception_str, .repr = exception_repr},
    .methods = exception_methods,
    .getsets = exception_getsets,
    .raw_words = 1,
    .has_dict = true};

/* ---- layouts with fields ------------------------------------------------------------------------------------------ */

#define FIELD_IN(layout, struct_name, field)                                                                          \
    static Value layout##_get_##field(Value self) { return none_if_unset(GET(REF(struct_name, self), field)); }       \
    static int layout##_set_##field(Value self, Value value) {                                                        \
        SET(REF(struct_name, self), field, value ? value : VM_NONE);                                                  \
        return 0;                                                                                                     \
    }
#define FIELD_ROW(layout, name, field) {name, layout##_get_##field, layout##_set_##field, 0}

/* Split off the keyword arguments `names` (0-terminated) into `out`; others are a TypeError. */
static int take_keywords(const char *type, const char *const *names, Value *out, const Value *args, size_t nargs, Value kwnames) {
    for (int64_t k = 0; kwnames && k < tuple_length(kwnames); k++) {
        size_t n = 0;
        while (names[n] && !py_str_equal_c(tuple_item(kwnames, k), names[n])) n++;
        if (!names[n])
            return py_raise_int(TYPE_TypeError, "'%S' is an invalid keyword argument for %s", tuple_item(kwnames, k), type);
        out[n] = args[nargs + (size_t)k];
    }
    return 0;
}

static int system_exit_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    if (exception_init(self, args, nargs, kwnames) < 0) return -1;
    Value code = nargs == 0 ? VM_NONE : nargs == 1 ? args[0] : REF(PyException, self)->args;
    SET(REF(PySystemExit, self), code, code);
    return 0;
}
FIELD_IN(system_exit, PySystemExit, code)
static const PyGetSetDef system_exit_getsets[] = {FIELD_ROW(system_exit, "code", code), {0}};
const PyTypeSpec py_spec_SystemExit = {.doc = "Request to exit from the interpreter.",
                                       .slots = {.init = system_exit_init},
                                       .getsets = system_exit_getsets,
                                       .raw_words = 1,
                                       .has_dict = true};

static int stop_iteration_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    if (exception_init(self, args, nargs, kwnames) < 0) return -1;
    SET(REF(PyStopIteration, self), value, nargs ? args[0] : VM_NONE);
    return 0;
}
FIELD_IN(stop_iteration, PyStopIteration, value)
static const PyGetSetDef stop_iteration_getsets[] = {FIELD_ROW(stop_iteration, "value", value), {0}};
const PyTypeSpec py_spec_StopIteration = {.doc = "Signal the end from iterator.__next__().",
                                          .slots = {.init = stop_iteration_init},
                                          .getsets = stop_iteration_getsets,
                                          .raw_words = 1,
                                          .has_dict = true};

static int attribute_error_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    static const char *const names[] = {"name", "obj", 0};
    Value given[2] = {0, 0};
    if (take_keywords("AttributeError", names, given, args, nargs, kwnames) < 0 || exception_init(self, args, nargs, 0) < 0) return -1;
    SET(REF(PyAttributeError, self), name, given[0]);
    SET(REF(PyAttributeError, self), obj, given[1]);
    return 0;
}
FIELD_IN(attribute_error, PyAttributeError, name)
FIELD_IN(attribute_error, PyAttributeError, obj)
static const PyGetSetDef attribute_error_getsets[] = {
    FIELD_ROW(attribute_error, "name", name), FIELD_ROW(attribute_error, "obj", obj), {0}};
const PyTypeSpec py_spec_AttributeError = {.doc = "Attribute not found.",
                                           .slots = {.init = attribute_error_init},
                                           .getsets = attribute_error_getsets,
                                           .raw_words = 1,
                                           .has_dict = true};

static int name_error_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    static const char *const names[] = {"name", 0};
    Value given[1] = {0};
    if (take_keywords("NameError", names, given, args, nargs, kwnames) < 0 || exception_init(self, args, nargs, 0) < 0) return -1;
    SET(REF(PyNameError, self), name, given[0]);
    return 0;
}
FIELD_IN(name_error, PyNameError, name)
static const PyGetSetDef name_error_getsets[] = {FIELD_ROW(name_error, "name", name), {0}};
const PyTypeSpec py_spec_NameError = {.doc = "Name not found globally.",
                                      .slots = {.init = name_error_init},
                                      .getsets = name_error_getsets,
                                      .raw_words = 1,
                                      .has_dict = true};

static int import_error_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    static const char *const names[] = {"name", "path", 0};
    Value given[2] = {0, 0};
    if (take_keywords("ImportError", names, given, args, nargs, kwnames) < 0 || exception_init(self, args, nargs, 0) < 0) return -1;
    SET(REF(PyImportError, self), name, given[0]);
    SET(REF(PyImportError, self), path, given[1]);
    SET(REF(PyImportError, self), msg, nargs == 1 ? args[0] : 0);
    return 0;
}
static Value import_error_str(Value self) {
    Value msg = GET(REF(PyImportError, self), msg);
    return msg && is_exactly(msg, TYPE_STR) ? msg : exception_str(self);
}
/* The state: attributes with name and path among them, or None. */
static Value import_error_state(Value self) {
    static const char *const names[] = {"name", "path"};
    const Value values[] = {GET(REF(PyImportError, self), name), GET(REF(PyImportError, self), path)};
    Value own = py_instance_dict(self), state = own ? py_dict_new() : 0;
    if (!state || py_dict_update(state, own) < 0) return 0;
    for (int i = 0; i < 2; i++)
        if (values[i] && values[i] != VM_NONE && py_dict_set_c(state, names[i], values[i]) < 0) return 0;
    return py_dict_length(state) ? state : VM_NONE;
}
static Value import_error_reduce(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value state = import_error_state(args[0]), arguments = state ? py_exception_args(args[0]) : 0;
    if (!arguments) return 0;
    if (state == VM_NONE) return py_tuple_pack(2, py_type_of(args[0]), arguments);
    return py_tuple_pack(3, py_type_of(args[0]), arguments, state);
}
static const PyMethodDef import_error_methods[] = {{"__reduce__", "($self, /)", import_error_reduce, 0, 0}, {0}};
FIELD_IN(import_error, PyImportError, name)
FIELD_IN(import_error, PyImportError, path)
FIELD_IN(import_error, PyImportError, msg)
static const PyGetSetDef import_error_getsets[] = {FIELD_ROW(import_error, "name", name),
                                                   FIELD_ROW(import_error, "path", path),
                                                   FIELD_ROW(import_error, "msg", msg),
                                                   {0}};
const PyTypeSpec py_spec_ImportError = {.doc = "Import can't find module, or can't find name in module.",
                                        .slots = {.init = import_error_init, .str = import_error_str},
                                        .methods = import_error_methods,
                                        .getsets = import_error_getsets,
                                        .raw_words = 1,
                                        .has_dict = true};

static Value key_error_str(Value self) {
    Value args = py_exception_args(self);
    if (!args) return 0;
    return tuple_length(args) == 1 ? py_repr(tuple_item(args, 0)) : exception_str(self);
}
const PyTypeSpec py_spec_KeyError = {
    .doc = "Mapping key not found.", .slots = {.str = key_error_str}, .raw_words = 1, .has_dict = true};

/* ---- OSError ---------------------------------------------------------------------------------------------------------- */

static bool is_own(Value type, Value name) {
    return py_type_lookup(type, name) == py_type_lookup(py_type(TYPE_OSError), name);
}

/* A subclass with an __init__ of its own, but no __new__, decides there what the arguments are: OSError.__init__ takes them.
 * Otherwise __new__ does, which may choose the subclass by the errno. */
static bool init_takes_arguments(Value type) {
    return !is_own(type, NAME(__init__)) && is_own(type, NAME(__new__));
}

static int os_error_take(Value self, const Value *args, size_t nargs) {
    PyOSError GS *e = REF(PyOSError, self);
    size_t kept = nargs;
    if (nargs >= 2 && nargs <= 5) {
        SET(e, err, args[0]);
        SET(e, strerror, args[1]);
        bool named = nargs >= 3 && args[2] != VM_NONE;
        int64_t written;
        if (named && vm_type_of(self)->id == TYPE_BlockingIOError && py_is_int(args[2]) && !py_int_as_i64(args[2], &written)) {
            SET(e, written, args[2]);
        } else if (named) {
            SET(e, filename, args[2]);
            if (nargs == 5 && args[4] != VM_NONE) SET(e, filename2, args[4]);
            kept = 2;
        }
    }
    Value tuple = py_tuple_from(args, kept);
    if (!tuple) return -1;
    SET(e, args, tuple);
    return 0;
}

static Value os_error_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    bool later = init_takes_arguments(type);
    if (!later && no_keywords(type, kwnames) < 0) return 0;
    int64_t err;
    if (type == py_type(TYPE_OSError) && nargs >= 2 && nargs <= 5 && py_is_int(args[0]) && !py_int_as_i64(args[0], &err))
        type = py_type(py_oserror_type((int)err));
    Value self = exception_new(type, args, later ? 0 : nargs, 0);
    return !self || later || os_error_take(self, args, nargs) == 0 ? self : 0;
}

static int os_error_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    Value type = py_type_of(self);
    if (!init_takes_arguments(type)) return 0;
    return no_keywords(type, kwnames) < 0 ? -1 : os_error_take(self, args, nargs);
}

static Value os_error_str(Value self) {
    PyOSError GS *e = REF(PyOSError, self);
    Value err = GET(e, err), text = GET(e, strerror), file = GET(e, filename), file2 = GET(e, filename2);
    if (file && file2) return py_str_format("[Errno %S] %S: %R -> %R", none_if_unset(err), none_if_unset(text), file, file2);
    if (file) return py_str_format("[Errno %S] %S: %R", none_if_unset(err), none_if_unset(text), file);
    if (err && text) return py_str_format("[Errno %S] %S", err, text);
    return exception_str(self);
}

static Value os_error_reduce(const Value *args, size_t nargs, Value kwnames) {
    PyOSError GS *e = REF(PyOSError, args[0]);
    Value file = GET(e, filename), file2 = GET(e, filename2), arguments = py_exception_args(args[0]);
    if (!file || !arguments || tuple_length(arguments) != 2) return exception_reduce(args, nargs, kwnames);
    Value a = tuple_item(arguments, 0), b = tuple_item(arguments, 1);
    Value full = file2 ? py_tuple_pack(5, a, b, file, VM_NONE, file2) : py_tuple_pack(3, a, b, file);
    Value dict = full ? py_instance_dict(args[0]) : 0;
    if (!dict) return 0;
    if (py_dict_length(dict) == 0) return py_tuple_pack(2, py_type_of(args[0]), full);
    return py_tuple_pack(3, py_type_of(args[0]), full, dict);
}

FIELD_IN(os_error, PyOSError, err)
FIELD_IN(os_error, PyOSError, strerror)
FIELD_IN(os_error, PyOSError, filename)
FIELD_IN(os_error, PyOSError, filename2)
static Value os_error_get_written(Value self) {
    Value written = GET(REF(PyOSError, self), written);
    return written ? written : py_raise(TYPE_AttributeError, "characters_written");
}
static int os_error_set_written(Value self, Value value) {
    if (!value && !GET(REF(PyOSError, self), written)) return py_raise_int(TYPE_AttributeError, "characters_written");
    if (value) {
        value = py_index(value);
        if (!value) return -1;
    }
    SET(REF(PyOSError, self), written, value);
    return 0;
}
static const PyMethodDef os_error_methods[] = {{"__reduce__", "($self, /)", os_error_reduce, 0, 0}, {0}};
static const PyGetSetDef os_error_getsets[] = {FIELD_ROW(os_error, "errno", err),
                                               FIELD_ROW(os_error, "strerror", strerror),
                                               FIELD_ROW(os_error, "filename", filename),
                                               FIELD_ROW(os_error, "filename2", filename2),
                                               {"characters_written", os_error_get_written, os_error_set_written, 0},
                                               {0}};
const PyTypeSpec py_spec_OSError = {.doc = "Base class for I/O related errors.",
                                    .slots = {.new = os_error_new, .init = os_error_init, .str = os_error_str},
                                    .methods = os_error_methods,
                                    .getsets = os_error_getsets,
                                    .raw_words = 1,
                                    .has_dict = true};

/* ---- SyntaxError ---------------------------------------------------------------------------------------------------------- */

static int syntax_error_details(PySyntaxError GS *e, Value details) {
    details = py_tuple_from_iterable(details);
    if (!details) return -1;
    int64_t n = tuple_length(details);
    if (n != 4 && n != 6)
        return py_raise_int(TYPE_TypeError, "function takes %s (%ld given)",
                            n < 4 ? "at least 4 arguments" : n == 5 ? "exactly 4 or 6 arguments" : "at most 6 arguments",
                            (long)n);
    SET(e, filename, tuple_item(details, 0));
    SET(e, lineno, tuple_item(details, 1));
    SET(e, offset, tuple_item(details, 2));
    SET(e, text, tuple_item(details, 3));
    SET(e, end_lineno, n == 6 ? tuple_item(details, 4) : VM_NONE);
    SET(e, end_offset, n == 6 ? tuple_item(details, 5) : VM_NONE);
    return 0;
}

static int syntax_error_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    if (exception_init(self, args, nargs, kwnames) < 0) return -1;
    PySyntaxError GS *e = REF(PySyntaxError, self);
    if (nargs >= 1) SET(e, msg, args[0]);
    return nargs == 2 ? syntax_error_details(e, args[1]) : 0;
}

static Value syntax_error_str(Value self) {
    PySyntaxError GS *e = REF(PySyntaxError, self);
    Value file = GET(e, filename), line = GET(e, lineno), msg = none_if_unset(GET(e, msg));
    bool have_line = line && py_is_int(line);
    if (file && py_is_str(file)) {
        size_t length;
        const char *path = py_str_utf8(file, &length);
        const char *slash = path ? strrchr(path, '/') : 0;
        if (!path) py_error_clear();
        Value base = !path ? file : slash ? py_str_new(slash + 1, length - (size_t)(slash + 1 - path)) : file;
        if (!base) return 0;
        if (have_line) return py_str_format("%S (%S, line %S)", msg, base, line);
        return py_str_format("%S (%S)", msg, base);
    }
    return have_line ? py_str_format("%S (line %S)", msg, line) : py_str(msg);
}

FIELD_IN(syntax_error, PySyntaxError, msg)
FIELD_IN(syntax_error, PySyntaxError, filename)
FIELD_IN(syntax_error, PySyntaxError, lineno)
FIELD_IN(syntax_error, PySyntaxError, offset)
FIELD_IN(syntax_error, PySyntaxError, text)
FIELD_IN(syntax_error, PySyntaxError, end_lineno)
FIELD_IN(syntax_error, PySyntaxError, end_offset)
FIELD_IN(syntax_error, PySyntaxError, print_file_and_line)
static const PyGetSetDef syntax_error_getsets[] = {
    FIELD_ROW(syntax_error, "msg", msg),
    FIELD_ROW(syntax_error, "filename", filename),
    FIELD_ROW(syntax_error, "lineno", lineno),
    FIELD_ROW(syntax_error, "offset", offset),
    FIELD_ROW(syntax_error, "text", text),
    FIELD_ROW(syntax_error, "end_lineno", end_lineno),
    FIELD_ROW(syntax_error, "end_offset", end_offset),
    FIELD_ROW(syntax_error, "print_file_and_line", print_file_and_line),
    {0}};
const PyTypeSpec py_spec_SyntaxError = {.doc = "Invalid syntax.",
                                        .slots = {.init = syntax_error_init, .str = syntax_error_str},
                                        .getsets = syntax_error_getsets,
                                        .raw_words = 1,
                                        .has_dict = true};

/* ---- types without fields of their own ---------------------------------------------------------------------------------- */

#define PLAIN(name, text) const PyTypeSpec py_spec_##name = {.doc = text, .raw_words = 1, .has_dict = true};
PLAIN(KeyboardInterrupt, "Program interrupted by user.")
PLAIN(GeneratorExit, "Request that a generator exit.")
PLAIN(Exception, "Common base class for all non-exit exceptions.")
PLAIN(StopAsyncIteration, "Signal the end from iterator.__anext__().")
PLAIN(ArithmeticError, "Base class for arithmetic errors.")
PLAIN(FloatingPointError, "Floating point operation failed.")
PLAIN(OverflowError, "Result too large to be represented.")
PLAIN(ZeroDivisionError, "Second argument to a division or modulo operation was zero.")
PLAIN(AssertionError, "Assertion failed.")
PLAIN(BufferError, "Buffer error.")
PLAIN(EOFError, "Read beyond end of file.")
PLAIN(ModuleNotFoundError, "Module not found.")
PLAIN(LookupError, "Base class for lookup errors.")
PLAIN(IndexError, "Sequence index out of range.")
PLAIN(MemoryError, "Out of memory.")
PLAIN(UnboundLocalError, "Local name referenced but not bound to a value.")
PLAIN(BlockingIOError, "I/O operation would block.")
PLAIN(ChildProcessError, "Child process error.")
PLAIN(ConnectionError, "Connection error.")
PLAIN(BrokenPipeError, "Broken pipe.")
PLAIN(ConnectionAbortedError, "Connection aborted.")
PLAIN(ConnectionRefusedError, "Connection refused.")
PLAIN(ConnectionResetError, "Connection reset.")
PLAIN(FileExistsError, "File already exists.")
PLAIN(FileNotFoundError, "File not found.")
PLAIN(InterruptedError, "Interrupted by signal.")
PLAIN(IsADirectoryError, "Operation doesn't work on directories.")
PLAIN(NotADirectoryError, "Operation only works on directories.")
PLAIN(PermissionError, "Not enough permissions.")
PLAIN(ProcessLookupError, "Process not found.")
PLAIN(TimeoutError, "Timeout expired.")
PLAIN(ReferenceError, "Weak ref proxy used after referent went away.")
PLAIN(RuntimeError, "Unspecified run-time error.")
PLAIN(NotImplementedError, "Method or function hasn't been implemented yet.")
PLAIN(RecursionError, "Recursion limit exceeded.")
PLAIN(IndentationError, "Improper indentation.")
PLAIN(TabError, "Improper mixture of spaces and tabs.")
PLAIN(SystemError, "Internal error in the Weft interpreter.")
PLAIN(TypeError, "Inappropriate argument type.")
PLAIN(ValueError, "Inappropriate argument value (of correct type).")
PLAIN(UnicodeError, "Unicode related error.")
PLAIN(Warning, "Base class for warning categories.")
PLAIN(UserWarning, "Base class for warnings generated by user code.")
PLAIN(DeprecationWarning, "Base class for warnings about deprecated features.")
PLAIN(PendingDeprecationWarning,
      "Base class for warnings about features which will be deprecated\nin the future.")
PLAIN(SyntaxWarning, "Base class for warnings about dubious syntax.")
PLAIN(RuntimeWarning, "Base class for warnings about dubious runtime behavior.")
PLAIN(FutureWarning, "Base class for warnings about constructs that will change semantically\nin the future.")
PLAIN(ImportWarning, "Base class for warnings about probable mistakes in module imports")
PLAIN(UnicodeWarning, "Base class for warnings about Unicode related problems, mostly\nrelated to conversion problems.")
PLAIN(BytesWarning,
      "Base class for warnings about bytes and buffer related problems, mostly\nrelated to conversion from str or comparing to str.")
PLAIN(ResourceWarning, "Base class for warnings about resource usage.")
PLAIN(EncodingWarning, "Base class for warnings about encodings.")
