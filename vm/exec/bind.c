/* Binding arguments to the parameters of a Python function: into the registers of a new frame.
 *
 * Order of registers: positional parameters, keyword-only ones, *args, **kwargs, other locals, cells, free
 * variables. Nothing here calls Python: keywords are exact strings. */
#include "vm/exec/interp.h"
#include "vm/objects/dict.h"

typedef struct Binding {
    VmCode *code;
    Value function;
    Value *registers;
    size_t nargs;
} Binding;

static Value param_name(const Binding *b, uint32_t i) { return b->code->local_names[i]; }

static Value function_qualname(Value function) { return GET(REF(PyFunction, function), qualname); }

/* ---- errors ----------------------------------------------------------------------------------- */

static Value raise_too_many(const Binding *b) {
    const VmCode *code = b->code;
    Value defaults = GET(REF(PyFunction, b->function), defaults), qualname = function_qualname(b->function);
    int64_t default_count = is_exactly(defaults, TYPE_TUPLE) ? tuple_length(defaults) : 0;
    unsigned kwonly_given = 0, most = code->arg_count;
    for (uint32_t i = 0; i < code->kwonly_count; i++)
        kwonly_given += b->registers[code->arg_count + i] != VM_UNBOUND;
    char takes[64], keywords[80] = "";
    if (default_count) snprintf(takes, sizeof takes, "from %u to %u", most - (unsigned)default_count, most);
    else snprintf(takes, sizeof takes, "%u", most);
    if (kwonly_given)
        snprintf(keywords, sizeof keywords, " positional argument%s (and %u keyword-only argument%s)",
                 b->nargs != 1 ? "s" : "", kwonly_given, kwonly_given != 1 ? "s" : "");
    return py_raise(TYPE_TypeError, "%S() takes %s positional argument%s but %zu%s %s given", qualname,
                    takes, default_count || most != 1 ? "s" : "", b->nargs, keywords,
                    b->nargs == 1 && !kwonly_given ? "was" : "were");
}

/* "'a', 'b', and 'c'": the unbound ones among parameters [from, to). */
static Value raise_missing(const Binding *b, uint32_t from, uint32_t to, const char *kind) {
    PyStrBuilder text;
    uint32_t missing = 0, listed = 0;
    for (uint32_t i = from; i < to; i++) missing += b->registers[i] == VM_UNBOUND;
    py_builder_init(&text);
    for (uint32_t i = from; i < to; i++) {
        if (b->registers[i] != VM_UNBOUND) continue;
        const char *glue = listed == 0                              ? ""
                           : listed + 1 < missing                   ? ", "
                           : missing == 2                           ? " and "
                                                                    : ", and ";
        Value quoted = py_str_format("%s%R", glue, param_name(b, i));
        if (!quoted || py_builder_str(&text, quoted) < 0) return 0;
        listed++;
    }
    return py_raise(TYPE_TypeError, "%S() missing %u required %s argument%s: %S",
                    function_qualname(b->function), missing, kind, missing == 1 ? "" : "s",
                    py_builder_finish(&text));
}

/* Keywords that name positional-only parameters are the more helpful complaint. */
static Value raise_unexpected(const Binding *b, Value kwnames, Value name) {
    PyStrBuilder text;
    bool any = false;
    py_builder_init(&text);
    for (uint32_t i = 0; i < b->code->posonly_count; i++)
        for (int64_t k = 0; k < tuple_length(kwnames); k++) {
            if (!py_str_equal(tuple_item(kwnames, k), param_name(b, i))) continue;
            if (any && py_builder_ascii(&text, ", ", 2) < 0) return 0;
            if (py_builder_str(&text, param_name(b, i)) < 0) return 0;
            any = true;
        }
    if (any)
        return py_raise(TYPE_TypeError,
                        "%S() got some positional-only arguments passed as keyword arguments: '%S'",
                        function_qualname(b->function), py_builder_finish(&text));
    return py_raise(TYPE_TypeError, "%S() got an unexpected keyword argument '%S'",
                    function_qualname(b->function), name);
}

/* ---- binding ---------------------------------------------------------------------------------- */

static int64_t find_param(const Binding *b, Value name) {
    uint32_t end = b->code->arg_count + b->code->kwonly_count;
    for (uint32_t i = b->code->posonly_count; i < end; i++)
        if (param_name(b, i) == name) return i;
    for (uint32_t i = b->code->posonly_count; i < end; i++)
        if (py_str_equal(param_name(b, i), name)) return i;
    return -1;
}

