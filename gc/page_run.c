/* Runs of free pages: what blocks and large objects are cut from.
 *
 * Free runs carry boundary tags in gc_pages and hang in lists by size: one list for every length
 * below EXACT pages, then one per power of two. Neighbours of the same owner coalesce. Owner 0 is
 * released memory (reads as zero, costs nothing); other owners' runs are dirty memory that segment
 * can use again without any system call. Above everything lies the untouched rest of the window.
 *
 * I1  No two adjacent free runs have the same owner, and none touches gc_top with owner 0.
 * I2  dirty_pages is the number of pages in free runs with an owner, `taken` of those in no free run below `top`.
 * I7  taken <= gc_limit_pages(). So a claim that stm refuses for the limit succeeds once dirty runs have been released: what it
 *     counts as used is what was taken and claimed, and dirty runs.
 * All under gc_lock, except that nobody reads tags of pages in use. */
#include "gc/internal.h"

#define EXACT 64
#define LISTS (EXACT + 32)
#define NONE  0u /* page number 0 is no heap page */

typedef struct RunLists {
    uint32_t head[LISTS];
    uint64_t used[2]; /* bit per list: not empty */
} RunLists;

static RunLists lists[GC_MAX_SEGMENTS];
static uint32_t top; /* first page never used */
static size_t dirty_pages;
static uint64_t taken; /* read without the lock too */

uint64_t gc_limit_pages(void) {
    return (gc_config.heap_limit ? gc_config.heap_limit : gc_heap_end - HEAP_START) >> STM_PAGE_SHIFT;
}

uint64_t gc_free_pages(void) {
    uint64_t limit = gc_limit_pages(), now = atomic_load_relaxed(&taken);
    return now < limit ? limit - now : 0;
}

static unsigned list_of(size_t pages) {
    return pages < EXACT ? (unsigned)pages : EXACT + 63u - 6u - (unsigned)__builtin_clzll(pages);
}

static void run_link(uint32_t page, uint32_t pages, uint16_t owner) {
    RunLists *l = &lists[owner];
    unsigned i = list_of(pages);
    gc_pages[page] = (GcPage){.state = GC_PAGE_FREE, .owner = owner, .run = pages};
    gc_pages[page].next = l->head[i];
    if (l->head[i] != NONE) gc_pages[l->head[i]].prev = page;
    l->head[i] = page;
    l->used[i >> 6] |= 1ull << (i & 63);
    GcPage *last = &gc_pages[page + pages - 1];
    last->state = GC_PAGE_FREE;
    last->owner = owner;
    last->run = pages;
    if (owner) dirty_pages += pages;
}

static void run_unlink(uint32_t page) {
    GcPage *p = &gc_pages[page];
    RunLists *l = &lists[p->owner];
    unsigned i = list_of(p->run);
    if (p->prev != NONE)
        gc_pages[p->prev].next = p->next;
    else
        l->head[i] = p->next;
    if (p->next != NONE) gc_pages[p->next].prev = p->prev;
    if (l->head[i] == NONE) l->used[i >> 6] &= ~(1ull << (i & 63));
    if (p->owner) dirty_pages -= p->run;
    gc_pages[page + p->run - 1].state = GC_PAGE_NONE;
    p->state = GC_PAGE_NONE;
}

static uint32_t align_up(uint32_t page, uint32_t align) { return (page + align - 1) & -align; }

/* First run of `owner` in which `pages` aligned pages fit. */
static uint32_t run_find(unsigned owner, uint32_t pages, uint32_t align) {
    RunLists *l = &lists[owner];
    for (unsigned i = list_of(pages); i < LISTS; i++) {
        uint64_t rest = l->used[i >> 6] >> (i & 63);
        if (!rest) {
            i |= 63;
            continue;
        }
        i += (unsigned)__builtin_ctzll(rest);
        for (uint32_t p = l->head[i]; p != NONE; p = gc_pages[p].next)
            if (align_up(p, align) + pages <= p + gc_pages[p].run) return p;
    }
    return NONE;
}

static uint32_t run_cut(uint32_t page, uint32_t pages, uint32_t align) {
    uint32_t run = gc_pages[page].run, start = align_up(page, align);
    uint16_t owner = gc_pages[page].owner;
    run_unlink(page);
    if (start > page) run_link(page, start - page, owner);
    if (start + pages < page + run) run_link(start + pages, page + run - start - pages, owner);
    return start;
}

static StmRef run_take(size_t pages, size_t align, unsigned owner, bool *dirty) {
    if (!top) top = HEAP_START >> STM_PAGE_SHIFT;
    uint32_t n = (uint32_t)pages, a = (uint32_t)align, found = run_find(owner, n, a);
    *dirty = found != NONE && owner;
    if (found == NONE) found = run_find(0, n, a);
    if (found != NONE) return (StmRef)run_cut(found, n, a) << STM_PAGE_SHIFT;
    uint32_t start = align_up(top, a);
    if (((uint64_t)start + n) << STM_PAGE_SHIFT <= gc_heap_end) {
        if (start > top) run_link(top, start - top, 0);
        top = start + n;
        return (StmRef)start << STM_PAGE_SHIFT;
    }
    *dirty = true;
    for (unsigned other = 1; other < GC_MAX_SEGMENTS; other++)
        if ((found = run_find(other, n, a)) != NONE)
            return (StmRef)run_cut(found, n, a) << STM_PAGE_SHIFT;
    return 0;
}

