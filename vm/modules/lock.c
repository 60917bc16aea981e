/* Locks: _thread.lock and _thread.RLock.
 *
 * Note LOCKS. A lock is a word in the heap, read and written with barriers like any other, so it needs no protocol of its own: a
 * thread that acquires and releases within one transaction leaves the word as it was, no record is written, and critical
 * sections under one lock run in parallel unless their data conflicts. A lock held at the end of a transaction is committed as
 * held; who finds it so waits for that granule to change (stm_wait_granule), outside any transaction, and tests again.
 *
 * L1. A lock object is allocated old: waiters name it by its offset.
 * L2. Hand-off. A thread that releases a lock which its transaction has not acquired (committed as held, so others may wait) ends that
 *     transaction before it acquires that lock again: otherwise acquire and release would vanish together, and waiters would never
 *     see the lock free. Else it ends it soon, but not at once: who wakes another thread up mostly goes to sleep itself before long, and
 *     programs are used to its getting there first, as under a GIL. `released` remembers those locks.
 * L3. C code that takes a lock may have done something before, which the end of the transaction commits: it cannot be run again
 *     from its start, so it goes on inevitable. A method of a lock object (`method`) that the program calls itself has done nothing yet:
 *     its call is run again. One that C code calls, as in map(lock.acquire, items), is C code that takes a lock. */
#include "vm/modules/lock.h"
#include "vm/exec/idle.h"
#include "vm/exec/safepoint.h"
#include "vm/modules/clock.h"
#include <math.h>

enum { LOCKS_MAX = 8 };
/* Locks of the running transaction: those it has acquired and not released, the newest few; those it has released only. */
static __thread struct {
    uint64_t transaction;
    unsigned count; /* released: beyond LOCKS_MAX stands for all locks */
    Value locks[LOCKS_MAX];
} taken, released;

/* Which transaction of this thread is running: a number that changes at every end. */
static uint64_t transaction_number(void) { return stm_self->stats.commits + stm_self->stats.aborts + 1; }

static void note_taken(Value lock) {
    if (taken.transaction != transaction_number()) {
        taken.transaction = transaction_number();
        taken.count = 0;
    }
    if (taken.count == LOCKS_MAX) memmove(taken.locks, taken.locks + 1, --taken.count * sizeof *taken.locks);
    taken.locks[taken.count++] = lock;
}

/* Did this transaction acquire it? Then nobody else has seen it held. */
static bool forget_taken(Value lock) {
    if (taken.transaction != transaction_number()) return false;
    for (unsigned i = taken.count; i-- > 0;) {
        if (taken.locks[i] != lock) continue;
        memmove(taken.locks + i, taken.locks + i + 1, (--taken.count - i) * sizeof *taken.locks);
        return true;
    }
    return false;
}

static void note_released(Value lock) {
    if (released.transaction != transaction_number()) {
        released.transaction = transaction_number();
        released.count = 0;
    }
    if (released.count < LOCKS_MAX) released.locks[released.count++] = lock;
    else released.count = LOCKS_MAX + 1;
}

static bool was_released(Value lock) {
    if (released.transaction != transaction_number()) return false;
    bool found = released.count > LOCKS_MAX;
    for (unsigned i = 0; !found && i < released.count; i++) found = released.locks[i] == lock;
    return found;
}

/* Has this transaction acquired one and not released it? */
static bool holds_any(void) { return taken.transaction == transaction_number() && taken.count; }

static Value lock_alloc(uint32_t type_id) {
    Value lock = gc_alloc_old(type_id, GC_KIND_LEAF | GCK_MUTABLE, sizeof(PyLock)); /* L1 */
    return lock ? lock : py_raise_memory();
}
Value py_lock_new(void) { return lock_alloc(TYPE_LOCK); }

int py_lock_deadline(Value blocking_or_0, Value timeout_or_0, int64_t *deadline_ns) {
    int blocking = blocking_or_0 ? py_truth(blocking_or_0) : 1;
    int64_t ns = -1000000000;
    if (blocking < 0 || (timeout_or_0 && clock_from_seconds(timeout_or_0, &ns) < 0)) return -1;
    if (!blocking && ns != -1000000000) return py_raise_int(TYPE_ValueError, "can't specify a timeout for a non-blocking call");
    if (ns < 0 && ns != -1000000000) return py_raise_int(TYPE_ValueError, "timeout value must be a non-negative number");
    if (ns > INT64_MAX / 2) return py_raise_int(TYPE_OverflowError, "timeout value is too large");
    *deadline_ns = !blocking || ns == 0 ? 0 : ns < 0 ? -1 : clock_ns(CLOCK_MONOTONIC) + ns;
    return 0;
}

static const char lock_in_c[] = "a lock taken by C code";

static bool is_in_c(PyFn method_or_0) { return !method_or_0 || !vm_called_by_loop(method_or_0); }

