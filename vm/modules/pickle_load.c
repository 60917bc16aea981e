/* Module _pickle: reading. A stack of values with marks, driven by opcodes. The text is bytes: all of it, or what the file gave
 * last; every step may run Python code, so nothing but references and counts is kept across one. */
#include "vm/modules/pickle.h"
#include "vm/objects/dict.h"
#include "vm/objects/int.h"
#include <math.h>

typedef struct Load {
    Value self;
    Value text; /* bytes at hand */
    size_t at, end;
    bool in_frame;
    Value read, readline; /* of the file, or 0 */
    Value stack;          /* PyArray */
    int64_t depth, fence; /* items; those below the fence belong to earlier marks */
    Value marks;          /* PyRaw of int64 */
    int64_t mark_count, mark_room;
} Load;

static PyUnpickler GS *unpickler_of(const Load *l) { return REF(PyUnpickler, l->self); }
static int fail(const char *message) { return py_raise_int(TYPE_UNPICKLING_ERROR, "%s", message); }

/* ---- the text ----------------------------------------------------------------------------------------------------- */

/* Bytes of the file that `method` gives for n (or a line): they become the text. */
static int refill(Load *l, Value bytes, size_t n) {
    if (!bytes) return -1;
    if (!py_is_bytes(bytes)) return py_raise_int(TYPE_ValueError, "read() returned non-bytes object (%T)", bytes);
    l->text = bytes, l->at = 0, l->end = bytes_length(bytes);
    return l->end >= n ? 0 : fail("pickle data was truncated");
}
/* More of the file, so that there are n bytes at l->at. */
static int read_more(Load *l, size_t n) {
    if (l->in_frame && l->at < l->end) return fail("pickle exhausted before end of frame");
    if (!l->read) return fail("pickle data was truncated");
    l->in_frame = false;
    Value head = 0;
    if (l->at < l->end && !(head = py_bytes_new(stm_flat(bytes_data(l->text) + l->at, l->end - l->at, false), l->end - l->at))) return -1;
    Value more = py_call1(l->read, py_int_from_u64(n - (head ? bytes_length(head) : 0)));
    if (head && more && !(more = py_binary(PY_OP_ADD, head, more))) return -1;
    return refill(l, more, n);
}
/* n bytes at l->at, which moves behind them; *from is where they are in l->text. */
static inline int take(Load *l, size_t n, size_t *from) {
    if (UNLIKELY(l->end - l->at < n) && read_more(l, n) < 0) return -1;
    *from = l->at;
    l->at += n;
    return 0;
}
static const uint8_t GS *text_at(const Load *l, size_t from) { return bytes_data(l->text) + from; }
static int take_number(Load *l, int bytes, uint64_t *n) {
    size_t from;
    if (take(l, (size_t)bytes, &from) < 0) return -1;
    *n = 0;
    for (int i = 0; i < bytes; i++) *n |= (uint64_t)text_at(l, from)[i] << 8 * i;
    return 0;
}
static Value take_bytes(Load *l, uint64_t n) {
    size_t from;
    if (n > INT64_MAX / 2) return py_raise(TYPE_OverflowError, "size exceeds system's maximum size of %ld bytes", (long)INT64_MAX);
    return take(l, n, &from) < 0 ? 0 : py_bytes_new(stm_flat(text_at(l, from), n, false), n);
}
/* Up to the next newline, without it, as bytes. */
static Value take_line(Load *l) {
    size_t i = l->at;
    while (i < l->end && *text_at(l, i) != '\n') i++;
    if (i == l->end) {
        if (!l->readline) return fail("pickle data was truncated") + 1;
        if (l->in_frame) return fail("pickle exhausted before end of frame") + 1;
        Value line = py_call0(l->readline);
        if (refill(l, line, 1) < 0) return 0;
        i = l->end - 1;
        if (*text_at(l, i) != '\n') return fail("pickle data was truncated") + 1;
    }
    Value line = py_bytes_new(stm_flat(text_at(l, l->at), i - l->at, false), i - l->at);
    l->at = i + 1;
    return line;
}
static Value line_text(Load *l, const char *encoding) {
    Value line = take_line(l);
    return line ? py_decode(stm_flat(bytes_data(line), bytes_length(line), false), bytes_length(line), encoding, "strict") : 0;
}

