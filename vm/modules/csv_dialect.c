/* Module _csv: the Dialect type. An instance never changes. */
#include "vm/modules/csv.h"
#include "vm/objects/str.h"

enum { DELIMITER, DOUBLE_QUOTE, ESCAPE, LINE_END, QUOTE, QUOTING, SKIP_SPACE, STRICT, PARAMETERS };
static const char *const names[PARAMETERS] = {"delimiter", "doublequote", "escapechar", "lineterminator", "quotechar", "quoting", "skipinitialspace", "strict"};

static CsvDialect GS *dialect_of(Value v) { return REF(CsvDialect, v); }

Value csv_registry(void) { return module_state("_csv", "_dialects"); }
Value csv_find_dialect(Value name) {
    Value registry = csv_registry(), found = registry ? py_dict_get(registry, name) : 0;
    return found == VM_UNBOUND ? py_raise(TYPE_CSV_ERROR, "unknown dialect") : found;
}

/* ---- parameters --------------------------------------------------------------------------------------------- */

static int char_parameter(Value v, int which, uint64_t fallback, uint64_t *out) {
    const char *name = names[which];
    *out = fallback;
    if (!v) return 0;
    *out = CSV_NOT_SET;
    if (v == VM_NONE && which != DELIMITER) return 0;
    if (!py_is_str(v))
        return py_raise_int(TYPE_TypeError, which == DELIMITER ? "\"%s\" must be string, not %T" : "\"%s\" must be string or None, not %T", name, v);
    if (str_length(v) != 1) return py_raise_int(TYPE_TypeError, "\"%s\" must be a 1-character string", name);
    *out = str_at(v, 0);
    return 0;
}
static int bool_parameter(Value v, bool fallback, uint64_t *out) {
    int truth = v ? py_truth(v) : fallback;
    *out = truth > 0;
    return truth < 0 ? -1 : 0;
}
static int quoting_parameter(Value v, uint64_t *out) {
    *out = CSV_QUOTE_MINIMAL;
    if (!v) return 0;
    if (!is_int(v) && !(py_is_int(v) && !is_bool(v))) return py_raise_int(TYPE_TypeError, "\"quoting\" must be an integer");
    int64_t quoting;
    if (py_int_as_i64(v, &quoting) || quoting < 0 || quoting > CSV_QUOTE_NONE) return py_raise_int(TYPE_TypeError, "bad \"quoting\" value");
    *out = (uint64_t)quoting;
    return 0;
}

static int fill(CsvDialect GS *d, const Value *v) {
    uint64_t delimiter, escape, quote, quoting, double_quote, skip, strict;
    if (char_parameter(v[DELIMITER], DELIMITER, ',', &delimiter) < 0 || bool_parameter(v[DOUBLE_QUOTE], true, &double_quote) < 0 ||
        char_parameter(v[ESCAPE], ESCAPE, CSV_NOT_SET, &escape) < 0)
        return -1;
    if (v[LINE_END] && !py_is_str(v[LINE_END])) return py_raise_int(TYPE_TypeError, "\"lineterminator\" must be a string");
    if (char_parameter(v[QUOTE], QUOTE, '"', &quote) < 0 || quoting_parameter(v[QUOTING], &quoting) < 0 || bool_parameter(v[SKIP_SPACE], false, &skip) < 0 ||
        bool_parameter(v[STRICT], false, &strict) < 0)
        return -1;
    if (quote == CSV_NOT_SET && !v[QUOTING]) quoting = CSV_QUOTE_NONE;
    if (quoting != CSV_QUOTE_NONE && quote == CSV_NOT_SET) return py_raise_int(TYPE_TypeError, "quotechar must be set if quoting enabled");
    d->delimiter = delimiter, d->escape = escape, d->quote = quote, d->quoting = quoting;
    d->double_quote = double_quote, d->skip_space = skip, d->strict = strict;
    d->line_end = v[LINE_END] ? v[LINE_END] : py_intern_c("\r\n");
    return 0;
}

static Value dialect_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    Value v[PARAMETERS] = {0}, base = nargs ? args[0] : 0;
    int64_t keywords = kwnames ? tuple_length(kwnames) : 0;
    for (size_t i = 1; i < nargs && i <= PARAMETERS; i++) v[i - 1] = args[i];
    if (nargs > PARAMETERS + 1) return py_raise(TYPE_TypeError, "Dialect() takes at most 9 arguments (%zu given)", nargs);
    bool any = nargs > 1;
    for (int64_t k = 0; k < keywords; k++) {
        Value name = tuple_item(kwnames, k), value = args[nargs + (size_t)k];
        int which = 0;
        while (which < PARAMETERS && !py_str_equal_c(name, names[which])) which++;
        if (which < PARAMETERS) v[which] = value, any = true;
        else if (py_str_equal_c(name, "dialect")) base = value;
        else return py_raise(TYPE_TypeError, "'%S' is an invalid keyword argument for this function", name);
    }
    if (base && base != VM_NONE) {
        if (py_is_str(base) && !(base = csv_find_dialect(base))) return 0;
        if (is_exactly(base, TYPE_CSV_DIALECT) && !any) return base;
        for (int i = 0; i < PARAMETERS; i++) {
            if (v[i]) continue;
            Value found = py_getattr_opt(base, py_intern_c(names[i]));
            if (!found) return 0;
            if (found != VM_UNBOUND) v[i] = found;
        }
    }
    Value self = py_alloc(type, 0);
    return self && fill(dialect_of(self), v) == 0 ? self : 0;
}

/* ---- attributes ------------------------------------------------------------------------------------------------ */

static Value char_value(uint64_t c) { return c == CSV_NOT_SET ? VM_NONE : py_str_char((uint32_t)c); }
static Value get_delimiter(Value self) { return char_value(dialect_of(self)->delimiter); }
static Value get_escape(Value self) { return char_value(dialect_of(self)->escape); }
static Value get_quote(Value self) { return char_value(dialect_of(self)->quote); }
static Value get_quoting(Value self) { return int_make((int64_t)dialect_of(self)->quoting); }
static Value get_double_quote(Value self) { return vm_bool(dialect_of(self)->double_quote); }
static Value get_skip_space(Value self) { return vm_bool(dialect_of(self)->skip_space); }
static Value get_strict(Value self) { return vm_bool(dialect_of(self)->strict); }
static Value get_line_end(Value self) { return dialect_of(self)->line_end; }
static const PyGetSetDef dialect_getsets[] = {
    {"delimiter", get_delimiter, 0, 0}, {"escapechar", get_escape, 0, 0}, {"quotechar", get_quote, 0, 0},
    {"quoting", get_quoting, 0, 0}, {"doublequote", get_double_quote, 0, 0}, {"skipinitialspace", get_skip_space, 0, 0},
    {"strict", get_strict, 0, 0}, {"lineterminator", get_line_end, 0, 0}, {0}};
FUNCTION(dialect_reduce) { return py_raise(TYPE_TypeError, "cannot pickle '%T' object", args[0]); }
static const PyMethodDef dialect_methods[] = {{"__reduce_ex__", "($self, version, /)", dialect_reduce, 0, 0}, {"__reduce__", "($self, /)", dialect_reduce, 0, 0}, {0}};
const PyTypeSpec py_spec_csv_dialect = {.doc = "CSV dialect\n\nThe Dialect type records CSV dialect options.",
                                        .slots = {.new = dialect_new},
                                        .methods = dialect_methods,
                                        .getsets = dialect_getsets,
                                        .raw_words = 7,
                                        .module = "_csv"};
