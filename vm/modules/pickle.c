/* Module _pickle: Pickler, Unpickler, PickleBuffer, and the module. */
#include "vm/modules/pickle.h"
#include "vm/objects/memoryview.h"

MODULE_EXCEPTION(pickle_error, 0, "_pickle");
MODULE_EXCEPTION(pickling_error, 0, "_pickle");
MODULE_EXCEPTION(unpickling_error, 0, "_pickle");

static PyPickler GS *pickler(Value v) { return REF(PyPickler, v); }
static PyUnpickler GS *unpickler(Value v) { return REF(PyUnpickler, v); }

/* ---- Pickler ------------------------------------------------------------------------------------------------------ */

int pickler_setup(Value self, Value protocol_or_0, Value fix_imports_or_0, Value callback_or_0) {
    int64_t protocol = PICKLE_DEFAULT;
    int fix = fix_imports_or_0 ? py_truth(fix_imports_or_0) : 1;
    if (fix < 0) return -1;
    if (protocol_or_0 && protocol_or_0 != VM_NONE) {
        protocol = py_index_int64(protocol_or_0, "OverflowError");
        if (protocol == -1 && py_error()) return -1;
        if (protocol < 0) protocol = PICKLE_HIGHEST;
        if (protocol > PICKLE_HIGHEST) return py_raise_int(TYPE_ValueError, "pickle protocol must be <= %d", PICKLE_HIGHEST);
    }
    bool callback = callback_or_0 && callback_or_0 != VM_NONE;
    if (callback && protocol < 5) return py_raise_int(TYPE_ValueError, "buffer_callback needs protocol >= 5");
    if (pickle_memo_clear(self) < 0) return -1;
    PyPickler GS *p = pickler(self);
    SET(p, protocol, protocol);
    SET(p, binary, protocol > 0);
    SET(p, fix_imports, fix && protocol < 3);
    SET(p, callback, callback ? callback_or_0 : 0);
    return 0;
}
static int pickler_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *cache;
    Value bound[4];
    if (builtin_bind_init(&cache, "(file, protocol=None, fix_imports=True, buffer_callback=None)", "Pickler", args, nargs, kwnames, bound) < 0) return -1;
    Value write = py_getattr_opt(bound[0], NAME(write));
    if (!write) return -1;
    if (write == VM_UNBOUND) return py_raise_int(TYPE_TypeError, "file must have a 'write' attribute");
    if (pickler_setup(self, bound[1], bound[2], bound[3]) < 0) return -1;
    SET(pickler(self), write, write);
    return 0;
}
static Value plain_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_alloc(type, 0);
}

FUNCTION(pickler_dump) {
    Value write = GET(pickler(args[0]), write);
    if (!write) return py_raise(TYPE_PICKLING_ERROR, "Pickler.__init__() was not called by %S.__init__()", py_type_name(py_type_of(args[0])));
    return pickle_dump(args[0], args[1], write, 0) < 0 ? 0 : VM_NONE;
}
FUNCTION(pickler_clear_memo) { return pickle_memo_clear(args[0]) < 0 ? 0 : VM_NONE; }

/* An attribute that is absent until it is set. */
static Value get_or_absent(Value v, const char *name) { return v ? v : py_raise(TYPE_AttributeError, "%s", name); }
#define OPTIONAL(owner, field, text)                                                                                  \
    static Value owner##_get_##field(Value self) { return get_or_absent(GET(owner(self), field), text); }             \
    static int owner##_set_##field(Value self, Value v) {                                                             \
        if (!v && !GET(owner(self), field)) return (int)py_raise(TYPE_AttributeError, text) - 1;                      \
        SET(owner(self), field, v);                                                                                   \
        return 0;                                                                                                     \
    }
