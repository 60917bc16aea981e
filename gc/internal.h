/* gc's own header: tables, per-segment and per-thread state, and the calls between its files.
 *
 * Two views. A minor collection works on the running segment's view of the heap (SEG->self_base),
 * which the thread may write. Marking works on the committed heap (gc_base); what running
 * transactions have not committed is traced through their own views. */
#ifndef GC_INTERNAL_H
#define GC_INTERNAL_H

#include "gc/gc.h"
#include "stm/atomic.h"
#include <pthread.h>

#define GC_LINE_SHIFT    7
#define GC_LINE          (1u << GC_LINE_SHIFT)
#define GC_BLOCK         (1ul << GC_BLOCK_SHIFT)
#define GC_BLOCK_LINES   (GC_BLOCK / GC_LINE)
#define GC_BLOCK_PAGES   (GC_BLOCK / STM_PAGE)
#define GC_MAX_SEGMENTS  (STM_MAX_SEGMENTS + 1)
#define GC_POISON        0xdbdbdbdbdbdbdbdbull
#define GC_RESERVED_RUNS 128

#ifdef WEFT_DEBUG
#define GC_ASSERT(x) ((x) ? (void)0 : stm_fatal("gc: assertion failed: %s (%s)", #x, __func__))
#else
#define GC_ASSERT(x) ((void)0)
#endif

/* A word of heap memory, whatever it was declared as. */
typedef uint64_t __attribute__((may_alias)) GcWord;

/* ---- headers as numbers --------------------------------------------------------------------- */

#define HDR_FLAG(f) ((uint64_t)(f) << 32)
static inline unsigned hdr_flags(uint64_t h) { return h >> 32 & 0xff; }
static inline unsigned hdr_kind(uint64_t h) { return h >> 40 & 0xff; }
static inline size_t hdr_bytes(uint64_t h) { return h >> 48 << 3; } /* 0: large */

/* Index of the first word that is a Value, for an object of `words` words; `words` if none is. */
static inline size_t hdr_first_value(uint64_t h, size_t words) {
    unsigned raw = hdr_kind(h) & GC_KIND_MASK;
    if (raw <= GC_KIND_MAX_RAW) return 1 + raw < words ? 1 + raw : words;
    return raw == GC_KIND_LEAF_LAST ? words - 1 : words;
}
static inline bool value_is_ref(uint64_t v) { return (v & 7) == 0 && v >= NURSERY_START; }

/* ---- vectors -------------------------------------------------------------------------------- */

typedef struct GcRefs {
    StmRef *items;
    size_t n, cap;
} GcRefs;
void gc_refs_grow(GcRefs *refs);
static inline void gc_refs_push(GcRefs *refs, StmRef ref) {
    if (UNLIKELY(refs->n == refs->cap)) gc_refs_grow(refs);
    refs->items[refs->n++] = ref;
}
void gc_refs_append(GcRefs *to, GcRefs *from); /* and empties `from` */
void gc_refs_free(GcRefs *refs);

typedef struct GcSpan {
    StmRef start, end;
} GcSpan;
typedef struct GcSpans {
    GcSpan *items;
    size_t n, cap;
} GcSpans;
void gc_spans_push(GcSpans *spans, StmRef start, StmRef end);

/* ---- tables (block.c), outside the windows, reserved for the whole heap, touched as used ----- */

/* A page of 4 KiB: boundary tags of free runs, heads and tails of large objects. */
enum { GC_PAGE_NONE, GC_PAGE_FREE, GC_PAGE_BLOCK, GC_PAGE_LARGE, GC_PAGE_LARGE_REST };
typedef struct GcPage {
    uint8_t state;
    uint8_t young;  /* large: 1 not reached yet by a minor collection, 2 reached by this one */
    uint16_t owner; /* free run: whose dirty memory; 0: released, zero */
    uint32_t run;   /* free or large, first page: pages. LARGE_REST: pages back to the head.
                       Last page of a free run: pages of the run */
    union {
        struct {
            uint32_t next, prev; /* free run, first page: its list */
        };
        uint64_t bytes; /* large, first page: object size */
    };
    uint32_t index; /* large, first page: place in the list of large objects */
    uint32_t pad;
} GcPage;

