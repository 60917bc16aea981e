/* Marking: the whole committed heap, by several threads, with the world stopped.
 *
 * A marked object is in exactly one place of work: a marker's stack, or a packet of the shared pool
 * that a marker with plenty gives to one without (work packets; Ossia et al., PLDI 2002). Nothing
 * recurses on the C stack. Objects are prefetched a few steps before they are looked at, since
 * their headers are rarely in a cache. Long arrays are scanned in slices, so that a list of
 * millions neither floods the stack nor keeps one marker busy alone.
 *
 * Mark bits are set when an object is found; its lines and size are counted when it is looked at.
 * Permanent objects carry mark bits always, so marking never enters them.
 *
 * Note "Mark order". Mark bits are set by relaxed fetch-or: two markers that find an object at once
 * are told apart by the old value; nothing else is published by the bit. A packet's content is
 * handed over under the pool's mutex. */
#include "gc/internal.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD         16   /* prefetch distance, in objects; a power of two */
#define SLICE         1024 /* words of an array scanned at once */
#define PACKET        256
#define PARALLEL_FROM (16u << 20) /* bytes of heap from which helpers pay */

/* Own cache lines: a marker writes its fields with every object, the others read the pool's. */
#define OWN_LINES __attribute__((aligned(STM_LINES)))

typedef struct OWN_LINES Marker {
    GcRefs stack;
    GcSpans slices; /* rests of long arrays */
    StmRef ahead[AHEAD];
    unsigned turn;
    uint64_t bytes;
    pthread_t id;
} Marker;

