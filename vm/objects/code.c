/* Code objects: the table of VmCodes by id, and the Python type over it. */
#include "stm/atomic.h"
#include "vm/exec/code.h"
#include "vm/objects/code_parts.h"
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

uint32_t vm_code_simple_args(const VmCode *code) {
    bool plain = !code->kwonly_count && !(code->flags & (CODE_VARARGS | CODE_VARKEYWORDS));
    return plain ? code->arg_count : UINT32_MAX;
}

Value py_code_object(VmCode *code) {
    code->simple_args = code->instrs ? vm_code_simple_args(code) : UINT32_MAX; /* unread: calls take the long way */
    code->fixed_count = code->local_count + code->cell_count + code->free_count;
    StmRef ref = gc_alloc_permanent(TYPE_CODE, 1, sizeof(PyCode));
    REF(PyCode, ref)->code_id = code->id;
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
/* ... with all its fields; or 0 with an exception. */
static VmCode *whole_code_of(Value self) {
    VmCode *code = code_of(self);
    return vm_code_ready(code) ? code : 0;
}

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

/* One tuple for everybody who asks: of two made at once, the first stays. */
static Value shared_tuple(Value *made, const Value *items, uint32_t count) {
    Value known = atomic_load_acquire(made); /* pairs with the exchange below */
    if (known) return known;
    Value tuple = permanent_tuple(items, count);
    return atomic_cas_acqrel(made, &known, tuple) ? tuple : known;
}
static Value get_consts(Value self) {
    VmCode *c = whole_code_of(self);
    return c ? shared_tuple(&c->constant_tuple, c->constants, c->constant_count) : 0;
}
static Value get_names(Value self) {
    VmCode *c = whole_code_of(self);
    return c ? shared_tuple(&c->name_tuple, c->names, c->name_count) : 0;
}
static Value get_varnames(Value self) {
    const VmCode *c = whole_code_of(self);
    return c ? py_tuple_from(c->local_names, c->local_count) : 0;
}
static Value get_freevars(Value self) {
    const VmCode *c = whole_code_of(self);
    if (!c) return 0;
    return py_tuple_from(c->local_names + c->local_count + c->cell_count, c->free_count);
}
/* Parameters that are cells keep their register: they come first, as in CPython. */
static Value get_cellvars(Value self) {
    const VmCode *c = whole_code_of(self);
    Value list = c ? py_list_new(0) : 0;
    for (uint32_t i = 0; list && c->cell_of_local && i < c->local_count; i++)
        if (c->cell_of_local[i] >= 0 && py_list_append(list, c->local_names[i]) < 0) return 0;
    for (uint32_t i = 0; list && i < c->cell_count; i++)
        if (py_list_append(list, c->local_names[c->local_count + i]) < 0) return 0;
    return list ? py_list_to_tuple(list) : 0;
}
#define TABLE_FIELD(name, function)                                                                \
    static Value get_##name(Value self) {                                                          \
        const VmCode *c = whole_code_of(self);                                                     \
        return c ? function(c) : 0;                                                                \
    }
TABLE_FIELD(code_bytes, code_bytes)
TABLE_FIELD(linetable, code_linetable)
TABLE_FIELD(exceptiontable, code_handler_bytes)
/* Deprecated: pairs (bytes of code, lines further on) from the first line. */
static Value get_lnotab(Value self) {
    const VmCode *c = whole_code_of(self);
    if (!c) return 0;
    PyStrBuilder b;
    py_builder_init(&b);
    int32_t line = c->first_line;
    uint32_t from = 0;
    for (uint32_t i = 0; i < c->instr_count; i++) {
        int32_t delta = c->positions[i].line < 0 ? 0 : c->positions[i].line - line;
        for (uint32_t bytes = delta ? (i - from) * CODE_WORD : 0; delta;) {
            uint32_t step = bytes > 254 ? 254 : bytes;
            int32_t lines = bytes > step ? 0 : delta < -128 ? -128 : delta > 127 ? 127 : delta;
            if (py_builder_char(&b, step) < 0 || py_builder_char(&b, (uint8_t)lines) < 0) return 0;
            bytes -= step, delta -= lines, line += lines, from = i;
        }
    }
    Value text = py_builder_finish(&b);
    return text ? py_encode(text, "latin-1", "strict") : 0;
}

static Value position_value(int32_t i) { return i < 0 ? VM_NONE : int_make(i); }

/* One (line, end_line, column, end_column) per unit of co_code: tb_lasti / 2 is its index. */
static Value code_positions(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    const VmCode *c = whole_code_of(args[0]);
    if (!c) return 0;
    uint32_t count = code_has_positions(c) ? c->instr_count : 0;
    Value list = py_list_new(0);
    for (uint32_t i = 0; list && i < count; i++) {
        const VmPosition *p = &c->positions[i];
        bool ranges = !vm_options.no_debug_ranges; /* code from a cache may have them */
        Value item = py_tuple_pack(4, position_value(p->line), position_value(ranges ? p->end_line : p->line),
                                   position_value(ranges ? p->col : -1), position_value(ranges ? p->end_col : -1));
        for (int unit = 0; unit < UNITS_PER_WORD; unit++)
            if (!item || py_list_append(list, item) < 0) return 0;
    }
    return list ? py_iter(list) : 0;
}

