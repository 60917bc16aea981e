/* Moving a segment's snapshot forward: validation and import of log entries.
 *
 * A conflict is a record that meets a granule with the running transaction's read marker; writes
 * mark too. Validation of an entry is complete before its import starts. The position is published
 * when the pages are up to date, so the base cannot pass what is still being read (log.c, L2). */
#include "stm/internal.h"

typedef struct StaleList {
    uint64_t *pages;
    size_t n, cap;
} StaleList;

/* The record of a conflict over a word that needs no marker (README, Notes "guard words" and "covered words"): the one that changes it. */
static const LogRecord *record_of(const LogEntry *entry, StmRef word, StmRef *where) {
    const LogRecord *r = (const LogRecord *)entry->words;
    const LogRecord *end = (const LogRecord *)(entry->words + entry->n_words);
    for (; r < end; r = RECORD_NEXT(r))
        if (word - RECORD_REF(r) < RECORD_GRANULES(r) * STM_GRANULE) {
            *where = word;
            return r;
        }
    /* That word has its old value again, but there may be others. */
    if (entry->n_words == 0) return NULL;
    *where = RECORD_REF((const LogRecord *)entry->words);
    return (const LogRecord *)entry->words;
}

/* The granule of `entry` that our transaction has read, or 0. */
static const LogRecord *validate_entry(StmSegmentState *seg, const LogEntry *entry, StmRef *where) {
    const LogRecord *r = (const LogRecord *)entry->words;
    const LogRecord *end = (const LogRecord *)(entry->words + entry->n_words);
    if (UNLIKELY(entry->guard)) {
        const LogRecord *changed = record_of(entry, entry->guard, where);
        if (changed) return changed;
    }
    for (size_t i = 0; i < entry->n_covers; i++) {
        const LogCover *cover = &ENTRY_COVERS(entry)[i];
        if (!marked_granule(seg, cover->start, (cover->end - cover->start) / STM_GRANULE)) continue;
        const LogRecord *changed = record_of(entry, cover->word, where);
        if (changed) return changed;
    }
    for (; r < end; r = RECORD_NEXT(r)) {
        StmRef hit = marked_granule(seg, RECORD_REF(r), RECORD_GRANULES(r));
        if (!hit) continue;
        *where = hit;
        return r;
    }
    return NULL;
}

/* The part of a record that lies on `page`, into memory that shows that page. */
void import_part(StmSegmentState *seg, uint64_t page, const LogRecord *record) {
    StmRef start = RECORD_REF(record), end = start + RECORD_GRANULES(record) * STM_GRANULE;
    StmRef lo = start > PAGE_REF(page) ? start : PAGE_REF(page);
    StmRef hi = end < PAGE_REF(page + 1) ? end : PAGE_REF(page + 1);
    log_copy_record(seg->base + lo, record, (lo - start) / STM_GRANULE, (hi - lo) / STM_GRANULE);
}

/* Has the present or last transaction read on the page? Then a copy pays, else it is left STALE. */
static bool import_wants_copy(StmSegmentState *seg, uint64_t page) {
    if (atomic_load_relaxed(&stm_world.maps_tight)) return true;
    return marked_granule(seg, PAGE_REF(page), STM_PAGE / STM_GRANULE) != 0;
}

static void import_record(StmSegmentState *seg, StmUndoLog *undo, const LogRecord *r,
                          StaleList *stale) {
    StmRef last = RECORD_REF(r) + RECORD_GRANULES(r) * STM_GRANULE - 1;
    for (uint64_t page = PAGE_OF(RECORD_REF(r)); page <= PAGE_OF(last); page++) {
        unsigned local = *page_local(seg, page);
        if ((local & STM_LOCAL_MASK) == STM_LOCAL_STALE) continue;
        if ((local & STM_LOCAL_MASK) == STM_LOCAL_EXCL)
            stm_fatal("a log record is on page %#lx, EXCLUSIVE to segment %u", page, seg->index);
        if ((local & STM_LOCAL_MASK) == STM_LOCAL_SHARED) {
            if (!import_wants_copy(seg, page)) {
                *page_local(seg, page) = STM_LOCAL_STALE;
                GROW(stale->pages, stale->cap, stale->n + 1);
                stale->pages[stale->n++] = page;
                continue;
            }
            page_privatise(seg, page);
        }
        if (local & LOCAL_UNDO) undo_import(undo, page, r);
        import_part(seg, page, r);
        stat_add(&seg->thread->stats.imports, 1);
    }
}

static int compare_pages(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The number of mappings nears its limit: pages between two STALE ones become STALE too, where
 * nothing of the running transaction is lost by it. True if all of [page, end) can. */
static bool import_may_widen(StmSegmentState *seg, uint64_t page, uint64_t end) {
    enum { WIDEN_MAX = 4096 };
    if (!atomic_load_relaxed(&stm_world.maps_tight) || end - page > WIDEN_MAX) return false;
    for (; page < end; page++) {
        unsigned local = *page_local(seg, page);
        if (local == STM_LOCAL_STALE) { /* not of pages that others hold in place, or free ones */
            StmPageState state = stm_page_state(page, NULL);
            if (state != STM_PAGE_CLEAN && state != STM_PAGE_VERSIONED) return false;
        } else if (local != STM_LOCAL_SHARED && local != STM_LOCAL_PRIVATE) {
            return false;
        }
    }
    return true;
}

/* Access rights of the pages that became STALE go in runs. */
static void import_protect_stale(StmSegmentState *seg, StaleList *stale, bool in_transaction) {
    if (stale->n == 0) return;
    uint64_t *pages = stale->pages;
    qsort(pages, stale->n, sizeof *pages, compare_pages);
    pthread_mutex_lock(&stm_world.page_lock);
    for (size_t i = 0; i < stale->n;) {
        uint64_t first = pages[i], end = first + 1;
        for (i++; i < stale->n; i++) {
            if (pages[i] != end && !import_may_widen(seg, end, pages[i])) break;
            end = pages[i] + 1;
        }
        page_make_stale(seg, first, end - first);
        for (uint64_t page = first; in_transaction && page < end; page++) page_note_lost(seg, page);
    }
    pthread_mutex_unlock(&stm_world.page_lock);
    stat_add(&seg->thread->stats.page_stale, stale->n);
    free(pages);
}

bool import_to_tail(StmSegmentState *seg, bool validate) {
    StmThread *thread = seg->thread;
    LogEntry *pos = seg->pos, *next;
    StaleList stale = {0};
    bool good = true;
    while ((next = log_next_closed(pos))) {
        StmRef where;
        const LogRecord *met = validate ? validate_entry(seg, next, &where) : NULL;
        if (met) {
            event_conflict(thread, next, met, where);
            good = false;
            break;
        }
        const LogRecord *r = (const LogRecord *)next->words;
        const LogRecord *end = (const LogRecord *)(next->words + next->n_words);
        for (; r < end; r = RECORD_NEXT(r)) import_record(seg, &thread->state->undo, r, &stale);
        pos = next;
    }
    import_protect_stale(seg, &stale, validate);
    /* Release: the base may move to `pos` now (log_smallest_position acquires). */
    atomic_store_release(&seg->pos, pos);
    return good;
}
