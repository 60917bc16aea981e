/* bytes_new.c -- what bytes() and bytearray() make their content from. */
#include "vm/objects/bytes_methods.h"

/* One item: an integer in range. */
static int add_item(ByteBuilder *out, Value item, const char *range_message) {
    int byte = byte_from_may_call(item, range_message);
    return byte < 0 ? -1 : byte_builder_byte(out, (uint8_t)byte);
}

int bytes_from_iterable_may_call(ByteBuilder *out, Value iterable, const char *type_name,
                                 const char *range_message) {
    if (is_exactly(iterable, TYPE_LIST) || is_exactly(iterable, TYPE_TUPLE)) {
        bool list = is_exactly(iterable, TYPE_LIST);
        for (int64_t i = 0; i < (list ? py_list_length(iterable) : tuple_length(iterable)); i++)
            if (add_item(out, list ? py_list_item(iterable, i) : tuple_item(iterable, i),
                         range_message) < 0)
                return -1;
        return 0;
    }
    Value iterator = py_iter(iterable);
    if (!iterator) {
        if (py_error_is(TYPE_TypeError) && type_name) {
            py_error_clear();
            py_raise(TYPE_TypeError, "cannot convert '%T' object to %s", iterable, type_name);
        }
        return -1;
    }
    for (;;) {
        Value item = py_next(iterator);
        if (item == VM_STOP) return 0;
        if (!item || add_item(out, item, range_message) < 0) return -1;
    }
}

static int source_from_str(const Value *args, const char *type_name, ByteSource *source) {
    const char *encoding, *errors;
    if (!args[2]) return py_raise_int(TYPE_TypeError, "string argument without an encoding");
    if (str_optional_utf8(args[2], type_name, "encoding", &encoding) < 0) return -1;
    if (str_optional_utf8(args[3], type_name, "errors", &errors) < 0) return -1;
    source->object = py_encode(args[1], encoding, errors);
    return source->object ? 0 : -1;
}

/* By __bytes__: 1 if there is one. Only bytes() asks. */
static int source_from_method(Value object, ByteSource *source) {
    Value method = py_lookup_special(object, NAME(__bytes__));
    if (!method) return py_error() ? -1 : 0;
    source->object = py_call0(method);
    if (!source->object) return -1;
    if (py_is_bytes(source->object)) return 1;
    return py_raise_int(TYPE_TypeError, "__bytes__ returned non-bytes (type %T)", source->object);
}

int byte_source_may_call(const Value *args, const char *type_name, ByteSource *source) {
    Value object = args[1];
    *source = (ByteSource){.zeros = -1};
    if (!object) {
        if (args[2] || args[3])
            return py_raise_int(TYPE_TypeError, args[2] ? "encoding without a string argument"
                                                        : "errors without a string argument");
        source->zeros = 0;
        return 0;
    }
    if (!args[2] && !args[3] && !strcmp(type_name, "bytes")) {
        int status = source_from_method(object, source);
        if (status) return status < 0 ? -1 : 0;
    }
    if (py_is_str(object)) return source_from_str(args, type_name, source);
    if (args[2]) return py_raise_int(TYPE_TypeError, "encoding without a string argument");
    if (args[3]) return py_raise_int(TYPE_TypeError, "errors without a string argument");
    if (py_is_int(object) || py_type_lookup(py_type_of(object), NAME(__index__))) {
        source->zeros = py_index_int64(object, "OverflowError");
        if (source->zeros == -1 && py_error()) {
            if (!py_error_is(TYPE_TypeError)) return -1;
            py_error_clear();
        } else {
            return source->zeros < 0 ? py_raise_int(TYPE_ValueError, "negative count") : 0;
        }
    }
    source->zeros = -1;
    if (vm_type_of(object)->slots->get_buffer) {
        source->object = bytes_from_buffer(object);
        return source->object ? 0 : -1;
    }
    source->iterable = object;
    return 0;
}
