/* Frame objects: made when somebody asks for a frame (sys._getframe, a traceback).
 *
 * I1. While FRAME_OBJECT_LIVE, the frame is on a Python stack, whose VmFrame.object refers back here; its
 *     registers hold the locals. A suspended generator's are in the generator (`generator` is set then).
 *     When the frame is left for good, py_frame_object_detach copies them here.
 * I2. No pointer to the VmFrame is kept: heap objects hold none. It is looked for on the thread's stack. */
#include "vm/objects/code_parts.h"
#include "vm/exec/generator.h"
#include "vm/exec/save.h"
#include "vm/exec/trace.h"
#include "vm/objects/type.h"

#define OBJECT(v) REF(PyFrameObject, v)

static VmCode *frame_code(Value self) { return vm_code((uint32_t)OBJECT(self)->code_id); }

Value py_frame_object(VmThread *thread, VmFrame *frame) {
    if (frame->object) return frame->object;
    VmCode *code = frame->code;
    Value v = py_alloc_id(TYPE_FRAME, code->fixed_count * sizeof(Value));
    if (!v) return 0;
    PyFrameObject GS *o = OBJECT(v);
    o->code_id = code->id;
    o->flags = FRAME_OBJECT_LIVE;
    o->function = frame->function;
    o->generator = frame->generator;
    o->locals = frame_namespace(frame);
    if (frame != thread->frame) frame_touch(thread, frame);
    frame->object = v;
    frame->flags |= FRAME_OBJECT;
    return v;
}

Value py_frame_object_of(const VmCode *code, Value function, uint32_t at, Value back_or_0) {
    Value v = py_alloc_id(TYPE_FRAME, code->fixed_count * sizeof(Value));
    if (!v) return 0;
    PyFrameObject GS *o = OBJECT(v);
    o->code_id = code->id;
    o->lasti = at;
    o->function = function;
    o->back = back_or_0;
    return v;
}

void py_frame_object_detach(VmThread *thread, VmFrame *frame) {
    Value v = frame->object;
    PyFrameObject GS *o = OBJECT(v);
    uint32_t count = frame->code->fixed_count;
    Value back = frame->prev && !frame->generator ? py_frame_object(thread, frame->prev) : 0;
    stm_write_range(&o->head, &o->code_id, gc_object_size(&o->head) - 8);
    o->lasti = (uint64_t)(frame->pc - frame->code->instrs);
    o->flags &= ~(uint64_t)FRAME_OBJECT_LIVE;
    o->back = back;
    o->generator = 0;
    for (uint32_t i = 0; i < count; i++) o->registers[i] = frame->registers[i];
    frame->object = 0;
    frame->flags &= (uint8_t)~FRAME_OBJECT;
}

/* The VmFrame of a live frame object on this thread's stack, or 0. */
static VmFrame *find_frame(Value self) {
    if (!(GET(OBJECT(self), flags) & FRAME_OBJECT_LIVE)) return 0;
    for (VmFrame *frame = vm_thread()->frame; frame; frame = frame->prev)
        if (frame->object == self) return frame;
    return 0;
}

static uint32_t frame_instr(Value self) {
    VmFrame *frame = find_frame(self);
    if (GET(OBJECT(self), flags) & FRAME_OBJECT_AT) return (uint32_t)GET(OBJECT(self), lasti);
    if (frame) return (uint32_t)(frame->pc - frame->code->instrs);
    Value generator = GET(OBJECT(self), generator);
    return (uint32_t)(generator ? GET(REF(PyGenerator, generator), lasti) : GET(OBJECT(self), lasti));
}

/* Of an instruction without a line, while traced: the line that was announced last. */
static int frame_line(Value self) {
    uint32_t at = frame_instr(self);
    uint64_t traced = GET(OBJECT(self), traced);
    int line = vm_code_line(frame_code(self), at);
    if (line >= 0) return line;
    return vm_code_line_near(frame_code(self), traced ? (uint32_t)traced - 1 : at);
}

/* ---- locals ----------------------------------------------------------------------------------- */

