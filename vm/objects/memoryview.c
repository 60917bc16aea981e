/* memoryview.c -- views of buffers: any dimensions and strides, native formats of one character.
 *
 * A view keeps its exporter and a byte offset into the exporter's buffer, no address: bytes objects
 * move, and a view of a view refers to the exporter itself. A view does not raise the exporter's export
 * count, as it may die long before the collector sees it: what is exported is held weakly (buffer_hold.c). */
#include "vm/objects/memoryview.h"
#include "vm/objects/buffer_hold.h"
#include "vm/objects/iterators.h"
#include "vm/objects/str.h"
#include "vm/objects/type.h"

char view_format_char(Value v) {
    Value format = view_of(v)->format;
    PyStr GS *s = REF(PyStr, format);
    uint32_t i = s->length == 2 && str_char(str_data(format), s->width, 0) == '@';
    return s->length == i + 1 ? (char)str_char(str_data(format), s->width, i) : 0;
}

int view_check_released(Value v) {
    if (GET(view_of(v), owner)) return 0;
    return py_raise_int(TYPE_ValueError, "operation forbidden on released memoryview object");
}

/* ---- dimensions ------------------------------------------------------------------------------------- */

void view_dims(Value v, ViewDims *dims) {
    PyMemoryView GS *m = view_of(v);
    size_t n = (size_t)m->ndim, bytes = n * sizeof *dims->length;
    dims->count = (int)n;
    dims->length[0] = m->length;
    dims->stride[0] = m->stride;
    if (n <= 1) return;
    const uint8_t *flat = stm_flat(REF(PyRaw, m->dimensions)->data, 2 * bytes, false);
    memcpy(dims->length, flat, bytes);
    memcpy(dims->stride, flat + bytes, bytes);
}

/* Of a new view; 0 or -1. */
static int set_dims(Value v, const ViewDims *dims) {
    PyMemoryView GS *m = view_of(v);
    size_t n = (size_t)dims->count, bytes = n * sizeof *dims->length;
    m->ndim = dims->count;
    m->length = n ? dims->length[0] : 1;
    m->stride = n ? dims->stride[0] : 0;
    if (n <= 1) return 0;
    Value raw = py_raw_new(2 * bytes);
    if (!raw) return -1;
    uint8_t *flat = stm_flat(REF(PyRaw, raw)->data, 2 * bytes, true);
    memcpy(flat, dims->length, bytes);
    memcpy(flat + bytes, dims->stride, bytes);
    SET(m, dimensions, raw);
    return 0;
}

int64_t view_bytes(Value v) {
    ViewDims dims;
    view_dims(v, &dims);
    int64_t bytes = view_of(v)->item_size;
    for (int i = 0; i < dims.count; i++) bytes *= dims.length[i];
    return bytes;
}

/* In the other order of dimensions, if `fortran`. */
static void ordered_dims(Value v, bool fortran, ViewDims *dims) {
    ViewDims given;
    if (!fortran) return view_dims(v, dims);
    view_dims(v, &given);
    dims->count = given.count;
    for (int i = 0; i < given.count; i++) {
        dims->length[i] = given.length[given.count - 1 - i];
        dims->stride[i] = given.stride[given.count - 1 - i];
    }
}

bool view_is_contiguous(Value v, bool fortran) {
    PyMemoryView GS *m = view_of(v);
    if (m->ndim <= 1) return m->ndim == 0 || m->length == 1 || m->stride == m->item_size; /* none: as its stride says */
    ViewDims dims;
    ordered_dims(v, fortran, &dims);
    int64_t stride = m->item_size;
    bool contiguous = true, empty = false;
    for (int i = dims.count - 1; i >= 0; i--) {
        contiguous &= dims.length[i] <= 1 || dims.stride[i] == stride;
        empty |= dims.length[i] == 0;
        stride *= dims.length[i];
    }
    return contiguous || empty;
}

/* ---- memory ---------------------------------------------------------------------------------------- */

/* Where the last of the items ends that strides forward reach, in bytes from the first item. */
static int64_t reach(Value v) {
    ViewDims dims;
    PyMemoryView GS *m = view_of(v);
    if (m->ndim == 1) return m->length > 0 && m->stride > 0 ? (m->length - 1) * m->stride + m->item_size : m->length ? m->item_size : 0;
    view_dims(v, &dims);
    int64_t bytes = m->item_size;
    for (int i = 0; i < dims.count; i++) {
        if (!dims.length[i]) return 0;
        if (dims.stride[i] > 0) bytes += (dims.length[i] - 1) * dims.stride[i];
    }
    return bytes;
}

