/* tokenizer.c -- indentation, names, strings, operators. Numbers are in tokenize_number.c.
 *
 * Follows "Lexical analysis" of the language reference. Every error leaves the position that
 * CPython reports: see T2 in tokenizer.h. */
#include "tokenizer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "unicode.h"

enum { TAB_SIZE = 8 };

/* clang-format off */
#define L CHAR_START
#define H (CHAR_START | CHAR_HEX)
#define D (CHAR_DIGIT | CHAR_HEX)
const uint8_t tokenizer_class[256] = {
    ['0'] = D, D, D, D, D, D, D, D, D, D,
    ['A'] = H, H, H, H, H, H, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    ['_'] = L,
    ['a'] = H, H, H, H, H, H, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    [128 ... 255] = L,
};
#undef L
#undef H
#undef D
/* clang-format on */

void tokenizer_init(Tokenizer *t, Arena *arena, const char *source, size_t length) {
    memset(t, 0, offsetof(Tokenizer, columns));
    t->columns[0] = t->alt_columns[0] = 0;
    t->level = 0;
    t->unfinished_string = false;
    t->starting_lineno = t->starting_col = 0;
    t->error = (FrontError){0};
    t->decode_message = NULL;
    t->warnings = NULL;
    t->arena = arena;
    t->source = source;
    t->end = source + length;
    t->cur = t->inp = t->buf = t->line_start = source;
    t->at_line_start = true;
    t->imply_dedent = true;
}

void tokenizer_intern_keywords(Arena *arena) {
    static const struct {
        const char *text;
        TokenType type;
    } keywords[] = {
#define TOKEN_KEYWORD(Name, text) {text, TOK_##Name},
#include "token.tbl"
    };
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        arena_name(arena_intern_str(arena, keywords[i].text))->tag = keywords[i].type;
}

/* Makes the next line current and returns its first character. */
int tokenizer_underflow(Tokenizer *t) {
    if (t->state != TOKENIZER_OK) return TOKENIZER_END;
    if (t->inp == t->end) {
        t->state = TOKENIZER_EOF;
        return TOKENIZER_END;
    }
    const char *newline = memchr(t->inp, '\n', (size_t)(t->end - t->inp));
    if (!t->start) t->buf = t->cur;
    t->line_start = t->cur;
    t->lineno++;
    t->inp = newline ? newline + 1 : t->end;
    return (unsigned char)*t->cur++;
}

/* --- invalid UTF-8 --------------------------------------------------------------------------- */

static const char *utf8_reason(const unsigned char *s, size_t left, size_t *bad) {
    *bad = 1;
    if (s[0] < 0xC2 || s[0] > 0xF4) return "invalid start byte";
    size_t need = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    for (size_t i = 1; i < need; i++) {
        if (i == left) {
            *bad = i;
            return "unexpected end of data";
        }
        unsigned char low = 0x80, high = 0xBF;
        if (i == 1) {
            if (s[0] == 0xE0) low = 0xA0;
            if (s[0] == 0xED) high = 0x9F;
            if (s[0] == 0xF0) low = 0x90;
            if (s[0] == 0xF4) high = 0x8F;
        }
        if (s[i] < low || s[i] > high) {
            *bad = i;
            return "invalid continuation byte";
        }
    }
    return "invalid start byte";
}

const char *utf8_problem(Arena *arena, const char *text, size_t length) {
    const char *s = text, *end = text + length;
    while (s < end && unicode_next(&s, end) >= 0) continue;
    if (s == end) return NULL;
    size_t bad, at = (size_t)(s - text);
    const char *reason = utf8_reason((const unsigned char *)s, (size_t)(end - s), &bad);
    if (bad == 1)
        return arena_printf(arena, "'utf-8' codec can't decode byte 0x%02x in position %zu: %s",
                            (unsigned char)*s, at, reason);
    return arena_printf(arena, "'utf-8' codec can't decode bytes in position %zu-%zu: %s", at,
                        at + bad - 1, reason);
}