static struct OWN_LINES {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    GcRefs *packets;
    size_t n_packets, cap;
    unsigned markers, idle;
    bool parallel, done;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static Marker leader;

static inline GcWord *at(StmRef ref) { return (GcWord *)(gc_base + ref); }

/* True for the one who sets it. */
static inline bool set_mark(StmRef ref) {
    uint64_t *word = &gc_mark_bits[ref >> 9], bit = 1ull << (ref >> 3 & 63);
    if (atomic_load_relaxed(word) & bit) return false;
    if (pool.parallel) return !(atomic_or_relaxed(word, bit) & bit);
    *word |= bit;
    return true;
}

static inline void mark_value(Marker *m, uint64_t v) {
    if (value_is_ref(v) && set_mark(v)) gc_refs_push(&m->stack, v);
}

static void scan_slice(Marker *m, StmRef start, StmRef end) {
    if (end - start > SLICE * 8) {
        gc_spans_push(&m->slices, start + SLICE * 8, end);
        end = start + SLICE * 8;
    }
    const GcWord *p = at(start), *stop = at(end);
    while (p < stop) mark_value(m, *p++);
}

static void look_at(Marker *m, StmRef ref) {
    const GcWord *words = at(ref);
    uint64_t h = words[0];
    size_t bytes = hdr_bytes(h);
    if (bytes)
        gc_use_lines(ref, ref + bytes);
    else
        bytes = gc_large_bytes(ref);
    m->bytes += bytes;
    size_t n = bytes / 8, first = hdr_first_value(h, n);
    if (UNLIKELY(n - first > SLICE)) {
        scan_slice(m, ref + first * 8, ref + bytes);
        return;
    }
    for (size_t i = first; i < n; i++) mark_value(m, words[i]);
}

/* Give the older half to the pool. */
static void share(Marker *m) {
    GcRefs packet = {0};
    size_t give = m->stack.n / 2;
    for (size_t i = 0; i < give; i++) gc_refs_push(&packet, m->stack.items[i]);
    memmove(m->stack.items, m->stack.items + give, (m->stack.n - give) * sizeof(StmRef));
    m->stack.n -= give;
    pthread_mutex_lock(&pool.lock);
    if (pool.n_packets == pool.cap) {
        pool.cap = pool.cap ? pool.cap * 2 : 64;
        pool.packets = realloc(pool.packets, pool.cap * sizeof *pool.packets);
        if (!pool.packets) stm_out_of_memory("out of memory for marking");
    }
    pool.packets[pool.n_packets] = packet;
    atomic_store_relaxed(&pool.n_packets, pool.n_packets + 1);
    pthread_cond_signal(&pool.wake);
    pthread_mutex_unlock(&pool.lock);
}

/* Somebody waits, and nothing has been put there for him yet. */
static inline bool others_hungry(void) {
    return UNLIKELY(atomic_load_relaxed(&pool.idle) > atomic_load_relaxed(&pool.n_packets));
}

/* Until this marker has no work left. */
static void drain(Marker *m) {
    unsigned empty = 0; /* consecutive empty turns: AHEAD of them and the ring is empty */
    while (empty < AHEAD) {
        StmRef next = 0;
        if (m->stack.n) {
            next = m->stack.items[--m->stack.n];
            __builtin_prefetch(at(next));
            if (UNLIKELY(m->stack.n > PACKET && others_hungry())) share(m);
        } else if (m->slices.n) {
            GcSpan slice = m->slices.items[--m->slices.n];
            scan_slice(m, slice.start, slice.end);
        }
        StmRef *place = &m->ahead[m->turn++ % AHEAD], ref = *place;
        *place = next;
        if (ref) look_at(m, ref);
        empty = ref || next || m->stack.n || m->slices.n ? 0 : empty + 1;
    }
}

/* Work from the pool; false when all markers are idle and the pool is empty. */
static bool fetch(Marker *m) {
    pthread_mutex_lock(&pool.lock);
    atomic_add_relaxed(&pool.idle, 1);
    if (pool.idle == pool.markers && !pool.n_packets) {
        pool.done = true;
        pthread_cond_broadcast(&pool.wake);
    }
    while (!pool.n_packets && !pool.done) pthread_cond_wait(&pool.wake, &pool.lock);
    bool more = pool.n_packets != 0;
    if (more) {
        atomic_store_relaxed(&pool.n_packets, pool.n_packets - 1);
        GcRefs packet = pool.packets[pool.n_packets];
        gc_refs_append(&m->stack, &packet);
        gc_refs_free(&packet);
        atomic_add_relaxed(&pool.idle, -1u);
    }
    pthread_mutex_unlock(&pool.lock);
    return more;
}

static void *marker_main(void *arg) {
    Marker *m = arg;
    do drain(m);
    while (fetch(m));
    return NULL;
}

/* Helpers never run a signal handler: they have no segment. */
static unsigned start_helpers(Marker *helpers, unsigned n) {
    sigset_t all, old;
    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    unsigned started = 0;
    while (started < n &&
           !pthread_create(&helpers[started].id, NULL, marker_main, &helpers[started]))
        started++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

static void mark_from_stacks(void) {
    unsigned wanted = gc_config.markers - 1;
    if (gc_counts.heap_bytes < PARALLEL_FROM || wanted == 0) {
        drain(&leader);
        return;
    }
    Marker *helpers = aligned_alloc(STM_LINES, wanted * sizeof *helpers);
    if (helpers) memset(helpers, 0, wanted * sizeof *helpers);
    if (!helpers) stm_out_of_memory("out of memory for marking");
    pool.parallel = true;
    pool.done = false;
    pool.markers = wanted + 1;
    unsigned started = start_helpers(helpers, wanted);
    pthread_mutex_lock(&pool.lock);
    pool.markers = started + 1;
    pthread_mutex_unlock(&pool.lock);
    marker_main(&leader);
    for (unsigned i = 0; i < started; i++) {
        pthread_join(helpers[i].id, NULL);
        leader.bytes += helpers[i].bytes;
        gc_refs_free(&helpers[i].stack);
        free(helpers[i].slices.items);
    }
    free(helpers);
    pool.parallel = false;
    pool.idle = 0; /* else the leader, alone again, would share with nobody */
}

/* ---- roots ---------------------------------------------------------------------------------- */

/* Permanent objects need no marking. */
static void root(uint64_t v) {
    if (!value_is_ref(v)) return;
    uint8_t state = gc_states[v >> GC_BLOCK_SHIFT];
    if (state == GC_BLOCK_SMALL || state == GC_BLOCK_LARGE) mark_value(&leader, v);
}

static void root_slots(GcVisitor *v, GcWord *slots, size_t n) {
    (void)v;
    for (size_t i = 0; i < n; i++) root(slots[i]);
}

/* The object that ends where the word points, if that may be meant; `hit` is the one that begins there, or 0. */
static StmRef ended_by(uint64_t word, StmRef hit) {
    StmRef before = gc_find_old(word - 1);
    if (!before || before == hit) return 0;
    uint64_t h = *at(before);
    bool (*ends_with_array)(uint32_t, size_t) = gc_config.hooks->ends_with_array;
    return hit && ends_with_array && hdr_bytes(h) && !ends_with_array((uint32_t)h, hdr_bytes(h)) ? 0 : before;
}

/* A C stack, redzones and all. Its thread may run on, detached: what it had before it detached is seen, for stopping the world comes
 * after; of what it does since, any reading is as good as another, since a word is only a hint. */
__attribute__((no_sanitize("address", "thread"))) static void root_words(GcVisitor *v, const GcWord *low, const GcWord *high) {
    uint64_t view = (uint64_t)v->view, base = (uint64_t)gc_base;
    for (const GcWord *p = low; p < high; p++) {
        uint64_t word = *p;
        if (word < HEAP_START) continue;
        if (word - view < gc_heap_end)
            word -= view;
        else if (word - base < gc_heap_end)
            word -= base;
        StmRef hit = gc_find_old(word), before = ended_by(word, hit);
        if (hit) root(hit);
        if (before) root(before);
    }
}

/* The object as its maker sees it. While a commit waits, a page with survivors of its last collection
 * may become STALE: those are finished and in the committed heap (stm does not know them as OWN). */
static const GcWord *own_words(StmThread *stm_thread, StmRef ref, size_t *bytes) {
    *bytes = hdr_bytes(*(GcWord *)stm_thread_flat_stw(stm_thread, ref, sizeof(GcWord)));
    if (!*bytes) *bytes = gc_large_bytes(ref);
    return stm_thread_flat_stw(stm_thread, ref, *bytes);
}

static void own_set_mark(StmThread *stm_thread, StmRef ref) {
    size_t bytes = hdr_bytes(*(GcWord *)stm_thread_flat_stw(stm_thread, ref, sizeof(GcWord)));
    set_mark(ref);
    leader.bytes += bytes ? bytes : gc_large_bytes(ref);
}

static void own_scan(StmThread *stm_thread, StmRef ref) {
    size_t bytes;
    const GcWord *words = own_words(stm_thread, ref, &bytes);
    size_t n = bytes / 8;
    for (size_t w = hdr_first_value(words[0], n); w < n; w++) root(words[w]);
}

static int by_start(const void *a, const void *b) {
    const GcSpan *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* What a transaction has made is looked at in its own view, and before all else (so marked first,
 * then scanned): in the committed heap it may be of an earlier time and hold references to a
 * nursery that is no more (its page was taken away in mid-transaction). All of it is kept, garbage
 * too, until the transaction ends: stm then walks these rows from header to header. So slots that gc_id
 * has reserved in vain, which are no objects, keep their lines as well. */
static void own_objects(StmThread *stm_thread, void *arg) {
    void (*fn)(StmThread *, StmRef) = *(void (**)(StmThread *, StmRef))arg;
    GcThread *thread = stm_thread->gc;
    if (!thread || !stm_has_transaction_stw(stm_thread)) return;
    if (thread->own.n) qsort(thread->own.items, thread->own.n, sizeof(GcSpan), by_start);
    for (size_t i = 0; i < thread->own.n; i++) {
        GcSpan span = thread->own.items[i];
        gc_use_lines(span.start, span.end);
        for (StmRef ref = gc_next_start(span.start, span.end); ref < span.end;
             ref = gc_next_start(ref + 8, span.end))
            fn(stm_thread, ref);
    }
    for (size_t i = 0; i < thread->own_large.n; i++) fn(stm_thread, thread->own_large.items[i]);
}

static void all_own_objects(void) {
    void (*passes[])(StmThread *, StmRef) = {own_set_mark, own_scan};
    for (int i = 0; i < 2; i++) stm_for_each_thread_stw(own_objects, &passes[i]);
}

/* Did the thread's running transaction make this object? thread->own is sorted. */
static bool is_own(const GcThread *thread, StmRef obj) {
    size_t low = 0, high = thread->own.n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (thread->own.items[mid].end <= obj)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < thread->own.n && thread->own.items[low].start <= obj) return true;
    for (size_t i = 0; i < thread->own_large.n; i++)
        if (thread->own_large.items[i] == obj) return true;
    return false;
}

/* A word of an undo copy: the copy may be of a time in mid-transaction, with references to a
 * nursery that has been emptied since. Everything is swept, so what has no start bit is none. */
static void root_if_object(uint64_t v) {
    if (!value_is_ref(v) || v >= gc_heap_end) return;
    if (gc_states[v >> GC_BLOCK_SHIFT] == GC_BLOCK_SMALL ? gc_has_start(v) : gc_find_old(v) == v)
        root(v);
}

/* An object that the transaction has made may have an undo copy too (its page was taken away):
 * own_scan has seen to that object. */
static void undo_words(void *arg, StmThread *thread, StmRef obj, uint64_t offset,
                       const uint64_t *old, const uint64_t *now, size_t n) {
    (void)arg;
    if (is_own(thread->gc, obj)) return;
    root(obj); /* even if unreachable: the transaction's end writes there */
    uint64_t h = *at(obj);
    size_t words = (hdr_bytes(h) ? hdr_bytes(h) : gc_large_bytes(obj)) / 8;
    size_t first = hdr_first_value(h, words);
    for (size_t i = 0; i < n; i++)
        if (offset / 8 + i >= first) {
            root_if_object(((const GcWord *)old)[i]);
            root(((const GcWord *)now)[i]);
        }
}

static void thread_roots(StmThread *stm_thread, void *arg) {
    (void)arg;
    GcThread *thread = stm_thread->gc;
    if (!thread) return;
    char *view = stm_thread_flat_stw(stm_thread, 0, 0);
    GcVisitor v = {.view = view, .slots = root_slots, .words = root_words};
    if (gc_config.hooks->visit_stacks) gc_config.hooks->visit_stacks(thread->vm_thread, &v);
    gc_config.hooks->visit_roots(thread->vm_thread, GC_ROOTS_ALL, &v);
    gc_queues_visit(thread, &v);
}

void gc_mark_begin(void) {
    gc_choose_base();
    GcVisitor v = {.view = gc_base, .slots = root_slots, .words = root_words};
    leader.bytes = 0;
    gc_epoch ^= 3;
    pthread_mutex_lock(&gc_lock); /* threads do not come and go meanwhile */
    if (SEG->multi) all_own_objects();
    stm_for_each_thread_stw(thread_roots, NULL);
    if (gc_config.hooks->visit_globals) gc_config.hooks->visit_globals(GC_ROOTS_ALL, &v);
    gc_queues_visit_global(&v);
    if (SEG->multi) stm_for_each_undo_stw(undo_words, NULL);
    pthread_mutex_unlock(&gc_lock);
    mark_from_stacks();
}

void gc_mark_from(StmRef ref) {
    root(ref);
    drain(&leader);
}

void gc_mark_forked(void) {
    pthread_mutex_init(&pool.lock, NULL);
    pthread_cond_init(&pool.wake, NULL);
}

uint64_t gc_mark_end(void) { return leader.bytes; }

bool gc_is_live(StmRef ref) { return gc_marked(ref); }
