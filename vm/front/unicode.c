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

static int combining_class(uint32_t code) {
    size_t i = rank(ccc_first, COUNT(ccc_first), code);
    return i && code - ccc_first[i - 1] < ccc_count[i - 1] ? ccc_class[i - 1] : 0;
}

/* --- NFKC, by the algorithm of Unicode's chapter 3.11 ---------------------------------------- */

enum {
    S_BASE = 0xAC00,
    L_BASE = 0x1100,
    V_BASE = 0x1161,
    T_BASE = 0x11A7,
    L_COUNT = 19,
    V_COUNT = 21,
    T_COUNT = 28,
    S_COUNT = L_COUNT * V_COUNT * T_COUNT
};

static size_t decompose(uint32_t code, uint32_t *out) {
    if (code - S_BASE < S_COUNT) {
        uint32_t s = code - S_BASE, t = s % T_COUNT;
        out[0] = L_BASE + s / (V_COUNT * T_COUNT);
        out[1] = V_BASE + s % (V_COUNT * T_COUNT) / T_COUNT;
        out[2] = T_BASE + t;
        return t ? 3 : 2;
    }
    size_t i = rank(decomposition_key, COUNT(decomposition_key), code);
    if (code < 0x80 || i == 0 || decomposition_key[i - 1] != code) {
        out[0] = code;
        return 1;
    }
    size_t first = decomposition_offset[i - 1], count = decomposition_offset[i] - first;
    memcpy(out, decomposition_pool + first, count * sizeof *out);
    return count;
}

static uint32_t compose(uint32_t first, uint32_t second) {
    if (first - L_BASE < L_COUNT && second - V_BASE < V_COUNT)
        return S_BASE + ((first - L_BASE) * V_COUNT + (second - V_BASE)) * T_COUNT;
    if (first - S_BASE < S_COUNT && (first - S_BASE) % T_COUNT == 0 &&
        second - T_BASE - 1 < T_COUNT - 1)
        return first + (second - T_BASE);
    size_t low = 0, high = COUNT(composition) / 3;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const uint32_t *row = composition + 3 * middle;
        if (row[0] == first && row[1] == second) return row[2];
        if (row[0] < first || (row[0] == first && row[1] < second))
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

/* Stable insertion sort of each run of combining marks. */
static void reorder(uint32_t *codes, size_t count) {
    for (size_t i = 1; i < count; i++) {
        uint32_t code = codes[i];
        int class = combining_class(code);
        size_t j = i;
        if (class == 0) continue;
        for (; j && combining_class(codes[j - 1]) > class; j--) codes[j] = codes[j - 1];
        codes[j] = code;
    }
}

static size_t recompose(uint32_t *codes, size_t count) {
    size_t out = 0, starter = 0;
    bool have_starter = false;
    int last_class = 0;
    for (size_t i = 0; i < count; i++) {
        int class = combining_class(codes[i]);
        bool adjacent = have_starter && out == starter + 1;
        if (have_starter && (adjacent || last_class < class)) {
            uint32_t composed = compose(codes[starter], codes[i]);
            if (composed) {
                codes[starter] = composed;
                continue;
            }
        }
        if (class == 0) {
            starter = out;
            have_starter = true;
        }
        last_class = class;
        codes[out++] = codes[i];
    }
    return out;
}

size_t unicode_nfkc(const char *text, size_t length, char *out, uint32_t *scratch) {
    const char *end = text + length;
    size_t count = 0;
    while (text < end) count += decompose((uint32_t)unicode_next(&text, end), scratch + count);
    reorder(scratch, count);
    count = recompose(scratch, count);
    char *start = out;
    for (size_t i = 0; i < count; i++) out += unicode_put(out, scratch[i]);
    return (size_t)(out - start);
}
