/* C layouts of the types in modules/types.tbl that C modules define. */
#ifndef VM_MODULES_LAYOUTS_H
#define VM_MODULES_LAYOUTS_H

#include "vm/object.h"

typedef struct { StmObject head; uint64_t negative_version; Value registry, cache, negative_cache; } AbcData; /* abc.c */
typedef struct { StmObject head; Value args, kwargs; } ThreadLocal; /* thread.c; args: tuple, kwargs: dict or 0 */

#endif