OPTIONAL(pickler, persistent, "persistent_id")
OPTIONAL(pickler, dispatch_table, "dispatch_table")
OPTIONAL(unpickler, persistent, "persistent_load")
#define FLAG(field)                                                                                                   \
    static Value pickler_get_##field(Value self) { return int_make((int64_t)GET(pickler(self), field)); }             \
    static int pickler_set_##field(Value self, Value v) {                                                             \
        int64_t i = v ? py_index_int64(v, "OverflowError") : -1;                                                      \
        if (i == -1 && (!v || py_error())) return v ? -1 : py_raise_int(TYPE_TypeError, "can't delete numeric/char attribute"); \
        SET(pickler(self), field, i != 0);                                                                            \
        return 0;                                                                                                     \
    }
FLAG(binary)
FLAG(fast)

/* ---- the memos as attributes ------------------------------------------------------------------------------------------ */

static Value memo_proxy(Value owner) {
    Value proxy = py_alloc_id(TYPE_PICKLE_MEMO, 0);
    if (proxy) REF(PyWrapped, proxy)->inner = owner;
    return proxy;
}
static bool of_pickler(Value owner) { return py_is_instance_of(owner, TYPE_PICKLER); }
/* {id: (index, object)} of a Pickler, {index: object} of an Unpickler. */
static Value memo_copy(Value owner) { return of_pickler(owner) ? pickle_memo_dict(owner) : unpickle_memo_dict(owner); }
FUNCTION(memo_method_copy) { return memo_copy(REF(PyWrapped, args[0])->inner); }
FUNCTION(memo_method_clear) {
    Value owner = REF(PyWrapped, args[0])->inner;
    return (of_pickler(owner) ? pickle_memo_clear(owner) : unpickle_memo_clear(owner)) < 0 ? 0 : VM_NONE;
}
FUNCTION(memo_reduce) {
    Value copy = memo_copy(REF(PyWrapped, args[0])->inner), arguments = copy ? py_tuple_pack(1, copy) : 0;
    return arguments ? py_tuple_pack(2, py_type(TYPE_DICT), arguments) : 0;
}
static const PyMethodDef memo_methods[] = {{"clear", "($self, /)", memo_method_clear, 0, "Remove all items from memo."},
                                           {"copy", "($self, /)", memo_method_copy, 0, "Copy the memo to a new object."},
                                           {"__reduce__", "($self, /)", memo_reduce, 0, "Implement pickle support."},
                                           {0}};
const PyTypeSpec py_spec_pickle_memo = {.methods = memo_methods, .module = "_pickle"};

/* The dict that is assigned to a memo, or a proxy's copy. */
static Value memo_dict(Value v, const char *what) {
    if (!v) return py_raise(TYPE_TypeError, "attribute deletion is not supported");
    if (is_exactly(v, TYPE_PICKLE_MEMO)) return memo_copy(REF(PyWrapped, v)->inner);
    return py_is_dict(v) ? v : py_raise(TYPE_TypeError, "'memo' attribute must be a%s object, not %T", what, v);
}
static int pickler_set_memo(Value self, Value v) {
    Value dict = memo_dict(v, " PicklerMemoProxy object or dict");
    return dict ? pickle_memo_assign(self, dict) : -1;
}
static int unpickler_set_memo(Value self, Value v) {
    Value dict = memo_dict(v, "n UnpicklerMemoProxy object or dict");
    return dict ? unpickle_memo_assign(self, dict) : -1;
}

static const PyMethodDef pickler_methods[] = {{"dump", "($self, obj, /)", pickler_dump, 0, "Write a pickled representation of the given object to the open file."},
                                              {"clear_memo", "($self, /)", pickler_clear_memo, 0, "Clears the pickler's \"memo\"."},
                                              {0}};
static const PyGetSetDef pickler_getsets[] = {{"bin", pickler_get_binary, pickler_set_binary, 0},
                                              {"fast", pickler_get_fast, pickler_set_fast, 0},
                                              {"memo", memo_proxy, pickler_set_memo, 0},
                                              {"persistent_id", pickler_get_persistent, pickler_set_persistent, 0},
                                              {"dispatch_table", pickler_get_dispatch_table, pickler_set_dispatch_table, 0},
                                              {0}};
