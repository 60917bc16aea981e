/* unicode.c -- UTF-8, character classes and NFKC for identifiers. */
#include "unicode.h"

#include <string.h>

#include "unicode_tables.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

int32_t unicode_next(const char **text, const char *end) {
    const unsigned char *s = (const unsigned char *)*text;
    size_t left = (size_t)(end - *text);
    if (left == 0) return -1;
    if (s[0] < 0x80) {
        *text += 1;
        return s[0];
    }
    int length = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    if (s[0] < 0xC2 || s[0] > 0xF4 || left < (size_t)length) return -1;
    int32_t code = s[0] & (0xFF >> (length + 1));
    for (int i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80) return -1;
        code = code << 6 | (s[i] & 0x3F);
    }
    static const int32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < smallest[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return -1;
    *text += length;
    return code;
}

int unicode_put(char *out, uint32_t code) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* The number of items of a sorted array that are at most CODE. */
static size_t rank(const uint32_t *sorted, size_t count, uint32_t code) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (sorted[middle] <= code)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_ascii_letter(uint32_t c) { return (c | 32) - 'a' < 26 || c == '_'; }

bool unicode_is_xid_start(uint32_t code) {
    if (code < 0x80) return is_ascii_letter(code);
    return rank(xid_start_edges, COUNT(xid_start_edges), code) & 1;
}

bool unicode_is_xid_continue(uint32_t code) {
    if (code < 0x80) return is_ascii_letter(code) || code - '0' < 10;
    return rank(xid_continue_edges, COUNT(xid_continue_edges), code) & 1;
}

bool unicode_is_printable(uint32_t code) {
    if (code < 0x80) return code >= 32 && code != 127;
    return rank(printable_edges, COUNT(printable_edges), code) & 1;
}
