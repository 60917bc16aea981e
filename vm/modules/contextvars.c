/* Module _contextvars. The thread's current context is VmThread.context (0: none yet).
 *
 * A context's dict is shared with its copies until one of them changes (`shared` is set in all of them), so copy_context() costs
 * the same for any number of variables. */
#include "vm/exec/frame.h"
#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/objects/dict.h"
#include "vm/objects/list.h"
#include "vm/objects/type.h"
#include "vm/runtime.h"

static Value token_missing; /* Token.MISSING: permanent */

static PyContext GS *context_of(Value v) { return REF(PyContext, v); }
static PyContextVar GS *variable_of(Value v) { return REF(PyContextVar, v); }
static PyContextToken GS *token_of(Value v) { return REF(PyContextToken, v); }

/* ---- contexts ------------------------------------------------------------------------------------------------ */

static Value context_with(Value dict, bool shared) {
    Value self = dict ? py_alloc_id(TYPE_CONTEXT, 0) : 0;
    if (!self) return 0;
    context_of(self)->dict = dict;
    context_of(self)->shared = shared;
    return self;
}
static Value current_context(void) {
    VmThread *thread = vm_thread();
    if (!thread->context) thread->context = context_with(py_dict_new(), false);
    return thread->context;
}
static Value context_dict(Value self) { return GET(context_of(self), dict); }

/* The dict, for a change. */
static Value own_dict(Value self) {
    if (!GET(context_of(self), shared)) return context_dict(self);
    Value copy = py_dict_copy(context_dict(self));
    if (!copy) return 0;
    SET(context_of(self), dict, copy);
    SET(context_of(self), shared, false);
    return copy;
}
static Value context_copy_of(Value self) {
    if (!self) return 0;
    SET(context_of(self), shared, true);
    return context_with(context_dict(self), true);
}

static Value context_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)type, (void)args;
    if (nargs || (kwnames && tuple_length(kwnames))) return py_raise(TYPE_TypeError, "Context() does not accept any arguments");
    return context_with(py_dict_new(), false);
}

static int check_key(Value key) {
    return is_exactly(key, TYPE_CONTEXT_VAR) ? 0 : py_raise_int(TYPE_TypeError, "a ContextVar key was expected, got %R", key);
}
static Value context_getitem(Value self, Value key) {
    if (check_key(key) < 0) return 0;
    Value v = py_dict_get(context_dict(self), key);
    return v == VM_UNBOUND ? py_raise_value(TYPE_KeyError, key) : v;
}
static int context_contains(Value self, Value key) {
    return check_key(key) < 0 ? -1 : py_dict_get(context_dict(self), key) != VM_UNBOUND;
}
static int64_t context_length(Value self) { return py_dict_length(context_dict(self)); }
static Value context_iter(Value self) { return dict_iter_new(TYPE_DICT_KEY_ITER, context_dict(self)); }
static Value context_compare(Value a, Value b, int op) {
    if (!is_exactly(b, TYPE_CONTEXT) || (op != PY_EQ && op != PY_NE)) return VM_NOT_IMPLEMENTED;
    int equal = dict_equal(context_dict(a), context_dict(b));
    return equal < 0 ? 0 : vm_bool(equal == (op == PY_EQ));
}

FUNCTION(context_get) {
    if (check_key(args[1]) < 0) return 0;
    Value v = py_dict_get(context_dict(args[0]), args[1]);
    return v != VM_UNBOUND ? v : args[2] ? args[2] : VM_NONE;
}
FUNCTION(context_copy) { return context_copy_of(args[0]); }
FUNCTION(context_keys) { return dict_view_new(TYPE_DICT_KEYS, own_dict(context_copy_of(args[0]))); }
FUNCTION(context_values) { return dict_view_new(TYPE_DICT_VALUES, own_dict(context_copy_of(args[0]))); }
FUNCTION(context_items) { return dict_view_new(TYPE_DICT_ITEMS, own_dict(context_copy_of(args[0]))); }