uint8_t *view_memory(Value v, PyBuffer *buffer, bool writable) {
    if (view_check_released(v) < 0 || py_get_buffer(GET(view_of(v), owner), buffer, writable) < 0) return 0;
    PyMemoryView GS *m = view_of(v);
    int64_t bytes = reach(v);
    if (bytes && m->offset + bytes > buffer->length) {
        py_release_buffer(buffer);
        py_raise(TYPE_BufferError, "memoryview: the underlying buffer has become smaller");
        return 0;
    }
    static uint8_t nothing;
    return buffer->data ? (uint8_t *)buffer->data + m->offset : &nothing;
}

/* The items from `dimension` on, one after the other; where the next one goes. */
static uint8_t *gather(uint8_t *to, const uint8_t *from, const ViewDims *dims, int dimension, int64_t item_size) {
    if (dimension == dims->count) return memcpy(to, from, (size_t)item_size), to + item_size;
    for (int64_t i = 0; i < dims->length[dimension]; i++)
        to = gather(to, from + i * dims->stride[dimension], dims, dimension + 1, item_size);
    return to;
}

uint8_t *view_gather(Value v, bool fortran, size_t *size) {
    ViewDims dims;
    PyBuffer buffer;
    const uint8_t *data = view_memory(v, &buffer, false);
    if (!data) return 0;
    *size = (size_t)view_bytes(v);
    uint8_t *out = __builtin_malloc(*size + 1);
    if (out && view_is_contiguous(v, fortran)) {
        memcpy(out, data, *size);
    } else if (out) {
        ordered_dims(v, fortran, &dims);
        gather(out, data, &dims, 0, view_of(v)->item_size);
    }
    py_release_buffer(&buffer);
    if (!out) py_raise_memory();
    return out;
}

/* ---- making --------------------------------------------------------------------------------------------- */

Value view_like(Value v, int64_t offset, const ViewDims *dims) {
    Value new = py_alloc_id(TYPE_MEMORYVIEW, 0);
    if (!new || set_dims(new, dims) < 0) return 0;
    PyMemoryView GS *to = view_of(new), *from = view_of(v);
    to->offset = offset;
    to->item_size = from->item_size;
    to->flags = from->flags;
    SET(to, owner, from->owner);
    SET(to, format, from->format);
    SET(to, hold, from->hold);
    buffer_hold_share(from->hold);
    return new;
}

static Value view_of_view(Value v) {
    ViewDims dims;
    if (view_check_released(v) < 0) return 0;
    view_dims(v, &dims);
    return view_like(v, view_of(v)->offset, &dims);
}

Value view_from(Value exporter) {
    if (is_exactly(exporter, TYPE_MEMORYVIEW)) return view_of_view(exporter);
    PyBuffer buffer;
    if (!vm_type_of(exporter)->slots->get_buffer)
        return py_raise(TYPE_TypeError, "memoryview: a bytes-like object is required, not '%T'", exporter);
    if (py_get_buffer(exporter, &buffer, false) < 0) return 0;
    exporter = buffer.owner; /* a wrapper passes on what it wraps */
    py_release_buffer(&buffer);
    Value hold = buffer_hold_new(exporter);
    if (!hold && py_error()) return 0;
    Value v = py_alloc_id(TYPE_MEMORYVIEW, 0), format = py_str_c(buffer.format);
    if (!v || !format) return 0;
    PyMemoryView GS *m = view_of(v);
    m->item_size = m->stride = buffer.item_size ? buffer.item_size : 1;
    m->length = buffer.length / m->item_size;
    m->ndim = 1;
    m->flags = buffer.readonly ? MEMORYVIEW_READONLY : 0;
    SET(m, owner, exporter);
    SET(m, format, format);
    SET(m, hold, hold);
    return v;
}

static PY_FN(view_new) { return view_from(args[1]); }

