/* memoryview.c -- views of buffers: one dimension, any stride, native formats of one character.
 *
 * A view keeps its exporter and a byte offset into the exporter's buffer, no address: bytes objects
 * move, and a view of a view refers to the exporter itself. A view does not raise the exporter's export
 * count either: it may die long before the collector sees it, and a bytearray could not change its size
 * meanwhile. So each use checks that the exporter's buffer still reaches to the view's end. */
#include "vm/objects/iterators.h"
#include "vm/objects/memoryview.h"
#include "vm/objects/type.h"

static PyMemoryView GS *view_of(Value v) { return REF(PyMemoryView, v); }

static char format_char(Value v) {
    Value format = view_of(v)->format;
    PyStr GS *s = REF(PyStr, format);
    uint32_t i = s->length == 2 && str_char(str_data(format), s->width, 0) == '@';
    return s->length == i + 1 ? (char)str_char(str_data(format), s->width, i) : 0;
}

static int check_released(Value v) {
    if (GET(view_of(v), owner)) return 0;
    return py_raise_int(TYPE_ValueError, "operation forbidden on released memoryview object");
}

/* ---- memory ---------------------------------------------------------------------------------------- */

/* The flat address of item 0. Valid until the next safepoint; pair with view_done. */
static uint8_t *view_memory(Value v, PyBuffer *buffer, bool writable) {
    if (check_released(v) < 0 || py_get_buffer(GET(view_of(v), owner), buffer, writable) < 0) return 0;
    PyMemoryView GS *m = view_of(v);
    int64_t last = m->length > 0 && m->stride > 0 ? (m->length - 1) * m->stride : 0;
    if (m->length > 0 && m->offset + last + m->item_size > buffer->length) {
        py_release_buffer(buffer);
        py_raise(TYPE_BufferError, "memoryview: the underlying buffer has become smaller");
        return 0;
    }
    static uint8_t nothing;
    return buffer->data ? (uint8_t *)buffer->data + m->offset : &nothing;
}
static void view_done(PyBuffer *buffer) { py_release_buffer(buffer); }

static bool is_contiguous(Value v) { return view_of(v)->stride == view_of(v)->item_size || view_of(v)->length <= 1; }

static Value view_like(Value v, int64_t offset, int64_t length, int64_t stride) {
    Value new = py_alloc_id(TYPE_MEMORYVIEW, 0);
    if (!new) return 0;
    PyMemoryView GS *to = view_of(new), *from = view_of(v);
    to->offset = offset;
    to->length = length;
    to->stride = stride;
    to->item_size = from->item_size;
    to->flags = from->flags;
    SET(to, owner, from->owner);
    SET(to, format, from->format);
    return new;
}

static Value view_from(Value exporter) {
    if (is_exactly(exporter, TYPE_MEMORYVIEW)) {
        if (check_released(exporter) < 0) return 0;
        PyMemoryView GS *m = view_of(exporter);
        return view_like(exporter, m->offset, m->length, m->stride);
    }
    PyBuffer hold;
    if (!vm_type_of(exporter)->slots->get_buffer)
        return py_raise(TYPE_TypeError, "memoryview: a bytes-like object is required, not '%T'", exporter);
    if (py_get_buffer(exporter, &hold, false) < 0) return 0;
    exporter = hold.owner; /* a wrapper passes on what it wraps */
    Value v = py_alloc_id(TYPE_MEMORYVIEW, 0), format = py_str_c(hold.format);
    py_release_buffer(&hold);
    if (!v || !format) return 0;
    PyMemoryView GS *m = view_of(v);
    m->item_size = m->stride = hold.item_size ? hold.item_size : 1;
    m->length = hold.length / m->item_size;
    m->flags = hold.readonly ? MEMORYVIEW_READONLY : 0;
    SET(m, owner, exporter);
    SET(m, format, format);
    return v;
}

static Value view_new(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return view_from(args[1]);
}

static int view_release_now(Value v) {
    PyMemoryView GS *m = view_of(v);
    if (!GET(m, owner)) return 0;
    int64_t exports = GET(m, exports);
    if (exports)
        return py_raise_int(TYPE_BufferError, "memoryview has %ld exported buffer%s", (long)exports,
                            exports == 1 ? "" : "s");
    SET(m, owner, 0);
    return 0;
}

