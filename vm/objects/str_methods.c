/* str_methods.c -- find and its kin, replace, join, padding, encode. */
#include "vm/objects/codec.h"
#include "vm/objects/str_methods.h"

int str_optional_utf8(Value v, const char *function, const char *name, const char **out) {
    *out = 0;
    if (!v) return 0;
    if (!py_is_str(v))
        return py_raise_int(TYPE_TypeError, "%s() argument '%s' must be str, not %T", function,
                            name, v);
    size_t length;
    *out = py_str_utf8(v, &length);
    if (*out && strlen(*out) != length)
        return py_raise_int(TYPE_ValueError, "embedded null character");
    return *out ? 0 : -1;
}

/* ---- find, count, startswith ---------------------------------------------------------------- */

typedef int64_t (*FindFn)(const StrView *, const StrView *, size_t, size_t);

/* -2: exception. */
static int64_t find(const Value *args, FindFn fn) {
    if (!py_is_str(args[1]))
        return py_raise_int(TYPE_TypeError, "must be str, not %T", args[1]) - 1;
    int64_t start, end;
    if (str_range_may_call(args[2], args[3], (int64_t)str_length(args[0]), &start, &end) < 0)
        return -2;
    if (start > end) return -1;
    StrView hay = str_view(args[0]), needle = str_view(args[1]);
    return fn(&hay, &needle, (size_t)start, (size_t)end);
}

PY_FN(str_method_find) {
    int64_t at = find(args, flat_find);
    return at == -2 ? 0 : py_int_from_i64(at);
}
PY_FN(str_method_rfind) {
    int64_t at = find(args, flat_rfind);
    return at == -2 ? 0 : py_int_from_i64(at);
}
static Value found_or_raise(int64_t at) {
    if (at == -2) return 0;
    return at < 0 ? py_raise(TYPE_ValueError, "substring not found") : py_int_from_i64(at);
}
PY_FN(str_method_index) { return found_or_raise(find(args, flat_find)); }
PY_FN(str_method_rindex) { return found_or_raise(find(args, flat_rfind)); }

static int64_t count_all(const StrView *hay, const StrView *needle, size_t start, size_t end) {
    return flat_count(hay, needle, start, end, -1);
}
PY_FN(str_method_count) {
    int64_t count = find(args, count_all);
    return count == -2 ? 0 : py_int_from_i64(count < 0 ? 0 : count);
}

static bool matches(Value s, Value affix, int64_t start, int64_t end, bool at_end) {
    StrView v = str_view(s), part = str_view(affix);
    int64_t n = (int64_t)part.length;
    if (end - start < n) return false;
    return flat_equal_at(&v, (size_t)(at_end ? end - n : start), &part);
}

static Value has_affix(const Value *args, bool at_end) {
    const char *name = at_end ? "endswith" : "startswith";
    Value s = args[0], affix = args[1];
    int64_t start, end;
    if (str_range_may_call(args[2], args[3], (int64_t)str_length(s), &start, &end) < 0) return 0;
    if (py_is_str(affix)) return vm_bool(matches(s, affix, start, end, at_end));
    if (!py_is_tuple(affix))
        return py_raise(TYPE_TypeError, "%s first arg must be str or a tuple of str, not %T", name,
                        affix);
    for (int64_t i = 0; i < tuple_length(affix); i++) {
        Value item = tuple_item(affix, i);
        if (!py_is_str(item))
            return py_raise(TYPE_TypeError, "tuple for %s must only contain str, not %T", name,
                            item);
        if (matches(s, item, start, end, at_end)) return VM_TRUE;
    }
    return VM_FALSE;
}
PY_FN(str_method_startswith) { return has_affix(args, false); }
PY_FN(str_method_endswith) { return has_affix(args, true); }

/* ---- replace -------------------------------------------------------------------------------- */

static uint32_t max_class(const StrView *v) { return flat_max_char(v->data, v->width, v->length); }

/* The characters of v with `times` occurrences of old replaced, written at `to`. */
static void replace_into(char *to, unsigned width, const StrView *v, const StrView *old,
                         const StrView *new, int64_t times) {
    size_t from = 0;
    while (times-- > 0) {
        size_t at;
        if (old->length)
            at = (size_t)flat_find(v, old, from, v->length);
        else
            at = from;
        size_t kept = at - from;
        flat_copy(to, width, (const char *)v->data + from * v->width, v->width, kept);
        to += kept * width;
        flat_copy(to, width, new->data, new->width, new->length);
        to += new->length *width;
        from = at + old->length;
        if (!old->length && times > 0) {
            flat_put(to, width, 0, view_char(v, from++));
            to += width;
        }
    }
    flat_copy(to, width, (const char *)v->data + from * v->width, v->width, v->length - from);
}

