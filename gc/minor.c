/* Minor collection: the running transaction's young objects move to old blocks of this segment.
 *
 * Copying, in Cheney's way (CACM 1970), with two differences: survivors go to the holes of several
 * cursors, so what is still to be scanned is each cursor's [scan, free) and a list of spans that
 * cursors have left; and what C frames refer to stays in place (nursery.c, Note "Pinned objects").
 * The cost is that of roots, remembered objects and survivors; the dead cost nothing.
 *
 * Order: pins first (so that nothing pinned is moved), then exact roots, the remembered set, fresh
 * old objects, then the scan to its fixed point; weak words, finalizers (which bring objects back),
 * weak words again; the nursery is reset last.
 *
 * I5  While a collection runs, a nursery header says FORWARDED (word 1: the new offset), PINNED, or
 *     neither: not reached so far. */
#include "gc/internal.h"
#include <stdlib.h>
#include <string.h>

/* Per thread, so that minor collections of different segments run side by side. */
typedef struct GcMinor {
    char *view;
    GcSegment *segment;
    GcThread *thread;
    uint64_t flags; /* of survivors, in the header's place */
    bool large;     /* this thread has young large objects */
    bool active;
    bool multi;        /* promoted spans are noted */
    bool own;          /* and told to stm: the transaction goes on */
    GcSpans spans;     /* promoted, to be scanned */
    GcRefs reached;    /* large ones and those with ids, to be scanned */
    GcSpans promoted;  /* all of them, if `multi` */
    GcRefs pinned;     /* sorted when it is complete */
    GcRefs candidates; /* words of C stacks that point into the nursery */
    uint64_t copied, kept;
} GcMinor;
static _Thread_local GcMinor minor;

static inline GcWord *at(StmRef ref) { return (GcWord *)(minor.view + ref); }

/* ---- moving --------------------------------------------------------------------------------- */

void gc_minor_hole(GcCursor *cursor) {
    if (minor.active && cursor->scan < cursor->free)
        gc_spans_push(&minor.spans, cursor->scan, cursor->free);
}

static void copy_words(GcWord *to, const GcWord *from, size_t bytes) {
    for (size_t i = 0; i < bytes / 8; i++) to[i] = from[i];
}

static StmRef move(StmRef ref, uint64_t h) {
    size_t bytes = hdr_bytes(h);
    int class = hdr_kind(h) & GCK_MUTABLE ? GC_MUTABLE : GC_IMMUTABLE;
    StmRef to;
    uint64_t flags = minor.flags;
    if (UNLIKELY(hdr_kind(h) & GCK_HAS_ID)) {
        to = gc_id_slot(minor.thread, ref);
        h &= ~((uint64_t)GCK_HAS_ID << 40);
        flags = (*at(to) & HDR_FLAG(STMF_OWN | STMF_UNDONE)) | HDR_FLAG(STMF_BARRIER);
        gc_refs_push(&minor.reached, to);
    } else {
        to = gc_old_room(minor.segment, class, bytes);
    }
    GcWord *from = at(ref), *dest = at(to);
    copy_words(dest + 1, from + 1, bytes - 8);
    dest[0] = h | flags;
    gc_set_start(to);
    from[0] = h | HDR_FLAG(STMF_FORWARDED);
    from[1] = to;
    minor.copied += bytes;
    return to;
}

/* The value after the collection, for a reference. */
static inline uint64_t forward(uint64_t v) {
    uint8_t state = gc_state_of(v);
    if (state == GC_BLOCK_YOUNG) {
        uint64_t h = at(v)[0];
        if (hdr_flags(h) & STMF_FORWARDED) return at(v)[1];
        if (hdr_flags(h) & STMF_PINNED) return v;
        return move(v, h);
    }
    if (UNLIKELY(minor.large) && state == GC_BLOCK_LARGE && gc_large_reach(v))
        gc_refs_push(&minor.reached, v);
    return v;
}

static inline void forward_slots(GcWord *slots, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t v = slots[i];
        if (!value_is_ref(v)) continue;
        uint64_t to = forward(v);
        if (to != v) slots[i] = to; /* others may read variables of C that are roots */
    }
}

static void scan_object(StmRef ref, size_t bytes) {
    GcWord *words = at(ref);
    size_t n = bytes / 8, first = hdr_first_value(words[0], n);
    forward_slots(words + first, n - first);
}

static void scan_span(StmRef start, StmRef end) {
    while (start < end) {
        size_t bytes = hdr_bytes(*at(start));
        scan_object(start, bytes);
        start += bytes;
    }
}

static bool scan_cursor(GcCursor *cursor) {
    if (cursor->scan >= cursor->free) return false;
    /* Scanning may move the cursor to another hole; then the rest has become a span. */
    StmRef start = cursor->scan, end = cursor->free;
    cursor->scan = end;
    if (minor.multi) gc_spans_push(&minor.promoted, start, end);
    scan_span(start, end);
    return true;
}

