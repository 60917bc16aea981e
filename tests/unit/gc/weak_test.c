/* Weak references, finalizers and ids through minor and major collections. */
#include "tests/unit/gc/gctest.h"

static StmRef new_weak(StmRef target, bool callback) {
    StmRef weak = gc_alloc(9, GCK_MUTABLE | 1 | (callback ? GCK_WEAKREF : 0), 24);
    t_init(weak, 1, target);
    t_init(weak, 2, 0);
    gc_weakref_register(target, weak);
    return weak;
}
static StmRef weak_target(StmRef weak) { return t_get(weak, 1); }

static void (*const collections[])(void) = {gc_minor, gc_major};

static void test_weak_word(void (*collect)(void)) {
    t_roots[0] = t_node(1, 1);
    t_roots[1] = new_weak(t_roots[0], false);
    t_roots[2] = new_weak(t_roots[0], true);
    t_roots[3] = new_weak(t_node(2, 0), false);
    t_roots[4] = new_weak(t_node(3, 0), true);
    new_weak(t_node(4, 0), true); /* dies with its target: no callback */
    collect();
    CHECK(weak_target(t_roots[1]) == t_roots[0] && weak_target(t_roots[2]) == t_roots[0]);
    CHECK(t_get(t_roots[0], 1) == 1);
    CHECK(weak_target(t_roots[3]) == 0 && weak_target(t_roots[4]) == 0);
    CHECK(gc_next_cleared_weakref() == t_roots[4]);
    CHECK(gc_next_cleared_weakref() == 0);
    t_roots[0] = 0;
    gc_minor();
    CHECK(weak_target(t_roots[1]) != 0); /* old now: a minor collection cannot tell */
    gc_major();
    CHECK(weak_target(t_roots[1]) == 0 && weak_target(t_roots[2]) == 0);
    CHECK(gc_next_cleared_weakref() == t_roots[2]);
    CHECK(gc_next_cleared_weakref() == 0);
    memset(t_roots, 0, sizeof t_roots);
}

/* A chain object -> weak box ~> weak reference ~> object, as the VM keeps one reference object. */
static void test_weak_box(void) {
    t_roots[0] = t_node(1, 1);
    StmRef weak = new_weak(t_roots[0], false);
    t_roots[1] = weak;
    t_set(t_roots[0], 2, new_weak(weak, false));
    gc_minor();
    CHECK(weak_target(t_get(t_roots[0], 2)) == t_roots[1]);
    gc_major();
    CHECK(weak_target(t_get(t_roots[0], 2)) == t_roots[1]);
    t_roots[1] = 0;
    gc_major();
    CHECK(weak_target(t_get(t_roots[0], 2)) == 0);
    t_roots[0] = 0;
}

static void test_finalizer(void (*collect)(void)) {
    t_roots[0] = t_node(1, 0);
    gc_finalizer_register(t_roots[0]);
    StmRef first = t_node(2, 1), second = t_node(3, 1);
    t_init(first, 2, second);
    t_init(second, 2, first); /* a cycle: both are finalized, the younger first */
    gc_finalizer_register(first);
    gc_finalizer_register(second);
    t_roots[1] = new_weak(first, false);
    collect();
    CHECK(weak_target(t_roots[1]) == 0); /* cleared before the finalizer runs */
    CHECK(gc_events_pending());
    StmRef one = gc_next_finalizable(), two = gc_next_finalizable();
    CHECK(one && t_get(one, 1) == 3 && two && t_get(two, 1) == 2);
    CHECK(t_get(one, 2) == two && t_get(two, 2) == one);
    CHECK(gc_next_finalizable() == 0 && !gc_events_pending());
    gc_major();
    CHECK(gc_next_finalizable() == 0); /* once only */
    t_roots[0] = 0;
    gc_major();
    StmRef last = gc_next_finalizable();
    CHECK(last && t_get(last, 1) == 1);
    memset(t_roots, 0, sizeof t_roots);
}

/* A weak reference that only a finalizer brings back still follows its target. */
static void test_weak_behind_finalizer(void (*collect)(void)) {
    t_roots[0] = t_node(1, 0);
    StmRef holder = t_node(2, 2);
    gc_finalizer_register(holder);
    t_init(holder, 2, new_weak(t_roots[0], false));
    t_init(holder, 3, new_weak(t_node(3, 0), false));
    collect();
    t_roots[1] = gc_next_finalizable();
    CHECK(t_roots[1] && weak_target(t_get(t_roots[1], 2)) == t_roots[0]);
    CHECK(weak_target(t_get(t_roots[1], 3)) == 0);
    t_roots[0] = 0;
    gc_major();
    CHECK(weak_target(t_get(t_roots[1], 2)) == 0);
    t_roots[1] = 0;
}

static void test_finalize_all(void) {
    for (int i = 0; i < 10; i++) {
        t_roots[i] = t_node((uint64_t)i, 0);
        gc_finalizer_register(t_roots[i]);
        if (i == 5) gc_minor();
    }
    gc_finalize_all();
    int n = 0;
    while (gc_next_finalizable()) n++;
    CHECK(n == 10);
    memset(t_roots, 0, sizeof t_roots);
}

static void test_ids(void) {
    enum { N = 200 };
    uint64_t ids[N];
    for (int i = 0; i < N; i++) {
        t_roots[i] = t_node((uint64_t)i, (size_t)i % 40);
        ids[i] = gc_id(t_roots[i]);
        CHECK(gc_id(t_roots[i]) == ids[i]);
    }
    t_stack[0] = t_roots[7];      /* pinned: keeps its place, and another id */
    t_stack[1] = t_roots[9] + 20; /* by an interior pointer */
    gc_minor();
    t_stack[0] = t_stack[1] = 0;
    int moved = 0, wrong = 0;
    for (int i = 0; i < N; i++) {
        wrong += gc_id(t_roots[i]) != ids[i] || t_get(t_roots[i], 1) != (uint64_t)i;
        moved += t_roots[i] == ids[i];
    }
    CHECK(wrong == 0);
    CHECK(moved == N - 3); /* a reference to a start also pins what ends there */
    for (int round = 0; round < 3; round++) {
        gc_major();
        for (int i = 0; i < 5000; i++) t_node(1, 3);
        gc_minor();
    }
    for (int i = 0; i < N; i++) wrong += gc_id(t_roots[i]) != ids[i];
    CHECK(wrong == 0);
    memset(t_roots, 0, sizeof t_roots);
    gc_major();
    CHECK(gc_id(5) == 5); /* immediates are their own */
}

int main(void) {
    t_start((GcConfig){.nursery_bytes = 64 << 10, .poison = true});
    for (int i = 0; i < 2; i++) {
        test_weak_word(collections[i]);
        test_weak_box();
        test_finalizer(collections[i]);
        test_weak_behind_finalizer(collections[i]);
    }
    test_finalize_all();
    test_ids();
    gc_verify();
    return t_end();
}
