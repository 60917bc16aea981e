/* ast.c -- reflection over the AST (from ast.tbl), name mangling, docstrings. */
#include "ast.h"

#include <string.h>

#define NODE_mod         AstMod
#define NODE_stmt        AstStmt
#define NODE_expr        AstExpr
#define NODE_pattern     AstPattern
#define NODE_POS_mod     0, 0
#define NODE_POS_stmt    1, offsetof(AstStmt, pos)
#define NODE_POS_expr    1, offsetof(AstExpr, pos)
#define NODE_POS_pattern 1, offsetof(AstPattern, pos)

/* Each class is built in a block of its own, where Self and BASE say what its fields are offsets
 * into. */
#define AST_F(type, quantity, name)                                                                \
    {AST_IS_##type, AST_##quantity, #name, (uint32_t)(BASE + offsetof(Self, name))},
#define RETURN_CLASS(Node, name, has_pos, pos_offset, ...)                                         \
    static const AstField rows[] = {__VA_ARGS__{0}};                                               \
    static const AstClass class = {name,         has_pos, pos_offset,                              \
                                   sizeof(Node), sizeof rows / sizeof *rows - 1, rows};            \
    return &class

/* RETURN_CLASS after the position pair has been expanded to two arguments. */
#define RETURN_CTOR(...) RETURN_CLASS(__VA_ARGS__)

const AstClass *ast_class_of_kind(AstKind kind) {
    switch (kind) {
#define AST_CTOR(sum, Name, fields)                                                                \
    case AST_KIND_##sum(Name): {                                                                   \
        typedef AstIn_##Name Self __attribute__((unused));                                         \
        enum { BASE = offsetof(NODE_##sum, Name) };                                                \
        RETURN_CTOR(NODE_##sum, #Name, NODE_POS_##sum, fields);                                                \
    }
#include "ast.tbl"
    case AST_KIND_COUNT: break;
    }
    return NULL;
}

#define STRUCT_excepthandler     AstExceptHandler
#define STRUCT_type_ignore       AstTypeIgnore
#define SINGLE_POS_excepthandler 1, 0
#define SINGLE_POS_type_ignore   0, 0
#define AST_F(type, quantity, name)                                                                \
    {AST_IS_##type, AST_##quantity, #name, (uint32_t)offsetof(Self, name)},

const AstClass *ast_class_of_type(AstBaseType type) {
    switch (type) {
#define AST_SINGLE(sum, Name, fields)                                                              \
    case AST_IS_##sum: {                                                                           \
        typedef STRUCT_##sum Self;                                                                 \
        RETURN_CTOR(Self, #Name, SINGLE_POS_##sum, fields);                                              \
    }
#define AST_PRODUCT(type, has_pos, fields)                                                         \
    case AST_IS_##type: {                                                                          \
        typedef AST_STRUCT_##type Self;                                                            \
        RETURN_CLASS(Self, #type, has_pos, 0, fields);                                                   \
    }
#include "ast.tbl"
    default: return NULL;
    }
}

const char *ast_enum_name(AstEnum value) {
    static const char *const names[] = {
#define AST_ENUM(sum, Name) #Name,
#include "ast.tbl"
    };
    return names[value];
}

const char *ast_type_name(AstBaseType type) {
#define BASE_NAME(type) #type,
    static const char *const names[] = {AST_BASE_TYPES(BASE_NAME)};
    return names[type];
}

const char *ast_mangle(Arena *arena, const char *class_name, const char *name) {
    if (!class_name || name[0] != '_' || name[1] != '_') return name;
    size_t length = arena_name_length(name);
    /* Not for __special__ names, nor for the dotted names of an import. */
    if ((name[length - 1] == '_' && name[length - 2] == '_') || strchr(name, '.')) return name;
    while (*class_name == '_') class_name++;
    if (!*class_name) return name;
    size_t prefix = strlen(class_name);
    char *mangled = arena_alloc(arena, prefix + length + 2);
    mangled[0] = '_';
    memcpy(mangled + 1, class_name, prefix);
    memcpy(mangled + 1 + prefix, name, length);
    return arena_intern(arena, mangled, prefix + length + 1);
}

const AstConst *ast_docstring(const AstStmtSeq *body) {
    if (body->count == 0 || body->items[0]->kind != STMT_Expr) return NULL;
    const AstExpr *value = body->items[0]->Expr.value;
    if (value->kind != EXPR_Constant || value->Constant.value.kind != CONST_STR) return NULL;
    return &value->Constant.value;
}