/* ---- the stack ------------------------------------------------------------------------------------------------------ */

static int push(Load *l, Value v) {
    if (!v) return -1;
    PyArray GS *stack = REF(PyArray, l->stack);
    if ((uint64_t)l->depth >= stack->capacity) {
        Value grown = py_array_new((size_t)l->depth * 2);
        if (!grown) return -1;
        for (int64_t i = 0; i < l->depth; i++) REF(PyArray, grown)->items[i] = GET(stack, items[i]);
        l->stack = grown;
        stack = REF(PyArray, grown);
    }
    SET(stack, items[l->depth], v);
    l->depth++;
    return 0;
}
static Value item(const Load *l, int64_t i) { return GET(REF(PyArray, l->stack), items[i]); }
static int underflow(const Load *l) { return l->mark_count ? fail("unexpected MARK found") : fail("unpickling stack underflow"); }
/* At least n items above the last mark? */
static int need(const Load *l, int64_t n) { return l->depth - l->fence >= n ? 0 : underflow(l); }
static Value pop(Load *l) { return need(l, 1) < 0 ? 0 : item(l, --l->depth); }
static int push_mark(Load *l) {
    if (l->mark_count == l->mark_room) {
        int64_t room = l->mark_room ? l->mark_room * 2 : 16;
        Value grown = py_raw_new((size_t)room * sizeof(int64_t));
        if (!grown) return -1;
        for (int64_t i = 0; i < l->mark_count; i++) ((int64_t GS *)REF(PyRaw, grown)->data)[i] = ((int64_t GS *)REF(PyRaw, l->marks)->data)[i];
        l->marks = grown, l->mark_room = room;
    }
    int64_t GS *at = (int64_t GS *)REF(PyRaw, l->marks)->data + l->mark_count;
    stm_write((StmObj)REF(PyRaw, l->marks), at);
    *at = l->depth;
    l->mark_count++;
    l->fence = l->depth;
    return 0;
}
/* Where the items behind the last mark begin, which is taken off; -1. */
static int64_t pop_mark(Load *l) {
    if (!l->mark_count) return fail("could not find MARK");
    const int64_t GS *marks = (int64_t GS *)REF(PyRaw, l->marks)->data;
    int64_t start = marks[--l->mark_count];
    l->fence = l->mark_count ? marks[l->mark_count - 1] : 0;
    return start;
}
static Value pop_tuple(Load *l, int64_t start) {
    Value tuple = py_tuple_new((size_t)(l->depth - start));
    for (int64_t i = start; tuple && i < l->depth; i++) REF(PyTuple, tuple)->items[i - start] = item(l, i);
    if (tuple) l->depth = start;
    return tuple;
}
static Value pop_list(Load *l, int64_t start) {
    Value list = py_list_new(0);
    for (int64_t i = start; list && i < l->depth; i++)
        if (py_list_append(list, item(l, i)) < 0) return 0;
    if (list) l->depth = start;
    return list;
}

/* ---- numbers and texts ------------------------------------------------------------------------------------------------ */