/* ---- items -------------------------------------------------------------------------------------------- */

static Value item_at(Value v, int64_t i) {
    PyBuffer buffer;
    uint8_t *data = view_memory(v, &buffer, false);
    if (!data) return 0;
    Value item = buffer_item_get(data + i * view_of(v)->stride, format_char(v));
    view_done(&buffer);
    return item;
}

/* The item number that `key` means, or -1 with an exception. */
static int64_t item_index(Value v, Value key) {
    int64_t i = py_index_int64(key, "IndexError"), n = view_of(v)->length;
    if (i == -1 && py_error()) return -1;
    if (i < 0) i += n;
    return i >= 0 && i < n ? i : py_raise_int(TYPE_IndexError, "index out of bounds on dimension 1");
}

static Value slice_of(Value v, Value key) {
    int64_t start, stop, step, count;
    PyMemoryView GS *m = view_of(v);
    if (py_slice_indices(key, m->length, &start, &stop, &step, &count) < 0 || check_released(v) < 0) return 0;
    return view_like(v, m->offset + start * m->stride, count, step * m->stride);
}

static Value view_getitem(Value v, Value key) {
    if (check_released(v) < 0) return 0;
    if (key == VM_ELLIPSIS) return v;
    if (is_exactly(key, TYPE_SLICE)) return slice_of(v, key);
    if (py_is_tuple(key) && tuple_length(key) == 1) key = tuple_item(key, 0);
    if (!has_index(key)) return py_raise(TYPE_TypeError, "memoryview: invalid slice key");
    int64_t i = item_index(v, key);
    return i < 0 ? 0 : item_at(v, i);
}

/* All items as bytes in one piece, outside the heap: malloc'ed. 0 with MemoryError. */
static uint8_t *gather(Value v, size_t *size) {
    PyMemoryView GS *m = view_of(v);
    PyBuffer buffer;
    const uint8_t *data = view_memory(v, &buffer, false);
    if (!data) return 0;
    *size = (size_t)(m->length * m->item_size);
    uint8_t *out = __builtin_malloc(*size + 1);
    if (out)
        for (int64_t i = 0; i < m->length; i++)
            memcpy(out + i * m->item_size, data + i * m->stride, (size_t)m->item_size);
    view_done(&buffer);
    if (!out) py_raise_memory();
    return out;
}

static void scatter(Value v, uint8_t *data, const uint8_t *from) {
    PyMemoryView GS *m = view_of(v);
    for (int64_t i = 0; i < m->length; i++)
        memcpy(data + i * m->stride, from + i * m->item_size, (size_t)m->item_size);
}

static int store_slice(Value v, Value key, Value value) {
    Value target = slice_of(v, key), source = target ? view_from(value) : 0;
    if (!source) return -1;
    size_t size = 0;
    int result = -1;
    bool same = view_of(target)->length == view_of(source)->length && format_char(target) == format_char(source);
    uint8_t *from = same ? gather(source, &size) : 0;
    if (!same)
        py_raise(TYPE_ValueError, "memoryview assignment: lvalue and rvalue have different structures");
    PyBuffer buffer;
    uint8_t *data = from ? view_memory(target, &buffer, true) : 0;
    if (data) {
        scatter(target, data, from);
        view_done(&buffer);
        result = 0;
    }
    __builtin_free(from);
    Value error = py_error_take();
    view_release_now(source);
    view_release_now(target);
    py_error_restore(error);
    return result;
}

static int view_setitem(Value v, Value key, Value value_or_0) {
    if (check_released(v) < 0) return -1;
    PyMemoryView GS *m = view_of(v);
    if (m->flags & MEMORYVIEW_READONLY) return py_raise_int(TYPE_TypeError, "cannot modify read-only memory");
    if (!value_or_0) return py_raise_int(TYPE_TypeError, "cannot delete memory");
    if (is_exactly(key, TYPE_SLICE)) return store_slice(v, key, value_or_0);
    if (py_is_tuple(key) && tuple_length(key) == 1) key = tuple_item(key, 0);
    if (!has_index(key)) return py_raise_int(TYPE_TypeError, "memoryview: invalid slice key");
    int64_t i = item_index(v, key);
    uint8_t item[8];
    if (i < 0 || buffer_item_set_may_call(item, format_char(v), value_or_0) < 0) return -1;
    PyBuffer buffer;
    uint8_t *data = view_memory(v, &buffer, true);
    if (!data) return -1;
    memcpy(data + i * m->stride, item, (size_t)m->item_size);
    view_done(&buffer);
    return 0;
}

