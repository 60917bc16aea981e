/* errors.c -- from a place among the tokens to the numbers and text of a SyntaxError.
 *
 * The rules are CPython's: the line shown is the tokenizer's current one if the error is there,
 * else it is looked up; columns count characters if the source has a known encoding, else bytes. */
#include <stdarg.h>
#include <stdio.h>

#include "parser.h"
#include "unicode.h"

void replay_tokenizer(Parser *p, Tokenizer *t) {
    tokenizer_init(t, p->arena, p->source, p->source_length);
    t->imply_newlines = p->tokenizer.imply_newlines;
    t->imply_dedent = p->tokenizer.imply_dedent;
    t->type_comments = p->tokenizer.type_comments;
    t->starting_lineno = p->tokenizer.starting_lineno;
    t->starting_col = p->tokenizer.starting_col;
    if (t->starting_lineno) t->lineno = t->starting_lineno - 1;
    Token token;
    for (int i = 0; i < p->fill;) {
        tokenizer_next(t, &token);
        if (token.type != TOK_TYPE_IGNORE) i++;
    }
}

static void find_line(const Parser *p, const Tokenizer *t, int lineno, const char **line,
                      size_t *length) {
    if (t->lineno <= lineno && t->inp > t->buf) {
        *line = t->buf;
        *length = (size_t)(t->inp - t->buf);
        return;
    }
    const char *s = p->source, *end = s + p->source_length;
    int skip = (t->starting_lineno ? lineno - t->starting_lineno + 1 : lineno) - 1;
    for (; skip > 0; skip--) {
        const char *newline = memchr(s, '\n', (size_t)(end - s));
        if (!newline) break;
        s = newline + 1;
    }
    const char *newline = memchr(s, '\n', (size_t)(end - s));
    *line = s;
    *length = (size_t)((newline ? newline : end) - s);
}

/* How many characters the first OFFSET bytes are; a character that is cut counts as one. */
static int chars_in_prefix(const char *line, size_t length, int offset) {
    if (offset > (int)length) offset = (int)length + 1;
    int count = 0, extra = offset > (int)length;
    const char *s = line, *end = line + offset - extra;
    while (s < end) {
        if (unicode_next(&s, end) < 0) {
            s++;
            while (s < end && ((unsigned char)*s & 0xC0) == 0x80) s++;
        }
        count++;
    }
    return count + extra;
}

/* COL and END_COL count from 1; values below 1 are passed on as they are. */
static void raise_known(Parser *p, FrontErrorClass kind, int lineno, int col, int end_lineno,
                        int end_col, const char *message) {
    if (raised(p)) return;
    Tokenizer t;
    replay_tokenizer(p, &t);
    const char *line;
    size_t length;
    find_line(p, &t, lineno, &line, &length);
    if (p->fstring) {
        message = arena_printf(p->arena, "f-string: %s", message);
        col -= p->starting_col;
        end_col -= p->starting_col;
    }
    const char *text = utf8_cleaned(p->arena, line, length, &length);
    if (p->columns_in_chars) {
        col = chars_in_prefix(text, length, col > 0 ? col : 0);
        if (end_col > 0) end_col = chars_in_prefix(text, length, end_col);
    }
    *p->error = (FrontError){.kind = kind,
                             .message = message,
                             .lineno = lineno,
                             .offset = col,
                             .end_lineno = end_lineno,
                             .end_offset = end_col,
                             .has_end = true,
                             .text = text,
                             .text_length = length};
}

static const char *format_message(Parser *p, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *message = arena_alloc(p->arena, (size_t)length + 1);
    vsnprintf(message, (size_t)length + 1, format, args);
    return message;
}

void *raise_range(Parser *p, FrontErrorClass kind, int lineno, int col, int end_lineno, int end_col,
                  const char *format, ...) {
    va_list args;
    va_start(args, format);
    raise_known(p, kind, lineno, col + 1, end_lineno, end_col + 1, format_message(p, format, args));
    va_end(args);
    return NULL;
}

