/* The interpreter loop of solo mode. */
#define STM_COMPILED_MULTI 0
#define INTERP_TRACED      0
#define INTERP_LOOP        interp_solo
#include "vm/exec/interp_loop.h"
