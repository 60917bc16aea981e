/* f_lineno = n: where a debugger may go on. A line is reached if what its instruction needs in temporaries is there, and stands for
 * the same: iterators of loops, what was handled before an `except`, exit functions. */
#include "vm/exec/interp.h"
#include "vm/exec/liveness.h"
#include "vm/exec/opinfo.h"
#include "vm/exec/trace.h"
#include <stdlib.h>

enum { USES = 3 };
typedef struct Jump {
    const VmCode *code;
    uint32_t from, words;
    uint64_t *live[USES]; /* by LivenessUse */
} Jump;

static bool is_live(const Jump *j, LivenessUse use, uint32_t at, uint32_t temporary) {
    return j->live[use][(size_t)at * j->words + temporary / 64] >> temporary % 64 & 1;
}
static uint32_t temporaries(const Jump *j) { return j->code->register_count - j->code->fixed_count; }

static bool fits(const Jump *j, uint32_t to) {
    for (int use = 0; use < USES; use++)
        for (uint32_t w = 0; w < j->words; w++)
            if (j->live[use][(size_t)to * j->words + w] & ~j->live[use][(size_t)j->from * j->words + w]) return false;
    return true;
}

static uint32_t depth_at(const Jump *j, uint32_t at) {
    uint32_t depth = 0;
    for (uint32_t w = 0; w < j->words; w++)
        depth += (uint32_t)__builtin_popcountll(j->live[LIVENESS_ANY][(size_t)at * j->words + w]);
    return depth;
}

static int refuse(const char *why) { return py_raise_int(TYPE_ValueError, "%s", why); }

/* By what the instruction needs last. */
static int refuse_target(const Jump *j, uint32_t to) {
    for (uint32_t t = temporaries(j); t-- > 0;) {
        if (!is_live(j, LIVENESS_ANY, to, t)) continue;
        if (is_live(j, LIVENESS_HANDLED, to, t)) return refuse("can't jump into an 'except' block as there's no exception");
        if (is_live(j, LIVENESS_ITERATOR, to, t)) return refuse("can't jump into the body of a for loop");
        break;
    }
    for (uint32_t t = temporaries(j); t-- > 0;)
        if (is_live(j, LIVENESS_HANDLED, to, t)) return refuse("can't jump into an 'except' block as there's no exception");
    return refuse("incompatible stacks");
}

static uint32_t next_instr(const VmCode *code, uint32_t at) { return at + 1 + vm_op_info(code->instrs[at].op)->ext_words; }

/* The line itself, or the next one that has code; -1: none. */
static int64_t line_with_code(const VmCode *code, int64_t line) {
    int64_t found = -1;
    for (uint32_t i = 0; i < code->instr_count; i = next_instr(code, i)) {
        int here = vm_code_line(code, i);
        if (here >= line && (found < 0 || here < found) && code->instrs[i].op != OP_RESUME) found = here;
    }
    return found;
}

/* The deepest place in the line that can be reached; -1 with ValueError. */
static int64_t find_target(const Jump *j, int64_t line) {
    int64_t best = -1, refused = -1;
    for (uint32_t i = 0, before = UINT32_MAX; i < j->code->instr_count; before = i, i = next_instr(j->code, i)) {
        bool begins = before == UINT32_MAX || vm_code_line(j->code, before) != line || j->code->instrs[before].op == OP_RESUME;
        if (!begins || vm_code_line(j->code, i) != line || j->code->instrs[i].op == OP_RESUME) continue;
        if (!fits(j, i)) refused = i;
        else if (best < 0 || depth_at(j, i) > depth_at(j, (uint32_t)best)) best = i;
    }
    return best >= 0 ? best : refuse_target(j, (uint32_t)refused);
}

/* What the place has to have that the frame now need not keep: exceptions that are no longer handled. */
static void leave_handlers(VmThread *thread, VmFrame *frame, const Jump *j, uint32_t to) {
    for (uint32_t t = temporaries(j); t-- > 0;) {
        if (!is_live(j, LIVENESS_HANDLED, j->from, t) || is_live(j, LIVENESS_HANDLED, to, t)) continue;
        Value outer = frame->registers[j->code->fixed_count + t];
        if (outer == VM_UNBOUND) {
            outer = frame->resumer_handled;
            frame->flags &= (uint8_t)~FRAME_HANDLES;
        }
        thread->handled = outer;
    }
}

/* The compiler has left out checks where a variable is bound on every path; after a jump it may not be: it is None then. */
static void bind_locals(VmFrame *frame) {
    const VmCode *code = frame->code;
    for (uint32_t i = 0; i < code->local_count; i++)
        if (frame->registers[i] == VM_UNBOUND && !(code->cell_of_local && code->cell_of_local[i] >= 0))
            frame->registers[i] = VM_NONE;
}

static int jump(VmThread *thread, VmFrame *frame, const Jump *j, int64_t line) {
    int64_t to = find_target(j, line);
    if (to < 0) return -1;
    frame_touch(thread, frame);
    leave_handlers(thread, frame, j, (uint32_t)to);
    bind_locals(frame);
    frame->pc = j->code->instrs + to;
    SET(REF(PyFrameObject, frame->object), traced, (uint64_t)to + 1);
    return 0;
}

int trace_jump(VmThread *thread, VmFrame *frame, int64_t line) {
    const VmCode *code = frame->code;
    if (line < code->first_line)
        return py_raise_int(TYPE_ValueError, "line %ld comes before the current code block", (long)line);
    int64_t found = line_with_code(code, line);
    if (found < 0) return py_raise_int(TYPE_ValueError, "line %ld comes after the current code block", (long)line);
    Jump j = {.code = code, .from = (uint32_t)(frame->pc - code->instrs), .words = liveness_words(code)};
    bool complete = true;
    for (int use = 0; use < USES; use++) complete = (j.live[use] = liveness_compute(code, use)) && complete;
    int status = complete ? jump(thread, frame, &j, found) : (py_raise_memory(), -1);
    for (int use = 0; use < USES; use++) free(j.live[use]);
    return status;
}
