/* Code objects: the table of VmCodes by id, and the Python type over it. */
#include "stm/atomic.h"
#include "vm/exec/code.h"
#include "vm/objects/type.h"
#include "vm/runtime.h"
#include <stdlib.h>

VmCode *vm_code_table[VM_CODE_LIMIT];
static uint32_t code_count = 1;

VmCode *vm_code_new(void) {
    uint32_t id = atomic_add_relaxed(&code_count, 1);
    VmCode *code = id < VM_CODE_LIMIT ? calloc(1, sizeof *code) : 0;
    if (!code) stm_out_of_memory("no memory for a code object (number %u)", id);
    code->id = id;
    code->doc = VM_NONE;
    atomic_store_release(&vm_code_table[id], code);
    return code;
}

/* A permanent tuple of permanent values. */
static Value permanent_tuple(const Value *items, uint32_t count) {
    StmRef ref = gc_alloc_permanent(TYPE_TUPLE, 1, sizeof(PyTuple) + count * sizeof(Value));
    REF(PyTuple, ref)->length = count;
    for (uint32_t i = 0; i < count; i++) REF(PyTuple, ref)->items[i] = items[i];
    return ref;
}

Value py_code_object(VmCode *code) {
    bool plain = !code->kwonly_count && !(code->flags & (CODE_VARARGS | CODE_VARKEYWORDS));
    code->simple_args = plain ? code->arg_count : UINT32_MAX;
    code->fixed_count = code->local_count + code->cell_count + code->free_count;
    StmRef ref = gc_alloc_permanent(TYPE_CODE, 1, sizeof(PyCode));
    PyCode GS *object = REF(PyCode, ref);
    object->code_id = code->id;
    object->constants = permanent_tuple(code->constants, code->constant_count);
    object->names = permanent_tuple(code->names, code->name_count);
    code->object = ref;
    return ref;
}

int vm_code_line(const VmCode *code, uint32_t instr) {
    return instr < code->instr_count ? code->positions[instr].line : -1;
}

int vm_code_line_near(const VmCode *code, uint32_t instr) {
    while (instr && vm_code_line(code, instr) < 0) instr--;
    return vm_code_line(code, instr);
}

/* ---- the type --------------------------------------------------------------------------------- */

static VmCode *code_of(Value self) { return vm_code((uint32_t)REF(PyCode, self)->code_id); }

static Value code_repr(Value self) {
    const VmCode *c = code_of(self);
    return py_str_format("<code object %S at %p, file \"%S\", line %d>", c->name, (void *)gc_id(self), c->filename,
                         c->first_line);
}

#define INT_FIELD(name, expression)                                                                \
    static Value get_##name(Value self) {                                                          \
        const VmCode *c = code_of(self);                                                           \
        return int_make(expression);                                                               \
    }
INT_FIELD(argcount, c->arg_count)
INT_FIELD(posonlyargcount, c->posonly_count)
INT_FIELD(kwonlyargcount, c->kwonly_count)
INT_FIELD(nlocals, c->local_count)
INT_FIELD(stacksize, c->register_count - c->fixed_count)
INT_FIELD(flags, c->flags)
INT_FIELD(firstlineno, c->first_line)

#define VALUE_FIELD(name)                                                                          \
    static Value get_##name(Value self) { return code_of(self)->name; }
VALUE_FIELD(name)
VALUE_FIELD(qualname)
VALUE_FIELD(filename)

static Value get_consts(Value self) { return REF(PyCode, self)->constants; }
static Value get_names(Value self) { return REF(PyCode, self)->names; }
static Value get_varnames(Value self) {
    const VmCode *c = code_of(self);
    return py_tuple_from(c->local_names, c->local_count);
}
static Value get_freevars(Value self) {
    const VmCode *c = code_of(self);
    return py_tuple_from(c->local_names + c->local_count + c->cell_count, c->free_count);
}
/* Parameters that are cells keep their register: they come first, as in CPython. */
static Value get_cellvars(Value self) {
    const VmCode *c = code_of(self);
    Value list = py_list_new(0);
    for (uint32_t i = 0; list && c->cell_of_local && i < c->local_count; i++)
        if (c->cell_of_local[i] >= 0 && py_list_append(list, c->local_names[i]) < 0) return 0;
    for (uint32_t i = 0; list && i < c->cell_count; i++)
        if (py_list_append(list, c->local_names[c->local_count + i]) < 0) return 0;
    return list ? py_list_to_tuple(list) : 0;
}
static Value get_code_bytes(Value self) {
    const VmCode *c = code_of(self);
    return py_bytes_new(c->instrs, c->instr_count * sizeof *c->instrs);
}
/* Line by line in the compact form that nobody but co_lines() reads here. */
static Value get_empty_bytes(Value self) {
    (void)self;
    return py_bytes_new("", 0);
}

static Value position_value(int32_t i) { return i < 0 ? VM_NONE : int_make(i); }