/* A number as text: up to the first NUL, as C reads it. */
static Value number_line(Load *l) {
    Value line = take_line(l);
    if (!line) return 0;
    size_t n = bytes_length(line);
    if (n == 0) return fail("pickle data was truncated") + 1;
    const char *flat = stm_flat(bytes_data(line), n, false);
    return py_decode(flat, strnlen(flat, n), "ascii", "replace");
}
static bool is_octal(Value text) {
    size_t n = str_length(text), i = n && (str_at(text, 0) == '-' || str_at(text, 0) == '+');
    if (n < i + 2 || str_at(text, i) != '0') return false;
    while (i < n && str_at(text, i) >= '0' && str_at(text, i) < '8') i++;
    return i == n;
}
static int load_int(Load *l) {
    Value text = number_line(l);
    if (!text) return -1;
    if (py_str_equal_c(text, "00") || py_str_equal_c(text, "01")) return push(l, vm_bool(str_at(text, 1) == '1'));
    Value number = py_int_from_text(text, is_octal(text) ? 8 : 0);
    if (number || !py_error_is(TYPE_ValueError)) return push(l, number);
    py_error_clear();
    return py_raise_int(TYPE_ValueError, "could not convert string to int");
}
static int load_long(Load *l) {
    Value text = number_line(l);
    size_t n = text ? str_length(text) : 0;
    if (n && str_at(text, n - 1) == 'L') text = py_str_substring(text, 0, n - 1);
    return text ? push(l, py_int_from_text(text, 0)) : -1;
}
static int load_binary_long(Load *l, int width) {
    uint64_t n;
    size_t from;
    if (take_number(l, width, &n) < 0) return -1;
    if (width == 4 && (int32_t)n < 0) return fail("LONG pickle has negative byte count");
    if (take(l, n, &from) < 0) return -1;
    return push(l, n ? py_int_from_bytes(stm_flat(text_at(l, from), n, false), n, true, true) : int_make(0));
}
static int load_unsigned(Load *l, int width) {
    uint64_t n;
    return take_number(l, width, &n) < 0 ? -1 : push(l, int_make(width == 4 ? (int64_t)(int32_t)n : (int64_t)n));
}
static int load_float_text(Load *l) {
    Value text = number_line(l);
    if (!text) return -1;
    bool digits = false;
    for (size_t i = 0; i < str_length(text); i++) {
        uint32_t c = str_at(text, i);
        if (c == '_' || c <= ' ') return py_raise_int(TYPE_ValueError, "could not convert string to float");
        digits |= c >= '0' && c <= '9';
    }
    Value number = py_call1(py_type(TYPE_FLOAT), text);
    if (number && digits && isinf(py_float_value(number)))
        return py_raise_int(TYPE_OverflowError, "value too large to convert to float: %R", text);
    return push(l, number);
}
static int load_float(Load *l, bool binary) {
    if (binary) {
        uint64_t n;
        double d;
        if (take_number(l, 8, &n) < 0) return -1;
        n = __builtin_bswap64(n);
        memcpy(&d, &n, 8);
        return push(l, float_make(d));
    }
    return load_float_text(l);
}

/* A str of Python 2: by the encoding asked for, or as bytes. */
static Value old_string(Load *l, Value bytes) {
    Value encoding = unpickler_of(l)->encoding;
    size_t length;
    if (!bytes || py_str_equal_c(encoding, "bytes")) return bytes;
    const char *name = py_str_utf8(encoding, 0), *errors = py_str_utf8(unpickler_of(l)->errors, 0);
    length = bytes_length(bytes);
    return name && errors ? py_decode(stm_flat(bytes_data(bytes), length, false), length, name, errors) : 0;
}
static int load_string(Load *l) {
    Value line = take_line(l);
    if (!line) return -1;
    size_t n = bytes_length(line);
    uint8_t quote = n ? *bytes_data(line) : 0;
    if (n < 2 || (quote != '\'' && quote != '"') || bytes_data(line)[n - 1] != quote) return fail("the STRING opcode argument must be quoted");
    Value decode = py_import_attr("_codecs", "escape_decode"), inner = decode ? py_bytes_new(stm_flat(bytes_data(line) + 1, n - 2, false), n - 2) : 0;
    Value pair = inner ? py_call1(decode, inner) : 0;
    return pair ? push(l, old_string(l, tuple_item(pair, 0))) : -1;
}
static int load_binary_string(Load *l, int width) {
    uint64_t n;
    if (take_number(l, width, &n) < 0) return -1;
    if (width == 4 && (int32_t)n < 0) return fail("BINSTRING pickle has negative byte count");
    return push(l, old_string(l, take_bytes(l, n)));
}
static int load_unicode(Load *l, int width) {
    uint64_t n;
    size_t from;
    if (take_number(l, width, &n) < 0) return -1;
    if (n > INT64_MAX / 2) return py_raise_int(TYPE_OverflowError, "BINUNICODE%d exceeds system's maximum size of %ld bytes", width, (long)INT64_MAX);
    if (take(l, n, &from) < 0) return -1;
    const void *text = stm_flat(text_at(l, from), n, false);
    return push(l, flat_max_char(text, 1, n) < 0x80 ? py_str_ascii(text, n) : py_decode(text, n, "utf-8", "surrogatepass"));
}
static int load_bytes(Load *l, int width) {
    uint64_t n;
    return take_number(l, width, &n) < 0 ? -1 : push(l, take_bytes(l, n));
}
static int load_bytearray(Load *l) {
    uint64_t n;
    Value bytes = take_number(l, 8, &n) < 0 ? 0 : take_bytes(l, n);
    return bytes ? push(l, py_call1(py_type(TYPE_BYTEARRAY), bytes)) : -1;
}