const PyTypeSpec py_spec_pickler = {.doc = "Pickler(file, protocol=None, fix_imports=True, buffer_callback=None)\n--\n\nThis takes a binary file for writing a pickle data stream.",
                                    .slots = {.new = plain_new, .init = pickler_init},
                                    .methods = pickler_methods,
                                    .getsets = pickler_getsets,
                                    .raw_words = 5,
                                    .module = "_pickle"};

/* ---- Unpickler ------------------------------------------------------------------------------------------------------- */

int unpickler_setup(Value self, Value fix_imports_or_0, Value encoding_or_0, Value errors_or_0, Value buffers_or_0) {
    int fix = fix_imports_or_0 ? py_truth(fix_imports_or_0) : 1;
    Value encoding = encoding_or_0 ? encoding_or_0 : py_intern_c("ASCII"), errors = errors_or_0 ? errors_or_0 : py_intern_c("strict");
    if (fix < 0) return -1;
    if (!py_is_str(encoding) || !py_is_str(errors)) return py_raise_int(TYPE_TypeError, "Unpickler() argument must be str, not %T", py_is_str(encoding) ? errors : encoding);
    Value buffers = buffers_or_0 && buffers_or_0 != VM_NONE ? py_iter(buffers_or_0) : 0;
    if ((buffers_or_0 && buffers_or_0 != VM_NONE && !buffers) || unpickle_memo_clear(self) < 0) return -1;
    PyUnpickler GS *u = unpickler(self);
    SET(u, fix_imports, (uint64_t)fix);
    SET(u, encoding, encoding);
    SET(u, errors, errors);
    SET(u, buffers, buffers);
    return 0;
}
static int unpickler_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *cache;
    Value bound[5];
    if (builtin_bind_init(&cache, "(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())", "Unpickler", args, nargs, kwnames, bound) < 0) return -1;
    Value read = py_getattr_opt(bound[0], py_intern_c("read")), readline = read ? py_getattr_opt(bound[0], py_intern_c("readline")) : 0;
    if (!readline) return -1;
    if (read == VM_UNBOUND || readline == VM_UNBOUND) return py_raise_int(TYPE_TypeError, "file must have 'read' and 'readline' attributes");
    if (unpickler_setup(self, bound[1], bound[2], bound[3], bound[4]) < 0) return -1;
    SET(unpickler(self), read, read);
    SET(unpickler(self), readline, readline);
    return 0;
}
FUNCTION(unpickler_load) {
    if (GET(unpickler(args[0]), read)) return pickle_load_bytes(args[0], 0);
    return py_raise(TYPE_UNPICKLING_ERROR, "Unpickler.__init__() was not called by %S.__init__()", py_type_name(py_type_of(args[0])));
}

FUNCTION(unpickler_find_class) {
    Value module = args[1], name = args[2], audit = py_import_attr("sys", "audit"), event = audit ? py_str_c("pickle.find_class") : 0;
    if (!event || !py_call3(audit, event, module, name)) return 0;
    int64_t protocol = GET(unpickler(args[0]), protocol);
    if (GET(unpickler(args[0]), fix_imports) && protocol < 3 && pickle_map_names("NAME_MAPPING", "IMPORT_MAPPING", &module, &name) < 0) return 0;
    Value import = py_import_attr("builtins", "__import__"), modules = import && py_call1(import, module) ? py_import_attr("sys", "modules") : 0;
    Value loaded = modules ? py_getitem(modules, module) : 0;
    if (!loaded) return 0;
    Value found = protocol < 4 ? py_getattr(loaded, name) : pickle_attribute(loaded, name, 0);
    if (found != VM_UNBOUND) return found;
    return py_raise(TYPE_AttributeError, "Can't get attribute %R on %R", name, loaded);
}
static const PyMethodDef unpickler_methods[] = {{"load", "($self, /)", unpickler_load, 0, "Load a pickle."},
                                                {"find_class", "($self, module_name, global_name, /)", unpickler_find_class, 0, "Return an object from a specified module."},
                                                {0}};
