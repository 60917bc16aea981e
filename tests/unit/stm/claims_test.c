/* Pages that are claimed or released again while other segments still have access to some of them: in place, shared, copied or
 * not at all, side by side. Nobody may see there what was there before. */
#include "harness.h"
#include <sched.h>

enum { PAGES = 24, ROUNDS = 120 };
typedef enum Access { NONE, READ, WRITE, ACCESSES } Access;

static uint64_t run; /* first page */
static StmObj table; /* fields: an object on each page of the run, or 0 */
static Access accesses[PAGES];
static uint64_t value; /* of the round: what page i's object holds is value + i */
enum { MAIN, VISITOR, OVER };
static int turn; /* whose; atomic */

static bool turn_is(int mine) {
    int now = atomic_load_seqcst(&turn);
    return now == mine || now == OVER;
}

static __attribute__((noinline)) void wait_attached(int mine) {
    sigjmp_buf buf;
    stm_self->abort_jmp = &buf;
    sigsetjmp(buf, 0);
    while (!turn_is(mine)) {
        sched_yield();
        point(); /* others may want a page */
        stm_commit_and_begin();
    }
    stm_commit_and_begin(); /* the snapshot is to be newer than the other's turn */
}

/* The threads take turns. The one that waits is detached, so that its segment may be evicted, or stays in its own. */
static void turn_pass(int to, int back, bool stays) {
    atomic_store_seqcst(&turn, to);
    if (stays) {
        wait_attached(back);
        return;
    }
    stm_detach();
    while (!turn_is(back)) sched_yield();
    stm_attach();
}

static void publish(void *arg) {
    (void)arg;
    for (unsigned i = 0; i < PAGES; i++) {
        StmObj obj = STM_OBJ((run + i) << STM_PAGE_SHIFT);
        memset((char *)SEG->self_base + STM_REF(obj), 0, STM_PAGE);
        obj->size = STM_PAGE / STM_GRANULE;
        obj->flags = STMF_BARRIER | STMF_OWN;
        stm_note_own(STM_REF(obj), STM_REF(obj) + STM_PAGE);
        *field(obj, i) = value + i;
        set(table, i, STM_REF(obj));
    }
}

static void withdraw(void *arg) {
    (void)arg;
    for (unsigned i = 0; i < PAGES; i++) set(table, i, 0);
}

static void visit(void *arg) {
    (void)arg;
    for (unsigned i = 0; i < PAGES; i++) {
        if (accesses[i] == NONE) continue;
        StmObj obj = STM_OBJ(get(table, i));
        CHECK(get(obj, i) == value + i);
        CHECK(get(obj, i + PAGES) == 0);
        if (accesses[i] == WRITE) set(obj, i + PAGES, value);
    }
}

static void check_visit(void *arg) {
    (void)arg;
    for (unsigned i = 0; i < PAGES; i++) {
        StmObj obj = STM_OBJ(get(table, i));
        CHECK(get(obj, i) == value + i);
        CHECK(get(obj, i + PAGES) == (accesses[i] == WRITE ? value : 0));
    }
}

static void visitor(void *arg) {
    (void)arg;
    for (unsigned round = 0;; round++) {
        turn_pass(MAIN, VISITOR, round % 2);
        if (atomic_load_seqcst(&turn) == OVER) return;
        transact(visit, NULL);
    }
}

/* Afterwards no record of the run is on its way to the base: as after the major collection that finds pages dead. */
static __attribute__((noinline)) void drain_log(void) {
    sigjmp_buf buf;
    stm_self->abort_jmp = &buf;
    sigsetjmp(buf, 0);
    while (!stm_stop_world()) continue;
    stm_resume_world();
}

static size_t count_free(uint64_t first, size_t n) {
    size_t count = 0;
    for (uint64_t page = first; page < first + n; page++) count += stm_page_state(page, NULL) == STM_PAGE_FREE;
    return count;
}

static void release_and_claim(uint64_t first, size_t n) {
    uint64_t others = stm_pages_in_use() - (n - count_free(first, n));
    stm_release_pages(first, n);
    CHECK(stm_pages_in_use() == others && count_free(first, n) == n);
    CHECK(stm_claim_pages(first, n));
    CHECK(stm_pages_in_use() == others + n && count_free(first, n) == 0);
    CHECK(*(uint64_t GS *)(first << STM_PAGE_SHIFT) == 0);
}

/* Some are free when the others are claimed or released with them; some are our own already. */
static void renew_pages(uint64_t *state) {
    size_t from = rng(state) % PAGES, n = 1 + rng(state) % (PAGES - from);
    if (rng(state) % 2) stm_release_pages(run + from, n);
    if (rng(state) % 2) release_and_claim(run, PAGES / 2);
    CHECK(stm_claim_pages(run, PAGES));
    if (rng(state) % 4 == 0) release_and_claim(run + PAGES / 3, PAGES / 3);
    for (unsigned i = 0; i < PAGES; i++) {
        unsigned owner;
        CHECK(stm_page_state(run + i, &owner) == STM_PAGE_EXCLUSIVE && owner == SEG->index);
    }
}

static void one_round(uint64_t *state) {
    value = rng(state) >> 8;
    transact(publish, NULL);
    unsigned alike = 1 + (unsigned)(rng(state) % 6); /* pages in a row that are visited alike, about */
    for (unsigned i = 0; i < PAGES; i++)
        accesses[i] = i && rng(state) % alike ? accesses[i - 1] : (Access)(rng(state) % ACCESSES);
    turn_pass(VISITOR, MAIN, rng(state) % 2);
    if (rng(state) % 2) transact(check_visit, NULL);
    transact(withdraw, NULL);
    drain_log();
    renew_pages(state);
}

int main(void) {
    StmConfig config = {.start_multi = true};
    test_start(&config);
    table = test_alloc(1 + PAGES);
    run = test_next_page;
    test_next_page += PAGES;
    CHECK(stm_claim_pages(run, PAGES));
    turn = VISITOR;
    TestThread thread;
    test_spawn(&thread, visitor, NULL);
    turn_pass(VISITOR, MAIN, false);
    uint64_t state = 88172645463325252ull;
    for (int i = 0; i < ROUNDS; i++) one_round(&state);
    atomic_store_seqcst(&turn, OVER);
    test_join(&thread, 1);
    StmStats stats;
    stm_total_stats(&stats);
    CHECK(stats.page_transfers > ROUNDS && stats.page_privatised > ROUNDS);
    stm_fini();
    return test_summary();
}
