/* The fault handler: first touch of a page that this segment has no access to.
 *
 * Runs on the faulting thread's alternate stack, in the middle of any code that reads the heap, and
 * either makes the page accessible and returns, or sends the thread, on its own stack, to abort.
 * Faults outside the heap part of the thread's own window go to the handler that was there before.
 *
 * F1: while a thread waits here it is PARKED: whoever wants its pages serves itself. It parks only
 *     after it has served those who waited: two threads can fault on each other's pages.
 * F2: what the thread was about to read is marked first: it may be on its way from a covered word, which it has loaded, to the
 *     marker in the object behind it, and must notice if that is replaced meanwhile. */
#define _GNU_SOURCE
#include "stm/internal.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { ALT_STACK = 128 << 10 };
static struct sigaction fault_chained;

/* ---- rebuilding a STALE page -------------------------------------------------------------- */

static size_t rebuild_run(StmSegmentState *seg, uint64_t page) {
    size_t n = 1, around = page_around(seg, page);
    for (; n < around && page + n < HEAP_PAGE0 + heap_top(); n++) {
        StmPageState state = stm_page_state(page + n, NULL);
        if (state != STM_PAGE_CLEAN && state != STM_PAGE_VERSIONED) break;
        if ((*page_local(seg, page + n) & STM_LOCAL_MASK) != STM_LOCAL_STALE) break;
        if (page_info(page + n)->changed > seg->pos->seq) break;
    }
    seg->around_next = page + n;
    return n;
}

static void rebuild_record(StmSegmentState *seg, uint64_t first, size_t n, const LogRecord *r) {
    StmRef last = RECORD_REF(r) + RECORD_GRANULES(r) * STM_GRANULE - 1;
    for (uint64_t page = PAGE_OF(RECORD_REF(r)); page <= PAGE_OF(last); page++) {
        if (page < first || page >= first + n) continue;
        if (*page_local(seg, page) == STM_LOCAL_SHARED) page_privatise(seg, page);
        import_part(seg, page, r);
    }
}

/* Give access to `page` and neighbours, as of our position: the base, plus what the log has between
 * the base and us. base_lock keeps the base still meanwhile, and its entries allocated. page_lock
 * held. The touched page, if others write it, becomes PRIVATE at once: imports then keep it fresh,
 * where a SHARED one would become STALE again and again. */
static void page_rebuild(StmSegmentState *seg, uint64_t page) {
    Log *log = &stm_world.log;
    size_t n = rebuild_run(seg, page);
    mem_protect(seg, page, n, true);
    for (size_t i = 0; i < n; i++) *page_local(seg, page + i) = STM_LOCAL_SHARED;
    pthread_rwlock_rdlock(&log->base_lock);
    if (stm_page_state(page, NULL) == STM_PAGE_VERSIONED) page_privatise(seg, page);
    for (LogEntry *e = log->base_entry; e != seg->pos;) {
        e = atomic_load_acquire(&e->next); /* closed: at or before our position */
        const LogRecord *r = (const LogRecord *)e->words;
        const LogRecord *end = (const LogRecord *)(e->words + e->n_words);
        for (; r < end; r = RECORD_NEXT(r)) rebuild_record(seg, page, n, r);
    }
    pthread_rwlock_unlock(&log->base_lock);
    stat_add(&seg->thread->stats.page_rebuilt, n);
}

/* ---- pages of others ---------------------------------------------------------------------- */

/* Ask the running owner, and wait until it has served us or somebody can. page_lock held, let go
 * meanwhile. */
static void fault_request(StmSegmentState *seg, StmSegmentState *owner, uint64_t page) {
    stat_add(&seg->thread->stats.page_requests, 1);
    stat_add(&seg->thread->stats.waits, 1);
    segment_park_locked(seg);
    seg->want_page = page;
    uint32_t wake = atomic_load_seqcst(&seg->wake);
    segment_control_or(owner, STM_CTL_PAGES);
    /* Pairs with the owner's: word not RUNNING, then look at control (segment_give_back). */
    bool runs = WORD_STATE(atomic_load_seqcst(&owner->word)) == WORD_RUNNING;
    pthread_mutex_unlock(&stm_world.page_lock);
    if (runs) futex_wait(&seg->wake, wake, 1000000);
    pthread_mutex_lock(&stm_world.page_lock);
    seg->want_page = 0;
    segment_unpark_locked(seg);
}

static void fault_visit(StmSegmentState *seg, StmSegmentState *owner, uint64_t page) {
    uint64_t word;
    if (!segment_try_serve(owner, &word)) {
        fault_request(seg, owner, page);
        return;
    }
    /* To move a page, the visitor must not be older than the last transaction there, nor than those
     * which only read the page: what it writes in place is serialised at its snapshot. */
    uint64_t pos = seg->pos->seq;
    bool move = WORD_STATE(word) == WORD_FREE && owner->last_seq <= pos;
    move &= page_info(page)->changed <= pos;
    page_serve(owner, page, seg, move);
    segment_served(owner, word);
}

typedef enum FaultResult { FAULT_DONE, FAULT_WILD, FAULT_LOST } FaultResult;

/* P5: the page may be newer than our snapshot, which moves to the log's tail then. */
static FaultResult fault_catch_up(StmSegmentState *seg, uint64_t page) {
    if (!import_to_tail(seg, true)) return FAULT_LOST;
    stat_add(&seg->thread->stats.extensions, 1);
    if (page_info(page)->changed > seg->pos->seq)
        stm_fatal("page %#lx is newer than the log's tail", page);
    return FAULT_DONE;
}

