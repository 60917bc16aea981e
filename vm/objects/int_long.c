/* int_long.c -- computations with integers so long that Ctrl-C should end them.
 *
 * GMP knows no interruption. So such a computation works on copies in C memory, and the signal's handler jumps out of it. GMP's
 * memory comes from here: blocks allocated by the computation are listed and freed after the jump, and inside malloc the jump
 * waits. Then the Python handlers run; if none raises, the computation is done again from its start, this time to
 * the end, so that frequent signals cannot keep it from ending. */
#include "vm/objects/int_long.h"
#include "vm/exec/safepoint.h"
#include <setjmp.h>
#include <stdlib.h>

typedef struct Block { /* in front of what GMP uses */
    struct Block *next, **link; /* link: what points to this one; 0: not listed */
} Block;
_Static_assert(sizeof(Block) % 16 == 0, "as aligned as malloc's");

typedef struct Section {
    sigjmp_buf jump;
    Block *blocks;
    volatile bool in_malloc, wanted;
} Section;
static _Thread_local Section *volatile section; /* the computation that may be left */

/* ---- memory ----------------------------------------------------------------------------------- */

static Section *enter_malloc(void) {
    Section *s = section;
    if (s) s->in_malloc = true;
    return s;
}
static void leave_malloc(Section *s) {
    if (!s) return;
    s->in_malloc = false;
    if (s->wanted) siglongjmp(s->jump, 1);
}

static void list_block(Section *s, Block *b) {
    b->link = s ? &s->blocks : 0;
    b->next = s ? s->blocks : 0;
    if (!s) return;
    if (b->next) b->next->link = &b->next;
    s->blocks = b;
}
static void unlist_block(Block *b) {
    if (!b->link) return;
    *b->link = b->next;
    if (b->next) b->next->link = b->link;
}

static Block *checked(void *b, size_t bytes) {
    if (!b) stm_out_of_memory("no memory for an integer of %zu bytes", bytes);
    return b;
}
static void *gmp_allocate(size_t bytes) {
    Section *s = enter_malloc();
    Block *b = checked(malloc(sizeof *b + bytes), bytes);
    list_block(s, b);
    leave_malloc(s);
    return b + 1;
}
static void *gmp_reallocate(void *old, size_t old_bytes, size_t bytes) {
    (void)old_bytes;
    Section *s = enter_malloc();
    Block *b = (Block *)old - 1;
    bool listed = b->link != 0;
    unlist_block(b);
    b = checked(realloc(b, sizeof *b + bytes), bytes);
    list_block(listed ? s : 0, b);
    leave_malloc(s);
    return b + 1;
}
static void gmp_free(void *old, size_t bytes) {
    (void)bytes;
    Section *s = enter_malloc();
    Block *b = (Block *)old - 1;
    unlist_block(b);
    free(b);
    leave_malloc(s);
}

void int_long_setup(void) { mp_set_memory_functions(gmp_allocate, gmp_reallocate, gmp_free); }

/* ---- running ---------------------------------------------------------------------------------- */

void int_long_signal_arrived(void) {
    Section *s = section;
    if (!s) return;
    s->wanted = true;
    if (!s->in_malloc) siglongjmp(s->jump, 1);
}

/* What was allocated stays listed only while the section is there. */
static void end_section(Section *s) {
    section = 0;
    for (Block *b = s->blocks, *next; b; b = next) {
        next = b->next;
        b->link = 0;
    }
}

int int_long_run_may_call(void (*compute)(IntLong *l), IntLong *l) {
    Section s = {.blocks = 0};
    vm_c_memory_enter();
    int before = vm_check_signals_may_call();
    vm_c_memory_leave();
    if (before < 0) return -1;
    if (!sigsetjmp(s.jump, 1)) {
        section = &s;
        compute(l);
        end_section(&s);
        return 0;
    }
    section = 0;
    for (Block *b = s.blocks, *next; b; b = next) {
        next = b->next;
        free(b);
    }
    mpz_init(l->r);
    mpz_init(l->s);
    vm_c_memory_enter();
    int status = vm_run_signals_may_call();
    vm_c_memory_leave();
    if (status == 0) compute(l);
    return status;
}

void int_long_init(IntLong *l, Value a, Value b, Value c) {
    const Value values[] = {a, b, c};
    mpz_ptr to[] = {l->a, l->b, l->c};
    for (int i = 0; i < 3; i++) {
        IntView view;
        mpz_init(to[i]);
        if (!values[i]) continue;
        int_view(&view, values[i]);
        mpz_import(to[i], view.count, -1, sizeof(mp_limb_t), 0, 0, view.limbs);
        if (view.negative) mpz_neg(to[i], to[i]);
    }
    mpz_inits(l->r, l->s, NULL);
    l->none = false;
}

void int_long_clear(IntLong *l) { mpz_clears(l->a, l->b, l->c, l->r, l->s, NULL); }

Value int_long_value(const mpz_t z) { return py_int_from_limbs(mpz_limbs_read(z), mpz_size(z), mpz_sgn(z) < 0); }

Value int_long_result_may_call(void (*compute)(IntLong *l), Value a, Value b, Value c, unsigned long n) {
    IntLong l = {.n = n};
    int_long_init(&l, a, b, c);
    Value result = int_long_run_may_call(compute, &l) < 0 || l.none ? 0 : int_long_value(l.r);
    int_long_clear(&l);
    return result;
}

/* ---- operators -------------------------------------------------------------------------------- */

static bool is_long(Value v) {
    if (!is_ref(v)) return false;
    int64_t size = REF(PyInt, v)->size;
    return (size < 0 ? -size : size) >= INT_LONG_LIMBS;
}
bool int_long_both(Value a, Value b) { return is_long(a) && is_long(b); }

static void multiply(IntLong *l) { mpz_mul(l->r, l->a, l->b); }
static void square(IntLong *l) { mpz_mul(l->r, l->a, l->a); }
static void divide(IntLong *l) { mpz_fdiv_qr(l->r, l->s, l->a, l->b); }

Value int_long_mul_may_call(Value a, Value b) {
    return int_long_result_may_call(a == b ? square : multiply, a, a == b ? 0 : b, 0, 0);
}

int int_long_divide_may_call(Value a, Value b, Value *quotient, Value *remainder) {
    IntLong l = {.n = 0};
    int_long_init(&l, a, b, 0);
    int status = int_long_run_may_call(divide, &l);
    if (status == 0 && quotient && !(*quotient = int_long_value(l.r))) status = -1;
    if (status == 0 && remainder && !(*remainder = int_long_value(l.s))) status = -1;
    int_long_clear(&l);
    return status;
}
