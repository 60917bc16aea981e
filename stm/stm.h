/* stm: transactions over copy-on-write pages. Public interface of the layer (see README.md).
 *
 * The context is %gs itself: SEG->field is one %gs-relative instruction, and stays right when a
 * thread comes back from a detached call on another segment, which a `seg` argument would not. So
 * functions take none.
 *
 * "Jumps" below means: the running transaction may be aborted and run again, by siglongjmp to the
 * thread's abort_jmp. By then heap, nursery and thread state are those of the transaction's start
 * and a new transaction runs: the VM only reloads its frame and goes on. */
#ifndef STM_STM_H
#define STM_STM_H

#include "stm/layout.h"
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

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
       STM_CTL_ABORT = 64,  /* this transaction lost a conflict: abort at this safepoint */
       STM_CTL_EXTEND = 128 /* we hold back the log: move our snapshot to its tail */
};

/* ---- start-up ---------------------------------------------------------------------------- */

typedef struct StmConfig { /* all zero: the defaults */
    size_t window_bytes;   /* 0: STM_WINDOW_DEFAULT; above HEAP_START, at most STM_WINDOW_MAX, a multiple of 2 MiB */
    unsigned max_segments; /* 0: cores + 2; at most STM_MAX_SEGMENTS */
    uint64_t heap_limit;   /* bytes of heap pages in use; 0: what the window holds */
    int64_t quantum;       /* budget of every transaction in work units; 0: adaptive, ~1 ms */
    uint64_t chaos_seed;   /* abort at random safepoints; 0: off */
    uint64_t log_limit;    /* bytes of commit log above which committers wait; 0: 64 MiB */
    bool start_multi;      /* markers and log with one thread too; never goes solo */
    const char *event_log; /* JSON lines, one event each; NULL: none */
} StmConfig;

enum { STM_MAX_SEGMENTS = 64 };

/* Reserve the windows, install the fault handler. Once, before anything else, by the main thread
 * (which then registers). False, with one line on stderr, when the system refuses. */
bool stm_init(const StmConfig *config);
/* Write out the event log and give everything back. All threads but the caller have unregistered;
 * the caller has too, or is inside or outside a transaction (which is dropped). */
void stm_fini(void);

/* What stm needs from the layers above. gc_init and vm_init fill in their own rows; a NULL is
 * skipped. All run on the thread they concern, attached, unless said otherwise. None may jump. */
typedef struct StmHooks {
    /* gc ----------------------------------------------------------------------------------- */
    size_t (*object_size)(StmObj obj); /* bytes, of an object whose header's size is 0 (large) */
    void (*segment_borrowed)(void);    /* SEG is ours now: set nursery_free, nursery_end. The
                                          nursery is empty; its memory may be new */
    void (*collect_for_commit)(void);  /* minor collection: survivors to EXCLUSIVE pages with
                                          STMF_BARRIER and without STMF_OWN; nursery empty after.
                                          Ends with stm_rearm_written() */
    void (*collect_minor)(void);       /* the same in mid-transaction: survivors get OWN|BARRIER
                                          and are told by stm_note_own */
    /* At a safepoint with STM_CTL_COLLECT: a minor collection, and a major one if due (so it may
     * stop the world, and jump there). */
    void (*collect_wanted)(void);
    /* Which pages around `page` may change owner together with it (fault-around): its block or its
     * large object, never a nursery block, in which new objects are being made. Any thread */
    void (*page_group)(uint64_t page, uint64_t *first, size_t *n);
    void (*discard_young)(void);      /* abort: forget the nursery and what this transaction
                                         promoted; old objects are already restored */
    void (*forked)(void);             /* in the child of stm_fork, which has this thread alone */
    void (*mode_changed)(bool multi); /* solo <-> multi */
    void (*committed)(void);          /* this transaction's survivors are permanent now */
    /* vm ----------------------------------------------------------------------------------- */
    void (*loop_changed)(bool multi); /* solo <-> multi, after mode_changed */
    void (*jump)(void);              /* just before siglongjmp to abort_jmp; need not return, may jump itself */
    void (*save_thread)(void);       /* begin: save top frame, small thread state */
    void (*restore_thread)(void);    /* abort: put it back */
    void (*forget_saved)(void);      /* commit: no abort needs what save_thread saved */
    uint64_t (*current_place)(void); /* where this thread is in its program: never 0, never faults;
                                        0: unknown */
    /* for the event log; may be called by any thread, at any time after */
    void (*describe_place)(uint64_t place, char *text, size_t size); /* "file:line" */
    /* JSON members without braces, as "type":"Account","attr":"balance". Attached. May be called
     * with memory of any age: must not trust what it reads */
    void (*describe_object)(StmRef granule, char *text, size_t size);
    void (*dying)(int signal); /* in the handler of a SIGSEGV that is about to kill the process; may be on any thread */
    void (*segment_lost)(void); /* the thread has just given its segment back (detached) */
} StmHooks;
extern StmHooks stm_hooks;

