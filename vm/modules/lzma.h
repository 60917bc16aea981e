/* Parts of module _lzma. */
#ifndef VM_MODULES_LZMA_H
#define VM_MODULES_LZMA_H

#include "vm/modules/codec_stream.h"
#include <lzma.h>

enum { FORMAT_AUTO, FORMAT_XZ, FORMAT_ALONE, FORMAT_RAW };

/* A chain of filters with their options. */
typedef struct LzmaFilters {
    lzma_filter chain[LZMA_FILTERS_MAX + 1]; /* ended by LZMA_VLI_UNKNOWN; options are malloc'ed */
} LzmaFilters;
int filter_chain_from(LzmaFilters *out, Value specifications); /* a sequence of dicts; -1 with an exception */
void filter_chain_free(LzmaFilters *filters);
int lzma_u32(Value v, uint32_t *out); /* -1 with OverflowError */
int lzma_u64(Value v, uint64_t *out);

Value lzma_encode_filter_properties(const Value *args, size_t nargs, Value kwnames);
Value lzma_decode_filter_properties(const Value *args, size_t nargs, Value kwnames);

#endif
