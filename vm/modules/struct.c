/* Module _struct: packing values to bytes and back.
 *
 * A format is read again at each use: reading an item costs less than finding a compiled one. All that packs writes to C memory
 * first, since __index__, __float__ and __bool__ of the values may run Python code. */
#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/modules/struct_codes.h"
#include "vm/objects/iterators.h"
#include "vm/objects/str.h"

MODULE_EXCEPTION(struct_error, 0, "struct");

static PyStruct GS *struct_of(Value self) { return REF(PyStruct, self); }

/* ---- formats ---------------------------------------------------------------------------------------------- */

/* Size and alignment of a code in native mode; 0: none such. 's', 'p', 'x' count bytes. */
static int native_size(char code) {
    switch (code) {
    case 'x': case 'b': case 'B': case 'c': case '?': case 's': case 'p': return 1;
    case 'h': case 'H': case 'e': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 'l': case 'L': case 'q': case 'Q': case 'n': case 'N': case 'd': case 'P': return 8;
    default: return 0;
    }
}
static int standard_size(char code) {
    if (code == 'l' || code == 'L') return 4;
    return code == 'n' || code == 'N' || code == 'P' ? 0 : native_size(code);
}

typedef struct Format {
    Value text; /* bytes */
    int64_t at, length;
    int64_t offset; /* of the next item, before alignment */
    bool native, big;
} Format;

typedef struct Item {
    char code;
    int size;
    bool big;
    int64_t count, offset; /* of the first of them */
} Item;

static void format_start(Format *f, Value text) {
    *f = (Format){.text = text, .length = REF(PyBytes, text)->length, .native = true};
    char order = f->length ? (char)bytes_data(text)[0] : 0;
    if (order != '<' && order != '>' && order != '!' && order != '=' && order != '@') return;
    f->at = 1;
    f->native = order == '@';
    f->big = order == '>' || order == '!';
}

static bool is_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* 1: an item; 0: the end; -1: struct.error. */
static int format_next(Format *f, Item *item) {
    const uint8_t GS *text = bytes_data(f->text);
    while (f->at < f->length && is_space(text[f->at])) f->at++;
    if (f->at == f->length) return 0;
    int64_t count = 1;
    if (text[f->at] >= '0' && text[f->at] <= '9') {
        count = 0;
        for (; f->at < f->length && text[f->at] >= '0' && text[f->at] <= '9'; f->at++)
            if (__builtin_mul_overflow(count, 10, &count) || __builtin_add_overflow(count, text[f->at] - '0', &count)) goto too_long;
        if (f->at == f->length) return py_raise_int(TYPE_STRUCT_ERROR, "repeat count given without format specifier");
    }
    char code = (char)text[f->at++];
    int size = f->native ? native_size(code) : standard_size(code);
    if (!size) return py_raise_int(TYPE_STRUCT_ERROR, "bad char in struct format");
    int64_t bytes;
    if (f->native && __builtin_add_overflow(f->offset, -f->offset & (size - 1), &f->offset)) goto too_long;
    if (code == 'f' && f->native) code = 'F'; /* too large a value becomes infinite */
    *item = (Item){code, size, f->big, count, f->offset};
    if (__builtin_mul_overflow(count, size, &bytes) || __builtin_add_overflow(f->offset, bytes, &f->offset)) goto too_long;
    return 1;
too_long:
    return py_raise_int(TYPE_STRUCT_ERROR, "total struct size too long");
}

/* How many values an item takes. */
static int64_t item_values(const Item *item) {
    return item->code == 'x' ? 0 : item->code == 's' || item->code == 'p' ? 1 : item->count;
}

static Value format_text(Value format) {
    if (is_exactly(format, TYPE_STR) && str_is_ascii(format)) return py_bytes_new(str_view(format).data, str_length(format));
    if (py_is_str(format)) return py_encode(format, "ascii", "strict");
    if (py_is_bytes(format)) return format;
    return py_raise(TYPE_TypeError, "Struct() argument 1 must be a str or bytes object, not %T", format);
}

typedef struct Layout {
    Value text;
    int64_t size, values;
} Layout;

