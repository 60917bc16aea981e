/* The number of mappings: one thread writes every other page of a large old heap, another one imports
 * that without touching it, then reads it all; then threads take single pages of each other's
 * EXCLUSIVE memory. More page runs than vm.max_map_count must not matter. Then 1,000 threads. */
#include "../../tests/unit/stm/harness.h"

static int n_pages = 80000;
static uint64_t first_page;
static StmObj go;
enum { OBJ_GRANULES = 4 };

static StmObj obj_on(int i) { return STM_OBJ((first_page + (uint64_t)i) << STM_PAGE_SHIFT); }

static void make_heap(void) {
    first_page = test_next_page;
    test_next_page += (uint64_t)n_pages;
    for (int i = 0; i < n_pages; i += 256)
        if (!stm_claim_pages(first_page + (uint64_t)i, 256)) exit(1);
    for (int i = 0; i < n_pages; i++) {
        StmObject *flat = stm_flat(obj_on(i), 32, false);
        flat->size = OBJ_GRANULES;
        flat->flags = STMF_BARRIER;
    }
}

static void write_range(void *arg) {
    for (int i = *(int *)arg; i < *(int *)arg + 4000 && i < n_pages; i += 2) {
        uint64_t old = get(obj_on(i), 0);
        set(obj_on(i), 0, old + 1);
    }
}
static void writer(void *arg) {
    (void)arg;
    for (int i = 0; i < n_pages; i += 4000) transact(write_range, &i);
}
static void check_all(void *arg) {
    int bad = 0;
    for (int i = 0; i < n_pages; i++) bad += get(obj_on(i), 0) != (uint64_t)(i % 2 == 0);
    *(int *)arg = bad;
}

static void imports(void) {
    stm_enter_multi();
    stm_commit_and_begin();
    TestThread t;
    test_spawn(&t, writer, NULL);
    for (int i = 0; i < 200; i++) {
        stm_commit_and_begin(); /* imports what the writer did */
        usleep(1000);
    }
    test_join(&t, 1);
    int bad;
    transact(check_all, &bad);
    CHECK(bad == 0);
}

/* Single pages out of another thread's EXCLUSIVE memory. */
static void take_every_third(void *arg) {
    for (int i = *(int *)arg; i < *(int *)arg + 3000 && i < n_pages; i += 3)
        CHECK(get(obj_on(i), 1) == 77);
}
static void taker(void *arg) {
    (void)arg;
    for (int i = 0; i < n_pages; i += 3000) transact(take_every_third, &i);
}
static void fill(void *arg) {
    for (int i = *(int *)arg; i < *(int *)arg + 4096 && i < n_pages; i++) {
        StmObject *flat = (StmObject *)((char *)SEG->self_base + STM_REF(obj_on(i)));
        memset(flat, 0, 32);
        flat->size = OBJ_GRANULES;
        flat->flags = STMF_BARRIER | STMF_OWN;
        stm_note_own(STM_REF(obj_on(i)), STM_REF(obj_on(i)) + 32);
        set(obj_on(i), 1, 77);
    }
}
static void transfers(void) {
    stm_enter_multi();
    stm_commit_and_begin();
    n_pages /= 2;
    first_page = test_next_page;
    test_next_page += (uint64_t)n_pages;
    for (int i = 0; i < n_pages; i += 4096) {
        int n = n_pages - i < 4096 ? n_pages - i : 4096;
        if (!stm_claim_pages(first_page + (uint64_t)i, (size_t)n)) exit(1);
        transact(fill, &i);
    }
    TestThread t;
    test_spawn(&t, taker, NULL);
    test_join(&t, 1);
}

static void count(void *arg) {
    (void)arg;
    set(go, 0, get(go, 0) + 1);
}
static void count_thread(void *arg) {
    for (int i = 0; i < 20; i++) transact(count, arg);
}
static void thousand(void) {
    enum { N = 1000 };
    static TestThread threads[N];
    stm_enter_multi();
    stm_commit_and_begin();
    for (int i = 0; i < N; i++) test_spawn(&threads[i], count_thread, NULL);
    test_join(threads, N);
    CHECK(get(go, 0) == 20 * N);
}

int main(int argc, char **argv) {
    if (argc > 1) n_pages = atoi(argv[1]);
    StmConfig config = {0};
    test_start(&config);
    go = test_alloc(4);
    make_heap();
    int64_t start = test_now();
    imports();
    printf("imports %ld ms\n", (test_now() - start) / 1000000);
    start = test_now();
    transfers();
    printf("transfers %ld ms\n", (test_now() - start) / 1000000);
    start = test_now();
    thousand();
    printf("1000 threads %ld ms\n", (test_now() - start) / 1000000);
    stm_fini();
    return test_summary();
}
