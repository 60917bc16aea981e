/* The text of an uncaught exception: sys.excepthook's default.
 *
 * Built whole in memory and written to sys.stderr in one call, so that threads' tracebacks do not mix. A
 * failure while printing (a broken __str__, a closed stderr) is swallowed: there is nobody left to tell. */
#include "vm/exec/traceback.h"
#include "vm/exec/frame.h"
#include "vm/objects/code_parts.h"
#include "vm/runtime.h"
#include <stdlib.h>

enum { REPEATS_SHOWN = 3, LIMIT_DEFAULT = 1000 };

typedef struct Printer {
    PyStrBuilder text;
    Value seen; /* list: exceptions printed already, against cycles */
} Printer;

static void put(Printer *p, const char *ascii) { py_builder_ascii(&p->text, ascii, strlen(ascii)); }
static void put_value(Printer *p, Value text) {
    if (text) py_builder_str(&p->text, text);
    else py_error_clear();
}
static void put_repeated(Printer *p, char c, int times) {
    for (int i = 0; i < times; i++) py_builder_char(&p->text, (uint32_t)c);
}

/* ---- tracebacks ------------------------------------------------------------------------------- */

static VmCode *entry_code(Value tb) {
    return vm_code((uint32_t)REF(PyFrameObject, REF(PyTraceback, tb)->frame)->code_id);
}

static void put_marks(Printer *p, const char *line, const VmPosition *position) {
    Marks m;
    int indent = 0;
    if (vm_options.no_debug_ranges || !source_marks(line, position, &m)) return;
    while (line[indent] == ' ' || line[indent] == '\t' || line[indent] == '\f') indent++;
    put_repeated(p, ' ', 4 + m.start - indent);
    bool anchored = m.left_end >= 0;
    for (int i = m.start; i < m.end; i++)
        put(p, !anchored || (i >= m.left_end && i < m.right_start) ? "^" : "~");
    put(p, "\n");
}

static void put_source(Printer *p, const VmCode *code, int line_number, uint32_t instr) {
    const char *filename = py_str_utf8(code->filename, 0);
    char *line = filename ? source_line(filename, line_number) : 0;
    if (!line) {
        py_error_clear();
        return;
    }
    size_t indent = strspn(line, " \t\f");
    put(p, "    ");
    put_value(p, py_str_new(line + indent, strlen(line + indent)));
    put(p, "\n");
    if (instr < code->instr_count) put_marks(p, line, &code->positions[instr]);
    free(line);
}

static void put_entry(Printer *p, Value tb) {
    VmCode *code = entry_code(tb);
    int line = (int)(int64_t)REF(PyTraceback, tb)->lineno;
    put_value(p, py_str_format("  File \"%S\", line %d, in %S\n", code->filename, line, code->name));
    put_source(p, code, line, (uint32_t)(REF(PyTraceback, tb)->lasti / CODE_WORD));
}

static bool same_place(Value a, Value b) {
    VmCode *x = entry_code(a), *y = entry_code(b);
    return REF(PyTraceback, a)->lineno == REF(PyTraceback, b)->lineno && x->name == y->name &&
           py_str_equal(x->filename, y->filename);
}

static void put_repeats(Printer *p, int count) {
    int hidden = count - REPEATS_SHOWN;
    if (hidden > 0)
        put_value(p, py_str_format("  [Previous line repeated %d more time%s]\n", hidden, hidden > 1 ? "s" : ""));
}

static int64_t traceback_limit(void) {
    Value limit = vm_sys_get("tracebacklimit");
    int64_t n;
    if (!limit || !py_is_int(limit)) return LIMIT_DEFAULT;
    if (py_int_as_i64(limit, &n) != 0) n = py_int_compare(limit, int_make(0)) < 0 ? 0 : INT64_MAX;
    return n < 0 ? 0 : n;
}

static Value next_entry(Value tb) { return GET(REF(PyTraceback, tb), next); }

