/* Parts of module _csv. */
#ifndef VM_MODULES_CSV_H
#define VM_MODULES_CSV_H

#include "vm/modules/layouts.h"
#include "vm/modules/module.h"

enum { CSV_QUOTE_MINIMAL, CSV_QUOTE_ALL, CSV_QUOTE_NONNUMERIC, CSV_QUOTE_NONE };
#define CSV_NOT_SET UINT64_MAX /* of a character */

Value csv_registry(void);              /* dict of dialects by name */
Value csv_find_dialect(Value name);    /* Error "unknown dialect" */

#endif