FUNCTION(context_run) {
    Value self = args[0];
    if (nargs < 2) return py_raise(TYPE_TypeError, "run() missing 1 required positional argument");
    if (GET(context_of(self), entered)) return py_raise(TYPE_RuntimeError, "cannot enter context: %R is already entered", self);
    VmThread *thread = vm_thread();
    SET(context_of(self), previous, thread->context);
    SET(context_of(self), entered, true);
    thread->context = self;
    Value result = py_call(args[1], args + 2, nargs - 2, kwnames);
    vm_thread()->context = GET(context_of(self), previous);
    SET(context_of(self), previous, 0);
    SET(context_of(self), entered, false);
    return result;
}

static const PyMethodDef context_methods[] = {
    {"run", 0, context_run, 0, "Run a callable inside this context."},
    {"get", "($self, key, default=None, /)", context_get, 0, "Return the value for `key` if `key` has the value in the context object."},
    {"copy", "($self, /)", context_copy, 0, "Return a shallow copy of the context object."},
    {"keys", "($self, /)", context_keys, 0, "Return a list of all variables in the context object."},
    {"values", "($self, /)", context_values, 0, "Return a list of all variables' values in the context object."},
    {"items", "($self, /)", context_items, 0, "Return all variables and their values in the context object."},
    {0}};
const PyTypeSpec py_spec_context = {.slots = {.new = context_new, .getitem = context_getitem, .contains = context_contains,
                                              .length = context_length, .iter = context_iter, .richcompare = context_compare, .hash = py_hash_unhashable},
                                    .methods = context_methods,
                                    .raw_words = 2,
                                    .module = "_contextvars"};

/* ---- variables --------------------------------------------------------------------------------------------------- */

static Value variable_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)type;
    Value initial = 0;
    int64_t keywords = kwnames ? tuple_length(kwnames) : 0;
    if (nargs != 1) return py_raise(TYPE_TypeError, "ContextVar() takes %s 1 positional argument (%zu given)", nargs ? "at most" : "exactly", nargs);
    for (int64_t i = 0; i < keywords; i++) {
        if (!py_str_equal_c(tuple_item(kwnames, i), "default"))
            return py_raise(TYPE_TypeError, "'%S' is an invalid keyword argument for ContextVar()", tuple_item(kwnames, i));
        initial = args[nargs + (size_t)i];
    }
    if (!py_is_str(args[0])) return py_raise(TYPE_TypeError, "context variable name must be a str");
    Value self = py_alloc_id(TYPE_CONTEXT_VAR, 0);
    if (!self) return 0;
    variable_of(self)->name = args[0];
    variable_of(self)->initial = initial;
    return self;
}
static Value variable_repr(Value self) {
    Value initial = variable_of(self)->initial;
    if (!initial) return py_str_format("<ContextVar name=%R at 0x%lx>", variable_of(self)->name, (unsigned long)gc_id(self));
    return py_str_format("<ContextVar name=%R default=%R at 0x%lx>", variable_of(self)->name, initial, (unsigned long)gc_id(self));
}
static Value variable_name(Value self) { return variable_of(self)->name; }

