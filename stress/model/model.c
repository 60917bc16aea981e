/* An executable model of the page protocol: 3 segments, 4 pages of 2 granules, random steps.
 *
 * It has what stm/page.c, fault.c, import.c, log.c and transaction.c do to page states, copies, the
 * log and the base, without memory mappings, locks or threads: one step is what the code does in
 * one page_lock section or between two of them. An object is a page, so undo copies span granules. The first granule is a covered
 * word: its value says which page it refers to, and who follows it marks only what it reads there.
 * Every EPOCH transactions the history, aborted ones as readers included, is checked for a serial
 * order: the graph of writer -> reader, writer -> overwriter, reader -> overwriter must have no
 * cycle.
 *
 *   model [steps] [seed] [rule]    leave out one rule of the protocol: the check must notice
 *   model --all [steps] [seed]     the protocol, then every rule left out in turn; ends with
 *                                  "N passed, M failed"
 *
 * Change the model together with the protocol. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEGS = 3, PAGES = 4, PER_PAGE = 2, GRANULES = PAGES * PER_PAGE, EPOCH = 60, MAX_LOG = 4096 };
enum { STALE, SHARED, PRIVATE, EXCL };
enum { EXCLUSIVE, CLEAN, VERSIONED };
enum { IDLE, RUNNING, WAITING };

/* The rules that can be left out. */
enum Rule {
    NOTHING,
    CHECK_CHANGED,    /* P5: who visits a page extends its snapshot to the last in-place change */
    RESHARE_KEPT,     /* P1: no other running transaction has lost what becomes EXCLUSIVE: it may have read there */
    IMPORT_INTO_UNDO, /* an import goes into undo copies too */
    RESTORE_BASE,     /* a page taken from a running transaction: the base gets the old content */
    VALIDATE,         /* a commit with records validates against newer entries */
    WRITE_IS_READ,    /* a write marks its granule */
    BASE_WAITS,       /* the base does not pass a segment's position */
    EVICT_DROPS,      /* an evicted segment forgets its copies */
    MOVE_AFTER_READS, /* a page moves only to a segment that is not older than its last readers */
    REBUILD_REPLAYS,  /* a rebuilt page gets the log after the base */
    COVERS,           /* an entry that changes the covered word names what that referred to */
    FAULT_MARKS,      /* F2: what is touched without access is marked before anything is imported */
    RULES
};
static const char *const rule_names[] = {"nothing",          "CHECK_CHANGED",  "RESHARE_KEPT",
                                         "IMPORT_INTO_UNDO", "RESTORE_BASE",   "VALIDATE",
                                         "WRITE_IS_READ",    "BASE_WAITS",     "EVICT_DROPS",
                                         "MOVE_AFTER_READS", "REBUILD_REPLAYS", "COVERS",
                                         "FAULT_MARKS"};
static enum Rule left_out;
#define HOLDS(rule) (left_out != (rule))

typedef struct Note {
    int granule;
    uint32_t saw, wrote;
} Note;
typedef struct Tx {
    int n, segment;
    bool committed;
    Note notes[GRANULES];
} Tx;
typedef struct Entry {
    int n;
    unsigned covers; /* a bit for a page */
    struct {
        int granule;
        uint32_t value;
    } writes[GRANULES];
} Entry;
typedef struct Segment {
    int status, want;
    int local[PAGES];
    uint32_t copy[GRANULES];
    int pos;
    bool evicted, nobodys;
    bool read[GRANULES];
    bool undone[PAGES], lost[PAGES];
    uint32_t undo[GRANULES];
    unsigned covers;
    bool following; /* it has read the covered word, as `followed`, and is on its way to granule `target` */
    uint32_t followed;
    int target;
    Tx tx;
} Segment;

static struct {
    uint32_t base[GRANULES];
    int base_pos, n_log;
    Entry log[MAX_LOG]; /* entry i moves position i to i + 1 */
    int page[PAGES], owner[PAGES], changed[PAGES];
    Segment segs[SEGS];
    int n_txs;
    Tx txs[EPOCH + SEGS];
    uint32_t next_value;
} m;
static uint64_t random_state;
static long n_steps, n_commits, n_aborts, n_serves, n_rebuilds, n_reshares;
static const char *broken; /* an invariant that failed */