/* ---- threads ----------------------------------------------------------------------------- */

typedef struct StmStats { /* counted by the thread itself, read by anybody (relaxed) */
#define STAT(name, what) uint64_t name;
#include "stm/stats.tbl"
#undef STAT
} StmStats;

/* A thread that runs transactions. Flat; made by stm_thread_register, lives until unregister. */
typedef struct StmThread {
    void *vm, *gc;         /* of those layers; stm copies them to SEG when it borrows a segment */
    sigjmp_buf *abort_jmp; /* where an abort jumps to when it cannot be told by a status. The VM
                              sets it with sigsetjmp(buf, 0) in its outermost loop */
    uint32_t c_depth; /* nested interpreters (C frames) above abort_jmp's: when nonzero an abort
                         at a safepoint jumps too */
    uint32_t atomic_depth; /* stm.atomic blocks: when nonzero safepoints do not end transactions */
    uint32_t id;           /* 1 .., never reused while the thread lives */
    bool inevitable;       /* the running transaction cannot abort */
    bool attached;         /* has a segment and a transaction (also in solo mode) */
    StmStats stats;
    struct StmThreadState *state; /* stm's own */
    struct StmThread *next;       /* list of all threads; under the pool lock */
} StmThread;

extern _Thread_local StmThread *stm_self;

/* Memory that one thread writes all the time, set to 0, on cache lines that hold nothing else: a neighbour that another thread
 * writes would have each of them wait for the other. Back with free(). NULL: no memory. Any thread. */
void *stm_calloc_lines(size_t size);
enum { STM_LINES = 128 }; /* processors fetch lines of 64 bytes in pairs */

/* Register the calling OS thread; it is detached then: set vm, gc, abort_jmp, then stm_attach().
 * NULL: no memory. A second thread may register only in multi mode: the starter of a thread calls
 * stm_enter_multi() first. */
StmThread *stm_thread_register(void);
/* The thread is detached. Frees *stm_self. */
void stm_thread_unregister(void);

static inline bool stm_is_solo(void) { return !SEG->multi; }
/* Before the first other thread is started: collects the nursery (collect_minor), turns on markers,
 * undo and log. At a safepoint or from C whose young objects the collector finds. Nothing if multi
 * already. The first transaction is inevitable: what starts the thread does not run twice. */
void stm_enter_multi(void);
/* From here on multi mode does not end when a thread is alone (--stm-multi). */
void stm_stay_multi(void);

/* ---- transactions ------------------------------------------------------------------------ */

typedef enum StmSafepoint {
    STM_SP_CONTINUE,  /* go on; objects may have moved */
    STM_SP_RESTARTED, /* the transaction was aborted and a new one begun: reload everything */
    STM_SP_EVENTS     /* go on, but first see to the events (STM_CTL_EVENTS was set) */
} StmSafepoint;

/* The interpreter calls this where it could be interrupted, when SEG->control != 0 or SEG->budget
 * < 0. May collect, commit and begin, stop for the collector, abort. */
StmSafepoint stm_safepoint_slow(void);
static inline StmSafepoint stm_safepoint(int64_t work) {
    SEG->budget -= work;
    if (LIKELY(SEG->control == 0 && SEG->budget >= 0)) return STM_SP_CONTINUE;
    return stm_safepoint_slow();
}

/* Detach: end the transaction (may jump) before a system call that may block, or before foreign
 * code. Until stm_attach() no heap object may be touched, nor SEG. In solo mode both cost nothing,
 * so the nursery stays as it is: do not rely on it. */
void stm_detach_slow(void);
static inline void stm_detach(void) {
    if (UNLIKELY(SEG->multi)) stm_detach_slow();
}
/* A new transaction begins, at the log's tail: restore_thread would come back to this point's saved
 * state. What must not run twice after it needs stm_become_inevitable(). */
void stm_attach(void);

/* End the running transaction and begin another one; jumps if it lost. A safepoint for the
 * collector. */
