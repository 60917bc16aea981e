/* Where objects are: nursery and overflow, pinning in place, large objects and their growth,
 * limits, permanent and directly old objects, reuse of what has been freed. */
#include "tests/unit/gc/gctest.h"

static bool is_zero(StmRef ref, size_t from, size_t to) {
    for (size_t w = from; w < to; w++)
        if (t_get(ref, w)) return false;
    return true;
}

static void test_nursery(void) {
    StmRef first = t_node(1, 2);
    CHECK(gc_is_young(first));
    t_roots[0] = first;
    gc_minor();
    CHECK(!gc_is_young(t_roots[0]) && t_roots[0] != first);
    CHECK(t_get(t_roots[0], 1) == 1 && t_get(t_roots[0], 2) == 0);
    CHECK(STM_OBJ(t_roots[0])->flags & STMF_BARRIER);
    StmRef old = t_roots[0];
    gc_minor();
    CHECK(t_roots[0] == old);
    t_set(old, 2, t_node(2, 0));
    CHECK(!(STM_OBJ(old)->flags & STMF_BARRIER));
    gc_minor();
    CHECK(STM_OBJ(old)->flags & STMF_BARRIER);
    CHECK(!gc_is_young(t_get(old, 2)) && t_get(t_get(old, 2), 1) == 2);
    t_roots[0] = 0;
}

/* C code that does not come to a safepoint for a long time. */
static void test_overflow(void) {
    enum { N = 200000 };
    GcStats before, after;
    gc_stats(&before);
    t_roots[0] = 0;
    for (int i = 0; i < N; i++) {
        StmRef node = t_node((uint64_t)i, 1);
        t_init(node, 2, t_roots[0]);
        t_roots[0] = node;
    }
    gc_stats(&after);
    CHECK(after.minor_count == before.minor_count);
    CHECK(SEG->control & STM_CTL_COLLECT);
    stm_safepoint(1);
    gc_stats(&after);
    CHECK(after.minor_count > before.minor_count && !(SEG->control & STM_CTL_COLLECT));
    int n = 0;
    for (StmRef at = t_roots[0]; at; at = t_get(at, 2), n++)
        if (t_get(at, 1) != (uint64_t)(N - 1 - n)) break;
    CHECK(n == N);
    t_roots[0] = 0;
}

static void test_pinning(void) {
    memset(t_stack, 0, sizeof t_stack);
    StmRef node[6];
    for (int i = 0; i < 6; i++) {
        node[i] = t_node((uint64_t)i, 10);
        for (int j = 0; j < 300; j++) t_node(99, 5);
    }
    t_init(node[0], 2, node[4]);
    t_roots[0] = node[0];
    t_stack[0] = node[0];                       /* start */
    t_stack[1] = node[1] + 37;                  /* interior, odd */
    t_stack[2] = node[2] + 16 + 80;             /* one past the end */
    t_stack[3] = SEG->self_base + node[3] + 24; /* flat */
    gc_minor();
    CHECK(t_roots[0] == node[0]);
    for (int i = 0; i < 4; i++) {
        CHECK(t_get(node[i], 1) == (uint64_t)i && !gc_is_young(node[i]));
        CHECK(STM_OBJ(node[i])->flags == STMF_BARRIER);
    }
    StmRef moved = t_get(node[0], 2);
    CHECK(moved != node[4] && t_get(moved, 1) == 4);
    gc_verify();
    gc_major();
    for (int i = 0; i < 100000; i++) t_node(98, 4), stm_safepoint(1);
    for (int i = 0; i < 4; i++) CHECK(t_get(node[i], 1) == (uint64_t)i);
    t_set(node[1], 2, t_node(50, 0)); /* an ordinary old object now */
    gc_minor();
    CHECK(t_get(t_get(node[1], 2), 1) == 50);
    memset(t_stack, 0, sizeof t_stack);
    t_roots[0] = 0;
}