static bool bind_keywords(Binding *b, const Value *values, Value kwnames, Value kwargs_or_0) {
    for (int64_t k = 0; k < tuple_length(kwnames); k++) {
        Value name = tuple_item(kwnames, k);
        if (UNLIKELY(!py_is_str(name)))
            return py_raise(TYPE_TypeError, "%S() keywords must be strings",
                            function_qualname(b->function));
        int64_t i = find_param(b, name);
        if (i >= 0) {
            if (UNLIKELY(b->registers[i] != VM_UNBOUND))
                return py_raise(TYPE_TypeError, "%S() got multiple values for argument '%S'",
                                function_qualname(b->function), name);
            b->registers[i] = values[k];
        } else if (!kwargs_or_0) {
            return raise_unexpected(b, kwnames, name);
        } else if (py_dict_set(kwargs_or_0, name, values[k]) < 0) {
            return false;
        }
    }
    return true;
}

static bool bind_defaults(Binding *b) {
    const VmCode *code = b->code;
    PyFunction GS *function = REF(PyFunction, b->function);
    Value defaults = GET(function, defaults);
    uint32_t count = is_exactly(defaults, TYPE_TUPLE) ? (uint32_t)tuple_length(defaults) : 0;
    uint32_t first = count > code->arg_count ? 0 : code->arg_count - count;
    for (uint32_t i = (uint32_t)b->nargs; i < first; i++)
        if (UNLIKELY(b->registers[i] == VM_UNBOUND)) return raise_missing(b, 0, first, "positional");
    for (uint32_t i = first; i < code->arg_count; i++)
        if (b->registers[i] == VM_UNBOUND)
            b->registers[i] = tuple_item(defaults, (int64_t)(i + count) - code->arg_count);
    if (!code->kwonly_count) return true;
    Value kwdefaults = GET(function, kwdefaults);
    uint32_t end = code->arg_count + code->kwonly_count;
    bool missing = false, exact = is_ref(kwdefaults) && is_exactly(kwdefaults, TYPE_DICT);
    for (uint32_t i = code->arg_count; i < end; i++) {
        if (b->registers[i] != VM_UNBOUND) continue;
        Value value = exact ? dict_value_at(kwdefaults, i - code->arg_count, param_name(b, i)) : 0;
        if (!value) value = is_ref(kwdefaults) && py_is_dict(kwdefaults) ? py_dict_get_str(kwdefaults, param_name(b, i)) : VM_UNBOUND;
        if (UNLIKELY(!value)) return false;
        b->registers[i] = value;
        if (value == VM_UNBOUND) missing = true;
    }
    return missing ? raise_missing(b, code->arg_count, end, "keyword-only") : true;
}

static bool bind_all(Binding *b, const Value *args, Value kwnames) {
    const VmCode *code = b->code;
    size_t nargs = b->nargs, direct = nargs < code->arg_count ? nargs : code->arg_count;
    uint32_t next = code->arg_count + code->kwonly_count;
    Value kwargs = 0;
    for (size_t i = 0; i < direct; i++) b->registers[i] = args[i];
    if (code->flags & CODE_VARARGS) {
        Value rest = py_tuple_from(args + direct, nargs - direct);
        if (!rest) return false;
        b->registers[next++] = rest;
    }
    if (code->flags & CODE_VARKEYWORDS) {
        kwargs = py_dict_new();
        if (!kwargs) return false;
        b->registers[next] = kwargs;
    }
    if (kwnames && !bind_keywords(b, args + nargs, kwnames, kwargs)) return false;
    if (nargs > code->arg_count && !(code->flags & CODE_VARARGS)) return raise_too_many(b);
    return nargs < code->arg_count || code->kwonly_count ? bind_defaults(b) : true;
}

VmFrame *vm_bind_frame(VmThread *thread, Value function, const Value *args, size_t nargs,
                       Value kwnames) {
    VmCode *code = function_code(function);
    VmFrame *frame = frame_push(thread, code, function);
    if (UNLIKELY(!frame)) return 0;
    if (LIKELY(atomic_load_acquire(&code->simple_args) == nargs && !kwnames)) {
        for (size_t i = 0; i < nargs; i++) frame->registers[i] = args[i];
    } else {
        Binding b = {code, function, frame->registers, nargs};
        if (UNLIKELY(!bind_all(&b, args, kwnames))) {
            thread->frame = frame->prev;
            return 0;
        }
    }
    if (code->free_count) {
        Value closure = REF(PyFunction, function)->closure;
        uint32_t first = code->local_count + code->cell_count;
        for (uint32_t k = 0; k < code->free_count; k++)
            frame->registers[first + k] = tuple_item(closure, k);
    }
    return frame;
}
