/* Module _random: the Mersenne Twister MT19937 (Matsumoto, Nishimura 1998) with seeding by an array, as the reference
 * implementation describes it, so that seeds give the sequences they give in python3. */
#include "vm/modules/layouts.h"
#include "vm/objects/int.h"
#include "vm/vm.h"
#include <stdlib.h>
#include <sys/random.h>

#define RANDOM(name)                                                                                                  \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

static RandomState GS *state_of(Value self) { return REF(RandomState, self); }
enum { WORD_BYTES = MT_WORDS * sizeof(uint32_t) };
static uint32_t GS *words_of(RandomState GS *r) { return (uint32_t GS *)REF(PyRaw, r->words)->data; }

/* All words, in flat memory, prepared to be written. */
static uint32_t *writable_words(RandomState GS *r) {
    stm_write_range(STM_OBJ(r->words), words_of(r), WORD_BYTES);
    return stm_flat(words_of(r), WORD_BYTES, true);
}

/* The whole state is written when a new block of 624 numbers is made; in between one index moves. */
static void regenerate(RandomState GS *r) {
    uint32_t *w = writable_words(r);
    for (int i = 0; i < MT_WORDS; i++) {
        uint32_t y = (w[i] & 0x80000000u) | (w[(i + 1) % MT_WORDS] & 0x7fffffffu);
        w[i] = w[(i + 397) % MT_WORDS] ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfu : 0);
    }
}

static uint32_t next_word(Value self) {
    RandomState GS *r = state_of(self);
    uint64_t index = GET(r, index);
    if (index >= MT_WORDS) {
        regenerate(r);
        index = 0;
    }
    uint32_t GS *word = &words_of(r)[index];
    stm_read(word);
    uint32_t y = *word;
    SET(r, index, index + 1);
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

static void seed_word(uint32_t *w, uint32_t seed) {
    w[0] = seed;
    for (uint32_t i = 1; i < MT_WORDS; i++) w[i] = 1812433253u * (w[i - 1] ^ w[i - 1] >> 30) + i;
}

static void seed_array(Value self, const uint32_t *key, size_t length) {
    RandomState GS *r = state_of(self);
    uint32_t *w = writable_words(r);
    seed_word(w, 19650218u);
    uint32_t i = 1, j = 0;
    for (size_t k = length > MT_WORDS ? length : MT_WORDS; k; k--) {
        w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1664525u) + key[j] + j;
        if (++i >= MT_WORDS) w[0] = w[MT_WORDS - 1], i = 1;
        if (++j >= length) j = 0;
    }
    for (int k = MT_WORDS - 1; k; k--) {
        w[i] = (w[i] ^ (w[i - 1] ^ w[i - 1] >> 30) * 1566083941u) - i;
        if (++i >= MT_WORDS) w[0] = w[MT_WORDS - 1], i = 1;
    }
    w[0] = 0x80000000u;
    SET(r, index, MT_WORDS);
}

static int seed(Value self, Value v) {
    uint32_t small[MT_WORDS];
    if (!v || v == VM_NONE) {
        if (getrandom(small, sizeof small, 0) != sizeof small) return py_raise_errno(5, 0), -1;
        seed_array(self, small, MT_WORDS);
        return 0;
    }
    Value number = v;
    if (!py_is_int(v)) {
        int64_t hash = py_hash(v);
        if (hash == -1) return -1;
        number = py_int_from_u64((uint64_t)hash);
    }
    IntView view;
    int_view(&view, number);
    size_t length = view.count * 2;
    uint32_t *key = length <= MT_WORDS ? small : malloc(length * sizeof *key);
    if (!key) return py_raise_memory(), -1;
    memcpy(key, view.limbs, length * sizeof *key);
    while (length > 1 && key[length - 1] == 0) length--;
    if (length == 0) key[0] = 0, length = 1;
    seed_array(self, key, length);
    if (key != small) free(key);
    return 0;
}

