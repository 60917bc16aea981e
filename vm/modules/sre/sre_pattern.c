/* re.Pattern: running a program over strings; search, findall, split, sub. */
#include "vm/exec/safepoint.h"
#include "vm/modules/sre/sre_object.h"
#include "vm/objects/buffer_hold.h"
#include "vm/objects/str.h"
#include <stdlib.h>

/* ---- one match ---------------------------------------------------------------------------------------------------------------------------- */

bool sre_interrupt_wanted(void) { return (SEG->control & STM_CTL_EVENTS) != 0; }

static Pattern GS *of(Value pattern) { return REF(Pattern, pattern); }
static bool is_text_pattern(Value pattern) { return of(pattern)->pattern == VM_NONE || py_is_str(of(pattern)->pattern); }

/* Kept from match to match, as the stack is: nothing is lost when an abort jumps out. */
static __thread int64_t *register_room;
static __thread size_t register_count;

static int64_t *registers_for(const SreProgram *program) {
    size_t need = program->registers + 1;
    if (need > register_count) {
        int64_t *grown = realloc(register_room, need * sizeof *grown);
        if (!grown) return 0;
        register_room = grown;
        register_count = need;
    }
    return register_room;
}

static int check_string(Value pattern, Value string) {
    bool text = py_is_str(string);
    if (!text && !py_is_bytes(string) && !vm_type_of(string)->slots->get_buffer)
        return py_raise_int(TYPE_TypeError, "expected string or bytes-like object, got '%T'", string);
    if (of(pattern)->pattern == VM_NONE || text == is_text_pattern(pattern)) return 0;
    return py_raise_int(TYPE_TypeError, text ? "cannot use a bytes pattern on a string-like object" : "cannot use a string pattern on a bytes-like object");
}

static int64_t string_length(Value string) {
    if (py_is_str(string)) return (int64_t)str_length(string);
    if (py_is_bytes(string)) return REF(PyBytes, string)->length;
    PyBuffer buffer;
    if (py_get_buffer(string, &buffer, false) < 0) return -1;
    int64_t length = buffer.length;
    py_release_buffer(&buffer);
    return length;
}

typedef enum Mode { MODE_SEARCH, MODE_MATCH, MODE_FULLMATCH } Mode;

/* Look in string[0:end] from `at` on: 1 with *m filled, 0, -1 with an exception. */
static int look(Value pattern, Value string, int64_t at, int64_t end, Mode mode, bool must_advance, SreMatch *m) {
    const SreProgram *program = sre_program(of(pattern)->program);
    if (vm_check_signals_may_call() < 0) return -1;
    for (;;) {
        *m = (SreMatch){.program = program, .end = end, .full = mode == MODE_FULLMATCH, .not_empty_at = must_advance ? at : -1, .width = 1};
        if (!(m->registers = registers_for(program))) return py_raise_memory(), -1;
        PyBuffer buffer = {.owner = 0};
        if (py_is_str(string)) {
            StrView view = str_view(string);
            m->text = view.data;
            m->width = view.width;
        } else {
            if (py_get_buffer(string, &buffer, false) < 0) return -1;
            m->text = buffer.data;
        }
        SreResult result = mode == MODE_SEARCH ? sre_search(m, at) : at <= end ? sre_match(m, at) : SRE_NO;
        if (buffer.owner) py_release_buffer(&buffer);
        if (result == SRE_YES || result == SRE_NO) return result;
        if (result == SRE_NO_MEMORY) return py_raise_memory(), -1;
        if (vm_run_events_may_call() < 0) return -1; /* then again from the start */
    }
}

/* pos and endpos, clipped. */
static int range_arguments(Value string, Value pos, Value endpos, int64_t *from, int64_t *to) {
    int64_t length = string_length(string);
    *from = pos ? py_index_int64(pos, 0) : 0;
    *to = endpos ? py_index_int64(endpos, 0) : INT64_MAX;
    if (length < 0 || py_error()) return -1;
    if (*from < 0) *from = 0;
    if (*from > length) *from = length;
    if (*to < 0) *to = 0;
    if (*to > length) *to = length;
    return 0;
}

static Value run_once(const Value *args, Mode mode) {
    SreMatch m;
    int64_t from, to;
    if (check_string(args[0], args[1]) < 0 || range_arguments(args[1], args[2], args[3], &from, &to) < 0) return 0;
    int found = look(args[0], args[1], from, to, mode, false, &m);
    return found > 0 ? match_new(args[0], args[1], from, to, &m) : found ? 0 : VM_NONE;
}
SRE_METHOD(pattern_match) { return run_once(args, MODE_MATCH); }
SRE_METHOD(pattern_fullmatch) { return run_once(args, MODE_FULLMATCH); }
SRE_METHOD(pattern_search) { return run_once(args, MODE_SEARCH); }

