/* The interpreter loop of multi mode. */
#define STM_COMPILED_MULTI 1
#define INTERP_TRACED      0
#define INTERP_LOOP        interp_multi
#include "vm/exec/interp_loop.h"
