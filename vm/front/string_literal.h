/* string_literal.h -- shared by parse_string.c (literals, escapes) and parse_fstring.c. */
#ifndef WEFT_FRONT_STRING_LITERAL_H
#define WEFT_FRONT_STRING_LITERAL_H

#include "parser.h"

/* Bytes that grow in the arena. */
typedef struct {
    char *data;
    size_t length, capacity;
} Text;

void text_append(Arena *arena, Text *text, const char *bytes, size_t length);

/* Appends what LENGTH characters of a str literal stand for. RAW: no escapes. False if it raised.
 */
bool decode_str(Parser *p, const Token *token, const char *s, size_t length, bool raw, Text *out);

/* ESCAPE: what follows the backslash. */
void warn_invalid_escape(Parser *p, const Token *token, const char *escape);

/* What has been concatenated so far: literal text, and once an f-string was seen, a list of values
 * on the parser's stack from MARK. */
typedef struct {
    Parser *p;
    AstPos pos;       /* of the joined string and of text at its end: the run of literals, or for a
                         format specification its token */
    AstPos field_pos; /* of fields and the text before them: always the whole run */
    const char *kind; /* "u" or NULL */
    const Token *token;
    Text text;
    bool is_fstring;
    int mark;
} Concatenation;

/* Appends the inside of one f-string token. */
bool append_fstring(Concatenation *c, const char *s, const char *end, bool raw);

/* The accumulated text becomes a Constant on the stack, if there is any. */
void flush_text(Concatenation *c, AstPos pos);
AstExpr *new_str_constant(Concatenation *c, AstPos pos);
AstExpr *finish_joined(Concatenation *c);

#endif