PY_FN(str_method_replace) {
    Value s = args[0];
    int64_t limit = -1;
    if (!py_is_str(args[1]))
        return py_raise(TYPE_TypeError, "replace() argument 1 must be str, not %T", args[1]);
    if (!py_is_str(args[2]))
        return py_raise(TYPE_TypeError, "replace() argument 2 must be str, not %T", args[2]);
    if (args[3]) {
        limit = py_index_int64(args[3], "OverflowError");
        if (limit == -1 && py_error()) return 0;
    }
    StrView v = str_view(s), old = str_view(args[1]), new = str_view(args[2]);
    if (limit == 0 || old.length > v.length) return str_exact(s);
    int64_t times = flat_count(&v, &old, 0, v.length, limit);
    if (times == 0) return str_exact(s);
    size_t length = v.length - (size_t)times * old.length;
    if (new.length && (size_t)times > (STR_MAX_LENGTH - length) / new.length)
        return py_raise(TYPE_OverflowError, "replace string is too long");
    length += (size_t)times * new.length;
    if (length == 0) return NAME(empty);
    uint32_t a = max_class(&v), b = max_class(&new), max_char = a > b ? a : b;
    if (a > b) { /* the widest may be the one that goes: write, then look */
        unsigned width = width_for(max_char);
        Value raw = py_raw_new(length * width);
        if (!raw) return 0;
        char *to = stm_flat(REF(PyRaw, raw)->data, length * width, true);
        replace_into(to, width, &v, &old, &new, times);
        return str_from_flat(to, width, length);
    }
    Value out = py_str_alloc(length, max_char);
    if (!out) return 0;
    replace_into(str_fill(out), width_for(max_char), &v, &old, &new, times);
    return length == 1 ? py_str_char(str_at(out, 0)) : out;
}

/* ---- join ----------------------------------------------------------------------------------- */

/* Checks the items; *length and *max_char of the result, -1 with an exception. */
static int join_measure(Value separator, const Value GS *items, int64_t count, size_t *length,
                        uint32_t *max_char) {
    StrView sep = str_view(separator);
    uint32_t all = count > 1 && sep.length ? max_class(&sep) : 0;
    *length = sep.length * (size_t)(count - 1);
    for (int64_t i = 0; i < count; i++) {
        Value item = items[i];
        if (!py_is_str(item))
            return py_raise_int(TYPE_TypeError,
                                "sequence item %ld: expected str instance, %T found", (long)i,
                                item);
        PyStr GS *str = REF(PyStr, item);
        *length += str->length;
        all |= str->ascii ? 0x7f : str->width == 1 ? 0xff : str->width == 2 ? 0xffff : STR_MAX_CHAR;
        if (*length > STR_MAX_LENGTH)
            return py_raise_int(TYPE_OverflowError,
                                "join() result is too long for a Python string");
    }
    *max_char = all;
    return 0;
}

/* The items of a tuple or list, read-marked. */
static const Value GS *sequence_items(Value sequence, int64_t *count) {
    if (py_is_tuple(sequence)) {
        *count = tuple_length(sequence);
        return REF(PyTuple, sequence)->items;
    }
    *count = py_list_length(sequence);
    PyList GS *list = REF(PyList, sequence);
    Value storage = GET(list, items);
    if (!storage) return 0;
    const Value GS *items = REF(PyArray, storage)->items;
    stm_read_range(items, (size_t)*count * sizeof(Value));
    return items;
}

Value py_str_join(Value separator, Value iterable) {
    Value sequence = iterable;
    if (!py_is_tuple(iterable) && !is_exactly(iterable, TYPE_LIST)) {
        sequence = py_list_from_iterable(iterable);
        if (!sequence && py_error_is(TYPE_TypeError) &&
            !py_type_lookup(py_type_of(iterable), NAME(__iter__)) &&
            !py_type_lookup(py_type_of(iterable), NAME(__getitem__))) {
            py_error_clear();
            return py_raise(TYPE_TypeError, "can only join an iterable");
        }
        if (!sequence) return 0;
    }
    int64_t count;
    const Value GS *items = sequence_items(sequence, &count);
    if (count == 0) return NAME(empty);
    if (count == 1 && is_exactly(items[0], TYPE_STR)) return items[0];
    size_t length;
    uint32_t max_char = 0;
    if (join_measure(separator, items, count, &length, &max_char) < 0) return 0;
    if (length == 0) return NAME(empty);
    Value out = py_str_alloc(length, max_char);
    if (!out) return 0;
    unsigned width = width_for(max_char);
    char *to = str_fill(out);
    StrView sep = str_view(separator);
    for (int64_t i = 0; i < count; i++) {
        if (i && sep.length) {
            flat_copy(to, width, sep.data, sep.width, sep.length);
            to += sep.length * width;
        }
        StrView item = str_view(items[i]);
        flat_copy(to, width, item.data, item.width, item.length);
        to += item.length * width;
    }
    return length == 1 ? py_str_char(str_at(out, 0)) : out;
}
PY_FN(str_method_join) { return py_str_join(args[0], args[1]); }

