/* Module array: the methods of arrays, their iterator, and how they are pickled. */
#include "vm/modules/array.h"
#include "vm/modules/module.h"
#include "vm/modules/struct_codes.h"
#include "vm/objects/bytearray.h"
#include "vm/objects/iterators.h"

/* ---- as a list ---------------------------------------------------------------------------------------------------- */

FUNCTION(array_append) { return array_append_may_call(args[0], args[1]) < 0 ? 0 : VM_NONE; }

FUNCTION(array_insert) {
    int64_t at = py_index_int64(args[1], "OverflowError");
    if (at == -1 && py_error()) return 0;
    /* The item is converted by appending it; then it goes to its place. */
    if (array_append_may_call(args[0], args[2]) < 0) return 0;
    int64_t n = array_length(args[0]) - 1, size = array_type_of(args[0])->size;
    at = at < 0 ? at + n : at;
    at = at < 0 ? 0 : at > n ? n : at;
    uint8_t *data = bytearray_writable(args[0], 0, (size_t)((n + 1) * size)), item[8];
    memcpy(item, data + n * size, (size_t)size);
    memmove(data + (at + 1) * size, data + at * size, (size_t)((n - at) * size));
    memcpy(data + at * size, item, (size_t)size);
    return VM_NONE;
}

static int delete_item(Value self, int64_t i) {
    size_t size = (size_t)array_type_of(self)->size;
    return bytearray_splice(self, (size_t)i * size, (size_t)(i + 1) * size, 0, 0);
}
FUNCTION(array_pop) {
    int64_t i = args[1] ? py_index_int64(args[1], "OverflowError") : -1;
    if (i == -1 && py_error()) return 0;
    bytearray_settle(args[0]);
    int64_t n = array_length(args[0]);
    if (!n) return py_raise(TYPE_IndexError, "pop from empty array");
    if (i < 0) i += n;
    if (i < 0 || i >= n) return py_raise(TYPE_IndexError, "pop index out of range");
    Value item = array_item(args[0], i);
    return item && delete_item(args[0], i) == 0 ? item : 0;
}

/* The first place of v in [start, stop), -1 where it is absent, -2 with an exception. May call. */
static int64_t find_may_call(Value self, Value v, int64_t start, int64_t stop) {
    for (int64_t i = start; i < stop && i < array_length(self); i++) {
        Value item = array_item(self, i);
        int same = item ? py_compare_bool(item, v, PY_EQ) : -1;
        if (same) return same < 0 ? -2 : i;
    }
    return -1;
}
FUNCTION(array_index) {
    int64_t start, stop;
    if (str_range_may_call(args[2], args[3], array_length(args[0]), &start, &stop) < 0) return 0;
    int64_t i = find_may_call(args[0], args[1], start, stop);
    return i >= 0 ? int_make(i) : i == -2 ? 0 : py_raise(TYPE_ValueError, "array.index(x): x not in array");
}
FUNCTION(array_remove) {
    bytearray_settle(args[0]);
    int64_t i = find_may_call(args[0], args[1], 0, INT64_MAX);
    if (i < 0) return i == -2 ? 0 : py_raise(TYPE_ValueError, "array.remove(x): x not in array");
    return i < array_length(args[0]) && delete_item(args[0], i) < 0 ? 0 : VM_NONE;
}
FUNCTION(array_count) {
    int64_t count = 0;
    for (int64_t i = 0; (i = find_may_call(args[0], args[1], i, INT64_MAX)) >= 0; i++) count++;
    return py_error() ? 0 : int_make(count);
}
FUNCTION(array_reverse) {
    int64_t n = array_length(args[0]), size = array_type_of(args[0])->size;
    uint8_t *data = bytearray_writable(args[0], 0, (size_t)(n * size)), item[8];
    for (int64_t i = 0, j = n - 1; i < j; i++, j--) {
        memcpy(item, data + i * size, (size_t)size);
        memcpy(data + i * size, data + j * size, (size_t)size);
        memcpy(data + j * size, item, (size_t)size);
    }
    return VM_NONE;
}
FUNCTION(array_byteswap) {
    int64_t n = array_length(args[0]), size = array_type_of(args[0])->size;
    uint8_t *data = bytearray_writable(args[0], 0, (size_t)(n * size));
    for (uint8_t *item = data; item < data + n * size; item += size)
        for (int64_t i = 0; i < size / 2; i++) {
            uint8_t byte = item[i];
            item[i] = item[size - 1 - i];
            item[size - 1 - i] = byte;
        }
    return VM_NONE;
}

