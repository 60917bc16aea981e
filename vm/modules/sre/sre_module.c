/* re.Match, and module _sre. */
#include "stm/atomic.h"
#include "vm/modules/sre/sre_object.h"
#include "vm/objects/str.h"
#include "vm/objects/unicode_data.h"
#include <pthread.h>
#include <stdlib.h>

/* ---- programs by number: heap objects hold no C pointers -------------------------------------------------------------------------------- */

static const SreProgram **programs; /* published with release; read by number, which came from a heap object */
static size_t program_count, program_room;
static pthread_mutex_t program_lock = PTHREAD_MUTEX_INITIALIZER;

uint64_t sre_program_register(SreProgram *program) {
    pthread_mutex_lock(&program_lock);
    if (program_count == program_room) {
        size_t room = program_room ? 2 * program_room : 256;
        const SreProgram **grown = malloc(room * sizeof *grown); /* the old table stays for readers */
        if (!grown) stm_out_of_memory("out of memory for regular expressions");
        if (programs) memcpy(grown, programs, program_count * sizeof *grown);
        atomic_store_release(&programs, grown);
        program_room = room;
    }
    programs[program_count] = program;
    uint64_t number = program_count++;
    pthread_mutex_unlock(&program_lock);
    return number;
}
const SreProgram *sre_program(uint64_t number) { return atomic_load_acquire(&programs)[number]; }

/* ---- Match ------------------------------------------------------------------------------------------------------------------------------------- */

static Match GS *of(Value match) { return REF(Match, match); }

Value sre_slice(Value string, int64_t start, int64_t end) {
    if (py_is_str(string)) {
        if (start == 0 && end == (int64_t)str_length(string) && is_exactly(string, TYPE_STR)) return string;
        return py_str_substring(string, (size_t)start, (size_t)end);
    }
    if (is_exactly(string, TYPE_BYTES) && start == 0 && end == REF(PyBytes, string)->length) return string;
    PyBuffer buffer;
    if (py_get_buffer(string, &buffer, false) < 0) return 0;
    if (end > buffer.length) end = buffer.length;
    if (start > end) start = end;
    Value bytes = py_bytes_new(0, (size_t)(end - start));
    if (bytes) memcpy(stm_flat(bytes_data(bytes), (size_t)(end - start), true), (char *)buffer.data + start, (size_t)(end - start));
    py_release_buffer(&buffer);
    return bytes;
}

Value match_new(Value pattern, Value string, int64_t pos, int64_t endpos, const SreMatch *m) {
    uint64_t groups = REF(Pattern, pattern)->groups;
    Value marks = py_raw_new((groups + 1) * 16), self = marks ? py_alloc_id(TYPE_MATCH, 0) : 0;
    if (!self) return 0;
    int64_t GS *words = (int64_t GS *)REF(PyRaw, marks)->data;
    words[0] = m->from;
    words[1] = m->to;
    for (uint64_t i = 0; i < 2 * groups; i++) words[i + 2] = m->registers[i];
    for (uint64_t g = 1; g <= groups; g++) /* half a group is none */
        if (words[2 * g] < 0 || words[2 * g + 1] < 0) words[2 * g] = words[2 * g + 1] = -1;
    Match GS *match = of(self);
    match->pos = pos;
    match->endpos = endpos;
    match->last_index = m->last_index;
    match->string = string;
    match->pattern = pattern;
    match->marks = marks;
    return self;
}

int64_t match_mark(Value match, int64_t i) { return ((int64_t GS *)REF(PyRaw, of(match)->marks)->data)[i]; }
static int64_t group_count(Value match) { return (int64_t)REF(Pattern, of(match)->pattern)->groups; }

Value match_group(Value match, int64_t group, Value fallback) {
    int64_t from = match_mark(match, 2 * group);
    return from < 0 ? fallback : sre_slice(of(match)->string, from, match_mark(match, 2 * group + 1));
}

/* A group's number from an int or a name: -1 with IndexError. */
static int64_t group_number(Value match, Value v) {
    int64_t number = -1;
    if (py_is_int(v) || vm_type_of(v)->slots->index) {
        Value index = py_index(v);
        if (!index) return -1;
        if (py_int_as_i64(index, &number)) number = -1;
    } else {
        Value index = py_dict_get(REF(Pattern, of(match)->pattern)->group_index, v);
        if (!index) py_error_clear();
        if (index && index != VM_UNBOUND) number = int_value(index);
    }
    if (number >= 0 && number <= group_count(match)) return number;
    return py_raise_int(TYPE_IndexError, "no such group");
}

