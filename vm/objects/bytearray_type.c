/* bytearray_type.c -- the type bytearray: its slots, bytearray(), buffers and iterator. */
#include "vm/exec/generator.h"
#include "vm/objects/bytearray.h"

/* One by one: a generator may look at the object meanwhile. */
static int append_items_may_call(Value self, Value generator) {
    Value args[2] = {self};
    while ((args[1] = py_next(generator)) != VM_STOP)
        if (!args[1] || !bytearray_append(args, 2, 0)) return -1;
    return 0;
}

static int bytearray_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    static const char *const names[3] = {"source", "encoding", "errors"};
    Value bound[4] = {self};
    if (nargs > 3)
        return py_raise_int(TYPE_TypeError, "bytearray() takes at most 3 arguments (%zu given)",
                            nargs);
    for (size_t i = 0; i < nargs; i++) bound[1 + i] = args[i];
    for (int64_t i = 0; kwnames && i < tuple_length(kwnames); i++) {
        int at = 0;
        while (at < 3 && !py_str_equal_c(tuple_item(kwnames, i), names[at])) at++;
        if (at == 3)
            return py_raise_int(TYPE_TypeError,
                                "'%S' is an invalid keyword argument for bytearray()",
                                tuple_item(kwnames, i));
        if (bound[1 + at])
            return py_raise_int(TYPE_TypeError,
                                "argument for bytearray() given by name ('%s') and position (%d)",
                                names[at], at + 1);
        bound[1 + at] = args[nargs + (size_t)i];
    }
    bytearray_settle(self);
    if (bytearray_splice(self, 0, byte_view_length(self), 0, 0) < 0) return -1;
    ByteSource source;
    if (byte_source_may_call(bound, "bytearray", &source) < 0) return -1;
    if (source.iterable && is_generator_like(source.iterable)) return append_items_may_call(self, source.iterable);
    if (source.iterable) {
        ByteBuilder out = {0};
        if (bytes_from_iterable_may_call(&out, source.iterable, "bytearray",
                                         "byte must be in range(0, 256)") < 0)
            return -1;
        source.object = byte_builder_finish(&out);
        if (!source.object) return -1;
    }
    if (!source.object) return bytearray_splice(self, 0, 0, 0, (size_t)source.zeros);
    ByteView view = byte_view_self(source.object);
    return bytearray_splice(self, 0, 0, view.data, view.length);
}

static Value bytearray_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_alloc(type, 0);
}

/* ---- slots ---------------------------------------------------------------------------------- */

static Value bytearray_repr(Value self) {
    Value name = py_type_name(py_type_of(self));
    if (!name) return 0;
    const char *prefix = py_str_utf8(name, 0);
    if (!prefix) return 0;
    ByteView v = byte_view_self(self);
    Value body = bytes_repr(v.data, v.length, "(b", ")");
    return body ? py_str_concat(name, body) : 0;
}

/* With anything that has a buffer, but not with text. */
static Value bytearray_compare(Value a, Value b, int op) {
    if (!vm_type_of(a)->slots->get_buffer || !vm_type_of(b)->slots->get_buffer)
        return VM_NOT_IMPLEMENTED;
    ByteView x, y;
    if (byte_view_get(a, &x) < 0) {
        py_error_clear();
        return VM_NOT_IMPLEMENTED;
    }
    if (byte_view_get(b, &y) < 0) {
        py_error_clear();
        byte_view_release(&x);
        return VM_NOT_IMPLEMENTED;
    }
    int order = memcmp(x.data, y.data, x.length < y.length ? x.length : y.length);
    if (order == 0) order = x.length < y.length ? -1 : x.length > y.length;
    byte_view_release(&y);
    byte_view_release(&x);
    switch (op) {
    case PY_LT: return vm_bool(order < 0);
    case PY_LE: return vm_bool(order <= 0);
    case PY_EQ: return vm_bool(order == 0);
    case PY_NE: return vm_bool(order != 0);
    case PY_GT: return vm_bool(order > 0);
    default: return vm_bool(order >= 0);
    }
}

static Value bytearray_add(Value a, Value b) {
    if (!py_is_bytearray(a)) return VM_NOT_IMPLEMENTED;
    if (!vm_type_of(b)->slots->get_buffer) {
        if (str_defers_to(b, py_intern_c("__radd__"))) return VM_NOT_IMPLEMENTED;
        return py_raise(TYPE_TypeError, "can't concat %T to %T", b, a);
    }
    ByteView y;
    if (byte_view_get(b, &y) < 0) return py_raise(TYPE_TypeError, "can't concat %T to %T", b, a);
    ByteView x = byte_view_self(a);
    Value out = py_bytearray_new(0, x.length + y.length);
    if (out) {
        uint8_t *to = bytearray_writable(out, 0, x.length + y.length);
        memcpy(to, x.data, x.length);
        memcpy(to + x.length, y.data, y.length);
    }
    byte_view_release(&y);
    return out;
}

