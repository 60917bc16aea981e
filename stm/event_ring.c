/* Events: a ring per thread, written by that thread alone; the event log (--stm-log), JSON lines.
 *
 * The ring keeps the last events for stm_fatal. With an event log, aborts go to the file as they
 * are noted: by then an abort has cost more than the line. */
#define _GNU_SOURCE
#include "stm/internal.h"
#include <execinfo.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

enum { RING_SIZE = 64 };
typedef struct Event {
    int64_t ns;
    uint8_t what;
    uint64_t a, b;
    const char *why;
} Event;
struct EventRing {
    unsigned n;
    Event events[RING_SIZE];
};

static const char *const event_names[] = {
#define EVENT(name, text) [EVENT_##name] = text,
#include "stm/events.tbl"
#undef EVENT
};
static const char *const stat_names[] = {
#define STAT(name, what) #name,
#include "stm/stats.tbl"
#undef STAT
};
enum { N_STATS = sizeof stat_names / sizeof *stat_names };

static pthread_mutex_t event_lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *event_file;

bool events_init(const char *path) {
    if (!path) return true;
    event_file = fopen(path, "we");
    stm_world.events_on = event_file != NULL;
    return event_file != NULL;
}

void events_fini(void) {
    if (event_file) fclose(event_file);
    event_file = NULL;
    stm_world.events_on = false;
}

/* The file belongs to the parent. */
void events_in_child(void) {
    pthread_mutex_init(&event_lock, NULL);
    event_file = NULL;
    stm_world.events_on = false;
}

bool event_thread_init(StmThreadState *me) {
    me->ring = calloc(1, sizeof *me->ring);
    return me->ring != NULL;
}

static Event *event_add(StmThreadState *me, StmEvent what, const char *why, uint64_t a,
                        uint64_t b) {
    Event *e = &me->ring->events[me->ring->n++ % RING_SIZE];
    *e = (Event){now_ns(), (uint8_t)what, a, b, why};
    return e;
}

void event_note(StmThreadState *me, StmEvent what, const char *why, uint64_t a, uint64_t b) {
    event_add(me, what, why, a, b);
    if (!event_file || what == EVENT_ABORT) return;
    pthread_mutex_lock(&event_lock);
    fprintf(event_file, "{\"event\":\"%s\",\"ns\":%ld,\"thread\":%u", event_names[what], now_ns(),
            me->thread->id);
    if (why) fprintf(event_file, ",\"why\":\"%s\"", why);
    if (what == EVENT_COLLECTION || what == EVENT_MAJOR) fprintf(event_file, ",\"took_ns\":%lu", a);
    fprintf(event_file, "}\n");
    pthread_mutex_unlock(&event_lock);
}

/* ---- conflicts and aborts ------------------------------------------------------------------ */

/* Validation has met a record: keep what the abort will be told with. */
void event_conflict(StmThread *thread, const LogEntry *entry, const LogRecord *record,
                    StmRef where) {
    StmThreadState *me = thread->state;
    stat_add(&thread->stats.aborts_conflict, 1);
    me->conflict_ref = where;
    me->conflict_thread = entry->thread;
    me->conflict_place = record->place ? record->place : entry->place;
    me->conflict_here = 0;
    if (stm_world.events_on && stm_hooks.current_place)
        me->conflict_here = stm_hooks.current_place();
}

static void event_print_place(const char *name, uint64_t place) {
    char text[256] = "";
    if (!place || !stm_hooks.describe_place) return;
    stm_hooks.describe_place(place, text, sizeof text);
    fprintf(event_file, ",\"%s\":\"", name);
    for (const char *c = text; *c; c++)
        if (*c == '"' || *c == '\\')
            fprintf(event_file, "\\%c", *c);
        else if ((unsigned char)*c < ' ')
            fprintf(event_file, "\\u%04x", *c);
        else
            fputc(*c, event_file);
    fputc('"', event_file);
}

void event_abort(StmThreadState *me, const char *why, uint64_t lost_ns) {
    event_add(me, EVENT_ABORT, why, lost_ns, me->conflict_ref);
    me->abort_why = why;
    me->abort_lost_ns = lost_ns;
}

