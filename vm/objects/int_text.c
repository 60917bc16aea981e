/* int: text in and out, bytes in and out. Decimal conversion is GMP's (subquadratic). */
#include "stm/atomic.h"
#include "vm/objects/int_long.h"
#include "vm/objects/str.h"
#include <stdlib.h>

int64_t py_int_max_str_digits = 4300;

/* ---- to text -------------------------------------------------------------------------------------------------------- */

char *int_small_text(int64_t i, int base, bool prefix, char *end) {
    char *p = end;
    uint64_t magnitude = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
    if (base == 10) {
        do *--p = (char)('0' + magnitude % 10);
        while (magnitude /= 10);
    } else {
        int shift = base == 16 ? 4 : base == 8 ? 3 : 1;
        do *--p = "0123456789abcdef"[magnitude & ((unsigned)base - 1)];
        while (magnitude >>= shift);
        if (prefix) *--p = base == 16 ? 'x' : base == 8 ? 'o' : 'b', *--p = '0';
    }
    if (i < 0) *--p = '-';
    return p;
}
static Value small_to_str(int64_t i, int base, bool prefix) {
    char text[INT_SMALL_ROOM], *end = text + sizeof text, *p = int_small_text(i, base, prefix, end);
    return py_str_ascii(p, (size_t)(end - p));
}

static int check_digits_out(size_t digits) {
    int64_t most = atomic_load_relaxed(&py_int_max_str_digits);
    if (!most || digits <= (size_t)most) return 0;
    return py_raise_int(TYPE_ValueError,
                        "Exceeds the limit (%ld digits) for integer string conversion; use sys.set_int_max_str_digits() to "
                        "increase the limit",
                        (long)most);
}

/* Digits of a view into `text` (uninitialised, big enough), returning how many. mpn_get_str destroys its input. */
static size_t digits_of(const IntView *v, int base, uint8_t *text, mp_limb_t *scratch) {
    memcpy(scratch, v->limbs, v->count * sizeof(mp_limb_t));
    size_t length = mpn_get_str(text, base, scratch, (mp_size_t)v->count);
    size_t zeros = 0;
    while (zeros + 1 < length && text[zeros] == 0) zeros++;
    for (size_t i = zeros; i < length; i++) text[i - zeros] = (uint8_t)"0123456789abcdefghijklmnopqrstuvwxyz"[text[i]];
    return length - zeros;
}

static void compute_text(IntLong *l) { l->n = strlen(mpz_get_str(l->text, l->base, l->a)); }
static void compute_from_text(IntLong *l) { mpz_set_str(l->r, l->text, l->base); }

/* `room` characters are enough; with a sign. */
static Value long_to_str_may_call(Value v, size_t room) {
    IntLong l = {.base = 10, .text = malloc(room + 2)};
    if (!l.text) return py_raise_memory();
    int_long_init(&l, v, 0, 0);
    int status = int_long_run_may_call(compute_text, &l);
    if (status == 0) status = check_digits_out(l.n - (*l.text == '-'));
    Value text = status < 0 ? 0 : py_str_ascii(l.text, l.n);
    free(l.text);
    int_long_clear(&l);
    return text;
}

static Value long_from_text_may_call(const char *digits, size_t length, int base, bool negative) {
    IntLong l = {.base = base, .text = malloc(length + 2)};
    if (!l.text) return py_raise_memory();
    *l.text = '-';
    memcpy(l.text + negative, digits, length);
    l.text[negative + length] = 0;
    int_long_init(&l, int_make(0), 0, 0);
    Value v = int_long_run_may_call(compute_from_text, &l) < 0 ? 0 : int_long_value(l.r);
    free(l.text);
    int_long_clear(&l);
    return v;
}

