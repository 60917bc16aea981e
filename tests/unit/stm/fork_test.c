/* fork in solo and multi mode; the event log; heap limits; a wild access. */
#include "harness.h"
#include <signal.h>
#include <sys/wait.h>

static StmObj a, b;
static int stop;

/* Keeps an uncommitted write on one of its EXCLUSIVE pages most of the time. */
static void dirty_body(void *arg) {
    StmObj mine = *(StmObj *)arg;
    uint64_t v = get(mine, 0);
    set(mine, 0, v + 1);
    for (int i = 0; i < 50; i++) point();
    set(mine, 1, v + 1);
    set(b, 0, get(b, 0) + 1);
}
static StmRef dirty_ref;
static void dirty_make(void *arg) {
    test_fresh_page();
    *(StmObj *)arg = test_alloc(4);
    set(a, 1, STM_REF(*(StmObj *)arg));
}
static void dirty_thread(void *arg) {
    (void)arg;
    StmObj mine;
    transact(dirty_make, &mine);
    atomic_store_release(&dirty_ref, STM_REF(mine));
    while (!atomic_load_relaxed(&stop)) transact(dirty_body, &mine);
}

static int child_status(pid_t pid) {
    int status;
    if (waitpid(pid, &status, 0) != pid) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int child(void) {
    if (!stm_is_solo()) return 2;
    StmRef mine = get(a, 1);
    if (mine && get(STM_OBJ(mine), 0) != get(STM_OBJ(mine), 1)) return 3; /* uncommitted */
    if (get(a, 0) != 7) return 4;
    set(a, 0, 8);
    stm_rearm_written();
    stm_enter_multi();
    stm_commit_and_begin();
    set(a, 0, 9);
    stm_commit_and_begin();
    if (get(a, 0) != 9) return 5;
    pid_t pid = stm_fork();
    if (pid == 0) _exit(get(a, 0) == 9 && stm_is_solo() ? 0 : 6);
    return child_status(pid);
}

static void fork_once(void) {
    pid_t pid = stm_fork();
    if (pid == 0) _exit(child());
    CHECK(pid > 0);
    CHECK(child_status(pid) == 0);
    CHECK(get(a, 0) == 7);
}

static void forks(void) {
    StmConfig config = {0};
    test_start(&config);
    a = test_alloc(4);
    b = test_alloc(4);
    set(a, 0, 7);
    stm_rearm_written();
    fork_once();
    CHECK(stm_is_solo());
    stm_enter_multi();
    stm_commit_and_begin();
    TestThread thread;
    test_spawn(&thread, dirty_thread, NULL);
    while (!atomic_load_acquire(&dirty_ref)) stm_commit_and_begin();
    for (int i = 0; i < 10; i++) {
        fork_once();
        stm_commit_and_begin();
    }
    atomic_store_relaxed(&stop, 1);
    test_join(&thread, 1);
    stm_fini();
}

/* ---- the event log -------------------------------------------------------------------------- */

static uint64_t place(void) { return stm_self->id + 100; }
static void describe_place(uint64_t p, char *text, size_t size) {
    snprintf(text, size, "prog.py:%lu", (unsigned long)p);
}
static void describe_object(StmRef granule, char *text, size_t size) {
    snprintf(text, size, "\"type\":\"Account\",\"index\":%lu",
             (unsigned long)((granule - STM_REF(a)) / 8 - 1));
}

static void conflict_body(void *arg) {
    (void)arg;
    uint64_t v = get(a, 0);
    for (int i = 0; i < 100; i++) point();
    usleep(20); /* long enough for the other thread to commit */
    set(a, 0, v + 1);
}
static void conflict_thread(void *arg) {
    for (int i = 0; i < 200; i++) transact(conflict_body, arg);
}

static void event_log(void) {
    char path[] = "/tmp/stm-events-XXXXXX";
    close(mkstemp(path));
    StmConfig config = {.event_log = path, .chaos_seed = 5};
    test_start(&config);
    stm_hooks.current_place = place;
    stm_hooks.describe_place = describe_place;
    stm_hooks.describe_object = describe_object;
    a = test_alloc(4);
    stm_enter_multi();
    stm_commit_and_begin();
    TestThread threads[2];
    for (int i = 0; i < 2; i++) test_spawn(&threads[i], conflict_thread, NULL);
    test_join(threads, 2);
    CHECK(get(a, 0) == 400);
    StmStats stats;
    stm_total_stats(&stats);
    stm_fini();
    FILE *file = fopen(path, "r");
    char line[4096];
    uint64_t conflicts = 0, totals = 0, aborts = 0;
    while (fgets(line, sizeof line, file)) {
        CHECK(line[0] == '{' && strstr(line, "}\n"));
        aborts += strstr(line, "\"event\":\"abort\"") != NULL;
        totals += strstr(line, "\"event\":\"total\"") != NULL;
        if (strstr(line, "\"there\":\"prog.py:10") && strstr(line, "\"here\":\"prog.py:10") &&
            strstr(line, "\"type\":\"Account\",\"index\":0"))
            conflicts++;
    }
    fclose(file);
    printf("%lu conflicts told, %lu counted, %lu aborts\n", conflicts, stats.aborts_conflict,
           aborts);
    unlink(path);
    CHECK(totals == 1);
    CHECK(aborts == stats.aborts);
    CHECK(conflicts > 0 && conflicts == stats.aborts_conflict);
}

static void wild(void) {
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(2);
        StmConfig config = {.start_multi = true};
        test_start(&config);
        (void)*(volatile uint64_t GS *)(HEAP_START + (1 << 30));
        _exit(0);
    }
    CHECK(child_status(pid) > 0); /* SIGSEGV, or a sanitizer's report */
}

int main(void) {
    wild();
    forks();
    event_log();
    return test_summary();
}