static void test_large(void) {
    StmRef big = t_node(7, 100000);
    CHECK(gc_object_size(STM_OBJ(big)) == 800016 && gc_is_young(big) && is_zero(big, 2, 100002));
    t_roots[0] = big;
    t_init(big, 60000, t_node(1, 0));
    gc_minor();
    CHECK(t_roots[0] == big && !gc_is_young(big));
    CHECK(STM_OBJ(big)->flags == (STMF_BARRIER | STMF_CARDS));
    CHECK(t_get(t_get(big, 60000), 1) == 1);
    t_set(big, 99999, t_node(2, 0));
    CHECK(STM_OBJ(big)->flags == (STMF_BARRIER | STMF_CARDS));
    gc_minor();
    CHECK(t_get(t_get(big, 99999), 1) == 2);
    gc_major();
    CHECK(t_get(t_get(big, 60000), 1) == 1);
    GcStats before, after;
    gc_stats(&before);
    t_roots[0] = 0;
    gc_collect_full();
    gc_stats(&after);
    CHECK(before.heap_bytes - after.heap_bytes >= 800000);
    /* Young ones that nobody holds are freed by minor collections alone. */
    for (int i = 0; i < 2000; i++) {
        StmRef ref = gc_alloc(1, GC_KIND_LEAF, 100000);
        CHECK(is_zero(ref, 1, 20));
        t_init(ref, 5, 77);
        t_init(ref, 12000, 77);
        stm_safepoint(1);
    }
    gc_minor();
    gc_stats(&after);
    CHECK(after.heap_bytes < 20u << 20);
}

static void test_grow(void) {
    t_roots[0] = t_node(1, 2000);
    StmRef big = t_roots[0];
    gc_minor();
    size_t bytes = gc_object_size(STM_OBJ(big));
    int grown = 0;
    while (bytes < 4u << 20 && gc_grow_large(big, bytes * 3 / 2)) {
        CHECK(is_zero(big, bytes / 8, bytes * 3 / 2 / 8));
        bytes = gc_object_size(STM_OBJ(big));
        t_set(big, bytes / 8 - 1, t_node((uint64_t)grown++, 0));
        stm_write_range(STM_OBJ(big), (void GS *)(big + bytes / 2), bytes / 2);
        t_init(big, bytes / 8 - 1, t_get(big, bytes / 8 - 1));
        gc_minor();
    }
    CHECK(grown > 0);
    CHECK(t_get(t_get(big, bytes / 8 - 1), 1) == (uint64_t)grown - 1);
    t_roots[1] = t_node(2, 2000);
    gc_shrink_large(big, 20000);
    CHECK(gc_object_size(STM_OBJ(big)) == 20000);
    CHECK(gc_grow_large(big, 30000) && is_zero(big, 2500, 3750));
    gc_minor();
    gc_verify();
    t_roots[0] = t_roots[1] = 0;
    gc_major();
}

/* Storage that its owner has replaced goes with the next minor collection, unless a C frame refers to it. */
static void test_retire(void) {
    GcStats before, after;
    gc_collect_full();
    gc_stats(&before);
    StmRef big = t_node(3, 50000);
    t_roots[0] = big;
    gc_minor();
    t_set(big, 40000, t_node(8, 0));
    memset(t_stack, 0, sizeof t_stack);
    t_stack[0] = big + 800;
    t_roots[0] = 0;
    gc_retire(big);
    CHECK(gc_is_young(big));
    gc_minor();
    CHECK(!gc_is_young(big) && t_get(t_get(big, 40000), 1) == 8);
    t_set(big, 300, t_node(9, 0)); /* remembered: nobody comes back to it after it has gone */
    t_stack[0] = 0;
    gc_retire(big);
    gc_minor();
    gc_stats(&after);
    CHECK(after.heap_bytes < before.heap_bytes + 200000);
    StmRef again = gc_alloc(1, GC_KIND_LEAF, 400000);
    CHECK(is_zero(again, 1, 50000));
    gc_retire(0);
    gc_minor();
    gc_verify();
}

static void test_limit(void) {
    gc_collect_full();
    GcStats stats;
    gc_stats(&stats);
    gc_config.heap_limit = stats.heap_bytes + (32 << 20);
    CHECK(gc_alloc(1, GC_KIND_LEAF, 64 << 20) == 0);
    CHECK(gc_out_of_memory(64 << 20) && !gc_out_of_memory(0));
    t_roots[0] = gc_alloc(1, GC_KIND_LEAF, 16 << 20);
    CHECK(t_roots[0] && gc_alloc_old(1, GC_KIND_LEAF, 20 << 20) == 0);
    t_roots[0] = 0;
    gc_collect_full();
    CHECK((t_roots[0] = gc_alloc(1, GC_KIND_LEAF, 20 << 20)) != 0);
    while ((t_roots[1] = gc_alloc_old(1, GC_KIND_LEAF, 1 << 20))) t_roots[2] = t_roots[1];
    CHECK(gc_free_pages() >= gc_reserve_pages()); /* what may fail leaves the reserve */
    t_roots[2] = 0;
    gc_config.heap_limit = 0;
    t_roots[0] = 0;
    CHECK(gc_alloc(1, GC_KIND_LEAF, (size_t)1 << 50) == 0);
}