static int layout_of_text(Layout *layout, Value text) {
    Format f;
    Item item;
    int more;
    *layout = (Layout){.text = text};
    for (int64_t i = 0; i < REF(PyBytes, text)->length; i++)
        if (!bytes_data(text)[i]) return py_raise_int(TYPE_STRUCT_ERROR, "embedded null character");
    for (format_start(&f, text); (more = format_next(&f, &item)) > 0;) layout->values += item_values(&item);
    layout->size = f.offset;
    return more;
}
static int layout_of(Layout *layout, Value format) {
    Value text = format_text(format);
    return text ? layout_of_text(layout, text) : -1;
}
static int layout_of_struct(Layout *layout, Value self) {
    *layout = (Layout){GET(struct_of(self), format), GET(struct_of(self), size), GET(struct_of(self), count)};
    return layout->text ? 0 : py_raise_int(TYPE_RuntimeError, "Struct object is not initialized");
}

/* ---- packing ------------------------------------------------------------------------------------------------ */

static int pack_text(uint8_t *out, const Item *item, Value v) {
    bool pascal = item->code == 'p';
    if (!py_is_bytes(v) && !py_is_instance_of(v, TYPE_BYTEARRAY))
        return py_raise_int(TYPE_STRUCT_ERROR, "argument for '%c' must be a bytes object", item->code);
    PyBuffer view;
    if (py_get_buffer(v, &view, false) < 0) return -1;
    int64_t room = pascal ? item->count - 1 : item->count, n = view.length < room ? view.length : room;
    if (n > 0) memcpy(out + pascal, view.data, (size_t)n);
    if (pascal && item->count) out[0] = n > 255 ? 255 : (uint8_t)(n > 0 ? n : 0);
    py_release_buffer(&view);
    return 0;
}

static int pack_item(uint8_t *out, const Item *item, const Value *values) {
    if (item->code == 's' || item->code == 'p') return pack_text(out, item, values[0]);
    for (int64_t i = 0, n = item_values(item); i < n; i++)
        if (struct_pack_one(out + i * item->size, item->code, item->size, item->big, values[i]) < 0) return -1;
    return 0;
}

/* Into `out`, room for layout->size bytes. May call. */
static int pack_all(uint8_t *out, const Layout *layout, const Value *values) {
    Format f;
    Item item;
    memset(out, 0, (size_t)layout->size);
    for (format_start(&f, layout->text); format_next(&f, &item) > 0; values += item_values(&item))
        if (pack_item(out + item.offset, &item, values) < 0) return -1;
    return 0;
}

static int check_count(const char *function, const Layout *layout, size_t given) {
    if ((int64_t)given == layout->values) return 0;
    return py_raise_int(TYPE_STRUCT_ERROR, "%s expected %ld items for packing (got %ld)", function, (long)layout->values, (long)given);
}

static Value pack(const Layout *layout, const Value *values, size_t count) {
    FlatBytes out;
    if (check_count("pack", layout, count) < 0 || flat_bytes_room(&out, (size_t)layout->size) < 0) return 0;
    Value bytes = pack_all(out.data, layout, values) < 0 ? 0 : py_bytes_new(out.data, out.length);
    flat_bytes_free(&out);
    return bytes;
}

/* Where [offset, offset + size) lies in a buffer: -1 with struct.error. `doing` is "packing" or "unpacking". */
static int check_offset(int64_t *offset, int64_t size, int64_t length, const char *function, const char *too_late) {
    if (*offset < 0) {
        if (*offset + size > 0) return py_raise_int(TYPE_STRUCT_ERROR, too_late, (long)size, (long)*offset);
        if (*offset + length < 0)
            return py_raise_int(TYPE_STRUCT_ERROR, "offset %ld out of range for %ld-byte buffer", (long)*offset, (long)length);
        *offset += length;
    }
    if (length - *offset >= size) return 0;
    return py_raise_int(TYPE_STRUCT_ERROR, "%s requires a buffer of at least %lu bytes for %s %ld bytes at offset %ld (actual buffer size is %ld)", function,
                        (unsigned long)size + (unsigned long)*offset, *function == 'p' ? "packing" : "unpacking", (long)size, (long)*offset, (long)length);
}