/* ---- all matches ---------------------------------------------------------------------------------------------------------------------------- */

typedef struct Cursor {
    Value pattern, string;
    int64_t at, end;
    bool must_advance;
} Cursor;

static int cursor_next(Cursor *c, SreMatch *m) {
    if (c->at > c->end) return 0;
    int found = look(c->pattern, c->string, c->at, c->end, MODE_SEARCH, c->must_advance, m);
    if (found <= 0) return found;
    c->must_advance = m->to == m->from;
    c->at = m->to;
    return 1;
}

static Value group_of(const SreMatch *m, Value string, uint32_t group, Value fallback) {
    int64_t from = group ? m->registers[2 * group - 2] : m->from, to = group ? m->registers[2 * group - 1] : m->to;
    return from < 0 || to < 0 ? fallback : sre_slice(string, from, to);
}

static Value empty_like(Value string) { return py_is_str(string) ? NAME(empty) : py_bytes_new("", 0); }

/* All groups of a match as a tuple; the registers are read before anything can match again. */
static Value groups_tuple(const SreMatch *m, Value string, uint32_t groups) {
    Value tuple = py_tuple_new(groups), none = empty_like(string);
    for (uint32_t g = 1; tuple && g <= groups; g++)
        if (!(REF(PyTuple, tuple)->items[g - 1] = group_of(m, string, g, none))) return 0;
    return tuple;
}

SRE_METHOD(pattern_findall) {
    Cursor c = {.pattern = args[0], .string = args[1]};
    SreMatch m;
    if (check_string(args[0], args[1]) < 0 || range_arguments(args[1], args[2], args[3], &c.at, &c.end) < 0) return 0;
    Value list = py_list_new(0);
    uint32_t groups = (uint32_t)of(args[0])->groups;
    int found;
    while (list && (found = cursor_next(&c, &m)) > 0) {
        Value item = groups > 1 ? groups_tuple(&m, args[1], groups) : group_of(&m, args[1], groups, empty_like(args[1]));
        if (!item || py_list_append(list, item) < 0) return 0;
    }
    return !list || found < 0 ? 0 : list;
}

static Value new_scanner(const Value *args) {
    int64_t from, to;
    if (check_string(args[0], args[1]) < 0 || range_arguments(args[1], args[2], args[3], &from, &to) < 0) return 0;
    Value self = py_alloc_id(TYPE_SCANNER, 0);
    if (!self) return 0;
    Scanner GS *s = REF(Scanner, self);
    s->at = from;
    s->end = to;
    s->pattern = args[0];
    s->string = args[1];
    s->hold = buffer_hold_new(args[1]);
    return !s->hold && py_error() ? 0 : self;
}
SRE_METHOD(pattern_scanner) { return new_scanner(args); }

static Value scanner_step(Value self, Mode mode) {
    Scanner GS *s = REF(Scanner, self);
    int64_t at = GET(s, at);
    SreMatch m;
    if (at < 0) return VM_NONE; /* an earlier step found nothing */
    int found = at > s->end ? 0 : look(s->pattern, s->string, at, s->end, mode, GET(s, must_advance), &m);
    if (found <= 0) {
        if (found == 0) SET(s, at, -1);
        return found ? 0 : VM_NONE;
    }
    SET(s, must_advance, m.to == m.from);
    SET(s, at, m.to);
    return match_new(s->pattern, s->string, at, s->end, &m);
}
SRE_METHOD(scanner_match) { return scanner_step(args[0], MODE_MATCH); }
SRE_METHOD(scanner_search) { return scanner_step(args[0], MODE_SEARCH); }
static Value scanner_pattern(Value self) { return REF(Scanner, self)->pattern; }
static Value scanner_self(Value self) { return self; }
static Value scanner_next(Value self) {
    Value match = scanner_step(self, MODE_SEARCH);
    return match == VM_NONE ? VM_STOP : match;
}
SRE_METHOD(pattern_finditer) {
    Value scanner = new_scanner(args), search = scanner ? py_getattr_c(scanner, "search") : 0;
    if (!search) return 0;
    Value iterator = py_alloc_id(TYPE_CALL_ITER, 0);
    if (!iterator) return 0;
    REF(PyIter, iterator)->a = search;
    REF(PyIter, iterator)->b = VM_NONE;
    return iterator;
}
static const PyMethodDef scanner_methods[] = {
    {"match", "($self, /)", scanner_match, 0, 0}, {"search", "($self, /)", scanner_search, 0, 0}, {0}};
static const PyGetSetDef scanner_getsets[] = {{"pattern", scanner_pattern, 0, 0}, {0}};
const PyTypeSpec py_spec_scanner = {.slots = {.iter = scanner_self, .next = scanner_next}, .methods = scanner_methods, .getsets = scanner_getsets, .raw_words = 3, .module = "_sre"};

