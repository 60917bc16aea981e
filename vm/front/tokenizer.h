/* tokenizer.h -- from UTF-8 source to tokens, one at a time. Internal to the front end.
 *
 * The tokenizer is deterministic and owns no memory: after an error a second one replays the same
 * source up to the token in question, to recover the state that CPython's messages depend on (T2).
 * T1. The source is NUL-terminated, has '\n' line ends only and no NUL inside.
 * T2. CUR, INP, BUF, LINE_START and LINENO mean what they mean in CPython's tok_state, because the
 * column and text of some errors are defined by them. */
#ifndef WEFT_FRONT_TOKENIZER_H
#define WEFT_FRONT_TOKENIZER_H

#include "front.h"

typedef enum {
    TOK_ZERO,
#define TOKEN_CLASS(Name, text)   TOK_##Name,
#define TOKEN_OP(Name, text)      TOK_##Name,
#define TOKEN_KEYWORD(Name, text) TOK_##Name,
#include "token.tbl"
    TOK_COUNT
} TokenType;

typedef struct {
    uint8_t type;  /* TokenType */
    uint8_t level; /* open brackets after this token */
    uint32_t length;
    const char *start; /* NULL for INDENT, DEDENT, ENDMARKER and most errors */
    const char *name;  /* interned, for NAME and keywords */
    int lineno, col_offset, end_lineno, end_col_offset; /* columns are -1 without START */
} Token;

enum { TOKENIZER_MAX_INDENT = 100, TOKENIZER_MAX_LEVEL = 200 };

/* Why an error token came; RAISED: the message is in Tokenizer.error already. */
typedef enum {
    TOKENIZER_OK,
    TOKENIZER_EOF,
    TOKENIZER_RAISED,
    TOKENIZER_BAD_DEDENT,
    TOKENIZER_BAD_TABS,
    TOKENIZER_TOO_DEEP,
    TOKENIZER_BAD_CONTINUATION,
    TOKENIZER_BAD_UTF8,
} TokenizerState;

typedef struct {
    Arena *arena;
    const char *source, *end;
    const char *cur;   /* next character */
    const char *inp;   /* end of the current line, after its newline */
    const char *buf;   /* start of the text that an error shows */
    const char *start; /* of the current token, or NULL between tokens */
    const char *line_start, *multi_line_start;
    int lineno, first_lineno;
    TokenizerState state;
    bool at_line_start, in_continuation;
    bool type_comments;
    bool imply_newlines; /* FRONT_SINGLE: end of file closes the statement */
    bool imply_dedent;
    bool parsing_started;
    int pending; /* INDENTs (positive) or DEDENTs (negative) to deliver */
    int indent;  /* top of the stacks */
    int columns[TOKENIZER_MAX_INDENT];
    int alt_columns[TOKENIZER_MAX_INDENT]; /* with tabs of width 1: to find inconsistent tabs */
    bool unfinished_string;                /* an error because the text ended inside a string */
    int level;
    char bracket[TOKENIZER_MAX_LEVEL];
    int bracket_line[TOKENIZER_MAX_LEVEL], bracket_col[TOKENIZER_MAX_LEVEL];
    int starting_lineno, starting_col; /* f-string expressions: where their text begins */
    FrontError error;                  /* valid in state RAISED */
    const char *decode_message;        /* valid in state BAD_UTF8 */
    FrontWarning **warnings;           /* where to append, or NULL */
} Tokenizer;

void tokenizer_init(Tokenizer *t, Arena *arena, const char *source, size_t length);

/* The next token. After the end: ENDMARKER for ever; after an error: ERROR for ever. */
void tokenizer_next(Tokenizer *t, Token *token);

/* For numbers (tokenize_number.c) and the tokenizer itself. */
int tokenizer_underflow(Tokenizer *t);
TokenType tokenizer_raise(Tokenizer *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
TokenType tokenizer_raise_range(Tokenizer *t, int col, int end_col, const char *message);
TokenType tokenize_number(Tokenizer *t, int first);
TokenType tokenize_fraction(Tokenizer *t, int first_digit);

enum { TOKENIZER_END = -1 };
static inline int tokenizer_get(Tokenizer *t) {
    return t->cur != t->inp ? (unsigned char)*t->cur++ : tokenizer_underflow(t);
}
static inline void tokenizer_unget(Tokenizer *t, int c) {
    if (c != TOKENIZER_END) t->cur--;
}

/* Character classes of ASCII; every byte above it counts as a letter of an identifier. */
enum { CHAR_START = 1, CHAR_DIGIT = 2, CHAR_HEX = 4 };
extern const uint8_t tokenizer_class[256];
static inline bool is_name_start(int c) { return c >= 0 && tokenizer_class[c] & CHAR_START; }
static inline bool is_name_char(int c) {
    return c >= 0 && tokenizer_class[c] & (CHAR_START | CHAR_DIGIT);
}
static inline bool is_digit(int c) { return (unsigned)c - '0' < 10; }

/* Marks the reserved words in ARENA's intern table, so that scanning a name finds them for free. */
void tokenizer_intern_keywords(Arena *arena);

/* The message of Python's utf-8 codec for invalid TEXT ("'utf-8' codec can't decode byte 0xff in
 * position 0: invalid start byte"), or NULL if TEXT is valid. */
const char *utf8_problem(Arena *arena, const char *text, size_t length);

/* A copy of a source line for an error; what is not UTF-8 becomes U+FFFD, as Python's "replace"
 * does. */
char *utf8_cleaned(Arena *arena, const char *text, size_t length, size_t *cleaned_length);

/* --- source.c -------------------------------------------------------------------------------- */

typedef struct {
    const char *text; /* UTF-8, '\n' line ends, NUL-terminated, in the arena */
    size_t length;
    bool has_encoding; /* by BOM, cookie or because it was a str: error columns count characters */
} Source;

/* Decodes bytes and normalises line ends. Returns false with *ERROR filled. */
bool source_decode(Arena *arena, const char *bytes, size_t length, const FrontOptions *options,
                   Source *source, FrontError *error);

#endif