static int64_t view_length(Value v) { return check_released(v) < 0 ? -1 : view_of(v)->length; }

/* ---- comparison, hash, repr ------------------------------------------------------------------------------ */

static int equal_items(Value a, Value b) {
    if (view_of(a)->length != view_of(b)->length) return 0;
    for (int64_t i = 0; i < view_of(a)->length; i++) {
        Value x = item_at(a, i), y = x ? item_at(b, i) : 0;
        int same = y ? py_equal(x, y) : -1;
        if (same <= 0) return same;
    }
    return 1;
}

static int equal_views(Value a, Value b) {
    char x = format_char(a), y = format_char(b);
    if (x != y || strchr("fde", x)) return equal_items(a, b);
    size_t size_a, size_b;
    uint8_t *data_a = gather(a, &size_a), *data_b = data_a ? gather(b, &size_b) : 0;
    int same = data_b ? size_a == size_b && !memcmp(data_a, data_b, size_a) : -1;
    __builtin_free(data_a);
    __builtin_free(data_b);
    return same;
}

static Value view_compare(Value v, Value other, int op) {
    if (op != PY_EQ && op != PY_NE) return VM_NOT_IMPLEMENTED;
    bool released = !GET(view_of(v), owner);
    if (is_exactly(other, TYPE_MEMORYVIEW)) released |= !GET(view_of(other), owner);
    if (released || v == other) return vm_bool((v == other) == (op == PY_EQ));
    if (!vm_type_of(other)->slots->get_buffer) return VM_NOT_IMPLEMENTED;
    Value view = view_from(other);
    if (!view) return py_error_clear(), VM_NOT_IMPLEMENTED;
    int same = equal_views(v, view);
    Value error = py_error_take();
    view_release_now(view);
    py_error_restore(error);
    return same < 0 ? 0 : vm_bool(same == (op == PY_EQ));
}

