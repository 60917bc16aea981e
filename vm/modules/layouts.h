/* C layouts of the types in modules/types.tbl that C modules define. */
#ifndef VM_MODULES_LAYOUTS_H
#define VM_MODULES_LAYOUTS_H

#include "vm/object.h"

typedef struct { StmObject head; uint64_t negative_version; Value registry, cache, negative_cache; } AbcData; /* abc.c */
typedef struct { StmObject head; Value args, kwargs; } ThreadLocal; /* thread.c; args: tuple, kwargs: dict or 0 */
/* posix_dir.c: entry names are bytes if the path was; d_type and ino as readdir gave them. */
typedef struct { StmObject head; uint64_t type, ino; Value name, path, stat, lstat; } DirEntry;
typedef struct { StmObject head; uint64_t index; Value entries; } ScandirIter;

#endif
