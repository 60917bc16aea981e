/* Module _decimal: contexts: their attributes, the current one of a thread, the context manager. */
#include "vm/modules/decimal/decimal.h"
#include "stm/atomic.h"
#include "vm/exec/frame.h"
#include "vm/objects/builtin.h"
#include "vm/objects/dict.h"
#include "vm/objects/str.h"
#include "vm/objects/type.h"

/* ---- rounding modes --------------------------------------------------------------------------------------------------- */

static const char *const rounding_names[] = {
#define ROUNDING(name) #name,
#include "vm/modules/decimal/rounding.tbl"
#undef ROUNDING
};
Value rounding_name(DecRounding rounding) { return py_intern_c(rounding_names[rounding]); }
DecRounding rounding_argument(Value v) {
    for (int i = 0; i < DEC_ROUNDING_COUNT && py_is_str(v); i++)
        if (py_str_equal_c(v, rounding_names[i])) return (DecRounding)i;
    py_raise(TYPE_TypeError, "valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n"
                             "   ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]");
    return DEC_ROUNDING_COUNT;
}

/* ---- what the module shares ------------------------------------------------------------------------------------------- */

/* A tuple in the type's dict: it follows transactions, and a module imported anew has the same objects. */
static Value shared_tuple(void) { return py_dict_get_str(REF(PyType, py_type(TYPE_DECIMAL_CONTEXT))->dict, py_intern_c("_shared")); }
Value decimal_shared(int which) {
    Value tuple = shared_tuple();
    return tuple == VM_UNBOUND ? py_raise(TYPE_SystemError, "_decimal has not been imported") : tuple_item(tuple, which);
}

static Value context_plain(int64_t prec, DecRounding rounding, uint32_t traps) {
    Value self = py_alloc_id(TYPE_DECIMAL_CONTEXT, 0);
    if (!self) return 0;
    PyDecimalContext GS *c = context_of(self);
    c->prec = prec, c->emax = 999999, c->emin = -999999;
    c->rounding = rounding, c->capitals = 1, c->traps = traps;
    return self;
}
int context_init_shared(void) {
    if (shared_tuple() != VM_UNBOUND) return 0;
    const uint32_t traps = DEC_INVALID | DEC_DIVISION_BY_ZERO | DEC_OVERFLOW;
    Value items[SHARED_COUNT] = {context_plain(28, DEC_ROUND_HALF_EVEN, traps),
                                 context_plain(9, DEC_ROUND_HALF_UP, traps | DEC_UNDERFLOW | DEC_CLAMPED),
                                 context_plain(9, DEC_ROUND_HALF_EVEN, 0), signals_class_new(), 0};
    Value namedtuple = py_import_attr("collections", "namedtuple"), fields = py_str_c("sign digits exponent");
    Value class = namedtuple && fields ? py_call2(namedtuple, py_intern_c("DecimalTuple"), fields) : 0;
    if (!class || py_setattr(class, NAME(__module__), py_intern_c("decimal")) < 0) return -1;
    items[SHARED_TUPLE] = class;
    for (int i = 0; i < SHARED_COUNT; i++)
        if (!items[i]) return -1;
    Value tuple = py_tuple_from(items, SHARED_COUNT);
    return tuple ? type_dict_set(py_type(TYPE_DECIMAL_CONTEXT), py_intern_c("_shared"), tuple) < 0 ? -1 : 0 : -1;
}

/* ---- construction ------------------------------------------------------------------------------------------------------ */

static void copy_fields(Value to, Value from) {
    PyDecimalContext GS *c = context_of(to), *f = context_of(from);
    c->prec = GET(f, prec), c->emax = GET(f, emax), c->emin = GET(f, emin);
    c->rounding = GET(f, rounding), c->clamp = GET(f, clamp), c->capitals = GET(f, capitals);
    c->traps = GET(f, traps);
}
Value context_copy(Value context, bool with_status) {
    Value self = py_alloc_id(TYPE_DECIMAL_CONTEXT, 0);
    if (!self) return 0;
    copy_fields(self, context);
    if (with_status) context_of(self)->status = GET(context_of(context), status);
    return self;
}
static Value context_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    Value initial = decimal_shared(SHARED_DEFAULT), self = initial ? py_alloc(type, 0) : 0;
    if (self) copy_fields(self, initial);
    return self;
}

/* ---- attributes --------------------------------------------------------------------------------------------------------- */

