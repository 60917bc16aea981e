/* Names of heap objects for the event log. */
#ifndef VM_EXEC_DESCRIBE_H
#define VM_EXEC_DESCRIBE_H

#include "vm/vm.h"

/* JSON members without braces that say what the granule is, as "type":"list","index":17; empty: unknown. `size` bytes of room.
 * Any thread, any age of the object: never faults, calls, allocates or aborts. For StmHooks.describe_object. */
void vm_describe_object(StmRef granule, char *text, size_t size);

#endif