static const PyGetSetDef unpickler_getsets[] = {{"memo", memo_proxy, unpickler_set_memo, 0}, {"persistent_load", unpickler_get_persistent, unpickler_set_persistent, 0}, {0}};
const PyTypeSpec py_spec_unpickler = {.doc = "Unpickler(file, *, fix_imports=True, encoding='ASCII', errors='strict',\n          buffers=())\n--\n\nThis takes a binary file for reading a pickle data stream.",
                                      .slots = {.new = plain_new, .init = unpickler_init},
                                      .methods = unpickler_methods,
                                      .getsets = unpickler_getsets,
                                      .raw_words = 2,
                                      .module = "_pickle"};

/* ---- PickleBuffer ------------------------------------------------------------------------------------------------------ */

static Value buffer_owner(Value self) {
    Value owner = GET(REF(PyWrapped, self), inner);
    return owner ? owner : py_raise(TYPE_ValueError, "operation forbidden on released PickleBuffer object");
}
FUNCTION(buffer_new) {
    Value view = py_call1(py_type(TYPE_MEMORYVIEW), args[1]), self = view ? py_alloc(args[0], 0) : 0;
    if (self) REF(PyWrapped, self)->inner = args[1];
    return self;
}
FUNCTION(buffer_raw) {
    Value owner = buffer_owner(args[0]), view = owner ? py_call1(py_type(TYPE_MEMORYVIEW), owner) : 0, contiguous = view ? py_getattr_c(view, "contiguous") : 0;
    if (!contiguous) return 0;
    if (contiguous != VM_TRUE) return py_raise(TYPE_BufferError, "cannot extract raw buffer from non-contiguous buffer");
    const Value code = py_intern_c("B");
    return py_call_method(view, "cast", 1, &code);
}
FUNCTION(buffer_release) {
    SET(REF(PyWrapped, args[0]), inner, 0);
    return VM_NONE;
}
static int buffer_get(Value self, PyBuffer *buffer, bool writable) {
    Value owner = buffer_owner(self);
    return owner ? py_get_buffer(owner, buffer, writable) : -1;
}
static const PyMethodDef buffer_methods[] = {{"raw", "($self, /)", buffer_raw, 0, "Return a memoryview of the raw memory underlying this buffer."},
                                             {"release", "($self, /)", buffer_release, 0, "Release the underlying buffer held by the PickleBuffer object."},
                                             {0}};
const PyTypeSpec py_spec_pickle_buffer = {.doc = "Wrapper for potentially out-of-band buffers",
                                          .slots = {.get_buffer = buffer_get},
                                          .methods = buffer_methods,
                                          .new_signature = "(object, /)",
                                          .new_fn = buffer_new,
                                          .module = "pickle"};

int pickle_save_buffer(Pickle *p, Value v) {
    if (p->protocol < 5) return py_raise_int(TYPE_PICKLING_ERROR, "PickleBuffer can only be pickled with protocol >= 5");
    Value owner = buffer_owner(v), view = owner ? py_call1(py_type(TYPE_MEMORYVIEW), owner) : 0, contiguous = view ? py_getattr_c(view, "contiguous") : 0;
    Value readonly = contiguous ? py_getattr_c(view, "readonly") : 0, callback = GET(REF(PyPickler, p->pickler), callback);
    if (!readonly) return -1;
    if (contiguous != VM_TRUE) return py_raise_int(TYPE_PICKLING_ERROR, "PickleBuffer can not be pickled when pointing to a non-contiguous buffer");
    if (callback) {
        Value answer = py_call1(callback, v);
        int in_band = answer ? py_truth(answer) : -1;
        if (in_band < 0) return -1;
        if (!in_band) return pickle_op(p, OP_NEXT_BUFFER) < 0 ? -1 : readonly == VM_TRUE ? pickle_op(p, OP_READONLY_BUFFER) : 0;
    }
    Value content = py_call1(py_type(readonly == VM_TRUE ? TYPE_BYTES : TYPE_BYTEARRAY), view);
    return content ? pickle_save(p, content, false) : -1;
}