static Value frame_register(Value self, VmFrame *frame, uint32_t i) {
    if (frame) return frame->registers[i];
    Value generator = GET(OBJECT(self), generator);
    if (generator) return GET(REF(PyGenerator, generator), registers[i]);
    Value v = GET(OBJECT(self), registers[i]);
    return v ? v : VM_UNBOUND;
}

static bool is_cell_register(const VmCode *code, uint32_t i) {
    return i >= code->local_count || (code->cell_of_local && code->cell_of_local[i] >= 0);
}

/* Bring the dict up to date with the registers. */
static int locals_fill(Value self, VmFrame *frame, Value dict) {
    VmCode *code = frame_code(self);
    for (uint32_t i = 0; i < code->fixed_count; i++) {
        Value value = frame_register(self, frame, i), name = code->local_names[i];
        if (value != VM_UNBOUND && is_cell_register(code, i) && is_exactly(value, TYPE_CELL))
            value = GET(REF(PyCell, value), value);
        int status = value == VM_UNBOUND ? py_dict_delete(dict, name) : py_dict_set(dict, name, value);
        if (status < 0) return -1;
    }
    return 0;
}

static Value object_locals(Value self) {
    VmFrame *frame = find_frame(self);
    VmCode *code = frame_code(self);
    Value locals = GET(OBJECT(self), locals);
    if (!(code->flags & CODE_OPTIMIZED))
        return locals ? locals : GET(REF(PyFunction, OBJECT(self)->function), globals);
    if (!locals) {
        locals = py_dict_new();
        if (!locals) return 0;
        SET(OBJECT(self), locals, locals);
    }
    return locals_fill(self, frame, locals) < 0 ? 0 : locals;
}

int py_frame_locals_refresh(Value self) {
    return !GET(OBJECT(self), locals) || object_locals(self) ? 0 : -1;
}

bool py_frame_locals_unbound;

int py_frame_locals_store(Value self) {
    VmCode *code = frame_code(self);
    VmFrame *frame = find_frame(self);
    Value locals = GET(OBJECT(self), locals);
    if (!locals || !frame || !(code->flags & CODE_OPTIMIZED)) return 0;
    for (uint32_t i = 0; i < code->fixed_count; i++) {
        Value value = py_dict_get(locals, code->local_names[i]), *reg = &frame->registers[i];
        if (!value) return -1;
        if (is_cell_register(code, i) && *reg != VM_UNBOUND && is_exactly(*reg, TYPE_CELL)) SET(REF(PyCell, *reg), value, value);
        else if (*reg != value) {
            if (value == VM_UNBOUND) atomic_store_relaxed(&py_frame_locals_unbound, true);
            *reg = value;
        }
    }
    return 0;
}

Value py_frame_locals(VmFrame *frame) {
    if (!(frame->code->flags & CODE_OPTIMIZED)) {
        Value mapping = frame_namespace(frame);
        return mapping ? mapping : frame_globals(frame);
    }
    Value object = py_frame_object(vm_thread(), frame);
    return object ? object_locals(object) : 0;
}

/* ---- the type --------------------------------------------------------------------------------- */

