/* The page states of a stopped world, checked against the invariants of page.c. DEBUG builds do it
 * at every stop. */
#include "stm/internal.h"

/* Equal but for flags bytes of headers, which belong to the segment that sees them, and words that stm_fill_word has
 * filled in the base. */
static bool verify_same(const uint64_t *copy, const uint64_t *base) {
    static const uint64_t flags_mask = (uint64_t)0xff << (8 * offsetof(StmObject, flags));
    for (size_t i = 0; i < STM_PAGE / sizeof *copy; i++)
        if (copy[i] && (copy[i] ^ base[i]) & ~flags_mask) return false;
    return true;
}

static void verify_page(uint64_t page) {
    unsigned owner;
    StmPageState state = stm_page_state(page, &owner);
    for (unsigned i = 1; i <= stm_world.n_segments; i++) {
        StmSegmentState *seg = &stm_world.segs[i];
        unsigned local = *page_local(seg, page);
        bool good;
        switch (state) {
        case STM_PAGE_EXCLUSIVE:
            good = (local & STM_LOCAL_MASK) == (owner == i ? STM_LOCAL_EXCL : STM_LOCAL_STALE);
            break;
        case STM_PAGE_CLEAN: good = local == STM_LOCAL_STALE || local == STM_LOCAL_SHARED; break;
        case STM_PAGE_PERMANENT: good = (local & STM_LOCAL_MASK) == STM_LOCAL_EXCL; break;
        case STM_PAGE_FREE: good = (local & STM_LOCAL_MASK) == STM_LOCAL_STALE; break;
        default: good = (local & STM_LOCAL_MASK) != STM_LOCAL_EXCL;
        }
        if (!good)
            stm_fatal("page %#lx, state %d of %u, is %#x in segment %u", page, state, owner, local,
                      i);
        if (local != STM_LOCAL_PRIVATE) continue;
        /* P4, with the log drained and nothing written here. */
        const uint64_t *copy = (const uint64_t *)(seg->base + PAGE_REF(page));
        if (!verify_same(copy, (const uint64_t *)base_flat(PAGE_REF(page))))
            stm_fatal("page %#lx: the copy of segment %u differs from the base", page, i);
    }
}

/* All threads stopped, at the log's tail, the base there too. */
void verify_pages_stw(void) {
    for (uint64_t i = 0; i < heap_top(); i++) verify_page(HEAP_PAGE0 + i);
}