SRE_METHOD(pattern_split) {
    Cursor c = {.pattern = args[0], .string = args[1]};
    SreMatch m;
    int64_t limit = args[2] ? py_index_int64(args[2], "OverflowError") : 0, last = 0, done = 0;
    if ((limit == -1 && py_error()) || check_string(args[0], args[1]) < 0 || range_arguments(args[1], 0, 0, &c.at, &c.end) < 0) return 0;
    Value list = py_list_new(0);
    uint32_t groups = (uint32_t)of(args[0])->groups;
    int found = 0;
    while (list && (!limit || done < limit) && (found = cursor_next(&c, &m)) > 0) {
        Value tuple = py_tuple_new(groups); /* first, as slices below could not be made after the next match */
        for (uint32_t g = 1; tuple && g <= groups; g++)
            if (!(REF(PyTuple, tuple)->items[g - 1] = group_of(&m, args[1], g, VM_NONE))) return 0;
        Value piece = tuple ? sre_slice(args[1], last, m.from) : 0;
        if (!piece || py_list_append(list, piece) < 0 || py_list_extend(list, tuple) < 0) return 0;
        last = m.to;
        done++;
    }
    if (!list || found < 0) return 0;
    Value rest = sre_slice(args[1], last, c.end);
    return rest && py_list_append(list, rest) == 0 ? list : 0;
}

/* ---- replacing ---------------------------------------------------------------------------------------------------------------------------------- */

static bool is_literal_template(Value template) {
    if (py_is_str(template)) {
        StrView view = str_view(template);
        for (size_t i = 0; i < view.length; i++)
            if (view_char(&view, i) == '\\') return false;
        return true;
    }
    PyBuffer buffer;
    if (!vm_type_of(template)->slots->get_buffer || py_get_buffer(template, &buffer, false) < 0) return py_error_clear(), false;
    bool literal = !memchr(buffer.data, '\\', (size_t)buffer.length);
    py_release_buffer(&buffer);
    return literal;
}

static Value join(Value string, Value parts) {
    Value empty = empty_like(string);
    if (!empty) return 0;
    return py_is_str(empty) ? py_str_join(empty, parts) : py_call_method(empty, "join", 1, &parts);
}

static Value substitute(const Value *args, bool with_count) {
    Cursor c = {.pattern = args[0], .string = args[2]};
    SreMatch m;
    Value replacement = args[1];
    int64_t limit = args[3] ? py_index_int64(args[3], "OverflowError") : 0, last = 0, done = 0;
    if (limit == -1 && py_error()) return 0;
    bool callable = py_callable(replacement);
    if (!callable && !is_literal_template(replacement)) {
        Value expand = py_import_attr("re", "_subx");
        replacement = expand ? py_call2(expand, args[0], replacement) : 0;
        if (!replacement) return 0;
        callable = py_callable(replacement);
    }
    if (check_string(args[0], args[2]) < 0 || range_arguments(args[2], 0, 0, &c.at, &c.end) < 0) return 0;
    Value parts = py_list_new(0);
    int found = 0;
    while (parts && (!limit || done < limit) && (found = cursor_next(&c, &m)) > 0) {
        int64_t from = m.from, to = m.to;
        Value match = callable ? match_new(args[0], args[2], 0, c.end, &m) : VM_NONE;
        if (!match) return 0;
        if (last < from) {
            Value piece = sre_slice(args[2], last, from);
            if (!piece || py_list_append(parts, piece) < 0) return 0;
        }
        Value text = callable ? py_call1(replacement, match) : replacement;
        if (!text || (text != VM_NONE && py_list_append(parts, text) < 0)) return 0;
        last = to;
        done++;
    }
    if (!parts || found < 0) return 0;
    Value result;
    if (done == 0) {
        result = sre_slice(args[2], 0, c.end);
    } else {
        Value rest = last < c.end ? sre_slice(args[2], last, c.end) : 0;
        if (last < c.end && (!rest || py_list_append(parts, rest) < 0)) return 0;
        result = join(args[2], parts);
    }
    return !result || !with_count ? result : py_tuple_pack(2, result, int_make(done));
}
SRE_METHOD(pattern_sub) { return substitute(args, false); }
SRE_METHOD(pattern_subn) { return substitute(args, true); }

/* ---- the object ---------------------------------------------------------------------------------------------------------------------------------- */

SRE_METHOD(pattern_self) { return args[0]; }
SRE_METHOD(pattern_class_getitem) { return py_call2(py_type(TYPE_GENERICALIAS), args[0], args[1]); }

