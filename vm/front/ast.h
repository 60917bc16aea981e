/* ast.h -- the abstract syntax tree of Python 3.11, generated from ast.tbl.
 *
 * A statement is an AstStmt: kind STMT_If, fields s->If.test, s->If.body, ... with the names of
 * Python.asdl; likewise AstExpr/EXPR_, AstPattern/PATTERN_, AstMod/MOD_. The product types are
 * plain structs (AstArg: a->arg, a->annotation). Enumerations: AST_Add, AST_Load, AST_NotIn, ...
 *
 * I1. Identifiers are interned in the arena: compare them by pointer (arena.h).
 * I2. Lines count from 1, columns are UTF-8 byte offsets from 0, as in CPython's ast.
 * I3. A field that is not OPT is never NULL; items only in OPTSEQ may be NULL. */
#ifndef WEFT_FRONT_AST_H
#define WEFT_FRONT_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

typedef struct AstMod AstMod;
typedef struct AstStmt AstStmt;
typedef struct AstExpr AstExpr;
typedef struct AstPattern AstPattern;
typedef struct AstComprehension AstComprehension;
typedef struct AstExceptHandler AstExceptHandler;
typedef struct AstArguments AstArguments;
typedef struct AstArg AstArg;
typedef struct AstKeyword AstKeyword;
typedef struct AstAlias AstAlias;
typedef struct AstWithItem AstWithItem;
typedef struct AstMatchCase AstMatchCase;
typedef struct AstTypeIgnore AstTypeIgnore;

typedef struct {
    int lineno, col_offset, end_lineno, end_col_offset;
} AstPos;

/* --- constants ------------------------------------------------------------------------------- */

typedef enum {
    CONST_NONE,
    CONST_TRUE,
    CONST_FALSE,
    CONST_ELLIPSIS,
    CONST_INT,       /* integer */
    CONST_BIGINT,    /* bigint: an integer that does not fit in int64_t */
    CONST_FLOAT,     /* real */
    CONST_COMPLEX,   /* real and imag (a literal has real 0) */
    CONST_STR,       /* bytes: WTF-8 (lone surrogates and NULs allowed) */
    CONST_BYTES,     /* bytes */
    CONST_TUPLE,     /* items; made only by the compiler's folding, never by the parser */
    CONST_FROZENSET, /* items; likewise */
    CONST_INVALID,   /* bytes: the name of a type that is no constant's; only in trees of the program's making */
} AstConstKind;

typedef struct AstConst {
    AstConstKind kind;
    union {
        int64_t integer;
        struct {
            const char *digits; /* NUL-terminated, no underscores, no 0x prefix, no sign */
            uint32_t length;
            uint8_t base; /* 2, 8, 10 or 16 */
            bool negative;
        } bigint;
        struct {
            double real, imag;
        };
        struct {
            const char *data; /* followed by a NUL that is not counted */
            size_t length;
        } bytes;
        struct {
            const struct AstConst *data;
            size_t count;
        } items;
    };
} AstConst;

/* --- sequences: {count, items}; items is NULL when count is 0 ----------------------------------
 */

#define AST_SEQ_OF(Name, Item)                                                                     \
    typedef struct {                                                                               \
        int count;                                                                                 \
        Item *items;                                                                               \
    } Name

AST_SEQ_OF(AstPtrSeq, void *); /* what every sequence of pointers looks like, for generic walkers */
AST_SEQ_OF(AstStmtSeq, AstStmt *);
AST_SEQ_OF(AstExprSeq, AstExpr *);
AST_SEQ_OF(AstPatternSeq, AstPattern *);
AST_SEQ_OF(AstComprehensionSeq, AstComprehension *);
AST_SEQ_OF(AstExceptHandlerSeq, AstExceptHandler *);
AST_SEQ_OF(AstArgSeq, AstArg *);
AST_SEQ_OF(AstKeywordSeq, AstKeyword *);
AST_SEQ_OF(AstAliasSeq, AstAlias *);
AST_SEQ_OF(AstWithItemSeq, AstWithItem *);
AST_SEQ_OF(AstMatchCaseSeq, AstMatchCase *);
AST_SEQ_OF(AstTypeIgnoreSeq, AstTypeIgnore *);
AST_SEQ_OF(AstNameSeq, const char *);

/* --- enumerations ---------------------------------------------------------------------------- */