static int64_t view_hash(Value v) {
    PyMemoryView GS *m = view_of(v);
    int64_t known = GET(m, hash);
    if (known) return known;
    if (check_released(v) < 0) return -1;
    if (!(m->flags & MEMORYVIEW_READONLY))
        return py_raise_int(TYPE_ValueError, "cannot hash writable memoryview object");
    if (!strchr("Bbc", format_char(v)))
        return py_raise_int(TYPE_ValueError, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
    size_t size;
    uint8_t *data = gather(v, &size);
    if (!data) return -1;
    int64_t hash = py_hash_bytes(data, size);
    __builtin_free(data);
    SET(m, hash, hash);
    return hash;
}

static Value view_repr(Value v) {
    bool released = !GET(view_of(v), owner);
    return py_str_format("<%smemory at 0x%lx>", released ? "released " : "", (unsigned long)gc_id(v));
}

/* ---- buffers ------------------------------------------------------------------------------------------------ */

static int view_get_buffer(Value v, PyBuffer *buffer, bool writable) {
    PyMemoryView GS *m = view_of(v);
    if (check_released(v) < 0) return -1;
    if (writable && m->flags & MEMORYVIEW_READONLY)
        return py_raise_int(TYPE_BufferError, "memoryview: underlying buffer is not writable");
    if (!is_contiguous(v))
        return py_raise_int(TYPE_BufferError, "memoryview: underlying buffer is not C-contiguous");
    PyBuffer inner;
    if (py_get_buffer(GET(m, owner), &inner, writable) < 0) return -1;
    buffer->data = inner.data ? (uint8_t *)inner.data + m->offset : 0;
    buffer->ref = inner.ref ? inner.ref + (StmRef)m->offset : 0;
    buffer->length = m->length * m->item_size;
    buffer->item_size = m->item_size;
    buffer->readonly = m->flags & MEMORYVIEW_READONLY;
    buffer->format[0] = format_char(v);
    buffer->format[1] = 0;
    SET(m, exports, GET(m, exports) + 1);
    return 0;
}

static void view_release_buffer(Value v, PyBuffer *buffer) {
    (void)buffer;
    PyMemoryView GS *m = view_of(v);
    SET(m, exports, GET(m, exports) - 1);
    PyBuffer inner = {.owner = GET(m, owner)};
    py_release_buffer(&inner);
}

/* ---- methods -------------------------------------------------------------------------------------------------- */

static Value view_tobytes(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    size_t size;
    uint8_t *data = gather(args[0], &size);
    if (!data) return 0;
    Value bytes = py_bytes_new(data, size);
    __builtin_free(data);
    return bytes;
}

static Value view_hex(const Value *args, size_t nargs, Value kwnames) {
    Value bytes = view_tobytes(args, 1, kwnames);
    size_t given = nargs > 1 && args[1] ? nargs > 2 && args[2] ? 2 : 1 : 0;
    return bytes ? py_call_method(bytes, "hex", given, args + 1) : 0;
}

static Value view_tolist(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (check_released(args[0]) < 0) return 0;
    int64_t n = view_of(args[0])->length;
    Value list = py_list_new((size_t)n);
    for (int64_t i = 0; list && i < n; i++) {
        Value item = item_at(args[0], i);
        if (!item) return 0;
        py_list_set_item(list, i, item);
    }
    return list;
}

/* The one-dimensional shape asked for has n items: a list or tuple of one number, or absent. */
static int check_shape(Value shape, int64_t n) {
    if (!shape) return 0;
    if (!py_is_list(shape) && !py_is_tuple(shape))
        return py_raise_int(TYPE_TypeError, "shape must be a list or a tuple");
    Value tuple = py_tuple_from_iterable(shape);
    if (!tuple) return -1;
    if (tuple_length(tuple) != 1)
        return py_raise_int(TYPE_NotImplementedError, "memoryview: only one dimension is supported");
    int64_t wanted = py_index_int64(tuple_item(tuple, 0), "OverflowError");
    if (wanted == -1 && py_error()) return -1;
    return wanted == n ? 0 : py_raise_int(TYPE_TypeError, "memoryview: product(shape) * itemsize != buffer size");
}

static Value view_cast(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value v = args[0], format = args[1];
    PyMemoryView GS *m = view_of(v);
    if (check_released(v) < 0) return 0;
    if (!py_is_str(format))
        return py_raise(TYPE_TypeError, "memoryview: format argument must be a string");
    const char *text = py_str_utf8(format, 0);
    if (!text) return 0;
    if (*text == '@') text++;
    int64_t size = *text && !text[1] ? buffer_item_size(*text) : 0;
    if (!size)
        return py_raise(TYPE_ValueError, "memoryview: destination format must be a native single character "
                                         "format prefixed with an optional '@'");
    if (!is_contiguous(v)) return py_raise(TYPE_TypeError, "memoryview: casts are restricted to C-contiguous views");
    if (!strchr("Bbc", format_char(v)) && !strchr("Bbc", *text))
        return py_raise(TYPE_TypeError, "memoryview: cannot cast between two non-byte formats");
    int64_t bytes = m->length * m->item_size;
    if (bytes % size) return py_raise(TYPE_TypeError, "memoryview: length is not a multiple of itemsize");
    if (check_shape(args[2], bytes / size) < 0) return 0;
    Value new = view_like(v, m->offset, bytes / size, size);
    if (!new) return 0;
    view_of(new)->item_size = size;
    SET(view_of(new), format, format);
    return new;
}

static Value view_toreadonly(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value new = view_from(args[0]);
    if (new) SET(view_of(new), flags, view_of(new)->flags | MEMORYVIEW_READONLY);
    return new;
}

static Value view_release(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return view_release_now(args[0]) < 0 ? 0 : VM_NONE;
}

static Value view_enter(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return check_released(args[0]) < 0 ? 0 : args[0];
}

/* ---- attributes -------------------------------------------------------------------------------------------------- */

#define ATTRIBUTE(name, expression)                                                                \
    static Value get_##name(Value v) {                                                             \
        if (check_released(v) < 0) return 0;                                                       \
        PyMemoryView GS *m = view_of(v);                                                           \
        (void)m;                                                                                   \
        return expression;                                                                         \
    }