char *utf8_cleaned(Arena *arena, const char *text, size_t length, size_t *cleaned_length) {
    const char *s = text, *end = text + length;
    while (s < end && unicode_next(&s, end) >= 0) continue;
    *cleaned_length = length;
    if (s == end) return arena_copy(arena, text, length);
    char *out = arena_alloc(arena, 3 * length + 1), *to = out;
    for (s = text; s < end;) {
        const char *start = s;
        size_t bad = 0;
        if (unicode_next(&s, end) < 0) {
            utf8_reason((const unsigned char *)s, (size_t)(end - s), &bad);
            s += bad;
            to += unicode_put(to, 0xFFFD);
        } else {
            memcpy(to, start, (size_t)(s - start));
            to += s - start;
        }
    }
    *cleaned_length = (size_t)(to - out);
    return out;
}

/* --- errors ---------------------------------------------------------------------------------- */

static TokenType raise_at(Tokenizer *t, int offset, int end_offset, const char *message) {
    t->state = TOKENIZER_RAISED;
    size_t line_length = strcspn(t->line_start, "\n");
    const char *text = utf8_cleaned(t->arena, t->line_start, line_length, &line_length);
    t->error = (FrontError){.kind = FRONT_SYNTAX_ERROR,
                            .message = message,
                            .lineno = t->lineno,
                            .offset = offset,
                            .end_lineno = t->lineno,
                            .end_offset = end_offset,
                            .has_end = true,
                            .text = text,
                            .text_length = line_length};
    return TOK_ERROR;
}

/* How many characters of the line lie before CUR. */
static int count_chars(const Tokenizer *t) {
    size_t length;
    const char *s =
        utf8_cleaned(t->arena, t->line_start, (size_t)(t->cur - t->line_start), &length);
    int count = 0;
    for (const char *end = s + length; s < end; s++) count += ((unsigned char)*s & 0xC0) != 0x80;
    return count;
}

/* An error at the character before CUR. */
TokenType tokenizer_raise(Tokenizer *t, const char *format, ...) {
    char message[256];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    int offset = count_chars(t);
    return raise_at(t, offset, offset, arena_copy(t->arena, message, strlen(message)));
}

TokenType tokenizer_raise_range(Tokenizer *t, int col, int end_col, const char *message) {
    return raise_at(t, col, end_col, message);
}

static TokenType stop(Tokenizer *t, TokenizerState state) {
    t->state = state;
    return TOK_ERROR;
}

/* Indentation errors show the whole line. */
static TokenType stop_at_line_end(Tokenizer *t, TokenizerState state) {
    t->cur = t->inp;
    return stop(t, state);
}

/* --- names ----------------------------------------------------------------------------------- */

/* Checks a name with non-ASCII characters against PEP 3131. */
static bool verify_identifier(Tokenizer *t) {
    const char *s = t->start;
    t->decode_message = utf8_problem(t->arena, t->start, (size_t)(t->cur - t->start));
    if (t->decode_message) {
        t->state = TOKENIZER_BAD_UTF8;
        return false;
    }
    for (bool first = true; s < t->cur; first = false) {
        int32_t code = unicode_next(&s, t->cur);
        if (first ? unicode_is_xid_start((uint32_t)code) : unicode_is_xid_continue((uint32_t)code))
            continue;
        char text[8] = "";
        unicode_put(text, (uint32_t)code);
        t->cur = s;
        if (unicode_is_printable((uint32_t)code))
            tokenizer_raise(t, "invalid character '%s' (U+%04X)", text, (unsigned)code);
        else
            tokenizer_raise(t, "invalid non-printable character U+%04X", (unsigned)code);
        return false;
    }
    return true;
}