/* ---- from and to other types ------------------------------------------------------------------------------------------ */

Value array_to_list(Value self) {
    int64_t n = array_length(self);
    Value list = py_list_new((size_t)n);
    for (int64_t i = 0; list && i < n; i++) {
        Value item = array_item(self, i);
        if (!item) return 0;
        py_list_set_item(list, i, item);
    }
    return list;
}
FUNCTION(array_tolist) { return array_to_list(args[0]); }

/* All or nothing. */
FUNCTION(array_fromlist) {
    if (!py_is_list(args[1])) return py_raise(TYPE_TypeError, "arg must be list");
    size_t before = byte_view_length(args[0]);
    int64_t n = py_list_length(args[1]);
    for (int64_t i = 0; i < n; i++) {
        if (array_append_may_call(args[0], py_list_item(args[1], i)) == 0) {
            if (py_list_length(args[1]) == n) continue;
            py_raise(TYPE_RuntimeError, "list changed size during iteration");
        }
        Value error = py_error_take();
        if (byte_view_length(args[0]) > before) bytearray_splice(args[0], before, byte_view_length(args[0]), 0, 0);
        py_error_restore(error);
        return 0;
    }
    return VM_NONE;
}

FUNCTION(array_tobytes) {
    ByteView v = byte_view_self(args[0]);
    return py_bytes_new(v.data, v.length);
}
FUNCTION(array_frombytes) {
    PyBuffer view;
    bytearray_settle(args[0]);
    if (py_get_buffer(args[1], &view, false) < 0) return 0;
    Value bytes = view.item_size == 1 ? py_bytes_new(view.data, (size_t)view.length)
                                      : py_raise(TYPE_TypeError, "a bytes-like object is required");
    py_release_buffer(&view);
    if (!bytes) return 0;
    ByteView v = byte_view_self(bytes);
    return array_append_bytes(args[0], v.data, v.length) < 0 ? 0 : VM_NONE;
}

static int check_characters(Value self, const char *function) {
    if (array_type_of(self)->code == 'u') return 0;
    return py_raise_int(TYPE_ValueError, "%s() may only be called on unicode type arrays", function);
}
Value array_text(Value self) {
    ByteView v = byte_view_self(self);
    for (size_t i = 0; i < v.length / 4; i++)
        if (flat_char(v.data, 4, i) > STR_MAX_CHAR)
            return py_raise(TYPE_ValueError, "character U+%x is not in range [U+0000; U+10ffff]", (unsigned)flat_char(v.data, 4, i));
    return str_from_flat(v.data, 4, v.length / 4);
}
FUNCTION(array_tounicode) { return check_characters(args[0], "tounicode") < 0 ? 0 : array_text(args[0]); }
FUNCTION(array_fromunicode) {
    if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "fromunicode() argument must be str, not %T", args[1]);
    if (check_characters(args[0], "fromunicode") < 0) return 0;
    return array_append_text(args[0], args[1]) < 0 ? 0 : VM_NONE;
}