typedef struct GcBlock {
    uint16_t owner;  /* segment that may allocate here */
    uint8_t mutable; /* class: 1 mutable, 0 immutable objects */
    uint8_t unswept; /* the last mark has new line marks that no sweep has looked at yet */
} GcBlock;

extern uint8_t *gc_states;      /* by ref >> GC_BLOCK_SHIFT */
extern GcBlock *gc_blocks;      /* the same */
extern GcPage *gc_pages;        /* by ref >> STM_PAGE_SHIFT */
extern uint8_t *gc_lines;       /* by ref >> GC_LINE_SHIFT: epoch in which it was used */
extern uint64_t *gc_start_bits; /* by ref >> 9, bit ref >> 3 & 63: an object starts here */
extern uint64_t *gc_mark_bits;
extern uint8_t gc_epoch; /* 1 or 2; sweeping sets lines of the other to 0 */

/* Blocks of large objects are shared: one thread may set LARGE again while others look. */
static inline uint8_t gc_state_of(StmRef r) {
    return atomic_load_relaxed(&gc_states[r >> GC_BLOCK_SHIFT]);
}
static inline void gc_set_start(StmRef r) { gc_start_bits[r >> 9] |= 1ull << (r >> 3 & 63); }
static inline bool gc_has_start(StmRef r) { return gc_start_bits[r >> 9] >> (r >> 3 & 63) & 1; }
static inline bool gc_marked(StmRef r) { return gc_mark_bits[r >> 9] >> (r >> 3 & 63) & 1; }
static inline void gc_use_lines(StmRef start, StmRef end) {
    for (StmRef l = start >> GC_LINE_SHIFT; l <= (end - 1) >> GC_LINE_SHIFT; l++)
        atomic_store_relaxed(&gc_lines[l], gc_epoch);
}
void gc_clear_starts(StmRef start, StmRef end);
StmRef gc_next_start(StmRef from, StmRef end); /* first object start in [from, end), or `end` */
/* The old object that covers `word` (interior), 0 if none. View: committed. */
StmRef gc_find_old(StmRef word);
void gc_choose_base(void);
uint64_t gc_large_page(uint64_t page); /* first page of the large object that covers the page, 0 if none */

/* ---- per segment and per thread ------------------------------------------------------------- */

/* Bump allocation into free lines. [free, end) is taken; scan: Cheney's pointer in a collection. */
typedef struct GcCursor {
    StmRef free, end, scan;
    StmRef block; /* being allocated into: next hole is searched from `line` */
    unsigned line, misses;
} GcCursor;

/* Hash table from an object to the old slot that is its id. */
typedef struct GcIds {
    GcSpan *items; /* start: the object or 0; end: the slot */
    size_t n, cap; /* cap: a power of two, or 0 */
} GcIds;

enum { GC_IMMUTABLE, GC_MUTABLE, GC_CLASSES };

typedef struct GcSegment {
    GcSpan runs[GC_RESERVED_RUNS]; /* nursery: runs of blocks; allocated part [start, used[i]) */
    StmRef used[GC_RESERVED_RUNS];
    unsigned n_runs, n_regular, current; /* beyond n_regular: overflow, freed by the collection */
    size_t regular_bytes;                /* of the regular runs; grows to GcConfig.nursery_bytes */
    bool incomplete;                     /* they have less: there was no memory for more */
    bool watched;                        /* little memory: at SEG->nursery_end the collect flag is raised */
    GcCursor cursors[GC_CLASSES];        /* small and medium objects */
    GcCursor medium[GC_CLASSES];         /* medium ones that fit no hole: fresh blocks */
    GcRefs blocks[GC_CLASSES];           /* all old blocks of this segment */
    size_t swept[GC_CLASSES];            /* blocks[] before this are swept */
    GcRefs partial[GC_CLASSES];          /* swept blocks with free lines, not allocated into yet */
} GcSegment;