/* ---- containers --------------------------------------------------------------------------------------------------------- */

static int load_tuple(Load *l, int64_t count) {
    int64_t start = count < 0 ? pop_mark(l) : l->depth - count;
    if ((count < 0 && start < 0) || (count >= 0 && need(l, count) < 0)) return -1;
    return push(l, pop_tuple(l, start));
}
static int load_list(Load *l) {
    int64_t start = pop_mark(l);
    return start < 0 ? -1 : push(l, pop_list(l, start));
}
static int set_pairs(Load *l, Value dict, int64_t start) {
    bool plain = is_exactly(dict, TYPE_DICT);
    if ((l->depth - start) % 2) return fail("odd number of items for SETITEMS");
    for (int64_t i = start; i < l->depth; i += 2)
        if ((plain ? py_dict_set(dict, item(l, i), item(l, i + 1)) : py_setitem(dict, item(l, i), item(l, i + 1))) < 0) return -1;
    l->depth = start;
    return 0;
}
static int load_dict(Load *l) {
    int64_t start = pop_mark(l);
    Value dict = start < 0 ? 0 : py_dict_new();
    if (dict && (l->depth - start) % 2) return fail("odd number of items for DICT");
    return !dict || set_pairs(l, dict, start) < 0 ? -1 : push(l, dict);
}
static int load_frozenset(Load *l) {
    int64_t start = pop_mark(l);
    Value items = start < 0 ? 0 : pop_tuple(l, start);
    return items ? push(l, py_frozenset_from_iterable(items)) : -1;
}
/* Appends items [start, depth) to the container below them, by `one` of its methods if it is no `type`. */
static int append_items(Load *l, int64_t start) {
    if (l->depth == start) return start <= l->fence ? underflow(l) : 0;
    if (start <= l->fence) return underflow(l);
    Value list = item(l, start - 1);
    if (is_exactly(list, TYPE_LIST)) {
        for (int64_t i = start; i < l->depth; i++)
            if (list_append_fast(list, item(l, i)) < 0) return -1;
        l->depth = start;
        return 0;
    }
    Value extend = py_getattr_opt(list, py_intern_c("extend"));
    if (!extend) return -1;
    if (extend != VM_UNBOUND) {
        Value items = pop_list(l, start);
        return items && py_call1(extend, items) ? 0 : -1;
    }
    Value append = py_getattr(list, NAME(append));
    for (int64_t i = start; append && i < l->depth; i++)
        if (!py_call1(append, item(l, i))) return -1;
    l->depth = start;
    return append ? 0 : -1;
}
static int load_appends(Load *l) {
    int64_t start = pop_mark(l);
    return start < 0 ? -1 : append_items(l, start);
}
static int load_setitems(Load *l, bool marked) {
    int64_t start = marked ? pop_mark(l) : l->depth - 2;
    if (start < 0 && marked) return -1;
    if (start - 1 < l->fence) return underflow(l);
    return set_pairs(l, item(l, start - 1), start);
}
static int load_additems(Load *l) {
    int64_t start = pop_mark(l);
    if (start < 0) return -1;
    if (start - 1 < l->fence) return underflow(l);
    Value set = item(l, start - 1);
    if (is_exactly(set, TYPE_SET)) {
        Value items = pop_tuple(l, start);
        return items ? py_set_update(set, items) : -1;
    }
    Value add = py_getattr_c(set, "add");
    for (int64_t i = start; add && i < l->depth; i++)
        if (!py_call1(add, item(l, i))) return -1;
    l->depth = start;
    return add ? 0 : -1;
}