static void scan_all(void) {
    bool more;
    do {
        more = false;
        for (int class = 0; class < GC_CLASSES; class ++) {
            more |= scan_cursor(&minor.segment->cursors[class]);
            more |= scan_cursor(&minor.segment->medium[class]);
        }
        while (minor.spans.n) {
            GcSpan span = minor.spans.items[--minor.spans.n];
            if (minor.multi) gc_spans_push(&minor.promoted, span.start, span.end);
            scan_span(span.start, span.end);
            more = true;
        }
        while (minor.reached.n) {
            StmRef ref = minor.reached.items[--minor.reached.n];
            scan_object(ref, hdr_bytes(*at(ref)) ? hdr_bytes(*at(ref)) : gc_large_bytes(ref));
            more = true;
        }
    } while (more);
}

StmRef gc_minor_forward(StmRef ref) {
    uint8_t state = gc_state_of(ref);
    if (state == GC_BLOCK_LARGE) return gc_pages[ref >> STM_PAGE_SHIFT].young == 1 ? 0 : ref;
    if (state != GC_BLOCK_YOUNG) return ref;
    uint64_t h = at(ref)[0];
    if (hdr_flags(h) & STMF_FORWARDED) return at(ref)[1];
    return hdr_flags(h) & STMF_PINNED ? ref : 0;
}

const GcWord *gc_minor_words(StmRef ref) { return at(ref); }

StmRef gc_minor_keep(StmRef ref) {
    ref = forward(ref);
    scan_all();
    return ref;
}

/* ---- conservative roots --------------------------------------------------------------------- */

static void candidate(uint64_t word) {
    if (word < HEAP_START || word >= gc_heap_end) return;
    uint8_t state = gc_state_of(word);
    if (state == GC_BLOCK_YOUNG) gc_refs_push(&minor.candidates, word);
    if (state == GC_BLOCK_LARGE && minor.large) {
        StmRef ref = gc_large_young_at(minor.thread, word);
        if (ref) forward(ref);
    }
}

__attribute__((no_sanitize("address"))) static void stack_words(GcVisitor *v, const GcWord *low,
                                                                const GcWord *high) {
    (void)v;
    uint64_t view = (uint64_t)minor.view, base = (uint64_t)gc_base;
    for (const GcWord *p = low; p < high; p++) {
        uint64_t word = *p;
        if (word < HEAP_START) continue;
        if (word - view < gc_heap_end)
            word -= view;
        else if (word - base < gc_heap_end)
            word -= base;
        candidate(word);
        candidate(word - 1); /* one past the end */
    }
}

static int by_address(const void *a, const void *b) {
    StmRef x = *(const StmRef *)a, y = *(const StmRef *)b;
    return x < y ? -1 : x > y;
}

/* Which objects of the run do the (sorted) candidates hit? One walk over the run's objects. */
static size_t pin_in_run(GcSpan used, size_t i) {
    const GcRefs *words = &minor.candidates;
    while (i < words->n && words->items[i] < used.start) i++;
    for (StmRef ref = used.start; ref < used.end && i < words->n;) {
        uint64_t h = at(ref)[0];
        StmRef next = ref + hdr_bytes(h);
        bool hit = false;
        while (i < words->n && words->items[i] < next) hit = true, i++;
        if (hit) {
            at(ref)[0] = h | HDR_FLAG(STMF_PINNED);
            gc_refs_push(&minor.pinned, ref);
        }
        ref = next;
    }
    return i;
}