Value py_int_to_str(Value v, int base, bool prefix) {
    if (is_int(v)) return small_to_str(int_value(v), base, prefix);
    IntView view;
    int_view(&view, v);
    size_t bits = py_int_bit_length(v);
    size_t room = (size_t)((double)bits / (base == 2 ? 1 : base == 8 ? 3 : base == 16 ? 4 : 3.3219)) + 8;
    bool power_of_two = (base & (base - 1)) == 0;
    /* `room` is an estimate: far beyond the limit no time is spent, else the digits are counted. */
    if (!power_of_two && room > 450 && check_digits_out(room - room / 1000 - 8) < 0) return 0;
    if (base == 10 && view.count >= INT_LONG_LIMBS) return long_to_str_may_call(v, room);
    Value raw = py_raw_new(room + (view.count + 1) * sizeof(mp_limb_t) + 16); /* scratch: dies with this call */
    if (!raw) return 0;
    int_view(&view, v); /* the allocation may have moved nothing, but a flat view is made last */
    mp_limb_t *scratch = stm_flat(REF(PyRaw, raw)->data, (view.count + 1) * sizeof(mp_limb_t) + room, true);
    uint8_t *digits = (uint8_t *)(scratch + view.count + 1);
    uint8_t zero = '0';
    size_t length = 1;
    if (view.count) length = digits_of(&view, base, digits, scratch);
    else digits = &zero;
    if (!power_of_two && length > 450 && check_digits_out(length) < 0) return 0;
    char head[4];
    size_t head_length = 0;
    if (view.negative) head[head_length++] = '-';
    if (prefix && base != 10) {
        head[head_length++] = '0';
        head[head_length++] = base == 2 ? 'b' : base == 8 ? 'o' : 'x';
    }
    Value text = py_str_alloc(head_length + length, 127);
    if (!text) return 0;
    uint8_t *out = stm_flat(str_data(text), head_length + length, true);
    memcpy(out, head, head_length);
    memcpy(out + head_length, digits, length);
    return text;
}

/* ---- from text -------------------------------------------------------------------------------------------------------- */

static int digit_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'z') return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
    return 99;
}

Value py_int_parse(const char *digits, size_t length, int base, bool negative) {
    uint64_t small = 0;
    if (length <= 11 || (base <= 10 && length <= 18)) {
        for (size_t i = 0; i < length; i++) small = small * (unsigned)base + (unsigned)digit_value(digits[i]);
        return py_int_from_i64(negative ? -(int64_t)small : (int64_t)small);
    }
    size_t limbs = (length * 6) / 64 + 2; /* base <= 36 < 2^6 */
    uint8_t *values = malloc(length);
    if (!values) return py_raise_memory();
    for (size_t i = 0; i < length; i++) values[i] = (uint8_t)digit_value(digits[i]);
    IntResult result;
    if (int_result(&result, limbs) < 0) return free(values), 0;
    size_t zeros = 0;
    while (zeros < length && values[zeros] == 0) zeros++;
    size_t count = zeros < length ? mpn_set_str(result.limbs, values + zeros, length - zeros, base) : 0;
    free(values);
    return int_finish(&result, count, negative);
}

Value int_raise_literal(Value given, int base) {
    Value shown = py_repr(given);
    if (shown && str_length(shown) > 200) shown = py_str_substring(shown, 0, 200);
    return shown ? py_raise(TYPE_ValueError, "invalid literal for int() with base %d: %S", base, shown) : 0;
}

/* Copy digits without underscores to `out`; the number of them, or -1 if the form is wrong. */
static int64_t clean_digits(const char *p, const char *end, int base, char *out) {
    int64_t count = 0;
    bool after_digit = false;
    for (; p < end; p++) {
        if (*p == '_') {
            if (!after_digit) return -1;
            after_digit = false;
        } else if (digit_value(*p) < base) {
            out[count++] = *p;
            after_digit = true;
        } else {
            return -1;
        }
    }
    return after_digit ? count : -1;
}

/* The base that a prefix like 0x names, or 0. */
static int prefix_base(const char *p, const char *end) {
    if (end - p < 2 || p[0] != '0') return 0;
    char c = p[1] | 0x20;
    return c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
}