/* ---- names, calls, states ------------------------------------------------------------------------------------------------- */

static Value find_class(Load *l, Value module, Value name) {
    const Value both[2] = {module, name};
    return py_call_method(l->self, "find_class", 2, both);
}
static Value line_class(Load *l) {
    Value module = line_text(l, "utf-8"), name = module ? line_text(l, "utf-8") : 0;
    return name ? find_class(l, module, name) : 0;
}
static int load_stack_global(Load *l) {
    Value name = need(l, 2) < 0 ? 0 : pop(l), module = name ? pop(l) : 0;
    if (!module) return -1;
    if (!is_exactly(name, TYPE_STR) || !is_exactly(module, TYPE_STR)) return fail("STACK_GLOBAL requires str");
    return push(l, find_class(l, module, name));
}
static int load_extension(Load *l, int width) {
    uint64_t raw;
    if (take_number(l, width, &raw) < 0) return -1;
    int64_t code = width == 4 ? (int32_t)raw : (int64_t)raw;
    if (code <= 0) return fail("EXT specifies code <= 0");
    Value cache = py_import_attr("copyreg", "_extension_cache"), known = cache ? py_dict_get(cache, int_make(code)) : 0;
    if (!known || known != VM_UNBOUND) return push(l, known);
    Value registry = py_import_attr("copyreg", "_inverted_registry"), pair = registry ? py_dict_get(registry, int_make(code)) : 0;
    if (!pair) return -1;
    if (pair == VM_UNBOUND) return py_raise_int(TYPE_ValueError, "unregistered extension code %ld", (long)code);
    if (!py_is_tuple(pair) || tuple_length(pair) != 2 || !py_is_str(tuple_item(pair, 0)) || !py_is_str(tuple_item(pair, 1)))
        return py_raise_int(TYPE_ValueError, "_inverted_registry[%ld] isn't a 2-tuple of strings", (long)code);
    Value found = find_class(l, tuple_item(pair, 0), tuple_item(pair, 1));
    return !found || py_dict_set(cache, int_make(code), found) < 0 ? -1 : push(l, found);
}
static Value instantiate(Value cls, Value arguments) {
    if (tuple_length(arguments) || !py_is_type(cls)) return py_call_kw(cls, arguments, 0);
    Value initial = py_getattr_opt(cls, py_intern_c("__getinitargs__"));
    if (!initial || initial != VM_UNBOUND) return initial ? py_call_kw(cls, arguments, 0) : 0;
    return py_call_method(cls, "__new__", 1, &cls);
}
static int load_instance(Load *l) {
    int64_t start = pop_mark(l);
    if (start < 0) return -1;
    Value cls = line_class(l), arguments = cls ? pop_tuple(l, start) : 0;
    return arguments ? push(l, instantiate(cls, arguments)) : -1;
}
static int load_object(Load *l) {
    int64_t start = pop_mark(l);
    if (start < 0) return -1;
    if (l->depth - start < 1) return fail("unpickling stack underflow");
    Value arguments = pop_tuple(l, start + 1), cls = arguments ? item(l, --l->depth) : 0;
    return cls ? push(l, instantiate(cls, arguments)) : -1;
}
static int load_new(Load *l, bool keywords) {
    if (need(l, keywords ? 3 : 2) < 0) return -1;
    Value kwargs = keywords ? pop(l) : 0, args = pop(l), cls = pop(l);
    const char *op = keywords ? "NEWOBJ_EX" : "NEWOBJ";
    if (!py_is_type(cls)) return py_raise_int(TYPE_UNPICKLING_ERROR, "%s class argument must be a type, not %T", op, cls);
    if (!py_is_tuple(args)) return py_raise_int(TYPE_UNPICKLING_ERROR, "%s args argument must be a tuple, not %T", op, args);
    if (kwargs && !py_is_dict(kwargs)) return py_raise_int(TYPE_UNPICKLING_ERROR, "%s kwargs argument must be a dict, not %T", op, kwargs);
    Value make = py_getattr_c(cls, "__new__"), all = make ? py_tuple_new((size_t)tuple_length(args) + 1) : 0;
    if (!all) return -1;
    REF(PyTuple, all)->items[0] = cls;
    for (int64_t i = 0; i < tuple_length(args); i++) REF(PyTuple, all)->items[i + 1] = tuple_item(args, i);
    return push(l, py_call_kw(make, all, kwargs));
}
static int load_reduce(Load *l) {
    if (need(l, 2) < 0) return -1;
    Value arguments = pop(l), function = pop(l);
    if (!py_is_tuple(arguments)) return py_raise_int(TYPE_TypeError, "argument after * must be an iterable, not %T", arguments);
    return push(l, py_call_kw(function, arguments, 0));
}

