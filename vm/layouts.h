/* Every C layout that a row of types.tbl names beyond those of object.h: runtime_types.c takes their
 * sizes. A module with types of its own adds the header of its layouts here. */
#ifndef VM_LAYOUTS_H
#define VM_LAYOUTS_H

#include "vm/vm.h"
#include "vm/modules/containers.h"
#include "vm/modules/layouts.h"

/* A view of an exporter's memory. `raw_ref` keeps the non-moving storage; data is raw_ref + offset. */
typedef struct {
    StmObject head;
    uint64_t data, length, item_size; /* data: offset in the window; length: items */
    int64_t stride;                   /* bytes between items; may be negative */
    uint64_t flags;                   /* MEMORYVIEW_* */
    uint64_t exports;
    int64_t hash; /* 0: not computed */
    Value owner;  /* exporter, VM_NONE when released */
    Value format; /* str */
    Value shape;  /* tuple, or 0: one dimension of `length` */
} PyMemoryView;
enum { MEMORYVIEW_READONLY = 1, MEMORYVIEW_RELEASED = 2 };

#endif