static Value bytearray_iadd(Value self, Value other) {
    if (!vm_type_of(other)->slots->get_buffer)
        return py_raise(TYPE_TypeError, "can't concat %T to %T", other, self);
    return bytearray_extend_may_call(self, other) < 0 ? 0 : self;
}

/* The content `times` times, at `to`. */
static void repeat_into(uint8_t *to, const uint8_t *from, size_t length, int64_t times) {
    for (int64_t i = 0; i < times; i++) memmove(to + (size_t)i * length, from, length);
}

static int repeat_length(size_t length, int64_t times, size_t *total) {
    if (length && (uint64_t)times > (uint64_t)INT64_MAX / 4 / length)
        return (int)py_raise_memory() - 1;
    *total = length * (size_t)times;
    return 0;
}

static Value bytearray_mul(Value a, Value b) {
    Value self = py_is_bytearray(a) ? a : b, other = py_is_bytearray(a) ? b : a;
    int64_t times;
    int status = str_repeat_count_may_call(other, &times);
    if (status <= 0) return status ? 0 : VM_NOT_IMPLEMENTED;
    if (times < 0) times = 0;
    size_t total = 0;
    ByteView v = byte_view_self(self);
    if (repeat_length(v.length, times, &total) < 0) return 0;
    Value out = py_bytearray_new(0, total);
    if (out) repeat_into(bytearray_writable(out, 0, total), v.data, v.length, times);
    return out;
}

static Value bytearray_imul(Value self, Value other) {
    int64_t times;
    int status = str_repeat_count_may_call(other, &times);
    if (status <= 0) return status ? 0 : VM_NOT_IMPLEMENTED;
    if (times < 0) times = 0;
    if (times != 1) bytearray_settle(self);
    size_t total = 0, length = byte_view_length(self);
    if (repeat_length(length, times, &total) < 0) return 0;
    if (total < length) return bytearray_splice(self, total, length, 0, 0) < 0 ? 0 : self;
    if (bytearray_splice(self, length, length, 0, total - length) < 0) return 0;
    uint8_t *data = bytearray_writable(self, 0, total);
    repeat_into(data, data, length, times);
    return self;
}

static Value bytearray_mod(Value a, Value b) {
    return py_is_bytearray(a) ? bytes_percent_format(a, b) : VM_NOT_IMPLEMENTED;
}

static int64_t bytearray_length(Value self) { return GET(REF(PyByteArray, self), length); }

static Value bytearray_getitem(Value self, Value key) {
    if (is_exactly(key, TYPE_SLICE)) return bytes_slice(self, key);
    int64_t i;
    if (bytes_index_may_call(self, key, &i) < 0) return 0;
    PyByteArray GS *array = REF(PyByteArray, self);
    const uint8_t GS *at = REF(PyRaw, GET(array, raw))->data + GET(array, start) + i;
    stm_read(at);
    return int_make(*at);
}

int bytearray_get_buffer(Value self, PyBuffer *buffer, bool writable) {
    PyByteArray GS *array = REF(PyByteArray, self);
    size_t length = (size_t)GET(array, length);
    buffer->length = (int64_t)length;
    buffer->readonly = false;
    buffer->data =
        writable ? bytearray_writable(self, 0, length) : (void *)byte_view_self(self).data;
    Value raw = GET(array, raw);
    buffer->ref = raw ? STM_REF(REF(PyRaw, raw)->data) + (StmRef)GET(array, start) : 0;
    SET(array, exports, GET(array, exports) + 1);
    return 0;
}

void bytearray_release_buffer(Value self, PyBuffer *buffer) {
    (void)buffer;
    PyByteArray GS *array = REF(PyByteArray, self);
    SET(array, exports, GET(array, exports) - 1);
}

/* ---- iterator ------------------------------------------------------------------------------- */

static Value bytearray_iter(Value self) {
    Value it = py_alloc_id(TYPE_BYTEARRAY_ITER, 0);
    if (it) REF(PyIter, it)->a = self;
    return it;
}

static Value bytearray_iter_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value v = GET(it, a);
    if (!v) return VM_STOP;
    int64_t i = GET(it, index);
    if (i >= bytearray_length(v)) {
        SET(it, a, 0);
        return VM_STOP;
    }
    SET(it, index, i + 1);
    return bytearray_getitem(v, int_make(i));
}
static Value self_iter(Value self) { return self; }