static unsigned pick(unsigned n) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)((random_state >> 20) % n);
}

static void expect(bool good, const char *what) {
    if (!good && !broken) broken = what;
}

static uint32_t *view(Segment *s, int g) {
    int local = s->local[g / PER_PAGE];
    expect(local != STALE, "access to a STALE page");
    return local == PRIVATE ? &s->copy[g] : &m.base[g];
}

static void privatise(Segment *s, int p) {
    for (int g = p * PER_PAGE; g < (p + 1) * PER_PAGE; g++) s->copy[g] = m.base[g];
    s->local[p] = PRIVATE;
    m.page[p] = VERSIONED;
}

/* ---- import, abort --------------------------------------------------------------------------- */

static void import_write(Segment *s, int g, uint32_t value) {
    int p = g / PER_PAGE;
    expect(s->local[p] != EXCL, "a record on an EXCLUSIVE page");
    if (s->local[p] == SHARED) {
        if (pick(2)) {
            privatise(s, p);
        } else {
            s->local[p] = STALE;
            s->lost[p] = true;
        }
    }
    if (s->local[p] != PRIVATE) return;
    s->copy[g] = value;
    if (s->undone[p] && HOLDS(IMPORT_INTO_UNDO)) s->undo[g] = value;
}

static bool import(Segment *s, bool validate) {
    while (s->pos < m.n_log) {
        Entry *e = &m.log[s->pos];
        for (int i = 0; validate && i < e->n; i++)
            if (s->read[e->writes[i].granule]) return false;
        for (int g = 0; validate && g < GRANULES; g++)
            if (s->read[g] && e->covers >> (g / PER_PAGE) & 1) return false;
        for (int i = 0; i < e->n; i++) import_write(s, e->writes[i].granule, e->writes[i].value);
        s->pos++;
    }
    return true;
}

static void tx_end(Segment *s, bool committed) {
    s->tx.committed = committed;
    s->tx.segment = (int)(s - m.segs);
    m.txs[m.n_txs++] = s->tx;
    memset(s->undone, 0, sizeof s->undone);
    s->covers = 0;
    s->following = false;
    s->status = IDLE;
    s->nobodys = pick(4) == 0;
    committed ? n_commits++ : n_aborts++;
}

static void tx_abort(Segment *s) {
    for (int p = 0; p < PAGES; p++)
        for (int g = p * PER_PAGE; s->undone[p] && g < (p + 1) * PER_PAGE; g++)
            *view(s, g) = s->undo[g];
    tx_end(s, false);
}

/* ---- pages ------------------------------------------------------------------------------------
 */

static void serve(Segment *owner, int p) {
    n_serves++;
    if (!owner->undone[p]) {
        owner->local[p] = SHARED;
        m.page[p] = CLEAN;
        return;
    }
    for (int g = p * PER_PAGE; g < (p + 1) * PER_PAGE; g++) {
        owner->copy[g] = m.base[g];
        if (HOLDS(RESTORE_BASE)) m.base[g] = owner->undo[g];
    }
    owner->local[p] = PRIVATE;
    m.page[p] = VERSIONED;
}

static void serve_requests(Segment *owner) {
    for (int i = 0; i < SEGS; i++) {
        int p = m.segs[i].want;
        if (m.segs[i].status == WAITING && m.page[p] == EXCLUSIVE && m.owner[p] == owner - m.segs)
            serve(owner, p);
    }
}

static void rebuild(Segment *s, int p) {
    n_rebuilds++;
    s->local[p] = SHARED;
    if (m.page[p] == VERSIONED && pick(2)) privatise(s, p);
    for (int i = m.base_pos; i < s->pos && HOLDS(REBUILD_REPLAYS); i++)
        for (int k = 0; k < m.log[i].n; k++) {
            int g = m.log[i].writes[k].granule;
            if (g / PER_PAGE != p) continue;
            if (s->local[p] == SHARED) privatise(s, p);
            s->copy[g] = m.log[i].writes[k].value;
        }
}

