/* diagnose.h -- the PEG interpreter's data, shared with its grammar reader and its actions. */
#ifndef WEFT_FRONT_DIAGNOSE_H
#define WEFT_FRONT_DIAGNOSE_H

#include "parser.h"

typedef enum {
    PEG_TOKEN,        /* type */
    PEG_SOFT_KEYWORD, /* text, or NULL for any of them */
    PEG_RULE,         /* rule */
    PEG_GROUP,        /* first: alternatives */
    PEG_OPTIONAL,     /* item */
    PEG_LOOP,         /* item, at least MINIMUM times, between separators if SEPARATOR */
    PEG_AND,          /* item */
    PEG_NOT,          /* item */
    PEG_FORCE,        /* item, a token */
    PEG_CUT,
} PegKind;

typedef struct PegItem PegItem;
typedef struct PegAlternative PegAlternative;

struct PegItem {
    PegItem *next; /* in the alternative */
    PegKind kind;
    TokenType type;
    const char *text;
    int rule;
    PegAlternative *first;
    PegItem *item, *separator;
    int minimum;
    char capture; /* 'a' or 'b', or 0 */
};

struct PegAlternative {
    PegAlternative *next;
    PegItem *items;
    const char *action; /* the text between braces, or NULL */
    bool only_invalid;  /* counts only in the second pass */
};

typedef enum {
#define RULE(name, flags, text) RULE_##name,
#include "grammar.tbl"
    RULE_COUNT
} PegRuleId;

typedef struct {
    const char *name;
    char flag; /* 'M' memoised, 'L' left-recursive, '0' neither */
    PegAlternative *alternatives;
} PegRule;

/* Reads grammar.tbl into ARENA; RULES has RULE_COUNT entries. */
void peg_read_grammar(Arena *arena, PegRule *rules);

/* What a capture matched: tokens [start, end), by the item. */
typedef struct {
    int start, end;
    const PegItem *item;
} PegCapture;

typedef struct {
    Parser *p;
    PegRule *rules;
    struct PegMemo **memos; /* per token */
    int mark;               /* index of the next token */
    int level;              /* of nested rules, in CPython's count */
    bool call_invalid;
    bool stopped; /* something was raised, or too deep */
    bool too_deep;
} Diagnosis;

/* The token at the mark, read if need be; NULL after an error. */
const Token *peg_token(Diagnosis *d);

/* Runs the action of an alternative that matched. Returns whether it counts as a match. */
bool peg_run_action(Diagnosis *d, const char *action, const PegCapture *captures);

#endif
