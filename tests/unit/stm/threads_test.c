/* Many threads: totals, serialisable histories, write skew, pages of each other, more threads than
 * segments, waiting, stops, small logs, chaos. */
#include "harness.h"

enum { MAX_THREADS = 64 };
static TestThread threads[MAX_THREADS];
static void run_threads(int n, void (*fn)(void *)) {
    stm_enter_multi();
    stm_commit_and_begin();
    for (int i = 0; i < n; i++) test_spawn(&threads[i], fn, (void *)(intptr_t)i);
    test_join(threads, n);
}

/* ---- bank: the sum is kept ------------------------------------------------------------------ */

enum { ACCOUNTS = 64 };
static StmObj accounts[ACCOUNTS];
static int rounds = 2000;

typedef struct Transfer {
    uint64_t random;
} Transfer;

static void bank_transfer(void *arg) {
    uint64_t random = ((Transfer *)arg)->random;
    StmObj from = accounts[random % ACCOUNTS], to = accounts[random / 64 % ACCOUNTS];
    uint64_t amount = random / 4096 % 10;
    set(from, 0, get(from, 0) - amount);
    point();
    set(to, 0, get(to, 0) + amount);
}

static void bank_sum(void *arg) {
    uint64_t sum = 0;
    for (int i = 0; i < ACCOUNTS; i++) {
        sum += get(accounts[i], 0);
        point();
    }
    if (sum != ACCOUNTS * 1000) CHECK(sum == ACCOUNTS * 1000); /* also if it aborts later */
    *(uint64_t *)arg = sum;
}

static void bank_thread(void *arg) {
    uint64_t state = 88172645463325252ull + (uintptr_t)arg * 7919;
    for (int i = 0; i < rounds; i++) {
        Transfer t = {rng(&state)};
        transact(bank_transfer, &t);
        if (i % 16 == 0) {
            uint64_t sum;
            transact(bank_sum, &sum);
            if (sum != ACCOUNTS * 1000) CHECK(sum == ACCOUNTS * 1000);
        }
    }
}

static void bank_setup(void) {
    for (int i = 0; i < ACCOUNTS; i++) {
        if (i % 8 == 0) test_fresh_page();
        accounts[i] = test_alloc(3 + i % 5);
        set(accounts[i], 0, 1000);
    }
    stm_commit_and_begin();
}

static void bank(int n) {
    bank_setup();
    run_threads(n, bank_thread);
    uint64_t sum;
    transact(bank_sum, &sum);
    CHECK(sum == ACCOUNTS * 1000);
}

/* ---- counters in a chain: every increment counts -------------------------------------------- */

static StmObj counter;
static void count_one(void *arg) {
    (void)arg;
    set(counter, 0, get(counter, 0) + 1);
}
static void count_thread(void *arg) {
    (void)arg;
    for (int i = 0; i < rounds; i++) transact(count_one, NULL);
}

static void counting(int n) {
    test_fresh_page();
    counter = test_alloc(2);
    stm_commit_and_begin();
    run_threads(n, count_thread);
    CHECK(get(counter, 0) == (uint64_t)n * rounds);
    stm_commit_and_begin();
}

/* ---- write skew: x + y >= 1 ------------------------------------------------------------------ */

static StmObj skew_x, skew_y;
static uint64_t skew_bad;
static void skew_take(void *arg) {
    bool mine = (intptr_t)arg & 1;
    uint64_t x = get(skew_x, 0);
    point();
    uint64_t y = get(skew_y, 0);
    if (x + y == 0) __atomic_fetch_add(&skew_bad, 1, __ATOMIC_RELAXED);
    if (x + y == 2)
        set(mine ? skew_x : skew_y, 0, 0);
    else
        set(x ? skew_y : skew_x, 0, 1);
}
static void skew_thread(void *arg) {
    for (int i = 0; i < rounds; i++) transact(skew_take, arg);
}
static void write_skew(void) {
    test_fresh_page();
    skew_x = test_alloc(2);
    test_fresh_page();
    skew_y = test_alloc(2);
    set(skew_x, 0, 1);
    set(skew_y, 0, 1);
    stm_commit_and_begin();
    run_threads(2, skew_thread);
    CHECK(skew_bad == 0);
}