/* ---- padding -------------------------------------------------------------------------------- */

static Value pad(Value s, size_t left, size_t right, uint32_t fill) {
    if (!left && !right) return str_exact(s);
    PyStrBuilder b;
    py_builder_init(&b);
    if (left + right > STR_MAX_LENGTH) return py_raise_memory();
    if (str_builder_reserve(&b, left + right + str_length(s), fill) < 0) return 0;
    if (str_builder_fill(&b, fill, left) < 0 || py_builder_str(&b, s) < 0 ||
        str_builder_fill(&b, fill, right) < 0)
        return 0;
    return py_builder_finish(&b);
}

/* Width and fill arguments: how many characters are missing, or -1. */
static int64_t missing_may_call(const Value *args, uint32_t *fill) {
    int64_t width = py_index_int64(args[1], "OverflowError");
    if (width == -1 && py_error()) return -1;
    *fill = ' ';
    if (args[2]) {
        if (!py_is_str(args[2]))
            return py_raise_int(TYPE_TypeError,
                                "The fill character must be a unicode character, not %T", args[2]);
        if (str_length(args[2]) != 1)
            return py_raise_int(TYPE_TypeError,
                                "The fill character must be exactly one character long");
        *fill = str_at(args[2], 0);
    }
    int64_t length = (int64_t)str_length(args[0]);
    return width > length ? width - length : 0;
}

PY_FN(str_method_ljust) {
    uint32_t fill;
    int64_t n = missing_may_call(args, &fill);
    return n < 0 ? 0 : pad(args[0], 0, (size_t)n, fill);
}
PY_FN(str_method_rjust) {
    uint32_t fill;
    int64_t n = missing_may_call(args, &fill);
    return n < 0 ? 0 : pad(args[0], (size_t)n, 0, fill);
}
PY_FN(str_method_center) {
    uint32_t fill;
    int64_t n = missing_may_call(args, &fill);
    if (n < 0) return 0;
    int64_t width = n + (int64_t)str_length(args[0]), left = n / 2 + (n & width & 1);
    return pad(args[0], (size_t)left, (size_t)(n - left), fill);
}

PY_FN(str_method_zfill) {
    Value s = args[0];
    int64_t width = py_index_int64(args[1], "OverflowError");
    if (width == -1 && py_error()) return 0;
    int64_t length = (int64_t)str_length(s);
    if (width <= length) return str_exact(s);
    bool sign = length && (str_at(s, 0) == '+' || str_at(s, 0) == '-');
    if ((size_t)width > STR_MAX_LENGTH) return py_raise_memory();
    PyStrBuilder b;
    py_builder_init(&b);
    StrView v = str_view(s), rest = view_part(&v, sign, v.length);
    if (sign && py_builder_char(&b, view_char(&v, 0)) < 0) return 0;
    if (str_builder_fill(&b, '0', (size_t)(width - length)) < 0 || str_builder_view(&b, &rest) < 0)
        return 0;
    return py_builder_finish(&b);
}

PY_FN(str_method_expandtabs) {
    int64_t size = 8;
    if (args[1]) {
        size = py_index_int64(args[1], "OverflowError");
        if (size == -1 && py_error()) return 0;
    }
    StrView v = str_view(args[0]);
    if (flat_find_char(&v, '\t', 0, v.length) < 0) return str_exact(args[0]);
    PyStrBuilder b;
    py_builder_init(&b);
    size_t column = 0;
    for (size_t i = 0; i < v.length; i++) {
        uint32_t c = view_char(&v, i);
        if (c == '\t') {
            if (size <= 0) continue;
            size_t n = (size_t)size - column % (size_t)size;
            if (n > STR_MAX_LENGTH) return py_raise(TYPE_OverflowError, "new string is too long");
            if (str_builder_fill(&b, ' ', n) < 0) return 0;
            column += n;
            continue;
        }
        if (py_builder_char(&b, c) < 0) return 0;
        column = c == '\n' || c == '\r' ? 0 : column + 1;
    }
    return py_builder_finish(&b);
}

PY_FN(str_method_encode) {
    const char *encoding, *errors;
    if (str_optional_utf8(args[1], "encode", "encoding", &encoding) < 0) return 0;
    if (str_optional_utf8(args[2], "encode", "errors", &errors) < 0) return 0;
    return py_encode(args[0], encoding ? encoding : "utf-8", errors);
}
