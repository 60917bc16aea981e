/* source.c -- from the bytes of a file to clean UTF-8: BOM, PEP 263 coding cookie, line ends.
 *
 * Source in UTF-8 is not validated here: as in CPython, invalid bytes in a comment do no harm, and
 * those in names and strings are reported where they stand. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tokenizer.h"
#include "unicode.h"

static bool fail(FrontError *error, FrontErrorClass kind, const char *message) {
    /* CPython has no position for these. */
    *error = (FrontError){.kind = kind, .message = message, .lineno = 0, .offset = -1};
    return false;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

/* Python's short names for the common encodings; anything else stays as written. */
static const char *normal_name(Arena *arena, const char *name, size_t length) {
    char low[13];
    size_t n = length < 12 ? length : 12;
    for (size_t i = 0; i < n; i++)
        low[i] = name[i] == '_' ? '-' : (char)tolower((unsigned char)name[i]);
    low[n] = 0;
    if (strcmp(low, "utf-8") == 0 || strncmp(low, "utf-8-", 6) == 0) return "utf-8";
    static const char *const latin[] = {"latin-1", "iso-8859-1", "iso-latin-1"};
    for (int i = 0; i < 3; i++) {
        size_t known = strlen(latin[i]);
        if (strncmp(low, latin[i], known) == 0 && (low[known] == 0 || low[known] == '-'))
            return "iso-8859-1";
    }
    return arena_copy(arena, name, length);
}

/* The encoding that a comment line names, or NULL. */
static const char *cookie_in_line(Arena *arena, const char *line, size_t size) {
    size_t i = 0;
    while (i < size && is_blank(line[i])) i++;
    if (i == size || line[i] != '#') return NULL;
    for (; i + 6 < size; i++) {
        if (memcmp(line + i, "coding", 6) != 0) continue;
        size_t j = i + 6;
        if (line[j] != ':' && line[j] != '=') continue;
        do j++;
        while (j < size && (line[j] == ' ' || line[j] == '\t'));
        size_t begin = j;
        while (j < size && (isalnum((unsigned char)line[j]) || strchr("-_.", line[j]))) j++;
        if (j > begin) return normal_name(arena, line + begin, j - begin);
    }
    return NULL;
}

/* Looks in the first line, and in the second if the first holds at most a comment. */
static const char *find_cookie(Arena *arena, const char *text, size_t length) {
    const char *end = text + length;
    for (int line = 0; line < 2 && text < end; line++) {
        const char *stop = text;
        while (stop < end && *stop != '\n' && *stop != '\r') stop++;
        const char *cookie = cookie_in_line(arena, text, (size_t)(stop - text));
        if (cookie) return cookie;
        const char *s = text;
        while (s < stop && is_blank(*s)) s++;
        if (s < stop && *s != '#') return NULL;
        if (stop < end && *stop == '\r' && stop + 1 < end && stop[1] == '\n') stop++;
        text = stop + 1;
    }
    return NULL;
}

const char *front_coding(Arena *arena, const char *source, size_t length) { return find_cookie(arena, source, length); }

static bool decode_ascii(Arena *arena, const char *bytes, size_t length, FrontError *error) {
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)bytes[i] >= 0x80)
            return fail(error, FRONT_SYNTAX_ERROR,
                        arena_printf(arena,
                                     "'ascii' codec can't decode byte 0x%02x in position %zu: "
                                     "ordinal not in range(128)",
                                     (unsigned char)bytes[i], i));
    return true;
}

static const char *decode_latin1(Arena *arena, const char *bytes, size_t length,
                                 size_t *out_length) {
    char *out = arena_alloc(arena, 2 * length + 1), *to = out;
    for (size_t i = 0; i < length; i++) to += unicode_put(to, (unsigned char)bytes[i]);
    *out_length = (size_t)(to - out);
    return out;
}

static bool decode_foreign(Arena *arena, const char *encoding, const FrontOptions *options,
                           const char **bytes, size_t *length, FrontError *error) {
    char low[16] = "";
    for (size_t i = 0; i < 15 && encoding[i]; i++)
        low[i] = (char)tolower((unsigned char)encoding[i]);
    if (strcmp(low, "ascii") == 0 || strcmp(low, "us-ascii") == 0)
        return decode_ascii(arena, *bytes, *length, error);
    if (strcmp(low, "iso-8859-1") == 0 || strcmp(low, "latin1") == 0 || strcmp(low, "l1") == 0) {
        *bytes = decode_latin1(arena, *bytes, *length, length);
        return true;
    }
    if (!options->hooks || !options->hooks->decode)
        return fail(error, FRONT_SYNTAX_ERROR,
                    arena_printf(arena, "unknown encoding: %s", encoding));
    char *utf8 = NULL;
    const char *message = "decoding failed";
    if (options->hooks->decode(options->hooks->context, encoding, *bytes, *length, &utf8, length,
                               &message) < 0)
        return fail(error, FRONT_SYNTAX_ERROR, arena_copy(arena, message, strlen(message)));
    *bytes = arena_copy(arena, utf8, *length);
    free(utf8);
    return true;
}

/* "\r\n" and "\r" become "\n"; a file gets the newline that its last line lacks. */
static void normalise_lines(Arena *arena, const char *bytes, size_t length, bool add_newline,
                            Source *source) {
    char *text = arena_alloc(arena, length + 2), *to = text;
    const char *from = bytes, *end = bytes + length;
    while (from < end) {
        const char *cr = memchr(from, '\r', (size_t)(end - from));
        const char *stop = cr ? cr : end;
        memcpy(to, from, (size_t)(stop - from));
        to += stop - from;
        from = stop;
        if (!cr) break;
        *to++ = '\n';
        from += from + 1 < end && from[1] == '\n' ? 2 : 1;
    }
    if (add_newline && (to == text || to[-1] != '\n')) *to++ = '\n';
    source->text = text;
    source->length = (size_t)(to - text);
}

bool source_decode(Arena *arena, const char *bytes, size_t length, const FrontOptions *options,
                   Source *source, FrontError *error) {
    if (memchr(bytes, 0, length))
        return fail(error, FRONT_VALUE_ERROR, "source code string cannot contain null bytes");
    source->has_encoding = true;
    if (!(options->flags & FRONT_SOURCE_IS_UTF8)) {
        bool bom = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0;
        if (bom) bytes += 3, length -= 3;
        const char *cookie = find_cookie(arena, bytes, length);
        if (bom && cookie && strcmp(cookie, "utf-8") != 0)
            return fail(error, FRONT_SYNTAX_ERROR,
                        arena_printf(arena, "encoding problem: %s with BOM", cookie));
        source->has_encoding = bom || cookie;
        if (cookie && strcmp(cookie, "utf-8") != 0 &&
            !decode_foreign(arena, cookie, options, &bytes, &length, error))
            return false;
    }
    normalise_lines(arena, bytes, length, options->mode == FRONT_EXEC, source);
    return true;
}

int front_undeclared_line(const char *source, size_t length, unsigned char *byte) {
    const char *end = source + length, *s = source;
    Arena arena;
    arena_init(&arena);
    bool declared = (length >= 3 && memcmp(source, "\xEF\xBB\xBF", 3) == 0) || find_cookie(&arena, source, length);
    arena_free(&arena);
    if (declared) return 0;
    int line = 1;
    for (; s < end; line += *s == '\n', s++) {
        const char *after = s;
        if ((unsigned char)*s < 0x80) continue;
        if (unicode_next(&after, end) < 0) {
            *byte = (unsigned char)*s;
            return line;
        }
        s = after - 1;
    }
    return 0;
}