static void test_permanent_and_old(void) {
    StmRef code = gc_alloc_permanent(3, GC_KIND_LEAF, 100), big;
    CHECK(gc_is_permanent(code) && !gc_is_young(code) && is_zero(code, 1, 13));
    big = gc_alloc_permanent(3, GC_KIND_LEAF, 3 << 20);
    CHECK(gc_object_size(STM_OBJ(big)) == 3 << 20 && is_zero(big, 1, (3 << 20) / 8));
    StmRef old = gc_alloc_old(4, GCK_MUTABLE | 1, 64);
    CHECK(!gc_is_young(old) && is_zero(old, 1, 8));
    t_init(old, 2, t_node(5, 0));
    t_init(old, 3, code);
    t_roots[0] = old;
    gc_minor();
    CHECK(t_roots[0] == old && t_get(t_get(old, 2), 1) == 5 && t_get(old, 3) == code);
    gc_major();
    gc_verify();
    CHECK(t_get(t_get(old, 2), 1) == 5 && t_get(old, 3) == code);
    t_roots[0] = 0;
}

static void count(void *ctx, StmRef ref) {
    (void)ref;
    ++*(size_t *)ctx;
}

/* A pinned object at each collection, as when transactions end below C code: the nursery gives a block
 * for each. Memory of dead ones comes back with the next major; of live ones a page or two is held. */
static void test_pin_each(bool live) {
    enum { N = 8000 };
    GcStats before, after;
    memset(t_stack, 0, sizeof t_stack);
    gc_collect_full();
    gc_stats(&before);
    uint64_t pages = stm_pages_in_use();
    gc_enable(!live); /* a major would also give back pieces that the nursery has left */
    for (int i = 0; i < N; i++) {
        StmRef node = t_node((uint64_t)i, 1);
        t_init(node, 2, t_roots[0]);
        t_stack[0] = node;
        if (live) t_roots[0] = node;
        gc_minor();
        stm_safepoint(1);
    }
    gc_enable(true);
    gc_stats(&after);
    CHECK(after.pinned_objects >= before.pinned_objects + N);
    CHECK(after.released_bytes - before.released_bytes > N * 6 * STM_PAGE);
    if (!live) CHECK(after.major_count > before.major_count);
    CHECK(stm_pages_in_use() - pages < N * GC_BLOCK_PAGES * 5 / 4);
    memset(t_stack, 0, sizeof t_stack);
    int n = 0;
    for (StmRef at = t_roots[0]; at; at = t_get(at, 2), n++)
        if (t_get(at, 1) != (uint64_t)(N - 1 - n)) break;
    CHECK(n == (live ? N : 0));
    t_roots[0] = 0;
}

/* The same amount of live data for long: memory must not grow. */
static void test_steady(void) {
    GcStats stats;
    enum { LIVE = 100 };
    for (int i = 0; i < 3000000; i++) {
        StmRef node = t_node((uint64_t)i, t_random(30));
        if (i % 7 == 0) t_roots[t_random(LIVE)] = node;
        stm_safepoint(1);
    }
    gc_collect_full();
    gc_stats(&stats);
    CHECK(stats.heap_peak_bytes < 128u << 20);
    CHECK(stats.heap_bytes < 1u << 20);
    size_t n = 0;
    gc_for_each_object(count, &n);
    CHECK(n >= 90 && n == gc_verify());
    n = 0;
    gc_values(STM_OBJ(t_node(1, 3)), count, &n);
    CHECK(n == 0);
    memset(t_roots, 0, sizeof t_roots);
}

int main(void) {
    t_start((GcConfig){.nursery_bytes = 2 << 20, .poison = true});
    test_nursery();
    test_overflow();
    test_pinning();
    test_large();
    test_grow();
    test_retire();
    test_limit();
    test_permanent_and_old();
    test_steady();
    test_pin_each(false);
    test_pin_each(true);
    gc_verify();
    return t_end();
}