static Value get_back(Value self) {
    VmFrame *frame = find_frame(self);
    if (frame) return frame->prev ? py_frame_object(vm_thread(), frame->prev) : VM_NONE;
    Value back = GET(OBJECT(self), back);
    return back ? back : VM_NONE;
}
static Value get_code(Value self) { return frame_code(self)->object; }
static Value get_globals(Value self) { return REF(PyFunction, OBJECT(self)->function)->globals; }
static Value get_builtins(Value self) { return REF(PyFunction, OBJECT(self)->function)->builtins; }
static Value get_lasti(Value self) { return int_make(CODE_WORD * (int64_t)frame_instr(self)); }
static Value get_lineno(Value self) {
    int line = frame_line(self);
    return line < 0 ? VM_NONE : int_make(line);
}
static int set_lineno(Value self, Value value) {
    if (!value) return py_raise_int(TYPE_AttributeError, "cannot delete attribute");
    if (!py_is_int(value)) return py_raise_int(TYPE_ValueError, "lineno must be an integer");
    VmThread *thread = vm_thread();
    VmFrame *frame = find_frame(self);
    const char *event = frame && frame == thread->trace_frame ? thread->trace_event : "";
    if (!strcmp(event, "call") && !frame->generator)
        return py_raise_int(TYPE_ValueError, "can't jump from the 'call' trace event of a new frame");
    if (!GET(OBJECT(self), trace)) return py_raise_int(TYPE_ValueError, "f_lineno can only be set by a trace function");
    if (strcmp(event, "line")) return py_raise_int(TYPE_ValueError, "can only jump from a 'line' trace event");
    int64_t line;
    if (py_int_as_i64(value, &line) != 0) return py_raise_int(TYPE_ValueError, "lineno out of range");
    return trace_jump(thread, frame, line);
}
static Value get_trace(Value self) {
    Value trace = GET(OBJECT(self), trace);
    return trace ? trace : VM_NONE;
}
static int set_trace(Value self, Value value) {
    if (!GET(OBJECT(self), trace)) SET(OBJECT(self), traced, frame_instr(self) + UINT64_C(1));
    SET(OBJECT(self), trace, value && value != VM_NONE ? value : 0);
    return 0;
}

static int set_flag(Value self, Value value, uint64_t flag, bool inverse) {
    if (!value || !is_bool(value)) return py_raise_int(TYPE_TypeError, "attribute value type must be bool");
    uint64_t flags = GET(OBJECT(self), flags);
    SET(OBJECT(self), flags, (value == VM_TRUE) != inverse ? flags | flag : flags & ~flag);
    return 0;
}
static Value get_trace_lines(Value self) {
    return vm_bool(!(GET(OBJECT(self), flags) & FRAME_OBJECT_NO_LINES));
}
static int set_trace_lines(Value self, Value value) {
    return set_flag(self, value, FRAME_OBJECT_NO_LINES, true);
}
static Value get_trace_opcodes(Value self) {
    return vm_bool((GET(OBJECT(self), flags) & FRAME_OBJECT_OPCODES) != 0);
}
static int set_trace_opcodes(Value self, Value value) {
    return set_flag(self, value, FRAME_OBJECT_OPCODES, false);
}

static Value frame_clear(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    PyFrameObject GS *o = OBJECT(args[0]);
    Value generator = GET(o, generator);
    if (find_frame(args[0])) return py_raise(TYPE_RuntimeError, "cannot clear an executing frame");
    if (generator) {
        generator_finalize_may_call(generator);
        return VM_NONE;
    }
    for (uint32_t i = 0; i < frame_code(args[0])->fixed_count; i++) SET(o, registers[i], VM_UNBOUND);
    return VM_NONE;
}

static Value frame_repr(Value self) {
    const VmCode *code = frame_code(self);
    return py_str_format("<frame at %p, file %R, line %d, code %S>", (void *)gc_id(self), code->filename,
                         frame_line(self), code->name);
}

static const PyGetSetDef frame_getsets[] = {{"f_back", get_back, 0, 0},
                                            {"f_locals", object_locals, 0, 0},
                                            {"f_lineno", get_lineno, set_lineno, 0},
                                            {"f_lasti", get_lasti, 0, 0},
                                            {"f_globals", get_globals, 0, 0},
                                            {"f_builtins", get_builtins, 0, 0},
                                            {"f_code", get_code, 0, 0},
                                            {"f_trace", get_trace, set_trace, 0},
                                            {"f_trace_lines", get_trace_lines, set_trace_lines, 0},
                                            {"f_trace_opcodes", get_trace_opcodes, set_trace_opcodes, 0},
                                            {0}};
static const PyMethodDef frame_methods[] = {
    {"clear", "($self, /)", frame_clear, 0, "F.clear(): clear most references held by the frame"}, {0}};

const PyTypeSpec py_spec_frame = {
    .slots = {.repr = frame_repr},
    .methods = frame_methods,
    .getsets = frame_getsets,
    .raw_words = 4,
};
