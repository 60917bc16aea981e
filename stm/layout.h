/* The window of a segment: where things are, relative to %gs.
 *
 * Every thread that runs Python code has %gs pointing at the window of the segment it has borrowed.
 * A reference to a heap object is an offset in that window, so the same reference means the same
 * object in every segment, each with its own view of the object's bytes.
 *
 * clang-format off
 *   0               guard: an offset near 0 faults
 *   SEG_OFFSET      control block (StmSegment), hot fields at constant %gs offsets
 *   CARDS_START     384 MiB: undo bits of large arrays, a byte a card, the one of offset X at X >> 6 (no displacement)
 *   MARKERS_START   2 GiB: read markers, the one of offset X at X >> 3 (no displacement needed)
 *   NURSERY_START   16 GiB: never mapped (young objects live in heap blocks of their own), but for
 *   REMEMBERED_BASE the remembered cards of large arrays, the byte of offset X at REMEMBERED_BASE + (X >> 6)
 *   HEAP_START      24 GiB: the shared heap, pages of one memfd in the states of page.c
 *   window's end    64 GiB unless configured otherwise, at most 128 GiB
 * clang-format on
 *
 * The nursery starts at 16 GiB and not at 4 GiB so that (offset >> 3) of the first object
 * byte lies above the control block: markers are then addressed by one shift, without displacement.
 */
#ifndef STM_LAYOUT_H
#define STM_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#define GS __attribute__((address_space(256)))
#else
#define GS __seg_gs
#endif

#define GIB               (1ull << 30)
#define STM_GRANULE       8
#define STM_GRANULE_SHIFT 3
#define STM_PAGE          4096ull
#define STM_PAGE_SHIFT    12

#define SEG_OFFSET         0x100000ull
#define STM_CARD           64ull /* a byte, with a bit for each granule */
#define STM_CARD_SHIFT     6
#define STM_CARD_WHOLE     0xff /* all granules of a card */
#define CARDS_START        (HEAP_START >> STM_CARD_SHIFT)
#define REMEMBERED_BASE    NURSERY_START
#define MARKERS_START      (NURSERY_START >> STM_GRANULE_SHIFT)
#define NURSERY_START      (16 * GIB)
#define NURSERY_LIMIT      (24 * GIB)
#define HEAP_START         (24 * GIB)
#define STM_WINDOW_DEFAULT (64 * GIB)
#define STM_WINDOW_MAX     (128 * GIB) /* so much has markers below NURSERY_START, cards below MARKERS_START */

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/* The header of every heap object. `shape` is the VM's (hidden class); stm and gc only carry it.
 * `size` is in granules, header included; 0: a large object, its size is in the block table. */
typedef struct StmObject {
    uint32_t shape;
    uint8_t flags; /* STMF_*: belong to the segment that sees them, never travel in records */
    uint8_t kind;  /* low nibble GC_KIND: what the words are; high nibble GCK_* */
    uint16_t size;
} StmObject;

enum {
    STMF_BARRIER = 0x01,   /* old: a write must take the slow path first */
    STMF_OWN = 0x02,       /* old, but made by the running transaction: remembered, no undo */
    STMF_CARDS = 0x04,     /* large array, on pages of its own from its header on: BARRIER never cleared, its cards tell */
    STMF_UNDONE = 0x08,    /* the undo list holds this transaction's copy */
    STMF_FORWARDED = 0x10, /* minor collection: moved; word 1 is the new offset */
    STMF_PINNED = 0x20,    /* minor collection: a conservative root holds it, do not move */
};

/* What an object's words after the header are: `n` raw words (0 to 12), then Values up to its end;
 * or no Values; or raw with one Value as the last word. Value words may hold 0 or immediates. */
enum {
    GC_KIND_MAX_RAW = 12,
    GC_KIND_LEAF_LAST = 14, /* all raw but the last word */
    GC_KIND_LEAF = 15,
    GC_KIND_MASK = 0x0f,
    GCK_MUTABLE = 0x10,  /* promoted to blocks of mutable objects, so that immutable ones stay on
                            CLEAN pages */
    GCK_HAS_ID = 0x20,   /* young: an old slot is reserved for id() */
    GCK_WEAKREF = 0x40,  /* a weak reference that wants its callback when gc clears it */
    GCK_FINALIZER = 0x80 /* __del__ or an internal finalizer runs once when it dies */
};

enum {             /* what a heap page is in one segment: page.c */
    STM_LOCAL_STALE,   /* no access */
    STM_LOCAL_SHARED,  /* a private mapping of the base's page, not written: reads the base */
    STM_LOCAL_PRIVATE, /* the same, written: a copy of our own */
    STM_LOCAL_EXCL,    /* maps the base's page writable, in place */
    STM_LOCAL_MASK = 0x0f
};

typedef uint64_t StmRef;      /* an offset, as a number */
typedef StmObject GS *StmObj; /* an offset, as a pointer */
#define STM_OBJ(ref) ((StmObj)(uintptr_t)(ref))
#define STM_REF(ptr) ((StmRef)(uintptr_t)(ptr))

#endif
