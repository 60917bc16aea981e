/* codec_state.h -- the registries of codecs: Python objects in the namespace of module _codecs. */
#ifndef VM_OBJECTS_CODEC_STATE_H
#define VM_OBJECTS_CODEC_STATE_H

#include "vm/vm.h"

typedef enum CodecState {
    CODEC_STATE_SEARCH, /* list of search functions */
    CODEC_STATE_CACHE,  /* dict: normalised name to CodecInfo */
    CODEC_STATE_ERRORS  /* dict: name to error handler */
} CodecState;
Value codec_state(CodecState which);

#endif
