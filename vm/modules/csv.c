/* Module _csv: reader and writer objects, and the registry of dialects. Dialects: csv_dialect.c. */
#include "stm/atomic.h"
#include "vm/exec/safepoint.h"
#include "vm/modules/csv.h"
#include "vm/objects/iterators.h"
#include "vm/objects/str.h"

MODULE_EXCEPTION(csv_error, 0, "_csv");

static int64_t field_limit = 128 * 1024;

/* ---- reader ------------------------------------------------------------------------------------------------- */

enum { END_OF_LINE = UINT32_MAX };
typedef enum ParseState {
    START_RECORD, START_FIELD, ESCAPED, AFTER_ESCAPED_NEWLINE, IN_FIELD, IN_QUOTES, ESCAPED_IN_QUOTES, QUOTE_IN_QUOTES, EAT_NEWLINE
} ParseState;

typedef struct Parser {
    CsvDialect GS *dialect;
    ParseState state;
    Value fields;
    PyStrBuilder field;
    bool numeric; /* the field was not quoted and is to become a float */
} Parser;

static int add_char(Parser *p, uint32_t c) {
    int64_t limit = atomic_load_relaxed(&field_limit);
    if ((int64_t)p->field.length >= limit) return py_raise_int(TYPE_CSV_ERROR, "field larger than field limit (%ld)", (long)limit);
    return py_builder_char(&p->field, c);
}
static int save_field(Parser *p) {
    Value text = py_builder_finish(&p->field);
    py_builder_init(&p->field);
    if (text && p->numeric) text = py_call1(py_type(TYPE_FLOAT), text);
    p->numeric = false;
    return text ? py_list_append(p->fields, text) : -1;
}
static bool is_newline(uint32_t c) { return c == '\n' || c == '\r' || c == END_OF_LINE; }
static int end_record(Parser *p, uint32_t c) {
    p->state = c == END_OF_LINE ? START_RECORD : EAT_NEWLINE;
    return save_field(p);
}
static int end_field(Parser *p) {
    p->state = START_FIELD;
    return save_field(p);
}
static int go(Parser *p, ParseState state) { return p->state = state, 0; }
static int add_in(Parser *p, uint32_t c, ParseState state) {
    p->state = state;
    return add_char(p, c);
}

static int parse_start_of_field(Parser *p, uint32_t c) {
    CsvDialect GS *d = p->dialect;
    if (is_newline(c)) return end_record(p, c);
    if (c == d->quote && d->quoting != CSV_QUOTE_NONE) return go(p, IN_QUOTES);
    if (c == d->escape) return go(p, ESCAPED);
    if (c == ' ' && d->skip_space) return 0;
    if (c == d->delimiter) return save_field(p);
    p->numeric = d->quoting == CSV_QUOTE_NONNUMERIC;
    return add_in(p, c, IN_FIELD);
}
static int parse_in_field(Parser *p, uint32_t c) {
    CsvDialect GS *d = p->dialect;
    if (is_newline(c)) return end_record(p, c);
    if (c == d->escape) return go(p, ESCAPED);
    return c == d->delimiter ? end_field(p) : add_in(p, c, IN_FIELD);
}
static int parse_in_quotes(Parser *p, uint32_t c) {
    CsvDialect GS *d = p->dialect;
    if (c == END_OF_LINE) return 0;
    if (c == d->escape) return go(p, ESCAPED_IN_QUOTES);
    if (c == d->quote && d->quoting != CSV_QUOTE_NONE) return go(p, d->double_quote ? QUOTE_IN_QUOTES : IN_FIELD);
    return add_char(p, c);
}
static int parse_after_quote(Parser *p, uint32_t c) {
    CsvDialect GS *d = p->dialect;
    if (c == d->quote && d->quoting != CSV_QUOTE_NONE) return add_in(p, c, IN_QUOTES);
    if (c == d->delimiter) return end_field(p);
    if (is_newline(c)) return end_record(p, c);
    if (!d->strict) return add_in(p, c, IN_FIELD);
    return py_raise_int(TYPE_CSV_ERROR, "'%S' expected after '%S'", py_str_char((uint32_t)d->delimiter), py_str_char((uint32_t)d->quote));
}