static const char *intern_normalised(Tokenizer *t) {
    size_t length = (size_t)(t->cur - t->start);
    char *out = arena_alloc(t->arena, length * UNICODE_NFKC_GROWTH + 1);
    uint32_t *scratch = arena_alloc(t->arena, length * UNICODE_NFKC_GROWTH * sizeof *scratch);
    return arena_intern(t->arena, out, unicode_nfkc(t->start, length, out, scratch));
}

/* The rest of a name that begins at t->start; t->cur may be anywhere inside it. */
static TokenType finish_name(Tokenizer *t, Token *token) {
    const char *s = t->start;
    uint32_t hash = ARENA_HASH_SEED;
    unsigned char all = 0;
    for (; tokenizer_class[(unsigned char)*s] & (CHAR_START | CHAR_DIGIT); s++) {
        hash = arena_hash_step(hash, (unsigned char)*s);
        all |= (unsigned char)*s;
    }
    t->cur = s;
    if (all >= 0x80) {
        if (!verify_identifier(t)) return TOK_ERROR;
        /* A keyword is one only as it is written, before normalisation. */
        token->name = intern_normalised(t);
        return TOK_NAME;
    }
    token->name =
        arena_intern_hashed(t->arena, t->start, (size_t)(s - t->start), arena_hash_finish(hash));
    uint32_t keyword = arena_name(token->name)->tag;
    return keyword ? (TokenType)keyword : TOK_NAME;
}

/* --- strings --------------------------------------------------------------------------------- */

static TokenType finish_string(Tokenizer *t, int quote) {
    int size = 1, seen = 0;
    t->first_lineno = t->lineno;
    t->multi_line_start = t->line_start;
    int c = tokenizer_get(t);
    if (c == quote) {
        c = tokenizer_get(t);
        if (c == quote)
            size = 3;
        else
            seen = 1; /* the empty string */
    }
    if (c != quote) tokenizer_unget(t, c);
    while (seen != size) {
        c = tokenizer_get(t);
        if (c == TOKENIZER_END || (size == 1 && c == '\n')) {
            int last_line = t->lineno;
            t->unfinished_string = c == TOKENIZER_END;
            t->cur = t->start + 1;
            t->line_start = t->multi_line_start;
            t->lineno = t->first_lineno;
            return tokenizer_raise(t, "unterminated %sstring literal (detected at line %d)",
                                   size == 3 ? "triple-quoted " : "", last_line);
        }
        if (c == quote) {
            seen++;
        } else {
            seen = 0;
            if (c == '\\') tokenizer_get(t);
        }
    }
    return TOK_STRING;
}

/* A letter: either a name, or the prefix of a string literal. */
static TokenType name_or_string(Tokenizer *t, int c, Token *token) {
    bool b = false, u = false, r = false, f = false;
    for (int i = 0; i < 3; i++) {
        int low = c | 32;
        if (low == 'b' && !(b || u || f))
            b = true;
        else if (low == 'u' && !(b || u || r || f))
            u = true;
        else if (low == 'r' && !(r || u))
            r = true;
        else if (low == 'f' && !(f || b || u))
            f = true;
        else
            break;
        c = tokenizer_get(t);
        if (c == '"' || c == '\'') return finish_string(t, c);
    }
    return finish_name(t, token);
}

/* --- lines and indentation ------------------------------------------------------------------- */

/* After a backslash: steps over the newline. False on an error. */
static bool continue_line(Tokenizer *t) {
    int c = tokenizer_get(t);
    if (c != '\n') {
        stop(t, TOKENIZER_BAD_CONTINUATION);
        return false;
    }
    c = tokenizer_get(t);
    if (c == TOKENIZER_END) {
        t->state = TOKENIZER_EOF;
        t->cur = t->inp;
        return false;
    }
    tokenizer_unget(t, c);
    return true;
}

