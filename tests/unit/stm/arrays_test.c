/* Large arrays: granules, whole pages and ranges in the undo list; aborts, other threads' visits, stops. The sum of all
 * shared arrays is kept whatever they do: each thread works mostly on the one that it has made, at times on others' (whose pages
 * were EXCLUSIVE until then), and at times replaces its own. A private array of each thread is always what its thread expects. */
#include "harness.h"
#include <sched.h>

enum { THREADS = 3, PAGES = 6, WORDS = PAGES * 512 - 1, START = 1000, TOTAL = THREADS * WORDS * START };
static StmObj slots, mine[THREADS]; /* fields of slots: the shared arrays */
static int rounds = 400;

static size_t array_bytes(StmObj obj) {
    (void)obj;
    return PAGES * STM_PAGE;
}

static StmObj new_array(unsigned kind) {
    uint64_t page = __atomic_fetch_add(&test_next_page, PAGES, __ATOMIC_RELAXED);
    if (!stm_claim_pages(page, PAGES)) abort();
    StmObj array = STM_OBJ(page << STM_PAGE_SHIFT);
    memset((char *)SEG->self_base + STM_REF(array), 0, PAGES * STM_PAGE);
    array->kind = (uint8_t)kind;
    array->flags = STMF_BARRIER | STMF_CARDS | (SEG->multi ? STMF_OWN : 0);
    if (SEG->multi) stm_note_own(STM_REF(array), STM_REF(array) + PAGES * STM_PAGE);
    return array;
}

static void put(StmObj array, unsigned i, uint64_t value, bool plain) {
    if (plain) stm_write_plain(array, field(array, i));
    else stm_write(array, field(array, i));
    *field(array, i) = value;
}

/* ---- one transaction of a thread -------------------------------------------------------------- */

typedef struct Work {
    uint64_t random, writes;
    unsigned home;
    int tries;
} Work;

static StmObj shared_array(unsigned slot) { return STM_OBJ(get(slots, slot)); }

/* The words of [first, first + n) each to the next place: their sum stays. */
static void rotate(StmObj array, unsigned first, unsigned n) {
    stm_write_range(array, field(array, first), n * STM_GRANULE);
    uint64_t last = *field(array, first + n - 1);
    for (unsigned i = n - 1; i > 0; i--) *field(array, first + i) = *field(array, first + i - 1);
    *field(array, first) = last;
}

static void scatter(StmObj array, uint64_t state, uint64_t writes, unsigned first, unsigned span) {
    for (uint64_t i = 0; i < writes; i++) {
        unsigned from = first + (unsigned)(rng(&state) % span), to = first + (unsigned)(rng(&state) % span);
        bool plain = state & 1;
        put(array, from, get(array, from) - 1, plain);
        if (i % 32 == 0) point();
        put(array, to, get(array, to) + 1, plain);
        if (i % 64 == 63) stm_rearm_written();
    }
}

static void work(void *arg) {
    Work *w = arg;
    uint64_t state = w->random;
    StmObj shared = shared_array(rng(&state) % 8 ? w->home : (unsigned)(rng(&state) % THREADS));
    unsigned first = (unsigned)(rng(&state) % (PAGES - 1)) * 512 + 100;
    bool wide = rng(&state) % 4 == 0;
    scatter(shared, state, w->writes, wide ? 0 : first, wide ? WORDS : 512);
    unsigned n = 2 + (unsigned)(rng(&state) % 300);
    if (rng(&state) % 4 == 0) rotate(shared, first, n);
    for (int i = 0; i < 20 && state % 4 == 0; i++) { /* time for visitors */
        sched_yield();
        point();
    }
    scatter(shared, state, w->writes / 4, first, 64);
    if (w->tries++ == 0 && w->random % 3 == 0 && !stm_self->inevitable) stm_abort_and_restart("test");
}

static void check_sum(void *arg) {
    uint64_t sum = 0;
    for (unsigned k = 0; k < THREADS; k++)
        for (unsigned i = 0; i < WORDS; i++) sum += get(shared_array(k), i);
    *(uint64_t *)arg = sum;
}

static void renew(void *arg) {
    unsigned slot = *(unsigned *)arg;
    StmObj old = shared_array(slot), array = new_array(0);
    for (unsigned i = 0; i < WORDS; i++) put(array, i, get(old, i), i & 1);
    set(slots, slot, STM_REF(array));
    for (int i = 0; i < 4; i++) point();
    rotate(array, 700, 100);
}

/* Alone with its array: what an abort leaves is what was there, whatever was written and how often. */
typedef struct Private {
    StmObj array;
    uint64_t *model, random;
    int tries;
} Private;

static void private_body(void *arg) {
    Private *p = arg;
    uint64_t state = p->random, n = rng(&state) % 3 ? rng(&state) % 40 : rng(&state) % 3000;
    for (unsigned i = 0; i < WORDS; i++)
        if (*field(p->array, i) != p->model[i]) {
            CHECK(*field(p->array, i) == p->model[i]);
            break;
        }
    for (uint64_t i = 0; i < n; i++) {
        unsigned at = (unsigned)(rng(&state) % (n < 40 ? WORDS : 700));
        put(p->array, at, i ^ state, state & 1);
        if (i == n / 2) point();
    }
    if (p->tries++ < 2 && state % 3 == 0 && !stm_self->inevitable) stm_abort_and_restart("test");
}

