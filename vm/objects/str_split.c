/* str_split.c -- split, splitlines, strip, partition, removeprefix and their kin. */
#include "vm/objects/str_methods.h"
#include "vm/objects/list.h"
#include "vm/objects/unicode_data.h"

static bool is_space(uint32_t c) {
    return c < 128 ? c == ' ' || c - 9 < 5 || c - 0x1c < 4 : unicode_is_space(c);
}

/* Appends s[start:end] to the list. */
static int add_part(Value list, Value s, size_t start, size_t end) {
    Value part = py_str_substring(s, start, end);
    return part ? list_append_fast(list, part) : -1;
}
/* For parts: a few are usual. */
static Value parts_new(void) {
    enum { FEW_PARTS = 6 };
    Value list = py_list_new(0);
    return list && list_reserve(REF(PyList, list), FEW_PARTS) == 0 ? list : 0;
}

/* ---- split ---------------------------------------------------------------------------------- */

static Value split_space(Value s, int64_t limit) {
    Value list = parts_new();
    if (!list) return 0;
    StrView v = str_view(s);
    size_t i = 0;
    for (;;) {
        while (i < v.length && is_space(view_char(&v, i))) i++;
        if (i == v.length) return list;
        size_t start = i;
        if (limit-- == 0) {
            if (add_part(list, s, start, v.length) < 0) return 0;
            return list;
        }
        while (i < v.length && !is_space(view_char(&v, i))) i++;
        if (add_part(list, s, start, i) < 0) return 0;
    }
}

static Value split_space_reverse(Value s, int64_t limit) {
    Value list = parts_new();
    if (!list) return 0;
    StrView v = str_view(s);
    size_t i = v.length;
    for (;;) {
        while (i > 0 && is_space(view_char(&v, i - 1))) i--;
        if (i == 0) return list;
        size_t end = i;
        if (limit-- == 0) {
            if (add_part(list, s, 0, end) < 0) return 0;
            return list;
        }
        while (i > 0 && !is_space(view_char(&v, i - 1))) i--;
        if (add_part(list, s, i, end) < 0) return 0;
    }
}

static Value split_by(Value s, Value separator, int64_t limit) {
    Value list = parts_new();
    if (!list) return 0;
    StrView v = str_view(s), sep = str_view(separator);
    size_t start = 0;
    while (limit-- != 0) {
        int64_t at = flat_find(&v, &sep, start, v.length);
        if (at < 0) break;
        if (add_part(list, s, start, (size_t)at) < 0) return 0;
        start = (size_t)at + sep.length;
    }
    return add_part(list, s, start, v.length) < 0 ? 0 : list;
}

static Value split_by_reverse(Value s, Value separator, int64_t limit) {
    Value list = parts_new();
    if (!list) return 0;
    StrView v = str_view(s), sep = str_view(separator);
    size_t end = v.length;
    while (limit-- != 0) {
        int64_t at = flat_rfind(&v, &sep, 0, end);
        if (at < 0) break;
        if (add_part(list, s, (size_t)at + sep.length, end) < 0) return 0;
        end = (size_t)at;
    }
    return add_part(list, s, 0, end) < 0 ? 0 : list;
}

static Value reversed(Value list) {
    if (!list) return 0;
    for (int64_t i = 0, j = py_list_length(list) - 1; i < j; i++, j--) {
        Value left = py_list_item(list, i);
        py_list_set_item(list, i, py_list_item(list, j));
        py_list_set_item(list, j, left);
    }
    return list;
}

static Value split(const Value *args, bool reverse) {
    Value s = args[0], sep = args[1];
    int64_t limit = -1;
    if (args[2]) {
        limit = py_index_int64(args[2], "OverflowError");
        if (limit == -1 && py_error()) return 0;
    }
    if (!sep || sep == VM_NONE)
        return reverse ? reversed(split_space_reverse(s, limit)) : split_space(s, limit);
    if (!py_is_str(sep)) return py_raise(TYPE_TypeError, "must be str or None, not %T", sep);
    if (str_length(sep) == 0) return py_raise(TYPE_ValueError, "empty separator");
    return reverse ? reversed(split_by_reverse(s, sep, limit)) : split_by(s, sep, limit);
}