/* The attributes of a state: into the instance's dict, or one by one. */
static int set_attributes(Value object, Value state) {
    Value dict = py_getattr(object, NAME(__dict__)), key, value;
    if (!dict) return -1;
    for (int64_t at = 0; py_dict_next(state, &at, &key, &value);) {
        if (is_exactly(key, TYPE_STR)) key = py_intern(key);
        if (py_setitem(dict, key, value) < 0) return -1;
    }
    return 0;
}
static int load_build(Load *l) {
    if (need(l, 2) < 0) return -1;
    Value state = pop(l), object = item(l, l->depth - 1), slots = VM_NONE, key, value;
    Value setter = py_getattr_opt(object, py_intern_c("__setstate__"));
    if (!setter) return -1;
    if (setter != VM_UNBOUND) return py_call1(setter, state) ? 0 : -1;
    if (py_is_tuple(state) && tuple_length(state) == 2) slots = tuple_item(state, 1), state = tuple_item(state, 0);
    if (state != VM_NONE) {
        if (!py_is_dict(state)) return fail("state is not a dictionary");
        if (set_attributes(object, state) < 0) return -1;
    }
    if (slots == VM_NONE) return 0;
    if (!py_is_dict(slots)) return fail("slot state is not a dictionary");
    for (int64_t at = 0; py_dict_next(slots, &at, &key, &value);)
        if (py_setattr(object, key, value) < 0) return -1;
    return 0;
}

static int load_persistent(Load *l, bool binary) {
    Value pid = 0;
    if (binary) {
        if (!(pid = pop(l))) return -1;
    } else if (!(pid = line_text(l, "ascii"))) {
        if (!py_error_is(TYPE_UnicodeDecodeError)) return -1;
        py_error_clear();
        return fail("persistent IDs in protocol 0 must be ASCII strings");
    }
    Value load = py_getattr_opt(l->self, py_intern_c("persistent_load"));
    if (load == VM_UNBOUND) return fail("A load persistent id instruction was encountered, but no persistent_load function was specified.");
    return load ? push(l, py_call1(load, pid)) : -1;
}

/* ---- memo, buffers, frames --------------------------------------------------------------------------------------------------- */

