/* gc: blocks, nursery, minor and major collection, weak references, finalizers (see README.md).
 *
 * A collection runs only at a safepoint or inside vm_call_nested, so a C function that does neither
 * may keep plain references in locals: nothing moves under it. Across vm_call_nested the C stack
 * below is scanned conservatively and what it refers to stays in place.
 *
 * Glossary. Young: in a nursery block, or a large object not yet seen by a minor collection. Old:
 * everything else in the heap. Permanent: never freed, never moved, refers only to permanent.
 * Minor collection: of the running transaction's young objects. Major: of the whole heap. */
#ifndef GC_GC_H
#define GC_GC_H

#include "stm/atomic.h"
#include "stm/stm.h"

#define GC_MAX_SMALL   8192  /* bytes; larger objects get page runs of their own */
#define GC_CARDS_ABOVE 32768 /* bytes; objects with Values that are larger have cards even where nothing is undone (solo) */
#define GC_BLOCK_SHIFT 15    /* 32 KiB */

/* ---- start-up, threads ---------------------------------------------------------------------- */

typedef struct GcVisitor GcVisitor;

typedef enum {
    GC_ROOTS_YOUNG, /* minor: whatever may hold a young reference (frames above the watermark) */
    GC_ROOTS_ALL    /* major: every frame, and the copies that an abort would restore */
} GcRootKind;

typedef struct GcHooks {
    /* Conservative roots of a thread: calls gc_visit_stack for the C stack below nested
     * interpreters and for what registers it spilled there. May be NULL. */
    void (*visit_stacks)(void *vm_thread, GcVisitor *v);
    /* Exact roots of a thread: calls gc_visit on its frames and state. */
    void (*visit_roots)(void *vm_thread, GcRootKind kind, GcVisitor *v);
    /* Exact roots of no thread: called in every major collection, and in minor ones while solo.
     * In multi mode these slots must hold no young reference. May be NULL. */
    void (*visit_globals)(GcRootKind kind, GcVisitor *v);
    /* Side tables that hold objects weakly, keyed by reference: called with the world stopped after
     * a major mark; asks gc_is_live for each and drops the dead. May be NULL. */
    void (*sweep_tables)(void);
    /* Is there anything to do for a registered object (at its flat address) that has become unreachable? If not it dies at
     * once. May be NULL: always. Called within collections. */
    bool (*wants_finalizer)(const uint64_t *object);
    /* Does an object of this shape and size end with an array? Then a word that is its end may be what C code has of it while it goes
     * through the array backwards; otherwise such a word refers to the next object alone. May be NULL: always. Called within collections. */
    bool (*ends_with_array)(uint32_t shape, size_t bytes);
    /* At a safepoint, after a major collection: the heap is all but full. The VM raises MemoryError there. May be NULL. */
    void (*memory_is_short)(void);
} GcHooks;

typedef struct GcConfig {
    const GcHooks *hooks;
    size_t nursery_bytes; /* a segment's nursery; 0: by cache size. Rounded up to 32 KiB */
    size_t heap_limit;    /* old and large bytes, 0: the window's size */
    size_t min_threshold; /* no major collection below this many heap bytes; 0: 32 MiB */
    unsigned markers;     /* threads that mark; 0: number of cores, at most 4 */
    bool stress;          /* collect at every safepoint; poison and verify */
    bool poison;          /* fill what objects moved from with 0xdb */
} GcConfig;

/* Once, after stm has made its windows and segment 1 is current. Fatal when the system refuses. */
void gc_init(const GcConfig *config);
void gc_set_stress(bool on); /* --stress-after: from now on */

/* The calling thread joins (before stm_attach()) or leaves. `vm_thread` is handed back to the hooks, which may see it from here on:
 * it is complete. False: no memory. Detach outside a transaction (stm_detach first; solo: gc_minor first), before
 * stm_thread_unregister; only then free `vm_thread`. */
bool gc_thread_attach(void *vm_thread);
void gc_thread_detach(void);