static Value pack_into(const Layout *layout, const Value *args, size_t nargs) {
    if (nargs < 1) return py_raise(TYPE_STRUCT_ERROR, "pack_into expected buffer argument");
    if (nargs < 2) return py_raise(TYPE_STRUCT_ERROR, "pack_into expected offset argument");
    if (check_count("pack_into", layout, nargs - 2) < 0) return 0;
    PyBuffer view;
    if (writable_buffer(args[0], &view) < 0) return 0;
    int64_t offset = py_index_int64(args[1], "IndexError"), length = view.length;
    py_release_buffer(&view);
    FlatBytes out;
    if ((offset == -1 && py_error()) || check_offset(&offset, layout->size, length, "pack_into", "no space to pack %ld bytes at offset %ld") < 0 ||
        flat_bytes_room(&out, (size_t)layout->size) < 0)
        return 0;
    Value done = 0;
    if (pack_all(out.data, layout, args + 2) == 0 && py_get_buffer(args[0], &view, true) == 0) {
        if (check_offset(&offset, layout->size, view.length, "pack_into", "") == 0) {
            memcpy((uint8_t *)view.data + offset, out.data, out.length);
            done = VM_NONE;
        }
        py_release_buffer(&view);
    }
    flat_bytes_free(&out);
    return done;
}

/* ---- unpacking ----------------------------------------------------------------------------------------------- */

static Value unpack_text(const uint8_t *data, const Item *item) {
    if (item->code == 's') return py_bytes_new(data, (size_t)item->count);
    int64_t n = item->count ? data[0] : 0;
    if (n >= item->count) n = item->count - 1;
    return py_bytes_new(data + 1, n > 0 ? (size_t)n : 0);
}

/* layout->size bytes at `data`, flat. Does not call. */
static Value unpack_all(const uint8_t *data, const Layout *layout) {
    Value tuple = py_tuple_new((size_t)layout->values);
    Format f;
    Item item;
    int64_t at = 0;
    if (!tuple) return 0;
    for (format_start(&f, layout->text); format_next(&f, &item) > 0;) {
        bool text = item.code == 's' || item.code == 'p';
        for (int64_t i = 0, n = item_values(&item); i < n; i++) {
            const uint8_t *from = data + item.offset + i * item.size;
            Value v = text ? unpack_text(from, &item) : struct_unpack_one(from, item.code, item.size, item.big);
            if (!v) return 0;
            REF(PyTuple, tuple)->items[at++] = v;
        }
    }
    return tuple;
}

static Value unpack(const Layout *layout, Value buffer) {
    PyBuffer view;
    if (py_get_buffer(buffer, &view, false) < 0) return 0;
    Value tuple = view.length == layout->size ? unpack_all(view.data, layout)
                                              : py_raise(TYPE_STRUCT_ERROR, "unpack requires a buffer of %ld bytes", (long)layout->size);
    py_release_buffer(&view);
    return tuple;
}
static Value unpack_from(const Layout *layout, Value buffer, Value offset_or_0) {
    int64_t offset = offset_or_0 ? py_index_int64(offset_or_0, "IndexError") : 0;
    PyBuffer view;
    if ((offset == -1 && py_error()) || py_get_buffer(buffer, &view, false) < 0) return 0;
    Value tuple = 0;
    if (check_offset(&offset, layout->size, view.length, "unpack_from", "not enough data to unpack %ld bytes at offset %ld") == 0)
        tuple = unpack_all((uint8_t *)view.data + offset, layout);
    py_release_buffer(&view);
    return tuple;
}