FUNCTION(variable_get) {
    Value context = vm_thread()->context;
    Value v = context ? py_dict_get(context_dict(context), args[0]) : VM_UNBOUND;
    if (v != VM_UNBOUND) return v;
    if (args[1]) return args[1];
    Value initial = variable_of(args[0])->initial;
    return initial ? initial : py_raise_value(TYPE_LookupError, args[0]);
}
FUNCTION(variable_set) {
    Value context = current_context(), dict = context ? own_dict(context) : 0;
    if (!dict) return 0;
    Value before = py_dict_get(dict, args[0]);
    if (!before || py_dict_set(dict, args[0], args[1]) < 0) return 0;
    Value token = py_alloc_id(TYPE_CONTEXT_TOKEN, 0);
    if (!token) return 0;
    token_of(token)->context = context;
    token_of(token)->variable = args[0];
    token_of(token)->before = before == VM_UNBOUND ? 0 : before;
    return token;
}
FUNCTION(variable_reset) {
    Value token = args[1], context = current_context();
    if (!is_exactly(token, TYPE_CONTEXT_TOKEN)) return py_raise(TYPE_TypeError, "expected an instance of Token, got %R", token);
    if (GET(token_of(token), used)) return py_raise(TYPE_RuntimeError, "%R has already been used once", token);
    if (token_of(token)->variable != args[0]) return py_raise(TYPE_ValueError, "%R was created by a different ContextVar", token);
    if (token_of(token)->context != context) return py_raise(TYPE_ValueError, "%R was created in a different Context", token);
    Value dict = own_dict(context), before = token_of(token)->before;
    if (!dict) return 0;
    SET(token_of(token), used, true);
    int status = before ? py_dict_set(dict, args[0], before) : py_dict_delete(dict, args[0]);
    return status < 0 ? 0 : VM_NONE;
}
static const PyMethodDef variable_methods[] = {
    {"get", "($self, default=None, /)", variable_get, 0, "Return a value for the context variable for the current context."},
    {"set", "($self, value, /)", variable_set, 0, "Call to set a new value for the context variable in the current context."},
    {"reset", "($self, token, /)", variable_reset, 0, "Reset the context variable."},
    CLASS_GETITEM,
    {0}};
static const PyGetSetDef variable_getsets[] = {{"name", variable_name, 0, 0}, {0}};
const PyTypeSpec py_spec_context_var = {.slots = {.new = variable_new, .repr = variable_repr},
                                        .methods = variable_methods,
                                        .getsets = variable_getsets,
                                        .raw_words = 0,
                                        .module = "_contextvars"};

/* ---- tokens ---------------------------------------------------------------------------------------------------------- */

static Value token_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)type, (void)args, (void)nargs, (void)kwnames;
    return py_raise(TYPE_RuntimeError, "Tokens can only be created by ContextVars");
}
static Value token_repr(Value self) {
    return py_str_format("<Token%s var=%R at 0x%lx>", GET(token_of(self), used) ? " used" : "", token_of(self)->variable, (unsigned long)gc_id(self));
}
static Value token_get_var(Value self) { return token_of(self)->variable; }
static Value token_get_old_value(Value self) {
    Value before = token_of(self)->before;
    return before ? before : token_missing;
}
static const PyMethodDef token_methods[] = {CLASS_GETITEM, {0}};
static const PyGetSetDef token_getsets[] = {{"var", token_get_var, 0, 0}, {"old_value", token_get_old_value, 0, 0}, {0}};
const PyTypeSpec py_spec_context_token = {.slots = {.new = token_new, .repr = token_repr},
                                          .methods = token_methods,
                                          .getsets = token_getsets,
                                          .raw_words = 1,
                                          .module = "_contextvars"};

static Value missing_repr(Value self) {
    (void)self;
    return py_str_c("<Token.MISSING>");
}
const PyTypeSpec py_spec_token_missing = {.slots = {.repr = missing_repr}, .raw_words = GC_KIND_LEAF, .module = "builtins"};

/* ---- the module -------------------------------------------------------------------------------------------------------- */

Value vm_copy_context(void) { return context_copy_of(current_context()); }
FUNCTION(contextvars_copy_context) { return vm_copy_context(); }
static const PyMethodDef contextvars_functions[] = {{"copy_context", "($module, /)", contextvars_copy_context, 0, 0}, {0}};

static int contextvars_init(Value module) {
    token_missing = gc_alloc_permanent(TYPE_TOKEN_MISSING, GC_KIND_LEAF, 16);
    if (type_dict_set(py_type(TYPE_CONTEXT_TOKEN), py_intern_c("MISSING"), token_missing) < 0) return -1;
    return py_module_add(module, "Context", py_type(TYPE_CONTEXT)) < 0 || py_module_add(module, "ContextVar", py_type(TYPE_CONTEXT_VAR)) < 0
               ? -1
               : py_module_add(module, "Token", py_type(TYPE_CONTEXT_TOKEN));
}
const PyModuleDef py_module_contextvars = {.doc = "Context Variables", .functions = contextvars_functions, .init = contextvars_init};
