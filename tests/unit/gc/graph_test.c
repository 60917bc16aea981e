/* Random object graphs against a shadow model: what is reachable from the roots must stay as it
 * was, through minor and major collections, pinned objects, large arrays and barriers. */
#include "tests/unit/gc/gctest.h"

/* The model: object number n has these children (numbers, 0 none). Numbers are stored in word 1. */
typedef struct Shadow {
    uint32_t *child;
    uint32_t n, seen;
} Shadow;

enum { OBJECTS = 1 << 20 };
static Shadow shadow[OBJECTS];
static uint32_t n_shadow = 1, root_number[T_ROOTS], stack_number[T_STACK], walk;

static size_t random_values(void) {
    uint64_t r = t_random(1000);
    if (r < 960) return t_random(12);
    if (r < 998) return 16 + t_random(900);
    return 1000 + t_random(20000);
}

static uint32_t number_of(StmRef obj) { return (uint32_t)t_get(obj, 1); }

static uint32_t new_object(unsigned root) {
    size_t values = random_values();
    StmRef obj = t_node(n_shadow, values);
    shadow[n_shadow] = (Shadow){calloc(values + 1, sizeof(uint32_t)), (uint32_t)values, 0};
    if (values && root_number[root] && t_random(4)) { /* keep what the root had */
        t_init(obj, 2, t_roots[root]);
        shadow[n_shadow].child[0] = root_number[root];
    }
    t_roots[root] = obj;
    root_number[root] = n_shadow;
    return n_shadow++;
}

static void link_random(void) {
    unsigned from = (unsigned)t_random(T_ROOTS), to = (unsigned)t_random(T_ROOTS);
    Shadow *s = &shadow[root_number[from]];
    if (!root_number[from] || !root_number[to] || !s->n) return;
    size_t i = t_random(s->n);
    if (t_random(8) == 0) {
        t_set(t_roots[from], 2 + i, t_random(1000) << 1 | 1);
        s->child[i] = 0;
        return;
    }
    t_set(t_roots[from], 2 + i, t_roots[to]);
    s->child[i] = root_number[to];
}

/* A root moves on to one of its children. */
static void descend(void) {
    unsigned r = (unsigned)t_random(T_ROOTS);
    Shadow *s = &shadow[root_number[r]];
    if (!root_number[r] || !s->n) return;
    size_t i = t_random(s->n);
    if (!s->child[i]) return;
    root_number[r] = s->child[i];
    t_roots[r] = t_get(t_roots[r], 2 + i);
}

static uint32_t todo[OBJECTS];
static StmRef todo_ref[OBJECTS];

/* The object graph from `obj` is the model's from `number`; no recursion, chains are long. */
static int compare(StmRef obj, uint32_t number) {
    size_t n = 1;
    todo[0] = number;
    todo_ref[0] = obj;
    while (n) {
        number = todo[--n];
        obj = todo_ref[n];
        Shadow *s = &shadow[number];
        if (number_of(obj) != number) return 1;
        if (gc_object_size(STM_OBJ(obj)) != 16 + (size_t)s->n * 8) return 1;
        if (s->seen == walk) continue;
        s->seen = walk;
        for (size_t i = 0; i < s->n; i++) {
            uint64_t v = t_get(obj, 2 + i);
            if (!s->child[i]) {
                if (v != 0 && !(v & 1)) return 1;
            } else if (shadow[s->child[i]].seen != walk) {
                if (n == OBJECTS) return 1;
                todo[n] = s->child[i];
                todo_ref[n++] = v;
            } else if (number_of(v) != s->child[i]) {
                return 1;
            }
        }
    }
    return 0;
}

static void check_all(void) {
    walk++;
    int wrong = 0;
    for (int i = 0; i < T_ROOTS; i++)
        if (root_number[i]) wrong += compare(t_roots[i], root_number[i]);
    for (int i = 0; i < T_STACK; i++)
        if (stack_number[i]) wrong += compare(t_stack[i], stack_number[i]);
    CHECK(wrong == 0);
}

/* Put an object into the conservative stack (by an interior reference now and then), or drop. */
static void pin_random(void) {
    unsigned slot = (unsigned)t_random(T_STACK), r = (unsigned)t_random(T_ROOTS);
    stack_number[slot] = 0;
    t_stack[slot] = 0;
    if (t_random(2) && root_number[r]) {
        stack_number[slot] = root_number[r];
        t_stack[slot] = t_roots[r];
    }
}

static void run(unsigned steps) {
    for (unsigned step = 0; step < steps && n_shadow < OBJECTS; step++) {
        switch (t_random(16)) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5: new_object((unsigned)t_random(T_ROOTS)); break;
        case 6:
        case 7:
        case 8:
        case 9:
        case 11: link_random(); break;
        case 10: descend(); break;
        case 12:
            if (t_random(64) == 0) pin_random();
            if (t_random(20) == 0) { /* forget a root and all behind it */
                unsigned r = (unsigned)t_random(T_ROOTS);
                t_roots[r] = root_number[r] = 0;
            }
            break;
        default: stm_safepoint(1);
        }
        if (t_random(3000) == 0) {
            gc_minor();
            gc_verify();
            check_all();
        }
        if (t_random(40000) == 0) {
            gc_major();
            gc_verify();
            check_all();
        }
    }
}

int main(int argc, char **argv) {
    unsigned steps = argc > 1 ? (unsigned)atoi(argv[1]) : 600000;
    if (argc > 2) t_seed += (uint64_t)atoll(argv[2]) * 0x9e3779b97f4a7c15ull;
    t_start((GcConfig){.nursery_bytes = 128 << 10, .min_threshold = 1 << 20, .poison = true});
    run(steps);
    check_all();
    GcStats stats;
    gc_stats(&stats);
    CHECK(stats.minor_count > 10);
    CHECK(stats.major_count > 2);
    CHECK(stats.pinned_objects > 0);
    printf("%" PRIu64 " minor, %" PRIu64 " major, %" PRIu64 " pinned, %" PRIu64 " live bytes\n",
           stats.minor_count, stats.major_count, stats.pinned_objects, stats.marked_bytes);
    return t_end();
}
