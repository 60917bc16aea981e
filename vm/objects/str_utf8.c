/* str_utf8.c -- the UTF-8 of a str for C code. */
#include "vm/objects/str.h"
#include "vm/objects/codec.h"

const char *py_str_utf8(Value s, size_t *length_or_0) {
    PyStr GS *str = REF(PyStr, s);
    if (LIKELY(str->ascii && !str->external)) {
        if (length_or_0) *length_or_0 = str->length;
        return stm_flat(str->data, (size_t)str->length + 1, false);
    }
    StrView v = str_view(s);
    for (size_t i = 0; i < v.length && v.width > 1; i++) {
        uint32_t c = view_char(&v, i);
        if (c < 0xd800 || c > 0xdfff) continue;
        size_t end = i + 1;
        while (end < v.length && (view_char(&v, end) & ~0x7ffu) == 0xd800) end++;
        codec_raise_encode("utf-8", s, i, end, "surrogates not allowed");
        return 0;
    }
    size_t bytes = utf8_size(&v);
    Value raw = py_raw_new(bytes + 1);
    if (!raw) return 0;
    char *to = stm_flat(REF(PyRaw, raw)->data, bytes + 1, true);
    utf8_write((uint8_t *)to, &v);
    to[bytes] = 0;
    if (length_or_0) *length_or_0 = bytes;
    return to;
}
