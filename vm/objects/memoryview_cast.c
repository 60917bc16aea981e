/* memoryview_cast.c -- memoryview.cast: other items, or other dimensions of the same bytes. */
#include "vm/objects/memoryview.h"
#include "vm/objects/str.h"

/* The size of the items of a format that a view can be cast to, and the format's character; 0 with an exception. */
static int64_t cast_format(Value format, char *code) {
    const char *text = py_str_utf8(format, 0);
    if (!text) return 0;
    if (*text == '@') text++;
    *code = *text;
    int64_t size = *text && !text[1] ? buffer_item_size(*text) : 0;
    if (size) return size;
    return (int64_t)py_raise(TYPE_ValueError, "memoryview: destination format must be a native single character format prefixed "
                                              "with an optional '@'");
}

/* Dimensions of contiguous items from the shape argument; the number of bytes, or -1. */
static int64_t shape_argument(Value shape, int64_t item_size, ViewDims *dims) {
    Value tuple = py_tuple_from_iterable(shape);
    if (!tuple) return -1;
    int64_t bytes = item_size;
    dims->count = (int)tuple_length(tuple);
    for (int i = 0; i < dims->count; i++) {
        Value v = tuple_item(tuple, i);
        if (!py_is_int(v)) return py_raise_int(TYPE_TypeError, "memoryview.cast(): elements of shape must be integers");
        int64_t n = py_int_i64_or_raise(v, "ssize_t");
        if (n == -1 && py_error()) return -1;
        if (n <= 0) return py_raise_int(TYPE_ValueError, "memoryview.cast(): elements of shape must be integers > 0");
        if (__builtin_mul_overflow(bytes, n, &bytes))
            return py_raise_int(TYPE_ValueError, "memoryview.cast(): product(shape) > SSIZE_MAX");
        dims->length[i] = n;
    }
    for (int64_t i = dims->count - 1, stride = item_size; i >= 0; stride *= dims->length[i--]) dims->stride[i] = stride;
    return bytes;
}

static bool has_zero(const ViewDims *dims) {
    for (int i = 0; i < dims->count; i++)
        if (!dims->length[i] || !dims->stride[i]) return true;
    return false;
}

/* The dimensions that the cast gives; 0 or -1. */
static int cast_dims(Value v, Value shape, int64_t item_size, ViewDims *dims) {
    int64_t bytes = view_bytes(v);
    int old_count = (int)view_of(v)->ndim;
    view_dims(v, dims);
    if ((shape || old_count != 1) && has_zero(dims))
        return py_raise_int(TYPE_TypeError, "memoryview: cannot cast view with zeros in shape or strides");
    if (bytes % item_size) return py_raise_int(TYPE_TypeError, "memoryview: length is not a multiple of itemsize");
    if (!shape) {
        *dims = (ViewDims){.count = 1, .length = {bytes / item_size}, .stride = {item_size}};
        return 0;
    }
    int64_t count = py_is_list(shape) ? py_list_length(shape) : py_is_tuple(shape) ? tuple_length(shape) : -1;
    if (count < 0) return py_raise_int(TYPE_TypeError, "shape must be a list or a tuple");
    if (count > MEMORYVIEW_MAX_DIMS)
        return py_raise_int(TYPE_ValueError, "memoryview: number of dimensions must not exceed %d", MEMORYVIEW_MAX_DIMS);
    if (old_count != 1 && count != 1) return py_raise_int(TYPE_TypeError, "memoryview: cast must be 1D -> ND or ND -> 1D");
    int64_t wanted = shape_argument(shape, item_size, dims);
    if (wanted < 0 || wanted == bytes) return wanted < 0 ? -1 : 0;
    return py_raise_int(TYPE_TypeError, "memoryview: product(shape) * itemsize != buffer size");
}

PY_FN(view_cast) {
    Value v = args[0], format = args[1];
    if (view_check_released(v) < 0) return 0;
    if (!py_is_str(format)) return py_raise(TYPE_TypeError, "cast() argument 'format' must be str, not %T", format);
    if (!view_is_contiguous(v, false)) return py_raise(TYPE_TypeError, "memoryview: casts are restricted to C-contiguous views");
    char code = 0;
    int64_t item_size = py_encode(format, "ascii", 0) ? cast_format(format, &code) : 0;
    if (!item_size) return 0;
    char old = view_format_char(v);
    if ((!old || !strchr("Bbc", old)) && !strchr("Bbc", code))
        return py_raise(TYPE_TypeError, "memoryview: cannot cast between two non-byte formats");
    ViewDims dims;
    if (cast_dims(v, args[2], item_size, &dims) < 0) return 0;
    Value new = view_like(v, view_of(v)->offset, &dims);
    if (!new) return 0;
    view_of(new)->item_size = item_size;
    SET(view_of(new), format, py_intern_c(py_str_utf8(format, 0))); /* up to a NUL */
    return new;
}
