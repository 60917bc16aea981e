/* bytes_type.c -- the type bytes: its slots, bytes(), and its iterator. */
#include "vm/objects/bytes_methods.h"

/* ---- bytes() -------------------------------------------------------------------------------- */

static Value bytes_new_exact_may_call(const Value *args) {
    if (args[1] && !args[2] && !args[3] && is_exactly(args[1], TYPE_BYTES)) return args[1];
    ByteSource source;
    if (byte_source_may_call(args, "bytes", &source) < 0) return 0;
    if (source.object) return source.object;
    if (source.iterable) {
        ByteBuilder out = {0};
        if (bytes_from_iterable_may_call(&out, source.iterable, "bytes",
                                         "bytes must be in range(0, 256)") < 0)
            return 0;
        return byte_builder_finish(&out);
    }
    Value bytes = py_bytes_new(0, (size_t)source.zeros);
    if (bytes) memset(bytes_fill(bytes), 0, (size_t)source.zeros);
    return bytes;
}

static PY_FN(bytes_new) {
    Value bytes = bytes_new_exact_may_call(args);
    if (!bytes || args[0] == py_type(TYPE_BYTES)) return bytes;
    size_t length = bytes_length(bytes);
    Value v = py_alloc(args[0], length + 1);
    if (!v) return 0;
    PyBytes GS *self = REF(PyBytes, v);
    self->length = (int64_t)length;
    memcpy(stm_flat(self->data, length + 1, true),
           stm_flat(REF(PyBytes, bytes)->data, length, false), length);
    self->data[length] = 0;
    return v;
}

/* ---- slots ---------------------------------------------------------------------------------- */

static Value bytes_repr_slot(Value v) {
    ByteView view = byte_view_self(v);
    return bytes_repr(view.data, view.length, "b", "");
}

static int64_t bytes_hash(Value v) {
    PyBytes GS *bytes = REF(PyBytes, v);
    if (bytes->hash) return bytes->hash;
    size_t length = (size_t)bytes->length;
    int64_t hash = py_hash_bytes(stm_flat(bytes->data, length, false), length);
    stm_fill_word((uint64_t GS *)&bytes->hash, (uint64_t)hash);
    return hash;
}

static Value bytes_compare(Value a, Value b, int op) {
    if (!py_is_bytes(a) || !py_is_bytes(b)) return VM_NOT_IMPLEMENTED;
    ByteView x = byte_view_self(a), y = byte_view_self(b);
    if (op == PY_EQ || op == PY_NE) {
        bool equal = x.length == y.length && !memcmp(x.data, y.data, x.length);
        return vm_bool(equal == (op == PY_EQ));
    }
    int order = memcmp(x.data, y.data, x.length < y.length ? x.length : y.length);
    if (order == 0) order = x.length < y.length ? -1 : x.length > y.length;
    return vm_bool(op == PY_LT   ? order < 0
                   : op == PY_LE ? order <= 0
                   : op == PY_GT ? order > 0
                                 : order >= 0);
}

static Value bytes_add(Value a, Value b) {
    if (!py_is_bytes(a)) return VM_NOT_IMPLEMENTED;
    ByteView y;
    if (!vm_type_of(b)->slots->get_buffer) {
        if (str_defers_to(b, py_intern_c("__radd__"))) return VM_NOT_IMPLEMENTED;
        return py_raise(TYPE_TypeError, "can't concat %T to bytes", b);
    }
    if (byte_view_get(b, &y) < 0) return py_raise(TYPE_TypeError, "can't concat %T to %T", b, a);
    ByteView x = byte_view_self(a);
    Value out = y.length == 0 && is_exactly(a, TYPE_BYTES)   ? a
                : x.length == 0 && is_exactly(b, TYPE_BYTES) ? b
                                                             : py_bytes_new(0, x.length + y.length);
    if (out && out != a && out != b) {
        uint8_t *to = bytes_fill(out);
        memcpy(to, x.data, x.length);
        memcpy(to + x.length, y.data, y.length);
    }
    byte_view_release(&y);
    return out;
}

static Value bytes_mul(Value a, Value b) {
    Value self = py_is_bytes(a) ? a : b, other = py_is_bytes(a) ? b : a;
    int64_t times;
    int status = str_repeat_count_may_call(other, &times);
    if (status <= 0) return status ? 0 : VM_NOT_IMPLEMENTED;
    size_t length = bytes_length(self);
    if (times == 1 && is_exactly(self, TYPE_BYTES)) return self;
    if (times <= 0 || length == 0) return py_bytes_new("", 0);
    if ((uint64_t)times > (uint64_t)INT64_MAX / length)
        return py_raise(TYPE_OverflowError, "repeated bytes are too long");
    Value out = py_bytes_new(0, length * (size_t)times);
    if (!out) return 0;
    uint8_t *to = bytes_fill(out);
    const uint8_t *from = byte_view_self(self).data;
    if (length == 1)
        memset(to, *from, (size_t)times);
    else
        for (int64_t i = 0; i < times; i++) memcpy(to + (size_t)i * length, from, length);
    return out;
}

static Value bytes_mod(Value a, Value b) {
    return py_is_bytes(a) ? bytes_percent_format(a, b) : VM_NOT_IMPLEMENTED;
}