/* Compares the indentation of a logical line with the stack; false on an error. */
static bool set_indentation(Tokenizer *t, int col, int alt_col) {
    bool consistent = true;
    if (col == t->columns[t->indent]) {
        consistent = alt_col == t->alt_columns[t->indent];
    } else if (col > t->columns[t->indent]) {
        if (t->indent + 1 >= TOKENIZER_MAX_INDENT) {
            stop_at_line_end(t, TOKENIZER_TOO_DEEP);
            return false;
        }
        consistent = alt_col > t->alt_columns[t->indent];
        t->pending++;
        t->indent++;
        t->columns[t->indent] = col;
        t->alt_columns[t->indent] = alt_col;
    } else {
        while (t->indent > 0 && col < t->columns[t->indent]) {
            t->pending--;
            t->indent--;
        }
        if (col != t->columns[t->indent]) {
            stop_at_line_end(t, TOKENIZER_BAD_DEDENT);
            return false;
        }
        consistent = alt_col == t->alt_columns[t->indent];
    }
    if (!consistent) stop_at_line_end(t, TOKENIZER_BAD_TABS);
    return consistent;
}

/* Reads the white space at the start of a line. *BLANK: nothing but a comment follows. False on an
 * error. */
static bool read_indentation(Tokenizer *t, bool *blank) {
    int col = 0, alt_col = 0, continued_col = 0, c;
    for (;;) {
        c = tokenizer_get(t);
        if (c == ' ') {
            col++, alt_col++;
        } else if (c == '\t') {
            col = (col / TAB_SIZE + 1) * TAB_SIZE;
            alt_col++;
        } else if (c == '\f') {
            col = alt_col = 0;
        } else if (c == '\\') {
            /* The indentation is that before the first backslash. */
            continued_col = continued_col ? continued_col : col;
            if (!continue_line(t)) return false;
        } else {
            break;
        }
    }
    tokenizer_unget(t, c);
    *blank = c == '#' || c == '\n';
    if (*blank || t->level) return true;
    if (continued_col) col = alt_col = continued_col;
    return set_indentation(t, col, alt_col);
}

/* --- operators ------------------------------------------------------------------------------- */

static TokenType with_assign(Tokenizer *t, TokenType plain, TokenType assign) {
    if (*t->cur != '=') return plain;
    t->cur++;
    return assign;
}

static TokenType doubled(Tokenizer *t, int c, TokenType plain, TokenType assign, TokenType twice,
                         TokenType twice_assign) {
    if (*t->cur != c) return with_assign(t, plain, assign);
    t->cur++;
    return with_assign(t, twice, twice_assign);
}

static TokenType open_bracket(Tokenizer *t, int c, TokenType type) {
    if (t->level >= TOKENIZER_MAX_LEVEL) return tokenizer_raise(t, "too many nested parentheses");
    t->bracket[t->level] = (char)c;
    t->bracket_line[t->level] = t->lineno;
    t->bracket_col[t->level] = (int)(t->start - t->line_start);
    t->level++;
    return type;
}

static TokenType close_bracket(Tokenizer *t, int c, TokenType type) {
    if (!t->level) return tokenizer_raise(t, "unmatched '%c'", c);
    int opening = t->bracket[--t->level];
    if ((opening == '(' && c == ')') || (opening == '[' && c == ']') ||
        (opening == '{' && c == '}'))
        return type;
    if (t->bracket_line[t->level] != t->lineno)
        return tokenizer_raise(
            t, "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d", c,
            opening, t->bracket_line[t->level]);
    return tokenizer_raise(t, "closing parenthesis '%c' does not match opening parenthesis '%c'", c,
                           opening);
}