static PY_FN(bytearray_iter_length_hint) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value v = GET(it, a);
    int64_t left = v ? bytearray_length(v) - GET(it, index) : 0;
    return int_make(left < 0 ? 0 : left);
}
static PY_FN(bytearray_iter_reduce) {
    Value iter = py_import_attr("builtins", "iter");
    if (!iter) return 0;
    PyIter GS *it = REF(PyIter, args[0]);
    Value v = GET(it, a);
    if (!v) return py_tuple_pack(2, iter, py_tuple_pack(1, py_tuple_new(0)));
    return py_tuple_pack(3, iter, py_tuple_pack(1, v), int_make(GET(it, index)));
}
static PY_FN(bytearray_iter_setstate) {
    int64_t i = py_index_int64(args[1], "OverflowError");
    if (i == -1 && py_error()) return 0;
    PyIter GS *it = REF(PyIter, args[0]);
    Value v = GET(it, a);
    int64_t length = v ? bytearray_length(v) : 0;
    SET(it, index, i < 0 ? 0 : i > length ? length : i);
    return VM_NONE;
}
static const PyMethodDef bytearray_iter_methods[] = {
    {"__length_hint__", "($self, /)", bytearray_iter_length_hint, 0, "How many bytes are left."},
    {"__reduce__", "($self, /)", bytearray_iter_reduce, 0, "For pickling."},
    {"__setstate__", "($self, index, /)", bytearray_iter_setstate, 0, "For unpickling."},
    {0},
};
const PyTypeSpec py_spec_bytearray_iter = {
    .slots = {.iter = self_iter, .next = bytearray_iter_next},
    .methods = bytearray_iter_methods,
    .raw_words = 2};

/* ---- the type ------------------------------------------------------------------------------- */

static PY_FN(bytearray_copy) {
    ByteView v = byte_view_self(args[0]);
    return py_bytearray_new(v.data, v.length);
}
static PY_FN(bytearray_alloc) {
    Value raw = GET(REF(PyByteArray, args[0]), raw);
    return py_int_from_u64(raw ? REF(PyRaw, raw)->capacity : 0);
}
static PY_FN(bytearray_sizeof) {
    Value raw = GET(REF(PyByteArray, args[0]), raw);
    return py_int_from_u64(sizeof(PyByteArray) + (raw ? REF(PyRaw, raw)->capacity : 0));
}

/* (type, (content, [encoding]), state): text in latin-1 for the old protocols of pickle. */
static Value reduce(Value self, int64_t protocol) {
    Value state = py_call_method(self, "__getstate__", 0, 0);
    if (!state) return 0;
    ByteView v = byte_view_self(self);
    Value arguments;
    if (protocol < 3)
        arguments = py_tuple_pack(2, str_from_flat(v.data, 1, v.length), py_str_c("latin-1"));
    else
        arguments = v.length ? py_tuple_pack(1, py_bytes_new(v.data, v.length)) : py_tuple_new(0);
    return arguments ? py_tuple_pack(3, py_type_of(self), arguments, state) : 0;
}
static PY_FN(bytearray_reduce) { return reduce(args[0], 2); }
static PY_FN(bytearray_reduce_ex) {
    int64_t protocol = args[1] ? py_index_int64(args[1], 0) : 0;
    return protocol == -1 && py_error() ? 0 : reduce(args[0], protocol);
}

static const PyMethodDef bytearray_methods[] = {
#define BYTES_METHOD(name, signature, flags, doc) {#name, signature, bytes_method_##name, flags, doc},
#include "vm/objects/bytes_methods.tbl"
#undef BYTES_METHOD
    {"append", "($self, item, /)", bytearray_append, 0, "Append one byte."},
    {"clear", "($self, /)", bytearray_clear, 0, "Remove all bytes."},
    {"copy", "($self, /)", bytearray_copy, 0, "Return a copy."},
    {"extend", "($self, iterable_of_ints, /)", bytearray_extend, 0,
     "Append the bytes of an iterable or buffer."},
    {"insert", "($self, index, item, /)", bytearray_insert, 0, "Insert one byte before the index."},
    {"pop", "($self, index=-1, /)", bytearray_pop, 0,
     "Remove and return one byte, the last by default."},
    {"remove", "($self, value, /)", bytearray_remove, 0, "Remove the first byte of this value."},
    {"reverse", "($self, /)", bytearray_reverse, 0, "Reverse the order of the bytes in place."},
    {"__alloc__", "($self, /)", bytearray_alloc, 0, "Bytes allocated for the content."},
    {"__reduce__", "($self, /)", bytearray_reduce, 0, "For pickling."},
    {"__reduce_ex__", "($self, proto=0, /)", bytearray_reduce_ex, 0, "For pickling."},
    {"__sizeof__", "($self, /)", bytearray_sizeof, 0, "Bytes in memory."},
    {0},
};

const PyTypeSpec py_spec_bytearray = {
    .doc = "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> "
           "bytearray\n"
           "bytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\nbytearray(int) -> zero "
           "bytes\n"
           "bytearray() -> empty bytearray",
    .slots = {.repr = bytearray_repr,
              .str = bytearray_repr,
              .hash = py_hash_unhashable,
              .richcompare = bytearray_compare,
              .iter = bytearray_iter,
              .new = bytearray_new,
              .init = bytearray_init,
              .add = bytearray_add,
              .iadd = bytearray_iadd,
              .mul = bytearray_mul,
              .imul = bytearray_imul,
              .mod = bytearray_mod,
              .length = bytearray_length,
              .getitem = bytearray_getitem,
              .setitem = bytearray_setitem,
              .contains = bytes_contains,
              .get_buffer = bytearray_get_buffer,
              .release_buffer = bytearray_release_buffer},
    .methods = bytearray_methods,
    .raw_words = 4,
};
