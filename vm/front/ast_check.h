/* ast_check.h -- is a tree that a program made one that the parser could have made? */
#ifndef WEFT_FRONT_AST_CHECK_H
#define WEFT_FRONT_AST_CHECK_H

#include "vm/front/front.h"

/* Contexts, lengths of sequences, positions, constants, patterns. False with *ERROR filled (ValueError, TypeError). Items of
 * sequences may be NULL in a tree given to it. Recurses as deep as the tree is. */
bool ast_check(Arena *arena, const AstMod *mod, FrontError *error);

#endif
