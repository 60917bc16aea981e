/* Solo mode, the switch to multi, commit, abort, undo, cards, with one thread. */
#include "harness.h"

static StmObj a, b;

static void solo(void) {
    a = test_alloc(5);
    b = test_alloc(5);
    CHECK(stm_is_solo());
    set(a, 0, 7);
    set(a, 1, 8);
    size_t n;
    StmRemembered *r = stm_remembered(&n);
    CHECK(n == 1 && r[0].obj == STM_REF(a) && r[0].end == STM_REF(a) + 40);
    stm_rearm_written();
    stm_remembered(&n);
    CHECK(n == 0 && (a->flags & STMF_BARRIER));
    CHECK(get(a, 0) == 7 && get(a, 1) == 8);
    CHECK(stm_safepoint(1) == STM_SP_CONTINUE);
    stm_detach();
    stm_attach();
    CHECK(get(a, 0) == 7);
    CHECK(stm_owned_bytes(STM_REF(a), 80) == 80);
}

static void change_both(void *arg) {
    set(a, 0, *(uint64_t *)arg);
    set(b, 0, *(uint64_t *)arg);
    set(b, 3, *(uint64_t *)arg);
}

static int tries;
static void abort_once(void *arg) {
    (void)arg;
    CHECK(get(a, 0) == 100);
    CHECK(a->flags == STMF_BARRIER);
    set(a, 0, 1);
    set(b, 3, 2);
    StmObj c = test_alloc(3);
    set(c, 1, 5);
    CHECK(!(a->flags & STMF_BARRIER) && (a->flags & STMF_UNDONE));
    if (tries++ == 0) stm_abort_and_restart("test");
    CHECK(get(b, 3) == 2);
}

static void multi(void) {
    uint64_t value = 100;
    transact(change_both, &value);
    CHECK(get(a, 0) == 100 && get(b, 3) == 100);
    CHECK(a->flags == STMF_BARRIER);
    CHECK(*(uint64_t *)stm_base_flat(STM_REF(field(a, 0))) == 100 ||
          stm_self->stats.commits_logged > 0);
    transact(abort_once, NULL);
    CHECK(tries == 2);
    CHECK(get(a, 0) == 1 && get(b, 3) == 2 && get(a, 1) == 8);
    CHECK(stm_self->stats.aborts == 1);
}

static StmObj array;
static uint64_t array_size = 64 << 10;
static size_t array_bytes(StmObj obj) {
    CHECK(obj == array);
    return array_size;
}

static void array_writes(void *arg) {
    uint64_t add = *(uint64_t *)arg;
    for (unsigned i = 0; i < 8000; i += 37) set(array, i, i + add);
    if (tries++ == 0) stm_abort_and_restart("test");
}

/* A granule, its neighbour, the first one again, with collections between; then abort. */
static void card_body(void *arg) {
    (void)arg;
    set(array, 100, 1);
    set(array, 100, 2);
    stm_rearm_written();
    set(array, 100, 3);
    set(array, 101, 4);
    stm_rearm_written();
    set(array, 102, 5);
    stm_write_range(array, field(array, 200), 20 * 8);
    for (unsigned i = 200; i < 220; i++) *field(array, i) = 9;
    size_t n;
    stm_remembered(&n);
    CHECK(n == 2);
    if (tries++ < 2) stm_abort_and_restart("test");
}

static void card_neighbours(void) {
    uint64_t before[3] = {get(array, 100), get(array, 101), get(array, 102)};
    tries = 1;
    sigjmp_buf buf;
    stm_self->abort_jmp = &buf;
    if (!sigsetjmp(buf, 0)) card_body(NULL);
    for (unsigned i = 0; i < 3; i++) CHECK(get(array, 100 + i) == before[i]);
    for (unsigned i = 200; i < 220; i++) CHECK(get(array, i) % 1000000 == i);
    transact(card_body, NULL);
    CHECK(get(array, 100) == 3 && get(array, 101) == 4 && get(array, 102) == 5);
    for (unsigned i = 100; i < 103; i++) set(array, i, before[i - 100]);
    for (unsigned i = 200; i < 220; i++) set(array, i, i % 37 ? i : i + 1000000);
    stm_commit_and_begin();
}

static void cards(void) {
    stm_hooks.object_size = array_bytes;
    array = STM_OBJ(test_next_page << STM_PAGE_SHIFT);
    test_next_page += 16;
    CHECK(stm_claim_pages(STM_REF(array) >> STM_PAGE_SHIFT, 16));
    array->flags = STMF_BARRIER | STMF_CARDS | STMF_OWN;
    stm_note_own(STM_REF(array), STM_REF(array) + array_size);
    for (unsigned i = 0; i < 8000; i++) set(array, i, i);
    size_t n;
    stm_remembered(&n);
    CHECK(n >= 8001 / 16);
    stm_commit_and_begin();
    CHECK(array->flags == (STMF_BARRIER | STMF_CARDS));
    tries = 0;
    uint64_t add = 1000000;
    transact(array_writes, &add);
    card_neighbours();
    for (unsigned i = 0; i < 8000; i++) {
        uint64_t want = i % 37 ? i : i + add;
        if (get(array, i) != want) CHECK(get(array, i) == want);
    }
}

static void limits(void) {
    CHECK(!stm_claim_pages((HEAP_START >> STM_PAGE_SHIFT) + (1ull << 40), 1));
    CHECK(!stm_claim_pages((test_next_page + 100), 1 << 18));
    uint64_t used = stm_pages_in_use();
    CHECK(stm_claim_pages(test_next_page, 8));
    CHECK(stm_pages_in_use() == used + 8);
    stm_release_pages(test_next_page, 8);
    CHECK(stm_pages_in_use() == used);
    CHECK(stm_claim_pages(test_next_page, 8));
    CHECK(*(uint64_t GS *)(test_next_page << STM_PAGE_SHIFT) == 0);
}

static void back_to_solo(void) {
    for (int i = 0; i < 100 && !stm_is_solo(); i++) {
        usleep(1000);
        stm_commit_and_begin();
        stm_detach();
        stm_attach();
    }
    CHECK(stm_is_solo());
    CHECK(get(a, 0) == 1 && get(b, 3) == 2);
    set(a, 0, 3);
    CHECK(*(uint64_t *)stm_base_flat(STM_REF(field(a, 0))) == 3);
    stm_rearm_written();
    stm_enter_multi();
    CHECK(!stm_is_solo() && stm_self->inevitable);
    stm_commit_and_begin();
    CHECK(!stm_self->inevitable && get(a, 0) == 3);
}

int main(void) {
    StmConfig config = {.heap_limit = 256 << 20};
    test_start(&config);
    solo();
    stm_enter_multi();
    stm_commit_and_begin();
    multi();
    cards();
    limits();
    back_to_solo();
    stm_fini();
    config.start_multi = true;
    test_start(&config);
    a = test_alloc(5);
    b = test_alloc(5);
    set(a, 1, 8);
    tries = 0;
    multi();
    CHECK(stm_self->stats.commits_logged == 0);
    stm_fini();
    return test_summary();
}
