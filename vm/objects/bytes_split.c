/* bytes_split.c -- split, splitlines, strip, partition ... of bytes and bytearray. The arguments'
 * views are taken after the last call, and nothing here calls while they are in use. */
#include "vm/objects/bytes_methods.h"

static bool is_space(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }

static Value part(Value self, const ByteView *view, size_t start, size_t end) {
    if (start == 0 && end == view->length && is_exactly(self, TYPE_BYTES)) return self;
    return bytes_like_new(self, view->data + start, end - start);
}

static int add_part(Value list, Value self, const ByteView *view, size_t start, size_t end) {
    Value item = part(self, view, start, end);
    return item ? py_list_append(list, item) : -1;
}

/* ---- split ---------------------------------------------------------------------------------- */

static int split_space(Value list, Value self, int64_t limit) {
    ByteView v = byte_view_self(self);
    for (size_t i = 0;;) {
        while (i < v.length && is_space(v.data[i])) i++;
        if (i == v.length) return 0;
        size_t start = i;
        if (limit-- == 0) return add_part(list, self, &v, start, v.length);
        while (i < v.length && !is_space(v.data[i])) i++;
        if (add_part(list, self, &v, start, i) < 0) return -1;
    }
}

static int split_space_reverse(Value list, Value self, int64_t limit) {
    ByteView v = byte_view_self(self);
    for (size_t i = v.length;;) {
        while (i > 0 && is_space(v.data[i - 1])) i--;
        if (i == 0) return 0;
        size_t end = i;
        if (limit-- == 0) return add_part(list, self, &v, 0, end);
        while (i > 0 && !is_space(v.data[i - 1])) i--;
        if (add_part(list, self, &v, i, end) < 0) return -1;
    }
}

static int split_by(Value list, Value self, const ByteView *separator, int64_t limit) {
    ByteView view = byte_view_self(self);
    StrView v = byte_str_view(&view), sep = byte_str_view(separator);
    size_t start = 0;
    while (limit-- != 0) {
        int64_t at = flat_find(&v, &sep, start, v.length);
        if (at < 0) break;
        if (add_part(list, self, &view, start, (size_t)at) < 0) return -1;
        start = (size_t)at + sep.length;
    }
    return add_part(list, self, &view, start, v.length);
}

static int split_by_reverse(Value list, Value self, const ByteView *separator, int64_t limit) {
    ByteView view = byte_view_self(self);
    StrView v = byte_str_view(&view), sep = byte_str_view(separator);
    size_t end = v.length;
    while (limit-- != 0) {
        int64_t at = flat_rfind(&v, &sep, 0, end);
        if (at < 0) break;
        if (add_part(list, self, &view, (size_t)at + sep.length, end) < 0) return -1;
        end = (size_t)at;
    }
    return add_part(list, self, &view, 0, end);
}

static void reverse_list(Value list) {
    for (int64_t i = 0, j = py_list_length(list) - 1; i < j; i++, j--) {
        Value left = py_list_item(list, i);
        py_list_set_item(list, i, py_list_item(list, j));
        py_list_set_item(list, j, left);
    }
}

static Value split(const Value *args, bool reverse) {
    Value self = args[0], list = py_list_new(0);
    int64_t limit = -1;
    if (args[2]) {
        limit = py_index_int64(args[2], "OverflowError");
        if (limit == -1 && py_error()) return 0;
    }
    int status;
    if (!args[1] || args[1] == VM_NONE) {
        status = reverse ? split_space_reverse(list, self, limit) : split_space(list, self, limit);
    } else {
        ByteView sep;
        if (byte_view_get(args[1], &sep) < 0) return 0;
        if (sep.length == 0)
            status = py_raise_int(TYPE_ValueError, "empty separator");
        else
            status = reverse ? split_by_reverse(list, self, &sep, limit)
                             : split_by(list, self, &sep, limit);
        byte_view_release(&sep);
    }
    if (status < 0) return 0;
    if (reverse) reverse_list(list);
    return list;
}
PY_FN(bytes_method_split) { return split(args, false); }
PY_FN(bytes_method_rsplit) { return split(args, true); }