void stm_commit_and_begin(void);
/* A critical section begins: should the transaction end before it (contention.c)? And: one has ended, so
 * that the transaction should end soon. */
bool stm_split_here(void);
void stm_end_soon(void);
/* Others wait for what the transaction has written: it should end soon in any case. */
void stm_end_for_waiters(void);
/* Abort the running transaction and run it again (jumps). Not when inevitable. */
_Noreturn void stm_abort_and_restart(const char *why);

/* From here to its end the transaction cannot abort: all others wait when they want to commit.
 * Jumps if the transaction has lost already. `why` is a string constant for the event log. */
void stm_become_inevitable(const char *why);
/* Move the snapshot to the log's tail, so that what comes from outside the heap (a clock, memory
 * shared with others) is not newer than the heap. Jumps if what was read has changed. */
void stm_extend_snapshot(void);

/* stm_attach(), inevitable from the start: for C code that goes on after a system call, up to the
 * next safepoint, where the transaction ends soon. Never jumps. */
void stm_attach_inevitable(const char *why);

typedef enum StmWait { STM_WAIT_CHANGED, STM_WAIT_TIMEOUT, STM_WAIT_EVENT } StmWait;
/* End the transaction (may jump), sleep until the committed value of the granule at `ref` is not
 * `seen`, or `deadline_ns` (CLOCK_MONOTONIC; negative: never) has passed, or stm_post_event(); then
 * begin a transaction. CHANGED may be told without a change: look again. `ref` is of an old object
 * (gc: ask for its id, or the commit inside would move it). */
StmWait stm_wait_granule(StmRef ref, uint64_t seen, int64_t deadline_ns);
/* Wake `thread` from stm_wait_granule and set STM_CTL_EVENTS for it. Async-signal-safe for the
 * calling thread's own StmThread; otherwise the thread must not unregister meanwhile. */
void stm_post_event(StmThread *thread);

/* fork() with a child that is solo and has the calling thread alone. Ends the transaction (may
 * jump) and begins an inevitable one in the parent. -1 with errno. The child's heap is a copy of
 * the used pages. Between fork and exec use vfork or posix_spawn instead: they need none. */
pid_t stm_fork(void);

/* ---- barriers
 * ---------------------------------------------------------------------------------------------- */

/* Code that is compiled for one mode alone (the interpreter's loops) defines STM_COMPILED_MULTI before it includes anything;
 * all other code asks. */
#ifdef STM_COMPILED_MULTI
#define STM_MULTI STM_COMPILED_MULTI
#else
#define STM_MULTI UNLIKELY(SEG->multi)
#endif

/* Note that the running transaction has read the granule at `addr` (any address inside an object).
 * Call before the load. Not needed for immutable objects, guard words and covered words (below). Never faults, collects or aborts. */
static inline void stm_read(const volatile void GS *addr) {
    if (STM_MULTI) *(volatile uint8_t GS *)(STM_REF(addr) >> STM_GRANULE_SHIFT) = SEG->version;
}

void stm_write_slow(StmObj obj, const volatile void GS *addr);

/* stm_write of a granule that this transaction has read already, or of an object that nobody else knows: it needs no marker. */
static inline void stm_write_read(StmObj obj, const volatile void GS *addr) {
    if (UNLIKELY(obj->flags & STMF_BARRIER)) stm_write_slow(obj, addr);
}

/* Prepare to write the granule at `addr` inside `obj`: call before the store and after every
 * safepoint or callback. May fault on the page and so abort by longjmp; never collects. */
static inline void stm_write(StmObj obj, const volatile void GS *addr) {
    stm_read(addr);
    stm_write_read(obj, addr);
}

void stm_write_plain_slow(StmObj obj, const volatile void GS *addr);

/* Is the granule of a large array in the undo list, or does it need none? Of what is no large array: no. What is written all over soon
 * has whole cards. */
static inline bool stm_card_undone(const volatile void GS *addr) {
    unsigned card = *(const volatile uint8_t GS *)(STM_REF(addr) >> STM_CARD_SHIFT);
    return card == STM_CARD_WHOLE || card >> (STM_REF(addr) >> STM_GRANULE_SHIFT & 7) & 1;
}

/* stm_write_read and stm_write before a store of what is no reference: no collector needs to know. */
static inline void stm_write_plain_read(StmObj obj, const volatile void GS *addr) {
    if (STM_MULTI && UNLIKELY(obj->flags & STMF_BARRIER) && !stm_card_undone(addr)) stm_write_plain_slow(obj, addr);
}
static inline void stm_write_plain(StmObj obj, const volatile void GS *addr) {
    stm_read(addr);
    stm_write_plain_read(obj, addr);
}