/* The iterator: a: format, b: the object with the buffer, index: bytes read, limit: size of one struct. */
static Value iter_unpack(const Layout *layout, Value buffer) {
    PyBuffer view;
    if (py_get_buffer(buffer, &view, false) < 0) return 0;
    int64_t length = view.length;
    py_release_buffer(&view);
    if (!layout->size) return py_raise(TYPE_STRUCT_ERROR, "cannot iteratively unpack with a struct of length 0");
    if (length % layout->size)
        return py_raise(TYPE_STRUCT_ERROR, "iterative unpacking requires a buffer of a multiple of %ld bytes", (long)layout->size);
    Value it = iterator_new(TYPE_UNPACK_ITER, layout->text, 0, layout->size);
    if (it) REF(PyIter, it)->b = buffer;
    return it;
}
static Value unpack_iter_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value text = GET(it, a);
    int64_t at = GET(it, index);
    PyBuffer view;
    Layout layout;
    if (!text) return VM_STOP;
    if (layout_of_text(&layout, text) < 0 || py_get_buffer(it->b, &view, false) < 0) return 0;
    bool more = at + layout.size <= view.length;
    Value tuple = more ? unpack_all((uint8_t *)view.data + at, &layout) : VM_STOP;
    py_release_buffer(&view);
    if (more) SET(it, index, at + layout.size);
    else iterator_end(self);
    return tuple;
}
FUNCTION(unpack_iter_length_hint) {
    PyIter GS *it = REF(PyIter, args[0]);
    PyBuffer view;
    if (!GET(it, a)) return int_make(0);
    if (py_get_buffer(it->b, &view, false) < 0) return 0;
    int64_t left = (view.length - GET(it, index)) / it->limit;
    py_release_buffer(&view);
    return int_make(left);
}
static const PyMethodDef unpack_iter_methods[] = {{"__length_hint__", "($self, /)", unpack_iter_length_hint, 0, 0}, {0}};
const PyTypeSpec py_spec_unpack_iter = {
    .slots = {.iter = iterator_self, .next = unpack_iter_next}, .methods = unpack_iter_methods, .raw_words = 2, .module = "_struct"};

/* ---- Struct --------------------------------------------------------------------------------------------------- */

static Value struct_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_alloc(type, 0);
}
static int struct_init(Value self, const Value *args, size_t nargs, Value kwnames) {
    size_t keywords = kwnames ? (size_t)tuple_length(kwnames) : 0;
    if (nargs + keywords == 0) return py_raise_int(TYPE_TypeError, "Struct() missing required argument 'format' (pos 1)");
    if (nargs + keywords > 1) return py_raise_int(TYPE_TypeError, "Struct() takes at most 1 argument (%zu given)", nargs + keywords);
    if (keywords && !py_str_equal_c(tuple_item(kwnames, 0), "format"))
        return py_raise_int(TYPE_TypeError, "'%S' is an invalid keyword argument for Struct()", tuple_item(kwnames, 0));
    Layout layout;
    if (layout_of(&layout, args[0]) < 0) return -1;
    SET(struct_of(self), size, layout.size);
    SET(struct_of(self), count, layout.values);
    SET(struct_of(self), format, layout.text);
    return 0;
}
static Value struct_get_format(Value self) {
    Value text = GET(struct_of(self), format);
    return text ? py_decode(stm_flat(bytes_data(text), (size_t)REF(PyBytes, text)->length, false), (size_t)REF(PyBytes, text)->length, "ascii", "strict")
                : VM_NONE;
}
static Value struct_get_size(Value self) { return py_int_from_i64(GET(struct_of(self), size)); }
static const PyGetSetDef struct_getsets[] = {
    {"format", struct_get_format, 0, "struct format string"}, {"size", struct_get_size, 0, "struct size in bytes"}, {0}};

static int no_keywords_for(const char *name, Value kwnames) {
    return kwnames && tuple_length(kwnames) ? py_raise_int(TYPE_TypeError, "%s() takes no keyword arguments", name) : 0;
}
FUNCTION(struct_method_pack) {
    Layout layout;
    return no_keywords_for("Struct.pack", kwnames) < 0 || layout_of_struct(&layout, args[0]) < 0 ? 0 : pack(&layout, args + 1, nargs - 1);
}
FUNCTION(struct_method_pack_into) {
    Layout layout;
    return no_keywords_for("Struct.pack_into", kwnames) < 0 || layout_of_struct(&layout, args[0]) < 0 ? 0 : pack_into(&layout, args + 1, nargs - 1);
}
FUNCTION(struct_method_unpack) {
    Layout layout;
    return layout_of_struct(&layout, args[0]) < 0 ? 0 : unpack(&layout, args[1]);
}
FUNCTION(struct_method_unpack_from) {
    Layout layout;
    return layout_of_struct(&layout, args[0]) < 0 ? 0 : unpack_from(&layout, args[1], args[2]);
}
FUNCTION(struct_method_iter_unpack) {
    Layout layout;
    return layout_of_struct(&layout, args[0]) < 0 ? 0 : iter_unpack(&layout, args[1]);
}
static const PyMethodDef struct_methods[] = {
    {"pack", 0, struct_method_pack, 0, "S.pack(v1, v2, ...) -> bytes"},
    {"pack_into", 0, struct_method_pack_into, 0, "S.pack_into(buffer, offset, v1, v2, ...)"},
    {"unpack", "($self, buffer, /)", struct_method_unpack, 0, "Return a tuple containing unpacked values."},
    {"unpack_from", "($self, /, buffer, offset=0)", struct_method_unpack_from, 0, "Return a tuple containing unpacked values."},
    {"iter_unpack", "($self, buffer, /)", struct_method_iter_unpack, 0, "Return an iterator yielding tuples."},
    {0}};
