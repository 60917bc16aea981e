/* The commit log: a linked list of what transactions changed, the base behind it, and its advance.
 *
 * L1: an entry is immutable once closed; entries follow in serial order; `next` is set once, by the
 *     compare-and-swap of the committer that had imported everything before.
 * L2: base_entry is older than or equal to the position of every segment that is not evicted, so a
 *     page SHARED in a segment (no newer record touches it up to its position) cannot change under
 * it. L3: entries strictly older than base_entry are free; base_entry itself is the anchor. Who
 * walks the log starts at its own segment's position, or at base_entry with base_lock held
 * (rebuilds), so nobody needs an entry that the advance frees: Note "log reclamation". */
#define _GNU_SOURCE
#include "stm/internal.h"

LogEntry *log_entry_new(const uint64_t *words, size_t n_words, size_t n_covers) {
    LogEntry what = {.closed = 1, .n_words = n_words, .n_covers = n_covers};
    LogEntry *entry = malloc(sizeof *entry + ENTRY_CONTENT(&what));
    if (!entry) stm_out_of_memory("out of memory for the commit log");
    *entry = what;
    entry->words = (uint64_t *)(entry + 1);
    if (ENTRY_CONTENT(entry)) memcpy(entry->words, words, ENTRY_CONTENT(entry));
    return entry;
}

static void log_entry_free(LogEntry *entry) {
    if (entry->words != (uint64_t *)(entry + 1)) free(entry->words);
    free(entry);
}

void log_lock_init(void) {
    /* Writers first: a stream of rebuilds must not keep the base from moving. */
    pthread_rwlockattr_t attr;
    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&stm_world.log.base_lock, &attr);
    pthread_rwlockattr_destroy(&attr);
}

void log_init(uint64_t limit) {
    Log *log = &stm_world.log;
    log->limit = limit;
    log->base_entry = log_entry_new(NULL, 0, 0);
    log->base_seq = log->base_entry->seq = log->tail_seq = 1;
}

void log_fini(void) {
    Log *log = &stm_world.log;
    for (LogEntry *e = log->base_entry, *next; e; e = next) {
        next = e->next;
        log_entry_free(e);
    }
    pthread_rwlock_destroy(&log->base_lock);
}

LogEntry *log_next_closed(const LogEntry *entry) {
    /* Acquire: pairs with the CAS in log_append and the release in log_close: the records' words.
     */
    LogEntry *next = atomic_load_acquire(&entry->next);
    return next && atomic_load_acquire(&next->closed) ? next : NULL;
}

uint64_t log_bytes(void) {
    Log *log = &stm_world.log;
    return atomic_load_relaxed(&log->published_bytes) - atomic_load_relaxed(&log->freed_bytes);
}

/* Publish `entry` behind `tail`, which the caller's segment has imported. False: another one was
 * first. */
bool log_append(LogEntry *tail, LogEntry *entry) {
    Log *log = &stm_world.log;
    LogEntry *none = NULL;
    entry->seq = tail->seq + 1;
    /* Read before publishing: afterwards the entry may be imported everywhere and freed. */
    uint64_t seq = entry->seq, bytes = ENTRY_CONTENT(entry) + sizeof *entry;
    atomic_add_relaxed(&log->published_bytes, bytes);
    if (!atomic_cas_seqcst(&tail->next, &none, entry)) {
        atomic_add_relaxed(&log->published_bytes, -bytes);
        return false;
    }
    atomic_store_relaxed(&log->tail_seq, seq);
    return true;
}

/* An inevitable transaction ends: its records, all at once. */
void log_close(LogEntry *entry, const uint64_t *words, size_t n_words, size_t n_covers) {
    if (n_words) {
        entry->n_words = n_words;
        entry->n_covers = n_covers;
        entry->words = malloc(ENTRY_CONTENT(entry));
        if (!entry->words) stm_out_of_memory("out of memory for the commit log");
        memcpy(entry->words, words, ENTRY_CONTENT(entry));
        atomic_add_relaxed(&stm_world.log.published_bytes, ENTRY_CONTENT(entry));
    }
    atomic_store_seqcst(&entry->closed, 1); /* publishes the records; then waiters are woken */
}