/* Wait until the word may be free: 1 look again, 0 the deadline has passed, -1 an exception. */
static int wait_for_change(Value lock, uint64_t seen, int64_t deadline_ns, PyFn method_or_0, VmIdle *idle) {
    if (deadline_ns == 0) return 0;
    StmWait why;
    bool in_c = is_in_c(method_or_0);
    int64_t until = in_c ? deadline_ns : vm_idle_deadline(idle, deadline_ns); /* C code may hold what finalizers need */
    /* Across it: the lock, an argument. */
    VM_WAIT_SAFEPOINT(!in_c, why = stm_wait_granule(lock + offsetof(PyLock, locked), seen, until);
                      if (in_c) stm_attach_inevitable(lock_in_c));
    switch (why) {
    case STM_WAIT_CHANGED: return 1;
    case STM_WAIT_TIMEOUT:
        if (until == deadline_ns) return 0;
        vm_idle_look_may_call(idle);
        return 1;
    case STM_WAIT_EVENT: return vm_run_events_may_call() < 0 ? -1 : 1;
    }
    return 1;
}

static int acquire(Value lock, int64_t deadline_ns, PyFn method_or_0) {
    if (UNLIKELY(released.count) && SEG->multi && was_released(lock)) { /* L2 */
        if (is_in_c(method_or_0)) VM_DETACHED(lock_in_c, (void)0);
        else VM_C_SAFEPOINT(stm_commit_and_begin());
    } else if (stm_split_here() && !is_in_c(method_or_0) && !holds_any()) {
        VM_C_SAFEPOINT(stm_commit_and_begin());
    }
    VmIdle idle = {0};
    for (;;) {
        PyLock GS *word = REF(PyLock, lock);
        uint64_t seen = GET(word, locked);
        if (!seen) {
            SET(word, locked, 1);
            if (SEG->multi) note_taken(lock);
            return 1;
        }
        int again = wait_for_change(lock, seen, deadline_ns, method_or_0, &idle);
        if (again <= 0) return again;
    }
}

int py_lock_acquire(Value lock, int64_t deadline_ns) { return acquire(lock, deadline_ns, 0); }

void py_lock_release(Value lock) {
    SET(REF(PyLock, lock), locked, 0);
    if (!SEG->multi) return;
    if (!forget_taken(lock)) { /* L2 */
        note_released(lock);
        stm_end_for_waiters();
    } else if (!holds_any()) {
        stm_end_soon();
    }
}

/* ---- _thread.lock ------------------------------------------------------------------------------------------------------------- */

#define METHOD(name)                                                                                                  \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

METHOD(lock_acquire) {
    int64_t deadline;
    if (py_lock_deadline(args[1], args[2], &deadline) < 0) return 0;
    int got = acquire(args[0], deadline, lock_acquire);
    return got < 0 ? 0 : vm_bool(got);
}

METHOD(lock_enter) { return acquire(args[0], -1, lock_enter) < 0 ? 0 : VM_TRUE; }

METHOD(lock_release) {
    if (!GET(REF(PyLock, args[0]), locked)) return py_raise(TYPE_RuntimeError, "release unlocked lock");
    py_lock_release(args[0]);
    return VM_NONE;
}

METHOD(lock_locked) { return vm_bool(GET(REF(PyLock, args[0]), locked) != 0); }

bool py_lock_is_held(Value lock) { return GET(REF(PyLock, lock), locked) != 0; }

void py_lock_reset(Value lock) {
    PyLock GS *l = REF(PyLock, lock);
    SET(l, locked, 0);
    SET(l, owner, 0);
    SET(l, count, 0);
}
METHOD(lock_reinit) { return py_lock_reset(args[0]), VM_NONE; }

static Value lock_repr(Value self) {
    return py_str_format("<%s _thread.lock object at 0x%lx>", GET(REF(PyLock, self), locked) ? "locked" : "unlocked", (unsigned long)self);
}

#define ACQUIRE_SIGNATURE "($self, /, blocking=True, timeout=-1)"
static const PyMethodDef lock_methods[] = {
    {"acquire", ACQUIRE_SIGNATURE, lock_acquire, 0, "Lock the lock."},
    {"acquire_lock", ACQUIRE_SIGNATURE, lock_acquire, 0, 0},
    {"release", "($self, /)", lock_release, 0, "Release the lock, allowing another thread that is blocked waiting for\nthe lock to acquire the lock."},
    {"release_lock", "($self, /)", lock_release, 0, 0},
    {"locked", "($self, /)", lock_locked, 0, "Return whether the lock is in the locked state."},
    {"locked_lock", "($self, /)", lock_locked, 0, 0},
    {"__enter__", "($self, /)", lock_enter, 0, "Lock the lock."},
    {"__exit__", "($self, /, *args)", lock_release, 0, "Release the lock."},
    {"_at_fork_reinit", "($self, /)", lock_reinit, 0, 0},
    {0}};
static Value lock_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return py_raise(TYPE_TypeError, "cannot create '%N' instances", type);
}
const PyTypeSpec py_spec_lock = {.doc = "A lock object is a synchronization primitive.",
                                 .slots = {.repr = lock_repr, .new = lock_new},
                                 .methods = lock_methods,
                                 .raw_words = GC_KIND_LEAF,
                                 .module = "_thread"};

