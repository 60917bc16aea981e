/* Module array: arrays of numbers or characters of one type, stored as a bytearray's bytes (PyByteArray).
 *
 * What converts an item may run Python code, so it comes before a place in the array is looked up. */
#include "vm/modules/array.h"
#include "vm/objects/int.h"
#include "vm/objects/bytearray.h"
#include "vm/objects/iterators.h"
#include "vm/objects/memoryview.h"
#include "vm/objects/type.h"

/* ---- items ------------------------------------------------------------------------------------------------------ */

static const ArrayType array_types[] = {
    {'b', 1, "signed char"},    {'B', 1, "unsigned byte integer"}, {'u', 4, 0}, {'h', 2, "signed short integer"},
    {'H', 2, "unsigned short"}, {'i', 4, "signed integer"},        {'I', 4, "unsigned int"}, {'l', 8, 0}, {'L', 8, 0},
    {'q', 8, 0},                {'Q', 8, 0},                       {'f', 4, 0}, {'d', 8, 0}};

const ArrayType *array_type_by_code(uint32_t code) {
    for (size_t i = 0; i < sizeof array_types / sizeof *array_types; i++)
        if ((uint32_t)array_types[i].code == code) return &array_types[i];
    return 0;
}
static PyByteArray GS *storage(Value self) { return REF(PyByteArray, self); }
const ArrayType *array_type_of(Value self) { return array_type_by_code((uint32_t)storage(self)->typecode); }
bool py_is_array(Value v) { return is_ref(v) && py_is_instance_of(v, TYPE_TYPED_ARRAY); }
int64_t array_length(Value self) { return GET(storage(self), length) / array_type_of(self)->size; }

static Value item_get(const ArrayType *type, const uint8_t *data) {
    uint32_t c;
    if (type->code != 'u') return buffer_item_get(data, type->code);
    memcpy(&c, data, sizeof c);
    if (c <= STR_MAX_CHAR) return py_str_char(c);
    return py_raise(TYPE_ValueError, "character U+%x is not in range [U+0000; U+10ffff]", (unsigned)c);
}

static int raise_range(const ArrayType *type, Value v, bool negative) {
    int64_t i;
    bool is_unsigned = strchr("ILQ", type->code) != 0;
    bool is_long = py_int_as_i64(v, &i) != 0 && (type->code != 'I' || py_int_compare(v, py_int_from_u64(UINT64_MAX)) > 0);
    if (negative && is_unsigned)
        return py_raise_int(TYPE_OverflowError, "can't convert negative %s", type->code == 'Q' ? "int to unsigned" : "value to unsigned int");
    if (type->range_name && !is_long)
        return py_raise_int(TYPE_OverflowError, "%s is %s", type->range_name, negative ? "less than minimum" : "greater than maximum");
    if (type->code == 'q' || type->code == 'Q') return py_raise_int(TYPE_OverflowError, "int too big to convert");
    return py_raise_int(TYPE_OverflowError, "Python int too large to convert to C %slong", is_unsigned ? "unsigned " : "");
}

static int int_to_item_may_call(const ArrayType *type, Value v, uint8_t *out) {
    Value i = py_index(v);
    if (!i) return -1;
    bool is_signed = type->code >= 'a', negative = py_int_compare(i, int_make(0)) < 0;
    if (negative && strchr("ILQ", type->code)) return raise_range(type, i, true);
    if (py_int_to_bytes(i, out, (size_t)type->size, true, is_signed) == 0) return 0;
    py_error_clear();
    return raise_range(type, i, negative);
}