PY_FN(bytes_method_splitlines) {
    int keep = args[1] ? py_truth(args[1]) : 0;
    Value list = py_list_new(0);
    if (!list || keep < 0) return 0;
    ByteView v = byte_view_self(args[0]);
    for (size_t i = 0; i < v.length;) {
        size_t start = i;
        while (i < v.length && v.data[i] != '\n' && v.data[i] != '\r') i++;
        size_t end = i;
        if (i < v.length)
            i += v.data[i] == '\r' && i + 1 < v.length && v.data[i + 1] == '\n' ? 2 : 1;
        if (add_part(list, args[0], &v, start, keep ? i : end) < 0) return 0;
    }
    return list;
}

/* ---- partition ------------------------------------------------------------------------------ */

static Value partition(const Value *args, bool last) {
    Value self = args[0];
    ByteView separator;
    if (byte_view_get(args[1], &separator) < 0) return 0;
    ByteView view = byte_view_self(self);
    StrView v = byte_str_view(&view), sep = byte_str_view(&separator);
    Value result = 0;
    if (sep.length == 0) {
        py_raise(TYPE_ValueError, "empty separator");
    } else {
        int64_t at = last ? flat_rfind(&v, &sep, 0, v.length) : flat_find(&v, &sep, 0, v.length);
        bool found = at >= 0;
        size_t cut = found ? (size_t)at : last ? 0 : v.length;
        size_t rest = found ? cut + sep.length : last ? 0 : v.length;
        Value head = part(self, &view, 0, cut), tail = part(self, &view, rest, v.length);
        Value middle = bytes_like_new(self, separator.data, found ? sep.length : 0);
        if (found && py_is_bytes(self) && is_exactly(args[1], TYPE_BYTES)) middle = args[1];
        result = head && middle && tail ? py_tuple_pack(3, head, middle, tail) : 0;
    }
    byte_view_release(&separator);
    return result;
}
PY_FN(bytes_method_partition) { return partition(args, false); }
PY_FN(bytes_method_rpartition) { return partition(args, true); }

/* ---- strip ---------------------------------------------------------------------------------- */

static Value strip(const Value *args, bool left, bool right) {
    ByteView set = {0};
    bool space = !args[1] || args[1] == VM_NONE;
    if (!space && byte_view_get(args[1], &set) < 0) return 0;
    ByteView v = byte_view_self(args[0]);
    size_t start = 0, end = v.length;
#define STRIPPED(c) (space ? is_space(c) : memchr(set.data, c, set.length) != 0)
    while (left && start < end && STRIPPED(v.data[start])) start++;
    while (right && end > start && STRIPPED(v.data[end - 1])) end--;
#undef STRIPPED
    byte_view_release(&set);
    return part(args[0], &v, start, end);
}
PY_FN(bytes_method_strip) { return strip(args, true, true); }
PY_FN(bytes_method_lstrip) { return strip(args, true, false); }
PY_FN(bytes_method_rstrip) { return strip(args, false, true); }

static Value remove_affix(const Value *args, bool at_end) {
    ByteView affix;
    if (byte_view_get(args[1], &affix) < 0) return 0;
    ByteView v = byte_view_self(args[0]);
    size_t n = affix.length;
    bool has = n && n <= v.length && !memcmp(v.data + (at_end ? v.length - n : 0), affix.data, n);
    byte_view_release(&affix);
    return part(args[0], &v, has && !at_end ? n : 0, v.length - (has && at_end ? n : 0));
}
PY_FN(bytes_method_removeprefix) { return remove_affix(args, false); }
PY_FN(bytes_method_removesuffix) { return remove_affix(args, true); }