FUNCTION(array_tofile) {
    enum { BLOCK = 64 * 1024 };
    for (size_t at = 0; at < byte_view_length(args[0]); at += BLOCK) {
        ByteView v = byte_view_self(args[0]);
        Value block = py_bytes_new(v.data + at, v.length - at < BLOCK ? v.length - at : BLOCK);
        if (!block || !py_call_method(args[1], "write", 1, &block)) return 0;
    }
    return VM_NONE;
}
FUNCTION(array_fromfile) {
    int64_t n = py_index_int64(args[2], "OverflowError"), bytes;
    if (n == -1 && py_error()) return 0;
    if (n < 0) return py_raise(TYPE_ValueError, "negative count");
    if (__builtin_mul_overflow(n, (int64_t)array_type_of(args[0])->size, &bytes) || bytes > INT64_MAX / 2) return py_raise_memory();
    Value size = py_int_from_i64(bytes), data = py_call_method(args[1], "read", 1, &size);
    if (!data) return 0;
    if (!py_is_bytes(data)) return py_raise(TYPE_TypeError, "read() didn't return bytes");
    bytearray_settle(args[0]);
    ByteView v = byte_view_self(data);
    if (array_append_bytes(args[0], v.data, v.length) < 0) return 0;
    return (int64_t)v.length == bytes ? VM_NONE : py_raise(TYPE_EOFError, "read() didn't return enough bytes");
}

FUNCTION(array_buffer_info) {
    const uint8_t *data = byte_view_self(args[0]).data;
    return py_tuple_pack(2, py_int_from_u64((uint64_t)data), int_make(array_length(args[0])));
}
FUNCTION(array_sizeof) {
    Value raw = GET(REF(PyByteArray, args[0]), raw);
    return py_int_from_u64(sizeof(PyByteArray) + (raw ? REF(PyRaw, raw)->capacity : 0));
}

/* ---- pickling: the items in a format of the machine, so that another one can read them ------------------------------------ */

enum { FORMAT_UNSIGNED_8, FORMAT_SIGNED_8, FORMAT_FLOAT = 14, FORMAT_DOUBLE = 16, FORMAT_UTF16 = 18, FORMAT_UTF32 = 20, FORMAT_COUNT = 22 };

/* Formats of integers of 2, 4, 8 bytes begin at 2, 6, 10: unsigned in both byte orders, then signed. */
static int machine_format(const ArrayType *type) {
    if (type->code == 'f') return FORMAT_FLOAT;
    if (type->code == 'd') return FORMAT_DOUBLE;
    if (type->code == 'u') return FORMAT_UTF32;
    bool is_signed = type->code >= 'a';
    if (type->size == 1) return is_signed ? FORMAT_SIGNED_8 : FORMAT_UNSIGNED_8;
    return (type->size == 2 ? 2 : type->size == 4 ? 6 : 10) + 2 * is_signed;
}

FUNCTION(array_reduce_ex) {
    if (!py_is_int(args[1])) return py_raise(TYPE_TypeError, "__reduce_ex__ argument should be an integer");
    int64_t protocol = py_index_int64(args[1], 0);
    Value self = args[0], dict = py_getattr_opt(self, NAME(__dict__)), code = py_str_char((uint32_t)array_type_of(self)->code);
    if (!dict) return 0;
    if (dict == VM_UNBOUND) dict = VM_NONE;
    if (protocol < 3) {
        Value list = array_to_list(self);
        return list ? py_tuple_pack(3, py_type_of(self), py_tuple_pack(2, code, list), dict) : 0;
    }
    Value make = py_import_attr("array", "_array_reconstructor"), bytes = array_tobytes(args, 1, 0);
    if (!make || !bytes) return 0;
    Value format = int_make(machine_format(array_type_of(self)));
    return py_tuple_pack(3, make, py_tuple_pack(4, py_type_of(self), code, format, bytes), dict);
}

static int add_text(Value self, Value bytes, int64_t format) {
    static const char *const names[] = {"utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"};
    ByteView v = byte_view_self(bytes);
    Value text = py_decode((const char *)v.data, v.length, names[format - FORMAT_UTF16], "strict");
    return text ? array_append_text(self, text) : -1;
}

