/* What a thread's last dict look-up has found.
 *
 * Note "found". d[k] = f(d[k]); counts[k] = counts.get(k, 0) + 1; if k in d: d[k] = ...: what is stored was looked up just before.
 * So a look-up that finds its key leaves behind the dict, the key and the entry's number, and the store needs neither another look-up
 * nor markers: the look-up has marked the value, which stands for `entries` too.
 * F1: while `in` is set, its transaction goes on, neither dict nor key has moved or died, and the entry is where it was. Whatever ends
 * one of these sets it to 0: a transaction's begin, a collection (both see the thread), and hash_table.c where entries are moved or
 * deleted, of any dict. What other threads commit is met by the markers. */
#ifndef VM_OBJECTS_FOUND_H
#define VM_OBJECTS_FOUND_H

#include "vm/object.h"

typedef struct VmFound {
    Value in, key;
    int64_t entry;
} VmFound;

/* The running thread's; VmThread begins with it (exec/frame.h). */
static inline VmFound *vm_found(void) { return SEG->vm_thread; }
static inline void vm_found_forget(void) { vm_found()->in = 0; }
static inline void vm_found_note(Value dict, Value key, int64_t entry) {
    VmFound *found = vm_found();
    found->in = dict;
    found->key = key;
    found->entry = entry;
}

#endif