/* Peeking at *t->cur is safe: the source ends with a NUL, and an operator never spans lines. */
static TokenType operator_token(Tokenizer *t, int c) {
    switch (c) {
    case '(': return open_bracket(t, c, TOK_LPAREN);
    case '[': return open_bracket(t, c, TOK_LBRACKET);
    case '{': return open_bracket(t, c, TOK_LBRACE);
    case ')': return close_bracket(t, c, TOK_RPAREN);
    case ']': return close_bracket(t, c, TOK_RBRACKET);
    case '}': return close_bracket(t, c, TOK_RBRACE);
    case ',': return TOK_COMMA;
    case ';': return TOK_SEMI;
    case '~': return TOK_TILDE;
    case ':': return with_assign(t, TOK_COLON, TOK_WALRUS);
    case '=': return with_assign(t, TOK_ASSIGN, TOK_EQUAL);
    case '+': return with_assign(t, TOK_PLUS, TOK_PLUS_ASSIGN);
    case '%': return with_assign(t, TOK_PERCENT, TOK_PERCENT_ASSIGN);
    case '&': return with_assign(t, TOK_AMPER, TOK_AMPER_ASSIGN);
    case '|': return with_assign(t, TOK_VBAR, TOK_VBAR_ASSIGN);
    case '^': return with_assign(t, TOK_CARET, TOK_CARET_ASSIGN);
    case '@': return with_assign(t, TOK_AT, TOK_AT_ASSIGN);
    case '!': return with_assign(t, TOK_STRAY, TOK_NOT_EQUAL);
    case '*': return doubled(t, c, TOK_STAR, TOK_STAR_ASSIGN, TOK_POWER, TOK_POWER_ASSIGN);
    case '/':
        return doubled(t, c, TOK_SLASH, TOK_SLASH_ASSIGN, TOK_DOUBLE_SLASH,
                       TOK_DOUBLE_SLASH_ASSIGN);
    case '>': return doubled(t, c, TOK_GREATER, TOK_GREATER_EQUAL, TOK_RSHIFT, TOK_RSHIFT_ASSIGN);
    case '<':
        if (*t->cur == '>') {
            t->cur++;
            return TOK_NOT_EQUAL; /* the parser accepts '<>' only from the barry_as_FLUFL joke */
        }
        return doubled(t, c, TOK_LESS, TOK_LESS_EQUAL, TOK_LSHIFT, TOK_LSHIFT_ASSIGN);
    case '-':
        if (*t->cur == '>') {
            t->cur++;
            return TOK_ARROW;
        }
        return with_assign(t, TOK_MINUS, TOK_MINUS_ASSIGN);
    case '.':
        if (is_digit((unsigned char)*t->cur)) return tokenize_fraction(t, tokenizer_get(t));
        if (t->cur[0] == '.' && t->cur[1] == '.') {
            t->cur += 2;
            return TOK_ELLIPSIS;
        }
        return TOK_DOT;
    }
    if (c < 32 || c == 127) return tokenizer_raise(t, "invalid non-printable character U+%04X", c);
    return TOK_STRAY; /* $ ? ` */
}

/* --- comments -------------------------------------------------------------------------------- */

/* The tag of a "# type: ..." comment within [s, end), or NULL. */
static const char *type_comment_tag(const char *s, const char *end) {
    s++; /* '#' */
    while (s < end && (*s == ' ' || *s == '\t')) s++;
    if (end - s < 5 || memcmp(s, "type:", 5) != 0) return NULL;
    s += 5;
    while (s < end && (*s == ' ' || *s == '\t')) s++;
    return s;
}

/* Reads a comment up to the newline. Returns a token type if it is a type comment that counts, else
 * 0. */
static TokenType skip_comment(Tokenizer *t, const char **token_start) {
    const char *start = t->cur - 1;
    while (t->cur < t->inp && *t->cur != '\n') t->cur++;
    if (!t->type_comments) return TOK_ZERO;
    const char *tag = type_comment_tag(start, t->cur);
    if (!tag) return TOK_ZERO;
    size_t length = (size_t)(t->cur - tag);
    bool ignore = length >= 6 && memcmp(tag, "ignore", 6) == 0 &&
                  (length == 6 || (!((unsigned char)tag[6] >= 128) &&
                                   !(is_name_char((unsigned char)tag[6]) && tag[6] != '_')));
    if (!ignore) {
        *token_start = tag;
        return TOK_TYPE_COMMENT;
    }
    *token_start = tag + 6;
    /* On a line of its own it also ends the line. */
    const char *s = t->line_start;
    while (s < start && (*s == ' ' || *s == '\t' || *s == '\f')) s++;
    if (s == start && *t->cur == '\n') {
        t->cur++;
        t->at_line_start = true;
    }
    return TOK_TYPE_IGNORE;
}

