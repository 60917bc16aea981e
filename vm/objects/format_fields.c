/* format_fields.c -- str.format and str.format_map. */
#include "vm/objects/format.h"
#include "vm/objects/format_fields.h"
#include "vm/objects/str_methods.h"

/* ---- syntax --------------------------------------------------------------------------------- */

static int syntax_error(const char *message) {
    return py_raise_int(TYPE_ValueError, "%s", message);
}

/* The specification behind ':' up to the brace that closes the field. */
static int read_spec(Value s, size_t *at, size_t end, FieldMarkup *m) {
    m->spec_start = *at;
    for (int depth = 1; *at < end;) {
        uint32_t c = str_at(s, (*at)++);
        if (c == '{') {
            m->nested = true;
            depth++;
        } else if (c == '}' && --depth == 0) {
            m->spec_end = *at - 1;
            return 1;
        }
    }
    return syntax_error("unmatched '{' in format spec");
}

static int read_field(Value s, size_t *at, size_t end, FieldMarkup *m) {
    uint32_t c = 0;
    m->present = true;
    m->name_start = *at;
    while (*at < end) {
        c = str_at(s, (*at)++);
        if (c == '{') return syntax_error("unexpected '{' in field name");
        if (c == '}' || c == ':' || c == '!') break;
        if (c == '[')
            while (*at < end && str_at(s, *at) != ']') ++*at;
    }
    if (c != '}' && c != ':' && c != '!') return syntax_error("expected '}' before end of string");
    m->name_end = *at - 1;
    if (c == '!') {
        if (*at >= end) return syntax_error("end of string while looking for conversion specifier");
        m->conversion = str_at(s, (*at)++);
        if (*at < end) {
            c = str_at(s, (*at)++);
            if (c == '}') return 1;
            if (c != ':') return syntax_error("expected ':' after conversion specifier");
        }
    }
    return c == '}' ? 1 : read_spec(s, at, end, m);
}

int field_markup_next(Value s, size_t *at, size_t end, FieldMarkup *m) {
    *m = (FieldMarkup){.literal_start = *at};
    if (*at >= end) return 0;
    StrView v = str_view(s);
    uint32_t c = 0;
    size_t i = *at;
    while (i < end && (c = view_char(&v, i)) != '{' && c != '}') i++;
    m->literal_end = i;
    if (i == end) {
        *at = end;
        return 1;
    }
    bool last = i + 1 == end;
    if (c == '}' && (last || view_char(&v, i + 1) != '}'))
        return syntax_error("Single '}' encountered in format string");
    if (last) return syntax_error("Single '{' encountered in format string");
    *at = i + 1;
    if (view_char(&v, i + 1) == c) { /* doubled: one of them is text */
        m->literal_end = i + 1;
        *at = i + 2;
        return 1;
    }
    return read_field(s, at, end, m);
}

/* The number that s[start:end] is, -1 if it is none; -2 with ValueError if it is too large. */
static int64_t read_index(Value s, size_t start, size_t end) {
    int64_t number = 0;
    if (start == end) return -1;
    for (size_t i = start; i < end; i++) {
        uint32_t digit = str_at(s, i) - '0';
        if (digit > 9) return -1;
        if (number > (INT64_MAX - digit) / 10)
            return syntax_error("Too many decimal digits in format string") - 1;
        number = number * 10 + digit;
    }
    return number;
}

int field_first(Value s, size_t start, size_t limit, size_t *end, int64_t *index) {
    size_t i = start;
    while (i < limit && str_at(s, i) != '.' && str_at(s, i) != '[') i++;
    *end = i;
    *index = read_index(s, start, i);
    return *index == -2 ? -1 : 0;
}

int field_next(Value s, size_t *at, size_t end, bool *is_attribute, Value *name) {
    if (*at >= end) return 0;
    uint32_t c = str_at(s, (*at)++);
    size_t start = *at, stop;
    int64_t index = -1;
    *is_attribute = c == '.';
    if (c == '.') {
        while (*at < end && str_at(s, *at) != '.' && str_at(s, *at) != '[') ++*at;
        stop = *at;
    } else if (c == '[') {
        while (*at < end && str_at(s, *at) != ']') ++*at;
        if (*at >= end) return syntax_error("Missing ']' in format string");
        stop = (*at)++;
        index = read_index(s, start, stop);
        if (index == -2) return -1;
    } else {
        return syntax_error("Only '.' or '[' may follow ']' in format field specifier");
    }
    if (start == stop) return syntax_error("Empty attribute in format string");
    *name = index >= 0 ? py_int_from_i64(index) : py_str_substring(s, start, stop);
    return *name ? 1 : -1;
}

/* ---- replacement ---------------------------------------------------------------------------- */

typedef struct Fields {
    const Value *args;
    size_t nargs;
    bool only_names;    /* format_map */
    Value mapping_or_0; /* keyword arguments, or the mapping of format_map */
    enum { NUMBERING_OPEN, NUMBERING_AUTOMATIC, NUMBERING_MANUAL } numbering;
    int64_t next;
} Fields;