SRE_METHOD(match_group_method) {
    Value self = args[0];
    if (kwnames && tuple_length(kwnames)) return py_raise(TYPE_TypeError, "group() takes no keyword arguments");
    if (nargs == 1) return match_group(self, 0, VM_NONE);
    Value result = nargs == 2 ? 0 : py_tuple_new(nargs - 1);
    for (size_t i = 1; i < nargs; i++) {
        int64_t number = group_number(self, args[i]);
        Value text = number < 0 ? 0 : match_group(self, number, VM_NONE);
        if (!text) return 0;
        if (nargs == 2) return text;
        REF(PyTuple, result)->items[i - 1] = text;
    }
    return result;
}
static Value match_getitem(Value self, Value key) {
    int64_t number = group_number(self, key);
    return number < 0 ? 0 : match_group(self, number, VM_NONE);
}
SRE_METHOD(match_groups) {
    Value fallback = args[1] ? args[1] : VM_NONE, tuple = py_tuple_new((size_t)group_count(args[0]));
    for (int64_t g = 1; tuple && g <= group_count(args[0]); g++)
        if (!(REF(PyTuple, tuple)->items[g - 1] = match_group(args[0], g, fallback))) return 0;
    return tuple;
}
SRE_METHOD(match_groupdict) {
    Value fallback = args[1] ? args[1] : VM_NONE, names = REF(Pattern, of(args[0])->pattern)->group_index, dict = py_dict_new();
    int64_t position = 0;
    for (Value name, index; dict && py_dict_next(names, &position, &name, &index);) {
        Value text = match_group(args[0], int_value(index), fallback);
        if (!text || py_dict_set(dict, name, text) < 0) return 0;
    }
    return dict;
}
static int64_t optional_group(const Value *args) { return args[1] ? group_number(args[0], args[1]) : 0; }
SRE_METHOD(match_start) {
    int64_t g = optional_group(args);
    return g < 0 ? 0 : int_make(match_mark(args[0], 2 * g));
}
SRE_METHOD(match_end) {
    int64_t g = optional_group(args);
    return g < 0 ? 0 : int_make(match_mark(args[0], 2 * g + 1));
}
static Value span(Value self, int64_t g) { return py_tuple_pack(2, int_make(match_mark(self, 2 * g)), int_make(match_mark(self, 2 * g + 1))); }
SRE_METHOD(match_span) {
    int64_t g = optional_group(args);
    return g < 0 ? 0 : span(args[0], g);
}
SRE_METHOD(match_expand) {
    Value expand = py_import_attr("re", "_expand");
    return expand ? py_call3(expand, of(args[0])->pattern, args[0], args[1]) : 0;
}
SRE_METHOD(match_self) { return args[0]; }
SRE_METHOD(match_class_getitem) { return py_call2(py_type(TYPE_GENERICALIAS), args[0], args[1]); }

static Value match_repr(Value self) {
    Value text = match_group(self, 0, VM_NONE), shown = text ? py_repr(text) : 0;
    if (!shown) return 0;
    if (str_length(shown) > 50) shown = py_str_substring(shown, 0, 50);
    return shown ? py_str_format("<re.Match object; span=(%ld, %ld), match=%S>", (long)match_mark(self, 0), (long)match_mark(self, 1), shown) : 0;
}
static Value get_string(Value self) { return of(self)->string; }
static Value get_re(Value self) { return of(self)->pattern; }
static Value get_pos(Value self) { return int_make(of(self)->pos); }
static Value get_endpos(Value self) { return int_make(of(self)->endpos); }
static Value get_last_index(Value self) { return of(self)->last_index > 0 ? int_make(of(self)->last_index) : VM_NONE; }
static Value get_last_group(Value self) {
    Value names = REF(Pattern, of(self)->pattern)->index_group;
    int64_t i = of(self)->last_index;
    return i > 0 && i < tuple_length(names) ? tuple_item(names, i) : VM_NONE;
}
static Value get_regs(Value self) {
    Value tuple = py_tuple_new((size_t)group_count(self) + 1);
    for (int64_t g = 0; tuple && g <= group_count(self); g++)
        if (!(REF(PyTuple, tuple)->items[g] = span(self, g))) return 0;
    return tuple;
}
static const PyMethodDef match_methods[] = {
    {"group", 0, match_group_method, 0, "group([group1, ...]) -> str or tuple."},
    {"groups", "($self, /, default=None)", match_groups, 0, "Return a tuple containing all the subgroups of the match, from 1."},
    {"groupdict", "($self, /, default=None)", match_groupdict, 0, "Return a dictionary containing all the named subgroups of the match, keyed by the subgroup name."},
    {"start", "($self, group=0, /)", match_start, 0, "Return index of the start of the substring matched by group."},
    {"end", "($self, group=0, /)", match_end, 0, "Return index of the end of the substring matched by group."},
    {"span", "($self, group=0, /)", match_span, 0, "For match object m, return the 2-tuple (m.start(group), m.end(group))."},
    {"expand", "($self, /, template)", match_expand, 0, "Return the string obtained by doing backslash substitution on the string template, as done by the sub() method."},
    {"__copy__", "($self, /)", match_self, 0, 0},
    {"__deepcopy__", "($self, memo, /)", match_self, 0, 0},
    {"__class_getitem__", "($type, item, /)", match_class_getitem, PY_METHOD_CLASS, "See PEP 585"},
    {0}};
