/* Every C layout that a row of types.tbl names beyond those of object.h: runtime_types.c takes their
 * sizes. A module with types of its own adds the header of its layouts here. */
#ifndef VM_LAYOUTS_H
#define VM_LAYOUTS_H

#include "vm/vm.h"
#include "vm/modules/containers.h"
#include "vm/modules/layouts.h"

/* A view of part of an exporter's buffer: one dimension. The address is found at each use: exporters may move. */
typedef struct {
    StmObject head;
    int64_t offset;    /* bytes from the exporter's buffer to item 0 */
    int64_t length;    /* items */
    int64_t item_size; /* bytes */
    int64_t stride;    /* bytes from item to item; may be negative */
    uint64_t flags;    /* MEMORYVIEW_* */
    int64_t exports;   /* buffers taken from this view and not released */
    int64_t hash;      /* 0: not computed */
    Value owner;       /* exporter; 0 when released */
    Value format;      /* str */
} PyMemoryView;
enum { MEMORYVIEW_READONLY = 1 };

#endif
