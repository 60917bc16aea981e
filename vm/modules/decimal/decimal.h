/* Parts of module _decimal: numbers as objects, contexts, signals. A Decimal never changes once made. */
#ifndef VM_MODULES_DECIMAL_DECIMAL_H
#define VM_MODULES_DECIMAL_DECIMAL_H

#include "vm/modules/decimal/number.h"
#include "vm/modules/layouts.h"
#include "vm/modules/module.h"

/* ---- Decimals (object.c) ---------------------------------------------------------------------------------------------- */

static inline bool is_decimal(Value v) { return is_exactly(v, TYPE_DECIMAL) || (is_ref(v) && py_is_instance_of(v, TYPE_DECIMAL)); }
/* `d` is initialised; what it gets is valid until the next safepoint. */
void decimal_load(Dec *d, Value v);
/* A new object of the type; 0 with MemoryError. */
Value decimal_make(Value type, const Dec *d);
static inline Value decimal_new(const Dec *d) { return decimal_make(py_type(TYPE_DECIMAL), d); }

/* ---- contexts (context.c) --------------------------------------------------------------------------------------------- */

static inline bool is_context(Value v) {
    return is_exactly(v, TYPE_DECIMAL_CONTEXT) || (is_ref(v) && py_is_instance_of(v, TYPE_DECIMAL_CONTEXT));
}
static inline PyDecimalContext GS *context_of(Value v) { return REF(PyDecimalContext, v); }
Value context_current(void); /* the thread's: made when it is first asked for */
/* An optional argument: 0 and None mean the current one. TypeError. */
Value context_argument(Value v);
Value context_copy(Value context, bool with_status);
int context_init_shared(void);  /* the three contexts that the module has, and the signal dictionaries' class */
enum { SHARED_DEFAULT, SHARED_BASIC, SHARED_EXTENDED, SHARED_SIGNAL_DICT, SHARED_TUPLE, SHARED_COUNT };
Value decimal_shared(int which);
DecRounding rounding_argument(Value v); /* DEC_ROUNDING_COUNT with TypeError */
Value rounding_name(DecRounding rounding);
Value context_manager(Value context_or_0, Value kwargs_or_0);
Value context_set_current(Value context);

/* ---- signals (signals.c) ------------------------------------------------------------------------------------------------ */

/* Notes conditions in the context. -1 where one of them is trapped, or memory was short: the exception is set. */
int context_signal_slow(Value context, uint32_t status);
static inline int context_signal(Value context, uint32_t status) { return status ? context_signal_slow(context, status) : 0; }
Value signals_list(uint32_t status);       /* a list of classes */
Value signals_text(uint32_t status);       /* "[Inexact, Rounded]" */
int signals_from_list(Value list, uint32_t *out);
int signals_from_dict(Value dict, uint32_t *out); /* a signal dictionary, or a dict with all signals as keys */
Value signals_dict_new(Value context, bool traps);
Value signals_class_new(void);

/* ---- operations under a context -------------------------------------------------------------------------------------- */

typedef struct DecimalOp {
    DecContext ctx;
    Value context;
} DecimalOp;
void decimal_begin(DecimalOp *op, Value context);
/* Signals, makes the result and frees it. */
Value decimal_end(DecimalOp *op, Dec *r);

/* ---- conversions (convert.c) -------------------------------------------------------------------------------------------- */

/* An operand: a Decimal or an int, exactly. 1; 0: something else; -1 with an exception. */
int decimal_operand(Dec *d, Value v);
/* The same, or TypeError: 0 or -1. */
int decimal_operand_or_raise(Dec *d, Value v);
int decimal_from_int(Dec *d, Value v, DecContext *ctx); /* 0, or -1 and NO_MEMORY in ctx->status */
int decimal_from_double(Dec *d, double value, DecContext *ctx);
/* Decimal(v), and context.create_decimal(v), which rounds. */
Value decimal_convert(Value type, Value v, Value context, bool exact);
Value decimal_convert_float(Value type, Value v, Value context, bool exact); /* from_float, create_decimal_from_float */
Value decimal_to_int(Value v, DecRounding rounding);
Value decimal_to_float(Value v);
Value decimal_as_tuple(Value v);
Value decimal_as_ratio(Value v);
Value decimal_str(Value v, bool engineering, Value context);
Value decimal_format(Value v, Value spec, Value override_or_0); /* format.c */
int64_t decimal_hash(Value v);
Value decimal_richcompare(Value a, Value b, int op);

/* Of a context; the operands are Decimals or ints, or TypeError. */
Value decimal_divmod(Value context, Value x, Value y); /* methods.c */
Value decimal_power(Value context, Value x, Value y, Value modulus_or_none);

/* ---- tables of methods ---------------------------------------------------------------------------------------- */

extern const PyMethodDef decimal_methods[];         /* methods.c */
extern const PyMethodDef decimal_context_methods[]; /* context_methods.c */

#endif
