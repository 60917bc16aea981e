/* str_type.c -- the type str: its slots, str(), subscripts; and the iterators over str. */
#include "vm/runtime.h"
#include "vm/exec/frame.h"
#include "vm/objects/bytes.h"
#include "vm/objects/str_methods.h"

/* ---- str() ---------------------------------------------------------------------------------- */

static Value decode_object_may_call(Value object, Value encoding, Value errors) {
    const char *encoding_text, *errors_text;
    if (str_optional_utf8(encoding, "str", "encoding", &encoding_text) < 0) return 0;
    if (str_optional_utf8(errors, "str", "errors", &errors_text) < 0) return 0;
    if (py_is_str(object)) return py_raise(TYPE_TypeError, "decoding str is not supported");
    ByteView view;
    if (byte_view_get(object, &view) < 0) {
        if (!py_error_is(TYPE_TypeError)) return 0;
        py_error_clear();
        return py_raise(TYPE_TypeError, "decoding to str: need a bytes-like object, %T found",
                        object);
    }
    Value s = view.length == 0 && !vm_options.dev_mode ? NAME(empty) /* whatever the encoding */
                               : py_decode((const char *)view.data, view.length, encoding_text ? encoding_text : "utf-8", errors_text);
    byte_view_release(&view);
    return s;
}

/* An instance of a subclass with the text of s. */
static Value str_new_subclass(Value type, Value s) {
    PyStr GS *from = REF(PyStr, s);
    size_t bytes = (size_t)from->length * from->width;
    Value v = py_alloc(type, bytes + 1);
    if (!v) return 0;
    PyStr GS *str = REF(PyStr, v);
    str->length = from->length;
    str->width = from->width;
    str->ascii = from->ascii;
    str->hash = from->hash;
    memcpy(stm_flat(str->data, bytes + 1, true), stm_flat(str_data(s), bytes, false), bytes);
    str->data[bytes] = 0;
    return v;
}

static PY_FN(str_new) {
    Value s;
    if (!args[1])
        s = NAME(empty);
    else if (args[2] || args[3])
        s = decode_object_may_call(args[1], args[2], args[3]);
    else
        s = py_str(args[1]);
    if (!s || args[0] == py_type(TYPE_STR)) return s;
    return str_new_subclass(args[0], s);
}

/* ---- slots ---------------------------------------------------------------------------------- */

static Value str_compare_slot(Value a, Value b, int op) {
    if (!py_is_str(a) || !py_is_str(b)) return VM_NOT_IMPLEMENTED;
    if (op == PY_EQ) return vm_bool(py_str_equal(a, b));
    if (op == PY_NE) return vm_bool(!py_str_equal(a, b));
    int order = py_str_compare(a, b);
    switch (op) {
    case PY_LT: return vm_bool(order < 0);
    case PY_LE: return vm_bool(order <= 0);
    case PY_GT: return vm_bool(order > 0);
    default: return vm_bool(order >= 0);
    }
}

bool str_defers_to(Value right, Value reflected_name) {
    return is_ref(right) && type_flag(right, VM_TYPE_HEAP) &&
           py_type_lookup(py_type_of(right), reflected_name);
}

static Value str_add(Value a, Value b) {
    if (!py_is_str(a)) return VM_NOT_IMPLEMENTED;
    if (LIKELY(py_is_str(b))) return py_str_concat(a, b);
    Value radd = py_intern_c("__radd__");
    if (str_defers_to(b, radd)) return VM_NOT_IMPLEMENTED;
    return py_raise(TYPE_TypeError, "can only concatenate str (not \"%T\") to str", b);
}

int str_repeat_count_may_call(Value other, int64_t *times) {
    if (is_int(other)) return *times = int_value(other), 1;
    if (!py_is_int(other) && !py_type_lookup(py_type_of(other), NAME(__index__))) {
        if (str_defers_to(other, py_intern_c("__rmul__")) ||
            str_defers_to(other, py_intern_c("__mul__")))
            return 0;
        return py_raise_int(TYPE_TypeError, "can't multiply sequence by non-int of type '%T'",
                            other);
    }
    *times = py_index_int64(other, "OverflowError");
    return *times == -1 && py_error() ? -1 : 1;
}

static Value str_mul(Value a, Value b) {
    Value s = py_is_str(a) ? a : b, other = py_is_str(a) ? b : a;
    int64_t times;
    int status = str_repeat_count_may_call(other, &times);
    if (status <= 0) return status ? 0 : VM_NOT_IMPLEMENTED;
    return str_repeat(s, times);
}

static Value str_mod(Value a, Value b) {
    return py_is_str(a) ? str_percent_format(a, b) : VM_NOT_IMPLEMENTED;
}

static int64_t str_length_slot(Value s) { return (int64_t)str_length(s); }

static Value str_slice(Value s, Value slice) {
    int64_t start, stop, step, count;
    if (py_slice_indices(slice, (int64_t)str_length(s), &start, &stop, &step, &count) < 0) return 0;
    if (count <= 0) return NAME(empty);
    if (step == 1) return py_str_substring(s, (size_t)start, (size_t)(start + count));
    StrView v = str_view(s);
    Value raw = py_raw_new((size_t)count * v.width);
    if (!raw) return 0;
    void *to = stm_flat(REF(PyRaw, raw)->data, (size_t)count * v.width, true);
    for (int64_t i = 0; i < count; i++)
        flat_put(to, v.width, (size_t)i, view_char(&v, (size_t)(start + i * step)));
    return str_from_flat(to, v.width, (size_t)count);
}

