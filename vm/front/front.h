/* front.h -- the public interface of the front end: source bytes in, AST and symbol table out.
 *
 * A pure C library over an arena (arena.h): no Python objects, no collector, no transactions, so it
 * may run anywhere, in any thread, one parse per arena at a time. All results live in the arena.
 *
 * Who raises which SyntaxError:
 *
 * tokenizer and parser (front_parse): everything about the form of the text: decoding, f-strings,
 * what can be assigned to, and all messages of CPython's tokenizer and grammar.
 *
 * symbol table (front_symtable): scope rules: global and nonlocal, duplicate arguments, import *,
 * ':=' in comprehensions, yield in comprehensions, yield, await and ':=' in annotations; unknown
 * features of 'from __future__'.
 *
 * compiler.c: 'return', 'yield', 'await' outside a function; async constructs outside an async
 * function; 'return' with value in an async generator; 'break' and 'continue' outside a loop or in
 * except*; "default 'except:' must be last"; starred expressions and targets in wrong places;
 * assignment to __debug__; repeated keyword arguments; alternative patterns that bind different
 * names and unreachable patterns; a late 'from __future__' (line > Symtable.future_lineno); and the
 * SyntaxWarnings ("is" with a literal, assertion is always true, not callable, ...). */
#ifndef WEFT_FRONT_FRONT_H
#define WEFT_FRONT_FRONT_H

#include "arena.h"
#include "ast.h"
#include "symtable.h"

typedef enum { FRONT_EXEC, FRONT_EVAL, FRONT_SINGLE, FRONT_FUNC_TYPE } FrontMode;

enum {
    FRONT_TYPE_COMMENTS = 1,     /* ast.parse(type_comments=True) */
    FRONT_DONT_IMPLY_DEDENT = 2, /* PyCF_DONT_IMPLY_DEDENT (codeop) */
    FRONT_ALLOW_INCOMPLETE = 4,  /* PyCF_ALLOW_INCOMPLETE_INPUT: error "incomplete input" */
    FRONT_SOURCE_IS_UTF8 = 8,    /* the source was a str: no BOM, no coding cookie */
    FRONT_BARRY_AS_BDFL = 16,    /* '<>' instead of '!=' */
};

typedef enum {
    FRONT_NO_ERROR,
    FRONT_SYNTAX_ERROR,
    FRONT_INDENTATION_ERROR,
    FRONT_TAB_ERROR,
    FRONT_RECURSION_ERROR,
    FRONT_MEMORY_ERROR,
    FRONT_VALUE_ERROR,
    FRONT_TYPE_ERROR,
    FRONT_OVERFLOW_ERROR,
    FRONT_SYSTEM_ERROR,
} FrontErrorClass;

/* offset and end_offset count characters from 1, as in SyntaxError; 0 and -1 occur as in CPython.
 */
typedef struct {
    FrontErrorClass kind;
    const char *message; /* UTF-8 */
    int lineno, offset, end_lineno, end_offset;
    bool has_end;     /* false: end_offset is None, and end_lineno too if it is 0 */
    const char *text; /* the source line, UTF-8, with its newline; NULL: None */
    size_t text_length;
} FrontError;

typedef enum { FRONT_DEPRECATION_WARNING, FRONT_SYNTAX_WARNING } FrontWarningClass;

/* A warning to issue, in this order, after the parse. Where the warning filter turns it into an
 * exception, the caller raises the SyntaxError described by AS_ERROR instead. */
typedef struct FrontWarning {
    struct FrontWarning *next;
    FrontWarningClass kind;
    const char *message;
    int lineno;
    FrontError as_error;
} FrontWarning;

typedef struct {
    /* Decodes LENGTH bytes in ENCODING to UTF-8 (malloc'ed, freed by the parser). Returns 0; or -1
     * and a message in *ERROR (arena text or static). NULL: only utf-8, latin-1 and ascii are
     * known. */
    int (*decode)(void *context, const char *encoding, const char *bytes, size_t length,
                  char **utf8, size_t *utf8_length, const char **error);
    /* The code point of a Unicode character name (for \N{...}), or -1. NULL: \N{...} is an error.
     */
    int32_t (*unicode_name)(void *context, const char *name, size_t length);
    void *context;
} FrontHooks;

typedef struct {
    const char *filename; /* for messages only */
    FrontMode mode;
    unsigned flags;
    const FrontHooks *hooks; /* may be NULL */
    int max_depth;           /* of the parser, in CPython's units; 0: its default (6000) */
    int max_int_digits;      /* of decimal literals; 0: the default (4300); -1: no limit */
    int feature_version;     /* x of 3.x: newer syntax is refused; 0: the newest */
} FrontOptions;

/* Parses SOURCE. Returns the tree; or NULL with *ERROR filled.
 * *WARNINGS (may be NULL) receives a list, also when the parse fails. */
AstMod *front_parse(Arena *arena, const char *source, size_t length, const FrontOptions *options,
                    FrontError *error, FrontWarning **warnings);

/* The encoding that a comment in the first two lines declares, or NULL. */
const char *front_coding(Arena *arena, const char *source, size_t length);
/* A file without BOM and coding cookie must be UTF-8, comments too: the line of the first byte that is not, which goes to *BYTE;
 * or 0. */
int front_undeclared_line(const char *source, size_t length, unsigned char *byte);

/* The text of source line LINENO as SyntaxError.text wants it, or NULL: for errors that the symbol
 * table or the compiler finds. SOURCE as given to front_parse. */
void front_error_at(Arena *arena, FrontError *error, FrontErrorClass kind, const char *message,
                    const AstPos *pos, const char *source, size_t length);

#endif