int view_release_now(Value v) {
    PyMemoryView GS *m = view_of(v);
    if (!GET(m, owner)) return 0;
    int64_t exports = GET(m, exports);
    if (exports)
        return py_raise_int(TYPE_BufferError, "memoryview has %ld exported buffer%s", (long)exports, exports == 1 ? "" : "s");
    SET(m, owner, 0);
    buffer_hold_release(m->hold);
    return 0;
}

static int64_t view_length(Value v) { return view_check_released(v) < 0 ? -1 : view_of(v)->length; }

/* ---- comparison, hash, repr ------------------------------------------------------------------------------ */

/* Item by item, of two pieces of memory. */
static int equal_items(const uint8_t *a, const uint8_t *b, char format_a, char format_b, int64_t count) {
    int64_t size_a = buffer_item_size(format_a), size_b = buffer_item_size(format_b);
    if (!size_a || !size_b) return 0;
    for (int64_t i = 0; i < count; i++) {
        Value x = buffer_item_get(a + i * size_a, format_a), y = x ? buffer_item_get(b + i * size_b, format_b) : 0;
        Value same = y ? py_compare(x, y, PY_EQ) : 0; /* not py_equal: a nan is unequal to itself */
        if (same != VM_TRUE) return same ? 0 : -1;
    }
    return 1;
}

static bool same_lengths(Value a, Value b) {
    ViewDims x, y;
    if (view_of(a)->ndim != view_of(b)->ndim) return false;
    view_dims(a, &x);
    view_dims(b, &y);
    for (int i = 0; i < x.count; i++) {
        if (x.length[i] != y.length[i]) return false;
        if (!x.length[i]) break;
    }
    return true;
}

static int equal_views(Value a, Value b) {
    char x = view_format_char(a), y = view_format_char(b);
    if (!same_lengths(a, b)) return 0;
    size_t size_a, size_b;
    uint8_t *data_a = view_gather(a, false, &size_a), *data_b = data_a ? view_gather(b, false, &size_b) : 0;
    int same = -1;
    if (data_b && x == y && x && buffer_item_size(x) && !strchr("fde", x))
        same = !memcmp(data_a, data_b, size_a);
    else if (data_b)
        same = equal_items(data_a, data_b, x, y, (int64_t)size_a / view_of(a)->item_size);
    __builtin_free(data_a);
    __builtin_free(data_b);
    return same;
}