static int64_t bytes_length_slot(Value v) { return REF(PyBytes, v)->length; }

static Value bytes_getitem(Value v, Value key) {
    if (is_exactly(key, TYPE_SLICE)) return bytes_slice(v, key);
    int64_t i;
    if (bytes_index_may_call(v, key, &i) < 0) return 0;
    return int_make(REF(PyBytes, v)->data[i]);
}

static int bytes_get_buffer(Value v, PyBuffer *buffer, bool writable) {
    if (writable) return py_raise_int(TYPE_BufferError, "Object is not writable.");
    PyBytes GS *bytes = REF(PyBytes, v);
    buffer->ref = STM_REF(bytes->data);
    buffer->length = bytes->length;
    buffer->data = stm_flat(bytes->data, (size_t)bytes->length, false);
    buffer->readonly = true;
    return 0;
}

/* ---- iterator ------------------------------------------------------------------------------- */

static Value bytes_iter(Value v) {
    Value it = py_alloc_id(TYPE_BYTES_ITER, 0);
    if (it) REF(PyIter, it)->a = v;
    return it;
}

static Value bytes_iter_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value v = GET(it, a);
    if (!v) return VM_STOP;
    int64_t i = GET(it, index);
    if (i >= REF(PyBytes, v)->length) {
        SET(it, a, 0);
        return VM_STOP;
    }
    SET(it, index, i + 1);
    return int_make(REF(PyBytes, v)->data[i]);
}
static Value self_iter(Value self) { return self; }

static PY_FN(bytes_iter_length_hint) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value v = GET(it, a);
    return int_make(v ? REF(PyBytes, v)->length - GET(it, index) : 0);
}
static PY_FN(bytes_iter_reduce) {
    Value iter = py_import_attr("builtins", "iter");
    if (!iter) return 0;
    PyIter GS *it = REF(PyIter, args[0]);
    Value v = GET(it, a);
    if (!v) return py_tuple_pack(2, iter, py_tuple_pack(1, py_tuple_new(0)));
    return py_tuple_pack(3, iter, py_tuple_pack(1, v), int_make(GET(it, index)));
}
static PY_FN(bytes_iter_setstate) {
    int64_t i = py_index_int64(args[1], "OverflowError");
    if (i == -1 && py_error()) return 0;
    PyIter GS *it = REF(PyIter, args[0]);
    Value v = GET(it, a);
    int64_t length = v ? REF(PyBytes, v)->length : 0;
    SET(it, index, i < 0 ? 0 : i > length ? length : i);
    return VM_NONE;
}
static const PyMethodDef bytes_iter_methods[] = {
    {"__length_hint__", "($self, /)", bytes_iter_length_hint, 0, "How many bytes are left."},
    {"__reduce__", "($self, /)", bytes_iter_reduce, 0, "For pickling."},
    {"__setstate__", "($self, index, /)", bytes_iter_setstate, 0, "For unpickling."},
    {0},
};
const PyTypeSpec py_spec_bytes_iter = {.slots = {.iter = self_iter, .next = bytes_iter_next},
                                       .methods = bytes_iter_methods,
                                       .raw_words = 2};

/* ---- the type ------------------------------------------------------------------------------- */

static PY_FN(bytes_method___getnewargs__) {
    ByteView view = byte_view_self(args[0]);
    Value bytes = py_bytes_new(view.data, view.length);
    return bytes ? py_tuple_pack(1, bytes) : 0;
}
static PY_FN(bytes_method___bytes__) {
    if (is_exactly(args[0], TYPE_BYTES)) return args[0];
    ByteView view = byte_view_self(args[0]);
    return py_bytes_new(view.data, view.length);
}
static PY_FN(bytes_method___sizeof__) {
    return int_make((int64_t)gc_object_size(STM_OBJ(args[0])));
}

static const PyMethodDef bytes_methods[] = {
#define BYTES_METHOD(name, signature, flags, doc) {#name, signature, bytes_method_##name, flags, doc},
#include "vm/objects/bytes_methods.tbl"
#undef BYTES_METHOD
    {"__getnewargs__", "($self, /)", bytes_method___getnewargs__, 0, "For pickling."},
    {"__bytes__", "($self, /)", bytes_method___bytes__, 0,
     "Convert this value to exact type bytes."},
    {"__sizeof__", "($self, /)", bytes_method___sizeof__, 0, "Bytes in memory."},
    {0},
};

const PyTypeSpec py_spec_bytes = {
    .doc = "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\n"
           "bytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\nbytes(int) -> zero bytes\n"
           "bytes() -> empty bytes object",
    .slots = {.repr = bytes_repr_slot,
              .str = bytes_repr_slot,
              .hash = bytes_hash,
              .richcompare = bytes_compare,
              .iter = bytes_iter,
              .add = bytes_add,
              .mul = bytes_mul,
              .mod = bytes_mod,
              .length = bytes_length_slot,
              .getitem = bytes_getitem,
              .contains = bytes_contains,
              .get_buffer = bytes_get_buffer},
    .methods = bytes_methods,
    .new_signature = "(source=b'', encoding='utf-8', errors='strict')",
    .new_fn = bytes_new,
    .raw_words = GC_KIND_LEAF,
};