/* Items of another machine's format, one by one. */
static int add_foreign(Value self, Value bytes, int64_t format) {
    static const char codes[] = "BbHHhhIIiiQQqqffdd";
    char code = codes[format];
    int size = array_type_by_code((uint32_t)code)->size;
    if (byte_view_self(bytes).length % (size_t)size) return py_raise_int(TYPE_ValueError, "bytes length not a multiple of item size");
    for (size_t at = 0; at < byte_view_self(bytes).length; at += (size_t)size) {
        Value item = struct_unpack_one(byte_view_self(bytes).data + at, code, size, format > 1 && format & 1);
        if (!item || array_append_may_call(self, item) < 0) return -1;
    }
    return 0;
}

/* The type that holds integers of this format without a change, or the one given. */
static const ArrayType *fitting_type(const ArrayType *given, int64_t format) {
    static const char codes[] = "bBhHiIlLqQ";
    if (machine_format(given) == (format & ~1) || format < 2 || format >= FORMAT_FLOAT) return given;
    for (const char *c = codes; *c; c++)
        if (machine_format(array_type_by_code((uint32_t)*c)) == (format & ~1)) return array_type_by_code((uint32_t)*c);
    return given;
}

FUNCTION(array_reconstructor) {
    Value type_object = args[0], bytes = args[3];
    if (!py_is_type(type_object)) return py_raise(TYPE_TypeError, "first argument must be a type object, not %T", type_object);
    if (!py_type_is_subtype(type_object, py_type(TYPE_TYPED_ARRAY)))
        return py_raise(TYPE_TypeError, "%N is not a subtype of array.array", type_object);
    if (!py_is_str(args[1]) || str_length(args[1]) != 1)
        return py_raise(TYPE_TypeError, "_array_reconstructor() argument 2 must be a unicode character, not %T", args[1]);
    const ArrayType *type = array_type_by_code(str_at(args[1], 0));
    if (!type) return py_raise(TYPE_ValueError, "second argument must be a valid type code");
    int64_t format = py_index_int64(args[2], "OverflowError");
    if (format == -1 && py_error()) return 0;
    if (format < 0 || format >= FORMAT_COUNT) return py_raise(TYPE_ValueError, "third argument must be a valid machine format code.");
    if (!py_is_bytes(bytes)) return py_raise(TYPE_TypeError, "fourth argument should be bytes, not %T", bytes);
    Value self = array_new_empty(type_object, fitting_type(type, format));
    if (!self) return 0;
    ByteView v = byte_view_self(bytes);
    int done = machine_format(array_type_of(self)) == format ? array_append_bytes(self, v.data, v.length)
               : format >= FORMAT_UTF16                      ? add_text(self, bytes, format)
                                                             : add_foreign(self, bytes, format);
    return done < 0 ? 0 : self;
}

/* ---- iterator -------------------------------------------------------------------------------------------------------------- */

static Value array_iter_next(Value it) {
    PyIter GS *i = REF(PyIter, it);
    Value array = GET(i, a);
    if (!array) return VM_STOP;
    int64_t at = GET(i, index);
    if (at >= array_length(array)) return iterator_end(it);
    SET(i, index, at + 1);
    return array_item(array, at);
}
FUNCTION(array_iter_reduce) {
    PyIter GS *i = REF(PyIter, args[0]);
    Value array = GET(i, a);
    return array ? iterator_reduce("iter", array, int_make(GET(i, index))) : iterator_reduce("iter", py_tuple_new(0), 0);
}
FUNCTION(array_iter_setstate) {
    PyIter GS *i = REF(PyIter, args[0]);
    Value array = GET(i, a);
    int64_t at = py_index_int64(args[1], "OverflowError"), n = array ? array_length(array) : 0;
    if (at == -1 && py_error()) return 0;
    SET(i, index, at < 0 ? 0 : at > n ? n : at);
    return VM_NONE;
}
static const PyMethodDef array_iter_methods[] = {{"__reduce__", "($self, /)", array_iter_reduce, 0, "For pickling."},
                                                 {"__setstate__", "($self, state, /)", array_iter_setstate, 0, "For unpickling."},
                                                 {0}};