/* One item's bytes from v. May call. */
static int item_from_may_call(const ArrayType *type, Value v, uint8_t *out) {
    double d;
    switch (type->code) {
    case 'u': {
        if (!py_is_str(v) || str_length(v) != 1) return py_raise_int(TYPE_TypeError, "array item must be unicode character");
        uint32_t c = str_at(v, 0);
        memcpy(out, &c, sizeof c);
        return 0;
    }
    case 'f':
        if (py_as_double(v, &d) < 0) return -1;
        *(float *)out = (float)d;
        return 0;
    case 'd':
        if (py_as_double(v, &d) < 0) return -1;
        *(double *)out = d;
        return 0;
    default: return int_to_item_may_call(type, v, out);
    }
}
typedef union Item {
    uint8_t bytes[8];
    double alignment;
} Item;

Value array_item(Value self, int64_t i) {
    const ArrayType *type = array_type_of(self);
    return item_get(type, byte_view_self(self).data + i * type->size);
}

/* ---- changes ------------------------------------------------------------------------------------------------------- */

Value array_new_empty(Value type_object, const ArrayType *type) {
    Value self = py_alloc(type_object, 0);
    if (self) storage(self)->typecode = (uint64_t)type->code;
    return self;
}

static Value array_from_bytes(Value type_object, const ArrayType *type, const void *data, size_t n) {
    Value self = array_new_empty(type_object, type);
    return self && bytearray_splice(self, 0, 0, data, n) == 0 ? self : 0;
}

/* Items [low, high) become what lies at data; the memory must not be the array's own. */
static int splice(Value self, int64_t low, int64_t high, const void *data, size_t bytes) {
    size_t size = (size_t)array_type_of(self)->size;
    return bytearray_splice(self, (size_t)low * size, (size_t)high * size, data, bytes);
}

int array_append_may_call(Value self, Value v) {
    Item item;
    if (item_from_may_call(array_type_of(self), v, item.bytes) < 0) return -1;
    bytearray_settle(self);
    int64_t end = array_length(self);
    return splice(self, end, end, item.bytes, (size_t)array_type_of(self)->size);
}

int array_append_bytes(Value self, const void *data, size_t bytes) {
    if (bytes % (size_t)array_type_of(self)->size)
        return py_raise_int(TYPE_ValueError, "bytes length not a multiple of item size");
    int64_t end = array_length(self);
    return splice(self, end, end, data, bytes);
}

static Value content(Value self) {
    ByteView v = byte_view_self(self);
    return py_bytes_new(v.data, v.length);
}

static int append_array(Value self, Value other) {
    bytearray_settle(self);
    Value bytes = content(other);
    return bytes ? array_append_bytes(self, byte_view_self(bytes).data, byte_view_self(bytes).length) : -1;
}

static int extend_may_call(Value self, Value v) {
    if (py_is_array(v) && array_type_of(v) == array_type_of(self)) return append_array(self, v);
    if (py_is_array(v)) return py_raise_int(TYPE_TypeError, "can only extend with array of same kind");
    return array_extend_items_may_call(self, v);
}

int array_extend_items_may_call(Value self, Value iterable) {
    Value iterator = py_iter(iterable);
    for (Value item; iterator && (item = py_next(iterator)) != VM_STOP;)
        if (!item || array_append_may_call(self, item) < 0) return -1;
    return iterator ? 0 : -1;
}

int array_append_text(Value self, Value text) {
    StrView v = str_view(text);
    bytearray_settle(self);
    size_t at = byte_view_length(self);
    if (bytearray_splice(self, at, at, 0, v.length * 4) < 0) return -1;
    v = str_view(text);
    flat_copy(bytearray_writable(self, at, v.length * 4), 4, v.data, v.width, v.length);
    return 0;
}

/* ---- subscripts ------------------------------------------------------------------------------------------------------ */

static int64_t index_may_call(Value self, Value key, const char *range_message) {
    if (!has_index(key)) return py_raise_int(TYPE_TypeError, "array indices must be integers");
    int64_t i = py_index_int64(key, "IndexError"), n = array_length(self);
    if (i == -1 && py_error()) return -1;
    if (i < 0) i += n;
    return i >= 0 && i < n ? i : py_raise_int(TYPE_IndexError, "%s", range_message);
}