/* One enum for all constructors without fields, so that a value names its class by itself.
 * Within a sum type the values are consecutive: AST_Add .. AST_FloorDiv, AST_Eq .. AST_NotIn. */
typedef enum {
#define AST_ENUM(sum, Name) AST_##Name,
#include "ast.tbl"
    AST_ENUM_COUNT
} AstEnum;

AST_SEQ_OF(AstEnumSeq, AstEnum);

/* Kinds of all sums in one table: MOD_Module, STMT_FunctionDef, EXPR_BoolOp, PATTERN_MatchValue.
 * Kinds of different sums never share a number. */
#define AST_KIND_mod(Name)     MOD_##Name
#define AST_KIND_stmt(Name)    STMT_##Name
#define AST_KIND_expr(Name)    EXPR_##Name
#define AST_KIND_pattern(Name) PATTERN_##Name
typedef enum {
#define AST_CTOR(sum, Name, fields) AST_KIND_##sum(Name),
#include "ast.tbl"
    AST_KIND_COUNT
} AstKind;

/* --- structs --------------------------------------------------------------------------------- */

#define AST_TYPE_ONE(type)    AST_TYPE_##type
#define AST_TYPE_OPT(type)    AST_TYPE_##type
#define AST_TYPE_SEQ(type)    AST_SEQ_##type
#define AST_TYPE_OPTSEQ(type) AST_SEQ_##type

#define AST_TYPE_identifier   const char *
#define AST_TYPE_string       const char *
#define AST_TYPE_int          int
#define AST_TYPE_constant     AstConst
#define AST_TYPE_expr_context AstEnum
#define AST_TYPE_boolop       AstEnum
#define AST_TYPE_operator     AstEnum
#define AST_TYPE_unaryop      AstEnum
#define AST_TYPE_cmpop        AstEnum
#define AST_TYPE_stmt         AstStmt *
#define AST_TYPE_expr         AstExpr *
#define AST_TYPE_pattern      AstPattern *
#define AST_TYPE_arguments    AstArguments *
#define AST_TYPE_arg          AstArg *

#define AST_SEQ_identifier    AstNameSeq
#define AST_SEQ_cmpop         AstEnumSeq
#define AST_SEQ_stmt          AstStmtSeq
#define AST_SEQ_expr          AstExprSeq
#define AST_SEQ_pattern       AstPatternSeq
#define AST_SEQ_comprehension AstComprehensionSeq
#define AST_SEQ_excepthandler AstExceptHandlerSeq
#define AST_SEQ_arg           AstArgSeq
#define AST_SEQ_keyword       AstKeywordSeq
#define AST_SEQ_alias         AstAliasSeq
#define AST_SEQ_withitem      AstWithItemSeq
#define AST_SEQ_match_case    AstMatchCaseSeq
#define AST_SEQ_type_ignore   AstTypeIgnoreSeq

#define AST_FIELD_DECL(type, quantity, name) AST_TYPE_##quantity(type) name;

/* The fields of each kind: AstIn_If and so on, reached as s->If. */
#define AST_F(type, quantity, name) AST_FIELD_DECL(type, quantity, name)
#define AST_CTOR(sum, Name, fields)                                                                \
    typedef struct {                                                                               \
        fields                                                                                     \
    } AstIn_##Name;
#include "ast.tbl"

#define AST_MEMBER(Name) AstIn_##Name Name;

#define AST_MEMBER_mod(Name) AST_MEMBER(Name)
#define AST_MEMBER_stmt(Name)
#define AST_MEMBER_expr(Name)
#define AST_MEMBER_pattern(Name)
struct AstMod {
    AstKind kind;
    union {
#define AST_CTOR(sum, Name, fields) AST_MEMBER_##sum(Name)
#include "ast.tbl"
    };
};
#undef AST_MEMBER_mod
#define AST_MEMBER_mod(Name)

#undef AST_MEMBER_stmt
#define AST_MEMBER_stmt(Name) AST_MEMBER(Name)
struct AstStmt {
    AstKind kind;
    AstPos pos;
    union {
#define AST_CTOR(sum, Name, fields) AST_MEMBER_##sum(Name)
#include "ast.tbl"
    };
};
#undef AST_MEMBER_stmt
#define AST_MEMBER_stmt(Name)