static int memo_get(Load *l, Value index) {
    Value found = index ? unpickle_memo_get(l->self, index) : 0;
    if (found != VM_UNBOUND) return push(l, found);
    return py_raise_int(TYPE_UNPICKLING_ERROR, "Memo value not found at index %S", index);
}
static int memo_put(Load *l, Value index) {
    if (!index || need(l, 1) < 0) return -1;
    if (py_int_compare(index, int_make(0)) < 0) return py_raise_int(TYPE_ValueError, "negative PUT argument");
    return unpickle_memo_put(l->self, index, item(l, l->depth - 1));
}
static Value line_index(Load *l) {
    Value text = number_line(l);
    return text ? py_int_from_text(text, 10) : 0;
}
static Value binary_index(Load *l, int width) {
    uint64_t n;
    return take_number(l, width, &n) < 0 ? 0 : int_make((int64_t)n);
}
static int load_frame(Load *l) {
    uint64_t n;
    if (take_number(l, 8, &n) < 0) return -1;
    if (n > INT64_MAX / 2) return py_raise_int(TYPE_OverflowError, "FRAME length exceeds system's maximum of %ld bytes", (long)INT64_MAX);
    if (l->in_frame && l->at < l->end && l->read) return fail("beginning of a new frame before end of current frame");
    if (!l->read) return l->end - l->at < n ? fail("pickle data was truncated") : 0;
    size_t from;
    if (take(l, n, &from) < 0) return -1;
    l->at = from;
    l->in_frame = true;
    return 0;
}
static int load_next_buffer(Load *l) {
    Value buffers = unpickler_of(l)->buffers;
    if (!buffers) return fail("pickle stream refers to out-of-band data but no *buffers* argument was given");
    Value next = py_next(buffers);
    return next == VM_STOP ? fail("not enough out-of-band buffers") : push(l, next);
}
static int load_readonly_buffer(Load *l) {
    Value buffer = pop(l), view = buffer ? py_call1(py_type(TYPE_MEMORYVIEW), buffer) : 0, readonly = view ? py_getattr_c(view, "readonly") : 0;
    if (!readonly) return -1;
    return push(l, readonly == VM_TRUE ? buffer : py_call_method(view, "toreadonly", 0, 0));
}
static int load_protocol(Load *l) {
    uint64_t n;
    if (take_number(l, 1, &n) < 0) return -1;
    if (n > PICKLE_HIGHEST) return py_raise_int(TYPE_ValueError, "unsupported pickle protocol: %d", (int)n);
    SET(unpickler_of(l), protocol, (int64_t)n);
    return 0;
}
static int load_pop(Load *l) {
    if (l->mark_count && l->depth == l->fence) return pop_mark(l) < 0 ? -1 : 0;
    return pop(l) ? 0 : -1;
}
static int load_pop_mark(Load *l) {
    int64_t start = pop_mark(l);
    if (start < 0) return -1;
    l->depth = start;
    return 0;
}
static int invalid_key(uint8_t op) {
    return op >= ' ' && op < 127 && op != '\'' && op != '\\' ? py_raise_int(TYPE_UNPICKLING_ERROR, "invalid load key, '%c'.", op)
                                                            : py_raise_int(TYPE_UNPICKLING_ERROR, "invalid load key, '\\x%x%x'.", op >> 4, op & 15);
}

