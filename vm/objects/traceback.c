/* Traceback objects: where an exception has passed, outermost frame first. */
#include "vm/objects/code_parts.h"
#include "vm/objects/type.h"

#define TB(v) REF(PyTraceback, v)

static Value get_next(Value self) { return GET(TB(self), next); }

static int check_next(Value value) {
    if (value == VM_NONE || is_exactly(value, TYPE_TRACEBACK)) return 0;
    return py_raise_int(TYPE_TypeError, "expected traceback object or None, got '%T'", value);
}

static int set_next(Value self, Value value) {
    if (!value) return py_raise_int(TYPE_TypeError, "can't delete tb_next attribute");
    if (check_next(value) < 0) return -1;
    for (Value at = value; at != VM_NONE; at = GET(TB(at), next))
        if (at == self) return py_raise_int(TYPE_ValueError, "traceback loop detected");
    SET(TB(self), next, value);
    return 0;
}

static Value get_frame(Value self) { return TB(self)->frame; }
static Value get_lasti(Value self) { return int_make((int64_t)TB(self)->lasti); }
static Value get_lineno(Value self) {
    int64_t line = (int64_t)TB(self)->lineno;
    return line < 0 ? VM_NONE : int_make(line);
}

static Value traceback_new(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (check_next(args[1]) < 0) return 0;
    if (!is_exactly(args[2], TYPE_FRAME))
        return py_raise(TYPE_TypeError, "TracebackType() argument 'tb_frame' must be frame, not %T", args[2]);
    int64_t lasti = py_index_int64(args[3], "int"), line = py_index_int64(args[4], "int");
    if (py_error()) return 0;
    Value v = py_alloc(args[0], 0);
    if (!v) return 0;
    TB(v)->next = args[1];
    TB(v)->frame = args[2];
    TB(v)->lasti = (uint64_t)lasti;
    TB(v)->lineno = (uint64_t)line;
    return v;
}

static Value traceback_dir(const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    static const char *const names[] = {"tb_frame", "tb_next", "tb_lasti", "tb_lineno"};
    Value list = py_list_new(0);
    for (int i = 0; list && i < 4; i++)
        if (py_list_append(list, py_intern_c(names[i])) < 0) return 0;
    return list;
}

static const PyMethodDef traceback_methods[] = {{"__dir__", "($self, /)", traceback_dir, 0, 0}, {0}};
static const PyGetSetDef traceback_getsets[] = {{"tb_next", get_next, set_next, 0},
                                                {"tb_frame", get_frame, 0, 0},
                                                {"tb_lasti", get_lasti, 0, 0},
                                                {"tb_lineno", get_lineno, 0, 0},
                                                {0}};

const PyTypeSpec py_spec_traceback = {
    .doc = "Create a new traceback object.",
    .methods = traceback_methods,
    .getsets = traceback_getsets,
    .new_signature = "(tb_next, tb_frame, tb_lasti, tb_lineno)",
    .new_fn = traceback_new,
    .raw_words = 2,
};