/* One (line, end_line, column, end_column) per instruction word: tb_lasti / 2 is its index. */
static Value code_positions(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    const VmCode *c = code_of(args[0]);
    Value list = py_list_new(0);
    for (uint32_t i = 0; list && i < c->instr_count; i++) {
        VmPosition shown = c->positions[i], *p = &shown;
        if (vm_options.no_debug_ranges) shown = (VmPosition){shown.line, -1, -1, -1};
        Value item = py_tuple_pack(4, position_value(p->line), position_value(p->end_line),
                                   position_value(p->col), position_value(p->end_col));
        if (!item || py_list_append(list, item) < 0) return 0;
    }
    return list ? py_iter(list) : 0;
}

/* Runs of instructions of one line: (start, end, line), in units of tb_lasti. */
static Value code_lines(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    const VmCode *c = code_of(args[0]);
    Value list = py_list_new(0);
    for (uint32_t i = 0, end; list && i < c->instr_count; i = end) {
        for (end = i + 1; end < c->instr_count && c->positions[end].line == c->positions[i].line;) end++;
        Value item = py_tuple_pack(3, int_make(2 * (int64_t)i), int_make(2 * (int64_t)end),
                                   position_value(c->positions[i].line));
        if (!item || py_list_append(list, item) < 0) return 0;
    }
    return list ? py_iter(list) : 0;
}

/* A copy whose Values may be replaced before py_code_object. */
static VmCode *code_copy(const VmCode *from) {
    VmCode *to = vm_code_new();
    uint32_t id = to->id;
    *to = *from;
    to->id = id;
    to->live = 0;
    to->instrs = malloc(from->instr_count * sizeof *to->instrs); /* inline caches of its own */
    to->constants = malloc((from->constant_count + 1) * sizeof(Value));
    if (!to->instrs || !to->constants) stm_out_of_memory("no memory for a code object");
    memcpy(to->instrs, from->instrs, from->instr_count * sizeof *to->instrs);
    memcpy(to->constants, from->constants, from->constant_count * sizeof(Value));
    return to;
}

static int replace_text(Value given, const char *what, Value *field) {
    if (!given) return 0;
    if (!py_is_str(given)) return py_raise_int(TYPE_TypeError, "replace() argument '%s' must be str, not %T", what, given);
    *field = py_intern(given);
    return *field ? 0 : -1;
}

/* Names, file, line and flags can be replaced; the instructions are this machine's own. */
static Value code_replace(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    VmCode *c = code_copy(code_of(args[0]));
    if (replace_text(args[1], "co_name", &c->name) < 0 || replace_text(args[2], "co_qualname", &c->qualname) < 0 ||
        replace_text(args[3], "co_filename", &c->filename) < 0)
        return 0;
    if (args[4]) c->first_line = (int32_t)py_index_int64(args[4], "int");
    if (args[5]) c->flags = (uint32_t)py_index_int64(args[5], "int");
    if (py_error()) return 0;
    return py_code_object(c);
}

static const PyMethodDef code_methods[] = {
    {"co_positions", "($self, /)", code_positions, 0, 0},
    {"co_lines", "($self, /)", code_lines, 0, 0},
    {"replace", "($self, /, *, co_name=None, co_qualname=None, co_filename=None, co_firstlineno=-1, co_flags=-1)",
     code_replace, 0, "Return a copy of the code object with new values for the specified fields."},
    {0}};

static const PyGetSetDef code_getsets[] = {{"co_argcount", get_argcount, 0, 0},
                                           {"co_posonlyargcount", get_posonlyargcount, 0, 0},
                                           {"co_kwonlyargcount", get_kwonlyargcount, 0, 0},
                                           {"co_nlocals", get_nlocals, 0, 0},
                                           {"co_stacksize", get_stacksize, 0, 0},
                                           {"co_flags", get_flags, 0, 0},
                                           {"co_firstlineno", get_firstlineno, 0, 0},
                                           {"co_name", get_name, 0, 0},
                                           {"co_qualname", get_qualname, 0, 0},
                                           {"co_filename", get_filename, 0, 0},
                                           {"co_consts", get_consts, 0, 0},
                                           {"co_names", get_names, 0, 0},
                                           {"co_varnames", get_varnames, 0, 0},
                                           {"co_freevars", get_freevars, 0, 0},
                                           {"co_cellvars", get_cellvars, 0, 0},
                                           {"co_code", get_code_bytes, 0, 0},
                                           {"co_linetable", get_empty_bytes, 0, 0},
                                           {"co_exceptiontable", get_empty_bytes, 0, 0},
                                           {0}};

const PyTypeSpec py_spec_code = {
    .doc = "Create a code object.  Not for mere mortals.",
    .slots = {.repr = code_repr},
    .methods = code_methods,
    .getsets = code_getsets,
    .raw_words = 1,
};
