/* C memory with pointers that heap objects own: libraries' streams. An object holds a number in this table, so that what an abort puts
 * back in it never is a dangling pointer. All functions are for inevitable transactions. */
#ifndef VM_MODULES_NATIVE_TABLE_H
#define VM_MODULES_NATIVE_TABLE_H

#include <stddef.h>

size_t native_add(void *memory); /* its number; 0: no memory */
void *native_at(size_t number);  /* 0 for number 0 and what has been removed */
void *native_remove(size_t number);

#endif