/* Can s read page p now? If not it waits, or has aborted. */
static bool access_page(Segment *s, int p) {
    while (s->local[p] == STALE) {
        if (m.page[p] != EXCLUSIVE) {
            if (m.changed[p] > s->pos && HOLDS(CHECK_CHANGED)) {
                if (!import(s, true)) return tx_abort(s), false;
                expect(m.changed[p] <= s->pos, "a page newer than the log");
                continue;
            }
            rebuild(s, p);
            continue;
        }
        Segment *owner = &m.segs[m.owner[p]];
        if (owner->status == RUNNING) {
            serve_requests(s);
            s->status = WAITING;
            s->want = p;
            return false;
        }
        if (owner->status == IDLE && owner->nobodys && m.changed[p] <= s->pos &&
            (owner->pos <= s->pos || !HOLDS(MOVE_AFTER_READS))) {
            owner->local[p] = STALE;
            s->local[p] = EXCL;
            m.owner[p] = (int)(s - m.segs);
        } else {
            serve(owner, p);
        }
    }
    return true;
}

/* ---- steps ------------------------------------------------------------------------------------
 */

static Note *note(Segment *s, int g) {
    for (int i = 0; i < s->tx.n; i++)
        if (s->tx.notes[i].granule == g) return &s->tx.notes[i];
    s->tx.notes[s->tx.n] = (Note){g, *view(s, g), 0};
    return &s->tx.notes[s->tx.n++];
}

static void step_begin(Segment *s) {
    if (m.n_txs >= EPOCH) return;
    if (s->evicted) {
        s->pos = m.base_pos;
        s->evicted = false;
    }
    import(s, false);
    s->status = RUNNING;
    s->nobodys = false;
    memset(s->read, 0, sizeof s->read);
    memset(s->lost, 0, sizeof s->lost);
    memset(&s->tx, 0, sizeof s->tx);
}

static void step_read(Segment *s) {
    int g = (int)pick(GRANULES);
    s->read[g] = true;
    if (!access_page(s, g / PER_PAGE)) return;
    Note *n = note(s, g);
    expect(*view(s, g) == (n->wrote ? n->wrote : n->saw), "a read is not repeatable");
}

static int page_behind(uint32_t word) { return 1 + (int)(word % (PAGES - 1)); }

/* The rest of step_follow, when the page is accessible. */
static void follow(Segment *s) {
    if (!s->following) return;
    s->following = false;
    s->read[s->target] = true;
    bool known = false;
    for (int i = 0; i < s->tx.n; i++)
        if (s->tx.notes[i].granule == 0) {
            known = true;
            expect(s->followed == (s->tx.notes[i].wrote ? s->tx.notes[i].wrote : s->tx.notes[i].saw), "the covered word is not repeatable");
        }
    if (!known) s->tx.notes[s->tx.n++] = (Note){0, s->followed, 0};
    note(s, s->target);
}

static void step_follow(Segment *s) {
    if (!access_page(s, 0)) return;
    s->following = true;
    s->followed = *view(s, 0);
    s->target = page_behind(s->followed) * PER_PAGE + (int)pick(PER_PAGE);
    if (HOLDS(FAULT_MARKS)) s->read[s->target] = true;
    if (access_page(s, s->target / PER_PAGE)) follow(s);
}

static void step_write(Segment *s) {
    int g = (int)pick(GRANULES), p = g / PER_PAGE;
    if (HOLDS(WRITE_IS_READ)) s->read[g] = true;
    if (!access_page(s, p)) return;
    if (s->local[p] == SHARED) privatise(s, p);
    if (!s->undone[p])
        for (int k = p * PER_PAGE; k < (p + 1) * PER_PAGE; k++) s->undo[k] = *view(s, k);
    s->undone[p] = true;
    Note *n = note(s, g); /* what it replaces, before it does */
    if (g == 0 && HOLDS(COVERS)) s->covers |= 1u << page_behind(*view(s, 0));
    n->wrote = *view(s, g) = ++m.next_value;
}