static int load_op(Load *l, uint8_t op) {
    switch (op) {
    case OP_MARK: return push_mark(l);
    case OP_POP: return load_pop(l);
    case OP_POP_MARK: return load_pop_mark(l);
    case OP_DUP: return need(l, 1) < 0 ? -1 : push(l, item(l, l->depth - 1));
    case OP_NONE: return push(l, VM_NONE);
    case OP_NEWTRUE: return push(l, VM_TRUE);
    case OP_NEWFALSE: return push(l, VM_FALSE);
    case OP_INT: return load_int(l);
    case OP_LONG: return load_long(l);
    case OP_BININT: return load_unsigned(l, 4);
    case OP_BININT1: return load_unsigned(l, 1);
    case OP_BININT2: return load_unsigned(l, 2);
    case OP_LONG1: return load_binary_long(l, 1);
    case OP_LONG4: return load_binary_long(l, 4);
    case OP_FLOAT: return load_float(l, false);
    case OP_BINFLOAT: return load_float(l, true);
    case OP_STRING: return load_string(l);
    case OP_BINSTRING: return load_binary_string(l, 4);
    case OP_SHORT_BINSTRING: return load_binary_string(l, 1);
    case OP_UNICODE: return push(l, line_text(l, "raw-unicode-escape"));
    case OP_SHORT_BINUNICODE: return load_unicode(l, 1);
    case OP_BINUNICODE: return load_unicode(l, 4);
    case OP_BINUNICODE8: return load_unicode(l, 8);
    case OP_SHORT_BINBYTES: return load_bytes(l, 1);
    case OP_BINBYTES: return load_bytes(l, 4);
    case OP_BINBYTES8: return load_bytes(l, 8);
    case OP_BYTEARRAY8: return load_bytearray(l);
    case OP_EMPTY_TUPLE: return push(l, py_tuple_new(0));
    case OP_TUPLE1: return load_tuple(l, 1);
    case OP_TUPLE2: return load_tuple(l, 2);
    case OP_TUPLE3: return load_tuple(l, 3);
    case OP_TUPLE: return load_tuple(l, -1);
    case OP_EMPTY_LIST: return push(l, py_list_new(0));
    case OP_LIST: return load_list(l);
    case OP_EMPTY_DICT: return push(l, py_dict_new());
    case OP_DICT: return load_dict(l);
    case OP_EMPTY_SET: return push(l, py_set_new());
    case OP_FROZENSET: return load_frozenset(l);
    case OP_APPEND: return need(l, 2) < 0 ? -1 : append_items(l, l->depth - 1);
    case OP_APPENDS: return load_appends(l);
    case OP_SETITEM: return load_setitems(l, false);
    case OP_SETITEMS: return load_setitems(l, true);
    case OP_ADDITEMS: return load_additems(l);
    case OP_GLOBAL: return push(l, line_class(l));
    case OP_STACK_GLOBAL: return load_stack_global(l);
    case OP_EXT1: return load_extension(l, 1);
    case OP_EXT2: return load_extension(l, 2);
    case OP_EXT4: return load_extension(l, 4);
    case OP_INST: return load_instance(l);
    case OP_OBJ: return load_object(l);
    case OP_NEWOBJ: return load_new(l, false);
    case OP_NEWOBJ_EX: return load_new(l, true);
    case OP_REDUCE: return load_reduce(l);
    case OP_BUILD: return load_build(l);
    case OP_PERSID: return load_persistent(l, false);
    case OP_BINPERSID: return load_persistent(l, true);
    case OP_GET: return memo_get(l, line_index(l));
    case OP_BINGET: return memo_get(l, binary_index(l, 1));
    case OP_LONG_BINGET: return memo_get(l, binary_index(l, 4));
    case OP_PUT: return memo_put(l, line_index(l));
    case OP_BINPUT: return memo_put(l, binary_index(l, 1));
    case OP_LONG_BINPUT: return memo_put(l, binary_index(l, 4));
    case OP_MEMOIZE: return memo_put(l, int_make(unpickle_memo_count(l->self)));
    case OP_FRAME: return load_frame(l);
    case OP_NEXT_BUFFER: return load_next_buffer(l);
    case OP_READONLY_BUFFER: return load_readonly_buffer(l);
    case OP_PROTO: return load_protocol(l);
    default: return invalid_key(op);
    }
}

/* The end of the text where an opcode should be. */
static Value out_of_input(void) {
    if (!py_error_is(TYPE_UNPICKLING_ERROR)) return 0;
    py_error_clear();
    return py_raise(TYPE_EOFError, "Ran out of input");
}

Value pickle_load_bytes(Value unpickler, Value bytes_or_0) {
    PyUnpickler GS *u = REF(PyUnpickler, unpickler);
    Load l = {.self = unpickler, .text = bytes_or_0 ? bytes_or_0 : py_bytes_new("", 0), .stack = py_array_new(64)};
    if (!l.text || !l.stack) return 0;
    l.end = bytes_length(l.text);
    SET(u, protocol, 0);
    if (!bytes_or_0) l.read = GET(u, read), l.readline = GET(u, readline);
    for (;;) {
        size_t from;
        if (take(&l, 1, &from) < 0) return out_of_input();
        uint8_t op = *text_at(&l, from);
        if (op == OP_STOP) return pop(&l);
        if (load_op(&l, op) < 0) return 0;
    }
}