static void private_round(Private *p) {
    transact(private_body, p);
    uint64_t state = p->random, n = rng(&state) % 3 ? rng(&state) % 40 : rng(&state) % 3000;
    for (uint64_t i = 0; i < n; i++) {
        unsigned at = (unsigned)(rng(&state) % (n < 40 ? WORDS : 700));
        p->model[at] = i ^ state;
    }
}

/* ---- stops -------------------------------------------------------------------------------------- */

static uint64_t committed[THREADS][WORDS], committed_slots[THREADS];

static void committed_piece(void *arg, StmThread *thread, StmRef obj, uint64_t offset, const uint64_t *old, const uint64_t *now,
                            size_t n) {
    (void)arg, (void)thread, (void)now;
    for (size_t i = 0; i < n; i++, offset += STM_GRANULE) {
        if (stm_page_state((obj + offset) >> STM_PAGE_SHIFT, NULL) != STM_PAGE_EXCLUSIVE || offset == 0) continue;
        for (int k = 0; k < THREADS; k++)
            if (obj == committed_slots[k]) committed[k][offset / 8 - 1] = old[i]; /* the oldest comes last */
    }
}

static void committed_slot(void *arg, StmThread *thread, StmRef obj, uint64_t offset, const uint64_t *old, const uint64_t *now,
                           size_t n) {
    (void)arg, (void)thread, (void)now;
    if (obj != STM_REF(slots) || stm_page_state(obj >> STM_PAGE_SHIFT, NULL) != STM_PAGE_EXCLUSIVE) return;
    for (size_t i = 0; i < n; i++)
        if (offset / 8 + i >= 1) committed_slots[offset / 8 + i - 1] = old[i];
}

static __attribute__((noinline)) void stop_once(void) {
    sigjmp_buf buf;
    stm_self->abort_jmp = &buf;
    sigsetjmp(buf, 0);
    if (!stm_stop_world()) return;
    memcpy(committed_slots, (char *)stm_base_flat(STM_REF(slots)) + 8, sizeof committed_slots);
    stm_for_each_undo_stw(committed_slot, NULL);
    for (int k = 0; k < THREADS; k++) memcpy(committed[k], (char *)stm_base_flat(committed_slots[k]) + 8, sizeof committed[k]);
    stm_for_each_undo_stw(committed_piece, NULL);
    uint64_t sum = 0;
    for (unsigned i = 0; i < THREADS * WORDS; i++) sum += committed[i / WORDS][i % WORDS];
    CHECK(sum == TOTAL);
    stm_reshare_page_run_stw(HEAP_START >> STM_PAGE_SHIFT, test_next_page - (HEAP_START >> STM_PAGE_SHIFT));
    stm_resume_world();
}

/* ---- threads ------------------------------------------------------------------------------------ */

static void make_mine(void *arg) { *(StmObj *)arg = new_array(GC_KIND_LEAF); }

static void array_thread(void *arg) {
    int me = (int)(intptr_t)arg;
    uint64_t state = 88172645463325252ull + (uint64_t)me * 7919;
    transact(make_mine, &mine[me]);
    Private p = {mine[me], calloc(WORDS, sizeof(uint64_t)), 0, 0};
    for (int i = 0; i < rounds; i++) {
        static const unsigned amounts[] = {1, 3, 20, 400};
        Work w = {rng(&state), amounts[rng(&state) % 4], (unsigned)me, 0};
        transact(work, &w);
        if (i % 12 == 11) transact(renew, &w.home);
        p.random = rng(&state);
        p.tries = 0;
        private_round(&p);
        uint64_t sum;
        if (i % 16 == 0) {
            transact(check_sum, &sum);
            if (sum != TOTAL) CHECK(sum == TOTAL);
        }
        if (i % 30 == 15 + me) stop_once();
    }
    free(p.model);
}

static void all(const char *what, const StmConfig *config, int n) {
    int64_t start = test_now();
    test_start(config);
    stm_hooks.object_size = array_bytes;
    slots = test_alloc(1 + THREADS);
    for (unsigned k = 0; k < THREADS; k++) {
        StmObj array = new_array(0);
        for (unsigned i = 0; i < WORDS; i++) set(array, i, START);
        set(slots, k, STM_REF(array));
    }
    stm_enter_multi();
    stm_commit_and_begin();
    TestThread threads[THREADS];
    for (int i = 0; i < n; i++) test_spawn(&threads[i], array_thread, (void *)(intptr_t)i);
    test_join(threads, n);
    uint64_t sum;
    transact(check_sum, &sum);
    CHECK(sum == TOTAL);
    StmStats stats;
    stm_total_stats(&stats);
    printf("%s: %ld ms, %lu transfers of pages\n", what, (test_now() - start) / 1000000, stats.page_transfers);
    stm_fini();
}

int main(int argc, char **argv) {
    if (argc > 1) rounds = atoi(argv[1]);
    StmConfig config = {0};
    all("one thread", &config, 1);
    all("plain", &config, THREADS);
    config.log_limit = 8192;
    all("small log", &config, THREADS);
    config.chaos_seed = 7;
    config.log_limit = 0;
    all("chaos", &config, THREADS);
    config.chaos_seed = 0;
    config.quantum = 1;
    all("quantum 1", &config, THREADS);
    return test_summary();
}