/* ---- the module --------------------------------------------------------------------------------------------------------- */

#define DUMP_OPTIONS "protocol=None, *, fix_imports=True, buffer_callback=None)"
#define LOAD_OPTIONS "*, fix_imports=True, encoding='ASCII', errors='strict', buffers=())"
FUNCTION(module_dump) {
    Value write = py_getattr_opt(args[1], NAME(write)), self = write ? py_alloc_id(TYPE_PICKLER, 0) : 0;
    if (!self) return 0;
    if (write == VM_UNBOUND) return py_raise(TYPE_TypeError, "file must have a 'write' attribute");
    return pickler_setup(self, args[2], args[3], args[4]) < 0 || pickle_dump(self, args[0], write, 0) < 0 ? 0 : VM_NONE;
}
FUNCTION(module_dumps) {
    Value self = py_alloc_id(TYPE_PICKLER, 0), bytes = 0;
    return !self || pickler_setup(self, args[1], args[2], args[3]) < 0 || pickle_dump(self, args[0], 0, &bytes) < 0 ? 0 : bytes;
}
FUNCTION(module_load) {
    Value self = py_alloc_id(TYPE_UNPICKLER, 0);
    if (!self) return 0;
    Value read = py_getattr_opt(args[0], py_intern_c("read")), readline = read ? py_getattr_opt(args[0], py_intern_c("readline")) : 0;
    if (!readline) return 0;
    if (read == VM_UNBOUND || readline == VM_UNBOUND) return py_raise(TYPE_TypeError, "file must have 'read' and 'readline' attributes");
    if (unpickler_setup(self, args[1], args[2], args[3], args[4]) < 0) return 0;
    SET(unpickler(self), read, read);
    SET(unpickler(self), readline, readline);
    return pickle_load_bytes(self, 0);
}
FUNCTION(module_loads) {
    Value self = py_alloc_id(TYPE_UNPICKLER, 0);
    PyBuffer view;
    if (!self || unpickler_setup(self, args[1], args[2], args[3], args[4]) < 0) return 0;
    if (is_exactly(args[0], TYPE_BYTES)) return pickle_load_bytes(self, args[0]);
    if (py_get_buffer(args[0], &view, false) < 0) return 0;
    Value bytes = py_bytes_new(view.data, (size_t)view.length);
    py_release_buffer(&view);
    return bytes ? pickle_load_bytes(self, bytes) : 0;
}
static const PyMethodDef pickle_functions[] = {
    {"dump", "($module, /, obj, file, " DUMP_OPTIONS, module_dump, 0, "Write a pickled representation of obj to the open file object file."},
    {"dumps", "($module, /, obj, " DUMP_OPTIONS, module_dumps, 0, "Return the pickled representation of the object as a bytes object."},
    {"load", "($module, /, file, " LOAD_OPTIONS, module_load, 0, "Read and return an object from the pickle data stored in a file."},
    {"loads", "($module, data, /, " LOAD_OPTIONS, module_loads, 0, "Read and return an object from the given pickle data."},
    {0}};
static int pickle_init(Value module) {
    static const uint32_t types[] = {TYPE_PICKLER, TYPE_UNPICKLER, TYPE_PICKLE_BUFFER, TYPE_PICKLE_ERROR, TYPE_PICKLING_ERROR, TYPE_UNPICKLING_ERROR};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (py_module_add_type(module, types[i]) < 0) return -1;
    return 0;
}
const PyModuleDef py_module_pickle = {.doc = "Optimized C implementation for the Python pickle module.", .functions = pickle_functions, .init = pickle_init};