static int bounded(Value v, int64_t low, int64_t high, const char *message, int64_t *out) {
    if (!v) return py_raise_int(TYPE_AttributeError, "context attributes cannot be deleted");
    if (!py_is_int(v)) return py_raise_int(TYPE_TypeError, "an integer is required");
    *out = py_int_i64_or_raise(v, "ssize_t");
    if (*out == -1 && py_error()) return -1;
    if (*out < low || *out > high) return py_raise_int(TYPE_ValueError, "%s", message);
    return 0;
}
#define INT_ATTRIBUTE(field, low, high, message)                                                                      \
    static Value get_##field(Value self) { return py_int_from_i64((int64_t)GET(context_of(self), field)); }          \
    static int set_##field(Value self, Value value) {                                                                 \
        int64_t i;                                                                                                    \
        if (bounded(value, low, high, message, &i) < 0) return -1;                                                    \
        SET(context_of(self), field, i);                                                                              \
        return 0;                                                                                                     \
    }
INT_ATTRIBUTE(prec, 1, DEC_MAX_PREC, "valid range for prec is [1, MAX_PREC]")
INT_ATTRIBUTE(emax, 0, DEC_MAX_EMAX, "valid range for Emax is [0, MAX_EMAX]")
INT_ATTRIBUTE(emin, DEC_MIN_EMIN, 0, "valid range for Emin is [MIN_EMIN, 0]")
INT_ATTRIBUTE(capitals, 0, 1, "valid values for capitals are 0 or 1")
INT_ATTRIBUTE(clamp, 0, 1, "valid values for clamp are 0 or 1")

static Value get_rounding(Value self) { return rounding_name((DecRounding)GET(context_of(self), rounding)); }
static int set_rounding(Value self, Value value) {
    if (!value) return py_raise_int(TYPE_AttributeError, "context attributes cannot be deleted");
    DecRounding rounding = rounding_argument(value);
    if (rounding == DEC_ROUNDING_COUNT) return -1;
    SET(context_of(self), rounding, rounding);
    return 0;
}

static Value get_signals(Value self, bool traps) {
    PyDecimalContext GS *c = context_of(self);
    Value dict = GET(c, signals[traps]);
    if (dict || !(dict = signals_dict_new(self, traps))) return dict;
    SET(c, signals[traps], dict);
    return dict;
}
static int set_signals(Value self, Value value, bool traps, bool list_allowed) {
    uint32_t bits;
    if (!value) return py_raise_int(TYPE_AttributeError, "context attributes cannot be deleted");
    if ((list_allowed && py_is_list(value) ? signals_from_list(value, &bits) : signals_from_dict(value, &bits)) < 0) return -1;
    if (traps) SET(context_of(self), traps, bits);
    else SET(context_of(self), status, bits);
    return 0;
}
static Value get_flags(Value self) { return get_signals(self, false); }
static Value get_traps(Value self) { return get_signals(self, true); }
static int set_flags(Value self, Value value) { return set_signals(self, value, false, false); }
static int set_traps(Value self, Value value) { return set_signals(self, value, true, false); }

static int context_setattr(Value self, Value name, Value value) {
    return value ? py_generic_setattr(self, name, value) : py_raise_int(TYPE_AttributeError, "context attributes cannot be deleted");
}

#define CONTEXT_SIGNATURE "(prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)"
static int set_lists(Value self, Value value, bool traps) { return set_signals(self, value, traps, true); }
static int init_flags(Value self, Value value) { return set_lists(self, value, false); }
static int init_traps(Value self, Value value) { return set_lists(self, value, true); }
static int (*const init_setters[])(Value, Value) = {set_prec,     set_rounding, set_emin,   set_emax,
                                                           set_capitals, set_clamp,    init_flags, init_traps};
enum { INIT_COUNT = sizeof init_setters / sizeof *init_setters };
static int context_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    static BuiltinSignature *signature;
    Value bound[INIT_COUNT];
    if (builtin_bind_init(&signature, CONTEXT_SIGNATURE, "Context", args, nargs, kwnames, bound) < 0) return -1;
    for (size_t i = 0; i < INIT_COUNT; i++)
        if (bound[i] && bound[i] != VM_NONE && init_setters[i](self, bound[i]) < 0) return -1;
    return 0;
}

static Value context_repr(Value self) {
    PyDecimalContext GS *c = context_of(self);
    Value flags = signals_text((uint32_t)GET(c, status)), traps = signals_text((uint32_t)GET(c, traps));
    if (!flags || !traps) return 0;
    return py_str_format("Context(prec=%ld, rounding=%s, Emin=%ld, Emax=%ld, capitals=%d, clamp=%d, flags=%S, traps=%S)",
                         (long)GET(c, prec), rounding_names[GET(c, rounding)], (long)GET(c, emin), (long)GET(c, emax),
                         (int)GET(c, capitals), (int)GET(c, clamp), flags, traps);
}

static const PyGetSetDef context_getsets[] = {{"prec", get_prec, set_prec, 0},
                                              {"Emax", get_emax, set_emax, 0},
                                              {"Emin", get_emin, set_emin, 0},
                                              {"rounding", get_rounding, set_rounding, 0},
                                              {"capitals", get_capitals, set_capitals, 0},
                                              {"clamp", get_clamp, set_clamp, 0},
                                              {"flags", get_flags, set_flags, 0},
                                              {"traps", get_traps, set_traps, 0},
                                              {0}};