static const PyGetSetDef match_getsets[] = {{"string", get_string, 0, 0}, {"re", get_re, 0, 0}, {"pos", get_pos, 0, 0}, {"endpos", get_endpos, 0, 0},
                                            {"lastindex", get_last_index, 0, 0}, {"lastgroup", get_last_group, 0, 0}, {"regs", get_regs, 0, 0}, {0}};
const PyTypeSpec py_spec_match = {.doc = "The result of re.match() and re.search().\nMatch objects always have a boolean value of True.",
                                  .slots = {.repr = match_repr, .getitem = match_getitem},
                                  .methods = match_methods,
                                  .getsets = match_getsets,
                                  .raw_words = 3,
                                  .module = "re"};

/* ---- functions ------------------------------------------------------------------------------------------------------------------------------------ */

SRE_METHOD(sre_compile_function) {
    Value codes = args[2];
    int64_t flags = py_index_int64(args[1], "OverflowError"), groups = py_index_int64(args[3], "OverflowError");
    if (py_error()) return 0;
    if (!py_is_list(codes)) return py_raise(TYPE_TypeError, "compile() argument 'code' must be list, not %T", codes);
    if (!py_is_dict(args[4])) return py_raise(TYPE_TypeError, "compile() argument 'groupindex' must be dict, not %T", args[4]);
    if (!py_is_tuple(args[5])) return py_raise(TYPE_TypeError, "compile() argument 'indexgroup' must be tuple, not %T", args[5]);
    size_t count = (size_t)py_list_length(codes);
    uint32_t *words = malloc((count + 1) * sizeof *words);
    if (!words) return py_raise_memory();
    for (size_t i = 0; i < count; i++) {
        int64_t word;
        Value item = py_list_item(codes, (int64_t)i);
        bool good = py_is_int(item) && py_int_as_i64(item, &word) == 0 && word >= 0 && word <= UINT32_MAX;
        if (!good) {
            free(words);
            return py_raise(TYPE_OverflowError, "regular expression code size limit exceeded");
        }
        words[i] = (uint32_t)word;
    }
    SreProgram *program = groups >= 0 && groups <= SRE_MAXGROUPS ? sre_compile(words, count, (uint32_t)groups) : 0;
    free(words);
    if (!program) return py_raise(TYPE_RuntimeError, "invalid SRE code");
    Value self = py_alloc_id(TYPE_PATTERN, 0);
    if (!self) return sre_free(program), (Value)0;
    Pattern GS *p = REF(Pattern, self);
    p->program = sre_program_register(program);
    p->flags = (uint64_t)flags;
    p->groups = (uint64_t)groups;
    p->pattern = args[0];
    p->group_index = args[4];
    p->index_group = args[5];
    return self;
}

SRE_METHOD(sre_getcodesize) { return int_make(4); }

static int char_argument(Value v, uint32_t *c) {
    int64_t i = py_index_int64(v, "OverflowError");
    if (i == -1 && py_error()) return -1;
    *c = (uint32_t)i;
    return 0;
}
SRE_METHOD(sre_ascii_iscased) {
    uint32_t c;
    return char_argument(args[0], &c) < 0 ? 0 : vm_bool((c | 32) >= 'a' && (c | 32) <= 'z');
}
SRE_METHOD(sre_unicode_iscased) {
    uint32_t c;
    return char_argument(args[0], &c) < 0 ? 0 : vm_bool(unicode_simple_lower(c) != c || unicode_simple_upper(c) != c);
}
SRE_METHOD(sre_ascii_tolower) {
    uint32_t c;
    return char_argument(args[0], &c) < 0 ? 0 : int_make(sre_lower(c, FOLD_ASCII));
}
SRE_METHOD(sre_unicode_tolower) {
    uint32_t c;
    return char_argument(args[0], &c) < 0 ? 0 : int_make(sre_lower(c, FOLD_UNICODE));
}

static const PyMethodDef sre_functions[] = {
    {"compile", "($module, /, pattern, flags, code, groups, groupindex, indexgroup)", sre_compile_function, 0, 0},
    {"getcodesize", "($module, /)", sre_getcodesize, 0, 0},
    {"ascii_iscased", "($module, character, /)", sre_ascii_iscased, 0, 0},
    {"unicode_iscased", "($module, character, /)", sre_unicode_iscased, 0, 0},
    {"ascii_tolower", "($module, character, /)", sre_ascii_tolower, 0, 0},
    {"unicode_tolower", "($module, character, /)", sre_unicode_tolower, 0, 0},
    {0}};
static int sre_init(Value module) {
    return py_module_add(module, "MAGIC", int_make(SRE_MAGIC)) < 0 || py_module_add(module, "CODESIZE", int_make(4)) < 0 ||
                   py_module_add(module, "MAXREPEAT", int_make(SRE_MAXREPEAT)) < 0 || py_module_add(module, "MAXGROUPS", int_make(SRE_MAXGROUPS)) < 0 ||
                   py_module_add(module, "copyright", py_str_c("Weft's regular expression engine")) < 0
               ? -1
               : 0;
}
const PyModuleDef py_module_sre = {.functions = sre_functions, .init = sre_init};