/* ---- private objects, published through a shared slot: pages of each other ------------------ */

enum { SLOTS = 8, LIVE = 64 };
static StmObj slots; /* slot i: an object of some thread with two equal fields */
static uint64_t torn;
static uint64_t publish_random;

static _Thread_local StmRef private_objs[LIVE];

typedef struct PublishStep {
    uint64_t random;
    StmRef before; /* private_objs[..] when the transaction began: an abort discards a new one */
} PublishStep;

static void publish_step(void *arg) {
    uint64_t r = ((PublishStep *)arg)->random;
    private_objs[r % LIVE] = ((PublishStep *)arg)->before;
    /* change a private one, or one that somebody else has published */
    StmObj mine = STM_OBJ(private_objs[r % LIVE]);
    if (!STM_REF(mine)) {
        mine = test_alloc(5 + r % 40);
        private_objs[r % LIVE] = STM_REF(mine);
    }
    StmRef other = get(slots, r / 64 % SLOTS);
    if (other) {
        StmObj o = STM_OBJ(other);
        if (get(o, 0) != get(o, 3)) __atomic_fetch_add(&torn, 1, __ATOMIC_RELAXED);
        if (r / 1024 % 2) {
            uint64_t w = get(o, 0) + 5;
            point();
            set(o, 0, w);
            point();
            set(o, 3, w);
        }
    }
    point();
    set(mine, 0, get(mine, 0) + 1);
    point();
    set(mine, 3, get(mine, 3) + 1);
    if (r / 4096 % 4 == 0) set(slots, r / 64 % SLOTS, STM_REF(mine));
}

static void publish_thread(void *arg) {
    uint64_t state = 1234567 + (uintptr_t)arg * 99991 + publish_random;
    memset(private_objs, 0, sizeof private_objs);
    for (int i = 0; i < rounds; i++) {
        PublishStep step = {rng(&state), 0};
        step.before = private_objs[step.random % LIVE];
        transact(publish_step, &step);
    }
}

static void publishing(int n) {
    test_fresh_page();
    slots = test_alloc(1 + SLOTS);
    stm_commit_and_begin();
    run_threads(n, publish_thread);
    CHECK(torn == 0);
    publish_random++;
}

/* ---- many threads ---------------------------------------------------------------------------- */

static void many(void) {
    int keep = rounds;
    rounds = 50;
    counting(60);
    bank(40);
    rounds = keep;
}

/* ---- inevitable, detach, wait --------------------------------------------------------------- */

static void inevitable_one(void *arg) {
    (void)arg;
    stm_become_inevitable("test");
    count_one(NULL);
}
static void inevitable_thread(void *arg) {
    for (int i = 0; i < rounds / 4; i++) {
        transact((uintptr_t)arg % 2 ? inevitable_one : count_one, NULL);
        if (i % 8 == 0) {
            stm_detach();
            if (i % 64 == 0) usleep(100);
            stm_attach();
        }
    }
}
static void inevitable(void) {
    test_fresh_page();
    counter = test_alloc(2);
    stm_commit_and_begin();
    run_threads(4, inevitable_thread);
    CHECK(get(counter, 0) == 4ull * (rounds / 4));
}

