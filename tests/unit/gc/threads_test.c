/* Several threads over one heap: transactions that abort, minor and major collections of all.
 *
 * A table of lists is shared. Each thread pushes, pops, moves and replaces nodes whose content can
 * be checked, and keeps nodes of its own, weak references, large arrays and pinned objects.
 * Whatever a transaction does is done again when it aborts: all of a thread's state is saved and
 * restored as the VM does it. At the end the nodes in the table are those that were pushed and not
 * popped. */
#include "tests/unit/gc/gctest.h"
#include <setjmp.h>

enum { SLOTS = 4096, OWN = 24, MAX_THREADS = 8 };

typedef struct ThreadState { /* what an abort brings back */
    uint64_t own[OWN];
    uint64_t seed;
    int64_t pushed;
    unsigned step;
} ThreadState;

typedef struct Vm {
    ThreadState now, saved;
    uint64_t stack[4]; /* conservative; each safepoint forgets them */
    unsigned number, errors;
    sigjmp_buf jump;
    pthread_t id;
} Vm;

static uint64_t table; /* a large old array of lists */
static unsigned n_steps = 60000;

static void visit_stacks(void *vm, GcVisitor *v) {
    Vm *me = vm;
    gc_visit_stack(v, me->stack, me->stack + 4);
}
static void visit_roots(void *vm, GcRootKind kind, GcVisitor *v) {
    Vm *me = vm;
    gc_visit(v, me->now.own, OWN);
    if (kind == GC_ROOTS_ALL) gc_visit(v, me->saved.own, OWN);
}
static void visit_globals(GcRootKind kind, GcVisitor *v) {
    (void)kind;
    gc_visit(v, &table, 1);
}
static void save_thread(void) {
    Vm *me = stm_self->vm;
    me->saved = me->now;
}
static void restore_thread(void) {
    Vm *me = stm_self->vm;
    me->now = me->saved;
    memset(me->stack, 0, sizeof me->stack);
}
static const GcHooks hooks = {
    .visit_stacks = visit_stacks, .visit_roots = visit_roots, .visit_globals = visit_globals};

static uint64_t random_of(Vm *me, uint64_t below) {
    uint64_t *s = &me->now.seed;
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s % below;
}
static uint64_t read_word(StmRef obj, size_t word) {
    volatile uint64_t GS *at = (volatile uint64_t GS *)(obj + word * 8);
    stm_read(at);
    return *at;
}

/* A node: raw tag, raw check of the tag, next, other. */
static uint64_t check_of(uint64_t tag) { return tag * 0x9e3779b97f4a7c15ull ^ 0x5555; }
static StmRef new_node(uint64_t tag, uint64_t next) {
    StmRef node = gc_alloc(7, GCK_MUTABLE | 2, 40);
    t_init(node, 1, tag);
    t_init(node, 2, check_of(tag));
    t_init(node, 3, next);
    t_init(node, 4, 0);
    return node;
}
static void check_node(Vm *me, StmRef node) {
    if (node && read_word(node, 2) != check_of(read_word(node, 1))) me->errors++;
}

static void push(Vm *me) {
    size_t slot = 2 + random_of(me, SLOTS);
    StmRef node = new_node((uint64_t)me->number << 32 | me->now.step, read_word(table, slot));
    t_set(table, slot, node);
    me->now.own[random_of(me, OWN / 2)] = node;
    me->now.pushed++;
}

static void pop(Vm *me) {
    size_t slot = 2 + random_of(me, SLOTS);
    StmRef node = read_word(table, slot);
    check_node(me, node);
    if (!node) return;
    t_set(table, slot, read_word(node, 3));
    me->now.own[random_of(me, OWN / 2)] = node;
    me->now.pushed--;
}

/* A node of ours, perhaps in the table, gets another neighbour, which is checked through it. */
static void link_own(Vm *me) {
    StmRef a = me->now.own[random_of(me, OWN / 2)], b = me->now.own[random_of(me, OWN / 2)];
    if (!a) return;
    check_node(me, a);
    check_node(me, read_word(a, 4));
    t_set(a, 4, random_of(me, 3) ? b : 0);
}

/* The second half of own[] is private: large arrays of private nodes. */
static void private_array(Vm *me) {
    size_t i = OWN / 2 + random_of(me, OWN / 2);
    StmRef array = me->now.own[i];
    if (!array || random_of(me, 400) == 0) {
        size_t values = random_of(me, 4) ? 100 + random_of(me, 1500) : 5000;
        me->now.own[i] = t_node(77, values);
        return;
    }
    if (read_word(array, 1) != 77) me->errors++;
    size_t slot = 2 + random_of(me, gc_object_size(STM_OBJ(array)) / 8 - 2);
    check_node(me, read_word(array, slot));
    t_set(array, slot, new_node(me->now.step, 0));
}

