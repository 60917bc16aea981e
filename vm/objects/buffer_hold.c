/* buffer_hold.c -- memoryviews that keep a bytearray or array from being resized.
 *
 * Such an exporter lists its holds weakly: a view that was dropped without release() must not keep it from being resized, and
 * when views die only the collector knows. So where a hold is left at a resize, the collector looks first whether it is in use. */
#include "vm/objects/buffer_hold.h"
#include "vm/exec/interp.h"
#include "vm/exec/safepoint.h"
#include "vm/objects/weakref.h"
#include "vm/vm.h"

const PyTypeSpec py_spec_buffer_hold = {.raw_words = 1};

static PyByteArray GS *storage_of(Value v) { return REF(PyByteArray, v); }
static bool is_storage(Value v) { return py_is_instance_of(v, TYPE_BYTEARRAY) || py_is_instance_of(v, TYPE_TYPED_ARRAY); }

static bool is_in_use(Value weakref) {
    Value hold = py_weakref_target(weakref);
    return hold != VM_NONE && GET(REF(PyBufferHold, hold), users) > 0;
}

/* Leaves those in use. */
static void prune(Value storage) {
    Value holds = GET(storage_of(storage), holds), left = 0;
    for (int64_t i = 0; holds && i < py_list_length(holds); i++) {
        Value weakref = py_list_item(holds, i);
        if (!is_in_use(weakref)) continue;
        if (!left) left = py_list_new(0);
        if (!left || py_list_append(left, weakref) < 0) return py_error_clear();
    }
    if (holds) SET(storage_of(storage), holds, left);
}

/* The list of a storage, pruned whenever it has grown to a power of two. */
static Value holds_of(Value storage) {
    Value holds = GET(storage_of(storage), holds);
    int64_t n = holds ? py_list_length(holds) : 0;
    if (n >= 8 && !(n & (n - 1))) {
        prune(storage);
        holds = GET(storage_of(storage), holds);
    }
    if (holds) return holds;
    holds = py_list_new(0);
    if (holds) SET(storage_of(storage), holds, holds);
    return holds;
}

Value buffer_hold_new(Value v) {
    if (!is_storage(v)) return 0;
    Value hold = py_alloc_id(TYPE_BUFFER_HOLD, 0), list = hold ? holds_of(v) : 0;
    Value weakref = list ? py_weakref_new(py_type(TYPE_WEAKREF), hold, VM_NONE) : 0;
    if (!weakref || py_list_append(list, weakref) < 0) return 0;
    buffer_hold_share(hold);
    return hold;
}

void buffer_hold_share(Value hold) {
    if (hold) SET(REF(PyBufferHold, hold), users, GET(REF(PyBufferHold, hold), users) + 1);
}
void buffer_hold_release(Value hold) {
    if (hold) SET(REF(PyBufferHold, hold), users, GET(REF(PyBufferHold, hold), users) - 1);
}

bool buffer_is_held(Value storage) {
    if (!GET(storage_of(storage), holds)) return false;
    prune(storage);
    return GET(storage_of(storage), holds) != 0;
}

static bool is_plain_number(Value v) { return is_int(v) || v == VM_NONE; }

/* Is nothing called, whatever a method of the storage does with it? */
static bool is_plain(Value v) {
    static const uint16_t types[] = {TYPE_BYTES, TYPE_BYTEARRAY, TYPE_TYPED_ARRAY, TYPE_MEMORYVIEW, TYPE_RANGE};
    if (is_plain_number(v)) return true;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (is_exactly(v, types[i])) return true;
    if (is_exactly(v, TYPE_SLICE)) {
        PySlice GS *slice = REF(PySlice, v);
        return is_plain_number(slice->start) && is_plain_number(slice->stop) && is_plain_number(slice->step);
    }
    bool tuple = is_exactly(v, TYPE_TUPLE);
    if (!tuple && !is_exactly(v, TYPE_LIST)) return false;
    for (int64_t i = 0, n = tuple ? tuple_length(v) : py_list_length(v); i < n; i++)
        if (!is_int(tuple ? tuple_item(v, i) : py_list_item(v, i))) return false;
    return true;
}

static bool is_plain_call(const VmFrame *frame, Value storage) {
    const Value *registers = &frame->registers[frame->pc->b], *args = registers + 2, *end = args + frame->pc->c;
    if (!frame->pc->x && registers[1] != VM_UNBOUND) args--;
    if (args == end || *args != storage || !is_exactly(registers[0], TYPE_METHOD_DESCR)) return false;
    for (args++; args < end; args++)
        if (!is_plain(*args)) return false;
    return true;
}

/* Is it the program's own instruction that resizes the storage, with operands for which nothing else is called? Then no C frame above
 * the loop has a reference that is still needed when the instruction runs again, and none has done anything yet. */
static bool is_plain_instruction(const VmThread *thread, Value storage) {
    const VmFrame *frame = thread->frame;
    if (!frame || thread->tracing || thread->in_events == frame) return false;
    const VmInstr *pc = frame->pc;
    const Value *r = frame->registers;
    switch (pc->op) {
    case OP_CALL: return is_plain_call(frame, storage);
    case OP_SETITEM: return r[pc->a] == storage && is_plain(r[pc->b]) && is_plain(r[pc->c]);
    case OP_DELITEM: return r[pc->b] == storage && is_plain(r[pc->c]);
    case OP_ADD:
    case OP_MUL: return pc->x && r[pc->b] == storage && is_plain(r[pc->c]);
    case OP_MUL_I: return pc->x && r[pc->b] == storage;
    default: return false;
    }
}

/* A stale word of a C frame may be what keeps a view: collect as the loop would, which looks at none of them, and run the instruction again. */
static void settle_in_loop(VmThread *thread) {
    thread->settled = thread->frame->pc;
    thread->at_safepoint = true;
    thread->c_scan_low = thread->c_scan_from;
    gc_collect_full();
    vm_call_again(thread);
}

void buffer_settle_holds(Value storage) {
    if (!buffer_is_held(storage)) return;
    /* What this transaction has dropped is alive, as long as an abort would bring it back. */
    if (SEG->multi) VM_DETACHED("resize of an exported buffer", (void)0);
    if (!buffer_is_held(storage)) return;
    VM_C_SAFEPOINT(gc_minor());
    if (!buffer_is_held(storage)) return;
    VmThread *thread = vm_thread();
    bool again = thread->frame && thread->settled == thread->frame->pc;
    thread->settled = 0;
    if (!again && is_plain_instruction(thread, storage)) settle_in_loop(thread);
    VM_C_SAFEPOINT(gc_collect_full());
}