enum { PINGS = 300 };
static void ping_set(void *arg) { set(counter, 0, *(uint64_t *)arg); }
static void ping_thread(void *arg) {
    uint64_t me = (uintptr_t)arg;
    for (uint64_t i = 0; i < PINGS;
         i++) { /* thread 0 turns even into odd, thread 1 odd into even */
        uint64_t want = 2 * i + me;
        for (;;) {
            uint64_t now = get(counter, 0);
            if (now == want) break;
            stm_wait_granule(STM_REF(field(counter, 0)), now, test_now() + 2000000000);
        }
        uint64_t next = want + 1;
        transact(ping_set, &next);
    }
}
static void waiting(void) {
    test_fresh_page();
    counter = test_alloc(2);
    stm_commit_and_begin();
    run_threads(2, ping_thread);
    CHECK(get(counter, 0) == 2 * PINGS);
    int64_t start = test_now();
    StmWait why = stm_wait_granule(STM_REF(field(counter, 0)), 2 * PINGS, start + 20000000);
    CHECK(why == STM_WAIT_TIMEOUT && test_now() - start >= 20000000);
    CHECK(stm_wait_granule(STM_REF(field(counter, 0)), 1, -1) == STM_WAIT_CHANGED);
    stm_post_event(stm_self);
    CHECK(SEG->control & STM_CTL_EVENTS);
    CHECK(stm_safepoint(0) == STM_SP_EVENTS);
}

/* ---- stopping the world ---------------------------------------------------------------------- */

/* Running transactions have written in place on EXCLUSIVE pages: the undo list has what is
 * committed. */
static void stop_committed(void *arg, StmThread *thread, StmRef obj, uint64_t offset,
                           const uint64_t *old, const uint64_t *now, size_t n) {
    (void)thread;
    StmRef first = obj + offset;
    for (size_t i = 0; i < n; i++)
        if (stm_page_state((first + i * 8) >> STM_PAGE_SHIFT, NULL) == STM_PAGE_EXCLUSIVE)
            for (int k = 0; k < ACCOUNTS; k++)
                if (STM_REF(field(accounts[k], 0)) == first + i * 8)
                    *(uint64_t *)arg += old[i] - now[i];
}

static __attribute__((noinline)) void stop_once(void) {
    sigjmp_buf buf;
    stm_self->abort_jmp = &buf;
    sigsetjmp(buf, 0);
    if (!stm_stop_world()) return;
    uint64_t sum = 0;
    for (int k = 0; k < ACCOUNTS; k++)
        sum += *(uint64_t *)stm_base_flat(STM_REF(field(accounts[k], 0)));
    stm_for_each_undo_stw(stop_committed, &sum);
    if (sum != ACCOUNTS * 1000) CHECK(sum == ACCOUNTS * 1000);
    uint64_t first = HEAP_START >> STM_PAGE_SHIFT;
    stm_reshare_page_run_stw(first, test_next_page - first);
    stm_resume_world();
}

static void stop_thread(void *arg) {
    uint64_t state = 5 + (uintptr_t)arg;
    for (int i = 0; i < rounds; i++) {
        Transfer t = {rng(&state)};
        transact(bank_transfer, &t);
        if (i % 128 == (int)(uintptr_t)arg * 16) stop_once();
    }
}
static void stopping(void) {
    bank_setup();
    run_threads(4, stop_thread);
    uint64_t sum;
    transact(bank_sum, &sum);
    CHECK(sum == ACCOUNTS * 1000);
}

static void all(const char *what, const StmConfig *config) {
    int64_t start = test_now();
    test_start(config);
    StmObj pad = test_alloc(100);
    set(pad, 0, 1);
    stm_enter_multi();
    stm_commit_and_begin();
    counting(2);
    bank(2);
    write_skew();
    publishing(2);
    publishing(4);
    inevitable();
    waiting();
    stopping();
    many();
    StmStats stats;
    stm_total_stats(&stats);
    printf("%s: %ld ms;", what, (test_now() - start) / 1000000);
    for (unsigned i = 0; stm_stat_name(i); i++)
        if (((uint64_t *)&stats)[i]) printf(" %s %lu", stm_stat_name(i), ((uint64_t *)&stats)[i]);
    printf("\n");
    stm_fini();
}

int main(int argc, char **argv) {
    if (argc > 1) rounds = atoi(argv[1]);
    StmConfig config = {0};
    all("plain", &config);
    config.max_segments = 2;
    all("two segments", &config);
    config.max_segments = 8;
    config.log_limit = 4096;
    all("small log", &config);
    config.chaos_seed = 42;
    config.log_limit = 0;
    all("chaos", &config);
    config.chaos_seed = 0;
    config.quantum = 1;
    all("quantum 1", &config);
    return test_summary();
}