static void step_commit(Segment *s) {
    Entry e = {0};
    for (int p = 0; p < PAGES; p++)
        for (int g = p * PER_PAGE; s->undone[p] && s->local[p] == PRIVATE && g < (p + 1) * PER_PAGE;
             g++)
            if (s->copy[g] != s->undo[g]) {
                e.writes[e.n].granule = g;
                e.writes[e.n++].value = s->copy[g];
            }
    if (s->local[0] == PRIVATE) e.covers = s->covers;
    if (e.n) {
        if (!import(s, HOLDS(VALIDATE))) {
            tx_abort(s);
            return;
        }
        if (m.n_log == MAX_LOG) abort();
        m.log[m.n_log++] = e;
        s->pos = m.n_log;
    }
    for (int p = 0; p < PAGES; p++)
        if (s->undone[p] && s->local[p] == EXCL) m.changed[p] = s->pos;
    tx_end(s, true);
}

static void step_advance(void) {
    int min = m.n_log;
    for (int i = 0; i < SEGS; i++)
        if (!m.segs[i].evicted && m.segs[i].pos < min && HOLDS(BASE_WAITS)) min = m.segs[i].pos;
    for (; m.base_pos < min; m.base_pos++)
        for (int k = 0; k < m.log[m.base_pos].n; k++)
            m.base[m.log[m.base_pos].writes[k].granule] = m.log[m.base_pos].writes[k].value;
}

static void step_evict(Segment *s) {
    if (s->status != IDLE || s->evicted) return;
    for (int p = 0; p < PAGES; p++)
        if (s->local[p] == PRIVATE && HOLDS(EVICT_DROPS)) s->local[p] = SHARED;
    s->evicted = true;
}

static void reshare(int p) {
    Segment *user = NULL;
    int users = 0;
    for (int i = 0; i < SEGS; i++) {
        if (m.segs[i].undone[p]) return;
        users += m.segs[i].local[p] != STALE;
        if (m.segs[i].local[p] == PRIVATE) user = &m.segs[i];
    }
    if (users != 1) user = NULL;
    for (int i = 0; user && i < SEGS; i++)
        if (&m.segs[i] != user && m.segs[i].status != IDLE && m.segs[i].lost[p] && HOLDS(RESHARE_KEPT)) user = NULL;
    if (user) {
        user->local[p] = EXCL;
        m.page[p] = EXCLUSIVE;
        m.owner[p] = (int)(user - m.segs);
        m.changed[p] = user->pos;
        n_reshares++;
        return;
    }
    for (int i = 0; i < SEGS; i++)
        if (m.segs[i].local[p] == PRIVATE) m.segs[i].local[p] = SHARED;
    m.page[p] = CLEAN;
}

/* All at safepoints: nobody waits in a fault. */
static void step_stop_world(void) {
    for (int i = 0; i < SEGS; i++)
        if (m.segs[i].status == WAITING) return;
    for (int i = 0; i < SEGS; i++) {
        Segment *s = &m.segs[i];
        if (s->status == IDLE)
            step_evict(s);
        else if (!import(s, true)) {
            tx_abort(s);
            step_evict(s);
        }
    }
    step_advance();
    for (int p = 0; p < PAGES; p++)
        if (m.page[p] == VERSIONED) reshare(p);
}

static void step(void) {
    n_steps++;
    Segment *s = &m.segs[pick(SEGS)];
    unsigned what = pick(100);
    if (what < 4)
        step_advance();
    else if (what < 6)
        step_evict(s);
    else if (what < 7)
        step_stop_world();
    else if (s->status == IDLE)
        step_begin(s);
    else if (s->status == WAITING) {
        if (m.page[s->want] == EXCLUSIVE && m.segs[m.owner[s->want]].status == RUNNING) return;
        s->status = RUNNING;
        if (access_page(s, s->want)) follow(s);
    } else if (what < 20)
        serve_requests(s);
    else if (what < 50)
        pick(3) ? step_read(s) : step_follow(s);
    else if (what < 70)
        step_write(s);
    else if (what < 85)
        step_commit(s);
    else if (what < 87)
        tx_abort(s);
    else if (what < 90 && !import(s, true))
        tx_abort(s);
}

/* ---- the serial order -------------------------------------------------------------------------
 */

