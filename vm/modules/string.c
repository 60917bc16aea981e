/* Module _string: how string.Formatter takes format strings apart. */
#include "vm/objects/format_fields.h"

/* (literal text, field name, format spec, conversion); None for what is not there. */
static Value markup_tuple(Value s, const FieldMarkup *m) {
    Value literal = py_str_substring(s, m->literal_start, m->literal_end);
    if (!literal) return 0;
    if (!m->present) return py_tuple_pack(4, literal, VM_NONE, VM_NONE, VM_NONE);
    Value name = py_str_substring(s, m->name_start, m->name_end);
    Value spec = py_str_substring(s, m->spec_start, m->spec_end);
    Value conversion = m->conversion ? py_str_char(m->conversion) : VM_NONE;
    return name && spec && conversion ? py_tuple_pack(4, literal, name, spec, conversion) : 0;
}

static PY_FN(formatter_parser) {
    if (!py_is_str(args[0])) return py_raise(TYPE_TypeError, "expected str, got %T", args[0]);
    Value list = py_list_new(0);
    FieldMarkup markup;
    for (size_t at = 0; list;) {
        int status = field_markup_next(args[0], &at, str_length(args[0]), &markup);
        if (status <= 0) return status ? 0 : py_iter(list);
        Value piece = markup_tuple(args[0], &markup);
        if (!piece || py_list_append(list, piece) < 0) return 0;
    }
    return 0;
}

/* (first, iterator of (is attribute, name)). */
static PY_FN(formatter_field_name_split) {
    Value s = args[0];
    if (!py_is_str(s)) return py_raise(TYPE_TypeError, "expected str, got %T", s);
    size_t at, end = str_length(s);
    int64_t index;
    if (field_first(s, 0, end, &at, &index) < 0) return 0;
    Value first = index >= 0 ? py_int_from_i64(index) : py_str_substring(s, 0, at),
          rest = py_list_new(0), name;
    if (!first || !rest) return 0;
    for (bool is_attribute;;) {
        int status = field_next(s, &at, end, &is_attribute, &name);
        if (status < 0) return 0;
        if (status == 0) break;
        Value part = py_tuple_pack(2, vm_bool(is_attribute), name);
        if (!part || py_list_append(rest, part) < 0) return 0;
    }
    Value iterator = py_iter(rest);
    return iterator ? py_tuple_pack(2, first, iterator) : 0;
}

static const PyMethodDef string_functions[] = {
    {"formatter_parser", "($module, string, /)", formatter_parser, 0,
     "Parse the argument as a format string."},
    {"formatter_field_name_split", "($module, string, /)", formatter_field_name_split, 0,
     "Split the argument as a field name."},
    {0},
};
const PyModuleDef py_module_string = {.doc = "string helper module", .functions = string_functions};