const PyTypeSpec py_spec_struct_type = {.doc = "Struct(fmt) --> compiled struct object",
                                        .slots = {.new = struct_new, .init = struct_init},
                                        .methods = struct_methods,
                                        .getsets = struct_getsets,
                                        .raw_words = 2,
                                        .module = "_struct"};

/* ---- functions -------------------------------------------------------------------------------------------------- */

FUNCTION(struct_pack) {
    Layout layout;
    if (!nargs) return py_raise(TYPE_TypeError, "missing format argument");
    return no_keywords_for("_struct.pack", kwnames) < 0 || layout_of(&layout, args[0]) < 0 ? 0 : pack(&layout, args + 1, nargs - 1);
}
FUNCTION(struct_pack_into) {
    Layout layout;
    if (!nargs) return py_raise(TYPE_TypeError, "missing format argument");
    return no_keywords_for("_struct.pack_into", kwnames) < 0 || layout_of(&layout, args[0]) < 0 ? 0 : pack_into(&layout, args + 1, nargs - 1);
}
FUNCTION(struct_unpack) {
    Layout layout;
    return layout_of(&layout, args[0]) < 0 ? 0 : unpack(&layout, args[1]);
}
FUNCTION(struct_unpack_from) {
    Layout layout;
    return layout_of(&layout, args[0]) < 0 ? 0 : unpack_from(&layout, args[1], args[2]);
}
FUNCTION(struct_iter_unpack) {
    Layout layout;
    return layout_of(&layout, args[0]) < 0 ? 0 : iter_unpack(&layout, args[1]);
}
FUNCTION(struct_calcsize) {
    Layout layout;
    return layout_of(&layout, args[0]) < 0 ? 0 : py_int_from_i64(layout.size);
}
FUNCTION(struct_clearcache) { return VM_NONE; } /* there is none */

static const PyMethodDef struct_functions[] = {
    {"pack", 0, struct_pack, 0, "pack(format, v1, v2, ...) -> bytes"},
    {"pack_into", 0, struct_pack_into, 0, "pack_into(format, buffer, offset, v1, v2, ...)"},
    {"unpack", "($module, format, buffer, /)", struct_unpack, 0, "Return a tuple containing values unpacked according to the format string."},
    {"unpack_from", "($module, format, /, buffer, offset=0)", struct_unpack_from, 0, "Return a tuple containing values unpacked according to the format string."},
    {"iter_unpack", "($module, format, buffer, /)", struct_iter_unpack, 0, "Return an iterator yielding tuples unpacked from the given bytes."},
    {"calcsize", "($module, format, /)", struct_calcsize, 0, "Return size in bytes of the struct described by the format string."},
    {"_clearcache", "($module, /)", struct_clearcache, 0, "Clear the internal cache."},
    {0}};

static int struct_module_init(Value module) {
    return py_module_add(module, "Struct", py_type(TYPE_STRUCT)) < 0 ? -1 : py_module_add(module, "error", py_type(TYPE_STRUCT_ERROR));
}
const PyModuleDef py_module_struct = {.doc = "Functions to convert between Python values and C structs.",
                                      .functions = struct_functions,
                                      .init = struct_module_init};