static int number_field(Fields *f, bool empty, int64_t *index) {
    if (f->numbering == NUMBERING_OPEN)
        f->numbering = empty ? NUMBERING_AUTOMATIC : NUMBERING_MANUAL;
    if (empty && f->numbering == NUMBERING_MANUAL)
        return syntax_error(
            "cannot switch from manual field specification to automatic field numbering");
    if (!empty && f->numbering == NUMBERING_AUTOMATIC)
        return syntax_error(
            "cannot switch from automatic field numbering to manual field specification");
    if (empty) *index = f->next++;
    return 0;
}

static Value first_object_may_call(Fields *f, Value s, size_t start, size_t end, int64_t index) {
    bool empty = start == end;
    if ((empty || index >= 0) && number_field(f, empty, &index) < 0) return 0;
    if (index < 0) {
        Value key = py_str_substring(s, start, end);
        if (!key) return 0;
        if (!f->mapping_or_0) return py_raise_value(TYPE_KeyError, key);
        return py_getitem(f->mapping_or_0, key);
    }
    if (f->only_names) return py_raise(TYPE_ValueError, "Format string contains positional fields");
    if ((size_t)index >= f->nargs)
        return py_raise(TYPE_IndexError,
                        "Replacement index %ld out of range for positional args tuple",
                        (long)index);
    return f->args[index];
}

static Value field_object_may_call(Fields *f, Value s, const FieldMarkup *m) {
    size_t at;
    int64_t index;
    if (field_first(s, m->name_start, m->name_end, &at, &index) < 0) return 0;
    Value v = first_object_may_call(f, s, m->name_start, at, index), name;
    bool is_attribute;
    while (v) {
        int status = field_next(s, &at, m->name_end, &is_attribute, &name);
        if (status <= 0) return status ? 0 : v;
        v = is_attribute ? py_getattr(v, name) : py_getitem(v, name);
    }
    return 0;
}

static Value converted(Value v, uint32_t conversion) {
    switch (conversion) {
    case 0: return v;
    case 'r': return py_repr(v);
    case 's': return py_str(v);
    case 'a': return py_ascii(v);
    }
    if (conversion > 32 && conversion < 127)
        return py_raise(TYPE_ValueError, "Unknown conversion specifier %c", (int)conversion);
    return py_raise(TYPE_ValueError, "Unknown conversion specifier \\x%x", conversion);
}

static int build_may_call(Fields *f, Value s, size_t start, size_t end, int depth,
                          PyStrBuilder *out);

static int add_field_may_call(Fields *f, Value s, const FieldMarkup *m, int depth,
                              PyStrBuilder *out) {
    Value v = field_object_may_call(f, s, m);
    if (v && m->conversion) v = converted(v, m->conversion);
    if (!v) return -1;
    Value spec = NAME(empty);
    if (m->nested) {
        PyStrBuilder b;
        py_builder_init(&b);
        if (build_may_call(f, s, m->spec_start, m->spec_end, depth - 1, &b) < 0) return -1;
        spec = py_builder_finish(&b);
    } else if (m->spec_end > m->spec_start) {
        spec = py_str_substring(s, m->spec_start, m->spec_end);
    }
    if (!spec) return -1;
    bool plain = is_exactly(v, TYPE_STR) && str_length(spec) == 0;
    Value text = plain ? v : py_format(v, spec);
    return text ? py_builder_str(out, text) : -1;
}

static int build_may_call(Fields *f, Value s, size_t start, size_t end, int depth,
                          PyStrBuilder *out) {
    if (depth <= 0) return syntax_error("Max string recursion exceeded");
    FieldMarkup m;
    for (size_t at = start;;) {
        int status = field_markup_next(s, &at, end, &m);
        if (status <= 0) return status;
        StrView v = str_view(s), literal = view_part(&v, m.literal_start, m.literal_end);
        if (str_builder_view(out, &literal) < 0) return -1;
        if (m.present && add_field_may_call(f, s, &m, depth, out) < 0) return -1;
    }
}

static Value format_run_may_call(Fields *f, Value s) {
    PyStrBuilder out;
    py_builder_init(&out);
    if (build_may_call(f, s, 0, str_length(s), 2, &out) < 0) return 0;
    return py_builder_finish(&out);
}

Value str_format_fields(Value format, const Value *args, size_t nargs, Value kwargs) {
    Fields f = {.args = args, .nargs = nargs, .mapping_or_0 = kwargs};
    return format_run_may_call(&f, format);
}

Value str_method_format(const Value *args, size_t nargs, Value kwnames) {
    Value kwargs = 0;
    if (kwnames && tuple_length(kwnames)) {
        kwargs = py_dict_new();
        for (int64_t i = 0; kwargs && i < tuple_length(kwnames); i++)
            if (py_dict_set(kwargs, tuple_item(kwnames, i), args[nargs + (size_t)i]) < 0) return 0;
        if (!kwargs) return 0;
    }
    return str_format_fields(args[0], args + 1, nargs - 1, kwargs);
}

PY_FN(str_method_format_map) {
    Fields f = {.only_names = true, .mapping_or_0 = args[1]};
    return format_run_may_call(&f, args[0]);
}