/* The same before a store to a guard word: one that is read all the time and hardly ever changes (the version of a class).
 * Readers put no marker; a commit that has changed it is a conflict for every transaction that runs meanwhile. README,
 * Note "guard words". */
void stm_write_guard(StmObj obj, const volatile void GS *addr);

/* The same before a store to a covered word: a reference to `old`, whose readers put no marker there, but one into the object that
 * it refers to, and touch nothing else before that. A commit that has changed it is a conflict for those who have a marker anywhere
 * in `old` (0: there was nothing, and who reads that marks something that changes before there is). Once for each object that the word stands for.
 * README, Note "covered words". */
void stm_write_covered(StmObj obj, const volatile void GS *addr, StmRef old);

/* Fill in a word of an old or young object that is still 0 and that every thread would fill with the same value, which is
 * no reference (a hash): no barrier, no undo, seen by all segments or computed again. */
void stm_fill_word(uint64_t GS *word, uint64_t value);

/* The same as stm_read and stm_write for `bytes` bytes from `addr`. */
void stm_read_range(const volatile void GS *addr, size_t bytes);
void stm_write_range(StmObj obj, const volatile void GS *addr, size_t bytes);

void *stm_flat_slow(const volatile void GS *ref, size_t bytes, bool for_write);
/* The flat address of [ref, ref+bytes), all of it readable (and writable if `for_write`, after
 * stm_write): for memcpy, libraries and system calls. Must not live across anything that can reach
 * a safepoint. */
static inline void *stm_flat(const volatile void GS *ref, size_t bytes, bool for_write) {
    StmRef start = STM_REF(ref), page = start >> STM_PAGE_SHIFT;
    if (STM_MULTI && start >= HEAP_START) {
        unsigned local = SEG->page_local[page] & STM_LOCAL_MASK;
        bool good = for_write ? local >= STM_LOCAL_PRIVATE : local != STM_LOCAL_STALE;
        if (UNLIKELY(!good || (start + bytes - 1) >> STM_PAGE_SHIFT != page)) return stm_flat_slow(ref, bytes, for_write);
    }
    return (char *)SEG->self_base + start;
}

/* The same for reading [ref, ref+bytes) behind the header of `obj`, which has just been read: so its page needs no look. */
static inline const void *stm_flat_beside(StmObj obj, const volatile void GS *ref, size_t bytes) {
    StmRef end = STM_REF(ref) + bytes;
    if (STM_MULTI && (STM_REF(obj) ^ end) >> STM_PAGE_SHIFT) return stm_flat(ref, bytes, false);
    return (char *)SEG->self_base + STM_REF(ref);
}

/* The same for filling an object that has just been allocated: it is on pages of this segment until a wait. */
static inline void *stm_flat_new(const volatile void GS *ref) { return (char *)SEG->self_base + STM_REF(ref); }

/* ---- for the collector: what was written -------------------------------------------------- */

/* An old object (or card of one) that this thread has written since the last minor collection: it
 * may refer to nursery objects in [start, end). */
typedef struct StmRemembered {
    StmRef obj, start, end;
} StmRemembered;

typedef struct StmWritten { /* of the running transaction (solo: since the last collection) */
    StmRemembered *remembered;
    size_t n_remembered;
    struct StmUndoLog *undo; /* stm's own */
} StmWritten;

static inline StmRemembered *stm_remembered(size_t *n) {
    StmWritten *written = SEG->written;
    *n = written->n_remembered;
    return written->remembered;
}
/* The end of every minor collection: the remembered set becomes empty, its objects take the slow
 * path again at their next write. The collector rewrites nursery references in remembered objects
 * by plain stores, without barriers. */
void stm_rearm_written(void);

/* The objects in [start, end), one after the other, were made by this transaction on EXCLUSIVE
 * pages, with STMF_OWN|STMF_BARRIER (or'd with STMF_CARDS): stm clears OWN when it commits.
 * Call for survivors of collect_minor and for objects allocated old directly, never in solo mode
 * (where flags are STMF_BARRIER). */
void stm_note_own(StmRef start, StmRef end);

/* ---- for the collector: pages ------------------------------------------------------------- */

/* Pages are numbered by offset >> STM_PAGE_SHIFT. */