/* Runs of instructions of one line: (start, end, line), in bytes of co_code. */
static Value code_lines(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    const VmCode *c = whole_code_of(args[0]);
    if (!c) return 0;
    uint32_t count = code_has_positions(c) ? c->instr_count : 0;
    Value list = py_list_new(0);
    for (uint32_t i = 0, end; list && i < count; i = end) {
        for (end = i + 1; end < count && c->positions[end].line == c->positions[i].line;) end++;
        Value item = py_tuple_pack(3, int_make(CODE_WORD * (int64_t)i), int_make(CODE_WORD * (int64_t)end),
                                   position_value(c->positions[i].line));
        if (!item || py_list_append(list, item) < 0) return 0;
    }
    return list ? py_iter(list) : 0;
}

/* The variable in a register, by its number. */
static Value code_varname(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    const VmCode *c = whole_code_of(args[0]);
    if (!c) return 0;
    int64_t i = py_index_int64(args[1], "int");
    if (py_error()) return 0;
    if (i < 0 || i >= c->fixed_count) return py_raise(TYPE_IndexError, "tuple index out of range");
    return c->local_names[i];
}

/* ---- comparison ------------------------------------------------------------------------------- */

static int same_values(const Value *a, uint32_t a_count, const Value *b, uint32_t b_count);

/* Equal, of the same type, and the same to the last bit. */
static int same_constant(Value a, Value b) {
    if (a == b) return 1;
    if (py_type_of(a) != py_type_of(b)) return 0;
    if (py_is_tuple(a)) {
        if (tuple_length(a) != tuple_length(b)) return 0;
        for (int64_t i = 0; i < tuple_length(a); i++) {
            int same = same_constant(tuple_item(a, i), tuple_item(b, i));
            if (same <= 0) return same;
        }
        return 1;
    }
    if (py_type_of(a) == py_type(TYPE_FLOAT) || py_type_of(a) == py_type(TYPE_COMPLEX)) {
        Value x = py_repr(a), y = py_repr(b); /* signs of zeros */
        return x && y ? py_str_equal(x, y) : -1;
    }
    return py_equal(a, b);
}

static int same_values(const Value *a, uint32_t a_count, const Value *b, uint32_t b_count) {
    if (a_count != b_count) return 0;
    for (uint32_t i = 0; i < a_count; i++) {
        int same = same_constant(a[i], b[i]);
        if (same <= 0) return same;
    }
    return 1;
}

/* Instructions without their inline caches, handlers, lines. */
static int same_text(Value a, Value b) {
    Value (*const parts[])(Value) = {get_code_bytes, get_linetable, get_exceptiontable};
    for (int i = 0; i < 3; i++) {
        Value x = parts[i](a), y = parts[i](b);
        int same = x && y ? py_equal(x, y) : -1;
        if (same <= 0) return same;
    }
    return 1;
}

static int same_code(Value left, Value right) {
    const VmCode *a = whole_code_of(left), *b = whole_code_of(right);
    if (!a || !b || a == b) return a && b ? 1 : -1;
    if (a->arg_count != b->arg_count || a->posonly_count != b->posonly_count || a->kwonly_count != b->kwonly_count ||
        a->local_count != b->local_count || a->cell_count != b->cell_count || a->free_count != b->free_count ||
        a->first_line != b->first_line || a->flags != b->flags || !py_str_equal(a->name, b->name))
        return 0;
    int same = same_values(a->local_names, a->fixed_count, b->local_names, b->fixed_count);
    if (same > 0) same = same_values(a->names, a->name_count, b->names, b->name_count);
    if (same > 0) same = same_values(a->constants, a->constant_count, b->constants, b->constant_count);
    return same > 0 ? same_text(left, right) : same;
}

static Value code_compare(Value self, Value other, int op) {
    if ((op != PY_EQ && op != PY_NE) || !is_exactly(other, TYPE_CODE)) return VM_NOT_IMPLEMENTED;
    int same = same_code(self, other);
    return same < 0 ? 0 : vm_bool(same == (op == PY_EQ));
}

static int64_t code_hash(Value self) {
    const VmCode *c = whole_code_of(self);
    Value bytes = c ? code_bytes(c) : 0;
    if (!bytes) return -1;
    uint64_t h = (uint64_t)py_hash(bytes) * 31 + (uint64_t)py_str_hash(c->name);
    h = (h * 31 + c->arg_count) * 31 + (uint64_t)c->first_line * 7 + c->local_count + c->flags;
    for (uint32_t i = 0; i < c->name_count; i++) h = h * 31 + (uint64_t)py_str_hash(c->names[i]);
    return (int64_t)h == -1 ? -2 : (int64_t)h;
}

static const PyMethodDef code_methods[] = {
    {"co_positions", "($self, /)", code_positions, 0, 0},
    {"co_lines", "($self, /)", code_lines, 0, 0},
    {"replace", code_replace_signature, code_replace_may_call, 0, "Return a copy of the code object with new values for the specified fields."},
    {"_varname_from_oparg", "($self, /, oparg)", code_varname, 0, "(internal-only) Return the local variable name for the given oparg."},
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
                                           {"co_linetable", get_linetable, 0, 0},
                                           {"co_exceptiontable", get_exceptiontable, 0, 0},
                                           {"co_lnotab", get_lnotab, 0, 0},
                                           {0}};

const PyTypeSpec py_spec_code = {
    .doc = "Create a code object.  Not for mere mortals.",
    .slots = {.repr = code_repr, .hash = code_hash, .richcompare = code_compare},
    .methods = code_methods,
    .getsets = code_getsets,
    .new_signature = code_new_signature,
    .new_fn = code_new_may_call,
    .raw_words = 1,
};