#undef AST_MEMBER_expr
#define AST_MEMBER_expr(Name) AST_MEMBER(Name)
struct AstExpr {
    AstKind kind;
    AstPos pos;
    union {
#define AST_CTOR(sum, Name, fields) AST_MEMBER_##sum(Name)
#include "ast.tbl"
    };
};
#undef AST_MEMBER_expr
#define AST_MEMBER_expr(Name)

#undef AST_MEMBER_pattern
#define AST_MEMBER_pattern(Name) AST_MEMBER(Name)
struct AstPattern {
    AstKind kind;
    AstPos pos;
    union {
#define AST_CTOR(sum, Name, fields) AST_MEMBER_##sum(Name)
#include "ast.tbl"
    };
};
#undef AST_MEMBER_mod
#undef AST_MEMBER_stmt
#undef AST_MEMBER_expr
#undef AST_MEMBER_pattern
#undef AST_MEMBER

struct AstExceptHandler {
    AstPos pos;
    AstExpr *type;    /* NULL: bare except */
    const char *name; /* NULL: no 'as' */
    AstStmtSeq body;
};

struct AstTypeIgnore {
    int lineno;
    const char *tag;
};

#define AST_STRUCT_comprehension AstComprehension
#define AST_STRUCT_arguments     AstArguments
#define AST_STRUCT_arg           AstArg
#define AST_STRUCT_keyword       AstKeyword
#define AST_STRUCT_alias         AstAlias
#define AST_STRUCT_withitem      AstWithItem
#define AST_STRUCT_match_case    AstMatchCase
#define AST_POS_0
#define AST_POS_1 AstPos pos;
/* Products with has_pos begin with AstPos pos. */
#define AST_F(type, quantity, name) AST_FIELD_DECL(type, quantity, name)
#define AST_PRODUCT(type, has_pos, fields)                                                         \
    struct AST_STRUCT_##type {                                                                     \
        AST_POS_##has_pos fields                                                                   \
    };
#include "ast.tbl"
#undef AST_POS_0
#undef AST_POS_1

/* --- reflection, for dumpers and the _ast module -------------------------------------------- */

typedef enum { AST_ONE, AST_OPT, AST_SEQ, AST_OPTSEQ } AstQuantity;

/* What a field may hold, in groups: values, enumerations, sums, products. */
#define AST_BASE_TYPES(X)                                                                          \
    X(identifier) X(string) X(int) X(constant)                                                     \
    X(expr_context) X(boolop) X(operator) X(unaryop) X(cmpop)                                      \
    X(mod) X(stmt) X(expr) X(pattern) X(excepthandler) X(type_ignore)                              \
    X(comprehension) X(arguments) X(arg) X(keyword) X(alias) X(withitem) X(match_case)
typedef enum {
#define AST_BASE(type) AST_IS_##type,
    AST_BASE_TYPES(AST_BASE)
#undef AST_BASE
    AST_BASE_COUNT
} AstBaseType;
#define AST_IS_ENUMERATION(type) ((type) >= AST_IS_expr_context && (type) <= AST_IS_cmpop)

typedef struct {
    AstBaseType type;
    AstQuantity quantity;
    const char *name;
    uint32_t offset; /* in the struct of the node, e.g. in AstStmt */
} AstField;

typedef struct {
    const char *name; /* "If", "arg", "ExceptHandler" */
    bool has_pos;
    uint32_t pos_offset, size; /* of the struct, e.g. of AstStmt */
    int field_count;
    const AstField *fields;
} AstClass;

/* The class of a constructor of mod, stmt, expr or pattern. */
const AstClass *ast_class_of_kind(AstKind kind);
/* The class of a product type, of excepthandler or of type_ignore. */
const AstClass *ast_class_of_type(AstBaseType type);
/* "Add", "Load", ... */
const char *ast_enum_name(AstEnum value);
/* "stmt", "arg", ... */
const char *ast_type_name(AstBaseType type);

/* "Mangle" a private name of class CLASS_NAME (NULL outside classes): __x becomes _Class__x.
 * Both are interned in ARENA; returns NAME itself where the rule does not apply. */
const char *ast_mangle(Arena *arena, const char *class_name, const char *name);

/* The docstring of a body: its first statement's string constant, or NULL. */
const AstConst *ast_docstring(const AstStmtSeq *body);

#endif
