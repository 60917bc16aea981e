/* str.c -- making, joining and comparing str objects.
 *
 * I1. The storage is the narrowest that fits: equal texts have equal widths.
 * I2. A str of this file's making has a NUL behind its characters unless it is external.
 * I3. An external str is a prefix of a buffer (PyRaw) that only ever grows at its end: the number
 * of bytes in use is the buffer's last word. Bytes below it never change, so reading them needs no
 *     barrier; extending is a transactional write of that word, so only one transaction can.
 * I4. The hash word is filled without barrier: everybody computes the same. In an old str it
 *     is left alone while there are several threads: the store may cost a private copy of the page.
 */
#include "vm/objects/str.h"

/* Below this many bytes a concatenation is copied. */
#define STR_EXTERNAL_MIN 512

void flat_copy(void *to, unsigned to_width, const void *from, unsigned from_width, size_t n) {
    if (to_width == from_width) {
        memcpy(to, from, n * to_width);
        return;
    }
#define COPY(T, F)                                                                                 \
    for (size_t i = 0; i < n; i++) ((T *)to)[i] = (T)((const F *)from)[i]
    switch (to_width * 8 + from_width) {
    case 8 + 2: COPY(uint8_t, uint16_t); break;
    case 8 + 4: COPY(uint8_t, uint32_t); break;
    case 16 + 1: COPY(uint16_t, uint8_t); break;
    case 16 + 4: COPY(uint16_t, uint32_t); break;
    case 32 + 1: COPY(uint32_t, uint8_t); break;
    case 32 + 2: COPY(uint32_t, uint16_t); break;
    default: stm_fatal("character widths %u and %u", to_width, from_width);
    }
#undef COPY
}

void flat_fill(void *to, unsigned width, size_t n, uint32_t c) {
    if (width == 1)
        memset(to, (int)c, n);
    else
        for (size_t i = 0; i < n; i++) flat_put(to, width, i, c);
}

/* The bitwise or of all characters has the bits that decide. */
uint32_t flat_max_char(const void *data, unsigned width, size_t n) {
    uint32_t all = 0;
    if (width == 1) {
        const uint8_t *p = data;
        uint64_t words = 0, word;
        for (; n >= 8; n -= 8, p += 8) {
            memcpy(&word, p, 8);
            words |= word;
        }
        for (; n; n--) all |= *p++;
        return (words & UINT64_C(0x8080808080808080)) || all >= 0x80 ? 0xff : 0x7f;
    }
    for (size_t i = 0; i < n; i++) all |= flat_char(data, width, i);
    return all < 0x80 ? 0x7f : all < 0x100 ? 0xff : all < 0x10000 ? 0xffff : STR_MAX_CHAR;
}

/* ---- making --------------------------------------------------------------------------------- */

Value py_str_alloc(size_t length, uint32_t max_char) {
    unsigned width = width_for(max_char);
    if (UNLIKELY(length > STR_MAX_LENGTH)) return py_raise_memory();
    StmRef ref = gc_alloc(TYPE_STR, GC_KIND_LEAF, sizeof(PyStr) + length * width + 1);
    if (UNLIKELY(!ref)) return py_raise_memory();
    PyStr GS *str = REF(PyStr, ref);
    str->length = (uint32_t)length;
    str->width = (uint8_t)width;
    str->ascii = max_char < 0x80;
    str->interned = 0;
    str->external = 0;
    str->hash = 0;
    str->data[length * width] = 0;
    return ref;
}

Value py_str_ascii(const char *ascii, size_t length) {
    if (length <= 1) return length ? py_str_char((uint8_t)*ascii) : NAME(empty);
    Value s = py_str_alloc(length, 0x7f);
    if (s) memcpy(str_fill(s), ascii, length);
    return s;
}

Value str_from_flat(const void *data, unsigned width, size_t length) {
    if (length <= 1) return length ? py_str_char(flat_char(data, width, 0)) : NAME(empty);
    uint32_t max_char = flat_max_char(data, width, length);
    Value s = py_str_alloc(length, max_char);
    if (s) flat_copy(str_fill(s), width_for(max_char), data, width, length);
    return s;
}

Value str_from_view(const StrView *v) {
    if (v->ascii && v->length > 1) return py_str_ascii(v->data, v->length);
    return str_from_flat(v->data, v->width, v->length);
}

Value py_str_from_u32(const uint32_t *chars, size_t length) {
    return str_from_flat(chars, 4, length);
}

/* Reads one character of valid UTF-8 (surrogates allowed). */
static const uint8_t *utf8_next(const uint8_t *p, uint32_t *c) {
    uint32_t b = *p;
    if (b < 0x80) return *c = b, p + 1;
    if (b < 0xe0) return *c = (b & 0x1f) << 6 | (p[1] & 0x3f), p + 2;
    if (b < 0xf0) return *c = (b & 0x0f) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f), p + 3;
    *c = (b & 0x07) << 18 | (p[1] & 0x3f) << 12 | (p[2] & 0x3f) << 6 | (p[3] & 0x3f);
    return p + 4;
}