static Value one_number(int64_t i) {
    Value v = py_int_from_i64(i);
    return v ? py_tuple_from(&v, 1) : 0;
}
ATTRIBUTE(obj, m->owner)
ATTRIBUTE(nbytes, py_int_from_i64(m->length *m->item_size))
ATTRIBUTE(itemsize, int_make(m->item_size))
ATTRIBUTE(format, m->format)
ATTRIBUTE(ndim, int_make(1))
ATTRIBUTE(shape, one_number(m->length))
ATTRIBUTE(strides, one_number(m->stride))
ATTRIBUTE(suboffsets, py_tuple_new(0))
ATTRIBUTE(readonly, vm_bool(m->flags &MEMORYVIEW_READONLY))
ATTRIBUTE(contiguous, vm_bool(is_contiguous(v)))

static const PyMethodDef view_methods[] = {
    {"tobytes", "($self, /, order=None)", view_tobytes, 0, "Return the data in the buffer as a byte string."},
    {"hex", "($self, /, sep=<unrepresentable>, bytes_per_sep=1)", view_hex, 0,
     "Return the data in the buffer as a str of hexadecimal numbers."},
    {"tolist", "($self, /)", view_tolist, 0, "Return the data in the buffer as a list of elements."},
    {"cast", "($self, /, format, shape=<unrepresentable>)", view_cast, 0, "Cast a memoryview to a new format or shape."},
    {"toreadonly", "($self, /)", view_toreadonly, 0, "Return a readonly version of the memoryview."},
    {"release", "($self, /)", view_release, 0, "Release the underlying buffer exposed by the memoryview object."},
    {"__enter__", "($self, /)", view_enter, 0, 0},
    {"__exit__", "($self, /, *args)", view_release, 0, 0},
    {0}};
static const PyGetSetDef view_getsets[] = {{"obj", get_obj, 0, "The underlying object of the memoryview."},
                                           {"nbytes", get_nbytes, 0, 0},
                                           {"itemsize", get_itemsize, 0, 0},
                                           {"format", get_format, 0, 0},
                                           {"ndim", get_ndim, 0, 0},
                                           {"shape", get_shape, 0, 0},
                                           {"strides", get_strides, 0, 0},
                                           {"suboffsets", get_suboffsets, 0, 0},
                                           {"readonly", get_readonly, 0, 0},
                                           {"c_contiguous", get_contiguous, 0, 0},
                                           {"f_contiguous", get_contiguous, 0, 0},
                                           {"contiguous", get_contiguous, 0, 0},
                                           {0}};

static Value view_iter(Value v) {
    if (check_released(v) < 0) return 0;
    return iterator_new(TYPE_MEMORYVIEW_ITER, v, 0, view_of(v)->length);
}

const PyTypeSpec py_spec_memoryview = {.doc = "Create a new memoryview object which references the given object.",
                                       .slots = {.repr = view_repr,
                                                 .hash = view_hash,
                                                 .richcompare = view_compare,
                                                 .iter = view_iter,
                                                 .length = view_length,
                                                 .getitem = view_getitem,
                                                 .setitem = view_setitem,
                                                 .get_buffer = view_get_buffer,
                                                 .release_buffer = view_release_buffer},
                                       .methods = view_methods,
                                       .getsets = view_getsets,
                                       .new_signature = "(object)",
                                       .new_fn = view_new,
                                       .raw_words = 7};

static Value view_iter_next(Value it) {
    PyIter GS *i = REF(PyIter, it);
    Value v = GET(i, a);
    if (!v) return VM_STOP;
    int64_t at = GET(i, index);
    if (at >= i->limit) return iterator_end(it);
    SET(i, index, at + 1);
    return item_at(v, at);
}

const PyTypeSpec py_spec_memoryview_iter = {.slots = {.iter = iterator_self, .next = view_iter_next}, .raw_words = 2};