typedef struct GcThread {
    void *vm_thread;
    struct GcThread *next, *prev;
    GcRefs fresh_old;   /* gc_alloc_old since the last minor collection: scanned by it */
    GcRefs young_large; /* freed by the next minor collection unless reached */
    size_t young_large_bytes;
    GcSpans own;      /* made old by this transaction: dropped by an abort, kept by majors until */
    GcRefs own_large; /* its end, since stm walks these rows of objects then */
    /* Weak references and finalizers: young ones, old ones of this transaction, queued for the VM
     * by this transaction, handed out in it. */
    GcRefs young_weak, txn_weak, queued_weak, taken_weak;
    GcRefs young_final, txn_final, queued_final, taken_final;
    GcIds ids; /* of young objects: reserved old slots */
    uint64_t address_stamp;
} GcThread;

/* Committed objects for the VM to look at, oldest first. */
typedef struct GcQueue {
    GcRefs refs;
    size_t head;
} GcQueue;

extern char *gc_base;        /* where the committed heap is read: gc_choose_base */
extern uint64_t gc_heap_end; /* offset of the window's end */
extern GcSegment gc_segments[GC_MAX_SEGMENTS];
extern GcConfig gc_config;
extern GcStats gc_counts;       /* heap_bytes and others: relaxed atomic additions */
extern pthread_mutex_t gc_lock; /* page runs, list of large objects, registries, threads. A leaf
                                   lock: nothing that can fault or wait is done under it */
extern bool gc_want_major;

static inline GcSegment *gc_my_segment(void) { return &gc_segments[SEG->index]; }
static inline GcThread *gc_my_thread(void) { return SEG->gc_thread; }
extern GcThread *gc_threads; /* list, under gc_lock or with the world stopped */

/* ---- block.c -------------------------------------------------------------------------------- */

void gc_tables_init(void);

/* ---- page_run.c: runs of free pages --------------------------------------------------------- */

/* `pages` pages at a multiple of `align` pages, for segment `owner`, if so many as `leave` are left free. Not claimed. Sets
 * *dirty if they may hold old bytes. 0: there are none. Caller holds gc_lock. */
StmRef gc_run_take(size_t pages, size_t align, unsigned owner, uint64_t leave, bool *dirty);
void gc_run_free(StmRef start, size_t pages, unsigned owner);
/* Exactly the pages behind `at`, if they are free and may be taken by `owner`. */
bool gc_run_take_at(StmRef at, size_t pages, unsigned owner, uint64_t leave, bool *dirty);
StmRef gc_top_block(void);              /* index of the last block ever used */
void gc_run_release(size_t keep_bytes); /* give dirty free memory above this back to the system */

/* Make taken pages this segment's own; `dirty`: they may be already. False: the system refuses. */
bool gc_claim(StmRef start, size_t bytes, bool dirty);
bool gc_claim_permanent(StmRef start, size_t bytes); /* for all segments, and for ever */
uint64_t gc_limit_pages(void);
uint64_t gc_free_pages(void); /* within the limit */
/* Blocks for this segment: taken, claimed, entered as `state`; 0 when the system refuses. */
StmRef gc_blocks_take(size_t n, uint8_t state, uint64_t leave);
void gc_blocks_free(StmRef start, size_t n, unsigned owner);

/* ---- lines.c -------------------------------------------------------------------------------- */

/* Room for a promoted object; fatal when there is none. */
StmRef gc_cursor_slow(GcSegment *segment, int class, size_t bytes);
void gc_cursors_reset(GcSegment *segment);      /* a mark has changed the lines */
void gc_cursors_revalidate(GcSegment *segment); /* others may have shared our pages */
static inline StmRef gc_old_room(GcSegment *segment, int class, size_t bytes) {
    GcCursor *cursor = &segment->cursors[class];
    StmRef ref = cursor->free;
    if (LIKELY(ref + bytes <= cursor->end)) {
        cursor->free = ref + bytes;
        return ref;
    }
    return gc_cursor_slow(segment, class, bytes);
}

/* ---- others --------------------------------------------------------------------------------- */

struct GcVisitor {
    char *view; /* the heap as the visited thread sees it */
    void (*slots)(GcVisitor *v, GcWord *slots, size_t n);
    void (*words)(GcVisitor *v, const GcWord *low, const GcWord *high);
};

/* nursery.c */
void gc_nursery_retire(GcSegment *segment); /* note how far the current run is used */
void gc_nursery_reset(GcSegment *segment,
                      const GcRefs *pinned); /* empty: allocate from the start */
