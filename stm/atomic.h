/* Atomics with the order in the name. Fields touched by several threads are plain types; every
 * access to them goes through here, so that the order is seen where it matters. What an acquire
 * pairs with is said at the site, or in a Note of README.md. */
#ifndef STM_ATOMIC_H
#define STM_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

#define atomic_load_relaxed(p)       __atomic_load_n((p), __ATOMIC_RELAXED)
#define atomic_load_acquire(p)       __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define atomic_load_seqcst(p)        __atomic_load_n((p), __ATOMIC_SEQ_CST)
#define atomic_store_relaxed(p, v)   __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define atomic_store_release(p, v)   __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define atomic_store_seqcst(p, v)    __atomic_store_n((p), (v), __ATOMIC_SEQ_CST)
#define atomic_add_relaxed(p, v)     __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define atomic_sub_relaxed(p, v)     __atomic_fetch_sub((p), (v), __ATOMIC_RELAXED)
#define atomic_add_seqcst(p, v)      __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define atomic_sub_seqcst(p, v)      __atomic_fetch_sub((p), (v), __ATOMIC_SEQ_CST)
#define atomic_or_relaxed(p, v)      __atomic_fetch_or((p), (v), __ATOMIC_RELAXED)
#define atomic_and_relaxed(p, v)     __atomic_fetch_and((p), (v), __ATOMIC_RELAXED)
#define atomic_or_seqcst(p, v)       __atomic_fetch_or((p), (v), __ATOMIC_SEQ_CST)
#define atomic_and_seqcst(p, v)      __atomic_fetch_and((p), (v), __ATOMIC_SEQ_CST)
#define atomic_exchange_seqcst(p, v) __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
/* `expected` is a pointer and receives what was found. */
#define atomic_cas_seqcst(p, expected, v)                                                          \
    __atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
/* Publishes what the pointer refers to, or gets what somebody else has published. */
#define atomic_cas_acqrel(p, expected, v)                                                          \
    __atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

/* Counters with one writer: readers see some recent value. */
#define stat_add(p, v) atomic_store_relaxed((p), atomic_load_relaxed(p) + (v))

#endif
