/* A tiny test harness, and a "collector" for tests of stm alone: objects are allocated old, one
 * after the other, on claimed pages; there is no nursery. */
#ifndef STM_TEST_HARNESS_H
#define STM_TEST_HARNESS_H

#include "stm/stm.h"
#include "stm/atomic.h"
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int tests_passed, tests_failed;
#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (cond) {                                                                                \
            __atomic_fetch_add(&tests_passed, 1, __ATOMIC_RELAXED);                                \
        } else {                                                                                   \
            __atomic_fetch_add(&tests_failed, 1, __ATOMIC_RELAXED);                                \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #cond);                     \
        }                                                                                          \
    } while (0)

static inline int test_summary(void) {
    printf("%d passed, %d failed\n", tests_passed, tests_failed);
    return tests_failed != 0;
}

static inline int64_t test_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

/* xorshift64 (Marsaglia 2003); the state is not 0. */
static inline uint64_t rng(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* ---- allocation --------------------------------------------------------------------------- */

static uint64_t test_next_page = HEAP_START >> STM_PAGE_SHIFT;
static _Thread_local StmRef test_free, test_end;
static _Thread_local uint64_t test_commits, test_aborts;

static void test_committed(void) { test_commits++; }
static void test_discard(void) { test_aborts++; }

static size_t test_size(StmObj obj) {
    (void)obj;
    abort(); /* tests have no large objects but those of test_alloc_large */
}

/* A new old object of `granules` (header included), zero-filled. */
static inline StmObj test_alloc(size_t granules) {
    size_t bytes = granules * STM_GRANULE;
    enum { RUN = 16 };
    if (test_free + bytes > test_end || stm_owned_bytes(test_free, bytes) < bytes) {
        uint64_t page = __atomic_fetch_add(&test_next_page, RUN, __ATOMIC_RELAXED);
        if (!stm_claim_pages(page, RUN)) abort();
        test_free = page << STM_PAGE_SHIFT;
        test_end = (page + RUN) << STM_PAGE_SHIFT;
    }
    StmRef ref = test_free;
    test_free += bytes;
    char *flat = (char *)SEG->self_base + ref;
    memset(flat, 0, bytes);
    StmObject *obj = (StmObject *)flat;
    obj->size = (uint16_t)granules;
    obj->flags = SEG->multi ? STMF_BARRIER | STMF_OWN : STMF_BARRIER;
    if (SEG->multi) stm_note_own(ref, ref + bytes);
    return STM_OBJ(ref);
}

/* Start at a fresh run of pages, so that what follows lies apart. */
static inline void test_fresh_page(void) { test_free = test_end = 0; }

typedef volatile uint64_t GS *Field;
static inline Field field(StmObj obj, unsigned i) { return (Field)(obj + 1 + i); }
static inline uint64_t get(StmObj obj, unsigned i) {
    stm_read(field(obj, i));
    return *field(obj, i);
}
static inline void set(StmObj obj, unsigned i, uint64_t value) {
    stm_write(obj, field(obj, i));
    *field(obj, i) = value;
}

/* ---- transactions and threads -------------------------------------------------------------- */

/* A safepoint inside transact: it may abort (and jump), not commit. */
static inline void point(void) { (void)stm_safepoint(1); }

/* Run fn in a transaction until it has committed. */
static inline void transact(void (*fn)(void *), void *arg) {
    sigjmp_buf buf;
    stm_self->abort_jmp = &buf;
    volatile uint64_t before = test_commits;
    sigsetjmp(buf, 0);
    stm_self->atomic_depth = stm_self->c_depth = 0;
    if (test_commits != before) return;
    stm_self->atomic_depth = stm_self->c_depth = 1;
    fn(arg);
    stm_self->atomic_depth = 0;
    stm_commit_and_begin();
    stm_self->c_depth = 0;
}

static inline void test_hooks(void) {
    memset(&stm_hooks, 0, sizeof stm_hooks);
    stm_hooks.object_size = test_size;
    stm_hooks.committed = test_committed;
    stm_hooks.discard_young = test_discard;
}

static inline void test_start(const StmConfig *config) {
    test_next_page = HEAP_START >> STM_PAGE_SHIFT;
    test_fresh_page();
    if (!stm_init(config)) exit(1);
    test_hooks();
    if (!stm_thread_register()) exit(1);
    stm_attach();
}

typedef struct TestThread {
    pthread_t os;
    void (*fn)(void *);
    void *arg;
} TestThread;

static void *test_thread_main(void *arg) {
    TestThread *t = arg;
    test_fresh_page();
    if (!stm_thread_register()) abort();
    stm_attach();
    t->fn(t->arg);
    stm_detach();
    stm_thread_unregister();
    return NULL;
}

static inline void test_spawn(TestThread *t, void (*fn)(void *), void *arg) {
    t->fn = fn;
    t->arg = arg;
    if (pthread_create(&t->os, NULL, test_thread_main, t)) abort();
}

/* Wait for threads, detached. */
static inline void test_join(TestThread *t, int n) {
    stm_detach();
    for (int i = 0; i < n; i++) pthread_join(t[i].os, NULL);
    stm_attach();
}

#endif
