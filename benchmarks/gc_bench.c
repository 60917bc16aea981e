/* Microbenchmark of the collector: allocation, survival, trees, marking. Solo, no VM.
 *
 *   gc_bench [heap-MiB]      prints one line per measurement, in ns per object or ms
 */
#include "tests/unit/gc/gctest.h"

static double since(uint64_t start) { return (double)(gc_now_ns() - start); }

static void short_lived(size_t bytes) {
    enum { N = 20000000 };
    uint64_t start = gc_now_ns();
    for (int i = 0; i < N; i++) {
        StmRef ref = gc_alloc(1, 1, bytes);
        for (size_t w = 1; w < bytes / 8; w++) t_init(ref, w, 1);
        stm_safepoint(1);
    }
    printf("short-lived, %3zu bytes:    %6.2f ns an object\n", bytes, since(start) / N);
}

/* One of ten survives the next collection. */
static void survivors(void) {
    enum { N = 20000000 };
    uint64_t start = gc_now_ns();
    StmRef list = 0;
    for (int i = 0; i < N; i++) {
        StmRef ref = t_node(1, 3);
        if (i % 10 == 0) {
            t_init(ref, 2, t_roots[0]);
            t_roots[0] = ref;
        }
        if (i % 200000 == 0) t_roots[0] = 0;
        stm_safepoint(1);
    }
    (void)list;
    t_roots[0] = 0;
    printf("one of ten survives:       %6.2f ns an object\n", since(start) / N);
}

/* Trees built bottom-up; every subtree in the making is in a root. */
static StmRef tree(unsigned depth, unsigned root) {
    if (depth > 0) {
        t_roots[root] = tree(depth - 1, root + 1);
        t_roots[root + 1] = tree(depth - 1, root + 2);
    }
    stm_safepoint(1);
    StmRef node = t_node(1, 2);
    if (depth > 0) {
        t_init(node, 2, t_roots[root]);
        t_init(node, 3, t_roots[root + 1]);
    }
    return node;
}

static void trees(unsigned depth, int n) {
    uint64_t start = gc_now_ns();
    for (int i = 0; i < n; i++) t_roots[0] = tree(depth, 1);
    memset(t_roots, 0, sizeof t_roots);
    printf("trees of depth %u:         %6.2f ns a node\n", depth,
           since(start) / n / ((2u << depth) - 1));
}

static void large(void) {
    enum { N = 100000 };
    uint64_t start = gc_now_ns();
    for (int i = 0; i < N; i++) {
        gc_alloc(1, GC_KIND_LEAF, 20000);
        stm_safepoint(1);
    }
    printf("short-lived, 20000 bytes:  %6.2f ns an object\n", since(start) / N);
}

/* A heap of `mib` MiB: an array of lists of small nodes, and what it costs to mark it. */
static void mark(size_t mib) {
    size_t nodes = mib * (1 << 20) / 48, i = 0;
    enum { LISTS = 4096 };
    t_roots[0] = t_node(1, LISTS);
    uint64_t start = gc_now_ns();
    gc_enable(false);
    for (; i < nodes; i++) {
        StmRef node = t_node(1, 4);
        size_t list = 2 + t_random(LISTS);
        t_init(node, 2, t_get(t_roots[0], list));
        t_set(t_roots[0], list, node);
        stm_safepoint(1);
    }
    printf("heap of %zu MiB built:      %6.2f ns an object\n", mib, since(start) / (double)nodes);
    for (int markers = 1; markers <= 2; markers++) {
        gc_config.markers = (unsigned)markers;
        start = gc_now_ns();
        gc_major();
        double ns = since(start);
        printf("major, %d marker(s):        %6.1f ms, %.2f ns an object\n", markers, ns / 1e6,
               ns / (double)nodes);
    }
    start = gc_now_ns();
    gc_sweep_finish();
    printf("sweep of all of it:        %6.1f ms\n", since(start) / 1e6);
    gc_enable(true);
    memset(t_roots, 0, sizeof t_roots);
    start = gc_now_ns();
    size_t freed = gc_collect_full();
    printf("all of it freed:           %6.1f ms, %zu MiB\n", since(start) / 1e6, freed >> 20);
}

int main(int argc, char **argv) {
    t_start((GcConfig){0});
    gc_config.poison = false;
    short_lived(16);
    short_lived(32);
    short_lived(64);
    survivors();
    trees(16, 40);
    large();
    mark(argc > 1 ? (size_t)atoi(argv[1]) : 1024);
    return 0;
}