static bool edges[EPOCH + SEGS][EPOCH + SEGS];

static void edges_of(int reader, const Note *seen) {
    for (int t = 0; t < m.n_txs; t++) {
        if (t == reader || !m.txs[t].committed) continue;
        for (int i = 0; i < m.txs[t].n; i++) {
            const Note *n = &m.txs[t].notes[i];
            if (n->granule != seen->granule || !n->wrote) continue;
            if (n->wrote == seen->saw) edges[t][reader] = true;
            if (n->saw == seen->saw) edges[reader][t] = true;
        }
    }
}

static bool serialisable(void) {
    memset(edges, 0, sizeof edges);
    for (int t = 0; t < m.n_txs; t++)
        for (int i = 0; i < m.txs[t].n; i++) edges_of(t, &m.txs[t].notes[i]);
    for (int t = 0; t < m.n_txs; t++) /* a thread's own order */
        for (int k = t + 1; k < m.n_txs; k++)
            if (m.txs[k].segment == m.txs[t].segment) edges[t][k] = true;
    bool placed[EPOCH + SEGS] = {0};
    for (int left = m.n_txs, before = -1; left != before;) {
        before = left;
        for (int t = 0; t < m.n_txs; t++) {
            bool first = !placed[t];
            for (int k = 0; k < m.n_txs && first; k++) first = placed[k] || !edges[k][t];
            if (first) {
                placed[t] = true;
                left--;
            }
        }
        if (left == 0) return true;
    }
    return false;
}

static void epoch_start(void) {
    memset(&m, 0, sizeof m);
    for (int g = 0; g < GRANULES; g++) m.base[g] = ++m.next_value;
    for (int p = 0; p < PAGES; p++) {
        m.page[p] = pick(2) ? EXCLUSIVE : CLEAN;
        m.owner[p] = (int)pick(SEGS);
        for (int i = 0; i < SEGS; i++) {
            bool mine = m.page[p] == EXCLUSIVE && m.owner[p] == i;
            m.segs[i].local[p] = mine ? EXCL : m.page[p] == EXCLUSIVE || pick(2) ? STALE : SHARED;
        }
    }
}

/* True if nothing went wrong within `steps`. */
static bool run(long steps, uint64_t seed, enum Rule rule) {
    random_state = seed * 0x9e3779b97f4a7c15ull + 1;
    left_out = rule;
    broken = NULL;
    for (long until = n_steps + steps; n_steps < until && !broken;) {
        epoch_start();
        bool running = true;
        while (!broken && (m.n_txs < EPOCH || running)) {
            step();
            running = false;
            for (int i = 0; i < SEGS; i++) running |= m.segs[i].status != IDLE;
        }
        if (!broken && !serialisable()) broken = "no serial order";
    }
    return !broken;
}

static int run_all(long steps, uint64_t seed) {
    int passed = 0, failed = 0;
    for (enum Rule rule = NOTHING; rule < RULES; rule++) {
        bool wanted = rule == NOTHING;
        bool good = run(wanted ? steps : 20 * steps, seed, rule); /* some need a rare history */
        good == wanted ? passed++ : failed++;
        printf("%s%s: %s\n", rule ? "without " : "the protocol", rule ? rule_names[rule] : "",
               good ? "every history has a serial order" : broken);
    }
    printf("%ld steps, %ld commits, %ld aborts, %ld pages served, %ld rebuilt, %ld re-shared\n",
           n_steps, n_commits, n_aborts, n_serves, n_rebuilds, n_reshares);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}

int main(int argc, char **argv) {
    bool all = argc > 1 && !strcmp(argv[1], "--all");
    if (all) argv++, argc--;
    long steps = argc > 1 ? atol(argv[1]) : 2000000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    if (all || argc < 4) return run_all(steps, seed);
    for (enum Rule rule = NOTHING; rule < RULES; rule++)
        if (!strcmp(argv[3], rule_names[rule])) {
            bool good = run(steps, seed, rule);
            printf("%s after %ld steps\n", good ? "good" : broken, n_steps);
            return !good;
        }
    fprintf(stderr, "no such rule: %s\n", argv[3]);
    return 2;
}
