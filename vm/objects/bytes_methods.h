/* The functions behind the methods of bytes and bytearray (bytes_methods.tbl), and what the two
 * types share besides. */
#ifndef VM_OBJECTS_BYTES_METHODS_H
#define VM_OBJECTS_BYTES_METHODS_H

#include "vm/objects/bytes.h"

#define BYTES_METHOD(name, signature, flags, doc)                                                        \
    Value bytes_method_##name(const Value *args, size_t nargs, Value kwnames);
#include "vm/objects/bytes_methods.tbl"
#undef BYTES_METHOD

/* Slots of both. */
int bytes_contains(Value self, Value item);
/* The start of view's slice, or its copy: a new bytes or bytearray as `self` is. */
Value bytes_slice(Value self, Value slice);
/* The index of an item: 0, or -1 with IndexError or TypeError. May call. */
int bytes_index_may_call(Value self, Value key, int64_t *index);
/* bytes % args, an object as `format` is (format_percent.c). */
Value bytes_percent_format(Value format, Value args);

/* The source of bytes(source, encoding, errors) and bytearray(...): exactly one of the three is set
 * on success. */
typedef struct ByteSource {
    Value object;   /* a bytes object that has the content */
    int64_t zeros;  /* or this many zero bytes, if >= 0 */
    Value iterable; /* or the items of this */
} ByteSource;
int byte_source_may_call(const Value *args, const char *type_name, ByteSource *source);
/* Appends the integers that an iterable yields. */
int bytes_from_iterable_may_call(ByteBuilder *out, Value iterable, const char *type_name,
                                 const char *range_message);

#endif
