/* Random histories, checked against a serial order.
 *
 * Variables are fields of objects; each write stores a number of its own and is preceded by a read,
 * so a committed transaction's notes say whose value it read and whose it replaced. From them
 * follow all dependencies: writer before reader, writer before overwriter, reader before
 * overwriter. The history is serialisable if and only if the graph has no cycle. */
#include "harness.h"

enum {
    THREADS = 4,
    SLOTS = 24, /* shared table: slot i refers to an object */
    FIELDS = 3, /* variables of an object */
    OPS = 6,    /* of a transaction, at most */
    MAX_NOTES = 2 * OPS + 8
};

typedef struct Note { /* one access to a variable */
    StmRef var;
    uint64_t saw,
        wrote; /* wrote 0: only read. Values are transaction numbers (slots: references) */
} Note;

typedef struct Tx {
    uint64_t id;
    int n;
    Note notes[MAX_NOTES];
} Tx;

typedef struct Worker {
    int index;
    int n_tx;
    Tx *txs; /* committed */
    Tx now;  /* running */
    uint64_t random, step_random;
    StmRef created;
} Worker;

static StmObj table;
static int per_thread = 1500;
static bool with_stops, with_objects;

static Note *note_find(Tx *tx, StmRef var) {
    for (int i = 0; i < tx->n; i++)
        if (tx->notes[i].var == var) return &tx->notes[i];
    return NULL;
}

static uint64_t tx_read(Tx *tx, StmObj obj, unsigned i) {
    uint64_t value = get(obj, i);
    StmRef var = STM_REF(field(obj, i));
    Note *note = note_find(tx, var);
    if (!note) {
        tx->notes[tx->n++] = (Note){var, value, 0};
    } else { /* repeatable, and our own writes are seen */
        uint64_t want = note->wrote ? note->wrote : note->saw;
        if (value != want) CHECK(value == want);
    }
    return value;
}

static void tx_write(Tx *tx, StmObj obj, unsigned i, uint64_t value) {
    tx_read(tx, obj, i);
    set(obj, i, value);
    note_find(tx, STM_REF(field(obj, i)))->wrote = value;
}

static void tx_new_object(Worker *w, Tx *tx, unsigned slot) {
    StmObj fresh = test_alloc(1 + FIELDS + rng(&w->step_random) % 30);
    for (unsigned i = 0; i < FIELDS; i++) tx_write(tx, fresh, i, tx->id);
    tx_write(tx, table, slot, STM_REF(fresh));
}

static void tx_body(void *arg) {
    Worker *w = arg;
    Tx *tx = &w->now;
    tx->n = 0;
    uint64_t r = w->step_random;
    if (r % 64 == 1) stm_become_inevitable("history");
    int ops = 1 + (int)(rng(&r) % OPS);
    for (int i = 0; i < ops; i++) {
        uint64_t pick = rng(&r);
        unsigned slot = (unsigned)(pick % SLOTS);
        if (with_objects && pick / 1024 % 16 == 0 && tx->n + FIELDS + 2 < MAX_NOTES) {
            w->step_random = r;
            tx_new_object(w, tx, slot);
            continue;
        }
        StmObj obj = STM_OBJ(tx_read(tx, table, slot));
        if (pick / 4096 % 3 == 0)
            tx_write(tx, obj, (unsigned)(pick / 65536 % FIELDS), tx->id);
        else
            tx_read(tx, obj, (unsigned)(pick / 65536 % FIELDS));
        if (tx->n + 2 > MAX_NOTES) break;
        point();
    }
}

static __attribute__((noinline)) void stop_and_reshare(void) {
    sigjmp_buf buf;
    stm_self->abort_jmp = &buf;
    sigsetjmp(buf, 0);
    if (!stm_stop_world()) return;
    uint64_t first = HEAP_START >> STM_PAGE_SHIFT;
    stm_reshare_page_run_stw(first, test_next_page - first);
    stm_resume_world();
}

static void worker_main(void *arg) {
    Worker *w = arg;
    for (w->n_tx = 0; w->n_tx < per_thread; w->n_tx++) {
        w->now.id = ((uint64_t)w->n_tx * THREADS + (uint64_t)w->index + 1) << 3 | 1;
        uint64_t seed = w->step_random = rng(&w->random);
        transact(tx_body, w);
        w->txs[w->n_tx] = w->now;
        if (with_stops && seed % 97 == 0) stop_and_reshare();
        if (seed % 41 == 0) {
            stm_detach();
            if (seed % 3 == 0) usleep(50);
            stm_attach();
        }
    }
}

/* ---- the check ------------------------------------------------------------------------------ */

typedef struct Access {
    StmRef var;
    uint64_t saw, wrote;
    int tx;
} Access;

static int access_compare(const void *a, const void *b) {
    const Access *x = a, *y = b;
    if (x->var != y->var) return x->var < y->var ? -1 : 1;
    if (x->saw != y->saw) return x->saw < y->saw ? -1 : 1;
    return (x->wrote == 0) - (y->wrote == 0); /* the overwriter first */
}

typedef struct Edge {
    int to, next;
} Edge;
static Edge *edges;
static int n_edges, *heads;
static void edge(int from, int to) {
    if (from == to || from < 0 || to < 0) return;
    edges[n_edges] = (Edge){to, heads[from]};
    heads[from] = n_edges++;
}