static Value view_compare(Value v, Value other, int op) {
    if (op != PY_EQ && op != PY_NE) return VM_NOT_IMPLEMENTED;
    bool released = !GET(view_of(v), owner);
    if (is_exactly(other, TYPE_MEMORYVIEW)) released |= !GET(view_of(other), owner);
    if (released) return vm_bool((v == other) == (op == PY_EQ));
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
    if (view_check_released(v) < 0) return -1;
    if (!(m->flags & MEMORYVIEW_READONLY))
        return py_raise_int(TYPE_ValueError, "cannot hash writable memoryview object");
    char format = view_format_char(v);
    if (!format || !strchr("Bbc", format))
        return py_raise_int(TYPE_ValueError, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'");
    if (py_hash(GET(m, owner)) == -1) return -1;
    size_t size;
    uint8_t *data = view_gather(v, false, &size);
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
    if (view_check_released(v) < 0) return -1;
    if (writable && m->flags & MEMORYVIEW_READONLY)
        return py_raise_int(TYPE_BufferError, "memoryview: underlying buffer is not writable");
    if (!view_is_contiguous(v, false))
        return py_raise_int(TYPE_BufferError, "memoryview: underlying buffer is not C-contiguous");
    PyBuffer inner;
    if (py_get_buffer(GET(m, owner), &inner, writable) < 0) return -1;
    buffer->data = inner.data ? (uint8_t *)inner.data + m->offset : 0;
    buffer->ref = inner.ref ? inner.ref + (StmRef)m->offset : 0;
    buffer->length = view_bytes(v);
    buffer->item_size = m->item_size;
    buffer->readonly = m->flags & MEMORYVIEW_READONLY;
    buffer->format[0] = view_format_char(v);
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

static Value bytes_in_order(Value v, bool fortran) {
    size_t size;
    uint8_t *data = view_gather(v, fortran, &size);
    if (!data) return 0;
    Value bytes = py_bytes_new(data, size);
    __builtin_free(data);
    return bytes;
}

Value view_tobytes(Value v) { return view_check_released(v) < 0 ? 0 : bytes_in_order(v, false); }

static PY_FN(view_tobytes_in_order) {
    Value order = args[1];
    if (view_check_released(args[0]) < 0) return 0;
    if (!order || order == VM_NONE) return bytes_in_order(args[0], false);
    if (!py_is_str(order)) return py_raise(TYPE_TypeError, "tobytes() argument 'order' must be str or None, not %T", order);
    bool any = py_str_equal_c(order, "A"), fortran = py_str_equal_c(order, "F");
    if (!any && !fortran && !py_str_equal_c(order, "C")) return py_raise(TYPE_ValueError, "order must be 'C', 'F' or 'A'");
    return bytes_in_order(args[0], fortran || (any && view_is_contiguous(args[0], true)));
}

static PY_FN(view_hex) {
    Value bytes = view_tobytes(args[0]);
    size_t given = nargs > 1 && args[1] ? nargs > 2 && args[2] ? 2 : 1 : 0;
    return bytes ? py_call_method(bytes, "hex", given, args + 1) : 0;
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
    return view_check_released(args[0]) < 0 ? 0 : args[0];
}

/* ---- attributes -------------------------------------------------------------------------------------------------- */

#define ATTRIBUTE(name, expression)                                                                \
    static Value get_##name(Value v) {                                                             \
        if (view_check_released(v) < 0) return 0;                                                       \
        PyMemoryView GS *m = view_of(v);                                                           \
        (void)m;                                                                                   \
        return expression;                                                                         \
    }
static Value tuple_of(const int64_t *numbers, int count) {
    Value tuple = py_tuple_new((size_t)count);
    for (int i = 0; tuple && i < count; i++) {
        Value v = py_int_from_i64(numbers[i]);
        if (!v) return 0;
        REF(PyTuple, tuple)->items[i] = v;
    }
    return tuple;
}
static Value lengths_of(Value v) {
    ViewDims dims;
    view_dims(v, &dims);
    return tuple_of(dims.length, dims.count);
}
static Value strides_of(Value v) {
    ViewDims dims;
    view_dims(v, &dims);
    return tuple_of(dims.stride, dims.count);
}
ATTRIBUTE(obj, m->owner)
ATTRIBUTE(nbytes, py_int_from_i64(view_bytes(v)))
ATTRIBUTE(itemsize, int_make(m->item_size))
ATTRIBUTE(format, m->format)
ATTRIBUTE(ndim, int_make(m->ndim))
ATTRIBUTE(shape, lengths_of(v))
ATTRIBUTE(strides, strides_of(v))
ATTRIBUTE(suboffsets, py_tuple_new(0))
ATTRIBUTE(readonly, vm_bool(m->flags &MEMORYVIEW_READONLY))
ATTRIBUTE(c_contiguous, vm_bool(view_is_contiguous(v, false)))
ATTRIBUTE(f_contiguous, vm_bool(view_is_contiguous(v, true)))
ATTRIBUTE(contiguous, vm_bool(view_is_contiguous(v, false) || view_is_contiguous(v, true)))

static const PyMethodDef view_methods[] = {
    {"tobytes", "($self, /, order=None)", view_tobytes_in_order, 0, "Return the data in the buffer as a byte string."},
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
                                           {"c_contiguous", get_c_contiguous, 0, 0},
                                           {"f_contiguous", get_f_contiguous, 0, 0},
                                           {"contiguous", get_contiguous, 0, 0},
                                           {0}};

static Value view_iter(Value v) {
    if (view_check_released(v) < 0) return 0;
    if (view_of(v)->ndim == 0) return py_raise(TYPE_TypeError, "invalid indexing of 0-dim memory");
    if (view_of(v)->ndim > 1) return py_raise(TYPE_NotImplementedError, "multi-dimensional sub-views are not implemented");
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
                                       .raw_words = 8};

static Value view_iter_next(Value it) {
    PyIter GS *i = REF(PyIter, it);
    Value v = GET(i, a);
    if (!v) return VM_STOP;
    int64_t at = GET(i, index);
    if (at >= i->limit) return iterator_end(it);
    SET(i, index, at + 1);
    return view_item_at(v, at);
}

const PyTypeSpec py_spec_memoryview_iter = {.slots = {.iter = iterator_self, .next = view_iter_next}, .raw_words = 2};
