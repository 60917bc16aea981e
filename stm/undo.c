/* The undo list of a transaction: copies of what it changed, taken before the first write.
 *
 * U1: an object with STMF_UNDONE (a granule of a large array with its card bit) has its old content here, and its
 * pages are EXCL or PRIVATE in the transaction's segment until the transaction ends. U2: an entry
 * that starts at its object starts with the header; no other entry contains one. U3: objects made
 * by the transaction (own ranges) on EXCLUSIVE pages are not here; when such a page is taken away
 * they get entries whose content is the base's, so that the commit finds by comparison what was
 * stored after. U4: a granule of a large array may be covered twice, by
 * its UndoGranule and by its page's entry, which is then the newer one and no longer has what the transaction found: so
 * whoever brings old content back takes the entries first, then the granules. */
#include "stm/internal.h"
#include <emmintrin.h>

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

/* Copies of whole pages are hardly ever read again: past the caches, which hold what the program works on. `to` is aligned to 16 bytes. */
static void copy_out(uint64_t *to, const uint64_t *from, size_t words) {
    size_t i = 0;
    for (; i + 8 <= words; i += 8) { /* a cache line */
        const __m128i *source = (const __m128i *)(from + i);
        __m128i a = _mm_loadu_si128(source), b = _mm_loadu_si128(source + 1), c = _mm_loadu_si128(source + 2), d = _mm_loadu_si128(source + 3);
        __m128i *target = (__m128i *)(to + i);
        _mm_stream_si128(target, a);
        _mm_stream_si128(target + 1, b);
        _mm_stream_si128(target + 2, c);
        _mm_stream_si128(target + 3, d);
    }
    for (; i < words; i++) to[i] = from[i];
    _mm_sfence(); /* a collector may read the copy once this thread is stopped: locks do not order such stores */
}

void undo_push(StmUndoLog *undo, StmRef obj, StmRef start, size_t bytes, const void *content,
               uint64_t place) {
    GROW(undo->entries, undo->cap, undo->n + 1);
    UndoEntry *e = &undo->entries[undo->n++];
    *e = (UndoEntry){start, *(const uint64_t *)content, place, (uint32_t)bytes, (uint32_t)((start - obj) / STM_GRANULE)};
    if (bytes == STM_GRANULE) return;
    size_t words = bytes / STM_GRANULE;
    bool large = words >= STM_PAGE / STM_GRANULE / 2;
    if (large) undo->n_words += undo->n_words & 1; /* copy_out */
    e->old = undo->n_words;
    GROW(undo->data, undo->cap_words, undo->n_words + words);
    if (large)
        copy_out(undo->data + undo->n_words, content, words);
    else
        memcpy(undo->data + undo->n_words, content, bytes);
    undo->n_words += words;
}

void undo_push_granule(StmUndoLog *undo, StmObj obj, StmRef start, uint64_t content, uint64_t place) {
    if (UNLIKELY(undo->n_granules == undo->cap_granules)) GROW(undo->granules, undo->cap_granules, undo->n_granules + 1);
    if (UNLIKELY(stm_world.events_on)) {
        GROW(undo->granule_places, undo->cap_places, undo->n_granules + 1);
        undo->granule_places[undo->n_granules] = place;
    }
    undo->granules[undo->n_granules++] =
        (UndoGranule){start >> STM_GRANULE_SHIFT | PAGE_OF(STM_REF(obj)) << UNDO_OBJECT_SHIFT, content};
}

void undo_note_own_page(StmUndoLog *undo, uint64_t page) {
    GROW(undo->own_pages, undo->cap_own_pages, undo->n_own_pages + 1);
    undo->own_pages[undo->n_own_pages++] = page;
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

enum { INDEX_GRANULE = 1u << 31 }; /* UndoSpan.entry: of the granules */

/* Most transactions never ask, so the index is made when somebody does. Chains begin with what was added last: entries (U4). */
static void undo_index_refresh(StmUndoLog *undo) {
    if (undo->n_index == 0) {
        GROW(undo->index, undo->cap_index, (size_t)INDEX_BUCKETS);
        memset(undo->index, 0, INDEX_BUCKETS * sizeof *undo->index);
        undo->n_index = INDEX_BUCKETS;
        undo->indexed = undo->indexed_granules = 0;
    }
    for (; undo->indexed_granules < undo->n_granules; undo->indexed_granules++)
        undo_index_add(undo, PAGE_OF(undo_granule_ref(&undo->granules[undo->indexed_granules])),
                       (uint32_t)undo->indexed_granules | INDEX_GRANULE);
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
        if (span.entry & INDEX_GRANULE) {
            UndoGranule *g = &undo->granules[span.entry & ~INDEX_GRANULE];
            fn(arg, undo_granule_ref(g), undo_granule_ref(g) + STM_GRANULE, &g->old);
            continue;
        }
        UndoEntry *e = &undo->entries[span.entry];
        StmRef from = e->start, to = e->start + e->bytes;
        if (from < PAGE_REF(page)) from = PAGE_REF(page);
        if (to > PAGE_REF(page + 1)) to = PAGE_REF(page + 1);
        fn(arg, from, to, undo_old(undo, e) + (from - e->start) / STM_GRANULE);
    }
}

