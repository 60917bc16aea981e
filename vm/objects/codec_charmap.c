/* codec_charmap.c -- encodings of one byte a character, given by a mapping. */
#include "vm/objects/codec.h"

/* mapping[key], VM_NONE where it has nothing. */
static Value map_may_call(Value mapping, uint32_t key) {
    Value item;
    if (is_exactly(mapping, TYPE_DICT)) {
        item = py_dict_get(mapping, py_int_from_i64(key));
        return item == VM_UNBOUND ? VM_NONE : item;
    }
    item = py_getitem(mapping, py_int_from_i64(key));
    if (item || !py_error_is(TYPE_LookupError)) return item;
    py_error_clear();
    return VM_NONE;
}

/* ---- encoding ------------------------------------------------------------------------------- */

/* What the mapping has for a character: bytes, an int that is a byte, or None; 0 with an exception. */
static Value encoded_may_call(Value mapping, uint32_t c) {
    Value item = map_may_call(mapping, c);
    if (!item || item == VM_NONE || py_is_bytes(item)) return item;
    if (!py_is_int(item))
        return py_raise(TYPE_TypeError, "character mapping must return integer, bytes or None, not %T", item);
    int64_t byte;
    if (py_int_as_i64(item, &byte) || byte < 0 || byte > 255)
        return py_raise(TYPE_TypeError, "character mapping must be in range(256)");
    return item;
}

static int charmap_put(Encode *e, uint32_t c) {
    Value item = encoded_may_call(e->mapping, c);
    if (!item) return -1;
    if (item == VM_NONE) return 0;
    if (py_is_bytes(item)) {
        ByteView v = byte_view_self(item);
        return byte_builder_add(&e->out, v.data, v.length) < 0 ? -1 : 1;
    }
    return byte_builder_byte(&e->out, (uint8_t)py_index_int64(item, 0)) < 0 ? -1 : 1;
}

/* True with an exception too, which ends the encoding. */
static bool charmap_can(Encode *e, uint32_t c) { return encoded_may_call(e->mapping, c) != VM_NONE; }

Value codec_charmap_encode(Value text, const char *errors, Value mapping) {
    if (mapping == VM_NONE) return codec_latin1_encode(text, errors);
    Encode e = {.text = text,
                .encoding = "charmap",
                .reason = "character maps to <undefined>",
                .errors = codec_errors_kind(errors),
                .errors_name = errors,
                .mapping = mapping,
                .put = charmap_put,
                .can = charmap_can};
    return codec_encode_finish(&e, 0);
}

/* The encoding table that belongs to a decoding table: a dict from code to byte. */
Value codec_charmap_build(Value table) {
    Value map = py_dict_new();
    if (!map) return 0;
    for (size_t i = 0; i < str_length(table) && i < 256; i++) {
        uint32_t c = str_at(table, i);
        if (c != 0xfffe && py_dict_set(map, py_int_from_i64(c), py_int_from_u64(i)) < 0) return 0;
    }
    return map;
}

/* ---- decoding ------------------------------------------------------------------------------- */

/* Appends what the byte stands for: 1; 0: undefined; -1. */
static int decode_byte_may_call(Decode *d, uint8_t byte, Value mapping) {
    if (py_is_str(mapping)) {
        uint32_t c = byte < str_length(mapping) ? str_at(mapping, byte) : 0xfffe;
        return c == 0xfffe ? 0 : py_builder_char(&d->out, c) < 0 ? -1 : 1;
    }
    Value item = map_may_call(mapping, byte);
    if (!item) return -1;
    if (item == VM_NONE) return 0;
    if (py_is_str(item)) {
        if (str_length(item) == 1 && str_at(item, 0) == 0xfffe) return 0;
        return py_builder_str(&d->out, item) < 0 ? -1 : 1;
    }
    if (!py_is_int(item))
        return py_raise_int(TYPE_TypeError, "character mapping must return integer, None or str");
    int64_t c;
    if (py_int_as_i64(item, &c) || c < 0 || c > STR_MAX_CHAR)
        return py_raise_int(TYPE_TypeError, "character mapping must be in range(0x110000)");
    return c == 0xfffe ? 0 : py_builder_char(&d->out, (uint32_t)c) < 0 ? -1 : 1;
}

Value codec_charmap_decode(const void *data, size_t length, const char *errors, Value mapping) {
    if (mapping == VM_NONE) return codec_latin1_decode(data, length);
    Decode d;
    codec_decode_init(&d, data, length, "charmap", errors);
    if (!py_is_str(mapping)) { /* its look-ups may call: the data must be an object */
        d.object = py_bytes_new(data, length);
        if (!d.object) return 0;
    }
    while (d.position < d.length) {
        if (d.object) d.data = byte_view_self(d.object).data;
        int status = decode_byte_may_call(&d, d.data[d.position], mapping);
        if (status < 0) return 0;
        if (status > 0)
            d.position++;
        else if (codec_decode_error(&d, d.position, d.position + 1,
                                    "character maps to <undefined>") < 0)
            return 0;
    }
    return py_builder_finish(&d.out);
}
