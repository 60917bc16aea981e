/* Builds with sanitizers (make SAN=...): what they are told, and why. Empty in other builds. */
#include "stm/stm.h"

#ifdef WEFT_SAN_address
/* Leaks: blocks that only heap objects or segments' control blocks refer to would count. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "detect_leaks=0:allocator_may_return_null=1"; }
#endif

#ifdef WEFT_SAN_thread
const char *__tsan_default_options(void);
const char *__tsan_default_options(void) { return "history_size=4:die_after_fork=0:atexit_sleep_ms=50:allocator_may_return_null=1"; }

/* Suppressions, by function:
 * fault_handler: it runs for an access of the thread's own code to a heap page, which is never made inside malloc, stdio or
 *     another lock of the C library: so it may use them.
 * tzset_internal: the C library's lock around it is not seen.
 * vm_describe_object: looks through the committed heap while others change it, and trusts nothing of it (describe.h). */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) {
    return "signal:fault_handler\n"
           "race:tzset_internal\n"
           "race:vm_describe_object\n";
}
#endif