PY_FN(str_method_split) { return split(args, false); }
PY_FN(str_method_rsplit) { return split(args, true); }

PY_FN(str_method_splitlines) {
    Value s = args[0], list = py_list_new(0);
    int keep = args[1] ? py_truth(args[1]) : 0;
    if (!list || keep < 0) return 0;
    StrView v = str_view(s);
    for (size_t i = 0; i < v.length;) {
        size_t start = i;
        while (i < v.length && !unicode_is_linebreak(view_char(&v, i))) i++;
        size_t end = i;
        if (i < v.length) {
            bool pair =
                view_char(&v, i) == '\r' && i + 1 < v.length && view_char(&v, i + 1) == '\n';
            i += pair ? 2 : 1;
        }
        if (add_part(list, s, start, keep ? i : end) < 0) return 0;
    }
    return list;
}

/* ---- partition ------------------------------------------------------------------------------ */

static Value partition(Value s, Value separator, bool last) {
    if (!py_is_str(separator)) return py_raise(TYPE_TypeError, "must be str, not %T", separator);
    if (str_length(separator) == 0) return py_raise(TYPE_ValueError, "empty separator");
    StrView v = str_view(s), sep = str_view(separator);
    int64_t at = last ? flat_rfind(&v, &sep, 0, v.length) : flat_find(&v, &sep, 0, v.length);
    if (at < 0 && last) return py_tuple_pack(3, NAME(empty), NAME(empty), str_exact(s));
    if (at < 0) return py_tuple_pack(3, str_exact(s), NAME(empty), NAME(empty));
    Value head = py_str_substring(s, 0, (size_t)at);
    Value tail = py_str_substring(s, (size_t)at + sep.length, v.length);
    if (!head || !tail) return 0;
    return py_tuple_pack(3, head, str_exact(separator), tail);
}

PY_FN(str_method_partition) { return partition(args[0], args[1], false); }
PY_FN(str_method_rpartition) { return partition(args[0], args[1], true); }

/* ---- strip ---------------------------------------------------------------------------------- */

enum { STRIP_LEFT = 1, STRIP_RIGHT = 2 };

static bool in_chars(const StrView *chars, uint32_t c) {
    return flat_find_char(chars, c, 0, chars->length) >= 0;
}

static Value strip(const Value *args, int sides, const char *name) {
    Value s = args[0], chars = args[1];
    StrView v = str_view(s), set = {0};
    bool space = !chars || chars == VM_NONE;
    if (!space) {
        if (!py_is_str(chars)) return py_raise(TYPE_TypeError, "%s arg must be None or str", name);
        set = str_view(chars);
    }
    size_t start = 0, end = v.length;
#define STRIPPED(i) (space ? is_space(view_char(&v, i)) : in_chars(&set, view_char(&v, i)))
    if (sides & STRIP_LEFT)
        while (start < end && STRIPPED(start)) start++;
    if (sides & STRIP_RIGHT)
        while (end > start && STRIPPED(end - 1)) end--;
#undef STRIPPED
    return py_str_substring(s, start, end);
}

PY_FN(str_method_strip) { return strip(args, STRIP_LEFT | STRIP_RIGHT, "strip"); }
PY_FN(str_method_lstrip) { return strip(args, STRIP_LEFT, "lstrip"); }
PY_FN(str_method_rstrip) { return strip(args, STRIP_RIGHT, "rstrip"); }

PY_FN(str_method_removeprefix) {
    if (str_check(args[1], "removeprefix() argument") < 0) return 0;
    StrView v = str_view(args[0]), prefix = str_view(args[1]);
    bool has = prefix.length <= v.length && flat_equal_at(&v, 0, &prefix);
    return py_str_substring(args[0], has ? prefix.length : 0, v.length);
}

PY_FN(str_method_removesuffix) {
    if (str_check(args[1], "removesuffix() argument") < 0) return 0;
    StrView v = str_view(args[0]), suffix = str_view(args[1]);
    bool has = suffix.length <= v.length && flat_equal_at(&v, v.length - suffix.length, &suffix);
    return py_str_substring(args[0], 0, v.length - (has ? suffix.length : 0));
}