void *raise_at_pos(Parser *p, const AstPos *pos, const char *format, ...) {
    va_list args;
    va_start(args, format);
    raise_known(p, FRONT_SYNTAX_ERROR, pos->lineno, pos->col_offset + 1, pos->end_lineno,
                pos->end_col_offset + 1, format_message(p, format, args));
    va_end(args);
    return NULL;
}

void *raise_here(Parser *p, FrontErrorClass kind, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *message = format_message(p, format, args);
    va_end(args);
    if (p->fill == 0) {
        raise_known(p, kind, 0, 0, 0, -1, message);
        return NULL;
    }
    const Token *token = &p->tokens[p->fill - 1];
    int col = token->col_offset + 1, end_col = -1;
    if (token->col_offset == -1) {
        Tokenizer t;
        replay_tokenizer(p, &t);
        col = t.cur == t.buf ? 0 : (int)(t.cur - t.line_start);
    }
    if (token->end_col_offset != -1) end_col = token->end_col_offset + 1;
    raise_known(p, kind, token->lineno, col, token->end_lineno, end_col, message);
    return NULL;
}

void require_version(Parser *p, int version, const char *what) {
    int allowed = p->options->feature_version;
    if (!allowed || allowed >= version || p->too_new.kind != FRONT_NO_ERROR) return;
    FrontError *error = p->error;
    int fill = p->fill;
    p->error = &p->too_new;
    p->fill = p->pos + 1; /* CPython has looked one token ahead */
    raise_here(p, FRONT_SYNTAX_ERROR, "%s only supported in Python 3.%d and greater", what, version);
    p->error = error;
    p->fill = fill;
}

void raise_unclosed_bracket(Parser *p) {
    const Tokenizer *t = &p->tokenizer;
    int i = t->level - 1;
    raise_range(p, FRONT_SYNTAX_ERROR, t->bracket_line[i], t->bracket_col[i], t->bracket_line[i],
                -1, "'%c' was never closed", t->bracket[i]);
}

/* The tokenizer's final state belongs to the error token: it stopped there. */
void raise_tokenizer_error(Parser *p) {
    const Tokenizer *t = &p->tokenizer;
    switch (t->state) {
    case TOKENIZER_RAISED:
        if (!raised(p)) *p->error = t->error;
        return;
    case TOKENIZER_BAD_DEDENT:
        raise_here(p, FRONT_INDENTATION_ERROR,
                   "unindent does not match any outer indentation level");
        return;
    case TOKENIZER_BAD_TABS:
        raise_range(p, FRONT_TAB_ERROR, t->lineno, 0, t->lineno, -1,
                    "inconsistent use of tabs and spaces in indentation");
        return;
    case TOKENIZER_TOO_DEEP:
        raise_range(p, FRONT_INDENTATION_ERROR, t->lineno, 0, t->lineno, -1,
                    "too many levels of indentation");
        return;
    case TOKENIZER_BAD_CONTINUATION:
        raise_range(p, FRONT_SYNTAX_ERROR, t->lineno, (int)(t->cur - t->buf) - 1, t->lineno, -1,
                    "unexpected character after line continuation character");
        return;
    case TOKENIZER_BAD_UTF8:
        raise_here(p, FRONT_SYNTAX_ERROR, "(unicode error) %s", t->decode_message);
        return;
    case TOKENIZER_EOF:
    case TOKENIZER_OK:
        if (t->level)
            raise_unclosed_bracket(p);
        else
            raise_here(p, FRONT_SYNTAX_ERROR, "unexpected EOF while parsing");
    }
}

void warn_at_token(Parser *p, const Token *token, const char *message) {
    FrontWarning *warning = ARENA_NEW(p->arena, FrontWarning);
    warning->kind = FRONT_DEPRECATION_WARNING;
    warning->message = message;
    warning->lineno = token->lineno;
    FrontError *outer = p->error;
    p->error = &warning->as_error;
    AstPos pos = pos_of_token(token);
    int fill = p->fill;
    p->fill = (int)(token - p->tokens) + 1;
    raise_at_pos(p, &pos, "%s", message);
    p->fill = fill;
    p->error = outer;
    FrontWarning **last = p->warnings;
    while (*last) last = &(*last)->next;
    *last = warning;
}