static void put_traceback(Printer *p, Value tb) {
    int64_t limit = traceback_limit(), depth = 0;
    if (!tb || tb == VM_NONE || limit == 0) return;
    for (Value at = tb; at != VM_NONE; at = next_entry(at)) depth++;
    for (; depth > limit; depth--) tb = next_entry(tb);
    put(p, "Traceback (most recent call last):\n");
    int repeats = 0;
    for (Value last = 0; tb != VM_NONE; last = tb, tb = next_entry(tb)) {
        if (last && same_place(last, tb)) {
            repeats++;
        } else {
            put_repeats(p, repeats);
            repeats = 1;
        }
        if (repeats <= REPEATS_SHOWN) put_entry(p, tb);
    }
    put_repeats(p, repeats);
}

/* ---- exceptions ------------------------------------------------------------------------------- */

/* The place of a SyntaxError: file, line, marks. */
static void put_syntax_place(Printer *p, Value e) {
    PySyntaxError GS *s = REF(PySyntaxError, e);
    Value filename = GET(s, filename), line = GET(s, lineno), text = GET(s, text);
    if (!line || line == VM_NONE) return;
    put_value(p, py_str_format("  File \"%S\", line %S\n",
                               filename && filename != VM_NONE ? filename : py_str_c("<string>"), line));
    if (!text || !py_is_str(text)) return;
    size_t length;
    const char *utf8 = py_str_utf8(text, &length);
    if (!utf8) {
        py_error_clear();
        return;
    }
    size_t indent = strspn(utf8, " \t\f"), end = length;
    while (end > indent && (utf8[end - 1] == '\n' || utf8[end - 1] == '\r')) end--;
    put(p, "    ");
    put_value(p, py_str_new(utf8 + indent, end - indent));
    put(p, "\n");
    int64_t offset = 0, end_offset = 0, end_line = 0, first_line = 0;
    Value values[4] = {GET(s, offset), GET(s, end_offset), GET(s, end_lineno), line};
    int64_t *out[4] = {&offset, &end_offset, &end_line, &first_line};
    for (int i = 0; i < 4; i++)
        if (!values[i] || !py_is_int(values[i]) || py_int_as_i64(values[i], out[i]) != 0) *out[i] = -1;
    if (offset < 1) return;
    int width = 0;
    for (size_t i = indent; i < end; i++) width += (utf8[i] & 0xc0) != 0x80;
    if (end_line > first_line) end_offset = width + (int64_t)indent + 1;
    if (end_offset > width + (int64_t)indent + 1) end_offset = width + (int64_t)indent + 1;
    if (end_offset <= offset) end_offset = offset + 1;
    int64_t at = offset - 1 - (int64_t)indent, marks = end_offset - offset;
    if (at < 0) return; /* left of the text: CPython shows no caret either */
    if (at > width) at = width;
    if (marks > width - at) marks = width - at;
    if (marks < 1) marks = 1;
    put_repeated(p, ' ', 4 + (int)at);
    put_repeated(p, '^', (int)marks);
    put(p, "\n");
}

static bool is_plain_module(Value module) {
    return py_str_equal_c(module, "builtins") || py_str_equal_c(module, "__main__");
}

static void put_type_name(Printer *p, Value type) {
    Value module = py_getattr_opt(type, NAME(__module__)), name = py_getattr_opt(type, NAME(__qualname__));
    if (!module || !name) py_error_clear();
    if (!module || module == VM_UNBOUND || !py_is_str(module)) put(p, "<unknown>.");
    else if (!is_plain_module(module)) {
        put_value(p, module);
        put(p, ".");
    }
    if (name && name != VM_UNBOUND && py_is_str(name)) put_value(p, name);
    else put(p, "<unknown>");
}

static bool is_sequence(Value v) {
    return py_is_str(v) || py_is_bytes(v) || py_is_list(v) || py_is_tuple(v);
}

static void put_notes(Printer *p, Value e) {
    Value notes = py_getattr_opt(e, NAME(__notes__));
    if (!notes) py_error_clear();
    if (!notes || notes == VM_UNBOUND || notes == VM_NONE) return;
    if (!is_sequence(notes)) {
        Value text = py_repr(notes);
        if (text) put_value(p, text);
        else py_error_clear(), put(p, "<__notes__ repr() failed>");
        return;
    }
    int64_t count = py_length(notes);
    for (int64_t i = 0; i < count; i++) {
        Value note = py_getitem(notes, int_make(i)), text = note ? py_str(note) : 0;
        if (text) put_value(p, text);
        else py_error_clear(), put(p, "<note str() failed>");
        put(p, "\n");
    }
}