size_t gc_nursery_bytes(size_t wanted); /* of one segment, from GcConfig: whole blocks; 0: by cache size and limit */
void gc_nursery_claim(GcSegment *segment);   /* make its pages this segment's again */
void gc_nursery_free(GcSegment *segment);    /* empty and not current: give its blocks back */
bool gc_nursery_is_empty(GcSegment *segment);
void gc_raise(uint32_t control_bit);

/* large.c */
void gc_account(int64_t bytes);  /* old bytes: more or fewer */
void gc_account_pinned(uint64_t bytes); /* blocks taken from the nursery, objects or not */
StmRef gc_large_young_at(const GcThread *thread, StmRef word); /* conservative: 0 if none of this thread's */
bool gc_large_reach(StmRef ref); /* minor: a young one is reached for the first time */
void gc_large_after_minor(GcThread *thread, uint8_t flags);
StmRef gc_alloc_large(uint32_t shape, uint8_t kind, size_t bytes);
void gc_large_free(StmRef ref);
size_t gc_large_bytes(StmRef ref);
void gc_large_sweep(void); /* frees the unmarked; clears marks */
extern GcRefs gc_large;    /* all large objects */

/* minor.c */
void gc_minor_collect(bool at_end);
void gc_minor_forget(void);           /* the calling thread will collect no more */
void gc_minor_hole(GcCursor *cursor); /* the cursor is about to leave its hole */
StmRef gc_minor_forward(StmRef ref);  /* during a minor: where it is now; 0: (so far) dead */
const GcWord *gc_minor_words(StmRef ref); /* the object in the view of the collecting thread */
StmRef gc_minor_keep(StmRef ref);     /* during a minor: keep it after all */

/* gc.c */
void gc_addresses_change(GcThread *thread); /* gc_address_stamp */

/* ident.c */
StmRef gc_id_slot(GcThread *thread, StmRef young); /* the slot reserved for it */
void gc_id_pinned(GcThread *thread, StmRef ref);   /* it keeps its place, and its id another */
void gc_ids_forget_young(GcThread *thread);
void gc_ids_after_mark(void); /* keeps the slots of pinned objects that live, drops the others */

/* weakref.c and finalizer.c: passes of a collection, in the order weak, final, weak */
void gc_weak_minor(GcThread *thread, bool finalizers_done);
void gc_final_minor(GcThread *thread);
void gc_weak_major(bool finalizers_done);
void gc_final_major(void);

/* queue.c: what the VM is to be told */
void gc_queue_push(GcQueue *queue, StmRef ref);
void gc_queues_end(GcThread *thread, bool committed);
void gc_queues_visit(GcThread *thread, GcVisitor *v); /* strong roots: a thread's, */
void gc_queues_visit_global(GcVisitor *v);            /* and everybody's */
extern GcRefs gc_weak, gc_final;                      /* registered and committed; under gc_lock */
extern GcQueue gc_cleared, gc_finalizable;

/* mark.c */
/* World stopped, nurseries empty, everything swept: marks from all roots. Returns live bytes. */
void gc_mark_begin(void);
void gc_mark_from(StmRef ref); /* and all it refers to */
uint64_t gc_mark_end(void);
void gc_mark_forked(void);
/* sweep.c */
void gc_sweep_begin(void);  /* after a mark: every old block is unswept */
void gc_sweep_finish(void); /* all segments; world stopped or solo; frees empty blocks */
/* Free lines of the block after looking at its marks. */
unsigned gc_sweep_block(StmRef block);

/* major.c */
bool gc_memory_is_low(void);   /* what is reserved is being used, */
bool gc_memory_is_short(void); /* and that is to be looked at */
bool gc_old_room_left(void);         /* for objects that are made old, one by one */
uint64_t gc_reserve_pages(void);     /* what allocations that may fail leave free */
size_t gc_nursery_room(void);        /* how many bytes to make before memory is looked at again; SIZE_MAX: it is not short */
void gc_count_minor(uint64_t ns, uint64_t bytes, uint64_t pinned);

uint64_t gc_now_ns(void);

#endif