static Value get_slice(Value self, Value key) {
    int64_t start, stop, step, count;
    const ArrayType *type = array_type_of(self);
    if (py_slice_indices(key, array_length(self), &start, &stop, &step, &count) < 0) return 0;
    if (count < 0) count = 0;
    Value out = array_from_bytes(py_type(TYPE_TYPED_ARRAY), type, 0, (size_t)(count * type->size));
    if (!out) return 0;
    ByteView from = byte_view_self(self);
    uint8_t *to = bytearray_writable(out, 0, (size_t)(count * type->size));
    for (int64_t i = 0; i < count; i++)
        memcpy(to + i * type->size, from.data + (start + i * step) * type->size, (size_t)type->size);
    return out;
}

static Value array_getitem(Value self, Value key) {
    if (is_exactly(key, TYPE_SLICE)) return get_slice(self, key);
    int64_t i = index_may_call(self, key, "array index out of range");
    return i < 0 ? 0 : array_item(self, i);
}

static int delete_steps(Value self, int64_t start, int64_t step, int64_t count) {
    if (count <= 0) return 0;
    if (step < 0) start += (count - 1) * step, step = -step;
    for (int64_t i = count - 1; i >= 0; i--) /* from behind, so that the places before stay right */
        if (splice(self, start + i * step, start + i * step + 1, 0, 0) < 0) return -1;
    return 0;
}

static int store_steps(Value self, int64_t start, int64_t step, int64_t count, ByteView from) {
    size_t size = (size_t)array_type_of(self)->size;
    if (from.length / size != (size_t)count)
        return py_raise_int(TYPE_ValueError, "attempt to assign array of size %zu to extended slice of size %ld", from.length / size,
                            (long)count);
    for (int64_t i = 0; i < count; i++)
        memcpy(bytearray_writable(self, (size_t)(start + i * step) * size, size), from.data + (size_t)i * size, size);
    return 0;
}

static int set_slice(Value self, Value key, Value value_or_0) {
    int64_t start, stop, step, count;
    Value bytes = 0;
    if (value_or_0 && !py_is_array(value_or_0))
        return py_raise_int(TYPE_TypeError, "can only assign array (not \"%T\") to array slice", value_or_0);
    if (value_or_0 && array_type_of(value_or_0) != array_type_of(self))
        return py_raise_int(TYPE_TypeError, "bad argument type for built-in operation");
    if (value_or_0 && !(bytes = content(value_or_0))) return -1;
    int64_t n = value_or_0 ? REF(PyBytes, bytes)->length / array_type_of(self)->size : 0;
    for (int pass = 0; pass < 2; pass++) { /* again after what may have let others in */
        if (py_slice_indices(key, array_length(self), &start, &stop, &step, &count) < 0) return -1;
        if (count < 0) count = 0;
        if (!pass && n != count) bytearray_settle(self);
    }
    ByteView from = value_or_0 ? byte_view_self(bytes) : (ByteView){0};
    if (step == 1) return splice(self, start, start + count, from.data, from.length);
    return n ? store_steps(self, start, step, count, from) : delete_steps(self, start, step, count);
}

static int array_setitem(Value self, Value key, Value value_or_0) {
    static const char out_of_range[] = "array assignment index out of range";
    Item item;
    if (is_exactly(key, TYPE_SLICE)) return set_slice(self, key, value_or_0);
    const ArrayType *type = array_type_of(self);
    int64_t i = index_may_call(self, key, out_of_range);
    if (i < 0 || (value_or_0 && item_from_may_call(type, value_or_0, item.bytes) < 0)) return -1;
    if (!value_or_0) bytearray_settle(self);
    if (i >= array_length(self)) return py_raise_int(TYPE_IndexError, out_of_range);
    if (!value_or_0) return splice(self, i, i + 1, 0, 0);
    memcpy(bytearray_writable(self, (size_t)(i * type->size), (size_t)type->size), item.bytes, (size_t)type->size);
    return 0;
}

/* ---- operators --------------------------------------------------------------------------------------------------------- */

