/* Libraries that are loaded when they are first needed: lazy_library.tbl. Their functions are called as usual. */
#ifndef VM_LAZY_LIBRARY_H
#define VM_LAZY_LIBRARY_H

typedef enum LazyLibrary {
#define LIBRARY(name, file) LAZY_##name,
#define FUNCTION(name)
#include "vm/lazy_library.tbl"
#undef LIBRARY
#undef FUNCTION
    LAZY_COUNT
} LazyLibrary;

/* The address of a function or variable; fatal if there is no such library or symbol. */
void *vm_lazy_symbol(LazyLibrary library, const char *symbol);

#endif