static int parse_char(Parser *p, uint32_t c) {
    switch (p->state) {
    case START_RECORD:
        if (c == END_OF_LINE) return 0;
        return c == '\n' || c == '\r' ? go(p, EAT_NEWLINE) : (p->state = START_FIELD, parse_start_of_field(p, c));
    case START_FIELD: return parse_start_of_field(p, c);
    case ESCAPED:
        if (c == '\n' || c == '\r') return add_in(p, c, AFTER_ESCAPED_NEWLINE);
        return add_in(p, c == END_OF_LINE ? '\n' : c, IN_FIELD);
    case AFTER_ESCAPED_NEWLINE: return c == END_OF_LINE ? 0 : parse_in_field(p, c);
    case IN_FIELD: return parse_in_field(p, c);
    case IN_QUOTES: return parse_in_quotes(p, c);
    case ESCAPED_IN_QUOTES: return add_in(p, c == END_OF_LINE ? '\n' : c, IN_QUOTES);
    case QUOTE_IN_QUOTES: return parse_after_quote(p, c);
    case EAT_NEWLINE:
        if (c == '\n' || c == '\r') return 0;
        if (c == END_OF_LINE) return go(p, START_RECORD);
        return py_raise_int(TYPE_CSV_ERROR, "new-line character seen in unquoted field - do you need to open the file with newline=''?");
    }
    return 0;
}

static int parse_line(Parser *p, Value line) {
    if (!py_is_str(line))
        return py_raise_int(TYPE_CSV_ERROR, "iterator should return strings, not %T (the file should be opened in text mode)", line);
    unsigned width = REF(PyStr, line)->width;
    for (size_t i = 0, n = str_length(line); i < n; i++)
        if (parse_char(p, str_char(str_data(line), width, i)) < 0) return -1;
    return parse_char(p, END_OF_LINE);
}

static Value reader_next(Value self) {
    CsvReader GS *reader = REF(CsvReader, self);
    Parser p = {.dialect = REF(CsvDialect, reader->dialect), .fields = py_list_new(0)};
    py_builder_init(&p.field);
    if (!p.fields) return 0;
    do {
        Value line = py_next(reader->input);
        if (!line) return 0;
        if (line == VM_STOP) {
            if (!p.field.length && p.state != IN_QUOTES) return VM_STOP;
            if (p.dialect->strict) return py_raise(TYPE_CSV_ERROR, "unexpected end of data");
            return save_field(&p) < 0 ? 0 : p.fields;
        }
        SET(reader, line, GET(reader, line) + 1);
        if (parse_line(&p, line) < 0) return 0;
    } while (p.state != START_RECORD);
    return p.fields;
}
static Value reader_dialect(Value self) { return REF(CsvReader, self)->dialect; }
static Value reader_line(Value self) { return int_make(GET(REF(CsvReader, self), line)); }
static const PyGetSetDef reader_getsets[] = {{"dialect", reader_dialect, 0, 0}, {"line_num", reader_line, 0, 0}, {0}};
const PyTypeSpec py_spec_csv_reader = {.doc = "CSV reader", .slots = {.iter = iterator_self, .next = reader_next}, .getsets = reader_getsets, .raw_words = 1, .module = "_csv"};

/* The dialect that arguments after the first describe: (x[, dialect], **parameters). */
static Value dialect_of_arguments(const Value *args, size_t nargs, Value kwnames, const char *function) {
    if (nargs < 1 || nargs > 2)
        return py_raise(TYPE_TypeError, nargs ? "%s expected at most 2 arguments, got %zu" : "%s expected at least 1 argument, got %zu", function, nargs);
    return py_call(py_type(TYPE_CSV_DIALECT), args + 1, nargs - 1, kwnames);
}
FUNCTION(csv_reader) {
    Value dialect = dialect_of_arguments(args, nargs, kwnames, "reader"), input = dialect ? py_iter(args[0]) : 0;
    Value self = input ? py_alloc_id(TYPE_CSV_READER, 0) : 0;
    if (!self) return 0;
    REF(CsvReader, self)->input = input;
    REF(CsvReader, self)->dialect = dialect;
    return self;
}

/* ---- writer ---------------------------------------------------------------------------------------------------- */

static bool in_text(Value text, uint32_t c) {
    for (size_t i = 0; i < str_length(text); i++)
        if (str_at(text, i) == c) return true;
    return false;
}