static Value array_add(Value a, Value b) {
    if (!py_is_array(a)) return VM_NOT_IMPLEMENTED;
    if (!py_is_array(b)) {
        if (str_defers_to(b, py_intern_c("__radd__"))) return VM_NOT_IMPLEMENTED;
        return py_raise(TYPE_TypeError, "can only append array (not \"%T\") to array", b);
    }
    if (array_type_of(a) != array_type_of(b)) return py_raise(TYPE_TypeError, "bad argument type for built-in operation");
    ByteView x = byte_view_self(a);
    Value out = array_from_bytes(py_type(TYPE_TYPED_ARRAY), array_type_of(a), x.data, x.length);
    return out && append_array(out, b) == 0 ? out : 0;
}
static Value array_iadd(Value self, Value other) {
    if (!py_is_array(other)) return py_raise(TYPE_TypeError, "can only extend array with array (not \"%T\")", other);
    return extend_may_call(self, other) < 0 ? 0 : self;
}

/* The content `times` times as a bytes object. */
static Value repeated(Value self, int64_t times) {
    ByteView v = byte_view_self(self);
    size_t total;
    if (times < 0) times = 0;
    if (__builtin_mul_overflow(v.length, (size_t)times, &total) || total > (size_t)INT64_MAX / 4) return py_raise_memory();
    Value out = py_bytes_new(0, total);
    uint8_t *to = out ? stm_flat(bytes_data(out), total, true) : 0;
    for (size_t at = 0; to && at < total; at += v.length) memcpy(to + at, v.data, v.length);
    return out;
}
static Value array_mul(Value a, Value b) {
    Value self = py_is_array(a) ? a : b, other = py_is_array(a) ? b : a;
    int64_t times;
    int status = str_repeat_count_may_call(other, &times);
    if (status <= 0) return status ? 0 : VM_NOT_IMPLEMENTED;
    Value bytes = repeated(self, times);
    ByteView v = bytes ? byte_view_self(bytes) : (ByteView){0};
    return bytes ? array_from_bytes(py_type(TYPE_TYPED_ARRAY), array_type_of(self), v.data, v.length) : 0;
}
static Value array_imul(Value self, Value other) {
    int64_t times;
    int status = str_repeat_count_may_call(other, &times);
    if (status <= 0) return status ? 0 : VM_NOT_IMPLEMENTED;
    if (times != 1) bytearray_settle(self);
    Value bytes = repeated(self, times);
    ByteView v = bytes ? byte_view_self(bytes) : (ByteView){0};
    return bytes && bytearray_splice(self, 0, byte_view_length(self), v.data, v.length) == 0 ? self : 0;
}

static Value array_compare(Value a, Value b, int op) {
    if (!py_is_array(a) || !py_is_array(b)) return VM_NOT_IMPLEMENTED;
    int64_t n = array_length(a), m = array_length(b);
    if (n != m && (op == PY_EQ || op == PY_NE)) return vm_bool(op == PY_NE);
    for (int64_t i = 0; i < n && i < m; i++) {
        Value x = array_item(a, i), y = x ? array_item(b, i) : 0, same = y ? py_compare(x, y, PY_EQ) : 0;
        if (!same) return 0;
        if (same != VM_TRUE) return op == PY_EQ || op == PY_NE ? vm_bool(op == PY_NE) : py_compare(x, y, op);
    }
    return py_compare(int_make(n), int_make(m), op);
}

static int array_contains(Value self, Value v) {
    for (int64_t i = 0; i < array_length(self); i++) {
        Value item = array_item(self, i);
        int same = item ? py_compare_bool(item, v, PY_EQ) : -1;
        if (same) return same;
    }
    return 0;
}

static int array_get_buffer(Value self, PyBuffer *buffer, bool writable) {
    const ArrayType *type = array_type_of(self);
    buffer->item_size = type->size;
    buffer->format[0] = type->code == 'u' ? 'w' : type->code;
    return bytearray_get_buffer(self, buffer, writable);
}