/* ---- _thread.RLock: owner and count are the owner's own business, written only while the lock is held ------------------------ */

static uint64_t self_ident(void) { return vm_thread()->ident; }
static bool owned(Value self) {
    PyLock GS *lock = REF(PyLock, self);
    return GET(lock, locked) && GET(lock, owner) == self_ident();
}

Value py_rlock_new(void) { return lock_alloc(TYPE_RLOCK); }

static int rlock_acquire_by(Value self, int64_t deadline, PyFn method_or_0) {
    PyLock GS *lock = REF(PyLock, self);
    if (owned(self)) {
        SET(lock, count, GET(lock, count) + 1);
        return 1;
    }
    int got = acquire(self, deadline, method_or_0);
    if (got <= 0) return got;
    SET(lock, owner, self_ident());
    SET(lock, count, 1);
    return 1;
}
int py_rlock_acquire(Value self, int64_t deadline) { return rlock_acquire_by(self, deadline, 0); }

METHOD(rlock_acquire) {
    int64_t deadline;
    if (py_lock_deadline(args[1], args[2], &deadline) < 0) return 0;
    int got = rlock_acquire_by(args[0], deadline, rlock_acquire);
    return got < 0 ? 0 : vm_bool(got);
}
METHOD(rlock_enter) { return rlock_acquire_by(args[0], -1, rlock_enter) < 0 ? 0 : VM_TRUE; }

static void rlock_free(Value self) {
    SET(REF(PyLock, self), owner, 0);
    SET(REF(PyLock, self), count, 0);
    py_lock_release(self);
}

int py_rlock_release(Value self) {
    if (!owned(self)) return -1;
    PyLock GS *lock = REF(PyLock, self);
    uint64_t count = GET(lock, count);
    if (count > 1) SET(lock, count, count - 1);
    else rlock_free(self);
    return 0;
}

METHOD(rlock_release) { return py_rlock_release(args[0]) < 0 ? py_raise(TYPE_RuntimeError, "cannot release un-acquired lock") : VM_NONE; }

METHOD(rlock_is_owned) { return vm_bool(owned(args[0])); }

/* For Condition.wait: give the lock up whatever its count, and take it again. */
METHOD(rlock_release_save) {
    PyLock GS *lock = REF(PyLock, args[0]);
    if (!GET(lock, locked)) return py_raise(TYPE_RuntimeError, "cannot release un-acquired lock");
    Value state = py_tuple_pack(2, int_make((int64_t)GET(lock, count)), py_int_from_u64(GET(lock, owner)));
    if (state) rlock_free(args[0]);
    return state;
}
METHOD(rlock_acquire_restore) {
    if (!py_is_tuple(args[1]) || tuple_length(args[1]) != 2) return py_raise(TYPE_TypeError, "_acquire_restore() argument must be a pair");
    int64_t count = py_index_int64(tuple_item(args[1], 0), "OverflowError"), owner;
    if ((count == -1 && py_error()) || !py_is_int(tuple_item(args[1], 1)) || py_int_as_i64(tuple_item(args[1], 1), &owner)) return 0;
    if (py_lock_acquire(args[0], -1) < 0) return 0;
    SET(REF(PyLock, args[0]), owner, (uint64_t)owner);
    SET(REF(PyLock, args[0]), count, (uint64_t)count);
    return VM_NONE;
}

static Value rlock_repr(Value self) {
    PyLock GS *lock = REF(PyLock, self);
    return py_str_format("<%s %N object owner=%lu count=%lu at 0x%lx>", GET(lock, locked) ? "locked" : "unlocked", py_type_of(self),
                         (unsigned long)GET(lock, owner), (unsigned long)GET(lock, count), (unsigned long)self);
}
static Value rlock_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)args, (void)nargs, (void)kwnames;
    return type == py_type(TYPE_RLOCK) ? lock_alloc(TYPE_RLOCK) : py_alloc(type, 0);
}

static const PyMethodDef rlock_methods[] = {
    {"acquire", ACQUIRE_SIGNATURE, rlock_acquire, 0, "Lock the lock."},
    {"release", "($self, /)", rlock_release, 0, "Release the lock."},
    {"__enter__", "($self, /)", rlock_enter, 0, "Lock the lock."},
    {"__exit__", "($self, /, *args)", rlock_release, 0, "Release the lock."},
    {"_is_owned", "($self, /)", rlock_is_owned, 0, 0},
    {"_release_save", "($self, /)", rlock_release_save, 0, 0},
    {"_acquire_restore", "($self, state, /)", rlock_acquire_restore, 0, 0},
    {"_at_fork_reinit", "($self, /)", lock_reinit, 0, 0},
    {0}};
const PyTypeSpec py_spec_rlock = {.slots = {.repr = rlock_repr, .new = rlock_new},
                                  .methods = rlock_methods,
                                  .raw_words = GC_KIND_LEAF,
                                  .module = "_thread"};