static Value parse_text(Value source, const char *p, const char *end, int base) {
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    int prefix = prefix_base(p, end), wanted = base;
    if (prefix && (base == 0 || base == prefix)) {
        base = prefix;
        p += 2;
        if (p < end && *p == '_') p++;
    }
    bool automatic = base == 0;
    if (automatic) base = 10;
    char small[64], *digits = end - p <= 64 ? small : malloc((size_t)(end - p));
    if (!digits) return py_raise_memory();
    int64_t count = clean_digits(p, end, base, digits);
    if (count > 0 && automatic && digits[0] == '0') /* only zeros may start with 0 */
        for (int64_t i = 0; i < count && count >= 0; i++)
            if (digits[i] != '0') count = -1;
    Value result = 0;
    int64_t most = atomic_load_relaxed(&py_int_max_str_digits);
    if (count < 0) {
        int_raise_literal(source, wanted);
    } else if ((base & (base - 1)) != 0 && most && count > most) {
        py_raise(TYPE_ValueError,
                 "Exceeds the limit (%ld digits) for integer string conversion: value has %ld digits; use "
                 "sys.set_int_max_str_digits() to increase the limit",
                 (long)most, (long)count);
    } else if (count >= INT_LONG_DIGITS && (base & (base - 1)) != 0) {
        result = long_from_text_may_call(digits, (size_t)count, base, negative);
    } else {
        result = py_int_parse(digits, (size_t)count, base, negative);
    }
    if (digits != small) free(digits);
    return result;
}

Value py_int_from_text(Value text, int base) {
    size_t length;
    Value ascii = py_str_to_decimal_ascii(text); /* Unicode digits and spaces to ASCII ones, stripped */
    const char *p = ascii ? py_str_utf8(ascii, &length) : 0;
    if (!p) return 0;
    char *copy = malloc(length + 1); /* raising may allocate: keep the text outside the heap */
    if (!copy) return py_raise_memory();
    memcpy(copy, p, length);
    Value v = parse_text(text, copy, copy + length, base);
    free(copy);
    return v;
}

/* ---- bytes ---------------------------------------------------------------------------------------------------------------- */

int py_int_to_bytes(Value v, uint8_t *out, size_t length, bool little, bool is_signed) {
    IntView view;
    int_view(&view, v);
    if (view.negative && !is_signed) return -1;
    size_t bits = py_int_bit_length(v);
    if (is_signed && bits) {
        /* -2^(8n-1) still fits n bytes */
        bool power = view.negative && (view.limbs[view.count - 1] & (view.limbs[view.count - 1] - 1)) == 0;
        for (size_t i = 0; power && i + 1 < view.count; i++) power = view.limbs[i] == 0;
        bits += !power;
    }
    if (bits > length * 8) return -1;
    unsigned borrow = 1;
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = i / 8 < view.count ? (uint8_t)(view.limbs[i / 8] >> (i % 8 * 8)) : 0;
        if (view.negative) {
            unsigned sum = (uint8_t)~byte + borrow;
            byte = (uint8_t)sum;
            borrow = sum >> 8;
        }
        out[little ? i : length - 1 - i] = byte;
    }
    return 0;
}

Value py_int_from_bytes(const uint8_t *data, size_t length, bool little, bool is_signed) {
    size_t count = length / 8 + 1;
    mp_limb_t small[16], *limbs = count <= 16 ? small : malloc(count * sizeof(mp_limb_t));
    if (!limbs) return py_raise_memory();
    memset(limbs, 0, count * sizeof(mp_limb_t));
    for (size_t i = 0; i < length; i++)
        limbs[i / 8] |= (mp_limb_t)data[little ? i : length - 1 - i] << (i % 8 * 8);
    bool negative = is_signed && length && (data[little ? length - 1 : 0] & 0x80);
    if (negative) {
        for (size_t i = length; i < count * 8; i++) limbs[i / 8] |= (mp_limb_t)0xff << (i % 8 * 8);
        mpn_neg(limbs, limbs, (mp_size_t)count);
    }
    Value v = py_int_from_limbs(limbs, count, negative);
    if (limbs != small) free(limbs);
    return v;
}