static Value array_repr(Value self) {
    const ArrayType *type = array_type_of(self);
    Value name = py_type_name(py_type_of(self));
    if (!name) return 0;
    if (!array_length(self)) return py_str_format("%S('%c')", name, type->code);
    Value items = type->code == 'u' ? array_text(self) : array_to_list(self);
    return items ? py_str_format("%S('%c', %R)", name, type->code, items) : 0;
}

/* ---- the type ------------------------------------------------------------------------------------------------------------ */

static int fill_may_call(Value self, Value initial) {
    const ArrayType *type = array_type_of(self);
    if (py_is_str(initial) && type->code == 'u') return array_append_text(self, initial);
    if (py_is_str(initial)) return py_raise_int(TYPE_TypeError, "cannot use a str to initialize an array with typecode '%c'", type->code);
    if (py_is_array(initial) && array_type_of(initial)->code == 'u' && type->code != 'u')
        return py_raise_int(TYPE_TypeError, "cannot use a unicode array to initialize an array with typecode '%c'", type->code);
    if (py_is_array(initial) && array_type_of(initial) == type) return append_array(self, initial);
    if (!py_is_bytes(initial) && !py_is_bytearray(initial)) return array_extend_items_may_call(self, initial);
    Value bytes = content(initial);
    return bytes ? array_append_bytes(self, byte_view_self(bytes).data, byte_view_self(bytes).length) : -1;
}

static Value array_new(Value type_object, const Value *args, size_t nargs, Value kwnames) {
    Value object_init = py_type_lookup(py_type(TYPE_OBJECT), NAME(__init__));
    if (kwnames && tuple_length(kwnames) && py_type_lookup(type_object, NAME(__init__)) == object_init)
        return py_raise(TYPE_TypeError, "array.array() takes no keyword arguments");
    if (nargs < 1 || nargs > 2)
        return py_raise(TYPE_TypeError, "array() takes at %s %d argument%s (%zu given)", nargs ? "most" : "least", nargs ? 2 : 1,
                        nargs ? "s" : "", nargs);
    if (!py_is_str(args[0]) || str_length(args[0]) != 1)
        return py_raise(TYPE_TypeError, "array() argument 1 must be a unicode character, not %T", args[0]);
    const ArrayType *type = array_type_by_code(str_at(args[0], 0));
    if (!type) return py_raise(TYPE_ValueError, "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)");
    Value self = array_new_empty(type_object, type);
    return self && (nargs < 2 || fill_may_call(self, args[1]) == 0) ? self : 0;
}

Value array_extend(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    return extend_may_call(args[0], args[1]) < 0 ? 0 : VM_NONE;
}
Value array_clone(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    ByteView v = byte_view_self(args[0]);
    return array_from_bytes(py_type(TYPE_TYPED_ARRAY), array_type_of(args[0]), v.data, v.length);
}
static Value array_iter(Value self) { return iterator_new(TYPE_TYPED_ARRAY_ITER, self, 0, 0); }

const PyTypeSpec py_spec_typed_array = {
    .doc = "array(typecode [, initializer]) -> array\n\nAn array of items of one type, given by a character: b B h H i I l L q Q for\n"
           "integers, f d for floats, u for characters. The initializer is a list, a bytes-like object, a str (for u) or an iterable.",
    .slots = {.repr = array_repr,
              .hash = py_hash_unhashable,
              .richcompare = array_compare,
              .iter = array_iter,
              .new = array_new,
              .add = array_add,
              .iadd = array_iadd,
              .mul = array_mul,
              .imul = array_imul,
              .length = array_length,
              .getitem = array_getitem,
              .setitem = array_setitem,
              .contains = array_contains,
              .get_buffer = array_get_buffer,
              .release_buffer = bytearray_release_buffer},
    .methods = array_methods,
    .getsets = array_getsets,
    .raw_words = 4,
    .module = "array"};
