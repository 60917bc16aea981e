/* The undo list of a transaction: copies of what it changed, taken before the first write.
 *
 * U1: an object with STMF_UNDONE (a card with CARD_UNDONE) has its old content here, and all its
 * pages are EXCL or PRIVATE in the transaction's segment until the transaction ends. U2: an entry
 * that starts at its object starts with the header; no other entry contains one. U3: objects made
 * by the transaction (own ranges) on EXCLUSIVE pages are not here; when such a page is taken away
 * they get entries whose content is the base's, so that the commit finds by comparison what was
 * stored after. U4: of large arrays several entries may cover a granule (its own, its card's, its page's): the oldest has what
 * the transaction found, so an abort restores from the newest to the oldest. */
#include "stm/internal.h"

typedef struct UndoSpan { /* an entry on a page, or a chain's head */
    uint64_t page;
    uint32_t entry, next; /* next: index + 1 */
} UndoSpan;

void *grow_array(void *array, size_t *cap, size_t want, size_t size) {
    if (want <= *cap) return array;
    size_t bigger = *cap ? *cap * 2 : 64;
    while (bigger < want) bigger *= 2;
    array = realloc(array, bigger * size);
    if (!array) stm_out_of_memory("out of memory for a transaction's lists");
    *cap = bigger;
    return array;
}

/* Copies of whole pages are hardly ever read again: past the caches, which hold what the program works on. */
static void copy_out(uint64_t *to, const uint64_t *from, size_t words) {
    for (size_t i = 0; i < words; i++) __builtin_ia32_movnti64((long long *)&to[i], (long long)from[i]);
    __builtin_ia32_sfence(); /* a collector may read the copy once this thread is stopped: locks do not order such stores */
}

void undo_push(StmUndoLog *undo, StmRef obj, StmRef start, size_t bytes, const void *content,
               uint64_t place) {
    undo_push_granule(undo, obj, start, *(const uint64_t *)content, place);
    if (bytes == STM_GRANULE) return;
    UndoEntry *e = &undo->entries[undo->n - 1];
    e->old = undo->n_words;
    e->bytes = (uint32_t)bytes;
    size_t words = bytes / STM_GRANULE;
    GROW(undo->data, undo->cap_words, undo->n_words + words);
    if (words >= STM_PAGE / STM_GRANULE / 2)
        copy_out(undo->data + undo->n_words, content, words);
    else
        memcpy(undo->data + undo->n_words, content, bytes);
    undo->n_words += words;
}

void undo_note_card(StmUndoLog *undo, StmRef card) {
    GROW(undo->cards, undo->cap_cards, undo->n_cards + 1);
    undo->cards[undo->n_cards++] = card;
}

void stm_note_own(StmRef start, StmRef end) {
    StmUndoLog *undo = ((StmWritten *)SEG->written)->undo;
    enum { OWN_RANGE_MAX = 64 << 10 }; /* transfers of pages walk a range from its start */
    OwnRange *last = undo->n_own ? &undo->own[undo->n_own - 1] : NULL;
    if (last && last->end == start && end - last->start <= OWN_RANGE_MAX) {
        last->end = end;
        return;
    }
    GROW(undo->own, undo->cap_own, undo->n_own + 1);
    undo->own[undo->n_own++] = (OwnRange){start, end};
}

/* ---- by page ------------------------------------------------------------------------------ */

enum { INDEX_BUCKETS = 1024 };

static void undo_index_add(StmUndoLog *undo, uint64_t page, uint32_t entry) {
    GROW(undo->index, undo->cap_index, undo->n_index + 1);
    UndoSpan *head = &undo->index[page % INDEX_BUCKETS];
    undo->index[undo->n_index] = (UndoSpan){page, entry, head->next};
    undo->index[page % INDEX_BUCKETS].next = (uint32_t)++undo->n_index;
}

/* Most transactions never ask, so the index is made when somebody does. */
static void undo_index_refresh(StmUndoLog *undo) {
    if (undo->n_index == 0) {
        GROW(undo->index, undo->cap_index, (size_t)INDEX_BUCKETS);
        memset(undo->index, 0, INDEX_BUCKETS * sizeof *undo->index);
        undo->n_index = INDEX_BUCKETS;
        undo->indexed = 0;
    }
    for (; undo->indexed < undo->n; undo->indexed++) {
        UndoEntry *e = &undo->entries[undo->indexed];
        for (uint64_t page = PAGE_OF(e->start); page <= PAGE_OF(e->start + e->bytes - 1); page++)
            undo_index_add(undo, page, (uint32_t)undo->indexed);
    }
}