/* The field's characters into `out`, escaped; *quoted is set when it must be in quotes. */
static int write_chars(PyStrBuilder *out, CsvDialect GS *d, Value text, bool *quoted) {
    unsigned width = REF(PyStr, text)->width;
    for (size_t i = 0, n = str_length(text); i < n; i++) {
        uint32_t c = str_char(str_data(text), width, i);
        bool escape = false;
        if (c == d->delimiter || c == d->escape || c == d->quote || in_text(d->line_end, c)) {
            if (d->quoting == CSV_QUOTE_NONE) escape = true;
            else if (c == d->quote && d->double_quote) {
                if (py_builder_char(out, c) < 0) return -1;
            } else {
                escape = c == d->quote || c == d->escape;
            }
            if (!escape) *quoted = true;
            if (escape && d->escape == CSV_NOT_SET) return py_raise_int(TYPE_CSV_ERROR, "need to escape, but no escapechar set");
            if (escape && py_builder_char(out, (uint32_t)d->escape) < 0) return -1;
        }
        if (py_builder_char(out, c) < 0) return -1;
    }
    return 0;
}

static bool is_number(Value v) {
    Value type = py_type_of(v);
    return py_is_int(v) || py_is_float(v) || py_type_lookup(type, NAME(__index__)) || py_type_lookup(type, NAME(__int__)) ||
           py_type_lookup(type, NAME(__float__));
}
static int write_field(PyStrBuilder *out, CsvDialect GS *d, Value v, bool only_field) {
    bool quoted = d->quoting == CSV_QUOTE_ALL || (d->quoting == CSV_QUOTE_NONNUMERIC && !is_number(v));
    Value text = v == VM_NONE ? NAME(empty) : py_str(v);
    PyStrBuilder field;
    py_builder_init(&field);
    if (!text || write_chars(&field, d, text, &quoted) < 0) return -1;
    if (only_field && !str_length(text)) {
        if (d->quoting == CSV_QUOTE_NONE) return py_raise_int(TYPE_CSV_ERROR, "single empty field record must be quoted");
        quoted = true;
    }
    Value body = py_builder_finish(&field);
    if (!body || (quoted && py_builder_char(out, (uint32_t)d->quote) < 0) || py_builder_str(out, body) < 0) return -1;
    return quoted ? py_builder_char(out, (uint32_t)d->quote) : 0;
}

static Value write_row(Value self, Value row) {
    CsvDialect GS *d = REF(CsvDialect, REF(CsvWriter, self)->dialect);
    Value iterator = py_iter(row);
    if (!iterator) {
        if (!py_error_is(TYPE_TypeError)) return 0;
        py_error_clear();
        return py_raise(TYPE_CSV_ERROR, "iterable expected, not %T", row);
    }
    Value fields = py_list_from_iterable(iterator);
    if (!fields) return 0;
    PyStrBuilder out;
    py_builder_init(&out);
    int64_t count = py_list_length(fields);
    for (int64_t i = 0; i < count; i++) {
        if (i && py_builder_char(&out, (uint32_t)d->delimiter) < 0) return 0;
        if (write_field(&out, d, py_list_item(fields, i), count == 1) < 0) return 0;
    }
    if (py_builder_str(&out, d->line_end) < 0) return 0;
    Value text = py_builder_finish(&out);
    return text ? py_call1(REF(CsvWriter, self)->write, text) : 0;
}
FUNCTION(writer_writerow) { return write_row(args[0], args[1]); }
FUNCTION(writer_writerows) {
    Value rows = py_iter(args[1]), row;
    if (!rows) return 0;
    while ((row = py_next(rows)) != VM_STOP)
        if (!row || !write_row(args[0], row)) return 0;
    return VM_NONE;
}
static Value writer_dialect(Value self) { return REF(CsvWriter, self)->dialect; }
static const PyMethodDef writer_methods[] = {
    {"writerow", "($self, row, /)", writer_writerow, 0, "Construct and write a CSV record from an iterable of fields."},
    {"writerows", "($self, rows, /)", writer_writerows, 0, "Construct and write a series of iterables to a csv file."},
    {0}};