/* In the transaction after an abort, where the object can be looked at. */
void event_abort_described(StmThreadState *me) {
    if (!event_file || !me->abort_why) return;
    char object[512] = "";
    if (me->conflict_ref && stm_hooks.describe_object)
        stm_hooks.describe_object(me->conflict_ref, object, sizeof object);
    pthread_mutex_lock(&event_lock);
    fprintf(event_file,
            "{\"event\":\"abort\",\"ns\":%ld,\"thread\":%u,\"why\":\"%s\",\"lost_ns\":%lu",
            now_ns(), me->thread->id, me->abort_why, me->abort_lost_ns);
    event_print_place("begun", me->begin_place);
    if (me->conflict_ref) {
        event_print_place("here", me->conflict_here);
        event_print_place("there", me->conflict_place);
        fprintf(event_file, ",\"other\":%u,\"ref\":%lu", me->conflict_thread, me->conflict_ref);
        if (*object) fprintf(event_file, ",%s", object);
    }
    fprintf(event_file, "}\n");
    pthread_mutex_unlock(&event_lock);
    me->conflict_ref = 0;
    me->abort_why = NULL;
}

/* ---- statistics --------------------------------------------------------------------------- */

static void stats_add(StmStats *sum, const StmStats *more) {
    uint64_t *to = (uint64_t *)sum;
    const uint64_t *from = (const uint64_t *)more;
    for (unsigned i = 0; i < N_STATS; i++) {
        uint64_t value = atomic_load_relaxed(&from[i]);
        if (&to[i] == &sum->longest_pause_ns)
            to[i] = to[i] > value ? to[i] : value;
        else
            to[i] += value;
    }
}

void stm_total_stats(StmStats *out) {
    pthread_mutex_lock(&stm_world.pool.lock);
    *out = stm_world.pool.ended;
    for (StmThread *t = stm_world.pool.threads; t; t = t->next) stats_add(out, &t->stats);
    pthread_mutex_unlock(&stm_world.pool.lock);
}

const char *stm_stat_name(unsigned i) { return i < N_STATS ? stat_names[i] : NULL; }

void event_print_stats(const char *what, unsigned thread, const StmStats *stats) {
    if (!event_file) return;
    pthread_mutex_lock(&event_lock);
    fprintf(event_file, "{\"event\":\"%s\",\"ns\":%ld,\"thread\":%u", what, now_ns(), thread);
    for (unsigned i = 0; i < N_STATS; i++)
        fprintf(event_file, ",\"%s\":%lu", stat_names[i],
                atomic_load_relaxed((const uint64_t *)stats + i));
    fprintf(event_file, "}\n");
    pthread_mutex_unlock(&event_lock);
}

void stm_finish_event_log(void) {
    if (!event_file) return;
    pthread_mutex_lock(&stm_world.pool.lock);
    for (StmThread *t = stm_world.pool.threads; t; t = t->next) event_print_stats("thread", t->id, &t->stats);
    pthread_mutex_unlock(&stm_world.pool.lock);
    pthread_mutex_lock(&event_lock);
    fflush(event_file);
    pthread_mutex_unlock(&event_lock);
}

/* The thread is gone: its counts join the sum. pool.lock held. */
void event_thread_fini(StmThreadState *me) {
    stats_add(&stm_world.pool.ended, &me->thread->stats);
    event_print_stats("thread", me->thread->id, &me->thread->stats);
    free(me->ring);
}

void stm_event_collection(uint64_t ns, bool major) {
    StmStats *stats = &stm_self->stats;
    if (major) {
        stat_add(&stats->major_ns, ns);
        event_note(stm_self->state, EVENT_MAJOR, NULL, ns, 0);
        return;
    }
    stat_add(&stats->collections, 1);
    stat_add(&stats->collection_ns, ns);
}

/* ---- the end ------------------------------------------------------------------------------ */

static void print_last_words(const char *head, const char *format, va_list args) {
    fprintf(stderr, "weft: %s", head);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
}

void stm_out_of_memory(const char *format, ...) {
    va_list args;
    va_start(args, format);
    print_last_words("", format, args);
    va_end(args);
    if (event_file) fflush(event_file); /* the caller may hold any lock of stm's and gc's, so no more */
    _exit(1);
}

void stm_fatal(const char *format, ...) {
    va_list args;
    va_start(args, format);
    print_last_words("fatal: ", format, args);
    va_end(args);
    StmThread *thread = stm_self;
    if (thread && thread->state && thread->state->ring) {
        struct EventRing *ring = thread->state->ring;
        fprintf(stderr, "weft: the last events of thread %u:\n", thread->id);
        for (unsigned i = ring->n > RING_SIZE ? ring->n - RING_SIZE : 0; i < ring->n; i++) {
            Event *e = &ring->events[i % RING_SIZE];
            fprintf(stderr, "  %ld %s %s %#lx %#lx\n", e->ns, event_names[e->what],
                    e->why ? e->why : "", e->a, e->b);
        }
    }
    void *frames[32];
    backtrace_symbols_fd(frames, backtrace(frames, 32), STDERR_FILENO);
    abort();
}
