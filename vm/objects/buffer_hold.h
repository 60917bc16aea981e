/* Memoryviews that keep a bytearray or array from being resized. */
#ifndef VM_OBJECTS_BUFFER_HOLD_H
#define VM_OBJECTS_BUFFER_HOLD_H

#include "vm/layouts.h"

/* A hold of v for one view; 0 without exception if v never changes its size, 0 with one if memory is short. */
Value buffer_hold_new(Value v);
void buffer_hold_share(Value hold_or_0);   /* by one more view */
void buffer_hold_release(Value hold_or_0); /* by one view */
/* Is there a hold of this bytearray or array that is neither released nor known to be dead? */
bool buffer_is_held(Value storage);
/* For what is about to resize it: lets the collector find views that have died without a release. May end the transaction: to
 * be called before anything that another thread could change is looked at. */
void buffer_settle_holds(Value storage);

#endif