static const PyGetSetDef writer_getsets[] = {{"dialect", writer_dialect, 0, 0}, {0}};
const PyTypeSpec py_spec_csv_writer = {.doc = "CSV writer", .methods = writer_methods, .getsets = writer_getsets, .raw_words = 0, .module = "_csv"};

FUNCTION(csv_writer) {
    Value dialect = dialect_of_arguments(args, nargs, kwnames, "writer");
    if (!dialect) return 0;
    Value write = py_getattr_opt(args[0], NAME(write));
    if (!write) return 0;
    if (write == VM_UNBOUND || !py_callable(write)) return py_raise(TYPE_TypeError, "argument 1 must have a \"write\" method");
    Value self = py_alloc_id(TYPE_CSV_WRITER, 0);
    if (!self) return 0;
    REF(CsvWriter, self)->write = write;
    REF(CsvWriter, self)->dialect = dialect;
    return self;
}

/* ---- the registry ------------------------------------------------------------------------------------------------- */

FUNCTION(csv_register) {
    Value registry = csv_registry();
    if (nargs < 1 || nargs > 2)
        return py_raise(TYPE_TypeError, nargs ? "register_dialect expected at most 2 arguments, got %zu" : "register_dialect expected at least 1 argument, got %zu", nargs);
    if (!py_is_str(args[0])) return py_raise(TYPE_TypeError, "dialect name must be a string");
    Value dialect = registry ? py_call(py_type(TYPE_CSV_DIALECT), args + 1, nargs - 1, kwnames) : 0;
    return dialect && py_dict_set(registry, args[0], dialect) == 0 ? VM_NONE : 0;
}
FUNCTION(csv_unregister) {
    Value registry = csv_registry();
    int deleted = registry ? py_dict_delete(registry, args[0]) : -1;
    return deleted < 0 ? 0 : deleted ? VM_NONE : py_raise(TYPE_CSV_ERROR, "unknown dialect");
}
FUNCTION(csv_get) { return csv_find_dialect(args[0]); }
FUNCTION(csv_list) {
    Value registry = csv_registry();
    return registry ? py_dict_keys_list(registry) : 0;
}
FUNCTION(csv_field_size_limit) {
    if (!args[0]) return int_make(atomic_load_relaxed(&field_limit));
    if (!py_is_int(args[0])) return py_raise(TYPE_TypeError, "limit must be an integer");
    int64_t limit = py_int_i64_or_raise(args[0], "long");
    if (limit == -1 && py_error()) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("csv.field_size_limit")); /* C memory: a re-run would see its own write */
    int64_t before = atomic_load_relaxed(&field_limit);
    atomic_store_relaxed(&field_limit, limit);
    return int_make(before);
}

static const PyMethodDef csv_functions[] = {
    {"reader", 0, csv_reader, 0, "csv_reader = reader(iterable [, dialect='excel'] [optional keyword args])"},
    {"writer", 0, csv_writer, 0, "csv_writer = csv.writer(fileobj [, dialect='excel'] [optional keyword args])"},
    {"register_dialect", 0, csv_register, 0, "Create a mapping from a string name to a dialect class."},
    {"unregister_dialect", "($module, /, name)", csv_unregister, 0, "Delete the name/dialect mapping associated with a string name."},
    {"get_dialect", "($module, /, name)", csv_get, 0, "Return the dialect instance associated with name."},
    {"list_dialects", "($module, /)", csv_list, 0, "Return a list of all known dialect names."},
    {"field_size_limit", "($module, new_limit=None, /)", csv_field_size_limit, 0, "Sets an upper limit on parsed fields."},
    {0}};
static int csv_init(Value module) {
    static const IntConstant constants[] = {{"QUOTE_MINIMAL", 0}, {"QUOTE_ALL", 1}, {"QUOTE_NONNUMERIC", 2}, {"QUOTE_NONE", 3}};
    return ADD_CONSTANTS(module, constants) < 0 || py_module_add(module, "__version__", py_str_c("1.0")) < 0 || py_module_add(module, "_dialects", py_dict_new()) < 0 ||
                   py_module_add(module, "Dialect", py_type(TYPE_CSV_DIALECT)) < 0 || py_module_add(module, "Error", py_type(TYPE_CSV_ERROR)) < 0
               ? -1
               : 0;
}
const PyModuleDef py_module_csv = {.doc = "CSV parsing and writing.\n", .functions = csv_functions, .init = csv_init};