const PyTypeSpec py_spec_typed_array_iter = {
    .slots = {.iter = iterator_self, .next = array_iter_next}, .methods = array_iter_methods, .raw_words = 2, .module = "array"};

/* ---- tables ----------------------------------------------------------------------------------------------------------------- */

const PyMethodDef array_methods[] = {
    {"append", "($self, v, /)", array_append, 0, "Append an item at the end."},
    {"buffer_info", "($self, /)", array_buffer_info, 0, "Return (address, number of items)."},
    {"byteswap", "($self, /)", array_byteswap, 0, "Reverse the order of the bytes of each item."},
    {"count", "($self, v, /)", array_count, 0, "Return how many items are equal to v."},
    {"extend", "($self, bb, /)", array_extend, 0, "Append the items of an array of the same type or of an iterable."},
    {"fromfile", "($self, f, n, /)", array_fromfile, 0, "Read n items from a file and append them."},
    {"fromlist", "($self, list, /)", array_fromlist, 0, "Append the items of a list, all or none."},
    {"frombytes", "($self, buffer, /)", array_frombytes, 0, "Append items given by their bytes."},
    {"fromunicode", "($self, ustr, /)", array_fromunicode, 0, "Append the characters of a str."},
    {"index", "($self, v, start=0, stop=sys.maxsize, /)", array_index, 0, "Return the place of the first item that is equal to v."},
    {"insert", "($self, i, v, /)", array_insert, 0, "Insert an item before place i."},
    {"pop", "($self, i=-1, /)", array_pop, 0, "Remove and return the item at place i, the last by default."},
    {"remove", "($self, v, /)", array_remove, 0, "Remove the first item that is equal to v."},
    {"reverse", "($self, /)", array_reverse, 0, "Reverse the order of the items."},
    {"tobytes", "($self, /)", array_tobytes, 0, "Return the bytes of all items."},
    {"tofile", "($self, f, /)", array_tofile, 0, "Write the bytes of all items to a file."},
    {"tolist", "($self, /)", array_tolist, 0, "Return the items as a list."},
    {"tounicode", "($self, /)", array_tounicode, 0, "Return the characters as a str."},
    {"__copy__", "($self, /)", array_clone, 0, "Return a copy."},
    {"__deepcopy__", "($self, unused, /)", array_clone, 0, "Return a copy."},
    {"__reduce_ex__", "($self, value, /)", array_reduce_ex, 0, "For pickling."},
    {"__sizeof__", "($self, /)", array_sizeof, 0, "Bytes in memory."},
    {0}};

static Value get_typecode(Value self) { return py_str_char((uint32_t)array_type_of(self)->code); }
static Value get_itemsize(Value self) { return int_make(array_type_of(self)->size); }
const PyGetSetDef array_getsets[] = {{"typecode", get_typecode, 0, "the typecode character used to create the array"},
                                     {"itemsize", get_itemsize, 0, "the size, in bytes, of one array item"},
                                     {0}};

static const PyMethodDef module_functions[] = {
    {"_array_reconstructor", "($module, arraytype, typecode, mformat_code, items, /)", array_reconstructor, 0, "For unpickling."}, {0}};

static int array_module_init(Value module) {
    Value codes = py_str_c("bBuhHiIlLqQfd");
    if (!codes || py_module_add(module, "typecodes", codes) < 0) return -1;
    return py_module_add(module, "ArrayType", py_type(TYPE_TYPED_ARRAY)) < 0 ? -1 : py_module_add_type(module, TYPE_TYPED_ARRAY);
}
const PyModuleDef py_module_array = {
    .doc = "Arrays of numbers or characters of one type.", .functions = module_functions, .init = array_module_init};