StmRef gc_run_take(size_t pages, size_t align, unsigned owner, uint64_t leave, bool *dirty) {
    uint64_t free = gc_free_pages();
    if (pages > free || leave > free - pages) return 0;
    StmRef start = run_take(pages, align, owner, dirty);
    if (start) atomic_add_relaxed(&taken, pages);
    return start;
}

static bool run_take_at(StmRef at, size_t pages, unsigned owner, bool *dirty) {
    uint32_t page = (uint32_t)(at >> STM_PAGE_SHIFT), n = (uint32_t)pages;
    *dirty = false;
    if (page == top) {
        if (((uint64_t)top + pages) << STM_PAGE_SHIFT > gc_heap_end) return false;
        top += n;
        return true;
    }
    GcPage *p = &gc_pages[page];
    if (p->state != GC_PAGE_FREE || p->run < pages || (p->owner && p->owner != owner)) return false;
    *dirty = p->owner != 0;
    run_cut(page, n, 1);
    return true;
}

bool gc_run_take_at(StmRef at, size_t pages, unsigned owner, uint64_t leave, bool *dirty) {
    uint64_t free = gc_free_pages();
    if (pages > free || leave > free - pages || !run_take_at(at, pages, owner, dirty)) return false;
    atomic_add_relaxed(&taken, pages);
    return true;
}

static void run_free(StmRef start, size_t pages, unsigned owner) {
    uint32_t page = (uint32_t)(start >> STM_PAGE_SHIFT), n = (uint32_t)pages;
    for (uint32_t i = 0; i < n; i++) gc_pages[page + i].state = GC_PAGE_NONE;
    GcPage *before = &gc_pages[page - 1], *after = &gc_pages[page + n];
    if (before->state == GC_PAGE_FREE && before->owner == owner) {
        uint32_t length = before->run;
        run_unlink(page - length);
        page -= length;
        n += length;
    }
    if (after->state == GC_PAGE_FREE && after->owner == owner) {
        uint32_t length = after->run;
        run_unlink(page + n);
        n += length;
    }
    if (owner == 0 && page + n == top)
        top = page;
    else
        run_link(page, n, (uint16_t)owner);
}

void gc_run_free(StmRef start, size_t pages, unsigned owner) {
    run_free(start, pages, owner);
    atomic_sub_relaxed(&taken, pages);
}

StmRef gc_top_block(void) { return top / GC_BLOCK_PAGES; }

/* Longest first: a system call per run, and big runs are the ones nobody fits into again. */
void gc_run_release(size_t keep_bytes) {
    size_t keep = keep_bytes >> STM_PAGE_SHIFT;
    pthread_mutex_lock(&gc_lock);
    for (unsigned i = LISTS; i-- > 1 && dirty_pages > keep;)
        for (unsigned owner = 1; owner < GC_MAX_SEGMENTS && dirty_pages > keep; owner++)
            while (lists[owner].head[i] != NONE && dirty_pages > keep) {
                uint32_t page = lists[owner].head[i], n = gc_pages[page].run;
                run_unlink(page);
                stm_release_pages(page, n);
                atomic_add_relaxed(&gc_counts.released_bytes, (uint64_t)n << STM_PAGE_SHIFT);
                run_free((StmRef)page << STM_PAGE_SHIFT, n, 0);
            }
    pthread_mutex_unlock(&gc_lock);
}

static bool claim(StmRef start, size_t bytes, bool (*how)(uint64_t first_page, size_t n)) {
    enum { TRIES = 4 }; /* others may leave dirty runs meanwhile */
    for (int i = 0; i < TRIES; i++) {
        if (how(start >> STM_PAGE_SHIFT, bytes >> STM_PAGE_SHIFT)) return true;
        gc_run_release(0);
    }
    return false;
}

bool gc_claim(StmRef start, size_t bytes, bool dirty) {
    return (dirty && stm_owned_bytes(start, bytes) == bytes) || claim(start, bytes, stm_claim_pages);
}

bool gc_claim_permanent(StmRef start, size_t bytes) { return claim(start, bytes, stm_claim_permanent_pages); }

StmRef gc_blocks_take(size_t n, uint8_t state, uint64_t leave) {
    bool dirty;
    size_t pages = n * GC_BLOCK_PAGES;
    pthread_mutex_lock(&gc_lock);
    StmRef start = gc_run_take(pages, GC_BLOCK_PAGES, SEG->index, leave, &dirty);
    if (start)
        for (size_t i = 0; i < pages; i++)
            gc_pages[(start >> STM_PAGE_SHIFT) + i].state = GC_PAGE_BLOCK;
    pthread_mutex_unlock(&gc_lock);
    if (!start) return 0;
    if (!gc_claim(start, n * GC_BLOCK, dirty)) {
        pthread_mutex_lock(&gc_lock);
        gc_run_free(start, pages, dirty ? SEG->index : 0);
        pthread_mutex_unlock(&gc_lock);
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        StmRef b = (start >> GC_BLOCK_SHIFT) + i;
        atomic_store_relaxed(&gc_states[b], state);
        gc_blocks[b] = (GcBlock){.owner = SEG->index};
    }
    return start;
}

void gc_blocks_free(StmRef start, size_t n, unsigned owner) {
    for (size_t i = 0; i < n; i++)
        atomic_store_relaxed(&gc_states[(start >> GC_BLOCK_SHIFT) + i], GC_BLOCK_FREE);
    pthread_mutex_lock(&gc_lock);
    gc_run_free(start, n * GC_BLOCK_PAGES, owner);
    pthread_mutex_unlock(&gc_lock);
}
