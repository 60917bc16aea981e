/* Microfigures of transactions, without VM and collector: two threads take turns, so that each figure is one thread's work.
 *
 *   stm_bench      prints one line per measurement
 */
#include "tests/unit/stm/harness.h"
#include <semaphore.h>

enum { OBJECTS = 4096, ROUNDS = 200, GRANULES = 4 };
static StmObj objects[OBJECTS];
static sem_t turn_first, turn_second;

static double per(int64_t start, double count) { return (double)(test_now() - start) / count; }

/* The other thread runs meanwhile; we count as detached. */
static void hand_over(sem_t *to, sem_t *mine) {
    stm_detach();
    sem_post(to);
    sem_wait(mine);
    stm_attach();
}

static void empty_commits(const char *what) {
    enum { N = 200000 };
    int64_t start = test_now();
    for (int i = 0; i < N; i++) stm_commit_and_begin();
    printf("%-44s %8.1f ns\n", what, per(start, N));
}

static void write_all(uint64_t value) {
    for (int i = 0; i < OBJECTS; i++) set(objects[i], 0, value);
}

/* A transaction that modifies all objects, less an empty one. */
static void modify(const char *what) {
    write_all(1); /* first touch */
    stm_commit_and_begin();
    int64_t start = test_now();
    for (int i = 0; i < ROUNDS; i++) {
        write_all((uint64_t)i + 2);
        stm_commit_and_begin();
    }
    printf("%-44s %8.1f ns an object\n", what, per(start, (double)ROUNDS * OBJECTS));
}

static void read_all(void) {
    uint64_t sum = 0;
    for (int i = 0; i < OBJECTS; i++) sum += get(objects[i], 0);
    __asm__ volatile("" : : "r"(sum));
}

/* Reads everything once, then imports what the first thread has changed. */
static void second_thread(void *arg) {
    (void)arg;
    stm_detach();
    sem_wait(&turn_second);
    stm_attach();
    StmStats before = stm_self->stats;
    int64_t start = test_now();
    read_all();
    uint64_t faults = stm_self->stats.faults - before.faults;
    if (faults) printf("%-44s %8.1f us a fault, %.1f us a page\n", "pages of a parked segment, first access", per(start, (double)faults) / 1e3,
                       per(start, (double)OBJECTS * GRANULES * STM_GRANULE / STM_PAGE) / 1e3);
    write_all(7); /* PRIVATE here, so that imports copy */
    hand_over(&turn_first, &turn_second);
    before = stm_self->stats;
    read_all();
    stm_detach();
    sem_post(&turn_first);
    sem_wait(&turn_second);
    start = test_now();
    stm_attach();
    uint64_t records = stm_self->stats.imports - before.imports;
    if (records) printf("%-44s %8.1f ns a record (%lu)\n", "import", per(start, (double)records), records);
    sem_post(&turn_first);
}

int main(void) {
    setvbuf(stdout, NULL, _IOLBF, 0);
    test_start(&(StmConfig){.max_segments = 3});
    sem_init(&turn_first, 0, 0);
    sem_init(&turn_second, 0, 0);
    stm_stay_multi();
    stm_enter_multi();
    stm_commit_and_begin();
    for (int i = 0; i < OBJECTS; i++) objects[i] = test_alloc(GRANULES);
    stm_commit_and_begin();
    empty_commits("an empty commit and begin");
    modify("modify and commit, EXCLUSIVE page");
    TestThread thread;
    test_spawn(&thread, second_thread, NULL);
    hand_over(&turn_second, &turn_first);
    modify("modify and commit, VERSIONED page");
    hand_over(&turn_second, &turn_first);
    write_all(99);
    stm_commit_and_begin();
    hand_over(&turn_second, &turn_first);
    test_join(&thread, 1);
    return 0;
}
