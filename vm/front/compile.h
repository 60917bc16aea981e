/* compile.h -- the compiler's entry for trees that are built already (compile() of an AST, parser
 * tests). */
#ifndef WEFT_FRONT_COMPILE_H
#define WEFT_FRONT_COMPILE_H

#include "vm/exec/code.h"
#include "vm/front/front.h"

/* A PyCode for the tree, or 0 with an exception. Changes the tree (constants are folded). SOURCE
 * may be NULL: then errors carry no text. FLAGS: CO_FUTURE_* as in vm_compile. May call Python
 * (warnings). */
Value vm_compile_tree_may_call(Arena *arena, AstMod *mod, const char *source, size_t length,
                               const char *filename, uint32_t flags, int optimize);

/* Raises the Python exception that a FrontError describes; always 0. */
Value front_raise(const FrontError *error, const char *filename);

/* Parses as vm_compile does, with decoders and Unicode names of the VM, and issues the parser's
 * warnings. 0 with an exception. FLAGS: PyCF_* and CO_FUTURE_* bits. FEATURE_VERSION: as in FrontOptions. */
AstMod *vm_parse_may_call(Arena *arena, const char *source, size_t length, const char *filename,
                          FrontMode mode, uint32_t flags, int feature_version);

/* The scopes of a tree, or NULL with a SyntaxError. FILENAME and SOURCE: for the error's text. */
Symtable *vm_symtable(Arena *arena, AstMod *mod, const char *source, size_t length, const char *filename);

enum { /* flags of compile(), besides CO_FUTURE_* */
       COMPILE_SOURCE_IS_UTF8 = 0x100,
       COMPILE_DONT_IMPLY_DEDENT = 0x200,
       COMPILE_ONLY_AST = 0x400,
       COMPILE_IGNORE_COOKIE = 0x800,
       COMPILE_TYPE_COMMENTS = 0x1000,
       COMPILE_TOP_LEVEL_AWAIT = 0x2000,
       COMPILE_INCOMPLETE_INPUT = 0x4000,
       COMPILE_FUTURE_BARRY = 0x400000,
       COMPILE_FUTURE_MASK = 0x1fe0000, /* CO_FUTURE_DIVISION .. CO_FUTURE_ANNOTATIONS */
       COMPILE_NESTED_OBSOLETE = 0x10,
       COMPILE_KNOWN_FLAGS = COMPILE_FUTURE_MASK | COMPILE_DONT_IMPLY_DEDENT | COMPILE_ONLY_AST | COMPILE_TYPE_COMMENTS |
                             COMPILE_TOP_LEVEL_AWAIT | COMPILE_INCOMPLETE_INPUT | COMPILE_NESTED_OBSOLETE
};

#endif
