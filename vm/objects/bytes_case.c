/* bytes_case.c -- case conversions and is...() of bytes and bytearray: ASCII only. */
#include "vm/objects/bytes_methods.h"

static bool is_lower(uint8_t c) { return c - 'a' >= 0 && c - 'a' < 26; }
static bool is_upper(uint8_t c) { return c - 'A' >= 0 && c - 'A' < 26; }
static bool is_alpha(uint8_t c) { return is_lower(c) || is_upper(c); }
static bool is_digit(uint8_t c) { return c - '0' >= 0 && c - '0' < 10; }
static bool is_alnum(uint8_t c) { return is_alpha(c) || is_digit(c); }
static bool is_space(uint8_t c) { return c == ' ' || (c >= 9 && c <= 13); }

static uint8_t to_lower(uint8_t c, bool inside) {
    (void)inside;
    return is_upper(c) ? c | 32 : c;
}
static uint8_t to_upper(uint8_t c, bool inside) {
    (void)inside;
    return is_lower(c) ? c & ~32 : c;
}
static uint8_t swap_case(uint8_t c, bool inside) {
    (void)inside;
    return is_alpha(c) ? c ^ 32 : c;
}
static uint8_t to_word_case(uint8_t c, bool inside) {
    return inside ? to_lower(c, inside) : to_upper(c, inside);
}

/* `words`: inside means behind a letter; otherwise behind the first byte. */
static Value convert(Value self, uint8_t (*fn)(uint8_t, bool), bool words) {
    ByteView view = byte_view_self(self);
    ByteBuilder b = {0};
    uint8_t *to = byte_builder_room(&b, view.length);
    if (!to) return 0;
    bool inside = false;
    for (size_t i = 0; i < view.length; i++) {
        to[i] = fn(view.data[i], inside);
        inside = words ? is_alpha(view.data[i]) : true;
    }
    return byte_builder_finish_like(&b, self);
}
PY_FN(bytes_method_lower) { return convert(args[0], to_lower, false); }
PY_FN(bytes_method_upper) { return convert(args[0], to_upper, false); }
PY_FN(bytes_method_swapcase) { return convert(args[0], swap_case, false); }
PY_FN(bytes_method_capitalize) { return convert(args[0], to_word_case, false); }
PY_FN(bytes_method_title) { return convert(args[0], to_word_case, true); }

static Value all_bytes(Value self, bool (*test)(uint8_t)) {
    ByteView view = byte_view_self(self);
    for (size_t i = 0; i < view.length; i++)
        if (!test(view.data[i])) return VM_FALSE;
    return vm_bool(view.length > 0);
}
PY_FN(bytes_method_isalnum) { return all_bytes(args[0], is_alnum); }
PY_FN(bytes_method_isalpha) { return all_bytes(args[0], is_alpha); }
PY_FN(bytes_method_isdigit) { return all_bytes(args[0], is_digit); }
PY_FN(bytes_method_isspace) { return all_bytes(args[0], is_space); }
PY_FN(bytes_method_isascii) {
    ByteView view = byte_view_self(args[0]);
    return vm_bool(flat_max_char(view.data, 1, view.length) < 0x80);
}

static Value all_cased(Value self, bool (*wanted)(uint8_t), bool (*excluded)(uint8_t)) {
    ByteView view = byte_view_self(self);
    bool seen = false;
    for (size_t i = 0; i < view.length; i++) {
        if (excluded(view.data[i])) return VM_FALSE;
        seen = seen || wanted(view.data[i]);
    }
    return vm_bool(seen);
}
PY_FN(bytes_method_islower) { return all_cased(args[0], is_lower, is_upper); }
PY_FN(bytes_method_isupper) { return all_cased(args[0], is_upper, is_lower); }
PY_FN(bytes_method_istitle) {
    ByteView view = byte_view_self(args[0]);
    bool inside = false, seen = false;
    for (size_t i = 0; i < view.length; i++) {
        uint8_t c = view.data[i];
        if (inside ? is_upper(c) : is_lower(c)) return VM_FALSE;
        inside = is_alpha(c);
        seen = seen || inside;
    }
    return vm_bool(seen);
}