const PyTypeSpec py_spec_decimal_context = {
    .doc = "Context" CONTEXT_SIGNATURE "\n--\n\n"
           "How operations work: precision, rounding, limits of the exponent, which conditions raise exceptions.",
    .slots = {.new = context_new, .init = context_init, .repr = context_repr, .setattro = context_setattr},
    .methods = decimal_context_methods,
    .getsets = context_getsets,
    .raw_words = 8,
    .module = "decimal"};

/* ---- the current context -------------------------------------------------------------------------------------------------- */

/* The context variable: a permanent object. */
static Value context_variable(void) {
    static Value variable;
    Value known = atomic_load_acquire(&variable);
    if (LIKELY(known)) return known;
    Value fresh = gc_alloc_permanent(TYPE_CONTEXT_VAR, 0, sizeof(PyContextVar));
    REF(PyContextVar, fresh)->name = py_intern_c("decimal_context");
    return atomic_cas_acqrel(&variable, &known, fresh) ? fresh : known;
}

Value context_set_current(Value v) {
    if (!is_context(v)) return py_raise(TYPE_TypeError, "argument must be a context");
    Value shared = shared_tuple();
    for (int i = SHARED_DEFAULT; i <= SHARED_EXTENDED && shared != VM_UNBOUND; i++) /* templates stay as they are */
        if (v == tuple_item(shared, i)) {
            if (!(v = context_copy(v, false))) return 0;
            break;
        }
    Value set = py_call_method(context_variable(), "set", 1, &v);
    return set ? VM_NONE : 0;
}

/* Where the variable was found last: entry `entry` of all dicts with this version of their keys (a guard word, see PyDict). */
static _Thread_local struct {
    uint64_t keys_version;
    int64_t entry;
} found;

static Value find_context(Value dict) {
    if (LIKELY(REF(PyDict, dict)->keys_version == found.keys_version && found.keys_version)) return dict_entry_value(dict, found.entry);
    Value variable = context_variable(), v = py_dict_get(dict, variable);
    if (v == VM_UNBOUND || v == 0) return v;
    PyArray GS *entries = REF(PyArray, REF(PyDict, dict)->entries);
    for (int64_t i = 0; i < GET(REF(PyDict, dict), fill); i++)
        if (entries->items[2 * i] == variable) {
            found.keys_version = py_dict_keys_version(dict);
            found.entry = i;
            break;
        }
    return v;
}

Value context_current(void) {
    Value contexts = vm_thread()->context;
    if (LIKELY(contexts)) {
        Value v = find_context(GET(REF(PyContext, contexts), dict));
        if (LIKELY(v != VM_UNBOUND)) return v;
    }
    Value initial = decimal_shared(SHARED_DEFAULT), context = initial ? context_copy(initial, false) : 0;
    return context && context_set_current(context) ? context : 0;
}

Value context_argument(Value v) {
    if (!v || v == VM_NONE) return context_current();
    return is_context(v) ? v : py_raise(TYPE_TypeError, "optional argument must be a context");
}

/* ---- with localcontext() --------------------------------------------------------------------------------------------------- */

static PyDecimalManager GS *manager_of(Value v) { return REF(PyDecimalManager, v); }
Value context_manager(Value context_or_0, Value kwargs_or_0) {
    static const char *const names[INIT_COUNT] = {"prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps"};
    Value outer = context_current(), inner = outer ? context_argument(context_or_0) : 0;
    if (!inner || !(inner = context_copy(inner, true))) return 0;
    Value name, value;
    for (int64_t position = 0; kwargs_or_0 && py_dict_next(kwargs_or_0, &position, &name, &value);) {
        int at = 0;
        while (at < INIT_COUNT && !py_str_equal_c(name, names[at])) at++;
        if (at == INIT_COUNT) return py_raise(TYPE_TypeError, "'%S' is an invalid keyword argument for this function", name);
        if (value != VM_NONE && init_setters[at](inner, value) < 0) return 0;
    }
    Value self = py_alloc_id(TYPE_DECIMAL_MANAGER, 0);
    if (!self) return 0;
    manager_of(self)->inner = inner;
    manager_of(self)->outer = outer;
    return self;
}
FUNCTION(manager_enter) {
    Value inner = manager_of(args[0])->inner;
    return context_set_current(inner) ? inner : 0;
}
FUNCTION(manager_exit) { return context_set_current(manager_of(args[0])->outer) ? VM_FALSE : 0; }
static const PyMethodDef manager_methods[] = {{"__enter__", "($self, /)", manager_enter, 0, 0},
                                              {"__exit__", "($self, /, *args)", manager_exit, 0, 0},
                                              {0}};
const PyTypeSpec py_spec_decimal_manager = {.methods = manager_methods, .module = "decimal"};