/* For stm's hooks. */
void gc_segment_enter(void); /* this thread has borrowed SEG: set up its nursery window */
void gc_safepoint(void);     /* STM_CTL_COLLECT was set: collect what is wanted */
void gc_before_end(void);    /* before a commit or a detached call: the nursery gets empty */
void gc_committed(void);     /* what this transaction registered and took becomes final */
void gc_aborted(void);       /* nursery and registrations of this transaction vanish */
void gc_page_group(uint64_t page, uint64_t *first, size_t *n);
void gc_mode_changed(bool multi);
void gc_forked(void);

/* ---- roots ---------------------------------------------------------------------------------- */

/* `n` Values in flat memory; updated in place when objects move. Any Value is fine, 0 too. */
void gc_visit(GcVisitor *v, uint64_t *slots, size_t n);
/* The same in heap memory (a generator's registers in a raw buffer, ...): by offset. */
void gc_visit_heap(GcVisitor *v, StmRef start, size_t n);
/* Every aligned word in [low, high) of a C stack may be a reference: offset, flat address in any
 * window, interior, or one past the end. What it hits stays in place. */
void gc_visit_stack(GcVisitor *v, const void *low, const void *high);

/* ---- allocation ----------------------------------------------------------------------------- */

StmRef gc_alloc_slow(uint32_t shape, uint8_t kind, size_t bytes);

/* A new object in the nursery: header set, fields NOT initialised (the caller stores every word
 * before the next safepoint, without barrier). `bytes` includes the header, is rounded up to 8, at
 * least 16. Small objects never fail; above GC_MAX_SMALL it is a large object: zero-filled, or 0
 * when the heap limit is reached. Never collects; may raise the collect flag. */
static inline StmRef gc_alloc(uint32_t shape, uint8_t kind, size_t bytes) {
    bytes = bytes < 16 ? 16 : (bytes + 7) & ~(size_t)7;
    StmRef ref = SEG->nursery_free;
    if (UNLIKELY(bytes > GC_MAX_SMALL || ref + bytes > SEG->nursery_end))
        return gc_alloc_slow(shape, kind, bytes);
    SEG->nursery_free = ref + bytes;
    *(volatile uint64_t GS *)ref = shape | (uint64_t)kind << 40 | (uint64_t)(bytes / 8) << 48;
    return ref;
}

/* A new old object that never moves (buffers, types, id'd things, everything large). Zero-filled;
 * may be filled without barrier until the next safepoint. 0 when the heap limit is reached or the
 * system refuses: no exception is set here. */
StmRef gc_alloc_old(uint32_t shape, uint8_t kind, size_t bytes);

/* Non-transactional memory: interned strings, constants, code. Never moves, never private to a
 * segment, must refer only to objects of the same sort. Never freed. Thread-safe. Zero-filled;
 * fatal when memory is out. */
StmRef gc_alloc_permanent(uint32_t shape, uint8_t kind, size_t bytes);

/* Make a large object bigger in place, if it is large, still young or the world solo, and the pages
 * behind it are free. New words are zero. The object must be prepared by stm_write_range when old.
 * False: allocate another and copy. */
bool gc_grow_large(StmRef ref, size_t new_bytes);
/* Storage whose only owner has just replaced it: if it is large and the world solo, the next minor collection frees it,
 * where no C frame refers to it any more. No other object may. */
void gc_retire(StmRef ref_or_0);
/* Give the end of a large object back (a list that was emptied). Only at a safepoint's distance
 * from others: the object must be young or the world solo; otherwise does nothing. */
void gc_shrink_large(StmRef ref, size_t new_bytes);

/* Would `wanted` more bytes of old objects exceed the heap limit? When an allocation returned 0,
 * the VM runs gc_collect_full and the bytecode again, then raises MemoryError. Small objects never
 * fail at once: the VM asks with 0 after a collection at a safepoint, and raises MemoryError if
 * true. */
bool gc_out_of_memory(size_t wanted);

/* ---- objects -------------------------------------------------------------------------------- */

size_t gc_object_size(StmObj obj); /* bytes, header included */
/* The old object that `ref` points at or into, as the committed heap has it; 0: none. For tools: any number may be asked. */
StmRef gc_object_at(StmRef ref);