static Value str_getitem(Value s, Value key) {
    int64_t i;
    if (LIKELY(is_int(key))) {
        i = int_value(key);
    } else if (is_exactly(key, TYPE_SLICE)) {
        return str_slice(s, key);
    } else {
        if (!py_is_int(key) && !py_type_lookup(py_type_of(key), NAME(__index__)))
            return py_raise(TYPE_TypeError, "string indices must be integers, not '%T'", key);
        i = py_index_int64(key, "IndexError");
        if (i == -1 && py_error()) return 0;
    }
    int64_t length = (int64_t)str_length(s);
    if (i < 0) i += length;
    if (i < 0 || i >= length) return py_raise(TYPE_IndexError, "string index out of range");
    return py_str_char(str_at(s, (size_t)i));
}

static int str_contains(Value s, Value item) {
    if (!py_is_str(item))
        return py_raise_int(TYPE_TypeError, "'in <string>' requires string as left operand, not %T",
                            item);
    StrView hay = str_view(s), needle = str_view(item);
    return flat_find(&hay, &needle, 0, hay.length) >= 0;
}

static Value str_str(Value s) { return str_exact(s); }

/* ---- iterators ------------------------------------------------------------------------------ */

static Value str_iter(Value s) {
    Value it = py_alloc_id(str_is_ascii(s) ? TYPE_STR_ASCII_ITER : TYPE_STR_ITER, 0);
    if (it) REF(PyIter, it)->a = s;
    return it;
}

static Value str_iter_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value s = GET(it, a);
    if (!s) return VM_STOP;
    int64_t i = GET(it, index);
    if (UNLIKELY((uint64_t)i >= str_length(s))) {
        SET(it, a, 0);
        return VM_STOP;
    }
    SET(it, index, i + 1);
    return py_str_char(str_at(s, (size_t)i));
}

static Value self_iter(Value self) { return self; }

static PY_FN(str_iter_length_hint) {
    PyIter GS *it = REF(PyIter, args[0]);
    Value s = GET(it, a);
    return py_int_from_i64(s ? (int64_t)str_length(s) - GET(it, index) : 0);
}

static PY_FN(str_iter_reduce) {
    Value iter = py_import_attr("builtins", "iter");
    if (!iter) return 0;
    PyIter GS *it = REF(PyIter, args[0]);
    Value s = GET(it, a), arguments = py_tuple_pack(1, s ? s : NAME(empty));
    if (!arguments) return 0;
    if (!s) return py_tuple_pack(2, iter, arguments);
    return py_tuple_pack(3, iter, arguments, py_int_from_i64(GET(it, index)));
}

static PY_FN(str_iter_setstate) {
    int64_t i = py_index_int64(args[1], "OverflowError");
    if (i == -1 && py_error()) return 0;
    PyIter GS *it = REF(PyIter, args[0]);
    Value s = GET(it, a);
    if (!s) return VM_NONE;
    int64_t length = (int64_t)str_length(s);
    SET(it, index, i < 0 ? 0 : i > length ? length : i);
    return VM_NONE;
}

static const PyMethodDef str_iter_methods[] = {
    {"__length_hint__", "($self, /)", str_iter_length_hint, 0, "How many characters are left."},
    {"__reduce__", "($self, /)", str_iter_reduce, 0, "For pickling."},
    {"__setstate__", "($self, index, /)", str_iter_setstate, 0, "For unpickling."},
    {0},
};
const PyTypeSpec py_spec_str_iter = {.slots = {.iter = self_iter, .next = str_iter_next},
                                     .methods = str_iter_methods,
                                     .raw_words = 2};
const PyTypeSpec py_spec_str_ascii_iter = {.slots = {.iter = self_iter, .next = str_iter_next},
                                           .methods = str_iter_methods,
                                           .raw_words = 2};

/* ---- the type ------------------------------------------------------------------------------- */

PY_FN(str_method___getnewargs__) { return py_tuple_pack(1, str_exact(args[0])); }
PY_FN(str_method___sizeof__) { return py_int_from_i64((int64_t)gc_object_size(STM_OBJ(args[0]))); }

static const PyMethodDef str_methods[] = {
#define METHOD(name, signature, flags, doc) {#name, signature, str_method_##name, flags, doc},
#include "vm/objects/str_methods.tbl"
#undef METHOD
    {0},
};

const PyTypeSpec py_spec_str = {
    .doc = "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\n"
           "The text of an object: what its __str__ or, without one, its __repr__ gives; or the\n"
           "bytes decoded. encoding defaults to sys.getdefaultencoding(), errors to 'strict'.",
    .slots = {.repr = str_repr,
              .str = str_str,
              .hash = py_str_hash,
              .richcompare = str_compare_slot,
              .iter = str_iter,
              .add = str_add,
              .mul = str_mul,
              .mod = str_mod,
              .length = str_length_slot,
              .getitem = str_getitem,
              .contains = str_contains},
    .methods = str_methods,
    .new_signature = "(object='', encoding='utf-8', errors='strict')",
    .new_fn = str_new,
    .raw_words = GC_KIND_LEAF,
};