/* --- the loop -------------------------------------------------------------------------------- */

static TokenType end_of_input(const Tokenizer *t) {
    return t->level == 0 && t->state == TOKENIZER_EOF ? TOK_END : TOK_ERROR;
}

static TokenType read_token(Tokenizer *t, Token *token) {
    for (;;) {
        bool blank = false;
        t->start = NULL;
        if (t->at_line_start) {
            t->at_line_start = false;
            if (!read_indentation(t, &blank)) return TOK_ERROR;
        }
        t->start = t->cur;
        if (t->pending) {
            TokenType type = t->pending < 0 ? TOK_DEDENT : TOK_INDENT;
            t->pending += t->pending < 0 ? 1 : -1;
            t->start = NULL;
            return type;
        }
        int c;
        for (;;) {
            t->start = NULL;
            do c = tokenizer_get(t);
            while (c == ' ' || c == '\t' || c == '\f');
            t->start = t->cur - (c != TOKENIZER_END);
            if (c == '#') {
                const char *tag = NULL;
                TokenType type = skip_comment(t, &tag);
                if (type) {
                    token->start = tag;
                    return type;
                }
                c = tokenizer_get(t);
            }
            if (c != '\\') break;
            if (!continue_line(t)) return TOK_ERROR;
            t->in_continuation = true;
        }
        if (c == TOKENIZER_END) return end_of_input(t);
        if (c == '\n') {
            t->at_line_start = true;
            if (blank || t->level > 0) continue;
            token->start = t->start;
            t->in_continuation = false;
            return TOK_NEWLINE;
        }
        token->start = t->start;
        TokenType type;
        if (is_name_start(c))
            type = name_or_string(t, c, token);
        else if (is_digit(c))
            type = tokenize_number(t, c);
        else if (c == '"' || c == '\'')
            type = finish_string(t, c);
        else
            type = operator_token(t, c);
        if (type == TOK_ERROR) token->start = NULL;
        return type;
    }
}

/* FRONT_SINGLE: the end of the text ends the statement and the blocks, as a blank line would. */
static TokenType imply_newline(Tokenizer *t, TokenType type) {
    if (type != TOK_END || !t->parsing_started) {
        t->parsing_started = true;
        return type;
    }
    t->parsing_started = false;
    if (t->indent && t->imply_dedent) {
        t->pending = -t->indent;
        t->indent = 0;
    }
    return TOK_NEWLINE;
}

void tokenizer_next(Tokenizer *t, Token *token) {
    token->start = NULL;
    token->name = NULL;
    TokenType type = read_token(t, token);
    if (t->imply_newlines) type = imply_newline(t, type);
    const char *end = type == TOK_NEWLINE && token->start ? t->cur - 1 : t->cur;
    if (type == TOK_TYPE_IGNORE && t->at_line_start) end = t->cur - 1;
    bool string = type == TOK_STRING;
    token->type = (uint8_t)type;
    token->level = (uint8_t)t->level;
    token->lineno = string ? t->first_lineno : t->lineno;
    token->end_lineno = t->lineno;
    if (!token->start) {
        token->length = 0;
        token->col_offset = token->end_col_offset = -1;
        return;
    }
    const char *line = string ? t->multi_line_start : t->line_start;
    int shift = t->lineno == t->starting_lineno ? t->starting_col : 0;
    token->length = (uint32_t)(end - token->start);
    token->col_offset = (int)(token->start - line) + shift;
    token->end_col_offset = (int)(end - t->line_start) + shift;
}