static int writer_of(const Access *writes, int n, StmRef var, uint64_t value) {
    int lo = 0, hi = n;
    while (lo < hi) {
        int mid = (lo + hi) / 2;
        const Access *a = &writes[mid];
        if (a->var < var || (a->var == var && a->wrote < value))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && writes[lo].var == var && writes[lo].wrote == value ? writes[lo].tx : -1;
}

static int writes_compare(const void *a, const void *b) {
    const Access *x = a, *y = b;
    if (x->var != y->var) return x->var < y->var ? -1 : 1;
    return x->wrote < y->wrote ? -1 : x->wrote > y->wrote;
}

/* Kahn's algorithm: true if every transaction finds a place in an order. */
static bool acyclic(int n) {
    int *in = calloc((size_t)n, sizeof *in), *queue = calloc((size_t)n, sizeof *queue);
    for (int i = 0; i < n_edges; i++) in[edges[i].to]++;
    int head = 0, tail = 0;
    for (int i = 0; i < n; i++)
        if (!in[i]) queue[tail++] = i;
    while (head < tail)
        for (int e = heads[queue[head++]]; e >= 0; e = edges[e].next)
            if (--in[edges[e].to] == 0) queue[tail++] = edges[e].to;
    free(in);
    free(queue);
    return tail == n;
}

static void check_history(Worker *workers) {
    int n_tx = THREADS * per_thread, n = 0, n_writes = 0, lost = 0;
    Access *all = malloc((size_t)n_tx * MAX_NOTES * sizeof *all);
    Access *writes = malloc((size_t)n_tx * MAX_NOTES * sizeof *writes);
    heads = malloc((size_t)n_tx * sizeof *heads);
    memset(heads, -1, (size_t)n_tx * sizeof *heads);
    for (int t = 0; t < n_tx; t++) {
        Tx *tx = &workers[t / per_thread].txs[t % per_thread];
        for (int i = 0; i < tx->n; i++) {
            all[n] = (Access){tx->notes[i].var, tx->notes[i].saw, tx->notes[i].wrote, t};
            if (all[n].wrote) writes[n_writes++] = all[n];
            n++;
        }
    }
    edges = malloc(((size_t)n * 3 + (size_t)n_tx) * sizeof *edges);
    n_edges = 0;
    qsort(all, (size_t)n, sizeof *all, access_compare);
    qsort(writes, (size_t)n_writes, sizeof *writes, writes_compare);
    for (int i = 0, overwriter = -1; i < n; i++) {
        bool first = i == 0 || all[i].var != all[i - 1].var || all[i].saw != all[i - 1].saw;
        if (first)
            overwriter = all[i].wrote ? all[i].tx : -1;
        else if (all[i].wrote)
            lost++; /* two transactions replaced the same value */
        edge(writer_of(writes, n_writes, all[i].var, all[i].saw), all[i].tx);
        edge(all[i].tx, overwriter);
    }
    for (int t = 1; t < n_tx; t++)
        if (t % per_thread) edge(t - 1, t); /* a thread's own order */
    CHECK(lost == 0);
    CHECK(acyclic(n_tx));
    free(all);
    free(writes);
    free(heads);
    free(edges);
}

static void history(const char *what, StmConfig *config, uint64_t seed) {
    int64_t start = test_now();
    test_start(config);
    stm_enter_multi();
    stm_commit_and_begin();
    table = test_alloc(1 + SLOTS);
    for (unsigned i = 0; i < SLOTS; i++) {
        if (i % 5 == 0) test_fresh_page();
        set(table, i, STM_REF(test_alloc(1 + FIELDS + i)));
    }
    stm_commit_and_begin();
    TestThread threads[THREADS];
    Worker workers[THREADS] = {0};
    stm_enter_multi();
    for (int i = 0; i < THREADS; i++) {
        workers[i].index = i;
        workers[i].random = seed * 7919 + (uint64_t)i * 104729 + 1;
        workers[i].txs = malloc((size_t)per_thread * sizeof(Tx));
        test_spawn(&threads[i], worker_main, &workers[i]);
    }
    test_join(threads, THREADS);
    check_history(workers);
    for (int i = 0; i < THREADS; i++) free(workers[i].txs);
    StmStats s;
    stm_total_stats(&s);
    printf("%s: %ld ms, %lu commits, %lu aborts, %lu transfers, %lu rebuilt, %lu evictions\n", what,
           (test_now() - start) / 1000000, s.commits, s.aborts, s.page_transfers, s.page_rebuilt,
           s.evictions);
    stm_fini();
}

int main(int argc, char **argv) {
    int repeat = argc > 1 ? atoi(argv[1]) : 1;
    if (argc > 2) per_thread = atoi(argv[2]);
    for (int i = 0; i < repeat; i++) {
        StmConfig config = {.max_segments = 5};
        uint64_t seed = (uint64_t)i * 31 + 1;
        with_objects = with_stops = false;
        history("fixed objects", &config, seed);
        with_objects = true;
        history("new objects", &config, seed);
        with_stops = true;
        history("and stops", &config, seed);
        config.chaos_seed = seed;
        history("and chaos", &config, seed);
        config.max_segments = 3;
        config.log_limit = 3000;
        history("3 segments, small log", &config, seed);
    }
    return test_summary();
}