static Value random_new(Value type, const Value *args, size_t nargs, Value kwnames) {
    (void)kwnames;
    Value words = py_raw_new(WORD_BYTES), self = words ? py_alloc(type, 0) : 0;
    if (self) state_of(self)->words = words;
    return self && seed(self, nargs ? args[0] : 0) == 0 ? self : 0;
}

RANDOM(random_seed) { return seed(args[0], args[1]) < 0 ? 0 : VM_NONE; }

/* 53 bits: the upper 27 and 26 of two words. */
RANDOM(random_random) {
    uint32_t a = next_word(args[0]) >> 5, b = next_word(args[0]) >> 6;
    return float_make((a * 67108864.0 + b) * (1.0 / 9007199254740992.0));
}

RANDOM(random_getrandbits) {
    int64_t bits = py_index_int64(args[1], "OverflowError");
    if (bits == -1 && py_error()) return 0;
    if (bits < 0) return py_raise(TYPE_ValueError, "number of bits must be non-negative");
    if (bits == 0) return int_make(0);
    if (bits <= 32) return int_make(next_word(args[0]) >> (32 - bits));
    size_t count = (size_t)(bits - 1) / 32 + 1, limbs = (count + 1) / 2;
    IntResult result;
    if (int_result(&result, limbs) < 0) return 0;
    result.limbs[limbs - 1] = 0;
    for (size_t i = 0; i < count; i++, bits -= 32) {
        uint64_t word = next_word(args[0]);
        if (bits < 32) word >>= 32 - bits;
        if (i % 2 == 0) result.limbs[i / 2] = word;
        else result.limbs[i / 2] |= word << 32;
    }
    return int_finish(&result, limbs, false);
}

RANDOM(random_getstate) {
    RandomState GS *r = state_of(args[0]);
    Value state = py_tuple_new(MT_WORDS + 1);
    if (!state) return 0;
    stm_read_range(words_of(r), WORD_BYTES);
    for (int i = 0; i < MT_WORDS; i++) REF(PyTuple, state)->items[i] = int_make(words_of(r)[i]);
    REF(PyTuple, state)->items[MT_WORDS] = int_make((int64_t)GET(r, index));
    return state;
}
RANDOM(random_setstate) {
    if (!py_is_tuple(args[1])) return py_raise(TYPE_TypeError, "state vector must be a tuple");
    if (tuple_length(args[1]) != MT_WORDS + 1) return py_raise(TYPE_ValueError, "state vector is the wrong size");
    uint32_t words[MT_WORDS];
    for (int i = 0; i <= MT_WORDS; i++) {
        int64_t word = py_index_int64(tuple_item(args[1], i), "OverflowError");
        if (word == -1 && py_error()) return 0;
        if (i == MT_WORDS && (word < 0 || word > MT_WORDS)) return py_raise(TYPE_ValueError, "invalid state");
        if (i < MT_WORDS) words[i] = (uint32_t)word;
        else SET(state_of(args[0]), index, (uint64_t)word);
    }
    RandomState GS *r = state_of(args[0]);
    memcpy(writable_words(r), words, sizeof words);
    return VM_NONE;
}

static const PyMethodDef random_methods[] = {
    {"random", "($self, /)", random_random, 0, "random() -> x in the interval [0, 1)."},
    {"seed", "($self, n=None, /)", random_seed, 0, "seed([n]) -> None."},
    {"getrandbits", "($self, k, /)", random_getrandbits, 0, "getrandbits(k) -> x.  Generates an int with k random bits."},
    {"getstate", "($self, /)", random_getstate, 0, "getstate() -> tuple containing the current state."},
    {"setstate", "($self, state, /)", random_setstate, 0, "setstate(state) -> None.  Restores generator state."},
    {0}};
const PyTypeSpec py_spec_random_state = {.doc = "Random() -> create a random number generator with its own internal state.",
                                         .slots = {.new = random_new},
                                         .methods = random_methods,
                                         .raw_words = 1,
                                         .module = "_random"};
static int random_init(Value module) { return py_module_add_type(module, TYPE_RANDOM_STATE); }
const PyModuleDef py_module_random = {.doc = "Module implements the Mersenne Twister random number generator.", .init = random_init};