/* Make pages that hold nothing EXCLUSIVE to this segment, populated. Their content is undefined
 * (zero where fresh). False: heap limit, or the system refuses. Cheapest in big runs (1 MiB). */
bool stm_claim_pages(uint64_t first_page, size_t n);
/* Permanent memory (gc_alloc_permanent): the same page in every segment, readable and writable by
 * all, never VERSIONED, not released. Content zero. Any attached thread. */
bool stm_claim_permanent_pages(uint64_t first_page, size_t n);
/* The nursery too is made of claimed heap pages: so what a C frame holds can be promoted in place.
 * How many of the `bytes` from `from` are on pages EXCLUSIVE to this segment, from the first on:
 * new objects go only there. Pages may be taken away only in safepoints, waits, and faults
 * (touching an old object on a page that this transaction has not touched yet), so ask again after
 * those. */
size_t stm_owned_bytes(StmRef from, size_t bytes);
/* Pages that hold nothing: give their memory back to the system. Any state; attached or stopped. */
void stm_release_pages(uint64_t first_page, size_t n);
/* The same, but the pages stay EXCLUSIVE to the calling segment (solo: whatever they are). Zero then. */
void stm_discard_pages(uint64_t first_page, size_t n);
uint64_t stm_heap_end(void);     /* offset of the window's end */
unsigned stm_segment_count(void); /* how many transactions may run at a time */
uint64_t stm_pages_in_use(void); /* claimed and not released */

/* ---- for the collector: stop the world ---------------------------------------------------- */

/* All other threads at safepoints or detached, with empty nurseries (collect_minor) and at the
 * log's tail; the log empty, the base complete but for in-place writes of running transactions,
 * whose old values the undo lists hold. The caller is attached, its nursery collected or pinned,
 * and may have to abort (jumps). False: another thread stopped the world meanwhile, which was
 * joined: look again whether a collection is still needed. In solo mode: true at once. */
bool stm_stop_world(void);
void stm_resume_world(void);

void stm_for_each_thread_stw(void (*fn)(StmThread *thread, void *arg), void *arg);
/* Every range of old values kept by running transactions: n words at `obj` + offset; `old` what
 * was there when the transaction began, `now` what its thread sees. Both are roots. References to
 * the nursery in `old` are dead: skip them. */
typedef void StmUndoVisitor(void *arg, StmThread *thread, StmRef obj, uint64_t offset,
                            const uint64_t *old, const uint64_t *now, size_t n);
void stm_for_each_undo_stw(StmUndoVisitor *fn, void *arg);
/* Flat address of an offset: in the committed heap (stopped, or solo); of `bytes` from there on, as
 * `thread` sees them. That is the committed heap where it has no access: what its transaction has
 * written is on pages of its own (undo.c, U1). */
void *stm_base_flat(StmRef ref);
void *stm_thread_flat_stw(StmThread *thread, StmRef ref, size_t bytes);
bool stm_has_transaction_stw(StmThread *thread);
/* Set a committed word of an old object, and the same word in every copy of it, undo copies too. */
void stm_poke_stw(StmRef ref, uint64_t value);
/* Give VERSIONED pages back one copy: CLEAN, or EXCLUSIVE to their only user. */
void stm_reshare_page_run_stw(uint64_t first_page, size_t n);

typedef enum StmPageState {
    STM_PAGE_FREE,
    STM_PAGE_EXCLUSIVE,
    STM_PAGE_CLEAN,
    STM_PAGE_VERSIONED,
    STM_PAGE_PERMANENT /* outside all transactions: in place and writable in every segment */
} StmPageState;
StmPageState stm_page_state(uint64_t page, unsigned *owner); /* owner: segment index or 0 */

/* ---- events and errors -------------------------------------------------------------------- */

void stm_event_collection(uint64_t ns, bool major); /* the collector tells what it took */
/* Sum of all threads' statistics, of those that have ended too. */
void stm_total_stats(StmStats *out);
const char *stm_stat_name(unsigned i); /* NULL after the last */
/* The process ends: the counters of the threads that still run go to the event log. */
void stm_finish_event_log(void);
/* Aborts at random safepoints from now on (--stress-after=main) as StmConfig.chaos_seed. */
void stm_set_chaos(uint64_t seed);
void stm_set_quantum(int64_t quantum);

/* Memory has run out where no MemoryError can be raised: one line on stderr, exit status 1. */
_Noreturn void stm_out_of_memory(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A broken invariant: what broke, the thread's last events, the C stack; then abort. */
_Noreturn void stm_fatal(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
