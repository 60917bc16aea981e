/* Covered words (stm/README.md): a reader goes through a word that it does not mark to an array whose granule it marks; the writer
 * puts another array in the word and leaves the old one as it is. The reader must notice, wherever the change meets it. */
#include "harness.h"
#include <sched.h>

enum { ROUNDS = 60 };
enum { READ, FAULT, WHERE }; /* the change comes when the item has been read; between the word and the array, which is not accessible yet */
enum { WORD, RESULT, HOLDER_FIELDS };
enum { ITEM, CAPACITY, ARRAY_FIELDS };

static StmObj holder; /* on a page that both threads write: never EXCLUSIVE for long */
static int where;
static bool inevitable;
static uint64_t number;      /* what the present array holds */
static unsigned attempts;    /* of the reader's transaction */
enum { WRITER, READER, OVER };
static int turn; /* whose; atomic */

static void turn_pass(int to, int back) {
    atomic_store_seqcst(&turn, to);
    while (atomic_load_seqcst(&turn) != back && atomic_load_seqcst(&turn) != OVER) sched_yield();
}

static void reader_body(void *arg) {
    (void)arg;
    attempts++;
    StmObj array = STM_OBJ(*field(holder, WORD));
    if (where == FAULT && attempts == 1) turn_pass(WRITER, READER);
    CHECK(*field(array, CAPACITY) == ARRAY_FIELDS);
    uint64_t item = get(array, ITEM);
    if (where == READ && attempts == 1) turn_pass(WRITER, READER);
    set(holder, RESULT, item);
}

static void reader(void *arg) {
    (void)arg;
    for (;;) {
        stm_detach();
        while (atomic_load_seqcst(&turn) == WRITER) sched_yield();
        stm_attach();
        if (atomic_load_seqcst(&turn) == OVER) return;
        attempts = 0;
        transact(reader_body, NULL);
        atomic_store_seqcst(&turn, WRITER);
    }
}

static StmObj last; /* the array in the word; `beside` lies on its page */
static StmObj beside;

static void put_array(void *arg) {
    (void)arg;
    if (inevitable) stm_become_inevitable("test");
    test_fresh_page();
    StmObj array = test_alloc(1 + ARRAY_FIELDS), neighbour = test_alloc(2);
    *field(array, ITEM) = ++number;
    *field(array, CAPACITY) = ARRAY_FIELDS;
    stm_write_covered(holder, field(holder, WORD), STM_REF(last));
    *field(holder, WORD) = STM_REF(array);
    last = array;
    beside = neighbour;
}

/* In place on a page that is the writer's alone: who visits it then has to catch up with the log first. */
static void change_beside(void *arg) { set(STM_OBJ(*(StmRef *)arg), 0, number); }

static void check_result(void *arg) {
    (void)arg;
    CHECK(get(holder, RESULT) == number);
}

static void one_round(int round) {
    where = round % WHERE;
    inevitable = round / 2 % 2;
    transact(put_array, NULL); /* one that the reader has not seen, with another number than its last RESULT */
    StmRef old_beside = STM_REF(beside);
    atomic_store_seqcst(&turn, READER);
    while (atomic_load_seqcst(&turn) != WRITER) { /* it has begun, and is in the middle */
        sched_yield();
        point();
        stm_commit_and_begin();
    }
    transact(put_array, NULL);
    transact(change_beside, &old_beside);
    atomic_store_seqcst(&turn, READER);
    stm_detach();
    while (atomic_load_seqcst(&turn) != WRITER) sched_yield();
    stm_attach();
    CHECK(attempts == 2);
    transact(check_result, NULL);
}

int main(void) {
    StmConfig config = {.start_multi = true};
    test_start(&config);
    holder = test_alloc(1 + HOLDER_FIELDS);
    transact(put_array, NULL);
    TestThread thread;
    test_spawn(&thread, reader, NULL);
    for (int round = 0; round < ROUNDS; round++) one_round(round);
    atomic_store_seqcst(&turn, OVER);
    test_join(&thread, 1);
    StmStats stats;
    stm_total_stats(&stats);
    CHECK(stats.aborts_conflict >= ROUNDS);
    stm_fini();
    return test_summary();
}
