/* The interpreter's parts, among interp*.c, call.c, generator.c.
 *
 * Helpers that may push a frame instead of giving a result return VM_PUSHED: thread->frame is the new
 * frame then, with pc, action and result register set, and the loop goes on there. */
#ifndef VM_EXEC_INTERP_H
#define VM_EXEC_INTERP_H

#include "vm/exec/frame.h"
#include "vm/exec/safepoint.h"

#define VM_PUSHED VM_UNBOUND /* no operation results in the sentinel */

/* ---- interp.c ---- */

/* Run thread->frame until a frame with FRAME_ENTRY is left: its result, or 0 with an exception.
 * `throwing`: start by unwinding thread->exception. For call.c and generator.c. */
Value interp_loop(VmThread *thread, bool throwing);
/* stm changes between solo and multi mode; and once at start-up. */
void interp_mode_changed(bool multi);
/* interp_loop inside its own jump buffer, counted as a nested loop, made known to the collector. */
Value interp_enter(VmThread *thread, bool throwing);

extern const uint8_t vm_op_words[OP_COUNT]; /* length of an instruction with its EXT words */

/* ---- unwind.c ---- */

/* The innermost handler of instruction `at`, or 0. */
const VmHandler *vm_find_handler(const VmCode *code, uint32_t at);
/* thread->exception leaves the running frame's instruction. A handler is found: thread->frame->pc is
 * there, true. Otherwise frames are left down to one with FRAME_ENTRY, that one too: false.
 * `add_entry`: the running frame gets a traceback entry. */
bool vm_unwind(VmThread *thread, bool add_entry);
/* A new first entry of the traceback of thread->exception for this frame. */
void vm_traceback_add(VmThread *thread, VmFrame *frame);
/* The same for an exception that arises as the running frame is left: not seen by its handlers. */
bool vm_unwind_caller(VmThread *thread);

/* ---- call.c ---- */

/* Call anything from bytecode. args[-1] may be overwritten. Keyword values follow the nargs positional
 * ones. The new frame, if one is pushed, has `action` and `result_reg`. */
Value vm_call_push(VmThread *thread, Value callable, Value *args, size_t nargs, Value kwnames,
                   uint16_t result_reg, uint8_t action);
/* The frame for a Python function, with its arguments bound; 0 with TypeError. */
VmFrame *vm_bind_frame(VmThread *thread, Value function, const Value *args, size_t nargs,
                       Value kwnames);
Value vm_call_ex(VmThread *thread, Value callable, Value positional, Value keywords_or_unbound,
                 uint16_t result_reg);
/* Run the frame on top, pushed by the caller, in a nested loop. */
Value vm_run_nested(VmThread *thread, VmFrame *frame, bool throwing);

static inline VmCode *function_code(Value function) {
    return vm_code((uint32_t)GET(REF(PyFunction, function), code_id));
}
static inline bool is_function(Value v) {
    return is_ref(v) && (STM_OBJ(v)->shape == TYPE_FUNCTION ||
                         vm_shapes[STM_OBJ(v)->shape]->type->id == TYPE_FUNCTION);
}

/* ---- cache.c: attributes and globals; they take operands from frame->pc ---- */

Value vm_load_attr(VmThread *thread, VmFrame *frame);   /* may push */
Value vm_store_attr(VmThread *thread, VmFrame *frame);  /* 1, 0 failed, or pushed */
Value vm_load_method(VmThread *thread, VmFrame *frame); /* 1 (registers are written), 0 */
Value vm_load_global(VmThread *thread, VmFrame *frame);
int vm_store_global(VmThread *thread, VmFrame *frame);

/* ---- interp_binary.c: operators on other than tagged numbers; may push ---- */

Value vm_binary(VmThread *thread, VmFrame *frame, int op, Value a, Value b, bool inplace);
Value vm_compare(VmThread *thread, VmFrame *frame, int op, Value a, Value b, uint8_t jump_action);
Value vm_getitem(VmThread *thread, VmFrame *frame, Value v, Value key);
Value vm_setitem(VmThread *thread, VmFrame *frame, Value v, Value key, Value value);
Value vm_contains(VmThread *thread, VmFrame *frame, Value container, Value item);
/* A frame with `action` has returned `result` to `caller`, now on top: go on. False: exception.
 * May push. */
bool vm_return_binary(VmThread *thread, VmFrame *caller, uint8_t action, Value result);

/* ---- interp_ops.c ---- */

Value vm_unpack(VmFrame *frame, Value v, size_t count, size_t after, bool star, uint16_t first);
Value vm_make_function(VmFrame *frame, Value code, unsigned parts, const Value *from);
Value vm_load_name(VmFrame *frame, Value name);
int vm_store_name(VmFrame *frame, Value name, Value value);
int vm_delete_name(VmFrame *frame, Value name);
int vm_delete_global(VmFrame *frame, Value name);
/* mapping[name] of a namespace that may be any mapping: VM_UNBOUND if absent. May call. */
Value vm_namespace_get(Value mapping, Value name);
Value vm_load_class_deref(VmFrame *frame, uint32_t reg);
int vm_load_special(VmFrame *frame, unsigned which, Value v, Value *out);
Value vm_load_super(VmThread *thread, VmFrame *frame);
Value vm_build_string(const Value *parts, size_t count);
Value vm_format_value(Value v, Value spec, unsigned x);
int vm_dict_update(Value dict, Value mapping);
int vm_list_extend(Value list, Value v, bool star_args);
Value vm_import_name(VmFrame *frame, Value name, Value level, Value fromlist);
Value vm_import_from(Value module, Value name);
int vm_import_star(VmFrame *frame, Value module);
int vm_setup_annotations(VmFrame *frame);
Value vm_match_keys(Value subject, Value keys);
Value vm_match_class(Value subject, Value cls, unsigned positional, Value names);
int vm_print_expr(Value v);
Value vm_build_class_function(VmFrame *frame);
void vm_raise_unbound(VmFrame *frame, uint32_t reg, bool free_variable);
void vm_raise_name_error(Value name);
void vm_raise_statement(VmThread *thread, VmFrame *frame, unsigned x, Value a, Value cause);
int vm_exception_match(Value exception, Value pattern);
int vm_exception_group_match(Value exception, Value pattern, Value *match, Value *rest);
Value vm_exception_group_result(Value original, Value parts);
Value vm_get_awaitable(Value v, unsigned context);
Value vm_get_aiter(Value v);
Value vm_get_anext(Value v);

#endif
