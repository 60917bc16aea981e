/* Module marshal, over vm/exec/code_cache.h. */
#include "vm/exec/code_cache.h"

static Value marshal_dumps(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return vm_marshal_dumps(args[0]); /* always in the one version that there is */
}

static Value marshal_dump(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value bytes = vm_marshal_dumps(args[0]);
    return bytes ? py_call_method(args[1], "write", 1, &bytes) : 0;
}

/* One object from a buffer. *rest: how many bytes follow it. */
static Value load_from(Value buffer_object, int64_t *rest) {
    PyBuffer buffer;
    size_t used;
    if (py_get_buffer(buffer_object, &buffer, false) < 0) return 0;
    Value v = vm_marshal_loads(buffer.data, (size_t)buffer.length, &used);
    *rest = buffer.length - (int64_t)used;
    py_release_buffer(&buffer);
    return v;
}

static Value marshal_loads(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    int64_t rest;
    return load_from(args[0], &rest);
}

/* Reads the file to its end and goes back to behind the object. */
static Value marshal_load(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value bytes = py_call_method(args[0], "read", 0, 0);
    if (!bytes) return 0;
    if (!py_is_bytes(bytes))
        return py_raise(TYPE_TypeError, "file.read() returned not bytes but %T", bytes);
    int64_t rest;
    Value v = load_from(bytes, &rest);
    if (!v || !rest) return v;
    Value back[2] = {int_make(-rest), int_make(1)};
    return py_call_method(args[0], "seek", 2, back) ? v : 0;
}

static const PyMethodDef marshal_functions[] = {
    {"dump", "($module, value, file, version=4, /)", marshal_dump, 0,
     "Write the value on the open file."},
    {"load", "($module, file, /)", marshal_load, 0, "Read one value from the open file and return it."},
    {"dumps", "($module, value, version=4, /)", marshal_dumps, 0,
     "Return the bytes object that would be written to a file by dump(value, file)."},
    {"loads", "($module, bytes, /)", marshal_loads, 0,
     "Convert the bytes-like object to a value."},
    {0}};

static int marshal_init(Value module) {
    return py_module_add(module, "version", int_make(MARSHAL_VERSION));
}

const PyModuleDef py_module_marshal = {
    .doc = "This module contains functions that can read and write Python values in\na binary format. The format is "
           "specific to Python, but independent of\nmachine architecture issues.",
    .functions = marshal_functions,
    .init = marshal_init};
