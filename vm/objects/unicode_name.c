/* unicode_name.c -- names of characters: libunistring's, with what it lacks: the names that follow from a rule (it knows no
 * ideographs, and misspells jamo NJ in names of Hangul syllables), aliases, sequences. */
#include "vm/objects/unicode_name.h"
#include "vm/objects/unicode_name_tables.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uniname.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct {
    uint32_t first, last;
} ideographs[] = {{0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0x20000, 0x2a6df}, {0x2a700, 0x2b738},
                  {0x2b740, 0x2b81d}, {0x2b820, 0x2cea1}, {0x2ceb0, 0x2ebe0}, {0x30000, 0x3134a}};
static const char ideograph_prefix[] = "CJK UNIFIED IDEOGRAPH-";

static bool is_ideograph(uint32_t c) {
    for (size_t i = 0; i < COUNT(ideographs); i++)
        if (c >= ideographs[i].first && c <= ideographs[i].last) return true;
    return false;
}

/* ---- Hangul syllables: three parts, from tables of leading consonants, vowels, trailing consonants -------------------- */

enum { HANGUL_FIRST = 0xac00, HANGUL_COUNT = 11172 };
static const char hangul_prefix[] = "HANGUL SYLLABLE ";
static const char *const leading[] = {"G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H"};
static const char *const vowels[] = {"A",  "AE", "YA", "YAE", "EO", "E",  "YEO", "YE", "O",  "WA", "WAE",
                                     "OE", "YO", "U",  "WEO", "WE", "WI", "YU",  "EU", "YI", "I"};
static const char *const trailing[] = {"",   "G",  "GG", "GS", "N", "NJ", "NH", "D",  "L", "LG", "LM", "LB", "LS", "LT",
                                       "LP", "LH", "M",  "B",  "BS", "S", "SS", "NG", "J", "C",  "K",  "T",  "P",  "H"};

static void hangul_name(uint32_t c, char *out) {
    uint32_t i = c - HANGUL_FIRST;
    uint32_t per_leading = COUNT(vowels) * COUNT(trailing);
    snprintf(out, UNICODE_NAME_MAX, "%s%s%s%s", hangul_prefix, leading[i / per_leading], vowels[i % per_leading / COUNT(trailing)],
             trailing[i % COUNT(trailing)]);
}

/* The number of the longest part that *text begins with, which moves past it; -1: none. */
static int longest_part(const char **text, const char *const *parts, size_t count) {
    int best = -1;
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(parts[i]);
        if (!strncmp(*text, parts[i], n) && (best < 0 || n > strlen(parts[best]))) best = (int)i;
    }
    if (best >= 0) *text += strlen(parts[best]);
    return best;
}
static int32_t hangul_by_name(const char *text) {
    int l = longest_part(&text, leading, COUNT(leading)), v = longest_part(&text, vowels, COUNT(vowels));
    int t = longest_part(&text, trailing, COUNT(trailing));
    if (l < 0 || v < 0 || *text) return -1;
    return HANGUL_FIRST + (l * (int)COUNT(vowels) + v) * (int)COUNT(trailing) + t;
}

static int32_t ideograph_by_name(const char *digits) {
    size_t n = strspn(digits, "0123456789ABCDEF");
    if (digits[n] || n < 4 || n > 5) return -1;
    uint32_t c = (uint32_t)strtoul(digits, 0, 16);
    return is_ideograph(c) ? (int32_t)c : -1;
}

/* ---- names -------------------------------------------------------------------------------------------------------- */

bool unicode_name(uint32_t c, char *out) {
    if (c - HANGUL_FIRST < HANGUL_COUNT) return hangul_name(c, out), true;
    if (!is_ideograph(c)) return unicode_character_name(c, out) != 0;
    snprintf(out, UNICODE_NAME_MAX, "%s%X", ideograph_prefix, (unsigned)c);
    return true;
}

static int compare_named(const void *name, const void *row) { return strcasecmp(name, ((const NamedText *)row)->name); }
static const NamedText *find_named(const char *name, const NamedText *table, size_t count) {
    return bsearch(name, table, count, sizeof *table, compare_named);
}

/* `name` ended by NUL in a buffer of UNICODE_NAME_MAX bytes; false: it is not one. */
static bool copy_name(char *out, const char *name, size_t length) {
    if (length >= UNICODE_NAME_MAX || memchr(name, 0, length)) return false;
    memcpy(out, name, length);
    out[length] = 0;
    return true;
}

int32_t unicode_by_name(const char *name, size_t length, bool aliases) {
    char text[UNICODE_NAME_MAX], back[UNICODE_NAME_MAX];
    if (!copy_name(text, name, length)) return -1;
    if (!strncmp(text, hangul_prefix, sizeof hangul_prefix - 1)) return hangul_by_name(text + sizeof hangul_prefix - 1);
    if (!strncmp(text, ideograph_prefix, sizeof ideograph_prefix - 1)) return ideograph_by_name(text + sizeof ideograph_prefix - 1);
    const NamedText *alias = aliases ? find_named(text, unicode_aliases, COUNT(unicode_aliases)) : 0;
    if (alias) return (int32_t)alias->codes[0];
    ucs4_t c = unicode_name_character(text);
    if (c == UNINAME_INVALID || c - HANGUL_FIRST < HANGUL_COUNT) return -1;
    /* The library is more generous: it takes some aliases, and other spellings. */
    return unicode_character_name(c, back) && !strcasecmp(back, text) ? (int32_t)c : -1;
}

size_t unicode_sequence_by_name(const char *name, size_t length, uint32_t *out) {
    char text[UNICODE_NAME_MAX];
    const NamedText *found = copy_name(text, name, length) ? find_named(text, unicode_sequences, COUNT(unicode_sequences)) : 0;
    size_t count = 0;
    for (; found && count < UNICODE_SEQUENCE_MAX && found->codes[count]; count++) out[count] = found->codes[count];
    return count;
}
