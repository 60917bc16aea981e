/* Module marshal. */
#include "vm/audit.h"
#include "vm/exec/code_cache.h"
#include <stdlib.h>

static Value dumps(Value object, Value version_or_0) {
    if (VM_AUDIT("marshal.dumps", py_tuple_pack(2, object, version_or_0 ? version_or_0 : int_make(MARSHAL_VERSION))) < 0) return 0;
    return vm_marshal_dumps(object);
}

static Value marshal_dumps(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return dumps(args[0], args[1]);
}

static Value marshal_dump(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value bytes = dumps(args[0], args[2]);
    return bytes ? py_call_method(args[1], "write", 1, &bytes) : 0;
}

/* One object out of a buffer; *used how many bytes it took. Through C memory: decoding allocates.
 */
static Value load(Value source, size_t *used) {
    PyBuffer buffer;
    if (py_get_buffer(source, &buffer, false) < 0) return 0;
    size_t length = (size_t)buffer.length;
    uint8_t *copy = malloc(length + 1);
    if (copy) memcpy(copy, buffer.data, length);
    py_release_buffer(&buffer);
    Value object = copy ? vm_marshal_loads(copy, length, used) : py_raise_memory();
    free(copy);
    return object;
}

static Value marshal_loads(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (VM_AUDIT("marshal.loads", py_tuple_pack(1, py_call1(py_type(TYPE_BYTES), args[0]))) < 0) return 0;
    return load(args[0], 0);
}

/* From a file: all that is there is read, and the position set behind the object. */
static Value marshal_load(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (VM_AUDIT("marshal.load", 0) < 0) return 0;
    Value start = py_call_method(args[0], "tell", 0, 0),
          bytes = start ? py_call_method(args[0], "read", 0, 0) : 0;
    if (!bytes) return 0;
    if (!py_is_bytes(bytes))
        return py_raise(TYPE_TypeError, "file.read() returned not bytes but %T", bytes);
    size_t used;
    Value object = load(bytes, &used),
          position = object ? py_binary(PY_OP_ADD, start, int_make((int64_t)used)) : 0;
    return position && py_call_method(args[0], "seek", 1, &position) ? object : 0;
}

static const PyMethodDef marshal_functions[] = {
    {"dumps", "($module, value, version=4, /)", marshal_dumps, 0,
     "Return the bytes object that would be written to a file by dump(value, file)."},
    {"dump", "($module, value, file, version=4, /)", marshal_dump, 0,
     "Write the value on the open file."},
    {"loads", "($module, bytes, /)", marshal_loads, 0, "Convert the bytes-like object to a value."},
    {"load", "($module, file, /)", marshal_load, 0,
     "Read one value from the open file and return it."},
    {0}};
static int marshal_init(Value module) {
    return py_module_add(module, "version", int_make(MARSHAL_VERSION));
}
const PyModuleDef py_module_marshal = {
    .doc =
        "This module contains functions that can read and write Python values in\na binary format.",
    .functions = marshal_functions,
    .init = marshal_init};