extern const uint8_t *gc_block_states; /* by ref >> GC_BLOCK_SHIFT */
enum { GC_BLOCK_FREE, GC_BLOCK_YOUNG, GC_BLOCK_SMALL, GC_BLOCK_LARGE, GC_BLOCK_PERMANENT };
bool gc_large_is_young(StmRef ref);
static inline bool gc_is_young(StmRef ref) {
    uint8_t state = atomic_load_relaxed(&gc_block_states[ref >> GC_BLOCK_SHIFT]);
    return state == GC_BLOCK_YOUNG || (state == GC_BLOCK_LARGE && gc_large_is_young(ref));
}
bool gc_is_permanent(StmRef ref);

/* id(): an offset that no other live object has and that stays when the object moves. */
uint64_t gc_id(StmRef ref);

/* A number for "this thread's objects are where they were": another one after each minor collection and
 * abort, and never one that any thread has had before. So a table by address is good while this is what
 * it was when the table was made. */
uint64_t gc_address_stamp(void);

/* ---- weak references, finalizers ------------------------------------------------------------ */

/* `weakref`'s first word after the header is a raw word (its kind has raw >= 1) that holds `target`
 * weakly: gc keeps it up to date and clears it to 0 when the target dies. Call once for each such
 * object, in the transaction that made it, with the word already stored. */
void gc_weakref_register(StmRef target, StmRef weakref);
/* Every weak reference registered and not yet cleared that this thread may know of, garbage
 * included: a malloc'ed array of *n (0: none, or no memory). */
StmRef *gc_weakrefs(size_t *n);
/* A weakref whose word was cleared and that wants its callback (GCK_WEAKREF in its header's kind),
 * oldest first; 0: none. Final when this transaction commits; handed out again when it aborts. May jump. */
StmRef gc_next_cleared_weakref(void);

/* When `obj` becomes unreachable, keep it alive once more and hand it out to be finalized. */
void gc_finalizer_register(StmRef obj);
StmRef gc_next_finalizable(void); /* 0: none. As gc_next_cleared_weakref */
/* Both queues raise STM_CTL_EVENTS when they get something; is there anything? */
bool gc_events_pending(void);
void gc_finalizer_forget_all(void); /* at start: what lives until the end anyway is not to be finalized */
/* At exit: every registered finalizer becomes pending, live objects too. */
void gc_finalize_all(void);

/* After a major mark (in GcHooks.sweep_tables): will this object survive? */
bool gc_is_live(StmRef ref);

/* ---- collections ---------------------------------------------------------------------------- */

void gc_minor(void);          /* at a safepoint or inside vm_call_nested */
void gc_major(void);          /* the same; minor first */
size_t gc_collect_full(void); /* gc.collect(): major now, sweep done; bytes freed */
void gc_enable(bool on);      /* automatic major collections (gc.enable/gc.disable) */
bool gc_is_enabled(void);

typedef struct GcStats {
    uint64_t minor_count, major_count;
    uint64_t minor_ns, major_ns, longest_ns; /* pauses: sums, and the longest */
    uint64_t promoted_bytes;                 /* copied or kept in place by minor collections */
    uint64_t pinned_objects;                 /* promoted in place */
    uint64_t pinned_bytes;                   /* memory of their blocks since the last major */
    uint64_t marked_bytes;                   /* live at the last major collection */
    uint64_t heap_bytes;                     /* old and large now */
    uint64_t heap_peak_bytes;
    uint64_t permanent_bytes;
    uint64_t threshold_bytes; /* the next major collection starts here */
    uint64_t released_bytes;  /* given back to the system, sum */
} GcStats;
void gc_stats(GcStats *out);

/* Every old object (gc.get_objects): between gc_walk_begin, a full collection that leaves the world stopped and may
 * jump, and gc_walk_end there must be no safepoint. `fn` must not allocate. */
void gc_walk_begin(void);
void gc_walk_end(void);
void gc_for_each_object(void (*fn)(void *ctx, StmRef obj), void *ctx);
/* Calls `fn` for each Value in the object but 0, references and others. */
void gc_values(StmObj obj, void (*fn)(void *ctx, uint64_t value), void *ctx);

/* Walks the whole heap (solo, or world stopped, nursery empty) and is fatal on a broken header,
 * reference, flag or start bit. Returns the number of objects seen. */
size_t gc_verify(void);

#endif
