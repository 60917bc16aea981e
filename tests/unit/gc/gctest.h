/* What the collector's tests share: start-up with root hooks of their own, counting checks. */
#ifndef GCTEST_H
#define GCTEST_H

#include "gc/internal.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define T_ROOTS 256
#define T_STACK 32

static uint64_t t_roots[T_ROOTS]; /* exact */
static uint64_t t_stack[T_STACK]; /* as if a C frame's: conservative */
static int t_passed, t_failed;

#define CHECK(x)                                                                                   \
    do {                                                                                           \
        if (x) {                                                                                   \
            t_passed++;                                                                            \
        } else {                                                                                   \
            t_failed++;                                                                            \
            if (t_failed < 20) printf("%s:%d: failed: %s\n", __FILE__, __LINE__, #x);              \
        }                                                                                          \
    } while (0)

static inline void t_visit_stacks(void *vm, GcVisitor *v) {
    (void)vm;
    gc_visit_stack(v, t_stack, t_stack + T_STACK);
}
static inline void t_visit_roots(void *vm, GcRootKind kind, GcVisitor *v) {
    (void)vm, (void)kind;
    gc_visit(v, t_roots, T_ROOTS);
}

static const GcHooks t_hooks = {.visit_stacks = t_visit_stacks, .visit_roots = t_visit_roots};

static inline void t_start(GcConfig config) {
    StmConfig stm_config = {0};
    if (!stm_init(&stm_config)) exit(1);
    config.hooks = &t_hooks;
    gc_init(&config);
    StmThread *self = stm_thread_register();
    if (!gc_thread_attach(self)) exit(1);
    stm_attach();
}

static inline int t_end(void) {
    printf("%d passed, %d failed\n", t_passed, t_failed);
    return t_failed != 0;
}

/* ---- objects: word i of an object ----------------------------------------------------------- */

static inline uint64_t t_get(StmRef obj, size_t word) {
    return *(volatile uint64_t GS *)(obj + word * 8);
}
static inline void t_init(StmRef obj, size_t word, uint64_t v) {
    *(volatile uint64_t GS *)(obj + word * 8) = v;
}
static inline void t_set(StmRef obj, size_t word, uint64_t v) {
    volatile uint64_t GS *at = (volatile uint64_t GS *)(obj + word * 8);
    stm_write(STM_OBJ(obj), at);
    *at = v;
}

/* A container of `values` Values, all 0, after a raw word that holds `tag`. */
static inline StmRef t_node(uint64_t tag, size_t values) {
    StmRef obj = gc_alloc(7, GCK_MUTABLE | 1, 16 + values * 8);
    if (!obj) return 0;
    t_init(obj, 1, tag);
    for (size_t i = 0; i < values; i++) t_init(obj, 2 + i, 0);
    return obj;
}

static uint64_t t_seed = 88172645463325252ull;
static inline uint64_t t_random(uint64_t below) {
    t_seed ^= t_seed << 13;
    t_seed ^= t_seed >> 7;
    t_seed ^= t_seed << 17;
    return t_seed % below;
}

#endif
