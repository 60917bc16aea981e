/* tokenize_number.c -- numeric literals: where they end, and what is wrong with them. Their values
 * are computed by the parser (parse_number.c). */
#include <string.h>

#include "tokenizer.h"

/* Follows digits and underscores; *C becomes the character after them. */
static bool decimal_tail(Tokenizer *t, int *c) {
    for (;;) {
        do *c = tokenizer_get(t);
        while (is_digit(*c));
        if (*c != '_') return true;
        *c = tokenizer_get(t);
        if (!is_digit(*c)) {
            tokenizer_unget(t, *c);
            tokenizer_raise(t, "invalid decimal literal");
            return false;
        }
    }
}

static bool word_follows(const char *s, const char *word) {
    size_t length = strlen(word);
    return strncmp(s, word, length) == 0 && !is_name_char((unsigned char)s[length]);
}

/* A word that may follow a number without a space, as in "1if x else 2": deprecated, but accepted.
 * For "if", "in" and "is" CPython does not look at what follows them. */
static bool keyword_follows(const Tokenizer *t, int c) {
    const char *s = t->cur; /* after C */
    switch (c) {
    case 'a': return word_follows(s, "nd");
    case 'e': return word_follows(s, "lse");
    case 'f': return word_follows(s, "or");
    case 'i': return *s == 'f' || *s == 'n' || *s == 's';
    case 'o': return word_follows(s, "r");
    case 'n': return word_follows(s, "ot");
    }
    return false;
}

static void warn_deprecated(Tokenizer *t, const char *kind) {
    if (!t->warnings) return;
    FrontWarning *warning = ARENA_NEW(t->arena, FrontWarning);
    warning->kind = FRONT_SYNTAX_WARNING;
    warning->message = arena_printf(t->arena, "invalid %s literal", kind);
    warning->lineno = t->lineno;
    /* Turned into an error, it would be this one; building it must not stop the tokenizer. */
    TokenizerState state = t->state;
    tokenizer_raise(t, "invalid %s literal", kind);
    warning->as_error = t->error;
    t->state = state;
    FrontWarning **last = t->warnings;
    while (*last) last = &(*last)->next;
    *last = warning;
}

/* C is the first character after the number. */
static TokenType end_of_number(Tokenizer *t, int c, const char *kind) {
    bool keyword = keyword_follows(t, c);
    tokenizer_unget(t, c);
    if (keyword)
        warn_deprecated(t, kind);
    else if (is_name_char(c))
        return tokenizer_raise(t, "invalid %s literal", kind);
    return TOK_NUMBER;
}

static TokenType exponent_or_end(Tokenizer *t, int c) {
    if (c == 'e' || c == 'E') {
        int e = c;
        c = tokenizer_get(t);
        if (c == '+' || c == '-') {
            c = tokenizer_get(t);
            if (!is_digit(c)) {
                tokenizer_unget(t, c);
                return tokenizer_raise(t, "invalid decimal literal");
            }
        } else if (!is_digit(c)) {
            tokenizer_unget(t, c);
            return end_of_number(t, e, "decimal");
        }
        if (!decimal_tail(t, &c)) return TOK_ERROR;
    }
    if (c == 'j' || c == 'J') return end_of_number(t, tokenizer_get(t), "imaginary");
    return end_of_number(t, c, "decimal");
}

/* After the point; C is the character after it. */
TokenType tokenize_fraction(Tokenizer *t, int c) {
    if (is_digit(c) && !decimal_tail(t, &c)) return TOK_ERROR;
    return exponent_or_end(t, c);
}

static bool digit_in(int c, int base) {
    if (base == 16) return c >= 0 && tokenizer_class[c] & CHAR_HEX;
    return c >= '0' && c < '0' + base;
}

static TokenType based_integer(Tokenizer *t, int base, const char *kind) {
    int c = tokenizer_get(t);
    do {
        if (c == '_') c = tokenizer_get(t);
        if (!digit_in(c, base)) {
            if (is_digit(c)) return tokenizer_raise(t, "invalid digit '%c' in %s literal", c, kind);
            tokenizer_unget(t, c);
            return tokenizer_raise(t, "invalid %s literal", kind);
        }
        do c = tokenizer_get(t);
        while (digit_in(c, base));
    } while (c == '_');
    if (is_digit(c)) return tokenizer_raise(t, "invalid digit '%c' in %s literal", c, kind);
    return end_of_number(t, c, kind);
}

/* "0", "00", "0_0", or the start of a float such as "01.5"; C follows the first zero. */
static TokenType leading_zero(Tokenizer *t, int c) {
    bool nonzero = false;
    for (;;) {
        if (c == '_') {
            c = tokenizer_get(t);
            if (!is_digit(c)) {
                tokenizer_unget(t, c);
                return tokenizer_raise(t, "invalid decimal literal");
            }
        }
        if (c != '0') break;
        c = tokenizer_get(t);
    }
    const char *zeros_end = t->cur;
    if (is_digit(c)) {
        nonzero = true;
        if (!decimal_tail(t, &c)) return TOK_ERROR;
    }
    if (c == '.') return tokenize_fraction(t, tokenizer_get(t));
    if (c == 'e' || c == 'E' || c == 'j' || c == 'J') return exponent_or_end(t, c);
    if (nonzero) {
        tokenizer_unget(t, c);
        return tokenizer_raise_range(t, (int)(t->start + 1 - t->line_start),
                                     (int)(zeros_end - t->line_start),
                                     "leading zeros in decimal integer literals are not permitted; "
                                     "use an 0o prefix for octal integers");
    }
    return end_of_number(t, c, "decimal");
}

TokenType tokenize_number(Tokenizer *t, int c) {
    if (c == '0') {
        c = tokenizer_get(t);
        switch (c) {
        case 'x':
        case 'X': return based_integer(t, 16, "hexadecimal");
        case 'o':
        case 'O': return based_integer(t, 8, "octal");
        case 'b':
        case 'B': return based_integer(t, 2, "binary");
        }
        return leading_zero(t, c);
    }
    if (!decimal_tail(t, &c)) return TOK_ERROR;
    if (c == '.') return tokenize_fraction(t, tokenizer_get(t));
    return exponent_or_end(t, c);
}
