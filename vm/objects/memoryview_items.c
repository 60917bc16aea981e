/* memoryview_items.c -- items and slices of memoryviews: subscripts, tolist. */
#include "vm/objects/iterators.h"
#include "vm/objects/memoryview.h"
#include "vm/objects/str.h"
#include "vm/objects/type.h"

/* ---- items ------------------------------------------------------------------------------------------------------ */

static Value item_from(Value v, const uint8_t *data) {
    char format = view_format_char(v);
    if (!format || !buffer_item_size(format))
        return py_raise(TYPE_NotImplementedError, "memoryview: format %S not supported", view_of(v)->format);
    return buffer_item_get(data, format);
}

/* `offset` bytes from the first item. */
static Value load(Value v, int64_t offset) {
    PyBuffer buffer;
    const uint8_t *data = view_memory(v, &buffer, false);
    if (!data) return 0;
    Value item = item_from(v, data + offset);
    py_release_buffer(&buffer);
    return item;
}
static int store_may_call(Value v, int64_t offset, Value value) {
    uint8_t item[8];
    char format = view_format_char(v);
    if (!format || !buffer_item_size(format))
        return py_raise_int(TYPE_NotImplementedError, "memoryview: format %S not supported", view_of(v)->format);
    if (buffer_item_set_may_call(item, format, value) < 0) return -1;
    PyBuffer buffer;
    uint8_t *data = view_memory(v, &buffer, true);
    if (!data) return -1;
    memcpy(data + offset, item, (size_t)view_of(v)->item_size);
    py_release_buffer(&buffer);
    return 0;
}

Value view_item_at(Value v, int64_t i) { return load(v, i * view_of(v)->stride); }

/* ---- keys ------------------------------------------------------------------------------------------------------------ */

/* Adds what `key` means in dimension i (of `length` items) to *offset; 0 or -1. May call. */
static int add_index(Value key, int dimension, int64_t length, int64_t stride, int64_t *offset) {
    int64_t i = py_index_int64(key, "IndexError");
    if (i == -1 && py_error()) return -1;
    if (i < 0) i += length;
    if (i < 0 || i >= length) return py_raise_int(TYPE_IndexError, "index out of bounds on dimension %d", dimension + 1);
    *offset += i * stride;
    return 0;
}

static bool all_items(Value tuple, bool (*test)(Value)) {
    for (int64_t i = 0; i < tuple_length(tuple); i++)
        if (!test(tuple_item(tuple, i))) return false;
    return true;
}
static bool is_slice(Value v) { return is_exactly(v, TYPE_SLICE); }
static bool is_index(Value v) { return has_index(v); }

/* The offset of the item that a tuple of indices means; 0 or -1. May call. */
static int tuple_offset(Value v, Value tuple, int64_t *offset) {
    ViewDims dims;
    view_dims(v, &dims);
    int64_t n = tuple_length(tuple);
    if (n < dims.count) return py_raise_int(TYPE_NotImplementedError, "sub-views are not implemented");
    if (n > dims.count)
        return py_raise_int(TYPE_TypeError, "cannot index %d-dimension view with %ld-element tuple", dims.count, (long)n);
    *offset = 0;
    for (int i = 0; i < dims.count; i++)
        if (add_index(tuple_item(tuple, i), i, dims.length[i], dims.stride[i], offset) < 0) return -1;
    return 0;
}

/* Along the first dimension. An index may release the view itself, but not the one that is made of it. */
static Value slice_of(Value given, Value key) {
    int64_t start, stop, step, count;
    ViewDims dims;
    Value v = view_from(given);
    if (!v || py_slice_indices(key, view_of(v)->length, &start, &stop, &step, &count) < 0) return 0;
    view_dims(v, &dims);
    int64_t offset = view_of(v)->offset + start * dims.stride[0];
    dims.length[0] = count > 0 ? count : 0;
    dims.stride[0] *= step;
    Value part = view_like(v, offset, &dims);
    view_release_now(v);
    return part;
}

static Value getitem_without_dims(Value v, Value key) {
    if (key == VM_ELLIPSIS) return v;
    if (py_is_tuple(key) && tuple_length(key) == 0) return load(v, 0);
    return py_raise(TYPE_TypeError, "invalid indexing of 0-dim memory");
}