static void put_exception_line(Printer *p, Value e) {
    bool syntax = py_is_instance_of(e, TYPE_SyntaxError);
    put_type_name(p, py_type_of(e));
    Value text = syntax ? GET(REF(PySyntaxError, e), msg) : py_str(e);
    if (syntax && (!text || text == VM_NONE)) text = py_str_c("<no detail available>");
    else if (syntax) text = py_str(text);
    if (!text) {
        py_error_clear();
        put(p, ": <exception str() failed>");
    } else if (REF(PyStr, text)->length) {
        put(p, ": ");
        put_value(p, text);
    }
    Value suggestion = error_suggestion_may_call(e);
    if (suggestion) {
        put(p, ". Did you mean: '");
        put_value(p, suggestion);
        put(p, "'?");
    }
    put(p, "\n");
}

static bool was_seen(Printer *p, Value e) {
    for (int64_t i = 0; i < py_list_length(p->seen); i++)
        if (py_list_item(p->seen, i) == e) return true;
    py_list_append(p->seen, e);
    return false;
}

static void put_exception(Printer *p, Value e);

/* The exception that this one came from, before it. */
static void put_chain(Printer *p, Value e) {
    PyException GS *x = REF(PyException, e);
    Value cause = GET(x, cause), context = GET(x, context);
    if (cause && cause != VM_NONE) {
        if (was_seen(p, cause)) return;
        put_exception(p, cause);
        put(p, "\nThe above exception was the direct cause of the following exception:\n\n");
    } else if (context && context != VM_NONE && !GET(x, suppress_context)) {
        if (was_seen(p, context)) return;
        put_exception(p, context);
        put(p, "\nDuring handling of the above exception, another exception occurred:\n\n");
    }
}

static void put_exception(Printer *p, Value e) {
    if (py_enter_recursion("") < 0) {
        py_error_clear();
        return;
    }
    put_chain(p, e);
    put_traceback(p, GET(REF(PyException, e), traceback));
    if (py_is_instance_of(e, TYPE_SyntaxError)) put_syntax_place(p, e);
    put_exception_line(p, e);
    put_notes(p, e);
    py_leave_recursion();
}

/* Does a group stand anywhere in the chain? Those have a layout of their own, which the standard library's
 * traceback module knows. */
static bool chain_has_group(Value e) {
    for (int depth = 0; e && e != VM_NONE && depth < LIMIT_DEFAULT; depth++) {
        if (py_is_instance_of(e, TYPE_BaseExceptionGroup)) return true;
        PyException GS *x = REF(PyException, e);
        Value cause = GET(x, cause);
        e = cause && cause != VM_NONE ? cause : GET(x, suppress_context) ? 0 : GET(x, context);
    }
    return false;
}

static bool print_by_module(Value e) {
    Value print = py_import_attr("traceback", "print_exception");
    if (print && py_call1(print, e)) return true;
    py_error_clear();
    return false;
}

void vm_print_error(Value e) {
    if (!chain_has_group(e) || !print_by_module(e)) vm_print_error_on(e, vm_sys_get("stderr"));
}

void vm_print_error_on(Value e, Value err) {
    Printer p = {.seen = py_list_new(0)};
    py_builder_init(&p.text);
    py_list_append(p.seen, e);
    put_exception(&p, e);
    Value text = py_builder_finish(&p.text);
    if (text && err == VM_NONE) return;
    if (text && err && py_call_method(err, "write", 1, &text)) {
        if (!py_call_method(err, "flush", 0, 0)) py_error_clear();
        return;
    }
    py_error_clear();
    const char *utf8 = text ? py_str_utf8(text, 0) : 0;
    if (utf8) fputs(utf8, stderr);
    py_error_clear();
}