Value py_str_new(const char *utf8, size_t length) {
    if (flat_max_char(utf8, 1, length) < 0x80) return py_str_ascii(utf8, length);
    const uint8_t *p = (const uint8_t *)utf8, *end = p + length;
    size_t count = 0;
    uint32_t max_char = 0, c;
    for (; p < end; count++) {
        p = utf8_next(p, &c);
        if (c > max_char) max_char = c;
    }
    if (count == 1) return py_str_char(max_char);
    Value s = py_str_alloc(count, max_char);
    if (!s) return 0;
    void *to = str_fill(s);
    p = (const uint8_t *)utf8;
    for (size_t i = 0; i < count; i++) {
        p = utf8_next(p, &c);
        flat_put(to, width_for(max_char), i, c);
    }
    return s;
}

Value py_str_c(const char *utf8) { return py_str_new(utf8, strlen(utf8)); }

Value str_exact(Value s) {
    if (LIKELY(is_exactly(s, TYPE_STR))) return s;
    StrView v = str_view(s);
    return str_from_view(&v);
}

Value py_str_substring(Value s, size_t start, size_t end) {
    size_t length = str_length(s);
    if (end > length) end = length;
    if (start >= end) return NAME(empty);
    if (end - start == length) return str_exact(s);
    if (end - start == 1) return py_str_char(str_at(s, start));
    PyStr GS *str = REF(PyStr, s); /* a view of the part alone: touching all of a long text costs */
    StrView part = {0, end - start, str->width, str->ascii != 0};
    part.data = stm_flat(str_data(s) + start * part.width, part.length * part.width, false);
    return str_from_view(&part);
}

Value str_repeat(Value s, int64_t times) {
    size_t length = str_length(s);
    if (times <= 0 || length == 0) return NAME(empty);
    if (times == 1) return str_exact(s);
    if ((uint64_t)times > STR_MAX_LENGTH / length) {
        if ((uint64_t)times > (uint64_t)INT64_MAX / length)
            return py_raise(TYPE_OverflowError, "repeated string is too long");
        return py_raise_memory();
    }
    StrView v = str_view(s);
    Value out = py_str_alloc(length * (size_t)times,
                             v.ascii ? 0x7f : (uint32_t)((UINT64_C(1) << 8 * v.width) - 1));
    if (!out) return 0;
    char *to = str_fill(out);
    if (length == 1) {
        flat_fill(to, v.width, (size_t)times, view_char(&v, 0));
        return out;
    }
    size_t unit = length * v.width, total = unit * (size_t)times;
    memcpy(to, v.data, unit);
    for (size_t done = unit; done < total; done *= 2)
        memcpy(to + done, to, done < total - done ? done : total - done);
    return out;
}

/* ---- concatenation -------------------------------------------------------------------------- */

static uint32_t str_max_class(Value s) {
    PyStr GS *str = REF(PyStr, s);
    return str->ascii ? 0x7f : str->width == 1 ? 0xff : str->width == 2 ? 0xffff : STR_MAX_CHAR;
}

static uint64_t GS *external_used(PyRaw GS *raw) {
    return (uint64_t GS *)(raw->data + raw->capacity - 8);
}

static Value external_new(Value raw, size_t length, unsigned width, bool ascii) {
    StmRef ref = gc_alloc(TYPE_STR, GC_KIND_LEAF_LAST, sizeof(PyStr) + sizeof(Value));
    PyStr GS *str = REF(PyStr, ref);
    str->length = (uint32_t)length;
    str->width = (uint8_t)width;
    str->ascii = ascii;
    str->interned = 0;
    str->external = 1;
    str->hash = 0;
    *(Value GS *)str->data = raw;
    return ref;
}

/* Both in one new buffer with room behind. */
static Value concat_buffer(Value a, Value b, uint32_t max_char) {
    StrView x = str_view(a), y = str_view(b);
    unsigned width = width_for(max_char);
    size_t bytes = (x.length + y.length) * width;
    size_t room = (bytes + (bytes < 65536 ? bytes / 2 : bytes / 4) + 16) & ~(size_t)7;
    Value raw = py_raw_new(room);
    if (!raw) return 0;
    char *to = stm_flat(REF(PyRaw, raw)->data, room, true);
    flat_copy(to, width, x.data, x.width, x.length);
    flat_copy(to + x.length * width, width, y.data, y.width, y.length);
    *external_used(REF(PyRaw, raw)) = bytes;
    return external_new(raw, x.length + y.length, width, max_char < 0x80);
}

/* a's buffer extended by b, or 0 (no exception) if a is not its latest extension or there is no
 * room. */
