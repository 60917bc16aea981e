/* stm's internal interface: the state of the layer and what its files offer each other.
 *
 * Glossary: window: the address range of a segment; base: window 0, the committed heap; position:
 * the last log entry that a segment has imported; visitor: a segment that touches another's
 * EXCLUSIVE page; to serve: to take pages away from a segment for a visitor.
 *
 * Lock order: world.lock < pool.lock < page_lock < base_lock < events.lock. A thread never touches
 * a segment's heap pages while it holds one of them, except pages it has just mapped writable: a
 * fault would take page_lock again. */
#ifndef STM_INTERNAL_H
#define STM_INTERNAL_H

#include "stm/stm.h"
#include "stm/atomic.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#ifdef WEFT_DEBUG
#define stm_assert(cond)                                                                           \
    do {                                                                                           \
        if (!(cond)) stm_fatal("%s:%d: %s", __FILE__, __LINE__, #cond);                            \
    } while (0)
#else
#define stm_assert(cond) ((void)sizeof(!(cond)))
#endif

#define HEAP_PAGE0    (HEAP_START >> STM_PAGE_SHIFT)
#define PAGE_OF(ref)  ((uint64_t)(ref) >> STM_PAGE_SHIFT)
#define PAGE_REF(n)   ((StmRef)(n) << STM_PAGE_SHIFT)
#define GRANULE_OF(ref) ((StmRef)(ref) & ~(StmRef)(STM_GRANULE - 1))
#define SEG_BYTES     0x10000ull /* control block, rounded up */

/* ---- log ---------------------------------------------------------------------------------- */

/* A record is in the log as RECORD_HEAD words, then `granules` words of new content. */
typedef struct LogRecord {
    uint64_t where; /* offset of the first granule | granules << 48 | 1 if that granule is an
                       object's header, whose flags byte is not part of the record */
    uint64_t place; /* where the program wrote it (StmHooks.current_place), 0: unknown */
    uint64_t words[];
} LogRecord;
enum { RECORD_HEAD = 2, RECORD_MAX_GRANULES = 0xffff };
#define RECORD_REF(r)       ((r)->where & 0xfffffffffff8ull)
#define RECORD_GRANULES(r)  ((size_t)((r)->where >> 48))
#define RECORD_IS_HEADER(r) ((r)->where & 1)
#define RECORD_NEXT(r)      ((const LogRecord *)((r)->words + RECORD_GRANULES(r)))

/* A covered word that has changed, and what it referred to: who has read anything in [start, end) has read the word. */
typedef struct LogCover {
    StmRef word, start, end;
} LogCover;
enum { COVER_WORDS = sizeof(LogCover) / sizeof(uint64_t) };

typedef struct LogEntry {
    struct LogEntry *next; /* set once, by the CAS that publishes the next entry */
    uint64_t seq;          /* of its predecessor + 1 */
    uint32_t closed;       /* 0: an inevitable transaction that still runs (also a futex) */
    uint32_t thread;       /* id */
    uint64_t place;        /* where that thread was when it committed */
    const char *why;       /* of an inevitable one */
    StmRef guard;          /* a guard word that it has changed: conflicts with every transaction; 0: none */
    size_t n_words;        /* of records */
    size_t n_covers;       /* LogCovers behind the records */
    uint64_t *words;       /* behind the entry, or allocated when an open entry closes */
} LogEntry;
#define ENTRY_COVERS(e)      ((const LogCover *)((e)->words + (e)->n_words))
#define ENTRY_CONTENT(e)     ((e)->n_words * sizeof(uint64_t) + (e)->n_covers * sizeof(LogCover))

typedef struct Log {
    pthread_rwlock_t base_lock; /* write: base, base_entry move; read: both stand still */
    LogEntry *base_entry;       /* the last entry whose records are in the base: the anchor */
    uint64_t base_seq;          /* base_entry->seq, readable without lock */
    uint64_t tail_seq;          /* of some recent entry: a hint */
    uint64_t published_bytes;   /* of all entries ever, and of those freed */
    uint64_t freed_bytes;
    uint32_t space_futex; /* changes when the base has moved */
    uint64_t limit;
} Log;

/* ---- segments ----------------------------------------------------------------------------- */

enum {               /* StmSegmentState.word & 0xff; the rest is the id of the thread */
       WORD_FREE,    /* nobody's */
       WORD_IDLE,    /* its thread is detached and may take it back; so may others */
       WORD_RUNNING, /* its thread runs */
       WORD_PARKED,  /* in a transaction, waiting: others may take its pages */
       WORD_SERVED   /* somebody who holds page_lock works on it; its thread must not run on */
};
#define WORD(state, thread_id) ((uint64_t)(state) | (uint64_t)(thread_id) << 8)
#define WORD_STATE(word)       ((unsigned)((word)&0xff))
#define WORD_THREAD(word)      ((uint32_t)((word) >> 8))

/* A page in one segment (StmSegmentState.local): STM_LOCAL_* of layout.h, and */
enum { LOCAL_UNDO = 0x80 }; /* the undo list of the running transaction has something on this page */

enum { HEAT_COUNT = 0x3f, HEAT_HINT = 6 }; /* StmSegmentState.heat: barrier.c */

enum { LOST_PAGES = 1024 };

typedef struct StmSegmentState {
    _Alignas(STM_LINES) unsigned index; /* on lines of its own, as stm_calloc_lines */
    char *base;         /* flat address of the window */
    StmSegment *hot;    /* flat address of the control block */
    uint8_t *local;     /* a byte a heap page, by page - HEAP_PAGE0; written by the owner, or under
                           page_lock while the segment is SERVED (other pages than dead ones) */
    uint8_t *heat;      /* the same: how the pages of large arrays are written (barrier.c) */
    uint64_t word;      /* WORD_*: who may touch what: Note "segment word" */
    StmThread *thread;  /* of RUNNING, PARKED, IDLE */
    LogEntry *pos;      /* position: last entry imported; release-stored by the owner */
    uint64_t last_seq;  /* position of its last finished transaction */
    bool stopped;       /* its thread waits in world_join. Under stop.lock */
    bool evicted;       /* idle and without position: it restarts at the base. Under page_lock */
    uint64_t want_page; /* PARKED in a fault: the page it waits for; else 0. Under page_lock */
    uint32_t wake;      /* futex of that wait */
    unsigned version_uses;
    uint64_t lost[LOST_PAGES / 64]; /* hashes of pages that became STALE in mid-transaction: page_only_user */
    uint64_t around_next; /* fault-around: the page after the last run */
    unsigned around_pages;
    int64_t borrowed_ns; /* when its thread got it */
} StmSegmentState;

/* ---- threads ------------------------------------------------------------------------------ */

typedef struct UndoEntry {
    StmRef start;    /* what was copied: [start, start + bytes) */
    uint64_t old;    /* of one granule its content, of more where that is in StmUndoLog.data, in words */
    uint64_t place;  /* where the program wrote first */
    uint32_t bytes;  /* multiple of 8 */
    uint32_t inside; /* granules of the object before `start` */
} UndoEntry;

/* One granule of a large array, not its header. */
typedef struct UndoGranule {
    uint64_t where; /* number of the granule; from UNDO_OBJECT_SHIFT on the number of its object's first page */
    uint64_t old;
} UndoGranule;
enum { UNDO_OBJECT_SHIFT = 36 };

typedef struct OwnRange { /* objects made by the running transaction */
    StmRef start, end;
} OwnRange;

/* The undo list: first-write copies of the running transaction, and where they came from. */
typedef struct StmUndoLog {
    UndoEntry *entries;
    size_t n, cap;
    uint64_t *data;
    size_t n_words, cap_words;
    UndoGranule *granules;
    uint64_t *granule_places; /* where the program wrote them; only for an event log */
    size_t n_granules, cap_granules, cap_places;
    struct UndoSpan *index; /* by page, built when needed (undo.c) */
    size_t n_index, cap_index, indexed, indexed_granules;
    OwnRange *own;
    size_t n_own, cap_own;
    uint64_t *own_pages; /* whose cards say that no undo is needed, to clear at the end */
    size_t n_own_pages, cap_own_pages;
    StmRef *guards; /* guard words written, in objects that others may know */
    size_t n_guards, cap_guards;
    LogCover *covers; /* the same for covered words */
    size_t n_covers, cap_covers;
    size_t cap_remembered;
} StmUndoLog;

typedef struct StmThreadState {
    StmThread *thread;
    StmSegmentState *seg; /* the last borrowed; ours while word says so */
    StmWritten written;
    StmUndoLog undo;
    uint64_t *draft; /* records being built */
    size_t n_draft, cap_draft, n_draft_records;
    size_t n_draft_covers; /* behind the records, not in n_draft */
    StmRef draft_guard; /* for LogEntry.guard */
    LogEntry *open; /* our open entry, when inevitable */
    const char *inevitable_why;
    bool in_transaction;
    bool yielding;  /* gave the segment back to let others have it */
    bool restarted; /* aborted while stopped: the restart is done already */
    struct StmThreadState *queue_next;
    pthread_cond_t segment_cond;
    uint32_t event_futex; /* stm_wait_granule, stm_post_event */
    bool event_posted;
    unsigned shrink;                   /* budget >> shrink: grows with aborts, melts with commits */
    unsigned clean_commits;            /* since it last changed */
    unsigned split_left, split_for;    /* commits for which transactions are split at critical sections; how many next time */
    unsigned retries;                  /* aborts of the present piece of work in a row */
    uint64_t random;                   /* chaos */
    int64_t budget_start, budget_rest; /* rest: behind the piece that chaos has handed out */
    double units_per_ns;
    int64_t begin_ns;
    uint64_t begin_seq;
    uint64_t begin_place;
    struct StmThreadState *wait_next; /* in a bucket of wait.c */
    StmRef wait_ref;
    bool in_bucket;
    /* of the last abort, for the event log */
    const char *abort_why;
    uint64_t abort_lost_ns;
    StmRef conflict_ref;
    uint32_t conflict_thread;
    uint64_t conflict_place, conflict_here;
    struct EventRing *ring;
    void *alt_stack;
} StmThreadState;

/* ---- the layer's state -------------------------------------------------------------------- */

typedef struct StmWorld {
    StmConfig config;
    int memfd;
    char *windows; /* all of them, one after the other; the base is the first */
    size_t window;
    size_t heap_pages;
    unsigned n_segments;
    StmSegmentState segs[STM_MAX_SEGMENTS + 1]; /* 1 .. n_segments */
    bool multi;
    unsigned solo_segment; /* in solo mode: the one that maps the base in place */
    uint64_t top; /* pages below it have been claimed at some time; relative to HEAP_PAGE0 */
    uint64_t pages_used;
    pthread_mutex_t page_lock;
    struct PageInfo {
        uint32_t state;   /* StmPageState | owner << 8 */
        uint64_t changed; /* log position of the last transaction that changed an old object here
                             while it was EXCLUSIVE */
    } * pages;
    Log log;
    struct {
        pthread_mutex_t lock;
        StmThread *threads;
        unsigned n_threads;
        uint32_t next_id;
        StmThreadState *queue_head, *queue_tail;
        uint32_t n_waiting;
        StmStats ended; /* sum of threads that are gone */
    } pool;
    struct {
        pthread_mutex_t lock;
        pthread_cond_t changed;
        uint32_t stopping; /* read by every begin */
        unsigned phase;    /* STOP_* of world.c */
        uint64_t epoch;    /* number of this stop */
        unsigned validated;
        StmThread *stopper;
    } stop;
    int64_t alone_ns;    /* how long a thread must be alone until it goes solo */
    int64_t alone_since; /* CLOCK_MONOTONIC ns; 0: not alone */
    bool events_on;      /* an event log is wanted */
    uint32_t n_granule_waiters;
    uint32_t maps_tight; /* the number of mappings nears the system's limit */
} StmWorld;
extern StmWorld stm_world;

/* ---- what the files offer each other ------------------------------------------------------ */

static inline StmRef undo_object(const UndoEntry *e) { return e->start - e->inside * (StmRef)STM_GRANULE; }
static inline StmRef undo_granule_ref(const UndoGranule *g) { return (g->where & ((1ull << UNDO_OBJECT_SHIFT) - 1)) << STM_GRANULE_SHIFT; }
static inline StmRef undo_granule_object(const UndoGranule *g) { return PAGE_REF(g->where >> UNDO_OBJECT_SHIFT); }
static inline bool undo_is_empty(const StmUndoLog *undo) { return undo->n == 0 && undo->n_granules == 0; }
/* The old content; until the next undo_push. */
static inline uint64_t *undo_old(const StmUndoLog *undo, UndoEntry *e) {
    return e->bytes == STM_GRANULE ? &e->old : undo->data + e->old;
}
void *grow_array(void *array, size_t *cap, size_t want, size_t size);
#define GROW(array, cap, want) ((array) = grow_array((array), &(cap), (want), sizeof *(array)))

static inline size_t object_bytes(StmObj obj) {
    return obj->size ? obj->size * (size_t)STM_GRANULE : stm_hooks.object_size(obj);
}
static inline uint8_t *page_local(StmSegmentState *seg, uint64_t page) {
    return &seg->local[page - HEAP_PAGE0];
}
/* Is it EXCLUSIVE to the segment? */
static inline bool page_in_place(StmSegmentState *seg, uint64_t page) { return (*page_local(seg, page) & STM_LOCAL_MASK) == STM_LOCAL_EXCL; }
static inline uint8_t *page_heat(StmSegmentState *seg, uint64_t page) { return &seg->heat[page - HEAP_PAGE0]; }
static inline struct PageInfo *page_info(uint64_t page) {
    return &stm_world.pages[page - HEAP_PAGE0];
}
/* The first of `granules` granules from `ref` on that the segment's present or last transaction has read; 0: none. */
static inline StmRef marked_granule(const StmSegmentState *seg, StmRef ref, size_t granules) {
    const char *markers = seg->base + (ref >> STM_GRANULE_SHIFT);
    const char *hit = memchr(markers, seg->hot->version, granules);
    return hit ? ref + (StmRef)(hit - markers) * STM_GRANULE : 0;
}
static inline uint64_t heap_top(void) { return atomic_load_relaxed(&stm_world.top); }
static inline char *base_flat(StmRef ref) { return stm_world.windows + ref; }

/* The segment's filter of pages lost in mid-transaction: written by its own thread. */
static inline void page_note_lost(StmSegmentState *seg, uint64_t page) {
    seg->lost[page % LOST_PAGES / 64] |= 1ull << page % 64;
}
static inline bool page_may_be_lost(const StmSegmentState *seg, uint64_t page) {
    return seg->lost[page % LOST_PAGES / 64] >> page % 64 & 1;
}

/* os_mem.c */
bool mem_init(void);
void mem_fini(void);
int mem_new_memfd(void);
/* Limits of file sizes, address space and data (setrlimit) are lifted for a moment, as far as they may be. */
enum { MEM_LIMITS = 3 };
typedef struct {
    struct rlimit limits[MEM_LIMITS];
    struct sigaction action; /* of SIGXFSZ */
} MemLimits;
void mem_lift_limits(MemLimits *saved);
void mem_restore_limits(const MemLimits *saved);
void mem_map_base(void);
void mem_map_excl(StmSegmentState *seg, uint64_t page, size_t n);
void mem_map_shared(StmSegmentState *seg, uint64_t page, size_t n);
void mem_map_none(StmSegmentState *seg, uint64_t page, size_t n);
void mem_protect(StmSegmentState *seg, uint64_t page, size_t n, bool access);
void mem_drop_copies(StmSegmentState *seg, uint64_t page, size_t n);
bool mem_populate(StmSegmentState *seg, uint64_t page, size_t n);
void mem_punch(uint64_t page, size_t n);
void mem_set_gs(void *window);
void mem_clear_markers(StmSegmentState *seg);
/* Wait while *futex == value, at most timeout_ns (negative: no limit); may return early. */
void futex_wait(uint32_t *futex, uint32_t value, int64_t timeout_ns);
void futex_wake(uint32_t *futex, int n);
int64_t now_ns(void); /* CLOCK_MONOTONIC */

/* log.c */
/* `words`: of records, as many as n_words, then of covers. */
LogEntry *log_entry_new(const uint64_t *words, size_t n_words, size_t n_covers);
void log_init(uint64_t limit);
void log_fini(void);
/* The successor of `entry` that may be imported: NULL at the tail or before an open entry. */
LogEntry *log_next_closed(const LogEntry *entry);
uint64_t log_bytes(void); /* of all entries that are kept */
bool log_append(LogEntry *tail, LogEntry *entry);
void log_close(LogEntry *entry, const uint64_t *words, size_t n_words, size_t n_covers);
void log_copy_record(char *to, const LogRecord *record, size_t from_granule, size_t granules);
void log_advance(bool wait);
void log_maintain(StmSegmentState *seg);
void log_restart_at_base(StmSegmentState *seg);

/* undo.c */
typedef void UndoPageFn(void *arg, StmRef from, StmRef to, uint64_t *old);
#define SEG_FLAT               ((StmSegment *)(SEG->self_base + SEG_OFFSET))
void undo_push(StmUndoLog *undo, StmRef obj, StmRef start, size_t bytes, const void *content,
               uint64_t place);
void undo_push_granule(StmUndoLog *undo, StmObj obj, StmRef start, uint64_t content, uint64_t place);
void undo_note_own_page(StmUndoLog *undo, uint64_t page);
typedef void UndoPieceFn(void *arg, StmRef obj, StmRef start, uint64_t *old, size_t n);
void undo_for_each(StmUndoLog *undo, UndoPieceFn *fn, void *arg);
void undo_for_page(StmUndoLog *undo, uint64_t page, UndoPageFn *fn, void *arg);
bool undo_owns_on_page(const StmUndoLog *undo, uint64_t page);
void undo_import(StmUndoLog *undo, uint64_t page, const LogRecord *record);
void undo_commit(StmUndoLog *undo, StmSegmentState *seg, uint64_t seq);
void undo_restore(StmUndoLog *undo, StmSegmentState *seg);
void undo_free(StmUndoLog *undo);

/* page.c */
void page_privatise(StmSegmentState *seg, uint64_t page);
void page_serve(StmSegmentState *owner, uint64_t page, StmSegmentState *visitor, bool move);
void page_serve_requests(StmSegmentState *owner);
void page_make_stale(StmSegmentState *seg, uint64_t page, size_t n);
void page_around_start(StmSegmentState *visitor, uint64_t page);
unsigned page_around(StmSegmentState *visitor, uint64_t page);
void page_evict_copies(StmSegmentState *seg);

/* import.c */
/* Import all closed entries. With `validate`, false if a record meets a granule that the running
 * transaction has read: nothing of that entry is imported then. */
bool import_to_tail(StmSegmentState *seg, bool validate);
void import_part(StmSegmentState *seg, uint64_t page, const LogRecord *record);

/* fault.c */
void fault_init(void);
void fault_fini(void);
bool fault_thread_init(StmThreadState *me);
void fault_thread_fini(StmThreadState *me);

/* segment.c */
void segment_borrow(void);
void segment_give_back(bool yield);
void segment_park(StmSegmentState *seg);
void segment_park_locked(StmSegmentState *seg);
void segment_unpark(StmSegmentState *seg);
void segment_unpark_locked(StmSegmentState *seg);
bool segment_try_serve(StmSegmentState *seg, uint64_t *word);
void segment_served(StmSegmentState *seg, uint64_t word);
void segment_evict_idle(uint64_t older_than_seq);
void segment_control_or(StmSegmentState *seg, uint32_t bits);
void segment_wake_waiters(void);

/* transaction.c; may_abort: see the comments there */
void transaction_begin(void);
bool transaction_commit(void);
void transaction_abort(const char *why);
void transaction_restart(const char *why);
_Noreturn void transaction_restart_jump(const char *why);
_Noreturn void transaction_jump(void); /* after transaction_restart: to where the transaction began */
void transaction_inevitable_fresh(const char *why);

/* contention.c */
void contention_start(StmThreadState *me); /* a thread begins: no history yet */
void contention_set_budget(StmThreadState *me, StmSegmentState *seg);
bool contention_next_piece(StmThreadState *me, StmSegmentState *seg);
bool contention_chaos_aborts(StmThreadState *me);
void contention_committed(StmThreadState *me, StmSegmentState *seg);
void contention_lost(StmThreadState *me);
bool contention_wants_inevitable(StmThreadState *me);
bool contention_wants_turn(StmThreadState *me);

/* world.c */
void world_init(void);
bool world_join(void);
/* stm_stop_world for a transaction that has done nothing yet: never jumps. */
bool world_stop_fresh(void);
void world_notify(void);
void world_wait_resumed(void);

/* verify.c */
void verify_pages_stw(void);

/* wait.c */
void wait_init(void);
void wait_wake_changed(StmThreadState *me);
void wait_leave(StmThreadState *me);
void event_take_posted(StmThreadState *me);

/* mode.c, thread.c */
void mode_start(void);
void mode_maybe_solo(void);
void locks_init(void);
void log_lock_init(void);

/* event_ring.c */
typedef enum StmEvent {
#define EVENT(name, text) EVENT_##name,
#include "stm/events.tbl"
#undef EVENT
    EVENT_COUNT
} StmEvent;
bool events_init(const char *path);
void events_fini(void);
void events_in_child(void);
bool event_thread_init(StmThreadState *me);
void event_thread_fini(StmThreadState *me);
void event_note(StmThreadState *me, StmEvent what, const char *why, uint64_t a, uint64_t b);
void event_conflict(StmThread *thread, const LogEntry *entry, const LogRecord *record,
                    StmRef where);
void event_abort(StmThreadState *me, const char *why, uint64_t lost_ns);
void event_abort_described(StmThreadState *me);
void event_print_stats(const char *what, unsigned thread, const StmStats *stats);

#endif
