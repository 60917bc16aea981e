/* Syntax trees between the front end (vm/front/ast.h) and Python: the classes of module _ast, trees of their instances from
 * the parser's, and back. */
#ifndef VM_MODULES_AST_AST_MODULE_H
#define VM_MODULES_AST_AST_MODULE_H

#include "vm/front/ast.h"
#include "vm/vm.h"

/* Numbers of the classes. A constructor's kind is its number; the others follow. */
enum {
    AST_CLASS_ENUM = AST_KIND_COUNT,                    /* + AstEnum */
    AST_CLASS_TYPE = AST_CLASS_ENUM + AST_ENUM_COUNT,   /* + AstBaseType: sums and products */
    AST_CLASS_ExceptHandler = AST_CLASS_TYPE + AST_BASE_COUNT,
    AST_CLASS_TypeIgnore,
    AST_CLASS_COUNT
};
/* The number of the class of a node of this type; of sums that of its constructor. */
int ast_class_number(AstBaseType type, const void *node);
/* The struct of such a class; NULL for sums and enumerations. */
const AstClass *ast_class_of_number(int number);

/* What the conversions need, made at the first use; Values in a C frame. */
typedef struct AstState {
    Value classes;   /* tuple by number; None where a number means no class */
    Value fields;    /* tuple by number: _fields as they were made */
    Value instances; /* tuple by AstEnum: the one instance that trees share */
} AstState;
int ast_state(AstState *state); /* 0, or -1 with an exception */
static inline Value ast_class(const AstState *s, int number) { return tuple_item(s->classes, number); }
static inline Value ast_field_name(const AstState *s, int number, int field) {
    return tuple_item(tuple_item(s->fields, number), field);
}
/* "lineno", "col_offset", "end_lineno", "end_col_offset" */
Value ast_position_name(int i);

/* At start-up, before other threads: where the state will be. */
int ast_init(void);

/* The instance of a subclass of AST that stands for the tree; 0 with an exception. May call. */
Value ast_to_object_may_call(const AstMod *mod);
/* The tree in ARENA that an object stands for, of the class that compile()'s mode wants (MOD_Module, ...); NULL with an
 * exception. Its form is checked (ast_check.h). May call. */
AstMod *ast_from_object_may_call(Arena *arena, Value object, AstKind wanted);

#endif
