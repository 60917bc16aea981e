/* stm: transactions over copy-on-write pages. Public interface of the layer (see README.md).
 *
 * The context is %gs itself: SEG->field is one %gs-relative instruction, and stays right when a
 * thread comes back from a detached call on another segment, which a `seg` argument would not. So
 * functions take none. */
#ifndef STM_STM_H
#define STM_STM_H

#include "stm/layout.h"
#include <stdbool.h>
#include <stdio.h>

typedef struct StmSegment {
#define STATE(type, name, what) type name;
#include "stm/segment_state.tbl"
#undef STATE
} StmSegment;
#define SEG ((StmSegment GS *)SEG_OFFSET)

enum { /* bits of SEG->control: set by anybody (atomic or), cleared by the owner in the slow path */
       STM_CTL_STOP = 1,    /* stop the world */
       STM_CTL_PAGES = 2,   /* others wait for pages of ours */
       STM_CTL_COLLECT = 4, /* nursery wants a collection */
       STM_CTL_EVENTS = 8,  /* signals, finalizers, asynchronous exceptions, profiling */
       STM_CTL_YIELD = 16,  /* others wait for a segment */
       STM_CTL_BUDGET = 32, /* budget used up */
       STM_CTL_ABORT = 64   /* this transaction lost a conflict: abort at this safepoint */
};

/* ---- barriers
 * ---------------------------------------------------------------------------------------------- */

/* Note that the running transaction has read the granule at `addr` (any address inside an object).
 * Call before the load. Not needed for immutable objects. Never faults, collects or aborts. */
static inline void stm_read(const volatile void GS *addr) {
    if (UNLIKELY(SEG->multi))
        *(volatile uint8_t GS *)(STM_REF(addr) >> STM_GRANULE_SHIFT) = SEG->version;
}

void stm_write_slow(StmObj obj, const volatile void GS *addr);

/* Prepare to write the granule at `addr` inside `obj`: call before the store and after every
 * safepoint or callback. May fault on the page and so abort by longjmp; never collects. */
static inline void stm_write(StmObj obj, const volatile void GS *addr) {
    stm_read(addr);
    if (UNLIKELY(obj->flags & STMF_BARRIER)) stm_write_slow(obj, addr);
}

/* The same for `bytes` bytes from `addr`. */
void stm_read_range(const volatile void GS *addr, size_t bytes);
void stm_write_range(StmObj obj, const volatile void GS *addr, size_t bytes);

/* The flat address of [ref, ref+bytes), all of it readable (and writable if `for_write`, after
 * stm_write): for memcpy, libraries and system calls. Must not live across anything that can reach
 * a safepoint. */
void *stm_flat(const volatile void GS *ref, size_t bytes, bool for_write);

/* ---- for gc ---------------------------------------------------------------------------------
 * gc owns the *use* of heap pages (its page table says which are blocks, large objects, free), stm
 * who may access them. gc allocates only on pages EXCLUSIVE to the running segment. The nursery is
 * made of ordinary heap blocks claimed by the segment (so that an object a C frame holds can be
 * promoted in place); nothing lives in NURSERY_START..NURSERY_LIMIT. */

extern char *stm_base;        /* flat address of window 0: the committed heap at stm_base + ref */
extern uint64_t stm_heap_end; /* offset of the end of the window */

/* Make these pages EXCLUSIVE to the running segment and accessible: they hold no live object and
 * no other segment accesses them. Page-aligned. Content: unchanged (zero when never used or
 * released). 0, or an errno when the system refuses. */
int stm_pages_claim(StmRef start, size_t bytes);
/* Nobody's from now on; the memory goes back to the system and reads as zero when claimed. */
void stm_pages_release(StmRef start, size_t bytes);
/* Is this page still EXCLUSIVE to the running segment? (Others' faults may have shared it.) */
bool stm_page_is_mine(StmRef addr);
/* Permanent memory: the same page in every segment, readable and writable by all. */
int stm_pages_share(StmRef start, size_t bytes);

/* Remembered set: every range of an old object (whole objects, or cards of large arrays) that the
 * running transaction may have stored into since the last stm_written_rearm (solo: since the last
 * minor collection). */
void stm_written_visit(void (*fn)(void *ctx, StmRef obj, StmRef start, size_t bytes), void *ctx);
/* The nursery is empty: OWN objects (solo: all) leave the set and get their barrier again. */
void stm_written_rearm(void);

_Noreturn void stm_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