static Value concat_extend(Value a, Value b, uint32_t max_char) {
    PyStr GS *left = REF(PyStr, a);
    unsigned width = left->width;
    if (!left->external || width_for(max_char) != width) return 0;
    Value raw_value = *(Value GS *)left->data;
    PyRaw GS *raw = REF(PyRaw, raw_value);
    size_t at = (size_t)left->length * width, n = str_length(b), more = n * width;
    uint64_t GS *used = external_used(raw);
    stm_read(used);
    if (*used != at || at + more + 8 > raw->capacity) return 0;
    stm_write_range((StmObj)raw, raw->data + at, more);
    stm_write((StmObj)raw, used);
    StrView y = str_view(b);
    flat_copy(stm_flat(raw->data + at, more, true), width, y.data, y.width, n);
    *used = at + more;
    return external_new(raw_value, left->length + n, width, max_char < 0x80);
}

Value py_str_concat(Value a, Value b) {
    size_t n = str_length(a), m = str_length(b);
    if (m == 0) return str_exact(a);
    if (n == 0) return str_exact(b);
    if (n + m > STR_MAX_LENGTH) return py_raise_memory();
    uint32_t x = str_max_class(a), y = str_max_class(b), max_char = x > y ? x : y;
    unsigned width = width_for(max_char);
    if ((n + m) * width >= STR_EXTERNAL_MIN && m <= n) {
        Value s = concat_extend(a, b, max_char);
        return s ? s : concat_buffer(a, b, max_char);
    }
    Value s = py_str_alloc(n + m, max_char);
    if (!s) return 0;
    char *to = str_fill(s);
    StrView left = str_view(a), right = str_view(b);
    flat_copy(to, width, left.data, left.width, n);
    flat_copy(to + n * width, width, right.data, right.width, m);
    return s;
}

/* ---- comparison, hash ----------------------------------------------------------------------- */

int py_str_equal(Value a, Value b) {
    if (a == b) return 1;
    PyStr GS *x = REF(PyStr, a);
    PyStr GS *y = REF(PyStr, b);
    if (x->length != y->length || x->width != y->width || (x->interned && y->interned)) return 0;
    if (x->hash != y->hash && x->hash && y->hash) return 0;
    size_t bytes = (size_t)x->length * x->width;
    return !memcmp(stm_flat(str_data(a), bytes, false), stm_flat(str_data(b), bytes, false), bytes);
}

int py_str_equal_c(Value s, const char *ascii) {
    size_t length = strlen(ascii);
    if (str_length(s) != length || !str_is_ascii(s)) return 0;
    return !memcmp(stm_flat(str_data(s), length, false), ascii, length);
}

int py_str_compare(Value a, Value b) {
    StrView x = str_view(a), y = str_view(b);
    size_t n = x.length < y.length ? x.length : y.length;
    if (x.width == 1 && y.width == 1) {
        int order = memcmp(x.data, y.data, n);
        if (order) return order < 0 ? -1 : 1;
    } else {
        for (size_t i = 0; i < n; i++) {
            uint32_t c = view_char(&x, i), d = view_char(&y, i);
            if (c != d) return c < d ? -1 : 1;
        }
    }
    return x.length == y.length ? 0 : x.length < y.length ? -1 : 1;
}

int64_t py_str_hash(Value s) {
    PyStr GS *str = REF(PyStr, s);
    if (LIKELY(str->hash)) return str->hash;
    size_t bytes = (size_t)str->length * str->width;
    int64_t hash = py_hash_bytes(stm_flat(str_data(s), bytes, false), bytes);
    stm_fill_word((uint64_t GS *)&str->hash, (uint64_t)hash);
    return hash;
}

int str_check(Value v, const char *what) {
    if (py_is_str(v)) return 0;
    return py_raise_int(TYPE_TypeError, "%s must be str, not %T", what, v);
}

/* A bound of a range; clipped to 64 bits. */
static int range_bound_may_call(Value v, int64_t *out) {
    if (!v || v == VM_NONE) return 0;
    if (!py_is_int(v) && !py_type_lookup(py_type_of(v), NAME(__index__)))
        return py_raise_int(TYPE_TypeError,
                            "slice indices must be integers or None or have an __index__ method");
    *out = py_index_int64(v, 0);
    return *out == -1 && py_error() ? -1 : 0;
}

int str_range_may_call(Value start_or_0, Value end_or_0, int64_t length, int64_t *start,
                       int64_t *end) {
    int64_t i = 0, j = length;
    if (range_bound_may_call(start_or_0, &i) < 0 || range_bound_may_call(end_or_0, &j) < 0)
        return -1;
    if (i < 0) i = i + length < 0 ? 0 : i + length;
    if (j < 0) j = j + length < 0 ? 0 : j + length;
    *start = i;
    *end = j > length ? length : j;
    return 0;
}