/* ---- the base ----------------------------------------------------------------------------- */

/* The smallest position of all segments that are not evicted. Positions only grow, so the answer
 * stays a lower bound. */
static LogEntry *log_smallest_position(void) {
    LogEntry *min = NULL;
    for (unsigned i = 1; i <= stm_world.n_segments; i++) {
        StmSegmentState *seg = &stm_world.segs[i];
        if (atomic_load_seqcst(&seg->evicted)) continue;
        /* Acquire: the segment's imports up to there are done before its page is written here. */
        LogEntry *pos = atomic_load_acquire(&seg->pos);
        if (!min || pos->seq < min->seq) min = pos;
    }
    return min;
}

/* Copy a record over memory that holds the same object: all but a header's flags byte. */
void log_copy_record(char *to, const LogRecord *record, size_t from_granule, size_t granules) {
    const char *words = (const char *)(record->words + from_granule);
    size_t bytes = granules * STM_GRANULE;
    if (RECORD_IS_HEADER(record) && from_granule == 0) {
        memcpy(to, words, offsetof(StmObject, flags));
        size_t rest = offsetof(StmObject, flags) + 1;
        memcpy(to + rest, words + rest, bytes - rest);
    } else {
        memcpy(to, words, bytes);
    }
}

/* Apply entries to the base until it is at `to`, which every segment has imported. Write-locked. */
static void log_advance_locked(LogEntry *to) {
    Log *log = &stm_world.log;
    uint64_t freed = 0;
    char *base = stm_world.segs[0].base;
    while (log->base_entry != to) {
        LogEntry *old = log->base_entry, *entry = atomic_load_acquire(&old->next);
        const LogRecord *r = (const LogRecord *)entry->words;
        const LogRecord *end = (const LogRecord *)(entry->words + entry->n_words);
        for (; r < end; r = RECORD_NEXT(r))
            log_copy_record(base + RECORD_REF(r), r, 0, RECORD_GRANULES(r));
        log->base_entry = entry;
        /* Nobody reads the records of the anchor, so they do not count: one entry larger than the log's limit would stop every commit. */
        freed += ENTRY_CONTENT(entry) + sizeof *old;
        log_entry_free(old);
    }
    atomic_store_release(&log->base_seq, log->base_entry->seq);
    atomic_add_relaxed(&log->freed_bytes, freed);
}

static void log_base_moved(void) {
    atomic_add_seqcst(&stm_world.log.space_futex, 1);
    futex_wake(&stm_world.log.space_futex, INT32_MAX);
}

/* Move the base as far as it may go. `wait`: even if somebody else is at it. */
void log_advance(bool wait) {
    Log *log = &stm_world.log;
    if (wait)
        pthread_rwlock_wrlock(&log->base_lock);
    else if (pthread_rwlock_trywrlock(&log->base_lock))
        return;
    LogEntry *before = log->base_entry, *to = log_smallest_position();
    if (to) log_advance_locked(to);
    bool moved = log->base_entry != before;
    pthread_rwlock_unlock(&log->base_lock);
    if (moved) log_base_moved();
}

/* At a transaction's end: advance when the log has grown some, evict idle segments that hold it. */
void log_maintain(StmSegmentState *seg) {
    enum { ADVANCE_AFTER = 16, EVICT_AFTER = 256 };
    Log *log = &stm_world.log;
    uint64_t behind = seg->pos->seq - atomic_load_acquire(&log->base_seq);
    bool large = log_bytes() > log->limit / 4;
    if (behind < ADVANCE_AFTER && !large) return;
    if (behind >= EVICT_AFTER || large) segment_evict_idle(seg->pos->seq - ADVANCE_AFTER / 2);
    log_advance(false);
}

/* An evicted segment becomes a follower of the log again: its SHARED pages read the base as it is.
 */
void log_restart_at_base(StmSegmentState *seg) {
    pthread_rwlock_rdlock(&stm_world.log.base_lock);
    atomic_store_release(&seg->pos, stm_world.log.base_entry);
    atomic_store_seqcst(&seg->evicted, false);
    pthread_rwlock_unlock(&stm_world.log.base_lock);
}
