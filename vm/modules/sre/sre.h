/* Regular expressions: the engine below module _sre.
 *
 * The standard library's re compiles a pattern to codes (re/_constants.py). sre_compile.c translates these, once, to a program for a
 * backtracking machine; sre_match.c runs it over flat text with an explicit stack, so depth of recursion is no limit and memory is
 * one entry per open choice. Nothing here touches the heap but through the flat views that the caller gives. */
#ifndef VM_MODULES_SRE_H
#define VM_MODULES_SRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { /* re/_constants.py, in its order */
    SRE_FAILURE, SRE_SUCCESS, SRE_ANY, SRE_ANY_ALL, SRE_ASSERT, SRE_ASSERT_NOT, SRE_AT, SRE_BRANCH, SRE_CATEGORY, SRE_CHARSET,
    SRE_BIGCHARSET, SRE_GROUPREF, SRE_GROUPREF_EXISTS, SRE_IN, SRE_INFO, SRE_JUMP, SRE_LITERAL, SRE_MARK, SRE_MAX_UNTIL, SRE_MIN_UNTIL,
    SRE_NOT_LITERAL, SRE_NEGATE, SRE_RANGE, SRE_REPEAT, SRE_REPEAT_ONE, SRE_SUBPATTERN, SRE_MIN_REPEAT_ONE, SRE_ATOMIC_GROUP,
    SRE_POSSESSIVE_REPEAT, SRE_POSSESSIVE_REPEAT_ONE, SRE_GROUPREF_IGNORE, SRE_IN_IGNORE, SRE_LITERAL_IGNORE, SRE_NOT_LITERAL_IGNORE,
    SRE_GROUPREF_LOC_IGNORE, SRE_IN_LOC_IGNORE, SRE_LITERAL_LOC_IGNORE, SRE_NOT_LITERAL_LOC_IGNORE, SRE_GROUPREF_UNI_IGNORE,
    SRE_IN_UNI_IGNORE, SRE_LITERAL_UNI_IGNORE, SRE_NOT_LITERAL_UNI_IGNORE, SRE_RANGE_UNI_IGNORE
};
enum { SRE_MAGIC = 20220615, SRE_FLAG_IGNORECASE = 2, SRE_FLAG_LOCALE = 4, SRE_FLAG_UNICODE = 32, SRE_FLAG_DEBUG = 128, SRE_FLAG_ASCII = 256, SRE_FLAG_TEMPLATE = 1 };
#define SRE_MAXREPEAT UINT32_MAX
#define SRE_MAXGROUPS (INT32_MAX / 2)

typedef enum SreFold { FOLD_NONE, FOLD_ASCII, FOLD_LOCALE, FOLD_UNICODE } SreFold;

/* One instruction. A one-character test is CHAR, NOT_CHAR, ANY, ANY_ALL, SET or CATEGORY; those have `a` and `fold`. */
typedef enum SreOp {
    M_CHAR, M_NOT_CHAR, M_ANY, M_ANY_ALL, M_SET, M_CATEGORY,
    M_AT,          /* a: code */
    M_JUMP,        /* to */
    M_SPLIT,       /* go on; `to` on failure */
    M_MARK,        /* a: mark number */
    M_BACKREF,     /* a: group */
    M_IF_GROUP,    /* a: group; `to` if it has not matched */
    M_ONE_GREEDY, M_ONE_LAZY, M_ONE_POSSESSIVE, /* min a, max b of the test that is the next instruction; to: behind it */
    M_LOOP_START,  /* a: register of the count, a + 1: of the last start */
    M_LOOP_GREEDY, M_LOOP_LAZY, /* min, max b, register a; to: body */
    M_ATOMIC,      /* a: register; the stack's height is kept in it */
    M_ATOMIC_END,  /* forget the choices made since */
    M_LOOK,        /* a: register (position a + 1); b: how far back; to: behind the end, for lookbehind that does not fit */
    M_LOOK_END,
    M_LOOK_NOT,    /* to: behind its end, on which the search goes on when the inside fails */
    M_LOOK_NOT_END,
    M_FAIL, M_SUCCESS
} SreOp;

typedef struct SreInstr {
    uint8_t op, fold;
    uint32_t a, b, min, to;
} SreInstr;

typedef struct SreSet {
    uint64_t low[4];  /* the answer for characters below 256, folding applied */
    uint32_t code;    /* where its codes are, for others */
    uint8_t fold;
} SreSet;

typedef struct SreProgram {
    SreInstr *instrs;
    SreSet *sets;
    uint32_t *codes;      /* the codes from re: character sets are read from them */
    uint32_t instr_count, set_count, code_count;
    uint32_t groups, registers; /* marks come first: 2 * groups */
    uint32_t min_width;
    uint32_t *prefix;     /* literal that every match starts with, or NULL */
    uint32_t prefix_length;
    int32_t first_set;    /* set that the first character must be in, or -1 */
} SreProgram;

/* NULL: the codes are not what re makes (or memory is out). */
SreProgram *sre_compile(const uint32_t *codes, size_t count, uint32_t groups);
void sre_free(SreProgram *program);
bool sre_set_contains(const SreProgram *p, const SreSet *set, uint32_t c);
uint32_t sre_lower(uint32_t c, SreFold fold);
bool sre_category(uint32_t category, uint32_t c);

typedef struct SreMatch {
    const SreProgram *program;
    const void *text;     /* flat */
    unsigned width;       /* bytes a character */
    int64_t start, end;   /* of the searched part; start of the text is 0 */
    bool full;            /* fullmatch: must end at `end` */
    int64_t not_empty_at; /* a match may not be empty here; -1: anything */
    /* result */
    int64_t from, to;
    int64_t *registers;   /* [program->registers]: marks, -1 unset */
    int32_t last_index; /* group closed last */
    struct SreStack *stack;
} SreMatch;

typedef enum SreResult { SRE_NO = 0, SRE_YES = 1, SRE_NO_MEMORY = -1, SRE_INTERRUPTED = -2 } SreResult;
SreResult sre_match(SreMatch *m, int64_t at);
SreResult sre_search(SreMatch *m, int64_t at);
/* Set by signal handling: stop a match that runs. */
bool sre_interrupt_wanted(void);

#endif
