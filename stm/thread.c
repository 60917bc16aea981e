/* Start-up and end of the layer, registration of threads, small helpers of the system. */
#define _GNU_SOURCE
#include "stm/internal.h"
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

StmWorld stm_world;
StmHooks stm_hooks;
_Thread_local StmThread *stm_self;

int64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ll + now.tv_nsec;
}

void futex_wait(uint32_t *futex, uint32_t value, int64_t timeout_ns) {
    struct timespec t = {timeout_ns / 1000000000, timeout_ns % 1000000000};
    syscall(SYS_futex, futex, FUTEX_WAIT_PRIVATE, value, timeout_ns < 0 ? NULL : &t, NULL, 0);
}

void futex_wake(uint32_t *futex, int n) {
    syscall(SYS_futex, futex, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
}

/* After fork() too: threads that held a lock are not in the child. */
void locks_init(void) {
    pthread_mutex_init(&stm_world.page_lock, NULL);
    pthread_mutex_init(&stm_world.pool.lock, NULL);
    world_init();
    wait_init();
    log_lock_init();
}

bool stm_init(const StmConfig *config) {
    StmWorld *w = &stm_world;
    memset(w, 0, sizeof *w);
    w->config = *config;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    w->n_segments =
        config->max_segments ? config->max_segments : (unsigned)(cores > 0 ? cores : 1) + 2;
    if (w->n_segments > STM_MAX_SEGMENTS) w->n_segments = STM_MAX_SEGMENTS;
    w->window = config->window_bytes ? config->window_bytes : STM_WINDOW_DEFAULT;
    if (w->window > STM_WINDOW_MAX) w->window = STM_WINDOW_MAX;
    if (!mem_init()) {
        fprintf(stderr, "weft: cannot reserve address space for the heap: %s (does ulimit -v, -d or -f forbid it? memory is limited by --heap-limit)\n",
                strerror(errno));
        return false;
    }
    if (!events_init(config->event_log)) {
        fprintf(stderr, "weft: cannot write %s: %s\n", config->event_log, strerror(errno));
        mem_fini();
        return false;
    }
    log_init(config->log_limit ? config->log_limit : 64ull << 20);
    locks_init();
    for (unsigned i = 1; i <= w->n_segments; i++) {
        w->segs[i].pos = w->log.base_entry;
        w->segs[i].evicted = true;
    }
    mode_start();
    fault_init();
    return true;
}

void stm_fini(void) {
    if (stm_self) stm_thread_unregister();
    StmStats stats;
    stm_total_stats(&stats);
    event_print_stats("total", 0, &stats);
    events_fini();
    fault_fini();
    log_fini();
    mem_fini();
}

static void thread_free(StmThread *thread) {
    StmThreadState *me = thread->state;
    undo_free(&me->undo);
    free(me->written.remembered);
    free(me->draft);
    pthread_cond_destroy(&me->segment_cond);
    free(me);
    free(thread);
}

void *stm_calloc_lines(size_t size) {
    size_t whole = (size + STM_LINES - 1) & ~(size_t)(STM_LINES - 1);
    void *memory = aligned_alloc(STM_LINES, whole);
    return memory ? memset(memory, 0, whole) : NULL;
}

static StmThread *thread_new(void) {
    StmThread *thread = stm_calloc_lines(sizeof *thread);
    StmThreadState *me = stm_calloc_lines(sizeof *me);
    if (!thread || !me || !event_thread_init(me)) {
        free(thread);
        free(me);
        return NULL;
    }
    thread->state = me;
    contention_start(me);
    me->thread = thread;
    me->written.undo = &me->undo;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&me->segment_cond, &attr);
    pthread_condattr_destroy(&attr);
    return thread;
}

StmThread *stm_thread_register(void) {
    StmThread *thread = thread_new();
    if (!thread) return NULL;
    if (!fault_thread_init(thread->state)) {
        free(thread->state->ring);
        thread_free(thread);
        return NULL;
    }
    pthread_mutex_lock(&stm_world.pool.lock);
    if (stm_world.pool.n_threads && !stm_world.multi)
        stm_fatal("a second thread registers in solo mode");
    thread->id = ++stm_world.pool.next_id;
    thread->next = stm_world.pool.threads;
    stm_world.pool.threads = thread;
    atomic_add_relaxed(&stm_world.pool.n_threads, 1);
    pthread_mutex_unlock(&stm_world.pool.lock);
    stm_self = thread;
    event_note(thread->state, EVENT_THREAD_START, NULL, 0, 0);
    return thread;
}

/* Its segment, if it is still ours, becomes nobody's. */
static void thread_release_segment(StmThreadState *me) {
    StmSegmentState *seg = me->seg;
    if (!seg) return;
    pthread_mutex_lock(&stm_world.page_lock); /* not SERVED while we hold it */
    uint64_t word = atomic_load_seqcst(&seg->word);
    if (WORD_THREAD(word) == me->thread->id &&
        atomic_cas_seqcst(&seg->word, &word, WORD(WORD_SERVED, 0))) {
        seg->thread = NULL;
        atomic_store_seqcst(&seg->word, WORD(WORD_FREE, 0));
    }
    pthread_mutex_unlock(&stm_world.page_lock);
    segment_wake_waiters();
}

void stm_thread_unregister(void) {
    StmThread *thread = stm_self;
    StmThreadState *me = thread->state;
    if (thread->attached) { /* solo, or the program's end */
        thread->attached = false;
        me->in_transaction = false;
    }
    thread_release_segment(me);
    event_note(me, EVENT_THREAD_END, NULL, 0, 0);
    mem_set_gs(NULL);
    pthread_mutex_lock(&stm_world.pool.lock);
    StmThread **at = &stm_world.pool.threads;
    while (*at != thread) at = &(*at)->next;
    *at = thread->next;
    atomic_add_relaxed(&stm_world.pool.n_threads, -1);
    event_thread_fini(me);
    pthread_mutex_unlock(&stm_world.pool.lock);
    fault_thread_fini(me);
    thread_free(thread);
    stm_self = NULL;
}