static void pin_one(Vm *me) {
    StmRef node = new_node(me->now.step, 0);
    me->stack[0] = node;
    me->stack[1] = new_node(me->now.step + 1, node) + 17;
    uint64_t id = gc_id(node);
    gc_minor();
    if (gc_is_young(node) || gc_id(node) != id) me->errors++;
    check_node(me, node);
    me->now.own[0] = node;
}

static void weak_one(Vm *me) {
    StmRef node = me->now.own[random_of(me, OWN / 2)];
    if (!node) node = new_node(1, 0);
    StmRef weak = gc_alloc(9, GCK_MUTABLE | 1, 24), keep = new_node(2, 0);
    t_init(weak, 1, node);
    t_init(weak, 2, 0);
    gc_weakref_register(node, weak);
    t_init(keep, 4, weak);
    StmRef dead = gc_alloc_old(7, GCK_MUTABLE | 2, 40);
    t_init(dead, 2, check_of(0));
    t_init(dead, 3, keep);
    me->now.own[1] = dead;
}

static void step(Vm *me) {
    memset(me->stack, 0, sizeof me->stack);
    switch (random_of(me, 100)) {
    case 0: pin_one(me); break;
    case 1: weak_one(me); break;
    case 2:
        if (random_of(me, 400) == 0) gc_major();
        break;
    default:
        switch (random_of(me, 4)) {
        case 0: push(me); break;
        case 1: pop(me); break;
        case 2: link_own(me); break;
        default: private_array(me); break;
        }
    }
    me->now.step++;
}

static void run(Vm *me) {
    stm_self->abort_jmp = &me->jump;
    stm_attach();
    sigsetjmp(me->jump, 0);
    while (me->now.step < n_steps) {
        step(me);
        stm_safepoint(1000);
    }
    stm_detach();
}

static void *thread_main(void *arg) {
    Vm *me = arg;
    StmThread *self = stm_thread_register();
    self->vm = me;
    if (!gc_thread_attach(me)) abort();
    run(me);
    gc_thread_detach();
    stm_thread_unregister();
    return NULL;
}

static void check_table(int64_t expected) {
    int64_t n = 0, wrong = 0;
    for (size_t slot = 2; slot < SLOTS + 2; slot++)
        for (StmRef node = read_word(table, slot); node; node = read_word(node, 3), n++)
            wrong += read_word(node, 2) != check_of(read_word(node, 1));
    CHECK(wrong == 0);
    CHECK(n == expected);
    if (n != expected) printf("%" PRIi64 " nodes, expected %" PRIi64 "\n", n, expected);
}

static Vm vms[MAX_THREADS + 1];

static void run_threads(unsigned n) {
    stm_enter_multi();
    for (unsigned i = 1; i <= n; i++) {
        Vm *vm = &vms[i];
        memset(vm, 0, sizeof *vm);
        vm->number = i;
        vm->now.seed = 88172645463325252ull * (i + 1);
        pthread_create(&vm->id, NULL, thread_main, vm);
    }
    stm_detach();
    int64_t pushed = 0, errors = 0;
    for (unsigned i = 1; i <= n; i++) {
        pthread_join(vms[i].id, NULL);
        pushed += vms[i].now.pushed;
        errors += vms[i].errors;
    }
    stm_attach();
    CHECK(errors == 0);
    vms[0].now.pushed += pushed;
    check_table(vms[0].now.pushed);
    gc_collect_full();
    check_table(vms[0].now.pushed);
}

int main(int argc, char **argv) {
    unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 3;
    if (argc > 2) n_steps = (unsigned)atoi(argv[2]);
    if (threads > MAX_THREADS) threads = MAX_THREADS;
    StmConfig stm_config = {.chaos_seed = argc > 3 ? (uint64_t)atoll(argv[3]) : 0,
                            .quantum = argc > 4 ? atoll(argv[4]) : 0};
    if (!stm_init(&stm_config)) return 1;
    gc_init(&(GcConfig){
        .hooks = &hooks, .nursery_bytes = 64 << 10, .min_threshold = 2 << 20, .poison = true});
    stm_hooks.save_thread = save_thread;
    stm_hooks.restore_thread = restore_thread;
    StmThread *self = stm_thread_register();
    self->vm = &vms[0];
    if (!gc_thread_attach(&vms[0])) abort();
    self->abort_jmp = &vms[0].jump;
    stm_attach();
    table = gc_alloc_old(7, GCK_MUTABLE | 1, (SLOTS + 2) * 8);
    gc_minor();
    for (int round = 0; round < 2; round++) run_threads(threads);
    GcStats stats;
    gc_stats(&stats);
    StmStats s;
    stm_total_stats(&s);
    printf("%" PRIu64 " minor, %" PRIu64 " major, %" PRIu64 " pinned, %" PRIu64 " commits, %" PRIu64
           " aborts\n",
           stats.minor_count, stats.major_count, stats.pinned_objects, s.commits, s.aborts);
    CHECK(stats.major_count > 2);
    return t_end();
}