/* Call fn for every entry that touches `page`, with the part on it. */
void undo_for_page(StmUndoLog *undo, uint64_t page, UndoPageFn *fn, void *arg) {
    undo_index_refresh(undo);
    uint32_t at = undo->index[page % INDEX_BUCKETS].next;
    while (at) {
        UndoSpan span = undo->index[at - 1];
        at = span.next;
        if (span.page != page) continue;
        UndoEntry *e = &undo->entries[span.entry];
        StmRef from = e->start, to = e->start + e->bytes;
        if (from < PAGE_REF(page)) from = PAGE_REF(page);
        if (to > PAGE_REF(page + 1)) to = PAGE_REF(page + 1);
        fn(arg, from, to, undo_old(undo, e) + (from - e->start) / STM_GRANULE);
    }
}

bool undo_owns_on_page(const StmUndoLog *undo, uint64_t page) {
    for (size_t i = 0; i < undo->n_own; i++)
        if (undo->own[i].start < PAGE_REF(page + 1) && undo->own[i].end > PAGE_REF(page))
            return true;
    return false;
}

/* A record is being imported into a page with undo copies: into those too, so that an abort does
 * not bring back what the record replaced. */
typedef struct {
    const LogRecord *record;
} ImportArg;

static void undo_import_into(void *arg, StmRef from, StmRef to, uint64_t *old) {
    const LogRecord *record = ((ImportArg *)arg)->record;
    StmRef start = RECORD_REF(record), end = start + RECORD_GRANULES(record) * STM_GRANULE;
    StmRef lo = from > start ? from : start, hi = to < end ? to : end;
    if (lo >= hi) return;
    log_copy_record((char *)old + (lo - from), record, (lo - start) / STM_GRANULE,
                    (hi - lo) / STM_GRANULE);
}

void undo_import(StmUndoLog *undo, uint64_t page, const LogRecord *record) {
    ImportArg arg = {record};
    undo_for_page(undo, page, undo_import_into, &arg);
}

/* ---- ends of transactions ----------------------------------------------------------------- */

/* Objects made by this transaction become ordinary old objects. */
static void undo_publish_own(StmUndoLog *undo) {
    for (size_t i = 0; i < undo->n_own; i++) {
        StmRef end = undo->own[i].end;
        for (StmRef at = undo->own[i].start; at < end;) {
            StmObj obj = STM_OBJ(at);
            obj->flags = (obj->flags & ~(STMF_OWN | STMF_UNDONE)) | STMF_BARRIER;
            at += object_bytes(obj);
        }
    }
}

static void undo_clear_cards(char *window, StmRef start, size_t bytes) {
    StmRef first = start >> STM_CARD_SHIFT, last = (start + bytes - 1) >> STM_CARD_SHIFT;
    if (first == last)
        window[CARDS_BASE + first] = 0;
    else
        memset(window + CARDS_BASE + first, 0, last - first + 1);
}

/* Everything is forgotten, flags and cards are armed again. seq: the commit's position; 0 for an abort, whose copies have
 * brought back headers as they were. */
static void undo_forget(StmUndoLog *undo, StmSegmentState *seg, uint64_t seq) {
    uint64_t done = 0; /* many entries follow others of the same page */
    for (size_t i = 0; i < undo->n; i++) {
        UndoEntry *e = &undo->entries[i];
        for (uint64_t page = PAGE_OF(e->start); page <= PAGE_OF(e->start + e->bytes - 1); page++) {
            if (page == done) continue;
            done = page;
            uint8_t *local = page_local(seg, page);
            *local &= ~LOCAL_UNDO;
            /* P5: who visits an EXCLUSIVE page that we changed must be at least where we are serialised. */
            if (seq && (*local & LOCAL_MASK) == LOCAL_EXCL) page_info(page)->changed = seq;
        }
        unsigned flags = STMF_CARDS;
        if (e->inside == 0) {
            StmObject *obj = (StmObject *)(seg->base + e->start);
            flags = obj->flags;
            if (seq) obj->flags = (flags & ~STMF_UNDONE) | STMF_BARRIER;
        }
        if (flags & STMF_CARDS) undo_clear_cards(seg->base, e->start, e->bytes);
    }
    for (size_t i = 0; i < undo->n_cards; i++) undo_clear_cards(seg->base, undo->cards[i], 1);
    undo->n = undo->n_words = undo->n_own = undo->n_cards = undo->n_guards = 0;
    undo->n_index = undo->indexed = 0;
}

void undo_commit(StmUndoLog *undo, StmSegmentState *seg, uint64_t seq) {
    undo_publish_own(undo);
    undo_forget(undo, seg, seq);
}

/* Abort: old content comes back, newest first; headers in the copies have their flags armed. */
void undo_restore(StmUndoLog *undo, StmSegmentState *seg) {
    for (size_t i = undo->n; i-- > 0;) {
        UndoEntry *e = &undo->entries[i];
        if (e->bytes == STM_GRANULE)
            *(uint64_t *)(seg->base + e->start) = e->old;
        else
            memcpy(seg->base + e->start, undo->data + e->old, e->bytes);
    }
    undo_forget(undo, seg, 0);
}

void undo_free(StmUndoLog *undo) {
    free(undo->entries);
    free(undo->data);
    free(undo->index);
    free(undo->own);
    free(undo->cards);
    free(undo->guards);
}
