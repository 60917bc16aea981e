/* Unicode normalization, by the algorithm of Unicode's chapter 3.11. The mappings of single characters are libunistring's;
 * its own normalization of strings is not used, since it replaces surrogates. */
#include "vm/front/unicode.h"
#include <string.h>
#include <uninorm.h>
#include <unictype.h>

enum { S_BASE = 0xAC00, L_BASE = 0x1100, V_BASE = 0x1161, T_BASE = 0x11A7 };
enum { L_COUNT = 19, V_COUNT = 21, T_COUNT = 28, S_COUNT = L_COUNT * V_COUNT * T_COUNT };

static size_t decompose_hangul(uint32_t syllable, uint32_t *out) {
    uint32_t t = syllable % T_COUNT;
    out[0] = L_BASE + syllable / (V_COUNT * T_COUNT);
    out[1] = V_BASE + syllable % (V_COUNT * T_COUNT) / T_COUNT;
    out[2] = T_BASE + t;
    return t ? 3 : 2;
}

size_t unicode_decompose(uint32_t code, bool compatible, uint32_t *out) {
    if (code - S_BASE < S_COUNT) return decompose_hangul(code - S_BASE, out);
    ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];
    int tag, count = code < 0x80 ? -1 : uc_decomposition(code, &tag, parts);
    if (count < 0 || (!compatible && tag != UC_DECOMP_CANONICAL)) return *out = code, 1;
    size_t total = 0;
    for (int i = 0; i < count; i++) total += unicode_decompose(parts[i], compatible, out + total);
    return total;
}

static uint32_t compose(uint32_t first, uint32_t second) {
    if (first - L_BASE < L_COUNT && second - V_BASE < V_COUNT)
        return S_BASE + ((first - L_BASE) * V_COUNT + (second - V_BASE)) * T_COUNT;
    if (first - S_BASE < S_COUNT && (first - S_BASE) % T_COUNT == 0 && second - T_BASE - 1 < T_COUNT - 1)
        return first + (second - T_BASE);
    return uc_composition(first, second);
}

void unicode_reorder(uint32_t *codes, size_t count) {
    for (size_t i = 1; i < count; i++) {
        uint32_t code = codes[i];
        int class = uc_combining_class(code);
        size_t j = i;
        if (class == 0) continue;
        for (; j && uc_combining_class(codes[j - 1]) > class; j--) codes[j] = codes[j - 1];
        codes[j] = code;
    }
}

size_t unicode_recompose(uint32_t *codes, size_t count) {
    size_t out = 0, starter = 0;
    bool have_starter = false;
    int last_class = 0;
    for (size_t i = 0; i < count; i++) {
        int class = uc_combining_class(codes[i]);
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
    while (text < end) count += unicode_decompose((uint32_t)unicode_next(&text, end), true, scratch + count);
    unicode_reorder(scratch, count);
    count = unicode_recompose(scratch, count);
    char *start = out;
    for (size_t i = 0; i < count; i++) out += unicode_put(out, scratch[i]);
    return (size_t)(out - start);
}