/* WILD: not a page that anybody may touch. LOST: the snapshot cannot become new enough. */
static FaultResult fault_resolve(StmSegmentState *seg, uint64_t page) {
    FaultResult result = FAULT_DONE;
    page_around_start(seg, page);
    pthread_mutex_lock(&stm_world.page_lock);
    while (result == FAULT_DONE && (*page_local(seg, page) & STM_LOCAL_MASK) == STM_LOCAL_STALE) {
        unsigned owner;
        StmPageState state = stm_page_state(page, &owner);
        if (state == STM_PAGE_CLEAN || state == STM_PAGE_VERSIONED) {
            if (page_info(page)->changed <= seg->pos->seq) {
                page_rebuild(seg, page);
            } else {
                pthread_mutex_unlock(&stm_world.page_lock);
                result = fault_catch_up(seg, page);
                pthread_mutex_lock(&stm_world.page_lock);
            }
        } else if (state == STM_PAGE_EXCLUSIVE && owner != seg->index) {
            fault_visit(seg, &stm_world.segs[owner], page);
        } else {
            result = FAULT_WILD;
        }
    }
    pthread_mutex_unlock(&stm_world.page_lock);
    return result;
}

/* ---- the signal --------------------------------------------------------------------------- */

/* By kill(), not by an instruction. */
static bool fault_is_sent(const siginfo_t *info) { return info->si_code <= 0; }

static void fault_pass_on(int sig, siginfo_t *info, void *context) {
    if (fault_chained.sa_flags & SA_SIGINFO) {
        fault_chained.sa_sigaction(sig, info, context);
        return;
    }
    if (fault_chained.sa_handler != SIG_DFL && fault_chained.sa_handler != SIG_IGN) {
        fault_chained.sa_handler(sig);
        return;
    }
    if (stm_hooks.dying) stm_hooks.dying(sig);
    signal(sig, SIG_DFL); /* returning runs the instruction again, which now kills the process */
    if (fault_is_sent(info)) raise(sig);
}

static _Noreturn void fault_abort(void) { transaction_restart_jump("conflict"); }

/* Leave the interrupted code for good: as if it had called fault_abort. The abort then runs on the
 * thread's own stack, with its own signal mask. */
static void fault_redirect(ucontext_t *context) {
    enum { RED_ZONE = 128 };
    greg_t *regs = context->uc_mcontext.gregs;
    uint64_t sp = ((uint64_t)regs[REG_RSP] - RED_ZONE) & ~15ull;
    regs[REG_RSP] =
        (greg_t)(sp - sizeof(void *)); /* a return address's room: the ABI's alignment */
    *(uint64_t *)regs[REG_RSP] = 0;
    regs[REG_RIP] = (greg_t)(uintptr_t)fault_abort;
    regs[REG_EFL] &= ~0x400; /* direction flag */
}

static void fault_wild(StmSegmentState *seg, uint64_t offset) {
    unsigned owner;
    StmPageState state = stm_page_state(PAGE_OF(offset), &owner);
    fprintf(stderr, "weft: access to heap offset %#lx (page state %d of %u, local %#x)\n", offset,
            state, owner, *page_local(seg, PAGE_OF(offset)));
}

static void fault_handler(int sig, siginfo_t *info, void *context) {
    int saved_errno = errno;
    StmThread *me = stm_self;
    StmSegmentState *seg = me && me->attached ? me->state->seg : NULL;
    /* %gs-relative accesses report the linear address; a non-canonical one reports none. */
    uint64_t offset = seg ? (uint64_t)((char *)info->si_addr - seg->base) : 0;
    bool heap = seg && stm_world.multi && offset >= HEAP_START && offset < stm_world.window;
    if (fault_is_sent(info)) heap = false; /* no address */
    FaultResult result = FAULT_WILD;
    if (heap && me->state->in_transaction) {
        stat_add(&me->stats.faults, 1);
        *(volatile uint8_t *)(seg->base + (offset >> STM_GRANULE_SHIFT)) = seg->hot->version; /* F2 */
        if ((*page_local(seg, PAGE_OF(offset)) & STM_LOCAL_MASK) == STM_LOCAL_STALE)
            result = fault_resolve(seg, PAGE_OF(offset));
        if (result == FAULT_WILD) fault_wild(seg, offset);
    }
    if (result == FAULT_WILD) fault_pass_on(sig, info, context);
    if (result == FAULT_LOST) fault_redirect(context);
    errno = saved_errno;
}

void fault_init(void) {
    struct sigaction action = {.sa_sigaction = fault_handler,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &fault_chained);
}

void fault_fini(void) { sigaction(SIGSEGV, &fault_chained, NULL); }

bool fault_thread_init(StmThreadState *me) {
    me->alt_stack = mmap(NULL, ALT_STACK, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (me->alt_stack == MAP_FAILED) return false;
    sigset_t
        faults; /* a blocked one would kill the process; threads may be started with all blocked */
    sigemptyset(&faults);
    sigaddset(&faults, SIGSEGV);
    pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
    stack_t stack = {.ss_sp = me->alt_stack, .ss_size = ALT_STACK};
    return sigaltstack(&stack, NULL) == 0;
}

void fault_thread_fini(StmThreadState *me) {
    stack_t stack = {.ss_flags = SS_DISABLE};
    sigaltstack(&stack, NULL);
    munmap(me->alt_stack, ALT_STACK);
}
