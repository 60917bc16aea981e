/* How long transactions are, and what happens to those that lose.
 *
 * The budget is counted in work units at safepoints; adaptive, it aims at TARGET_NS, for a thread that meets nobody
 * at LONG_NS. Every abort quarters it. Every commit doubles it up to TARGET_NS again, and from there to LONG_NS every
 * LONG_AFTER commits without an abort, so that an abort costs at most an eighth of what was done since; a thread that has met nobody and
 * begins while no other runs has LONG_NS at once; after INEVITABLE_AFTER aborts in
 * a row the transaction runs inevitable. Chaos hands the budget out in small pieces and aborts at
 * some of their ends.
 *
 * What threads fight about is mostly used inside of critical sections. After an abort a thread also ends its transactions where
 * such a section begins and soon after it has ended, so that a conflict there does not take the work around it: for split_for commits,
 * twice as many after each further abort. */
#include "stm/internal.h"

enum {
    TARGET_NS = 1000000,
    LONG_SHIFT = 5,
    LONG_NS = TARGET_NS << LONG_SHIFT,
    LONG_AFTER = 8,
    FIRST_BUDGET = 2000,
    BUDGET_MIN = 50,
    INEVITABLE_AFTER = 4,
    SPLIT_FIRST = 256,
    SPLIT_MAX = 1 << 16,
    CHAOS_PIECE = 100,
    TURN_NS = 3000000
};
static const int64_t budget_max = 1ll << 40;

static uint64_t chaos_random(StmThreadState *me) { /* xorshift64* */
    uint64_t x = me->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    me->random = x;
    return x * 0x2545f4914f6cdd1dull >> 16;
}

static int64_t chaos_piece(StmThreadState *me, int64_t budget) {
    if (!stm_world.config.chaos_seed) return budget;
    if (!me->random)
        me->random = stm_world.config.chaos_seed * 0x9e3779b97f4a7c15ull + me->thread->id;
    int64_t piece = (int64_t)(chaos_random(me) % CHAOS_PIECE);
    return piece < budget ? piece : budget;
}

void contention_start(StmThreadState *me) {
    me->shrink = LONG_SHIFT;
    me->split_for = SPLIT_FIRST;
}

bool stm_split_here(void) {
    enum { WORTH_UNITS = 1000 };
    StmThreadState *me = stm_self->state;
    if (!SEG->multi || !me->split_left || stm_self->atomic_depth) return false;
    return me->budget_start - me->budget_rest - SEG->budget >= WORTH_UNITS;
}

static void end_soon(StmThreadState *me) {
    enum { SOON_UNITS = 256 };
    if (SEG->budget + me->budget_rest <= SOON_UNITS) return;
    me->budget_start -= me->budget_rest + SEG->budget - SOON_UNITS;
    me->budget_rest = 0;
    SEG->budget = SOON_UNITS;
}

/* Not at once: sections that follow each other closely share a transaction. */
void stm_end_soon(void) {
    if (SEG->multi && stm_self->state->split_left) end_soon(stm_self->state);
}

void stm_end_for_waiters(void) {
    if (SEG->multi) end_soon(stm_self->state);
}

/* A hint: others may begin at any time. */
static bool runs_alone(const StmSegmentState *mine) {
    for (unsigned i = 1; i <= stm_world.n_segments; i++) {
        const StmSegmentState *seg = &stm_world.segs[i];
        unsigned state = WORD_STATE(atomic_load_relaxed(&seg->word));
        if (seg != mine && (state == WORD_RUNNING || state == WORD_PARKED)) return false;
    }
    return true;
}

void contention_set_budget(StmThreadState *me, StmSegmentState *seg) {
    /* One more after an abort: the safepoint where the transaction began is passed again. If it ended there, as one that has done
     * nothing, that commit would forget how often what follows has been tried. */
    int64_t budget = stm_world.config.quantum - 1 + (me->retries > 0);
    if (stm_world.config.quantum <= 0) {
        budget = me->units_per_ns > 0 ? (int64_t)(me->units_per_ns * LONG_NS) : FIRST_BUDGET << LONG_SHIFT;
        bool long_at_once = me->shrink && me->shrink <= LONG_SHIFT && runs_alone(seg);
        if (!long_at_once) budget >>= me->shrink;
        if (budget < BUDGET_MIN) budget = BUDGET_MIN;
        if (budget > budget_max) budget = budget_max;
    }
    int64_t piece = chaos_piece(me, budget);
    me->budget_rest = budget - piece;
    me->budget_start = budget;
    seg->hot->budget = piece;
}

/* The budget ran out: true if another piece of it was handed out instead. */
bool contention_next_piece(StmThreadState *me, StmSegmentState *seg) {
    if (me->budget_rest <= 0) return false;
    int64_t piece = chaos_piece(me, me->budget_rest);
    if (piece == 0) piece = 1;
    me->budget_rest -= piece;
    seg->hot->budget = piece;
    return true;
}

/* At a piece's end: should chaos abort here? Not for ever the same transaction. */
bool contention_chaos_aborts(StmThreadState *me) {
    enum { CHAOS_TRIES = 3, CHAOS_ODDS = 4 };
    if (!stm_world.config.chaos_seed || me->retries >= CHAOS_TRIES || me->open) return false;
    return chaos_random(me) % CHAOS_ODDS == 0;
}

void contention_committed(StmThreadState *me, StmSegmentState *seg) {
    me->clean_commits++;
    if (me->split_left) me->split_left--;
    if (me->shrink > LONG_SHIFT || (me->shrink && me->clean_commits >= LONG_AFTER)) {
        me->shrink--;
        me->clean_commits = 0;
    }
    int64_t used = me->budget_start - me->budget_rest - seg->hot->budget;
    int64_t ns = now_ns() - me->begin_ns;
    enum { ENOUGH_NS = 20000 };
    if (ns < ENOUGH_NS || used <= 0) return;
    double rate = (double)used / (double)ns;
    me->units_per_ns = me->units_per_ns > 0 ? me->units_per_ns * 0.75 + rate * 0.25 : rate;
}

void contention_lost(StmThreadState *me) {
    enum { SHRINK_MAX = 8 + LONG_SHIFT };
    me->clean_commits = 0;
    me->split_left = me->split_for;
    if (me->split_for < SPLIT_MAX) me->split_for *= 2;
    if (me->shrink < LONG_SHIFT) me->shrink = LONG_SHIFT; /* a long one lost: back to the ordinary length, less two */
    me->shrink = me->shrink + 2 < SHRINK_MAX ? me->shrink + 2 : SHRINK_MAX;
}

bool contention_wants_inevitable(StmThreadState *me) { return me->retries >= INEVITABLE_AFTER; }

/* Others wait for a segment, and this thread has had its one for a while. */
bool contention_wants_turn(StmThreadState *me) {
    if (!atomic_load_relaxed(&stm_world.pool.n_waiting)) return false;
    return now_ns() - me->seg->borrowed_ns > TURN_NS;
}

void stm_set_chaos(uint64_t seed) { stm_world.config.chaos_seed = seed; }
void stm_set_quantum(int64_t quantum) { stm_world.config.quantum = quantum; }