/* Call fn for everything in the list: n words at `start`. What has the oldest content comes last (U4). */
void undo_for_each(StmUndoLog *undo, UndoPieceFn *fn, void *arg) {
    for (size_t i = undo->n; i-- > 0;) {
        UndoEntry *e = &undo->entries[i];
        fn(arg, undo_object(e), e->start, undo_old(undo, e), e->bytes / STM_GRANULE);
    }
    for (size_t i = undo->n_granules; i-- > 0;) {
        UndoGranule *g = &undo->granules[i];
        fn(arg, undo_granule_object(g), undo_granule_ref(g), &g->old, 1);
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

static void undo_clear_cards(StmSegmentState *seg, uint64_t page) {
    memset(seg->base + (PAGE_REF(page) >> STM_CARD_SHIFT), 0, STM_PAGE / STM_CARD);
}

/* The page has nothing in the undo list any more. seq: as below. */
static void undo_forget_page(StmSegmentState *seg, uint64_t page, uint64_t seq) {
    uint8_t *local = page_local(seg, page);
    *local &= ~LOCAL_UNDO;
    /* P5: who visits an EXCLUSIVE page that we changed must be at least where we are serialised. */
    if (seq && (*local & STM_LOCAL_MASK) == STM_LOCAL_EXCL) page_info(page)->changed = seq;
}

static void undo_forget_cards(StmSegmentState *seg, uint64_t page) {
    *page_heat(seg, page) &= (uint8_t)~HEAT_COUNT;
    undo_clear_cards(seg, page);
}

/* Everything is forgotten, flags and cards are armed again. seq: the commit's position; 0 for an abort, whose copies have
 * brought back headers as they were. */
static void undo_forget(StmUndoLog *undo, StmSegmentState *seg, uint64_t seq) {
    uint64_t done = 0; /* many entries follow others of the same page */
    for (size_t i = 0; i < undo->n; i++) {
        UndoEntry *e = &undo->entries[i];
        StmObject *obj = (StmObject *)(seg->base + e->start);
        bool cards = e->inside || obj->flags & STMF_CARDS; /* small objects mostly have one entry, with their header */
        if (!e->inside && seq) obj->flags = (obj->flags & ~STMF_UNDONE) | STMF_BARRIER;
        for (uint64_t page = PAGE_OF(e->start); page <= PAGE_OF(e->start + e->bytes - 1); page++) {
            if (cards) undo_forget_cards(seg, page);
            if (page != done) undo_forget_page(seg, page, seq);
            done = page;
        }
    }
    done = 0;
    for (size_t i = 0; i < undo->n_granules; i++) {
        uint64_t page = PAGE_OF(undo_granule_ref(&undo->granules[i]));
        if (page == done) continue;
        undo_forget_page(seg, page, seq);
        undo_forget_cards(seg, page);
        done = page;
    }
    for (size_t i = 0; i < undo->n_own_pages; i++) undo_clear_cards(seg, undo->own_pages[i]);
    undo->n = undo->n_words = undo->n_granules = undo->n_own = undo->n_own_pages = undo->n_guards = undo->n_covers = 0;
    undo->n_index = undo->indexed = undo->indexed_granules = 0;
}

void undo_commit(StmUndoLog *undo, StmSegmentState *seg, uint64_t seq) {
    undo_publish_own(undo);
    undo_forget(undo, seg, seq);
}

static void undo_restore_piece(void *seg, StmRef obj, StmRef start, uint64_t *old, size_t n) {
    (void)obj;
    memcpy(((StmSegmentState *)seg)->base + start, old, n * STM_GRANULE);
}

/* Abort: old content comes back; headers in the copies have their flags armed. */
void undo_restore(StmUndoLog *undo, StmSegmentState *seg) {
    undo_for_each(undo, undo_restore_piece, seg);
    undo_forget(undo, seg, 0);
}

void undo_free(StmUndoLog *undo) {
    free(undo->entries);
    free(undo->data);
    free(undo->granules);
    free(undo->granule_places);
    free(undo->index);
    free(undo->own);
    free(undo->own_pages);
    free(undo->guards);
    free(undo->covers);
}