static Value pattern_repr(Value self) {
    static const struct {
        int flag;
        const char *name;
    } names[] = {{1, "re.TEMPLATE"}, {2, "re.IGNORECASE"}, {4, "re.LOCALE"}, {8, "re.MULTILINE"}, {16, "re.DOTALL"}, {32, "re.UNICODE"}, {64, "re.VERBOSE"}, {128, "re.DEBUG"}, {256, "re.ASCII"}};
    uint64_t flags = of(self)->flags;
    if (is_text_pattern(self) && (flags & (SRE_FLAG_LOCALE | SRE_FLAG_UNICODE | SRE_FLAG_ASCII)) == SRE_FLAG_UNICODE) flags &= ~(uint64_t)SRE_FLAG_UNICODE;
    char text[200] = "";
    size_t length = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(flags & (uint64_t)names[i].flag)) continue;
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", length ? "|" : ", ", names[i].name);
        flags &= ~(uint64_t)names[i].flag;
    }
    if (flags) snprintf(text + length, sizeof text - length, "%s0x%lx", length ? "|" : ", ", (unsigned long)flags);
    Value shown = py_repr(of(self)->pattern);
    if (!shown) return 0;
    if (str_length(shown) > 200) shown = py_str_substring(shown, 0, 200);
    return shown ? py_str_format("re.compile(%S%s)", shown, text) : 0;
}

static Value pattern_compare(Value a, Value b, int op) {
    if ((op != PY_EQ && op != PY_NE) || !is_ref(b) || !is_exactly(b, TYPE_PATTERN)) return VM_NOT_IMPLEMENTED;
    int same = a == b;
    if (!same && of(a)->flags == of(b)->flags && py_is_str(of(a)->pattern) == py_is_str(of(b)->pattern)) same = py_equal(of(a)->pattern, of(b)->pattern);
    return same < 0 ? 0 : vm_bool(same == (op == PY_EQ));
}
static int64_t pattern_hash(Value self) {
    int64_t hash = py_hash(of(self)->pattern);
    if (hash == -1) return -1;
    hash ^= (int64_t)(of(self)->flags * 1000003 + of(self)->groups);
    return hash == -1 ? -2 : hash;
}

static Value get_pattern(Value self) { return of(self)->pattern; }
static Value get_flags(Value self) { return int_make((int64_t)of(self)->flags); }
static Value get_groups(Value self) { return int_make((int64_t)of(self)->groups); }
static Value get_group_index(Value self) {
    Value proxy = py_alloc_id(TYPE_MAPPINGPROXY, 0);
    if (proxy) REF(PyWrapped, proxy)->inner = of(self)->group_index;
    return proxy;
}

#define RANGE "($self, /, string, pos=0, endpos=sys.maxsize)"
static const PyMethodDef pattern_methods[] = {
    {"match", RANGE, pattern_match, 0, "Matches zero or more characters at the beginning of the string."},
    {"fullmatch", RANGE, pattern_fullmatch, 0, "Matches against all of the string."},
    {"search", RANGE, pattern_search, 0, "Scan through string looking for a match, and return a corresponding match object instance."},
    {"findall", RANGE, pattern_findall, 0, "Return a list of all non-overlapping matches of pattern in string."},
    {"finditer", RANGE, pattern_finditer, 0, "Return an iterator over all non-overlapping matches for the RE pattern in string."},
    {"scanner", RANGE, pattern_scanner, 0, 0},
    {"split", "($self, /, string, maxsplit=0)", pattern_split, 0, "Split string by the occurrences of pattern."},
    {"sub", "($self, /, repl, string, count=0)", pattern_sub, 0, "Return the string obtained by replacing the leftmost non-overlapping occurrences of pattern in string by the replacement repl."},
    {"subn", "($self, /, repl, string, count=0)", pattern_subn, 0, "Return the tuple (new_string, number_of_subs_made) found by replacing the leftmost non-overlapping occurrences of pattern with the replacement repl."},
    {"__copy__", "($self, /)", pattern_self, 0, 0},
    {"__deepcopy__", "($self, memo, /)", pattern_self, 0, 0},
    {"__class_getitem__", "($type, item, /)", pattern_class_getitem, PY_METHOD_CLASS, "See PEP 585"},
    {0}};
static const PyGetSetDef pattern_getsets[] = {{"pattern", get_pattern, 0, "The pattern string from which the RE object was compiled."},
                                              {"flags", get_flags, 0, "The regex matching flags."},
                                              {"groups", get_groups, 0, "The number of capturing groups in the pattern."},
                                              {"groupindex", get_group_index, 0, "A dictionary mapping group names to group numbers."},
                                              {0}};
const PyTypeSpec py_spec_pattern = {.doc = "Compiled regular expression object.",
                                    .slots = {.repr = pattern_repr, .hash = pattern_hash, .richcompare = pattern_compare},
                                    .methods = pattern_methods,
                                    .getsets = pattern_getsets,
                                    .raw_words = 3,
                                    .module = "re"};
