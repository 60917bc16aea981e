/* Every C layout that a row of types.tbl names beyond those of object.h: runtime_types.c takes their
 * sizes. A module with types of its own adds the header of its layouts here. */
#ifndef VM_LAYOUTS_H
#define VM_LAYOUTS_H

#include "vm/vm.h"
#include "vm/modules/containers.h"
#include "vm/modules/layouts.h"

/* A view of part of an exporter's buffer (memoryview.c). The address is found at each use: exporters may move. */
typedef struct {
    StmObject head;
    int64_t offset;         /* bytes from the exporter's buffer to the first item */
    int64_t length, stride; /* of dimension 1: items, bytes from item to item; without dimensions: 1, 0 */
    int64_t item_size;      /* bytes */
    int64_t ndim;
    uint64_t flags;   /* MEMORYVIEW_* */
    int64_t exports;  /* buffers taken from this view and not released */
    int64_t hash;     /* 0: not computed */
    Value owner;      /* exporter; 0 when released */
    Value format;     /* str */
    Value dimensions; /* PyRaw of int64: the lengths of all dimensions, then their strides; 0: at most one dimension */
    Value hold;       /* PyBufferHold that all views share that come from one; 0: the exporter has a fixed size */
} PyMemoryView;
/* What keeps an exporter from being resized (buffer_hold.c). */
typedef struct {
    StmObject head;
    int64_t users; /* views that have not been released */
} PyBufferHold;
enum { MEMORYVIEW_READONLY = 1 };

#endif
