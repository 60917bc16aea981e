/* The interpreter loop of a thread with a trace or profile function. */
#define STM_COMPILED_MULTI 1
#define INTERP_TRACED      1
#define INTERP_LOOP        interp_traced
#include "vm/exec/interp_loop.h"
