/* Parts of module _json. */
#ifndef VM_MODULES_JSON_H
#define VM_MODULES_JSON_H

#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/objects/str.h"

/* json.JSONDecodeError(message, text, position): always 0. */
Value json_raise(const char *message, Value text, int64_t position);
/* The string whose first character (behind the quote) is at `start`; *end is behind its closing quote. */
Value json_scan_string(Value text, int64_t start, bool strict, int64_t *end);
/* A string in quotes, escaped: 0 or -1. */
int json_put_string(PyStrBuilder *out, Value text, bool ascii);

/* The two functions that the encoder knows to do what json_put_string does. */
Value json_encode_basestring(const Value *args, size_t nargs, Value kwnames);
Value json_encode_basestring_ascii(const Value *args, size_t nargs, Value kwnames);

#endif