Value view_getitem(Value v, Value key) {
    if (view_check_released(v) < 0) return 0;
    int64_t offset = 0, ndim = view_of(v)->ndim;
    if (ndim == 0) return getitem_without_dims(v, key);
    if (key == VM_ELLIPSIS) return v;
    if (is_slice(key)) return slice_of(v, key);
    if (has_index(key)) {
        if (ndim > 1) return py_raise(TYPE_NotImplementedError, "multi-dimensional sub-views are not implemented");
        return add_index(key, 0, view_of(v)->length, view_of(v)->stride, &offset) < 0 ? 0 : load(v, offset);
    }
    if (py_is_tuple(key) && all_items(key, is_index)) return tuple_offset(v, key, &offset) < 0 ? 0 : load(v, offset);
    if (py_is_tuple(key) && all_items(key, is_slice))
        return py_raise(TYPE_NotImplementedError, "multi-dimensional slicing is not implemented");
    return py_raise(TYPE_TypeError, "memoryview: invalid slice key");
}

/* ---- assignment -------------------------------------------------------------------------------------------------------- */

static int copy_items(Value target, Value source) {
    size_t size = 0;
    uint8_t *from = view_gather(source, false, &size);
    if (!from) return -1;
    PyBuffer buffer;
    uint8_t *data = view_memory(target, &buffer, true);
    PyMemoryView GS *m = view_of(target);
    for (int64_t i = 0; data && i < m->length; i++)
        memcpy(data + i * m->stride, from + i * m->item_size, (size_t)m->item_size);
    __builtin_free(from);
    if (data) py_release_buffer(&buffer);
    return data ? 0 : -1;
}

static int store_slice(Value v, Value key, Value value) {
    if (!is_exactly(value, TYPE_MEMORYVIEW) && !vm_type_of(value)->slots->get_buffer)
        return py_raise_int(TYPE_TypeError, "a bytes-like object is required, not '%T'", value);
    Value target = slice_of(v, key), source = target ? view_from(value) : 0;
    if (!source || view_check_released(v) < 0) return -1; /* the key may have released it */
    PyMemoryView GS *to = view_of(target), *from = view_of(source);
    bool same = from->ndim == 1 && to->length == from->length && to->item_size == from->item_size &&
                (view_format_char(target) ? view_format_char(target) == view_format_char(source)
                                          : py_str_equal(to->format, from->format));
    int result = same ? copy_items(target, source)
                      : py_raise_int(TYPE_ValueError, "memoryview assignment: lvalue and rvalue have different structures");
    Value error = py_error_take();
    view_release_now(source);
    view_release_now(target);
    py_error_restore(error);
    return result;
}

static int setitem_without_dims(Value v, Value key, Value value) {
    if (key == VM_ELLIPSIS || (py_is_tuple(key) && tuple_length(key) == 0)) return store_may_call(v, 0, value);
    return py_raise_int(TYPE_TypeError, "invalid indexing of 0-dim memory");
}

int view_setitem(Value v, Value key, Value value_or_0) {
    if (view_check_released(v) < 0) return -1;
    int64_t offset = 0, ndim = view_of(v)->ndim;
    if (view_of(v)->flags & MEMORYVIEW_READONLY) return py_raise_int(TYPE_TypeError, "cannot modify read-only memory");
    if (!value_or_0) return py_raise_int(TYPE_TypeError, "cannot delete memory");
    if (ndim == 0) return setitem_without_dims(v, key, value_or_0);
    if (has_index(key)) {
        if (ndim > 1) return py_raise_int(TYPE_NotImplementedError, "sub-views are not implemented");
        return add_index(key, 0, view_of(v)->length, view_of(v)->stride, &offset) < 0 ? -1 : store_may_call(v, offset, value_or_0);
    }
    if (is_slice(key) && ndim == 1) return store_slice(v, key, value_or_0);
    if (py_is_tuple(key) && all_items(key, is_index))
        return tuple_offset(v, key, &offset) < 0 ? -1 : store_may_call(v, offset, value_or_0);
    if (is_slice(key) || (py_is_tuple(key) && all_items(key, is_slice)))
        return py_raise_int(TYPE_NotImplementedError, "memoryview slice assignments are currently restricted to ndim = 1");
    return py_raise_int(TYPE_TypeError, "memoryview: invalid slice key");
}

/* ---- tolist ------------------------------------------------------------------------------------------------------------- */

static Value list_of(Value v, const ViewDims *dims, int dimension, const uint8_t *data) {
    if (dimension == dims->count) return item_from(v, data);
    Value list = py_list_new((size_t)dims->length[dimension]);
    for (int64_t i = 0; list && i < dims->length[dimension]; i++) {
        Value item = list_of(v, dims, dimension + 1, data + i * dims->stride[dimension]);
        if (!item) return 0;
        py_list_set_item(list, i, item);
    }
    return list;
}

PY_FN(view_tolist) {
    PyBuffer buffer;
    ViewDims dims;
    const uint8_t *data = view_memory(args[0], &buffer, false);
    if (!data) return 0;
    view_dims(args[0], &dims);
    Value list = list_of(args[0], &dims, 0, data);
    py_release_buffer(&buffer);
    return list;
}