static int by_start(const void *a, const void *b) {
    const GcSpan *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

static void pin(GcVisitor *v, const GcHooks *hooks) {
    minor.pinned.n = minor.candidates.n = 0;
    if (!hooks->visit_stacks) return;
    hooks->visit_stacks(minor.thread->vm_thread, v);
    if (!minor.candidates.n) return;
    GcSegment *segment = minor.segment;
    GcSpan used[GC_RESERVED_RUNS];
    for (unsigned i = 0; i <= segment->current; i++)
        used[i] = (GcSpan){segment->runs[i].start, segment->used[i]};
    qsort(used, segment->current + 1, sizeof *used, by_start);
    qsort(minor.candidates.items, minor.candidates.n, sizeof(StmRef), by_address);
    size_t next = 0;
    for (unsigned i = 0; i <= segment->current; i++) next = pin_in_run(used[i], next);
    for (size_t i = 0; i < minor.pinned.n; i++) {
        StmRef ref = minor.pinned.items[i];
        size_t bytes = hdr_bytes(*at(ref));
        gc_spans_push(&minor.spans, ref, ref + bytes);
        minor.kept += bytes;
    }
}

/* Pinned objects are old from now on. */
static void settle_pinned(void) {
    for (size_t i = 0; i < minor.pinned.n; i++) {
        StmRef ref = minor.pinned.items[i];
        GcWord *h = at(ref);
        *h = (*h & ~HDR_FLAG(STMF_PINNED)) | minor.flags;
        if (hdr_kind(*h) & GCK_HAS_ID) gc_id_pinned(minor.thread, ref);
    }
}

/* ---- the collection ------------------------------------------------------------------------- */

static void exact_slots(GcVisitor *v, GcWord *slots, size_t n) {
    (void)v;
    forward_slots(slots, n);
}

static void scan_remembered(void) {
    size_t n;
    const StmRemembered *r = stm_remembered(&n);
    GcWord *words = NULL;
    size_t all = 0, first = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || r[i].obj != r[i - 1].obj) {
            words = at(r[i].obj);
            all = hdr_bytes(words[0]) ? hdr_bytes(words[0]) : gc_large_bytes(r[i].obj);
            first = hdr_first_value(words[0], all / 8);
        }
        size_t from = (r[i].start - r[i].obj) / 8, to = (r[i].end - r[i].obj) / 8;
        if (from < first) from = first;
        if (to > all / 8) to = all / 8; /* a large object's last card */
        if (from < to) forward_slots(words + from, to - from);
    }
}

static void scan_fresh(void) {
    GcRefs *fresh = &minor.thread->fresh_old;
    for (size_t i = 0; i < fresh->n; i++) {
        StmRef ref = fresh->items[i];
        size_t bytes = hdr_bytes(*at(ref));
        *at(ref) |= HDR_FLAG(STMF_BARRIER); /* OWN: stm has its word in it since the allocation */
        scan_object(ref, bytes);
    }
    fresh->n = 0;
}

/* Who made them: stm, for OWN objects; this thread, for an abort. */
static void note_promoted(void) {
    for (size_t i = 0; i < minor.promoted.n; i++) {
        GcSpan span = minor.promoted.items[i];
        if (minor.own) stm_note_own(span.start, span.end);
        gc_spans_push(&minor.thread->own, span.start, span.end);
    }
    minor.promoted.n = 0;
}

static void begin(bool at_end) {
    minor.view = (char *)SEG->self_base;
    minor.segment = gc_my_segment();
    minor.thread = gc_my_thread();
    minor.multi = SEG->multi;
    minor.own = minor.multi && !at_end;
    minor.flags = HDR_FLAG(STMF_BARRIER | (minor.own ? STMF_OWN : 0));
    minor.large = minor.thread->young_large.n != 0;
    minor.copied = minor.kept = 0;
    minor.spans.n = 0;
    gc_nursery_retire(minor.segment);
    if (SEG->multi) gc_cursors_revalidate(minor.segment);
    for (int class = 0; class < GC_CLASSES; class ++) {
        GcCursor *c = &minor.segment->cursors[class], *m = &minor.segment->medium[class];
        c->scan = c->free;
        m->scan = m->free;
    }
}

static void trace(void) {
    GcVisitor v = {.slots = exact_slots, .words = stack_words, .view = minor.view};
    const GcHooks *hooks = gc_config.hooks;
    pin(&v, hooks);
    hooks->visit_roots(minor.thread->vm_thread, GC_ROOTS_YOUNG, &v);
    if (hooks->visit_globals && !SEG->multi) hooks->visit_globals(GC_ROOTS_YOUNG, &v);
    gc_queues_visit(minor.thread, &v);
    scan_remembered();
    scan_fresh();
    scan_all();
}

void gc_minor_forget(void) {
    free(minor.spans.items);
    free(minor.promoted.items);
    gc_refs_free(&minor.reached);
    gc_refs_free(&minor.pinned);
    gc_refs_free(&minor.candidates);
    memset(&minor, 0, sizeof minor);
}

void gc_minor_collect(bool at_end) {
    uint64_t start = gc_now_ns();
    begin(at_end);
    minor.active = true;
    trace();
    gc_weak_minor(minor.thread, false);
    gc_final_minor(minor.thread);
    gc_weak_minor(minor.thread, true);
    settle_pinned();
    gc_ids_forget_young(minor.thread);
    stm_rearm_written(); /* before retired objects among them are freed */
    gc_large_after_minor(minor.thread, hdr_flags(minor.flags));
    minor.active = false;
    gc_addresses_change(minor.thread);
    gc_nursery_reset(minor.segment, &minor.pinned);
    note_promoted();
    if (!SEG->multi) gc_queues_end(minor.thread, true);
    gc_account((int64_t)(minor.copied + minor.kept));
    uint64_t ns = gc_now_ns() - start;
    gc_count_minor(ns, minor.copied + minor.kept, minor.pinned.n);
    stm_event_collection(ns, false);
}
